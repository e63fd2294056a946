//! Records from what other recorders noted beside commits. A commit of which something is recorded here is left as it is.

use std::collections::{HashMap, HashSet};

use anyhow::Context as _;

use super::workplace::Workplace;
use super::{keep, recorded, statements};
use crate::environment::Environment;
use crate::git::{changes, note_refs, notes};
use crate::import::noted::{NotedCommit, NotedLines, NotedPrompt, NotedSession};
use crate::import::sources::NoteSource;
use crate::link::Linked;
use crate::record::agent::is_session_id;
use crate::record::commit::{Commit, FileChange};
use crate::record::contribution::{Confidence, Contribution, Evidence, PromptRole, RecordedPrompt};
use crate::record::note::{FileRecord, LineAuthor, LineCounts, Record, Span};
use crate::record::session::{PromptSource, Tokens};
use crate::record::small_talk::is_small_talk;
use crate::record::text::{Clean, Raw};
use crate::redact::Redactor;
use crate::text::ids::short;

/// Commits that are read at once.
const AT_ONCE: usize = 16;
/// Bytes of a note: the longest of 11,000 public ones has 3.2 MB.
const LARGEST: usize = 32 << 20;
/// Words about what could not be used that are kept.
const MOST_SAID: usize = 3;

/// What became of the notes of one recorder.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Imported {
    /// The recorder, as `--from` names it.
    pub from: String,
    /// Where its notes are; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    pub notes: u32,
    /// Notes of commits that are not here.
    pub without_commit: u32,
    /// Commits of which a session is recorded already, and that stay as they are.
    pub recorded_before: u32,
    /// Notes that name no session of an agent.
    pub nothing_in_it: u32,
    /// Sessions that are not to be recorded: forgotten ones, and those of `.backstoryignore`.
    pub passed_over: u32,
    pub unreadable: u32,
    /// Records that were made, or would be.
    pub records: u32,
    pub sessions: u32,
    pub prompts: u32,
    /// Added lines of these commits, by who wrote them as the notes say.
    pub lines: LineCounts,
    /// What could not be read or used, the first of it.
    pub problems: Vec<String>,
    /// What these notes do not hold.
    pub lacks: String,
}

/// Reads the notes of one recorder and writes records from them, unless it is a dry run.
///
/// # Errors
/// When the notes or commits cannot be read, or the records not be written: then none was.
pub(crate) fn import(
    workplace: &Workplace,
    environment: &Environment,
    source: &NoteSource,
    redactor: &Redactor,
    is_dry_run: bool,
) -> anyhow::Result<Imported> {
    let repository = &workplace.repository;
    let mut done = Imported { from: source.name.to_owned(), lacks: source.lacks.to_owned(), ..Imported::default() };
    let mut records: Vec<Record<Clean>> = Vec::new();
    let mut looked: HashSet<String> = HashSet::new();
    for reference in source.references.iter().filter(|name| note_refs::is_there(repository, name)) {
        done.reference.get_or_insert_with(|| (*reference).to_owned());
        let all = notes::list_at(repository, reference).with_context(|| format!("the notes in {reference}"))?;
        let all: Vec<String> = all.into_iter().filter(|id| looked.insert(id.clone())).collect();
        done.notes += u32::try_from(all.len())?;
        let (here, gone): (Vec<String>, Vec<String>) = all.into_iter().partition(|id| repository.has_commit(id));
        done.without_commit += u32::try_from(gone.len())?;
        for ids in here.chunks(AT_ONCE) {
            let known = recorded::of(repository, ids)?;
            let read = notes::foreign_at(repository, reference, ids, LARGEST)?;
            for ((id, known), note) in ids.iter().zip(known).zip(read) {
                let Some(note) = note else { continue };
                if known.iter().any(|record| !record.contributions.is_empty() || record.forgotten.is_some()) {
                    done.recorded_before += 1;
                    continue;
                }
                let noted = note.map_err(|error| format!("{error:#}")).and_then(|note| {
                    (source.read)(&String::from_utf8_lossy(&note)).map_err(|problem| problem.to_string())
                });
                match noted {
                    Err(problem) => {
                        done.unreadable += 1;
                        done.say(id, &problem);
                    }
                    Ok(noted) if noted.sessions.is_empty() => done.nothing_in_it += 1,
                    Ok(noted) => {
                        noted.unused.first().into_iter().for_each(|problem| done.say(id, problem));
                        let (noted, passed_over) = without_ignored(workplace, noted);
                        done.passed_over += passed_over;
                        if !noted.sessions.is_empty() {
                            let commit = changes::read_commit(repository, id)?;
                            records.extend(record(workplace, redactor, (&commit, id), (noted, source.name)));
                        }
                    }
                }
            }
        }
    }
    once(&mut records);
    for record in &records {
        done.records += 1;
        done.sessions += u32::try_from(record.contributions.len())?;
        done.prompts += u32::try_from(record.contributions.iter().map(|one| one.prompts.len()).sum::<usize>())?;
        done.lines.add(record.lines);
    }
    if !is_dry_run && !records.is_empty() {
        let problems = keep::write(repository, records, redactor, environment.now)?;
        done.records -= u32::try_from(problems.len())?.min(done.records);
        done.problems.extend(problems);
    }
    Ok(done)
}

/// Without sessions that are not to be recorded; of their lines nobody knows then who wrote them. And how many those are.
fn without_ignored(workplace: &Workplace, mut noted: NotedCommit) -> (NotedCommit, u32) {
    let is_out =
        |one: &NotedSession| workplace.ignored.has_session(&one.agent, one.session.as_deref().unwrap_or_default());
    let out: Vec<bool> = noted.sessions.iter().map(is_out).collect();
    let count = out.iter().filter(|out| **out).count();
    let place = |old: usize| out[..old].iter().filter(|out| !**out).count();
    noted.lines.retain(|lines| lines.session.is_none_or(|session| !out[session]));
    for lines in &mut noted.lines {
        lines.session = lines.session.map(place);
    }
    let mut left = out.iter();
    noted.sessions.retain(|_| left.next().is_some_and(|out| !out));
    if workplace.ignored.has_paths() {
        // They may speak of files that are ignored.
        noted.sessions.iter_mut().for_each(|session| session.prompts.clear());
    }
    (noted, u32::try_from(count).unwrap_or(u32::MAX))
}

/// Leaves each prompt of a session with the first commit after it: these notes name all that was said in the session.
fn once(records: &mut [Record<Clean>]) {
    records.sort_by(|a, b| (a.committed_at, &a.commit).cmp(&(b.committed_at, &b.commit)));
    let mut told: HashSet<(String, String)> = HashSet::new();
    for record in records {
        let made = record.committed_at;
        for one in &mut record.contributions {
            let session = one.session.clone();
            one.prompts.retain(|prompt| {
                prompt.at.is_none_or(|at| at <= made) && told.insert((session.clone(), prompt.text.as_str().to_owned()))
            });
            let asked = one.prompts.iter_mut().filter(|prompt| prompt.role != PromptRole::Approval);
            for (place, prompt) in asked.enumerate() {
                prompt.role = if place == 0 { PromptRole::Request } else { PromptRole::Refinement };
            }
        }
    }
}

impl Imported {
    fn say(&mut self, commit: &str, problem: &str) {
        if self.problems.len() < MOST_SAID {
            self.problems.push(format!("{}: {problem}", short(commit)));
        }
    }
}

/// The record of one commit, from its note and its own message.
fn record(
    workplace: &Workplace,
    redactor: &Redactor,
    (commit, id): (&Commit, &str),
    (noted, from): (NotedCommit, &str),
) -> Option<Record<Clean>> {
    let commit = &workplace.without_ignored(commit.clone());
    let (files, lines) = lines(commit, &noted.lines);
    let counts = written(&files);
    let contributions = noted.sessions.into_iter().enumerate().map(|(place, session)| {
        contribution(session, (commit, id), (counts.get(&(place as u32)).copied().unwrap_or(0), from))
    });
    let linked = Linked { contributions: contributions.collect(), lines, files, ..Linked::default() };
    let statements = statements::statements(commit, &workplace.trailers(commit));
    keep::record(commit, linked, statements, &[], redactor, &workplace.config)
}

fn contribution(session: NotedSession, (commit, id): (&Commit, &str), (lines, from): (u32, &str)) -> Contribution<Raw> {
    let mut evidence = vec![Evidence::Noted { by: from.to_owned() }];
    let found = commit.files.iter().filter(|file| session.files.contains(&file.path)).count();
    if found > 0 {
        let of = u32::try_from(commit.files.len()).unwrap_or(u32::MAX);
        evidence.push(Evidence::Files { found: u32::try_from(found).unwrap_or(u32::MAX), of });
    }
    // A record names each session; of one without an id nothing else is known than the commit.
    let session_id = session.session.filter(|id| is_session_id(id)).unwrap_or_else(|| format!("{from}-{}", short(id)));
    // Some recorders note a prompt again with each edit that came of it.
    let mut seen = HashSet::new();
    let is_new = |prompt: &NotedPrompt| seen.insert(prompt.text.expose().to_owned());
    let prompts = session.prompts.into_iter().filter(|one| is_persons(one.text.expose())).filter(is_new);
    Contribution {
        agent: session.agent,
        agent_version: None,
        session: session_id,
        models: session.model.into_iter().collect(),
        confidence: Confidence::Stated,
        evidence,
        unread: false,
        started_at: session.started_at,
        ended_at: None,
        last_edit_at: None,
        prompts: prompts.enumerate().map(|(place, prompt)| recorded_prompt(place, prompt)).collect(),
        attempts: Vec::new(),
        corrections: Vec::new(),
        checks: Vec::new(),
        changed_after_check: Vec::new(),
        context: Vec::new(),
        steps: Vec::new(),
        lines,
        tokens: Tokens::default(),
    }
}

/// Programs put their own words where a person's are kept, in angle brackets.
fn is_persons(text: &str) -> bool {
    !(text.starts_with('<') && text.trim_end().ends_with('>'))
}

fn recorded_prompt(place: usize, prompt: NotedPrompt) -> RecordedPrompt<Raw> {
    let role = match place {
        _ if is_small_talk(prompt.text.expose()) => PromptRole::Approval,
        0 => PromptRole::Request,
        _ => PromptRole::Refinement,
    };
    RecordedPrompt {
        at: prompt.at,
        role,
        source: PromptSource::Typed,
        text: prompt.text,
        question: None,
        main: false,
        earlier: false,
        cut: 0,
    }
}

/// The added lines of the commit with their authors: what the notes do not say is of unknown origin.
fn lines(commit: &Commit, noted: &[NotedLines]) -> (Vec<FileRecord>, LineCounts) {
    let mut by_path: HashMap<&str, Vec<&NotedLines>> = HashMap::new();
    for one in noted {
        by_path.entry(&one.path).or_default().push(one);
    }
    let mut counts = LineCounts::default();
    let mut files = Vec::new();
    for file in &commit.files {
        let noted = by_path.get(file.path.as_str()).map(Vec::as_slice).unwrap_or_default();
        let added: Vec<u32> = added(file).collect();
        let authors = authors(&added, noted);
        let mut spans: Vec<Span> = Vec::new();
        for (number, of) in added.iter().copied().zip(authors) {
            let author = of.map_or(LineAuthor::Unknown, |one| one.author);
            let contribution = of.and_then(|one| one.session).and_then(|place| u32::try_from(place).ok());
            counts.count(author, 1);
            match spans.last_mut() {
                Some(last)
                    if last.author == author && last.contribution == contribution && last.range().end == number =>
                {
                    last.lines += 1;
                }
                _ => spans.push(Span { start: number, lines: 1, author, contribution }),
            }
        }
        if !spans.is_empty() {
            files.push(FileRecord { path: file.path.clone(), spans });
        }
    }
    (files, counts)
}

/// Which of `noted` names each of the `added` lines, which are in order; of several the last. Each line is looked at once, however
/// many name it.
fn authors<'a>(added: &[u32], noted: &[&'a NotedLines]) -> Vec<Option<&'a NotedLines>> {
    let mut authors: Vec<Option<&NotedLines>> = vec![None; added.len()];
    // The next line from each place on that nobody has yet.
    let mut next: Vec<usize> = (0..=added.len()).collect();
    for one in noted.iter().rev() {
        let mut place = free(&mut next, added.partition_point(|number| *number < one.first));
        while added.get(place).is_some_and(|number| *number <= one.last) {
            authors[place] = Some(one);
            next[place] = place + 1;
            place = free(&mut next, place);
        }
    }
    authors
}

/// The first free place from `from` on; the way to it is made short for the next time.
fn free(next: &mut [usize], from: usize) -> usize {
    let mut place = from;
    while next[place] != place {
        next[place] = next[next[place]];
        place = next[place];
    }
    place
}

fn added(file: &FileChange) -> impl Iterator<Item = u32> {
    file.hunks.iter().flat_map(|hunk| (hunk.new_start..).take(hunk.added.len()))
}

/// Lines by the session that wrote them.
fn written(files: &[FileRecord]) -> HashMap<u32, u32> {
    let mut counts = HashMap::new();
    for span in files.iter().flat_map(|file| &file.spans) {
        if let Some(contribution) = span.contribution {
            *counts.entry(contribution).or_default() += span.lines;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(first: u32, last: u32, author: LineAuthor) -> NotedLines {
        NotedLines { path: "a".to_owned(), first, last, author, session: None }
    }

    #[test]
    fn the_last_that_names_a_line_holds_and_however_many_name_it_cost_little() {
        let noted = [
            lines(1, 4, LineAuthor::Agent),
            lines(3, 3, LineAuthor::Person),
            lines(7, 90, LineAuthor::Corrected),
            lines(9, 2, LineAuthor::Person),
        ];
        let of = |added: &[u32]| {
            let all: Vec<&NotedLines> = noted.iter().collect();
            authors(added, &all).into_iter().map(|one| one.map(|one| one.author)).collect::<Vec<_>>()
        };
        let (agent, person) = (Some(LineAuthor::Agent), Some(LineAuthor::Person));
        assert_eq!(of(&[1, 2, 3, 4, 5, 8]), [agent, agent, person, agent, None, Some(LineAuthor::Corrected)]);
        assert_eq!(of(&[]), []);
        let added: Vec<u32> = (1..=40_000).collect();
        let whole = lines(1, 40_000, LineAuthor::Agent);
        let many: Vec<&NotedLines> = std::iter::repeat_n(&whole, 400_000).collect();
        assert!(authors(&added, &many).iter().all(Option::is_some));
    }
}
