//! One step of decoding with a map back: string escapes, percent and HTML escapes, colours, characters without width,
//! continued lines, wrapped boxes and joined string literals. Only regions that change are decoded, with the lines
//! around them; nested encodings are undone by taking another step.

use std::ops::Range;

use super::{work, wrapped};
use crate::text::unseen::is_invisible;

/// Decoded text and where each byte of it came from.
pub(crate) struct Decoded {
    pub(crate) bytes: Vec<u8>,
    /// Places in the decoded text where two string literals were joined.
    pub(crate) joints: Vec<usize>,
    /// Places in the decoded text where a region ends and another begins: what stands between them is not there.
    gaps: Vec<usize>,
    pieces: Vec<Piece>,
}

/// From `at` on, decoded bytes come from `source` on: the first one from `escape` bytes, where that is not 0, the others each
/// from one.
struct Piece {
    at: usize,
    source: usize,
    escape: usize,
}

impl Decoded {
    /// The place in the source of a place in the decoded text.
    pub(crate) fn source(&self, range: Range<usize>) -> Range<usize> {
        let (start, _) = self.source_of(range.start);
        let (_, end) = self.source_of(range.end.max(range.start + 1) - 1);
        start..end.max(start)
    }

    /// A place of the decoded text up to where its first region ends.
    pub(crate) fn in_one_region(&self, range: Range<usize>) -> Range<usize> {
        let gap = self.gaps.get(self.gaps.partition_point(|gap| *gap <= range.start));
        range.start..gap.map_or(range.end, |gap| range.end.min(*gap))
    }

    fn source_of(&self, at: usize) -> (usize, usize) {
        let index = self.pieces.partition_point(|piece| piece.at <= at).saturating_sub(1);
        let Some(piece) = self.pieces.get(index) else { return (at, at + 1) };
        let offset = at - piece.at.min(at);
        match piece.escape {
            0 => (piece.source + offset, piece.source + offset + 1),
            length if offset == 0 => (piece.source, piece.source + length),
            length => (piece.source + length + offset - 1, piece.source + length + offset),
        }
    }

    fn literal(&mut self, source: &[u8], range: Range<usize>) {
        if !range.is_empty() {
            let goes_on = |last: &Piece| {
                last.escape > 0 && last.at + 1 == self.bytes.len() && last.source + last.escape == range.start
            };
            if !self.pieces.last().is_some_and(goes_on) {
                self.pieces.push(Piece { at: self.bytes.len(), source: range.start, escape: 0 });
            }
            self.bytes.extend_from_slice(&source[range]);
        }
    }

    fn escape(&mut self, source: Range<usize>, decoded: &[u8]) {
        for byte in decoded {
            self.pieces.push(Piece { at: self.bytes.len(), source: source.start, escape: source.len() });
            self.bytes.push(*byte);
        }
    }
}

/// What stands for something else at a place: how long it is, and what it means (nothing, for what is dropped).
struct Escape {
    len: usize,
    decoded: [u8; 4],
    decoded_len: usize,
    /// Bytes before it that go with it.
    before: usize,
}

impl Escape {
    fn dropped(len: usize) -> Option<Self> {
        Some(Self { len, decoded: [0; 4], decoded_len: 0, before: 0 })
    }

    fn byte(len: usize, byte: u8) -> Option<Self> {
        Some(Self { len, decoded: [byte, 0, 0, 0], decoded_len: 1, before: 0 })
    }

    fn char(len: usize, c: char) -> Option<Self> {
        let mut decoded = [0; 4];
        let decoded_len = c.encode_utf8(&mut decoded).len();
        if is_invisible(c) { Self::dropped(len) } else { Some(Self { len, decoded, decoded_len, before: 0 }) }
    }
}

/// `source` with one layer of escapes undone; `None` when it has none.
pub(crate) fn decode(source: &[u8]) -> Option<Decoded> {
    let mut decoded = Decoded { bytes: Vec::new(), joints: Vec::new(), gaps: Vec::new(), pieces: Vec::new() };
    // Everything before `taken` was copied or left out; everything before `literal` was also decoded.
    let mut literal = 0;
    let mut at = 0;
    let mut changed = false;
    while let Some(next) = next_special(source, at) {
        let Some(escape) = escape_at(source, next) else {
            at = next + 1;
            continue;
        };
        let next_end = next + escape.len;
        let next = next.saturating_sub(escape.before).max(literal);
        let from = region_start(source, literal, next);
        if from > literal && changed {
            // The rest of the line that the last escape stood in, and the line after it.
            let until = region_end(source, literal).min(from);
            decoded.literal(source, literal..until);
            if until < from {
                decoded.gaps.push(decoded.bytes.len());
                decoded.escape(until..until + 1, b"\n");
            }
        }
        decoded.literal(source, from..next);
        decoded.escape(next..next_end, &escape.decoded[..escape.decoded_len]);
        if matches!(source[next], b'"' | b'\'' | b'`') {
            decoded.joints.push(decoded.bytes.len());
        }
        changed = true;
        literal = next_end;
        at = next_end;
    }
    if !changed {
        return None;
    }
    let end = region_end(source, literal);
    decoded.literal(source, literal..end);
    Some(decoded)
}

/// The start of the line before the line of `at`, not before `floor`.
fn region_start(source: &[u8], floor: usize, at: usize) -> usize {
    work::looks_at(at - floor);
    let Some(line) = memchr::memrchr(b'\n', &source[floor..at]) else { return floor };
    memchr::memrchr(b'\n', &source[floor..floor + line]).map_or(floor, |before| floor + before + 1)
}

/// The end of the line after the line of `at`.
fn region_end(source: &[u8], at: usize) -> usize {
    let line_end = |at: usize| memchr::memchr(b'\n', &source[at..]).map_or(source.len(), |found| at + found + 1);
    let end = line_end(line_end(at));
    work::looks_at(end - at);
    end
}

/// The next byte from `at` on that may begin an escape.
fn next_special(source: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += source[at..].iter().position(|byte| SPECIAL[usize::from(*byte)])?;
        // Quotes are many, and what joins two literals begins with one of a few signs: see `joined_literals`.
        let may_join = |next: &u8| matches!(next, b'+' | b'.' | b'&' | b'\\' | b'\n' | b' ' | b'\t' | b'\r');
        if !matches!(source[at], b'"' | b'\'' | b'`') || source.get(at + 1).is_some_and(may_join) {
            return Some(at);
        }
        at += 1;
    }
}

static SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut index = 0;
    // Escape, quotes of joined literals, line ends of wrapped boxes, and the first bytes of invisible characters.
    let bytes = *b"\\%&\x1b\"'`\n=\xc2\xcd\xd8\xe1\xe2\xe3\xef\xf0\xf3";
    while index < bytes.len() {
        special[bytes[index] as usize] = true;
        index += 1;
    }
    special
};

fn escape_at(source: &[u8], at: usize) -> Option<Escape> {
    let rest = &source[at..];
    match rest[0] {
        b'\\' => backslash(rest),
        b'%' => percent(rest),
        b'=' => Escape::dropped(wrapped::soft_line_end(source, at)?),
        b'&' => entity(rest),
        0x1b => Escape::dropped(terminal_sequence(rest)?),
        b'"' | b'\'' | b'`' => Escape::dropped(joined_literals(rest)?),
        b'\n' => wrapped_line(source, at),
        _ => {
            let c = first_char(rest)?;
            is_invisible(c).then(|| Escape::dropped(c.len_utf8()))?
        }
    }
}

fn first_char(bytes: &[u8]) -> Option<char> {
    let bytes = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?,
    };
    valid.chars().next()
}

/// Escapes of JSON, JavaScript, Python, C and shells, and a continued line.
fn backslash(rest: &[u8]) -> Option<Escape> {
    match rest.get(1)? {
        b'n' => Escape::byte(2, b'\n'),
        b'r' => Escape::byte(2, b'\r'),
        b't' => Escape::byte(2, b'\t'),
        quoted @ (b'"' | b'\'' | b'`' | b'\\' | b'/' | b'$') => Escape::byte(2, *quoted),
        b'e' if rest.get(2) == Some(&b'[') => Escape::dropped(1 + terminal_sequence(&rest[1..])?),
        b'0' if rest.starts_with(b"\\033[") => Escape::dropped(3 + terminal_sequence(&rest[3..])?),
        b'x' => {
            let byte = hex(rest.get(2..4)?)?;
            if byte == 0x1b && rest.get(4) == Some(&b'[') {
                return Escape::dropped(3 + terminal_sequence(&rest[3..])?);
            }
            Escape::byte(4, u8::try_from(byte).ok()?)
        }
        b'u' => unicode_escape(rest),
        b'\n' => Escape::dropped(2 + blanks(&rest[2..])),
        b'\r' if rest.get(2) == Some(&b'\n') => Escape::dropped(3 + blanks(&rest[3..])),
        _ => None,
    }
}

fn unicode_escape(rest: &[u8]) -> Option<Escape> {
    let (code, len) = if rest.get(2) == Some(&b'{') {
        let digits = rest[3..].iter().take(7).position(|byte| *byte == b'}')?;
        (hex(&rest[3..3 + digits])?, digits + 4)
    } else {
        (hex(rest.get(2..6)?)?, 6)
    };
    if code == 0x1b {
        let sequence = rest.get(len - 1..)?;
        if sequence.get(1) == Some(&b'[') {
            return Escape::dropped(len - 1 + terminal_sequence(sequence)?);
        }
    }
    Escape::char(len, char::from_u32(code)?)
}

fn percent(rest: &[u8]) -> Option<Escape> {
    Escape::byte(3, u8::try_from(hex(rest.get(1..3)?)?).ok()?)
}

fn entity(rest: &[u8]) -> Option<Escape> {
    let len = rest.iter().take(10).position(|byte| *byte == b';')? + 1;
    let c = match &rest[1..len - 1] {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        b"nbsp" => ' ',
        b"sol" => '/',
        b"equals" => '=',
        b"colon" => ':',
        b"commat" => '@',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(hex(digits)?)?,
        [b'#', digits @ ..] => char::from_u32(std::str::from_utf8(digits).ok()?.parse().ok()?)?,
        _ => return None,
    };
    Escape::char(len, c)
}

fn hex(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Length of a control sequence (ECMA-48) whose first byte, whatever it is, stands for the escape character.
fn terminal_sequence(rest: &[u8]) -> Option<usize> {
    match rest.get(1)? {
        b'[' => {
            let end = rest[2..].iter().take(40).position(|byte| (0x40..=0x7e).contains(byte))?;
            Some(end + 3)
        }
        // Titles and links: until a bell or a string terminator.
        b']' => {
            let end = rest.iter().take(400).position(|byte| *byte == 7);
            work::looks_at(end.unwrap_or(400));
            Some(end? + 1)
        }
        b'(' | b')' => Some(3.min(rest.len())),
        _ => Some(2),
    }
}

/// `"abc" + "def"`, also over lines and with `.` or `\`: the part between the two pieces of text.
fn joined_literals(rest: &[u8]) -> Option<usize> {
    let quote = rest[0];
    let mut at = 1;
    let mut joiners = 0;
    let mut lines = 0;
    while at < rest.len().min(80) {
        match rest[at] {
            b'+' | b'.' | b'&' => joiners += 1,
            // A continued line. Elsewhere `"\"` is the beginning of a string in a string.
            b'\\' if matches!(rest.get(at + 1), Some(b'\n' | b'\r')) => joiners += 1,
            b'\n' => lines += 1,
            b' ' | b'\t' | b'\r' => {}
            byte if byte == quote && at > 1 => {
                // Adjacent literals join in Python and C; there, one to a line.
                let adjacent = joiners == 0 && lines == 1 && is_literal(&rest[at + 1..], quote);
                return (joiners == 1 && lines <= 1 || adjacent).then_some(at + 1);
            }
            _ => return None,
        }
        at += 1;
    }
    None
}

/// Whether a literal without blanks, closed by `quote`, begins here.
fn is_literal(rest: &[u8], quote: u8) -> bool {
    let len = rest.iter().take(200).position(|byte| *byte == quote || byte.is_ascii_whitespace());
    work::looks_at(len.unwrap_or(200));
    len.is_some_and(|len| len >= 3 && rest[len] == quote)
}

/// Bytes of a line of a terminal: 132 characters and the signs of a box around them.
const LONGEST_WRAPPED: usize = 600;

/// A line end inside a box that a terminal program drew, or at a usual width of a terminal.
fn wrapped_line(source: &[u8], at: usize) -> Option<Escape> {
    let floor = at.saturating_sub(LONGEST_WRAPPED);
    let line = memchr::memrchr(b'\n', &source[floor..at]).map(|found| floor + found + 1);
    work::looks_at(at - line.unwrap_or(floor));
    let start = line.unwrap_or(floor);
    let before = source[start..at].trim_ascii_end();
    let after = &source[at + 1..];
    let indent = blanks(after);
    if let Some(closing) = wrapped::BARS.iter().find(|bar| before.ends_with(bar)) {
        let text = indent + wrapped::bar(&after[indent..])?;
        let text_before = before[..before.len() - closing.len()].trim_ascii_end();
        let len = 1 + text + blanks(&after[text..]);
        return Some(Escape { len, decoded: [0; 4], decoded_len: 0, before: at - start - text_before.len() });
    }
    let full = (line.is_some() || floor == 0) && matches!(at - start, 80 | 100 | 120 | 132);
    (full && source[at - 1].is_ascii_alphanumeric() && after.first()?.is_ascii_alphanumeric())
        .then(|| Escape::dropped(1))?
}

fn blanks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}
