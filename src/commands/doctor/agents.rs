//! What agents left on this machine, and the journals of the repository: how much of it is there, and what of it cannot
//! be read.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

use jiff::{Timestamp, Unit};

use super::report::Finding;
use crate::capture::{self, Transcript};
use crate::commands::journals::Journals;
use crate::commands::sessions::places;
use crate::commands::{gather, hook};
use crate::config;
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::record::agent::Agent;

/// More of the same kind are counted and not named.
const NAMED: usize = 3;

pub(crate) fn look(environment: &Environment) -> Vec<Finding> {
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
    let repository = Repository::discover(&environment.cwd, None).ok();
    let of_repository = |agent: &Agent| {
        let repository = repository.as_ref()?;
        let aliases = repository.root().and_then(|root| config::read_file(root).ok()).unwrap_or_default().path_aliases;
        let roots = gather::roots(repository, aliases.into_keys().map(PathBuf::from));
        let (found, _) = capture::find_for_folders(&places, &roots, &|_| None);
        Some(found.iter().filter(|transcript| transcript.agent == *agent).count())
    };
    let mut findings = Vec::new();
    for (agent, transcripts) in &readable {
        findings.push(transcripts_of(agent, transcripts, of_repository(agent)));
    }
    if readable.is_empty() {
        findings
            .push(Finding::good("transcripts", "none in this home: only what the message or a journal says is kept"));
    }
    if let Some(inside) = hook::inside(environment) {
        findings.push(Finding::good("this shell", format!("{}'s ({})", inside.agent.title(), inside.variable)));
    }
    let count = unreadable.len();
    findings.extend(unreadable.into_iter().take(NAMED).map(|(path, message)| {
        Finding::problem(
            "transcript",
            format!("{} {message}", path.display()),
            "mend it or move it away; the others are read",
        )
    }));
    if count > NAMED {
        let state = format!("{} more cannot be read", count - NAMED);
        findings.push(Finding::problem("transcripts", state, "mend those above and look again"));
    }
    findings.extend(repository.as_ref().map(journals).unwrap_or_default());
    findings
}

/// A folder can be opened like a file on some systems.
fn why_unreadable(transcript: &Transcript) -> Option<String> {
    match File::open(&transcript.path).and_then(|file| file.metadata()) {
        Ok(data) if data.is_file() => None,
        Ok(_) => Some("it is no file".to_owned()),
        Err(error) => Some(error.to_string()),
    }
}

fn transcripts_of(agent: &Agent, transcripts: &[Transcript], here: Option<usize>) -> Finding {
    let mut state = match transcripts.len() {
        1 => "1 transcript".to_owned(),
        count => format!("{count} transcripts"),
    };
    if let Some(here) = here {
        state += &format!(", {here} of this repository");
    }
    let newest = transcripts.iter().filter_map(|transcript| transcript.modified).max();
    let newest = newest.and_then(|time| Timestamp::try_from(time).ok()?.round(Unit::Second).ok());
    if let Some(newest) = newest {
        state += &format!(", the newest of {newest}");
    }
    Finding::good(agent.title(), state)
}

fn journals(repository: &Repository) -> Vec<Finding> {
    let journals = Journals::open(repository);
    let mut findings = Vec::new();
    if journals.count() > 0 {
        findings.push(Finding::good("journals", format!("{} in .backstory/sessions", journals.count())));
    }
    let broken = journals.problems.into_iter();
    findings.extend(broken.map(|problem| Finding::problem("journal", problem, "mend the line that it names")));
    findings
}
