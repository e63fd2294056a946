//! What a tool does, by what it is given, where no more is known of it: the words that most agents use.

use serde_json::Value;

use super::event::{ActionEvent, ChangeEvent, EditEvent, Extent, HunkEvent};
use super::patch;

/// What a call of a tool of any agent does, as far as its arguments say it.
pub(super) fn action(tool: &str, given: &Value) -> ActionEvent {
    let text = |names: &[&str]| names.iter().find_map(|name| given[*name].as_str()).map(str::to_owned);
    let is_shell =
        ["shell", "bash", "terminal", "command", "exec"].iter().any(|word| tool.to_lowercase().contains(word));
    let command = text(&["command", "cmd", "keystrokes", "script"]).or_else(|| text(&["input"]).filter(|_| is_shell));
    if let Some(patch) = text(&["patch", "patchText", "patch_text", "input", "diff"]) {
        let edits = edits_of_patch(&patch);
        if !edits.is_empty() {
            return ActionEvent::Edit(edits);
        }
    }
    let path = text(&["path", "file_path", "filePath", "filename", "file"]);
    if let Some(path) = path
        && let Some(changes) = changes(tool, given, &text)
    {
        return ActionEvent::Edit(changes.into_iter().map(|change| EditEvent { path: path.clone(), change }).collect());
    }
    match command {
        Some(command) if is_shell || given["path"].is_null() => {
            let cwd = text(&["cwd", "workdir", "working_directory", "dir_path"]).filter(|folder| !folder.is_empty());
            ActionEvent::Shell { command, cwd, extent: Extent::Whole }
        }
        _ => ActionEvent::Other,
    }
}

/// The edits of a patch, of either form.
pub(super) fn edits_of_patch(text: &str) -> Vec<EditEvent> {
    if text.contains("*** Begin Patch") { patch::apply_patch(text) } else { of_git(text) }
}

fn changes(tool: &str, given: &Value, text: &dyn Fn(&[&str]) -> Option<String>) -> Option<Vec<ChangeEvent>> {
    let before = text(&["old_string", "old_str", "oldString", "old_text", "search"]);
    let after = text(&["new_string", "new_str", "newString", "new_text", "replace"]);
    let everywhere = ["replace_all", "replaceAll"].iter().any(|name| given[*name] == true);
    if let (Some(before), Some(after)) = (before, after) {
        return Some(vec![match before.is_empty() {
            true => ChangeEvent::Write { text: after },
            false => ChangeEvent::Replace { before, after, everywhere },
        }]);
    }
    if let Some(diff) = text(&["diff"]) {
        let blocks = blocks(&diff);
        return Some(if blocks.is_empty() {
            vec![ChangeEvent::Patch { hunks: patch::unified(&diff) }]
        } else {
            blocks
        });
    }
    let name = tool.to_lowercase();
    if name.contains("insert") {
        let lines: Vec<String> =
            text(&["content", "text", "insert_text"])?.lines().map(|line| format!("+{line}")).collect();
        return Some(vec![ChangeEvent::Patch { hunks: vec![HunkEvent { new_start: 0, lines: lines.join("\n") }] }]);
    }
    if name.contains("delete") {
        return Some(vec![ChangeEvent::Delete]);
    }
    Some(vec![ChangeEvent::Write { text: text(&["content", "contents", "file_text", "text"])? }])
}

/// Blocks of text to find and to put there, as several agents write them: between `<<<<<<< SEARCH` (or `------- SEARCH`), `=======` and
/// `>>>>>>> REPLACE` (or `+++++++ REPLACE`). Lines such as `:start_line:12` and `-------` may stand above the text.
fn blocks(diff: &str) -> Vec<ChangeEvent> {
    let mut blocks = Vec::new();
    let mut rest = diff;
    while let Some(start) = ["<<<<<<< SEARCH", "------- SEARCH"].iter().filter_map(|mark| rest.find(mark)).min() {
        let Some((_, inside)) = rest[start..].split_once('\n') else { break };
        let (Some(middle), Some(end)) = (
            line_at(inside, |line| line == "======="),
            line_at(inside, |line| line.starts_with(">>>>>>> REPLACE") || line.starts_with("+++++++ REPLACE")),
        ) else {
            break;
        };
        if middle.0 < end.0 {
            let mut before = &inside[..middle.0];
            if before.starts_with(':') {
                before = before.split_once("-------\n").map_or(before, |(_, text)| text);
            }
            let after = inside[middle.1..end.0].to_owned();
            blocks.push(match before.trim().is_empty() {
                true => ChangeEvent::Write { text: after },
                false => ChangeEvent::Replace { before: before.to_owned(), after, everywhere: false },
            });
        }
        rest = &inside[end.1..];
    }
    blocks
}

/// Where the first such line begins and ends.
fn line_at(text: &str, is_it: impl Fn(&str) -> bool) -> Option<(usize, usize)> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if is_it(line.trim_end()) {
            return Some((at, at + line.len()));
        }
        at += line.len();
    }
    None
}

/// The files of a patch as git writes it.
fn of_git(text: &str) -> Vec<EditEvent> {
    let sections =
        text.split("diff --git ").filter(|section| section.contains("\n+++ ") || section.starts_with("--- "));
    let edit = |section: &str| {
        let name = |mark: &str| {
            let line = section.lines().find_map(|line| line.strip_prefix(mark))?.trim();
            let line = line.split('\t').next().unwrap_or(line);
            (line != "/dev/null").then(|| {
                line.strip_prefix(['a', 'b']).and_then(|rest| rest.strip_prefix('/')).unwrap_or(line).to_owned()
            })
        };
        let hunks = patch::unified(&section[section.find("\n@@")? + 1..]);
        match (name("--- "), name("+++ ")) {
            (Some(path), None) => Some(EditEvent { path, change: ChangeEvent::Delete }),
            (_, Some(path)) => Some(EditEvent { path, change: ChangeEvent::Patch { hunks } }),
            _ => None,
        }
    };
    sections.filter_map(edit).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_tool_does_is_known_by_what_it_is_given() {
        let told = |action: ActionEvent| match action {
            ActionEvent::Shell { command, cwd, .. } => format!("run {command} in {cwd:?}"),
            ActionEvent::Edit(edits) => {
                let one = |edit: &EditEvent| match &edit.change {
                    ChangeEvent::Write { text } => format!("{} = {text:?}", edit.path),
                    ChangeEvent::Replace { before, after, .. } => format!("{} {before:?} -> {after:?}", edit.path),
                    ChangeEvent::Patch { hunks } => format!("{} {:?}", edit.path, hunks[0].lines),
                    ChangeEvent::Delete => format!("{} gone", edit.path),
                    ChangeEvent::Move { to } => format!("{} to {to}", edit.path),
                };
                edits.iter().map(one).collect::<Vec<_>>().join(", ")
            }
            _ => "other".to_owned(),
        };
        let block = "<<<<<<< SEARCH\n:start_line:1\n-------\na\n=======\nb\n>>>>>>> REPLACE\n------- SEARCH\n=======\nc\n+++++++ REPLACE\n";
        let git = "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\ndiff --git a/o.py b/o.py\n--- a/o.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n";
        for (tool, given, expected) in [
            ("execute_command", json!({"command": "ls", "cwd": "web"}), "run ls in Some(\"web\")"),
            ("shell", json!({"input": "ls"}), "run ls in None"),
            ("note", json!({"input": "ls"}), "other"),
            ("apply_patch", json!({"input": "*** Begin Patch\n*** Delete File: a\n*** End Patch"}), "a gone"),
            ("apply_patch", json!({"input": git}), "x.py \"-a\\n+b\", o.py gone"),
            ("write_to_file", json!({"path": "a", "content": "x"}), "a = \"x\""),
            ("edit", json!({"file_path": "a", "old_string": "x", "new_string": "y"}), "a \"x\" -> \"y\""),
            ("apply_diff", json!({"path": "a", "diff": block}), "a \"a\\n\" -> \"b\\n\", a = \"c\\n\""),
            ("insert_content", json!({"path": "a", "line": 3, "content": "x\ny"}), "a \"+x\\n+y\""),
            ("read_file", json!({"path": "a"}), "other"),
            ("search_files", json!({"path": "a", "regex": "x"}), "other"),
        ] {
            assert_eq!(told(action(tool, &given)), expected, "{tool} {given}");
        }
    }
}
