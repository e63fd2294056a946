//! Text as a terminal shows it, without the sequences by which it does.

use std::borrow::Cow;

/// The text without the sequences that colour a terminal and name links in it: `ESC [ 31 m`, `ESC ( B`, `ESC ] 8 ; ; … BEL`.
pub(crate) fn without_colours(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(behind_sequence(part));
    }
    Cow::Owned(plain)
}

/// The same, where red and green within a line are what was taken from it and put into it: `a[-b-]{+c+}d`, as git writes it.
pub(crate) fn with_changes_marked(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return without_colours(text);
    }
    let lines: Vec<Cow<str>> =
        text.split('\n').map(|line| marked(line).unwrap_or_else(|| without_colours(line))).collect();
    Cow::Owned(lines.join("\n"))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum WordChange {
    Removed,
    Added,
}

/// A line in which what was removed stands right before or behind what was added.
fn marked(line: &str) -> Option<Cow<'_, str>> {
    let mut parts = line.split('\u{1b}');
    let mut runs: Vec<(Option<WordChange>, String)> = vec![(None, parts.next()?.to_owned())];
    for part in parts {
        let (before, text) = (runs.last().and_then(|(change, _)| *change), behind_sequence(part));
        let change = change_of(part).unwrap_or(before);
        match runs.last_mut().filter(|(last, _)| *last == change) {
            Some((_, run)) => run.push_str(text),
            None => runs.push((change, text.to_owned())),
        }
    }
    runs.retain(|(_, text)| !text.is_empty());
    let has_words = |text: &str| text.contains(char::is_alphanumeric);
    let is_changed = |pair: &[(Option<WordChange>, String)]| {
        pair[0].0.is_some()
            && pair[1].0.is_some()
            && pair[0].0 != pair[1].0
            && has_words(&pair[0].1)
            && has_words(&pair[1].1)
    };
    // A test runner colours the parts of the assertion itself.
    let names_the_assertion = runs.iter().any(|(_, text)| text.contains("expect(") || text.contains("Error: "));
    (!names_the_assertion && runs.windows(2).any(is_changed)).then(|| {
        let run = |(change, text): &(Option<WordChange>, String)| match change {
            Some(WordChange::Removed) => format!("[-{text}-]"),
            Some(WordChange::Added) => format!("{{+{text}+}}"),
            None => text.clone(),
        };
        Cow::Owned(runs.iter().map(run).collect())
    })
}

/// What the sequence at the beginning of a part says: red, green, or neither from here on; `None` where it is of something else.
fn change_of(part: &str) -> Option<Option<WordChange>> {
    let (codes, _) = part.strip_prefix('[')?.split_once('m')?;
    if !codes.bytes().all(|byte| byte.is_ascii_digit() || byte == b';') {
        return None;
    }
    // A colour of many is none of the two.
    if codes.contains("38;") || codes.contains("48;") {
        return Some(None);
    }
    let mut said = None;
    for code in codes.split(';') {
        match code {
            "31" | "41" | "91" | "101" => said = Some(Some(WordChange::Removed)),
            "32" | "42" | "92" | "102" => said = Some(Some(WordChange::Added)),
            "" | "0" | "39" | "49" | "27" => said = Some(None),
            _ if code.len() > 1 && code.starts_with(['3', '4', '9', '1']) => said = Some(None),
            _ => {}
        }
    }
    said
}

/// What stands behind the sequence that an escape began.
fn behind_sequence(part: &str) -> &str {
    let mut rest = part.chars();
    match rest.next() {
        Some('[') => {
            let text = rest.as_str().trim_start_matches(|c| matches!(c, ' '..='?'));
            text.get(1..).unwrap_or_default()
        }
        Some(']') => part.split_once('\u{7}').map_or("", |(_, text)| text),
        Some('(' | ')') => rest.as_str().get(1..).unwrap_or_default(),
        // The end of a name of a link.
        Some('\\') => rest.as_str(),
        _ => part,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_of_a_terminal_are_left_out() {
        for (text, plain) in [
            ("\u{1b}[1;31mFAIL\u{1b}[0m x", "FAIL x"),
            ("\u{1b}[01m\u{1b}[Ka.c\u{1b}[m\u{1b}[K: x", "a.c: x"),
            ("a\u{1b}(B\u{1b}[mb", "ab"),
            ("\u{1b}[?25lx\u{1b}[2K", "x"),
            ("\u{1b}]8;;file:///a\u{7}a.py\u{1b}]8;;\u{7}:1", "a.py:1"),
            ("\u{1b}]8;;file:///a\u{1b}\\a.py\u{1b}]8;;\u{1b}\\:1", "a.py:1"),
            ("x\u{1b}", "x"),
            ("\u{1b}[", ""),
        ] {
            assert_eq!(without_colours(text), plain, "{text:?}");
        }
    }

    #[test]
    fn what_was_removed_and_added_within_a_line_is_kept_apart() {
        for (text, plain) in [
            ("a(\u{1b}[41m7\u{1b}[0m\u{1b}[42m8\u{1b}[0m;2\u{1b}[41m;1\u{1b}[0m)", "a([-7-]{+8+};2[-;1-])"),
            ("x \u{1b}[31mold\u{1b}[39m\u{1b}[32mnew\u{1b}[39m", "x [-old-]{+new+}"),
            (
                "\u{1b}[31mError: expect(element).toHaveClass(\u{1b}[39m\u{1b}[32mexpected\u{1b}[39m)",
                "Error: expect(element).toHaveClass(expected)",
            ),
            ("\u{1b}[31mold\u{1b}[m \u{1b}[32mnew\u{1b}[m", "old new"),
            ("a | 3 \u{1b}[32m++\u{1b}[m\u{1b}[31m-\u{1b}[m", "a | 3 ++-"),
            ("\u{1b}[31mFAIL\u{1b}[0m\nx\u{1b}[1;31mb\u{1b}[0m", "FAIL\nxb"),
            ("\u{1b}[31m1 failed\u{1b}[0m, \u{1b}[32m3 passed\u{1b}[0m", "1 failed, 3 passed"),
        ] {
            assert_eq!(with_changes_marked(text), plain, "{text:?}");
        }
    }
}
