//! What the words of a shell command stand for, as far as the command itself says: its folder, the variables that it sets,
//! and the few substitutions that only name a folder.

use std::collections::HashMap;

use super::shell::{ShellCommand, steps};
use super::shell_writes::redirection;

/// A path that begins at a folder.
pub(crate) fn joined(folder: Option<&str>, path: &str) -> Option<String> {
    let has_drive = path.get(1..3).is_some_and(|after| matches!(after, ":\\" | ":/"));
    let is_home = path.strip_prefix('~').is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if path.starts_with('/') || path.starts_with("\\\\") || has_drive || is_home {
        return Some(path.to_owned());
    }
    match (folder?, path) {
        (folder, "" | ".") => Some(folder.to_owned()),
        ("", path) => Some(path.to_owned()),
        (folder, path) => Some(format!("{}/{path}", folder.trim_end_matches('/'))),
    }
}

/// What a shell knows at a point of a command.
#[derive(Clone, Default)]
pub(super) struct Shell {
    pub(super) folder: Option<String>,
    pub(super) before: Option<String>,
    pub(super) pushed: Vec<Option<String>>,
    /// The variables that programs are told.
    pub(super) exported: Vec<String>,
    /// Several values where it takes one after another; `None` where it cannot be told.
    pub(super) variables: HashMap<String, Option<Vec<String>>>,
}

impl Shell {
    /// The word as the shell hands it on, where it is one.
    pub(super) fn expand(&self, word: &str) -> Option<String> {
        self.values(word).and_then(single)
    }

    pub(super) fn values(&self, word: &str) -> Option<Vec<String>> {
        if let Some(name) = whole_variable(word) {
            return self.variable(name);
        }
        if word.strip_prefix('~').is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/')) {
            return None;
        }
        let mut said = String::new();
        let mut rest = word;
        while let Some(at) = rest.find(['$', '`']) {
            said.push_str(&rest[..at]);
            let (value, length) = self.substituted(&rest[at..])?;
            said.push_str(&value);
            rest = &rest[at + length..];
        }
        said.push_str(rest);
        Some(vec![said])
    }

    /// What stands for the substitution at the beginning of a text, and how long that is.
    fn substituted(&self, text: &str) -> Option<(String, usize)> {
        if let Some(script) = printed_by(text) {
            let around = if text.starts_with('`') { 2 } else { 3 };
            return Some((self.printed(script)?, script.len() + around));
        }
        let name = text.strip_prefix("${").and_then(|rest| rest.split_once('}')).map(|(name, _)| (name, 3));
        let bare = || {
            let rest = text.strip_prefix('$')?;
            let end = rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
            Some((&rest[..end], 1))
        };
        let (name, around) = name.or_else(bare)?;
        Some((self.variable(name).and_then(single)?, name.len() + around))
    }

    pub(super) fn variable(&self, name: &str) -> Option<Vec<String>> {
        let folder =
            |folder: &Option<String>| folder.clone().map(|folder| if folder.is_empty() { ".".into() } else { folder });
        match (self.variables.get(name), name) {
            (_, "PWD") => Some(vec![folder(&self.folder)?]),
            (_, "OLDPWD") => Some(vec![folder(&self.before)?]),
            (Some(known), _) => known.clone(),
            (None, "HOME") => Some(vec!["~".to_owned()]),
            (None, _) => None,
        }
    }

    /// What a script prints that only names a folder.
    fn printed(&self, script: &str) -> Option<String> {
        let steps = steps(script);
        let plain = |step: &ShellCommand| -> Vec<String> {
            step.words.iter().filter(|word| redirection(word).is_none()).cloned().collect()
        };
        let folder = self.folder.as_deref();
        let here = |folder: &str| if folder.is_empty() { ".".to_owned() } else { folder.to_owned() };
        let words: Vec<Vec<String>> = steps.iter().map(plain).collect();
        let words: Vec<Vec<&str>> = words.iter().map(|words| words.iter().map(String::as_str).collect()).collect();
        match words.iter().map(Vec::as_slice).collect::<Vec<_>>().as_slice() {
            [["pwd", ..] | ["git", "rev-parse", "--show-toplevel"]] => folder.map(here),
            [["cd", to], ["pwd", ..]] => joined(folder, &self.expand(to)?),
            [["realpath", path] | ["readlink", "-f", path] | ["echo", path]] => joined(folder, &self.expand(path)?),
            [["dirname", path]] => {
                let path = joined(folder, &self.expand(path)?)?;
                Some(path.trim_end_matches('/').rsplit_once('/')?.0.to_owned())
            }
            _ => None,
        }
    }
}

pub(super) fn single(mut values: Vec<String>) -> Option<String> {
    if values.len() == 1 { values.pop() } else { None }
}

pub(super) fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_name = !name.is_empty() && name.chars().all(is_of_name) && !name.starts_with(|c: char| c.is_ascii_digit());
    is_name.then_some((name, value))
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn whole_variable(word: &str) -> Option<&str> {
    let name = word.strip_prefix('$')?;
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    (!name.is_empty() && name.chars().all(is_of_name)).then_some(name)
}

/// The script whose output stands at the beginning of a text: `$(script)`, or in backquotes.
pub(super) fn printed_by(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('`') {
        return rest.split_once('`').map(|(script, _)| script);
    }
    let rest = text.strip_prefix("$(")?;
    let mut open = 1;
    for (at, c) in rest.char_indices() {
        match c {
            '(' => open += 1,
            ')' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(&rest[..at]);
        }
    }
    None
}
