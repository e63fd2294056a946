//! The one Markdown escaper. Text from outside becomes [`Markdown`] here and nowhere else, and is inert for GitHub: no
//! mention, reference, link, image, HTML, emoji, command, marker or break-out of what stands around it. What GitHub
//! would act on even when escaped (`@name`, `#1`, an address, a commit id) is put into a code span, because a
//! zero-width character after the sign is undone by whoever strips such characters.

use std::sync::LazyLock;

use minijinja::value::{Value, serializing_for_value};
use regex::Regex;
use serde::{Serialize, Serializer};

use super::inert::{BREAK, inert_block, inert_span, trailer_name};
use super::visible::{visible_block, visible_line};

/// Markdown that was made by this file. A template writes it as it is; every other string is escaped on the way out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markdown(String);

impl Markdown {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Says that something was left out.
    pub(crate) fn followed_by_dots(mut self) -> Self {
        self.0.push_str(" \u{2026}");
        self
    }
}

impl Serialize for Markdown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializing_for_value() {
            Value::from_safe_string(self.0.clone()).serialize(serializer)
        } else {
            serializer.serialize_str(&self.0)
        }
    }
}

/// The words of a line of [`Markdown`] without its escapes and breaks, for a terminal. Only what this file writes is undone.
pub(crate) fn plain(markdown: &str) -> String {
    const ENTITIES: [(&str, char); 6] =
        [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&grave;", '`'), ("&vert;", '|'), ("&dollar;", '$')];
    let mut out = String::with_capacity(markdown.len());
    let markdown = markdown.replace(BREAK, "");
    let mut rest = markdown.as_str();
    while let Some(first) = rest.chars().next() {
        let ticks = rest.len() - rest.trim_start_matches('`').len();
        let inside = code_inside(rest, ticks);
        if let Some(inside) = inside {
            let pad = inside.strip_prefix(' ').and_then(|text| text.strip_suffix(' '));
            out.push_str(pad.filter(|text| text.starts_with('`') || text.ends_with('`')).unwrap_or(inside));
            rest = &rest[inside.len() + 2 * ticks..];
        } else if let Some((entity, c)) = ENTITIES.iter().find(|(entity, _)| rest.starts_with(entity)) {
            out.push(*c);
            rest = &rest[entity.len()..];
        } else {
            rest = &rest[first.len_utf8()..];
            let escaped = rest.chars().next().filter(|c| first == '\\' && c.is_ascii_punctuation());
            out.push(escaped.unwrap_or(first));
            rest = &rest[escaped.map_or(0, char::len_utf8)..];
        }
    }
    // Whoever looks for a mark of its own looks here as well.
    out.replace("<!--", &format!("<!-{BREAK}-"))
}

/// The same words where a page may be read as MDX, to which braces are an expression. A code span keeps its own.
pub(crate) fn for_pages(markdown: &Markdown) -> Markdown {
    let mut out = String::with_capacity(markdown.0.len());
    let mut rest = markdown.0.as_str();
    while let Some(first) = rest.chars().next() {
        let ticks = rest.len() - rest.trim_start_matches('`').len();
        let whole = code_inside(rest, ticks).map_or(first.len_utf8(), |inside| inside.len() + 2 * ticks);
        if matches!(first, '{' | '}') {
            out.push('\\');
        }
        // What is escaped already stays with its backslash.
        let whole = whole + if first == '\\' { rest[1..].chars().next().map_or(0, char::len_utf8) } else { 0 };
        out.push_str(&rest[..whole]);
        rest = &rest[whole..];
    }
    Markdown(out)
}

/// The texts of the code spans of a line of [`Markdown`], as they were before.
pub(crate) fn code_spans(markdown: &str) -> Vec<String> {
    let mut spans = Vec::new();
    let mut rest = markdown;
    while let Some(first) = rest.chars().next() {
        let ticks = rest.len() - rest.trim_start_matches('`').len();
        let inside = code_inside(rest, ticks);
        spans.extend(inside.map(|inside| plain(&rest[..inside.len() + 2 * ticks]).replace("\\|", "|")));
        rest = &rest[inside.map_or(first.len_utf8(), |inside| inside.len() + 2 * ticks)..];
    }
    spans
}

/// What stands between a run of `ticks` backticks at the start and the next run of as many.
fn code_inside(text: &str, ticks: usize) -> Option<&str> {
    // Asked at every letter: nothing is looked for where no span begins.
    if ticks == 0 {
        return None;
    }
    let mut at = ticks;
    loop {
        let start = at + text[at..].find('`')?;
        let run = text[start..].len() - text[start..].trim_start_matches('`').len();
        if run == ticks {
            return Some(&text[ticks..start]);
        }
        at = start + run;
    }
}

/// What GitHub turns into a link, a mention or a picture wherever it stands in text (measured with its html-pipeline
/// and with remark-github; `\@u` and `&#64;u` are still mentions). A path of names (`std::fmt`) is here because it
/// looks like an emoji's short name; what was typed as code stays code.
static LIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)
          (?: [a-z0-9+.-]*:// | www\. | mailto: | xmpp: ) [^\s`<>|]+
        | [\w.+/-]* @ [\w./-]+
        | [\w./-]* \# \w+
        | GH-\d+
        | (?: GHSA | CVE ) - [\w-]+
        | (?: \b | _ ) [0-9a-f]{7,64} (?: \b | _ )
        | `[^`|]+`
        | \w+ (?: :: \w+ )+
        | : [\w+-]+ :",
    )
    .expect("a constant expression that the tests compile")
});

/// One line of text for a paragraph, a list item or a table cell. Line ends become blanks.
pub fn inline(text: &str) -> Markdown {
    let line = with_single_links(visible_line(text));
    let mut out = String::with_capacity(line.len() + 16);
    let mut done = 0;
    for (start, end) in live_parts(&line) {
        push_text(&mut out, &line[done..start]);
        push_code(&mut out, without_ticks(&line[start..end]));
        done = end;
    }
    push_text(&mut out, &line[done..]);
    Markdown(out)
}

/// `[https://a.example](https://a.example)`, as editors of prompts write an address, as the address.
fn with_single_links(mut line: String) -> String {
    let mut from = 0;
    while let Some(start) = line[from..].find("[http").map(|at| from + at) {
        from = start + 1;
        let Some((address, rest)) = line[start + 1..].split_once("](") else { break };
        let Some(length) = rest.strip_prefix(address).filter(|rest| rest.starts_with(')')).map(|_| address.len())
        else {
            continue;
        };
        let single = address.to_owned();
        line.replace_range(start..start + 2 * length + 4, &single);
    }
    line
}

/// One line of text for a table cell: the same as [`inline`], which writes `|` in a way no table parser splits at.
pub fn cell(text: &str) -> Markdown {
    inline(text)
}

/// A code span whose text can be copied letter by letter, for files, in which nobody acts on a mention or a reference. Only
/// what would begin a marker is broken.
pub(crate) fn exact_code(text: &str) -> Markdown {
    let mut out = String::new();
    push_span(&mut out, &without_comments(&visible_line(text)));
    Markdown(out)
}

/// A code block of the same kind, from the beginning of the line.
pub(crate) fn exact_fence(text: &str, language: &'static str) -> Markdown {
    let block = without_comments(&visible_block(text));
    let ticks = "`".repeat(longest_run(&block).max(2) + 1);
    Markdown(format!("{ticks}{language}\n{}\n{ticks}", block.trim_end()))
}

fn without_comments(text: &str) -> String {
    text.replace("<!--", &format!("<!-{BREAK}-"))
}

/// Letters, digits and hyphens as they are, in a marker or an anchor; anything else is left out.
pub(crate) fn word(text: &str) -> Markdown {
    Markdown(text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect())
}

/// A code span on one line, with as many backticks as it takes. Empty for empty text.
pub fn code(text: &str) -> Markdown {
    let mut out = String::new();
    push_code(&mut out, &visible_line(text));
    Markdown(out)
}

/// A code span for a table cell. A `|` after a backslash cannot be written in one, so such text stays plain.
pub fn code_cell(text: &str) -> Markdown {
    if text.contains("\\|") {
        return inline(text);
    }
    Markdown(code(text).0.replace('|', "\\|"))
}

/// With a colon behind it.
pub(crate) fn with_colon(text: &Markdown) -> Markdown {
    Markdown(format!("{}:", text.0))
}

/// Parts of one line, with blanks between them.
pub(crate) fn one_line(parts: &[Markdown]) -> Markdown {
    Markdown(parts.iter().map(Markdown::as_str).collect::<Vec<_>>().join(" "))
}

/// A code block of its own lines, longer fenced than any run of backticks inside. `language` is ours: `text`, `diff`.
/// The block is indented by two blanks, which a reader does not see, so that no line of the document begins with
/// a command that a bot obeys (`/approve`).
pub fn fence(text: &str, language: &'static str) -> Markdown {
    let block = visible_block(text);
    let block = inert_block(&block);
    let ticks = "`".repeat(longest_run(&block).max(2) + 1);
    let mut out = String::with_capacity(block.len() + 32);
    out.push_str(&format!("  {ticks}{language}\n"));
    for line in block.trim_end().split('\n') {
        if !line.is_empty() {
            out.push_str("  ");
            out.push_str(line);
        }
        out.push('\n');
    }
    out.push_str("  ");
    out.push_str(&ticks);
    Markdown(out)
}

/// What GitHub would act on, as ranges of bytes with the whole words they stand in: a word that is half code would give
/// its other half a new border. Ranges that touch are one, because two code spans side by side read as a broken one.
fn live_parts(line: &str) -> Vec<(usize, usize)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    // `src/price.rs:12:5` is one place.
    let is_path = |c: char| is_word(c) || matches!(c, '.' | '/' | '-' | '~');
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for found in LIVE.find_iter(line) {
        let start = line[..found.start()].trim_end_matches(is_path).len();
        let end = line.len() - line[found.end()..].trim_start_matches(is_word).len();
        match parts.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => parts.push((start, end)),
        }
    }
    parts
}

/// The inside of a code span as a person typed it, where it is one.
fn without_ticks(part: &str) -> &str {
    part.strip_prefix('`')
        .and_then(|part| part.strip_suffix('`'))
        .filter(|inner| !inner.contains('`') && inner.trim() == *inner && !inner.is_empty())
        .unwrap_or(part)
}

fn push_code(out: &mut String, line: &str) {
    if line.is_empty() {
        return;
    }
    push_span(out, &inert_span(line));
}

fn push_span(out: &mut String, line: &str) {
    if line.is_empty() {
        return;
    }
    let ticks = "`".repeat(longest_run(line) + 1);
    let pad = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    out.push_str(&ticks);
    out.push_str(pad);
    out.push_str(line);
    out.push_str(pad);
    out.push_str(&ticks);
}

fn push_text(out: &mut String, text: &str) {
    let starts_line = out.is_empty();
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let text = inert_span(text);
    let trailer = trailer_name(&text).filter(|_| starts_line);
    for (index, c) in text.chars().enumerate() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // By their names: a backslash before a backtick, a pipe or a dollar sign does not hold in every parser, and a
            // number (`&#96;`) is a reference to an issue for whoever reads the text as it is.
            '`' => out.push_str("&grave;"),
            '|' => out.push_str("&vert;"),
            '$' => out.push_str("&dollar;"),
            '\\' | '*' | '_' | '~' | '[' | ']' | '#' | '^' => {
                out.push('\\');
                out.push(c);
            }
            '-' | '+' | '=' | '/' | ':' if starts_line && index == 0 => {
                out.push('\\');
                out.push(c);
            }
            // At the end of a message such a line is a trailer.
            ':' if trailer == Some(index) => out.push_str("\\:"),
            '.' | ')'
                if starts_line
                    && digits > 0
                    && index == digits
                    && text[index + 1..].chars().next().is_none_or(char::is_whitespace) =>
            {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::{ProptestConfig, proptest};
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::*;

    #[test]
    fn a_terminal_gets_the_words_without_the_escapes() {
        for text in
            ["a_b *c* `d` <e> & #1 @f", "src/a.rs", "`` ` ``", "1. x", "a|b $c$ [d](e)", "https://x.y/z_", "\\`"]
        {
            assert_eq!(plain(code(text).as_str()), text, "{text}");
            assert_eq!(plain(inline(text).as_str()).replace('`', ""), text.replace('`', ""), "{text}");
        }
    }

    /// One that searched the rest of the text at every letter would be here for minutes.
    #[test]
    fn a_long_text_is_gone_through_once() {
        let text = "word {x} ".repeat(200_000);
        assert_eq!(for_pages(&Markdown(text.clone())).as_str(), "word \\{x\\} ".repeat(200_000));
        assert_eq!(plain(&text), text);
        assert!(code_spans(&text).is_empty());
    }

    #[test]
    fn braces_are_text_for_pages_and_stay_what_they_were_in_code() {
        for (text, page) in
            [("git stash@{0} {x}", "git stash@\\{0\\} \\{x\\}"), ("`a {b}` \\{c", "`a {b}` \\\\\\{c"), ("{}", "\\{\\}")]
        {
            assert_eq!(for_pages(&inline(text)).as_str(), page, "{text}");
        }
    }

    /// What the reader sees: text and code, in order; panics on every node that only our own words may make.
    fn seen(markdown: &str, allowed: fn(&Tag) -> bool) -> (String, String) {
        let mut all = String::new();
        let mut text = String::new();
        let mut in_block = false;
        for event in Parser::new_ext(markdown, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
            match event {
                Event::Start(Tag::CodeBlock(_)) => in_block = true,
                Event::Start(tag) => assert!(allowed(&tag), "{tag:?} in {markdown:?}"),
                Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_block = false,
                Event::End(_) => text.push('\n'),
                Event::SoftBreak => text.push('\n'),
                Event::Text(words) => {
                    all.push_str(&words);
                    if !in_block {
                        text.push_str(&words);
                    }
                }
                Event::Code(words) => {
                    all.push_str(&words);
                    text.push('\u{fffc}');
                }
                other => panic!("{other:?} in {markdown:?}"),
            }
        }
        (all, text)
    }

    /// Mentions, references and addresses as GitHub finds them in rendered text.
    fn live(text: &str) -> Option<String> {
        static SIGNS: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(
                r"(?i)@\w|#\w|gh-\d|[a-z0-9]://\w|www\.\S|mailto:\S|(?:\b|_)[0-9a-f]{7,40}(?:\b|_)|:[a-z0-9_+-]+:",
            )
            .unwrap()
        });
        SIGNS.find(text).map(|found| found.as_str().to_owned())
    }

    fn without_breaks(text: &str) -> String {
        text.replace(BREAK, "")
    }

    fn check(text: &str) {
        let shown = visible_line(text);
        let in_item = |tag: &Tag| matches!(tag, Tag::List(_) | Tag::Item | Tag::Paragraph);
        for markdown in [
            format!("{}\n", inline(text).as_str()),
            format!("1. {}\n2. end\n", inline(text).as_str()),
            format!("before\n{}\n", inline(text).as_str()),
        ] {
            let (all, plain) = seen(&markdown, in_item);
            let (all, shown) = (without_breaks(&all).replace('`', ""), shown.replace('`', ""));
            assert!(all.contains(&shown), "{shown:?} is not in {all:?} from {markdown:?}");
            assert_eq!(live(&plain), None, "{markdown:?}");
        }
        let (all, plain) = seen(&format!("- {}\n", code(text).as_str()), in_item);
        assert_eq!((without_breaks(&all), live(&plain)), (shown.clone(), None));
        check_cells(text, &shown);
        check_fence(text);
        for markdown in [inline(text), code(text), fence(text, "text"), code_cell(text)] {
            assert!(!markdown.as_str().contains("<!--"));
            assert!(markdown.as_str().lines().all(|line| !line.starts_with('/')));
        }
    }

    fn check_cells(text: &str, shown: &str) {
        for cell in [cell(text), code_cell(text)] {
            let markdown = format!("| a | b |\n|---|---|\n| {} | end |\n", cell.as_str());
            let (all, plain) =
                seen(&markdown, |tag| matches!(tag, Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell));
            let all = without_breaks(&all).replace('`', "");
            assert_eq!(all, format!("ab{}end", shown.replace('`', "")), "{markdown:?}");
            assert_eq!(live(&plain), None, "{markdown:?}");
        }
    }

    fn check_fence(text: &str) {
        let (all, _) = seen(&format!("{}\n\nend\n", fence(text, "text").as_str()), |tag| matches!(tag, Tag::Paragraph));
        let block = visible_block(text);
        assert_eq!(without_breaks(&all), format!("{}\nend", block.trim_end()), "{text:?}");
    }

    #[test]
    fn what_github_would_act_on_is_code_and_the_rest_is_as_typed() {
        for (typed, written) in [
            ("thanks @torvalds", "thanks `@\u{200b}torvalds`"),
            ("closes #1, GH-2 and a/b#3", "closes `#1`, `GH-2` and `a/b#3`"),
            ("see https://github.com/a/b/issues/1.", "see `https://github.com/a/b/issues/1.`"),
            ("**bold** <b>", "\\*\\*bold\\*\\* &lt;b&gt;"),
            ("# Owned\n=====", "\\# Owned ====="),
            ("/merge\n/lgtm", "\\/merge /lgtm"),
            ("1. one", "1\\. one"),
            ("![x](y)", "!\\[x\\](y)"),
            ("a|b", "a&vert;b"),
            ("use `total()`", "use `total()`"),
            ("2.1.42", "2.1.42"),
            ("src/\u{202e}gnp.exe", "src/\\\\u{202e}gnp.exe"),
            (":a::b:", "`:a::b:`"),
            ("in src/a-b/mod.rs:12:5 x", "in `src/a-b/mod.rs:12:5` x"),
            ("do [https://a.example/1](https://a.example/1) now", "do `https://a.example/1` now"),
            ("[https://a.example](https://b.example)", "\\[`https://a.example](https://b.example)`"),
        ] {
            assert_eq!(inline(typed).as_str(), written);
        }
    }

    #[test]
    fn a_code_span_has_more_backticks_than_its_text() {
        for (typed, written) in [("a`b``c.rs", "```a`b``c.rs```"), ("`", "`` ` ``"), ("", ""), ("a b", "`a b`")] {
            assert_eq!(code(typed).as_str(), written);
        }
        assert_eq!(code_cell("a | b").as_str(), "`a \\| b`");
    }

    #[test]
    fn a_fence_is_longer_than_any_fence_inside_and_begins_no_line_with_a_command() {
        assert_eq!(fence("/merge\n````\nx", "text").as_str(), "  `````text\n  /\u{200b}merge\n  ````\n  x\n  `````");
    }

    #[test]
    fn a_marker_of_ours_in_a_prompt_is_broken() {
        assert_eq!(
            fence("<!-- backstory:end -->", "text").as_str(),
            "  ```text\n  <!-\u{200b}- backstory:end -->\n  ```"
        );
    }

    #[test]
    fn hostile_texts_are_inert() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/security/hostile.jsonl");
        let Ok(cases) = std::fs::read_to_string(path) else {
            let _ = writeln!(std::io::stderr(), "skipped: {path} is not there");
            return;
        };
        for line in cases.lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = match (case["text"].as_str(), case["id"].as_str()) {
                (Some(text), _) => text.to_owned(),
                (None, Some("h075")) => "*a_".repeat(7_000),
                (None, Some("h076")) => "[".repeat(5_000),
                (None, Some("h108")) => "a:b@".repeat(2_000),
                _ => continue,
            };
            check(&text);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_inert(text in "[ -~\n\r\t\u{85}\u{1b}\u{200b}\u{202e}\u{2028}\u{fe0f}éß한👩]{0,60}") {
            check(&text);
        }

        #[test]
        fn any_pieces_of_markup_are_inert(pieces in proptest::collection::vec(proptest::sample::select(vec![
            "@", "u", "#", "1", "GH-", "`", "``", "```", "~~~", "\\", "|", "<", "!--", "-->", "&", "&#64;", "[", "]", "(",
            ")", "!", "*", "_", "\n", " ", "    ", "\t", "- ", "1. ", "> ", "=", "---", "http://x.y", "www.a", ":a:", "$",
            "/", "org/", "deadbeef1", "</details>", "<img src=x>", "^", "[^1]:", "+++", "{", "}", "a@b.c", "~", ".", "::",
        ]), 0..14)) {
            check(&pieces.concat());
        }
    }
}
