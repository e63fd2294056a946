//! What a found line weighs, by age, path and rarity.

/// A line is rare where it weighs so much: one of two hundred sessions wrote it, or two.
pub(crate) const RARE: f64 = 0.85;

/// A commit with so many reformatted lines among those that can say where they come from is a formatter's.
pub(crate) const NEARLY_ALL: f64 = 0.8;

/// A line under another file name counts this much, under the same name in another folder this much.
pub(crate) const OTHER_PATH: f64 = 0.25;

pub(crate) const SAME_NAME: f64 = 0.7;

/// Work of the last hours counts whole, of the last days a little less, older work less than half.
pub(crate) const RECENT_HOURS: i64 = 12;

pub(crate) const DAYS_OLD: (i64, f64) = (72, 0.75);

pub(crate) const OLDER: f64 = 0.4;

/// A session that was at work when the commit was made is this many times as likely as one that was not.
pub(crate) const AT_WORK: f64 = 2.0;

/// It counts as at work until so many seconds after its last record.
pub(crate) const AT_WORK_SECONDS: i64 = 600;

/// Clocks may disagree by so much.
pub(crate) const CLOCK_SECONDS: i64 = 60;

pub(crate) const MONTH: i64 = 30 * 24;
