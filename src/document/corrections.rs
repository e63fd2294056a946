//! What people corrected: in words, by hand, or as they wrote it down, with the reason where one was given.

use serde::Serialize;

use super::asked::name;
use super::cut::cut;
use super::list::List;
use super::range::{AgentWork, Once};
use crate::document::excerpt::shortened;
use crate::record::contribution::{Correction, CorrectionForm, ReasonSource};
use crate::record::entry::CommitEntry;
use crate::record::no_reason::no_reason;
use crate::record::note::Statement;
use crate::record::small_talk::is_review_errand;
use crate::record::text::Clean;
use crate::text::markdown::{Markdown, code, fence};
use crate::text::visible::visible_block;

/// Code points of a line of code in a list.
const CODE: usize = 80;
/// Code points of the lines of one correction in the details.
const LINES: usize = 4_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CorrectionRow {
    /// `directed`, `manual` or `told`.
    pub form: &'static str,
    pub words: Option<Markdown>,
    pub path: Option<Markdown>,
    pub line: Option<u32>,
    /// The first line of each side.
    pub before: Option<Markdown>,
    pub after: Option<Markdown>,
    pub reason: Option<Markdown>,
    /// Where the reason stands: `prompt`, `rejection`, `answer`, `trailer`, `journal`, `commit-message`.
    pub reason_from: Option<&'static str>,
    /// The lines of both sides, marked `-` and `+`: for the details.
    pub diff: Option<Markdown>,
    /// Whether `before` and `after` leave lines out.
    pub cut: bool,
}

/// The corrections to show, and all of them where that leaves something out.
pub(crate) fn corrections(
    range: &[CommitEntry],
    claims: &[AgentWork],
    rows: usize,
) -> (List<CorrectionRow>, List<CorrectionRow>) {
    let mut once = Once::new();
    let mut all = Vec::new();
    let corrections = claims.iter().flat_map(|claim| &claim.contribution.corrections);
    for correction in corrections.filter(|correction| says_something(correction)) {
        let words = correction.words.as_ref().map(Clean::as_str);
        let lines = (correction.before.as_ref().map(Clean::as_str), correction.after.as_ref().map(Clean::as_str));
        if once.first((words, correction.path.as_deref(), correction.line, lines)) {
            all.push(row(correction));
        }
    }
    for statement in range.iter().flat_map(|entry| entry.stated()) {
        if let Statement::Correction { text } = statement
            && no_reason(text.as_str()).is_none()
            && !explains(claims, text)
            && once.first((Some(text.as_str()), None, None, (None, None)))
        {
            all.push(told(text));
        }
    }
    let needs_all = all.len() > rows || all.iter().any(|row| row.cut);
    let mut shown = List::new(all.clone());
    shown.truncate(rows);
    (shown, List::new(if needs_all { all } else { Vec::new() }))
}

/// Whether it is more than an errand to see to the review, of which no change is known.
fn says_something(correction: &Correction<Clean>) -> bool {
    let has_lines = correction.before.is_some() || correction.after.is_some();
    let is_errand = || correction.words.as_ref().is_some_and(|words| is_review_errand(words.as_str()));
    correction.form != CorrectionForm::Directed || has_lines || !is_errand()
}

/// Whether the text is already said as the reason of a correction.
fn explains(claims: &[AgentWork], text: &Clean) -> bool {
    let mut corrections = claims.iter().flat_map(|claim| &claim.contribution.corrections);
    corrections.any(|correction| {
        correction.reason_from == Some(ReasonSource::Trailer) && correction.reason.as_ref() == Some(text)
    })
}

fn row(correction: &Correction<Clean>) -> CorrectionRow {
    let side = |lines: &Option<Clean>| lines.as_ref().and_then(|lines| first_line(lines.as_str()));
    let (before, after) = (side(&correction.before), side(&correction.after));
    let same = correction.reason == correction.words;
    CorrectionRow {
        form: correction.form.name(),
        words: correction.words.as_ref().map(|words| shortened(words.as_str())),
        path: correction.path.as_deref().map(name),
        line: correction.line,
        cut: before.as_ref().is_some_and(|side| side.1) || after.as_ref().is_some_and(|side| side.1),
        before: before.map(|side| side.0),
        after: after.map(|side| side.0),
        // The words of a correction are their own reason.
        reason: correction.reason.as_ref().filter(|_| !same).map(|reason| shortened(reason.as_str())),
        reason_from: correction.reason_from.filter(|_| !same).map(ReasonSource::name),
        diff: diff(correction),
    }
}

fn told(text: &Clean) -> CorrectionRow {
    CorrectionRow {
        form: CorrectionForm::Told.name(),
        words: Some(shortened(text.as_str())),
        path: None,
        line: None,
        before: None,
        after: None,
        reason: None,
        reason_from: None,
        diff: None,
        cut: false,
    }
}

/// The first line that says something, and whether it leaves something out.
fn first_line(lines: &str) -> Option<(Markdown, bool)> {
    let mut said = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = said.next()?;
    let (short, left) = cut(first, CODE);
    let incomplete = left > 0 || said.next().is_some();
    let markdown = code(short);
    Some((if incomplete { markdown.followed_by_dots() } else { markdown }, incomplete))
}

fn diff(correction: &Correction<Clean>) -> Option<Markdown> {
    let mut lines = String::new();
    for (mark, side) in [('-', &correction.before), ('+', &correction.after)] {
        let Some(side) = side else { continue };
        let (side, left) = cut(side.as_str(), LINES);
        for line in visible_block(side).trim_end().lines() {
            lines.push(mark);
            lines.push_str(line);
            lines.push('\n');
        }
        if left > 0 {
            lines.push('\u{2026}');
            lines.push('\n');
        }
    }
    (!lines.is_empty()).then(|| fence(&lines, "diff"))
}
