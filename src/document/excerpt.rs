//! The beginning of a text, for one line.

use crate::document::asked::excerpt;
use crate::text::markdown::Markdown;

pub(crate) const EXCERPT: usize = 200;

pub(crate) fn shortened(text: &str) -> Markdown {
    let (text, cut) = excerpt(text, EXCERPT);
    if cut { text.followed_by_dots() } else { text }
}
