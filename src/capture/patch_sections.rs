//! A patch may speak of one file in several sections, made one after the other. The account of it is a table by file, and keeps
//! the last of them: what the sections before it changed stands in the patch alone.

use std::collections::HashMap;

use super::event::{ChangeEvent, EditEvent};

/// The edits that the account tells of, each behind the sections of the same file that the patch made before it. `known` are those
/// of the patch in their order.
pub(super) fn with_earlier_sections(known: &[EditEvent], told: Vec<EditEvent>) -> Vec<EditEvent> {
    let mut taken = vec![false; known.len()];
    let mut places: Vec<Option<usize>> = vec![None; told.len()];
    for (told, place) in told.iter().zip(&mut places).rev() {
        let is_it = |at: &usize| !taken[*at] && is_same_file(told, &known[*at]) && is_within(told, &known[*at]);
        *place = (0..known.len()).rev().find(is_it);
        if let Some(at) = *place {
            taken[at] = true;
        }
    }
    let mut all = Vec::with_capacity(told.len());
    for (told, place) in told.into_iter().zip(places) {
        for (at, section) in known.iter().enumerate().take(place.unwrap_or(0)) {
            let is_earlier = !taken[at] && lines(&section.change).is_some() && is_same_file(&told, section);
            if is_earlier {
                taken[at] = true;
                all.push(EditEvent { path: told.path.clone(), change: section.change.clone() });
            }
        }
        all.push(told);
    }
    all
}

/// Whether both are of one file: the account names it by the whole path.
pub(super) fn is_same_file(told: &EditEvent, known: &EditEvent) -> bool {
    let before = told.path.strip_suffix(known.path.strip_prefix("./").unwrap_or(&known.path));
    before.is_some_and(|before| before.is_empty() || before.ends_with(['/', '\\']))
}

/// Whether what the account tells of is this section: it has no line that the section does not put in or take out.
fn is_within(told: &EditEvent, section: &EditEvent) -> bool {
    let (Some(told), Some(mut section)) = (lines(&told.change), lines(&section.change)) else { return false };
    !told.is_empty()
        && told.into_iter().all(|(line, count)| section.remove(line).is_some_and(|of_section| of_section >= count))
}

/// The lines that hunks put in or take out, with their marks and how often they stand there.
fn lines(change: &ChangeEvent) -> Option<HashMap<&str, usize>> {
    let ChangeEvent::Patch { hunks } = change else { return None };
    let mut counts = HashMap::new();
    for line in hunks.iter().flat_map(|hunk| hunk.lines.lines()).filter(|line| line.starts_with(['+', '-'])) {
        *counts.entry(line).or_default() += 1;
    }
    Some(counts)
}

#[cfg(test)]
mod tests {
    use super::super::event::HunkEvent;
    use super::*;

    fn section(path: &str, lines: &str) -> EditEvent {
        let hunks = vec![HunkEvent { new_start: 0, lines: lines.to_owned() }];
        EditEvent { path: path.to_owned(), change: ChangeEvent::Patch { hunks } }
    }

    fn shown(edits: &[EditEvent]) -> Vec<String> {
        let lines = |edit: &EditEvent| match &edit.change {
            ChangeEvent::Patch { hunks } => hunks.iter().map(|hunk| hunk.lines.as_str()).collect::<Vec<_>>().join(" "),
            _ => String::new(),
        };
        edits.iter().map(|edit| format!("{} {}", edit.path, lines(edit))).collect()
    }

    #[test]
    fn sections_of_a_file_that_the_account_leaves_out_were_made_before_the_one_that_it_tells_of() {
        let (one, two, other) = (section("a.py", "-1\n+2"), section("a.py", "-3\n+4"), section("b.py", "+x"));
        for (name, known, told, expected) in [
            (
                "the last of two",
                vec![one.clone(), two.clone(), other.clone()],
                vec![section("/r/b.py", "+x"), section("/r/a.py", " 2\n-3\n+4")],
                vec!["/r/b.py +x", "/r/a.py -1\n+2", "/r/a.py  2\n-3\n+4"],
            ),
            (
                "each by a patch of its own",
                vec![one.clone(), two.clone()],
                vec![section("/r/a.py", "-1\n+2"), section("/r/a.py", "-3\n+4")],
                vec!["/r/a.py -1\n+2", "/r/a.py -3\n+4"],
            ),
            (
                "the second of two patches failed",
                vec![one.clone(), two.clone()],
                vec![section("/r/a.py", "-1\n+2")],
                vec!["/r/a.py -1\n+2"],
            ),
            (
                "both in one account",
                vec![one.clone(), two],
                vec![section("/r/a.py", "-1\n+2\n-3\n+4")],
                vec!["/r/a.py -1\n+2\n-3\n+4"],
            ),
            (
                "the same twice",
                vec![one.clone(), one],
                vec![section("/r/a.py", "-1\n+2")],
                vec!["/r/a.py -1\n+2", "/r/a.py -1\n+2"],
            ),
        ] {
            assert_eq!(shown(&with_earlier_sections(&known, told)), expected, "{name}");
        }
    }
}
