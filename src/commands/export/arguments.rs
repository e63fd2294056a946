//! What people type behind `export`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use jiff::Timestamp;

use crate::export::format::Format;
use crate::export::formats::{self, FORMATS};

#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// Commit range, such as `v1..HEAD`, a branch or one commit [default: all commits of HEAD]
    pub range: Option<String>,
    /// All commits of all branches that share history with this one
    #[arg(long, conflicts_with = "range")]
    pub all: bool,
    /// What a row is; several with commas between, or `all`
    #[arg(long, value_parser = format_parser(), value_delimiter = ',', required_unless_present = "explain")]
    pub format: Vec<FormatChoice>,
    /// The folder to write the dataset to, or `-` for the rows alone on standard output
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Answer each repository named on standard input with a JSON object
    #[arg(long, conflicts_with_all = ["out", "repos", "dry_run", "stats", "explain"])]
    pub stdin: bool,
    /// Make one dataset of repositories: a file of paths, or `-`
    #[arg(long, value_name = "LIST", requires = "out", conflicts_with_all = ["dry_run", "explain"])]
    pub repos: Option<PathBuf>,
    /// Take only the I-th of N parts of the list
    #[arg(long, value_name = "I/N", requires = "repos")]
    pub shard: Option<RepositoryShard>,
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Whether rows hold text, or figures and what they are of only
    #[arg(long, value_name = "KIND", default_value = "text", value_parser = ["text", "none"])]
    pub content: String,
    /// Write so many rows of each format at most
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<u64>,
    /// Write nothing; show the counts and three rows of each format
    #[arg(long)]
    pub dry_run: bool,
    /// Print the counts as JSON
    #[arg(long)]
    pub stats: bool,
    /// Say which commits, session and turns a row in DIR is of
    #[arg(long, value_name = "ROW_ID", requires = "out", conflicts_with_all = ["range", "all", "format", "dry_run"])]
    pub explain: Option<String>,
}

/// A format, or all of them.
#[derive(Clone, Copy, Debug)]
pub struct FormatChoice(pub(crate) Option<&'static dyn Format>);

/// A part of a list of repositories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepositoryShard {
    /// From 1 to `of`.
    pub number: u64,
    pub of: u64,
}

impl FromStr for RepositoryShard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        let shard = parsed.map(|(number, of)| Self { number, of }).filter(|one| (1..=one.of).contains(&one.number));
        shard.ok_or_else(|| "not one of several parts, such as 2/8".to_owned())
    }
}

/// Which rows are wanted.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Which rows")]
pub struct SelectionArgs {
    /// Leave out rows with text of a provider's models, and those of which it is not known
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub exclude_provider: Vec<String>,
    /// Only these agents
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub agent: Vec<String>,
    /// Only models whose names begin so
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub model: Vec<String>,
    /// Only commits that change a file that the pattern fits
    #[arg(long, value_name = "PATTERN")]
    pub path: Vec<String>,
    /// Only under these licences, as SPDX identifiers
    #[arg(long, value_name = "SPDX", value_delimiter = ',')]
    pub license: Vec<String>,
    /// Only commits made from this time on
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub since: Option<Timestamp>,
    /// Only commits made before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub until: Option<Timestamp>,
    /// Only where the session wrote at least so many percent of the added lines
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub min_share: u32,
    /// Only where a check passed on what was committed
    #[arg(long)]
    pub only_verified: bool,
    /// Only where a person wrote some of the wanted text
    #[arg(long)]
    pub human_target_only: bool,
}

/// What people may type is what the table has.
fn format_parser() -> impl TypedValueParser<Value = FormatChoice> {
    let values = FORMATS.iter().map(|format| PossibleValue::new(format.name()).help(format.help()));
    let all = PossibleValue::new("all").help("Each of these");
    PossibleValuesParser::new(values.chain([all])).map(|name| FormatChoice(formats::named(&name)))
}

/// `2026-01-31`, which is midnight UTC, or a whole time.
fn time(text: &str) -> Result<Timestamp, String> {
    let day = text.parse::<jiff::civil::Date>().ok().and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC).ok());
    day.map(|day| day.timestamp())
        .or_else(|| text.parse().ok())
        .ok_or_else(|| "not a day such as 2026-01-31, nor a time such as 2026-01-31T12:00:00Z".to_owned())
}
