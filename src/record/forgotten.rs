//! Taking the text out of a record and keeping its figures: by age, or because a person asked for it.

use super::contribution::Contribution;
use super::note::{Record, Statement};
use super::text::Clean;
use crate::record::forgotten_mark::{Forgotten, ForgottenWhy};

impl Record<Clean> {
    /// Takes all text out and marks the record; `false` when there was nothing to take out.
    pub fn forget(&mut self, mark: Forgotten) -> bool {
        let had = self.contributions.iter().any(has_text) || self.stated.iter().any(is_words);
        self.contributions.iter_mut().for_each(forget_contribution);
        if mark.why != ForgottenWhy::Age {
            // What a person wants forgotten is in no log of runs either.
            self.contributions.iter_mut().for_each(|one| one.steps.clear());
        }
        self.stated.retain(|statement| !is_words(statement));
        self.mark(had, mark)
    }

    /// The same for the sessions that `chosen` names.
    pub fn forget_sessions(&mut self, chosen: impl Fn(&Contribution<Clean>) -> bool, mark: Forgotten) -> bool {
        let had = self.contributions.iter().any(|one| chosen(one) && has_text(one));
        for one in self.contributions.iter_mut().filter(|one| chosen(one)) {
            forget_contribution(one);
            one.steps.clear();
        }
        self.mark(had, mark)
    }

    fn mark(&mut self, had: bool, mark: Forgotten) -> bool {
        if had {
            self.forgotten = Some(mark);
        }
        had
    }
}

/// The words of a commit message; the message itself still has them.
fn is_words(statement: &Statement<Clean>) -> bool {
    !matches!(statement, Statement::Agent { .. })
}

fn has_text(contribution: &Contribution<Clean>) -> bool {
    let mut without = contribution.clone();
    forget_contribution(&mut without);
    without != *contribution
}

fn forget_contribution(contribution: &mut Contribution<Clean>) {
    for prompt in &mut contribution.prompts {
        let length = u32::try_from(prompt.text.as_str().chars().count()).unwrap_or(u32::MAX);
        prompt.cut = prompt.cut.saturating_add(length);
        prompt.text = Clean::default();
        prompt.question = None;
    }
    for attempt in &mut contribution.attempts {
        attempt.tried = Clean::forgotten();
        (attempt.error, attempt.why, attempt.change, attempt.edit) = (None, None, None, None);
        attempt.why_from = None;
    }
    for correction in &mut contribution.corrections {
        (correction.words, correction.before, correction.after, correction.reason) = (None, None, None, None);
        correction.edit = None;
    }
    for check in &mut contribution.checks {
        check.command = Clean::forgotten();
        (check.summary, check.said) = (None, None);
    }
    contribution.context.clear();
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::record::samples;
    use crate::record::text::MapText as _;

    const MARK: Forgotten = Forgotten { at: Timestamp::UNIX_EPOCH, why: ForgottenWhy::Age };

    #[test]
    fn the_text_goes_and_the_figures_stay() {
        let before = samples::discounts().record.unwrap();
        let mut record = before.clone();
        assert!(record.forget(MARK));
        let json = serde_json::to_string(&record).unwrap();
        for text in ["discount to", "cents", "constant", "round(", "pytest", "4 passed", "Python 3.9", "customer"] {
            assert!(!json.contains(text), "{text}: {json}");
        }
        let (old, new) = (&before.contributions[0], &record.contributions[0]);
        assert_eq!((record.lines, &record.files, new.tokens), (before.lines, &before.files, old.tokens));
        assert_eq!((new.prompts.len(), new.attempts.len(), new.corrections.len(), new.checks.len()), (4, 4, 3, 1));
        assert_eq!(record.forgotten, Some(MARK));
        assert!(!record.clone().forget(MARK), "a second time there is nothing to take out");
    }

    #[test]
    fn no_text_of_a_contribution_is_left() {
        let mut record = samples::discounts().record.unwrap();
        for one in &mut record.contributions {
            // Activities are names from a list and hold no words; they stay, like the figures.
            one.steps.clear();
            one.checks.iter_mut().for_each(|check| check.said = Some(Clean::default()));
            *one = one.clone().map_text(&mut |_: Clean| Clean::from_redacted("private words".to_owned()));
        }
        assert!(serde_json::to_string(&record).unwrap().contains("private"));
        let brief = record.clone().in_brief();
        assert!(brief.contributions.iter().flat_map(|one| &one.checks).all(|check| check.said.is_none()));
        assert!(record.forget(MARK));
        let json = serde_json::to_string(&record.contributions).unwrap();
        assert!(!json.contains("private"), "{json}");
    }

    #[test]
    fn only_the_session_that_was_named_is_forgotten() {
        let mut record = samples::discounts().record.unwrap();
        assert!(!record.forget_sessions(|one| one.session == "other", MARK));
        assert_eq!(record.forgotten, None);
        assert!(record.forget_sessions(|one| one.session == "5f0c", MARK));
    }
}
