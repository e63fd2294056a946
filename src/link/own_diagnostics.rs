//! Which of several things that one run of a check found is told of a commit: one in its own files, that was then worked on, and that
//! is more than the form.

use super::changes::Places;
use super::check_quotes::errors_in;
use super::form_repairs::{fixes, formats, is_of_form};
use super::named_files::{NamedWords, path_in};
use super::paths::{self, PathMatch};
use super::ran_check::RanCheck;
use super::repair::{Repair, made_between};
use crate::link::steps::WindowCall;
use crate::record::commit::{Commit, FileChange};
use crate::record::text::Raw;

/// Puts in place of the first thing that each failed run printed the one that is told. `runs` are in the order of their steps.
pub(super) fn choose(steps: &[WindowCall], runs: &mut [(usize, RanCheck)], (commit, places): (&Commit, &Places)) {
    for place in 0..runs.len() {
        let (step, run) = &runs[place];
        let Some(first) = run.error.as_ref().filter(|_| run.failed) else { continue };
        let found = errors_in(steps[*step].tool_call.printed());
        // What was told from another place, as the summary, stays.
        if found.len() < 2 || found[0].expose() != first.expose() {
            continue;
        }
        let next = runs[place + 1..].iter().map(|(later, _)| *later).find(|later| later > step).unwrap_or(steps.len());
        let made = made_between(steps, *step, next, places);
        let rank =
            |error: &Raw| (in_commit(error, &commit.files), is_worked_on(error, &made), !is_of_form(Some(error)));
        // Of those that are alike the first.
        let best = found.into_iter().reduce(|best, one| if rank(&one) > rank(&best) { one } else { best });
        runs[place].1.error = best;
    }
}

/// How well the best of the files that an error names agrees with one of the commit.
fn in_commit(error: &Raw, files: &[FileChange]) -> PathMatch {
    let names = files.iter().flat_map(|file| std::iter::once(&file.path).chain(&file.old_path));
    let named = || error.expose().split_whitespace().filter_map(path_in).map(paths::normalise);
    let agree = |own: &String, named: &str| match paths::compare(named, own).max(paths::compare(own, named)) {
        // A file of the same name in another folder is another file.
        PathMatch::Name if named.contains('/') => PathMatch::Other,
        agreed => agreed,
    };
    names.flat_map(|own| named().map(move |named| agree(own, &named))).max().unwrap_or(PathMatch::Other)
}

/// Whether a file that an error names was edited, or was changed by a command. A formatter changes the form of
/// anything, and nothing else; a linter that fixes may put right all that it finds.
fn is_worked_on(error: &Raw, made: &[Repair]) -> bool {
    let words = NamedWords::of(Some(error));
    made.iter().any(|one| match one {
        Repair::Edit { edit, .. } => words.files.contains(&paths::name(&paths::normalise(&edit.path))),
        Repair::Command { text, .. } if formats(text) => fixes(text) || is_of_form(Some(error)),
        Repair::Command { text, .. } => words.files.iter().any(|file| text.contains(file)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::commit::FileChangeKind;

    #[test]
    fn a_file_of_a_message_is_known_as_one_of_the_commit() {
        let file = FileChange {
            path: "web/src/cart.ts".into(),
            old_path: Some("web/src/basket.ts".into()),
            kind: FileChangeKind::Renamed,
            hunks: Vec::new(),
        };
        for (error, expected) in [
            ("/home/a/shop/web/src/cart.ts\n2:7 error x", PathMatch::Whole),
            ("src/cart.ts(3,5): error TS1: x", PathMatch::Whole),
            ("src/basket.ts(3,5): error TS1: x", PathMatch::Whole),
            ("lib/cart.ts(3,5): error TS1: x", PathMatch::Other),
            ("cart.ts:3:5: x", PathMatch::Whole),
            ("src/price.ts:3:5: x", PathMatch::Other),
            ("no file at all", PathMatch::Other),
        ] {
            assert_eq!(in_commit(&Raw::new(error), std::slice::from_ref(&file)), expected, "{error}");
        }
    }
}
