//! What hooks could not do: commits whose record is still to be written, and what the log last said.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::report::Diagnosis;
use crate::environment::Environment;
use crate::git::notes;
use crate::git::repository::Repository;
use crate::recorder::undelivered::{self, Refusal};
use crate::recorder::workplace::discover;
use crate::recorder::{no_trailers, refused, spool};
use crate::state::paths as state_paths;
use crate::text::ids::short;

/// Lines of the log that are shown, the last ones.
const LINES: usize = 3;
/// Commits of this branch whose records are looked for.
const LOOKED_AT: usize = 200;
/// The end of the log that is looked at, in bytes.
const TAIL: u64 = 16 * 1024;
/// A line that is older says what was, and not what is.
const RECENT: SignedDuration = SignedDuration::from_hours(24);

pub(crate) fn look(environment: &Environment) -> Vec<Diagnosis> {
    // That there is none was said above.
    let Ok(repository) = discover(environment) else { return Vec::new() };
    let mut findings = vec![waiting(&repository)];
    findings.extend(without_record(&repository));
    findings.extend(refusals(&repository));
    findings.extend(undelivered::all(&repository).iter().map(|(remote, refusal)| not_taken(remote, refusal)));
    if no_trailers::is_known(&repository) {
        let path = no_trailers::path(&repository);
        let state = "not added in this clone: the commit-msg hook from before backstory refuses them";
        findings.push(Diagnosis::good("trailers", format!("{state}; to try again, delete {}", path.display())));
    }
    findings.extend(log(&state_paths::at(repository.common_dir(), state_paths::LOG), environment.now));
    findings
}

fn waiting(repository: &Repository) -> Diagnosis {
    let entries = spool::list(repository);
    let commits = entries.iter().map(|entry| entry.due.len()).sum::<usize>();
    let Some(first) = entries.first().and_then(|entry| entry.due.first()) else {
        return Diagnosis::good("unfinished records", "none");
    };
    let commits = if commits == 1 { "1 commit".to_owned() } else { format!("{commits} commits") };
    let id = short(&first.commit);
    let mut state = format!("{commits}, the oldest {id}");
    let tries = entries.iter().map(|entry| entry.tries).max().unwrap_or(0);
    if tries > 0 {
        state += &format!(", tried {tries} times");
    }
    Diagnosis::problem(
        "unfinished records",
        state,
        "the next commit makes them, and `backstory backfill HEAD` at once; if they stay, the log says why",
    )
}

/// The person's own commits of this branch whose message names a session and that have no record, here or fetched: a hook that
/// never ran noted nothing down.
fn without_record(repository: &Repository) -> Option<Diagnosis> {
    let git = repository.handle();
    let mut walk = git.revwalk().ok()?;
    walk.push_head().ok()?;
    let own = repository.config_string("user.email");
    let names_a_session = |id: &git2::Oid| {
        let Ok(commit) = git.find_commit(*id) else { return false };
        let is_own = own.as_ref().is_none_or(|own| own.as_bytes() == commit.committer().email_bytes());
        is_own && memchr::memmem::find(commit.message_bytes(), b"\nBackstory-Session: ").is_some()
    };
    let ids = walk.take(LOOKED_AT).filter_map(Result::ok).filter(names_a_session);
    let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
    let here = notes::read_many(repository, &ids).ok()?;
    let mut lost: Vec<&String> = ids.iter().zip(here).filter(|(_, note)| note.is_none()).map(|(id, _)| id).collect();
    if lost.is_empty() {
        return None;
    }
    let fetched = git.references_glob("refs/notes/remotes/*/backstory").ok()?;
    for name in fetched.flatten().filter_map(|reference| reference.name().map(str::to_owned).ok()) {
        let known = notes::list_at(repository, &name).unwrap_or_default();
        lost.retain(|id| !known.contains(id));
    }
    let id = short(lost.first()?);
    let count = if lost.len() == 1 { "1 commit names".to_owned() } else { format!("{} commits name", lost.len()) };
    let state =
        format!("{count} a session in the message and have no record, the last {id} (of {LOOKED_AT} looked at)")
            .replace("names a session in the message and have", "names a session in the message and has");
    let advice = "`backstory backfill HEAD` makes the records, where the sessions are still on this machine";
    Some(Diagnosis::problem("missing records", state, advice))
}

fn refusals(repository: &Repository) -> Option<Diagnosis> {
    let refused = refused::list(repository);
    let (commit, reason) = refused.last()?;
    let id = short(commit);
    let count = if refused.len() == 1 { "1 commit".to_owned() } else { format!("{} commits", refused.len()) };
    let state = format!("{count}, the last {id}: {reason}");
    Some(Diagnosis::problem(
        "refused records",
        state,
        "`backstory backfill HEAD` tries again, with this version's rules",
    ))
}

fn not_taken(remote: &str, refusal: &Refusal) -> Diagnosis {
    let since = refusal.since.strftime("%F");
    let times = if refusal.times == 1 { "1 push".to_owned() } else { format!("{} pushes", refusal.times) };
    let state = match &refusal.reason {
        Some(reason) => format!("{remote} refuses them since {since} ({times}): {reason}"),
        None => format!("{remote} gave no answer in time ({times})"),
    };
    Diagnosis::problem(
        "sharing records",
        state,
        "let the server take refs/notes/backstory, or keep the records here: `git config backstory.sharing local`",
    )
}

fn log(path: &Path, now: Timestamp) -> Vec<Diagnosis> {
    let text = match tail(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return vec![Diagnosis::good("log", "empty")],
        Err(error) => {
            let state = format!("{} cannot be read: {error}", path.display());
            return vec![Diagnosis::problem("log", state, "move it away; the next hook makes a new one")];
        }
    };
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].iter().map(|line| said(line, path, now)).collect()
}

fn said(line: &str, path: &Path, now: Timestamp) -> Diagnosis {
    let at = line.split(' ').next().and_then(|at| at.parse::<Timestamp>().ok());
    if at.is_some_and(|at| now.duration_since(at) < RECENT) {
        let advice = format!("fix the problem it reports, then delete {}", path.display());
        Diagnosis::problem("log", line, advice)
    } else {
        Diagnosis::good("log", line)
    }
}

/// The end of a log, from the beginning of a line on. Another thing than a file is an error, and is not opened.
fn tail(path: &Path) -> io::Result<String> {
    let data = fs::symlink_metadata(path)?;
    if !data.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut file = File::open(path)?;
    let start = data.len().saturating_sub(TAIL);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let from = if start == 0 { 0 } else { text.find('\n').map_or(0, |end| end + 1) };
    Ok(text[from..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(text: &str) -> Vec<(String, bool)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, text).unwrap();
        let found = log(&path, "2026-02-24T15:00:00Z".parse().unwrap());
        found.into_iter().map(|finding| (finding.state, finding.advice.is_some())).collect()
    }

    #[test]
    fn the_last_lines_of_the_log_are_shown_and_those_of_today_are_problems() {
        let text = "2026-02-01T10:00:00Z a\n2026-02-02T10:00:00Z b\n2026-02-24T14:00:00Z c\n2026-02-24T14:59:00Z d\n";
        assert_eq!(
            states(text),
            [
                ("2026-02-02T10:00:00Z b".to_owned(), false),
                ("2026-02-24T14:00:00Z c".to_owned(), true),
                ("2026-02-24T14:59:00Z d".to_owned(), true)
            ]
        );
        assert_eq!(states(""), []);
        let long = format!("{}\n2026-02-24T14:00:00Z end\n", "x".repeat(20_000));
        assert_eq!(states(&long), [("2026-02-24T14:00:00Z end".to_owned(), true)]);
    }
}
