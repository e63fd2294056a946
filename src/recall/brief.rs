//! What to know of files before they are changed, in at most 1,500 characters: what failed on them and what was done about it, what people
//! corrected and why, what they have to keep to, and how checks ended. What happened often and lately comes first.

use std::cmp::Reverse;

use super::answers::RecallHit;
use super::memory::{MemoryKind, Sequel};
use super::outline::{MemoryOutline, alike_once};
use super::page::{day, next, quoted, result_word, stands, whose};
use super::turns::in_turns;
use crate::record::contribution::WhySource;
use crate::record::text::beginning;
use crate::text::ids::short;

/// In characters, all of it.
pub(crate) const LONGEST: usize = 1_500;
/// Characters of one text in a line.
const TEXT: usize = 150;
/// Lines of each part.
const MOST: usize = 6;

/// Of each part the memories that may be told, the most telling first.
pub(crate) fn choose(outlines: &[MemoryOutline]) -> [Vec<MemoryOutline>; 4] {
    let of_kinds = |kinds: &[MemoryKind]| chosen(outlines, kinds);
    let mut parts = [
        of_kinds(&[MemoryKind::Failure, MemoryKind::TakenBack, MemoryKind::Revert]),
        of_kinds(&[MemoryKind::Correction, MemoryKind::Refused, MemoryKind::Stopped]),
        of_kinds(&[MemoryKind::Constraint]),
        checks(outlines),
    ];
    for part in &mut parts {
        part.truncate(MOST);
    }
    parts
}

const HEADINGS: [&str; 4] = [
    "What failed, and what was done about it:",
    "What people corrected:",
    "What people said it has to keep to:",
    "Checks that were run, and how the last ended:",
];

/// The text, and the memories of [`choose`] that it tells. `coverage` is its first line.
pub(crate) fn brief(coverage: &str, parts: &[Vec<RecallHit>; 4]) -> (String, Vec<RecallHit>) {
    let first = format!("{}.\n", beginning(coverage, LONGEST / 2).0);
    let lines: [Vec<String>; 4] = std::array::from_fn(|index| parts[index].iter().map(line).collect());
    let (text, told) = in_turns(&first, HEADINGS, &lines, (LONGEST, MOST));
    let hits = parts.iter().zip(told).flat_map(|(part, told)| told.into_iter().map(|place| part[place].clone()));
    (text, hits.collect())
}

/// The memories of some kinds, alike ones once: those that happened again first, then the newest; those about which something was done before others.
fn chosen(outlines: &[MemoryOutline], kinds: &[MemoryKind]) -> Vec<MemoryOutline> {
    let mut of_kind: Vec<MemoryOutline> = outlines.iter().filter(|one| kinds.contains(&one.kind)).cloned().collect();
    of_kind.sort_by_key(|one| Reverse((one.sequel == Sequel::Change, one.at)));
    let mut once = alike_once(of_kind);
    let tells = |one: &MemoryOutline| one.kind != MemoryKind::Failure || one.sequel > Sequel::Nothing;
    once.sort_by_key(|one| Reverse((tells(one), one.times > 1, one.at)));
    once
}

/// The last run of each command, those that were run most often first.
fn checks(outlines: &[MemoryOutline]) -> Vec<MemoryOutline> {
    let mut runs: Vec<MemoryOutline> = outlines.iter().filter(|one| one.kind == MemoryKind::Check).cloned().collect();
    runs.sort_by(|one, other| one.likeness.cmp(&other.likeness).then(other.at.cmp(&one.at)));
    let mut all = alike_once(runs);
    all.sort_by_key(|one| Reverse((one.times, one.at)));
    all
}

/// One memory on a line.
pub(super) fn line(hit: &RecallHit) -> String {
    let text = |text: &crate::record::text::Clean| quoted(text.as_str(), TEXT);
    let times = if hit.times > 1 { format!(", {} times", hit.times) } else { String::new() };
    let place = format!("({}{times}, {})", day(hit.at), short(&hit.commit));
    let mut said = match (hit.kind, &hit.error) {
        (MemoryKind::Check, _) => {
            let result = hit.result.map_or("how it ended was not seen", result_word);
            return format!("- {} {result} {place}", text(&hit.text));
        }
        (MemoryKind::Failure, Some(error)) => text(error),
        (MemoryKind::TakenBack, _) => format!("taken back: {}", text(&hit.text)),
        (MemoryKind::Revert, _) => format!("reverted: {}", text(&hit.text)),
        (MemoryKind::Refused, _) => format!("refused: {}", text(&hit.text)),
        (MemoryKind::Stopped, _) => format!("stopped: {}", text(&hit.text)),
        _ => text(&hit.text),
    };
    if let (Some(why), true) = (&hit.why, hit.cure.is_none() || hit.why_from == Some(WhySource::Person)) {
        said.push_str(&format!("; {}: {}", whose(hit.why_from), text(why)));
    }
    if let Some(cure) = &hit.cure {
        let gone = if hit.cure_in_tree == Some(false) { stands(Some(false)) } else { "" };
        said.push_str(&format!("; {}: {}{gone}", next(hit.ended), text(cure)));
    }
    format!("- {said} {place}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recall::memory::{Memory, memories};
    use crate::record::contribution::CheckResult;
    use crate::record::samples;

    /// Memories as they are kept, a place each.
    fn kept(more: impl Fn(usize, Memory) -> Memory, count: usize) -> Vec<Memory> {
        let mut entry = samples::discounts();
        let contributions = entry.record.iter_mut().flat_map(|record| &mut record.contributions);
        contributions.flat_map(|one| &mut one.attempts).for_each(|attempt| attempt.hidden = false);
        let memories = memories(&entry);
        (0..count)
            .flat_map(|number| memories.iter().map(move |one| (number, one.clone())))
            .map(|(n, m)| more(n, m))
            .collect()
    }

    fn told(coverage: &str, memories: &[Memory]) -> (String, Vec<RecallHit>) {
        let outlines: Vec<MemoryOutline> =
            memories.iter().enumerate().map(|(place, memory)| MemoryOutline::of(place as i64, memory)).collect();
        let hit =
            |one: &MemoryOutline| RecallHit { times: one.times, ..RecallHit::of(&memories[one.place as usize], None) };
        brief(coverage, &choose(&outlines).map(|part| part.iter().map(hit).collect()))
    }

    #[test]
    fn it_never_is_longer_than_promised_and_each_part_has_its_turn() {
        let other = |number: usize, memory: Memory| {
            let text = format!("{} {}", "word ".repeat(60), letters(number));
            Memory { text: serde_json::from_value(serde_json::json!(text)).unwrap(), error: None, ..memory }
        };
        let (text, told) = told("12 of 40 commits that touch src/price.py have a record", &kept(other, 200));
        assert!(text.chars().count() <= LONGEST, "{}", text.chars().count());
        assert!(text.starts_with("12 of 40 commits"));
        for heading in &HEADINGS[..2] {
            assert!(text.contains(heading), "{text}");
        }
        assert_eq!(text.lines().filter(|line| line.starts_with("- ")).count(), told.len());
    }

    fn letters(number: usize) -> String {
        format!("{}{}", char::from(b'a' + (number % 26) as u8), char::from(b'a' + (number / 26) as u8))
    }

    #[test]
    fn what_happened_again_is_told_once_and_first() {
        let later = |number: usize, memory: Memory| {
            let at = memory.at + jiff::SignedDuration::from_hours(number as i64);
            Memory { at, ..memory }
        };
        let mut again = kept(later, 2);
        let first = again.iter().position(|memory| memory.kind == MemoryKind::Failure).unwrap();
        let what = again[first].likeness();
        again.retain(|memory| memory.kind == MemoryKind::Failure && memory.likeness() == what);
        let (text, told) = told("x", &again);
        assert_eq!(told.len(), 1, "{text}");
        assert_eq!((told[0].times, told[0].at), (2, again[1].at));
        assert!(text.contains("2 times"), "{text}");
    }

    #[test]
    fn of_a_check_the_last_run_is_told_however_it_ended() {
        let ended = |number: usize, memory: Memory| {
            let result = Some(if number == 1 { CheckResult::Failed } else { CheckResult::Passed });
            let error = (number == 1).then(|| memory.text.clone());
            let at = memory.at + jiff::SignedDuration::from_hours(number as i64);
            Memory { at, result, error, ..memory }
        };
        let mut runs = kept(ended, 3);
        let what = runs.iter().find(|memory| memory.kind == MemoryKind::Check).unwrap().text.clone();
        runs.retain(|memory| memory.kind == MemoryKind::Check && memory.text == what);
        let (text, told) = told("x", &runs);
        assert_eq!((told.len(), told[0].result), (1, Some(CheckResult::Passed)), "{text}");
        assert_eq!(told[0].at, runs.last().unwrap().at);
    }

    #[test]
    fn where_nothing_is_known_it_says_what_is_recorded() {
        assert_eq!(told("no commit of this history touches a.py", &[]).0, "no commit of this history touches a.py.\n");
    }
}
