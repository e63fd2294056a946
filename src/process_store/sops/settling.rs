//! What follows the ledger: the front matter of the document says what the ledger says, and an edit after an approval becomes a
//! new draft. Whoever was stopped between the two is brought to the end by the next step.

use anyhow::bail;

use super::desk::Desk;
use super::folder::{DOCUMENT, Document, Folder};
use crate::failpoint;
use crate::sop::digest::digest;
use crate::sop::front_fields;
use crate::sop::ledger::Ledger;
use crate::sop::life::{Event, State};

/// A ledger with the document that it is about.
pub(crate) struct Settled {
    pub(crate) ledger: Ledger,
    pub(crate) document: Document,
}

/// The document of an SOP, after an edit since its approval was recorded as such.
///
/// # Errors
/// When there is no document yet.
pub(crate) fn settled(desk: &Desk, folder: &Folder) -> anyhow::Result<Settled> {
    let ledger = folder.ledger()?;
    let Some(document) = folder.document()? else {
        bail!("`{0}` has no document yet\nhint: backstory sop draft {0}", folder.slug);
    };
    let standing = ledger.life.standing(Some(&document.digest));
    if !standing.edited || !matches!(ledger.life.state, Some(State::Approved | State::Published)) {
        return Ok(Settled { ledger, document });
    }
    let version = ledger.life.next_version();
    let fields = [
        ("version", Some(version.to_string())),
        ("status", Some("\"draft\"".to_owned())),
        ("approval", None),
        ("digest", None),
    ];
    let text = front_fields::with(&document.text, &fields);
    let document = Document { digest: digest(&text, &document.model), text, model: document.model };
    folder.write(DOCUMENT, &document.text)?;
    failpoint::reach("sop.voided")?;
    folder.record(&desk.happening(Event::Voided, version, Some(document.digest.clone())))?;
    Ok(Settled { ledger: folder.ledger()?, document })
}

/// Writes into the front matter what the ledger says.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write_front(folder: &Folder) -> anyhow::Result<()> {
    let Some(document) = folder.document()? else { return Ok(()) };
    let life = folder.ledger()?.life;
    let text = front_fields::with(&document.text, &front_fields::fields(&life, life.standing(Some(&document.digest))));
    if text != document.text {
        folder.write(DOCUMENT, &text)?;
    }
    Ok(())
}
