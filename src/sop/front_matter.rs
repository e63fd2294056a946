//! The front matter of a document: the lines between two `---` at its start. Read as typed fields; written so that a field
//! that is set anew leaves every other line as it was.

use serde::{Deserialize, Serialize};

use crate::text::visible::visible_line;

/// What a document says of itself. Fields of others (`tags`, `sidebar_position`) are left alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct FrontMatter {
    /// `sop/<slug>`.
    pub id: String,
    pub title: String,
    pub version: u32,
    pub status: String,
    pub owner: String,
    pub trigger: String,
    /// A date.
    pub effective: Option<String>,
    /// A date.
    pub review_by: Option<String>,
    pub supersedes: Option<u32>,
    /// The file of the model, beside the document.
    pub model: String,
    pub digest: Option<String>,
    pub approval: Option<Approval>,
    pub generator: Option<Generator>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Approval {
    /// `github-review`, `terminal`.
    pub kind: String,
    pub by: String,
    /// RFC 3339.
    pub at: String,
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    pub commit: Option<String>,
    pub digest: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Generator {
    /// With its version.
    pub tool: String,
    /// `template`, or `template of the team`.
    pub mode: String,
    /// Provider and model that reworded the prose.
    pub llm: Option<String>,
}

/// The front matter is missing, does not end, or holds something that it cannot.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrontMatterError {
    #[error("line 1: there is no front matter\nhint: begin the document with `---`, its fields and another `---`")]
    Missing,
    #[error("line {line}: {problem}\nhint: the fields between the two `---` are YAML; quote text with \"\"")]
    Wrong { line: u64, problem: String },
}

/// The fields of `document`.
///
/// # Errors
/// When there are none, or one is not what it must be.
pub(crate) fn read(document: &str) -> Result<FrontMatter, FrontMatterError> {
    let (fields, _) = split(document).ok_or(FrontMatterError::Missing)?;
    if fields.trim().is_empty() {
        return Ok(FrontMatter::default());
    }
    serde_saphyr::from_str(fields).map_err(|error| FrontMatterError::Wrong {
        // The first line of the document is the border.
        line: error.location().map_or(1, |place| place.line() + 1),
        problem: error.to_string().lines().next().unwrap_or_default().to_owned(),
    })
}

/// The fields, with their borders. What is not known is left out.
pub(crate) fn write(front: &FrontMatter) -> String {
    let mut page = String::from("---\n");
    for (name, value) in fields(front) {
        page.push_str(&format!("{name}: {value}\n"));
    }
    page + "---\n"
}

/// A text as YAML reads it back whatever it holds.
pub(crate) fn quoted(text: &str) -> String {
    // A string of JSON is one of YAML, except for characters that are not printed, which are gone.
    serde_json::Value::from(visible_line(text)).to_string()
}

const NAMES: [&str; 13] = [
    "id",
    "title",
    "version",
    "status",
    "owner",
    "trigger",
    "effective",
    "review_by",
    "supersedes",
    "model",
    "digest",
    "approval",
    "generator",
];

/// What is known, with the value in YAML.
fn fields(front: &FrontMatter) -> Vec<(&'static str, String)> {
    let text = |text: &String| Some(text).filter(|text| !text.is_empty()).map(|text| quoted(text));
    let optional = |text: &Option<String>| text.as_deref().map(quoted);
    let approval = front.approval.as_ref().map(|approval| {
        let mut parts = vec![("kind", Some(quoted(&approval.kind))), ("by", Some(quoted(&approval.by)))];
        parts.extend([("at", Some(quoted(&approval.at))), ("ref", optional(&approval.reference))]);
        parts.extend([("commit", optional(&approval.commit)), ("digest", Some(quoted(&approval.digest)))]);
        flow(&parts)
    });
    let generator = front.generator.as_ref().map(|generator| {
        let llm = optional(&generator.llm).unwrap_or_else(|| "null".to_owned());
        flow(&[("tool", Some(quoted(&generator.tool))), ("mode", Some(quoted(&generator.mode))), ("llm", Some(llm))])
    });
    let values = [
        text(&front.id),
        text(&front.title),
        Some(front.version.to_string()),
        text(&front.status),
        text(&front.owner),
        text(&front.trigger),
        optional(&front.effective),
        optional(&front.review_by),
        front.supersedes.map(|version| version.to_string()),
        text(&front.model),
        optional(&front.digest),
        approval,
        generator,
    ];
    NAMES.into_iter().zip(values).filter_map(|(name, value)| Some((name, value?))).collect()
}

fn flow(parts: &[(&str, Option<String>)]) -> String {
    let parts = parts.iter().filter_map(|(name, value)| Some(format!("{name}: {}", value.as_ref()?)));
    format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
}

/// The lines of the front matter and what follows it; `None` where a document has none, or one that does not end.
pub(crate) fn split(document: &str) -> Option<(&str, &str)> {
    let document = document.strip_prefix('\u{feff}').unwrap_or(document);
    let (first, rest) = document.split_once('\n')?;
    if !is_border(first) {
        return None;
    }
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        if is_border(line) {
            return Some((&rest[..at], &rest[at + line.len()..]));
        }
        at += line.len();
    }
    None
}

fn is_border(line: &str) -> bool {
    line.trim_end() == "---"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_stands_between_two_borders_at_the_start() {
        for (document, parts) in [
            ("---\na: 1\n---\nbody\n", Some(("a: 1\n", "body\n"))),
            ("---\r\na: 1\r\n---\r\nbody", Some(("a: 1\r\n", "body"))),
            ("---\n---", Some(("", ""))),
            ("\u{feff}---\n---\nx", Some(("", "x"))),
            ("---\na: 1\n", None),
            ("----\na\n---\n", None),
            ("body\n---\n", None),
            ("", None),
        ] {
            assert_eq!(split(document), parts, "{document:?}");
        }
    }

    fn approved() -> FrontMatter {
        FrontMatter {
            id: "sop/change".to_owned(),
            title: "Say \"yes\": # {x}".to_owned(),
            version: 3,
            status: "approved".to_owned(),
            owner: "on".to_owned(),
            trigger: "0123".to_owned(),
            effective: Some("2026-11-20".to_owned()),
            supersedes: Some(2),
            model: "process.yaml".to_owned(),
            digest: Some("sha256:00".to_owned()),
            approval: Some(Approval {
                kind: "github-review".to_owned(),
                by: "ada, or {grace}".to_owned(),
                at: "2026-11-20T10:00:00Z".to_owned(),
                reference: Some("pull/12#review-345".to_owned()),
                commit: None,
                digest: "sha256:00".to_owned(),
            }),
            generator: Some(Generator { tool: "backstory 0.1.0".to_owned(), mode: "template".to_owned(), llm: None }),
            review_by: None,
        }
    }

    #[test]
    fn what_was_written_reads_back() {
        let page = write(&approved());
        assert_eq!(read(&page).unwrap(), approved(), "{page}");
    }

    #[test]
    fn a_wrong_field_is_named_with_its_line() {
        let error = read("---\nid: x\nversion: three\n---\n").unwrap_err().to_string();
        assert!(error.starts_with("line 3: ") && error.contains("\nhint: "), "{error}");
        assert!(matches!(read("# Title\n"), Err(FrontMatterError::Missing)));
    }
}
