//! `backstory check`: exit codes, messages for mistakes, JSON under its schema, the documented rules, and that what it
//! suggests to type works.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::path::Path;

use backstory::record::policy::{Policy, RULES, RuleLevel};
use serde_json::Value;
use support::agents::{CART, TAX, claude, codex};
use support::{PROGRAM, Ran, Sandbox, run};

/// With hooks, and settings in which the hook adds no trailers.
fn ready(policy: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let settings = "timeout_ms: 60000\ntrailers: {assisted_by: false, session: false}\n";
    sandbox.write(".backstory.yml", &format!("{settings}{policy}"));
    sandbox.backstory(&["init"]).good();
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Start"]);
    sandbox
}

fn commit(sandbox: &Sandbox, path: &str, text: &str, message: &str) {
    sandbox.write(path, text);
    sandbox.git(&["add", path]);
    sandbox.git(&["commit", "-q", "-m", message]);
}

fn check(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    sandbox.backstory(&[&["check", "HEAD~..HEAD"], arguments].concat())
}

fn json(sandbox: &Sandbox, range: &str) -> Value {
    let ran = sandbox.backstory(&["check", range, "--json"]);
    assert!(ran.code < 2, "{ran:?}");
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schema/check.v1.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?} in {value}");
    value
}

fn rules(check: &Value) -> Vec<&str> {
    check["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

fn is_for(step: &Value, rule: &str) -> bool {
    step["rules"].as_array().unwrap().iter().any(|of| of == rule)
}

/// Types what `check` suggests for a rule, with `<...>` filled in, and returns what it says then.
fn typed(sandbox: &Sandbox, range: &str, rule: &str, editor: &str) -> Value {
    let before = json(sandbox, range);
    assert!(rules(&before).contains(&rule), "{rule} is not in {before}");
    let steps = before["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| is_for(step, rule)).unwrap_or_else(|| panic!("{rule}: {steps:?}"));
    let words = regex::Regex::new("<[^<>]+>").unwrap();
    let mut lines: Vec<String> = Vec::new();
    for command in step["commands"].as_array().unwrap() {
        lines.push(words.replace_all(command.as_str().unwrap(), "as it was, 3").into_owned());
    }
    // What is between the two ends of a rebase is typed for each commit that was marked.
    if step["hint"] == "mark-edit" {
        let each = lines[1..].to_vec();
        (1..step["commits"].as_array().unwrap().len()).for_each(|_| lines.extend(each.clone()));
    }
    // A person marks the commits in the list that opens.
    let mark = if step["hint"] == "mark-edit" { "edit" } else { "reword" };
    let marks: String = step["commits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| format!("s/^pick \\({}[0-9a-f]*\\)/{mark} \\1/;", &id.as_str().unwrap()[..7]))
        .collect();
    let bin = Path::new(PROGRAM).parent().unwrap();
    let mut command = sandbox.command("sh");
    let path = format!("{}:{}", bin.display(), command_path(&command));
    command.env("PATH", path).env("GIT_SEQUENCE_EDITOR", format!("sed -i.bak -e '{marks}'")).env("GIT_EDITOR", editor);
    // The journal has the real time: so must what follows it.
    command.env_remove("GIT_COMMITTER_DATE").env_remove("GIT_AUTHOR_DATE");
    let ran = run(command.arg("-ec").arg(lines.join("\n")), "");
    assert_eq!(ran.code, 0, "{lines:?}: {ran:?}");
    assert!(!sandbox.root.join(".git/rebase-merge").exists(), "{lines:?}: {ran:?}");
    json(sandbox, range)
}

fn command_path(command: &std::process::Command) -> String {
    let path = command.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, value)| value);
    path.map(|value| value.to_string_lossy().into_owned()).unwrap_or_default()
}

/// After typing it, the finding is gone and the score is better.
fn is_mended(sandbox: &Sandbox, range: &str, rule: &str, editor: &str) {
    let before = json(sandbox, range)["score"]["points"].as_u64().unwrap_or_default();
    let after = typed(sandbox, range, rule, editor);
    assert!(!rules(&after).contains(&rule), "{rule} is still in {after:#}");
    assert!(after["score"]["points"].as_u64().unwrap() >= before, "{after:#}");
}

#[test]
fn a_repository_without_a_policy_gets_advice_and_passes() {
    let sandbox = ready("");
    claude(&sandbox);
    commit(&sandbox, "cart.py", CART, "Add a discount");
    let ran = check(&sandbox, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let id = sandbox.git(&["rev-parse", "--short=7", "HEAD"]);
    assert_eq!(
        ran.out,
        format!(
            "warn  agent-declared  the message does not name Claude Code, which worked on it ({})
to improve it, least effort first:
   +15 git commit --amend --no-edit --trailer 'Assisted-by: Claude Code (claude-test-1)'
documented: 85 of 100 (agent-declared 0/15)
passed with 1 warning; 1 of 1 commit with agents
",
            id.trim()
        )
    );
    assert_eq!(check(&sandbox, &["--fail-on", "warn"]).code, 1);
    assert_eq!(check(&sandbox, &["--checklist"]).good(), "");
    commit(&sandbox, "README", "x\n", "By a person");
    assert_eq!(check(&sandbox, &[]).good(), "no agent is known to have worked on 1 commit\n");
    assert_eq!(json(&sandbox, "HEAD~..HEAD")["score"], Value::Null);
}

#[test]
fn a_rule_that_fails_ends_with_1_and_a_mistake_with_2() {
    let sandbox =
        ready("policy: {protected-paths: {paths: ['*.py']}, forbidden-agents: {level: warn, agents: [claude-code]}}\n");
    claude(&sandbox);
    commit(&sandbox, "cart.py", CART, "Add a discount");
    let ran = check(&sandbox, &[]);
    assert_eq!(ran.code, 1);
    let first: Vec<&str> = ran.out.lines().take(2).map(|line| line.rsplit_once(" (").unwrap().0).collect();
    assert_eq!(
        first,
        [
            "fail  protected-paths  Claude Code wrote 4 lines where no agent may: cart.py",
            "warn  forbidden-agents  Claude Code may not be used here"
        ]
    );
    assert_eq!(check(&sandbox, &["--fail-on", "never"]).code, 0);
    sandbox.write(".backstory.yml", "policy:\n  verifid: fail\n");
    let ran = check(&sandbox, &[]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err, "backstory: .backstory.yml:2: the key `verifid` is not known, did you mean `verified`?\n");
    sandbox.write(".backstory.yml", "");
    assert_eq!(sandbox.backstory(&["check", "no-such-branch"]).code, 2);
    assert_eq!(check(&sandbox, &["--fail-on", "sometimes"]).code, 2);
}

#[test]
fn what_is_suggested_for_the_last_commit_works_when_it_is_typed() {
    let sandbox = ready("policy: {forbidden-trailers: {trailers: [{key: Signed-off-by, by: agent}]}}\n");
    claude(&sandbox);
    let corrected =
        CART.replace("return round(subtotal - discount, 2)", "return max(0, round(subtotal - discount, 2))");
    let message = "Add a discount\n\nSigned-off-by: Claude <noreply@anthropic.com>";
    commit(&sandbox, "cart.py", &corrected, message);
    let range = "HEAD~..HEAD";
    // The line was also what named the agent.
    let after = typed(&sandbox, range, "forbidden-trailers", "sed -i.bak /^Signed-off-by/d");
    // What passed ran before the line was corrected by hand.
    assert_eq!(rules(&after), ["agent-declared", "verified", "corrections-explained"]);
    is_mended(&sandbox, range, "agent-declared", "true");
    sandbox.git(&["commit", "-q", "--amend", "--no-edit", "--trailer", "AI-Verified: pytest -q, passed"]);
    is_mended(&sandbox, range, "corrections-explained", "true");
    assert_eq!(rules(&json(&sandbox, range)), Vec::<&str>::new());
}

#[test]
fn what_is_not_known_of_a_commit_that_an_agent_signed_can_be_typed() {
    let sandbox = ready("");
    commit(&sandbox, "a", "a\n", "Docs\n\nCo-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>");
    let range = "HEAD~..HEAD";
    assert_eq!(json(&sandbox, range)["score"]["points"], 15);
    for rule in ["version-named", "verified", "prompt-kept"] {
        is_mended(&sandbox, range, rule, "true");
    }
    assert_eq!(rules(&json(&sandbox, range)), ["session-found"]);
    for (kind, told) in [("failures-explained", "a list; a table reads better"), ("corrections-explained", "none")] {
        let before = json(&sandbox, range)["score"]["points"].as_u64().unwrap();
        // Nothing is known to be missing, and saying so is worth points.
        let step = json(&sandbox, range)["steps"].as_array().unwrap().iter().find(|step| is_for(step, kind)).cloned();
        let command = step.unwrap()["commands"][0].as_str().unwrap().to_owned();
        let (start, end) = (command.find('<').unwrap(), command.find('>').unwrap());
        let command = format!("{}{told}{}", &command[..start], &command[end + 1..]);
        assert_eq!(run(sandbox.command("sh").args(["-c", &command]), "").code, 0);
        assert_eq!(json(&sandbox, range)["score"]["points"], before + 10);
    }
}

#[test]
fn a_journal_tells_what_no_session_does() {
    let sandbox = ready("");
    sandbox.write(".gitignore", ".backstory/\n");
    commit(&sandbox, "a", "a\n", "Docs\n\nCo-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>");
    let range = "HEAD~..HEAD";
    let bin = Path::new(PROGRAM).parent().unwrap();
    let script = "backstory journal add --agent copilot --agent-version 1.2 --prompt 'write the docs'\n\
                  backstory journal add --verified 'read it aloud'\ngit commit -q --amend --no-edit";
    let mut command = sandbox.command("sh");
    let path = format!("{}:{}", bin.display(), command_path(&command));
    command.env("PATH", path).env_remove("GIT_COMMITTER_DATE").env_remove("GIT_AUTHOR_DATE");
    let ran = run(command.args(["-ec", script]), "");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(rules(&json(&sandbox, range)), Vec::<&str>::new());
}

#[test]
fn what_is_suggested_for_older_commits_works_when_it_is_typed() {
    let sandbox = ready("");
    claude(&sandbox);
    codex(&sandbox);
    commit(&sandbox, "cart.py", CART, "Add a discount");
    commit(&sandbox, "tax.py", TAX, "Add the tax");
    let range = "HEAD~2..HEAD";
    // One rebase for the older, one amend for the newer.
    typed(&sandbox, range, "agent-declared", "true");
    is_mended(&sandbox, range, "agent-declared", "true");
    for revision in ["HEAD~", "HEAD"] {
        assert_eq!(sandbox.message(revision).matches("Assisted-by: ").count(), 1, "{}", sandbox.message(revision));
    }
    // The tests that the sessions ran would be run again: they are not there.
    let steps = json(&sandbox, range)["steps"].clone();
    assert_eq!(
        steps[0]["commands"][0],
        "pytest -q && git commit --amend --no-edit --trailer 'AI-Verified: pytest -q, passed'"
    );
    sandbox.git(&["commit", "-q", "--amend", "--no-edit", "--trailer", "AI-Verified: pytest -q, passed"]);
    assert_eq!(rules(&json(&sandbox, range)), Vec::<&str>::new());
    assert_eq!(json(&sandbox, range)["score"]["points"], 100);
}

#[test]
fn older_commits_that_lack_the_same_get_it_in_one_rebase() {
    let sandbox = ready("");
    let by_copilot = "Docs\n\nCo-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>";
    for (name, message) in [("a", by_copilot), ("b", by_copilot), ("c", "By a person")] {
        commit(&sandbox, name, "x\n", message);
    }
    let range = "HEAD~3..HEAD";
    let after = typed(&sandbox, range, "version-named", "true");
    assert_eq!(rules(&after), ["session-found", "verified"]);
    is_mended(&sandbox, range, "verified", "true");
    assert!(!sandbox.message("HEAD").contains("AI-Prompt"));
}

#[test]
fn a_forbidden_line_in_an_older_commit_is_taken_out_by_a_rebase() {
    let sandbox = ready("policy: {forbidden-trailers: {trailers: [{key: Made-with}]}}\n");
    for (name, message) in [("a", "A\n\nMade-with: love"), ("b", "B\n\nMade-with: Emacs"), ("c", "C")] {
        commit(&sandbox, name, "x\n", message);
    }
    let ran = sandbox.backstory(&["check", "HEAD~3..HEAD"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let said = "fail  forbidden-trailers  `Made-with` may not be there, 2 values such as `love` (";
    assert!(ran.out.starts_with(said) && ran.out.contains(" `reword`, then delete the line"), "{}", ran.out);
    typed(&sandbox, "HEAD~3..HEAD", "forbidden-trailers", "sed -i.bak /^Made-with/d");
    assert_eq!(sandbox.backstory(&["check", "HEAD~3..HEAD"]).code, 0);
}

#[test]
fn all_commits_up_to_the_last_are_amended_by_one_rebase() {
    let sandbox = ready("");
    claude(&sandbox);
    let (first, last) = CART.split_at(CART.find("    discount").unwrap());
    commit(&sandbox, "cart.py", first, "Begin");
    commit(&sandbox, "cart.py", &format!("{first}{last}"), "Add a discount");
    let range = "HEAD~2..HEAD";
    let step = json(&sandbox, range)["steps"][0].clone();
    assert!(step["commands"][0].as_str().unwrap().contains("~ --exec \"git commit --amend"), "{step}");
    is_mended(&sandbox, range, "agent-declared", "true");
}

#[test]
fn sessions_that_are_still_there_are_found_by_the_suggested_backfill() {
    let sandbox = ready("");
    claude(&sandbox);
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "cart.py"]);
    let message = "Add a discount\n\nCo-authored-by: Claude <noreply@anthropic.com>";
    sandbox.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", message]);
    is_mended(&sandbox, "HEAD~..HEAD", "session-found", "true");
}

#[test]
fn the_form_of_linux_can_be_required_and_is_suggested() {
    let sandbox =
        ready("policy: {required-trailers: {trailers: [{key: Assisted-by, pattern: '^[^ :]+:[^ ]+( [^ ]+)*$'}]}}\n");
    claude(&sandbox);
    commit(&sandbox, "cart.py", CART, "Add a discount");
    assert_eq!(check(&sandbox, &[]).code, 1);
    is_mended(&sandbox, "HEAD~..HEAD", "agent-declared", "true");
    assert_eq!(check(&sandbox, &[]).code, 0);
    assert!(sandbox.message("HEAD").ends_with("Assisted-by: claude-code:claude-test-1"), "{}", sandbox.message("HEAD"));
}

#[test]
fn the_checklist_is_a_task_list_or_plain_text() {
    let sandbox = ready("");
    claude(&sandbox);
    let more = format!("{CART}\nRATES = load_the_rates_of_all_countries()\n");
    commit(&sandbox, "cart.py", &more, "Add a discount");
    assert_eq!(check(&sandbox, &["--checklist"]).good(), "[ ] 1 line in cart.py that no session wrote: 6\n");
    let markdown = check(&sandbox, &["--checklist=markdown"]).good();
    assert_eq!(markdown, "- [ ] 1 line in `cart.py` that no session wrote: 6\n");
    assert_eq!(json(&sandbox, "HEAD~..HEAD")["checklist"][0], "[ ] 1 line in cart.py that no session wrote: 6");
}

#[test]
fn the_documented_rules_are_those_of_the_program() {
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/policy.md")).unwrap();
    let (_, rest) = docs.split_once("<!-- rules -->\n").unwrap();
    let (table, _) = rest.split_once("<!-- end -->").unwrap();
    let default = Policy::default();
    let level = |rule| match default.level(rule) {
        RuleLevel::Off => "off",
        RuleLevel::Warn => "warn",
        RuleLevel::Fail => "fail",
    };
    let written: Vec<String> = table
        .lines()
        .skip(2)
        .map(|line| line.split('|').skip(1).take(2).map(str::trim).collect::<Vec<_>>().join(" "))
        .collect();
    let known: Vec<String> = RULES.iter().map(|(rule, name)| format!("`{name}` {}", level(*rule))).collect();
    assert_eq!(written, known);
    // A full score has every part, with the points that the table gives.
    let sandbox = ready("");
    commit(&sandbox, "a", "a\n", "Docs\n\nCo-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>");
    for part in json(&sandbox, "HEAD~..HEAD")["score"]["parts"].as_array().unwrap() {
        let row = format!("| `{}` | warn | {} |", part["rule"].as_str().unwrap(), part["of"]);
        assert!(table.contains(&row), "{row}");
    }
}
