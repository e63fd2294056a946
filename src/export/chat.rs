//! A conversation as the messages of a chat: what was asked, the patch that came of it as a call of a tool, the checks that passed on
//! it, and the subject of the commit as the last word. Person and agent take turns.
//!
//! What failed on the way is not among them: on which state of the files it failed is not recorded, and beside the finished patch it
//! would say that the untouched files fail so.

use serde::Serialize;
use serde_json::{Value, json};

use super::conversation::{Conversation, visible};
use crate::text::digest::sha256;

/// The tool whose input is a patch as `git apply` takes it.
pub(crate) const APPLY: &str = "apply_patch";
/// The tool whose input is a command of the shell.
pub(crate) const SHELL: &str = "shell";

/// One message of a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    Person(String),
    Call(ToolUse),
    /// What the call with this id printed.
    Output {
        id: String,
        tool: &'static str,
        text: String,
    },
    Agent(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ToolUse {
    /// Nine letters and digits: more, some templates refuse.
    pub id: String,
    pub tool: &'static str,
    pub input: String,
}

/// The messages of a conversation: the first is a person's, the last the agent's, and between two of a person one of the agent closes
/// its turn.
pub(crate) fn messages(conversation: &Conversation<'_>) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut closing: Option<String> = None;
    for commit in &conversation.commits {
        let request = commit.request();
        if !request.is_empty() {
            messages.extend(closing.take().map(Message::Agent));
            messages.push(Message::Person(request));
        }
        call(&mut messages, APPLY, visible(commit.patch.text.as_str()), "applied");
        for proof in commit.proofs() {
            let printed = proof.summary.as_ref().map_or("passed", |summary| summary.as_str());
            call(&mut messages, SHELL, visible(proof.command.as_str()), &visible(printed));
        }
        let subject = visible(commit.entry.subject.as_str());
        closing = Some(match closing {
            Some(before) => format!("{before}\n{subject}"),
            None => subject,
        });
    }
    messages.extend(closing.map(Message::Agent));
    messages
}

fn call(messages: &mut Vec<Message>, tool: &'static str, input: String, printed: &str) {
    let id = sha256(format!("{}\n{tool}\n{input}", messages.len()).as_bytes())[..9].to_owned();
    messages.push(Message::Call(ToolUse { id: id.clone(), tool, input }));
    messages.push(Message::Output { id, tool, text: printed.to_owned() });
}

/// The tools as JSON Schemas of functions. Both take one text with the same name: a loader that makes columns of the arguments then
/// finds the same ones in every row.
pub(crate) fn tools() -> Vec<Value> {
    let tool = |name: &str, description: &str, input: &str| {
        json!({"type": "function", "function": {"name": name, "description": description, "parameters": {
            "type": "object", "properties": {"input": {"type": "string", "description": input}}, "required": ["input"]
        }}})
    };
    vec![
        tool(APPLY, "Change the files of the repository", "A patch as git apply takes it"),
        tool(SHELL, "Run a command in the root of the repository", "The command"),
    ]
}

/// A message as Hugging Face's templates take it, with the arguments of calls as an object; and as OpenAI's interface does, as text.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ChatMessage {
    /// `user`, `assistant` or `tool`.
    pub role: &'static str,
    pub content: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_calls: Option<Vec<ChatCall>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'static str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ToolCallOfMessage"))]
pub(crate) struct ChatCall {
    pub id: String,
    /// `function`.
    pub r#type: &'static str,
    pub function: CalledFunction,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CalledFunction {
    pub name: &'static str,
    pub arguments: Arguments,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(crate) enum Arguments {
    Object {
        input: String,
    },
    /// The same object as JSON text.
    Text(String),
}

/// How a consumer takes the arguments of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArgumentForm {
    Object,
    Text,
}

/// # Errors
/// When the arguments cannot be written as JSON.
pub(crate) fn chat(messages: &[Message], form: ArgumentForm) -> serde_json::Result<Vec<ChatMessage>> {
    messages.iter().map(|message| chat_message(message, form)).collect()
}

fn chat_message(message: &Message, form: ArgumentForm) -> serde_json::Result<ChatMessage> {
    Ok(match message {
        Message::Person(text) => plain("user", text.clone()),
        Message::Agent(text) => plain("assistant", text.clone()),
        Message::Output { id, tool, text } => {
            ChatMessage { tool_call_id: Some(id.clone()), name: Some(tool), ..plain("tool", text.clone()) }
        }
        Message::Call(call) => {
            let arguments = match form {
                ArgumentForm::Object => Arguments::Object { input: call.input.clone() },
                ArgumentForm::Text => Arguments::Text(serde_json::to_string(&json!({"input": call.input}))?),
            };
            let function = CalledFunction { name: call.tool, arguments };
            let call = ChatCall { id: call.id.clone(), r#type: "function", function };
            ChatMessage { tool_calls: Some(vec![call]), ..plain("assistant", String::new()) }
        }
    })
}

/// A message of nothing but text.
pub(crate) fn plain(role: &'static str, content: String) -> ChatMessage {
    ChatMessage { role, content, tool_calls: None, tool_call_id: None, name: None }
}
