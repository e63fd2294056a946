//! Writes a description with a template, and leaves out from the bottom up what a limit does not allow.

use minijinja::Error;
use minijinja::value::{Serde, Value};

use super::description::{Description, FOLDS, Limits, parts};
use crate::text::template::{environment, tidy};

const PULL_REQUEST: &str = include_str!("../../templates/pull_request.md");
const SUMMARY: &str = include_str!("../../templates/summary.md");
const SHORT: &str = include_str!("../../templates/short.md");

/// Code points that a reviewer with little time reads, before the first part that is folded away.
const ABOVE: usize = 2_000;

/// Which document is written.
#[derive(Clone, Copy, Debug)]
pub enum Template<'a> {
    PullRequest,
    Summary,
    /// Who and how much, in less than 500 code points.
    Short,
    /// The text of a user's own template.
    Own(&'a str),
}

impl<'a> Template<'a> {
    fn source(self) -> &'a str {
        match self {
            Self::PullRequest => PULL_REQUEST,
            Self::Summary => SUMMARY,
            Self::Short => SHORT,
            Self::Own(source) => source,
        }
    }
}

/// The rendered document is longer than the limit with everything left out that may be.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("the template is wrong: {0:#}")]
    Template(#[from] Error),
    #[error("the template writes {written} characters where {limit} are allowed, with every list left empty")]
    TooLong { written: usize, limit: usize },
}

/// Renders `description`. The result has at most `limits.code_points` code points, ends in a line end and never
/// breaks off inside a block: whole rows are left out and counted. A description that is too long even without any row
/// becomes the short one, so that 500 code points are enough for it whatever the records hold.
pub fn render(description: &Description, template: Template, limits: Limits) -> Result<String, RenderError> {
    match (render_whole(description, template, limits), template) {
        (Err(RenderError::TooLong { .. }), Template::PullRequest) => render_whole(description, Template::Short, limits),
        (rendered, _) => rendered,
    }
}

fn render_whole(description: &Description, template: Template, limits: Limits) -> Result<String, RenderError> {
    let environment = environment(template.source())?;
    let compiled = environment.get_template("document")?;
    let write = |description: &Description| -> Result<String, Error> {
        let change = Value::from(Serde(description));
        Ok(tidy(&compiled.render(minijinja::context! { change })?))
    };
    let mut description = description.clone();
    let mut text = write(&description)?;
    if matches!(template, Template::PullRequest) {
        for (part, rows) in FOLDS {
            if above_details(&text) <= ABOVE {
                break;
            }
            if description.rows(*part) > *rows {
                description.fold(*part, *rows);
                text = write(&description)?;
            }
        }
    }
    for part in parts() {
        if fits(&text, limits) {
            return Ok(text);
        }
        let mut without = description.clone();
        without.shorten(part, 0);
        let emptied = write(&without)?;
        if !fits(&emptied, limits) {
            (description, text) = (without, emptied);
            continue;
        }
        // The most rows of this part that fit.
        let (mut low, mut high, mut best) = (0, description.rows(part), emptied);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            let mut some = description.clone();
            some.shorten(part, middle);
            let written = write(&some)?;
            if fits(&written, limits) {
                (low, best) = (middle, written);
            } else {
                high = middle;
            }
        }
        return Ok(best);
    }
    if fits(&text, limits) {
        Ok(text)
    } else {
        Err(RenderError::TooLong { written: text.chars().count(), limit: limits.code_points })
    }
}

/// Code points of what is read without opening anything.
fn above_details(text: &str) -> usize {
    text.split("<details>").next().unwrap_or_default().chars().count()
}

fn fits(text: &str, limits: Limits) -> bool {
    text.len() <= limits.code_points || text.chars().count() <= limits.code_points
}

#[cfg(test)]
mod tests {
    use super::super::description::describe;
    use super::*;
    use crate::record::entry::CommitEntry;
    use crate::record::note::{FileRecord, LineAuthor, Span};
    use crate::record::samples;

    fn page(range: &[CommitEntry]) -> String {
        let description = describe(range, Limits::default()).unwrap();
        render(&description, Template::PullRequest, Limits::default()).unwrap()
    }

    #[test]
    fn lines_of_lock_files_are_counted_apart_from_the_agents_share() {
        let mut entry = samples::discounts();
        let record = entry.record.as_mut().unwrap();
        let span = Span { start: 1, lines: 4000, author: LineAuthor::Formatter, contribution: Some(0) };
        record.files.push(FileRecord { path: "web/package-lock.json".into(), spans: vec![span] });
        record.lines.count(LineAuthor::Formatter, 4000);
        let page = page(&[entry]);
        let share = page.lines().nth(2).unwrap().rsplit(" · ").next().unwrap();
        assert!(share.contains("added lines by the agent, without 4,000 of lock files"), "{share}");
        assert!(!share.contains("of 4,"), "{share}");
    }

    #[test]
    fn the_first_lines_say_who_made_it_and_where_to_look() {
        let range = [samples::discounts(), samples::by_a_person(), samples::signed("d4", "Docs", "copilot", true)];
        let page = page(&range);
        let first: Vec<&str> = page.lines().take(12).collect();
        assert_eq!(
            first.join("\n"),
            "\
## How this change was made

**Claude Code 2.1.42** (`claude-opus-4-6`) and **GitHub Copilot** (stated in the commit message; no session was found), \
1 session, 4 prompts, 1 h 12 min · 2 of 3 commits · 198 of 221 added lines by agents, 18 of them corrected by people \
(not counting 1 commit without a record)

**Checked**
- passed **before** the last edit for `a1b2c3d`: `pytest -q` (4 passed)
- changed by the agent after the last check that passed: `src/cart.py`, `tests/test_cart.py`

**Look closely at**
- `src/price.py` 12–18: a person changed the agent's lines
- `src/cart.py` 40: a person changed the agent's lines
- `schema.sql` 3–16: 14 added lines of unknown origin"
        );
        for part in ["2. *refined:* Prices", "3. *redirected:* Undo", "No reason given.", "closes `#1`"] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        assert!(!page.contains("*refined:* yes"), "an approval is no refinement");
    }

    #[test]
    fn a_session_that_only_overlaps_and_a_change_by_people_are_no_work_of_an_agent() {
        assert!(describe(&[samples::only_overlapping(), samples::by_a_person()], Limits::default()).is_none());
        assert!(describe(&[], Limits::default()).is_none());
    }

    #[test]
    fn an_agent_that_only_signed_is_said_to_have_only_signed() {
        let page = page(&[samples::signed("d4", "Docs", "copilot", false)]);
        let short = page.lines().take(6).collect::<Vec<_>>().join("\n");
        assert_eq!(
            short,
            "\
## How this change was made

**GitHub Copilot** (mentioned in the commit message; no session was found) · 1 of 1 commit

**Look closely at**
- `d4d4d4d` Docs: its message mentions GitHub Copilot, but no session was found; how it was made is not known"
        );
        assert!(!page.contains("Checked"), "without a session nothing is known of checks: {page}");
    }

    #[test]
    fn a_prompt_that_led_to_two_commits_is_told_once() {
        let page = page(&[samples::discounts(), samples::discounts()]);
        assert!(page.contains("1 session, 4 prompts"), "{page}");
        assert_eq!(page.matches("Undo the cache").count(), 2, "in the list and in full");
    }

    #[test]
    fn what_does_not_fit_is_left_out_from_the_bottom_up_and_counted() {
        let mut entry = samples::discounts();
        let record = entry.record.as_mut().unwrap();
        let contribution = &mut record.contributions[0];
        for number in 0..300 {
            let mut prompt = contribution.prompts[1].clone();
            prompt.text =
                crate::record::text::Clean::from_redacted(format!("{number} ```{}", "\u{1f469} word ".repeat(400)));
            prompt.at = None;
            contribution.prompts.push(prompt);
        }
        let range = [entry];
        let description = describe(&range, Limits::default()).unwrap();
        for code_points in [65_536, 20_000, 6_000, 3_000, 1_500] {
            let page = render(&description, Template::PullRequest, Limits { code_points, rows: 10 }).unwrap();
            assert!(page.chars().count() <= code_points);
            let fences = page.lines().filter(|line| line.trim_start().starts_with("```")).count();
            assert_eq!(fences % 2, 0);
            assert!(page.ends_with("</sub>\n") && page.contains("**Look closely at**") && page.contains("more prompt"));
        }
    }

    #[test]
    fn a_template_of_ones_own_cannot_write_outside_text_unescaped() {
        let description = describe(&[samples::discounts()], Limits::default()).unwrap();
        let own = |source| render(&description, Template::Own(source), Limits::default());
        assert_eq!(
            own("{{ '@octocat <b>' }}{{ change.footer.version }}").unwrap(),
            "`@\u{200b}octocat` &lt;b&gt;0.1.0\n"
        );
        assert!(own("{{ change.asked.rows[0].text }}").unwrap().ends_with("closes `#1`\n"));
        for wrong in ["{{ change }}", "{{ change.nothing }}", "{{ change.footer.version | safe }}", "{% if %}"] {
            assert!(own(wrong).is_err(), "{wrong}");
        }
    }

    /// The discounts with `text` wherever text from outside can stand.
    fn poisoned(text: &str) -> CommitEntry {
        use crate::record::text::{Clean, MapText};
        let mut entry = crate::record::samples::discounts();
        let clean = Clean::from_redacted(text.to_owned());
        let mut record = entry.record.take().unwrap().map_text(&mut |_: Clean| clean.clone());
        record.contributions[0].agent_version = Some(text.to_owned());
        record.contributions[0].models = vec![text.to_owned()];
        record.contributions[0].changed_after_check = vec![text.to_owned()];
        record.contributions[0].corrections[1].path = Some(text.to_owned());
        record.files[0].path = text.to_owned();
        record.redactions.insert(text.to_owned(), 2);
        let statements = ["prompt", "failed-attempt", "correction", "context", "verified"];
        record.stated = statements
            .map(|kind| serde_json::from_value(serde_json::json!({"kind": kind, "text": format!("{text} ")})).unwrap())
            .to_vec();
        CommitEntry { subject: clean.clone(), author: clean, record: Some(record), ..entry }
    }

    #[test]
    fn hostile_text_in_every_place_changes_neither_shape_nor_meaning() {
        use std::io::Write;

        use pulldown_cmark::{Event, Options, Parser, Tag};

        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/security/hostile.jsonl");
        let Ok(cases) = std::fs::read_to_string(path) else {
            let _ = writeln!(std::io::stderr(), "skipped: {path} is not there");
            return;
        };
        let cases = cases.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let texts = cases.filter_map(|case| case["text"].as_str().map(str::to_owned));
        let generated = ["*a_".repeat(70_000), "[".repeat(50_000), "\u{1f469}\u{200d}\u{1f467}".repeat(20_000)];
        let shape = |page: &str| -> Vec<String> {
            let parser = Parser::new_ext(page, Options::all() - Options::ENABLE_SMART_PUNCTUATION);
            let mut shape = Vec::new();
            for event in parser {
                match event {
                    Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::FootnoteDefinition(_)) => panic!("{page}"),
                    Event::Start(tag @ (Tag::Heading { .. } | Tag::Table(_) | Tag::BlockQuote(_))) => {
                        shape.push(format!("{tag:?}"));
                    }
                    Event::Html(html) | Event::InlineHtml(html) => shape.push(html.into_string()),
                    Event::InlineMath(_) | Event::DisplayMath(_) | Event::TaskListMarker(_) | Event::Rule => {
                        panic!("{page}")
                    }
                    _ => {}
                }
            }
            shape
        };
        // Every part that may stand in a description stands in this one.
        let range = [crate::record::samples::discounts()];
        let mut ours = shape(&page(&range));
        let mut folded = describe(&range, Limits::default()).unwrap();
        FOLDS.iter().for_each(|(part, _)| folded.fold(*part, 1));
        ours.extend(shape(&render(&folded, Template::PullRequest, Limits::default()).unwrap()));
        for text in texts.chain(generated) {
            let page = page(&[poisoned(&text)]);
            let foreign: Vec<String> = shape(&page).into_iter().filter(|part| !ours.contains(part)).collect();
            assert_eq!(foreign, Vec::<String>::new(), "{text:?} gives {page}");
            assert_eq!(shape(&page).iter().filter(|part| part.starts_with("Heading")).count(), 1);
            assert!(page.chars().count() <= 65_536);
            assert!(!page.contains("<!--") && !page.contains('\u{1b}') && !page.contains('\u{202e}'));
            assert!(page.lines().all(|line| !line.starts_with('/')));
        }
    }

    #[test]
    fn what_is_written_by_hand_joins_its_section_without_any_session() {
        use crate::record::samples::{by_a_person, signed};
        let mut entry = signed("d4", "Docs", "copilot", true);
        entry.stated = vec![
            serde_json::from_str(r#"{"kind": "prompt", "text": "Write the docs"}"#).unwrap(),
            serde_json::from_str(r#"{"kind": "verified", "text": "read it aloud"}"#).unwrap(),
        ];
        let page = page(&[entry, by_a_person()]);
        assert!(
            page.contains("No agent session was found; what follows was written down in commit messages."),
            "{page}"
        );
        assert!(page.contains("1. *in the commit message:* Write the docs\n"), "{page}");
        assert!(page.contains("- told by a person: read it aloud\n"), "{page}");
    }

    #[test]
    fn a_check_that_failed_and_commits_after_it_are_said() {
        use crate::record::contribution::CheckResult;
        use crate::record::samples::discounts;
        let mut first = discounts();
        first.record.as_mut().unwrap().contributions[0].checks[0].result = CheckResult::Failed;
        let mut second = discounts();
        second.id = "e5".repeat(20);
        second.record.as_mut().unwrap().contributions[0].checks.clear();
        let page = page(&[first, second]);
        assert!(page.contains("- **failed** before the last edit for `a1b2c3d`: `pytest -q` (4 passed)\n"), "{page}");
        assert!(
            page.contains("- no check of a session was seen after that (CI is not looked at), for `e5e5e5e`\n"),
            "{page}"
        );
    }

    #[test]
    fn lines_that_no_check_has_seen_are_named_once() {
        let page = page(&[samples::checked_twice_before_a_change()]);
        assert_eq!(
            page.matches("**not seen to be tested:** `src/price.py` 4 (changed by hand)\n").count(),
            1,
            "{page}"
        );
        assert!(page.contains("- passed after the agent's last edit: `pytest -q`, `ruff check`\n"), "{page}");
    }

    #[test]
    fn what_failed_comes_first_what_was_not_seen_last_and_nothing_is_said_twice() {
        let mut entry = samples::discounts();
        let check = |kind: &str, result: &str, command: &str, summary: &str| {
            serde_json::from_value(serde_json::json!({"kind": kind, "command": command, "result": result, "summary": summary, "after_last_edit": true, "state": "committed", "by": "agent"})).unwrap()
        };
        let contribution = &mut entry.record.as_mut().unwrap().contributions[0];
        contribution.checks = vec![
            check("test", "not-seen", "cd shop && cargo test total 2>&1 | tail -3", ""),
            check("build", "passed", "cargo build >/dev/null", "Finished `dev` profile"),
            check("lint", "failed", "git status && cargo clippy", "2 warnings"),
            check("type-check", "passed", "cargo check", ""),
        ];
        contribution.changed_after_check.clear();
        let page = page(&[entry]);
        let told = "**Checked**\n\
            - **failed** on the committed state: `cargo clippy` (2 warnings)\n\
            - passed on the committed state: `cargo build`, `cargo check`\n\
            - ran on the committed state, result not seen: `cargo test total`\n\n";
        assert!(page.contains(told), "{page}");
        assert_eq!(page.matches("cargo clippy").count(), 1, "{page}");
    }

    #[test]
    fn what_failed_on_the_commit_stands_beside_what_passed_of_others() {
        let check = |result: &str, command: &str, minute: u8, last: bool| -> serde_json::Value {
            serde_json::json!({"kind": "test", "command": command, "result": result, "at": format!("2026-01-01T00:{minute:02}:00Z"), "after_last_edit": last, "by": "agent"})
        };
        let unit = || check("passed", "mise run test:unit", 2, true);
        for (name, checks, failed) in [
            ("of another task", [check("failed", "mise run test:bats", 1, true), unit()], true),
            ("of another runner", [check("failed", "npx playwright test", 1, true), unit()], true),
            ("of the same", [check("failed", "mise run test:unit", 1, true), unit()], false),
            ("before an edit", [check("failed", "mise run test:bats", 1, false), unit()], false),
        ] {
            let mut entry = samples::discounts();
            let contribution = &mut entry.record.as_mut().unwrap().contributions[0];
            contribution.checks = checks.into_iter().map(|check| serde_json::from_value(check).unwrap()).collect();
            contribution.changed_after_check.clear();
            let page = page(&[entry]);
            assert!(page.contains("passed after the last edit: `mise run test:unit`"), "{name}: {page}");
            assert_eq!(page.contains("**failed** after the last edit"), failed, "{name}: {page}");
        }
    }

    #[test]
    fn a_commit_of_documents_alone_and_what_a_subagent_reported_ask_for_no_check() {
        let mut checked = samples::discounts();
        checked.record.as_mut().unwrap().contributions[0].checks[0].after_last_edit = true;
        let later = |change: &dyn Fn(&mut crate::record::note::Record<crate::record::text::Clean>)| {
            let mut entry = samples::discounts();
            entry.id = "e5".repeat(20);
            let record = entry.record.as_mut().unwrap();
            record.contributions[0].checks.clear();
            change(record);
            page(&[checked.clone(), entry]).contains("no check of a session was seen after that")
        };
        assert!(later(&|_| {}));
        assert!(!later(&|record| record.files.iter_mut().for_each(|file| file.path = "docs/price.md".into())));
        assert!(!later(&|record| {
            let report = serde_json::json!([{"kind": "report", "named": "e5e5e5e"}]);
            record.contributions[0].evidence = serde_json::from_value(report).unwrap();
            record.contributions[0].lines = 0;
        }));
    }

    #[test]
    fn some_tests_that_pass_later_hide_no_failure_of_all() {
        let mut entry = samples::discounts();
        let check = |minute: u32, command: &str, result: &str, partial: bool| {
            serde_json::from_value(serde_json::json!({"kind": "test", "command": command, "at": format!("2026-02-24T14:{minute:02}:00Z"), "result": result, "partial": partial, "after_last_edit": true, "state": "committed", "by": "agent"})).unwrap()
        };
        let mut told = |checks: Vec<_>| {
            entry.record.as_mut().unwrap().contributions[0].checks = checks;
            let description = describe(std::slice::from_ref(&entry), Limits::default()).unwrap();
            let rows = description.checked.rows.rows;
            rows.iter().map(|row| format!("{} {}", row.command.as_str(), row.result)).collect::<Vec<_>>()
        };
        let (all, some) = (check(1, "make test", "failed", false), check(2, "pytest -q a.py", "passed", true));
        assert_eq!(told(vec![all, some]), ["`make test` failed", "`pytest -q a.py` passed"]);
        let (some, all) = (check(1, "pytest -q a.py", "failed", true), check(2, "make test", "passed", false));
        assert_eq!(told(vec![some, all]), ["`make test` passed"], "a later run of all covers it");
    }

    #[test]
    fn what_is_long_is_left_to_the_details() {
        let mut entry = samples::discounts();
        let contribution = &mut entry.record.as_mut().unwrap().contributions[0];
        let (attempt, correction) = (contribution.attempts[2].clone(), contribution.corrections[2].clone());
        for number in 1..10 {
            let mut attempt = attempt.clone();
            attempt.error = Some(crate::record::text::Clean::from_redacted(format!("{number} {}", "long ".repeat(40))));
            contribution.attempts.push(attempt);
            let mut correction = correction.clone();
            correction.line = Some(number);
            contribution.corrections.push(correction);
        }
        let range = [entry];
        let page = page(&range);
        let (above, below) = page.split_once("<details>").unwrap();
        assert!(above.chars().count() <= ABOVE, "{} in {above}", above.chars().count());
        assert!(above.contains("**Checked**") && above.contains("**Look closely at**"), "{above}");
        for number in 1..10 {
            assert!(page.contains(&format!("tests failed: {number} long")), "{number} is not in {page}");
            assert!(below.contains(&format!("`src/cart.py` {number}:")), "{number} is not in {below}");
        }
    }

    #[test]
    fn the_summary_counts_and_names() {
        let range = [samples::discounts(), samples::signed("d4", "Docs", "copilot", true)];
        let description = describe(&range, Limits::default()).unwrap();
        let summary = render(&description, Template::Summary, Limits::default()).unwrap();
        for part in
            ["| Claude Code | 2.1.42 |", "| GitHub Copilot | – | – | the commit message only |", "| test passed |"]
        {
            assert!(summary.contains(part), "{part} is not in {summary}");
        }
    }

    #[test]
    fn numbers_of_a_note_that_do_not_add_up_are_no_reason_to_stop() {
        let odd = |id: &str| {
            let mut entry = samples::discounts();
            entry.id = id.repeat(20);
            let record = entry.record.as_mut().unwrap();
            let all = u32::MAX;
            record.lines = crate::record::note::LineCounts {
                added: all,
                agent: all,
                corrected: all,
                person: all,
                formatter: all,
                unknown: all,
            };
            (record.cut, record.skipped) = (all, all);
            record.redactions.insert("x".to_owned(), all);
            record.contributions[0].session = id.to_owned();
            let tokens = &mut record.contributions[0].tokens;
            (tokens.input, tokens.output, tokens.cache_read, tokens.cache_write) =
                (u64::MAX, u64::MAX, u64::MAX, u64::MAX);
            entry
        };
        let range = [odd("d4"), odd("e5")];
        assert!(page(&range).contains("4,294,967,295 of 4,294,967,295 added lines"), "{}", page(&range));
        render(&describe(&range, Limits::default()).unwrap(), Template::Summary, Limits::default()).unwrap();
    }

    /// A range in which every part is long: `text` stands wherever text from outside can stand.
    fn long(text: &str, commits: usize, rows: usize) -> Vec<CommitEntry> {
        let commit = |number: usize| {
            let mut entry = poisoned(text);
            entry.id = format!("{number:040x}");
            let record = entry.record.as_mut().unwrap();
            let own = &mut record.contributions[0];
            own.session = format!("s{number}");
            own.agent_version = Some(format!("{number} {text}"));
            own.models = vec![format!("{text} {number}")];
            for row in 0..rows {
                let mut prompt = own.prompts[0].clone();
                prompt.at = Some(jiff::Timestamp::from_second((number * rows + row) as i64).unwrap());
                own.prompts.push(prompt);
                let (mut attempt, mut correction) = (own.attempts[0].clone(), own.corrections[0].clone());
                attempt.at = own.prompts.last().unwrap().at;
                correction.at = attempt.at;
                own.attempts.push(attempt);
                own.corrections.push(correction);
            }
            record.redactions.insert(format!("{number} {text}"), 1);
            entry
        };
        (0..commits).map(commit).collect()
    }

    /// Whether everything that a text opens is closed at its end: what follows is a paragraph of its own.
    fn assert_closed(page: &str) {
        use pulldown_cmark::{Event, Options, Parser};
        let with_more = format!("{page}\nmore\n");
        let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
        let (mut html, mut depth, mut outside) = (String::new(), 0_usize, false);
        for event in Parser::new_ext(&with_more, options) {
            match event {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Html(text) | Event::InlineHtml(text) => html.push_str(&text),
                Event::Text(text) => outside = depth == 1 && &*text == "more",
                _ => {}
            }
        }
        assert!(outside, "{page}");
        assert_eq!(html.matches("<details>").count(), html.matches("</details>").count(), "{page}");
        assert_eq!(html.matches("<summary>").count(), html.matches("</summary>").count(), "{page}");
        let rows = page.lines().filter(|line| line.starts_with('|'));
        assert!(rows.into_iter().all(|row| row.ends_with('|')), "{page}");
        assert!(page.ends_with("</sub>\n"), "{page}");
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig {
            cases: 40, failure_persistence: None, ..proptest::prelude::ProptestConfig::default()
        })]

        #[test]
        fn a_description_keeps_to_any_limit_and_leaves_nothing_open(
            limit in 500_usize..70_000,
            narrow in 500_usize..3_000,
            text in proptest::sample::select(vec![
                "x", "```\n~~~\n", "</details>", "<!-- backstory:end -->", "|", "\u{1f469}\u{200d}\u{1f467} word ", "`", "    code\n\n",
            ]),
            times in 1_usize..400,
            commits in 1_usize..8,
            rows in 0_usize..25,
        ) {
            let range = long(&text.repeat(times), commits, rows);
            let description = describe(&range, Limits::default()).unwrap();
            for code_points in [limit, narrow] {
                let page = render(&description, Template::PullRequest, Limits { code_points, rows: 10 }).unwrap();
                assert!(page.chars().count() <= code_points, "{} > {code_points}", page.chars().count());
                assert!(page.len() <= 4 * code_points);
                assert_closed(&page);
            }
        }
    }

    #[test]
    fn the_short_form_says_who_and_how_much() {
        let range = [samples::discounts(), samples::signed("d4", "Docs", "copilot", true)];
        let description = describe(&range, Limits::default()).unwrap();
        let short = render(&description, Template::Short, Limits { code_points: 500, rows: 10 }).unwrap();
        assert_eq!(
            short,
            "\
## How this change was made

**Claude Code**, **GitHub Copilot** · 2 of 2 commits · 198 of 216 added lines by agents

There is no room here for the rest.

<sub>From 2 commits and 1 session by backstory 0.1.0</sub>
"
        );
        let whole = render(&description, Template::PullRequest, Limits { code_points: 600, rows: 10 }).unwrap();
        assert!(whole.contains("There is no room here for the rest.\n"), "{whole}");
    }
}
