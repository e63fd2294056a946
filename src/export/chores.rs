//! What a person says about commits and branches only: no patch answers it.

/// Whether a sentence is about branches, or about what the person does.
pub(super) fn is_about_branches(sentence: &str) -> bool {
    let is_of_git = |word: &str| ["rebase", "push", "pull", "reset", "checkout", "stash", "amend"].contains(&word);
    let words = || sentence.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    sentence.starts_with("i'll ") || (words().count() <= MOST_OF_A_CHORE && words().any(is_of_git))
}

const MOST_OF_A_CHORE: usize = 14;

/// Whether words only have something committed, pushed or merged: "ok push this up and let's get it merged".
pub(super) fn is_chore(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words = || lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let is_among = |list: &str, word: &str| list.split_whitespace().any(|known| known == word);
    words().any(|word| is_among(OF_GIT, word)) && words().all(|word| is_among(OF_GIT, word) || is_among(FILLING, word))
}

const OF_GIT: &str = "commit commits committed commited comit commti commiting committing push pushed pr prs merge merged rebase rebased branch squash";

const FILLING: &str = "a again ahead all also an and as atomically can cannot changes changelog continue could create did do done draft each \
    everything first for from get go good great i in into is it latest let lets like main make master md me message my new now of off ok \
    okay on once open origin our please pull ready recent remote request s section so started sure thank thanks that the them then this \
    those to too up update upstream us want we with work would yes yep yup you your re are when";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_about_commits_alone_are_told_from_work() {
        for chore in [
            "commit",
            "ok lets get a pr up for this",
            "create a commit for the latest changes.",
            "then commit, and update changelog",
        ] {
            assert!(is_chore(chore), "{chore}");
        }
        for work in ["commit the fix of the total", "update the changelog", "yes", "merge both carts"] {
            assert!(!is_chore(work), "{work}");
        }
    }
}
