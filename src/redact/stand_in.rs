//! Values that stand for a secret instead of being one, as documents and examples have them.

/// Whether a value stands for a secret instead of being one: `<token>`, `${TOKEN}`, `changeme`, `xxxx`, `your-key`.
pub(crate) fn is_stand_in(value: &[u8]) -> bool {
    const PARTS: [&str; 24] = [
        "required|",
        "|min:",
        "example",
        "placeholder",
        "changeme",
        "change-me",
        "change_me",
        "change.me",
        "changeit",
        "your-",
        "your_",
        "yourtoken",
        "yourkey",
        "redacted",
        "****",
        "....",
        "____",
        "foobar",
        "insert",
        "0000000000",
        "replace",
        "abcdefgh",
        "12345678",
        "goes-here",
    ];
    let lower = value.to_ascii_lowercase();
    if PARTS.iter().any(|part| memchr::memmem::find(&lower, part.as_bytes()).is_some()) {
        return true;
    }
    let is_struck_out = |part: &[u8]| memchr::memmem::find(value, part).is_some();
    if is_struck_out(b"xxxx") || is_struck_out(b"XXXX") {
        return true;
    }
    if ["dummy", "todo", "fake"].iter().any(|word| holds_word(value, &lower, word.as_bytes())) {
        return true;
    }
    let first = lower.first().copied().unwrap_or(b' ');
    lower.iter().all(|byte| *byte == first)
}

/// Whether a short word stands in a value as a word. Its letters alone also come about by chance in a random value, in
/// mixed case most of the time (`6ZFAkE`).
fn holds_word(value: &[u8], lower: &[u8], word: &[u8]) -> bool {
    let mut places = memchr::memmem::find_iter(lower, word);
    places.any(|at| {
        let (found, end) = (&value[at..at + word.len()], at + word.len());
        let (before, after) = (at.checked_sub(1).map(|place| value[place]), value.get(end).copied());
        let is_one_case = found[1..].iter().all(u8::is_ascii_lowercase) || found.iter().all(u8::is_ascii_uppercase);
        let is_edge = |byte: Option<u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
        let is_in_camel_case = found[0].is_ascii_uppercase()
            && before.is_some_and(|byte| byte.is_ascii_lowercase())
            && after.is_some_and(|byte| byte.is_ascii_uppercase());
        let is_repeated = lower[end..].starts_with(word);
        is_one_case && (is_edge(before) || is_edge(after) || is_in_camel_case || is_repeated)
    })
}

#[cfg(test)]
mod tests {
    use super::is_stand_in;

    #[test]
    fn letters_that_spell_a_word_by_chance_make_no_stand_in() {
        let random = format!("gh{}_GmJ8Lct9eGxl69vkM8y94n6RCLy8sh6ZFAkE", "p");
        for value in [random.as_str(), "q7tOdO3kLp", "aFakeb1", "9xXxX4kLmQ2"] {
            assert!(!is_stand_in(value.as_bytes()), "{value}");
        }
        for value in
            ["ghp_fake1234", "my-fake-key", "MyFakeToken", "DUMMY_KEY", "AKIAFAKEFAKEFAKE", "todo", "sk-xxxxxxx"]
        {
            assert!(is_stand_in(value.as_bytes()), "{value}");
        }
    }
}
