//! Our server in the settings file of an agent, as a text: one insertion, that leaves comments and what else is there as they are.

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, JsonObject, JsonValue, ParseOptions, parse_to_ast, parse_to_value};

use crate::record::server_settings::{SERVER, ServerForm};

/// What has to be done to a text so that it names our server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ServerPlan {
    /// It names one of that name already, whichever it is.
    There,
    Insert {
        /// The byte before which it goes.
        at: usize,
        text: String,
    },
}

/// What a file begins as that is not there.
pub(crate) fn nothing(form: ServerForm) -> &'static str {
    match form {
        ServerForm::Json { .. } => "{}\n",
        ServerForm::Toml { .. } => "",
    }
}

/// What a person has to add to a file where this program cannot.
pub(crate) fn snippet(form: ServerForm) -> String {
    match form {
        ServerForm::Json { under, value } => format!("\"{under}\": {{\n  \"{SERVER}\": {value}\n}}"),
        ServerForm::Toml { under, lines } => table_text(under, lines).trim_end().to_owned(),
    }
}

/// The insertion, with the line ends of the text, and after the byte order mark where it has one.
///
/// # Errors
/// In a sentence, when the text cannot be read or has something else in that place.
pub(crate) fn plan(text: &str, form: ServerForm) -> Result<ServerPlan, String> {
    let (mark, body) = marked(text);
    let plan_of = |text: &str| match form {
        ServerForm::Json { under, value } => plan_json(text, under, value),
        ServerForm::Toml { under, lines } => plan_toml(text, under, lines),
    };
    let ServerPlan::Insert { at, text: added } = plan_of(body)? else { return Ok(ServerPlan::There) };
    let is_crlf = body.find('\n').is_some_and(|at| body[..at].ends_with('\r'));
    let added = with_ends(&added, if is_crlf { "\r\n" } else { "\n" });
    // Whatever is around it: what comes out is read as it was meant, or nothing is done.
    let after = format!("{}{added}{}", &body[..at], &body[at..]);
    if !is_without(&after, body, form) {
        return Err("the server cannot be added to what is in it".to_owned());
    }
    Ok(ServerPlan::Insert { at: mark.len() + at, text: added })
}

/// The text without our server: without what was inserted, or, where others changed what is around it, without the entry. `None`
/// where it is not as this program writes it, or where the rest would not be read as all that is there but our server.
pub(crate) fn without_server(text: &str, inserted: &str, form: ServerForm) -> Option<String> {
    let (mark, body) = marked(text);
    let entry = match form {
        ServerForm::Json { under, .. } => without_member(body, under),
        ServerForm::Toml { under, lines } => without_lines(body, &table_text(under, lines)),
    };
    let found = without_lines(body, inserted).into_iter().chain(entry).find(|rest| is_without(body, rest, form));
    found.map(|rest| format!("{mark}{rest}"))
}

/// The byte order mark that some editors put before a text, and the text.
fn marked(text: &str) -> (&str, &str) {
    text.split_at(if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 })
}

fn with_ends(text: &str, end: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', end)
}

/// The text without these lines, whichever their ends; `None` where they are not there, or twice.
fn without_lines(text: &str, lines: &str) -> Option<String> {
    ["\n", "\r\n"].iter().find_map(|end| {
        let lines = with_ends(lines, end);
        let mut found = text.match_indices(&lines).map(|(at, _)| at);
        match (found.next(), found.next()) {
            (Some(at), None) => Some(format!("{}{}", &text[..at], &text[at + lines.len()..])),
            _ => None,
        }
    })
}

/// Whether `rest` is read as all that is in `text` but our server, which is in it as this program writes it. An object or a table
/// of servers counts as absent where nothing is in it.
fn is_without(text: &str, rest: &str, form: ServerForm) -> bool {
    match form {
        ServerForm::Json { under, value } => {
            let own = parse_to_value(value, &reading(false)).ok().flatten();
            let (Some(mut whole), Some(mut rest_read)) = (object_of(text), object_of(rest)) else { return false };
            let taken = take_member(&mut whole, under);
            let is_strict = |text| parse_to_value(text, &reading(false)).is_ok();
            own.is_some()
                && taken == own
                && take_member(&mut rest_read, under).is_none()
                && whole == rest_read
                && (is_strict(rest) || !is_strict(text))
        }
        ServerForm::Toml { under, lines } => {
            let (Ok(mut whole), Ok(mut rest)) = (text.parse::<toml::Table>(), rest.parse::<toml::Table>()) else {
                return false;
            };
            let own = lines.parse::<toml::Table>().ok().map(toml::Value::Table);
            own.is_some()
                && take_table(&mut whole, under) == own
                && take_table(&mut rest, under).is_none()
                && whole == rest
        }
    }
}

/// `None` for what cannot be read, or is something other than an object. An empty text is an empty object.
fn object_of(text: &str) -> Option<JsonObject<'_>> {
    match parse_to_value(text, &reading(true)).ok()? {
        Some(JsonValue::Object(object)) => Some(object),
        Some(_) => None,
        None => Some(JsonObject::with_capacity(0)),
    }
}

fn take_member<'a>(root: &mut JsonObject<'a>, under: &str) -> Option<JsonValue<'a>> {
    let mut servers = match root.take(under)? {
        JsonValue::Object(servers) => servers,
        other => return Some(other),
    };
    let own = servers.take(SERVER);
    if !servers.is_empty() {
        let rest = std::mem::replace(root, JsonObject::with_capacity(0));
        let mut members = rest.take_inner();
        members.insert(under.to_owned().into(), JsonValue::Object(servers));
        *root = members.into();
    }
    own
}

fn take_table(root: &mut toml::Table, under: &str) -> Option<toml::Value> {
    let servers = root.get_mut(under)?.as_table_mut()?;
    let own = servers.remove(SERVER);
    if servers.is_empty() {
        root.remove(under);
    }
    own
}

/// As the agents read JSON: some allow comments and a comma after the last member, none allows that one is missing.
fn reading(trailing_commas: bool) -> ParseOptions {
    ParseOptions { allow_trailing_commas: trailing_commas, allow_missing_commas: false, ..ParseOptions::default() }
}

/// The text without our member, its line and its comma, or the comma before it where it is the last. Comments stay.
fn without_member(text: &str, under: &str) -> Option<String> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &reading(true)).ok()?;
    let Some(Value::Object(root)) = &parsed.value else { return None };
    let Value::Object(servers) = &member(root, under)?.value else { return None };
    let index = servers.properties.iter().position(|property| property.name.as_str() == SERVER)?;
    let own = &servers.properties[index];
    let before = text[..own.start()].trim_end_matches([' ', '\t']);
    let before = before.strip_suffix('\n').unwrap_or(before);
    let begin = before.strip_suffix('\r').unwrap_or(before).len();
    let comma = comma_after(text, own.end()).or_else(|| {
        let previous = servers.properties.get(index.checked_sub(1)?)?;
        comma_after(text, previous.end())
    });
    let mut cuts: Vec<_> = comma.map(|at| at..at + 1).into_iter().chain(std::iter::once(begin..own.end())).collect();
    cuts.sort_by_key(|cut| std::cmp::Reverse(cut.start));
    let mut rest = text.to_owned();
    for cut in cuts {
        // A comma right before our line lies in no other cut: ours begins after it.
        rest.replace_range(cut, "");
    }
    Some(rest)
}

/// Where the comma is that follows, after blanks and comments at most.
fn comma_after(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let rest = &text[at..];
        at += if rest.starts_with("//") {
            rest.find('\n')?
        } else if rest.starts_with("/*") {
            rest.find("*/")? + 2
        } else if rest.starts_with(',') {
            return Some(at);
        } else {
            rest.chars().next().filter(|letter| letter.is_whitespace())?.len_utf8()
        };
    }
}

fn plan_json(text: &str, under: &str, value: &str) -> Result<ServerPlan, String> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &reading(true))
        .map_err(|error| format!("it is not JSON: {error}"))?;
    let entry = |indent: &str| format!("{indent}\"{SERVER}\": {value}");
    let root = match &parsed.value {
        Some(Value::Object(root)) => root,
        Some(_) => return Err("it holds something other than an object".to_owned()),
        None => {
            let whole = format!("{{\n  \"{under}\": {{\n{}\n  }}\n}}\n", entry("    "));
            return Ok(ServerPlan::Insert { at: text.len(), text: whole });
        }
    };
    is_once(root, under)?;
    let Some(servers) = member(root, under) else {
        let (outer, inner) = indents(text, root, "");
        let lines = format!("\n{outer}\"{under}\": {{\n{}\n{outer}}}", entry(&inner));
        return Ok(ServerPlan::Insert { at: root.start() + 1, text: ended(lines, text, root) });
    };
    let Value::Object(servers) = &servers.value else { return Err(format!("`{under}` in it is not an object")) };
    is_once(servers, SERVER)?;
    if member(servers, SERVER).is_some() {
        return Ok(ServerPlan::There);
    }
    let (outer, inner) = indents(text, root, "");
    let indent = first_indent(text, servers).unwrap_or(inner);
    let lines = format!("\n{}", entry(&indent));
    let lines = match servers.properties.is_empty() && !text[servers.start()..servers.end()].contains('\n') {
        true => format!("{lines}\n{outer}"),
        false => ended(lines, text, servers),
    };
    Ok(ServerPlan::Insert { at: servers.start() + 1, text: lines })
}

fn member<'a, 'b>(object: &'b Object<'a>, name: &str) -> Option<&'b ObjectProp<'a>> {
    object.properties.iter().find(|property| property.name.as_str() == name)
}

/// Agents differ in which one they read of two members of one name.
fn is_once(object: &Object<'_>, name: &str) -> Result<(), String> {
    match object.properties.iter().filter(|property| property.name.as_str() == name).count() {
        0 | 1 => Ok(()),
        _ => Err(format!("`{name}` is in it more than once; put what they hold into one")),
    }
}

/// What begins an object goes before its other members, or before its end.
fn ended(lines: String, text: &str, object: &Object<'_>) -> String {
    if !object.properties.is_empty() {
        return lines + ",";
    }
    if text[object.start()..object.end()].contains('\n') { lines } else { lines + "\n" }
}

/// How members of the outermost object are indented, and those of an object in it.
fn indents(text: &str, root: &Object<'_>, before: &str) -> (String, String) {
    let outer = first_indent(text, root).unwrap_or_else(|| format!("{before}  "));
    let inner = outer.repeat(2);
    (outer, inner)
}

/// The blanks before the first member, where it is on a line of its own.
fn first_indent(text: &str, object: &Object<'_>) -> Option<String> {
    let first = object.properties.first()?.start();
    let line = text[..first].rfind('\n')? + 1;
    let blanks = &text[line..first];
    (line > object.start() && !blanks.is_empty() && blanks.trim().is_empty()).then(|| blanks.to_owned())
}

fn plan_toml(text: &str, under: &str, lines: &str) -> Result<ServerPlan, String> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        format!("it is not TOML: {}", error.message().lines().next().unwrap_or_default())
    })?;
    let is_there = match table.get(under) {
        None => false,
        Some(toml::Value::Table(servers)) => servers.contains_key(SERVER),
        Some(_) => return Err(format!("`{under}` in it is not a table")),
    };
    if is_there {
        return Ok(ServerPlan::There);
    }
    let gap = match text {
        "" => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    Ok(ServerPlan::Insert { at: text.len(), text: format!("{gap}{}", table_text(under, lines)) })
}

fn table_text(under: &str, lines: &str) -> String {
    format!("[{under}.{SERVER}]\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::agents::AGENTS;

    const FORM: ServerForm = ServerForm::Json { under: "mcpServers", value: r#"{ "command": "backstory" }"# };

    fn added(text: &str, form: ServerForm) -> String {
        match plan(text, form) {
            Ok(ServerPlan::Insert { at, text: added }) => {
                let after = format!("{}{added}{}", &text[..at], &text[at..]);
                assert_eq!(without_server(&after, &added, form).as_deref(), Some(text), "it comes out again");
                after
            }
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn it_goes_beside_what_is_there_and_comments_stay() {
        for (text, expected) in [
            ("{}\n", "{\n  \"mcpServers\": {\n    \"backstory\": { \"command\": \"backstory\" }\n  }\n}\n"),
            ("{\n}\n", "{\n  \"mcpServers\": {\n    \"backstory\": { \"command\": \"backstory\" }\n  }\n}\n"),
            (
                "{\n\t// mine\n\t\"theme\": \"dark\", // at night\n}",
                "{\n\t\"mcpServers\": {\n\t\t\"backstory\": { \"command\": \"backstory\" }\n\t},\n\t// mine\n\t\"theme\": \"dark\", // at night\n}",
            ),
            (
                "{\n    \"mcpServers\": {}\n}",
                "{\n    \"mcpServers\": {\n        \"backstory\": { \"command\": \"backstory\" }\n    }\n}",
            ),
            (
                "{\n  \"mcpServers\": {\n    // theirs\n    \"other\": { \"command\": \"x\" }\n  }\n}",
                "{\n  \"mcpServers\": {\n    \"backstory\": { \"command\": \"backstory\" },\n    // theirs\n    \"other\": { \"command\": \"x\" }\n  }\n}",
            ),
            (
                "{\"mcpServers\":{\"other\":{}}}",
                "{\"mcpServers\":{\n    \"backstory\": { \"command\": \"backstory\" },\"other\":{}}}",
            ),
        ] {
            assert_eq!(added(text, FORM), expected, "{text}");
            assert_eq!(plan(expected, FORM), Ok(ServerPlan::There), "never twice");
        }
    }

    #[test]
    fn a_table_goes_to_the_end() {
        let form = ServerForm::Toml { under: "mcp_servers", lines: "command = \"backstory\"\n" };
        let own = "[mcp_servers.backstory]\ncommand = \"backstory\"\n";
        let others = "model = \"x\" # mine\n[mcp_servers.other]\ncommand = \"y\"";
        assert_eq!(added("", form), own);
        assert_eq!(added(others, form), format!("{others}\n\n{own}"));
        for there in [own, "mcp_servers.backstory = { command = \"z\" }\n"] {
            assert_eq!(plan(there, form), Ok(ServerPlan::There), "{there}");
        }
        // An inline table cannot be added to from outside.
        assert!(plan("mcp_servers = { other = { command = \"y\" } }\n", form).unwrap_err().contains("cannot be added"));
    }

    #[test]
    fn it_comes_out_of_what_others_changed_around_it() {
        let own = r#""backstory": { "command": "backstory" }"#;
        for (text, expected) in [
            (format!("{{\"mcpServers\": {{\n  {own},\n  \"b\": 1\n}}}}"), Some("{\"mcpServers\": {\n  \"b\": 1\n}}")),
            (format!("{{\"mcpServers\": {{\n  \"b\": 1,\n  {own}\n}}}}"), Some("{\"mcpServers\": {\n  \"b\": 1\n}}")),
            (format!("{{\"mcpServers\": {{{own}}}}}"), Some("{\"mcpServers\": {}}")),
            // The inserted text is there, and what is left without it would be broken.
            (
                format!("{{\n \"mcpServers\": {{\n  {own},\n \"other\": {{}}\n }}\n}}"),
                Some("{\n \"mcpServers\": {\n \"other\": {}\n }\n}"),
            ),
            (
                format!("{{\"mcpServers\": {{\r\n  {own},\r\n  \"b\": 1\r\n}}}}"),
                Some("{\"mcpServers\": {\r\n  \"b\": 1\r\n}}"),
            ),
            (
                format!("{{\"mcpServers\": {{\n  \"b\": {{}}, // theirs\n  {own}\n}}}}"),
                Some("{\"mcpServers\": {\n  \"b\": {} // theirs\n}}"),
            ),
            (
                format!("{{\"mcpServers\": {{\n  {own} /* mine */,\n  \"b\": 1\n}}}}"),
                Some("{\"mcpServers\": { /* mine */\n  \"b\": 1\n}}"),
            ),
            (format!("\u{feff}{{\"mcpServers\": {{{own}}}}}"), Some("\u{feff}{\"mcpServers\": {}}")),
            // Written otherwise, with the same in it.
            ("{\"mcpServers\": {\"backstory\": {\"command\":\"backstory\"}}}".to_owned(), Some("{\"mcpServers\": {}}")),
            ("{\"mcpServers\": {\"backstory\": { \"command\": \"mine\" }}}".to_owned(), None),
            (format!("{{\"mcpServers\": {{{own}, \"backstory\": 1}}}}"), None),
            // Its comma is missing: no agent reads that.
            (format!("{{\"mcpServers\": {{{own} \"b\": 1}}}}"), None),
            ("{}".to_owned(), None),
        ] {
            assert_eq!(without_server(&text, &format!("\n  {own}"), FORM).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_table_that_holds_more_than_ours_stays() {
        let form = ServerForm::Toml { under: "mcp_servers", lines: "command = \"backstory\"\n" };
        let own = "\n[mcp_servers.backstory]\ncommand = \"backstory\"\n";
        for (text, expected) in [
            (format!("a = 1\n{own}"), Some("a = 1\n")),
            (format!("a = 1\n{own}[b]\nc = 1\n"), Some("a = 1\n[b]\nc = 1\n")),
            (format!("a = 1\n{own}").replace('\n', "\r\n"), Some("a = 1\r\n")),
            (format!("[a]\n{own}startup_timeout_sec = 60\n"), None),
            (format!("[a]\n{own}[mcp_servers.backstory.env]\nB = \"c\"\n"), None),
            (format!("a = \"\"\"{own}\"\"\"\n"), None),
        ] {
            assert_eq!(without_server(&text, own, form).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn it_has_the_line_ends_and_the_mark_of_the_file() {
        let toml = ServerForm::Toml { under: "mcp_servers", lines: "command = \"backstory\"\n" };
        for (text, form) in [("{\r\n  \"a\": 1\r\n}\r\n", FORM), ("a = 1\r\n", toml)] {
            let after = added(text, form);
            assert_eq!(after.matches('\n').count(), after.matches("\r\n").count(), "{after:?}");
        }
        for (text, form) in [("\u{feff}{}", FORM), ("\u{feff}a = 1\n", toml), ("\u{feff}", FORM)] {
            assert_eq!(added(text, form).rfind('\u{feff}'), Some(0), "{text:?}");
        }
        assert_eq!(added("", FORM), added("{}\n", FORM), "an empty file is as one that is missing");
        assert!(added("// mine\n", FORM).starts_with("// mine\n{"));
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let toml = ServerForm::Toml { under: "mcp_servers", lines: "" };
        for (text, form, why) in [
            ("{ \"a\": ", FORM, "not JSON"),
            ("[]", FORM, "something other than an object"),
            ("{ \"mcpServers\": {}, \"mcpServers\": {} }", FORM, "`mcpServers` is in it more than once"),
            ("{ \"mcpServers\": { \"backstory\": 1, \"backstory\": 2 } }", FORM, "more than once"),
            ("{ \"a\": 1 \"b\": 2 }", FORM, "not JSON"),
            ("{ \"mcpServers\": [] }", FORM, "not an object"),
            ("a = ", toml, "not TOML"),
            ("mcp_servers = 1", toml, "not a table"),
        ] {
            let error = plan(text, form).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn every_form_in_the_table_can_be_added_to_nothing() {
        let mut files = Vec::new();
        for row in AGENTS {
            let Some(servers) = &row.servers else { continue };
            let text = added(nothing(servers.form), servers.form);
            assert!(text.contains("mcp") && text.contains("backstory"), "{text}");
            files.push(servers.file);
        }
        assert_eq!(files.len(), 7);
    }
}
