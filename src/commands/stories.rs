//! What `describe`, `log`, `show`, `why`, `check` and `backfill` say of the same few commits.

use git2::Oid;

use crate::commands::{backfill, check, describe, log, show, why};
use crate::context::Ending;
use crate::record::samples;
use crate::recorder::judge::FailOn;
use crate::testing::stage::Trial;

fn with_discounts() -> (Trial, Oid) {
    let trial = Trial::new();
    trial.commit("Start", "schema.sql", "a\n");
    let lines: String = (1..=20).map(|line| format!("line {line}\n")).collect();
    std::fs::create_dir(trial.folder.path().join("src")).unwrap();
    let id = trial.commit("Discounts", "src/price.py", &lines);
    trial.note(id, &serde_json::to_string(&samples::discounts().record).unwrap());
    (trial, id)
}

#[test]
fn why_leads_from_a_line_to_the_prompts() {
    let (trial, id) = with_discounts();
    trial.commit(
        "Above",
        "src/price.py",
        &format!("new\n{}", (1..=20).map(|l| format!("line {l}\n")).collect::<String>()),
    );
    let ask = |place: &str| {
        let arguments = why::WhyArgs { place: place.to_owned(), json: false };
        trial.run(|context| why::run(&arguments, context))
    };
    let answer = ask("src/price.py:14");
    let short = &id.to_string()[..7];
    assert!(answer.out.starts_with(&format!("src/price.py:14 last changed by {short} Discounts\n")), "{}", answer.out);
    assert!(answer.out.contains("written by an agent, then changed by a person"), "{}", answer.out);
    assert!(ask("src/price.py:1").out.contains("nothing is recorded"));
    for (place, error) in [
        ("src/price.py:99", "src/price.py has no line 99: it has 21 lines"),
        ("gone.py:1", "gone.py is not a file of the working tree, nor of the last commit"),
        ("src", "src is a folder; name a file of it"),
        ("../x:1", "../x is outside the repository"),
    ] {
        assert_eq!(ask(place).ending.unwrap_err(), error);
    }
}

#[test]
fn on_a_branch_that_is_alone_each_command_does_something_or_says_what_to_type() {
    let trial = Trial::new();
    trial.commit("Start", "a", "a\n");
    trial.commit("More", "a", "b\n");
    let describe = |trial: &Trial| {
        let arguments = describe::DescribeArgs { range: None, template: None, json: false };
        trial.run(|context| describe::run(&arguments, context))
    };
    let check = |trial: &Trial| {
        let arguments = check::CheckArgs { range: None, fail_on: FailOn::Never, checklist: None, json: false };
        trial.run(|context| check::run(&arguments, context))
    };
    let backfill = |trial: &Trial, range: Option<&str>| {
        let range = range.map(str::to_owned);
        let sessions = Some(trial.folder.path().to_owned());
        let arguments =
            backfill::BackfillArgs { range, all: false, sessions, again: false, dry_run: true, json: false };
        trial.run(|context| backfill::run(&arguments, context))
    };
    let alone =
        "there is no branch to compare `main` with (looked for master); give a range, such as HEAD~1..HEAD".to_owned();
    assert_eq!(describe(&trial).ending, Err(alone.clone()));
    assert_eq!(check(&trial).ending, Err(alone));
    let whole = "backstory: no branch to compare `main` with: looking at all its 2 commits\n\
                 backstory: 2 commits looked at, 0 with a session, 0 records would be written\n";
    assert_eq!(backfill(&trial, None).err, whole);
    for (range, count) in [("main", 2), ("HEAD", 1), ("HEAD~1..HEAD", 1)] {
        let said = format!("backstory: {count} commits looked at, 0 with a session, 0 records would be written\n");
        assert_eq!(backfill(&trial, Some(range)).err, said, "{range}");
    }
    // With a remote that has all of it.
    let head = trial.repository.head().unwrap().target().unwrap();
    trial.repository.remote("origin", "https://example.org/x.git").unwrap();
    trial.repository.reference("refs/remotes/origin/main", head, true, "").unwrap();
    let empty = "backstory: main has no commits that are not in origin/main";
    assert_eq!((describe(&trial).err, describe(&trial).ending), (format!("{empty}\n"), Ok(Ending::Done)));
    assert_eq!(check(&trial).err, format!("{empty}\n"));
    assert_eq!(backfill(&trial, None).err, format!("{empty}: `backstory backfill --all` takes the whole history\n"));
}

#[test]
fn a_note_that_is_not_ours_stops_show_and_is_left_out_of_log_and_describe() {
    let (trial, _) = with_discounts();
    let id = trial.commit("Other", "b", "b\n");
    trial.note(id, "<<<<<<< refs/notes/ai\n{}");
    let place = format!("the note of {id} in refs/notes/backstory is not a record of backstory");
    let shown = trial
        .run(|context| show::run(&show::ShowArgs { revision: "HEAD".to_owned(), json: false, all: false }, context));
    assert!(shown.ending.unwrap_err().starts_with(&place));
    let logged = trial.run(|context| log::run(&log::LogArgs { json: true, ..log::LogArgs::default() }, context));
    assert!(logged.err.starts_with(&format!("backstory: left out: {place}")), "{}", logged.err);
    let json: serde_json::Value = serde_json::from_str(&logged.out).unwrap();
    assert_eq!((json["unreadable"].as_u64(), json["commits"].as_array().unwrap().len()), (Some(1), 3));
}

#[test]
fn describe_writes_the_section_or_nothing_and_says_so() {
    let (trial, _) = with_discounts();
    let ask = |range: &str| {
        let arguments = describe::DescribeArgs { range: Some(range.to_owned()), template: None, json: false };
        trial.run(|context| describe::run(&arguments, context))
    };
    assert!(ask("HEAD~1..HEAD").out.starts_with("## How this change was made\n\n**Claude Code 2.1.42**"));
    let nothing = ask("HEAD~1");
    assert_eq!((nothing.out.as_str(), nothing.ending), ("", Ok(Ending::Done)));
    assert_eq!(nothing.err, "backstory: no agent is known to have worked on these commits (1)\n");
    assert!(ask("nope").ending.unwrap_err().starts_with("no commit `nope` here;"));
}

#[test]
fn a_record_of_somebody_else_that_holds_a_secret_is_described_without_it() {
    let (trial, id) = with_discounts();
    let other = trial.commit("Other", "b", "b\n");
    let mut record = samples::discounts().record.unwrap();
    record.commit = other.to_string();
    trial.note(other, &serde_json::to_string(&record).unwrap());
    let secret = format!("gh{}_{}", "p", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let mut entry = samples::discounts();
    let record = entry.record.as_mut().unwrap();
    record.contributions[0].context.push(crate::record::text::Clean::from_redacted(format!("the token is {secret}")));
    trial.note(id, &serde_json::to_string(&record).unwrap());
    for json in [false, true] {
        let ask = |range: &str| {
            let arguments = describe::DescribeArgs { range: Some(range.to_owned()), template: None, json };
            trial.run(|context| describe::run(&arguments, context))
        };
        let both = ask("HEAD~2..HEAD");
        assert!(both.out.contains("the token is [REDACTED:github-token:") && !both.out.contains(&secret), "{both:?}");
        assert_eq!((both.err.as_str(), both.ending), ("", Ok(Ending::Done)));
    }
}

#[test]
fn a_record_that_still_holds_a_secret_is_written_without_it() {
    let trial = Trial::new();
    let ids = [trial.commit("A", "a", "a\n"), trial.commit("B", "b", "b\n")].map(|id| id.to_string());
    let records = ids.iter().enumerate().map(|(index, id)| {
        let mut record = samples::discounts().record.unwrap();
        record.commit.clone_from(id);
        if index == 0 {
            let secret = format!("the token is gh{}_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8", "p");
            record.contributions[0].context.push(crate::record::text::Clean::from_redacted(secret));
        }
        record
    });
    let repository = crate::git::repository::Repository::discover(trial.folder.path(), None).unwrap();
    let redactor = crate::redact::Redactor::new(crate::redact::RedactionOptions::default()).unwrap();
    let now = "2026-02-24T15:00:00Z".parse().unwrap();
    let problems = crate::recorder::keep::write(&repository, records.collect(), &redactor, now).unwrap();
    assert_eq!(problems, [] as [&str; 0]);
    let kept: Vec<String> = crate::git::notes::read_many(&repository, &ids)
        .unwrap()
        .into_iter()
        .flatten()
        .map(|note| String::from_utf8(note).unwrap())
        .collect();
    assert!(kept[0].contains("the token is [REDACTED:github-token:") && !kept[0].contains("a1B2c3D4"), "{}", kept[0]);
    assert!(!kept[1].contains("github-token"), "{}", kept[1]);
}
