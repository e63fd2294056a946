//! What changed between two models as a reader sees it: lines by weight, and a picture with what was added, removed and changed.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::compare::{Category, ChangeKind, Comparison, ModelChange};
use super::model::ProcessModel;
use super::picture::{MAX_NODES, mermaid_label};

/// One line a change, grouped by what a reader must do about it.
pub(crate) fn table(comparison: &Comparison) -> String {
    let mut text = String::new();
    for (category, heading) in [
        (Category::Instruction, "to be done differently"),
        (Category::Tool, "with something else"),
        (Category::Wording, "in other words"),
        (Category::EvidenceOnly, "figures alone"),
    ] {
        let rows: Vec<&ModelChange> = comparison.changes.iter().filter(|change| change.category == category).collect();
        if rows.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{heading}");
        let width = rows.iter().map(|change| subject(change).chars().count()).max().unwrap_or(0);
        for change in rows {
            let _ = writeln!(text, "  {:width$}  {}", subject(change), said(change));
        }
    }
    text
}

fn subject(change: &ModelChange) -> &str {
    change.step.as_deref().unwrap_or("(process)")
}

/// The change in words.
fn said(change: &ModelChange) -> String {
    let before = change.before.as_deref().unwrap_or("none");
    let after = change.after.as_deref().unwrap_or("none");
    let from_to = |what: &str| format!("{what}: {before} -> {after}");
    match change.kind {
        ChangeKind::Added => format!("added: {after}"),
        ChangeKind::Removed => format!("removed: {before}"),
        ChangeKind::Moved => from_to("moved"),
        ChangeKind::MadeRequired => "now required".to_owned(),
        ChangeKind::MadeOptional => "now optional".to_owned(),
        ChangeKind::AnyOrder => from_to("in any order with"),
        ChangeKind::OnFailure => from_to("on failure back to"),
        ChangeKind::Activities => from_to("activities"),
        ChangeKind::CommandAdded => format!("command added: {after}"),
        ChangeKind::CommandRemoved => format!("command removed: {before}"),
        ChangeKind::UsualCommand => from_to("usual command"),
        ChangeKind::Title => from_to("title"),
        ChangeKind::Share => from_to("runs that have it"),
        ChangeKind::CommandShare => from_to("runs of the step that use"),
        ChangeKind::Process => from_to("process"),
        ChangeKind::Case => from_to("a run is of a"),
        ChangeKind::Level => from_to("level"),
        ChangeKind::Runs => from_to("runs looked at"),
    }
}

/// How a step is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Same,
    Added,
    Removed,
    Changed,
}

struct Node<'a> {
    title: &'a str,
    look: Look,
}

/// Mermaid: the steps of both versions in order, the removed ones where they were.
pub(crate) fn picture(before: &ProcessModel, after: &ProcessModel, comparison: &Comparison) -> String {
    let nodes = nodes(before, after, comparison);
    let shown = shown(&nodes);
    let left_out = nodes.len() - shown.len();
    let mut caption = format!("{}: what changed", comparison.process);
    if left_out > 0 {
        let _ = write!(caption, "; {left_out} step{} left out", if left_out == 1 { "" } else { "s" });
    }
    let mut text =
        format!("---\ntitle: \"{}\"\nconfig:\n  layout: dagre\n---\nflowchart TD\n", mermaid_label(&caption));
    for (number, place) in (1..).zip(&shown) {
        let node = &nodes[*place];
        let (mark, class) = match node.look {
            Look::Same => ("", ""),
            Look::Added => ("added: ", ":::added"),
            Look::Removed => ("removed: ", ":::removed"),
            Look::Changed => ("changed: ", ":::changed"),
        };
        let label = mermaid_label(&format!("{mark}{}", node.title));
        let _ = writeln!(text, "    n{number}[\"{label}\"]{class}");
    }
    if shown.is_empty() {
        text.push_str("    n1[\"(no steps)\"]\n");
    }
    // What was removed is passed by.
    let path: Vec<usize> = (0..shown.len()).filter(|index| nodes[shown[*index]].look != Look::Removed).collect();
    for pair in path.windows(2) {
        let _ = writeln!(text, "    n{} --> n{}", pair[0] + 1, pair[1] + 1);
    }
    text + "    classDef added fill:#dcfce7,stroke:#15803d,color:#14532d\n    classDef removed fill:#fee2e2,stroke:#b91c1c,color:#7f1d1d,stroke-dasharray:4\n    classDef changed fill:#fef9c3,stroke:#a16207,color:#713f12\n"
}

fn nodes<'a>(before: &'a ProcessModel, after: &'a ProcessModel, comparison: &Comparison) -> Vec<Node<'a>> {
    let changed: BTreeSet<&str> = (comparison.changes.iter())
        .filter(|change| change.category != Category::EvidenceOnly)
        .filter_map(|change| change.step.as_deref())
        .collect();
    let is_in = |model: &ProcessModel, id: &str| model.steps.iter().any(|step| step.id == id);
    let mut nodes: Vec<(&str, Node<'a>)> = Vec::new();
    for step in &after.steps {
        let look = match (is_in(before, &step.id), changed.contains(step.id.as_str())) {
            (false, _) => Look::Added,
            (true, true) => Look::Changed,
            (true, false) => Look::Same,
        };
        nodes.push((&step.id, Node { title: &step.title, look }));
    }
    for (place, step) in before.steps.iter().enumerate().filter(|(_, step)| !is_in(after, &step.id)) {
        let earlier =
            before.steps[..place].iter().rev().find_map(|step| nodes.iter().position(|(id, _)| *id == step.id));
        nodes.insert(earlier.map_or(0, |at| at + 1), (&step.id, Node { title: &step.title, look: Look::Removed }));
    }
    nodes.into_iter().map(|(_, node)| node).collect()
}

/// Which of them are drawn, in order: what changed, then its neighbours.
fn shown(nodes: &[Node<'_>]) -> Vec<usize> {
    let is_changed = |place: usize| nodes.get(place).is_some_and(|node| node.look != Look::Same);
    let rank = |place: usize| match () {
        () if is_changed(place) => 0,
        () if is_changed(place + 1) || (place > 0 && is_changed(place - 1)) => 1,
        () => 2,
    };
    let mut places: Vec<usize> = (0..nodes.len()).collect();
    places.sort_by_key(|place| (rank(*place), *place));
    places.truncate(MAX_NODES);
    places.sort_unstable();
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::compare::compare;
    use crate::process::model::ModelStep;

    fn model(steps: &[&str]) -> ProcessModel {
        let step = |id: &&str| ModelStep { id: (*id).to_owned(), title: format!("Do {id}"), ..ModelStep::default() };
        ProcessModel { process: "x".to_owned(), steps: steps.iter().map(step).collect(), ..ProcessModel::default() }
    }

    #[test]
    fn a_picture_shows_what_was_added_removed_and_changed() {
        let (before, mut after) = (model(&["a", "b", "c"]), model(&["a", "c", "d"]));
        after.steps[1].required = true;
        let drawn = picture(&before, &after, &compare(&before, &after));
        let lines: Vec<&str> = drawn.lines().skip(6).take(6).map(str::trim).collect();
        assert_eq!(
            lines,
            [
                "n1[\"Do a\"]",
                "n2[\"removed: Do b\"]:::removed",
                "n3[\"changed: Do c\"]:::changed",
                "n4[\"added: Do d\"]:::added",
                "n1 --> n3",
                "n3 --> n4",
            ]
        );
    }

    #[test]
    fn of_many_steps_those_around_a_change_are_drawn() {
        let names: Vec<String> = (0..20).map(|number| format!("s{number}")).collect();
        let before = model(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let mut after = before.clone();
        after.steps[10].title = "Other".to_owned();
        let drawn = picture(&before, &after, &compare(&before, &after));
        assert!(drawn.contains("x: what changed; 12 steps left out"), "{drawn}");
        for title in ["Do s9", "changed: Other", "Do s11"] {
            assert!(drawn.contains(title), "{drawn}");
        }
    }

    #[test]
    fn changes_stand_under_what_they_ask_of_a_reader() {
        let (before, mut after) = (model(&["a", "b"]), model(&["a", "b", "c"]));
        after.steps[0].title = "Do it".to_owned();
        assert_eq!(
            table(&compare(&before, &after)),
            "to be done differently\n  c  added: Do c\nin other words\n  a  title: Do a -> Do it\n"
        );
    }
}
