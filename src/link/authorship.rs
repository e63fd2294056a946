//! Who wrote each added line of a commit: the line is looked up among the lines that sessions wrote, and the last writer
//! before the commit gets it.

use std::cell::{LazyCell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::claim::Claim;
use super::committing::is_same_subject;
use super::formatter_runs::FormatterRuns;
use super::library::{Library, Posting, Printed};
use super::lines::LineKey;
use super::paths::PathMatch;
use super::replay::Replay;
use super::short_lines::ShortLineEdits;
use super::weights::RECENT_HOURS;
use crate::link::attribution::{AddedLine, Attribution, PathMatches, Writer};
use crate::link::{marking, rewritten_lines};
use crate::record::commit::{Commit, FileChange};
use crate::record::contribution::Confidence;
use crate::record::note::{FileRecord, LineAuthor, Span};
use crate::text::paths::is_prose;
use crate::text::telling::is_telling;

/// Looks every added line up.
///
/// A line that stood there before (the commit moves it, or writes it once more) says something only where a session wrote
/// it `since` the commit before, and has made no other commit since it wrote it: that one is where it went.
pub(crate) fn attribute(commit: &Commit, library: &Library, since: Option<Timestamp>) -> Attribution {
    let window = WriterWindow::of(commit);
    let hours = SignedDuration::from_hours(RECENT_HOURS);
    let since = since.unwrap_or_else(|| commit.authored_at.saturating_sub(hours).unwrap_or(commit.authored_at));
    let taken_away = commit.files.iter().flat_map(|file| &file.hunks).flat_map(|hunk| &hunk.removed);
    let taken_away: HashSet<LineKey> = taken_away.map(|line| LineKey::of(line.expose())).collect();
    let others = other_commits(commit, library, since);
    let went_elsewhere = |posting: &Posting| {
        others.iter().any(|printed| printed.session == posting.session as usize && printed.at >= posting.at)
    };
    let mut telling = 0;
    let files = commit
        .files
        .iter()
        .map(|file| {
            let search = WriterSearch::new(file, library, &window);
            // A short line says nothing of the time, so that only work for this commit counts.
            let lately = since.min(commit.authored_at.saturating_sub(hours).unwrap_or(since));
            let is_now = |posting: &Posting| posting.at.is_some_and(|at| at >= lately) && !went_elsewhere(posting);
            let places = OnceCell::new();
            let mut lines: Vec<AddedLine> = Vec::new();
            for hunk in &file.hunks {
                for (offset, text) in hunk.added.iter().enumerate() {
                    let text = text.expose();
                    if !is_telling(text) {
                        let places = places.get_or_init(|| search.places(is_now));
                        let writer = places.writer(text, hunk).map(Writer::here);
                        telling += u32::from(writer.is_some());
                        let number = hunk.new_start + offset as u32;
                        lines.push(AddedLine { number, telling: writer.is_some(), writer });
                        continue;
                    }
                    let writer = search.writer(text);
                    let stood = || hunk.repeated.contains(&(offset as u32)) || taken_away.contains(&LineKey::of(text));
                    let is_new = |writer: &Writer| {
                        let is_late = writer.posting.at.is_none_or(|at| at >= since);
                        writer.reformatted || (is_late && !went_elsewhere(&writer.posting))
                    };
                    let is_telling = !stood() || writer.as_ref().is_some_and(is_new);
                    telling += u32::from(is_telling);
                    lines.push(AddedLine {
                        number: hunk.new_start + offset as u32,
                        telling: is_telling,
                        writer: writer.filter(|_| is_telling),
                    });
                }
            }
            lines
        })
        .collect();
    Attribution { files, telling }
}

/// The commits that sessions made between `since` and this one; a rebase has changed its id, so that what was printed
/// within a minute of it may be this one, and so may what had its subject: a forge that squashes puts a number behind it.
fn other_commits<'a>(commit: &Commit, library: &'a Library, since: Timestamp) -> Vec<&'a Printed> {
    let until = commit.authored_at.saturating_sub(SignedDuration::from_secs(60)).unwrap_or(commit.authored_at);
    let subject = commit.message.expose().lines().next().unwrap_or_default().trim();
    let is_this = |printed: &Printed| {
        let of_it = printed.subject.as_deref().filter(|of_it| !of_it.is_empty());
        of_it.is_some_and(|of_it| is_same_subject(of_it, subject))
    };
    let between = |printed: &&Printed| printed.at.is_some_and(|at| since <= at && at < until);
    library.printed.iter().filter(between).filter(|printed| !is_this(printed)).collect()
}

/// The search for the writers of one file's lines.
struct WriterSearch<'a> {
    file: &'a FileChange,
    library: &'a Library,
    window: &'a WriterWindow,
    paths: PathMatches,
    /// Made for the first line that no session wrote as a whole.
    replay: OnceCell<Replay<'a>>,
    /// By session, when something was last said, for each of its turns.
    said: RefCell<HashMap<u32, Vec<Option<Timestamp>>>>,
}

impl<'a> WriterSearch<'a> {
    fn new(file: &'a FileChange, library: &'a Library, window: &'a WriterWindow) -> Self {
        Self {
            file,
            library,
            window,
            paths: PathMatches::new(file, library),
            replay: OnceCell::new(),
            said: RefCell::default(),
        }
    }

    /// The edits of the file that were made before the commit and that `counts` lets count.
    fn places(&self, counts: impl Fn(&Posting) -> bool) -> ShortLineEdits<'a> {
        let in_time = |posting: &Posting| self.rank(posting).0 > 1 && counts(posting);
        ShortLineEdits::new(self.file, self.library, &self.paths, in_time)
    }

    fn writer(&self, line: &str) -> Option<Writer> {
        let whole = self.best(self.library.writers(LineKey::of(line)).iter());
        if whole.is_some_and(|writer| !writer.late && writer.path == PathMatch::Whole) {
            return whole;
        }
        let counts = |posting: &Posting| self.rank(posting).0 > 1;
        let replay = self.replay.get_or_init(|| Replay::new(self.file, self.library, &self.paths, counts));
        if let Some(posting) = replay.writer(line) {
            return Some(Writer::here(posting));
        }
        let unformatted = self.best(self.library.writers_of_unformatted(line).into_iter());
        let is_here = |writer: &Writer| writer.path == PathMatch::Whole && !writer.late;
        let reformatted = unformatted.filter(is_here).map(|writer| Writer { reformatted: true, ..writer });
        let masked = || {
            let postings: Vec<&Posting> =
                self.paths.whole().flat_map(|path| self.library.writers_of_masked(path, line)).collect();
            self.best(postings.into_iter()).filter(is_here)
        };
        reformatted.or_else(masked).or(whole)
    }

    /// The session among some that wrote the line in time: into this file, or into a task or a plan.
    fn writer_among(&self, line: &str, sessions: &HashMap<u32, u32>) -> Option<Writer> {
        let all = self.library.writers(LineKey::of(line)).iter();
        let own: Vec<&Posting> = all.filter(|posting| sessions.contains_key(&posting.session)).collect();
        self.best(own.into_iter()).filter(|writer| {
            let path = writer.posting.path.map(|path| self.library.paths[path as usize].as_str());
            !writer.late && (writer.path == PathMatch::Whole || path.is_none_or(is_prose))
        })
    }

    /// A call without a time came behind what was said before it.
    fn rank(&self, posting: &Posting) -> (u8, i64) {
        let said = || self.said_before(posting).filter(|at| *at > self.window.committed);
        self.window.rank(posting.at.or_else(said))
    }

    /// When something was last said in the session by then.
    fn said_before(&self, posting: &Posting) -> Option<Timestamp> {
        let mut said = self.said.borrow_mut();
        let times = said.entry(posting.session).or_insert_with(|| {
            let turns = self.library.sessions[posting.session as usize].turns.iter();
            let said = turns.map(|turn| turn.prompt.as_ref().and_then(|prompt| prompt.at));
            said.scan(None, |last, at| {
                *last = at.or(*last);
                Some(*last)
            })
            .collect()
        });
        times.get(posting.turn as usize).copied().flatten()
    }

    fn best(&self, postings: impl Iterator<Item = &'a Posting> + Clone) -> Option<Writer> {
        let best = postings.clone().max_by_key(|posting| {
            let rank = self.rank(posting);
            // A plan holds code for any file, as the task of a subagent does.
            let is_code = posting.path.is_some_and(|path| !is_prose(&self.library.paths[path as usize]));
            (rank.0 > 1, self.paths.of(posting.path), is_code, rank)
        })?;
        let mut sessions: Vec<u32> = postings.map(|posting| posting.session).collect();
        sessions.sort_unstable();
        sessions.dedup();
        let many = self.library.sessions.len().max(2) as f64;
        let weight = 1.0 - (sessions.len() as f64).ln() / many.ln();
        Some(Writer {
            posting: *best,
            path: self.paths.of(best.path),
            weight: weight.max(0.02),
            late: self.rank(best).0 == 1,
            reformatted: false,
        })
    }
}

/// When a writer counts: before the commit, with a minute for clocks that disagree.
struct WriterWindow {
    authored: Timestamp,
    committed: Timestamp,
}

impl WriterWindow {
    fn of(commit: &Commit) -> Self {
        let minute = SignedDuration::from_secs(60);
        Self {
            authored: commit.authored_at.saturating_add(minute).unwrap_or(commit.authored_at),
            committed: commit.committed_at.saturating_add(minute).unwrap_or(commit.committed_at),
        }
    }

    /// The nearer to the commit the better; before it was authored, before it was committed (an amend), then after.
    fn rank(&self, at: Option<Timestamp>) -> (u8, i64) {
        match at {
            None => (2, i64::MIN),
            Some(at) if at <= self.authored => (3, at.as_second()),
            Some(at) if at <= self.committed => (2, -at.as_second()),
            Some(at) => (1, -at.as_second()),
        }
    }
}

/// The added lines of each file as spans of one author. Lines that tell nothing (brackets, blank lines) follow the
/// lines around them.
pub(crate) fn files(
    commit: &Commit,
    library: &Library,
    attribution: &Attribution,
    claims: &[Claim],
) -> Vec<FileRecord> {
    let contribution_of: HashMap<u32, u32> = claims
        .iter()
        .enumerate()
        .filter(|(_, claim)| claim.confidence != Confidence::Overlap)
        .map(|(index, claim)| (claim.session as u32, index as u32))
        .collect();
    let recent = rewritten_lines::RecentCommands::new(commit, library, claims);
    let formatters = FormatterRuns::new(commit, library, claims);
    let window = WriterWindow::of(commit);
    let mut records = Vec::new();
    for (file, lines) in commit.files.iter().zip(&attribution.files) {
        if lines.is_empty() {
            continue;
        }
        let search = LazyCell::new(|| WriterSearch::new(file, library, &window));
        let texts = file.hunks.iter().flat_map(|hunk| &hunk.added).map(|text| text.expose());
        let mut authors: Vec<Option<(LineAuthor, Option<u32>)>> = lines
            .iter()
            .zip(texts)
            .map(|(line, text)| {
                if !line.telling {
                    return None;
                }
                let writer = line.writer.filter(|writer| !writer.late);
                // A session that is not behind the commit wrote the line, too.
                let is_claimed = |writer: &Writer| contribution_of.contains_key(&writer.posting.session);
                let writer = match writer {
                    Some(other) if !is_claimed(&other) => search.writer_among(text, &contribution_of).or(writer),
                    _ => writer,
                };
                let by = writer.and_then(|writer| contribution_of.get(&writer.posting.session)).copied();
                let is_formatted = |by: u32| {
                    writer.is_some_and(|writer| writer.reformatted && formatters.since(by as usize, writer.posting.at))
                };
                Some(match (by.is_some_and(is_formatted), by) {
                    (true, Some(by)) => (LineAuthor::Formatter, Some(by)),
                    (false, Some(by)) => (LineAuthor::Agent, Some(by)),
                    (_, None) => (LineAuthor::Unknown, None),
                })
            })
            .collect();
        // A line that the agent saw come from outside is nobody's that was only laid out otherwise.
        marking::mark_changed_outside((commit, file), lines, (library, claims), &mut authors);
        marking::mark((commit, file), lines, library, (claims, &formatters), &mut authors);
        rewritten_lines::mark(file, lines, &recent, claims, &mut authors);
        follow_neighbours(lines, &mut authors);
        let texts = file.hunks.iter().flat_map(|hunk| &hunk.added).map(|text| text.expose());
        follow_file(texts, &mut authors);
        records.push(FileRecord { path: file.path.clone(), spans: spans(lines, &authors) });
    }
    records
}

/// Gives each line without an author of its own the author of the line above it in the same run, else of the one below.
fn follow_neighbours(lines: &[AddedLine], authors: &mut [Option<(LineAuthor, Option<u32>)>]) {
    for index in 1..authors.len() {
        if authors[index].is_none() && lines[index - 1].number + 1 == lines[index].number {
            authors[index] = authors[index - 1];
        }
    }
    for index in (0..authors.len().saturating_sub(1)).rev() {
        if authors[index].is_none() && lines[index].number + 1 == lines[index + 1].number {
            authors[index] = authors[index + 1];
        }
    }
}

/// Gives brackets and blank lines that stand alone to the agent's session that wrote all other added lines of the file: the
/// comparison of two texts may cut them off from what they close.
fn follow_file<'a>(texts: impl Iterator<Item = &'a str>, authors: &mut [Option<(LineAuthor, Option<u32>)>]) {
    let mut known = authors.iter().flatten();
    let Some(first) = known.next().copied() else { return };
    if first.0 != LineAuthor::Agent || known.any(|author| *author != first) {
        return;
    }
    for (author, text) in authors.iter_mut().zip(texts) {
        if author.is_none() && !text.contains(char::is_alphanumeric) {
            *author = Some(first);
        }
    }
}

fn spans(lines: &[AddedLine], authors: &[Option<(LineAuthor, Option<u32>)>]) -> Vec<Span> {
    Span::runs(lines.iter().zip(authors).map(|(line, author)| {
        let (author, contribution) = author.unwrap_or((LineAuthor::Unknown, None));
        (line.number, author, contribution)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_that_stand_alone_follow_only_where_one_session_wrote_all_the_rest() {
        let agent = Some((LineAuthor::Agent, Some(0)));
        let (other, unknown) = (Some((LineAuthor::Agent, Some(1))), Some((LineAuthor::Unknown, None)));
        let texts = ["total = sum(prices)", "}", "", "on: pull"];
        for (name, before, after) in [
            ("one session", [agent, None, None, None], [agent, agent, agent, None]),
            ("two sessions", [agent, None, None, other], [agent, None, None, other]),
            ("somebody else", [agent, None, None, unknown], [agent, None, None, unknown]),
            ("nobody", [unknown, None, None, None], [unknown, None, None, None]),
            ("only brackets", [None, None, None, None], [None, None, None, None]),
        ] {
            let mut authors = before;
            follow_file(texts.into_iter(), &mut authors);
            assert_eq!(authors, after, "{name}");
        }
    }
}
