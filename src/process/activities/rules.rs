//! The form of rules: ours in `rules.toml`, and a team's in `.backstory/process.toml`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::record::contribution::CheckKind;
use crate::record::execution::Phase;

/// `rules.toml`. What it must say of each activity, a team may leave out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleFile {
    /// The weightiest first.
    pub(crate) activities: Vec<Activity>,
    /// Slash commands that say nothing of what is done.
    pub(crate) general: Vec<String>,
    /// By program: options before a subcommand that take the next word.
    pub(crate) options: BTreeMap<String, Vec<String>>,
    /// By program: the subcommands behind which a task of the project stands; none where it stands first.
    pub(crate) runners: BTreeMap<String, Vec<String>>,
    pub(crate) tool: Vec<toml::Spanned<ToolRule>>,
    pub(crate) command: Vec<toml::Spanned<CommandRule>>,
    pub(crate) task: Vec<toml::Spanned<TaskRule>>,
    pub(crate) path: Vec<toml::Spanned<PathRule>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Activity {
    pub(crate) name: String,
    pub(crate) phase: Phase,
}

/// A tool of an agent, by its name; `*` stands for any letters at the end.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToolRule {
    pub activity: String,
    pub phase: Option<Phase>,
    pub tool: Words,
}

/// A program with its arguments. All that is said must be so.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommandRule {
    pub activity: String,
    pub phase: Option<Phase>,
    /// The program and words behind it, options left out: `gh pr create`.
    #[serde(default)]
    pub run: Words,
    /// Words of which one must be among the arguments.
    #[serde(default)]
    pub has: Words,
    /// Words that must not be.
    #[serde(default)]
    pub without: Words,
    /// Pieces of text of which one must be in an argument.
    #[serde(default)]
    pub mentions: Words,
    /// A check of this kind, as `checks` recognises it.
    pub check: Option<CheckKind>,
}

/// A task or script that the project named itself, by a word in its name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskRule {
    pub activity: String,
    pub phase: Option<Phase>,
    pub words: Words,
}

/// What the edit of a file is, by patterns as in `.gitignore`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PathRule {
    pub activity: String,
    pub phase: Option<Phase>,
    pub path: Words,
}

/// One text, or a list of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words(pub Vec<String>);

impl Words {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Words;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E>(self, text: &str) -> Result<Words, E> {
                Ok(Words(vec![text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Words, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = list.next_element()? {
                    words.push(word);
                }
                Ok(Words(words))
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}

/// The number of the line at a place in a text, from 1.
pub(crate) fn line_of(text: &str, place: usize) -> usize {
    // Asked for each of hundreds of rules, in every hook that makes a record.
    memchr::memchr_iter(b'\n', &text.as_bytes()[..place.min(text.len())]).count() + 1
}
