//! Where agents keep their files, as the environment names it.

use std::path::{Path, PathBuf};

/// The folders that the environment names.
#[derive(Clone, Debug, Default)]
pub struct AgentHomes {
    pub home: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`
    pub config_home: Option<PathBuf>,
    /// Folders of single agents, by the variables that name them.
    pub moved: Vec<(&'static str, PathBuf)>,
}

impl AgentHomes {
    /// The folder that a variable names.
    pub(super) fn moved_by(&self, variable: &str) -> Option<&Path> {
        self.moved.iter().find(|(name, _)| *name == variable).map(|(_, folder)| folder.as_path())
    }
}

/// A folder of an agent that may hold transcripts.
#[derive(Clone, Debug)]
pub(super) struct AgentFolder {
    pub(super) path: PathBuf,
    /// The agent's own folder that it is in: nothing from outside of it is read.
    pub(super) within: PathBuf,
    /// Whether what lies in folders below belongs to it.
    pub(super) is_deep: bool,
}
