//! Redacts a text that may be too long to be held. What is a secret in one place of it is one in all, so it is read more than
//! once: whoever calls keeps it. Only what asks for all of the text at once, rules of the settings and private parts that
//! reach far, makes it be held.

use std::cell::Cell;
use std::io::{self, Read, Seek, Write};
use std::ops::Range;

use super::finding::Detection;
use super::found::{self, Again};
use super::pass::{MAX_PASSES, Pass};
use super::redactor::{RedactedSpan, Redactor};
use super::windows::{KeptWindow, SIZES, ScanWindow, Sizes, Windows};
use super::{homes, placeholder, scan};
use crate::parallel;
use crate::record::text::Raw;
use crate::redact::options::RedactionCounts;

/// Where a text is kept: valid UTF-8, read from its beginning.
pub trait SeekableText: Read + Write + Seek {}
impl<T: Read + Write + Seek> SeekableText for T {}

/// What is made of a text on the way.
enum StreamPart<'a> {
    Text(&'a [u8]),
    /// And where it is, in bytes.
    Finding(&'a Detection, Range<usize>),
}

impl Redactor {
    /// Writes the text without what must not travel, in pieces. Returns what was redacted, and how many examples stay (see
    /// [`Redactor::examples`]).
    ///
    /// # Errors
    /// When a text cannot be kept, read or written.
    pub fn redact_kept<K: SeekableText>(
        &self,
        text: K,
        keep: &dyn Fn() -> K,
        write: &mut dyn FnMut(&str) -> io::Result<()>,
    ) -> io::Result<(RedactionCounts, usize)> {
        Stream { redactor: self, sizes: SIZES }.redact(text, keep, write)
    }

    /// As [`Redactor::spans`], and how many examples stay.
    ///
    /// # Errors
    /// When the text cannot be read.
    pub fn spans_of_kept<K: SeekableText>(&self, text: K) -> io::Result<(Vec<RedactedSpan>, usize)> {
        Stream { redactor: self, sizes: SIZES }.spans(text)
    }
}

struct Stream<'a> {
    redactor: &'a Redactor,
    sizes: Sizes,
}

impl Stream<'_> {
    fn redact<K: SeekableText>(
        &self,
        mut text: K,
        keep: &dyn Fn() -> K,
        write: &mut dyn FnMut(&str) -> io::Result<()>,
    ) -> io::Result<(RedactionCounts, usize)> {
        let mut counts = RedactionCounts::new();
        let mut examples = None;
        for pass in 0..=MAX_PASSES {
            let Some(looked) = self.look(&mut text, pass == 0)? else {
                let held = held(&mut text)?;
                let examples = examples.unwrap_or_else(|| self.redactor.examples(&held));
                let known = found::KnownSecrets::default();
                let mut pass = Pass::new(self.redactor, &known);
                write(pass.raw(Raw::new(held)).as_str())?;
                pass.counts.into_iter().for_each(|(kind, count)| *counts.entry(kind).or_default() += count);
                return Ok((counts, examples));
            };
            let (findings, kept_examples) = looked;
            examples.get_or_insert(kept_examples);
            // As [`Pass::clean`] does: what still holds something that must not travel is left out whole.
            if pass == MAX_PASSES
                && let Some(finding) = findings.iter().find(|finding| finding.is_certain())
            {
                let mut instead = Vec::new();
                self.redactor.write_instead(finding, &mut instead);
                write(&String::from_utf8_lossy(&instead))?;
                break;
            }
            if findings.is_empty() || pass == MAX_PASSES {
                self.walk(&mut text, &[], &mut |part| match part {
                    StreamPart::Text(text) => write(&String::from_utf8_lossy(text)),
                    StreamPart::Finding(..) => Ok(()),
                })?;
                break;
            }
            let mut clean = keep();
            let mut piece = Vec::new();
            self.walk(&mut text, &findings, &mut |part| {
                match part {
                    StreamPart::Text(text) => piece.extend_from_slice(text),
                    StreamPart::Finding(finding, _) => {
                        self.redactor.write_instead(finding, &mut piece);
                        *counts.entry(finding.kind.clone().into_owned()).or_default() += 1;
                    }
                }
                if piece.len() >= PIECE {
                    clean.write_all(&piece)?;
                    piece.clear();
                }
                Ok(())
            })?;
            clean.write_all(&piece)?;
            text = clean;
        }
        Ok((counts, examples.unwrap_or_default()))
    }

    fn spans<K: SeekableText>(&self, mut text: K) -> io::Result<(Vec<RedactedSpan>, usize)> {
        let Some((findings, examples)) = self.look(&mut text, true)? else {
            let held = held(&mut text)?;
            return Ok((self.redactor.spans(&held), self.redactor.examples(&held)));
        };
        let mut spans = Vec::with_capacity(findings.len());
        self.walk(&mut text, &findings, &mut |part| {
            if let StreamPart::Finding(finding, range) = part {
                spans.push(RedactedSpan {
                    start: range.start,
                    end: range.end,
                    kind: finding.kind.clone().into_owned(),
                });
            }
            Ok(())
        })?;
        Ok((spans, examples))
    }

    /// As [`Redactor::findings`], and how many examples stay where that is asked for; `None` where the text must be held.
    fn look<K: SeekableText>(&self, text: &mut K, for_examples: bool) -> io::Result<Option<(Vec<Detection>, usize)>> {
        if self.redactor.has_rules() {
            return Ok(None);
        }
        text.rewind()?;
        let mut windows = Windows::new(&mut *text, self.sizes);
        let (mut all, must_be_held) = (PartFindings::default(), Cell::new(false));
        parallel::in_order(
            parallel::threads() + 1,
            || |window: KeptWindow| self.look_at(&window.window(), for_examples),
            || Ok::<_, io::Error>(if must_be_held.get() { None } else { windows.next()?.map(ScanWindow::keep) }),
            |found| {
                match found {
                    Some(found) => all.add(found),
                    None => must_be_held.set(true),
                }
                Ok(())
            },
        )?;
        if must_be_held.get() {
            return Ok(None);
        }
        let PartFindings { mut findings, homes, kept, examples } = all;
        if let Some(again) = Again::new(&findings) {
            // Matches are looked for from the start of a part on, which is the start of a line.
            if again.has_line_ends() {
                return Ok(None);
            }
            text.rewind()?;
            let mut windows = Windows::new(&mut *text, self.sizes);
            while let Some(window) = windows.next()? {
                let from = window.part.start;
                let found = again.find(&window.text[from..window.part.end]);
                let moved = |it: Detection| Detection {
                    range: window.in_all(&(from + it.range.start..from + it.range.end)),
                    ..it
                };
                findings.extend(found.map(moved));
            }
        }
        findings.extend(homes);
        let findings = found::merge(found::without(findings, &kept));
        let examples = found::outside(scan::apart(examples), &findings);
        Ok(Some((findings, examples)))
    }

    /// What is in a part by itself; `None` where the text must be held.
    fn look_at(&self, window: &ScanWindow<'_>, for_examples: bool) -> Option<PartFindings> {
        let mut stands_in = for_examples.then(Vec::new);
        let moved = |it: Detection| Detection { range: window.in_all(&it.range), ..it };
        let own = |places: Vec<Range<usize>>| {
            let places = places.into_iter().filter(|range| window.owns(range));
            places.map(|range| window.in_all(&range)).collect()
        };
        let findings = self.redactor.findings_of(window, &mut stands_in)?;
        let mut homes = Vec::new();
        homes::find(window.text, &self.redactor.policy, &mut homes);
        Some(PartFindings {
            findings: findings.into_iter().map(moved).collect(),
            homes: homes.into_iter().filter(|it| window.owns(&it.range)).map(moved).collect(),
            kept: own(placeholder::find(window.text, |kind| self.redactor.is_kind(kind))),
            examples: own(stands_in.unwrap_or_default()),
        })
    }

    /// The text around findings and the findings, in order.
    fn walk<K: SeekableText>(
        &self,
        text: &mut K,
        findings: &[Detection],
        each: &mut dyn FnMut(StreamPart<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        text.rewind()?;
        let mut windows = Windows::new(&mut *text, self.sizes);
        let mut findings = findings.iter().peekable();
        // How far the text was passed on.
        let mut passed = 0;
        while let Some(window) = windows.next()? {
            let end = window.start + window.part.end;
            while let Some(finding) = findings.next_if(|finding| finding.range.start < end || window.is_last) {
                let range = found::at_boundaries(window.text, window.start, &finding.range);
                let start = range.start.max(passed);
                each(StreamPart::Text(
                    &window.text[passed.max(window.start).min(start) - window.start..start - window.start],
                ))?;
                each(StreamPart::Finding(finding, range.clone()))?;
                passed = range.end.max(passed);
            }
            if passed < end {
                each(StreamPart::Text(&window.text[passed - window.start..window.part.end]))?;
                passed = end;
            }
        }
        Ok(())
    }
}

/// What was found in parts of a text, by its place in all of it.
#[derive(Default)]
struct PartFindings {
    findings: Vec<Detection>,
    homes: Vec<Detection>,
    /// Placeholders that stood in the text.
    kept: Vec<Range<usize>>,
    examples: Vec<Range<usize>>,
}

impl PartFindings {
    fn add(&mut self, later: Self) {
        self.findings.extend(later.findings);
        self.homes.extend(later.homes);
        self.kept.extend(later.kept);
        self.examples.extend(later.examples);
    }
}

/// Text that is written at once.
const PIECE: usize = 64 << 10;

fn held<K: SeekableText>(text: &mut K) -> io::Result<String> {
    text.rewind()?;
    let mut held = String::new();
    text.read_to_string(&mut held)?;
    Ok(held)
}

/// Keeps what is read, with U+FFFD for what is not UTF-8.
///
/// # Errors
/// When it cannot be read or kept.
pub fn keep_text<K: SeekableText>(mut input: impl Read, mut into: K) -> io::Result<K> {
    let mut read = Vec::new();
    loop {
        // Less than was asked for is all there is: a terminal would have to be told twice that it ends.
        let is_end = input.by_ref().take(PIECE as u64).read_to_end(&mut read)? < PIECE;
        let whole = if is_end { read.len() } else { read.len() - unfinished(&read) };
        into.write_all(String::from_utf8_lossy(&read[..whole]).as_bytes())?;
        read.drain(..whole);
        if is_end {
            return Ok(into);
        }
    }
}

/// How many bytes at the end begin a character that goes on behind it.
fn unfinished(bytes: &[u8]) -> usize {
    let last = bytes.len() - bytes.len().min(3);
    let is_cut = |at: &usize| {
        std::str::from_utf8(&bytes[*at..]).is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
    };
    (last..bytes.len()).find(is_cut).map_or(0, |at| bytes.len() - at)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, SeekFrom};

    use proptest::prelude::*;

    use super::*;
    use crate::redact::RedactionOptions;

    /// Gives at most so many bytes at each read.
    struct Slow(Cursor<Vec<u8>>, usize);

    impl Slow {
        fn new(text: &[u8], most: usize) -> Self {
            Self(Cursor::new(text.to_vec()), most)
        }
    }

    impl Read for Slow {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            let most = bytes.len().min(self.1);
            self.0.read(&mut bytes[..most])
        }
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            self.0.flush()
        }
    }

    impl Seek for Slow {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    /// The clean text, what was redacted, how many examples stay, and the places.
    type Result = (String, RedactionCounts, usize, Vec<RedactedSpan>);

    fn whole(redactor: &Redactor, text: &str) -> Result {
        let (clean, counts) = redactor.text(Raw::new(text));
        (clean.as_str().to_owned(), counts, redactor.examples(text), redactor.spans(text))
    }

    fn in_parts(redactor: &Redactor, text: &str, sizes: Sizes, read: usize) -> Result {
        let stream = Stream { redactor, sizes };
        let mut clean = String::new();
        let keep = || Slow::new(b"", read);
        let mut write = |piece: &str| {
            clean.push_str(piece);
            Ok(())
        };
        let (counts, examples) = stream.redact(Slow::new(text.as_bytes(), read), &keep, &mut write).unwrap();
        let (spans, of_spans) = stream.spans(Slow::new(text.as_bytes(), read)).unwrap();
        assert_eq!(examples, of_spans);
        (clean, counts, examples, spans)
    }

    fn redactor(strict: bool) -> Redactor {
        Redactor::new(RedactionOptions { strict, home: Some("/home/kim".to_owned()), ..RedactionOptions::default() })
            .unwrap()
    }

    const DRAWN: &str = "q7Xw2Lp9ZrT4vKd8BnM3sHc6";

    /// What is found by each of the rules that look further than a line, or that other parts of a text decide about.
    fn lines() -> Vec<String> {
        let body: String = (0..12).map(|line| format!("{DRAWN}{line:02}{}\n", DRAWN.to_lowercase())).collect();
        let key = format!("-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\n");
        let token = format!("{}{DRAWN}{DRAWN}", concat!("gh", "p_"));
        let table =
            format!("name,password,note\n{}", (0..9).map(|row| format!("a{row},x7-Kq{row}wz,b\n")).collect::<String>());
        vec![
            "some words that say nothing\n".to_owned(),
            "\n".to_owned(),
            format!("password = {DRAWN}\n"),
            format!("{DRAWN} without a name\n"),
            format!("{token}\n"),
            format!("{{\"a\":\"first \\\"{token}\\\"\\nsecond\",\"cwd\":\"/home/kim/work\"}}\n"),
            format!("{}\n", serde_json::json!({"text": key, "in": "/Users/lee/x"})),
            key,
            table,
            "recovery codes:\nabc12-def34\nqrs77-tuv90\nwxy31-zab52\n8cd41-ef7gh\n".to_owned(),
            "password:\n  \"x7-Kq9wz\"\n".to_owned(),
            format!("secret = \"{}\" +\n  \"{}\"\n", &DRAWN[..12], &DRAWN[12..]),
            "é ü — 日本語 /home/kim/ü\u{200b}\n".to_owned(),
            "[REDACTED:password:0123abcd] and [REDACTED:none:1]\n".to_owned(),
            format!("{}{}\n", concat!("gh", "p_"), "abcdefghijklmnopqrstuvwxyz0123456789"),
            "mail ann.lee@firm.io and ann@example.org\n".to_owned(),
            "<private>kept here</private> and <b>this</b>\n".to_owned(),
            "<private-note>kept\n here</private-note>\n".to_owned(),
            "x".repeat(700) + "\n",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn in_parts_of_any_length_and_with_reads_of_any_length_a_text_becomes_the_same(
            places in prop::collection::vec(any::<prop::sample::Index>(), 1..60),
            far in prop::option::of(any::<prop::sample::Index>()),
            part in 1..3000usize,
            read in prop_oneof![Just(1usize), 1..50usize, Just(100_000)],
            ends in any::<bool>(),
            strict in any::<bool>(),
        ) {
            const FAR: [&str; 5] =
                ["</private>\n", "<private>\n", "</private-note>\n", "{\"a\":\"\\u003cprivate>\"}\n", "[private]\n"];
            let lines = lines();
            let mut text: Vec<&str> = places.iter().map(|place| place.get(&lines).as_str()).collect();
            if let Some(far) = far {
                text.insert(far.index(text.len()), FAR[far.index(FAR.len())]);
            }
            let text = text.concat();
            let text = if ends { text.as_str() } else { text.trim_end() };
            let redactor = redactor(strict);
            let sizes = Sizes { part, around: 3000 };
            prop_assert_eq!(in_parts(&redactor, text, sizes, read), whole(&redactor, text));
        }

        #[test]
        fn what_is_not_utf_8_is_kept_as_if_it_were_read_at_once(
            pieces in prop::collection::vec(prop_oneof![
                Just(&b"\xf0\x9f\x92\xa9"[..]), Just(&b"\xe2\x82"[..]), Just(&b"\xff"[..]), Just(&b"a\n"[..]), Just(&b"\xc3"[..]),
            ], 0..12),
            before in 0..8usize,
        ) {
            // Around the end of what is asked for at once.
            let mut bytes = vec![b'x'; PIECE - before];
            bytes.extend(pieces.concat());
            for read in [1, 3, PIECE * 2] {
                let kept = keep_text(Slow::new(&bytes, read), Slow::new(b"", 7)).unwrap();
                prop_assert_eq!(kept.0.into_inner(), String::from_utf8_lossy(&bytes).into_owned().into_bytes());
            }
        }
    }

    #[test]
    fn the_end_of_the_input_is_asked_for_once() {
        /// As a terminal: behind an end more may come.
        struct Terminal(usize);
        impl Read for Terminal {
            fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                match self.0 {
                    1 => {
                        bytes[..5].copy_from_slice(b"first");
                        Ok(5)
                    }
                    2 => Ok(0),
                    _ => panic!("asked again"),
                }
            }
        }
        assert_eq!(keep_text(Terminal(0), Slow::new(b"", 9)).unwrap().0.into_inner(), b"first");
    }

    /// Base64 in lines of one width.
    fn base64_lines(text: &str, width: usize, between: &str) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut lines = String::new();
        for (index, three) in text.as_bytes().chunks_exact(3).enumerate() {
            let bits = three.iter().fold(0usize, |bits, byte| bits << 8 | usize::from(*byte));
            for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
                if index + at > 0 && (index * 4 + at).is_multiple_of(width) {
                    lines.push_str(between);
                }
                lines.push(char::from(LETTERS[bits >> shift & 63]));
            }
        }
        lines
    }

    #[test]
    fn text_in_base64_that_goes_on_over_many_lines_and_parts_hides_nothing() {
        let filler = "some words that say nothing at all, ";
        let redactor = redactor(false);
        let sizes = Sizes { part: 4000, around: 1000 };
        for before in [10, 100, 150, 200] {
            let secret = format!("{}password: {DRAWN} {}", filler.repeat(before), filler.repeat(300 - before));
            for (width, between) in [(80, "\n"), (100, "\n"), (71, "\\\n"), (59, "\\\n    ")] {
                let text = format!("before\n{}\nafter\n", base64_lines(&secret, width, between));
                let clean = in_parts(&redactor, &text, sizes, 4096);
                assert_eq!(clean, whole(&redactor, &text), "{before} {width}");
                assert_eq!(clean.3.len(), 1, "{before} {width}: {}", clean.0);
                assert!(clean.0.len() < 200, "{before} {width}: {}", clean.0);
            }
        }
    }

    #[test]
    fn a_key_whose_first_line_alone_is_decoded_ends_with_it() {
        let (lines, redactor) = (lines(), redactor(true));
        let (in_json, key) = (&lines[6], &lines[7]);
        let words = "some words that say nothing\n".repeat(100);
        let text = format!(
            "{in_json}{key}{words}{DRAWN} without a name\nsecret = \"{}\" +\n  \"{}\"\n",
            &DRAWN[..12],
            &DRAWN[12..]
        );
        let clean = whole(&redactor, &text);
        assert_eq!(clean.0.matches("some words that say nothing").count(), 100, "{}", clean.0);
        assert!(!clean.0.contains(&DRAWN[..12]), "{}", clean.0);
        assert_eq!(clean, in_parts(&redactor, &text, Sizes { part: 500, around: 1000 }, 4096));
    }

    #[test]
    fn a_secret_is_found_again_far_before_and_far_behind() {
        let filler = "some words that say nothing\n".repeat(200);
        let text = format!("{DRAWN}\n{filler}password = {DRAWN}\n{filler}{DRAWN}\n");
        let redactor = redactor(false);
        let (clean, counts, ..) = in_parts(&redactor, &text, Sizes { part: 100, around: 50 }, 64);
        assert!(!clean.contains(DRAWN), "{clean}");
        assert_eq!(counts.values().sum::<u32>(), 3);
        assert_eq!(clean, whole(&redactor, &text).0);
    }

    #[test]
    fn a_table_and_a_private_part_reach_over_many_parts() {
        let rows: String = (0..999).map(|row| format!("someone{row},x7-Kq{row}wz,{}\n", "note ".repeat(20))).collect();
        let redactor = redactor(false);
        for text in [
            format!("before\nname,password,note\n{rows}\nafter\n"),
            format!("before\n<private>\n{rows}</private>\nafter\n"),
            format!("before\n{rows}</private>\nafter\n"),
            format!("before\n<private>{rows}"),
            format!("before\n<private-note>\n{rows}</private-note>\nafter\n"),
        ] {
            let clean = in_parts(&redactor, &text, Sizes { part: 30_000, around: 500 }, 4096);
            assert_eq!(clean, whole(&redactor, &text));
            assert!(!clean.0.contains("x7-Kq"), "{}", clean.0);
        }
    }

    #[test]
    fn rules_of_the_settings_look_at_all_of_a_text() {
        let rule = crate::redact::UserRule {
            kind: "block".to_owned(),
            pattern: "(?s)START.*END".to_owned(),
            keywords: Vec::new(),
        };
        let redactor = Redactor::new(RedactionOptions { rules: vec![rule], ..RedactionOptions::default() }).unwrap();
        let text = format!("a START\n{}END z\n", "line\n".repeat(500));
        let clean = in_parts(&redactor, &text, Sizes { part: 100, around: 10 }, 64);
        assert_eq!(clean, whole(&redactor, &text));
        assert!(!clean.0.contains("line"));
    }
}
