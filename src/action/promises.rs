//! Whether the SOPs that a pull request touches keep what their ledgers promise: the chain, what was there before, the approved
//! text, the evidence, and reviews that the forge knows.

use super::history::RangeEnds;
use super::job::Job;
use super::processes::rules_of;
use super::settings::Judge;
use crate::context::Context;
use crate::forge::questions::{Annotation, AnnotationLevel, Forge, Review, ReviewState};
use crate::git::repository::Repository;
use crate::git::{committed, range};
use crate::process_store::sops::committed::{CommittedSop, slugs};
use crate::process_store::sops::folder::{DOCUMENT, Folder, LEDGER, PLACE};
use crate::process_store::sops::verifying::{FindingKind, Inspected, judged};
use crate::sop::ledger::{Entry, Ledger};
use crate::sop::life::Event;
use crate::text::markdown::inline;

/// A promise that is broken: of which file, from which line on, and what a person can do about it.
struct BrokenPromise {
    path: String,
    line: u32,
    what: String,
    hint: Option<String>,
}

impl Job<'_> {
    /// A remark on each promise that an SOP breaks with this pull request. They stand at the top of the summary, too.
    pub(super) async fn promises(
        &self,
        judge: &Judge,
        ends: &RangeEnds,
        context: &mut Context<'_>,
    ) -> anyhow::Result<Vec<Annotation>> {
        let broken = match self.broken(judge, ends, context).await {
            Ok(broken) => broken,
            Err(error) => {
                context.output.message(&format!("whether the SOPs keep their promises is not known: {error:#}"));
                return Ok(Vec::new());
            }
        };
        if broken.is_empty() {
            return Ok(Vec::new());
        }
        let mut text = "### SOPs break what they promise\n\n".to_owned();
        for one in &broken {
            let hint = one.hint.as_ref().map(|hint| format!(" ({})", inline(hint).as_str())).unwrap_or_default();
            text += &format!("- {}{hint}\n", inline(&one.what).as_str());
        }
        self.inputs.runner.add_summary(&(text + "\n"))?;
        let remark = |one: BrokenPromise| Annotation {
            path: one.path,
            lines: (one.line, one.line),
            level: AnnotationLevel::Failure,
            title: "An SOP breaks what it promises".to_owned(),
            message: one.hint.map_or(one.what.clone(), |hint| format!("{}\nhint: {hint}", one.what)),
        };
        Ok(broken.into_iter().map(remark).collect())
    }

    async fn broken(
        &self,
        judge: &Judge,
        ends: &RangeEnds,
        context: &mut Context<'_>,
    ) -> anyhow::Result<Vec<BrokenPromise>> {
        let repository = &judge.workplace.repository;
        // What came to the branch meanwhile is not what the pull request takes away.
        let before = range::fork_point(repository, &ends.base, &ends.head).unwrap_or_else(|| ends.base.clone());
        let mut all = [slugs(repository, &before)?, slugs(repository, &ends.head)?].concat();
        all.sort();
        all.dedup();
        let mut broken = Vec::new();
        for slug in all {
            if !committed::differs(repository, [&before, &ends.head], &format!("{PLACE}/{slug}"))? {
                continue;
            }
            let [old, new] = [&before, &ends.head].map(|commit| CommittedSop { repository, commit, slug: &slug });
            let approval = rules_of(judge, &ends.base)?.settings.approval;
            let inspected = Inspected {
                folder: &Folder::named(&slug),
                ledger: new.ledger(),
                document: new.document()?,
                repository,
                approval: &approval,
                now: context.environment.now,
            };
            broken.extend(by_its_files(inspected, repository));
            broken.extend(taken_away(&old, &new)?);
            if let (Ok(old), Ok(new)) = (old.ledger(), new.ledger()) {
                broken.extend(self.unknown_reviews(&slug, &old, &new, context).await);
            }
        }
        Ok(broken)
    }

    /// Approvals that the pull request records and the forge does not know.
    async fn unknown_reviews(
        &self,
        slug: &str,
        old: &Ledger,
        new: &Ledger,
        context: &mut Context<'_>,
    ) -> Vec<BrokenPromise> {
        let mut unknown = Vec::new();
        let added = new.entries.iter().skip(old.entries.len());
        let by_review = |entry: &&Entry| {
            entry.event == Event::Approved && entry.refs.get("kind").is_some_and(|kind| kind == "review")
        };
        for entry in added.filter(by_review) {
            let text = |key: &str| entry.refs.get(key).map_or("", String::as_str);
            let number = text("pull").parse().unwrap_or(0);
            let reviews = match self.forge.reviews(number).await {
                Ok(reviews) => reviews,
                Err(error) => {
                    context.output.message(&format!("{error}; the approval of `{slug}` was not checked again"));
                    continue;
                }
            };
            let is_it = |review: &Review| {
                text("review") == format!("pull/{number}#review-{}", review.id)
                    && review.state == ReviewState::Approved
                    && review.is_person != Some(false)
                    && review.author.eq_ignore_ascii_case(&entry.actor.name)
                    && review.commit == text("commit")
            };
            if !reviews.iter().any(is_it) {
                let path = format!("{PLACE}/{slug}/{LEDGER}");
                let what = format!(
                    "{path}:{}: the forge knows no such approval by {}: {}",
                    entry.seq,
                    entry.actor.name,
                    text("review")
                );
                unknown.push(BrokenPromise { path, line: u32::try_from(entry.seq).unwrap_or(1), what, hint: None });
            }
        }
        unknown
    }
}

/// What its own files say. That a review is due is no matter of this pull request.
fn by_its_files(inspected: Inspected<'_>, repository: &Repository) -> Vec<BrokenPromise> {
    let folder = inspected.folder;
    let [document, ledger] = [DOCUMENT, LEDGER].map(|name| folder.place(name));
    let is_shallow = !repository.shallow_boundaries().is_empty();
    let findings = judged(inspected).findings.into_iter();
    // In a shallow clone nobody can tell which commits there are.
    let counts = |kind: FindingKind| kind != FindingKind::Due && !(is_shallow && kind == FindingKind::Evidence);
    let broken = findings.filter(|finding| counts(finding.kind)).map(|finding| {
        let path = if finding.kind == FindingKind::Ledger { &ledger } else { &document };
        let line = finding.what.strip_prefix(&format!("{path}:")).and_then(|rest| rest.split(':').next()?.parse().ok());
        BrokenPromise { path: path.clone(), line: line.unwrap_or(1), what: finding.what, hint: finding.hint }
    });
    broken.collect()
}

/// Whether lines of the ledger are gone or others now: it is only ever added to.
fn taken_away(old: &CommittedSop<'_>, new: &CommittedSop<'_>) -> anyhow::Result<Option<BrokenPromise>> {
    let (before, after) = (old.ledger_text()?, new.ledger_text()?);
    let kept = before.lines().zip(after.lines()).take_while(|(before, after)| before == after).count();
    if kept == before.lines().count() {
        return Ok(None);
    }
    let (path, line) = (new.place(LEDGER), kept + 1);
    Ok(Some(BrokenPromise {
        what: format!("{path}:{line}: this line is another than before, or gone; a ledger is only added to"),
        line: u32::try_from(line).unwrap_or(1),
        hint: Some("put back the lines of the branch that this goes into, and repeat what was done since".to_owned()),
        path,
    }))
}
