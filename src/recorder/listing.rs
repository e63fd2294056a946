//! Reads the commits of a span in blocks, newest first, for a list that tells little of each: on all cores, and what is in
//! memory does not grow with them.

use std::collections::VecDeque;

use anyhow::anyhow;

use super::helpers::Helpers;
use super::range::{LoadDetail, RangeQuery, WARNED, warn_of, with_record};
use super::workplace::Workplace;
use crate::git::note_copies::{self, NotePositions};
use crate::output::Output;
use crate::parallel;
use crate::record::entry::CommitEntry;
use crate::redact::Redactor;

/// Commits whose notes are looked for at once: the folders of the notes are read once for all of them.
const AT_ONCE: usize = 4 * HELD;
/// Commits after which what was read of packs is given back: libgit2 keeps a pack in memory while any handle has it.
const HELD: usize = 8 * BLOCK;
/// Commits that one thread reads in a row; few in tests, which have few.
const BLOCK: usize = if cfg!(test) { 1 } else { 1024 };
/// Fewer in a row are not worth a handle of their own.
const SMALLEST: usize = if cfg!(test) { 1 } else { 32 };

/// What there is to say besides the commits.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// How many notes are not records, or are not here.
    pub(crate) unreadable: usize,
    /// References that cannot be looked through, each with the reason.
    references: Vec<(String, String)>,
    /// The reasons for the oldest commits, newest first.
    oldest: VecDeque<String>,
    empty: Option<String>,
}

impl Listing {
    /// Says on standard error why there are no commits, and which notes could not be read.
    pub(crate) fn warn(&self, output: &mut Output) {
        let references = self.references.iter().map(|(_, problem)| problem);
        let first: Vec<&str> = references.chain(self.oldest.iter().rev()).map(String::as_str).collect();
        warn_of(output, self.empty.as_deref(), &first, self.unreadable);
    }

    /// Takes up what there is to say of older commits.
    pub(crate) fn join(&mut self, other: Self) {
        self.unreadable += other.unreadable;
        for reference in other.references {
            match self.references.contains(&reference) {
                true => self.unreadable -= 1,
                false => self.references.push(reference),
            }
        }
        self.oldest.extend(other.oldest);
        self.oldest.drain(..self.oldest.len().saturating_sub(WARNED));
        self.empty = self.empty.take().or(other.empty);
    }

    fn add(&mut self, problem: String) {
        self.unreadable += 1;
        self.oldest.push_back(problem);
        if self.oldest.len() > WARNED {
            self.oldest.pop_front();
        }
    }
}

/// What becomes of a commit, and why its notes cannot be told where they cannot be read.
type Rendered<T> = anyhow::Result<(T, Option<String>)>;

/// Commits to read, newest first, with the places of their notes.
struct CommitBlock {
    ids: Vec<String>,
    notes: NotePositions,
}

/// Hands what `render` makes of each commit of `span` to `take`, newest first; each is read as by [`super::range::load`], as far as
/// `detail` says. Commits are read and rendered on all cores.
///
/// # Errors
/// When a revision does not name a commit, a commit cannot be read, or `render` or `take` fails.
pub(crate) fn newest_first<T: Send>(
    workplace: &mut Workplace,
    redactor: &Redactor,
    (span, detail): (RangeQuery<'_>, LoadDetail),
    (render, take): (impl Fn(&CommitEntry) -> anyhow::Result<T> + Sync, impl FnMut(T) -> anyhow::Result<()>),
) -> anyhow::Result<Listing> {
    with_problems(workplace, redactor, (span, detail), (|entry: &CommitEntry, _: Option<&str>| render(entry), take))
}

/// The same where `render` is also told why the notes of a commit cannot be read.
///
/// # Errors
/// As [`newest_first`].
pub(crate) fn with_problems<T: Send>(
    workplace: &mut Workplace,
    redactor: &Redactor,
    (span, detail): (RangeQuery<'_>, LoadDetail),
    (render, mut take): (
        impl Fn(&CommitEntry, Option<&str>) -> anyhow::Result<T> + Sync,
        impl FnMut(T) -> anyhow::Result<()>,
    ),
) -> anyhow::Result<Listing> {
    let ids = span.compact(&workplace.repository)?;
    let mut listing = Listing::default();
    if ids.is_empty() {
        listing.empty = span.why_empty(&workplace.repository);
    }
    let mut take = |rendered: Vec<Rendered<T>>| -> anyhow::Result<()> {
        for rendered in rendered {
            let (rendered, problem) = rendered?;
            problem.into_iter().for_each(|problem| listing.add(problem));
            take(rendered)?;
        }
        Ok(())
    };
    let mut references: Vec<(String, anyhow::Error)> = Vec::new();
    for part in ids.newest_first(AT_ONCE) {
        workplace.repository.forget_what_was_read();
        let mut places = note_copies::places(&workplace.repository, &part);
        references.append(&mut places.problems);
        for (ids, notes) in part.chunks(HELD).zip(places.split(HELD)) {
            workplace.repository.forget_what_was_read();
            // Each core gets some, also of a short list.
            let block = ids.len().div_ceil(2 * parallel::threads()).clamp(SMALLEST, BLOCK);
            let blocks = ids.chunks(block).zip(notes.split(block));
            let blocks = blocks.map(|(ids, notes)| CommitBlock { ids: ids.to_vec(), notes });
            read_on_all_cores(workplace, redactor, (blocks.collect(), detail), (&render, &mut take))?;
        }
    }
    for (name, problem) in references {
        if !listing.references.iter().any(|(known, _)| *known == name) {
            listing.references.push((name, format!("{problem:#}")));
            listing.unreadable += 1;
        }
    }
    Ok(listing)
}

fn read_on_all_cores<T: Send>(
    workplace: &Workplace,
    redactor: &Redactor,
    (blocks, detail): (Vec<CommitBlock>, LoadDetail),
    (render, take): (
        &(impl Fn(&CommitEntry, Option<&str>) -> anyhow::Result<T> + Sync),
        &mut impl FnMut(Vec<Rendered<T>>) -> anyhow::Result<()>,
    ),
) -> anyhow::Result<()> {
    // Of a partial clone one handle knows what could not be brought.
    let helpers = if workplace.repository.is_partial() { None } else { Helpers::of(workplace, blocks.len()) };
    let Some(helpers) = helpers else {
        return blocks.iter().try_for_each(|block| take(block.read((workplace, redactor), detail, render)));
    };
    let start = || {
        let helper = helpers.open();
        move |block: CommitBlock| match &helper {
            Ok(helper) => block.read((helper, redactor), detail, render),
            Err(error) => vec![Err(anyhow!("{error:#}"))],
        }
    };
    let mut blocks = blocks.into_iter();
    parallel::in_order(2 * parallel::threads(), start, || Ok(blocks.next()), take)
}

impl CommitBlock {
    /// Its commits up to the first that cannot be read.
    fn read<T>(
        &self,
        (workplace, redactor): (&Workplace, &Redactor),
        detail: LoadDetail,
        render: &impl Fn(&CommitEntry, Option<&str>) -> anyhow::Result<T>,
    ) -> Vec<Rendered<T>> {
        let mut rendered = Vec::with_capacity(self.ids.len());
        for (index, id) in self.ids.iter().enumerate() {
            let notes = self.notes.read(&workplace.repository, index, id);
            let one = with_record(workplace, redactor, (id, notes), detail)
                .and_then(|(entry, problem)| Ok((render(&entry, problem.as_deref())?, problem)));
            let is_end = one.is_err();
            rendered.push(one);
            if is_end {
                break;
            }
        }
        rendered
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::context::Ending;
    use crate::document::{terminal, views};
    use crate::record::headline::headline;
    use crate::record::samples;
    use crate::recorder::range::load;
    use crate::testing::stage::Trial;

    /// A session that was asked something and has nothing else of its own, as old records have it.
    fn only_asked() -> CommitEntry {
        let contribution = json!({
            "agent": "codex", "session": "7d3e90aa51", "confidence": "stated", "lines": 0,
            "evidence": [{"kind": "environment", "variable": "CODEX_THREAD_ID"}],
            "prompts": [{"role": "request", "source": "typed", "text": "Tidy up"}, {"role": "approval", "source": "typed", "text": "yes"}]
        });
        let lines = json!({"added": 3, "agent": 0, "corrected": 0, "person": 0, "formatter": 0, "unknown": 3});
        let files = json!([{"path": ".backstory.yml", "spans": [{"start": 1, "lines": 3, "author": "unknown"}]}]);
        samples::entry("d4e5", "Tidy", Some(samples::record(json!([contribution]), lines, files)))
    }

    #[test]
    fn a_list_tells_the_same_as_what_is_loaded_whole() {
        let trial = Trial::new();
        let samples = [samples::discounts(), only_asked(), samples::by_a_person(), samples::only_overlapping()];
        for number in 0..9 {
            let message = format!("Commit {number}\n\nCo-authored-by: Claude <noreply@anthropic.com>\n");
            let id = trial.commit(&message, "a", &format!("{number}\n"));
            let mut record = samples[number % samples.len()].record.clone().unwrap();
            record.commit = id.to_string();
            match number {
                1 | 8 => trial.note(id, "not ours"),
                7 => {}
                _ => trial.note(id, &serde_json::to_string(&record).unwrap()),
            }
        }
        for (case, file, text) in [
            ("nothing is set", "b", ""),
            ("paths are ignored", ".backstoryignore", "path: src/*.py\n"),
            ("an agent is ignored", ".backstoryignore", "agent: claude-code\n"),
            ("a session is ignored", ".backstoryignore", "session: codex/7d3e90aa51\n"),
            ("no prompts are kept", ".backstory.yml", "prompts: none\n"),
        ] {
            let path = trial.folder.path().join(file);
            std::fs::write(&path, text).unwrap();
            let answer = trial.run(|context| {
                let mut workplace = Workplace::for_telling(context.environment)?;
                let redactor = workplace.redactor()?;
                for (span, count) in [
                    (RangeQuery::Last(None, 4), 4),
                    (RangeQuery::Last(None, 99), 9),
                    (RangeQuery::Last(Some("main"), 2), 2),
                    (RangeQuery::Given("HEAD~3..HEAD"), 3),
                    (RangeQuery::Given("HEAD~1"), 1),
                    (RangeQuery::Given("HEAD..HEAD~2"), 0),
                ] {
                    let loaded = load(&workplace, &redactor, span)?;
                    let (mut commits, mut pieces) = (Vec::new(), Vec::new());
                    let render = |entry: &CommitEntry| {
                        let one = std::slice::from_ref(entry);
                        Ok((views::log(one, 0).commits, terminal::log(one).0))
                    };
                    let take = |(more, page): (Vec<_>, Vec<_>)| {
                        commits.extend(more);
                        pieces.extend(page);
                        Ok(())
                    };
                    let listing = newest_first(&mut workplace, &redactor, (span, LoadDetail::Brief), (render, take))?;
                    assert_eq!(commits.len(), count, "{case}: {span:?}");
                    let whole = views::log(&loaded.entries, 0);
                    let whole = (whole.commits, terminal::log(&loaded.entries).0);
                    assert_eq!((commits, pieces), whole, "{case}: {span:?}");
                    let oldest: Vec<&String> = listing.oldest.iter().rev().collect();
                    let unreadable: Vec<&String> = loaded.unreadable.iter().collect();
                    assert_eq!((listing.unreadable, oldest), (unreadable.len(), unreadable), "{case}: {span:?}");
                    assert_eq!(listing.empty, loaded.empty, "{case}: {span:?}");
                }
                Ok(Ending::Done)
            });
            assert_eq!((answer.ending, answer.out.as_str()), (Ok(Ending::Done), ""), "{case}");
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn a_record_in_brief_has_no_text_but_that_of_its_headline_and_the_commit_message() {
        let whole = samples::discounts();
        let record = whole.record.clone().unwrap().in_brief();
        let text = serde_json::to_string(&record).unwrap();
        for gone in ["in cents", "cache of subtotals", "pytest", "4 passed", "test_cents", "Python 3.9", "pending"] {
            assert!(!text.contains(gone), "{gone}: {text}");
        }
        assert!(text.contains("claude-opus-4-6"), "{text}");
        let brief = CommitEntry { record: Some(record), ..whole.clone() };
        assert_eq!(headline(&brief), headline(&whole));
    }
}
