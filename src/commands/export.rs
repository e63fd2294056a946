//! `export [RANGE] --format FORMAT --out DIR`: training data from the records of a range.

pub(crate) mod patch;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use git2::{Oid, Repository};

use crate::commands::export::patch::agent_patch;
use crate::config;
use crate::context::{Context, Ending};
use crate::export::format::{ExportSource, Format};
use crate::export::formats::{self, FORMATS};
use crate::export::manifest::manifest;
use crate::export::patch::{NoPatch, RowPatch};
use crate::export::rows;
use crate::files::{self, NewFileMode};
use crate::git::promised;
use crate::record::entry::CommitEntry;
use crate::record::json;
use crate::record::text::Raw;
use crate::recorder::range::{RangeQuery, load, warn};
use crate::recorder::workplace::Workplace;

const FILE: &str = "train.jsonl";
const MANIFEST: &str = "manifest.json";

#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// Commit range, such as `v1..HEAD`, a branch or one commit [default: all commits of HEAD]
    pub range: Option<String>,
    /// What a row is
    #[arg(long, value_parser = format_parser())]
    pub format: &'static dyn Format,
    /// The folder to write `train.jsonl` and `manifest.json` to
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// What people may type is what the table has.
fn format_parser() -> impl TypedValueParser<Value = &'static dyn Format> {
    let values = FORMATS.iter().map(|format| PossibleValue::new(format.name()).help(format.help()));
    PossibleValuesParser::new(values).try_map(|name| formats::named(&name).ok_or("not a format"))
}

/// # Errors
/// Where a person does not want anything exported, and where that cannot be told.
fn refuse(workplace: &Workplace) -> anyhow::Result<()> {
    let settings = workplace.repository.settings()?;
    for key in ["backstory.enabled", "backstory.training"] {
        if settings.string(key).is_some_and(|value| !config::is_on(&value)) {
            bail!("`git config {key}` is off in this repository, so nothing is exported from it");
        }
    }
    Ok(())
}

/// Writes the files. A finished row in which the redactor's last scan still finds something is left out.
pub(crate) fn run(arguments: &ExportArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let mut workplace = Workplace::open(context.environment)?;
    refuse(&workplace)?;
    if !workplace.confirm(context.environment)? {
        bail!("BACKSTORY is off here, so nothing is exported");
    }
    let repository = workplace.repository.handle();
    let redactor = workplace.redactor()?;
    let findings = |bytes: &[u8]| redactor.scan_final(bytes).len();
    let loaded = load(&workplace, &redactor, RangeQuery::History(arguments.range.as_deref()))?;
    warn(context.output, &loaded);
    if arguments.format.holds_patches() {
        // What a patch is made from; a row whose files are not here has none.
        let recorded: Vec<String> =
            loaded.entries.iter().filter(|entry| entry.record.is_some()).map(|entry| entry.id.clone()).collect();
        promised::bring_changes(&workplace.repository, &recorded)?;
    }
    let patch = |entry: &CommitEntry, index: usize| {
        let is_left_out = |path: &str| workplace.ignored.has_path(path);
        let patch = agent_patch(repository, entry, index, &is_left_out).map_err(|_| NoPatch::Unreadable)??;
        Ok(RowPatch { text: redactor.text(Raw::new(patch.text)).0, is_whole: patch.is_whole })
    };
    let source =
        ExportSource { repo: repository_name(repository, &loaded.entries)?, license: String::new(), patch: &patch };
    let folder = context.environment.cwd.join(&arguments.out);
    prepare(&folder)?;
    let path = folder.join(FILE);
    let (prepared, written) = files::prepare_with(&path, NewFileMode::Shared, |file| {
        let mut out = BufWriter::new(file);
        let written = rows::write(loaded.entries, arguments.format, &source, &findings, &mut out)?;
        out.flush()?;
        Ok(written)
    })
    .with_context(|| cannot_write(&path))?;
    let mut text = json::pretty(&manifest(&written, FILE, arguments.format))?;
    text.push('\n');
    prepared.put(&path).with_context(|| cannot_write(&path))?;
    let manifest_path = folder.join(MANIFEST);
    files::write(&manifest_path, text.as_bytes(), NewFileMode::Shared).with_context(|| cannot_write(&manifest_path))?;
    context.output.message(&format!("{} rows in {}", written.rows, path.display()));
    for (reason, count) in &written.left_out {
        context.output.message(&format!("left out: {count} ({reason})"));
    }
    Ok(Ending::Done)
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// Only a folder that is new, empty, or holds an export is written to.
fn prepare(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let empty = std::fs::read_dir(folder)?.next().is_none();
    if !empty && !folder.join(MANIFEST).is_file() {
        bail!("{} holds other files; name a new or empty folder", folder.display());
    }
    Ok(())
}

/// The first commit's id: the same for every clone and fork, and it names nobody.
fn repository_name(repository: &Repository, range: &[CommitEntry]) -> anyhow::Result<String> {
    let Some(last) = range.last() else { return Ok(String::new()) };
    let mut walk = repository.revwalk()?;
    walk.set_sorting(git2::Sort::TOPOLOGICAL)?;
    walk.push(Oid::from_str(&last.id)?)?;
    Ok(walk.last().transpose()?.map(|id| id.to_string()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;
    use crate::export::manifest::Manifest;
    use crate::record::samples;
    use crate::testing::stage::{Answer, Trial};

    fn export(trial: &Trial, format: &str, out: &str) -> Answer {
        let format = formats::named(format).unwrap();
        let arguments = ExportArgs { range: None, format, out: PathBuf::from(out) };
        trial.run(|context| run(&arguments, context))
    }

    fn trial() -> Trial {
        let trial = Trial::new();
        let rules = "redaction: {rules: [{kind: sample, pattern: hunter2}]}\n";
        std::fs::write(trial.folder.path().join(crate::config::FILE_NAME), rules).unwrap();
        std::fs::create_dir(trial.folder.path().join("src")).unwrap();
        let lines: String = (1..=20).map(|line| format!("line {line} hunter2\n")).collect();
        let id = trial.commit("Discounts", "src/price.py", &lines);
        trial.note(id, &serde_json::to_string(&samples::discounts().record).unwrap());
        trial
    }

    #[test]
    fn an_export_has_the_agents_patch_redacted_and_is_the_same_every_time() {
        let trial = trial();
        assert_eq!(export(&trial, "sft", "one").ending, Ok(Ending::Done));
        assert_eq!(export(&trial, "sft", "two").ending, Ok(Ending::Done));
        let read = |name: &str| std::fs::read_to_string(trial.folder.path().join(name)).unwrap();
        let row: serde_json::Value = serde_json::from_str(&read("one/train.jsonl")).unwrap();
        let patch = row["messages"][3]["content"].as_str().unwrap();
        assert!(
            patch.starts_with(
                "diff --git a/src/price.py b/src/price.py\nnew file mode 100644\n--- /dev/null\n+++ b/src/price.py\n\
                 @@ -0,0 +1,20 @@\n+line 1 [REDACTED:sample:"
            ),
            "{patch}"
        );
        assert_eq!(read("one/train.jsonl"), read("two/train.jsonl"));
        assert_eq!(read("one/manifest.json"), read("two/manifest.json"));
        let manifest: Manifest = serde_json::from_str(&read("one/manifest.json")).unwrap();
        assert_eq!((manifest.files[0].rows, manifest.files[0].bytes), (1, read("one/train.jsonl").len() as u64));
    }

    #[test]
    fn a_folder_with_other_files_is_left_alone() {
        let trial = trial();
        let error = export(&trial, "record", "src").ending.unwrap_err();
        assert!(error.ends_with("src holds other files; name a new or empty folder"), "{error}");
        assert_eq!(export(&trial, "record", "out").ending, Ok(Ending::Done));
        assert_eq!(export(&trial, "record", "out").ending, Ok(Ending::Done));
    }

    #[test]
    fn an_opt_out_and_a_refusal_in_the_message_keep_commits_out() {
        let trial = trial();
        let id = trial.commit("Secret sauce\n\nAI-Training: no\n", "src/other.py", "x\n");
        trial.note(id, &serde_json::to_string(&samples::discounts().record).unwrap());
        assert!(export(&trial, "sft", "out").err.contains("left out: 1 (the commit message refuses training)"));
        trial.repository.config().unwrap().set_bool("backstory.training", false).unwrap();
        assert!(export(&trial, "sft", "out").ending.unwrap_err().contains("backstory.training"));
    }

    #[test]
    fn a_format_in_the_table_can_be_chosen_is_exported_and_forgotten() {
        let trial = trial();
        let ran = |words: &[&str]| {
            let words = ["backstory"].iter().chain(words).map(std::ffi::OsString::from);
            let command = Cli::from_arguments(words).map_err(|error| error.to_string()).unwrap().command;
            trial.run(|context| command.run(context))
        };
        let read = |name: &str| std::fs::read_to_string(trial.folder.path().join(name)).unwrap();
        let by_hand = trial.commit("By hand", "other.py", "x\n");
        trial.note(by_hand, &serde_json::to_string(&samples::by_a_person().record).unwrap());
        let rows = |format: &dyn Format| read(&format!("out/{}/train.jsonl", format.name())).lines().count();
        let manifest = |format: &dyn Format| {
            let text = read(&format!("out/{}/manifest.json", format.name()));
            serde_json::from_str::<Manifest>(&text).unwrap()
        };
        for format in FORMATS {
            let (name, out) = (format.name(), format!("out/{}", format.name()));
            assert_eq!(ran(&["export", "--format", name, "--out", &out]).ending, Ok(Ending::Done), "{name}");
            assert_eq!((rows(*format) > 0, manifest(*format).format.as_str()), (true, name));
        }
        let help = Cli::command().find_subcommand_mut("export").unwrap().render_long_help().to_string();
        assert!(FORMATS.iter().all(|format| help.contains(&format!("- {}:", format.name()))), "{help}");
        let error = Cli::from_arguments(["backstory", "export", "--format", "nosuch"].map(Into::into).into_iter());
        assert!(error.unwrap_err().to_string().contains("possible values: record, sft"));
        // Rows without a session have an author, too.
        let all: usize = FORMATS.iter().map(|format| rows(*format)).sum();
        let by_author = ran(&["forget", "--author", "ann@example.org", "--exports", "out", "--dry-run"]);
        assert!(by_author.err.contains(&format!("{all} exported rows")), "{by_author:?}");
        let session = &samples::discounts().record.unwrap().contributions[0].session;
        let forgotten = ran(&["forget", "--session", session, "--exports", "out"]);
        let count = FORMATS.len();
        assert!(forgotten.out.contains(&format!("{count} rows taken out of {count} exported files")), "{forgotten:?}");
        for format in FORMATS {
            assert!(!read(&format!("out/{}/train.jsonl", format.name())).contains(session), "{format:?}");
            let manifest = manifest(*format);
            let rows = rows(*format);
            assert_eq!((manifest.files[0].rows as usize, manifest.left_out["forgotten"]), (rows, 1), "{format:?}");
        }
        assert_eq!(all - count, FORMATS.iter().map(|format| rows(*format)).sum::<usize>(), "others stay");
    }
}
