//! Sessions that belong together become one: the files of a resumed session, and those of its subagents. A resume
//! copies history, so the same prompt, call or message counts once.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::empty::push_new;
use super::readers::READERS;
use crate::record::session::{Action, PromptSource, Session, ToolCall, Turn};

/// Whether a whole session is a subagent's: nobody but its parent spoke to it.
pub fn is_subagent(session: &Session) -> bool {
    let delegated = |turn: &Turn| turn.prompt.as_ref().is_none_or(|prompt| prompt.source == PromptSource::Delegated);
    let calls = session.turns.iter().flat_map(|turn| &turn.calls);
    session.turns.iter().any(|turn| turn.prompt.is_some())
        && session.turns.iter().all(delegated)
        && calls.into_iter().all(|call| call.subagent)
}

/// Joins what belongs together, whatever the order of `sessions`. A subagent without its parent stays alone.
pub fn merge(mut sessions: Vec<Session>) -> Vec<Session> {
    // In one transcript everything counts once already.
    if sessions.len() < 2 {
        return sessions;
    }
    // Who made a session tells it best.
    let is_retold = |session: &Session| READERS.iter().any(|reader| reader.retells(&session.path));
    let (retold, own): (Vec<Session>, Vec<Session>) = sessions.into_iter().partition(is_retold);
    let is_known = |id: &String| own.iter().any(|one| one.id == *id || one.other_ids.contains(id));
    let unknown: Vec<Session> = retold.into_iter().filter(|one| !is_known(&one.id)).collect();
    sessions = own;
    sessions.extend(unknown);
    // Of the copies of one history the oldest file keeps it; the paths decide between equals.
    sessions.sort_by(|a, b| {
        (is_subagent(a), a.started_at, a.ended_at, &a.path).cmp(&(is_subagent(b), b.started_at, b.ended_at, &b.path))
    });
    let mut merged: Vec<Session> = Vec::new();
    let mut by_id: HashMap<(String, String), usize> = HashMap::new();
    for session in sessions {
        let key = |id: &String| (session.agent.to_string(), id.clone());
        let ids =
            std::iter::once(&session.id).chain(if is_subagent(&session) { session.other_ids.as_slice() } else { &[] });
        match ids.map(key).find_map(|key| by_id.get(&key).copied()) {
            Some(place) if is_subagent(&session) => join_subagent(&mut merged[place], session),
            Some(place) => join_copy(&mut merged[place], session),
            None => {
                by_id.insert(key(&session.id), merged.len());
                merged.push(session);
            }
        }
    }
    drop_copies(&mut merged);
    merged
}

fn join_facts(into: &mut Session, from: &mut Session) {
    for version in from.agent_versions.drain(..) {
        push_new(&mut into.agent_versions, version);
    }
    for model in from.models.drain(..) {
        push_new(&mut into.models, model);
    }
    for cwd in from.cwds.drain(..) {
        push_new(&mut into.cwds, cwd);
    }
    for id in from.other_ids.drain(..) {
        push_new(&mut into.other_ids, id);
    }
    into.started_at = [into.started_at, from.started_at].into_iter().flatten().min();
    into.ended_at = into.ended_at.max(from.ended_at);
    into.skipped.append(&mut from.skipped);
}

/// The calls of a subagent go to the turn of the parent in which they were made.
fn join_subagent(into: &mut Session, mut from: Session) {
    if from.id != into.id {
        // Some agents name the subagent, where others name its parent, to the commands that it runs.
        push_new(&mut into.other_ids, from.id.clone());
    }
    join_facts(into, &mut from);
    let mut known: HashMap<String, (usize, usize)> = HashMap::new();
    for (turn, calls) in into.turns.iter().enumerate() {
        known.extend(calls.calls.iter().enumerate().map(|(index, call)| (call.id.clone(), (turn, index))));
    }
    if into.turns.is_empty() {
        into.turns.push(Turn::default());
    }
    let is_known = |call: &ToolCall| known.contains_key(&call.id);
    drop_history(&mut from.turns, is_known);
    for mut turn in from.turns {
        let at = turn.calls.first().and_then(|call| call.at).or(turn.prompt.and_then(|prompt| prompt.at));
        let begun =
            |turn: &Turn| turn.prompt.as_ref().and_then(|prompt| prompt.at).is_some_and(|begun| Some(begun) <= at);
        let place = into.turns.iter().rposition(begun).unwrap_or(0);
        turn.calls.retain(|call| call.id.is_empty() || !known.contains_key(&call.id));
        for call in &mut turn.calls {
            call.subagent = true;
        }
        interleave(&mut into.turns[place].calls, turn.calls);
        into.turns[place].tokens.add(turn.tokens);
        into.tokens.add(turn.tokens);
    }
}

/// Puts the calls of a subagent among those of its parent by their times; both stay in their own order.
fn interleave(calls: &mut Vec<ToolCall>, others: Vec<ToolCall>) {
    let mut others = others.into_iter().peekable();
    let mut all = Vec::with_capacity(calls.len() + others.len());
    for call in calls.drain(..) {
        let is_earlier = |other: &ToolCall| other.at.zip(call.at).is_some_and(|(other, own)| other < own);
        while let Some(other) = others.next_if(is_earlier) {
            all.push(other);
        }
        all.push(call);
    }
    all.extend(others);
    *calls = all;
}

/// Adds the turns of another file of the same session. A turn that both have keeps the longer one's calls.
fn join_copy(into: &mut Session, mut from: Session) {
    join_facts(into, &mut from);
    for turn in from.turns {
        let id = turn.prompt.as_ref().and_then(|prompt| prompt.id.clone());
        let same = |known: &Turn| match (&id, known.prompt.as_ref().and_then(|prompt| prompt.id.as_ref())) {
            (Some(id), Some(known)) => id == known,
            _ => shares_a_call(known, &turn),
        };
        match into.turns.iter().position(same) {
            Some(place) => {
                let known = &mut into.turns[place];
                let ids: HashSet<String> = known.calls.iter().map(|call| call.id.clone()).collect();
                let news = turn.calls.into_iter().filter(|call| call.id.is_empty() || !ids.contains(&call.id));
                let before = known.calls.len();
                known.calls.extend(news);
                if known.calls.len() > before || turn.tokens.output > known.tokens.output {
                    known.tokens = turn.tokens;
                    known.reply = turn.reply.or(known.reply.take());
                }
            }
            None => into.turns.push(turn),
        }
    }
    into.tokens = total(into);
}

fn shares_a_call(a: &Turn, b: &Turn) -> bool {
    b.calls.iter().any(|call| !call.id.is_empty() && a.calls.iter().any(|known| known.id == call.id))
}

fn total(session: &Session) -> crate::record::session::Tokens {
    let mut total = crate::record::session::Tokens::default();
    session.turns.iter().for_each(|turn| total.add(turn.tokens));
    total
}

/// Takes out the turns that a fork copied from a session whose calls are known, where prompts have no id of their own.
/// The copies are the beginning, and bear the time of the fork.
fn drop_history(turns: &mut Vec<Turn>, is_known: impl Fn(&ToolCall) -> bool) {
    let is_named = |turn: &Turn| turn.prompt.as_ref().is_some_and(|prompt| prompt.id.is_some());
    let has_own = |turn: &Turn| turn.calls.iter().any(|call| call.id.is_empty() || !is_known(call));
    let is_copy = |turn: &Turn| !turn.calls.is_empty() && !has_own(turn);
    if let Some(last) = turns.iter().rposition(is_copy) {
        let mut place = 0;
        turns.retain(|turn| {
            place += 1;
            place > last + 1 || is_named(turn) || has_own(turn)
        });
    }
}

/// Takes out of a session what it copied from another one, whose messages are `copied`, by their ids. What it did itself in such a
/// turn stays, without the words of the turn.
pub fn without_copies(session: &mut Session, copied: impl Fn(&str) -> bool) {
    let is_call = |call: &ToolCall| !call.id.is_empty() && copied(&call.id);
    let is_prompt = |turn: &Turn| turn.prompt.as_ref().and_then(|prompt| prompt.id.as_deref()).is_some_and(&copied);
    let is_copy = |turn: &Turn| is_prompt(turn) || turn.calls.iter().any(is_call);
    let Some(last) = session.turns.iter().rposition(is_copy) else { return };
    let turns = std::mem::take(&mut session.turns);
    for (place, mut turn) in turns.into_iter().enumerate() {
        let is_named = turn.prompt.as_ref().is_some_and(|prompt| prompt.id.is_some());
        // Where prompts have no id, what stands before a copied call was copied with it.
        let words = is_prompt(&turn) || !is_named && place <= last;
        turn.calls.retain(|call| !is_call(call));
        if !words {
            session.turns.push(turn);
        } else if !turn.calls.is_empty() {
            session.turns.push(Turn {
                calls: turn.calls,
                abandoned: turn.abandoned,
                away: turn.away,
                ..Turn::default()
            });
        }
    }
    session.tokens = total(session);
}

/// A resume under a new id copies the history of the old session: the copied turns are taken out of the newer one.
fn drop_copies(sessions: &mut [Session]) {
    let mut prompts: HashSet<(String, String)> = HashSet::new();
    let mut calls: HashSet<(String, String, u64)> = HashSet::new();
    let key = |agent: &String, call: &ToolCall| (agent.clone(), call.id.clone(), deed(call));
    for session in sessions {
        let agent = session.agent.to_string();
        let before = session.turns.len();
        drop_history(&mut session.turns, |call| calls.contains(&key(&agent, call)));
        session.turns.retain_mut(|turn| {
            let copied = turn.prompt.as_ref().and_then(|prompt| prompt.id.clone());
            let copied = copied.is_some_and(|id| !prompts.insert((agent.clone(), id)));
            let had_calls = !turn.calls.is_empty();
            turn.calls.retain(|call| call.id.is_empty() || calls.insert(key(&agent, call)));
            !(copied && turn.calls.is_empty() || had_calls && turn.calls.is_empty() && turn.prompt.is_none())
        });
        if session.turns.len() < before {
            session.tokens = total(session);
        }
    }
}

/// Stands for what a call did. Some models number their calls from the start in each session (`functions.bash:0`), so that an id alone says
/// nothing of another session.
fn deed(call: &ToolCall) -> u64 {
    let mut hasher = DefaultHasher::new();
    call.tool.hash(&mut hasher);
    match &call.action {
        Action::Shell { command, .. } => command.expose().hash(&mut hasher),
        Action::Edit(edits) => edits.iter().for_each(|edit| edit.path.hash(&mut hasher)),
        _ => {}
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::assemble::assemble;
    use super::super::{READERS, lines::read_lines};
    use super::*;

    /// A session of Codex out of lines of `kind payload`, one a second from `minute` on.
    fn session(id: &str, minute: u32, lines: &[(&str, String)]) -> Session {
        let line = |(second, (kind, payload)): (usize, &(&str, String))| {
            format!(
                r#"{{"timestamp":"2026-03-01T10:{minute:02}:{second:02}Z","type":"{kind}","payload":{{{payload}}}}}"#
            )
        };
        let text: Vec<String> = lines.iter().enumerate().map(line).collect();
        let path = format!("{id}.jsonl");
        assemble(Path::new(&path), &READERS[1].agent(), read_lines(READERS[1], text.join("\n").as_bytes(), 1))
    }

    fn prompt(text: &str) -> (&'static str, String) {
        ("event_msg", format!(r#""type":"user_message","message":"{text}""#))
    }

    fn call(id: &str, total: u64) -> [(&'static str, String); 2] {
        let call = format!(r#""type":"function_call","name":"exec_command","call_id":"{id}","arguments":"{{}}""#);
        let count = format!(r#""type":"token_count","info":{{"total_token_usage":{{"output_tokens":{total}}}}}"#);
        [("response_item", call), ("event_msg", count)]
    }

    fn meta(id: &str, source: &str) -> (&'static str, String) {
        ("session_meta", format!(r#""id":"{id}","source":{source}"#))
    }

    /// Of each turn the prompt, the number of calls and the tokens written.
    fn shown(session: &Session) -> Vec<(&str, usize, u64)> {
        let turns = session.turns.iter();
        let shown = turns.map(|turn| {
            let words = turn.prompt.as_ref().map_or("", |prompt| prompt.text.expose());
            (words, turn.calls.len(), turn.tokens.output)
        });
        shown.collect()
    }

    fn parent() -> Session {
        let mut lines = vec![meta("parent", r#""cli""#), prompt("add a discount")];
        lines.extend(call("1", 100));
        lines.extend([prompt("why?"), prompt("now round it")]);
        lines.extend(call("2", 150));
        session("parent", 0, &lines)
    }

    fn fork(source: &str) -> Session {
        let mut lines = vec![meta("fork", source), meta("parent", r#""cli""#), prompt("add a discount")];
        lines.extend(call("1", 100));
        lines.extend([prompt("why?"), prompt("now round it")]);
        lines.extend(call("2", 150));
        lines.push(prompt("and test it"));
        lines.extend(call("3", 170));
        session("fork", 30, &lines)
    }

    #[test]
    fn a_fork_keeps_only_what_came_after_it() {
        let merged = merge(vec![fork(r#""cli""#), parent()]);
        let [parent, fork] = &merged[..] else { panic!("{} sessions", merged.len()) };
        assert_eq!(shown(parent), [("add a discount", 1, 100), ("why?", 0, 0), ("now round it", 1, 50)]);
        assert_eq!(shown(fork), [("and test it", 1, 20)]);
        assert_eq!(fork.tokens.output, 20);
    }

    #[test]
    fn calls_of_two_sessions_that_are_numbered_alike_are_no_copies() {
        let of = |id: &str, minute, command: &str| {
            let arguments = format!(r#"{{\"cmd\":\"{command}\"}}"#);
            let call =
                format!(r#""type":"function_call","name":"exec_command","call_id":"exec:0","arguments":"{arguments}""#);
            session(id, minute, &[meta(id, r#""cli""#), prompt(command), ("response_item", call)])
        };
        let merged = merge(vec![of("one", 0, "ls"), of("two", 30, "make")]);
        let calls: Vec<usize> = merged.iter().flat_map(|one| &one.turns).map(|turn| turn.calls.len()).collect();
        assert_eq!(calls, [1, 1]);
    }

    #[test]
    fn what_was_copied_is_taken_out_whatever_the_order() {
        let ids = |session: &Session| -> HashSet<String> {
            session.turns.iter().flat_map(|turn| &turn.calls).map(|call| call.id.clone()).collect()
        };
        let copied = ids(&parent());
        for order in [vec![fork(r#""cli""#), parent()], vec![parent(), fork(r#""cli""#)], vec![fork(r#""cli""#)]] {
            let mut merged = merge(order);
            let fork = merged.iter_mut().find(|session| session.id == "fork").unwrap();
            without_copies(fork, |id| copied.contains(id));
            assert_eq!(shown(fork), [("and test it", 1, 20)]);
        }
        // A turn that went on in the fork keeps what the fork did.
        let mut lines = vec![meta("fork", r#""cli""#), prompt("add a discount")];
        lines.extend(call("1", 100));
        lines.extend(call("9", 120));
        let mut fork = session("fork", 30, &lines);
        without_copies(&mut fork, |id| copied.contains(id));
        assert_eq!(shown(&fork), [("", 1, 0)]);
    }

    #[test]
    fn the_calls_of_a_subagent_stand_among_those_of_its_parent_by_their_time() {
        let mut lines = vec![meta("parent", r#""cli""#), prompt("add a discount")];
        lines.extend(call("spawn", 100));
        let mut parent = session("parent", 0, &lines);
        let mut late = parent.turns[0].calls[0].clone();
        (late.id, late.at) = ("check".to_owned(), "2026-03-01T10:40:00Z".parse().ok());
        parent.turns[0].calls.push(late);
        let source = r#"{"subagent":{"thread_spawn":{"parent_thread_id":"parent"}}}"#;
        let mut lines = vec![meta("child", source), meta("parent", r#""cli""#), prompt("do it")];
        lines.extend(call("edit", 10));
        let merged = merge(vec![session("child", 30, &lines), parent]);
        let ids: Vec<&str> = merged[0].turns[0].calls.iter().map(|call| call.id.as_str()).collect();
        assert_eq!(ids, ["spawn", "edit", "check"]);
    }

    #[test]
    fn the_history_that_a_subagent_was_given_is_not_counted_twice() {
        let subagent = fork(r#"{"subagent":{"thread_spawn":{"parent_thread_id":"parent"}}}"#);
        let merged = merge(vec![subagent, parent()]);
        let [parent] = &merged[..] else { panic!("{} sessions", merged.len()) };
        assert_eq!(shown(parent), [("add a discount", 1, 100), ("why?", 0, 0), ("now round it", 2, 70)]);
        assert_eq!(parent.tokens.output, 170);
        assert!(parent.other_ids.contains(&"fork".to_owned()));
    }

    #[test]
    fn what_another_program_tells_again_counts_where_the_session_itself_is_not_there() {
        let own = session("a", 1, &[meta("a", r#""cli""#), prompt("own words")]);
        let retold = |id: &str| Session {
            path: format!(".specstory/history/2026-03-01_10-01-00Z-{id}.md").into(),
            ..session(id, 2, &[meta(id, r#""cli""#), prompt("told again")])
        };
        let merged = merge(vec![retold("a"), own, retold("b")]);
        let words: Vec<(&str, usize, u64)> = merged.iter().flat_map(shown).collect();
        assert_eq!(words, [("own words", 0, 0), ("told again", 0, 0)]);
    }
}
