//! What to know of files before they are changed, in at most 1,500 characters: what failed on them and what was done about it, what people
//! corrected and why, what they have to keep to, and how checks ended. What happened often and lately comes first.

use std::collections::BTreeMap;

use super::answers::{RecallHit, alike_once};
use super::fold::fold;
use super::memory::MemoryKind;
use super::page::{day, next, quoted, result_word, stands, whose};
use crate::record::contribution::WhySource;
use crate::record::text::beginning;
use crate::text::ids::short;

/// In characters, all of it.
pub(crate) const LONGEST: usize = 1_500;
/// Characters of one text in a line.
const TEXT: usize = 150;
/// Lines of each part.
const MOST: usize = 6;

/// The text, and the memories that it tells. `coverage` is its first line.
pub(crate) fn brief(coverage: &str, hits: Vec<RecallHit>) -> (String, Vec<RecallHit>) {
    let mut parts: [(&str, Vec<RecallHit>); 4] = [
        (
            "What failed, and what was done about it:",
            chosen(&hits, &[MemoryKind::Failure, MemoryKind::TakenBack, MemoryKind::Revert]),
        ),
        ("What people corrected:", chosen(&hits, &[MemoryKind::Correction, MemoryKind::Refused, MemoryKind::Stopped])),
        ("What people said it has to keep to:", chosen(&hits, &[MemoryKind::Constraint])),
        ("Checks that were run, and how the last ended:", checks(&hits)),
    ];
    for (_, part) in &mut parts {
        part.truncate(MOST);
    }
    let first = format!("{}.\n", beginning(coverage, LONGEST / 2).0);
    let mut left = LONGEST.saturating_sub(first.chars().count());
    let mut lines: [Vec<String>; 4] = Default::default();
    let mut told: [Vec<RecallHit>; 4] = Default::default();
    // In turns, so that one part does not take the room of the others.
    for place in 0..MOST {
        for (index, (heading, part)) in parts.iter().enumerate() {
            let Some(hit) = part.get(place) else { continue };
            let line = line(hit);
            let heading = if lines[index].is_empty() { heading.chars().count() + 1 } else { 0 };
            let Some(rest) = left.checked_sub(line.chars().count() + 1 + heading) else { continue };
            left = rest;
            lines[index].push(line);
            told[index].push(hit.clone());
        }
    }
    let mut text = first;
    for ((heading, _), lines) in parts.iter().zip(&lines).filter(|(_, lines)| !lines.is_empty()) {
        text.push_str(&format!("{heading}\n{}\n", lines.join("\n")));
    }
    (text, told.into_iter().flatten().collect())
}

/// The memories of some kinds, alike ones once: those that happened again first, then the newest; those about which something was done before others.
fn chosen(hits: &[RecallHit], kinds: &[MemoryKind]) -> Vec<RecallHit> {
    let mut of_kind: Vec<RecallHit> = hits.iter().filter(|hit| kinds.contains(&hit.kind)).cloned().collect();
    of_kind.sort_by_key(|hit| std::cmp::Reverse((hit.cure.is_some(), hit.at)));
    let mut once = alike_once(of_kind);
    let tells = |hit: &RecallHit| hit.kind != MemoryKind::Failure || hit.cure.is_some() || hit.why.is_some();
    once.sort_by_key(|hit| std::cmp::Reverse((tells(hit), hit.times > 1, hit.at)));
    once
}

/// The last run of each command, those that were run most often first.
fn checks(hits: &[RecallHit]) -> Vec<RecallHit> {
    let mut by_command: BTreeMap<String, RecallHit> = BTreeMap::new();
    for hit in hits.iter().filter(|hit| hit.kind == MemoryKind::Check) {
        let kept = by_command.entry(fold(hit.text.as_str())).or_insert_with(|| RecallHit { times: 0, ..hit.clone() });
        let times = kept.times.saturating_add(1);
        if hit.at > kept.at {
            *kept = hit.clone();
        }
        kept.times = times;
    }
    let mut all: Vec<RecallHit> = by_command.into_values().collect();
    all.sort_by_key(|hit| std::cmp::Reverse((hit.times, hit.at)));
    all
}

fn line(hit: &RecallHit) -> String {
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
    use crate::record::samples;

    fn hits() -> Vec<RecallHit> {
        let mut entry = samples::discounts();
        let contributions = entry.record.iter_mut().flat_map(|record| &mut record.contributions);
        contributions.flat_map(|one| &mut one.attempts).for_each(|attempt| attempt.hidden = false);
        memories(&entry).iter().map(|memory: &Memory| RecallHit::of(memory, None)).collect()
    }

    #[test]
    fn it_never_is_longer_than_promised_and_each_part_has_its_turn() {
        let mut many = Vec::new();
        for number in 0..200 {
            for mut hit in hits() {
                hit.text =
                    serde_json::from_value(serde_json::json!(format!("{} {}", "word ".repeat(60), letters(number))))
                        .unwrap();
                hit.error = None;
                many.push(hit);
            }
        }
        let (text, told) = brief("12 of 40 commits that touch src/price.py have a record", many);
        assert!(text.chars().count() <= LONGEST, "{}", text.chars().count());
        assert!(text.starts_with("12 of 40 commits"));
        for heading in ["What failed", "What people corrected"] {
            assert!(text.contains(heading), "{text}");
        }
        assert_eq!(text.lines().filter(|line| line.starts_with("- ")).count(), told.len());
    }

    fn letters(number: usize) -> String {
        format!("{}{}", char::from(b'a' + (number % 26) as u8), char::from(b'a' + (number / 26) as u8))
    }

    #[test]
    fn what_happened_again_is_told_once_and_first() {
        let one = hits().into_iter().find(|hit| hit.kind == MemoryKind::Failure).unwrap();
        let again = RecallHit { at: one.at + jiff::SignedDuration::from_hours(1), ..one.clone() };
        let (text, told) = brief("x", vec![one, again]);
        assert_eq!(told.len(), 1, "{text}");
        assert_eq!(told[0].times, 2);
        assert!(text.contains("2 times"), "{text}");
    }

    #[test]
    fn where_nothing_is_known_it_says_what_is_recorded() {
        assert_eq!(
            brief("no commit of this history touches a.py", Vec::new()).0,
            "no commit of this history touches a.py.\n"
        );
    }
}
