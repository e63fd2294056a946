//! `backstory action` as a workflow runs it: a shallow checkout of a bare remote, an event, and a GitHub on loopback.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::path::PathBuf;

use serde_json::{Value, json};
use support::agents::{CART, claude};
use support::forge::Forge;
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
        sandbox.git(&["push", "-q", "origin", "side", "side:refs/pull/7/head"]);
        let commits: Vec<String> =
            sandbox.git(&["rev-list", "--reverse", "main..side"]).lines().map(str::to_owned).collect();
        let ids: Vec<&str> = commits.iter().map(String::as_str).collect();
        let forge = Forge::start(&base, ids[1], &ids, PEOPLE);
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
    sandbox.git(&["-C", stage.runner.to_str().unwrap(), "update-ref", "-d", "refs/notes/remotes/fork/backstory"]);
    assert_eq!(stage.act_with("pull_request", &event, &elsewhere).code, 0);
    assert_eq!(stage.hub_note(&stage.commits[0]), None);
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
