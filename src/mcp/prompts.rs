//! Prompts that a person may choose in a client that shows them: they say how to use the tools, and the tools say the rest.

use rmcp::ErrorData;
use rmcp::model::{GetPromptRequestParams, GetPromptResult, Prompt, PromptArgument, PromptMessage, Role};

/// A row: name, title, description, argument with what it is, text with `{}` for it.
struct Row(&'static str, &'static str, &'static str, (&'static str, &'static str), &'static str);

const ROWS: [Row; 2] = [
    Row(
        "document-process",
        "Document a process",
        "Interview the person and write down how a process is really done",
        ("name", "What people call the process"),
        "Document the process {} as an SOP with the sop_ tools of backstory. Begin with sop_status, to go on with what is there, or with \
         sop_start. After each call do exactly the one thing that `next` says: call that tool, or first ask me what `ask` says and put my \
         answer where the arguments have <...>. One question at a time. Do not guess what I did not say. You cannot approve; I do.",
    ),
    Row(
        "run-sop",
        "Follow a process document",
        "Follow a published process document step by step and log each step",
        ("slug", "Name of the process document"),
        "Follow the process document {} with sop_run of backstory, one step at a time: do what the step says, check its expected result, \
         then report it with sop_run. Stop and ask me when a step cannot be done as it says.",
    ),
];

pub(crate) fn list() -> Vec<Prompt> {
    let prompt = |Row(name, title, description, (argument, what), _): &Row| {
        let argument = PromptArgument::new(*argument).with_description(*what).with_required(false);
        Prompt::new(*name, Some(*description), Some(vec![argument])).with_title(*title)
    };
    ROWS.iter().map(prompt).collect()
}

/// # Errors
/// For a prompt or an argument that is not in the list.
pub(crate) fn get(request: &GetPromptRequestParams) -> Result<GetPromptResult, ErrorData> {
    let invalid = |what: String| ErrorData::invalid_params(what, None);
    let Some(Row(_, _, description, (argument, _), text)) = ROWS.iter().find(|row| row.0 == request.name) else {
        return Err(invalid(format!("no prompt `{}`", request.name)));
    };
    let given = request.arguments.clone().unwrap_or_default();
    if let Some(other) = given.keys().find(|name| name != argument) {
        return Err(invalid(format!("prompt `{}` has no argument `{other}`", request.name)));
    }
    let value = given.get(*argument).and_then(|value| value.as_str()).map(str::trim).unwrap_or_default();
    let named = if value.is_empty() { "that I name".to_owned() } else { format!("\"{}\"", value.replace('"', "'")) };
    let message = PromptMessage::new_text(Role::User, text.replace("{}", &named));
    Ok(GetPromptResult::new(vec![message]).with_description(*description))
}
