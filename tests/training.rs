//! The patch of a training row: applied to the parent by git, it gives the commit that it says it is.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::fs;

use backstory::record::session::{Action, Change, Outcome};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use support::{PROGRAM, Sandbox, run};

/// A commit on top of one with some files, each line of `own` by session 0 and of `others` by nobody that is known.
struct Shape {
    name: &'static str,
    make: fn(&Sandbox),
    own: &'static [&'static str],
    others: &'static [&'static str],
}

const NEW: &str = "def discount(price, percent):\n    return price * (100 - percent) / 100\n";
const OTHER: &str = "class Shelf:\n    items: list\n    def __len__(self):\n        return len(self.items)\n";
const TEXT: &str = "one line of text\ntwo lines of text\nthree lines of text\nfour lines of text\nfive lines of text\n";

fn base() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "core.autocrlf", "false"]);
    for path in ["old.py", "kept.py", "src/deep.py", "run.sh"] {
        sandbox.write(path, TEXT);
    }
    sandbox.write("short", "a\n1\n");
    sandbox.write("empty", "");
    fs::write(sandbox.root.join("logo.png"), [0, 159, 146, 150, 0, 1]).unwrap();
    std::os::unix::fs::symlink("old.py", sandbox.root.join("link")).unwrap();
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Base"]);
    sandbox
}

/// The row and what was left out, of the last commit.
fn export(sandbox: &Sandbox) -> (Option<Value>, Vec<String>) {
    sandbox.backstory(&["export", "HEAD~..HEAD", "--format", "sft", "--out", "training"]).good();
    let rows = sandbox.exported("training", "sft");
    let manifest: Value = serde_json::from_str(&sandbox.read("training/manifest.json")).unwrap();
    fs::remove_dir_all(sandbox.root.join("training")).unwrap();
    let left_out = manifest["counts"]["sft"]["left_out"].as_object().unwrap().keys().cloned().collect();
    (rows.lines().next().map(|row| serde_json::from_str(row).unwrap()), left_out)
}

fn record(sandbox: &Sandbox, shape: &Shape) {
    let file = |path: &&str, span: Value| json!({"path": path, "spans": [span]});
    let own = shape
        .own
        .iter()
        .map(|path| file(path, json!({"start": 1, "lines": 900, "author": "agent", "contribution": 0})));
    let others = shape.others.iter().map(|path| file(path, json!({"start": 1, "lines": 900, "author": "unknown"})));
    let evidence = match shape.own.is_empty() && shape.others.is_empty() {
        true => json!({"kind": "removed", "found": 5, "of": 5}),
        false => json!({"kind": "lines", "found": 5, "of": 5}),
    };
    let note = json!({
        "backstory": 1, "generator": "test", "commit": sandbox.git(&["rev-parse", "HEAD"]).trim(),
        "committed_at": "2026-01-02T03:04:05Z",
        "contributions": [{"agent": "codex", "session": "77", "confidence": "content", "evidence": [evidence],
            "started_at": "2026-01-02T03:00:00Z", "lines": 5,
            "prompts": [{"role": "request", "source": "typed", "text": "Take a discount"}]}],
        "lines": {"added": 5, "agent": 5, "corrected": 0, "person": 0, "formatter": 0, "unknown": 0},
        "files": own.chain(others).collect::<Vec<_>>(),
    });
    sandbox.git(&["notes", "--ref", "backstory", "add", "-f", "-m", &note.to_string(), "HEAD"]);
}

#[test]
fn the_patch_of_a_whole_commit_gives_its_tree() {
    for shape in [
        Shape {
            name: "a change",
            make: |s| drop(s.write("kept.py", &TEXT.replace("two", "2"))),
            own: &["kept.py"],
            others: &[],
        },
        Shape { name: "a new file", make: |s| drop(s.write("new.py", TEXT)), own: &["new.py"], others: &[] },
        Shape {
            name: "without a last newline",
            make: |s| drop(s.write("new.py", "a line of text")),
            own: &["new.py"],
            others: &[],
        },
        Shape {
            name: "a newline taken away",
            make: |s| drop(s.write("kept.py", TEXT.trim_end())),
            own: &["kept.py"],
            others: &[],
        },
        Shape {
            name: "other line ends",
            make: |s| drop(s.write("new.py", "a line\r\nof text\r\n")),
            own: &["new.py"],
            others: &[],
        },
        Shape { name: "short lines", make: |s| drop(s.write("short", "a\n2\n")), own: &["short"], others: &[] },
        Shape {
            name: "a rename",
            make: |s| {
                s.git(&["mv", "old.py", "new.py"]);
                s.write("kept.py", "own line of it\n");
            },
            own: &["kept.py"],
            others: &[],
        },
        Shape {
            name: "a rename with an edit",
            make: |s| {
                s.git(&["mv", "old.py", "src/new name.py"]);
                s.write("src/new name.py", &TEXT.replace("two", "2"));
            },
            own: &["src/new name.py"],
            others: &[],
        },
        Shape {
            name: "a deletion",
            make: |s| {
                s.git(&["rm", "-q", "old.py"]);
                s.write("kept.py", "own line of it\n");
            },
            own: &["kept.py"],
            others: &[],
        },
        Shape {
            name: "nothing but a deletion",
            make: |s| drop(s.git(&["rm", "-q", "src/deep.py"])),
            own: &[],
            others: &[],
        },
        Shape {
            name: "a deletion in a file",
            make: |s| {
                s.write("kept.py", &TEXT.replace("two lines of text\n", ""));
                s.write("new.py", TEXT);
            },
            own: &["new.py"],
            others: &[],
        },
        Shape {
            name: "a mode",
            make: |s| {
                support::make_executable(&s.root.join("run.sh"));
                s.write("new.py", TEXT);
            },
            own: &["new.py"],
            others: &[],
        },
        Shape { name: "a program", make: |s| drop(s.script("tool.sh", "exit 0")), own: &["tool.sh"], others: &[] },
        Shape {
            name: "a mode and an edit",
            make: |s| {
                s.write("run.sh", &TEXT.replace("two", "2"));
                support::make_executable(&s.root.join("run.sh"));
            },
            own: &["run.sh"],
            others: &[],
        },
        Shape {
            name: "a link",
            make: |s| std::os::unix::fs::symlink("kept.py", s.root.join("other link")).unwrap(),
            own: &["other link"],
            others: &[],
        },
        Shape {
            name: "a link that moves",
            make: |s| {
                fs::remove_file(s.root.join("link")).unwrap();
                std::os::unix::fs::symlink("kept.py", s.root.join("link")).unwrap();
            },
            own: &["link"],
            others: &[],
        },
        Shape {
            name: "a link in place of a file",
            make: |s| {
                fs::remove_file(s.root.join("old.py")).unwrap();
                std::os::unix::fs::symlink("kept.py", s.root.join("old.py")).unwrap();
            },
            own: &["old.py"],
            others: &[],
        },
        Shape {
            name: "an empty file",
            make: |s| {
                s.write("nothing here", "");
                s.write("new.py", TEXT);
            },
            own: &["new.py"],
            others: &[],
        },
        Shape {
            name: "an empty file less",
            make: |s| {
                s.git(&["rm", "-q", "empty"]);
                s.write("new.py", TEXT);
            },
            own: &["new.py"],
            others: &[],
        },
        Shape {
            name: "names",
            make: |s| {
                for name in ["a b.py", "q\"uote.py", "back\\slash.py", "数据.py", "tab\tbed.py", "-dash.py"] {
                    s.write(name, TEXT);
                }
            },
            own: &["a b.py", "q\"uote.py", "back\\slash.py", "数据.py", "tab\tbed.py", "-dash.py"],
            others: &[],
        },
        Shape {
            name: "lines that look like a patch",
            make: |s| drop(s.write("new.py", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-x\n+y\n\\ No newline at end of file\n")),
            own: &["new.py"],
            others: &[],
        },
    ] {
        let sandbox = base();
        (shape.make)(&sandbox);
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Take a discount"]);
        record(&sandbox, &shape);
        let (row, left_out) = export(&sandbox);
        let row = row.unwrap_or_else(|| panic!("{}: left out: {left_out:?}", shape.name));
        assert_eq!(row["metadata"]["whole_commit"], true, "{}", shape.name);
        assert_eq!(tree_of(&sandbox, &row), sandbox.git(&["rev-parse", "HEAD^{tree}"]), "{}: {row}", shape.name);
    }
}

/// What the first call of the row is given.
fn patch_of(row: &Value) -> &str {
    row["messages"][1]["tool_calls"][0]["function"]["arguments"]["input"].as_str().unwrap()
}

/// The tree that the row's patch makes of the parent.
fn tree_of(sandbox: &Sandbox, row: &Value) -> String {
    let patch = patch_of(row);
    fs::write(sandbox.base().join("row.patch"), patch).unwrap();
    sandbox.git(&["read-tree", "HEAD~"]);
    sandbox.git(&["apply", "--cached", "--whitespace=nowarn", "../row.patch"]);
    let tree = sandbox.git(&["write-tree"]);
    sandbox.git(&["read-tree", "HEAD"]);
    tree
}

#[test]
fn a_part_of_a_commit_says_so_and_what_may_not_be_all_of_it_is_left_out() {
    let mixed = "who made some changes of the commit is not known";
    let no_text = "a patch cannot hold a binary file, a submodule or text that is not UTF-8";
    for (shape, expected) in [
        (
            Shape {
                name: "a lock file",
                make: |s| {
                    s.write("new.py", NEW);
                    s.write("poetry.lock", OTHER);
                },
                own: &["new.py"],
                others: &["poetry.lock"],
            },
            Ok(()),
        ),
        (
            Shape {
                name: "another file",
                make: |s| {
                    s.write("new.py", NEW);
                    s.write("other.py", OTHER);
                },
                own: &["new.py"],
                others: &["other.py"],
            },
            Err("the patch lacks files of the commit"),
        ),
        (
            Shape {
                name: "a deletion by nobody known",
                make: |s| {
                    s.write("new.py", NEW);
                    s.write("other.py", OTHER);
                    s.git(&["rm", "-q", "old.py"]);
                },
                own: &["new.py"],
                others: &["other.py"],
            },
            Err(mixed),
        ),
        (
            Shape {
                name: "a rename by nobody known",
                make: |s| {
                    s.write("new.py", NEW);
                    s.write("other.py", OTHER);
                    s.git(&["mv", "old.py", "moved.py"]);
                },
                own: &["new.py"],
                others: &["other.py"],
            },
            Err(mixed),
        ),
        (
            Shape {
                name: "a binary file",
                make: |s| {
                    s.write("new.py", NEW);
                    fs::write(s.root.join("logo.png"), [0, 1, 2, 255]).unwrap();
                },
                own: &["new.py"],
                others: &[],
            },
            Err(no_text),
        ),
        (
            Shape {
                name: "not UTF-8",
                make: |s| fs::write(s.root.join("new.py"), b"caf\xe9 and more of it\n").unwrap(),
                own: &["new.py"],
                others: &[],
            },
            Err(no_text),
        ),
        (
            Shape { name: "only others", make: |s| drop(s.write("other.py", OTHER)), own: &[], others: &["other.py"] },
            Err("no lines of the agent in the commit"),
        ),
        (
            Shape {
                name: "a file that the record does not have",
                make: |s| {
                    s.write("new.py", NEW);
                    s.write("large.py", OTHER);
                },
                own: &["new.py"],
                others: &[],
            },
            Err(mixed),
        ),
    ] {
        let sandbox = base();
        (shape.make)(&sandbox);
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Take a discount"]);
        record(&sandbox, &shape);
        let (row, left_out) = export(&sandbox);
        match expected {
            Ok(()) => {
                let row = row.unwrap_or_else(|| panic!("{}: {left_out:?}", shape.name));
                assert_eq!(row["metadata"]["whole_commit"], false, "{}", shape.name);
                let tree = tree_of(&sandbox, &row);
                let names = sandbox.git(&["diff-tree", "-r", "--name-only", "HEAD~^{tree}", tree.trim()]);
                assert_eq!(names, "new.py\n", "{}", shape.name);
            }
            Err(reason) => assert_eq!((row, left_out), (None, vec![reason.to_owned()]), "{}", shape.name),
        }
    }
}

#[test]
fn what_nobody_is_known_to_have_removed_is_not_exported_as_the_agents() {
    let mixed = "who made some changes of the commit is not known";
    let long: String = (0..40).map(|line| format!("line {line} of the text\n")).collect();
    let changed = long.replace("line 2 of the text\n", "line 2 of the agent\n").replace("line 30 of the text\n", "");
    for (name, untested, expected) in [
        ("all is explained", json!([]), Ok(true)),
        ("lines of the agent's file", json!([{"path": "long.py", "lines": 1, "by": "removed"}]), Err(mixed)),
        ("lines of another file", json!([{"path": "kept.py", "lines": 2, "by": "removed"}]), Err(mixed)),
        ("a file with its lines", json!([{"path": "old.py", "lines": 5, "by": "removed"}]), Err(mixed)),
        ("a file without lines", json!([{"path": "empty", "lines": 0, "by": "removed"}]), Err(mixed)),
        ("lines of its new file", json!([{"path": "new.py", "lines": 2, "by": "removed"}]), Ok(false)),
        // They were there when a check ran, or not: that says nothing of the agent's patch.
        ("a person's lines", json!([{"path": "long.py", "start": 2, "lines": 1, "by": "person"}]), Ok(true)),
    ] {
        let sandbox = base();
        sandbox.write("long.py", &long);
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "More"]);
        sandbox.write("long.py", &changed);
        match untested[0]["path"].as_str() {
            Some("new.py") => drop(sandbox.write("new.py", NEW)),
            Some("kept.py") => drop(sandbox.write("kept.py", &TEXT.replace("two lines of text\n", ""))),
            Some(path @ ("old.py" | "empty")) => drop(sandbox.git(&["rm", "-q", path])),
            _ => {}
        }
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Take a discount"]);
        record(&sandbox, &Shape { name, make: |_| (), own: &["long.py", "new.py"], others: &[] });
        let mut note = sandbox.record("HEAD");
        note["untested"] = untested;
        sandbox.git(&["notes", "--ref", "backstory", "add", "-f", "-m", &note.to_string(), "HEAD"]);
        let (row, left_out) = export(&sandbox);
        match expected {
            Ok(is_whole) => {
                let row = row.unwrap_or_else(|| panic!("{name}: {left_out:?}"));
                assert_eq!(row["metadata"]["whole_commit"], is_whole, "{name}");
            }
            Err(reason) => assert_eq!((row, left_out), (None, vec![reason.to_owned()]), "{name}"),
        }
    }
}

#[test]
fn a_patch_that_lacks_what_others_changed_in_its_files_answers_nothing() {
    let sandbox = base();
    let long: String = (0..40).map(|line| format!("line {line} of the text\n")).collect();
    sandbox.write("long.py", &long);
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "More"]);
    let changed = long.replace("line 2 of the text", "import discount").replace("line 30 of the text", "take discount");
    sandbox.write("long.py", &changed);
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Take a discount"]);
    record(&sandbox, &Shape { name: "", make: |_| (), own: &["long.py"], others: &[] });
    assert!(export(&sandbox).0.is_some());
    let mut note = sandbox.record("HEAD");
    let span = |start: u32, author: &str| json!({"start": start, "lines": 1, "author": author});
    let mut own = span(31, "agent");
    own["contribution"] = json!(0);
    note["files"][0]["spans"] = json!([span(3, "person"), own]);
    sandbox.git(&["notes", "--ref", "backstory", "add", "-f", "-m", &note.to_string(), "HEAD"]);
    let left_out = vec!["the patch lacks what others changed in its files".to_owned()];
    assert_eq!(export(&sandbox), (None, left_out));
}

#[test]
fn what_is_not_to_be_recorded_and_transcripts_are_in_no_patch() {
    let sandbox = base();
    sandbox.write(".backstoryignore", "path:secret/**\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Ignore"]);
    for path in ["new.py", "secret/plan.py", ".specstory/history/a.md"] {
        sandbox.write(path, TEXT);
    }
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Take a discount"]);
    record(&sandbox, &Shape { name: "", make: |_| (), own: &["new.py"], others: &[] });
    let row = export(&sandbox).0.unwrap();
    let patch = patch_of(&row);
    assert!(patch.contains("new.py") && !patch.contains("secret") && !patch.contains("specstory"), "{patch}");
    assert_eq!(row["metadata"]["whole_commit"], false);
}

fn one_commit() -> Sandbox {
    let sandbox = base();
    sandbox.write("new.py", NEW);
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Add a discount"]);
    record(&sandbox, &Shape { name: "", make: |_| (), own: &["new.py"], others: &[] });
    sandbox
}

/// What the Hub shows as an agent's trace is a session that this program reads as well.
#[test]
fn a_trace_is_read_back_with_its_prompts_calls_and_edits() {
    let sandbox = one_commit();
    let id = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let mut note: Value = serde_json::from_str(&sandbox.git(&["notes", "--ref", "backstory", "show", &id])).unwrap();
    note["contributions"][0]["checks"] = json!([{"command": "pytest -q", "kind": "test", "result": "passed", "by": "agent",
        "after_last_edit": true, "state": "committed", "summary": "4 passed"}]);
    sandbox.git(&["notes", "--ref", "backstory", "add", "-f", "-m", &note.to_string(), "HEAD"]);
    sandbox.backstory(&["export", "HEAD~..HEAD", "--format", "agent-traces", "--out", "training"]).good();
    let files = fs::read_dir(sandbox.root.join("training/agent-traces")).unwrap().map(|file| file.unwrap().path());
    let mut traces: Vec<_> = files.filter(|file| !file.to_string_lossy().ends_with(".meta.jsonl")).collect();
    let session = backstory::capture::read(&traces.pop().unwrap()).unwrap().remove(0);
    assert!(traces.is_empty() && session.skipped.is_empty());
    let prompts: Vec<&str> =
        session.turns.iter().filter_map(|turn| turn.said()).map(|prompt| prompt.text.expose()).collect();
    assert_eq!(prompts, ["Take a discount"]);
    let calls: Vec<_> = session.turns.iter().flat_map(|turn| &turn.calls).collect();
    let [patch, check] = &calls[..] else { panic!("{calls:?}") };
    let [edit] = patch.edits() else { panic!("{patch:?}") };
    let Change::Patch { hunks } = &edit.change else { panic!("{edit:?}") };
    let lines: Vec<String> = NEW.lines().map(|line| format!("+{line}")).collect();
    assert_eq!((edit.path.as_str(), hunks[0].lines.expose()), ("new.py", lines.join("\n").as_str()));
    assert!(matches!(&check.action, Action::Shell { command, .. } if command.expose() == "pytest -q"));
    assert!(matches!(&check.outcome, Outcome::Succeeded { output, .. } if output.expose() == "4 passed"));
    assert_eq!(session.turns.last().unwrap().reply.as_ref().map(|reply| reply.expose()), Some("Add a discount"));
}

#[test]
fn a_no_anywhere_keeps_rows_out_and_a_yes_stands_in_each() {
    let yes = "training: {allow: true, by: Ann, at: 2026-11-30}\n";
    let excluded = |person: &str| format!("training: {{allow: true, exclude-people: ['{person}']}}\n");
    let of_commit = Err("1 (the commit message refuses training)");
    let of_person = Err("1 (a person of the commit wants no training records)");
    for (case, settings, trailer, config, expected) in [
        ("nobody was asked", String::new(), "", "", Ok("not-refused")),
        ("the team allows it", yes.to_owned(), "", "", Ok("settings")),
        ("the team forbids it", "training: {allow: false}\n".to_owned(), "", "", Err("allow: false")),
        ("the author by address", excluded("TEST@example.invalid"), "", "", of_person),
        ("the author by name", excluded("tester of the shop"), "", "", of_person),
        ("the author by an older address", excluded("old@example.invalid"), "", "", of_person),
        ("the author by the name in the mailmap", excluded("Ann Example"), "", "", of_person),
        (
            "one who wrote it too",
            excluded("Bo Other <bo@example.invalid>"),
            "Co-authored-by: Bo Other <b@example.invalid>",
            "",
            of_person,
        ),
        ("another", excluded("bo@example.invalid"), "", "", Ok("settings")),
        ("the message", yes.to_owned(), "AI-Training: no", "", of_commit),
        ("the message in other letters", yes.to_owned(), "ai-training:NO", "", of_commit),
        ("the message with a yes, too", yes.to_owned(), "AI-Training: yes\nAI-Training: no", "", of_commit),
        ("the message says what nobody knows", yes.to_owned(), "AI-Training: maybe", "", of_commit),
        ("the message says yes", String::new(), "AI-Training: yes", "", Ok("not-refused")),
        (
            "the message cannot allow it",
            "training: {allow: false}\n".to_owned(),
            "AI-Training: yes",
            "",
            Err("allow: false"),
        ),
        (
            "the person for the clone",
            yes.to_owned(),
            "",
            "backstory.training",
            Err("`git config backstory.training` is off"),
        ),
        ("the person for all", yes.to_owned(), "", "backstory.enabled", Err("`git config backstory.enabled` is off")),
    ] {
        let sandbox = one_commit();
        sandbox.git(&["config", "user.name", "Tester of the Shop"]);
        sandbox.git(&["config", "user.email", "test@example.invalid"]);
        sandbox.write(
            ".mailmap",
            "Ann Example <test@example.invalid> <old@example.invalid>\nAnn Example <test@example.invalid>\n",
        );
        sandbox.git(&["commit", "-q", "--amend", "--reset-author", "-m", &format!("Add a discount\n\n{trailer}\n")]);
        record(&sandbox, &Shape { name: "", make: |_| (), own: &["new.py"], others: &[] });
        sandbox.write(".backstory.yml", &settings);
        if !config.is_empty() {
            sandbox.git(&["config", config, "false"]);
        }
        let ran = sandbox.backstory(&["export", "--format", "all", "--out", "out"]);
        let has_text = |text: &str| {
            let folders = fs::read_dir(sandbox.root.join("out")).into_iter().flatten().flatten();
            let formats = folders.filter(|folder| folder.path().is_dir());
            formats
                .map(|folder| sandbox.exported("out", &folder.file_name().to_string_lossy()))
                .any(|rows| rows.contains(text))
        };
        let piped = reading(&sandbox, "sft", ".\n").out;
        match expected {
            Ok(basis) => {
                let row: Value = serde_json::from_str(sandbox.exported("out", "sft").trim()).unwrap();
                assert_eq!(row["metadata"]["consent"]["basis"], basis, "{case}");
                assert!(has_text("Take a discount") && piped.contains("Take a discount"), "{case}");
            }
            Err(said) => {
                assert!(ran.err.contains(said), "{case}: {ran:?}");
                assert!(!has_text("discount") && !piped.contains("discount"), "{case}: {piped}");
                assert_eq!(ran.code, if said.starts_with('1') { 0 } else { 2 }, "{case}: {ran:?}");
            }
        }
        assert!(
            !sandbox.root.join("out/manifest.json").exists()
                || !sandbox.read("out/manifest.json").contains("example.invalid")
        );
    }
}

#[test]
fn what_was_asked_for_a_commit_that_stays_out_is_in_no_row_of_another() {
    let sandbox = one_commit();
    sandbox.git(&["commit", "-q", "--amend", "-m", "Add a discount\n\nAI-Training: no\n"]);
    record(&sandbox, &Shape { name: "", make: |_| (), own: &["new.py"], others: &[] });
    sandbox.write("shelf.py", OTHER);
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Build a shelf"]);
    record(&sandbox, &Shape { name: "", make: |_| (), own: &["shelf.py"], others: &[] });
    let mut note = sandbox.record("HEAD");
    note["committed_at"] = json!("2026-01-02T03:05:05Z");
    let prompts = note["contributions"][0]["prompts"].as_array_mut().unwrap();
    prompts.push(json!({"role": "refinement", "source": "typed", "text": "Build a shelf for it"}));
    sandbox.git(&["notes", "--ref", "backstory", "add", "-f", "-m", &note.to_string(), "HEAD"]);
    sandbox.backstory(&["export", "--format", "sft,prompt-completion,unpaired,atif", "--out", "out"]).good();
    for format in ["sft", "prompt-completion", "atif"] {
        let rows = sandbox.exported("out", format);
        assert!(rows.contains("Build a shelf for it") && !rows.contains("Take a discount"), "{format}: {rows}");
    }
}

#[test]
fn figures_alone_hold_no_text_and_a_row_leads_back_to_its_commit() {
    let sandbox = one_commit();
    sandbox.backstory(&["export", "--format", "sft,openai-sft,atif", "--out", "whole"]).good();
    sandbox.backstory(&["export", "--format", "sft,openai-sft,atif", "--out", "figures", "--content", "none"]).good();
    for format in ["sft", "openai-sft", "atif"] {
        let (whole, figures) = (sandbox.exported("whole", format), sandbox.exported("figures", format));
        for text in ["Take a discount", "def discount", "Add a discount"] {
            assert!(whole.contains(text) && !figures.contains(text), "{format}: {text}: {figures}");
        }
    }
    let row: Value = serde_json::from_str(sandbox.exported("figures", "sft").trim()).unwrap();
    assert_eq!((&row["metadata"]["content_sha256"], row["words"].as_u64().is_some()), (&json!(""), true), "{row}");
    for format in ["sft", "openai-sft", "atif"] {
        let id = row_id(&sandbox, "whole", format);
        let told = sandbox.backstory(&["export", "--explain", &id, "--out", "whole"]).good();
        let commit = sandbox.git(&["rev-parse", "HEAD"]);
        assert!(told.contains(commit.trim()) && told.contains("codex/77"), "{format}: {told}");
    }
    // A dataset may come from anybody: nothing in it steers a terminal.
    let id = row_id(&sandbox, "whole", "sft");
    let file = fs::read_dir(sandbox.root.join("whole/sft")).unwrap().next().unwrap().unwrap().path();
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("codex/77", "codex/\\u001b[31m77")).unwrap();
    let told = sandbox.backstory(&["export", "--explain", &id, "--out", "whole"]).good();
    assert!(told.contains("[31m77") && !told.contains('\u{1b}'), "{told:?}");
    let ran = sandbox.backstory(&["export", "--explain", "row-none", "--out", "whole"]);
    assert!(ran.code == 2 && ran.err.contains("no row in"), "{ran:?}");
}

/// The id of the only row of a format, wherever it is said.
fn row_id(sandbox: &Sandbox, folder: &str, format: &str) -> String {
    let mut text = String::new();
    for file in fs::read_dir(sandbox.root.join(folder).join(format)).unwrap() {
        text += &fs::read_to_string(file.unwrap().path()).unwrap();
    }
    let (_, rest) = text.split_once("\"row_id\":\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn rows_go_to_the_output_or_nowhere_where_that_is_asked_for() {
    let sandbox = one_commit();
    let rows = sandbox.backstory(&["export", "--format", "sft", "--out", "-"]).good();
    assert_eq!(rows.lines().count(), 1);
    let row: Value = serde_json::from_str(rows.trim()).unwrap();
    assert_eq!(row["messages"][0]["content"], "Take a discount");
    let looked = sandbox.backstory(&["export", "--format", "all", "--dry-run", "--out", "out"]);
    assert!(looked.code == 0 && looked.err.contains("nothing is written"), "{looked:?}");
    assert!(looked.out.lines().count() > 5 && !sandbox.root.join("out").exists());
    let stats: Value =
        serde_json::from_str(&sandbox.backstory(&["export", "--format", "sft", "--stats"]).good()).unwrap();
    assert_eq!(stats["sft"]["rows"].as_object().unwrap().values().map(|rows| rows.as_u64().unwrap()).sum::<u64>(), 1);
    for (arguments, said) in [
        (&["export", "--format", "sft"][..], "name the folder"),
        (&["export", "--format", "sft,edits", "--out", "-"], "of one format"),
        (&["export", "--format", "atif", "--out", "-"], "of one format"),
        (&["export", "--format", "sft", "--out", "x", "--since", "yesterday"], "not a day"),
        (&["export", "--format", "sft", "--out", "x", "--path", "!a"], "cannot be used"),
        (&["export", "--out", "x"], "--format"),
    ] {
        let ran = sandbox.backstory(arguments);
        assert!(ran.code == 2 && ran.err.contains(said), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn a_session_is_told_once_whatever_it_committed() {
    let sandbox = base();
    let commit = |name: &str, text: &str, words: &[(&str, &str, &str)]| {
        sandbox.write(name, text);
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", &format!("Add {name}")]);
        let prompts: Vec<Value> = words
            .iter()
            .map(|(at, role, text)| json!({"at": at, "role": role, "source": "typed", "text": text}))
            .collect();
        let lines = text.lines().count();
        let note = json!({
            "backstory": 1, "generator": "test", "commit": sandbox.git(&["rev-parse", "HEAD"]).trim(),
            "committed_at": words.last().unwrap().0,
            "contributions": [{"agent": "codex", "session": "77", "confidence": "content", "models": ["gpt-5.4"],
                "evidence": [{"kind": "lines", "found": lines, "of": lines}], "started_at": "2026-01-02T03:00:00Z",
                "lines": lines, "prompts": prompts}],
            "lines": {"added": lines, "agent": lines, "corrected": 0, "person": 0, "formatter": 0, "unknown": 0},
            "files": [{"path": name, "spans": [{"start": 1, "lines": lines, "author": "agent", "contribution": 0}]}],
        });
        sandbox.git(&["notes", "--ref", "backstory", "add", "-f", "-m", &note.to_string(), "HEAD"]);
    };
    let first = ("2026-01-02T03:01:00Z", "request", "Add a discount");
    let more = ("2026-01-02T03:02:00Z", "refinement", "In percent, please");
    let yes = ("2026-01-02T03:03:00Z", "approval", "yes");
    let new = ("2026-01-02T03:04:00Z", "request", "Now add a shelf");
    commit("new.py", NEW, &[first]);
    commit("percent.py", OTHER, &[first, more, yes]);
    // The same change once more, as after a rebase: it is told once, and what follows goes on from it.
    sandbox.git(&["revert", "--no-edit", "HEAD"]);
    commit("percent.py", OTHER, &[first, more, yes]);
    commit("shelf.py", TEXT, &[first, more, new]);
    let rows: Vec<Value> = sandbox
        .backstory(&["export", "--format", "sft", "--out", "-"])
        .good()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let said = |row: &Value| -> Vec<String> {
        let messages = row["messages"].as_array().unwrap().iter().filter(|message| message["role"] == "user");
        messages.map(|message| message["content"].as_str().unwrap().to_owned()).collect()
    };
    let all: Vec<Vec<String>> = rows.iter().map(said).collect();
    assert_eq!(
        all,
        [vec!["Add a discount".to_owned(), "In percent, please".to_owned()], vec!["Now add a shelf".to_owned()]]
    );
    assert_eq!(rows[0]["metadata"]["commits"].as_array().unwrap().len(), 2);
    assert_eq!(rows[0]["metadata"]["split"], rows[1]["metadata"]["split"]);
    assert_eq!(rows[0]["metadata"]["provider"], "openai");
    for row in &rows {
        let roles: Vec<&str> =
            row["messages"].as_array().unwrap().iter().map(|message| message["role"].as_str().unwrap()).collect();
        assert!(roles.windows(2).all(|pair| pair != ["user", "user"]), "{roles:?}");
        assert_eq!((roles[0], roles[roles.len() - 1]), ("user", "assistant"));
    }
}

/// Repositories of which the first and the last say the same.
fn shops() -> Vec<(&'static str, Sandbox)> {
    let shops = [("one", NEW, "Take a discount"), ("two", OTHER, "Build a shelf"), ("again", NEW, "Take a discount")];
    let make = |(name, text, words): (&'static str, &str, &str)| {
        let sandbox = base();
        // Each begins with a commit of its own, by which a repository is known.
        sandbox.git(&["commit", "-q", "--amend", "-m", name]);
        sandbox.write("new.py", text);
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Add a discount"]);
        record(&sandbox, &Shape { name: "", make: |_| (), own: &["new.py"], others: &[] });
        let mut note = sandbox.record("HEAD");
        note["contributions"][0]["prompts"][0]["text"] = json!(words);
        note["contributions"][0]["session"] = json!(name);
        sandbox.git(&["notes", "--ref", "backstory", "add", "-f", "-m", &note.to_string(), "HEAD"]);
        (name, sandbox)
    };
    shops.map(make).into()
}

#[test]
fn several_datasets_become_one_in_whatever_order_they_are_named() {
    let all = Sandbox::new();
    for (name, sandbox) in shops() {
        let out = all.root.join(name).to_string_lossy().into_owned();
        sandbox.backstory(&["export", "--format", "sft,openai-sft,atif", "--out", &out]).good();
    }
    let merge = |folders: &[&str], out: &str| all.backstory(&[&["merge"], folders, &["--out", out]].concat());
    merge(&["one", "two", "again"], "forth").good();
    for (number, order) in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].into_iter().enumerate() {
        let back = format!("back-{number}");
        merge(&order.map(|place| ["one", "two", "again"][place]), &back).good();
        for format in ["sft", "openai-sft"] {
            let rows = all.exported("forth", format);
            assert_eq!((rows.lines().count(), &rows), (2, &all.exported(&back, format)), "{format}: {rows}");
        }
        for file in ["manifest.json", "README.md", "croissant.json"] {
            assert_eq!(all.read(&format!("forth/{file}")), all.read(&format!("{back}/{file}")), "{order:?}: {file}");
        }
    }
    let manifest: Value = serde_json::from_str(&all.read("forth/manifest.json")).unwrap();
    assert_eq!(manifest["counts"]["sft"]["exact_duplicates"], 1, "{manifest}");
    assert_eq!(
        (manifest["repositories"].as_array().unwrap().len(), all.read("forth/README.md").contains("2 rows")),
        (3, false)
    );
    // A file that is not what its manifest says is refused, and so is a folder that is merged.
    assert!(merge(&["one"], "one").err.contains("name a new folder"));
    let file = fs::read_dir(all.root.join("two/sft")).unwrap().next().unwrap().unwrap().path();
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("Build a shelf", "Build a table")).unwrap();
    let ran = merge(&["one", "two"], "third");
    assert!(ran.code == 2 && ran.err.contains("is not what its manifest says"), "{ran:?}");
    let ran = merge(&["nowhere"], "third");
    assert!(ran.code == 2 && ran.err.contains("cannot be read"), "{ran:?}");
}

/// The rows of a format in a dataset, sorted.
fn sorted(all: &Sandbox, folder: &str, format: &str) -> Vec<String> {
    let mut rows: Vec<String> = all.exported(folder, format).lines().map(str::to_owned).collect();
    rows.sort();
    rows
}

#[test]
fn a_list_of_repositories_and_its_shards_give_what_a_merge_gives_and_one_that_fails_is_told_of() {
    let (all, shops) = (Sandbox::new(), shops());
    let paths: Vec<String> = shops.iter().map(|(_, sandbox)| sandbox.root.to_string_lossy().into_owned()).collect();
    for ((name, sandbox), number) in shops.iter().zip(0..) {
        let out = all.root.join(name).to_string_lossy().into_owned();
        sandbox.backstory(&["export", "--format", "sft,openai-sft", "--out", &out]).good();
        // A list may also name the folder of git.
        let suffix = if number == 1 { "/.git" } else { "" };
        let line = format!("# {name}\n\n  {}{suffix}\n", paths[number]);
        all.write("list", &(if number == 0 { line } else { all.read("list") + &line }));
    }
    all.backstory(&["merge", "one", "two", "again", "--out", "merged"]).good();
    let export = |out: &str, more: &[&str]| {
        all.backstory(&[&["export", "--repos", "list", "--format", "sft,openai-sft", "--out", out], more].concat())
    };
    export("listed", &[]).good();
    let same = |folder: &str| {
        for format in ["sft", "openai-sft"] {
            assert_eq!(sorted(&all, folder, format), sorted(&all, "merged", format), "{folder}: {format}");
        }
        assert_eq!(all.read(&format!("{folder}/manifest.json")), all.read("merged/manifest.json"), "{folder}");
    };
    same("listed");
    // Some of these parts have no repository.
    let shards: Vec<String> = (1..=4).map(|number| format!("shard-{number}")).collect();
    for (number, shard) in shards.iter().enumerate() {
        export(shard, &["--shard", &format!("{}/4", number + 1)]).good();
        assert!(
            all.root.join(shard).read_dir().unwrap().all(|entry| !entry
                .unwrap()
                .file_name()
                .to_string_lossy()
                .contains("parts"))
        );
    }
    let names: Vec<&str> = shards.iter().map(String::as_str).collect();
    all.backstory(&[&["merge"][..], &names, &["--out", "joined"]].concat()).good();
    same("joined");
    // One that is no repository, and one in which a person said no.
    shops[0].1.git(&["config", "backstory.training", "false"]);
    all.write("list", &(all.read("list") + "nowhere\n"));
    let ran = export("some", &[]);
    assert_eq!((ran.code, sorted(&all, "some", "sft").len()), (2, 2), "{ran:?}");
    for said in ["left out: nowhere: ", "`git config backstory.training` is off", "2 of 4 repositories failed"] {
        assert!(ran.err.contains(said), "{said}: {ran:?}");
    }
    for (more, said) in
        [(&["--shard", "0/4"][..], "such as 2/8"), (&["--shard", "5/4"], "such as 2/8"), (&["--dry-run"], "--dry-run")]
    {
        let ran = export("none", more);
        assert!(ran.code == 2 && ran.err.contains(said) && !all.root.join("none").exists(), "{ran:?}");
    }
}

fn reading(all: &Sandbox, format: &str, input: &str) -> support::Ran {
    run(all.command(PROGRAM).args(["export", "--stdin", "--format", format]), input)
}

#[test]
fn each_line_of_the_input_is_answered_by_an_object() {
    let (all, shops) = (Sandbox::new(), shops());
    let path = |number: usize| shops[number].1.root.to_string_lossy().into_owned();
    let input = format!("{}\n{}\nnowhere\n\n{{}}\n", path(0), json!({"repository": path(1)}));
    for (format, text) in [("sft", "messages"), ("openai-sft", "messages"), ("record", "record")] {
        let ran = reading(&all, format, &input);
        let answers: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((ran.code, answers.len()), (2, 5), "{ran:?}");
        for (answer, number) in answers[..2].iter().zip(0..) {
            let [row] = &answer["rows"].as_array().unwrap()[..] else { panic!("{answer}") };
            let about = if format == "openai-sft" { &answer["metadata"][0] } else { &row["metadata"] };
            assert_eq!((&answer["repository"], &answer["ok"]), (&json!(path(number)), &json!(true)), "{answer}");
            assert!(row.get(text).is_some() && answer["origin"]["repository"] == about["repo"], "{answer}");
            assert_eq!(answer["counts"]["rows"], json!({about["split"].as_str().unwrap(): 1}), "{answer}");
            let [signature] = &answer["signatures"].as_array().unwrap()[..] else { panic!("{answer}") };
            assert_eq!(signature.as_str().unwrap().len(), 8 * 126, "{answer}");
        }
        for (answer, said) in answers[2..].iter().zip(["nowhere", "names no repository", "PATH"]) {
            assert_eq!(answer["ok"], false, "{answer}");
            assert!(answer["error"].as_str().unwrap().contains(said), "{answer}");
        }
        // Nothing of one line is left in the next.
        let alone = reading(&all, format, &format!("{}\n", path(1)));
        assert_eq!((alone.code, alone.out.lines().next()), (0, ran.out.lines().nth(1)), "{alone:?}");
    }
    let ran = reading(&all, "atif", &input);
    assert!(ran.code == 2 && ran.err.contains("of one format"), "{ran:?}");
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_row_that_is_not_clean_is_in_no_dataset_and_the_exit_code_says_so() {
    let sandbox = one_commit();
    sandbox.backstory(&["export", "--format", "sft,openai-sft,atif", "--out", "planted"]).good();
    // Of another day: a secret in a row, and the manifest that fits it.
    let secret = ["ghp_", "x7Kq2LmZ9vTb4RwYc8NpJd3HsGf6UaEo1XiV"].concat();
    let mut manifest = sandbox.read("planted/manifest.json");
    for format in ["sft", "openai-sft", "atif"] {
        for file in fs::read_dir(sandbox.root.join("planted").join(format)).unwrap() {
            let path = file.unwrap().path();
            let before = fs::read_to_string(&path).unwrap();
            let after = before.replace("Take a discount", &format!("Take a discount {secret}"));
            fs::write(&path, &after).unwrap();
            manifest = manifest.replace(&digest(&before), &digest(&after));
        }
    }
    sandbox.write("planted/manifest.json", &manifest);
    let ran = sandbox.backstory(&["merge", "planted", "--out", "merged"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("1 (the last scan of the row found something to redact)"), "{ran:?}");
    let manifest: Value = serde_json::from_str(&sandbox.read("merged/manifest.json")).unwrap();
    for format in ["sft", "openai-sft", "atif"] {
        assert!(
            !manifest["counts"][format]["left_out"]["the last scan of the row found something to redact"].is_null(),
            "{manifest}"
        );
        let files = fs::read_dir(sandbox.root.join("merged").join(format)).unwrap();
        assert!(files.flatten().all(|file| !fs::read_to_string(file.path()).unwrap().contains(&secret)), "{format}");
    }
    assert!(!sandbox.read("merged/manifest.json").contains(&secret));
}

#[test]
fn datasets_of_figures_keep_their_rows_and_those_of_other_filters_do_not_become_one() {
    let all = Sandbox::new();
    for (name, sandbox) in shops() {
        for (out, more) in [("", &["--content", "none"][..]), ("-text", &[]), ("-verified", &["--only-verified"])] {
            let out = all.root.join(format!("{name}{out}")).to_string_lossy().into_owned();
            sandbox.backstory(&[&["export", "--format", "sft", "--out", &out], more].concat()).good();
        }
    }
    // Of two rows with the same figures nobody knows whether they say the same.
    all.backstory(&["merge", "one", "again", "two", "one", "--out", "figures"]).good();
    assert_eq!(all.exported("figures", "sft").lines().count(), 3);
    for (other, said) in [("two", "another content"), ("two-verified", "another selection")] {
        let ran = all.backstory(&["merge", "one-text", other, "--out", "mixed"]);
        assert!(ran.code == 2 && ran.err.contains(said), "{ran:?}");
    }
}
