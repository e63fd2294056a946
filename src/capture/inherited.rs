//! What a subagent's session copied from its parent when it began. It is not the work of the subagent, and the prompts in it are not
//! its task.

use super::event::{Event, EventKind, ForkFacts};

/// The events of a session without those of its parent, where it is a subagent's that began with a copy of them. Skips and facts
/// are those of the file.
pub(super) fn own_events(mut events: Vec<Event>, is_subagent: bool) -> Vec<Event> {
    let fork = events.iter().find_map(|event| match &event.0 {
        EventKind::About(about) => about.fork.clone(),
        _ => None,
    });
    let Some(fork) = fork else { return events };
    let Some(begin) = beginning(&events, &fork, is_subagent) else { return events };
    let own = &events[begin..];
    // The model is told when it changes.
    let goes_on = own.iter().find_map(|event| match event.0 {
        EventKind::Model { .. } => Some(false),
        EventKind::Reply { .. } | EventKind::Call(_) | EventKind::Usage(_) => Some(true),
        _ => None,
    });
    let model = events[..begin].iter().rposition(|event| matches!(event.0, EventKind::Model { .. }));
    let model = model.filter(|_| goes_on == Some(true));
    let mut place = 0;
    events.retain_mut(|event| {
        place += 1;
        match &mut event.0 {
            EventKind::About(_) | EventKind::Skipped(_) => true,
            EventKind::Span { from, .. } => {
                *from = (*from).max(fork.at.unwrap_or(*from));
                true
            }
            _ => place > begin || Some(place - 1) == model,
        }
    });
    events
}

/// Where the subagent's own events begin: with the first prompt since the session was begun, or where it is first said that it is a
/// subagent's.
fn beginning(events: &[Event], fork: &ForkFacts, is_subagent: bool) -> Option<usize> {
    let said = events.iter().position(|event| matches!(&event.0, EventKind::About(about) if about.subagent));
    if !is_subagent && said.is_none() {
        return None;
    }
    let is_later = |event: &Event| match &event.0 {
        EventKind::Prompt(prompt) => fork.at.is_some_and(|begun| prompt.at.is_some_and(|at| at >= begun)),
        _ => false,
    };
    let task = events.iter().position(is_later);
    [said, task].into_iter().flatten().min()
}
