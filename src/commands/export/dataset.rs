//! Writes the files of a dataset: shards by format and split, sidecars, the manifest, and the card and descriptions made from it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::spool::{FinishedRow, SpooledRows, count};
use crate::export::format::{Format, Layout};
use crate::export::manifest::{Counts, File, Manifest};
use crate::export::{card, croissant};
use crate::files::{self, NewFileMode};
use crate::record::json;
use crate::text::digest::Sha256Sum;

pub(crate) const MANIFEST: &str = "manifest.json";
/// What is said about the files of a format that has one for each row.
const FILES_META: &str = "files.meta.jsonl";
/// Bytes of a file after which another begins.
const SHARD: u64 = if cfg!(test) { 16 * 1024 } else { 256 * 1024 * 1024 };

/// Makes the folder ready. Only one that is new, empty, or holds an export is written to. Gives the files of that export.
///
/// # Errors
/// When it holds other files, or cannot be written.
pub(crate) fn prepare(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let is_empty = fs::read_dir(folder)?.next().is_none();
    if is_empty {
        return Ok(Vec::new());
    }
    let manifest = read_manifest(folder);
    let Ok(manifest) = manifest else {
        bail!("{} holds other files; name a new or empty folder", folder.display());
    };
    manifest.files.iter().map(|file| inside(folder, &file.path)).collect()
}

/// Takes out the files of the export before that are none of this one.
///
/// # Errors
/// When one cannot be removed.
pub(crate) fn remove_others(folder: &Path, before: &[PathBuf], manifest: &Manifest) -> anyhow::Result<()> {
    let now: Vec<PathBuf> = manifest.files.iter().map(|file| folder.join(&file.path)).collect();
    for path in before.iter().filter(|path| !now.contains(path)) {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| cannot_write(path));
            }
            _ => {}
        }
    }
    Ok(())
}

/// # Errors
/// When there is none, or it is not one of ours.
pub(crate) fn read_manifest(folder: &Path) -> anyhow::Result<Manifest> {
    let path = folder.join(MANIFEST);
    let text = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not the manifest of an export", path.display()))
}

/// The path of a file that a manifest names. A manifest may come from anybody.
///
/// # Errors
/// When it leads out of the folder.
pub(crate) fn inside(folder: &Path, path: &str) -> anyhow::Result<PathBuf> {
    let parts: Vec<&str> = path.split('/').collect();
    let is_plain = parts.len() == 2
        && parts.iter().all(|part| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', ':']));
    if !is_plain {
        bail!("the manifest in {} names a file elsewhere: {path:?}", folder.display());
    }
    Ok(files::folder_below(folder, parts[0])?.join(parts[1]))
}

/// Writes the rows of a format, and counts them.
///
/// # Errors
/// When the folder cannot be written.
pub(crate) fn write_rows(
    folder: &Path,
    format: &dyn Format,
    rows: &mut SpooledRows,
    counts: &mut Counts,
    limit: Option<u64>,
) -> anyhow::Result<Vec<File>> {
    let below = folder.join(format.name());
    fs::create_dir_all(&below).with_context(|| cannot_write(&below))?;
    let (exact, near) = rows.duplicates();
    (counts.exact_duplicates, counts.near_duplicates) = (exact, near);
    let mut sizes: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut left = limit.unwrap_or(u64::MAX);
    rows.each(|row| {
        if left == 0 {
            return Ok(());
        }
        left -= 1;
        let bytes = row.line.len() as u64 + 1;
        match sizes.entry(row.split.clone()).or_default().last_mut() {
            Some(size) if *size + bytes <= SHARD => *size += bytes,
            _ => sizes.entry(row.split.clone()).or_default().push(bytes),
        }
        count(&mut counts.rows, &row.split);
        count(&mut counts.tiers, &row.tier);
        Ok(())
    })?;
    let limit = limit.unwrap_or(u64::MAX);
    match format.layout() {
        Layout::Files(extension) => write_files(&below, format, rows, extension, limit),
        layout => write_shards(&below, format, rows, layout, &sizes, limit),
    }
    .with_context(|| cannot_write(&below))
}

/// A file that is being written.
struct Shard {
    path: PathBuf,
    prepared: Option<files::Prepared>,
    sum: Sha256Sum,
    bytes: u64,
    rows: u64,
}

fn write_shards(
    folder: &Path,
    format: &dyn Format,
    rows: &mut SpooledRows,
    layout: Layout,
    sizes: &BTreeMap<String, Vec<u64>>,
    limit: u64,
) -> io::Result<Vec<File>> {
    let mut written = Vec::new();
    // One file at a time: the rows are read once for each, and no more than one is open.
    for (split, sizes) in sizes {
        let of = sizes.len();
        for shard in 0..of {
            let name = format!("{split}-{shard:05}-of-{of:05}");
            let wanted = ShardRange { split, first: sizes[..shard].iter().sum(), end: sizes[..=shard].iter().sum() };
            written.push(write_shard(
                folder,
                format,
                rows,
                (&format!("{name}.jsonl"), split),
                &wanted,
                limit,
                |row| &row.line,
            )?);
            if layout == Layout::LinesAndSidecar {
                let name = format!("{name}.meta.jsonl");
                written.push(write_shard(folder, format, rows, (&name, ""), &wanted, limit, |row| &row.meta)?);
            }
        }
    }
    Ok(written)
}

/// The rows of a split from one number of bytes to another.
struct ShardRange<'a> {
    split: &'a str,
    first: u64,
    end: u64,
}

fn write_shard(
    folder: &Path,
    format: &dyn Format,
    rows: &mut SpooledRows,
    (name, split): (&str, &str),
    wanted: &ShardRange<'_>,
    limit: u64,
    text: impl Fn(&FinishedRow) -> &str,
) -> io::Result<File> {
    let path = folder.join(name);
    let mut shard = Shard { path: path.clone(), prepared: None, sum: Sha256Sum::default(), bytes: 0, rows: 0 };
    let (prepared, ()) = files::prepare_with(&path, NewFileMode::Shared, |file| {
        let mut out = BufWriter::new(file);
        let (mut at, mut left) = (0, limit);
        rows.each(|row| {
            if left == 0 {
                return Ok(());
            }
            left -= 1;
            if row.split != wanted.split {
                return Ok(());
            }
            let is_wanted = (wanted.first..wanted.end).contains(&at);
            at += row.line.len() as u64 + 1;
            if !is_wanted {
                return Ok(());
            }
            for bytes in [text(&row).as_bytes(), b"\n"] {
                out.write_all(bytes)?;
                shard.sum.add(bytes);
                shard.bytes += bytes.len() as u64;
            }
            shard.rows += 1;
            Ok(())
        })?;
        out.flush()
    })?;
    shard.prepared = Some(prepared);
    shard.put(format, name, split)
}

impl Shard {
    fn put(self, format: &dyn Format, name: &str, split: &str) -> io::Result<File> {
        if let Some(prepared) = self.prepared {
            prepared.put(&self.path)?;
        }
        Ok(File {
            path: format!("{}/{name}", format.name()),
            format: format.name().to_owned(),
            split: split.to_owned(),
            sha256: self.sum.hex(),
            bytes: self.bytes,
            rows: self.rows,
        })
    }
}

/// A file for each row, and a line about each.
fn write_files(
    folder: &Path,
    format: &dyn Format,
    rows: &mut SpooledRows,
    extension: &str,
    limit: u64,
) -> io::Result<Vec<File>> {
    let mut written = Vec::new();
    let path = folder.join(FILES_META);
    let mut about = Shard { path: path.clone(), prepared: None, sum: Sha256Sum::default(), bytes: 0, rows: 0 };
    let (prepared, ()) = files::prepare_with(&path, NewFileMode::Shared, |file| {
        let mut out = BufWriter::new(file);
        let mut left = limit;
        rows.each(|row| {
            if left == 0 {
                return Ok(());
            }
            left -= 1;
            let name = format!("{}.{extension}", row.row_id);
            let text = row.line.clone() + "\n";
            files::write(&folder.join(&name), text.as_bytes(), NewFileMode::Shared)?;
            let mut sum = Sha256Sum::default();
            sum.add(text.as_bytes());
            written.push(File {
                path: format!("{}/{name}", format.name()),
                format: format.name().to_owned(),
                split: row.split.clone(),
                sha256: sum.hex(),
                bytes: text.len() as u64,
                rows: 1,
            });
            let line = format!("{{\"file\":{},\"metadata\":{}}}\n", json::line(&name)?, row.meta);
            out.write_all(line.as_bytes())?;
            about.sum.add(line.as_bytes());
            about.bytes += line.len() as u64;
            about.rows += 1;
            Ok(())
        })?;
        out.flush()
    })?;
    about.prepared = Some(prepared);
    written.push(about.put(format, FILES_META, "")?);
    Ok(written)
}

/// Writes what is made from the manifest, and the manifest itself, the last: it says that the rest is there.
///
/// # Errors
/// When the folder cannot be written.
pub(crate) fn write_descriptions(folder: &Path, manifest: &mut Manifest) -> anyhow::Result<()> {
    manifest.files.sort();
    manifest.repositories.sort();
    for (name, text) in [
        ("README.md", card::card(manifest)?),
        ("croissant.json", croissant::croissant(manifest)?),
        ("dataset_info.json", card::llama_factory(manifest)?),
        (MANIFEST, json::pretty(manifest)? + "\n"),
    ] {
        let path = folder.join(name);
        files::write(&path, text.as_bytes(), NewFileMode::Shared).with_context(|| cannot_write(&path))?;
    }
    Ok(())
}

pub(crate) fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}
