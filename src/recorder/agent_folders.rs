//! Where coding agents keep their sessions, as the environment names it.

use std::path::PathBuf;

use crate::capture::Places;
use crate::environment::Environment;

/// The folders of the agents, as the environment names them.
pub(crate) fn places(environment: &Environment) -> Places {
    let folder = |name: &str| environment.variable(name).map(PathBuf::from);
    Places {
        home: environment.home.clone(),
        // A relative one does not count (XDG Base Directory Specification 0.8).
        config_home: folder("XDG_CONFIG_HOME").filter(|folder| folder.is_absolute()),
        claude_config_dir: folder("CLAUDE_CONFIG_DIR"),
        codex_home: folder("CODEX_HOME"),
    }
}
