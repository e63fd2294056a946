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
    /// The user's home folder; `None` when neither a variable nor the system's list of users names one.
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
            .map(PathBuf::from)
            // Hooks of a graphical program may run without the variable.
            .or_else(home_of_user);
        Self { home, cwd: std::env::current_dir().unwrap_or_default(), now: Timestamp::now(), variables }
    }

    /// A variable's text; `None` when it is unset, empty or not UTF-8.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name)?.to_str().filter(|value| !value.is_empty())
    }

    /// The value of a variable that is set, whatever it holds: what is not text does not count as unset.
    pub fn told(&self, name: &str) -> Option<std::borrow::Cow<'_, str>> {
        Some(self.variables.get(name)?.to_string_lossy())
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

/// The home folder that the system's list of users has for the one who runs this process.
#[allow(clippy::disallowed_methods, reason = "the one place that reads it")]
fn home_of_user() -> Option<PathBuf> {
    // Asks the list where the variable is not set, and gives an empty one back.
    std::env::home_dir().filter(|home| home.is_absolute()).or_else(home_in_file)
}

#[cfg(unix)]
fn home_in_file() -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt;

    let user = std::fs::metadata("/proc/self").ok()?.uid();
    home_in(&std::fs::read_to_string("/etc/passwd").ok()?, user)
}

#[cfg(not(unix))]
fn home_in_file() -> Option<PathBuf> {
    None
}

/// passwd(5): name, password, user, group, comment, home folder, shell.
#[cfg(unix)]
fn home_in(users: &str, user: u32) -> Option<PathBuf> {
    let of_user = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        (fields.get(2)?.parse() == Ok(user)).then(|| fields.get(5).map(PathBuf::from)).flatten()
    };
    users.lines().find_map(of_user).filter(|home| home.is_absolute())
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    #[test]
    fn the_list_of_users_names_a_home() {
        use super::*;

        let users = "root:x:0:0:root:/root:/bin/sh\nbroken\nann:x:1000:1000:Ann:/home/ann:/bin/sh\nno:x:7:7::here:\n";
        assert_eq!(home_in(users, 1000), Some(PathBuf::from("/home/ann")));
        assert_eq!((home_in(users, 7), home_in(users, 8), home_in("", 0)), (None, None, None));
    }
}
