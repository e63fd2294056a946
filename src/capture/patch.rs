//! Patches as agents write them: the text of `apply_patch`, and unified diffs.

use crate::capture::event::{ChangeEvent, EditEvent, HunkEvent};

/// The edits of an `apply_patch` text (`*** Begin Patch` ... `*** End Patch`). What does not fit the form is left out.
pub(in crate::capture) fn apply_patch(text: &str) -> Vec<EditEvent> {
    let mut edits: Vec<EditEvent> = Vec::new();
    let mut push = |path: &str, change| edits.push(EditEvent { path: path.trim().to_owned(), change });
    let mut path = "";
    // The lines of the current file, and whether they are a new file's.
    let mut hunks: Vec<Vec<&str>> = Vec::new();
    let mut adding = false;
    let start = text.find("*** Begin Patch").unwrap_or(text.len());
    let mut lines = text[start..].lines().skip(1);
    loop {
        let line = lines.next();
        let header = line.is_none_or(|line| line.starts_with("*** ") && !line.starts_with("*** End of File"));
        if !header {
            match (line.unwrap_or_default(), hunks.last_mut()) {
                (line, _) if line.starts_with("@@") => hunks.push(Vec::new()),
                (line, Some(hunk)) => hunk.push(line),
                (line, None) => hunks.push(vec![line]),
            }
            continue;
        }
        if let Some(change) = change_of(&hunks, adding) {
            push(path, change);
        }
        hunks.clear();
        adding = false;
        match line.and_then(|line| line.split_once(": ")) {
            Some(("*** Add File", name)) => (path, adding) = (name, true),
            Some(("*** Update File", name)) => path = name,
            Some(("*** Delete File", name)) => push(name, ChangeEvent::Delete),
            Some(("*** Move to", name)) => push(path, ChangeEvent::Move { to: name.trim().to_owned() }),
            _ => {}
        }
        if line.is_none_or(|line| line.trim() == "*** End Patch") {
            return edits;
        }
    }
}

fn change_of(hunks: &[Vec<&str>], adding: bool) -> Option<ChangeEvent> {
    if adding {
        let lines = hunks.iter().flatten().map(|line| line.strip_prefix('+').unwrap_or(line));
        return Some(ChangeEvent::Write { text: lines.map(|line| format!("{line}\n")).collect() });
    }
    let hunks: Vec<HunkEvent> = hunks
        .iter()
        .filter(|lines| !lines.is_empty())
        .map(|lines| HunkEvent { new_start: 0, lines: marked(lines.iter().copied()) })
        .collect();
    (!hunks.is_empty()).then_some(ChangeEvent::Patch { hunks })
}

/// The hunks of a unified diff without file headers.
pub(in crate::capture) fn unified(diff: &str) -> Vec<HunkEvent> {
    let mut hunks: Vec<(u32, Vec<&str>)> = Vec::new();
    for line in diff.lines() {
        if let Some(range) = line.strip_prefix("@@") {
            let start = range.split('+').nth(1).and_then(|new| new.split([',', ' ']).next()?.parse().ok());
            hunks.push((start.unwrap_or(0), Vec::new()));
        } else if let Some((_, lines)) = hunks.last_mut()
            && !line.starts_with('\\')
        {
            lines.push(line);
        }
    }
    hunks.into_iter().map(|(new_start, lines)| HunkEvent { new_start, lines: marked(lines.into_iter()) }).collect()
}

/// Lines with their marks, joined; an empty line stands for an empty line of context.
fn marked<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let lines: Vec<&str> = lines.map(|line| if line.is_empty() { " " } else { line }).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_a_patch_is_an_edit() {
        let text = "*** Begin Patch\n*** Add File: a.txt\n+one\n+two\n*** Update File: b.rs\n*** Move to: c.rs\n@@ fn x\n a\n-b\n+c\n@@\n+d\n*** Delete File: e\n*** End Patch";
        let edits = apply_patch(text);
        let hunk = |lines: &str| HunkEvent { new_start: 0, lines: lines.to_owned() };
        let changes: Vec<(&str, &ChangeEvent)> = edits.iter().map(|edit| (edit.path.as_str(), &edit.change)).collect();
        assert!(
            changes
                == [
                    ("a.txt", &ChangeEvent::Write { text: "one\ntwo\n".to_owned() }),
                    ("b.rs", &ChangeEvent::Move { to: "c.rs".to_owned() }),
                    ("b.rs", &ChangeEvent::Patch { hunks: vec![hunk(" a\n-b\n+c"), hunk("+d")] }),
                    ("e", &ChangeEvent::Delete),
                ]
        );
    }

    #[test]
    fn a_unified_diff_keeps_its_line_numbers() {
        let hunks = unified("@@ -258,2 +259,3 @@ fn x\n a\n+b\n\n@@ -1 +7 @@\n-c\n\\ No newline at end of file\n");
        assert!(
            hunks
                == [
                    HunkEvent { new_start: 259, lines: " a\n+b\n ".to_owned() },
                    HunkEvent { new_start: 7, lines: "-c".to_owned() }
                ]
        );
    }
}
