//! A document as the rules look at it: its lines with the sections that they stand in, and its steps.

use crate::sop::front_matter::split;

/// A document, line by line.
pub(crate) struct Outline<'a> {
    pub text: &'a str,
    pub lines: Vec<Line<'a>>,
    pub steps: Vec<OutlineStep<'a>>,
}

#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    /// From 1.
    pub number: usize,
    pub text: &'a str,
    /// The heading of the second level above it; empty before the first.
    pub section: &'a str,
    /// The heading of the third level above it in the section.
    pub part: &'a str,
    pub kind: LineKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineKind {
    FrontMatter,
    /// Of a code block, with its fences.
    Code,
    Heading,
    Words,
}

/// A step: `### 3. Run the tests` in the section Steps, with what follows.
pub(crate) struct OutlineStep<'a> {
    pub line: usize,
    pub number: &'a str,
    pub title: &'a str,
    /// What follows `**Expected result:**`.
    pub expected: Option<&'a str>,
    /// Lines of its code blocks, with their numbers.
    pub commands: Vec<(usize, &'a str)>,
}

impl<'a> Outline<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let front = split(text).map_or(0, |(fields, _)| fields.lines().count() + 2);
        let mut reading = Reading { section: "", part: "", fence: None };
        let read = |(number, line): (usize, &'a str)| reading.line(number, line, number <= front);
        let lines: Vec<Line> = (1..).zip(text.lines()).map(read).collect();
        Self { text, steps: steps(&lines), lines }
    }

    /// The line of the heading of this section.
    pub(crate) fn section(&self, name: &str) -> Option<usize> {
        let is_it =
            |line: &&Line| line.kind == LineKind::Heading && line.text.starts_with("## ") && line.section == name;
        self.lines.iter().find(is_it).map(|line| line.number)
    }

    /// The first line of words in this section, before its parts.
    pub(crate) fn first_words(&self, section: &str) -> Option<&'a str> {
        let is_it = |line: &&Line| line.section == section && line.part.is_empty() && line.kind == LineKind::Words;
        let lines = self.lines.iter().filter(is_it).map(|line| line.text.trim());
        lines.filter(|text| !text.starts_with("<!--")).find(|text| !text.is_empty())
    }

    /// The items of the outermost lists below a step, each with what is indented below it, on one line and without its sign.
    pub(crate) fn items_of(&self, step: &OutlineStep<'a>) -> Vec<String> {
        let behind = self.lines.iter().skip(step.line);
        let own = behind.take_while(|line| line.kind != LineKind::Heading).filter(|line| line.kind == LineKind::Words);
        let mut items: Vec<String> = Vec::new();
        let mut is_in_an_item = false;
        for line in own {
            if let Some(item) = line.text.strip_prefix("- ") {
                items.push(item.trim().to_owned());
                is_in_an_item = true;
            } else if let Some(item) = items.last_mut().filter(|_| is_in_an_item && line.text.starts_with("  ")) {
                item.push_str(&format!("; {}", line.text.trim().trim_start_matches("- ")));
            } else {
                is_in_an_item = false;
            }
        }
        items
    }

    /// Lines of prose: neither code nor front matter.
    pub(crate) fn prose(&self) -> impl Iterator<Item = &Line<'a>> {
        self.lines.iter().filter(|line| matches!(line.kind, LineKind::Heading | LineKind::Words))
    }
}

struct Reading<'a> {
    section: &'a str,
    part: &'a str,
    /// How many backticks the open code block began with.
    fence: Option<usize>,
}

impl<'a> Reading<'a> {
    fn line(&mut self, number: usize, text: &'a str, is_front: bool) -> Line<'a> {
        let kind = if is_front { LineKind::FrontMatter } else { self.kind(text) };
        if kind == LineKind::Heading {
            if let Some(section) = text.strip_prefix("## ") {
                (self.section, self.part) = (section.trim(), "");
            } else if let Some(part) = text.strip_prefix("### ") {
                self.part = part.trim();
            }
        }
        Line { number, text, section: self.section, part: self.part, kind }
    }

    fn kind(&mut self, text: &str) -> LineKind {
        let ticks = text.trim_start().bytes().take_while(|byte| *byte == b'`').count();
        match self.fence {
            Some(open) => {
                if ticks >= open && text.trim().len() == ticks {
                    self.fence = None;
                }
                LineKind::Code
            }
            None if ticks >= 3 => {
                self.fence = Some(ticks);
                LineKind::Code
            }
            None if text.starts_with('#') => LineKind::Heading,
            None => LineKind::Words,
        }
    }
}

fn steps<'a>(lines: &[Line<'a>]) -> Vec<OutlineStep<'a>> {
    let mut steps: Vec<OutlineStep> = Vec::new();
    for line in lines.iter().filter(|line| line.section == "Steps") {
        if let (LineKind::Heading, Some(rest)) = (line.kind, line.text.strip_prefix("### ")) {
            let (number, title) = rest.split_once(". ").unwrap_or(("", rest));
            let (expected, commands) = (None, Vec::new());
            steps.push(OutlineStep {
                line: line.number,
                number: number.trim(),
                title: title.trim(),
                expected,
                commands,
            });
        }
        let Some(step) = steps.last_mut() else { continue };
        if let Some(words) = line.text.trim().strip_prefix("**Expected result:**") {
            step.expected = Some(words.trim());
        }
        let is_fence = line.text.trim_start().starts_with("```");
        if line.kind == LineKind::Code && !is_fence {
            step.commands.push((line.number, line.text.trim()));
        }
    }
    steps
}
