//! How each agent signs commits: addresses, names, lines, keys. The part of the table of agents that is about messages;
//! addresses, lines and keys are from the agents' own sources and from public commits, November 2026; the names are our
//! reading of policies such as that of Linux (`AGENT:MODEL`). People and plain bots are not in it.

/// One way in which an agent shows in a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The address of an author, committer or co-author; in any case of letters.
    Email(&'static str),
    /// The end of such an address: GitHub puts a number before the name of an app.
    EmailEnd(&'static str),
    /// The end of the name of an author or committer.
    NameEnd(&'static str),
    /// How the agent is named in `Assisted-by`, `Generated-by` and beside an address; lower case.
    Name(&'static str),
    /// The beginning of a line of the message, behind an emoji.
    Line(&'static str),
    /// A trailer's key, lower case; the value, or its part behind the last `/`, is the session.
    SessionKey(&'static str),
    /// A trailer's key, lower case, with one of these values; without values, any.
    Key(&'static str, &'static [&'static str]),
    /// The beginning of the subject.
    Subject(&'static str),
    /// The beginning of the branch's name.
    Branch(&'static str),
}

use Sign::{Branch, Email, EmailEnd, Key, Line, Name, NameEnd, SessionKey, Subject};

/// Agents by their short names, with their signs.
pub static SIGNS: &[(&str, &[Sign])] = &[
    (
        "claude-code",
        &[
            Email("noreply@anthropic.com"),
            EmailEnd("+claude[bot]@users.noreply.github.com"),
            EmailEnd("+claude-code-action[bot]@users.noreply.github.com"),
            Name("claude code"),
            Name("claude"),
            Line("Generated with [Claude Code](https://claude."),
            SessionKey("claude-session"),
        ],
    ),
    (
        "codex",
        &[
            Email("noreply@openai.com"),
            Email("codex@openai.com"),
            Email("codex@example.com"),
            EmailEnd("+chatgpt-codex-connector[bot]@users.noreply.github.com"),
            EmailEnd("+openai-codex[bot]@users.noreply.github.com"),
            Name("codex"),
            Name("openai codex"),
            Name("codex cli"),
            Branch("codex/"),
        ],
    ),
    (
        "cursor",
        &[
            Email("cursoragent@cursor.com"),
            Email("agent@cursor.com"),
            EmailEnd("+cursor[bot]@users.noreply.github.com"),
            Name("cursor"),
            Name("cursor agent"),
            Key("made-with", &["cursor"]),
            Line("Made with Cursor"),
            Line("Generated with Cursor"),
            Line("<!-- CURSOR_AGENT_PR_BODY_BEGIN -->"),
        ],
    ),
    (
        "copilot",
        &[
            EmailEnd("+copilot@users.noreply.github.com"),
            EmailEnd("+copilot[bot]@users.noreply.github.com"),
            Email("copilot@github.com"),
            Name("github copilot"),
            Name("copilot"),
            Key("agent-logs-url", &[]),
        ],
    ),
    (
        "aider",
        &[
            NameEnd(" (aider)"),
            Email("aider@aider.chat"),
            Email("noreply@aider.chat"),
            Name("aider"),
            Subject("aider: "),
        ],
    ),
    ("gemini", &[Name("gemini cli"), Name("gemini")]),
    (
        "gemini-code-assist",
        &[EmailEnd("+gemini-code-assist[bot]@users.noreply.github.com"), Name("gemini code assist")],
    ),
    ("jules", &[EmailEnd("+google-labs-jules[bot]@users.noreply.github.com"), Name("google jules")]),
    (
        "devin",
        &[
            EmailEnd("+devin-ai-integration[bot]@users.noreply.github.com"),
            Name("devin ai"),
            Line("Generated with [Devin](https://devin.ai"),
            Line("Generated with [Devin](https://cli.devin.ai/docs"),
        ],
    ),
    ("amp", &[Email("amp@ampcode.com"), Name("amp"), SessionKey("amp-thread-id")]),
    (
        "opencode",
        &[
            Email("noreply@opencode.ai"),
            Email("opencode-agent[bot]@users.noreply.github.com"),
            EmailEnd("+opencode-agent[bot]@users.noreply.github.com"),
            Name("opencode"),
            Line("Generated with [OpenCode](https://opencode.ai"),
        ],
    ),
    ("crush", &[Email("crush@charm.land"), Name("crush")]),
    (
        "continue",
        &[Email("noreply@continue.dev"), Name("continue"), Line("Generated with [Continue](https://continue.dev")],
    ),
    ("openhands", &[Email("openhands@all-hands.dev"), Name("openhands")]),
    ("qwen", &[Email("qwen-coder@alibabacloud.com"), Name("qwen code"), Name("qwen-coder")]),
    ("roo", &[Email("roomote@roocode.com"), Name("roo code")]),
    ("droid", &[EmailEnd("+factory-droid[bot]@users.noreply.github.com"), Name("factory droid")]),
    ("windsurf", &[Email("noreply@windsurf.com"), Email("noreply@codeium.com"), Name("windsurf")]),
    ("cline", &[Email("noreply@cline.bot"), EmailEnd("+cline[bot]@users.noreply.github.com"), Name("cline")]),
    (
        "replit",
        &[
            Key("replit-commit-author", &["agent", "assistant"]),
            SessionKey("replit-commit-session-id"),
            Name("replit agent"),
        ],
    ),
    (
        "amazon-q",
        &[EmailEnd("+amazon-q-developer[bot]@users.noreply.github.com"), Name("amazon q developer"), Name("amazon q")],
    ),
    ("jetbrains-ai", &[EmailEnd("+jetbrains-ai[bot]@users.noreply.github.com"), Name("jetbrains ai")]),
    ("goose", &[Name("goose")]),
    ("kiro", &[Name("kiro")]),
    ("kilo", &[Name("kilo"), Name("kilo code")]),
    ("pi", &[]),
    // Policies ask for it without a name: Linux 7.3 (`Assisted-by: LLM coccinelle`), Fedora, QEMU.
    ("llm", &[Name("llm"), Name("generic llm"), Name("generic llm chatbot"), Key("ai-used-for", &[])]),
    ("chatgpt", &[Name("chatgpt")]),
];
