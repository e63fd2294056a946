//! The scripts of newer versions: the agent writes JavaScript for a tool `exec`, and runs commands and patches from there:
//! `text(await tools.exec_command({cmd: "cargo test"}))`, ``await tools.apply_patch(`*** Begin Patch ...`)``. The script is not
//! run here; what its string literals say is what counts.

use crate::capture::event::{EditEvent, shorten};
use crate::capture::patch;

/// What a script asks for.
#[derive(Default)]
pub(super) struct Script {
    /// The commands, one below the other.
    pub(super) command: String,
    /// Each of them, shortened.
    pub(super) runs: Vec<u64>,
    /// Whether it asks the person before one of them.
    pub(super) asks: bool,
    pub(super) cwd: Option<String>,
    pub(super) edits: Vec<EditEvent>,
    /// The process whose further output it asks for, where it asks for that of one.
    pub(super) process: Option<String>,
    /// Whether it stops that process.
    pub(super) stops: bool,
}

/// Control and C, as it is typed into a process.
pub(super) const INTERRUPT: char = '\u{3}';

/// What a command asks for that is to run outside of the sandbox, which the person is asked about.
pub(super) const ESCALATED: &str = "require_escalated";

impl Script {
    pub(super) fn read(source: &str) -> Self {
        let mut script = Self::default();
        let mut literals = Literals { rest: source };
        let mut last = String::new();
        let mut named: Vec<(String, String)> = Vec::new();
        while let Some((before, literal)) = literals.next_literal() {
            if literal.contains("*** Begin Patch") {
                script.edits.extend(patch::apply_patch(&literal));
            } else if is_value_of("cmd", before, &last) {
                if !script.command.is_empty() {
                    script.command.push('\n');
                }
                script.command.push_str(&literal);
                script.runs.push(shorten(literal.as_bytes()));
            } else if is_value_of("workdir", before, &last) {
                script.cwd.get_or_insert_with(|| literal.clone());
            }
            if let Some(name) = name_of(before) {
                named.push((name.to_owned(), literal.clone()));
            }
            script.asks |= literal == ESCALATED;
            script.stops |= literal.contains(INTERRUPT);
            last = literal;
        }
        script.process = waited_for(source);
        let of_name = |name: &str| named.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        script.cwd = script.cwd.or_else(|| named_folder(source).and_then(of_name));
        script
    }
}

/// The process that the only `write_stdin({session_id: 77})` of a script names.
fn waited_for(source: &str) -> Option<String> {
    let (_, behind) = source.split_once("write_stdin(")?;
    if behind.contains("write_stdin(") {
        return None;
    }
    let (_, number) = behind.split_once("session_id")?;
    let number = number.trim_start_matches(['"', '\'', ':', ' ']);
    let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    (end > 0).then(|| number[..end].to_owned())
}

/// The name that a literal is given: `dir` of `const dir = "/home/a/shop"`.
fn name_of(before: &str) -> Option<&str> {
    let before = before.trim_end().strip_suffix('=')?.trim_end();
    let name = before.rsplit(|c: char| !is_of_name(c)).next()?;
    (!name.is_empty()).then_some(name)
}

/// The name that stands for the folder of the commands: `dir` of `{cmd: "ls", workdir: dir}`.
fn named_folder(source: &str) -> Option<&str> {
    let (_, behind) = source.split_once("workdir")?;
    let name = behind.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?.trim_start();
    let end = name.find(|c: char| !is_of_name(c)).unwrap_or(name.len());
    (end > 0).then(|| &name[..end])
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

/// Whether a literal stands behind `name:`, `"name":` or `name =`. `before` is what is between it and the literal before.
fn is_value_of(name: &str, before: &str, last: &str) -> bool {
    let before = before.trim();
    let of_name = before.strip_suffix([':', '=']).map(str::trim_end);
    of_name.is_some_and(|before| {
        (before.is_empty() && last == name)
            || before.strip_suffix(name).is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

/// The string literals of a script, without those in comments.
struct Literals<'a> {
    rest: &'a str,
}

impl<'a> Literals<'a> {
    /// The next literal with the code before it.
    fn next_literal(&mut self) -> Option<(&'a str, String)> {
        let mut start = 0;
        let mut from = 0;
        loop {
            let at = from + self.rest[from..].find(['"', '\'', '`', '/'])?;
            let text = &self.rest[at..];
            let end = match () {
                () if text.starts_with("//") => text.find('\n').unwrap_or(text.len()),
                () if text.starts_with("/*") => text.find("*/").map_or(text.len(), |end| end + 2),
                () if text.starts_with('/') => {
                    from = at + 1;
                    continue;
                }
                () => {
                    let before = &self.rest[start..at];
                    let (literal, length) = literal(text)?;
                    self.rest = &text[length..];
                    return Some((before, literal));
                }
            };
            start = at + end;
            from = start;
        }
    }
}

/// The text of the literal that begins here, and how many bytes it takes; `None` if it does not end.
fn literal(text: &str) -> Option<(String, usize)> {
    let mut chars = text.char_indices();
    let (_, quote) = chars.next()?;
    let mut said = String::new();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Some((said, at + c.len_utf8())),
            '\\' => match chars.next()?.1 {
                'n' => said.push('\n'),
                't' => said.push('\t'),
                'r' => said.push('\r'),
                '\n' => {}
                kind @ ('u' | 'x') => {
                    let digits: String = chars.by_ref().take(if kind == 'u' { 4 } else { 2 }).map(|(_, c)| c).collect();
                    said.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
                }
                c => said.push(c),
            },
            c => said.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::capture::assemble::assemble;
    use crate::capture::lines::read_lines;
    use crate::capture::readers::READERS;
    use crate::record::session::{Action, Outcome, ToolCall};

    #[test]
    fn commands_and_patches_are_found_in_the_literals_of_a_script() {
        let script = Script::read(
            "// it's only a remark: cmd: \"no\"\nconst r = await tools.exec_command({\"cmd\":\"echo \\\"a\\\"\\nls\",workdir: '/home/a/shop'});\ntext(r.output);\nconst half = 4 / 2;\nawait tools.exec_command({cmd: `git status`, yield_time_ms: 1000});",
        );
        assert_eq!(
            (script.command.as_str(), script.cwd.as_deref()),
            ("echo \"a\"\nls\ngit status", Some("/home/a/shop"))
        );
        let script =
            Script::read("const dir = '/home/a/tax';\nconst r = await tools.exec_command({cmd: 'ls', workdir: dir});");
        assert_eq!((script.command.as_str(), script.cwd.as_deref()), ("ls", Some("/home/a/tax")));
        let script = Script::read(
            "const patch = `*** Begin Patch\n*** Update File: src/price.py\n@@\n-a = 1\n+a = \\`2\\`\n*** End Patch`;\ntext(await tools.apply_patch(patch));",
        );
        assert_eq!((script.command.as_str(), script.edits.len()), ("", 1));
        assert_eq!(script.edits[0].path, "src/price.py");
    }

    #[test]
    fn a_script_is_a_call_for_its_commands_and_one_for_its_patch_and_waits_belong_to_it() {
        let line = |payload: serde_json::Value, kind: &str| {
            serde_json::json!({"timestamp": "2026-09-01T10:00:00Z", "type": kind, "payload": payload}).to_string()
        };
        let patch = "*** Begin Patch\n*** Update File: src/price.py\n@@\n-a\n+b\n*** End Patch";
        let source =
            format!("await tools.apply_patch(`{patch}`);\ntext(await tools.exec_command({{cmd: 'cargo test'}}));");
        let result = |id: &str, text: &str| {
            let output = serde_json::json!([{"type": "input_text", "text": text}]);
            line(
                serde_json::json!({"type": "custom_tool_call_output", "call_id": id, "output": output}),
                "response_item",
            )
        };
        let lines = [
            line(
                serde_json::json!({"type": "custom_tool_call", "name": "exec", "call_id": "1", "input": source}),
                "response_item",
            ),
            line(
                serde_json::json!({"type": "patch_apply_end", "call_id": "exec-9", "success": true,
                    "changes": {"/home/a/shop/src/price.py": {"type": "update", "unified_diff": "@@ -1 +1 @@\n-a\n+b"}}}),
                "event_msg",
            ),
            line(
                serde_json::json!({"type": "patch_apply_end", "call_id": "exec-10", "success": true,
                    "changes": {"/home/a/shop/src/cart.py": {"type": "add", "content": "c"}}}),
                "event_msg",
            ),
            result("1", "Script running with cell ID 7\nWall time 10 seconds\nOutput:\n"),
            line(
                serde_json::json!({"type": "function_call", "name": "wait", "call_id": "2", "arguments": "{\"cell_id\":\"7\"}"}),
                "response_item",
            ),
            result("2", "Script completed\nWall time 2 seconds\nOutput:\n{\"exit_code\":1,\"output\":\"1 failed\"}"),
        ];
        let reader = READERS[1];
        let session =
            assemble(Path::new("a.jsonl"), &reader.agent(), read_lines(reader, lines.join("\n").as_bytes(), 1));
        let shown = |call: &ToolCall| {
            let action = match &call.action {
                Action::Edit(edits) => edits[0].path.clone(),
                Action::Shell { command, .. } => command.expose().to_owned(),
                _ => "?".to_owned(),
            };
            format!("{action}: {}", if matches!(call.outcome, Outcome::Failed { .. }) { "failed" } else { "done" })
        };
        let calls: Vec<String> = session.turns[0].calls.iter().map(shown).collect();
        let expected = [
            "/home/a/shop/src/price.py: done",
            "cargo test: done",
            "/home/a/shop/src/cart.py: done",
            "cargo test: failed",
        ];
        assert_eq!(calls, expected);
    }

    /// The calls of the scripts, each with what it returned, and how they ended.
    fn ends(scripts: &[(&str, &str)]) -> Vec<&'static str> {
        let line = |payload: serde_json::Value| {
            serde_json::json!({"timestamp": "2026-09-01T10:00:00Z", "type": "response_item", "payload": payload})
                .to_string()
        };
        let lines: Vec<String> = scripts
            .iter()
            .enumerate()
            .flat_map(|(place, (source, output))| {
                let id = place.to_string();
                let output = format!("Script completed\nWall time 1.0 seconds\nOutput:\n{output}");
                [
                    line(
                        serde_json::json!({"type": "custom_tool_call", "name": "exec", "call_id": id, "input": source}),
                    ),
                    line(serde_json::json!({"type": "custom_tool_call_output", "call_id": id, "output": output})),
                ]
            })
            .collect();
        let reader = READERS[1];
        let session =
            assemble(Path::new("a.jsonl"), &reader.agent(), read_lines(reader, lines.join("\n").as_bytes(), 1));
        let shown = |call: &ToolCall| match (&call.action, &call.outcome) {
            (Action::Shell { .. }, Outcome::Running { .. }) => "running",
            (Action::Shell { .. }, Outcome::Succeeded { .. }) => "succeeded",
            (Action::Shell { .. }, Outcome::Failed { .. }) => "failed",
            _ => "?",
        };
        session.turns[0].calls.iter().map(shown).collect()
    }

    #[test]
    fn a_command_that_goes_on_ends_as_the_last_script_that_waits_for_it_says() {
        let begun = "const r = await tools.exec_command({cmd: 'cargo test'}); text(r.output); if (r.session_id) text(`SESSION_ID=${r.session_id}`);";
        let more = "const r = await tools.write_stdin({session_id: 41, chars: \"\"}); text(r.output);";
        let stop = "const r = await tools.write_stdin({session_id: 41, chars: \"\\u0003\"}); text(r.output);";
        let all = "text(JSON.stringify(await tools.write_stdin({session_id: 41, chars: \"\"})));";
        let first = (begun, "   Compiling shop\nSESSION_ID=41");
        let good = "test result: ok. 4 passed; 0 failed; 0 ignored";
        for (name, scripts, expected) in [
            ("never seen again", &[first][..], &["running"][..]),
            ("ended", &[first, (more, "running 4 tests"), (more, good)], &["running", "running", "succeeded"]),
            ("not seen to end", &[first, (more, "running 4 tests")], &["running", "running"]),
            ("stopped", &[first, (more, good), (stop, "^C\nerror: task failed")], &["running", "running", "running"]),
            ("with a code", &[first, (all, "{\"exit_code\":101,\"output\":\"x\"}")], &["running", "failed"]),
            ("still at work", &[first, (all, "{\"session_id\":41,\"output\":\"x\"}")], &["running", "running"]),
            (
                "asked for once more when it has ended",
                &[first, (all, "{\"exit_code\":0,\"output\":\"x\"}"), (more, "unknown process")],
                &["running", "succeeded", "?"],
            ),
            (
                "told over several lines",
                &[
                    (begun, "{\n  \"chunk_id\": \"a1\",\n  \"session_id\": 41,\n  \"output\": \"\"\n}"),
                    (all, "{\n  \"chunk_id\": \"a2\",\n  \"session_id\": 41,\n  \"output\": \"running\"\n}"),
                    (all, "{\n  \"chunk_id\": \"a3\",\n  \"exit_code\": 0,\n  \"output\": \"4 passed\"\n}"),
                ],
                &["running", "running", "succeeded"],
            ),
            (
                "of several commands",
                &[(begun, "[\n {\"exit_code\": 0, \"output\": \"x\"},\n {\"exit_code\": 2, \"output\": \"y\"}\n]")],
                &["failed"],
            ),
            ("ended at once", &[(begun, good)], &["succeeded"]),
        ] {
            assert_eq!(ends(scripts), expected, "{name}");
        }
        let chain = begun.replace("cargo test", "mise run lint && cargo test total && mise run build");
        let built = "[build] $ cargo build\n    Finished `dev` profile\n[lint] checking";
        let tested = format!("{good}\n[build] $ cargo build");
        let whole = format!("{tested}\n    Finished `dev` profile");
        for (output, end) in [(built, "running"), (&tested, "running"), (&whole, "succeeded")] {
            let first = (chain.as_str(), "SESSION_ID=41");
            assert_eq!(ends(&[first, (more, output)]), ["running", end], "{output}");
        }
    }

    proptest! {
        #[test]
        fn any_script_can_be_read(source in "[a-c\"'`/*\\\\\nu\u{e4}:={}]{0,60}") {
            let _ = Script::read(&source);
        }
    }
}
