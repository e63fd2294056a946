//! What agents left on this machine, and the journals of the repository: how much of it is there, and what of it cannot
//! be read.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use jiff::{Timestamp, Unit};

use super::report::Diagnosis;
use super::unrecorded;
use crate::capture::{self, Transcript};
use crate::config;
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::record::agent::Agent;
use crate::record::agent_row::AgentRow;
use crate::recorder::agent_folders::{places, unread};
use crate::recorder::agent_shell;
use crate::recorder::belonging::{self, Count};
use crate::recorder::ground::{self, Aliases};
use crate::recorder::journals::Journals;
use crate::recorder::mapped_agents::{self, MappedAgent, MappedAgents};
use crate::recorder::workplace::{Workplace, discover, map_agents};

/// Bytes of a session that is read for the version that wrote it.
const MOST_FOR_A_VERSION: u64 = 16 * 1024 * 1024;
/// More of the same kind are counted and not named.
const NAMED: usize = 3;

pub(crate) fn look(environment: &Environment) -> Vec<Diagnosis> {
    let mapped_agents = map_agents(environment);
    let places = places(environment);
    let (found, problems) = capture::find(&places);
    let mut unreadable: Vec<(PathBuf, String)> =
        problems.into_iter().map(|problem| (problem.path, problem.message)).collect();
    let mut readable: BTreeMap<Agent, Vec<Transcript>> = BTreeMap::new();
    for transcript in found {
        match why_unreadable(&transcript) {
            Some(why) => unreadable.push((transcript.path, format!("cannot be read ({why})"))),
            None => readable.entry(transcript.agent.clone()).or_default().push(transcript),
        }
    }
    let workplace = Workplace::open(environment).ok();
    let mut findings = Vec::new();
    let here = workplace.as_ref().map(|workplace| OfRepository::of(workplace, environment, &readable));
    unreadable.extend(here.iter().flat_map(|here| here.unreadable.clone()));
    for (agent, transcripts) in &readable {
        findings.push(transcripts_of(agent, transcripts, here.as_ref()));
    }
    findings.extend(newer_versions(&readable));
    findings.extend(environment.home.as_deref().map(unread_agents).unwrap_or_default());
    findings.extend(here.as_ref().and_then(|here| unrecorded::find(environment, &here.count.here)));
    findings.extend(mapped(&mapped_agents));
    findings.extend(workplace.as_ref().map(|workplace| aliases(&workplace.aliases())).unwrap_or_default());
    if readable.is_empty() {
        findings
            .push(Diagnosis::good("transcripts", "none in this home: only what the message or a journal says is kept"));
    }
    if let Some(inside) = agent_shell::inside(environment) {
        findings.push(Diagnosis::good("this shell", format!("{}'s ({})", inside.agent.title(), inside.variable)));
    }
    let count = unreadable.len();
    findings.extend(unreadable.into_iter().take(NAMED).map(|(path, message)| {
        Diagnosis::problem(
            "transcript",
            format!("{} {message}", path.display()),
            "fix or remove this file; the others were read",
        )
    }));
    if count > NAMED {
        let state = format!("{} more cannot be read", count - NAMED);
        findings.push(Diagnosis::problem("transcripts", state, "fix those above and look again"));
    }
    let repository = discover(environment).ok();
    findings.extend(repository.as_ref().map(journals).unwrap_or_default());
    findings
}

/// A folder can be opened like a file on some systems.
fn why_unreadable(transcript: &Transcript) -> Option<String> {
    match File::open(capture::file_of(&transcript.path)).and_then(|file| file.metadata()) {
        Ok(data) if data.is_file() => None,
        Ok(_) => Some("it is no file".to_owned()),
        Err(error) => Some(error.to_string()),
    }
}

/// The transcripts of the sessions that belong to this repository.
struct OfRepository {
    count: Count,
    /// Those that are filed under another folder's name.
    filed_elsewhere: Vec<PathBuf>,
    /// Those that may belong here, as far as their folders' names say, and cannot be read.
    unreadable: Vec<(PathBuf, String)>,
}

impl OfRepository {
    fn of(workplace: &Workplace, environment: &Environment, readable: &BTreeMap<Agent, Vec<Transcript>>) -> Self {
        let aliases = workplace.aliases();
        let borders = ground::borders(&workplace.repository, &aliases, environment);
        let mut transcripts: Vec<Transcript> = readable.values().flatten().cloned().collect();
        transcripts.sort_by_key(|transcript| std::cmp::Reverse(transcript.modified));
        let count = belonging::count(&transcripts, &borders, environment.now);
        let roots = ground::roots(&workplace.repository, &aliases, environment);
        let folders = places(environment).folders();
        let is_elsewhere = |path: &&PathBuf| {
            let mut above = path.ancestors().skip(1);
            let folder = above.find_map(|above| folders.iter().find(|folder| folder.path == above));
            folder.is_some_and(|folder| !folder.may_be_of(&roots))
        };
        let filed_elsewhere = count.here.iter().map(|one| &one.path).filter(is_elsewhere).cloned().collect();
        let may_be_here = |(path, _): &&(PathBuf, String)| !is_elsewhere(&path);
        let unreadable = count.unreadable.iter().filter(may_be_here).cloned().collect();
        Self { count, filed_elsewhere, unreadable }
    }
}

fn transcripts_of(agent: &Agent, transcripts: &[Transcript], repository: Option<&OfRepository>) -> Diagnosis {
    let mut state = match transcripts.len() {
        1 => "1 transcript".to_owned(),
        count => format!("{count} transcripts"),
    };
    if let Some(OfRepository { count, filed_elsewhere, .. }) = repository {
        let here = count.here.iter().filter(|transcript| transcript.agent == *agent).count();
        let at_least = if count.is_cut { "at least " } else { "" };
        state += &format!(", {at_least}{here} of this repository");
        let elsewhere = |path: &&PathBuf| transcripts.iter().any(|transcript| transcript.path == **path);
        match filed_elsewhere.iter().filter(elsewhere).count() {
            0 => {}
            count => state += &format!(" ({count} filed under another folder)"),
        }
    }
    let newest = transcripts.iter().filter_map(|transcript| transcript.modified).max();
    let newest = newest.and_then(|time| Timestamp::try_from(time).ok()?.round(Unit::Second).ok());
    if let Some(newest) = newest {
        state += &format!(", the newest of {newest}");
    }
    Diagnosis::good(agent.title(), state)
}

/// Of each agent whose newest session was written by a newer version than this program knows.
fn newer_versions(readable: &BTreeMap<Agent, Vec<Transcript>>) -> Vec<Diagnosis> {
    let newest = |transcripts: &[Transcript]| {
        let small = transcripts.iter().filter(|one| one.size <= MOST_FOR_A_VERSION);
        let session = capture::read(&small.max_by_key(|one| one.modified)?.path).ok()?.pop()?;
        session.agent_versions.last().cloned()
    };
    let newer = |(agent, transcripts): (&Agent, &Vec<Transcript>)| {
        let version = newest(transcripts)?;
        let known = capture::newer_than_known(agent, &version)?;
        // What follows the numbers may be anything.
        let version: String = version.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let state = format!("{version} wrote the newest session; the newest version tested is {known}");
        Some(Diagnosis::problem(
            agent.title(),
            state,
            "look for a newer backstory: what is new in its sessions may be missing",
        ))
    };
    readable.iter().filter_map(newer).collect()
}

/// The agents that have sessions in this home which no reader reads.
fn unread_agents(home: &Path) -> Vec<Diagnosis> {
    let told = |(row, places): (&AgentRow, Vec<PathBuf>)| {
        let places: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
        let places = places.join(", ");
        let state = match row.is_read {
            true => format!("what it keeps in {places} is not read"),
            false => {
                format!("sessions in {places} are not read: only what the message or the shell says of it is kept")
            }
        };
        Diagnosis::good(row.title, state)
    };
    unread(home).into_iter().map(told).collect()
}

/// The agents that the settings map, and what of these is left out.
fn mapped(mapped: &MappedAgents) -> Vec<Diagnosis> {
    const SUBJECT: &str = "mapped agents";
    let state = |one: &MappedAgent| {
        let files = if one.files.is_empty() { "with --sessions".to_owned() } else { one.files.join(", ") };
        Diagnosis::good(SUBJECT, format!("{} ({}): {files}", one.agent, one.from))
    };
    let problem = |said: &String| Diagnosis::problem(SUBJECT, said.clone(), "docs/mapped-agents.md has the keys");
    let refused = |files: &String| {
        let state = format!("{} names {files}, which only you may say to hold sessions", config::FILE_NAME);
        let advice = format!(
            "if it does, copy the agent into a file of yours: git config --global {} FILE",
            mapped_agents::SETTING
        );
        Diagnosis::problem(SUBJECT, state, advice)
    };
    let good = mapped.agents.iter().map(state);
    good.chain(mapped.problems.iter().map(problem)).chain(mapped.refused.iter().map(refused)).collect()
}

/// The folders that stand for this repository: sessions at work there belong to it.
fn aliases(aliases: &Aliases) -> Vec<Diagnosis> {
    let mut findings = Vec::new();
    if !aliases.taken.is_empty() {
        let named: Vec<&str> = aliases.taken.iter().map(|alias| alias.named.as_str()).collect();
        findings
            .push(Diagnosis::good("aliases", format!("sessions in {} belong to this repository", named.join(", "))));
    }
    for named in &aliases.refused {
        let state = format!("`path_aliases` in {} names {named}, which a repository may not claim", config::FILE_NAME);
        let advice =
            format!("if its sessions belong here: git config --add {} FOLDER; else remove it", ground::SETTING);
        findings.push(Diagnosis::problem("aliases", state, advice));
    }
    findings
}

fn journals(repository: &Repository) -> Vec<Diagnosis> {
    let journals = Journals::open(repository);
    let mut findings = Vec::new();
    if journals.count() > 0 {
        findings.push(Diagnosis::good("journals", format!("{} in .backstory/sessions", journals.count())));
    }
    let broken = journals.problems.into_iter();
    findings.extend(broken.map(|problem| Diagnosis::problem("journal", problem, "fix the line that it names")));
    findings
}
