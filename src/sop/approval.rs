//! Whether reviews of a pull request approve a document: pure, over what the forge said. A person's approval of exactly the commit
//! that holds it counts; that of an agent, a bot or an author of the change does not.

use super::life::Illegal;

/// One review of a pull request, oldest first in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Review {
    pub id: u64,
    pub login: String,
    /// `None` where the forge does not tell people from bots.
    pub is_person: Option<bool>,
    /// Whether the reviewer may push to the repository; `None` where the forge does not say.
    pub may_write: Option<bool>,
    pub verdict: Verdict,
    /// Full id of the commit that was reviewed.
    pub commit: String,
    pub at: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Approved,
    ChangesRequested,
    /// Taken back by somebody.
    Dismissed,
    /// A comment, or a review that is not sent yet.
    Other,
}

/// A pull request as far as an approval depends on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reviewed {
    /// Full id of its newest commit.
    pub head: String,
    /// Logins of who opened it and who made its commits.
    pub authors: Vec<String>,
    pub reviews: Vec<Review>,
}

/// Why no review approves it: a sentence for each review that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no review of this pull request approves it{}", list(.0))]
pub(crate) struct NotApproved(pub Vec<String>);

fn list(reasons: &[String]) -> String {
    match reasons {
        [] => ": nobody reviewed it yet".to_owned(),
        reasons => reasons.iter().map(|reason| format!("\n  {reason}")).collect(),
    }
}

/// The reviews that approve the newest commit.
///
/// # Errors
/// When there is none, or somebody asks for changes, with what is missing for each.
pub(crate) fn approving<'a>(pull: &'a Reviewed, approvers: &[String]) -> Result<Vec<&'a Review>, NotApproved> {
    let mut reasons = Vec::new();
    let mut found = Vec::new();
    let mut is_stopped = false;
    for review in last_of_each(&pull.reviews) {
        match refusal(review, pull, approvers) {
            None => found.push(review),
            Some(reason) => {
                // A bot stops nothing, nor does a passer-by: what they ask for is for people of the project to judge.
                let counts = review.is_person != Some(false) && review.may_write != Some(false);
                is_stopped |= review.verdict == Verdict::ChangesRequested && counts;
                reasons.push(format!("{}: {reason}", review.login));
            }
        }
    }
    if found.is_empty() || is_stopped { Err(NotApproved(reasons)) } else { Ok(found) }
}

/// What each person last decided; a comment decides nothing.
fn last_of_each(reviews: &[Review]) -> Vec<&Review> {
    let mut last: Vec<&Review> = Vec::new();
    for review in reviews.iter().filter(|review| review.verdict != Verdict::Other) {
        last.retain(|earlier| !is_same(&earlier.login, &review.login));
        last.push(review);
    }
    last
}

fn refusal(review: &Review, pull: &Reviewed, approvers: &[String]) -> Option<String> {
    let is_listed = approvers.iter().any(|one| is_same(one.trim_start_matches('@'), &review.login));
    match review.verdict {
        Verdict::Dismissed => return Some("the review was dismissed".to_owned()),
        Verdict::ChangesRequested => return Some("asks for changes".to_owned()),
        Verdict::Approved | Verdict::Other => {}
    }
    let login = &review.login;
    if review.is_person == Some(false) || login.ends_with("[bot]") {
        return Some("a bot cannot approve".to_owned());
    }
    if review.is_person.is_none() && !is_listed {
        return Some("this forge does not tell people from bots: name the login in `approvers`".to_owned());
    }
    if pull.authors.iter().any(|author| is_same(author, login)) {
        return Some("an author of the change cannot approve it".to_owned());
    }
    if !approvers.is_empty() && !is_listed {
        return Some("is not one of the approvers in .backstory/process.toml".to_owned());
    }
    if review.commit != pull.head {
        let short = |id: &str| id.chars().take(12).collect::<String>();
        return Some(format!(
            "approved {}, which is not the newest commit {}",
            short(&review.commit),
            short(&pull.head)
        ));
    }
    match review.may_write {
        Some(false) => Some("has no write access to the repository".to_owned()),
        None if !is_listed => {
            Some("whether this login may write to the repository is not known: name it in `approvers`".to_owned())
        }
        _ => None,
    }
}

fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// Why a terminal does not count as a person's here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoPerson {
    #[error("this shell belongs to {0}: an agent cannot approve\nhint: {HINT}")]
    AgentShell(String),
    #[error("{0} runs above this shell: an agent cannot approve\nhint: {HINT}")]
    AgentAbove(String),
    #[error(
        "this is a CI job, which cannot approve\nhint: `backstory sop approve SLUG --pull-request N` checks a review"
    )]
    Ci,
    #[error("there is no terminal to ask a person at\nhint: {HINT}")]
    NoTerminal,
    #[error("that is not the beginning of the digest: nothing was approved")]
    NotTyped,
    #[error("this project asks for a review\nhint: `backstory sop approve SLUG --pull-request N`")]
    ReviewWanted,
    #[error("{0} is not one of the approvers in .backstory/process.toml")]
    NotListed(String),
    #[error(transparent)]
    Illegal(#[from] Illegal),
}

const HINT: &str = "a person types this in a terminal of their own, or approves the pull request";

#[cfg(test)]
mod tests {
    use super::*;

    fn review(login: &str, verdict: Verdict, commit: &str) -> Review {
        let is_person = Some(!login.contains("bot"));
        Review {
            id: 1,
            login: login.to_owned(),
            is_person,
            may_write: Some(true),
            verdict,
            commit: commit.to_owned(),
            at: String::new(),
        }
    }

    fn judged(reviews: Vec<Review>, approvers: &[&str]) -> Result<Vec<String>, String> {
        let pull = Reviewed { head: "new".to_owned(), authors: vec!["Author".to_owned()], reviews };
        let approvers: Vec<String> = approvers.iter().map(|&one| one.to_owned()).collect();
        let logins = |found: Vec<&Review>| found.iter().map(|one| one.login.clone()).collect();
        approving(&pull, &approvers).map(logins).map_err(|error| error.to_string())
    }

    #[test]
    fn only_a_persons_approval_of_the_newest_commit_counts() {
        use Verdict::{Approved, ChangesRequested, Dismissed, Other};

        let ada = |verdict| review("ada", verdict, "new");
        for (name, reviews, approvers, found) in [
            ("approved", vec![ada(Approved)], &[][..], Ok("ada")),
            ("a comment after it", vec![ada(Approved), ada(Other)], &[], Ok("ada")),
            ("listed", vec![ada(Approved)], &["@Ada"], Ok("ada")),
            ("nobody", vec![], &[], Err("nobody reviewed it yet")),
            ("a comment alone", vec![ada(Other)], &[], Err("nobody reviewed it yet")),
            (
                "an older commit",
                vec![review("ada", Approved, "old")],
                &[],
                Err("ada: approved old, which is not the newest commit new"),
            ),
            ("dismissed since", vec![ada(Approved), ada(Dismissed)], &[], Err("ada: the review was dismissed")),
            ("changed their mind", vec![ada(Approved), ada(ChangesRequested)], &[], Err("ada: asks for changes")),
            ("and approved again", vec![ada(ChangesRequested), ada(Approved)], &[], Ok("ada")),
            (
                "another asks for changes",
                vec![ada(Approved), review("bo", ChangesRequested, "new")],
                &[],
                Err("bo: asks for changes"),
            ),
            ("a bot asks for changes", vec![ada(Approved), review("x-bot", ChangesRequested, "new")], &[], Ok("ada")),
            ("a bot", vec![review("x-bot", Approved, "new")], &[], Err("x-bot: a bot cannot approve")),
            (
                "an app",
                vec![Review { is_person: None, ..review("copilot[bot]", Approved, "new") }],
                &["copilot[bot]"],
                Err("a bot cannot approve"),
            ),
            ("the author", vec![review("author", Approved, "new")], &[], Err("author: an author of the change")),
            (
                "a passer-by",
                vec![Review { may_write: Some(false), ..ada(Approved) }],
                &["ada"],
                Err("ada: has no write access"),
            ),
            (
                "what they may do is not known",
                vec![Review { may_write: None, ..ada(Approved) }],
                &[],
                Err("whether this login may write to the repository is not known"),
            ),
            ("not known, but listed", vec![Review { may_write: None, ..ada(Approved) }], &["ada"], Ok("ada")),
            (
                "a passer-by asks for changes",
                vec![ada(Approved), Review { may_write: Some(false), ..review("bo", ChangesRequested, "new") }],
                &[],
                Ok("ada"),
            ),
            ("not listed", vec![ada(Approved)], &["bo"], Err("ada: is not one of the approvers")),
            (
                "not known to be a person",
                vec![Review { is_person: None, ..ada(Approved) }],
                &[],
                Err("does not tell people from bots"),
            ),
            ("but listed", vec![Review { is_person: None, ..ada(Approved) }], &["ada"], Ok("ada")),
        ] {
            match (judged(reviews, approvers), found) {
                (Ok(logins), Ok(login)) => assert_eq!(logins, [login], "{name}"),
                (Err(error), Err(said)) => assert!(error.contains(said), "{name}: {error}"),
                (judged, found) => panic!("{name}: {judged:?} instead of {found:?}"),
            }
        }
    }
}
