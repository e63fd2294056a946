//! `merge DIR... --out DIR`: several datasets as one, as those that were made of parts of many repositories on several machines.

use std::collections::BTreeSet;
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
        for (folder, manifest) in &parts {
            for file in manifest.files.iter().filter(|file| file.format == name && !file.split.is_empty()) {
                context.output.progress("files are read", read, None);
                read_file((folder, file), &mut merged)?;
                read += 1;
            }
        }
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

/// Takes the rows of a file into the spool.
fn read_file((folder, file): (&Path, &manifest::File), merged: &mut MergedRows<'_>) -> anyhow::Result<()> {
    let path = inside(folder, &file.path)?;
    let cannot = || format!("{} cannot be read", path.display());
    ensure!(
        digest(&path).with_context(cannot)? == file.sha256,
        "{} is not what its manifest says; export it again",
        path.display()
    );
    let open = |path: &Path| anyhow::Ok(BufReader::new(File::open(path).with_context(cannot)?));
    match merged.format.layout() {
        Layout::Lines => {
            for line in open(&path)?.lines() {
                let line = line.with_context(cannot)?;
                let (content, meta) =
                    parted(&line).with_context(|| format!("{}: a row says nothing of itself", path.display()))?;
                merged.add(&content, meta)?;
            }
        }
        Layout::LinesAndSidecar => {
            let mut sidecar = open(&path.with_extension("meta.jsonl"))?.lines();
            for line in open(&path)?.lines() {
                let meta = sidecar.next().with_context(|| format!("{} has fewer lines beside it", path.display()))?;
                merged.add(&line.with_context(cannot)?, &meta.with_context(cannot)?)?;
            }
        }
        Layout::Files(_) => {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let text = fs::read_to_string(&path).with_context(cannot)?;
            let beside = fs::read_to_string(path.with_file_name("files.meta.jsonl")).with_context(cannot)?;
            let start = format!("{{\"file\":\"{name}\",\"metadata\":");
            let meta = beside.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix('}'));
            let meta = meta.with_context(|| format!("{} is not told of in files.meta.jsonl", path.display()))?;
            merged.add(text.trim_end_matches('\n'), meta)?;
        }
    }
    Ok(())
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
        let about: serde_json::Value = serde_json::from_str(meta).context("what is said of a row is no JSON")?;
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
