//! Where SOPs are worked on: the work tree, who works, and when. Opened once by a command or for a call of the MCP server.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::folder::{self, Folder, PLACE};
use crate::environment::Environment;
use crate::files;
use crate::process::activities::rules::line_of;
use crate::process::model_from::Thresholds;
use crate::process::settings::{self, Approval, ApprovalKind};
use crate::record::agents;
use crate::record::text::Raw;
use crate::recorder::agent_shell;
use crate::recorder::process_rules::{self, Rules};
use crate::recorder::workplace::Workplace;
use crate::redact::Redactor;
use crate::sop::digest::Digest;
use crate::sop::life::{Event, Happening};
use crate::sop::party::{Party, PartyKind};
use crate::sop::target::Target;

/// Bytes of one thing that is told, at most: a page of it is read whole.
const LONGEST_TOLD: usize = 32 * 1024;

pub(crate) struct Desk {
    pub(crate) root: PathBuf,
    pub(crate) workplace: Workplace,
    /// Who acts.
    pub(crate) party: Party,
    /// Where from: the agent's session, the client of an MCP server.
    pub(crate) refs: BTreeMap<String, String>,
    pub(crate) now: Timestamp,
    redactor: OnceCell<Redactor>,
}

impl Desk {
    /// # Errors
    /// Outside a work tree, and when `.backstory.yml` cannot be used.
    pub(crate) fn open(environment: &Environment) -> anyhow::Result<Self> {
        let workplace = Workplace::open(environment)?;
        let root = workplace.repository.root().map(Path::to_path_buf);
        let root = root.context("this repository has no work tree, so no place for process documents")?;
        let (party, refs) = acting(environment, &workplace)?;
        let now = Timestamp::from_second(environment.now.as_second())?;
        Ok(Self { root, workplace, party, refs, now, redactor: OnceCell::new() })
    }

    /// The same, for somebody else: an answer that a client relayed, a reviewer.
    pub(crate) fn acting_as(mut self, party: Party, refs: BTreeMap<String, String>) -> Self {
        self.party = party;
        self.refs.extend(refs);
        self
    }

    /// The text as it may be kept.
    ///
    /// # Errors
    /// When a rule of the configuration is no expression.
    pub(crate) fn clean(&self, text: &str) -> anyhow::Result<String> {
        Ok(self.redactor()?.text(Raw::new(text.trim())).0.as_str().to_owned())
    }

    /// As [`Desk::clean`], for what somebody tells: a note, an answer, a reason.
    ///
    /// # Errors
    /// As [`Desk::clean`], and when it is longer than 32 KiB.
    pub(crate) fn told(&self, text: &str) -> anyhow::Result<String> {
        ensure_short(text.trim().len())?;
        self.clean(text)
    }

    /// # Errors
    /// When a rule of the configuration is no expression.
    pub(crate) fn redactor(&self) -> anyhow::Result<&Redactor> {
        if self.redactor.get().is_none() {
            let _ = self.redactor.set(self.workplace.redactor()?);
        }
        self.redactor.get().context("the redactor was just made")
    }

    /// # Errors
    /// When the slug is none, or its folder is a symlink.
    pub(crate) fn folder(&self, slug: &str) -> anyhow::Result<Folder> {
        Folder::open(&self.root, slug)
    }

    /// A folder that was started.
    ///
    /// # Errors
    /// As [`Desk::folder`], and when there is none of this name; similar ones are named.
    pub(crate) fn existing(&self, slug: &str) -> anyhow::Result<Folder> {
        let folder = self.folder(slug)?;
        if folder.exists() {
            return Ok(folder);
        }
        let slugs = self.slugs()?;
        let near = slugs.iter().max_by(|a, b| {
            let like = |one: &str| strsim::jaro_winkler(one, slug);
            like(a).total_cmp(&like(b))
        });
        match near.filter(|near| strsim::jaro_winkler(near, slug) > 0.8) {
            Some(near) => bail!("no SOP `{slug}`\nhint: did you mean `{near}`?"),
            None => bail!("no SOP `{slug}`\nhint: start it with `backstory sop capture {slug} --name \"...\"`"),
        }
    }

    /// A folder that was started, to change its files: nobody else does until the value is gone.
    ///
    /// # Errors
    /// As [`Desk::existing`], [`Desk::ensure_named`] and [`Folder::hold`].
    pub(crate) fn to_change(&self, slug: &str) -> anyhow::Result<Folder> {
        self.ensure_named()?;
        let folder = self.existing(slug)?;
        folder.hold()?;
        Ok(folder)
    }

    /// Who changes something has a name. Who reads needs none.
    ///
    /// # Errors
    /// When git knows no name of the person.
    pub(crate) fn ensure_named(&self) -> anyhow::Result<()> {
        if self.party.kind == PartyKind::Person && self.party.name.trim().is_empty() {
            bail!(
                "git does not know who you are\nhint: git config user.name \"Your Name\" and git config user.email you@example.org"
            );
        }
        Ok(())
    }

    /// The names of the folders that are there, sorted.
    ///
    /// # Errors
    /// When the folder is a symlink or cannot be read.
    pub(crate) fn slugs(&self) -> anyhow::Result<Vec<String>> {
        let place = files::folder_below(&self.root, PLACE)?;
        let entries = match fs::read_dir(&place) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", place.display())),
        };
        let mut slugs = Vec::new();
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read {}", place.display()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if folder::is_slug(&name) && entry.file_type()?.is_dir() && Folder::open(&self.root, &name)?.exists() {
                slugs.push(name);
            }
        }
        slugs.sort();
        Ok(slugs)
    }

    /// What the project asks of approvals.
    ///
    /// # Errors
    /// When `.backstory/process.toml` cannot be read.
    pub(crate) fn approval(&self) -> anyhow::Result<Approval> {
        Ok(Rules::read(Some(&self.root))?.settings.approval)
    }

    /// From where on something of the log counts.
    ///
    /// # Errors
    /// As [`Desk::approval`].
    pub(crate) fn thresholds(&self, min_runs: Option<u32>) -> anyhow::Result<Thresholds> {
        let set = Rules::read(Some(&self.root))?.settings.thresholds;
        Ok(Thresholds { min_runs: min_runs.unwrap_or(set.min_runs), ..Thresholds::of(&set) })
    }

    /// The day of the next review, counted from today.
    ///
    /// # Errors
    /// When `.backstory/process.toml` cannot be read, or the date cannot be written.
    pub(crate) fn review_by(&self) -> anyhow::Result<String> {
        let days = *Rules::read(Some(&self.root))?.settings.sop.review_after_days.get_ref();
        let day = self.now.to_zoned(TimeZone::UTC).date().checked_add(i64::from(days).days())?;
        Ok(day.to_string())
    }

    /// Where the project publishes its documents.
    ///
    /// # Errors
    /// When `.backstory/process.toml` cannot be read, or names no kind that there is, with its line.
    pub(crate) fn targets(&self) -> anyhow::Result<Vec<Target>> {
        let text = process_rules::text(Some(&self.root))?;
        let set = Rules::parse(&text)?.settings.sop.publish;
        let target = |one: &toml::Spanned<String>| {
            let line = line_of(&text, one.span().start);
            one.get_ref().parse::<Target>().map_err(|error| anyhow::anyhow!("{}:{line}: {error}", settings::FILE_NAME))
        };
        set.iter().map(target).collect()
    }

    /// As [`is_past`], now.
    pub(crate) fn is_past(&self, day: &str) -> bool {
        is_past(self.now, day)
    }

    /// Something that the one who acts does now.
    pub(crate) fn happening(&self, event: Event, version: u32, digest: Option<Digest>) -> Happening {
        let refs = self.refs.clone();
        Happening { at: self.now, actor: self.party.clone(), event, version, digest, reason: None, refs }
    }
}

/// What is wrong with an approval of this kind, if the project asks for a stronger one.
pub(crate) fn wrong_kind(approval: &Approval, kind: &str) -> Option<String> {
    let wants_review = approval.require == Some(ApprovalKind::Review);
    let what = format!("it was approved by `{kind}`, and {} asks for a review", settings::FILE_NAME);
    (wants_review && kind != "review").then_some(what)
}

/// Whether a day, `2027-02-18`, is over.
pub(crate) fn is_past(now: Timestamp, day: &str) -> bool {
    day < now.strftime("%Y-%m-%d").to_string().as_str()
}

/// Whether so many bytes may be told at once.
///
/// # Errors
/// When they may not.
pub(super) fn ensure_short(bytes: usize) -> anyhow::Result<()> {
    if bytes > LONGEST_TOLD {
        bail!("the text has {bytes} bytes, and at most {LONGEST_TOLD} are kept at once\nhint: split it into several");
    }
    Ok(())
}

/// Who runs this program: an agent in whose shell it is, a CI job, or the person whom git names, if it names one.
fn acting(environment: &Environment, workplace: &Workplace) -> anyhow::Result<(Party, BTreeMap<String, String>)> {
    let mut refs = BTreeMap::new();
    if let Some(inside) = agent_shell::inside(environment) {
        let slug = inside.agent.as_str();
        let title = agents::AGENTS.iter().find(|row| row.slug == slug).map_or(slug, |row| row.title);
        if let Some(session) = &inside.session {
            refs.insert("session".to_owned(), format!("{slug}/{session}"));
        }
        return Ok((Party { name: title.to_owned(), email: None, kind: PartyKind::Agent }, refs));
    }
    let settings = workplace.repository.settings()?;
    let (name, email) = (settings.string("user.name"), settings.string("user.email"));
    if is_ci(environment) {
        let name = name.or_else(|| environment.variable("GITHUB_ACTOR").map(str::to_owned));
        return Ok((Party { name: name.unwrap_or_default(), email: None, kind: PartyKind::Ci }, refs));
    }
    let name = name.or_else(|| email.clone()).unwrap_or_default();
    Ok((Party { name, email, kind: PartyKind::Person }, refs))
}

/// Set by GitHub, GitLab, Forgejo, Gitea and nearly every other service to a value that is not `false`.
pub(crate) fn is_ci(environment: &Environment) -> bool {
    let says_no = |value: &str| ["0", "false", "no", "off"].iter().any(|no| value.eq_ignore_ascii_case(no));
    environment.variable("CI").is_some_and(|value| !says_no(value))
}
