//! What a commit says about agents by itself: in its trailers, its author, its message and its branch, and what people
//! wrote under our own keys. Names alone never make an agent: Claude, Devin and Cody are people too.

use crate::record::agent::Agent;
use crate::record::agent_row::Sign;
use crate::record::agents::{AGENTS, signed_by};
use crate::record::commit::{Person, Trailer};
use crate::record::note::Statement;
use crate::record::text::Raw;

/// Keys whose value names who made the change. Reviewers and reporters did not.
const PEOPLE: [&str; 3] = ["co-authored-by", "co-developed-by", "signed-off-by"];
/// Keys whose value names a tool by itself, by the policies of Linux, Fedora, Apache and others.
const TOOLS: [&str; 3] = ["assisted-by", "generated-by", "entire-agent"];

/// All statements, the strict ones first. `trailers` are those that git reads in `message`; `branch` is the short name of
/// the branch that the commit was made on, where it is known.
pub(crate) fn statements(
    trailers: &[Trailer],
    message: &str,
    author: &Person,
    committer: &Person,
    branch: Option<&str>,
) -> Vec<Statement<Raw>> {
    let mut found = FoundStatements::default();
    for trailer in trailers {
        found.trailer(&trailer.key, trailer.value.expose(), true);
    }
    for (person, place) in [(author, "author"), (committer, "committer")] {
        if let Some(claim) = signed(&person.name, &person.email, true) {
            found.agent(claim, place, true);
        }
    }
    found.message(trailers, message);
    if let Some(agent) =
        branch.and_then(|branch| signed_by(|sign| matches!(sign, Sign::Branch(start) if branch.starts_with(start))))
    {
        found.agent(AgentMention::of(agent), "branch", false);
    }
    found.statements
}

/// An agent that was found, and what else was said with it.
struct AgentMention {
    agent: Agent,
    model: Option<String>,
    session: Option<String>,
}

impl AgentMention {
    fn of(slug: &'static str) -> Self {
        Self { agent: Agent::known(slug), model: None, session: None }
    }
}

#[derive(Default)]
struct FoundStatements {
    statements: Vec<Statement<Raw>>,
}

impl FoundStatements {
    fn trailer(&mut self, key: &str, value: &str, strict: bool) {
        let lower = key.to_ascii_lowercase();
        if value.is_empty() {
            return;
        }
        if let Some(statement) = documented(&lower, value) {
            if !self.statements.contains(&statement) {
                self.statements.push(statement);
            }
        } else if let Some(claim) = claim_of_trailer(&lower, value) {
            self.agent(claim, key, strict);
        }
    }

    /// Lines that git does not read as trailers (another paragraph follows, a key with `_`, a full-width colon), lines
    /// that agents leave in the text, and the subject.
    fn message(&mut self, trailers: &[Trailer], message: &str) {
        let subject = message.trim_start();
        if let Some(agent) = signed_by(|sign| matches!(sign, Sign::Subject(start) if subject.starts_with(start))) {
            self.agent(AgentMention::of(agent), "subject", false);
        }
        for line in message.lines() {
            let text = line.trim_start_matches(|c: char| !c.is_ascii()).trim();
            if let Some(agent) = signed_by(|sign| matches!(sign, Sign::Line(start) if text.starts_with(start))) {
                self.agent(AgentMention::of(agent), "message", false);
            }
            if let Some((key, value)) = like_a_trailer(line)
                && !trailers
                    .iter()
                    .any(|read| read.key.eq_ignore_ascii_case(&key) && read.value.expose().starts_with(value))
            {
                self.trailer(&key, value, false);
            }
        }
    }

    /// Adds the claim, or completes a statement about the same agent that does not contradict it.
    fn agent(&mut self, claim: AgentMention, at: &str, by_git: bool) {
        let fits = |old: &Option<String>, new: &Option<String>| old.is_none() || new.is_none() || old == new;
        for statement in &mut self.statements {
            if let Statement::Agent { agent, model, session, .. } = statement
                && *agent == claim.agent
                && fits(model, &claim.model)
                && fits(session, &claim.session)
            {
                *model = model.take().or(claim.model);
                *session = session.take().or(claim.session);
                return;
            }
        }
        let AgentMention { agent, model, session } = claim;
        self.statements.push(Statement::Agent { agent, model, session, place: at.to_owned(), strict: by_git });
    }
}

/// Words, in small letters and with `-` for `_`, of which one stands in every message that [`statements`] finds something in.
pub(crate) fn telling_words() -> Vec<String> {
    let of_sign = |sign: &Sign| match sign {
        Sign::Email(text) | Sign::EmailEnd(text) | Sign::Line(text) | Sign::Subject(text) => Some(*text),
        Sign::SessionKey(key) | Sign::Key(key, _) => Some(*key),
        // Names count beside an address of an agent or under the key of a tool, and branches are no part of a message.
        Sign::NameEnd(_) | Sign::Name(_) | Sign::Branch(_) => None,
    };
    let of_signs = AGENTS.iter().flat_map(|row| row.signs).filter_map(of_sign);
    let words = of_signs.chain(TOOLS).chain(DOCUMENTED).chain(["backstory-session"]);
    let mut words: Vec<String> = words.map(|word| word.to_lowercase().replace('_', "-")).collect();
    words.sort();
    words.dedup();
    words
}

const DOCUMENTED: [&str; 5] = ["ai-prompt", "ai-failed-attempt", "ai-correction", "ai-context", "ai-verified"];

/// Our own keys for documentation by hand.
fn documented(key: &str, value: &str) -> Option<Statement<Raw>> {
    let text = Raw::new(value);
    match key {
        "ai-prompt" => Some(Statement::Prompt { text }),
        "ai-failed-attempt" => Some(Statement::FailedAttempt { text }),
        "ai-correction" => Some(Statement::Correction { text }),
        "ai-context" => Some(Statement::Context { text }),
        "ai-verified" => Some(Statement::Verified { text }),
        _ => None,
    }
}

fn claim_of_trailer(key: &str, value: &str) -> Option<AgentMention> {
    if key == "backstory-session" {
        let (agent, session) = value.split_once('/')?;
        let session = session.trim();
        if session.is_empty() || session.contains(char::is_whitespace) {
            return None;
        }
        return Some(AgentMention { agent: Agent::parse(agent)?, model: None, session: Some(session.to_owned()) });
    }
    if PEOPLE.contains(&key) {
        let (name, email) = name_and_email(value)?;
        return signed(name, email, false);
    }
    if TOOLS.contains(&key) {
        return tool(value);
    }
    if let Some(agent) = signed_by(|sign| matches!(sign, Sign::SessionKey(name) if *name == key)) {
        let session = value.trim_end_matches('/').rsplit('/').next().unwrap_or(value);
        return Some(AgentMention { session: Some(session.to_owned()), ..AgentMention::of(agent) });
    }
    let said = |values: &[&str]| values.is_empty() || values.iter().any(|one| one.eq_ignore_ascii_case(value));
    signed_by(|sign| matches!(sign, Sign::Key(name, values) if *name == key && said(values))).map(AgentMention::of)
}

/// `Assisted-by: Claude Code (claude-opus-4-6)`, `Assisted-by: AGENT:MODEL [TOOL]`, `Generated-by: Codex`, with or without
/// an address. A name that is no agent's is a person's.
fn tool(value: &str) -> Option<AgentMention> {
    if let Some((name, email)) = name_and_email(value) {
        return signed(name, email, false);
    }
    if let Some((head, rest)) = value.split_once(':')
        && (named(head).is_some() || !head.contains(char::is_whitespace))
        && !rest.starts_with('/')
        && rest.starts_with(|c: char| !c.is_whitespace())
    {
        let agent = named(head).map(Agent::known).or_else(|| Agent::parse(head))?;
        let model = rest.split_whitespace().next().filter(|model| !model.starts_with('['));
        return Some(AgentMention { agent, model: model.map(str::to_owned), session: None });
    }
    let (head, inside) = parenthesis(value);
    if let Some(agent) = named(head) {
        return Some(AgentMention { model: inside.and_then(as_model), ..AgentMention::of(agent) });
    }
    // Tools may follow the policies' own words: `LLM coccinelle sparse`.
    if head.split_whitespace().next() == Some("LLM") {
        return Some(AgentMention::of("llm"));
    }
    if head
        .strip_prefix("ChatGPT")
        .is_some_and(|rest| rest.trim_start_matches([' ', '-', 'v']).starts_with(|c: char| c.is_ascii_digit()))
    {
        return Some(AgentMention::of("chatgpt"));
    }
    let model = named_with_model(head)?;
    Some(AgentMention { model: Some(model.1), ..AgentMention::of(model.0) })
}

/// A person's line that is an agent's: by its address, or, for authors, by the end of the name. The name may say the
/// model, or that it is another agent that borrowed the address.
fn signed(name: &str, email: &str, is_author: bool) -> Option<AgentMention> {
    let email = email.trim().to_ascii_lowercase();
    let ends = |end: &str| is_author && name.ends_with(end);
    let agent = signed_by(|sign| match sign {
        Sign::Email(address) => email == *address,
        Sign::EmailEnd(end) => email.ends_with(end),
        Sign::NameEnd(end) => ends(end),
        _ => false,
    })?;
    let (head, inside) = parenthesis(name);
    if let Some(named) = named(head) {
        return Some(AgentMention { model: inside.and_then(as_model), ..AgentMention::of(named) });
    }
    match named_with_model(head) {
        Some((named, model)) => Some(AgentMention { model: Some(model), ..AgentMention::of(named) }),
        None if signed_by(|sign| matches!(sign, Sign::NameEnd(end) if ends(end))).is_some() => {
            Some(AgentMention::of(agent))
        }
        None => Some(AgentMention { model: as_model(head).filter(|_| is_model(head)), ..AgentMention::of(agent) }),
    }
}

/// `Claude Opus 4.6` is a model of Claude's name; `Cursor Grok 4.6` is Cursor with another's model.
fn named_with_model(name: &str) -> Option<(&'static str, String)> {
    let (first, rest) = name.split_once(' ')?;
    let agent = named(first)?;
    let is_part_of_it = Agent::known(agent).row().is_some_and(|row| row.names_its_models);
    let model = if is_part_of_it { name } else { rest };
    is_model(rest).then(|| (agent, model.to_owned()))
}

/// Whether these words can only be a model: a family that is known, and a version.
fn is_model(words: &str) -> bool {
    const FAMILIES: [&str; 12] =
        ["opus", "sonnet", "haiku", "fable", "gpt", "grok", "gemini", "qwen", "deepseek", "kimi", "glm", "composer"];
    let words = words.to_lowercase();
    words.contains(|c: char| c.is_ascii_digit()) && FAMILIES.iter().any(|family| words.contains(family))
}

/// Words in parentheses behind an agent's name: its model, unless they tell something else of it.
fn as_model(words: &str) -> Option<String> {
    let words = words.trim();
    (words.contains(|c: char| c.is_ascii_alphanumeric()) && !words.contains("context")).then(|| words.to_owned())
}

fn parenthesis(value: &str) -> (&str, Option<&str>) {
    match value.trim().strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        Some((head, inside)) => (head.trim(), Some(inside)),
        None => (value.trim(), None),
    }
}

/// The agent that is called exactly this.
fn named(name: &str) -> Option<&'static str> {
    let name = name.trim().to_lowercase();
    signed_by(|sign| matches!(sign, Sign::Name(known) if *known == name))
}

fn name_and_email(value: &str) -> Option<(&str, &str)> {
    let (name, rest) = value.rsplit_once('<')?;
    Some((name.trim(), rest.split_once('>')?.0))
}

/// A line that a person would take for a trailer, with the key in git's letters.
fn like_a_trailer(line: &str) -> Option<(String, &str)> {
    let (key, value) = line.split_once([':', '\u{ff1a}'])?;
    let key = key.trim_end();
    let fits = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    fits.then(|| (key.replace('_', "-"), value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `agent`, `agent/model`, `agent#session`, each with `~` where only a tolerant scan found it; or `key=text`.
    fn shown(statements: &[Statement<Raw>]) -> String {
        let one = |statement: &Statement<Raw>| match statement {
            Statement::Agent { agent, model, session, strict, .. } => {
                let model = model.as_ref().map(|model| format!("/{model}")).unwrap_or_default();
                let session = session.as_ref().map(|session| format!("#{session}")).unwrap_or_default();
                format!("{}{agent}{model}{session}", if *strict { "" } else { "~" })
            }
            Statement::Prompt { text } => format!("prompt={}", text.expose()),
            Statement::FailedAttempt { text } => format!("attempt={}", text.expose()),
            Statement::Correction { text } => format!("correction={}", text.expose()),
            Statement::Context { text } => format!("context={}", text.expose()),
            Statement::Verified { text } => format!("verified={}", text.expose()),
        };
        statements.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn by_trailer(line: &str) -> String {
        let (key, value) = line.split_once(": ").unwrap();
        let trailers = [Trailer { key: key.into(), value: Raw::new(value) }];
        let nobody = Person::default();
        shown(&statements(&trailers, &format!("subject\n\n{line}\n"), &nobody, &nobody, None))
    }

    fn by_author(name: &str, email: &str) -> String {
        let author = Person { name: name.into(), email: email.into() };
        shown(&statements(&[], "subject\n", &author, &Person::default(), None))
    }

    fn by_message(message: &str) -> String {
        shown(&statements(&[], message, &Person::default(), &Person::default(), None))
    }

    #[test]
    fn agents_are_known_by_their_trailers() {
        for (line, expected) in [
            ("Co-Authored-By: Claude <noreply@anthropic.com>", "claude-code"),
            ("Co-Authored-By: Claude Opus 4.6 (1M context) <noreply@anthropic.com>", "claude-code/Claude Opus 4.6"),
            ("Co-authored-by: Claude Sonnet 4.6 <NoReply@Anthropic.com>", "claude-code/Claude Sonnet 4.6"),
            ("Co-authored-by: Cursor Grok 4.6 <noreply@anthropic.com>", "cursor/Grok 4.6"),
            ("Co-authored-by: GPT-5.6 Sol <noreply@anthropic.com>", "claude-code/GPT-5.6 Sol"),
            ("Claude-Session: https://claude.ai/code/session_01x", "claude-code#session_01x"),
            ("Co-authored-by: claude[bot] <209825114+claude[bot]@users.noreply.github.com>", "claude-code"),
            ("Co-authored-by: Codex <noreply@openai.com>", "codex"),
            ("Co-authored-by: Codex <codex@openai.com>", "codex"),
            ("Co-authored-by: Cursor <cursoragent@cursor.com>", "cursor"),
            ("Made-with: Cursor", "cursor"),
            ("Co-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>", "copilot"),
            ("Co-authored-by: Copilot Autofix powered by AI <175728472+Copilot@users.noreply.github.com>", "copilot"),
            ("Agent-Logs-Url: https://github.com/o/r/sessions/1", "copilot"),
            ("Co-authored-by: aider (gpt-5) <aider@aider.chat>", "aider/gpt-5"),
            (
                "Co-authored-by: google-labs-jules[bot] <161369871+google-labs-jules[bot]@users.noreply.github.com>",
                "jules",
            ),
            ("Co-authored-by: Devin AI <158243242+devin-ai-integration[bot]@users.noreply.github.com>", "devin"),
            ("Co-authored-by: Amp <amp@ampcode.com>", "amp"),
            ("Amp-Thread-ID: https://ampcode.com/threads/T-1f", "amp#T-1f"),
            ("Co-authored-by: opencode <noreply@opencode.ai>", "opencode"),
            ("Assisted-by: Crush:glm-5", "crush/glm-5"),
            ("Co-Authored-By: Crush <crush@charm.land>", "crush"),
            ("Co-authored-by: Continue <noreply@continue.dev>", "continue"),
            ("Co-authored-by: openhands <openhands@all-hands.dev>", "openhands"),
            ("Co-authored-by: Qwen-Coder <qwen-coder@alibabacloud.com>", "qwen"),
            ("Replit-Commit-Author: Agent", "replit"),
            ("Replit-Commit-Session-Id: 12-34", "replit#12-34"),
            ("Entire-Agent: Claude Code", "claude-code"),
            ("Assisted-by: Claude:claude-3-opus coccinelle sparse", "claude-code/claude-3-opus"),
            ("Assisted-by: LLM coccinelle sparse", "llm"),
            ("Assisted-by: generic LLM chatbot", "llm"),
            ("Assisted-by: ChatGPTv5", "chatgpt"),
            ("AI-used-for: code, tests", "llm"),
            ("Generated-by: GitHub Copilot", "copilot"),
            ("Assisted-by: Claude Code (claude-opus-4-6)", "claude-code/claude-opus-4-6"),
            ("Assisted-by: Claude Code", "claude-code"),
            ("Assisted-by: Claude Opus 4.6", "claude-code/Claude Opus 4.6"),
            ("Signed-off-by: Claude <noreply@anthropic.com>", "claude-code"),
            ("Backstory-Session: codex/0199-ab", "codex#0199-ab"),
        ] {
            assert_eq!(by_trailer(line), expected, "{line}");
        }
    }

    #[test]
    fn agents_are_known_as_authors() {
        for (name, email, expected) in [
            ("claude-code-action[bot]", "208546643+claude-code-action[bot]@users.noreply.github.com", "claude-code"),
            ("Codex", "codex@example.com", "codex"),
            (
                "chatgpt-codex-connector[bot]",
                "199175422+chatgpt-codex-connector[bot]@users.noreply.github.com",
                "codex",
            ),
            ("openai-codex[bot]", "215057067+openai-codex[bot]@users.noreply.github.com", "codex"),
            ("Cursor Agent", "agent@cursor.com", "cursor"),
            ("cursor[bot]", "206951365+cursor[bot]@users.noreply.github.com", "cursor"),
            ("copilot-swe-agent[bot]", "198982749+Copilot@users.noreply.github.com", "copilot"),
            ("copilot[bot]", "167198135+copilot[bot]@users.noreply.github.com", "copilot"),
            ("Ada Lovelace (aider)", "ada@example.org", "aider"),
            (
                "gemini-code-assist[bot]",
                "176961590+gemini-code-assist[bot]@users.noreply.github.com",
                "gemini-code-assist",
            ),
            ("opencode-agent[bot]", "opencode-agent[bot]@users.noreply.github.com", "opencode"),
            ("roomote", "roomote@roocode.com", "roo"),
            ("droid", "1+factory-droid[bot]@users.noreply.github.com", "droid"),
            ("Windsurf", "noreply@windsurf.com", "windsurf"),
            ("Windsurf", "noreply@codeium.com", "windsurf"),
            ("Cline", "noreply@cline.bot", "cline"),
            ("cline[bot]", "205137888+cline[bot]@users.noreply.github.com", "cline"),
            ("amazon-q-developer[bot]", "208079219+amazon-q-developer[bot]@users.noreply.github.com", "amazon-q"),
            ("jetbrains-ai[bot]", "220155983+jetbrains-ai[bot]@users.noreply.github.com", "jetbrains-ai"),
        ] {
            assert_eq!(by_author(name, email), expected, "{name} <{email}>");
        }
    }

    #[test]
    fn lines_subject_and_branch_are_weaker_signs() {
        for (message, expected) in [
            ("s\n\n🤖 Generated with [Claude Code](https://claude.com/claude-code)\n", "~claude-code"),
            ("s\n\n🤖 Generated with [Claude Code](https://claude.ai/code)\n", "~claude-code"),
            ("s\n\nGenerated with [Devin](https://cli.devin.ai/docs)\n", "~devin"),
            ("s\n\n🤖 Generated with [OpenCode](https://opencode.ai)\n", "~opencode"),
            ("s\n\nGenerated with [Continue](https://continue.dev)\n", "~continue"),
            ("s\n\nMade with Cursor\n", "~cursor"),
            ("s\n\n<!-- CURSOR_AGENT_PR_BODY_BEGIN -->\n", "~cursor"),
            ("aider: fix it\n", "~aider"),
            ("s\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n\nlater words\n", "~claude-code"),
            ("s\n\nCo_Authored_By: Codex <noreply@openai.com>\n", "~codex"),
            ("s\n\nCo-Authored-By：Claude <noreply@anthropic.com>\n", "~claude-code"),
        ] {
            assert_eq!(by_message(message), expected, "{message}");
        }
        let nobody = Person::default();
        assert_eq!(shown(&statements(&[], "s", &nobody, &nobody, Some("codex/fix"))), "~codex");
    }

    #[test]
    fn people_and_plain_bots_are_no_agents() {
        for line in [
            "Co-authored-by: Claude Monet <claude@example.fr>",
            "Co-authored-by: Claude <claude.dupont@users.noreply.github.com>",
            "Co-authored-by: Devin <devin@example.org>",
            "Co-authored-by: Cody <cody@example.org>",
            "Co-authored-by: Jane <jane@anthropic.com>",
            "Co-authored-by: Joe <joe@openai.com>",
            "Co-authored-by: dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>",
            "Co-authored-by: renovate[bot] <29139614+renovate[bot]@users.noreply.github.com>",
            "Co-authored-by: github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>",
            "Assisted-by: Viktor Szakats",
            "Assisted-by: Claude Monet",
            "Assisted-by: Devin",
            "Assisted-by: Claude <claude@example.fr>",
            "Assisted-by: none",
            "Assisted-by: https://example.org/x",
            "Reviewed-by: Claude <noreply@anthropic.com>",
            "Replit-Commit-Author: Ada",
            "Entire-Session: 1234",
            "Backstory-Session: nothing",
        ] {
            assert_eq!(by_trailer(line), "", "{line}");
        }
        assert_eq!(by_author("Claude Sonnet", "claude@example.fr"), "");
        assert_eq!(by_author("GitHub", "noreply@github.com"), "");
        assert_eq!(by_message("s\n\nWe were made with Cursor in mind\n"), "");
    }

    #[test]
    fn our_own_keys_are_documentation_and_one_agent_is_said_once() {
        let lines = [
            ("AI-Prompt", "add: this"),
            ("ai-failed-attempt", "a lock"),
            ("AI-Correction", "use a map"),
            ("AI-Context", "no network"),
            ("AI-Verified", "cargo test"),
            ("Assisted-by", "Codex (gpt-5)"),
            ("Backstory-Session", "codex/77"),
        ];
        let trailers: Vec<Trailer> =
            lines.iter().map(|(key, value)| Trailer { key: (*key).into(), value: Raw::new(*value) }).collect();
        let nobody = Person::default();
        assert_eq!(
            shown(&statements(&trailers, "s", &nobody, &nobody, None)),
            "prompt=add: this, attempt=a lock, correction=use a map, context=no network, verified=cargo test, codex/gpt-5#77"
        );
    }

    #[test]
    fn every_message_that_tells_of_an_agent_has_one_of_the_words() {
        let words = telling_words();
        let parts: Vec<String> = AGENTS
            .iter()
            .flat_map(|row| row.signs)
            .flat_map(|sign| match sign {
                Sign::Email(text) | Sign::EmailEnd(text) => {
                    ["Co-authored-by", "Signed-off-by", "Co_Developed_By", "Assisted-by"]
                        .map(|key| format!("{key}: Some One <7{}>", text.to_uppercase()))
                        .to_vec()
                }
                Sign::NameEnd(text) => vec![format!("Co-authored-by: Ann{text} <ann@example.invalid>")],
                Sign::Name(text) => {
                    ["assisted_by", "Generated-By", "Entire-Agent"].map(|key| format!("{key}: {text}")).to_vec()
                }
                Sign::Line(text) | Sign::Subject(text) => vec![format!("\u{1f916} {text} x"), (*text).to_owned()],
                Sign::SessionKey(key) => vec![format!("{}: 1234", key.to_uppercase()), format!("{key}\u{ff1a} 1")],
                Sign::Key(key, values) => vec![format!("{key}: {}", values.first().unwrap_or(&"x"))],
                Sign::Branch(text) => vec![(*text).to_owned()],
            })
            .chain(
                ["AI-Prompt: x", "ai_failed_attempt: x", "AI-Correction: x", "Ai-Context: x", "AI_Verified: x"]
                    .map(str::to_owned),
            )
            .chain(
                ["Backstory-Session: codex/1", "Assisted-by: LLM coccinelle", "Generated-by: foo:bar"]
                    .map(str::to_owned),
            )
            .collect();
        let mut told = 0;
        for part in &parts {
            for message in [format!("{part}\n"), format!("Subject\n\n{part}\n"), format!("Subject\n\n{part}\n\nmore\n")]
            {
                let found = by_message(&message);
                let folded = message.to_lowercase().replace('_', "-");
                let is_told = !found.is_empty();
                told += usize::from(is_told);
                assert!(!is_told || words.iter().any(|word| folded.contains(word.as_str())), "{message:?}: {found}");
            }
        }
        assert!(told > parts.len(), "{told} of {}", parts.len());
        assert!(!words.iter().any(|word| "fix the total of a cart".contains(word.as_str()) || word.len() < 5));
    }
}
