//! A Markdown file in which a repository says how to work in it: its sections, the commands in their blocks, and the lines that
//! say how a branch or a pull request is made.

use std::sync::LazyLock;

use regex::Regex;

#[derive(Debug)]
pub(super) struct Guide {
    pub(super) path: String,
    /// In order.
    pub(super) sections: Vec<Section>,
}

/// What stands between a heading and the next one.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) heading: String,
    /// The headings above it and its own, outermost first.
    pub(super) path: Vec<String>,
    /// Lines of prose, without signs of lists and of emphasis.
    pub(super) prose: Vec<String>,
    /// Items of the outermost lists, without signs of lists and of emphasis.
    items: Vec<String>,
    /// Lines of blocks that are for a shell, without comments and prompts.
    commands: Vec<String>,
    /// The same lines as they stand.
    pub(super) typed: Vec<TypedLine>,
}

/// A line of a block that is for a shell.
#[derive(Debug)]
pub(super) struct TypedLine {
    pub(super) line: String,
    /// The line of prose before the block, where it ends with a colon.
    pub(super) introduction: Option<String>,
}

/// Words of headings under which it says how to set up.
const SETUP: &[&str] = &[
    "set up",
    "setup",
    "setting up",
    "getting started",
    "install",
    "development environment",
    "from source",
    "building",
    "prerequisites",
];
/// Words of headings that are about something else all the same.
const NOT_SETUP: &[&str] = &["issue", "troubleshoot", "uninstall", "pull request", "problem", "faq", "template"];

static BRANCH: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?i)\b(create|make|start|check out|cut)\b.{0,40}\bbranch\b|\bbranch (off|from)\b"));
static BRANCH_COMMAND: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^git (checkout -[bB]|switch (-[cC]|--create)|worktree add)\b"));
static REQUEST: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?i)\b(open|submit|create|send|raise|file|make)\b.{0,30}\b(PRs?|pull requests?|merge requests?)\b")
});
/// Headings of sections about pull requests, and of those about troubles.
static REQUESTS: LazyLock<Regex> = LazyLock::new(|| expression(r"(?i)\b(PRs?|pull requests?|merge requests?)\b"));
static TROUBLES: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?i)\b(troubleshoot(ing)?|common (problems|issues|errors)|known (problems|issues)|faq)\b")
});
/// An item of a list that stands in no other.
static ITEM: LazyLock<Regex> = LazyLock::new(|| expression(r"^ ?([-*+]|\d+[.)]) "));
static REQUEST_COMMAND: LazyLock<Regex> = LazyLock::new(|| expression(r"^(gh pr create|glab mr create)\b"));

pub(super) fn expression(text: &str) -> Regex {
    Regex::new(text).expect("a constant that the tests compile")
}

/// Whether a section says how to set up.
pub(super) fn is_setup(section: &Section) -> bool {
    let has = |words: &[&str], heading: &str| words.iter().any(|word| heading.to_lowercase().contains(word));
    section.path.iter().any(|heading| has(SETUP, heading) || heading.to_lowercase().trim() == "development")
        && !section.path.iter().any(|heading| has(NOT_SETUP, heading))
}

/// Whether the heading of a section names it.
fn is_about(section: &Section, names: &Regex) -> bool {
    names.is_match(&section.heading)
}

/// Whether one of the headings above a section, or its own, has one of these words.
pub(super) fn is_under(section: &Section, words: &[&str]) -> bool {
    section.path.iter().any(|heading| words.iter().any(|word| heading.to_lowercase().contains(word)))
}

impl Section {
    /// The line that says how a program is installed.
    pub(super) fn install_of(&self, program: &str) -> Option<&str> {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let names = |line: &str| line.split(|c: char| !is_name(c)).any(|word| word.trim_end_matches('.') == program);
        let says = |line: &&String| line.to_lowercase().contains("install") && names(line);
        self.prose.iter().find(says).map(String::as_str).filter(|_| !program.is_empty())
    }
}

impl Guide {
    pub(super) fn new(path: &str, text: &str) -> Self {
        let mut sections = vec![Section::default()];
        let mut above: Vec<(usize, String)> = Vec::new();
        // The sign that ends the block, and whether the block is for a shell.
        let mut block: Option<(String, bool)> = None;
        let mut introduction: Option<String> = None;
        for line in text.lines() {
            let bare = line.trim();
            let section = sections.len() - 1;
            if let Some((sign, is_shell)) = &block {
                if bare.starts_with(sign.as_str()) {
                    block = None;
                } else if *is_shell {
                    sections[section].commands.extend(command(bare));
                    let typed = |line| TypedLine { line, introduction: introduction.clone() };
                    sections[section].typed.extend(command(bare).map(typed));
                }
                continue;
            }
            if let Some(sign) = ["```", "~~~"].iter().find(|sign| bare.starts_with(**sign)) {
                let language = bare.trim_start_matches(['`', '~']).trim().to_lowercase();
                let is_shell = ["", "sh", "bash", "shell", "console", "zsh"].contains(&language.as_str());
                block = Some(((*sign).to_owned(), is_shell));
                continue;
            }
            let level = line.len() - line.trim_start_matches('#').len();
            if (1..=6).contains(&level) && line[level..].starts_with(' ') {
                let heading = line[level..].trim().trim_end_matches('#').trim().to_owned();
                above.retain(|(other, _)| *other < level);
                above.push((level, heading.clone()));
                let path = above.iter().map(|(_, heading)| heading.clone()).collect();
                sections.push(Section { heading, path, ..Section::default() });
                introduction = None;
            } else if !bare.is_empty() {
                let words = prose(bare);
                introduction = Some(words.clone()).filter(|words| words.ends_with(':'));
                if ITEM.is_match(line) {
                    sections[section].items.push(words.clone());
                }
                sections[section].prose.push(words);
            }
        }
        Self { path: path.to_owned(), sections }
    }

    /// What a reader looks for: its heading, with the one above it that is not the title of the file.
    pub(super) fn name(section: &Section) -> String {
        let path = if section.path.len() > 1 { &section.path[1..] } else { &section.path[..] };
        path[path.len().saturating_sub(2)..].join(" > ")
    }

    /// The commands of a section and of those below it, in order.
    pub(super) fn commands_below(&self, section: &Section) -> Vec<String> {
        let below = self.sections.iter().filter(|other| other.path.starts_with(&section.path));
        below.flat_map(|other| other.commands.iter().cloned()).collect()
    }

    /// The section about pull requests, and the items of its lists and of those below it.
    pub(super) fn asked_of_requests(&self) -> Option<(&Section, Vec<&str>)> {
        self.sections.iter().filter(|section| is_about(section, &REQUESTS)).find_map(|section| {
            let below = self.sections.iter().filter(|other| other.path.starts_with(&section.path));
            let items: Vec<&str> = below.flat_map(|other| &other.items).map(String::as_str).collect();
            (!items.is_empty()).then_some((section, items))
        })
    }

    /// The section that tells of troubles.
    pub(super) fn troubleshooting(&self) -> Option<&Section> {
        self.sections.iter().find(|section| is_about(section, &TROUBLES))
    }

    /// The line that says how a branch is made, a command before words, with its heading.
    pub(super) fn branch(&self) -> Option<(&Section, &str)> {
        self.line(&BRANCH_COMMAND, &BRANCH)
    }

    /// The same of a pull request.
    pub(super) fn pull_request(&self) -> Option<(&Section, &str)> {
        self.line(&REQUEST_COMMAND, &REQUEST)
    }

    fn line(&self, command: &Regex, words: &Regex) -> Option<(&Section, &str)> {
        let find = |lines: &dyn Fn(&Section) -> &Vec<String>, pattern: &Regex| {
            self.sections.iter().find_map(|section| {
                let found = lines(section).iter().position(|line| pattern.is_match(line))?;
                Some((section, found))
            })
        };
        let by_command = find(&|section| &section.commands, command);
        let by_words = || find(&|section| &section.prose, words);
        by_command
            .map(|(section, at)| (section, section.commands[at].as_str()))
            .or_else(|| by_words().map(|(section, at)| (section, section.prose[at].as_str())))
    }
}

/// What is typed of a line of a block.
fn command(line: &str) -> Option<String> {
    let line = line.trim_start_matches("$ ").trim();
    (!line.is_empty() && !line.starts_with('#')).then(|| line.to_owned())
}

fn prose(line: &str) -> String {
    let line = line.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '*' | '+' | '>' | ' '));
    line.replace("**", "").replace("__", "").trim().to_owned()
}
