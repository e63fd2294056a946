//! The steps on the way to a commit as a record keeps them: which of a session's they are, and how they become steps again.

use std::ops::Range;

use super::cut;
use super::steps::SessionStep;
use crate::process::activities::{Activities, SKILL};
use crate::record::execution::{Actor, ExecutionStatus, Phase};
use crate::record::recorded_step::{MOST_STEPS, RecordedStep, StepEnd};
use crate::record::text::{Clean, Raw};

/// Git dates a commit in whole seconds.
const SECOND: i64 = 1_000;
/// So long may the hooks of a commit take. Milliseconds.
const LONGEST_HOOK: i64 = 120_000;
/// One step of a record counts no more often than this: records come from anybody.
const MOST_TIMES: u32 = 100;
/// Characters of a name that no rule of ours knows.
pub(crate) const LONGEST_NAME: usize = 80;

/// The commit whose way is looked for.
pub(crate) struct Destination<'a> {
    /// Full.
    pub(crate) id: &'a str,
    /// Unix time in milliseconds.
    pub(crate) at: i64,
    pub(crate) has_file: &'a dyn Fn(&str) -> bool,
}

/// Which of a session's steps led to the commit: those of the unit that printed its id, those of a unit that committed at that
/// time and printed none, or what the session had done since its last commit when the commit was made, where that changed one of
/// its files. `None` where nobody can tell.
pub(crate) fn way_to(steps: &[SessionStep], commit: &Destination<'_>) -> Option<Range<usize>> {
    let (units, rest) = cut::units(steps);
    let printed = |step: &SessionStep| {
        step.commit.as_ref().is_some_and(|(id, _)| id.len() >= 7 && commit.id.starts_with(id.as_str()))
    };
    if let Some(unit) = units.iter().rfind(|unit| steps[(*unit).clone()].iter().any(printed)) {
        return Some(unit.clone());
    }
    let is_quiet = |step: &SessionStep| {
        let then = step.at.is_some_and(|at| (-LONGEST_HOOK..=SECOND).contains(&(at - commit.at)));
        step.phase == Some(Phase::Commit) && step.commit.is_none() && then
    };
    if let Some(unit) = units.iter().rfind(|unit| steps[(*unit).clone()].iter().any(is_quiet)) {
        return Some(unit.clone());
    }
    let is_later = |step: &SessionStep| step.at.is_some_and(|at| at > commit.at + SECOND);
    let end = steps.iter().position(is_later).unwrap_or(steps.len());
    let around = units.iter().find(|unit| unit.contains(&end.saturating_sub(1)));
    let start = around.map_or(rest, |unit| unit.start);
    let open = start.min(end)..end;
    let is_finished = steps[open.clone()].iter().any(|step| step.phase == Some(Phase::Commit) && step.commit.is_some());
    let changes =
        |step: &SessionStep| step.phase == Some(Phase::Change) && step.files.iter().any(|file| (commit.has_file)(file));
    (!is_finished && steps[open.clone()].iter().any(changes)).then_some(open)
}

/// The steps without what is only effort: names, how often in a row, how they ended. Empty where they are too many.
pub(crate) fn kept(steps: &[SessionStep], rules: &Activities) -> Vec<RecordedStep<Raw>> {
    let mut kept: Vec<RecordedStep<Raw>> = Vec::new();
    // `/clear` says how to go on, and begins no work.
    let is_general = |step: &SessionStep| step.activity == SKILL && rules.is_general(step.tool.trim_start_matches('/'));
    let first_said = steps.iter().position(|step| step.actor == Actor::Person && !is_general(step));
    for (place, step) in steps.iter().enumerate() {
        let is_told = |activity: &&String| rules.phase(activity).is_some_and(tells);
        let mut names = std::iter::once(&step.activity).chain(&step.also).filter(is_told).map(Raw::new);
        let begins_with_skill = first_said == Some(place) && step.activity == SKILL;
        let Some(activity) = names.next().or_else(|| begins_with_skill.then(|| Raw::new(SKILL))) else { continue };
        let ended = match step.status {
            ExecutionStatus::Failed => Some(StepEnd::Failed),
            ExecutionStatus::Stopped => Some(StepEnd::Stopped),
            ExecutionStatus::Succeeded | ExecutionStatus::NotKnown => None,
        };
        let one = RecordedStep { activity, also: names.collect(), times: 1, ended };
        match kept.last_mut().filter(|last| last.is_like(&one)) {
            Some(last) => last.times = last.times.saturating_add(1),
            None => kept.push(one),
        }
    }
    if kept.len() > MOST_STEPS { Vec::new() } else { kept }
}

/// Whether runs are compared by activities of this phase, and a record can tell of it: what is published is so after the record
/// was made, and one that `backfill` makes later shall tell no more than one of a hook.
fn tells(phase: Phase) -> bool {
    matches!(phase, Phase::Change | Phase::Verify | Phase::Commit | Phase::Revert)
}

/// Steps of a record as those of a session. Who began with a command, and by which name, the prompts say: `skill`.
pub(crate) fn told(kept: &[RecordedStep<Clean>], rules: &Activities, skill: Option<&str>) -> Vec<SessionStep> {
    let step = |kept: &RecordedStep<Clean>| {
        let activity = kept.activity.as_str();
        let is_skill = activity == SKILL;
        SessionStep {
            activity: activity.to_owned(),
            phase: rules.phase(activity),
            also: kept.also.iter().map(|other| other.as_str().to_owned()).collect(),
            actor: if is_skill { Actor::Person } else { Actor::Agent },
            tool: skill.filter(|_| is_skill).unwrap_or_default().to_owned(),
            status: match kept.ended {
                Some(StepEnd::Failed) => ExecutionStatus::Failed,
                Some(StepEnd::Stopped) => ExecutionStatus::Stopped,
                None => ExecutionStatus::NotKnown,
            },
            ..SessionStep::default()
        }
    };
    let repeated = |kept: &RecordedStep<Clean>| vec![step(kept); kept.times.clamp(1, MOST_TIMES) as usize];
    kept.iter().flat_map(repeated).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::activities::phase_of;
    use crate::process::settings::ProcessSettings;

    const ID: &str = "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d";

    /// `edit source:a.rs@3` edits a file in the third minute; `commit=1a2b3c4` prints an id; `!` behind a name says that it failed,
    /// `+` that it is of the same call.
    fn steps(told: &str) -> Vec<SessionStep> {
        let one = |told: &str| {
            let (told, minute) = told.split_once('@').map_or((told, None), |(told, minute)| (told, Some(minute)));
            let (told, commit) = told.split_once('=').map_or((told, None), |(told, id)| (told, Some(id)));
            let (told, file) = told.split_once(':').map_or((told, None), |(told, file)| (told, Some(file)));
            let mut names = told.trim_end_matches('!').split('+').map(str::to_owned);
            let activity = names.next().unwrap();
            SessionStep {
                phase: phase_of(&activity),
                actor: if activity == SKILL || activity == "prompt" { Actor::Person } else { Actor::Agent },
                activity,
                also: names.collect(),
                files: file.map(str::to_owned).into_iter().collect(),
                at: minute.map(|minute| minute.parse::<i64>().unwrap() * 60_000),
                status: if told.ends_with('!') { ExecutionStatus::Failed } else { ExecutionStatus::Succeeded },
                commit: commit.map(|id| (id.to_owned(), String::new())),
                ..SessionStep::default()
            }
        };
        told.split(", ").map(one).collect()
    }

    fn rules() -> Activities {
        Activities::new("", &ProcessSettings::default()).unwrap()
    }

    /// `edit source*2 run-tests! commit+lint`
    fn written(kept: &[RecordedStep<Raw>]) -> String {
        let one = |step: &RecordedStep<Raw>| {
            let names: Vec<&str> = std::iter::once(&step.activity).chain(&step.also).map(Raw::expose).collect();
            let times = if step.times > 1 { format!("*{}", step.times) } else { String::new() };
            let end = match step.ended {
                Some(StepEnd::Failed) => "!",
                Some(StepEnd::Stopped) => "?",
                None => "",
            };
            format!("{}{end}{times}", names.join("+"))
        };
        kept.iter().map(one).collect::<Vec<_>>().join(" > ")
    }

    #[test]
    fn the_way_to_a_commit_is_the_unit_that_made_it() {
        let has_file = |file: &str| file == "a.rs";
        // The commit was made in the tenth minute.
        for (case, told, way) in [
            (
                "by its id",
                "edit source:a.rs@1, commit=1a2b3c4@10, push@11, edit source:a.rs@12, commit=fffffff@13",
                Some(0..3),
            ),
            (
                "by its id, later",
                "edit source:b.rs@1, commit=fffffff@2, edit source:a.rs@3, commit=1a2b3c4@70",
                Some(2..4),
            ),
            ("without a word", "edit source:a.rs@1, commit@10, push@11", Some(0..3)),
            ("without a word, another time", "edit source:b.rs@1, commit@3, edit source:b.rs@4", None),
            ("by a person", "edit source:a.rs@1, run tests@2, edit source:c.rs@11", Some(0..2)),
            (
                "by a person, before the agent's",
                "edit source:a.rs@1, run tests@2, edit test@12, commit=fffffff@13",
                Some(0..2),
            ),
            (
                "after another commit",
                "edit source:a.rs@1, commit=fffffff@2, edit source:a.rs@3, run tests@4",
                Some(2..4),
            ),
            ("of other files", "edit source:b.rs@1, run tests@2", None),
            ("finished before", "edit source:a.rs@1, commit=fffffff@2, explore@3", None),
            ("nothing yet", "edit source:a.rs@12", None),
        ] {
            let at = 10 * 60_000;
            assert_eq!(way_to(&steps(told), &Destination { id: ID, at, has_file: &has_file }), way, "{case}");
        }
    }

    #[test]
    fn what_changes_checks_and_publishes_is_kept_and_what_is_effort_is_not() {
        let rules = rules();
        for (told, expected) in [
            ("prompt, explore, edit source, edit source, explore, edit source", "edit source*3"),
            ("run tests!, run tests!, run tests", "run tests!*2 > run tests"),
            ("commit+run tests+explore+lint, push", "commit+run tests+lint"),
            ("switch branch+run tests", "run tests"),
            ("use skill, edit source, use skill, commit", "use skill > edit source > commit"),
            ("prompt, use skill, edit source", "edit source"),
            ("explore, plan", ""),
        ] {
            assert_eq!(written(&kept(&steps(told), &rules)), expected, "{told}");
        }
        for (command, expected) in [("/review", "use skill > edit source"), ("/clear", "edit source")] {
            let mut begun = steps("use skill, edit source");
            begun[0].tool = command.to_owned();
            assert_eq!(written(&kept(&begun, &rules)), expected, "{command}");
        }
        let long = vec!["edit source, run tests"; MOST_STEPS].join(", ");
        assert!(kept(&steps(&long), &rules).is_empty(), "a part would be told as if it were all");
    }

    #[test]
    fn what_was_kept_is_told_again() {
        let rules = rules();
        let told_of = "use skill, edit source, edit source, run tests!, commit+lint";
        let json = kept(&steps(told_of), &rules).into_iter().map(|step| {
            let name = |raw: Raw| serde_json::json!(raw.into_inner());
            let also: Vec<_> = step.also.into_iter().map(name).collect();
            serde_json::json!({"activity": name(step.activity), "also": also, "times": step.times, "ended": step.ended})
        });
        let clean: Vec<RecordedStep<Clean>> = serde_json::from_value(json.collect()).unwrap();
        let again = told(&clean, &rules, Some("/review"));
        assert_eq!(written(&kept(&again, &rules)), "use skill > edit source*2 > run tests! > commit+lint");
        assert_eq!((again[0].tool.as_str(), again[0].actor), ("/review", Actor::Person));
        assert_eq!((again[1].phase, again[1].actor), (Some(Phase::Change), Actor::Agent));
    }

    #[test]
    fn a_record_cannot_make_a_run_without_end() {
        let json = serde_json::json!([{"activity": "edit source", "times": 4_000_000_000_u32}]);
        let clean: Vec<RecordedStep<Clean>> = serde_json::from_value(json).unwrap();
        assert_eq!(told(&clean, &rules(), None).len(), MOST_TIMES as usize);
    }
}
