//! What the rest of the program calls: the policy, and the redactor that finds what must not travel.

use std::collections::BTreeMap;

use super::found::{self, Known};
use super::pass::Pass;
use super::scan::{self, Finding};
use super::user_rules::{RuleError, UserRule, UserRules};
use super::{homes, placeholder};
use crate::record::note::Record;
use crate::record::text::{Clean, MapText, Raw};

/// What is taken out, and how.
#[derive(Clone, Default)]
pub struct Policy {
    /// Take out personal data too: e-mail addresses, phone and card numbers, accounts, addresses of machines.
    pub strict: bool,
    /// The user's home folder, with `/` or `\`; paths under it are written `~/...`.
    pub home: Option<String>,
    /// Folders of repositories; paths under them are written relative to them.
    pub roots: Vec<String>,
    pub rules: Vec<UserRule>,
    /// Expressions for values that may stay. The formats of providers' tokens, private keys and private parts never may.
    pub allow: Vec<String>,
    /// Keys the tags of placeholders: one per repository.
    pub key: [u8; 32],
}

/// Redactions by kind.
pub type Counts = BTreeMap<String, u32>;

/// A place in a text that must not travel, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub kind: String,
}

/// Takes secrets out of text. Cheap to make: the built-in rules are shared and compiled when first needed.
pub struct Redactor {
    pub(super) policy: Policy,
    rules: UserRules,
}

impl Redactor {
    /// # Errors
    /// When a rule or an exception of the settings cannot be used.
    pub fn new(policy: Policy) -> Result<Self, RuleError> {
        let rules = UserRules::new(&policy.rules, &policy.allow)?;
        Ok(Self { policy, rules })
    }

    /// The text without what must not travel, and what was taken out of it.
    pub fn text(&self, raw: Raw) -> (Clean, Counts) {
        let known = Known::default();
        let mut pass = Pass::new(self, &known);
        let clean = pass.raw(raw);
        (clean, pass.counts)
    }

    /// The record without what must not travel; what was redacted is added to its counts. What is a secret in one of its texts
    /// is one in all, and so are the words of private parts, in the record or in the `hidden` texts of its sessions.
    pub fn record(&self, record: Record<Raw>, hidden: Vec<Raw>) -> Record<Clean> {
        let nothing = Known::default();
        let mut pass = Pass::of_record(self, &nothing);
        hidden.iter().for_each(|raw| drop(pass.findings(raw.expose())));
        pass.counts.clear();
        let clean = self.pass(record.clone(), &mut pass);
        let mut known = pass.learnt;
        let (mut clean, counts) = if known.prepare() {
            let mut pass = Pass::of_record(self, &known);
            (self.pass(record, &mut pass), pass.counts)
        } else {
            (clean, pass.counts)
        };
        for (kind, count) in counts {
            let all = clean.redactions.entry(kind).or_default();
            *all = all.saturating_add(count);
        }
        clean
    }

    fn pass(&self, record: Record<Raw>, pass: &mut Pass) -> Record<Clean> {
        let left_out = |raw: &Raw| raw.expose()[super::pass::kept(raw.expose())..].chars().count() as u32;
        let prompts = record.contributions.iter().map(|one| one.prompts.iter().map(|prompt| left_out(&prompt.text)));
        let left_out: Vec<Vec<u32>> = prompts.map(Iterator::collect).collect();
        let mut record = record.map_text(&mut |raw: Raw| pass.raw(raw));
        for (one, left_out) in record.contributions.iter_mut().zip(left_out) {
            one.prompts
                .iter_mut()
                .zip(left_out)
                .for_each(|(prompt, count)| prompt.cut = prompt.cut.saturating_add(count));
        }
        clean_names(&mut record, pass);
        record
    }

    /// How many texts look like a secret of a known format and stay, because they stand for one: keys of manuals, addresses
    /// of examples.
    pub fn examples(&self, text: &str) -> usize {
        let mut examples = scan::examples(text.as_bytes(), self.policy.strict);
        if examples.is_empty() {
            return 0;
        }
        // What is taken out for another reason, alone or with what stands around it, is not kept.
        let findings = self.findings(text.as_bytes(), &Known::default());
        examples.retain(|example| {
            let next = findings.partition_point(|finding| finding.range.end <= example.start);
            findings.get(next).is_none_or(|finding| finding.range.start >= example.end)
        });
        examples.len()
    }

    /// What must not travel, in order and without overlaps.
    pub fn spans(&self, text: &str) -> Vec<Span> {
        self.findings(text.as_bytes(), &Known::default())
            .into_iter()
            .map(|finding| {
                let range = found::at_char_boundaries(text, finding.range);
                Span { start: range.start, end: range.end, kind: finding.kind.into_owned() }
            })
            .collect()
    }

    pub(super) fn findings(&self, text: &[u8], known: &Known) -> Vec<Finding> {
        let mut findings = scan::scan(text, self.policy.strict);
        self.rules.find(text, &mut findings);
        let (allowed, mut findings): (Vec<Finding>, Vec<Finding>) =
            findings.into_iter().partition(|finding| self.rules.allow(finding));
        allowed.iter().for_each(|finding| self.find_inside(text, finding, &mut findings));
        found::find_again(text, &mut findings);
        known.find(text, &mut findings);
        homes::find(text, &self.policy, &mut findings);
        self.in_order(text, findings)
    }

    /// Findings without overlaps, and without those in placeholders.
    pub(super) fn in_order(&self, text: &[u8], findings: Vec<Finding>) -> Vec<Finding> {
        let kept = placeholder::find(text, |kind| self.is_kind(kind));
        found::merge(found::without(findings, &kept))
    }

    /// What is allowed may hold another secret, which the search passed over as a part of it.
    fn find_inside(&self, text: &[u8], allowed: &Finding, findings: &mut Vec<Finding>) {
        let start = allowed.range.start;
        if text.get(allowed.range.clone()) == Some(allowed.value.as_slice()) {
            let inside = scan::scan(&allowed.value, self.policy.strict).into_iter().filter(|it| !self.rules.allow(it));
            findings.extend(inside.map(|it| Finding { range: start + it.range.start..start + it.range.end, ..it }));
        }
    }

    fn is_kind(&self, kind: &str) -> bool {
        super::rules::is_kind(kind) || self.rules.has_kind(kind)
    }
}

/// Names of files and models are not prose, but a path can hold a key or a home folder.
fn clean_names(record: &mut Record<Clean>, pass: &mut Pass) {
    let mut clean = |name: &mut String| *name = pass.clean(std::mem::take(name));
    record.files.iter_mut().for_each(|file| clean(&mut file.path));
    record.untested.iter_mut().for_each(|place| clean(&mut place.path));
    for contribution in &mut record.contributions {
        contribution.changed_after_check.iter_mut().for_each(&mut clean);
        contribution.models.iter_mut().for_each(&mut clean);
        contribution.attempts.iter_mut().flat_map(|attempt| &mut attempt.files).for_each(&mut clean);
        contribution.corrections.iter_mut().filter_map(|correction| correction.path.as_mut()).for_each(&mut clean);
    }
}
