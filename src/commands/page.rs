//! Writes what a step made for people or programs to the output.

use serde::Serialize;

use crate::document::terminal::Page;
use crate::output::{Output, for_terminal};

/// Each piece is made harmless by itself, so that only our own colours reach the terminal.
pub(crate) fn write(output: &mut Output, page: &Page) -> anyhow::Result<()> {
    for piece in &page.0 {
        let text = for_terminal(&piece.text);
        if output.colour && !piece.style.is_plain() {
            output.write(&format!("{}{text}{}", piece.style.render(), piece.style.render_reset()))?;
        } else {
            output.write(&text)?;
        }
    }
    Ok(())
}

pub(crate) fn write_json(output: &mut Output, value: &impl Serialize) -> anyhow::Result<()> {
    output.line(&serde_json::to_string_pretty(value)?)?;
    Ok(())
}
