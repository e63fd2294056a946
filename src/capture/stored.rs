//! Events as bytes for the index on this machine.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{SeqAccess, Visitor};

use super::event::{Event, EventKind};
use super::readers::version;

/// The events as bytes for a cache on this machine. They hold text that was not redacted.
pub fn encode(events: &[Event]) -> Vec<u8> {
    let kinds: Vec<&EventKind> = events.iter().map(|event| &event.0).collect();
    postcard::to_allocvec(&(version(), kinds)).expect("every length is known and writing to memory does not fail")
}

/// The events that [`encode`] wrote; `None` for bytes of another version, or damaged ones.
pub fn decode(bytes: &[u8]) -> Option<Vec<Event>> {
    let mut events = Vec::new();
    decode_into(bytes, &mut events)?;
    Some(events)
}

/// As [`decode`], behind other events.
pub fn decode_into(bytes: &[u8], events: &mut Vec<Event>) -> Option<()> {
    let (of, rest) = postcard::take_from_bytes::<u32>(bytes).ok()?;
    if of != version() {
        return None;
    }
    let mut bytes = postcard::Deserializer::from_bytes(rest);
    bytes.deserialize_seq(Into { events, most: rest.len() / SHORTEST }).ok()?;
    bytes.finalize().ok()?.is_empty().then_some(())
}

/// Few events are written in fewer bytes.
const SHORTEST: usize = 4;

/// Reads events one by one into their place: a session has thousands.
struct Into<'a> {
    events: &'a mut Vec<Event>,
    /// Damaged bytes may tell of any number.
    most: usize,
}

impl<'de> Visitor<'de> for Into<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut kinds: A) -> Result<(), A::Error> {
        self.events.reserve(kinds.size_hint().unwrap_or_default().min(self.most));
        while let Some(kind) = kinds.next_element::<EventKind>()? {
            self.events.push(Event(kind));
        }
        Ok(())
    }
}
