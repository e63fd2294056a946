//! `export [RANGE] --format FORMAT --out DIR`: training data from the records of a range.

mod arguments;
mod checkout;
mod collect;
pub(crate) mod dataset;
pub(crate) mod explain;
mod history;
mod later;
mod outline;
mod patch;
mod people;
mod repositories;
pub(crate) mod spool;
pub(crate) mod summary;

use std::io;

use anyhow::{bail, ensure};

pub(crate) use self::arguments::ExportArgs;
use self::arguments::FormatChoice;
use self::collect::{Collected, collect};
use self::spool::{SpooledRows, count};
use self::summary::{ending, told};
use crate::context::{Context, Ending};
use crate::export::format::{Format, Layout};
use crate::export::formats::FORMATS;
use crate::export::manifest::Manifest;
use crate::git::contents::trust_names;

/// Writes the dataset. A finished row in which the redactor's last scan still finds something is left out.
pub(crate) fn run(arguments: &ExportArgs, context: &mut Context) -> anyhow::Result<Ending> {
    trust_names();
    if let (Some(row_id), Some(out)) = (&arguments.explain, &arguments.out) {
        return explain::explain(&context.environment.cwd.join(out), row_id, context);
    }
    let to_output = arguments.out.as_ref().is_some_and(|out| out.as_os_str() == "-");
    if arguments.out.is_none() && !arguments.dry_run && !arguments.stats && !arguments.stdin {
        bail!("name the folder to write to with `--out DIR`, or look first with `--dry-run`");
    }
    let formats = chosen(&arguments.format);
    if (to_output || arguments.stdin) && (formats.len() > 1 || matches!(formats[0].layout(), Layout::Files(_))) {
        let option = if to_output { "--out -" } else { "--stdin" };
        bail!("`{option}` writes the rows of one format; {} needs a folder", names(&formats).join(", "));
    }
    if arguments.stdin {
        return repositories::from_input(arguments, formats[0], io::stdin().lock(), context);
    }
    let folder = arguments.out.as_ref().map(|out| context.environment.cwd.join(out));
    if let (Some(list), Some(folder)) = (&arguments.repos, &folder) {
        ensure!(!to_output, "`--repos` writes a dataset, which needs a folder");
        return repositories::of_list(arguments, &formats, (list, folder), context);
    }
    let folder = folder.filter(|_| !arguments.dry_run && !to_output);
    if let Some(folder) = folder.as_ref().filter(|folder| folder.exists()) {
        // Before what takes its time.
        dataset::prepare(folder)?;
    }
    let Collected { mut manifest, mut rows } = collect(arguments, &formats, context)?;
    if let Some(folder) = folder {
        let manifest = dataset::write(&folder, &formats, (manifest, rows), arguments.limit)?;
        return told(&manifest, arguments.stats, Some(&folder), context);
    }
    if to_output {
        for one in &mut rows {
            one.each(arguments.limit, |row| context.output.exact(&(row.line + "\n")))?;
        }
        context.output.flush()?;
        return Ok(ending(manifest.counts.values()));
    }
    for (format, rows) in formats.iter().zip(&mut rows) {
        preview(*format, rows, &mut manifest, arguments, context)?;
    }
    told(&manifest, arguments.stats, None, context)
}

/// The formats that were asked for, each once.
fn chosen(choices: &[FormatChoice]) -> Vec<&'static dyn Format> {
    let wanted = |format: &&&dyn Format| {
        choices.iter().any(|choice| choice.0.is_none_or(|chosen| chosen.name() == format.name()))
    };
    FORMATS.iter().filter(wanted).copied().collect()
}

fn names(formats: &[&'static dyn Format]) -> Vec<&'static str> {
    formats.iter().map(|format| format.name()).collect()
}

/// Shows the first rows of a format, and counts them all.
fn preview(
    format: &dyn Format,
    rows: &mut SpooledRows,
    manifest: &mut Manifest,
    arguments: &ExportArgs,
    context: &mut Context,
) -> anyhow::Result<()> {
    let counts = manifest.counts.entry(format.name().to_owned()).or_default();
    (counts.exact_duplicates, counts.near_duplicates) = rows.duplicates();
    let mut shown = 0;
    rows.each(arguments.limit, |row| {
        count(&mut counts.rows, &row.split);
        count(&mut counts.tiers, &row.tier);
        if arguments.dry_run && shown < SAMPLES {
            shown += 1;
            context.output.line(&row.line)?;
        }
        Ok(())
    })?;
    Ok(())
}

/// Rows that are shown of each format.
const SAMPLES: u32 = 3;

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;
    use crate::export::format::Unit;
    use crate::export::manifest::Manifest;
    use crate::record::samples;
    use crate::testing::stage::{Answer, Trial};

    fn export(trial: &Trial, format: &str, out: &str) -> Answer {
        let words = ["backstory", "export", "--format", format, "--out", out].map(std::ffi::OsString::from);
        let command = Cli::from_arguments(words.into_iter()).unwrap().command;
        trial.run(|context| command.run(context))
    }

    fn trial() -> Trial {
        let trial = Trial::new();
        let rules = "redaction: {rules: [{kind: sample, pattern: hunter2}]}\n";
        std::fs::write(trial.folder.path().join(crate::config::FILE_NAME), rules).unwrap();
        std::fs::create_dir(trial.folder.path().join("src")).unwrap();
        let lines: String = (1..=20).map(|line| format!("line {line} hunter2\n")).collect();
        let id = trial.commit("Discounts", "src/price.py", &lines);
        let mut record = samples::discounts().record;
        record.iter_mut().for_each(|record| record.files.retain(|file| file.path == "src/price.py"));
        trial.note(id, &serde_json::to_string(&record).unwrap());
        trial
    }

    #[test]
    fn an_export_has_the_agents_patch_redacted_and_is_the_same_every_time() {
        let trial = trial();
        assert_eq!(export(&trial, "sft", "one").ending, Ok(Ending::Done));
        assert_eq!(export(&trial, "sft", "two").ending, Ok(Ending::Done));
        let read = |name: &str| std::fs::read_to_string(trial.folder.path().join(name)).unwrap();
        let file = rows_of(&trial, "one/sft").remove(0);
        let row: serde_json::Value = serde_json::from_str(&read(&file)).unwrap();
        let patch = row["messages"][1]["tool_calls"][0]["function"]["arguments"]["input"].as_str().unwrap();
        assert!(
            patch.starts_with(
                "diff --git a/src/price.py b/src/price.py\nnew file mode 100644\n--- /dev/null\n+++ b/src/price.py\n\
                 @@ -0,0 +1,20 @@\n+line 1 [REDACTED:sample:"
            ),
            "{patch}"
        );
        for name in ["manifest.json", "README.md", "croissant.json", "dataset_info.json", &file["one/".len()..]] {
            assert_eq!(read(&format!("one/{name}")), read(&format!("two/{name}")), "{name}");
        }
        let manifest: Manifest = serde_json::from_str(&read("one/manifest.json")).unwrap();
        assert_eq!((manifest.files[0].rows, manifest.files[0].bytes), (1, read(&file).len() as u64));
    }

    /// The files with rows in a folder of a format.
    fn rows_of(trial: &Trial, folder: &str) -> Vec<String> {
        let files = std::fs::read_dir(trial.folder.path().join(folder)).into_iter().flatten().flatten();
        let names = files.map(|file| file.file_name().to_string_lossy().into_owned());
        names.filter(|name| !name.ends_with(".meta.jsonl")).map(|name| format!("{folder}/{name}")).collect()
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
        let rows = |format: &dyn Format| -> usize {
            let folder = format!("out/{0}/{0}", format.name());
            match format.layout() {
                Layout::Files(_) => read(&format!("{folder}/files.meta.jsonl")).lines().count(),
                _ => rows_of(&trial, &folder).iter().map(|file| read(file).lines().count()).sum(),
            }
        };
        let manifest = |format: &dyn Format| {
            let text = read(&format!("out/{}/manifest.json", format.name()));
            serde_json::from_str::<Manifest>(&text).unwrap()
        };
        let mut held = 0;
        for format in FORMATS {
            let (name, out) = (format.name(), format!("out/{}", format.name()));
            assert_eq!(ran(&["export", "--format", name, "--out", &out]).ending, Ok(Ending::Done), "{name}");
            assert_eq!(manifest(*format).rows() as usize, rows(*format), "{name}");
            held += usize::from(rows(*format) > 0);
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
        // A commit by hand has rows of its own where the unit is the commit.
        let others = FORMATS.iter().filter(|format| format.unit() == Unit::Commit).count();
        assert!(held > others, "{held}");
        assert!(forgotten.out.contains(&format!("{} rows taken out of", all - others)), "{forgotten:?}");
        for format in FORMATS {
            let folder = format!("out/{0}/{0}", format.name());
            assert!(rows_of(&trial, &folder).iter().all(|file| !read(file).contains(session)), "{format:?}");
            let expected = usize::from(format.unit() == Unit::Commit);
            assert_eq!((rows(*format), manifest(*format).rows() as usize), (expected, expected), "{format:?}");
        }
    }
}
