//! Why the lines of a range or of a whole file are as they are: every commit behind them, with whose each line is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::why::LineSession;
use crate::record::contribution::Confidence;
use crate::record::entry::CommitEntry;
use crate::record::headline::headline;
use crate::record::note::{LineAuthor, LineCounts, Record, Span};
use crate::record::text::Clean;

/// The answer for several lines, as `why --json` writes it; its JSON Schema is `docs/schema/why-range.v1.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WhyRange {
    /// Version of this format: 1.
    pub backstory: u32,
    pub path: String,
    /// The first line, from 1, in the file as it is in the working tree.
    pub start: u32,
    /// The last line that there is of those that were asked for.
    pub end: u32,
    /// How many of the lines are not committed yet.
    pub uncommitted: u32,
    /// How many of them are as old as the history of this clone, or older: which commit brought them is not known here.
    #[serde(default, skip_serializing_if = "crate::record::contribution::is_zero")]
    pub before_history: u32,
    /// Those with most of the lines first.
    pub commits: Vec<CommitLines>,
}

/// A commit that was the last to change some of the lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CommitLines {
    pub commit: String,
    pub subject: Clean,
    pub author: Clean,
    /// When it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authored_at: Option<Timestamp>,
    /// How many of the lines.
    pub lines: u32,
    /// Which, in order.
    pub spans: Vec<BlamedSpan>,
    /// As in `show`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    /// Whether the commit has a record. Without one nothing else is known.
    pub recorded: bool,
    /// There is a record and it cannot be read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unreadable: bool,
    /// Who wrote these lines, where there is a record; `added` is all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<LineCounts>,
    /// Those that wrote some of these lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<LineSession>,
    /// Failed attempts of the whole commit; `why FILE:LINE` tells those about the file.
    pub attempts: u32,
    /// Corrections of the whole commit.
    pub corrections: u32,
}

/// Lines in a row, as they are in the working tree, of one commit and one author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct BlamedSpan {
    /// From 1.
    pub start: u32,
    pub lines: u32,
    /// Absent without a record that tells of these lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<LineAuthor>,
    /// The id of the session that wrote them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// Lines of the file that a commit was the last to change, where they are now, and where the commit has them.
#[derive(Clone, Debug)]
pub(crate) struct LinesPlace {
    pub line: u32,
    pub lines: u32,
    pub path_in_commit: String,
    pub line_in_commit: u32,
}

/// What a commit tells of the lines at `places`, which are in order.
pub(crate) fn of_commit(entry: &CommitEntry, unreadable: bool, places: &[LinesPlace]) -> CommitLines {
    let count = |items: usize| u32::try_from(items).unwrap_or(u32::MAX);
    let mut told = CommitLines {
        commit: entry.id.clone(),
        subject: entry.subject.clone(),
        author: entry.author.clone(),
        authored_at: entry.header.as_ref().and_then(|header| Timestamp::from_second(header.authored_at.seconds).ok()),
        lines: places.iter().map(|place| place.lines).sum(),
        spans: Vec::new(),
        headline: headline(entry),
        recorded: entry.record.is_some() || unreadable,
        unreadable,
        written: None,
        sessions: Vec::new(),
        attempts: count(entry.sure().flat_map(|one| &one.attempts).filter(|attempt| attempt.is_told()).count()),
        corrections: count(entry.sure().map(|one| one.corrections.len()).sum()),
    };
    let Some(record) = &entry.record else {
        told.spans = places.iter().fold(Vec::new(), |mut spans, place| {
            add(&mut spans, BlamedSpan { start: place.line, lines: place.lines, author: None, session: None });
            spans
        });
        return told;
    };
    let mut written = LineCounts { added: told.lines, ..LineCounts::default() };
    for place in places {
        for run in runs(record, place) {
            let wrote = run.contribution.and_then(|index| record.contributions.get(index as usize));
            let wrote = wrote.filter(|one| one.confidence != Confidence::Overlap);
            *match run.author {
                Some(LineAuthor::Agent) => &mut written.agent,
                Some(LineAuthor::Corrected) => &mut written.corrected,
                Some(LineAuthor::Person) => &mut written.person,
                Some(LineAuthor::Formatter) => &mut written.formatter,
                Some(LineAuthor::Unknown) | None => &mut written.unknown,
            } += run.lines;
            let session = wrote.map(|one| one.session.clone());
            if let Some(one) = wrote.filter(|one| !told.sessions.iter().any(|known| known.id == one.session)) {
                told.sessions.push(LineSession::of(one));
            }
            add(&mut told.spans, BlamedSpan { start: run.start, lines: run.lines, author: run.author, session });
        }
    }
    told.written = Some(written);
    told
}

/// Puts a span behind those before it, or makes the last one longer.
fn add(spans: &mut Vec<BlamedSpan>, span: BlamedSpan) {
    match spans.last_mut() {
        Some(last)
            if last.start + last.lines == span.start
                && (&last.author, &last.session) == (&span.author, &span.session) =>
        {
            last.lines += span.lines;
        }
        _ => spans.push(span),
    }
}

/// Lines that the record says one thing of, as they are numbered now.
struct RecordedRun {
    start: u32,
    lines: u32,
    author: Option<LineAuthor>,
    contribution: Option<u32>,
}

fn runs(record: &Record<Clean>, place: &LinesPlace) -> Vec<RecordedRun> {
    let spans = record.files.iter().filter(|file| file.path == place.path_in_commit).flat_map(|file| &file.spans);
    let end = place.line_in_commit.saturating_add(place.lines);
    let overlaps = |span: &&Span| span.start < end && span.start.saturating_add(span.lines) > place.line_in_commit;
    let mut spans: Vec<&Span> = spans.filter(overlaps).collect();
    spans.sort_by_key(|span| span.start);
    let mut runs = Vec::new();
    let mut at = place.line_in_commit;
    let mut add = |from: u32, to: u32, span: Option<&Span>| {
        if to > from {
            let start = place.line + (from - place.line_in_commit);
            let (author, contribution) = (span.map(|span| span.author), span.and_then(|span| span.contribution));
            runs.push(RecordedRun { start, lines: to - from, author, contribution });
        }
    };
    for span in spans {
        let from = span.start.max(at);
        let to = span.start.saturating_add(span.lines).min(end);
        add(at, from.min(end), None);
        add(from, to, Some(span));
        at = at.max(to);
    }
    add(at, end, None);
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::contribution::{AttemptKind, FailedAttempt};
    use crate::record::samples;
    use crate::record::session::FailureKind;

    fn place(line: u32, lines: u32, line_in_commit: u32) -> LinesPlace {
        LinesPlace { line, lines, path_in_commit: "src/price.py".to_owned(), line_in_commit }
    }

    #[test]
    fn every_line_is_told_once_with_its_author() {
        let entry = samples::discounts();
        let record = entry.record.as_ref().unwrap();
        let spans = &record.files.iter().find(|file| file.path == "src/price.py").unwrap().spans;
        let author = |line: u32| spans.iter().find(|span| span.range().contains(&line)).map(|span| span.author);
        for places in [vec![place(1, 30, 1)], vec![place(5, 4, 11), place(40, 9, 2)], vec![place(7, 1, 500)]] {
            let told = of_commit(&entry, false, &places);
            let mut lines = Vec::new();
            for span in &told.spans {
                lines.extend((span.start..span.start + span.lines).map(|line| (line, span.author)));
            }
            let expected = places.iter().flat_map(|place| {
                (0..place.lines).map(move |step| (place.line + step, author(place.line_in_commit + step)))
            });
            assert_eq!(lines, expected.collect::<Vec<_>>());
            let written = told.written.unwrap();
            let LineCounts { added, agent, corrected, person, formatter, unknown } = written;
            assert_eq!((added, told.lines), (agent + corrected + person + formatter + unknown, added));
        }
    }

    #[test]
    fn only_attempts_that_are_told_are_counted() {
        let mut entry = samples::discounts();
        let attempts = |entry: &CommitEntry| of_commit(entry, false, &[place(1, 30, 1)]).attempts;
        let before = attempts(&entry);
        let one = &mut entry.record.as_mut().unwrap().contributions[0];
        let like = one.attempts[0].clone();
        let slip = AttemptKind::Failed(FailureKind::EditStale);
        one.attempts.push(FailedAttempt { kind: slip, ..like.clone() });
        one.attempts.push(FailedAttempt { aside: true, ..like });
        assert_eq!(attempts(&entry), before);
    }

    #[test]
    fn lines_of_a_commit_without_a_record_are_joined_and_nobodys() {
        let told =
            of_commit(&samples::entry("d4", "Docs", None), false, &[place(3, 2, 9), place(5, 1, 1), place(9, 1, 3)]);
        assert_eq!((told.recorded, told.written, told.lines), (false, None, 4));
        let spans: Vec<(u32, u32)> = told.spans.iter().map(|span| (span.start, span.lines)).collect();
        assert_eq!(spans, [(3, 3), (9, 1)]);
        let unread = of_commit(&samples::entry("d4", "Docs", None), true, &[place(3, 2, 9)]);
        assert!(unread.recorded && unread.unreadable);
    }

    #[test]
    fn spans_of_a_foreign_note_that_overlap_or_have_no_end_tell_no_line_twice() {
        let span = |start, lines| serde_json::json!({"start": start, "lines": lines, "author": "unknown"});
        let files = serde_json::json!([{"path": "src/price.py", "spans": [span(5, u32::MAX), span(1, 6), span(3, 3)]}]);
        let lines =
            serde_json::json!({"added": 9, "agent": 0, "corrected": 0, "person": 0, "formatter": 0, "unknown": 9});
        let entry = samples::entry("d4", "x", Some(samples::record(serde_json::json!([]), lines, files)));
        let told = of_commit(&entry, false, &[place(1, 9, 1)]);
        assert_eq!(told.spans.iter().map(|span| span.lines).sum::<u32>(), 9);
        assert_eq!(told.written.unwrap().unknown, 9);
    }
}
