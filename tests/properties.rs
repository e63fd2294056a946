//! The promises of `support/promises.rs` on drawn inputs: arbitrary bytes, and real-shaped ones with damage. The fuzz
//! targets in `fuzz/` look for more of the same with coverage as their guide.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

#[path = "support/promises.rs"]
mod promises;
#[path = "support/row_promises.rs"]
mod row_promises;
#[path = "support/sources.rs"]
mod sources;

use std::fs;
use std::path::Path;

use backstory::capture;
use backstory::config;
use backstory::record::agent::Agent;
use backstory::recorder::note_codec;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::sources::files_below;

/// What each fuzz target begins with: the samples of its agent, or its folder of seeds.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let samples = root.join("tests/samples").join(target.replace('_', "-"));
    let folder = if samples.exists() { samples } else { root.join("fuzz/seeds").join(target) };
    let inputs = files_below(&folder).into_iter().filter(|path| !path.ends_with("expected.json"));
    inputs.map(|path| fs::read(path).unwrap()).collect()
}

/// A change of real-shaped input: bytes overwritten, a part taken out, a part doubled, two inputs joined.
#[derive(Clone, Debug)]
enum Damage {
    Overwrite(Index, u8),
    TakeOut(Index, usize),
    Double(Index, usize),
    Insert(Index, &'static str),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Overwrite(at, byte)),
        (any::<Index>(), 1..80usize).prop_map(|(at, len)| Damage::TakeOut(at, len)),
        (any::<Index>(), 1..400usize).prop_map(|(at, len)| Damage::Double(at, len)),
        (
            any::<Index>(),
            select(vec![
                "\n",
                "\r\n",
                "{",
                "}",
                "[",
                "]",
                "\"",
                "\\",
                "\\u0000",
                "\\ud800",
                "null",
                "-1",
                "1e999",
                "99999999999999999999",
                ":",
                ",",
                "#",
                "\0",
                "\u{feff}",
                "---\n",
                "- ",
                "  ",
                "&a ",
                "*a",
                "!!str ",
                "\u{202e}",
                "<!--",
                "`",
                "|",
            ])
        )
            .prop_map(|(at, text)| Damage::Insert(at, text)),
    ]
}

fn damaged(mut bytes: Vec<u8>, changes: Vec<Damage>) -> Vec<u8> {
    for change in changes {
        if bytes.is_empty() {
            return bytes;
        }
        let len = bytes.len();
        match change {
            Damage::Overwrite(at, byte) => bytes[at.index(len)] = byte,
            Damage::TakeOut(at, count) => drop(bytes.drain(at.index(len)..(at.index(len) + count).min(len))),
            Damage::Double(at, count) => {
                let part = bytes[at.index(len)..(at.index(len) + count).min(len)].to_vec();
                bytes.splice(at.index(len)..at.index(len), part);
            }
            Damage::Insert(at, text) => drop(bytes.splice(at.index(len)..at.index(len), text.bytes())),
        }
    }
    bytes
}

/// Its sessions are known by such names.
const KIRO: &str = "11111111-2222-4333-8444-555555555555.jsonl";

/// Arbitrary bytes, and seeds with damage.
fn input(target: &str) -> impl Strategy<Value = Vec<u8>> + use<> {
    let seeds = seeds(target);
    assert!(!seeds.is_empty());
    prop_oneof![
        1 => vec(any::<u8>(), 0..300),
        4 => (select(seeds), vec(damage(), 0..6)).prop_map(|(seed, changes)| damaged(seed, changes)),
    ]
}

#[test]
fn every_seed_keeps_the_promises() {
    for (target, promise) in [
        ("claude_code", (|bytes| promises::transcript(&Agent::known("claude-code"), bytes)) as fn(&[u8])),
        ("codex", |bytes| promises::transcript(&Agent::known("codex"), bytes)),
        ("copilot", |bytes| promises::transcript(&Agent::known("copilot"), bytes)),
        ("gemini", |bytes| promises::whole_session("input.jsonl", bytes)),
        ("aider", |bytes| promises::whole_session("input.md", bytes)),
        ("amp", |bytes| promises::whole_session("input.json", bytes)),
        ("atif", |bytes| promises::whole_session("input.json", bytes)),
        ("roo", |bytes| promises::whole_session("input.json", bytes)),
        ("specstory", |bytes| promises::whole_session("input.md", bytes)),
        ("copilot_chat", |bytes| promises::whole_session("input.jsonl", bytes)),
        ("cursor", |bytes| promises::whole_session("input.jsonl", bytes)),
        ("windsurf", |bytes| promises::whole_session("input.jsonl", bytes)),
        ("cline", |bytes| promises::whole_session("input.json", bytes)),
        ("continue", |bytes| promises::whole_session("input.json", bytes)),
        ("droid", |bytes| promises::transcript(&Agent::known("droid"), bytes)),
        ("pi", |bytes| promises::transcript(&Agent::known("pi"), bytes)),
        ("qwen", |bytes| promises::transcript(&Agent::known("qwen"), bytes)),
        ("crush", |bytes| row_promises::stored_session(&row_promises::CRUSH, bytes)),
        ("goose", |bytes| row_promises::stored_session(&row_promises::GOOSE, bytes)),
        ("zed", |bytes| row_promises::stored_session(&row_promises::ZED, bytes)),
        ("opencode", |bytes| row_promises::stored_session(&row_promises::OPENCODE, bytes)),
        ("kiro", |bytes| promises::whole_session(KIRO, bytes)),
        ("openhands", |bytes| promises::whole_session("input.json", bytes)),
        ("swe_agent", |bytes| promises::whole_session("input.traj", bytes)),
        ("journal", promises::journal),
        ("note", promises::note),
        ("config", promises::settings),
        ("trailers", promises::message),
        ("escape", |bytes| promises::escaped(&String::from_utf8_lossy(bytes))),
        ("redact", |bytes| promises::redacted(&String::from_utf8_lossy(bytes), true)),
    ] {
        seeds(target).iter().for_each(|seed| promise(seed));
    }
    // A promise about what is read says nothing about a seed that is refused.
    for (target, store) in [
        ("crush", row_promises::CRUSH),
        ("goose", row_promises::GOOSE),
        ("zed", row_promises::ZED),
        ("opencode", row_promises::OPENCODE),
    ] {
        assert!(seeds(target).iter().all(|seed| row_promises::read_stored(&store, seed) > 0), "{target}");
    }
    for target in ["kiro", "openhands", "swe_agent"] {
        assert!(seeds(target).iter().all(|seed| capture::detect(seed).is_some()), "{target}");
    }
    for seed in seeds("note") {
        if let Err(error) = note_codec::from_note(promises::COMMIT, &seed) {
            panic!("{error}: {}", String::from_utf8_lossy(&seed));
        }
    }
}

/// What is read in a later hook knows nothing of what an earlier one read: of copied lines neither where they end.
#[test]
fn a_transcript_that_is_read_in_two_parts_is_the_same_wherever_it_is_cut() {
    for (target, slug) in [("claude_code", "claude-code"), ("codex", "codex"), ("copilot", "copilot")] {
        let agent = Agent::known(slug);
        for seed in seeds(target) {
            // Without turns too: what an own turn would make plain has to be plain without it.
            let without_turns: Vec<u8> = seed
                .split_inclusive(|byte| *byte == b'\n')
                .filter(|line| !String::from_utf8_lossy(line).contains("\"turn_context\""))
                .flatten()
                .copied()
                .collect();
            for text in [&seed, &without_turns] {
                let (events, consumed) = capture::read_tail(&agent, text, 1);
                let told = |events| {
                    let session = capture::assemble(Path::new("input.jsonl"), &agent, events);
                    let calls: Vec<usize> = session.turns.iter().map(|turn| turn.calls.len()).collect();
                    (calls, session.skipped.len())
                };
                let whole = told(events);
                let ends = (0..consumed).filter(|place| text[*place] == b'\n').map(|place| place + 1);
                for (line, end) in (2..).zip(ends) {
                    let (mut parts, _) = capture::read_tail(&agent, &text[..end], 1);
                    parts.extend(capture::read_tail(&agent, &text[end..consumed], line).0);
                    assert_eq!(
                        told(parts),
                        whole,
                        "{slug}, cut before line {line}:\n{}",
                        String::from_utf8_lossy(text)
                    );
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_reader_of_claude_code_reads_anything(bytes in input("claude_code")) {
        promises::transcript(&Agent::known("claude-code"), &bytes);
    }

    #[test]
    fn the_reader_of_codex_reads_anything(bytes in input("codex")) {
        promises::transcript(&Agent::known("codex"), &bytes);
    }

    #[test]
    fn the_reader_of_copilot_reads_anything(bytes in input("copilot")) {
        promises::transcript(&Agent::known("copilot"), &bytes);
    }

    #[test]
    fn the_reader_of_gemini_reads_anything(bytes in input("gemini")) {
        promises::whole_session("input.jsonl", &bytes);
    }

    #[test]
    fn the_reader_of_aider_reads_anything(bytes in input("aider")) {
        promises::whole_session("input.md", &bytes);
    }

    #[test]
    fn the_reader_of_specstory_reads_anything(bytes in input("specstory")) {
        promises::whole_session("input.md", &bytes);
    }

    #[test]
    fn the_reader_of_roo_reads_anything(bytes in input("roo")) {
        promises::whole_session("input.json", &bytes);
    }

    #[test]
    fn the_reader_of_atif_reads_anything(bytes in input("atif")) {
        promises::whole_session("input.json", &bytes);
    }

    #[test]
    fn the_reader_of_amp_reads_anything(bytes in input("amp")) {
        promises::whole_session("input.json", &bytes);
    }

    #[test]
    fn the_reader_of_copilot_chat_reads_anything(bytes in input("copilot_chat")) {
        promises::whole_session("input.jsonl", &bytes);
    }

    #[test]
    fn the_reader_of_cursor_reads_anything(bytes in input("cursor")) {
        promises::whole_session("input.jsonl", &bytes);
    }

    #[test]
    fn the_reader_of_windsurf_reads_anything(bytes in input("windsurf")) {
        promises::whole_session("input.jsonl", &bytes);
    }

    #[test]
    fn the_reader_of_cline_reads_anything(bytes in input("cline")) {
        promises::whole_session("input.json", &bytes);
    }

    #[test]
    fn the_reader_of_continue_reads_anything(bytes in input("continue")) {
        promises::whole_session("input.json", &bytes);
    }

    #[test]
    fn the_reader_of_droid_reads_anything(bytes in input("droid")) {
        promises::transcript(&Agent::known("droid"), &bytes);
    }

    #[test]
    fn the_reader_of_pi_reads_anything(bytes in input("pi")) {
        promises::transcript(&Agent::known("pi"), &bytes);
    }

    #[test]
    fn the_reader_of_qwen_reads_anything(bytes in input("qwen")) {
        promises::transcript(&Agent::known("qwen"), &bytes);
    }

    #[test]
    fn the_reader_of_crush_reads_anything(bytes in input("crush")) {
        row_promises::stored_session(&row_promises::CRUSH, &bytes);
    }

    #[test]
    fn the_reader_of_goose_reads_anything(bytes in input("goose")) {
        row_promises::stored_session(&row_promises::GOOSE, &bytes);
    }

    #[test]
    fn the_reader_of_zed_reads_anything(bytes in input("zed")) {
        row_promises::stored_session(&row_promises::ZED, &bytes);
    }

    #[test]
    fn the_reader_of_opencode_reads_anything(bytes in input("opencode")) {
        row_promises::stored_session(&row_promises::OPENCODE, &bytes);
    }

    #[test]
    fn the_reader_of_kiro_reads_anything(bytes in input("kiro")) {
        promises::whole_session(KIRO, &bytes);
    }

    #[test]
    fn the_reader_of_openhands_reads_anything(bytes in input("openhands")) {
        promises::whole_session("input.json", &bytes);
    }

    #[test]
    fn the_reader_of_swe_agent_reads_anything(bytes in input("swe_agent")) {
        promises::whole_session("input.traj", &bytes);
    }

    #[test]
    fn the_reader_of_journals_reads_anything(bytes in input("journal")) {
        promises::journal(&bytes);
    }

    #[test]
    fn the_reader_of_notes_reads_anything(bytes in input("note")) {
        promises::note(&bytes);
    }

    #[test]
    fn the_reader_of_settings_reads_anything(bytes in input("config")) {
        promises::settings(&bytes);
    }

    #[test]
    fn a_key_that_is_not_known_is_named(key in "[a-z][a-z_]{0,18}", value in "[a-z0-9]{1,8}", before in select(vec!["", "strict: true\n", "# c\n\n"])) {
        let known = config::parse(&format!("{key}: {value}\n"), Path::new(config::FILE_NAME));
        let text = known.err().map(|error| error.to_string()).unwrap_or_default();
        prop_assume!(text.contains("is not known") && text.contains("key"));
        let error = config::parse(&format!("{before}{key}: {value}\n"), Path::new(config::FILE_NAME)).unwrap_err().to_string();
        let line = before.lines().count() + 1;
        let expected = format!(".backstory.yml:{line}: the key `{key}` is not known, ");
        prop_assert!(error.starts_with(&expected), "{}", error);
    }

    #[test]
    fn the_reader_of_messages_reads_anything(bytes in input("trailers")) {
        promises::message(&bytes);
    }

    #[test]
    fn outside_text_stands_only_in_text_and_code(bytes in input("escape")) {
        promises::escaped(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn redacting_twice_is_redacting_once(bytes in input("redact"), strict: bool) {
        promises::redacted(&String::from_utf8_lossy(&bytes), strict);
    }

    #[test]
    fn a_secret_is_never_in_the_output(before in input("redact"), after in input("redact"), body in "[A-Za-z0-9]{36}") {
        // Drawn, so that it is no placeholder: few of the same letters.
        prop_assume!(body.bytes().collect::<std::collections::BTreeSet<u8>>().len() > 18 && body.bytes().any(|byte| byte.is_ascii_digit()));
        let token = format!("{}{body}", concat!("gh", "p_"));
        promises::secret_is_gone(&String::from_utf8_lossy(&before), &token, &String::from_utf8_lossy(&after));
    }
}
