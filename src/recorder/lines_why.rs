//! Why the lines of a range, or of a whole file of the working tree, are as they are: every commit behind them.

use std::collections::HashMap;
use std::path::Path;

use super::helpers::Helpers;
use super::line_why::path_in_repository;
use super::listing::{self, Listing};
use super::range::{LoadDetail, RangeQuery};
use super::workplace::Workplace;
use crate::document::why_range::{CommitLines, LinesPlace, WhyRange, of_commit};
use crate::git::blame::{BlamedLines, blame_lines};
use crate::record::entry::CommitEntry;
use crate::redact::Redactor;

/// The answer, what a person should know of it, and the records that could not be read.
pub(crate) struct LinesAnswer {
    pub(crate) why: WhyRange,
    pub(crate) remarks: Vec<String>,
    pub(crate) listing: Listing,
}

/// Which commits the lines from the first to the second of `range` (the whole file without one) are of; `file` is as the caller in `cwd` names
/// it.
///
/// # Errors
/// When there is no such file or line, or a commit cannot be read.
pub(crate) fn why_lines(
    workplace: &mut Workplace,
    cwd: &Path,
    file: &str,
    range: Option<(u32, u32)>,
) -> anyhow::Result<LinesAnswer> {
    let path = path_in_repository(workplace.repository.handle(), cwd, file)?;
    let redactor = workplace.redactor()?;
    // While git looks for the older commits, those that it has told of are read.
    let mut reader = Helpers::of(workplace, 2).map(|helpers| helpers.open()).transpose()?;
    let (mut told, mut listing) = (HashMap::new(), Listing::default());
    let mut watch = |ids: &[String]| match &mut reader {
        Some(reader) => read(reader, &redactor, ids, &mut told).map(|read| listing.join(read)),
        None => Ok(()),
    };
    let (blamed, remark) = blame_lines(&workplace.repository, &path, range, Some(&mut watch))?;
    let end = |lines: &BlamedLines| lines.line + lines.lines - 1;
    let start = blamed.first().map_or(1, |lines| lines.line);
    let last = blamed.iter().map(end).max().unwrap_or(start);
    let mut why =
        WhyRange { backstory: 1, path, start, end: last, uncommitted: 0, before_history: 0, commits: Vec::new() };
    let (ids, places) = by_commit(blamed, &mut why);
    let rest: Vec<String> = ids.iter().filter(|id| !told.contains_key(*id)).cloned().collect();
    listing.join(read(workplace, &redactor, &rest, &mut told)?);
    let boundaries = workplace.repository.shallow_boundaries();
    let mut before = Vec::new();
    for id in &ids {
        let Some((entry, is_unreadable)) = told.get(id) else { continue };
        let mut commit = of_commit(entry, *is_unreadable, &places[id]);
        if boundaries.contains(id) {
            let older = leave_out_older(&mut commit);
            why.before_history += older;
            before.extend((older > 0).then(|| entry.short_id().to_owned()));
        }
        why.commits.extend((commit.lines > 0).then_some(commit));
    }
    let first_line = |commit: &CommitLines| commit.spans.first().map_or(0, |span| span.start);
    why.commits.sort_by_key(|commit| (std::cmp::Reverse(commit.lines), first_line(commit)));
    let mut remarks: Vec<String> = remark.into_iter().collect();
    if !before.is_empty() {
        remarks.push(format!(
            "the history of this clone ends at {}, which has {} of the lines already; `git fetch --unshallow` brings what is before it",
            before.join(", "),
            why.before_history
        ));
    }
    Ok(LinesAnswer { why, remarks, listing })
}

/// The commits, and where each has its lines; those that are not committed yet are counted.
fn by_commit(blamed: Vec<BlamedLines>, why: &mut WhyRange) -> (Vec<String>, HashMap<String, Vec<LinesPlace>>) {
    let mut places: HashMap<String, Vec<LinesPlace>> = HashMap::new();
    let mut ids = Vec::new();
    for BlamedLines { origin, line, lines } in blamed {
        let Some(commit) = origin.commit else {
            why.uncommitted += lines;
            continue;
        };
        let place = LinesPlace { line, lines, path_in_commit: origin.path, line_in_commit: origin.line };
        let known = places.entry(commit).or_insert_with_key(|commit| {
            ids.push(commit.clone());
            Vec::new()
        });
        known.push(place);
    }
    (ids, places)
}

/// Reads commits with what their records say of lines, and whether that cannot be read.
fn read(
    workplace: &mut Workplace,
    redactor: &Redactor,
    ids: &[String],
    told: &mut HashMap<String, (CommitEntry, bool)>,
) -> anyhow::Result<Listing> {
    if ids.is_empty() {
        return Ok(Listing::default());
    }
    let render = |entry: &CommitEntry, problem: Option<&str>| Ok((entry.clone(), problem.is_some()));
    let take = |(entry, is_unreadable): (CommitEntry, bool)| {
        told.insert(entry.id.clone(), (entry, is_unreadable));
        Ok(())
    };
    listing::with_problems(workplace, redactor, (RangeQuery::These(ids), LoadDetail::Lines), (render, take))
}

/// What the oldest commit of a shallow clone changed is not known, and blame gives it all that was there before: only the lines that its
/// record tells of are its own. How many others there are.
fn leave_out_older(commit: &mut CommitLines) -> u32 {
    let all = commit.lines;
    commit.spans.retain(|span| span.author.is_some());
    commit.lines = commit.spans.iter().map(|span| span.lines).sum();
    let older = all - commit.lines;
    if let Some(written) = &mut commit.written {
        written.added = commit.lines;
        written.unknown = written.unknown.saturating_sub(older);
    }
    older
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Ending;
    use crate::record::samples;
    use crate::testing::stage::Trial;

    fn ask(trial: &Trial, file: &str, range: Option<(u32, u32)>) -> Result<(WhyRange, Vec<String>), String> {
        let mut told = None;
        let answer = trial.run(|context| {
            let mut workplace = Workplace::for_telling(context.environment)?;
            let LinesAnswer { why, remarks, listing } = why_lines(&mut workplace, trial.folder.path(), file, range)?;
            listing.warn(context.output);
            told = Some((why, remarks));
            Ok(Ending::Done)
        });
        let (why, mut remarks) = answer.ending.map(|_| told.unwrap())?;
        remarks.extend(answer.err.lines().map(str::to_owned));
        Ok((why, remarks))
    }

    fn numbered(lines: std::ops::RangeInclusive<u32>) -> String {
        lines.map(|line| format!("line {line}\n")).collect()
    }

    /// Twenty lines of a commit with a record, then one above of a commit without, then one that is not committed.
    fn layered() -> Trial {
        let trial = Trial::new();
        std::fs::create_dir(trial.folder.path().join("src")).unwrap();
        let id = trial.commit("Discounts", "src/price.py", &numbered(1..=20));
        trial.note(id, &serde_json::to_string(&samples::discounts().record).unwrap());
        trial.commit("Above", "src/price.py", &format!("new\n{}", numbered(1..=20)));
        let path = trial.folder.path().join("src/price.py");
        std::fs::write(path, format!("new\n{}uncommitted\n", numbered(1..=20))).unwrap();
        trial
    }

    #[test]
    fn each_line_of_a_file_is_counted_for_one_commit_or_for_none() {
        let trial = layered();
        let (why, remarks) = ask(&trial, "src/price.py", None).unwrap();
        assert_eq!((why.start, why.end, why.uncommitted, remarks.len()), (1, 22, 1, 0));
        let told: Vec<(&str, u32, bool)> =
            why.commits.iter().map(|commit| (commit.subject.as_str(), commit.lines, commit.recorded)).collect();
        assert_eq!(told, [("Discounts", 20, true), ("Above", 1, false)]);
        assert_eq!(why.commits[0].sessions[0].id, "5f0c");
        assert_eq!(why.commits[0].spans[0].start, 2);
    }

    #[test]
    fn a_range_tells_its_lines_and_ends_where_the_file_does() {
        let trial = layered();
        let one = ask(&trial, "src/price.py", Some((5, 9))).unwrap().0;
        assert_eq!((one.start, one.end, one.commits.len(), one.commits[0].lines), (5, 9, 1, 5));
        let end = ask(&trial, "src/price.py", Some((20, 99))).unwrap().0;
        assert_eq!((end.start, end.end, end.uncommitted, end.commits[0].lines), (20, 22, 1, 2));
        assert_eq!(
            ask(&trial, "src/price.py", Some((23, 30))).unwrap_err(),
            "src/price.py has no line 23: it has 22 lines"
        );
        assert_eq!(ask(&trial, "src", None).unwrap_err(), "src is a folder; name a file of it");
        assert_eq!(
            ask(&trial, "gone", None).unwrap_err(),
            "gone is not a file of the working tree, nor of the last commit"
        );
        trial.commit("Empty", "empty", "");
        assert_eq!(ask(&trial, "empty", None).unwrap_err(), "empty is empty: it has no lines");
    }

    #[test]
    fn a_record_that_cannot_be_read_is_said_and_its_commit_stays() {
        let trial = layered();
        let head = trial.repository.head().unwrap().target().unwrap();
        trial.note(head, "<<<<<<< refs/notes/backstory\n{}");
        let (why, remarks) = ask(&trial, "src/price.py", None).unwrap();
        let above = why.commits.iter().find(|commit| commit.subject.as_str() == "Above").unwrap();
        assert!(above.unreadable && above.recorded && above.written.is_none());
        assert!(remarks.iter().any(|remark| remark.contains("left out: the note of")), "{remarks:?}");
    }

    #[test]
    fn what_a_shallow_clone_does_not_know_is_counted_apart() {
        let trial = layered();
        let at = tempfile::tempdir().unwrap();
        let from = format!("file://{}", trial.folder.path().display());
        let clone = at.path().join("clone");
        let ran = std::process::Command::new("git")
            .args(["clone", "-q", "--depth", "1", &from])
            .arg(&clone)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(ran.status.success(), "{ran:?}");
        let shallow = Trial { repository: git2::Repository::open(&clone).unwrap(), folder: at };
        let answer = shallow.run(|context| {
            let environment = crate::environment::Environment {
                variables: Default::default(),
                home: None,
                cwd: clone.clone(),
                now: context.environment.now,
            };
            let mut workplace = Workplace::for_telling(&environment)?;
            let LinesAnswer { why, remarks, .. } = why_lines(&mut workplace, &clone, "src/price.py", None)?;
            assert_eq!((why.before_history, why.commits.len()), (21, 0));
            assert!(remarks[0].contains("the history of this clone ends at") && remarks[0].contains("21 of the lines"));
            Ok(Ending::Done)
        });
        assert_eq!(answer.ending, Ok(Ending::Done));
    }
}
