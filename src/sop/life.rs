//! The states of an SOP and what leads from one to the next: pure, and the only place that decides what is allowed. The state is
//! never stored; it is what the entries of the ledger lead to.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::party::{Party, PartyKind};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Capture,
    Draft,
    Walkthrough,
    Approved,
    Published,
    /// Another SOP took its place.
    Superseded,
    Retired,
}

/// What happens to an SOP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    Started,
    Drafted,
    Walked,
    Rejected,
    Approved,
    /// The document was edited after its approval, which no longer counts.
    Voided,
    Published,
    /// It may be out of date: the process drifted, or `review_by` has passed.
    ReviewNeeded,
    /// A person looked again and found it right as it is.
    Reviewed,
    /// A person's answer to the question whether drift calls for an update.
    DriftAnswer,
    Superseded,
    Retired,
}

/// Something that is to happen, or did: an entry of the ledger without its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    pub at: Timestamp,
    pub actor: Party,
    pub event: Event,
    pub version: u32,
    /// Of the document and its model at that moment; absent while there is no document.
    pub digest: Option<Digest>,
    pub reason: Option<String>,
    /// What it refers to, by kind: `commit`, `review`, `target`, `session`.
    pub refs: BTreeMap<String, String>,
}

/// Where an SOP is in its life.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// `None` before it was started.
    pub state: Option<State>,
    /// Of the document that is worked on; 0 before the first draft.
    pub version: u32,
    /// Of the document when it was drafted, walked through or approved last.
    pub digest: Option<Digest>,
    pub approval: Option<Approval>,
    /// The newest version that was published; it holds while the next one is worked on.
    pub live: Option<Live>,
    /// Why it has to be looked at again.
    pub review_needed: Option<String>,
    pub rejected: Option<Rejection>,
    /// When a person last found it right.
    pub validated: Option<Timestamp>,
    /// The day on which it is due again: `2027-02-18`.
    pub review_by: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Approval {
    pub by: Party,
    pub at: Timestamp,
    pub version: u32,
    pub digest: Digest,
    /// `kind`: `review` or `terminal`, and what proves it.
    pub refs: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Live {
    pub version: u32,
    pub digest: Digest,
    /// Since when this version holds.
    pub since: Timestamp,
    /// Where it was published.
    pub targets: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Rejection {
    pub reason: String,
    pub by: Party,
    pub at: Timestamp,
}

/// Why something may not happen now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Illegal {
    #[error("{}{}", not_from(*.state, *.event), allowed(.legal))]
    NotNow { state: Option<State>, event: Event, legal: Vec<Event> },
    #[error("{} cannot {}: only a person can", .kind.text(), .event.verb())]
    NotByThem { kind: PartyKind, event: Event },
    #[error("a rejection needs a reason")]
    NoReason,
    #[error("there is no document whose digest could be recorded")]
    NoDigest,
    #[error("the document is not what was {what}: its digest is {}, not {}", .now.short(), .then.short())]
    OtherContent { what: &'static str, now: Digest, then: Digest },
    #[error("the approval is missing")]
    NotApproved,
    #[error("version {got} does not follow: expected {expected}")]
    Version { got: u32, expected: u32 },
}

impl Life {
    /// The version that a document has if it is drafted or changed now: a published one is followed by the next.
    pub fn next_version(&self) -> u32 {
        match &self.live {
            Some(live) => self.version.max(live.version + 1),
            None => self.version.max(1),
        }
    }

    /// What may happen in this state, in the order of a life.
    pub fn legal(&self) -> Vec<Event> {
        Event::ALL.iter().copied().filter(|event| target(self.state, *event).is_some()).collect()
    }

    /// Where it would lead.
    ///
    /// # Errors
    /// Why it may not happen.
    pub fn check(&self, happening: &Happening) -> Result<State, Illegal> {
        let event = happening.event;
        let not_now = || Illegal::NotNow { state: self.state, event, legal: self.legal() };
        let to = target(self.state, event).ok_or_else(not_now)?;
        if event.needs_person() && happening.actor.kind != PartyKind::Person {
            return Err(Illegal::NotByThem { kind: happening.actor.kind, event });
        }
        if event == Event::Rejected && happening.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
            return Err(Illegal::NoReason);
        }
        let expected = if event.makes_version() { self.next_version() } else { self.version };
        if happening.version != expected {
            return Err(Illegal::Version { got: happening.version, expected });
        }
        self.check_digest(happening)?;
        Ok(to)
    }

    fn check_digest(&self, happening: &Happening) -> Result<(), Illegal> {
        let event = happening.event;
        let needed =
            matches!(event, Event::Drafted | Event::Walked | Event::Approved | Event::Voided | Event::Published);
        let Some(now) = &happening.digest else { return if needed { Err(Illegal::NoDigest) } else { Ok(()) } };
        let same = |what, then: &Digest| match now == then {
            true => Ok(()),
            false => Err(Illegal::OtherContent { what, now: now.clone(), then: then.clone() }),
        };
        match event {
            Event::Approved => same("walked through", self.digest.as_ref().ok_or(Illegal::NoDigest)?),
            Event::Published => same("approved", &self.approval.as_ref().ok_or(Illegal::NotApproved)?.digest),
            _ => Ok(()),
        }
    }

    /// Lets it happen.
    ///
    /// # Errors
    /// As [`Life::check`]; nothing has changed then.
    pub fn apply(&mut self, happening: &Happening) -> Result<State, Illegal> {
        let to = self.check(happening)?;
        self.state = Some(to);
        self.version = happening.version;
        if let Some(day) = happening.refs.get("review_by") {
            self.review_by = Some(day.clone());
        }
        match happening.event {
            Event::Drafted | Event::Voided => self.begin_again(happening),
            Event::Walked => self.digest.clone_from(&happening.digest),
            Event::Rejected => {
                let reason = happening.reason.clone().unwrap_or_default();
                self.rejected = Some(Rejection { reason, by: happening.actor.clone(), at: happening.at });
                self.approval = None;
            }
            Event::Approved => self.approve(happening),
            Event::Published => self.publish(happening),
            Event::ReviewNeeded => self.review_needed = Some(happening.reason.clone().unwrap_or_default()),
            Event::DriftAnswer if happening.refs.get("answer").is_some_and(|answer| answer == "yes") => {
                self.review_needed = Some(happening.reason.clone().unwrap_or_default());
            }
            Event::Reviewed => {
                self.review_needed = None;
                self.validated = Some(happening.at);
            }
            Event::Started | Event::DriftAnswer | Event::Superseded | Event::Retired => {}
        }
        Ok(to)
    }

    fn begin_again(&mut self, happening: &Happening) {
        self.digest.clone_from(&happening.digest);
        self.approval = None;
    }

    fn approve(&mut self, happening: &Happening) {
        let Some(digest) = happening.digest.clone() else { return };
        self.rejected = None;
        self.validated = Some(happening.at);
        self.approval = Some(Approval {
            by: happening.actor.clone(),
            at: happening.at,
            version: happening.version,
            digest,
            refs: happening.refs.clone(),
        });
    }

    fn publish(&mut self, happening: &Happening) {
        let Some(digest) = happening.digest.clone() else { return };
        let target = happening.refs.get("target").cloned();
        match &mut self.live {
            Some(live) if live.version == happening.version => {
                live.targets.extend(target.filter(|target| !live.targets.contains(target)));
            }
            live => {
                let targets = target.into_iter().collect();
                *live = Some(Live { version: happening.version, digest, since: happening.at, targets });
                self.review_needed = None;
            }
        }
    }

    /// The state as the files have it: an approved or published document that was edited since is a draft again, whether or not
    /// the ledger says so yet.
    pub fn standing(&self, on_disk: Option<&Digest>) -> Standing {
        let bound = match self.state {
            Some(State::Approved | State::Published) => self.approval.as_ref().map(|approval| &approval.digest),
            Some(State::Walkthrough) => self.digest.as_ref(),
            _ => None,
        };
        let edited = bound.is_some() && bound != on_disk;
        let state = match self.state {
            Some(State::Approved | State::Published) if edited => Some(State::Draft),
            state => state,
        };
        Standing { state, edited }
    }
}

/// Where an SOP stands, seen together with its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub state: Option<State>,
    /// The document is not what was walked through, approved or published.
    pub edited: bool,
}

/// The moves: the state that an event leads to, `None` where it is not allowed.
fn target(state: Option<State>, event: Event) -> Option<State> {
    use State::{Approved, Capture, Draft, Published, Retired, Superseded, Walkthrough};

    let Some(state) = state else { return (event == Event::Started).then_some(Capture) };
    match (event, state) {
        (_, Superseded | Retired) | (Event::Started, _) => None,
        (Event::Drafted, _) => Some(Draft),
        (Event::Walked, Draft | Walkthrough) => Some(Walkthrough),
        (Event::Rejected, Walkthrough | Approved) => Some(Draft),
        (Event::Approved, Walkthrough) => Some(Approved),
        (Event::Voided, Approved | Published) => Some(Draft),
        (Event::Published, Approved | Published) => Some(Published),
        (Event::ReviewNeeded | Event::Reviewed, Published) => Some(Published),
        (Event::DriftAnswer, Draft | Walkthrough | Approved | Published) => Some(state),
        (Event::Superseded, Published) => Some(Superseded),
        (Event::Retired, _) => Some(Retired),
        _ => None,
    }
}

impl Event {
    /// In the order of a life.
    pub const ALL: [Self; 12] = [
        Self::Started,
        Self::Drafted,
        Self::Walked,
        Self::Rejected,
        Self::Approved,
        Self::Voided,
        Self::Published,
        Self::ReviewNeeded,
        Self::Reviewed,
        Self::DriftAnswer,
        Self::Superseded,
        Self::Retired,
    ];

    /// What only a person decides.
    pub(crate) fn needs_person(self) -> bool {
        matches!(self, Self::Approved | Self::Reviewed | Self::DriftAnswer | Self::Superseded | Self::Retired)
    }

    pub(crate) fn makes_version(self) -> bool {
        matches!(self, Self::Drafted | Self::Voided)
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Started => "start it",
            Self::Drafted => "draft it",
            Self::Walked => "walk through it",
            Self::Rejected => "reject it",
            Self::Approved => "approve it",
            Self::Voided => "void its approval",
            Self::Published => "publish it",
            Self::ReviewNeeded => "ask for a review",
            Self::Reviewed => "confirm it",
            Self::DriftAnswer => "answer about drift",
            Self::Superseded => "supersede it",
            Self::Retired => "retire it",
        }
    }
}

impl State {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Draft => "draft",
            Self::Walkthrough => "walkthrough",
            Self::Approved => "approved",
            Self::Published => "published",
            Self::Superseded => "superseded",
            Self::Retired => "retired",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

fn not_from(state: Option<State>, event: Event) -> String {
    match state {
        None => format!("cannot {}: it was never started", event.verb()),
        Some(state) => format!("cannot {} in the state `{state}`", event.verb()),
    }
}

fn allowed(legal: &[Event]) -> String {
    let verbs: Vec<&str> = legal.iter().map(|event| event.verb()).collect();
    match verbs.split_last() {
        None => "\nhint: nothing follows this state; start another SOP".to_owned(),
        Some((only, [])) => format!("\nhint: possible now: {only}"),
        Some((last, others)) => format!("\nhint: possible now: {} or {last}", others.join(", ")),
    }
}
