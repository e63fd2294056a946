//! Times as agents write them: `2026-01-02T03:04:05.678Z`.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};

/// The time that the text between two quotes names; `None` for text that is none, and for times that no session can have: the index keeps
/// nanoseconds since 1970, which end in 2262.
pub(super) fn time(bare: &[u8]) -> Option<Timestamp> {
    usual(bare).or_else(|| std::str::from_utf8(bare).ok()?.parse().ok()).and_then(kept)
}

/// A time that the index can keep.
fn kept(time: Timestamp) -> Option<Timestamp> {
    i64::try_from(time.as_nanosecond()).is_ok().then_some(time)
}

/// The time so many milliseconds after 1970.
pub(super) fn milliseconds_since_1970(count: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(count).ok().and_then(kept)
}

/// The time so many seconds after 1970.
pub(super) fn seconds_since_1970(count: i64) -> Option<Timestamp> {
    Timestamp::from_second(count).ok().and_then(kept)
}

/// A time that may name no zone: it is the machine's then.
pub(super) fn local_time(bare: &[u8]) -> Option<Timestamp> {
    let here = || {
        let civil: DateTime = std::str::from_utf8(bare).ok()?.parse().ok()?;
        Some(civil.to_zoned(TimeZone::system()).ok()?.timestamp())
    };
    time(bare).or_else(here)
}

/// The one form that nearly every line has, ten times faster than the general parser.
fn usual(bare: &[u8]) -> Option<Timestamp> {
    let text: &[u8; 24] = bare.try_into().ok()?;
    let marks = [text[4], text[7], text[10], text[13], text[16], text[19], text[23]];
    if marks != *b"--T::.Z" {
        return None;
    }
    let number = |from: usize, to: usize| {
        text[from..to].iter().try_fold(0_i16, |number, byte| {
            let digit = byte.wrapping_sub(b'0');
            (digit < 10).then(|| number * 10 + i16::from(digit))
        })
    };
    let small = |from: usize| i8::try_from(number(from, from + 2)?).ok();
    let nanoseconds = i32::from(number(20, 23)?) * 1_000_000;
    let civil =
        DateTime::new(number(0, 4)?, small(5)?, small(8)?, small(11)?, small(14)?, small(17)?, nanoseconds).ok()?;
    Offset::UTC.to_timestamp(civil).ok()
}

/// A minute as a person reads it, `Saturday, Jun 27, 2026, 8:37 PM`, in the zone that is so far from UTC: `-6`, `+5:30`, nothing.
pub(super) fn minute(shown: &str, zone: &str) -> Option<Timestamp> {
    let shown = strtime::parse("%A, %b %d, %Y, %I:%M %p", shown).ok()?.to_datetime().ok()?;
    let (hours, minutes) = zone.split_once(':').unwrap_or((zone, "0"));
    let hours: i8 = if hours.is_empty() { 0 } else { hours.parse().ok()? };
    let minutes: u8 = minutes.parse().ok()?;
    let seconds = i32::from(hours) * 3600 + if zone.starts_with('-') { -60 } else { 60 } * i32::from(minutes);
    Offset::from_seconds(seconds).ok()?.to_timestamp(shown).ok().and_then(kept)
}

/// The time that clocks on this machine showed, for formats that name no zone.
pub(super) fn here(shown: DateTime) -> Option<Timestamp> {
    TimeZone::system().to_timestamp(shown).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_form_is_read_as_the_general_parser_reads_it() {
        for text in ["2026-01-02T03:04:05.678Z", "2024-02-29T23:59:59.999Z", "1969-12-31T23:59:59.001Z"] {
            assert_eq!(usual(text.as_bytes()), Some(text.parse().unwrap()), "{text}");
        }
        for text in [
            "2025-02-29T00:00:00.000Z",
            "2026-13-02T03:04:05.678Z",
            "2026-01-02T03:04:05.6x8Z",
            "3026-01-02T03:04:05.678Z",
            "",
        ] {
            assert_eq!(time(text.as_bytes()), None, "{text}");
        }
        let far = 33_333_333_333_333;
        assert_eq!((milliseconds_since_1970(far), seconds_since_1970(far / 1000)), (None, None));
        assert_eq!(milliseconds_since_1970(1_000), seconds_since_1970(1));
        let other = "2026-01-02T03:04:05.678901+02:00";
        assert_eq!(time(other.as_bytes()), Some(other.parse().unwrap()));
    }
}
