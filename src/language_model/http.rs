//! Asks a server in one of two dialects. No redirects, so that text and key go to the host that the user named.

use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};

use super::server::{Dialect, Reply, Server, is_loopback};

const TIME: Duration = Duration::from_secs(300);
const MOST_TOKENS: u32 = 16_000;
/// Of an error that a server sends, so much is shown.
const LONGEST_ERROR: usize = 300;
const LONGEST: usize = 4 * 1024 * 1024;
/// The version of the API that the body below is of.
const MESSAGES_VERSION: &str = "2023-06-01";

/// The body of the request.
pub(super) fn body(server: &Server, prompt: &str) -> String {
    let mut body = json!({ "model": server.model, "messages": [{ "role": "user", "content": prompt }] });
    if server.dialect == Dialect::Messages {
        body["max_tokens"] = json!(MOST_TOKENS);
    }
    format!("{body:#}")
}

/// # Errors
/// When the server does not answer, refuses, or answers something else.
pub(super) fn ask(server: &Server, prompt: &str) -> anyhow::Result<Reply> {
    // It is an error only that another part of the process was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the part of the program that talks to servers cannot be started")?;
    let host = server.url.host_str().unwrap_or_default();
    // Inside of the runtime: its clock is made there.
    let sent = runtime.block_on(async { tokio::time::timeout(TIME, send(server, body(server, prompt))).await });
    let (status, text) = sent.with_context(|| format!("{host} did not answer within {} s", TIME.as_secs()))??;
    if !status.is_success() {
        let shown: String = text.chars().filter(|letter| !letter.is_control()).take(LONGEST_ERROR).collect();
        bail!("{host} answered {status}: {}", without_key(&shown, server));
    }
    read(server.dialect, &text).with_context(|| format!("{host} answered something else than a text"))
}

async fn send(server: &Server, body: String) -> anyhow::Result<(reqwest::StatusCode, String)> {
    let mut client = reqwest::Client::builder()
        .user_agent(concat!("backstory/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10));
    if is_loopback(&server.url) {
        client = client.no_proxy();
    }
    let mut request = client.build()?.post(server.url.clone()).header(CONTENT_TYPE, "application/json").body(body);
    if server.dialect == Dialect::Messages {
        request = request.header("anthropic-version", MESSAGES_VERSION);
    }
    if let Some(key) = &server.key {
        let (name, text) = match server.dialect {
            Dialect::Messages => ("x-api-key", key.clone()),
            Dialect::ChatCompletions => (AUTHORIZATION.as_str(), format!("Bearer {key}")),
        };
        let mut value = HeaderValue::from_str(&text).context("the key cannot be sent in a header")?;
        value.set_sensitive(true);
        request = request.header(name, value);
    }
    let mut answer = request.send().await.map_err(reqwest::Error::without_url)?;
    let status = answer.status();
    let mut bytes = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        bytes.extend_from_slice(&part);
        if bytes.len() > LONGEST {
            bail!("the answer is longer than {LONGEST} bytes");
        }
    }
    Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
}

fn without_key(text: &str, server: &Server) -> String {
    match server.key.as_deref().filter(|key| !key.is_empty()) {
        Some(key) => text.replace(key, "[key]"),
        None => text.to_owned(),
    }
}

fn read(dialect: Dialect, text: &str) -> anyhow::Result<Reply> {
    let answer: Value = serde_json::from_str(text)?;
    let model = answer["model"].as_str().map(str::to_owned);
    let text = match dialect {
        Dialect::Messages => {
            let parts = answer["content"].as_array().context("it has no content")?;
            parts.iter().filter(|part| part["type"] == "text").filter_map(|part| part["text"].as_str()).collect()
        }
        Dialect::ChatCompletions => {
            answer["choices"][0]["message"]["content"].as_str().context("it has no choices")?.to_owned()
        }
    };
    Ok(Reply { text, model })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dialects_are_read_and_nothing_else() {
        let reply = |model: Option<&str>| Some(Reply { text: "hi".into(), model: model.map(str::to_owned) });
        for (dialect, text, read_as) in [
            (
                Dialect::Messages,
                r#"{"model":"m","content":[{"type":"thinking","thinking":"x"},{"type":"text","text":"hi"}]}"#,
                reply(Some("m")),
            ),
            (Dialect::ChatCompletions, r#"{"choices":[{"message":{"content":"hi"}}]}"#, reply(None)),
            (Dialect::ChatCompletions, r#"{"choices":[]}"#, None),
            (Dialect::Messages, r#"{"choices":[{"message":{"content":"hi"}}]}"#, None),
            (Dialect::Messages, "<html>", None),
        ] {
            assert_eq!(read(dialect, text).ok(), read_as, "{text}");
        }
    }
}
