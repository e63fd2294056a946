//! What was done, step by step: runs of processes and the events in them, as `process` mines them and `state` caches them.
//! Texts are kept once and referred to by number, so that a log of a million events fits into a few dozen megabytes.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Range;

use foldhash::fast::RandomState;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::session::FailureKind;

/// A text of an [`ExecutionLog`]: an index into it. 0 is the empty text, which stands for "not known".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Symbol(pub u32);

impl Symbol {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) fn is_none(self) -> bool {
        self == Self::NONE
    }
}

/// Every text once.
#[derive(Clone, Debug)]
pub(crate) struct Symbols {
    texts: Vec<Box<str>>,
    places: HashMap<Box<str>, Symbol, RandomState>,
}

impl Default for Symbols {
    fn default() -> Self {
        let mut symbols = Self { texts: Vec::new(), places: HashMap::default() };
        symbols.intern("");
        symbols
    }
}

impl Symbols {
    /// The number of `text`, which is added when it is new.
    pub(crate) fn intern(&mut self, text: &str) -> Symbol {
        if text.is_empty() && !self.texts.is_empty() {
            return Symbol::NONE;
        }
        if let Some(symbol) = self.places.get(text) {
            return *symbol;
        }
        let symbol = Symbol(u32::try_from(self.texts.len()).expect("fewer than 4 billion texts fit into memory"));
        self.texts.push(text.into());
        self.places.insert(text.into(), symbol);
        symbol
    }

    /// The number of `text`, if it is there.
    pub(crate) fn find(&self, text: &str) -> Option<Symbol> {
        self.places.get(text).copied()
    }

    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol.0 as usize).map_or("", |text| text)
    }

    /// Writes `text` for `symbol` from now on: what was redacted. Two symbols may have the same text then.
    pub(crate) fn replace(&mut self, symbol: Symbol, text: &str) {
        let Some(place) = self.texts.get_mut(symbol.0 as usize).filter(|_| !symbol.is_none()) else { return };
        self.places.remove(place);
        *place = text.into();
        self.places.entry(text.into()).or_insert(symbol);
    }

    /// Each text with its number, but the empty one.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Symbol, &str)> {
        (0..).map(Symbol).zip(self.texts.iter().map(|text| &**text)).skip(1)
    }

    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }
}

/// Runs in the order of their first event, each with its events in order of time. Texts in it are clean.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExecutionLog {
    pub symbols: Symbols,
    /// What the activities are for, as far as a rule says so. One that stands here not at all was named by whoever logged it.
    pub phases: BTreeMap<Symbol, Phase>,
    /// The version of the rules that named the activities; 0 where none did.
    pub rules_version: u32,
    pub runs: Vec<Run>,
    /// Events of all runs, those of a run side by side.
    pub events: Vec<Execution>,
}

/// One case: something that was carried out from its first step to its last.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Unique in the log.
    pub id: Symbol,
    pub case: CaseKind,
    /// The process that it is a run of: `change`, `release`.
    pub process: Symbol,
    /// What says so, in a few words: `trailer Process`, `commit type docs`, `log`.
    pub process_why: Symbol,
    pub agent: Symbol,
    pub agent_version: Symbol,
    pub model: Symbol,
    /// Sessions that it was carried out in, as `<agent>/<id>`.
    pub sessions: Vec<Symbol>,
    pub branch: Symbol,
    /// Ids of the commits that it made.
    pub commits: Vec<Symbol>,
    /// Paths that the commits, or edits where there is no commit, changed.
    pub files: Vec<Symbol>,
    pub pull_request: Symbol,
    /// Indexes into [`ExecutionLog::events`].
    pub events: Range<u32>,
}

/// What an activity is for. Runs are compared by the phases that change something or check it; the others are effort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Phase {
    /// Reading, searching, looking at history.
    Explore,
    /// Plans, questions, prompts, tasks for others.
    Plan,
    Change,
    Verify,
    Commit,
    /// What others see: push, pull request, release.
    Publish,
    /// Taking a change back.
    Revert,
    /// Known, and none of these: installing, waiting, switching branches.
    Other,
}

/// What one run is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CaseKind {
    /// A change, from its first edit to its commit and the push or pull request that follows.
    #[default]
    Unit,
    Session,
    PullRequest,
    Branch,
    /// Written down by a person or another program: `process log add` and `process log import`.
    Logged,
}

/// One step that was carried out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Execution {
    /// `edit source`, `run tests`, or the words of whoever logged it.
    pub activity: Symbol,
    /// Other activities of the same call: `cd x && make lint && make test`.
    pub also: Vec<Symbol>,
    /// The command of each of `also`, in the same order; empty where none is known.
    pub also_commands: Vec<Symbol>,
    pub actor: Actor,
    /// Who the actor is: a person's name or an agent's, where it is known.
    pub actor_name: Symbol,
    /// Programs used: the tool of the agent, or the program of a command.
    pub tool: Symbol,
    /// The command, redacted, with what differs from run to run taken out: `cargo test -p <arg>`.
    pub command: Symbol,
    pub input: Symbol,
    pub output: Symbol,
    pub note: Symbol,
    pub status: ExecutionStatus,
    pub failure: Option<FailureKind>,
    /// Unix time in milliseconds; `None` where no time is known.
    pub started_at: Option<i64>,
    pub duration_ms: Option<u32>,
    pub duration_kind: DurationKind,
    pub files: Vec<Symbol>,
    /// Where it stands: `<agent>/<session>#<number of the call>`, a commit, or a line of the log.
    pub source: Symbol,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Actor {
    Person,
    Agent,
    Ci,
    #[default]
    NotKnown,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ExecutionStatus {
    Succeeded,
    Failed,
    /// A person refused or stopped it.
    Stopped,
    #[default]
    NotKnown,
}

/// What a duration says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DurationKind {
    /// From the call to its result.
    Measured,
    /// Told by who logged it.
    Told,
    #[default]
    None,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Person => "person",
            Self::Agent => "agent",
            Self::Ci => "ci",
            Self::NotKnown => "",
        })
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Explore => "explore",
            Self::Plan => "plan",
            Self::Change => "change",
            Self::Verify => "verify",
            Self::Commit => "commit",
            Self::Publish => "publish",
            Self::Revert => "revert",
            Self::Other => "other",
        })
    }
}

impl Run {
    /// A run without events, of which nothing but its name is known.
    pub(crate) fn new(id: Symbol, case: CaseKind) -> Self {
        Self {
            id,
            case,
            process: Symbol::NONE,
            process_why: Symbol::NONE,
            agent: Symbol::NONE,
            agent_version: Symbol::NONE,
            model: Symbol::NONE,
            sessions: Vec::new(),
            branch: Symbol::NONE,
            commits: Vec::new(),
            files: Vec::new(),
            pull_request: Symbol::NONE,
            events: 0..0,
        }
    }
}

impl Execution {
    /// Everything that was done in one call, each with its command.
    pub(crate) fn done(&self) -> impl Iterator<Item = (Symbol, Symbol)> + '_ {
        let command = |place: usize| self.also_commands.get(place).copied().unwrap_or_default();
        let others = self.also.iter().enumerate().map(move |(place, activity)| (*activity, command(place)));
        std::iter::once((self.activity, self.command)).chain(others)
    }

    /// When it began; `None` where that is not known or no time that can be written.
    pub(crate) fn at(&self) -> Option<Timestamp> {
        self.started_at.and_then(|at| Timestamp::from_millisecond(at).ok())
    }

    /// When it ended, as far as that is known; Unix time in milliseconds.
    pub(crate) fn ended_at(&self) -> Option<i64> {
        Some(self.started_at? + i64::from(self.duration_ms.unwrap_or(0)))
    }
}

impl ExecutionLog {
    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        self.symbols.text(symbol)
    }

    /// What `activity` is for; `None` where no rule knows it.
    pub(crate) fn phase(&self, activity: Symbol) -> Option<Phase> {
        self.phases.get(&activity).copied()
    }

    pub(crate) fn events_of(&self, run: &Run) -> &[Execution] {
        &self.events[run.events.start as usize..run.events.end as usize]
    }

    /// Adds `run` with its events, which are put in order of time (those without a time stay behind the one before them).
    pub(crate) fn push(&mut self, mut run: Run, mut events: Vec<Execution>) {
        let mut last = i64::MIN;
        let mut keyed: Vec<(i64, Execution)> = events
            .drain(..)
            .map(|event| {
                last = event.started_at.unwrap_or(last);
                (last, event)
            })
            .collect();
        keyed.sort_by_key(|(at, _)| *at);
        let start = u32::try_from(self.events.len()).expect("fewer than 4 billion events fit into memory");
        self.events.extend(keyed.into_iter().map(|(_, event)| event));
        run.events = start..u32::try_from(self.events.len()).expect("fewer than 4 billion events fit into memory");
        self.runs.push(run);
    }

    /// The time of the first event of `run`, in milliseconds.
    pub(crate) fn started_at(&self, run: &Run) -> Option<i64> {
        self.events_of(run).iter().find_map(|event| event.started_at)
    }

    /// Puts the runs in the order of their first event, those without a time last, then by name: the same log, the same order.
    pub(crate) fn sort(&mut self) {
        let mut runs = std::mem::take(&mut self.runs);
        runs.sort_by(|a, b| {
            let start = |run: &Run| self.started_at(run).unwrap_or(i64::MAX);
            start(a).cmp(&start(b)).then_with(|| self.text(a.id).cmp(self.text(b.id)))
        });
        self.runs = runs;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(log: &mut ExecutionLog, activity: &str, at: Option<i64>) -> Execution {
        Execution { activity: log.symbols.intern(activity), started_at: at, ..Execution::default() }
    }

    #[test]
    fn events_stand_in_order_of_time_and_those_without_one_behind_what_came_before() {
        let mut log = ExecutionLog::default();
        let events =
            vec![event(&mut log, "b", Some(2)), event(&mut log, "after b", None), event(&mut log, "a", Some(1))];
        let run = Run::new(log.symbols.intern("one"), CaseKind::Unit);
        log.push(run, events);
        let order: Vec<&str> = log.events.iter().map(|event| log.text(event.activity)).collect();
        assert_eq!(order, ["a", "b", "after b"]);
    }

    #[test]
    fn runs_are_sorted_by_their_first_event_and_those_without_a_time_come_last() {
        let mut log = ExecutionLog::default();
        for (id, at) in [("late", Some(9)), ("never", None), ("early", Some(1))] {
            let events = vec![event(&mut log, "x", at)];
            let run = Run::new(log.symbols.intern(id), CaseKind::Logged);
            log.push(run, events);
        }
        log.sort();
        let order: Vec<&str> = log.runs.iter().map(|run| log.text(run.id)).collect();
        assert_eq!(order, ["early", "late", "never"]);
    }

    #[test]
    fn a_text_is_kept_once_and_the_empty_one_means_not_known() {
        let mut symbols = Symbols::default();
        let one = symbols.intern("x");
        assert_eq!(symbols.intern("x"), one);
        assert_eq!(symbols.text(one), "x");
        assert!(symbols.intern("").is_none());
        symbols.replace(one, "y");
        assert_eq!((symbols.text(one), symbols.find("x"), symbols.find("y")), ("y", None, Some(one)));
        assert_eq!(symbols.iter().collect::<Vec<_>>(), [(one, "y")]);
    }
}
