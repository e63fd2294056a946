//! Which tests, builds and linters ran for a commit, on which state, and how they ended.

use super::check_quotes::{error_in, otherwise_in, quoted, summary_in};
use super::check_words::{check_line, command_of, finds_only_elsewhere, known_part, passed_on_others, runner_of};
use super::checked_steps::{behind, is_late, is_of_earlier_commit};
use super::ci_runs::failed_in_ci;
use super::committing::{commits, is_making, made, runs_hooks};
use super::edits_since::EditsSince;
use super::failure_words::{is_meant, said_of_failure};
use super::form_repairs::formats;
use super::kept_checks::{KeptCheck, in_order};
use super::later_runs::LaterRun;
use super::part::SessionWindow;
use super::passed_beside::{passed_beside, under_its_name};
pub use super::ran_check::RanCheck;
use super::ran_check::{CallCheck, failure_of};
use super::shown_state::shows;
use super::steps::{WindowCall, describe, first_lines, steps_between};
use super::work_trees::ran_elsewhere;
use crate::checks::before_commit::checks_before_commit;
use crate::checks::chain::{beside, checks_of_chain};
use crate::checks::classify::{classify_command, rank};
use crate::checks::colours::without_colours;
use crate::checks::end;
use crate::checks::filters::ends_with_a_search;
use crate::checks::harness::{did_not_run, did_not_start};
use crate::checks::hook_output::hook_runs;
use crate::checks::output::{failure_in, says_failed, summary_line};
use crate::checks::passed_parts::{left_to_fail, parts};
use crate::checks::scope::{CheckScope, scope};
use crate::checks::shell;
use crate::checks::summaries::summary_of_part;
use crate::checks::unknown_commands::unknown_command;
use crate::record::checked_state::CheckedState;
use crate::record::commit::Commit;
use crate::record::contribution::{Check, CheckKind, CheckResult, CheckedBy};
use crate::record::session::{Action, FailureKind, Outcome, ToolCall};
use crate::record::text::Raw;

/// The check that a shell call ran, if it ran one to its end.
pub fn ran(call: &ToolCall) -> Option<RanCheck> {
    let Action::Shell { command, .. } = &call.action else { return None };
    let kind = classify_command(command.expose())?;
    let (flagged, seen, output) = match &call.outcome {
        // It was not there, not allowed or not understood: nothing was checked.
        Outcome::Failed {
            kind: FailureKind::CommandNotFound | FailureKind::Permission | FailureKind::BadInput,
            ..
        } => return None,
        Outcome::Failed { output, .. } => (true, true, output),
        Outcome::Succeeded { output, .. } => (false, true, output),
        // It went on, and had failed by then.
        Outcome::Running { output } if failure_in(command.expose(), output.expose()).is_some() => (false, true, output),
        Outcome::Pending | Outcome::Running { .. } => return Some(RanCheck::unseen(kind)),
        Outcome::Rejected { .. } | Outcome::Interrupted | Outcome::Collateral => return None,
    };
    // Of `lint && test` the one that failed, as far as the output says.
    let told = failure_in(command.expose(), output.expose());
    // What the wrapper does not know did not run.
    let summary_in = |kind| summary_in(kind, command.expose(), output.expose());
    if unknown_command(output.expose()).is_some() && summary_in(kind).is_none() {
        return None;
    }
    // Where some checks of a failed call passed, the one that is left failed, or none of them did.
    let parts = if flagged { parts(command.expose(), output.expose()) } else { Vec::new() };
    let passed =
        parts.iter().filter(|part| part.passed && told.is_none()).map(|part| part.kind).min_by_key(|kind| rank(*kind));
    let left = passed.and_then(|_| left_to_fail(command.expose(), &parts));
    if let (Some(kind), true) = (passed, left.is_none() || did_not_run(output.expose())) {
        return Some(RanCheck { seen: true, summary: summary_in(kind), ..RanCheck::unseen(kind) });
    }
    // The search failed, for it found nothing.
    if flagged && told.is_none() && ends_with_a_search(command.expose()) {
        return Some(RanCheck::unseen(kind));
    }
    let hidden = !flagged && told.is_some();
    let kind = told.or(left.map(|part| part.kind)).unwrap_or(kind);
    if kind == CheckKind::Test && (flagged || hidden) && did_not_start(output.expose()) {
        return Some(RanCheck::unseen(kind));
    }
    let wrong = || if flagged { error_in(output.expose()) } else { None };
    let otherwise = || if flagged { otherwise_in(output.expose()) } else { None };
    let summary = summary_in(kind).or_else(wrong).or_else(otherwise);
    let failed = flagged || hidden;
    // Of what ended well behind something else, and of tests of which none ran, nobody knows whether it passes.
    let (command, printed) = (command.expose(), output.expose());
    let seen = seen
        && (failed || (end::is_seen(kind, command, printed) && !end::is_known_to_run_nothing(kind, command, printed)));
    if (failed || !seen) && did_not_run(printed) {
        return None;
    }
    let line = if failed { error_in(output.expose()) } else { None };
    // A count of failures says something. That of another check that passed does not, nor does a mere word.
    let tells = |summary: &Raw| {
        let text = summary.expose();
        summary_line(text).is_none_or(says_failed) && text.contains(|c: char| c.is_ascii_digit() || c == ' ')
    };
    let error = line.or_else(|| summary.clone().filter(tells)).filter(|_| failed);
    Some(RanCheck { kind, failed, hidden, seen, failure: failure_of(kind), summary, error })
}

/// The same of a call of a session's part, which is looked at once.
fn ran_in(part: &SessionWindow, step: &WindowCall) -> Option<RanCheck> {
    let look = || if ran_elsewhere(step.tool_call, &part.trees) { None } else { ran(step.tool_call) };
    part.known_runs.of((step.turn, step.call), look)
}

/// The checks that a call ran, itself or in a hook of git, in their order. `ran` is what [`ran`] says of it.
fn runs(call: &ToolCall, ran: Option<RanCheck>) -> Vec<CallCheck> {
    let Action::Shell { command, .. } = &call.action else { return Vec::new() };
    if let Some(ran) = ran {
        let (flagged, output) = match &call.outcome {
            Outcome::Succeeded { output, .. } => (false, output.expose()),
            Outcome::Failed { output, .. } => (true, output.expose()),
            _ => (false, ""),
        };
        let (is_failed, is_good) = (ran.failed, flagged && ran.seen && !ran.failed);
        let mut found = if is_good { Vec::new() } else { chained(command.expose(), output, ran) };
        if is_good || (is_failed && found.len() == 1) {
            let failed = found.pop().map(|run| under_its_name(command.expose(), output, run));
            found = passed_beside(command.expose(), output).into_iter().chain(failed).collect();
        }
        return found;
    }
    let (flagged, output) = match &call.outcome {
        Outcome::Failed { output, .. } => (true, output),
        Outcome::Succeeded { output, .. } => (false, output),
        _ => return Vec::new(),
    };
    let runs = hook_runs(command.expose(), flagged, output.expose()).into_iter().map(|run| {
        let told = if run.failed { error_in(output.expose()) } else { None };
        let check = RanCheck {
            failed: run.failed,
            hidden: run.failed && !flagged,
            seen: true,
            error: told,
            ..RanCheck::unseen(run.kind)
        };
        CallCheck { check, name: Some(run.name), in_hook: true }
    });
    runs.collect()
}

/// Each check of `lint && test` with a result of its own: those before the one that failed have passed, those behind it did not
/// run. Where that is not known, all of it is one.
fn chained(command: &str, output: &str, ran: RanCheck) -> Vec<CallCheck> {
    let checks = checks_of_chain(command);
    let last = match checks.iter().filter(|(kind, _)| *kind == ran.kind).count() {
        _ if !ran.seen || checks.len() < 2 => None,
        _ if !ran.failed => Some(checks.len() - 1),
        1 => checks.iter().position(|(kind, _)| *kind == ran.kind),
        _ => None,
    };
    let Some(last) = last else {
        let others = if ran.seen && !ran.failed { beside(command, ran.kind, output) } else { Vec::new() };
        let other = |(kind, seen)| RanCheck { seen, ..RanCheck::unseen(kind) };
        let name = known_part(command, ran.kind, output).map(str::to_owned);
        let one = |check: RanCheck, name| CallCheck { check, name, in_hook: false };
        return others.into_iter().map(|it| one(other(it), None)).chain([one(ran, name)]).collect();
    };
    let plain = without_colours(if ran.failed { "" } else { output });
    let summary = |place: usize| quoted(summary_of_part(&checks[..=last], place, &plain), &plain);
    let passed = |(place, (kind, _)): (usize, &(CheckKind, &str))| RanCheck {
        seen: true,
        summary: summary(place),
        ..RanCheck::unseen(*kind)
    };
    let named = |check, text: &str| CallCheck { check, name: Some(text.to_owned()), in_hook: false };
    let before = checks[..last].iter().enumerate();
    let mut runs: Vec<CallCheck> = before.map(|(place, part)| named(passed((place, part)), part.1)).collect();
    let (kind, text) = checks[last];
    let told = if ran.failed { ran.summary } else { summary(last) };
    runs.push(named(RanCheck { kind, failure: failure_of(kind), summary: told, ..ran }, text));
    runs
}

/// The check that a call ran, itself or in a hook of git: of several the one that failed, else the last. Or the one that failed
/// in CI, where the call reads its log.
pub(crate) fn ran_or_hook(call: &ToolCall) -> Option<RanCheck> {
    strongest(call, ran(call))
}

/// The same of a call of a session's part.
pub(crate) fn ran_or_hook_in(part: &SessionWindow, step: &WindowCall) -> Option<RanCheck> {
    strongest(step.tool_call, ran_in(part, step))
}

/// All checks of a call that passed, or the one that failed.
pub(crate) fn all_or_failed_in(part: &SessionWindow, step: &WindowCall) -> Vec<RanCheck> {
    let runs = runs(step.tool_call, ran_in(part, step));
    match runs.is_empty() || runs.iter().any(|run| run.check.failed) {
        true => ran_or_hook_in(part, step).into_iter().collect(),
        false => runs.into_iter().map(|run| run.check).collect(),
    }
}

fn strongest(call: &ToolCall, ran: Option<RanCheck>) -> Option<RanCheck> {
    let mut runs = runs(call, ran);
    let Some(place) = runs.iter().position(|run| run.check.failed).or(runs.len().checked_sub(1)) else {
        return failed_in_ci(call);
    };
    Some(runs.swap_remove(place).check)
}

/// The last run of each kind of check, and the last that passed where that is another.
pub(crate) fn find(part: &SessionWindow, commit: &Commit) -> Vec<Check<Raw>> {
    let mut steps = steps_between(part);
    let edits = EditsSince::of(part, &steps, commit);
    let shown = steps.iter().filter(|step| shows(step.tool_call, commit)).map(|step| (step.turn, step.call));
    let shown = shown.filter(|place| edits.ended_at(*place)).min();
    let end = steps.len();
    steps.extend(behind(part, commit));
    let (mut checks, mut after): (Vec<KeptCheck>, Vec<KeptCheck>) = Default::default();
    let (mut known, mut late, mut on_it): (Vec<LaterRun>, Vec<LaterRun>, Vec<LaterRun>) = Default::default();
    let passed_on_others = passed_on_others(part, commit);
    let is_earlier = |step: &WindowCall| {
        edits.came_first((step.turn, step.call)) || is_of_earlier_commit(part, &steps, commit, step)
    };
    for (index, step) in steps.iter().enumerate().rev() {
        let is_its_own = || made(step.tool_call, commit) || is_making(step.tool_call, commit);
        // What passed in the hook of another commit, or before one failed, says nothing of this one.
        let tells = |run: &CallCheck| match run.in_hook {
            true => run.check.failed || is_its_own(),
            false => !passed_on_others(step.tool_call, &run.check),
        };
        let mut found = runs(step.tool_call, ran_in(part, step));
        let passed = passed_before(step.tool_call, commit);
        found = if passed.is_empty() { found } else { passed };
        if found.is_empty() && is_its_own() && runs_hooks(step.tool_call) {
            found = passed_at_last(&steps[..index]);
        }
        // Of `build | head && test` the first is not seen, and the second is what the command shows.
        if found.iter().any(|run| run.check.seen) {
            found.retain(|run| run.check.seen);
        }
        // What was run to see it fail did what it should.
        if found.iter().any(|run| run.check.failed) && is_meant(part, &steps, index) {
            continue;
        }
        for run in found.into_iter().rev().filter(tells) {
            let (kind, failed) = (run.check.kind, run.check.failed);
            // The formatter has put it right since.
            if failed && kind == CheckKind::Format && steps[index + 1..].iter().any(has_formatted) {
                continue;
            }
            let place = (step.turn, step.call);
            let command = command_of(step.tool_call, run.name.as_deref());
            let scope = if run.in_hook { CheckScope::All } else { scope(command, kind) };
            let own =
                LaterRun { place, call: step.tool_call, check: run.check.clone(), command: command.to_owned(), scope };
            let is_outdated = |by: &[LaterRun]| by.iter().any(|later| later.outdates(&own, &edits));
            if index >= end {
                if !own.check.failed && !run.in_hook && !is_outdated(&on_it) {
                    let check = Check { state: Some(CheckedState::Committed), ..check(step, run, false) };
                    after.push(KeptCheck::of(&own, check));
                    on_it.push(own);
                }
                continue;
            }
            // Of what was known too late, a pass says only that the failure before it is none of the commit.
            if is_late(part, commit, step.tool_call) {
                late.extend(own.has_passed().then_some(own));
                continue;
            }
            if failed && is_outdated(&late) {
                continue;
            }
            let repeated = is_outdated(&known);
            // Of runs that passed on the same state, the one that was given most.
            let is_wider = own.has_passed() && !run.in_hook && {
                let mut passes = checks.iter().filter(|kept| kept.has_passed_as(&own)).peekable();
                passes.peek().is_some()
                    && passes.all(|kept| kept.scope < scope && !edits.changed_between(place, kept.place))
            };
            if repeated && !is_wider {
                continue;
            }
            if is_wider {
                let runner = runner_of(&own.command, kind);
                checks.retain(|kept| !kept.has_passed(kind) || runner_of(&kept.command, kind) != runner);
            }
            // What passes before anything is done says how it was before.
            if failed || !part.alone || !is_earlier(step) {
                let mut check = check(step, run, edits.changed_since(place, kind));
                if check.after_last_edit && edits.moved_since(place, kind) {
                    check.state = Some(CheckedState::OtherBase);
                }
                check.elsewhere = failed && finds_only_elsewhere(step.tool_call, kind, commit);
                if failed {
                    (check.said, check.excused) = said_of_failure(part, step, kind);
                }
                // What passed in the command that made the commit, or on what is known to be its files, passed on all of it.
                let is_on_it = shown.is_some_and(|shown| shown < place);
                if check.result == CheckResult::Passed && (is_on_it || (is_its_own() && commits(step.tool_call))) {
                    check.state = Some(CheckedState::Committed);
                    check.after_last_edit |= is_on_it;
                }
                checks.push(KeptCheck::of(&own, check));
            }
            known.push(own);
        }
    }
    in_order(checks, after, part.session)
}

/// Whether a step ran a formatter, which ended well.
fn has_formatted(step: &WindowCall) -> bool {
    let Action::Shell { command, .. } = &step.tool_call.action else { return false };
    matches!(step.tool_call.outcome, Outcome::Succeeded { .. })
        && shell::steps(command.expose()).iter().any(|step| formats(&step.words.join(" ")))
}

/// The checks that must have passed in the call that is making the commit, whose end is not known yet: its words name the commit.
fn passed_before(call: &ToolCall, commit: &Commit) -> Vec<CallCheck> {
    let Action::Shell { command, .. } = &call.action else { return Vec::new() };
    let subject = commit.message.expose().lines().next().unwrap_or_default().trim();
    if subject.is_empty() || !is_making(call, commit) || !command.expose().contains(subject) {
        return Vec::new();
    }
    let checks = checks_before_commit(command.expose());
    let name = |text: &str| (checks.len() > 1).then(|| text.to_owned());
    let passed = |kind| RanCheck { seen: true, ..RanCheck::unseen(kind) };
    let one = |(kind, text): &(CheckKind, &str)| CallCheck { check: passed(*kind), name: name(text), in_hook: false };
    checks.iter().map(one).collect()
}

/// The checks of a hook that stopped the session's last try to commit: the hook ran them again, and git made the commit.
fn passed_at_last(before: &[WindowCall]) -> Vec<CallCheck> {
    let last_try = before.iter().rev().map(|step| step.tool_call).find(|call| runs_hooks(call));
    let failed = last_try
        .map(|call| runs(call, ran(call)))
        .unwrap_or_default()
        .into_iter()
        .filter(|run| run.in_hook && run.check.failed);
    failed.map(|run| CallCheck { check: RanCheck { seen: true, ..RanCheck::unseen(run.check.kind) }, ..run }).collect()
}

fn check(step: &WindowCall, run: CallCheck, is_changed_since: bool) -> Check<Raw> {
    let CallCheck { check: run, name, in_hook } = run;
    let by = if in_hook { CheckedBy::CommitHook } else { CheckedBy::Agent };
    let command = match (&step.tool_call.action, name) {
        (_, Some(name)) => first_lines(&name, 1),
        (Action::Shell { command, .. }, None) => {
            check_line(command.expose(), run.kind).unwrap_or_else(|| describe(step.tool_call))
        }
        _ => Raw::default(),
    };
    Check {
        kind: run.kind,
        command,
        at: step.tool_call.ended_at.or(step.tool_call.at),
        result: match (run.seen, run.failed) {
            (false, _) => CheckResult::NotSeen,
            (true, true) => CheckResult::Failed,
            (true, false) => CheckResult::Passed,
        },
        // A line of the compiler says nothing of tests, nor of a formatter.
        summary: run.summary.filter(|line| {
            !matches!(run.kind, CheckKind::Test | CheckKind::Format) || !line.expose().starts_with("Finished `")
        }),
        after_last_edit: !is_changed_since,
        state: None,
        partial: false,
        elsewhere: false,
        said: None,
        excused: false,
        by,
    }
}

/// Files of the commit that the session edited after its last passing test, build or linter; empty where none passed.
pub(crate) fn changed_after(part: &SessionWindow, checks: &[Check<Raw>], commit: &Commit) -> Vec<String> {
    let passed_on_others = passed_on_others(part, commit);
    let passed = |step: &&WindowCall| {
        let is_pass = |run: &RanCheck| run.seen && !run.failed && run.kind != CheckKind::Format;
        ran_in(part, step).is_some_and(|run| is_pass(&run) && !passed_on_others(step.tool_call, &run))
    };
    let steps = steps_between(part).into_iter().filter(|step| !is_late(part, commit, step.tool_call));
    let last_pass =
        steps.chain(behind(part, commit)).filter(|step| passed(&step)).map(|step| (step.turn, step.call)).max();
    let Some(last_pass) = last_pass.filter(|_| !checks.is_empty()) else { return Vec::new() };
    let since = EditsSince::of(part, &[], commit).files_since(last_pass, CheckKind::Test);
    let mut files: Vec<String> = since.into_iter().map(str::to_owned).collect();
    files.sort();
    files.dedup();
    files
}
