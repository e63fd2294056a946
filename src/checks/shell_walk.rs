//! Where the programs of a shell command run: a walk over its steps that follows `cd`, subshells, scripts inside scripts
//! and variables that the command sets itself. It is not a shell, and says of a folder when it cannot be told.

use super::classify::{base_name, classify_program, inner_script, program_of};
use super::shell::{ShellCommand, Then, steps};
use super::shell_expansion::{Shell, assignment, joined, printed_by, single};
use super::shell_options::{folder_option, is_beside, is_search_path};
use super::shell_writes::{commits, files, only_reads, paths_of_script, redirection};

/// A program that a command runs. Paths begin where the command was started, unless they begin at a root or at `~`;
/// `None` stands for one that cannot be told.
#[derive(Clone, Debug)]
pub(crate) struct ProgramRun {
    pub program: String,
    /// The folder that the shell is in.
    pub folder: Option<String>,
    /// What the program works in: the same, or the folder or file that an option names.
    pub at: Option<String>,
    /// Whether it is a test, a build or a linter.
    pub is_check: bool,
    /// The paths that a check is given, or a program that prepares a build.
    pub targets: Vec<Option<String>>,
    pub commits: bool,
    /// The files that it writes.
    pub writes: Vec<String>,
    /// Paths that it is given and may change: of programs that are not known to only read.
    pub names: Vec<String>,
    /// Whether it writes into a folder that cannot be told.
    pub writes_somewhere: bool,
    /// Its text in the script that it stands in, with its here-documents.
    pub text: String,
}

/// Scripts inside scripts are followed so far, and subshells.
const DEEPEST: u8 = 3;
const MOST_SHELLS: usize = 64;

/// The programs of a command that is started in the folder `start`; empty where that is not known.
pub(crate) fn walk(command: &str, start: &str) -> Vec<ProgramRun> {
    let shell = Shell { folder: Some(start.to_owned()), ..Shell::default() };
    let mut walker = Walker { shell, outer: Vec::new(), runs: Vec::new() };
    walker.script(command, 0);
    walker.runs
}

struct Walker {
    shell: Shell,
    /// What the shells around this one go on with.
    outer: Vec<Shell>,
    runs: Vec<ProgramRun>,
}

impl Walker {
    fn script(&mut self, text: &str, depth: u8) {
        let outermost = self.outer.len();
        for step in steps(text) {
            for _ in 0..step.opened.min(MOST_SHELLS.saturating_sub(self.outer.len())) {
                self.outer.push(self.shell.clone());
            }
            self.step(text, &step, depth);
            for _ in 0..step.closed {
                self.leave(outermost);
            }
        }
        while self.outer.len() > outermost {
            self.leave(outermost);
        }
    }

    fn leave(&mut self, outermost: usize) {
        if self.outer.len() > outermost
            && let Some(outer) = self.outer.pop()
        {
            self.shell = outer;
        }
    }

    /// A script in a shell of its own.
    fn inner(&mut self, text: &str, depth: u8) {
        let outer = self.shell.clone();
        self.script(text, depth + 1);
        self.shell = outer;
    }

    fn step(&mut self, text: &str, step: &ShellCommand, depth: u8) {
        let mut words = program_of(behind_function(&step.words));
        if words.first().is_some_and(|first| first == "builtin") {
            words = &words[1..];
        }
        let set_before = &step.words[..step.words.len() - words.len()];
        let Some(first) = words.first() else {
            self.assign(set_before);
            return;
        };
        let is_piped = step.piped || step.then == Then::Pipe;
        match base_name(first) {
            "cd" | "chdir" | "pushd" | "Set-Location" | "Push-Location" if !is_piped => self.change(words),
            "popd" if !is_piped => {
                self.shell.before = self.shell.folder.clone();
                self.shell.folder = self.shell.pushed.pop().flatten();
            }
            // Where these go is known to the shell of the person.
            "z" | "zi" | "j" | "autojump" | "wd" if words.len() > 1 && !is_piped => {
                self.shell.before = self.shell.folder.take();
            }
            "cd" | "chdir" | "pushd" | "popd" | "fi" | "done" | "esac" | "}" => {}
            "export" => {
                let name = |word: &String| word.split('=').next().unwrap_or_default().to_owned();
                self.shell.exported.extend(words[1..].iter().filter(|word| !word.starts_with('-')).map(name));
                self.assign(&words[1..]);
            }
            "declare" | "local" | "readonly" | "typeset" => self.assign(&words[1..]),
            "read" | "mapfile" | "readarray" => {
                let names = words[1..].iter().filter(|word| !word.starts_with('-'));
                self.shell.variables.extend(names.map(|name| (name.clone(), None)));
            }
            "for" | "select" => {
                let Some(name) = words.get(1) else { return };
                let values: Option<Vec<Vec<String>>> =
                    words.iter().skip(3).map(|word| self.shell.values(word)).collect();
                let values = values.map(|values| values.concat());
                self.shell.variables.insert(name.clone(), values);
            }
            "eval" if depth < DEEPEST => {
                let script: Option<Vec<String>> = words[1..].iter().map(|word| self.shell.expand(word)).collect();
                match script {
                    Some(words) => self.script(&words.join(" "), depth + 1),
                    None => self.run(text, step, words, set_before, None),
                }
            }
            _ if depth < DEEPEST && inner_script(words).is_some() => {
                let script = inner_script(words).unwrap_or_default().to_owned();
                self.inner(&script, depth);
            }
            name if depth < DEEPEST && is_fed(name, words) && !step.documents.is_empty() => {
                for place in &step.documents {
                    let lines = text[place.clone()].trim_end_matches('\n');
                    self.inner(lines.rsplit_once('\n').map_or("", |(script, _)| script), depth);
                }
            }
            _ => self.run(text, step, words, set_before, self.shell.folder.clone()),
        }
    }

    fn run(
        &mut self,
        text: &str,
        step: &ShellCommand,
        words: &[String],
        set_before: &[String],
        folder: Option<String>,
    ) {
        let at = self.at(&folder, step, words, set_before);
        let is_check = classify_program(words).is_some();
        // It says where the sources lie of what is built elsewhere.
        let configures = matches!(base_name(&words[0]), "cmake" | "meson" | "configure");
        let documents = || step.documents.iter().map(|place| &text[place.clone()]);
        let own = text[step.place.clone()].trim_end();
        let mut targets = if is_check || configures { self.targets(words, at.as_deref()) } else { Vec::new() };
        if is_check {
            targets.extend(self.told_by_variables(set_before, at.as_deref()).into_iter().map(Some));
        }
        let written = files(words);
        let is_somewhere =
            |file: &&str| file.starts_with('$') && file.contains('/') && self.shell.values(file).is_none();
        self.runs.push(ProgramRun {
            program: base_name(&words[0]).to_owned(),
            is_check,
            targets,
            commits: commits(words),
            writes_somewhere: written.iter().any(is_somewhere),
            names: if is_check { Vec::new() } else { self.names(words, documents(), at.as_deref()) },
            writes: written
                .into_iter()
                .flat_map(|file| self.shell.values(file).unwrap_or_default())
                .filter_map(|file| joined(self.shell.folder.as_deref(), before_pattern(&file)))
                .collect(),
            text: std::iter::once(own).chain(documents()).collect::<Vec<_>>().join("\n"),
            folder,
            at,
        });
    }

    fn assign(&mut self, words: &[String]) {
        for (name, value) in words.iter().filter_map(|word| assignment(word)) {
            let values = if value.starts_with('(') { None } else { self.shell.values(value) };
            self.shell.variables.insert(name.to_owned(), values);
        }
    }

    fn change(&mut self, words: &[String]) {
        let is_pushed = base_name(&words[0]) == "pushd";
        let to = words[1..]
            .iter()
            .find(|word| redirection(word).is_none() && (word.as_str() == "-" || !word.starts_with('-')));
        let before = self.shell.folder.clone();
        let folder = match to.map(String::as_str) {
            Some("-") => self.shell.before.clone(),
            None if is_pushed => self.shell.before.clone(),
            None => Some("~".to_owned()),
            Some(word) if is_pattern(word) || word.starts_with('+') => None,
            Some(word) => self.shell.expand(word).and_then(|to| joined(before.as_deref(), &to)),
        };
        if is_pushed {
            self.shell.pushed.push(before.clone());
        }
        self.shell.before = before;
        self.shell.folder = folder;
    }

    /// What a program is told to work in, by its options and, for git, by variables.
    fn at(
        &self,
        folder: &Option<String>,
        step: &ShellCommand,
        words: &[String],
        set_before: &[String],
    ) -> Option<String> {
        let mut at = folder.clone();
        if base_name(&words[0]) == "git" {
            for wanted in ["GIT_DIR", "GIT_WORK_TREE"] {
                let own = set_before.iter().filter_map(|word| assignment(word)).find(|(name, _)| *name == wanted);
                let value = match own {
                    Some((_, value)) => self.shell.expand(value),
                    None if self.shell.variables.contains_key(wanted) => self.shell.variable(wanted).and_then(single),
                    None => continue,
                };
                at = value.and_then(|value| joined(at.as_deref(), &value));
            }
        }
        // Those of `env` and of `uv run` stand before the program.
        let begin = step.words.len() - words.len();
        let is_end = |(place, word): &(usize, &String)| *place > begin && *word == "--";
        for (place, _) in step.words.iter().enumerate().take_while(|word| !is_end(word)) {
            if let Some(value) = folder_option(&step.words, place) {
                at = self.shell.expand(value).and_then(|value| joined(at.as_deref(), &value));
            }
        }
        at
    }

    /// The projects that a check is told of by variables.
    fn told_by_variables(&self, set_before: &[String], at: Option<&str>) -> Vec<String> {
        let set = set_before.iter().filter_map(|word| assignment(word));
        let set = set.filter_map(|(name, value)| Some((name, self.shell.expand(value)?)));
        let exported = self.shell.exported.iter().map(String::as_str);
        let exported = exported.filter_map(|name| Some((name, self.shell.variable(name).and_then(single)?)));
        let told = set.chain(exported).filter(|(name, value)| !is_search_path(name) && !value.contains(':'));
        let words = told.flat_map(|(_, value)| value.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        let values = words.map(|word| word.split_once('=').map_or(word.clone(), |(_, value)| value.to_owned()));
        values.filter(|value| value.contains('/')).filter_map(|value| joined(at, &value)).collect()
    }

    /// The paths that another program may change.
    fn names<'a>(
        &self,
        words: &'a [String],
        documents: impl Iterator<Item = &'a str>,
        at: Option<&str>,
    ) -> Vec<String> {
        if only_reads(words) {
            return Vec::new();
        }
        let bare = |word: &'a String| match word.split_once('=') {
            Some((name, value)) if name.starts_with('-') => value,
            _ if word.starts_with("--") => "",
            _ if word.starts_with('-') => word.get(2..).unwrap_or_default(),
            _ => word,
        };
        let given = words[1..].iter().map(bare).filter(|word| redirection(word).is_none());
        let given = given.flat_map(|word| self.shell.values(word).unwrap_or_default());
        let may_leave = |path: &String| path.starts_with(['/', '~']) || path.contains("..");
        let script = paths_of_script(words, documents).into_iter().map(str::to_owned);
        given.filter(may_leave).chain(script).filter_map(|path| joined(at, before_pattern(&path))).collect()
    }

    /// The paths that a check is given, among its words from the program on.
    fn targets(&self, words: &[String], at: Option<&str>) -> Vec<Option<String>> {
        let mut found = Vec::new();
        let mut is_redirected = false;
        for (place, word) in words.iter().enumerate() {
            if let Some((_, file)) = redirection(word) {
                is_redirected = file.is_empty();
                continue;
            }
            if std::mem::take(&mut is_redirected) {
                continue;
            }
            let before = place.checked_sub(1).map(|before| words[before].as_str());
            let before = before.filter(|word| word.starts_with('-') && !word.contains('='));
            let (option, value) = match word.split_once('=') {
                Some((name, value)) if name.starts_with('-') => (Some(name), value),
                Some((_, value)) if value.contains('/') => (None, value),
                _ if word.starts_with("--") => continue,
                // `-f/a/b`
                _ if word.starts_with('-') => match word.get(2..).filter(|value| value.contains('/')) {
                    Some(value) => (word.get(..2), value),
                    None => continue,
                },
                _ => (before, word.as_str()),
            };
            if option.is_none_or(|option| !is_beside(option)) {
                self.target(value, option.is_some(), at, &mut found);
            }
        }
        found
    }

    fn target(&self, word: &str, is_of_option: bool, at: Option<&str>, found: &mut Vec<Option<String>>) {
        if let Some(values) = self.shell.values(word) {
            found.extend(values.iter().map(|value| joined(at, before_pattern(value))));
            return;
        }
        if let Some(script) = printed_by(word) {
            let shell = Shell { folder: at.map(str::to_owned), ..self.shell.clone() };
            let mut walker = Walker { shell, outer: Vec::new(), runs: Vec::new() };
            walker.script(script, DEEPEST);
            found.extend(walker.runs.into_iter().flat_map(|run| std::iter::once(run.at).chain(run.targets)));
            return;
        }
        let (known, unknown) = word.split_at(word.find(['$', '`']).unwrap_or(0));
        match known.rsplit_once('/') {
            Some((folder, _)) => found.push(joined(at, folder)),
            // A number, or `$@`.
            None if !unknown.contains('/') && (is_of_option || !is_named(unknown)) => {}
            None => found.push(None),
        }
    }
}

/// `f() { cd x` and `function f { cd x` are looked at as if the function ran where it is written.
fn behind_function(words: &[String]) -> &[String] {
    match words {
        [first, rest @ ..] if first.ends_with("()") => rest,
        [first, _, rest @ ..] if first == "function" => rest,
        words => words,
    }
}

/// Whether a program is a shell that reads its script from the input.
fn is_fed(name: &str, words: &[String]) -> bool {
    matches!(name, "bash" | "sh" | "zsh" | "dash")
        && words[1..].iter().all(|word| word.starts_with('-') || redirection(word).is_some())
}

/// Whether a substitution is that of a variable with a name, not of a number or of all arguments.
fn is_named(text: &str) -> bool {
    text.trim_start_matches(['$', '{']).starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

const PATTERN: [char; 4] = ['*', '?', '[', '{'];

fn is_pattern(word: &str) -> bool {
    // `${x}` is not one.
    word.replace("${", "").contains(PATTERN)
}

/// The folder that the files of a pattern are in; a word without one as it is.
fn before_pattern(word: &str) -> &str {
    match word.find(PATTERN) {
        Some(at) => word[..at].rsplit_once('/').map_or("", |(folder, _)| folder),
        None => word,
    }
}
