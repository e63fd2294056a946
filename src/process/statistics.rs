//! The tests that say whether recent runs differ from earlier ones by more than chance: Fisher's exact test, Mann-Whitney, and
//! the Benjamini-Hochberg procedure over several of them. Numbers in, numbers out; what is compared is in `drift`.

use std::f64::consts::SQRT_2;

/// Runs with and without something, in two groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub before: u32,
    pub before_of: u32,
    pub recent: u32,
    pub recent_of: u32,
}

impl Counts {
    pub(crate) fn before_share(self) -> f64 {
        share(self.before, self.before_of)
    }

    pub(crate) fn recent_share(self) -> f64 {
        share(self.recent, self.recent_of)
    }

    /// How much more often since; from -1 to 1.
    pub(crate) fn change(self) -> f64 {
        self.recent_share() - self.before_share()
    }

    /// How often `recent` can be, with both groups and the sum as they are.
    fn range(self) -> (u32, u32) {
        let with = self.before + self.recent;
        (with.saturating_sub(self.before_of), with.min(self.recent_of))
    }
}

/// 0 where there is nothing to have a share of.
pub(crate) fn share(part: u32, of: u32) -> f64 {
    if of == 0 { 0.0 } else { f64::from(part) / f64::from(of) }
}

/// Logarithms of factorials, made once for all tests over the same runs.
pub(crate) struct LogFactorials(Vec<f64>);

impl LogFactorials {
    /// For groups of at most `runs` together.
    pub(crate) fn up_to(runs: u32) -> Self {
        let mut table = Vec::with_capacity(runs as usize + 1);
        let mut sum = 0.0;
        table.push(0.0);
        for n in 1..=runs {
            sum += f64::from(n).ln();
            table.push(sum);
        }
        Self(table)
    }

    fn choose(&self, n: u32, k: u32) -> f64 {
        self.0[n as usize] - self.0[k as usize] - self.0[(n - k) as usize]
    }

    /// The logarithm of the chance that `recent` of the runs that have it are among the recent ones.
    fn hypergeometric(&self, counts: Counts, recent: u32) -> f64 {
        let with = counts.before + counts.recent;
        self.choose(counts.recent_of, recent) + self.choose(counts.before_of, with - recent)
            - self.choose(counts.before_of + counts.recent_of, with)
    }
}

/// Fisher's exact test, two-sided: the chance of a table at most as likely as this one. In logarithms, so that a million runs
/// neither overflow nor vanish.
pub(crate) fn fisher(counts: Counts, factorials: &LogFactorials) -> f64 {
    // Tables that are as likely differ in the last digits; the allowance is that of R's `fisher.test`.
    let limit = factorials.hypergeometric(counts, counts.recent) + 1e-7;
    let (lowest, highest) = counts.range();
    let total: f64 = (lowest..=highest)
        .map(|recent| factorials.hypergeometric(counts, recent))
        .filter(|chance| *chance <= limit)
        .map(f64::exp)
        .sum();
    total.min(1.0)
}

/// The least that [`fisher`] can give for these sums: what cannot be found at any distribution needs no test.
pub(crate) fn fisher_least(counts: Counts, factorials: &LogFactorials) -> f64 {
    let (lowest, highest) = counts.range();
    let at = |recent: u32| {
        let before = counts.before + counts.recent - recent;
        fisher(Counts { recent, before, ..counts }, factorials)
    };
    at(lowest).min(at(highest))
}

/// Runs in both groups together up to which [`mann_whitney`] counts every order instead of using the normal distribution.
const EXACT_UP_TO: usize = 30;

/// Whether values of one group tend to be higher than those of the other; two-sided. Ties share their ranks. 1 where a group is
/// empty.
pub(crate) fn mann_whitney(before: &[f64], recent: &[f64]) -> f64 {
    if before.is_empty() || recent.is_empty() {
        return 1.0;
    }
    let ranks = Ranks::of(before, recent);
    if before.len() + recent.len() <= EXACT_UP_TO { ranks.exact() } else { ranks.normal() }
}

/// Ranks of two groups together, doubled so that shared ones are whole.
struct Ranks {
    doubled: Vec<usize>,
    /// Sum over the recent group, which has `recent_of` of them.
    recent: usize,
    recent_of: usize,
    /// Sum of t^3 - t over groups of t equal values.
    ties: f64,
}

impl Ranks {
    fn of(before: &[f64], recent: &[f64]) -> Self {
        let mut values: Vec<(f64, bool)> = before.iter().map(|value| (*value, false)).collect();
        values.extend(recent.iter().map(|value| (*value, true)));
        values.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut ranks = Self { doubled: Vec::new(), recent: 0, recent_of: recent.len(), ties: 0.0 };
        for equal in values.chunk_by(|a, b| a.0 == b.0) {
            let first = ranks.doubled.len() + 1;
            let last = first + equal.len() - 1;
            ranks.recent += (first + last) * equal.iter().filter(|(_, is_recent)| *is_recent).count();
            ranks.doubled.extend(equal.iter().map(|_| first + last));
            let size = equal.len() as f64;
            ranks.ties += size.powi(3) - size;
        }
        ranks
    }

    /// Counts the choices of `recent_of` ranks by their sum.
    fn exact(&self) -> f64 {
        let most: usize = self.doubled.iter().sum();
        let mut ways = vec![vec![0.0_f64; most + 1]; self.recent_of + 1];
        ways[0][0] = 1.0;
        for rank in &self.doubled {
            for size in (1..=self.recent_of).rev() {
                let (smaller, larger) = ways.split_at_mut(size);
                for sum in (*rank..=most).rev() {
                    larger[0][sum] += smaller[size - 1][sum - rank];
                }
            }
        }
        let ways = &ways[self.recent_of];
        let all: f64 = ways.iter().sum();
        // The mean of the doubled sums, doubled again to stay whole.
        let middle = self.recent_of * 2 * (self.doubled.len() + 1);
        let distance = |sum: usize| (2 * sum).abs_diff(middle);
        let far: f64 =
            ways.iter().enumerate().filter(|(sum, _)| distance(*sum) >= distance(self.recent)).map(|(_, n)| n).sum();
        (far / all).min(1.0)
    }

    /// With the correction for ties and for continuity.
    fn normal(&self) -> f64 {
        let all = self.doubled.len() as f64;
        let recent = self.recent_of as f64;
        let before = all - recent;
        let variance = before * recent / 12.0 * ((all + 1.0) - self.ties / (all * (all - 1.0)));
        if variance <= 0.0 {
            return 1.0;
        }
        let distance = (self.recent as f64 / 2.0 - recent * (all + 1.0) / 2.0).abs();
        let z = (distance - 0.5).max(0.0) / variance.sqrt();
        complementary_error_function(z / SQRT_2).min(1.0)
    }
}

/// Within 1.2e-7 of the true one relative to it (Numerical Recipes in C, 2nd edition, 6.2), for x of at least 0.
fn complementary_error_function(x: f64) -> f64 {
    const TERMS: [f64; 10] = [
        -1.265_512_23,
        1.000_023_68,
        0.374_091_96,
        0.096_784_18,
        -0.186_288_06,
        0.278_868_07,
        -1.135_203_98,
        1.488_515_87,
        -0.822_152_23,
        0.170_872_77,
    ];
    let t = 1.0 / (1.0 + 0.5 * x);
    let sum = TERMS.iter().rev().fold(0.0, |sum, term| sum * t + term);
    t * (sum - x * x).exp()
}

/// Benjamini and Hochberg (1995): for each p-value the least rate of false findings at which it is one.
pub(crate) fn adjust(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut adjusted = vec![1.0_f64; p_values.len()];
    let mut least = 1.0_f64;
    for (place, index) in order.iter().enumerate().rev() {
        least = least.min(p_values[*index] * p_values.len() as f64 / (place + 1) as f64);
        adjusted[*index] = least;
    }
    adjusted
}

/// Which hypotheses can be found at all at this rate: those whose least p-value, times how many of them there are, does not
/// exceed it (Tarone 1990). It looks at sums only and never at how they are spread, so that leaving the others out does not
/// bend the rate.
pub(crate) fn testable(least: &[f64], rate: f64) -> Vec<bool> {
    let mut sorted = least.to_vec();
    sorted.sort_by(f64::total_cmp);
    let number = (1..=sorted.len().max(1))
        .find(|number| sorted.iter().filter(|p| **p * *number as f64 <= rate).count() <= *number)
        .unwrap_or(1);
    least.iter().map(|p| *p * number as f64 <= rate).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn counts(before: u32, before_of: u32, recent: u32, recent_of: u32) -> Counts {
        Counts { before, before_of, recent, recent_of }
    }

    fn p(before: u32, before_of: u32, recent: u32, recent_of: u32) -> f64 {
        fisher(counts(before, before_of, recent, recent_of), &LogFactorials::up_to(before_of + recent_of))
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9_f64.max(b.abs() * 1e-6)
    }

    #[test]
    fn fishers_test_gives_what_can_be_counted_by_hand() {
        for (case, found, expected) in [
            ("0 of 20, 7 of 10: C(10,7) / C(30,7)", p(0, 20, 7, 10), 120.0 / 2_035_800.0),
            ("0 of 20, 1 of 10", p(0, 20, 1, 10), 1.0 / 3.0),
            ("the tea: 3 of 4, 1 of 4", p(3, 4, 1, 4), 34.0 / 70.0),
            ("the same share", p(10, 20, 5, 10), 1.0),
            ("in all", p(20, 20, 10, 10), 1.0),
            ("in none", p(0, 20, 0, 10), 1.0),
            ("no run", p(0, 0, 0, 0), 1.0),
        ] {
            assert!(close(found, expected), "{case}: {found} {expected}");
        }
    }

    #[test]
    fn a_million_runs_neither_overflow_nor_vanish() {
        let far = p(0, 500_000, 500_000, 500_000);
        assert!((0.0..1e-300).contains(&far));
        let same = p(250_000, 500_000, 250_000, 500_000);
        assert!(close(same, 1.0), "{same}");
    }

    #[test]
    fn what_cannot_be_found_at_any_distribution_is_known_by_its_sums() {
        let factorials = LogFactorials::up_to(30);
        for (case, counts, least) in [
            ("in all runs", counts(20, 20, 10, 10), 1.0),
            ("in one run", counts(1, 20, 0, 10), 1.0 / 3.0),
            ("in six, spread", counts(4, 20, 2, 10), 210.0 / 593_775.0),
        ] {
            let found = fisher_least(counts, &factorials);
            assert!(close(found, least), "{case}: {found} {least}");
        }
    }

    /// Values of `scipy.stats.mannwhitneyu`, method exact (no ties) and asymptotic.
    #[test]
    fn mann_whitney_gives_what_others_give() {
        let few = mann_whitney(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]);
        assert!(close(few, 0.1), "{few}");
        let mixed = mann_whitney(&[19.0, 22.0, 16.0, 29.0, 24.0], &[20.0, 11.0, 17.0, 12.0]);
        assert!(close(mixed, 0.111_111_111_1), "{mixed}");
        let before: Vec<f64> = (0..25).map(f64::from).collect();
        let recent: Vec<f64> = (10..35).map(f64::from).collect();
        let many = mann_whitney(&before, &recent);
        assert!(close(many, 0.000_107_829_33), "{many}");
    }

    #[test]
    fn equal_values_say_nothing() {
        for size in [3, 40] {
            let p = mann_whitney(&vec![5.0; size], &vec![5.0; size]);
            assert!(close(p, 1.0), "{size}: {p}");
        }
        assert!(close(mann_whitney(&[], &[1.0]), 1.0));
    }

    #[test]
    fn adjusting_is_as_in_the_paper() {
        let adjusted = adjust(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in adjusted.iter().zip([0.02, 0.04, 0.04, 0.02]) {
            assert!(close(*found, expected), "{adjusted:?}");
        }
        assert!(adjust(&[]).is_empty());
    }

    #[test]
    fn what_cannot_be_found_does_not_weigh_on_what_can() {
        assert_eq!(testable(&[1.0, 1.0, 0.001, 1.0 / 3.0], 0.05), [false, false, true, false]);
        assert_eq!(testable(&[0.02, 0.02, 0.02], 0.05), [false, false, false]);
        assert!(testable(&[], 0.05).is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn fisher_is_a_chance_and_does_not_care_which_group_comes_first(
            before_of in 0_u32..40, recent_of in 0_u32..40, b in 0_u32..41, r in 0_u32..41,
        ) {
            let (before, recent) = (b.min(before_of), r.min(recent_of));
            let one = p(before, before_of, recent, recent_of);
            let other = p(recent, recent_of, before, before_of);
            let without = p(before_of - before, before_of, recent_of - recent, recent_of);
            prop_assert!(one > 0.0 && one <= 1.0);
            prop_assert!(close(one, other) && close(one, without), "{one} {other} {without}");
        }

        #[test]
        fn adjusted_values_are_no_smaller_and_keep_their_order(values in proptest::collection::vec(0.0_f64..=1.0, 0..20)) {
            let adjusted = adjust(&values);
            prop_assert_eq!(adjusted.len(), values.len());
            for (a, p) in adjusted.iter().zip(&values) {
                prop_assert!(*a >= *p - 1e-12 && *a <= 1.0);
            }
            for (i, p) in values.iter().enumerate() {
                for (j, q) in values.iter().enumerate() {
                    prop_assert!(p > q || adjusted[i] <= adjusted[j] + 1e-12);
                }
            }
        }

        #[test]
        fn exact_and_normal_agree_where_both_can_be_had(
            before in proptest::collection::vec(0_u32..50, 14), recent in proptest::collection::vec(0_u32..50, 14),
        ) {
            let values = |list: &[u32]| list.iter().map(|value| f64::from(*value)).collect::<Vec<_>>();
            let ranks = Ranks::of(&values(&before), &values(&recent));
            prop_assert!((ranks.exact() - ranks.normal()).abs() < 0.05);
        }
    }
}
