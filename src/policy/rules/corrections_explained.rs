//! A correction by hand without a reason.

use crate::policy::facts::{Facts, name};
use crate::policy::remedy::{Remedy, RemedyTrailers, is_plain};
use crate::policy::rule::{JudgedRange, PolicyRule, add_new};
use crate::record::policy::Rule;
use crate::record::verdict::What;

/// Trailers that one command adds at most.
const TRAILERS: usize = 5;

pub(super) struct CorrectionsExplained;

impl PolicyRule for CorrectionsExplained {
    fn rule(&self) -> Rule {
        Rule::CorrectionsExplained
    }

    fn find(&self, range: &JudgedRange) -> Vec<(String, What)> {
        let mut found = Vec::new();
        for facts in range.facts {
            for correction in facts.without_reason.iter().flatten() {
                let what = What::NoReason { corrections: 1, files: correction.path.iter().cloned().collect() };
                found.push((facts.work.entry.id.clone(), what));
            }
        }
        found
    }

    fn join(&self, into: &mut What, more: &What) -> bool {
        match (into, more) {
            (What::NoReason { corrections, files }, What::NoReason { corrections: more, files: other }) => {
                *corrections = corrections.saturating_add(*more);
                add_new(files, other);
                true
            }
            (into, more) => into == more,
        }
    }

    fn points(&self) -> u32 {
        10
    }

    fn share(&self, facts: &Facts) -> (u64, u64) {
        (u64::from(facts.without_reason.as_ref().is_some_and(Vec::is_empty)), 1)
    }

    fn effort(&self) -> u8 {
        5
    }

    /// The reasons go to the last commit, by the names of the files. Where nothing is known of corrections, a person says
    /// so in the commit itself.
    fn remedies(&self, range: &JudgedRange) -> Vec<Remedy> {
        let (mut lines, mut more, mut unknown) = (Vec::new(), 0, Vec::new());
        for facts in range.facts {
            let Some(open) = &facts.without_reason else {
                unknown.push(range.place(facts));
                continue;
            };
            let files = open.iter().map(|correction| correction.path.as_deref().map(name).filter(|file| is_word(file)));
            more += u64::from(!open.is_empty() && files.clone().all(|file| file.is_some()));
            for line in files.flatten().map(|file| format!("AI-Correction: {file}: <why, or none>")) {
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
        }
        // With more files than fit in one command, no commit is sure to be explained by it.
        more = if lines.len() > TRAILERS { 0 } else { more };
        lines.truncate(TRAILERS);
        let places: Vec<usize> = range.last().filter(|_| !lines.is_empty()).into_iter().collect();
        let line = "AI-Correction: <what a person changed in it and why, or none>";
        vec![
            Remedy::Trailers(RemedyTrailers { gives: vec![(self.rule(), more)], lines, places, after: None }),
            Remedy::Trailers(RemedyTrailers::each(self.rule(), line, unknown)),
        ]
    }
}

/// Whether it can stand before the colon of a correction.
fn is_word(file: &str) -> bool {
    is_plain(file) && !file.contains([':', ' '])
}
