//! What all prompts of a session say together: which of them a program typed, which are there twice, and when the session began where only
//! they have times.

use foldhash::{HashMap, HashMapExt as _};

use crate::record::session::{Prompt, PromptSource, Session, Turn};

/// Code points in which the texts of a program agree; what they are about this time comes behind. A person may paste the same few lines
/// above several requests.
const BEGINNING: usize = 600;
/// So often nobody types them.
const OFTEN: usize = 3;

/// The session, with what is known once all of it was read.
pub(super) fn settled(mut session: Session) -> Session {
    let first = session.turns.iter().position(|turn| turn.prompt.is_some());
    // Where a time is missing before it, the session began at nobody knows what time.
    let begun = first.and_then(|first| session.turns[first].prompt.as_ref()?.at);
    session.started_at = session.started_at.or(begun);
    for place in 1..session.turns.len() {
        let [before, turn] = &session.turns[place - 1..=place] else { continue };
        // Some agents write a prompt again when they begin with it.
        if before.calls.is_empty() && before.reply.is_none() && words(before).is_some() && words(before) == words(turn)
        {
            session.turns[place - 1].abandoned = true;
        }
    }
    let mut often: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, turn) in session.turns.iter().enumerate() {
        if let Some(beginning) = turn.prompt.as_ref().and_then(beginning) {
            often.entry(beginning).or_default().push(place);
        }
    }
    // What a session begins with a person wrote, also where a loop gives it to the agent again and again.
    let of_programs = often.into_values().filter(|places| places.len() >= OFTEN && places.first().copied() != first);
    for place in of_programs.flatten() {
        if let Some(prompt) = &mut session.turns[place].prompt {
            prompt.source = PromptSource::Delegated;
        }
    }
    session
}

fn words(turn: &Turn) -> Option<&str> {
    turn.prompt.as_ref().map(|prompt| prompt.text.expose())
}

/// The beginning of a prompt of several lines, by which it is known again.
fn beginning(prompt: &Prompt) -> Option<String> {
    let text = prompt.text.expose().trim();
    let is_long = || text.contains('\n') && text.chars().nth(BEGINNING).is_some();
    (prompt.source == PromptSource::Typed && is_long()).then(|| text.chars().take(BEGINNING).collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::capture::empty::empty_session;
    use crate::record::agent::Agent;
    use crate::record::text::Raw;

    fn session(texts: &[String]) -> Session {
        let typed =
            |text: &String| Prompt { at: None, text: Raw::new(text.as_str()), source: PromptSource::Typed, id: None };
        let mut session = empty_session(Path::new("a.jsonl"), Agent::known("cursor"));
        session.turns = texts.iter().map(|text| Turn { prompt: Some(typed(text)), ..Turn::default() }).collect();
        session
    }

    fn of_programs(texts: &[String]) -> Vec<usize> {
        let session = settled(session(texts));
        let is_programs =
            |turn: &Turn| turn.prompt.as_ref().is_some_and(|prompt| prompt.source == PromptSource::Delegated);
        (0..texts.len()).filter(|place| is_programs(&session.turns[*place])).collect()
    }

    #[test]
    fn what_comes_again_and_again_was_typed_by_a_program() {
        let gate = |path: &str| format!("NOT REVIEWED: {}\nFiles:\n- {path}", "have each edit looked at. ".repeat(30));
        let asked = |text: &str| text.to_owned();
        let all = [asked("add a discount"), gate("a"), gate("b"), asked("and a test"), gate("a")];
        assert_eq!(of_programs(&all), [1, 2, 4]);
        assert_eq!(of_programs(&all[..4]), [0; 0], "twice");
        let begins = [gate("a"), gate("a"), gate("a"), asked("stop")];
        assert_eq!(of_programs(&begins), [0; 0], "a loop goes on with what a person asked");
        assert_eq!(of_programs(&["x".to_owned(), asked("go on"), asked("go on"), asked("go on")]), [0; 0], "short");
    }

    #[test]
    fn a_prompt_that_was_written_twice_before_anything_was_done_counts_once() {
        let texts = ["round it", "round it", "again", "again"].map(str::to_owned);
        let mut twice = session(&texts);
        twice.turns[2].reply = Some(Raw::new("Done."));
        let abandoned: Vec<bool> = settled(twice).turns.iter().map(|turn| turn.abandoned).collect();
        assert_eq!(abandoned, [true, false, false, false]);
    }

    #[test]
    fn a_session_began_with_its_first_prompt_if_that_has_a_time() {
        let at = "2026-01-02T03:04:00Z".parse().ok();
        let began = |timed: usize| {
            let mut one = session(&["a".to_owned(), "b".to_owned()]);
            one.turns[timed].prompt.as_mut().unwrap().at = at;
            let one = settled(one);
            (one.started_at, one.ended_at)
        };
        assert_eq!(began(0), (at, None), "nobody knows when it ended");
        assert_eq!(began(1), (None, None));
    }
}
