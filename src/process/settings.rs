//! `.backstory/process.toml`: a team's own rules for activities and processes, and what else it sets about processes.

use serde::Deserialize;

use super::activities::rules::{CommandRule, PathRule, TaskRule, ToolRule, Words, line_of};

/// Where it is, from the root of the work tree.
pub(crate) const FILE_NAME: &str = ".backstory/process.toml";

/// The file. A part of the program that reads a table of its own adds a field here, and its type in its own folder.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ProcessSettings {
    #[serde(default)]
    pub tool: Vec<toml::Spanned<ToolRule>>,
    #[serde(default)]
    pub command: Vec<toml::Spanned<CommandRule>>,
    #[serde(default)]
    pub task: Vec<toml::Spanned<TaskRule>>,
    #[serde(default)]
    pub path: Vec<toml::Spanned<PathRule>>,
    /// Which process a run belongs to.
    #[serde(default)]
    pub process: Vec<ProcessRule>,
    #[serde(default)]
    pub thresholds: Thresholds,
    #[serde(default)]
    pub approval: Approval,
}

/// A run belongs to `name` when all that is said here is so.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ProcessRule {
    pub name: String,
    /// Patterns of branches: `release/*`.
    #[serde(default)]
    pub branch: Words,
    /// Conventional types of commits: `docs`, `fix`.
    #[serde(default)]
    pub commit_type: Words,
    /// Words that the commit's subject holds.
    #[serde(default)]
    pub subject: Words,
    /// Activities that it has, any of them.
    #[serde(default)]
    pub activity: Words,
    /// Skills and slash commands, any of them.
    #[serde(default)]
    pub skill: Words,
    /// Patterns of paths, as in `.gitignore`; all files of the run are meant by one of them.
    #[serde(default)]
    pub only_paths: Words,
    /// As above; at least one file is.
    #[serde(default)]
    pub any_path: Words,
}

/// From where on something counts. Shares are from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Thresholds {
    /// Fewer runs make no claim.
    pub min_runs: u32,
    /// A step that fewer runs have is left out.
    pub keep: f64,
    /// A step that as many have is required.
    pub required: f64,
    /// Two steps have no order when either comes first this often.
    pub unordered: f64,
    /// Rework that is as frequent is a loop.
    pub rework: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { min_runs: 5, keep: 0.2, required: 0.9, unordered: 0.2, rework: 0.2 }
    }
}

/// Who approves a document, and how.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Approval {
    /// The weakest kind that is enough to publish; any kind where it is absent.
    pub require: Option<ApprovalKind>,
    /// Logins and addresses of who may approve; anyone where it is empty.
    pub approvers: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ApprovalKind {
    /// By a pull request's review.
    Review,
    /// By a person at a terminal.
    Terminal,
}

impl ProcessSettings {
    /// Reads the text of the file.
    ///
    /// # Errors
    /// One line that names the file, the line, and what is wrong with it.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let settings: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            let why = error.message().lines().next().unwrap_or_default();
            anyhow::anyhow!("{FILE_NAME}:{line}: {why}\nhint: docs/process.md has every key")
        })?;
        settings.thresholds.check()?;
        Ok(settings)
    }
}

impl Thresholds {
    fn check(&self) -> anyhow::Result<()> {
        for (name, share) in
            [("keep", self.keep), ("required", self.required), ("unordered", self.unordered), ("rework", self.rework)]
        {
            anyhow::ensure!(
                (0.0..=1.0).contains(&share),
                "{FILE_NAME}: `{name}` under `thresholds` is {share}\nhint: shares are from 0 to 1"
            );
        }
        anyhow::ensure!(self.min_runs > 0, "{FILE_NAME}: `min-runs` under `thresholds` is 0\nhint: 1 takes every run");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_named_with_its_line() {
        for (text, expected) in [
            ("[thresholds]\nmin_runs = 3\n", "process.toml:2: unknown field `min_runs`"),
            ("\n[[command]]\nactivity = \"x\"\nruns = \"y\"\n", "process.toml:4: unknown field `runs`"),
            ("[[command]]\nactivity = \"x\"\nphase = \"later\"\n", "process.toml:3: unknown variant `later`"),
            ("x", "process.toml:1: "),
            ("[thresholds]\nkeep = 20\n", "`keep` under `thresholds` is 20"),
            ("[thresholds]\nmin-runs = 0\n", "`min-runs`"),
        ] {
            let error = ProcessSettings::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("hint: "), "{text}: {error}");
        }
    }

    #[test]
    fn what_is_not_set_has_its_default() {
        let settings = ProcessSettings::parse("[thresholds]\nmin-runs = 3\n").unwrap();
        assert_eq!(settings.thresholds, Thresholds { min_runs: 3, ..Thresholds::default() });
        assert_eq!(ProcessSettings::parse("").unwrap().approval, Approval::default());
    }
}
