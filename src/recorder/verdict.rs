//! Whose a transcript is, found out by reading it: where its session was at work.

use std::time::Instant;

use super::lookout::time;
use crate::capture::{self, Reach, Tail, Transcript};
use crate::git::territory::Territory;
use crate::state::elsewhere::Elsewhere;

/// Of a transcript that changed long ago the beginning says where it belongs, in bytes.
const HEAD: u64 = 64 * 1024;

/// Whose a transcript is, as far as it was read.
pub(crate) enum Whereabouts {
    Here,
    Elsewhere(Elsewhere),
    /// The time was up.
    Unknown(Elsewhere),
}

/// Reads on in a transcript of an unknown session, from where `known` says that it was read to, until it turns out to
/// belong here. Of an old one only the beginning is read.
///
/// # Errors
/// When it cannot be read, or nothing of it.
pub(crate) fn judge(
    transcript: &Transcript,
    known: Option<Elsewhere>,
    ground: &Territory,
    is_old: bool,
    until: Instant,
) -> anyhow::Result<Whereabouts> {
    let Transcript { path, agent, size, .. } = transcript;
    let open = |from| Tail::open(path, agent, *size, (from, 0));
    let known = known.filter(|known| known.read <= *size && known.read > 0);
    let mut tail = open(known.map_or(0, |known| known.read))?;
    // One that does not hold what was read of it was written again.
    let is_same = known.is_none_or(|known| tail.mark() == known.mark);
    if !is_same {
        tail = open(0)?;
    }
    if let Some(known) = known.filter(|_| is_same && transcript.is_in_database()) {
        // It is read whole or not at all.
        return Ok(Whereabouts::Elsewhere(Elsewhere { size: *size, modified: time(transcript), ..known }));
    }
    let from = known.filter(|_| is_same).map_or(0, |known| known.read);
    let mut cwd = None;
    if from > 0 || is_old {
        // The folder that the session began in, for paths that begin there.
        let mut head = Tail::open(path, agent, (*size).min(HEAD), (0, 0))?;
        if let Some(part) = head.next_part()? {
            if capture::reach(&part.events, &mut cwd, ground).here {
                return Ok(Whereabouts::Here);
            }
            if is_old {
                let mark = head.mark();
                return Ok(Whereabouts::Elsewhere(Elsewhere {
                    size: *size,
                    modified: time(transcript),
                    read: part.end,
                    mark,
                }));
            }
        }
    }
    let (mut read, mut is_damaged) = (from, from == 0);
    while let Some(part) = tail.next_part()? {
        read = part.end;
        is_damaged &= capture::is_unreadable(&part.events);
        if capture::reach(&part.events, &mut cwd, ground).here {
            return Ok(Whereabouts::Here);
        }
        if !part.is_last && Instant::now() > until {
            return Ok(Whereabouts::Unknown(Elsewhere { size: *size, modified: 0, read, mark: tail.mark() }));
        }
    }
    anyhow::ensure!(
        !is_damaged || read == 0,
        "{} cannot be read (no line of it is one of a session); skipped",
        path.display()
    );
    Ok(Whereabouts::Elsewhere(Elsewhere { size: *size, modified: time(transcript), read, mark: tail.mark() }))
}

/// Where the whole session was at work.
///
/// # Errors
/// When it cannot be read, or not until then.
pub(crate) fn whole_reach(transcript: &Transcript, ground: &Territory, until: Instant) -> anyhow::Result<Reach> {
    let mut tail = Tail::open(&transcript.path, &transcript.agent, transcript.size, (0, 0))?;
    let (mut reach, mut cwd) = (Reach::default(), None);
    while let Some(part) = tail.next_part()? {
        reach = reach.and(capture::reach(&part.events, &mut cwd, ground));
        anyhow::ensure!(part.is_last || Instant::now() <= until, "the time was up");
    }
    Ok(reach)
}
