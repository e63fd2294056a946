//! Why a line is as it is: who wrote it in the commit that last changed it, what was asked, and what was tried and
//! corrected in its file.

use serde::{Deserialize, Serialize};

use crate::record::agent::Agent;
use crate::record::contribution::{Confidence, Contribution, Correction, FailedAttempt, RecordedPrompt};
use crate::record::entry::CommitEntry;
use crate::record::note::LineAuthor;
use crate::record::text::Clean;

/// The answer for one line, as `why --json` writes it; its JSON Schema is `docs/schema/why.v1.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Why {
    /// Version of this format: 1.
    pub backstory: u32,
    pub path: String,
    /// From 1, in the file as it is in the working tree.
    pub line: u32,
    /// The commit that last changed the line; absent for a line that is not committed yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Of that commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Clean>,
    /// From 1, in that commit's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_in_commit: Option<u32>,
    /// Whether the commit has a record. Without one nothing else is known.
    pub recorded: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<LineAuthor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<LineSession>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prompts: Vec<RecordedPrompt<Clean>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<FailedAttempt<Clean>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction<Clean>>,
}

/// The session that wrote the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LineSession {
    pub agent: Agent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_version: Option<String>,
    pub id: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    pub confidence: Confidence,
}

impl LineSession {
    pub(super) fn of(contribution: &Contribution<Clean>) -> Self {
        Self {
            agent: contribution.agent.clone(),
            agent_version: contribution.agent_version.clone(),
            id: contribution.session.clone(),
            models: contribution.models.clone(),
            confidence: contribution.confidence,
        }
    }
}

/// A line: where it is now, and where the commit has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LinePlace<'a> {
    pub path: &'a str,
    pub line: u32,
    /// The file's name in the commit that last changed the line.
    pub path_in_commit: &'a str,
    pub line_in_commit: u32,
}

/// Explains a line by the record of the commit that last changed it.
pub(crate) fn explain(entry: &CommitEntry, place: LinePlace<'_>) -> Why {
    let mut why = Why {
        commit: Some(entry.id.clone()),
        subject: Some(entry.subject.clone()),
        line_in_commit: Some(place.line_in_commit),
        recorded: entry.record.is_some(),
        ..uncommitted(place.path, place.line)
    };
    let Some(record) = &entry.record else { return why };
    let span = record
        .files
        .iter()
        .filter(|file| file.path == place.path_in_commit)
        .flat_map(|file| &file.spans)
        .find(|span| span.range().contains(&place.line_in_commit));
    why.author = span.map(|span| span.author);
    let wrote = span
        .and_then(|span| span.contribution)
        .and_then(|index| record.contributions.get(index as usize))
        .filter(|contribution| contribution.confidence != Confidence::Overlap);
    if let Some(contribution) = wrote {
        why.add(contribution, place.path_in_commit);
    }
    why
}

/// A line that is not committed yet: nothing is known of it.
pub(crate) fn uncommitted(path: &str, line: u32) -> Why {
    Why {
        backstory: 1,
        path: path.to_owned(),
        line,
        commit: None,
        subject: None,
        line_in_commit: None,
        recorded: false,
        author: None,
        session: None,
        prompts: Vec::new(),
        attempts: Vec::new(),
        corrections: Vec::new(),
    }
}

impl Why {
    fn add(&mut self, contribution: &Contribution<Clean>, path: &str) {
        self.session = Some(LineSession::of(contribution));
        self.prompts.clone_from(&contribution.prompts);
        let about = |attempt: &&FailedAttempt<Clean>| !attempt.aside && attempt.files.iter().any(|file| file == path);
        self.attempts = contribution.attempts.iter().filter(about).cloned().collect();
        let here = |correction: &&Correction<Clean>| correction.path.as_deref() == Some(path);
        self.corrections = contribution.corrections.iter().filter(here).cloned().collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::samples;

    fn at(path: &'static str, line: u32) -> Why {
        explain(&samples::discounts(), LinePlace { path, line, path_in_commit: path, line_in_commit: line })
    }

    #[test]
    fn a_line_of_the_agent_leads_to_its_session_prompts_and_corrections() {
        let why = at("src/price.py", 13);
        assert_eq!(why.author, Some(LineAuthor::Corrected));
        assert_eq!(why.session.unwrap().id, "5f0c");
        assert_eq!((why.prompts.len(), why.corrections.len(), why.attempts.len()), (4, 2, 0));
    }

    #[test]
    fn a_line_of_nobody_known_leads_to_nobody() {
        let why = at("schema.sql", 3);
        assert_eq!((why.author, why.session, why.prompts.len()), (Some(LineAuthor::Unknown), None, 0));
        assert_eq!(at("schema.sql", 99).author, None);
    }
}
