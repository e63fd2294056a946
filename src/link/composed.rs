//! A text put together of quotes of several texts: what an agent said, the line of an edit, a step of a command.

use std::ops::Range;

use super::corrections::similarity;
use super::excerpt::{after, before, removed_lines};
use super::last_text::Unformatted;
use super::library::written_lines;
use super::named_files::NamedWords;
use super::paths;
use super::statement::{is_aside, statement};
use crate::link::steps::WIDTH;
use crate::record::contribution::INSTEAD_OF;
use crate::record::quote::Quote;
use crate::record::session::Change;
use crate::record::text::Raw;
use crate::text::telling::is_telling;

/// A text put together of quotes of others, which keeps what stands around each for the redactor.
#[derive(Default)]
pub(super) struct Composed {
    source: String,
    parts: Vec<Range<usize>>,
    lead: String,
}

impl Composed {
    /// How many parts there are.
    pub(super) fn count(&self) -> usize {
        self.parts.len()
    }

    /// The slices `lines` of `text`.
    pub(super) fn quote(&mut self, text: &str, lines: &[&str]) {
        let begin = self.source.len();
        let place = |line: &&str| {
            let start = begin + (line.as_ptr() as usize - text.as_ptr() as usize);
            start..start + line.len()
        };
        self.parts.extend(lines.iter().map(place));
        self.source.push_str(text);
        self.source.push('\n');
    }

    /// A file that has another name now.
    pub(super) fn renamed(&mut self, from: &str, to: &str) {
        self.own(&format!("{from}: renamed to {to}"));
    }

    /// An edit: its path, and the line that tells most of it. `is_new` says that it made the file.
    pub(super) fn edit<'c>(&mut self, (path, is_new): (&str, bool), change: &'c Change, words: &NamedWords) {
        let (before, after) = (before(change), after(change));
        let makes_it = is_new && matches!(change, Change::Write { .. });
        // Of a file that was there and is written as a whole any line may have been there before.
        let is_whole = matches!(change, Change::Write { .. }) && !is_new;
        let (written, removed) = (written_lines(change), removed_lines(change));
        let best = |lines: &[&'c str], others: &[&str]| -> Option<&'c str> {
            let lines = lines.iter().map(|line| line.trim()).filter(|line| line.len() > 2);
            // What stands on the other side too, be it in a longer line, is not what was changed.
            let other_side = Unformatted::of(others.iter().copied());
            let (differing, same): (Vec<&str>, Vec<&str>) = lines.partition(|line| !other_side.holds(line));
            let lines = if differing.is_empty() { same } else { differing };
            let any = lines.first().copied();
            let telling = lines.into_iter().filter(|line| is_telling(line) && (!is_whole || words.holds(line)));
            let weight = |line: &str| u8::from(words.holds(line)) * if is_aside(line) { 1 } else { NAMED } + says(line);
            let weighed = telling.map(|line| (weight(line), line));
            // Of several that weigh the same the first.
            let heaviest = weighed.reduce(|best, one| if one.0 > best.0 { one } else { best });
            heaviest.map(|(_, line)| line).or(any.filter(|_| !is_whole))
        };
        let (text, line, sign) = match best(&written, &removed) {
            Some(line) if makes_it => (&after, Some(line), ": new file: "),
            Some(line) => (&after, Some(line), ": "),
            None => (&before, best(&removed, &written), ": without "),
        };
        let slices = line.map(|line| statement(text, line)).unwrap_or_default();
        let was = line.filter(|_| sign == ": ").and_then(|line| line_before(line, &removed));
        let sorted = |lines: &[&str]| {
            let mut lines: Vec<String> = lines.iter().map(|line| line.trim().to_owned()).collect();
            lines.sort_unstable();
            lines
        };
        let gone = match change {
            Change::Delete => ": delete",
            Change::Write { .. } if makes_it => ": new file",
            Change::Write { .. } => ": rewritten",
            _ if !written.is_empty() && sorted(&written) == sorted(&removed) => ": the same lines in another order",
            _ => "",
        };
        if slices.is_empty() {
            return self.own(&format!("{path}{gone}"));
        }
        if self.source.is_empty() {
            self.lead = format!("{path}{sign}");
        } else {
            self.own(&format!("{path}{}", sign.trim_end()));
        }
        self.quote(text, &slices);
        if let Some(was) = was {
            self.own(INSTEAD_OF);
            let slice = before.find(was).map(|at| &before[at..at + was.len()]);
            self.quote(&before, slice.as_slice());
        }
    }

    /// A step of a command; of a script the lines that name one of the files, or say what it replaces.
    pub(super) fn command(&mut self, command: &str, step: &str, files: &[&str]) {
        let first = step.lines().next().unwrap_or_default();
        // What marks the end of a script says nothing.
        let mut lines = vec![first.split_once("<<").map_or(first, |(program, _)| program).trim_end()];
        // Of a script the lines that name a file, or say what it replaces.
        if step.contains("<<") || lines[0].len() < step.len() {
            let names = |line: &str| files.iter().any(|file| line.contains(paths::name(file)));
            let script = || command.lines().map(str::trim).filter(|line| !line.is_empty() && *line != lines[0]);
            let named = script().find(|line| names(line));
            let is_spelt = |line: &&str| line.contains(['"', '\'']);
            let replaces = script().filter(is_spelt).find(|line| line.contains("replace(") || line.contains("sub("));
            lines.extend(named.into_iter().chain(replaces.filter(|line| Some(*line) != named)));
        }
        let is_slice = |line: &&str| command.as_bytes().as_ptr_range().contains(&line.as_ptr());
        lines.retain(is_slice);
        self.quote(command, &lines);
    }

    /// Words of this program.
    fn own(&mut self, words: &str) {
        self.quote(words, &[words]);
    }

    pub(super) fn told(self) -> Raw {
        let parts = self.parts.iter().map(|part| &self.source[part.clone()]);
        Quote::new(&self.source, parts, WIDTH).folded().led_by(self.lead.clone()).into()
    }
}

/// What the line was before: of the lines that are gone the likest, where one is like it.
fn line_before<'c>(line: &str, removed: &[&'c str]) -> Option<&'c str> {
    if line.len() > LONGEST_COMPARED {
        return None;
    }
    let removed = removed.iter().map(|one| one.trim()).filter(|one| one.len() <= LONGEST_COMPARED);
    let alike = removed.take(MOST_COMPARED).map(|one| (similarity(one, line), one));
    let likest = alike.filter(|(alike, _)| *alike >= ALIKE).reduce(|best, one| if one.0 > best.0 { one } else { best });
    likest.map(|(_, one)| one)
}

/// Two lines that have at least so much in common are one line that was changed.
const ALIKE: f64 = 0.5;
/// Of what is gone so many lines are looked at.
const MOST_COMPARED: usize = 60;
/// Bytes of a line that is compared; nobody wrote a longer one by hand.
const LONGEST_COMPARED: usize = 400;

/// More than a line says by what it is.
const NAMED: u8 = 4;

/// How much a line of code says of what was changed: a remark or an import nothing, a constant or a `with` little, what is defined the
/// most.
fn says(line: &str) -> u8 {
    let word = line.split(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    let is_constant = line.contains('=')
        && word.chars().any(char::is_uppercase)
        && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let is_route = word.starts_with('@') && line.contains("(\"/");
    match () {
        () if is_aside(line) => 0,
        () if is_constant || word == "with" => 1,
        () if is_route || defines(line) => 3,
        () => 2,
    }
}

/// Whether a line begins to define a function, a type or the like.
fn defines(line: &str) -> bool {
    const BEFORE: &[&str] =
        &["pub", "pub(crate)", "pub(super)", "export", "default", "async", "static", "public", "private", "abstract"];
    const DEFINING: &[&str] = &[
        "def",
        "class",
        "fn",
        "func",
        "function",
        "interface",
        "type",
        "struct",
        "enum",
        "trait",
        "impl",
        "protocol",
        "module",
        "describe",
        "it",
        "test",
    ];
    let mut words = line.split(|c: char| c.is_whitespace() || c == '(').filter(|word| !word.is_empty());
    words.find(|word| !BEFORE.contains(word)).is_some_and(|word| DEFINING.contains(&word))
        && line.contains(['(', '{', ':', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_told_by_a_line_in_which_its_sides_differ() {
        let told = |before: &str, after: &str| {
            let change = Change::Replace { before: Raw::new(before), after: Raw::new(after), everywhere: false };
            let mut text = Composed::default();
            text.edit(("cart.ts", false), &change, &NamedWords::default());
            text.told().expose().to_owned()
        };
        let header = "export async function total(prices: number[]): Promise<number> {";
        let broken = "export async function total(\n  prices: number[],\n  currency: string,\n): Promise<number> {";
        assert_eq!(told(header, broken), "cart.ts: export async function total(\nprices: number[],\ncurrency: string,");
        assert_eq!(
            told("  let total = sum(prices);", "    let total = sum(prices);\n    round(total);"),
            "cart.ts: round(total);"
        );
        assert_eq!(told("let total = 1;", "let total = 2;"), "cart.ts: let total = 2;\ninstead of:\nlet total = 1;");
        let route = "MOST = 20\nwith open(path) as file:\n    read(file)\n@app.post(\"/total\")\ndef total():";
        assert_eq!(told("", route), "cart.ts: @app.post(\"/total\")\ndef total():");
    }

    #[test]
    fn a_file_that_is_made_is_told_by_what_it_defines_and_one_that_is_written_again_is_rewritten() {
        let told = |is_new: bool| {
            let text =
                "\"\"\"Prices.\"\"\"\nimport math\n\nCENTS = 100\n\ndef total(prices):\n    return sum(prices)\n";
            let mut composed = Composed::default();
            let change = Change::Write { text: Raw::new(text) };
            composed.edit(("price.py", is_new), &change, &NamedWords::default());
            composed.told().expose().to_owned()
        };
        assert_eq!(told(true), "price.py: new file: def total(prices):\nreturn sum(prices)");
        assert_eq!(told(false), "price.py: rewritten");
    }
}
