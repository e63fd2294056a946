//! Trailers of a commit message, found exactly where `git interpret-trailers --no-divider` finds them (git's trailer.c
//! and commit.c; libgit2's own parser differs on folded lines, carriage returns, scissors, blanks and NUL), and added
//! without touching another byte. What they say about agents is for `link` to judge.

use std::ops::Range;

use crate::record::commit::Trailer;
use crate::record::text::Raw;

/// The prefix of comment lines where `core.commentString` and `core.commentChar` are not set.
pub const COMMENT: &str = "#";

const CUT_LINE: &[u8] = b" ------------------------ >8 ------------------------\n";
/// Lines that git writes itself; one of them makes a paragraph a block of trailers even beside prose.
const GENERATED: [&[u8]; 2] = [b"Signed-off-by: ", b"(cherry picked from commit "];

/// The trailers of a message, in order. `comment` is the prefix of comment lines.
pub fn parse(message: &[u8], comment: &str) -> Vec<Trailer> {
    let text = complete(message);
    let block = CommitMessage { text: &text, comment: comment.as_bytes() }.block();
    let mut trailers: Vec<(String, Vec<u8>)> = Vec::new();
    let mut open = false;
    for line in text[block].split_inclusive(|byte| *byte == b'\n') {
        if open && is_space(line[0]) {
            if let Some((_, value)) = trailers.last_mut() {
                value.extend_from_slice(line);
            }
            continue;
        }
        open = false;
        if line.starts_with(comment.as_bytes()) {
            continue;
        }
        if let Some(colon) = separator(line).filter(|colon| *colon > 0) {
            trailers.push((lossy(trim(&line[..colon])), line[colon + 1..].to_vec()));
            open = true;
        }
    }
    trailers.into_iter().map(|(key, value)| Trailer { key, value: Raw::new(lossy(&unfold(trim(&value)))) }).collect()
}

/// The message with the trailers added at the end of its block of trailers, or in a new block, as `git
/// interpret-trailers --if-exists addIfDifferent` does; every byte of the message stays. Values are made one line
/// without control characters. Left out: a trailer that stands there already, one whose key is none or whose value is
/// empty. A message without a word stays without (git then stops the commit, and must go on doing so).
pub fn append(message: &[u8], trailers: &[(&str, &str)], comment: &str) -> Vec<u8> {
    let present = parse(message, comment);
    let mut new: Vec<(&str, String)> = Vec::new();
    for (key, value) in trailers {
        let value = one_line(value);
        let same = |k: &str, v: &str| k.eq_ignore_ascii_case(key) && v.eq_ignore_ascii_case(&value);
        let there = present.iter().any(|trailer| same(&trailer.key, trailer.value.expose()))
            || new.iter().any(|(key, value)| same(key, value));
        if !there && !value.is_empty() && is_key(key) {
            new.push((key, value));
        }
    }
    let text = complete(message);
    let parts = CommitMessage { text: &text, comment: comment.as_bytes() };
    if new.is_empty() || parts.is_empty() {
        return message.to_vec();
    }
    let (at, blank) = parts.place();
    let line_end: &[u8] = if text[..at].ends_with(b"\r\n") { b"\r\n" } else { b"\n" };
    let mut result = message[..at.min(message.len())].to_vec();
    if at > message.len() {
        result.extend_from_slice(line_end);
    }
    if blank {
        result.extend_from_slice(line_end);
    }
    for (key, value) in new {
        result.extend_from_slice(format!("{key}: {value}").as_bytes());
        result.extend_from_slice(line_end);
    }
    result.extend_from_slice(&message[at.min(message.len())..]);
    // A message that begins with an old list of conflicts: git itself reads no trailer in it.
    if parse(&result, comment).len() == present.len() {
        return message.to_vec();
    }
    result
}

/// The message without the trailers that `chosen` names by key and value; a block that is empty then goes with the blank
/// line before it. Every other byte of a message without NUL stays.
pub fn without(message: &[u8], comment: &str, chosen: impl Fn(&str, &str) -> bool) -> Vec<u8> {
    let text = complete(message);
    let block = CommitMessage { text: &text, comment: comment.as_bytes() }.block();
    let (mut kept, mut is_out, mut has_any) = (Vec::new(), false, false);
    for line in text[block.clone()].split_inclusive(|byte| *byte == b'\n') {
        let is_continued = is_space(line[0]) && !trim(line).is_empty();
        if !is_continued {
            let colon = separator(line).filter(|colon| *colon > 0 && !line.starts_with(comment.as_bytes()));
            is_out = colon
                .is_some_and(|colon| chosen(&lossy(trim(&line[..colon])), &lossy(&unfold(trim(&line[colon + 1..])))));
        }
        if !is_out {
            kept.extend_from_slice(line);
            has_any |= !trim(line).is_empty();
        }
    }
    if kept.len() == block.len() {
        return message.to_vec();
    }
    let mut before = &text[..block.start];
    if !has_any {
        let without_end =
            |text: &'_ [u8]| text.strip_suffix(b"\n").map(|text| text.strip_suffix(b"\r").unwrap_or(text).len());
        while let Some(length) = without_end(before).filter(|length| before[..*length].ends_with(b"\n")) {
            before = &before[..length];
        }
    }
    [before, &kept, &text[block.end..]].concat()
}

/// The prefix of comment lines in this message, by the values of `core.commentString` or `core.commentChar`. For `auto`
/// git takes the first of a few characters that begins no line of the message; it is then found by the comments
/// themselves.
pub fn comment_prefix(setting: Option<&str>, message: &[u8]) -> String {
    match setting {
        None | Some("") => COMMENT.to_owned(),
        Some("auto") => {
            let lines = || message.split(|byte| *byte == b'\n');
            let cut = lines().find(|line| line.get(1..).is_some_and(|rest| rest == &CUT_LINE[..CUT_LINE.len() - 1]));
            let last = lines().rfind(|line| !trim(line).is_empty());
            let found = cut.or(last).and_then(|line| line.first()).map(|byte| char::from(*byte));
            found.filter(|c| "#;@!$%^&|:".contains(*c)).map_or_else(|| COMMENT.to_owned(), String::from)
        }
        Some(prefix) => prefix.to_owned(),
    }
}

/// As git reads it: up to the first NUL, with a line end at the end.
fn complete(message: &[u8]) -> Vec<u8> {
    let mut text = message[..memchr::memchr(0, message).unwrap_or(message.len())].to_vec();
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    text
}

struct CommitMessage<'a> {
    text: &'a [u8],
    comment: &'a [u8],
}

impl CommitMessage<'_> {
    /// The lines that hold the trailers; empty, at the end of the message proper, where there are none.
    fn block(&self) -> Range<usize> {
        let end = self.end();
        self.start(end)..end
    }

    /// Whether nothing but blanks and comments would be committed.
    fn is_empty(&self) -> bool {
        let proper = &self.text[..self.end()];
        proper.split(|byte| *byte == b'\n').all(|line| line.starts_with(self.comment) || trim(line).is_empty())
    }

    /// Where a new trailer goes, and whether a blank line goes before it.
    fn place(&self) -> (usize, bool) {
        let block = self.block();
        if block.is_empty() {
            let ends_blank = self.line_before(block.end).is_some_and(|at| trim(self.line(at)).is_empty());
            return (block.end, !ends_blank);
        }
        // Behind the last line that is neither blank nor a comment: blanks in between would end the block.
        let mut end = block.end;
        while let Some(at) = self.line_before(end) {
            let line = self.line(at);
            if at <= block.start || !(trim(line).is_empty() || line.starts_with(self.comment)) {
                break;
            }
            end = at;
        }
        (end, false)
    }

    /// git's `ignored_log_message_bytes`: comments, blank lines and an old list of conflicts at the end, and everything
    /// below the scissors, are no part of the message.
    fn end(&self) -> usize {
        let cutoff = self.scissors();
        // Where the run of such lines begins. As in git, 0 stands for none, even where a run begins at the first byte.
        let (mut first, mut in_conflicts, mut at) = (0, false, 0);
        while at < cutoff {
            let line = self.line(at);
            if line.starts_with(self.comment) || line[0] == b'\n' || line == b"Conflicts:\n" {
                in_conflicts |= line == b"Conflicts:\n";
                first = if first == 0 { at } else { first };
            } else if !(in_conflicts && line[0] == b'\t') && first > 0 {
                first = 0;
                in_conflicts = false;
            }
            at += line.len();
        }
        if first > 0 { first } else { cutoff }
    }

    /// git's `wt_status_locate_end`.
    fn scissors(&self) -> usize {
        let cut = [self.comment, CUT_LINE].concat();
        if self.text.starts_with(&cut) {
            return 0;
        }
        let found = memchr::memmem::find(self.text, &[b"\n".as_slice(), &cut].concat());
        found.map_or(self.text.len(), |at| at + 1)
    }

    /// git's `find_trailer_block_start`.
    fn start(&self, end: usize) -> usize {
        let (mut trailers, mut others, mut continuations) = (0, 0, 0);
        let (mut generated, mut only_blank) = (false, true);
        let end_of_title = self.end_of_title(end);
        let mut next = end;
        while let Some(at) = self.line_before(next).filter(|at| *at >= end_of_title) {
            next = at;
            let line = self.line(at);
            if line.starts_with(self.comment) {
                others += continuations;
                continuations = 0;
            } else if trim(line).is_empty() {
                if only_blank {
                    continue;
                }
                others += continuations;
                let is_block = (generated && trailers * 3 >= others) || (trailers > 0 && others == 0);
                return if is_block { at + line.len() } else { end };
            } else {
                only_blank = false;
                let by_git = GENERATED.iter().any(|prefix| line.starts_with(prefix));
                if by_git || (!is_space(line[0]) && separator(line).is_some_and(|colon| colon > 0)) {
                    trailers += 1;
                    continuations = 0;
                    generated |= by_git;
                } else if is_space(line[0]) {
                    continuations += 1;
                } else {
                    others += 1 + continuations;
                    continuations = 0;
                }
            }
        }
        end
    }

    /// The first paragraph is the title, and never trailers.
    fn end_of_title(&self, end: usize) -> usize {
        let mut at = 0;
        while at < end {
            let line = self.line(at);
            if !line.starts_with(self.comment) && trim(line).is_empty() {
                break;
            }
            at += line.len();
        }
        at
    }

    /// The line that begins at `at`, with its line end.
    fn line(&self, at: usize) -> &[u8] {
        let rest = &self.text[at..];
        &rest[..memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1)]
    }

    /// Where the line before the offset `end` begins.
    fn line_before(&self, end: usize) -> Option<usize> {
        let before = self.text.get(..end.checked_sub(1)?)?;
        Some(memchr::memrchr(b'\n', before).map_or(0, |at| at + 1))
    }
}

/// Where the colon stands behind a key: letters, digits and `-`, then blanks.
fn separator(line: &[u8]) -> Option<usize> {
    let mut blank = false;
    for (at, byte) in line.iter().enumerate() {
        match byte {
            b':' => return Some(at),
            b' ' | b'\t' if at > 0 => blank = true,
            byte if !blank && (byte.is_ascii_alphanumeric() || *byte == b'-') => {}
            _ => return None,
        }
    }
    None
}

/// Continuation lines joined by one blank.
fn unfold(value: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(value.len());
    let mut skip = false;
    for byte in value {
        if skip && is_space(*byte) {
            continue;
        }
        skip = *byte == b'\n';
        line.push(if skip { b' ' } else { *byte });
    }
    trim(&line).to_vec()
}

/// git's own `isspace`: not the vertical tab, not the form feed.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn trim(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| !is_space(*byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !is_space(*byte)).map_or(start, |at| at + 1);
    &bytes[start..end]
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Control characters become blanks, and blanks in a row one.
fn one_line(value: &str) -> String {
    value
        .split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::Path;
    use std::process::Stdio;

    use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof};
    use proptest::test_runner::TestRunner;

    use super::*;

    fn ours(message: &[u8]) -> String {
        parse(message, COMMENT).iter().map(|trailer| format!("{}: {}\n", trailer.key, trailer.value.expose())).collect()
    }

    /// What the installed git reads; `None` where there is no git.
    fn git(arguments: &[&str], message: &[u8]) -> Option<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let mut command = super::super::fixture::command(folder.path());
        command.arg("interpret-trailers").arg("--no-divider").args(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        child.stdin.take().unwrap().write_all(message).unwrap();
        Some(child.wait_with_output().unwrap().stdout)
    }

    fn git_parse(message: &[u8]) -> Option<String> {
        git(&["--parse"], message).map(|output| lossy(&output))
    }

    #[test]
    fn the_collected_messages_are_read_as_git_reads_them() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/github/trailers");
        let Ok(entries) = std::fs::read_dir(&folder) else {
            let _ = writeln!(std::io::stderr(), "skipped: no folder {}", folder.display());
            return;
        };
        let mut equal = 0;
        for entry in entries {
            let path = entry.unwrap().path();
            let message = std::fs::read(&path).unwrap();
            let Some(expected) = git_parse(&message) else { return };
            assert_eq!(ours(&message), expected, "{}", path.display());
            equal += 1;
        }
        assert_eq!(equal, 40);
    }

    fn lines() -> impl Strategy<Value = Vec<u8>> {
        let line = prop_oneof![
            6 => prop_oneof!["[A-Za-z-]{1,6}: ?[a-z ]{0,6}", "[A-Z][a-z]{0,3}[ \t]{1,2}:x", "[a-z_]{2,4}: y"],
            4 => prop_oneof![Just(String::new()), Just(" \t".into()), Just("\r".into())],
            3 => prop_oneof!["[ \t][a-z:]{0,6}", "[a-z ]{1,8}", "#[a-z :]{0,5}"],
            2 => prop_oneof![
                Just("Signed-off-by: A <a@b>".to_owned()),
                Just("(cherry picked from commit abc)".into()),
                Just("Conflicts:".into()),
                Just("\tpath".into()),
                Just("# ------------------------ >8 ------------------------".into()),
                Just("---".into()),
                Just("A: 1\r".into()),
                Just("A: a\u{b}b\u{c}".into()),
                Just("Ä: 1".into()),
            ],
        ];
        (proptest::collection::vec(line, 0..12), any::<bool>()).prop_map(|(lines, end)| {
            let mut text = lines.join("\n");
            if end {
                text.push('\n');
            }
            text.into_bytes()
        })
    }

    #[test]
    fn random_messages_are_read_as_git_reads_them() {
        if git_parse(b"").is_none() {
            return;
        }
        let cases = if cfg!(debug_assertions) { 300 } else { 3000 };
        let mut runner =
            TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) });
        let checked = runner.run(&lines(), |message| {
            assert_eq!(Some(ours(&message)), git_parse(&message), "{:?}", lossy(&message));
            Ok(())
        });
        checked.unwrap();
    }

    #[test]
    fn an_added_trailer_is_read_back_and_no_byte_is_lost() {
        let mut runner =
            TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) });
        let checked = runner.run(&lines(), |message| {
            let added = append(&message, &[("New-Key", "value")], COMMENT);
            if added == message {
                let is_empty = CommitMessage { text: &complete(&message), comment: b"#" }.is_empty();
                assert!(is_empty || lossy(&message).contains("Conflicts:"), "{:?}", lossy(&message));
                return Ok(());
            }
            let mut expected = parse(&message, COMMENT);
            expected.push(Trailer { key: "New-Key".into(), value: Raw::new("value") });
            assert_eq!(parse(&added, COMMENT), expected, "{:?}", lossy(&added));
            assert_eq!(append(&added, &[("new-key", "VALUE")], COMMENT), added);
            let mut rest = added.as_slice();
            assert!(message.iter().all(|byte| {
                let found = rest.iter().position(|other| other == byte);
                rest = &rest[found.map_or(rest.len(), |at| at + 1)..];
                found.is_some()
            }));
            Ok(())
        });
        checked.unwrap();
    }

    #[test]
    fn a_message_that_is_a_list_of_conflicts_stays_as_it_is() {
        assert_eq!(added("Conflicts:\n\n\tpath"), "Conflicts:\n\n\tpath");
    }

    fn added(message: &str) -> String {
        lossy(&append(message.as_bytes(), &[("K", "v")], COMMENT))
    }

    #[test]
    fn a_trailer_joins_the_block_or_begins_one() {
        assert_eq!(added("s\n"), "s\n\nK: v\n");
        assert_eq!(added("s"), "s\n\nK: v\n");
        assert_eq!(added("A: 1\n"), "A: 1\n\nK: v\n");
        assert_eq!(added("s\n\nbody\n"), "s\n\nbody\n\nK: v\n");
        assert_eq!(added("s\n\nA : 1\n"), "s\n\nA : 1\nK: v\n");
        assert_eq!(added("s\n\nA: 1\n  more"), "s\n\nA: 1\n  more\nK: v\n");
        assert_eq!(added("s\r\n\r\nA: 1\r\n"), "s\r\n\r\nA: 1\r\nK: v\r\n");
        assert_eq!(
            added("s\n\nA: 1\n\n# Please enter\n# the message\n"),
            "s\n\nA: 1\nK: v\n\n# Please enter\n# the message\n"
        );
        assert_eq!(added("s\n# Please enter\n"), "s\n\nK: v\n# Please enter\n");
        let verbose = "# ------------------------ >8 ------------------------\ndiff --git a/x b/x\n";
        assert_eq!(added(&format!("s\n\n# c\n{verbose}")), format!("s\n\nK: v\n\n# c\n{verbose}"));
    }

    #[test]
    fn an_empty_message_stays_empty() {
        for message in
            ["", "\n\n", "# Please enter\n", "\n# c\n# ------------------------ >8 ------------------------\nx\n"]
        {
            assert_eq!(added(message), message);
        }
    }

    #[test]
    fn a_trailer_that_is_there_is_not_added_and_a_value_is_one_line() {
        assert_eq!(added("s\n\nk: V\n"), "s\n\nk: V\n");
        let hostile = append(b"s\xff\n", &[("K", "a\r\nB: c\u{1b}[0m \0"), ("no key", "x"), ("E", " ")], COMMENT);
        assert_eq!(hostile, b"s\xff\n\nK: a B: c [0m\n");
    }

    #[test]
    fn another_comment_prefix_is_respected() {
        assert_eq!(lossy(&append(b"s\n\n; c\n", &[("K", "v")], ";")), "s\n\nK: v\n\n; c\n");
        assert_eq!(comment_prefix(Some("auto"), b"# heading\n\n; Please enter\n;\n"), ";");
        assert_eq!(comment_prefix(Some("auto"), b"subject\n"), "#");
        assert_eq!(comment_prefix(Some("//"), b""), "//");
        assert_eq!(comment_prefix(None, b""), "#");
    }

    #[test]
    fn a_message_is_extended_where_git_extends_it() {
        for message in ["s\n", "s\n\nbody\n", "s\n\nA: 1\nB: 2\n", "s\n\nx\n\n# c\n", "s\n\nA: 1\n\nConflicts:\n\tx\n"]
        {
            let Some(expected) = git(&["--if-exists", "addIfDifferent", "--trailer", "K: v"], message.as_bytes())
            else {
                return;
            };
            assert_eq!(added(message), lossy(&expected));
        }
    }
}
