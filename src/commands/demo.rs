//! `backstory demo`: the whole way on an example, in a temporary repository and home folder, by the same program and the
//! same hooks as in real use. No network, no account, nothing of the user's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use clap::Args;
use jiff::SignedDuration;

use crate::context::{Context, Ending};
use crate::environment::Environment;

/// An example session as Claude Code writes one; `{{T-90}}` stands for a moment 90 seconds before now.
const SESSION: &str = include_str!("../../templates/demo/session.jsonl");
const SESSION_ID: &str = "7d0c2a8e-5b1f-4e0a-9c3d-2f6b8a1e4d90";
const PRICE_BEFORE: &str = include_str!("../../templates/demo/price_before.py");
const PRICE_AFTER: &str = include_str!("../../templates/demo/price_after.py");
const TEST: &str = include_str!("../../templates/demo/test_price.py");
const MESSAGE: &str = "Add a percentage discount\n\nAI-Correction: a discount must never pay the customer\n";

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Keep the temporary folder, to look around in it
    #[arg(long)]
    pub keep: bool,
}

/// The folders of the demo and how to run programs in them.
struct Stage {
    repository: PathBuf,
    home: PathBuf,
    path: std::ffi::OsString,
    program: PathBuf,
}

pub(crate) fn run(args: &DemoArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let folder =
        tempfile::Builder::new().prefix("backstory-demo-").tempdir().context("no temporary folder could be made")?;
    let stage = Stage::build(folder.path(), context.environment)?;
    let output = &mut *context.output;
    output.line("backstory demo: one commit, from the session of an agent to training data.\n")?;
    output.line(&format!(
        "1. A repository, with the hooks that `backstory init` installs: {}",
        stage.repository.display()
    ))?;
    stage.git(&["init", "--quiet", "--initial-branch=main"])?;
    stage.write("src/price.py", PRICE_BEFORE)?;
    stage.git(&["add", "."])?;
    stage.git(&["commit", "--quiet", "--message", "Sum up prices"])?;
    output.line(&indent(&stage.backstory(&["init"])?))?;
    output.line("2. What an agent left in its own folder: the example session in")?;
    let transcript = stage.leave_session(context.environment)?;
    output.line(&format!("   {}\n", transcript.display()))?;
    output.line("3. `git commit` runs the hooks; a person has changed the last line by hand before. The commit:")?;
    stage.write("src/price.py", PRICE_AFTER)?;
    stage.write("src/test_price.py", TEST)?;
    stage.git(&["add", "src"])?;
    stage.git(&["commit", "--quiet", "--message", MESSAGE])?;
    output.line(&indent(&stage.git(&["log", "-1", "--stat"])?))?;
    output.line("4. Its record, a note in refs/notes/backstory, shown by `backstory show`:")?;
    output.line(&indent(&stage.backstory(&["show", "HEAD"])?))?;
    output.line("5. The pull-request description, by `backstory describe HEAD~1..HEAD`:")?;
    output.line(&indent(&stage.backstory(&["describe", "HEAD~1..HEAD"])?))?;
    let exported = stage.repository.join("training");
    let exported_to = exported.to_string_lossy().into_owned();
    stage.backstory(&["export", "HEAD~1..HEAD", "--format", "sft", "--out", &exported_to])?;
    output.line(&format!("6. A training record, by `backstory export --format sft`, in {}:", exported.display()))?;
    for file in jsonl_files(&exported)? {
        output.line(&indent(&fs::read_to_string(file)?))?;
    }
    if args.keep {
        output.line(&format!("Kept: {}", folder.keep().display()))?;
    } else {
        output.line("The folder is removed again; `backstory demo --keep` keeps it. Next: `backstory init` in a repository of yours.")?;
    }
    Ok(Ending::Done)
}

impl Stage {
    fn build(folder: &Path, environment: &Environment) -> anyhow::Result<Self> {
        let folder = folder.canonicalize()?;
        let stage = Self {
            repository: folder.join("shop"),
            home: folder.join("home"),
            path: environment.variables.get("PATH").cloned().unwrap_or_default(),
            program: std::env::current_exe().context("this program's own path is not known")?,
        };
        fs::create_dir_all(&stage.repository)?;
        fs::create_dir_all(&stage.home)?;
        fs::write(
            stage.home.join(".gitconfig"),
            "[user]\n\tname = Robin\n\temail = robin@example.com\n[core]\n\tautocrlf = false\n",
        )?;
        Ok(stage)
    }

    fn write(&self, path: &str, text: &str) -> anyhow::Result<()> {
        let path = self.repository.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&self.repository))?;
        Ok(fs::write(path, text)?)
    }

    /// Puts the example session where Claude Code keeps its own.
    fn leave_session(&self, environment: &Environment) -> anyhow::Result<PathBuf> {
        let cwd = self.repository.to_string_lossy().into_owned();
        let slug: String = cwd.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let folder = self.home.join(".claude").join("projects").join(slug);
        fs::create_dir_all(&folder)?;
        let quoted = serde_json::to_string(&cwd)?;
        let mut text = SESSION.replace("{{CWD}}", quoted.trim_matches('"')).replace("{{SESSION}}", SESSION_ID);
        while let Some((start, rest)) = text.split_once("{{T-") {
            let (seconds, end) = rest.split_once("}}").context("the example session is damaged")?;
            let at = environment.now - SignedDuration::from_secs(seconds.parse()?);
            text = format!("{start}{at:.3}{end}");
        }
        let path = folder.join(format!("{SESSION_ID}.jsonl"));
        fs::write(&path, text)?;
        Ok(path)
    }

    fn git(&self, arguments: &[&str]) -> anyhow::Result<String> {
        self.run(Command::new("git").args(arguments), "git", arguments)
    }

    fn backstory(&self, arguments: &[&str]) -> anyhow::Result<String> {
        self.run(Command::new(&self.program).args(arguments), "backstory", arguments)
    }

    /// Runs a program that sees nothing but the demo's own folders.
    fn run(&self, command: &mut Command, name: &str, arguments: &[&str]) -> anyhow::Result<String> {
        let done = command
            .current_dir(&self.repository)
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", &self.home)
            .env("USERPROFILE", &self.home)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("NO_COLOR", "1")
            .output()
            .with_context(|| format!("{name} could not be started; is it installed?"))?;
        if !done.status.success() {
            bail!(
                "{name} {} ended with {}: {}",
                arguments.join(" "),
                done.status,
                String::from_utf8_lossy(&done.stderr)
            );
        }
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    }
}

fn jsonl_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(jsonl_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "jsonl") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn indent(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("   | {line}\n") }).collect()
}
