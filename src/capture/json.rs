//! A lazy reader of JSON: it walks over a text, hands out the members that are wanted and jumps over the rest.
//! Strings are decoded only when asked for. It accepts every valid JSON text up to 128 levels deep and never panics or
//! recurses on damaged ones; it does not check what it jumps over beyond brackets and quotes.

use std::borrow::Cow;

use super::quotes::end_of_string;

/// The text is no JSON, ends too early, or is nested too deeply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

pub(super) type Read<T> = Result<T, Broken>;

/// The bytes of one JSON value, without white space around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value<'a>(&'a [u8]);

/// A place in a JSON text, in front of a value.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Reads `text` as one object, calling `each` in front of every member's value; what `each` leaves unread is skipped.
/// `Broken` if `text` is anything but one object (and white space).
pub(super) fn whole_object<'a>(text: &'a [u8], each: impl FnMut(&mut Cursor<'a>, &'a [u8]) -> Read<()>) -> Read<()> {
    let mut cursor = Cursor { bytes: text, at: 0 };
    if cursor.peek() != Some(b'{') {
        return Err(Broken);
    }
    cursor.object(each)?;
    match cursor.peek() {
        None => Ok(()),
        Some(_) => Err(Broken),
    }
}

/// `text` as an object; whether it ends, who reads its members sees. `Broken` if it begins as anything else.
pub(super) fn object_of(text: &[u8]) -> Read<Value<'_>> {
    let text = text.trim_ascii();
    text.starts_with(b"{").then_some(Value(text)).ok_or(Broken)
}

/// The objects that stand one behind the other in `text`, as when the end of the line between two was never written.
/// `Broken` if anything else is there.
pub(super) fn objects(text: &[u8]) -> Read<Vec<&[u8]>> {
    let mut cursor = Cursor::new(text);
    let mut objects = Vec::new();
    while let Some(byte) = cursor.peek() {
        let value = cursor.value()?;
        if byte != b'{' {
            return Err(Broken);
        }
        objects.push(value.0);
    }
    Ok(objects)
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next value's first byte.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        while let Some(&byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    /// Walks over the members of an object. A value of another type is skipped and has no members.
    #[inline]
    pub(super) fn object(&mut self, mut each: impl FnMut(&mut Self, &'a [u8]) -> Read<()>) -> Read<()> {
        if self.peek() != Some(b'{') {
            return self.skip();
        }
        self.at += 1;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(Broken);
            }
            let start = self.at + 1;
            self.at = end_of_string(self.bytes, start).ok_or(Broken)?;
            let key = &self.bytes[start..self.at - 1];
            if self.peek() != Some(b':') {
                return Err(Broken);
            }
            self.at += 1;
            self.peek();
            let value = self.at;
            each(self, key)?;
            if self.at == value {
                self.skip()?;
            }
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                }
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Broken),
            }
        }
    }

    /// As `object`; what is damaged inside costs the members behind the damage and not the value, as long as brackets
    /// and quotes match. Returns whether all was read.
    pub(super) fn object_in_part(&mut self, each: impl FnMut(&mut Self, &'a [u8]) -> Read<()>) -> Read<bool> {
        let start = self.at;
        if self.object(each).is_ok() {
            return Ok(true);
        }
        self.at = start;
        self.skip().map(|()| false)
    }

    /// Walks over the items of an array. A value of another type is skipped and has no items.
    pub(super) fn array(&mut self, mut each: impl FnMut(&mut Self) -> Read<()>) -> Read<()> {
        if self.peek() != Some(b'[') {
            return self.skip();
        }
        self.at += 1;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.peek();
            let value = self.at;
            each(self)?;
            if self.at == value {
                self.skip()?;
            }
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                }
                Some(b']') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Broken),
            }
        }
    }

    /// Whether the next value begins with this byte: `b'"'`, `b'{'`, `b'['`, ....
    pub(super) fn starts_with(&mut self, byte: u8) -> bool {
        self.peek() == Some(byte)
    }

    /// Jumps over the next value and returns its bytes.
    #[inline]
    pub(super) fn value(&mut self) -> Read<Value<'a>> {
        self.peek();
        let start = self.at;
        self.skip()?;
        Ok(Value(&self.bytes[start..self.at]))
    }

    #[inline]
    fn skip(&mut self) -> Read<()> {
        match self.peek().ok_or(Broken)? {
            b'"' => {
                self.at = end_of_string(self.bytes, self.at + 1).ok_or(Broken)?;
                Ok(())
            }
            b'{' | b'[' => self.skip_nested(),
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                let rest = &self.bytes[self.at..];
                let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                self.at += rest.iter().position(|byte| !is_word(byte)).unwrap_or(rest.len());
                Ok(())
            }
            _ => Err(Broken),
        }
    }

    /// Jumps over an object or array. One bit per level remembers which bracket must close it.
    fn skip_nested(&mut self) -> Read<()> {
        let mut objects: u128 = 0;
        let mut depth = 0_u32;
        let mut at = self.at;
        while let Some(&byte) = self.bytes.get(at) {
            at += 1;
            match byte {
                b'"' => at = end_of_string(self.bytes, at).ok_or(Broken)?,
                b'{' | b'[' => {
                    depth += 1;
                    if depth > 128 {
                        return Err(Broken);
                    }
                    objects = (objects << 1) | u128::from(byte == b'{');
                }
                b'}' | b']' => {
                    if (objects & 1 == 1) != (byte == b'}') {
                        return Err(Broken);
                    }
                    objects >>= 1;
                    depth -= 1;
                    if depth == 0 {
                        self.at = at;
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
        Err(Broken)
    }
}

impl<'a> Value<'a> {
    pub(super) const NULL: Value<'static> = Value(b"null");

    pub(super) fn cursor(self) -> Cursor<'a> {
        Cursor::new(self.0)
    }

    pub(super) fn is_string(self) -> bool {
        self.0.first() == Some(&b'"')
    }

    pub(super) fn is_object(self) -> bool {
        self.0.first() == Some(&b'{')
    }

    /// The bytes between the quotes of a string, undecoded; for comparing with names that have no escapes.
    pub(super) fn bare(self) -> &'a [u8] {
        match self.0 {
            [b'"', inner @ .., b'"'] => inner,
            _ => b"",
        }
    }

    /// The decoded string; `None` for a value of another type.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        match self.0 {
            [b'"', inner @ .., b'"'] => Some(decode(inner)),
            _ => None,
        }
    }

    pub(super) fn owned(self) -> Option<String> {
        self.text().map(Cow::into_owned)
    }

    pub(super) fn is_true(self) -> bool {
        self.0 == b"true"
    }

    pub(super) fn is_null(self) -> bool {
        self.0 == b"null"
    }

    /// Whether it is this number, `true` or `false`.
    pub(super) fn is_literal(self, literal: &str) -> bool {
        self.0 == literal.as_bytes()
    }

    /// The value as it stands there.
    pub(super) fn json(self) -> &'a [u8] {
        self.0
    }

    /// A whole number from 0; `None` for everything else.
    pub(super) fn count(self) -> Option<u64> {
        std::str::from_utf8(self.0).ok()?.parse().ok()
    }

    pub(super) fn integer(self) -> Option<i64> {
        std::str::from_utf8(self.0).ok()?.parse().ok()
    }

    /// A number, with a fraction or without.
    pub(super) fn number(self) -> Option<f64> {
        std::str::from_utf8(self.0).ok()?.parse().ok()
    }

    /// The member of this name; the first one if there are several. `None` as well if the object is broken.
    pub(super) fn member(self, name: &str) -> Option<Value<'a>> {
        let mut found = None;
        self.cursor()
            .object(|cursor, key| {
                if found.is_none() && key == name.as_bytes() {
                    found = Some(cursor.value()?);
                }
                Ok(())
            })
            .ok()?;
        found
    }
}

/// The text of the bytes between two quotes, escapes resolved. Bad escapes, lone surrogates and bytes that are not
/// UTF-8 become U+FFFD.
pub(super) fn decode(inner: &[u8]) -> Cow<'_, str> {
    let Some(first) = backslash(inner) else {
        return std::str::from_utf8(inner).map_or_else(|_| String::from_utf8_lossy(inner), Cow::Borrowed);
    };
    let mut text = Vec::with_capacity(inner.len());
    let mut rest = inner;
    let mut next = Some(first);
    while let Some(slash) = next {
        text.extend_from_slice(&rest[..slash]);
        rest = push_escaped(&rest[slash + 1..], &mut text);
        next = backslash(rest);
    }
    text.extend_from_slice(rest);
    Cow::Owned(match String::from_utf8(text) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

/// The first backslash: near in texts of many lines, so that a call would take longer than the search.
#[inline]
fn backslash(bytes: &[u8]) -> Option<usize> {
    const NEAR: usize = 64;
    const EACH: u64 = 0x0101_0101_0101_0101;
    let (near, far) = bytes.split_at(bytes.len().min(NEAR));
    let (words, rest) = near.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let differs = u64::from_le_bytes(*word) ^ (EACH * u64::from(b'\\'));
        // The lowest bit that is set is of the first byte that is zero.
        let found = differs.wrapping_sub(EACH) & !differs & EACH << 7;
        if found != 0 {
            return Some(8 * number + found.trailing_zeros() as usize / 8);
        }
    }
    let start = 8 * words.len();
    let found = rest.iter().position(|byte| *byte == b'\\').map(|at| start + at);
    found.or_else(|| memchr::memchr(b'\\', far).map(|at| near.len() + at))
}

/// Resolves the escape whose backslash was just read, and returns what follows it.
fn push_escaped<'a>(rest: &'a [u8], text: &mut Vec<u8>) -> &'a [u8] {
    let Some((&letter, after)) = rest.split_first() else {
        return rest;
    };
    let byte = match letter {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        b'"' | b'\\' | b'/' => letter,
        b'u' => return push_unicode(after, text),
        _ => {
            text.extend_from_slice("\u{fffd}".as_bytes());
            return after;
        }
    };
    text.push(byte);
    after
}

fn push_unicode<'a>(digits: &'a [u8], text: &mut Vec<u8>) -> &'a [u8] {
    let (code, mut after) = match hex4(digits) {
        Some(code) => (code, &digits[4..]),
        None => (0xfffd, digits),
    };
    let mut scalar = code;
    if (0xd800..0xdc00).contains(&code)
        && let [b'\\', b'u', low @ ..] = after
        && let Some(low_code) = hex4(low).filter(|low_code| (0xdc00..0xe000).contains(low_code))
    {
        scalar = 0x1_0000 + ((code - 0xd800) << 10) + (low_code - 0xdc00);
        after = &low[4..];
    }
    let c = char::from_u32(scalar).unwrap_or('\u{fffd}');
    text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    after
}

fn hex4(digits: &[u8]) -> Option<u32> {
    digits.get(..4)?.iter().try_fold(0, |code, &digit| Some(code * 16 + char::from(digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads a whole value into serde_json's form, by way of the cursor only.
    fn rebuild(cursor: &mut Cursor<'_>) -> Read<serde_json::Value> {
        if cursor.starts_with(b'{') {
            let mut members = serde_json::Map::new();
            cursor.object(|cursor, key| {
                members.insert(decode(key).into_owned(), rebuild(cursor)?);
                Ok(())
            })?;
            Ok(members.into())
        } else if cursor.starts_with(b'[') {
            let mut items = Vec::new();
            cursor.array(|cursor| {
                items.push(rebuild(cursor)?);
                Ok(())
            })?;
            Ok(items.into())
        } else {
            let value = cursor.value()?;
            match value.text() {
                Some(text) => Ok(text.into_owned().into()),
                None => serde_json::from_slice(value.0).map_err(|_| Broken),
            }
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let text = prop_oneof![
            "[a-z\"\\\\ \\n\u{e4}\u{1f600}]{0,80}",
            "(\\\\|\"|x){0,200}",
            proptest::collection::vec(any::<char>(), 0..40).prop_map(String::from_iter),
        ];
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            text.clone().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 64, 6, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                proptest::collection::vec((text.clone(), inner), 0..6)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_json_text_is_read_as_serde_json_reads_it(value in json(), pretty: bool) {
            let text = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.unwrap();
            prop_assert_eq!(rebuild(&mut Cursor::new(&text)), Ok(value));
            let span = Cursor::new(&text).value().map(|value| value.0.len());
            prop_assert_eq!(span, Ok(text.len()));
        }

        #[test]
        fn damaged_text_never_panics(value in json(), cut: prop::sample::Index, put: prop::sample::Index, byte: u8) {
            let mut text = serde_json::to_vec(&value).unwrap();
            let place = put.index(text.len());
            text[place] = byte;
            text.truncate(cut.index(text.len() + 1));
            let _ = rebuild(&mut Cursor::new(&text));
            let _ = Cursor::new(&text).value().map(Value::text);
            let _ = whole_object(&text, |_, _| Ok(()));
            let _ = decode(&text);
        }
    }

    #[test]
    fn a_backslash_is_found_wherever_it_is() {
        for length in 0..150 {
            for at in (0..length).step_by(3) {
                let mut bytes = vec![b'\\' + 1; length];
                assert_eq!(backslash(&bytes), None);
                bytes[at..].iter_mut().step_by(5).for_each(|byte| *byte = b'\\');
                assert_eq!(backslash(&bytes), Some(at), "{at} of {length}");
            }
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        let text = "[".repeat(100_000);
        assert_eq!(Cursor::new(text.as_bytes()).value(), Err(Broken));
    }

    #[test]
    fn two_objects_in_one_line_are_broken() {
        assert_eq!(whole_object(b"{\"a\":1}{\"b\":2}", |_, _| Ok(())), Err(Broken));
    }

    #[test]
    fn a_surrogate_pair_is_one_character_and_half_a_pair_a_replacement() {
        assert_eq!(decode(br"\ud83d\ude00 \ud83d \u00e4 \q \u12"), "\u{1f600} \u{fffd} \u{e4} \u{fffd} \u{fffd}12");
    }
}
