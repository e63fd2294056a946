//! Everything that can go wrong between us and a place, seen at GitHub's API.

use std::time::Duration;

use backstory::forge::hosts::ForgeKind;
use backstory::forge::questions::Forge;
use backstory::forge::token::Token;

use crate::server::{Reply, Server};
use crate::{TOKEN, client, client_with, comment, pull, run, told};

const READ: &str = "GET /repos/o/r/pulls/5";
const WRITE: &str = "PATCH /repos/o/r/pulls/5";
const COMMENTS: &str = "GET /repos/o/r/issues/5/comments?per_page=100";
const POST: &str = "POST /repos/o/r/issues/5/comments";

fn error(status: u16, message: &str) -> Reply {
    Reply::json(status, &serde_json::json!({ "message": message }).to_string())
}

/// What a reader is told when a pull request is read and this is the only answer.
fn told_for(reply: Reply) -> String {
    let server = Server::start(vec![(READ, reply)]);
    let (forge, clock) = client(&server, ForgeKind::GitHub, "");
    let text = told(run(forge.pull(5)), &server);
    assert_eq!(clock.waits(), []);
    server.finish();
    text
}

fn seconds(waits: &[Duration]) -> Vec<u64> {
    waits.iter().map(|wait| wait.as_secs()).collect()
}

#[test]
fn a_token_that_is_not_accepted() {
    assert_eq!(
        told_for(error(401, "Bad credentials")),
        "NotSignedIn: HOST does not accept the token (401: Bad credentials): it is wrong, was revoked or has expired; give \
         a new one"
    );
}

#[test]
fn no_token_where_one_is_wanted() {
    let server = Server::start(vec![(READ, error(401, "Requires authentication"))]);
    let (forge, _) = client_with(&server, ForgeKind::GitHub, "", None, Duration::from_secs(60));
    assert_eq!(
        told(run(forge.pull(5)), &server),
        "NotSignedIn: HOST wants a token to read pull request 5 in o/r (401: Requires authentication): give one"
    );
    assert_eq!(server.finish()[0].header("authorization"), Vec::<&str>::new());
}

#[test]
fn a_token_that_may_only_read_as_on_a_fork() {
    let refused = error(403, "Resource not accessible by integration")
        .with("X-Accepted-GitHub-Permissions", "issues=write; pull_requests=write");
    let server = Server::start(vec![(WRITE, refused)]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    assert_eq!(
        told(run(forge.set_body(5, "new")), &server),
        "NotAllowed: HOST does not let this token write the description of pull request 5 in o/r (403: Resource not \
         accessible by integration); a workflow has to say `permissions: pull-requests: write`, and for pull requests from \
         forks and from Dependabot the token may only read, whatever it says; accepted: issues=write; pull_requests=write"
    );
    server.finish();
}

#[test]
fn an_organization_with_single_sign_on() {
    let text =
        told_for(error(403, "Resource protected by organization SAML enforcement.").with("X-GitHub-SSO", "required"));
    assert!(text.starts_with("NotAllowed: ") && text.ends_with("authorized for its single sign-on"), "{text}");
}

#[test]
fn a_forbidden_answer_that_is_a_limit_is_waited_out() {
    let secondary =
        error(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.");
    let server = Server::start(vec![
        (READ, error(403, "slow down").with("Retry-After", "61")),
        (READ, secondary),
        (READ, Reply::json(200, &pull("text"))),
    ]);
    let (forge, clock) = client(&server, ForgeKind::GitHub, "");
    assert_eq!(run(forge.pull(5)).unwrap().body, "text");
    assert_eq!(seconds(&clock.waits()), [61, 120]);
    server.finish();
}

#[test]
fn a_limit_that_refused_a_comment_lets_it_be_sent_again() {
    let limit = error(429, "slow down").with("Retry-After", "5");
    let server = Server::start(vec![(POST, limit), (POST, Reply::json(201, &comment(8, "me", "hello").to_string()))]);
    let (forge, clock) = client(&server, ForgeKind::GitHub, "");
    assert_eq!(run(forge.add_comment(5, "hello")).unwrap().id, 8);
    assert_eq!(seconds(&clock.waits()), [5]);
    server.finish();
}

#[test]
fn a_limit_that_outlasts_the_time() {
    // 1795266000 is 13:00 of that day.
    let limit = error(403, "API rate limit exceeded for installation ID 1.")
        .with("Date", "Sat, 21 Nov 2026 12:00:00 GMT")
        .with("X-RateLimit-Remaining", "0")
        .with("X-RateLimit-Reset", "1795266000");
    assert_eq!(
        told_for(limit),
        "Limited: HOST takes no more requests until 2026-11-21T13:00:01Z, longer than the 600 s there are for all: it did \
         not read pull request 5 in o/r; run it again then"
    );
}

#[test]
fn nothing_there_or_nothing_to_be_seen() {
    assert_eq!(
        told_for(error(404, "Not Found")),
        "NotFound: HOST found nothing to read pull request 5 in o/r (404: Not Found): check the names and numbers, and that \
         the token may see it"
    );
}

#[test]
fn a_conflict() {
    assert_eq!(told_for(error(409, "Conflict")), "Refused: HOST refused to read pull request 5 in o/r (409): Conflict");
}

#[test]
fn what_is_not_valid_keeps_the_list_of_errors() {
    let body = r#"{"message":"Validation Failed","errors":[{"resource":"Issue","code":"custom","field":"body",
        "message":"body is too long (maximum is 65536 characters)"},"and another"],"documentation_url":"https://x"}"#;
    let server = Server::start(vec![(WRITE, Reply::json(422, body))]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    assert_eq!(
        told(run(forge.set_body(5, "long")), &server),
        "Refused: HOST refused to write the description of pull request 5 in o/r (422): Validation Failed; code: custom, \
         field: body, message: body is too long (maximum is 65536 characters), resource: Issue; and another"
    );
    server.finish();
}

#[test]
fn a_place_in_trouble_that_recovers() {
    let server = Server::start(vec![
        (READ, Reply::html(502, "<html><title>Unicorn!</title>")),
        (READ, error(500, "oops")),
        (READ, Reply::json(200, &pull("text"))),
    ]);
    let (forge, clock) = client(&server, ForgeKind::GitHub, "");
    assert_eq!(run(forge.pull(5)).unwrap().body, "text");
    assert_eq!(clock.waits().len(), 2);
    server.finish();
}

#[test]
fn a_place_in_trouble_that_does_not_recover() {
    let server = Server::start(vec![(READ, error(503, "busy")); 4]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    assert_eq!(
        told(run(forge.pull(5)), &server),
        "Unreachable: HOST is in trouble and did not read pull request 5 in o/r (503: busy): try later"
    );
    server.finish();
}

#[test]
fn a_comment_that_was_written_although_the_answer_was_lost_is_not_written_twice() {
    for lost in [error(502, "bad gateway"), Reply::Cut, Reply::CutInBody] {
        let there = serde_json::json!([comment(7, "you", "another"), comment(8, "me", "hello\r\nworld")]).to_string();
        let server = Server::start(vec![(POST, lost), (COMMENTS, Reply::json(200, &there))]);
        let (forge, clock) = client(&server, ForgeKind::GitHub, "");
        assert_eq!(run(forge.add_comment(5, "hello\nworld\n")).unwrap().id, 8);
        assert_eq!(clock.waits().len(), 1, "the place gets time to finish before it is asked");
        server.finish();
    }
}

#[test]
fn a_comment_that_was_not_written_is_sent_once_more_and_not_a_third_time() {
    let none = || Reply::json(200, "[]");
    let server =
        Server::start(vec![(POST, error(502, "bad gateway")), (COMMENTS, none()), (POST, error(502, "again"))]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    assert_eq!(
        told(run(forge.add_comment(5, "hello")), &server),
        "Unreachable: HOST is in trouble and did not comment on pull request 5 in o/r (502: again): try later; it may \
         have been done all the same"
    );
    server.finish();
}

#[test]
fn a_comment_is_not_sent_again_where_the_comments_cannot_be_read() {
    let server = Server::start(vec![(POST, Reply::Cut), (COMMENTS, error(404, "Not Found"))]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    let text = told(run(forge.add_comment(5, "hello")), &server);
    let (lost, question) = text.split_once("; it may have been done all the same; and then ").unwrap();
    assert!(lost.starts_with("Unreachable: HOST did not comment on pull request 5 in o/r: "), "{lost}");
    assert!(question.starts_with("HOST found nothing to list the comments of pull request 5"), "{question}");
    server.finish();
}

#[test]
fn a_description_whose_answer_was_lost_is_read_and_not_written_over_what_a_person_wrote_meanwhile() {
    let server = Server::start(vec![(WRITE, Reply::Cut), (READ, Reply::json(200, &pull("a person's words")))]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    assert_eq!(run(forge.set_body(5, "ours")).unwrap().body, "a person's words");
    server.finish();
}

#[test]
fn a_description_that_has_to_wait_for_a_limit_is_not_written_after_it() {
    let limit = error(429, "slow down").with("Retry-After", "90");
    let server = Server::start(vec![(WRITE, limit), (READ, Reply::json(200, &pull("a person's words")))]);
    let (forge, clock) = client(&server, ForgeKind::GitHub, "");
    assert_eq!(run(forge.set_body(5, "ours")).unwrap().body, "a person's words");
    assert_eq!(seconds(&clock.waits()), [90]);
    server.finish();
}

#[test]
fn an_edit_of_our_own_comment_is_repeated() {
    let edit = "PATCH /repos/o/r/issues/comments/8";
    let server = Server::start(vec![
        (edit, error(502, "bad gateway")),
        (edit, Reply::Cut),
        (edit, Reply::json(200, &comment(8, "me", "hello").to_string())),
    ]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    assert_eq!(run(forge.edit_comment(8, 5, "hello")).unwrap().body, "hello");
    server.finish();
}

#[test]
fn a_renamed_repository_is_followed_with_method_and_body() {
    let moved = Reply::json(307, "{}").with("Location", "{host}/repositories/42/pulls/5");
    let there = Reply::json(200, &pull("new"));
    let server = Server::start(vec![(WRITE, moved), ("PATCH /repositories/42/pulls/5", there)]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    assert_eq!(run(forge.set_body(5, "new")).unwrap().body, "new");
    let requests = server.finish();
    assert_eq!(requests[1].json(), serde_json::json!({"body": "new"}));
    assert_eq!(requests[1].header("authorization"), [format!("Bearer {TOKEN}")]);
}

#[test]
fn a_renamed_repository_is_followed_when_reading() {
    let moved = Reply::json(301, "{}").with("Location", "/repositories/42/pulls/5");
    let server = Server::start(vec![(READ, moved), ("GET /repositories/42/pulls/5", Reply::json(200, &pull("text")))]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    assert_eq!(run(forge.pull(5)).unwrap().body, "text");
    server.finish();
}

#[test]
fn a_write_that_is_moved_in_a_way_that_drops_its_body_is_not_followed() {
    let server = Server::start(vec![(WRITE, Reply::json(301, "{}").with("Location", "/elsewhere"))]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    assert_eq!(
        told(run(forge.set_body(5, "new")), &server),
        "Unreachable: HOST sent the request to write the description of pull request 5 in o/r elsewhere (301), where it \
         cannot be followed: check the address of the API and the repository's name"
    );
    server.finish();
}

#[test]
fn another_host_is_not_followed_and_never_sees_the_token() {
    for (line, status) in [(WRITE, 307), (READ, 302)] {
        let other = Server::start(vec![]);
        let moved = Reply::json(status, "{}").with("Location", &other.url("/steal"));
        let server = Server::start(vec![(line, moved)]);
        let (forge, _) = client(&server, ForgeKind::GitHub, "");
        let text = match status {
            307 => told(run(forge.set_body(5, "new")), &server),
            _ => told(run(forge.pull(5)), &server),
        };
        let elsewhere = format!("it was sent on to http://{}, which does not get the token", other.address);
        assert!(text.starts_with("Unreachable: ") && text.ends_with(&elsewhere), "{text}");
        server.finish();
        assert!(other.finish().is_empty());
    }
}

#[test]
fn a_circle_of_moves_ends() {
    let moved = || Reply::json(307, "{}").with("Location", READ.trim_start_matches("GET "));
    let server = Server::start(vec![(READ, moved()); 6]);
    let (forge, _) = client(&server, ForgeKind::GitHub, "");
    assert_eq!(
        told(run(forge.pull(5)), &server),
        "Unreachable: HOST did not read pull request 5 in o/r: it was sent from one address to the next"
    );
    server.finish();
}

#[test]
fn a_web_page_instead_of_an_answer() {
    assert_eq!(
        told_for(Reply::html(200, "<!DOCTYPE html><html><head><title>Sign in\n· Acme</title></head></html>")),
        "Unreachable: HOST answered with a web page titled \"Sign in · Acme\" (200) when asked to read pull request 5 in \
         o/r: check the address of the API, and whether a proxy or a sign-in stands between"
    );
    let text = told_for(Reply::html(404, "<html>no such page</html>"));
    assert!(text.starts_with("Unreachable: HOST answered with a web page (404)"), "{text}");
}

#[test]
fn an_answer_of_another_shape() {
    let text = told_for(Reply::json(200, r#"{"number":"five"}"#));
    assert!(
        text.starts_with("Unreachable: HOST did not read pull request 5 in o/r: the answer has not the shape"),
        "{text}"
    );
}

#[test]
fn a_connection_that_is_cut_again_and_again() {
    for cut in [Reply::Cut, Reply::CutInBody] {
        let server = Server::start(vec![(READ, cut); 4]);
        let (forge, clock) = client(&server, ForgeKind::GitHub, "");
        let text = told(run(forge.pull(5)), &server);
        assert!(text.starts_with("Unreachable: HOST did not read pull request 5 in o/r: "), "{text}");
        assert_eq!(clock.waits().len(), 3);
        server.finish();
    }
}

#[test]
fn a_host_that_is_not_there() {
    let server = Server::start(vec![]);
    let (forge, clock) = client(&server, ForgeKind::GitHub, "");
    let address = server.address;
    server.finish();
    let text = run(forge.add_comment(5, "hello")).unwrap_err().to_string();
    assert!(text.starts_with(&format!("{address} did not comment on pull request 5 in o/r: ")), "{text}");
    assert_eq!(clock.waits().len(), 3, "nothing was sent, so that even a comment is tried again");
}

#[test]
fn a_host_that_does_not_answer_in_time() {
    let server = Server::start(vec![(READ, Reply::Silence)]);
    let (forge, _) = client_with(&server, ForgeKind::GitHub, "", Token::new(TOKEN), Duration::from_secs(1));
    let text = told(run(forge.pull(5)), &server);
    assert!(text.starts_with("Unreachable: HOST did not read pull request 5 in o/r: no answer came within "), "{text}");
    server.finish();
}

#[test]
fn an_answer_that_is_too_large() {
    let said = Reply::json(200, "{}").with("Content-Length", "99999999999");
    for reply in [said, Reply::Endless] {
        assert_eq!(told_for(reply), "Unreachable: HOST did not read pull request 5 in o/r: the answer is too large");
    }
}

#[test]
fn an_answer_that_quotes_the_token_does_not_show_it() {
    let quoted = format!("Bad credentials: {TOKEN}");
    for status in [400, 401, 403, 404, 422, 429, 500, 503] {
        let server = Server::start(vec![(WRITE, error(status, &quoted)), (READ, error(404, &quoted))]);
        let (forge, _) = client_with(&server, ForgeKind::GitHub, "", Token::new(TOKEN), Duration::from_secs(30));
        told(run(forge.set_body(5, "new")), &server);
    }
    told_for(Reply::html(200, &format!("<title>{TOKEN}</title>")));
    told_for(Reply::json(200, &format!(r#"{{"number":"{TOKEN}"}}"#)));
}
