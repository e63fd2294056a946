//! Writes CSV: a row an event, with the column names that process mining tools know.

use std::io::{self, Write};

use super::outgoing::{ATTRIBUTES, LeftOut, Selection, clean};

pub(super) fn write(selection: &Selection<'_>, out: &mut dyn Write) -> io::Result<LeftOut> {
    let mut left = LeftOut::default();
    let mut writer = csv::Writer::from_writer(out);
    let columns = ["case:concept:name", "concept:name", "time:timestamp"];
    writer.write_record(columns.iter().chain(ATTRIBUTES).chain(&["process"]))?;
    for run in selection.runs(&mut left) {
        let process = clean(selection.log.text(run.run.process));
        for event in &run.events {
            let known = event.attributes(selection.log);
            let text =
                |name: &&str| known.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text.as_str());
            let row = [run.name.as_str(), event.activity.as_ref(), event.time.as_str()];
            writer.write_record(row.into_iter().chain(ATTRIBUTES.iter().map(text)).chain([process.as_ref()]))?;
        }
    }
    writer.flush()?;
    Ok(left)
}
