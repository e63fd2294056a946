//! What people corrected in the work of agents, as the records of a model's commits tell it: documents follow the records.

use std::collections::BTreeSet;

use crate::process::model::ProcessModel;
use crate::record::contribution::{Correction, CorrectionForm};
use crate::record::entry::CommitEntry;
use crate::record::no_reason::no_reason;
use crate::record::note::Statement;
use crate::record::text::Clean;
use crate::recorder::range::{RangeQuery, load};
use crate::recorder::workplace::Workplace;
use crate::sop::document::sources::HumanCorrection;

/// The corrections in the commits that the model was made from, those with a reason first, each once. Commits that are not here
/// tell nothing.
///
/// # Errors
/// When rules for redaction or a commit cannot be read.
pub(crate) fn corrections(workplace: &Workplace, model: &ProcessModel) -> anyhow::Result<Vec<HumanCorrection>> {
    let is_here = |id: &&String| workplace.repository.has_commit(id);
    let commits: Vec<String> = model.evidence.commits.iter().filter(is_here).cloned().collect();
    let loaded = load(workplace, &workplace.redactor()?, RangeQuery::These(&commits))?;
    let mut found: Vec<HumanCorrection> = loaded.entries.iter().flat_map(of_commit).collect();
    let mut seen = BTreeSet::new();
    found.retain(|one| seen.insert((one.words.clone(), one.reason.clone())));
    found.sort_by_key(|one| one.reason.is_none());
    Ok(found)
}

fn of_commit(entry: &CommitEntry) -> Vec<HumanCorrection> {
    let contributions = entry.record.iter().flat_map(|record| &record.contributions);
    let recorded = contributions.flat_map(|contribution| &contribution.corrections).filter_map(told);
    let stated = entry.stated.iter().filter_map(|statement| match statement {
        Statement::Correction { text } if no_reason(text.as_str()).is_none() => Some((text.as_str().to_owned(), None)),
        _ => None,
    });
    let of_this = |(words, reason)| HumanCorrection { words, reason, commit: entry.id.clone() };
    recorded.chain(stated).map(of_this).collect()
}

/// Words and reason. Lines that were changed by hand without a word teach nobody outside their file.
fn told(correction: &Correction<Clean>) -> Option<(String, Option<String>)> {
    let reason = correction.reason.as_ref().map(|reason| reason.as_str().to_owned());
    match (&correction.words, correction.form, &correction.path) {
        (Some(words), _, _) => Some((words.as_str().to_owned(), reason)),
        (None, CorrectionForm::Manual, Some(path)) if reason.is_some() => {
            Some((format!("{path} was changed by hand."), reason))
        }
        _ => None,
    }
}
