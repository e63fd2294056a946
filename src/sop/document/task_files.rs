//! Files in which a repository gives its commands names and its tools versions: what a task runs, and which versions are asked for.

use super::repository_guide::{AskedVersions, ReadFile, TaskOfCommand};
use crate::process::gone::{CalledTask, TaskFile, called_task};

/// Characters of what a task runs; more is no line that helps.
const LINE: usize = 160;
/// Folders of tasks that are files of their own.
const MISE_FOLDERS: [&str; 4] = ["mise-tasks", ".mise-tasks", ".mise/tasks", "mise/tasks"];

/// The task that a command calls, where a file of the repository defines it.
pub(super) fn task_of(command: &str, file: ReadFile<'_>) -> Option<TaskOfCommand> {
    let called = called_task(command)?;
    let (path, runs) = defined(&called, file)?;
    let runs = runs.filter(|line| line.chars().count() <= LINE);
    Some(TaskOfCommand { command: command.to_owned(), task: called.name.to_owned(), path, runs })
}

/// The file that defines it, and what it runs where that is one line.
fn defined(called: &CalledTask<'_>, file: ReadFile<'_>) -> Option<(String, Option<String>)> {
    let found = called.paths.iter().find_map(|path| {
        let text = file(path)?;
        let runs = match called.file {
            TaskFile::Npm => script(&text, called.name),
            TaskFile::Mise => mise_task(&text, called.name),
            TaskFile::Make | TaskFile::Just => recipe(&text, called.name),
            TaskFile::Cargo => None,
        }?;
        Some(((*path).to_owned(), one_line(&runs)))
    });
    let is_mise = called.file == TaskFile::Mise;
    let in_folder = || {
        let name = called.name.replace(':', "/");
        let paths = MISE_FOLDERS.iter().map(|folder| format!("{folder}/{name}"));
        paths.filter(|_| is_mise).find(|path| file(path).is_some()).map(|path| (path, None))
    };
    found.or_else(in_folder)
}

fn one_line(lines: &str) -> Option<String> {
    let mut lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next()?;
    lines.next().is_none().then(|| first.trim_start_matches('@').to_owned())
}

fn script(text: &str, name: &str) -> Option<String> {
    let package: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(package.get("scripts")?.get(name)?.as_str()?.to_owned())
}

fn mise_task(text: &str, name: &str) -> Option<String> {
    let document: toml::Table = text.parse().ok()?;
    let task = document.get("tasks")?.get(name)?;
    let run = task.get("run").unwrap_or(task);
    let lines = |list: &toml::value::Array| list.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>().join("\n");
    Some(run.as_str().map(str::to_owned).or_else(|| run.as_array().map(lines)).unwrap_or_default())
}

/// The indented lines below `name:` of a Makefile or a justfile.
fn recipe(text: &str, name: &str) -> Option<String> {
    let is_head = |line: &str| {
        let head = line.split(':').next().unwrap_or_default().trim_start_matches('@');
        line.contains(':') && !line.contains(":=") && head.split_whitespace().next() == Some(name)
    };
    let mut lines = text.lines().skip_while(|line| line.starts_with([' ', '\t']) || !is_head(line)).skip(1);
    let mut recipe = Vec::new();
    let first = text.lines().any(|line| !line.starts_with([' ', '\t']) && is_head(line));
    for line in lines.by_ref().take_while(|line| line.starts_with([' ', '\t'])) {
        recipe.push(line.trim());
    }
    first.then(|| recipe.join("\n"))
}

/// What files of the root ask for, a row a file.
pub(super) fn versions(file: ReadFile<'_>) -> Vec<AskedVersions> {
    type Tools = fn(&str) -> Vec<(String, String)>;
    let readers: [(&str, Tools); 10] = [
        ("mise.toml", mise_tools),
        (".mise.toml", mise_tools),
        (".tool-versions", tool_versions),
        ("go.mod", go_mod),
        ("rust-toolchain.toml", rust_toolchain),
        ("rust-toolchain", |text| alone("rust", text)),
        (".nvmrc", |text| alone("node", text)),
        (".node-version", |text| alone("node", text)),
        (".python-version", |text| alone("python", text)),
        ("package.json", package_engines),
    ];
    let rows = readers.into_iter().filter_map(|(path, tools)| {
        let tools = tools(&file(path)?);
        (!tools.is_empty()).then(|| AskedVersions { path: path.to_owned(), tools })
    });
    rows.collect()
}

fn pair(tool: &str, version: &str) -> (String, String) {
    (tool.to_owned(), version.to_owned())
}

fn mise_tools(text: &str) -> Vec<(String, String)> {
    let document: toml::Table = text.parse().unwrap_or_default();
    let tools = document.get("tools").and_then(toml::Value::as_table);
    let version = |value: &toml::Value| value.as_str().or_else(|| value.get("version")?.as_str()).map(str::to_owned);
    let tools = tools.into_iter().flatten().filter_map(|(tool, value)| Some((tool.clone(), version(value)?)));
    tools.collect()
}

fn tool_versions(text: &str) -> Vec<(String, String)> {
    let line = |line: &str| {
        let mut words = line.split('#').next()?.split_whitespace();
        Some(pair(words.next()?, words.next()?))
    };
    text.lines().filter_map(line).collect()
}

fn go_mod(text: &str) -> Vec<(String, String)> {
    let version = text.lines().find_map(|line| line.strip_prefix("go ")).map(str::trim);
    version.map(|version| pair("go", version)).into_iter().collect()
}

fn rust_toolchain(text: &str) -> Vec<(String, String)> {
    let document: toml::Table = text.parse().unwrap_or_default();
    let channel = document.get("toolchain").and_then(|table| table.get("channel")).and_then(toml::Value::as_str);
    channel.map(|channel| pair("rust", channel)).into_iter().collect()
}

fn alone(tool: &str, text: &str) -> Vec<(String, String)> {
    let version = text.trim();
    let is_version = !version.is_empty() && !version.contains(char::is_whitespace);
    is_version.then(|| pair(tool, version.trim_start_matches('v'))).into_iter().collect()
}

fn package_engines(text: &str) -> Vec<(String, String)> {
    let package: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let engines = package.get("engines").and_then(serde_json::Value::as_object);
    let mut tools: Vec<(String, String)> =
        engines.into_iter().flatten().filter_map(|(tool, version)| Some(pair(tool, version.as_str()?))).collect();
    let manager = package.get("packageManager").and_then(serde_json::Value::as_str);
    tools.extend(
        manager
            .and_then(|manager| manager.split_once('@'))
            .map(|(tool, version)| pair(tool, version.split('+').next().unwrap_or(version))),
    );
    tools
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_told_with_its_file_and_what_it_runs() {
        let file = |path: &str| {
            let text = match path {
                "mise.toml" => {
                    "[tasks.test]\nrun = \"go test ./...\"\n[tasks.build]\nrun = \"\"\"\nA=1\ngo build\n\"\"\"\n[tasks]\nfmt = \"gofmt -w .\"\n"
                }
                "mise-tasks/lint" => "#!/bin/sh\ngolangci-lint run\n",
                "package.json" => r#"{"scripts": {"test:ci": "vitest run"}}"#,
                "Makefile" => "SHELL := sh\n.PHONY: test\ntest: build\n\t@go test ./...\n\nbuild:\n\ta\n\tb\n",
                "justfile" => "name := 'x'\ntest *args:\n    cargo test {{args}}\n",
                _ => return None,
            };
            Some(text.to_owned())
        };
        for (command, path, runs) in [
            ("mise run test", "mise.toml", Some("go test ./...")),
            ("mise run test -v", "mise.toml", Some("go test ./...")),
            ("mise run fmt", "mise.toml", Some("gofmt -w .")),
            ("mise run build", "mise.toml", None),
            ("mise run lint", "mise-tasks/lint", None),
            ("npm run test:ci", "package.json", Some("vitest run")),
            ("make test", "Makefile", Some("go test ./...")),
            ("make build", "Makefile", None),
            ("just test", "justfile", Some("cargo test {{args}}")),
        ] {
            let found = task_of(command, &file).unwrap_or_else(|| panic!("{command}"));
            assert_eq!((found.path.as_str(), found.runs.as_deref()), (path, runs), "{command}");
        }
        for none in ["mise run deploy", "make <target>", "go test ./...", "npm install", "just --list", "make"] {
            assert_eq!(task_of(none, &file), None, "{none}");
        }
    }

    #[test]
    fn versions_are_those_that_files_ask_for() {
        let file = |path: &str| {
            let text = match path {
                "mise.toml" => "[tools]\ngo = { version = '1.25.6', postinstall = 'x' }\nshellcheck = 'latest'\n",
                ".tool-versions" => "# ours\nnodejs 22.1.0\n\nruby\n",
                "go.mod" => "module example.com/shop\n\ngo 1.25.6\n",
                ".nvmrc" => "v22\n",
                "rust-toolchain.toml" => "[toolchain]\nchannel = \"1.90\"\n",
                "package.json" => r#"{"engines": {"node": ">=22"}, "packageManager": "pnpm@9.1.0+sha512.x"}"#,
                ".python-version" => "see the readme\n",
                _ => return None,
            };
            Some(text.to_owned())
        };
        let told: Vec<String> = versions(&file)
            .iter()
            .flat_map(|row| row.tools.iter().map(move |(tool, version)| format!("{}: {tool} {version}", row.path)))
            .collect();
        assert_eq!(
            told,
            [
                "mise.toml: go 1.25.6",
                "mise.toml: shellcheck latest",
                ".tool-versions: nodejs 22.1.0",
                "go.mod: go 1.25.6",
                "rust-toolchain.toml: rust 1.90",
                ".nvmrc: node 22",
                "package.json: node >=22",
                "package.json: pnpm 9.1.0"
            ]
        );
    }
}
