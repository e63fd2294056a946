//! `audit`: what can be proved of commits, and the signatures of records, with keys that the test makes.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at what is missing and says what it skipped"
)]

mod support;

use std::path::PathBuf;

use serde_json::{Value, json};
use support::{Sandbox, run};

/// A repository with a recorded commit, and one without a record.
fn recorded() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("price.py", "one\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Prices"]);
    keep(&sandbox, "2.0.1", "s-1");
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "Nothing\n\nCo-authored-by: Claude <noreply@anthropic.com>"]);
    sandbox
}

fn keep(sandbox: &Sandbox, version: &str, session: &str) {
    sandbox.keep_record(&json!({
        "agent": "claude-code", "agent_version": version, "session": session, "confidence": "content", "lines": 1,
        "evidence": [{"kind": "lines", "found": 1, "of": 1}, {"kind": "trailer", "key": "Backstory-Session"}],
        "prompts": [{"role": "request", "source": "typed", "text": "Write the prices down, zebra"}],
        "checks": [{"kind": "test", "command": "pytest -q", "result": "passed", "after_last_edit": true, "by": "agent"}]
    }));
}

fn audit(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let ran = sandbox.backstory(&[&["audit", "--json"], arguments].concat());
    serde_json::from_str(&ran.good()).unwrap()
}

fn state(sandbox: &Sandbox, revision: &str) -> String {
    audit(sandbox, &["--verify", revision])["commits"][0]["signature"]["state"].as_str().unwrap_or("none").to_owned()
}

/// Makes keys, and tells git to sign with the first; `None` where the programs for it are missing.
fn keys(sandbox: &Sandbox, names: &[&str]) -> Option<Vec<PathBuf>> {
    let is_there = sandbox.command("sh").args(["-c", "command -v ssh-keygen"]).output().unwrap().status.success();
    if !is_there {
        println!("skipped: there is no ssh-keygen on the PATH");
        return None;
    }
    let mut made = Vec::new();
    for name in names {
        let path = sandbox.base().join(name);
        let mut command = sandbox.command("ssh-keygen");
        run(command.args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"]).arg(&path), "").good();
        made.push(path);
    }
    for (key, value) in [("gpg.format", "ssh".to_owned()), ("user.signingKey", public(&made[0]))] {
        sandbox.git(&["config", key, &value]);
    }
    Some(made)
}

fn public(key: &std::path::Path) -> String {
    format!("{}.pub", key.display())
}

/// Lets git know whose keys these are.
fn allow(sandbox: &Sandbox, keys: &[(&str, &PathBuf)]) {
    let lines = keys.iter().map(|(name, key)| format!("{name} {}", std::fs::read_to_string(public(key)).unwrap()));
    let file = sandbox.write("../allowed", &lines.collect::<String>());
    sandbox.git(&["config", "gpg.ssh.allowedSignersFile", file.to_str().unwrap()]);
}

fn set_note(sandbox: &Sandbox, revision: &str, text: &str) {
    let file = sandbox.write("../note", text);
    sandbox.git(&["notes", "--ref=backstory", "add", "-f", "-C", &blob(sandbox, file.to_str().unwrap()), revision]);
}

fn blob(sandbox: &Sandbox, file: &str) -> String {
    sandbox.git(&["hash-object", "-w", "--no-filters", file]).trim().to_owned()
}

fn raw_note(sandbox: &Sandbox, revision: &str) -> String {
    let id = sandbox.git(&["notes", "--ref=backstory", "list", revision]);
    sandbox.git(&["cat-file", "blob", id.trim()])
}

#[test]
fn what_is_recorded_claimed_seen_and_lacking_is_told_apart() {
    let sandbox = recorded();
    let answer = audit(&sandbox, &[]);
    let (bare, told) = (&answer["commits"][0], &answer["commits"][1]);
    assert_eq!((&bare["recorded"], &bare["gaps"]), (&json!(false), &json!(["named-only"])), "{bare}");
    assert_eq!(bare["stated"][0]["kind"], "trailer", "{bare}");
    assert_eq!(told["kept_in"], json!(["refs/notes/backstory"]));
    let kinds = |list: &Value| list.as_array().unwrap().iter().map(|one| one["kind"].clone()).collect::<Vec<_>>();
    assert_eq!(kinds(&told["sessions"][0]["seen"]), ["content", "check"]);
    assert_eq!(kinds(&told["sessions"][0]["claimed"]), ["trailer"]);
    assert_eq!((&told["gaps"], answer.get("signatures")), (&json!([]), None), "{answer}");
    assert_eq!(answer["versions"][0]["version"], "2.0.1");
    let text = sandbox.backstory(&["audit"]).good();
    for part in [
        "1 of 2 commits recorded",
        "seen: 1 of 1 added lines",
        "claimed: the trailer Backstory-Session names it",
        "Claude Code 2.0.1: 1 commit, last in ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(sandbox.backstory(&["audit", "--strict"]).code, 1);
    assert_eq!(sandbox.backstory(&["audit", "--strict", "HEAD~1"]).code, 0);
    assert_eq!(sandbox.backstory(&["audit", "--strict", "--verify", "HEAD~1"]).code, 1, "it is not signed");
    let unknown = sandbox.backstory(&["audit", "nope"]);
    assert!(unknown.code == 2 && unknown.err.contains("no commit `nope` here"), "{unknown:?}");
}

#[test]
fn a_signature_is_good_for_one_note_of_one_commit_by_a_known_key() {
    let sandbox = recorded();
    let Some(keys) = keys(&sandbox, &["mine", "other"]) else { return };
    assert_eq!(state(&sandbox, "HEAD~1"), "unsigned");
    let before = raw_note(&sandbox, "HEAD~1");
    let signed = sandbox.backstory(&["audit", "--sign"]).good();
    assert_eq!(signed, "1 record signed, 1 commit without a record of this clone.\n");
    let note = raw_note(&sandbox, "HEAD~1");
    assert!(note.starts_with(&before) && note.contains("BEGIN SSH SIGNATURE"), "{note}");
    assert_eq!(state(&sandbox, "HEAD~1"), "unchecked", "git knows no keys");
    allow(&sandbox, &[("someone", &keys[1])]);
    assert_eq!(state(&sandbox, "HEAD~1"), "unknown-key");
    allow(&sandbox, &[("test@example.invalid", &keys[0]), ("someone", &keys[1])]);
    let told = &audit(&sandbox, &["--verify", "HEAD~1"])["commits"][0]["signature"];
    assert_eq!((&told["state"], &told["signer"]), (&json!("good"), &json!("test@example.invalid")));
    assert!(sandbox.backstory(&["audit", "--verify", "--strict", "HEAD~1"]).code == 0);
    assert_eq!(sandbox.backstory(&["audit", "--sign", "HEAD~1"]).good(), "0 records signed, 1 signed before.\n");
    // Who signs for somebody else is named as who they are.
    sandbox.git(&["config", "user.signingKey", &public(&keys[1])]);
    set_note(&sandbox, "HEAD~1", &before);
    sandbox.backstory(&["audit", "--sign", "HEAD~1"]).good();
    assert_eq!(audit(&sandbox, &["--verify", "HEAD~1"])["commits"][0]["signature"]["signer"], "someone");
    sandbox.git(&["config", "gpg.ssh.revocationFile", &public(&keys[1])]);
    assert_eq!(state(&sandbox, "HEAD~1"), "unchecked", "git does not say that it is for the list");
    // A list that cannot be read makes a key no revoked one.
    let broken = sandbox.write("../broken", "SSHKRL\n\0broken");
    sandbox.git(&["config", "gpg.ssh.revocationFile", broken.to_str().unwrap()]);
    assert_eq!(state(&sandbox, "HEAD~1"), "unchecked");
    sandbox.git(&["config", "--unset", "gpg.ssh.revocationFile"]);
    // Changed, moved, below another text, and with a signature that was damaged.
    set_note(&sandbox, "HEAD~1", &note.replacen("zebra", "zebro", 1));
    assert_eq!(state(&sandbox, "HEAD~1"), "other-bytes");
    set_note(&sandbox, "HEAD~1", &format!("{note}{before}"));
    assert_eq!(state(&sandbox, "HEAD~1"), "other-bytes");
    set_note(&sandbox, "HEAD", &note);
    assert_eq!(state(&sandbox, "HEAD"), "other-commit");
    set_note(&sandbox, "HEAD~1", &note.replacen("committer Test", "committer Tess", 1));
    assert_eq!(state(&sandbox, "HEAD~1"), "bad");
    sandbox.git(&["config", "gpg.ssh.program", "/nowhere/ssh-keygen"]);
    set_note(&sandbox, "HEAD~1", &note);
    assert_eq!(state(&sandbox, "HEAD~1"), "unchecked");
}

#[test]
fn a_signed_record_is_read_shared_pruned_and_forgotten_as_any_other() {
    let sandbox = recorded();
    let Some(keys) = keys(&sandbox, &["mine"]) else { return };
    allow(&sandbox, &[("test@example.invalid", &keys[0])]);
    let shown = sandbox.backstory(&["show", "--json", "HEAD~1"]).good();
    sandbox.backstory(&["audit", "--sign"]).good();
    assert_eq!(sandbox.backstory(&["show", "--json", "HEAD~1"]).good(), shown);
    // It leaves with its commit and arrives with its signature.
    sandbox.git(&["init", "-q", "--bare", "-b", "main", "../hub.git"]);
    sandbox.git(&["remote", "add", "origin", "../hub.git"]);
    sandbox.backstory(&["init", "--share"]).good();
    sandbox.git(&["push", "-q", "origin", "main"]);
    sandbox.git(&["clone", "-q", "../hub.git", "../clone"]);
    let clone = |arguments: &[&str]| sandbox.git(&[&["-C", "../clone"], arguments].concat());
    clone(&["fetch", "-q", "origin", "+refs/notes/backstory*:refs/notes/remotes/origin/backstory*"]);
    let keys_file = sandbox.base().join("allowed");
    clone(&["config", "gpg.ssh.allowedSignersFile", keys_file.to_str().unwrap()]);
    let there = sandbox.backstory(&["-C", "../clone", "audit", "--json", "--verify", "HEAD~1"]).good();
    let there: Value = serde_json::from_str(&there).unwrap();
    assert_eq!(there["commits"][0]["signature"]["state"], "good", "{there}");
    assert_eq!(there["commits"][0]["kept_in"], json!(["refs/notes/remotes/origin/backstory"]));
    // An amend carries the record; a signature is of one commit.
    sandbox.git(&["reset", "-q", "--hard", "HEAD~1"]);
    sandbox.git(&["commit", "-q", "--amend", "-m", "Prices, by hand"]);
    let carried = raw_note(&sandbox, "HEAD");
    assert!(carried.contains("zebra"), "{carried}");
    assert_eq!(state(&sandbox, "HEAD"), "unsigned");
    sandbox.backstory(&["audit", "--sign", "HEAD"]).good();
    assert_eq!(state(&sandbox, "HEAD"), "good");
    // Neither text nor its digest stays.
    sandbox.backstory(&["forget", "--session", "s-1"]).good();
    let left = raw_note(&sandbox, "HEAD");
    assert!(!left.contains("zebra") && !left.contains("SIGNATURE"), "{left}");
    assert_eq!(state(&sandbox, "HEAD"), "unsigned");
    sandbox.backstory(&["audit", "--sign", "HEAD"]).good();
    assert_eq!(state(&sandbox, "HEAD"), "good");
}

#[test]
fn what_a_fetched_note_tells_more_is_not_signed_by_the_own_one() {
    let sandbox = recorded();
    let Some(keys) = keys(&sandbox, &["mine"]) else { return };
    allow(&sandbox, &[("test@example.invalid", &keys[0])]);
    sandbox.backstory(&["audit", "--sign"]).good();
    let head = sandbox.git(&["rev-parse", "HEAD~1"]);
    let signed = sandbox.git(&["rev-parse", "refs/notes/backstory"]);
    let fetched = "refs/notes/remotes/origin/backstory";
    sandbox.git(&["update-ref", fetched, signed.trim()]);
    assert_eq!(state(&sandbox, "HEAD~1"), "good", "both are the same");
    // Somebody else's note of the same commit, with one more session.
    let mut record: Value = serde_json::from_str(raw_note(&sandbox, "HEAD~1").lines().next().unwrap()).unwrap();
    let mut more = record["contributions"][0].clone();
    more["session"] = json!("s-2");
    more["prompts"][0]["text"] = json!("Write much more down than anybody asked for");
    record["contributions"].as_array_mut().unwrap().push(more);
    let file = sandbox.write("../richer", &record.to_string());
    let note = blob(&sandbox, file.to_str().unwrap());
    sandbox.git(&["notes", &format!("--ref={fetched}"), "add", "-f", "-C", &note, head.trim()]);
    let told = audit(&sandbox, &["--verify", "HEAD~1"]);
    assert_eq!(told["commits"][0]["sessions"].as_array().unwrap().len(), 2, "{told}");
    assert_eq!(told["commits"][0]["signature"]["state"], "other-bytes", "{told}");
}

#[test]
fn signing_asks_git_and_leaves_everything_as_it_is_where_git_does_not() {
    let sandbox = recorded();
    let Some(_) = keys(&sandbox, &["mine"]) else { return };
    let before = raw_note(&sandbox, "HEAD~1");
    for (key, value) in [("user.signingKey", "/nowhere/key.pub"), ("gpg.ssh.program", "/nowhere/ssh-keygen")] {
        sandbox.git(&["config", key, value]);
        let ran = sandbox.backstory(&["audit", "--sign", "HEAD~1"]);
        assert!(ran.code == 2 && ran.err.contains("git does not sign: "), "{ran:?}");
        assert_eq!(raw_note(&sandbox, "HEAD~1"), before);
    }
    sandbox.git(&["config", "user.email", "somebody@example.invalid"]);
    let others = sandbox.backstory(&["audit", "--sign", "HEAD~1"]).good();
    assert_eq!(others, "0 records signed, 1 commit by others left alone.\n");
    let both = sandbox.backstory(&["audit", "--sign", "--verify"]);
    assert_eq!(both.code, 2, "{both:?}");
}

/// A program that does `first` when git asks it to sign.
fn signs_after(sandbox: &Sandbox, first: &str) {
    let lines = format!(
        "if [ \"$2\" = sign ]; then (unset GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_DIR GIT_WORK_TREE; {first}) >&2 \
         </dev/null; fi\nexec ssh-keygen \"$@\""
    );
    let script = sandbox.script("../signs", &lines);
    sandbox.git(&["config", "gpg.ssh.program", script.to_str().unwrap()]);
}

#[test]
fn what_changes_while_a_person_types_a_passphrase_is_left_as_it_is() {
    let sandbox = recorded();
    let Some(keys) = keys(&sandbox, &["mine"]) else { return };
    allow(&sandbox, &[("test@example.invalid", &keys[0])]);
    let before = raw_note(&sandbox, "HEAD~1");
    let newer = before.replacen("zebra", "giraffe", 1);
    let file = sandbox.write("../newer", &newer);
    let newer_blob = blob(&sandbox, file.to_str().unwrap());
    let root = sandbox.root.display();
    let said = "0 records signed, 1 changed meanwhile; run it again.\n";
    signs_after(&sandbox, &format!("git -C {root} notes --ref=backstory add -f -C {newer_blob} HEAD~1"));
    assert_eq!(sandbox.backstory(&["audit", "--sign", "HEAD~1"]).good(), said);
    assert_eq!(raw_note(&sandbox, "HEAD~1"), newer);
    signs_after(&sandbox, &format!("{} -C {root} forget --session s-1", support::PROGRAM));
    assert_eq!(sandbox.backstory(&["audit", "--sign", "HEAD~1"]).good(), said);
    assert!(!raw_note(&sandbox, "HEAD~1").contains("giraffe"), "it was forgotten");
    signs_after(&sandbox, "true");
    assert_eq!(sandbox.backstory(&["audit", "--sign", "HEAD~1"]).good(), "1 record signed.\n");
    // What git signed is in the note and nowhere else.
    let objects = sandbox.git(&["cat-file", "--batch-all-objects", "--batch-check"]);
    for id in objects.lines().filter(|line| line.contains(" commit ")).filter_map(|line| line.split(' ').next()) {
        assert!(!sandbox.git(&["cat-file", "commit", id]).contains("backstory record"), "{id}");
    }
}

#[test]
fn a_signature_that_is_worth_nothing_is_replaced_and_what_is_none_is_not_called_one() {
    let sandbox = recorded();
    let Some(keys) = keys(&sandbox, &["mine", "other"]) else { return };
    allow(&sandbox, &[("test@example.invalid", &keys[0])]);
    let before = raw_note(&sandbox, "HEAD~1");
    let again = || {
        assert_eq!(sandbox.backstory(&["audit", "--sign", "HEAD~1"]).good(), "1 record signed.\n");
        assert_eq!(state(&sandbox, "HEAD~1"), "good");
    };
    again();
    let signed = raw_note(&sandbox, "HEAD~1");
    // The same object without its signature, and with a word where a signature should be.
    let mut is_inside = false;
    let bare: Vec<&str> = signed
        .lines()
        .filter(|line| {
            is_inside = line.starts_with("gpgsig ") || is_inside && line.starts_with(' ');
            !is_inside
        })
        .collect();
    set_note(&sandbox, "HEAD~1", &format!("{}\n", bare.join("\n")));
    assert!(raw_note(&sandbox, "HEAD~1").contains("sha256 "));
    assert_eq!(state(&sandbox, "HEAD~1"), "unsigned");
    again();
    set_note(&sandbox, "HEAD~1", &format!("{before}\nbackstory-signature 1\nanything\nbackstory-signature end\n"));
    assert_eq!(state(&sandbox, "HEAD~1"), "unsigned");
    again();
    sandbox.git(&["config", "user.signingKey", &public(&keys[1])]);
    set_note(&sandbox, "HEAD~1", &before);
    sandbox.backstory(&["audit", "--sign", "HEAD~1"]).good();
    assert_eq!(state(&sandbox, "HEAD~1"), "unknown-key");
    sandbox.git(&["config", "user.signingKey", &public(&keys[0])]);
    again();
    // Nor does what a person set for `git log` change what is read, and who signed is told as all text is: redacted.
    sandbox.git(&["config", "log.showSignature", "true"]);
    sandbox.git(&["config", "i18n.logOutputEncoding", "UTF-16"]);
    assert_eq!(state(&sandbox, "HEAD~1"), "good");
    let token = ["ghp", "_", "Zk3vQ9xT7mR2bW8nL5cJ1dF6hS4gY0pA2eUi"].concat();
    allow(&sandbox, &[(&format!("{token}@example.invalid"), &keys[0])]);
    let text = sandbox.backstory(&["audit", "--verify", "HEAD~1"]).good();
    let listed = run(sandbox.command("ssh-keygen").arg("-lf").arg(public(&keys[0])), "").good();
    let fingerprint = listed.split(' ').nth(1).unwrap();
    assert!(text.contains("good signature") && text.contains(fingerprint) && !text.contains(&token), "{text}");
}

#[test]
fn a_signature_that_was_fetched_counts_for_the_same_record_that_is_not_signed_here() {
    let sandbox = recorded();
    let Some(keys) = keys(&sandbox, &["mine"]) else { return };
    allow(&sandbox, &[("test@example.invalid", &keys[0])]);
    let before = raw_note(&sandbox, "HEAD~1");
    sandbox.backstory(&["audit", "--sign"]).good();
    let signed = sandbox.git(&["rev-parse", "refs/notes/backstory"]);
    sandbox.git(&["update-ref", "refs/notes/remotes/origin/backstory", signed.trim()]);
    set_note(&sandbox, "HEAD~1", &before);
    assert_eq!(state(&sandbox, "HEAD~1"), "good");
    // Here more is told than was signed there.
    set_note(&sandbox, "HEAD~1", &before.replacen("zebra", "zebra and giraffe", 1));
    assert_eq!(state(&sandbox, "HEAD~1"), "unsigned");
}
