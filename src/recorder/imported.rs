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
use crate::record::session::PromptSource;
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
    let mut importing = Importing {
        workplace,
        redactor,
        source,
        done: Imported { from: source.name.to_owned(), lacks: source.lacks.to_owned(), ..Imported::default() },
        records: Vec::new(),
        told: HashSet::new(),
    };
    let mut looked: HashSet<String> = HashSet::new();
    for reference in source.references.iter().filter(|name| note_refs::is_there(repository, name)) {
        let done = &mut importing.done;
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
                note.map_or(Ok(()), |note| importing.take(id, &known, note))?;
            }
        }
    }
    importing.finish(environment, is_dry_run)
}

/// What has been made so far.
struct Importing<'a> {
    workplace: &'a Workplace,
    redactor: &'a Redactor,
    source: &'a NoteSource,
    done: Imported,
    records: Vec<Record<Clean>>,
    /// Prompts that records have already, each with its session.
    told: HashSet<(String, String)>,
}

impl Importing<'_> {
    /// Takes in the note of a commit, of which `known` is recorded.
    fn take(&mut self, id: &str, known: &[Record<Clean>], note: anyhow::Result<Vec<u8>>) -> anyhow::Result<()> {
        if known.iter().any(|record| !record.contributions.is_empty() || record.forgotten.is_some()) {
            self.done.recorded_before += 1;
            for one in known.iter().flat_map(|record| &record.contributions) {
                self.told.extend(one.prompts.iter().map(|prompt| told(one, prompt)));
            }
            return Ok(());
        }
        let noted = note.map_err(|error| format!("{error:#}")).and_then(|note| {
            (self.source.read)(&String::from_utf8_lossy(&note)).map_err(|problem| problem.to_string())
        });
        let noted = match noted {
            Ok(noted) => noted,
            Err(problem) => {
                self.done.unreadable += 1;
                self.done.say(id, &problem);
                return Ok(());
            }
        };
        self.done.nothing_in_it += u32::from(noted.sessions.is_empty());
        noted.unused.first().into_iter().for_each(|problem| self.done.say(id, problem));
        let (noted, passed_over) = without_ignored(self.workplace, noted);
        self.done.passed_over += passed_over;
        if !noted.sessions.is_empty() {
            let commit = changes::read_commit(&self.workplace.repository, id)?;
            self.records.extend(record(self.workplace, self.redactor, (&commit, id), (noted, self.source.name)));
        }
        Ok(())
    }

    /// Leaves each prompt of a session with the first commit after it: these notes name all that was said in the session.
    fn tell_once(&mut self) {
        self.records.sort_by(|a, b| (a.committed_at, &a.commit).cmp(&(b.committed_at, &b.commit)));
        for record in &mut self.records {
            let made = record.committed_at;
            for one in &mut record.contributions {
                let mut prompts = std::mem::take(&mut one.prompts);
                prompts.retain(|prompt| prompt.at.is_none_or(|at| at <= made) && self.told.insert(told(one, prompt)));
                one.prompts = prompts;
                set_roles(&mut one.prompts);
            }
        }
    }

    fn finish(mut self, environment: &Environment, is_dry_run: bool) -> anyhow::Result<Imported> {
        self.tell_once();
        let Self { workplace, redactor, mut done, records, .. } = self;
        done.records = u32::try_from(records.len())?;
        for record in &records {
            done.sessions += u32::try_from(record.contributions.len())?;
            done.prompts += u32::try_from(record.contributions.iter().map(|one| one.prompts.len()).sum::<usize>())?;
            done.lines.add(record.lines);
        }
        if !is_dry_run && !records.is_empty() {
            let problems = keep::write(&workplace.repository, records, redactor, environment.now)?;
            done.records -= u32::try_from(problems.len())?.min(done.records);
            done.problems.extend(problems);
        }
        Ok(done)
    }
}

/// What a prompt is known again by.
fn told(one: &Contribution<Clean>, prompt: &RecordedPrompt<Clean>) -> (String, String) {
    (one.session.clone(), prompt.text.as_str().to_owned())
}

/// The first request among them, and what was added to it; consent is neither.
fn set_roles(prompts: &mut [RecordedPrompt<Clean>]) {
    let mut role = PromptRole::Request;
    for prompt in prompts {
        prompt.role = match is_small_talk(prompt.text.as_str()) {
            true => PromptRole::Approval,
            false => std::mem::replace(&mut role, PromptRole::Refinement),
        };
    }
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
    let prompts = session.prompts.into_iter().filter(|prompt| is_persons(prompt.text.expose()));
    Contribution {
        models: session.model.into_iter().collect(),
        started_at: session.started_at,
        prompts: prompts.map(recorded_prompt).collect(),
        lines,
        ..Contribution::named(session.agent, session_id, (Confidence::Stated, evidence))
    }
}

/// Programs put their own words where a person's are kept, in angle brackets.
fn is_persons(text: &str) -> bool {
    !(text.starts_with('<') && text.trim_end().ends_with('>'))
}

/// Its role is known when it is known which prompts are told of the commit.
fn recorded_prompt(prompt: NotedPrompt) -> RecordedPrompt<Raw> {
    RecordedPrompt {
        at: prompt.at,
        role: PromptRole::Request,
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
        let spans = Span::runs(added.iter().copied().zip(authors).map(|(number, of)| {
            let contribution = of.and_then(|one| one.session).and_then(|place| u32::try_from(place).ok());
            (number, of.map_or(LineAuthor::Unknown, |one| one.author), contribution)
        }));
        spans.iter().for_each(|span| counts.count(span.author, span.lines));
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
