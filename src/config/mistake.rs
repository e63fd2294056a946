//! What is wrong in a settings file, in our words: the library that reads YAML speaks to programmers.

use serde_saphyr::Error as YamlError;

use crate::text::nearest::nearest;

/// One sentence for the mistake, with what to write instead.
pub(super) fn message(error: &YamlError) -> String {
    let text = match error {
        YamlError::SerdeUnknownField { field, expected, .. } => {
            return format!("the key `{field}` is not known, {}", suggestion(field, expected));
        }
        YamlError::SerdeUnknownVariant { variant, expected, .. } => {
            return format!("the value `{variant}` is not known, {}", suggestion(variant, expected));
        }
        YamlError::SerdeMissingField { field, .. } => return format!("the key `{field}` is missing here"),
        YamlError::DuplicateMappingKey { key: Some(key), .. } => {
            return format!("the key `{key}` is here a second time; delete one of the two");
        }
        // In the words of our own types.
        YamlError::Message { msg, .. } => return msg.clone(),
        YamlError::DuplicateMappingKey { key: None, .. } => "a key is here a second time; delete one of the two",
        YamlError::MultipleDocuments { .. } => {
            "a second document begins here; delete the line `---` and keep all keys in one document"
        }
        YamlError::Unexpected { expected: "sequence start", .. } => "a list is expected here, such as [one, two]",
        YamlError::Unexpected { expected: "mapping start", .. } => "lines of the form `key: value` are expected here",
        YamlError::Unexpected { .. }
        | YamlError::ExternallyTaggedEnumExpectedScalarOrMapping { .. }
        | YamlError::TaggedScalarCannotDeserializeIntoString { .. } => "a single value is expected here",
        YamlError::InvalidBooleanStrict { .. } => "true or false is expected here",
        YamlError::InvalidScalar { ty, .. } if ty.starts_with("bool") => "true or false is expected here",
        YamlError::InvalidScalar { .. } => "a whole number is expected here",
        YamlError::NullIntoString { .. } => "a value is missing here",
        YamlError::UnknownAnchor { .. } => {
            "nothing has the name after this `*`; put text that begins with it in quotes"
        }
        YamlError::Eof { .. } => "the file ends too early; a bracket or quote may not be closed",
        YamlError::ExternalMessage { msg, .. } => return format!("this is not valid YAML: {msg}"),
        YamlError::ContainerEndMismatch { .. } => "this bracket closes nothing; delete it or add the opening one",
        YamlError::IndentationError { .. } => "the blanks before this line do not fit the lines above; align them",
        YamlError::Budget { .. }
        | YamlError::AliasReplayCounterOverflow { .. }
        | YamlError::AliasReplayLimitExceeded { .. }
        | YamlError::AliasExpansionLimitExceeded { .. }
        | YamlError::AliasReplayStackDepthExceeded { .. }
        | YamlError::AliasError { .. } => "the file holds too many values; make it shorter",
        _ => "this is not a setting that can be read; compare it with the table of settings in the README",
    };
    text.to_owned()
}

/// Words by which people say no.
const NO: &[&str] = &[
    "0",
    "disable",
    "disabled",
    "false",
    "keep",
    "n",
    "nein",
    "never",
    "no",
    "nobody",
    "non",
    "none",
    "not",
    "nothing",
    "off",
    "private",
    "privately",
];

/// The values that mean no.
const MEANS_NO: &[&str] = &["local", "none", "off"];

/// The nearest of the accepted words, or all of them. Who says no is not asked whether they meant yes.
fn suggestion(word: &str, expected: &[&str]) -> String {
    let no = expected.iter().find(|known| MEANS_NO.contains(known));
    if let Some(no) = no.filter(|_| NO.contains(&word.trim().to_lowercase().as_str())) {
        return format!("did you mean `{no}`?");
    }
    let nearest = nearest(word, expected.iter().copied());
    // A value that shares or keeps more is not guessed at from afar.
    let most = |known: &str| if no.is_some() && no.copied() != Some(known) { 1 } else { 1 + known.len() / 4 };
    match nearest {
        Some(known) if strsim::damerau_levenshtein(word, known) <= most(known) => format!("did you mean `{known}`?"),
        _ => format!("use one of {}", expected.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{FILE_NAME, parse};

    fn mistake(text: &str) -> String {
        parse(text, Path::new(FILE_NAME)).unwrap_err().to_string().replacen(".backstory.yml:", "", 1)
    }

    #[test]
    fn no_is_not_taken_for_a_mistyped_yes() {
        for no in ["none", "no", "off", "false", "never", "Nobody", "not", "private", "nothing", "0", "disabled"] {
            assert_eq!(
                mistake(&format!("sharing: {no}")),
                format!("1: the value `{no}` is not known, did you mean `local`?")
            );
        }
        for (text, said) in [
            ("sharing: note", "did you mean `notes`?"),
            ("sharing: locale", "did you mean `local`?"),
            ("sharing: notice", "use one of notes, local"),
            ("sharing: nodes!", "use one of notes, local"),
            ("prompts: no", "did you mean `none`?"),
            ("prompts: off", "did you mean `none`?"),
            ("prompts: fall", "did you mean `full`?"),
            ("prompts: nil", "use one of full, first-line, none"),
            ("policy: {verified: none}", "did you mean `off`?"),
            ("policy: {verified: fial}", "did you mean `fail`?"),
        ] {
            assert!(mistake(text).ends_with(said), "{text}: {}", mistake(text));
        }
    }

    #[test]
    fn a_mistake_is_told_in_our_words_with_its_line() {
        for (text, said) in [
            ("sharing: local\n---\nprompts: none\n", "3: a second document begins here; delete the line `---`"),
            ("sharing: local\nsharing: notes\n", "2: the key `sharing` is here a second time; delete one of the two"),
            ("path_aliases: {a: x, a: y}", "1: the key `a` is here a second time"),
            ("strict: 1", "1: true or false is expected here"),
            ("strict: null", "1: true or false is expected here"),
            ("strict: maybe", "1: true or false is expected here"),
            ("timeout_ms: two", "1: a whole number is expected here"),
            ("timeout_ms: -1", "1: a whole number is expected here"),
            ("ignore: a", "1: a list is expected here"),
            ("trailers: true", "1: lines of the form `key: value` are expected here"),
            ("- a", "1: lines of the form `key: value` are expected here"),
            ("sharing: [local]", "1: a single value is expected here"),
            ("sharing: *x", "1: nothing has the name after this `*`"),
            (": x", "1: a value is missing here"),
            ("redaction: {rules: [{kind: a}]}", "1: the key `pattern` is missing here"),
            ("retention: 1 year", "1: `1 year` is no number of days, write `365d`"),
            ("sharing: local\n}", "2: "),
            ("sharing: \"local", "1: "),
            ("sharing: local: x", "1: "),
            ("%YAML 9", "1: "),
            ("<<: x", "1: "),
            ("a: [", "1: "),
        ] {
            let mistake = mistake(text);
            assert!(mistake.starts_with(said), "{text:?}: {mistake}");
            for word in [
                "from_str",
                "Options",
                "Option<",
                "u64",
                "serde",
                "enum",
                "Policy",
                "deserialize",
                "String",
                "scalar or",
            ] {
                assert!(!mistake.contains(word), "{text:?}: {mistake}");
            }
        }
    }
}
