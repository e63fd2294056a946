//! The line of a prompt that says what is wanted, for a place that has room for one.

use super::text::beginning;
use crate::text::visible::visible_line;

/// Code points of a text that are looked at, at its beginning and at its end.
const NEAR: usize = 600;

/// The first line that a person wrote: what was pasted from a program above it is skipped, and one that only leads to the next is
/// joined with it. Of a plan that is handed on it is the title.
pub(crate) fn telling(text: &str) -> Option<String> {
    let near = beginning(text, NEAR).0;
    let mut lines = lines(near);
    let first = lines.next()?;
    if is_output(first) || is_ci_log(text) {
        return bare(own_words(text).or_else(|| what_it_says(text)).unwrap_or(first));
    }
    let next = if first.ends_with(':') || leads_on(first) { lines.next() } else { None };
    match next {
        Some(title) if first.ends_with(':') && title.starts_with('#') => bare(title),
        Some(next) if !is_output(next) => {
            bare(&format!("{first} {}", next.trim_start_matches(['#', '>', '-', '*', ' '])))
        }
        _ => bare(without_what_is_pasted(first)),
    }
}

/// Whether there is one.
pub(crate) fn has_telling(text: &str) -> bool {
    // Most prompts begin with a line of words, which stays whatever follows it.
    let is_plain = |line: &str| {
        let has_word = line.bytes().any(|byte| byte.is_ascii_alphanumeric());
        has_word && line.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !line.ends_with(':') && !is_output(line)
    };
    lines(beginning(text, NEAR).0).next().is_some_and(is_plain) && !is_ci_log(text) || telling(text).is_some()
}

/// The words of a line before a shell's sign and the command behind it: "why is this so: \u{276f} shop list".
fn without_what_is_pasted(line: &str) -> &str {
    line.split_once(" \u{276f} ").map_or(line, |(words, _)| words)
}

/// Whether there is nothing but what a program printed.
pub(crate) fn is_only_output(text: &str) -> bool {
    (lines(text).next().is_some_and(is_output) || is_ci_log(text)) && own_words(text).is_none()
}

/// Whether it is the log of a step of a workflow, which begins with the command: "Run npm test".
fn is_ci_log(text: &str) -> bool {
    lines(text).next().is_some_and(|first| first.starts_with("Run "))
        && ["##[error]", "Error: Process completed with exit code"].iter().any(|sign| text.contains(sign))
}

/// A line of a person's own words besides what was pasted: mostly they stand below it.
fn own_words(text: &str) -> Option<&str> {
    // What a step of a workflow prints reads like prose.
    if is_ci_log(text) {
        return None;
    }
    let is_own = |line: &&str| is_prose(line) && !is_output(line);
    let end = text.char_indices().rev().nth(NEAR).map_or(0, |(at, _)| at);
    let below = lines(&text[end..]).filter(is_own).last();
    below.or_else(|| lines(beginning(text, NEAR).0).find(is_own))
}

/// The first line of an output that says something: no command, no sign of progress.
fn what_it_says(text: &str) -> Option<&str> {
    let is_word = |word: &&str| word.len() > 1 && word.chars().all(char::is_alphabetic);
    let says = |line: &&str| {
        let is_typed = ["\u{276f}", "$ ", "% ", "Run "].iter().any(|start| unlabelled(line).starts_with(start));
        !is_typed && !is_command(line) && !is_progress(line) && line.split_whitespace().filter(is_word).count() >= 3
    };
    let is_trouble = |line: &&str| {
        let lower = line.to_lowercase();
        ["error", "fail", "not found", "no such", "missing", "cannot", "undefined"]
            .iter()
            .any(|word| lower.contains(word))
    };
    let said = || lines(beginning(text, NEAR).0).filter(says);
    said().find(is_trouble).or_else(|| said().next())
}

/// The line without the name of a task before it: `[lint] $ shop lint`.
fn unlabelled(line: &str) -> &str {
    line.strip_prefix('[').and_then(|rest| rest.split_once("] ")).map_or(line, |(_, rest)| rest)
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| line.chars().any(char::is_alphanumeric) && !line.starts_with("```"))
}

fn bare(line: &str) -> Option<String> {
    let mut line = visible_line(line.trim_start_matches(['#', '>', '-', '*', ' ']));
    if line.contains("```") || !line.is_ascii() {
        line = line.replace("```", " ").split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let line = line.trim_end_matches(['.', ':', ' ']);
    (!line.is_empty()).then(|| line.to_owned())
}

/// Whether the line ends in the middle of what it says, or is hardly one: "can you look at", "when running".
fn leads_on(line: &str) -> bool {
    let last = line.split_whitespace().next_back().map(str::to_lowercase).unwrap_or_default();
    line.split_whitespace().nth(1).is_none() || LEADING.contains(&last.as_str())
}

const LEADING: &[&str] = &[
    "and",
    "at",
    "for",
    "following",
    "from",
    "if",
    "in",
    "into",
    "like",
    "of",
    "on",
    "running",
    "the",
    "this",
    "to",
    "with",
];

/// Whether a program printed the line, or a person typed it into a shell.
pub(super) fn is_output(line: &str) -> bool {
    const STARTS: &[&str] = &[
        "\u{276f}",
        "\u{279c}",
        "$ ",
        "% ",
        "time=",
        "Error:",
        "error:",
        "error[",
        "FAIL",
        "--- FAIL",
        "panic:",
        "Traceback",
        "npm ERR",
        "warning:",
        "fatal:",
        "remote: ",
        "Username for '",
        "Password for '",
    ];
    let is_labelled = line.starts_with('[') && line.contains(']') && !line.starts_with("[Image");
    let is_severity = line.ends_with(" Severity");
    let is_a_figure =
        line.starts_with(|c: char| c.is_ascii_digit()) && line.matches(':').count() > 1 && !is_numbered(line);
    STARTS.iter().any(|start| line.starts_with(start))
        || is_progress(line)
        || is_labelled
        || is_severity
        || is_a_figure
        || is_command(line)
}

fn is_progress(line: &str) -> bool {
    line.ends_with(", done.")
        || ["level=", "\u{2502}"].iter().any(|sign| line.contains(sign))
        || line.contains(" error:") && line.contains("parsing error:")
        || line.contains("B/s") && [" KB/s", " MB/s", " KiB/s", " MiB/s", "GB/s"].iter().any(|unit| line.contains(unit))
}

/// `1. Medium: the total ignores the discount`: an item of a list.
fn is_numbered(line: &str) -> bool {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.starts_with(". ") || rest.starts_with(") ")
}

/// `gh api repos/a/b --jq .name`: a command with an option or an operator, and no word of a sentence.
fn is_command(line: &str) -> bool {
    const PROGRAMS: &[&str] = &[
        "brew", "bun", "bundle", "cargo", "cat", "curl", "docker", "gh", "git", "go", "gradle", "grep", "kubectl",
        "make", "mise", "mvn", "node", "npm", "npx", "pip", "pnpm", "pytest", "python", "python3", "rg", "sed", "sudo",
        "uv", "wget", "yarn",
    ];
    const OF_A_SENTENCE: &[&str] = &[
        "a", "after", "and", "does", "fails", "first", "for", "i", "in", "is", "it", "not", "on", "please", "should",
        "so", "that", "the", "then", "this", "to", "we", "when", "with", "you",
    ];
    let words = || line.split_whitespace();
    let is_sign = |word: &str| word.starts_with('-') || ["|", "&&", "\\", "2>&1"].contains(&word);
    words().next().is_some_and(|first| PROGRAMS.contains(&first))
        && (words().skip(1).any(is_sign) || words().any(|word| word.starts_with("./")))
        && !words().any(|word| OF_A_SENTENCE.contains(&word.to_lowercase().as_str()))
}

/// A few words, and hardly anything else.
fn is_prose(line: &str) -> bool {
    let is_word = |word: &&str| word.chars().all(|c| c.is_alphabetic() || ".,;:!?'()\u{2019}\"".contains(c));
    let words = line.split_whitespace().count();
    words >= 3 && line.split_whitespace().filter(is_word).count() * 4 >= words * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_a_person_wrote_stands_for_a_prompt() {
        for (text, expected) in [
            ("List all carts.", "List all carts"),
            ("# Carts\n\nList them", "Carts"),
            ("Implement the following plan:\n\n# Show carts\n\n## Context", "Show carts"),
            ("I'd like a loop:\n\n- pick a cart\n- show it", "I'd like a loop: pick a cart"),
            ("can you look at\nhttps://example.org/1", "can you look at https://example.org/1"),
            (
                "\u{276f} shop list --all\nerror: no such cart\n\nwhy does it not list the carts?",
                "why does it not list the carts?",
            ),
            ("Medium Severity\n\nThe total ignores the discount", "The total ignores the discount"),
            ("[lint] $ shop lint\nprice.py:1:1 F401", "[lint] $ shop lint"),
            ("[Image #1] make it green", "[Image #1] make it green"),
            (
                "[lint] $ shop lint\n[lint] These files need a new layout:\n[lint] cart.py",
                "[lint] These files need a new layout",
            ),
            (
                "One finding:\n\n1. Medium: the total, cart.py:12:3, is wrong",
                "One finding: 1. Medium: the total, cart.py:12:3, is wrong",
            ),
            ("1. Medium: the total of cart.py:12:3 is wrong", "1. Medium: the total of cart.py:12:3 is wrong"),
            ("what about ```### Carts\n\nThey are twice here", "what about ### Carts"),
            ("any idea why this is so: \u{276f} shop list --all", "any idea why this is so"),
            ("gh api repos/shop/cart --jq .name\nnull\n\nwhy is there no name?", "why is there no name?"),
            ("git push --force to the other branch", "git push --force to the other branch"),
            (
                "Username for 'https://example.org': x\nsource 1 GB @ 5.1 MB/s\nshow the rate on one line",
                "show the rate on one line",
            ),
            (
                "Run shop audit\nno such task as audit\nError: Process completed with exit code 1.",
                "no such task as audit",
            ),
            (
                "Run shop audit\nChecking the carts of the shop\nenv: shop-audit: No such file or directory\nError: Process completed with exit code 1.",
                "env: shop-audit: No such file or directory",
            ),
            ("Run the tests again", "Run the tests again"),
            ("hi\n\nlist the carts", "hi list the carts"),
        ] {
            assert_eq!(telling(text).as_deref(), Some(expected), "{text}");
            assert!(has_telling(text), "{text}");
        }
        for text in ["---\n\n", "", "> \u{276f} shop list", "\u{1b}[0m", "```\n```", "\u{3164}", "# \u{3164}"] {
            assert_eq!(has_telling(text), telling(text).is_some(), "{text:?}");
        }
        assert_eq!(telling("---\n\n"), None);
        assert!(is_only_output("source: Counting objects: 100% (4/4), done.\ntarget: 12:00:01 done"));
        assert!(!is_only_output("error: no cart\n\nwhy is there none?") && !is_only_output("list the carts"));
    }
}
