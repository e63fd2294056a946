//! What `show`, `log` and `why` print for people.

use std::borrow::Cow;

use super::attempts::{heaviest, says_why_in_error};
use super::minute::minute;
use super::prompt_lines::prompts;
use super::terminal_page::{AGENT, BOLD, DIM, ID, LINE, PLAIN, TerminalPage, WARN, shortened};
use super::unchecked::unchecked;
use super::why::Why;
use crate::checks::naming::{check_name, outcome_words, tried_name};
use crate::record::checked_state::{CheckedState, Untested, UntestedBy};
use crate::record::constraints::constraints;
use crate::record::contribution::{
    AttemptKind, CheckResult, Confidence, Contribution, Correction, CorrectionForm, FailedAttempt, WhySource,
};
use crate::record::entry::CommitEntry;
use crate::record::headline::headline_below_subject;
use crate::record::note::{LineAuthor, LineCounts, Statement};
use crate::record::text::Clean;
use crate::text::ids::short;
use crate::text::visible::visible_line;

/// One commit with what is known about it; `all` lists failures of which no change is known, and slips, too.
pub fn show(entry: &CommitEntry, all: bool) -> TerminalPage {
    let mut page = TerminalPage::default();
    entry_head(&mut page, entry);
    let Some(record) = &entry.record else {
        page.line(DIM, "  nothing is recorded for this commit");
        stated(&mut page, entry);
        return page;
    };
    page.put(DIM, "  lines: ").put(PLAIN, lines(record.lines)).end();
    for contribution in &record.contributions {
        session(&mut page, contribution);
        prompts(&mut page, &contribution.prompts, all);
        for one in constraints(contribution) {
            page.long_item(&format!("constraint ({}):", one.kind.name()), &one.text);
        }
        contribution.context.iter().for_each(|text| page.item("context:", text.as_str()));
        if all {
            contribution.attempts.iter().for_each(|attempt| attempted(&mut page, attempt, all));
        } else {
            let (listed, more) = heaviest(&contribution.attempts, MOST_ATTEMPTS);
            listed.into_iter().for_each(|attempt| attempted(&mut page, attempt, all));
            not_listed(&mut page, contribution, more);
        }
        contribution.corrections.iter().for_each(|correction| corrected(&mut page, correction));
        checks(&mut page, contribution, &record.untested, all);
    }
    unchecked(record).into_iter().for_each(|text| page.item("checked:", &text));
    stated(&mut page, entry);
    let redacted: Vec<String> = record.redactions.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    if !redacted.is_empty() {
        page.item("removed:", &redacted.join(", "));
    }
    if record.skipped > 0 {
        page.item("could not be read:", &format!("{} lines of transcripts", record.skipped));
    }
    page
}

/// The commits of a range, newest first, a line or two each.
pub fn log(range: &[CommitEntry]) -> TerminalPage {
    let mut page = TerminalPage::default();
    for entry in range.iter().rev() {
        entry_head(&mut page, entry);
        let contributions = entry.record.iter().flat_map(|record| &record.contributions);
        for contribution in contributions {
            session(&mut page, contribution);
        }
        if let Some(record) = entry.record.as_ref().filter(|record| !record.contributions.is_empty()) {
            page.put(DIM, "  lines: ").put(PLAIN, lines(record.lines)).end();
        }
        stated(&mut page, entry);
    }
    page
}

/// Why one line is as it is.
pub fn why(why: &Why) -> TerminalPage {
    let mut page = TerminalPage::default();
    page.put(BOLD, format!("{}:{}", why.path, why.line));
    let Some(commit) = &why.commit else {
        page.put(PLAIN, " is not committed yet").end();
        return page;
    };
    page.put(PLAIN, " last changed by ").put(ID, short(commit));
    let subject = why.subject.as_ref().map_or("", |subject| subject.as_str());
    page.put(PLAIN, format!(" {}", shortened(subject))).end();
    let author = match (why.recorded, why.author) {
        (false, _) => "nothing is recorded for this commit",
        (true, None | Some(LineAuthor::Unknown)) => "who wrote the line is not known",
        (true, Some(LineAuthor::Agent)) => "written by an agent",
        (true, Some(LineAuthor::Corrected)) => "written by an agent, then changed by a person",
        (true, Some(LineAuthor::Person)) => "written by a person",
        (true, Some(LineAuthor::Formatter)) => "changed by a formatter or written by a generator",
    };
    page.line(PLAIN, format!("  {author}"));
    if let Some(session) = &why.session {
        page.put(PLAIN, "  ").put(AGENT, session.agent.title().to_owned());
        let models = visible_line(&session.models.join(", "));
        page.put(PLAIN, format!(" {models} "))
            .put(DIM, format!("session {} ({})", visible_line(&session.id), link(session.confidence)));
        page.end();
    }
    prompts(&mut page, &why.prompts, false);
    why.attempts.iter().for_each(|attempt| attempted(&mut page, attempt, false));
    why.corrections.iter().for_each(|correction| corrected(&mut page, correction));
    page
}

/// Id, subject and author of a commit, on a line.
pub(super) fn head(page: &mut TerminalPage, (id, subject, author): (&str, &str, &str)) {
    page.put(ID, short(id)).put(BOLD, format!(" {}", shortened(subject)));
    // Who is shown it by a program is not told the name.
    if !author.is_empty() {
        page.put(DIM, format!(" ({})", shortened(author)));
    }
    page.end();
}

fn entry_head(page: &mut TerminalPage, entry: &CommitEntry) {
    head(page, (&entry.id, entry.subject.as_str(), entry.author.as_str()));
    if let Some(told) = headline_below_subject(entry) {
        page.put(PLAIN, format!("  {told}")).end();
    }
}

/// `12 added: 9 by the agent, 3 by a person`.
pub(super) fn lines(counts: LineCounts) -> String {
    let LineCounts { added, agent, corrected, person, formatter, unknown } = counts;
    let kinds = [
        (agent, "by the agent"),
        (corrected, "by the agent, then corrected"),
        (person, "by a person"),
        (formatter, "by a formatter or generator"),
        (unknown, "of unknown origin"),
    ];
    let parts: Vec<String> =
        kinds.iter().filter(|(count, _)| *count > 0).map(|(count, kind)| format!("{count} {kind}")).collect();
    if parts.is_empty() { format!("{added} added") } else { format!("{added} added: {}", parts.join(", ")) }
}

fn session(page: &mut TerminalPage, contribution: &Contribution<Clean>) {
    page.put(PLAIN, "  ").put(AGENT, contribution.agent.title().to_owned());
    let version = contribution.agent_version.iter().chain(&contribution.models);
    page.put(PLAIN, version.map(|part| format!(" {}", visible_line(part))).collect::<String>());
    page.put(DIM, format!(" session {} ({})", visible_line(&contribution.session), made(contribution)));
    // The time of a session that did not write the commit says nothing of it.
    if let Some(at) = contribution.started_at.filter(|_| contribution.confidence != Confidence::Overlap) {
        page.put(DIM, format!(", {}", minute(at)));
    }
    page.end();
}

fn made(contribution: &Contribution<Clean>) -> Cow<'static, str> {
    if let Some(recorder) = contribution.noted_by() {
        return Cow::Owned(format!("noted by {}; its transcript was not read", visible_line(recorder)));
    }
    Cow::Borrowed(match contribution {
        one if one.only_planned() => "made the plan",
        one if one.was_reported() => "a subagent of it reported the commit; the subagent's transcript was not found",
        one if !one.was_read() => "named by the environment; its transcript was not read",
        one if one.confidence == Confidence::Content && one.has_only_changed_lines() => "its lines were changed since",
        one => link(one.confidence),
    })
}

fn link(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Stated => "names the commit",
        Confidence::Content => "the same lines",
        Confidence::Overlap => "same files and time only: not counted as its author",
    }
}

/// More of a session's attempts push the rest out of sight.
const MOST_ATTEMPTS: usize = 8;

/// `more` is how many attempts are told that found no room.
fn not_listed(page: &mut TerminalPage, contribution: &Contribution<Clean>, more: usize) {
    if more > 0 {
        let noun = if more == 1 { "attempt" } else { "attempts" };
        page.item("not listed:", &format!("{more} more {noun} (show --all)"));
    }
    let unlisted = || contribution.attempts.iter().filter(|attempt| !attempt.is_told());
    let slips: u32 = unlisted().filter(|one| one.kind.is_slip()).map(|one| one.tries.max(1)).sum();
    let aside = unlisted().filter(|one| !one.kind.is_slip()).count();
    if aside > 0 {
        let noun = if aside == 1 { "failure" } else { "failures" };
        page.item("not listed:", &format!("{aside} more {noun}, not known to have changed anything (show --all)"));
    }
    if slips > 0 {
        let noun = if slips == 1 { "slip" } else { "slips" };
        page.item("not listed:", &format!("{slips} {noun} of the agent with its own tools"));
    }
}

fn attempted(page: &mut TerminalPage, attempt: &FailedAttempt<Clean>, whole: bool) {
    let is_taken_back = attempt.kind == AttemptKind::Reverted;
    let lead = match is_taken_back {
        true => "taken back:",
        false if attempt.is_told() => "did not work:",
        false => "failed on the way:",
    };
    let is_agents = attempt.why_from == Some(WhySource::Agent);
    let said = attempt.why.as_ref().filter(|_| !says_why_in_error(attempt));
    let (within, alone) = if is_agents { (" \u{2013} the agent: ", "  the agent:") } else { (" \u{2013} ", "  why:") };
    let parts = [
        (": ", "  error:", attempt.error.as_ref()),
        (within, alone, said),
        (" \u{2192} ", "  changed:", attempt.change.as_ref()),
    ];
    let parts = parts.into_iter().filter_map(|(within, alone, text)| Some((within, alone, text?.as_str())));
    let tried = if whole { attempt.tried.as_str().to_owned() } else { tried_name(attempt) };
    let mut one_line = tried.clone();
    parts.clone().for_each(|(within, _, text)| one_line.extend([within, text]));
    if one_line.chars().count() <= LINE {
        return page.item(lead, &one_line);
    }
    // Each in a line of its own: none is to push the others out of sight.
    page.item(lead, &tried);
    parts.for_each(|(_, alone, text)| page.item(alone, text));
}

fn corrected(page: &mut TerminalPage, correction: &Correction<Clean>) {
    let lead = match correction.form {
        CorrectionForm::Directed => "corrected in words:",
        CorrectionForm::Manual => "corrected by hand:",
        CorrectionForm::Told => "correction written down:",
    };
    let mut parts: Vec<String> = Vec::new();
    if let Some(path) = &correction.path {
        parts.push(correction.line.map_or_else(|| path.clone(), |line| format!("{path}:{line}")));
    }
    parts.extend(correction.words.iter().map(|words| words.as_str().to_owned()));
    match (&correction.before, &correction.after) {
        (Some(before), Some(after)) => parts.push(format!("{before} \u{2192} {after}")),
        (Some(before), None) => parts.push(format!("removed {before}")),
        (None, Some(after)) => parts.push(format!("added {after}")),
        (None, None) => {}
    }
    // Who says what is wrong gives the reason in the same words.
    let other = correction.reason.iter().filter(|_| correction.reason != correction.words);
    parts.extend(other.map(|reason| format!("because: {reason}")));
    page.item(lead, &parts.join(" | "));
}

fn checks(page: &mut TerminalPage, contribution: &Contribution<Clean>, untested: &[Untested], whole: bool) {
    let mut are_told = false;
    for check in &contribution.checks {
        let (style, result) = match check.result {
            CheckResult::Passed => (PLAIN, "passed"),
            CheckResult::Failed => (WARN, "failed"),
            CheckResult::NotSeen => (DIM, "ran, result not seen"),
        };
        let printed = || check.summary.as_ref().map(|summary| summary.as_str().to_owned());
        let summary = if whole { printed() } else { outcome_words(check) };
        let summary = summary.map_or_else(String::new, |summary| format!(": {summary}"));
        let name = if whole { check.command.as_str().to_owned() } else { check_name(check) };
        let when = match check.state {
            Some(CheckedState::BeforeChange) if are_told => {
                "after the agent's last edit; not seen to be tested: the same lines".to_owned()
            }
            Some(CheckedState::BeforeChange) => {
                are_told = true;
                format!("after the agent's last edit; not seen to be tested: {}", places(untested))
            }
            Some(CheckedState::BeforeEdit) => "before the last edit".to_owned(),
            Some(CheckedState::OtherBase) => "after the last edit; on another base than the commit".to_owned(),
            Some(CheckedState::OtherState) => {
                "on another state than the one committed; not seen to be tested".to_owned()
            }
            _ => format!("{} the last edit", if check.after_last_edit { "after" } else { "before" }),
        };
        let when = if check.elsewhere { format!("in files that the commit does not touch; {when}") } else { when };
        page.put(DIM, "  checked: ").put(PLAIN, shortened(&name)).put(PLAIN, " ").put(style, result);
        page.put(PLAIN, shortened(&summary)).put(DIM, format!(" ({when})")).end();
        if let Some(said) = &check.said {
            page.put(DIM, "    the agent: ").put(PLAIN, shortened(said.as_str())).end();
        }
    }
}

/// Places that one line names.
const PLACES: usize = 3;

/// `src/price.py:4 changed by hand, schema.sql:3 and 13 more of unknown origin`.
fn places(untested: &[Untested]) -> String {
    let place = |one: &Untested| {
        let path = visible_line(&one.path);
        match (one.by, one.start) {
            (UntestedBy::Removed, _) if one.lines > 0 => {
                format!("{path} ({} lines removed, nobody knows by whom)", one.lines)
            }
            (UntestedBy::Removed, _) => format!("{path} (changed, nobody knows by whom)"),
            (UntestedBy::Layout, None) => format!("{path} not as the agent left it"),
            (by, start) => {
                let line = start.map(|start| format!(":{start}")).unwrap_or_default();
                let last = start.filter(|_| one.lines > 1).map(|start| start.saturating_add(one.lines - 1));
                let last = last.map(|last| format!("-{last}")).unwrap_or_default();
                let by = match by {
                    UntestedBy::Person => "changed by hand",
                    UntestedBy::Layout => "not as the agent left it",
                    _ => "of unknown origin",
                };
                format!("{path}{line}{last} {by}")
            }
        }
    };
    let mut places: Vec<String> = untested.iter().take(PLACES).map(place).collect();
    if untested.len() > PLACES {
        places.push(format!("and {} more", untested.len() - PLACES));
    }
    places.join(", ")
}

fn stated(page: &mut TerminalPage, entry: &CommitEntry) {
    for statement in entry.stated() {
        match statement {
            Statement::Agent { agent, place, model, .. } => {
                page.put(DIM, "  stated in the commit message: ").put(AGENT, agent.title().to_owned());
                if let Some(model) = model {
                    page.put(PLAIN, format!(" {}", shortened(model)));
                }
                page.put(DIM, format!(" ({})", shortened(place))).end();
            }
            Statement::Prompt { text } => page.item("written down, asked:", text.as_str()),
            Statement::FailedAttempt { text } => page.item("written down, did not work:", text.as_str()),
            Statement::Correction { text } => page.item("written down, corrected:", text.as_str()),
            Statement::Context { text } => page.item("written down, context:", text.as_str()),
            Statement::Verified { text } => page.item("written down, checked:", text.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::samples;

    fn text(page: &TerminalPage) -> String {
        page.0.iter().map(|piece| piece.text.as_str()).collect()
    }

    #[test]
    fn log_says_what_was_wanted_who_made_it_and_how_surely() {
        let range = [samples::only_overlapping(), samples::discounts()];
        assert_eq!(
            text(&log(&range)),
            "\
a1b2c3d Discounts (Ann)
  Add a percentage discount to `total()`; tests passed before the last change, 3 failed attempts
  Claude Code 2.1.42 claude-opus-4-6 session 5f0c (names the commit), 2026-02-24 13:00 UTC
  lines: 216 added: 180 by the agent, 18 by the agent, then corrected, 4 by a person, 14 of unknown origin
c3d4e5f Tidy (Ann)
  Codex session 77 (same files and time only: not counted as its author)
  lines: 9 added: 9 of unknown origin
"
        );
    }

    #[test]
    fn the_time_of_a_session_that_did_not_write_the_commit_is_not_told() {
        let mut entry = samples::only_overlapping();
        let told = text(&log(std::slice::from_ref(&entry)));
        let time = samples::discounts().record.unwrap().contributions[0].started_at;
        entry.record.as_mut().unwrap().contributions[0].started_at = time;
        assert!(time.is_some());
        assert_eq!(text(&log(&[entry])), told);
    }

    #[test]
    fn show_tells_prompts_attempts_corrections_and_checks() {
        let page = text(&show(&samples::discounts(), false));
        for part in [
            "  refined: Prices are in cents",
            "  did not work: a constant factor in total() – the discount must be",
            "  corrected by hand: src/cart.py:40 | tmp = 1 → pending = 1\n",
            "  checked: pytest -q passed: 4 passed (before the last edit)\n",
            "  did not work: pytest -q: test_cents failed (10 == 9.99) \u{2192} two decimals\n",
            "  removed: 3 home path, 1 secret\n",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        let whole = text(&show(&samples::discounts(), true));
        for part in ["pytest -q | tail -3: test_cents", "pytest -q passed: 4 passed in 0.1s ("] {
            assert!(whole.contains(part), "{part} is not in {whole}");
        }
    }

    #[test]
    fn lines_that_no_check_has_seen_are_named_once() {
        let page = text(&show(&samples::checked_twice_before_a_change(), false));
        assert_eq!(page.matches("not seen to be tested").count(), 2, "{page}");
        assert_eq!(page.matches("src/price.py:4 changed by hand").count(), 1, "{page}");
        assert_eq!(page.matches("not seen to be tested: the same lines").count(), 1, "{page}");
    }
}
