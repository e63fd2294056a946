//! The names of our own tools in sessions: what an agent calls of `backstory mcp` is neither an attempt nor a failure of its work.

/// The tools of the server, sorted.
pub(crate) const OWN_TOOLS: [&str; 19] = [
    "brief",
    "coverage",
    "handoff",
    "outcomes",
    "search",
    "sop_answer",
    "sop_draft",
    "sop_note_add",
    "sop_notes",
    "sop_publish",
    "sop_questions",
    "sop_reject",
    "sop_request_approval",
    "sop_run",
    "sop_start",
    "sop_status",
    "sop_walkthrough",
    "tried",
    "why",
];

/// Whether a call in a session is one of ours. Agents name the tool of a server in five forms, of which the server's name is the
/// user's choice (measured in six agents, November 2026).
pub(crate) fn is_own_tool(tool: &str) -> bool {
    let is_it = |own: &&str| {
        let Some(before) = tool.strip_suffix(*own) else { return false };
        let is_apart = before.is_empty() || before.ends_with(['_', '-', '.', '/']);
        // Tools of others are called `search`, too.
        let server = before.trim_end_matches(['_', '-', '.', '/']);
        let server = server.strip_prefix("mcp__").or_else(|| server.strip_prefix("mcp_")).unwrap_or(server);
        is_apart && (own.starts_with(OF_DOCUMENTS) || server == SERVER)
    };
    OWN_TOOLS.iter().any(is_it)
}

/// What the names of the tools for process documents begin with, as no others do.
const OF_DOCUMENTS: &str = "sop_";
/// The server's name as the documentation gives it.
const SERVER: &str = "backstory";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_tools_are_known_in_every_form() {
        for tool in [
            "mcp__backstory__sop_draft",
            "backstory-sop_draft",
            "mcp_bs_sop_draft",
            "bs_sop_draft",
            "sop_draft",
            "mcp__backstory__why",
            "backstory-tried",
            "backstory_search",
            "mcp_backstory_brief",
        ] {
            assert!(is_own_tool(tool), "{tool}");
        }
        for tool in [
            "draft",
            "sop_drafts",
            "mysop_draft",
            "mcp__github__create_issue",
            "",
            "web_search",
            "search",
            "why",
            "backstory_research",
        ] {
            assert!(!is_own_tool(tool), "{tool}");
        }
    }
}
