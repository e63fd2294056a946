//! The options of `sop draft` about a language model: none is asked without them.

use anyhow::bail;

use crate::environment::Environment;
use crate::language_model::backend::Backend;
use crate::language_model::server::Server;

/// Where the key of a server is read from: arguments are seen by every process of the machine.
const KEY: &str = "BACKSTORY_LLM_KEY";

#[derive(Debug, clap::Args)]
pub(super) struct LlmArguments {
    /// Let a language model reword the prose
    #[arg(long, value_name = "HOW", value_enum)]
    pub(super) llm: Option<LlmMode>,
    /// The command for `command`: prompt in, answer out
    #[arg(long, value_name = "COMMAND", requires = "llm")]
    llm_command: Option<String>,
    /// The address for `http`; key in BACKSTORY_LLM_KEY
    #[arg(long, value_name = "URL", requires = "llm")]
    llm_url: Option<String>,
    /// The model's name
    #[arg(long, value_name = "NAME", requires = "llm")]
    llm_model: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum LlmMode {
    /// Show exactly what would be sent
    DryRun,
    /// Ask a program
    Command,
    /// Ask a server
    Http,
}

impl LlmArguments {
    /// Whom to ask; `None` for a dry run that names nobody.
    ///
    /// # Errors
    /// When what the way needs is missing.
    pub(super) fn backend(&self, how: LlmMode, environment: &Environment) -> anyhow::Result<Option<Backend>> {
        let by_url = how == LlmMode::Http || (how == LlmMode::DryRun && self.llm_url.is_some());
        if by_url {
            let (Some(url), Some(model)) = (&self.llm_url, &self.llm_model) else {
                bail!("`--llm http` needs an address and a model\nhint: --llm-url URL --llm-model NAME");
            };
            return Ok(Some(Backend::Http(Server::new(url, model, environment.variable(KEY))?)));
        }
        match (&self.llm_command, how) {
            (Some(line), _) => Ok(Some(Backend::Command { line: line.clone(), model: self.llm_model.clone() })),
            (None, LlmMode::DryRun) => Ok(None),
            (None, _) => bail!("`--llm command` needs a command\nhint: --llm-command \"my-agent --print\""),
        }
    }
}
