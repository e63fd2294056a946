//! The runs in a history, and who says what in one.

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::blocks::{is_head, is_tail};
use crate::capture::time::here;

/// What stands above each run, with the time of the machine that it ran on.
pub(super) const HEADER: &str = "# aider chat started at ";

/// One start of the program.
pub(super) struct AiderRun<'a> {
    /// Made of the time of the start: the program has no ids.
    pub(super) id: String,
    pub(super) started: Option<Timestamp>,
    pub(super) text: &'a str,
    /// Its first line in the file, from 1.
    pub(super) line: u64,
}

pub(super) fn runs(text: &str) -> Vec<AiderRun<'_>> {
    let mut runs: Vec<AiderRun<'_>> = Vec::new();
    let (mut at, mut number, mut begins) = (0, 0, 0);
    for line in text.split_inclusive('\n') {
        number += 1;
        if let Some(time) = line.strip_prefix(HEADER) {
            if let Some(last) = runs.last_mut() {
                last.text = &text[begins..at];
            }
            begins = at;
            let time = time.trim();
            let own = id_of(time);
            let same = runs.iter().filter(|run| run.id.starts_with(&own)).count();
            let id = if same == 0 { own } else { format!("{own}-{}", same + 1) };
            runs.push(AiderRun { id, started: local_time(time), text: &text[begins..], line: number });
        }
        at += line.len();
    }
    runs
}

/// `2026-01-02T03-04-05`
fn id_of(time: &str) -> String {
    let part = |c: char| match c {
        ' ' => 'T',
        c if c.is_ascii_alphanumeric() => c,
        _ => '-',
    };
    time.chars().map(part).collect()
}

/// `2026-01-02 03:04:05` as the clock of this machine shows it.
pub(super) fn local_time(text: &str) -> Option<Timestamp> {
    here(text.parse::<DateTime>().ok()?)
}

/// What one of the three says.
#[derive(Debug, PartialEq)]
pub(super) enum HistoryPart {
    Prompt(String),
    /// The model's answer.
    Said(String),
    /// A message of the program, of one or more lines.
    Told(String),
}

/// The parts of a run, each with the number of its first line in the run, from 0.
pub(super) fn parts(run: &str) -> Vec<(u64, HistoryPart)> {
    // The program ends its own lines and those of prompts with two spaces; an editor may have taken them away.
    let is_marked = run.contains("  \n");
    let ends = |line: &str| !is_marked || line.ends_with("  ");
    let mut parts: Vec<(u64, HistoryPart)> = Vec::new();
    let mut said: Vec<(u64, &str)> = Vec::new();
    let (mut after_blank, mut after_told, mut is_open, mut in_block) = (true, false, false, false);
    for (line, number) in run.lines().zip(0_u64..).skip(1) {
        let is_blank = line.trim().is_empty();
        if is_open {
            // A message of several lines has a mark at its first and an end at its last.
            in_block = (in_block || is_head(line)) && !is_tail(line);
            is_open = in_block || !line.ends_with("  ");
            if let Some((_, HistoryPart::Told(text))) = parts.last_mut() {
                text.push('\n');
                text.push_str(if is_open { line } else { line.trim_end() });
            }
            (after_blank, after_told) = (false, true);
            continue;
        }
        let is_told = (line == ">" || line.starts_with("> ")) && (ends(line) || after_told);
        if in_block && !(is_told && ["> Tokens: ", "> ^C "].iter().any(|start| line.starts_with(start))) {
            in_block = !is_tail(line);
            said.push((number, line));
            continue;
        }
        in_block = false;
        let prompt =
            line.strip_prefix("####").filter(|rest| rest.is_empty() || rest.starts_with(' ')).filter(|_| ends(line));
        let goes_on = said.is_empty() && matches!(parts.last(), Some((_, HistoryPart::Prompt(_))));
        if is_told || (after_told && !is_blank && ends(line) && prompt.is_none()) {
            end(&mut said, &mut parts);
            let text = line.strip_prefix('>').unwrap_or(line).trim();
            match parts.last_mut() {
                Some((_, HistoryPart::Told(before))) if !is_told => {
                    before.push('\n');
                    before.push_str(text);
                }
                _ => parts.push((number, HistoryPart::Told(text.to_owned()))),
            }
            is_open = is_told && !ends(line);
            (after_blank, after_told) = (false, true);
            continue;
        }
        after_told = false;
        match prompt {
            Some(rest) if after_blank || goes_on => {
                end(&mut said, &mut parts);
                let rest = rest.strip_suffix("  ").unwrap_or(rest);
                let text = rest.strip_prefix(' ').unwrap_or(rest);
                match parts.last_mut() {
                    Some((_, HistoryPart::Prompt(before))) if !after_blank => {
                        before.push('\n');
                        before.push_str(text);
                    }
                    _ => parts.push((number, HistoryPart::Prompt(text.to_owned()))),
                }
                after_blank = false;
            }
            _ => {
                in_block = is_head(line);
                after_blank = is_blank;
                said.push((number, line));
            }
        }
    }
    end(&mut said, &mut parts);
    parts
}

fn end(said: &mut Vec<(u64, &str)>, parts: &mut Vec<(u64, HistoryPart)>) {
    let lines = std::mem::take(said);
    let Some(first) = lines.iter().position(|(_, line)| !line.trim().is_empty()) else { return };
    let text: Vec<&str> = lines[first..].iter().map(|(_, line)| *line).collect();
    parts.push((lines[first].0, HistoryPart::Said(text.join("\n").trim_end().to_owned())));
}

#[cfg(test)]
mod tests {
    use super::HistoryPart::{Prompt, Said, Told};
    use super::*;

    fn read(text: &str) -> Vec<HistoryPart> {
        let run = format!("{HEADER}2026-01-02 03:04:05\n{text}");
        parts(&run).into_iter().map(|(_, part)| part).collect()
    }

    #[test]
    fn who_says_what_is_told_by_marks_and_ends() {
        let text = |text: &str| text.to_owned();
        for (name, history, expected) in [
            (
                "a prompt of several lines, an answer with quotes and headings",
                "\n#### one  \n####   two  \n####  \n\nYes:\n\n> quoted\n#### A heading\n\n> Tokens: 1 sent, 2 received.  \n",
                vec![
                    Prompt(text("one\n  two\n")),
                    Said(text("Yes:\n\n> quoted\n#### A heading")),
                    Told(text("Tokens: 1 sent, 2 received.")),
                ],
            ),
            (
                "two prompts one after the other",
                "\n#### /add a  \n\n#### b  \n> Added a to the chat  \n",
                vec![Prompt(text("/add a")), Prompt(text("b")), Told(text("Added a to the chat"))],
            ),
            (
                "what stands in a block is a file's",
                "\na.md\n<<<<<<< SEARCH\n=======\n\n#### H  \n> q  \n>>>>>>> REPLACE\n\n> Applied edit to a.md  \n",
                vec![
                    Said(text("a.md\n<<<<<<< SEARCH\n=======\n\n#### H  \n> q  \n>>>>>>> REPLACE")),
                    Told(text("Applied edit to a.md")),
                ],
            ),
            (
                "a block that was never ended",
                "\n<<<<<<< SEARCH\nx\n> Tokens: 1 sent, 2 received.  \n",
                vec![Said(text("<<<<<<< SEARCH\nx")), Told(text("Tokens: 1 sent, 2 received."))],
            ),
            (
                "messages of several lines",
                "\n> u  \n> # 1 failed\n\n<<<<<<< SEARCH\na  \n=======\n>>>>>>> REPLACE\nend  \n\n> mkdir a     \ntouch a/b  \n> Run shell commands? (Y)es/(N)o [Yes]: y  \n",
                vec![
                    Told(text("u")),
                    Told(text("# 1 failed\n\n<<<<<<< SEARCH\na  \n=======\n>>>>>>> REPLACE\nend")),
                    Told(text("mkdir a\ntouch a/b")),
                    Told(text("Run shell commands? (Y)es/(N)o [Yes]: y")),
                ],
            ),
            (
                "an editor took the spaces at the ends away",
                "\n#### one\n#### two\n\nYes\n\n> Applied edit to a\n",
                vec![Prompt(text("one\ntwo")), Said(text("Yes")), Told(text("Applied edit to a"))],
            ),
        ] {
            assert_eq!(read(history), expected, "{name}");
        }
    }

    #[test]
    fn each_start_is_a_run_with_an_id_of_its_own() {
        let text = "\n# aider chat started at 2026-01-02 03:04:05\n\na\n\n# aider chat started at 2026-01-02 03:04:05\n\n# aider chat started at nonsense\n";
        let found: Vec<(String, u64, bool)> =
            runs(text).into_iter().map(|run| (run.id, run.line, run.started.is_some())).collect();
        let expected = [("2026-01-02T03-04-05", 2, true), ("2026-01-02T03-04-05-2", 6, true), ("nonsense", 8, false)];
        assert_eq!(found, expected.map(|(id, line, dated)| (id.to_owned(), line, dated)));
        assert!(runs("").is_empty());
    }
}
