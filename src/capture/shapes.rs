//! Readers of each shape in which agents keep sessions, to show that [`Reader`] has room for them. Each finds prompts and
//! nothing else.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use super::event::{Event, EventKind, PromptEvent, Standing};
use super::events::Events;
use super::held::{HeldFact, SessionFact};
use super::reader::Reader;
use super::tail::Tail;
use crate::record::agent::Agent;
use crate::record::session::{PromptSource, Skip};

const TOY: Agent = Agent::known("toy");

fn say(text: &str, events: &mut Events) {
    let (text, source, standing) = (text.to_owned(), PromptSource::Typed, Standing::Sure);
    events.push(EventKind::Prompt(Box::new(PromptEvent {
        id: None,
        at: None,
        text,
        source,
        parent: 0,
        standing,
        away: false,
    })));
}

fn skip(why: String, events: &mut Events) {
    events.push(EventKind::Skipped(Skip { line: 0, why }));
}

/// The parts that all of them have in common.
macro_rules! read_whole {
    ($head:expr) => {
        fn agent(&self) -> Agent {
            TOY
        }

        fn version(&self) -> u32 {
            1
        }

        fn held(&self, _: SessionFact) -> HeldFact {
            HeldFact::Absent
        }

        fn recognises(&self, head: &[u8]) -> bool {
            head.starts_with($head)
        }

        fn only_grows(&self) -> bool {
            false
        }
    };
}

/// One JSON document, rewritten with each message.
struct Document;

impl Reader for Document {
    read_whole!(b"{\"messages\"");

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        match serde_json::from_slice::<Value>(&fs::read(main)?) {
            Ok(document) => {
                let messages = document["messages"].as_array().into_iter().flatten();
                messages.filter_map(Value::as_str).for_each(|text| say(text, events));
            }
            Err(error) => skip(error.to_string(), events),
        }
        Ok(())
    }
}

/// Lines, of which later ones replace earlier ones by their ids, or take the last ones back.
struct Replayed;

impl Reader for Replayed {
    read_whole!(b"{\"id\"");

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        let mut messages: Vec<(u64, String)> = Vec::new();
        for line in fs::read_to_string(main)?.lines() {
            let Ok(line) = serde_json::from_str::<Value>(line) else {
                skip("damaged JSON".to_owned(), events);
                continue;
            };
            if let Some(count) = line["undo"].as_u64() {
                messages.truncate(messages.len().saturating_sub(usize::try_from(count).unwrap_or(usize::MAX)));
            } else if let (Some(id), Some(text)) = (line["id"].as_u64(), line["text"].as_str()) {
                match messages.iter_mut().find(|(known, _)| *known == id) {
                    Some((_, known)) => text.clone_into(known),
                    None => messages.push((id, text.to_owned())),
                }
            }
        }
        messages.iter().for_each(|(_, text)| say(text, events));
        Ok(())
    }
}

/// A database, the newest rows of which are in its log.
struct Database;

impl Reader for Database {
    read_whole!(b"SQLite format 3\0");

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        let rows = || -> rusqlite::Result<Vec<String>> {
            let connection = Connection::open_with_flags(main, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            let mut statement = connection.prepare("SELECT text FROM message ORDER BY id")?;
            statement.query_map([], |row| row.get(0))?.collect()
        };
        rows().map_err(io::Error::other)?.iter().for_each(|text| say(text, events));
        Ok(())
    }

    fn files_beside(&self, main: &Path) -> Vec<PathBuf> {
        let mut log = main.as_os_str().to_owned();
        log.push("-wal");
        vec![log.into()]
    }
}

/// A folder with a file for each message.
struct MessageFolder;

impl Reader for MessageFolder {
    read_whole!(b"{\"session\"");

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        for file in self.files_beside(main) {
            say(&fs::read_to_string(file)?, events);
        }
        Ok(())
    }

    fn files_beside(&self, main: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(main.with_extension("")).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        files.sort();
        files
    }
}

/// Markdown, in which prompts are headings.
struct MarkdownPrompts;

impl Reader for MarkdownPrompts {
    read_whole!(b"# chat");

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        let text = fs::read_to_string(main)?;
        text.lines().filter_map(|line| line.strip_prefix("#### ")).for_each(|text| say(text, events));
        Ok(())
    }
}

fn prompts(events: &[Event]) -> Vec<&str> {
    let prompts = events.iter().filter_map(|event| match &event.0 {
        EventKind::Prompt(prompt) => Some(prompt.text.as_str()),
        _ => None,
    });
    prompts.collect()
}

#[test]
fn a_session_of_any_shape_is_read_whole_and_again_when_one_of_its_files_changed() {
    let home = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    };
    // Held open, so that the log is not merged into the database.
    let database = Connection::open(home.path().join("d.db")).unwrap();
    database.pragma_update(None, "journal_mode", "WAL").unwrap();
    let run = |sql: &str| database.execute_batch(sql).unwrap();
    type Step<'a> = &'a dyn Fn() -> PathBuf;
    let shapes: [(&str, &'static dyn Reader, Step<'_>, Step<'_>, &str); 5] = [
        (
            "a document",
            &Document,
            &|| file("a.json", r#"{"messages":["a","b"]}"#),
            &|| file("a.json", r#"{"messages":["a","c","d"]}"#),
            "a c d",
        ),
        (
            "lines that are replaced and taken back",
            &Replayed,
            &|| file("b.jsonl", "{\"id\":1,\"text\":\"a\"}\n{\"id\":2,\"text\":\"b\"}\n"),
            &|| {
                let lines =
                    r#"{"id":1,"text":"a"} {"id":2,"text":"b"} {"id":3,"text":"x"} {"undo":1} {"id":2,"text":"c"}"#;
                file("b.jsonl", &lines.replace(' ', "\n"))
            },
            "a c",
        ),
        (
            "a database",
            &Database,
            &|| {
                run("CREATE TABLE message (id INTEGER PRIMARY KEY, text TEXT);
                    INSERT INTO message (text) VALUES ('a'), ('b'); PRAGMA wal_checkpoint(TRUNCATE)");
                home.path().join("d.db")
            },
            &|| {
                run("INSERT INTO message (text) VALUES ('c')");
                home.path().join("d.db")
            },
            "a b c",
        ),
        (
            "several files",
            &MessageFolder,
            &|| {
                file("e/1", "a");
                file("e/2", "b");
                file("e.json", r#"{"session":1}"#)
            },
            &|| {
                file("e/3", "c");
                home.path().join("e.json")
            },
            "a b c",
        ),
        (
            "Markdown",
            &MarkdownPrompts,
            &|| file("f.md", "# chat\n#### a\nyes\n#### b\n"),
            &|| file("f.md", "# chat\n#### a\nyes\n#### b\n#### c\n"),
            "a b c",
        ),
    ];
    for (name, reader, write, change, after) in shapes {
        let main = write();
        assert!(reader.recognises(&fs::read(&main).unwrap()), "{name}");
        let size = || fs::metadata(&main).unwrap().len();
        let mut tail = Tail::with(Some(reader), &main, size(), (0, 0)).unwrap();
        let (mark, part) = (tail.mark(), tail.next_part().unwrap().unwrap());
        assert_eq!(prompts(&part.events), ["a", "b"], "{name}");
        assert!(part.is_last && tail.next_part().unwrap().is_none(), "{name}: there is one part");
        let mut same = Tail::with(Some(reader), &main, size(), (part.end, part.lines)).unwrap();
        assert_eq!((same.mark(), same.next_part().unwrap().is_none()), (mark, true), "{name}: nothing changed");
        change();
        let mut tail = Tail::with(Some(reader), &main, size(), (part.end, part.lines)).unwrap();
        assert_ne!(tail.mark(), mark, "{name}: what was read of it is no longer true");
        let mut tail = Tail::with(Some(reader), &main, size(), (0, 0)).unwrap();
        let part = tail.next_part().unwrap().unwrap();
        assert_eq!(prompts(&part.events).join(" "), after, "{name}");
    }
}

#[test]
fn what_cannot_be_understood_is_counted() {
    let home = tempfile::tempdir().unwrap();
    let main = home.path().join("a.json");
    fs::write(&main, "{\"messages\": [").unwrap();
    let mut tail = Tail::with(Some(&Document), &main, 14, (0, 0)).unwrap();
    let part = tail.next_part().unwrap().unwrap();
    assert!(matches!(&part.events[..], [Event(EventKind::Skipped(_))]));
}
