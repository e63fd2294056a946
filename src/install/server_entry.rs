//! Our server in the settings file of an agent, as a text: one insertion, that leaves comments and what else is there as they are.

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

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

/// # Errors
/// In a sentence, when the text cannot be read or has something else in that place.
pub(crate) fn plan(text: &str, form: ServerForm) -> Result<ServerPlan, String> {
    let plan = match form {
        ServerForm::Json { under, value } => plan_json(text, under, value)?,
        ServerForm::Toml { under, lines } => plan_toml(text, under, lines)?,
    };
    // Whatever stands around it: what comes out is read as it was meant, or nothing is done.
    if let ServerPlan::Insert { at, text: added } = &plan {
        let after = format!("{}{added}{}", &text[..*at], &text[*at..]);
        let is_read = match form {
            ServerForm::Json { under, value } => plan_json(&after, under, value),
            ServerForm::Toml { under, lines } => plan_toml(&after, under, lines),
        };
        if is_read != Ok(ServerPlan::There) {
            return Err("the server cannot be added to what is in it".to_owned());
        }
    }
    Ok(plan)
}

/// The text without what was inserted; `None` where it is not there as it was inserted, or twice.
pub(crate) fn without(text: &str, inserted: &str) -> Option<String> {
    let mut found = text.match_indices(inserted).map(|(at, _)| at);
    match (found.next(), found.next()) {
        (Some(at), None) => Some(format!("{}{}", &text[..at], &text[at + inserted.len()..])),
        _ => None,
    }
}

/// The text without our server where others changed what is around it, as long as it is as this program writes it.
pub(crate) fn without_entry(text: &str, form: ServerForm) -> Option<String> {
    match form {
        ServerForm::Toml { under, lines } => without(text, &table_text(under, lines)),
        ServerForm::Json { under, value } => {
            let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()).ok()?;
            let Some(Value::Object(root)) = &parsed.value else { return None };
            let Value::Object(servers) = &member(root, under)?.value else { return None };
            let own = member(servers, SERVER)?;
            if own.value.text(text) != value {
                return None;
            }
            let mut begin = text[..own.start()].trim_end_matches([' ', '\t']).trim_end_matches('\n').len();
            let mut end = own.end();
            let after = text[end..].trim_start();
            if after.starts_with(',') {
                end = text.len() - after.len() + 1;
            } else if text[..begin].ends_with(',') {
                begin -= 1;
            }
            let rest = format!("{}{}", &text[..begin], &text[end..]);
            matches!(plan_json(&rest, under, value), Ok(ServerPlan::Insert { .. })).then_some(rest)
        }
    }
}

fn plan_json(text: &str, under: &str, value: &str) -> Result<ServerPlan, String> {
    let (collect, options) = (CollectOptions::default(), ParseOptions::default());
    let parsed = parse_to_ast(text, &collect, &options).map_err(|error| format!("it is not JSON: {error}"))?;
    let entry = |indent: &str| format!("{indent}\"{SERVER}\": {value}");
    let root = match &parsed.value {
        Some(Value::Object(root)) => root,
        Some(_) => return Err("it holds something else than an object".to_owned()),
        None => return Err("it is empty; write {} into it, or delete it".to_owned()),
    };
    let Some(servers) = member(root, under) else {
        let (outer, inner) = indents(text, root, "");
        let lines = format!("\n{outer}\"{under}\": {{\n{}\n{outer}}}", entry(&inner));
        return Ok(ServerPlan::Insert { at: root.start() + 1, text: ended(lines, text, root) });
    };
    let Value::Object(servers) = &servers.value else { return Err(format!("`{under}` in it is no object")) };
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
        Some(_) => return Err(format!("`{under}` in it is no table")),
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
                assert_eq!(without(&after, &added).as_deref(), Some(text), "it comes out again");
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
            ("{\"mcpServers\": {\"backstory\": { \"command\": \"mine\" }}}".to_owned(), None),
            ("{}".to_owned(), None),
        ] {
            assert_eq!(without_entry(&text, FORM).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let toml = ServerForm::Toml { under: "mcp_servers", lines: "" };
        for (text, form, why) in [
            ("{ \"a\": ", FORM, "not JSON"),
            ("[]", FORM, "something else than an object"),
            ("", FORM, "it is empty"),
            ("{ \"mcpServers\": [] }", FORM, "no object"),
            ("a = ", toml, "not TOML"),
            ("mcp_servers = 1", toml, "no table"),
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
