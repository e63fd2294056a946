//! The beginning of a text, for one line.

use crate::document::asked::excerpt;
use crate::document::cut::cut;
use crate::text::markdown::{Markdown, code};
use crate::text::visible::visible_line;

pub(crate) const EXCERPT: usize = 200;

pub(crate) fn shortened(text: &str) -> Markdown {
    let (text, cut) = excerpt(text, EXCERPT);
    if cut { text.followed_by_dots() } else { text }
}

/// The beginning of a command or a line of code, as code.
pub(crate) fn code_excerpt(text: &str, limit: usize) -> Markdown {
    let (near, far) = cut(text, limit * 20);
    let line = visible_line(near);
    let (short, left) = cut(&line, limit);
    let short = code(short);
    if left + far > 0 { short.followed_by_dots() } else { short }
}
