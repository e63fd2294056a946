//! Holds the redactor to its targets on kinds of secrets and look-alikes, in other forms than the shared corpus has.

#[path = "redaction/corpus.rs"]
mod corpus;

use std::collections::BTreeMap;

use backstory::record::text::Raw;
use backstory::redact::{RedactionOptions, Redactor};
use corpus::Case;

const SECRETS: &str = include_str!("redaction/secrets.txt");
const LOOK_ALIKES: &str = include_str!("redaction/look_alikes.txt");
const SEEDS: u64 = 5;

#[derive(Default)]
struct Tally {
    right: usize,
    of: usize,
}

impl Tally {
    fn percent(&self) -> f64 {
        100.0 * self.right as f64 / self.of.max(1) as f64
    }
}

/// How many of the cases of each group are right: of all, and of those that were held out.
fn tallies(templates: &str, is_right: impl Fn(&Case, &str) -> bool) -> BTreeMap<String, Tally> {
    let redactor = Redactor::new(RedactionOptions::default()).expect("the default policy is valid");
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for case in (0..SEEDS).flat_map(|seed| corpus::cases(templates, seed)) {
        let (clean, _) = redactor.text(Raw::new(case.text.clone()));
        let right = is_right(&case, clean.as_str());
        let part = if case.is_held_out() { "held out" } else { "developed on" };
        for group in [format!("  {}", case.group()), part.to_owned(), "all".to_owned()] {
            let tally = tallies.entry(group).or_default();
            tally.of += 1;
            tally.right += usize::from(right);
        }
        if !right {
            show(&format!("{part}: {}", case.id));
            if std::option_env!("SHOW_CASES").is_some() && part != "held out" {
                show(&format!("{}\n--->\n{}\n", case.text, clean.as_str()));
            }
        }
    }
    for (group, tally) in &tallies {
        show(&format!("{group:14} {:4} of {:4}  {:5.1} %", tally.right, tally.of, tally.percent()));
    }
    tallies
}

#[allow(clippy::print_stderr, reason = "a test tells what it measured")]
fn show(line: &str) {
    eprintln!("{line}");
}

#[test]
fn secrets_of_every_kind_are_gone() {
    let tallies = tallies(SECRETS, |case, clean| case.is_gone_from(clean));
    assert!(tallies["held out"].percent() >= 95.0);
    assert!(tallies["all"].percent() >= 95.0);
}

#[test]
fn look_alikes_of_every_kind_stay() {
    let tallies = tallies(LOOK_ALIKES, |case, clean| case.text == clean);
    assert!(tallies["held out"].percent() >= 98.0);
    assert!(tallies["all"].percent() >= 98.0);
}
