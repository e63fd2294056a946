//! What a person or a repository says of an agent that has no reader: where its files lie, and at which paths of its JSON the
//! parts of a session are. What a mapping does not name is absent. docs/mapped-agents.md has the keys.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer, StrDeserializer};
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::agent::Agent;
use super::field_path::FieldPath;

/// One agent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgentMapping {
    #[serde(deserialize_with = "agent_name")]
    pub(crate) name: Agent,
    /// Folders and a pattern for the name, as they were written.
    #[serde(default, deserialize_with = "one_or_many")]
    pub(crate) files: Vec<String>,
    pub(crate) format: MappedFormat,
    /// Of a document: the list whose items are the entries.
    pub(crate) entries: Option<FieldPath>,
    #[serde(default)]
    pub(crate) session: SessionPaths,
    #[serde(default, deserialize_with = "one_or_many")]
    pub(crate) prompts: Vec<PromptPaths>,
    #[serde(default, deserialize_with = "one_or_many")]
    pub(crate) replies: Vec<ReplyPaths>,
    #[serde(default, deserialize_with = "one_or_many")]
    pub(crate) calls: Vec<CallPaths>,
    #[serde(default)]
    pub(crate) tools: ToolPaths,
    #[serde(default, deserialize_with = "one_or_many")]
    pub(crate) results: Vec<ResultPaths>,
    #[serde(default, deserialize_with = "one_or_many")]
    pub(crate) tokens: Vec<TokenPaths>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MappedFormat {
    /// One entry a line, and lines are only added.
    Jsonl,
    /// One document, rewritten with each change.
    Json,
}

/// Where the facts about the session are, in any entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SessionPaths {
    pub(crate) id: FieldPaths,
    pub(crate) cwd: FieldPaths,
    pub(crate) branch: FieldPaths,
    pub(crate) version: FieldPaths,
    pub(crate) model: FieldPaths,
    pub(crate) time: FieldPaths,
}

/// Each kind of thing in an entry is chosen alike: by conditions, and among the items of a list where `each` names one.
macro_rules! chosen_entries {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(crate) struct $name {
            pub(crate) when: Conditions,
            pub(crate) unless: Conditions,
            pub(crate) each: Option<FieldPath>,
            $(pub(crate) $field: $kind,)*
        }

        impl EntryChoice for $name {
            fn when(&self) -> &Conditions {
                &self.when
            }

            fn unless(&self) -> &Conditions {
                &self.unless
            }

            fn each(&self) -> Option<&FieldPath> {
                self.each.as_ref()
            }
        }
    };
}

/// What chooses entries, or items in them.
pub(crate) trait EntryChoice {
    fn when(&self) -> &Conditions;
    fn unless(&self) -> &Conditions;
    fn each(&self) -> Option<&FieldPath>;
}

chosen_entries! {
    /// What a person typed.
    PromptPaths { id: FieldPaths, text: FieldPaths, }
}

chosen_entries! {
    /// What the agent said.
    ReplyPaths { text: FieldPaths, }
}

chosen_entries! {
    /// A call of a tool. `arguments` is an object, or JSON in a string.
    CallPaths { id: FieldPaths, name: FieldPaths, arguments: FieldPaths, }
}

chosen_entries! {
    /// What came back. `error` is true or the text of an error; conditions tell the ends that a field's value names.
    ResultPaths {
        call: FieldPaths,
        output: FieldPaths,
        exit_code: FieldPaths,
        error: FieldPaths,
        failed: Conditions,
        interrupted: Conditions,
        rejected: Conditions,
        reason: FieldPaths,
    }
}

chosen_entries! {
    /// Tokens of one message, or with `sum` those of the session so far.
    TokenPaths {
        id: FieldPaths,
        input: FieldPaths,
        output: FieldPaths,
        cache_read: FieldPaths,
        cache_write: FieldPaths,
        sum: bool,
    }
}

/// What tools do, by their names. Paths begin at the arguments of the call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ToolPaths {
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) shell: Vec<ShellTool>,
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) write: Vec<WriteTool>,
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) replace: Vec<ReplaceTool>,
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) patch: Vec<PatchTool>,
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) delete: Vec<DeleteTool>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShellTool {
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) names: Vec<String>,
    pub(crate) command: FieldPaths,
    #[serde(default)]
    pub(crate) cwd: FieldPaths,
}

/// Writes a whole file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WriteTool {
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) names: Vec<String>,
    pub(crate) path: FieldPaths,
    pub(crate) content: FieldPaths,
}

/// Replaces a text in a file. `each`: a list of such changes in the arguments.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplaceTool {
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) names: Vec<String>,
    pub(crate) path: FieldPaths,
    pub(crate) old: FieldPaths,
    pub(crate) new: FieldPaths,
    /// True where each place in the file is meant.
    #[serde(default)]
    pub(crate) everywhere: FieldPaths,
    #[serde(default)]
    pub(crate) each: Option<FieldPath>,
}

/// A unified diff, one as git writes it, or `*** Begin Patch`. `path` for one that names no file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatchTool {
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) names: Vec<String>,
    pub(crate) patch: FieldPaths,
    #[serde(default)]
    pub(crate) path: FieldPaths,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteTool {
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) names: Vec<String>,
    pub(crate) path: FieldPaths,
}

/// Paths of which the first that is there counts; none where the field is not mapped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldPaths(pub(crate) Vec<FieldPath>);

impl<'de> Deserialize<'de> for FieldPaths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        one_or_many(deserializer).map(Self)
    }
}

/// Fields that must have one of some values, all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conditions(pub(crate) Vec<(FieldPath, Vec<FieldValue>)>);

/// A value that a field is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FieldValue {
    Text(String),
    /// A number, `true` or `false`, as JSON writes it.
    Literal(String),
}

impl<'de> Deserialize<'de> for Conditions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ByPath;
        impl<'de> Visitor<'de> for ByPath {
            type Value = Conditions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("fields and their values, such as {type: user}")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Conditions, A::Error> {
                struct Values(Vec<FieldValue>);
                impl<'de> Deserialize<'de> for Values {
                    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                        one_or_many(deserializer).map(Self)
                    }
                }
                let mut conditions = Vec::new();
                while let Some((path, Values(values))) = map.next_entry::<FieldPath, Values>()? {
                    conditions.push((path, values));
                }
                Ok(Conditions(conditions))
            }
        }
        deserializer.deserialize_any(ByPath)
    }
}

impl<'de> Deserialize<'de> for FieldValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl Visitor<'_> for Scalar {
            type Value = FieldValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a whole number, true or false")
            }

            fn visit_str<E>(self, text: &str) -> Result<FieldValue, E> {
                Ok(FieldValue::Text(text.to_owned()))
            }

            fn visit_bool<E>(self, is_true: bool) -> Result<FieldValue, E> {
                Ok(FieldValue::Literal(is_true.to_string()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<FieldValue, E> {
                Ok(FieldValue::Literal(number.to_string()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<FieldValue, E> {
                Ok(FieldValue::Literal(number.to_string()))
            }
        }
        deserializer.deserialize_any(Scalar)
    }
}

/// A list, or what would be its only item.
fn one_or_many<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    struct Items<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("one of them, or a list")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<T>, E> {
            T::deserialize(StrDeserializer::new(text)).map(|item| vec![item])
        }

        fn visit_bool<E: serde::de::Error>(self, is_true: bool) -> Result<Vec<T>, E> {
            T::deserialize(serde::de::value::BoolDeserializer::new(is_true)).map(|item| vec![item])
        }

        fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Vec<T>, E> {
            T::deserialize(serde::de::value::I64Deserializer::new(number)).map(|item| vec![item])
        }

        fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Vec<T>, E> {
            T::deserialize(serde::de::value::U64Deserializer::new(number)).map(|item| vec![item])
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map)).map(|item| vec![item])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<T>, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(list))
        }
    }
    deserializer.deserialize_any(Items(PhantomData))
}

/// The short name, which must be one already: it is printed, and stands in trailers and records.
fn agent_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Agent, D::Error> {
    let name = String::deserialize(deserializer)?;
    let agent = Agent::parse(&name).filter(|agent| agent.as_str() == name);
    agent.ok_or_else(|| D::Error::custom("a name has at most 40 small letters, digits, `-` and `.`, such as my-agent"))
}

impl AgentMapping {
    /// What is wrong with it as a whole, and with which key.
    ///
    /// # Errors
    /// The key and a sentence.
    pub(crate) fn check(&self) -> Result<(), (&'static str, String)> {
        if self.name.has_reader() {
            let message = format!("{} is read already; give this agent another name", self.name.title());
            return Err(("name", message));
        }
        match (self.format, &self.entries) {
            (MappedFormat::Json, None) => {
                return Err((
                    "entries",
                    "the key `entries` is missing here: write where the list of entries is, such as $.messages[*]"
                        .to_owned(),
                ));
            }
            (MappedFormat::Jsonl, Some(_)) => {
                return Err((
                    "entries",
                    "each line is an entry of `jsonl`; delete the key, or write `format: json`".to_owned(),
                ));
            }
            _ => {}
        }
        if self.prompts.is_empty() && self.calls.is_empty() {
            return Err((
                "prompts",
                "neither `prompts` nor `calls` is mapped, so that nothing would be read; add one".to_owned(),
            ));
        }
        let missing = |key: &'static str, paths: &FieldPaths, part: &'static str| {
            (!paths.0.is_empty()).then_some(()).ok_or_else(|| (part, format!("the key `{key}` is missing here")))
        };
        self.prompts.iter().try_for_each(|one| missing("text", &one.text, "prompts"))?;
        self.replies.iter().try_for_each(|one| missing("text", &one.text, "replies"))?;
        self.calls.iter().try_for_each(|one| missing("name", &one.name, "calls"))?;
        self.results.iter().try_for_each(|one| missing("call", &one.call, "results"))
    }
}
