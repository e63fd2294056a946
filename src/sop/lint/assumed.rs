//! Nothing is taken for granted: no words that tell a newcomer nothing, and no abbreviation that the document does not explain.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::finding::{Finding, Known, finding};
use crate::sop::outline::{Line, Outline};

pub(crate) const NAME: &str = "assumed";

/// Words for those who know already.
static FOR_INSIDERS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(as usual|as always|the usual way|as you know|simply|obviously|of course|trivially|needless to say|as appropriate|and so on)\b|\betc\.")
        .expect("a constant that the tests compile")
});

static ABBREVIATION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b([A-Z]{2,6})s?\b").expect("a constant that the tests compile"));

/// What everybody who can use a computer knows, and words in capitals that abbreviate nothing.
const COMMON: &[&str] = &[
    "AND", "CPU", "CSV", "GB", "HTML", "HTTP", "HTTPS", "ID", "JSON", "KB", "MB", "MUST", "NOT", "OK", "OR", "PDF",
    "README", "SHOULD", "SOP", "TXT", "URL", "USB", "UTC", "YAML", "LICENSE", "NOTES",
    // Placeholders, which `unknown` finds.
    "FIXME", "TBD", "TODO", "XXX",
];

pub(crate) fn check(outline: &Outline, _: Known) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut reported = BTreeSet::new();
    for line in outline.prose().filter(|line| is_instruction(line)) {
        let words = without_code(line.text);
        for found in FOR_INSIDERS.find_iter(&words) {
            let message = format!("\"{}\" tells a newcomer nothing", found.as_str());
            findings.push(finding(NAME, line.number, message, "say what to do, or leave it out"));
        }
        for found in ABBREVIATION.captures_iter(&words) {
            let name = &found[1];
            if !COMMON.contains(&name) && !is_explained(outline, name) && reported.insert(name.to_owned()) {
                let message = format!("the document does not say what \"{name}\" means");
                findings.push(finding(
                    NAME,
                    line.number,
                    message,
                    format!("write it out, or explain it once: `... ({name})`"),
                ));
            }
        }
    }
    findings
}

/// Evidence and history are tables of names; they tell nobody what to do.
fn is_instruction(line: &Line) -> bool {
    !matches!(line.section, "Evidence" | "Change history" | "Corrections")
        && !line.text.trim_start().starts_with("<!--")
}

fn is_explained(outline: &Outline, name: &str) -> bool {
    let forms = [
        format!("({name})"),
        format!("({name}s)"),
        format!("{name} ("),
        format!("{name} stands for"),
        format!("{name} means"),
    ];
    forms.iter().any(|form| outline.text.contains(form.as_str()))
}

/// A line without its code spans and the targets of its links.
pub(super) fn without_code(line: &str) -> String {
    static CODE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"``[^`].*?``|`[^`]*`|\]\([^)]*\)").expect("a constant that the tests compile"));
    CODE.replace_all(line, " ").into_owned()
}
