//! What must not be recorded: the lines of `.backstoryignore` at the root of the repository, and the sessions that `forget`
//! wrote down in this clone. `session:<id>`, `agent:<name>`, `path:<glob>`; `#` begins a comment.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{Hash as _, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use super::ignore_line::{self, IgnoreRule, PREFIX};
use crate::capture;
use crate::config;
use crate::files::{self, NewFileMode};
use crate::git::repository::Repository;
use crate::record::agent::Agent;
use crate::record::path_pattern::{PathPattern, PathPatterns};
use crate::record::session::Session;
use crate::state::paths as state_paths;
use crate::text::digest::sha256;

pub(crate) const FILE_NAME: &str = ".backstoryignore";
pub(crate) const MAX_BYTES: u64 = 256 * 1024;
/// Of the clone's own list: a line is some 60 bytes, and none may be missing for want of room.
const FORGOTTEN_BYTES: u64 = 16 * 1024 * 1024;

/// What is passed over.
#[derive(Clone, Default)]
pub(crate) struct Ignored {
    /// `<id>` or `<agent>/<id>`, whole or the beginning of one.
    sessions: BTreeSet<String>,
    /// Those that were forgotten, as `<agent>/<id>`, always whole.
    forgotten: BTreeSet<String>,
    agents: BTreeSet<String>,
    patterns: Vec<PathPattern>,
    paths: PathPatterns,
    /// The texts that were read.
    lists: BTreeSet<String>,
}

impl Ignored {
    /// Changes with what is passed over, but for the globs of the settings.
    pub(crate) fn hash(&self, hasher: &mut impl Hasher) {
        (&self.sessions, &self.forgotten, &self.agents, &self.lists).hash(hasher);
    }

    /// The lines of `.backstoryignore` on disk, the sessions that were forgotten, and the globs under `ignore` of the settings.
    ///
    /// # Errors
    /// For a line that cannot be understood: it may have been meant to keep something out.
    pub(crate) fn read(repository: &Repository, patterns: &[String]) -> anyhow::Result<Self> {
        // A person may have written the beginning of an id.
        let (forgotten, sessions) = forgotten(repository)?.into_iter().partition(|line| line.contains('/'));
        let mut ignored = Self { sessions, forgotten, ..Self::default() };
        ignored.add_globs(patterns)?;
        if let Some(root) = repository.root() {
            let path = root.join(FILE_NAME);
            let text = files::read_text(&path, MAX_BYTES);
            let text = text.with_context(|| format!("{} cannot be read", path.display()))?.unwrap_or_default();
            ignored.add(&path.display().to_string(), text)?;
        }
        ignored.paths = PathPatterns::new(&ignored.patterns)?;
        Ok(ignored)
    }

    /// Takes in the globs under `ignore` of settings.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(crate) fn add_globs(&mut self, globs: &[String]) -> anyhow::Result<()> {
        for glob in globs {
            let read = PathPattern::parse(glob).map_err(|error| {
                anyhow!("`{glob}` under `ignore` in {} is not a valid glob: {error}", config::FILE_NAME)
            })?;
            self.patterns.push(read);
        }
        self.paths = PathPatterns::new(&self.patterns)?;
        Ok(())
    }

    /// Takes in the lines of other lists too, each with where it is from.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(crate) fn take_in(&mut self, lists: &[(String, String)]) -> anyhow::Result<()> {
        let before = self.patterns.len();
        for (place, text) in lists {
            self.add(place, text.clone())?;
        }
        if self.patterns.len() > before {
            self.paths = PathPatterns::new(&self.patterns)?;
        }
        Ok(())
    }

    /// Whether anything is passed over.
    pub(crate) fn is_empty(&self) -> bool {
        !self.has_sessions() && self.agents.is_empty() && self.patterns.is_empty()
    }

    fn add(&mut self, place: &str, list: String) -> anyhow::Result<()> {
        if self.lists.contains(&list) {
            return Ok(());
        }
        for (number, line) in (1..).zip(list.lines()) {
            let place = || format!("{place}:{number}");
            match ignore_line::parse(line).map_err(|error| anyhow!("{}: {error}", place()))? {
                IgnoreRule::Nothing => {}
                IgnoreRule::Session(id) => drop(self.sessions.insert(id)),
                IgnoreRule::Agent(name) => drop(self.agents.insert(name)),
                IgnoreRule::Paths(globs) => {
                    for glob in globs {
                        let pattern = PathPattern::parse(&glob)
                            .map_err(|error| anyhow!("{}: `{glob}` is not a valid glob: {error}", place()))?;
                        self.patterns.push(pattern);
                    }
                }
            }
        }
        self.lists.insert(list);
        Ok(())
    }

    /// Takes in sessions, as `<agent>/<id>`, as if they had been forgotten.
    pub(crate) fn forget(&mut self, sessions: &BTreeSet<String>) {
        self.forgotten.extend(sessions.iter().cloned());
    }

    /// Whether any path is passed over.
    pub(crate) fn has_paths(&self) -> bool {
        !self.patterns.is_empty()
    }

    pub(crate) fn has_path(&self, path: &str) -> bool {
        self.paths.has(path)
    }

    /// Whether single sessions are passed over.
    pub(crate) fn has_sessions(&self) -> bool {
        !self.sessions.is_empty() || !self.forgotten.is_empty()
    }

    /// Changes with anything that is passed over.
    pub(crate) fn digest(&self) -> String {
        sha256(format!("{:?} {:?} {:?} {:?}", self.sessions, self.forgotten, self.agents, self.patterns).as_bytes())
    }

    /// Changes with the sessions that are passed over.
    pub(crate) fn digest_of_sessions(&self) -> String {
        let all = self.sessions.iter().chain(&self.forgotten);
        sha256(all.fold(String::new(), |all, one| all + one + "\0").as_bytes())
    }

    pub(crate) fn has_session(&self, agent: &Agent, id: &str) -> bool {
        self.agents.contains(agent.as_str()) || self.names_session(agent, id)
    }

    /// Whether a transcript, or the one that it is a part of, is by its name that of a session that is passed over itself.
    pub(crate) fn names_transcript(&self, agent: &Agent, path: &Path) -> bool {
        ids_in_name(path).iter().any(|id| self.names_session(agent, id))
    }

    /// Whether all of a transcript is passed over, as far as its name tells.
    pub(crate) fn has_transcript(&self, agent: &Agent, path: &Path) -> bool {
        ids_in_name(path).iter().any(|id| self.has_session(agent, id))
    }

    /// Whether the session is passed over itself, and not for its agent.
    pub(crate) fn names_session(&self, agent: &Agent, id: &str) -> bool {
        let lower = id.to_lowercase();
        let is_forgotten = |id: &str| self.forgotten.contains(&format!("{agent}/{id}"));
        let begins = |line: &String| {
            let named = line.strip_prefix(agent.as_str()).and_then(|rest| rest.strip_prefix('/')).unwrap_or(line);
            named.len() >= PREFIX && (id.starts_with(named) || lower.starts_with(named))
        };
        is_forgotten(id)
            || is_forgotten(&lower)
            || self.sessions.contains(id)
            || self.sessions.contains(&format!("{agent}/{id}"))
            || self.sessions.iter().any(begins)
    }

    /// The sessions that may be recorded.
    pub(crate) fn without(&self, mut sessions: Vec<Session>) -> Vec<Session> {
        let has = |session: &Session, id: &String| self.has_session(&session.agent, id);
        sessions.retain(|session| !has(session, &session.id) && !session.other_ids.iter().any(|id| has(session, id)));
        sessions
    }
}

/// What may be the id of a transcript's session: the file's name, or the end of it, and those of the transcript that it is a
/// part of.
fn ids_in_name(path: &Path) -> Vec<String> {
    const ID: usize = 36;
    let stem = |path: &Path| capture::name_of(path).map(str::to_owned);
    let names = [stem(path), capture::parent_of(path).as_deref().and_then(stem)].into_iter().flatten();
    let both = |name: String| {
        let end = name.len().checked_sub(ID).and_then(|from| name.get(from..)).map(str::to_owned);
        std::iter::once(name).chain(end)
    };
    names.flat_map(both).collect()
}

/// Sessions that were forgotten in this clone, so that no hook and no `backfill` records them again.
fn forgotten_path(repository: &Repository) -> PathBuf {
    state_paths::at(repository.common_dir(), state_paths::FORGOTTEN)
}

/// The sessions that were forgotten in this clone, as `<agent>/<id>`. A line is `session:` and the id as it is, or `json:` and a
/// string of JSON for an id that would not stand in a line as it is.
///
/// # Errors
/// When the file cannot be read or understood.
pub(crate) fn forgotten(repository: &Repository) -> anyhow::Result<BTreeSet<String>> {
    let path = forgotten_path(repository);
    let text = files::read_text(&path, FORGOTTEN_BYTES);
    let text = text.with_context(|| format!("{} cannot be read", path.display()))?.unwrap_or_default();
    let mut sessions = BTreeSet::new();
    for (number, line) in (1..).zip(text.lines()) {
        let quoted = || line.strip_prefix("json:").and_then(|text| serde_json::from_str(text).ok());
        match line.strip_prefix("session:") {
            // A person may have written a line, too.
            Some(id) => sessions.extend([id, id.trim()].map(str::to_owned)),
            None if line.trim().is_empty() || line.starts_with('#') => {}
            None => {
                let id: Option<String> = quoted();
                let not_known = || format!("{}:{number}: `{line}` is not known; delete the line", path.display());
                sessions.insert(id.with_context(not_known)?);
            }
        }
    }
    sessions.remove("");
    Ok(sessions)
}

/// Adds sessions to those that this clone does not record again.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn never_again(repository: &Repository, sessions: &BTreeSet<String>) -> anyhow::Result<()> {
    let path = forgotten_path(repository);
    let known = forgotten(repository)?;
    let mut text = files::read_text(&path, FORGOTTEN_BYTES)?.unwrap_or_default();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    for id in sessions.difference(&known) {
        let is_plain = !id.chars().any(char::is_control) && id.trim() == id;
        text += &if is_plain { format!("session:{id}\n") } else { format!("json:{}\n", serde_json::to_string(id)?) };
    }
    let cannot = || format!("{} cannot be written", path.display());
    anyhow::ensure!(text.len() as u64 <= FORGOTTEN_BYTES, "{}: it would be too long to be read", cannot());
    fs::create_dir_all(path.parent().unwrap_or(&path)).with_context(cannot)?;
    files::write(&path, text.as_bytes(), NewFileMode::Shared).with_context(cannot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::session::{Tokens, Told};
    use crate::testing::stage::Trial;

    fn read(text: &str) -> anyhow::Result<Ignored> {
        let trial = Trial::new();
        fs::write(trial.folder.path().join(FILE_NAME), text).unwrap();
        Ignored::read(&Repository::discover(trial.folder.path(), None).unwrap(), &[])
    }

    #[test]
    fn sessions_agents_and_paths_are_passed_over() {
        let ignored =
            read("# mine\nsession:abcdefgh\nsession: codex/d2345678\nagent:Cursor\npath:secret/**\n").unwrap();
        let agent = |name| Agent::parse(name).unwrap();
        assert!(ignored.has_session(&agent("claude-code"), "ABCDEFGH-1"));
        assert!(ignored.has_session(&agent("codex"), "d2345678") && !ignored.has_session(&agent("amp"), "d2345678"));
        assert!(ignored.has_session(&agent("cursor"), "anything"));
        assert!(ignored.has_path("secret/a/b") && !ignored.has_path("a"));
    }

    /// git's own answer: those of the paths that a `.gitignore` of this one line ignores, one a line.
    fn of_git(trial: &Trial, pattern: &str, paths: &[&str]) -> String {
        fs::write(trial.folder.path().join(".gitignore"), format!("{pattern}\n")).unwrap();
        let git = std::process::Command::new("git")
            .args([
                "-c",
                "core.excludesFile=/dev/null",
                "-c",
                "core.ignoreCase=false",
                "check-ignore",
                "--no-index",
                "--",
            ])
            .args(paths)
            .current_dir(trial.folder.path())
            .output()
            .unwrap();
        assert!(git.status.code().is_some_and(|code| code < 2), "{git:?}");
        String::from_utf8(git.stdout).unwrap()
    }

    #[test]
    fn a_pattern_of_paths_means_what_it_means_in_gitignore() {
        let trial = Trial::new();
        let paths = [
            "secret",
            "secret/a",
            "secret/b/c",
            "x/secret",
            "x/secret/a",
            "secrets/a",
            "a.txt",
            "x/a.txt",
            "x/y/a.txt",
            "x/b.rs",
            "docs/x/y/z.md",
            "docs/z.md",
            ".env",
            "x/.env",
            "[a]",
            "foo bar/b",
            "foobar",
            "x/foobaz/q",
            "a#b",
        ];
        for pattern in [
            "secret",
            "secret/",
            "/secret",
            "/secret/",
            "/secret/**",
            "secret/**",
            "secret/*",
            "**/secret",
            "**/secret/**",
            "*.txt",
            "/*.txt",
            "x/*.txt",
            "x/**/*.txt",
            "x/*",
            "x/",
            "?",
            "?.txt",
            "[ab].txt",
            "[!b].txt",
            "[^b].txt",
            "docs/**/z.md",
            "docs/*/z.md",
            "*",
            "**",
            "/*",
            ".*",
            ".env",
            "\\[a\\]",
            "foo\\ bar/",
            "foo bar",
            "foo*",
            "foo**",
            "x/foo**/q",
            "secret  ",
            "a#b",
            "Secret",
            "*/b.rs",
            "se*et/a",
        ] {
            let ignored = read(&format!("path:{pattern}\n")).unwrap();
            let found: String =
                paths.iter().filter(|path| ignored.has_path(path)).map(|path| format!("{path}\n")).collect();
            assert_eq!(found, of_git(&trial, pattern, &paths), "`{pattern}`");
        }
    }

    #[test]
    fn a_session_is_passed_over_by_each_of_its_ids() {
        let session = |id: &str, other: &[&str]| Session {
            agent: Agent::known("codex"),
            agent_versions: Vec::new(),
            id: id.to_owned(),
            other_ids: other.iter().map(|id| (*id).to_owned()).collect(),
            path: PathBuf::new(),
            cwds: Vec::new(),
            branch: None,
            head: None,
            started_at: None,
            ended_at: None,
            models: Vec::new(),
            turns: Vec::new(),
            tokens: Tokens::default(),
            skipped: Vec::new(),
            context: Vec::new(),
            told: Told::default(),
        };
        for (line, kept) in [
            ("session:first-one", "second third"),
            ("session:of-first", "second third"),
            ("session:codex/also-2nd", "first-one third"),
            ("session:abcdefgh", "first-one second"),
            ("session:amp/of-first", "first-one second third"),
            ("agent:codex", ""),
        ] {
            let all = [
                session("first-one", &["of-first"]),
                session("second", &["x", "also-2nd"]),
                session("third", &["abcdefgh-0000"]),
            ];
            let left = read(line).unwrap().without(all.into());
            let ids: Vec<&str> = left.iter().map(|session| session.id.as_str()).collect();
            assert_eq!(ids.join(" "), kept, "{line}");
        }
    }

    #[test]
    fn what_was_forgotten_stays_so_whatever_its_id() {
        let trial = Trial::new();
        let repository = Repository::discover(trial.folder.path(), None).unwrap();
        let ids =
            ["a b c", "x # y", "#x", "two\nlines", "tab\tbed", "\u{85}", " blank ", "path:x", "日本", "\"", "\\n", ""];
        let sessions: BTreeSet<String> = ids.iter().map(|id| format!("codex/{id}")).chain([" y ".to_owned()]).collect();
        never_again(&repository, &sessions).unwrap();
        // Twice is once, and what a person wrote without a line end is not joined to what follows.
        let path = forgotten_path(&repository);
        let text = fs::read_to_string(&path).unwrap();
        never_again(&repository, &sessions).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        fs::write(&path, format!("{text}session: mine")).unwrap();
        never_again(&repository, &BTreeSet::from(["codex/last".to_owned()])).unwrap();
        let ignored = Ignored::read(&repository, &[]).unwrap();
        let codex = Agent::known("codex");
        for id in ids.into_iter().chain(["mine", "last"]) {
            assert!(ignored.has_session(&codex, id), "{id:?}");
        }
        assert!(!ignored.has_session(&codex, "x") && !ignored.has_session(&codex, "other"));
        // More than a list of the team may hold.
        let many = (0..6000).map(|number| format!("claude-code/00000000-0000-4000-8000-{number:012}")).collect();
        never_again(&repository, &many).unwrap();
        assert!(fs::metadata(&path).unwrap().len() > MAX_BYTES);
        assert!(Ignored::read(&repository, &[]).unwrap().has_session(&codex, "last"));
        for damaged in ["sesion:x\n", "json:\"x\n", "json:7\n", "x\n"] {
            fs::write(&path, damaged).unwrap();
            let error = Ignored::read(&repository, &[]).err().unwrap().to_string();
            assert!(error.contains("forgotten:1: `") && error.contains("delete the line"), "{error}");
        }
    }

    #[test]
    fn a_short_id_that_was_forgotten_is_no_beginning_of_another() {
        let trial = Trial::new();
        let repository = Repository::discover(trial.folder.path(), None).unwrap();
        let ids = ["claude-code/abcdefgh", "codex/0123456789", "codex/Upper-Case"].map(str::to_owned);
        never_again(&repository, &BTreeSet::from(ids)).unwrap();
        let ignored = Ignored::read(&repository, &[]).unwrap();
        let (claude, codex) = (Agent::known("claude-code"), Agent::known("codex"));
        for (agent, id, is_ignored) in [
            (&claude, "abcdefgh", true),
            (&claude, "ABCDEFGH", true),
            (&claude, "abcdefgh-1234", false),
            (&codex, "abcdefgh", false),
            (&codex, "0123456789", true),
            (&codex, "0123456789ab", false),
            (&codex, "Upper-Case", true),
        ] {
            assert_eq!(ignored.has_session(agent, id), is_ignored, "{agent}/{id}");
        }
    }

    #[test]
    fn a_comment_ends_a_line_and_a_short_id_names_its_session() {
        let claude = Agent::parse("claude-code").unwrap();
        let id = "1ecba475-0000-4000-8000-000000000001";
        for (line, is_ignored) in [
            ("session:1ecba475-0000-4000-8000-000000000001 # mine", true),
            ("session:1ecba475-0000-4000-8000-000000000001\t#mine", true),
            ("  session: 1ecba475  # the first one", true),
            ("session:claude-code/1ecba475", true),
            ("session:codex/1ecba475", false),
            ("session:ecba475-0000", false),
            ("agent:claude-code # all of it", true),
            ("agent:Claude-Code", true),
            ("# session:1ecba475", false),
            ("   # session:1ecba475", false),
            ("", false),
        ] {
            assert_eq!(read(line).unwrap().has_session(&claude, id), is_ignored, "{line}");
        }
        let ignored = read("path:a#b/** # but not others\n").unwrap();
        assert!(ignored.has_path("a#b/c") && !ignored.has_path("a"));
    }

    #[test]
    fn a_blank_in_a_name_and_a_symlink_are_errors() {
        for line in ["session:1ecba475 mine", "agent:claude code", "session:a b # c"] {
            let error = read(line).err().unwrap().to_string();
            assert!(error.contains("has a blank in its name"), "{error}");
        }
        #[cfg(unix)]
        {
            let trial = Trial::new();
            fs::write(trial.folder.path().join("other"), "a line of another file\n").unwrap();
            std::os::unix::fs::symlink("other", trial.folder.path().join(FILE_NAME)).unwrap();
            let repository = Repository::discover(trial.folder.path(), None).unwrap();
            let error = format!("{:#}", Ignored::read(&repository, &[]).err().unwrap());
            assert!(error.ends_with("it is a symlink, which is not followed") && !error.contains("a line"), "{error}");
        }
    }

    #[test]
    fn a_line_that_is_not_known_is_named_and_nothing_is_recorded() {
        let error = read("session:abcdefgh\nsecret/**\n").err().unwrap().to_string();
        assert!(
            error.ends_with(
                ".backstoryignore:2: `secret/**` is not known, write session:<id>, agent:<name> or path:<glob>"
            ),
            "{error}"
        );
    }
}
