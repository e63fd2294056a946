//! `merge DIR... --out DIR`: several datasets as one, as those that were made of parts of many repositories on several machines.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use crate::commands::export::dataset::{self, inside, read_manifest};
use crate::commands::export::spool::{FinishedRow, LAST_SCAN, RowPrint, RowSpool};
use crate::commands::export::summary::told;
use crate::context::{Context, Ending};
use crate::export::format::{Format, Layout};
use crate::export::formats;
use crate::export::manifest::{self, Manifest};
use crate::export::metadata::split;
use crate::record::json;
use crate::recorder::redactor_here::redactor_here;
use crate::redact::Redactor;
use crate::text::digest::{Sha256Sum, sha256};

#[derive(Debug, clap::Args)]
pub struct MergeArgs {
    /// The datasets, as `export` or `merge` wrote them
    #[arg(required = true, value_name = "DIR")]
    pub datasets: Vec<PathBuf>,
    /// The folder to write the merged dataset to
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// Checks each file against its manifest, leaves out rows that say what another says, and splits by repository where there are several.
pub(crate) fn run(arguments: &MergeArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let folder = |path: &PathBuf| context.environment.cwd.join(path);
    let out = folder(&arguments.out);
    let mut parts: Vec<(PathBuf, Manifest)> = Vec::new();
    for path in &arguments.datasets {
        let path = folder(path);
        ensure!(path != out, "{} is merged and cannot be written to; name a new folder", path.display());
        let manifest = read_manifest(&path)?;
        parts.push((path, manifest));
    }
    let before = dataset::prepare(&out)?;
    let repositories = parts.iter().flat_map(|(_, manifest)| &manifest.repositories);
    let named: BTreeSet<&str> = repositories.map(|one| one.repository.as_str()).collect();
    let plan =
        MergePlan { by_repository: named.len() > 1, limit: None, nothing: Manifest::default(), before, out: &out };
    let merged = merge(parts, plan, context)?;
    told(&merged, false, Some(&out), context)
}

/// How datasets become one.
pub(crate) struct MergePlan<'a> {
    pub(crate) out: &'a Path,
    /// The files of the dataset that was there.
    pub(crate) before: Vec<PathBuf>,
    /// Whether splits go by repositories.
    pub(crate) by_repository: bool,
    /// Rows of each format at most.
    pub(crate) limit: Option<u64>,
    /// The manifest where there is no dataset to merge.
    pub(crate) nothing: Manifest,
}

/// # Errors
/// When the datasets are not of one kind, a file is not what its manifest says, or the folder cannot be written.
pub(crate) fn merge(
    mut parts: Vec<(PathBuf, Manifest)>,
    plan: MergePlan<'_>,
    context: &mut Context,
) -> anyhow::Result<Manifest> {
    // In whatever order they are named, the same comes of them.
    parts.sort_by(|one, other| (&one.1.repositories, &one.1.files).cmp(&(&other.1.repositories, &other.1.files)));
    let mut whole = without_rows(&parts)?.unwrap_or(plan.nothing);
    // A dataset may come from anybody, and from rules of another day.
    let redactor = redactor_here(false, context.environment)?;
    let mut read = 0;
    for name in whole.formats.clone() {
        let format =
            formats::named(&name).with_context(|| format!("the format {name} is not known to this version"))?;
        let mut counts = whole.counts.remove(&name).unwrap_or_default();
        let mut merged = MergedRows {
            format,
            by_repository: plan.by_repository,
            has_text: whole.content == "text",
            redactor: &redactor,
            spool: RowSpool::new(),
            left_out: 0,
        };
        let mut files: Vec<RowFile> = Vec::new();
        for (folder, manifest) in &parts {
            let first = manifest.repositories.first().map(|one| one.repository.clone()).unwrap_or_default();
            let own = manifest.files.iter().filter(|file| file.format == name && !file.split.is_empty());
            files.extend(own.map(|file| RowFile { folder, file, first: first.clone(), open: None }));
        }
        by_repository(files, format, |row| {
            context.output.progress("rows are read", read, None);
            read += 1;
            merged.add(&row.content, &row.meta)
        })?;
        if merged.left_out > 0 {
            *counts.left_out.entry(LAST_SCAN.to_owned()).or_default() += merged.left_out;
        }
        let mut rows = merged.spool.finish().context("the rows cannot be compared on the disk")?;
        let known = (counts.exact_duplicates, counts.near_duplicates);
        whole.files.extend(dataset::write_rows(plan.out, format, &mut rows, &mut counts, plan.limit)?);
        counts.exact_duplicates += known.0;
        counts.near_duplicates += known.1;
        whole.counts.insert(name, counts);
    }
    dataset::write_descriptions(plan.out, &mut whole)?;
    dataset::remove_others(plan.out, &plan.before, &whole)?;
    Ok(whole)
}

/// The manifest of the merged dataset before it has rows; `None` where there are no datasets.
fn without_rows(parts: &[(PathBuf, Manifest)]) -> anyhow::Result<Option<Manifest>> {
    let Some((_, first)) = parts.first() else { return Ok(None) };
    let mut whole = Manifest { files: Vec::new(), counts: Default::default(), ..first.clone() };
    let mut repositories: BTreeSet<manifest::RowsOrigin> = BTreeSet::new();
    let mut formats: BTreeSet<&String> = BTreeSet::new();
    for (folder, manifest) in parts {
        let of = |manifest: &Manifest| -> anyhow::Result<_> {
            let selection = json::line(&manifest.selection)?;
            Ok([manifest.schema_version.clone(), manifest.content.clone(), selection])
        };
        for (what, (one, other)) in ["schema", "content", "selection"].iter().zip(of(manifest)?.iter().zip(&of(first)?))
        {
            ensure!(one == other, "{} has another {what} than the others: {one}, not {other}", folder.display());
        }
        repositories.extend(manifest.repositories.iter().cloned());
        formats.extend(&manifest.formats);
        for (format, counts) in &manifest.counts {
            let sum = whole.counts.entry(format.clone()).or_default();
            sum.exact_duplicates += counts.exact_duplicates;
            sum.near_duplicates += counts.near_duplicates;
            for (why, count) in &counts.left_out {
                *sum.left_out.entry(why.clone()).or_default() += count;
            }
        }
    }
    whole.formats = formats.into_iter().cloned().collect();
    whole.repositories = repositories.into_iter().collect();
    Ok(Some(whole))
}

/// A row, and what is said of it.
struct MergeRow {
    content: String,
    meta: String,
}

impl MergeRow {
    /// Within a text its quotes would be escaped.
    fn repository(&self) -> &str {
        let behind = self.meta.split_once("\"repo\":\"").map_or("", |(_, behind)| behind);
        behind.split('"').next().unwrap_or_default()
    }
}

type RowIterator = Box<dyn Iterator<Item = anyhow::Result<MergeRow>>>;

/// A file of a dataset whose rows are to be taken.
struct RowFile<'a> {
    folder: &'a Path,
    file: &'a manifest::File,
    /// The first of the repositories that it may have rows of.
    first: String,
    /// Where it is read: the next row, and those behind it.
    open: Option<(MergeRow, RowIterator)>,
}

/// Takes the rows of all files, repository by repository: of rows that say the same, the one that stays does not depend on which
/// repositories were exported together. No more files are open than have rows of several.
fn by_repository(
    mut files: Vec<RowFile<'_>>,
    format: &dyn Format,
    mut each: impl FnMut(MergeRow) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut next: BinaryHeap<Reverse<(String, usize)>> =
        files.iter().enumerate().map(|(place, file)| Reverse((file.first.clone(), place))).collect();
    while let Some(Reverse((repository, place))) = next.pop() {
        let file = &mut files[place];
        let (mut row, mut rows) = match file.open.take() {
            Some((row, rows)) => (Some(row), rows),
            None => {
                let mut rows = rows_of(file.folder, file.file, format)?;
                (rows.next().transpose()?, rows)
            }
        };
        while let Some(own) = row.take_if(|row| row.repository() == repository) {
            each(own)?;
            row = rows.next().transpose()?;
        }
        if let Some(row) = row {
            next.push(Reverse((row.repository().to_owned(), place)));
            file.open = Some((row, rows));
        }
    }
    Ok(())
}

/// The rows of a file, which is what its manifest says.
fn rows_of(folder: &Path, file: &manifest::File, format: &dyn Format) -> anyhow::Result<RowIterator> {
    let path = inside(folder, &file.path)?;
    let cannot = format!("{} cannot be read", path.display());
    ensure!(
        digest(&path).with_context(|| cannot.clone())? == file.sha256,
        "{} is not what its manifest says; export it again",
        path.display()
    );
    let lines = |path: &Path| {
        let file = File::open(path).with_context(|| cannot.clone())?;
        anyhow::Ok(BufReader::new(file).lines())
    };
    let all = lines(&path)?;
    Ok(match format.layout() {
        Layout::Lines => Box::new(all.map(move |line| {
            let line = line.with_context(|| cannot.clone())?;
            let (content, meta) =
                parted(&line).with_context(|| format!("{}: a row says nothing of itself", path.display()))?;
            Ok(MergeRow { content, meta: meta.to_owned() })
        })),
        Layout::LinesAndSidecar => {
            let mut sidecar = lines(&path.with_extension("meta.jsonl"))?;
            Box::new(all.map(move |line| {
                let meta = sidecar.next().with_context(|| format!("{} has fewer lines beside it", path.display()))?;
                let read = |line: std::io::Result<String>| line.with_context(|| cannot.clone());
                Ok(MergeRow { content: read(line)?, meta: read(meta)? })
            }))
        }
        Layout::Files(_) => {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let read = |path: &Path| fs::read_to_string(path).with_context(|| cannot.clone());
            let (text, beside) = (read(&path)?, read(&path.with_file_name("files.meta.jsonl"))?);
            let start = format!("{{\"file\":\"{name}\",\"metadata\":");
            let meta = beside.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix('}'));
            let meta = meta.with_context(|| format!("{} is not told of in files.meta.jsonl", path.display()))?;
            let row = MergeRow { content: text.trim_end_matches('\n').to_owned(), meta: meta.to_owned() };
            Box::new(std::iter::once(Ok(row)))
        }
    })
}

fn digest(path: &Path) -> std::io::Result<String> {
    let mut file = BufReader::new(File::open(path)?);
    let mut sum = Sha256Sum::default();
    loop {
        let bytes = file.fill_buf()?;
        if bytes.is_empty() {
            return Ok(sum.hex());
        }
        sum.add(bytes);
        let length = bytes.len();
        file.consume(length);
    }
}

/// What a row says, and what is said of it. Within a text its quotes would be escaped, so that the key is found only where it is one.
fn parted(line: &str) -> Option<(String, &str)> {
    let at = line.rfind("\"metadata\":{\"schema_version\":")?;
    let meta = line[at..].strip_prefix("\"metadata\":")?.strip_suffix('}')?;
    let content = line[..at].strip_suffix(',').unwrap_or(&line[..at]);
    Some((format!("{content}}}"), meta))
}

/// The rows of one format, as they are taken from the datasets.
struct MergedRows<'a> {
    format: &'static dyn Format,
    /// Whether splits go by repositories.
    by_repository: bool,
    /// Figures alone say nothing by which a row could be compared.
    has_text: bool,
    redactor: &'a Redactor,
    spool: RowSpool,
    left_out: u64,
}

impl MergedRows<'_> {
    fn add(&mut self, content: &str, meta: &str) -> anyhow::Result<()> {
        if [content, meta].iter().any(|text| !self.redactor.scan_final(text.as_bytes()).is_empty()) {
            self.left_out += 1;
            return Ok(());
        }
        let about: serde_json::Value = serde_json::from_str(meta).context("the metadata of a row is not JSON")?;
        let text = |key: &str| about[key].as_str().unwrap_or_default().to_owned();
        let old = text("split");
        let split = if self.by_repository { split(&text("repo"), "").to_owned() } else { old.clone() };
        let meta = meta.replacen(&format!("\"split\":\"{old}\""), &format!("\"split\":\"{split}\""), 1);
        let row_id = text("row_id");
        let compared = if self.has_text { content } else { &row_id };
        let print = RowPrint::of(compared, &sha256(compared.as_bytes()), &text("session_id"));
        let (line, meta) = self.format.layout().placed(content.to_owned(), meta);
        let row = FinishedRow { line, meta, row_id, split, tier: text("evidence_tier") };
        self.spool.add(&row, &print).context("the rows cannot be kept on the disk")
    }
}
