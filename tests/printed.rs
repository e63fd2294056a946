//! Everything that people read on the terminal, on the repository of `backstory demo`: a change of words is one diff to
//! read. After such a change, look at what `INSTA_UPDATE=always cargo test --test printed` writes to `tests/snapshots/`.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::fs;
use std::path::PathBuf;

use backstory::cli::Cli;
use clap::CommandFactory;
use insta::{Settings, assert_snapshot};
use regex::{NoExpand, Regex, escape};
use support::{PROGRAM, Ran, Sandbox, run};

/// What `backstory demo --keep` leaves: a repository with one commit of an agent's work, and the home with its session.
struct Demo {
    sandbox: Sandbox,
    folder: PathBuf,
    printed: Ran,
}

impl Demo {
    fn new() -> Self {
        let sandbox = Sandbox::without_repository("elsewhere");
        let printed = run(sandbox.command(PROGRAM).env("TMPDIR", sandbox.base()).args(["demo", "--keep"]), "");
        let kept = printed.out.lines().find_map(|line| line.strip_prefix("Kept: ")).unwrap();
        let folder = fs::canonicalize(kept).unwrap();
        Self { sandbox, folder, printed }
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Ran {
        let mut command = self.sandbox.command(program);
        let home = self.folder.join("home");
        command.current_dir(self.folder.join("shop")).env("GIT_CONFIG_GLOBAL", home.join(".gitconfig"));
        run(command.env("HOME", home).args(arguments), "")
    }

    /// Holds what a command prints, and how it ends, to the snapshot of that name.
    fn holds(&self, name: &str, arguments: &[&str]) {
        self.holds_what(name, arguments, &self.run(PROGRAM, arguments));
    }

    fn holds_what(&self, name: &str, arguments: &[&str], ran: &Ran) {
        let end = if ran.code == 0 { String::new() } else { format!("(exit status {})\n", ran.code) };
        let err = if ran.err.is_empty() { String::new() } else { format!("--- standard error\n{}", ran.err) };
        let command = format!("$ backstory {}", arguments.join(" "));
        let text = self.steady(format!("{}\n{end}{}{err}", command.trim_end(), ran.out));
        let mut settings = Settings::clone_current();
        settings.set_omit_expression(true);
        settings.set_prepend_module_to_snapshot(false);
        settings.bind(|| assert_snapshot!(name, text));
    }

    /// A text with a name for what differs from run to run.
    fn steady(&self, text: String) -> String {
        let folder = self.folder.to_string_lossy();
        let slug: String = folder.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let base = self.sandbox.base();
        let mut filters = vec![
            (r"row-[0-9a-f]{24}".to_owned(), "row-[id]"),
            (r"turn-\d{13}".to_owned(), "turn-[time]"),
            (escape(&folder), "[demo]"),
            (escape(&slug), "[demo-]"),
            (escape(&base.to_string_lossy()), "[base]"),
            (escape(PROGRAM), "[program]"),
        ];
        for (revision, stand_in) in [("HEAD", "[head]"), ("HEAD~1", "[parent]")] {
            let id = self.run("git", &["rev-parse", revision]).out.trim().to_owned();
            filters.push((format!(r"\b{}[0-9a-f]*\b", &id[..7]), stand_in));
        }
        for (form, stand_in) in [
            (r"\b[0-9a-f]{64}\b", "[sha256]"),
            (r"\b[0-9a-f]{40}\b", "[commit]"),
            (r"\b[0-9a-f]{32}\b", "[id]"),
            (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[time]"),
            (r"\b20[2-9]\d-\d\d-\d\d( \d\d:\d\d)?( UTC)?", "[time]"),
            (r"\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4} \+0000", "[time]"),
            (r#""split":"\w+""#, r#""split":"[by its id]""#),
            (r"\bgit: \d.*", "git: [version]"),
            (concat!(r"\b", env!("CARGO_PKG_VERSION"), r"\b"), "[version]"),
        ] {
            filters.push((form.to_owned(), stand_in));
        }
        filters.iter().fold(text, |text, (form, stand_in)| {
            Regex::new(form).unwrap().replace_all(&text, NoExpand(stand_in)).into_owned()
        })
    }
}

#[test]
fn the_commands_that_read_print_what_the_snapshots_say() {
    let demo = Demo::new();
    demo.holds_what("demo", &["demo", "--keep"], &demo.printed);
    for (name, arguments) in [
        ("show", &["show", "HEAD"][..]),
        ("show_without_a_record", &["show", "HEAD~1"]),
        ("show_an_unknown_revision", &["show", "nothing"]),
        ("log", &["log"]),
        ("log_oneline", &["log", "-n", "2", "--oneline"]),
        ("log_format", &["log", "--format", "%h %as %an|%{agents}|%{share}|%{checked}", "--", "src"]),
        ("log_format_with_a_mistake", &["log", "--format", "%h %{agent}"]),
        ("why", &["why", "src/price.py:4"]),
        ("why_a_line_without_a_record", &["why", "src/price.py:99"]),
        ("why_a_column", &["why", "src/price.py:4:9"]),
        ("why_a_range", &["why", "src/price.py:2-6"]),
        ("why_a_file", &["why", "src/price.py"]),
        ("why_a_range_that_ends_before_it_begins", &["why", "src/price.py:6-2"]),
        ("tried", &["tried", "--file", "src/price.py"]),
        ("tried_nothing", &["tried", "a parser that loops for ever"]),
        ("search", &["search", "discount"]),
        ("brief", &["brief", "src/price.py"]),
        ("handoff", &["handoff"]),
        ("outcomes", &["outcomes"]),
        ("coverage", &["coverage"]),
        ("describe", &["describe", "HEAD~1..HEAD"]),
        ("check", &["check", "HEAD~1..HEAD"]),
        ("sessions", &["sessions"]),
        ("doctor", &["doctor"]),
        ("nothing", &[]),
        ("an_unknown_command", &["shwo"]),
    ] {
        demo.holds(name, arguments);
    }
}

#[test]
fn what_sets_up_and_takes_back_prints_what_the_snapshots_say() {
    let demo = Demo::new();
    demo.holds("init_again", &["init"]);
    demo.holds("init_share", &["init", "--share"]);
    demo.holds("init_mcp", &["init", "--mcp", "claude-code", "codex"]);
    demo.holds("init_mcp_write", &["init", "--mcp", "claude-code,codex", "--write"]);
    demo.holds("init_mcp_again", &["init", "--mcp", "codex", "--write"]);
    demo.holds("uninstall", &["uninstall"]);
    demo.holds("uninstall_again", &["uninstall"]);
    demo.holds("doctor_without_hooks", &["doctor"]);
    demo.holds("init", &["init"]);
}

#[test]
fn each_help_is_what_its_snapshot_says() {
    let demo = Demo::new();
    demo.holds("help", &["--help"]);
    for command in Cli::command().get_subcommands().filter(|command| !command.is_hide_set()) {
        let name = command.get_name();
        demo.holds(&format!("help_{name}"), &[name, "--help"]);
        for part in command.get_subcommands().filter(|part| !part.is_hide_set()) {
            demo.holds(&format!("help_{name}_{}", part.get_name()), &[name, part.get_name(), "--help"]);
        }
    }
}
