//! Word for the post-commit hook of the same commit, which its script reads with the shell's own means and then ends: no session
//! and no journal has a part in what is committed, and the message says nothing, so that nothing is to be recorded. Only where
//! nothing else waits for that hook; the next commit-msg checks that the commit was as this one saw it (`pending`).

use std::fs;

use jiff::{SignedDuration, Timestamp};

use super::idle_stamp::is_under_way;
use super::{opt_out, pending};
use crate::environment::Environment;
use crate::files;
use crate::git::caller;
use crate::git::repository::Repository;
use crate::idle::stamp::folded;
use crate::link::stated;
use crate::record::commit::{Commit, Person};
use crate::recorder::workplace::Workplace;
use crate::recorder::{made_from, spool};
use crate::state::paths as state_paths;

/// The process of git, where the hook's script reads word for it.
const GIT: &str = "BACKSTORY_GIT";
/// Who gives a new commit the date of the last one amends it. Unless the last one was made so lately.
const LATELY: SignedDuration = SignedDuration::from_secs(2);

/// Word that may be left.
pub(super) struct Passing {
    git: u32,
}

impl Passing {
    /// `None` where post-commit is to look for itself. `commit` is what is about to be made, its message as it came from the
    /// editor: with more in it than the commit will have.
    pub(super) fn of(workplace: &Workplace, environment: &Environment, commit: &Commit) -> Option<Self> {
        let repository = &workplace.repository;
        let head = commit.parents.first()?;
        let git: u32 = environment.variable(GIT)?.parse().ok()?;
        let git_dir = repository.git_dir();
        let is_plain = !opt_out::may_be_told(environment)
            && git_dir == repository.common_dir()
            && !is_under_way(git_dir)
            && pending::is_plain(repository, head)
            && spool::list(repository).is_empty()
            && says_nothing(environment, commit.message.expose())
            && !amends(repository, environment, head, git);
        is_plain.then_some(Self { git })
    }

    /// Without it post-commit looks for itself.
    pub(super) fn leave_word(self, repository: &Repository) {
        let path = state_paths::at(repository.common_dir(), state_paths::PASSED);
        // What somebody put in its way is not written through.
        let is_ours = fs::symlink_metadata(&path).map_or_else(|error| error.kind() == NOT_FOUND, |data| data.is_file());
        if is_ours {
            let _ = files::overwrite(&path, &format!("{}\n", self.git));
        }
    }
}

const NOT_FOUND: std::io::ErrorKind = std::io::ErrorKind::NotFound;

/// Whether the message and the author surely say nothing of agents, nor of commits that this one was made from. Git tells the
/// hooks of the author.
fn says_nothing(environment: &Environment, message: &str) -> bool {
    let told = |name: &str| environment.told(name).map(|value| value.into_owned());
    let (Some(name), Some(email)) = (told("GIT_AUTHOR_NAME"), told("GIT_AUTHOR_EMAIL")) else { return false };
    let author = Person { name, email };
    let message = folded(message);
    let says = |word: &str| message.contains(word);
    stated::statements(&[], "", &author, &author, None).is_empty()
        && !stated::telling_words().iter().any(|word| says(word))
        && !made_from::TELLING.iter().any(|word| says(&folded(word)))
}

/// Whether the last commit is made anew. Where neither the arguments of git nor the author's date say so, the next commit-msg
/// finds it out.
fn amends(repository: &Repository, environment: &Environment, head: &str, git: u32) -> bool {
    let given = environment.told("GIT_AUTHOR_DATE");
    let seconds = given.as_deref().and_then(|date| date.trim_start_matches('@').split(' ').next()?.parse().ok());
    let Some(given) = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()) else { return true };
    let Ok(times) = repository.times(head) else { return true };
    let is_new = environment.now.duration_since(given).abs() <= LATELY;
    (given == times.authored && !is_new) || caller::amends(git)
}
