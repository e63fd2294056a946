//! Finds how much of a text fits where other text stands already.

use super::SectionText;
use crate::document::render::RenderError;

/// With less room than this, in code points, a description says nothing that its short form does not say better.
const SMALLEST: usize = 1_000;

/// A text is written this many times at most to make it fit. Each time it loses what it was too long by; twice is usual
/// (its line ends count twice in a text with `\r\n`).
const TRIES: usize = 8;

/// What fits, as `make` made it.
pub(crate) enum Fitted<T> {
    Nothing,
    Whole(T),
    Short(T),
    TooLong,
}

/// Fits the page into `limit`. `make` puts a text in its place and gives the result with its size, in what the limit is
/// counted in (code points or bytes).
pub(crate) fn fit<T>(
    page: &SectionText<'_>,
    limit: usize,
    make: impl Fn(&str) -> anyhow::Result<(T, usize)>,
) -> anyhow::Result<Fitted<T>> {
    let taken = make("")?.1;
    let free = limit.saturating_sub(taken);
    let mut room = free;
    for _ in 0..TRIES {
        let written = match (page.render)(room.max(SMALLEST)) {
            Ok(Some(text)) => text,
            Ok(None) => return Ok(Fitted::Nothing),
            Err(error) if is_too_long(&error) => break,
            Err(error) => return Err(error),
        };
        if room < SMALLEST {
            break;
        }
        let (made, size) = make(&written)?;
        if size <= limit {
            return Ok(Fitted::Whole(made));
        }
        room = (room * free / (size - taken)).min(room - 1);
    }
    let (made, size) = make(page.short)?;
    Ok(if size <= limit { Fitted::Short(made) } else { Fitted::TooLong })
}

fn is_too_long(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(RenderError::TooLong { .. }))
}
