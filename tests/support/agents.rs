//! Short sessions of coding agents, written by us in the forms that the agents use, and put where the agents put them.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::Sandbox;

pub const CLAUDE_ID: &str = "11111111-2222-4333-8444-555555555555";
pub const CODEX_ID: &str = "019d0000-0000-7000-8000-000000000001";

/// A subagent's, in [`codex_helper`].
pub const CODEX_HELPER_ID: &str = "019d0000-0000-7000-8000-000000000002";
pub const COPILOT_ID: &str = "aaaaaaaa-0000-4000-8000-000000000001";
/// What the commands of a subagent of [`copilot`] are given.
pub const COPILOT_HELPER_ID: &str = "cccccccc-0000-4000-8000-000000000001";

pub const CART: &str = "def total(prices, rate):\n    subtotal = sum(prices)\n    discount = subtotal * rate / 100\n    \
                        return round(subtotal - discount, 2)\n";
pub const TAX: &str = "def with_tax(net, percent):\n    tax_part = net * percent / 100\n    gross_price = net + tax_part\n    \
                       return round(gross_price, 2)\n";

/// The folder of Claude Code for the sandbox's repository.
pub fn claude_folder(sandbox: &Sandbox) -> PathBuf {
    let root = sandbox.root.to_string_lossy();
    let slug: String = root.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    sandbox.home.join(".claude/projects").join(slug)
}

fn write(path: PathBuf, lines: &[Value]) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(&path, text).unwrap();
    path
}

/// Claude Code writes `cart.py` (the content is [`CART`]): a first try fails its test, the second passes.
pub fn claude(sandbox: &Sandbox) -> PathBuf {
    let file = sandbox.root.join("cart.py");
    let wrong = CART.replace(" / 100", "");
    let mut number = 0;
    let mut line = |kind: &str, message: Value, result: Option<Value>| {
        number += 1;
        let mut line = json!({"parentUuid": null, "isSidechain": false, "userType": "external", "cwd": sandbox.root,
            "sessionId": CLAUDE_ID, "version": "2.1.30", "gitBranch": "main", "type": kind,
            "uuid": format!("00000000-0000-4000-8000-{number:012}"),
            "timestamp": format!("2026-01-02T03:00:{number:02}.000Z"), "message": message});
        if let Some(result) = result {
            line["toolUseResult"] = result;
        }
        line
    };
    let asks = |text: &str| json!({"role": "user", "content": text});
    let calls = |id: &str, name: &str, input: Value| {
        json!({"id": format!("m-{id}"), "role": "assistant", "model": "claude-test-1",
            "content": [{"type": "tool_use", "id": id, "name": name, "input": input}],
            "usage": {"input_tokens": 3, "output_tokens": 7, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}})
    };
    let gives = |id: &str, text: &str, is_error: bool| {
        json!({"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": id, "content": text, "is_error": is_error}]})
    };
    let failed = "Exit code 1\nFAILED test_cart.py::test_total - assert -900 == 90\n1 failed in 0.01s";
    let lines = [
        line("user", asks("Add a percentage discount to the cart"), None),
        line("assistant", calls("t1", "Write", json!({"file_path": file, "content": wrong})), None),
        line("user", gives("t1", "File created", false), Some(json!({"type": "create"}))),
        line("assistant", calls("t2", "Bash", json!({"command": "pytest -q"})), None),
        line("user", gives("t2", failed, true), Some(json!("Error: Exit code 1"))),
        line("user", asks("No, the rate is in percent: divide by 100"), None),
        line(
            "assistant",
            calls(
                "t3",
                "Edit",
                json!({"file_path": file, "old_string": "    discount = subtotal * rate", "new_string": "    discount = subtotal * rate / 100"}),
            ),
            None,
        ),
        line("user", gives("t3", "The file has been updated.", false), Some(json!({"filePath": file}))),
        line("assistant", calls("t4", "Bash", json!({"command": "pytest -q"})), None),
        line("user", gives("t4", "1 passed in 0.01s", false), Some(json!({"stdout": "", "interrupted": false}))),
    ];
    write(claude_folder(sandbox).join(format!("{CLAUDE_ID}.jsonl")), &lines)
}

/// Claude Code is asked for one file after the other: the minute after three, what is said, the file and its content.
/// Each time a test fails, the file is written again, and it passes.
pub fn claude_turns(sandbox: &Sandbox, turns: &[(u32, &str, &str, &str)]) -> PathBuf {
    let mut lines = Vec::new();
    for (minute, prompt, path, text) in turns {
        let mut line = |second: u32, kind: &str, message: Value| {
            let number = minute * 100 + second;
            lines.push(json!({"parentUuid": null, "isSidechain": false, "userType": "external", "cwd": sandbox.root,
                "sessionId": CLAUDE_ID, "version": "2.1.30", "gitBranch": "main", "type": kind,
                "uuid": format!("00000000-0000-4000-8000-{number:012}"),
                "timestamp": format!("2026-01-02T03:{minute:02}:{second:02}.250Z"), "message": message}));
        };
        let calls = |id: String, name: &str, input: Value| {
            json!({"id": format!("m-{id}"), "role": "assistant", "model": "claude-test-1",
                "content": [{"type": "tool_use", "id": id, "name": name, "input": input}],
                "usage": {"input_tokens": 3, "output_tokens": 7, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}})
        };
        let gives = |id: String, text: &str, is_error: bool| {
            json!({"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": id, "content": text, "is_error": is_error}]})
        };
        let file = sandbox.root.join(path);
        line(1, "user", json!({"role": "user", "content": prompt}));
        line(2, "assistant", calls(format!("w{minute}"), "Write", json!({"file_path": file, "content": text})));
        line(3, "user", gives(format!("w{minute}"), "File created", false));
        let command = json!({"command": format!("pytest -q test_{path}")});
        line(4, "assistant", calls(format!("f{minute}"), "Bash", command.clone()));
        line(
            5,
            "user",
            gives(format!("f{minute}"), "Exit code 1\nFAILED test_it - assert 1 == 2\n1 failed in 0.01s", true),
        );
        line(6, "assistant", calls(format!("r{minute}"), "Write", json!({"file_path": file, "content": text})));
        line(7, "user", gives(format!("r{minute}"), "File updated", false));
        line(8, "assistant", calls(format!("p{minute}"), "Bash", command));
        line(9, "user", gives(format!("p{minute}"), "1 passed in 0.01s", false));
    }
    write(claude_folder(sandbox).join(format!("{CLAUDE_ID}.jsonl")), &lines)
}

/// Codex writes `tax.py` (the content is [`TAX`]) and runs a test.
pub fn codex(sandbox: &Sandbox) -> PathBuf {
    let file = sandbox.root.join("tax.py");
    let added: String = TAX.lines().map(|line| format!("+{line}\n")).collect();
    let patch = format!("*** Begin Patch\n*** Add File: {}\n{added}*** End Patch", file.display());
    let mut number = 0;
    let mut line = |kind: &str, payload: Value| {
        number += 1;
        json!({"timestamp": format!("2026-01-02T03:01:{number:02}.000Z"), "type": kind, "payload": payload})
    };
    let lines = [
        line("session_meta", json!({"id": CODEX_ID, "cwd": sandbox.root, "cli_version": "0.140.0", "source": "cli"})),
        line("turn_context", json!({"cwd": sandbox.root, "model": "gpt-test"})),
        line(
            "response_item",
            json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Add the tax"}]}),
        ),
        line("event_msg", json!({"type": "user_message", "message": "Add the tax"})),
        line(
            "response_item",
            json!({"type": "custom_tool_call", "name": "apply_patch", "call_id": "c1", "input": patch}),
        ),
        line(
            "event_msg",
            json!({"type": "patch_apply_end", "call_id": "c1", "success": true,
                "changes": {file.to_string_lossy(): {"type": "add", "content": TAX}}}),
        ),
        line(
            "response_item",
            json!({"type": "custom_tool_call_output", "call_id": "c1",
                "output": "Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess."}),
        ),
    ];
    let name = format!(".codex/sessions/2026/01/02/rollout-2026-01-02T03-01-00-{CODEX_ID}.jsonl");
    write(sandbox.home.join(name), &lines)
}

/// A subagent of Codex writes `tax.py` (the content is [`TAX`]), in a transcript of its own.
pub fn codex_helper(sandbox: &Sandbox) {
    let patch = {
        let added: String = TAX.lines().map(|line| format!("+{line}\n")).collect();
        format!("*** Begin Patch\n*** Add File: {}\n{added}*** End Patch", sandbox.root.join("tax.py").display())
    };
    let mut number = 0;
    let mut line = |kind: &str, payload: Value| {
        number += 1;
        json!({"timestamp": format!("2026-01-02T03:02:{number:02}.000Z"), "type": kind, "payload": payload})
    };
    let about = |id: &str, source: Value| json!({"id": id, "session_id": CODEX_ID, "cwd": sandbox.root, "cli_version": "0.171.0", "source": source});
    let spawn = json!({"subagent": {"thread_spawn": {"parent_thread_id": CODEX_ID, "depth": 1}}});
    let root = [
        line("session_meta", about(CODEX_ID, json!("cli"))),
        line("event_msg", json!({"type": "user_message", "message": "Let a helper add the tax"})),
    ];
    let helper = [
        line("session_meta", about(CODEX_HELPER_ID, spawn)),
        line("turn_context", json!({"cwd": sandbox.root, "model": "gpt-test"})),
        line("event_msg", json!({"type": "user_message", "message": "Write the tax."})),
        line(
            "response_item",
            json!({"type": "custom_tool_call", "call_id": "c1", "name": "apply_patch", "input": patch}),
        ),
        line(
            "response_item",
            json!({"type": "custom_tool_call_output", "call_id": "c1", "output": "Exit code: 0\nOutput:\nSuccess."}),
        ),
    ];
    for (id, lines) in [(CODEX_ID, &root[..]), (CODEX_HELPER_ID, &helper[..])] {
        let name = format!(".codex/sessions/2026/01/02/rollout-2026-01-02T03-02-00-{id}.jsonl");
        write(sandbox.home.join(name), lines);
    }
}

/// A subagent of Copilot writes `tax.py` (the content is [`TAX`]).
pub fn copilot(sandbox: &Sandbox) -> PathBuf {
    let file = sandbox.root.join("tax.py");
    let mut number = 0;
    let mut event = |kind: &str, of_helper: bool, data: Value| {
        number += 1;
        let mut event = json!({"type": kind, "data": data, "id": format!("00000000-0000-4000-8000-{number:012}"),
            "timestamp": format!("2026-01-02T03:02:{number:02}.000Z"), "parentId": null});
        if of_helper {
            event["agentId"] = json!("bbbbbbbb-0000-4000-8000-000000000001");
        }
        event
    };
    let task = "Write the tax.";
    let lines = [
        event(
            "session.start",
            false,
            json!({"sessionId": COPILOT_ID, "version": 1, "producer": "copilot-agent", "copilotVersion": "1.0.102",
                "context": {"cwd": sandbox.root, "branch": "main"}}),
        ),
        event("user.message", false, json!({"content": "Let a helper add the tax"})),
        event(
            "tool.execution_start",
            false,
            json!({"toolCallId": "c1", "toolName": "task", "arguments": {"prompt": task}}),
        ),
        event("user.message", true, json!({"content": task, "source": format!("agent-{COPILOT_ID}")})),
        event(
            "session.usage_record",
            true,
            json!({"usage": {"inputTokens": 9, "outputTokens": 7, "cacheReadTokens": 4, "apiCallId": "r1",
                "accounting": {"sourceSessionId": COPILOT_HELPER_ID}}}),
        ),
        event(
            "assistant.message",
            true,
            json!({"messageId": "m1", "model": "gpt-test", "content": "", "parentToolCallId": "c1"}),
        ),
        event(
            "tool.execution_start",
            true,
            json!({"toolCallId": "c2", "toolName": "create", "arguments": {"path": file, "file_text": TAX},
                "parentToolCallId": "c1"}),
        ),
        event(
            "tool.execution_complete",
            true,
            json!({"toolCallId": "c2", "success": true, "result": {"content": "Created"}, "parentToolCallId": "c1"}),
        ),
    ];
    let name = format!(".copilot/session-state/{COPILOT_ID}/events.jsonl");
    write(sandbox.home.join(name), &lines)
}
