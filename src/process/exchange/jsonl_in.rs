//! Reads JSON lines: an object an event. Keys as those of the columns of a CSV; a list is its parts with commas between.

use std::io::{BufRead, Read};

use serde_json::{Map, Value};

use super::building::{LogBuilder, ReadError, ReadLog};
use super::fields::Mapping;
use super::limited::LIMIT;
use super::values::Values;

pub(super) fn read(mut input: impl BufRead, mapping: &Mapping) -> Result<ReadLog, ReadError> {
    let mut builder = LogBuilder::new(mapping);
    let mut values = Values::new(mapping);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let count = input.by_ref().take(LIMIT).read_until(b'\n', &mut line)?;
        match count as u64 {
            0 => break,
            LIMIT if !line.ends_with(b"\n") => {
                input.skip_until(b'\n')?;
                builder.skip(number, "it is longer than a megabyte");
            }
            _ if line.trim_ascii().is_empty() => {}
            _ => match serde_json::from_slice::<Map<String, Value>>(&line) {
                Ok(object) => add(&mut builder, &mut values, number, &object),
                Err(_) => builder.skip(number, "it is no object of JSON"),
            },
        }
    }
    Ok(builder.finish())
}

fn add(builder: &mut LogBuilder, values: &mut Values, line: u64, object: &Map<String, Value>) {
    values.clear();
    for (key, value) in object {
        values.set(key, &text(value));
    }
    builder.add(line, &values.row());
}

/// A value as one would write it into a cell.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_event_is_skipped_and_named() {
        let mut text = br#"{"case":1,"step":"a","tools_used":["x","y"],"minutes":2,"at":"2026-01-01T00:00:00Z"}

[1]
{"case":"1","step":"b"
{"case":"1"}
{"step":"b"}
"#
        .to_vec();
        text.extend(std::iter::repeat_n(b'x', 3 << 20));
        text.extend(b"\n{\"case\":\"1\",\"step\":\"c\"}");
        let read = read(text.as_slice(), &Mapping::default()).unwrap();
        let lines: Vec<u64> = read.skipped.iter().map(|row| row.line).collect();
        assert_eq!((lines, read.skipped_rows), (vec![3, 4, 5, 6, 7], 5));
        let log = read.log;
        let steps: Vec<&str> = log.events.iter().map(|event| log.text(event.activity)).collect();
        assert_eq!((steps, log.runs.len(), log.text(log.events[0].tool)), (vec!["a", "c"], 1, "x, y"));
    }
}
