//! What the files of a repository say about working in it, as values: every word is a file's own, and the file is named.

use std::collections::BTreeSet;

/// Texts in it are clean; they are escaped where they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RepositoryGuide {
    /// Files that state the repository's own rules, the most binding first.
    pub rules: Vec<String>,
    /// How to set up.
    pub setup: Option<QuotedCommands>,
    /// Sections that say more about it.
    pub more_setup: Vec<Place>,
    /// Versions that files ask for.
    pub versions: Vec<AskedVersions>,
    /// By program: the line that says how it is installed.
    pub installs: Vec<(String, QuotedLine)>,
    /// By command: the task that it calls.
    pub tasks: Vec<TaskOfCommand>,
    pub branch: Option<QuotedLine>,
    pub pull_request: Option<QuotedLine>,
    /// What is asked of a pull request.
    pub asked_of_requests: Option<QuotedList>,
    /// Lines that ask for commands, the most binding first.
    pub required: Vec<RequiredCommands>,
    pub troubleshooting: Option<Place>,
    /// Files of the work tree that git knows; empty where that is not known.
    pub files: BTreeSet<String>,
}

/// A line that asks for commands, and the commands that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequiredCommands {
    pub commands: Vec<String>,
    /// What the commands do.
    pub activities: BTreeSet<String>,
    pub said: QuotedLine,
}

impl RepositoryGuide {
    /// Whether a file that something names is no longer there. A part of its path is enough, as tools print it.
    pub(crate) fn is_gone(&self, path: &str) -> bool {
        let path = path.trim_start_matches("./");
        let is_part = |whole: &str, part: &str| {
            whole.strip_suffix(part).is_some_and(|before| before.is_empty() || before.ends_with('/'))
        };
        !self.files.is_empty() && !self.files.iter().any(|file| is_part(file, path) || is_part(path, file))
    }

    /// The line that asks for one of the `used` commands, and that command; else one that asks for another command of these
    /// activities.
    pub(crate) fn required<'a>(
        &self,
        used: &[&'a str],
        activities: &[String],
    ) -> Option<(&RequiredCommands, Option<&'a str>)> {
        let of_activity =
            || self.required.iter().find(|rule| activities.iter().any(|one| rule.activities.contains(one)));
        let by_command = self.required_command(used).map(|(rule, command)| (rule, Some(command)));
        by_command.or_else(|| Some((of_activity()?, None)))
    }

    fn required_command<'a>(&self, used: &[&'a str]) -> Option<(&RequiredCommands, &'a str)> {
        self.required.iter().find_map(|rule| {
            let named = |is: fn(&str, &str) -> bool| {
                used.iter().find(|command| rule.commands.iter().any(|asked| is(asked, command)))
            };
            let exactly = |asked: &str, command: &str| asked == command;
            named(exactly).or_else(|| named(is_of_template)).map(|command| (rule, *command))
        })
    }
}

/// Whether a command is one that `template` stands for: a word in angle brackets is any word, at the end any words.
fn is_of_template(command: &str, template: &str) -> bool {
    let (words, pattern): (Vec<&str>, Vec<&str>) =
        (command.split_whitespace().collect(), template.split_whitespace().collect());
    let is_any = |word: &str| word.starts_with('<') && word.ends_with('>');
    let fits = |(word, pattern): (&&str, &&str)| {
        word == pattern || (is_any(pattern) && !word.starts_with('-') && !matches!(*word, "." | "./..."))
    };
    let ends_open = pattern.last().is_some_and(|last| matches!(*last, "<message>" | "<text>"));
    let is_long_enough = if ends_open { words.len() >= pattern.len() } else { words.len() == pattern.len() };
    is_long_enough && words.iter().zip(&pattern).all(fits)
}

/// A section of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub path: String,
    /// Empty where no heading stands above.
    pub section: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QuotedLine {
    pub place: Place,
    pub line: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QuotedCommands {
    pub place: Place,
    /// Empty where the section gives none.
    pub commands: Vec<String>,
    /// How many more it gives.
    pub more: usize,
}

/// The first lines of the lists of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QuotedList {
    pub place: Place,
    pub lines: Vec<String>,
    /// How many more there are.
    pub more: usize,
}

/// `mise.toml` asks for `go` 1.25.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AskedVersions {
    pub path: String,
    /// Tool and version.
    pub tools: Vec<(String, String)>,
}

/// A command that calls a task by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TaskOfCommand {
    pub command: String,
    pub task: String,
    /// The file that defines it.
    pub path: String,
    /// What it runs, where that is one line.
    pub runs: Option<String>,
}

/// What is read of the work tree: the text of a file by its path, `None` where there is none.
pub(crate) type ReadFile<'a> = &'a dyn Fn(&str) -> Option<String>;
