//! Where a long text is cut.

use crate::record::text::beginning;
use crate::text::addresses::end_outside_address;

/// The first `limit` code points at most, cut between words where one ends near, never inside a joined sign, a placeholder or an
/// address. The second value counts the code points that were left out.
pub(crate) fn cut(text: &str, limit: usize) -> (&str, usize) {
    let (near, left) = beginning(text, limit);
    if left == 0 {
        return (text, 0);
    }
    let mut end = near.len();
    if let Some(blank) = text[..end].rfind(char::is_whitespace)
        && text[blank..end].chars().count() < limit / 5
    {
        end = blank;
    }
    end = end_outside_address(text, end);
    while end > 0 && joins(&text[..end], &text[end..]) {
        end = text[..end].char_indices().next_back().map_or(0, |(index, _)| index);
    }
    (text[..end].trim_end(), text[end..].chars().count())
}

/// Whether what ends here and what begins here are one sign.
fn joins(before: &str, after: &str) -> bool {
    before.ends_with('\u{200d}')
        || after.starts_with(
            |c| matches!(c, '\u{200d}' | '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}'),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_words_and_never_inside_a_sign() {
        assert_eq!(cut("one two three", 100), ("one two three", 0));
        assert_eq!(cut("one two three four five six seven", 30), ("one two three four five six", 6));
        assert_eq!(cut(&"x".repeat(30), 10), ("xxxxxxxxxx", 20));
        assert_eq!(cut("aaaaaaaa👩\u{200d}👧", 10), ("aaaaaaaa", 3));
    }
}
