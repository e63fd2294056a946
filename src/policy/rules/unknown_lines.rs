//! Too many lines of unknown origin in agents' commits.

use std::collections::BTreeMap;

use crate::policy::facts::Facts;
use crate::policy::rule::{JudgedRange, PolicyRule};
use crate::record::note::LineAuthor;
use crate::record::policy::Rule;
use crate::record::verdict::What;

/// Files that are named in a finding of a whole range.
const FILES: usize = 20;

pub(super) struct UnknownLinesRule;

impl PolicyRule for UnknownLinesRule {
    fn rule(&self) -> Rule {
        Rule::UnknownLines
    }

    /// Of the commits in which a session wrote something: elsewhere every line is unknown, and `session-found` says so.
    fn find(&self, range: &JudgedRange) -> Vec<(String, What)> {
        let (mut lines, mut of): (u32, u32) = (0, 0);
        let mut by_file: BTreeMap<&str, u32> = BTreeMap::new();
        for record in range
            .facts
            .iter()
            .filter(|facts| facts.work.was_seen())
            .filter_map(|facts| facts.work.entry.record.as_ref())
        {
            // A note may come from anybody: its numbers need not add up.
            lines = record.lines.unknown.saturating_add(lines);
            of = record.lines.added.saturating_add(of);
            for file in &record.files {
                let count: &mut u32 = by_file.entry(&file.path).or_default();
                for span in file.spans.iter().filter(|span| span.author == LineAuthor::Unknown) {
                    *count = count.saturating_add(span.lines);
                }
            }
        }
        let most = range.policy.unknown_lines.most;
        if !most.is_exceeded(lines, of) {
            return Vec::new();
        }
        let mut files: Vec<(&str, u32)> = by_file.into_iter().filter(|(_, lines)| *lines > 0).collect();
        files.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let files: Vec<String> = files.into_iter().take(FILES).map(|(path, _)| path.to_owned()).collect();
        let what = What::UnknownLines { lines, of, most, files };
        let has_some = |facts: &&Facts| facts.work.was_seen() && facts.lines.is_some_and(|lines| lines.unknown > 0);
        let commits = range.facts.iter().filter(has_some).map(|facts| facts.work.entry.id.clone());
        commits.map(|commit| (commit, what.clone())).collect()
    }

    fn points(&self) -> u32 {
        5
    }

    /// In thousandths of each commit, so that one large commit does not outweigh the others.
    fn share(&self, facts: &Facts) -> (u64, u64) {
        match facts.lines {
            Some(lines) if lines.added == 0 => (1000, 1000),
            Some(lines) => (u64::from(lines.added.saturating_sub(lines.unknown)) * 1000 / u64::from(lines.added), 1000),
            None => (0, 1000),
        }
    }
}
