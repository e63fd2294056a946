//! Sessions of the extension `pi-subagents`. It names each by the agent, the run and the place in it; since 2026-09 they all lie in
//! a folder that has the name of their parent's file, before that those that began with a copy of their parent's entries lay
//! beside it.

use std::path::{Path, PathBuf};

use super::places::id_in_name;
use crate::capture::compressed::stem_of;

/// Whether a session's name is one that a subagent gets: `subagent-worker-58a13b1f-1`, the run as eight digits or as a UUID, the place
/// in it not always.
pub(super) fn is_subagents_name(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("subagent-") else { return false };
    let is_place = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let without_place = rest.rsplit_once('-').filter(|(_, place)| is_place(place)).map(|(run, _)| run);
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_run = |run: &str| {
        let last = run.rsplit('-').next().unwrap_or_default();
        run.len() > last.len() && matches!(last.len(), 8 | 12) && is_hex(last)
    };
    is_run(rest) || without_place.is_some_and(is_run)
}

/// The folder of the subagents of a session.
pub(super) fn folder(main: &Path) -> Option<PathBuf> {
    let stem = stem_of(main)?;
    id_in_name(stem).map(|_| main.with_file_name(stem))
}

/// The folder of a session's subagents that a transcript lies in, and the id of the session. What subagents of these began lies
/// below, too.
pub(super) fn folder_of(transcript: &Path) -> Option<(&Path, &str)> {
    let id = |folder: &'_ Path| id_in_name(folder.file_name()?.to_str()?).map(str::len);
    let of_sessions = transcript.ancestors().skip(1).filter_map(|above| {
        let length = id(above)?;
        let name = above.file_name()?.to_str()?;
        Some((above, &name[name.len() - length..]))
    });
    of_sessions.last()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::capture::{is_subagent, merge, read};
    use crate::record::session::{PromptSource, Session};

    const PARENT: &str = r#"{"type":"session","version":3,"id":"01a222b2-0000","timestamp":"2026-11-28T15:08:01.825Z","cwd":"/w"}
{"type":"message","id":"a1","parentId":null,"timestamp":"2026-11-28T15:08:02Z","message":{"role":"user","content":"build the cart"}}
{"type":"message","id":"a2","parentId":"a1","timestamp":"2026-11-28T15:08:03Z","message":{"role":"assistant","model":"m-1","usage":{"input":5,"output":1},"content":[{"type":"toolCall","id":"c1","name":"bash","arguments":{"command":"ls"}}]}}
"#;
    const TASK: &str = r#"{"type":"message","id":"b2","parentId":"b1","timestamp":"2026-11-28T15:09:02Z","message":{"role":"user","content":"Task: [Read from: /tmp/context.md]\n\nwrite the tests"}}
{"type":"message","id":"b3","parentId":"b2","timestamp":"2026-11-28T15:09:03Z","message":{"role":"assistant","model":"m-1","usage":{"input":7,"output":2},"content":[{"type":"toolCall","id":"c2","name":"write","arguments":{"path":"a_test.py","content":"1\n"}}]}}
{"type":"message","id":"b4","parentId":"b3","timestamp":"2026-11-28T15:09:04Z","message":{"role":"user","content":"Tool budget soft limit reached after 1 tool call."}}
"#;
    const NAME: &str = r#"{"type":"session_info","id":"b1","parentId":null,"timestamp":"2026-11-28T15:09:01.900Z","name":"subagent-worker-58a13b1f-1"}"#;

    fn header(fork: &str) -> String {
        format!(
            r#"{{"type":"session","version":3,"id":"01a222b3-0000","timestamp":"2026-11-28T15:09:01.500Z","cwd":"/w"{fork}}}"#
        )
    }

    /// The parent's session and its subagent's, each from its file.
    fn sessions(place: &str, subagent: &str) -> [Session; 2] {
        let folder = tempfile::tempdir().unwrap();
        let of = |place: &str, text: &str| {
            let path = folder.path().join(place);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            read(&path).unwrap().remove(0)
        };
        [of("2026-11-28T15-08-01-825Z_01a222b2-0000.jsonl", PARENT), of(place, subagent)]
    }

    #[test]
    fn a_subagents_session_is_its_parents_wherever_that_is_known() {
        let fork = r#","parentSession":"C:\\s\\2026-11-28T15-08-01-825Z_01a222b2-0000.jsonl""#;
        let history = PARENT.split_once('\n').unwrap().1;
        let folder = "2026-11-28T15-08-01-825Z_01a222b2-0000";
        let beside = "2026-11-28T15-09-01-500Z_01a222b3-0000.jsonl".to_owned();
        for (place, text, joined) in [
            (beside.clone(), format!("{}\n{history}{NAME}\n{TASK}", header(fork)), true),
            (format!("{folder}/forks/{beside}"), format!("{}\n{history}{TASK}", header(fork)), true),
            (format!("{folder}/58a13b1f/run-0/session.jsonl"), format!("{}\n{TASK}", header("")), true),
            ("session.jsonl".to_owned(), format!("{}\n{NAME}\n{TASK}", header("")), false),
        ] {
            let [parent, subagent] = sessions(&place, &text);
            assert!(is_subagent(&subagent), "{place}");
            let prompts = subagent.turns.iter().filter_map(|turn| turn.prompt.as_ref());
            let sources: Vec<PromptSource> = prompts.map(|prompt| prompt.source).collect();
            assert_eq!(sources, [PromptSource::Delegated; 2], "{place}");
            assert_eq!(
                (subagent.tokens.input, subagent.models.as_slice()),
                (7, ["m-1".to_owned()].as_slice()),
                "{place}"
            );
            assert_eq!(subagent.started_at.unwrap().to_string(), "2026-11-28T15:09:01.5Z", "{place}");
            let merged = merge(vec![subagent, parent]);
            assert_eq!(merged.len() == 1, joined, "{place}");
            assert_eq!(merged[0].turns[0].prompt.as_ref().unwrap().source, PromptSource::Typed, "{place}");
            assert_eq!(merged[0].tokens.input, if joined { 12 } else { 5 }, "{place}");
        }
    }

    #[test]
    fn a_persons_fork_keeps_what_it_began_with() {
        let fork = r#","parentSession":"/s/2026-11-28T15-08-01-825Z_01a222b2-0000.jsonl""#;
        let history = PARENT.split_once('\n').unwrap().1;
        let [_, forked] =
            sessions("2026-11-28T15-09-01-500Z_01a222b3-0000.jsonl", &format!("{}\n{history}", header(fork)));
        assert_eq!(forked.turns[0].prompt.as_ref().unwrap().source, PromptSource::Typed);
        assert!(forked.other_ids.is_empty() && forked.turns.len() == 1);
    }

    #[test]
    fn the_name_of_a_subagents_session_is_told_from_a_persons() {
        for (name, expected) in [
            ("subagent-worker-58a13b1f-1", true),
            ("subagent-code-reviewer-58a13b1f-12", true),
            ("subagent-worker-7b0502ba-46ec-4046-940b-6887bf10a595-1", true),
            ("subagent-worker-58a13b1f", true),
            ("subagent-58a13b1f-1", false),
            ("subagent-worker-rewrite-1", false),
            ("subagent docs", false),
            ("fix the cart", false),
            ("", false),
        ] {
            assert_eq!(is_subagents_name(name), expected, "{name}");
        }
    }

    #[test]
    fn a_subagents_file_lies_in_a_folder_named_after_its_parents() {
        let main = Path::new("/s/--w--/2026-11-28T15-08-01-825Z_01a222b2.jsonl");
        let folder = folder(main).unwrap();
        for below in [
            "58a13b1f/run-0/session.jsonl",
            "forks/2026-11-28T15-09-01-825Z_01a222b3.jsonl",
            "forks/2026-11-28T15-09-01-825Z_01a222b3/58a13b20/run-0/session.jsonl",
        ] {
            assert_eq!(folder_of(&folder.join(below)), Some((folder.as_path(), "01a222b2")), "{below}");
        }
        assert_eq!(folder_of(main), None);
        assert_eq!(super::folder(&folder.join("58a13b1f/run-0/session.jsonl")), None);
    }
}
