//! A value inside something else: `Some("x")`, `String::from("x")`, `[]byte("x")`, `string(8) "x"`, a literal of several lines,
//! a list, a heredoc, CDATA, an object with a field `value` one level below its name.

use std::ops::Range;

/// How far a wrapper and what stands in it are looked through.
const NEAR: usize = 96;
/// How far a field of an object may stand behind the object's name.
const OBJECT: usize = 500;

/// Last part of the names of functions and types that hand their argument on. Others (`env`, `prompt`, `hash`) make something
/// else of it.
#[rustfmt::skip]
const WRAPPERS: &[&str] = &[
    "Some", "Ok", "Just", "Right", "Optional", "of", "ofNullable", "String", "string", "str", "from", "new", "into", "bytes", "byte", "bytearray", "Bytes", "Secret",
    "SecretStr", "SecretString", "SecretBytes", "SecretBox", "SecretValue", "SecretText", "secret", "Sensitive", "Redacted", "Protected", "ProtectedString", "ptr", "Ptr", "StringPtr",
    "pointer", "Pointer", "ToPtr", "ref", "Ref", "Box", "Rc", "Arc", "Cow", "Borrowed", "Owned", "Value", "StringValue", "Text", "Password", "Output", "plainText",
    "plain_text", "unsafePlainText", "unsafe_plain_text", "CString", "OsString", "GString", "NSString", "AnsiString", "Field", "field", "Setting", "Uint8Array",
    "Buffer", "strdup", "encode", "lit", "literal", "u8", "Char", "toCharArray", "to_owned", "to_string", "asSecret", "GetBytes", "getBytes", "fromString",
    "FromString", "utf8", "Utf8", "lambda", "Var", "val", "Credential", "Token", "ApiKey", "make_secret", "ConvertTo-SecureString", "SecureString", "P", "S",
];

/// Length of what stands before the quote of a value, where that can only hand it on.
pub(super) fn call(rest: &[u8]) -> usize {
    let rest = &rest[..rest.len().min(NEAR)];
    let mut at = 0;
    for _ in 0..4 {
        let callee = rest[at..]
            .iter()
            .take_while(|byte| {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b'_' | b'.' | b':' | b'-' | b'[' | b']' | b'<' | b'>' | b'&' | b'!')
            })
            .count();
        let open = at + callee;
        if matches!(rest.get(open), Some(b'(' | b' ')) && callee > 0 && is_wrapper(&rest[at..open]) {
            at = open + 1;
        } else if matches!(rest.get(at), Some(b'(' | b'{' | b'[' | b'&' | b'*')) {
            at += 1;
        } else {
            break;
        }
        at += blanks(&rest[at..]);
        for named in [
            "default=",
            "default_factory=lambda: ",
            "value=",
            "value:",
            "String ",
            "-String ",
            "default: ",
            "plain=",
            "lambda: ",
        ] {
            if rest[at..].starts_with(named.as_bytes()) {
                at += named.len() + blanks(&rest[at + named.len()..]);
            }
        }
        if matches!(rest.get(at), Some(b'"' | b'\'' | b'`')) {
            return at;
        }
    }
    0
}

fn is_wrapper(callee: &[u8]) -> bool {
    // `Box<str>::from`, `aws.String`, `[]byte`
    let last = callee
        .rsplit(|byte| matches!(byte, b'.' | b':' | b']' | b'&' | b'!'))
        .find(|part| !part.is_empty())
        .unwrap_or_default();
    let last = last.split(|byte| *byte == b'<').next().unwrap_or_default();
    WRAPPERS.iter().any(|wrapper| wrapper.as_bytes() == last)
}

fn blanks(rest: &[u8]) -> usize {
    rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Length of the opening of a literal of several lines, of CDATA, a heredoc, a tag or anchor of YAML, a printed length of PHP.
pub(super) fn opening(rest: &[u8]) -> usize {
    let rest = &rest[..rest.len().min(NEAR)];
    for long in ["\"\"\"", "'''", "[[", "<![CDATA["] {
        if rest.starts_with(long.as_bytes()) {
            return long.len()
                + rest[long.len()..].iter().take(40).take_while(|byte| byte.is_ascii_whitespace()).count();
        }
    }
    if rest.starts_with(b"<<") {
        let mark = 2 + rest[2..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'~' | b'_' | b'"' | b'\''))
            .count();
        let line = mark + rest[mark..].iter().take_while(|byte| matches!(byte, b'\r' | b' ')).count();
        if mark > 3 && rest.get(line) == Some(&b'\n') {
            return line + 1 + blanks(&rest[line + 1..]);
        }
    }
    if let [b'&' | b'!', ..] = rest {
        let word =
            rest.iter().skip(1).take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'!')).count()
                + 1;
        let after = blanks(&rest[word..]);
        if word > 1 && after > 0 {
            return word + after;
        }
    }
    let line = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    if rest[line..].starts_with(b"string(") {
        let digits = rest[line + 7..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 && rest[line + 7 + digits..].starts_with(b") \"") {
            return line + 7 + digits + 2;
        }
    }
    0
}

/// The values of a list in brackets: `["x", "y"]`, `("x" "y")`, and of a list of YAML below its name.
pub(super) fn list(text: &[u8], at: usize) -> Vec<Range<usize>> {
    let rest = &text[at..text.len().min(at + OBJECT)];
    let mut values = Vec::new();
    match rest.first() {
        Some(b'[' | b'(' | b'{') => {
            let mut at_item = 1;
            while values.len() < 20 {
                at_item +=
                    rest[at_item..].iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == b',').count();
                let Some(quote @ (b'"' | b'\'' | b'`')) = rest.get(at_item) else { break };
                let Some(len) = memchr::memchr(*quote, &rest[at_item + 1..]) else { break };
                values.push(at + at_item + 1..at + at_item + 1 + len);
                at_item += len + 2;
            }
        }
        Some(b'\n' | b'\r') => {
            let mut line = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            while values.len() < 20 {
                let indent = line + blanks(&rest[line..]);
                if !rest[indent..].starts_with(b"- ") {
                    break;
                }
                let item = indent
                    + 2
                    + rest[indent + 2..].iter().take_while(|byte| matches!(byte, b'"' | b'\'' | b' ')).count();
                let len = rest[item..]
                    .iter()
                    .take_while(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\''))
                    .count();
                values.push(at + item..at + item + len);
                let Some(next) = memchr::memchr(b'\n', &rest[item..]) else { break };
                line = item + next + 1;
            }
        }
        _ => {}
    }
    values
}

/// The value of a field `value`, `default` or the like in the object that begins at `at`, and in no object inside it.
pub(super) fn in_object(text: &[u8], at: usize) -> Option<usize> {
    const FIELDS: [&str; 8] =
        ["value", "result", "default", "plaintext", "current", "secret", "stringvalue", "content"];
    let rest = &text[at..text.len().min(at + OBJECT)];
    if rest.first() != Some(&b'{') || matches!(rest.get(1), Some(b'{' | b'%')) {
        return None;
    }
    let end = rest[1..].iter().position(|byte| matches!(byte, b'}' | b'{')).map_or(rest.len(), |found| found + 1);
    let mut from = 1;
    while from < end {
        let start = from + rest[from..end].iter().position(u8::is_ascii_alphabetic)?;
        let len = rest[start..end].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let word = &rest[start..start + len];
        let mut after = start + len;
        after += rest[after..end].iter().take_while(|byte| matches!(byte, b'"' | b'\'' | b'\\' | b' ')).count();
        if FIELDS.iter().any(|field| word.eq_ignore_ascii_case(field.as_bytes()))
            && matches!(rest.get(after), Some(b':' | b'='))
        {
            after += 1 + blanks(&rest[after + 1..]);
            return matches!(rest.get(after), Some(b'"' | b'\'')).then_some(at + after);
        }
        // The value of another field is passed over whole.
        from = after;
        if matches!(rest.get(after), Some(b':' | b'=')) {
            from += 1 + blanks(&rest[after + 1..]);
            if let Some(quote @ (b'"' | b'\'')) = rest.get(from) {
                from += 1 + memchr::memchr(*quote, rest.get(from + 1..end)?)? + 1;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_hands_its_argument_on_is_looked_through() {
        for text in [
            "Some(\"x",
            "String::from(\"x",
            "Some(SecretString::new(\"x",
            "aws.String(\"x",
            "[]byte(\"x",
            "Field(default=\"x",
            "(ConvertTo-SecureString \"x",
            "Box::<str>::from(\"x",
        ] {
            let at = call(text.as_bytes());
            assert_eq!(&text[at..], "\"x", "{text}");
        }
        for text in ["prompt(\"x", "env(\"x", "hash(\"x", "t(\"x", "Some(x", "password"] {
            assert_eq!(call(text.as_bytes()), 0, "{text}");
        }
    }

    #[test]
    fn a_field_of_an_object_is_found_below_its_name() {
        let found = |text: &str| in_object(text.as_bytes(), 0).map(|at| text[at..].to_owned());
        assert_eq!(
            found("{\n \"sensitive\": true,\n \"type\": \"value\", \"value\": \"x\"}").as_deref(),
            Some("\"x\"}")
        );
        assert_eq!(found("{ type = string\n default = \"x\" }").as_deref(), Some("\"x\" }"));
        assert_eq!(found("{\"a\": {\"value\": \"x\"}}"), None);
        assert_eq!(found("{\"description\": \"the value: \\\"x\\\"\"}"), None);
    }

    #[test]
    fn the_items_of_a_list_are_found() {
        assert_eq!(list(b"[\"ab\", 'c']", 0), [2..4, 8..9]);
        assert_eq!(list(b"\n  - ab\n  - c\n", 0), [5..7, 12..13]);
        assert!(list(b"[x]", 0).is_empty());
    }
}
