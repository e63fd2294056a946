//! The lines that two versions of a file do not share.

use imara_diff::{Algorithm, Diff, InternedInput};

use crate::record::commit::Hunk;
use crate::record::text::Raw;

/// Git's own rule: a NUL byte in the first 8,000 bytes (`buffer_is_binary` in its xdiff-interface.c).
pub(super) fn is_binary(content: &[u8]) -> bool {
    memchr::memchr(0, &content[..content.len().min(8000)]).is_some()
}

/// What changed from `old` to `new`, without context, top to bottom.
pub(super) fn between(old: &[u8], new: &[u8]) -> Vec<Hunk> {
    if old.is_empty() || new.is_empty() {
        return whole(old, new);
    }
    let input = InternedInput::new(old, new);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let text = |tokens: &[imara_diff::Token]| tokens.iter().map(|token| line(input.interner[*token])).collect();
    // Tokens are numbered as they are seen, those of the old version first.
    let last_old = input.before.iter().map(|token| token.0).max();
    diff.hunks()
        .map(|hunk| {
            let added = &input.after[hunk.after.start as usize..hunk.after.end as usize];
            Hunk {
                old_start: hunk.before.start + 1,
                new_start: hunk.after.start + 1,
                removed: text(&input.before[hunk.before.start as usize..hunk.before.end as usize]),
                added: text(added),
                repeated: (0..).zip(added).filter(|(_, token)| Some(token.0) <= last_old).map(|(at, _)| at).collect(),
            }
        })
        .collect()
}

/// The lines of `new` that stand in none of `olds`: what a merge added by itself. Only added lines are told; a line that
/// a merge took away is a line that one of its sides no longer had.
pub(super) fn added_to_all<T: AsRef<[u8]>>(olds: &[T], new: &[u8]) -> Vec<Hunk> {
    let mut own: Option<Vec<(u32, u32, Raw)>> = None;
    for old in olds {
        let added = between(old.as_ref(), new).into_iter().flat_map(|hunk| {
            let (old_start, new_start) = (hunk.old_start, hunk.new_start);
            (new_start..).zip(hunk.added).map(move |(number, text)| (number, old_start, text))
        });
        own = Some(match own.take() {
            None => added.collect(),
            Some(mut before) => {
                let numbers: std::collections::HashSet<u32> = added.map(|(number, ..)| number).collect();
                before.retain(|(number, ..)| numbers.contains(number));
                before
            }
        });
    }
    join(own.unwrap_or_default())
}

/// Neighbouring lines make one hunk.
fn join(lines: Vec<(u32, u32, Raw)>) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut next = 0;
    for (number, old_start, text) in lines {
        match hunks.last_mut() {
            Some(hunk) if number == next => hunk.added.push(text),
            _ => hunks.push(Hunk {
                old_start,
                new_start: number,
                removed: Vec::new(),
                added: vec![text],
                repeated: Vec::new(),
            }),
        }
        next = number + 1;
    }
    hunks
}

fn whole(old: &[u8], new: &[u8]) -> Vec<Hunk> {
    if old.is_empty() && new.is_empty() {
        return Vec::new();
    }
    vec![Hunk { old_start: 1, new_start: 1, removed: lines(old), added: lines(new), repeated: Vec::new() }]
}

fn lines(content: &[u8]) -> Vec<Raw> {
    content.split_inclusive(|byte| *byte == b'\n').map(line).collect()
}

fn line(bytes: &[u8]) -> Raw {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    Raw::new(String::from_utf8_lossy(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(hunks: &[Hunk]) -> Vec<String> {
        let side =
            |mark: char, lines: &[Raw]| lines.iter().map(|l| format!("{mark}{}", l.expose())).collect::<Vec<_>>();
        hunks
            .iter()
            .flat_map(|hunk| {
                let mut all = vec![format!("@{},{}", hunk.old_start, hunk.new_start)];
                all.extend(side('-', &hunk.removed));
                all.extend(side('+', &hunk.added));
                all
            })
            .collect()
    }

    #[test]
    fn a_changed_line_is_removed_and_added() {
        assert_eq!(shown(&between(b"a\nb\r\nc\n", b"a\nB\r\nc\nd")), ["@2,2", "-b", "+B", "@4,4", "+d"]);
    }

    #[test]
    fn a_line_that_the_file_had_before_is_marked() {
        let hunks = between(b"a\nb\nc\n", b"b\nc\na\nd\nb\n");
        let repeated: Vec<(&str, bool)> = hunks
            .iter()
            .flat_map(|hunk| (0..).zip(&hunk.added).map(|(at, line)| (line.expose(), hunk.repeated.contains(&at))))
            .collect();
        assert_eq!(repeated, [("a", true), ("d", false), ("b", true)]);
    }

    #[test]
    fn a_new_file_is_one_hunk() {
        assert_eq!(shown(&between(b"", b"a\n\nb")), ["@1,1", "+a", "+", "+b"]);
        assert!(between(b"", b"").is_empty());
    }

    #[test]
    fn a_merge_owns_only_what_no_parent_had() {
        let (ours, theirs) = (b"a\nours\nz\n".to_vec(), b"a\ntheirs\nz\n".to_vec());
        let merged = b"a\nours\nmine 1\nmine 2\ntheirs\nz\n";
        assert_eq!(shown(&added_to_all(&[ours.clone(), theirs.clone()], merged)), ["@3,3", "+mine 1", "+mine 2"]);
        assert!(added_to_all(&[ours, theirs], b"a\nours\ntheirs\nz\n").is_empty());
    }
}
