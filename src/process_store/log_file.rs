//! `.backstory/process/log.jsonl`: steps that people or other programs wrote down, one object a line. Lines are only ever added.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::failpoint;
use crate::files;
use crate::process::activities::Activities;
use crate::record::execution::{Actor, CaseKind, DurationKind, Execution, ExecutionLog, ExecutionStatus, Run, Symbol};
use crate::record::json;
use crate::record::text::Raw;
use crate::redact::Redactor;

const FOLDER: &str = ".backstory/process";
const NAME: &str = "log.jsonl";
/// More is not read: 1 million steps take about 300 MB.
const MOST: u64 = 1024 * 1024 * 1024;

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct LogEntry {
    pub(crate) process: String,
    /// Steps with the same one, of the same process, are one run.
    pub(crate) run: String,
    pub(crate) step: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) actor: Option<String>,
    /// Absent for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) actor_kind: Option<Actor>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tools: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) command: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) minutes: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
    #[serde(default, skip_serializing_if = "is_not_known")]
    pub(crate) status: ExecutionStatus,
}

fn is_not_known(status: &ExecutionStatus) -> bool {
    *status == ExecutionStatus::NotKnown
}

impl LogEntry {
    /// Without what must not travel; how much was taken out is counted.
    fn redacted(mut self, redactor: &Redactor) -> (Self, u32) {
        let mut count = 0;
        let mut clean = |text: &mut String| {
            let (cleaned, counts) = redactor.text(Raw::new(std::mem::take(text)));
            count += counts.values().sum::<u32>();
            *text = cleaned.to_string();
        };
        for text in [&mut self.process, &mut self.run, &mut self.step] {
            clean(text);
        }
        let texts = [&mut self.actor, &mut self.command, &mut self.input, &mut self.output, &mut self.note];
        texts.into_iter().flatten().for_each(&mut clean);
        self.tools.iter_mut().for_each(&mut clean);
        (self, count)
    }
}

/// Where the log of the work tree at `root` is.
///
/// # Errors
/// When a folder on the way is a symlink.
pub(crate) fn path(root: &Path) -> anyhow::Result<PathBuf> {
    Ok(files::folder_below(root, FOLDER)?.join(NAME))
}

/// Adds lines, redacted, in one write: a reader never sees half of one. Returns how many secrets were taken out.
///
/// # Errors
/// When the file is something else than a file, or cannot be written.
pub(crate) fn append(root: &Path, redactor: &Redactor, entries: Vec<LogEntry>) -> anyhow::Result<u32> {
    let path = path(root)?;
    let (mut text, mut redacted) = (String::new(), 0);
    for entry in entries {
        let (entry, count) = entry.redacted(redactor);
        redacted += count;
        text += &json::line(&entry)?;
        text.push('\n');
    }
    write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(redacted)
}

fn write(path: &Path, text: String) -> anyhow::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    match fs::symlink_metadata(path) {
        Ok(data) => anyhow::ensure!(data.is_file(), "it is not a regular file"),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let mut file = File::options().read(true).append(true).create(true).open(path)?;
    // Whoever was stopped halfway left a line without its end, which stays a line of its own.
    let is_torn = file.metadata()?.len() > 0 && {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        last != *b"\n"
    };
    failpoint::reach("process-log.append")?;
    file.write_all(if is_torn { format!("\n{text}") } else { text }.as_bytes())?;
    file.sync_data()?;
    Ok(())
}

/// What the log says, and of each line that cannot be read where it is and why.
#[derive(Debug, Default)]
pub(crate) struct ReadLog {
    pub(crate) entries: Vec<(usize, LogEntry)>,
    pub(crate) problems: Vec<String>,
}

/// Reads the log of the work tree at `root`; empty where there is none. Its texts are redacted again: others may have written it.
///
/// # Errors
/// When the file is something else than a file, or cannot be read.
pub(crate) fn read(root: &Path, redactor: &Redactor) -> anyhow::Result<ReadLog> {
    let path = path(root)?;
    let bytes = files::read(&path, MOST).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut read = ReadLog::default();
    for (number, line) in (1..).zip(bytes.unwrap_or_default().split(|byte| *byte == b'\n')) {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match serde_json::from_slice::<LogEntry>(line) {
            Ok(entry) if entry.process.is_empty() || entry.step.is_empty() || entry.run.is_empty() => {
                read.problems.push(format!("{FOLDER}/{NAME}:{number}: `process`, `run` or `step` is empty"));
            }
            Ok(entry) => read.entries.push((number, entry.redacted(redactor).0)),
            Err(error) => read.problems.push(format!("{FOLDER}/{NAME}:{number}: {}", reason(&error))),
        }
    }
    Ok(read)
}

/// What is wrong, without the place in the line, which says nothing to a person.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

/// The executions of another program's log as entries, and how many of them were there already.
pub(crate) fn of_log(log: &ExecutionLog, redactor: &Redactor, known: &[(usize, LogEntry)]) -> (Vec<LogEntry>, usize) {
    let known: HashSet<String> = known.iter().filter_map(|(_, entry)| json::line(entry).ok()).collect();
    let (mut entries, mut repeated) = (Vec::new(), 0);
    for run in &log.runs {
        for event in log.events_of(run) {
            let entry = of_event(log, run, event);
            let written = json::line(&entry.clone().redacted(redactor).0).unwrap_or_default();
            if known.contains(&written) {
                repeated += 1;
            } else {
                entries.push(entry);
            }
        }
    }
    (entries, repeated)
}

fn of_event(log: &ExecutionLog, run: &Run, event: &Execution) -> LogEntry {
    let text = |symbol: Symbol| Some(log.text(symbol).to_owned()).filter(|text| !text.is_empty());
    LogEntry {
        process: log.text(run.process).to_owned(),
        run: log.text(run.id).to_owned(),
        step: log.text(event.activity).to_owned(),
        at: event.at(),
        actor: text(event.actor_name),
        actor_kind: Some(event.actor),
        tools: text(event.tool).into_iter().collect(),
        command: text(event.command),
        input: text(event.input),
        output: text(event.output),
        minutes: event.duration_ms.map(|took| f64::from(took) / 60_000.0),
        note: text(event.note),
        status: event.status,
    }
}

/// A process, and a run of it.
type RunKey = (String, String);

/// Adds the runs of the log's entries.
pub(crate) fn add(log: &mut ExecutionLog, entries: Vec<(usize, LogEntry)>, rules: &Activities) {
    let mut runs: Vec<(RunKey, Vec<(usize, LogEntry)>)> = Vec::new();
    let mut places: HashMap<RunKey, usize> = HashMap::new();
    for (number, entry) in entries {
        let key = (entry.process.clone(), entry.run.clone());
        let place = *places.entry(key.clone()).or_insert_with(|| {
            runs.push((key, Vec::new()));
            runs.len() - 1
        });
        runs[place].1.push((number, entry));
    }
    for ((process, name), entries) in runs {
        let mut run = Run::new(log.symbols.intern(&format!("log/{process}/{name}")), CaseKind::Logged);
        run.process = log.symbols.intern(&process);
        run.process_why = log.symbols.intern("log");
        let events = entries.into_iter().map(|(number, entry)| execution(log, number, &entry, rules)).collect();
        log.push(run, events);
    }
}

fn execution(log: &mut ExecutionLog, number: usize, entry: &LogEntry, rules: &Activities) -> Execution {
    let mut text = |text: Option<&str>| log.symbols.intern(text.unwrap_or_default());
    let activity = text(Some(&entry.step));
    let minutes = entry.minutes.filter(|minutes| minutes.is_finite() && *minutes >= 0.0);
    let duration_ms = minutes.map(|minutes| (minutes * 60_000.0).round().min(f64::from(u32::MAX)) as u32);
    let execution = Execution {
        activity,
        also: Vec::new(),
        also_commands: Vec::new(),
        actor: entry.actor_kind.unwrap_or(Actor::Person),
        actor_name: text(entry.actor.as_deref()),
        tool: text(Some(&entry.tools.join(", "))),
        command: text(entry.command.as_deref()),
        input: text(entry.input.as_deref()),
        output: text(entry.output.as_deref()),
        note: text(entry.note.as_deref()),
        status: entry.status,
        failure: None,
        started_at: entry.at.map(Timestamp::as_millisecond),
        duration_ms,
        duration_kind: if duration_ms.is_some() { DurationKind::Told } else { DurationKind::None },
        files: Vec::<Symbol>::new(),
        source: text(Some(&format!("{FOLDER}/{NAME}:{number}"))),
    };
    if let Some(phase) = rules.phase(&entry.step) {
        log.phases.insert(activity, phase);
    }
    execution
}
