//! The one helper for whole-program tests: a temporary home and repository, and ways to run git and backstory in them
//! with nothing of the machine's own settings.
#![allow(dead_code, unreachable_pub, reason = "each test file is a program of its own and uses a part")]
#![allow(clippy::unwrap_used, reason = "only tests call it")]

pub mod agents;
pub mod forge;
pub mod shop;
pub mod sop;
pub mod sources;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_backstory");

/// A home folder and a repository of their own, deleted at the end.
pub struct Sandbox {
    folder: tempfile::TempDir,
    pub home: PathBuf,
    /// The work tree in which commands run.
    pub root: PathBuf,
}

/// How a program ended and what it wrote.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Standard output, after the program ended with 0.
    pub fn good(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }
}

impl Sandbox {
    /// With an empty repository in `repository/`.
    pub fn new() -> Self {
        Self::named("repository")
    }

    /// With an empty repository in a folder of that name.
    pub fn named(name: &str) -> Self {
        let sandbox = Self::without_repository(name);
        sandbox.git(&["init", "-q", "-b", "main"]);
        sandbox
    }

    /// With an empty folder of that name where the repository would be.
    pub fn without_repository(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // macOS's temporary folder is a link; paths are compared with what git prints.
        let base = fs::canonicalize(folder.path()).unwrap();
        let (home, root) = (base.join("home"), base.join(name));
        fs::create_dir_all(&home).unwrap();
        fs::create_dir_all(&root).unwrap();
        fs::write(home.join(".gitconfig"), "[user]\n\tname = Test\n\temail = test@example.invalid\n").unwrap();
        Self { folder, home, root }
    }

    /// The temporary folder that holds home and repository.
    pub fn base(&self) -> PathBuf {
        fs::canonicalize(self.folder.path()).unwrap()
    }

    /// A command with a clean environment, in the work tree.
    #[allow(clippy::disallowed_methods, reason = "git is found by the PATH of the test run")]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.root)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.home)
            .env("GIT_CONFIG_GLOBAL", self.home.join(".gitconfig"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z")
            .env("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z")
            .env("GIT_EDITOR", "true")
            .env("LC_ALL", "C")
            .env("TZ", "UTC");
        command
    }

    /// Runs git, which must succeed, and returns what it printed.
    pub fn git(&self, arguments: &[&str]) -> String {
        self.try_git(arguments).good()
    }

    pub fn try_git(&self, arguments: &[&str]) -> Ran {
        run(self.command("git").args(arguments), "")
    }

    /// Runs git as [`Sandbox::git`] does, with more variables.
    pub fn git_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
        run(self.command("git").envs(variables.iter().copied()).args(arguments), "")
    }

    /// A repository in which `init --share` was run and committed, with time enough for a busy machine.
    pub fn ready() -> Self {
        let sandbox = Self::new();
        sandbox.write(".backstory.yml", "timeout_ms: 60000\n");
        sandbox.backstory(&["init", "--share"]).good();
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Start"]);
        sandbox
    }

    /// The whole message of a commit.
    pub fn message(&self, revision: &str) -> String {
        self.git(&["log", "-1", "--format=%B", revision]).trim_end().to_owned()
    }

    /// The text of the note of a commit; `None` where it has none.
    pub fn note(&self, revision: &str) -> Option<String> {
        let ran = self.try_git(&["notes", "--ref", "backstory", "show", revision]);
        (ran.code == 0).then_some(ran.out)
    }

    /// The record of a commit: its note is one JSON document and nothing else.
    pub fn record(&self, revision: &str) -> serde_json::Value {
        let note = self.note(revision).unwrap_or_else(|| panic!("{revision} has no note"));
        let record: serde_json::Value = serde_json::from_str(&note).unwrap_or_else(|e| panic!("{e}: {note}"));
        assert_eq!(record["commit"], self.git(&["rev-parse", revision]).trim(), "{note}");
        record
    }

    /// Gives the last commit a record with this contribution, which wrote the first line of `price.py`.
    pub fn keep_record(&self, contribution: &serde_json::Value) {
        let id = self.git(&["rev-parse", "HEAD"]).trim().to_owned();
        let record = serde_json::json!({
            "backstory": 1, "generator": "backstory 0.1.0", "commit": id, "committed_at": "2026-03-02T10:05:00Z",
            "contributions": [contribution],
            "lines": {"added": 1, "agent": 1, "corrected": 0, "person": 0, "formatter": 0, "unknown": 0},
            "files": [{"path": "price.py", "spans": [{"start": 1, "lines": 1, "author": "agent", "contribution": 0}]}],
        });
        let file = self.write("../note.json", &record.to_string());
        self.git(&["notes", "--ref=backstory", "add", "-f", "-F", file.to_str().unwrap()]);
    }

    pub fn backstory(&self, arguments: &[&str]) -> Ran {
        run(self.command(PROGRAM).args(arguments), "")
    }

    pub fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Writes an executable shell script.
    pub fn script(&self, path: &str, lines: &str) -> PathBuf {
        let path = self.write(path, &format!("#!/bin/sh\n{lines}\n"));
        make_executable(&path);
        path
    }

    /// The rows that `export` wrote to a folder, of all splits.
    pub fn exported(&self, folder: &str, format: &str) -> String {
        exported(&self.root.join(folder), format)
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    /// Every file, link and folder under the repository's folder but git's objects: path, mode and bytes.
    pub fn snapshot(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        collect(&self.root, &self.root, &mut found);
        found
    }
}

/// Runs a command with `input` on its standard input.
pub fn run(command: &mut Command, input: &str) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = loop {
        match command.spawn() {
            // A script that this test wrote is held open for a moment by what another test is just starting.
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
            started => break started.expect("it can be started"),
        }
    };
    // A program that does not read its input closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

pub fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    use std::os::unix::fs::PermissionsExt;

    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let data = path.symlink_metadata().unwrap();
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        if name.ends_with(".git/objects") {
            continue;
        }
        let content = if data.is_symlink() {
            format!("-> {}", fs::read_link(&path).unwrap().display())
        } else if data.is_dir() {
            collect(root, &path, found);
            "folder".to_owned()
        } else {
            String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()
        };
        found.insert(name, format!("{:o} {content}", data.permissions().mode()));
    }
}

/// The rows of a format in a dataset, of all splits, without what stands beside them.
pub fn exported(dataset: &Path, format: &str) -> String {
    let Ok(files) = fs::read_dir(dataset.join(format)) else { return String::new() };
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|file| !file.to_string_lossy().ends_with(".meta.jsonl"));
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}
