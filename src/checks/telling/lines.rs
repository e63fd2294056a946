//! An output as lines: without colours, without what task runners and logs of CI write before each line.

use std::borrow::Cow;
use std::collections::HashMap;

use super::super::colours::with_changes_marked;

/// Slices of the output that tell what failed, in any order; none where nothing does.
pub(super) type ToldLines<'a> = Vec<&'a str>;

/// What a person would read of an output: without colours, and the text of events as `go test -json` writes them.
pub(crate) fn readable(output: &str) -> Cow<'_, str> {
    let plain = with_changes_marked(output);
    if plain.starts_with("[{\"filePath\":") {
        return findings(&plain).map_or(plain, Cow::Owned);
    }
    if !plain.contains("\"Action\":\"output\"") {
        return plain;
    }
    let printed = |line: &str| -> Option<String> {
        let event: serde_json::Value = serde_json::from_str(line).ok()?;
        event.get("Action")?;
        Some(event.get("Output").and_then(|text| text.as_str()).unwrap_or_default().to_owned())
    };
    let text = plain.lines().map(|line| printed(line).unwrap_or_else(|| format!("{line}\n")));
    Cow::Owned(text.collect())
}

/// The findings of eslint as JSON, each as a line with its place and rule.
fn findings(json: &str) -> Option<String> {
    let files: Vec<serde_json::Value> = serde_json::from_str(json.trim()).ok()?;
    let mut text = String::new();
    for file in &files {
        let path = file.get("filePath")?.as_str()?;
        for found in file.get("messages")?.as_array()? {
            let word = |key: &str| found.get(key).and_then(|value| value.as_str()).unwrap_or_default();
            let number = |key: &str| found.get(key).and_then(|value| value.as_u64()).unwrap_or_default();
            let severity = if number("severity") == 1 { "warning" } else { "error" };
            let (line, column) = (number("line"), number("column"));
            text.push_str(&format!("{path}:{line}:{column}: {severity}: {} ({})\n", word("message"), word("ruleId")));
        }
    }
    Some(text)
}

/// The lines of an output, each a slice of it, without what stands before every line of a log.
pub(super) fn lines(output: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = output.lines().map(|line| without_log_columns(last_drawn(line)).trim_end()).collect();
    // `web:test: `, `packages/web test: `, `web-1  | `: once for the runner of tasks, once for a container in it.
    for _ in 0..2 {
        let mut times: HashMap<&str, usize> = HashMap::new();
        for prefix in lines.iter().filter_map(|line| task_prefix(line)) {
            *times.entry(prefix).or_default() += 1;
        }
        times.retain(|_, times| *times >= LEAST_REPEATED);
        if times.is_empty() {
            break;
        }
        for line in &mut lines {
            if let Some(prefix) = task_prefix(line).filter(|prefix| times.contains_key(prefix)) {
                *line = &line[prefix.len()..];
            }
        }
    }
    lines
}

/// Of a line that was drawn again and again what was there last.
fn last_drawn(line: &str) -> &str {
    line.trim_end_matches('\r').rsplit('\r').next().unwrap_or(line)
}

/// A log whose lines have columns or the names of tasks before them, without those; `None` where none of its first lines has.
pub(crate) fn without_columns(log: &str) -> Option<String> {
    let first = || log.lines().filter(|line| !line.is_empty()).take(FIRST_LINES);
    let has_columns = first().filter(|line| without_log_columns(line).len() < line.len()).count() >= LEAST_REPEATED
        || first().filter_map(task_prefix).count() >= LEAST_REPEATED;
    has_columns.then(|| lines(log).join("\n"))
}

/// So many lines at the beginning show whether there are columns.
const FIRST_LINES: usize = 24;

/// So many lines begin alike where it is no chance.
const LEAST_REPEATED: usize = 3;

/// `job<TAB>step<TAB>2026-03-02T09:00:00.1234567Z text`, as `gh run view --log` prints it, and the raw log of a job.
fn without_log_columns(line: &str) -> &str {
    let mut rest = line;
    let mut columns = line.splitn(3, '\t');
    if let (Some(_), Some(_), Some(text)) = (columns.next(), columns.next(), columns.next())
        && starts_with_time(text.trim_start_matches('\u{feff}'))
    {
        rest = text.trim_start_matches('\u{feff}');
    }
    if starts_with_time(rest) {
        rest = rest.split_once(' ').map_or("", |(_, text)| text);
    }
    rest.strip_prefix("##[error]").unwrap_or(rest)
}

/// `2026-03-02T09:00:00.1234567Z `
fn starts_with_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_date = bytes.len() > 20 && bytes[4] == b'-' && bytes[7] == b'-' && bytes[10] == b'T' && bytes[13] == b':';
    is_date && bytes[..4].iter().all(u8::is_ascii_digit) && text[..text.find(' ').unwrap_or(text.len())].ends_with('Z')
}

/// What may be the name of a task before a line: it holds no blank but one before the name of a script.
fn task_prefix(line: &str) -> Option<&str> {
    // Most lines have no sign of one.
    memchr::memchr3(b':', b'|', b'[', line.as_bytes())?;
    let is_name = |name: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '/' | '.' | '_' | '-' | ':');
        !name.is_empty() && name.len() <= 60 && name.chars().all(plain)
    };
    // mise and concurrently put the task in brackets; a level there is part of what is said.
    if let Some((name, _)) = line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        let is_level = LEVELS.iter().any(|level| name.eq_ignore_ascii_case(level));
        return (is_name(name) && !is_level).then(|| &line[..name.len() + 3]);
    }
    if let Some((name, _)) = line.split_once(" | ") {
        return is_name(name.trim_end()).then(|| &line[..name.len() + 3]);
    }
    let end = line.find(": ")?;
    let name = &line[..end];
    let is_task = match name.split_once(' ') {
        Some((package, script)) => is_name(package) && is_name(script) && (package.contains('/') || package == "."),
        // A place is no task: `src/a.ts:3:5: `.
        None => is_name(name) && name.contains(':') && !name.ends_with(|c: char| c.is_ascii_digit()),
    };
    is_task.then(|| &line[..end + 2])
}

const LEVELS: &[&str] = &["error", "warn", "warning", "info", "debug", "trace", "fatal", "notice", "fail", "failed"];

pub(super) fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The first line from `from` on that holds anything, without the blanks around it.
pub(super) fn next_line<'a>(lines: &[&'a str], from: usize) -> Option<&'a str> {
    lines.get(from..)?.iter().map(|line| line.trim()).find(|line| !line.is_empty())
}

/// `line` without `start`, trimmed.
pub(super) fn behind<'a>(line: &'a str, start: &str) -> Option<&'a str> {
    line.strip_prefix(start).map(str::trim)
}

/// Whether the line begins with a number and this sign: `12) `.
pub(super) fn is_numbered(line: &str) -> bool {
    numbered(line).is_some()
}

/// What stands behind `12) `.
pub(super) fn numbered(line: &str) -> Option<&str> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| line[digits..].strip_prefix(") ")).flatten().map(str::trim)
}

/// An exception with what it says: `TypeError: x is not a function`, `java.lang.IllegalStateException: no shop`.
pub(super) fn is_exception(line: &str) -> bool {
    let name = line.split([':', ' ']).next().unwrap_or_default();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '$'));
    let is_one = name.ends_with("Error") || name.ends_with("Exception") || name.ends_with("Failure");
    is_name && is_one && line[name.len()..].starts_with([':', ' ']) && line.contains(':')
}

/// The lines with both values where a message only announces them: `expected:`/`got:`, `- 12`/`+ 13`. Of each kind the first.
pub(super) fn values<'a>(lines: &[&'a str], names: &[&str]) -> ToldLines<'a> {
    let value = |name: &&str| lines.iter().map(|line| line.trim()).find(|line| behind(line, name).is_some());
    names.iter().filter_map(value).take(MOST_VALUES).collect()
}

const MOST_VALUES: usize = 3;

/// The first line that goes and the first that comes in a difference: `- 12`, `+ 13`.
pub(super) fn difference<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    const LEGEND: [&str; 5] = ["Expected", "Received", "actual - expected", "expected - actual", "Actual"];
    let has = |line: &&&'a str, sign: &str| {
        behind(line.trim(), sign)
            .is_some_and(|text| !text.is_empty() && !LEGEND.iter().any(|word| text.starts_with(word)))
    };
    let first = |sign: &str| {
        lines.iter().find(|line| has(line, sign) && !line.trim().starts_with("---")).map(|line| line.trim())
    };
    match (first("-"), first("+")) {
        (Some(gone), Some(came)) => vec![gone, came],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_logs_and_task_runners_write_before_a_line_is_left_out() {
        for (text, expected) in [
            ("test\tRun tests\t2026-03-02T09:00:00.1234567Z --- FAIL: TestX", "--- FAIL: TestX"),
            ("2026-03-02T09:00:00.1234567Z ##[error]a.ts:1:2: no", "a.ts:1:2: no"),
            ("web:test: a\nweb:test: b\nweb:test: FAIL x", "a\nb\nFAIL x"),
            ("packages/web test: a\npackages/web test: b\npackages/web test: FAIL x", "a\nb\nFAIL x"),
            ("[lint:go] a.go:1:2: x\n[lint:go] \tvar y\n[lint:go] 1 issues:", "a.go:1:2: x\n\tvar y\n1 issues:"),
            ("[warn] a.ts\n[warn] b.ts\n[warn] c.ts", "[warn] a.ts\n[warn] b.ts\n[warn] c.ts"),
            ("[ERROR] a\n[ERROR] b\n[ERROR] c", "[ERROR] a\n[ERROR] b\n[ERROR] c"),
            ("shop-1  | a\nshop-1  | b\nshop-1  | FAIL x", "a\nb\nFAIL x"),
            ("src/a.ts:1:2: x\nsrc/a.ts:1:2: y\nsrc/a.ts:1:2: z", "src/a.ts:1:2: x\nsrc/a.ts:1:2: y\nsrc/a.ts:1:2: z"),
            ("a\tb\tc", "a\tb\tc"),
        ] {
            assert_eq!(lines(text).join("\n"), expected);
        }
    }

    #[test]
    fn events_of_go_are_read_as_what_they_print() {
        let events = "{\"Action\":\"run\",\"Test\":\"TestX\"}\n{\"Action\":\"output\",\"Output\":\"--- FAIL: TestX\\n\"}\nplain\n";
        assert_eq!(readable(events), "--- FAIL: TestX\nplain\n");
    }
}
