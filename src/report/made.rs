//! Makes a report of the commits of a range.

use std::collections::{BTreeMap, BTreeSet};

use super::events::{CorrectionEvent, DatedCommit, FailureEvent, agents, is_seen};
use super::figures::{
    CheckedFigures, DocumentedFigures, DocumentedPart, FigureOf, PeriodFigures, ProcessFigures, ReportSpan, TeamReport,
    UnverifiedCommit,
};
use super::periods::{PeriodKind, date};
use super::tallies::NamedCounts;
use super::{agents as of_agents, asked, corrections, effort, events, failures, files};
use crate::record::checked_state::CheckedState;
use crate::record::contribution::{Check, CheckKind, CheckResult};
use crate::record::entry::CommitEntry;
use crate::record::note::LineCounts;
use crate::record::text::Clean;
use crate::record::verdict::{Score, ScorePart};

/// What the policy says of the commits: the advice of one without rules, so that reports can be compared.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    /// Agents' commits of which no check that passed on what was committed is known, by their ids.
    pub(crate) unverified: BTreeSet<String>,
    /// How complete the documentation of each agent's commit is.
    pub(crate) scores: BTreeMap<String, Score>,
}

impl Judgement {
    /// The mean of the points of these commits, as far as they have some.
    fn mean<'a>(&self, commits: impl Iterator<Item = &'a String>) -> Option<u32> {
        let points: Vec<u32> = commits.filter_map(|id| self.scores.get(id)).map(|score| score.points).collect();
        mean(&points)
    }
}

/// Rounded; `None` without numbers.
fn mean(numbers: &[u32]) -> Option<u32> {
    let count = u64::try_from(numbers.len()).ok().filter(|count| *count > 0)?;
    let sum: u64 = numbers.iter().map(|number| u64::from(*number)).sum();
    u32::try_from((sum + count / 2) / count).ok()
}

/// What is said of the range besides its commits.
#[derive(Debug, Default)]
pub(crate) struct AskedRange {
    pub(crate) repository: Option<String>,
    pub(crate) range: String,
    pub(crate) unreadable: u32,
}

/// `commits` in the order of their times.
pub(crate) fn report(
    commits: &[DatedCommit<'_>],
    judgement: &Judgement,
    asked_for: AskedRange,
    processes: Vec<ProcessFigures>,
) -> TeamReport {
    let failed = events::failures(commits);
    let corrected = events::corrections(commits);
    let kind = kind(commits);
    let (versions, models) = of_agents::versions_and_models(commits);
    TeamReport {
        backstory: 1,
        span: span(commits, asked_for, kind),
        periods: periods(commits, kind, judgement, (&failed, &corrected)),
        agents: of_agents::of_agents(commits, &failed, &corrected, &judgement.unverified),
        versions,
        models,
        asked: asked::asked(commits),
        failures: failures::failures(&failed),
        corrections: corrections::corrections(&corrected),
        checked: checked(commits, judgement),
        documented: documented(commits, judgement),
        files: files::files(commits, &failed, &corrected),
        effort: effort::effort(commits),
        processes,
    }
}

/// Of which kind the periods of these commits are.
pub(crate) fn kind(commits: &[DatedCommit<'_>]) -> PeriodKind {
    match (commits.first(), commits.last()) {
        (Some(first), Some(last)) => PeriodKind::fitting(first.at, last.at),
        _ => PeriodKind::Week,
    }
}

fn is_agents(entry: &CommitEntry) -> bool {
    !agents(entry).is_empty()
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn span(commits: &[DatedCommit<'_>], asked_for: AskedRange, kind: PeriodKind) -> ReportSpan {
    let day = |commit: Option<&DatedCommit<'_>>| commit.map(|commit| date(commit.at).to_string());
    ReportSpan {
        repository: asked_for.repository,
        newest: commits.last().map(|commit| commit.entry.id.clone()),
        range: asked_for.range,
        commits: number(commits.len()),
        recorded: number(commits.iter().filter(|commit| commit.entry.record.is_some()).count()),
        by_agents: number(commits.iter().filter(|commit| is_agents(commit.entry)).count()),
        unreadable: asked_for.unreadable,
        from: day(commits.first()),
        until: day(commits.last()),
        period: kind.word(),
    }
}

fn periods(
    commits: &[DatedCommit<'_>],
    kind: PeriodKind,
    judgement: &Judgement,
    (failed, corrected): (&[FailureEvent<'_>], &[CorrectionEvent<'_>]),
) -> Vec<PeriodFigures> {
    let mut periods: Vec<PeriodFigures> = Vec::new();
    for commit in commits {
        let first = kind.first_day(commit.at);
        let name = kind.name(first);
        if periods.last().is_none_or(|last| last.period != name) {
            periods.push(PeriodFigures {
                score: None,
                period: name,
                from: first.to_string(),
                commits: 0,
                recorded: 0,
                by_agents: FigureOf::default(),
                agents: Default::default(),
                verified: FigureOf::default(),
                not_seen: 0,
                failures: FigureOf::default(),
                corrections: FigureOf::default(),
                lines: LineCounts::default(),
            });
        }
        let Some(period) = periods.last_mut() else { continue };
        let entry = commit.entry;
        period.commits += 1;
        period.recorded += u32::from(entry.record.is_some());
        if let Some(record) = &entry.record {
            period.lines.add(record.lines);
        }
        if let Some(agent) = agents(entry).first() {
            period.by_agents.add(&entry.id);
            period.agents.entry((*agent).clone()).or_default().add(&entry.id);
            match judgement.unverified.contains(&entry.id) {
                false => period.verified.add(&entry.id),
                true => period.not_seen += u32::from(!is_seen(entry)),
            }
        }
    }
    for period in &mut periods {
        period.score = judgement.mean(period.by_agents.commits.iter());
    }
    let name = |commit: &DatedCommit<'_>| kind.name(kind.first_day(commit.at));
    for (commit, is_failure) in
        failed.iter().map(|event| (event.commit, true)).chain(corrected.iter().map(|event| (event.commit, false)))
    {
        let Some(period) = periods.iter_mut().find(|period| period.period == name(commit)) else { continue };
        let figure = if is_failure { &mut period.failures } else { &mut period.corrections };
        figure.add(&commit.entry.id);
    }
    periods
}

fn checked(commits: &[DatedCommit<'_>], judgement: &Judgement) -> CheckedFigures {
    let of_agents: Vec<&DatedCommit<'_>> = commits.iter().filter(|commit| is_agents(commit.entry)).collect();
    let (unverified, verified): (Vec<&DatedCommit<'_>>, Vec<_>) =
        of_agents.iter().partition(|commit| judgement.unverified.contains(&commit.entry.id));
    let told = |commit: &&DatedCommit<'_>| UnverifiedCommit {
        commit: commit.entry.id.clone(),
        day: date(commit.at).to_string(),
        subject: commit.entry.subject.clone(),
        why: why_unverified(commit.entry),
    };
    let mut reasons = NamedCounts::default();
    for commit in &unverified {
        reasons.add(why_unverified(commit.entry), &commit.entry.id);
    }
    CheckedFigures {
        seen: number(of_agents.iter().filter(|commit| is_seen(commit.entry)).count()),
        reasons: reasons.most_first(1),
        verified: FigureOf::of_commits(verified.iter().map(|commit| commit.entry.id.as_str())),
        of: number(of_agents.len()),
        unverified: unverified.iter().rev().map(told).collect(),
    }
}

/// In which way nothing is known to have passed on what was committed.
fn why_unverified(entry: &CommitEntry) -> &'static str {
    if !is_seen(entry) {
        return if entry.sure().next().is_none() { "no session is recorded" } else { "its session was not read" };
    }
    let tells = |check: &&Check<Clean>| check.kind != CheckKind::Format && check.kind != CheckKind::Told;
    let mut checks: Vec<&Check<Clean>> = entry.sure().flat_map(|one| &one.checks).filter(tells).collect();
    checks.sort_by_key(|check| check.at);
    let Some(last) = checks.last() else { return "no check was seen" };
    let passed = checks.iter().rev().find(|check| check.result == CheckResult::Passed);
    match (last.result, passed.map(|check| (check.state, check.after_last_edit))) {
        (CheckResult::Failed, _) => "the last check failed",
        (_, None) => "how the check ended was not seen",
        (_, Some((Some(CheckedState::BeforeEdit), _) | (None, false))) => "changed by an agent after the last check",
        (_, Some((Some(CheckedState::BeforeChange), _))) => "has changes that the check may not have seen",
        (_, Some((Some(CheckedState::OtherBase), _))) => "checked before it was rebased or amended",
        (_, Some((Some(CheckedState::OtherState), _))) => "checked on other files",
        (_, Some((Some(CheckedState::Committed), _) | (None, true))) => "one of its sessions checked nothing",
    }
}

fn documented(commits: &[DatedCommit<'_>], judgement: &Judgement) -> DocumentedFigures {
    let (mut lines, mut unknown) = (LineCounts::default(), FigureOf::default());
    for entry in commits.iter().map(|commit| commit.entry) {
        let Some(record) = &entry.record else { continue };
        lines.add(record.lines);
        if record.lines.unknown > 0 {
            unknown.add(&entry.id);
        }
    }
    let rules = judgement.scores.values().next().map_or(&[][..], |score| &score.parts);
    let part = |of_rule: &ScorePart| {
        let of_commits = judgement.scores.values().flat_map(|score| &score.parts);
        let points: Vec<u32> = of_commits.filter(|part| part.rule == of_rule.rule).map(|part| part.points).collect();
        DocumentedPart { rule: of_rule.rule.name(), points: mean(&points).unwrap_or(0), of: of_rule.of }
    };
    DocumentedFigures {
        score: judgement.mean(judgement.scores.keys()),
        parts: rules.iter().map(part).collect(),
        lines,
        unknown,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::*;
    use crate::record::samples;
    use crate::record::verdict::Score;
    use crate::report::badge::badge;
    use crate::report::compare::{ReportComparison, compare};
    use crate::report::page::{comparison_page, page};
    use crate::report::rows::csv;
    use crate::testing::schema;

    fn dated(entries: &[CommitEntry]) -> Vec<DatedCommit<'_>> {
        let at = |place: usize| Timestamp::from_second(1_772_000_000 + 86_400 * 5 * place as i64).unwrap();
        entries.iter().enumerate().map(|(place, entry)| DatedCommit { entry, at: at(place) }).collect()
    }

    fn made(entries: &[CommitEntry]) -> TeamReport {
        let mut judgement = Judgement::default();
        for entry in entries.iter().filter(|entry| is_agents(entry)) {
            judgement.unverified.insert(entry.id.clone());
            judgement.scores.insert(entry.id.clone(), Score { points: 40, parts: Vec::new() });
        }
        let process =
            ProcessFigures { process: "change".to_owned(), runs: 3, ways: 2, variants: Vec::new(), drift: None };
        let asked = AskedRange { repository: Some("shop".to_owned()), range: "v1..v2".to_owned(), unreadable: 1 };
        report(&dated(entries), &judgement, asked, vec![process])
    }

    fn with(mut entry: CommitEntry, id: char, part: &str, one: Value) -> CommitEntry {
        entry.id = id.to_string().repeat(40);
        let record = entry.record.as_mut().unwrap();
        let mut contribution = serde_json::to_value(&record.contributions[0]).unwrap();
        contribution[part] = json!([one]);
        record.contributions = vec![serde_json::from_value(contribution).unwrap()];
        entry
    }

    fn failed(tried: &str, error: &str, more: Value) -> Value {
        let mut one =
            json!({"kind": {"type": "failed", "failure": "tests"}, "tried": tried, "error": error, "tries": 1});
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        one
    }

    #[test]
    fn a_range_is_counted_by_what_its_records_and_messages_say() {
        let signed = samples::signed("d4", "feat: Docs", "copilot", true);
        let report = made(&[samples::discounts(), samples::by_a_person(), signed]);
        let span = &report.span;
        assert_eq!((span.commits, span.by_agents, span.unreadable), (3, 2, 1));
        assert_eq!((span.from.as_deref(), span.until.as_deref()), (Some("2026-02-25"), Some("2026-03-07")));
        let names: Vec<(&str, u32, u32)> =
            report.agents.iter().map(|one| (one.name.as_str(), one.commits.n, one.seen)).collect();
        assert_eq!(names, [("Claude Code", 1, 1), ("GitHub Copilot", 1, 0)]);
        assert_eq!((report.checked.of, report.checked.verified.n, report.checked.unverified.len()), (2, 0, 2));
        // Newest first.
        assert_eq!(report.checked.unverified[0].why, "no session is recorded");
        assert_eq!(report.documented.score, Some(40));
        let weeks: Vec<(&str, u32, Option<u32>)> =
            report.periods.iter().map(|one| (one.period.as_str(), one.commits, one.score)).collect();
        assert_eq!(weeks, [("2026-W09", 1, Some(40)), ("2026-W10", 2, Some(40))]);
        assert_eq!(report.asked.kinds.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["feat"]);
    }

    #[test]
    fn an_event_of_a_rebased_commit_is_counted_once() {
        let event = failed("pytest -q", "E   assert 1 == 2", json!({"at": "2026-02-24T10:00:00Z"}));
        let without_time = failed("pytest -q", "E   assert 1 == 2", json!({}));
        for (event, count) in [(event, 1), (without_time, 2)] {
            let entries = ['a', 'b'].map(|id| with(samples::discounts(), id, "attempts", event.clone()));
            assert_eq!(made(&entries).failures.all.n, count, "{event}");
        }
    }

    #[test]
    fn a_check_is_told_with_what_cured_it() {
        let cured = json!({"ended": "passed-after-change", "change": "price.py: round once", "why": "rounded twice"});
        let events = [
            failed("cd shop && pytest -q tests", "E   assert 1 == 2", cured.clone()),
            failed("pytest tests/other.py | tail -5", "E   assert 7 == 8", cured),
            failed("pytest", "E   NameError: total", json!({"ended": "still-failed"})),
            failed("npm run lint -- --fix", "1:1 error no-undef", json!({"ended": "passed-unchanged"})),
        ];
        let entries: Vec<CommitEntry> =
            ('a'..).zip(events).map(|(id, event)| with(samples::discounts(), id, "attempts", event)).collect();
        let checks = made(&entries).failures.checks;
        let told: Vec<(&str, u32, u32, u32)> = (checks.iter())
            .map(|one| (one.check.as_str(), one.of.n, one.passed_after_change, one.still_failed))
            .collect();
        assert_eq!(told, [("pytest", 3, 2, 1), ("npm run lint", 1, 0, 0)]);
        // The same error but for its numbers: the newest of both.
        let cures: Vec<&str> = checks[0].cures.iter().map(|cure| cure.commit.get(..1).unwrap()).collect();
        assert_eq!(cures, ["b"]);
        assert_eq!(checks[1].cures, []);
    }

    #[test]
    fn an_error_comes_again_in_another_session_and_not_in_the_same_one() {
        let event = failed("pytest", "E   KeyError: 'total_price'", json!({}));
        let mut entries = ['a', 'b'].map(|id| with(samples::discounts(), id, "attempts", event.clone()));
        assert_eq!(made(&entries).failures.again, []);
        entries[1].record.as_mut().unwrap().contributions[0].session = "another".to_owned();
        let again = made(&entries).failures.again;
        assert_eq!(again.iter().map(|one| (one.sessions, one.of.n)).collect::<Vec<_>>(), [(2, 2)]);
    }

    #[test]
    fn a_correction_is_told_with_its_reason_and_a_refusal_once() {
        let by_hand = json!({"form": "manual", "path": "a.py", "before": "x", "after": "y"});
        let in_words = json!({"form": "directed", "path": "a.py", "words": "prices are in cents"});
        let refused =
            json!({"kind": {"type": "rejected"}, "tried": "rm -rf x", "why": "prices are in cents", "tries": 1});
        let mut both = with(samples::discounts(), 'c', "corrections", in_words.clone());
        let record = both.record.as_mut().unwrap();
        record.contributions[0].attempts = vec![serde_json::from_value(refused).unwrap()];
        let entries = [
            with(samples::discounts(), 'a', "corrections", by_hand),
            with(samples::discounts(), 'b', "corrections", in_words),
            both,
        ];
        let corrections = made(&entries).corrections;
        let forms: Vec<(&str, u32)> = corrections.forms.iter().map(|one| (one.name.as_str(), one.of.n)).collect();
        // The sample has a refusal of its own, in the record of the same session each time.
        assert_eq!(forms, [("refused", 2), ("by hand", 1), ("in words", 1)]);
        assert_eq!(corrections.without_reason.n, 1);
        let files: Vec<(String, u32)> =
            made(&entries).files.into_iter().map(|one| (one.path, one.corrections.n)).filter(|one| one.1 > 0).collect();
        assert_eq!(files, [("a.py".to_owned(), 2)]);
    }

    #[test]
    fn the_documents_are_as_their_schemas_say() {
        let report = made(&[samples::discounts(), samples::by_a_person()]);
        let comparison = compare(&report, &made(&[]));
        let mut mistakes =
            schema::mistakes("report.v1", &schema::written::<TeamReport>(), &[json!(report), json!(made(&[]))]);
        let written = schema::written::<ReportComparison>();
        mistakes.extend(schema::mistakes("report-compare.v1", &written, &[json!(comparison)]));
        assert_eq!(mistakes, Vec::<String>::new());
    }

    #[test]
    fn a_share_of_nothing_has_no_percentage() {
        let comparison = compare(&made(&[samples::discounts()]), &made(&[]));
        let first = &comparison.figures[0];
        assert_eq!((first.a.per_100, first.b.per_100), (Some(100), None));
    }

    #[test]
    fn every_form_is_written_whatever_the_range_holds() {
        let events = failed("</pre><script>alert(1)</script>", "</style><img src=x onerror=alert(1)>", json!({}));
        let mut hostile = with(samples::discounts(), 'e', "attempts", events);
        let record = hostile.record.as_mut().unwrap();
        record.files[0].path = "a\"><script>alert(2)</script>.py".to_owned();
        record.contributions[0].agent = crate::record::agent::Agent::parse("<script>x").unwrap();
        record.contributions[0].agent_version = Some("1.0\"><script>alert(3)</script>".to_owned());
        for entries in [vec![], vec![samples::by_a_person()], vec![samples::discounts(), hostile]] {
            let report = made(&entries);
            for all_files in [false, true] {
                let html = page(&report, all_files).unwrap();
                assert_eq!(html.matches("<script>").count(), 1, "{} commits", entries.len());
                assert_eq!(html.matches("</style>").count(), 1);
                assert!(!html.contains("<img") && !html.contains("onerror=alert(1)>"), "{html}");
                assert_eq!(html, page(&made(&entries), all_files).unwrap());
                assert_eq!(
                    html.matches("<svg role").count(),
                    if entries.is_empty() {
                        0
                    } else if report.checked.of == 0 {
                        2
                    } else {
                        4
                    }
                );
            }
            assert!(comparison_page(&compare(&report, &report)).unwrap().contains("commits by agents"));
            assert!(badge(&report).unwrap().starts_with("<svg"));
            let rows = csv(&report).unwrap();
            let mut reader = ::csv::Reader::from_reader(rows.as_bytes());
            assert!(reader.records().all(|row| row.unwrap().len() == 6));
        }
    }

    #[test]
    fn style_and_script_are_what_the_policy_lets_in() {
        use base64::Engine as _;
        let html = page(&made(&[samples::discounts()]), false).unwrap();
        for tag in ["style", "script"] {
            let inside = html.split_once(&format!("<{tag}>")).unwrap().1.split_once(&format!("</{tag}>")).unwrap().0;
            let digest = crate::text::digest::sha256_bytes(inside.as_bytes());
            let allowed = format!("{tag}-src 'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(digest));
            assert!(html.contains(&allowed), "{tag}");
        }
        for word in ["http:", "https:", " style=", "url(", "@import", "src="] {
            let found = html.replace("url(#", "").contains(word);
            assert!(!found, "{word}");
        }
    }
}
