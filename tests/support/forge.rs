//! A small GitHub on loopback for tests of `backstory action`: one pull request, its comments and check runs, kept in
//! memory; every request is written down. `tests/github.rs` tries the same against an emulator that is not ours.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

pub struct Forge {
    pub api: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
pub struct State {
    /// The pull request, in GitHub's shape.
    pub pull: Value,
    /// Ids of its commits, oldest first.
    pub commits: Vec<String>,
    pub comments: Vec<Value>,
    pub checks: Vec<Value>,
    pub issues: Vec<Value>,
    /// Reviews of the pull request, in GitHub's shape.
    pub reviews: Vec<Value>,
    /// What logins may do; of others nothing is told.
    pub permissions: Vec<(String, String)>,
    /// Login of who made the commits.
    pub author: Option<String>,
    /// `PATCH /repos/o/r/pulls/7`, in order.
    pub requests: Vec<String>,
    /// Writes are refused, as they are for a fork's token.
    pub read_only: bool,
    /// Writes are refused, for whatever is wrong with them.
    pub refuses: bool,
}

impl Forge {
    /// With the pull request 7 from `base` to `head`.
    pub fn start(base: &str, head: &str, commits: &[&str], body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        let state = State {
            pull: json!({
                "id": 1, "node_id": "x", "number": 7, "url": format!("{api}/repos/o/r/pulls/7"), "state": "open",
                "html_url": "https://forge.test/o/r/pull/7", "title": "t", "body": body, "merged": false,
                "commits": commits.len(), "merge_commit_sha": null, "merged_at": null,
                "head": {"sha": head, "ref": "side", "label": "o:side", "repo": {"id": 5, "full_name": "o/r"}},
                "base": {"sha": base, "ref": "main", "label": "o:main", "repo": {"id": 5, "full_name": "o/r"}},
            }),
            commits: commits.iter().map(ToString::to_string).collect(),
            ..State::default()
        };
        let state = Arc::new(Mutex::new(state));
        let served = Arc::clone(&state);
        // Ends with the test program.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&served);
                std::thread::spawn(move || serve(&stream, &state));
            }
        });
        Self { api, state }
    }

    /// Looks at what is there, or changes it.
    pub fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap())
    }

    pub fn body(&self) -> String {
        self.with(|state| state.pull["body"].as_str().unwrap().to_owned())
    }

    /// How many requests with this method there were.
    pub fn count(&self, method: &str) -> usize {
        self.with(|state| state.requests.iter().filter(|request| request.starts_with(method)).count())
    }
}

fn serve(stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    // One connection may bring several requests.
    while let Some((method, path, body)) = read(&mut reader) {
        let (status, answer) = answer(&mut state.lock().unwrap(), &method, &path, &body);
        let text = answer.to_string();
        let head =
            format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", text.len());
        let mut out = stream;
        if out.write_all(format!("{head}{text}").as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<(String, String, Value)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok().filter(|read| *read > 0)?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((method, path, serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

fn answer(state: &mut State, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let bare = path.split('?').next().unwrap_or_default();
    state.requests.push(format!("{method} {bare}"));
    if method != "GET" && state.read_only && bare != "/graphql" {
        return (403, json!({"message": "Resource not accessible by integration"}));
    }
    if method != "GET" && state.refuses {
        return (422, json!({"message": "Validation Failed", "errors": [{"message": "body is odd"}]}));
    }
    let parts: Vec<&str> = bare.trim_matches('/').split('/').collect();
    match (method, parts.as_slice()) {
        ("POST", ["graphql"]) => (200, json!({"data": {"viewer": {"login": "helper[bot]"}}})),
        ("GET", ["user"]) => (200, json!({"login": "helper[bot]"})),
        ("GET", ["repos", "o", "r", "pulls", "7"]) => (200, state.pull.clone()),
        ("PATCH", ["repos", "o", "r", "pulls", "7"]) => {
            state.pull["body"] = body["body"].clone();
            (200, state.pull.clone())
        }
        ("GET", ["repos", "o", "r", "pulls", "7", "commits"]) => {
            let author = state.author.as_ref().map(|login| json!({"login": login, "type": "User"}));
            (200, state.commits.iter().map(|id| json!({"sha": id, "author": author})).collect())
        }
        ("GET", ["repos", "o", "r", "issues"]) => (200, Value::from(state.issues.clone())),
        ("POST", ["repos", "o", "r", "issues"]) => {
            let mut issue = body.clone();
            (issue["number"], issue["state"]) = ((state.issues.len() + 1).into(), "open".into());
            state.issues.push(issue.clone());
            (201, issue)
        }
        ("PATCH", ["repos", "o", "r", "issues", number]) => {
            let issue = &mut state.issues[number.parse::<usize>().unwrap() - 1];
            for key in ["body", "state"] {
                issue[key] = body[key].clone();
            }
            (200, issue.clone())
        }
        ("GET", ["repos", "o", "r", "pulls", "7", "reviews"]) => (200, Value::from(state.reviews.clone())),
        ("GET", ["repos", "o", "r", "collaborators", login, "permission"]) => {
            match state.permissions.iter().find(|(one, _)| one == login) {
                Some((_, permission)) => (200, json!({"permission": permission, "user": {"login": login}})),
                None => (403, json!({"message": "Must have push access to view collaborator permission."})),
            }
        }
        ("GET", ["repos", "o", "r", "commits", _, "pulls"]) => (200, json!([state.pull])),
        ("GET", ["repos", "o", "r", "issues", "7", "comments"]) => (200, Value::from(state.comments.clone())),
        ("POST", ["repos", "o", "r", "issues", "7", "comments"]) => {
            let id = state.comments.len() + 1;
            state.comments.push(json!({"id": id, "user": {"login": "helper[bot]"}, "body": body["body"]}));
            (201, state.comments[id - 1].clone())
        }
        ("PATCH", ["repos", "o", "r", "issues", "comments", id]) => {
            let place = id.parse::<usize>().unwrap() - 1;
            state.comments[place]["body"] = body["body"].clone();
            (200, state.comments[place].clone())
        }
        ("GET", ["repos", "o", "r", "commits", _, "check-runs"]) => {
            (200, json!({"total_count": state.checks.len(), "check_runs": state.checks}))
        }
        ("POST", ["repos", "o", "r", "check-runs"]) => {
            let mut check = body.clone();
            check["id"] = Value::from(state.checks.len() + 1);
            check["html_url"] = "https://forge.test/o/r/runs/1".into();
            state.checks.push(check.clone());
            (201, check)
        }
        ("PATCH", ["repos", "o", "r", "check-runs", id]) => {
            let place = id.parse::<usize>().unwrap() - 1;
            for (key, value) in body.as_object().unwrap() {
                state.checks[place][key] = value.clone();
            }
            (200, state.checks[place].clone())
        }
        // GitLab's names for the same.
        ("GET", ["projects", "o%2Fr", "merge_requests", "7"]) => (200, merge_request(state)),
        ("PUT", ["projects", "o%2Fr", "merge_requests", "7"]) => {
            state.pull["body"] = body["description"].clone();
            (200, merge_request(state))
        }
        // Gitea's API is below a path.
        (_, ["api", "v1", ..]) => {
            state.requests.pop();
            answer(state, method, path.trim_start_matches("/api/v1"), body)
        }
        _ => (404, json!({"message": "Not Found"})),
    }
}

fn merge_request(state: &State) -> Value {
    json!({
        "iid": 7, "description": state.pull["body"], "sha": state.pull["head"]["sha"], "target_branch": "main",
        "state": "opened", "source_project_id": 1, "target_project_id": 1, "web_url": "https://forge.test/o/r/-/merge_requests/7",
        "diff_refs": {"start_sha": state.pull["base"]["sha"]},
    })
}
