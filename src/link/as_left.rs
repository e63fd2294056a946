//! Whether a file of a commit is, to the letter, what the sessions left there: blanks, line ends, order and place. Who wrote a
//! line does not depend on them; whether a check that passed saw what was committed does.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use super::claim::Claim;
use super::committing::later;
use super::library::{Library, Touch};
use super::{masked_lines, paths};
use crate::checks::rewrites;
use crate::record::checked_state::{Untested, UntestedBy};
use crate::record::commit::{Commit, FileChange, FileChangeKind};
use crate::record::note::{FileRecord, LineAuthor, Span};
use crate::record::session::{Action, Change, Outcome, PatchHunk};
use crate::text::telling::is_telling;

/// The places of a committed file, whose `text` is known, that are not as the sessions of `claims` left them; none where a
/// command of theirs that rewrites files came after.
pub(super) fn differing(
    commit: &Commit,
    (file, text): (&FileChange, &str),
    (library, claims): (&Library, &[&Claim]),
    record: &FileRecord,
) -> Vec<Untested> {
    let own = own_lines(record);
    let edits = FileEdits::of(file, library, claims, commit.committed_at);
    let Some(last) = edits.list.last() else { return Vec::new() };
    if own.is_empty() || is_rewritten(commit, file, library, claims, last.at) {
        return Vec::new();
    }
    let differing = |edits: &FileEdits| {
        let mut left = FileLeft::default();
        edits.list.iter().for_each(|edit| left.apply(edit.change));
        left.differing(file, text, &own)
    };
    // What was edited between the authoring of a commit and its rebase was for later ones.
    let as_authored = || differing(&FileEdits::of(file, library, claims, later(commit.authored_at, 1)));
    let Some(differing) = differing(&edits).filter(|_| !is_rebased(commit) || as_authored().is_some()) else {
        return Vec::new();
    };
    let place = |start, lines| Untested { path: file.path.clone(), start, lines, by: UntestedBy::Layout };
    if differing.is_empty() {
        return vec![place(None, 0)];
    }
    let mut spans: Vec<(u32, u32)> = Vec::new();
    for number in differing {
        match spans.last_mut() {
            Some((start, lines)) if *start + *lines == number => *lines += 1,
            _ => spans.push((number, 1)),
        }
    }
    spans.into_iter().map(|(start, lines)| place(Some(start), lines)).collect()
}

/// Added lines that a session is said to have written.
pub(super) fn own_lines(record: &FileRecord) -> BTreeSet<u32> {
    let is_own = |span: &&Span| matches!(span.author, LineAuthor::Agent | LineAuthor::Formatter);
    record.spans.iter().filter(is_own).flat_map(|span| span.start..span.start.saturating_add(span.lines)).collect()
}

/// Whether a command of the sessions that rewrites files, or one that names this file and writes, ran after the last edit.
fn is_rewritten(
    commit: &Commit,
    file: &FileChange,
    library: &Library,
    claims: &[&Claim],
    last: Option<Timestamp>,
) -> bool {
    let name = paths::name(&file.path);
    let in_time = |at: Option<Timestamp>| at.is_none_or(|at| is_before(at, commit.committed_at) && Some(at) >= last);
    let calls = claims.iter().flat_map(|claim| &library.sessions[claim.session].turns).flat_map(|turn| &turn.calls);
    calls.filter(|call| in_time(call.at)).any(|call| match &call.action {
        Action::Shell { command, .. } if matches!(call.outcome, Outcome::Succeeded { .. } | Outcome::Failed { .. }) => {
            let command = command.expose();
            !rewrites::places(command).is_empty() || (command.contains(name) && writes(command))
        }
        // What a subagent did may be recorded nowhere.
        Action::Delegate { .. } => true,
        _ => false,
    })
}

/// Whether a commit was rebased or amended after it was authored.
pub(super) fn is_rebased(commit: &Commit) -> bool {
    commit.committed_at > later(commit.authored_at, 1)
}

/// Whether something was done before a commit was made, as far as git tells: it keeps whole seconds.
fn is_before(at: Timestamp, committed_at: Timestamp) -> bool {
    at.as_second() <= committed_at.as_second()
}

fn writes(command: &str) -> bool {
    ["> ", ">>", "tee ", "cp ", "mv ", "<<", "write", "open("].iter().any(|sign| command.contains(sign))
}

/// One edit of the file.
pub(super) struct FileEdit<'a> {
    at: Option<Timestamp>,
    pub(super) change: &'a Change,
}

/// The edits of one file in the order of time.
pub(super) struct FileEdits<'a> {
    pub(super) list: Vec<FileEdit<'a>>,
}

impl<'a> FileEdits<'a> {
    /// Those until then.
    pub(super) fn of(file: &FileChange, library: &'a Library, claims: &[&Claim], until: Timestamp) -> Self {
        let in_time = |touch: &&Touch| touch.made && touch.at.is_none_or(|at| is_before(at, until));
        let mut list = Vec::new();
        for claim in claims {
            let session = &library.sessions[claim.session];
            let touches: Vec<&Touch> = library.touches[claim.session].iter().filter(in_time).collect();
            let mut of_it = of_file(file, library, &touches);
            // What it was called before the session moved it.
            for touch in touches.iter().filter(|touch| of_it.contains(&touch.path)).copied().collect::<Vec<_>>() {
                let edits = session.turns[touch.turn as usize].calls[touch.call as usize].edits();
                let moved = edits.iter().filter(|edit| matches!(edit.change, Change::Move { .. }));
                let before: HashSet<String> = moved.map(|edit| paths::normalise(&edit.path)).collect();
                of_it.extend(
                    touches.iter().map(|touch| touch.path).filter(|id| before.contains(&library.paths[*id as usize])),
                );
            }
            let mut seen = HashSet::new();
            for touch in touches.iter().filter(|touch| of_it.contains(&touch.path)) {
                let call = &session.turns[touch.turn as usize].calls[touch.call as usize];
                let edits = call.edits();
                if !seen.insert((touch.turn, touch.call)) {
                    continue;
                }
                let is_its = |path: &str| {
                    let path = paths::normalise(path);
                    of_it.iter().any(|id| library.paths[*id as usize] == path)
                };
                let here = edits.iter().filter(|edit| is_its(&edit.path));
                list.extend(here.map(|edit| FileEdit { at: touch.at, change: &edit.change }));
            }
        }
        list.sort_by_key(|edit| edit.at);
        Self { list }
    }
}

/// The paths of a session that mean this file: below the folder that is nearest to the root of all. `a/mod.py` ends with the
/// name of `mod.py` as well.
fn of_file(file: &FileChange, library: &Library, touches: &[&Touch]) -> HashSet<u32> {
    let names = || std::iter::once(&file.path).chain(&file.old_path);
    let above = |id: u32| {
        let path = library.paths[id as usize].as_str();
        let whole = |name: &String| {
            path.strip_suffix(name.as_str()).filter(|above| above.is_empty() || above.ends_with('/')).map(str::len)
        };
        names().filter_map(whole).min()
    };
    let found: HashMap<u32, usize> =
        touches.iter().filter_map(|touch| Some((touch.path, above(touch.path)?))).collect();
    let nearest = found.values().min().copied();
    found.into_iter().filter(|(_, above)| Some(*above) == nearest).map(|(id, _)| id).collect()
}

/// Bytes of a text that is looked at.
const LONGEST_PIECE: usize = 1024 * 1024;

/// What the sessions left in a file, as far as their edits tell it.
#[derive(Clone, Default)]
pub(super) struct FileLeft {
    /// All of it.
    whole: Option<String>,
    /// Else the texts that they put in.
    pieces: Vec<String>,
}

impl FileLeft {
    pub(super) fn apply(&mut self, change: &Change) {
        match change {
            Change::Write { text } => *self = Self { whole: Some(text.expose().to_owned()), pieces: Vec::new() },
            Change::Append { text } => match &mut self.whole {
                Some(whole) => whole.push_str(text.expose()),
                None => self.pieces.push(text.expose().to_owned()),
            },
            Change::Delete => *self = Self::default(),
            Change::Move { .. } => {}
            Change::Replace { before, after, everywhere } => self.replace(before.expose(), after.expose(), *everywhere),
            Change::Patch { hunks } => {
                hunks.iter().for_each(|hunk| self.replace(&side(hunk, '+'), &side(hunk, '-'), false));
            }
        }
    }

    /// The same with what was committed in the place of marks that hide a secret.
    fn unmasked(&self, committed: &str) -> Self {
        let unmasked = |text: &String| masked_lines::unmasked(text, committed).into_owned();
        Self { whole: self.whole.as_ref().map(unmasked), pieces: self.pieces.iter().map(unmasked).collect() }
    }

    /// All of the file, where it is known.
    pub(super) fn whole(&self) -> Option<&str> {
        self.whole.as_deref()
    }

    fn replace(&mut self, before: &str, after: &str, everywhere: bool) {
        let replaced = |text: &str| match everywhere {
            true => text.replace(before, after),
            false => text.replacen(before, after, 1),
        };
        if before.is_empty() {
            match &self.whole {
                None if self.pieces.is_empty() => self.whole = Some(after.to_owned()),
                _ => self.pieces.push(after.to_owned()),
            }
            return;
        }
        if let Some(whole) = self.whole.take() {
            if whole.contains(before) {
                self.whole = Some(replaced(&whole));
                return;
            }
            // Somebody else changed it in between; each line of it still says something.
            self.pieces.extend(whole.lines().map(str::to_owned));
        }
        // What stands around one edit is the same text as what another one put in: all of them say now what came in its place. Of lines
        // alone only the last: the same line may stand elsewhere, too.
        let is_block = |piece: &String| piece.trim_matches('\n').contains('\n');
        let last = self.pieces.iter().rposition(|piece| piece.contains(before));
        if let Some(last) = last {
            for (place, piece) in self.pieces.iter_mut().enumerate() {
                if piece.contains(before) && (place == last || is_block(piece)) && piece.len() <= LONGEST_PIECE {
                    *piece = replaced(piece);
                }
            }
            return;
        }
        // It goes over the end of what was put in before.
        let mut pieces = Vec::new();
        for piece in std::mem::take(&mut self.pieces) {
            if before.contains(piece.trim_matches('\n')) {
                continue;
            }
            pieces.push(without_overlap(&piece, before).unwrap_or(piece));
        }
        pieces.push(after.to_owned());
        self.pieces = pieces;
    }

    /// The lines among `own` that the committed text does not have as they were left, perhaps none that can be named; `None`
    /// where it has all.
    fn differing(&self, file: &FileChange, text: &str, own: &BTreeSet<u32>) -> Option<Vec<u32>> {
        let plain = without_returns(text);
        let left = self.unmasked(&plain);
        let mut lines: BTreeSet<u32> = BTreeSet::new();
        let mut differs = false;
        let of_own = |is_left: &dyn Fn(u32, &str) -> bool| -> Vec<u32> {
            let numbered =
                (1..).zip(plain.lines()).filter(|(number, line)| own.contains(number) && !line.trim().is_empty());
            numbered.filter(|(number, line)| !is_left(*number, line)).map(|(number, _)| number).collect()
        };
        if let Some(whole) = &left.whole {
            let has_returns = |text: &str| text.contains("\r\n");
            if file.kind == FileChangeKind::Added && has_returns(text) && !has_returns(whole) {
                return Some(own.iter().copied().collect());
            }
            let whole = without_returns(whole);
            if whole.trim_end_matches('\n') != plain.trim_end_matches('\n') {
                differs = true;
                let known: HashSet<&str> = whole.lines().collect();
                lines.extend(of_own(&|_, line| known.contains(line)));
            }
        } else {
            let mut covered: HashSet<u32> = HashSet::new();
            let starts = line_starts(&plain);
            for piece in &left.pieces {
                let piece = without_returns(piece);
                let piece = piece.trim_matches('\n');
                if piece.trim().is_empty() {
                    continue;
                }
                let mut is_there = false;
                for (at, _) in plain.match_indices(piece) {
                    is_there = true;
                    covered.extend(line_of(&starts, at)..=line_of(&starts, at + piece.len()));
                }
                differs |= !is_there;
            }
            lines.extend(of_own(&|number, _| covered.contains(&number)));
            lines.extend(only_line_ends(file));
            differs |= !lines.is_empty();
        }
        differs.then(|| lines.into_iter().collect())
    }
}

/// Lines that the commit changes without a word of them, but for the end of the file.
fn only_line_ends(file: &FileChange) -> Vec<u32> {
    let is_same = |hunk: &&crate::record::commit::Hunk| {
        hunk.added.len() > 1
            && hunk.added.len() == hunk.removed.len()
            && hunk.added.iter().zip(&hunk.removed).all(|(new, old)| new.expose() == old.expose())
    };
    file.hunks
        .iter()
        .filter(is_same)
        .flat_map(|hunk| hunk.new_start..hunk.new_start + hunk.added.len() as u32)
        .collect()
}

/// A text without the lines at its end or its beginning with which the other begins or ends, where one of them says something.
fn without_overlap(text: &str, other: &str) -> Option<String> {
    let (text, other): (Vec<&str>, Vec<&str>) = (text.lines().collect(), other.lines().collect());
    let tells = |lines: &[&str]| lines.iter().any(|line| is_telling(line));
    let counts = || (1..=text.len().min(other.len())).rev();
    let end = counts().find(|count| text.ends_with(&other[..*count]) && tells(&other[..*count]));
    let start = || counts().find(|count| other.ends_with(&text[..*count]) && tells(&text[..*count]));
    let rest = match end {
        Some(count) => &text[..text.len() - count],
        None => &text[start()?..],
    };
    Some(rest.join("\n"))
}

fn without_returns(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// The text of a hunk without the lines of one mark.
pub(super) fn side(hunk: &PatchHunk, gone: char) -> String {
    let lines = hunk.lines.expose().lines().filter(|line| !line.starts_with(gone));
    lines.map(|line| line.get(1..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The places where lines begin.
fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect()
}

/// The number of the line that holds a place, from 1.
fn line_of(starts: &[usize], at: usize) -> u32 {
    starts.partition_point(|start| *start <= at) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::commit::Hunk;
    use crate::record::text::Raw;

    const FILE: &str = "def total(prices):\n    subtotal = sum(prices)\n    return subtotal\n";

    fn write(text: &str) -> Change {
        Change::Write { text: Raw::new(text) }
    }

    fn replace(before: &str, after: &str) -> Change {
        Change::Replace { before: Raw::new(before), after: Raw::new(after), everywhere: false }
    }

    /// The lines that differ in a file of which the commit adds `own`.
    fn differing(changes: &[Change], text: &str, own: &[u32], kind: FileChangeKind) -> Option<Vec<u32>> {
        let mut left = FileLeft::default();
        changes.iter().for_each(|change| left.apply(change));
        let hunks = vec![Hunk {
            old_start: 1,
            new_start: 1,
            removed: Vec::new(),
            added: text.lines().map(Raw::new).collect(),
            repeated: Vec::new(),
        }];
        let file = FileChange { path: "a.py".into(), old_path: None, kind, hunks };
        left.differing(&file, text, &own.iter().copied().collect())
    }

    #[test]
    fn what_was_done_in_the_second_of_the_commit_was_done_before_it() {
        let at = |time: &str| time.parse().unwrap();
        let committed = at("2026-11-28T15:39:55Z");
        assert!(is_before(at("2026-11-28T15:39:55.127Z"), committed));
        assert!(!is_before(at("2026-11-28T15:39:56Z"), committed));
    }

    #[test]
    fn a_file_that_was_written_whole_is_compared_to_the_letter() {
        let long = FILE.replace("subtotal\n", "subtotal * 2\n");
        for (name, text, expected) in [
            ("as it was left", FILE.to_owned(), None),
            ("without the last line end", FILE.trim_end().to_owned(), None),
            ("indented", FILE.replace("    return", "        return"), Some(vec![3])),
            ("trailing blanks", FILE.replace("subtotal\n", "subtotal  \n"), Some(vec![3])),
            ("a bracket more", format!("{FILE}}}\n"), Some(vec![4])),
            ("a line less", FILE.replace("    subtotal = sum(prices)\n", ""), Some(vec![])),
            (
                "in another order",
                "    return subtotal\ndef total(prices):\n    subtotal = sum(prices)\n".into(),
                Some(vec![]),
            ),
            ("other line ends", FILE.replace('\n', "\r\n"), Some(vec![1, 2, 3, 4])),
        ] {
            assert_eq!(differing(&[write(FILE)], &text, &[1, 2, 3, 4], FileChangeKind::Added), expected, "{name}");
        }
        let changes = [write(FILE), replace("return subtotal", "return subtotal * 2")];
        assert_eq!(differing(&changes, &long, &[1, 2, 3], FileChangeKind::Added), None);
        assert_eq!(differing(&changes, FILE, &[1, 2, 3], FileChangeKind::Added), Some(vec![3]), "an edit taken back");
    }

    #[test]
    fn of_edits_in_a_file_each_text_must_be_there_and_cover_the_lines() {
        let before = "import a\n\n\ndef one():\n    return 1\n";
        let text = "import a\nimport b\n\n\ndef one():\n    value = b.two()\n    return value\n";
        let changes = [
            replace("import a\n", "import a\nimport b\n"),
            replace("    return 1", "    value = b.two()\n    return value"),
        ];
        for (name, text, expected) in [
            ("as it was left", text.to_owned(), None),
            ("one taken back", before.replace("import a\n", "import a\nimport b\n"), Some(vec![6])),
            ("indented", text.replace("    return value", "      return value"), Some(vec![6, 7])),
            ("with other line ends all over", text.replace('\n', "\r\n"), None),
        ] {
            assert_eq!(differing(&changes, &text, &[2, 6, 7], FileChangeKind::Modified), expected, "{name}");
        }
        let again = [changes[1].clone(), replace("value = b.two()", "value = b.three()")];
        let text = text.replace("two", "three");
        assert_eq!(differing(&again, &text, &[6, 7], FileChangeKind::Modified), None, "an edit inside of one before");
        // One that has only a line of it in common, such as a marker of tests, leaves it as it is.
        let marked = [
            replace("def one():\n", "@mark.slow\ndef zero():\n    pass_on()\n\n\ndef one():\n"),
            replace("    other()\n@mark.slow\ndef two():\n", "    other()\n@mark.slow\ndef three():\n"),
        ];
        let text_of_both =
            "@mark.slow\ndef zero():\n    pass_on()\n\n\ndef one():\n    other()\n@mark.slow\ndef three():\n";
        assert_eq!(differing(&marked, text_of_both, &[1, 2, 3, 9], FileChangeKind::Modified), None, "a line in common");
        let shared = [
            replace("def one():\n", "def zero():\n    pass_on()\n\n\ndef one():\n"),
            replace("def one():\n    pass_on()\n", "def one():\n    other()\n"),
        ];
        let text_of_both = "def zero():\n    pass_on()\n\n\ndef one():\n    other()\n";
        assert_eq!(differing(&shared, text_of_both, &[1, 2, 5, 6], FileChangeKind::Modified), None, "over its end");
        let over = [changes[1].clone(), replace("def one():\n    value = b.two()\n", "def one():\n    value = 2\n")];
        let text = text.replace("b.three()", "2");
        assert_eq!(
            differing(&over, &text, &[6, 7], FileChangeKind::Modified),
            None,
            "an edit over the end of one before"
        );
    }
}
