//! Loops in a trace: a step that is repeated, and several that are gone through again in the same order, stand there once with
//! the number of repeats.

use super::trace::TraceStep;

/// Steps of a loop, at most. A longer one is told as it was.
const MAX_PERIOD: usize = 12;

/// Steps, loops folded while they are added.
#[derive(Debug, Default)]
pub(super) struct Folding {
    steps: Vec<TraceStep>,
    /// Whether what the last step told of failed.
    has_failed: bool,
}

impl Folding {
    /// Adds `step`. The same step again is the same step; it is rework where it failed before.
    pub(super) fn squash(&mut self, step: TraceStep, failed: bool) {
        let has_failed = std::mem::replace(&mut self.has_failed, failed);
        match self.steps.last_mut() {
            Some(last) if last.label == step.label => {
                last.last = last.last.max(step.last);
                last.rework = last.rework.saturating_add(step.rework).saturating_add(u16::from(has_failed));
            }
            _ => self.steps.push(step),
        }
    }

    /// The same, and several steps that come again in the same order are one round of a loop.
    pub(super) fn fold(&mut self, step: TraceStep, failed: bool) {
        self.squash(step, failed);
        let end = self.steps.len();
        let is_loop = |period: &usize| {
            let (round, again) = (end - 2 * period, end - period);
            (0..*period).all(|at| self.steps[round + at].label == self.steps[again + at].label)
        };
        let Some(period) = (2..=MAX_PERIOD.min(end / 2)).find(is_loop) else { return };
        for at in end - period..end {
            let again = self.steps[at];
            let round = &mut self.steps[at - period];
            round.last = round.last.max(again.last);
            round.rework = round.rework.saturating_add(again.rework).saturating_add(1);
        }
        self.steps.truncate(end - period);
    }

    pub(super) fn finish(&mut self) -> Vec<TraceStep> {
        self.has_failed = false;
        std::mem::take(&mut self.steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::execution::Symbol;

    /// Letters with the number of their rework; capitals failed.
    fn folded(trace: &str) -> String {
        let mut folding = Folding::default();
        for (at, letter) in trace.chars().enumerate() {
            let at = u32::try_from(at).unwrap();
            let label = Symbol(u32::from(letter.to_ascii_lowercase()));
            folding.fold(TraceStep { label, first: at, last: at, rework: 0 }, letter.is_ascii_uppercase());
        }
        let steps = folding.finish();
        steps.iter().map(|step| format!("{}{}", char::from_u32(step.label.0).unwrap(), step.rework)).collect()
    }

    #[test]
    fn loops_are_told_once_with_their_rounds() {
        for (trace, told) in [
            ("", ""),
            ("aab", "a0b0"),
            ("aAab", "a1b0"),
            ("cvcvcvk", "c2v2k0"),
            ("cvck", "c0v0c0k0"),
            ("aabaab", "a1b1"),
            ("abxababx", "a2b2x1"),
            ("cvkpcvkp", "c1v1k1p1"),
            ("abab", "a1b1"),
        ] {
            assert_eq!(folded(trace), told, "{trace}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_folded_away_that_is_not_told_before(trace in "[abc]{0,40}") {
            let told = folded(&trace);
            let seen: std::collections::BTreeSet<char> = trace.chars().collect();
            let kept: std::collections::BTreeSet<char> = told.chars().filter(char::is_ascii_lowercase).collect();
            proptest::prop_assert_eq!(seen, kept);
            proptest::prop_assert_eq!(trace.chars().next(), told.chars().next());
        }
    }
}
