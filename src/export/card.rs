//! The card of a dataset (`README.md` as the Hugging Face Hub reads it) and what LLaMA-Factory is to know of it, both from the manifest.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, context};
use serde::Serialize;
use serde_json::json;

use super::format::Layout;
use super::formats::named;
use super::manifest::{Counts, Manifest};
use crate::record::json;
use crate::text::markdown::{cell, exact_code, inline};

const CARD: &str = include_str!("../../templates/dataset/README.md");

/// # Errors
/// When the template cannot be filled: it comes with the program.
pub(crate) fn card(manifest: &Manifest) -> anyhow::Result<String> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_template("card", CARD)?;
    let configs: Vec<TableConfig> = manifest.formats.iter().filter_map(|format| config(manifest, format)).collect();
    let licenses: BTreeSet<&str> =
        manifest.repositories.iter().flat_map(|one| &one.licenses).map(String::as_str).collect();
    let mut redactions: BTreeMap<&str, u64> = BTreeMap::new();
    for (kind, count) in manifest.repositories.iter().flat_map(|one| &one.redactions) {
        *redactions.entry(kind).or_default() += count;
    }
    let values = context! {
        configs => Value::from(Serde(&configs)),
        size => size(manifest.rows()),
        rows => manifest.rows(),
        license => hub_license(&licenses),
        licenses => licenses.iter().map(|one| if one.is_empty() { "not known".to_owned() } else { escaped(one) }).collect::<Vec<_>>(),
        repositories => manifest
            .repositories
            .iter()
            .map(|one| {
                let code = |text: &str| exact_code(text).as_str().to_owned();
                context! {
                    repository => code(&one.repository), head => code(&one.head),
                    consent => escaped(&one.consent), redaction_policy => code(&one.redaction_policy),
                }
            })
            .collect::<Vec<_>>(),
        redactions => redactions.into_iter().map(|(kind, count)| context! { kind => escaped_cell(kind), count }).collect::<Vec<_>>(),
        selection => exact_code(&json::line(&manifest.selection)?).as_str(),
        content => &manifest.content,
        tool => escaped(&manifest.tool),
        schema_version => escaped(&manifest.schema_version),
        traces => manifest.formats.iter().any(|format| format == "agent-traces"),
    };
    Ok(environment.get_template("card")?.render(values)?)
}

/// A merged manifest may come from anybody: what it says is text in the card, and nothing that a reader of Markdown acts on.
fn escaped(text: &str) -> String {
    inline(text).as_str().to_owned()
}

fn escaped_cell(text: &str) -> String {
    cell(text).as_str().to_owned()
}

/// One format as the Hub loads it.
#[derive(Serialize)]
struct TableConfig<'a> {
    name: &'a str,
    help: &'a str,
    files: Vec<SplitFiles>,
    counts: &'a Counts,
    rows: u64,
    left_out: u64,
}

#[derive(Serialize)]
struct SplitFiles {
    split: String,
    path: String,
}

/// `None` for a format without rows, or with a file for each: the Hub loads neither as a table.
fn config<'a>(manifest: &'a Manifest, format: &'a str) -> Option<TableConfig<'a>> {
    let counts = manifest.counts.get(format)?;
    let known = named(format)?;
    if matches!(known.layout(), Layout::Files(_)) {
        return None;
    }
    let split = |split: &str| {
        let is_of = |file: &super::manifest::File| file.format == format && file.split == split;
        manifest.files.iter().any(is_of).then(|| {
            // Not the sidecars: their names go on before the end.
            SplitFiles { split: split.to_owned(), path: format!("{format}/{split}-*-of-?????.jsonl") }
        })
    };
    let files: Vec<SplitFiles> = ["train", "validation", "test"].into_iter().filter_map(split).collect();
    let left_out = counts.exact_duplicates + counts.near_duplicates + counts.left_out.values().sum::<u64>();
    let rows = counts.rows.values().sum();
    (!files.is_empty()).then(|| TableConfig { name: known.name(), help: known.help(), files, counts, rows, left_out })
}

/// The class of sizes that the Hub has.
fn size(rows: u64) -> &'static str {
    match rows {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        _ => "1M<n<10M",
    }
}

/// The identifier that the Hub has for the licence of all rows; `other` where there are several, or none that is known.
fn hub_license(licenses: &BTreeSet<&str>) -> String {
    match licenses.iter().collect::<Vec<_>>()[..] {
        [one] if !one.is_empty() && one.chars().all(|c| c.is_ascii_alphanumeric() || "-.+".contains(c)) => {
            one.to_lowercase()
        }
        _ => "other".to_owned(),
    }
}

/// `dataset_info.json`: the formats that LLaMA-Factory takes, by name.
///
/// # Errors
/// None that a manifest can cause.
pub(crate) fn llama_factory(manifest: &Manifest) -> anyhow::Result<String> {
    let mut all = serde_json::Map::new();
    for file in manifest.files.iter().filter(|file| file.format == "sharegpt" && !file.split.is_empty()) {
        let name = file.path.replace(['/', '.'], "_").replace("_jsonl", "");
        all.insert(
            name,
            json!({
                "file_name": file.path, "formatting": "sharegpt",
                "columns": {"messages": "conversations", "tools": "tools"},
                "tags": {"role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt",
                         "observation_tag": "observation", "function_tag": "function_call"}
            }),
        );
    }
    Ok(json::pretty(&all)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::manifest::RowsOrigin;
    use crate::export::selection::Selection;

    #[test]
    fn what_a_manifest_of_others_says_is_text_in_the_card() {
        let evil = "x`\n---\nlicense: evil\n# <img src=x>\n[a](https://evil.example) @octocat";
        let origin = RowsOrigin {
            repository: evil.to_owned(),
            head: evil.to_owned(),
            redaction_policy: evil.to_owned(),
            consent: evil.to_owned(),
            redactions: BTreeMap::from([(evil.to_owned(), 1)]),
            licenses: vec![evil.to_owned()],
        };
        let mut manifest = Manifest::new(
            &["sft", "../evil"],
            Selection { agents: vec![evil.to_owned()], ..Selection::default() },
            "text",
        );
        (manifest.tool, manifest.repositories) = (evil.to_owned(), vec![origin]);
        let card = card(&manifest).unwrap();
        assert!(card.starts_with("---\nlicense: other\n"), "{card}");
        for acts in ["\nlicense: evil", "\n# <img", "<img src=x>\n", "../evil"] {
            assert!(!card.contains(acts), "{acts}: {card}");
        }
        assert_eq!(card.lines().filter(|line| *line == "---").count(), 2, "{card}");
    }
}
