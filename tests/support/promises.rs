//! What must hold for any input, stated once. The property tests (`tests/properties.rs`) and the fuzz targets (`fuzz/`)
//! feed it; each function panics where its promise is broken.

#![allow(unreachable_pub, reason = "each test file is a program of its own")]

use std::path::Path;

use backstory::capture;
use backstory::config;
use backstory::document::description::{Limits, describe};
use backstory::document::gate;
use backstory::document::render::{Template, render};
use backstory::document::terminal;
use backstory::git::trailers;
use backstory::output::for_terminal;
use backstory::policy::evaluate;
use backstory::record::agent::Agent;
use backstory::record::entry::{CommitEntry, Training};
use backstory::record::text::{Clean, Raw};
use backstory::recorder::{note_codec, note_size};
use backstory::redact::{RedactionOptions, Redactor};
use backstory::text::markdown::{Markdown, cell, code, code_cell, fence, inline};
use backstory::text::unseen::is_bidirectional;
use pulldown_cmark::{Event, Options, Parser, Tag};

/// The commit that every note of a test is about.
#[allow(dead_code, reason = "not every fuzz target reads notes")]
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A transcript is read without a panic, wherever it is cut; what is kept in the index is read again as it was; lines
/// that are no JSON are counted, in order.
pub fn transcript(agent: &Agent, bytes: &[u8]) {
    let _ = capture::detect(bytes);
    let (events, consumed) = capture::read_tail(agent, bytes, 1);
    let whole = &bytes[..consumed];
    assert_eq!(capture::decode(&capture::encode(&events)).as_deref(), Some(events.as_slice()));
    let cut = whole.iter().take(whole.len() / 2).rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let lines_before = whole[..cut].iter().filter(|byte| **byte == b'\n').count() as u64;
    let (mut parts, _) = capture::read_tail(agent, &whole[..cut], 1);
    parts.extend(capture::read_tail(agent, &whole[cut..], lines_before + 1).0);
    let session = capture::assemble(Path::new("input.jsonl"), agent, events);
    let in_parts = capture::assemble(Path::new("input.jsonl"), agent, parts);
    assert_eq!(session.skipped, in_parts.skipped);
    assert_eq!(session.turns.len(), in_parts.turns.len());
    let is_no_object = |line: &&[u8]| !line.trim_ascii().is_empty() && !line.trim_ascii().starts_with(b"{");
    let broken = whole.split(|byte| *byte == b'\n').filter(is_no_object).count();
    assert!(session.skipped.len() >= broken, "{} skipped of {broken}", session.skipped.len());
    assert!(session.skipped.windows(2).all(|pair| pair[0].line < pair[1].line), "{:?}", session.skipped);
    assert_eq!(capture::merge(vec![session.clone(), session]).len(), 1);
}

/// A session that is read whole, from a file of its own, is read without a panic and belongs to itself; what is kept in the index is
/// read again as it was.
#[allow(dead_code, reason = "not every fuzz target reads sessions of this kind")]
#[allow(clippy::disallowed_methods, reason = "a fuzz target has no other place for a file")]
pub fn whole_session(name: &str, bytes: &[u8]) {
    if capture::detect(bytes).is_none() {
        return;
    }
    let thread = format!("{:?}", std::thread::current().id()).replace(['(', ')'], "-");
    let folder = std::env::temp_dir().join(format!("session-{}-{thread}", std::process::id()));
    let path = folder.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(&path, bytes).unwrap();
    if let Ok((_, events)) = capture::read_events(&path) {
        assert_eq!(capture::decode(&capture::encode(&events)).as_deref(), Some(events.as_slice()));
    }
    for session in capture::read(&path).into_iter().flatten() {
        assert_eq!(capture::merge(vec![session.clone(), session]).len(), 1);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A journal is read or refused with one line that says why.
pub fn journal(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = capture::detect(bytes);
    match capture::read_journal(Path::new("journal.yaml"), &text) {
        Ok(journal) => drop(journal.into_session(Path::new("journal.yaml"))),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A note is read or refused; a record that was read is written and read again as it was, and every document that is
/// made of it is whole and harmless, whoever wrote the note.
pub fn note(bytes: &[u8]) {
    let Ok(record) = note_codec::from_note(COMMIT, bytes) else { return };
    let again = note_size::serialise(&record).expect("a record can be written");
    assert_eq!(note_codec::from_note(&record.commit, &again).expect("what was written can be read"), record);
    let entry = CommitEntry {
        id: COMMIT.to_owned(),
        subject: Clean::from_redacted("subject".to_owned()),
        author: Clean::from_redacted("author".to_owned()),
        record: Some(record),
        stated: Vec::new(),
        trailers: Vec::new(),
        training: Training::Allowed,
        settings: Vec::new(),
        header: None,
    };
    let is_harmful = |c: char| !matches!(c, '\n' | '\t') && c.is_control() || is_bidirectional(c);
    let one = std::slice::from_ref(&entry);
    let verdict = gate::page(&evaluate(one, &config::Config::default().policy));
    for page in [terminal::show(&entry, true), terminal::log(one), verdict] {
        for piece in page.0 {
            // As `show` and `log` write each piece. Only our own line ends are left in a page.
            assert!(!piece.text.trim_end_matches('\n').contains('\n'), "{:?}", piece.text);
            assert!(!for_terminal(&piece.text).chars().any(is_harmful), "{:?}", piece.text);
        }
    }
    let limits = Limits::default();
    if let Some(description) = describe(&[entry], limits) {
        for template in [Template::PullRequest, Template::Summary] {
            let text = render(&description, template, limits).expect("the templates of the program are right");
            assert!(!text.chars().any(is_harmful), "{text:?}");
            // Without its beginning, what ends a comment is text.
            assert!(!text.contains("<!--"), "{text}");
        }
    }
}

/// Settings are read or refused with the file and the line.
pub fn settings(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(error) = config::parse(&text, Path::new(config::FILE_NAME)) {
        assert!(error.to_string().starts_with(".backstory.yml:"), "{error}");
    }
}

/// Trailers are read; what is added to a message is read again, once, and nothing of the message is lost.
pub fn message(bytes: &[u8]) {
    let _ = trailers::parse(bytes, trailers::COMMENT);
    let prefix = trailers::comment_prefix(Some("auto"), bytes);
    assert!(!prefix.is_empty());
    let once = trailers::append(bytes, &[("Backstory-Session", "codex/1")], trailers::COMMENT);
    let mut rest = once.as_slice();
    for byte in bytes.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        let at = memchr(*byte, rest).expect("every letter of the message is there, in order");
        rest = &rest[at + 1..];
    }
    let twice = trailers::append(&once, &[("Backstory-Session", "codex/1")], trailers::COMMENT);
    assert_eq!(String::from_utf8_lossy(&twice), String::from_utf8_lossy(&once));
}

fn memchr(byte: u8, bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|other| *other == byte)
}

/// Text from outside, in each form in which it is written, stands only in text and code nodes of the rendered tree.
pub fn escaped(text: &str) {
    let in_text = |tag: &Tag| matches!(tag, Tag::Paragraph);
    only_text_and_code(&format!("{}\n", inline(text).as_str()), in_text);
    only_text_and_code(&format!("{}\n", code(text).as_str()), in_text);
    let in_list = |tag: &Tag| matches!(tag, Tag::List(_) | Tag::Item | Tag::Paragraph);
    only_text_and_code(&format!("- {}\n- {}\n", inline(text).as_str(), code(text).as_str()), in_list);
    let in_table = |tag: &Tag| matches!(tag, Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell);
    let row = format!("| a | b |\n|---|---|\n| {} | {} |\n", cell(text).as_str(), code_cell(text).as_str());
    assert_eq!(only_text_and_code(&row, in_table), 2, "{row:?}");
    let block = format!("{}\n", fence(text, "diff").as_str());
    only_text_and_code(&block, |tag| matches!(tag, Tag::CodeBlock(_)));
    let is_harmful = |c: char| !matches!(c, '\n' | '\t') && c.is_control() || is_bidirectional(c);
    let written: [Markdown; 5] = [inline(text), code(text), cell(text), code_cell(text), fence(text, "text")];
    for markdown in written {
        assert!(!markdown.as_str().contains("<!--") && !markdown.as_str().chars().any(is_harmful), "{markdown:?}");
    }
    assert!(!for_terminal(text).chars().any(is_harmful));
}

/// The number of table rows.
fn only_text_and_code(markdown: &str, allowed: impl Fn(&Tag) -> bool) -> usize {
    let mut rows = 0;
    for event in Parser::new_ext(markdown, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
        match event {
            Event::Start(tag) => {
                assert!(allowed(&tag), "{tag:?} in {markdown:?}");
                rows += usize::from(matches!(tag, Tag::TableHead | Tag::TableRow));
            }
            Event::End(_) | Event::Text(_) | Event::Code(_) | Event::SoftBreak => {}
            other => panic!("{other:?} in {markdown:?}"),
        }
    }
    rows
}

/// Any text is redacted without a panic, twice is once, the last look finds nothing more, and spans are in order.
pub fn redacted(text: &str, strict: bool) {
    let redactor =
        Redactor::new(RedactionOptions { strict, ..RedactionOptions::default() }).expect("the default policy is valid");
    let spans = redactor.spans(text);
    assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start), "{spans:?}");
    assert!(spans.iter().all(|span| text.get(span.start..span.end).is_some()), "{spans:?}");
    let once = redactor.text(Raw::new(text)).0;
    let (twice, more) = redactor.text(Raw::new(once.as_str()));
    assert_eq!(twice.as_str(), once.as_str(), "{more:?} in what {text:?} became");
    assert_eq!(redactor.scan_final(once.as_str().as_bytes()), [], "in what {text:?} became");
}

/// A token that stands by itself between other texts is gone, whatever they are.
pub fn secret_is_gone(before: &str, token: &str, after: &str) {
    let redactor = Redactor::new(RedactionOptions::default()).expect("the default policy is valid");
    let clean = redactor.text(Raw::new(format!("{before} {token} {after}"))).0;
    assert!(!clean.as_str().contains(&token[4..]), "{clean:?}");
}
