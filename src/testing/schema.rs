//! The schemas in `docs/schema`: those that the types have, and what is written is valid by them.

use schemars::Schema;
use serde_json::{Value, json};

/// The schema of what a type writes: a key that may be left out is none that is required.
pub(crate) fn written<T: schemars::JsonSchema>() -> Schema {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>()
}

/// What is wrong with a stored schema, or with values by it. A new one is written to `target/`.
pub(crate) fn mistakes(name: &str, schema: &Schema, values: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut text = serde_json::to_string_pretty(schema).unwrap();
    text.push('\n');
    let stored = format!("{}/docs/schema/{name}.json", env!("CARGO_MANIFEST_DIR"));
    if std::fs::read_to_string(&stored).unwrap_or_default().replace('\r', "") != text {
        let fresh = format!("{}/target/{name}.json", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(&fresh, &text).unwrap();
        wrong.push(format!(
            "docs/schema/{name}.json is not what the types say; look at it, then: cp target/{name}.json docs/schema/"
        ));
    }
    let validator = jsonschema::validator_for(schema.as_value()).unwrap();
    for value in values {
        wrong.extend(validator.iter_errors(value).map(|error| format!("{name}: {error}")));
    }
    if validator.is_valid(&json!({"backstory": "one"})) {
        wrong.push(format!("{name}: anything is valid"));
    }
    wrong
}
