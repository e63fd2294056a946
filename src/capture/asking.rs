//! Questions that an agent puts to the person by a tool. Agents have one of their own, and extensions bring others; all are called
//! alike, and say the answer in a few forms.

use super::event::ActionEvent;
use super::json::Value;
use super::values::{items, long_text, owned};

/// What a tool did that a reader knows nothing else of: it asked something, or its argument is a longer text.
pub(super) fn other_action(tool: &str, input: Value<'_>) -> ActionEvent {
    if asks(tool) {
        let question = questions(input);
        if !question.is_empty() {
            return ActionEvent::Ask { question };
        }
    }
    long_text(input).map_or(ActionEvent::Other, |text| ActionEvent::Text { text })
}

/// Whether a tool puts a question to the person, by its name: `ask_user_question`, `AskUserQuestion`, `question`.
pub(super) fn asks(tool: &str) -> bool {
    // The server of a tool may stand before its name: `mcp__pi__ask_user`.
    let name = tool.rsplit("__").next().unwrap_or(tool);
    let name: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    [
        "askuser",
        "askuserquestion",
        "askuserquestions",
        "askfollowupquestion",
        "askquestion",
        "askquestions",
        "requestuserinput",
        "vscodeaskquestions",
        "question",
    ]
    .contains(&name.as_str())
}

/// The questions in a tool's arguments, one a line: `question`, or a list `questions` of objects.
pub(super) fn questions(input: Value<'_>) -> String {
    let list = items(input.member("questions"));
    let mut questions: Vec<String> = list.iter().filter_map(|one| owned(one.member("question"))).collect();
    questions.extend(owned(input.member("question")));
    questions.join("\n")
}

/// What the person answered, one a line, where the tool says it in a form that is known: `User selected: Cents`, or
/// `User has answered your questions: "Which?"="Cents", "Why?"="No reason". You can now …`.
pub(super) fn answer(output: &str) -> Option<String> {
    let output = output.trim();
    let heads = ["User selected: ", "User responded: ", "User answered: ", "User wrote: "];
    if let Some(said) = heads.iter().find_map(|head| output.strip_prefix(head)) {
        return Some(said.trim().to_owned()).filter(|said| !said.is_empty());
    }
    let rest = output.strip_prefix("User has answered your questions: ")?;
    let said: Vec<&str> =
        rest.split("\"=\"").skip(1).filter_map(|rest| rest.split_once('"')).map(|(said, _)| said).collect();
    (!said.is_empty()).then(|| said.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::json::Cursor;

    #[test]
    fn a_tool_that_asks_is_known_by_its_name_and_what_was_answered_by_its_words() {
        for tool in ["ask_user_question", "AskUserQuestion", "question", "mcp__pi__ask_user", "vscode_askQuestions"] {
            assert!(asks(tool), "{tool}");
        }
        for tool in ["ask", "task", "bash", "questions_file"] {
            assert!(!asks(tool), "{tool}");
        }
        for (output, expected) in [
            ("User selected: Whole cents", Some("Whole cents")),
            (
                "User has answered your questions: \"Unit?\"=\"Cents\", \"Why?\"=\"as the shop does\". You can",
                Some("Cents\nas the shop does"),
            ),
            ("User selected: ", None),
            ("The question was shown", None),
        ] {
            assert_eq!(answer(output).as_deref(), expected, "{output}");
        }
    }

    #[test]
    fn questions_stand_alone_or_in_a_list() {
        for (input, expected) in [
            (r#"{"question":"Unit?"}"#, "Unit?"),
            (r#"{"questions":[{"question":"Unit?"},{"question":"Why?"}]}"#, "Unit?\nWhy?"),
            (r#"{"query":"x"}"#, ""),
        ] {
            assert_eq!(questions(Cursor::new(input.as_bytes()).value().unwrap()), expected, "{input}");
        }
    }
}
