//! What a model names that the repository no longer has: a script of `package.json`, a target of a Makefile, a recipe, a task, an
//! alias, a file. Texts in, findings out; what cannot be told apart from something else is not said to be gone.

use std::collections::{BTreeMap, BTreeSet};

use super::drift::finding::{Change, Family, Finding};
use super::model::ProcessModel;

/// A file in which commands have names of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum TaskFile {
    Npm,
    Make,
    Just,
    Mise,
    Cargo,
}

/// How the names are called, and where they are.
struct Runner {
    file: TaskFile,
    /// Paths relative to the root, the first that exists counts.
    paths: &'static [&'static str],
    /// The words before the name of a task.
    calls: &'static [&'static [&'static str]],
}

const RUNNERS: &[Runner] = &[
    Runner {
        file: TaskFile::Npm,
        paths: &["package.json"],
        calls: &[&["npm", "run"], &["npm", "run-script"], &["pnpm", "run"], &["yarn", "run"], &["bun", "run"]],
    },
    Runner { file: TaskFile::Make, paths: &["GNUmakefile", "makefile", "Makefile"], calls: &[&["make"], &["gmake"]] },
    Runner { file: TaskFile::Just, paths: &["justfile", "Justfile", ".justfile"], calls: &[&["just"]] },
    Runner { file: TaskFile::Mise, paths: &["mise.toml", ".mise.toml"], calls: &[&["mise", "run"], &["mise", "r"]] },
    Runner { file: TaskFile::Cargo, paths: &[".cargo/config.toml"], calls: &[&["cargo"]] },
];

/// What is known of the repository. Paths are relative to its root.
pub(crate) trait Repository {
    /// The text of a file as it is; `None` where it is not there.
    fn now(&self, path: &str) -> Option<String>;
    /// The texts of a file when the model was made.
    fn then(&self, path: &str) -> Vec<String>;
}

/// A finding for each command of `model` that names what is no longer there.
pub(crate) fn gone(model: &ProcessModel, repository: &dyn Repository) -> Vec<Finding> {
    let mut tasks = Tasks { repository, known: BTreeMap::new() };
    let mut found = Vec::new();
    for step in &model.steps {
        for command in &step.commands {
            if let Some(what) = tasks.missing(&command.command) {
                found.push(Finding {
                    family: Family::Gone,
                    change: Change::Gone,
                    step: step.id.clone(),
                    detail: Some(command.command.clone()),
                    runs: None,
                    minutes: None,
                    p: None,
                    adjusted: None,
                    contradicts: true,
                    sentence: format!("the command `{}` of `{}` no longer exists: {what}", command.command, step.id),
                });
            }
        }
    }
    found
}

/// A task that a command calls by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CalledTask<'a> {
    pub(crate) file: TaskFile,
    /// Where it is defined: the first of these that exists.
    pub(crate) paths: &'static [&'static str],
    pub(crate) name: &'a str,
}

/// The task that `command` calls; `None` where it calls none by a plain name.
pub(crate) fn called_task(command: &str) -> Option<CalledTask<'_>> {
    let words: Vec<&str> = command.split_whitespace().collect();
    RUNNERS.iter().find_map(|runner| {
        let call = runner.calls.iter().find(|call| words.starts_with(call))?;
        let name = words.get(call.len()).filter(|name| is_name(name))?;
        Some(CalledTask { file: runner.file, paths: runner.paths, name })
    })
}

struct Tasks<'a> {
    repository: &'a dyn Repository,
    known: BTreeMap<TaskFile, Option<Names>>,
}

/// The names in one kind of file.
struct Names {
    path: &'static str,
    then: BTreeSet<String>,
    now: BTreeSet<String>,
}

impl Tasks<'_> {
    /// What is missing, in words. What was not there when the model was made may be somewhere else, such as in a folder below.
    fn missing(&mut self, command: &str) -> Option<String> {
        let words: Vec<&str> = command.split_whitespace().collect();
        for runner in RUNNERS {
            let call = runner.calls.iter().find(|call| words.starts_with(call));
            if let Some(name) = call.and_then(|call| words.get(call.len())).filter(|name| is_name(name)) {
                return self.missing_task(runner, name);
            }
        }
        let path = words.first()?.strip_prefix("./").filter(|path| is_path(path))?;
        let is_gone = self.repository.now(path).is_none() && !self.repository.then(path).is_empty();
        is_gone.then(|| format!("there is no file {path}"))
    }

    fn missing_task(&mut self, runner: &Runner, name: &str) -> Option<String> {
        let repository = self.repository;
        let names = self.known.entry(runner.file).or_insert_with(|| names_of(runner, repository)).as_ref()?;
        let what = match runner.file {
            TaskFile::Npm => "script",
            TaskFile::Make => "target",
            TaskFile::Just => "recipe",
            TaskFile::Mise => "task",
            TaskFile::Cargo => "alias",
        };
        (names.then.contains(name) && !names.now.contains(name))
            .then(|| format!("{} has no {what} `{name}`", names.path))
    }
}

/// A name that stands for itself: no option, variable, pattern or place holder.
fn is_name(word: &str) -> bool {
    !word.starts_with('-')
        && word.chars().all(|char| char.is_alphanumeric() || matches!(char, '-' | '_' | ':' | '.' | '/'))
}

fn is_path(word: &str) -> bool {
    is_name(word) && !word.split('/').any(|part| part == "..")
}

/// `None` where the names of the file as it is cannot all be told: then nothing is known to be gone.
fn names_of(runner: &Runner, repository: &dyn Repository) -> Option<Names> {
    let names = |text: &str| match runner.file {
        TaskFile::Npm => npm(text),
        TaskFile::Make => make(text),
        TaskFile::Just => just(text),
        TaskFile::Mise => table(text, "tasks"),
        TaskFile::Cargo => table(text, "alias"),
    };
    let then: BTreeSet<String> =
        runner.paths.iter().flat_map(|path| repository.then(path)).filter_map(|text| names(&text)).flatten().collect();
    let found = runner.paths.iter().find_map(|path| Some((*path, repository.now(path)?)));
    match found {
        Some((path, text)) => Some(Names { path, then, now: names(&text)? }),
        None => Some(Names { path: runner.paths[0], then, now: BTreeSet::new() }),
    }
}

fn npm(text: &str) -> Option<BTreeSet<String>> {
    let package: serde_json::Value = serde_json::from_str(text).ok()?;
    let scripts = package.as_object()?.get("scripts").and_then(serde_json::Value::as_object);
    Some(scripts.map(|scripts| scripts.keys().cloned().collect()).unwrap_or_default())
}

/// Targets that are written out. A pattern or an included file may have any other.
fn make(text: &str) -> Option<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with(['\t', '#', ' '])) {
        if line.trim_start_matches('-').starts_with("include ") || line.starts_with("sinclude ") {
            return None;
        }
        let Some((targets, rest)) = line.split_once(':') else { continue };
        if rest.starts_with('=') || targets.contains('=') {
            continue;
        }
        if targets.contains(['%', '$']) {
            return None;
        }
        names.extend(targets.split_whitespace().map(str::to_owned));
    }
    Some(names)
}

fn just(text: &str) -> Option<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with([' ', '\t', '#', '['])) {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("import" | "import?" | "mod" | "mod?") => return None,
            Some("alias") => names.extend(words.next().map(str::to_owned)),
            Some("set" | "export" | "unexport") | None => {}
            Some(first) if line.contains(":=") && !first.contains(':') && words.next() == Some(":=") => {}
            Some(first) if line.contains(':') => {
                names.insert(first.trim_start_matches('@').trim_end_matches(':').to_owned());
            }
            Some(_) => {}
        }
    }
    Some(names)
}

/// The keys of `[name]` and the names of `[name.x]`.
fn table(text: &str, name: &str) -> Option<BTreeSet<String>> {
    let document: toml::Table = text.parse().ok()?;
    // Tasks may also be files of a folder, or come from elsewhere.
    if document.contains_key("task_config") {
        return None;
    }
    let table = document.get(name).and_then(toml::Value::as_table);
    Some(table.map(|table| table.keys().cloned().collect()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::model::{ModelCommand, ModelStep};

    /// Now and then.
    struct Files<'a>(&'a [(&'a str, &'a str)], &'a [(&'a str, &'a str)]);

    impl Repository for Files<'_> {
        fn now(&self, path: &str) -> Option<String> {
            self.0.iter().find(|(known, _)| *known == path).map(|(_, text)| (*text).to_owned())
        }

        fn then(&self, path: &str) -> Vec<String> {
            self.1.iter().filter(|(known, _)| *known == path).map(|(_, text)| (*text).to_owned()).collect()
        }
    }

    const NOW: &[(&str, &str)] = &[
        ("package.json", r#"{"scripts": {"test": "x", "lint:fix": "x"}}"#),
        ("Makefile", ".PHONY: all test\nVERSION := 1\nall: test\n\techo a: b\nbuild test: x\n"),
        ("justfile", "set shell := ['sh']\nversion := 'x'\nalias t := test\n@test *args: lint\n  x\nlint:\n  x\n"),
        ("mise.toml", "[tasks]\nfmt = 'x'\n[tasks.test]\nrun = 'x'\n"),
        ("scripts/here.sh", ""),
    ];
    const THEN: &[(&str, &str)] = &[
        ("package.json", r#"{"scripts": {"test": "x", "lint": "x"}}"#),
        ("Makefile", "all gone: x\n"),
        ("justfile", "lint:\n  x\nversion:\n  x\n"),
        ("mise.toml", "[tasks]\ngone = 'x'\n"),
        (".cargo/config.toml", "[alias]\nxtask = 'run'\n"),
        ("scripts/old.sh", ""),
        ("scripts/here.sh", ""),
    ];

    fn said(files: &Files<'_>, command: &str) -> Option<String> {
        let command = ModelCommand { command: command.to_owned(), runs: 1 };
        let step = ModelStep { id: "x".to_owned(), commands: vec![command], ..ModelStep::default() };
        let model = ProcessModel { steps: vec![step], ..ProcessModel::default() };
        gone(&model, files).pop().map(|finding| finding.sentence.rsplit(": ").next().unwrap_or_default().to_owned())
    }

    #[test]
    fn what_is_gone_is_said_and_what_may_be_there_is_not() {
        for (command, expected) in [
            ("npm run test", None),
            ("npm run lint:fix", None),
            ("npm run lint", Some("package.json has no script `lint`")),
            ("npm run of-a-folder-below", None),
            ("npm test", None),
            ("make", None),
            ("make test", None),
            ("make build", None),
            ("make -j4 gone", None),
            ("make gone", Some("Makefile has no target `gone`")),
            ("make VERSION=2 x", None),
            ("just t", None),
            ("just test <arg>", None),
            ("just lint", None),
            ("just version", Some("justfile has no recipe `version`")),
            ("mise run test", None),
            ("mise run gone", Some("mise.toml has no task `gone`")),
            ("cargo xtask dist", Some(".cargo/config.toml has no alias `xtask`")),
            ("cargo nextest run", None),
            ("./scripts/here.sh", None),
            ("./scripts/old.sh --all", Some("there is no file scripts/old.sh")),
            ("./never/known.sh", None),
            ("./../old.sh", None),
            ("make <arg>", None),
        ] {
            assert_eq!(said(&Files(NOW, THEN), command).as_deref(), expected, "{command}");
        }
    }

    #[test]
    fn where_names_cannot_all_be_told_nothing_is_gone() {
        for (path, then, now, command) in [
            ("Makefile", "gone: x\n", "include other.mk\nall: x\n", "make gone"),
            ("Makefile", "gone.o: x\n", "%.o: %.c\n", "make gone.o"),
            ("justfile", "gone:\n  x\n", "import 'other.just'\nall:\n  x\n", "just gone"),
            ("package.json", r#"{"scripts": {"gone": ""}}"#, "{", "npm run gone"),
            (
                "mise.toml",
                "[tasks]\ngone = ''\n",
                "[task_config]\nincludes = ['tasks']\n[tasks]\na = 'x'\n",
                "mise run gone",
            ),
        ] {
            assert_eq!(said(&Files(&[(path, now)], &[(path, then)]), command), None, "{now}");
            assert!(said(&Files(&[], &[(path, then)]), command).is_some(), "the whole file is gone: {path}");
        }
    }
}
