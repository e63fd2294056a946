//! The life of a process document with the program itself: from the interview to the published text, every refusal on the way, and
//! what becomes of it when the program is killed or a file is changed behind its back.
#![allow(clippy::unwrap_used, reason = "these are tests")]

mod support;

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::forge::Forge;
use crate::support::sop::{MODEL, published};
use crate::support::{PROGRAM, Ran, Sandbox, run};

const SLUG: &str = "customer-onboarding";
const FOLDER: &str = "docs/processes/customer-onboarding";

/// A repository with one commit of a person's.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("README.md", "A shop.\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Start"]);
    sandbox
}

fn sop(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    sandbox.backstory(&[&["sop"], arguments].concat())
}

/// What `sop status SLUG --json` says.
fn status(sandbox: &Sandbox) -> Value {
    let text = sop(sandbox, &["status", SLUG, "--json"]).good();
    serde_json::from_str::<Value>(&text).unwrap()["sops"][0].take()
}

fn state(sandbox: &Sandbox) -> String {
    status(sandbox)["state"].as_str().unwrap_or("none").to_owned()
}

/// An interview of two steps, without any run in git.
fn captured(sandbox: &Sandbox) {
    let start = [
        "capture",
        "--name",
        "Customer onboarding",
        "--purpose",
        "A new customer can place orders",
        "--outcome",
        "The customer has placed a first order",
        "--trigger",
        "A signed contract",
        "--who",
        "Sales",
    ];
    sop(sandbox, &start).good();
    for (id, action, expected) in [
        ("create-account", "Create the account", "The customer is listed"),
        ("send-mail", "Send the welcome mail", "The mail is in the outbox"),
    ] {
        sop(
            sandbox,
            &["capture", SLUG, "--id", id, "--step", action, "--expected", expected, "--tool", "the admin page"],
        )
        .good();
    }
}

fn drafted(sandbox: &Sandbox) {
    captured(sandbox);
    sop(sandbox, &["draft", SLUG]).good();
}

/// A walkthrough in which somebody says yes to everything.
fn walked(sandbox: &Sandbox) {
    sop(sandbox, &["walk", SLUG, "--accept-open"]).good();
    for step in ["create-account", "send-mail"] {
        sop(sandbox, &["walk", SLUG, "--step", step, "--yes"]).good();
    }
}

/// Runs the program at a terminal of its own, with `typed` on it. `None` where this system has no `script` of util-linux.
fn at_terminal(sandbox: &Sandbox, arguments: &str, typed: &str) -> Option<Ran> {
    let has_script = cfg!(target_os = "linux")
        && Command::new("script").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !has_script {
        #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
        {
            eprintln!("skipped: no `script` of util-linux, which gives a program a terminal");
        }
        return None;
    }
    let mut command = sandbox.command("script");
    command.args(["-qec", &format!("{PROGRAM} {arguments}"), "/dev/null"]);
    Some(run(&mut command, typed))
}

fn digest(sandbox: &Sandbox) -> String {
    status(sandbox)["digest"].as_str().unwrap().trim_start_matches("sha256:").to_owned()
}

/// Approves at a terminal; `false` where there is no way to have one.
fn approved(sandbox: &Sandbox) -> bool {
    let typed = format!("{}\n", &digest(sandbox)[..8]);
    let Some(ran) = at_terminal(sandbox, &format!("sop approve {SLUG}"), &typed) else { return false };
    assert_eq!((ran.code, state(sandbox).as_str()), (0, "approved"), "{ran:?}");
    true
}

#[test]
fn a_process_without_any_run_goes_from_the_interview_to_the_published_text() {
    let sandbox = sandbox();
    captured(&sandbox);
    assert_eq!(state(&sandbox), "capture");
    sop(&sandbox, &["draft", SLUG]).good();
    assert_eq!(state(&sandbox), "draft");
    let document = sandbox.read(&format!("{FOLDER}/SOP.md"));
    assert!(document.contains("Create the account") && document.contains("n = 0"), "{document}");
    // Drafting again changes no byte.
    let before = sandbox.snapshot();
    sop(&sandbox, &["draft", SLUG]).good();
    assert_eq!(document, sandbox.read(&format!("{FOLDER}/SOP.md")));
    assert_eq!(before.len(), sandbox.snapshot().len());
    walked(&sandbox);
    assert_eq!(state(&sandbox), "walkthrough");
    assert!(status(&sandbox)["next"]["by_person"].as_bool().unwrap());
    if !approved(&sandbox) {
        return;
    }
    let document = sandbox.read(&format!("{FOLDER}/SOP.md"));
    assert!(document.contains("status: \"approved\"") && document.contains("kind: \"terminal\""), "{document}");
    let dry = sop(&sandbox, &["publish", SLUG, "--to", "path:handbook/onboarding.md", "--dry-run"]).good();
    assert!(dry.contains("would write handbook/onboarding.md") && !sandbox.root.join("handbook").exists(), "{dry}");
    sop(&sandbox, &["publish", SLUG, "--to", "path:handbook/onboarding.md"]).good();
    assert_eq!(state(&sandbox), "published");
    let published = sandbox.read("handbook/onboarding.md");
    assert!(published.contains("status: \"published\""), "{published}");
    let again = sop(&sandbox, &["publish", SLUG, "--to", "path:handbook/onboarding.md"]).good();
    assert!(again.contains("is up to date"), "{again}");
    assert_eq!(sandbox.read("handbook/onboarding.md"), published);
    let events = sandbox.read(&format!("{FOLDER}/ledger.jsonl"));
    assert_eq!(events.lines().filter(|line| line.contains("\"event\":\"published\"")).count(), 1, "{events}");
    assert_eq!(sop(&sandbox, &["verify", SLUG]).code, 0);
    assert_eq!(sop(&sandbox, &["review", SLUG, "--reason", "looked at it"]).code, 0);
    assert_eq!(sop(&sandbox, &["retire", SLUG, "--reason", "no more customers"]).code, 0);
    let refused = sop(&sandbox, &["draft", SLUG]);
    assert!(refused.code == 2 && refused.err.contains("`retired`"), "{refused:?}");
}

#[test]
fn what_is_published_passes_the_check_wherever_it_goes() {
    let sandbox = sandbox();
    sop(&sandbox, &["capture", "--name", "Customer onboarding"]).good();
    sop(&sandbox, &["capture", SLUG, "--step", "Create the account"]).good();
    sop(&sandbox, &["draft", SLUG]).good();
    assert_eq!(sop(&sandbox, &["check", SLUG]).code, 1, "a draft with gaps that nobody answers for");
    sop(&sandbox, &["walk", SLUG, "--accept-open"]).good();
    sop(&sandbox, &["walk", SLUG, "--step", "create-the-account", "--yes"]).good();
    if !approved(&sandbox) {
        return;
    }
    let targets =
        ["path:handbook/", "mkdocs:docs/handbook", "docusaurus:site/docs", "agents:", "skill:skills", "sop:sops"];
    let mut arguments = vec!["publish", SLUG];
    arguments.extend(targets.iter().flat_map(|target| ["--to", target]));
    sop(&sandbox, &arguments).good();
    sop(&sandbox, &["check"]).good();
    sop(&sandbox, &["check", &format!("handbook/{SLUG}.md")]).good();
    assert_eq!(sop(&sandbox, &["verify", SLUG]).code, 0);
}

#[test]
fn the_project_sets_where_documents_go_and_when_they_are_due() {
    let sandbox = sandbox();
    captured(&sandbox);
    drafted(&sandbox);
    walked(&sandbox);
    sandbox.write(".backstory/process.toml", "[sop]\nreview-after-days = 30\n");
    if !approved(&sandbox) {
        return;
    }
    let refused = sop(&sandbox, &["publish", SLUG]);
    assert!(refused.code == 2 && refused.err.contains("`publish` under `[sop]`"), "{refused:?}");
    sandbox.write(
        ".backstory/process.toml",
        "[sop]\nreview-after-days = 30\npublish = [\n  \"path:a.md\",\n  \"ftp:x\",\n]\n",
    );
    let refused = sop(&sandbox, &["publish", SLUG]);
    assert!(refused.code == 2 && refused.err.contains("process.toml:5: `ftp:x` is not a target"), "{refused:?}");
    sandbox.write(".backstory/process.toml", "[sop]\nreview-after-days = 30\npublish = [\"path:a.md\", \"agents:\"]\n");
    sop(&sandbox, &["publish", SLUG]).good();
    assert!(sandbox.root.join("a.md").exists() && sandbox.root.join("AGENTS.md").exists());
    let told = status(&sandbox);
    let (by, due) = (told["approval"]["at"].as_str().unwrap(), told["review_by"].as_str().unwrap());
    let day = |text: &str| text[..10].parse::<jiff::civil::Date>().unwrap();
    assert_eq!(day(due).since(day(by)).unwrap().get_days(), 30, "{told}");
}

#[test]
fn every_step_that_comes_too_early_is_refused_with_what_is_possible() {
    let sandbox = sandbox();
    let refused = |arguments: &[&str], said: &str| {
        let ran = sop(&sandbox, arguments);
        assert!(ran.code == 2 && ran.err.contains(said) && ran.err.contains("hint: "), "{arguments:?}: {ran:?}");
    };
    refused(&["status", SLUG], "no SOP `customer-onboarding`");
    refused(&["capture", "Not A Slug"], "`Not A Slug` cannot name a process document");
    sop(&sandbox, &["capture", "--name", "Customer onboarding"]).good();
    refused(&["status", "customer-onbording"], "did you mean `customer-onboarding`?");
    refused(&["walk", SLUG], "has no document yet");
    refused(&["draft", SLUG], "nothing is known of the steps");
    refused(&["capture", SLUG, "--expected", "x"], "--expected says something about a step");
    refused(&["capture", SLUG, "--id", "no-such-step", "--note", "x"], "a step needs its action");
    drafted(&sandbox);
    refused(&["publish", SLUG, "--to", "path:x.md"], "cannot publish it in the state `draft`");
    refused(&["reject", SLUG, "--reason", "x"], "cannot reject it in the state `draft`");
    refused(
        &["walk", SLUG, "--step", "create-account", "--yes"],
        "no walkthrough of `customer-onboarding` is under way",
    );
    sop(&sandbox, &["questions", SLUG, "--ask", "Who may see the contract?"]).good();
    refused(&["walk", SLUG], "open questions: ");
    sop(&sandbox, &["walk", SLUG, "--accept-open"]).good();
    refused(&["walk", SLUG, "--step", "create-account", "--no"], "a `no` needs a note");
    refused(&["walk", SLUG, "--step", "other", "--yes"], "the steps are: create-account, send-mail");
    refused(&["publish", SLUG, "--to", "nowhere"], "`nowhere` is not a target");
    let empty = sop(&sandbox, &["reject", SLUG, "--reason", " "]);
    assert!(empty.code == 2 && empty.err.contains("a rejection needs a reason"), "{empty:?}");
    sop(&sandbox, &["walk", SLUG, "--step", "send-mail", "--check", "order", "--no", "--note", "the mail comes first"])
        .good();
    sop(&sandbox, &["reject", SLUG, "--reason", "the mail comes first"]).good();
    assert_eq!(state(&sandbox), "draft");
    assert_eq!(status(&sandbox)["rejected"]["reason"], "the mail comes first");
}

#[test]
fn no_agent_no_job_and_no_pipe_approves() {
    let sandbox = sandbox();
    drafted(&sandbox);
    walked(&sandbox);
    let approve = |variables: &[(&str, &str)]| {
        run(sandbox.command(PROGRAM).envs(variables.iter().copied()).args(["sop", "approve", SLUG]), "y\n")
    };
    for (variables, said) in [
        (&[][..], "there is no terminal to ask a person at"),
        (&[("CLAUDECODE", "1")], "an agent cannot approve"),
        (&[("CI", "true")], "this is a CI job"),
    ] {
        let ran = approve(variables);
        assert!(ran.code == 2 && ran.err.contains(said), "{variables:?}: {ran:?}");
    }
    assert_eq!(state(&sandbox), "walkthrough");
    let typed = format!("{}\n", &digest(&sandbox)[..8]);
    // A terminal alone proves nothing: the variables of the process above count, though the shell in between clears its own.
    let inner = format!("env -u CLAUDECODE {PROGRAM} sop approve {SLUG}; true");
    let mut command = sandbox.command("script");
    command.env("CLAUDECODE", "1").args(["-qec", &inner, "/dev/null"]);
    if at_terminal(&sandbox, "--version", "").is_some() {
        let ran = run(&mut command, &typed);
        assert!(ran.out.contains("runs above this shell: an agent cannot approve"), "{ran:?}");
        let wrong = at_terminal(&sandbox, &format!("sop approve {SLUG}"), "00000000\n").unwrap();
        assert!(wrong.out.contains("not the beginning of the digest"), "{wrong:?}");
        assert_eq!(state(&sandbox), "walkthrough");
        sandbox.write(".backstory/process.toml", "[approval]\nrequire = \"review\"\n");
        let asked = at_terminal(&sandbox, &format!("sop approve {SLUG}"), &typed).unwrap();
        assert!(asked.out.contains("this project asks for a review"), "{asked:?}");
        sandbox.write(".backstory/process.toml", "[approval]\napprovers = [\"grace@example.invalid\"]\n");
        let asked = at_terminal(&sandbox, &format!("sop approve {SLUG}"), &typed).unwrap();
        assert!(asked.out.contains("is not one of the approvers"), "{asked:?}");
    }
    assert_eq!(state(&sandbox), "walkthrough");
    let retire = run(sandbox.command(PROGRAM).env("CLAUDECODE", "1").args(["sop", "retire", SLUG]), "");
    assert!(retire.err.contains("an agent cannot retire it: only a person can"), "{retire:?}");
}

#[test]
fn an_edit_after_the_approval_voids_it_and_is_never_published() {
    let sandbox = sandbox();
    drafted(&sandbox);
    walked(&sandbox);
    if !approved(&sandbox) {
        return;
    }
    let path = format!("{FOLDER}/SOP.md");
    let text = sandbox.read(&path);
    sandbox.write(&path, &text.replace("Send the welcome mail", "Send the invoice"));
    assert_eq!((state(&sandbox).as_str(), status(&sandbox)["edited"].as_bool()), ("draft", Some(true)));
    let refused = sop(&sandbox, &["publish", SLUG, "--to", "path:x.md"]);
    assert!(refused.code == 2 && refused.err.contains("was edited after its approval"), "{refused:?}");
    assert!(!sandbox.root.join("x.md").exists());
    let verified = sop(&sandbox, &["verify", SLUG]);
    assert!(verified.code == 1 && verified.out.contains("was edited after it was approved"), "{verified:?}");
    // Taken back, it is what was approved.
    sandbox.write(&path, &text);
    assert_eq!(state(&sandbox), "approved");
    sop(&sandbox, &["publish", SLUG, "--to", "path:x.md"]).good();
    let text = sandbox.read(&path);
    sandbox.write(&path, &text.replace("Send the welcome mail", "Send the invoice"));
    sop(&sandbox, &["walk", SLUG, "--accept-open"]).good();
    let now = status(&sandbox);
    assert_eq!(
        (now["state"].as_str(), now["version"].as_u64(), now["live"]["version"].as_u64()),
        (Some("walkthrough"), Some(2), Some(1))
    );
    assert!(sandbox.read(&path).contains("version: 2"));
    assert!(sandbox.read(&format!("{FOLDER}/versions/1/SOP.md")).contains("Send the welcome mail"));
    // Only the step that changed is asked again, and nothing is approved until it is answered.
    let page = sandbox.read(&format!("{FOLDER}/walkthrough.md"));
    assert_eq!(page.matches("- [ ]").count(), 5, "{page}");
    let ran = at_terminal(&sandbox, &format!("sop approve {SLUG}"), "x\n").unwrap();
    assert!(ran.out.contains("the walkthrough has open items"), "{ran:?}");
}

#[test]
fn what_is_wrong_with_a_ledger_is_named_with_its_line() {
    let sandbox = sandbox();
    drafted(&sandbox);
    walked(&sandbox);
    let path = format!("{FOLDER}/ledger.jsonl");
    let good = sandbox.read(&path);
    let lines: Vec<&str> = good.lines().collect();
    for (name, text, said) in [
        ("forged", good.replacen("Test", "Eve", 1), "ledger.jsonl:1: entry 1 was changed after it was written"),
        (
            "removed",
            format!("{}\n{}\n", lines[0], lines[2]),
            "ledger.jsonl:2: entry 2 before it is missing, or was moved",
        ),
        (
            "swapped",
            format!("{}\n{}\n{}\n", lines[0], lines[2], lines[1]),
            "ledger.jsonl:2: entry 2 before it is missing",
        ),
        (
            "merged",
            format!("<<<<<<< HEAD\n{good}=======\n>>>>>>> topic\n"),
            "ledger.jsonl:1: conflict markers of a git merge at lines 1, ",
        ),
    ] {
        sandbox.write(&path, &text);
        for command in [&["verify", SLUG][..], &["walk", SLUG], &["draft", SLUG], &["status", SLUG]] {
            let ran = sop(&sandbox, command);
            assert_ne!(ran.code, 0, "{name} {command:?}");
            assert!(format!("{}{}", ran.out, ran.err).contains(said), "{name} {command:?}: {ran:?}");
        }
        assert_eq!(sandbox.read(&path), text, "nothing is written over a ledger that cannot be trusted");
    }
    // A torn last line is said, and replaced by the next step.
    sandbox.write(&path, &good[..good.len() - 20]);
    let torn = sop(&sandbox, &["status", SLUG]).good();
    assert!(torn.contains("line 3 of the ledger was not written to its end"), "{torn}");
    sop(&sandbox, &["walk", SLUG]).good();
    assert_eq!(state(&sandbox), "walkthrough");
    assert_eq!(sop(&sandbox, &["verify", SLUG]).code, 0);
}

#[test]
fn a_front_matter_that_says_something_else_than_the_ledger_is_found_and_fixed() {
    let sandbox = sandbox();
    drafted(&sandbox);
    let path = format!("{FOLDER}/SOP.md");
    let text = sandbox.read(&path);
    sandbox.write(&path, &text.replace("status: \"draft\"", "status: \"published\""));
    let verified = sop(&sandbox, &["verify"]);
    assert!(
        verified.code == 1 && verified.out.contains("`status` is `published`, and the ledger says `draft`"),
        "{verified:?}"
    );
    sop(&sandbox, &["status", SLUG, "--fix"]).good();
    assert_eq!(sop(&sandbox, &["verify"]).code, 0);
}

/// Killed at each place, and the same command once more: the SOP is where it would be without it.
#[cfg(debug_assertions)]
#[test]
fn whoever_is_killed_at_any_point_goes_on_from_there() {
    for point in backstory::failpoint::SOP_POINTS {
        let sandbox = sandbox();
        let step = |arguments: &[&str]| {
            let all = [&["sop"], arguments].concat();
            let ran = run(sandbox.command(PROGRAM).env("BACKSTORY_FAILPOINT", format!("{point}=kill")).args(&all), "");
            // Whatever was there is still read.
            assert_ne!(sop(&sandbox, &["status"]).code, 2, "{point} {arguments:?}");
            if ran.code != 0 {
                assert_eq!(sandbox.backstory(&all).code, 0, "{point} {arguments:?}");
            }
        };
        step(&["capture", "--name", "Customer onboarding"]);
        step(&["capture", SLUG, "--id", "create-account", "--step", "Create the account"]);
        step(&["capture", SLUG, "--id", "send-mail", "--step", "Send the welcome mail"]);
        step(&["draft", SLUG]);
        step(&["walk", SLUG, "--accept-open"]);
        step(&["walk", SLUG, "--step", "create-account", "--yes"]);
        step(&["walk", SLUG, "--step", "send-mail", "--yes"]);
        assert_eq!(state(&sandbox), "walkthrough", "{point}");
        assert_eq!(sop(&sandbox, &["verify", SLUG]).code, 0, "{point}: {:?}", sop(&sandbox, &["verify", SLUG]));
        if !approved(&sandbox) {
            return;
        }
        step(&["publish", SLUG, "--to", "agents:"]);
        step(&["publish", SLUG, "--to", "skill:skills"]);
        assert_eq!(state(&sandbox), "published", "{point}");
        assert_eq!(sop(&sandbox, &["verify", SLUG]).code, 0, "{point}");
        let path = sandbox.root.join(format!("{FOLDER}/SOP.md"));
        fs::write(&path, fs::read_to_string(&path).unwrap().replace("Send the", "Write the")).unwrap();
        step(&["walk", SLUG, "--accept-open"]);
        let now = status(&sandbox);
        assert_eq!((now["state"].as_str(), now["version"].as_u64()), (Some("walkthrough"), Some(2)), "{point}");
        assert_eq!(sop(&sandbox, &["verify", SLUG]).code, 0, "{point}");
    }
}

#[test]
fn a_page_goes_to_a_wiki_a_section_into_agents_and_nothing_out_of_the_work_tree() {
    let sandbox = sandbox();
    drafted(&sandbox);
    walked(&sandbox);
    if !approved(&sandbox) {
        return;
    }
    sandbox.git(&["init", "-q", "--bare", "-b", "main", "../shop.wiki.git"]);
    sandbox.write("AGENTS.md", "# Agents\n\nBe kind.\n");
    let targets =
        ["wiki:../shop.wiki.git", "agents:", "skill:skills", "sop:sops", "mkdocs:docs/handbook", "docusaurus:site"];
    for target in targets {
        sop(&sandbox, &["publish", SLUG, "--to", target]).good();
    }
    let wiki = |arguments: &[&str]| sandbox.git(&[&["--git-dir", "../shop.wiki.git"], arguments].concat());
    assert!(wiki(&["show", "master:customer-onboarding.md"]).contains("Create the account"));
    assert_eq!(wiki(&["rev-list", "--count", "master"]).trim(), "1");
    let agents = sandbox.read("AGENTS.md");
    assert!(agents.starts_with("# Agents\n\nBe kind.\n") && agents.contains("Create the account"), "{agents}");
    assert!(sandbox.read("skills/customer-onboarding/SKILL.md").contains("name: customer-onboarding"));
    assert!(sandbox.read("sops/customer-onboarding.sop.md").contains("## Steps"));
    let before = sandbox.read("AGENTS.md");
    for target in targets {
        sop(&sandbox, &["publish", SLUG, "--to", target]).good();
    }
    assert_eq!(
        (sandbox.read("AGENTS.md"), wiki(&["rev-list", "--count", "master"]).trim().to_owned()),
        (before, "1".to_owned())
    );
    assert_eq!(status(&sandbox)["live"]["targets"].as_array().unwrap().len(), targets.len());
    for target in ["path:../x.md", "path:/tmp/x.md", "path:.git/hooks/x", "skill:.git"] {
        let ran = sop(&sandbox, &["publish", SLUG, "--to", target]);
        assert!(ran.code == 2 && ran.err.contains("is not a path in this work tree"), "{target}: {ran:?}");
    }
}

/// A process document `change` of four steps that was approved by a review and published, as files.
fn published_files(sandbox: &Sandbox) {
    for (path, text) in published("change", MODEL) {
        sandbox.write(&path, &text);
    }
}

#[test]
fn nothing_that_somebody_else_wrote_is_published_over() {
    let sandbox = sandbox();
    published_files(&sandbox);
    for path in ["docs/change.md", "skills/change/SKILL.md", ".claude/settings.json", ".backstory/process.toml"] {
        sandbox.write(path, "");
    }
    let before = sandbox.snapshot();
    for (target, words) in [
        ("path:README.md", "is not what `change` published last"),
        ("path:docs/change.md", "delete docs/change.md yourself"),
        ("mkdocs:docs", "delete docs/change.md yourself"),
        ("skill:skills", "is not what `change` published last"),
        ("path:docs/processes/change/ledger.jsonl", "holds process documents"),
        ("agents:docs/processes/change/SOP.md", "holds process documents"),
        ("path:.backstory/process.toml", "holds settings"),
        ("path:.claude/settings.json", "holds settings"),
        ("path:.github/workflows/x.yml", "holds settings"),
        ("agents:.claude/settings.json", "needs a Markdown file"),
        ("path:docs/a\nb.md", "characters that nobody sees"),
    ] {
        for dry in [&["--dry-run"][..], &[]] {
            let ran = sop(&sandbox, &[&["publish", "change", "--to", target], dry].concat());
            assert!(ran.code == 2 && ran.err.contains(words), "{target:?}: {ran:?}");
        }
    }
    assert_eq!(sandbox.snapshot(), before);
    // What was published is replaced as long as nobody changed it.
    let publish = || sop(&sandbox, &["publish", "change", "--to", "path:handbook/change.md"]);
    publish().good();
    let text = sandbox.read("handbook/change.md");
    sandbox.write("handbook/change.md", &format!("{text}\nMine.\n"));
    let ran = publish();
    assert!(ran.code == 2 && ran.err.contains("delete handbook/change.md yourself"), "{ran:?}");
    assert!(sandbox.read("handbook/change.md").ends_with("Mine.\n"));
    fs::remove_file(sandbox.root.join("handbook/change.md")).unwrap();
    publish().good();
    assert_eq!(sandbox.read("handbook/change.md"), text);
}

#[test]
fn the_next_version_replaces_the_one_that_was_published() {
    let sandbox = sandbox();
    drafted(&sandbox);
    walked(&sandbox);
    if !approved(&sandbox) {
        return;
    }
    for target in ["path:docs/onboarding.md", "skill:.claude/skills"] {
        sop(&sandbox, &["publish", SLUG, "--to", target]).good();
    }
    let path = format!("{FOLDER}/SOP.md");
    sandbox.write(&path, &sandbox.read(&path).replace("Send the", "Write the"));
    walked(&sandbox);
    assert!(approved(&sandbox));
    for (target, file) in [
        ("path:docs/onboarding.md", "docs/onboarding.md"),
        ("skill:.claude/skills", ".claude/skills/customer-onboarding/SKILL.md"),
    ] {
        assert!(!sandbox.read(file).contains("Write the"));
        sop(&sandbox, &["publish", SLUG, "--to", target]).good();
        assert!(sandbox.read(file).contains("Write the"), "{file}");
    }
}

#[test]
fn a_page_that_others_wrote_stays_in_their_wiki() {
    let sandbox = sandbox();
    published_files(&sandbox);
    sandbox.git(&["init", "-q", "--bare", "-b", "main", "../shop.wiki.git"]);
    sandbox.git(&["clone", "-q", "../shop.wiki.git", "../pages"]);
    fs::write(sandbox.base().join("pages/change.md"), "Our own page.\n").unwrap();
    sandbox.git(&["-C", "../pages", "add", "-A"]);
    sandbox.git(&["-C", "../pages", "commit", "-q", "-m", "Ours"]);
    sandbox.git(&["-C", "../pages", "push", "-q", "origin", "HEAD:main"]);
    let publish = || sop(&sandbox, &["publish", "change", "--to", "wiki:../shop.wiki.git"]);
    let page = || sandbox.git(&["--git-dir", "../shop.wiki.git", "show", "main:change.md"]);
    let ran = publish();
    assert!(ran.code == 2 && ran.err.contains("has a page `change.md` that was not published from here"), "{ran:?}");
    assert_eq!(page(), "Our own page.\n");
    sandbox.git(&["-C", "../pages", "mv", "change.md", "ours.md"]);
    sandbox.git(&["-C", "../pages", "commit", "-q", "-m", "Rename it"]);
    sandbox.git(&["-C", "../pages", "push", "-q", "origin", "HEAD:main"]);
    publish().good();
    assert!(page().contains("Change the code"));
}

#[test]
fn two_who_tell_at_once_lose_nothing() {
    let sandbox = sandbox();
    std::thread::scope(|scope| {
        for who in ["a", "b"] {
            let sandbox = &sandbox;
            scope.spawn(move || {
                for number in 0..40 {
                    let note = format!("note {who}{number:02}.");
                    sop(sandbox, &["capture", "--name", "Customer onboarding", "--note", &note]).good();
                }
            });
        }
    });
    let capture = sandbox.read(&format!("{FOLDER}/capture.md"));
    for who in ["a", "b"] {
        assert!((0..40).all(|number| capture.contains(&format!("- note {who}{number:02}."))), "{capture}");
    }
    // It began once.
    assert_eq!(sandbox.read(&format!("{FOLDER}/ledger.jsonl")).lines().count(), 1);
}

#[test]
fn two_who_walk_at_once_lose_no_answer() {
    let sandbox = sandbox();
    drafted(&sandbox);
    sop(&sandbox, &["walk", SLUG, "--accept-open"]).good();
    std::thread::scope(|scope| {
        for step in ["create-account", "send-mail"] {
            let sandbox = &sandbox;
            scope.spawn(move || {
                for check in ["actionable", "prerequisites", "order", "edge-cases", "followable"] {
                    sop(sandbox, &["walk", SLUG, "--step", step, "--check", check, "--yes"]).good();
                }
            });
        }
    });
    let page = sandbox.read(&format!("{FOLDER}/walkthrough.md"));
    assert_eq!(page.matches("- [x]").count(), 10, "{page}");
}

#[test]
fn who_only_reads_needs_no_name() {
    let sandbox = sandbox();
    drafted(&sandbox);
    fs::write(sandbox.home.join(".gitconfig"), "").unwrap();
    let before = sandbox.snapshot();
    for arguments in
        [&["status"][..], &["status", SLUG], &["verify"], &["verify", SLUG], &["resume", SLUG], &["questions", SLUG]]
    {
        let ran = sop(&sandbox, arguments);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments:?}");
    }
    for arguments in [
        &["capture", SLUG, "--note", "x"][..],
        &["capture", "--name", "Another"],
        &["questions", SLUG, "--ask", "Why?"],
        &["draft", SLUG],
        &["walk", SLUG, "--accept-open"],
    ] {
        let ran = sop(&sandbox, arguments);
        assert!(ran.code == 2 && ran.err.contains("git does not know who you are"), "{arguments:?}: {ran:?}");
    }
    assert_eq!(sandbox.snapshot(), before);
}

#[test]
fn what_is_too_long_to_read_is_not_kept() {
    let sandbox = sandbox();
    drafted(&sandbox);
    let before = sandbox.snapshot();
    let long = "word ".repeat(32 * 1024 / 5 + 2);
    let half = &long[..20 * 1024];
    let id = status(&sandbox)["open_questions"][0].as_str().unwrap().to_owned();
    for arguments in [
        &["capture", SLUG, "--note", &long][..],
        &["capture", SLUG, "--pitfall", &long],
        &["capture", SLUG, "--purpose", &long],
        &["capture", "--name", "Another", "--purpose", &long],
        &["capture", SLUG, "--id", "send-mail", "--step", "Send it", "--command", half, "--expected", half],
        &["questions", SLUG, "--ask", &long],
        &["questions", SLUG, "--answer", &id, &long],
        &["reject", SLUG, "--reason", &long],
    ] {
        let ran = sop(&sandbox, arguments);
        assert!(ran.code == 2 && ran.err.contains("at most 32768 are kept at once"), "{ran:?}");
        assert!(ran.err.contains("split it into several"), "{ran:?}");
    }
    assert_eq!(sandbox.snapshot(), before);
    sop(&sandbox, &["capture", SLUG, "--note", half]).good();
}

#[test]
fn a_run_leaves_no_required_step_out_in_silence() {
    let sandbox = sandbox();
    published_files(&sandbox);
    let begin = |arguments: &[&str]| {
        let text = sop(&sandbox, &[&["run", "change", "--json"], arguments].concat()).good();
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let run = begin(&[])["run"].as_str().unwrap().to_owned();
    assert!(run.starts_with("change-v1-1-"), "{run}");
    let (new, other) = (begin(&["--new"]), begin(&["--new"]));
    assert_ne!(new["run"], other["run"], "two that begin at once are two");
    let report = |arguments: &[&str]| sop(&sandbox, &[&["run", "change", "--run", &run, "--done"], arguments].concat());
    let early = report(&["--step", "commit"]);
    assert!(early.code == 2 && early.err.contains("required steps that are not done: edit, tests\n"), "{early:?}");
    for minutes in ["-1", "NaN", "inf", "1e308", "525601"] {
        let ran = report(&[&format!("--minutes={minutes}")]);
        assert!(ran.code == 2 && ran.err.contains("minutes are a number from 0 to 525600"), "{ran:?}");
    }
    assert!(!sandbox.root.join(".backstory/process/log.jsonl").exists());
    report(&["--minutes=525600"]).good();
    let skipped = report(&["--step", "commit", "--skip"]).good();
    assert!(skipped.contains("2 of 4 steps done") && skipped.contains("left out, though required: tests"), "{skipped}");
    let log = sandbox.read(".backstory/process/log.jsonl");
    assert!(log.lines().last().unwrap().contains("left out before it: tests"), "{log}");
    let unknown = sop(&sandbox, &["run", "change", "--run", "change-v1-1"]);
    assert!(unknown.code == 2 && unknown.err.contains(&format!("the open runs are: {run}")), "{unknown:?}");
    // Who names none goes on with it.
    assert_eq!(begin(&[])["run"], run.as_str());
}

#[test]
fn a_secret_that_is_told_is_not_kept() {
    let sandbox = sandbox();
    captured(&sandbox);
    // Made up, in the form of a token of GitHub's.
    let secret = ["ghp", "_", "0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R"].concat();
    sop(&sandbox, &["capture", SLUG, "--note", &format!("the token is {secret}")]).good();
    sop(&sandbox, &["questions", SLUG, "--ask", &format!("why {secret}?")]).good();
    sop(&sandbox, &["draft", SLUG]).good();
    sop(&sandbox, &["walk", SLUG, "--accept-open"]).good();
    sop(&sandbox, &["reject", SLUG, "--reason", &format!("remove {secret}")]).good();
    for (path, text) in sandbox.snapshot() {
        assert!(!text.contains(&secret), "{path}");
    }
}

/// The document on a branch of a pull request, walked through, with a forge that knows the pull request.
fn in_review() -> (Sandbox, Forge) {
    let sandbox = sandbox();
    drafted(&sandbox);
    walked(&sandbox);
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Draft the onboarding"]);
    let [base, head] = ["HEAD~", "HEAD"].map(|one| sandbox.git(&["rev-parse", one]).trim().to_owned());
    let forge = Forge::start(&base, &head, &[&head], "");
    forge.with(|state| {
        state.author = Some("maker".to_owned());
        state.permissions = [("ada", "write"), ("grace", "admin"), ("passer-by", "read"), ("maker", "write")]
            .map(|(login, may)| (login.to_owned(), may.to_owned()))
            .to_vec();
    });
    (sandbox, forge)
}

fn review(login: &str, kind: &str, state: &str, commit: &str) -> Value {
    serde_json::json!({"id": 80, "user": {"login": login, "type": kind}, "state": state, "commit_id": commit,
        "submitted_at": "2026-01-03T10:00:00Z"})
}

fn approve_by_review(sandbox: &Sandbox, forge: &Forge) -> Ran {
    let mut command = sandbox.command(PROGRAM);
    // Who runs it does not matter: the forge vouches for the review.
    command.env("GITHUB_API_URL", &forge.api).env("GITHUB_REPOSITORY", "o/r").env("CLAUDECODE", "1");
    run(command.args(["sop", "approve", SLUG, "--pull-request", "7"]), "")
}

#[test]
fn a_persons_review_of_the_very_commit_approves_and_says_where_it_is() {
    let (sandbox, forge) = in_review();
    let head = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
    forge.with(|state| state.reviews = vec![review("ada", "User", "APPROVED", &head)]);
    let ran = approve_by_review(&sandbox, &forge);
    assert_eq!((ran.code, state(&sandbox).as_str()), (0, "approved"), "{ran:?}");
    let ledger = sandbox.read(&format!("{FOLDER}/ledger.jsonl"));
    let last: Value = serde_json::from_str(ledger.lines().last().unwrap()).unwrap();
    assert_eq!((&last["actor"]["name"], &last["actor"]["kind"]), (&"ada".into(), &"person".into()));
    assert_eq!((&last["refs"]["review"], &last["refs"]["commit"]), (&"pull/7#review-80".into(), &head.into()));
    assert_eq!(last["refs"]["kind"], "review");
    assert!(last["refs"]["recorded_by"].as_str().unwrap().contains("agent"), "{last}");
    assert_eq!(sop(&sandbox, &["verify", SLUG]).code, 0);
}

#[test]
fn a_review_that_proves_nothing_is_refused_with_the_reason() {
    let (sandbox, forge) = in_review();
    let head = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let base = sandbox.git(&["rev-parse", "HEAD~"]).trim().to_owned();
    let ada = |state: &str| review("ada", "User", state, &head);
    for (case, reviews, reason) in [
        ("nobody", vec![], "nobody reviewed it yet"),
        ("a bot", vec![review("robot", "Bot", "APPROVED", &head)], "robot: a bot cannot approve"),
        ("an app", vec![review("helper[bot]", "User", "APPROVED", &head)], "a bot cannot approve"),
        ("the author", vec![review("Maker", "User", "APPROVED", &head)], "an author of the change cannot approve it"),
        ("dismissed", vec![ada("DISMISSED")], "ada: the review was dismissed"),
        ("an older commit", vec![review("ada", "User", "APPROVED", &base)], "which is not the newest commit"),
        ("a passer-by", vec![review("passer-by", "User", "APPROVED", &head)], "has no write access to the repository"),
        (
            "somebody unknown",
            vec![review("who", "User", "APPROVED", &head)],
            "may write to the repository is not known",
        ),
        (
            "somebody asks for changes",
            vec![ada("APPROVED"), review("grace", "User", "CHANGES_REQUESTED", &head)],
            "grace: asks for changes",
        ),
    ] {
        forge.with(|state| state.reviews = reviews);
        let ran = approve_by_review(&sandbox, &forge);
        assert!(ran.code == 2 && ran.err.contains(reason), "{case}: {ran:?}");
        assert_eq!(state(&sandbox), "walkthrough", "{case}");
    }
    // The file here is another than the one that was reviewed.
    forge.with(|state| state.reviews = vec![ada("APPROVED")]);
    let document = format!("{FOLDER}/SOP.md");
    let text = sandbox.read(&document);
    sandbox.write(&document, &text.replace("Create the account", "Create an account"));
    let ran = approve_by_review(&sandbox, &forge);
    assert!(ran.code == 2 && state(&sandbox) != "approved", "{ran:?}");
    sandbox.write(&document, &text);
    // The newest commit of the pull request holds another text, though it was approved.
    sandbox.git(&["checkout", "-q", "-b", "other"]);
    sandbox.write(&document, &text.replace("Send the welcome mail", "Send a mail"));
    sandbox.git(&["commit", "-q", "-am", "Say it otherwise"]);
    let newest = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
    sandbox.git(&["checkout", "-q", "main"]);
    forge.with(|state| {
        state.pull["head"]["sha"] = newest.clone().into();
        state.reviews = vec![review("ada", "User", "APPROVED", &newest)];
    });
    let ran = approve_by_review(&sandbox, &forge);
    assert!(ran.code == 2 && ran.err.contains("pull request 7 holds another text"), "{ran:?}");
    assert_eq!(state(&sandbox), "walkthrough");
}
