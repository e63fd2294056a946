//! A repository with hooks and the session of an agent that is at work in it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Ran, Sandbox, run};

pub(crate) const SESSION: &str = "5f0c7a2e-0000-4000-8000-00000000000a";

pub(crate) const PATIENT: &str = "timeout_ms: 20000\n";

/// A repository with hooks and one commit, and the session of an agent that is at work in it.
pub(crate) struct Shop {
    pub(crate) sandbox: Sandbox,
}

impl Shop {
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::new();
        sandbox.write("start.txt", "start\n");
        sandbox.git(&["add", "."]);
        sandbox.git(&["commit", "-q", "-m", "Start"]);
        sandbox.backstory(&["init", "--share"]).good();
        // Tests share a slow machine; those of the limit set their own.
        sandbox.write(".backstory.yml", PATIENT);
        sandbox.git(&["add", "."]);
        let shop = Self { sandbox };
        shop.session(SESSION, "edit.txt", &["nothing yet"]);
        shop.commit("Set up");
        shop
    }

    pub(crate) fn projects(&self) -> PathBuf {
        self.projects_of(&self.sandbox.root)
    }

    pub(crate) fn projects_of(&self, root: &Path) -> PathBuf {
        let slug: String =
            root.to_string_lossy().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        self.sandbox.home.join(".claude/projects").join(slug)
    }

    /// A session that went on and wrote each of `texts` into `file` of the repository.
    pub(crate) fn session(&self, id: &str, file: &str, texts: &[&str]) -> PathBuf {
        self.session_in(&self.sandbox.root, id, file, texts)
    }

    pub(crate) fn session_in(&self, root: &Path, id: &str, file: &str, texts: &[&str]) -> PathBuf {
        let folder = self.projects_of(root);
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{id}.jsonl"));
        let lines = fs::read_to_string(&path).unwrap_or_default().lines().count();
        let text: String =
            (lines / 3..).zip(texts).map(|(number, content)| edit(root, id, file, content, number)).collect();
        let mut transcript = fs::OpenOptions::new().create(true).append(true).open(&path).unwrap();
        transcript.write_all(text.as_bytes()).unwrap();
        path
    }

    /// Commits `file` with a text that the session wrote, so that a record is due.
    pub(crate) fn agent_commit(&self, file: &str, extra: &[(&str, &str)]) -> Ran {
        let content = content_of(file);
        self.session(SESSION, file, &[&content]);
        self.sandbox.write(file, &content);
        self.sandbox.git(&["add", file]);
        let mut command = self.git_now(&self.sandbox.root);
        command.args(["commit", "-q", "-m", &format!("Add {file}")]);
        for (name, value) in extra {
            command.env(name, value);
        }
        run(&mut command, "")
    }

    pub(crate) fn commit(&self, message: &str) -> Ran {
        run(self.git_now(&self.sandbox.root).args(["commit", "-q", "--allow-empty", "-m", message]), "")
    }

    pub(crate) fn git_now(&self, root: &Path) -> Command {
        let mut command = self.sandbox.command("git");
        command.current_dir(root).env_remove("GIT_AUTHOR_DATE").env_remove("GIT_COMMITTER_DATE");
        command
    }

    pub(crate) fn head(&self) -> String {
        self.sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    pub(crate) fn has_note(&self, commit: &str) -> bool {
        self.sandbox.try_git(&["notes", "--ref", "backstory", "show", commit]).code == 0
    }

    pub(crate) fn notes(&self) -> usize {
        self.sandbox.git(&["notes", "--ref", "backstory", "list"]).lines().count()
    }

    pub(crate) fn ours(&self) -> PathBuf {
        self.sandbox.root.join(".git/backstory")
    }

    pub(crate) fn spooled(&self) -> usize {
        let count = |path: PathBuf| fs::read_dir(path).into_iter().flatten().flatten().count();
        count(self.ours().join("spool")) + count(self.sandbox.root.join(".git/backstory-spool"))
    }
}

/// The program takes its time from the clock, so sessions and commits must be of now.
#[allow(clippy::disallowed_methods, reason = "the one place of these tests that reads the clock")]
pub(crate) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// A prompt and an edit, as Claude Code writes them.
fn edit(root: &Path, id: &str, file: &str, content: &str, number: usize) -> String {
    let cwd = root.to_string_lossy();
    let start = now() - jiff::SignedDuration::from_secs(60);
    let at = |second: usize| format!("{:.3}", start + jiff::SignedDuration::from_secs((number % 50 + second) as i64));
    let line = |uuid: usize, parent: Option<usize>, at: String, kind: &str, rest: serde_json::Value| {
        // A message that stands in two transcripts is read as a copy; so each session has its own ids.
        let name = |n: usize| format!("0000{}-0000-4000-8000-{n:012}", &id[id.len() - 4..]);
        let mut value = serde_json::json!({
            "parentUuid": parent.map(name), "isSidechain": false, "userType": "external", "cwd": cwd, "sessionId": id,
            "version": "2.1.42", "gitBranch": "main", "type": kind, "uuid": name(uuid), "timestamp": at,
        });
        for (key, part) in rest.as_object().unwrap() {
            value[key] = part.clone();
        }
        format!("{value}\n")
    };
    let first = number * 3 + 1;
    let path = root.join(file).to_string_lossy().into_owned();
    let call = format!("toolu_{}_{number}", &id[id.len() - 4..]);
    [
        line(first, None, at(1), "user", serde_json::json!({"message": {"role": "user", "content": format!("Please write the unrepeatable words into {file}")}})),
        line(first + 1, Some(first), at(2), "assistant", serde_json::json!({"message": {"id": format!("msg_{}_{number}", &id[id.len() - 4..]), "type": "message", "role": "assistant", "model": "claude-opus-4-6",
            "content": [{"type": "tool_use", "id": call, "name": "Write", "input": {"file_path": path, "content": content}}]}})),
        line(first + 2, Some(first + 1), at(3), "user", serde_json::json!({"message": {"role": "user", "content": [{"tool_use_id": call, "type": "tool_result", "content": "File created successfully."}]},
            "toolUseResult": {"type": "create", "filePath": path, "content": content, "structuredPatch": []}})),
    ]
    .concat()
}

/// What the agent writes into a file: lines that stand nowhere else.
pub(crate) fn content_of(file: &str) -> String {
    (0..8).map(|line| format!("let line_{line}_by_the_agent = \"of {file}, number {line}\";\n")).collect()
}

#[allow(clippy::print_stderr, reason = "a test tells what it measured or why it was skipped")]
pub(crate) fn show(line: &str) {
    eprintln!("{line}");
}

pub(crate) fn record(shop: &Shop, commit: &str) -> serde_json::Value {
    serde_json::from_str(&shop.sandbox.git(&["notes", "--ref", "backstory", "show", commit])).unwrap()
}
