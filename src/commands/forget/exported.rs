//! Takes rows out of datasets that were written before: the files of a folder and those below it, what stands beside them, and the
//! manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::Value;

use crate::commands::export::dataset::{MANIFEST, write_descriptions};
use crate::commands::export::explain::metadata;
use crate::export::manifest::Manifest;
use crate::files::{self, NewFileMode};
use crate::text::digest::sha256;

/// What was done in a folder of exports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cleaned {
    pub(crate) files: usize,
    pub(crate) rows: usize,
    /// Lines that are no rows of ours: they stay.
    pub(crate) unreadable: usize,
}

/// Whose text a row holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Owners {
    /// Full ids; their authors are the people.
    pub(crate) commits: Vec<String>,
    /// As `<agent>/<id>`.
    pub(crate) sessions: Vec<String>,
}

impl Owners {
    /// Of the line of a row, or of a sidecar; `None` for what is not ours.
    fn of(line: &str) -> Option<Self> {
        let metadata = metadata(line)?;
        let text = |key: &str| metadata[key].as_str().unwrap_or_default();
        let listed = metadata["commits"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let mut commits: Vec<String> = listed.map(str::to_owned).collect();
        commits.extend(["commit_sha", "recorded_commit_sha"].map(|key| text(key).to_owned()));
        commits.retain(|commit| !commit.is_empty());
        let mut sessions: Vec<String> = text("other_sessions").split_whitespace().map(str::to_owned).collect();
        sessions.extend(Some(text("session_id")).filter(|id| !id.is_empty()).map(str::to_owned));
        Some(Self { commits, sessions })
    }
}

/// The sessions that rows in the folder are of, as `<agent>/<id>`.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn sessions(folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for path in line_files(folder)? {
        for line in read(&path)?.lines() {
            found.extend(Owners::of(line).unwrap_or_default().sessions);
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
    let paths = line_files(folder)?;
    anyhow::ensure!(!paths.is_empty(), "there is no export in {}: no `.jsonl` file", folder.display());
    let mut cleaned = Cleaned::default();
    let mut changed: BTreeSet<PathBuf> = BTreeSet::new();
    for path in &paths {
        // Which lines of a file go may be said in the one beside it; that one is gone through itself.
        let removed = remove_in(path, matches, only_count, &mut cleaned)?;
        for folder in path.ancestors().skip(1).filter(|_| removed > 0 && !only_count) {
            if folder.join(MANIFEST).is_file() {
                changed.insert(folder.to_owned());
                break;
            }
        }
    }
    for folder in changed {
        refresh(&folder)?;
    }
    Ok(cleaned)
}

/// How many rows went from a file. What stands about them in a sidecar, and the files of rows that have one each, go along.
fn remove_in(
    path: &Path,
    matches: &dyn Fn(&Owners) -> bool,
    only_count: bool,
    cleaned: &mut Cleaned,
) -> anyhow::Result<u64> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // The rows of OpenAI's formats, and sessions as files, say nothing of themselves.
    let beside = name
        .strip_suffix(".meta.jsonl")
        .filter(|name| *name != "files")
        .map(|name| folder.join(format!("{name}.jsonl")));
    if !name.ends_with(".meta.jsonl")
        && (folder.join(name.replace(".jsonl", ".meta.jsonl")).is_file() || folder.join("files.meta.jsonl").is_file())
    {
        return Ok(0);
    }
    let text = read(path)?;
    let other = beside.as_deref().map(read).transpose()?;
    let mut others = other.as_deref().map(str::lines);
    let (mut kept, mut kept_beside, mut gone_files, mut removed) = (String::new(), String::new(), Vec::new(), 0_u64);
    for line in text.lines() {
        let other = others.as_mut().and_then(Iterator::next);
        match Owners::of(line) {
            Some(owners) if matches(&owners) => {
                removed += 1;
                gone_files.extend(file_of(line));
            }
            owners => {
                cleaned.unreadable += usize::from(owners.is_none());
                for (kept, line) in [(&mut kept, Some(line)), (&mut kept_beside, other)] {
                    kept.extend(line.into_iter().flat_map(|line| [line, "\n"]));
                }
            }
        }
    }
    if removed == 0 {
        return Ok(0);
    }
    cleaned.files += 1;
    cleaned.rows += usize::try_from(removed).unwrap_or(usize::MAX);
    if only_count {
        return Ok(removed);
    }
    for name in gone_files {
        let gone = folder.join(&name);
        fs::remove_file(&gone).with_context(|| format!("{} cannot be removed", gone.display()))?;
    }
    if let Some(beside) = &beside {
        replace(beside, kept_beside.as_bytes())?;
    }
    replace(path, kept.as_bytes())?;
    Ok(removed)
}

/// The file of a row that has one of its own: a name in the same folder.
fn file_of(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    let name = line["file"].as_str()?;
    (name.starts_with("row-") && !name.contains(['/', '\\'])).then(|| name.to_owned())
}

/// Says in the manifest of a folder, and in what is made from it, what is there now.
fn refresh(folder: &Path) -> anyhow::Result<()> {
    let path = folder.join(MANIFEST);
    let Some(mut manifest): Option<Manifest> =
        fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok())
    else {
        return Ok(());
    };
    let mut left_out: BTreeMap<String, u64> = BTreeMap::new();
    let mut files = Vec::with_capacity(manifest.files.len());
    for mut file in std::mem::take(&mut manifest.files) {
        let bytes = fs::read(folder.join(&file.path)).ok();
        let rows = match &bytes {
            Some(bytes) if file.path.ends_with(".jsonl") && !(file.rows == 1 && file.path.contains("/row-")) => {
                bytes.iter().filter(|byte| **byte == b'\n').count() as u64
            }
            Some(_) => file.rows,
            None => 0,
        };
        if !file.split.is_empty() && rows < file.rows {
            let gone = file.rows - rows;
            *left_out.entry(file.format.clone()).or_default() += gone;
            if let Some(count) =
                manifest.counts.get_mut(&file.format).and_then(|counts| counts.rows.get_mut(&file.split))
            {
                *count = count.saturating_sub(gone);
            }
        }
        if let Some(bytes) = bytes {
            (file.sha256, file.bytes, file.rows) = (sha256(&bytes), bytes.len() as u64, rows);
            files.push(file);
        }
    }
    manifest.files = files;
    for (format, count) in left_out {
        let counts = manifest.counts.entry(format).or_default();
        *counts.left_out.entry("forgotten".to_owned()).or_default() += count;
    }
    write_descriptions(folder, &mut manifest)
}

/// The files of lines in the folder and below it, without symlinks.
fn line_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
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

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    files::write(path, bytes, NewFileMode::Shared).with_context(|| format!("{} cannot be replaced", path.display()))
}
