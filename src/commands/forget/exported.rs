//! Takes rows out of exports that were written before: the `.jsonl` files of a folder and its manifest.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::Value;

use crate::export::format::Owners;
use crate::export::formats;
use crate::export::manifest::Manifest;
use crate::files::{self, NewFileMode};
use crate::text::digest::sha256;

const FILE_NAME: &str = "manifest.json";

/// What was done in a folder of exports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cleaned {
    pub(crate) files: usize,
    pub(crate) rows: usize,
    /// Lines that are no rows of ours: they stay.
    pub(crate) unreadable: usize,
}

/// The sessions that rows in the folder are of, as `<agent>/<id>`.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn sessions(folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for path in row_files(folder)? {
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        for row in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            found.extend(formats::owners(&row).unwrap_or_default().sessions);
        }
    }
    Ok(found)
}

/// Takes out the rows whose owners `matches` names, in the folder and those below it. With `only_count` nothing is changed.
///
/// # Errors
/// When a file cannot be read or replaced, or there is none. Each file is replaced as a whole.
pub(crate) fn remove_rows(
    folder: &Path,
    matches: &dyn Fn(&Owners) -> bool,
    only_count: bool,
) -> anyhow::Result<Cleaned> {
    let folders: BTreeSet<PathBuf> =
        row_files(folder)?.iter().filter_map(|path| path.parent()).map(Path::to_owned).collect();
    anyhow::ensure!(!folders.is_empty(), "there is no export in {}: no `.jsonl` file", folder.display());
    let mut cleaned = Cleaned::default();
    for folder in folders {
        let one = remove_in(&folder, matches, only_count)?;
        cleaned.files += one.files;
        cleaned.rows += one.rows;
        cleaned.unreadable += one.unreadable;
    }
    Ok(cleaned)
}

fn remove_in(folder: &Path, matches: &dyn Fn(&Owners) -> bool, only_count: bool) -> anyhow::Result<Cleaned> {
    let mut cleaned = Cleaned::default();
    let manifest_path = folder.join(FILE_NAME);
    let mut manifest: Option<Manifest> =
        fs::read(&manifest_path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    for path in row_files(folder)?.into_iter().filter(|path| path.parent() == Some(folder)) {
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let mut kept = String::with_capacity(text.len());
        let mut removed = 0;
        for line in text.lines() {
            let owners = serde_json::from_str::<Value>(line).ok().and_then(|row| formats::owners(&row));
            match owners {
                Some(owners) if matches(&owners) => removed += 1,
                owners => {
                    cleaned.unreadable += usize::from(owners.is_none());
                    kept.push_str(line);
                    kept.push('\n');
                }
            }
        }
        if removed == 0 {
            continue;
        }
        cleaned.files += 1;
        cleaned.rows += removed;
        if only_count {
            continue;
        }
        replace(&path, kept.as_bytes())?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let file = manifest.iter_mut().flat_map(|manifest| &mut manifest.files).find(|file| file.path == name);
        if let Some(file) = file {
            file.sha256 = sha256(kept.as_bytes());
            (file.bytes, file.rows) = (kept.len() as u64, kept.lines().count() as u64);
        }
    }
    if let Some(manifest) = manifest.as_mut().filter(|_| cleaned.rows > 0 && !only_count) {
        let removed = u32::try_from(cleaned.rows).unwrap_or(u32::MAX);
        *manifest.left_out.entry("forgotten".to_owned()).or_default() += removed;
        let mut text = crate::record::json::pretty(manifest)?;
        text.push('\n');
        replace(&manifest_path, text.as_bytes())?;
    }
    Ok(cleaned)
}

/// The files with rows in the folder and below it, without symlinks.
fn row_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (mut paths, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        let cannot = || format!("the folder {} cannot be read", folder.display());
        for entry in fs::read_dir(&folder).with_context(cannot)? {
            let path = entry.with_context(cannot)?.path();
            let Ok(data) = fs::symlink_metadata(&path) else { continue };
            if data.is_dir() && path.file_name().is_some_and(|name| name != ".git") {
                open.push(path);
            } else if data.is_file() && path.extension().is_some_and(|extension| extension == "jsonl") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    Ok(paths)
}

fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    files::write(path, bytes, NewFileMode::Shared).with_context(|| format!("{} cannot be replaced", path.display()))
}
