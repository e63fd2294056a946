//! A long text in parts, each with what stands around it: so that no more than a part has to be held, and what its rules
//! need of the neighbours is there. Where a text is cut depends on its bytes alone, not on how many of them a read returns.

use std::io::{self, Read};
use std::ops::Range;

use super::tables;

/// How long parts are, and how much is seen on each side of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) part: usize,
    /// More than the longest key, and than whatever else a rule looks at from one place.
    pub(super) around: usize,
}

pub(super) const SIZES: Sizes = Sizes { part: 1 << 20, around: 96 << 10 };

/// A part and what is seen around it: whole lines.
pub(super) struct ScanWindow<'a> {
    pub(super) text: &'a [u8],
    /// Where `text` begins in all of the text.
    pub(super) start: usize,
    /// The part, in `text`.
    pub(super) part: Range<usize>,
    pub(super) is_last: bool,
    around: usize,
}

/// A window of its own, for another thread.
pub(super) struct KeptWindow {
    text: Vec<u8>,
    start: usize,
    part: Range<usize>,
    is_last: bool,
    around: usize,
}

impl KeptWindow {
    pub(super) fn window(&self) -> ScanWindow<'_> {
        let Self { text, start, part, is_last, around } = self;
        ScanWindow { text, start: *start, part: part.clone(), is_last: *is_last, around: *around }
    }
}

impl ScanWindow<'_> {
    pub(super) fn keep(self) -> KeptWindow {
        let Self { text, start, part, is_last, around } = self;
        KeptWindow { text: text.to_owned(), start, part, is_last, around }
    }

    /// Whether what was found at a place of the window is of this part, and of no other.
    pub(super) fn owns(&self, range: &Range<usize>) -> bool {
        self.part.contains(&range.start) || self.is_last && range.start == self.part.end
    }

    /// Whether something of any length, as private parts are, may begin before the window or end behind it.
    pub(super) fn may_leave(&self, range: &Range<usize>) -> bool {
        range.start == 0 && self.start > 0 || range.end == self.text.len() && !self.is_last
    }

    /// Whether something is of a part before and was more than the window of that part could see.
    pub(super) fn was_cut(&self, range: &Range<usize>) -> bool {
        range.start < self.part.start && range.end > self.part.start + self.around
    }

    /// Whether something in several lines is so long that a window may hold a piece of it only.
    pub(super) fn may_cut(&self, range: &Range<usize>) -> bool {
        range.len() > self.around / 2 && memchr::memchr(b'\n', &self.text[range.clone()]).is_some()
    }

    pub(super) fn in_all(&self, range: &Range<usize>) -> Range<usize> {
        self.start + range.start..self.start + range.end
    }
}

pub(super) struct Windows<R> {
    input: R,
    sizes: Sizes,
    /// What was read and is still needed.
    buffer: Vec<u8>,
    /// Where the buffer begins in all of the text.
    start: usize,
    /// Where the next part begins in the buffer.
    next: usize,
    is_read: bool,
}

/// Bytes that are asked for at once.
const READ: u64 = 256 << 10;

impl<R: Read> Windows<R> {
    pub(super) fn new(input: R, sizes: Sizes) -> Self {
        Self { input, sizes, buffer: Vec::new(), start: 0, next: 0, is_read: false }
    }

    pub(super) fn next(&mut self) -> io::Result<Option<ScanWindow<'_>>> {
        let drop = seen_from(&self.buffer, self.next, self.sizes.around);
        self.buffer.drain(..drop);
        self.start += drop;
        // At the end, too: whoever asks again gets the same answer.
        self.next -= drop;
        let from = self.next;
        let until = self.line_end(from + self.sizes.part)?;
        if from == until {
            return Ok(None);
        }
        let stop = self.line_end(until + self.sizes.around)?;
        self.next = until;
        Ok(Some(ScanWindow {
            text: &self.buffer[..stop],
            start: self.start,
            part: from..until,
            is_last: self.is_read && stop == self.buffer.len(),
            around: self.sizes.around,
        }))
    }

    /// Behind the first line end from `at` on, or the end of the text.
    fn line_end(&mut self, mut at: usize) -> io::Result<usize> {
        loop {
            if let Some(end) = self.buffer.get(at..).and_then(|rest| memchr::memchr(b'\n', rest)) {
                return Ok(at + end + 1);
            }
            at = at.max(self.buffer.len());
            if self.is_read {
                return Ok(self.buffer.len());
            }
            self.is_read = self.input.by_ref().take(READ).read_to_end(&mut self.buffer)? == 0;
        }
    }
}

/// Where what is seen of the text before `at` begins: so far away that the first row of every table that reaches `at` is seen.
fn seen_from(text: &[u8], at: usize, around: usize) -> usize {
    let line_start = |at: usize| memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
    let mut start = line_start(at.saturating_sub(around));
    let mut lines = memchr::memchr_iter(b'\n', &text[start..at]).count();
    while start > 0 && lines <= tables::MAX_ROWS + 1 {
        let before = line_start(start - 1);
        if start - before > tables::MAX_ROW + 1 || text[before..start].trim_ascii().is_empty() {
            break;
        }
        start = before;
        lines += 1;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_text_are_all_of_it_in_whole_lines() {
        let text: String = (0..400).map(|line| format!("{}\n", "x".repeat(line * 7 % 90))).collect();
        for (part, around) in [(1, 0), (1, 50), (300, 20), (5000, 700), (100_000, 10)] {
            let mut windows = Windows::new(text.as_bytes(), Sizes { part, around });
            let mut parts = Vec::new();
            while let Some(window) = windows.next().unwrap() {
                assert_eq!(window.part.start + window.start, parts.len());
                assert_eq!(&text.as_bytes()[window.in_all(&(0..window.text.len()))], window.text);
                assert!(window.start == 0 || window.part.start >= around);
                assert!(window.is_last || window.text.len() - window.part.end >= around);
                assert_eq!(window.text[window.part.end - 1], b'\n');
                parts.extend_from_slice(&window.text[window.part.clone()]);
            }
            assert_eq!(parts, text.as_bytes());
        }
    }

    #[test]
    fn the_first_row_of_a_table_is_seen_from_its_last_one() {
        let row = format!("{}\n", "v,".repeat(200));
        let text = format!("other\n\nfirst row\n{}", row.repeat(900));
        assert_eq!(seen_from(text.as_bytes(), text.len() - row.len(), 1000), 7);
        let long = "x".repeat(3000);
        let text = format!("{long}\n{}", row.repeat(900));
        assert_eq!(seen_from(text.as_bytes(), text.len(), 1000), long.len() + 1);
        assert_eq!(seen_from(row.repeat(9000).as_bytes(), row.len() * 9000, 1000) / row.len(), 9000 - 1002);
    }
}
