//! Agents without a reader, which settings map by where their fields are: the story of a commit by the hook alone, from JSON lines
//! and from a document; mistakes in mappings; a repository that maps what is not its own.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::fs;

use serde_json::{Value, json};
use support::Sandbox;
use support::agents::CART;

const LINES: &str = "
- name: acme-coder
  files: [~/.acme/sessions/*/*.jsonl, $ACME_HOME/*.jsonl]
  format: jsonl
  session: {id: session, cwd: cwd, version: version, model: model, time: time}
  prompts: {when: {type: user}, text: message}
  calls: {when: {type: call}, id: call_id, name: tool, arguments: args}
  tools:
    shell: {names: run, command: command}
    write: {names: write_file, path: path, content: content}
    replace: {names: edit_file, path: path, old: old, new: new}
  results: {when: {type: result}, call: call_id, output: output, exit_code: exit}
  tokens: {when: {type: usage}, input: input, output: output}
";

const DOCUMENT: &str = "
- name: acme-ide
  files: ~/.acme-ide/*.json
  format: json
  entries: $.messages[*]
  session: {id: $.id, cwd: $.workspace, model: $.model, time: created}
  prompts: {when: {role: user}, text: content}
  calls: {when: {type: tool_use}, each: 'content[*]', id: id, name: name, arguments: input}
  tools:
    shell: {names: run, command: command}
    write: {names: write_file, path: path, content: content}
    replace: {names: edit_file, path: path, old: old, new: new}
  results: {when: {type: tool_result}, each: 'content[*]', call: id, output: output, error: is_error}
  tokens: {when: {role: total}, input: input, output: output, sum: true}
";

/// What the agent did: a first try whose test fails, a correction, a test that passes. Each step is a kind and its fields.
fn steps(sandbox: &Sandbox) -> Vec<(&'static str, Value)> {
    let file = sandbox.root.join("cart.py");
    let failed = "FAILED test_cart.py::test_total - assert -900 == 90\n1 failed in 0.01s";
    vec![
        ("user", json!("Add a percentage discount to the cart")),
        ("write_file", json!({"path": file, "content": CART.replace(" / 100", "")})),
        ("result", json!({"output": "", "exit": 0})),
        ("run", json!({"command": "pytest -q"})),
        ("result", json!({"output": failed, "exit": 1})),
        ("user", json!("No, the rate is in percent: divide by 100")),
        (
            "edit_file",
            json!({"path": file, "old": "    discount = subtotal * rate", "new": "    discount = subtotal * rate / 100"}),
        ),
        ("result", json!({"output": "", "exit": 0})),
        ("run", json!({"command": "pytest -q"})),
        ("result", json!({"output": "1 passed in 0.01s", "exit": 0})),
    ]
}

fn lines(sandbox: &Sandbox) -> String {
    let mut call = 0;
    let mut text = format!(
        "{}\n",
        json!({"type": "start", "session": "s-0001-lines", "cwd": sandbox.root, "version": "3.1.4", "model": "acme-large"})
    );
    for (number, (kind, fields)) in steps(sandbox).into_iter().enumerate() {
        let time = format!("2026-01-02T03:00:{number:02}.000Z");
        let line = match kind {
            "user" => json!({"type": "user", "time": time, "message": fields}),
            "result" => {
                json!({"type": "result", "time": time, "call_id": call, "output": fields["output"], "exit": fields["exit"]})
            }
            tool => {
                call += 1;
                json!({"type": "call", "time": time, "call_id": call, "tool": tool, "args": fields.to_string()})
            }
        };
        text += &format!("{line}\n");
    }
    text + &format!("{}\n", json!({"type": "usage", "input": 40, "output": 7}))
}

fn document(sandbox: &Sandbox) -> String {
    let mut call = 0;
    let mut messages = Vec::new();
    for (number, (kind, fields)) in steps(sandbox).into_iter().enumerate() {
        let created = 1_767_322_800 + number;
        messages.push(match kind {
            "user" => json!({"role": "user", "created": created, "content": [{"type": "text", "text": fields}]}),
            "result" => json!({"role": "tool", "created": created, "content": [
                {"type": "tool_result", "id": call, "output": fields["output"], "is_error": fields["exit"] != 0}]}),
            tool => {
                call += 1;
                json!({"role": "assistant", "created": created, "content": [
                    {"type": "text", "text": "now"}, {"type": "tool_use", "id": call, "name": tool, "input": fields}]})
            }
        });
    }
    messages.push(json!({"role": "total", "input": 40, "output": 7}));
    json!({"id": "s-0002-document", "workspace": sandbox.root, "model": "acme-large", "messages": messages}).to_string()
}

/// Names a person's own file with these mappings.
fn map(sandbox: &Sandbox, mappings: &str) {
    fs::create_dir_all(sandbox.home.join(".config/backstory")).unwrap();
    fs::write(sandbox.home.join(".config/backstory/agents.yml"), format!("agents:{mappings}")).unwrap();
    sandbox.git(&["config", "--global", "backstory.agentsFile", "~/.config/backstory/agents.yml"]);
}

fn put(sandbox: &Sandbox, path: &str, text: &str) {
    let path = sandbox.home.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Commits the cart, with what the hook says of it.
fn commit(sandbox: &Sandbox) -> (String, String) {
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "-A"]);
    let ran = sandbox.try_git(&["commit", "-q", "-m", "Add a discount"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    (sandbox.message("HEAD"), ran.err)
}

#[test]
fn the_hook_tells_the_story_of_a_mapped_agent() {
    type Session = fn(&Sandbox) -> String;
    let cases: [(&str, &str, &str, Session); 2] = [
        ("acme-coder", "s-0001-lines", ".acme/sessions/one/a.jsonl", lines),
        ("acme-ide", "s-0002-document", ".acme-ide/b.json", document),
    ];
    for (agent, id, path, session) in cases {
        let sandbox = Sandbox::ready();
        map(&sandbox, &format!("{LINES}{DOCUMENT}"));
        put(&sandbox, path, &session(&sandbox));
        let (message, said) = commit(&sandbox);
        assert_eq!(said, "", "{agent}");
        let expected = format!("Add a discount\n\nAssisted-by: {agent} (acme-large)\nBackstory-Session: {agent}/{id}");
        assert_eq!(message, expected);
        let record = sandbox.record("HEAD");
        let one = &record["contributions"][0];
        assert_eq!((&one["agent"], &one["session"]), (&agent.into(), &id.into()), "{one}");
        let texts: Vec<&str> =
            one["prompts"].as_array().unwrap().iter().filter_map(|prompt| prompt["text"].as_str()).collect();
        assert_eq!(texts, ["Add a percentage discount to the cart", "No, the rate is in percent: divide by 100"]);
        assert_eq!((&record["lines"]["added"], &record["lines"]["agent"]), (&4.into(), &4.into()), "{record}");
        assert!(one.to_string().contains("assert -900 == 90"), "{agent}: the failed test: {one}");
        assert!(one["checks"].to_string().contains("passed"), "{one}");
        assert_eq!((&one["tokens"]["input"], &one["tokens"]["output"]), (&40.into(), &7.into()), "{one}");
        let listed: Value = serde_json::from_str(&sandbox.backstory(&["sessions", "--json"]).good()).unwrap();
        assert_eq!((&listed["agent"], &listed["session"], &listed["edits"]), (&agent.into(), &id.into(), &2.into()));
        let doctor = sandbox.backstory(&["doctor"]).out;
        assert!(doctor.contains("1 transcript, 1 of this repository"), "{doctor}");
        assert!(doctor.contains(&format!("{agent} (~/.config/backstory/agents.yml)")), "{doctor}");
        // A record that is made later is the same.
        sandbox.git(&["notes", "--ref", "backstory", "remove", "HEAD"]);
        let _ = fs::remove_dir_all(sandbox.root.join(".git/backstory/index"));
        sandbox.backstory(&["backfill", "HEAD"]).good();
        let again = sandbox.record("HEAD");
        assert_eq!((&again["contributions"][0]["prompts"], &again["lines"]), (&one["prompts"], &record["lines"]));
    }
}

/// What stands in the documentation between this line and the end of the block.
fn block<'a>(text: &'a str, open: &str) -> &'a str {
    text.split_once(&format!("```{open}\n")).unwrap().1.split_once("\n```").unwrap().0
}

#[test]
fn the_example_of_the_documentation_is_read_as_it_says() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/mapped-agents.md")).unwrap();
    let sandbox = Sandbox::without_repository("empty");
    map(&sandbox, &format!("\n{}", block(&text, "yaml").strip_prefix("agents:\n").unwrap()));
    put(&sandbox, ".acme/sessions/f3a9c1.jsonl", block(&text, "jsonl"));
    let listed: Value = serde_json::from_str(&sandbox.backstory(&["sessions", "--json"]).good()).unwrap();
    for (key, expected) in [
        ("agent", json!("acme")),
        ("agent_version", json!("2.4.0")),
        ("session", json!("f3a9c1")),
        ("cwd", json!("~/shop")),
        ("branch", json!("main")),
        ("models", json!(["acme-large"])),
        ("started_at", json!("2026-03-03T08:00:00Z")),
        ("ended_at", json!("2026-03-03T08:00:26Z")),
        ("tool_calls", json!(4)),
        ("edits", json!(2)),
        ("failures", json!({"tests": 1})),
        ("rejections_with_reason", json!(1)),
        ("skipped", json!([])),
    ] {
        assert_eq!(listed[key], expected, "{key}: {listed}");
    }
    assert_eq!(listed["prompts"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!((&listed["tokens"]["input"], &listed["tokens"]["output"]), (&json!(1200), &json!(85)));
}

#[test]
fn folders_may_be_named_by_variables_and_sessions_outside_of_a_repository_are_listed() {
    let sandbox = Sandbox::without_repository("empty");
    map(&sandbox, LINES);
    put(&sandbox, "elsewhere/c.jsonl", &lines(&sandbox));
    assert_eq!(sandbox.backstory(&["sessions", "--json"]).good(), "");
    let mut command = sandbox.command(support::PROGRAM);
    let ran = support::run(command.args(["sessions", "--json"]).env("ACME_HOME", sandbox.home.join("elsewhere")), "");
    assert!(ran.out.contains("\"acme-coder\""), "{ran:?}");
}

#[test]
fn a_mapping_in_the_repository_is_for_its_own_files_and_for_what_a_person_names() {
    let sandbox = Sandbox::ready();
    let within = LINES.replace("[~/.acme/sessions/*/*.jsonl, $ACME_HOME/*.jsonl]", ".acme/log/*.jsonl");
    sandbox.write(
        ".backstory.yml",
        &format!("timeout_ms: 60000\nagents:{within}{}", DOCUMENT.replace("  files: ~/.acme-ide/*.json\n", "")),
    );
    sandbox.write(".gitignore", ".acme/\n");
    let session = lines(&sandbox);
    sandbox.write(".acme/log/a.jsonl", &session);
    let (message, said) = commit(&sandbox);
    assert_eq!(said, "");
    assert!(message.contains("Assisted-by: acme-coder (acme-large)"), "{message}");
    put(&sandbox, "kept/x.json", &document(&sandbox));
    let kept = sandbox.home.join("kept").to_string_lossy().into_owned();
    let listed = sandbox.backstory(&["sessions", "--sessions", &kept, "--json"]).good();
    assert!(listed.contains("\"acme-ide\"") && listed.contains("s-0002-document"), "{listed}");
}

/// A repository is somebody else's: it must not have files of this machine read and published.
#[test]
fn a_repository_cannot_name_a_folder_of_this_machine() {
    let sandbox = Sandbox::ready();
    let secret = lines(&sandbox);
    put(&sandbox, ".acme/sessions/one/a.jsonl", &secret);
    let outside = sandbox.home.join(".acme/sessions/one");
    std::os::unix::fs::symlink(&outside, sandbox.root.join("link")).unwrap();
    fs::create_dir(sandbox.root.join("inside")).unwrap();
    std::os::unix::fs::symlink(outside.join("a.jsonl"), sandbox.root.join("inside/a.jsonl")).unwrap();
    fs::write(sandbox.root.join(".git/a.jsonl"), &secret).unwrap();
    for files in [
        "~/.acme/sessions/*/*.jsonl".to_owned(),
        "$HOME/.acme/sessions/one/*.jsonl".to_owned(),
        "${HOME}/.acme/sessions/one/a.jsonl".to_owned(),
        outside.join("*.jsonl").to_string_lossy().into_owned(),
        "../home/.acme/sessions/one/*.jsonl".to_owned(),
        "./x/../../home/.acme/sessions/one/*.jsonl".to_owned(),
        "link/*.jsonl".to_owned(),
        "inside/*.jsonl".to_owned(),
        ".git/*.jsonl".to_owned(),
        "*/*.jsonl".to_owned(),
    ] {
        let mapping = LINES.replace("[~/.acme/sessions/*/*.jsonl, $ACME_HOME/*.jsonl]", &format!("'{files}'"));
        sandbox.write(".backstory.yml", &format!("timeout_ms: 60000\nagents:{mapping}"));
        assert_eq!(sandbox.backstory(&["sessions", "--json"]).good(), "", "{files}");
        sandbox.write("cart.py", CART);
        sandbox.git(&["add", "cart.py", ".backstory.yml"]);
        let ran = sandbox.try_git(&["commit", "-q", "-m", "Add a discount"]);
        assert_eq!((ran.code, sandbox.message("HEAD").as_str()), (0, "Add a discount"), "{files}: {ran:?}");
        let note = sandbox.note("HEAD").unwrap_or_default();
        assert!(!note.contains("percentage") && !note.contains("acme"), "{files}: {note}");
        sandbox.git(&["reset", "-q", "--hard", "HEAD~1"]);
    }
    // Nor can it have a person's own file be one of its files.
    sandbox.write(".backstory.yml", "timeout_ms: 60000\n");
    sandbox.write("agents.yml", &format!("agents:{LINES}"));
    sandbox.git(&["config", "backstory.agentsFile", &sandbox.root.join("agents.yml").to_string_lossy()]);
    let ran = sandbox.backstory(&["sessions", "--json"]);
    assert!(ran.out.is_empty() && ran.err.contains("is in this repository, where others can change it"), "{ran:?}");
    sandbox.git(&["config", "backstory.agentsFile", "agents.yml"]);
    let ran = sandbox.backstory(&["sessions", "--json"]);
    assert!(ran.out.is_empty() && ran.err.contains("write its path from `/` or `~/` on"), "{ran:?}");
}

#[test]
fn a_refused_folder_and_a_mistake_are_told_with_the_next_step_and_stop_nothing() {
    let sandbox = Sandbox::ready();
    let wrong = "\n- name: broken\n  format: jsonl\n  prompt: {text: a}\n";
    sandbox.write(".backstory.yml", &format!("timeout_ms: 60000\nagents:{LINES}{wrong}"));
    let mistake =
        ".backstory.yml: agents[1] (broken), `prompt`: the key `prompt` is not known, did you mean `prompts`?";
    let (message, said) = commit(&sandbox);
    assert_eq!(message, "Add a discount");
    assert_eq!(said.matches(mistake).count(), 1, "{said}");
    let doctor = sandbox.backstory(&["doctor"]).out;
    for text in
        [mistake, "~/.acme/sessions/*/*.jsonl", "only you may say", "git config --global backstory.agentsFile FILE"]
    {
        assert!(doctor.contains(text), "{text}: {doctor}");
    }
    // The person agrees.
    map(&sandbox, LINES);
    put(&sandbox, ".acme/sessions/one/a.jsonl", &lines(&sandbox));
    assert!(sandbox.backstory(&["sessions", "--json"]).out.contains("\"acme-coder\""));
    fs::write(sandbox.home.join(".config/backstory/agents.yml"), "agents: [\n").unwrap();
    let ran = sandbox.backstory(&["sessions"]);
    assert!(ran.err.contains("agents.yml:") && ran.err.contains("until it is fixed"), "{ran:?}");
    fs::remove_file(sandbox.home.join(".config/backstory/agents.yml")).unwrap();
    let ran = sandbox.backstory(&["sessions"]);
    assert!(ran.err.contains("cannot read") && ran.err.contains("agents.yml"), "{ran:?}");
}

/// Hooks that found nothing leave word of it for the next ones.
#[test]
fn what_comes_after_commits_by_hand_is_seen() {
    let sandbox = Sandbox::ready();
    let by_hand = |name: &str| {
        sandbox.write(name, "by hand\n");
        sandbox.git(&["add", name]);
        sandbox.git(&["commit", "-q", "-m", name]);
        assert_eq!(sandbox.message("HEAD"), name);
    };
    by_hand("before.txt");
    map(&sandbox, "\n- {name: acme-coder, format: jsonl, prompts: {text: t}}\n");
    by_hand("one.txt");
    by_hand("two.txt");
    // Only the file that git's settings name changes.
    map(&sandbox, LINES);
    by_hand("three.txt");
    by_hand("four.txt");
    put(&sandbox, ".acme/sessions/one/a.jsonl", &lines(&sandbox));
    let (message, said) = commit(&sandbox);
    assert!(message.contains("Assisted-by: acme-coder (acme-large)"), "{message}");
    assert_eq!(said, "");
}

#[test]
fn a_mapped_agent_can_be_left_out_and_its_mapping_changed() {
    let sandbox = Sandbox::ready();
    map(&sandbox, LINES);
    put(&sandbox, ".acme/sessions/one/a.jsonl", &lines(&sandbox));
    sandbox.write(".gitignore", ".backstoryignore\n");
    sandbox.write(".backstoryignore", "agent: acme-coder\n");
    assert_eq!(commit(&sandbox), ("Add a discount".to_owned(), String::new()));
    fs::remove_file(sandbox.root.join(".backstoryignore")).unwrap();
    // What was read by another mapping is read again.
    map(&sandbox, &LINES.replace("text: message", "text: nothing"));
    sandbox.git(&["commit", "-q", "--amend", "-m", "Add a discount"]);
    let record = sandbox.record("HEAD");
    assert_eq!(record["contributions"][0]["agent"], "acme-coder", "{record}");
    assert!(!record.to_string().contains("percentage"), "{record}");
    map(&sandbox, LINES);
    sandbox.git(&["commit", "-q", "--amend", "-m", "Add a discount again"]);
    assert!(sandbox.record("HEAD").to_string().contains("percentage"));
}
