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
    #[serde(default)]
    pub sop: SopSettings,
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

/// The life of documents.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct SopSettings {
    /// Days from an approval or a review to the next one.
    pub review_after_days: toml::Spanned<u32>,
    /// Where documents are published that no other place is said for: `mkdocs:docs/handbook`.
    pub publish: Vec<toml::Spanned<String>>,
}

impl Default for SopSettings {
    fn default() -> Self {
        Self { review_after_days: toml::Spanned::new(0..0, 90), publish: Vec::new() }
    }
}

/// Ten years: a document that nobody looks at for longer is none.
const LONGEST_REVIEW: u32 = 3650;

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
        settings.sop.check(text)?;
        Ok(settings)
    }
}

impl SopSettings {
    fn check(&self, text: &str) -> anyhow::Result<()> {
        let (days, line) = (*self.review_after_days.get_ref(), line_of(text, self.review_after_days.span().start));
        anyhow::ensure!(
            (1..=LONGEST_REVIEW).contains(&days),
            "{FILE_NAME}:{line}: `review-after-days` under `sop` is {days}\nhint: write a number of days from 1 to {LONGEST_REVIEW}"
        );
        for target in &self.publish {
            let line = line_of(text, target.span().start);
            let is_target = |target: &str| target.split_once(':').is_some_and(|(kind, _)| !kind.is_empty());
            anyhow::ensure!(
                is_target(target.get_ref()),
                "{FILE_NAME}:{line}: `{}` of `publish` under `sop` is not a target\nhint: write a kind and a place, such as \"mkdocs:docs\"",
                target.get_ref()
            );
        }
        Ok(())
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
            ("[sop]\nreview-after-days = 0\n", "process.toml:2: `review-after-days` under `sop` is 0"),
            ("[sop]\n\nreview-after-days = 9999\n", "process.toml:3: `review-after-days`"),
            ("[sop]\nreview-after-days = \"soon\"\n", "process.toml:2: "),
            ("[sop]\nreview_after = 9\n", "process.toml:2: unknown field `review_after`"),
            (
                "[sop]\npublish = [\n  \"mkdocs:docs\",\n  \"docs\",\n]\n",
                "process.toml:4: `docs` of `publish` under `sop` is not a target",
            ),
            ("[sop]\npublish = \"mkdocs:docs\"\n", "process.toml:2: "),
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
        assert_eq!(*settings.sop.review_after_days.get_ref(), 90);
        let sop = ProcessSettings::parse("[sop]\nreview-after-days = 30\npublish = [\"agents:\"]\n").unwrap().sop;
        let targets: Vec<&str> = sop.publish.iter().map(|target| target.get_ref().as_str()).collect();
        assert_eq!((*sop.review_after_days.get_ref(), targets), (30, vec!["agents:"]));
    }
}
