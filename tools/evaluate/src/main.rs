//! Measures the linker against a public repository whose sessions are known, and against labels made by hand:
//! `cargo run --release -p evaluate -- --repository GIT_DIR --benchmark FOLDER [--labels FILE]`.
//! It sees the repository's commits and the transcripts, never the recorder's branch or trailers. How the folder is made
//! and what the figures mean: `docs/internals/benchmarks.md`.

mod checks;
mod labels;
mod linking;
mod prompts;
mod stories;

use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use backstory::capture;
use backstory::git::{changes, repository::Repository};
use backstory::link::{self, Hints, Linked, library::Library};
use backstory::output::for_terminal;
use backstory::record::commit::Commit;
use backstory::record::session::Session;
use clap::Parser;

#[derive(Parser)]
struct Args {
    /// The repository, or its git directory
    #[arg(long)]
    repository: PathBuf,
    /// A folder with `truth.jsonl` and `sessions/`
    #[arg(long)]
    benchmark: PathBuf,
    /// Labels made by hand, one JSON line a commit and session
    #[arg(long)]
    labels: Option<PathBuf>,
    /// Labels of whole stories, one JSON line a commit
    #[arg(long)]
    stories: Option<PathBuf>,
    /// The name of the labels that nobody tuned for, repeatable
    #[arg(long, value_name = "NAME")]
    held_out: Vec<String>,
    /// Also list what is wrong, one line each
    #[arg(long)]
    details: bool,
    /// How many of the largest differences of the agent's share to list
    #[arg(long, default_value_t = 20, value_name = "N")]
    shares: usize,
}

/// A commit with what the linker said about it.
pub(crate) struct Answer {
    pub(crate) commit: Commit,
    pub(crate) linked: Linked,
}

/// A row of the table: a name and a figure in words. Further lines are details.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) figure: String,
    pub(crate) details: Vec<String>,
}

pub(crate) fn row(name: impl Into<String>, figure: impl Into<String>) -> Row {
    Row { name: name.into(), figure: figure.into(), details: Vec::new() }
}

/// `12 of 40 (30.0 %)`
pub(crate) fn part(some: usize, all: usize) -> String {
    format!("{some} of {all} ({:.1} %)", 100.0 * some as f64 / all.max(1) as f64)
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let truth = linking::read_truth(&args.benchmark.join("truth.jsonl"))?;
    let labels =
        args.labels.as_deref().map(|path| labels::read(path, &args.benchmark)).transpose()?.unwrap_or_default();
    let stories = args.stories.as_deref().map(stories::read).transpose()?.unwrap_or_default();
    let start = Instant::now();
    let (sessions, mut rows) = read_sessions(&args)?;
    let reading = start.elapsed();
    rows.extend(checks::rows(&sessions));
    let start = Instant::now();
    let library = Library::new(sessions);
    let indexing = start.elapsed();
    let repository = Repository::discover(&args.repository, None)?;
    let mut ids: Vec<String> =
        truth.iter().map(|row| &row.commit).chain(labels.iter().map(|label| &label.commit)).cloned().collect();
    ids.extend(stories.iter().map(|story| story.commit.clone()));
    ids.sort();
    ids.dedup();
    let commits = changes::read_commits(&repository, &ids)?;
    let start = Instant::now();
    let answers: Vec<Answer> = commits
        .into_iter()
        .map(|commit| {
            let linked = link::link(
                &commit,
                &library,
                &Hints { since: repository.authored_before(&commit), ..Hints::default() },
            );
            Answer { commit, linked }
        })
        .collect();
    let times = [reading, indexing, start.elapsed()];
    let mut all = linking::rows(&truth, &answers, args.shares);
    all.extend(rows);
    if !labels.is_empty() {
        all.extend(labels::rows(&labels, &answers));
    }
    if let Some(path) = &args.stories {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let held_out = args.held_out.iter().any(|held_out| *held_out == name);
        all.extend(stories::rows(&stories, &answers, &args.benchmark.join("sessions"), held_out));
    }
    all.extend(cost(times, answers.len()));
    write(&all, args.details)
}

/// The sessions, merged, with what comparing them to the raw lines says about prompts.
fn read_sessions(args: &Args) -> anyhow::Result<(Vec<Session>, Vec<Row>)> {
    let (found, problems) = capture::find_in_folder(&args.benchmark.join("sessions"));
    let mut sessions = Vec::new();
    let mut compared = prompts::Compared::default();
    for transcript in &found {
        let read = capture::read(&transcript.path)?;
        let raw = std::fs::read_to_string(&transcript.path).unwrap_or_default();
        compared.add(&raw, &read);
        sessions.extend(read);
    }
    let mut rows = vec![row("transcripts", format!("{} read, {} left out", found.len(), problems.len()))];
    rows.extend(compared.rows());
    Ok((capture::merge(sessions), rows))
}

fn cost([reading, indexing, linking]: [Duration; 3], commits: usize) -> Vec<Row> {
    let mut rows = vec![row(
        "time",
        format!(
            "{:.2} s reading (twice, one thread), {:.2} s indexing, {:.2} s linking: {:.2} ms a commit",
            reading.as_secs_f64(),
            indexing.as_secs_f64(),
            linking.as_secs_f64(),
            linking.as_secs_f64() * 1000.0 / commits.max(1) as f64
        ),
    )];
    // Linux says how much memory was in use at most; elsewhere the row is left out.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    rows.extend(peak.map(|peak: u64| row("memory", format!("{} MB at most", peak / 1024))));
    rows
}

fn write(rows: &[Row], details: bool) -> anyhow::Result<()> {
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    let mut out = std::io::stdout().lock();
    for row in rows {
        writeln!(out, "{:width$}  {}", row.name, row.figure).context("standard output")?;
        for line in row.details.iter().filter(|_| details) {
            writeln!(out, "{:width$}    {}", "", for_terminal(line)).context("standard output")?;
        }
    }
    Ok(())
}
