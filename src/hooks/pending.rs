//! What commit-msg sees and post-commit no longer does: the commits that a squash or cherry-pick takes from. Git removes
//! its own notes of them before post-commit runs.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};

use crate::failpoint;
use crate::files;
use crate::git::repository::Repository;
use crate::recorder::spool::{self, Due};
use crate::state::paths as state_paths;
use crate::text::ids::is_commit_id;

/// Git's own notes of where a commit comes from, in the folder of the worktree.
const SQUASH: &str = "SQUASH_MSG";
const CHERRY_PICK: &str = "CHERRY_PICK_HEAD";
/// Before the id of the commit that was checked out.
const ON: &str = "on ";
/// Before the id of the commit that the last post-commit saw.
const WAS: &str = "was ";
/// Before the id of the commit of which the last commit took a part.
const REST: &str = "rest ";
/// Before the id of a tree that no session had a part in.
const NOTHING: &str = "nothing ";
/// The same where the message says nothing either, so that no post-commit is to be expected.
const SILENT: &str = "silent ";

fn path(repository: &Repository) -> PathBuf {
    state_paths::at(repository.git_dir(), state_paths::PENDING)
}

/// Called before the commit is made: keeps the commit that it will stand on, and those it is made from. Nothing is
/// written where no agent is at work (`is_quiet`) and the commit is made from no other. Where the last commit came to no
/// post-commit (that was killed before it could say anything), its id goes on the spool.
pub(crate) fn remember(repository: &Repository, is_quiet: bool) -> anyhow::Result<()> {
    failpoint::reach("pending.write")?;
    let path = path(repository);
    let before = files::read_text(&path, files::LIMIT).or_else(|_| {
        // A symlink or a pipe, which somebody put there: nothing is written through it.
        fs::remove_file(&path).map(|()| None).with_context(|| format!("{} is in the way, move it away", path.display()))
    })?;
    let sources = sources_now(repository);
    if is_quiet && sources.is_empty() && before.as_ref().is_none_or(|before| before.starts_with(WAS)) {
        return Ok(());
    }
    let stays = |line: &&str| id_after(WAS, line).or_else(|| id_after(REST, line)).is_some();
    let mut was: String =
        before.iter().flat_map(|before| before.lines().filter(stays)).map(|line| format!("{line}\n")).collect();
    let head = repository.head();
    let made = before.as_ref().zip(head.as_ref()).and_then(|(before, head)| made(repository, &path, before, head));
    let mut spooled = Ok(());
    match made {
        Some(Made::Passed(commit)) => was = format!("{WAS}{commit}\n"),
        Some(Made::Missed(due)) => spooled = spool::put_for_anyone(repository, &[due]),
        None => {}
    }
    if is_quiet && sources.is_empty() {
        // What else stands there is of a commit that was given up.
        if was.is_empty() {
            fs::remove_file(&path)?
        } else {
            files::overwrite(&path, &was)?
        };
        return Ok(spooled?);
    }
    let cannot = || format!("{} cannot be written", path.display());
    fs::create_dir_all(files::folder_below(repository.git_dir(), state_paths::FOLDER)?).with_context(cannot)?;
    let mut text = format!("{ON}{}\n{was}", head.unwrap_or_default());
    for source in sources {
        text.push_str(&source);
        text.push('\n');
    }
    files::overwrite(&path, &text).with_context(cannot)?;
    Ok(spooled?)
}

/// Called when no session and no journal can have a part in what is about to be committed, whatever the commit's times
/// and message will be, so that they need not be looked for again when it is made. `is_silent` where the message says nothing
/// either, and the post-commit hook is told so ([`super::passing`]).
pub(crate) fn nothing_in(repository: &Repository, tree: &str, is_silent: bool) -> std::io::Result<()> {
    let mut file = OpenOptions::new().append(true).open(path(repository))?;
    writeln!(file, "{}{tree}", if is_silent { SILENT } else { NOTHING })
}

/// Whether nothing is kept for the commit that is about to be made on `head` but that it will stand there, and that the last
/// post-commit saw this one: behind another there may be commits that no hook saw.
pub(super) fn is_plain(repository: &Repository, head: &str) -> bool {
    let text = files::read_text(&path(repository), files::LIMIT).ok().flatten().unwrap_or_default();
    let mut lines = text.lines();
    let stands_there = lines.next().and_then(|line| line.strip_prefix(ON)) == Some(head);
    let mut rest = lines.peekable();
    stands_there && rest.peek().is_some() && rest.all(|line| line.strip_prefix(WAS) == Some(head))
}

/// Whether [`nothing_in`] was said of this commit: of its tree, on its parent, and just now.
pub(crate) fn has_nothing(repository: &Repository, commit: &str, now: Timestamp) -> bool {
    let path = path(repository);
    let Some(text) = fresh_text(&path, now) else { return false };
    let Ok((parent, tree)) = repository.stands_on(commit) else { return false };
    let mut lines = text.lines();
    let on = lines.next().and_then(|line| line.strip_prefix(ON));
    let is_nothing = |line: &str| line.strip_prefix(NOTHING).or_else(|| line.strip_prefix(SILENT)) == Some(&tree);
    on == Some(parent.as_deref().unwrap_or_default()) && lines.any(is_nothing)
}

/// What became of the commit that commit-msg saw last, where no post-commit took it up.
enum Made {
    /// It is as commit-msg saw it, of whom nothing was to be recorded: its id.
    Passed(String),
    Missed(Due),
}

fn made(repository: &Repository, path: &Path, before: &str, head: &str) -> Option<Made> {
    let due = untaken(repository, path, before, head)?;
    // Somebody may have staged more meanwhile, and an amended commit stands elsewhere.
    let is_passed = before.lines().find_map(|line| line.strip_prefix(SILENT)).is_some_and(|silent| {
        let on = before.lines().next().and_then(|line| line.strip_prefix(ON));
        let seen = repository.stands_on(&due.commit).ok();
        seen.is_some_and(|(parent, tree)| parent.as_deref() == on && tree == silent)
    });
    Some(if is_passed { Made::Passed(due.commit) } else { Made::Missed(due) })
}

/// The commit that was made after `before` was written and that no post-commit took up: it stands on the commit named
/// there and is of the same minute, or it is what HEAD moved to from there by `git commit`. Anything else at the head has
/// nothing to do with it.
fn untaken(repository: &Repository, path: &Path, before: &str, head: &str) -> Option<Due> {
    let mut lines = before.lines();
    let base = lines.next()?.strip_prefix(ON)?;
    let sources: Vec<String> = lines.filter(|id| is_commit_id(id)).map(str::to_owned).collect();
    let due = |commit: &str| Due { commit: commit.to_owned(), sources };
    let parent = repository.resolve(&format!("{head}^1")).unwrap_or_default();
    let made_at = repository.times(head).ok()?.committed;
    if parent == base && is_fresh(path, made_at) {
        return Some(due(head));
    }
    // The dates of commits and of the log may be given to git; when the log was written is not.
    let (moves, written) = repository.head_moves();
    let base = if base.is_empty() { "0".repeat(40) } else { base.to_owned() };
    let made = moves.iter().take_while(|one| one.to != base).find(|one| one.from == base)?;
    let logged = made.at.and_then(|at| Timestamp::from_second(at).ok());
    let written = written.and_then(|at| Timestamp::try_from(at).ok());
    let is_of_the_minute = logged.into_iter().chain(written).any(|at| is_fresh(path, at));
    (made.what.starts_with("commit") && is_of_the_minute).then(|| due(&made.to))
}

/// For post-commit: the commit that commit-msg saw, where another one stands on it already. A hook of another tool that
/// commits does that, before ours runs.
pub(crate) fn overtaken(repository: &Repository) -> Option<Due> {
    let path = path(repository);
    let before = files::read_text(&path, files::LIMIT).ok()??;
    let head = repository.head()?;
    let parent = repository.stands_on(&head).ok()?.0.unwrap_or_default();
    if before.lines().next()?.strip_prefix(ON)? == parent {
        return None;
    }
    match made(repository, &path, &before, &head)? {
        Made::Missed(due) => Some(due).filter(|due| due.commit != head),
        Made::Passed(_) => None,
    }
}

/// What was kept until now.
#[derive(Debug, Default)]
pub(crate) struct PendingSources {
    /// The commits that this one is made from.
    pub(crate) sources: Vec<String>,
    /// The commit that the last post-commit saw here; `None` where no agent was at work then.
    pub(crate) was: Option<String>,
    /// The commit of which the last one took a part.
    pub(crate) rest: Option<String>,
}

/// Called after the commit was made.
pub(crate) fn read(repository: &Repository, now: Timestamp) -> PendingSources {
    let path = path(repository);
    let text = files::read_text(&path, files::LIMIT).ok().flatten().unwrap_or_default();
    let after = |key: &str| text.lines().find_map(|line| id_after(key, line)).map(str::to_owned);
    let (mut was, rest) = (after(WAS), after(REST));
    // Of which no commit-msg has taken note, for none ran with this commit.
    if text.lines().any(|line| line.starts_with(SILENT))
        && let Some(head) = repository.head()
        && let Some(Made::Passed(commit)) = made(repository, &path, &text, &head)
        && commit != head
    {
        was = Some(commit);
    }
    let mut sources: Vec<String> = text.lines().filter(|line| is_commit_id(line)).map(str::to_owned).collect();
    if !sources.is_empty() && !is_fresh(&path, now) {
        sources.clear();
    }
    // A cherry-pick runs no commit-msg hook, and its note still stands when post-commit runs.
    sources.extend(sources_now(repository));
    sources.sort();
    sources.dedup();
    PendingSources { sources, was, rest }
}

fn id_after<'a>(key: &str, line: &'a str) -> Option<&'a str> {
    line.strip_prefix(key).filter(|id| is_commit_id(id))
}

/// Called when the ids are safe elsewhere: only which commit was seen is kept, and of which one a part is left. Where nothing
/// was noted down and no agent is at work, nothing is.
pub(crate) fn seen(repository: &Repository, is_quiet: bool, rest: Option<&str>) {
    let path = path(repository);
    let is_there = fs::symlink_metadata(&path).is_ok_and(|data| data.is_file());
    if is_quiet && !is_there {
        return;
    }
    let Some(head) = repository.head() else { return };
    // Without it the next post-commit does not look for commits that came without one.
    if let Ok(folder) = files::folder_below(repository.git_dir(), state_paths::FOLDER)
        && fs::create_dir_all(folder).is_ok()
        && (is_there || fs::symlink_metadata(&path).is_err())
    {
        let rest = rest.map(|id| format!("{REST}{id}\n")).unwrap_or_default();
        let _ = files::overwrite(&path, &format!("{WAS}{head}\n{rest}"));
    }
}

fn fresh_text(path: &Path, now: Timestamp) -> Option<String> {
    is_fresh(path, now).then(|| files::read_text(path, files::LIMIT).ok().flatten()).flatten()
}

/// Git makes the commit right after commit-msg. What is older is of a commit that was given up, before one with
/// `--no-verify`.
fn is_fresh(path: &Path, now: Timestamp) -> bool {
    let written = fs::symlink_metadata(path).and_then(|data| data.modified()).ok();
    let written = written.and_then(|time| Timestamp::try_from(time).ok());
    written.is_some_and(|at| now.duration_since(at).abs() < SignedDuration::from_secs(60))
}

fn sources_now(repository: &Repository) -> Vec<String> {
    let read = |name: &str| fs::read_to_string(repository.git_dir().join(name)).unwrap_or_default();
    let squash = read(SQUASH);
    let squashed = squash.lines().filter_map(|line| line.strip_prefix("commit ")).map(str::trim);
    let picked = read(CHERRY_PICK);
    squashed.chain(picked.lines().map(str::trim)).filter(|id| is_commit_id(id)).map(str::to_owned).collect()
}

/// Whether the commit that is being made joins branches.
pub(crate) fn is_merge(repository: &Repository) -> bool {
    repository.git_dir().join("MERGE_HEAD").exists()
}
