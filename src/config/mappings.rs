//! The agents that a settings file maps, each by itself: a mistake in one costs that one and neither the others nor the file.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_saphyr::Error as YamlError;

use super::refused::{ConfigError, MAX_BYTES};
use super::{mapping_costs, mistake};
use crate::files;
use crate::record::agent_mapping::AgentMapping;

/// So many mappings are taken of a file.
const MOST: usize = 32;

/// The mappings of a file in their order, or what is wrong with one: its place, its key and what to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MappingList(pub(crate) Vec<Result<AgentMapping, String>>);

impl<'de> Deserialize<'de> for MappingList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::Array(list) if list.len() > MOST => vec![Err(format!("`agents`: at most {MOST} are taken"))],
            Value::Array(list) => list.iter().enumerate().map(|(place, one)| mapping(place, one)).collect(),
            Value::Null => Vec::new(),
            _ => vec![Err("`agents`: a list is expected here, each item with `- name:`".to_owned())],
        }))
    }
}

/// A file of mappings alone, which a person names for themselves.
///
/// # Errors
/// When it cannot be read, is not YAML, or holds something else.
pub(crate) fn read_mappings(path: &Path) -> Result<MappingList, ConfigError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct OfPerson {
        #[serde(default)]
        agents: MappingList,
    }
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    // A person's own link leads where they want it to.
    let real = std::fs::canonicalize(path).map_err(unreadable)?;
    let text = files::read_text(&real, MAX_BYTES).map_err(unreadable)?.unwrap_or_default();
    let read = serde_saphyr::from_str_with_options::<Option<OfPerson>>(&text, options());
    read.map(|file| file.map(|file| file.agents).unwrap_or_default()).map_err(|error| ConfigError::Invalid {
        path: PathBuf::from(path),
        line: error.location().map_or(1, |location| location.line().max(1)),
        message: mistake::message(error.without_snippet()),
    })
}

/// What a file of other settings maps.
pub(super) fn parse(text: &str) -> Option<MappingList> {
    #[derive(Deserialize)]
    struct OfFile {
        #[serde(default)]
        agents: MappingList,
    }
    serde_saphyr::from_str_with_options::<OfFile>(text, options()).ok().map(|file| file.agents)
}

/// A field may be called `n`, and a value `on`: only `true` and `false` are that.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! { with_snippet: false, strict_booleans: true }
}

fn mapping(place: usize, value: &Value) -> Result<AgentMapping, String> {
    let place = match value["name"].as_str().filter(|name| name.len() <= 40 && !name.contains(char::is_control)) {
        Some(name) => format!("agents[{place}] ({name})"),
        None => format!("agents[{place}]"),
    };
    // With each key on a line of its own a line says which key is meant.
    let text = serde_json::to_string_pretty(value).map_err(|error| error.to_string())?;
    let mapping = serde_saphyr::from_str_with_options::<AgentMapping>(&text, options()).map_err(|error| {
        let line = error.location().map_or(0, |location| usize::try_from(location.line()).unwrap_or(0));
        let mut key = key_at(&text, line);
        if matches!(error.without_snippet(), YamlError::SerdeMissingField { .. }) {
            // It is behind the last one that is there.
            key.truncate(key.rfind('.').unwrap_or(0));
        }
        let key = if key.is_empty() { String::new() } else { format!(", `{key}`") };
        format!("{place}{key}: {}", message(error.without_snippet()))
    })?;
    let checked = mapping.check().and_then(|()| mapping_costs::check(&mapping));
    checked.map_err(|(key, message)| format!("{place}, `{key}`: {message}"))?;
    Ok(mapping)
}

/// In the words of our own types where one of them says what it takes.
fn message(error: &YamlError) -> String {
    match error {
        YamlError::SerdeInvalidType { expected, .. } if expected.starts_with("struct ") => {
            "lines of the form `key: value` are expected here".to_owned()
        }
        YamlError::SerdeInvalidType { expected, .. } => format!("{expected}: that is expected here"),
        _ => mistake::message(error),
    }
}

/// The key that a line of well-formed JSON begins, with those around it: `calls.when`.
fn key_at(text: &str, line: usize) -> String {
    let lines: Vec<&str> = text.lines().take(line).collect();
    let mut keys = Vec::new();
    let mut inside = usize::MAX;
    for line in lines.iter().rev() {
        let depth = line.len() - line.trim_start().len();
        if depth >= inside {
            continue;
        }
        inside = depth;
        if let Some((key, _)) = line.trim_start().strip_prefix('"').and_then(|line| line.split_once("\":")) {
            keys.push(key);
        }
    }
    keys.reverse();
    keys.join(".")
}

#[cfg(test)]
mod tests {
    use super::super::{FILE_NAME, parse};
    use super::*;

    const GOOD: &str = "{name: acme, format: jsonl, prompts: {when: {type: user}, text: text}}";

    fn mistakes(list: &str) -> Vec<String> {
        let read = parse(&format!("agents: {list}\n"), Path::new(FILE_NAME)).unwrap();
        read.agents.0.into_iter().filter_map(Result::err).collect()
    }

    #[test]
    fn a_mapping_with_a_mistake_is_named_by_its_key_and_costs_no_other() {
        for (mapping, said) in [
            ("{name: acme, format: jsonl, prompt: {}}", "the key `prompt` is not known, did you mean `prompts`?"),
            (
                "{name: acme, format: jsonl, calls: {whn: {a: b}, name: c}}",
                "agents[1] (acme), `calls.whn`: the key `whn` is not known, did you mean `when`?",
            ),
            ("{name: acme, format: xml, prompts: {text: a}}", "the value `xml` is not known, use one of jsonl, json"),
            ("{name: acme, prompts: {text: a}}", "the key `format` is missing here"),
            ("{format: jsonl, prompts: {text: a}}", "agents[1]: the key `name` is missing here"),
            ("{name: Acme Agent, format: jsonl, prompts: {text: a}}", "small letters"),
            ("{name: acme, format: jsonl, prompts: {text: a..b}}", "`prompts.text`: `a..b` is not a path of fields"),
            ("{name: acme, format: json, prompts: {text: a}}", "`entries`: the key `entries` is missing here"),
            ("{name: acme, format: jsonl, entries: $.a, prompts: {text: a}}", "each line is an entry of `jsonl`"),
            ("{name: acme, format: jsonl, prompts: {when: {a: b}}}", "`prompts`: the key `text` is missing here"),
            (
                "{name: acme, format: json, entries: $.m, prompts: {text: $.all}}",
                "`prompts`: a path here begins at the entry",
            ),
            (
                "{name: acme, format: json, entries: $.m, calls: {each: '$.m[*]', name: tool}}",
                "`calls`: a path here begins at the entry",
            ),
            ("{name: acme, format: jsonl}", "neither `prompts` nor `calls` is mapped"),
            (
                "{name: acme, format: jsonl, prompts: {when: user, text: a}}",
                "`prompts.when`: fields and their values, such as {type: user}: that is expected here",
            ),
            ("{name: acme, format: jsonl, prompts: {text: a}, tools: {shell: {names: x}}}", "`command` is missing"),
            ("{name: codex, format: jsonl, prompts: {text: a}}", "Codex is read already; give this agent another name"),
            ("7", "agents[1]: "),
        ] {
            let found = mistakes(&format!("[{GOOD}, {mapping}, {GOOD}]"));
            assert!(found.len() == 1 && found[0].contains(said), "{mapping}: {found:?}");
            for word in ["struct", "serde", "Visitor", "AgentMapping"] {
                assert!(!found[0].contains(word), "{mapping}: {found:?}");
            }
        }
        assert_eq!(mistakes(&format!("[{GOOD}]")), [""; 0]);
        assert_eq!(mistakes("[{name: b, format: jsonl, prompts: {when: {on: off}, text: [y, n]}}]"), [""; 0]);
        let many = vec!["{text: a}"; 17].join(", ");
        let many = mistakes(&format!("[{{name: b, format: jsonl, prompts: [{many}]}}]"));
        assert!(many[0].contains("at most 16"), "{many:?}");
        assert!(mistakes("acme")[0].contains("a list is expected here"));
        assert!(mistakes(&format!("[{}]", vec![GOOD; 33].join(", ")))[0].contains("at most 32"));
    }

    #[test]
    fn a_persons_own_file_holds_mappings_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agents.yml");
        std::fs::write(&path, format!("agents:\n- {GOOD}\n- {{name: b}}\n")).unwrap();
        let read = read_mappings(&path).unwrap();
        assert_eq!(read.0.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
        std::fs::write(&path, "sharing: local\n").unwrap();
        assert!(read_mappings(&path).unwrap_err().to_string().contains("agents.yml:1: the key `sharing` is not known"));
        std::fs::write(&path, "# nothing yet\n").unwrap();
        assert_eq!(read_mappings(&path).unwrap(), MappingList::default());
        assert!(matches!(read_mappings(&folder.path().join("gone")), Err(ConfigError::Unreadable { .. })));
    }
}
