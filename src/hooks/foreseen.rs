//! The commit that git will make after commit-msg, as far as it can be known then: for the record that is prepared for it. Whether it
//! came to that, post-commit compares (`recorder::prepared`).

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::idle_stamp::is_under_way;
use crate::environment::Environment;
use crate::git::staged;
use crate::record::commit::{Commit, Person, Trees};
use crate::record::text::Raw;
use crate::recorder::compose::NO_ID;
use crate::recorder::prepared::Foreseen;
use crate::recorder::workplace::Workplace;

/// A commit with a date farther from now was given it.
const NOW: SignedDuration = SignedDuration::from_secs(30);

/// `staged` with what else the commit will have, but for its message. `index` is the value of `GIT_INDEX_FILE`. `None` for one that is
/// not plainly made of what is staged, and now.
pub(super) fn commit(
    workplace: &Workplace,
    environment: &Environment,
    staged: &Commit,
    index: Option<&Path>,
) -> Option<Commit> {
    let repository = &workplace.repository;
    let head = staged.parents.first()?;
    if is_under_way(repository.git_dir()) {
        return None;
    }
    let told = |name: &str| environment.told(name).map(|value| value.into_owned());
    // Git tells its hooks: `@SECONDS ZONE`. Without another variable it takes the same time for both dates.
    let date = told("GIT_AUTHOR_DATE")?;
    let at = Timestamp::from_second(date.strip_prefix('@')?.split(' ').next()?.parse().ok()?).ok()?;
    if environment.now.duration_since(at).abs() > NOW {
        return None;
    }
    Some(Commit {
        id: Some(NO_ID.to_owned()),
        author: Person { name: told("GIT_AUTHOR_NAME")?, email: told("GIT_AUTHOR_EMAIL")? },
        authored_at: at,
        committed_at: at,
        trees: Some(Trees {
            own: staged::tree(repository, index).ok()?,
            base: Some(repository.stands_on(head).ok()?.1),
        }),
        ..staged.clone()
    })
}

/// The same with the message as git will clean it up (git-commit(1), `--cleanup`).
pub(super) fn with_message(foreseen: Foreseen, environment: &Environment, message: &[u8]) -> Option<Foreseen> {
    // As git tells its hooks that no editor was opened.
    let keeps_comments = environment.told("GIT_EDITOR").is_some_and(|editor| editor == ":");
    let message = cleaned(std::str::from_utf8(message).ok()?, keeps_comments);
    Some(Foreseen { commit: Commit { message: Raw::new(message), ..foreseen.commit }, ..foreseen })
}

fn cleaned(message: &str, keeps_comments: bool) -> String {
    let mut cleaned = String::with_capacity(message.len());
    let mut is_after_blank = false;
    for line in message.lines().filter(|line| keeps_comments || !line.starts_with('#')) {
        let line = line.trim_end();
        if line.is_empty() {
            is_after_blank = !cleaned.is_empty();
            continue;
        }
        if std::mem::take(&mut is_after_blank) {
            cleaned.push('\n');
        }
        cleaned.push_str(line);
        cleaned.push('\n');
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::cleaned;

    #[test]
    fn a_message_is_cleaned_up_as_git_does_it() {
        for (message, kept, without) in [
            ("a\n", "a\n", "a\n"),
            ("\n\na  \n\n\n\nb", "a\n\nb\n", "a\n\nb\n"),
            ("a\n\n# not this\n\n", "a\n\n# not this\n", "a\n"),
            ("a\n# x\nb\n\n#\n", "a\n# x\nb\n\n#\n", "a\nb\n"),
            ("\n", "", ""),
        ] {
            assert_eq!(
                (cleaned(message, true).as_str(), cleaned(message, false).as_str()),
                (kept, without),
                "{message:?}"
            );
        }
    }
}
