//! What an agent's own account of its work says about its calls: which of them ran and how they ended, what they changed,
//! which lines were copied from another session, which prompts are told twice. Afterwards nothing in the events needs
//! another line to be understood.

use std::collections::{HashMap, HashSet};

use super::event::{ActionEvent, CallEnd, CallEvent, EditEvent, Event, EventKind, RanEvent, ResultEvent, Standing};
use super::patch_sections::{is_same_file, with_earlier_sections};
use crate::record::session::FailureKind;

/// The events of a whole transcript, as its account corrects them.
pub(super) fn settle(events: Vec<Event>) -> Vec<Event> {
    let events = own_prompts(without_history(events));
    let has_account =
        |event: &Event| matches!(event.0, EventKind::Ran(_) | EventKind::Edits { .. } | EventKind::Ordinal(_));
    let is_aborted = |event: &Event| matches!(&event.0, EventKind::Result(result) if result.end == CallEnd::Aborted);
    match events.iter().any(|event| has_account(event) || is_aborted(event)) {
        true => with_account(events),
        false => events,
    }
}

/// Without what this session was given of another one when it began. Skips and times are those of the file.
fn without_history(mut events: Vec<Event>) -> Vec<Event> {
    // To move every event takes longer than to look at each.
    if !events.iter().any(|event| matches!(event.0, EventKind::History { .. })) {
        return events;
    }
    let mut copied_until = None;
    events.retain(|event| match event.0 {
        EventKind::History { until } => {
            copied_until = Some(until);
            false
        }
        EventKind::Ordinal(ordinal) => {
            copied_until = copied_until.filter(|until| ordinal < *until);
            true
        }
        EventKind::Span { .. } | EventKind::Skipped(_) => true,
        _ => copied_until.is_none(),
    });
    events
}

/// Each prompt once, by the best record of it.
fn own_prompts(mut events: Vec<Event>) -> Vec<Event> {
    let is = |event: &Event, wanted| matches!(&event.0, EventKind::Prompt(prompt) if prompt.standing == wanted);
    let has = |wanted| events.iter().any(|event| is(event, wanted));
    let (has_sure, has_stated) = (has(Standing::Sure), has(Standing::Stated));
    if !has_sure && !has_stated {
        return events;
    }
    let mut told_twice = if has_sure && has_stated { stated_twice(&events) } else { HashSet::new() };
    if told_twice.is_empty() && !has(Standing::Doubtful) {
        return events;
    }
    let mut place = 0;
    events.retain(|event| {
        place += 1;
        !is(event, Standing::Doubtful) && !told_twice.remove(&(place - 1))
    });
    events
}

/// The places of the stated prompts of which a sure record tells between the same two steps of the agent.
fn stated_twice(events: &[Event]) -> HashSet<usize> {
    let mut found = HashSet::new();
    let is_step =
        |event: &Event| matches!(event.0, EventKind::Reply { .. } | EventKind::Call(_) | EventKind::Result(_));
    let mut from = 0;
    for between in events.split(is_step) {
        let prompts = || {
            between.iter().enumerate().filter_map(|(place, event)| match &event.0 {
                EventKind::Prompt(prompt) => Some((from + place, prompt)),
                _ => None,
            })
        };
        let mut sure: Vec<&str> = prompts()
            .filter(|(_, prompt)| prompt.standing == Standing::Sure)
            .map(|(_, prompt)| &*prompt.text)
            .collect();
        for (place, prompt) in prompts().filter(|(_, prompt)| prompt.standing == Standing::Stated) {
            if let Some(same) = sure.iter().position(|sure| sure.contains(prompt.text.as_str())) {
                sure.remove(same);
                found.insert(place);
            }
        }
        from += between.len() + 1;
    }
    found
}

/// What the account says about one call.
#[derive(Default)]
struct Account {
    /// How its commands ended; one that failed counts before one that did not.
    ran: Option<(CallEnd, Option<i32>)>,
    /// What its patches changed.
    changed: Vec<EditEvent>,
}

/// Which lines say what about which. All by their places.
#[derive(Default)]
struct AccountPlan {
    /// By call.
    accounts: HashMap<usize, Account>,
    /// For each result the call that it ends: of a wait, the call that is waited for.
    ended: HashMap<usize, usize>,
    /// Results of calls that the agent asked for before, so that a stop may be a refusal.
    asked: HashSet<usize>,
    /// Lines of the account that a call has taken over.
    used: HashSet<usize>,
}

impl AccountPlan {
    fn of(events: &[Event]) -> Self {
        let mut plan = Self::default();
        let mut calls = Calls::default();
        let tells = events.iter().any(|event| matches!(event.0, EventKind::Ordinal(_)));
        for (place, Event(kind)) in events.iter().enumerate() {
            match kind {
                EventKind::Call(call) => calls.begun(place, call),
                EventKind::Result(result) => {
                    let Some(&own) = calls.own.get(result.call.as_str()) else { continue };
                    plan.ended.insert(place, calls.ended(own, result));
                    let asks = matches!(&events[own].0, EventKind::Call(call) if call.asks);
                    plan.asked.extend((tells && asks).then_some(place));
                }
                EventKind::Ran(ran) => {
                    plan.used.insert(place);
                    let Some(call) = calls.that_ran(ran) else { continue };
                    let known = &mut plan.accounts.entry(call).or_default().ran;
                    if known.as_ref().is_none_or(|(end, _)| matches!(end, CallEnd::Succeeded)) {
                        *known = Some((ran.end.clone(), ran.exit_code));
                    }
                }
                EventKind::Edits { call, edits, made: true, .. } if !calls.own.contains_key(call.as_str()) => {
                    if let Some(call) = calls.that_changed(edits) {
                        plan.used.insert(place);
                        plan.accounts.entry(call).or_default().changed.extend(edits.iter().cloned());
                    }
                }
                EventKind::Edits { call, made: true, .. } => {
                    let own = calls.own[call.as_str()];
                    plan.accounts.entry(own).or_default().ran.get_or_insert((CallEnd::Succeeded, None));
                }
                _ => {}
            }
        }
        plan
    }
}

/// The calls up to a line.
#[derive(Default)]
struct Calls<'a> {
    own: HashMap<&'a str, usize>,
    /// In the order of the file, without those that say how their commands ended.
    scripts: Vec<ScriptCall<'a>>,
    /// What runs in the background, with the call that began it.
    processes: HashMap<&'a str, usize>,
    /// Of a call that waits for another one.
    origins: HashMap<usize, usize>,
}

/// A call that runs commands, or patches files, which the account names by other ids.
struct ScriptCall<'a> {
    place: usize,
    call: &'a CallEvent,
    has_ended: bool,
}

impl<'a> Calls<'a> {
    fn begun(&mut self, place: usize, call: &'a CallEvent) {
        self.own.entry(call.id.as_str()).or_insert(place);
        if let Some(origin) = call.process.as_deref().and_then(|process| self.processes.get(process)) {
            self.origins.insert(place, *origin);
        }
        if !call.runs.is_empty() || matches!(call.action, ActionEvent::Edit(_)) {
            self.scripts.push(ScriptCall { place, call, has_ended: false });
        }
    }

    /// Returns the call that a result is about.
    fn ended(&mut self, own: usize, result: &'a ResultEvent) -> usize {
        let origin = self.origins.get(&own).copied().unwrap_or(own);
        match &result.process {
            Some(process) => drop(self.processes.insert(process, origin)),
            None => {
                let ended = self.scripts.iter_mut().filter(|script| script.place == origin);
                ended.for_each(|script| script.has_ended = true);
            }
        }
        origin
    }

    /// The call that ran a command: by its id, or the last one that speaks of such a command, or that is at work.
    fn that_ran(&self, ran: &RanEvent) -> Option<usize> {
        let by_id = self.own.get(ran.id.as_str()).copied();
        let scripts = || self.scripts.iter().rev().filter(|script| !script.call.runs.is_empty());
        let speaks = |script: &&ScriptCall<'_>| script.call.runs.contains(&ran.command);
        let found = scripts()
            .find(|script| !script.has_ended && speaks(script))
            .or_else(|| scripts().find(speaks))
            .or_else(|| scripts().next().filter(|script| !script.has_ended));
        by_id.or_else(|| found.map(|script| script.place))
    }

    /// The call at work that patches one of these files.
    fn that_changed(&self, edits: &[EditEvent]) -> Option<usize> {
        let patches = |script: &&ScriptCall<'_>| match &script.call.action {
            ActionEvent::Edit(known) => known.iter().any(|known| edits.iter().any(|edit| is_same_file(edit, known))),
            _ => false,
        };
        self.scripts.iter().rev().filter(|script| !script.has_ended).find(patches).map(|script| script.place)
    }
}

fn with_account(events: Vec<Event>) -> Vec<Event> {
    let AccountPlan { mut accounts, ended, asked, used } = AccountPlan::of(&events);
    let mut settled: Vec<Event> = Vec::with_capacity(events.len());
    // Of calls of which only a part is known to be done: where they are, and how many edits that part has.
    let mut parts: HashMap<String, (usize, usize)> = HashMap::new();
    // Where calls that patch files are.
    let mut patches: HashMap<String, usize> = HashMap::new();
    for (place, Event(mut kind)) in events.into_iter().enumerate() {
        if used.contains(&place) {
            continue;
        }
        match &mut kind {
            EventKind::Call(call) => {
                let changed = accounts.get_mut(&place).map(|account| std::mem::take(&mut account.changed));
                if let (ActionEvent::Edit(edits), Some(changed)) = (&mut call.action, changed)
                    && !changed.is_empty()
                {
                    let changed = with_earlier_sections(edits, changed);
                    parts.insert(call.id.clone(), (settled.len(), changed.len()));
                    edits.retain(|known| !changed.iter().any(|edit| is_same_file(edit, known)));
                    edits.splice(..0, changed);
                }
                if matches!(call.action, ActionEvent::Edit(_)) {
                    patches.insert(call.id.clone(), settled.len());
                }
            }
            EventKind::Edits { call, edits, .. } => {
                let known = patches.get(call.as_str()).and_then(|place| settled.get(*place));
                if let Some(Event(EventKind::Call(known))) = known
                    && let ActionEvent::Edit(known) = &known.action
                {
                    *edits = with_earlier_sections(known, std::mem::take(edits));
                }
            }
            EventKind::Result(result) => {
                let account = ended.get(&place).and_then(|call| accounts.get(call));
                end_by(result, account.and_then(|account| account.ran.as_ref()), asked.contains(&place));
                if let Some((call, done)) = parts.remove(&result.call)
                    && !matches!(result.end, CallEnd::Succeeded)
                {
                    let rest = not_done(&mut settled[call], done, result);
                    settled.extend(rest);
                }
            }
            _ => {}
        }
        settled.push(Event(kind));
    }
    settled
}

/// How a call ended, by what is known of its commands.
fn end_by(result: &mut ResultEvent, ran: Option<&(CallEnd, Option<i32>)>, asked: bool) {
    match (&result.end, ran) {
        (_, Some((CallEnd::Rejected { .. }, _))) => result.end = CallEnd::Rejected { reason: None },
        // It went on in the background.
        (CallEnd::Succeeded, _) if result.process.is_some() => {}
        (CallEnd::Succeeded, Some((CallEnd::Failed, code))) => {
            result.end = CallEnd::Failed;
            result.exit_code = *code;
            // What is killed says nothing about what it checked.
            result.failure = code.is_none().then_some(FailureKind::Command);
        }
        (CallEnd::Succeeded, Some((CallEnd::Succeeded, code))) => result.exit_code = result.exit_code.or(*code),
        // What a person stops at the question never ran.
        (CallEnd::Aborted, None) if asked => result.end = CallEnd::Rejected { reason: None },
        (CallEnd::Aborted, _) => result.end = CallEnd::Interrupted,
        _ => {}
    }
}

/// Takes what was not done out of a call that was done in part, and gives it a call of its own, which ends as the whole did.
fn not_done(call: &mut Event, done: usize, result: &mut ResultEvent) -> Vec<Event> {
    let whole = std::mem::replace(&mut result.end, CallEnd::Succeeded);
    let EventKind::Call(call) = &mut call.0 else { return Vec::new() };
    let mut rest = call.clone();
    let ActionEvent::Edit(edits) = &mut rest.action else { return Vec::new() };
    edits.drain(..done);
    if edits.is_empty() {
        return Vec::new();
    }
    if let ActionEvent::Edit(edits) = &mut call.action {
        edits.truncate(done);
    }
    rest.id.push_str(" rest");
    let ended = ResultEvent { call: rest.id.clone(), end: whole, ..result.clone() };
    vec![Event(EventKind::Call(rest)), Event(EventKind::Result(Box::new(ended)))]
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Value, json};

    use super::super::assemble::assemble;
    use super::super::{READERS, lines::read_lines};
    use crate::record::session::{Action, Change, Edit, Outcome, Session};

    fn session(lines: &[(&str, Value)]) -> Session {
        let line = |(ordinal, (kind, payload)): (usize, &(&str, Value))| {
            json!({"timestamp": "2026-11-02T10:00:00Z", "ordinal": ordinal, "type": kind, "payload": payload})
                .to_string()
        };
        let text: Vec<String> = lines.iter().enumerate().map(line).collect();
        let reader = READERS[1];
        assemble(Path::new("a.jsonl"), &reader.agent(), read_lines(reader, text.join("\n").as_bytes(), 1))
    }

    fn script(id: &str, source: &str) -> (&'static str, Value) {
        ("response_item", json!({"type": "custom_tool_call", "name": "exec", "call_id": id, "input": source}))
    }

    fn printed(id: &str, text: &str) -> (&'static str, Value) {
        ("response_item", json!({"type": "custom_tool_call_output", "call_id": id, "output": text}))
    }

    fn ran(id: &str, command: &str, code: i32) -> (&'static str, Value) {
        let item =
            json!({"type": "CommandExecution", "id": id, "command": ["bash", "-lc", command], "exit_code": code});
        ("event_msg", json!({"type": "item_completed", "item": item}))
    }

    fn outcomes(lines: &[(&str, Value)]) -> Vec<String> {
        let session = session(lines);
        let shown = |outcome: &Outcome| match outcome {
            Outcome::Failed { exit_code, .. } => format!("failed {exit_code:?}"),
            Outcome::Succeeded { .. } => "succeeded".to_owned(),
            Outcome::Running { .. } => "running".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        };
        session.turns.iter().flat_map(|turn| &turn.calls).map(|call| shown(&call.outcome)).collect()
    }

    const TEST: &str = "text((await tools.exec_command({cmd: 'npm test'})).output)";
    const ASKS: &str = "await tools.exec_command({cmd: 'npm test', sandbox_permissions: 'require_escalated'})";
    const DONE: &str = "Script completed\nWall time 0.1 seconds\nOutput:\nfine\n";

    #[test]
    fn a_script_ends_as_its_commands_do() {
        let both = "await tools.exec_command({cmd: 'npm test'}); await tools.exec_command({cmd: 'ls'})";
        let waits = (
            "response_item",
            json!({"type": "function_call", "name": "wait", "call_id": "2", "arguments": "{\"cell_id\":\"7\"}"}),
        );
        for (name, lines, expected) in [
            ("none is told of", vec![script("1", TEST), printed("1", DONE)], vec!["succeeded"]),
            ("it succeeds", vec![script("1", TEST), ran("e", "npm test", 0), printed("1", DONE)], vec!["succeeded"]),
            ("it fails", vec![script("1", TEST), ran("e", "npm test", 1), printed("1", DONE)], vec!["failed Some(1)"]),
            (
                "it is killed",
                vec![script("1", TEST), ran("e", "npm test", -1), printed("1", DONE)],
                vec!["failed None"],
            ),
            (
                "the first of two fails",
                vec![script("1", both), ran("e", "npm test", 3), ran("f", "ls", 0), printed("1", DONE)],
                vec!["failed Some(3)"],
            ),
            (
                "a command that was put together",
                vec![script("1", TEST), ran("e", "npm test -- one", 1), printed("1", DONE)],
                vec!["failed Some(1)"],
            ),
            (
                "the same command twice",
                vec![
                    script("1", TEST),
                    ran("e", "npm test", 1),
                    printed("1", DONE),
                    script("2", TEST),
                    ran("f", "npm test", 0),
                    printed("2", DONE),
                ],
                vec!["failed Some(1)", "succeeded"],
            ),
            (
                "one that is waited for",
                vec![
                    script("1", TEST),
                    printed("1", "Script running with cell ID 7\nWall time 10 seconds\nOutput:\n"),
                    waits,
                    ran("e", "npm test", 1),
                    printed("2", DONE),
                ],
                vec!["running", "failed Some(1)"],
            ),
            (
                "a call of its own",
                vec![script("1", TEST), ran("1", "npm test", 1), printed("1", DONE)],
                vec!["failed Some(1)"],
            ),
        ] {
            assert_eq!(outcomes(&lines), expected, "{name}");
        }
    }

    #[test]
    fn a_stop_at_the_question_is_a_refusal_and_one_while_it_ran_is_none() {
        let patch = "await tools.apply_patch(`*** Begin Patch\n*** Add File: a.py\n+1\n*** End Patch`)";
        let changed = json!({"type": "FileChange", "id": "e", "changes": {"/r/a.py": {"type": "add", "content": "1\n"}}, "status": "completed"});
        let changed = ("event_msg", json!({"type": "item_completed", "item": changed}));
        let (stop, classic) = ("aborted by user after 4.7s", "Wall time: 8.8 seconds\naborted by user");
        let (refused, stopped) = ("rejected { reason: none }", "interrupted");
        for (name, lines, expected) in [
            ("a patch", vec![script("1", patch), printed("1", stop)], refused),
            ("a command that asks", vec![script("1", ASKS), printed("1", stop)], refused),
            ("a command that does not ask", vec![script("1", TEST), printed("1", stop)], stopped),
            ("it ran", vec![script("1", ASKS), ran("e", "npm test", -1), printed("1", stop)], stopped),
            ("it ran on", vec![script("1", ASKS), printed("1", stop), ran("e", "npm test", 0)], stopped),
            (
                "it ran on while another was refused",
                vec![
                    script("1", ASKS),
                    printed("1", stop),
                    script("2", &ASKS.replace("npm test", "ls")),
                    printed("2", stop),
                    ran("e", "ls", 0),
                ],
                "rejected { reason: none }, interrupted",
            ),
            ("the patch was made", vec![script("1", patch), changed, printed("1", stop)], "succeeded"),
            ("another form of the words", vec![script("1", patch), printed("1", classic)], refused),
        ] {
            assert_eq!(outcomes(&lines).join(", "), expected, "{name}");
        }
    }

    #[test]
    fn of_a_script_that_broke_off_what_was_patched_before_counts_and_the_rest_failed() {
        let one = |file: &str| {
            format!(
                "await tools.apply_patch(`*** Begin Patch\n*** Update File: {file}\n@@\n-old\n+kept\n+new\n*** End Patch`)\n"
            )
        };
        let change = json!({"/r/a.py": {"type": "update", "unified_diff": "@@ -1,2 +1,2 @@\n kept\n-old\n+new\n"}});
        let item = json!({"type": "FileChange", "id": "e", "changes": change, "status": "completed"});
        let session = session(&[
            script("1", &(one("a.py") + &one("b.py"))),
            ("event_msg", json!({"type": "item_completed", "item": item})),
            printed(
                "1",
                "Script failed\nWall time 0.1 seconds\nOutput:\n{}\nScript error:\nFailed to find expected lines",
            ),
        ]);
        let shown = session.turns[0].calls.iter().map(|call| {
            let Action::Edit(edits) = &call.action else { panic!("an edit") };
            let paths: Vec<&str> = edits.iter().map(|edit| edit.path.as_str()).collect();
            (paths.join(" "), matches!(call.outcome, Outcome::Succeeded { .. }))
        });
        assert_eq!(shown.collect::<Vec<_>>(), [("/r/a.py".to_owned(), true), ("b.py".to_owned(), false)]);
    }

    #[test]
    fn a_patch_that_speaks_of_a_file_twice_has_made_both_changes() {
        let patch =
            "*** Begin Patch\n*** Update File: a.py\n@@\n-one\n+1\n*** Update File: a.py\n@@\n-two\n+2\n*** End Patch";
        let change = json!({"/r/a.py": {"type": "update", "unified_diff": "@@ -2 +2 @@\n-two\n+2\n"}});
        let changed = |id: &str| json!({"type": "patch_apply_end", "call_id": id, "success": true, "changes": change});
        let plain = json!({"type": "custom_tool_call", "name": "apply_patch", "call_id": "1", "input": patch});
        for (name, call, id) in [
            ("of a script", script("1", &format!("await tools.apply_patch(`{patch}`)")), "exec-1"),
            ("of a call", ("response_item", plain), "1"),
        ] {
            let session = session(&[call, ("event_msg", changed(id)), printed("1", "{}")]);
            let calls = &session.turns[0].calls;
            let Action::Edit(edits) = &calls[0].action else { panic!("an edit") };
            let lines = |edit: &Edit| match &edit.change {
                Change::Patch { hunks } => hunks.iter().map(|hunk| hunk.lines.expose().to_owned()).collect(),
                _ => String::new(),
            };
            let changed: Vec<String> = edits.iter().map(lines).collect();
            assert_eq!((calls.len(), changed), (1, vec!["-one\n+1".to_owned(), "-two\n+2".to_owned()]), "{name}");
        }
    }

    #[test]
    fn each_prompt_counts_once_whatever_versions_wrote_the_file() {
        let message = |text: &str, by: Option<&str>| {
            let mut message =
                json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]});
            if let Some(by) = by {
                message["internal_chat_message_metadata_passthrough"] = json!({"content_item_kinds": ["user.text"], "content_item_metadata": [{"provenance": {"type": by}}]});
            }
            ("response_item", message)
        };
        let event = |text: &str| ("event_msg", json!({"type": "user_message", "message": text}));
        let item = |text: &str| {
            let item = json!({"type": "UserMessage", "content": [{"type": "text", "text": text}]});
            ("event_msg", json!({"type": "item_completed", "item": item}))
        };
        let reply = (
            "response_item",
            json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "ok"}]}),
        );
        for (name, lines, expected) in [
            ("messages alone", vec![message("a", None), reply.clone(), message("b", None)], "a b"),
            ("events", vec![message("a", None), event("a"), reply.clone(), message("b", None), event("b")], "a b"),
            ("events, and injected text", vec![message("x", None), message("a", None), event("a")], "a"),
            (
                "items",
                vec![message("a", Some("user")), item("a"), reply.clone(), message("b", Some("user")), item("b")],
                "a b",
            ),
            ("messages that say who wrote", vec![message("a", Some("user")), message("x", Some("harness"))], "a"),
            (
                "an older version's file, gone on with",
                vec![
                    message("a", None),
                    event("a"),
                    reply.clone(),
                    message("b", Some("user")),
                    reply.clone(),
                    message("b", Some("user")),
                ],
                "a b b",
            ),
            (
                "one that has no item",
                vec![message("a", Some("user")), item("a"), reply.clone(), message("b", Some("user"))],
                "a b",
            ),
            (
                "the same words again",
                vec![item("a"), message("a", Some("user")), reply.clone(), message("a", Some("user")), item("a")],
                "a a",
            ),
        ] {
            let session = session(&lines);
            let prompts = session.turns.iter().filter_map(|turn| turn.prompt.as_ref());
            let said: Vec<&str> = prompts.map(|prompt| prompt.text.expose()).collect();
            assert_eq!(said.join(" "), expected, "{name}");
        }
    }
}
