//! Nothing is left to be written: no placeholder, and none of the sentences that a draft has where nothing is known.

use std::sync::LazyLock;

use regex::Regex;

use super::assumed::without_code;
use super::finding::{Finding, Known, finding};
use crate::sop::front_matter::read;
use crate::sop::outline::Outline;

pub(crate) const NAME: &str = "unknown";

static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(TODO|TBD|FIXME|XXX|[Ll]orem ipsum)\b|\?\?\?").expect("a constant that the tests compile")
});

/// As our templates say it.
static NOT_TOLD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\bnot known yet\b|\bnobody has told\b|\bis known yet\b")
        .expect("a constant that the tests compile")
});

pub(crate) fn check(outline: &Outline, _: Known) -> Vec<Finding> {
    let mut findings = Vec::new();
    // A person who approved it saw what it does not say, and accepted that: open questions stop a walkthrough otherwise.
    let is_approved = read(outline.text).is_ok_and(|front| front.approval.is_some());
    for line in outline.prose() {
        let words = without_code(line.text);
        if let Some(found) = PLACEHOLDER.find(&words) {
            let message = format!("\"{}\" stands where words are missing", found.as_str());
            findings.push(finding(NAME, line.number, message, "write them"));
        }
        if !is_approved && NOT_TOLD.is_match(&words) {
            let hint = "answer the question about it with `backstory sop capture`, or write it between keep markers";
            findings.push(finding(NAME, line.number, "something is not known here", hint));
        }
    }
    findings
}
