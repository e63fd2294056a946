//! Where an agent reads, in a repository, which servers of the Model Context Protocol it starts, and how one is written there.

/// The settings of one agent. Sources: the agents' documentation and what was measured with them, November 2026.
#[derive(Clone, Copy, Debug)]
pub struct ServerSettings {
    /// The file, from the root of the repository, with `/`.
    pub file: &'static str,
    /// Files that it reads in its place, where one of them is there.
    pub others: &'static [&'static str],
    pub form: ServerForm,
    /// What a person has to do beside it.
    pub remark: Option<&'static str>,
}

/// How a server is written in the file.
#[derive(Clone, Copy, Debug)]
pub enum ServerForm {
    /// JSON, comments allowed: a member of the object of that name; and its value.
    Json { under: &'static str, value: &'static str },
    /// TOML: a table below the table of that name; and its lines.
    Toml { under: &'static str, lines: &'static str },
}

/// The name of our server, in every file.
pub const SERVER: &str = "backstory";

/// As most agents write it.
pub(super) const PLAIN: &str = r#"{ "command": "backstory", "args": ["mcp"] }"#;
