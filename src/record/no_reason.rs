//! How a person says that a correction has no reason worth telling: `AI-Correction: none` for all of the commit, or
//! `AI-Correction: cart.py: none` for those in one file.

/// Which corrections are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoReason<'a> {
    OfTheCommit,
    /// The file's name, with or without its folders.
    OfFile(&'a str),
}

/// What the value of an `AI-Correction` trailer says, where it says that there is no reason; else `None`.
pub(crate) fn no_reason(text: &str) -> Option<NoReason<'_>> {
    let is_none = |word: &str| word.trim().trim_end_matches('.').eq_ignore_ascii_case("none");
    if is_none(text) {
        return Some(NoReason::OfTheCommit);
    }
    let (file, rest) = text.rsplit_once(':')?;
    let file = file.trim();
    (is_none(rest) && !file.is_empty() && !file.contains(char::is_whitespace)).then_some(NoReason::OfFile(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_alone_or_behind_a_file_says_that_there_is_no_reason() {
        assert_eq!(no_reason(" None."), Some(NoReason::OfTheCommit));
        assert_eq!(no_reason("src/cart.py: none"), Some(NoReason::OfFile("src/cart.py")));
        for reason in ["none of these names fit", "cart.py: none of them", "the old one: none", ": none", ""] {
            assert_eq!(no_reason(reason), None, "{reason}");
        }
    }
}
