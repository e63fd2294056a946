//! The messages of a session, each in its last version. A line is a message, a change of what is known of the session
//! (`{"$set": {...}}`) or the word that the person went back (`{"$rewindTo": "<id>"}`).

use std::collections::HashMap;

use crate::capture::json::{Cursor, Read, Value, whole_object};
pub(super) use crate::capture::values::owned;

/// What a file holds, in its order.
#[derive(Default)]
pub(super) struct GeminiHistory<'a> {
    pub(super) about: AboutSession<'a>,
    pub(super) steps: Vec<HistoryStep<'a>>,
    /// Lines that could not be read; 0 for the document.
    pub(super) skipped: Vec<u64>,
    places: HashMap<&'a [u8], usize>,
}

#[derive(Clone, Copy, Default)]
pub(super) struct AboutSession<'a> {
    pub(super) session: Option<Value<'a>>,
    pub(super) kind: &'a [u8],
    pub(super) directories: Option<Value<'a>>,
}

pub(super) enum HistoryStep<'a> {
    Message(Value<'a>),
    /// What stands from this step on was taken back.
    Rewind(usize),
}

impl<'a> GeminiHistory<'a> {
    pub(super) fn read(text: &'a [u8]) -> Self {
        let mut history = Self::default();
        let first = text.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
        if first.trim_ascii_end().ends_with(b"{") || first.trim_ascii_end().ends_with(b",") {
            // A document over several lines. Of one that ends too early what was read counts.
            if history.entry(text).is_err() {
                history.skipped.push(0);
            }
            return history;
        }
        for (line, number) in text.split_inclusive(|byte| *byte == b'\n').zip(1..) {
            // The last line may not be written to its end yet.
            let is_whole = line.ends_with(b"\n");
            let line = line.trim_ascii();
            if !line.is_empty() && history.entry(line).is_err() && is_whole {
                history.skipped.push(number);
            }
        }
        history
    }

    fn entry(&mut self, text: &'a [u8]) -> Read<()> {
        let (mut id, mut kind): (&[u8], &[u8]) = (b"", b"");
        whole_object(text, |cursor, key| {
            match key {
                b"id" => id = cursor.value()?.bare(),
                b"type" => kind = cursor.value()?.bare(),
                b"$set" => self.fields(cursor)?,
                b"$rewindTo" => {
                    if let Some(place) = self.places.get(cursor.value()?.bare()) {
                        self.steps.push(HistoryStep::Rewind(*place));
                    }
                }
                _ => self.field(cursor, key)?,
            }
            Ok(())
        })?;
        if !id.is_empty() && !kind.is_empty() {
            self.message(id, Cursor::new(text).value()?, true);
        }
        Ok(())
    }

    fn fields(&mut self, cursor: &mut Cursor<'a>) -> Read<()> {
        cursor.object(|cursor, key| self.field(cursor, key))
    }

    fn field(&mut self, cursor: &mut Cursor<'a>, key: &'a [u8]) -> Read<()> {
        match key {
            b"sessionId" => self.about.session = Some(cursor.value()?),
            b"kind" => self.about.kind = cursor.value()?.bare(),
            b"directories" => self.about.directories = Some(cursor.value()?),
            // The whole history once more, in another form and without what was refused. It replaces nothing.
            b"messages" => cursor.array(|cursor| {
                let message = cursor.value()?;
                if let Some(id) = message.member("id") {
                    self.message(id.bare(), message, false);
                }
                Ok(())
            })?,
            _ => {}
        }
        Ok(())
    }

    /// A message is written again with each call that ends.
    fn message(&mut self, id: &'a [u8], message: Value<'a>, replaces: bool) {
        match self.places.get(id) {
            Some(place) if replaces => self.steps[*place] = HistoryStep::Message(message),
            Some(_) => {}
            None => {
                self.places.insert(id, self.steps.len());
                self.steps.push(HistoryStep::Message(message));
            }
        }
    }
}

/// The texts of a content: a string, or those of its parts that are not thoughts.
pub(super) fn texts(content: Option<Value<'_>>) -> Vec<String> {
    let Some(content) = content else { return Vec::new() };
    if let Some(text) = content.owned() {
        return vec![text];
    }
    let mut texts = Vec::new();
    let _ = content.cursor().array(|cursor| {
        let part = cursor.value()?;
        if part.is_string() {
            texts.extend(part.owned());
        } else if !part.member("thought").is_some_and(Value::is_true) {
            texts.extend(owned(part.member("text")));
        }
        Ok(())
    });
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> (Vec<String>, Vec<u64>) {
        let history = GeminiHistory::read(text.as_bytes());
        let shown = history.steps.iter().map(|step| match step {
            HistoryStep::Message(message) => message.member("content").and_then(Value::owned).unwrap_or_default(),
            HistoryStep::Rewind(place) => format!("back to {place}"),
        });
        (shown.collect(), history.skipped)
    }

    #[test]
    fn the_last_version_of_a_message_stands_where_the_first_one_did() {
        let message =
            |id: u8, content: &str| format!("{{\"id\":\"{id}\",\"type\":\"user\",\"content\":\"{content}\"}}");
        let again = format!("{{\"$set\":{{\"messages\":[{},{}]}}}}", message(1, "other"), message(7, "only here"));
        let lines = [message(1, "a"), message(2, "b"), message(1, "c"), again, "{\"$rewindTo\":\"2\"}".to_owned()];
        assert_eq!(steps(&lines.join("\n")).0, ["c", "b", "only here", "back to 1"]);
        let damaged = format!("{}\nno\n{}\n{}", message(1, "a"), message(2, "b"), &message(3, "c")[..20]);
        assert_eq!(steps(&damaged), (vec!["a".to_owned(), "b".to_owned()], vec![2]), "a line that is being written");
        let document =
            format!("{{\n \"sessionId\": \"x\",\n \"messages\": [\n{},\n{}\n]}}", message(1, "a"), message(2, "b"));
        assert_eq!(steps(&document), (vec!["a".to_owned(), "b".to_owned()], vec![]));
        let cut = &document[..document.len() - 9];
        assert_eq!(steps(cut), (vec!["a".to_owned()], vec![0]), "{cut}");
    }
}
