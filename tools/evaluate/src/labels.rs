//! What people read in transcript and diff, against what the linker says: prompts with their roles, corrections, failed
//! attempts and the last check. Labels hold fingerprints and the first words, no transcripts.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context as _;
use backstory::record::contribution::{AttemptKind, CheckKind, CheckResult, Contribution, CorrectionForm, PromptRole};
use backstory::record::session::FailureKind;
use backstory::record::text::Raw;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::linking::short;
use crate::{Answer, Row, part, row};

/// What one session gave to one commit, as a person read it; `session` is absent where none gave anything.
#[derive(Deserialize)]
pub(crate) struct Label {
    /// The name of the benchmark's folder, in files with labels of several repositories.
    repository: Option<String>,
    pub(crate) commit: String,
    session: Option<String>,
    prompts: Vec<PromptLabel>,
    /// Kinds of failures on the way: rejected, tests, lint, build, edit.
    attempts: Vec<String>,
    corrections: Vec<CorrectionLabel>,
    /// The last kind of check that passed before the commit.
    verified: Option<String>,
}

#[derive(Deserialize)]
struct PromptLabel {
    /// The first 12 hex digits of the SHA-256 of the trimmed text.
    sha256: String,
    /// The first six words.
    words: String,
    role: Option<PromptRole>,
    /// Readers may differ: neither right nor wrong.
    #[serde(default)]
    optional: bool,
}

#[derive(Deserialize)]
struct CorrectionLabel {
    form: CorrectionForm,
    words: Option<String>,
    path: Option<String>,
    #[serde(default)]
    optional: bool,
}

/// The labels of the repository whose benchmark is in the folder `benchmark`.
pub(crate) fn read(path: &Path, benchmark: &Path) -> anyhow::Result<Vec<Label>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let labels = text.lines().map(serde_json::from_str::<Label>).collect::<Result<Vec<_>, _>>();
    let mut labels = labels.with_context(|| path.display().to_string())?;
    let name = benchmark.file_name().and_then(|name| name.to_str());
    labels.retain(|label| label.repository.is_none() || label.repository.as_deref() == name);
    Ok(labels)
}

/// Right answers, false ones and those that are missing.
#[derive(Default)]
struct Tally {
    right: usize,
    details: Vec<String>,
    wrong: usize,
    missing: usize,
}

impl Tally {
    fn rows(self, name: &str) -> Vec<Row> {
        let precision = part(self.right, self.right + self.wrong);
        let recall = part(self.right, self.right + self.missing);
        vec![
            Row { details: self.details, ..row(format!("labels: {name}: precision"), precision) },
            row(format!("labels: {name}: recall"), recall),
        ]
    }

    fn say(&mut self, commit: &str, what: &str, text: &str) {
        self.details.push(format!("{} {what}: {}", short(commit), first_words(text)));
    }
}

#[derive(Default)]
struct Tallies {
    prompts: Tally,
    roles: (usize, usize),
    role_details: Vec<String>,
    corrections: Tally,
    attempts: (usize, usize),
    attempt_details: Vec<String>,
    verified: (usize, usize),
    verified_details: Vec<String>,
}

pub(crate) fn rows(labels: &[Label], answers: &[Answer]) -> Vec<Row> {
    let mut tallies = Tallies::default();
    let commits: BTreeSet<&str> = labels.iter().map(|label| label.commit.as_str()).collect();
    let nothing: BTreeSet<&str> = commits
        .iter()
        .copied()
        .filter(|commit| labels.iter().filter(|label| label.commit == *commit).all(Label::is_empty))
        .collect();
    let mut claimed = Vec::new();
    for answer in answers {
        let Some(commit) = answer.commit.id.as_deref().filter(|id| commits.contains(id)) else { continue };
        if nothing.contains(commit) && answer.linked.lines.agent > 0 {
            claimed.push(format!("{} {} lines", short(commit), answer.linked.lines.agent));
        }
        let of_commit: Vec<&Label> = labels.iter().filter(|label| label.commit == commit).collect();
        for label in &of_commit {
            let contribution =
                answer.linked.contributions.iter().find(|one| Some(&one.session) == label.session.as_ref());
            tallies.compare(label, contribution);
        }
        for one in &answer.linked.contributions {
            if !of_commit.iter().any(|label| label.session.as_ref() == Some(&one.session)) {
                for prompt in &one.prompts {
                    tallies.prompts.wrong += 1;
                    tallies.prompts.say(commit, "of another session", prompt.text.expose());
                }
                tallies.corrections.wrong += one.corrections.len();
            }
        }
    }
    let mut rows = vec![Row {
        details: claimed.clone(),
        ..row("labels: commits of no session, with lines claimed", part(claimed.len(), nothing.len()))
    }];
    rows.extend(tallies.prompts.rows("prompts"));
    let of = |(right, all): (usize, usize)| part(right, all);
    rows.push(Row { details: tallies.role_details, ..row("labels: roles right", of(tallies.roles)) });
    rows.extend(tallies.corrections.rows("corrections"));
    rows.push(Row {
        details: tallies.attempt_details,
        ..row("labels: kinds of failed attempts found", of(tallies.attempts))
    });
    rows.push(Row { details: tallies.verified_details, ..row("labels: last check right", of(tallies.verified)) });
    rows
}

impl Label {
    fn is_empty(&self) -> bool {
        self.prompts.iter().all(|prompt| prompt.optional)
    }
}

impl Tallies {
    fn compare(&mut self, label: &Label, contribution: Option<&Contribution<Raw>>) {
        self.compare_prompts(label, contribution);
        self.compare_corrections(label, contribution);
        let kinds: BTreeSet<&str> =
            contribution.iter().flat_map(|one| &one.attempts).map(|attempt| kind(attempt.kind)).collect();
        for wanted in &label.attempts {
            self.attempts.1 += 1;
            if kinds.contains(wanted.as_str()) {
                self.attempts.0 += 1;
            } else {
                self.attempt_details.push(format!("{} missing: {wanted}", short(&label.commit)));
            }
        }
        if !label.is_empty() {
            let last = contribution
                .and_then(|one| one.checks.iter().rfind(|check| check.result == CheckResult::Passed))
                .map(|check| check_name(check.kind));
            self.verified.1 += 1;
            if last == label.verified.as_deref() {
                self.verified.0 += 1;
            } else {
                self.verified_details.push(format!(
                    "{} is {last:?}, read {:?}",
                    short(&label.commit),
                    label.verified.as_deref()
                ));
            }
        }
    }

    fn compare_prompts(&mut self, label: &Label, contribution: Option<&Contribution<Raw>>) {
        let mut open: Vec<&PromptLabel> = label.prompts.iter().collect();
        for prompt in contribution.iter().flat_map(|one| &one.prompts) {
            let text = prompt.text.expose();
            let (print, words) = (fingerprint(text), first_words(text));
            let by_print = open.iter().position(|label| label.sha256 == print);
            let Some(place) = by_print.or_else(|| open.iter().position(|label| label.words == words)) else {
                self.prompts.wrong += 1;
                self.prompts.say(&label.commit, "too much", text);
                continue;
            };
            let found = open.remove(place);
            let Some(role) = found.role.filter(|_| !found.optional) else { continue };
            self.prompts.right += 1;
            self.roles.1 += 1;
            if role == prompt.role {
                self.roles.0 += 1;
            } else {
                let line = format!("{} {:?}, read {role:?}: {words}", short(&label.commit), prompt.role);
                self.role_details.push(line);
            }
        }
        for missing in open.into_iter().filter(|label| !label.optional) {
            self.prompts.missing += 1;
            self.prompts.say(&label.commit, "missing", &missing.words);
        }
    }

    fn compare_corrections(&mut self, label: &Label, contribution: Option<&Contribution<Raw>>) {
        let mut open: Vec<&CorrectionLabel> = label.corrections.iter().collect();
        let mut seen: BTreeSet<(bool, String)> = BTreeSet::new();
        for correction in contribution.iter().flat_map(|one| &one.corrections) {
            let words = correction.words.as_ref().map(|words| first_words(words.expose()));
            // Several places corrected by one sentence, or in one file, are one correction.
            let is_manual = correction.form == CorrectionForm::Manual;
            let key = if is_manual { correction.path.clone() } else { words.clone() };
            if !seen.insert((is_manual, key.unwrap_or_default())) {
                continue;
            }
            let same = |label: &&CorrectionLabel| {
                label.form == correction.form
                    && if is_manual { label.path == correction.path } else { label.words == words }
            };
            match open.iter().position(same) {
                Some(place) => self.corrections.right += usize::from(!open.remove(place).optional),
                None => {
                    self.corrections.wrong += 1;
                    let what = if is_manual { "not by hand" } else { "no correction" };
                    let text = words.or(correction.path.clone()).unwrap_or_default();
                    self.corrections.say(&label.commit, what, &text);
                }
            }
        }
        for missing in open.into_iter().filter(|label| !label.optional) {
            self.corrections.missing += 1;
            let text = missing.words.as_deref().or(missing.path.as_deref()).unwrap_or_default();
            self.corrections.say(&label.commit, "missing", text);
        }
    }
}

fn kind(kind: AttemptKind) -> &'static str {
    match kind {
        AttemptKind::Rejected => "rejected",
        AttemptKind::Interrupted => "interrupted",
        AttemptKind::Reverted => "reverted",
        AttemptKind::Told => "told",
        AttemptKind::Failed(FailureKind::Tests) => "tests",
        AttemptKind::Failed(FailureKind::Lint) => "lint",
        AttemptKind::Failed(FailureKind::Build) => "build",
        AttemptKind::Failed(FailureKind::EditAmbiguous | FailureKind::EditNoMatch | FailureKind::EditStale) => "edit",
        AttemptKind::Failed(_) => "other",
    }
}

fn check_name(kind: CheckKind) -> &'static str {
    match kind {
        CheckKind::Test => "test",
        CheckKind::Lint | CheckKind::TypeCheck | CheckKind::Format | CheckKind::Script => "lint",
        CheckKind::Build => "build",
        CheckKind::Told => "told",
    }
}

fn fingerprint(text: &str) -> String {
    Sha256::digest(text.trim().as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

fn first_words(text: &str) -> String {
    text.split_whitespace().take(6).collect::<Vec<_>>().join(" ").chars().take(80).collect()
}
