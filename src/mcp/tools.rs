//! The tools, sorted by name: clients list them before every request, and the list never changes.

mod answer;
mod brief;
mod coverage;
mod draft;
mod handoff;
mod note_add;
mod notes;
mod outcomes;
mod publish;
mod questions;
mod reject;
mod request_approval;
mod run;
mod search;
mod start;
mod status;
mod tried;
mod walkthrough;
mod why;

use super::tool::Tool;

/// One line a tool.
pub(crate) const TOOLS: [&Tool; 19] = [
    &brief::TOOL,
    &coverage::TOOL,
    &handoff::TOOL,
    &outcomes::TOOL,
    &search::TOOL,
    &answer::TOOL,
    &draft::TOOL,
    &note_add::TOOL,
    &notes::TOOL,
    &publish::TOOL,
    &questions::TOOL,
    &reject::TOOL,
    &request_approval::TOOL,
    &run::TOOL,
    &start::TOOL,
    &status::TOOL,
    &walkthrough::TOOL,
    &tried::TOOL,
    &why::TOOL,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::own_tools::OWN_TOOLS;

    #[test]
    fn the_list_is_sorted_and_every_schema_is_closed() {
        let names: Vec<&str> = TOOLS.iter().map(|tool| tool.name).collect();
        assert!(names.is_sorted(), "{names:?}");
        for tool in TOOLS {
            let schema = (tool.schema)();
            assert_eq!(schema["type"], "object", "{}", tool.name);
            assert_eq!(schema["additionalProperties"], false, "{}", tool.name);
            assert!(
                schema["properties"]
                    .as_object()
                    .is_some_and(|all| all.values().all(|one| one["description"].is_string()))
            );
        }
    }

    #[test]
    fn readers_of_sessions_know_our_tools() {
        assert_eq!(TOOLS.map(|tool| tool.name), OWN_TOOLS);
    }

    #[test]
    fn no_tool_approves() {
        assert!(TOOLS.iter().all(|tool| !tool.name.contains("approve")));
    }
}
