//! What is to be kept of a longer text. Half of a secret looks like none, so nothing is cut before it is redacted: a quote
//! says what will be kept, and holds the text around it for the redactor to look at.

use std::ops::Range;

use crate::text::borders::border;

/// Parts of a text, with what stands around them.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Quote {
    lead: String,
    source: String,
    /// Start and end of each part in `source`, in order and apart from each other.
    parts: Vec<(usize, usize)>,
    width: usize,
    is_folded: bool,
}

/// So many bytes before and behind the parts are looked at: a name and its value, a token that was wrapped.
const AROUND: usize = 1024;
/// The same where something is hidden that begins far before: a key, private text. And the longest part.
pub(crate) const LONGEST: usize = 64 * 1024;

impl Quote {
    /// The parts `lines` of `text`, each a slice of it; of each line at most `width` characters will be kept. A line longer
    /// than [`LONGEST`] is not quoted: what stands in its place says how long it is.
    pub fn new<'a>(text: &'a str, lines: impl IntoIterator<Item = &'a str>, width: usize) -> Self {
        let mut places: Vec<Range<usize>> = lines.into_iter().map(|line| place_in(text, line)).collect();
        places.sort_by_key(|place| place.start);
        places.dedup();
        let Some(first) = places.first().cloned() else { return Self { width, ..Self::default() } };
        if first.len() > LONGEST {
            return Self::whole(format!("[a line of {} bytes]", first.len()), width);
        }
        places.retain(|place| place.end - first.start <= LONGEST);
        let end = places.last().map_or(first.end, |last| last.end);
        let around = if hides_something(text) { LONGEST } else { AROUND };
        let from = border(text, first.start.saturating_sub(around));
        let to = border(text, end.saturating_add(around));
        let parts = places.into_iter().map(|place| (place.start - from, place.end - from)).collect();
        Self { source: text[from..to].to_owned(), parts, width, ..Self::default() }
    }

    /// All of a text of this program's own making.
    fn whole(source: String, width: usize) -> Self {
        let parts = vec![(0, source.len())];
        Self { source, parts, width, ..Self::default() }
    }

    /// With `lead` before the first line.
    #[must_use]
    pub fn led_by(mut self, lead: impl Into<String>) -> Self {
        self.lead = lead.into();
        self
    }

    /// With one blank wherever there are several.
    #[must_use]
    pub fn folded(mut self) -> Self {
        self.is_folded = true;
        self
    }

    /// What is quoted, with nothing cut off: for steps that compare it. It was not redacted.
    pub(super) fn text(&self) -> String {
        let lines: Vec<&str> = self.parts.iter().map(|(start, end)| &self.source[*start..*end]).collect();
        self.put_together(lines.join("\n"))
    }

    /// The text to look for secrets in.
    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn parts(&self) -> impl Iterator<Item = Range<usize>> {
        self.parts.iter().map(|(start, end)| *start..*end)
    }

    /// Most characters of a line.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The quote from what became of its parts.
    pub fn put_together(&self, lines: String) -> String {
        let fold = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let lines = if self.is_folded { lines.lines().map(fold).collect::<Vec<_>>().join("\n") } else { lines };
        if self.lead.is_empty() { lines } else { format!("{}{lines}", self.lead) }
    }
}

fn place_in(text: &str, part: &str) -> Range<usize> {
    let start = (part.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
    assert!(start <= text.len() && start + part.len() <= text.len(), "a quoted line is a slice of the text");
    start..start + part.len()
}

/// Whether the text may hold something that begins far before the place where it ends: a key, a private part. In doubt, yes.
pub(crate) fn hides_something(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_private = |at: usize| {
        let opening = &bytes[at.saturating_sub(12)..at];
        bytes.get(at..at + 7).is_some_and(|word| word.eq_ignore_ascii_case(b"private"))
            && (opening.iter().any(|byte| matches!(byte, b'<' | b';' | 0x80..)) || opening.ends_with(b"c"))
    };
    memchr::memmem::find(bytes, b"PRIVATE KEY").is_some() || memchr::memchr2_iter(b'p', b'P', bytes).any(is_private)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_holds_what_stands_around_it_and_no_more_than_it_needs() {
        let text = format!("{}\none\ntwo\n{}", "x".repeat(5000), "y".repeat(5000));
        let quote = Quote::new(&text, text.lines().skip(1).take(2), 80);
        assert_eq!(quote.text(), "one\ntwo");
        assert!(quote.source().len() < 2 * AROUND + 20);
        let hidden = text.replace("xx\none", "<PRIVATE >\none");
        let quote = Quote::new(&hidden, hidden.lines().skip(1).take(2), 80);
        assert_eq!((quote.text().as_str(), quote.source().len()), ("one\ntwo", hidden.len()));
    }

    #[test]
    fn a_line_that_is_too_long_is_not_quoted() {
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(Quote::new(&long, [long.as_str()], 80).text(), "[a line of 65537 bytes]");
        let text = format!("one\n{long}\n");
        assert_eq!(Quote::new(&text, text.lines(), 80).text(), "one");
    }

    #[test]
    fn a_lead_and_folded_blanks_are_part_of_the_text() {
        let text = "E    assert   2\n";
        assert_eq!(Quote::new(text, text.lines(), 80).folded().led_by("a.py: ").text(), "a.py: E assert 2");
        assert_eq!(Quote::new(text, [], 80).text(), "");
    }
}
