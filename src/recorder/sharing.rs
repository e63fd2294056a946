//! Whether records leave this clone, and who decided it: a person by `backstory.sharing` in git's configuration, a team by
//! the `.backstory.yml` that is committed. Either that says `local` wins; where nobody decided, the records stay.

use super::team::Team;
use crate::config::{self, Config, Sharing};
use crate::git::repository::Repository;
use crate::install::receipt::Receipt;
use crate::state::paths as state_paths;

/// The name of a person's decision in git's configuration.
pub(crate) const SHARING: &str = "backstory.sharing";

/// Who decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DecidedBy {
    Person,
    Team,
    /// Nobody, and an `init` from before that was a question shared the records: so they go on being shared.
    EarlierInit,
    Nobody,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) sharing: Sharing,
    pub(crate) by: DecidedBy,
}

/// What is known of the wishes of person and team.
#[derive(Clone, Copy, Debug, Default)]
struct Wishes {
    person: Option<Sharing>,
    /// The file in the work tree, which anything may have written.
    file: Option<Sharing>,
    /// What the team decided.
    team: Option<Sharing>,
    is_from_earlier_init: bool,
}

/// The decision for a clone whose settings on disk are `config`, of a team with these files.
///
/// # Errors
/// When git's settings cannot be read: somebody may have kept the records here.
pub(crate) fn in_force(repository: &Repository, config: &Config, team: &Team) -> anyhow::Result<Decision> {
    let person = repository.settings()?.string(SHARING);
    let receipt = Receipt::read(&state_paths::folder(repository.common_dir())).ok().flatten();
    Ok(decide(Wishes {
        person: config::personal_sharing(person.as_deref()),
        file: config.sharing,
        team: team.sharing(),
        is_from_earlier_init: receipt.is_some_and(|receipt| !receipt.asks_before_sharing),
    }))
}

fn decide(wishes: Wishes) -> Decision {
    let Wishes { person, file, team, is_from_earlier_init } = wishes;
    let (sharing, by) = match (person, file, team) {
        (Some(Sharing::Local), ..) => (Sharing::Local, DecidedBy::Person),
        (_, Some(Sharing::Local), _) | (.., Some(Sharing::Local)) => (Sharing::Local, DecidedBy::Team),
        (Some(Sharing::Notes), ..) => (Sharing::Notes, DecidedBy::Person),
        (None, _, Some(Sharing::Notes)) => (Sharing::Notes, DecidedBy::Team),
        (None, _, None) if is_from_earlier_init => (Sharing::Notes, DecidedBy::EarlierInit),
        (None, _, None) => (Sharing::Local, DecidedBy::Nobody),
    };
    Decision { sharing, by }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_has_to_share_and_anybody_can_keep() {
        let (notes, local) = (Some(Sharing::Notes), Some(Sharing::Local));
        for (name, person, file, team, is_from_earlier_init, expected) in [
            ("nobody decided", None, None, None, false, (Sharing::Local, DecidedBy::Nobody)),
            (
                "a file that is not committed decides nothing",
                None,
                notes,
                None,
                false,
                (Sharing::Local, DecidedBy::Nobody),
            ),
            ("the team shares", None, notes, notes, false, (Sharing::Notes, DecidedBy::Team)),
            ("the team shares, the file is gone here", None, None, notes, false, (Sharing::Notes, DecidedBy::Team)),
            ("the person shares", notes, None, None, false, (Sharing::Notes, DecidedBy::Person)),
            ("the person keeps what the team shares", local, notes, notes, true, (Sharing::Local, DecidedBy::Person)),
            ("the team keeps what the person shares", notes, None, local, true, (Sharing::Local, DecidedBy::Team)),
            ("a new file keeps before it is committed", notes, local, notes, true, (Sharing::Local, DecidedBy::Team)),
            ("set up before that was a question", None, notes, None, true, (Sharing::Notes, DecidedBy::EarlierInit)),
        ] {
            let decision = decide(Wishes { person, file, team, is_from_earlier_init });
            assert_eq!((decision.sharing, decision.by), expected, "{name}");
        }
    }
}
