//! What is said of tests, builds and linters: only of what they ran on, and only of those whose end was seen; and of commits that
//! no hook saw.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::fs;
use std::time::SystemTime;

use serde_json::{Value, json};
use support::agents::{CLAUDE_ID, claude_folder};
use support::{Ran, Sandbox};

const ONE: &str =
    "def discount_of(price, percent):\n    reduced_part = price * percent / 100\n    return price - reduced_part\n";
const TWO: &str =
    "def tax_of(net_price, rate):\n    tax_part = net_price * rate / 100\n    return net_price + tax_part\n";

/// What a session does.
enum Does<'a> {
    Writes(&'a str, &'a str),
    /// A file, what stands in it, and what is put there.
    Edits(&'a str, &'a str, &'a str),
    /// A command that ends well, and one that fails, with what each prints.
    Runs(&'a str, &'a str),
    Fails(&'a str, &'a str),
}
use Does::{Edits, Fails, Runs, Writes};

/// Seconds after the session began at which it did the step of this number; the result is there a second later.
fn second(step: usize) -> u64 {
    10 * (step as u64 + 1)
}

/// The transcript of a session of Claude Code that began at `start` and did these things.
fn session(sandbox: &Sandbox, id: &str, start: jiff::Timestamp, steps: &[Does]) {
    let mut lines = Vec::new();
    let mut line = |second: u64, kind: &str, message: Value| {
        let at = start + jiff::SignedDuration::from_secs(second.try_into().unwrap());
        let number = lines.len() + usize::from(id.as_bytes()[0]) * 1000;
        lines.push(json!({"parentUuid": null, "isSidechain": false, "userType": "external", "cwd": sandbox.root,
            "sessionId": id, "version": "2.1.30", "gitBranch": "main", "type": kind,
            "uuid": format!("00000000-0000-4000-8000-{number:012}"), "timestamp": format!("{at:.3}"), "message": message}));
    };
    line(0, "user", json!({"role": "user", "content": "Add what the shop needs"}));
    for (number, step) in steps.iter().enumerate() {
        let tool = format!("t-{}-{number}", &id[..4]);
        let (name, input, text, is_error) = match step {
            Writes(path, text) => {
                sandbox.write(path, text);
                let input = json!({"file_path": sandbox.root.join(path), "content": text});
                ("Write", input, "File created".to_owned(), false)
            }
            Edits(path, before, after) => {
                let text = fs::read_to_string(sandbox.root.join(path)).unwrap();
                sandbox.write(path, &text.replace(before, after));
                let input = json!({"file_path": sandbox.root.join(path), "old_string": before, "new_string": after});
                ("Edit", input, "The file was updated".to_owned(), false)
            }
            Runs(command, output) => ("Bash", json!({"command": command}), (*output).to_owned(), false),
            Fails(command, output) => ("Bash", json!({"command": command}), format!("Exit code 1\n{output}"), true),
        };
        let content = json!([{"type": "tool_use", "id": tool, "name": name, "input": input}]);
        let usage = json!({"input_tokens": 3, "output_tokens": 7});
        let call = json!({"id": format!("m-{tool}"), "role": "assistant", "model": "claude-test-1", "content": content, "usage": usage});
        line(second(number), "assistant", call);
        let result = json!([{"type": "tool_result", "tool_use_id": tool, "content": text, "is_error": is_error}]);
        line(second(number) + 1, "user", json!({"role": "user", "content": result}));
    }
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::create_dir_all(claude_folder(sandbox)).unwrap();
    fs::write(claude_folder(sandbox).join(format!("{id}.jsonl")), text).unwrap();
}

#[allow(clippy::disallowed_methods, reason = "times of files are real")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

fn start() -> jiff::Timestamp {
    "2026-01-02T03:10:00Z".parse().unwrap()
}

/// git, a few minutes after the session of [`start`] began.
fn git(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    let date = "2026-01-02T03:15:00Z";
    sandbox.git_with(&[("GIT_AUTHOR_DATE", date), ("GIT_COMMITTER_DATE", date)], arguments)
}

/// Each check of the commit with its result and the state that it ran on.
fn checks(sandbox: &Sandbox) -> Vec<String> {
    let record = sandbox.record("HEAD");
    let checks = record["contributions"][0]["checks"].as_array().cloned().unwrap_or_default();
    let word = |check: &Value, key: &str| check[key].as_str().unwrap_or_default().to_owned();
    let told = |check: &Value| format!("{} {} {}", word(check, "kind"), word(check, "result"), word(check, "state"));
    checks.iter().map(told).collect()
}

/// A repository with two files that nobody is to commit again.
fn with_files() -> Sandbox {
    let sandbox = Sandbox::ready();
    sandbox.write("base.py", "def base_of(value):\n    return value * 31337\n");
    sandbox.write("old.py", "YESTERDAY = 'an old constant'\n");
    sandbox.write("README.md", "Shop\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Files"]);
    sandbox
}

const PASSED: Does = Runs("pytest -q", "5 passed in 0.1s");

#[test]
fn a_check_that_failed_later_takes_the_word_back_from_those_of_its_kind() {
    for (name, steps, expected) in [
        ("passed", vec![PASSED], vec!["test passed committed"]),
        (
            "another run of tests failed later",
            vec![PASSED, Fails("pytest -q tests/slow", "1 failed in 2s")],
            vec!["test passed other-state", "test failed committed"],
        ),
        (
            "failed behind a pipe later",
            vec![PASSED, Runs("pytest -q tests/slow | tail -1", "1 failed in 2s")],
            vec!["test passed other-state", "test failed committed"],
        ),
        ("failed before", vec![Fails("pytest -q", "1 failed in 2s"), PASSED], vec!["test passed committed"]),
        (
            "another runner failed later",
            vec![PASSED, Fails("npx playwright test", "  1 failed\n  2 passed (3s)")],
            vec!["test passed committed", "test failed committed"],
        ),
        (
            "more failed later",
            vec![Runs("pytest -q tests/test_one.py", "2 passed in 0.1s"), Fails("pytest -q", "1 failed in 2s")],
            vec!["test passed committed", "test failed committed"],
        ),
        (
            "a linter failed later",
            vec![PASSED, Fails("ruff check .", "Found 2 errors.")],
            vec!["test passed committed", "lint failed committed"],
        ),
    ] {
        let sandbox = with_files();
        let all: Vec<Does> = std::iter::once(Writes("one.py", ONE)).chain(steps).collect();
        session(&sandbox, CLAUDE_ID, start(), &all);
        git(&sandbox, &["add", "one.py"]).good();
        git(&sandbox, &["commit", "-q", "-m", "Add one"]).good();
        assert_eq!(checks(&sandbox), expected, "{name}");
        let check: Value = serde_json::from_str(&sandbox.backstory(&["check", "--json", "HEAD~1..HEAD"]).out).unwrap();
        let is_verified = check["findings"].as_array().unwrap().iter().all(|row| row["rule"] != "verified");
        assert_eq!(is_verified, !expected.iter().any(|one| one.contains("other-state")), "{name}: {check}");
    }
}

#[test]
fn passed_is_not_told_where_a_file_that_a_command_wrote_is_not_in_the_commit() {
    let dep = "cat > dep.py <<'E'\nVALUE = 5\nE";
    for (name, command, comes_after, paths, expected) in [
        ("a here-document", dep, false, "one.py", "other-state"),
        ("a here-document after the test", dep, true, "one.py", "committed"),
        ("a here-document of a file of the commit", dep, false, "one.py dep.py", "committed"),
        ("sed", "sed -i s/31337/31338/ base.py", false, "one.py", "other-state"),
        ("a redirection", "echo VALUE=5 >> base.py", false, "one.py", "other-state"),
        ("git rm", "git rm -q --cached old.py && rm old.py", false, "one.py", "other-state"),
        ("mv", "mv old.py older.py", false, "one.py", "other-state"),
        (
            "a file that is removed again",
            "echo x > probe.py; python probe.py; rm probe.py",
            false,
            "one.py",
            "committed",
        ),
        ("a file elsewhere", "echo x > /tmp/probe.py", false, "one.py", "committed"),
        ("a log", "date > build.log", false, "one.py", "committed"),
        ("a text", "echo x >> README.md", false, "one.py", "committed"),
    ] {
        let sandbox = with_files();
        let mut steps = vec![Writes("one.py", ONE), Runs(command, ""), PASSED];
        if comes_after {
            steps.swap(1, 2);
        }
        session(&sandbox, CLAUDE_ID, start(), &steps);
        if paths.contains("dep.py") {
            sandbox.write("dep.py", "VALUE = 5\n");
        }
        git(&sandbox, &[&["add"][..], &paths.split(' ').collect::<Vec<_>>()].concat()).good();
        git(&sandbox, &["commit", "-q", "-m", "Add one"]).good();
        assert_eq!(checks(&sandbox), [format!("test passed {expected}")], "{name}");
    }
}

#[test]
fn edits_that_were_taken_back_before_a_check_are_none_that_the_commit_lacks() {
    let (old, new) = ("    return value * 31337", "    return value * 31338 + offset");
    let there = || Edits("base.py", old, new);
    let back = || Edits("base.py", new, old);
    for (name, steps, expected) in [
        ("before the check", vec![there(), back(), PASSED], "committed"),
        ("after the check", vec![there(), PASSED, back()], "other-state"),
        ("in part", vec![there(), Edits("base.py", " + offset", " + shift"), PASSED], "other-state"),
        ("there again", vec![there(), back(), there(), PASSED], "other-state"),
    ] {
        let sandbox = with_files();
        let all: Vec<Does> = std::iter::once(Writes("one.py", ONE)).chain(steps).collect();
        session(&sandbox, CLAUDE_ID, start(), &all);
        git(&sandbox, &["add", "one.py"]).good();
        git(&sandbox, &["commit", "-q", "-m", "Add one"]).good();
        assert_eq!(checks(&sandbox), [format!("test passed {expected}")], "{name}");
    }
}

#[test]
fn what_was_tested_before_only_its_base_moved_says_so() {
    let switch = |to: &'static str| Runs(to, "");
    for (name, steps, expected) in [
        ("a pull", vec![PASSED, Runs("git pull --rebase", "Updating 1a2b3c4..5d6e7f8")], "other-base"),
        ("a pull before it", vec![Runs("git pull --rebase", "Updating 1a2b3c4..5d6e7f8"), PASSED], "committed"),
        ("another branch", vec![PASSED, switch("git switch main")], "other-base"),
        ("a new branch", vec![PASSED, switch("git switch -c work")], "committed"),
        ("on another branch", vec![switch("git switch main"), PASSED, switch("git switch work")], "before-edit"),
        ("put back", vec![PASSED, switch("git checkout -- one.py")], "before-edit"),
        ("put away meanwhile", vec![switch("git stash"), PASSED, switch("git stash pop")], "before-edit"),
        ("a search for words", vec![PASSED, Runs("rg -n format src | head", "")], "committed"),
    ] {
        let sandbox = with_files();
        let all: Vec<Does> = std::iter::once(Writes("one.py", ONE)).chain(steps).collect();
        session(&sandbox, CLAUDE_ID, start(), &all);
        git(&sandbox, &["add", "one.py"]).good();
        git(&sandbox, &["commit", "-q", "-m", "Add one"]).good();
        assert_eq!(checks(&sandbox), [format!("test passed {expected}")], "{name}");
    }
}

/// Changes the work tree.
type Change = fn(&Sandbox);

#[test]
fn passed_is_not_told_where_the_work_tree_holds_other_files_than_the_commit() {
    let cases: [(&str, Change, &[&str], &str); 9] = [
        ("all of it", |_| (), &[], "committed"),
        ("changed by hand", |sandbox| drop(sandbox.write("base.py", "x = 1\n")), &[], "other-state"),
        ("removed by hand", |sandbox| fs::remove_file(sandbox.root.join("old.py")).unwrap(), &[], "other-state"),
        ("a file of the commit", |sandbox| drop(sandbox.write("one.py", &format!("{ONE}x = 1\n"))), &[], "other-state"),
        (
            "staged and left out",
            |sandbox| {
                sandbox.write("base.py", "x = 1\n");
                sandbox.git(&["add", "base.py"]);
            },
            &["--", "one.py"],
            "other-state",
        ),
        ("a text", |sandbox| drop(sandbox.write("README.md", "Other\n")), &[], "committed"),
        ("touched", |sandbox| drop(sandbox.write("old.py", "YESTERDAY = 'an old constant'\n")), &[], "committed"),
        ("not tracked", |sandbox| drop(sandbox.write("scratch.py", "x = 1\n")), &[], "committed"),
        (
            "left out on purpose",
            |sandbox| {
                sandbox.git(&["update-index", "--skip-worktree", "base.py"]);
                sandbox.write("base.py", "x = 1\n");
            },
            &[],
            "committed",
        ),
    ];
    for (name, change, paths, expected) in cases {
        let sandbox = with_files();
        session(&sandbox, CLAUDE_ID, start(), &[Writes("one.py", ONE), PASSED]);
        git(&sandbox, &["add", "one.py"]).good();
        change(&sandbox);
        git(&sandbox, &[&["commit", "-q", "-m", "Add one"], paths].concat()).good();
        let expected = [format!("test passed {expected}")];
        assert_eq!(checks(&sandbox), expected, "{name}");
        // Nobody can see it later, and what was known is kept.
        sandbox.git(&["reset", "-q", "--hard"]);
        sandbox.backstory(&["backfill", "HEAD"]).good();
        assert_eq!(checks(&sandbox), expected, "{name}, backfilled");
    }
}

#[test]
fn a_file_that_was_changed_after_the_check_was_not_tested_with() {
    for (seconds, expected) in [(-60_i64, "other-state"), (60, "committed")] {
        let sandbox = with_files();
        let now = now();
        let start = now - jiff::SignedDuration::from_secs(120);
        session(&sandbox, CLAUDE_ID, start, &[Writes("one.py", ONE), PASSED]);
        sandbox.git(&["add", "one.py"]);
        sandbox.write("base.py", "x = 1\n");
        let checked_at = start + jiff::SignedDuration::from_secs(second(1).try_into().unwrap());
        let changed_at = SystemTime::from(checked_at + jiff::SignedDuration::from_secs(seconds));
        fs::File::options().write(true).open(sandbox.root.join("base.py")).unwrap().set_modified(changed_at).unwrap();
        let date = format!("@{} +0000", now.as_second());
        let dates = [("GIT_AUTHOR_DATE", date.as_str()), ("GIT_COMMITTER_DATE", date.as_str())];
        sandbox.git_with(&dates, &["commit", "-q", "-m", "Add one"]).good();
        assert_eq!(checks(&sandbox), [format!("test passed {expected}")], "{seconds}");
    }
}

#[test]
fn what_verifies_less_than_it_looks_is_no_passed_test_of_the_commit() {
    for (command, output, expected) in [
        ("pytest -q", "5 passed in 0.1s", vec!["test passed committed"]),
        ("pytest --collect-only -q", "3 tests collected in 0.01s", vec![]),
        ("cargo test --no-run", "Finished `test` profile in 2s", vec![]),
        ("mvn -DskipTests verify", "BUILD SUCCESS", vec!["build passed committed"]),
        ("gradle build -x test", "BUILD SUCCESSFUL", vec!["build passed committed"]),
        ("go test -run '^$' ./...", "ok  \texample.com/a\t0.1s [no tests to run]", vec![]),
        ("npm run build", "done", vec!["build passed committed"]),
        ("ruff check other.py", "All checks passed!", vec![]),
        ("ruff check one.py", "All checks passed!", vec!["lint passed committed"]),
        ("cd tests && ruff check .", "All checks passed!", vec![]),
        ("npx eslint other.js", "", vec![]),
        ("mypy x.py", "Success: no issues found in 1 source file", vec![]),
        ("mypy .", "Success: no issues found in 9 source files", vec!["type-check passed committed"]),
        ("flake8 --exit-zero", "", vec!["lint not-seen committed"]),
        ("flake8 --exit-zero", "one.py:1:1: F401 unused", vec!["lint failed committed"]),
    ] {
        let sandbox = with_files();
        session(&sandbox, CLAUDE_ID, start(), &[Writes("one.py", ONE), Runs(command, output)]);
        git(&sandbox, &["add", "one.py"]).good();
        git(&sandbox, &["commit", "-q", "-m", "Add one"]).good();
        assert_eq!(checks(&sandbox), expected, "{command}");
    }
}

/// The findings of `doctor` on this subject that have an advice, each as `state: advice`.
fn found(sandbox: &Sandbox, subject: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(&sandbox.backstory(&["doctor", "--json"]).out).unwrap();
    let all = report["findings"].as_array().unwrap().clone();
    let of_it = all.into_iter().filter(|one| one["subject"] == subject);
    of_it.map(|one| format!("{}: {}", one["state"].as_str().unwrap(), one["advice"].as_str().unwrap_or("-"))).collect()
}

#[test]
fn doctor_names_the_commits_that_no_hook_saw_and_what_makes_their_records() {
    let ways: [(&str, Change); 5] = [
        ("hooks switched off", |sandbox| {
            drop(git(sandbox, &["-c", "core.hooksPath=", "commit", "-q", "-m", "Add one"]).good())
        }),
        ("a library", |sandbox| {
            let tree = sandbox.git(&["write-tree"]);
            let id = git(sandbox, &["commit-tree", tree.trim(), "-p", "HEAD", "-m", "Add one"]).good();
            sandbox.git(&["update-ref", "HEAD", id.trim()]);
        }),
        ("no post-commit", |sandbox| {
            let hook = sandbox.root.join(".git/hooks/post-commit");
            let away = sandbox.base().join("post-commit");
            fs::rename(&hook, &away).unwrap();
            git(sandbox, &["commit", "-q", "--no-verify", "-m", "Add one"]).good();
            fs::rename(&away, &hook).unwrap();
        }),
        ("while it was uninstalled", |sandbox| {
            sandbox.git(&["config", "user.signingkey", "none"]);
            git(sandbox, &["-c", "core.hooksPath=/nowhere", "commit", "-q", "-m", "Add one"]).good();
        }),
        ("am", |sandbox| {
            git(sandbox, &["-c", "core.hooksPath=", "commit", "-q", "-m", "Add one"]).good();
            let patch = sandbox.git(&["format-patch", "-1", "--stdout"]);
            fs::write(sandbox.base().join("patch"), patch).unwrap();
            sandbox.git(&["reset", "-q", "--hard", "HEAD~1"]);
            git(sandbox, &["-c", "core.hooksPath=", "am", "-q", "../patch"]).good();
        }),
    ];
    for (name, commit) in ways {
        let sandbox = with_files();
        session(&sandbox, CLAUDE_ID, start(), &[Writes("one.py", ONE), PASSED]);
        sandbox.git(&["add", "one.py"]);
        commit(&sandbox);
        assert_eq!(sandbox.note("HEAD"), None, "{name}");
        let id = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
        let found_now = found(&sandbox, "missing records");
        assert_eq!(found_now.len(), 1, "{name}");
        let command = found_now[0].split("run `backstory ").nth(1).unwrap().trim_end_matches('`').to_owned();
        assert!(
            found_now[0].starts_with("1 commit") && id.starts_with(command.trim_start_matches("backfill ")),
            "{found_now:?}"
        );
        // The next commit does not hide it.
        let two = CLAUDE_ID.replace("1111-2222", "1111-3333");
        session(&sandbox, &two, start() + jiff::SignedDuration::from_secs(600), &[Writes("two.py", TWO), PASSED]);
        sandbox.git(&["add", "two.py"]);
        let later = [("GIT_AUTHOR_DATE", "2026-01-02T03:25:00Z"), ("GIT_COMMITTER_DATE", "2026-01-02T03:25:00Z")];
        sandbox.git_with(&later, &["commit", "-q", "-m", "Add two"]).good();
        if sandbox.note("HEAD~1").is_none() {
            assert_eq!(found(&sandbox, "missing records"), found_now, "{name}");
        }
        sandbox.backstory(&command.split(' ').collect::<Vec<_>>()).good();
        assert_eq!(sandbox.record("HEAD~1")["contributions"][0]["session"], CLAUDE_ID, "{name}");
        assert_eq!(found(&sandbox, "missing records"), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn doctor_names_a_range_for_several_and_no_commit_that_is_nobodys_fault() {
    let sandbox = with_files();
    let without_hooks = ["-c", "core.hooksPath=", "commit", "-q", "-m"];
    session(&sandbox, CLAUDE_ID, start(), &[Writes("one.py", ONE), PASSED, Writes("two.py", TWO), PASSED]);
    sandbox.git(&["add", "one.py"]);
    git(&sandbox, &[&without_hooks[..], &["Add one"]].concat()).good();
    let first = sandbox.git(&["rev-parse", "--short=7", "HEAD"]).trim().to_owned();
    sandbox.git(&["add", "two.py"]);
    git(&sandbox, &[&without_hooks[..], &["Add two"]].concat()).good();
    // A person's own work is not missing.
    sandbox.write("three.py", "BY_HAND = 'nobody else'\n");
    sandbox.git(&["add", "three.py"]);
    git(&sandbox, &[&without_hooks[..], &["Add three"]].concat()).good();
    let said = found(&sandbox, "missing records");
    assert!(said[0].starts_with("2 commits") && said[0].contains(&format!("backfill {first}")), "{said:?}");
    assert!(said[0].ends_with("~1..HEAD`"), "{said:?}");
    sandbox.backstory(&["backfill", &format!("{first}~1..HEAD")]).good();
    assert_eq!(found(&sandbox, "missing records"), Vec::<String>::new());

    let cases: [(&str, Change); 5] = [
        ("an opt-out", |sandbox| {
            sandbox.git_with(&[("BACKSTORY", "0")], &["commit", "-q", "-m", "Add one"]).good();
        }),
        ("recording is off", |sandbox| {
            sandbox.git(&["-c", "core.hooksPath=", "commit", "-q", "-m", "Add one"]);
            sandbox.git(&["config", "backstory.enabled", "false"]);
        }),
        ("an ignored session", |sandbox| {
            sandbox.git(&["-c", "core.hooksPath=", "commit", "-q", "-m", "Add one"]);
            sandbox.write(".backstoryignore", &format!("session:{CLAUDE_ID}\n"));
        }),
        ("an ignored file", |sandbox| {
            sandbox.git(&["-c", "core.hooksPath=", "commit", "-q", "-m", "Add one"]);
            sandbox.write(".backstoryignore", "path:one.py\n");
        }),
        ("another author", |sandbox| {
            let author = "--author=Bo <bo@example.invalid>";
            sandbox.git(&["-c", "core.hooksPath=", "commit", "-q", author, "-m", "Add one"]);
        }),
    ];
    for (name, commit) in cases {
        let sandbox = with_files();
        session(&sandbox, CLAUDE_ID, start() - jiff::SignedDuration::from_secs(600), &[Writes("one.py", ONE), PASSED]);
        sandbox.git(&["add", "one.py"]);
        commit(&sandbox);
        assert_eq!(found(&sandbox, "missing records"), Vec::<String>::new(), "{name}");
    }

    // A first commit has none before it that a range could begin at.
    let sandbox = Sandbox::new();
    sandbox.backstory(&["init", "--share"]).good();
    session(&sandbox, CLAUDE_ID, start(), &[Writes("one.py", ONE), PASSED, Writes("two.py", TWO), PASSED]);
    for file in ["one.py", "two.py"] {
        sandbox.git(&["add", file]);
        git(&sandbox, &[&without_hooks[..], &["Add"]].concat()).good();
    }
    assert!(found(&sandbox, "missing records")[0].ends_with("run `backstory backfill main`"));
    sandbox.backstory(&["backfill", "main"]).good();
    assert_eq!(found(&sandbox, "missing records"), Vec::<String>::new());

    // What was there before `init` is told, and no problem.
    let sandbox = Sandbox::new();
    session(&sandbox, CLAUDE_ID, start(), &[Writes("one.py", ONE), PASSED]);
    sandbox.git(&["add", "-A"]);
    git(&sandbox, &["commit", "-q", "-m", "Add one"]).good();
    sandbox.backstory(&["init", "--share"]).good();
    assert_eq!(found(&sandbox, "missing records"), Vec::<String>::new());
    let earlier = found(&sandbox, "earlier records");
    assert!(earlier[0].starts_with("1 commit") && earlier[0].contains("`backstory backfill "), "{earlier:?}");
}

#[test]
fn a_symbolic_ref_in_place_of_the_notes_is_named_and_neither_followed_nor_waited_for() {
    for (name, target) in
        [("a branch", "refs/heads/main"), ("other notes", "refs/notes/other"), ("nothing", "refs/notes/gone")]
    {
        let sandbox = with_files();
        if target == "refs/notes/other" {
            sandbox.git(&["notes", "--ref", "other", "add", "-m", "{}", "HEAD"]);
        }
        let before = sandbox.try_git(&["rev-parse", "-q", "--verify", target]).out;
        sandbox.try_git(&["update-ref", "-d", "refs/notes/backstory"]);
        sandbox.git(&["symbolic-ref", "refs/notes/backstory", target]);
        session(&sandbox, CLAUDE_ID, start(), &[Writes("one.py", ONE), PASSED]);
        sandbox.git(&["add", "one.py"]);
        let ran = git(&sandbox, &["commit", "-q", "-m", "Add one"]);
        assert_eq!(ran.code, 0, "{name}: {ran:?}");
        // Who waits says at the end that others write all the time.
        let log = fs::read_to_string(sandbox.root.join(".git/backstory/log")).unwrap();
        assert!(log.contains("symbolic ref") && !log.contains("by others all the time"), "{name}: {log}");
        if target != "refs/heads/main" {
            assert_eq!(sandbox.try_git(&["rev-parse", "-q", "--verify", target]).out, before, "{name}");
        }
        let said = found(&sandbox, "notes");
        assert!(said.len() == 1 && said[0].contains(&format!("is a symbolic ref (to {target})")), "{name}: {said:?}");
        for command in [&["show", "HEAD"][..], &["describe", "HEAD~1..HEAD"], &["backfill", "HEAD"]] {
            let ran = sandbox.backstory(command);
            assert!(
                ran.err.contains("symbolic ref") || ran.out.contains("symbolic ref"),
                "{name}, {command:?}: {ran:?}"
            );
        }
        let command = said[0].split('`').nth(1).unwrap().to_owned();
        sandbox.git(&command.split(' ').skip(1).collect::<Vec<_>>());
        sandbox.backstory(&["backfill", "HEAD"]).good();
        assert_eq!(sandbox.record("HEAD")["contributions"][0]["session"], CLAUDE_ID, "{name}");
    }
}

#[test]
fn why_says_in_one_line_what_is_not_a_line_of_a_file() {
    let sandbox = with_files();
    fs::create_dir_all(sandbox.root.join("folder")).unwrap();
    sandbox.write("folder/a.py", "x = 1\n");
    for (place, said) in [
        (".:1", "the root of the repository is a folder"),
        ("folder:1", "folder is a folder"),
        ("./folder/:1", "folder is a folder"),
        ("..:1", "is outside the repository"),
        ("base.py:9", "base.py has no line 9: it has 2 lines"),
        ("base.py:0", "lines are counted from 1"),
        ("base.py:-1", "base.py:-1 is not a file of the working tree"),
        ("base.py:99999999999", "base.py:99999999999 is not a file of the working tree"),
        ("base.py:2-1", "ends before it begins"),
        (":1", "names no file"),
        ("folder/a.py:1", "folder/a.py is not tracked by git"),
    ] {
        let ran = sandbox.backstory(&["why", place]);
        assert_eq!(ran.code, 2, "{place}: {ran:?}");
        assert!(ran.err.contains(said) && ran.err.trim_end().lines().count() == 1, "{place}: {ran:?}");
    }
}

#[test]
fn forget_names_the_forks_of_a_session_before_it_changes_anything() {
    let sandbox = with_files();
    session(&sandbox, CLAUDE_ID, start(), &[Writes("one.py", ONE), PASSED]);
    sandbox.git(&["add", "one.py"]);
    git(&sandbox, &["commit", "-q", "-m", "Add one"]).good();
    // A fork repeats the messages under an id of its own.
    let fork = "99999999-2222-4333-8444-555555555555";
    let text = fs::read_to_string(claude_folder(&sandbox).join(format!("{CLAUDE_ID}.jsonl"))).unwrap();
    fs::write(claude_folder(&sandbox).join(format!("{fork}.jsonl")), text.replace(CLAUDE_ID, fork)).unwrap();
    let before = (sandbox.snapshot(), sandbox.git(&["for-each-ref"]));
    for whose in [["--session", CLAUDE_ID], ["--author", "test@example.invalid"]] {
        let ran = sandbox.backstory(&["forget", whose[0], whose[1], "--dry-run"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.out.contains(&format!("claude-code/{fork} repeats messages")), "{whose:?}: {ran:?}");
        assert_eq!((sandbox.snapshot(), sandbox.git(&["for-each-ref"])), before, "{whose:?}");
    }
    let ran = sandbox.backstory(&["forget", "--session", CLAUDE_ID]);
    assert!(ran.out.contains(&format!("claude-code/{fork} repeats messages")), "{ran:?}");
}
