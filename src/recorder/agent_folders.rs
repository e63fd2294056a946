//! Where coding agents keep their sessions, as the environment names it.

use std::path::{Path, PathBuf};

use crate::capture::AgentHomes;
use crate::environment::Environment;
use crate::record::agent_row::AgentRow;
use crate::record::agents::AGENTS;

/// The folders of the agents, as the environment names them.
pub(crate) fn places(environment: &Environment) -> AgentHomes {
    let folder = |name: &str| environment.variable(name).map(PathBuf::from);
    let variables = AGENTS.iter().flat_map(|row| row.home_variables.iter().copied());
    // A relative one does not count (XDG Base Directory Specification 0.8).
    let named = |name: &str| folder(name).filter(|folder| folder.is_absolute());
    AgentHomes {
        home: environment.home.clone(),
        root: environment.cwd.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned),
        config_home: named("XDG_CONFIG_HOME"),
        data_home: named("XDG_DATA_HOME"),
        app_data: named("APPDATA"),
        moved: variables.filter_map(|variable| Some((variable, folder(variable)?))).collect(),
    }
}

/// The agents that keep sessions in this home which no reader reads, each with the places.
pub(crate) fn unread(home: &Path) -> Vec<(&'static AgentRow, Vec<PathBuf>)> {
    let places = |row: &AgentRow| -> Vec<PathBuf> {
        row.unread_folders.iter().map(|place| home.join(place)).filter(|place| place.exists()).collect()
    };
    AGENTS.iter().map(|row| (row, places(row))).filter(|(_, places)| !places.is_empty()).collect()
}
