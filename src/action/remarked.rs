//! Remarks of the records at the places where their lines are in the newest commit.

use std::collections::{BTreeMap, HashMap};

use super::history::RangeEnds;
use crate::document::remarks::{Remark, remarks};
use crate::forge::questions::{Annotation, AnnotationLevel};
use crate::git::moved::lines_since;
use crate::git::promised;
use crate::git::repository::Repository;
use crate::install::workflow::WORKFLOW;
use crate::record::entry::CommitEntry;

/// Files of which the lines are looked for.
const FILES: usize = 50;

/// Remarks on files that decide how commits are recorded and judged, where the pull request changes them.
pub(crate) fn settings_changed(repository: &Repository, ends: &RangeEnds, entries: &[CommitEntry]) -> Vec<Annotation> {
    let mut paths: Vec<&String> = entries.iter().flat_map(|entry| &entry.settings).collect();
    paths.sort_unstable();
    paths.dedup();
    paths.retain(|path| repository.blob_at(&ends.head, path).is_some());
    let remark = |path: &String| Annotation {
        path: path.clone(),
        lines: (1, 1),
        level: AnnotationLevel::Warning,
        title: "This decides how commits are recorded and judged".to_owned(),
        message: match path.as_str() {
            WORKFLOW => "The pull request changes the workflow that judges it.",
            _ => "The pull request changes it, and is judged by the file of the branch that it goes into.",
        }
        .to_owned(),
    };
    paths.into_iter().map(remark).collect()
}

/// Remarks on the lines that people corrected, where these lines are in the newest commit.
pub(crate) fn annotations(repository: &Repository, ends: &RangeEnds, entries: &[CommitEntry]) -> Vec<Annotation> {
    let remarks = remarks(entries);
    if !remarks.is_empty() {
        // In a partial clone, all at once; the files that still lack something have no remarks.
        let ids: Vec<String> = entries.iter().map(|entry| entry.id.clone()).collect();
        let _ = promised::bring_changes(repository, &ids);
    }
    let mut paths: Vec<&str> = remarks.iter().map(|remark| remark.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    let mut annotations = Vec::new();
    // A name that would steer a log is not worth a remark.
    let paths = paths.into_iter().filter(|path| !path.chars().any(char::is_control));
    for path in paths.take(FILES) {
        // Remarks are an extra: where the history is cut off, there are none.
        let Ok(found) = lines_since(repository, &ends.base, &ends.head, path) else { continue };
        let mut places = LineMap::new();
        for ((commit, _, line), now) in found.into_iter().filter(|((_, origin, _), _)| origin == path) {
            places.entry(commit).or_default().insert(line, now);
        }
        for remark in remarks.iter().filter(|remark| remark.path == path) {
            let Some(lines) = now(&places, remark) else { continue };
            annotations.push(Annotation {
                path: path.to_owned(),
                lines,
                level: AnnotationLevel::Notice,
                title: "Corrected by a person".to_owned(),
                message: remark.text.clone(),
            });
        }
    }
    annotations
}

/// By commit, the lines of a file that come from it, each with its number in the newest commit.
type LineMap = HashMap<String, BTreeMap<u32, u32>>;

/// The first and the last of the remark's lines in the newest commit, `None` where none of them is left. Lines that were taken
/// apart since are remarked on where they begin.
fn now(places: &LineMap, remark: &Remark) -> Option<(u32, u32)> {
    // Of as many lines as a note claims, those that are there.
    let there = places.get(&remark.commit)?.range(remark.start..remark.start.saturating_add(remark.lines));
    let now: Vec<u32> = there.map(|(_, now)| *now).collect();
    let (first, last) = (*now.iter().min()?, *now.iter().max()?);
    Some((first, if (last - first) as usize == now.len() - 1 { last } else { first }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_is_where_its_lines_are_now_however_many_a_note_claims() {
        let places = LineMap::from([("a".to_owned(), BTreeMap::from([(3, 5), (4, 6), (5, 9)]))]);
        for (name, commit, start, lines, expected) in [
            ("together", "a", 3, 2, Some((5, 6))),
            ("taken apart", "a", 4, 2, Some((6, 6))),
            ("in part", "a", 1, 3, Some((5, 5))),
            ("gone", "a", 6, 3, None),
            ("no lines", "a", 3, 0, None),
            ("another commit", "b", 3, 2, None),
            ("more than a file has", "a", 4, 4_000_000_000, Some((6, 6))),
            ("past the last number", "a", 5, u32::MAX, Some((9, 9))),
            ("at the last number", "a", u32::MAX, u32::MAX, None),
        ] {
            let remark = Remark { commit: commit.into(), path: "f".into(), start, lines, text: String::new() };
            assert_eq!(now(&places, &remark), expected, "{name}");
        }
    }
}
