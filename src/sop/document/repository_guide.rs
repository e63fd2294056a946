//! What the files of a repository say about working in it, as values: every word is a file's own, and the file is named.

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
