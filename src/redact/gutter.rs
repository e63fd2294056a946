//! What tools write before each line of a text: its number (`cat -n`, an agent's own reader, `grep -n`, a diff with numbers, `git
//! blame`), the `E` of a test runner, the name of a container.

use super::work;

/// The longest gutter that is looked at, and the most signs between a number and the text.
const MAX_GUTTER: usize = 120;
const MAX_SIGNS: usize = 8;

/// The lengths of the gutters of a line and of the one after it; `None` where they have none that belong together: the numbers
/// must follow each other, and what stands around them must be the same.
pub(super) fn gutters(line: &[u8], next: &[u8]) -> Option<(usize, usize)> {
    let line = &line[..line.len().min(MAX_GUTTER)];
    let end = next.iter().take(MAX_GUTTER).position(|byte| *byte == b'\n').unwrap_or(next.len().min(MAX_GUTTER));
    let next = &next[..end];
    let same = line.iter().zip(next).take_while(|(a, b)| a == b).count();
    work::looks_at(same);
    numbers(line, next, same).or_else(|| words(line, same))
}

fn numbers(line: &[u8], next: &[u8], same: usize) -> Option<(usize, usize)> {
    // The first place where the lines differ is in the number, or in the blanks before it.
    let digits = line[..same].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let start = same - digits - line[..same - digits].iter().rev().take_while(|byte| **byte == b' ').count();
    let number = |line: &[u8]| {
        let at = start + line[start..].iter().take_while(|byte| **byte == b' ').count();
        let length = line[at..].iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
        let value: u64 = std::str::from_utf8(&line[at..at + length]).ok()?.parse().ok()?;
        Some((value, at + length))
    };
    let ((first, line_at), (second, next_at)) = (number(line)?, number(next)?);
    // Nothing, the name of a file, or what `git blame` knows: no name of a value.
    let before = line[..start].trim_ascii();
    let is_file = || {
        let is_of_name = |byte: &u8| !byte.is_ascii_whitespace() && !matches!(byte, b'=' | b'"' | b'\'' | b'{' | b',');
        matches!(before.last(), Some(b':' | b'-')) && line[start].is_ascii_digit() && before.iter().all(is_of_name)
    };
    let is_gutter = before.is_empty() || is_file() || line[line_at..].starts_with(b") ") && before.contains(&b'(');
    if second != first + 1 || !is_gutter {
        return None;
    }
    let is_sign = |byte: u8| !byte.is_ascii_alphanumeric() && !matches!(byte, b'=' | b'"' | b'\'');
    let signs = line[line_at..].iter().zip(&next[next_at..]).take(MAX_SIGNS);
    let mut signs = signs.take_while(|(a, b)| a == b && is_sign(**a)).count();
    // `12:` of a match and `13-` of the line after it (`grep -A`); `12    ` and `13 +  ` of a diff.
    if signs == 0 {
        let is_of_grep = |byte: Option<&u8>| matches!(byte, Some(b':' | b'-'));
        signs = usize::from(is_of_grep(line.get(line_at)) && is_of_grep(next.get(next_at)));
    }
    (signs > 0).then_some((line_at + signs, next_at + signs))
}

/// `E   ` of pytest, `web-1  | ` of a container's log.
fn words(line: &[u8], same: usize) -> Option<(usize, usize)> {
    let common = &line[..same];
    let length = if common.starts_with(b"E  ") {
        1
    } else {
        let bar = memchr::memmem::find(common, b" | ")?;
        let name = common[..bar].trim_ascii_end();
        (!name.is_empty() && !name.contains(&b' ') && !name.contains(&b'=')).then_some(bar + 3)?
    };
    Some((length, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gutters_are_numbers_that_follow_each_other() {
        for (line, next, expected) in [
            ("    12\tx", "    13\ty", Some(("    12\t", "    13\t"))),
            ("     9\tx", "    10\ty", Some(("     9\t", "    10\t"))),
            ("    99\u{2192}x", "   100\u{2192}y", Some(("    99\u{2192}", "   100\u{2192}"))),
            ("12:x", "13:  y", Some(("12:", "13:"))),
            ("12:x", "13-  y", Some(("12:", "13-"))),
            ("src/a.py:12:x", "src/a.py:13:y", Some(("src/a.py:12:", "src/a.py:13:"))),
            ("src/a.py-9-x", "src/a.py-10-y", Some(("src/a.py-9-", "src/a.py-10-"))),
            ("    12 + x", "    13 + y", Some(("    12 + ", "    13 + "))),
            ("  12 | x", "  13 | y", Some(("  12 | ", "  13 | "))),
            ("12  x", "13  y", Some(("12  ", "13  "))),
            (
                "1a2b3c4d (Kim 2026-01-02 12) x",
                "1a2b3c4d (Kim 2026-01-02 13) y",
                Some(("1a2b3c4d (Kim 2026-01-02 12) ", "1a2b3c4d (Kim 2026-01-02 13) ")),
            ),
            ("E   x", "E   y", Some(("E", "E"))),
            ("web-1  | x", "web-1  | y", Some(("web-1  | ", "web-1  | "))),
            ("12:x", "14:y", None),
            ("12:x", "12:y", None),
            ("key1 = x", "key2 = y", None),
            ("key: 1 x", "key: 2 y", None),
            ("TOKEN-1=x", "TOKEN-2=y", None),
            ("port=1:x", "port=2:y", None),
            ("a = 1 | x", "a = 1 | y", None),
            ("x", "y", None),
            ("", "", None),
            ("12", "13", None),
        ] {
            let expected = expected.map(|(line, next): (&str, &str)| (line.len(), next.len()));
            assert_eq!(gutters(line.as_bytes(), next.as_bytes()), expected, "{line:?} {next:?}");
        }
    }
}
