//! The one place that reads the process's environment, working folder and clock. Everything else is handed this value,
//! so that tests can make another.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// What the process was given: variables, folders, time, and whether a person is watching.
#[derive(Clone, Debug)]
pub struct Environment {
    pub variables: BTreeMap<String, OsString>,
    /// The user's home folder; `None` when no variable names one.
    pub home: Option<PathBuf>,
    pub cwd: PathBuf,
    pub now: Timestamp,
}

impl Environment {
    #[allow(clippy::disallowed_methods, reason = "the one place that reads them")]
    pub fn from_process() -> Self {
        let variables: BTreeMap<String, OsString> =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
        let home = ["HOME", "USERPROFILE"]
            .iter()
            .find_map(|name| variables.get(*name))
            .filter(|value| !value.is_empty())
            .map(PathBuf::from);
        Self { home, cwd: std::env::current_dir().unwrap_or_default(), now: Timestamp::now(), variables }
    }

    /// A variable's text; `None` when it is unset, empty or not UTF-8.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name)?.to_str().filter(|value| !value.is_empty())
    }

    /// Works in `directory` from now on, as `-C` asks. Relative to the folder until now.
    ///
    /// # Errors
    /// When it is not a folder that can be entered.
    pub fn enter(&mut self, directory: &Path) -> std::io::Result<()> {
        let cwd = self.cwd.join(directory);
        std::env::set_current_dir(&cwd).map_err(|error| {
            std::io::Error::new(error.kind(), format!("cannot work in {}: {error}", directory.display()))
        })?;
        self.cwd = cwd;
        Ok(())
    }

    /// The process that started this one; `None` where the system has no such thing.
    pub fn parent_process() -> Option<u32> {
        #[cfg(unix)]
        return Some(std::os::unix::process::parent_id());
        #[cfg(not(unix))]
        None
    }

    /// The program's own file, as the hooks record it; `None` where the system does not say.
    pub fn program() -> Option<PathBuf> {
        std::env::current_exe().ok()
    }
}
