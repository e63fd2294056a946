//! A page for a terminal: pieces of text with a style, of which the command makes each harmless and colours it.

use anstyle::{AnsiColor, Style};

use super::cut::cut;
use crate::text::addresses::short_addresses;
use crate::text::visible::visible_line;

/// Text of one style; our own or from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StyledText {
    pub style: Style,
    pub text: String,
}

/// Lines of pieces; each line ends in a piece with `\n`.
#[derive(Clone, Debug, Default)]
pub struct TerminalPage(pub Vec<StyledText>);

pub(super) const PLAIN: Style = Style::new();
pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const ID: Style = AnsiColor::Yellow.on_default();
pub(super) const AGENT: Style = AnsiColor::Cyan.on_default();
pub(super) const WARN: Style = AnsiColor::Red.on_default();
/// Code points of a text on one line.
pub(super) const LINE: usize = 160;

impl TerminalPage {
    pub(super) fn put(&mut self, style: Style, text: impl Into<String>) -> &mut Self {
        self.0.push(StyledText { style, text: text.into() });
        self
    }

    pub(super) fn end(&mut self) {
        self.put(PLAIN, "\n");
    }

    pub(super) fn line(&mut self, style: Style, text: impl Into<String>) {
        self.put(style, text).end();
    }

    /// An indented line of outside text, cut to a line's length.
    pub(super) fn item(&mut self, lead: &str, text: &str) {
        self.put(DIM, format!("  {lead} ")).put(PLAIN, shortened(text)).end();
    }

    /// An item of which twice as much is shown: what a person said is not to end in the middle of the wish.
    pub(super) fn long_item(&mut self, lead: &str, text: &str) {
        self.put(DIM, format!("  {lead} ")).put(PLAIN, shortened_to(text, 2 * LINE)).end();
    }
}

pub(super) fn shortened(text: &str) -> String {
    shortened_to(text, LINE)
}

fn shortened_to(text: &str, most: usize) -> String {
    let (near, far) = cut(text, most * 20);
    let line = short_addresses(&visible_line(near));
    let (short, left) = cut(&line, most);
    if left + far > 0 { format!("{short} \u{2026}") } else { short.to_owned() }
}
