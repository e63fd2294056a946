//! What a command is called where there is no room for all of it: the check in it, without what leads to it, wraps it or cuts what it
//! prints.

use super::classify::{classify_program, inner_script, only_reads_a_pipe, program};
use super::shell::{self, ShellCommand, Then};
use crate::record::contribution::CheckKind;
use crate::text::paths;

/// The checks of these kinds in a command, else all checks, else what is left of it without what only looks or leads there; the
/// command itself where nothing would be left. `cargo test total` of `cd shop && cargo fmt && cargo test total 2>&1 | tail -20`.
pub(crate) fn short_name(command: &str, kinds: &[CheckKind]) -> String {
    let steps = named_steps(command, 0);
    let of_kinds = |step: &&NamedStep| step.kind.is_some_and(|kind| kinds.contains(&kind));
    let checks = |step: &&NamedStep| step.kind.is_some();
    let says = |step: &&NamedStep| !step.is_aside;
    let is_list = shell::steps(command).iter().all(|step| matches!(step.then, Then::And | Then::Pipe | Then::End));
    let between = if is_list { " && " } else { "; " };
    let named = [
        joined(steps.iter().filter(of_kinds), between),
        joined(steps.iter().filter(checks), between),
        joined(steps.iter().filter(says), between),
    ];
    named.into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| command.trim().to_owned())
}

/// One step of a command.
struct NamedStep {
    kind: Option<CheckKind>,
    text: String,
    /// It only looks, prints or goes somewhere.
    is_aside: bool,
}

fn joined<'a>(steps: impl Iterator<Item = &'a NamedStep>, between: &str) -> String {
    let mut texts: Vec<&str> = Vec::new();
    for step in steps {
        if !texts.contains(&step.text.as_str()) {
            texts.push(&step.text);
        }
    }
    texts.join(between)
}

fn named_steps(command: &str, depth: u8) -> Vec<NamedStep> {
    let mut named = Vec::new();
    for step in shell::steps(command).iter().filter(|step| !only_reads_a_pipe(step)) {
        let words = program(step);
        if let Some(script) = inner_script(words)
            && depth < 3
        {
            named.extend(named_steps(script, depth + 1));
            continue;
        }
        let text = text_of(command, step, words);
        if !text.is_empty() {
            named.push(NamedStep { kind: classify_program(words), text, is_aside: is_aside(words) });
        }
    }
    named
}

/// The text of a step from its program on, without redirections.
fn text_of(command: &str, step: &ShellCommand, words: &[String]) -> String {
    let Some(text) = command.get(step.place.clone()).map(str::trim) else { return String::new() };
    let parts = parts(text);
    // A here-document or the like: what stands where is not known.
    if parts.len() != step.words.len() {
        return text.lines().next().unwrap_or_default().trim().to_owned();
    }
    let mut said: Vec<&str> = Vec::new();
    let mut is_target = false;
    for part in &parts[step.words.len() - words.len()..] {
        let is_redirected = redirects(part);
        if !is_redirected && !is_target {
            said.push(part);
        }
        is_target = is_redirected && part.ends_with(['>', '<']);
    }
    said.join(" ")
}

/// `2>&1`, `>/dev/null`, `>`, `2>`, `&>log`, `<in`.
fn redirects(part: &str) -> bool {
    part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '&').starts_with(['>', '<']) && !part.starts_with("<(")
}

/// The words of a step as they were typed, with their quotes.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut begin, mut quote): (Option<usize>, Option<char>) = (None, None);
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if is_escaped => is_escaped = false,
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (None | Some('"'), '\\') => is_escaped = true,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, c) if c.is_whitespace() => {
                parts.extend(begin.take().map(|begin: usize| &text[begin..at]));
                continue;
            }
            _ => {}
        }
        begin = begin.or(Some(at));
    }
    parts.extend(begin.map(|begin| &text[begin..]));
    parts
}

/// Programs that go somewhere, print or look.
const ASIDE: &[&str] = &[
    "cd", "pushd", "popd", "echo", "printf", "true", "sleep", "export", "source", "set", "ls", "pwd", "cat", "head",
    "tail", "wc", "grep", "rg", "sed", "awk", "find", "which", "date", "for", "done", "fi", "test", "[", "mkdir",
];
/// Subcommands of git that look.
const ASIDE_IN_GIT: &[&str] = &["status", "diff", "log", "show", "branch", "rev-parse", "ls-files", "blame"];

fn is_aside(words: &[String]) -> bool {
    let Some((first, rest)) = words.split_first() else { return true };
    match paths::name_anywhere(first) {
        "git" => {
            rest.iter().find(|word| !word.starts_with('-')).is_some_and(|sub| ASIDE_IN_GIT.contains(&sub.as_str()))
        }
        name => ASIDE.contains(&name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_called_by_what_it_runs() {
        let cases: &[(&str, &[CheckKind], &str)] = &[
            ("cd shop && cargo fmt --all && cargo test total 2>&1 | tail -20", &[CheckKind::Test], "cargo test total"),
            ("git diff --check && git diff --stat && mise run test:unit", &[CheckKind::Test], "mise run test:unit"),
            ("make build >/dev/null && ./bin/shop test --help | sed -n '1,9p'", &[CheckKind::Build], "make build"),
            ("PRICES=1 timeout 60 npx vitest run 'a cart' > out.txt", &[CheckKind::Test], "vitest run 'a cart'"),
            ("bash -lc 'cd shop && go test ./...'", &[CheckKind::Test], "go test ./..."),
            (
                "for i in 1 2 3; do mise exec -- bats --filter 'a sum' t.bats; done",
                &[CheckKind::Test],
                "bats --filter 'a sum' t.bats",
            ),
            ("pytest -q a.py; pytest -q b.py", &[CheckKind::Test], "pytest -q a.py; pytest -q b.py"),
            ("cargo clippy -- -D warnings && git status --short", &[CheckKind::Lint], "cargo clippy -- -D warnings"),
            // Of a chain of which nobody knows what failed, all that checks.
            ("cargo fmt --all && cargo test total && cargo check", &[], "cargo test total && cargo check"),
            ("cd shop && npm install 2>&1 | tail -3", &[], "npm install"),
            ("git status && git rebase main", &[], "git rebase main"),
            ("git status --short", &[], "git status --short"),
            ("a constant factor in total()", &[], "a constant factor in total()"),
        ];
        for (command, kinds, name) in cases {
            assert_eq!(short_name(command, kinds), *name, "{command}");
        }
    }
}
