//! Prompts that were put into the queue while the agent worked, and have no record of their own.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;

use super::event::{Event, EventKind, PromptEvent, Standing};
use crate::record::session::PromptSource;

/// The prompts that stand in the queue only: by index of the event at which the agent got them.
pub(super) struct Queue {
    pub(super) prompts: HashMap<usize, PromptEvent>,
}

impl Queue {
    pub(super) fn resolve(events: &[Event]) -> Self {
        let mut waiting: VecDeque<(usize, Option<Timestamp>, &str)> = VecDeque::new();
        let mut delivered = Vec::new();
        for (index, event) in events.iter().enumerate() {
            match &event.0 {
                EventKind::Queued { at, text, .. } => waiting.push_back((index, *at, text)),
                EventKind::Unqueued { text } => {
                    let place = match text {
                        Some(text) => waiting.iter().position(|(_, _, waits)| waits == text),
                        // What a person typed goes to the agent at its next step; notices of programs wait for its end.
                        None => waiting
                            .iter()
                            .position(|(_, _, waits)| !waits.is_empty())
                            .or((!waiting.is_empty()).then_some(0)),
                    };
                    if let Some((queued, at, text)) = place.and_then(|place| waiting.remove(place)) {
                        delivered.push((queued, index, at, text));
                    }
                }
                EventKind::QueueTakenBack => waiting.clear(),
                _ => {}
            }
        }
        delivered.extend(waiting.into_iter().map(|(queued, at, text)| (queued, queued, at, text)));
        Self { prompts: only_queued(events, delivered) }
    }
}

/// Leaves out what has a record of its own after it was queued: the same words as a prompt.
fn only_queued(
    events: &[Event],
    delivered: Vec<(usize, usize, Option<Timestamp>, &str)>,
) -> HashMap<usize, PromptEvent> {
    if delivered.is_empty() {
        return HashMap::new();
    }
    let mut recorded: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, event) in events.iter().enumerate() {
        if let EventKind::Prompt(prompt) = &event.0 {
            recorded.entry(prompt.text.trim()).or_default().push(index);
        }
    }
    let mut prompts = HashMap::new();
    for (queued, index, at, text) in delivered {
        let record = recorded.get_mut(text.trim());
        let later = record.and_then(|places| {
            let place = places.iter().position(|place| *place > queued)?;
            Some(places.remove(place))
        });
        if later.is_none() && !text.is_empty() {
            let away = matches!(events[queued].0, EventKind::Queued { away: true, .. });
            let source = if text.starts_with('/') { PromptSource::Slash } else { PromptSource::Queued };
            prompts.insert(
                index,
                PromptEvent { id: None, at, text: text.to_owned(), source, parent: 0, standing: Standing::Sure, away },
            );
        }
    }
    prompts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_typed_is_delivered_before_the_notices_that_waited_longer() {
        let queued = |text: &str| Event(EventKind::Queued { at: None, text: text.into(), away: false });
        let taken = || Event(EventKind::Unqueued { text: None });
        // Two notices, a prompt, its delivery, and at the end of the turn the notices.
        let events = [queued(""), queued(""), queued("why is that changed?"), taken(), taken(), taken()];
        let prompts = Queue::resolve(&events).prompts;
        let found: Vec<(usize, &str)> = prompts.iter().map(|(place, prompt)| (*place, prompt.text.as_str())).collect();
        assert_eq!(found, [(3, "why is that changed?")]);
    }
}
