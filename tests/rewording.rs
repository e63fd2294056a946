//! A language model that rewords the prose of a draft: what is sent, what is taken, and what stays. The models are a server on
//! loopback and a program; none is asked unless the command line says so.
#![allow(clippy::unwrap_used, reason = "these are tests")]

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};

use crate::support::{PROGRAM, Ran, Sandbox, run};

const SLUG: &str = "customer-onboarding";
const DOCUMENT: &str = "docs/processes/customer-onboarding/SOP.md";
const KEY: &str = "key-of-the-test-0123456789";

/// One request as the server saw it.
struct Asked {
    path: String,
    headers: BTreeMap<String, String>,
    body: String,
}

/// A server that answers each request with what `answer` makes of its body: a status and a text.
fn server(answer: impl Fn(&str) -> (u16, String) + Send + 'static) -> (String, Receiver<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, asked) = channel();
    // Ends with the test program.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let request = read(&stream);
            let (status, text) = answer(&request.body);
            let length = text.len();
            let head =
                format!("HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
            let _ = (&stream).write_all((head + &text).as_bytes());
            let _ = sender.send(request);
        }
    });
    (address, asked)
}

fn read(stream: &TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let path = lines[0].split(' ').nth(1).unwrap().to_owned();
    let headers: BTreeMap<String, String> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    Asked { path, headers, body: String::from_utf8(body).unwrap() }
}

/// A draft from an interview; one of its sentences has a number and a command.
fn drafted() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("README.md", "A shop.\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Start"]);
    let name =
        ["sop", "capture", "--name", "Customer onboarding", "--purpose", "A new customer can place orders with us"];
    sandbox.backstory(&name).good();
    for (id, action, expected) in [
        ("create", "Create the account", "The customer is listed among the 3 newest accounts"),
        ("mail", "Send the mail", "The mail is in the outbox of the shop"),
    ] {
        sandbox.backstory(&["sop", "capture", SLUG, "--id", id, "--step", action, "--expected", expected]).good();
    }
    sandbox.backstory(&["sop", "draft", SLUG]).good();
    sandbox
}

/// `sop draft` with a model at `url`.
fn by_server(sandbox: &Sandbox, url: &str, how: &str) -> Ran {
    let arguments = ["sop", "draft", SLUG, "--llm", how, "--llm-url", url, "--llm-model", "tiny-1"];
    run(sandbox.command(PROGRAM).args(arguments).env("BACKSTORY_LLM_KEY", KEY), "")
}

/// The passages in a prompt, by their ids.
fn passages(prompt: &str) -> BTreeMap<String, String> {
    let list: Value = serde_json::from_str(&prompt[prompt.find("\n\n[").unwrap()..]).unwrap();
    let text = |passage: &Value| (passage["id"].to_string(), passage["text"].as_str().unwrap().to_owned());
    list.as_array().unwrap().iter().map(text).collect()
}

/// A model that says "buyer" for "customer", and four for three.
fn answer_to(prompt: &str) -> String {
    let new = |text: String| text.replace("customer", "buyer").replace(" 3 ", " 4 ");
    let texts: BTreeMap<String, String> = passages(prompt).into_iter().map(|(id, text)| (id, new(text))).collect();
    format!("Here it is:\n```json\n{}\n```\n", json!(texts))
}

fn chat(body: &str) -> (u16, String) {
    let body: Value = serde_json::from_str(body).unwrap();
    let text = answer_to(body["messages"][0]["content"].as_str().unwrap());
    (200, json!({"model": "tiny-1-of-may", "choices": [{"message": {"content": text}}]}).to_string())
}

#[test]
fn a_local_server_rewords_prose_and_nothing_that_is_said_changes() {
    let sandbox = drafted();
    let before = sandbox.read(DOCUMENT);
    let (address, asked) = server(chat);
    let url = format!("{address}/v1/chat/completions");
    let dry = by_server(&sandbox, &url, "dry-run").good();
    assert!(asked.try_recv().is_err(), "a dry run asks nobody");
    assert_eq!(sandbox.read(DOCUMENT), before);

    let ran = by_server(&sandbox, &url, "http").good();
    let request = asked.recv().unwrap();
    assert_eq!(request.path, "/v1/chat/completions");
    assert_eq!(request.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(dry.trim_end(), request.body.trim_end(), "a dry run shows exactly what is sent");
    assert!(!request.body.contains("Test <test@"), "no names are sent: {}", request.body);

    let after = sandbox.read(DOCUMENT);
    assert!(after.contains("A new buyer can place orders with us"), "{after}");
    assert!(after.contains("The customer is listed among the 3 newest accounts"), "{after}");
    assert!(ran.contains("kept as the template has it") && ran.contains("a number, command, link"), "{ran}");
    assert!(after.contains("llm: \"http:127.0.0.1 tiny-1-of-may\""), "{after}");
    assert!(!format!("{ran}{after}").contains(KEY));
    let ledger = sandbox.read("docs/processes/customer-onboarding/ledger.jsonl");
    let entry: Value = serde_json::from_str(ledger.lines().last().unwrap()).unwrap();
    for name in ["llm_provider", "llm_model", "llm_prompt", "llm_answer"] {
        assert!(entry["refs"][name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {entry}");
    }
    assert_eq!(sandbox.backstory(&["sop", "verify", SLUG]).code, 0);
}

#[test]
fn a_server_of_the_messages_kind_is_asked_in_its_own_words() {
    let sandbox = drafted();
    let (address, asked) = server(|body| {
        let body: Value = serde_json::from_str(body).unwrap();
        let text = answer_to(body["messages"][0]["content"].as_str().unwrap());
        (200, json!({"model": "m", "content": [{"type": "text", "text": text}]}).to_string())
    });
    by_server(&sandbox, &format!("{address}/v1/messages"), "http").good();
    let request = asked.recv().unwrap();
    assert_eq!(request.headers["x-api-key"], KEY);
    assert!(request.headers.contains_key("anthropic-version") && !request.headers.contains_key("authorization"));
    assert!(serde_json::from_str::<Value>(&request.body).unwrap()["max_tokens"].is_number());
    assert!(sandbox.read(DOCUMENT).contains("A new buyer"));
}

#[test]
fn an_answer_that_cannot_be_used_leaves_the_template_and_says_so() {
    for (status, text, words) in [
        (500, format!("no such key: {KEY}"), "[key]"),
        (200, "<html>sign in</html>".to_owned(), "something else than a text"),
        (
            200,
            json!({"choices": [{"message": {"content": "I would rather not."}}]}).to_string(),
            "did not answer with the object",
        ),
    ] {
        let sandbox = drafted();
        let before = sandbox.read(DOCUMENT);
        let (address, _asked) = server(move |_| (status, text.clone()));
        let ran = by_server(&sandbox, &format!("{address}/v1/chat/completions"), "http");
        assert_ne!(ran.code, 0);
        assert!(ran.err.contains("stays as the template has it") && ran.err.contains(words), "{}", ran.err);
        assert!(!ran.err.contains(KEY), "{}", ran.err);
        assert_eq!(sandbox.read(DOCUMENT), before);
    }
}

#[test]
fn what_is_missing_or_unsafe_is_said_before_anything_is_sent() {
    let sandbox = drafted();
    for (arguments, words) in [
        (&["--llm", "http"][..], "--llm-url URL --llm-model NAME"),
        (&["--llm", "command"], "--llm-command"),
        (&["--llm", "http", "--llm-url", "http://models.test/v1/messages", "--llm-model", "m"], "unencrypted"),
        (
            &["--llm", "http", "--llm-url", "https://models.test/v1", "--llm-model", "m"],
            "is not the address of a model",
        ),
    ] {
        let ran = sandbox.backstory(&[&["sop", "draft", SLUG], arguments].concat());
        assert_ne!(ran.code, 0, "{arguments:?}");
        assert!(ran.err.contains(words), "{arguments:?}: {}", ran.err);
    }
}

#[cfg(unix)]
#[test]
fn a_program_gets_the_prompt_on_its_standard_input() {
    let sandbox = drafted();
    // It takes the prompt, and says nothing of any passage.
    let model = sandbox.script("../model", "cat > ../seen\necho '{}'\n");
    let line = format!("{} --secret-argument", model.display());
    let arguments = ["sop", "draft", SLUG, "--llm", "command", "--llm-command", &line];
    let ran = sandbox.backstory(&arguments).good();
    assert!(ran.contains("command:model reworded 0 of") && !ran.contains("secret-argument"), "{ran}");
    let seen = std::fs::read_to_string(sandbox.base().join("seen")).unwrap();
    assert!(passages(&seen).values().any(|text| text.contains("A new customer can place orders with us")), "{seen}");
}
