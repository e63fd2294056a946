//! A chat as one document, or as the log of what was changed in it.

use serde_json::Value;

use crate::capture::lines::first_lines;

/// Whether a text begins as a chat does: as a document over many lines, in one line, or as the first entry of a log.
pub(super) fn recognises(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    let has = |name: &str| memchr::memmem::find(head, name.as_bytes()).is_some();
    // The document begins with its version, what a person is called and who answers.
    let is_document =
        head.starts_with(b"{") && has("\"requests\"") && (has("\"responderUsername\"") || has("\"requesterUsername\""));
    is_document || first_lines(head).next().is_some_and(|line| line.starts_with(b"{\"kind\":0,\"v\":{"))
}

/// The chat, and the lines of a log that could not be read.
pub(super) fn read(text: &[u8]) -> (Value, Vec<u64>) {
    if let Ok(whole) = serde_json::from_slice::<Value>(text) {
        return (if whole["kind"] == 0 { whole["v"].clone() } else { whole }, Vec::new());
    }
    let first = first_lines(text).next().unwrap_or_default();
    if serde_json::from_slice::<Value>(first.trim_ascii()).is_err() {
        return (Value::Null, vec![0]);
    }
    let (mut chat, mut skipped) = (Value::Null, Vec::new());
    for (line, number) in text.split_inclusive(|byte| *byte == b'\n').zip(1..) {
        let is_whole = line.ends_with(b"\n");
        let line = line.trim_ascii();
        match serde_json::from_slice::<Value>(line) {
            Ok(entry) => apply(entry, &mut chat),
            Err(_) if line.is_empty() || !is_whole => {}
            Err(_) => skipped.push(number),
        }
    }
    (chat, skipped)
}

/// `{"kind": 0, "v": ...}` is the whole, 1 sets what is at `k`, 2 puts `v` behind what is there (or behind `i` items of it), 3
/// takes it away.
fn apply(mut entry: Value, chat: &mut Value) {
    let value = entry["v"].take();
    let path: Vec<Value> = match entry["k"].take() {
        Value::Array(path) => path,
        _ => Vec::new(),
    };
    match entry["kind"].as_u64() {
        Some(0) => *chat = value,
        Some(1) => {
            if let Some(place) = place_of(chat, &path) {
                *place = value;
            }
        }
        Some(2) => {
            let Some(place) = place_of(chat, &path) else { return };
            if !place.is_array() {
                *place = Value::Array(Vec::new());
            }
            if let (Value::Array(list), Value::Array(more)) = (place, value) {
                if let Some(kept) = entry["i"].as_u64().and_then(|kept| usize::try_from(kept).ok()) {
                    list.truncate(kept);
                }
                list.extend(more);
            }
        }
        Some(3) => {
            let Some((last, path)) = path.split_last() else { return };
            match (place_of(chat, path), last) {
                (Some(Value::Object(object)), Value::String(name)) => drop(object.remove(name)),
                (Some(Value::Array(list)), Value::Number(number)) => {
                    let index = number.as_u64().and_then(|index| usize::try_from(index).ok());
                    if let Some(index) = index.filter(|index| *index < list.len()) {
                        list.remove(index);
                    }
                }
                _ => {}
            }
        }
        _ => {}
    }
}

/// What is at a path; an object is given the members that it lacks, a list only the next item.
fn place_of<'a>(chat: &'a mut Value, path: &[Value]) -> Option<&'a mut Value> {
    let mut place = chat;
    for step in path {
        place = match step {
            Value::String(name) => {
                if place.is_null() {
                    *place = Value::Object(serde_json::Map::new());
                }
                place.as_object_mut()?.entry(name.clone()).or_insert(Value::Null)
            }
            Value::Number(number) => {
                let index = usize::try_from(number.as_u64()?).ok()?;
                let list = place.as_array_mut()?;
                if index == list.len() {
                    list.push(Value::Null);
                }
                list.get_mut(index)?
            }
            _ => return None,
        };
    }
    Some(place)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_log_is_the_document_that_it_leads_to() {
        let lines = [
            json!({"kind": 0, "v": {"sessionId": "s", "requests": [{"id": 1, "response": ["a", "b"]}]}}),
            json!({"kind": 1, "k": ["requests", 0, "result"], "v": {"ok": true}}),
            json!({"kind": 2, "k": ["requests", 0, "response"], "v": ["c"], "i": 1}),
            json!({"kind": 2, "k": ["requests"], "v": [{"id": 2}]}),
            json!({"kind": 2, "k": ["requests", 1, "response"], "v": ["d"]}),
            json!({"kind": 1, "k": ["title"], "v": "x"}),
            json!({"kind": 3, "k": ["title"]}),
            json!({"kind": 1, "k": ["requests", 9, "x"], "v": 1}),
            json!({"kind": 1, "k": ["sessionId", "x"], "v": 1}),
            json!({"kind": 9}),
        ];
        let text: Vec<String> = lines.iter().map(ToString::to_string).collect();
        let expected = json!({"sessionId": "s", "requests": [
            {"id": 1, "response": ["a", "c"], "result": {"ok": true}}, {"id": 2, "response": ["d"]}]});
        assert_eq!(read(format!("{}\n", text.join("\n")).as_bytes()), (expected, vec![]));
        assert_eq!(read(b"{\"kind\":0,\"v\":{}}\nno\n{\"ki").1, [2]);
        assert_eq!(read(b"{\"requests\": [").1, [0]);
    }
}
