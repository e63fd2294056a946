//! Publishing: the approved text, and no other, in the form that a place wants. Doing it again changes nothing.

use anyhow::bail;
use serde::Serialize;

use super::desk::{self, Desk};
use super::destination::{Destination, ensure_plain, is_ours};
use super::folder::{Document, Folder};
use super::settling::write_front;
use super::status::{self, Status};
use crate::failpoint;
use crate::git::wiki;
use crate::sop::front_fields;
use crate::sop::ledger::Ledger;
use crate::sop::life::{Event, Life, Standing, State};
use crate::sop::publish_formats::{agents_section, site, skill, strands};
use crate::sop::target::{Form, Target};
use crate::text::digest::sha256;

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Published {
    pub(crate) target: String,
    /// The file in the work tree or the wiki.
    pub(crate) file: String,
    /// Whether it was, or with `--dry-run` would be, written.
    pub(crate) changed: bool,
    /// The whole file as it is then.
    pub(crate) text: String,
    /// After a real run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<Status>,
}

/// Publishes to one target.
///
/// # Errors
/// When the document as it is was not approved, not in the way that the project asks for, the place is none for it or holds what
/// somebody else wrote, or cannot be written.
pub(crate) fn publish(desk: &Desk, slug: &str, target: &Target, dry_run: bool) -> anyhow::Result<Published> {
    ensure_plain(target)?;
    if target.form == Form::Wiki {
        return to_wiki(desk, slug, target, dry_run);
    }
    let folder = if dry_run { desk.existing(slug)? } else { desk.to_change(slug)? };
    let ledger = folder.ledger()?;
    let document = approved(desk, &folder, &ledger)?;
    let text = published_text(&ledger.life, &document, desk);
    let destination = Destination::of(&desk.root, target, slug)?;
    let before = destination.before.as_deref();
    let whole = in_form(&folder, target.form, &text, &document, before)?;
    destination.ensure_ours(target.form, &ledger, slug, &whole)?;
    let changed = before != Some(whole.as_str());
    let published =
        Published { target: target.to_string(), file: destination.file.clone(), changed, text: whole, status: None };
    if dry_run {
        return Ok(published);
    }
    if changed {
        destination.write(&published.text)?;
    }
    finished(desk, &folder, &Done { ledger, document, published, commit: None })
}

/// To a page of a wiki. Nobody waits while it is pushed.
fn to_wiki(desk: &Desk, slug: &str, target: &Target, dry_run: bool) -> anyhow::Result<Published> {
    let folder = desk.existing(slug)?;
    let ledger = folder.ledger()?;
    let document = approved(desk, &folder, &ledger)?;
    let text = site::page(&published_text(&ledger.life, &document, desk))?;
    let file = target.file(slug);
    let mut published = Published { target: target.to_string(), file, changed: true, text, status: None };
    if dry_run {
        return Ok(published);
    }
    desk.ensure_named()?;
    let pushed = wiki::publish(
        &desk.workplace.repository,
        &wiki::WikiPage {
            remote: &target.place,
            file: &published.file,
            text: &published.text,
            message: &format!("Publish {slug}, version {}", ledger.life.version),
            is_ours: &|before| is_ours(&ledger, before, |one| one.form == Form::Wiki),
        },
    )?;
    published.changed = pushed.changed;
    folder.hold()?;
    let ledger = folder.ledger()?;
    finished(desk, &folder, &Done { ledger, document, published, commit: Some(pushed.commit) })
}

/// What was published, before it is on record.
struct Done {
    ledger: Ledger,
    document: Document,
    published: Published,
    /// Of the wiki.
    commit: Option<String>,
}

fn finished(desk: &Desk, folder: &Folder, done: &Done) -> anyhow::Result<Published> {
    failpoint::reach("sop.published")?;
    keep(folder, &done.ledger.life, &done.document)?;
    record(desk, folder, done)?;
    write_front(folder)?;
    let status = Some(status::of_folder(desk, folder)?);
    Ok(Published { status, ..done.published.clone() })
}

/// The document, if it is what a person approved in the way that the project asks for.
fn approved(desk: &Desk, folder: &Folder, ledger: &Ledger) -> anyhow::Result<Document> {
    let slug = &folder.slug;
    let Some(document) = folder.document()? else {
        bail!("`{slug}` has no document yet\nhint: backstory sop draft {slug}");
    };
    let Some(approval) = ledger.life.approval.as_ref().filter(|_| is_settled(ledger.life.state)) else {
        // Says what is possible in this state.
        ledger.life.check(&desk.happening(Event::Published, ledger.life.version, Some(document.digest.clone())))?;
        bail!("`{slug}` is not approved");
    };
    if approval.digest != document.digest {
        bail!(
            "`{slug}` was edited after its approval, which no longer counts: its digest is {}, not {}\nhint: backstory sop walk {slug}",
            document.digest.short(),
            approval.digest.short()
        );
    }
    let kind = approval.refs.get("kind").map_or("", String::as_str);
    if let Some(wrong) = desk::wrong_kind(&desk.approval()?, kind) {
        bail!("{wrong}\nhint: backstory sop approve {slug} --pull-request N");
    }
    Ok(document)
}

fn is_settled(state: Option<State>) -> bool {
    matches!(state, Some(State::Approved | State::Published))
}

/// The text with the front matter that it has once it is published: the same each time it is asked for.
fn published_text(life: &Life, document: &Document, desk: &Desk) -> String {
    let mut life = life.clone();
    if life.state == Some(State::Approved) {
        let mut happening = desk.happening(Event::Published, life.version, Some(document.digest.clone()));
        happening.refs.clear();
        // It may happen: the caller has seen the approval.
        let _ = life.apply(&happening);
    }
    let standing = Standing { state: life.state, edited: false };
    front_fields::with(&document.text, &front_fields::fields(&life, standing))
}

fn in_form(
    folder: &Folder,
    form: Form,
    text: &str,
    document: &Document,
    before: Option<&str>,
) -> anyhow::Result<String> {
    Ok(match form {
        Form::Path => text.to_owned(),
        Form::Mkdocs | Form::Docusaurus | Form::Wiki => site::page(text)?,
        Form::Skill => skill::skill(text, &folder.slug, &document.digest)?,
        Form::Strands => strands::agent_sop(text)?,
        Form::Agents => {
            let section = agents_section::section(text, &folder.place(super::folder::DOCUMENT))?;
            agents_section::insert(before.unwrap_or_default(), &folder.slug, &section)?
        }
    })
}

/// The text and the model of each published version stay on record, for `process diff` and for whoever asks later.
fn keep(folder: &Folder, life: &Life, document: &Document) -> anyhow::Result<()> {
    for (name, text) in [("SOP.md", &document.text), ("process.yaml", &document.model)] {
        let name = format!("versions/{}/{name}", life.version);
        if folder.read(&name)?.is_none() {
            folder.write(&name, text)?;
        }
    }
    Ok(())
}

fn record(desk: &Desk, folder: &Folder, done: &Done) -> anyhow::Result<()> {
    let Done { ledger, document, published, commit } = done;
    let mut happening = desk.happening(Event::Published, ledger.life.version, Some(document.digest.clone()));
    happening.refs.insert("target".to_owned(), published.target.clone());
    happening.refs.insert("text".to_owned(), format!("sha256:{}", sha256(published.text.as_bytes())));
    happening.refs.extend(commit.clone().map(|commit| ("wiki_commit".to_owned(), commit)));
    let is_same = |entry: &crate::sop::ledger::Entry| {
        let same = |name: &str| entry.refs.get(name) == happening.refs.get(name);
        entry.event == Event::Published
            && entry.version == happening.version
            && entry.digest == happening.digest
            && same("target")
            && same("text")
    };
    if !ledger.entries.iter().any(is_same) {
        folder.record(&happening)?;
    }
    Ok(())
}
