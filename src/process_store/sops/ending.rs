//! What happens to a published SOP later: it is looked at again and found right, needs a review, or is no longer in use.

use anyhow::bail;

use super::desk::Desk;
use super::settling::write_front;
use super::status::{self, Status};
use crate::sop::life::{Event, Happening, State};

/// A person looked again and found it right: the day of the next review moves.
///
/// # Errors
/// When nothing is published, or it was edited since.
pub(crate) fn reviewed(desk: &Desk, slug: &str, reason: &str) -> anyhow::Result<Status> {
    let folder = desk.to_change(slug)?;
    let life = folder.ledger()?.life;
    let digest = folder.document()?.map(|document| document.digest);
    if life.standing(digest.as_ref()).edited {
        bail!("`{slug}` was edited since it was published\nhint: backstory sop walk {slug}");
    }
    let mut happening = with_reason(desk, desk.happening(Event::Reviewed, life.version, digest), reason)?;
    happening.refs.insert("review_by".to_owned(), desk.review_by()?);
    folder.record(&happening)?;
    write_front(&folder)?;
    status::of_folder(desk, &folder)
}

/// Says that it has to be looked at again.
///
/// # Errors
/// When nothing is published.
pub(crate) fn review_needed(desk: &Desk, slug: &str, reason: &str) -> anyhow::Result<Status> {
    let folder = desk.to_change(slug)?;
    let version = folder.ledger()?.life.version;
    let happening = with_reason(desk, desk.happening(Event::ReviewNeeded, version, None), reason)?;
    folder.record(&happening)?;
    status::of_folder(desk, &folder)
}

/// Takes it out of use; `by` is the SOP that takes its place.
///
/// # Errors
/// When a person does not do it, and when `by` is not published.
pub(crate) fn retire(desk: &Desk, slug: &str, reason: &str, by: Option<&str>) -> anyhow::Result<Status> {
    let folder = desk.to_change(slug)?;
    let life = folder.ledger()?.life;
    let event = if by.is_some() { Event::Superseded } else { Event::Retired };
    let mut happening = with_reason(desk, desk.happening(event, life.version, None), reason)?;
    if let Some(by) = by {
        if by == slug || desk.existing(by)?.ledger()?.life.state != Some(State::Published) {
            bail!("`{by}` cannot take its place: it is not another published SOP");
        }
        happening.refs.insert("by".to_owned(), by.to_owned());
    }
    folder.record(&happening)?;
    write_front(&folder)?;
    status::of_folder(desk, &folder)
}

fn with_reason(desk: &Desk, happening: Happening, reason: &str) -> anyhow::Result<Happening> {
    let reason = desk.told(reason)?;
    Ok(Happening { reason: Some(reason).filter(|reason| !reason.is_empty()), ..happening })
}
