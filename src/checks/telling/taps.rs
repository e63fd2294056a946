//! The Test Anything Protocol: node's runner, `tap`, `prove` and `bats`.

use super::lines::{ToldLines, behind, indent, is_exception};

/// The innermost `not ok 2 - name` and what stands below it: fields, or comments.
pub(super) fn tap<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let failed = |line: &'a str| {
        let rest = line.trim_start().strip_prefix("not ok")?.trim_start();
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
        let name = rest.strip_prefix("- ").unwrap_or(rest);
        (!name.contains("# TODO") && !name.contains("# SKIP")).then_some(name)
    };
    let mut outer = Vec::new();
    for (line, text) in lines.iter().enumerate() {
        let Some(name) = failed(text) else { continue };
        let depth = indent(text);
        let below = &lines[line + 1..];
        let goes_on = |line: &&&str| line.starts_with('#') || indent(line) > depth || line.trim().is_empty();
        let block: Vec<&'a str> = below.iter().take_while(goes_on).copied().collect();
        if block.iter().any(|line| line.contains("subtestsFailed")) {
            outer.push(name);
            continue;
        }
        let error = field(&block, "error:").filter(|error| error.first().is_some_and(|text| *text != "test failed"));
        // The file could not be read: the reason stands above, as a comment.
        let above = || lines[..line].iter().filter_map(|line| behind(line, "#")).find(|text| is_exception(text));
        let comments = || {
            block
                .iter()
                .filter_map(|line| behind(line.trim_start(), "#"))
                .filter(|text| tells(text))
                .take(3)
                .collect::<Vec<_>>()
        };
        let said = error.or_else(|| above().map(|line| vec![line])).unwrap_or_else(comments);
        return [vec![name], said].concat();
    }
    outer.truncate(1);
    outer
}

fn tells(comment: &str) -> bool {
    ["got:", "expected:", "in test file", "'", "`"].iter().any(|word| comment.contains(word))
        && !comment.starts_with("Looks like")
}

/// The value of a field: beside its name, or below it as a block.
fn field<'a>(block: &[&'a str], name: &str) -> Option<ToldLines<'a>> {
    let (place, value) =
        block.iter().enumerate().find_map(|(place, line)| Some((place, behind(line.trim_start(), name)?)))?;
    if !value.starts_with('|') {
        return Some(vec![value.trim_matches(['"', '\''])]);
    }
    let depth = indent(block[place]);
    let text = block[place + 1..].iter().take_while(|line| line.trim().is_empty() || indent(line) > depth);
    let text: Vec<&str> = text.map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
    let more = if text.first().is_some_and(|first| first.ends_with(':')) { 2 } else { 1 };
    Some(text.into_iter().take(more).collect())
}
