//! Lines that a person took out of an agent's block, or put into one, before the commit. That of a changed line is in `marking`.

use super::attribution::PathMatches;
use super::claim::Claim;
use super::corrections::{closest, empty};
use super::last_text::LastText;
use super::library::Library;
use super::marking::{is_mostly_unknown, only_a_person_could};
use crate::link::excerpt::shorten;
use crate::record::commit::{Commit, FileChange};
use crate::record::contribution::{Correction, CorrectionForm};
use crate::record::note::{FileRecord, LineAuthor, Span};
use crate::record::text::Raw;
use crate::text::telling::is_telling;

/// So many lines in a row may be out or in; with more, the block is another one.
const MOST_LINES: usize = 5;

/// Corrections in the files of which the claim has lines. `place` is the claim's place among all, which the spans refer to.
pub(super) fn find(
    commit: &Commit,
    library: &Library,
    (place, claim): (usize, &Claim),
    files: &[FileRecord],
) -> Vec<Correction<Raw>> {
    if is_mostly_unknown(files) {
        return Vec::new();
    }
    let is_own = |span: &Span| span.contribution == Some(place as u32) && span.author == LineAuthor::Agent;
    let own = files.iter().filter(|record| record.spans.iter().any(is_own));
    let found = own.filter_map(|record| {
        let file = commit.files.iter().find(|file| file.path == record.path)?;
        Some(in_file((commit, file), library, claim, record))
    });
    found.flatten().collect()
}

/// Where the lines above and below are the agent's and stand next to each other in what it wrote, or in the commit.
fn in_file(
    (commit, file): (&Commit, &FileChange),
    library: &Library,
    claim: &Claim,
    record: &FileRecord,
) -> Vec<Correction<Raw>> {
    let paths = PathMatches::new(file, library);
    let Some(last) = LastText::of(&paths, library, claim.session, commit) else { return Vec::new() };
    if !only_a_person_could(&paths, library, claim.session, (last.at, commit)) {
        return Vec::new();
    }
    let text = last.text();
    let written: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let missing = last.missing_in(file);
    let is_unknown = |number: u32| {
        let mut spans = record.spans.iter().filter(|span| span.range().contains(&number));
        spans.next().is_none_or(|span| span.author == LineAuthor::Unknown)
    };
    let mut found = Vec::new();
    for hunk in &file.hunks {
        let lines = || hunk.added.iter().map(|line| line.expose().trim());
        let added: Vec<(u32, &str)> = (hunk.new_start..).zip(lines()).filter(|(_, line)| !line.is_empty()).collect();
        let committed: Vec<&str> = added.iter().map(|(_, line)| *line).collect();
        for (place, out) in between(&committed, &written) {
            let is_gone = |line: &&str| missing.contains(line) && closest(line, &committed).is_none();
            if out.iter().any(|line| is_telling(line)) && out.iter().filter(|line| is_telling(line)).all(is_gone) {
                found.push(Correction { before: Some(shorten(&text, out)), ..at(file, added[place].0) });
            }
        }
        for (place, put_in) in between(&written, &committed) {
            let Some(first) = committed.windows(put_in.len()).position(|window| window == put_in) else { continue };
            let numbers = || added[first..first + put_in.len()].iter().map(|(number, _)| *number);
            let is_new = put_in.iter().any(|line| is_telling(line)) && closest(written[place], put_in).is_none();
            if is_new && numbers().all(is_unknown) {
                let all = committed.join("\n");
                found.push(Correction { after: Some(shorten(&all, put_in)), ..at(file, added[first].0) });
            }
        }
    }
    found
}

fn at(file: &FileChange, line: u32) -> Correction<Raw> {
    Correction { path: Some(file.path.clone()), line: Some(line), ..empty(CorrectionForm::Manual) }
}

/// The lines of `longer` between two that stand next to each other in `text`, with the place of the second one there. Both are
/// such that tell, and each stands only once in either.
fn between<'a, 'b>(text: &[&str], longer: &'b [&'a str]) -> Vec<(usize, &'b [&'a str])> {
    let once = |lines: &[&str], line: &str| lines.iter().filter(|one| **one == line).count() == 1;
    let mut found = Vec::new();
    for (place, pair) in text.windows(2).enumerate() {
        let stands = |line: &str| is_telling(line) && once(text, line) && once(longer, line);
        if !stands(pair[0]) || !stands(pair[1]) {
            continue;
        }
        let first = longer.iter().position(|line| *line == pair[0]);
        let second = longer.iter().position(|line| *line == pair[1]);
        if let (Some(first), Some(second)) = (first, second)
            && second > first + 1
            && second - first - 1 <= MOST_LINES
        {
            found.push((place + 1, &longer[first + 1..second]));
        }
    }
    found
}
