//! Collects the events of one read: what a reader says line by line, without what was said already.

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::Timestamp;

use super::event::{Event, EventKind, SessionFacts, UsageEvent, shorten};
use super::masked_ids::is_masked;

/// Collects the events of one read: facts only when they change, one value of usage a message, the span of time.
#[derive(Default)]
pub(super) struct Events {
    kinds: Vec<Event>,
    about: SessionFacts,
    /// No fact of `about` holds a backslash, so that it can be compared with what stands in the transcript.
    plain: bool,
    model: String,
    span: Option<(Timestamp, Timestamp)>,
    usage: Option<usize>,
    /// Calls, shortened.
    wordless: HashSet<u64>,
    /// The ordinal before which lines are another session's, while such lines are read.
    history: Option<u64>,
    has_ordinal: bool,
    /// It begins behind the beginning of the file, so that it cannot know which lines are copies.
    is_later: bool,
}

impl Events {
    /// For a read that begins with this line of the file, from 1.
    pub(super) fn from_line(first_line: u64) -> Self {
        Self { is_later: first_line > 1, ..Self::default() }
    }

    pub(super) fn push(&mut self, kind: EventKind) {
        self.kinds.push(Event(kind));
    }

    pub(super) fn saw(&mut self, at: Timestamp) {
        let (from, to) = self.span.unwrap_or((at, at));
        self.span = Some((from.min(at), to.max(at)));
    }

    /// States the facts that differ from those stated last. What `about` does not name stays as it was.
    pub(super) fn about(&mut self, about: SessionFacts) {
        fn news(known: &mut Option<String>, said: Option<String>) -> Option<String> {
            if said.is_none() || *known == said {
                return None;
            }
            known.clone_from(&said);
            said
        }
        let changed = SessionFacts {
            session: news(&mut self.about.session, about.session),
            other: news(&mut self.about.other, about.other),
            version: news(&mut self.about.version, about.version),
            cwd: news(&mut self.about.cwd, about.cwd),
            branch: news(&mut self.about.branch, about.branch),
            head: news(&mut self.about.head, about.head),
            agent: news(&mut self.about.agent, about.agent),
            subagent: about.subagent && !self.about.subagent,
            fork: about.fork.filter(|_| self.about.fork.is_none()),
        };
        self.about.subagent |= about.subagent;
        self.about.fork = self.about.fork.take().or_else(|| changed.fork.clone());
        if changed != SessionFacts::default() {
            let SessionFacts { session, cwd, branch, version, .. } = &self.about;
            self.plain = [session, cwd, branch, version].into_iter().flatten().all(|fact| !fact.contains('\\'));
            self.push(EventKind::About(Box::new(changed)));
        }
    }

    /// Whether the facts stated last are these, as they stand undecoded in the transcript (empty: not stated); spares
    /// decoding and copying them line by line. What has escapes counts as not known.
    pub(super) fn knows(&self, session: &[u8], cwd: &[u8], branch: &[u8], version: &[u8]) -> bool {
        let same = |known: &Option<String>, said: &[u8]| {
            said.is_empty() || known.as_ref().is_some_and(|known| known.as_bytes() == said)
        };
        self.plain
            && same(&self.about.session, session)
            && same(&self.about.cwd, cwd)
            && same(&self.about.branch, branch)
            && same(&self.about.version, version)
    }

    /// States the model, unless it is the one stated last.
    pub(super) fn model(&mut self, name: Cow<'_, str>) {
        if self.model != name {
            self.model = name.into_owned();
            self.push(EventKind::Model { name: self.model.clone() });
        }
    }

    /// Whether a model was stated.
    pub(super) fn has_model(&self) -> bool {
        !self.model.is_empty()
    }

    /// No later step reads what this call prints when it succeeds.
    pub(super) fn wordless(&mut self, call: &[u8]) {
        if is_masked(call) {
            return;
        }
        self.wordless.insert(shorten(call));
    }

    /// Whether that was said in this read; what the call prints need not be decoded then.
    pub(super) fn is_wordless(&self, call: &[u8]) -> bool {
        self.wordless.contains(&shorten(call))
    }

    /// Several lines repeat the usage of one message, the first ones before it is complete: the last one counts. A sum so
    /// far belongs to the turn in which it stands.
    pub(super) fn usage(&mut self, mut usage: UsageEvent) {
        usage.message = usage.message.filter(|id| !is_masked(id.as_bytes()));
        if let Some(index) = self.usage
            && (usage.message.is_some() || index + 1 == self.kinds.len())
            && let Some(Event(EventKind::Usage(last))) = self.kinds.get_mut(index)
            && last.message == usage.message
        {
            *last = usage;
            return;
        }
        self.usage = Some(self.kinds.len());
        self.push(EventKind::Usage(usage));
    }

    /// Lines before this ordinal are copies.
    pub(super) fn history(&mut self, until: u64) {
        self.history = Some(until);
        self.push(EventKind::History { until });
    }

    /// A line with its ordinal begins. Each is told where only an earlier read knows where copies end. Returns whether it is a copy, and says nothing of this session.
    pub(super) fn is_history(&mut self, ordinal: u64, begins_turn: bool) -> bool {
        let is_copy = self.history.is_some_and(|until| ordinal < until);
        if !is_copy && (begins_turn || !self.has_ordinal || self.history.is_some() || self.is_later) {
            self.push(EventKind::Ordinal(ordinal));
            self.has_ordinal = true;
            self.history = None;
        }
        is_copy
    }

    pub(super) fn finish(mut self) -> Vec<Event> {
        if let Some((from, to)) = self.span {
            self.push(EventKind::Span { from, to });
        }
        self.kinds
    }
}
