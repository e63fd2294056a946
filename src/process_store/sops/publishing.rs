//! Publishing: the approved text, and no other, in the form that a place wants. Doing it again changes nothing.

use std::fs;
use std::path::{Component, Path};

use anyhow::{Context as _, bail};
use serde::Serialize;

use super::desk::{self, Desk};
use super::folder::{Document, Folder};
use super::settling::write_front;
use super::status::{self, Status};
use crate::failpoint;
use crate::files::{self, NewFileMode};
use crate::git::wiki;
use crate::sop::front_fields;
use crate::sop::ledger::Ledger;
use crate::sop::life::{Event, Life, Standing, State};
use crate::sop::publish_formats::{agents_section, site, skill, strands};
use crate::sop::target::{Form, Target};
use crate::text::digest::sha256;

/// Longer files of others are not read.
const LIMIT: u64 = 8 * 1024 * 1024;

#[derive(Clone, Debug, Serialize)]
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
/// When the document as it is was not approved, not in the way that the project asks for, or the place cannot be written.
pub(crate) fn publish(desk: &Desk, slug: &str, target: &Target, dry_run: bool) -> anyhow::Result<Published> {
    let folder = desk.existing(slug)?;
    let ledger = folder.ledger()?;
    let document = approved(desk, &folder, &ledger)?;
    let text = published_text(&ledger.life, &document, desk);
    let file = target.file(slug);
    let whole = match target.form {
        Form::Wiki => site::page(&text)?,
        _ => in_form(desk, &folder, target, &text, &document)?,
    };
    let is_there = match target.form {
        Form::Wiki => false,
        _ => read(desk, &file)?.is_some_and(|before| before == whole),
    };
    if dry_run {
        return Ok(Published { target: target.to_string(), file, changed: !is_there, text: whole, status: None });
    }
    let (changed, commit) = match target.form {
        Form::Wiki => {
            let message = format!("Publish {slug}, version {}", ledger.life.version);
            let pushed = wiki::publish(
                &desk.workplace.repository,
                &wiki::WikiPage { remote: &target.place, file: &file, text: &whole, message: &message },
            )?;
            (pushed.changed, Some(pushed.commit))
        }
        _ => {
            if !is_there {
                write(desk, &file, &whole)?;
            }
            (!is_there, None)
        }
    };
    failpoint::reach("sop.published")?;
    keep(&folder, &ledger.life, &document)?;
    record(desk, &folder, &ledger, &document, target, &whole, commit)?;
    write_front(&folder)?;
    let status = Some(status::of_folder(desk, &folder)?);
    Ok(Published { target: target.to_string(), file, changed, text: whole, status })
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

fn in_form(desk: &Desk, folder: &Folder, target: &Target, text: &str, document: &Document) -> anyhow::Result<String> {
    Ok(match target.form {
        Form::Path | Form::Wiki => text.to_owned(),
        Form::Mkdocs | Form::Docusaurus => site::page(text)?,
        Form::Skill => skill::skill(text, &folder.slug, &document.digest)?,
        Form::Strands => strands::agent_sop(text)?,
        Form::Agents => {
            let section = agents_section::section(text, &folder.place(super::folder::DOCUMENT))?;
            let before = read(desk, &target.place)?.unwrap_or_default();
            agents_section::insert(&before, &folder.slug, &section)?
        }
    })
}

/// A file of the work tree: below its root, not in the git folder, and over no symlink.
fn place(desk: &Desk, file: &str) -> anyhow::Result<std::path::PathBuf> {
    let path = Path::new(file);
    let is_inside =
        path.components().all(|part| matches!(part, Component::Normal(name) if !name.eq_ignore_ascii_case(".git")));
    let Some(name) = path.file_name().filter(|_| is_inside) else {
        bail!("`{file}` is not a path in this work tree\nhint: write it from the root of the repository, without `..`");
    };
    match path.parent().and_then(Path::to_str).filter(|parent| !parent.is_empty()) {
        Some(parent) => Ok(files::folder_below(&desk.root, parent)?.join(name)),
        None => Ok(desk.root.join(name)),
    }
}

fn read(desk: &Desk, file: &str) -> anyhow::Result<Option<String>> {
    files::read_text(&place(desk, file)?, LIMIT).with_context(|| format!("cannot read {file}"))
}

fn write(desk: &Desk, file: &str, text: &str) -> anyhow::Result<()> {
    let path = place(desk, file)?;
    let folder = path.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    files::write(&path, text.as_bytes(), NewFileMode::Shared).with_context(|| format!("cannot write {file}"))
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

fn record(
    desk: &Desk,
    folder: &Folder,
    ledger: &Ledger,
    document: &Document,
    target: &Target,
    whole: &str,
    commit: Option<String>,
) -> anyhow::Result<()> {
    let mut happening = desk.happening(Event::Published, ledger.life.version, Some(document.digest.clone()));
    happening.refs.insert("target".to_owned(), target.to_string());
    happening.refs.insert("text".to_owned(), format!("sha256:{}", sha256(whole.as_bytes())));
    happening.refs.extend(commit.map(|commit| ("wiki_commit".to_owned(), commit)));
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
