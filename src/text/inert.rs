//! Code in a description is inert where it is rendered. Whoever reads the same bytes as text acts on them: git and forges on
//! the message of a squash, continuous integration, bots, the runner of a workflow on its log. A character of no width
//! inside each word that acts keeps it readable and dead.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// Stands inside a word that would act. Text from outside has lost its own when it comes here (`visible`).
pub(crate) const BREAK: char = '\u{200b}';

/// What acts wherever in a line it is. The break goes behind the group `a`.
static ANYWHERE: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    compiled(&[
        // The mark of a comment, by which programs find their own part of a text.
        r"(?P<a><!-)-",
        // A command to a runner: actions/runner takes `##[name]` anywhere in a line, Azure's agent `##vso[name]`.
        r"(?P<a>\#)\#[A-Za-z0-9._-]*\[",
        // A mention, as html-pipeline finds it; bots are given orders so.
        r"(?P<a>(?:^|[^A-Za-z0-9_])@)[A-Za-z0-9_]",
        // What closes or reopens an issue on merge: the words of GitHub, GitLab and Gitea, their references, and Jira's.
        r#"(?P<a>clo|fi|reso|imple|reo)
           (?: s(?:e[sd]?|ing) | x(?:e[sd]|ing)? | lv(?:e[sd]?|ing) | ment(?:s|ed|ing)? | pen(?:s|ed|ing)? )
           [\s:<(\["'*_`-]*
           (?: (?:issues?|bugs?|tickets?|prs?|pull\x20requests?|merge\x20requests?) \s+ )?
           (?: [A-Za-z0-9_./-]*\#[0-9] | GH-[0-9] | https?:// | [A-Za-z0-9_./-]*![0-9] | (?-i:[A-Z][A-Z0-9_]+-[0-9]) )"#,
        // What keeps continuous integration from running: `[skip ci]`, `[no ci]`, `[CF-Pages-Skip]`, `***NO_CI***`.
        r"(?P<a>\[) \s* (?: [A-Za-z0-9_.]+ [\s_-]+ )* (?: skip | no ) (?: [\s_-]+ [A-Za-z0-9_.]+ )* \s* \]",
        r"(?P<a>\*\*\*NO)_CI",
        // What raises a version: `+semver: major` (GitVersion), `#major` and `(MAJOR)` (actions that make tags).
        r"(?P<a>\+semver) \s? :",
        r"(?P<a>\#) (?:major|minor|patch|none) \b",
        r"(?P<a>\(m) (?:ajor|inor) \)",
        // What release-please removes from a pull request's text for the message of a commit.
        r"(?P<a>BEGIN|END)_(?:COMMIT_OVERRIDE|NESTED_COMMIT)",
    ])
});

/// The names of trailers that are one word, or words with blanks.
const WORDS: &str = r"(?: clos(?:e[sd]?|ing) | fix(?:e[sd])? | resolve[sd]? | implements? | refs? | references | related | relates
    | see | link | cc | bug | issue | task | change | part\x20of | depends\x20on | breaking\x20change )";
/// The names of all others, behind their first letter.
const NAME: &str = r"[A-Za-z0-9]* (?:-[A-Za-z0-9]+)+";

/// What acts at the beginning of a line. Blanks before it help against some readers and not against all.
static AT_A_LINE: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    compiled(&[
        // A command to a runner, which trims blanks.
        r"^ (?P<a>[\s--\n]*:):",
        // Trailers: `Co-authored-by`, `Signed-off-by`, `Change-Id`, `skip-checks`, ...
        &format!(r"^ (?P<a>[\s--\n]*[A-Za-z]) {NAME} [\x20\t]* :"),
        &format!(r"^ (?P<a>[\s--\n]* {WORDS} [\x20\t]*) [:\#]"),
        r"^ (?P<a>[\s--\n]*\(c)herry\x20picked\x20from",
        // A command to a bot of a forge: `/approve`. A path has more than one part.
        r"^ (?P<a>[\s--\n]*/)[a-z][a-z0-9_-]* (?:[\x20\t]|$)",
    ])
});

fn compiled(patterns: &[&str]) -> Vec<Regex> {
    let compile = |pattern: &&str| Regex::new(&format!("(?xim){pattern}")).expect("a constant that the tests compile");
    patterns.iter().map(compile).collect()
}

/// The text of a code span.
pub(crate) fn inert_span(text: &str) -> Cow<'_, str> {
    broken(Cow::Borrowed(text), &ANYWHERE)
}

/// The lines of a code block.
pub(crate) fn inert_block(text: &str) -> Cow<'_, str> {
    broken(inert_span(text), &AT_A_LINE)
}

/// The length of the name of a trailer at the beginning of `text`, where one is: what follows is its colon.
pub(crate) fn trailer_name(text: &str) -> Option<usize> {
    static TRAILER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(r"(?xi)^ (?: [A-Za-z]{NAME} | {WORDS} ) [\x20\t]* :"))
            .expect("a constant that the tests compile")
    });
    TRAILER.find(text).map(|found| found.end() - 1)
}

fn broken<'a>(text: Cow<'a, str>, live: &[Regex]) -> Cow<'a, str> {
    live.iter().fold(text, |text, live| match with_breaks(&text, live) {
        Some(broken) => Cow::Owned(broken),
        None => text,
    })
}

fn with_breaks(text: &str, live: &Regex) -> Option<String> {
    let mut out = String::new();
    let mut done = 0;
    for end in live.captures_iter(text).filter_map(|found| Some(found.name("a")?.end())) {
        out.push_str(&text[done..end]);
        out.push(BREAK);
        done = end;
    }
    out.push_str(&text[done..]);
    (done > 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether any of these, as other programs look for them, is left.
    fn acts(text: &str) -> Option<String> {
        static OTHERS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
            [
                r"(?i)(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:[\w./-]*#\d|GH-\d|<?https?://)",
                r"\b((?:[Cc]los(?:e[sd]?|ing)|[Ff]ix(?:e[sd]|ing)?|[Rr]esolv(?:e[sd]?|ing)|[Ii]mplement(?:s|ed|ing)?)(:?) +(?:issues? +)?(?:[\w./-]*#\d+|[A-Z][A-Z0-9_]+-\d+))",
                r"(?i)(?:^|[^A-Za-z0-9_])@[a-z0-9]",
                r"(?i)\[(skip ci|ci skip|no ci|skip actions|actions skip|skip azp|skip netlify)\]|NO_CI\*",
                r"(?im)^\s*(?:[a-z0-9]+-)+(?:by|id|checks|as)\s*:",
                r"(?m)^\s*::",
                r"##\w*\[",
                r"<!--",
                r"(?m)^\s*/[a-z]+$",
                r"BEGIN_COMMIT_OVERRIDE",
                r"\+semver:\s?(breaking|major|feature|minor|fix|patch|none|skip)|#(major|minor|patch|none)\b|\((MAJOR|MINOR)\)",
            ]
            .map(|pattern| Regex::new(pattern).unwrap())
            .into()
        });
        OTHERS.iter().find_map(|other| Some(other.find(text)?.as_str().to_owned()))
    }

    const ACTING: [&str; 45] = [
        "+semver: major",
        "x +semver:breaking y",
        "#major",
        "(see #patch)",
        "(MAJOR)",
        "closes #1",
        "Fixes: #12",
        "resolved owner/repo#3",
        "fix GH-4",
        "closes https://github.com/o/r/issues/5",
        "closing #6, #7 and #8",
        "Implements PROJ-9",
        "fixes\n#10",
        "CLOSED   #11",
        "Resolves issue #12",
        "close <https://x.test/1>",
        "fix #1 fixes #2",
        "@octocat",
        "(@acme/team)",
        "é@octocat",
        "@dependabot merge",
        "@@x",
        "a @b @c",
        "[skip ci]",
        "[ci skip]",
        "[CI-SKIP]",
        "[no ci]",
        "[skip actions]",
        "[actions skip]",
        "[skip azp]",
        "[CF-Pages-Skip]",
        "***NO_CI***",
        "Co-authored-by: A <a@b.c>",
        "x\n  Signed-off-by: A <a@b.c>",
        "Change-Id: I1",
        "skip-checks: true",
        "Release-As: 9.9.9",
        "Reviewed-by : A",
        "::add-mask::x",
        "x\n\u{a0}\t::error::x",
        "##[add-path]/tmp",
        "y ##vso[task.setvariable variable=a]b",
        "<!-- backstory:end -->",
        "/approve\n/lgtm cancel",
        "BEGIN_COMMIT_OVERRIDE\nfeat!: x\nEND_COMMIT_OVERRIDE",
    ];

    #[test]
    fn what_acts_on_a_text_is_broken_and_the_words_stay() {
        for text in ACTING {
            assert!(acts(text).is_some() || text.contains("Skip") || text.contains("SKIP"), "{text}");
            let block = inert_block(text);
            assert_eq!(acts(&block), None, "{text:?} is still live in {block:?}");
            assert_ne!(block, text, "{text}");
            assert_eq!(block.replace(BREAK, ""), text);
            assert_eq!(acts(&inert_block(&format!("Please do: {text}\nand\n{text}"))), None, "{text}");
        }
        for text in ["BREAKING CHANGE: x", "Fixes: abc123", "(cherry picked from commit a)"] {
            assert_ne!(inert_block(text), text);
        }
    }

    #[test]
    fn what_does_not_act_keeps_its_bytes() {
        for text in [
            "a@b.c",
            "fix the prefix of foo",
            "use std::fmt and a::b",
            "#[derive(Debug)]",
            "## Title [x]",
            "note: unused",
            "https://x.test/closes",
            "/usr/bin/env: not found",
            "[noted] [1, 2]",
            "--no-ci: x",
            "color: #fff",
            "#majority semver: major",
            "see the code: x",
        ] {
            assert_eq!(inert_block(text), text);
        }
    }

    #[test]
    fn the_name_of_a_trailer_is_told_from_a_sentence() {
        assert_eq!(trailer_name("Co-authored-by: x"), Some(14));
        assert_eq!(trailer_name("fixes: x"), Some(5));
        for name in [
            "Closing",
            "fix",
            "resolved",
            "Implements",
            "references",
            "bug",
            "Task",
            "part of",
            "Depends on",
            "BREAKING CHANGE",
        ] {
            let text = format!("{name}: x");
            assert_eq!(trailer_name(&text), Some(name.len()), "{name}");
            assert_ne!(inert_block(&text), text, "{name}");
        }
        for text in ["note: x", "a b-c: x", "Co-authored-by x", "1-2: x"] {
            assert_eq!(trailer_name(text), None, "{text}");
        }
    }
}
