//! JSON as we write it for others: what a reader of lines, a terminal or a workflow's runner would act on is escaped, and
//! the values stay the same.

use serde::Serialize;

/// One line of JSON. Nothing in it ends a line for a reader that goes by Unicode (U+0085, U+2028, U+2029).
///
/// # Errors
/// When the value cannot be written as JSON.
pub(crate) fn line(value: &impl Serialize) -> serde_json::Result<String> {
    plain(value).map(escaped)
}

/// JSON that nobody reads but this program.
///
/// # Errors
/// As [`line`].
pub(crate) fn plain(value: &impl Serialize) -> serde_json::Result<String> {
    let mut json = Vec::with_capacity(LINE);
    serde_json::to_writer(&mut json, value)?;
    String::from_utf8(json).map_err(<serde_json::Error as serde::ser::Error>::custom)
}

/// Bytes that there is room for at first: most lines of a dataset are as long.
const LINE: usize = 4096;

/// The same on several lines, with an indent.
///
/// # Errors
/// As [`line`].
pub(crate) fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value).map(escaped)
}

/// What is wrong with JSON of others, without a word of theirs: serde quotes the values that it does not know.
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let quotes = ["unknown variant `", "unknown field `", "invalid type: ", "invalid value: ", "invalid length "];
    if error.is_syntax()
        || error.is_eof()
        || text.starts_with("missing field `")
        || text.starts_with("duplicate field `")
    {
        return text;
    }
    match text.rsplit_once(", expected ") {
        Some((_, expected)) if quotes.iter().any(|quote| text.starts_with(quote)) => {
            format!("a value is not as expected: {expected}")
        }
        _ => "a value is not as expected".to_owned(),
    }
}

/// JSON in which no string holds a line end of Unicode, what steers a terminal, or the beginning of a command to a runner
/// (`##[`). Outside of strings none of these can be.
fn escaped(json: String) -> String {
    let acts = |c: char| {
        matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{61c}' | '\u{200e}' | '\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    // The first bytes of all of them in UTF-8.
    let mut begin = memchr::memchr3_iter(0xc2, 0xd8, 0xe2, json.as_bytes());
    let may_act = memchr::memchr(0x7f, json.as_bytes()).is_some() || begin.any(|at| json[at..].starts_with(acts));
    if !may_act && memchr::memmem::find(json.as_bytes(), b"##").is_none() {
        return json;
    }
    let mut safe = String::with_capacity(json.len() + 64);
    let mut before = '\0';
    for c in json.chars() {
        if acts(c) || (c == '#' && before == '#') {
            safe.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            safe.push(c);
        }
        before = c;
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_no_word_of_the_value() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        #[allow(dead_code, reason = "only read into")]
        struct Foreign {
            kind: Kind,
            at: Option<jiff::Timestamp>,
            #[serde(default)]
            agent: Option<crate::record::agent::Agent>,
        }
        #[derive(Debug, serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        enum Kind {
            One,
            Two,
        }
        for json in [
            r#"{"kind": "EVIL, expected EVIL", "at": null}"#,
            r#"{"kind": 7, "at": "EVIL"}"#,
            r#"{"kind": "one", "at": "EVIL, expected EVIL"}"#,
            r#"{"kind": "one", "at": "invalid type: EVIL, expected EVIL"}"#,
            r#"{"kind": "one", "EVIL": 1}"#,
            r#"{"kind": {"EVIL": 1}}"#,
            r#"{"kind": "one", "agent": "EVIL\nEVIL"}"#,
            r#"["EVIL"]"#,
        ] {
            let value: serde_json::Value = serde_json::from_str(json).unwrap();
            if let Err(error) = serde_json::from_value::<Foreign>(value) {
                assert!(!reason(&error).contains("EVIL"), "{error} {}", reason(&error));
            } else {
                assert!(json.contains("agent"), "{json}");
            }
        }
        let error = serde_json::from_str::<Foreign>("{").unwrap_err();
        assert_eq!(reason(&error), error.to_string());
    }

    #[test]
    fn a_line_stays_one_line_for_every_reader_and_says_the_same() {
        for text in [
            "a\u{2028}b\u{2029}c\u{85}d\u{b}\u{c}\u{1c}\u{1d}\u{1e}",
            "##[add-path]/tmp",
            "###[group]x",
            "####",
            "\\##[x]",
            "\u{9b}31m\u{7f}",
            "a\u{202e}b\u{2066}",
            "# plain \u{1f469}\u{200d}\u{1f467}",
        ] {
            let value = serde_json::json!({text: [text]});
            for json in [line(&value).unwrap(), pretty(&value).unwrap()] {
                assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value);
                let ends = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202e}');
                assert!(!json.contains(ends) && !json.contains("##"), "{json}");
            }
            assert!(!line(&value).unwrap().contains('\n'));
        }
        assert_eq!(line(&"\u{1f469}\u{200d}\u{1f467} é").unwrap(), "\"\u{1f469}\u{200d}\u{1f467} é\"");
    }
}
