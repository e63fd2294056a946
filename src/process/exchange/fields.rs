//! What a column, a key or an attribute of somebody else's log means. The names of the XES standard and those that are usual
//! are known; others are told with `COLUMN=FIELD`.

use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Field {
    Case,
    Activity,
    Start,
    End,
    Actor,
    Process,
    Tool,
    Command,
    Input,
    Output,
    Note,
    Status,
    Failure,
    Minutes,
    DurationMs,
}

pub(super) const ALL_FIELDS: &[Field] = &[
    Field::Case,
    Field::Activity,
    Field::Start,
    Field::End,
    Field::Actor,
    Field::Process,
    Field::Tool,
    Field::Command,
    Field::Input,
    Field::Output,
    Field::Note,
    Field::Status,
    Field::Failure,
    Field::Minutes,
    Field::DurationMs,
];

/// Each field with the name that `--map` takes and the names that are known, the most telling first.
const FIELDS: &[(Field, &str, &[&str])] = &[
    (Field::Case, "case", &["case:concept:name", "case_id", "caseid", "case", "run", "run_id", "trace_id"]),
    (Field::Activity, "step", &["concept:name", "activity", "step", "step_name", "activity_name", "task", "event"]),
    (Field::Start, "start", &["start_timestamp", "start", "start_time", "started_at", "started"]),
    (
        Field::End,
        "time",
        &[
            "time:timestamp",
            "timestamp",
            "time",
            "end_timestamp",
            "end",
            "end_time",
            "ended_at",
            "at",
            "logged_at",
            "date",
        ],
    ),
    (Field::Actor, "actor", &["org:resource", "resource", "actor", "assignee", "user"]),
    (Field::Process, "process", &["case:process", "process", "process_name"]),
    (Field::Tool, "tool", &["tool", "tools", "tools_used"]),
    (Field::Command, "command", &["command"]),
    (Field::Input, "input", &["input", "input_data"]),
    (Field::Output, "output", &["output", "output_data"]),
    (Field::Note, "note", &["note", "notes", "comment"]),
    (Field::Status, "status", &["status", "outcome", "result"]),
    (Field::Failure, "failure", &["failure", "failure_kind"]),
    (Field::Minutes, "minutes", &["duration_minutes", "minutes"]),
    (Field::DurationMs, "milliseconds", &["duration_ms"]),
];

/// What a person said about columns, and what the process is called where the log does not say so.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mapping {
    columns: BTreeMap<String, Field>,
    process: String,
}

/// A `--map` that says nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum MappingError {
    #[error("`{0}` maps no column\nhint: write COLUMN=FIELD, with one of the fields {names}", names = names())]
    NoField(String),
    #[error("`{0}` is no field\nhint: the fields are {names}", names = names())]
    UnknownField(String),
}

/// `case, step, start, ...`
pub(crate) fn names() -> String {
    FIELDS.iter().map(|(_, name, _)| *name).collect::<Vec<_>>().join(", ")
}

impl Mapping {
    /// From `COLUMN=FIELD`. A column may have a `=` in its name: the last one counts.
    ///
    /// # Errors
    /// For text that names no field.
    pub(crate) fn new(pairs: &[String]) -> Result<Self, MappingError> {
        let mut mapping = Self::default();
        for pair in pairs {
            let (column, field) = pair.rsplit_once('=').ok_or_else(|| MappingError::NoField(pair.clone()))?;
            let known = FIELDS.iter().find(|(_, name, _)| *name == field.trim());
            let (field, ..) = known.ok_or_else(|| MappingError::UnknownField(field.trim().to_owned()))?;
            mapping.columns.insert(column.trim().to_owned(), *field);
        }
        Ok(mapping)
    }

    /// The same, for a log whose runs are of `process` where it does not say of which.
    #[must_use]
    pub(crate) fn of_process(mut self, process: &str) -> Self {
        self.process = process.to_owned();
        self
    }

    pub(super) fn process(&self) -> &str {
        &self.process
    }

    /// What was said of `column`.
    pub(super) fn told(&self, column: &str) -> Option<Field> {
        self.columns.get(column).copied()
    }

    /// Columns that were told and are not among `columns`.
    pub(super) fn missing<'a>(&'a self, columns: &[&str]) -> Option<&'a str> {
        self.columns.keys().map(String::as_str).find(|column| !columns.contains(column))
    }

    /// What `column` means, and how telling that is: smaller is more.
    pub(super) fn field(&self, column: &str) -> Option<(Field, usize)> {
        if let Some(field) = self.told(column) {
            return Some((field, 0));
        }
        let plain = column.trim().to_ascii_lowercase().replace([' ', '-'], "_");
        FIELDS
            .iter()
            .find_map(|(field, _, known)| known.iter().position(|name| *name == plain).map(|place| (*field, place + 1)))
    }

    /// Which of `columns` holds which field: the most telling, the first of them.
    pub(super) fn places(&self, columns: &[&str]) -> BTreeMap<Field, usize> {
        let mut places: BTreeMap<Field, (usize, usize)> = BTreeMap::new();
        for (at, column) in columns.iter().enumerate() {
            let Some((field, rank)) = self.field(column) else { continue };
            let best = places.entry(field).or_insert((rank, at));
            if rank < best.0 {
                *best = (rank, at);
            }
        }
        places.into_iter().map(|(field, (_, at))| (field, at)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_name_wins_and_what_was_told_wins_over_it() {
        let columns = ["event", "concept:name", "Case ID", "time", "time:timestamp", "who"];
        let known = Mapping::default().places(&columns);
        assert_eq!((known[&Field::Activity], known[&Field::Case], known[&Field::End]), (1, 2, 4));
        let told = Mapping::new(&["event=step".into(), "who=actor".into()]).unwrap().places(&columns);
        assert_eq!((told[&Field::Activity], told[&Field::Actor]), (0, 5));
    }

    #[test]
    fn a_mapping_that_says_nothing_is_named() {
        for (pair, says) in [("x", "`x` maps no column"), ("x=y", "`y` is no field"), ("", "`` maps no column")] {
            let error = Mapping::new(&[pair.to_owned()]).unwrap_err().to_string();
            assert!(error.starts_with(says) && error.contains("\nhint: "), "{error}");
        }
    }

    #[test]
    fn no_name_means_two_things() {
        let mut names: Vec<&str> = FIELDS.iter().flat_map(|(_, _, known)| known.iter().copied()).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
        assert_eq!(FIELDS.iter().map(|(field, ..)| *field).collect::<Vec<_>>(), ALL_FIELDS);
    }
}
