//! Requests for a kind of file of which a commit has none: "update the docs", and the docs went elsewhere. The agent came to the
//! commit by itself, on the way there.

use super::commit_words::CommitWords;
use super::committing::commits_something;
use super::part::SessionWindow;
use super::turn_needs::made_edits;
use crate::record::commit::Commit;
use crate::record::contribution::{PromptRole, RecordedPrompt};
use crate::record::session::{Edit, PromptSource};
use crate::record::text::Raw;
use crate::text::paths::is_prose;

/// Takes such a prompt for no request, and neither what had led to an earlier commit of the session. Each comes with its turn.
pub(crate) fn unask(said: &mut [(usize, RecordedPrompt<Raw>)], part: &SessionWindow, commit: &Commit) {
    let words = CommitWords::of(commit);
    let is_other = |(turn, prompt): &(usize, RecordedPrompt<Raw>)| {
        let text = prompt.text.expose();
        let went_elsewhere = |kind: &Kind| {
            let edits = part.session.turns[*turn].calls.iter().filter_map(made_edits).flatten();
            let mut of_kind = edits.filter(|edit: &&Edit| (kind.has)(&edit.path.to_lowercase()));
            !kind.is_in(commit) && of_kind.next().is_some()
        };
        let kind = kind_asked_for(text).filter(|_| prompt.source == PromptSource::Typed);
        // A verb alone says as little as the kind.
        let is_no_verb = |word: &&str| !WRITING.contains(&word.to_lowercase().as_str());
        let bare: Vec<&str> = text.split_whitespace().filter(is_no_verb).collect();
        !words.are_in(&bare.join(" ")) && kind.is_some_and(went_elsewhere)
    };
    let Some(first) = said.iter().find(|one| is_other(one)).map(|(turn, _)| *turn) else { return };
    let is_behind_a_commit = |turn: usize| {
        part.asked_in == Some(turn) && turn < first && part.session.turns[turn..first].iter().any(commits_something)
    };
    for one in said.iter_mut() {
        if is_other(one) || is_behind_a_commit(one.0) {
            one.1.main = false;
            if one.1.role == PromptRole::Request {
                one.1.role = PromptRole::Refinement;
            }
        }
    }
}

struct Kind {
    names: &'static [&'static str],
    /// Whether a file with this path, in lower case, is of the kind.
    has: fn(&str) -> bool,
    /// Lines of other files that are as good.
    marks: &'static [&'static str],
}

impl Kind {
    fn is_in(&self, commit: &Commit) -> bool {
        let has_mark = |line: &Raw| self.marks.iter().any(|mark| line.expose().contains(mark));
        commit.files.iter().any(|file| {
            (self.has)(&file.path.to_lowercase()) || file.hunks.iter().flat_map(|hunk| &hunk.added).any(has_mark)
        })
    }
}

const KINDS: &[Kind] = &[
    Kind {
        names: &["docs", "documentation", "readme", "changelog"],
        has: |path| is_prose(path) || path.split('/').any(|part| ["doc", "docs"].contains(&part)),
        marks: &["///", "//!", "/**", "\"\"\"", "#'"],
    },
    Kind {
        names: &["test", "tests", "specs"],
        has: |path| path.contains("test") || path.contains("spec"),
        marks: &["test", "Test"],
    },
];

/// The kind of file that short words want to be written, and nothing else: "please update the docs if needed".
fn kind_asked_for(text: &str) -> Option<&'static Kind> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.len() > MOST_WORDS {
        return None;
    }
    let verb = words.iter().position(|word| WRITING.contains(word))?;
    let named = |kind: &&Kind| words[verb + 1..].iter().take(NEAR).any(|word| kind.names.contains(word));
    KINDS.iter().find(named)
}

const MOST_WORDS: usize = 16;
/// So few words behind the verb.
const NEAR: usize = 4;
const WRITING: &[&str] = &["add", "create", "extend", "improve", "refresh", "rewrite", "update", "write"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_file_is_asked_for_in_few_words_with_a_verb_of_writing() {
        let named = |text: &str| kind_asked_for(text).map(|kind| kind.names[0]);
        for (text, expected) in [
            ("Please update the docs if there is need", Some("docs")),
            ("add a few tests", Some("test")),
            ("fix the failing tests", None),
            ("read the docs and add a discount", None),
            ("add a discount as the shop has long had one in its old days, and say so in the docs at last", None),
        ] {
            assert_eq!(named(text), expected, "{text}");
        }
    }
}
