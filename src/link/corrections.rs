//! What people corrected by hand (manual) or wrote down (told), and which lines a formatter changed. Corrections in words
//! are in `directed`.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::attribution::PathMatches;
use super::claim::Claim;
use super::last_text::LastText;
use super::library::Library;
use super::paths;
use crate::checks::rewrites::echoes_a_formatter;
use crate::link::excerpt::shorten;
use crate::record::commit::{Commit, FileChange};
use crate::record::contribution::{Contribution, Correction, CorrectionForm, ReasonSource};
use crate::record::no_reason::no_reason;
use crate::record::note::{FileRecord, LineAuthor, Span, Statement};
use crate::record::session::{Action, Session, ToolCall};
use crate::record::text::Raw;
use crate::text::telling::is_telling;

/// Corrections that the person wrote into the journal.
pub(crate) fn told(session: &Session) -> Vec<Correction<Raw>> {
    let told = session.told.corrections.iter();
    told.map(|told| Correction {
        at: told.at,
        words: Some(told.what.clone()),
        path: told.path.clone(),
        reason: told.why.clone(),
        reason_from: told.why.is_some().then_some(ReasonSource::Journal),
        ..empty(CorrectionForm::Told)
    })
    .collect()
}

/// Gives corrections by hand the reason that the commit message states (`AI-Correction`): the one that begins with the
/// name of the corrected file, or the only one where there is only one correction to explain.
pub(crate) fn explain(contributions: &mut [Contribution<Raw>], statements: &[Statement<Raw>]) {
    let reasons: Vec<&Raw> = statements
        .iter()
        .filter_map(|statement| match statement {
            Statement::Correction { text } if no_reason(text.expose()).is_none() => Some(text),
            _ => None,
        })
        .collect();
    let mut open: Vec<&mut Correction<Raw>> = contributions
        .iter_mut()
        .flat_map(|contribution| &mut contribution.corrections)
        .filter(|correction| correction.form == CorrectionForm::Manual && correction.reason.is_none())
        .collect();
    let is_only_one = open.len() == 1 && reasons.len() == 1;
    for correction in &mut open {
        let file = correction.path.as_deref().map(paths::name).unwrap_or_default();
        let about_it = |reason: &&&Raw| {
            let text = reason.expose();
            !file.is_empty() && text.split([':', ' ']).next().is_some_and(|first| paths::name(first) == file)
        };
        let reason = reasons.iter().find(about_it).or(reasons.first().filter(|_| is_only_one));
        if let Some(reason) = reason {
            correction.reason = Some((*reason).clone());
            correction.reason_from = Some(ReasonSource::Trailer);
        }
    }
}

pub(super) fn empty(form: CorrectionForm) -> Correction<Raw> {
    Correction {
        form,
        at: None,
        words: None,
        path: None,
        line: None,
        edit: None,
        before: None,
        after: None,
        reason: None,
        reason_from: None,
    }
}

/// Whether the session ran commands that write files by themselves, so that a changed line need not be a person's.
pub(super) fn changed_by_shell(library: &Library, session: usize) -> bool {
    const WRITERS: &[&str] = &[
        "sed -i",
        "perl -pi",
        "perl -i",
        "gofmt",
        "goimports",
        "golangci-lint",
        "prettier",
        "eslint",
        "cargo fmt",
        "rustfmt",
        "black ",
        "ruff ",
        "isort",
        "fmt",
        "lint",
        "git apply",
        "git checkout",
        "git restore",
        "git stash",
        "git merge",
        "git rebase",
        "git pull",
        "generate",
        "codegen",
        " > ",
        " >> ",
        "tee ",
        "python -c",
        "python3 -c",
        "python - <<",
        "python3 - <<",
        "python <<",
        "python3 <<",
        "node -e",
        "mv ",
        "cp ",
    ];
    let writes = |call: &ToolCall| match &call.action {
        Action::Shell { command, .. } => {
            let command = command.expose();
            WRITERS.iter().any(|writer| command.contains(writer)) || echoes_a_formatter(command, call.printed())
        }
        Action::Delegate { .. } => true,
        _ => false,
    };
    library.writes_by_shell(session, |session| session.turns.iter().flat_map(|turn| &turn.calls).any(writes))
}

/// The most similar of `candidates`, if it is similar enough to be the same line changed.
pub(super) fn closest<'a>(line: &str, candidates: &[&'a str]) -> Option<&'a str> {
    SimilarLines::of(candidates).closest(line)
}

/// Lines that others are compared to. What is needed of a line for that is made once, where it is needed at all.
struct SimilarLines<'a>(Vec<(&'a str, f64, OnceCell<Vec<CharPair>>)>);

/// Two neighbouring characters.
type CharPair = (char, char);

impl<'a> SimilarLines<'a> {
    fn of(lines: &[&'a str]) -> Self {
        Self(lines.iter().map(|line| (*line, most_pairs(line), OnceCell::new())).collect())
    }

    /// As [`closest`].
    fn closest(&self, line: &str) -> Option<&'a str> {
        self.alike(line).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(place, _)| self.0[place].0)
    }

    /// The places of those that are similar enough, each with how similar it is.
    fn alike(&self, line: &str) -> impl Iterator<Item = (usize, f64)> {
        let line = line.trim();
        let most = most_pairs(line);
        let own = OnceCell::new();
        // As many pairs as the shorter line has can be shared, and no more: others need not be compared.
        let may_be = move |other: f64| 2.0 * most.min(other) >= SAME_LINE_CHANGED * (most + other);
        let near = self.0.iter().enumerate().filter(move |(_, (_, other, _))| may_be(*other));
        let compared = near.map(move |(place, (text, _, pairs))| {
            let (own, other) = (own.get_or_init(|| char_pairs(line)), pairs.get_or_init(|| char_pairs(text)));
            (place, shared_part(own, other))
        });
        compared.filter(|(_, similarity)| *similarity >= SAME_LINE_CHANGED)
    }
}

/// More pairs of lines are a file that something generated; to compare them all takes too long.
const MOST_PAIRS: usize = 4_000_000;

/// For each line the one of `candidates` that it is the change of: each is the former of one line only, of the most similar.
pub(super) fn pair<'a>(lines: &[&str], candidates: &[&'a str]) -> Vec<Option<&'a str>> {
    if lines.len().saturating_mul(candidates.len()) > MOST_PAIRS {
        return vec![None; lines.len()];
    }
    let similar = SimilarLines::of(candidates);
    let alike = lines.iter().enumerate().flat_map(|(line, text)| {
        similar.alike(text).map(move |(candidate, similarity)| (similarity, line, candidate)).collect::<Vec<_>>()
    });
    let mut alike: Vec<(f64, usize, usize)> = alike.collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut found = vec![None; lines.len()];
    let mut taken = vec![false; candidates.len()];
    for (_, line, candidate) in alike {
        if found[line].is_none() && !taken[candidate] {
            (found[line], taken[candidate]) = (Some(candidates[candidate]), true);
        }
    }
    found
}

fn most_pairs(line: &str) -> f64 {
    line.chars().count().saturating_sub(1) as f64
}

/// Sorted.
fn char_pairs(text: &str) -> Vec<CharPair> {
    let mut pairs: Vec<CharPair> = text.chars().zip(text.chars().skip(1)).collect();
    pairs.sort_unstable();
    pairs
}

/// From this similarity on, two lines are one line and its change.
const SAME_LINE_CHANGED: f64 = 0.6;

/// The part of pairs of neighbouring characters that two lines share (Dice's coefficient), 0 to 1.
pub(super) fn similarity(a: &str, b: &str) -> f64 {
    shared_part(&char_pairs(a), &char_pairs(b))
}

fn shared_part(one: &[CharPair], other: &[CharPair]) -> f64 {
    if one.is_empty() || other.is_empty() {
        return 0.0;
    }
    let (mut shared, mut i, mut j) = (0, 0, 0);
    while i < one.len() && j < other.len() {
        match one[i].cmp(&other[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                shared += 1;
                i += 1;
                j += 1;
            }
        }
    }
    2.0 * f64::from(shared) / (one.len() + other.len()) as f64
}

/// Corrections by hand: for each run of corrected lines of this claim, the agent's lines and the committed ones. `place` is
/// the claim's place among all, which the spans refer to.
pub(crate) fn manual(
    commit: &Commit,
    library: &Library,
    (place, claim): (usize, &Claim),
    files: &[FileRecord],
) -> Vec<Correction<Raw>> {
    let mut found = Vec::new();
    for record in files {
        let Some(file) = commit.files.iter().find(|file| file.path == record.path) else { continue };
        let corrected: Vec<_> = record
            .spans
            .iter()
            .filter(|span| span.author == LineAuthor::Corrected && span.contribution == Some(place as u32))
            .collect();
        if corrected.is_empty() {
            continue;
        }
        let Some(last) = LastText::of(&PathMatches::new(file, library), library, claim.session, commit) else {
            continue;
        };
        let missing = last.missing_in(file);
        // Lines of unknown origin are among those that the agent's lines may have become.
        let is_open = |span: &&Span| match span.author {
            LineAuthor::Unknown => true,
            LineAuthor::Corrected => span.contribution == Some(place as u32),
            _ => false,
        };
        let open: Vec<_> = record.spans.iter().filter(is_open).map(Span::range).collect();
        let added = file.hunks.iter().flat_map(|hunk| (hunk.new_start..).zip(&hunk.added));
        let added = added.map(|(number, text)| (number, text.expose()));
        let added = added.filter(|(number, text)| is_telling(text) && open.iter().any(|range| range.contains(number)));
        let (numbers, texts): (Vec<u32>, Vec<&str>) = added.unzip();
        let former: HashMap<u32, &str> = numbers
            .into_iter()
            .zip(pair(&texts, &missing))
            .filter_map(|(number, former)| Some((number, former?)))
            .collect();
        for span in corrected {
            let after: Vec<&str> = file
                .hunks
                .iter()
                .flat_map(|hunk| hunk.added.iter().enumerate().map(|(i, text)| (hunk.new_start + i as u32, text)))
                .filter(|(number, _)| span.range().contains(number))
                .map(|(_, text)| text.expose())
                .collect();
            let before: Vec<&str> = span.range().filter_map(|number| former.get(&number).copied()).collect();
            if before.is_empty() {
                continue;
            }
            let committed = around(file, span);
            found.push(Correction {
                path: Some(record.path.clone()),
                line: Some(span.start),
                before: Some(shorten(&last.text(), &before)),
                after: Some(shorten(&committed, &after)),
                ..empty(CorrectionForm::Manual)
            });
        }
    }
    found
}

/// The added lines of a span of the file, and those around it.
fn around(file: &FileChange, span: &Span) -> String {
    const LINES: u32 = 20;
    let near = span.start.saturating_sub(LINES)..span.range().end.saturating_add(LINES);
    let numbered = file.hunks.iter().flat_map(|hunk| (hunk.new_start..).zip(&hunk.added));
    let lines: Vec<&str> =
        numbered.filter(|(number, _)| near.contains(number)).map(|(_, text)| text.expose()).collect();
    lines.join("\n")
}
