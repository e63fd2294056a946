//! What a step of a model is called: an id for programs, an imperative for people.

/// Lower case, digits and hyphens.
pub(super) fn id(name: &str) -> String {
    let mut id = String::new();
    for char in name.chars() {
        match char.to_ascii_lowercase() {
            char @ ('a'..='z' | '0'..='9') => id.push(char),
            _ if !id.is_empty() && !id.ends_with('-') => id.push('-'),
            _ => {}
        }
    }
    let id = id.trim_end_matches('-');
    if id.is_empty() { "step".to_owned() } else { id.to_owned() }
}

/// Activities whose name is not an imperative of its own.
const TITLES: &[(&str, &str)] = &[
    ("change", "Change the code"),
    ("verify", "Check the change"),
    ("run tests", "Run the tests"),
    ("lint", "Run the linter"),
    ("create branch", "Create a branch"),
    ("format code", "Format the code"),
    ("build", "Build the project"),
    ("commit", "Commit the change"),
    ("push", "Push the branch"),
    ("publish", "Publish the change"),
    ("open PR", "Open a pull request"),
    ("revert", "Take the change back"),
];

/// An imperative of one action.
pub(super) fn title(name: &str) -> String {
    if let Some((_, title)) = TITLES.iter().find(|(known, _)| *known == name) {
        return (*title).to_owned();
    }
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
