//! `croissant.json`: the dataset as MLCommons' Croissant 1.0 describes it. A column with a list is taken out of the line with a JSON path:
//! a bare text over it is valid and does not load (mlcroissant 1.1.1).

use serde_json::{Value, json};

use super::format::Layout;
use super::formats::named;
use super::manifest::{File, Manifest};
use crate::record::json;

/// # Errors
/// None that a manifest can cause.
pub(crate) fn croissant(manifest: &Manifest) -> anyhow::Result<String> {
    let is_table = |file: &&File| {
        !file.split.is_empty() && named(&file.format).is_some_and(|format| !matches!(format.layout(), Layout::Files(_)))
    };
    let tables: Vec<&File> = manifest.files.iter().filter(is_table).collect();
    let distribution: Vec<Value> = tables
        .iter()
        .map(|file| {
            json!({
                "@type": "cr:FileObject", "@id": file.path, "name": file.path, "contentUrl": file.path,
                "contentSize": format!("{} B", file.bytes), "encodingFormat": "application/jsonlines", "sha256": file.sha256,
            })
        })
        .collect();
    let sets: Vec<Value> = tables.iter().flat_map(|file| record_set(file)).collect();
    let licenses: Vec<&String> = manifest.repositories.iter().flat_map(|one| &one.licenses).collect();
    let license = match licenses[..] {
        [one] if !one.is_empty() => format!("https://spdx.org/licenses/{one}.html"),
        _ => "see metadata.license_spdx of each row".to_owned(),
    };
    let whole = json!({
        "@context": context(),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "commits-of-coding-agents",
        "description": "Rows made from git commits and the records of how coding agents wrote them. README.md says more.",
        "license": license,
        "url": "README.md",
        "version": manifest.schema_version,
        "citeAs": manifest.tool,
        "datePublished": DATE,
        "distribution": distribution,
        "recordSet": sets,
    });
    Ok(json::pretty(&whole)? + "\n")
}

/// The format insists on a date, and an export has no clock.
const DATE: &str = "1970-01-01";

/// What is in a file, column by column.
fn record_set(file: &File) -> Option<Value> {
    let columns = COLUMNS.iter().find(|(format, _)| *format == file.format).map(|(_, columns)| *columns)?;
    let id = file.path.trim_end_matches(".jsonl");
    let fields: Vec<Value> = columns
        .iter()
        .map(|(name, kind)| {
            let (data_type, repeated) = match kind {
                Column::Text => ("sc:Text", false),
                Column::Bool => ("sc:Boolean", false),
                Column::Messages(_) | Column::Texts => ("sc:Text", true),
                Column::Bools => ("sc:Boolean", true),
            };
            let mut extract = json!({"column": name});
            let mut source = json!({"fileObject": {"@id": file.path}});
            if let Column::Messages(part) = kind {
                source["transform"] = json!({"jsonPath": format!("$[*].{part}")});
            } else if repeated {
                source["transform"] = json!({"jsonPath": "$[*]"});
            }
            source["extract"] = extract.take();
            let mut field = json!({
                "@type": "cr:Field", "@id": format!("{id}/{name}"), "name": format!("{id}/{name}"), "dataType": data_type, "source": source
            });
            if repeated {
                field["repeated"] = json!(true);
            }
            field
        })
        .collect();
    Some(json!({"@type": "cr:RecordSet", "@id": id, "name": id, "field": fields}))
}

#[derive(Clone, Copy)]
enum Column {
    Text,
    Bool,
    Texts,
    Bools,
    /// Of each message this part.
    Messages(&'static str),
}

/// The columns of the formats that are tables. Of `record` the flat ones.
const COLUMNS: &[(&str, &[(&str, Column)])] = &[
    ("record", &[("subject", Column::Text), ("headline", Column::Text)]),
    ("sft", &[("messages", Column::Messages("content"))]),
    ("prompt-completion", &[("prompt", Column::Messages("content")), ("completion", Column::Messages("content"))]),
    (
        "preference",
        &[
            ("prompt", Column::Messages("content")),
            ("chosen", Column::Messages("content")),
            ("rejected", Column::Messages("content")),
        ],
    ),
    (
        "unpaired",
        &[
            ("prompt", Column::Messages("content")),
            ("completion", Column::Messages("content")),
            ("label", Column::Bool),
        ],
    ),
    ("stepwise", &[("prompt", Column::Text), ("completions", Column::Texts), ("labels", Column::Bools)]),
    (
        "edits",
        &[
            ("path", Column::Text),
            ("request", Column::Text),
            ("message", Column::Text),
            ("before", Column::Text),
            ("proposal", Column::Text),
            ("committed", Column::Text),
            ("corrected", Column::Bool),
        ],
    ),
    ("openai-sft", &[("messages", Column::Messages("content"))]),
    (
        "openai-dpo",
        &[("preferred_output", Column::Messages("content")), ("non_preferred_output", Column::Messages("content"))],
    ),
    ("sharegpt", &[("conversations", Column::Messages("value")), ("tools", Column::Text)]),
];

/// As the specification prints it.
fn context() -> Value {
    json!({
        "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column",
        "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
        "data": {"@id": "cr:data", "@type": "@json"}, "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "dct": "http://purl.org/dc/terms/", "examples": {"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract",
        "field": "cr:field", "fileProperty": "cr:fileProperty", "fileObject": "cr:fileObject", "fileSet": "cr:fileSet",
        "format": "cr:format", "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath",
        "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path", "recordSet": "cr:recordSet",
        "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace",
        "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField",
        "transform": "cr:transform"
    })
}
