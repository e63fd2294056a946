//! Puts the events of a transcript together: turns, calls with their results, tokens, times. The same for all agents.

use std::path::Path;

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use jiff::Timestamp;

use super::actions::{action, edit, written_by};
use super::background::{Processes, ended_with, go_on, waited};
use super::empty::{empty_session, push_new};
use super::event::{
    ActionEvent, CallEnd, CallEvent, EditEvent, Event, EventKind, Extent, ForkFacts, PromptEvent, ResultEvent,
    SessionFacts, shorten,
};
use super::held::{HeldFact, SessionFact};
use super::inherited::own_events;
use super::injected::behind_orders;
use super::masked_ids::MaskedIds;
use super::queue::Queue;
use super::reader::Reader;
use super::readers::{name_of, reader};
use super::reports::{add_report, reported_commits};
use super::tokens::UsageTally;
use super::{abandoned, account, asking, changed_outside, failure, prompts};
use crate::record::agent::{Agent, is_session_id};
use crate::record::session::{Action, Outcome, Prompt, PromptSource, Session, ToolCall, Turn};
use crate::record::text::Raw;

/// The session that the events of one transcript tell of. `path` is the transcript's; its name stands in where the
/// transcript states no id.
pub fn assemble(path: &Path, agent: &Agent, events: Vec<Event>) -> Session {
    let parent = reader(agent).and_then(|reader| reader.parent_in_place(path));
    let events = account::settle(own_events(events, parent.is_some()));
    let queue = Queue::resolve(&events);
    let mut assembly = Assembly::new(path, agent, events.len());
    assembly.belongs_to(parent);
    let mut masked = MaskedIds::default();
    for (index, event) in events.into_iter().enumerate() {
        if let Some(prompt) = queue.prompts.get(&index) {
            assembly.prompt(prompt.clone());
        }
        masked.unmask(event.0).into_iter().for_each(|event| assembly.take(event));
    }
    prompts::settled(assembly.finish(path))
}

struct Assembly {
    reader: Option<&'static dyn Reader>,
    session: Session,
    ids: Vec<String>,
    subagent: bool,
    /// Whether the agent says of each command how it ended.
    tells_ends: bool,
    /// Commands of which only a part is kept.
    cut: HashSet<(usize, usize)>,
    fork: Option<ForkFacts>,
    cwd: Option<String>,
    /// What the agent said since the last call of this turn.
    said: Option<String>,
    /// How often each folder was worked in, in the order seen.
    cwds: Vec<(String, u32)>,
    calls: HashMap<String, (usize, usize)>,
    seen: HashSet<String>,
    processes: Processes,
    tasks: HashMap<String, (usize, usize)>,
    usage: UsageTally,
    /// For each line of a tree: the line before and the turn it belongs to.
    tree: HashMap<u64, (u64, usize)>,
}

impl Assembly {
    /// `events` is how many there are.
    fn new(path: &Path, agent: &Agent, events: usize) -> Self {
        Self {
            reader: reader(agent),
            session: empty_session(path, agent.clone()),
            ids: Vec::new(),
            subagent: false,
            tells_ends: reader(agent).is_some_and(|reader| reader.held(SessionFact::Results) == HeldFact::Read),
            cut: HashSet::new(),
            fork: None,
            cwd: None,
            said: None,
            cwds: Vec::new(),
            calls: HashMap::with_capacity(events / 8),
            seen: HashSet::with_capacity(events / 8),
            processes: Processes::new(),
            tasks: HashMap::new(),
            usage: UsageTally::with_room_for(events / 8),
            tree: HashMap::with_capacity(events / 2),
        }
    }

    /// The session is a subagent's of this one, where there is one.
    fn belongs_to(&mut self, parent: Option<&str>) {
        if let Some(parent) = parent {
            self.subagent = true;
            push_new(&mut self.session.other_ids, parent.to_owned());
        }
    }

    fn take(&mut self, kind: EventKind) {
        match kind {
            EventKind::About(about) => self.about(*about),
            EventKind::Span { from, to } => {
                let session = &mut self.session;
                session.started_at = Some(session.started_at.map_or(from, |known| known.min(from)));
                session.ended_at = Some(session.ended_at.map_or(to, |known| known.max(to)));
            }
            EventKind::Line { id, parent } => {
                let turn = self.session.turns.len().saturating_sub(1);
                self.tree.entry(id).or_insert((parent, turn));
                self.works_in();
            }
            EventKind::Node { id, parent } => {
                let last = self.session.turns.len().saturating_sub(1);
                let turn = self.tree.get(&parent).map_or(last, |(_, turn)| *turn);
                self.tree.entry(id).or_insert((parent, turn));
                self.works_in();
            }
            EventKind::Total(tokens) => self.usage.untold = tokens,
            EventKind::Prompt(prompt) => self.prompt(*prompt),
            EventKind::Reply { text } => {
                if !text.trim().is_empty() {
                    self.said = Some(text.clone());
                }
                self.turn().reply = Some(Raw::new(text));
            }
            EventKind::Call(call) => self.call(*call),
            EventKind::Result(result) => self.result(*result),
            EventKind::Edits { call, edits, at, made } => self.edits(call, edits, at, made),
            EventKind::Interrupt { id, at } => {
                if id.is_none_or(|id| self.seen.insert(id)) {
                    self.turn().interrupts.push(at);
                }
            }
            EventKind::Model { name } => push_new(&mut self.session.models, name),
            EventKind::Usage(usage) => {
                self.turn();
                self.usage.take(usage, &mut self.session.turns);
            }
            EventKind::ChangedOutside(change) => changed_outside::take(self.turn(), *change),
            EventKind::Rollback { turns } => abandoned::last(&mut self.session.turns, turns),
            EventKind::Skipped(skip) => self.session.skipped.push(skip),
            // Settled before.
            EventKind::Ran(_) | EventKind::History { .. } | EventKind::Ordinal(_) => {}
            EventKind::Queued { .. }
            | EventKind::Unqueued { .. }
            | EventKind::QueueTakenBack
            | EventKind::Compaction { .. } => {}
        }
    }

    fn about(&mut self, about: SessionFacts) {
        if let Some(id) = about.session.filter(|id| is_session_id(id)) {
            push_new(&mut self.ids, id);
        }
        if let Some(other) = about.other.filter(|id| is_session_id(id)) {
            push_new(&mut self.session.other_ids, other);
        }
        about.agent.and_then(|name| Agent::parse(&name)).into_iter().for_each(|agent| self.session.agent = agent);
        about.version.into_iter().for_each(|version| push_new(&mut self.session.agent_versions, version));
        if about.cwd.is_some() {
            self.cwd = about.cwd;
            self.works_in();
        }
        self.session.branch = self.session.branch.take().or(about.branch);
        self.session.head = self.session.head.take().or(about.head);
        self.subagent |= about.subagent;
        self.fork = self.fork.take().or(about.fork);
    }

    /// Counts one more line or call for the folder that the session is in.
    fn works_in(&mut self) {
        let Some(cwd) = &self.cwd else {
            return;
        };
        match self.cwds.iter_mut().find(|(known, _)| known == cwd) {
            Some((_, count)) => *count += 1,
            None => self.cwds.push((cwd.clone(), 1)),
        }
    }

    fn turn(&mut self) -> &mut Turn {
        if self.session.turns.is_empty() {
            self.session.turns.push(Turn::default());
        }
        self.session.turns.last_mut().expect("one was pushed above if there was none")
    }

    fn prompt(&mut self, prompt: PromptEvent) {
        if prompt.id.as_ref().is_some_and(|id| !self.seen.insert(id.clone())) {
            return;
        }
        self.abandon_after(prompt.parent);
        let PromptEvent { id, at, mut text, mut source, away, .. } = prompt;
        let typed = behind_orders(&text);
        if typed.len() < text.len() {
            text = typed.to_owned();
        }
        if self.subagent {
            source = PromptSource::Delegated;
        }
        // The line of the prompt itself was met just before, and belongs to the turn that begins here.
        let line = id.as_ref().and_then(|id| self.tree.get_mut(&shorten(id.as_bytes())));
        if let Some((_, turn)) = line {
            *turn = self.session.turns.len();
        }
        let prompt = Prompt { at, text: Raw::new(text), source, id };
        self.said = None;
        self.session.turns.push(Turn { prompt: Some(prompt), away, ..Turn::default() });
    }

    /// A prompt that hangs on a line of an earlier turn replaces all turns after that one.
    fn abandon_after(&mut self, parent: u64) {
        if let Some(&(_, kept)) = self.tree.get(&parent) {
            abandoned::after(&mut self.session.turns, kept);
        }
    }

    fn call(&mut self, call: CallEvent) {
        if !call.id.is_empty() && self.calls.contains_key(&call.id) {
            return;
        }
        let continued = call.process.and_then(|process| self.processes.last_call(&process));
        if let Some((turn, index)) = continued {
            go_on(&mut self.session.turns[turn].calls[index].outcome);
        }
        let is_cut = matches!(&call.action, ActionEvent::Shell { extent, .. } if *extent != Extent::Whole);
        let action = match continued.map(|(turn, index)| &self.session.turns[turn].calls[index].action) {
            Some(Action::Shell { command, cwd }) => Action::Shell { command: command.clone(), cwd: cwd.clone() },
            _ => action(call.action, self.cwd.as_ref()),
        };
        let made = ToolCall {
            id: call.id.clone(),
            at: call.at,
            ended_at: None,
            tool: call.tool,
            action,
            outcome: Outcome::Pending,
            subagent: call.subagent || self.subagent,
            // A subagent's calls stand between those of its parent, whose words these are.
            said_before: if call.nested { None } else { self.said.take().map(Raw::new) },
            written: Vec::new(),
        };
        let calls = &mut self.turn().calls;
        if calls.is_empty() {
            // Many turns have one.
            calls.reserve_exact(1);
        }
        calls.push(made);
        let turn = self.session.turns.len() - 1;
        let index = self.session.turns[turn].calls.len() - 1;
        if is_cut {
            self.cut.insert((turn, index));
        }
        if let Some(before) = continued {
            self.processes.waits((turn, index), before, call.stops);
        }
        if !call.id.is_empty() {
            self.calls.insert(call.id, (turn, index));
        }
    }

    fn result(&mut self, result: ResultEvent) {
        let Some(&(turn, index)) = self.calls.get(&result.call) else {
            return self.ended_by_itself(&result);
        };
        let runs_on = result.process.is_some() && result.exit_code.is_none();
        let is_task = matches!(self.session.turns[turn].calls[index].action, Action::Delegate { .. });
        if let Some(process) = result.process {
            match is_task {
                true => drop(self.tasks.insert(process, (turn, index))),
                false => self.processes.runs_on(process, (turn, index)),
            }
        }
        let exit_code = result.exit_code;
        if exit_code.is_some() {
            self.processes.ended((turn, index));
        }
        let call = &mut self.session.turns[turn].calls[index];
        if call.outcome != Outcome::Pending {
            return;
        }
        call.ended_at = result.at;
        if matches!(call.action, Action::Elsewhere { .. }) {
            // Neither its output nor its failure says anything about work here.
            call.outcome = Outcome::Succeeded { output: Raw::default(), commit: None };
            return;
        }
        let is_shell = matches!(call.action, Action::Shell { .. });
        let said = result.answer.or_else(|| {
            let is_answered = matches!(call.action, Action::Ask { .. }) && result.end == CallEnd::Succeeded;
            is_answered.then(|| asking::answer(&result.output)).flatten()
        });
        call.outcome = match result.end {
            CallEnd::Succeeded if is_shell && runs_on => Outcome::Running { output: Raw::new(result.output) },
            CallEnd::Succeeded => {
                let output = match is_shell {
                    true => Raw::new(result.output),
                    false if is_task => Raw::new(reported_commits(&result.output)),
                    false => Raw::default(),
                };
                Outcome::Succeeded { output, commit: result.commit }
            }
            CallEnd::Failed => Outcome::Failed {
                kind: result
                    .failure
                    .unwrap_or_else(|| failure::kind(self.reader, &call.action, result.exit_code, &result.output)),
                exit_code: result.exit_code,
                output: Raw::new(result.output),
            },
            CallEnd::Rejected { reason } => Outcome::Rejected { reason: reason.map(Raw::new) },
            CallEnd::Interrupted | CallEnd::Aborted => Outcome::Interrupted,
            CallEnd::Collateral => Outcome::Collateral,
        };
        if !self.cut.contains(&(turn, index)) {
            call.written = written_by(call, self.tells_ends);
        }
        if let Some(wait) = self.processes.wait((turn, index)).filter(|_| is_shell) {
            let (of_turn, place) = wait.before;
            let before = match &mut self.session.turns[of_turn].calls[place].outcome {
                Outcome::Running { output } => std::mem::take(output),
                _ => Raw::default(),
            };
            let ToolCall { action, outcome, .. } = &mut self.session.turns[turn].calls[index];
            let command = if let Action::Shell { command, .. } = action { command.expose() } else { "" };
            *outcome = waited(command, std::mem::replace(outcome, Outcome::Pending), exit_code, (wait, before));
        }
        let call = &mut self.session.turns[turn].calls[index];
        if let (Action::Ask { answer, .. }, Some(said)) = (&mut call.action, said) {
            *answer = Some(Raw::new(said.as_str()));
            let prompt =
                Prompt { at: result.at, text: Raw::new(said), source: PromptSource::Answer, id: Some(result.call) };
            let away = self.session.turns.last().is_some_and(|turn| turn.away);
            self.session.turns.push(Turn { prompt: Some(prompt), away, ..Turn::default() });
        }
    }

    /// What went on in the background, and of which it is said how it ended though no call waits for it.
    fn ended_by_itself(&mut self, result: &ResultEvent) {
        if let Some(&(turn, index)) = result.process.as_ref().and_then(|process| self.tasks.get(process)) {
            add_report(&mut self.session.turns[turn].calls[index].outcome, &result.output);
            return;
        }
        let place = result.process.as_deref().and_then(|process| self.processes.running(process));
        let (Some((turn, index)), Some(code)) = (place, result.exit_code) else { return };
        let call = &mut self.session.turns[turn].calls[index];
        if let Outcome::Running { output } = &mut call.outcome {
            let output = std::mem::take(output);
            let kind = || failure::kind(self.reader, &call.action, Some(code), output.expose());
            let kind = (code != 0).then(kind);
            call.outcome = ended_with(code, kind, output);
            call.ended_at = result.at.or(call.ended_at);
            self.processes.ended((turn, index));
        }
    }

    fn edits(&mut self, call: String, edits: Vec<EditEvent>, at: Option<Timestamp>, made: bool) {
        if edits.is_empty() {
            return;
        }
        if let Some(&(turn, index)) = self.calls.get(&call) {
            self.session.turns[turn].calls[index].action = Action::Edit(edits.into_iter().map(edit).collect());
        } else if made && !self.has_just_edited(&edits) {
            // A call inside another one, which no other line tells of.
            let (tool, action) = ("apply_patch".to_owned(), ActionEvent::Edit(edits));
            self.call(CallEvent { id: call, at, tool, action, ..CallEvent::default() });
            if let Some(made) = self.turn().calls.last_mut() {
                made.ended_at = at;
                made.outcome = Outcome::Succeeded { output: Raw::default(), commit: None };
            }
        }
    }

    /// Whether one of the turn's last two calls, a script and its patch, says the same.
    fn has_just_edited(&mut self, edits: &[EditEvent]) -> bool {
        let last = self.turn().calls.iter().rev().take(2);
        let known = last.filter_map(|call| if let Action::Edit(known) = &call.action { Some(known) } else { None });
        known.flatten().any(|known| edits.iter().any(|edit| edit.path.ends_with(&known.path)))
    }

    fn finish(mut self, path: &Path) -> Session {
        let stem = name_of(path).unwrap_or_default().to_owned();
        let parent = self.fork.take().filter(|_| self.subagent).map(|fork| fork.from);
        self.belongs_to(parent.as_deref());
        let own = self.ids.iter().position(|id| *id == stem).unwrap_or(0);
        let session = &mut self.session;
        session.id = if self.ids.is_empty() { stem.clone() } else { self.ids.remove(own) };
        session.other_ids.extend(self.ids);
        // A file that is named by a session's id was that session's before a resume or fork changed the id inside.
        if stem.len() == 36 && stem.bytes().filter(|byte| *byte == b'-').count() == 4 && stem != session.id {
            push_new(&mut session.other_ids, stem);
        }
        self.cwds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        session.cwds = self.cwds.into_iter().map(|(cwd, _)| cwd).collect();
        self.usage.finish(session);
        self.session
    }
}
