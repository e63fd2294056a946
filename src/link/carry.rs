//! Carrying records over to a commit that was made from others: amend, rebase, cherry-pick, squash. Lines keep their
//! author where the same text stands in the new commit; everything else is what the new commit's own links say.

use std::collections::HashMap;

use super::joining::{is_same_session, join};
use super::left_over::{SourceShare, drop_gone};
use super::lines::LineKey;
use super::moved_lines::old_paths;
use super::other_state::{OriginCommit, carried, mark};
use super::paths::name;
use crate::record::checked_state::UntestedBy;
use crate::record::commit::{Commit, FileChange};
use crate::record::contribution::{Contribution, Evidence};
use crate::record::note::{FileRecord, LineAuthor, LineCounts, Record, Span};
use crate::record::text::Clean;

/// A commit that the new one was made from, with its record.
pub(crate) struct CommitSource {
    /// `None` where only its record is left: a rewrite of the whole history deletes the commits.
    pub commit: Option<Commit>,
    pub record: Record<Clean>,
}

impl CommitSource {
    fn origin(&self, new: &str) -> OriginCommit<'_> {
        OriginCommit {
            commit: self.commit.as_ref(),
            made_at: self.record.committed_at,
            is_own: self.record.commit == new,
        }
    }
}

/// Adds to `record`, which was made for `commit` from the sessions that are still there, what the records of its sources
/// say: contributions of sessions that are missing, and the authors of lines that are unknown.
pub(crate) fn carry(commit: &Commit, record: &mut Record<Clean>, sources: &[CommitSource]) {
    // The sessions that were read for this commit know its lines; of the others the most is what was carried.
    let read_here = record.contributions.len();
    let held_before = held(record);
    let mut brought = Vec::new();
    let origins: Vec<OriginCommit> = sources.iter().map(|source| source.origin(&record.commit)).collect();
    for (source, origin) in sources.iter().zip(&origins) {
        let places: Vec<Option<u32>> = source
            .record
            .contributions
            .iter()
            .map(|contribution| {
                let carried = carried(contribution, origin, commit);
                Some(place_of(record, &carried, &source.record.commit, read_here))
            })
            .collect();
        let with_place = places.iter().enumerate().filter_map(|(was, place)| Some((was, (*place)?)));
        let (of_it, text) = (&source.record, source.commit.as_ref());
        brought.extend(with_place.map(|(was, place)| SourceShare {
            place: place as usize,
            was,
            record: of_it,
            commit: text,
        }));
        let authors = Authors::of(source, commit);
        for file in &mut record.files {
            let Some(change) = commit.files.iter().find(|change| change.path == file.path) else { continue };
            let author_of = authors.in_file(change);
            file.spans = respan(&file.spans, |number| {
                let (author, contribution) = author_of(number)?;
                let contribution = contribution.and_then(|place| places.get(place as usize).copied().flatten());
                Some((author, contribution))
            });
        }
        let counts = |by: UntestedBy| by == UntestedBy::Removed || (by.is_of_a_file() && origin.is_same(commit));
        let still = source.record.untested.iter().filter(|place| counts(place.by));
        let still = still.filter(|place| commit.files.iter().any(|change| change.path == place.path));
        for place in still {
            if !record.untested.contains(place) {
                record.untested.push(place.clone());
            }
        }
        for (kind, count) in &source.record.redactions {
            let known = record.redactions.entry(kind.clone()).or_default();
            *known = (*known).max(*count);
        }
        record.skipped = record.skipped.max(source.record.skipped);
        record.cut = record.cut.max(source.record.cut);
    }
    let held = held(record);
    for (index, one) in record.contributions.iter_mut().enumerate() {
        match held_before.get(index) {
            Some(before) => one.lines = one.lines.saturating_add(held[index].saturating_sub(*before)),
            // What an amend took out again is no part of the new commit.
            None => one.lines = one.lines.min(held[index]),
        }
    }
    drop_gone(commit, record, &brought, read_here);
    mark(commit, record, &origins, read_here);
    let mut lines = LineCounts::default();
    for span in record.files.iter().flat_map(|file| &file.spans) {
        lines.count(span.author, span.lines);
    }
    record.lines = lines;
}

/// The added lines that refer to each contribution.
fn held(record: &Record<Clean>) -> Vec<u32> {
    let mut held = vec![0; record.contributions.len()];
    for span in record.files.iter().flat_map(|file| &file.spans) {
        if let Some(count) = span.contribution.and_then(|index| held.get_mut(index as usize)) {
            *count = u32::saturating_add(*count, span.lines);
        }
    }
    held
}

/// The place of the carried contribution among those of the record; it is added where its session is not there yet.
fn place_of(record: &mut Record<Clean>, carried: &Contribution<Clean>, from: &str, read_here: usize) -> u32 {
    let evidence = Evidence::Carried { from: from.to_owned() };
    let contributions = &mut record.contributions;
    let place = contributions.iter().position(|known| is_same_session(known, carried)).unwrap_or_else(|| {
        contributions.push(Contribution { lines: 0, ..carried.clone() });
        contributions.len() - 1
    });
    let known = &mut contributions[place];
    let was_unread = known.unread;
    join(known, carried);
    if place >= read_here {
        // Of one that is here the lines that it gets are counted: they are those that the new commit has.
        known.lines = known.lines.saturating_add(carried.lines);
    }
    if (place >= read_here || was_unread) && !known.evidence.contains(&evidence) {
        known.evidence.push(evidence);
    }
    place as u32
}

/// Who wrote a line, as far as a record says it, with the place of the contribution there.
type KnownAuthor = (LineAuthor, Option<u32>);

/// The known authors of the lines that a source added.
enum Authors<'a> {
    /// By file name and text, with the path that a file of the new commit had in the source, where that is another.
    ByText { known: HashMap<(String, LineKey), KnownAuthor>, old_paths: HashMap<&'a str, &'a str> },
    /// Where the text is gone: by file and number.
    ByPlace(&'a [FileRecord]),
}

impl<'a> Authors<'a> {
    fn of(source: &'a CommitSource, new: &'a Commit) -> Self {
        let Some(commit) = &source.commit else { return Self::ByPlace(&source.record.files) };
        let mut known = HashMap::new();
        for file in &source.record.files {
            let Some(change) = commit.files.iter().find(|change| change.path == file.path) else { continue };
            for (number, text) in added_lines(change) {
                let span = file.spans.iter().find(|span| span.range().contains(&number));
                if let Some(span) = span.filter(|span| span.author != LineAuthor::Unknown) {
                    let key = (name(&file.path).to_owned(), LineKey::of(text));
                    known.insert(key, (span.author, span.contribution));
                }
            }
        }
        Self::ByText { known, old_paths: old_paths(commit, new) }
    }

    /// Who wrote the added line of that number in a file of the new commit.
    fn in_file<'b>(&'b self, change: &'b FileChange) -> Box<dyn Fn(u32) -> Option<KnownAuthor> + 'b> {
        match self {
            Self::ByText { known, old_paths } => {
                let texts: HashMap<u32, &str> = added_lines(change).collect();
                let before = old_paths.get(change.path.as_str());
                let names: Vec<&str> = std::iter::once(&change.path[..]).chain(before.copied()).map(name).collect();
                Box::new(move |number| {
                    let line = LineKey::of(texts.get(&number)?);
                    names.iter().find_map(|name| known.get(&((*name).to_owned(), line)).copied())
                })
            }
            Self::ByPlace(files) => {
                // The same lines of a file by the same name: anything else is a guess.
                let added: Vec<u32> = added_lines(change).map(|(number, _)| number).collect();
                // A note may come from anybody: its ranges are as long as they like.
                let has_them = |file: &FileRecord| file.spans.iter().flat_map(Span::range).eq(added.iter().copied());
                let is_it = |file: &&FileRecord| name(&file.path) == name(&change.path) && has_them(file);
                let mut found = files.iter().filter(is_it);
                let file = found.next().filter(|_| found.next().is_none());
                Box::new(move |number| {
                    let covers = |span: &&Span| span.range().contains(&number);
                    let span = file?.spans.iter().find(covers)?;
                    (span.author != LineAuthor::Unknown).then_some((span.author, span.contribution))
                })
            }
        }
    }
}

/// The numbers and texts of the lines that a commit adds to a file.
fn added_lines(change: &FileChange) -> impl Iterator<Item = (u32, &str)> {
    change.hunks.iter().flat_map(|hunk| {
        hunk.added.iter().enumerate().map(|(offset, text)| (hunk.new_start + offset as u32, text.expose()))
    })
}

/// The same lines with the authors of unknown ones filled in.
fn respan(spans: &[Span], author_of: impl Fn(u32) -> Option<(LineAuthor, Option<u32>)>) -> Vec<Span> {
    let lines = spans.iter().flat_map(|span| span.range().map(move |number| (number, span)));
    Span::runs(lines.map(|(number, span)| {
        let (author, contribution) = match span.author {
            LineAuthor::Unknown => author_of(number).unwrap_or((LineAuthor::Unknown, None)),
            author => (author, span.contribution),
        };
        (number, author, contribution)
    }))
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::record::commit::{FileChangeKind, Hunk, Person};
    use crate::record::samples;
    use crate::record::text::Raw;

    fn commit(lines: &[&str]) -> Commit {
        commit_of(&[("a.py", lines)])
    }

    /// A commit that adds these files.
    pub(in crate::link) fn commit_of(files: &[(&str, &[&str])]) -> Commit {
        let file = |(path, lines): &(&str, &[&str])| {
            let added = lines.iter().map(|line| Raw::new(*line)).collect();
            let hunk = Hunk { old_start: 0, new_start: 1, removed: Vec::new(), added, repeated: Vec::new() };
            FileChange { path: (*path).to_owned(), old_path: None, kind: FileChangeKind::Added, hunks: vec![hunk] }
        };
        Commit {
            trees: None,
            id: None,
            parents: Vec::new(),
            author: Person::default(),
            authored_at: jiff::Timestamp::UNIX_EPOCH,
            committed_at: jiff::Timestamp::UNIX_EPOCH,
            message: Raw::default(),
            files: files.iter().map(file).collect(),
        }
    }

    const LINES: [&str; 3] = ["one = first()", "two = second()", "three = third()"];

    fn record(contributions: Value, spans: Value) -> Record<Clean> {
        let lines = json!({"added": 3, "agent": 0, "corrected": 0, "person": 0, "formatter": 0, "unknown": 3});
        let record = samples::record(contributions, lines, json!([{"path": "a.py", "spans": spans}]));
        serde_json::from_value(record).unwrap()
    }

    fn session(id: &str, lines: u32, unread: bool) -> Value {
        json!([{"agent": "codex", "session": id, "confidence": "stated", "evidence": [], "lines": lines, "unread": unread}])
    }

    /// The record of the sources `olds` for the new commit, which nobody is known to have written so far.
    fn carried(own: Value, olds: Vec<(Option<Commit>, Record<Clean>)>) -> Record<Clean> {
        let mut new = record(own, json!([{"start": 1, "lines": 3, "author": "unknown"}]));
        let sources: Vec<CommitSource> =
            olds.into_iter().map(|(commit, record)| CommitSource { commit, record }).collect();
        carry(&commit(&LINES), &mut new, &sources);
        new
    }

    #[test]
    fn lines_that_are_carried_are_counted_once() {
        let all = || json!([{"start": 1, "lines": 3, "author": "agent", "contribution": 0}]);
        let old = |id: &str| (Some(commit(&LINES)), record(session(id, 3, false), all()));
        for (name, own, olds, expected) in [
            ("its session is not here", json!([]), vec![old("1")], vec![("1", 3)]),
            ("nor is it, and two records say so", json!([]), vec![old("1"), old("1")], vec![("1", 3)]),
            ("its session is named and cannot be read", session("1", 0, true), vec![old("1")], vec![("1", 3)]),
            ("and two records say so", session("1", 0, true), vec![old("1"), old("1")], vec![("1", 3)]),
            ("its session was read and did not write them", session("1", 0, false), vec![old("1")], vec![("1", 3)]),
            ("another is here", session("2", 0, false), vec![old("1")], vec![("2", 0), ("1", 3)]),
        ] {
            let new = carried(own, olds);
            let found: Vec<(&str, u32)> =
                new.contributions.iter().map(|one| (one.session.as_str(), one.lines)).collect();
            assert_eq!((found, new.lines.agent, new.lines.added), (expected, 3, 3), "{name}");
        }
    }

    #[test]
    fn a_session_of_which_no_line_is_left_is_left_out_though_our_trailer_was_copied() {
        const SESSION: &str = "11111111-2222-4333-8444-555555555501";
        const OTHER: [&str; 2] = ["import elsewhere", "elsewhere.run_it_all()"];
        let own = format!("Add\n\nAssisted-by: Codex\nBackstory-Session: codex/{SESSION}\n");
        let theirs = format!("Add\n\nSession: https://agents.example.org/{SESSION}\n");
        let changed = ["one = first(by_hand)"];
        let old = || (commit(&LINES), 3);
        // A commit that took all of it back, and whose record has the session without a line.
        let back = || {
            let mut back = commit_of(&[]);
            let removed = LINES.iter().map(|line| Raw::new(*line)).collect();
            let hunk = Hunk { old_start: 1, new_start: 0, removed, added: Vec::new(), repeated: Vec::new() };
            let kind = FileChangeKind::Deleted;
            back.files.push(FileChange { path: "a.py".to_owned(), old_path: None, kind, hunks: vec![hunk] });
            (back, 0)
        };
        type Case<'a> = (&'a str, &'a str, &'a [&'a str], Vec<(Commit, u32)>, bool);
        let cases: [Case; 7] = [
            ("other lines", "Add", &OTHER, vec![old()], false),
            ("other lines, and our trailer", &own, &OTHER, vec![old()], false),
            ("other lines, and a trailer of the agent itself", &theirs, &OTHER, vec![old()], true),
            ("a line of it", &own, &LINES[1..2], vec![old()], true),
            ("a line of it changed", &own, &changed, vec![old()], true),
            ("all of it taken back in a later commit", &own, &OTHER, vec![old(), back()], false),
            ("it never had a line", &own, &OTHER, vec![(commit_of(&[]), 0)], true),
        ];
        for (name, message, lines, olds, stays) in cases {
            let new = Commit { message: Raw::new(message), ..commit(lines) };
            let said =
                json!({"kind": "agent", "agent": "codex", "session": SESSION, "place": "Assisted-by", "strict": true});
            let said: Vec<Value> = message.contains(SESSION).then_some(said).into_iter().collect();
            let unknown = json!([{"start": 1, "lines": lines.len(), "author": "unknown"}]);
            let mut made = record(json!([]), unknown);
            made.stated = serde_json::from_value(json!(said)).unwrap();
            let sources = olds.into_iter().map(|(commit, lines)| {
                let spans = json!([{"start": 1, "lines": lines, "author": "agent", "contribution": 0}]);
                let record = record(session(SESSION, lines, false), if lines > 0 { spans } else { json!([]) });
                CommitSource { commit: Some(commit), record }
            });
            carry(&new, &mut made, &sources.collect::<Vec<_>>());
            assert_eq!(!made.contributions.is_empty(), stays, "{name}");
        }
    }

    #[test]
    fn numbers_of_a_note_that_no_file_has_cost_nothing_and_carry_nothing() {
        let most = u32::MAX;
        for (name, start, lines, agent) in [
            ("the lines themselves", 1, 3, 3),
            ("more than there are", 1, 4_000_000_000, 0),
            ("all that can be", 1, most, 0),
            ("past the last number", most, most, 0),
            ("none", 1, 0, 0),
        ] {
            let span = json!([{"start": start, "lines": lines, "author": "agent", "contribution": 0}]);
            let gone = || (None, record(session("1", most, false), span.clone()));
            assert_eq!(carried(json!([]), vec![gone(), gone()]).lines.agent, agent, "{name}, its commit is gone");
            // Where the text is there, it says whose the line is.
            let here = || (Some(commit(&LINES)), record(session("1", most, false), span.clone()));
            let agent = if start == 1 && lines > 0 { 3 } else { 0 };
            let new = carried(json!([]), vec![here(), here()]);
            assert_eq!((new.lines.agent, new.contributions[0].lines), (agent, agent), "{name}, its commit is here");
        }
    }
}
