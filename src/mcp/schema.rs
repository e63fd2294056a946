//! JSON Schemas of the tools' arguments, by hand: those that a library derives carry titles and formats at which clients stumble.

use serde::Deserialize;
use serde_json::{Value, json};

/// An argument: name, type, what it is, whether it must be given.
pub(crate) type Argument = (&'static str, Kind, &'static str, Need);

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Texts,
    Flag,
    Number,
    OneOf(&'static [&'static str]),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    Optional,
}

pub(crate) const SLUG: Argument =
    ("slug", Kind::Text, "Name of the process document, as sop_start and sop_status give it", Need::Required);
pub(crate) const CURSOR: Argument = ("cursor", Kind::Text, "From an earlier answer, to read on", Need::Optional);

/// The arguments of a tool that only needs [`SLUG`] and [`CURSOR`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageArguments {
    pub(crate) slug: String,
    pub(crate) cursor: Option<String>,
}

pub(crate) fn object(arguments: &[Argument]) -> Value {
    let property = |(name, kind, what, _): &Argument| {
        let mut schema = match kind {
            Kind::Text => json!({ "type": "string" }),
            Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            Kind::Flag => json!({ "type": "boolean" }),
            Kind::Number => json!({ "type": "number" }),
            Kind::OneOf(values) => json!({ "type": "string", "enum": values }),
        };
        schema["description"] = json!(what);
        ((*name).to_owned(), schema)
    };
    let properties: serde_json::Map<String, Value> = arguments.iter().map(property).collect();
    let required: Vec<&str> =
        arguments.iter().filter(|argument| argument.3 == Need::Required).map(|argument| argument.0).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}
