//! `export --explain ROW_ID --out DIR`: from a row of a dataset back to the commits, the session and the turns that it is of.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::dataset::{inside, read_manifest};
use crate::context::{Context, Ending};
use crate::output::for_terminal;

/// # Errors
/// When the folder holds no dataset, or no such row.
pub(super) fn explain(folder: &Path, row_id: &str, context: &mut Context) -> anyhow::Result<Ending> {
    let manifest = read_manifest(folder)?;
    for file in &manifest.files {
        let path = inside(folder, &file.path)?;
        // A file with what is said in another has no row that says it.
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        let reader = BufReader::new(File::open(&path).with_context(|| format!("{} cannot be read", path.display()))?);
        for (number, line) in reader.lines().enumerate() {
            let line = line.with_context(|| format!("{} cannot be read", path.display()))?;
            let found = line.contains(row_id).then(|| metadata(&line)).flatten();
            if let Some(metadata) = found.filter(|metadata| metadata["row_id"] == row_id) {
                return tell(&metadata, &format!("{}:{}", file.path, number + 1), context);
            }
        }
    }
    bail!("no row in {} is called {row_id}", folder.display())
}

/// What is said of a row: in it, or in the line of a sidecar.
pub(crate) fn metadata(line: &str) -> Option<Value> {
    let mut row: Value = serde_json::from_str(line).ok()?;
    let inner = row.get_mut("metadata").map(Value::take);
    inner.or(Some(row)).filter(|metadata| metadata.get("row_id").is_some())
}

fn tell(metadata: &Value, place: &str, context: &mut Context) -> anyhow::Result<Ending> {
    let text = |key: &str| metadata[key].as_str().unwrap_or_default();
    // A dataset may come from anybody.
    let mut line = |text: String| context.output.line(&for_terminal(&text));
    line(format!("{}, {place}", text("row_id")))?;
    let commits = metadata["commits"].as_array().map(Vec::as_slice).unwrap_or_default();
    for commit in commits.iter().filter_map(Value::as_str) {
        line(format!("commit {commit}: `backstory show {commit}`"))?;
    }
    for (name, key) in [
        ("made on", "base_commit"),
        ("session", "session_id"),
        ("other sessions", "other_sessions"),
        ("turns", "turn_ids"),
        ("model", "models"),
        ("evidence", "evidence_tier"),
        ("licence", "license_spdx"),
    ] {
        if !text(key).is_empty() {
            line(format!("{name}: {}", text(key)))?;
        }
    }
    Ok(Ending::Done)
}
