//! Settings as git itself sees them, and those of a team wherever its files are: what keeps something in holds.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::fs;

use support::agents::{CART, CLAUDE_ID, TAX, claude, codex};
use support::{PROGRAM, Ran, Sandbox, run};

/// A repository with hooks that share, a bare remote, and a session that wrote `cart.py`; the file is staged.
fn ready() -> Sandbox {
    let sandbox = Sandbox::ready();
    sandbox.git(&["init", "-q", "--bare", "-b", "main", "../hub.git"]);
    sandbox.git(&["remote", "add", "origin", "../hub.git"]);
    claude(&sandbox);
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "cart.py"]);
    sandbox
}

fn hub_notes(sandbox: &Sandbox) -> Vec<String> {
    let ran = sandbox.try_git(&["-C", "../hub.git", "notes", "--ref", "backstory", "list"]);
    let notes = ran.out.lines().filter_map(|line| line.split(' ').next().map(str::to_owned));
    notes.map(|note| sandbox.git(&["-C", "../hub.git", "cat-file", "-p", &note])).collect()
}

/// One way in which git is told a setting.
struct Way {
    name: &'static str,
    variables: Vec<(&'static str, String)>,
    arguments: Vec<String>,
}

/// Every way to give git `key = value`, in files of the sandbox.
fn ways(sandbox: &Sandbox, key: &str, value: &str) -> Vec<Way> {
    let (section, name) = key.split_once('.').unwrap();
    let lines = format!("[{section}]\n\t{name} = {value}\n");
    let own = fs::read_to_string(sandbox.home.join(".gitconfig")).unwrap();
    let file = |name: &str, text: &str| {
        fs::write(sandbox.home.join(name), text).unwrap();
        sandbox.home.join(name).display().to_string()
    };
    let included = file("included", &lines);
    let global = |name: &str, text: &str| vec![("GIT_CONFIG_GLOBAL", file(name, &format!("{own}{text}")))];
    let of_variables = |name, variables| Way { name, variables, arguments: Vec::new() };
    let counted = vec![
        ("GIT_CONFIG_COUNT", "1".to_owned()),
        ("GIT_CONFIG_KEY_0", key.to_owned()),
        ("GIT_CONFIG_VALUE_0", value.to_owned()),
    ];
    let system = vec![("GIT_CONFIG_SYSTEM", file("system", &lines)), ("GIT_CONFIG_NOSYSTEM", "0".to_owned())];
    let under = |condition: &str| format!("[includeIf \"{condition}\"]\n\tpath = {included}\n");
    vec![
        Way { name: "-c", variables: Vec::new(), arguments: vec!["-c".to_owned(), format!("{key}={value}")] },
        of_variables("GIT_CONFIG_COUNT", counted),
        of_variables("GIT_CONFIG_GLOBAL", global("global", &lines)),
        of_variables("GIT_CONFIG_SYSTEM", system),
        of_variables("include", global("plain", &format!("[include]\n\tpath = {included}\n"))),
        of_variables("gitdir", global("gitdir", &under("gitdir:**/repository/"))),
        of_variables("onbranch", global("onbranch", &under("onbranch:ma*"))),
        of_variables("hasconfig", global("hasconfig", &under("hasconfig:remote.*.url:../hub*"))),
    ]
}

fn git(sandbox: &Sandbox, way: &Way, arguments: &[&str]) -> Ran {
    let mut command = sandbox.command("git");
    command.envs(way.variables.iter().map(|(name, value)| (*name, value.as_str())));
    run(command.args(&way.arguments).args(arguments), "")
}

#[test]
fn an_opt_out_holds_wherever_git_reads_it() {
    let sandbox = ready();
    for way in ways(&sandbox, "backstory.enabled", "false") {
        assert_eq!(git(&sandbox, &way, &["config", "--get", "backstory.enabled"]).good(), "false\n", "{}", way.name);
        let ran = git(&sandbox, &way, &["commit", "-q", "-m", "Cart"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", way.name);
        assert_eq!((sandbox.message("HEAD"), sandbox.note("HEAD")), ("Cart".to_owned(), None), "{}", way.name);
        sandbox.git(&["-c", "core.hooksPath=/dev/null", "reset", "-q", "--soft", "HEAD~"]);
    }
    sandbox.git(&["commit", "-q", "-m", "Cart"]);
    assert!(sandbox.note("HEAD").unwrap().contains(CLAUDE_ID));
}

#[test]
fn sharing_is_off_wherever_git_reads_it() {
    let sandbox = ready();
    sandbox.git(&["config", "--unset", "backstory.sharing"]);
    sandbox.write(".backstory.yml", "timeout_ms: 60000\nsharing: notes\n");
    sandbox.git(&["commit", "-q", "-a", "-m", "Cart"]);
    for way in ways(&sandbox, "backstory.sharing", "local") {
        let ran = git(&sandbox, &way, &["push", "-q", "origin", "main"]);
        assert_eq!((ran.code, hub_notes(&sandbox).len()), (0, 0), "{}: {ran:?}", way.name);
    }
    sandbox.git(&["push", "-q", "origin", "main"]);
    assert_eq!(hub_notes(&sandbox).len(), 1);
}

#[test]
fn only_yes_in_the_variable_records() {
    for (value, is_recorded) in [
        ("1", true),
        ("Yes", true),
        ("", true),
        ("n", false),
        ("00", false),
        (" 0", false),
        ("false", false),
        ("x", false),
    ] {
        let sandbox = ready();
        sandbox.git_with(&[("BACKSTORY", value)], &["commit", "-q", "-m", "Cart"]).good();
        assert_eq!(sandbox.note("HEAD").is_some(), is_recorded, "{value:?}");
    }
}

#[test]
fn where_git_does_not_tell_its_settings_nothing_is_recorded_now_or_later() {
    let sandbox = ready();
    sandbox.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "Cart"]);
    let mut command = sandbox.command(PROGRAM);
    command.args(["hook", "post-commit"]).env("PATH", "/nonexistent").env("GIT_CONFIG_COUNT", "0");
    let ran = run(&mut command, "");
    assert_eq!(ran.code, 0);
    assert!(ran.err.contains("git cannot be started to ask for its settings"), "{ran:?}");
    assert_eq!(sandbox.note("HEAD"), None);
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "Next"]);
    assert_eq!(sandbox.note("HEAD~"), None);
}

#[test]
fn backfill_and_export_heed_an_opt_out_and_what_they_cannot_understand() {
    let sandbox = ready();
    sandbox.git(&["commit", "-q", "-m", "Cart"]);
    for (key, command) in [
        ("backstory.enabled", &["backfill", "HEAD"][..]),
        ("backstory.enabled", &["export", "HEAD", "--format", "record", "--out", "out"]),
        ("backstory.training", &["export", "HEAD", "--format", "record", "--out", "out"]),
    ] {
        for value in ["false", "perhaps"] {
            let variables = [("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", key), ("GIT_CONFIG_VALUE_0", value)];
            let ran = run(sandbox.command(PROGRAM).args(command).envs(variables), "");
            assert!(ran.code == 2 && ran.err.contains(" off "), "{key} = {value}: {ran:?}");
        }
    }
}

#[test]
fn hooks_go_where_git_looks_for_them_however_it_was_told() {
    for variables in [
        vec![("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "core.hooksPath"), ("GIT_CONFIG_VALUE_0", ".githooks")],
        vec![("GIT_CONFIG_GLOBAL", "FILE")],
    ] {
        let sandbox = Sandbox::new();
        let file = sandbox.home.join("other");
        fs::write(&file, "[core]\n\thooksPath = .githooks\n[user]\n\tname = T\n\temail = t@example.org\n").unwrap();
        let file = file.display().to_string();
        let variables: Vec<(&str, &str)> = variables
            .iter()
            .map(|(name, value)| (*name, if *value == "FILE" { file.as_str() } else { value }))
            .collect();
        let ours = |arguments: &[&str]| run(sandbox.command(PROGRAM).envs(variables.clone()).args(arguments), "");
        ours(&["init"]).good();
        assert!(
            sandbox.root.join(".githooks/post-commit").exists()
                && !sandbox.root.join(".git/hooks/post-commit").exists()
        );
        let said = ours(&["doctor"]).good();
        assert!(said.contains("(core.hooksPath = .githooks)") && said.contains("hook pre-push: installed"), "{said}");
        // A shell without these variables has no hooks, and is told so.
        assert!(sandbox.backstory(&["doctor"]).out.contains("hook pre-push: missing"));
        ours(&["uninstall"]).good();
        assert!(!sandbox.root.join(".githooks").exists());
    }
}

#[test]
fn the_mark_of_comments_is_the_one_that_git_was_told() {
    for way in ["-c", "GIT_CONFIG_COUNT", "GIT_CONFIG_GLOBAL"] {
        let sandbox = ready();
        let way = ways(&sandbox, "core.commentChar", "%").into_iter().find(|one| one.name == way).unwrap();
        fs::write(sandbox.home.join("template"), "Cart\n").unwrap();
        let template = sandbox.home.join("template").display().to_string();
        let editor =
            Way { variables: [way.variables.clone(), vec![("GIT_EDITOR", "true".to_owned())]].concat(), ..way };
        git(&sandbox, &editor, &["commit", "-q", "-v", "-t", &template, "--allow-empty-message", "-e", "-m", "Cart"]);
        assert!(
            sandbox.message("HEAD").contains("Backstory-Session: "),
            "{}: {}",
            editor.name,
            sandbox.message("HEAD")
        );
    }
}

/// `main` with these files committed and pushed, and an older commit `old` that lacks them.
fn with_team_files(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = ready();
    sandbox.git(&["rm", "-q", "--cached", "cart.py"]);
    sandbox.git(&["rm", "-q", ".backstory.yml"]);
    sandbox.git(&["commit", "-q", "--no-verify", "-m", "Without settings"]);
    sandbox.git(&["tag", "old"]);
    for (name, text) in files {
        sandbox.write(name, text);
        sandbox.git(&["add", name]);
    }
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "Settings of the team"]);
    sandbox.git(&["push", "-q", "--no-verify", "-u", "origin", "main"]);
    sandbox
}

fn commit_cart(sandbox: &Sandbox) {
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "cart.py"]);
    sandbox.git(&["commit", "-q", "-m", "Cart"]);
}

const LOCAL: &[(&str, &str)] = &[(".backstory.yml", "sharing: local\n")];

#[test]
fn a_team_that_keeps_its_records_keeps_them_where_its_file_is_not_on_disk() {
    for (name, steps, pushed) in [
        ("an older branch", &[&["checkout", "-q", "-b", "hotfix", "old"][..]][..], "hotfix"),
        ("the file was deleted here", &[], "main"),
        ("a detached head", &[&["checkout", "-q", "--detach", "old"]], "HEAD:refs/heads/hotfix"),
        ("a sparse checkout", &[&["sparse-checkout", "set", "--no-cone", "/cart.py"]], "main"),
        ("removed from the index", &[&["rm", "-q", "--cached", ".backstory.yml"]], "main"),
    ] {
        let sandbox = with_team_files(LOCAL);
        for step in steps {
            sandbox.git(step);
        }
        let _ = fs::remove_file(sandbox.root.join(".backstory.yml"));
        commit_cart(&sandbox);
        assert!(sandbox.note("HEAD").is_some(), "{name}");
        let ran = sandbox.try_git(&["push", "-q", "origin", pushed]);
        assert_eq!((ran.code, hub_notes(&sandbox).len()), (0, 0), "{name}: {ran:?}");
    }
}

#[test]
fn a_push_of_another_branch_heeds_the_file_of_that_branch_and_of_the_default_branch() {
    // What is checked out knows nothing of it.
    let sandbox = with_team_files(&[]);
    sandbox.write(".backstory.yml", "sharing: local\n");
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Cart, kept"]);
    sandbox.git(&["branch", "kept"]);
    sandbox.git(&["reset", "-q", "--hard", "old"]);
    sandbox.git(&["push", "-q", "origin", "kept"]);
    assert_eq!(hub_notes(&sandbox).len(), 0);

    // The default branch here is ahead of what the remote has, and says so.
    let sandbox = with_team_files(&[]);
    sandbox.write(".backstory.yml", "sharing: local\n");
    sandbox.git(&["add", ".backstory.yml"]);
    sandbox.git(&["commit", "-q", "-m", "Keep them"]);
    sandbox.git(&["checkout", "-q", "-b", "hotfix", "old"]);
    commit_cart(&sandbox);
    sandbox.git(&["push", "-q", "origin", "hotfix"]);
    assert_eq!(hub_notes(&sandbox).len(), 0);

    // In a worktree of an older commit.
    let sandbox = with_team_files(LOCAL);
    let mut side = sandbox.command("git");
    side.args(["worktree", "add", "-q", "-b", "side", "../side", "old"]);
    run(&mut side, "").good();
    let side = sandbox.base().join("side");
    fs::write(side.join("cart.py"), CART).unwrap();
    for arguments in [&["add", "cart.py"][..], &["commit", "-q", "-m", "Cart"], &["push", "-q", "origin", "side"]] {
        run(sandbox.command("git").current_dir(&side).args(arguments), "").good();
    }
    assert_eq!(hub_notes(&sandbox).len(), 0);
}

#[test]
fn a_decision_to_share_counts_on_the_default_branch_and_not_on_any_other() {
    let sandbox = with_team_files(&[]);
    sandbox.git(&["config", "--unset", "backstory.sharing"]);
    sandbox.git(&["checkout", "-q", "-b", "theirs"]);
    sandbox.write(".backstory.yml", "timeout_ms: 60000\nsharing: notes\n");
    sandbox.git(&["add", ".backstory.yml"]);
    commit_cart(&sandbox);
    sandbox.git(&["push", "-q", "origin", "theirs"]);
    assert_eq!(hub_notes(&sandbox).len(), 0);
    let said = sandbox.backstory(&["doctor"]);
    assert!(said.out.contains("counts once it is committed to the default branch"), "{said:?}");
    // Who may push it there decides so.
    sandbox.git(&["push", "-q", "origin", "theirs:main"]);
    assert_eq!(hub_notes(&sandbox).len(), 1);
    sandbox.git(&["checkout", "-q", "-b", "later", "old"]);
    codex(&sandbox);
    sandbox.write("tax.py", TAX);
    sandbox.git(&["add", "tax.py"]);
    sandbox.git(&["commit", "-q", "-m", "Tax"]);
    sandbox.git(&["push", "-q", "origin", "later"]);
    assert_eq!(hub_notes(&sandbox).len(), 2);
}

#[test]
fn prompts_that_a_team_does_not_keep_are_not_kept_where_its_file_is_not_on_disk() {
    for (setting, first) in [("none", false), ("first-line", true)] {
        let sandbox = with_team_files(&[(".backstory.yml", &format!("prompts: {setting}\n"))]);
        sandbox.git(&["checkout", "-q", "-b", "hotfix", "old"]);
        commit_cart(&sandbox);
        let text = sandbox.note("HEAD").unwrap();
        assert_eq!(text.contains("divide by 100"), first, "{setting}: {text}");
    }
    // A record of a time when nothing was known of that is narrowed before it leaves.
    let sandbox = with_team_files(&[]);
    sandbox.git(&["checkout", "-q", "-b", "hotfix", "old"]);
    commit_cart(&sandbox);
    assert!(sandbox.note("HEAD").unwrap().contains("divide by 100"));
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write(".backstory.yml", "prompts: none\n");
    sandbox.git(&["add", ".backstory.yml"]);
    sandbox.git(&["commit", "-q", "-m", "Keep no prompts"]);
    sandbox.git(&["checkout", "-q", "hotfix"]);
    sandbox.git(&["push", "-q", "origin", "hotfix"]);
    let notes = hub_notes(&sandbox);
    assert!(notes.len() == 1 && !notes[0].contains("divide by 100") && notes[0].contains(CLAUDE_ID), "{notes:?}");
    let history = sandbox.git(&["-C", "../hub.git", "log", "-p", "refs/notes/backstory"]);
    assert!(!history.contains("divide by 100"), "{history}");
}

/// A commit of `hotfix` with a full record, of a time before `main` got `files`; `hotfix` is checked out.
fn recorded_before(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = with_team_files(&[]);
    sandbox.git(&["checkout", "-q", "-b", "hotfix", "old"]);
    commit_cart(&sandbox);
    assert!(sandbox.note("HEAD").unwrap().contains("divide by 100"));
    sandbox.git(&["checkout", "-q", "main"]);
    for (file, text) in files {
        sandbox.write(file, text);
        sandbox.git(&["add", file]);
    }
    sandbox.git(&["commit", "-q", "-m", "Settings of the team"]);
    sandbox.git(&["checkout", "-q", "hotfix"]);
    sandbox
}

const PATH: &str = r#""path":"cart.py""#;

/// Each setting that keeps less, and words that no record may hold then.
const KEEPS_LESS: &[(&str, &str, &str, &str)] = &[
    ("no prompts", ".backstory.yml", "prompts: none\n", "divide by 100"),
    ("a rule", ".backstory.yml", "redaction: {rules: [{kind: k, pattern: 'divide by \\d+'}]}\n", "divide by 100"),
    ("a path", ".backstory.yml", "ignore: ['*.py']\n", PATH),
    ("a path in the list", ".backstoryignore", "path:/cart.py\n", PATH),
    ("a session", ".backstoryignore", "session:11111111\n", "divide by 100"),
];

#[test]
fn every_record_that_leaves_is_narrowed_whatever_became_of_its_note() {
    let amend: &[&[&str]] = &[&["-c", "core.hooksPath=/dev/null", "commit", "-q", "--amend", "-m", "Other words"]];
    for (setting, file, text, words) in KEEPS_LESS {
        for (name, steps) in [
            ("as it was made", &[][..]),
            ("carried by git", amend),
            ("joined by git", &[&["-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", "Next"]]),
        ] {
            let sandbox = recorded_before(&[(file, text)]);
            let full = sandbox.note("HEAD").unwrap();
            for step in steps {
                sandbox.git(step);
            }
            if name == "joined by git" {
                // A record that says less, made for this commit, above the one of the other.
                let own = sandbox.git(&["rev-parse", "HEAD"]);
                let mut record: serde_json::Value = serde_json::from_str(&full).unwrap();
                record["commit"] = own.trim().into();
                record["contributions"][0]["prompts"] = serde_json::json!([]);
                let joined = format!("{record}\n\n{full}");
                sandbox.git(&["notes", "--ref", "backstory", "add", "-m", &joined, "HEAD"]);
            }
            assert!(sandbox.note("HEAD").unwrap().contains(words), "{setting}, {name}");
            let ran = sandbox.try_git(&["push", "-q", "origin", "hotfix"]);
            assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{setting}, {name}");
            let notes = hub_notes(&sandbox).concat();
            let history = match hub_notes(&sandbox).is_empty() {
                true => String::new(),
                false => sandbox.git(&["-C", "../hub.git", "log", "-p", "refs/notes/backstory"]),
            };
            assert!(!notes.contains(words) && !history.contains(words), "{setting}, {name}: {notes}");
            assert_eq!(notes.contains(CLAUDE_ID), *setting != "a session", "{setting}, {name}: {notes}");
        }
    }
}

#[test]
fn a_record_that_cannot_be_narrowed_stays_and_that_is_said() {
    for (name, note) in [
        ("of a later version", r#"{"backstory": 99, "prompts": ["divide by 100"]}"#),
        ("cut off", r#"{"backstory": 1, "prompts": ["divide by 100"#),
        ("of another program", "divide by 100"),
    ] {
        let sandbox = recorded_before(&[(".backstory.yml", "prompts: none\n")]);
        sandbox.git(&["notes", "--ref", "backstory", "add", "-f", "-m", note, "HEAD"]);
        let ran = sandbox.try_git(&["push", "-q", "origin", "hotfix"]);
        assert!(ran.code == 0 && ran.err.contains("whether it may be shared, so it is not"), "{name}: {ran:?}");
        assert_eq!(hub_notes(&sandbox).len(), 0, "{name}");
    }
}

#[test]
fn a_local_branch_that_is_usually_the_default_one_keeps_records_where_no_remote_has_one() {
    for (branch, setting, leaving) in [
        ("main", None, 0),
        ("master", None, 0),
        ("trunk", Some("trunk"), 0),
        ("other", None, 1),
        ("other", Some("trunk"), 1),
    ] {
        let sandbox = ready();
        sandbox.git(&["rm", "-q", "--cached", "cart.py"]);
        sandbox.git(&["tag", "old"]);
        sandbox.write(".backstory.yml", "sharing: local\n");
        sandbox.git(&["commit", "-q", "-a", "-m", "Keep them"]);
        sandbox.git(&["branch", "-q", "-m", branch]);
        if let Some(name) = setting {
            sandbox.git(&["config", "init.defaultBranch", name]);
        }
        sandbox.git(&["checkout", "-q", "-b", "hotfix", "old"]);
        commit_cart(&sandbox);
        sandbox.git(&["push", "-q", "origin", "hotfix"]);
        assert_eq!(hub_notes(&sandbox).len(), leaving, "{branch} {setting:?}");
    }
}

#[test]
fn an_export_has_nothing_that_is_not_kept_now() {
    for (setting, file, text, words) in KEEPS_LESS {
        let sandbox = recorded_before(&[(file, text)]);
        sandbox.git(&["push", "-q", "--no-verify", "origin", "main"]);
        for format in ["record", "sft"] {
            let out = format!("../out-{format}");
            let ran = sandbox.backstory(&["export", "--format", format, "--out", &out]);
            assert_eq!(ran.code, 0, "{setting}: {ran:?}");
            let rows = sandbox.exported(&out, format).replace('\\', "");
            assert!(!rows.contains(words), "{setting}: {rows}");
            assert!(*words != PATH || !rows.contains("b/cart.py"), "{setting}: {rows}");
            let manifest = fs::read_to_string(sandbox.root.join(&out).join("manifest.json")).unwrap();
            let is_said = manifest.contains("a session or an agent that is not to be recorded");
            assert_eq!(is_said, *setting == "a session", "{setting}: {manifest}");
        }
    }
    let sandbox = recorded_before(&[("x", "")]);
    let export = ["export", "--format", "record", "--out", "../out"];
    let ran = run(sandbox.command(PROGRAM).args(export).env("BACKSTORY", "0"), "");
    assert!(ran.code == 2 && ran.err.contains("BACKSTORY is off here, so nothing is exported"), "{ran:?}");
    assert!(!sandbox.base().join("out").exists());
    sandbox.backstory(&export).good();
    assert!(sandbox.exported("../out", "record").contains("divide by 100"));
}

#[test]
fn what_a_team_ignores_is_not_recorded_and_does_not_leave_where_its_list_is_not_on_disk() {
    for (name, files) in [
        ("a session", vec![(".backstoryignore", format!("session:{CLAUDE_ID} # not this one\n"))]),
        ("a short id", vec![(".backstoryignore", format!("session:{}\n", &CLAUDE_ID[..8]))]),
        ("an agent", vec![(".backstoryignore", "agent:claude-code\n".to_owned())]),
        ("a path", vec![(".backstory.yml", "ignore: ['cart.*']\n".to_owned())]),
    ] {
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let sandbox = with_team_files(&files);
        sandbox.git(&["checkout", "-q", "-b", "hotfix", "old"]);
        commit_cart(&sandbox);
        assert!(!sandbox.note("HEAD").unwrap_or_default().contains("divide by 100"), "{name}");

        let sandbox = with_team_files(&[]);
        sandbox.git(&["checkout", "-q", "-b", "hotfix", "old"]);
        commit_cart(&sandbox);
        assert!(sandbox.note("HEAD").unwrap().contains("divide by 100"), "{name}");
        sandbox.git(&["checkout", "-q", "main"]);
        for (file, text) in files {
            sandbox.write(file, text);
            sandbox.git(&["add", file]);
        }
        sandbox.git(&["commit", "-q", "-m", "Keep it out"]);
        sandbox.git(&["checkout", "-q", "hotfix"]);
        sandbox.git(&["push", "-q", "origin", "hotfix"]);
        let left = hub_notes(&sandbox).concat();
        assert!(!left.contains(r#""path":"cart.py""#), "{name}: {left}");
        assert!(name == "a path" || !left.contains(CLAUDE_ID), "{name}: {left}");
    }
}

#[test]
fn a_file_that_cannot_be_read_in_a_commit_restricts() {
    let sandbox = with_team_files(&[(".backstory.yml", "sharin: local\n")]);
    fs::remove_file(sandbox.root.join(".backstory.yml")).unwrap();
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "cart.py"]);
    let ran = sandbox.try_git(&["commit", "-q", "-m", "Cart"]);
    assert_eq!((ran.code, sandbox.note("HEAD")), (0, None));
    assert!(ran.err.contains("did you mean `sharing`?"), "{ran:?}");
    let ran = sandbox.backstory(&["doctor"]);
    assert!(ran.code == 1 && ran.out.contains("settings of the team"), "{ran:?}");
    // Once it can be read again, nothing was lost.
    sandbox.write(".backstory.yml", "timeout_ms: 60000\n");
    sandbox.git(&["add", ".backstory.yml"]);
    sandbox.git(&["commit", "-q", "-m", "Fix it"]);
    sandbox.git(&["push", "-q", "--no-verify", "origin", "main"]);
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "Next"]);
    assert!(sandbox.note("HEAD~2").unwrap().contains(CLAUDE_ID));
}

/// As root, a repository of another user: git trusts it where it was told so, in any way.
#[cfg(target_os = "linux")]
#[test]
fn a_repository_that_git_trusts_is_trusted() {
    use std::os::unix::fs::{MetadataExt, chown};

    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
        {
            eprintln!("skipped: only root can give a folder to another user");
        }
        return;
    }
    for way in ["-c", "GIT_CONFIG_COUNT", "GIT_CONFIG_GLOBAL", "star"] {
        let sandbox = ready();
        for path in [sandbox.root.clone(), sandbox.root.join(".git")] {
            chown(path, Some(12345), None).unwrap();
        }
        assert_eq!(sandbox.try_git(&["status"]).code, 128);
        let said = sandbox.backstory(&["doctor"]);
        assert!(said.code == 2 && said.err.contains("safe.directory"), "{said:?}");
        let value = match way {
            "star" => format!("{}/*", sandbox.base().display()),
            _ => sandbox.root.display().to_string(),
        };
        let name = if way == "star" { "GIT_CONFIG_GLOBAL" } else { way };
        let told = ways(&sandbox, "safe.directory", &value).into_iter().find(|one| one.name == name).unwrap();
        if git(&sandbox, &told, &["status"]).code != 0 {
            // git before 2.46 knows no star.
            continue;
        }
        git(&sandbox, &told, &["commit", "-q", "-m", "Cart"]).good();
        let note = git(&sandbox, &told, &["notes", "--ref", "backstory", "show", "HEAD"]);
        assert!(note.code == 0 && note.out.contains(CLAUDE_ID), "{way}: {note:?}");
    }
}
