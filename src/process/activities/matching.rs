//! Rules ready to be asked: programs by their name, tasks by words, tools, paths. In each the first rule that matches counts.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::answer::{ActivityId, Matched, RulePlace};
use super::rules::{CommandRule, PathRule, TaskRule, ToolRule};
use crate::checks::classify::{base_name, classify_program};
use crate::record::contribution::CheckKind;
use crate::record::path_pattern::{PathPattern, PathPatterns};

#[derive(Debug)]
pub(crate) struct CommandTable {
    rules: Vec<(Cow<'static, CommandRule>, Matched)>,
    /// By the program that a rule names: the rule and the words behind the program.
    by_program: HashMap<String, Vec<(usize, Vec<String>)>>,
    /// Rules that name no program.
    anywhere: Vec<usize>,
    options: &'static BTreeMap<String, Vec<String>>,
    runners: &'static BTreeMap<String, Vec<String>>,
}

impl CommandTable {
    pub(crate) fn new(
        options: &'static BTreeMap<String, Vec<String>>,
        runners: &'static BTreeMap<String, Vec<String>>,
    ) -> Self {
        Self { rules: Vec::new(), by_program: HashMap::new(), anywhere: Vec::new(), options, runners }
    }

    /// # Errors
    /// When the rule says nothing of a command.
    pub(crate) fn add(
        &mut self,
        rule: Cow<'static, CommandRule>,
        activity: ActivityId,
        place: RulePlace,
    ) -> Result<(), String> {
        if rule.run.is_empty() && rule.check.is_none() && rule.has.is_empty() && rule.mentions.is_empty() {
            return Err("the rule names no command: `run`, `check`, `has` or `mentions` says which".to_owned());
        }
        let number = self.rules.len();
        for run in rule.run.iter() {
            let mut words = run.split_whitespace().map(str::to_owned);
            let Some(program) = words.next() else { return Err("`run` has an empty text".to_owned()) };
            self.by_program.entry(base_name(&program).to_owned()).or_default().push((number, words.collect()));
        }
        if rule.run.is_empty() {
            self.anywhere.push(number);
        }
        self.rules.push((rule, (activity, place)));
        Ok(())
    }

    /// The first rule that matches a program with its arguments, and its number.
    pub(crate) fn find(&self, words: &[String]) -> Option<(usize, Matched)> {
        let (first, arguments) = words.split_first()?;
        let name = base_name(first);
        let plain = self.plain(name, arguments);
        // To a process it is one of the checks that look at the files.
        let check = classify_program(words).map(|kind| if kind == CheckKind::Script { CheckKind::Lint } else { kind });
        let named = self.by_program.get(name).into_iter().flatten();
        let named = named.filter(|(_, run)| begins(&plain, arguments, run)).map(|(number, _)| *number);
        let found = named.chain(self.anywhere.iter().copied()).filter(|number| self.holds(*number, arguments, check));
        let number = found.min()?;
        Some((number, self.rules[number].1))
    }

    fn holds(&self, number: usize, arguments: &[String], check: Option<CheckKind>) -> bool {
        let rule = &self.rules[number].0;
        rule.check.is_none_or(|kind| check == Some(kind))
            && (rule.has.is_empty() || rule.has.iter().any(|word| has(arguments, word)))
            && !rule.without.iter().any(|word| has(arguments, word))
            && (rule.mentions.is_empty()
                || rule.mentions.iter().any(|text| arguments.iter().any(|word| word.contains(text))))
    }

    /// Options of a program that take the next word and may stand before its subcommand.
    pub(crate) fn valued(&self, name: &str) -> &[String] {
        self.options.get(name).map_or(&[], Vec::as_slice)
    }

    /// The arguments that are neither options nor the values of those that stand before a subcommand.
    pub(crate) fn plain<'a>(&self, name: &str, arguments: &'a [String]) -> Vec<&'a str> {
        let valued = self.options.get(name);
        let takes = |word: &String| valued.is_some_and(|options| options.contains(word));
        let is_value = |place: usize| place.checked_sub(1).is_some_and(|before| takes(&arguments[before]));
        let words = arguments.iter().enumerate();
        words
            .filter(|(place, word)| !word.starts_with('-') && !is_value(*place) && !is_redirection(word))
            .map(|(_, word)| word.as_str())
            .collect()
    }

    /// The tasks that a runner is told to run: `make lint test`, `npm run build`.
    pub(crate) fn tasks<'a>(&self, words: &'a [String]) -> Option<Vec<&'a str>> {
        let (first, arguments) = words.split_first()?;
        let subcommands = self.runners.get(base_name(first))?;
        let plain = self.plain(base_name(first), arguments);
        let behind = |subcommand: &String| {
            let words: Vec<&str> = subcommand.split(' ').collect();
            let is_it = match words[..] {
                [option] if option.starts_with('-') => arguments.iter().any(|word| word == option),
                _ => plain.starts_with(&words),
            };
            let skipped = if words[0].starts_with('-') { 0 } else { words.len() };
            is_it.then(|| plain[skipped..].to_vec())
        };
        if subcommands.is_empty() {
            return Some(plain.into_iter().filter(|word| !word.contains('=')).collect());
        }
        // What stands behind the first task are its arguments.
        subcommands.iter().find_map(behind).map(|tasks| tasks.into_iter().take(1).collect())
    }
}

/// Whether the words of a rule are there: options anywhere, the others first and in their order.
fn begins(plain: &[&str], arguments: &[String], run: &[String]) -> bool {
    let mut place = 0;
    run.iter().all(|word| {
        if word.starts_with('-') {
            return has(arguments, word);
        }
        place += 1;
        plain.get(place - 1) == Some(&word.as_str())
    })
}

fn has(arguments: &[String], word: &str) -> bool {
    arguments.iter().any(|one| one == word || one.strip_prefix(word).is_some_and(|rest| rest.starts_with('=')))
}

/// `>`, `2>&1`, `>out`: no argument.
pub(crate) fn is_redirection(word: &str) -> bool {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '&');
    rest.starts_with(['>', '<'])
}

#[derive(Debug, Default)]
pub(crate) struct TaskTable {
    rules: Vec<(TaskRule, Matched)>,
}

impl TaskTable {
    pub(crate) fn add(&mut self, rule: &TaskRule, activity: ActivityId, place: RulePlace) {
        self.rules.push((rule.clone(), (activity, place)));
    }

    /// The rule for a task's or script's name: `test:ci`, `release.sh`.
    pub(crate) fn find(&self, name: &str) -> Option<Matched> {
        let lower = name.to_lowercase();
        let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let is_meant = |rule: &TaskRule| rule.words.iter().any(|word| words.contains(&word) || word == lower);
        self.rules.iter().find(|(rule, _)| is_meant(rule)).map(|(_, matched)| *matched)
    }
}

#[derive(Debug, Default)]
pub(crate) struct ToolTable {
    exact: HashMap<String, Matched>,
    beginnings: Vec<(String, Matched)>,
}

impl ToolTable {
    pub(crate) fn add(&mut self, rule: &ToolRule, activity: ActivityId, place: RulePlace) {
        for tool in rule.tool.iter() {
            match tool.strip_suffix('*') {
                Some(start) => self.beginnings.push((start.to_owned(), (activity, place))),
                None => drop(self.exact.entry(tool.to_owned()).or_insert((activity, place))),
            }
        }
    }

    pub(crate) fn find(&self, tool: &str) -> Option<Matched> {
        let begins = || self.beginnings.iter().find(|(start, _)| tool.starts_with(start)).map(|(_, found)| *found);
        self.exact.get(tool).copied().or_else(begins)
    }
}

#[derive(Debug, Default)]
pub(crate) struct PathTable {
    rules: Vec<(PathPatterns, Matched)>,
}

impl PathTable {
    /// # Errors
    /// When a pattern cannot be read.
    pub(crate) fn add(&mut self, rule: &PathRule, activity: ActivityId, place: RulePlace) -> Result<(), String> {
        let read = |pattern| PathPattern::parse(pattern).map_err(|why| format!("`{pattern}`: {why}"));
        let patterns: Vec<PathPattern> = rule.path.iter().map(read).collect::<Result<_, _>>()?;
        let patterns = PathPatterns::new(&patterns).map_err(|error| error.to_string())?;
        self.rules.push((patterns, (activity, place)));
        Ok(())
    }

    /// What the edit of a file is; its path begins at the root of the repository.
    pub(crate) fn find(&self, path: &str) -> Option<Matched> {
        self.rules.iter().find(|(patterns, _)| patterns.has(path)).map(|(_, matched)| *matched)
    }
}
