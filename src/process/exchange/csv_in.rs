//! Reads CSV: a row an event, its columns named by the first line. Commas, semicolons or tabs.

use std::io::BufRead;
use std::str;

use csv::{ByteRecord, ErrorKind, ReaderBuilder};

use super::building::{LogBuilder, ReadError, ReadLog, Row};
use super::fields::{Field, Mapping};
use super::limited::{LIMIT, Limited};

pub(super) fn read(mut input: impl BufRead, mapping: &Mapping) -> Result<ReadLog, ReadError> {
    let delimiter = delimiter(input.fill_buf()?);
    let (input, meter) = Limited::new(input);
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(input);
    let too_long = |line| ReadError::TooLong { line, limit: LIMIT };
    let header = match reader.byte_headers() {
        Ok(header) => header.clone(),
        Err(_) if meter.is_full() => return Err(too_long(1)),
        Err(error) => return Err(ReadError::Malformed { line: 1, why: error.to_string() }),
    };
    let columns: Vec<String> = header.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    let places = Places::new(&columns, mapping)?;
    let mut builder = LogBuilder::new(mapping);
    let mut record = ByteRecord::new();
    loop {
        meter.reset();
        let line = reader.position().line();
        match reader.read_byte_record(&mut record) {
            Ok(false) => return Ok(builder.finish()),
            Ok(true) => match row(&record, &places) {
                Some(row) => builder.add(line, &row),
                None => builder.skip(line, "it is not UTF-8"),
            },
            Err(_) if meter.is_full() => return Err(too_long(line)),
            Err(error) => match error.into_kind() {
                ErrorKind::Io(error) => return Err(error.into()),
                _ => builder.skip(line, "it is no row of CSV"),
            },
        }
    }
}

/// What stands between the columns: the one of the three that the first line has most of.
fn delimiter(beginning: &[u8]) -> u8 {
    let line = beginning.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: &u8| line.iter().filter(|byte| *byte == delimiter).count();
    // The last of several that are as frequent.
    *[b'\t', b';', b','].iter().max_by_key(|delimiter| count(delimiter)).expect("there are three")
}

/// Which column holds which field.
struct Places(Vec<(Field, usize)>);

impl Places {
    fn new(columns: &[String], mapping: &Mapping) -> Result<Self, ReadError> {
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        if names.iter().all(|name| name.is_empty()) {
            return Err(ReadError::Empty);
        }
        let list = || names.iter().take(30).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        if let Some(column) = mapping.missing(&names) {
            return Err(ReadError::UnknownColumn { column: column.to_owned(), columns: list() });
        }
        let places = mapping.places(&names);
        let needed =
            [(Field::Case, "which case an event belongs to", "case"), (Field::Activity, "which step it is", "step")];
        for (field, what, name) in needed {
            if !places.contains_key(&field) {
                return Err(ReadError::NoColumn { what, field: name, columns: list() });
            }
        }
        Ok(Self(places.into_iter().collect()))
    }
}

/// `None` where a field is no text.
fn row<'a>(record: &'a ByteRecord, places: &Places) -> Option<Row<'a>> {
    let text = str::from_utf8(record.as_slice()).ok()?;
    let mut row = Row::default();
    for (field, place) in &places.0 {
        if let Some(range) = record.range(*place) {
            *row.field(*field) = text.get(range)?;
        }
    }
    Some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &[u8], map: &[&str]) -> Result<(Vec<String>, Vec<u64>), String> {
        let mapping = Mapping::new(&map.iter().map(|pair| (*pair).to_owned()).collect::<Vec<_>>()).unwrap();
        let read = super::read(text, &mapping).map_err(|error| error.to_string())?;
        let log = &read.log;
        let event = |run: &crate::record::execution::Run| {
            let steps: Vec<&str> = log.events_of(run).iter().map(|event| log.text(event.activity)).collect();
            format!("{}: {}", log.text(run.id), steps.join(" > "))
        };
        Ok((log.runs.iter().map(event).collect(), read.skipped.iter().map(|row| row.line).collect()))
    }

    #[test]
    fn rows_are_read_and_those_that_cannot_be_are_named_by_line() {
        for (text, runs, skipped) in [
            (&b"case,activity\n1,a\n1,b\n2,a\n"[..], vec!["1: a > b", "2: a"], vec![]),
            (b"\xef\xbb\xbfcase;activity\r\n1;a\r\n1;\"b; c\"\r\n", vec!["1: a > b; c"], vec![]),
            (b"case\tactivity\ttimestamp\n1\tb\t2026-01-02\n1\ta\t2026-01-01\n", vec!["1: a > b"], vec![]),
            (b"case,activity,time\n1,a,soon\n1,b\n,c\n2,\n3,\xff\n", vec!["1: b"], vec![2, 4, 5, 6]),
            (b"case,activity\n1,\"a\nb\"\n2,c\n3\n", vec!["1: a\nb", "2: c"], vec![5]),
        ] {
            let (read, lines) = told(text, &[]).unwrap();
            let mut read = read;
            read.sort();
            assert_eq!((read, lines), (runs.iter().map(|run| (*run).to_owned()).collect(), skipped));
        }
    }

    #[test]
    fn a_mistake_is_said_with_what_to_do() {
        for (text, map, says) in [
            (
                &b"id,what\n1,a\n"[..],
                &[][..],
                "no column says which case an event belongs to\nhint: name it with --map COLUMN=case; there are `id`, `what`",
            ),
            (b"id,what\n1,a\n", &["id=case"], "no column says which step it is"),
            (b"id,what\n1,a\n", &["no=case"], "there is no column `no`"),
            (b"", &[], "there is nothing in it"),
        ] {
            assert!(told(text, map).unwrap_err().starts_with(says), "{says}");
        }
        assert_eq!(told(b"id,what\n1,a\n", &["id=case", "what=step"]).unwrap().0, ["1: a"]);
    }

    #[test]
    fn a_quote_that_is_never_closed_takes_no_more_than_its_limit() {
        let mut text = b"case,activity\n1,a\n2,\"b\n".to_vec();
        text.extend(std::iter::repeat_n(b"3,c\n", 1 << 19).flatten());
        assert!(told(&text, &[]).unwrap_err().starts_with("line 3: an event is longer than"));
    }
}
