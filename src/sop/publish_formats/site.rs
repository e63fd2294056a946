//! A page for MkDocs or Docusaurus: without comments, and with what people wrote by hand put so that neither loses text
//! (MkDocs 1.6 flattens lists that follow a line of words or are nested by two blanks; MDX 3 takes braces for code).

use super::clean::body;
use crate::sop::front_matter::{FrontMatterError, quoted, read};

/// The page of a document.
///
/// # Errors
/// When the front matter of the document cannot be read.
pub(crate) fn page(document: &str) -> Result<String, FrontMatterError> {
    let front = read(document)?;
    let mut page = format!("---\ntitle: {}\n", quoted(&front.title));
    if !front.trigger.is_empty() {
        page.push_str(&format!("description: {}\n", quoted(&front.trigger)));
    }
    page.push_str("---\n\n");
    let mut fence: Option<usize> = None;
    let mut before = String::new();
    for line in body(document).lines() {
        let ticks = line.trim_start().bytes().take_while(|byte| *byte == b'`').count();
        let is_code = fence.is_some() || ticks >= 3;
        fence = match fence {
            Some(open) if ticks >= open && line.trim().len() == ticks => None,
            None if ticks >= 3 => Some(ticks),
            open => open,
        };
        let line = if is_code { line.to_owned() } else { nested_by_four(&safe(line)) };
        if !is_code && needs_a_blank_line(&before, &line) {
            page.push('\n');
        }
        page.push_str(&line);
        page.push('\n');
        before = if is_code { String::new() } else { line };
    }
    Ok(page)
}

/// Whether a list or a table begins right behind words.
fn needs_a_blank_line(before: &str, line: &str) -> bool {
    let begins = |line: &str| is_item(line) || line.trim_start().starts_with('|');
    let goes_on = before.trim().is_empty() || begins(before) || (before.starts_with(' ') && is_item(line));
    begins(line) && !goes_on
}

fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    line.starts_with("- ")
        || line.starts_with("* ")
        || line.starts_with("+ ")
        || (digits > 0 && line[digits..].starts_with(". "))
}

/// Items of an inner list are indented by four blanks for each level.
fn nested_by_four(line: &str) -> String {
    let blanks = line.len() - line.trim_start_matches(' ').len();
    match blanks {
        1..=3 if is_item(line) => format!("    {}", line.trim_start()),
        _ => line.to_owned(),
    }
}

/// A line of words outside code: braces, tags and bare addresses as text or links. Our own anchors stay.
fn safe(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let ticks = rest.len() - rest.trim_start_matches('`').len();
        let span = (ticks > 0).then(|| rest[ticks..].find(&"`".repeat(ticks)).map(|end| end + 2 * ticks)).flatten();
        let anchor = anchor(rest);
        let taken = span.or(anchor).or(address(rest, &out)).unwrap_or(first.len_utf8());
        let part = &rest[..taken];
        match first {
            '\\' => {
                let next = rest[1..].chars().next().map_or(0, char::len_utf8);
                out.push_str(&rest[..1 + next]);
                rest = &rest[1 + next..];
                continue;
            }
            '{' | '}' => out.push_str(&format!("\\{first}")),
            '<' if anchor.is_none() => out.push_str("&lt;"),
            'h' if taken > 1 => out.push_str(&format!("[{part}]({part})")),
            _ => out.push_str(part),
        }
        rest = &rest[taken..];
    }
    out
}

/// The length of an anchor of an Evidence row.
fn anchor(text: &str) -> Option<usize> {
    let digits = text.strip_prefix("<a id=\"e")?.bytes().take_while(u8::is_ascii_digit).count();
    let whole = "<a id=\"e".len() + digits + "\"></a>".len();
    (digits > 0 && text.get(..whole)?.ends_with("\"></a>")).then_some(whole)
}

/// The length of an address that stands in words, not in a link.
fn address(text: &str, before: &str) -> Option<usize> {
    let is_address = text.starts_with("https://") || text.starts_with("http://");
    let is_in_a_link = before.ends_with(['(', '[', '<', '"']);
    if !is_address || is_in_a_link {
        return None;
    }
    let end =
        text.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '`' | '|' | ')' | ']')).unwrap_or(text.len());
    Some(text[..end].trim_end_matches(['.', ',', ';', ':']).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_put_so_that_no_generator_loses_it() {
        let document = "\
---
title: \"T\"
---

# T

<!-- keep:x -->
Words {a} <b> and `stash@{0}`:
- one
  - two
- see https://a.example/x_y, or [this](https://b.example)

1. first
<!-- /keep -->

| <a id=\"e1\"></a>E1 | \\{x\\} |
```sh
- {not} <touched>
```
";
        let expected = "\
---
title: \"T\"
---

# T

Words \\{a\\} &lt;b> and `stash@{0}`:

- one
    - two
- see [https://a.example/x_y](https://a.example/x_y), or [this](https://b.example)

1. first

| <a id=\"e1\"></a>E1 | \\{x\\} |
```sh
- {not} <touched>
```
";
        assert_eq!(page(document).unwrap(), expected);
    }
}
