//! The story of a commit against what somebody read in transcript and diff: prompts and roles, failed attempts, corrections, who
//! wrote the lines, the last check and whether anything was edited after it. A label names places in the transcripts, by the id
//! of a line, `line:N` or the id of a call, and holds no text.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use backstory::record::contribution::{Check, CheckResult, CorrectionForm, PromptRole};
use backstory::record::text::Raw;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::linking::short;
use crate::{Answer, Row, part, row};

/// What one commit is about.
#[derive(Deserialize)]
pub(crate) struct StoryLabel {
    pub(crate) commit: String,
    turns: Vec<TurnLabel>,
    attempts: Vec<AttemptLabel>,
    lines: LineLabel,
    verification: CheckLabel,
}

#[derive(Deserialize)]
struct TurnLabel {
    session: String,
    uuid: String,
    /// `request`, `refinement`, `question`, `correction`, `approval`.
    role: String,
}

#[derive(Deserialize)]
struct AttemptLabel {
    session: String,
    #[serde(rename = "ref")]
    place: String,
    what: String,
}

#[derive(Deserialize)]
struct LineLabel {
    added: u32,
    agent: u32,
    corrected: u32,
}

#[derive(Deserialize)]
struct CheckLabel {
    #[serde(rename = "ref")]
    place: Option<String>,
    /// `pass`, `fail`, `not seen`, `none`.
    result: String,
    edits_after: bool,
}

pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<StoryLabel>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let labels = text.lines().map(serde_json::from_str).collect::<Result<Vec<StoryLabel>, _>>();
    labels.with_context(|| path.display().to_string())
}

/// A transcript by the names that labels use.
#[derive(Default)]
struct Places {
    lines: Vec<Value>,
    by_uuid: HashMap<String, usize>,
    /// When a call was made and when its result came.
    calls: HashMap<String, (Option<Timestamp>, Option<Timestamp>)>,
}

impl Places {
    fn read(path: &Path) -> Self {
        let mut places = Self::default();
        for (number, line) in std::fs::read_to_string(path).unwrap_or_default().lines().enumerate() {
            let value: Value = serde_json::from_str(line).unwrap_or_default();
            if let Some(uuid) = value["uuid"].as_str() {
                places.by_uuid.entry(uuid.to_owned()).or_insert(number);
            }
            let at = time_of(&value);
            places.index(&value, at, 0);
            places.lines.push(value);
        }
        places
    }

    fn index(&mut self, value: &Value, at: Option<Timestamp>, depth: u8) {
        match value {
            Value::Object(members) if depth < 9 => {
                let text = |name: &str| members.get(name).and_then(Value::as_str);
                let kind = text("type").unwrap_or_default();
                let called =
                    if kind == "tool_use" { text("id") } else { text("call_id").filter(|_| kind.ends_with("call")) };
                let ended = text("tool_use_id").or(text("call_id").filter(|_| kind.ends_with("_output")));
                if let Some(id) = called {
                    self.calls.entry(id.to_owned()).or_default().0.get_or_insert(at.unwrap_or_default());
                } else if let Some(id) = ended {
                    self.calls.entry(id.to_owned()).or_default().1.get_or_insert(at.unwrap_or_default());
                }
                members.values().for_each(|value| self.index(value, at, depth + 1));
            }
            Value::Array(values) if depth < 9 => values.iter().for_each(|value| self.index(value, at, depth + 1)),
            _ => {}
        }
    }

    fn line(&self, place: &str) -> Option<&Value> {
        match place.strip_prefix("line:") {
            Some(number) => self.lines.get(number.split('-').next()?.parse::<usize>().ok()?.checked_sub(1)?),
            None => self.lines.get(*self.by_uuid.get(place)?),
        }
    }

    /// The time between which a place lies.
    fn span(&self, place: &str) -> Option<(Timestamp, Timestamp)> {
        if let Some((begin, end)) = self.calls.get(place) {
            return begin.or(*end).map(|begin| (begin, end.unwrap_or(begin)));
        }
        let at = time_of(self.line(place)?)?;
        Some((at, at))
    }
}

fn time_of(line: &Value) -> Option<Timestamp> {
    line["timestamp"].as_str()?.parse().ok()
}

/// Every text of a line, without blanks.
fn texts(line: &Value) -> Vec<String> {
    fn walk(name: &str, value: &Value, found: &mut Vec<String>) {
        const NAMES: &[&str] = &["content", "text", "prompt", "message", "output", "answer", "result", "args"];
        match value {
            Value::String(text) if NAMES.contains(&name) => found.push(squashed(text)),
            Value::Object(members) => members.iter().for_each(|(name, value)| walk(name, value, found)),
            Value::Array(values) => values.iter().for_each(|value| walk(name, value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk("", line, &mut found);
    found
}

fn squashed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Whether two texts begin alike, or one has the beginning of the other.
fn are_same(one: &str, other: &str) -> bool {
    let (one, other) = (squashed(one), squashed(other));
    let beginning = |text: &str| text.chars().take(60).collect::<String>();
    let (a, b) = (beginning(&one), beginning(&other));
    !a.is_empty()
        && (one == other
            || (a.chars().count() >= 12 && other.contains(&a))
            || (b.chars().count() >= 12 && one.contains(&b)))
}

fn is_within(at: Option<Timestamp>, span: Option<(Timestamp, Timestamp)>) -> bool {
    at.zip(span).is_some_and(|(at, (begin, end))| {
        at.as_second() >= begin.as_second() - 2 && at.as_second() <= end.as_second() + 2
    })
}

/// Right ones of all, with what is wrong.
#[derive(Default)]
struct Score {
    right: usize,
    all: usize,
    wrong: Vec<String>,
}

impl Score {
    fn count(&mut self, is_right: bool, commit: &str, what: impl Into<String>) {
        self.all += 1;
        self.right += usize::from(is_right);
        if !is_right {
            self.wrong.push(format!("{} {}", short(commit), what.into()));
        }
    }

    fn row(self, name: String) -> Row {
        Row { details: self.wrong, ..row(name, part(self.right, self.all)) }
    }
}

#[derive(Default)]
struct Scores {
    precision: Score,
    recall: Score,
    roles: Score,
    attempts: Score,
    listed: Score,
    corrections: Score,
    right_corrections: Score,
    share: Score,
    check: Score,
    result: Score,
    edits_after: Score,
}

/// The rows of a set of labels; `held_out` where nobody changed the program with these sessions at hand.
pub(crate) fn rows(labels: &[StoryLabel], answers: &[Answer], sessions: &Path, held_out: bool) -> Vec<Row> {
    let mut scores = Scores::default();
    let mut read: HashMap<PathBuf, Places> = HashMap::new();
    for label in labels {
        let Some(answer) = answers.iter().find(|answer| answer.commit.id.as_ref() == Some(&label.commit)) else {
            continue;
        };
        let names = label.turns.iter().map(|turn| &turn.session).chain(label.attempts.iter().map(|one| &one.session));
        for name in names.collect::<BTreeSet<_>>() {
            let path = sessions.join(format!("{name}.jsonl"));
            read.entry(path.clone()).or_insert_with(|| Places::read(&path));
        }
        let of = |session: &str| read.get(&sessions.join(format!("{session}.jsonl")));
        scores.prompts(label, answer, &of);
        scores.attempts(label, answer, &of);
        scores.lines(label, answer);
        scores.check(label, answer, &of);
    }
    let set = if held_out { "held out" } else { "tuned on" };
    let name = |what: &str| format!("stories ({set}): {what}");
    vec![
        scores.precision.row(name("prompts: precision")),
        scores.recall.row(name("prompts: recall")),
        scores.roles.row(name("roles")),
        scores.attempts.row(name("attempts found")),
        scores.listed.row(name("attempts listed that have a label")),
        scores.corrections.row(name("corrections in words found")),
        scores.right_corrections.row(name("corrections in words right")),
        scores.share.row(name("agent's share within 5 points")),
        scores.check.row(name("last check: same call")),
        scores.result.row(name("last check: same result")),
        scores.edits_after.row(name("edits after the last check")),
    ]
}

impl Scores {
    fn prompts<'a>(&mut self, label: &StoryLabel, answer: &Answer, of: &dyn Fn(&str) -> Option<&'a Places>) {
        let all = answer.linked.contributions.iter().flat_map(|one| &one.prompts);
        let mut open: Vec<_> = all.collect();
        let directed = answer.linked.contributions.iter().flat_map(|one| &one.corrections);
        let directed: Vec<_> = directed.filter(|one| one.form == CorrectionForm::Directed).collect();
        let mut right: BTreeSet<usize> = BTreeSet::new();
        for turn in &label.turns {
            let line = of(&turn.session).and_then(|places| places.line(&turn.uuid));
            let (said, at) = (line.map(texts).unwrap_or_default(), line.and_then(time_of));
            let is_said = |text: &str| said.iter().any(|said| are_same(text, said));
            let by_text = open.iter().position(|prompt| is_said(prompt.text.expose()));
            let place = by_text.or_else(|| open.iter().position(|prompt| is_within(prompt.at, at.map(|at| (at, at)))));
            self.recall.count(place.is_some(), &label.commit, format!("missed {} {}", turn.role, turn.uuid));
            if let Some(place) = place {
                let prompt = open.remove(place);
                self.precision.count(true, &label.commit, "");
                let is_its = role(&turn.role) == Some(prompt.role);
                self.roles.count(is_its, &label.commit, format!("{} is told as {:?}", turn.role, prompt.role));
            }
            if turn.role == "correction" {
                let words = |one: usize| directed[one].words.as_ref().or(directed[one].reason.as_ref());
                let found: Vec<usize> = (0..directed.len())
                    .filter(|one| words(*one).is_some_and(|words| is_said(words.expose())))
                    .collect();
                self.corrections.count(!found.is_empty(), &label.commit, format!("missed correction {}", turn.uuid));
                right.extend(found);
            }
        }
        for prompt in open {
            let words: String = prompt.text.expose().chars().take(60).collect();
            self.precision.count(false, &label.commit, format!("no label: {words}"));
        }
        for place in 0..directed.len() {
            self.right_corrections.count(right.contains(&place), &label.commit, "correction without a label");
        }
    }

    fn attempts<'a>(&mut self, label: &StoryLabel, answer: &Answer, of: &dyn Fn(&str) -> Option<&'a Places>) {
        let listed: Vec<_> = answer.linked.contributions.iter().flat_map(|one| &one.attempts).collect();
        let mut known: BTreeSet<usize> = BTreeSet::new();
        for one in &label.attempts {
            let span = of(&one.session).and_then(|places| places.span(&one.place));
            let found: Vec<usize> = (0..listed.len()).filter(|place| is_within(listed[*place].at, span)).collect();
            self.attempts.count(!found.is_empty(), &label.commit, format!("missed: {}", one.what));
            known.extend(found);
        }
        for (place, one) in listed.iter().enumerate() {
            let tried: String = one.tried.expose().chars().take(60).collect();
            self.listed.count(known.contains(&place), &label.commit, format!("no label: {tried}"));
        }
    }

    fn lines(&mut self, label: &StoryLabel, answer: &Answer) {
        if label.lines.added == 0 {
            return;
        }
        let share = |some: u32, all: u32| 100.0 * f64::from(some) / f64::from(all.max(1));
        let lines = answer.linked.lines;
        let told = share(lines.agent + lines.corrected, lines.added);
        let wanted = share(label.lines.agent + label.lines.corrected, label.lines.added);
        let is_near = (told - wanted).abs() <= 5.0;
        self.share.count(is_near, &label.commit, format!("{told:.0} % told, {wanted:.0} % by the label"));
    }

    fn check<'a>(&mut self, label: &StoryLabel, answer: &Answer, of: &dyn Fn(&str) -> Option<&'a Places>) {
        if label.turns.is_empty() {
            return;
        }
        let wanted = &label.verification;
        let last: Option<&Check<Raw>> =
            answer.linked.contributions.iter().flat_map(|one| &one.checks).max_by_key(|check| check.at);
        let sessions: BTreeSet<&str> = label.turns.iter().map(|turn| turn.session.as_str()).collect();
        let place = wanted.place.as_deref().unwrap_or_default();
        let span = sessions.into_iter().filter_map(of).find_map(|places| places.span(place));
        let is_same = match last {
            None => wanted.result == "none",
            Some(check) => is_within(check.at, span),
        };
        let command = last.map_or("none", |check| check.command.expose());
        self.check.count(is_same, &label.commit, format!("told: {command}"));
        let result = match last.map(|check| check.result) {
            None => "none",
            Some(CheckResult::Passed) => "pass",
            Some(CheckResult::Failed) => "fail",
            Some(CheckResult::NotSeen) => "not seen",
        };
        self.result.count(result == wanted.result, &label.commit, format!("{result}, by the label {}", wanted.result));
        if let Some(check) = last.filter(|_| wanted.result != "none") {
            let is_right = check.after_last_edit != wanted.edits_after;
            self.edits_after.count(
                is_right,
                &label.commit,
                format!("edits after it by the label: {}", wanted.edits_after),
            );
        }
    }
}

fn role(name: &str) -> Option<PromptRole> {
    Some(match name {
        "request" => PromptRole::Request,
        "refinement" | "question" => PromptRole::Refinement,
        "correction" => PromptRole::Redirection,
        "approval" => PromptRole::Approval,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_the_same_where_they_begin_alike() {
        for (one, other, expected) in [
            ("Add a discount to all prices", "Add a  discount to\nall prices", true),
            ("Add a discount to all prices", "<p>Add a discount to all prices</p>", true),
            ("yes", "yes", true),
            ("yes", "yes, but round it", false),
            ("Add a discount to all prices", "Add a discount to one price", false),
            ("", "", false),
        ] {
            assert_eq!(are_same(one, other), expected, "{one} / {other}");
        }
    }
}
