//! The reader of an agent that is mapped.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::entry::{facts, tell};
use super::fields::{FieldRecord, FieldScope, walk};
use super::pattern::FilePattern;
use crate::capture::event::{Event, EventKind};
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::json::{Cursor, Read, Value};
use crate::capture::lines::{first_lines, without_mark};
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::FileSearch;
use crate::capture::values::skip_document;
use crate::record::agent::Agent;
use crate::record::agent_mapping::{AgentMapping, MappedFormat};
use crate::record::field_path::PathStep;

/// A mapping, and where the files that it is for are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::capture) struct MappedReader {
    mapping: AgentMapping,
    patterns: Vec<FilePattern>,
}

impl MappedReader {
    pub(in crate::capture) fn new(mapping: AgentMapping, patterns: Vec<FilePattern>) -> Self {
        Self { mapping, patterns }
    }

    /// Whether a file is where the mapping says that this agent's are.
    pub(in crate::capture) fn owns(&self, path: &Path) -> bool {
        self.pattern_of(path).is_some()
    }

    /// All that decides what is read of a file, as text: where the files are does not belong to it.
    pub(in crate::capture) fn fields(&self) -> String {
        format!("{:?}", AgentMapping { files: Vec::new(), ..self.mapping.clone() })
    }

    fn pattern_of(&self, path: &Path) -> Option<&FilePattern> {
        let folder = path.parent()?;
        self.patterns.iter().find(|pattern| pattern.has_file(path) && pattern.has_folder(folder))
    }

    /// Reads the entries of a document, as far as it is whole.
    fn read_document(&self, text: &[u8], events: &mut Events) -> Read<()> {
        let (root, read) = FieldRecord::of(text);
        let nothing = FieldRecord::default();
        // A list is a document, too.
        let read = if text.trim_ascii_start().starts_with(b"[") { Ok(()) } else { read };
        facts(&self.mapping, FieldScope::new(&root, &nothing), events);
        let steps: &[PathStep] = self.mapping.entries.as_ref().map_or(&[], |path| &path.steps);
        let walked = walk(&mut Cursor::new(text), steps, &mut |entry: Value<'_>| {
            tell(&self.mapping, (&root, &FieldRecord::of(entry.json()).0), entry.json(), events);
        });
        read.and(walked)
    }
}

impl Reader for MappedReader {
    fn agent(&self) -> Agent {
        self.mapping.name.clone()
    }

    fn version(&self) -> u32 {
        1
    }

    fn held(&self, _: SessionFact) -> HeldFact {
        HeldFact::InPart("what its mapping names")
    }

    /// Whether something that a person or the agent did is found in it.
    fn recognises(&self, head: &[u8]) -> bool {
        let mut events = Events::default();
        match self.mapping.format {
            MappedFormat::Jsonl => {
                for line in first_lines(head) {
                    // The last one may be cut.
                    let _ = self.read_line(line.trim_ascii(), &mut events);
                }
            }
            MappedFormat::Json => {
                let _ = self.read_document(head, &mut events);
            }
        }
        let tells = |Event(kind): &Event| matches!(kind, EventKind::Prompt(_) | EventKind::Call(_));
        events.finish().iter().any(tells)
    }

    fn read_line(&self, line: &[u8], events: &mut Events) -> Read<()> {
        let record = FieldRecord::of_object(line)?;
        tell(&self.mapping, (&record, &record), line, events);
        Ok(())
    }

    fn only_grows(&self) -> bool {
        self.mapping.format == MappedFormat::Jsonl
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        let bytes = fs::read(main)?;
        if self.read_document(without_mark(&bytes), events).is_err() {
            skip_document(events);
        }
        Ok(())
    }

    fn folders(&self, _: &AgentHomes) -> Vec<AgentFolder> {
        let mut found: Vec<AgentFolder> = Vec::new();
        for pattern in &self.patterns {
            let within = pattern.base().to_owned();
            let folder = |path| AgentFolder { path, within: within.clone(), is_deep: false };
            let new = pattern.folders().into_iter().filter(|path| !found.iter().any(|known| known.path == *path));
            let new: Vec<AgentFolder> = new.map(folder).collect();
            found.extend(new);
        }
        found
    }

    fn trees(&self, _: &AgentHomes) -> Vec<(usize, PathBuf)> {
        self.patterns.iter().map(FilePattern::tree).collect()
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch) {
        for entry in search.read(folder) {
            let path = entry.path();
            if self.owns(&path) && !path.is_dir() {
                search.add_entry(self.agent(), path, &entry);
            }
        }
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        let patterns = self.patterns.iter().filter(|pattern| pattern.has_folder(folder));
        patterns.filter_map(|pattern| pattern.named(folder, id)).next()
    }

    fn named_by<'a>(&self, transcript: &'a Path) -> Option<&'a str> {
        self.pattern_of(transcript).filter(|pattern| pattern.is_named_by_folder())?;
        transcript.parent()?.file_name()?.to_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::assemble::assemble;
    use crate::capture::lines::read_lines;
    use crate::record::session::{Action, Change, Outcome, Session};

    fn reader(yaml: &str) -> MappedReader {
        let mapping: AgentMapping = serde_saphyr::from_str(yaml).unwrap();
        assert_eq!(mapping.check(), Ok(()));
        MappedReader::new(mapping, Vec::new())
    }

    const LINES: &str = r"
name: acme
format: jsonl
session: {id: sid, cwd: dir, branch: git.branch, version: v, model: [model, meta.model], time: ts}
prompts: {when: {kind: user}, unless: {synthetic: true}, id: id, text: body}
replies: {when: {kind: said}, text: body}
calls: {when: {kind: acts}, each: 'body[*]', id: id, name: tool, arguments: args}
tools:
  shell: {names: [run, sh], command: cmd, cwd: dir}
  write: {names: put, path: file, content: text}
  replace: {names: change, each: 'edits[*]', path: file, old: from, new: to}
  patch: {names: patch, patch: text, path: file}
  delete: {names: drop, path: file}
results:
  when: {kind: result}
  call: of
  output: out
  exit_code: code
  error: error
  rejected: {state: denied}
  reason: why
  interrupted: {state: [stopped, killed]}
tokens: {when: {kind: usage}, input: in, output: out}
";

    fn session(reader: &MappedReader, lines: &str) -> Session {
        assemble(Path::new("/w/s-1.jsonl"), &reader.agent(), read_lines(reader, lines.as_bytes(), 1))
    }

    /// A call as: what was done -> how it ended.
    fn calls(session: &Session) -> Vec<String> {
        let change = |change: &Change| match change {
            Change::Write { text } => format!("= {}", text.expose()),
            Change::Replace { before, after, .. } => format!("{} -> {}", before.expose(), after.expose()),
            Change::Patch { hunks } => hunks.iter().map(|hunk| hunk.lines.expose().replace('\n', "/")).collect(),
            Change::Delete => "gone".to_owned(),
            _ => "moved".to_owned(),
        };
        let calls = session.turns.iter().flat_map(|turn| &turn.calls);
        let one = |call: &crate::record::session::ToolCall| {
            let done = match &call.action {
                Action::Shell { command, cwd } => format!("{} in {}", command.expose(), cwd.as_deref().unwrap_or("?")),
                Action::Edit(edits) => {
                    let all = edits.iter().map(|edit| format!("{} {}", edit.path, change(&edit.change)));
                    all.collect::<Vec<_>>().join(", ")
                }
                _ => call.tool.clone(),
            };
            let end = match &call.outcome {
                Outcome::Pending => "open".to_owned(),
                Outcome::Succeeded { output, .. } => format!("ok {}", output.expose()),
                Outcome::Failed { exit_code, output, .. } => format!("failed {exit_code:?} {}", output.expose()),
                Outcome::Rejected { reason } => {
                    format!("rejected {}", reason.as_ref().map_or("", |reason| reason.expose()))
                }
                Outcome::Interrupted => "stopped".to_owned(),
                _ => "other".to_owned(),
            };
            format!("{done}: {}", end.trim_end())
        };
        calls.map(one).collect()
    }

    #[test]
    fn what_a_mapping_names_is_read_and_all_else_is_absent() {
        let reader = reader(LINES);
        let lines = [
            r#"{"kind":"start","sid":"s-77","dir":"/w","git":{"branch":"main"},"v":"1.2","ts":1767322800}"#,
            r#"{"kind":"user","id":1,"ts":"2026-01-02T03:00:01Z","body":[{"type":"text","text":" fix it "},{"type":"image"}]}"#,
            r#"{"kind":"user","synthetic":true,"body":"injected"}"#,
            r#"{"kind":"said","meta":{"model":"m-1"},"body":"I look"}"#,
            r#"{"kind":"acts","body":[{"id":"a","tool":"run","args":"{\"cmd\":[\"bash\",\"-lc\",\"make\"]}"},{"id":"b","tool":"put","args":{"file":"x","text":""}}]}"#,
            r#"{"kind":"acts","body":[{"id":"c","tool":"change","args":{"file":"y","edits":[{"from":"1","to":"2"},{"file":"z","from":"3","to":""}]}}]}"#,
            r#"{"kind":"acts","body":[{"id":"d","tool":"patch","args":{"file":"p","text":"@@ -1 +1 @@\n-a\n+b\n"}},{"id":"e","tool":"drop","args":{"file":"q"}}]}"#,
            r#"{"kind":"acts","body":[{"id":"f","tool":"think","args":{"cmd":"ls"}},{"id":"g","tool":"sh","args":{"cmd":"sleep 9","dir":"/v"}},{"id":"h","tool":"sh","args":{}}]}"#,
            r#"{"kind":"result","of":"a","out":"no rule","code":2}"#,
            r#"{"kind":"result","of":"b","out":"","code":null,"error":false}"#,
            r#"{"kind":"result","of":"c","error":"text not found"}"#,
            r#"{"kind":"result","of":"d"}"#,
            r#"{"kind":"result","of":"e","state":"denied","why":"keep q"}"#,
            r#"{"kind":"result","of":"g","state":"killed"}"#,
            r#"{"kind":"usage","in":10,"out":2}"#,
            r#"{"kind":"usage","in":10,"out":2}"#,
            r#"{"kind":"usage","in":5}"#,
            "[1]",
            r#"{"kind":"user","body":"cut"#,
        ];
        let session = session(&reader, &lines.join("\n"));
        assert_eq!(
            (session.id.as_str(), session.agent.as_str(), session.branch.as_deref()),
            ("s-77", "acme", Some("main"))
        );
        assert_eq!(
            (session.agent_versions.as_slice(), session.models.as_slice()),
            (&["1.2".to_owned()][..], &["m-1".to_owned()][..])
        );
        assert_eq!(session.started_at.unwrap().to_string(), "2026-01-02T03:00:00Z");
        let prompts: Vec<&str> =
            session.turns.iter().filter_map(|turn| Some(turn.prompt.as_ref()?.text.expose())).collect();
        assert_eq!(prompts, ["fix it"]);
        assert_eq!(
            calls(&session),
            [
                "make in /w: failed Some(2) no rule",
                "x = : ok",
                "y 1 -> 2, z 3 -> : failed None text not found",
                "p -a/+b: open",
                "q gone: rejected keep q",
                "think: open",
                "sleep 9 in /v: stopped",
                "sh: open",
            ]
        );
        // The same line twice is one message.
        assert_eq!((session.tokens.input, session.tokens.output), (15, 2));
        assert_eq!(session.skipped.iter().map(|skip| skip.line).collect::<Vec<_>>(), [18, 19]);
    }

    #[test]
    fn a_document_is_read_as_far_as_it_is_whole() {
        let yaml = "
name: acme
format: json
entries: $.log.items[*]
session: {id: $.log.id, cwd: $.dir, time: at}
prompts: {when: {who: [me, us]}, text: what}
calls: {when: {who: it}, id: num, name: tool, arguments: in}
tools: {shell: {names: run, command: line}}
results: {when: {who: it, done: true}, call: num, output: out, failed: {ok: false}}
";
        let reader = reader(yaml);
        let text = r#"{"dir":"/w","log":{"id":"s-9","items":[{"who":"me","what":"go","at":1767322800500},
            {"who":"it","num":4,"tool":"run","in":{"line":"make"},"done":true,"ok":false,"out":"bad"},{"who":"us","what":"again"}]}}"#;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            let mut events = Events::default();
            reader.read_whole(&path, &mut events).unwrap();
            assemble(&path, &reader.agent(), events.finish())
        };
        let session = read(text);
        assert_eq!((session.id.as_str(), session.cwds.as_slice()), ("s-9", &["/w".to_owned()][..]));
        assert_eq!(session.started_at.unwrap().to_string(), "2026-01-02T03:00:00.5Z");
        assert_eq!((session.turns.len(), session.skipped.len()), (2, 0));
        assert_eq!(calls(&session), ["make in /w: failed None bad"]);
        for (at, _) in text.char_indices() {
            let cut = read(&text[..at]);
            assert_eq!(cut.skipped.len(), 1, "{at}");
            assert_eq!(cut.turns.is_empty(), at < text.find('\n').unwrap() - 1, "{at}");
        }
        assert!(reader.recognises(&text.as_bytes()[..text.find("\"done").unwrap()]));
        assert!(!reader.recognises(b"{\"log\":{\"items\":[{\"who\":\"it\"}]}}"));
        let list = super::tests::reader(&yaml.replace("$.log.items[*]", "'$[*]'"));
        assert!(list.recognises(br#"[{"who":"me","what":"go"}]"#));
    }

    #[test]
    fn damaged_lines_cost_themselves_and_nothing_else() {
        let reader = reader(LINES);
        let lines = [
            r#"{"kind":"acts","body":[{"id":"a","tool":"run","args":"{\"cmd\":\"ls\"}"},{"id":"b","tool":"change","args":{"edits":[{}]}}]}"#,
            r#"{"kind":"result","of":"a","out":[{"text":"\u00e9"}],"code":"1","error":{"message":"no"}}"#,
            r#"{"kind":"usage","in":1e9,"out":-1,"ts":-99999999999999999999,"model":{}}"#,
        ];
        let last = r#"{"kind":"user","body":"go on"}"#;
        for line in lines {
            for at in (0..line.len()).filter(|at| line.is_char_boundary(*at)) {
                let cut = &line[..at];
                let mut flipped = line.as_bytes().to_vec();
                flipped[at] ^= 0x20;
                for damaged in [cut.as_bytes(), &flipped] {
                    let text = [damaged, b"\n", last.as_bytes()].concat();
                    let session = assemble(Path::new("a.jsonl"), &reader.agent(), read_lines(&reader, &text, 1));
                    let prompts = session.turns.iter().filter(|turn| turn.prompt.is_some()).count();
                    assert_eq!(prompts, 1, "{}", String::from_utf8_lossy(damaged));
                }
            }
        }
    }
}
