//! `report [RANGE]`: what the records of many commits say together, as one page, as JSON, as rows or as a badge.

use std::path::{Path, PathBuf};
use std::slice;

use anyhow::{Context as _, ensure};
use clap::ValueEnum;

use crate::context::{Context, Ending};
use crate::files::{self, NewFileMode};
use crate::git::remotes;
use crate::git::repository::Repository;
use crate::policy::evaluate;
use crate::process_store::told_ways::told_ways;
use crate::record::entry::CommitEntry;
use crate::record::json;
use crate::record::policy::{Policy, Rule};
use crate::recorder::page;
use crate::recorder::range::{RangeQuery, load, warn};
use crate::recorder::workplace::Workplace;
use crate::redact::Redactor;
use crate::report::badge::badge;
use crate::report::compare::compare;
use crate::report::events::DatedCommit;
use crate::report::figures::TeamReport;
use crate::report::made::{self, AskedRange, Judgement};
use crate::report::page::{comparison_page, page};
use crate::report::rows::csv;

const EXAMPLES: &str = "Examples:
  backstory report --out report.html
  backstory report v1.0..HEAD --format json
  backstory report --compare v1.0..v1.1 v1.1..HEAD --out compare.html
  backstory report --badge > docs/backstory.svg";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ReportArgs {
    /// Commit range, such as `v1.0..HEAD`, or a branch [default: all commits of HEAD]
    #[arg(conflicts_with = "compare")]
    pub range: Option<String>,
    /// Compare two ranges
    #[arg(long, num_args = 2, value_names = ["A", "B"])]
    pub compare: Option<Vec<String>>,
    /// What to write: one page, JSON (docs/schema/report.v1.json), or rows
    #[arg(long, value_enum, default_value = "html")]
    pub format: ReportFormat,
    /// Write a badge, as SVG: how complete the documentation is
    #[arg(long, conflicts_with_all = ["compare", "format", "all_files"])]
    pub badge: bool,
    /// List each file on the page [default: the 100 with most to tell]
    #[arg(long)]
    pub all_files: bool,
    /// Write to this file [default: standard output]
    #[arg(long, short = 'o', value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// One file for a browser, which needs nothing beside it
    Html,
    Json,
    /// One figure a row
    Csv,
}

/// # Errors
/// When a revision does not name a commit, and when the file cannot be written.
pub(crate) fn run(arguments: &ReportArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let is_page = arguments.format == ReportFormat::Html && !arguments.badge;
    ensure!(
        arguments.out.is_some() || !is_page || !context.output.is_terminal(),
        "a page is for a browser: name its file with `--out report.html`, or ask for figures with `--format json`"
    );
    let workplace = Workplace::for_telling(context.environment)?;
    let redactor = workplace.redactor()?;
    let text = match arguments.compare.as_deref() {
        Some([a, b]) => {
            let [a, b] = [a, b].map(|range| report((&workplace, &redactor), Some(range), false, context));
            let comparison = compare(&a?, &b?);
            match arguments.format {
                ReportFormat::Html => comparison_page(&comparison)?,
                ReportFormat::Json => json::pretty(&comparison)? + "\n",
                ReportFormat::Csv => anyhow::bail!("`--compare` writes a page or JSON; use `--format json`"),
            }
        }
        _ => {
            let range = arguments.range.as_deref();
            let report = report((&workplace, &redactor), range, !arguments.badge, context)?;
            match arguments.format {
                _ if arguments.badge => badge(&report)?,
                ReportFormat::Html => page(&report, arguments.all_files)?,
                ReportFormat::Json => json::pretty(&report)? + "\n",
                ReportFormat::Csv => csv(&report)?,
            }
        }
    };
    page::ensure_clean(&redactor, &text, "the report")?;
    match &arguments.out {
        Some(out) => write(&context.environment.cwd.join(out), out, &text, context)?,
        None => context.output.exact(&text)?,
    }
    Ok(Ending::Done)
}

fn write(path: &Path, named: &Path, text: &str, context: &mut Context) -> anyhow::Result<()> {
    files::write(path, text.as_bytes(), NewFileMode::Shared)
        .with_context(|| format!("{} cannot be written; name another file with `--out`", named.display()))?;
    context.output.message(&format!("wrote {}", named.display()));
    Ok(())
}

/// The figures of a range, or of the whole history of a branch; those of processes only where they are told.
///
/// # Errors
/// When a revision does not name a commit.
fn report(
    (workplace, redactor): (&Workplace, &Redactor),
    range: Option<&str>,
    tells_processes: bool,
    context: &mut Context,
) -> anyhow::Result<TeamReport> {
    let loaded = load(workplace, redactor, RangeQuery::History(range))?;
    warn(context.output, &loaded);
    let mut times = Vec::with_capacity(loaded.entries.len());
    for entry in loaded.entries {
        times.push((workplace.repository.times(&entry.id)?.committed, entry));
    }
    // The order of the history where two commits are of one second.
    times.sort_by_key(|(at, _)| *at);
    let (times, entries): (Vec<_>, Vec<CommitEntry>) = times.into_iter().unzip();
    let dated: Vec<DatedCommit<'_>> =
        entries.iter().zip(&times).map(|(entry, at)| DatedCommit { entry, at: *at }).collect();
    let judgement = judge(&dated);
    let ids = || entries.iter().map(|entry| entry.id.as_str()).collect();
    let processes = if tells_processes { told_ways(workplace, redactor, &ids())? } else { Vec::new() };
    let asked = AskedRange {
        repository: name(&workplace.repository),
        range: range.unwrap_or("HEAD").to_owned(),
        unreadable: u32::try_from(loaded.unreadable.len())?,
    };
    Ok(made::report(&dated, &judgement, asked, processes))
}

/// What a policy without rules says of each commit by itself: the same for every repository, so that reports can be compared. In a
/// long range almost every commit has a check that passed later on.
fn judge(dated: &[DatedCommit<'_>]) -> Judgement {
    let mut judgement = Judgement::default();
    for commit in dated {
        let verdict = evaluate(slice::from_ref(commit.entry), &Policy::default());
        if verdict.findings.iter().any(|finding| finding.rule == Rule::Verified) {
            judgement.unverified.insert(commit.entry.id.clone());
        }
        if let Some(score) = verdict.score {
            judgement.scores.insert(commit.entry.id.clone(), score);
        }
    }
    judgement
}

/// The name of the repository: the last part of its main remote's address. A folder's name is this machine's.
fn name(repository: &Repository) -> Option<String> {
    let remote = remotes::main(repository)?;
    let address = remotes::shown(&repository.config_string(&format!("remote.{remote}.url"))?);
    let last = address.trim_end_matches(['/', '\\']).rsplit(['/', '\\', ':']).next()?.trim_end_matches(".git");
    (!last.is_empty()).then(|| last.to_owned())
}
