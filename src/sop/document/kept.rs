//! What people write into a document between `<!-- keep:NAME -->` and `<!-- /keep -->`: it is carried into the document that is
//! made anew, to the place of that name, else to the step or section that it stood in, else to a section of its own.

use std::collections::BTreeMap;

use crate::sop::front_matter::split;

/// What one pair of markers holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub name: String,
    /// The lines between, as they were.
    pub text: String,
    /// The line of the first marker.
    pub line: usize,
    place: Place,
}

/// Where markers stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Place {
    /// The heading of the section, without its signs.
    section: String,
    /// The id of the step.
    step: Option<String>,
}

/// Markers that do not make pairs: nothing is carried on, so that nothing is lost.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}\nhint: {hint}")]
pub(crate) struct MarkerError {
    pub line: usize,
    pub problem: String,
    pub hint: &'static str,
}

/// The section for text whose place is gone.
pub(crate) const SECTION: &str = "Kept text";

/// Everything between markers, in order.
///
/// # Errors
/// When a marker has no partner, stands inside a pair, or has no name.
pub(crate) fn kept(document: &str) -> Result<Vec<Kept>, MarkerError> {
    let mut all = Vec::new();
    let mut open: Option<(Kept, Vec<&str>)> = None;
    let mut place = Place::default();
    let front = split(document).map_or(0, |(fields, _)| fields.lines().count() + 2);
    for (number, line) in (1..).zip(document.lines()).skip(front) {
        match (marker(line), &mut open) {
            (Some(Marker::Begin(name)), None) if is_name(name) => {
                let (name, text, place) = (name.to_owned(), String::new(), place.clone());
                open = Some((Kept { name, text, line: number, place }, Vec::new()));
            }
            (Some(Marker::Begin(name)), None) => return Err(no_name(number, name)),
            (Some(Marker::Begin(name)), Some((outer, _))) => return Err(nested(number, name, outer)),
            (Some(Marker::End), None) => return Err(not_begun(number)),
            (Some(Marker::End), Some(_)) => {
                all.extend(open.take().map(|(kept, lines)| Kept { text: lines.join("\n"), ..kept }));
            }
            (None, Some((_, lines))) => lines.push(line),
            (None, None) if holds_a_marker(line) => return Err(not_alone(number)),
            (None, None) => place.follow(line),
        }
    }
    match open {
        Some((kept, _)) => Err(not_closed(&kept)),
        None => Ok(all),
    }
}

/// `made` with what people wrote into `earlier`.
///
/// # Errors
/// When the markers of either do not make pairs.
pub(crate) fn carry_over(earlier: &str, made: &str) -> Result<String, MarkerError> {
    let mut slots: Vec<String> = kept(made)?.into_iter().map(|slot| slot.name).collect();
    let lines: Vec<&str> = made.lines().collect();
    let places = places(&lines);
    let mut into_slots: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut behind: BTreeMap<usize, Vec<Kept>> = BTreeMap::new();
    let mut homeless = Vec::new();
    for one in kept(earlier)? {
        if slots.contains(&one.name) {
            into_slots.entry(one.name).or_default().push(one.text);
        } else if one.text.trim().is_empty() {
            // Nothing to carry.
        } else if let Some(line) = end_of(&one.place, &places, &lines) {
            behind.entry(line).or_default().push(one);
        } else {
            homeless.push(one);
        }
    }
    let mut page = String::new();
    let mut is_replaced = false;
    for (index, line) in lines.iter().enumerate() {
        match marker(line) {
            Some(Marker::Begin(name)) => {
                push_line(&mut page, line);
                slots.remove(0);
                let text = text_for(name, &slots, &mut into_slots);
                is_replaced = text.is_some();
                text.iter().for_each(|text| push_line(&mut page, text));
            }
            Some(Marker::End) => {
                push_line(&mut page, line);
                is_replaced = false;
            }
            None if is_replaced => {}
            None => push_line(&mut page, line),
        }
        push_pairs(&mut page, &behind.remove(&index).unwrap_or_default(), false);
    }
    if !homeless.is_empty() {
        push_line(
            &mut page,
            &format!("\n## {SECTION}\n\nWhat people wrote at places that this version no longer has."),
        );
        push_pairs(&mut page, &homeless, true);
    }
    Ok(page)
}

/// The next text for a slot of this name, and all that are left for the last such slot. `later` are the slots behind it.
fn text_for(name: &str, later: &[String], texts: &mut BTreeMap<String, Vec<String>>) -> Option<String> {
    let texts = texts.get_mut(name).filter(|texts| !texts.is_empty())?;
    let is_last = later.iter().all(|slot| slot != name);
    let count = if is_last { texts.len() } else { 1 };
    let mine: Vec<String> = texts.drain(..count).filter(|text| !text.trim().is_empty()).collect();
    (!mine.is_empty()).then(|| mine.join("\n\n"))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Marker<'a> {
    Begin(&'a str),
    End,
}

fn marker(line: &str) -> Option<Marker<'_>> {
    let inner = line.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim();
    match inner.strip_prefix("keep:") {
        Some(name) => Some(Marker::Begin(name.trim())),
        None => (inner == "/keep").then_some(Marker::End),
    }
}

/// Whether a line holds what looks like a marker among other text.
fn holds_a_marker(line: &str) -> bool {
    line.match_indices("<!--").any(|(at, _)| {
        let inner = line[at + 4..].trim_start();
        inner.starts_with("keep:") || inner.starts_with("/keep")
    })
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

impl Place {
    /// Goes on to the place behind `line`.
    fn follow(&mut self, line: &str) {
        if let Some(section) = line.strip_prefix("## ") {
            *self = Self { section: section.trim().to_owned(), step: None };
        } else if line.starts_with("### ") {
            self.step = None;
        } else if let Some(inner) = line.trim().strip_prefix("<!-- step:") {
            self.step = inner.split([' ', '>']).next().map(str::to_owned);
        }
    }
}

/// The place behind each line.
fn places(lines: &[&str]) -> Vec<Place> {
    let mut place = Place::default();
    let mut is_inside = false;
    let mut behind = |line: &&str| {
        match marker(line) {
            Some(marker) => is_inside = marker != Marker::End,
            None if is_inside => {}
            None => place.follow(line),
        }
        place.clone()
    };
    lines.iter().map(&mut behind).collect()
}

/// The last line with words of the step, or of the section where it was in none.
fn end_of(place: &Place, places: &[Place], lines: &[&str]) -> Option<usize> {
    let is_there = |other: &Place| match &place.step {
        Some(_) => other.step == place.step,
        None => other.section == place.section,
    };
    let last = places.iter().rposition(is_there)?;
    let first = places.iter().position(is_there)?;
    (first..=last).rev().find(|line| is_there(&places[*line]) && !lines[*line].trim().is_empty())
}

fn push_pairs(page: &mut String, pairs: &[Kept], is_named: bool) {
    for pair in pairs {
        if is_named {
            push_line(page, &format!("\n### {}", pair.name));
        }
        push_line(page, &format!("\n<!-- keep:{} -->\n{}\n<!-- /keep -->", pair.name, pair.text));
    }
}

fn push_line(page: &mut String, line: &str) {
    page.push_str(line);
    page.push('\n');
}

fn no_name(line: usize, name: &str) -> MarkerError {
    let problem = format!("`{name}` cannot be the name of kept text");
    MarkerError { line, problem, hint: "write `<!-- keep:NAME -->`; letters, digits, `-`, `_` and `.` make a name" }
}

fn nested(line: usize, name: &str, outer: &Kept) -> MarkerError {
    let problem = format!("`keep:{name}` begins inside `keep:{}` of line {}", outer.name, outer.line);
    MarkerError { line, problem, hint: "end the outer one with `<!-- /keep -->` before it" }
}

fn not_begun(line: usize) -> MarkerError {
    let problem = "`/keep` ends nothing".to_owned();
    MarkerError { line, problem, hint: "write `<!-- keep:NAME -->` above what is to be kept" }
}

fn not_closed(kept: &Kept) -> MarkerError {
    let problem = format!("`keep:{}` does not end", kept.name);
    MarkerError { line: kept.line, problem, hint: "write `<!-- /keep -->` below what is to be kept" }
}

fn not_alone(line: usize) -> MarkerError {
    let problem = "a marker shares its line with other text".to_owned();
    MarkerError { line, problem, hint: "give `<!-- keep:NAME -->` and `<!-- /keep -->` a line of their own" }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, Strategy, prop, proptest};

    use super::*;

    const EARLIER: &str = "\
# Title

<!-- keep:intro -->
Read this first.
<!-- /keep -->

## Steps

### 1. Edit

<!-- step:edit runs=1/1 -->

<!-- keep:step-edit -->
Mind the *tabs*.

## not a section
<!-- /keep -->

### 2. Ship

<!-- step:ship runs=1/1 -->

<!-- keep:own-words -->
Ship on Mondays.
<!-- /keep -->

<!-- keep:empty -->

<!-- /keep -->
";

    #[test]
    fn text_goes_to_its_slot_its_step_its_section_or_a_section_of_its_own() {
        let made = "\
# Other title

## Steps

### 1. Change the code

<!-- step:edit runs=2/2 -->

<!-- keep:step-edit -->
<!-- /keep -->

### 2. Ship it now

<!-- step:ship runs=2/2 -->

Words.

## Evidence
";
        let expected = "\
# Other title

<!-- keep:intro -->
Read this first.
<!-- /keep -->

## Steps

### 1. Change the code

<!-- step:edit runs=2/2 -->

<!-- keep:step-edit -->
Mind the *tabs*.

## not a section
<!-- /keep -->

### 2. Ship it now

<!-- step:ship runs=2/2 -->

Words.

<!-- keep:own-words -->
Ship on Mondays.
<!-- /keep -->

## Evidence
";
        assert_eq!(carry_over(EARLIER, made).unwrap(), expected);
        let without = "# T\n\n## Evidence\n";
        let moved = carry_over(EARLIER, without).unwrap();
        for part in ["## Kept text", "### step-edit\n\n<!-- keep:step-edit -->\nMind the *tabs*.", "Ship on Mondays."] {
            assert!(moved.contains(part), "{part} is not in {moved}");
        }
        assert!(!moved.contains("keep:empty"));
        assert_eq!(carry_over(&moved, made).unwrap().matches("Mind the *tabs*.").count(), 1, "its slot is back");
    }

    #[test]
    fn markers_that_make_no_pairs_are_named() {
        for (document, line, problem) in [
            ("a\n<!-- keep:x -->\n", 2, "`keep:x` does not end"),
            ("<!-- keep:x -->\n<!-- keep:y -->\n", 2, "`keep:y` begins inside `keep:x` of line 1"),
            ("<!-- /keep -->\n", 1, "`/keep` ends nothing"),
            ("<!-- keep: -->\n", 1, "`` cannot be the name of kept text"),
            ("<!-- keep:a b -->\n", 1, "`a b` cannot be the name of kept text"),
            ("x <!-- keep:a --> y <!-- /keep -->\n", 1, "a marker shares its line with other text"),
        ] {
            let error = kept(document).unwrap_err();
            assert_eq!((error.line, error.problem.as_str()), (line, problem));
            assert!(carry_over(document, "").is_err());
        }
    }

    /// A document of steps with kept text at some of them, and its texts.
    fn document() -> impl Strategy<Value = String> {
        let step = (0_u8..6, prop::option::of((0_u8..8, "[a-z#<!|` \n-]{1,30}")));
        prop::collection::vec(step, 0..8).prop_map(|steps| {
            let mut page = String::from("# T\n\n## Steps\n");
            for (step, text) in steps {
                page.push_str(&format!("\n### {step}. x\n\n<!-- step:s{step} runs=1/1 -->\n"));
                if let Some((name, text)) = text {
                    page.push_str(&format!("\n<!-- keep:k{name} -->\n{text}\n<!-- /keep -->\n"));
                }
            }
            page
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_is_ever_lost_and_a_second_time_changes_nothing(earlier in document(), made in document()) {
            let made = made.lines().filter(|line| marker(line).is_some() || !line.is_empty()).collect::<Vec<_>>().join("\n");
            let once = carry_over(&earlier, &made).unwrap();
            for text in kept(&earlier).unwrap() {
                assert!(once.contains(text.text.trim_end()), "{:?} is not in {once}", text.text);
            }
            let twice = carry_over(&once, &made).unwrap();
            assert_eq!(twice, once);
        }
    }
}
