//! The agents that are known by name: one row each, with all that the program needs to recognise them. `capture` adds a
//! reader for those whose sessions can be read; nothing else names an agent.
//!
//! Variables: `is-ai-agent` 0.7, the agents' own sources, and what was seen in their shells in November 2026. Addresses, lines
//! and keys are from the agents' own sources and from public commits, November 2026; the names are our reading of policies such
//! as that of Linux (`AGENT:MODEL`). People and plain bots are not in it.

use super::agent::Agent;
use super::agent_row::Sign::{Branch, Email, EmailEnd, Key, Line, Name, NameEnd, SessionKey, Subject};
use super::agent_row::{AgentRow, KeptFiles, ShellVariables, Sign, presence, presence_as, row, session_in};
use super::server_settings::ServerForm::{Json, Toml};
use super::server_settings::{PLAIN, ServerSettings};

/// Every agent that is recognised, in a transcript, an environment or a commit message. Where one agent sets the variable of
/// another (Kilo is made from OpenCode), it comes before it. Aider has none: it also commits what the person had open, in
/// the same environment.
pub static AGENTS: &[AgentRow] = &[
    row("claude-code", "Claude Code")
        .starts_servers_of(ServerSettings {
            file: ".mcp.json",
            others: &[],
            form: Json { under: "mcpServers", value: PLAIN },
            remark: Some("it asks once whether the servers of a repository may be started"),
        })
        .sets(&[session_in("CLAUDE_CODE_SESSION_ID"), presence("CLAUDECODE"), presence("CLAUDE_CODE")])
        .signs(&[
            Email("noreply@anthropic.com"),
            EmailEnd("+claude[bot]@users.noreply.github.com"),
            EmailEnd("+claude-code-action[bot]@users.noreply.github.com"),
            Name("claude code"),
            Name("claude"),
            Line("Generated with [Claude Code](https://claude."),
            SessionKey("claude-session"),
        ])
        .with_reader()
        .moved_by(&["CLAUDE_CONFIG_DIR"])
        .by(&["anthropic"])
        .shows_plans_by("ExitPlanMode")
        .heads_messages_with("Another Claude session sent a message:")
        .finds_rules_in("CLAUDE.md")
        .names_its_models()
        .keeps(KeptFiles {
            folders: &[
                ".claude/projects",
                ".claude/todos",
                ".claude/transcripts",
                ".claude/file-history",
                ".claude/shell-snapshots",
            ],
            files: &[".claude/history.jsonl"],
            ..KeptFiles::NOTHING
        }),
    row("codex", "Codex")
        .starts_servers_of(ServerSettings {
            file: ".codex/config.toml",
            others: &[],
            form: Toml { under: "mcp_servers", lines: "command = \"backstory\"\nargs = [\"mcp\"]\n" },
            remark: Some("it reads this file in a trusted project only"),
        })
        .sets(&[session_in("CODEX_THREAD_ID"), presence("CODEX_TOOL_CALL_ID"), presence("CODEX_SANDBOX")])
        .says(ShellVariables {
            version: Some("CODEX_VERSION"),
            call: Some("CODEX_TOOL_CALL_ID"),
            ..ShellVariables::NOTHING
        })
        .signs(&[
            Email("noreply@openai.com"),
            Email("codex@openai.com"),
            Email("codex@example.com"),
            EmailEnd("+chatgpt-codex-connector[bot]@users.noreply.github.com"),
            EmailEnd("+openai-codex[bot]@users.noreply.github.com"),
            Name("codex"),
            Name("openai codex"),
            Name("codex cli"),
            Branch("codex/"),
        ])
        .with_reader()
        .moved_by(&["CODEX_HOME"])
        .by(&["openai"])
        .keeps(KeptFiles {
            folders: &[".codex"],
            settings: &[
                ".codex/agents",
                ".codex/config.toml",
                ".codex/environments",
                ".codex/hooks",
                ".codex/hooks.json",
                ".codex/AGENTS.md",
                ".codex/prompts",
                ".codex/rules",
                ".codex/skills",
            ],
            ..KeptFiles::NOTHING
        }),
    row("copilot", "GitHub Copilot")
        .starts_servers_of(ServerSettings {
            file: ".github/mcp.json",
            others: &[],
            form: Json {
                under: "mcpServers",
                value: r#"{ "type": "local", "command": "backstory", "args": ["mcp"], "tools": ["*"] }"#,
            },
            remark: None,
        })
        .sets(&[session_in("COPILOT_AGENT_SESSION_ID"), presence("COPILOT_CLI")])
        .says(ShellVariables { version: Some("COPILOT_CLI_BINARY_VERSION"), ..ShellVariables::NOTHING })
        .signs(&[
            EmailEnd("+copilot@users.noreply.github.com"),
            EmailEnd("+copilot[bot]@users.noreply.github.com"),
            Email("copilot@github.com"),
            Name("github copilot"),
            Name("copilot"),
            Key("agent-logs-url", &[]),
        ])
        .with_reader()
        .moved_by(&["COPILOT_HOME"])
        .by(&["github", "microsoft"])
        .finds_rules_in(".github/copilot-instructions.md")
        .keeps(KeptFiles { folders: &[".copilot/session-state"], ..KeptFiles::NOTHING }),
    row("copilot-chat", "GitHub Copilot Chat").with_reader().by(&["github", "microsoft"]),
    row("cursor", "Cursor")
        .starts_servers_of(ServerSettings {
            file: ".cursor/mcp.json",
            others: &[],
            form: Json { under: "mcpServers", value: PLAIN },
            remark: Some("switch the server on in its settings"),
        })
        .sets(&[presence("CURSOR_AGENT")])
        .signs(&[
            Email("cursoragent@cursor.com"),
            Email("agent@cursor.com"),
            EmailEnd("+cursor[bot]@users.noreply.github.com"),
            Name("cursor"),
            Name("cursor agent"),
            Key("made-with", &["cursor"]),
            Line("Made with Cursor"),
            Line("Generated with Cursor"),
            Line("<!-- CURSOR_AGENT_PR_BODY_BEGIN -->"),
        ])
        .with_reader()
        .moved_by(&["CURSOR_CONFIG_DIR"])
        .files_unread_in(&[
            ".cursor/chats",
            ".config/Cursor/User/globalStorage/state.vscdb",
            "Library/Application Support/Cursor/User/globalStorage/state.vscdb",
            "AppData/Roaming/Cursor/User/globalStorage/state.vscdb",
        ])
        .keeps(KeptFiles { folders: &[".cursor/chats"], ..KeptFiles::NOTHING }),
    row("gemini", "Gemini CLI")
        .starts_servers_of(ServerSettings {
            file: ".gemini/settings.json",
            others: &[],
            form: Json { under: "mcpServers", value: PLAIN },
            remark: Some("it reads this file in a trusted folder only"),
        })
        .sets(&[presence("GEMINI_CLI")])
        .signs(&[Name("gemini cli"), Name("gemini")])
        .with_reader()
        .moved_by(&["GEMINI_CLI_HOME"])
        .by(&["google"])
        .finds_rules_in("GEMINI.md")
        .keeps(KeptFiles { folders: &[".gemini/tmp"], ..KeptFiles::NOTHING }),
    row("gemini-code-assist", "Gemini Code Assist")
        .signs(&[EmailEnd("+gemini-code-assist[bot]@users.noreply.github.com"), Name("gemini code assist")]),
    row("amp", "Amp")
        .sets(&[session_in("AMP_CURRENT_THREAD_ID")])
        .signs(&[Email("amp@ampcode.com"), Name("amp"), SessionKey("amp-thread-id")])
        .with_reader(),
    row("qwen", "Qwen Code")
        .starts_servers_of(ServerSettings {
            file: ".qwen/settings.json",
            others: &[],
            form: Json { under: "mcpServers", value: PLAIN },
            remark: None,
        })
        .sets(&[session_in("QWEN_CODE_SESSION_ID"), presence("QWEN_CODE")])
        .says(ShellVariables {
            version: Some("QWEN_CODE_STARTUP_VERSION"),
            model: Some("QWEN_CODE_MODEL"),
            ..ShellVariables::NOTHING
        })
        .signs(&[Email("qwen-coder@alibabacloud.com"), Name("qwen code"), Name("qwen-coder")])
        .with_reader()
        .moved_by(&["QWEN_RUNTIME_DIR", "QWEN_HOME"])
        .keeps(KeptFiles { folders: &[".qwen/tmp", ".qwen/projects"], ..KeptFiles::NOTHING }),
    row("cline", "Cline")
        .sets(&[session_in("CLINE_TASK_ID"), presence("CLINE_ACTIVE"), presence("CLINE_CONNECTOR_CLI_LAUNCH")])
        .with_reader()
        .moved_by(&["CLINE_DATA_DIR", "CLINE_DIR"])
        .signs(&[Email("noreply@cline.bot"), EmailEnd("+cline[bot]@users.noreply.github.com"), Name("cline")]),
    row("pi", "Pi")
        .sets(&[session_in("PI_SESSION_ID")])
        .says(ShellVariables { model: Some("PI_MODEL"), ..ShellVariables::NOTHING })
        .with_reader()
        .moved_by(&["PI_CODING_AGENT_DIR", "PI_CODING_AGENT_SESSION_DIR", "PI_SESSION_FILE"]),
    row("kilo", "Kilo")
        .sets(&[presence_as("KILO", "1"), presence("KILOCODE_VERSION")])
        .says(ShellVariables { version: Some("KILOCODE_VERSION"), ..ShellVariables::NOTHING })
        .with_reader()
        .signs(&[Name("kilo"), Name("kilo code")]),
    row("opencode", "OpenCode")
        .starts_servers_of(ServerSettings {
            file: "opencode.json",
            others: &["opencode.jsonc"],
            form: Json { under: "mcp", value: r#"{ "type": "local", "command": ["backstory", "mcp"] }"# },
            remark: None,
        })
        .sets(&[presence("OPENCODE")])
        .with_reader()
        .moved_by(&["OPENCODE_DB"])
        .signs(&[
            Email("noreply@opencode.ai"),
            Email("opencode-agent[bot]@users.noreply.github.com"),
            EmailEnd("+opencode-agent[bot]@users.noreply.github.com"),
            Name("opencode"),
            Line("Generated with [OpenCode](https://opencode.ai"),
        ]),
    row("aider", "Aider")
        .signs(&[
            NameEnd(" (aider)"),
            Email("aider@aider.chat"),
            Email("noreply@aider.chat"),
            Name("aider"),
            Subject("aider: "),
        ])
        .with_reader()
        .moved_by(&["AIDER_CHAT_HISTORY_FILE"])
        .keeps(KeptFiles {
            names: &[".aider"],
            settings: &[".aider.conf.yml", ".aider.model.metadata.json", ".aider.model.settings.yml", ".aiderignore"],
            ..KeptFiles::NOTHING
        }),
    row("devin", "Devin").signs(&[
        EmailEnd("+devin-ai-integration[bot]@users.noreply.github.com"),
        Name("devin ai"),
        Line("Generated with [Devin](https://devin.ai"),
        Line("Generated with [Devin](https://cli.devin.ai/docs"),
    ]),
    row("jules", "Jules").signs(&[EmailEnd("+google-labs-jules[bot]@users.noreply.github.com"), Name("google jules")]),
    row("crush", "Crush")
        .sets(&[presence("CRUSH")])
        .signs(&[Email("crush@charm.land"), Name("crush")])
        .with_reader()
        .keeps(KeptFiles {
            folders: &[".crush/logs"],
            files: &[".crush/crush.db", ".crush/crush.db-shm", ".crush/crush.db-wal"],
            ..KeptFiles::NOTHING
        }),
    row("continue", "Continue")
        .with_reader()
        .moved_by(&["CONTINUE_GLOBAL_DIR"])
        .signs(&[
            Email("noreply@continue.dev"),
            Name("continue"),
            Line("Generated with [Continue](https://continue.dev"),
        ])
        .keeps(KeptFiles { folders: &[".continue/sessions"], ..KeptFiles::NOTHING }),
    row("openhands", "OpenHands")
        .sets(&[presence_as("OR_APP_NAME", "OpenHands")])
        .with_reader()
        .signs(&[Email("openhands@all-hands.dev"), Name("openhands")])
        .keeps(KeptFiles { folders: &[".openhands/conversations", ".openhands/sessions"], ..KeptFiles::NOTHING }),
    row("roo", "Roo Code").with_reader().signs(&[Email("roomote@roocode.com"), Name("roo code")]),
    row("droid", "Factory Droid")
        .sets(&[presence("FACTORY_EXEC_TARGET_AUTONOMY")])
        .signs(&[EmailEnd("+factory-droid[bot]@users.noreply.github.com"), Name("factory droid")])
        .with_reader()
        .moved_by(&["FACTORY_HOME_OVERRIDE"])
        .shows_plans_by("ExitSpecMode")
        .keeps(KeptFiles { folders: &[".factory/sessions"], ..KeptFiles::NOTHING }),
    row("windsurf", "Windsurf")
        .signs(&[Email("noreply@windsurf.com"), Email("noreply@codeium.com"), Name("windsurf")])
        .with_reader(),
    row("replit", "Replit Agent").sets(&[presence("REPLIT_AGENT")]).signs(&[
        Key("replit-commit-author", &["agent", "assistant"]),
        SessionKey("replit-commit-session-id"),
        Name("replit agent"),
    ]),
    row("amazon-q", "Amazon Q Developer")
        .signs(&[
            EmailEnd("+amazon-q-developer[bot]@users.noreply.github.com"),
            Name("amazon q developer"),
            Name("amazon q"),
        ])
        .files_unread_in(&[".local/share/amazon-q"]),
    row("jetbrains-ai", "JetBrains AI")
        .signs(&[EmailEnd("+jetbrains-ai[bot]@users.noreply.github.com"), Name("jetbrains ai")]),
    row("goose", "Goose")
        .sets(&[presence("GOOSE_TERMINAL")])
        .signs(&[Name("goose")])
        .with_reader()
        .moved_by(&["GOOSE_PATH_ROOT"]),
    row("zed", "Zed").with_reader(),
    row("kiro", "Kiro").signs(&[Name("kiro")]).with_reader().moved_by(&["KIRO_HOME"]).files_unread_in(&[
        ".local/share/kiro-cli/data.sqlite3",
        ".config/Kiro/User/globalStorage/kiro.kiroagent",
        "Library/Application Support/Kiro/User/globalStorage/kiro.kiroagent",
        "AppData/Roaming/Kiro/User/globalStorage/kiro.kiroagent",
    ]),
    row("mini-swe-agent", "mini-SWE-agent").with_reader(),
    row("swe-agent", "SWE-agent").with_reader(),
    row("specstory", "SpecStory").with_reader(),
    row("atif", "ATIF").with_reader(),
];

/// How commits are signed that name no agent. Policies ask for it without a name: Linux 7.3 (`Assisted-by: LLM coccinelle`),
/// Fedora, QEMU.
static NAMELESS: &[(&str, &[Sign])] = &[
    ("llm", &[Name("llm"), Name("generic llm"), Name("generic llm chatbot"), Key("ai-used-for", &[])]),
    ("chatgpt", &[Name("chatgpt")]),
];

impl Agent {
    pub fn row(&self) -> Option<&'static AgentRow> {
        AGENTS.iter().find(|row| row.agent == *self)
    }

    /// The name for people: `Claude Code`; the short name itself for an agent that is not in the table.
    pub fn title(&self) -> &str {
        self.row().map_or(self.as_str(), |row| row.title)
    }

    /// Whether its transcripts can be read. `capture` has a reader for these, which a test there holds it to.
    pub fn has_reader(&self) -> bool {
        self.row().is_some_and(|row| row.is_read)
    }

    /// Whether a tool of this name shows a plan to the person.
    pub fn shows_plans_by(&self, tool: &str) -> bool {
        self.row().and_then(|row| row.plan_tool).is_some_and(|name| name == tool)
    }
}

/// The short name of the agent that signs commits in this way.
pub fn signed_by(wanted: impl Fn(&Sign) -> bool) -> Option<&'static str> {
    let rows = AGENTS.iter().map(|row| (row.slug, row.signs)).chain(NAMELESS.iter().copied());
    rows.into_iter().find(|(_, signs)| signs.iter().any(&wanted)).map(|(slug, _)| slug)
}

/// The variable in which agents have begun to name themselves by their short names.
pub const NAME_VARIABLE: &str = "AI_AGENT";

/// The agent of the table that a value of [`NAME_VARIABLE`] names, and its version where the value has one: `pi`, `crush@0.96`,
/// `claude-code_2-1-332_agent`. Another word names nobody.
pub fn named_in_environment(value: &str) -> Option<(&'static AgentRow, Option<String>)> {
    let mut parts = value.split(['@', '/', ':', ' ', '_']);
    let name = parts.next().unwrap_or_default();
    let row = AGENTS.iter().find(|row| row.slug.eq_ignore_ascii_case(name))?;
    let version = parts.next().unwrap_or_default();
    // Claude Code puts hyphens for the points.
    let is_numbers = |text: &str| text.split('-').all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let version = if is_numbers(version) { version.replace('-', ".") } else { version.to_owned() };
    Some((row, Some(version).filter(|version| is_version(version))))
}

/// Whether a text may be a version: digits first, short, and nothing that versions do not have.
pub fn is_version(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b".-+".contains(&byte);
    text.len() <= 40 && text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The row of the example, which CONTRIBUTING.md shows.
    #[rustfmt::skip]
    static EXAMPLE: &[AgentRow] = &[
        row("acme", "Acme") // The short name, as in trailers and records, and the name for people.
            .sets(&[session_in("ACME_SESSION_ID")]) // In its shells: by this a hook there knows the session.
            .signs(&[Email("noreply@acme.example"), Name("acme")]) // Its commits.
            .moved_by(&["ACME_HOME"]).with_reader(), // Its folder may be elsewhere. A test holds the rest against `READERS`.
    ];

    #[test]
    fn the_row_in_contributing_is_one() {
        let (own, contributing) = (include_str!("agents.rs"), include_str!("../../CONTRIBUTING.md"));
        let shown = contributing.split_once("```rust\n    row(\"acme\"").unwrap().1.split_once("```").unwrap().0;
        let trimmed = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
        assert!(trimmed(own).contains(&trimmed(shown)), "{shown}");
        assert_eq!((EXAMPLE[0].slug, EXAMPLE[0].is_read), ("acme", true));
    }

    #[test]
    fn a_variable_names_only_agents_that_are_known() {
        for (value, expected) in [
            ("pi", Some(("pi", None))),
            ("Crush", Some(("crush", None))),
            ("opencode@1.18.33", Some(("opencode", Some("1.18.33")))),
            ("claude-code_2-1-332_agent", Some(("claude-code", Some("2.1.332")))),
            ("codex/1.2.0-beta.1", Some(("codex", Some("1.2.0-beta.1")))),
            ("claude-code_agent", Some(("claude-code", None))),
            ("1", None),
            ("true", None),
            ("my-own-bot", None),
            ("", None),
        ] {
            let found = named_in_environment(value);
            let found = found.as_ref().map(|(row, version)| (row.agent.as_str(), version.as_deref()));
            assert_eq!(found, expected, "{value}");
        }
    }
}
