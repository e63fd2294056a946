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

/// Pairs of marks by which a script of somebody's own says which of its checks passed, and which failed.
const MARKS: &[(&[&str], &[&str])] = &[
    (&["PASS", "PASSED", "OK"], &["FAIL", "FAILED"]),
    (&["[PASS]", "[OK]", "[pass]", "[ok]"], &["[FAIL]", "[FAILED]", "[ERROR]", "[fail]"]),
    (&["\u{2713}", "\u{2714}", "\u{2705}"], &["\u{2717}", "\u{2718}", "\u{2716}", "\u{274c}"]),
];
const MOST_FAILED: usize = 2;

/// `FAIL config is valid` among lines of `PASS`, with what is indented below it.
pub(super) fn own_marks<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let marked = |line: &'a str, marks: &[&str]| {
        let line = line.trim_start();
        let mark = marks.iter().find(|mark| line.starts_with(**mark))?;
        let rest = &line[mark.len()..];
        (rest.starts_with([' ', ':', '\t', '\u{fe0f}']) && rest.chars().any(char::is_alphabetic)).then_some(line)
    };
    for (passed, failed) in MARKS {
        if !lines.iter().any(|line| marked(line, passed).is_some()) {
            continue;
        }
        let mut told = Vec::new();
        for (place, line) in lines.iter().enumerate() {
            let Some(text) = marked(line, failed) else { continue };
            told.push(text);
            let below = lines.get(place + 1).filter(|next| indent(next) > indent(line) && !next.trim().is_empty());
            told.extend(below.map(|next| next.trim()));
            if told.len() >= 2 * MOST_FAILED {
                break;
            }
        }
        if !told.is_empty() {
            return told;
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_of_somebodys_own_script_are_read() {
        let output =
            "--- Shop ---\n  PASS prices exist\n  FAIL cart is sorted\n    got b, a\n  PASS total\nPass: 2 Fail: 1";
        let lines: Vec<&str> = output.lines().collect();
        assert_eq!(own_marks(&lines), ["FAIL cart is sorted", "got b, a"]);
        assert_eq!(own_marks(&["\u{2705} prices", "\u{274c} cart: no such key"]), ["\u{274c} cart: no such key"]);
        assert_eq!(
            own_marks(&["FAIL example.com/shop 0.1s", "FAIL"]),
            [""; 0],
            "nothing says that it marks its checks so"
        );
    }
}
