//! What somebody may have meant who mistyped a word.

use strsim::damerau_levenshtein;

/// The one of `known` that takes the fewest changes; of several, one that begins in the same way.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let beginning = word.chars().next();
    known.into_iter().min_by_key(|known| (damerau_levenshtein(word, known), known.chars().next() != beginning))
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
    }
}
