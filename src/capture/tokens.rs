//! Adds up the tokens of a session, each exactly once: by message, by sums so far, or of the whole.

use foldhash::{HashMap, HashMapExt as _};

use super::event::UsageEvent;
use crate::record::session::{Session, Tokens, Turn};

pub(super) struct UsageTally {
    /// By message: the turn and the most that was said of it.
    messages: HashMap<String, (usize, Tokens)>,
    total: Tokens,
    /// Of no turn that is known.
    pub(super) untold: Tokens,
}

impl UsageTally {
    pub(super) fn with_room_for(messages: usize) -> Self {
        let messages = HashMap::with_capacity(messages);
        Self { messages, total: Tokens::default(), untold: Tokens::default() }
    }

    /// What was spent in the last of these turns.
    pub(super) fn take(&mut self, usage: UsageEvent, turns: &mut [Turn]) {
        let Some(last) = turns.len().checked_sub(1) else { return };
        let Some(message) = usage.message else {
            // The sum so far: what is new since the last sum belongs to this turn.
            let total = usage.tokens;
            turns[last].tokens.add(Tokens {
                input: total.input.saturating_sub(self.total.input),
                output: total.output.saturating_sub(self.total.output),
                cache_read: total.cache_read.saturating_sub(self.total.cache_read),
                cache_write: total.cache_write.saturating_sub(self.total.cache_write),
            });
            self.total = total;
            return;
        };
        let (_, known) = self.messages.entry(message).or_insert((last, Tokens::default()));
        known.input = known.input.max(usage.tokens.input);
        known.output = known.output.max(usage.tokens.output);
        known.cache_read = known.cache_read.max(usage.tokens.cache_read);
        known.cache_write = known.cache_write.max(usage.tokens.cache_write);
    }

    pub(super) fn finish(self, session: &mut Session) {
        session.tokens = self.total;
        for (turn, tokens) in self.messages.into_values() {
            session.turns[turn].tokens.add(tokens);
            session.tokens.add(tokens);
        }
        session.tokens.add(self.untold);
        if let [only] = &mut session.turns[..] {
            only.tokens.add(self.untold);
        }
    }
}
