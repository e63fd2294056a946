//! What the rest of the program calls: the redactor, which finds what must not travel.

use super::finding::Detection;
use super::found::{self, KnownSecrets};
use super::options::RedactionOptions;
use super::scan::Examples;
use super::user_rules::{RuleError, UserRules};
use super::windows::ScanWindow;
use super::{homes, personal, placeholder, scan};

/// A place in a text that must not travel, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedactedSpan {
    pub start: usize,
    pub end: usize,
    pub kind: String,
}

/// Takes secrets out of text. Cheap to make: the built-in rules are shared and compiled when first needed.
pub struct Redactor {
    pub(super) policy: RedactionOptions,
    rules: UserRules,
}

impl Redactor {
    /// # Errors
    /// When a rule or an exception of the settings cannot be used.
    pub fn new(policy: RedactionOptions) -> Result<Self, RuleError> {
        let rules = UserRules::new(&policy.rules, &policy.allow)?;
        Ok(Self { policy, rules })
    }

    /// How many texts look like a secret of a known format and stay, because they stand for one: keys of manuals, addresses
    /// of examples.
    pub fn examples(&self, text: &str) -> usize {
        let examples = scan::examples(text.as_bytes(), self.policy.strict);
        if examples.is_empty() {
            return 0;
        }
        found::outside(examples, &self.findings(text.as_bytes(), &KnownSecrets::default()))
    }

    /// What must not travel, in order and without overlaps.
    pub fn spans(&self, text: &str) -> Vec<RedactedSpan> {
        self.findings(text.as_bytes(), &KnownSecrets::default())
            .into_iter()
            .map(|finding| {
                let range = found::at_char_boundaries(text, finding.range);
                RedactedSpan { start: range.start, end: range.end, kind: finding.kind.into_owned() }
            })
            .collect()
    }

    pub(super) fn findings(&self, text: &[u8], known: &KnownSecrets) -> Vec<Detection> {
        let mut findings = scan::scan(text, self.policy.strict);
        self.rules.find(text, &mut findings);
        let mut findings = self.without_allowed(text, findings);
        found::find_again(text, &mut findings);
        known.find(text, &mut findings);
        homes::find(text, &self.policy, &mut findings);
        self.in_order(text, findings)
    }

    /// What the built-in rules find in a part of a text, as [`scan::scan_window`].
    pub(super) fn findings_of(&self, window: &ScanWindow<'_>, examples: &mut Examples) -> Option<Vec<Detection>> {
        let found = scan::scan_window(window, self.policy.strict, examples)?;
        if let Some(examples) = examples
            && self.policy.strict
        {
            examples.extend(personal::examples(window.text));
        }
        Some(self.without_allowed(window.text, found))
    }

    fn without_allowed(&self, text: &[u8], findings: Vec<Detection>) -> Vec<Detection> {
        let (allowed, mut findings): (Vec<Detection>, Vec<Detection>) =
            findings.into_iter().partition(|finding| self.rules.allow(finding));
        allowed.iter().for_each(|finding| self.find_inside(text, finding, &mut findings));
        findings
    }

    pub(super) fn write_instead(&self, finding: &Detection, into: &mut Vec<u8>) {
        match &finding.instead {
            Some(instead) => into.extend_from_slice(instead.as_bytes()),
            None => placeholder::write(&finding.kind, &finding.value, &self.policy.key, into),
        }
    }

    /// Findings without overlaps, and without those in placeholders.
    pub(super) fn in_order(&self, text: &[u8], findings: Vec<Detection>) -> Vec<Detection> {
        if findings.is_empty() {
            return findings;
        }
        let kept = placeholder::find(text, |kind| self.is_kind(kind));
        found::merge(found::without(findings, &kept))
    }

    /// What is allowed may hold another secret, which the search passed over as a part of it.
    fn find_inside(&self, text: &[u8], allowed: &Detection, findings: &mut Vec<Detection>) {
        let start = allowed.range.start;
        if text.get(allowed.range.clone()) == Some(allowed.value.as_slice()) {
            let inside = scan::scan(&allowed.value, self.policy.strict).into_iter().filter(|it| !self.rules.allow(it));
            findings.extend(inside.map(|it| Detection { range: start + it.range.start..start + it.range.end, ..it }));
        }
    }

    /// Whether the settings have rules that look at all of a text.
    pub(super) fn has_rules(&self) -> bool {
        self.rules.look_at_all()
    }

    pub(super) fn is_kind(&self, kind: &str) -> bool {
        super::rules::is_kind(kind) || self.rules.has_kind(kind)
    }
}
