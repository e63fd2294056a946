//! Gitea and Forgejo: the shapes of GitHub with another header, other pages, and no check runs.

use backstory::forge::hosts::ForgeKind;
use backstory::forge::questions::{CheckRun, Conclusion, Forge};
use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::{TOKEN, client, comment, pull, run, told};

#[test]
fn a_pull_request_is_read_and_its_description_written() {
    let line = "/api/v1/repos/o/r/pulls/5";
    let (read, write) = (format!("GET {line}"), format!("PATCH {line}"));
    let server = Server::start(vec![
        (read.as_str(), Reply::json(200, &pull("old"))),
        // Gitea answers an edit with 201.
        (write.as_str(), Reply::json(201, &pull("new"))),
    ]);
    let (forge, _) = client(&server, ForgeKind::Gitea, "/api/v1");
    run(async {
        assert_eq!(forge.pull(5).await.unwrap().body, "old");
        assert_eq!(forge.set_body(5, "new").await.unwrap().body, "new");
    });
    let requests = server.finish();
    assert_eq!(requests[0].header("authorization"), [format!("token {TOKEN}")]);
    assert_eq!(requests[0].header("accept"), ["application/json"]);
    assert_eq!(requests[1].json(), json!({"body": "new"}));
}

#[test]
fn pages_are_asked_for_at_our_address_though_gitea_names_itself_otherwise() {
    let page = |id| Reply::json(200, &json!([comment(id, "bot", "text")]).to_string());
    let path = "/api/v1/repos/o/r/issues/5/comments";
    let (first, second) = (format!("GET {path}?limit=50"), format!("GET {path}?limit=50&page=2"));
    let link = format!(r#"<http://gitea.internal:3000{path}?limit=50&page=2>; rel="next""#);
    let server = Server::start(vec![(first.as_str(), page(1).with("Link", &link)), (second.as_str(), page(2))]);
    let (forge, _) = client(&server, ForgeKind::Gitea, "/api/v1");
    let ids: Vec<u64> = run(forge.comments(5)).unwrap().iter().map(|comment| comment.id).collect();
    assert_eq!(ids, [1, 2]);
    server.finish();
}

#[test]
fn commits_come_newest_first_and_are_turned_around() {
    let commits = json!([{"sha": "b", "parents": [{"sha": "a"}]}, {"sha": "a", "parents": [{"sha": "base"}]}]);
    let line = "GET /repos/o/r/pulls/5/commits?limit=50";
    let server = Server::start(vec![(line, Reply::json(200, &commits.to_string()))]);
    let (forge, _) = client(&server, ForgeKind::Gitea, "");
    assert_eq!(run(forge.commits(5)).unwrap(), (vec!["a".to_owned(), "b".to_owned()], false));
    server.finish();
}

#[test]
fn the_pull_requests_of_a_commit_are_the_open_ones_that_end_with_it_and_the_merged_one() {
    let open: Value = serde_json::from_str(&pull("open")).unwrap();
    let mut other = open.clone();
    other["head"]["sha"] = json!("3333");
    let head = "1111111111111111111111111111111111111111";
    let merged = format!("GET /repos/o/r/commits/{head}/pull");
    let server = Server::start(vec![
        ("GET /repos/o/r/pulls?state=open&limit=50", Reply::json(200, &json!([other, open]).to_string())),
        (merged.as_str(), Reply::json(404, r#"{"message":"not found"}"#)),
    ]);
    let (forge, _) = client(&server, ForgeKind::Gitea, "");
    let pulls = run(forge.pulls_with(head)).unwrap();
    assert_eq!(pulls.iter().map(|pull| pull.body.as_str()).collect::<Vec<_>>(), ["open"]);
    server.finish();
}

#[test]
fn a_check_is_a_commit_status_and_is_repeated() {
    let check = CheckRun {
        name: "backstory".into(),
        head: "abc".into(),
        conclusion: Conclusion::Failure,
        title: "a".repeat(300),
        summary: "text".into(),
        annotations: Vec::new(),
    };
    let line = "POST /repos/o/r/statuses/abc";
    let server = Server::start(vec![(line, Reply::Cut), (line, Reply::json(201, r#"{"id":1,"status":"failure"}"#))]);
    let (forge, _) = client(&server, ForgeKind::Gitea, "");
    assert_eq!(run(forge.write_check(&check)).unwrap(), None);
    let requests = server.finish();
    assert_eq!(requests[1].json(), json!({"state": "failure", "context": "backstory", "description": "a".repeat(255)}));
}

#[test]
fn the_owner_of_the_token_may_stay_untold() {
    for (answer, login) in [
        (Reply::json(200, r#"{"login":"bot"}"#), Some("bot")),
        (Reply::json(403, r#"{"message":"token does not have at least one of required scope(s): [read:user]"}"#), None),
    ] {
        let server = Server::start(vec![("GET /user", answer)]);
        let (forge, _) = client(&server, ForgeKind::Gitea, "");
        assert_eq!(run(forge.viewer()).unwrap().as_deref(), login);
        server.finish();
    }
}

#[test]
fn a_token_without_the_scope_is_told_what_it_needs() {
    let message = "token does not have at least one of required scope(s): [write:issue]";
    let refused = Reply::json(403, &json!({"message": message, "url": "https://x"}).to_string());
    let server = Server::start(vec![("POST /repos/o/r/issues/5/comments", refused)]);
    let (forge, _) = client(&server, ForgeKind::Gitea, "");
    assert_eq!(
        told(run(forge.add_comment(5, "hello")), &server),
        format!(
            "NotAllowed: HOST does not let this token comment on pull request 5 in o/r (403: {message}); the token has to \
             have the scopes `write:repository` and `write:issue`"
        )
    );
    server.finish();
}
