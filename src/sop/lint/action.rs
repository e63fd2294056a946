//! Whether a few words are one thing to do: an imperative, and one only.

/// Verbs that steps begin with. A second one behind `and` is a second action.
const VERBS: &[&str] = &[
    "add",
    "answer",
    "approve",
    "archive",
    "ask",
    "assign",
    "back",
    "build",
    "bump",
    "check",
    "choose",
    "clean",
    "close",
    "commit",
    "compare",
    "configure",
    "confirm",
    "copy",
    "create",
    "delete",
    "deploy",
    "describe",
    "download",
    "edit",
    "enter",
    "export",
    "fetch",
    "fill",
    "find",
    "fix",
    "format",
    "generate",
    "get",
    "import",
    "inform",
    "install",
    "invite",
    "label",
    "lint",
    "log",
    "make",
    "merge",
    "move",
    "name",
    "notify",
    "open",
    "pick",
    "post",
    "prepare",
    "publish",
    "pull",
    "push",
    "read",
    "rebase",
    "rebuild",
    "record",
    "release",
    "remove",
    "rename",
    "replace",
    "request",
    "restart",
    "review",
    "revert",
    "run",
    "save",
    "schedule",
    "select",
    "send",
    "set",
    "share",
    "sign",
    "start",
    "stop",
    "submit",
    "switch",
    "tag",
    "tell",
    "test",
    "undo",
    "update",
    "upgrade",
    "upload",
    "verify",
    "wait",
    "write",
];

/// First words that begin no imperative.
const NOT_IMPERATIVE: &[&str] = &[
    "the", "a", "an", "you", "we", "i", "it", "they", "there", "this", "that", "if", "when", "all", "tests", "is",
    "are", "should",
];

/// Words that end in `ing` and are imperatives.
const IMPERATIVE_ING: &[&str] =
    &["bring", "ping", "ring", "sing", "string", "swing", "spring", "cling", "fling", "sling"];

/// What is wrong with `title` as a step; `None` where it is one action.
pub(crate) fn problem_of(title: &str) -> Option<String> {
    let words: Vec<String> = title
        .split(|c: char| c.is_whitespace() || matches!(c, '"' | '`' | '(' | ')'))
        .map(|word| word.trim_end_matches(['.', ',', ':']).to_lowercase())
        .filter(|word| !word.is_empty())
        .collect();
    let Some(first) = words.first() else { return Some("it has no words".to_owned()) };
    let is_gerund = first.len() > 4 && first.ends_with("ing") && !IMPERATIVE_ING.contains(&first.as_str());
    let is_third_person =
        ["s", "es"].iter().any(|end| first.strip_suffix(end).is_some_and(|stem| VERBS.contains(&stem)));
    if is_gerund || is_third_person || NOT_IMPERATIVE.contains(&first.as_str()) {
        return Some(format!("it begins with \"{first}\", not with what to do"));
    }
    second_action(title, &words).map(|second| format!("it holds a second action, \"{second}\""))
}

fn second_action(title: &str, words: &[String]) -> Option<String> {
    for (place, word) in words.iter().enumerate().skip(1) {
        let next = words.get(place + 1);
        let begins = |next: &String| VERBS.contains(&next.as_str());
        match word.as_str() {
            "then" => return Some(next.cloned().unwrap_or_else(|| "then".to_owned())),
            "and" | "or" if next.is_some_and(begins) => return next.cloned(),
            _ => {}
        }
    }
    title.split_once(';').map(|(_, rest)| rest.trim().to_owned()).filter(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_one_imperative() {
        for title in [
            "Run the tests",
            "Edit the code",
            "Ping the owner",
            "Write the name and the address",
            "Open a pull request",
            "Commit the change",
            "Pass the form on",
            "Process the order",
        ] {
            assert_eq!(problem_of(title), None, "{title}");
        }
        for (title, problem) in [
            ("", "it has no words"),
            ("Running the tests", "it begins with \"running\", not with what to do"),
            ("Runs the tests", "it begins with \"runs\", not with what to do"),
            ("Pushes the tag", "it begins with \"pushes\", not with what to do"),
            ("The tests are run", "it begins with \"the\", not with what to do"),
            ("Run the tests and commit the change", "it holds a second action, \"commit\""),
            ("Edit the page, then run the tests", "it holds a second action, \"run\""),
            ("Edit the page; run the tests", "it holds a second action, \"run the tests\""),
        ] {
            assert_eq!(problem_of(title).as_deref(), Some(problem), "{title}");
        }
    }
}
