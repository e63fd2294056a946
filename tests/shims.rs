//! The hook shims as git runs them, with a script in the place of the program: order, arguments, standard input and
//! exit status.

mod support;

use std::fs;

use support::{Sandbox, make_executable, run};

const PUSH: &str = "refs/heads/main 1111 refs/heads/main 0000\nrefs/heads/b 2222 refs/heads/b 0000\n";

/// A sandbox whose `hooks/` holds the shim, naming a program that writes down how it was called and ends with `code`.
fn with_shim(hook: &str, code: i32) -> Sandbox {
    let sandbox = Sandbox::named("it's a place");
    let program = sandbox.script("bin/program", &format!("shift; echo \"ours: $*\" >>log; cat >>log; exit {code}"));
    let shim =
        fs::read_to_string(format!("{}/hooks/{hook}", env!("CARGO_MANIFEST_DIR"))).expect("the shims are in hooks/");
    let quoted = program.display().to_string().replace('\'', r"'\''");
    let path = sandbox.write(
        &format!("hooks/{hook}"),
        &shim.replace("\nbackstory=backstory\n", &format!("\nbackstory='{quoted}'\n")),
    );
    make_executable(&path);
    sandbox
}

fn call(sandbox: &Sandbox, hook: &str, arguments: &[&str], input: &str) -> (i32, String) {
    let ran = run(sandbox.command(sandbox.root.join("hooks").join(hook)).args(arguments), input);
    (ran.code, fs::read_to_string(sandbox.root.join("log")).unwrap_or_default() + &ran.err)
}

#[test]
fn the_hook_from_before_runs_first_and_its_failure_stops() {
    let sandbox = with_shim("commit-msg", 0);
    sandbox.script("hooks/commit-msg.before-backstory", "echo \"before: $*\" >>log");
    assert_eq!(
        call(&sandbox, "commit-msg", &["a message"], ""),
        (0, "before: a message\nours: commit-msg a message\n".into())
    );
    sandbox.script("hooks/commit-msg.before-backstory", "exit 9");
    fs::remove_file(sandbox.root.join("log")).unwrap();
    assert_eq!(call(&sandbox, "commit-msg", &["m"], ""), (9, String::new()));
}

#[test]
fn only_an_end_with_1_stops_a_commit() {
    for (ours, expected) in [(0, 0), (1, 1), (2, 0), (3, 0), (101, 0), (127, 0), (139, 0)] {
        for hook in ["commit-msg", "post-rewrite", "pre-push"] {
            assert_eq!(call(&with_shim(hook, ours), hook, &[], "").0, expected, "{hook} {ours}");
        }
        // git passes over it whatever it is, and the shim becomes the program.
        assert_eq!(call(&with_shim("post-commit", ours), "post-commit", &[], "").0, ours, "post-commit {ours}");
    }
}

#[test]
fn what_git_writes_reaches_both() {
    for hook in ["pre-push", "post-rewrite"] {
        let alone = with_shim(hook, 0);
        assert_eq!(call(&alone, hook, &["origin"], PUSH), (0, format!("ours: {hook} origin\n{PUSH}")));
        let both = with_shim(hook, 0);
        both.script(&format!("hooks/{hook}.before-backstory"), "echo before >>log; cat >>log");
        let (before, ours) = (format!("before\n{PUSH}"), format!("ours: {hook} origin\n{PUSH}"));
        // Only what may refuse runs first.
        let in_order = if hook == "pre-push" { before + &ours } else { ours + &before };
        assert_eq!(call(&both, hook, &["origin"], PUSH), (0, in_order));
        fs::remove_file(both.root.join("log")).unwrap();
        let (before, ours) = ("before\n".to_owned(), format!("ours: {hook}\n"));
        let in_order = if hook == "pre-push" { before + &ours } else { ours + &before };
        assert_eq!(call(&both, hook, &[], ""), (0, in_order));
    }
}

#[test]
fn a_hook_from_before_whose_end_git_passes_over_costs_no_record() {
    for hook in ["post-commit", "post-rewrite"] {
        for (case, script, expected) in [
            ("fails", "exit 9", Some(9)),
            ("refuses", "exit 1", Some(1)),
            ("kills itself", "kill -9 $$", Some(137)),
            ("kills the shim", "kill -9 $PPID", None),
            ("names a program that is not there", "exec /nowhere/git-lfs \"$@\"", Some(127)),
        ] {
            let sandbox = with_shim(hook, 0);
            sandbox.script(&format!("hooks/{hook}.before-backstory"), script);
            let (code, log) = call(&sandbox, hook, &["x"], PUSH);
            assert!(log.starts_with(&format!("ours: {hook} x\n")), "{hook} {case}: {log}");
            assert!(expected.is_none_or(|expected| expected == code), "{hook} {case}: {code}");
        }
    }
    // What may refuse does.
    for hook in ["commit-msg", "pre-push"] {
        let sandbox = with_shim(hook, 0);
        sandbox.script(&format!("hooks/{hook}.before-backstory"), "exit 9");
        assert_eq!(call(&sandbox, hook, &["x"], PUSH), (9, String::new()), "{hook}");
    }
}

#[test]
fn what_was_there_before_runs_without_the_program_and_with_backstory_0() {
    for hook in ["commit-msg", "post-commit", "post-rewrite", "pre-push"] {
        for without_program in [true, false] {
            let sandbox = with_shim(hook, 0);
            sandbox.script(&format!("hooks/{hook}.before-backstory"), "echo before >>log; exit 3");
            let mut command = sandbox.command(sandbox.root.join("hooks").join(hook));
            if without_program {
                fs::remove_file(sandbox.root.join("bin/program")).unwrap();
            } else {
                command.env("BACKSTORY", "0");
            }
            let ran = run(command.arg("x"), PUSH);
            assert_eq!((ran.code, ran.err.as_str()), (3, ""), "{hook}");
            // After a commit the program writes down that nothing of it was to be recorded.
            let is_told = !without_program && matches!(hook, "post-commit" | "post-rewrite");
            let expected = if is_told { format!("ours: {hook} x\n{PUSH}before\n") } else { "before\n".into() };
            assert_eq!(sandbox.read("log"), expected, "{hook}");
        }
    }
}

#[test]
fn a_hook_from_before_that_reads_nothing_is_no_trouble() {
    let sandbox = with_shim("pre-push", 0);
    sandbox.script("hooks/pre-push.before-backstory", "exit 0");
    let long = "refs/heads/a 1111 refs/heads/a 0000\n".repeat(5000);
    let (code, log) = call(&sandbox, "pre-push", &[], &long);
    assert_eq!(code, 0);
    assert!(log == format!("ours: pre-push\n{long}"), "{}", log.len());
}

#[test]
fn a_program_that_is_gone_is_no_trouble() {
    for hook in ["commit-msg", "post-commit", "post-rewrite", "pre-push"] {
        let sandbox = with_shim(hook, 1);
        fs::remove_file(sandbox.root.join("bin/program")).unwrap();
        assert_eq!(call(&sandbox, hook, &["x"], PUSH), (0, String::new()), "{hook}");
    }
}

#[test]
fn a_program_that_moved_is_found_in_the_path() {
    let sandbox = with_shim("commit-msg", 0);
    fs::rename(sandbox.root.join("bin/program"), sandbox.root.join("bin/backstory")).unwrap();
    let mut command = sandbox.command(sandbox.root.join("hooks/commit-msg"));
    command.env("PATH", format!("{}:/usr/bin:/bin", sandbox.root.join("bin").display()));
    assert_eq!(run(command.arg("m"), "").code, 0);
    assert_eq!(sandbox.read("log"), "ours: commit-msg m\n");
}

#[test]
fn backstory_0_starts_what_lists_the_commit_and_nothing_else() {
    for (hook, is_started) in
        [("commit-msg", false), ("post-commit", true), ("post-rewrite", true), ("pre-push", false)]
    {
        let sandbox = with_shim(hook, if is_started { 0 } else { 1 });
        let ran = run(sandbox.command(sandbox.root.join("hooks").join(hook)).env("BACKSTORY", "0"), "");
        assert_eq!(ran.code, 0, "{hook}");
        assert_eq!(sandbox.root.join("log").exists(), is_started, "{hook}");
    }
}

#[test]
fn a_shim_that_pre_commit_moved_does_not_run_pre_commit_again() {
    let sandbox = with_shim("commit-msg", 0);
    fs::rename(sandbox.root.join("hooks/commit-msg"), sandbox.root.join("hooks/commit-msg.legacy")).unwrap();
    sandbox.script(
        "hooks/commit-msg.before-backstory",
        "# File generated by pre-commit: https://pre-commit.com\necho again >>log; exit 1",
    );
    assert_eq!(call(&sandbox, "commit-msg.legacy", &["m"], ""), (0, "ours: commit-msg m\n".into()));
    sandbox.script("hooks/commit-msg.before-backstory", "echo before >>log");
    fs::remove_file(sandbox.root.join("log")).unwrap();
    assert_eq!(call(&sandbox, "commit-msg.legacy", &["m"], ""), (0, "before\nours: commit-msg m\n".into()));
}

#[test]
fn every_shell_of_the_machine_runs_the_shims() {
    for shell in ["dash", "bash", "busybox"] {
        let sandbox = with_shim("pre-push", 0);
        sandbox.script("hooks/pre-push.before-backstory", "cat >/dev/null");
        if run(sandbox.command("sh").args(["-c", &format!("command -v {shell}")]), "").code != 0 {
            continue;
        }
        let mut command = sandbox.command(shell);
        if shell == "busybox" {
            command.arg("sh");
        }
        let ran = run(command.arg(sandbox.root.join("hooks/pre-push")).arg("origin"), PUSH);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{shell}");
        assert_eq!(sandbox.read("log"), format!("ours: pre-push origin\n{PUSH}"), "{shell}");
    }
}

#[test]
fn git_runs_them_on_commit_amend_and_push() {
    let sandbox = with_shim("commit-msg", 0);
    for hook in ["post-commit", "post-rewrite", "pre-push"] {
        let shim = sandbox.read("hooks/commit-msg").replace("commit-msg", hook);
        sandbox.script(&format!("hooks/{hook}"), shim.trim_start_matches("#!/bin/sh\n"));
    }
    sandbox.git(&["config", "core.hooksPath", "hooks"]);
    sandbox.git(&["init", "-q", "--bare", "../remote.git"]);
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "first"]);
    sandbox.git(&["commit", "-q", "--allow-empty", "--amend", "-m", "second"]);
    sandbox.git(&["push", "-q", "../remote.git", "HEAD:refs/heads/main"]);
    let log = sandbox.read("log");
    let ours: Vec<&str> = log.lines().filter_map(|line| line.strip_prefix("ours: ")).collect();
    assert_eq!(
        ours,
        [
            "commit-msg .git/COMMIT_EDITMSG",
            "post-commit",
            "commit-msg .git/COMMIT_EDITMSG",
            "post-commit",
            "post-rewrite amend",
            "pre-push ../remote.git ../remote.git",
        ]
    );
}

#[test]
fn an_end_with_1_stops_the_commit_in_git_too() {
    let sandbox = with_shim("commit-msg", 1);
    sandbox.git(&["config", "core.hooksPath", "hooks"]);
    assert_ne!(sandbox.try_git(&["commit", "-q", "--allow-empty", "-m", "first"]).code, 0);
}
