//! What several agents write in the same form, out of JSON.

use std::borrow::Cow;

use jiff::Timestamp;

use super::event::EventKind;
use super::events::Events;
use super::json::{Cursor, Read, Value};
use super::time::milliseconds_since_1970;
use crate::record::session::Skip;

/// The members of these names, in one walk; the last one of a name. Any other value than an object has none.
pub(super) fn members<'a, const N: usize>(value: Option<Value<'a>>, names: [&str; N]) -> Read<[Option<Value<'a>>; N]> {
    let mut found = [None; N];
    let Some(value) = value else { return Ok(found) };
    value.cursor().object(|cursor, key| {
        if let Some(place) = names.iter().position(|name| name.as_bytes() == key) {
            found[place] = Some(cursor.value()?);
        }
        Ok(())
    })?;
    Ok(found)
}

/// The member of an object, if both are there.
pub(super) fn member<'a>(value: Option<Value<'a>>, name: &str) -> Option<Value<'a>> {
    value.and_then(|value| value.member(name))
}

/// Whether it is this string, which has no escapes.
pub(super) fn is(value: Option<Value<'_>>, text: &str) -> bool {
    value.is_some_and(|value| value.bare() == text.as_bytes())
}

/// The decoded string, unless it is empty.
pub(super) fn owned(value: Option<Value<'_>>) -> Option<String> {
    value.and_then(Value::owned).filter(|text| !text.is_empty())
}

/// A content's text: a string, or the texts of a list of blocks.
pub(super) fn text_of(content: Option<Value<'_>>) -> Cow<'_, str> {
    let Some(content) = content else { return Cow::Borrowed("") };
    if let Some(text) = content.text() {
        return text;
    }
    let mut parts = texts(content);
    if parts.len() == 1 { parts.pop().unwrap_or_default() } else { Cow::Owned(parts.join("\n")) }
}

/// The texts of a list of blocks (`{"text": "..."}`), one by one, or a string as the only one.
pub(super) fn texts(content: Value<'_>) -> Vec<Cow<'_, str>> {
    if let Some(text) = content.text() {
        return vec![text];
    }
    let mut parts = Vec::new();
    let _ = content.cursor().array(|cursor| {
        parts.extend(cursor.value()?.member("text").and_then(Value::text));
        Ok(())
    });
    parts
}

/// The values of a list; none of what is not a list, or behind damage.
pub(super) fn items(list: Option<Value<'_>>) -> Vec<Value<'_>> {
    let mut items = Vec::new();
    if let Some(list) = list {
        let _ = list.cursor().array(|cursor| {
            items.push(cursor.value()?);
            Ok(())
        });
    }
    items
}

/// Milliseconds since 1970.
pub(super) fn milliseconds(value: Option<Value<'_>>) -> Option<Timestamp> {
    milliseconds_since_1970(value?.integer()?)
}

/// Whether a document, of which this is the beginning, is an object with these members.
pub(super) fn has_keys(head: &[u8], wanted: &[&str]) -> bool {
    let mut found = vec![false; wanted.len()];
    // It may end in the middle.
    let _ = Cursor::new(head).object(|_, key| {
        let known = wanted.iter().position(|wanted| wanted.as_bytes() == key);
        known.into_iter().for_each(|place| found[place] = true);
        Ok(())
    });
    found.iter().all(|found| *found)
}

/// Says of a document that nothing of it could be read.
pub(super) fn skip_document(events: &mut Events) {
    events.push(EventKind::Skipped(Skip { line: 0, why: "damaged JSON".to_owned() }));
}

pub(super) fn count(value: Option<Value<'_>>) -> u64 {
    value.and_then(Value::count).unwrap_or(0)
}

pub(super) fn exit_code(value: Option<Value<'_>>) -> Option<i32> {
    value?.integer().and_then(|code| i32::try_from(code).ok())
}

/// The longest text of several lines that a tool of any name is given: a plan, the body of a comment.
pub(super) fn long_text(input: Value<'_>) -> Option<String> {
    let mut longest: Option<Value<'_>> = None;
    let _ = input.cursor().object(|cursor, _| {
        let value = cursor.value()?;
        if value.bare().len() > longest.map_or(LONG_TEXT, |known| known.bare().len()) {
            longest = Some(value);
        }
        Ok(())
    });
    longest.and_then(Value::owned).filter(|text| text.contains('\n'))
}

/// Bytes, from which on a text is more than an argument.
const LONG_TEXT: usize = 100;

/// The text without the elements of this name, for those of a program among a person's words.
pub(super) fn without_elements(text: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once(open.as_str()) {
        let Some((_, after)) = inside.split_once(close.as_str()).filter(|_| inside.starts_with(['>', ' '])) else {
            break;
        };
        kept.push_str(before);
        rest = after;
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::super::json::Cursor;
    use super::*;

    fn value(text: &str) -> Value<'_> {
        Cursor::new(text.as_bytes()).value().unwrap()
    }

    #[test]
    fn a_content_is_a_string_or_a_list_of_blocks() {
        for (content, expected) in [
            (r#""a\nb""#, "a\nb"),
            (r#"[{"type":"text","text":"a"},{"type":"image"},{"text":"b"}]"#, "a\nb"),
            ("[]", ""),
            ("7", ""),
        ] {
            assert_eq!(text_of(Some(value(content))), expected, "{content}");
        }
    }

    #[test]
    fn what_a_program_put_among_the_words_is_taken_out() {
        for (text, expected) in [
            ("<system-reminder>\nx\n</system-reminder>\n\nfix it", "\n\nfix it"),
            ("a <system-reminder>x</system-reminder>b<system-reminder>y</system-reminder>", "a b"),
            ("what does <system-reminder> do", "what does <system-reminder> do"),
        ] {
            assert_eq!(without_elements(text, "system-reminder"), expected);
        }
    }
}
