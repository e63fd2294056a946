//! `backstory action` as a workflow runs it: a shallow checkout of a bare remote, an event, and a GitHub on loopback.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::path::PathBuf;

use serde_json::{Value, json};
use support::agents::{CART, claude};
use support::forge::Forge;
use support::sop::{MODEL, published};
use support::{PROGRAM, Ran, Sandbox, run};

/// A remote with a pull request: one commit of Claude Code's whose last line a person changed, and one of a person's.
struct Stage {
    sandbox: Sandbox,
    forge: Forge,
    /// The checkout of the workflow.
    runner: PathBuf,
    base: String,
    commits: Vec<String>,
}

const PEOPLE: &str =
    "Please look at the rounding.\r\n\r\n<!-- CURSOR_SUMMARY -->\r\nforeign\r\n<!-- /CURSOR_SUMMARY -->";

impl Stage {
    fn new() -> Self {
        Self::with(&[], &[])
    }

    /// The branch that the pull request goes into has the files `base` since, the pull request `pull` in a last commit.
    fn with(base_files: &[(&str, &str)], pull_files: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::ready();
        sandbox.git(&["init", "-q", "--bare", "-b", "main", "../hub.git"]);
        sandbox.git(&["remote", "add", "origin", "../hub.git"]);
        sandbox.git(&["push", "-q", "origin", "main"]);
        let base = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
        sandbox.git(&["checkout", "-q", "-b", "side"]);
        claude(&sandbox);
        sandbox.write("cart.py", &CART.replace("round(subtotal - discount, 2)", "round(subtotal - discount, 3)"));
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Add the cart"]);
        sandbox.write("README", "A shop.\n");
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Say what it is"]);
        let write = |files: &[(&str, &str)]| {
            if !files.is_empty() {
                for (path, text) in files {
                    match text.strip_prefix("-> ") {
                        Some(target) => link(target, &sandbox.root.join(path)),
                        None => drop(sandbox.write(path, text)),
                    }
                }
                sandbox.git(&["add", "-A"]);
                sandbox.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "Change settings"]);
            }
        };
        write(pull_files);
        sandbox.git(&["push", "-q", "origin", "side", "side:refs/pull/7/head"]);
        sandbox.git(&["checkout", "-q", "main"]);
        write(base_files);
        sandbox.git(&["push", "-q", "--no-verify", "origin", "main"]);
        sandbox.git(&["checkout", "-q", "side"]);
        let commits: Vec<String> =
            sandbox.git(&["rev-list", "--reverse", &format!("{base}..side")]).lines().map(str::to_owned).collect();
        let ids: Vec<&str> = commits.iter().map(String::as_str).collect();
        let forge = Forge::start(&base, ids[ids.len() - 1], &ids, PEOPLE);
        let runner = sandbox.base().join("runner");
        let hub = format!("file://{}", sandbox.base().join("hub.git").display());
        sandbox.git(&["clone", "-q", "--depth", "1", "-b", "side", &hub, runner.to_str().unwrap()]);
        Self { sandbox, forge, runner, base, commits }
    }

    fn event(&self, action: &str) -> Value {
        let mut pull = self.forge.with(|state| state.pull.clone());
        pull["head"]["repo"]["clone_url"] = "ext::sh -c touch% /tmp/owned".into();
        json!({"action": action, "pull_request": pull})
    }

    fn act(&self, name: &str, event: &Value, inputs: &[(&str, &str)]) -> Ran {
        let inputs: Vec<(String, &str)> =
            inputs.iter().map(|(name, value)| (format!("INPUT_{name}"), *value)).collect();
        let inputs: Vec<(&str, &str)> = inputs.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        self.act_with(name, event, &inputs)
    }

    /// With more variables, or others.
    fn act_with(&self, name: &str, event: &Value, variables: &[(&str, &str)]) -> Ran {
        let temporary = self.sandbox.base().join("temporary");
        std::fs::create_dir_all(&temporary).unwrap();
        std::fs::write(temporary.join("event.json"), event.to_string()).unwrap();
        for file in ["output", "summary"] {
            std::fs::write(temporary.join(file), "").unwrap();
        }
        let mut command = self.sandbox.command(PROGRAM);
        command
            .current_dir(&self.runner)
            // Another machine: no sessions, no hooks.
            .env("HOME", &temporary)
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_API_URL", &self.forge.api)
            .env("GITHUB_SERVER_URL", "https://forge.test")
            .env("GITHUB_REPOSITORY", "o/r")
            .env("GITHUB_RUN_ID", "99")
            .env("GITHUB_EVENT_NAME", name)
            .env("GITHUB_EVENT_PATH", temporary.join("event.json"))
            .env("GITHUB_OUTPUT", temporary.join("output"))
            .env("GITHUB_STEP_SUMMARY", temporary.join("summary"))
            .env("RUNNER_TEMP", &temporary)
            .env("INPUT_TOKEN", "ghs_0123456789abcdefghijklmnopqrstuvwxyz");
        command.args(["action"]).envs(variables.iter().copied());
        let ran = run(&mut command, "");
        assert!(!format!("{ran:?}").contains("ghs_0123456789"), "{ran:?}");
        ran
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.sandbox.base().join("temporary").join(name)).unwrap()
    }

    /// The value of an output of the last run.
    fn output(&self, name: &str) -> String {
        let text = self.file("output");
        let start = text.find(&format!("{name}<<")).unwrap_or_else(|| panic!("no output {name} in {text}"));
        text[start..].lines().nth(1).unwrap().to_owned()
    }

    fn hub_note(&self, commit: &str) -> Option<String> {
        let ran = self.sandbox.try_git(&["-C", "../hub.git", "notes", "--ref", "backstory", "show", commit]);
        (ran.code == 0).then_some(ran.out)
    }
}

#[cfg(unix)]
fn link(target: &str, path: &std::path::Path) {
    std::os::unix::fs::symlink(target, path).unwrap();
}

#[cfg(not(unix))]
fn link(target: &str, path: &std::path::Path) {
    std::fs::write(path, target).unwrap();
}

#[test]
fn where_nobody_shared_a_record_the_summary_says_so_in_one_line_with_the_command() {
    let stage = Stage::new();
    let run = || {
        stage.act("pull_request", &stage.event("opened"), &[]);
        stage.file("summary")
    };
    assert!(!run().contains("backstory init --share"));
    stage.sandbox.git(&["-C", "../hub.git", "update-ref", "-d", "refs/notes/backstory"]);
    for name in ["refs/notes/backstory", "refs/backstory/remotes/origin"] {
        stage.sandbox.git(&["-C", stage.runner.to_str().unwrap(), "update-ref", "-d", name]);
    }
    let summary = run();
    let lines: Vec<&str> = summary.lines().filter(|line| line.contains("`backstory init --share`")).collect();
    assert!(lines.len() == 1 && lines[0].starts_with("No records are shared in this repository"), "{summary}");
}

/// A stage in which the records were lost.
fn without_records() -> Stage {
    let stage = Stage::new();
    stage.sandbox.git(&["-C", "../hub.git", "update-ref", "-d", "refs/notes/backstory"]);
    for name in ["refs/notes/backstory", "refs/backstory/remotes/origin"] {
        stage.sandbox.git(&["-C", stage.runner.to_str().unwrap(), "update-ref", "-d", name]);
    }
    stage
}

#[test]
fn commits_without_a_record_are_recorded_from_sessions_that_the_workflow_gives() {
    let stage = without_records();
    let sessions = stage.sandbox.home.join(".claude");
    let ran = stage.act("pull_request", &stage.event("opened"), &[("SESSIONS", sessions.to_str().unwrap())]);
    assert_eq!((ran.code, stage.output("sessions").as_str()), (0, "1"), "{ran:?}");
    assert!(format!("{ran:?}").contains("1 session, 1 record made"), "{ran:?}");
    assert!(stage.forge.body().contains("Claude Code 2.1.30"), "{}", stage.forge.body());
    let record: Value = serde_json::from_str(&stage.hub_note(&stage.commits[0]).unwrap()).unwrap();
    assert_eq!(record["contributions"][0]["agent"], "claude-code");
    assert_eq!(stage.hub_note(&stage.commits[1]), None, "a person's commit");
    let summary = stage.file("summary");
    let said = "**Without a record:** 1 of 2 commits. 1 (`";
    assert!(summary.contains(said) && summary.contains("The session that the workflow gives led to none"), "{summary}");

    // A folder with nothing in it.
    let stage = without_records();
    let empty = stage.sandbox.base().join("empty");
    std::fs::create_dir_all(&empty).unwrap();
    let ran = stage.act("pull_request", &stage.event("opened"), &[("SESSIONS", empty.to_str().unwrap())]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(stage.hub_note(&stage.commits[0]), None);
    assert!(stage.file("summary").contains("No session was in the folder"), "{}", stage.file("summary"));
}

#[cfg(unix)]
#[test]
fn a_link_among_the_sessions_that_a_workflow_gives_leads_nowhere() {
    let stage = without_records();
    let given = stage.sandbox.base().join("given");
    std::fs::create_dir_all(&given).unwrap();
    let mut folders = vec![stage.sandbox.home.join(".claude")];
    let mut file = None;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path if path.extension().is_some_and(|end| end == "jsonl") => file = Some(path),
                _ => {}
            }
        }
    }
    let file = file.expect("the session of the stage");
    std::os::unix::fs::symlink(&file, given.join(file.file_name().unwrap())).unwrap();
    let ran = stage.act("pull_request", &stage.event("opened"), &[("SESSIONS", given.to_str().unwrap())]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(stage.hub_note(&stage.commits[0]), None, "{ran:?}");
}

#[test]
fn a_pull_request_does_not_say_how_sessions_that_the_workflow_gives_are_read() {
    let stage = without_records();
    let given = stage.sandbox.base().join("given");
    std::fs::create_dir_all(&given).unwrap();
    std::fs::write(given.join("a.jsonl"), "{\"kind\":\"user\",\"text\":\"private words\"}\n").unwrap();
    let mapping = "agents: [{name: acme, format: jsonl, prompts: {when: {kind: user}, text: text}}]\n";
    std::fs::write(stage.runner.join(".backstory.yml"), mapping).unwrap();
    let ran = stage.act("pull_request", &stage.event("opened"), &[("SESSIONS", given.to_str().unwrap())]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(format!("{ran:?}").contains("0 sessions, 0 records made"), "{ran:?}");
    // The same folder, where a person names it in that checkout.
    let mut command = stage.sandbox.command(support::PROGRAM);
    let listed = command.current_dir(&stage.runner).args(["sessions", "--sessions"]).arg(&given);
    assert!(support::run(listed, "").out.contains("private words"));
}

#[test]
fn a_pull_request_gets_its_section_below_what_people_wrote_and_a_second_run_writes_nothing() {
    let stage = Stage::new();
    let ran = stage.act("pull_request", &stage.event("opened"), &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let body = stage.forge.body();
    assert!(body.starts_with(PEOPLE), "{body}");
    assert!(body.contains("Claude Code") && body.contains("divide by 100"), "{body}");
    // A shallow clone has one of the two commits.
    assert_eq!((stage.output("commits").as_str(), stage.output("agent-commits").as_str()), ("2", "1"));
    assert_eq!((stage.output("published").as_str(), stage.output("pr-body-updated").as_str()), ("written", "true"));
    assert!(stage.file("summary").contains("How this change was made"), "{}", stage.file("summary"));
    let values: Value = serde_json::from_str(&std::fs::read_to_string(stage.output("json-path")).unwrap()).unwrap();
    assert_eq!(values["description"]["headline"]["commits"], 2);
    assert!(std::fs::read_to_string(stage.output("report-path")).unwrap().contains("divide by 100"));
    assert!(stage.forge.with(|state| state.requests.len()) <= 8, "at most 8 calls");

    let ran = stage.act("pull_request", &stage.event("synchronize"), &[]);
    assert_eq!((ran.code, stage.output("published").as_str()), (0, "unchanged"), "{ran:?}");
    assert_eq!((stage.forge.body(), stage.forge.count("PATCH")), (body, 1));
}

#[test]
fn a_token_that_may_only_read_leaves_everything_in_the_summary() {
    let stage = Stage::new();
    stage.forge.with(|state| state.read_only = true);
    for mode in ["description", "comment", "check"] {
        let ran = stage.act("pull_request", &stage.event("opened"), &[("MODE", mode)]);
        assert_eq!((ran.code, stage.output("published").as_str()), (0, "not-allowed"), "{mode}: {ran:?}");
        assert!(stage.file("summary").contains("divide by 100"), "{mode}");
    }
    assert_eq!(stage.forge.body(), PEOPLE);
}

#[test]
fn an_error_of_the_place_still_leaves_the_summary_and_the_files() {
    let stage = Stage::new();
    stage.forge.with(|state| state.refuses = true);
    let ran = stage.act("pull_request", &stage.event("opened"), &[]);
    assert_eq!((ran.code, stage.output("published").as_str()), (2, "failed"), "{ran:?}");
    assert!(ran.err.contains("the summary has it") && ran.err.contains("body is odd"), "{ran:?}");
    assert!(stage.file("summary").contains("divide by 100"));
    assert!(std::path::Path::new(&stage.output("report-path")).is_file());
}

#[test]
fn a_run_for_an_older_commit_stands_back() {
    let stage = Stage::new();
    let event = stage.event("synchronize");
    stage.forge.with(|state| state.pull["head"]["sha"] = "f".repeat(40).into());
    let ran = stage.act("pull_request", &event, &[]);
    assert_eq!((ran.code, stage.output("published").as_str()), (0, "superseded"), "{ran:?}");
    assert_eq!(stage.forge.body(), PEOPLE);
}

#[test]
fn one_comment_is_kept_up_to_date_and_a_forged_one_of_somebody_else_is_not_touched() {
    let stage = Stage::new();
    let act = |prompts| {
        let ran = stage.act("pull_request", &stage.event("opened"), &[("MODE", "comment"), ("PROMPTS", prompts)]);
        assert_eq!(ran.code, 0, "{ran:?}");
    };
    act("none");
    // The same words, of another author.
    stage.forge.with(|state| {
        let ours = state.comments[0].clone();
        assert!(ours["body"].as_str().unwrap().contains("Claude Code"));
        let mut forged = ours.clone();
        (forged["user"]["login"], forged["id"]) = ("mallory".into(), 2.into());
        state.comments.push(forged);
    });
    act("full");
    stage.forge.with(|state| {
        assert_eq!(state.comments.len(), 2);
        assert!(state.comments[0]["body"].as_str().unwrap().contains("divide by 100"));
        assert!(!state.comments[1]["body"].as_str().unwrap().contains("divide by 100"));
    });
    assert_eq!(stage.forge.body(), PEOPLE);
}

#[test]
fn a_check_run_remarks_on_the_lines_that_a_person_corrected() {
    let stage = Stage::new();
    let act = || stage.act("pull_request", &stage.event("opened"), &[("MODE", "check")]);
    assert_eq!(act().code, 0);
    assert_eq!(act().code, 0);
    stage.forge.with(|state| {
        assert_eq!(state.checks.len(), 1, "{:?}", state.checks);
        let check = &state.checks[0];
        assert_eq!(check["head_sha"], stage.commits[1].as_str());
        let remark = &check["output"]["annotations"][0];
        assert_eq!((remark["path"].as_str(), remark["start_line"].as_u64()), (Some("cart.py"), Some(4)));
        assert!(check["output"]["summary"].as_str().unwrap().contains("Claude Code"));
    });
}

#[test]
fn remarks_are_also_shown_beside_the_lines_where_there_is_no_check() {
    let stage = Stage::new();
    let ran = stage.act("pull_request", &stage.event("opened"), &[("MODE", "summary")]);
    assert!(ran.out.starts_with("::notice file=cart.py,line=4,endLine=4,title=Corrected by a person::"), "{ran:?}");
    assert_eq!(stage.forge.with(|state| state.requests.len()), 0);
    assert!(stage.file("summary").contains("divide by 100"));
}

#[test]
fn prompts_are_left_out_where_the_workflow_says_so() {
    let stage = Stage::new();
    stage.act("pull_request", &stage.event("opened"), &[("PROMPTS", "none")]);
    let body = stage.forge.body();
    assert!(body.contains("Claude Code") && !body.contains("divide by 100"), "{body}");
}

#[test]
fn a_squash_takes_the_records_along_and_shares_them() {
    let stage = Stage::new();
    let sandbox = &stage.sandbox;
    // As GitHub does it: no hook runs there.
    sandbox.git(&["checkout", "-q", "-b", "landed", "main"]);
    sandbox.git(&["-c", "core.hooksPath=/dev/null", "merge", "-q", "--squash", "side"]);
    sandbox.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "Add the cart (#7)"]);
    let landed = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
    sandbox.git(&["push", "-q", "--no-verify", "origin", "landed:main"]);
    stage.forge.with(|state| {
        state.pull["merged"] = true.into();
        state.pull["merged_at"] = "2026-01-02T04:00:00Z".into();
        state.pull["state"] = "closed".into();
        state.pull["merge_commit_sha"] = landed.clone().into();
    });
    assert_eq!(stage.hub_note(&landed), None);
    let ran = stage.act("pull_request", &stage.event("closed"), &[]);
    assert_eq!((ran.code, stage.output("records").as_str()), (0, "1"), "{ran:?}");
    let record: Value = serde_json::from_str(&stage.hub_note(&landed).unwrap()).unwrap();
    assert_eq!(record["commit"], landed.as_str());
    assert_eq!(record["contributions"][0]["agent"], "claude-code");
    assert_eq!(record["lines"]["agent"], 3);
    assert!(stage.hub_note(&stage.commits[0]).is_some());

    // The same by a push to the main branch, for a merge that no `closed` event told of.
    let push = json!({"ref": "refs/heads/main", "before": stage.base, "after": landed,
        "repository": {"default_branch": "main"}});
    let ran = stage.act("push", &push, &[]);
    assert_eq!((ran.code, stage.output("published").as_str()), (0, "landed"), "{ran:?}");
}

#[test]
fn what_landed_is_not_shared_where_a_branch_keeps_the_records_local() {
    let local = [(SETTINGS, "sharing: local\n")];
    let broken = [(SETTINGS, "sharing: nobody\n")];
    // What the default branch says, what the branch says that it landed in, and whether the records leave.
    for (name, default, landing, is_fork, leaves) in [
        ("nothing", &[][..], None, false, true),
        ("nothing, a fork", &[], None, true, true),
        ("the default branch", &local, None, false, false),
        ("the default branch, a fork", &local, None, true, false),
        ("the default branch, with a mistake", &broken, None, false, false),
        ("the branch it landed in", &[], Some("sharing: local\n"), false, false),
        ("the branch it landed in, with a mistake", &[], Some("sharing: nobody\n"), false, false),
        ("the branch it landed in, a fork", &[], Some("sharing: local\n"), true, false),
    ] {
        let stage = Stage::with(default, &[]);
        let sandbox = &stage.sandbox;
        sandbox.git(&["checkout", "-q", "-b", "release", &stage.base]);
        if let Some(text) = landing {
            sandbox.write(SETTINGS, text);
            sandbox.git(&["add", "-A"]);
            sandbox.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "Settings"]);
        }
        // As a forge does it: a merge leaves the commits as they are, a squash makes another one.
        let how = if is_fork { ["--no-ff", "-m", "Merge side"].as_slice() } else { &["--squash"] };
        sandbox.git(&[&["-c", "core.hooksPath=/dev/null", "merge", "-q"], how, &["side"]].concat());
        if !is_fork {
            sandbox.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "Add the cart (#7)"]);
        }
        let landed = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
        sandbox.git(&["push", "-q", "--no-verify", "origin", "release"]);
        let server = format!("file://{}", sandbox.base().display());
        let mut event = stage.event("closed");
        let pull = &mut event["pull_request"];
        (pull["merged"], pull["merge_commit_sha"]) = (true.into(), landed.clone().into());
        if is_fork {
            sandbox.git(&["clone", "-q", "--bare", "../hub.git", "../fork.git"]);
            sandbox.git(&["push", "-q", "--no-verify", "../fork.git", "refs/notes/backstory"]);
            sandbox.git(&["-C", "../hub.git", "update-ref", "-d", "refs/notes/backstory"]);
            pull["head"]["repo"] = json!({"id": 6, "full_name": "u/r", "clone_url": format!("{server}/fork.git")});
        }
        let ran = stage.act_with("pull_request", &event, &[("GITHUB_SERVER_URL", server.as_str())]);
        assert_eq!((ran.code, stage.output("published").as_str()), (0, "landed"), "{name}: {ran:?}");
        let recorded = if is_fork { &stage.commits[0] } else { &landed };
        assert_eq!(stage.hub_note(recorded).is_some(), leaves, "{name}: {ran:?}");
    }
}

#[test]
fn the_records_of_a_fork_are_taken_over_when_its_work_is_merged() {
    let stage = Stage::new();
    let sandbox = &stage.sandbox;
    // The fork has the records, the repository none; its main branch is merged into as it is.
    sandbox.git(&["clone", "-q", "--bare", "../hub.git", "../fork.git"]);
    sandbox.git(&["push", "-q", "--no-verify", "../fork.git", "refs/notes/backstory"]);
    sandbox.git(&["-C", "../hub.git", "update-ref", "-d", "refs/notes/backstory"]);
    let merge = sandbox.git(&["commit-tree", "-p", "main", "-p", "side", "-m", "Merge", "side^{tree}"]);
    let merge = merge.trim();
    sandbox.git(&["push", "-q", "--no-verify", "origin", &format!("{merge}:refs/heads/main")]);
    let server = format!("file://{}", sandbox.base().display());
    let mut event = stage.event("closed");
    let pull = &mut event["pull_request"];
    (pull["merged"], pull["merge_commit_sha"]) = (true.into(), merge.into());
    pull["head"]["repo"] = json!({"id": 6, "full_name": "u/r", "clone_url": format!("{server}/fork.git")});
    let variables = [("GITHUB_SERVER_URL", server.as_str())];
    let ran = stage.act_with("pull_request", &event, &variables);
    assert_eq!((ran.code, stage.output("published").as_str()), (0, "landed"), "{ran:?}");
    let record: Value = serde_json::from_str(&stage.hub_note(&stage.commits[0]).unwrap()).unwrap();
    assert_eq!(record["contributions"][0]["agent"], "claude-code");
    // An address of another server is not asked, whatever the event says.
    let elsewhere = [("GITHUB_SERVER_URL", "https://forge.test")];
    sandbox.git(&["-C", "../hub.git", "update-ref", "-d", "refs/notes/backstory"]);
    sandbox.git(&["-C", stage.runner.to_str().unwrap(), "update-ref", "-d", "refs/notes/backstory"]);
    // Nor is what the run before brought into the workspace used.
    let copy =
        ["-C", stage.runner.to_str().unwrap(), "rev-parse", "-q", "--verify", "refs/notes/remotes/fork/backstory"];
    assert!(sandbox.try_git(&copy).code == 0);
    assert_eq!(stage.act_with("pull_request", &event, &elsewhere).code, 0);
    assert_eq!(stage.hub_note(&stage.commits[0]), None);
    assert!(sandbox.try_git(&copy).code != 0);
}

#[test]
fn a_rebase_gives_each_commit_its_own_record() {
    let stage = Stage::new();
    let sandbox = &stage.sandbox;
    sandbox.git(&["checkout", "-q", "-b", "landed", "main"]);
    sandbox.write("other", "x\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "Other work"]);
    sandbox.git(&["-c", "core.hooksPath=/dev/null", "-c", "notes.rewriteRef=x", "cherry-pick", "main..side"]);
    let landed: Vec<String> =
        sandbox.git(&["rev-list", "--reverse", "-2", "HEAD"]).lines().map(str::to_owned).collect();
    sandbox.git(&["push", "-q", "--no-verify", "origin", "landed:main"]);
    stage.forge.with(|state| {
        state.pull["merged"] = true.into();
        state.pull["merged_at"] = "2026-01-02T04:00:00Z".into();
        state.pull["state"] = "closed".into();
        state.pull["merge_commit_sha"] = landed[1].clone().into();
    });
    let ran = stage.act("pull_request", &stage.event("closed"), &[]);
    // The other commit had none to give.
    assert_eq!((ran.code, stage.output("records").as_str()), (0, "1"), "{ran:?}");
    let record: Value = serde_json::from_str(&stage.hub_note(&landed[0]).unwrap()).unwrap();
    assert_eq!(record["contributions"][0]["agent"], "claude-code");
    assert_eq!(stage.hub_note(&landed[1]), None);
}

#[test]
fn the_second_workflow_asks_the_place_itself_which_pull_request_it_is_for() {
    let stage = Stage::new();
    let run = |head: &str| json!({"workflow_run": {"head_sha": head, "pull_requests": []}});
    let ran = stage.act("workflow_run", &run(&stage.commits[1]), &[]);
    assert_eq!((ran.code, stage.output("published").as_str()), (0, "written"), "{ran:?}");
    assert!(stage.forge.body().contains("Claude Code"));
    let ran = stage.act("workflow_run", &run(&"e".repeat(40)), &[]);
    assert_eq!((ran.code, stage.output("published").as_str()), (0, "none"), "{ran:?}");
}

#[test]
fn other_events_get_a_summary_or_nothing() {
    let stage = Stage::new();
    let group = json!({"merge_group": {"base_sha": stage.base, "head_sha": stage.commits[1]}});
    let ran = stage.act("merge_group", &group, &[]);
    assert_eq!((ran.code, stage.output("agent-commits").as_str()), (0, "1"), "{ran:?}");
    let ran = stage.act("check_run", &json!({"action": "created"}), &[]);
    assert_eq!((ran.code, stage.output("published").as_str()), (0, "none"));
    assert_eq!(ran.err, "backstory: nothing to do: the event `check_run` says nothing of how a change was made\n");
    let mut closed = stage.event("closed");
    closed["pull_request"]["merged"] = false.into();
    let ran = stage.act("pull_request", &closed, &[]);
    assert_eq!(ran.err, "backstory: nothing to do: #7 was closed without being merged\n");
    assert_eq!(stage.forge.count("PATCH"), 0);
}

#[test]
fn what_is_wrong_is_named_with_the_next_step() {
    let stage = Stage::new();
    let fails = |event: &Value, inputs: &[(&str, &str)]| {
        let ran = stage.act("pull_request", event, inputs);
        assert_eq!(ran.code, 2, "{ran:?}");
        ran.err
    };
    let event = stage.event("opened");
    assert_eq!(
        fails(&event, &[("MODE", "desc")]),
        "backstory: the input `mode` is `desc`; it may be description, comment, check, summary\n"
    );
    assert!(fails(&json!({"zen": "x"}), &[]).contains("GITHUB_EVENT_PATH"));
    assert!(fails(&event, &[("BASE", "nowhere")]).contains("the input `base` is `nowhere`"));
    assert!(fails(&event, &[("TEMPLATE", "missing.md")]).contains("cannot read the template"));
    let mut gone = event.clone();
    gone["pull_request"]["head"]["sha"] = "d".repeat(40).into();
    assert!(fails(&gone, &[]).contains(&"d".repeat(40)));
    let ran = run(stage.sandbox.command(PROGRAM).arg("action"), "");
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (
            2,
            "backstory: GITHUB_EVENT_NAME is not set; `backstory action` runs in a workflow, at your desk use `backstory describe`\n"
        )
    );
}

#[test]
fn a_merge_request_of_gitlab_gets_its_section_from_the_variables_of_the_pipeline() {
    let stage = Stage::new();
    stage.sandbox.git(&["push", "-q", "origin", "side:refs/merge-requests/7/head"]);
    let act = |token: (&str, &str)| {
        let variables = [
            ("GITLAB_CI", "true"),
            ("CI_API_V4_URL", stage.forge.api.as_str()),
            ("CI_SERVER_URL", "https://forge.test"),
            ("CI_PROJECT_PATH", "o/r"),
            ("CI_MERGE_REQUEST_IID", "7"),
            ("CI_MERGE_REQUEST_PROJECT_PATH", "o/r"),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "o/r"),
            ("CI_COMMIT_SHA", stage.commits[1].as_str()),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", stage.base.as_str()),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            token,
        ];
        stage.act_with("", &json!({}), &variables)
    };
    let ran = act(("GITLAB_TOKEN", "glpat-0123456789abcdefghij"));
    // No commands of another runner in its log.
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
    let body = stage.forge.body();
    assert!(body.starts_with(PEOPLE) && body.contains("divide by 100"), "{body}");
    assert_eq!(stage.forge.count("PUT"), 1);
    assert_eq!(act(("GITLAB_TOKEN", "glpat-0123456789abcdefghij")).code, 0);
    assert_eq!(stage.forge.count("PUT"), 1);

    let variables = [("GITLAB_CI", "true"), ("CI_SERVER_URL", "https://forge.test"), ("CI_PROJECT_PATH", "o/r")];
    let ran = stage.act_with("", &json!({}), &variables);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("merge_request_event"), "{ran:?}");
}

#[test]
fn a_pull_request_of_forgejo_gets_its_section_below_the_path_of_its_api() {
    let stage = Stage::new();
    let api = format!("{}/api/v1", stage.forge.api);
    let variables = [("FORGEJO_ACTIONS", "true"), ("GITHUB_API_URL", api.as_str())];
    let ran = stage.act_with("pull_request", &stage.event("opened"), &variables);
    assert_eq!((ran.code, stage.output("published").as_str()), (0, "written"), "{ran:?}");
    assert!(stage.forge.body().contains("divide by 100"));
}

const SETTINGS: &str = ".backstory.yml";

#[test]
fn a_pull_request_is_judged_by_the_branch_that_it_goes_into() {
    let forbids = "timeout_ms: 60000\npolicy: {forbidden-agents: {agents: [claude-code]}}\n";
    let plain = "timeout_ms: 60000\npolicy: {verified: off}\n";
    for (base, pull, code) in [(forbids, plain, 1), (plain, forbids, 0)] {
        let stage = Stage::with(&[(SETTINGS, base)], &[(SETTINGS, pull)]);
        let ran = stage.act("pull_request", &stage.event("opened"), &[("FAIL_ON", "fail")]);
        assert_eq!(ran.code, code, "{base}{pull}{ran:?}");
        let row = "`.backstory.yml`: what decides how commits are recorded and judged is changed in `";
        assert!(stage.forge.body().contains(row), "{}", stage.forge.body());
        assert!(ran.out.contains("::warning file=.backstory.yml,line=1"), "{ran:?}");
        // A range of the workflow's own choice does not choose the judge, and neither does a base.
        for (input, value) in [("RANGE", "HEAD~1..HEAD"), ("BASE", "HEAD~1")] {
            let inputs = [("FAIL_ON", "warn"), ("MODE", "summary"), (input, value)];
            stage.act("pull_request", &stage.event("opened"), &inputs);
            assert!(!stage.file("summary").contains("forbidden-agents") || code == 1, "{input}");
        }
    }
    // Pull requests that are tried together.
    let stage = Stage::with(&[(SETTINGS, forbids)], &[(SETTINGS, plain)]);
    let base = stage.sandbox.git(&["rev-parse", "main"]).trim().to_owned();
    let group = json!({"merge_group": {"base_sha": base, "head_sha": stage.commits[2]}});
    assert_eq!(stage.act("merge_group", &group, &[("FAIL_ON", "fail")]).code, 1);
}

#[test]
fn what_restricts_counts_from_either_side_and_so_does_what_cannot_be_read() {
    let with = |line: &str| format!("timeout_ms: 60000\n{line}\n");
    let (full, none, broken) = (with("prompts: full"), with("prompts: none"), with("prompt: full"));
    for (base, pull, shown, said) in [
        (&full, &with("strict: false"), true, None),
        (&none, &full, false, None),
        (&full, &none, false, None),
        (&full, &broken, false, Some("the key `prompt` is not known")),
        (&broken, &full, false, Some("the key `prompt` is not known")),
        (&with("redaction: {rules: [{kind: sum, pattern: 'divide by [0-9]+'}]}"), &full, false, None),
        // A rule of the branch itself was kept when its records were pushed.
        (&full, &with("redaction: {rules: [{kind: sum, pattern: 'divide by [0-9]+'}]}"), false, None),
    ] {
        let stage = Stage::with(&[(SETTINGS, base)], &[(SETTINGS, pull)]);
        let ran = stage.act("pull_request", &stage.event("opened"), &[]);
        assert_eq!(ran.code, 0, "{base}{pull}{ran:?}");
        assert!(stage.forge.body().contains("Claude Code"), "{}", stage.forge.body());
        for text in [stage.forge.body(), stage.file("summary")] {
            assert!(shown || !text.contains("divide by 100"), "{base}{pull}{text}");
        }
        assert_eq!(stage.forge.body().contains("divide by 100"), shown, "{base}{pull}");
        if let Some(said) = said {
            assert!(ran.err.contains(said) && stage.file("summary").contains("cannot be used"), "{base}{pull}{ran:?}");
        }
        if base == &broken {
            let ran = stage.act("pull_request", &stage.event("opened"), &[("FAIL_ON", "fail")]);
            assert!(ran.code == 2 && ran.err.contains("cannot be judged"), "{ran:?}");
            assert!(stage.file("summary").contains("Claude Code"));
        }
    }
}

#[test]
fn what_the_default_branch_keeps_in_counts_for_a_push_and_for_a_range() {
    let session = format!("session:{}\n", support::agents::CLAUDE_ID);
    for (name, file, text) in [
        ("nothing", "other", "x\n"),
        ("prompts", SETTINGS, "prompts: none\n"),
        ("a session", ".backstoryignore", &session),
        ("an agent", ".backstoryignore", "agent:claude-code\n"),
        ("a rule", SETTINGS, "redaction: {rules: [{kind: sum, pattern: 'divide by [0-9]+'}]}\n"),
        ("a list that cannot be read", ".backstoryignore", "sesion:x\n"),
        ("settings that cannot be read", SETTINGS, "prompt: none\n"),
        ("a rule that cannot be used", SETTINGS, "redaction: {rules: [{kind: sum, pattern: '('}]}\n"),
    ] {
        let stage = Stage::with(&[(file, text)], &[]);
        let [base, head] = [&stage.base, &stage.commits[1]];
        let push =
            json!({"ref": "refs/heads/side", "before": base, "after": head, "repository": {"default_branch": "main"}});
        let hand = json!({"ref": "refs/heads/side", "inputs": {}});
        let range = format!("{base}..{head}");
        for (event, payload, inputs) in [
            ("push", &push, vec![]),
            ("workflow_dispatch", &hand, vec![("RANGE", range.as_str())]),
            ("pull_request", &stage.event("opened"), vec![("MODE", "summary")]),
        ] {
            let ran = stage.act(event, payload, &inputs);
            assert_eq!(ran.code, 0, "{name}, {event}: {ran:?}");
            let all = format!("{}{}", stage.file("summary"), ran.out);
            assert_eq!(all.contains("divide by 100"), name == "nothing", "{name}, {event}: {all}");
        }
    }
}

#[test]
fn a_template_comes_from_the_branch_that_the_pull_request_goes_into() {
    let (ours, theirs) = ("OURS {{ change.headline.commits }}\n", "THEIRS {{ change.headline.commits }}\n");
    let secret = "a file of the runner";
    for (base, pull, has, said) in [
        (Some(ours), Some(theirs), "OURS 3", None),
        (None, Some(theirs), "How this change was made", Some("there is no template docs/t.md in")),
        (Some("-> ../../temporary/secret"), Some(theirs), "How this change was made", Some("is a symlink")),
        (Some(ours), Some("-> ../../temporary/secret"), "OURS 3", None),
    ] {
        let file = |text: Option<&'static str>| text.map(|text| ("docs/t.md", text)).into_iter().collect::<Vec<_>>();
        let keep = [("docs/keep", "x")];
        let stage = Stage::with(&[&keep[..], &file(base)].concat(), &[&keep[..], &file(pull)].concat());
        stage.sandbox.write("../temporary/secret", secret);
        let ran = stage.act("pull_request", &stage.event("opened"), &[("TEMPLATE", "docs/t.md")]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let body = stage.forge.body();
        assert!(body.contains(has) && !body.contains("THEIRS") && !body.contains(secret), "{body}");
        assert!(said.is_none_or(|said| ran.err.contains(said)), "{ran:?}");
        assert!(stage.file("summary").contains("docs/t.md"), "{}", stage.file("summary"));
    }
    // Where no pull request is judged, the checkout counts, without its links.
    let stage = Stage::with(&[], &[("t.md", "-> ../temporary/secret")]);
    stage.sandbox.write("../temporary/secret", secret);
    stage.sandbox.git(&["-C", stage.runner.to_str().unwrap(), "fetch", "-q", "--unshallow"]);
    let inputs = [("TEMPLATE", "t.md"), ("RANGE", "HEAD~1..HEAD")];
    let ran = stage.act("workflow_dispatch", &json!({}), &inputs);
    assert!(ran.code == 2 && ran.err.contains("t.md is a symlink, which is not followed"), "{ran:?}");
}

/// Lines that the runner of a workflow would take for a command, other than our own remarks.
fn commands(ran: &Ran) -> Vec<String> {
    let ours = ["::notice ", "::warning ", "::error "];
    let is_command = |line: &&str| {
        let start = line.trim_start();
        (start.starts_with("::") && !ours.iter().any(|ours| line.starts_with(ours)))
            || (start.contains("##[") && !start.starts_with("::"))
            || start.contains("##vso[")
    };
    ran.out.lines().chain(ran.err.lines()).filter(is_command).map(str::to_owned).collect()
}

#[test]
fn nothing_that_comes_from_outside_is_a_command_to_the_runner() {
    let hostile = ["##[add-path]/tmp", "x ##[set-env name=A]b", "::add-mask::x", "a\n ::error::x", "##vso[task.x]y"];
    let stage = Stage::new();
    let sandbox = &stage.sandbox;
    let first = stage.commits[0].clone();
    let record = sandbox.record(&first);
    let put = |text: &str| {
        sandbox.write("../note", text);
        sandbox.git(&["notes", "--ref", "backstory", "add", "-f", "-F", "../note", &first]);
        sandbox.git(&["push", "-q", "-f", "--no-verify", "origin", "refs/notes/backstory"]);
    };
    let act = |inputs: &[(&str, &str)]| stage.act("pull_request", &stage.event("opened"), inputs);
    let check = |ran: &Ran, what: &str| assert_eq!(commands(ran), Vec::<String>::new(), "{what}: {ran:?}");
    for text in hostile {
        for input in ["RANGE", "BASE", "TEMPLATE", "MODE", "FAIL_ON", "PROMPTS"] {
            check(&act(&[(input, text)]), input);
        }
        check(&stage.act(text, &json!({}), &[]), "the name of the event");
        let at = |path: &str, value: Value| {
            let mut record = record.clone();
            *record.pointer_mut(path).unwrap_or_else(|| panic!("no {path}")) = value;
            record.to_string()
        };
        for path in ["/contributions/0/prompts/0/role", "/contributions/0/confidence", "/committed_at", "/lines"] {
            put(&at(path, text.into()));
            let ran = act(&[]);
            check(&ran, path);
            assert!(ran.code == 0 && ran.err.contains("left out"), "{path}: {ran:?}");
            assert!(!ran.err.contains("add-path") && !ran.err.contains("add-mask"), "no value is shown: {ran:?}");
        }
        for path in ["/contributions/0/prompts/0/text", "/contributions/0/session", "/generator"] {
            put(&at(path, text.into()));
            check(&act(&[]), path);
            for command in [["describe"], ["show"], ["log"], ["check"]] {
                check(&sandbox.backstory(&[command[0], "main..side"]), command[0]);
                check(&sandbox.backstory(&[command[0], "main..side", "--json"]), command[0]);
                check(&sandbox.backstory(&[command[0], text]), command[0]);
            }
        }
        check(&sandbox.backstory(&[&format!("--{text}")]), "an argument");
        let quoted = json!(text).to_string();
        for yaml in [
            format!("{quoted}: x\n"),
            format!("prompts: {quoted}\n"),
            format!("ignore: [{}]\n", json!(format!("[{text}"))),
            format!("redaction: {{rules: [{{kind: {quoted}, pattern: x}}]}}\n"),
            format!("redaction: {{rules: [{{kind: x, pattern: {}}}]}}\n", json!(format!("({text}"))),
        ] {
            sandbox.write(SETTINGS, &yaml);
            check(&sandbox.backstory(&["describe", "main..side"]), &yaml);
            check(&sandbox.backstory(&["doctor"]), &yaml);
        }
        sandbox.write(SETTINGS, "timeout_ms: 60000\n");
        sandbox.write(".backstoryignore", text);
        check(&sandbox.backstory(&["describe", "main..side"]), "an ignored path");
        std::fs::remove_file(sandbox.root.join(".backstoryignore")).unwrap();
    }
    // What git says of a remote with such an address.
    let folder = stage.runner.to_str().unwrap();
    sandbox.git(&["-C", folder, "remote", "set-url", "origin", "/nowhere/##[add-path]x"]);
    let ran = act(&[]);
    check(&ran, "the address of the remote");
    assert!(ran.err.contains("nowhere"), "{ran:?}");
}

/// As `actions/checkout` makes them with `filter:`, and with `sparse-checkout:`, which filters too.
#[test]
fn a_partial_or_sparse_checkout_gives_the_same_report_and_none_without_the_server_ends_well() {
    let settings = "timeout_ms: 60000\nprompts: first-line\n";
    let mut stage = Stage::with(&[(SETTINGS, settings)], &[]);
    let hub = format!("file://{}", stage.sandbox.base().join("hub.git").display());
    for key in ["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"] {
        stage.sandbox.git(&["-C", "../hub.git", "config", key, "true"]);
    }
    let merge = stage.sandbox.git(&["commit-tree", "-p", "main", "-p", "side", "-m", "Merge", "side^{tree}"]);
    stage.sandbox.git(&["push", "-q", "--no-verify", "origin", &format!("{}:refs/pull/7/merge", merge.trim())]);
    assert_eq!(stage.act("pull_request", &stage.event("opened"), &[]).code, 0);
    let whole = stage.forge.body();
    assert!(whole.contains("divide by 100"), "{whole}");
    for (name, arguments) in [
        ("without files", &["--filter=blob:none"][..]),
        ("without files, shallow", &["--filter=blob:none", "--depth=1"]),
        ("without folders", &["--filter=tree:0"]),
        ("sparse", &["--filter=blob:none", "--sparse", "--depth=1"]),
    ] {
        for reference in ["refs/heads/side", "refs/pull/7/merge"] {
            stage.runner = stage.sandbox.base().join(format!("{name} {}", reference.replace('/', "-")));
            let folder = stage.runner.to_str().unwrap().to_owned();
            stage.sandbox.git(&[&["clone", "-q", "--no-checkout"], arguments, &[&hub, &folder]].concat());
            stage.sandbox.git(&["-C", &folder, "fetch", "-q", "origin", reference]);
            stage.sandbox.git(&["-C", &folder, "checkout", "-q", "FETCH_HEAD"]);
            stage.forge.with(|state| state.pull["body"] = PEOPLE.into());
            let ran = stage.act("pull_request", &stage.event("opened"), &[]);
            assert_eq!((ran.code, stage.output("commits").as_str()), (0, "2"), "{name} {reference}: {ran:?}");
            assert_eq!(stage.forge.body(), whole, "{name} {reference}: {ran:?}");
        }
    }
    // A server that is gone: what is here is told, and the job is not red.
    stage.runner = stage.sandbox.base().join("alone");
    let folder = stage.runner.to_str().unwrap().to_owned();
    stage.sandbox.git(&["clone", "-q", "--filter=blob:none", "-b", "side", &hub, &folder]);
    stage.sandbox.git(&["-C", &folder, "remote", "set-url", "origin", "/nowhere"]);
    let ran = stage.act("pull_request", &stage.event("opened"), &[("MODE", "summary")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!stage.file("summary").is_empty() && ran.err.contains("/nowhere"), "{ran:?}");
}

/// The SOP of `change` with this model as files of the branch that a pull request goes into.
fn with_sop(model: &str, more: &[(&str, &str)]) -> Stage {
    let files = published("change", model);
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Stage::with(&[&files, more].concat(), &[])
}

/// The line about processes of the pull request, and of the summary.
fn process_lines(stage: &Stage) -> [Vec<String>; 2] {
    let ran = stage.act("pull_request", &stage.event("opened"), &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let lines = |text: String| text.lines().filter(|line| line.contains("SOP ")).map(str::to_owned).collect();
    [lines(stage.forge.body()), lines(stage.file("summary"))]
}

#[test]
fn beside_a_published_sop_a_pull_request_has_one_line_on_how_it_went() {
    let lint = "- id: lint\n  title: Lint\n  activities: [lint]\n  required: true\n  runs: 10\n- id: commit\n";
    for (case, model, expected) in [
        ("as it says", MODEL.to_owned(), "**Process:** SOP change v1: 3 of 3 steps (1 of 2 commits)."),
        (
            "not as it says",
            MODEL.replace("- id: commit\n", lint),
            "**Process:** SOP change v1: 3 of 4 steps (1 of 2 commits); deviation: no lint (SOP step 3).",
        ),
    ] {
        let stage = with_sop(&model, &[]);
        assert_eq!(process_lines(&stage), [[expected], [expected]], "{case}");
        let values = std::fs::read_to_string(stage.output("json-path")).unwrap();
        assert!(values.contains("\"processes\""), "{values}");
    }
}

#[test]
fn where_nothing_is_known_of_a_process_nothing_is_said_of_it() {
    let none: [Vec<String>; 2] = Default::default();
    assert_eq!(process_lines(&Stage::new()), none, "no SOP");
    let other = MODEL.replace("process: change", "process: release");
    assert_eq!(process_lines(&with_sop(&other, &[])), none, "another process");
    // One that the pull request brings itself is none that is in force.
    let files = published("change", MODEL);
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert_eq!(process_lines(&Stage::with(&[], &files)), none, "of the pull request");
    let raw = MODEL.replace("process: change", "process: change\nlevel: raw");
    assert_eq!(process_lines(&with_sop(&raw, &[])), none, "a model of every single step");
    let rules = "[[process]]\nname = \"hotfix\"\nbranch = \"hotfix/*\"\n";
    let stage = with_sop(MODEL, &[(".backstory/process.toml", rules)]);
    assert_eq!(process_lines(&stage), none, "the branch would say which process it is");
}

#[test]
fn a_broken_sop_costs_its_line_and_is_named() {
    let broken = ("docs/processes/change/versions/1/process.yaml", "schema: 1\nsteps: []\n");
    let stage = with_sop(MODEL, &[broken]);
    assert_eq!(process_lines(&stage), <[Vec<String>; 2]>::default());
    let ran = stage.act("pull_request", &stage.event("opened"), &[]);
    assert!(ran.err.contains("version 1 of the SOP `change` is not what was published"), "{ran:?}");
    let rules = (".backstory/process.toml", "[[command]]\nactivity = \"x\"\n");
    let stage = with_sop(MODEL, &[rules]);
    assert_eq!(process_lines(&stage), <[Vec<String>; 2]>::default());
    let ran = stage.act("pull_request", &stage.event("opened"), &[]);
    assert!(ran.err.contains("process.toml:1: ") && stage.forge.body().contains("Claude Code"), "{ran:?}");
}

/// The SOP of `change`, on the branch that the pull request goes into and in the pull request, which then changes these files of it.
fn changing_the_sop(model: &str, change: impl Fn(&str, &str) -> String) -> Stage {
    let stage = with_sop(model, &[]);
    let sandbox = &stage.sandbox;
    sandbox.git(&["-c", "core.hooksPath=/dev/null", "merge", "-q", "--no-edit", "main"]);
    for (path, text) in published("change", model) {
        sandbox.write(&path, &change(path.rsplit('/').next().unwrap(), &text));
    }
    sandbox.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-a", "--allow-empty", "-m", "Change the SOP"]);
    sandbox.git(&["push", "-q", "--no-verify", "origin", "side", "side:refs/pull/7/head"]);
    let head = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let ids = sandbox.git(&["rev-list", "--reverse", "main..side"]);
    stage.forge.with(|state| {
        state.pull["head"]["sha"] = head.into();
        state.pull["base"]["sha"] = sandbox.git(&["rev-parse", "main"]).trim().into();
        state.commits = ids.lines().map(str::to_owned).collect();
    });
    stage
}

#[test]
fn a_pull_request_that_breaks_what_an_sop_promises_is_told_which_promise() {
    let line = |text: &str, number: usize| text.lines().nth(number - 1).unwrap().to_owned();
    let ledger_without_end = |name: &str, text: &str| match name {
        "ledger.jsonl" => text.lines().take(4).map(|line| format!("{line}\n")).collect(),
        _ => text.to_owned(),
    };
    let forged = |name: &str, text: &str| match name {
        "ledger.jsonl" => text.replace(&line(text, 4), &line(text, 4).replace("Ada", "Eve")),
        _ => text.to_owned(),
    };
    let edited = |name: &str, text: &str| match name {
        "SOP.md" => text.replace("Edit the code.", "Edit nothing."),
        _ => text.to_owned(),
    };
    let stages: [(&str, Stage, &str, &str); 3] = [
        ("edited", changing_the_sop(MODEL, edited), "SOP.md,line=1", "was edited after it was approved and published"),
        ("forged", changing_the_sop(MODEL, forged), "ledger.jsonl,line=4", "entry 4 was changed after it was written"),
        (
            "taken away",
            changing_the_sop(MODEL, ledger_without_end),
            "ledger.jsonl,line=5",
            "this line is another than before",
        ),
    ];
    for (case, stage, place, promise) in stages {
        let ran = stage.act("pull_request", &stage.event("synchronize"), &[("MODE", "summary")]);
        assert_eq!(ran.code, 0, "{case}: {ran:?}");
        let remark = ran.out.lines().find(|line| line.starts_with("::error") && line.contains(place));
        assert!(remark.is_some_and(|line| line.contains(promise)), "{case}: {}", ran.out);
        let summary = stage.file("summary");
        assert!(
            summary.starts_with("### SOPs break what they promise") && summary.contains(promise),
            "{case}: {summary}"
        );
        let ran = stage.act("pull_request", &stage.event("synchronize"), &[("MODE", "check"), ("FAIL-ON", "fail")]);
        assert_eq!(ran.code, 1, "{case}: {ran:?}");
        stage.forge.with(|state| {
            let check = state.checks.last().unwrap();
            assert_eq!(check["conclusion"], "failure", "{case}");
            assert!(check["output"]["annotations"].to_string().contains(promise), "{case}: {check}");
        });
        // A token that may only read says it in the summary as well.
        stage.forge.with(|state| state.read_only = true);
        let ran = stage.act("pull_request", &stage.event("synchronize"), &[("MODE", "check")]);
        assert!(ran.code == 0 && stage.file("summary").contains(promise), "{case}: {ran:?}");
    }
}

#[test]
fn an_sop_that_keeps_its_promises_gets_no_remark_and_an_approval_must_be_known_to_the_forge() {
    let same = |_: &str, text: &str| text.to_owned();
    let stage = changing_the_sop(MODEL, same);
    let ran = stage.act("pull_request", &stage.event("synchronize"), &[("MODE", "summary")]);
    assert!(!ran.out.contains("::error") && !stage.file("summary").contains("### SOPs"), "{ran:?}");
    // One that the pull request brings, with an approval of its own.
    let files = published("change", MODEL);
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let stage = Stage::with(&[], &files);
    let act = || stage.act("pull_request", &stage.event("synchronize"), &[("MODE", "summary")]);
    let ran = act();
    assert!(ran.out.contains("the forge knows no such approval by Ada: pull/7#review-5"), "{ran:?}");
    let review =
        json!({"id": 5, "user": {"login": "ada", "type": "User"}, "state": "APPROVED", "commit_id": "1a2b3c4"});
    stage.forge.with(|state| state.reviews = vec![review]);
    let ran = act();
    assert!(!ran.out.contains("::error"), "{ran:?}");
    // Evidence is looked for where the whole history is here.
    let lost = "f".repeat(40);
    let model = MODEL.replace("  rules_version: 1\n", &format!("  commits: [\"{lost}\"]\n  rules_version: 1\n"));
    let files = published("change", &model);
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let stage = Stage::with(&[], &files);
    stage.sandbox.git(&["-C", stage.runner.to_str().unwrap(), "fetch", "-q", "--unshallow"]);
    let ran = stage.act("pull_request", &stage.event("synchronize"), &[("MODE", "summary")]);
    assert!(ran.out.contains("1 of 1 commits of its evidence are not here, such as ffffffffffff"), "{ran:?}");
}

/// The workflow's checkout is the main branch, where the SOP names a command that is gone since.
fn with_drift() -> Stage {
    let model = MODEL.replace(
        "  activities: [run tests]\n",
        "  activities: [run tests]\n  commands:\n  - {command: make test, runs: 10}\n",
    );
    let stage = with_sop(&model, &[("Makefile", "test:\n\ttrue\n")]);
    to_main(&stage, &[("Makefile", "check:\n\ttrue\n")]);
    stage
}

/// One more commit on the main branch, which the workflow then checks out with its history.
fn to_main(stage: &Stage, files: &[(&str, &str)]) {
    let sandbox = &stage.sandbox;
    sandbox.git(&["checkout", "-q", "main"]);
    for (path, text) in files {
        sandbox.write(path, text);
    }
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "Go on"]);
    sandbox.git(&["push", "-q", "--no-verify", "origin", "main"]);
    std::fs::remove_dir_all(&stage.runner).unwrap();
    let hub = format!("file://{}", sandbox.base().join("hub.git").display());
    sandbox.git(&["clone", "-q", "-b", "main", &hub, stage.runner.to_str().unwrap()]);
}

#[test]
fn on_a_schedule_an_issue_asks_once_whether_an_sop_needs_an_update() {
    let stage = with_drift();
    let act = || {
        let ran = stage.act("schedule", &json!({}), &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
        stage.forge.with(|state| (state.issues.clone(), state.requests.clone()))
    };
    let (issues, _) = act();
    assert_eq!((issues.len(), &issues[0]["title"]), (1, &json!("Does the SOP `change` need an update?")));
    let body = issues[0]["body"].as_str().unwrap();
    assert!(body.contains("`make test`") && body.ends_with("<!-- backstory:drift sop=change runs=0 -->\n"), "{body}");
    assert_eq!(issues[0]["labels"], json!(["backstory"]));
    assert!(stage.file("summary").contains("### Drift"), "{}", stage.file("summary"));
    // Nothing is written a second time, and an old text is brought up to date.
    let (again, requests) = act();
    assert_eq!((&again, requests.iter().filter(|request| !request.starts_with("GET")).count()), (&issues, 1));
    stage.forge.with(|state| state.issues[0]["body"] = body.replace("make test", "make it").into());
    assert_eq!(act().0, issues);
    // One that a person closed stays closed; one of somebody else is none of ours.
    stage.forge.with(|state| state.issues[0]["state"] = "closed".into());
    assert_eq!(act().0[0]["state"], "closed");
    stage.forge.with(|state| state.issues[0]["state"] = "open".into());
    // The command is back: there is nothing to ask.
    to_main(&stage, &[("Makefile", "test:\n\ttrue\n")]);
    assert_eq!(act().0[0]["state"], "closed");
}

#[test]
fn a_question_that_may_not_be_asked_is_in_the_summary_with_the_right_that_lacks() {
    let stage = with_drift();
    stage.forge.with(|state| state.read_only = true);
    let ran = stage.act("schedule", &json!({}), &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let summary = stage.file("summary");
    assert!(
        summary.contains("The question was not asked in an issue") && summary.contains("issues: write"),
        "{summary}"
    );
    let lines = summary.lines().filter(|line| line.contains("was not asked")).count();
    assert_eq!((lines, stage.forge.with(|state| state.issues.len())), (1, 0), "{summary}");
    // Where no SOP is in force nothing is asked, nor looked for.
    let stage = Stage::new();
    let ran = stage.act("schedule", &json!({}), &[]);
    assert!(ran.err.contains("nothing to do") && stage.forge.with(|state| state.requests.is_empty()), "{ran:?}");
}
