//! Reads a log that another program wrote, straight from its file: what `--log` does. The texts come out clean.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::Context as _;

use crate::environment::Environment;
use crate::process::exchange::building::ReadLog;
use crate::process::exchange::fields::Mapping;
use crate::process::exchange::format::{LogFormat, read};
use crate::record::execution::{Symbol, Symbols};
use crate::record::text::Raw;
use crate::recorder::redactor_here::redactor_here;
use crate::redact::Redactor;

/// Bytes that are read from the file at once.
const BUFFER: usize = 1 << 18;
/// Bytes of texts that are looked at together.
const BATCH: usize = 1 << 16;

/// The log in `path`. Its runs are of the process that it names, or of one that is called as the file is.
///
/// # Errors
/// When the file cannot be opened, when its format is not known, and when nothing in it can be read; names the file.
pub(crate) fn open(
    path: &Path,
    format: Option<LogFormat>,
    mapping: Mapping,
    environment: &Environment,
) -> anyhow::Result<ReadLog> {
    let shown = path.display();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let format = format.or_else(|| LogFormat::of(&name)).with_context(|| {
        format!("{shown}: the format is not known by this name\nhint: say --log-format xes, ocel2, csv or jsonl")
    })?;
    let mapping = mapping.of_process(name.split('.').next().unwrap_or_default());
    let file = File::open(environment.cwd.join(path)).with_context(|| format!("{shown} cannot be read"))?;
    let input = BufReader::with_capacity(BUFFER, file);
    let mut log = read(format, input, &mapping).map_err(|error| anyhow::anyhow!("{shown}: {error}"))?;
    redact(&mut log.log.symbols, &redactor_here(false, environment)?);
    Ok(log)
}

/// Takes secrets out of `symbols`. Most texts hold none: they are looked at together, and one by one only where something is
/// found.
pub(crate) fn redact(symbols: &mut Symbols, redactor: &Redactor) {
    let mut found = Vec::new();
    let (mut batch, mut members) = (String::new(), Vec::new());
    let mut look = |batch: &mut String, members: &mut Vec<Symbol>| {
        if !redactor.spans(batch).is_empty() {
            found.append(members);
        }
        batch.clear();
        members.clear();
    };
    for (symbol, text) in symbols.iter() {
        batch.push_str(text);
        batch.push('\n');
        members.push(symbol);
        if batch.len() >= BATCH {
            look(&mut batch, &mut members);
        }
    }
    look(&mut batch, &mut members);
    for symbol in found {
        let text = symbols.text(symbol).to_owned();
        let (clean, counts) = redactor.text(Raw::new(text));
        if !counts.is_empty() {
            symbols.replace(symbol, clean.as_str());
        }
    }
}
