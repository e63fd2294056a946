//! The one place that writes to the terminal. Text from outside is made harmless for a terminal here: control
//! characters (escape sequences, bells, bidirectional overrides) are written as visible escapes.

use std::io::{self, IsTerminal, Write};

/// Where a command writes: results to `out`, messages to `err`.
pub struct Output {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    /// Whether results may be coloured.
    pub colour: bool,
}

impl Output {
    /// Standard output and error; coloured when standard output is a terminal and `no_colour` is not asked for.
    pub fn standard(no_colour: bool) -> Self {
        let out = io::stdout();
        let colour = out.is_terminal() && !no_colour;
        Self { out: Box::new(io::BufWriter::new(out)), err: Box::new(io::stderr()), colour }
    }

    /// Writes to `out` and `err`, without colour.
    pub fn to(out: Box<dyn Write>, err: Box<dyn Write>) -> Self {
        Self { out, err, colour: false }
    }

    /// Writes text that is already safe: our own words, JSON, rendered documents.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    pub fn line(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.write_all(b"\n")
    }

    /// A message for the person, on standard error. Each of its lines begins with our name: a line that begins with `::`
    /// would be a command to the runner of a workflow. A closed standard error is no reason to stop.
    pub fn message(&mut self, text: &str) {
        for line in for_terminal(text).lines() {
            let _ = writeln!(self.err, "backstory: {line}");
        }
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// `text` with everything that a terminal would act on, but line ends and tabs, shown instead of sent.
pub fn for_terminal(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => safe.push(c),
            c if c.is_control() || is_bidirectional(c) => safe.extend(c.escape_unicode()),
            c => safe.push(c),
        }
    }
    safe
}

/// Characters that change the direction of the text around them (Trojan Source, CVE-2021-42574).
pub fn is_bidirectional(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_sequence_is_shown_and_not_sent() {
        assert_eq!(for_terminal("a\u{1b}[31mb\u{202e}c\r\n"), "a\\u{1b}[31mb\\u{202e}c\\u{d}\n");
    }
}
