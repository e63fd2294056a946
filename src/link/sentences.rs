//! The sentences of what an agent says, in whatever language.

/// The sentences of a text, without headings and code: each a slice of it, in one line.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut is_code = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("```") {
            is_code = !is_code;
        }
        if is_code || line.is_empty() || line.starts_with(['#', '|', '>']) || is_only_code(line) {
            continue;
        }
        let mut rest = line.trim_start_matches(['-', '*', ' ']);
        while let Some(end) = end_of_sentence(rest) {
            found.push(rest[..end].trim());
            rest = rest[end..].trim_start();
        }
        if !rest.is_empty() {
            found.push(rest);
        }
        if found.len() > MOST {
            break;
        }
    }
    found
}

/// `cargo test` alone in its line. A sentence may begin with code.
fn is_only_code(line: &str) -> bool {
    let behind = line.strip_prefix('`').and_then(|rest| rest.split_once('`')).map(|(_, behind)| behind);
    // Chinese and Japanese write no blanks between words.
    let has_few_words =
        |text: &str| text.split_whitespace().count() < 2 && !text.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
    line.starts_with("```") || behind.is_some_and(has_few_words)
}

/// Where a sentence ends that another one follows: behind a full stop and before a capital letter.
fn end_of_sentence(text: &str) -> Option<usize> {
    let ends = text.match_indices(['.', '!', '?', '\u{3002}']).map(|(at, mark)| (at + mark.len(), mark));
    let found = ends.into_iter().find(|(end, mark)| {
        let behind = &text[*end..];
        // The full stop of Chinese and Japanese has no blank behind it.
        if *mark == "\u{3002}" {
            return !behind.is_empty();
        }
        behind.starts_with(' ') && behind.trim_start().starts_with(|c: char| c.is_uppercase() || c == '`' || c == '*')
    });
    found.map(|(end, _)| end)
}

/// What stands further back says nothing more of the matter.
const MOST: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_before_the_next_one_in_languages_without_blanks_too() {
        for (text, expected) in [
            ("It fails. See `a.rs` for it.", vec!["It fails.", "See `a.rs` for it."]),
            ("`test_a` は既存の問題です。次に進みます。", vec!["`test_a` は既存の問題です。", "次に進みます。"]),
            ("`cargo test`\n- Version 1.2 is out", vec!["Version 1.2 is out"]),
        ] {
            assert_eq!(sentences(text), expected, "{text}");
        }
    }
}
