//! What the lines of a commit say for each session: how many it wrote, what they weigh, and which of them surely say it.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::attribution::{AddedLine, Attribution, PathMatches, Writer};
use super::last_text::{LastText, Unformatted};
use super::library::Library;
use super::lines::LineKey;
use super::paths::{self, PathMatch};
use crate::link::weights::{
    AT_WORK, AT_WORK_SECONDS, CLOCK_SECONDS, DAYS_OLD, MONTH, NEARLY_ALL, OLDER, OTHER_PATH, RARE, RECENT_HOURS,
    SAME_NAME,
};
use crate::record::commit::Commit;
use crate::record::contribution::Evidence;
use crate::record::session::Action;
use crate::record::text::Raw;
use crate::text::paths::is_prose;

#[derive(Default)]
pub(super) struct Tally {
    pub(super) lines: u32,
    /// Those that it wrote into this very file.
    pub(super) here: u32,
    /// Those that it wrote into code elsewhere.
    pub(super) elsewhere: u32,
    pub(super) weight: f64,
    /// What was written between the authoring of the commit and an amend of it.
    pub(super) amended: f64,
    pub(super) lines_amended: u32,
    /// The weight without lines that are not rare and were written to another file of the same kind: those come from a
    /// template, or by chance.
    pub(super) surely: f64,
    pub(super) shell: u32,
    pub(super) text: u32,
    pub(super) files: HashSet<usize>,
    pub(super) stated: Vec<Evidence>,
    pub(super) committed_in: Option<usize>,
}

/// Whether nearly all added lines are lines of sessions that a formatter changed.
fn only_reformatted(attribution: &Attribution) -> bool {
    let writers = attribution.files.iter().flatten().filter_map(|line| line.writer);
    let reformatted = writers.filter(|writer| writer.reformatted).count();
    reformatted > 0 && reformatted as f64 >= NEARLY_ALL * f64::from(attribution.telling)
}

pub(super) fn count_lines(
    commit: &Commit,
    attribution: &Attribution,
    library: &Library,
    reformatted: bool,
    tallies: &mut BTreeMap<usize, Tally>,
) {
    let mut distinct: HashSet<(u32, LineKey)> = HashSet::new();
    for (file, lines) in attribution.files.iter().enumerate() {
        let texts: Vec<&str> = commit.files[file].hunks.iter().flat_map(|hunk| &hunk.added).map(Raw::expose).collect();
        let runs = runs(lines);
        let is_recent = |at: Timestamp| commit.authored_at.duration_since(at).as_hours() <= DAYS_OLD.0;
        for (place, line) in lines.iter().enumerate() {
            let Some(writer) = line.writer.filter(|writer| !writer.late && writer.reformatted == reformatted) else {
                continue;
            };
            if reformatted && !writer.posting.at.is_some_and(is_recent) {
                continue;
            }
            let tally = tallies.entry(writer.posting.session as usize).or_default();
            let is_planned = is_planned(commit, &writer, library, &commit.files[file].path);
            let by_path = match writer.path {
                PathMatch::Whole => 1.0,
                PathMatch::Name => SAME_NAME,
                PathMatch::Other if is_planned => SAME_NAME,
                PathMatch::Other => OTHER_PATH,
            };
            let weight = writer.weight * by_path * by_age(commit, writer.posting.at);
            tally.weight += weight;
            let is_alike =
                |path: u32| paths::kind(&library.paths[path as usize]) == paths::kind(&commit.files[file].path);
            let is_sibling = writer.path == PathMatch::Other && writer.posting.path.is_some_and(is_alike);
            // The same line once in each of many files is one line, and a stray line of old work is none.
            let is_first = distinct.insert((writer.posting.session, LineKey::of(texts.get(place).unwrap_or(&""))));
            // Who carries a plan out writes more lines between those of the plan.
            let is_run = is_planned || runs[place] >= least_run(commit, &writer);
            if is_first && is_run && (!is_sibling || writer.weight >= RARE) {
                tally.surely += weight;
            }
            tally.lines += 1;
            tally.here += u32::from(writer.path == PathMatch::Whole);
            if writer.path == PathMatch::Whole && is_amend(commit, writer.posting.at) {
                tally.amended += writer.weight;
                tally.lines_amended += 1;
            }
            let path = writer.posting.path.filter(|_| writer.path != PathMatch::Whole);
            let is_elsewhere = |path| is_elsewhere(&library.paths[path as usize], &commit.files[file].path);
            tally.elsewhere += u32::from(path.is_some_and(is_elsewhere));
            match library.call(&writer.posting).action {
                Action::Shell { .. } => tally.shell += 1,
                Action::Delegate { .. } | Action::Text { .. } => tally.text += 1,
                _ => {}
            }
            tally.files.insert(file);
        }
    }
    for (session, tally) in tallies {
        let session = &library.sessions[*session];
        let until = session.ended_at.and_then(|end| end.checked_add(SignedDuration::from_secs(AT_WORK_SECONDS)).ok());
        let started = session.started_at.is_some_and(|start| start <= commit.authored_at);
        if started && until.is_some_and(|until| commit.authored_at <= until) {
            tally.weight *= AT_WORK;
        }
    }
}

/// For each line, how many lines the session that wrote it wrote one after another there; lines that tell nothing between them
/// do not count and part nothing.
fn runs(lines: &[AddedLine]) -> Vec<u32> {
    let session = |line: &AddedLine| line.writer.filter(|writer| !writer.late).map(|writer| writer.posting.session);
    let mut runs = vec![0; lines.len()];
    let (mut start, mut count, mut of) = (0, 0, None);
    for (place, line) in lines.iter().enumerate() {
        let goes_on = place > 0 && lines[place - 1].number + 1 == line.number;
        if !goes_on || (line.telling && session(line) != of) {
            runs[start..place].fill(count);
            (start, count, of) = (place, 0, session(line));
        }
        if of.is_none() && line.telling {
            of = session(line);
        }
        count += u32::from(line.telling && of.is_some());
    }
    runs[start..].fill(count);
    runs
}

/// So many lines one after another say, where they are a small part of the commit, that they are the session's: the older the
/// work, the more. Of a session that worked on this very file just before, each line does.
fn least_run(commit: &Commit, writer: &Writer) -> u32 {
    let hours = writer.posting.at.map(|at| commit.authored_at.duration_since(at).as_hours());
    match hours {
        Some(hours) if hours <= RECENT_HOURS && writer.path == PathMatch::Whole => 1,
        Some(hours) if hours <= DAYS_OLD.0 => 2,
        Some(hours) if hours <= MONTH => 3,
        _ => 5,
    }
}

/// Counts lines of a commit in which a formatter changed, broke or joined nearly all of what sessions wrote lately: where no line
/// is as it was written, the commit belongs to who wrote it so. Of several, to who is known otherwise to have had a part in the
/// commit.
pub(super) fn count_formatted(
    commit: &Commit,
    attribution: &Attribution,
    library: &Library,
    tallies: &mut BTreeMap<usize, Tally>,
) {
    let is_stated = |session: &usize| tallies.get(session).is_some_and(|tally| !tally.stated.is_empty());
    let mut found: BTreeMap<usize, Tally> = BTreeMap::new();
    if only_reformatted(attribution) {
        count_lines(commit, attribution, library, true, &mut found);
    } else {
        let last =
            reflowed(commit, attribution, library).into_iter().max_by_key(|(at, session, _)| (is_stated(session), *at));
        found.extend(last.map(|(_, session, tally)| (session, tally)));
    }
    if found.keys().any(is_stated) {
        found.retain(|session, _| is_stated(session));
    } else if tallies.keys().any(is_stated) && only_formats(commit, attribution) {
        // They wrote what an earlier commit has. Who had it formatted made this one.
        found.clear();
    }
    for (session, found) in found {
        let tally = tallies.entry(session).or_default();
        let (stated, committed_in) = (std::mem::take(&mut tally.stated), tally.committed_in);
        *tally = Tally { stated, committed_in, ..found };
    }
}

/// Sessions that wrote nearly all lines of a commit into the same files just before, broken or joined by a formatter since, each
/// with the time when it wrote there last.
fn reflowed(commit: &Commit, attribution: &Attribution, library: &Library) -> Vec<(Timestamp, usize, Tally)> {
    let lately = |at: Timestamp| commit.authored_at.duration_since(at).as_hours() <= DAYS_OLD.0;
    let paths: Vec<PathMatches> = commit.files.iter().map(|file| PathMatches::new(file, library)).collect();
    let mut all = Vec::new();
    for (session, read) in library.sessions.iter().enumerate() {
        // Nearly all of many sessions are out by their times.
        if !read.ended_at.is_some_and(lately) || read.started_at.is_some_and(|start| start > commit.committed_at) {
            continue;
        }
        let (mut found, mut last) = (Tally::default(), Timestamp::MIN);
        for (index, (file, lines)) in commit.files.iter().zip(&attribution.files).enumerate() {
            if !lines.iter().any(|line| line.telling) {
                continue;
            }
            let Some(written) = LastText::of(&paths[index], library, session, commit) else { continue };
            if !lately(written.at) {
                continue;
            }
            let texts = file.hunks.iter().flat_map(|hunk| &hunk.added).map(Raw::expose);
            let pieces =
                lines.iter().zip(texts).filter(|(line, text)| line.telling && written.joined.holds(text)).count();
            found.lines += pieces as u32;
            if pieces > 0 {
                found.files.insert(index);
                last = last.max(written.at);
            }
        }
        if found.lines > 0 && f64::from(found.lines) >= NEARLY_ALL * f64::from(attribution.telling) {
            (found.weight, found.surely) = (f64::from(found.lines), f64::from(found.lines));
            all.push((last, session, found));
        }
    }
    all
}

/// Whether nearly all lines of a commit stood there before, in another format.
fn only_formats(commit: &Commit, attribution: &Attribution) -> bool {
    let mut stood = 0;
    for (file, lines) in commit.files.iter().zip(&attribution.files) {
        let before = Unformatted::removed(file);
        let texts = file.hunks.iter().flat_map(|hunk| &hunk.added).map(Raw::expose);
        stood += lines.iter().zip(texts).filter(|(line, text)| line.telling && before.holds(text)).count();
    }
    stood as f64 >= NEARLY_ALL * f64::from(attribution.telling)
}

/// Whether a line was written after the commit was authored and before an amend, of the same work, committed it again.
fn is_amend(commit: &Commit, written: Option<Timestamp>) -> bool {
    let since = |at: Timestamp| at.duration_since(commit.authored_at);
    since(commit.committed_at).as_hours() < RECENT_HOURS
        && written.is_some_and(|at| since(at).as_secs() > CLOCK_SECONDS && at <= commit.committed_at)
}

/// Whether a line of code stands in a document of these days: a plan holds code for any file.
fn is_planned(commit: &Commit, writer: &Writer, library: &Library, commit_path: &str) -> bool {
    let is_late = |at: Timestamp| commit.authored_at.duration_since(at).as_hours() <= DAYS_OLD.0;
    let of_line = writer.posting.path.map(|path| library.paths[path as usize].as_str());
    writer.posting.at.is_some_and(is_late) && of_line.is_some_and(is_prose) && !is_prose(commit_path)
}

/// Whether a path is of code that is not even beside the commit's file: a file is renamed or parted in its
/// folder. Documents are plans, which hold code for any file.
fn is_elsewhere(path: &str, commit_path: &str) -> bool {
    let of_line = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let of_file = commit_path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_beside = !of_file.is_empty() && paths::compare(of_line, of_file) == PathMatch::Whole;
    !is_prose(path) && !is_beside
}

fn by_age(commit: &Commit, written: Option<Timestamp>) -> f64 {
    match written.map(|at| commit.authored_at.duration_since(at).as_hours()) {
        Some(hours) if hours > DAYS_OLD.0 => OLDER,
        Some(hours) if hours > RECENT_HOURS => DAYS_OLD.1,
        _ => 1.0,
    }
}
