//! The approval of a process document by a review: what is asked is what GitHub answers.

use serde_json::{Value, json};

use crate::emulator::{Place, SOMEONES, github};
use crate::support::{PROGRAM, Ran, Sandbox, run};

const SLUG: &str = "customer-onboarding";

/// A branch with a document that was walked through.
fn walked() -> Sandbox {
    let sandbox = Sandbox::new();
    let commit = |message: &str| {
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", message]);
    };
    sandbox.write("README.md", "A shop.\n");
    commit("Start");
    sandbox.git(&["switch", "-q", "-c", "topic"]);
    for arguments in [
        &["capture", "--name", "Customer onboarding", "--step", "Create the account", "--expected", "It is listed"][..],
        &["draft", SLUG],
        &["walk", SLUG, "--accept-open"],
        &["walk", SLUG, "--step", "create-the-account", "--yes"],
    ] {
        sandbox.backstory(&[&["sop"], arguments].concat()).good();
    }
    commit("Draft the onboarding");
    sandbox
}

#[test]
fn a_review_on_github_approves_where_its_author_may_write() {
    let Some(github) = github() else { return };
    let sandbox = walked();
    let place = Place::new(github, &sandbox, "approval", "By a person.");
    let approve = || -> Ran {
        let mut command = sandbox.command(PROGRAM);
        command
            .env("GITHUB_API_URL", github.url())
            .env("GITHUB_REPOSITORY", &place.repository)
            .env("GITHUB_TOKEN", &place.token);
        run(command.args(["sop", "approve", SLUG, "--pull-request", &place.number.to_string(), "--json"]), "")
    };
    let review = |token: &str, event: &str| {
        let target = format!("/repos/{}/pulls/{}/reviews", place.repository, place.number);
        github.ask("POST", &target, token, &json!({"event": event, "body": "Read.", "commit_id": place.head}));
    };
    let refused = approve();
    assert_eq!(refused.code, 2, "nobody has reviewed it: {refused:?}");
    // Who opened the pull request approves nothing, whatever a forge lets them do.
    review("a-person", "APPROVE");
    assert_eq!(approve().code, 2);
    place.ask("PUT", "collaborators/someone", &json!({"permission": "push"}));
    review(SOMEONES, "REQUEST_CHANGES");
    assert_eq!(approve().code, 2);
    review(SOMEONES, "APPROVE");
    let approved = approve();
    assert_eq!(approved.code, 0, "{approved:?}");
    let told: Value = serde_json::from_str(&approved.out).unwrap();
    assert_eq!((&told["state"], &told["approval"]["by"]["name"]), (&json!("approved"), &json!("someone")));
    let asked: Vec<String> =
        place.exchanges().into_iter().map(|one| format!("{} {}", one.method, one.target)).collect();
    let permission = format!("GET /repos/{}/collaborators/someone/permission", place.repository);
    assert!(asked.contains(&permission), "{asked:?}");
    assert!(asked.iter().all(|one| one.starts_with("GET ")), "{asked:?}");
}
