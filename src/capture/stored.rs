//! Events as bytes for the index on this machine.

use super::event::{Event, Kind};
use super::readers::version;

/// The events as bytes for a cache on this machine. They hold text that was not redacted.
pub fn encode(events: &[Event]) -> Vec<u8> {
    let kinds: Vec<&Kind> = events.iter().map(|event| &event.0).collect();
    postcard::to_allocvec(&(version(), kinds)).expect("every length is known and writing to memory does not fail")
}

/// The events that [`encode`] wrote; `None` for bytes of another version, or damaged ones.
pub fn decode(bytes: &[u8]) -> Option<Vec<Event>> {
    let (of, rest) = postcard::take_from_bytes::<u32>(bytes).ok()?;
    if of != version() {
        return None;
    }
    let (kinds, rest) = postcard::take_from_bytes::<Vec<Kind>>(rest).ok()?;
    rest.is_empty().then(|| kinds.into_iter().map(Event).collect())
}
