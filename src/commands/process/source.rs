//! Where the runs come from that a subcommand speaks of, and how closely it looks: arguments that several have.

use std::path::PathBuf;

use crate::context::Context;
use crate::process::exchange::fields::Mapping;
use crate::process::exchange::format::LogFormat;
use crate::process::level::Level;
use crate::process::model_from::Thresholds;
use crate::process_store::collect::{Options, collect};
use crate::process_store::{foreign_log, rules};
use crate::record::execution::{CaseKind, ExecutionLog};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ProcessSource {
    /// Take the runs of this log instead of the repository's
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Format of the log [default: by its name]
    #[arg(long, value_name = "FORMAT", requires = "log")]
    log_format: Option<LogFormat>,
    /// What a column of the log means, such as `owner=actor`
    #[arg(long, value_name = "COLUMN=FIELD", requires = "log")]
    map: Vec<String>,
    /// What one run is of
    #[arg(long, default_value = "unit", conflicts_with = "log")]
    case: CaseChoice,
    /// Read transcripts of this folder or archive instead of this home's
    #[arg(long, value_name = "PATH", conflicts_with = "log")]
    sessions: Option<PathBuf>,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ProcessView {
    /// How closely to look
    #[arg(long, default_value = "stepset")]
    pub(super) level: Level,
    /// Runs that a claim needs [default: 5, or as set]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    min: Option<u32>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum CaseChoice {
    /// A change up to its commit, with the push that follows
    Unit,
    Session,
    PullRequest,
    Branch,
}

impl ProcessSource {
    /// The runs that are asked for.
    ///
    /// # Errors
    /// As reading a log or collecting from a repository.
    pub(crate) fn load(&self, context: &mut Context<'_>) -> anyhow::Result<ExecutionLog> {
        let Some(path) = &self.log else {
            let case = match self.case {
                CaseChoice::Unit => CaseKind::Unit,
                CaseChoice::Session => CaseKind::Session,
                CaseChoice::PullRequest => CaseKind::PullRequest,
                CaseChoice::Branch => CaseKind::Branch,
            };
            return collect(context, &Options { case, sessions: self.sessions.clone() });
        };
        let read = foreign_log::open(path, self.log_format, Mapping::new(&self.map)?, context.environment)?;
        for row in &read.skipped {
            context.output.message(&format!("{}:{}: {}; skipped", path.display(), row.line, row.why));
        }
        let unnamed = read.skipped_rows - read.skipped.len() as u64;
        if unnamed > 0 {
            context.output.message(&format!("{}: {unnamed} more rows skipped", path.display()));
        }
        Ok(read.log)
    }
}

impl ProcessView {
    /// Runs that a claim needs.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub(super) fn minimum(&self, context: &Context<'_>) -> anyhow::Result<u32> {
        match self.min {
            Some(minimum) => Ok(minimum),
            None => Ok(rules::thresholds(context.environment)?.min_runs),
        }
    }

    /// What makes a process of what runs do.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub(super) fn thresholds(&self, context: &Context<'_>) -> anyhow::Result<Thresholds> {
        let set = rules::thresholds(context.environment)?;
        Ok(Thresholds { level: self.level, min_runs: self.minimum(context)?, ..Thresholds::of(&set) })
    }
}

/// The process that is meant: the one that was named, or the only one there is.
///
/// # Errors
/// When there is none, or several and none was named.
pub(crate) fn process(log: &ExecutionLog, named: Option<&str>) -> anyhow::Result<String> {
    let mut known: Vec<&str> = log.runs.iter().map(|run| log.text(run.process)).collect();
    known.sort_unstable();
    known.dedup();
    let list = || known.iter().map(|process| format!("`{process}`")).collect::<Vec<_>>().join(", ");
    match (named, &known[..]) {
        (_, []) => anyhow::bail!(
            "there is no run of any process here\nhint: commits made with an agent, `process log add` or --log FILE are runs"
        ),
        (None, [one]) => Ok((*one).to_owned()),
        (None, _) => anyhow::bail!("there are several processes\nhint: name one of {}", list()),
        (Some(named), _) if known.contains(&named) => Ok(named.to_owned()),
        (Some(named), _) => anyhow::bail!("there is no run of a process `{named}`\nhint: there are {}", list()),
    }
}

/// Indexes of the runs of `process`.
pub(crate) fn runs_of(log: &ExecutionLog, process: &str) -> Vec<u32> {
    let is_meant = |(_, run): &(u32, &crate::record::execution::Run)| log.text(run.process) == process;
    (0..).zip(&log.runs).filter(is_meant).map(|(index, _)| index).collect()
}
