//! Our marks in a text that people write: lines that hold one HTML comment of ours and stand where a reader of Markdown
//! sees a comment. The same line quoted in a code block, a block quote, a list, `<pre>` or another comment is text.

use std::ops::Range;
use std::sync::LazyLock;

use pulldown_cmark::{Event, Options, Parser, Tag};
use regex::Regex;
use sha2::{Digest, Sha256};

/// Where a pull request's template wants our section: below this line, which stays.
pub(crate) const PLACE: &str = "<!-- backstory -->";
pub(super) const END: &str = "<!-- backstory:end -->";

/// What the first line of a section, or the last one of a comment, says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SectionStamp {
    /// Full id of the commit that it was written for.
    pub(super) head: String,
    /// Of the program that wrote it.
    pub(super) version: String,
    /// Lines of our text below the mark, and the digest over them with `\n` as their line ends: GitHub's own editor
    /// turns them all into `\r\n`.
    pub(super) lines: usize,
    pub(super) sha256: String,
    /// Line ends that were put before and behind the section to part it from its neighbours, and go with it.
    pub(super) joined: (usize, usize),
}

/// `kind` is `begin` (of a section) or `comment`.
impl SectionStamp {
    pub(super) fn write(&self, kind: &str) -> String {
        let Self { head, version, lines, sha256, joined: (before, after) } = self;
        format!(
            "<!-- backstory:{kind} head={head} version={version} lines={lines} sha256={sha256} joined={before}+{after} -->"
        )
    }

    /// What a line says, which must hold nothing else. A later version may say more.
    pub(super) fn read(kind: &str, line: &str) -> Option<Self> {
        let found = STAMP.captures(line).filter(|found| &found[1] == kind)?;
        let value = |name: &str| found[2].split(' ').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let joined = value("joined").and_then(|joined| joined.split_once('+'));
        Some(Self {
            head: value("head").filter(|head| is_hex(head))?.to_owned(),
            version: value("version")?.to_owned(),
            lines: value("lines")?.parse().ok()?,
            sha256: value("sha256").filter(|digest| is_hex(digest))?.to_owned(),
            joined: joined.and_then(|(before, after)| Some((few(before)?, few(after)?)))?,
        })
    }
}

/// More than two line ends never part a section from its neighbours.
fn few(number: &str) -> Option<usize> {
    number.parse().ok().filter(|number| *number <= 2)
}

static STAMP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^<!-- backstory:([a-z]+)((?: [a-z0-9]+=[A-Za-z0-9.+_-]{1,80}){1,12}) -->$")
        .expect("a constant expression that the tests compile")
});

pub(super) fn is_hex(text: &str) -> bool {
    (40..=64).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

pub(super) fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Begin(SectionStamp),
    End,
    Place,
}

/// The marks of a text, in order, each with the bytes of its line up to where its comment ends.
pub(super) fn marks(text: &str) -> Vec<(Range<usize>, Mark)> {
    let mut found = Vec::new();
    if !text.contains("<!-- backstory") {
        return found;
    }
    let mut depth = 0_usize;
    let mut html = Html::default();
    // Without extensions: what they add (tables, footnotes, ...) begins and ends no block of HTML or code.
    for (event, range) in Parser::new_ext(text, Options::empty()).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                // A block of its own: below `<details>` without a blank line between, a fence is no fence, and what a
                // person quotes there looks like a mark.
                if depth == 0 && matches!(tag, Tag::HtmlBlock) && html.shows() {
                    found.extend(mark(text, range.start));
                }
                depth += 1;
            }
            Event::End(_) => depth -= 1,
            Event::Html(_) | Event::InlineHtml(_) => html.read(&text[range]),
            _ => {}
        }
    }
    found
}

/// The lines of a part of the text, with their line ends.
pub(super) fn lines(text: &str, part: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut start = part.start;
    text[part].split_inclusive('\n').map(move |line| {
        let range = start..start + line.len();
        start = range.end;
        range
    })
}

/// The mark that the line at `start` is, if `start` is the first byte of a line.
fn mark(text: &str, start: usize) -> Option<(Range<usize>, Mark)> {
    if start > 0 && !text[..start].ends_with('\n') {
        return None;
    }
    let line = text[start..].split('\n').next().unwrap_or_default();
    let bare = line.trim_end_matches([' ', '\t', '\r']);
    let mark = match bare {
        PLACE => Mark::Place,
        END => Mark::End,
        // Whoever adds a blank to this line has edited our section.
        _ => Mark::Begin(SectionStamp::read("begin", line.strip_suffix('\r').unwrap_or(line))?),
    };
    Some((start..start + bare.len(), mark))
}

/// Where raw HTML has got to: inside a comment, or inside elements that show their content as it was typed.
#[derive(Default)]
struct Html {
    comment: bool,
    verbatim: usize,
}

static TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)<!--(?:-?>)?|-->|<(/?)(?:pre|script|style|textarea)\b")
        .expect("a constant expression that the tests compile")
});

impl Html {
    fn shows(&self) -> bool {
        !self.comment && self.verbatim == 0
    }

    fn read(&mut self, html: &str) {
        for token in TOKENS.captures_iter(html) {
            match &token[0] {
                "<!--" => self.comment = true,
                token if token.ends_with("->") || token == "<!-->" => self.comment = false,
                _ if self.comment => {}
                tag if tag.starts_with("</") => self.verbatim = self.verbatim.saturating_sub(1),
                _ => self.verbatim += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp() -> SectionStamp {
        let (head, version) = ("a".repeat(40), "0.1.0".to_owned());
        SectionStamp { head, version, lines: 2, sha256: sha256("x"), joined: (2, 0) }
    }

    fn seen(text: &str) -> usize {
        marks(text).len()
    }

    #[test]
    fn a_stamp_is_read_as_it_was_written_and_with_what_a_later_version_may_say() {
        let line = stamp().write("begin");
        assert_eq!(SectionStamp::read("begin", &line), Some(stamp()));
        assert_eq!(SectionStamp::read("comment", &line), None);
        assert_eq!(SectionStamp::read("begin", &line.replace(" -->", " more=1 -->")), Some(stamp()));
        for wrong in [
            line.replace("head=a", "head=x"),
            format!(" {line}"),
            line.replace("lines=2", "lines=-2"),
            line.replace("2+0", "9+0"),
        ] {
            assert_eq!(SectionStamp::read("begin", &wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_mark_counts_where_a_reader_sees_a_comment_of_its_own() {
        for text in [
            "<!-- backstory:end -->",
            "text\n<!-- backstory:end -->  \r\nmore",
            "<!-- other --><br>\n<!-- backstory:end -->",
            "> quote\n\n<!-- backstory:end -->",
            "- item\n- ```\n  code\n  ```\n\n<!-- backstory:end -->",
            "<details>\n<summary>x</summary>\n\n<!-- backstory:end -->\n</details>",
            "```\ncode\n```\n<!-- backstory:end -->",
            "<pre>x</pre>\n<!-- backstory:end -->",
            "<!--\nask\n-->\n<!-- backstory:end -->",
            "<!-->\n<!-- backstory:end -->",
            "| a |\n|---|\n| b |\n\n<!-- backstory:end -->",
        ] {
            assert_eq!(seen(text), 1, "{text:?}");
        }
    }

    #[test]
    fn a_mark_that_is_quoted_is_text() {
        for text in [
            "```\n<!-- backstory:end -->\n```",
            "~~~ html\n<!-- backstory:end -->",
            "   ````\n```\n<!-- backstory:end -->\n````",
            "    <!-- backstory:end -->",
            " <!-- backstory:end -->",
            "`<!-- backstory:end -->`",
            "see <!-- backstory:end -->",
            "<!-- backstory:end --> see",
            "> <!-- backstory:end -->",
            "- <!-- backstory:end -->",
            "<pre>\n<!-- backstory:end -->\n</pre>",
            "<details><pre>\n\n<!-- backstory:end -->\n\n</pre></details>",
            "<!--\n<!-- backstory:end -->",
            "<?x\n<!-- backstory:end -->\n?>",
            "<details>\n```\n<!-- backstory:end -->\n```\n</details>",
            "\u{feff}<!-- backstory:end -->",
            "<!-- Backstory:end -->",
            "<!-- backstory:begin -->",
        ] {
            assert_eq!(seen(text), 0, "{text:?}");
        }
    }
}
