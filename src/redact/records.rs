//! Redacts a text, and the texts of a record together: what is a secret in one of them is one in all.

use super::found::KnownSecrets;
use super::pass::Pass;
use super::redactor::Redactor;
use crate::record::note::Record;
use crate::record::text::{Clean, MapText, Raw};
use crate::redact::options::RedactionCounts;

impl Redactor {
    /// The text without what must not travel, and what was taken out of it.
    pub fn text(&self, raw: Raw) -> (Clean, RedactionCounts) {
        let known = KnownSecrets::default();
        let mut pass = Pass::new(self, &known);
        let clean = pass.raw(raw);
        (clean, pass.counts)
    }

    /// The record without what must not travel; what was redacted is added to its counts. What is a secret in one of its texts
    /// is one in all, and so are the words of private parts, in the record or in the `hidden` texts of its sessions.
    pub fn record(&self, record: Record<Raw>, hidden: Vec<Raw>) -> Record<Clean> {
        let nothing = KnownSecrets::default();
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
