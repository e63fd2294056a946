//! GitLab: merge requests, notes, commit statuses.

use std::time::Duration;

use backstory::forge::hosts::ForgeKind;
use backstory::forge::questions::{CheckRun, Conclusion, Forge, PullState};
use backstory::forge::token::Token;
use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::{TOKEN, client, client_with, run, told};

const PROJECT: &str = "/api/v4/projects/group%2Fsub%2Fproject";

fn merge_request() -> Value {
    json!({
        "id": 700, "iid": 5, "project_id": 7, "title": "t", "description": "text", "state": "opened",
        "sha": "1111", "target_branch": "main", "source_branch": "topic",
        "source_project_id": 7, "target_project_id": 7,
        "merge_commit_sha": null, "squash_commit_sha": null,
        "diff_refs": {"base_sha": "0000", "head_sha": "1111", "start_sha": "2222"},
        "web_url": "https://gitlab.example/group/sub/project/-/merge_requests/5",
    })
}

fn line(verb: &str, path: &str) -> String {
    format!("{verb} {PROJECT}{path}")
}

fn gitlab(script: Vec<(String, Reply)>) -> Server {
    Server::start(script.iter().map(|(line, reply)| (line.as_str(), reply.clone())).collect())
}

#[test]
fn a_merge_request_is_read_by_its_number_in_the_project() {
    let server = gitlab(vec![(line("GET", "/merge_requests/5"), Reply::json(200, &merge_request().to_string()))]);
    let (forge, _) = client(&server, ForgeKind::GitLab, "/api/v4");
    let read = run(forge.pull(5)).unwrap();
    assert_eq!((read.number, read.body.as_str(), read.state), (5, "text", PullState::Open));
    assert_eq!((read.head.as_str(), read.base.as_str(), read.base_branch.as_str()), ("1111", "2222", "main"));
    assert_eq!((read.landed, read.commits, read.fork), (None, None, false));
    let requests = server.finish();
    assert_eq!(requests[0].header("private-token"), [TOKEN]);
    assert_eq!(requests[0].header("authorization"), Vec::<&str>::new());
}

#[test]
fn what_landed_is_the_squashed_commit_the_merge_or_the_newest() {
    for (squash, merge, landed) in [
        (json!("5555"), json!("6666"), "5555"),
        (json!(null), json!("6666"), "6666"),
        (json!(null), json!(null), "1111"),
    ] {
        let mut merged = merge_request();
        merged["state"] = json!("merged");
        merged["squash_commit_sha"] = squash;
        merged["merge_commit_sha"] = merge;
        merged["source_project_id"] = json!(8);
        let server = gitlab(vec![(line("GET", "/merge_requests/5"), Reply::json(200, &merged.to_string()))]);
        let (forge, _) = client(&server, ForgeKind::GitLab, "/api/v4");
        let read = run(forge.pull(5)).unwrap();
        assert_eq!((read.state, read.landed.as_deref(), read.fork), (PullState::Merged, Some(landed), true));
        server.finish();
    }
}

#[test]
fn the_base_is_asked_for_where_gitlab_has_not_compared_yet() {
    let mut fresh = merge_request();
    fresh["diff_refs"] = json!(null);
    let server = gitlab(vec![
        (line("GET", "/merge_requests/5"), Reply::json(200, &fresh.to_string())),
        (line("GET", "/repository/branches/main"), Reply::json(200, r#"{"name":"main","commit":{"id":"3333"}}"#)),
    ]);
    let (forge, _) = client(&server, ForgeKind::GitLab, "/api/v4");
    assert_eq!(run(forge.pull(5)).unwrap().base, "3333");
    server.finish();
}

#[test]
fn the_description_is_put() {
    let server = gitlab(vec![(line("PUT", "/merge_requests/5"), Reply::json(200, &merge_request().to_string()))]);
    let (forge, _) = client(&server, ForgeKind::GitLab, "/api/v4");
    assert_eq!(run(forge.set_body(5, "text")).unwrap().body, "text");
    assert_eq!(server.finish()[0].json(), json!({"description": "text"}));
}

#[test]
fn comments_are_the_notes_that_gitlab_did_not_write_itself() {
    let note = |id: u64, system: bool| json!({"id": id, "body": "b", "author": {"username": "u"}, "system": system});
    let first = line("GET", "/merge_requests/5/notes?sort=asc&order_by=created_at&per_page=100");
    let link = format!(r#"<{{host}}{PROJECT}/merge_requests/5/notes?page=2>; rel="next""#);
    let server = gitlab(vec![
        (first, Reply::json(200, &json!([note(1, true), note(2, false)]).to_string()).with("Link", &link)),
        (line("GET", "/merge_requests/5/notes?page=2"), Reply::json(200, &json!([note(3, false)]).to_string())),
    ]);
    let (forge, _) = client(&server, ForgeKind::GitLab, "/api/v4");
    let comments = run(forge.comments(5)).unwrap();
    let short: Vec<(u64, &str)> = comments.iter().map(|one| (one.id, one.author.as_str())).collect();
    assert_eq!(short, [(2, "u"), (3, "u")]);
    server.finish();
}

#[test]
fn a_note_whose_answer_was_lost_is_not_written_twice() {
    let notes = line("GET", "/merge_requests/5/notes?sort=asc&order_by=created_at&per_page=100");
    let there = json!([{"id": 4, "body": "hello", "author": {"username": "bot"}, "system": false}]);
    let server = gitlab(vec![
        (line("POST", "/merge_requests/5/notes"), Reply::json(500, r#"{"message":"500 Internal Server Error"}"#)),
        (notes, Reply::json(200, &there.to_string())),
        (line("PUT", "/merge_requests/5/notes/4"), Reply::json(200, &there[0].to_string())),
    ]);
    let (forge, _) = client(&server, ForgeKind::GitLab, "/api/v4");
    run(async {
        assert_eq!(forge.add_comment(5, "hello").await.unwrap().id, 4);
        assert_eq!(forge.edit_comment(4, 5, "hello").await.unwrap().author, "bot");
    });
    server.finish();
}

#[test]
fn merge_requests_with_a_commit_are_read_one_by_one() {
    let list = line("GET", "/repository/commits/1111/merge_requests?per_page=100");
    let server = gitlab(vec![
        (list.clone(), Reply::json(200, r#"[{"iid":5}]"#)),
        (line("GET", "/merge_requests/5"), Reply::json(200, &merge_request().to_string())),
        (list, Reply::json(404, r#"{"message":"404 Commit Not Found"}"#)),
    ]);
    let (forge, _) = client(&server, ForgeKind::GitLab, "/api/v4");
    run(async {
        assert_eq!(forge.pulls_with("1111").await.unwrap()[0].base, "2222");
        assert_eq!(forge.pulls_with("1111").await.unwrap(), []);
    });
    server.finish();
}

#[test]
fn commits_are_turned_around() {
    let commits = json!([{"id": "b", "parent_ids": ["a"]}, {"id": "a", "parent_ids": ["base"]}]);
    let list = line("GET", "/merge_requests/5/commits?per_page=100");
    let server = gitlab(vec![(list, Reply::json(200, &commits.to_string()))]);
    let (forge, _) = client(&server, ForgeKind::GitLab, "/api/v4");
    assert_eq!(run(forge.commits(5)).unwrap().0, ["a", "b"]);
    server.finish();
}

#[test]
fn a_check_is_a_commit_status_and_one_that_is_there_is_no_fault() {
    let check = CheckRun {
        name: "backstory".into(),
        head: "1111".into(),
        conclusion: Conclusion::Neutral,
        title: "How it was made".into(),
        summary: "text".into(),
        annotations: Vec::new(),
    };
    let refused = |from: &str| {
        let message = format!("Cannot transition status via :succeed from :{from} (Reason(s): Status cannot ...)");
        Reply::json(400, &json!({ "message": message }).to_string())
    };
    let status = line("POST", "/statuses/1111");
    let server = gitlab(vec![
        (status.clone(), Reply::json(201, r#"{"id":1}"#)),
        (status.clone(), refused("success")),
        (status, refused("canceled")),
    ]);
    let (forge, _) = client(&server, ForgeKind::GitLab, "/api/v4");
    run(async {
        assert_eq!(forge.write_check(&check).await.unwrap(), None);
        assert_eq!(forge.write_check(&check).await.unwrap(), None);
        assert!(told(forge.write_check(&check).await, &server).starts_with("Refused: "));
    });
    let sent = server.finish()[0].json();
    assert_eq!(sent, json!({"state": "success", "name": "backstory", "description": "How it was made"}));
}

#[test]
fn the_token_of_a_job_cannot_write_and_the_reader_is_told_which_can() {
    let server = gitlab(vec![
        (line("PUT", "/merge_requests/5"), Reply::json(401, r#"{"message":"401 Unauthorized"}"#)),
        ("GET /api/v4/user".to_owned(), Reply::json(401, r#"{"message":"401 Unauthorized"}"#)),
    ]);
    let (forge, _) = client_with(&server, ForgeKind::GitLab, "/api/v4", Token::of_job(TOKEN), Duration::from_secs(60));
    run(async {
        assert_eq!(
            told(forge.set_body(5, "text").await, &server),
            "NotAllowed: HOST does not let CI_JOB_TOKEN write the description of merge request 5 in group/sub/project (401): \
             it may not write to merge requests; give a project access token with the scope `api`"
        );
        assert_eq!(forge.viewer().await.unwrap(), None);
    });
    assert_eq!(server.finish()[0].header("job-token"), [TOKEN]);
}

#[test]
fn the_reasons_of_gitlab_are_told_in_whatever_shape_they_come() {
    for (body, said) in [
        (r#"{"message":{"description":["is too long (maximum is 1000000 characters)"]}}"#, "description: is too long"),
        (r#"{"error":"description is invalid"}"#, "description is invalid"),
    ] {
        let server = gitlab(vec![(line("PUT", "/merge_requests/5"), Reply::json(400, body))]);
        let (forge, _) = client(&server, ForgeKind::GitLab, "/api/v4");
        let text = told(run(forge.set_body(5, "text")), &server);
        assert!(text.starts_with("Refused: ") && text.contains(said), "{text}");
        server.finish();
    }
}
