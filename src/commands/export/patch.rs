//! What one session did in a commit, as a patch that `git apply` takes: the hunks with its lines, or, where the whole commit is
//! its own, all of it with renames, deletions and modes.

use anyhow::Context as _;
use git2::{Delta, DiffDelta, DiffFindOptions, DiffOptions, FileMode, Oid, Patch, Repository};

use crate::export::patch::NoPatch;
use crate::record::checked_state::UntestedBy;
use crate::record::contribution::Evidence;
use crate::record::entry::CommitEntry;
use crate::record::note::{FileRecord, LineAuthor, Record};
use crate::record::text::Clean;
use crate::record::transcript_files::is_transcript;

/// A patch, and whether it is the whole commit.
#[derive(Debug)]
pub(crate) struct AgentPatch {
    pub(crate) text: String,
    pub(crate) is_whole: bool,
    /// Whether hunks of others are left out of one of its files.
    pub(crate) is_cut: bool,
}

/// The patch of one contribution, by its index in the record. `is_left_out` names paths that no patch may hold.
///
/// # Errors
/// When the commit cannot be read. Within: why there is no patch that holds all that the session did.
pub(crate) fn agent_patch(
    repository: &Repository,
    entry: &CommitEntry,
    index: usize,
    is_left_out: &dyn Fn(&str) -> bool,
) -> anyhow::Result<Result<AgentPatch, NoPatch>> {
    let record = entry.record.as_ref().context("no record")?;
    let is_whole = is_alone(record, index);
    if !is_whole && !record.files.iter().any(|file| has_own(file, index)) {
        return Ok(Err(NoPatch::NoLines));
    }
    let commit = repository.find_commit(Oid::from_str(&entry.id)?)?;
    let parent = commit.parent(0).ok().map(|parent| parent.tree()).transpose()?;
    let mut options = DiffOptions::new();
    options.include_typechange(false).context_lines(3);
    let mut diff = repository.diff_tree_to_tree(parent.as_ref(), Some(&commit.tree()?), Some(&mut options))?;
    diff.find_similar(Some(DiffFindOptions::new().renames(true).copies(false).exact_match_only(false)))?;
    let mut done = AgentPatch { text: String::new(), is_whole, is_cut: false };
    for place in 0..diff.deltas().len() {
        let Some(delta) = diff.get_delta(place) else { continue };
        let file = Names::of(&delta)?;
        let Ok(file) = file else { return Ok(Err(NoPatch::NotText)) };
        if is_left_out(file.old) || is_left_out(file.new) || is_transcript(file.new) {
            done.is_whole = false;
            continue;
        }
        let known = record.files.iter().find(|known| known.path == file.new);
        let part = match known {
            _ if is_whole => PatchScope::All,
            // Some of what would be in it is nobody's. In a new file, all that is there is somebody's.
            Some(known)
                if has_own(known, index)
                    && delta.status() != Delta::Added
                    && is_changed_by_nobody(record, file.new) =>
            {
                return Ok(Err(NoPatch::Mixed));
            }
            Some(known) if is_all_own(known, index) => PatchScope::All,
            Some(known) if has_own(known, index) => PatchScope::Own(known),
            // Of a file without added lines nobody knows whose work it is.
            None => return Ok(Err(NoPatch::Mixed)),
            Some(_) => {
                done.is_whole = false;
                continue;
            }
        };
        if is_gitlink(&delta) || delta.flags().is_binary() {
            return Ok(Err(NoPatch::NotText));
        }
        let patch = Patch::from_diff(&diff, place)?;
        if patch.as_ref().is_some_and(|patch| patch.delta().flags().is_binary()) {
            return Ok(Err(NoPatch::NotText));
        }
        let hunks = match patch.as_ref().map(|patch| hunks(patch, &part, index)).transpose()? {
            Some(Err(why)) => return Ok(Err(why)),
            Some(Ok((hunks, is_cut))) => {
                done.is_cut |= is_cut;
                hunks
            }
            None => String::new(),
        };
        // A large file, or one that was cut from the record: who wrote its lines is not known.
        if known.is_none() && hunks.lines().any(|line| line.starts_with('+')) {
            return Ok(Err(NoPatch::Mixed));
        }
        header(&mut done.text, &delta, &file, !hunks.is_empty());
        done.text.push_str(&hunks);
    }
    Ok(if done.text.is_empty() { Err(NoPatch::NoLines) } else { Ok(done) })
}

/// How much of a file goes into the patch.
enum PatchScope<'a> {
    All,
    /// The hunks with lines of the session.
    Own(&'a FileRecord),
}

/// Whether nobody else is known to have had a part in the commit: it adds no line of another or of unknown origin, and nothing
/// went from it that nobody is known to have removed. Of one that adds none, the session is known to have removed what is gone.
fn is_alone(record: &Record<Clean>, index: usize) -> bool {
    let removed = |evidence: &Evidence| matches!(evidence, Evidence::Removed { .. });
    let has_removed = || record.contributions.get(index).is_some_and(|one| one.evidence.iter().any(removed));
    let is_explained = !record.untested.iter().any(|place| place.by == UntestedBy::Removed);
    is_explained
        && match record.files.is_empty() {
            true => record.contributions.len() == 1 && has_removed(),
            false => record.files.iter().all(|file| is_all_own(file, index)),
        }
}

/// Whether something went from a file, or replaced it, and no session is known to have done that.
fn is_changed_by_nobody(record: &Record<Clean>, path: &str) -> bool {
    record.untested.iter().any(|place| place.by == UntestedBy::Removed && place.path == path)
}

fn is_all_own(file: &FileRecord, index: usize) -> bool {
    !file.spans.is_empty() && file.spans.iter().all(|span| span.contribution == Some(index as u32))
}

fn has_own(file: &FileRecord, index: usize) -> bool {
    file.spans.iter().any(|span| {
        matches!(span.author, LineAuthor::Agent | LineAuthor::Corrected) && span.contribution == Some(index as u32)
    })
}

fn is_gitlink(delta: &DiffDelta) -> bool {
    [delta.old_file().mode(), delta.new_file().mode()].contains(&FileMode::Commit)
}

/// The names of a file before and after, the same where there is only one.
struct Names<'a> {
    old: &'a str,
    new: &'a str,
}

impl<'a> Names<'a> {
    /// `Err` within for a name that is not text.
    fn of(delta: &'a DiffDelta<'a>) -> anyhow::Result<Result<Self, ()>> {
        let name = |bytes: Option<&'a [u8]>| bytes.map(std::str::from_utf8).transpose();
        let (old, new) = (name(delta.old_file().path_bytes()), name(delta.new_file().path_bytes()));
        let (Ok(old), Ok(new)) = (old, new) else { return Ok(Err(())) };
        let new = new.or(old).context("a change without a path")?;
        Ok(Ok(Self { old: old.unwrap_or(new), new }))
    }
}

/// The hunks of a part, and whether others are left out. A patch of some hunks only cannot say whether the session also took lines away elsewhere in the file.
fn hunks(patch: &Patch, part: &PatchScope, index: usize) -> anyhow::Result<Result<(String, bool), NoPatch>> {
    let mut is_cut = false;
    let mut text = String::new();
    for number in 0..patch.num_hunks() {
        let (hunk, lines) = patch.hunk(number)?;
        if let PatchScope::Own(file) = part {
            let range = hunk.new_start()..hunk.new_start() + hunk.new_lines();
            let mut own = file.spans.iter().filter(|span| span.contribution == Some(index as u32));
            if !own.any(|span| span.start < range.end && range.start < span.range().end) {
                if (0..lines).all(|line| patch.line_in_hunk(number, line).is_ok_and(|line| line.origin() != '+')) {
                    return Ok(Err(NoPatch::Mixed));
                }
                is_cut = true;
                continue;
            }
        }
        let Ok(head) = std::str::from_utf8(hunk.header()) else { return Ok(Err(NoPatch::NotText)) };
        text.push_str(head);
        for line in 0..lines {
            let line = patch.line_in_hunk(number, line)?;
            if !matches!(line.origin(), ' ' | '+' | '-') {
                continue;
            }
            let Ok(content) = std::str::from_utf8(line.content()) else { return Ok(Err(NoPatch::NotText)) };
            text.push(line.origin());
            text.push_str(content);
            if !content.ends_with('\n') {
                text.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    Ok(Ok((text, is_cut)))
}

/// What git writes above the hunks of a file, without the ids of the contents.
fn header(text: &mut String, delta: &DiffDelta, file: &Names, has_hunks: bool) {
    let (old, new) = (quoted("a/", file.old), quoted("b/", file.new));
    let mode = |mode: FileMode| format!("{:06o}", u32::from(mode));
    let (before, after) = (delta.old_file().mode(), delta.new_file().mode());
    let mut line = |words: String| {
        text.push_str(&words);
        text.push('\n');
    };
    line(format!("diff --git {old} {new}"));
    match delta.status() {
        Delta::Added => line(format!("new file mode {}", mode(after))),
        Delta::Deleted => line(format!("deleted file mode {}", mode(before))),
        _ if before != after => {
            line(format!("old mode {}", mode(before)));
            line(format!("new mode {}", mode(after)));
        }
        _ => {}
    }
    if delta.status() == Delta::Renamed {
        line(format!("rename from {}", quoted("", file.old)));
        line(format!("rename to {}", quoted("", file.new)));
    }
    if has_hunks {
        // A blank in a name would end it without a tab behind.
        let end = |name: &str| if name.contains(' ') { "\t" } else { "" };
        line(match delta.status() {
            Delta::Added => "--- /dev/null".to_owned(),
            _ => format!("--- {old}{}", end(&old)),
        });
        line(match delta.status() {
            Delta::Deleted => "+++ /dev/null".to_owned(),
            _ => format!("+++ {new}{}", end(&new)),
        });
    }
}

/// A name as git writes it in a patch: in quotes where it has characters that would end or hide it.
fn quoted(lead: &str, name: &str) -> String {
    let is_plain = !name.chars().any(|c| c.is_control() || matches!(c, '"' | '\\'));
    if is_plain {
        return format!("{lead}{name}");
    }
    let mut text = format!("\"{lead}");
    for c in name.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '\r' => text.push_str("\\r"),
            c if c.is_ascii_control() => text.push_str(&format!("\\{:03o}", c as u32)),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}
