//! `process.yaml`: read with the line of what is wrong, written so that every reader of YAML takes it for the same, and the same
//! bytes for the same model.

use std::collections::HashSet;

use serde_saphyr::Error as YamlError;

use super::model::ProcessModel;

/// The version of `process.yaml` that is read and written.
pub(crate) const SCHEMA: u32 = 1;

/// What is wrong with a model, in our words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub(crate) struct ModelError {
    pub line: u64,
    pub message: String,
}

/// More is no process that a person could follow.
const MAX_STEPS: usize = 200;
const MAX_NODES: usize = 500_000;

/// Reads the text of a `process.yaml`.
///
/// # Errors
/// With the line, for what is no YAML, a key that is not known, and steps that contradict each other.
pub(crate) fn read(text: &str) -> Result<ProcessModel, ModelError> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        budget: serde_saphyr::budget! { max_nodes: MAX_NODES },
    };
    let model: ProcessModel = serde_saphyr::from_str_with_options(text, options).map_err(|error| ModelError {
        line: error.location().map_or(1, |location| location.line().max(1)),
        message: message(error.without_snippet()),
    })?;
    match contradiction(&model) {
        None => Ok(model),
        Some((key, value, message)) => Err(ModelError { line: line_of(text, key, &value), message }),
    }
}

/// The text of a `process.yaml`.
///
/// # Panics
/// Never: a model has only texts, numbers and lists of them.
pub(crate) fn write(model: &ProcessModel) -> String {
    // Without folded text: a command must come back as it is, and a reviewer sees one line.
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    serde_saphyr::to_string_with_options(model, options).expect("a model has only texts, numbers and lists of them")
}

fn message(error: &YamlError) -> String {
    match error {
        YamlError::SerdeUnknownField { field, expected, .. } => {
            format!("the key `{field}` is not known, use one of {}", expected.join(", "))
        }
        YamlError::SerdeUnknownVariant { variant, expected, .. } => {
            format!("the value `{variant}` is not known, use one of {}", expected.join(", "))
        }
        YamlError::SerdeMissingField { field, .. } => format!("the key `{field}` is missing here"),
        YamlError::DuplicateMappingKey { key: Some(key), .. } => format!("the key `{key}` is here a second time"),
        other => {
            let text = other.to_string();
            text.lines().next().unwrap_or("this is not valid YAML").to_owned()
        }
    }
}

/// The first thing that no type forbids: the key and the value that it stands at, and what is wrong with it.
fn contradiction(model: &ProcessModel) -> Option<(&'static str, String, String)> {
    if model.schema != SCHEMA {
        let version = model.schema;
        let message = format!("this program knows schema {SCHEMA}, and this is {version}");
        return Some(("schema", version.to_string(), message));
    }
    if model.steps.len() > MAX_STEPS {
        return Some(("steps", String::new(), format!("there are more than {MAX_STEPS} steps")));
    }
    let mut ids: HashSet<&str> = HashSet::new();
    let mut left: HashSet<&str> = HashSet::new();
    let mut last_set: Option<&str> = None;
    for step in &model.steps {
        let is_id = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
        if step.id.is_empty() || !step.id.chars().all(is_id) {
            return Some((
                "id",
                step.id.clone(),
                format!("the id `{}` is not lower case letters, digits and hyphens", step.id),
            ));
        }
        if !ids.insert(&step.id) {
            return Some(("id", step.id.clone(), format!("two steps have the id `{}`", step.id)));
        }
        if let Some(target) = step.on_failure.as_deref().filter(|target| !ids.contains(target)) {
            return Some(("on_failure", target.to_owned(), format!("no step before it has the id `{target}`")));
        }
        let set = step.unordered_with.as_deref();
        if let Some(before) = last_set.filter(|before| set != Some(*before)) {
            left.insert(before);
        }
        if let Some(set) = set.filter(|set| left.contains(set)) {
            return Some(("unordered_with", set.to_owned(), format!("the steps of `{set}` do not stand side by side")));
        }
        last_set = set;
    }
    None
}

/// The last line that gives `key` this value, for of two alike the second is wrong; 1 where none does.
fn line_of(text: &str, key: &str, value: &str) -> u64 {
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().rposition(|line| gives(line, key, value)).map_or(1, |index| index as u64 + 1)
}

/// Whether a line has `key: value`, alone or among others in braces.
fn gives(line: &str, key: &str, value: &str) -> bool {
    line.match_indices(key).any(|(at, _)| {
        let is_begin = line[..at].chars().next_back().is_none_or(|char| matches!(char, ' ' | '{' | ',' | '\t'));
        let rest = line[at + key.len()..].trim_start().strip_prefix(':');
        let rest = rest.map(|rest| rest.trim_start().trim_start_matches(['"', '\'']));
        let after = rest.and_then(|rest| rest.strip_prefix(value));
        let is_end = after.is_some_and(|after| {
            after.trim_start_matches(['"', '\'']).chars().next().is_none_or(|char| matches!(char, ' ' | ',' | '}'))
        });
        is_begin && is_end
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};

    use super::*;
    use crate::process::model::{ModelCommand, ModelEvidence, ModelStep};

    fn step(id: &str) -> ModelStep {
        ModelStep { id: id.to_owned(), title: id.to_owned(), ..ModelStep::default() }
    }

    fn model(steps: Vec<ModelStep>) -> ProcessModel {
        ProcessModel { schema: SCHEMA, process: "change".to_owned(), steps, ..ProcessModel::default() }
    }

    #[test]
    fn what_other_readers_take_for_something_else_is_quoted() {
        for word in
            ["y", "on", "No", "0123", "1e3", "null", "~", "2026-01-01", "1:20", "- a", "a: b", "#x", "", "0x1F", "{a}"]
        {
            let mut one = step("a");
            word.clone_into(&mut one.title);
            let written = write(&model(vec![one]));
            let line = written.lines().find(|line| line.contains("title")).unwrap();
            assert!(line.ends_with('"') || line.ends_with('\''), "{word}: {line}");
        }
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        const START: &str = "schema: 1\nprocess: change\nevidence: {runs: 0, rules_version: 0}\n";
        for (text, said) in [
            ("steps:\n- {id: a, title: A, required: maybe}\n", "line 5: "),
            ("steps:\n- {id: a, title: A, required: true, colour: red}\n", "line 5: the key `colour` is not known"),
            ("steps:\n- {id: a, title: A}\n", "line 5: the key `required` is missing here"),
            (
                "steps:\n- id: a\n  title: A\n  required: true\n- id: a\n  title: B\n  required: true\n",
                "line 8: two steps have the id `a`",
            ),
            ("steps:\n- id: A b\n  title: A\n  required: true\n", "line 5: the id `A b` is not lower case"),
            (
                "steps:\n- id: a\n  title: A\n  required: true\n  on_failure: b\n",
                "line 8: no step before it has the id `b`",
            ),
            (
                "steps:\n- {id: a, title: A, required: true}\n- {title: B, id: \"a\", required: true}\n",
                "line 6: two steps have the id `a`",
            ),
            ("level: huge\nsteps: []\n", "line 4: the value `huge` is not known, use one of raw, activity"),
            ("steps: [\n", "line "),
        ] {
            let error = read(&format!("{START}{text}")).unwrap_err().to_string();
            assert!(error.starts_with(said), "{text}: {error}");
        }
        let error = read(&format!("{START}steps: []\n").replace("schema: 1", "schema: 2")).unwrap_err();
        assert_eq!(error.to_string(), "line 1: this program knows schema 1, and this is 2");
        let set = |id: &str, set: Option<&str>| ModelStep { unordered_with: set.map(str::to_owned), ..step(id) };
        let torn = write(&model(vec![set("a", Some("x")), set("b", None), set("c", Some("x"))]));
        assert!(read(&torn).unwrap_err().to_string().ends_with("the steps of `x` do not stand side by side"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn what_is_written_is_read_as_the_same(
            texts in proptest::collection::vec("[ -~\u{e4}\u{4e2d}\n\t\u{85}\u{2028}\u{feff}]{0,120}", 4), runs in any::<u32>(),
        ) {
            let mut one = step("a-1");
            one.title.clone_from(&texts[0]);
            one.activities = vec![texts[1].clone()];
            one.commands = vec![ModelCommand { command: texts[2].clone(), runs }];
            let mut whole = model(vec![one]);
            whole.evidence = ModelEvidence { runs, run_ids: texts.clone(), from: Some(texts[3].clone()), ..ModelEvidence::default() };
            let written = write(&whole);
            prop_assert_eq!(read(&written), Ok(whole.clone()), "{}", written);
            prop_assert_eq!(write(&whole), written);
        }
    }
}
