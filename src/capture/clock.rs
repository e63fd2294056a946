//! Two clocks: the one that a transcript's times come from, and the one of this machine. A container's or a virtual
//! machine's may be hours off after a sleep.

use jiff::{SignedDuration, Timestamp};

use crate::record::session::Session;

/// Clocks may differ by so much without a word.
const SAME: SignedDuration = SignedDuration::from_secs(60);
/// A greater difference is not a clock's: the file was copied, or its time was set.
const MOST: SignedDuration = SignedDuration::from_hours(24);

/// Moves the times of a session to this machine's clock where they differ. Nothing is written after the time at which
/// its file was last `modified`, nor after `now`, which is known where the session is at work.
pub fn set_clock(session: &mut Session, modified: Option<Timestamp>, now: Option<Timestamp>) {
    let Some(latest) = modified.into_iter().chain(now).min() else { return };
    let Some(ahead) = session.ended_at.map(|end| end.duration_since(latest)) else { return };
    if ahead <= SAME || ahead > MOST {
        return;
    }
    let earlier = |at: &mut Option<Timestamp>| *at = at.map(|at| at.saturating_sub(ahead).unwrap_or(at));
    earlier(&mut session.started_at);
    earlier(&mut session.ended_at);
    for turn in &mut session.turns {
        turn.prompt.iter_mut().for_each(|prompt| earlier(&mut prompt.at));
        turn.interrupts.iter_mut().for_each(earlier);
        for call in &mut turn.calls {
            earlier(&mut call.at);
            earlier(&mut call.ended_at);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::empty::empty_session;
    use super::*;
    use crate::record::agent::Agent;
    use crate::record::session::{Prompt, PromptSource, Turn};
    use crate::record::text::Raw;

    #[test]
    fn a_clock_that_is_ahead_is_set_back() {
        let at = |text: &str| -> Timestamp { format!("2026-03-01T{text}:00Z").parse().unwrap() };
        for (name, end, modified, now, expected) in [
            ("the same clock", "10:00", Some("10:00"), Some("10:01"), "09:30"),
            ("half a minute is nothing", "10:01", Some("10:00"), None, "09:30"),
            ("five minutes ahead of the file", "10:05", Some("10:00"), Some("10:00"), "09:25"),
            ("two hours ahead", "12:00", Some("10:00"), None, "07:30"),
            ("this machine's clock is behind", "10:05", Some("10:05"), Some("10:00"), "09:25"),
            ("nothing is known of the file", "10:05", None, Some("10:00"), "09:25"),
            ("copied afterwards", "10:05", Some("23:00"), None, "09:30"),
        ] {
            let mut session = empty_session(Path::new("a.jsonl"), Agent::known("codex"));
            session.ended_at = Some(at(end));
            let prompt = Prompt { at: Some(at("09:30")), text: Raw::new("x"), source: PromptSource::Typed, id: None };
            session.turns.push(Turn { prompt: Some(prompt), ..Turn::default() });
            set_clock(&mut session, modified.map(at), now.map(at));
            assert_eq!(session.turns[0].prompt.as_ref().unwrap().at, Some(at(expected)), "{name}");
        }
        let mut session = empty_session(Path::new("a.jsonl"), Agent::known("codex"));
        session.ended_at = Some(at("10:00"));
        set_clock(&mut session, Some("2026-01-01T10:00:00Z".parse().unwrap()), None);
        assert_eq!(session.ended_at, Some(at("10:00")), "a time that was set on the file");
    }
}
