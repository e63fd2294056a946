//! Writes XES (IEEE 1849-2016). The time of an event is when it began: that is the order in which we tell the steps.

use std::io::{self, Write};

use quick_xml::escape::escape;

use super::outgoing::{LeftOut, OutEvent, Selection, clean};

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
  <global scope="trace"><string key="concept:name" value=""/></global>
  <global scope="event"><string key="concept:name" value=""/><date key="time:timestamp" value="1970-01-01T00:00:00Z"/></global>
  <classifier name="Activity" keys="concept:name"/>
"#;

pub(super) fn write(selection: &Selection<'_>, out: &mut dyn Write) -> io::Result<LeftOut> {
    let mut left = LeftOut::default();
    let log = selection.log;
    out.write_all(HEAD.as_bytes())?;
    if let Some(process) = selection.process.map(clean).filter(|process| !process.is_empty()) {
        writeln!(out, "  <string key=\"concept:name\" value=\"{}\"/>", escape(process.as_ref()))?;
    }
    for run in selection.runs(&mut left) {
        writeln!(out, "  <trace>\n    <string key=\"concept:name\" value=\"{}\"/>", escape(run.name.as_str()))?;
        let process = clean(log.text(run.run.process));
        if !process.is_empty() {
            writeln!(out, "    <string key=\"process\" value=\"{}\"/>", escape(process.as_ref()))?;
        }
        for event in &run.events {
            write_event(selection, event, out)?;
        }
        out.write_all(b"  </trace>\n")?;
    }
    out.write_all(b"</log>\n")?;
    Ok(left)
}

fn write_event(selection: &Selection<'_>, event: &OutEvent<'_>, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "    <event><string key=\"concept:name\" value=\"{}\"/><date key=\"time:timestamp\" value=\"{}\"/>",
        escape(event.activity.as_ref()),
        event.time
    )?;
    for (name, text) in event.attributes(selection.log) {
        let kind = if name == "duration_ms" { "int" } else { "string" };
        write!(out, "<{kind} key=\"{name}\" value=\"{}\"/>", escape(text.as_str()))?;
    }
    out.write_all(b"</event>\n")
}
