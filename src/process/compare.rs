//! What changed from one version of a model to the next: steps first, then what they are carried out with, then words, then
//! figures. In words of the process, not of the file.

use std::collections::BTreeMap;

use serde::Serialize;

use super::model::{ModelStep, ProcessModel};
use super::statistics::share;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Comparison {
    pub process: String,
    /// The weightiest of the changes; absent where nothing changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// What is about the whole process, then the steps in the order of the later version.
    pub changes: Vec<ModelChange>,
}

/// What a reader must do about a change, the weightiest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Category {
    /// Something else is to be done.
    Instruction,
    /// The same is to be done with something else.
    Tool,
    /// The same is said in other words.
    Wording,
    /// Figures and runs alone.
    EvidenceOnly,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ModelChange {
    pub kind: ChangeKind,
    pub category: Category,
    /// The id of the step; absent where it is about the whole process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ChangeKind {
    Added,
    Removed,
    Moved,
    MadeRequired,
    MadeOptional,
    /// The steps that may be carried out in any order with it.
    AnyOrder,
    /// Where to go back to when it fails.
    OnFailure,
    /// Which activities mean it.
    Activities,
    CommandAdded,
    CommandRemoved,
    /// Which of its commands is used most.
    UsualCommand,
    Title,
    /// The share of runs that have the step, by a tenth or more.
    Share,
    /// The share of a command, by a tenth or more.
    CommandShare,
    Process,
    Case,
    Level,
    Runs,
}

impl ChangeKind {
    fn category(self) -> Category {
        match self {
            Self::Added
            | Self::Removed
            | Self::Moved
            | Self::MadeRequired
            | Self::MadeOptional
            | Self::AnyOrder
            | Self::OnFailure
            | Self::Case => Category::Instruction,
            Self::Activities | Self::CommandAdded | Self::CommandRemoved | Self::UsualCommand => Category::Tool,
            Self::Title | Self::Process => Category::Wording,
            Self::Share | Self::CommandShare | Self::Level | Self::Runs => Category::EvidenceOnly,
        }
    }
}

/// Smaller changes of a share are no news.
const SHARE_FLOOR: f64 = 0.1;

/// What is different in `after`.
pub(crate) fn compare(before: &ProcessModel, after: &ProcessModel) -> Comparison {
    let mut changes = Changes::default();
    changes.text(ChangeKind::Process, None, (&before.process, &after.process));
    changes.text(ChangeKind::Case, None, (&word(&before.case), &word(&after.case)));
    changes.text(ChangeKind::Level, None, (&before.level.to_string(), &after.level.to_string()));
    changes.text(ChangeKind::Runs, None, (&before.evidence.runs.to_string(), &after.evidence.runs.to_string()));
    let old: BTreeMap<&str, &ModelStep> = before.steps.iter().map(|step| (step.id.as_str(), step)).collect();
    let moved = moved(before, after);
    for (place, step) in after.steps.iter().enumerate() {
        match old.get(step.id.as_str()) {
            None => changes.add(ChangeKind::Added, Some(step), (None, Some(step.title.clone()))),
            Some(known) => {
                if moved.contains(&step.id.as_str()) {
                    changes.add(ChangeKind::Moved, Some(step), (behind(before, &step.id), behind(after, &step.id)));
                }
                changes.step(known, step);
                changes.sets((before, known), (after, &after.steps[place]));
                changes.commands((before, known), (after, step));
            }
        }
    }
    for step in before.steps.iter().filter(|step| !after.steps.iter().any(|other| other.id == step.id)) {
        changes.add(ChangeKind::Removed, Some(step), (Some(step.title.clone()), None));
    }
    let changes = changes.0;
    Comparison { process: after.process.clone(), category: changes.iter().map(|change| change.category).min(), changes }
}

fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// `after run tests`, or `first`.
fn behind(model: &ProcessModel, id: &str) -> Option<String> {
    let place = model.steps.iter().position(|step| step.id == id)?;
    let before = place.checked_sub(1).and_then(|place| model.steps.get(place));
    Some(before.map_or("first".to_owned(), |step| format!("after {}", step.id)))
}

/// The fewest steps that must have been moved: those that are not in the longest sequence that both have.
fn moved<'a>(before: &ProcessModel, after: &'a ProcessModel) -> Vec<&'a str> {
    let place = |id: &str| before.steps.iter().position(|step| step.id == id);
    let common: Vec<(&str, usize)> =
        after.steps.iter().filter_map(|step| Some((step.id.as_str(), place(&step.id)?))).collect();
    // The longest rising sequence that ends at each.
    let mut longest: Vec<(usize, Option<usize>)> = Vec::new();
    for (index, (_, place)) in common.iter().enumerate() {
        let best = (0..index)
            .filter(|earlier| common[*earlier].1 < *place)
            .max_by_key(|earlier| (longest[*earlier].0, usize::MAX - earlier));
        longest.push((best.map_or(1, |best| longest[best].0 + 1), best));
    }
    let mut kept = Vec::new();
    let mut at = (0..common.len()).max_by_key(|index| (longest[*index].0, usize::MAX - index));
    while let Some(index) = at {
        kept.push(index);
        at = longest[index].1;
    }
    common.iter().enumerate().filter(|(index, _)| !kept.contains(index)).map(|(_, (id, _))| *id).collect()
}

#[derive(Default)]
struct Changes(Vec<ModelChange>);

impl Changes {
    fn add(&mut self, kind: ChangeKind, step: Option<&ModelStep>, (before, after): (Option<String>, Option<String>)) {
        let step = step.map(|step| step.id.clone());
        self.0.push(ModelChange { kind, category: kind.category(), step, before, after });
    }

    fn text(&mut self, kind: ChangeKind, step: Option<&ModelStep>, (before, after): (&str, &str)) {
        if before != after {
            let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            self.add(kind, step, (told(before), told(after)));
        }
    }

    fn step(&mut self, before: &ModelStep, after: &ModelStep) {
        let step = Some(after);
        match (before.required, after.required) {
            (false, true) => self.add(ChangeKind::MadeRequired, step, (None, None)),
            (true, false) => self.add(ChangeKind::MadeOptional, step, (None, None)),
            _ => {}
        }
        let target = |step: &ModelStep| step.on_failure.clone().unwrap_or_default();
        self.text(ChangeKind::OnFailure, step, (&target(before), &target(after)));
        self.text(ChangeKind::Activities, step, (&before.activities.join(", "), &after.activities.join(", ")));
        self.text(ChangeKind::Title, step, (&before.title, &after.title));
    }

    /// The name of a set is no news, its members are.
    fn sets(&mut self, before: (&ProcessModel, &ModelStep), after: (&ProcessModel, &ModelStep)) {
        let others = |(model, step): (&ProcessModel, &ModelStep)| {
            let mut others: Vec<&str> = model
                .steps
                .iter()
                .filter(|other| other.id != step.id && step.unordered_with.is_some())
                .filter(|other| other.unordered_with == step.unordered_with)
                .map(|other| other.id.as_str())
                .collect();
            others.sort_unstable();
            others.join(", ")
        };
        self.text(ChangeKind::AnyOrder, Some(after.1), (&others(before), &others(after)));
    }

    fn commands(&mut self, before: (&ProcessModel, &ModelStep), after: (&ProcessModel, &ModelStep)) {
        let ((old_model, old), (new_model, new)) = (before, after);
        let step = Some(new);
        let has = |step: &ModelStep, command: &str| step.commands.iter().any(|known| known.command == command);
        for command in new.commands.iter().filter(|command| !has(old, &command.command)) {
            self.add(ChangeKind::CommandAdded, step, (None, Some(command.command.clone())));
        }
        for command in old.commands.iter().filter(|command| !has(new, &command.command)) {
            self.add(ChangeKind::CommandRemoved, step, (Some(command.command.clone()), None));
        }
        if let (Some(was), Some(is)) = (old.commands.first(), new.commands.first())
            && was.command != is.command
            && has(old, &is.command)
            && has(new, &was.command)
        {
            self.text(ChangeKind::UsualCommand, step, (&was.command, &is.command));
        }
        let of_runs = |model: &ProcessModel, step: &ModelStep| Portion {
            part: step.runs,
            of: model.evidence.runs,
            of_what: None,
        };
        self.portions(ChangeKind::Share, new, (of_runs(old_model, old), of_runs(new_model, new)));
        for command in &new.commands {
            if let Some(known) = old.commands.iter().find(|known| known.command == command.command) {
                let of_what = Some(command.command.as_str());
                let was = Portion { part: known.runs, of: old.runs, of_what };
                self.portions(
                    ChangeKind::CommandShare,
                    new,
                    (was, Portion { part: command.runs, of: new.runs, of_what }),
                );
            }
        }
    }

    fn portions(&mut self, kind: ChangeKind, step: &ModelStep, (was, is): (Portion<'_>, Portion<'_>)) {
        if was.of > 0 && is.of > 0 && (was.share() - is.share()).abs() >= SHARE_FLOOR {
            self.text(kind, Some(step), (&was.words(), &is.words()));
        }
    }
}

#[derive(Clone, Copy)]
struct Portion<'a> {
    part: u32,
    of: u32,
    of_what: Option<&'a str>,
}

impl Portion<'_> {
    fn share(self) -> f64 {
        share(self.part, self.of)
    }

    /// `7 of 10`, with what it is of.
    fn words(self) -> String {
        let Self { part, of, of_what } = self;
        of_what.map_or_else(|| format!("{part} of {of}"), |what| format!("{what}: {part} of {of}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::model::ModelCommand;

    fn model(steps: &str) -> ProcessModel {
        let step = |id: &str| ModelStep {
            id: id.trim_end_matches('?').to_owned(),
            title: id.trim_end_matches('?').to_owned(),
            required: !id.ends_with('?'),
            ..ModelStep::default()
        };
        ProcessModel { steps: steps.split_whitespace().map(step).collect(), ..ProcessModel::default() }
    }

    fn told(before: &ProcessModel, after: &ProcessModel) -> Vec<String> {
        let words = |change: &ModelChange| {
            let parts = [Some(word(&change.kind)), change.step.clone(), change.before.clone(), change.after.clone()];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        compare(before, after).changes.iter().map(words).collect()
    }

    #[test]
    fn steps_are_told_in_words_of_the_process() {
        for (case, before, after, expected) in [
            ("the same", "a b c", "a b c", vec![]),
            ("added", "a c", "a b c", vec!["added b b"]),
            ("removed", "a b c", "a c", vec!["removed b b"]),
            ("one moved, not all that it went past", "a b c d", "d a b c", vec!["moved d after c first"]),
            ("two changed places", "a b c", "a c b", vec!["moved b after a after c"]),
            ("optional", "a b", "a b?", vec!["made-optional b"]),
            ("required", "a? b", "a b", vec!["made-required a"]),
            (
                "all at once",
                "a b c",
                "c? x a",
                vec!["made-optional c", "added x x", "moved a first after x", "removed b b"],
            ),
        ] {
            let found = told(&model(before), &model(after));
            // Of two that changed places either may be called the moved one.
            let either = case == "two changed places" && found == ["moved c after b after a"];
            assert!(either || found == expected, "{case}: {found:?}");
        }
    }

    #[test]
    fn each_change_has_its_category() {
        let before = model("a b");
        let with = |change: &dyn Fn(&mut ProcessModel)| {
            let mut after = before.clone();
            change(&mut after);
            compare(&before, &after).category
        };
        assert_eq!(with(&|_| {}), None);
        assert_eq!(with(&|model| model.evidence.runs = 5), Some(Category::EvidenceOnly));
        assert_eq!(with(&|model| model.steps[0].title = "A!".to_owned()), Some(Category::Wording));
        let command = ModelCommand { command: "make".to_owned(), runs: 1 };
        assert_eq!(with(&|model| model.steps[0].commands.push(command.clone())), Some(Category::Tool));
        assert_eq!(with(&|model| model.steps[1].on_failure = Some("a".to_owned())), Some(Category::Instruction));
    }

    #[test]
    fn a_set_is_told_by_its_members() {
        let set = |name: &str| {
            let mut one = model("a b");
            for step in &mut one.steps {
                step.unordered_with = Some(name.to_owned());
            }
            one
        };
        assert!(told(&set("x"), &set("y")).is_empty());
        assert_eq!(told(&model("a b"), &set("x")), ["any-order a b", "any-order b a"]);
    }

    #[test]
    fn shares_are_told_with_their_counts() {
        let with = |runs: u32, of: u32, command: u32| {
            let mut one = model("a");
            one.evidence.runs = of;
            one.steps[0].runs = runs;
            one.steps[0].commands = vec![ModelCommand { command: "make".to_owned(), runs: command }];
            one
        };
        assert_eq!(told(&with(20, 20, 20), &with(19, 20, 19)), Vec::<String>::new());
        assert_eq!(
            told(&with(20, 20, 20), &with(8, 20, 2)),
            ["share a 20 of 20 8 of 20", "command-share a make: 20 of 20 make: 2 of 8"]
        );
    }
}
