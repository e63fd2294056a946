//! The patch of a training row: applied to the parent by git, it gives the commit that it says it is.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::fs;

use serde_json::{Value, json};
use support::Sandbox;

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
        sandbox.git(&["commit", "-q", "-m", "Change"]);
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
                name: "another file",
                make: |s| {
                    s.write("new.py", NEW);
                    s.write("other.py", OTHER);
                },
                own: &["new.py"],
                others: &["other.py"],
            },
            Ok(()),
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
        sandbox.git(&["commit", "-q", "-m", "Change"]);
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
        sandbox.git(&["commit", "-q", "-m", "Change"]);
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
fn what_is_not_to_be_recorded_and_transcripts_are_in_no_patch() {
    let sandbox = base();
    sandbox.write(".backstoryignore", "path:secret/**\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Ignore"]);
    for path in ["new.py", "secret/plan.py", ".specstory/history/a.md"] {
        sandbox.write(path, TEXT);
    }
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Change"]);
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

#[test]
fn a_no_anywhere_keeps_rows_out_and_a_yes_stands_in_each() {
    for (case, settings, expected) in [
        ("nobody was asked", "", Ok("not-refused")),
        ("the team allows it", "training: {allow: true, by: Ann, at: 2026-11-30}\n", Ok("settings")),
        ("the team forbids it", "training: {allow: false}\n", Err("allow: false")),
        (
            "the author stays out",
            "training: {exclude-people: [TEST@example.invalid]}\n",
            Err("wants no training records"),
        ),
        ("another stays out", "training: {exclude-people: [bo@example.invalid]}\n", Ok("not-refused")),
    ] {
        let sandbox = one_commit();
        let email = sandbox.git(&["log", "-1", "--format=%ae"]);
        sandbox
            .write(".backstory.yml", &settings.replace("TEST@example.invalid", email.trim().to_uppercase().as_str()));
        let ran = sandbox.backstory(&["export", "--format", "sft", "--out", "out"]);
        let rows = sandbox.exported("out", "sft");
        match expected {
            Ok(basis) => {
                let row: Value = serde_json::from_str(rows.trim()).unwrap();
                assert_eq!(row["metadata"]["consent"]["basis"], basis, "{case}");
            }
            Err(said) => assert!(rows.is_empty() && ran.err.contains(said), "{case}: {ran:?}"),
        }
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
    commit("other.py", OTHER, &[first, more, yes]);
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

#[test]
fn several_datasets_become_one_in_whatever_order_they_are_named() {
    let all = Sandbox::new();
    let shops = [("one", NEW, "Take a discount"), ("two", OTHER, "Build a shelf"), ("again", NEW, "Take a discount")];
    for (name, text, words) in shops {
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
        let out = all.root.join(name).to_string_lossy().into_owned();
        sandbox.backstory(&["export", "--format", "sft,openai-sft,atif", "--out", &out]).good();
    }
    let merge = |folders: &[&str], out: &str| all.backstory(&[&["merge"], folders, &["--out", out]].concat());
    merge(&["one", "two", "again"], "forth").good();
    merge(&["again", "two", "one"], "back").good();
    for format in ["sft", "openai-sft"] {
        let rows = all.exported("forth", format);
        assert_eq!((rows.lines().count(), &rows), (2, &all.exported("back", format)), "{format}: {rows}");
    }
    assert_eq!(all.read("forth/manifest.json"), all.read("back/manifest.json"));
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
