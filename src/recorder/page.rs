//! Writes what a step made for people or programs to the output.

use serde::Serialize;

use crate::document::terminal_page::TerminalPage;
use crate::output::{Output, for_terminal};
use crate::record::json;
use crate::redact::Redactor;

/// Writes the page as one: what a line begins with may be in two pieces.
pub(crate) fn write(output: &mut Output, page: &TerminalPage) -> anyhow::Result<()> {
    output.write(&text(page, output.colour))?;
    Ok(())
}

/// The page as it is written. Each piece is made harmless by itself, so that only our own colours reach the terminal.
pub(crate) fn text(page: &TerminalPage, is_coloured: bool) -> String {
    let mut whole = String::new();
    for piece in &page.0 {
        let text = for_terminal(&piece.text);
        if is_coloured && !piece.style.is_plain() {
            whole.push_str(&format!("{}{text}{}", piece.style.render(), piece.style.render_reset()));
        } else {
            whole.push_str(&text);
        }
    }
    whole
}

/// Looks at what is about to leave this machine once more. Records were redacted when they were made, with the rules of that day;
/// a note may also come from somebody else.
///
/// # Errors
/// When a secret is found: then `what` is not given out.
pub(crate) fn ensure_clean(redactor: &Redactor, text: &str, what: &str) -> anyhow::Result<()> {
    if let Some(found) = redactor.scan_final(text.as_bytes()).first() {
        anyhow::bail!(
            "{what} still holds {} after redaction and is given out nowhere; `backstory forget` takes the text of a session out of its records",
            found.kind
        );
    }
    Ok(())
}

/// `1 record`, `2 records`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

pub(crate) fn write_json(output: &mut Output, value: &impl Serialize) -> anyhow::Result<()> {
    output.exact(&(json::pretty(value)? + "\n"))?;
    Ok(())
}

/// One line of a list for programs.
pub(crate) fn write_json_line(output: &mut Output, value: &impl Serialize) -> anyhow::Result<()> {
    output.exact(&(json::line(value)? + "\n"))?;
    Ok(())
}
