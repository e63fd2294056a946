//! `backstory action` from one end to the other: a workflow's machine and a pull request. No byte of other people's text is
//! lost.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use pulldown_cmark::{Event, Options, Parser};
use serde_json::{Value, json};

use crate::emulator::{self, Message, Stage, github};
use crate::support;

const ASKED: &str = "Add a percentage discount to the cart";

/// What a person and two bots wrote, with their line ends.
const PEOPLE: &str = "Please look at the rounding.\r\n\r\n<!-- This is an auto-generated comment: release notes by \
                      coderabbit.ai -->\r\n## Summary by CodeRabbit\r\n\r\n* New\r\n<!-- end of auto-generated comment: \
                      release notes by coderabbit.ai -->\r\n\r\n<!-- CURSOR_SUMMARY -->\r\nforeign  \r\n<!-- \
                      /CURSOR_SUMMARY -->";

/// The marks of our section, and where they are.
fn section(body: &str) -> (usize, usize) {
    let begin = body.rfind("<!-- backstory:begin ").unwrap_or_else(|| panic!("no section in {body}"));
    let end = body[begin..].find("<!-- backstory:end -->").unwrap_or_else(|| panic!("no end in {body}"));
    (begin, begin + end + "<!-- backstory:end -->".len())
}

#[test]
fn a_section_is_written_kept_up_to_date_and_left_alone_when_nothing_changed() {
    let Some(github) = github() else { return };
    let mut stage = Stage::new(github, "section", ASKED, PEOPLE);
    let pull = format!("PATCH {}/pulls/1", stage.place.repository);

    let run = stage.good(&[]);
    assert_eq!((run.output("published"), run.output("pr-body-updated")), ("written", "true"), "{:?}", run.ran);
    assert_eq!((run.output("commits"), run.output("agent-commits"), run.output("sessions")), ("2", "1", "1"));
    assert_eq!(run.writes(), *std::slice::from_ref(&pull));
    let first = stage.place.body();
    assert!(first.starts_with(PEOPLE) && first.contains(ASKED) && first.contains("Claude Code"), "{first}");
    assert!(run.summary.contains("How this change was made"), "{}", run.summary);

    let run = stage.good(&[]);
    assert_eq!((run.output("published"), run.output("pr-body-updated")), ("unchanged", "false"));
    assert_eq!((run.writes(), stage.place.body()), (vec![], first.clone()));

    stage.commit("MORE");
    let run = stage.good(&[]);
    assert_eq!((run.output("published"), run.output("commits"), run.writes()), ("written", "3", vec![pull]));
    let second = stage.place.body();
    assert!(second.starts_with(PEOPLE) && second.contains(&stage.place.head), "{second}");
    assert_eq!(second.matches("<!-- backstory:begin ").count(), 1, "{second}");
}

#[test]
fn text_before_and_after_the_section_stays_as_people_edit_it() {
    let Some(github) = github() else { return };
    let mut stage =
        Stage::new(github, "edits", ASKED, "A template.\n\n<!-- backstory -->\n\n## Checklist\n\n- [ ] done\n");
    stage.good(&[]);
    let body = stage.place.body();
    let (begin, end) = section(&body);
    assert!(body[..begin].starts_with("A template.\n\n<!-- backstory -->\n"), "{body}");
    assert!(body[end..].ends_with("\n\n## Checklist\n\n- [ ] done\n"), "{body}");
    let edited = body.replace("A template.", "A person wrote this.").replace("[ ] done", "[x] done") + "\r\nP.S.\t\r\n";
    stage.place.set_body(&edited);
    stage.commit("MORE");
    assert_eq!(stage.good(&[]).output("published"), "written");
    let after = stage.place.body();
    let ((begin, end), (old_begin, old_end)) = (section(&after), section(&edited));
    assert_eq!((&after[..begin], &after[end..]), (&edited[..old_begin], &edited[old_end..]));
    assert_ne!(after[begin..end], edited[old_begin..old_end]);
}

#[test]
fn marks_in_a_prompt_or_quoted_by_people_are_text() {
    let Some(github) = github() else { return };
    let forged = format!(
        "<!-- backstory:begin head={} version=0.1.0 lines=1 sha256={} joined=0+0 -->",
        "1".repeat(40),
        "2".repeat(64)
    );
    let body = format!(
        "Mine.\n\n```\n{forged}\nquoted\n<!-- backstory:end -->\n```\n\n<!-- backstory:end -->\n\n{forged}\nA person's.\n"
    );
    let asked = format!("<!-- backstory:end -->\n\n{forged}\n\n@maintainer closes #1 <img src=x>");
    let stage = Stage::new(github, "forged", &asked, &body);
    assert_eq!(stage.good(&[]).output("published"), "written");
    let after = stage.place.body();
    assert!(after.starts_with(body.trim_end()), "every byte that was there: {after}");
    let ours = &after[body.trim_end().len()..];
    assert_eq!((ours.matches("<!-- backstory:begin ").count(), ours.matches("<!-- backstory:end -->").count()), (1, 1));
    let is_raw = |event| matches!(event, Event::Html(text) | Event::InlineHtml(text) if text.contains("img"));
    assert!(!Parser::new_ext(&after, Options::all()).any(is_raw), "{ours}");
    assert_eq!(stage.good(&[]).output("published"), "unchanged");
    assert_eq!(stage.place.body(), after);
}

#[test]
fn a_persons_edit_between_our_reading_and_our_writing_is_not_lost() {
    let Some(github) = github() else { return };
    let stage = Stage::new(github, "race", ASKED, "Before.");
    let asked = AtomicUsize::new(0);
    let target = format!("/repos/{}/pulls/1", stage.place.repository);
    stage.place.answer_with(move |method, path, _| {
        // The second time that the program reads it, a person was faster.
        if method == "GET" && path == target && asked.fetch_add(1, Ordering::SeqCst) == 1 {
            github.ask("PATCH", &target, "a-person", &json!({"body": "Edited by a person."}));
        }
        None
    });
    let run = stage.good(&[]);
    assert_eq!(run.output("published"), "written");
    let body = stage.place.body();
    assert!(body.starts_with("Edited by a person.") && body.contains(ASKED), "{body}");
}

#[test]
fn one_comment_is_kept_up_to_date_among_many_and_a_strangers_copy_of_it_is_not_ours() {
    let Some(github) = github() else { return };
    let mut stage = Stage::new(github, "comment", ASKED, PEOPLE);
    let comments = format!("/repos/{}/issues/1/comments", stage.place.repository);
    for number in 0..104 {
        github.ask("POST", &comments, "a-stranger", &json!({"body": format!("Comment {number}.")}));
    }
    let run = stage.good(&[("MODE", "comment")]);
    assert_eq!((run.output("published"), run.output("pr-body-updated")), ("written", "false"));
    assert_eq!(run.writes(), [format!("POST {}", comments.trim_start_matches("/repos/"))]);
    let all = |stage: &Stage| -> Vec<Value> {
        let pages = [1, 2]
            .map(|page| stage.place.ask("GET", &format!("issues/1/comments?per_page=100&page={page}"), &Value::Null));
        pages.iter().flat_map(|page| page.as_array().unwrap().clone()).collect()
    };
    let ours = all(&stage).pop().unwrap();
    assert_eq!(ours["user"]["login"], "maintainer");
    assert!(ours["body"].as_str().unwrap().contains(ASKED));
    assert_eq!(stage.good(&[("MODE", "comment")]).writes(), Vec::<String>::new());

    github.ask("POST", &comments, "a-stranger", &json!({"body": ours["body"]}));
    stage.commit("MORE");
    let run = stage.good(&[("MODE", "comment")]);
    assert_eq!(run.writes(), [format!("PATCH {}/issues/comments/{}", stage.place.repository, ours["id"])]);
    let after = all(&stage);
    assert_eq!((after.len(), &after[105]["body"]), (106, &ours["body"]), "the stranger's is as it was");
    assert!(after[104]["body"].as_str().unwrap().contains(&stage.place.head));
    assert_eq!(stage.place.body(), PEOPLE);
}

#[test]
fn a_check_run_remarks_on_the_lines_that_a_person_corrected() {
    let Some(github) = github() else { return };
    let stage = Stage::new(github, "check", ASKED, PEOPLE);
    let run = stage.good(&[("MODE", "check")]);
    assert_eq!(run.output("published"), "written", "{:?}", run.ran);
    let checks = stage.place.checks();
    assert_eq!(checks.len(), 1);
    assert_eq!((&checks[0]["name"], &checks[0]["status"]), (&json!("backstory"), &json!("completed")));
    assert!(checks[0]["output"]["summary"].as_str().unwrap().contains("Claude Code"), "{checks:?}");
    let sent = run.exchanges.iter().find(|one| one.method == "POST" && one.target.ends_with("/check-runs")).unwrap();
    let remark = &sent.sent["output"]["annotations"][0];
    assert_eq!((&remark["path"], &remark["start_line"]), (&json!("cart.py"), &json!(4)), "{sent:?}");
    stage.good(&[("MODE", "check")]);
    assert_eq!(stage.place.checks().len(), 1);
    assert_eq!(stage.place.body(), PEOPLE);
}

#[test]
fn a_token_of_a_fork_leaves_everything_in_the_summary_and_ends_well() {
    let Some(github) = github() else { return };
    let stage = Stage::new(github, "fork", ASKED, PEOPLE);
    stage.place.answer_with(|method, path, _| {
        let refused = json!({"message": "Resource not accessible by integration", "status": "403"});
        (method != "GET" && path != "/graphql").then(|| Message::answer(403, &refused))
    });
    let mut event = stage.place.event("opened");
    event["pull_request"]["head"]["repo"]["full_name"] = json!("stranger/fork");
    event["pull_request"]["head"]["repo"]["clone_url"] = json!("file:///nowhere");
    for mode in ["description", "comment", "check"] {
        let run = stage.act_for("pull_request", &event, &[("MODE", mode)]);
        assert_eq!((run.ran.code, run.output("published")), (0, "not-allowed"), "{mode}: {:?}", run.ran);
        assert!(run.summary.contains(ASKED), "{mode}: {}", run.summary);
        assert!(run.ran.out.contains("::notice title=backstory::not written"), "{mode}: {:?}", run.ran);
        assert!(run.writes().len() <= 1, "it is tried once: {:#?}", run.exchanges);
    }
    assert_eq!((stage.place.body().as_str(), stage.place.comments().len()), (PEOPLE, 0));
}

#[test]
fn a_long_text_of_people_gets_a_shorter_section_or_none_and_loses_nothing() {
    let Some(github) = github() else { return };
    // GitHub takes 65,536 characters; the emulator takes any number.
    let limit = |_: &str, path: &str, sent: &Value| {
        let length = sent["body"].as_str().map_or(0, |body| body.chars().count());
        let refused = json!({"message": "Validation Failed", "errors": [{"resource": "PullRequest", "code": "custom",
            "field": "body", "message": "body is too long (maximum is 65536 characters)"}]});
        (path.contains("/pulls/") && length > 65_536).then(|| Message::answer(422, &refused))
    };
    for (length, published) in [(64_000, "written"), (65_500, "too-long")] {
        let people = "é".repeat(length);
        let stage = Stage::new(github, &format!("long-{length}"), ASKED, &people);
        stage.place.answer_with(limit);
        let run = stage.good(&[]);
        assert_eq!(run.output("published"), published, "{length}: {:?}", run.ran);
        let body = stage.place.body();
        assert!(body.starts_with(&people) && body.chars().count() <= 65_536, "{length}: {}", &body[people.len()..]);
        assert_eq!(body == people, published == "too-long");
        assert!(run.summary.contains("Claude Code"), "{}", run.summary);
    }
}

#[test]
fn a_run_for_an_older_commit_writes_nothing() {
    let Some(github) = github() else { return };
    let mut stage = Stage::new(github, "older", ASKED, PEOPLE);
    let event = stage.place.event("synchronize");
    stage.commit("MORE");
    let run = stage.act_for("pull_request", &event, &[]);
    assert_eq!((run.ran.code, run.output("published"), run.writes()), (0, "superseded", vec![]), "{:?}", run.ran);
    assert_eq!(stage.place.body(), PEOPLE);
}

#[test]
fn every_pull_request_event_of_github_is_handled() {
    let Some(github) = github() else { return };
    let stage = Stage::new(github, "events", ASKED, PEOPLE);
    let text = fs::read_to_string(emulator::package("@octokit/webhooks-examples/api.github.com/index.json")).unwrap();
    let all: Vec<Value> = serde_json::from_str(&text).unwrap();
    let payloads = all.iter().find(|event| event["name"] == "pull_request").unwrap()["examples"].as_array().unwrap();
    assert!(payloads.len() >= 29);
    for payload in payloads {
        // The same event, of the pull request that is there.
        let mut event = payload.clone();
        event["number"] = json!(stage.place.number);
        event["pull_request"]["number"] = json!(stage.place.number);
        event["pull_request"]["head"]["sha"] = json!(stage.place.head);
        event["pull_request"]["base"]["sha"] = json!(stage.place.base);
        event["pull_request"]["base"]["ref"] = json!("main");
        let run = stage.act_for("pull_request", &event, &[]);
        assert_eq!(run.ran.code, 0, "{}: {:?}", event["action"], run.ran);
        let expected: &[&str] =
            if event["action"] == "closed" { &["none", "landed"] } else { &["written", "unchanged"] };
        assert!(expected.contains(&run.output("published")), "{}: {}", event["action"], run.output("published"));
    }
    assert!(stage.place.body().starts_with(PEOPLE));
}

#[test]
fn a_second_workflow_writes_for_a_fork_by_asking_which_pull_request_it_is() {
    let Some(github) = github() else { return };
    let mut stage = Stage::new(github, "after-a-run", ASKED, PEOPLE);
    let of = |head: &str, pulls: Value| json!({"action": "completed", "workflow_run": {"event": "pull_request", "head_sha": head, "pull_requests": pulls}});
    let event = of(&stage.place.head, json!([]));
    let run = stage.act_for("workflow_run", &event, &[]);
    assert_eq!((run.ran.code, run.output("published")), (0, "written"), "{:?}", run.ran);
    assert!(stage.place.body().starts_with(PEOPLE) && stage.place.body().contains(ASKED));

    // The commit of the run is not the newest one any more.
    stage.commit("MORE");
    let before = stage.place.body();
    let run = stage.act_for("workflow_run", &event, &[]);
    assert_eq!((run.ran.code, run.output("published"), run.writes()), (0, "none", vec![]), "{:?}", run.ran);
    assert_eq!(stage.place.body(), before);
}

#[test]
fn the_steps_of_the_action_run_the_program_and_give_every_output() {
    let Some(github) = github() else { return };
    let stage = Stage::new(github, "steps", ASKED, PEOPLE);
    let run = stage.act_by_the_file(&[("bin-path", support::PROGRAM), ("prompts", "none")]);
    let body = stage.place.body();
    assert!(body.starts_with(PEOPLE) && body.contains("Claude Code") && !body.contains(ASKED), "{body}");
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/action.yml")).unwrap();
    let action: Value = serde_saphyr::from_str(&text).unwrap();
    for name in action["outputs"].as_object().unwrap().keys().filter(|name| *name != "records") {
        assert!(!run.output(name).is_empty(), "{name}: {}", run.outputs);
    }
    let json: Value = serde_json::from_str(&fs::read_to_string(run.output("json-path")).unwrap()).unwrap();
    assert_eq!(json["description"]["headline"]["commits"], 2);
    assert!(fs::read_to_string(run.output("report-path")).unwrap().contains("Claude Code"));
}

#[test]
fn a_squash_gives_the_commit_that_landed_the_records_and_shares_them() {
    let Some(github) = github() else { return };
    let stage = Stage::new(github, "squash", ASKED, PEOPLE);
    let sandbox = &stage.sandbox;
    // As GitHub does it: no hook of ours runs there.
    let without_hooks = |arguments: &[&str]| sandbox.git(&[&["-c", "core.hooksPath=/dev/null"], arguments].concat());
    without_hooks(&["switch", "-q", "-c", "landed", "main"]);
    without_hooks(&["merge", "-q", "--squash", "topic"]);
    without_hooks(&["commit", "-q", "-m", "Add the cart (#1)"]);
    without_hooks(&["push", "-q", "origin", "landed:main"]);
    let landed = sandbox.git(&["rev-parse", "landed"]).trim().to_owned();
    let note = || sandbox.try_git(&["-C", "../hub.git", "notes", "--ref", "backstory", "show", &landed]);
    assert_ne!(note().code, 0);

    let mut event = stage.place.event("closed");
    event["pull_request"]["state"] = json!("closed");
    event["pull_request"]["merged"] = json!(true);
    event["pull_request"]["merge_commit_sha"] = json!(landed);
    let run = stage.act_for("pull_request", &event, &[]);
    assert_eq!((run.ran.code, run.output("published"), run.output("records")), (0, "landed", "1"), "{:?}", run.ran);
    let record: Value = serde_json::from_str(&note().good()).unwrap();
    assert_eq!((&record["commit"], &record["contributions"][0]["agent"]), (&json!(landed), &json!("claude-code")));
    assert_eq!((run.writes(), stage.place.body().as_str()), (vec![], PEOPLE));
}

#[test]
fn a_section_that_a_person_changed_is_theirs() {
    let Some(github) = github() else { return };
    let mut stage = Stage::new(github, "theirs", ASKED, PEOPLE);
    stage.good(&[]);
    let edited = stage.place.body().replace(ASKED, "A person's own words");
    stage.place.set_body(&edited);
    stage.commit("MORE");
    let run = stage.good(&[]);
    assert_eq!((run.output("published"), run.writes()), ("edited", vec![]), "{:?}", run.ran);
    assert!(run.ran.out.contains("::notice title=backstory::not written: a person edited"), "{:?}", run.ran);
    assert_eq!(stage.place.body(), edited);
}
