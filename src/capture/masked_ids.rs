//! Ids that a tool took for secrets and masked before a transcript was kept: many calls and messages of a session then have the same
//! one, which says nothing.

use std::collections::VecDeque;

use super::event::{EventKind, shorten};

/// Gives calls with a masked id one of their own, and their results in the order in which the calls were made.
#[derive(Default)]
pub(super) struct MaskedIds {
    given: usize,
    /// Calls without a result so far.
    open: VecDeque<String>,
}

impl MaskedIds {
    /// The event without masked ids; none where it is of no use without.
    pub(super) fn unmask(&mut self, mut kind: EventKind) -> Option<EventKind> {
        match &mut kind {
            EventKind::Line { id, .. } | EventKind::Node { id, .. } if is_masked_line(*id) => return None,
            EventKind::Prompt(prompt) => {
                // A call of an earlier turn gets no result any more.
                self.open.clear();
                prompt.id = prompt.id.take().filter(|id| !is_masked(id.as_bytes()));
                prompt.parent = if is_masked_line(prompt.parent) { 0 } else { prompt.parent };
            }
            EventKind::Call(call) if is_masked(call.id.as_bytes()) => {
                self.given += 1;
                call.id = format!("{} {}", call.id, self.given);
                self.open.push_back(call.id.clone());
            }
            EventKind::Result(result) if is_masked(result.call.as_bytes()) => {
                result.call = self.open.pop_front().unwrap_or_default();
            }
            EventKind::Edits { call, .. } if is_masked(call.as_bytes()) => {
                *call = self.open.front().cloned().unwrap_or_default();
            }
            EventKind::Interrupt { id, .. } => {
                self.open.clear();
                *id = id.take().filter(|id| !is_masked(id.as_bytes()));
            }
            _ => {}
        }
        Some(kind)
    }
}

/// Whether a mask stands in the place of an id: `REDACTED`, `[REDACTED:key]`, `***`.
pub(super) fn is_masked(id: &[u8]) -> bool {
    MASKS.contains(&id) || id.starts_with(b"[REDACTED") || (id.len() > 2 && id.iter().all(|byte| *byte == b'*'))
}

const MASKS: &[&[u8]] = &[b"REDACTED", b"<REDACTED>", b"[redacted]"];

fn is_masked_line(id: u64) -> bool {
    MASKS.iter().any(|mask| shorten(mask) == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::event::{ActionEvent, CallEnd, CallEvent, Extent, PromptEvent, ResultEvent};

    #[test]
    fn calls_with_a_masked_id_are_several_and_have_their_results_in_order() {
        let mut ids = MaskedIds::default();
        let mut told = Vec::new();
        let shell =
            |command: &str| ActionEvent::Shell { command: command.to_owned(), cwd: None, extent: Extent::Whole };
        let call = |id: &str, action| {
            EventKind::Call(Box::new(CallEvent { id: id.to_owned(), action, ..CallEvent::default() }))
        };
        let result = |id: &str| EventKind::Result(Box::new(ResultEvent::new(id.to_owned(), None, CallEnd::Succeeded)));
        let events = [
            call("REDACTED", shell("ls")),
            call("call_1", shell("pwd")),
            call("REDACTED", shell("make")),
            result("REDACTED"),
            result("call_1"),
            result("REDACTED"),
        ];
        for event in events {
            match ids.unmask(event) {
                Some(EventKind::Call(call)) => told.push(call.id),
                Some(EventKind::Result(result)) => told.push(format!("end of {}", result.call)),
                _ => panic!("nothing else was said"),
            }
        }
        let ends = ["end of REDACTED 1", "end of call_1", "end of REDACTED 2"];
        assert_eq!(told, [&["REDACTED 1", "call_1", "REDACTED 2"][..], &ends[..]].concat());
        let prompt = PromptEvent {
            id: Some("REDACTED".to_owned()),
            parent: shorten(b"REDACTED"),
            ..PromptEvent::typed("go".to_owned(), None)
        };
        let Some(EventKind::Prompt(prompt)) = ids.unmask(EventKind::Prompt(Box::new(prompt))) else {
            panic!("a prompt")
        };
        assert_eq!((prompt.id, prompt.parent), (None, 0));
        assert!(ids.unmask(EventKind::Line { id: shorten(b"REDACTED"), parent: 0 }).is_none());
        assert!(is_masked(b"***") && !is_masked(b"toolu_01"));
    }
}
