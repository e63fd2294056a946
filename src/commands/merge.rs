//! `merge DIR... --out DIR`: several datasets as one, as those that were made of parts of many repositories on several machines.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use crate::commands::export::dataset::{self, inside, read_manifest};
use crate::commands::export::spool::{FinishedRow, LAST_SCAN, RowPrint, RowSpool};
use crate::commands::export::told;
use crate::context::{Context, Ending};
use crate::export::format::{Format, Layout};
use crate::export::formats;
use crate::export::manifest::{self, Manifest};
use crate::export::metadata::split;
use crate::recorder::redactor_here::redactor_here;
use crate::redact::Redactor;
use crate::text::digest::Sha256Sum;

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
    // In whatever order they are named, the same comes of them.
    parts.sort_by(|one, other| (&one.1.repositories, &one.1.files).cmp(&(&other.1.repositories, &other.1.files)));
    let mut whole = empty(&parts)?;
    // A dataset may come from anybody, and from rules of another day.
    let redactor = redactor_here(false, context.environment)?;
    let before = dataset::prepare(&out)?;
    let named: BTreeSet<&str> = whole.repositories.iter().map(|one| one.repository.as_str()).collect();
    let is_of_many = named.len() > 1;
    for name in whole.formats.clone() {
        let format =
            formats::named(&name).with_context(|| format!("the format {name} is not known to this version"))?;
        let mut spool = RowSpool::new();
        let mut counts = whole.counts.remove(&name).unwrap_or_default();
        let mut merged = MergedRows { format, is_of_many, redactor: &redactor, spool: &mut spool, left_out: 0 };
        for (folder, manifest) in &parts {
            for file in manifest.files.iter().filter(|file| file.format == name && !file.split.is_empty()) {
                read_file((folder, file), &mut merged)?;
            }
        }
        let left_out = merged.left_out;
        if left_out > 0 {
            *counts.left_out.entry(LAST_SCAN.to_owned()).or_default() += left_out;
        }
        let mut rows = spool.finish().context("the rows cannot be compared on the disk")?;
        let known = (counts.exact_duplicates, counts.near_duplicates);
        whole.files.extend(dataset::write_rows(&out, format, &mut rows, &mut counts, None)?);
        counts.exact_duplicates += known.0;
        counts.near_duplicates += known.1;
        whole.counts.insert(name, counts);
    }
    dataset::write_descriptions(&out, &mut whole)?;
    dataset::remove_others(&out, &before, &whole)?;
    told(&whole, false, Some(&out), context)
}

/// The manifest of the merged dataset before it has rows.
fn empty(parts: &[(PathBuf, Manifest)]) -> anyhow::Result<Manifest> {
    let Some((_, first)) = parts.first() else { bail!("there is nothing to merge") };
    let mut whole = Manifest { files: Vec::new(), counts: Default::default(), ..first.clone() };
    let mut repositories: BTreeSet<manifest::RowsOrigin> = BTreeSet::new();
    for (folder, manifest) in parts {
        for (what, one, other) in [
            ("schema", &manifest.schema_version, &first.schema_version),
            ("content", &manifest.content, &first.content),
        ] {
            ensure!(one == other, "{} has another {what} than the others: {one}, not {other}", folder.display());
        }
        repositories.extend(manifest.repositories.iter().cloned());
        for format in
            manifest.formats.iter().filter(|format| !whole.formats.contains(format)).cloned().collect::<Vec<_>>()
        {
            whole.formats.push(format);
        }
        for (format, counts) in &manifest.counts {
            let sum = whole.counts.entry(format.clone()).or_default();
            sum.exact_duplicates += counts.exact_duplicates;
            sum.near_duplicates += counts.near_duplicates;
            for (why, count) in &counts.left_out {
                *sum.left_out.entry(why.clone()).or_default() += count;
            }
        }
    }
    whole.formats.sort();
    whole.repositories = repositories.into_iter().collect();
    Ok(whole)
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
    /// Whether they are of several repositories: then these are what splits go by.
    is_of_many: bool,
    redactor: &'a Redactor,
    spool: &'a mut RowSpool,
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
        let meta = if self.is_of_many {
            let old = format!("\"split\":\"{}\"", text("split"));
            meta.replacen(&old, &format!("\"split\":\"{}\"", split(&text("repo"), "")), 1)
        } else {
            meta.to_owned()
        };
        let about_split = if self.is_of_many { split(&text("repo"), "").to_owned() } else { text("split") };
        let print = RowPrint::of(content, &text("session_id"));
        let (line, meta) = self.format.layout().placed(content.to_owned(), meta);
        let row = FinishedRow { line, meta, row_id: text("row_id"), split: about_split, tier: text("evidence_tier") };
        self.spool.add(&row, &print).context("the rows cannot be kept on the disk")
    }
}
