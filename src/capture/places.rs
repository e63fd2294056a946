//! Where agents keep their files, as the environment names it.

use std::path::{Path, PathBuf};

/// The folders that the environment names.
#[derive(Clone, Debug, Default)]
pub struct AgentHomes {
    pub home: Option<PathBuf>,
    /// The work tree that the program runs in: some agents keep sessions in it.
    pub root: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`
    pub config_home: Option<PathBuf>,
    /// `XDG_DATA_HOME`
    pub data_home: Option<PathBuf>,
    /// `APPDATA`, on Windows.
    pub app_data: Option<PathBuf>,
    /// Folders and files of single agents, by the variables that name them.
    pub moved: Vec<(&'static str, PathBuf)>,
}

impl AgentHomes {
    /// The folder or file that a variable names.
    pub(super) fn moved_by(&self, variable: &str) -> Option<&Path> {
        self.moved.iter().find(|(name, _)| *name == variable).map(|(_, folder)| folder.as_path())
    }

    /// A file or folder of the work tree; `None` where it leads out of it: a repository may come from anybody.
    pub(super) fn in_root(&self, way: &str) -> Option<PathBuf> {
        let root = self.root.as_ref()?;
        let path = root.join(way);
        let real = |path: &Path| std::fs::canonicalize(path).ok();
        let is_inside = real(&path).is_none_or(|real_path| real(root).is_some_and(|root| real_path == root.join(way)));
        is_inside.then_some(path)
    }

    /// Where programs keep data other than settings: `XDG_DATA_HOME`, else `~/.local/share`.
    pub(super) fn data(&self) -> Option<PathBuf> {
        self.data_home.clone().or_else(|| Some(self.home.as_ref()?.join(".local/share")))
    }

    /// Where desktop programs keep what they know of their user: `~/.config` (or `XDG_CONFIG_HOME`) on Linux, `~/Library/Application
    /// Support` on macOS, `APPDATA` on Windows.
    pub(super) fn desktop(&self) -> Vec<PathBuf> {
        let home = |path: &str| self.home.as_ref().map(|home| home.join(path));
        let config = self.config_home.clone().or_else(|| home(".config"));
        [config, home("Library/Application Support"), self.app_data.clone()].into_iter().flatten().collect()
    }
}

/// Whether a folder has its name from one of these folders, from one below or one above. Agents put `-` for what is neither a letter nor
/// no digit, and some put more of them around it.
pub(super) fn is_named_after(name: &str, roots: &[PathBuf]) -> bool {
    let dashed = |path: &str| -> String {
        let letters = path.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
        letters.collect::<String>().trim_matches('-').to_owned()
    };
    let name = dashed(name);
    roots.iter().any(|root| {
        let own = dashed(&root.to_string_lossy());
        let is_below = name.strip_prefix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        is_below || root.ancestors().skip(1).any(|above| dashed(&above.to_string_lossy()) == name)
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_folder_says_whose_it_may_be() {
        let roots = [PathBuf::from("/w/my.app")];
        for (name, expected) in [
            ("-w-my-app", true),
            ("--w-my.app--", true),
            ("-w-my-app-src", true),
            ("-W-My-App", true),
            ("-w", true),
            ("-w-my-apple", false),
            ("-w-other", false),
        ] {
            assert_eq!(is_named_after(name, &roots), expected, "{name}");
        }
    }
}
