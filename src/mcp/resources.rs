//! What a client can read by an address: the record of a commit, and a process document. Of clients that show resources to a model, none
//! needs a tool for them.

use rmcp::ErrorData;
use rmcp::model::{Resource, ResourceTemplate};
use serde_json::json;

use super::answer::NOTE;
use crate::document::terminal;
use crate::environment::Environment;
use crate::process_store::sops::desk::Desk;
use crate::process_store::sops::folder::{self, DOCUMENT};
use crate::process_store::sops::status::{self, headline};
use crate::record::entry::CommitEntry;
use crate::record::text::Clean;
use crate::recorder::page;
use crate::recorder::range::{RangeQuery, load};
use crate::recorder::recall_place::KeptPlace;
use crate::text::borders::border;
use crate::text::visible::{visible_block, visible_line};

const RECORD: &str = "backstory://record/";
const SOP: &str = "backstory://sop/";
/// Bytes of a text: clients cut longer ones, or put them into a file.
const LONGEST: usize = 7_500;
/// Documents that are listed.
const MOST: usize = 100;

/// Why there is no text.
pub(crate) enum Unread {
    /// There is nothing of this address.
    Nothing(String),
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for Unread {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl Unread {
    /// The error that the protocol has for it.
    pub(crate) fn told(self, address: &str) -> ErrorData {
        match self {
            Self::Nothing(what) => ErrorData::resource_not_found(what, Some(json!({ "uri": address }))),
            Self::Failed(error) => ErrorData::internal_error(format!("{error:#}"), Some(json!({ "uri": address }))),
        }
    }
}

/// The addresses that are made by filling in a name.
pub(crate) fn templates() -> Vec<ResourceTemplate> {
    let template = |address: String, name: &str, title: &str, description: &str| {
        ResourceTemplate::new(address, name)
            .with_title(title)
            .with_description(description)
            .with_mime_type("text/plain")
    };
    vec![
        template(
            format!("{RECORD}{{commit}}"),
            "record",
            "The record of a commit",
            "How a commit was made: who worked on it, what was asked, tried, corrected and checked. By its id, or HEAD",
        ),
        template(
            format!("{SOP}{{slug}}"),
            "sop",
            "A process document",
            "How a process is done here, by its short name",
        ),
    ]
}

/// The process documents of the work tree, and the record of HEAD. Outside a work tree there are none.
pub(crate) fn list(environment: &Environment) -> Vec<Resource> {
    let mut found = vec![
        Resource::new(format!("{RECORD}HEAD"), "record-of-head")
            .with_title("The record of the last commit")
            .with_mime_type("text/plain"),
    ];
    let Ok(desk) = Desk::open(environment) else { return found };
    for slug in desk.slugs().unwrap_or_default().into_iter().take(MOST) {
        // One that cannot be read is told by sop_status.
        let Ok(status) = status::status(&desk, &slug) else { continue };
        let said = visible_line(headline(&status).trim_end());
        found.push(Resource::new(format!("{SOP}{slug}"), slug).with_description(said).with_mime_type("text/markdown"));
    }
    found
}

/// The text at an address, with what it is and that it is data, and its kind.
pub(crate) fn read(
    address: &str,
    environment: &Environment,
    kept: &mut KeptPlace,
) -> Result<(String, &'static str), Unread> {
    let nothing = || Unread::Nothing(format!("there is nothing at {}", visible_line(address)));
    if let Some(commit) = address.strip_prefix(RECORD) {
        let is_id = (7..=64).contains(&commit.len()) && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_id && commit != "HEAD" {
            return Err(nothing());
        }
        return Ok((record(commit, environment, kept)?.ok_or_else(nothing)?, "text/plain"));
    }
    let slug = address.strip_prefix(SOP).filter(|slug| folder::is_slug(slug)).ok_or_else(nothing)?;
    let desk = Desk::open(environment)?;
    if !desk.slugs()?.iter().any(|known| known == slug) {
        return Err(nothing());
    }
    let text = desk.existing(slug)?.read(DOCUMENT)?.ok_or_else(nothing)?;
    let coverage = headline(&status::status(&desk, slug)?);
    Ok((bounded(coverage.trim_end(), &visible_block(&text), "sop_run hands it out step by step"), "text/markdown"))
}

fn record(commit: &str, environment: &Environment, kept: &mut KeptPlace) -> anyhow::Result<Option<String>> {
    let workplace = kept.now(environment)?.workplace();
    if workplace.repository.resolve(commit).is_err() {
        return Ok(None);
    }
    let loaded = load(workplace, &workplace.redactor()?, RangeQuery::Given(commit))?;
    if let Some(problem) = loaded.unreadable.first() {
        anyhow::bail!("{problem}");
    }
    let Some(entry) = loaded.entries.first() else { return Ok(None) };
    let coverage = if entry.record.is_some() { "the commit has a record" } else { "the commit has no record" };
    let nameless = CommitEntry { author: Clean::default(), ..entry.clone() };
    let text = page::text(&terminal::show(&nameless, false), false);
    Ok(Some(bounded(coverage, &text, "`backstory show` has all of it")))
}

/// As many whole lines as fit, behind what is said of the whole; of a first line that does not fit its beginning.
fn bounded(coverage: &str, text: &str, rest: &str) -> String {
    let mut shown = format!("{NOTE} {}.\n\n", visible_line(coverage));
    for (place, line) in text.split_inclusive('\n').enumerate() {
        if shown.len() + line.len() > LONGEST {
            if place == 0 {
                shown.push_str(&format!("{}\u{2026}\n", &line[..border(line, LONGEST.saturating_sub(shown.len()))]));
            }
            shown.push_str(&format!("\nThis is the beginning; {rest}.\n"));
            break;
        }
        shown.push_str(line);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_line_that_is_longer_than_all_its_beginning_is_told() {
        let text = bounded("a draft", &format!("{}\nmore\n", "\u{e9}".repeat(9_000)), "the rest is elsewhere");
        assert!(text.matches('\u{e9}').count() > 3_000 && text.contains("\u{2026}\n"), "{text}");
        assert!(text.ends_with("This is the beginning; the rest is elsewhere.\n") && text.len() < LONGEST + 100);
        assert!(bounded("a draft", "one\ntwo\n", "x").ends_with(".\n\none\ntwo\n"));
    }
}
