//! When a request is sent again: a decision over values, without a clock or a connection. What was refused because of a
//! limit was not done and may be repeated; what got no answer may have been done, and is repeated only where doing it twice
//! is like doing it once.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;

/// Tries for one request that is not answered.
const TRIES: u32 = 4;

/// Waits for a limit, within one request.
const LIMIT_TRIES: u32 = 3;

/// GitHub asks for a minute where it does not say how long:
/// <https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api>.
const LIMIT_WAIT: Duration = Duration::from_secs(60);

const LONGEST_BACK_OFF: Duration = Duration::from_secs(30);

/// The try that has just ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Try {
    /// From 1.
    pub(crate) number: u32,
    /// Whether doing it twice is like doing it once.
    pub(crate) repeatable: bool,
    /// Of the time for all requests.
    pub(crate) left: Duration,
    /// Any number; it spreads the waits of runs that began together.
    pub(crate) random: u32,
}

/// How it ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TryOutcome<'a> {
    Answer {
        status: u16,
        headers: &'a HeaderMap,
        body: &'a [u8],
    },
    /// No connection was made, so nothing was done.
    NotSent,
    /// It was sent, and no whole answer came.
    Cut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// The answer is the answer, good or bad.
    Use,
    /// Send it again after this time.
    Again(Duration),
    /// A limit that outlasts the time we have: how long, and until when where the place tells its time.
    Limited(Duration, Option<Timestamp>),
    /// It may have been done or not: after this time one can ask which.
    Doubt(Duration),
    GiveUp,
}

/// What to do after a try.
pub(crate) fn judge(tried: Try, outcome: TryOutcome<'_>) -> Retry {
    if let TryOutcome::Answer { status, headers, body } = outcome {
        if is_limit(status, headers, body) {
            return after_limit(tried, headers);
        }
        if status < 500 {
            return Retry::Use;
        }
    }
    let asked_for = match outcome {
        TryOutcome::Answer { headers, .. } => retry_after(headers),
        TryOutcome::NotSent | TryOutcome::Cut => None,
    };
    let wait = asked_for.unwrap_or_else(|| back_off(tried));
    let nothing_done = matches!(outcome, TryOutcome::NotSent);
    if !tried.repeatable && !nothing_done {
        return Retry::Doubt(wait.min(LONGEST_BACK_OFF));
    }
    if tried.number < TRIES && wait < tried.left { Retry::Again(wait) } else { Retry::GiveUp }
}

/// Whether the answer says: too many requests. GitHub says so with 429, or with 403 and one of three signs.
fn is_limit(status: u16, headers: &HeaderMap, body: &[u8]) -> bool {
    match status {
        429 => true,
        403 => {
            headers.contains_key("retry-after")
                || number(headers, &["x-ratelimit-remaining"]) == Some(0)
                || says_limit(body)
        }
        _ => false,
    }
}

fn says_limit(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body.get(..2048).unwrap_or(body)).to_ascii_lowercase();
    text.contains("secondary rate limit") || text.contains("rate limit exceeded") || text.contains("abuse detection")
}

fn after_limit(tried: Try, headers: &HeaderMap) -> Retry {
    let doubled = LIMIT_WAIT.saturating_mul(1 << tried.number.saturating_sub(1).min(4));
    let wait = retry_after(headers).or_else(|| until_reset(headers)).unwrap_or(doubled);
    if wait < tried.left && tried.number <= LIMIT_TRIES {
        return Retry::Again(wait);
    }
    Retry::Limited(wait, date(headers).and_then(|now| now.checked_add(wait).ok()))
}

/// `Retry-After`: seconds, or a date, which is compared with the answer's own.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    Some(between(date(headers)?, http_date(text)?))
}

/// Until requests are counted anew, where none is left. GitHub and Gitea write `x-ratelimit-*`, GitLab `ratelimit-*`;
/// the reset is in seconds since 1970. One second more, since its clock is not finer.
fn until_reset(headers: &HeaderMap) -> Option<Duration> {
    let remaining = number(headers, &["x-ratelimit-remaining", "ratelimit-remaining"])?;
    let reset = number(headers, &["x-ratelimit-reset", "ratelimit-reset"])?;
    let reset = Timestamp::from_second(i64::try_from(reset).ok()?).ok()?;
    (remaining == 0).then_some(())?;
    Some(between(date(headers)?, reset) + Duration::from_secs(1))
}

fn number(headers: &HeaderMap, names: &[&str]) -> Option<u64> {
    names.iter().find_map(|name| headers.get(*name)?.to_str().ok()?.trim().parse().ok())
}

/// When the place sent the answer, by its own clock.
fn date(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(headers.get("date")?.to_str().ok()?)
}

fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

/// 1, 2, 4, ... seconds, of which a random half is left out.
fn back_off(tried: Try) -> Duration {
    let whole = Duration::from_secs(1 << tried.number.saturating_sub(1).min(5)).min(LONGEST_BACK_OFF);
    let half = whole / 2;
    half + half.mul_f64(f64::from(tried.random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::{Retry, Try, TryOutcome, judge};
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
    use std::time::Duration;

    const GET: Try = Try { number: 1, repeatable: true, left: Duration::from_secs(600), random: u32::MAX };
    const POST: Try = Try { repeatable: false, ..GET };

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    fn after(tried: Try, status: u16, lines: &[(&'static str, &'static str)], body: &str) -> Retry {
        judge(tried, TryOutcome::Answer { status, headers: &headers(lines), body: body.as_bytes() })
    }

    fn again(seconds: u64) -> Retry {
        Retry::Again(Duration::from_secs(seconds))
    }

    const NOON: (&str, &str) = ("date", "Sat, 21 Nov 2026 12:00:00 GMT");

    #[test]
    fn an_answer_that_is_no_fault_of_the_place_is_used() {
        for status in [200, 201, 204, 301, 307, 400, 401, 403, 404, 409, 410, 422] {
            assert_eq!(after(GET, status, &[], "{}"), Retry::Use, "{status}");
            assert_eq!(after(POST, status, &[("x-ratelimit-remaining", "12")], "{}"), Retry::Use, "{status}");
        }
    }

    #[test]
    fn a_limit_is_waited_out_as_long_as_the_place_says() {
        assert_eq!(after(GET, 429, &[("retry-after", "7")], ""), again(7));
        assert_eq!(after(GET, 403, &[("retry-after", "90")], ""), again(90));
        assert_eq!(after(GET, 429, &[NOON, ("retry-after", "Sat, 21 Nov 2026 12:00:30 GMT")], ""), again(30));
        // 1795262445 is 12:00:45 of that day.
        let reset = [NOON, ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795262445")];
        assert_eq!(after(GET, 403, &reset, ""), again(46));
        let gitlab = [NOON, ("ratelimit-remaining", "0"), ("ratelimit-reset", "1795262445")];
        assert_eq!(after(GET, 429, &gitlab, ""), again(46));
    }

    #[test]
    fn a_limit_without_a_time_is_waited_out_for_a_minute_then_two() {
        let said = r#"{"message":"You have exceeded a secondary rate limit. Please wait."}"#;
        assert_eq!(after(GET, 403, &[], said), again(60));
        assert_eq!(after(Try { number: 2, ..GET }, 403, &[], said), again(120));
        assert_eq!(after(GET, 429, &[], "slow down"), again(60));
    }

    #[test]
    fn what_a_limit_refused_was_not_done_and_is_sent_again_even_if_it_writes() {
        assert_eq!(after(POST, 429, &[("retry-after", "7")], ""), again(7));
    }

    #[test]
    fn a_limit_that_outlasts_the_time_is_told_with_its_end() {
        let short = Try { left: Duration::from_secs(20), ..GET };
        let until = "2026-11-21T13:00:00Z".parse().unwrap();
        assert_eq!(
            after(short, 429, &[NOON, ("retry-after", "3600")], ""),
            Retry::Limited(Duration::from_secs(3600), Some(until))
        );
        assert_eq!(after(short, 429, &[], ""), Retry::Limited(Duration::from_secs(60), None));
        let fourth = Try { number: 4, ..GET };
        assert_eq!(after(fourth, 429, &[("retry-after", "1")], ""), Retry::Limited(Duration::from_secs(1), None));
        let huge = [NOON, ("retry-after", "18446744073709551615")];
        assert_eq!(after(GET, 429, &huge, ""), Retry::Limited(Duration::from_secs(u64::MAX), None));
    }

    #[test]
    fn a_place_in_trouble_is_asked_again_after_1_2_and_4_seconds() {
        let tries: Vec<Retry> = (1..=4).map(|number| after(Try { number, ..GET }, 502, &[], "")).collect();
        assert_eq!(tries, [again(1), again(2), again(4), Retry::GiveUp]);
        assert_eq!(judge(GET, TryOutcome::Cut), again(1));
        assert_eq!(after(GET, 503, &[("retry-after", "9")], ""), again(9));
        let calm = Try { random: 0, ..GET };
        assert_eq!(judge(calm, TryOutcome::Cut), Retry::Again(Duration::from_millis(500)));
        let no_time = Try { left: Duration::from_millis(900), ..GET };
        assert_eq!(judge(no_time, TryOutcome::Cut), Retry::GiveUp);
    }

    #[test]
    fn what_must_not_be_done_twice_is_left_in_doubt() {
        let doubt = Retry::Doubt(Duration::from_secs(1));
        assert_eq!(after(POST, 502, &[], ""), doubt);
        assert_eq!(judge(POST, TryOutcome::Cut), doubt);
        assert_eq!(judge(POST, TryOutcome::NotSent), again(1));
    }
}
