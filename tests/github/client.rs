//! The client: its questions are what GitHub's description of its API allows, and it reads what comes back.

use std::fs;
use std::time::Duration;

use backstory::forge::access::Access;
use backstory::forge::connect::connect;
use backstory::forge::event::{self, WorkflowEvent};
use backstory::forge::hosts::ForgeKind;
use backstory::forge::questions::{Annotation, AnnotationLevel, CheckRun, Conclusion, Forge, Pull};
use backstory::forge::token::Token;
use serde_json::{Value, json};

use crate::emulator::{self, Exchange, Place, github};
use crate::support::Sandbox;

/// Two branches, one commit apart.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("a.py", "print(1)\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Start"]);
    sandbox.git(&["switch", "-q", "-c", "topic"]);
    sandbox.write("folder/b.py", "print(2)\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Add b\n\nFor a reason."]);
    sandbox
}

#[test]
fn the_emulator_answers_as_github_does_and_a_wrong_request_is_seen() {
    let Some(github) = github() else { return };
    let sandbox = sandbox();
    let place = Place::new(github, &sandbox, "smoke", "By a person.\r\n");
    let target = format!("/repos/{}/pulls/{}", place.repository, place.number);
    let answer = github.ask_recorded("GET", &target, &place.token, &Value::Null);
    assert_eq!((answer.status(), answer.json()["commits"].as_u64()), (200, Some(1)));
    assert_eq!(answer.json()["head"]["sha"], place.head);
    let answer = github.ask_recorded("PATCH", &target, &place.token, &json!({"body": "By a program."}));
    assert_eq!((answer.status(), place.body().as_str()), (200, "By a program."));
    let comments = format!("/repos/{}/issues/{}/comments", place.repository, place.number);
    github.ask_recorded("POST", &comments, &place.token, &json!({"body": "A comment."}));
    github.ask_recorded("GET", &comments, &place.token, &Value::Null);
    assert_eq!(place.comments(), [("maintainer".into(), "A comment.".into())]);
    assert_eq!(place.writes(), [format!("PATCH {target}"), format!("POST {comments}")]);

    github.ask_recorded("PATCH", &target, &place.token, &json!({"body": 3}));
    let seen = place.all_exchanges().pop().expect("it was asked");
    assert_eq!(seen.violations, ["request.body.body: Request body property body must be string"]);
}

#[test]
fn every_question_of_the_client_is_one_that_github_answers() {
    let Some(github) = github() else { return };
    let sandbox = sandbox();
    let place = Place::new(github, &sandbox, "questions", "By a person.");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let forge = connect(Access {
            kind: ForgeKind::GitHub,
            api: github.url(),
            repository: place.repository.clone(),
            token: Token::new(&place.token),
            time: Duration::from_secs(60),
        })
        .unwrap();
        let pull = forge.pull(place.number).await.unwrap();
        assert_eq!((pull.head.as_str(), pull.base.as_str(), pull.commits), (&*place.head, &*place.base, Some(1)));
        assert_eq!(forge.commits(place.number).await.unwrap(), (vec![place.head.clone()], false));
        let listed = forge.pulls_with(&place.head).await.unwrap();
        assert_eq!(listed, [Pull { commits: None, ..pull }]);
        assert_eq!(forge.set_body(place.number, "Another.").await.unwrap().body, "Another.");
        for number in 0..101 {
            place.ask("POST", &format!("issues/{}/comments", place.number), &json!({"body": format!("{number}")}));
        }
        let ours = forge.add_comment(place.number, "Ours.").await.unwrap();
        assert_eq!(Some(&*ours.author), forge.viewer().await.unwrap().as_deref());
        assert_eq!(forge.edit_comment(ours.id, place.number, "Edited.").await.unwrap().body, "Edited.");
        let comments = forge.comments(place.number).await.unwrap();
        assert_eq!((comments.len(), &*comments[101].body), (102, "Edited."));
        let annotation = Annotation {
            path: "folder/b.py".into(),
            lines: (1, 1),
            level: AnnotationLevel::Notice,
            title: "Corrected".into(),
            message: "Because.".into(),
        };
        let mut check = CheckRun {
            name: "backstory".into(),
            head: place.head.clone(),
            conclusion: Conclusion::Neutral,
            title: "How it was made".into(),
            summary: "Text.".into(),
            annotations: vec![annotation; 60],
        };
        assert!(forge.write_check(&check).await.unwrap().is_some());
        check.conclusion = Conclusion::Success;
        forge.write_check(&check).await.unwrap();
    });
    assert_eq!(place.body(), "Another.");
    let checks = place.checks();
    assert_eq!(checks.last().unwrap()["conclusion"], "success");
    let exchanges = place.exchanges();
    let sent = |one: &Exchange| one.sent["output"]["annotations"].as_array().map_or(0, Vec::len);
    let per_request: Vec<usize> = exchanges.iter().map(sent).filter(|count| *count > 0).collect();
    assert_eq!(per_request, [50, 10, 50, 10], "GitHub takes 50 at once and adds them up");
    assert!(exchanges.iter().all(|one| one.status < 300));
}

#[test]
fn every_pull_request_event_of_github_is_understood() {
    let folders = fs::read_dir(emulator::package("@octokit/webhooks-examples")).into_iter().flatten().flatten();
    let mut count = 0;
    for file in folders.map(|folder| folder.path().join("index.json")).filter(|file| file.exists()) {
        let all: Vec<Value> = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let payloads = all.iter().filter(|event| event["name"] == "pull_request");
        for payload in payloads.flat_map(|event| event["examples"].as_array().unwrap()) {
            let WorkflowEvent::Pull(event) = event::read("pull_request", payload).unwrap() else { panic!("{payload}") };
            assert_eq!(Some(event.number), payload["number"].as_u64());
            assert_eq!(event.head, payload["pull_request"]["head"]["sha"]);
            count += 1;
        }
    }
    if count == 0 {
        eprintln!("skipped: run tests/emulator/setup.sh for examples of events");
    } else {
        assert!(count >= 29, "{count}");
    }
}
