//! What is asked of GitHub, and how its answers are understood.

use backstory::forge::hosts::ForgeKind;
use backstory::forge::questions::{Annotation, AnnotationLevel, CheckRun, Conclusion, Forge, PullState};
use serde_json::{Value, json};

use crate::server::{Reply, Request, Server};
use crate::{TOKEN, client, comment, pull, run, told};

const RUNS: &str = "GET /repos/o/r/commits/abc/check-runs?check_name=backstory&filter=latest&per_page=100";

fn answered(script: Vec<(&str, Reply)>) -> Server {
    Server::start(script)
}

#[test]
fn a_pull_request_is_read_with_the_headers_that_github_asks_for() {
    let server = answered(vec![("GET /repos/o/r/pulls/5", Reply::json(200, &pull("line\r\nline")))]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    let read = run(forge.pull(5)).unwrap();
    assert_eq!((read.number, read.body.as_str(), read.state), (5, "line\r\nline", PullState::Open));
    assert_eq!((&read.head[..4], &read.base[..4], read.base_branch.as_str()), ("1111", "2222", "main"));
    assert_eq!((read.landed, read.commits, read.fork), (None, Some(3), false));
    assert_eq!(read.url, "https://github.com/o/r/pull/5");
    let requests = server.finish();
    assert_eq!(requests[0].header("authorization"), [format!("Bearer {TOKEN}")]);
    assert_eq!(requests[0].header("accept"), ["application/vnd.github+json"]);
    assert_eq!(requests[0].header("user-agent"), [concat!("backstory/", env!("CARGO_PKG_VERSION"))]);
    assert_eq!(requests[0].header("x-github-api-version"), ["2022-11-28"]);
}

#[test]
fn a_merged_pull_request_says_what_landed_and_a_deleted_fork_is_one() {
    let mut merged: Value = serde_json::from_str(&pull("")).unwrap();
    merged["state"] = json!("closed");
    merged["merged"] = json!(true);
    merged["merged_at"] = json!("2026-11-20T10:00:00Z");
    merged["head"]["repo"] = Value::Null;
    merged["body"] = Value::Null;
    let server = answered(vec![("GET /repos/o/r/pulls/5", Reply::json(200, &merged.to_string()))]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    let read = run(forge.pull(5)).unwrap();
    assert_eq!((read.state, read.fork, read.body.as_str()), (PullState::Merged, true, ""));
    assert_eq!(read.landed.as_deref(), Some("7777777777777777777777777777777777777777"));
    server.finish();
}

#[test]
fn github_enterprise_has_its_api_in_a_folder_and_graphql_beside_it() {
    let server = answered(vec![
        ("GET /api/v3/repos/o/r/pulls/5", Reply::json(200, &pull("text"))),
        ("POST /api/graphql", Reply::json(200, r#"{"data":{"viewer":{"login":"hubot"}}}"#)),
    ]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "/api/v3");
    run(async {
        assert_eq!(forge.pull(5).await.unwrap().body, "text");
        assert_eq!(forge.viewer().await.unwrap().as_deref(), Some("hubot"));
    });
    server.finish();
}

#[test]
fn the_owner_of_a_token_is_known_after_one_question() {
    let answer = Reply::json(200, r#"{"data":{"viewer":{"login":"github-actions[bot]"}}}"#);
    let server = answered(vec![("POST /graphql", answer)]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    assert_eq!(run(forge.viewer()).unwrap().as_deref(), Some("github-actions[bot]"));
    assert_eq!(server.finish()[0].json(), json!({"query": "query { viewer { login } }"}));
}

#[test]
fn without_graphql_the_owner_is_asked_of_rest_where_the_token_of_a_workflow_has_no_user() {
    let none = || Reply::json(404, r#"{"message":"Not Found"}"#);
    for (user, login) in [
        (Reply::json(200, r#"{"login":"octocat","id":1}"#), Some("octocat")),
        (Reply::json(403, r#"{"message":"Resource not accessible by integration"}"#), Some("github-actions[bot]")),
        (Reply::json(403, r#"{"message":"Forbidden"}"#), None),
        (none(), None),
    ] {
        let server = answered(vec![("POST /graphql", none()), ("GET /user", user)]);
        let (forge, _) = client(&server, ForgeKind::GitHub, "");
        assert_eq!(run(forge.viewer()).unwrap().as_deref(), login);
        server.finish();
    }
}

#[test]
fn what_a_description_was_is_told_newest_first_and_asked_once() {
    let edits = |nodes: &Value| {
        json!({"data": {"repository": {"pullRequest": {"userContentEdits": {"nodes": nodes}}}}}).to_string()
    };
    let newest = json!({"editedAt": "2026-11-20T10:00:02Z", "diff": "new"});
    let oldest = json!({"editedAt": "2026-11-20T10:00:01Z", "diff": "old"});
    let gone = json!({"editedAt": "2026-11-20T10:00:01Z", "diff": null});
    for (answer, texts) in [
        (Reply::json(200, &edits(&json!([newest, gone, oldest]))), Some(vec!["new", "old"])),
        (Reply::json(200, &edits(&json!([oldest, newest]))), Some(vec!["new", "old"])),
        (Reply::json(200, &edits(&Value::Null)), Some(vec![])),
        (Reply::json(200, r#"{"data":null,"errors":[{"message":"Resource not accessible"}]}"#), Some(vec![])),
        (Reply::json(404, r#"{"message":"Not Found"}"#), None),
        (Reply::json(502, ""), None),
    ] {
        let server = answered(vec![("POST /graphql", answer)]);
        let (forge, _) = client(&server, ForgeKind::GitHub, "");
        let told = run(forge.former_bodies(5));
        assert_eq!(told.ok(), texts.map(|texts| texts.into_iter().map(str::to_owned).collect::<Vec<_>>()));
        assert_eq!(server.finish()[0].json()["variables"]["number"], 5);
    }
}

#[test]
fn comments_are_read_over_all_pages() {
    let first = "GET /repos/o/r/issues/5/comments?per_page=100";
    let page = |id, author: &str| Reply::json(200, &json!([comment(id, author, "text")]).to_string());
    let server = answered(vec![
        (first, page(1, "a").with("Link", r#"<{host}/repositories/42/issues/5/comments?page=2>; rel="next""#)),
        (
            "GET /repositories/42/issues/5/comments?page=2",
            Reply::json(200, r#"[{"id":2,"user":null,"body":null}]"#)
                .with("Link", r#"<{host}/x?page=1>; rel="prev", <{host}/x?page=3>; rel="next""#),
        ),
        ("GET /x?page=3", page(3, "c").with("Link", r#"<{host}/x?page=1>; rel="first""#)),
    ]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    let comments = run(forge.comments(5)).unwrap();
    let short: Vec<String> = comments.iter().map(|one| format!("{} {} {}", one.id, one.author, one.body)).collect();
    assert_eq!(short, ["1 a text", "2  ", "3 c text"]);
    server.finish();
}

#[test]
fn pages_that_lead_in_a_circle_end() {
    let page = |next: &str| Reply::json(200, "[]").with("Link", &format!(r#"<{{host}}{next}>; rel="next""#));
    let server = answered(vec![
        ("GET /repos/o/r/issues/5/comments?per_page=100", page("/x?page=2")),
        ("GET /x?page=2", page("/x?page=3")),
        ("GET /x?page=3", page("/x?page=2")),
    ]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    assert_eq!(
        told(run(forge.comments(5)), &server),
        "Unreachable: HOST did not list the comments of pull request 5 in o/r: the pages of the list have no end"
    );
    server.finish();
}

#[test]
fn pages_that_go_on_and_on_end() {
    let lines: Vec<String> = (1..=100).map(|page| format!("GET /x?page={page}")).collect();
    let script = lines.iter().enumerate().map(|(at, line)| {
        let line = if at == 0 { "GET /repos/o/r/issues/5/comments?per_page=100" } else { line };
        let link = format!(r#"<{{host}}/x?page={}>; rel="next""#, at + 2);
        (line, Reply::json(200, "[]").with("Link", &link))
    });
    let server = answered(script.collect());
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    assert!(told(run(forge.comments(5)), &server).ends_with("the pages of the list have no end"));
    server.finish();
}

#[test]
fn commits_are_listed_oldest_first_and_a_full_list_is_cut() {
    let commit = |number: u32| json!({"sha": format!("c{number}"), "parents": [{"sha": format!("c{}", number - 1)}]});
    for (count, cut) in [(2, false), (250, true)] {
        let all: Vec<Value> = (1..=count).map(commit).collect();
        let line = "GET /repos/o/r/pulls/5/commits?per_page=100";
        let server = answered(vec![(line, Reply::json(200, &json!(all).to_string()))]);
        let (forge, _) = client(&server, ForgeKind::GitHub, "");
        let (ids, is_cut) = run(forge.commits(5)).unwrap();
        assert_eq!((ids.len(), ids[0].as_str(), is_cut), (count as usize, "c1", cut));
        server.finish();
    }
}

#[test]
fn pull_requests_with_a_commit_come_open_ones_first() {
    let mut merged: Value = serde_json::from_str(&pull("merged")).unwrap();
    merged["merged_at"] = json!("2026-11-20T10:00:00Z");
    merged["state"] = json!("closed");
    merged.as_object_mut().unwrap().remove("merged");
    let open: Value = serde_json::from_str(&pull("open")).unwrap();
    let line = "GET /repos/o/r/commits/abc/pulls?per_page=100";
    let server = answered(vec![(line, Reply::json(200, &json!([merged, open]).to_string()))]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    let pulls = run(forge.pulls_with("abc")).unwrap();
    let short: Vec<(&str, bool)> = pulls.iter().map(|pull| (pull.body.as_str(), pull.landed.is_some())).collect();
    assert_eq!(short, [("open", false), ("merged", true)]);
    server.finish();

    let unknown = Reply::json(422, r#"{"message":"No commit found for SHA: abc"}"#);
    let server = answered(vec![(line, unknown)]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    assert_eq!(run(forge.pulls_with("abc")).unwrap(), []);
    server.finish();
}

fn check(remarks: u32) -> CheckRun {
    let annotation = |line| Annotation {
        path: "src/main.rs".into(),
        lines: (line, line),
        level: AnnotationLevel::Warning,
        title: "corrected by hand".into(),
        message: "why".into(),
    };
    CheckRun {
        name: "backstory".into(),
        head: "abc".into(),
        conclusion: Conclusion::Neutral,
        title: "How it was made".into(),
        summary: "text".into(),
        annotations: (1..=remarks).map(annotation).collect(),
    }
}

/// The run that GitHub would answer after this request.
fn written(request: &Request, annotations: usize) -> Value {
    json!({
        "id": 9, "name": "backstory", "html_url": "https://github.com/o/r/runs/9",
        "external_id": request.json()["external_id"], "output": {"annotations_count": annotations},
    })
}

fn run_with(id: u64, digest: &str, annotations: usize) -> Value {
    json!({"id": id, "name": "backstory", "html_url": null, "external_id": digest,
        "output": {"annotations_count": annotations}})
}

fn runs(runs: &[Value]) -> Reply {
    Reply::json(200, &json!({"total_count": runs.len(), "check_runs": runs}).to_string())
}

fn one(run: &Value, status: u16) -> Reply {
    Reply::json(status, &run.to_string())
}

/// What is written for a check where there is none, and the digest of it.
fn first_write(remarks: u32) -> (Vec<Request>, String) {
    let mut script = vec![(RUNS, runs(&[])), ("POST /repos/o/r/check-runs", one(&run_with(9, "", 0), 201))];
    for _ in 1..remarks.div_ceil(50).max(1) {
        script.push(("PATCH /repos/o/r/check-runs/9", one(&run_with(9, "", 0), 200)));
    }
    let server = answered(script);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    run(forge.write_check(&check(remarks))).unwrap();
    let requests = server.finish();
    let digest = requests[1].json()["external_id"].as_str().unwrap().to_owned();
    (requests, digest)
}

#[test]
fn a_check_run_is_written_with_its_annotations_fifty_at_a_time() {
    let (requests, digest) = first_write(120);
    let batches: Vec<usize> =
        requests[1..].iter().map(|one| one.json()["output"]["annotations"].as_array().unwrap().len()).collect();
    assert_eq!(batches, [50, 50, 20]);
    let mut body = requests[1].json();
    assert_eq!(
        body["output"]["annotations"][0],
        json!({"path": "src/main.rs", "start_line": 1, "end_line": 1,
        "annotation_level": "warning", "message": "why", "title": "corrected by hand"})
    );
    body["output"]["annotations"] = json!("above");
    assert_eq!(
        body,
        json!({"name": "backstory", "head_sha": "abc", "status": "completed", "conclusion": "neutral",
            "external_id": digest, "output": {"title": "How it was made", "summary": "text", "annotations": "above"}})
    );
    assert_eq!(written(&requests[1], 50)["external_id"], json!(digest));
}

#[test]
fn a_check_run_that_says_the_same_is_left_alone() {
    for remarks in [0, 3] {
        let (_, digest) = first_write(remarks);
        let server = answered(vec![(RUNS, runs(&[run_with(9, &digest, remarks as usize)]))]);
        let (forge, _) = client(&server, ForgeKind::GitHub, "");
        assert_eq!(run(forge.write_check(&check(remarks))).unwrap(), None);
        server.finish();
    }
}

#[test]
fn a_check_run_without_annotations_is_changed_and_one_with_some_is_replaced() {
    let patched = ("PATCH /repos/o/r/check-runs/9", one(&run_with(9, "", 3), 200));
    let server = answered(vec![(RUNS, runs(&[run_with(4, "old", 0), run_with(9, "old", 0)])), patched]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    run(forge.write_check(&check(3))).unwrap();
    server.finish();

    let created = ("POST /repos/o/r/check-runs", one(&run_with(10, "", 3), 201));
    let server = answered(vec![(RUNS, runs(&[run_with(9, "old", 3)])), created]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    run(forge.write_check(&check(3))).unwrap();
    server.finish();
}

#[test]
fn the_check_run_of_another_app_is_left_to_it() {
    let refused =
        Reply::json(403, r#"{"message":"Invalid app_id `1` - check run can only be modified by the GitHub App"}"#);
    let server = answered(vec![
        (RUNS, runs(&[run_with(9, "theirs", 0)])),
        ("PATCH /repos/o/r/check-runs/9", refused),
        ("POST /repos/o/r/check-runs", one(&run_with(10, "", 0), 201)),
    ]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    run(forge.write_check(&check(0))).unwrap();
    server.finish();
}

#[test]
fn a_check_run_whose_answer_was_lost_is_not_written_twice() {
    let (_, digest) = first_write(3);
    let server = answered(vec![
        (RUNS, runs(&[])),
        ("POST /repos/o/r/check-runs", Reply::Cut),
        (RUNS, runs(&[run_with(9, &digest, 3)])),
    ]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    run(forge.write_check(&check(3))).unwrap();
    server.finish();
}

#[test]
fn annotations_whose_answer_was_lost_are_not_added_twice() {
    let update = "PATCH /repos/o/r/check-runs/9";
    let read = "GET /repos/o/r/check-runs/9";
    for (count, again) in [(60, 0), (50, 1)] {
        let mut script = vec![
            (RUNS, runs(&[])),
            ("POST /repos/o/r/check-runs", one(&run_with(9, "", 50), 201)),
            (update, Reply::json(502, "{}")),
            (read, one(&run_with(9, "", count), 200)),
        ];
        script.extend((0..again).map(|_| (update, one(&run_with(9, "", 60), 200))));
        let server = answered(script);
        let (forge, _) = client(&server, ForgeKind::GitHub, "");
        run(forge.write_check(&check(60))).unwrap();
        server.finish();
    }
}
