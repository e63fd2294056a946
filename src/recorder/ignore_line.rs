//! One line of an ignore list: `session:<id>`, `agent:<name>` or `path:<glob>`, and the ways in which people write them. What
//! would match nothing is an error: it was meant to keep something out.

use crate::capture::{id_in_name, is_mapped};
use crate::record::agents::AGENTS;
use crate::text::unseen::is_invisible;

/// The beginning of an id, as `sessions` prints it, names the session from so many characters on.
pub(crate) const PREFIX: usize = 8;

/// What a line means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum IgnoreRule {
    /// A comment or blanks.
    Nothing,
    /// `<id>` or `<agent>/<id>`, whole or the beginning of one, in small letters.
    Session(String),
    Agent(String),
    /// A pattern in each reading.
    Paths(Vec<String>),
}

/// Reads a line.
///
/// # Errors
/// Says what is wrong with it, and what to write.
pub(crate) fn parse(line: &str) -> Result<IgnoreRule, String> {
    let visible: String = line.chars().filter(|c| !is_invisible(*c)).collect();
    let line = without_quotes(without_comment(&visible));
    if line.is_empty() {
        return Ok(IgnoreRule::Nothing);
    }
    let unknown = || format!("`{line}` is not known, write session:<id>, agent:<name> or path:<glob>");
    let (kind, value) = line.split_once(':').ok_or_else(unknown)?;
    let is_quoted = without_quotes(value.trim()) != value.trim();
    let value = without_quotes(value.trim());
    if value.is_empty() {
        return Err(unknown());
    }
    let kind = kind.trim().to_lowercase();
    if matches!(kind.as_str(), "session" | "agent") && !is_quoted && value.contains(char::is_whitespace) {
        return Err(format!("`{line}` has a blank in its name; give one name a line"));
    }
    match kind.as_str() {
        "session" => session(line, value).map(IgnoreRule::Session),
        "agent" => agent(line, value).map(IgnoreRule::Agent),
        "path" => Ok(IgnoreRule::Paths(paths(value))),
        _ => Err(unknown()),
    }
}

/// A line up to the `#` that begins it or stands behind a blank.
fn without_comment(line: &str) -> &str {
    let starts = line.match_indices('#').map(|(at, _)| at);
    let is_comment = |at: &usize| line[..*at].chars().next_back().is_none_or(char::is_whitespace);
    let end = starts.into_iter().find(is_comment).unwrap_or(line.len());
    line[..end].trim()
}

fn without_quotes(text: &str) -> &str {
    const PAIRS: [(char, char); 5] =
        [('"', '"'), ('\'', '\''), ('`', '`'), ('\u{201c}', '\u{201d}'), ('\u{2018}', '\u{2019}')];
    let inner = PAIRS.iter().find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close));
    inner.map_or(text, str::trim)
}

fn session(line: &str, value: &str) -> Result<String, String> {
    let lower = value.to_lowercase();
    let value = lower.trim_end_matches([';', ',', '*', '\u{2026}', '.']);
    let value = value.trim_end_matches(".zst").trim_end_matches(".jsonl");
    let (before, id) = value.rsplit_once('/').map_or((None, value), |(before, id)| (Some(before), id));
    let id = id_in_name(id);
    if let Some(sign) = id.chars().find(|c| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':'))) {
        return Err(format!("`{line}` has a `{sign}` in its name; give one name a line"));
    }
    if id.chars().count() < PREFIX {
        return Err(format!("`{line}` is too short; give at least the first {PREFIX} characters of the id"));
    }
    match before {
        // A path or address: the id says it all.
        None => Ok(id.to_owned()),
        Some(before) if before.contains(['/', '\\', ':']) || before.is_empty() => Ok(id.to_owned()),
        Some(name) => Ok(format!("{}/{id}", agent(line, name)?)),
    }
}

fn agent(line: &str, name: &str) -> Result<String, String> {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let wanted = letters(name);
    let is_it = |row: &&crate::record::agent_row::AgentRow| {
        letters(row.agent.as_str()) == wanted || letters(row.title) == wanted
    };
    if let Some(row) = AGENTS.iter().find(is_it) {
        return Ok(row.agent.as_str().to_owned());
    }
    if is_mapped(&name.to_lowercase()) {
        return Ok(name.to_lowercase());
    }
    if matches!(wanted.as_str(), "" | "all" | "any") {
        return Err(format!("`{line}` names no agent; to record nothing at all: git config backstory.enabled false"));
    }
    let begins = |row: &&crate::record::agent_row::AgentRow| {
        wanted.len() >= 3 && letters(row.agent.as_str()).starts_with(&wanted)
    };
    let near = AGENTS.iter().find(begins).or_else(|| {
        let likeness = |row: &crate::record::agent_row::AgentRow| {
            strsim::damerau_levenshtein(&letters(row.agent.as_str()), &wanted)
        };
        AGENTS.iter().filter(|row| likeness(row) <= 2).min_by_key(|row| likeness(row))
    });
    let near = near.or_else(|| AGENTS.iter().find(|row| row.makers.contains(&wanted.as_str())));
    Err(match near {
        Some(near) => format!("`{line}` names no agent that is known, did you mean agent:{}?", near.slug),
        None => {
            let names: Vec<&str> = AGENTS.iter().map(|row| row.agent.as_str()).collect();
            format!("`{line}` names no agent that is known; write one of {}", names.join(", "))
        }
    })
}

/// Patterns with a comma between them may be one name with a comma in it.
fn paths(value: &str) -> Vec<String> {
    let mut paths = vec![value.to_owned()];
    if value.contains(',') && !value.contains('{') {
        let parts = value.split(',').map(|part| without_quotes(part.trim())).filter(|part| !part.is_empty());
        paths.extend(parts.map(str::to_owned));
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "abcdef12-abcd-4333-8444-5555aaaabbbb";

    #[test]
    fn a_session_is_meant_however_its_id_is_written() {
        for line in [
            format!("session:{ID}"),
            format!("session:\"{ID}\""),
            format!("session: '{ID}'"),
            format!("Session:{}", ID.to_uppercase()),
            format!("\"session:{ID}\""),
            format!("session:{ID}.jsonl"),
            format!("session:{ID}.jsonl.zst"),
            format!("session:{ID}\u{2026}"),
            format!("session:{ID}..."),
            format!("session:{ID}*"),
            format!("session:{ID};"),
            format!("session:{ID},"),
            format!("\u{200b}session:\u{feff}{ID}\u{200b}"),
            format!("session:/home/kim/.claude/projects/-home-kim/{ID}.jsonl"),
            format!("session:rollout-2026-01-02T03-01-00-{ID}.jsonl"),
            format!("session:{ID} # mine"),
        ] {
            assert_eq!(parse(&line), Ok(IgnoreRule::Session(ID.to_owned())), "{line}");
        }
        for (line, session) in [
            ("session:ABCDEF12", "abcdef12"),
            ("session:abcdef12\u{2026}", "abcdef12"),
            ("session:Claude-Code/abcdef12", "claude-code/abcdef12"),
            ("session:claude_code/abcdef12", "claude-code/abcdef12"),
        ] {
            assert_eq!(parse(line), Ok(IgnoreRule::Session(session.to_owned())), "{line}");
        }
    }

    #[test]
    fn what_would_match_nothing_is_an_error_that_names_what_is_near() {
        let two = format!("session:{ID},{ID}");
        for (line, said) in [
            ("session:abcdef1", "at least the first 8 characters"),
            ("session:*", "at least the first 8 characters"),
            (two.as_str(), "has a `,` in its name"),
            ("session:abcdef12 abcdef13", "has a blank in its name"),
            ("session:claude/abcdef12", "did you mean agent:claude-code?"),
            ("agent:claude", "did you mean agent:claude-code?"),
            ("agent:claude-*", "did you mean agent:claude-code?"),
            ("agent:anthropic", "did you mean agent:claude-code?"),
            ("agent:codx", "did you mean agent:codex?"),
            ("agent:*", "git config backstory.enabled false"),
            ("agent:all", "git config backstory.enabled false"),
            ("agent:somebody-else", "write one of claude-code, codex, "),
            ("sesion:abcdef12", "is not known, write session:<id>"),
            ("session:", "is not known"),
            ("secret/**", "is not known"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(said), "{line}: {error}");
        }
    }

    #[test]
    fn an_agent_and_a_path_are_meant_however_they_are_written() {
        for line in [
            "agent:claude-code",
            "agent:claude_code",
            "agent:ClaudeCode",
            "agent:\"Claude Code\"",
            "AGENT: 'claude code'",
        ] {
            assert_eq!(parse(line), Ok(IgnoreRule::Agent("claude-code".to_owned())), "{line}");
        }
        let paths = |line: &str| match parse(line) {
            Ok(IgnoreRule::Paths(paths)) => paths.join(" "),
            other => format!("{other:?}"),
        };
        assert_eq!(paths("path:\"cart.py\""), "cart.py");
        assert_eq!(paths("path:cart.py,tax.py"), "cart.py,tax.py cart.py tax.py");
        assert_eq!(paths("path:{a,b}.py"), "{a,b}.py");
        assert_eq!(paths("path:a#b/** # not others"), "a#b/**");
        for nothing in ["", "  ", "# session:abcdef12", "\u{feff}"] {
            assert_eq!(parse(nothing), Ok(IgnoreRule::Nothing), "{nothing:?}");
        }
    }
}
