//! Checks that failed on the way to a commit: an attempt for each thing that was wrong, with what was changed about it. Runs that
//! failed for the same reason are one.

use std::collections::HashSet;

use super::agent_words::{calls_it_old, cause_between, explanation_of, is_about, lead_in, plain};
use super::bearing::Found;
use super::changes::{About, Places, ToldChange, tell};
use super::check_reasons::{last_words, reason_in};
use super::checks::{RanCheck, all_or_failed_in};
use super::committing::runs_hooks;
use super::deeds::remark_before_deed;
use super::failure_sign::{are_far_apart, sign};
use super::failure_words::{is_announced, is_meant, is_of_the_machine, is_of_this_wish, is_old};
use super::named_files::{NamedWords, file_in};
use super::own_diagnostics;
use super::part::SessionWindow;
use super::paths;
use super::repair::{Repair, made_between};
use super::test_first::is_test_first;
use super::whole_lines::whole_lines;
use crate::checks::classify::classify_command;
use crate::checks::covering::{check_text, covers};
use crate::checks::shell_changes;
use crate::checks::surroundings::{is_of_network, is_of_surroundings};
use crate::checks::usage_errors::is_usage_error;
use crate::link::steps::{WIDTH, WindowCall, describe, files_of, first_of};
use crate::record::commit::{Commit, FileChange};
use crate::record::contribution::{AttemptEnd, AttemptKind, CheckKind, FailedAttempt, WhySource};
use crate::record::quote::Quote;
use crate::record::session::{Action, FailureKind, Outcome, ToolCall};
use crate::record::text::Raw;

pub(super) fn find(part: &SessionWindow, steps: &[WindowCall], (commit, places): (&Commit, &Places)) -> Vec<Found> {
    let of_step = |(index, step)| all_or_failed_in(part, step).into_iter().map(move |run| (index, run));
    let mut runs: Vec<(usize, RanCheck)> = steps.iter().enumerate().flat_map(of_step).collect();
    if runs.iter().all(|(_, run)| !run.failed) {
        return Vec::new();
    }
    own_diagnostics::choose(steps, &mut runs, (commit, places));
    let own = own_files(steps, commit);
    let mut failures = failures(steps, &runs);
    failures.iter_mut().for_each(|failure| pass_with_commit(steps, &runs, failure));
    let counts = |failure: &&OpenFailure| {
        (failure.passed.is_some() || !is_elsewhere(failure.run, &own)) && !is_of_old_style(part, steps, failure)
    };
    failures.iter().filter(counts).filter_map(|failure| told(part, steps, failure, (commit, places))).collect()
}

/// One thing that was wrong, as far as runs of one kind of check show it.
struct OpenFailure<'r> {
    run: &'r RanCheck,
    sign: String,
    /// The steps at which it was seen first and last.
    first: usize,
    last: usize,
    tries: u32,
    /// Of the runs with this failure the first whose output names it.
    error: Option<&'r Raw>,
    /// The step of a later run of the kind that failed for another reason, or passed.
    next: Option<usize>,
    /// Why that one failed, if it did.
    next_error: Option<&'r Raw>,
    passed: Option<usize>,
    /// The step of the first run of less that passed.
    passed_less: Option<usize>,
    /// The step of the first later run of as much, whether or not its end was seen: what was changed about the failure stands before it.
    again: Option<usize>,
}

fn failures<'r>(steps: &[WindowCall], runs: &'r [(usize, RanCheck)]) -> Vec<OpenFailure<'r>> {
    let mut failures: Vec<OpenFailure> = Vec::new();
    for (step, run) in runs {
        let is_open = |failure: &OpenFailure| failure.run.kind == run.kind && failure.passed.is_none();
        for failure in failures.iter_mut().filter(|failure| is_open(failure) && failure.again.is_none()) {
            if looks_at_as_much(steps, *step, failure) {
                failure.again = Some(*step);
            }
        }
        if !run.failed {
            // What was not seen to pass ends nothing.
            for failure in failures.iter_mut().filter(|failure| run.seen && is_open(failure)) {
                if looks_at_as_much(steps, *step, failure) {
                    failure.passed = Some(*step);
                    failure.next.get_or_insert(*step);
                } else {
                    failure.passed_less.get_or_insert(*step);
                }
            }
            continue;
        }
        let sign = run.error.as_ref().map(sign).unwrap_or_default();
        // A run that does not say why fails for the reason known last, and one that does may explain it.
        let same = |failure: &OpenFailure| {
            is_open(failure)
                && (failure.sign == sign || sign.is_empty() || failure.sign.is_empty())
                && !are_far_apart(failure.error, run.error.as_ref())
        };
        let known = failures.iter().rposition(same);
        match known {
            Some(place) => {
                let failure = &mut failures[place];
                failure.tries += 1;
                failure.last = *step;
                (failure.next, failure.next_error, failure.again) = (None, None, None);
                if failure.sign.is_empty() {
                    (failure.sign, failure.error) = (sign, run.error.as_ref());
                }
            }
            None => {
                let error = run.error.as_ref();
                for failure in failures.iter_mut().filter(|failure| is_open(failure) && failure.next.is_none()) {
                    (failure.next, failure.next_error) = (Some(*step), error);
                }
                failures.push(OpenFailure {
                    run,
                    sign,
                    first: *step,
                    last: *step,
                    tries: 1,
                    error,
                    next: None,
                    next_error: None,
                    passed: None,
                    passed_less: None,
                    again: None,
                });
            }
        }
    }
    failures
}

/// What stopped a commit let the next one pass.
fn pass_with_commit(steps: &[WindowCall], runs: &[(usize, RanCheck)], failure: &mut OpenFailure) {
    if failure.passed.is_some() || !runs_hooks(steps[failure.last].tool_call) {
        return;
    }
    let fails = |step: usize| runs.iter().any(|(at, run)| *at == step && run.failed);
    let passes = |step: &usize| {
        let call = steps[*step].tool_call;
        runs_hooks(call) && matches!(call.outcome, Outcome::Succeeded { .. }) && !fails(*step)
    };
    failure.passed = (failure.last + 1..steps.len()).find(passes);
    failure.next = failure.next.into_iter().chain(failure.passed).min();
}

/// Whether the run of a step looked at all that the failed one did, or at what the failure names.
fn looks_at_as_much(steps: &[WindowCall], step: usize, failure: &OpenFailure) -> bool {
    let command = |step: usize| match &steps[step].tool_call.action {
        Action::Shell { command, .. } => command.expose(),
        _ => "",
    };
    covers(command(step), command(failure.last), failure.error.map(Raw::expose).unwrap_or_default())
}

/// The attempt; none where the check was meant to fail, where it tells of its surroundings and nothing was changed about it, and
/// where it passed later as everything was.
fn told(
    part: &SessionWindow,
    steps: &[WindowCall],
    failure: &OpenFailure,
    (commit, places): (&Commit, &Places),
) -> Option<Found> {
    let call = steps[failure.first].tool_call;
    let end = failure.next.or(failure.passed_less).into_iter().chain(failure.again).min().unwrap_or(steps.len());
    let said = |step: usize| explanation_of(part, &steps[step], failure.run.kind);
    let why = said(failure.last).or_else(|| said(failure.first));
    let about = About {
        error: failure.error,
        why: why.as_ref(),
        kind: failure.run.kind,
        step: failure.last,
        next_error: failure.next_error,
        is_of_its_file: failure.run.failure == FailureKind::Lint || is_of_unused(failure.error),
    };
    let mut since = made_between(steps, failure.last, end, places);
    // What was done at once was done about it; what a person asked for later was not.
    let is_at_once = |one: &Repair| steps[one.step()].turn == steps[failure.last].turn;
    if since.iter().any(is_at_once) {
        since.retain(is_at_once);
    }
    let change = tell(steps, &since, &about, places).or_else(|| {
        let all = made_between(steps, failure.first, end, places);
        tell(steps, &all, &About { step: failure.first, ..about }, places)
    });
    let helped = failure.passed.is_some();
    let change = change.filter(|change| change.bears || helped || is_of_this_wish(part, steps, failure.last, change));
    let until = change.as_ref().and_then(|change| change.steps.iter().copied().min());
    let kind = failure.run.kind;
    let cause = until.and_then(|until| cause_between(part, steps, (failure.last, until), kind, why.as_ref()));
    let called_old = calls_it_old(part, &steps[failure.last]).or_else(|| calls_it_old(part, &steps[failure.first]));
    let said_first = || until.and_then(|until| before_deed(steps, (failure.last, until), kind));
    let why = cause.or(why).or_else(|| called_old.clone()).or_else(said_first);
    let made = made_between(steps, failure.first, failure.passed.unwrap_or(end), places);
    let bears = change.as_ref().is_some_and(|change| change.bears);
    let error = failure.error.map(Raw::expose).unwrap_or_default();
    // A file that could not be fetched for is in the message whatever was changed in it.
    let bears_on_surroundings = bears && (!is_of_network(error) || change.as_ref().is_some_and(|change| change.holds));
    // What stopped a commit changed how the work went on, whatever it was.
    let stopped_a_commit =
        matches!(&call.action, Action::Shell { command, .. } if command.expose().contains("git commit"));
    let passed_by_itself = failure.passed.is_some() && made.is_empty();
    // What passed after a change was put right, whoever had broken it.
    let is_old =
        (called_old.is_some() || is_old(why.as_ref())) && !bears && (failure.passed.is_none() || made.is_empty());
    if (is_of_surroundings(error) && !bears_on_surroundings)
        || ((passed_by_itself || is_old) && !stopped_a_commit)
        || is_meant(part, steps, failure.first)
        || (kind == CheckKind::Test && is_test_first(steps, failure.first, failure.error, &made))
    {
        return None;
    }
    let ended = match failure.passed {
        Some(_) if made.is_empty() => Some(AttemptEnd::PassedUnchanged),
        Some(_) => Some(AttemptEnd::PassedAfterChange),
        // Less passed, it failed for another reason, or what repairs it ended well.
        None if failure.passed_less.is_some() || failure.next.is_some() => None,
        // Whether it passed was not seen.
        None if failure.again.is_some() => None,
        None if change.as_ref().is_some_and(|change| !change.steps.is_empty() && change.files.is_empty()) => None,
        // What was changed behind the last run was not tried.
        None if failure.tries > 1
            && change.as_ref().is_none_or(|change| change.steps.iter().any(|step| *step < failure.last)) =>
        {
            Some(AttemptEnd::StillFailed)
        }
        None => Some(AttemptEnd::NotRunAgain),
    };
    let says_nothing = why.is_none() && failure.sign.is_empty() && NamedWords::of(failure.error).is_empty();
    // The call was wrong, and was put right in another one.
    let is_wrong_call = error.lines().next().is_some_and(is_usage_error);
    let is_aside = is_announced(why.as_ref())
        || is_wrong_call
        || (is_of_the_machine(why.as_ref()) && !bears)
        || is_old
        || says_nothing
        || is_of_other_files(failure.error, change.as_ref(), commit)
        || change.as_ref().is_some_and(|change| change.only_installs && !commit.files.iter().any(is_of_packages));
    let changed = change.as_ref().map(|change| change.steps.clone()).unwrap_or_default();
    let files = change.as_ref().map(|change| change.files.clone()).unwrap_or_default();
    // One edit, and the check that failed before it passed behind it.
    let edit = match (failure.passed.filter(|passed| *passed == end), &since[..]) {
        (Some(_), [Repair::Edit { edit, .. }]) => whole_lines(&places.path(&edit.path), &edit.change),
        _ => None,
    };
    let (why, why_from) = match why {
        Some(why) => (Some(why), Some(WhySource::Agent)),
        None => {
            let died = |error| last_words(steps[failure.last].tool_call.printed(), error);
            let said = failure.error.and_then(|error| reason_in(error, failure.run.kind).or_else(|| died(error)));
            let from = said.as_ref().map(|_| WhySource::Check);
            (said, from)
        }
    };
    let attempt = FailedAttempt {
        error: failure.error.cloned(),
        why_from,
        why,
        change: change.map(|change| change.change),
        edit,
        ended,
        tries: failure.tries,
        files,
        hidden: failure.run.hidden,
        ..FailedAttempt::new(AttemptKind::Failed(failure.run.failure), call.at, tried(call, failure.run.kind))
    };
    Some(Found { is_aside, ..Found::new(failure.first, attempt, changed) })
}

/// Whether a check complains of files alone that the commit does not have, and what was changed about it is in such files: of several
/// commits that were made of one piece of work it belongs to another one.
fn is_of_other_files(error: Option<&Raw>, change: Option<&ToldChange>, commit: &Commit) -> bool {
    let has = |path: &str| commit.files.iter().any(|file| file.path == path || file.old_path.as_deref() == Some(path));
    let has_one_called = |name: &str| commit.files.iter().any(|file| paths::name(&file.path) == name);
    let mut named = error.map(Raw::expose).unwrap_or_default().split_whitespace().filter_map(file_in).peekable();
    let Some(change) = change.filter(|change| !change.files.is_empty()) else { return false };
    named.peek().is_some()
        && !named.any(|file| has_one_called(paths::name(file)))
        && !change.files.iter().any(|file| has(file))
}

/// The sentence in front of the one that says what is changed: what was seen, where nothing else says why.
fn before_deed(steps: &[WindowCall], (behind, until): (usize, usize), kind: CheckKind) -> Option<Raw> {
    let said = lead_in(steps, behind, until)?;
    let sentence = remark_before_deed(said).filter(|sentence| is_about(kind, &plain(sentence)))?;
    Some(Quote::new(said, [sentence], WIDTH).folded().into())
}

/// Whether a file says which packages of others there are.
fn is_of_packages(file: &FileChange) -> bool {
    const NAMES: &[&str] = &[
        "package.json",
        "cargo.toml",
        "go.mod",
        "go.sum",
        "pyproject.toml",
        "requirements.txt",
        "pubspec.yaml",
        "gemfile",
        "composer.json",
    ];
    let name = paths::name(&file.path).to_lowercase();
    NAMES.contains(&name.as_str()) || name.contains("lock")
}

/// Whether a compiler says that something is there and not used: that is put right where it is.
fn is_of_unused(error: Option<&Raw>) -> bool {
    const SAYS: &[&str] = &["imported and not used", "declared and not used", "unused import", "unused variable"];
    error.is_some_and(|error| SAYS.iter().any(|words| error.expose().contains(words)))
}

/// The command; of one that begins with something else, as a script that writes a file, the check in it.
fn tried(call: &ToolCall, kind: CheckKind) -> Raw {
    let Action::Shell { command, .. } = &call.action else { return describe(call) };
    let command = command.expose();
    let is_comment = |line: &&str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let first = command.lines().find(|line| !is_comment(line)).unwrap_or_default();
    // Of `ruff check . && git commit` the check failed, and the commit was not tried.
    let is_elsewhere = classify_command(first).is_none() || command.contains("git commit");
    match check_text(command, kind).filter(|_| is_elsewhere) {
        Some(check) => first_of(command, check.lines(), 1),
        None => describe(call),
    }
}

/// Names of the files of the commit and of those that the session edits.
fn own_files(steps: &[WindowCall], commit: &Commit) -> HashSet<String> {
    let of_commit = commit.files.iter().map(|file| paths::name(&file.path).to_owned());
    of_commit.chain(steps.iter().flat_map(|step| files_of(step.tool_call))).collect()
}

/// Whether a linter or a compiler complains of files alone that neither the commit nor the session touches.
fn is_elsewhere(run: &RanCheck, own: &HashSet<String>) -> bool {
    if run.kind == CheckKind::Test {
        return false;
    }
    let Some(error) = &run.error else { return false };
    let mut named = error.expose().split_whitespace().filter_map(file_in).peekable();
    named.peek().is_some() && named.all(|name| !own.contains(name))
}

/// Whether a linter or a formatter complains of files alone that the session had not changed by then: nothing was tried there.
fn is_of_old_style(part: &SessionWindow, steps: &[WindowCall], failure: &OpenFailure) -> bool {
    if !matches!(failure.run.kind, CheckKind::Lint | CheckKind::Format) {
        return false;
    }
    let named: HashSet<&str> =
        failure.error.map(Raw::expose).unwrap_or_default().split_whitespace().filter_map(file_in).collect();
    let last = (steps[failure.last].turn, steps[failure.last].call);
    let calls = part.session.turns.iter().enumerate().take(last.0 + 1).flat_map(|(turn, one)| {
        one.calls.iter().enumerate().filter(move |(call, _)| (turn, *call) < last).map(|(_, call)| call)
    });
    let files: Vec<&str> = named.iter().copied().collect();
    let changes = |call: &ToolCall| match &call.action {
        Action::Edit(_) => files_of(call).iter().any(|file| named.contains(file.as_str())),
        Action::Shell { command, .. } => {
            let command = command.expose();
            files.iter().any(|file| command.contains(file)) && !shell_changes::places(command, &files).is_empty()
        }
        // What a subagent did may be recorded nowhere.
        Action::Delegate { .. } => true,
        _ => false,
    };
    !named.is_empty() && !calls.into_iter().any(changes)
}
