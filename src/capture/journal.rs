//! The journal: `.backstory/sessions/*.yaml`, the open session file for people and for tools without a reader here.
//! `docs/formats.md` describes it; `backstory journal add` writes it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::empty::empty_session;
use crate::files::{self, NewFileMode};
use crate::record::agent::Agent;
use crate::record::session::{Prompt, PromptSource, Session, ToldAttempt, ToldCorrection, Turn};
use crate::record::text::Raw;

/// The version of the format.
const FORMAT: u32 = 1;

/// A journal as it stands in the file. Its text is a person's own and was not redacted.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    backstory: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agent_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<JournalEntry>,
}

/// One thing that was written down, by the field that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct JournalEntry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<String>,
}

/// Who the journal is about. What is `None` stays as it is in the file.
#[derive(Clone, Debug, Default)]
pub struct JournalAuthor {
    pub agent: Option<String>,
    pub agent_version: Option<String>,
    pub model: Option<String>,
}

/// Whether a text is a journal.
pub(super) fn recognises(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("backstory:"))
}

/// Reads a journal.
///
/// # Errors
/// Names the line and the field that do not fit the format.
pub(super) fn parse(text: &str) -> Result<Journal> {
    let journal: Journal =
        serde_saphyr::from_str(text).map_err(|error| anyhow!("{}", first_line(&error.to_string())))?;
    if journal.backstory != FORMAT {
        return Err(anyhow!("line 1: `backstory: {}` is not known here, expected {FORMAT}", journal.backstory));
    }
    for (number, entry) in (1..).zip(&journal.entries) {
        let kinds = [&entry.prompt, &entry.context, &entry.tried, &entry.correction, &entry.verified];
        if kinds.into_iter().flatten().count() != 1 {
            return Err(anyhow!(
                "entry {number} must have exactly one of prompt, context, tried, correction, verified"
            ));
        }
    }
    Ok(journal)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or("").to_owned()
}

/// Reads the journal that was found at `path`.
///
/// # Errors
/// Names the file, the line and the field that do not fit the format.
pub fn read(path: &Path, text: &str) -> Result<Journal> {
    parse(text).with_context(|| format!("{} is no valid journal", path.display()))
}

/// The session that a journal tells of.
pub(super) fn session(path: &Path, text: &str) -> Result<Session> {
    Ok(read(path, text)?.into_session(path))
}

impl Journal {
    /// The session that it tells of; named after the file where it has no name of its own.
    pub fn into_session(self, path: &Path) -> Session {
        let agent = self.agent.as_deref().and_then(Agent::parse).unwrap_or(Agent::JOURNAL);
        let mut session = empty_session(path, agent);
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        session.id = self.session.or(stem).unwrap_or_default();
        session.agent_versions.extend(self.agent_version);
        session.models.extend(self.model);
        for entry in self.entries {
            session.started_at = session.started_at.or(entry.at);
            session.ended_at = entry.at.or(session.ended_at);
            take(entry, &mut session);
        }
        session
    }
}

fn take(entry: JournalEntry, session: &mut Session) {
    let at = entry.at;
    let why = entry.why.map(Raw::new);
    if let Some(text) = entry.prompt {
        let prompt = Prompt { at, text: Raw::new(text), source: PromptSource::Typed, id: None };
        session.turns.push(Turn { prompt: Some(prompt), ..Turn::default() });
    } else if let Some(text) = entry.context {
        session.context.push(Raw::new(text));
    } else if let Some(tried) = entry.tried {
        let (error, change) = (entry.error.map(Raw::new), entry.changed.map(Raw::new));
        session.told.attempts.push(ToldAttempt { at, tried: Raw::new(tried), error, why, change });
    } else if let Some(what) = entry.correction {
        session.told.corrections.push(ToldCorrection { at, what: Raw::new(what), why, path: entry.file });
    } else if let Some(text) = entry.verified {
        session.told.verification.push(Raw::new(text));
    }
}

/// Adds an entry to the journal at `path`, which is made if it is not there. What stands in the file stays as it is,
/// comments included; a file that does not fit the format is left alone. The file is replaced in one step.
///
/// # Errors
/// The file is no valid journal, states another agent, version or model, or cannot be written.
pub fn add(path: &Path, author: &JournalAuthor, entry: &JournalEntry) -> Result<()> {
    let before = files::read_text(path, files::LIMIT).with_context(|| format!("cannot read {}", path.display()))?;
    let after = match before {
        Some(text) if !text.trim().is_empty() => {
            let journal = parse(&text).with_context(|| {
                format!("{} is no valid journal: correct it, or name another with --session", path.display())
            })?;
            appended(text, &journal, author, entry).with_context(|| format!("in {}", path.display()))?
        }
        _ => serde_saphyr::to_string(&Journal {
            backstory: FORMAT,
            session: None,
            agent: author.agent.clone(),
            agent_version: author.agent_version.clone(),
            model: author.model.clone(),
            entries: vec![entry.clone()],
        })?,
    };
    // What is written must be readable again.
    parse(&after).with_context(|| format!("{} would no longer be valid", path.display()))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    files::write(path, after.as_bytes(), NewFileMode::Shared)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The text with one more entry at its end.
fn appended(mut text: String, journal: &Journal, author: &JournalAuthor, entry: &JournalEntry) -> Result<String> {
    for (name, known, said) in [
        ("agent", &journal.agent, &author.agent),
        ("agent_version", &journal.agent_version, &author.agent_version),
        ("model", &journal.model, &author.model),
    ] {
        if said.is_some() && said != known {
            let known = known.as_deref().unwrap_or("none");
            return Err(anyhow!("the journal's {name} is {known}: name another journal with --session"));
        }
    }
    let entries = serde_saphyr::to_string(&vec![entry])?;
    let kept = entries_are_last(&text, journal.entries.len());
    if !kept && !journal.entries.is_empty() {
        // Entries in another place or form than `journal add` writes: write the whole file anew.
        let mut journal = journal.clone();
        journal.entries.push(entry.clone());
        return Ok(serde_saphyr::to_string(&journal)?);
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    if journal.entries.is_empty() {
        let without: Vec<&str> = text.lines().filter(|line| !line.starts_with("entries:")).collect();
        text = without.join("\n");
        text.push_str("\nentries:\n");
    }
    let indent = text
        .lines()
        .rev()
        .find(|line| line.trim_start().starts_with("- "))
        .map_or("", |line| &line[..line.len() - line.trim_start().len()]);
    let lines: Vec<String> = entries.lines().map(|line| format!("{indent}{line}")).collect();
    Ok(format!("{text}{}\n", lines.join("\n")))
}

/// Whether the list of entries is the last thing in the text and each entry begins with its own dash line.
fn entries_are_last(text: &str, count: usize) -> bool {
    let Some(place) = text.lines().position(|line| line.trim_end() == "entries:") else {
        return false;
    };
    let rest: Vec<&str> = text.lines().skip(place + 1).collect();
    let Some(first) = rest.iter().find(|line| line.trim_start().starts_with("- ")) else {
        return false;
    };
    let indent = &first[..first.len() - first.trim_start().len()];
    let dash = format!("{indent}- ");
    let others = rest.iter().any(|line| !line.is_empty() && !line.starts_with([' ', '-', '#']));
    rest.iter().filter(|line| line.starts_with(&dash)).count() == count && !others
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(text: &str) -> JournalEntry {
        JournalEntry {
            tried: Some(text.to_owned()),
            error: Some("exit 1: \"no\"\nmore".to_owned()),
            ..JournalEntry::default()
        }
    }

    #[test]
    fn what_stands_in_a_journal_stays_and_new_entries_follow() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sessions/a.yaml");
        let author = JournalAuthor { agent: Some("replit".to_owned()), ..JournalAuthor::default() };
        add(&path, &author, &tried("one")).unwrap();
        let mut text = fs::read_to_string(&path).unwrap();
        text.push_str("# a note of my own\n");
        fs::write(&path, &text).unwrap();
        add(&path, &author, &JournalEntry { verified: Some("ran it: 3 ok".to_owned()), ..JournalEntry::default() })
            .unwrap();
        let after = fs::read_to_string(&path).unwrap();
        assert!(after.starts_with(&text), "{after}");
        let session = session(&path, &after).unwrap();
        assert_eq!(session.agent.as_str(), "replit");
        assert_eq!(session.id, "a");
        assert_eq!(session.told.attempts[0].error.as_ref().unwrap().expose(), "exit 1: \"no\"\nmore");
        assert_eq!(session.told.verification[0].expose(), "ran it: 3 ok");
    }

    #[test]
    fn entries_in_another_form_are_kept_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.yaml");
        fs::write(&path, "backstory: 1\nentries: [{prompt: do it}]\nmodel: m\n").unwrap();
        add(&path, &JournalAuthor::default(), &tried("two")).unwrap();
        let session = session(&path, &fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!((session.turns.len(), session.told.attempts.len(), session.models.len()), (1, 1, 1));
    }

    #[test]
    fn a_broken_journal_is_an_error_with_its_line_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.yaml");
        let text = "backstory: 1\nentries:\n- tryed: x\n";
        fs::write(&path, text).unwrap();
        let error = format!("{:#}", add(&path, &JournalAuthor::default(), &tried("x")).unwrap_err());
        assert!(error.contains("c.yaml") && error.contains("line 3"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}
