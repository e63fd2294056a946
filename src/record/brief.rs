//! A record without what a list of commits does not tell of it.

use super::note::{LineAuthor, Record};
use super::text::Clean;

impl Record<Clean> {
    /// The sessions, the counts and what the commit message states, without the texts and places below them. Of prompts only
    /// stays that there are any: that tells a session that was read. Of files those with lines of unknown origin stay: they
    /// say how the lines are counted.
    #[must_use]
    pub fn in_brief(mut self) -> Self {
        for one in &mut self.contributions {
            one.prompts.truncate(1);
            one.prompts.iter_mut().for_each(|prompt| prompt.text = Clean::default());
            one.checks = Vec::new();
            one.context = Vec::new();
            one.steps = Vec::new();
            one.changed_after_check = Vec::new();
            for attempt in &mut one.attempts {
                attempt.files = Vec::new();
                (attempt.tried, attempt.error, attempt.why, attempt.change) = (Clean::default(), None, None, None);
            }
            for correction in &mut one.corrections {
                correction.path = None;
                (correction.words, correction.before, correction.after, correction.reason) = (None, None, None, None);
            }
        }
        self.untested = Vec::new();
        self.files.retain(|file| file.spans.iter().any(|span| span.author == LineAuthor::Unknown));
        self
    }
}
