//! Reads XES (IEEE 1849-2016): traces of events, each attribute a `key` and a `value`. What a log needs none of is refused:
//! document types with their entities, and elements nested deeper than any log.

use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::building::{LogBuilder, ReadError, ReadLog};
use super::fields::{Field, Mapping};
use super::limited::{LIMIT, Limited};
use super::values::Values;

const MAX_DEPTH: usize = 64;
/// What XES calls a trace, an event and a log, and a step.
const NAME: &str = "concept:name";

pub(super) fn read(input: impl BufRead, mapping: &Mapping) -> Result<ReadLog, ReadError> {
    let (input, meter) = Limited::new(input);
    let mut reader = Reader::from_reader(input);
    let mut parsing = Parsing::new(mapping);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        meter.reset();
        let event = reader.read_event_into(&mut buffer);
        parsing.line = meter.line();
        match event {
            Ok(Event::Eof) => return parsing.finish(),
            Ok(event) => parsing.take(&event)?,
            Err(_) if meter.is_full() => return Err(ReadError::TooLong { line: meter.line(), limit: LIMIT }),
            Err(error) => return Err(parsing.malformed(&error.to_string())),
        }
    }
}

/// Where an element stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Log,
    Trace,
    Event,
    /// An attribute, and what is of no interest: extensions, classifiers, defaults.
    Inner,
}

struct Parsing<'a> {
    builder: LogBuilder,
    mapping: &'a Mapping,
    places: Vec<Place>,
    has_log: bool,
    /// Of the log, of the trace that is open, and the number of that.
    process: String,
    trace_process: String,
    case: String,
    traces: u64,
    event: Values<'a>,
    line: u64,
}

impl<'a> Parsing<'a> {
    fn new(mapping: &'a Mapping) -> Self {
        Self {
            builder: LogBuilder::new(mapping),
            mapping,
            places: Vec::new(),
            has_log: false,
            process: String::new(),
            trace_process: String::new(),
            case: String::new(),
            traces: 0,
            event: Values::new(mapping),
            line: 1,
        }
    }

    fn malformed(&self, why: &str) -> ReadError {
        ReadError::Malformed { line: self.line, why: format!("it is no XML that can be read: {why}") }
    }

    fn take(&mut self, event: &Event<'_>) -> Result<(), ReadError> {
        match event {
            Event::Start(element) => self.open(element),
            Event::Empty(element) => {
                self.open(element)?;
                self.close();
                Ok(())
            }
            Event::End(_) => {
                self.close();
                Ok(())
            }
            Event::DocType(_) => Err(ReadError::Refused { line: self.line, what: "it declares a document type" }),
            _ => Ok(()),
        }
    }

    fn open(&mut self, element: &BytesStart<'_>) -> Result<(), ReadError> {
        if self.places.len() >= MAX_DEPTH {
            return Err(ReadError::Refused { line: self.line, what: "its elements are nested more than 64 deep" });
        }
        let name = element.local_name();
        let place = match (self.places.last(), name.as_ref()) {
            (None, "log") => Place::Log,
            (None, _) => return Err(self.malformed("it does not begin with `log`")),
            (Some(Place::Log), "trace") => Place::Trace,
            (Some(Place::Trace), "event") => Place::Event,
            (Some(outer), "string" | "date" | "int" | "float" | "boolean" | "id") => {
                self.attribute(*outer, element)?;
                Place::Inner
            }
            _ => Place::Inner,
        };
        match place {
            Place::Log => self.has_log = true,
            Place::Trace => {
                self.traces += 1;
                self.case = format!("trace {}", self.traces);
                self.trace_process.clear();
            }
            Place::Event => self.event.clear(),
            Place::Inner => {}
        }
        self.places.push(place);
        Ok(())
    }

    fn attribute(&mut self, place: Place, element: &BytesStart<'_>) -> Result<(), ReadError> {
        if place == Place::Inner {
            return Ok(());
        }
        let (mut key, mut value) = (None, None);
        for attribute in element.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| self.malformed(&error.to_string()))?;
            let text = || attribute.normalized_value(XmlVersion::Implicit1_0);
            match attribute.key.as_ref() {
                "key" => key = Some(text().map_err(|error| self.malformed(&error.to_string()))?),
                "value" => value = Some(text().map_err(|error| self.malformed(&error.to_string()))?),
                _ => {}
            }
        }
        let (Some(key), Some(value)) = (key, value) else { return Ok(()) };
        let told = self.mapping.told(&key);
        match place {
            Place::Event => self.event.set(&key, &value),
            Place::Trace if told == Some(Field::Case) || (told.is_none() && key == NAME) => {
                self.case = value.into_owned()
            }
            Place::Trace if matches!(self.mapping.field(&key), Some((Field::Process, _))) => {
                self.trace_process = value.into_owned();
            }
            Place::Log if key == NAME => self.process = value.into_owned(),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self) {
        if self.places.pop() == Some(Place::Event) {
            let mut row = self.event.row();
            row.case = &self.case;
            if row.process.is_empty() {
                row.process = if self.trace_process.is_empty() { &self.process } else { &self.trace_process };
            }
            self.builder.add(self.line, &row);
        }
    }

    fn finish(self) -> Result<ReadLog, ReadError> {
        match self.has_log {
            _ if !self.places.is_empty() => Err(self.malformed("it ends in the middle")),
            false => Err(ReadError::Empty),
            true => Ok(self.builder.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Result<Vec<String>, String> {
        let read = super::read(text.as_bytes(), &Mapping::default()).map_err(|error| error.to_string())?;
        let log = &read.log;
        let run = |run: &crate::record::execution::Run| {
            let steps: Vec<&str> = log.events_of(run).iter().map(|event| log.text(event.activity)).collect();
            format!("{} {}: {}", log.text(run.process), log.text(run.id), steps.join(" > "))
        };
        let mut told: Vec<String> = log.runs.iter().map(run).collect();
        told.extend(read.skipped.iter().map(|row| format!("{}: {}", row.line, row.why)));
        Ok(told)
    }

    #[test]
    fn traces_and_their_events_are_read() {
        let text = r#"<?xml version="1.0"?>
<log xmlns="http://www.xes-standard.org/"><extension name="Concept"/>
<global scope="event"><string key="concept:name" value="none"/></global>
<string key="concept:name" value="offers"/>
<trace><string key="concept:name" value="1"/>
<event><string key="concept:name" value="b &amp; &#60;c&gt;"/><date key="time:timestamp" value="2026-01-02T00:00:00Z"/></event>
<event><string key="concept:name" value="a"><string key="concept:name" value="inner"/></string><date key="time:timestamp" value="2026-01-01T00:00:00+01:00"/></event>
<event><string key="org:resource" value="nobody"/></event>
</trace><trace><event><string key="concept:name" value="c"/></event></trace>
<trace><string key="process" value="other"/><string key="concept:name" value="1b"/><event><string key="concept:name" value="d"/></event></trace>
</log>"#;
        assert_eq!(
            told(text).unwrap(),
            ["offers 1: a > b & <c>", "other 1b: d", "offers trace 2: c", "8: it names no step"]
        );
    }

    #[test]
    fn hostile_or_broken_xml_is_refused_with_its_line() {
        let deep = format!("<log>\n{}", "<list>".repeat(100_000));
        let entities =
            "<?xml version=\"1.0\"?>\n<!DOCTYPE log [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n<log>&b;</log>";
        let long = format!("<log>\n<trace><string key=\"a\" value=\"{}\"/></trace></log>", "x".repeat(3 << 20));
        for (text, says) in [
            (entities, "line 2: it declares a document type"),
            (deep.as_str(), "line 2: its elements are nested more than 64 deep"),
            (long.as_str(), "line 2: an event is longer than"),
            (
                "<log><trace>\n<event><string key=\"concept:name\" value=\"&unknown;\"/></event></trace></log>",
                "line 2: it is no XML",
            ),
            ("<log><trace>", "line 1: it is no XML that can be read: it ends in the middle"),
            ("<log></trace></log>", "line 1: it is no XML"),
            ("<html/>", "line 1: it is no XML that can be read: it does not begin with `log`"),
            ("", "there is nothing in it"),
            ("<log><trace><event a=\"<\"/></trace></log>", ""),
        ] {
            let error = told(text).map_or_else(|error| error, |_| String::new());
            assert!(error.starts_with(says), "{says}: {error}");
        }
    }
}
