//! Of several records that may belong to a commit, those that do: the latest of one work, and those whose lines are in it.

use std::rc::Rc;

use crate::link::pairing::Patch;
use crate::record::contribution::{Confidence, Evidence};
use crate::record::note::Record;
use crate::record::text::Clean;

/// A commit's id, with its record.
pub(crate) type Candidate = (String, Record<Clean>);

pub(crate) fn ids(candidates: &[Candidate]) -> Vec<String> {
    candidates.iter().map(|(id, _)| id.clone()).collect()
}

pub(crate) fn is_telling(record: &Record<Clean>) -> bool {
    record.contributions.iter().any(|one| one.confidence != Confidence::Overlap)
}

/// Without those from which another of them was made, and one of those that say the same.
pub(crate) fn latest(mut found: Vec<Candidate>) -> Vec<Candidate> {
    let carried: Vec<String> = found
        .iter()
        .flat_map(|(_, record)| &record.contributions)
        .flat_map(|one| &one.evidence)
        .filter_map(|evidence| if let Evidence::Carried { from } = evidence { Some(from.clone()) } else { None })
        .collect();
    if !found.iter().all(|(id, _)| carried.contains(id)) {
        found.retain(|(id, _)| !carried.contains(id));
    }
    let says = |record: &Record<Clean>| {
        let mut sessions: Vec<String> =
            record.contributions.iter().map(|one| format!("{}/{}", one.agent, one.session)).collect();
        sessions.sort();
        (sessions, record.lines.agent, record.lines.corrected)
    };
    let mut said = Vec::new();
    found.retain(|(_, record)| {
        let is_new = !said.contains(&says(record));
        said.push(says(record));
        is_new
    });
    found
}

/// Those whose commits added, for the most part, what the commit of `new` adds, and how many of these were left out because
/// one before them did the same. `patch_of` knows what each did.
///
/// # Errors
/// When a commit cannot be read.
pub(crate) fn within(
    new: &Patch,
    candidates: Vec<Candidate>,
    mut patch_of: impl FnMut(&str) -> anyhow::Result<Rc<Patch>>,
) -> anyhow::Result<(Vec<Candidate>, usize)> {
    let (mut found, mut repeated): (Vec<(Rc<Patch>, Candidate)>, usize) = (Vec::new(), 0);
    for candidate in candidates {
        let old = patch_of(&candidate.0)?;
        if !(new.has_most_of(&old) || new.has_texts_of(&old)) {
            continue;
        }
        if found.iter().any(|(other, _)| other.has_most_of(&old) || old.has_most_of(other)) {
            repeated += 1;
        } else {
            found.push((old, candidate));
        }
    }
    Ok((latest(found.into_iter().map(|(_, candidate)| candidate).collect()), repeated))
}
