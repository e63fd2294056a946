//! Edits in a model's answer, in the formats that it may be asked for: SEARCH and REPLACE blocks (`diff`, `diff-fenced`), unified diffs
//! (`udiff`), patches (`patch`) and whole files (`whole`).

use crate::capture::event::{ChangeEvent, EditEvent, HunkEvent};
use crate::capture::patch;

/// What one block asks for.
pub(super) struct AskedEdit {
    pub(super) path: String,
    before: String,
    after: String,
    /// In the other formats.
    change: Option<ChangeEvent>,
}

impl AskedEdit {
    /// As it was made; text without a place is written behind what is there.
    pub(super) fn made(&self, path: &str, is_new: bool) -> EditEvent {
        let change = match &self.change {
            Some(change) => change.clone(),
            None if !self.before.trim().is_empty() => {
                ChangeEvent::Replace { before: self.before.clone(), after: self.after.clone(), everywhere: false }
            }
            None if is_new => ChangeEvent::Write { text: self.after.clone() },
            None => {
                let lines: Vec<String> = self.after.lines().map(|line| format!("+{line}")).collect();
                ChangeEvent::Patch { hunks: vec![HunkEvent { new_start: 0, lines: lines.join("\n") }] }
            }
        };
        EditEvent { path: path.to_owned(), change }
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        (self.before.as_str(), self.after.as_str()) == (other.before.as_str(), other.after.as_str())
    }

    /// Whether it is of this file: a model may leave out folders, or name too many.
    pub(super) fn is_of(&self, path: &str) -> bool {
        let is_end = |long: &str, short: &str| {
            long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with(['/', '\\']))
        };
        !self.path.is_empty() && (is_end(path, &self.path) || is_end(&self.path, path))
    }
}

/// That a file was changed, where it is not known how.
pub(super) fn unknown(path: String) -> EditEvent {
    EditEvent { path, change: ChangeEvent::Patch { hunks: Vec::new() } }
}

/// An answer without its edits, and the edits.
#[derive(Default)]
pub(super) struct ReadAnswer {
    pub(super) prose: String,
    pub(super) edits: Vec<AskedEdit>,
}

pub(super) fn is_head(line: &str) -> bool {
    let rest = line.trim().trim_start_matches('<');
    marks(line, '<') && rest.strip_suffix('>').unwrap_or(rest) == " SEARCH"
}

fn is_divider(line: &str) -> bool {
    marks(line, '=') && line.trim().trim_start_matches('=').is_empty()
}

pub(super) fn is_tail(line: &str) -> bool {
    marks(line, '>') && line.trim().trim_start_matches('>') == " REPLACE"
}

/// Five to nine of them.
fn marks(line: &str, mark: char) -> bool {
    (5..=9).contains(&line.trim().chars().take_while(|c| *c == mark).count())
}

fn is_fence(line: &str) -> bool {
    line.starts_with("```")
}

pub(super) fn read(answer: &str) -> ReadAnswer {
    let lines: Vec<&str> = answer.lines().collect();
    let mut read = ReadAnswer::default();
    let mut prose: Vec<&str> = Vec::new();
    let mut whole: Vec<AskedEdit> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        if is_head(line)
            && let Some((before, after, next)) = search_and_replace(&lines, at + 1)
        {
            let known = read.edits.last().map(|edit| edit.path.clone());
            let path = path_above(&mut prose).or(known).unwrap_or_default();
            read.edits.push(AskedEdit { path, before, after, change: None });
            at = next + usize::from(lines.get(next).is_some_and(|line| is_fence(line)));
        } else if line.starts_with("*** Begin Patch") {
            let length = lines[at..].iter().position(|line| line.starts_with("*** End Patch"));
            let end = length.map_or(lines.len(), |length| at + length + 1);
            read.edits.extend(patch::apply_patch(&lines[at..end].join("\n")).into_iter().map(other));
            at = end;
        } else if is_fence(line)
            && let Some(length) = lines[at + 1..].iter().position(|line| is_fence(line))
            // The fence around a block belongs to it.
            && !lines[at + 1..].iter().take(2).any(|line| is_head(line))
        {
            let inside = &lines[at + 1..at + 1 + length];
            let name = prose.last().and_then(|line| file_name(line));
            let diffs = if line.starts_with("```diff") { unified(inside) } else { Vec::new() };
            if !diffs.is_empty() {
                if name.as_ref().is_some_and(|name| diffs.iter().any(|edit| edit.path == *name)) {
                    prose.pop();
                }
                read.edits.extend(diffs);
            } else if let Some(path) = name.filter(|name| name.contains(['.', '/']) && !name.contains(' ')) {
                prose.pop();
                let text: String = inside.iter().flat_map(|line| [line, "\n"]).collect();
                whole.push(other(EditEvent { path, change: ChangeEvent::Write { text } }));
            } else {
                prose.extend(&lines[at..at + length + 2]);
            }
            at += length + 2;
        } else {
            prose.push(line);
            at += 1;
        }
    }
    if read.edits.is_empty() {
        read.edits = whole;
    }
    read.prose = prose.join("\n").trim().to_owned();
    read
}

fn other(edit: EditEvent) -> AskedEdit {
    AskedEdit { path: edit.path, before: String::new(), after: String::new(), change: Some(edit.change) }
}

/// The two texts of a block, and the line behind it; `None` where it does not end.
fn search_and_replace(lines: &[&str], from: usize) -> Option<(String, String, usize)> {
    let divider = from + lines.get(from..)?.iter().position(|line| is_divider(line))?;
    let end = lines[divider + 1..].iter().position(|line| is_tail(line) || is_divider(line))? + divider + 1;
    let text = |lines: &[&str]| lines.iter().flat_map(|line| [*line, "\n"]).collect::<String>();
    Some((text(&lines[from..divider]), text(&lines[divider + 1..end]), end + 1))
}

/// The name of a file in the three lines above a block, which is taken from there with the fence.
fn path_above(prose: &mut Vec<&str>) -> Option<String> {
    for back in 1..=3.min(prose.len()) {
        let line = prose[prose.len() - back];
        if let Some(name) = file_name(line) {
            prose.truncate(prose.len() - back);
            // A fence may stand above the name.
            if prose.last().is_some_and(|line| is_fence(line)) {
                prose.pop();
            }
            return Some(name);
        }
        if !is_fence(line) {
            break;
        }
    }
    if prose.last().is_some_and(|line| is_fence(line)) {
        prose.pop();
    }
    None
}

/// `src/a.py`, `**src/a.py**:`, "```src/a.py"
fn file_name(line: &str) -> Option<String> {
    let line = line.trim();
    if let Some(behind) = line.strip_prefix("```") {
        return Some(behind.to_owned()).filter(|name| name.contains(['.', '/']));
    }
    let name = line.trim_end_matches(':').trim_start_matches('#').trim().trim_matches('`').trim_matches('*');
    Some(name.to_owned()).filter(|name| !name.is_empty() && name != "...")
}

/// `--- a.py`, `+++ a.py`, `@@ ... @@` and the lines of hunks without numbers.
fn unified(lines: &[&str]) -> Vec<AskedEdit> {
    let mut edits: Vec<AskedEdit> = Vec::new();
    let mut from = 0;
    while let Some(found) =
        lines[from..].windows(2).position(|two| two[0].starts_with("--- ") && two[1].starts_with("+++ "))
    {
        let begin = from + found;
        let next =
            lines[begin + 2..].windows(2).position(|two| two[0].starts_with("--- ") && two[1].starts_with("+++ "));
        let end = next.map_or(lines.len(), |next| begin + 2 + next);
        let path = lines[begin + 1].trim_start_matches("+++ ").trim();
        let hunks = patch::unified(&lines[begin + 2..end].join("\n"));
        let name = if path == "/dev/null" { lines[begin].trim_start_matches("--- ").trim() } else { path };
        edits.push(other(EditEvent { path: name.to_owned(), change: ChangeEvent::Patch { hunks } }));
        from = end;
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(answer: &str) -> (String, Vec<String>) {
        let read = read(answer);
        let change = |edit: &AskedEdit| match edit.made(&edit.path, true).change {
            ChangeEvent::Write { text } => format!("{} = {text:?}", edit.path),
            ChangeEvent::Replace { before, after, .. } => format!("{} {before:?} -> {after:?}", edit.path),
            ChangeEvent::Patch { hunks } => {
                let lines: Vec<&str> = hunks.iter().map(|hunk| hunk.lines.as_str()).collect();
                format!("{} {:?}", edit.path, lines.join("|"))
            }
            _ => format!("{} otherwise", edit.path),
        };
        (read.prose, read.edits.iter().map(change).collect())
    }

    #[test]
    fn each_format_of_edits_is_read() {
        for (name, answer, prose, edits) in [
            (
                "blocks behind the name of their file, the second without one",
                "I do it.\n\nsrc/a.py\n```python\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n```\n\n```python\n<<<<<<< SEARCH\n=======\nc\n>>>>>>> REPLACE\n```\nDone.",
                "I do it.\n\n\nDone.",
                vec!["src/a.py \"a\\n\" -> \"b\\n\"", "src/a.py = \"c\\n\""],
            ),
            (
                "the name inside the fence",
                "```\n**b.py**:\n<<<<<<< SEARCH\na\n=======\n>>>>>>> REPLACE\n```",
                "",
                vec!["b.py \"a\\n\" -> \"\""],
            ),
            (
                "a diff without numbers",
                "So:\n```diff\n--- a.py\n+++ a.py\n@@ ... @@\n-a\n+b\n@@ ... @@\n+c\n--- /dev/null\n+++ n.py\n@@ ... @@\n+d\n```",
                "So:",
                vec!["a.py \"-a\\n+b|+c\"", "n.py \"+d\""],
            ),
            ("a whole file", "Here:\n\nshow.py\n```\nprint(1)\n```", "Here:", vec!["show.py = \"print(1)\\n\""]),
            ("an example is none", "Run this:\n```bash\nls\n```", "Run this:\n```bash\nls\n```", vec![]),
            (
                "a patch",
                "*** Begin Patch\n*** Update File: a.py\n@@\n-a\n+b\n*** End Patch",
                "",
                vec!["a.py \"-a\\n+b\""],
            ),
            ("a block that does not end", "<<<<<<< SEARCH\na\n=======\nb", "<<<<<<< SEARCH\na\n=======\nb", vec![]),
        ] {
            let expected = (prose.to_owned(), edits.into_iter().map(str::to_owned).collect());
            assert_eq!(told(answer), expected, "{name}");
        }
    }

    #[test]
    fn a_file_is_known_by_part_of_its_path() {
        let edit =
            |path: &str| AskedEdit { path: path.to_owned(), before: String::new(), after: String::new(), change: None };
        let known = ["src/a.py", "a.py", "app/src/a.py", "b.py", "da.py", ""].map(|path| edit(path).is_of("src/a.py"));
        assert_eq!(known, [true, true, true, false, false, false]);
    }
}
