//! A small process for tests: ten runs of `change`, of which two change documentation only and three fail on the way.

use super::capture::{Capture, Question, ToldStep};
use super::document::repository_guide::RepositoryGuide;
use super::document::sources::{HumanCorrection, Sources, Version};
use super::front_matter::{FrontMatter, Generator};
use crate::process::model::{ModelCommand, ModelEvidence, ModelStep, ProcessModel};
use crate::record::execution::{Actor, CaseKind, Execution, ExecutionLog, ExecutionStatus, Phase, Run};
use crate::record::session::FailureKind;

/// Everything that a document is made from, owned.
pub(crate) struct Sample {
    pub model: ProcessModel,
    pub log: ExecutionLog,
    pub capture: Capture,
    pub corrections: Vec<HumanCorrection>,
    pub history: Vec<Version>,
    pub front: FrontMatter,
    pub repository: RepositoryGuide,
}

impl Sample {
    pub(crate) fn sources(&self) -> Sources<'_> {
        Sources {
            model: &self.model,
            log: &self.log,
            capture: &self.capture,
            corrections: &self.corrections,
            history: &self.history,
            front: &self.front,
            repository: &self.repository,
            minimum: 5,
            earlier: None,
            template: None,
        }
    }
}

/// What a run does, a letter each: `e` edits source, `d` edits a page, `t` and `T` run tests (`T` fails), `l` lints, `c` commits,
/// `p` pushes.
const RUNS: [&str; 10] = ["etlcp", "eltcp", "eTetlcp", "etlcp", "dc", "eTtlcp", "etcp", "dcp", "eTelc", "etlcp"];

pub(crate) fn change() -> Sample {
    named(&|text| text.to_owned())
}

/// The same with every text of the log, and what people said, given by `name`.
pub(crate) fn named(name: &dyn Fn(&str) -> String) -> Sample {
    let log = log(name);
    let run_ids = log.runs.iter().map(|run| log.text(run.id).to_owned()).collect();
    let commits = log.runs.iter().flat_map(|run| &run.commits).map(|id| log.text(*id).to_owned()).collect();
    let evidence = ModelEvidence {
        runs: 10,
        from: Some("2026-10-01T09:00:00Z".to_owned()),
        until: Some("2026-10-10T09:20:00Z".to_owned()),
        run_ids,
        commits,
        rules_version: 7,
        ..ModelEvidence::default()
    };
    Sample {
        model: ProcessModel {
            schema: 1,
            process: "change".to_owned(),
            steps: steps(name),
            evidence,
            ..ProcessModel::default()
        },
        log,
        capture: capture(name),
        corrections: vec![
            HumanCorrection {
                words: name("Do not catch every error here."),
                reason: Some(name("It hides the one that matters.")),
                commit: "c1".repeat(20),
            },
            HumanCorrection { words: name("Use the helper that is there."), reason: None, commit: "c2".repeat(20) },
        ],
        history: vec![Version {
            number: 1,
            date: "2026-10-11".to_owned(),
            by: name("Ada"),
            what: name("First version, from 10 runs"),
        }],
        front: FrontMatter {
            id: "sop/change".to_owned(),
            title: name("Change the code"),
            version: 1,
            status: "draft".to_owned(),
            owner: name("The team"),
            model: "process.yaml".to_owned(),
            generator: Some(Generator { tool: "backstory 0.1.0".to_owned(), mode: "template".to_owned(), llm: None }),
            ..FrontMatter::default()
        },
        repository: RepositoryGuide::default(),
    }
}

fn steps(name: &dyn Fn(&str) -> String) -> Vec<ModelStep> {
    let step = |id: &str, title: &str, activities: &[&str], required: bool, command: &str| ModelStep {
        id: id.to_owned(),
        title: name(title),
        activities: activities.iter().map(|activity| (*activity).to_owned()).collect(),
        required,
        commands: Some(command)
            .filter(|command| !command.is_empty())
            .map(|command| ModelCommand { command: name(command), runs: 7 })
            .into_iter()
            .collect(),
        ..ModelStep::default()
    };
    let mut steps = vec![
        step("edit", "Edit the code", &["change"], true, ""),
        step("run-tests", "Run the tests", &["run tests"], false, "cargo test -p <package>"),
        step("lint", "Run the linter", &["lint"], false, "cargo clippy"),
        step("commit", "Commit the change", &["commit"], true, "git commit -m <message>"),
        step("push", "Push the branch", &["push"], false, "git push"),
    ];
    for check in &mut steps[1..3] {
        check.unordered_with = Some("check".to_owned());
        check.on_failure = Some("edit".to_owned());
    }
    steps
}

fn log(name: &dyn Fn(&str) -> String) -> ExecutionLog {
    let mut log = ExecutionLog::default();
    for activity in ["edit source", "edit docs"] {
        let activity = log.symbols.intern(activity);
        log.phases.insert(activity, Phase::Change);
    }
    for (number, letters) in RUNS.iter().enumerate() {
        let mut run = Run::new(log.symbols.intern(&name(&format!("unit-{number}"))), CaseKind::Unit);
        run.process = log.symbols.intern("change");
        run.process_why = log.symbols.intern(&name("no other sign"));
        run.agent = log.symbols.intern("claude-code");
        run.agent_version = log.symbols.intern(&name(if number < 5 { "2.1.0" } else { "2.1.1" }));
        run.commits = vec![log.symbols.intern(&format!("{number:x}a").repeat(20))];
        let path = if letters.starts_with('d') { "docs/guide.md" } else { "src/price.rs" };
        run.files = vec![log.symbols.intern(path)];
        let start = 1_790_845_200_000 + 86_400_000 * number as i64;
        let events =
            (0..).zip(letters.chars()).map(|(place, letter)| event(&mut log, name, letter, start + 60_000 * place));
        let events = events.collect();
        log.push(run, events);
    }
    log
}

fn event(log: &mut ExecutionLog, name: &dyn Fn(&str) -> String, letter: char, at: i64) -> Execution {
    let (activity, command, ms) = match letter.to_ascii_lowercase() {
        'e' => ("edit source", "", 40),
        'd' => ("edit docs", "", 40),
        't' => ("run tests", "cargo test -p <package>", 5_200),
        'l' => ("lint", "cargo clippy", 2_100),
        'c' => ("commit", "git commit -m <message>", 300),
        _ => ("push", "git push", 1_400),
    };
    let is_edit = matches!(letter, 'e' | 'd');
    let path = if letter == 'd' { "docs/guide.md" } else { "src/price.rs" };
    let mut event = Execution {
        activity: log.symbols.intern(activity),
        actor: if letter == 'p' { Actor::Person } else { Actor::Agent },
        command: if command.is_empty() { Default::default() } else { log.symbols.intern(&name(command)) },
        status: ExecutionStatus::Succeeded,
        started_at: Some(at),
        duration_ms: Some(ms),
        files: if is_edit { vec![log.symbols.intern(&name(path))] } else { Vec::new() },
        ..Execution::default()
    };
    if event.actor == Actor::Agent {
        event.actor_name = log.symbols.intern("claude-code");
    }
    if letter.is_uppercase() {
        event.status = ExecutionStatus::Failed;
        event.failure = Some(FailureKind::Tests);
        event.output = log.symbols.intern(&name("2 failed, 40 passed"));
    }
    event
}

fn capture(name: &dyn Fn(&str) -> String) -> Capture {
    Capture {
        process: "change".to_owned(),
        name: name("Change the code"),
        purpose: name("Users get what they asked for, and nothing else breaks."),
        outcome: name("The change is on the main branch."),
        trigger: name("An issue that asks for a change."),
        who: vec![name("Whoever took the issue")],
        access: vec![name("Write access to the repository; the owner grants it.")],
        tools: vec!["git".to_owned()],
        inputs: vec![name("The issue.")],
        pitfalls: vec![name("Tests that need the network fail at night.")],
        steps: vec![ToldStep {
            id: "push".to_owned(),
            action: name("Push the branch"),
            actor: name("Whoever took the issue"),
            notes: vec![name("The branch is deleted after the merge.")],
            ..ToldStep::default()
        }],
        notes: Vec::new(),
        questions: vec![Question {
            id: "q-0badcafe".to_owned(),
            step: "run-tests".to_owned(),
            question: name("May the tests be left out for documentation?"),
            answer: name("Yes."),
            answered_by: name("Ada"),
            answered_at: "2026-10-11T08:00:00Z".to_owned(),
            ..Question::default()
        }],
    }
}
