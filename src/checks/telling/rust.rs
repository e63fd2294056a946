//! cargo test, nextest, rustc and clippy.

use super::lines::{ToldLines, behind, next_line, values};

/// A panic in a test: whose it is and what it says.
struct TestPanic<'a> {
    line: usize,
    thread: &'a str,
    /// What stands below the place, or between quotes in it, as older compilers wrote it.
    message: Option<&'a str>,
}

fn panics<'a>(lines: &[&'a str]) -> Vec<TestPanic<'a>> {
    let read = |(line, text): (usize, &&'a str)| {
        let (thread, rest) = text.trim_start().strip_prefix("thread '")?.split_once('\'')?;
        let place = rest.split_once("panicked at ")?.1;
        let message = match place.strip_prefix('\'') {
            Some(quoted) => quoted.rsplit_once("', ").map(|(message, _)| message),
            None => lines.get(line + 1).map(|line| line.trim()).filter(|next| is_message(next)),
        };
        Some(TestPanic { line, thread, message })
    };
    lines.iter().enumerate().filter_map(read).collect()
}

/// Whether the line below a place says something: a `grep` may have left another line of the runner there.
fn is_message(line: &str) -> bool {
    !line.is_empty() && !["thread '", "test ", "note: run with"].iter().any(|start| line.starts_with(start))
}

/// The name of a failed test in `---- NAME stdout ----`, `test NAME ... FAILED` and `FAIL [ 0.014s] (1/6) shop NAME`.
fn failed_name(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if let Some(name) = line.strip_prefix("---- ") {
        return name.strip_suffix(" stdout ----");
    }
    if let Some(name) = line.strip_prefix("test ") {
        return name.strip_suffix(" ... FAILED").map(|name| name.strip_suffix(" - should panic").unwrap_or(name));
    }
    let ended = ["FAIL [", "TIMEOUT [", "SIGABRT [", "SIGSEGV ["].iter().find_map(|word| line.strip_prefix(word))?;
    let name = ended.split_once("] ")?.1;
    Some(if name.starts_with('(') { name.split_once(") ")?.1 } else { name }.trim())
}

pub(super) fn cargo_test<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let names = || lines.iter().enumerate().filter_map(|(line, text)| Some((line, failed_name(text)?)));
    let panics = panics(lines);
    let bare = |name: &'a str| name.rsplit(' ').next().unwrap_or(name);
    // A test that only panics when it runs to its end is told by the panic of its own thread, not by those of threads in it.
    for (_, name) in names() {
        if let Some(panic) = panics.iter().find(|panic| panic.thread == bare(name) && panic.message.is_some()) {
            return told(lines, panic, panic.thread);
        }
    }
    let header = names().find(|(line, _)| is_section(lines[*line])).or_else(|| names().next());
    if let Some((line, name)) = header {
        let end = lines[line + 1..].iter().position(|line| is_section(line)).map_or(lines.len(), |end| line + 1 + end);
        let body = &lines[line + 1..end];
        let of_section = panics.iter().find(|panic| (line..end).contains(&panic.line) && panic.message.is_some());
        if let Some(panic) = of_section {
            return told(lines, panic, name);
        }
        let said = || {
            body.iter().map(|line| line.trim()).find(|line| line.starts_with("Error: ") || line.starts_with("error: "))
        };
        let aborted =
            || lines.iter().map(|line| line.trim()).find(|line| line.contains("process didn't exit successfully"));
        if let Some(said) = said().or_else(aborted) {
            return vec![name, said];
        }
        return Vec::new();
    }
    let alone = panics.iter().find(|panic| panic.message.is_some());
    alone.map(|panic| told(lines, panic, panic.thread)).unwrap_or_default()
}

fn is_section(line: &str) -> bool {
    let line = line.trim_start();
    (line.starts_with("---- ") && line.ends_with(" ----")) || line.starts_with("FAIL [")
}

fn told<'a>(lines: &[&'a str], panic: &TestPanic<'a>, name: &'a str) -> ToldLines<'a> {
    let below = &lines[panic.line + 1..lines.len().min(panic.line + 12)];
    let end = below.iter().position(|line| line.trim().is_empty()).unwrap_or(below.len());
    let compared = values(&below[..end], &["left:", "right:"]);
    [name].into_iter().chain(panic.message).chain(compared).collect()
}

/// Failed tests of which no more than the name is there.
pub(super) fn only_named<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let mut names: ToldLines = lines.iter().filter_map(|line| failed_name(line)).collect();
    names.dedup();
    if names.is_empty() {
        // The list at the end: `failures:` and the names below it.
        let place = lines.iter().rposition(|line| *line == "failures:");
        let listed = place.map_or(&[][..], |place| &lines[place + 1..]);
        names = listed.iter().take_while(|line| line.starts_with("    ")).map(|line| line.trim()).collect();
    }
    names.truncate(3);
    names
}

/// An error of rustc or clippy with its place, the words at the mark below it, and the rule where one is named.
pub(super) fn rustc<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let is_error = |line: &str| line.starts_with("error: ") || line.starts_with("error[");
    for (line, text) in lines.iter().enumerate().filter(|(_, text)| is_error(text)) {
        let below = &lines[line + 1..lines.len().min(line + 60)];
        let end = below.iter().position(|line| is_error(line) || line.starts_with("warning: ")).unwrap_or(below.len());
        let block = &below[..end];
        let Some(place) = block.iter().take(3).find_map(|line| behind(line.trim_start(), "--> ")) else { continue };
        let mark = block.iter().find_map(|line| {
            let drawn = line.split_once('|').filter(|(gutter, _)| gutter.trim().is_empty())?.1;
            let words = drawn.trim_start().strip_prefix('^')?.trim_start_matches(['^', '-', '~']).trim();
            words.contains(char::is_alphabetic).then_some(words)
        });
        let rule = block.iter().find_map(|line| line.split_once("/index.html#").map(|(_, rule)| rule));
        return [Some(*text), Some(place), mark.filter(|mark| !text.contains(mark)), rule]
            .into_iter()
            .flatten()
            .collect();
    }
    linking(lines).or_else(|| cargo(lines)).or_else(|| rule_alone(lines)).unwrap_or_default()
}

/// What the linker misses stands far below the command.
fn linking<'a>(lines: &[&'a str]) -> Option<ToldLines<'a>> {
    let missing =
        lines.iter().find(|line| line.contains("undefined symbol: ") || line.contains("undefined reference to "))?;
    Some(vec![missing.trim().trim_start_matches("= note: ")])
}

/// An error of cargo itself, with its last cause.
fn cargo<'a>(lines: &[&'a str]) -> Option<ToldLines<'a>> {
    let place = lines.iter().position(|line| line.starts_with("error: "))?;
    let cause = lines.iter().rposition(|line| *line == "Caused by:").and_then(|cause| next_line(lines, cause + 1));
    let is_cargo = cause.is_some() || lines[place].contains("cargo") || lines[place].contains("Cargo.toml");
    is_cargo.then(|| [lines[place]].into_iter().chain(cause).collect())
}

/// The rule that clippy names below an error whose beginning was cut off.
fn rule_alone<'a>(lines: &[&'a str]) -> Option<ToldLines<'a>> {
    let note = lines
        .iter()
        .find_map(|line| behind(line.trim_start(), "= note: `-D ").filter(|note| note.contains("implied by")))?;
    Some(vec![note.split('`').next().unwrap_or(note)])
}
