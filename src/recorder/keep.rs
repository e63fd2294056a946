//! From what was linked to what is kept: redaction, the setting for prompts, and what is carried over from other commits.
//! How a record is cut to the size of a note, `note_size` knows.

use jiff::Timestamp;

use super::refused;
use crate::config::Config;
use crate::git::notes;
use crate::git::repository::Repository;
use crate::link::carry::{CommitSource, carry};
use crate::link::{Linked, corrections};
use crate::parallel;
use crate::record::commit::Commit;
use crate::record::contribution::{Confidence, Evidence};
use crate::record::note::{RECORD_VERSION, Record, Statement};
use crate::record::prompts;
use crate::record::text::{Clean, Raw};
use crate::recorder::note_codec::{add_foreign, from_note, to_note};
use crate::redact::Redactor;

/// What is known of one commit, redacted; `None` when there is nothing to say: no session, no word of an agent and no
/// documentation by hand.
pub(crate) fn record(
    commit: &Commit,
    linked: Linked,
    statements: Vec<Statement<Raw>>,
    sources: &[CommitSource],
    redactor: &Redactor,
    config: &Config,
) -> Option<Record<Clean>> {
    let is_bare = linked.contributions.is_empty() && statements.is_empty() && sources.is_empty();
    let id = commit.id.clone().filter(|_| !is_bare)?;
    let mut linked = linked;
    let hidden = std::mem::take(&mut linked.hidden);
    corrections::explain(&mut linked.contributions, &statements);
    let raw = Record {
        backstory: RECORD_VERSION,
        generator: format!("backstory {}", env!("CARGO_PKG_VERSION")),
        commit: id,
        committed_at: commit.committed_at,
        contributions: linked.contributions,
        lines: linked.lines,
        files: linked.files,
        untested: linked.untested,
        stated: statements,
        redactions: std::collections::BTreeMap::new(),
        skipped: linked.skipped,
        cut: 0,
        forgotten: None,
    };
    let mut record = redactor.record(raw, hidden);
    carry(commit, &mut record, sources);
    for source in sources {
        if source.record.commit == record.commit {
            record.keep_other_states(&source.record);
        }
    }
    record.judge_checks();
    // Its own earlier record may be among the sources; that is no carrying over.
    let own = Evidence::Carried { from: record.commit.clone() };
    for one in &mut record.contributions {
        one.evidence.retain(|evidence| *evidence != own);
        // Also what was carried over, which may have been made when more was kept.
        prompts::keep(one, config.prompts);
    }
    Some(record)
}

/// Writes the records as the notes of their commits. A note of another program, or of a newer version of this one, stays
/// as it is; so does what another program added below a record. Returns what was left out, a line each.
///
/// # Errors
/// When the notes cannot be written: then none was.
pub(crate) fn write(
    repository: &Repository,
    records: Vec<Record<Clean>>,
    redactor: &Redactor,
    now: Timestamp,
) -> anyhow::Result<Vec<String>> {
    let ids: Vec<String> = records.iter().map(|record| record.commit.clone()).collect();
    let (mut kept, mut problems, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let mut records = records.into_iter().zip(notes::read_many(repository, &ids)?);
    let start = || |(record, before): (Record<Clean>, Option<Vec<u8>>)| note_of(record, before, redactor);
    parallel::in_order(
        4 * parallel::threads(),
        start,
        || Ok::<_, anyhow::Error>(records.next()),
        |note| {
            match note {
                NoteToWrite::Kept(id, bytes) => kept.push((id, bytes)),
                NoteToWrite::Stays(problem) => problems.push(problem),
                NoteToWrite::Refused(id, why) => {
                    problems.push(format!("{why}; it is not kept"));
                    refused.push((id, why));
                }
            }
            Ok(())
        },
    )?;
    notes::write(repository, &kept, now)?;
    let written: Vec<String> = kept.into_iter().map(|(id, _)| id).collect();
    if let Err(error) = refused::note(repository, &refused, &written) {
        problems.push(format!("the list of refused records cannot be written: {error}"));
    }
    Ok(problems)
}

/// What is to be written for a commit.
enum NoteToWrite {
    Kept(String, Vec<u8>),
    /// Why what is there stays.
    Stays(String),
    /// Why nothing is written: one record that still holds a secret costs no other.
    Refused(String, String),
}

/// The note of a record in place of the one `before`.
fn note_of(record: Record<Clean>, before: Option<Vec<u8>>, redactor: &Redactor) -> NoteToWrite {
    let before = before.unwrap_or_default();
    if before.len() >= notes::LARGEST {
        return NoteToWrite::Stays(format!("the note of {} is larger than a record can be; it stays", record.commit));
    }
    if !before.trim_ascii().is_empty()
        && let Err(error) = from_note(&record.commit, &before)
    {
        return NoteToWrite::Stays(format!("{error:#}; it stays"));
    }
    let id = record.commit.clone();
    match to_note(record, redactor) {
        Ok(mut bytes) => {
            add_foreign(&mut bytes, &before);
            NoteToWrite::Kept(id, bytes)
        }
        Err(error) => NoteToWrite::Refused(id, format!("{error:#}")),
    }
}

/// How much a record knows: sessions that surely contributed, then lines of agents.
pub(crate) fn knowledge(record: &Record<Clean>) -> (usize, u32) {
    let sure = record.contributions.iter().filter(|one| one.confidence != Confidence::Overlap).count();
    (sure, record.lines.agent.saturating_add(record.lines.corrected))
}

#[cfg(test)]
mod tests {
    use super::super::note_codec::settle;
    use super::super::note_size;
    use super::super::statements::statements;
    use super::*;
    use crate::link::{Hints, library::Library, link};
    use crate::record::agent::Agent;
    use crate::record::commit::{FileChange, FileChangeKind, Hunk, Person};
    use crate::record::prompts::Prompts;
    use crate::record::session::{
        Action, Change, Edit, FailureKind, Outcome, Prompt, PromptSource, Session, Tokens, Told, ToolCall, Turn,
    };
    use crate::redact::{RedactionOptions, UserRule};

    fn minute(minutes: i64) -> Timestamp {
        "2026-03-02T09:00:00Z".parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_mins(minutes)
    }

    fn call(at: i64, action: Action, outcome: Outcome) -> ToolCall {
        let at = Some(minute(at));
        ToolCall {
            id: String::new(),
            at,
            ended_at: at,
            tool: "Bash".into(),
            action,
            outcome,
            subagent: false,
            said_before: None,
            written: Vec::new(),
        }
    }

    fn edit(at: i64, before: &str, after: &str, outcome: Outcome) -> ToolCall {
        let change = Change::Replace { before: Raw::new(before), after: Raw::new(after), everywhere: false };
        call(at, Action::Edit(vec![Edit { path: "/home/a/shop/price.py".into(), change }]), outcome)
    }

    fn shell(at: i64, command: &str, outcome: Outcome) -> ToolCall {
        call(at, Action::Shell { command: Raw::new(command), cwd: None }, outcome)
    }

    fn failed(output: &str) -> Outcome {
        Outcome::Failed { kind: FailureKind::Tests, exit_code: Some(1), output: Raw::new(output) }
    }

    fn turn(at: i64, words: &str, calls: Vec<ToolCall>) -> Turn {
        let prompt = Prompt { at: Some(minute(at)), text: Raw::new(words), source: PromptSource::Typed, id: None };
        Turn { prompt: Some(prompt), calls, ..Turn::default() }
    }

    fn session(turns: Vec<Turn>) -> Session {
        Session {
            agent: Agent::known("claude-code"),
            agent_versions: Vec::new(),
            id: "one".into(),
            other_ids: Vec::new(),
            path: "one.jsonl".into(),
            cwds: vec!["/home/a/shop".into()],
            branch: None,
            head: None,
            started_at: Some(minute(0)),
            ended_at: Some(minute(20)),
            models: Vec::new(),
            turns,
            tokens: Tokens::default(),
            skipped: Vec::new(),
            context: Vec::new(),
            told: Told::default(),
        }
    }

    fn commit(lines: &str) -> Commit {
        let hunk = Hunk {
            old_start: 1,
            new_start: 1,
            removed: Vec::new(),
            added: lines.lines().map(Raw::new).collect(),
            repeated: Vec::new(),
        };
        Commit {
            id: Some("1a2b3c4d".repeat(5)),
            parents: Vec::new(),
            trees: None,
            author: Person::default(),
            authored_at: minute(20),
            committed_at: minute(20),
            message: Raw::new("Prices"),
            files: vec![FileChange {
                path: "price.py".into(),
                old_path: None,
                kind: FileChangeKind::Modified,
                hunks: vec![hunk],
            }],
        }
    }

    const TOTAL: &str = "def total(prices, discount=0):\n    subtotal = sum(prices)\n    return subtotal - discount";

    /// The record of a session in whose every field `line` stands, as JSON.
    fn record_of(line: &str, prompts: Prompts) -> String {
        let wrong = format!("def total(prices):\n    {line}\n    return {line}");
        let later = wrong.replace("return", "answer");
        let session = session(vec![
            turn(
                1,
                &format!("Add totals, {line}\nand more"),
                vec![
                    edit(2, "", &wrong, Outcome::Succeeded { output: Raw::default(), commit: None }),
                    shell(3, &format!("pytest -q {line}"), failed(&format!("E   assert {line}\n1 failed {line}"))),
                    shell(4, &format!("make {line} && npm test"), failed(line)),
                    edit(5, &wrong, &later, Outcome::Rejected { reason: Some(Raw::new(format!("no, {line}"))) }),
                    call(6, Action::Delegate { prompt: Raw::new(line) }, Outcome::Rejected { reason: None }),
                ],
            ),
            turn(
                8,
                &format!("no, this is wrong: {line}"),
                vec![
                    edit(
                        9,
                        &wrong,
                        &format!("{TOTAL}\n    # {line}"),
                        Outcome::Succeeded { output: Raw::default(), commit: None },
                    ),
                    shell(10, &format!("cargo test {line}"), failed(&format!("test result: FAILED. {line}"))),
                ],
            ),
        ]);
        let commit = commit(&format!("{TOTAL}\n    # {line}\n    print({line}, subtotal)"));
        let linked = link(&commit, &Library::new(vec![session]), &Hints::default());
        let redactor = Redactor::new(RedactionOptions::default()).unwrap();
        let config = Config { prompts, ..Config::default() };
        let record = record(&commit, linked, Vec::new(), &[], &redactor, &config).unwrap();
        serde_json::to_string(&record).unwrap()
    }

    fn drawn(seed: u64, letters: &[u8], len: usize) -> String {
        let mut state = seed;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(letters[(state >> 33) as usize % letters.len()])
        };
        (0..len).map(|_| draw()).collect()
    }

    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    #[test]
    fn no_field_is_cut_before_it_is_redacted() {
        let letters = |seed, len| drawn(seed, LETTERS, len);
        let token = letters(1, 36);
        let password = letters(2, 24);
        let (head, body, tail) = (letters(3, 34), letters(4, 60), letters(5, 43));
        let secrets: [(String, Vec<&str>); 4] = [
            (format!("{}{token}", concat!("gh", "p_")), vec![&token]),
            (format!("postgres://shop:{password}@db/x"), vec![&password]),
            (format!("eyJ{head}.eyJ{body}.{tail}"), vec![&body, &tail]),
            (format!("password: \"{password}\""), vec![&password]),
        ];
        for place in 0..=300 {
            let (text, parts) = &secrets[place % secrets.len()];
            let filler: String = "the subtotal of all prices ".chars().cycle().take(place).collect();
            let json = record_of(&format!("{filler} {text} and so on"), Prompts::Full);
            for part in parts {
                let left =
                    part.as_bytes().windows(9).find(|window| memchr::memmem::find(json.as_bytes(), window).is_some());
                assert_eq!(left, None, "{place}: {text} in {json}");
            }
        }
    }

    #[test]
    fn every_field_of_the_trial_holds_the_line() {
        let json = record_of("the subtotal of zebras", Prompts::Full);
        for field in ["tried", "error", "why", "words", "reason", "before", "after", "command", "summary", "text"] {
            let name = format!("\"{field}\":\"");
            let holds = |(at, _): (usize, &str)| json[at..].chars().take(200).collect::<String>().contains("zebras");
            assert!(json.match_indices(&name).any(holds), "{field}: {json}");
        }
    }

    #[test]
    fn the_first_line_of_a_prompt_holds_no_half_of_a_secret_that_goes_on() {
        let token = format!("{}{}", concat!("gh", "p_"), drawn(7, LETTERS, 36));
        let json = record_of(&format!("deploy with {}\\\n{} now", &token[..16], &token[16..]), Prompts::FirstLine);
        assert!(!json.contains(&token[4..16]), "{json}");
    }

    fn redactor() -> Redactor {
        Redactor::new(RedactionOptions::default()).unwrap()
    }

    fn linked_record(session: Session, message: &str) -> Record<Clean> {
        let commit = Commit { message: Raw::new(message), ..commit(TOTAL) };
        let linked = link(&commit, &Library::new(vec![session]), &Hints::default());
        let trailers = crate::git::trailers::parse(message.as_bytes(), crate::git::trailers::COMMENT);
        let statements = statements(&commit, &trailers);
        record(&commit, linked, statements, &[], &redactor(), &Config::default()).unwrap()
    }

    fn wrote_total(words: &str, more: Vec<ToolCall>) -> Vec<Turn> {
        let made = Outcome::Succeeded { output: Raw::default(), commit: None };
        vec![turn(8, words, [vec![edit(9, "", TOTAL, made)], more].concat())]
    }

    #[test]
    fn the_ids_of_sessions_in_trailers_cost_no_record() {
        for seed in 1..20 {
            let claude = format!("session_01{}", drawn(seed, LETTERS, 22));
            let other = drawn(seed, LETTERS, 40);
            let task = format!("task_e_{}", drawn(seed, b"0123456789abcdef", 32));
            for line in [
                format!("Claude-Session: https://claude.ai/code/{claude}"),
                format!("Claude-Session: {claude}"),
                format!("Claude-Session: {other}"),
                format!("Amp-Thread-ID: https://ampcode.com/threads/T-{other}"),
                format!("Replit-Commit-Session-Id: {other}"),
                format!("Backstory-Session: codex/{other}"),
                format!("Backstory-Session: codex/{task}"),
            ] {
                let session = session(wrote_total("Add totals", Vec::new()));
                let record = linked_record(session, &format!("Prices\n\nText.\n\n{line}\n"));
                let named = record.stated.iter().any(|it| matches!(it, Statement::Agent { session: Some(_), .. }));
                let note = to_note(record, &redactor()).unwrap();
                let id = line.rsplit('/').next().unwrap().rsplit(' ').next().unwrap();
                assert!(named && memchr::memmem::find(&note, id.as_bytes()).is_some(), "{line}");
            }
        }
    }

    #[test]
    fn one_field_that_may_not_be_kept_is_taken_out_and_costs_nothing_else() {
        let token = format!("{}{}", concat!("gh", "p_"), drawn(3, LETTERS, 36));
        let set: [fn(&mut Record<Clean>, String); 6] = [
            |record, token| record.contributions[0].session = token,
            |record, token| record.contributions[0].agent_version = Some(token),
            |record, token| record.contributions[0].models.push(token),
            |record, token| record.contributions[0].evidence.push(Evidence::CommitOutput { printed: token }),
            |record, token| record.generator = token,
            |record, token| {
                record.redactions.insert(token, 1);
            },
        ];
        for set in set {
            let mut record = linked_record(session(wrote_total("Add totals", Vec::new())), "Prices");
            set(&mut record, format!("x {token}"));
            let note = to_note(record.clone(), &redactor()).unwrap();
            let kept = from_note(&record.commit, &note).unwrap();
            assert!(memchr::memmem::find(&note, token.as_bytes()).is_none());
            assert_eq!(kept.contributions[0].prompts, record.contributions[0].prompts);
            assert_eq!(kept.redactions.values().sum::<u32>(), 1);
            assert_eq!(settle(kept.clone(), &redactor()).unwrap(), kept);
        }
    }

    #[test]
    fn a_subject_that_git_printed_is_redacted_like_any_other_text() {
        let rule = UserRule { kind: "ticket".into(), pattern: r"ACME-\d+".into(), keywords: Vec::new() };
        let redactor = Redactor::new(RedactionOptions { rules: vec![rule], ..RedactionOptions::default() }).unwrap();
        let password = format!("{}77x", drawn(8, LETTERS, 9));
        for (printed, gone) in [
            ("Fix ACME-4711 at last".to_owned(), "ACME-4711"),
            (format!("Set password: {password}"), password.as_str()),
            ("Greet <private>Globex Holding</private>".to_owned(), "Globex"),
        ] {
            let mut record = linked_record(session(wrote_total("Add totals", Vec::new())), "Prices");
            record.contributions[0].evidence.push(Evidence::CommitOutput { printed: printed.clone() });
            record.contributions[0].evidence.push(Evidence::CommitOutput { printed: "1a2b3c4".into() });
            let note = String::from_utf8(to_note(record, &redactor).unwrap()).unwrap();
            assert!(!note.contains(gone) && note.contains("\"printed\":\"1a2b3c4\""), "{note}");
        }
    }

    #[test]
    fn what_is_far_behind_in_a_long_prompt_is_told_nowhere_either() {
        let password = format!("{}77x", drawn(9, LETTERS, 9));
        for secret in ["<private>The customer is Globex Holding</private>".to_owned(), format!("password: {password}")]
        {
            for filler in [10_000, 70_000, 200_000] {
                let prompt = format!("Add totals\n{}\n{secret}\n", "a b c\n".repeat(filler / 6));
                let output = format!("E   assert 'Globex Holding' == '{password}'\n1 failed");
                // Said in the turn of the commit, and in one that gives nothing to it.
                let other = vec![turn(1, &prompt, vec![edit(2, "", "print('a line')", failed("no"))])];
                let calls = vec![shell(10, "pytest -q", failed(&output))];
                let own = wrote_total(&prompt, calls.clone());
                for turns in [own, [other, wrote_total("Add totals", calls)].concat()] {
                    let json = serde_json::to_string(&linked_record(session(turns), "Prices")).unwrap();
                    let word = if secret.contains("Globex") { "Globex" } else { password.as_str() };
                    let is_known = secret.contains("Globex") || json.contains("\"Add totals\\na b c");
                    assert!(!(is_known && json.contains(word)), "{filler}: {word}");
                }
            }
        }
    }

    #[test]
    fn what_a_private_part_says_is_told_nowhere_in_the_sessions_record() {
        let plan =
            "<private>The customer is Globex Holding, login kimpossible77, we sell the whole unit in May</private>";
        let made = Outcome::Succeeded { output: Raw::default(), commit: None };
        let mut turns =
            vec![turn(1, &format!("Read the plan first {plan}"), vec![edit(2, "", "print('a telling line')", made)])];
        turns.extend(wrote_total(
            "Add totals for GLOBEX",
            vec![
                shell(10, "pytest -k kimpossible77", failed("E   assert 'Globex Holding' == 'x'\n1 failed")),
                shell(11, "cargo test we sell the whole unit in May", failed("test result: FAILED. kimpossible77")),
            ],
        ));
        let json = serde_json::to_string(&linked_record(session(turns), "Prices")).unwrap();
        for word in ["Globex", "GLOBEX", "kimpossible77", "sell the whole unit"] {
            assert!(!json.contains(word), "{word}: {json}");
        }
        assert!(json.contains("Add totals for") && json.contains("pytest -k"), "{json}");
    }

    #[test]
    fn a_password_that_one_text_names_is_gone_from_the_others() {
        let password = format!("{}77x", drawn(4, LETTERS, 9));
        let turns = wrote_total(
            &format!("the password is {password}, add totals"),
            vec![shell(10, &format!("pytest --with {password}"), failed(&format!("E   no {password} here\n1 failed")))],
        );
        let json = serde_json::to_string(&linked_record(session(turns), "Prices")).unwrap();
        assert!(!json.contains(&password) && json.contains("pytest --with"), "{json}");
    }

    #[test]
    fn of_a_very_long_prompt_the_beginning_is_kept_and_the_rest_counted() {
        let token = format!("{}{}", concat!("gh", "p_"), drawn(5, LETTERS, 36));
        let border = crate::record::quote::LONGEST;
        for place in [border - 60, border - 20, border - 4, border + 100] {
            let text = format!("Add totals {} {token} {}", "a b ".repeat((place - 12) / 4), "c d ".repeat(5000));
            let record = linked_record(session(wrote_total(&text, Vec::new())), "Prices");
            let prompt = &record.contributions[0].prompts[0];
            assert!(!prompt.text.as_str().contains(&token[4..12]) && prompt.cut > 10_000, "{place}");
            let note = to_note(record, &redactor()).unwrap();
            assert!(
                note.len() <= note_size::NOTE_LIMIT && memchr::memmem::find(&note, &token.as_bytes()[4..12]).is_none()
            );
        }
    }
}
