//! Acme: one entry a line in `<home>/.acme/sessions/<id>.jsonl` (`ACME_HOME` moves `.acme`). Fields as seen in sessions of 2.4.

use std::path::{Path, PathBuf};

use crate::capture::event::{
    CallEnd, CallEvent, EventKind, PromptEvent, ResultEvent, SessionFacts, UsageEvent, ends_of,
};
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::json::{Read, Value, whole_object};
use crate::capture::lines::first_lines;
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::FileSearch;
use crate::capture::time::time;
use crate::capture::tool_calls;
use crate::capture::values::{count, exit_code, has_keys, owned, text_of};
use crate::record::agent::Agent;
use crate::record::session::{FailureKind, Tokens};

pub(in crate::capture) struct Acme;

impl Reader for Acme {
    /// The short name of its row in `AGENTS`.
    fn agent(&self) -> Agent {
        Agent::known("acme")
    }

    /// Raised with each change to what is read below: sessions that were read before are read again.
    fn version(&self) -> u32 {
        1
    }

    /// Its line in docs/agents.md. What the format does not hold is absent, never guessed.
    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Reasons | SessionFact::Interrupts | SessionFact::Subagents => HeldFact::Absent,
            SessionFact::Cost | SessionFact::Forks => HeldFact::NotRead,
            _ => HeldFact::Read,
        }
    }

    /// By content, so that a file is known wherever it lies. No other agent's lines may pass.
    fn recognises(&self, head: &[u8]) -> bool {
        first_lines(head).next().is_some_and(|line| has_keys(line, &["acme", "kind"]))
    }

    /// One line, without those before: a hook reads only what is new. `Err` counts it as damaged. What is not asked for is not decoded.
    fn read_line(&self, line: &[u8], events: &mut Events) -> Read<()> {
        let (mut kind, mut at, mut data) = (&b""[..], None, Value::NULL);
        whole_object(line, |cursor, key| {
            match key {
                b"kind" => kind = cursor.value()?.bare(),
                b"at" => at = time(cursor.value()?.bare()),
                b"data" => data = cursor.value()?,
                _ => {}
            }
            Ok(())
        })?;
        at.into_iter().for_each(|at| events.saw(at));
        let text = |name: &str| owned(data.member(name));
        match kind {
            b"start" => {
                let (session, version, cwd) = (text("session"), text("version"), text("cwd"));
                events.about(SessionFacts { session, version, cwd, ..SessionFacts::default() });
            }
            // Only what a person typed: Acme marks its own reminders. By its id a prompt that is written again counts once.
            b"user" if !data.member("reminder").is_some_and(Value::is_true) => {
                let words = text_of(data.member("text")).trim().to_owned();
                events
                    .push(EventKind::Prompt(Box::new(PromptEvent { id: text("id"), ..PromptEvent::typed(words, at) })));
            }
            b"agent" => {
                text("model").into_iter().for_each(|name| events.model(name.into()));
                text("text").into_iter().for_each(|text| events.push(EventKind::Reply { text }));
                let (input, output) = (count(data.member("in")), count(data.member("out"))); // Once for each id.
                events.usage(UsageEvent { message: text("id"), tokens: Tokens { input, output, ..Tokens::default() } });
            }
            b"call" => {
                let (id, tool) = (text("id").unwrap_or_default(), text("tool").unwrap_or_default());
                // Lines of edits are what commits are linked by. An agent with other words than most has a `match` of its own.
                let args = data.member("args").and_then(|args| serde_json::from_slice(args.json()).ok());
                let action = tool_calls::action(&tool, &args.unwrap_or_default());
                events.push(EventKind::Call(Box::new(CallEvent { id, at, tool, action, ..CallEvent::default() })));
            }
            b"result" => {
                let exit_code = exit_code(data.member("exit"));
                let end = match data.member("status").map(Value::bare) {
                    Some(b"denied") => CallEnd::Rejected { reason: None },
                    Some(b"error") => CallEnd::Failed,
                    _ if exit_code.is_some_and(|code| code != 0) => CallEnd::Failed, // Acme says `done` of it.
                    _ => CallEnd::Succeeded,
                };
                let (call, output) = (text("call").unwrap_or_default(), ends_of(text_of(data.member("output"))));
                let result = ResultEvent { exit_code, output, ..ResultEvent::new(call, at, end) };
                events.push(EventKind::Result(Box::new(result)));
            }
            _ => {}
        }
        Ok(())
    }

    /// How it words why a call failed; without this, failed attempts are missing.
    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[("old text not found", FailureKind::EditNoMatch)]
    }

    /// Where folders of sessions would be, so many levels deep: hooks look here for new ones.
    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        let own = places.moved_by("ACME_HOME").map(Path::to_owned);
        let own = own.or_else(|| Some(places.home.as_ref()?.join(".acme")));
        own.into_iter().map(|own| (0, own.join("sessions"))).collect()
    }

    /// What is there now. Nothing is read outside of `within`.
    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let found = self.trees(places).into_iter().filter(|(_, folder)| folder.is_dir());
        found.map(|(_, path)| AgentFolder { path: path.clone(), within: path, is_deep: false }).collect()
    }

    fn list(&self, folder: &Path, deep: bool, search: &mut FileSearch) {
        search.files_of(&self.agent(), folder, deep, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::assemble::assemble;
    use crate::capture::lines::read_lines;
    use crate::record::session::{Action, Outcome};

    const CONTRIBUTING: &str = include_str!("../../../CONTRIBUTING.md");

    #[test]
    fn the_example_in_contributing_is_this_reader() {
        let own = include_str!("example.rs").split_once("\n#[cfg(test)]").unwrap().0;
        assert!(CONTRIBUTING.contains(&format!("```rust\n{own}```\n")), "copy what stands above the tests there");
        let whole = CONTRIBUTING.split_once("### A worked example").unwrap().1.split_once("\n## ").unwrap().0;
        assert!(whole.lines().count() < 150, "{}", whole.lines().count());
    }

    #[test]
    fn the_sample_in_contributing_is_read() {
        let sample = CONTRIBUTING.split_once("```jsonl\n").unwrap().1.split_once("```").unwrap().0;
        assert!(Acme.recognises(sample.as_bytes()));
        let more = r#"{"kind":"call","data":{"id":"c3","tool":"shell","args":{"command":"git push"}}}
{"kind":"result","data":{"call":"c3","status":"denied"}}
{"kind":"user","data":{"reminder":true,"text":"be short"}}
{"kind":"user","data":{"text":"cut off"#;
        let sample = format!("{sample}{more}");
        let session = assemble(Path::new("a.jsonl"), &Acme.agent(), read_lines(&Acme, sample.as_bytes(), 1));
        assert_eq!((session.id.as_str(), session.turns.len(), session.skipped.len()), ("a-71", 1, 1));
        assert_eq!(
            (session.agent_versions.as_slice(), session.models.as_slice()),
            (&["2.4.0".to_owned()][..], &["acme-1".to_owned()][..])
        );
        assert_eq!((session.tokens.input, session.tokens.output), (900, 40));
        let calls = &session.turns[0].calls;
        assert!(matches!(&calls[0].action, Action::Edit(edits) if edits[0].path == "hi.py"));
        assert!(matches!(&calls[0].outcome, Outcome::Succeeded { .. }));
        assert!(matches!(&calls[1].outcome, Outcome::Failed { exit_code: Some(1), .. }));
        assert!(matches!(&calls[2].outcome, Outcome::Rejected { reason: None }));
    }

    #[test]
    fn its_files_are_where_it_says() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".acme/sessions");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("a-71.jsonl"), "").unwrap();
        let places = AgentHomes { home: Some(home.path().to_owned()), ..AgentHomes::default() };
        assert_eq!(Acme.folders(&places)[0].path, folder);
        assert_eq!(Acme.trees(&places), [(0, folder.clone())]);
        assert_eq!((Acme.version(), Acme.failures().len()), (1, 1));
        let mut search = FileSearch::default();
        Acme.list(&folder, false, &mut search);
        assert_eq!(search.finish().0.len(), 1);
    }
}
