//! Lines of a transcript in which a tool has put a mark in the place of a secret (`token = "REDACTED"`, `key: ***`): what was written
//! there is not known, so that any text in this place is it.

use std::borrow::Cow;

/// What stands before, between and behind the marks of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MaskedLine(Vec<String>);

/// Fewer letters and digits beside the marks stand anywhere in a file.
const LEAST_BESIDE: usize = 3;

impl MaskedLine {
    /// `None` where the line has no mark, or nothing beside it that tells it from others.
    pub(super) fn of(line: &str) -> Option<Self> {
        let mut rest = line.trim();
        if !["REDACTED", "redacted", "***"].iter().any(|sign| rest.contains(sign)) {
            return None;
        }
        let mut pieces = Vec::new();
        while let Some((start, end)) = mark(rest) {
            pieces.push(rest[..start].to_owned());
            rest = &rest[end..];
        }
        let beside = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
        let enough = beside(rest) + pieces.iter().map(|piece| beside(piece)).sum::<usize>() >= LEAST_BESIDE;
        if pieces.is_empty() || !enough {
            return None;
        }
        pieces.push(rest.to_owned());
        Some(Self(pieces))
    }

    pub(super) fn matches(&self, line: &str) -> bool {
        let (Some((first, rest)), Some(last)) = (self.0.split_first(), self.0.last()) else { return false };
        let inner = line.trim().strip_prefix(first.as_str()).and_then(|line| line.strip_suffix(last.as_str()));
        let Some(mut inner) = inner else { return false };
        for piece in &rest[..rest.len() - 1] {
            let Some(at) = inner.find(piece.as_str()) else { return false };
            inner = &inner[at + piece.len()..];
        }
        true
    }
}

/// The place of the first mark: `[REDACTED:key]`, `<redacted>`, `REDACTED_KEY`, `***`.
fn mark(text: &str) -> Option<(usize, usize)> {
    let in_brackets = [("[REDACTED", ']'), ("[redacted", ']'), ("<REDACTED", '>'), ("<redacted", '>')];
    let found = in_brackets.into_iter().filter_map(|(open, close)| {
        let start = text.find(open)?;
        let end = start + text[start..].find(close)?;
        Some((start, end + close.len_utf8()))
    });
    let bare = || {
        let start = text.find("REDACTED")?;
        let is_end = |c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        Some((start, text[start..].find(is_end).map_or(text.len(), |end| start + end)))
    };
    let stars = || {
        let start = text.find("***")?;
        Some((start, text[start..].find(|c| c != '*').map_or(text.len(), |end| start + end)))
    };
    found.chain(bare()).chain(stars()).min_by_key(|(start, end)| (*start, std::cmp::Reverse(*end)))
}

/// The text with the lines of `committed` in the place of those that have marks and that they match, each once.
pub(super) fn unmasked<'t>(text: &'t str, committed: &str) -> Cow<'t, str> {
    let mut left: Option<Vec<&str>> = None;
    let lines: Vec<(&str, Option<String>)> = text
        .split('\n')
        .map(|line| {
            let found = MaskedLine::of(line).and_then(|masked| {
                let left = left.get_or_insert_with(|| committed.lines().collect());
                let place = left.iter().position(|line| masked.matches(line))?;
                Some(left.remove(place).to_owned())
            });
            (line, found)
        })
        .collect();
    if left.is_none() {
        return Cow::Borrowed(text);
    }
    let lines: Vec<&str> = lines.iter().map(|(line, found)| found.as_deref().unwrap_or(line)).collect();
    Cow::Owned(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_stands_for_any_text_in_its_place() {
        for (written, committed, expected) in [
            ("    token = \"REDACTED\"", "  token = \"abc\"", true),
            ("token = \"REDACTED\"", "token = \"abc\" + salt", false),
            ("token = \"REDACTED\"", "nonce = \"abc\"", false),
            ("use(\"[REDACTED:key:1a2b]\", \"port\")", "use(\"a.b\", \"port\")", true),
            ("use(\"<redacted>\", \"REDACTED_KEY\", 1)", "use(\"a\", \"b\", 1)", true),
            ("use(\"<redacted>\", \"REDACTED_KEY\", 1)", "use(\"a\", 1)", false),
            ("password: ***", "password: hunter", true),
            ("password: ***", "passwords: hunter", false),
        ] {
            let masked = MaskedLine::of(written).expect("it has a mark");
            assert_eq!(masked.matches(committed), expected, "{written} / {committed}");
        }
        for line in ["token = \"abc\"", "REDACTED", "# ***", "redacted_lines = 3"] {
            assert_eq!(MaskedLine::of(line), None, "{line}");
        }
    }

    #[test]
    fn a_text_with_marks_becomes_what_was_committed_where_its_lines_match() {
        let (text, committed) = ("a = 1\ntoken = \"REDACTED\"\nnonce = ***\n", "a = 2\ntoken = \"x\"\n");
        assert_eq!(unmasked(text, committed), "a = 1\ntoken = \"x\"\nnonce = ***\n");
        assert_eq!(unmasked("a = 1\n", committed), "a = 1\n");
    }
}
