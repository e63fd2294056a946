//! backstory under other managers of hooks, each as docs/hooks.md says and as the manager itself runs it: a commit gets its
//! trailers and its record, and goes on where the program is missing. The managers are those of `.ci/tools`.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::agents::{CART, CLAUDE_ID, claude};
use support::{PROGRAM, Ran, Sandbox, run};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A program that `.ci/tools` installs; `None`, with a line, where it was not run.
fn tool(name: &str) -> Option<PathBuf> {
    let tools = Path::new(ROOT).join("target/ci-tools");
    let places = ["venv/bin", "node/node_modules/.bin"].map(|folder| tools.join(folder).join(name));
    let found = places.into_iter().find(|path| path.exists());
    if found.is_none() {
        #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
        {
            eprintln!("skipped: {name} is not there; `.ci/tools` installs it");
        }
    }
    found
}

/// The fenced text behind a mark in docs/hooks.md.
fn recipe(mark: &str) -> String {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/hooks.md")).unwrap();
    let (_, rest) = text.split_once(&format!("<!-- {mark} -->\n```")).unwrap();
    let (_, rest) = rest.split_once('\n').unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// A repository with a session of an agent to be found, and none of our own hooks.
fn without_hooks() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(".backstory.yml", "timeout_ms: 60000\n");
    sandbox.backstory(&["init", "--no-hooks"]).good();
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Start"]);
    claude(&sandbox);
    sandbox
}

/// A command that finds backstory, or does not, and keeps the manager's own files in the sandbox.
fn command(sandbox: &Sandbox, program: impl AsRef<std::ffi::OsStr>, installed: bool) -> Command {
    let mut command = sandbox.command(program);
    let tools = Path::new(ROOT).join("target/ci-tools");
    let mut path = format!("{}:{}", tools.join("venv/bin").display(), tools.join("node/node_modules/.bin").display());
    if installed {
        path = format!("{}:{path}", Path::new(PROGRAM).parent().unwrap().display());
    }
    let before = command.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, value)| value).unwrap().to_owned();
    command
        .env("PATH", format!("{path}:{}", before.to_string_lossy()))
        .env("PRE_COMMIT_HOME", sandbox.home.join("pre-commit"))
        .env("PREK_HOME", sandbox.home.join("prek"));
    command
}

fn good(sandbox: &Sandbox, program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Ran {
    let ran = run(command(sandbox, program, true).args(arguments), "");
    assert_eq!(ran.code, 0, "{ran:?}");
    ran
}

/// Writes the manager's settings, as a commit of their own.
fn settings(sandbox: &Sandbox, path: &str, text: &str) {
    sandbox.write(path, text);
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Settings"]);
}

/// Commits with the program installed, then without.
fn commits_are_recorded_and_go_on(sandbox: &Sandbox) {
    sandbox.write("cart.py", CART);
    good(sandbox, "git", &["add", "-A"]);
    let ran = good(sandbox, "git", &["commit", "-m", "Add a discount"]);
    let trailers = format!("Assisted-by: Claude Code (claude-test-1)\nBackstory-Session: claude-code/{CLAUDE_ID}");
    assert_eq!(sandbox.message("HEAD"), format!("Add a discount\n\n{trailers}"), "{ran:?}");
    assert!(sandbox.note("HEAD").is_some(), "{ran:?}");
    assert_eq!(sandbox.record("HEAD")["contributions"][0]["session"], CLAUDE_ID);

    good(sandbox, "git", &["commit", "-q", "--amend", "-m", "Add a discount in percent"]);
    assert!(sandbox.note("HEAD").is_some(), "the record comes along");

    let missing = run(command(sandbox, "sh", false).args(["-c", "command -v backstory"]), "").code != 0;
    assert!(missing, "the test cannot take away a backstory that is installed on this machine");
    sandbox.write("other.py", "print(1)\n");
    run(command(sandbox, "git", false).args(["add", "-A"]), "").good();
    let ran = run(command(sandbox, "git", false).args(["commit", "-m", "Without it"]), "");
    assert_eq!((ran.code, sandbox.message("HEAD")), (0, "Without it".into()), "{ran:?}");
}

/// A copy of the manifest in a repository of its own, as a manager fetches it.
fn published(sandbox: &Sandbox) -> (PathBuf, String) {
    let folder = sandbox.base().join("published");
    fs::create_dir(&folder).unwrap();
    fs::copy(Path::new(ROOT).join(".pre-commit-hooks.yaml"), folder.join(".pre-commit-hooks.yaml")).unwrap();
    let there = folder.to_str().unwrap();
    sandbox.git(&["-C", there, "init", "-q", "-b", "main"]);
    sandbox.git(&["-C", there, "add", "-A"]);
    sandbox.git(&["-C", there, "commit", "-q", "-m", "Publish"]);
    let id = sandbox.git(&["-C", there, "rev-parse", "HEAD"]).trim().to_owned();
    (folder, id)
}

fn with_pre_commit_hooks(manager: &str) {
    let Some(program) = tool(manager) else { return };
    let sandbox = without_hooks();
    let (folder, id) = published(&sandbox);
    let config = recipe("pre-commit")
        .replace("https://github.com/OWNER/backstory", folder.to_str().unwrap())
        .replace(&format!("v{}", env!("CARGO_PKG_VERSION")), &id);
    assert!(config.contains(&id), "{config}");
    settings(&sandbox, ".pre-commit-config.yaml", &config);
    good(&sandbox, &program, &["install"]);
    commits_are_recorded_and_go_on(&sandbox);
}

#[test]
fn pre_commit_runs_our_hooks() {
    with_pre_commit_hooks("pre-commit");
}

#[test]
fn prek_runs_our_hooks() {
    with_pre_commit_hooks("prek");
}

#[test]
fn pre_commit_and_prek_take_our_manifest() {
    let sandbox = Sandbox::new();
    let manifest = Path::new(ROOT).join(".pre-commit-hooks.yaml");
    for manager in ["pre-commit", "prek"] {
        if let Some(program) = tool(manager) {
            good(&sandbox, program, &["validate-manifest", manifest.to_str().unwrap()]);
        }
    }
}

#[test]
fn pre_commit_beside_init_runs_both() {
    for manager in ["pre-commit", "prek"] {
        let Some(program) = tool(manager) else { continue };
        let sandbox = without_hooks();
        settings(
            &sandbox,
            ".pre-commit-config.yaml",
            "repos:\n  - repo: local\n    hooks:\n      - {id: theirs, name: theirs, language: system, stages: [commit-msg], \
             always_run: true, entry: sh -c 'echo >>theirs.log'}\n",
        );
        sandbox.write(".git/info/exclude", "theirs.log\n");
        sandbox.backstory(&["init"]).good();
        good(&sandbox, &program, &["install", "--hook-type", "commit-msg"]);
        sandbox.write("cart.py", CART);
        good(&sandbox, "git", &["add", "-A"]);
        let ran = good(&sandbox, "git", &["commit", "-m", "Add a discount"]);
        assert!(sandbox.message("HEAD").contains(CLAUDE_ID), "{ran:?}");
        assert!(sandbox.note("HEAD").is_some(), "{ran:?}");
        assert_eq!(sandbox.read("theirs.log").lines().count(), 1, "{ran:?}");
    }
}

#[test]
fn lefthook_runs_our_hooks() {
    let Some(program) = tool("lefthook") else { return };
    let sandbox = without_hooks();
    settings(&sandbox, "lefthook.yml", &recipe("lefthook"));
    good(&sandbox, &program, &["install"]);
    commits_are_recorded_and_go_on(&sandbox);
}

#[test]
fn husky_runs_our_hooks() {
    let Some(program) = tool("husky") else { return };
    let sandbox = without_hooks();
    for hook in ["commit-msg", "post-commit", "post-rewrite", "pre-push"] {
        settings(&sandbox, &format!(".husky/{hook}"), &recipe("husky").replace("commit-msg", hook));
    }
    good(&sandbox, &program, &[]);
    assert_eq!(sandbox.git(&["config", "core.hooksPath"]).trim(), ".husky/_");
    commits_are_recorded_and_go_on(&sandbox);
}

/// git hands the command to a shell with the hook's arguments behind it, as it does with an alias; a git before 2.54 does
/// not look for it, so the line is then run that way.
#[test]
fn the_command_for_gits_own_configuration_records_and_goes_on_without_the_program() {
    let sandbox = without_hooks();
    let hooks = ["commit-msg", "post-commit", "post-rewrite", "pre-push"];
    for hook in hooks {
        run(sandbox.command("sh").args(["-ec", &recipe("git").replace("commit-msg", hook)]), "").good();
    }
    let version = sandbox.git(&["version"]);
    let mut numbers = version.split(['.', ' ']).filter_map(|part| part.parse::<u32>().ok());
    let has_config_hooks = (numbers.next(), numbers.next()) >= (Some(2), Some(54));
    if !has_config_hooks {
        for hook in hooks {
            let line = sandbox.git(&["config", &format!("hook.backstory-{hook}.command")]).trim().to_owned();
            sandbox.script(&format!(".git/hooks/{hook}"), &format!("{line} \"$@\""));
        }
    }
    commits_are_recorded_and_go_on(&sandbox);
}
