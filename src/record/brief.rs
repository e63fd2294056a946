//! A record without what a list of commits does not tell of it.

use super::contribution::CheckResult;
use super::headline;
use super::note::{LineAuthor, Record};
use super::text::Clean;

impl Record<Clean> {
    /// The sessions, the counts and what the commit message states, without the texts and places below them, but for what the
    /// headline is made of: the first request, whole, so that what is looked for in it is found; how checks ended, and where
    /// one passed what says on which state. Of files those with lines of unknown origin stay: they say how the lines are counted.
    #[must_use]
    pub fn in_brief(self) -> Self {
        let (mut brief, is_judged) = self.without_texts();
        let tells = |author: LineAuthor| match author {
            LineAuthor::Unknown => true,
            LineAuthor::Corrected | LineAuthor::Person => is_judged,
            LineAuthor::Agent | LineAuthor::Formatter => false,
        };
        brief.files.retain(|file| file.spans.iter().any(|span| tells(span.author)));
        brief
    }

    /// The same with all files: whose each line is.
    #[must_use]
    pub fn in_brief_with_lines(self) -> Self {
        self.without_texts().0
    }

    /// The second value is whether a check passed.
    fn without_texts(mut self) -> (Self, bool) {
        let mut checks = self.contributions.iter().flat_map(|one| &one.checks);
        let is_judged = checks.any(|check| check.result == CheckResult::Passed);
        for one in &mut self.contributions {
            let request = headline::request(one);
            if let Some(request) = request {
                one.prompts.swap(0, request);
            }
            if let (Some(prompt), None) = (one.prompts.first_mut(), request) {
                prompt.text = Clean::default();
            }
            one.prompts.truncate(1);
            one.prompts.iter_mut().for_each(|prompt| prompt.question = None);
            for check in &mut one.checks {
                (check.command, check.summary, check.said) = (Clean::default(), None, None);
            }
            one.context = Vec::new();
            one.steps = Vec::new();
            if !is_judged {
                one.changed_after_check = Vec::new();
            }
            for attempt in &mut one.attempts {
                attempt.files = Vec::new();
                (attempt.tried, attempt.error, attempt.why, attempt.change) = (Clean::default(), None, None, None);
                attempt.edit = None;
            }
            for correction in &mut one.corrections {
                if !is_judged {
                    correction.path = None;
                }
                (correction.words, correction.before, correction.after, correction.reason) = (None, None, None, None);
                correction.edit = None;
            }
        }
        if !is_judged {
            self.untested = Vec::new();
        }
        (self, is_judged)
    }
}
