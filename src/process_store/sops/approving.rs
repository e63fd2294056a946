//! Approval by a person: at a terminal, which is the weaker kind, or by a review of the pull request, which the forge vouches for.

use std::fs::File;
use std::io::{BufRead as _, BufReader, IsTerminal as _, Read as _};

use anyhow::{Context as _, bail};

use super::ancestors;
use super::desk::{self, Desk};
use super::folder::{DOCUMENT, Document, Folder, MODEL};
use super::settling::{Settled, write_front};
use super::status::{self, Status};
use super::walking;
use crate::environment::Environment;
use crate::failpoint;
use crate::output::Output;
use crate::process::settings::ApprovalKind;
use crate::recorder::agent_shell;
use crate::sop::approval::{NoPerson, Review, Reviewed, approving};
use crate::sop::digest::{Digest, digest};
use crate::sop::life::{Event, Illegal};
use crate::sop::party::{Party, PartyKind};
use crate::sop::walkthrough::Walkthrough;

/// So many digits of the digest are typed.
const TYPED: usize = 8;
/// A longer line is no answer.
const LONGEST_LINE: u64 = 1024;

/// A document that waits for its approval.
pub(crate) struct Pending {
    pub(crate) folder: Folder,
    version: u32,
    pub(crate) digest: Digest,
}

/// What is there to approve.
///
/// # Errors
/// When no walkthrough of the document as it is was finished.
pub(crate) fn pending(desk: &Desk, slug: &str) -> anyhow::Result<Pending> {
    let folder = desk.existing(slug)?;
    let (walkthrough, Settled { ledger, document }) = walking::under_way(&folder)?;
    finished(&walkthrough, slug)?;
    Ok(Pending { version: ledger.life.version, digest: document.digest, folder })
}

fn finished(walkthrough: &Walkthrough, slug: &str) -> anyhow::Result<()> {
    let named = |(step, item): (&crate::sop::walkthrough::WalkedStep, &crate::sop::walkthrough::Item)| {
        format!("{} ({})", step.id, item.check.name())
    };
    let refused: Vec<String> = walkthrough.refused().map(named).collect();
    if !refused.is_empty() {
        bail!(
            "the walkthrough says no to {}\nhint: backstory sop reject {slug} --reason \"...\", or answer again after a fix",
            shortened(&refused)
        );
    }
    let open: Vec<String> = walkthrough.open().map(named).collect();
    if !open.is_empty() {
        bail!("the walkthrough has open items: {}\nhint: backstory sop walk {slug}", shortened(&open));
    }
    Ok(())
}

fn shortened(names: &[String]) -> String {
    match names.len() {
        0..=5 => names.join(", "),
        many => format!("{} and {} more", names[..5].join(", "), many - 5),
    }
}

/// Why nobody at this terminal may approve, if so: an agent's shell, an agent among the processes above, a CI job, no terminal.
///
/// # Errors
/// That reason.
pub(crate) fn ensure_person(environment: &Environment) -> Result<(), NoPerson> {
    if let Some(inside) = agent_shell::inside(environment) {
        return Err(NoPerson::AgentShell(inside.agent.as_str().to_owned()));
    }
    if let Some(agent) = ancestors::agent_above() {
        return Err(NoPerson::AgentAbove(agent));
    }
    if desk::is_ci(environment) {
        return Err(NoPerson::Ci);
    }
    if !std::io::stdin().is_terminal() || terminal().is_none() {
        return Err(NoPerson::NoTerminal);
    }
    Ok(())
}

/// The terminal that controls this process, whatever standard input is.
fn terminal() -> Option<File> {
    let file = File::open("/dev/tty").ok()?;
    file.is_terminal().then_some(file)
}

/// Asks the person at the terminal, and records the approval.
///
/// # Errors
/// When no person may approve here, or the digest was not typed.
pub(crate) fn at_terminal(
    desk: &Desk,
    slug: &str,
    environment: &Environment,
    output: &mut Output,
) -> anyhow::Result<Status> {
    ensure_person(environment)?;
    if desk.approval()?.require == Some(ApprovalKind::Review) {
        return Err(NoPerson::ReviewWanted.into());
    }
    desk.ensure_named()?;
    ensure_listed(desk)?;
    let pending = pending(desk, slug)?;
    output.flush()?;
    output.message(&format!(
        "{}, version {}, is to be approved by {}",
        pending.folder.place(DOCUMENT),
        pending.version,
        desk.party
    ));
    output.message(&format!("its digest is {}", pending.digest));
    output.ask(&format!("type the first {TYPED} digits of the digest to approve it: "));
    let mut line = String::new();
    let tty = terminal().ok_or(NoPerson::NoTerminal)?;
    BufReader::new(tty).take(LONGEST_LINE).read_line(&mut line)?;
    if !is_typed(&line, &pending.digest) {
        return Err(NoPerson::NotTyped.into());
    }
    record(desk, &pending, &[("kind", "terminal".to_owned())])
}

fn is_typed(line: &str, digest: &Digest) -> bool {
    let typed = line.trim().trim_start_matches("sha256:").to_ascii_lowercase();
    typed.len() >= TYPED && digest.as_str().trim_start_matches("sha256:").starts_with(&typed)
}

/// Git's name or address of the one who approves is in the list, where there is one.
fn ensure_listed(desk: &Desk) -> anyhow::Result<()> {
    let approvers = &desk.approval()?.approvers;
    let is_one = |one: &String| {
        let is = |text: &str| one.trim_start_matches('@').eq_ignore_ascii_case(text);
        is(&desk.party.name) || desk.party.email.as_deref().is_some_and(is)
    };
    if approvers.is_empty() || approvers.iter().any(is_one) {
        return Ok(());
    }
    Err(NoPerson::NotListed(desk.party.to_string()).into())
}

/// Records the approval of a review that the forge vouches for. `pull` is what it says of the pull request.
///
/// # Errors
/// When no review approves the commit that holds this document.
pub(crate) fn by_review(desk: &Desk, slug: &str, number: u64, pull: &Reviewed) -> anyhow::Result<Status> {
    let pending = pending(desk, slug)?;
    let there = committed(desk, &pending.folder, &pull.head)
        .with_context(|| format!("commit {} is not here\nhint: git fetch origin pull/{number}/head", pull.head))?;
    if there.digest != pending.digest {
        let illegal = Illegal::OtherContent { what: "reviewed", now: pending.digest.clone(), then: there.digest };
        return Err(anyhow::Error::from(illegal).context(format!("pull request {number} holds another text")));
    }
    let found = approving(pull, &desk.approval()?.approvers)?;
    let Some(review) = found.first() else { bail!("no review approves it") };
    let by = reviewer(review);
    let refs = [
        ("kind", "review".to_owned()),
        ("pull", number.to_string()),
        ("review", format!("pull/{number}#review-{}", review.id)),
        ("commit", review.commit.clone()),
        ("reviewed_at", review.at.clone()),
    ];
    let mut happening = desk.happening(Event::Approved, pending.version, Some(pending.digest.clone()));
    happening.refs.insert("recorded_by".to_owned(), desk.party.to_string());
    happening.actor = by;
    happening.refs.extend(refs.into_iter().map(|(name, value)| (name.to_owned(), value)));
    written(desk, &pending, happening)
}

fn reviewer(review: &Review) -> Party {
    Party { name: review.login.clone(), email: None, kind: PartyKind::Person }
}

/// The document as a commit has it.
pub(crate) fn committed(desk: &Desk, folder: &Folder, commit: &str) -> Option<Document> {
    let repository = &desk.workplace.repository;
    let text_of =
        |name: &str| repository.blob_at(commit, &folder.place(name)).and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text_of(DOCUMENT)?;
    let model = text_of(MODEL).unwrap_or_default();
    let digest = digest(&text, &model);
    Some(Document { text, model, digest })
}

fn record(desk: &Desk, pending: &Pending, refs: &[(&str, String)]) -> anyhow::Result<Status> {
    let mut happening = desk.happening(Event::Approved, pending.version, Some(pending.digest.clone()));
    happening.refs.extend(refs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    written(desk, pending, happening)
}

fn written(desk: &Desk, pending: &Pending, mut happening: crate::sop::life::Happening) -> anyhow::Result<Status> {
    happening.refs.insert("review_by".to_owned(), desk.review_by()?);
    failpoint::reach("sop.approve")?;
    desk.ensure_named()?;
    pending.folder.hold()?;
    pending.folder.record(&happening)?;
    failpoint::reach("sop.approved")?;
    write_front(&pending.folder)?;
    status::of_folder(desk, &pending.folder)
}
