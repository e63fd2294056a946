//! Puts rows of somebody else's log together into runs, whatever order they come in.

use std::cmp::Ordering;
use std::collections::HashMap;

use foldhash::fast::RandomState;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::fields::{Field, Mapping};
use crate::process::activities::phase_of;
use crate::record::execution::{Actor, CaseKind, DurationKind, Execution, ExecutionLog, ExecutionStatus, Run, Symbol};
use crate::record::session::FailureKind;

/// Rows that are named; all are counted.
const NAMED: usize = 20;

/// What was read of a log.
#[derive(Debug, Default)]
pub(crate) struct ReadLog {
    pub log: ExecutionLog,
    /// The first rows that could not be read.
    pub skipped: Vec<SkippedRow>,
    /// All of them.
    pub skipped_rows: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SkippedRow {
    /// From 1; of the event where the format has no lines.
    pub line: u64,
    pub why: String,
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error(
        "line {line}: an event is longer than {limit} bytes\nhint: a quote that is not closed makes one event of many"
    )]
    TooLong { line: u64, limit: u64 },
    #[error("no column says {what}\nhint: name it with --map COLUMN={field}; there are {columns}")]
    NoColumn { what: &'static str, field: &'static str, columns: String },
    #[error("there is no column `{column}`\nhint: there are {columns}")]
    UnknownColumn { column: String, columns: String },
    #[error("line {line}: {why}")]
    Malformed { line: u64, why: String },
    #[error("line {line}: {what}, which a log does not need\nhint: take it out, or export the log again")]
    Refused { line: u64, what: &'static str },
    #[error("there is nothing in it")]
    Empty,
}

/// One event as it was written; what is empty is not known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row<'a> {
    pub(super) case: &'a str,
    pub(super) activity: &'a str,
    pub(super) start: &'a str,
    pub(super) end: &'a str,
    pub(super) actor: &'a str,
    pub(super) process: &'a str,
    pub(super) tool: &'a str,
    pub(super) command: &'a str,
    pub(super) input: &'a str,
    pub(super) output: &'a str,
    pub(super) note: &'a str,
    pub(super) status: &'a str,
    pub(super) failure: &'a str,
    pub(super) minutes: &'a str,
    pub(super) duration_ms: &'a str,
}

impl<'a> Row<'a> {
    pub(super) fn field(&mut self, field: Field) -> &mut &'a str {
        match field {
            Field::Case => &mut self.case,
            Field::Activity => &mut self.activity,
            Field::Start => &mut self.start,
            Field::End => &mut self.end,
            Field::Actor => &mut self.actor,
            Field::Process => &mut self.process,
            Field::Tool => &mut self.tool,
            Field::Command => &mut self.command,
            Field::Input => &mut self.input,
            Field::Output => &mut self.output,
            Field::Note => &mut self.note,
            Field::Status => &mut self.status,
            Field::Failure => &mut self.failure,
            Field::Minutes => &mut self.minutes,
            Field::DurationMs => &mut self.duration_ms,
        }
    }
}

/// Collects rows.
#[derive(Debug)]
pub(super) struct LogBuilder {
    log: ExecutionLog,
    /// The run of each event.
    runs_of_events: Vec<u32>,
    runs: HashMap<Symbol, u32, RandomState>,
    /// The run of the row before: rows of one run mostly stand together.
    last: Option<u32>,
    process: Symbol,
    why: Symbol,
    skipped: Vec<SkippedRow>,
    skipped_rows: u64,
}

impl LogBuilder {
    pub(super) fn new(mapping: &Mapping) -> Self {
        let mut log = ExecutionLog::default();
        let process = log.symbols.intern(mapping.process());
        let why = log.symbols.intern("log");
        Self {
            log,
            runs_of_events: Vec::new(),
            runs: HashMap::default(),
            last: None,
            process,
            why,
            skipped: Vec::new(),
            skipped_rows: 0,
        }
    }

    pub(super) fn skip(&mut self, line: u64, why: impl Into<String>) {
        self.skipped_rows += 1;
        if self.skipped.len() < NAMED {
            self.skipped.push(SkippedRow { line, why: why.into() });
        }
    }

    /// Adds the event of `row`, or counts it as skipped.
    pub(super) fn add(&mut self, line: u64, row: &Row<'_>) {
        match self.event(row) {
            Ok(event) => {
                let run = self.run(row);
                self.log.events.push(event);
                self.runs_of_events.push(run);
            }
            Err(why) => self.skip(line, why),
        }
    }

    fn event(&mut self, row: &Row<'_>) -> Result<Execution, &'static str> {
        if row.case.is_empty() {
            return Err("it belongs to no case");
        }
        if row.activity.is_empty() {
            return Err("it names no step");
        }
        let (start, end) = (time(row.start)?, time(row.end)?);
        let (duration_ms, duration_kind) = duration(row, start, end)?;
        let (actor, actor_name) = actor(row.actor);
        let symbols = &mut self.log.symbols;
        Ok(Execution {
            activity: symbols.intern(row.activity),
            actor,
            actor_name: symbols.intern(actor_name),
            tool: symbols.intern(row.tool),
            command: symbols.intern(row.command),
            input: symbols.intern(row.input),
            output: symbols.intern(row.output),
            note: symbols.intern(row.note),
            status: status(row.status),
            failure: failure(row.failure),
            started_at: start.or(end),
            duration_ms,
            duration_kind,
            ..Execution::default()
        })
    }

    fn run(&mut self, row: &Row<'_>) -> u32 {
        let same = |run: &u32| self.log.text(self.log.runs[*run as usize].id) == row.case;
        if let Some(run) = self.last.filter(|run| same(run)) {
            return run;
        }
        let id = self.log.symbols.intern(row.case);
        let next = u32::try_from(self.log.runs.len()).expect("fewer than 4 billion runs fit into memory");
        let run = *self.runs.entry(id).or_insert(next);
        if run == next {
            let process = if row.process.is_empty() { self.process } else { self.log.symbols.intern(row.process) };
            let known = Run { process, process_why: self.why, ..Run::new(id, CaseKind::Logged) };
            self.log.runs.push(known);
        }
        self.last = Some(run);
        run
    }

    /// The runs in the order of their first event, each with its events in order of time.
    pub(super) fn finish(mut self) -> ReadLog {
        let order = self.order();
        reorder(&mut self.log.events, order);
        for event in &self.log.events {
            if !self.log.phases.contains_key(&event.activity)
                && let Some(phase) = phase_of(self.log.symbols.text(event.activity))
            {
                self.log.phases.insert(event.activity, phase);
            }
        }
        self.log.sort();
        ReadLog { log: self.log, skipped: self.skipped, skipped_rows: self.skipped_rows }
    }

    /// Where each event comes from when those of a run stand side by side in order of time; the runs are told their places.
    fn order(&mut self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..).take(self.log.events.len()).collect();
        let mut counts = vec![0_u32; self.log.runs.len()];
        self.runs_of_events.iter().for_each(|run| counts[*run as usize] += 1);
        if !self.runs_of_events.is_sorted() {
            order.sort_by_key(|at| self.runs_of_events[*at as usize]);
        }
        self.runs_of_events = Vec::new();
        let mut start = 0;
        for (run, count) in self.log.runs.iter_mut().zip(counts) {
            run.events = start..start + count;
            start += count;
        }
        for run in &self.log.runs {
            by_time(&mut order[run.events.start as usize..run.events.end as usize], &self.log.events);
        }
        order
    }
}

/// Those without a time stay behind the one before them.
fn by_time(order: &mut [u32], events: &[Execution]) {
    let time = |at: u32| events[at as usize].started_at;
    let is_in_order = |pair: &[u32]| match (time(pair[0]), time(pair[1])) {
        (Some(before), Some(after)) => before <= after,
        _ => false,
    };
    if order.windows(2).all(is_in_order) {
        return;
    }
    let mut last = i64::MIN;
    let mut keyed: Vec<(i64, u32)> = Vec::with_capacity(order.len());
    for at in order.iter() {
        last = time(*at).unwrap_or(last);
        keyed.push((last, *at));
    }
    keyed.sort_by(|a, b| a.0.cmp(&b.0).then(Ordering::Equal));
    order.iter_mut().zip(keyed).for_each(|(place, (_, at))| *place = at);
}

/// Puts `items[order[0]]` first and so on, without a second copy of them.
fn reorder<T>(items: &mut [T], mut order: Vec<u32>) {
    for start in 0..order.len() {
        let mut at = start;
        loop {
            let from = order[at] as usize;
            order[at] = u32::try_from(at).expect("it is an index of `order`");
            if from == start {
                break;
            }
            items.swap(at, from);
            at = from;
        }
    }
}

/// Unix milliseconds. Without an offset it is taken as UTC.
fn time(text: &str) -> Result<Option<i64>, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(time) = usual_time(text.as_bytes()) {
        return Ok(Some(time));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(Some(time.as_millisecond()));
    }
    let civil = text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(|date| date.at(0, 0, 0, 0)));
    if let Ok(civil) = civil {
        let zoned = civil.to_zoned(TimeZone::UTC).map_err(|_| "its time cannot be read")?;
        return Ok(Some(zoned.timestamp().as_millisecond()));
    }
    // Seconds or milliseconds since 1970, as issue trackers export them.
    match (text.len(), text.parse::<i64>()) {
        (9..=10, Ok(seconds)) => Ok(Some(seconds * 1000)),
        (12..=13, Ok(milliseconds)) => Ok(Some(milliseconds)),
        _ => Err("its time cannot be read"),
    }
}

/// `2026-01-01T00:00:00+00:00` and the like, which almost all times are: of a million of events, reading them with a parser for every
/// form is a third of the work. `None` leaves it to that.
fn usual_time(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_at_checked(19)?;
    let is_shaped =
        date[4] == b'-' && date[7] == b'-' && matches!(date[10], b'T' | b' ') && date[13] == b':' && date[16] == b':';
    if !is_shaped || !matches!(rest, b"" | b"Z" | b"+00:00") {
        return None;
    }
    let number = |from: usize, to: usize| {
        let add = |sum: i64, digit: &u8| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0'));
        date[from..to].iter().try_fold(0, add)
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    // Days that not every month has, and leap seconds, are left to the parser as well.
    let is_usual =
        year >= 1 && (1..=12).contains(&month) && (1..=28).contains(&day) && hour < 24 && minute < 60 && second < 60;
    // Howard Hinnant's days_from_civil: years begin in March, in eras of 400 years.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    is_usual.then_some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1000)
}

fn duration(row: &Row<'_>, start: Option<i64>, end: Option<i64>) -> Result<(Option<u32>, DurationKind), &'static str> {
    let told = |text: &str, unit: f64| -> Result<Option<u32>, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let number = text.parse::<f64>().ok().filter(|number| (0.0..=1e9).contains(number));
        let milliseconds = (number.ok_or("its duration cannot be read")? * unit).round();
        // A duration of more than seven weeks is no longer one of a step.
        Ok((milliseconds <= f64::from(u32::MAX)).then_some(milliseconds as u32))
    };
    if let Some(duration) = told(row.duration_ms, 1.0)? {
        return Ok((Some(duration), DurationKind::Measured));
    }
    if let Some(duration) = told(row.minutes, 60_000.0)? {
        return Ok((Some(duration), DurationKind::Told));
    }
    let (Some(start), Some(end)) = (start, end) else { return Ok((None, DurationKind::None)) };
    let measured = u32::try_from(end - start).ok();
    Ok((measured, if measured.is_some() { DurationKind::Measured } else { DurationKind::None }))
}

/// `agent:codex`, `human`, `Ann`.
fn actor(text: &str) -> (Actor, &str) {
    let text = text.trim();
    let (kind, name) = text.split_once(':').unwrap_or((text, ""));
    let kind = match kind.trim() {
        kind if is_one_of(kind, &["human", "person"]) => Actor::Person,
        kind if is_one_of(kind, &["agent"]) => Actor::Agent,
        kind if is_one_of(kind, &["ci"]) => Actor::Ci,
        _ => return (Actor::NotKnown, text),
    };
    (kind, name.trim())
}

const SUCCEEDED: &[&str] = &["ok", "success", "succeeded", "passed", "pass", "done", "complete", "completed"];
const FAILED: &[&str] = &["error", "failed", "failure", "fail"];
const STOPPED: &[&str] = &["stopped", "cancelled", "canceled", "aborted", "rejected"];

fn status(text: &str) -> ExecutionStatus {
    match text.trim() {
        "" => ExecutionStatus::NotKnown,
        text if is_one_of(text, SUCCEEDED) => ExecutionStatus::Succeeded,
        text if is_one_of(text, FAILED) => ExecutionStatus::Failed,
        text if is_one_of(text, STOPPED) => ExecutionStatus::Stopped,
        _ => ExecutionStatus::NotKnown,
    }
}

fn is_one_of(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// As we write it.
fn failure(text: &str) -> Option<FailureKind> {
    if text.is_empty() { None } else { serde_json::from_value(serde_json::Value::from(text)).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_several_cases_come_in_any_order() {
        let mut builder = LogBuilder::new(&Mapping::default().of_process("p"));
        for (case, activity, end) in
            [("b", "2", "2026-01-02"), ("a", "1", "2026-01-01"), ("b", "1", "2026-01-01T09:00"), ("a", "x", "")]
        {
            builder.add(1, &Row { case, activity, end, ..Row::default() });
        }
        let read = builder.finish();
        let told: Vec<_> = read
            .log
            .runs
            .iter()
            .map(|run| {
                let steps: Vec<&str> =
                    read.log.events_of(run).iter().map(|event| read.log.text(event.activity)).collect();
                (read.log.text(run.id), read.log.text(run.process), steps)
            })
            .collect();
        assert_eq!(told, [("a", "p", vec!["1", "x"]), ("b", "p", vec!["1", "2"])]);
    }

    #[test]
    fn times_are_read_in_every_usual_way() {
        let at = Some(1_767_225_600_000);
        for text in [
            "2026-01-01T00:00:00Z",
            "2026-01-01T01:00:00+01:00",
            "2026-01-01 00:00:00+00:00",
            "2026-01-01T00:00:00.000",
            "2026-01-01 00:00:00",
            "2026-01-01",
            "1767225600",
            "1767225600000",
        ] {
            assert_eq!(time(text), Ok(at), "{text}");
        }
        assert_eq!(time(" "), Ok(None));
        for text in ["yesterday", "1.2.2026", "12", "2026-13-01"] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_measured_told_or_not_known() {
        let row = |start, end, minutes, duration_ms| Row { start, end, minutes, duration_ms, ..Row::default() };
        for (row, duration) in [
            (row("2026-01-01T00:00:00Z", "2026-01-01T00:00:02Z", "", ""), Ok((Some(2000), DurationKind::Measured))),
            (row("", "2026-01-01T00:00:02Z", "1.5", ""), Ok((Some(90_000), DurationKind::Told))),
            (row("", "", "", "7"), Ok((Some(7), DurationKind::Measured))),
            (row("2026-01-01T00:00:02Z", "2026-01-01T00:00:00Z", "", ""), Ok((None, DurationKind::None))),
            (row("", "", "-1", ""), Err("its duration cannot be read")),
            (row("", "", "long", ""), Err("its duration cannot be read")),
        ] {
            let (start, end) = (time(row.start).unwrap(), time(row.end).unwrap());
            assert_eq!(super::duration(&row, start, end), duration, "{row:?}");
        }
    }

    #[test]
    fn who_did_it_is_read_as_it_is_written() {
        for (text, told) in [
            ("human", (Actor::Person, "")),
            ("person:Ann", (Actor::Person, "Ann")),
            ("agent:a-tool", (Actor::Agent, "a-tool")),
            ("CI", (Actor::Ci, "")),
            ("Ann: the lead", (Actor::NotKnown, "Ann: the lead")),
            ("", (Actor::NotKnown, "")),
        ] {
            assert_eq!(actor(text), told, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_usual_time_is_read_as_the_parser_reads_it(seconds in -62_135_596_800_i64..253_402_300_799, form in 0..3_usize) {
            let time = Timestamp::from_second(seconds).unwrap();
            let text = time.strftime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S+00:00", "%Y-%m-%dT%H:%M:%S"][form]).to_string();
            if let Some(read) = usual_time(text.as_bytes()) {
                proptest::prop_assert_eq!(read, seconds * 1000, "{}", text);
            }
            proptest::prop_assert_eq!(super::time(&text), Ok(Some(seconds * 1000)));
        }

        #[test]
        fn reordering_puts_each_item_where_it_belongs(keys in proptest::collection::vec(0_u8..9, 0..60)) {
            let mut order: Vec<u32> = (0..).take(keys.len()).collect();
            order.sort_by_key(|at| keys[*at as usize]);
            let expected: Vec<(u8, u32)> = order.iter().map(|at| (keys[*at as usize], *at)).collect();
            let mut items: Vec<(u8, u32)> = keys.iter().copied().zip(0..).collect();
            reorder(&mut items, order);
            proptest::prop_assert_eq!(items, expected);
        }
    }
}
