//! What subagents report to the session that started them. Of their words only the ids of the commits that they made are kept: they say
//! what a subagent did whose own transcript is not there.

use crate::record::session::Outcome;
use crate::record::text::Raw;
use crate::text::ids::ids_in;

/// The ids that a report calls commits of its own, one a line: ``**Commit:** `1a2b3c4` ``. It names others as well, such as the one that it
/// began on.
pub(super) fn reported_commits(text: &str) -> String {
    let mut made: Vec<&str> = Vec::new();
    let names_one = |line: &&str| line.as_bytes().windows(6).any(|word| word.eq_ignore_ascii_case(b"commit"));
    for line in text.lines().filter(names_one) {
        let mut begin = 0;
        for id in ids_in(line) {
            let start = id.as_ptr() as usize - line.as_ptr() as usize;
            if calls_it_its_own(&line[begin..start]) && !made.contains(&id) {
                made.push(id);
            }
            begin = start + id.len();
        }
    }
    made.join("\n")
}

/// Whether the words right before an id say that it is that of a commit which was made.
fn calls_it_its_own(before: &str) -> bool {
    const OTHERS: &[&str] = &[
        "base", "parent", "head", "tip", "against", "checkout", "reset", "revert", "review", "previous", "earlier",
        "existing", "upstream", "original", "since", "from",
    ];
    let lower = before.to_lowercase();
    let near = lower.char_indices().rev().nth(NEAR).map_or(&lower[..], |(at, _)| &lower[at..]);
    near.rfind("commit").is_some_and(|_| !OTHERS.iter().any(|word| near.contains(word)))
}

/// Code points in front of an id.
const NEAR: usize = 40;

/// Adds commits that were reported later to what is known of a call that started a subagent.
pub(super) fn add_report(outcome: &mut Outcome, commits: &str) {
    if let Outcome::Succeeded { output, .. } = outcome {
        let known = output.expose();
        let new = commits.lines().filter(|id| !known.lines().any(|line| line == *id));
        let all: Vec<&str> = known.lines().chain(new).collect();
        *output = Raw::new(all.join("\n"));
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Value, json};

    use super::super::assemble::assemble;
    use super::super::{READERS, lines::read_lines};
    use super::*;

    #[test]
    fn what_a_subagent_reports_at_once_or_later_stands_at_its_call() {
        let read = |result: Value, content: &str, notices: &[&str]| {
            let line = |kind: &str, message: Value, result: Value| {
                json!({"type": kind, "sessionId": "5f0c", "uuid": "u", "timestamp": "2026-09-01T10:00:00Z", "message": message,
                    "toolUseResult": result})
                .to_string()
            };
            let call = json!([{"type": "tool_use", "id": "t1", "name": "Agent", "input": {"prompt": "Add carts"}}]);
            let ended = json!([{"type": "tool_result", "tool_use_id": "t1", "content": content}]);
            let mut lines = vec![
                line("assistant", json!({"role": "assistant", "content": call}), Value::Null),
                line("user", json!({"role": "user", "content": ended}), result),
            ];
            lines
                .extend(notices.iter().map(|text| line("user", json!({"role": "user", "content": text}), Value::Null)));
            let reader = READERS[0];
            let text = lines.join("\n");
            let session = assemble(Path::new("a.jsonl"), &reader.agent(), read_lines(reader, text.as_bytes(), 1));
            match &session.turns[0].calls[0].outcome {
                Outcome::Succeeded { output, .. } => output.expose().to_owned(),
                other => format!("{other:?}"),
            }
        };
        let notice = |task: &str, said: &str| {
            format!(
                "<task-notification>\n<task-id>{task}</task-id>\n<summary>Agent \"Add carts\" finished</summary>\n<result>{said}</result>\n</task-notification>"
            )
        };
        let begun = || json!({"isAsync": true, "agentId": "a1"});
        let (first, more) = (notice("a1", "Commit: 1a2b3c4"), notice("a1", "Commit: 1a2b3c4, commit 2b3c4d5"));
        assert_eq!(read(json!({"agentId": "a1"}), "Committed 1a2b3c4.", &[]), "1a2b3c4");
        assert_eq!(read(begun(), "launched", &[&first, &more]), "1a2b3c4\n2b3c4d5");
        assert_eq!(read(begun(), "launched", &[&notice("a2", "Commit: 1a2b3c4")]), "", "of another one");
    }

    #[test]
    fn what_a_report_calls_its_commit_is_told_from_other_ids() {
        for (report, expected) in [
            ("**Commit:** `1a2b3c4d5e` on `tax`, base 9f9f9f9", "1a2b3c4d5e"),
            ("### Task 1 \u{2014} commit `1a2b3c4`\n### Task 2 \u{2014} commit `2b3c4d5`", "1a2b3c4\n2b3c4d5"),
            ("Committed both together at 1a2b3c4. Committed: 1a2b3c4", "1a2b3c4"),
            ("**Final commit**: `1a2b3c4` (base `9f9f9f9` verified)", "1a2b3c4"),
            ("Base commit: 9f9f9f9", ""),
            ("The work tree is at HEAD commit 9f9f9f9", ""),
            ("Shared checkout | `9f9f9f9`, clean", ""),
            ("Suites run at 9f9f9f9; nothing to commit", ""),
        ] {
            assert_eq!(reported_commits(report), expected, "{report}");
        }
    }
}
