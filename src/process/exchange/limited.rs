//! A reader that stops when one event is too long: a quote or a tag that is never closed would take all memory otherwise.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

/// Bytes of one event, at most.
pub(super) const LIMIT: u64 = 1 << 20;

/// Bytes that are handed on at once, at most: they are counted when they have been taken.
const PIECE: usize = 1 << 16;

/// Counts what is handed on since [`Meter::reset`], and lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter(Rc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    bytes: Cell<u64>,
    line_ends: Cell<u64>,
}

impl Meter {
    /// An event has been read.
    pub(super) fn reset(&self) {
        self.0.bytes.set(0);
    }

    pub(super) fn is_full(&self) -> bool {
        self.0.bytes.get() > LIMIT
    }

    /// The line that is being read, from 1.
    pub(super) fn line(&self) -> u64 {
        self.0.line_ends.get() + 1
    }
}

#[derive(Debug)]
pub(super) struct Limited<R> {
    inner: R,
    meter: Meter,
}

impl<R: BufRead> Limited<R> {
    pub(super) fn new(inner: R) -> (Self, Meter) {
        let meter = Meter::default();
        (Self { inner, meter: meter.clone() }, meter)
    }
}

impl<R: BufRead> Read for Limited<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(into.len());
        into[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Limited<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.meter.is_full() {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "an event is too long"));
        }
        let buffer = self.inner.fill_buf()?;
        Ok(&buffer[..buffer.len().min(PIECE)])
    }

    fn consume(&mut self, count: usize) {
        let counts = &self.meter.0;
        counts.bytes.set(counts.bytes.get() + count as u64);
        // What is consumed has been filled: nothing is read here.
        if let Ok(buffer) = self.inner.fill_buf() {
            let line_ends = memchr::memchr_iter(b'\n', &buffer[..count.min(buffer.len())]).count();
            counts.line_ends.set(counts.line_ends.get() + line_ends as u64);
        }
        self.inner.consume(count);
    }
}
