//! Single values of an answer, kept short: the whole has to fit into what a client shows a model.

/// In characters.
const LONGEST: usize = 600;

/// So much of a value that the whole stays short.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
