//! The weeks, months or years of a report: as many as a reader can look at side by side.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

/// More of one kind are told as longer ones.
const MOST: i64 = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PeriodKind {
    Week,
    Month,
    Year,
}

impl PeriodKind {
    /// The shortest of which there are not too many between two times.
    pub(crate) fn fitting(first: Timestamp, last: Timestamp) -> Self {
        let days = (last.as_second() - first.as_second()).max(0) / 86_400;
        match days {
            _ if days <= MOST * 7 => Self::Week,
            _ if days <= MOST * 30 => Self::Month,
            _ => Self::Year,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// The first day of the period that a time is in; weeks begin on Monday. In UTC, as all days here.
    pub(crate) fn first_day(self, at: Timestamp) -> Date {
        let day = date(at);
        match self {
            Self::Week => day.nth_weekday(-1, Weekday::Tuesday).ok().and_then(|before| {
                // The Tuesday before, then the Monday of its week or of the next one.
                let monday = before.yesterday().ok()?;
                let next = monday.checked_add(jiff::Span::new().days(7)).ok()?;
                Some(if next <= day { next } else { monday })
            }),
            Self::Month => Some(day.first_of_month()),
            Self::Year => Some(day.first_of_year()),
        }
        .unwrap_or(day)
    }

    /// `2026-W09`, `2026-02`, `2026`.
    pub(crate) fn name(self, first: Date) -> String {
        match self {
            Self::Week => {
                let week = first.iso_week_date();
                format!("{}-W{:02}", week.year(), week.week())
            }
            Self::Month => format!("{}-{:02}", first.year(), first.month()),
            Self::Year => first.year().to_string(),
        }
    }
}

/// The day of a time, in UTC.
pub(crate) fn date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_is_in_one_period() {
        for (at, week, month, year) in [
            ("2026-02-23T00:00:00Z", ("2026-02-23", "2026-W09"), "2026-02", "2026"),
            ("2026-03-01T23:59:59Z", ("2026-02-23", "2026-W09"), "2026-03", "2026"),
            ("2026-03-02T00:00:00Z", ("2026-03-02", "2026-W10"), "2026-03", "2026"),
            ("2025-01-01T12:00:00Z", ("2024-12-30", "2025-W01"), "2025-01", "2025"),
            ("2021-01-03T12:00:00Z", ("2020-12-28", "2020-W53"), "2021-01", "2021"),
        ] {
            let at: Timestamp = at.parse().unwrap();
            let first = PeriodKind::Week.first_day(at);
            assert_eq!((first.to_string().as_str(), PeriodKind::Week.name(first).as_str()), week, "{at}");
            for (kind, name) in [(PeriodKind::Month, month), (PeriodKind::Year, year)] {
                assert_eq!(kind.name(kind.first_day(at)), name, "{at}");
            }
        }
    }

    #[test]
    fn long_histories_have_longer_periods() {
        let first: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
        for (last, kind) in [
            ("2020-01-01T00:00:00Z", PeriodKind::Week),
            ("2021-02-20T00:00:00Z", PeriodKind::Week),
            ("2021-06-01T00:00:00Z", PeriodKind::Month),
            ("2026-01-01T00:00:00Z", PeriodKind::Year),
            ("2019-01-01T00:00:00Z", PeriodKind::Week),
        ] {
            assert_eq!(PeriodKind::fitting(first, last.parse().unwrap()), kind, "{last}");
        }
    }
}
