//! `backstory action` against a GitHub on loopback: what it asks is what GitHub's description of its API allows, and what
//! people and other programs wrote stays as it is.

mod emulator;
mod support;

use serde_json::json;

use emulator::{Place, github};
use support::Sandbox;

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
    let answer = github.ask_recorded("GET", &target, &place.token, &serde_json::Value::Null);
    assert_eq!((answer.status(), answer.json()["commits"].as_u64()), (200, Some(1)));
    assert_eq!(answer.json()["head"]["sha"], place.head);
    let answer = github.ask_recorded("PATCH", &target, &place.token, &json!({"body": "By a program."}));
    assert_eq!((answer.status(), place.body().as_str()), (200, "By a program."));
    let comments = format!("/repos/{}/issues/{}/comments", place.repository, place.number);
    github.ask_recorded("POST", &comments, &place.token, &json!({"body": "A comment."}));
    github.ask_recorded("GET", &comments, &place.token, &serde_json::Value::Null);
    assert_eq!(place.comments(), [("maintainer".into(), "A comment.".into())]);
    assert_eq!(place.writes(), [format!("PATCH {target}"), format!("POST {comments}")]);

    github.ask_recorded("PATCH", &target, &place.token, &json!({"body": 3}));
    let seen = std::panic::catch_unwind(|| place.exchanges()).expect_err("a wrong request is seen");
    let seen = seen.downcast_ref::<String>().expect("it says what");
    assert!(seen.contains("Request body property body must be string"), "{seen}");
}
