//! The settings that the caller of this program gave git, by variables.

use std::path::PathBuf;

use crate::environment::Environment;
use crate::git::settings::Given;

/// The settings that the caller of this program gave git.
pub(crate) fn given_settings(environment: &Environment) -> Given {
    let path = |name: &str| environment.variables.get(name).map(PathBuf::from);
    let is_set = |name: &str| environment.variables.contains_key(name);
    // git reads no file of the system where the variable says anything but no.
    let no_system = environment
        .told("GIT_CONFIG_NOSYSTEM")
        .is_some_and(|value| !["", "0", "false", "no", "off"].iter().any(|no| value.trim().eq_ignore_ascii_case(no)));
    let named = path("GIT_CONFIG_GLOBAL").map(|path| if path.as_os_str().is_empty() { Vec::new() } else { vec![path] });
    // Where no variable says where home is, git sees no settings of the person, and sessions are found all the same.
    let at_home = || {
        let home = environment.home.as_ref().filter(|_| environment.told("HOME").is_none_or(|home| home.is_empty()))?;
        Some(vec![home.join(".config/git/config"), home.join(".gitconfig")])
    };
    Given {
        system: if no_system { Some(PathBuf::new()) } else { path("GIT_CONFIG_SYSTEM") },
        global: named.or_else(at_home),
        has_single: is_set("GIT_CONFIG_COUNT") || is_set("GIT_CONFIG_PARAMETERS"),
    }
}
