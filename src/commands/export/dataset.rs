//! Writes the files of a dataset: shards by format and split, sidecars, the manifest, and the card and descriptions made from it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::spool::{SpooledRows, count};
use crate::export::format::{Format, Layout};
use crate::export::manifest::{Counts, File, Manifest};
use crate::export::{card, croissant};
use crate::files::{self, NewFile, NewFileMode};
use crate::record::json;
use crate::text::digest::{Sha256Sum, sha256};

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

/// Writes the rows of all formats, and what describes them.
///
/// # Errors
/// When the folder cannot be written, or holds other files.
pub(crate) fn write(
    folder: &Path,
    formats: &[&'static dyn Format],
    (mut manifest, mut rows): (Manifest, Vec<SpooledRows>),
    limit: Option<u64>,
) -> anyhow::Result<Manifest> {
    let before = prepare(folder)?;
    for (format, rows) in formats.iter().zip(&mut rows) {
        let counts = manifest.counts.entry(format.name().to_owned()).or_default();
        manifest.files.extend(write_rows(folder, *format, rows, counts, limit)?);
    }
    write_descriptions(folder, &mut manifest)?;
    remove_others(folder, &before, &manifest)?;
    Ok(manifest)
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
    (counts.exact_duplicates, counts.near_duplicates) = rows.duplicates();
    let mut fillings: BTreeMap<String, Filling> = BTreeMap::new();
    rows.outlines(limit, |row| {
        count(&mut counts.rows, &row.split);
        count(&mut counts.tiers, &row.tier);
        fillings.entry(row.split).or_default().begins(row.bytes);
    })?;
    match format.layout() {
        Layout::Files(extension) => write_files(&below, format, rows, extension, limit),
        layout => write_shards(&below, rows, (format, layout), &fillings, limit),
    }
    .with_context(|| cannot_write(&below))
}

/// How rows are dealt out to the files of a split: in the same way each time.
#[derive(Default)]
struct Filling {
    shards: usize,
    /// Of the last of them.
    bytes: u64,
}

impl Filling {
    /// Whether the next row, with a line of so many bytes, begins another file.
    fn begins(&mut self, bytes: u64) -> bool {
        let bytes = bytes + 1;
        let begins = self.shards == 0 || self.bytes + bytes > SHARD;
        if begins {
            (self.shards, self.bytes) = (self.shards + 1, 0);
        }
        self.bytes += bytes;
        begins
    }
}

/// A file that is being written.
struct Shard {
    file: NewFile,
    name: String,
    split: String,
    sum: Sha256Sum,
    bytes: u64,
    rows: u64,
}

impl Shard {
    fn new(folder: &Path, name: &str, split: &str) -> io::Result<Self> {
        let file = NewFile::at(&folder.join(name))?;
        let (name, split) = (name.to_owned(), split.to_owned());
        Ok(Self { file, name, split, sum: Sha256Sum::default(), bytes: 0, rows: 0 })
    }

    fn add(&mut self, line: &str) -> io::Result<()> {
        for bytes in [line.as_bytes(), b"\n"] {
            self.file.write_all(bytes)?;
            self.sum.add(bytes);
            self.bytes += bytes.len() as u64;
        }
        self.rows += 1;
        Ok(())
    }

    fn put(self, format: &dyn Format) -> io::Result<File> {
        self.file.put()?;
        Ok(File {
            path: format!("{}/{}", format.name(), self.name),
            format: format.name().to_owned(),
            split: self.split,
            sha256: self.sum.hex(),
            bytes: self.bytes,
            rows: self.rows,
        })
    }
}

/// One file of each split is open at a time, and what stands beside it.
fn write_shards(
    folder: &Path,
    rows: &mut SpooledRows,
    (format, layout): (&dyn Format, Layout),
    planned: &BTreeMap<String, Filling>,
    limit: Option<u64>,
) -> io::Result<Vec<File>> {
    let mut written = Vec::new();
    let mut open: BTreeMap<String, (Filling, Vec<Shard>)> = BTreeMap::new();
    rows.each(limit, |row| {
        let (filling, shards) = open.entry(row.split.clone()).or_default();
        if filling.begins(row.line.len() as u64) {
            for shard in shards.drain(..) {
                written.push(shard.put(format)?);
            }
            let of = planned.get(&row.split).map_or(1, |filling| filling.shards);
            let name = format!("{}-{:05}-of-{of:05}", row.split, filling.shards - 1);
            shards.push(Shard::new(folder, &format!("{name}.jsonl"), &row.split)?);
            if layout == Layout::LinesAndSidecar {
                shards.push(Shard::new(folder, &format!("{name}.meta.jsonl"), "")?);
            }
        }
        shards.iter_mut().zip([&row.line, &row.meta]).try_for_each(|(shard, line)| shard.add(line))
    })?;
    for shard in open.into_values().flat_map(|(_, shards)| shards) {
        written.push(shard.put(format)?);
    }
    Ok(written)
}

/// A file for each row, and a line about each.
fn write_files(
    folder: &Path,
    format: &dyn Format,
    rows: &mut SpooledRows,
    extension: &str,
    limit: Option<u64>,
) -> io::Result<Vec<File>> {
    let mut written = Vec::new();
    let mut about = Shard::new(folder, FILES_META, "")?;
    rows.each(limit, |row| {
        let name = format!("{}.{extension}", row.row_id);
        let text = row.line + "\n";
        files::write(&folder.join(&name), text.as_bytes(), NewFileMode::Shared)?;
        written.push(File {
            path: format!("{}/{name}", format.name()),
            format: format.name().to_owned(),
            split: row.split,
            sha256: sha256(text.as_bytes()),
            bytes: text.len() as u64,
            rows: 1,
        });
        about.add(&format!("{{\"file\":{},\"metadata\":{}}}", json::line(&name)?, row.meta))
    })?;
    written.push(about.put(format)?);
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
