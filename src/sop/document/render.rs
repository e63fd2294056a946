//! Documents as text: front matter, what a template makes of the values, and what people wrote before. The same values give
//! the same bytes.

use minijinja::value::{Serde, Value};

use super::assemble::page;
use super::kept::{MarkerError, carry_over, kept};
use super::page::Page;
use super::sources::Sources;
use crate::sop::front_matter::write;
use crate::text::template::fill_page;

/// Our templates. A team's own stand in `.backstory/templates/process/` under the same names.
pub(crate) const SOP_TEMPLATE: &str = include_str!("../../../templates/process/sop.md");
pub(crate) const OVERVIEW_TEMPLATE: &str = include_str!("../../../templates/process/overview.md");

/// A document cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DocumentError {
    #[error("the template is wrong: {0:#}\nhint: compare it with the one that `backstory` brings")]
    Template(#[from] minijinja::Error),
    #[error("the document as it is: {0}")]
    Earlier(MarkerError),
    #[error("the template: {0}")]
    Markers(MarkerError),
}

/// `SOP.md`: for someone who does it for the first time.
pub(crate) fn sop(sources: &Sources) -> Result<String, DocumentError> {
    let body = body(sources, sources.template.unwrap_or(SOP_TEMPLATE))?;
    kept(&body).map_err(DocumentError::Markers)?;
    let body = match sources.earlier {
        Some(earlier) => carry_over(earlier, &body).map_err(DocumentError::Earlier)?,
        None => body,
    };
    Ok(format!("{}\n{body}", write(sources.front)))
}

/// The process on a page: what it is for, who does what with which tools, and how it goes wrong. Without front matter.
pub(crate) fn overview(sources: &Sources) -> Result<String, DocumentError> {
    body(sources, sources.template.unwrap_or(OVERVIEW_TEMPLATE))
}

fn body(sources: &Sources, template: &str) -> Result<String, DocumentError> {
    let mut page = page(sources);
    let write = |page: &Page| fill_page(template, minijinja::context! { page => Value::from(Serde(page)) });
    let text = write(&page)?;
    // A row that this template refers to nowhere helps no reader.
    let count = page.evidence.len();
    page.evidence.retain(|row| text.contains(&format!("](#e{})", row.number)));
    Ok(if page.evidence.len() < count { write(&page)? } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::model::{ModelCommand, ModelStep};
    use crate::record::execution::{CaseKind, Execution, ExecutionLog, ExecutionStatus, Phase, Run};
    use crate::sop::capture::{Capture, ToldStep};
    use crate::sop::document::branch_first::with_branch_first;
    use crate::sop::document::repository_files::read;
    use crate::sop::document::repository_guide::RepositoryGuide;
    use crate::sop::document::told::with_told_steps;
    use crate::sop::lint::finding::Known;
    use crate::sop::lint::rules::lint;
    use crate::sop::samples::{Sample, change, named};

    fn snapshot(name: &str, text: &str) {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/process"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, text));
    }

    fn findings(document: &str) -> Vec<String> {
        let known = Known { is_run: &|_| true, is_commit: &|_| true };
        lint(document, known).into_iter().map(|one| format!("{}: {} ({})", one.line, one.message, one.rule)).collect()
    }

    /// A process that only an interview knows.
    fn told() -> Sample {
        let step = |id: &str, action: &str, expected: &str| ToldStep {
            id: id.to_owned(),
            action: action.to_owned(),
            expected: expected.to_owned(),
            ..ToldStep::default()
        };
        let steps = vec![
            step("greet", "Send the first letter", "The customer has answered."),
            step("open", "Open the account", "The customer can sign in."),
        ];
        let mut sample = change();
        sample.capture = Capture { steps, questions: Vec::new(), ..sample.capture };
        sample.log = ExecutionLog::default();
        sample.corrections.clear();
        let model =
            crate::process::model::ProcessModel { schema: 1, process: "welcome".to_owned(), ..Default::default() };
        sample.model = with_told_steps(model, &sample.capture);
        sample
    }

    #[test]
    fn an_sop_tells_someone_new_what_to_do() {
        let sample = change();
        let text = sop(&sample.sources()).unwrap();
        snapshot("sop", &text);
        assert_eq!(sop(&change().sources()).unwrap(), text, "two runs are the same");
        assert_eq!(findings(&text), [] as [String; 0]);
    }

    #[test]
    fn an_overview_fits_on_a_page() {
        let text = overview(&change().sources()).unwrap();
        snapshot("overview", &text);
        assert_eq!(overview(&change().sources()).unwrap(), text);
    }

    #[test]
    fn the_rules_of_the_repository_are_named_and_hold() {
        let sample = change();
        let repository = RepositoryGuide { rules: vec!["CONTRIBUTING.md".to_owned()], ..RepositoryGuide::default() };
        let text = sop(&Sources { repository: &repository, ..sample.sources() }).unwrap();
        assert!(text.contains("rules of its own in `CONTRIBUTING.md`. Where they differ"), "{text}");
        assert_eq!(findings(&text), [] as [String; 0]);
        assert!(!sop(&sample.sources()).unwrap().contains("rules of its own"));
    }

    #[test]
    fn someone_new_is_told_how_to_set_up_and_what_frames_the_work() {
        let mut sample = change();
        let file = |path: &str| {
            let text = match path {
                "CONTRIBUTING.md" => {
                    "## Setup\n\n```sh\ncargo build\n```\n\n## Pull requests\n\nOpen a PR against `main`.\n"
                }
                ".tool-versions" => "rust 1.90.0\n",
                _ => return None,
            };
            Some(text.to_owned())
        };
        sample.repository = read(&file, &["CONTRIBUTING.md".to_owned()], std::iter::empty());
        sample.model.evidence.merges = vec!["unit-9".to_owned()];
        let text = sop(&sample.sources()).unwrap();
        for part in [
            "Do this once, before the first step. `CONTRIBUTING.md`, section `Setup` says how. Its commands, as they are there:\n\n\
             ```sh\ncargo build\n```\n",
            "`.tool-versions` asks for `rust 1.90.0`.",
            "No run sets anything up.",
            "- To create a branch: no run shows how.\n",
            "- To open a pull request (PR): no run shows how. `CONTRIBUTING.md`, section `Pull requests`, says: ``Open a PR against `main`.``\n",
            "The log holds 10 runs. Not counted here: 1 that only merge branches ([E1](#e1)).",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert_eq!(findings(&text), [] as [String; 0]);
        assert!(!sop(&told().sources()).unwrap().contains("Setting up"), "no repository is a part of it");
    }

    /// The sample with a step for branches, and with what runs typed for commits and pushes besides.
    fn with_branches() -> Sample {
        let mut sample = change();
        let step = ModelStep {
            id: "create-branch".to_owned(),
            title: "Create a branch".to_owned(),
            activities: vec!["create branch".to_owned()],
            aside: true,
            commands: vec![ModelCommand { command: "git checkout -b <branch>".to_owned(), runs: 2 }],
            ..ModelStep::default()
        };
        sample.model.steps.insert(3, step);
        sample.model = with_branch_first(sample.model);
        let runs: Vec<(Run, Vec<Execution>)> =
            sample.log.runs.iter().map(|run| (run.clone(), sample.log.events_of(run).to_vec())).collect();
        let mut log =
            ExecutionLog { symbols: sample.log.symbols, phases: sample.log.phases, ..ExecutionLog::default() };
        let [branch, stage, commit, push] =
            ["create branch", "stage changes", "commit", "push"].map(|name| log.symbols.intern(name));
        let [checkout, add, upstream] =
            ["git checkout -b <branch>", "git add <files>", "git push -u <remote> <branch>"]
                .map(|name| log.symbols.intern(name));
        log.phases.extend([(branch, Phase::Other), (stage, Phase::Other)]);
        for (number, (run, events)) in runs.into_iter().enumerate() {
            let mut all = Vec::new();
            for mut event in events {
                let before = |activity, command| Execution { activity, command, ..Execution::default() };
                if event.activity == commit {
                    all.extend((number < 5).then(|| before(branch, checkout)));
                    all.push(before(stage, add));
                }
                if event.activity == push && number < 3 {
                    event.command = upstream;
                }
                all.push(event);
            }
            log.push(run, all);
        }
        sample.log = log;
        sample
    }

    #[test]
    fn what_most_runs_type_with_a_command_stands_in_its_block() {
        let text = sop(&with_branches().sources()).unwrap();
        assert!(text.contains("```sh\ngit add <files>\ngit commit -m \"<message>\"\n```"), "{text}");
        assert!(text.contains("- The command `git add <files>` was typed for it in 10 of 10 runs"), "{text}");
        assert_eq!(findings(&text), [] as [String; 0]);
        // What most runs type only after the command stands behind it.
        let mut sample = with_branches();
        let [stage, commit] = ["stage changes", "commit"].map(|name| sample.log.symbols.find(name).unwrap());
        for run in sample.log.runs.clone() {
            let events = &mut sample.log.events[run.events.start as usize..run.events.end as usize];
            let at = |activity| events.iter().position(|event: &Execution| event.activity == activity).unwrap();
            let (stage, commit) = (at(stage), at(commit));
            events.swap(stage, commit);
        }
        let text = sop(&sample.sources()).unwrap();
        assert!(text.contains("```sh\ngit commit -m \"<message>\"\ngit add <files>\n```"), "{text}");
    }

    #[test]
    fn a_branch_is_pushed_in_another_way_at_first() {
        let text = sop(&with_branches().sources()).unwrap();
        assert!(
            text.contains("For the first push of a branch, type:\n\n```sh\ngit push -u <remote> <branch>\n```\n\nFor a later push, type:\n\n```sh\ngit push\n```"),
            "{text}"
        );
        assert!(text.contains("- The command `git push -u <remote> <branch>` was used in 3 of 8 runs"), "{text}");
        assert!(!text.contains("Another command for it is `git push -u"), "{text}");
        let mut without = with_branches();
        without.model.steps.remove(0);
        assert!(!sop(&without.sources()).unwrap().contains("first push"), "no branch is made");
    }

    #[test]
    fn a_branch_is_made_before_the_change_and_where_runs_made_it_is_said() {
        let text = sop(&with_branches().sources()).unwrap();
        assert!(text.contains("### 1. Create a branch"), "{text}");
        assert!(text.contains("- Once a branch: carried out in 5 of 10 runs"), "{text}");
        assert!(text.contains("- It was done only after step 2 (\"Edit the code\") in 5 of 5 runs"), "{text}");
        assert!(text.contains("Step 1 is left out when ways are compared"), "{text}");
    }

    #[test]
    fn a_rule_of_the_repository_says_what_is_required_and_with_which_command() {
        let mut sample = change();
        let fast = sample.log.symbols.intern("make check");
        let tests = sample.log.symbols.find("run tests").unwrap();
        sample
            .log
            .events
            .iter_mut()
            .filter(|event| event.activity == tests)
            .take(3)
            .for_each(|event| event.command = fast);
        let rules = "# Shop\n\n## Before every commit (REQUIRED)\n\n```sh\nmake check  # all tests\n```\n\n\
            ## Pull requests\n\n1. **Push** it\n   - not this\n2. Say why\n3. a\n4. b\n5. c\n6. d\n\n## Troubleshooting\n\nAsk.\n";
        let file = |path: &str| (path == "AGENTS.md").then(|| rules.to_owned());
        sample.repository = read(&file, &["AGENTS.md".to_owned()], std::iter::empty());
        let text = sop(&sample.sources()).unwrap();
        for part in [
            "```sh\nmake check\n```",
            "- Required: `AGENTS.md`, section `Before every commit (REQUIRED)`, says: `make check # all tests`\n- It was carried out in 8 of 10 runs",
            "- The command `make check` was used in 3 of 8 runs",
            "- Another command for it is `cargo test -p <package>`: 6 of 8 runs",
            "- Optional: carried out in 7 of 10 runs",
            "- Before the pull request: `AGENTS.md`, section `Pull requests`, lists (1 more follow there):\n  - `Push it`\n  - `Say why`\n",
            "The repository tells of more: `AGENTS.md`, section `Troubleshooting`.",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(
            text.contains("- Step 2 is done: The command ends without an error and reports no failed test."),
            "{text}"
        );
        let agents = crate::sop::publish_formats::strands::agent_sop(&text).unwrap();
        assert!(agents.contains("You MUST follow the rule of the repository: `AGENTS.md`"), "{agents}");
        // A rule with a command that no run typed asks for what the command does.
        sample.repository.required[0].commands = vec!["make verify".to_owned()];
        sample.repository.required[0].activities = ["run tests".to_owned()].into();
        let text = sop(&sample.sources()).unwrap();
        assert!(text.contains("```sh\ncargo test -p <package>\n```"), "{text}");
        assert_eq!(text.matches("- Required: ").count(), 1, "{text}");
    }

    #[test]
    fn examples_of_failures_are_those_that_can_happen_again() {
        let mut sample = change();
        let failed: Vec<usize> = (0..sample.log.events.len())
            .filter(|at| sample.log.events[*at].status == ExecutionStatus::Failed)
            .collect();
        let said = ["Error: unknown flag: --fast", "src/old.rs:3:1: unused value", "price.rs:4:1: wrong price"];
        for (at, said) in failed.iter().zip(said) {
            sample.log.events[*at].output = sample.log.symbols.intern(said);
        }
        sample.repository.files.insert("src/price.rs".to_owned());
        let text = sop(&sample.sources()).unwrap();
        assert!(text.contains("- What was printed, for example: `price.rs:4:1: wrong price`\n"), "{text}");
    }

    #[test]
    fn every_run_of_the_log_is_accounted_for() {
        let mut sample = change();
        for process in ["release", "release", "", "change"] {
            let id = sample.log.symbols.intern(&format!("other-{}", sample.log.runs.len()));
            let mut run = Run::new(id, CaseKind::Unit);
            run.process = sample.log.symbols.intern(process);
            sample.log.push(run, Vec::new());
        }
        let text = sop(&sample.sources()).unwrap();
        let line = "The log holds 14 runs. Not counted here: 2 of the process `release`, 2 without any of these steps.";
        assert!(text.contains(line), "{text}");
    }

    #[test]
    fn a_time_is_that_of_the_printed_command() {
        let mut sample = change();
        let slow = sample.log.symbols.intern("cargo test --all");
        let tests = sample.log.symbols.find("run tests").unwrap();
        let mut runs = sample.log.events.iter_mut().filter(|event| event.activity == tests);
        for event in runs.by_ref().take(3) {
            (event.command, event.duration_ms) = (slow, Some(900_000));
        }
        let text = sop(&sample.sources()).unwrap();
        assert!(text.contains("The command `cargo test -p <package>` takes about 5 s (half of 7 measured"), "{text}");
    }

    #[test]
    fn a_process_that_was_only_told_says_that_no_run_stands_behind_it() {
        let sample = told();
        let text = sop(&sample.sources()).unwrap();
        snapshot("told", &text);
        assert!(text.contains("(n = 0)") && !text.contains(" of 0 "), "{text}");
        assert_eq!(findings(&text), [] as [String; 0]);
        assert!(overview(&sample.sources()).unwrap().contains("(n = 0)"));
    }

    #[test]
    fn below_the_minimum_no_figure_is_claimed() {
        let sample = change();
        let sources = Sources { minimum: 20, ..sample.sources() };
        for text in [sop(&sources).unwrap(), overview(&sources).unwrap()] {
            assert!(text.contains("not enough runs (n = 10 of 20"), "{text}");
            assert!(!text.contains("% of") && !text.contains("8 of 10 runs"), "{text}");
        }
    }

    #[test]
    fn what_is_not_known_is_said_and_found_by_the_check() {
        let mut sample = change();
        sample.capture = Capture::default();
        let text = sop(&sample.sources()).unwrap();
        assert!(text.contains("Nobody has told the purpose yet."), "{text}");
        assert!(findings(&text).iter().all(|finding| finding.ends_with("(unknown)")), "{:?}", findings(&text));
        assert!(findings(&text).len() >= 4);
    }

    #[test]
    fn what_people_wrote_is_in_the_next_version() {
        let sample = change();
        let first = sop(&sample.sources()).unwrap();
        let marker = "<!-- keep:step-lint -->\n";
        let edited = first.replace(marker, &format!("{marker}Ask *Grace* about `-D warnings`.\n"));
        let again = sop(&Sources { earlier: Some(&edited), ..sample.sources() }).unwrap();
        assert_eq!(again, edited);
        let mut without = change();
        without.model.steps.remove(2);
        let moved = sop(&Sources { earlier: Some(&edited), ..without.sources() }).unwrap();
        assert!(moved.contains("## Kept text") && moved.contains("Ask *Grace* about `-D warnings`."), "{moved}");
        let broken = edited.replace("<!-- /keep -->", "");
        let error = sop(&Sources { earlier: Some(&broken), ..sample.sources() }).unwrap_err().to_string();
        assert!(error.starts_with("the document as it is: line ") && error.contains("\nhint: "), "{error}");
    }

    #[test]
    fn a_template_of_the_team_stands_instead_and_cannot_write_unescaped() {
        let sample = change();
        let own = "{% for step in page.steps %}{{ step.number }} {{ step.title }} {{ '<b>{x}' }}\n{% endfor %}";
        let text = sop(&Sources { template: Some(own), ..sample.sources() }).unwrap();
        assert!(text.ends_with("---\n\n1 Edit the code &lt;b&gt;\\{x\\}\n2 Run the tests &lt;b&gt;\\{x\\}\n3 Run the linter &lt;b&gt;\\{x\\}\n4 Commit the change &lt;b&gt;\\{x\\}\n5 Push the branch &lt;b&gt;\\{x\\}\n"), "{text}");
        for wrong in ["{{ page.nothing }}", "{{ page.title | safe }}", "<!-- keep:x -->"] {
            assert!(sop(&Sources { template: Some(wrong), ..sample.sources() }).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hostile_names_change_neither_shape_nor_meaning() {
        use pulldown_cmark::{Event, Options, Parser, Tag};
        let shape = |page: &str| -> Vec<String> {
            let body = crate::sop::front_matter::split(page).map_or(page, |(_, body)| body);
            let mut shape = Vec::new();
            for event in Parser::new_ext(body, Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES) {
                match event {
                    Event::Start(Tag::Link { dest_url, .. }) => {
                        assert!(dest_url.starts_with("#e"), "{dest_url} in {page}")
                    }
                    Event::Start(Tag::Image { .. } | Tag::FootnoteDefinition(_)) => panic!("{page}"),
                    Event::Start(
                        tag @ (Tag::Heading { .. } | Tag::Table(_) | Tag::CodeBlock(_) | Tag::BlockQuote(_)),
                    ) => {
                        shape.push(format!("{tag:?}"));
                    }
                    Event::Html(html) | Event::InlineHtml(html) => shape.push(html.into_string()),
                    _ => {}
                }
            }
            shape
        };
        let mut ours = shape(&sop(&change().sources()).unwrap());
        ours.extend(shape(&overview(&change().sources()).unwrap()));
        for hostile in [
            "<!-- /keep -->",
            "<!-- keep:step-edit -->",
            "</details><script>alert(1)</script>",
            "a | b | c",
            "``` \n# heading\n```",
            "\n---\nstatus: published\n---\n",
            "\n## Steps\n\n### 1. Delete all\n",
            "[x](https://evil.example) ![i](https://evil.example/i.png)",
            "{{ 7 * 7 }} {% raw %} {process.exit()}",
            "@octocat closes #1 :+1:",
            "\u{202e}\u{200b}\u{1b}[31m",
        ] {
            let sample = named(&|text| format!("{hostile}{text}"));
            for text in [sop(&sample.sources()).unwrap(), overview(&sample.sources()).unwrap()] {
                let foreign: Vec<String> = shape(&text).into_iter().filter(|part| !ours.contains(part)).collect();
                assert_eq!(foreign, Vec::<String>::new(), "{hostile:?} gives {text}");
                assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
                assert!(kept(&text).unwrap().iter().all(|kept| kept.text.trim().is_empty()), "{text}");
            }
            let text = sop(&sample.sources()).unwrap();
            let front = crate::sop::front_matter::read(&text).unwrap();
            assert_eq!((front.status.as_str(), front.version), ("draft", 1), "{text}");
        }
    }
}
