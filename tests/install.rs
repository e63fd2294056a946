//! `init`, `uninstall` and `doctor` as a person runs them, in every kind of repository.

mod support;

use std::fs;
use std::os::unix::fs::symlink;

use support::{PROGRAM, Sandbox};

/// Init twice, then uninstall: every byte is as it was.
fn comes_and_goes(sandbox: &Sandbox, arguments: &[&str]) {
    let before = sandbox.snapshot();
    let init = [&["init"], arguments].concat();
    sandbox.backstory(&init).good();
    let once = sandbox.snapshot();
    assert_ne!(before, once);
    sandbox.backstory(&init).good();
    assert_eq!(once, sandbox.snapshot(), "a second init changes nothing");
    sandbox.write(".git/backstory/log", "what a hook had to say\n");
    sandbox.backstory(&["uninstall"]).good();
    assert_eq!(before, sandbox.snapshot(), "uninstall leaves every byte as it was");
}

#[test]
fn init_and_uninstall_leave_a_new_repository_as_it_was() {
    comes_and_goes(&Sandbox::new(), &[]);
    comes_and_goes(&Sandbox::named("a 'quoted' \"folder\" $HOME"), &[]);
    comes_and_goes(&Sandbox::new(), &["--share"]);
    comes_and_goes(&Sandbox::new(), &["--no-hooks"]);
    comes_and_goes(&Sandbox::new(), &["--github"]);
}

#[test]
fn init_github_writes_the_workflow_and_says_what_to_do_next() {
    let sandbox = Sandbox::new();
    sandbox.write(".github/CODEOWNERS", "* @someone\n");
    comes_and_goes(&sandbox, &["--github"]);
    let out = sandbox.backstory(&["init", "--github"]).good();
    assert!(out.contains("  .github/workflows/backstory.yml: written"), "{out}");
    assert!(out.contains("Next: commit .github/workflows/backstory.yml and push it"), "{out}");
    assert!(sandbox.read(".github/workflows/backstory.yml").contains("\non: pull_request\n"));
    let out = sandbox.backstory(&["init", "--github", "--local"]).good();
    assert!(out.contains("backstory.yml: was there") && out.contains("trailers only"), "{out}");
}

#[test]
fn init_mcp_adds_the_server_beside_what_is_there_and_uninstall_takes_it_back() {
    let all = ["--mcp", "claude-code,codex,copilot", "gemini", "opencode", "cursor", "qwen", "--write"];
    comes_and_goes(&Sandbox::new(), &all);
    let sandbox = Sandbox::new();
    sandbox.write(".mcp.json", "{\n  // ours\n  \"mcpServers\": {\n    \"other\": { \"command\": \"x\" }\n  }\n}");
    sandbox.write(".codex/config.toml", "model = \"m\" # ours");
    sandbox.write("opencode.jsonc", "{ /* ours */ }");
    comes_and_goes(&sandbox, &all);
    let before = sandbox.snapshot();
    let shown = sandbox.backstory(&["init", "--mcp"]).good();
    assert_eq!(before, sandbox.snapshot(), "nothing is written unless it is said");
    for words in
        [".mcp.json (Claude Code) would get this after line 3", "[mcp_servers.backstory]", "Nothing was written"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("// ours") && !shown.contains("other"), "what is theirs is not printed: {shown}");
    sandbox.backstory(&["init", "--mcp", "claude-code", "codex", "opencode", "--write"]).good();
    let json = sandbox.read(".mcp.json");
    assert!(json.contains("// ours") && json.contains("\"other\"") && json.matches("backstory").count() == 2, "{json}");
    assert!(sandbox.read("opencode.jsonc").contains("\"backstory\"") && !sandbox.root.join("opencode.json").exists());
    let again = sandbox.backstory(&["init", "--mcp", "claude-code", "--write"]).good();
    assert!(again.contains("has a server of this name already"), "{again}");
    // Somebody adds another server beside ours.
    sandbox.write(".mcp.json", &json.replace("\"mcpServers\": {", "\"mcpServers\": {\n    \"third\": {},"));
    sandbox.backstory(&["init", "--local"]).good();
    sandbox.backstory(&["uninstall"]).good();
    let json = sandbox.read(".mcp.json");
    assert!(json.contains("third") && json.contains("// ours") && !json.contains("backstory"), "{json}");
    assert_eq!(sandbox.read(".codex/config.toml"), "model = \"m\" # ours");
}

#[test]
fn init_mcp_writes_none_where_one_cannot_be_used() {
    for (path, text, arguments, why) in [
        (".mcp.json", "{ \"mcpServers\": ", &["claude-code", "codex"][..], ".mcp.json: it is not JSON"),
        (".codex/config.toml", "model = ", &["claude-code", "codex"], ".codex/config.toml: it is not TOML"),
        (".mcp.json", "{ \"mcpServers\": 1 }", &["claude-code"], "`mcpServers` in it is not an object"),
        ("a", "", &["vim"], "`vim` is none of the agents"),
        ("a", "", &[], "name the agents"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write(path, text);
        let before = sandbox.snapshot();
        let ran = sandbox.backstory(&[&["init", "--mcp"], arguments, &["--write"]].concat());
        assert!(ran.code == 2 && ran.err.contains(why), "{why}: {ran:?}");
        assert_eq!(before, sandbox.snapshot(), "{why}");
    }
}

#[test]
fn init_mcp_shows_the_others_where_one_cannot_be_used() {
    let sandbox = Sandbox::new();
    sandbox.write(".mcp.json", "{ \"mcpServers\": ");
    let ran = sandbox.backstory(&["init", "--mcp", "claude-code", "codex"]);
    assert!(ran.code == 2 && ran.out.contains("[mcp_servers.backstory]"), "{ran:?}");
    for words in [".mcp.json: it is not JSON", "add this by hand", "\"backstory\": {"] {
        assert!(ran.err.contains(words), "{words}: {ran:?}");
    }
}

#[test]
fn uninstall_leaves_a_changed_server_and_removes_the_rest() {
    let sandbox = Sandbox::new();
    sandbox.backstory(&["init", "--local"]).good();
    sandbox.write(".codex/config.toml", "[theirs]\na = 1\n");
    sandbox.backstory(&["init", "--mcp", "claude-code", "codex", "gemini", "--write"]).good();
    let toml = sandbox.read(".codex/config.toml") + "startup_timeout_sec = 60\n";
    sandbox.write(".codex/config.toml", &toml);
    // It cannot be read as text.
    std::fs::write(sandbox.root.join(".gemini/settings.json"), b"\xff").unwrap();
    let ran = sandbox.backstory(&["uninstall"]);
    assert!(ran.code == 0 && ran.err.contains("was changed since; remove the server `backstory` from it"), "{ran:?}");
    assert!(ran.err.contains("it is not UTF-8 text"), "{ran:?}");
    assert_eq!(sandbox.read(".codex/config.toml"), toml);
    assert!(!sandbox.root.join(".mcp.json").exists() && !sandbox.root.join(".git/backstory/installed.json").exists());
}

#[test]
fn uninstall_finds_the_server_in_a_repository_that_was_moved() {
    let sandbox = Sandbox::new();
    sandbox.backstory(&["init", "--mcp", "claude-code", "--write"]).good();
    // As the receipt of one that was elsewhere.
    let receipt = sandbox.read(".git/backstory/installed.json");
    let mut read: serde_json::Value = serde_json::from_str(&receipt).unwrap();
    read["servers"][0]["path"] = sandbox.base().join("before/.mcp.json").to_str().unwrap().into();
    sandbox.write(".git/backstory/installed.json", &read.to_string());
    sandbox.backstory(&["uninstall"]).good();
    assert!(!sandbox.root.join(".mcp.json").exists());
    sandbox.write(".git/backstory/installed.json", &read.to_string());
    let ran = sandbox.backstory(&["uninstall"]);
    assert!(ran.code == 0 && ran.err.contains("was not found"), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn uninstall_writes_through_no_symlink_of_the_work_tree() {
    let sandbox = Sandbox::new();
    sandbox.backstory(&["init", "--mcp", "codex", "--write"]).good();
    let (folder, elsewhere) = (sandbox.root.join(".codex"), sandbox.base().join("elsewhere"));
    std::fs::rename(&folder, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &folder).unwrap();
    let before = std::fs::read_to_string(elsewhere.join("config.toml")).unwrap();
    let ran = sandbox.backstory(&["uninstall"]);
    assert!(ran.code == 0 && ran.err.contains(".codex is a symlink, which is not followed"), "{ran:?}");
    assert_eq!(std::fs::read_to_string(elsewhere.join("config.toml")).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn init_writes_through_no_symlink_of_the_work_tree() {
    use std::os::unix::fs::symlink;

    for (link, arguments, hooks) in [
        (".github", &["init", "--local", "--github"][..], None),
        (".github/workflows", &["init", "--local", "--github", "--force"], None),
        (".github/workflows/backstory.yml", &["init", "--local", "--github", "--force"], None),
        (".githooks", &["init", "--local", "--force"], Some(".githooks")),
        ("tools", &["init", "--local", "--force"], Some("tools/hooks")),
        (".codex", &["init", "--mcp", "codex", "--write"], None),
        (".codex/config.toml", &["init", "--mcp", "codex", "--write"], None),
    ] {
        let sandbox = Sandbox::new();
        let elsewhere = sandbox.base().join("elsewhere");
        std::fs::create_dir_all(elsewhere.join("hooks")).unwrap();
        let path = sandbox.root.join(link);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(&elsewhere, &path).unwrap();
        if let Some(hooks) = hooks {
            sandbox.git(&["config", "core.hooksPath", hooks]);
        }
        let ran = sandbox.backstory(arguments);
        assert!(ran.code == 2 && ran.err.contains("is a symlink, which is not followed"), "{link}: {ran:?}");
        let found: Vec<_> = std::fs::read_dir(&elsewhere).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(found, ["hooks"], "{link}");
        assert_eq!(std::fs::read_dir(elsewhere.join("hooks")).unwrap().count(), 0, "{link}");
    }
}

#[test]
fn a_workflow_that_a_person_changed_is_written_over_only_by_force_and_stays() {
    let sandbox = Sandbox::new();
    sandbox.write(".github/workflows/backstory.yml", "on: push\n");
    let before = sandbox.snapshot();
    let ran = sandbox.backstory(&["init", "--github"]);
    assert!(ran.code == 2 && ran.err.contains("`backstory init --github --force`"), "{ran:?}");
    assert_eq!(before, sandbox.snapshot(), "nothing else was set up either");
    sandbox.backstory(&["init"]).good();
    assert_eq!(sandbox.read(".github/workflows/backstory.yml"), "on: push\n");
    let out = sandbox.backstory(&["init", "--github", "--force"]).good();
    assert!(out.contains("written over what was there"), "{out}");
    sandbox.backstory(&["uninstall"]).good();
    assert!(sandbox.read(".github/workflows/backstory.yml").contains("on: pull_request"));

    // Ours, and changed since: uninstall says so.
    let sandbox = Sandbox::new();
    sandbox.backstory(&["init", "--github"]).good();
    sandbox.write(".github/workflows/backstory.yml", "on: push\n");
    let ran = sandbox.backstory(&["uninstall"]);
    assert!(ran.err.contains("backstory.yml was changed since it was written, and stays"), "{ran:?}");
}

#[test]
fn hooks_that_are_there_come_back_with_bytes_mode_and_links() {
    let sandbox = Sandbox::new();
    sandbox.script(".git/hooks/commit-msg", "exit 0");
    sandbox.write(".git/hooks/pre-push", "not executable");
    sandbox.script("tools/check", "exit 0");
    symlink("../../tools/check", sandbox.root.join(".git/hooks/post-commit")).unwrap();
    symlink("leads/nowhere", sandbox.root.join(".git/hooks/post-rewrite")).unwrap();
    comes_and_goes(&sandbox, &[]);
}

#[test]
fn a_repository_without_a_hooks_folder_has_none_again() {
    let sandbox = Sandbox::without_repository("repository");
    sandbox.git(&["init", "-q", "--template="]);
    assert!(!sandbox.root.join(".git/hooks").exists());
    comes_and_goes(&sandbox, &[]);
}

#[test]
fn configuration_without_a_last_line_end_and_other_note_refs_are_kept() {
    let sandbox = Sandbox::new();
    let config = sandbox.read(".git/config");
    sandbox.write(".git/config", &format!("{config}[notes]\n\trewriteRef = refs/notes/review"));
    comes_and_goes(&sandbox, &[]);
    sandbox.backstory(&["init"]).good();
    let values = sandbox.git(&["config", "--get-all", "notes.rewriteRef"]);
    assert_eq!(values, "refs/notes/review\nrefs/notes/backstory*\n");
}

#[test]
fn a_settings_file_that_is_there_is_not_touched() {
    let sandbox = Sandbox::new();
    sandbox.write(".backstory.yml", "prompts: none\n");
    comes_and_goes(&sandbox, &[]);
}

#[test]
fn a_settings_file_that_was_changed_since_stays() {
    let sandbox = Sandbox::new();
    sandbox.backstory(&["init"]).good();
    sandbox.write(".backstory.yml", "prompts: none\n");
    let ran = sandbox.backstory(&["uninstall"]);
    assert!(ran.err.contains(".backstory.yml was changed since it was written, and stays"), "{ran:?}");
    assert_eq!(sandbox.read(".backstory.yml"), "prompts: none\n");
}

#[test]
fn hooks_go_where_core_hooks_path_says() {
    for (set, folder) in [(".githooks", ".githooks"), ("ABSOLUTE", "tools/hooks")] {
        let sandbox = Sandbox::new();
        let path = if set == "ABSOLUTE" { sandbox.root.join(folder).display().to_string() } else { set.to_owned() };
        sandbox.git(&["config", "core.hooksPath", &path]);
        sandbox.script(&format!("{folder}/commit-msg"), "exit 0");
        comes_and_goes(&sandbox, &[]);
        sandbox.backstory(&["init"]).good();
        assert!(sandbox.read(&format!("{folder}/pre-push")).contains("backstory shim"));
        assert!(!sandbox.root.join(".git/hooks/pre-push").exists());
    }
}

#[test]
fn a_hooks_folder_outside_the_repository_is_written_only_by_force() {
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "--global", "core.hooksPath", "~/hooks"]);
    fs::create_dir(sandbox.home.join("hooks")).unwrap();
    let before = sandbox.snapshot();
    let ran = sandbox.backstory(&["init"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("--force") && ran.err.contains("--no-hooks"), "{ran:?}");
    assert_eq!(before, sandbox.snapshot());
    sandbox.backstory(&["init", "--force"]).good();
    assert!(sandbox.home.join("hooks/commit-msg").exists());
    sandbox.backstory(&["uninstall"]).good();
    assert_eq!(fs::read_dir(sandbox.home.join("hooks")).unwrap().count(), 0);
    assert_eq!(before, sandbox.snapshot());
}

#[test]
fn a_folder_that_husky_writes_is_refused_with_the_line_to_add() {
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "core.hooksPath", ".husky/_"]);
    let ran = sandbox.backstory(&["init", "--force"]);
    assert_eq!(ran.code, 2);
    comes_and_goes(&sandbox, &["--no-hooks"]);

    sandbox.backstory(&["init", "--no-hooks"]).good();
    let found = sandbox.backstory(&["doctor"]);
    assert_eq!(found.code, 1);
    let documented = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/hooks.md")).unwrap();
    for hook in ["commit-msg", "post-commit", "post-rewrite", "pre-push"] {
        let line = format!("if command -v backstory >/dev/null; then backstory hook {hook} \"$@\" || [ $? -ne 1 ]; fi");
        assert!(documented.contains(&line.replace(hook, "commit-msg")));
        assert!(ran.err.contains(&format!(".husky/{hook}: {line}")), "{ran:?}");
        assert!(found.out.contains(&format!("hook {hook}: missing\n  -> add to .husky/{hook}: {line}\n")), "{found:?}");
        sandbox.script(&format!(".husky/{hook}"), &line);
    }
    sandbox.backstory(&["doctor"]).good();
}

/// Where husky looks for a person's hooks, by where it was told to write its own; its versions before 9 use one folder.
#[test]
fn the_lines_for_husky_are_for_the_files_that_it_runs() {
    for (set, own, mark) in [
        ("web/.husky/_", "web/.husky", None),
        (".config/husky/_", ".config/husky", Some("h")),
        ("tools/hooks/_", "tools/hooks", Some("husky.sh")),
        (".husky", ".husky", Some("_/husky.sh")),
    ] {
        let sandbox = Sandbox::new();
        sandbox.git(&["config", "core.hooksPath", set]);
        if let Some(mark) = mark {
            sandbox.write(&format!("{set}/{mark}"), "");
        }
        let said = sandbox.backstory(&["init", "--local"]).err;
        sandbox.backstory(&["init", "--local", "--no-hooks"]).good();
        let found = sandbox.backstory(&["doctor"]).out;
        for hook in ["commit-msg", "post-commit", "post-rewrite", "pre-push"] {
            let file = format!("{own}/{hook}: ");
            let (_, line) = said.lines().find_map(|line| line.split_once(&format!("  {file}"))).expect(set);
            assert!(found.contains(&format!("-> add to {file}{line}\n")), "{set}: {found}");
            sandbox.script(&format!("{own}/{hook}"), line);
        }
        sandbox.backstory(&["doctor"]).good();
    }
}

#[test]
fn doctor_counts_the_notes_of_a_repository_with_a_sparse_index() {
    let sandbox = Sandbox::ready();
    sandbox.write("src/a.py", "a = 1\n");
    sandbox.write("lib/deep/b.py", "b = 1\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Code"]);
    sandbox.git(&["notes", "--ref", "backstory", "add", "-m", "{}", "HEAD"]);
    sandbox.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "src"]);
    let found = sandbox.backstory(&["doctor"]).out;
    assert!(found.contains("notes: 1 in refs/notes/backstory"), "{found}");
}

#[test]
fn a_relative_folder_is_entered_once() {
    let sandbox = Sandbox::ready();
    sandbox.write("sub/deep/x", "");
    for (at, folder) in
        [(".", "sub"), (".", "./sub/"), (".", "sub/../sub"), ("..", "repository"), ("sub/deep", ".."), (".", ".")]
    {
        for arguments in [&["-C", folder, "log"][..], &["log", "-C", folder], &["-C", folder, "init", "--local"]] {
            let mut command = sandbox.command(PROGRAM);
            let ran = support::run(command.current_dir(sandbox.root.join(at)).args(arguments), "");
            assert_eq!(ran.code, 0, "in {at}, {arguments:?}: {ran:?}");
        }
    }
    let ran = sandbox.backstory(&["-C", "nowhere", "log"]);
    assert!(ran.code == 2 && ran.err.contains("cannot work in nowhere: "), "{ran:?}");
}

/// The file that a manager writes as a hook, and the recipe in its settings; `doctor` knows whether ours is run.
#[test]
fn doctor_knows_hooks_that_a_manager_runs() {
    let documented = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/hooks.md")).unwrap();
    let recipe = |mark: &str| {
        let (_, rest) = documented.split_once(&format!("<!-- {mark} -->\n```yaml\n")).unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    for (name, script, file, mark) in [
        ("lefthook", "call_lefthook run \"HOOK\" \"$@\"", "lefthook.yml", "lefthook"),
        (
            "pre-commit",
            "# File generated by pre-commit: https://pre-commit.com",
            ".pre-commit-config.yaml",
            "pre-commit",
        ),
        ("prek", "# File generated by prek: https://github.com/j178/prek", ".pre-commit-config.yaml", "pre-commit"),
    ] {
        let sandbox = Sandbox::new();
        let hooks = ["commit-msg", "post-commit", "post-rewrite", "pre-push"];
        let is_run = |hook: &str| !(mark == "pre-commit" && hook == "post-rewrite");
        for hook in hooks.into_iter().filter(|hook| is_run(hook)) {
            sandbox.script(&format!(".git/hooks/{hook}"), &script.replace("HOOK", hook));
        }
        sandbox.backstory(&["init", "--no-hooks"]).good();
        let found = sandbox.backstory(&["doctor"]);
        assert_eq!(found.code, 1);
        let state = format!(
            "hook commit-msg: of {name}, which does not call backstory\n  -> add the lines for {name} from docs/hooks.md"
        );
        assert!(found.out.contains(&state) && !found.out.contains("run `backstory init`"), "{name}: {found:?}");

        sandbox.write(file, &recipe(mark));
        let found = sandbox.backstory(&["doctor"]).good();
        assert!(found.contains(&format!("hook pre-push: called by {name} ({file})")), "{name}: {found}");

        // Taken out of its settings, or not installed.
        sandbox.write(file, &recipe(mark).replace("backstory", "other"));
        assert_eq!(sandbox.backstory(&["doctor"]).code, 1, "{name}");
        sandbox.write(file, &recipe(mark));
        fs::remove_file(sandbox.root.join(".git/hooks/post-commit")).unwrap();
        let found = sandbox.backstory(&["doctor"]);
        assert!(found.code == 1 && found.out.contains("hook post-commit: missing"), "{name}: {found:?}");
    }
}

#[test]
fn init_and_doctor_say_the_same_of_a_folder_that_takes_no_hooks() {
    for (name, setting, advice) in [
        ("switched off", "/dev/null", "unset core.hooksPath where it is set"),
        ("of one worktree", "WORKTREE", "run `backstory init --force`"),
        ("of all repositories", "/nonexistent/hooks", "run `backstory init --force`"),
    ] {
        let sandbox = Sandbox::new();
        if setting == "WORKTREE" {
            sandbox.git(&["config", "extensions.worktreeConfig", "true"]);
            let folder = sandbox.home.join("hooks").display().to_string();
            sandbox.git(&["config", "--worktree", "core.hooksPath", &folder]);
        } else {
            sandbox.git(&["config", "core.hooksPath", setting]);
        }
        let (init, doctor) = (sandbox.backstory(&["init"]), sandbox.backstory(&["doctor"]));
        assert!(init.code == 2 && init.err.contains(advice), "{name}: {init:?}");
        assert!(
            doctor.code == 1 && doctor.out.contains(&format!("hook commit-msg: missing\n  -> {advice}")),
            "{name}: {doctor:?}"
        );
        assert!(!doctor.out.contains("-> run `backstory init`\n"), "{name}: {doctor:?}");
    }
}

#[test]
fn a_work_tree_beside_the_main_one_shares_its_hooks() {
    let mut sandbox = Sandbox::new();
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "first"]);
    sandbox.git(&["worktree", "add", "-q", "../second"]);
    let main = sandbox.root.clone();
    sandbox.root = sandbox.base().join("second");
    sandbox.backstory(&["init"]).good();
    assert!(main.join(".git/hooks/commit-msg").exists() && sandbox.root.join(".backstory.yml").exists());
    sandbox.backstory(&["doctor"]).good();
    sandbox.root = main;
    sandbox.backstory(&["uninstall"]).good();
    assert!(!sandbox.base().join("second/.backstory.yml").exists());
    assert!(!sandbox.root.join(".git/hooks/commit-msg").exists());
}

#[test]
fn a_bare_repository_and_a_plain_folder_are_refused() {
    let sandbox = Sandbox::without_repository("plain");
    let ran = sandbox.backstory(&["init"]);
    assert!(ran.code == 2 && ran.err.contains("no git repository at or above"), "{ran:?}");
    sandbox.git(&["init", "-q", "--bare"]);
    let ran = sandbox.backstory(&["init"]);
    assert!(ran.code == 2 && ran.err.contains("is a bare repository"), "{ran:?}");
}

#[test]
fn fetching_goes_on_where_the_remote_has_no_records_and_brings_them_where_it_has() {
    let sandbox = Sandbox::new();
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "first"]);
    sandbox.git(&["clone", "-q", "--bare", ".", "../remote.git"]);
    sandbox.git(&["remote", "add", "origin", "../remote.git"]);
    comes_and_goes(&sandbox, &["--share"]);
    sandbox.backstory(&["init", "--share"]).good();
    sandbox.git(&["fetch", "-q", "--prune"]);
    sandbox.git(&["-C", "../remote.git", "notes", "--ref=backstory", "add", "-m", "{}", "main"]);
    sandbox.git(&["fetch", "-q"]);
    assert_eq!(sandbox.git(&["notes", "--ref=remotes/origin/backstory", "show", "main"]), "{}\n");
    assert!(sandbox.backstory(&["doctor"]).good().contains("sharing: notes: pushed and fetched with the commits"));
}

#[test]
fn init_local_shares_nothing_and_stays_so() {
    let sandbox = Sandbox::new();
    let out = sandbox.backstory(&["init", "--local"]).good();
    assert!(out.contains("Not shared: records (refs/notes/backstory) stay in this clone."), "{out}");
    // Another branch's file cannot share what this person keeps.
    sandbox.write(".backstory.yml", "sharing: notes\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Share"]);
    assert!(sandbox.backstory(&["init"]).good().contains("Not shared"));
    assert!(sandbox.backstory(&["doctor"]).good().contains("sharing: local"));
}

#[test]
fn an_answer_that_changes_leaves_no_trace_after_uninstall() {
    let sandbox = Sandbox::new();
    let before = sandbox.snapshot();
    for (option, value) in
        [("--share", "notes"), ("--local", "local"), ("--local", "local"), ("--share", "notes"), ("--share", "notes")]
    {
        sandbox.backstory(&["init", option]).good();
        assert_eq!(sandbox.git(&["config", "--get-all", "backstory.sharing"]), format!("{value}\n"));
    }
    sandbox.backstory(&["uninstall"]).good();
    assert_eq!(before, sandbox.snapshot());
}

#[test]
fn a_no_outlives_uninstall_and_is_named() {
    let no = "[backstory]\n\tsharing = local\n";
    for (name, steps, says) in [
        ("an option", &[&["init", "--local"][..]][..], "`backstory.sharing = local` stays"),
        ("after a yes", &[&["init", "--share"], &["init", "--local"]], "`backstory.sharing = local` stays"),
        ("twice", &[&["init", "--local"], &["uninstall"], &["init"]], "`backstory.sharing = local` stays"),
    ] {
        let sandbox = Sandbox::new();
        let mut expected = sandbox.snapshot();
        for step in steps {
            sandbox.backstory(step).good();
        }
        let said = sandbox.backstory(&["uninstall"]).good();
        assert!(said.contains(says) && said.contains("git config --unset-all backstory.sharing"), "{name}: {said}");
        expected.get_mut(".git/config").unwrap().push_str(no);
        assert_eq!(expected, sandbox.snapshot(), "{name}");
        // Again, without anything to undo, it is still said, and a later `init` asks nobody.
        assert!(sandbox.backstory(&["uninstall"]).good().contains(says), "{name}");
        let said = sandbox.backstory(&["init"]).good();
        assert!(said.contains("Not shared: records (refs/notes/backstory) stay in this clone."), "{name}: {said}");
        sandbox.git(&["config", "--unset-all", "backstory.sharing"]);
        assert!(!sandbox.backstory(&["uninstall"]).good().contains("stays. To remove it"), "{name}");
    }
    // In a block with other lines, as a later version may write it.
    let sandbox = Sandbox::new();
    sandbox.git(&["remote", "add", "origin", "../hub.git"]);
    let before = sandbox.read(".git/config");
    sandbox.backstory(&["init", "--local"]).good();
    let receipt: serde_json::Value = serde_json::from_str(&sandbox.read(".git/backstory/installed.json")).unwrap();
    let blocks = receipt["blocks"].as_array().unwrap();
    let all = |key: &str| blocks.iter().map(|block| block[key].clone()).collect::<Vec<_>>();
    let text: String = all("text").iter().map(|text| text.as_str().unwrap().to_owned()).collect();
    let lines: Vec<serde_json::Value> =
        all("lines").iter().flat_map(|lines| lines.as_array().unwrap().clone()).collect();
    assert!(lines.len() > 1, "{receipt}");
    let mut joined = receipt.clone();
    joined["blocks"] = serde_json::json!([{ "lines": lines, "text": text }]);
    sandbox.write(".git/backstory/installed.json", &joined.to_string());
    sandbox.backstory(&["uninstall"]).good();
    assert_eq!(sandbox.read(".git/config"), format!("{before}{no}"));
}

#[test]
fn a_person_cannot_share_what_the_team_keeps() {
    let sandbox = Sandbox::new();
    sandbox.write(".backstory.yml", "sharing: local\n");
    let before = sandbox.snapshot();
    let ran = sandbox.backstory(&["init", "--share"]);
    assert!(ran.code == 2 && ran.err.contains("`sharing: local` for everyone"), "{ran:?}");
    assert_eq!(before, sandbox.snapshot());
    assert!(sandbox.backstory(&["init"]).good().contains(".backstory.yml says `sharing: local`"));
    assert_eq!(sandbox.backstory(&["init", "--share", "--local"]).code, 2);
}

#[test]
fn git_warns_of_no_reference_before_the_first_record_and_an_earlier_init_is_healed() {
    let sandbox = Sandbox::new();
    sandbox.backstory(&["init"]).good();
    let amend = || {
        sandbox.git(&["commit", "-q", "--allow-empty", "-m", "One"]);
        sandbox.git(&["commit", "-q", "--allow-empty", "-m", "Two"]);
        let amended = sandbox.try_git(&["commit", "-q", "--allow-empty", "--amend", "-m", "Other"]);
        let rebased = sandbox.try_git(&["rebase", "-q", "--force-rebase", "HEAD~1"]);
        assert_eq!((amended.code, rebased.code), (0, 0));
        amended.err + &rebased.err
    };
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "Start"]);
    assert_eq!(amend(), "");
    // As an earlier version wrote it.
    for file in [".git/config", ".git/backstory/installed.json"] {
        let text = sandbox.read(file);
        assert!(text.contains("refs/notes/backstory*"), "{text}");
        sandbox.write(file, &text.replace("refs/notes/backstory*", "refs/notes/backstory"));
    }
    assert!(amend().contains("refs/notes/backstory is invalid"));
    let ran = sandbox.backstory(&["doctor"]);
    assert!(ran.code == 1 && ran.out.contains("-> run `backstory init`: it sets refs/notes/backstory*"), "{ran:?}");
    sandbox.backstory(&["init"]).good();
    assert_eq!(sandbox.git(&["config", "--get-all", "notes.rewriteRef"]), "refs/notes/backstory*\n");
    assert_eq!(amend(), "");
    sandbox.backstory(&["doctor"]).good();
}

#[test]
fn the_remote_that_a_person_works_with_gets_the_fetch_line_whatever_its_name() {
    for (name, remotes, settings, expected) in [
        ("the only one", &["upstream"][..], &[][..], &["upstream"][..]),
        ("with a slash", &["team/fork"], &[], &["team/fork"]),
        ("with a dot", &["a.b"], &[], &["a.b"]),
        ("origin of two", &["origin", "upstream"], &[], &["origin"]),
        ("the branch's", &["origin", "upstream"], &[("branch.main.remote", "upstream")], &["upstream"]),
        ("the default one", &["a", "b"], &[("checkout.defaultRemote", "b")], &["b"]),
        ("a default that is not there", &["a", "origin"], &[("checkout.defaultRemote", "c")], &["origin"]),
        ("nobody knows", &["a", "b"], &[], &[]),
    ] {
        let sandbox = Sandbox::new();
        for remote in remotes {
            sandbox.git(&["remote", "add", remote, "../hub.git"]);
        }
        for (key, value) in settings {
            sandbox.git(&["config", key, value]);
        }
        comes_and_goes(&sandbox, &["--share"]);
        sandbox.backstory(&["init", "--share"]).good();
        for remote in remotes {
            let lines = sandbox.git(&["config", "--get-all", &format!("remote.{remote}.fetch")]);
            let line = format!("+refs/notes/backstory*:refs/notes/remotes/{remote}/backstory*");
            assert_eq!(lines.contains(&line), expected.contains(remote), "{name}: {lines}");
        }
        sandbox.backstory(&["doctor"]).good();
    }
}

#[test]
fn a_mistake_in_the_settings_stops_init_before_it_changes_anything() {
    let sandbox = Sandbox::new();
    sandbox.write(".backstory.yml", "sharin: local\n");
    let before = sandbox.snapshot();
    let ran = sandbox.backstory(&["init"]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err, "backstory: .backstory.yml:1: the key `sharin` is not known, did you mean `sharing`?\n");
    assert_eq!(before, sandbox.snapshot());
}

#[test]
fn doctor_finds_what_is_missing_and_ends_with_1() {
    let sandbox = Sandbox::new();
    let ran = sandbox.backstory(&["doctor"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("! hook commit-msg: missing\n  -> run `backstory init`\n"), "{}", ran.out);
    sandbox.backstory(&["init"]).good();
    assert!(sandbox.backstory(&["doctor"]).good().ends_with("No problem found.\n"));

    sandbox.script(".git/hooks/pre-push", "exit 0");
    sandbox.write(".git/hooks/post-commit", &sandbox.read(".git/hooks/post-commit").replace(PROGRAM, "/gone"));
    let ran = sandbox.backstory(&["doctor", "--json"]);
    assert_eq!(ran.code, 1);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["problems"], 2);
    let state = |subject: &str| {
        let findings = report["findings"].as_array().unwrap();
        findings.iter().find(|finding| finding["subject"] == subject).unwrap()["state"].clone()
    };
    assert_eq!(state("hook pre-push"), "another program's, backstory is not run");
    assert_eq!(state("hook post-commit"), "of another version");
    assert_eq!(state("hook commit-msg"), "installed");
}

#[test]
fn doctor_names_opt_outs_and_a_pattern_that_cannot_be_used() {
    let sandbox = Sandbox::new();
    sandbox.backstory(&["init"]).good();
    sandbox.git(&["config", "backstory.enabled", "false"]);
    assert!(sandbox.backstory(&["doctor"]).good().contains("backstory.enabled is false: nothing is recorded"));
    sandbox.write(".backstory.yml", "redaction: {rules: [{kind: x, pattern: '('}]}\n");
    let ran = sandbox.backstory(&["doctor"]);
    assert!(ran.code == 1 && ran.out.contains("the pattern of redaction rule `x` cannot be read"), "{}", ran.out);
}

/// Scripts that go by their own name or folder, as shared hooks and managers do; each writes its hook's name into `log`.
#[test]
fn a_hook_that_was_there_runs_under_its_own_name_beside_its_own_files() {
    const BY_NAME: &str =
        "case $(basename \"$0\") in commit-msg | pre-push | post-commit | post-rewrite) echo \"${0##*/}\" >>log;; esac";
    for (case, script, beside) in [
        ("by its name", BY_NAME, vec![]),
        ("as husky 4", ". \"$(dirname \"$0\")/husky.sh\"", vec![("hooks/husky.sh", BY_NAME)]),
        (
            "by what lies beside it",
            "for one in \"$0.d\"/*; do \"$one\"; done",
            vec![
                ("hooks/commit-msg.d/one", "echo commit-msg >>log"),
                ("hooks/post-commit.d/one", "echo post-commit >>log"),
                ("hooks/pre-push.d/one", "echo pre-push >>log"),
            ],
        ),
        (
            "by the folders above it",
            "here=$(cd \"$(dirname \"$0\")/..\" && pwd) && \"$here/scripts/one\" \"$(basename \"$0\")\"",
            vec![("scripts/one", "echo \"$1\" >>log")],
        ),
        (
            "by its folder's own name",
            "\"$(cd \"$(dirname \"$0\")/../hooks\" && pwd)/run\" \"${0##*/}\"",
            vec![("hooks/run", "echo \"$1\" >>log")],
        ),
    ] {
        for (at, setting) in [(".git", None), ("tools", Some("tools/hooks")), ("tools", Some("tools/hooks/"))] {
            for is_link in [false, true] {
                let name = format!("{case}, {setting:?}, a link: {is_link}");
                let sandbox = Sandbox::new();
                sandbox.write(".git/info/exclude", "/log\n/tools/hooks/\n/tools/scripts/\n/tools/shared\n");
                if let Some(setting) = setting {
                    sandbox.git(&["config", "core.hooksPath", setting]);
                }
                for (path, text) in &beside {
                    sandbox.script(&format!("{at}/{path}"), text);
                }
                for hook in ["commit-msg", "post-commit", "pre-push"] {
                    if is_link {
                        sandbox.script(&format!("{at}/shared"), script);
                        fs::create_dir_all(sandbox.root.join(at).join("hooks")).unwrap();
                        symlink("../shared", sandbox.root.join(at).join("hooks").join(hook)).unwrap();
                    } else {
                        sandbox.script(&format!("{at}/hooks/{hook}"), script);
                    }
                }
                comes_and_goes(&sandbox, &[]);
                sandbox.backstory(&["init", "--local"]).good();
                assert_eq!(sandbox.git(&["status", "--short"]), "?? .backstory.yml\n", "{name}");
                sandbox.git(&["commit", "-q", "--allow-empty", "-m", "One"]);
                sandbox.git(&["init", "-q", "--bare", "../other.git"]);
                sandbox.git(&["push", "-q", "../other.git", "HEAD:refs/heads/main"]);
                assert_eq!(sandbox.read("log"), "commit-msg\npost-commit\npre-push\n", "{name}");
            }
        }
    }
}

#[test]
fn a_hook_that_was_there_runs_by_the_name_it_is_kept_under_where_nothing_else_can_be() {
    for (case, in_the_way) in [("an earlier version made no links", false), ("a file has the folder's name", true)] {
        let sandbox = Sandbox::new();
        sandbox.script(".git/hooks/commit-msg", "echo \"${0##*/}\" >>log; exit 3");
        if in_the_way {
            sandbox.write(".git/hooks.before-backstory", "of a person");
        }
        sandbox.backstory(&["init", "--local"]).good();
        if !in_the_way {
            fs::remove_dir_all(sandbox.root.join(".git/hooks.before-backstory")).unwrap();
        }
        assert_eq!(sandbox.try_git(&["commit", "-q", "--allow-empty", "-m", "One"]).code, 1, "{case}");
        assert_eq!(sandbox.read("log"), "commit-msg.before-backstory\n", "{case}");
        sandbox.backstory(&["uninstall"]).good();
        assert_eq!(sandbox.root.join(".git/hooks.before-backstory").exists(), in_the_way, "{case}");
    }
}

/// What everybody runs is not rewritten for one person; the lines that `init` prints do it for all.
#[test]
fn hooks_that_are_tracked_files_stay_as_they_are_and_get_a_line_each() {
    for (case, folder, set) in [
        ("a setting", ".githooks", "git config core.hooksPath .githooks"),
        ("an absolute path", "tools/git hooks", "git config core.hooksPath \"$PWD/tools/git hooks\""),
        ("a link", ".githooks", "rm -rf .git/hooks; ln -s ../.githooks .git/hooks"),
        ("only another hook is tracked", "ci", "git config core.hooksPath ci; git mv -f ci/commit-msg ci/pre-commit"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.script(&format!("{folder}/commit-msg"), "echo team >>.git/log");
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Hooks"]);
        support::run(sandbox.command("sh").args(["-ec", set]), "").good();
        let before = sandbox.snapshot();
        for arguments in [&["init", "--local"][..], &["init", "--local", "--force"]] {
            let ran = sandbox.backstory(arguments);
            assert!(ran.code == 2 && ran.err.contains("tracked files"), "{case}: {ran:?}");
            assert_eq!(before, sandbox.snapshot(), "{case}");
        }
        let said = sandbox.backstory(&["init", "--local"]).err;
        sandbox.backstory(&["init", "--local", "--no-hooks"]).good();
        let found = sandbox.backstory(&["doctor"]);
        for hook in ["commit-msg", "post-commit", "post-rewrite", "pre-push"] {
            let line = said.lines().find_map(|line| line.split_once(&format!("/{hook}: "))).expect(case);
            let file = format!("{}/{hook}", line.0.trim_start_matches("backstory:").trim());
            assert!(found.out.contains(&format!("-> add to {file}: {}\n", line.1)), "{case}: {found:?}");
            let text = fs::read_to_string(sandbox.root.join(&file)).unwrap_or_else(|_| "#!/bin/sh\n".into());
            sandbox.script(&file, &format!("{}{}", text.trim_start_matches("#!/bin/sh\n"), line.1));
        }
        sandbox.backstory(&["doctor"]).good();
    }
}

#[test]
fn a_foreign_hook_beside_a_kept_one_is_never_overwritten() {
    let sandbox = Sandbox::new();
    sandbox.script(".git/hooks/commit-msg", "exit 0");
    sandbox.backstory(&["init"]).good();
    sandbox.script(".git/hooks/commit-msg", "exit 7");
    let ran = sandbox.backstory(&["init"]);
    assert!(ran.code == 2 && ran.err.contains("move one of them away"), "{ran:?}");
    let ran = sandbox.backstory(&["uninstall"]);
    assert!(ran.err.contains("the hook from before is still in"), "{ran:?}");
    assert_eq!(sandbox.read(".git/hooks/commit-msg"), "#!/bin/sh\nexit 7\n");
    assert_eq!(sandbox.read(".git/hooks/commit-msg.before-backstory"), "#!/bin/sh\nexit 0\n");
}

#[test]
fn uninstall_leaves_the_list_of_what_was_forgotten_and_says_so() {
    let sandbox = Sandbox::new();
    sandbox.backstory(&["init"]).good();
    sandbox.write(".git/backstory/forgotten", "session:codex/1\n");
    for _ in 0..2 {
        let said = sandbox.backstory(&["uninstall"]).good();
        assert!(said.contains("what was forgotten stays in ") && said.contains(".git/backstory/forgotten"), "{said}");
    }
    assert_eq!(sandbox.read(".git/backstory/forgotten"), "session:codex/1\n");
}

#[test]
fn a_closed_pipe_ends_quietly_and_a_wrong_argument_with_2() {
    let sandbox = Sandbox::new();
    let line = format!("'{PROGRAM}' doctor --json | true; '{PROGRAM}' nonsense 2>/dev/null; echo $?");
    let ran = support::run(sandbox.command("sh").args(["-c", &line]), "");
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("2\n", ""));
}
