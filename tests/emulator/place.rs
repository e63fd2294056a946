//! One test's repository on the emulator, with the commits of a repository on disk under the same ids, and a pull request.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Exchange, Github, Message};
use crate::support::Sandbox;

/// What the emulator answers otherwise than GitHub's description says; the program under test has no part in it.
/// Each is the place in the answer and the proxy's words for it.
const FAULTS_OF_THE_EMULATOR: &[&str] = &[
    "response.body.output: Response body property output must have required property 'annotations_url'",
    "response.body.check_runs.*.output: Response body property check_runs.*.output must have required property \
     'annotations_url'",
];

pub struct Place {
    github: &'static Github,
    /// The program's; what it asks is recorded under it.
    pub token: String,
    /// `owner/name`
    pub repository: String,
    pub number: u64,
    pub base: String,
    pub head: String,
}

impl Place {
    /// A repository of that name with the branches `main` and `topic` of the sandbox, and a pull request of one into the
    /// other with `body`. The name is the token too, so each test takes its own.
    pub fn new(github: &'static Github, sandbox: &Sandbox, name: &str, body: &str) -> Self {
        let token = format!("token-of-{name}");
        let repository = format!("maintainer/{name}");
        let id = |revision: &str| sandbox.git(&["rev-parse", revision]).trim().to_owned();
        let (base, head) = (id("main"), id("topic"));
        github.ask("POST", "/user/repos", "a-person", &json!({"name": name}));
        let mut place = Self { github, token, repository, number: 0, base, head };
        place.push(sandbox);
        let pull = json!({"title": "A change", "head": "topic", "base": "main", "body": body});
        place.number = place.ask("POST", "pulls", &pull)["number"].as_u64().unwrap();
        place
    }

    /// Asks the emulator as a person does; `path` is below the repository.
    pub fn ask(&self, method: &str, path: &str, sent: &Value) -> Value {
        self.github.ask(method, &format!("/repos/{}/{path}", self.repository), "a-person", sent)
    }

    /// Brings all commits of the sandbox over, and sets both branches.
    pub fn push(&mut self, sandbox: &Sandbox) {
        let id = |revision: &str| sandbox.git(&["rev-parse", revision]).trim().to_owned();
        for commit in sandbox.git(&["rev-list", "--reverse", "--topo-order", "main", "topic"]).lines() {
            self.push_commit(sandbox, commit);
        }
        (self.base, self.head) = (id("main"), id("topic"));
        let count = sandbox.git(&["rev-list", "--count", "main..topic"]).trim().parse().unwrap();
        self.github.log(&self.token, |log| log.tip = Some((self.head.clone(), count)));
        for (branch, tip) in [("main", &self.base), ("topic", &self.head)] {
            let made = self.ask("GET", &format!("git/matching-refs/heads/{branch}"), &Value::Null);
            if made.as_array().is_some_and(|refs| !refs.is_empty()) {
                self.ask("PATCH", &format!("git/refs/heads/{branch}"), &json!({"sha": tip, "force": true}));
            } else {
                self.ask("POST", "git/refs", &json!({"ref": format!("refs/heads/{branch}"), "sha": tip}));
            }
        }
    }

    fn push_commit(&self, sandbox: &Sandbox, commit: &str) {
        let listed = sandbox.git(&["ls-tree", "-r", "-z", commit]);
        let entries: Vec<Value> = listed
            .split_terminator('\0')
            .map(|entry| {
                let (kind, path) = entry.split_once('\t').unwrap();
                let words: Vec<&str> = kind.split(' ').collect();
                let content = sandbox.git(&["cat-file", "blob", words[2]]);
                json!({"path": path, "mode": words[0], "type": words[1], "content": content})
            })
            .collect();
        let tree = self.ask("POST", "git/trees", &json!({"tree": entries}));
        let field = |format: &str| sandbox.git(&["log", "-1", &format!("--format={format}"), commit]).trim().to_owned();
        let person = |who: char| json!({"name": field(&format!("%{who}n")), "email": field(&format!("%{who}e")), "date": field(&format!("%{who}I"))});
        let raw = sandbox.git(&["cat-file", "commit", commit]);
        let (_, message) = raw.split_once("\n\n").unwrap();
        let parents = field("%P");
        let parents: Vec<&str> = parents.split(' ').filter(|parent| !parent.is_empty()).collect();
        let made = self.ask(
            "POST",
            "git/commits",
            &json!({"message": message, "tree": tree["sha"], "parents": parents,
                "author": person('a'), "committer": person('c')}),
        );
        assert_eq!(made["sha"], commit, "the emulator gives the commit the id that git gave it");
    }

    pub fn pull(&self) -> Value {
        let mut pull = self.ask("GET", &format!("pulls/{}", self.number), &Value::Null);
        if let Some((head, count)) = self.github.log(&self.token, |log| log.tip.clone()) {
            (pull["head"]["sha"], pull["commits"]) = (json!(head), json!(count));
        }
        pull
    }

    pub fn body(&self) -> String {
        self.pull()["body"].as_str().unwrap_or_default().to_owned()
    }

    /// As a person edits it in the browser.
    pub fn set_body(&self, body: &str) {
        self.ask("PATCH", &format!("pulls/{}", self.number), &json!({"body": body}));
    }

    /// Author and text of each comment.
    pub fn comments(&self) -> Vec<(String, String)> {
        let all = self.ask("GET", &format!("issues/{}/comments?per_page=100", self.number), &Value::Null);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        all.as_array().unwrap().iter().map(|one| (text(&one["user"]["login"]), text(&one["body"]))).collect()
    }

    /// The check runs of the newest commit.
    pub fn checks(&self) -> Vec<Value> {
        let all = self.ask("GET", &format!("commits/{}/check-runs", self.head), &Value::Null);
        all["check_runs"].as_array().cloned().unwrap_or_default()
    }

    /// Lets a test answer in GitHub's place from now on.
    pub fn answer_with(&self, script: impl Fn(&str, &str, &Value) -> Option<Message> + Send + Sync + 'static) {
        self.github.log(&self.token, |log| log.script = Some(Arc::new(script)));
    }

    /// What was asked with the token of this test since the last time, good or not.
    pub fn all_exchanges(&self) -> Vec<Exchange> {
        self.github.log(&self.token, |log| std::mem::take(&mut log.exchanges))
    }

    /// The same, and none of it is against GitHub's description of its API.
    pub fn exchanges(&self) -> Vec<Exchange> {
        let exchanges = self.all_exchanges();
        for exchange in &exchanges {
            assert!(exchange.violations.is_empty(), "GitHub would not take this: {exchange:#?}");
            for fault in &exchange.faults {
                assert!(
                    FAULTS_OF_THE_EMULATOR.contains(&fault.as_str()),
                    "not GitHub's answer, {fault}: {exchange:#?}"
                );
            }
        }
        exchanges
    }

    /// Method and target of each write among them.
    pub fn writes(&self) -> Vec<String> {
        let writes = self.exchanges().into_iter().filter(Exchange::is_write);
        writes.map(|one| format!("{} {}", one.method, one.target)).collect()
    }

    /// The event that the runner would hand to the workflow.
    pub fn event(&self, action: &str) -> Value {
        let pull = self.pull();
        json!({"action": action, "number": self.number, "pull_request": pull, "repository": pull["base"]["repo"].clone()})
    }
}
