//! Our section in the description of a pull request: put in, replaced and taken out, with every other byte left alone.
//! Pure functions over text.
//!
//! What is ours is known by its content: the mark above a section carries a digest of the lines below it. Only lines that
//! still have it are ever replaced or removed, so a mark without its end, a forged one or a quoted one costs nobody a
//! byte. A person's tick in a list of ours is no change of ours: it stays with its line. Where a person changed what stands between our two marks, we stand back and say so: to write our text again would
//! bring back what they took out, and to keep theirs beside it would double the section at each of their edits. They get
//! a new section by deleting the old one, or its marks.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser};

use super::markers::{END, Mark, SectionStamp, is_hex, lines, marks, sha256};

/// A section that can stand in a description: it leaves nothing open for the text below, and holds no mark of ours.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    /// With `\n` at the end of each line, the last one blank: it ends whatever our mark could be taken for a part of.
    pub(super) content: String,
    head: String,
    version: String,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SectionError {
    #[error("`{0}` is not the full id of a commit")]
    Head(String),
    #[error("`{0}` is not a version")]
    Version(String),
    #[error("the text leaves a code block, a comment or raw HTML open at its end")]
    Open,
    #[error("the text holds a line that reads as a mark of a section")]
    Mark,
}

impl Section {
    /// `text` is Markdown, written for the state of the pull request at the commit `head`, by this `version` of ours.
    ///
    /// # Errors
    /// When the text would not stay one section of its own: see [`SectionError`].
    pub(crate) fn new(text: &str, head: &str, version: &str) -> Result<Self, SectionError> {
        if !is_hex(head) {
            return Err(SectionError::Head(head.to_owned()));
        }
        if version.is_empty()
            || version.len() > 40
            || !version.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'.' || c == b'-' || c == b'+')
        {
            return Err(SectionError::Version(version.to_owned()));
        }
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let content = format!("{}\n\n", text.trim_matches('\n'));
        let section = Self { content, head: head.to_owned(), version: version.to_owned() };
        let alone = section.write("\n", (0, 0));
        let kinds: Vec<bool> = marks(&alone).iter().map(|(_, mark)| matches!(mark, Mark::Begin(_))).collect();
        match kinds[..] {
            // The end is read as what it is, and the lines between are no mark for a reader who knows no Markdown.
            [true, false] if section.content.lines().all(|line| !reads_as_mark(line)) => Ok(section),
            [true] => Err(SectionError::Open),
            _ => Err(SectionError::Mark),
        }
    }

    /// Full id of the commit that it was written for.
    pub(crate) fn head(&self) -> &str {
        &self.head
    }

    pub(super) fn stamp(&self, joined: (usize, usize)) -> SectionStamp {
        SectionStamp {
            head: self.head.clone(),
            version: self.version.clone(),
            lines: self.content.lines().count(),
            sha256: digest(&self.content),
            joined,
        }
    }

    /// The section with those lines ticked that are ticked in `old`.
    pub(super) fn ticked_as(&self, old: &str) -> Self {
        let ticked: HashSet<_> = old.lines().filter(|line| is_ticked(line)).map(unticked).collect();
        let line = |line: &str| match line.strip_prefix("- [ ]") {
            Some(rest) if ticked.contains(line) => format!("- [x]{rest}\n"),
            _ => format!("{line}\n"),
        };
        Self { content: self.content.lines().map(line).collect(), ..self.clone() }
    }

    /// From mark to mark, without a line end behind the last.
    fn write(&self, newline: &str, joined: (usize, usize)) -> String {
        format!("{}\n{}{END}", self.stamp(joined).write("begin"), self.content).replace('\n', newline)
    }
}

fn is_ticked(line: &str) -> bool {
    line.starts_with("- [x] ") || line.starts_with("- [X] ")
}

/// A line as we wrote it: a reviewer ticks off what they looked at.
fn unticked(line: &str) -> Cow<'_, str> {
    if is_ticked(line) { format!("- [ ]{}", &line[5..]).into() } else { line.into() }
}

/// Of a text as we wrote it.
pub(super) fn digest(content: &str) -> String {
    sha256(&content.lines().flat_map(|line| [unticked(line), "\n".into()]).collect::<String>())
}

/// Whether a line begins as one of our marks does, wherever it stands.
fn reads_as_mark(line: &str) -> bool {
    line.trim_start().starts_with("<!-- backstory")
}

/// What a description becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Merged {
    /// It says what it should.
    Unchanged,
    Changed(String),
    /// A person changed what stands between our marks: it stays as it is.
    Edited,
}

/// Puts `section` into `body`: over the one that is there, else below a line `<!-- backstory -->`, else at the end. Takes
/// ours out where there is nothing to say; what is left is then the text as it was before, byte for byte. Sections of ours
/// beside the first are removed; whatever else looks like one is a person's text.
pub(crate) fn merge(body: &str, section: Option<&Section>) -> Merged {
    let mut merged = merge_once(body, section);
    // To take a section out can bring another to light: a line that went on a quote becomes one of its own.
    for _ in 0..body.matches(END).count() {
        let Merged::Changed(text) = &merged else { break };
        match merge_once(text, section) {
            Merged::Changed(next) => merged = Merged::Changed(next),
            Merged::Unchanged | Merged::Edited => break,
        }
    }
    merged
}

fn merge_once(body: &str, section: Option<&Section>) -> Merged {
    let parts = parts(body);
    let ours: Vec<&MarkedPart> = parts.iter().filter(|part| part.ours).collect();
    if ours.is_empty() && !parts.is_empty() {
        return Merged::Edited;
    }
    match (section, &ours[..]) {
        (None, []) => Merged::Unchanged,
        (Some(section), []) => Merged::Changed(insert(body, section)),
        (Some(section), [only]) if only.whole && only.stamp == section.stamp(only.stamp.joined) => Merged::Unchanged,
        (_, [first, ..]) => {
            let ticked = section.map(|section| section.ticked_as(&body[first.range.clone()]));
            let section = ticked.map(|section| section.write(newline(body), first.stamp.joined));
            Merged::Changed(rebuild(body, &ours, section.as_deref()))
        }
    }
}

/// The body without sections that nobody touched: what people and other programs wrote.
pub(crate) fn people(body: &str) -> String {
    match merge(body, None) {
        Merged::Changed(text) => text,
        Merged::Unchanged | Merged::Edited => body.to_owned(),
    }
}

/// The first section in the body that nobody touched.
pub(crate) fn section_in(body: &str) -> Option<Section> {
    let part = parts(body).into_iter().find(|part| part.ours)?;
    let content: String =
        body[part.range].lines().skip(1).take(part.stamp.lines).flat_map(|line| [line, "\n"]).collect();
    Some(Section { content, head: part.stamp.head, version: part.stamp.version })
}

/// What stands between two marks of a section.
#[derive(Debug)]
struct MarkedPart {
    /// From the first byte of the first mark to the last of the second.
    range: Range<usize>,
    stamp: SectionStamp,
    /// Whether the lines are those that were written.
    ours: bool,
    /// Whether the second mark is there.
    whole: bool,
}

/// The sections of a body in order. A first mark without a second, or a second without a first, is a person's text
/// unless the lines below it are ours.
fn parts(body: &str) -> Vec<MarkedPart> {
    let marks = marks(body);
    let mut parts = Vec::new();
    let mut done = 0;
    for (index, (range, mark)) in marks.iter().enumerate() {
        let Mark::Begin(stamp) = mark else { continue };
        if range.start < done {
            continue;
        }
        let next = marks.get(index + 1).filter(|(_, next)| *next == Mark::End);
        let part = match (untouched(body, range.start, stamp), next) {
            (Some((end, whole)), _) => MarkedPart { range: range.start..end, stamp: stamp.clone(), ours: true, whole },
            (None, Some((end, _))) => {
                MarkedPart { range: range.start..end.end, stamp: stamp.clone(), ours: false, whole: true }
            }
            (None, None) => continue,
        };
        done = part.range.end;
        parts.push(part);
    }
    parts
}

/// Where the section with its first mark at `start` ends, if its lines are those that the mark tells of, and whether
/// the second mark is there.
fn untouched(body: &str, start: usize, stamp: &SectionStamp) -> Option<(usize, bool)> {
    let mut rest = lines(body, start..body.len());
    rest.next()?;
    let mut content = String::new();
    let mut end = start;
    for _ in 0..stamp.lines {
        let line = rest.next()?;
        let text = body[line.clone()].trim_end_matches('\n');
        let bare = text.strip_suffix('\r').unwrap_or(text);
        end = line.start + bare.len();
        content.push_str(bare);
        content.push('\n');
    }
    if digest(&content) != stamp.sha256 {
        return None;
    }
    let closing = rest.next().filter(|line| body[line.clone()].trim_end_matches([' ', '\t', '\r', '\n']) == END);
    Some(closing.map_or((end, false), |line| (line.start + END.len(), true)))
}

/// The body without these parts and the line ends that came with them, but with `section` in the place of the first.
fn rebuild(body: &str, parts: &[&MarkedPart], mut section: Option<&str>) -> String {
    let mut out = String::with_capacity(body.len());
    let mut done = 0;
    for MarkedPart { range, stamp, .. } in parts {
        out.push_str(&body[done..range.start]);
        done = range.end;
        if let Some(section) = section.take() {
            out.push_str(section);
            continue;
        }
        for _ in 0..stamp.joined.0 {
            if out.ends_with('\n') {
                out.pop();
                if out.ends_with('\r') {
                    out.pop();
                }
            }
        }
        for _ in 0..stamp.joined.1 {
            let Some(rest) = body[done..].strip_prefix("\r\n").or(body[done..].strip_prefix('\n')) else { break };
            // Two lines of a person's are not made one.
            let joins = !(out.is_empty()
                || out.ends_with('\n')
                || rest.is_empty()
                || rest.starts_with('\n')
                || rest.starts_with("\r\n"));
            if !joins {
                done = body.len() - rest.len();
            }
        }
    }
    out.push_str(&body[done..]);
    out
}

fn insert(body: &str, section: &Section) -> String {
    // What is open at the end of the body (a fence, a comment, `<pre>`) would swallow the section, which then has to stand
    // before it; nothing is open at the start.
    let places = [below_place(body), Some(body.len()), last_block(body)];
    let results = places.into_iter().flatten().map(|place| insert_at(body, place, section));
    let is_seen = |(start, text): &(usize, String)| {
        let parts = parts(text);
        parts.iter().find(|part| part.ours).is_some_and(|part| part.range.start == *start && part.whole)
    };
    results.into_iter().find(is_seen).unwrap_or_else(|| insert_at(body, 0, section)).1
}

/// The start of the line below the first place that a template keeps for us.
fn below_place(body: &str) -> Option<usize> {
    let (range, _) = marks(body).into_iter().find(|(_, mark)| *mark == Mark::Place)?;
    Some(body[range.end..].find('\n').map_or(body.len(), |end| range.end + end + 1))
}

/// Where the last block of the text begins.
fn last_block(body: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut last = None;
    for (event, range) in Parser::new_ext(body, Options::empty()).into_offset_iter() {
        match event {
            Event::Start(_) => {
                if depth == 0 {
                    last = Some(range.start);
                }
                depth += 1;
            }
            Event::End(_) => depth -= 1,
            _ => {}
        }
    }
    last.map(|start| body[..start].rfind('\n').map_or(0, |end| end + 1))
}

/// The body with the section at `place`, which is the end or the start of a line, and where the section then begins.
fn insert_at(body: &str, place: usize, section: &Section) -> (usize, String) {
    let (above, below) = body.split_at(place);
    // A carriage return at the end is a person's, and must not become half of our line end.
    let newline = if above.ends_with('\r') { "\r\n" } else { newline(body) };
    let is_blank = |line: &str| line.trim_matches([' ', '\t', '\r']).is_empty();
    let starts_line = above.is_empty() || above.ends_with('\n');
    let line_above = above.strip_suffix('\n').map(|above| above.rsplit('\n').next().unwrap_or_default());
    let blank_above = above.is_empty() || line_above.is_some_and(is_blank);
    let before = if blank_above { 0 } else { 1 + usize::from(!starts_line) };
    let next = below.split('\n').next().unwrap_or_default();
    let after = match below {
        "" => 0,
        _ if is_blank(next) && next.len() < below.len() => 1,
        _ => 2,
    };
    let mut out = String::with_capacity(body.len() + section.content.len() + 256);
    out.push_str(above);
    (0..before).for_each(|_| out.push_str(newline));
    let start = out.len();
    out.push_str(&section.write(newline, (before, after)));
    (0..after).for_each(|_| out.push_str(newline));
    out.push_str(below);
    (start, out)
}

/// The line end that most lines of the body have.
fn newline(body: &str) -> &'static str {
    let all = body.matches('\n').count();
    let windows = body.matches("\r\n").count();
    if windows * 2 > all { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};

    use super::super::markers::PLACE;
    use super::*;

    const HEAD: &str = "1111111111111111111111111111111111111111";

    fn section(text: &str) -> Section {
        Section::new(text, HEAD, "0.1.0").unwrap()
    }

    fn apply(body: &str, section: Option<&Section>) -> String {
        match merge(body, section) {
            Merged::Changed(text) => text,
            Merged::Unchanged | Merged::Edited => body.to_owned(),
        }
    }

    /// A body with our section in it, written short: `[text]`.
    fn short(body: &str) -> String {
        let begin = regex::Regex::new(r"<!-- backstory:begin [^>]*-->\r?\n").unwrap();
        let end = regex::Regex::new(r"(\r?\n)+<!-- backstory:end -->").unwrap();
        end.replace_all(&begin.replace_all(body, "["), "]").into_owned()
    }

    #[test]
    fn a_section_goes_to_the_end_and_again_changes_nothing() {
        for (body, merged) in [
            ("", "[new]"),
            ("Fixes it.", "Fixes it.\n\n[new]"),
            ("Fixes it.\n", "Fixes it.\n\n[new]"),
            ("Fixes it.\n\n", "Fixes it.\n\n[new]"),
            ("Fixes it.  \n   ", "Fixes it.  \n   \n\n[new]"),
            ("One\r\ntwo", "One\r\ntwo\r\n\r\n[new]"),
            ("One\r", "One\r\r\n\r\n[new]"),
            ("<details>\n</details>", "<details>\n</details>\n\n[new]"),
            ("\u{feff}Fixes \u{0}it.", "\u{feff}Fixes \u{0}it.\n\n[new]"),
        ] {
            let new = section("new");
            let text = apply(body, Some(&new));
            assert_eq!(short(&text), merged);
            assert_eq!(merge(&text, Some(&new)), Merged::Unchanged, "{body:?}");
            assert_eq!(merge(&text, None), Merged::Changed(body.to_owned()));
            assert_eq!(
                short(&apply(&text, Some(&section("other\n\nlines")))).replace("\r\n", "\n"),
                merged.replace("new", "other\n\nlines").replace("\r\n", "\n")
            );
        }
    }

    #[test]
    fn a_template_keeps_a_place_for_us_and_keeps_its_line() {
        for (body, merged) in [
            ("What\n<!-- backstory -->\n\nTests", "What\n<!-- backstory -->\n\n[new]\n\nTests"),
            ("What\n<!-- backstory -->\nTests\n", "What\n<!-- backstory -->\n\n[new]\n\nTests\n"),
            ("<!-- backstory -->", "<!-- backstory -->\n\n[new]"),
            (
                "```\n<!-- backstory -->\n```\n<!-- backstory -->\r\nx",
                "```\n<!-- backstory -->\n```\n<!-- backstory -->\r\n\n[new]\n\nx",
            ),
            ("`<!-- backstory -->`\n> <!-- backstory -->\n", "`<!-- backstory -->`\n> <!-- backstory -->\n\n[new]"),
        ] {
            let text = apply(body, Some(&section("new")));
            assert_eq!(short(&text), merged);
            assert_eq!(merge(&text, None), Merged::Changed(body.to_owned()));
        }
    }

    #[test]
    fn what_is_left_open_at_the_end_does_not_swallow_the_section() {
        for (body, merged) in [
            ("Text\n```\ncode\n\nmore", "Text\n\n[new]\n\n```\ncode\n\nmore"),
            ("~~~\ncode", "[new]\n\n~~~\ncode"),
            ("Text\n\n<!-- say what\n\nyou did", "Text\n\n[new]\n\n<!-- say what\n\nyou did"),
            ("Text\n<pre>\n\nA\n\nB", "Text\n\n[new]\n\n<pre>\n\nA\n\nB"),
            ("Text\n\n<div><pre>\n\nA\n\nB", "[new]\n\nText\n\n<div><pre>\n\nA\n\nB"),
            ("- ```\n  code", "- ```\n  code\n\n[new]"),
            ("> ```\n> code", "> ```\n> code\n\n[new]"),
        ] {
            let new = section("new");
            let text = apply(body, Some(&new));
            assert_eq!(short(&text), merged);
            assert_eq!(merge(&text, Some(&new)), Merged::Unchanged);
            assert_eq!(merge(&text, None), Merged::Changed(body.to_owned()));
        }
    }

    #[test]
    fn a_section_stays_where_it_is_with_whatever_stands_around_it() {
        let block = "<!-- This is an auto-generated comment: release notes by coderabbit.ai -->\n## Summary\n<!-- end of auto-generated comment -->";
        let old = section("old").write("\n", (1, 2));
        let body = format!("{block}\n{old}\n\n<!-- CURSOR_SUMMARY -->\n> [!NOTE]\n<!-- /CURSOR_SUMMARY -->\r\n");
        let merged = apply(&body, Some(&section("new")));
        assert_eq!(short(&merged), short(&body).replace("[old]", "[new]"));
    }

    #[test]
    fn only_the_head_that_it_was_written_for_is_news_too() {
        let text = apply("a", Some(&section("same")));
        let later = Section::new("same", &"2".repeat(40), "0.1.0").unwrap();
        assert_eq!(merge(&text, Some(&later)), Merged::Changed(text.replace(HEAD, &"2".repeat(40))));
        let through_the_editor = text.replace('\n', "\r\n");
        assert_eq!(merge(&through_the_editor, Some(&section("same"))), Merged::Unchanged);
    }

    #[test]
    fn what_a_person_changed_between_our_marks_stays() {
        let text = apply("a", Some(&section("one\ntwo")));
        for edited in
            [text.replace("two", "two, really"), text.replace("two\n", ""), text.replace(" version", "  version")]
        {
            let same = merge(&edited, Some(&section("new")));
            assert!(same == Merged::Edited || edited.contains("  version"), "{edited}");
            assert_eq!(apply(&edited, None), edited);
        }
    }

    #[test]
    fn what_a_reviewer_ticked_off_stays_ticked_with_its_line() {
        let old = section("- [ ] one\n- [ ] two\n- [ ] three");
        let body = apply("a", Some(&old)).replace("[ ] one", "[x] one").replace("[ ] two", "[X] two");
        assert_eq!(merge(&body, Some(&old)), Merged::Unchanged);
        let merged = apply(&body, Some(&section("- [ ] one\n- [ ] three\n- [ ] two more")));
        assert_eq!(short(&merged), "a\n\n[- [x] one\n- [ ] three\n- [ ] two more]");
        assert_eq!(merge(&body.replace('\n', "\r\n"), None), Merged::Changed("a".to_owned()));
        assert_eq!(merge(&merged, section_in(&merged).as_ref()), Merged::Unchanged);
    }

    #[test]
    fn marks_that_are_missing_doubled_or_reversed_cost_no_text() {
        let (old, new) = (section("old").write("\n", (0, 0)), section("new"));
        let (begin, _) = old.split_once('\n').unwrap();
        for (body, merged) in [
            // The second mark is gone: our lines are known by their digest.
            (old.replace(END, "a person's"), "[new]\na person's".to_owned()),
            (format!("{begin}\nonly a person's"), format!("{begin}\nonly a person's\n\n[new]")),
            (format!("a\n{END}\nb"), format!("a\n{END}\nb\n\n[new]")),
            (format!("{END}\na\n{begin}"), format!("{END}\na\n{begin}\n\n[new]")),
            (format!("{old}\nb\n{old}\nc"), "[new]\nb\n\nc".to_owned()),
            (
                format!("{}\nb\n{old}", old.replace("old", "older")),
                format!("{}\nb\n[new]", old.replace("old", "older")),
            ),
            (format!("{begin}\na\n{old}\nb\n{END}"), format!("{begin}\na\n[new]\nb\n{END}")),
            (format!("```\n{old}\n```\nb"), format!("```\n{old}\n```\nb\n\n[new]")),
            (format!("<pre>\n{old}\n</pre>"), format!("<pre>\n{old}\n</pre>\n\n[new]")),
        ] {
            let text = apply(&body, Some(&new));
            assert_eq!(short(&text), short(&merged), "{body}");
            assert_eq!(merge(&text, Some(&new)), Merged::Unchanged, "{body}");
        }
    }

    #[test]
    fn removing_a_second_section_does_not_join_lines() {
        let (one, two) = (section("x").write("\n", (0, 0)), section("y").write("\n", (1, 2)));
        let text = apply(&format!("{one}\n{two}\n\nb"), Some(&section("new")));
        assert_eq!(short(&text), "[new]\nb");
    }

    #[test]
    fn a_text_that_would_not_stay_a_section_is_refused() {
        for (text, error) in [
            ("```\ncode", SectionError::Open),
            ("<!-- x", SectionError::Open),
            ("<pre>", SectionError::Open),
            ("<!-- backstory:end -->", SectionError::Mark),
            ("```\n<!-- backstory:end -->\n```", SectionError::Mark),
            ("a\n<!-- backstory -->", SectionError::Mark),
        ] {
            assert_eq!(Section::new(text, HEAD, "0.1.0").unwrap_err(), error, "{text}");
        }
        assert!(Section::new("<details>\n\nopen", HEAD, "0.1.0").is_ok());
        assert!(Section::new("x", "abc", "0.1.0").is_err() && Section::new("x", HEAD, "1 -->").is_err());
    }

    /// Pieces of a body: a person's, with a number of their own, or a section of ours that nobody touched.
    #[derive(Clone, Debug)]
    enum Piece {
        Person(String),
        Ours(String),
    }

    fn body_of(pieces: &[(Piece, &str)]) -> String {
        pieces
            .iter()
            .map(|(piece, end)| match piece {
                Piece::Person(text) if text.ends_with(END) => format!("{text}\n{end}"),
                Piece::Person(text) => format!("{text}{end}"),
                Piece::Ours(text) => format!("\n{text}\n"),
            })
            .collect()
    }

    fn piece() -> impl Strategy<Value = (Piece, &'static str)> {
        let old = section(OLD_CODE).write("\n", (1, 0));
        let (begin, _) = old.split_once('\n').unwrap();
        let fragments: Vec<String> = [
            "```",
            "~~~",
            "   ````",
            "```text",
            "> quote",
            "> ```",
            "- ```",
            "  ```",
            "1. x",
            "<pre>",
            "</pre>",
            "<!--",
            "-->",
            "<!-- note -->",
            "<details>",
            "</details>",
            "`",
            "\u{feff}",
            "\u{0}",
            "\u{1f469}\u{200d}\u{1f467}",
            "    code",
            "\t",
            "\r",
            "===",
            "| a |",
            "<?",
            "<!X",
            "<script>",
            "</script>",
            "<div>",
            "text",
            "[x]: y",
            END,
            PLACE,
            begin,
        ]
        .map(str::to_owned)
        .into_iter()
        .chain([
            old.clone(),
            old.replace("old", "0ld"),
            format!("```\n{old}\n```"),
            format!("> {old}"),
            format!(" {begin}"),
        ])
        .collect();
        let person =
            (proptest::sample::select(fragments), any::<bool>(), 0_u32..10_000).prop_map(|(text, tells, number)| {
                Piece::Person(if tells { format!("{text}\nperson {number}") } else { text })
            });
        let ours = prop_oneof![
            Just(section("old\n\n- x").write("\n", (1, 0))),
            Just(section("old\n\n- x").write("\r\n", (2, 1))),
            Just(section("new").write("\n", (0, 2))),
        ];
        let end = proptest::sample::select(vec!["\n", "\n", "\r\n", "\n\n", "", " \n"]);
        (prop_oneof![5 => person, 1 => ours.prop_map(Piece::Ours)], end)
    }

    /// The text without line ends and without the sections that nobody touched, wherever they stand.
    fn people(body: &str) -> String {
        let mut text = body.replace(['\r', '\n'], "");
        static STAMP: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
            regex::Regex::new("<!-- backstory:begin [^>]*sha256=([0-9a-f]{64})[^>]*-->").unwrap()
        });
        let contents = ["old\n\n- x", OLD_CODE, "new", NEW].map(|text| section(text).content);
        let mut from = 0;
        while let Some(found) = STAMP.captures_at(&text, from) {
            let range = found.get(0).unwrap().range();
            let rest = &text[range.end..];
            let ours = contents.iter().filter(|content| digest(content) == found[1]).find_map(|content| {
                let content = content.replace('\n', "");
                rest.starts_with(&format!("{content}{END}")).then_some(content.len() + END.len())
            });
            from = if ours.is_some() { range.start } else { range.end };
            if let Some(length) = ours {
                text.replace_range(range.start..range.end + length, "");
            }
        }
        text
    }

    const OLD_CODE: &str = "old ```\n```text\nx\n```";
    const NEW: &str = "new\n\n  ```text\n  - code\n  ```";

    /// Whether `part` can be had from `whole` by leaving bytes out.
    fn is_subsequence(part: &str, whole: &str) -> bool {
        let mut rest = whole.bytes();
        part.bytes().all(|byte| rest.any(|other| other == byte))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_byte_of_a_person_is_lost_and_the_second_time_changes_nothing(
            pieces in proptest::collection::vec(piece(), 0..9), says in any::<bool>(),
        ) {
            let body = body_of(&pieces);
            let new = section(NEW);
            let wanted = says.then_some(&new);
            let merged = apply(&body, wanted);
            assert_eq!(apply(&merged, wanted), merged, "{body:?}");
            // Everything but sections, byte for byte, save the line ends around them.
            assert_eq!(people(&merged), people(&body), "{body:?} became {merged:?}");
            for (piece, _) in &pieces {
                // One that stands where ours would, with our lines in it, is ours.
                if let Piece::Person(text) = piece && !text.contains("backstory:begin") {
                    assert!(is_subsequence(&people(text), &people(&merged)), "{text:?} of {body:?} is not in {merged:?}");
                }
            }
            if says && parts(&body).is_empty() {
                assert_eq!(merge(&merged, None), Merged::Changed(body.clone()));
                if !body.replace("\r\n", "").contains('\n') && body.contains('\n') && !body.contains("\r\r") {
                    assert!(!merged.replace("\r\n", "").contains('\n'), "line ends are the body's own: {merged:?}");
                }
            }
            if says && merge(&body, wanted) != Merged::Edited {
                let parts = parts(&merged);
                let ours: Vec<_> = parts.iter().filter(|part| part.ours).collect();
                assert!(matches!(ours[..], [only] if only.whole && only.stamp == new.stamp(only.stamp.joined)), "{merged:?}");
            }
        }

        #[test]
        fn what_is_quoted_in_a_fence_stays(
            pieces in proptest::collection::vec(piece(), 0..6), says in any::<bool>(), quote in "[`~]",
        ) {
            let quote = quote.repeat(30);
            let ours = section("new").write("\n", (2, 2));
            let quoted = format!("{quote}\n{ours}\n<!-- backstory -->\n{ours}\n{quote}\n");
            let merged = apply(&format!("{quoted}{}", body_of(&pieces)), says.then_some(&section(NEW)));
            assert!(merged.contains(quoted.trim_end()), "{merged:?}");
        }

        #[test]
        fn any_text_can_be_a_body(body in "(?s).{0,80}", tail in "[`~<>!\\-\\[\n\r ]{0,12}") {
            let body = body + &tail;
            let merged = apply(&body, Some(&section("new")));
            assert_eq!(merge(&merged, Some(&section("new"))), Merged::Unchanged, "{merged:?}");
            assert_eq!(merge(&merged, None), Merged::Changed(body));
        }
    }
}
