//! `log [RANGE] [-- PATHS]`: who made the commits of a range, in a line or two each, or as a format says.

use crate::context::{Context, Ending};
use crate::document::log_format::{self, LogFormat, ONE_LINE};
use crate::document::{terminal, views};
use crate::git::contents;
use crate::output::Output;
use crate::record::entry::CommitEntry;
use crate::record::json;
use crate::record::text::Raw;
use crate::recorder::log_range::ListQuery;
use crate::recorder::range::{LoadDetail, RangeQuery};
use crate::recorder::workplace::Workplace;
use crate::recorder::{listing, page};

#[derive(Debug, Default, clap::Args)]
#[command(after_long_help = log_format::help())]
pub struct LogArgs {
    /// Commit range, such as `main..HEAD`, a branch (its last 30 commits) or one commit [default: the last 30 of HEAD]
    pub range: Option<String>,
    /// List at most this many commits
    #[arg(short = 'n', long, value_name = "N")]
    pub max_count: Option<usize>,
    /// Write one line a commit
    #[arg(long, conflicts_with_all = ["format", "json"])]
    pub oneline: bool,
    /// Write each commit as a text with placeholders, such as `%h %as %{agents} %s`; `--help` lists them
    #[arg(long, conflicts_with = "json")]
    pub format: Option<String>,
    /// Write JSON (docs/schema/log.v1.json)
    #[arg(long)]
    pub json: bool,
    /// Only commits that change one of these files or folders
    #[arg(last = true)]
    pub paths: Vec<String>,
}

pub(crate) fn run(arguments: &LogArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let form = RowForm::of(arguments)?;
    contents::trust_names();
    let mut workplace = Workplace::for_telling(context.environment)?;
    let redactor = workplace.redactor()?;
    let paths = (context.environment.cwd.as_path(), arguments.paths.as_slice());
    let query = ListQuery { range: arguments.range.as_deref(), most: arguments.max_count, paths };
    let (ids, empty) = match query.whole() {
        Some(_) => (Vec::new(), None),
        None => query.ids(&workplace.repository)?,
    };
    let span = query.whole().unwrap_or(RangeQuery::These(&ids));
    let mut rows = JsonRows::default();
    let is_coloured = context.output.colour;
    let clean = |text: &str| redactor.text(Raw::new(text)).0.as_str().to_owned();
    let render = |entry: &CommitEntry| match &form {
        RowForm::Json => JsonRows::row(entry),
        RowForm::Told => Ok(page::text(&terminal::log(std::slice::from_ref(entry)), is_coloured)),
        RowForm::Format(format) => Ok(format.filled(entry, &clean, is_coloured)),
    };
    let take = |text: String| match arguments.json {
        true => rows.add(context.output, &text),
        false => Ok(context.output.write(&text)?),
    };
    let told = listing::newest_first(&mut workplace, &redactor, (span, LoadDetail::Brief), (render, take))?;
    if arguments.json {
        rows.end(context.output, told.unreadable)?;
    }
    empty.into_iter().for_each(|empty| context.output.message(&empty));
    told.warn(context.output);
    Ok(Ending::Done)
}

/// How each commit is written.
enum RowForm {
    Told,
    Format(LogFormat),
    Json,
}

impl RowForm {
    fn of(arguments: &LogArgs) -> anyhow::Result<Self> {
        let format = if arguments.oneline { Some(ONE_LINE) } else { arguments.format.as_deref() };
        Ok(match format {
            // As git has it: not a text but a name.
            Some("oneline") => Self::Format(LogFormat::parse(ONE_LINE)?),
            Some(format) => Self::Format(LogFormat::parse(format)?),
            None if arguments.json => Self::Json,
            None => Self::Told,
        })
    }
}

/// Writes [`views::Log`] commit by commit.
#[derive(Default)]
struct JsonRows {
    has_begun: bool,
}

impl JsonRows {
    /// One of the commits, as it stands in the document.
    fn row(entry: &CommitEntry) -> anyhow::Result<String> {
        // No string in it has a line end.
        let lines = json::pretty(&views::log_commit(entry))?;
        Ok(lines.lines().flat_map(|line| ["\n    ", line]).collect())
    }

    fn add(&mut self, output: &mut Output, row: &str) -> anyhow::Result<()> {
        output.exact(if self.has_begun { "," } else { BEGINNING })?;
        self.has_begun = true;
        Ok(output.exact(row)?)
    }

    fn end(&self, output: &mut Output, unreadable: usize) -> anyhow::Result<()> {
        output.exact(if self.has_begun { "\n  " } else { BEGINNING })?;
        output.exact(&format!("],\n  \"unreadable\": {unreadable}\n}}\n"))?;
        Ok(())
    }
}

const BEGINNING: &str = "{\n  \"backstory\": 1,\n  \"commits\": [";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::samples;
    use crate::testing::stage::Trial;

    #[test]
    fn what_is_written_commit_by_commit_is_the_document() {
        let range =
            [samples::discounts(), samples::by_a_person(), samples::signed("d4", "##[x]\u{2028}", "copilot", true)];
        let trial = Trial::new();
        for count in 0..=range.len() {
            let answer = trial.run(|context| {
                let mut rows = JsonRows::default();
                for entry in range[..count].iter().rev() {
                    rows.add(context.output, &JsonRows::row(entry)?)?;
                }
                rows.end(context.output, 7)?;
                Ok(Ending::Done)
            });
            assert_eq!(answer.out, json::pretty(&views::log(&range[..count], 7)).unwrap() + "\n");
        }
    }

    fn ask(trial: &Trial, arguments: &LogArgs) -> crate::testing::stage::Answer {
        trial.run(|context| run(arguments, context))
    }

    /// Three commits, the second with a record.
    fn three() -> Trial {
        let trial = Trial::new();
        trial.commit("Start", "a", "a\n");
        let id = trial.commit("Discounts", "b", "b\n");
        trial.note(id, &serde_json::to_string(&samples::discounts().record).unwrap());
        trial.commit("Tidy", "a", "b\n");
        trial
    }

    #[test]
    fn commits_are_listed_as_a_format_says_and_no_more_than_asked_for() {
        let trial = three();
        let some = |text: &str| Some(text.to_owned());
        let subjects = || LogArgs { format: some("%s"), ..LogArgs::default() };
        let paths = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
        for (arguments, out) in [
            (subjects(), "Tidy\nDiscounts\nStart\n"),
            (LogArgs { max_count: Some(2), ..subjects() }, "Tidy\nDiscounts\n"),
            (LogArgs { max_count: Some(0), ..subjects() }, ""),
            (LogArgs { max_count: Some(9), range: some("HEAD~2..HEAD"), ..subjects() }, "Tidy\nDiscounts\n"),
            (LogArgs { max_count: Some(1), range: some("HEAD~2..HEAD"), ..subjects() }, "Tidy\n"),
            (LogArgs { paths: paths(&["a"]), ..subjects() }, "Tidy\nStart\n"),
            (LogArgs { paths: paths(&["a"]), max_count: Some(1), ..subjects() }, "Tidy\n"),
            (LogArgs { paths: paths(&["b"]), range: some("main"), ..subjects() }, "Discounts\n"),
            (LogArgs { format: some("%{agents}"), paths: paths(&["b"]), ..LogArgs::default() }, "Claude Code\n"),
        ] {
            let answer = ask(&trial, &arguments);
            assert_eq!((answer.out.as_str(), answer.ending), (out, Ok(Ending::Done)), "{arguments:?}: {}", answer.err);
        }
        let one = ask(&trial, &LogArgs { oneline: true, paths: paths(&["b"]), ..LogArgs::default() }).out;
        assert!(
            one.ends_with(" Discounts (Claude Code, 91%; tests passed before the last change, 3 failed attempts)\n"),
            "{one}"
        );
        assert_eq!(
            ask(&trial, &LogArgs { format: some("oneline"), paths: paths(&["b"]), ..LogArgs::default() }).out,
            one
        );
        let nothing = ask(&trial, &LogArgs { paths: paths(&["c"]), json: true, ..LogArgs::default() });
        assert_eq!(nothing.err, "backstory: no commits in `HEAD` touch c\n");
        assert_eq!(nothing.out, "{\n  \"backstory\": 1,\n  \"commits\": [],\n  \"unreadable\": 0\n}\n");
    }

    #[test]
    fn a_mistake_in_a_format_or_range_is_named() {
        let trial = three();
        let format = |text: &str| LogArgs { format: Some(text.to_owned()), ..LogArgs::default() };
        let closest = ask(&trial, &format("%h %{agent}")).ending.unwrap_err();
        assert!(closest.starts_with("`%{agent}` is not a placeholder; the closest is `%{agents}`"), "{closest}");
        let constant = ask(&trial, &format("medium")).ending.unwrap_err();
        assert_eq!(constant, "`medium` has no placeholder, so that all lines would be the same; try `%h %s% {agents}`");
        for paths in [vec![], vec!["a".to_owned()]] {
            let unknown = LogArgs { range: Some("nope".to_owned()), max_count: Some(1), paths, ..LogArgs::default() };
            assert!(ask(&trial, &unknown).ending.unwrap_err().starts_with("no commit `nope` here"));
        }
        let outside = LogArgs { paths: vec!["../x".to_owned()], ..LogArgs::default() };
        assert!(ask(&trial, &outside).ending.unwrap_err().starts_with("git cannot tell which commits touch ../x: "));
    }

    #[test]
    fn what_git_has_is_written_as_git_writes_it() {
        const FORMAT: &str = "%H|%h|%P|%p|%s|%an|%ae|%ad|%ai|%aI|%as|%at|%cn|%ce|%cd|%ci|%cI|%cs|%ct|%%|%x41% h%+s";
        let trial = three();
        let git = |arguments: &[&str]| {
            let mut command = std::process::Command::new("git");
            command.args(["-c", "core.abbrev=7", "-c", "user.name=Zo\u{eb}", "-c", "user.email=z@example.org"]);
            command.args(arguments).current_dir(trial.folder.path()).env("GIT_CONFIG_GLOBAL", "/dev/null");
            let ran = command.env("GIT_CONFIG_NOSYSTEM", "1").output().unwrap();
            assert!(ran.status.success(), "{ran:?}");
            String::from_utf8(ran.stdout).unwrap()
        };
        for date in ["2026-07-04T05:06:07+0530", "1999-12-31T23:59:59-0800", "2030-01-09T00:00:00+0000"] {
            git(&["commit", "-q", "--allow-empty", "--no-verify", "--date", date, "-m", "One\n\nBody"]);
        }
        let ours = ask(&trial, &LogArgs { format: Some(FORMAT.to_owned()), ..LogArgs::default() }).out;
        assert_eq!(ours, git(&["log", &format!("--format={FORMAT}")]));
    }
}
