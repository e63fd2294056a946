//! Which differences count. Each kind is a family of its own, within which Benjamini and Hochberg keep the rate of false
//! findings; between the families their share of the rate is kept too, so that runs which have not changed give an alarm of any
//! kind in at most `RATE` of all comparisons.

use std::collections::BTreeMap;

use super::super::statistics::{adjust, testable};
use super::finding::Family;

/// Of false findings within a family, and of false alarms over all families together.
pub(super) const RATE: f64 = 0.05;

/// Each family's part of [`RATE`]: a new or dropped step is what a process document is asked about most.
fn weight(family: Family) -> f64 {
    match family {
        Family::Step => 6.0,
        _ => 1.0,
    }
}

/// One test.
#[derive(Clone, Copy, Debug)]
pub(super) struct Test {
    pub(super) family: Family,
    pub(super) p: f64,
    /// The least p-value that these runs could have given.
    pub(super) least: f64,
}

/// For each test that counts, its place in `tests` and its p-value after Benjamini and Hochberg.
pub(super) fn select(tests: &[Test]) -> Vec<(usize, f64)> {
    let families = families(tests);
    let total: f64 = families.iter().map(|family| weight(family.family)).sum();
    // As Benjamini and Bogomolov (2014) choose families, with weights: by their Simes p-value, each over its part of the rate.
    let number = families.len() as f64;
    let mut judged: Vec<(f64, &OfFamily)> = families
        .iter()
        .map(|family| {
            let part = weight(family.family) / total * number;
            (family.least(tests, RATE * part / number) / part, family)
        })
        .collect();
    judged.sort_by(|a, b| a.0.total_cmp(&b.0));
    let chosen = (1..=judged.len()).rev().find(|rank| judged[rank - 1].0 <= RATE * *rank as f64 / number).unwrap_or(0);
    let mut found: Vec<(usize, f64)> = judged[..chosen]
        .iter()
        .flat_map(|(_, family)| family.adjusted(tests, RATE * weight(family.family) / total))
        .filter(|(_, adjusted)| *adjusted <= RATE)
        .collect();
    found.sort_by_key(|(index, _)| *index);
    found
}

struct OfFamily {
    family: Family,
    tests: Vec<usize>,
}

impl OfFamily {
    /// Those that could be found at `rate`, with their adjusted p-values.
    fn adjusted(&self, tests: &[Test], rate: f64) -> Vec<(usize, f64)> {
        let least: Vec<f64> = self.tests.iter().map(|index| tests[*index].least).collect();
        let can_be = testable(&least, rate);
        let kept: Vec<usize> =
            self.tests.iter().zip(can_be).filter(|(_, can_be)| *can_be).map(|(index, _)| *index).collect();
        let p_values: Vec<f64> = kept.iter().map(|index| tests[*index].p).collect();
        kept.into_iter().zip(adjust(&p_values)).collect()
    }

    /// The p-value of the whole family.
    fn least(&self, tests: &[Test], rate: f64) -> f64 {
        self.adjusted(tests, rate).into_iter().map(|(_, adjusted)| adjusted).fold(1.0, f64::min)
    }
}

/// Families with a test that could be found at all; the others take no part of the rate. It looks at sums alone, as
/// [`testable`] does.
fn families(tests: &[Test]) -> Vec<OfFamily> {
    let mut families: BTreeMap<Family, Vec<usize>> = BTreeMap::new();
    for (index, test) in tests.iter().enumerate() {
        families.entry(test.family).or_default().push(index);
    }
    let could_be = |indexes: &[usize]| indexes.iter().any(|index| tests[*index].least <= RATE);
    families
        .into_iter()
        .filter(|(_, indexes)| could_be(indexes))
        .map(|(family, tests)| OfFamily { family, tests })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(family: Family, p: f64) -> Test {
        Test { family, p, least: p.min(1e-9) }
    }

    #[test]
    fn a_family_that_is_chosen_is_judged_by_itself() {
        let tests =
            [test(Family::Step, 0.001), test(Family::Step, 0.02), test(Family::Rework, 0.03), test(Family::Step, 0.6)];
        let found: Vec<usize> = select(&tests).into_iter().map(|(index, _)| index).collect();
        assert_eq!(found, [0, 1]);
    }

    #[test]
    fn what_could_not_be_found_takes_no_part_of_the_rate() {
        let mut tests = vec![test(Family::Rework, 0.04)];
        assert_eq!(select(&tests).len(), 1);
        tests.push(Test { family: Family::Step, p: 1.0, least: 0.5 });
        assert_eq!(select(&tests).len(), 1, "a family without a chance");
        tests.push(test(Family::Step, 0.9));
        assert_eq!(select(&tests).len(), 0);
    }

    #[test]
    fn nothing_is_found_in_nothing() {
        assert!(select(&[]).is_empty());
    }
}
