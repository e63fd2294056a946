//! What somebody may have meant who mistyped a word.

use strsim::damerau_levenshtein;

/// The one of `known` that takes the fewest changes; of several, one that begins in the same way.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let beginning = word.chars().next();
    known.into_iter().min_by_key(|known| (damerau_levenshtein(word, known), known.chars().next() != beginning))
}

/// Whether one may have been meant by the other: less than half of it differs.
pub(crate) fn is_near(word: &str, meant: &str) -> bool {
    2 * damerau_levenshtein(word, meant) < word.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_takes_the_fewest_changes() {
        for (word, meant) in [("agent", "agents"), ("hed", "head"), ("lniks", "links"), ("", "head")] {
            assert_eq!(nearest(word, ["agents", "links", "head"]), Some(meant), "{word}");
        }
        assert_eq!(nearest("cx", ["ad", "ce", "an"]), Some("ce"));
        assert_eq!(nearest("x", []), None);
        assert_eq!([is_near("agent", "agents"), is_near("ar", "an"), is_near("", "a")], [true, false, false]);
    }
}
