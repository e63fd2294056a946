//! Where coding agents keep their sessions, as the environment names it.

use std::path::PathBuf;

use crate::capture::AgentHomes;
use crate::environment::Environment;
use crate::record::agents::AGENTS;

/// The folders of the agents, as the environment names them.
pub(crate) fn places(environment: &Environment) -> AgentHomes {
    let folder = |name: &str| environment.variable(name).map(PathBuf::from);
    let variables = AGENTS.iter().filter_map(|row| row.home_variable);
    AgentHomes {
        home: environment.home.clone(),
        // A relative one does not count (XDG Base Directory Specification 0.8).
        config_home: folder("XDG_CONFIG_HOME").filter(|folder| folder.is_absolute()),
        moved: variables.filter_map(|variable| Some((variable, folder(variable)?))).collect(),
    }
}
