//! `ledger.jsonl`: what happened to an SOP, one entry a line, each bound to the one before by its digest. Only ever appended to.
//! A reader names the line that was changed, moved, lost or torn. Whoever can write the file can write a whole new chain:
//! what proves an approval is outside of it (a review on the forge, a commit).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::digest::Digest;
use super::life::{Event, Happening, Illegal, Life, State};
use super::party::Party;
use crate::record::json;
use crate::text::digest::sha256;

/// The `prev` of the first entry.
const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// From 1.
    pub seq: u64,
    /// `hash` of the entry before; 64 zeros in the first.
    pub prev: String,
    pub at: Timestamp,
    pub actor: Party,
    pub event: Event,
    /// Absent in the first entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<State>,
    pub to: State,
    pub version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refs: BTreeMap<String, String>,
    /// The program that wrote it: `backstory 0.1.0`.
    pub tool: String,
    /// SHA-256 of all other fields as canonical JSON (sorted keys, no blanks), 64 hex digits.
    pub hash: String,
}

/// A ledger that was read and found whole.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub entries: Vec<Entry>,
    /// What they lead to.
    pub life: Life,
    /// The last line, which was not written to its end. The next write takes its place.
    pub torn: Option<usize>,
    /// How many bytes are whole lines.
    pub whole: usize,
    /// Whether the last whole line lacks its line end.
    pub lacks_end: bool,
}

/// Why a ledger cannot be trusted, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}: {what}", .line)]
pub struct BadLedger {
    /// From 1.
    pub line: usize,
    pub what: String,
}

fn bad<T>(line: usize, what: impl Into<String>) -> Result<T, BadLedger> {
    Err(BadLedger { line, what: what.into() })
}

/// Reads and checks the whole chain.
///
/// # Errors
/// At the first line that does not belong.
pub fn read(bytes: &[u8]) -> Result<Ledger, BadLedger> {
    let mut ledger = Ledger::default();
    let mut at = 0;
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    merged(&lines)?;
    for (index, raw) in lines.iter().enumerate() {
        let (line, is_ended) = (index + 1, raw.ends_with(b"\n"));
        at += raw.len();
        let text = std::str::from_utf8(raw).ok().map(str::trim_end);
        let value = text.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let Some(value) = value else {
            if !is_ended {
                // Whoever was stopped while writing leaves a beginning without an end of line.
                ledger.torn = Some(line);
                return Ok(ledger);
            }
            return bad(line, "not an entry: it is not JSON");
        };
        ledger.take(line, value)?;
        ledger.whole = at;
        ledger.lacks_end = !is_ended;
    }
    Ok(ledger)
}

/// Two branches that were merged by lines: both continue the same entry, or git left its marks.
fn merged(lines: &[&[u8]]) -> Result<(), BadLedger> {
    let mark = |line: &&[u8]| {
        ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark.as_bytes()))
    };
    let marks: Vec<String> =
        lines.iter().enumerate().filter(|(_, line)| mark(line)).map(|(index, _)| (index + 1).to_string()).collect();
    if let Some(first) = marks.first() {
        let line = first.parse().unwrap_or(1);
        let what = format!("conflict markers of a git merge at lines {}\n{KEEP_ONE}", marks.join(", "));
        return bad(line, what);
    }
    Ok(())
}

const KEEP_ONE: &str = "hint: keep the lines of one branch, then repeat on it what the other one did";

impl Ledger {
    fn take(&mut self, line: usize, mut value: Value) -> Result<(), BadLedger> {
        let entry: Entry = match serde_json::from_value(value.clone()) {
            Ok(entry) => entry,
            Err(error) => return bad(line, format!("not an entry that this version knows: {}", json::reason(&error))),
        };
        if let Some(fields) = value.as_object_mut() {
            fields.remove("hash");
        }
        if sha256(canonical(&value).as_bytes()) != entry.hash {
            return bad(line, format!("entry {} was changed after it was written", entry.seq));
        }
        self.follows(line, &entry)?;
        let happening = entry.happening();
        let from = self.life.state;
        match self.life.apply(&happening) {
            Ok(to) if to == entry.to && from == entry.from => {}
            Ok(to) => {
                return bad(line, format!("entry {} says `{}` where `{to}` follows", entry.seq, entry.to));
            }
            Err(illegal) => {
                let why = illegal.to_string();
                return bad(
                    line,
                    format!("entry {} is not allowed: {}", entry.seq, why.lines().next().unwrap_or_default()),
                );
            }
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Whether the entry continues the last one.
    fn follows(&self, line: usize, entry: &Entry) -> Result<(), BadLedger> {
        let (seq, prev) = self.end();
        let expected = seq + 1;
        if entry.prev == prev && entry.seq == expected {
            return Ok(());
        }
        if let Some(twin) = self.entries.iter().position(|one| one.prev == entry.prev) {
            let twin_line = twin + 1;
            let same = self.entries[twin].hash == entry.hash;
            let what = if same {
                format!("a copy of line {twin_line}")
            } else {
                format!(
                    "it and line {twin_line} both continue entry {}: two branches were merged\n{KEEP_ONE}",
                    entry.seq.saturating_sub(1)
                )
            };
            return bad(line, what);
        }
        let what = if entry.seq > expected {
            match entry.seq - expected {
                1 => format!("entry {expected} before it is missing, or was moved"),
                many => format!("{many} entries before it are missing, or were moved: {expected} to {}", entry.seq - 1),
            }
        } else if entry.seq < expected {
            format!("entry {} stands out of order, after entry {seq}", entry.seq)
        } else {
            format!("entry {} does not continue entry {seq}: one of them was replaced", entry.seq)
        };
        bad(line, what)
    }

    /// Number and hash of the last entry.
    fn end(&self) -> (u64, &str) {
        self.entries.last().map_or((0, BEGINNING), |last| (last.seq, &last.hash))
    }

    /// The entry that records this, and the line to append.
    ///
    /// # Errors
    /// When it may not happen now.
    pub fn next(&self, happening: &Happening, tool: &str) -> Result<(Entry, String), Illegal> {
        let to = self.life.check(happening)?;
        let (seq, prev) = self.end();
        let mut entry = Entry {
            seq: seq + 1,
            prev: prev.to_owned(),
            at: happening.at,
            actor: happening.actor.clone(),
            event: happening.event,
            from: self.life.state,
            to,
            version: happening.version,
            digest: happening.digest.clone(),
            reason: happening.reason.clone(),
            refs: happening.refs.clone(),
            tool: tool.to_owned(),
            hash: String::new(),
        };
        entry.hash = entry.digest_of_fields();
        let line = json::line(&entry).expect("an entry has only texts and numbers") + "\n";
        Ok((entry, line))
    }
}

impl Entry {
    fn digest_of_fields(&self) -> String {
        let mut value = serde_json::to_value(self).expect("an entry has only texts and numbers");
        if let Some(fields) = value.as_object_mut() {
            fields.remove("hash");
        }
        sha256(canonical(&value).as_bytes())
    }

    pub fn happening(&self) -> Happening {
        Happening {
            at: self.at,
            actor: self.actor.clone(),
            event: self.event,
            version: self.version,
            digest: self.digest.clone(),
            reason: self.reason.clone(),
            refs: self.refs.clone(),
        }
    }
}

/// JSON with sorted keys and without blanks, whatever order the map of the library keeps.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            let fields: Vec<String> = sorted
                .iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};

    use super::*;
    use crate::sop::digest::digest;
    use crate::sop::party::PartyKind;

    pub(crate) fn of(text: &str) -> Digest {
        digest(text, "")
    }

    pub(crate) fn happening(event: Event, version: u32, text: &str) -> Happening {
        Happening {
            at: "2026-11-20T10:00:00Z".parse().unwrap(),
            actor: Party::person("Ada", Some("ada@example.org")),
            event,
            version,
            digest: (event != Event::Started).then(|| of(text)),
            reason: (event == Event::Rejected).then(|| "step 2 is missing".to_owned()),
            refs: BTreeMap::new(),
        }
    }

    /// The lines of a whole life of one version.
    fn lines() -> Vec<String> {
        let mut ledger = Ledger::default();
        let mut lines = Vec::new();
        for (event, version) in [
            (Event::Started, 0),
            (Event::Drafted, 1),
            (Event::Walked, 1),
            (Event::Rejected, 1),
            (Event::Walked, 1),
            (Event::Approved, 1),
            (Event::Published, 1),
        ] {
            let (_, line) = ledger.next(&happening(event, version, "a"), "test 1").unwrap();
            lines.push(line);
            ledger = read(lines.concat().as_bytes()).unwrap();
        }
        lines
    }

    #[test]
    fn what_was_written_is_read_and_leads_to_the_state() {
        let ledger = read(lines().concat().as_bytes()).unwrap();
        assert_eq!((ledger.life.state, ledger.life.version), (Some(State::Published), 1));
        assert_eq!(ledger.life.live.unwrap().digest, of("a"));
        assert_eq!((ledger.torn, ledger.lacks_end, ledger.entries.len()), (None, false, 7));
        assert_eq!(read(b"").unwrap().life, Life::default());
    }

    #[test]
    fn the_line_that_is_wrong_is_named() {
        let good = lines();
        let with = |change: &dyn Fn(&mut Vec<String>)| {
            let mut lines = good.clone();
            change(&mut lines);
            read(lines.concat().as_bytes()).map(|_| ()).map_err(|error| error.to_string())
        };
        let forged = |line: usize| with(&|lines| lines[line] = lines[line].replace("Ada", "Eve")).unwrap_err();
        for line in 0..good.len() {
            assert_eq!(forged(line), format!("line {}: entry {0} was changed after it was written", line + 1));
        }
        for (name, change, said) in [
            (
                "removed",
                &(|l: &mut Vec<String>| drop(l.remove(2))) as &dyn Fn(&mut Vec<String>),
                "line 3: entry 3 before it is missing, or was moved",
            ),
            ("two removed", &|l| drop(l.drain(2..4)), "line 3: 2 entries before it are missing, or were moved: 3 to 4"),
            ("the first", &|l| drop(l.remove(0)), "line 1: entry 1 before it is missing, or was moved"),
            ("swapped", &|l| l.swap(2, 3), "line 3: entry 3 before it is missing, or was moved"),
            ("copied", &|l| l.insert(3, l[1].clone()), "line 4: a copy of line 2"),
            ("no JSON", &|l| l[4] = "what?\n".to_owned(), "line 5: not an entry: it is not JSON"),
            ("blank", &|l| l.insert(1, "\n".to_owned()), "line 2: not an entry: it is not JSON"),
            ("cut in the middle", &|l| l[1] = l[1][..40].to_owned() + "\n", "line 2: not an entry: it is not JSON"),
            (
                "a field more",
                &|l| l[1] = l[1].replacen('{', "{\"x\":1,", 1),
                "line 2: not an entry that this version knows: a value is not as expected",
            ),
        ] {
            let error = with(change).unwrap_err();
            assert!(error.starts_with(said), "{name}: {error}");
        }
    }

    #[test]
    fn an_entry_with_a_new_digest_of_its_own_does_not_continue_the_chain() {
        let mut lines = lines();
        let mut entry: Entry = serde_json::from_str(&lines[1]).unwrap();
        entry.actor.name = "Eve".to_owned();
        entry.hash = entry.digest_of_fields();
        lines[1] = json::line(&entry).unwrap() + "\n";
        let error = read(lines.concat().as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "line 3: entry 3 does not continue entry 2: one of them was replaced");
    }

    #[test]
    fn merged_branches_are_named_with_their_lines() {
        let good = lines();
        let base = read(good[..3].concat().as_bytes()).unwrap();
        let other = base.next(&happening(Event::Rejected, 1, "a"), "other 1").unwrap().1;
        let union = good[..4].concat() + &other;
        let error = read(union.as_bytes()).unwrap_err();
        assert_eq!(error.line, 5);
        assert!(error.what.starts_with("it and line 4 both continue entry 3: two branches were merged"), "{error}");
        let marked = format!("{}<<<<<<< HEAD\n{}=======\n{other}>>>>>>> topic\n", good[..3].concat(), good[3]);
        let error = read(marked.as_bytes()).unwrap_err();
        assert_eq!(error.line, 4);
        assert!(error.what.starts_with("conflict markers of a git merge at lines 4, 6, 8"), "{error}");
    }

    #[test]
    fn an_entry_that_may_not_happen_is_refused_though_its_chain_is_sound() {
        let drafted = read(lines()[..2].concat().as_bytes()).unwrap();
        let mut entry = drafted.next(&happening(Event::Walked, 1, "a"), "x").unwrap().0;
        entry.event = Event::Approved;
        entry.to = State::Approved;
        entry.hash = entry.digest_of_fields();
        let text = lines()[..2].concat() + &json::line(&entry).unwrap() + "\n";
        let error = read(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "line 3: entry 3 is not allowed: cannot approve it in the state `draft`");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_file_cut_anywhere_keeps_its_whole_lines_and_says_what_is_torn(cut in any::<proptest::sample::Index>()) {
            let lines = lines();
            let text = lines.concat();
            let cut = cut.index(text.len() + 1);
            let ledger = read(&text.as_bytes()[..cut]).unwrap();
            let (mut end, mut whole) = (0, 0);
            for line in &lines {
                end += line.len();
                // A line that lacks nothing but its end is whole.
                whole += usize::from(end - 1 <= cut);
            }
            assert_eq!(ledger.entries.len(), whole);
            let rest = &text.as_bytes()[ledger.whole..cut];
            assert_eq!(ledger.torn, (!rest.is_empty()).then_some(whole + 1));
        }

        #[test]
        fn a_changed_byte_never_goes_unseen(at in any::<proptest::sample::Index>(), byte in 0x20u8..0x7f) {
            let mut bytes = lines().concat().into_bytes();
            let at = at.index(bytes.len() - 1);
            if bytes[at] != byte {
                let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
                let was_end = bytes[at] == b'\n';
                bytes[at] = byte;
                let error = read(&bytes).unwrap_err();
                assert!(error.line == line || was_end, "{error}");
            }
        }

        #[test]
        fn nothing_is_published_without_a_persons_approval_of_its_digest(steps in proptest::collection::vec(step(), 0..40)) {
            let mut life = Life::default();
            // What a person approved and nobody has changed or rejected since.
            let mut approved: Option<Digest> = None;
            for (event, text, kind, version) in steps {
                let mut one = happening(event, 0, text);
                one.actor.kind = kind;
                one.version = version.unwrap_or(if event.makes_version() { life.next_version() } else { life.version });
                let before = life.clone();
                if life.apply(&one).is_err() {
                    assert_eq!(life, before, "a refused step changes nothing");
                    continue;
                }
                match event {
                    Event::Approved => {
                        assert_eq!(kind, PartyKind::Person);
                        approved.clone_from(&one.digest);
                    }
                    Event::Drafted | Event::Voided | Event::Rejected => approved = None,
                    Event::Published => assert_eq!(approved, one.digest),
                    _ => {}
                }
                assert_eq!(matches!(life.state, Some(State::Approved | State::Published)), approved.is_some() && !matches!(life.state, Some(State::Retired | State::Superseded)));
                // On disk stands another text: nothing is approved then.
                let standing = life.standing(Some(&of("edited")));
                assert!(!matches!(standing.state, Some(State::Approved | State::Published)));
            }
        }
    }

    type Step = (Event, &'static str, PartyKind, Option<u32>);

    fn step() -> impl Strategy<Value = Step> {
        let likely = prop_oneof![
            Just(Event::Started),
            Just(Event::Drafted),
            Just(Event::Walked),
            Just(Event::Approved),
            Just(Event::Published)
        ];
        let event = prop_oneof![3 => likely, 2 => proptest::sample::select(Event::ALL.to_vec())];
        let kind = prop_oneof![
            4 => Just(PartyKind::Person),
            1 => proptest::sample::select(vec![PartyKind::Agent, PartyKind::Ci, PartyKind::Relayed]),
        ];
        let version = prop_oneof![9 => Just(None), 1 => (0u32..4).prop_map(Some)];
        (event, proptest::sample::select(vec!["a", "b"]), kind, version)
    }
}
