//! Turns an answer that is not what was asked for into an error whose text names the place, the reason and the next step.

use serde_json::Value;

use super::access::Endpoint;
use super::ask::{Ask, Response};
use super::questions::ForgeError;

/// What a bad answer means. `answer` is neither good nor a limit.
pub(crate) fn refusal(place: &Endpoint, ask: &Ask, answer: &Response) -> ForgeError {
    let host = place.host();
    let what = format!("{} in {}", ask.what, place.repository);
    if answer.is_page() {
        return page(place, &what, answer);
    }
    let said = said(place, &answer.body);
    let status = answer.status;
    match status {
        401 if place.has_job_token() => ForgeError::NotAllowed(job_token(&host, &what, status)),
        401 if place.has_token() => ForgeError::NotSignedIn(format!(
            "{host} does not accept the token ({status}: {said}): it is wrong, was revoked or has expired; give a new one"
        )),
        401 => ForgeError::NotSignedIn(format!("{host} wants a token to {what} ({status}: {said}): give one")),
        403 if place.has_job_token() => ForgeError::NotAllowed(job_token(&host, &what, status)),
        403 => ForgeError::NotAllowed(not_allowed(place, ask, answer, &what, &said)),
        404 | 410 if place.has_job_token() => ForgeError::NotFound(format!(
            "{host} found nothing to {what} ({status}: {said}); CI_JOB_TOKEN sees next to nothing: give a project access \
             token with the scope `api`"
        )),
        404 | 410 => ForgeError::NotFound(format!(
            "{host} found nothing to {what} ({status}: {said}): check the names and numbers, and that {} see it",
            if place.has_token() { "the token may" } else { "everybody may, for no token was given, or" }
        )),
        300..=399 => ForgeError::Unreachable(format!(
            "{host} sent the request to {what} elsewhere ({status}), where it cannot be followed: check the address of the \
             API and the repository's name"
        )),
        500.. => {
            ForgeError::Unreachable(format!("{host} is in trouble and did not {what} ({status}: {said}): try later"))
        }
        _ => ForgeError::Refused(format!("{host} refused to {what} ({status}): {said}")),
    }
}

fn job_token(host: &str, what: &str, status: u16) -> String {
    format!(
        "{host} does not let CI_JOB_TOKEN {what} ({status}): it may not write to merge requests; give a project access \
         token with the scope `api`"
    )
}

fn not_allowed(place: &Endpoint, ask: &Ask, answer: &Response, what: &str, said: &str) -> String {
    let host = place.host();
    let mut text = format!("{host} does not let this token {what} (403: {said})");
    if answer.header("x-github-sso").is_some() {
        text.push_str("; the organization wants the token to be authorized for its single sign-on");
        return text;
    }
    let host = place.kind.host();
    text.push_str(&format!("; {}", (host.not_allowed)(ask.needs)));
    let accepted = host.accepted_permissions.and_then(|name| answer.header(name));
    if let Some(accepted) = accepted.filter(|text| !text.is_empty()) {
        text.push_str(&format!("; accepted: {}", place.clean(accepted)));
    }
    text
}

/// A web page where an answer was due: a proxy, a sign-in page, an address that is not the API's.
fn page(place: &Endpoint, what: &str, answer: &Response) -> ForgeError {
    let text = String::from_utf8_lossy(&answer.body);
    let title = text.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    let title = title.map(|(title, _)| format!(" titled \"{}\"", place.clean(title))).unwrap_or_default();
    ForgeError::Unreachable(format!(
        "{} answered with a web page{title} ({}) when asked to {what}: check the address of the API, and whether a proxy or \
         a sign-in stands between",
        place.host(),
        answer.status
    ))
}

/// What the place says about it: GitHub's and Gitea's `message` with `errors`, GitLab's `message`, `error` and
/// `error_description`, which may each be a text, a list or a table.
fn said(place: &Endpoint, body: &[u8]) -> String {
    let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
        let text = place.clean(&String::from_utf8_lossy(body));
        return if text.is_empty() { "no reason given".to_owned() } else { text };
    };
    let parts: Vec<String> = ["message", "error", "error_description", "errors"]
        .iter()
        .filter_map(|key| body.get(*key))
        .map(plain)
        .filter(|text| !text.is_empty())
        .collect();
    let text = place.clean(&parts.join("; "));
    if text.is_empty() { "no reason given".to_owned() } else { text }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join("; "),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| format!("{name}: {}", plain(value))).collect::<Vec<_>>().join(", ")
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
