//! What a person wants to read of each commit, as a text with placeholders: those of `git log --format` that say who, when and what, and
//! our own. What is not known of a commit is empty. Text from outside is one line without control characters.

use anstyle::Style;

use super::log_values::{GitValue, RecordValue, git_value, record_value};
use super::terminal_page::{AGENT, BOLD, DIM, ID, PLAIN};
use crate::record::entry::CommitEntry;
use crate::text::nearest::{is_near, nearest};
use crate::text::visible::visible_line;

/// What `--oneline` writes.
pub(crate) const ONE_LINE: &str = "%h %s% {made}";

/// A placeholder, and what is told of it in the help.
struct Placeholder {
    /// As it is after the percent sign.
    name: &'static str,
    value: ListedValue,
    about: &'static str,
}

#[derive(Clone, Copy)]
enum ListedValue {
    Git(GitValue),
    Record(RecordValue),
}

const fn git(name: &'static str, value: GitValue, about: &'static str) -> Placeholder {
    Placeholder { name, value: ListedValue::Git(value), about }
}

const fn ours(name: &'static str, value: RecordValue, about: &'static str) -> Placeholder {
    Placeholder { name, value: ListedValue::Record(value), about }
}

/// A longer name goes before one that it begins with.
#[rustfmt::skip]
const PLACEHOLDERS: &[Placeholder] = &[
    git("H", GitValue::Id, "id of the commit"),
    git("h", GitValue::ShortId, "its first seven digits"),
    git("P", GitValue::Parents, "ids of its parents"),
    git("p", GitValue::ShortParents, "the same, short"),
    git("s", GitValue::Subject, "first line of the message"),
    git("an", GitValue::AuthorName, "author's name"),
    git("ae", GitValue::AuthorEmail, "author's address"),
    git("ad", GitValue::AuthorDate, "author's date, as git writes it"),
    git("ai", GitValue::AuthorIso, "the same as 2026-03-01 14:03:00 +0100"),
    git("aI", GitValue::AuthorStrictIso, "the same as 2026-03-01T14:03:00+01:00"),
    git("as", GitValue::AuthorDay, "the same as 2026-03-01"),
    git("at", GitValue::AuthorSeconds, "the same in seconds since 1970"),
    git("cn", GitValue::CommitterName, "committer's name; ce, cd, ci, cI, cs, ct as for the author"),
    git("ce", GitValue::CommitterEmail, ""),
    git("cd", GitValue::CommitterDate, ""),
    git("ci", GitValue::CommitterIso, ""),
    git("cI", GitValue::CommitterStrictIso, ""),
    git("cs", GitValue::CommitterDay, ""),
    git("ct", GitValue::CommitterSeconds, ""),
    ours("{agents}", RecordValue::Agents, "agents that worked on it, or that its message names"),
    ours("{versions}", RecordValue::Versions, "the same with their versions"),
    ours("{models}", RecordValue::Models, "their models"),
    ours("{sessions}", RecordValue::Sessions, "ids of their sessions"),
    ours("{headline}", RecordValue::Headline, "what was wanted, what came of it and how it went, at most 120 characters"),
    ours("{asked}", RecordValue::Asked, "what was wanted, in the words of the first request"),
    ours("{checked}", RecordValue::Checked, "how tests, build or linter ended"),
    ours("{share}", RecordValue::Share, "added lines that agents wrote, corrected ones too, in percent"),
    ours("{added}", RecordValue::Added, "added lines"),
    ours("{unknown}", RecordValue::Unknown, "added lines of unknown origin"),
    ours("{attempts}", RecordValue::Attempts, "how many attempts failed"),
    ours("{corrections}", RecordValue::Corrections, "how many corrections people made"),
    ours("{recorded}", RecordValue::Recorded, "yes or no: whether the commit has a record"),
    ours("{made}", RecordValue::Made, "agents, share and how it went, in parentheses"),
];

/// The placeholders as help lists them.
pub(crate) fn help() -> String {
    let mut text = "Placeholders of FORMAT; what is not known is empty:\n".to_owned();
    for one in PLACEHOLDERS.iter().filter(|one| !one.about.is_empty()) {
        text.push_str(&format!("  %{:<14} {}\n", one.name, one.about));
    }
    text + "  %n %% %x09      a line end, a percent sign, the character of that number (%x00: NUL)\n\
            `% h`, `%+h` and `%-h`: a blank before it, a line end before it, no line end before it where it is empty; as in git."
}

/// A format that can be filled in.
pub(crate) struct LogFormat(Vec<FormatPart>);

enum FormatPart {
    Text(String),
    Value(&'static Placeholder, BeforeValue),
}

/// What is done before a value that may be empty.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BeforeValue {
    Nothing,
    /// A blank, unless it is empty.
    Blank,
    /// A line end, unless it is empty.
    LineEnd,
    /// Line ends before it go where it is empty.
    NoLineEnds,
}

/// A format that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FormatMistake {
    /// `closest`: `None` where nothing is near.
    #[error(
        "`{found}` is not a placeholder; {}a percent sign is `%%` (`backstory log --help` lists all)",
        closest.as_ref().map_or(String::new(), |closest| format!("the closest is `{closest}`, "))
    )]
    Unknown { found: String, closest: Option<String> },
    #[error("`{0}` has no placeholder, so that all lines would be the same; try `%h %s% {{agents}}`")]
    Constant(String),
}

impl LogFormat {
    /// # Errors
    /// For a placeholder that there is not, and for a format without one.
    pub(crate) fn parse(text: &str) -> Result<Self, FormatMistake> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            literal.push_str(before);
            if let Some((character, left)) = character(after) {
                literal.push(character);
                rest = left;
                continue;
            }
            let (lead, name) = lead(after);
            let Some(known) = PLACEHOLDERS.iter().find(|known| name.starts_with(known.name)) else {
                return Err(unknown(after, name));
            };
            if !literal.is_empty() {
                parts.push(FormatPart::Text(std::mem::take(&mut literal)));
            }
            parts.push(FormatPart::Value(known, lead));
            rest = &name[known.name.len()..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(FormatPart::Text(literal));
        }
        if !parts.iter().any(|part| matches!(part, FormatPart::Value(..))) {
            return Err(FormatMistake::Constant(text.to_owned()));
        }
        Ok(Self(parts))
    }

    /// What it says of a commit, with a line end. `clean` redacts what git has of people.
    pub(crate) fn filled(&self, entry: &CommitEntry, clean: &dyn Fn(&str) -> String, is_coloured: bool) -> String {
        let mut line = String::new();
        for part in &self.0 {
            let (placeholder, lead) = match part {
                FormatPart::Text(text) => {
                    line.push_str(text);
                    continue;
                }
                FormatPart::Value(placeholder, lead) => (placeholder, lead),
            };
            let value = match placeholder.value {
                ListedValue::Git(value) => git_value(value, entry, clean),
                ListedValue::Record(value) => record_value(value, entry),
            };
            let value = visible_line(&value.unwrap_or_default());
            match lead {
                BeforeValue::Blank if !value.is_empty() => line.push(' '),
                BeforeValue::LineEnd if !value.is_empty() => line.push('\n'),
                BeforeValue::NoLineEnds if value.is_empty() => line.truncate(line.trim_end_matches('\n').len()),
                _ => {}
            }
            let style = style(placeholder.value);
            if is_coloured && !style.is_plain() && !value.is_empty() {
                line.push_str(&format!("{}{value}{}", style.render(), style.render_reset()));
            } else {
                line.push_str(&value);
            }
        }
        line.push('\n');
        line
    }
}

fn style(value: ListedValue) -> Style {
    match value {
        ListedValue::Git(GitValue::Id | GitValue::ShortId) => ID,
        ListedValue::Git(GitValue::Subject) => BOLD,
        ListedValue::Record(RecordValue::Agents | RecordValue::Versions) => AGENT,
        ListedValue::Record(RecordValue::Made) => DIM,
        _ => PLAIN,
    }
}

/// `%%`, `%n` and `%x09`: a character, and what is after it.
fn character(after: &str) -> Option<(char, &str)> {
    match after.chars().next()? {
        '%' => Some(('%', &after[1..])),
        'n' => Some(('\n', &after[1..])),
        'x' => {
            let number = after.get(1..3).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
            let byte = u8::from_str_radix(number, 16).ok().filter(u8::is_ascii)?;
            Some((char::from(byte), &after[3..]))
        }
        _ => None,
    }
}

fn lead(after: &str) -> (BeforeValue, &str) {
    let leads = [(' ', BeforeValue::Blank), ('+', BeforeValue::LineEnd), ('-', BeforeValue::NoLineEnds)];
    let found = leads.into_iter().find_map(|(sign, lead)| Some((lead, after.strip_prefix(sign)?)));
    found.unwrap_or((BeforeValue::Nothing, after))
}

/// `after` is everything after the percent sign, `name` the same without what is done before the value.
fn unknown(after: &str, name: &str) -> FormatMistake {
    let end = match name.chars().next() {
        Some('{') => name.find('}').map(|end| end + 1).unwrap_or(name.len()),
        Some('(') => name.find(')').map(|end| end + 1).unwrap_or(name.len()),
        // Two letters, where git has such: `%ar`, `%GK`, `%x9`.
        Some('a' | 'c' | 'G' | 'g' | 'C' | 'x') => name.char_indices().nth(2).map_or(name.len(), |(end, _)| end),
        _ => name.chars().next().map_or(0, char::len_utf8),
    };
    let word = &name[..end];
    let of_kind =
        PLACEHOLDERS.iter().map(|known| known.name).filter(|known| known.starts_with('{') == word.starts_with('{'));
    let closest = nearest(word, of_kind).filter(|closest| is_near(word, closest)).map(|closest| format!("%{closest}"));
    let lead = &after[..after.len() - name.len()];
    FormatMistake::Unknown { found: visible_line(&format!("%{lead}{word}")), closest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::commit::{ClockTime, CommitHeader, Person};
    use crate::record::samples;

    fn headed() -> CommitEntry {
        let person =
            |name: &str| Person { name: name.to_owned(), email: format!("{}@example.org", name.to_lowercase()) };
        let at = |seconds| ClockTime { seconds, offset_minutes: 330 };
        let header = CommitHeader {
            parents: vec!["b".repeat(40), "c".repeat(40)],
            author: person("Ann"),
            authored_at: at(1_772_370_180),
            committer: person("Bob"),
            committed_at: at(1_772_456_580),
        };
        CommitEntry { header: Some(header), ..samples::discounts() }
    }

    fn filled(format: &str, entry: &CommitEntry) -> String {
        LogFormat::parse(format).unwrap().filled(entry, &|text| text.replace("example.org", "[host]"), false)
    }

    #[test]
    fn each_placeholder_is_what_the_commit_has() {
        let entry = headed();
        for (format, text) in [
            ("%h %s", "a1b2c3d Discounts"),
            ("%p|%an <%ae>|%cn <%ce>", "bbbbbbb ccccccc|Ann <ann@[host]>|Bob <bob@[host]>"),
            ("%ad", "Sun Mar 1 18:33:00 2026 +0530"),
            ("%ai|%aI|%as|%at", "2026-03-01 18:33:00 +0530|2026-03-01T18:33:00+05:30|2026-03-01|1772370180"),
            ("%cs", "2026-03-02"),
            ("%{agents}|%{versions}|%{models}", "Claude Code|Claude Code 2.1.42|claude-opus-4-6"),
            ("%{sessions}|%{share}|%{added}|%{unknown}", "5f0c|91%|216|14"),
            ("%{attempts} %{corrections} %{recorded}", "3 3 yes"),
            ("%{checked}", "tests passed before the last change"),
            ("%{asked}", "Add a percentage discount to `total()`"),
            (ONE_LINE, "a1b2c3d Discounts (Claude Code, 91%; tests passed before the last change, 3 failed attempts)"),
            ("100%% %x41%x09b%ncd%h", "100% A\tb\ncda1b2c3d"),
        ] {
            assert_eq!(filled(format, &entry), format!("{text}\n"), "{format}");
        }
    }

    #[test]
    fn what_is_not_known_is_empty_and_takes_its_blank_along() {
        let bare = samples::entry("d4", "Docs", None);
        for (format, text) in [
            ("%h% {agents}", "d4d4d4d\n"),
            ("%h%+{agents}%ae%ad", "d4d4d4d\n"),
            ("%h%n%n%-{share}.", "d4d4d4d.\n"),
            ("[%{share}%{headline}%{checked}%{attempts}%{corrections}%{added}%{made}]", "[]\n"),
            ("%{recorded}", "no\n"),
        ] {
            assert_eq!(filled(format, &bare), text, "{format}");
        }
        assert_eq!(filled("%h%+{agents}", &headed()), "a1b2c3d\nClaude Code\n");
        let named = samples::signed("d4", "Docs", "copilot", true);
        assert_eq!(filled("%{agents}|%{share}", &named), "GitHub Copilot|\n", "the message names it");
        assert_eq!(filled("[%{agents}]", &samples::only_overlapping()), "[]\n", "it did not write the commit");
    }

    #[test]
    fn an_unknown_placeholder_is_named_with_the_closest() {
        for (format, found, closest) in [
            ("%h %{agent}", "%{agent}", Some("%{agents}")),
            ("%{chekced}", "%{chekced}", Some("%{checked}")),
            ("%{unclosed", "%{unclosed", None),
            ("%ar", "%ar", None),
            ("%z", "%z", None),
            ("%C(red)", "%C(", None),
            ("100% done", "% d", None),
            ("%h %", "%", None),
            ("%x9", "%x9", None),
            ("%\u{1b}[2J", "%\\u{1b}", None),
        ] {
            let mistake = LogFormat::parse(format).map(|_| ()).unwrap_err();
            assert_eq!(mistake.to_string().contains("the closest is"), closest.is_some(), "{mistake}");
            let closest = closest.map(str::to_owned);
            assert_eq!(mistake, FormatMistake::Unknown { found: found.to_owned(), closest }, "{format}");
        }
        assert_eq!(LogFormat::parse("oneline%%%n").map(|_| ()), Err(FormatMistake::Constant("oneline%%%n".to_owned())));
        assert!(LogFormat::parse("").is_err());
    }

    #[test]
    fn a_name_that_another_begins_with_is_found_and_help_lists_each() {
        for (number, one) in PLACEHOLDERS.iter().enumerate() {
            let first = PLACEHOLDERS.iter().position(|known| one.name.starts_with(known.name));
            assert_eq!(first, Some(number), "{}", one.name);
            assert!(
                help().contains(&format!("%{} ", one.name))
                    || help().contains(&format!("{},", one.name))
                    || one.name == "ct",
                "{}",
                one.name
            );
        }
    }

    #[test]
    fn recorded_text_steers_no_terminal_and_stays_on_its_line() {
        let hostile = "a\u{1b}[2Jb\nc\u{202e}\u{7}";
        let mut entry = headed();
        entry.subject = serde_json::from_value(serde_json::json!(hostile)).unwrap();
        entry.header.as_mut().unwrap().author.name = hostile.to_owned();
        let one = &mut entry.record.as_mut().unwrap().contributions[0];
        (one.session, one.models, one.agent_version) =
            (hostile.to_owned(), vec![hostile.to_owned()], Some(hostile.to_owned()));
        for known in PLACEHOLDERS {
            let line = LogFormat::parse(&format!("%{}", known.name)).unwrap().filled(&entry, &str::to_owned, true);
            let own = line.replace("\u{1b}[0m", "").replace("\u{1b}[1m", "").replace("\u{1b}[2m", "");
            let own = own.replace("\u{1b}[33m", "").replace("\u{1b}[36m", "");
            assert!(
                own.ends_with('\n') && !own[..own.len() - 1].chars().any(char::is_control),
                "{}: {own:?}",
                known.name
            );
            assert!(!own.contains('\u{202e}'), "{}: {own:?}", known.name);
        }
    }
}
