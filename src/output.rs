//! The one place that writes to the terminal. Text from outside is made harmless for a terminal here: control
//! characters (escape sequences, bells, bidirectional overrides) are written as visible escapes.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::text::unseen::{is_bidirectional, is_invisible};

/// Where a command writes: results to `out`, messages to `err`.
pub struct Output {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    /// Whether results may be coloured.
    pub colour: bool,
    /// Whether a person reads the results at a terminal. Anything else may be a workflow's log, whose runner obeys it: also
    /// from a container that knows nothing of the workflow.
    is_terminal: bool,
    /// How far work has come, where a person reads the messages at a terminal.
    progress: Option<ProgressLine>,
}

/// A line that shows how far work has come.
struct ProgressLine {
    started: Instant,
    /// When it was written last; the line stands there until a message takes its place.
    written: Option<Instant>,
}

/// Work that takes no longer is not worth a word.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two times that the line is written.
const PACE: Duration = Duration::from_millis(200);

impl Output {
    /// Standard output and error; coloured when standard output is a terminal and `no_colour` is not asked for.
    pub fn standard(no_colour: bool) -> Self {
        let out = io::stdout();
        let is_terminal = out.is_terminal();
        let colour = is_terminal && !no_colour;
        let progress = io::stderr().is_terminal().then(|| ProgressLine { started: Instant::now(), written: None });
        Self { out: Box::new(io::BufWriter::new(out)), err: Box::new(io::stderr()), colour, is_terminal, progress }
    }

    /// Writes to `out` and `err`, without colour.
    pub fn to(out: Box<dyn Write>, err: Box<dyn Write>) -> Self {
        Self { out, err, colour: false, is_terminal: false, progress: None }
    }

    /// Keeps messages instead of writing them, and drops results: for work that is done for a program.
    pub fn kept() -> (Self, Kept) {
        let kept = Kept::default();
        (Self::to(Box::new(io::sink()), Box::new(kept.clone())), kept)
    }

    /// Whether a person reads the results, and not a program or a file.
    pub fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Writes whole lines of text: our own words, rendered documents, what [`for_terminal`] made harmless. Commands to a
    /// runner in it are shown instead of sent.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        if self.is_terminal {
            return self.exact(text);
        }
        self.exact(&without_commands(text))
    }

    pub fn line(&mut self, text: &str) -> io::Result<()> {
        self.write(text)?;
        self.exact("\n")
    }

    /// Writes what another program reads and nothing may change: JSON, text that was sent through, our own commands to a
    /// runner.
    pub fn exact(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    /// The same in bytes, which may end within a character.
    pub fn exact_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    /// Shows how far work has come, to a person at a terminal and only where it takes its time: `what`, and how many are done of
    /// how many, where that is known.
    pub fn progress(&mut self, what: &str, done: usize, of: Option<usize>) {
        let Some(ProgressLine { started, written }) = &mut self.progress else { return };
        let now = Instant::now();
        if now - *started < PATIENCE || written.is_some_and(|before| now - before < PACE) {
            return;
        }
        *written = Some(now);
        let of = of.map(|of| format!(" of {of}")).unwrap_or_default();
        let _ = write!(self.err, "\r\x1b[Kbackstory: {what}: {done}{of}");
        let _ = self.err.flush();
    }

    /// Takes the line of [`Self::progress`] away.
    fn end_progress(&mut self) {
        if self.progress.as_mut().is_some_and(|progress| progress.written.take().is_some()) {
            let _ = self.err.write_all(b"\r\x1b[K");
        }
    }

    /// A message for the person, on standard error. Each of its lines begins with our name: a line that begins with `::`
    /// would be a command to the runner of a workflow. A closed standard error is no reason to stop.
    pub fn message(&mut self, text: &str) {
        self.end_progress();
        for line in for_terminal(text).lines() {
            let _ = writeln!(self.err, "{}", without_commands(&format!("backstory: {line}")));
        }
    }

    /// Lines in the words of a library, on standard error.
    pub fn foreign_message(&mut self, text: &str) {
        let _ = self.err.write_all(without_commands(&for_terminal(text)).as_bytes());
    }

    /// A question to the person, on standard error; the answer stands on the same line.
    pub fn ask(&mut self, question: &str) {
        let _ = write!(self.err, "backstory: {}", for_terminal(question));
        let _ = self.err.flush();
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.end_progress();
        self.out.flush()
    }
}

/// The messages of an output that keeps them.
#[derive(Clone, Default)]
pub struct Kept(Rc<RefCell<Vec<u8>>>);

impl Kept {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow()).into_owned()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `text` in which no line is a command to the runner of a workflow: neither one that begins with `::` after blanks, nor one
/// that holds `##[` anywhere (`ActionCommand.cs` of actions/runner; `##vso[` for Azure's). One of the signs is shown by its
/// number: .NET's comparisons pass over characters of no width.
pub fn without_commands(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 32);
    for line in text.split_inclusive('\n') {
        let start = line.len() - line.trim_start_matches(|c: char| c.is_whitespace() || is_invisible(c)).len();
        let (blanks, mut rest) = line.split_at(start);
        safe.push_str(blanks);
        if let Some(after) = rest.strip_prefix("::") {
            safe.push_str("\\u{3a}:");
            rest = after;
        }
        while let Some(at) = rest.find("##") {
            let word = rest[at + 2..].trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "._-".contains(c));
            safe.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            if word.starts_with('[') {
                safe.push_str("\\u{23}");
                rest = &rest[1..];
            }
        }
        safe.push_str(rest);
    }
    Cow::Owned(safe)
}

/// `text` with everything that a terminal would act on, but line ends and tabs, shown instead of sent.
pub fn for_terminal(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => safe.push(c),
            // Some programs end a line at these two.
            c if c.is_control() || is_bidirectional(c) || matches!(c, '\u{2028}' | '\u{2029}') => {
                safe.extend(c.escape_unicode())
            }
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_sequence_is_shown_and_not_sent() {
        assert_eq!(for_terminal("a\u{1b}[31mb\u{202e}c\r\n"), "a\\u{1b}[31mb\\u{202e}c\\u{d}\n");
        assert_eq!(for_terminal("a\u{2028}b\u{2029}c\u{85}d"), "a\\u{2028}b\\u{2029}c\\u{85}d");
    }

    #[test]
    fn progress_is_shown_at_a_terminal_after_a_while_and_gives_way_to_messages() {
        let (mut output, kept) = Output::kept();
        output.progress("commits", 1, None);
        assert_eq!(kept.text(), "", "it is no terminal");
        output.progress = Some(ProgressLine { started: Instant::now(), written: None });
        output.progress("commits", 2, None);
        assert_eq!(kept.text(), "", "it has not taken its time");
        output.progress = Some(ProgressLine { started: Instant::now() - PATIENCE, written: None });
        for done in 3..6 {
            output.progress("commits", done, Some(9));
        }
        output.message("done");
        output.message("all of it");
        assert_eq!(
            kept.text(),
            "\r\u{1b}[Kbackstory: commits: 3 of 9\r\u{1b}[Kbackstory: done\nbackstory: all of it\n"
        );
    }

    #[test]
    fn no_line_is_a_command_to_a_runner() {
        for (text, written) in [
            ("::add-mask::x", "\\u{3a}:add-mask::x"),
            ("a\n \u{a0}\u{3000}\t::error::x\n", "a\n \u{a0}\u{3000}\t\\u{3a}:error::x\n"),
            ("\u{200b}::debug::x", "\u{200b}\\u{3a}:debug::x"),
            ("x ##[add-path]/tmp ##[group]", "x #\\u{23}[add-path]/tmp #\\u{23}[group]"),
            ("###[x]####[y]", "##\\u{23}[x]###\\u{23}[y]"),
            ("##vso[task.x]", "#\\u{23}vso[task.x]"),
            ("std::fmt ## title [x]", "std::fmt ## title [x]"),
            ("##", "##"),
            (":::", "\\u{3a}::"),
        ] {
            assert_eq!(without_commands(text), written, "{text:?}");
            let once = without_commands(text).into_owned();
            assert_eq!(without_commands(&once), once, "{text:?}");
        }
    }
}
