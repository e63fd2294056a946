//! Counts the bytes that are looked at, in tests only: so they show that no text takes more than its length is worth, without
//! a clock.

#[cfg(test)]
std::thread_local! {
    static BYTES: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// So many bytes are looked at now.
#[inline]
pub(crate) fn looks_at(bytes: usize) {
    #[cfg(test)]
    BYTES.with(|all| all.set(all.get() + bytes));
    #[cfg(not(test))]
    let _ = bytes;
}

/// How many bytes were looked at on this thread while `work` ran.
#[cfg(test)]
pub(crate) fn of(work: impl FnOnce()) -> usize {
    let before = BYTES.with(std::cell::Cell::get);
    work();
    BYTES.with(std::cell::Cell::get) - before
}

#[cfg(test)]
mod tests {
    use super::super::{RedactionOptions, Redactor};
    use super::*;
    use crate::record::text::Raw;

    /// What a careless search starts again at each repetition: beginnings without an end, signs that several rules look back
    /// from, what each layer of decoding turns into the next.
    /// See `benches/redact.rs`, which takes their time.
    const UNITS: &str = include_str!("../../benches/units.json");

    #[test]
    fn the_work_grows_with_the_text_and_no_faster() {
        const SIZE: usize = 8_000;
        // Most that a byte is worth: a window of 2 KB for each keyword of a few bytes.
        const MOST: usize = 600;
        // The strict mode does all that the other does, and more.
        let redactor = Redactor::new(RedactionOptions { strict: true, ..RedactionOptions::default() }).unwrap();
        let units: Vec<String> = serde_json::from_str(UNITS).unwrap();
        let too_fast: Vec<_> = units
            .iter()
            .map(|unit| {
                let of_size = |size: usize| of(|| drop(redactor.text(Raw::new(unit.repeat(size / unit.len())))));
                (unit, of_size(SIZE), of_size(4 * SIZE))
            })
            .filter(|(_, one, four)| *four > one * 6 + SIZE || *one > SIZE * MOST)
            .collect();
        assert!(units.len() > 100 && too_fast.is_empty(), "{too_fast:?}");
    }

    /// What opens a search, and what a search may walk over again and again from there.
    #[test]
    fn the_work_grows_no_faster_where_one_thing_follows_many_of_another() {
        const SIZE: usize = 3_000;
        let openings = [
            "password=$",
            "token=",
            "password is ",
            "{\"password\":{",
            "secret(",
            "\"a\"+",
            "<private>",
            "://a:",
            "/hooks/",
            "recovery code ",
            "-----BEGIN PRIVATE KEY-----\n",
        ];
        let endings = [")", "}", ".", "\"", "\\", " ", "\n", "a1"];
        let redactor = Redactor::new(RedactionOptions { strict: true, ..RedactionOptions::default() }).unwrap();
        let of_size = |opening: &str, ending: &str, size: usize| {
            let text = opening.repeat(size / opening.len()) + &ending.repeat(size / ending.len());
            of(|| drop(redactor.text(Raw::new(text))))
        };
        let pairs = openings.iter().flat_map(|opening| endings.map(|ending| (opening, ending)));
        let too_fast: Vec<_> = pairs
            .map(|(opening, ending)| {
                ((opening, ending), of_size(opening, ending, SIZE), of_size(opening, ending, 4 * SIZE))
            })
            // What is redacted in one place is looked at again with what is left: up to twice as often in the longer text.
            .filter(|(_, one, four)| *four > one * 10 + SIZE)
            .collect();
        assert!(too_fast.is_empty(), "{too_fast:?}");
    }

    #[test]
    fn what_a_bounded_search_does_not_reach_is_found_by_the_next_one() {
        let secret = "k".to_owned() + &"Zr8".repeat(3);
        for text in [
            format!("password={}", format!("{secret}password=").repeat(800)),
            format!("{}password={secret}", "\n".repeat(5000)),
            format!("{}{secret}", "password=".repeat(2000)),
        ] {
            let redactor = Redactor::new(RedactionOptions::default()).unwrap();
            let (clean, _) = redactor.text(Raw::new(text.as_str()));
            assert!(!clean.as_str().contains(&secret), "{}", &clean.as_str()[..200.min(clean.as_str().len())]);
        }
    }
}
