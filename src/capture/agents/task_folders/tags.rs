//! Calls of tools as tags in the text of an answer, as they were written before models had a form of their own for them.

use serde_json::{Map, Value};

/// The tools that do or ask something. What only reads, or belongs to a browser, is one as well.
const TOOLS: &[&str] = &[
    "execute_command",
    "write_to_file",
    "replace_in_file",
    "apply_diff",
    "apply_patch",
    "edit_file",
    "search_replace",
    "search_and_replace",
    "insert_content",
    "read_file",
    "list_files",
    "search_files",
    "list_code_definition_names",
    "browser_action",
    "use_mcp_tool",
    "access_mcp_resource",
    "ask_followup_question",
    "attempt_completion",
    "plan_mode_respond",
    "new_task",
    "switch_mode",
    "fetch_instructions",
    "codebase_search",
    "update_todo_list",
];

/// The text above the first call, the tool and what it was given.
pub(super) fn call(text: &str) -> Option<(&str, &'static str, Value)> {
    let opened = |tool: &&'static str| Some((text.find(&format!("<{tool}>"))?, *tool));
    let (at, tool) = TOOLS.iter().filter_map(opened).min()?;
    let inside = &text[at + tool.len() + 2..];
    let inside = inside.rsplit_once(&format!("</{tool}>")).map_or(inside, |(inside, _)| inside);
    let mut given = Map::new();
    let mut rest = inside;
    while let Some((name, value, behind)) = element(rest) {
        given.insert(name.to_owned(), value.into());
        rest = behind;
    }
    Some((text[..at].trim(), tool, Value::Object(given)))
}

/// `<path>a.py</path>`, and what stands behind it. What a file holds may have the same tags: it ends with the last.
fn element(text: &str) -> Option<(&str, &str, &str)> {
    let (_, rest) = text.split_once('<')?;
    let (name, rest) = rest.split_once('>')?;
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') || name.is_empty() {
        return None;
    }
    let end = format!("</{name}>");
    let is_text = matches!(name, "content" | "diff" | "patch" | "command" | "result");
    let at = if is_text { rest.rfind(&end) } else { rest.find(&end) }?;
    let value = &rest[..at];
    let value = value.strip_prefix('\n').unwrap_or(value);
    let value = value.strip_suffix('\n').unwrap_or(value);
    Some((name, value, &rest[at + end.len()..]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_in_a_text_is_found_with_what_it_was_given() {
        let text = "I do.\n<write_to_file>\n<path>a.html</path>\n<content>\n<content>x</content>\n<path>\n</content>\n</write_to_file>";
        let given = json!({"path": "a.html", "content": "<content>x</content>\n<path>"});
        assert_eq!(call(text), Some(("I do.", "write_to_file", given)));
        assert_eq!(call("<read_file><path>a"), Some(("", "read_file", json!({}))));
        assert_eq!(call("a < b and <b>bold</b>"), None);
    }
}
