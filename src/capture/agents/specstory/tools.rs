//! What a tool did, by its name, what it was given and what it printed, as each agent's are shown.

use crate::capture::event::{ActionEvent, CallEnd, ChangeEvent, EditEvent, Extent, HunkEvent};
use crate::capture::patch;

/// A tool with what is shown of it.
#[derive(Debug, Default)]
pub(super) struct ShownTool {
    kind: String,
    pub(super) name: String,
    summary: String,
    /// Lines outside of fences.
    lines: Vec<String>,
    fences: Vec<Fence>,
}

#[derive(Debug)]
struct Fence {
    language: String,
    text: String,
    /// The last line above it.
    above: String,
}

/// How it ended, and what it printed.
pub(super) struct ShownEnd {
    pub(super) end: CallEnd,
    pub(super) exit_code: Option<i32>,
    pub(super) output: String,
    pub(super) answer: Option<String>,
}

impl ShownTool {
    /// `<tool-use data-tool-type="shell" data-tool-name="Bash"><details>`, a summary, and what the tool shows.
    pub(super) fn read(lines: &[&str]) -> Self {
        let mut tool = Self::default();
        let attribute = |name: &str| {
            let (_, rest) = lines.first()?.split_once(&format!("{name}=\""))?;
            Some(rest.split_once('"')?.0.to_owned())
        };
        tool.kind = attribute("data-tool-type").unwrap_or_default();
        tool.name = attribute("data-tool-name").unwrap_or_default();
        let mut rest = lines.iter().skip(1);
        while let Some(line) = rest.next() {
            let ticks = line.bytes().take_while(|byte| *byte == b'`').count();
            if let Some(summary) = line.strip_prefix("<summary>") {
                tool.summary = summary.trim_end_matches("</summary>").to_owned();
            } else if ticks >= 3 {
                let is_end = |line: &&&str| {
                    line.bytes().take_while(|byte| *byte == b'`').count() >= ticks
                        && line.trim_end().bytes().all(|byte| byte == b'`')
                };
                let inside: Vec<&str> = rest.by_ref().take_while(|line| !is_end(line)).copied().collect();
                let above = tool.lines.iter().rev().find(|line| !line.trim().is_empty()).cloned().unwrap_or_default();
                tool.fences.push(Fence { language: line[ticks..].trim().to_owned(), text: inside.join("\n"), above });
            } else {
                tool.lines.push((*line).to_owned());
            }
        }
        tool
    }

    fn is_shell(&self) -> bool {
        self.kind == "shell"
    }

    /// What stands between the ticks of a line, or of the summary.
    fn ticked(&self) -> Option<String> {
        let inside = |line: &str| {
            let (_, rest) = line.split_once('`')?;
            Some(rest.rsplit_once('`')?.0.to_owned())
        };
        let own = self.lines.iter().map(|line| line.trim());
        own.filter(|line| line.len() > 2 && line.starts_with('`') && line.ends_with('`'))
            .find_map(inside)
            .or_else(|| inside(&self.summary))
    }

    fn command(&self) -> Option<String> {
        let fenced = self.fences.first().filter(|fence| fence.language == "bash").map(|fence| fence.text.clone());
        fenced.or_else(|| self.ticked())
    }

    fn printed(&self) -> &str {
        self.result().map_or("", |fence| fence.text.as_str())
    }

    fn result(&self) -> Option<&Fence> {
        self.fences.last().filter(|fence| matches!(fence.language.as_str(), "" | "text"))
    }

    pub(super) fn action(&self) -> ActionEvent {
        match self.kind.as_str() {
            "shell" => {
                let folder = self.lines.iter().find_map(|line| line.strip_prefix("Directory: `")?.strip_suffix('`'));
                let command = self.command().unwrap_or_default();
                ActionEvent::Shell { command, cwd: folder.map(str::to_owned), extent: Extent::Whole }
            }
            "write" => ActionEvent::Edit(self.edits()),
            "task" => {
                let own = self.fences.iter().find(|fence| self.fences.len() > 1 || fence.language != "text");
                ActionEvent::Delegate { prompt: own.map(|fence| fence.text.clone()).unwrap_or_default() }
            }
            _ if self.answer().is_some() => {
                let bold = |line: &String| Some(line.strip_prefix("**")?.split_once("**")?.0.to_owned());
                let asked: Vec<String> =
                    self.lines.iter().filter(|line| !line.starts_with("**Answer:")).filter_map(bold).collect();
                ActionEvent::Ask { question: asked.join("\n") }
            }
            _ => ActionEvent::Other,
        }
    }

    /// The edits as far as they are shown; of some agents' tools only the result, with the path.
    fn edits(&self) -> Vec<EditEvent> {
        let deleted = self.lines.iter().filter_map(|line| line.strip_prefix("**Delete: `")?.strip_suffix("`**"));
        let mut edits: Vec<EditEvent> =
            deleted.map(|path| EditEvent { path: path.to_owned(), change: ChangeEvent::Delete }).collect();
        for fence in &self.fences {
            if fence.language == "diff" {
                edits.extend(self.diff(fence));
            }
        }
        let Some(path) = self.path().filter(|_| edits.is_empty()) else { return edits };
        let content = self.fences.first().filter(|fence| self.fences.len() > 1 || fence.language != "text");
        let is_whole = self.name.to_lowercase().starts_with(['w', 'c']);
        let change = match content.filter(|_| is_whole) {
            Some(fence) => ChangeEvent::Write { text: format!("{}\n", fence.text) },
            None => ChangeEvent::Patch { hunks: Vec::new() },
        };
        vec![EditEvent { path, change }]
    }

    /// A diff below the name of its file, or with it.
    fn diff(&self, fence: &Fence) -> Option<EditEvent> {
        let titled = |title: &str| Some(fence.above.strip_prefix(title)?.strip_suffix("`**")?.to_owned());
        if let Some(path) = titled("**Add: `") {
            let text: String =
                fence.text.lines().map(|line| format!("{}\n", line.strip_prefix('+').unwrap_or(line))).collect();
            return Some(EditEvent { path, change: ChangeEvent::Write { text } });
        }
        let named = fence.text.lines().find_map(|line| line.strip_prefix("+++ ")).map(|path| path.trim().to_owned());
        let path =
            ["**Update: `", "**Modify: `"].iter().find_map(|title| titled(title)).or(named).or_else(|| self.path())?;
        let lines: Vec<&str> =
            fence.text.lines().filter(|line| !line.starts_with("--- ") && !line.starts_with("+++ ")).collect();
        let is_diff = |line: &&str| line.starts_with(['+', '-', ' ', '@']) || line.is_empty();
        if !lines.iter().all(is_diff) {
            // Only what was put in.
            return Some(EditEvent {
                path,
                change: ChangeEvent::Patch { hunks: vec![HunkEvent { new_start: 0, lines: marked(&lines) }] },
            });
        }
        let has_hunks = lines.iter().any(|line| line.starts_with("@@"));
        let text = if has_hunks { lines.join("\n") } else { format!("@@\n{}", lines.join("\n")) };
        Some(EditEvent { path, change: ChangeEvent::Patch { hunks: patch::unified(&text) } })
    }

    fn path(&self) -> Option<String> {
        let own = self.lines.iter().find_map(|line| line.strip_prefix("Path: `")?.strip_suffix('`').map(str::to_owned));
        let said = || {
            let line = self.printed().lines().next()?;
            let behind = ["successfully at: ", "The file "].iter().find_map(|start| Some(line.split_once(start)?.1))?;
            let ends = [" has been updated", " has been created"];
            let end = ends.iter().find_map(|end| behind.find(end)).unwrap_or(behind.len());
            Some(behind[..end].trim().to_owned()).filter(|path| !path.is_empty())
        };
        own.or_else(|| self.ticked()).or_else(said)
    }

    fn answer(&self) -> Option<String> {
        self.lines.iter().find_map(|line| Some(line.strip_prefix("**Answer:**")?.trim().to_owned()))
    }

    /// How it ended; `None` where nothing is shown of it.
    pub(super) fn end(&self, is_failure: impl Fn(&str) -> bool) -> Option<ShownEnd> {
        let printed = self.printed();
        let ended = |end| ShownEnd { end, exit_code: None, output: printed.to_owned(), answer: None };
        if let Some(answer) = self.answer() {
            return Some(ShownEnd { answer: Some(answer), ..ended(CallEnd::Succeeded) });
        }
        self.result()?;
        if let Some((_, rest)) = printed.split_once(REFUSED) {
            let reason = rest.split_once("the user said:").map(|(_, reason)| reason.trim().to_owned());
            return Some(ended(CallEnd::Rejected { reason: reason.filter(|reason| !reason.is_empty()) }));
        }
        let code = self.is_shell().then(|| exit_code(printed)).flatten();
        let has_failed = code.is_some_and(|code| code != 0)
            || self.lines.iter().any(|line| line.starts_with("**Error:**"))
            || (!self.is_shell() && is_failure(printed));
        let end = if has_failed { CallEnd::Failed } else { CallEnd::Succeeded };
        Some(ShownEnd { exit_code: code, ..ended(end) })
    }
}

const REFUSED: &str = "The user doesn't want to proceed with this tool use";

fn marked(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("+{line}")).collect::<Vec<_>>().join("\n")
}

/// `Exit code 1` above what was printed, or `Exit Code: 1` in a line of its own.
fn exit_code(printed: &str) -> Option<i32> {
    let code = |line: &str| {
        let rest = line.strip_prefix("Exit code").or_else(|| line.strip_prefix("Exit Code"))?;
        rest.trim_start_matches(':').trim().parse().ok()
    };
    printed.lines().next().and_then(code).or_else(|| printed.lines().next_back().and_then(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let lines: Vec<&str> = text.lines().collect();
        let tool = ShownTool::read(&lines);
        let action = match tool.action() {
            ActionEvent::Shell { command, .. } => format!("run {command:?}"),
            ActionEvent::Edit(edits) => {
                let edit = |edit: &EditEvent| match &edit.change {
                    ChangeEvent::Write { text } => format!("{} = {text:?}", edit.path),
                    ChangeEvent::Patch { hunks } => {
                        format!("{} {:?}", edit.path, hunks.iter().map(|hunk| hunk.lines.as_str()).collect::<Vec<_>>())
                    }
                    ChangeEvent::Delete => format!("{} gone", edit.path),
                    _ => format!("{} otherwise", edit.path),
                };
                edits.iter().map(edit).collect::<Vec<_>>().join(", ")
            }
            ActionEvent::Ask { question } => format!("ask {question:?}"),
            ActionEvent::Delegate { prompt } => format!("task {prompt:?}"),
            _ => "other".to_owned(),
        };
        let end = tool.end(|text| text.contains("not found")).map(|end| match end.end {
            CallEnd::Rejected { reason } => format!("rejected {reason:?}"),
            CallEnd::Failed => format!("failed {:?} {:?}", end.exit_code, end.output),
            _ => format!("done {:?} {:?}", end.output, end.answer),
        });
        format!("{action}: {}", end.unwrap_or_default())
    }

    #[test]
    fn the_tools_of_each_agent_are_read_as_they_are_shown() {
        let shell = "<tool-use data-tool-type=\"shell\" data-tool-name=\"Bash\"><details>";
        let write = |name: &str| format!("<tool-use data-tool-type=\"write\" data-tool-name=\"{name}\"><details>");
        for (text, expected) in [
            (
                format!("{shell}\n<summary>Tool use: **Bash**</summary>\nRun it\n\n`make test`\n\n```text\nExit code 2\nbad\n```"),
                "run \"make test\": failed Some(2) \"Exit code 2\\nbad\"",
            ),
            (format!("{shell}\n<summary>`ls`</summary>\n```\na\n```"), "run \"ls\": done \"a\" None"),
            (
                format!("{shell}\n<summary>x</summary>\n\n```bash\ncat <<E\nx\nE\n```\n\n````text\n```\n````"),
                "run \"cat <<E\\nx\\nE\": done \"```\" None",
            ),
            (
                format!("{shell}\n<summary>x</summary>\n\n`rm -r a`\n\n```text\nThe user doesn't want to proceed with this tool use. The tool use was rejected. To tell you how to proceed, the user said:\nkeep it\n```"),
                "run \"rm -r a\": rejected Some(\"keep it\")",
            ),
            (
                format!("{}\n<summary>x</summary>\n\n```py\nx = 1\n```\n\n```text\nFile created successfully at: /w/a.py\n```", write("Write")),
                "/w/a.py = \"x = 1\\n\": done \"File created successfully at: /w/a.py\" None",
            ),
            (
                format!("{}\n<summary>x</summary>\n\n```text\nThe file /w/a.py has been updated successfully.\n```", write("Edit")),
                "/w/a.py []: done \"The file /w/a.py has been updated successfully.\" None",
            ),
            (
                format!("{}\n<summary>x</summary>\n\n```text\nString to replace not found in file.\n```", write("Edit")),
                ": failed None \"String to replace not found in file.\"",
            ),
            (
                format!("{}\n<summary>x</summary>\n```diff\n--- a.py\n+++ a.py\n-a\n+b\n```", write("StrReplace")),
                "a.py [\"-a\\n+b\"]: ",
            ),
            (
                format!("{}\n<summary>x</summary>\n**Add: `n.py`**\n\n```diff\n+a\n```\n\n**Update: `a.py`**\n\n```diff\n@@\n-a\n+b\n```\n\n**Delete: `o.py`**\n", write("apply_patch")),
                "o.py gone, n.py = \"a\\n\", a.py [\"-a\\n+b\"]: ",
            ),
            (
                "<tool-use data-tool-type=\"generic\" data-tool-name=\"AskUserQuestion\"><details>\n<summary>x</summary>\n**Which one?**\n\nOptions:\n- **A**\n\n**Answer:** A".to_owned(),
                "ask \"Which one?\": done \"\" Some(\"A\")",
            ),
        ] {
            assert_eq!(told(&text), expected, "{text}");
        }
    }
}
