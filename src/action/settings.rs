//! By whose settings a pull request is judged and shown: by those of the commit that it is to be merged into, and other commits by
//! those of the checkout. What a pull request brings itself, and what the default branch says, can only take away.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};

use super::inputs::Inputs;
use crate::config::{self, Config, RedactionSettings, Sharing};
use crate::environment::Environment;
use crate::git::committed;
use crate::git::repository::Repository;
use crate::record::prompts::Prompts;
use crate::recorder::workplace::Workplace;
use crate::recorder::{ignored, template};
use crate::redact::Redactor;

/// By what a range is judged and shown.
pub(crate) struct Judge {
    pub(crate) workplace: Workplace,
    pub(crate) redactor: Redactor,
    /// The text of the user's own template.
    pub(crate) template: Option<String>,
    /// Its path in the repository.
    pub(crate) template_path: Option<String>,
    /// How much of each prompt may be shown.
    pub(crate) prompts: Prompts,
    /// What could not be used, a text each.
    pub(crate) problems: Vec<String>,
    /// Whether the policy is the one that holds for the range.
    pub(crate) knows_policy: bool,
}

impl Judge {
    /// By the settings of the checkout, for commits that are in a branch already: what the newest of them, `head`, and the
    /// `default` branch keep in holds.
    ///
    /// # Errors
    /// When they have a mistake, or the template cannot be read.
    pub(crate) fn of_checkout(
        head: &str,
        default: anyhow::Result<String>,
        inputs: &Inputs,
        environment: &Environment,
    ) -> anyhow::Result<Self> {
        let mut workplace = Workplace::open(environment)?;
        let read = |file: &PathBuf| template::read(&workplace.repository, &environment.cwd, file);
        let template = inputs.template.as_ref().map(read).transpose()?;
        let around = workplace.take_team(environment).and_then(|team| workplace.narrow(&team));
        let mut problems: Vec<String> =
            around.err().map(|error| restricted(&mut workplace, "this checkout", &error)).into_iter().collect();
        problems.extend(heed(&mut workplace, head).err().map(|error| restricted(&mut workplace, head, &error)));
        problems.extend(heed_default(&mut workplace, default));
        let mut knows_policy = true;
        let redactor = workplace.redactor().or_else(|error| {
            problems.push(restricted(&mut workplace, "the default branch", &error));
            knows_policy = false;
            workplace.redactor()
        })?;
        Ok(Self {
            redactor,
            template,
            template_path: template_path(&workplace.repository, inputs, environment),
            prompts: inputs.prompts.unwrap_or_default().max(workplace.config.prompts),
            problems,
            knows_policy,
            workplace,
        })
    }

    /// By the settings of the commit `base`, for a pull request whose newest commit is `head`; what the `default` branch keeps in
    /// holds, too, where it is known.
    ///
    /// # Errors
    /// When no side has the template, and when one outside of the repository cannot be read.
    pub(crate) fn of_base(
        repository: Repository,
        [base, head]: [&str; 2],
        default: Option<String>,
        inputs: &Inputs,
        environment: &Environment,
    ) -> anyhow::Result<Self> {
        let mut problems = Vec::new();
        let found = at(&repository, base);
        let mut knows_policy = found.is_ok();
        let mut config = found.unwrap_or_else(|error| {
            problems.push(unusable(base, &error));
            narrow()
        });
        match at(&repository, head) {
            Ok(own) => {
                config.prompts = config.prompts.max(own.prompts);
                if own.sharing == Some(Sharing::Local) {
                    config.sharing = Some(Sharing::Local);
                }
            }
            // What has a mistake in it may be meant to keep something out.
            Err(error) => {
                problems.push(unusable(head, &error));
                config.prompts = Prompts::None;
            }
        }
        let template_path = template_path(&repository, inputs, environment);
        let template = match (&template_path, &inputs.template) {
            (Some(path), _) => template::read_at(&repository, base, path).unwrap_or_else(|error| {
                problems.push(format!("{error:#}"));
                None
            }),
            (None, Some(file)) => Some(template::read(&repository, &environment.cwd, file)?),
            (None, None) => None,
        };
        if let Some(path) = template_path.as_ref().filter(|_| template.is_none()) {
            // A name that is wrong is a mistake in the workflow.
            if matches!(template::read_at(&repository, head, path), Ok(None)) {
                bail!("cannot read the template {path}: neither {base} nor {head} has it");
            }
            problems.push(format!(
                "there is no template {path} in {base}, which this is compared with; the built-in one is used"
            ));
        }
        let mut workplace = Workplace::judged_by(repository, config, environment);
        let globs = workplace.config.ignore.clone();
        let ignored = workplace.ignored.add_globs(&globs).and_then(|()| leave_out_ignored(&mut workplace, base));
        problems.extend(ignored.err().map(|error| restricted(&mut workplace, base, &error)));
        if let Some(default) = default.filter(|default| default != base) {
            problems.extend(heed_default(&mut workplace, Ok(default)));
        }
        let redactor = workplace.redactor().or_else(|error| {
            problems.push(restricted(&mut workplace, base, &error));
            knows_policy = false;
            workplace.redactor()
        })?;
        let prompts = inputs.prompts.unwrap_or_default().max(workplace.config.prompts);
        Ok(Self { workplace, redactor, template, template_path, prompts, problems, knows_policy })
    }
}

fn template_path(repository: &Repository, inputs: &Inputs, environment: &Environment) -> Option<String> {
    template::path_in(repository, &environment.cwd, inputs.template.as_deref()?)
}

fn unusable(commit: &str, error: &anyhow::Error) -> String {
    format!("the settings of {commit} cannot be used, so no prompt is shown: {error:#}")
}

/// Takes over what the default branch keeps in, which holds wherever a branch began. Where it cannot be read, nothing is shown
/// that it may keep in; why, a text each.
pub(crate) fn heed_default(workplace: &mut Workplace, default: anyhow::Result<String>) -> Vec<String> {
    let heeded = default.and_then(|commit| heed(workplace, &commit));
    heeded.err().map(|error| restricted(workplace, "the default branch", &error)).into_iter().collect()
}

/// The same of another commit.
pub(crate) fn heed_commit(workplace: &mut Workplace, commit: &str) -> Option<String> {
    let error = heed(workplace, commit).err()?;
    Some(restricted(workplace, commit, &error))
}

fn heed(workplace: &mut Workplace, commit: &str) -> anyhow::Result<()> {
    let settings = at(&workplace.repository, commit)?;
    workplace.config.narrow(&settings);
    workplace.ignored.add_globs(&settings.ignore)?;
    leave_out_ignored(workplace, commit)
}

/// Assumes that everything is kept in, and says why.
fn restricted(workplace: &mut Workplace, place: &str, error: &anyhow::Error) -> String {
    workplace.config = narrow();
    unusable(place, error)
}

/// The settings of a commit; the defaults where it has none.
fn at(repository: &Repository, commit: &str) -> anyhow::Result<Config> {
    let Some(bytes) = committed::read(repository, commit, config::FILE_NAME, config::MAX_BYTES)? else {
        return Ok(Config::default());
    };
    let text = String::from_utf8(bytes).map_err(|_| anyhow!("{} is not UTF-8", config::FILE_NAME))?;
    Ok(config::parse(&text, Path::new(config::FILE_NAME))?)
}

/// What the commit says is not to be recorded is not told of either.
fn leave_out_ignored(workplace: &mut Workplace, commit: &str) -> anyhow::Result<()> {
    let bytes = committed::read(&workplace.repository, commit, ignored::FILE_NAME, ignored::MAX_BYTES)?;
    let Some(bytes) = bytes else { return Ok(()) };
    let text = String::from_utf8(bytes).map_err(|_| anyhow!("{} is not UTF-8", ignored::FILE_NAME))?;
    workplace.ignored.take_in(&[(ignored::FILE_NAME.to_owned(), text)])
}

/// What is assumed where the settings are not known: nothing that they could forbid.
fn narrow() -> Config {
    Config {
        prompts: Prompts::None,
        sharing: Some(Sharing::Local),
        redaction: RedactionSettings { strict: true, ..RedactionSettings::default() },
        ..Config::default()
    }
}
