//! Remarks of the records at the places where their lines are in the newest commit.

use super::history::Ends;
use crate::document::remarks::remarks;
use crate::git::moved::lines_since;
use crate::git::promised;
use crate::git::repository::Repository;
use crate::github::forge::{Annotation, Level};
use crate::install::workflow::WORKFLOW;
use crate::record::entry::CommitEntry;

/// Files of which the lines are looked for.
const FILES: usize = 50;

/// Remarks on files that decide how commits are recorded and judged, where the pull request changes them.
pub(super) fn settings_changed(repository: &Repository, ends: &Ends, entries: &[CommitEntry]) -> Vec<Annotation> {
    let mut paths: Vec<&String> = entries.iter().flat_map(|entry| &entry.settings).collect();
    paths.sort_unstable();
    paths.dedup();
    paths.retain(|path| repository.blob_at(&ends.head, path).is_some());
    let remark = |path: &String| Annotation {
        path: path.clone(),
        lines: (1, 1),
        level: Level::Warning,
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
pub(super) fn annotations(repository: &Repository, ends: &Ends, entries: &[CommitEntry]) -> Vec<Annotation> {
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
        let Ok(places) = lines_since(repository, &ends.base, &ends.head, path) else { continue };
        for remark in remarks.iter().filter(|remark| remark.path == path) {
            let now = (remark.start..remark.start + remark.lines)
                .filter_map(|line| places.get(&(remark.commit.clone(), path.to_owned(), line)).copied());
            let now: Vec<u32> = now.collect();
            let (Some(first), Some(last)) = (now.iter().min(), now.iter().max()) else { continue };
            annotations.push(Annotation {
                path: path.to_owned(),
                // Lines that were taken apart since are remarked on where they begin.
                lines: (*first, if (last - first) as usize == now.len() - 1 { *last } else { *first }),
                level: Level::Notice,
                title: "Corrected by a person".to_owned(),
                message: remark.text.clone(),
            });
        }
    }
    annotations
}
