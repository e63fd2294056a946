//! Writes OCEL 2.0 (JSON): runs, sessions, commits, pull requests and files are objects at once. Every object that is named is
//! there, every event has its run, and no event names an object twice: readers differ in what they make of the contrary.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json as object};

use super::ocel_in::{PROCESS, RUN};
use super::outgoing::{ATTRIBUTES, LeftOut, OutEvent, OutRun, Selection, clean};
use crate::record::execution::{ExecutionLog, ExecutionStatus, Phase, Symbol};
use crate::record::json;

const SESSION: &str = "session";
const COMMIT: &str = "commit";
const PULL_REQUEST: &str = "pull-request";
const FILE: &str = "file";

pub(super) fn write(selection: &Selection<'_>, out: &mut dyn Write) -> io::Result<LeftOut> {
    let mut left = LeftOut::default();
    let mut objects = Objects::default();
    let mut activities: Vec<String> = Vec::new();
    let mut known = HashSet::new();
    for run in selection.runs(&mut left) {
        objects.add_run(&run, selection.log);
        for event in &run.events {
            if known.insert(event.activity.clone().into_owned()) {
                activities.push(event.activity.clone().into_owned());
            }
        }
    }
    for run in selection.runs(&mut LeftOut::default()) {
        objects.add_others(&run, selection.log);
    }
    activities.sort_unstable();
    out.write_all(b"{\n\"objectTypes\": [\n")?;
    list(out, objects.types())?;
    out.write_all(b"],\n\"eventTypes\": [\n")?;
    list(out, activities.iter().map(|activity| event_type(activity)))?;
    out.write_all(b"],\n\"objects\": [\n")?;
    list(out, objects.list.iter())?;
    out.write_all(b"],\n\"events\": [\n")?;
    let mut number = 0_u64;
    let mut is_first = true;
    for run in selection.runs(&mut LeftOut::default()) {
        let last = run.events.len() - 1;
        for (at, event) in run.events.iter().enumerate() {
            number += 1;
            let related = objects.related(&run, event, at == last, selection.log);
            item(out, &mut is_first, &written(number, event, &related, selection.log))?;
        }
    }
    out.write_all(b"\n]\n}\n")?;
    Ok(left)
}

fn event_type(activity: &str) -> Value {
    let kind = |name: &str| if name == "duration_ms" { "integer" } else { "string" };
    let attributes: Vec<Value> = ATTRIBUTES.iter().map(|name| object!({"name": name, "type": kind(name)})).collect();
    object!({"name": activity, "attributes": attributes})
}

fn written(number: u64, event: &OutEvent<'_>, related: &BTreeMap<&str, &str>, log: &ExecutionLog) -> Value {
    let value = |name: &str, text: String| match text.parse::<u64>() {
        Ok(count) if name == "duration_ms" => object!(count),
        _ => object!(text),
    };
    let attributes: Vec<Value> = event
        .attributes(log)
        .into_iter()
        .map(|(name, text)| object!({"name": name, "value": value(name, text)}))
        .collect();
    let relationships: Vec<Value> =
        related.iter().map(|(id, qualifier)| object!({"objectId": id, "qualifier": qualifier})).collect();
    object!({
        "id": format!("e{number}"),
        "type": event.activity,
        "time": event.time,
        "attributes": attributes,
        "relationships": relationships,
    })
}

/// Every object once, in the order in which they are first named.
#[derive(Default)]
struct Objects {
    list: Vec<Value>,
    taken: HashSet<String>,
    /// The id of what is named by type and text.
    ids: HashMap<(&'static str, Symbol), String>,
}

impl Objects {
    /// Runs come before all others: they keep their names.
    fn add_run(&mut self, run: &OutRun<'_>, log: &ExecutionLog) {
        self.taken.insert(run.name.clone());
        let process = clean(log.text(run.run.process));
        let attributes = match process.is_empty() {
            true => object!([]),
            false => object!([{"name": PROCESS, "time": run.events[0].time, "value": process}]),
        };
        self.list.push(object!({"id": run.name, "type": RUN, "attributes": attributes, "relationships": []}));
    }

    fn add_others(&mut self, run: &OutRun<'_>, log: &ExecutionLog) {
        for (kind, symbol) in of_run(run) {
            self.add(kind, symbol, log);
        }
        for file in run.events.iter().flat_map(|event| &event.event.files) {
            self.add(FILE, *file, log);
        }
    }

    fn add(&mut self, kind: &'static str, symbol: Symbol, log: &ExecutionLog) {
        if symbol.is_none() || self.ids.contains_key(&(kind, symbol)) {
            return;
        }
        let text = clean(log.text(symbol));
        let candidates = std::iter::once(text.clone().into_owned()).chain((1_u64..).map(|number| {
            format!("{kind}:{text}{}", if number == 1 { String::new() } else { format!(" ({number})") })
        }));
        let id = candidates.into_iter().find(|id| !self.taken.contains(id)).expect("there are ids without end");
        self.taken.insert(id.clone());
        self.list.push(object!({"id": id, "type": kind, "attributes": [], "relationships": []}));
        self.ids.insert((kind, symbol), id);
    }

    fn types(&self) -> impl Iterator<Item = Value> {
        let run = object!({"name": RUN, "attributes": [{"name": PROCESS, "type": "string"}]});
        let others = [SESSION, COMMIT, PULL_REQUEST, FILE];
        std::iter::once(run).chain(others.map(|name| object!({"name": name, "attributes": []})))
    }

    /// The objects of an event, each with one qualifier. What belongs to the run but to no event of it in particular is named by
    /// the last one: some readers drop objects that no event names.
    fn related<'a>(
        &'a self,
        run: &'a OutRun<'_>,
        event: &OutEvent<'_>,
        is_last: bool,
        log: &ExecutionLog,
    ) -> BTreeMap<&'a str, &'static str> {
        let mut related = BTreeMap::from([(run.name.as_str(), "in")]);
        let mut relate = |kind, symbol: Symbol, qualifier| {
            if let Some(id) = self.ids.get(&(kind, symbol)) {
                related.entry(id.as_str()).or_insert(qualifier);
            }
        };
        event.event.files.iter().for_each(|file| relate(FILE, *file, "touches"));
        if let [session] = run.run.sessions[..] {
            relate(SESSION, session, "in");
        }
        let has_failed = event.event.status == ExecutionStatus::Failed;
        match (&run.run.commits[..], log.phase(event.event.activity)) {
            ([commit], Some(Phase::Commit)) if !has_failed => relate(COMMIT, *commit, "creates"),
            _ => {}
        }
        if is_last {
            of_run(run).for_each(|(kind, symbol)| relate(kind, symbol, "of the run"));
        }
        related
    }
}

fn of_run<'a>(run: &'a OutRun<'_>) -> impl Iterator<Item = (&'static str, Symbol)> + 'a {
    let sessions = run.run.sessions.iter().map(|session| (SESSION, *session));
    let commits = run.run.commits.iter().map(|commit| (COMMIT, *commit));
    sessions.chain(commits).chain(std::iter::once((PULL_REQUEST, run.run.pull_request)))
}

fn list(out: &mut dyn Write, items: impl Iterator<Item = impl Serialize>) -> io::Result<()> {
    let mut is_first = true;
    for each in items {
        item(out, &mut is_first, &each)?;
    }
    out.write_all(if is_first { b"" } else { b"\n" })
}

fn item(out: &mut dyn Write, is_first: &mut bool, item: &impl Serialize) -> io::Result<()> {
    if !std::mem::take(is_first) {
        out.write_all(b",\n")?;
    }
    out.write_all(json::line(item)?.as_bytes())
}
