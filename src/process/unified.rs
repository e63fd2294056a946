//! Two texts as a unified diff, as `git apply` takes it.

use std::fmt::Write as _;

use imara_diff::{Algorithm, Diff, Hunk, InternedInput};

const CONTEXT: u32 = 3;

/// `path` is relative to the repository. Empty where the texts are the same.
///
/// The library's own writer is not used: in 0.2.0 the header of the first hunk names a wrong line where that hunk begins four to
/// six lines from the top.
pub(crate) fn unified(path: &str, before: &str, after: &str) -> String {
    let input = InternedInput::new(before, after);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let hunks: Vec<Hunk> = diff.hunks().collect();
    let mut text = String::new();
    for near in hunks.chunk_by(|a, b| b.before.start - a.before.end <= 2 * CONTEXT) {
        group(near, &input, &mut text);
    }
    if text.is_empty() { text } else { format!("--- a/{path}\n+++ b/{path}\n{text}") }
}

/// Hunks with the lines around and between them.
fn group(near: &[Hunk], input: &InternedInput<&str>, text: &mut String) {
    let (Some(first), Some(last)) = (near.first(), near.last()) else { return };
    let all = u32::try_from(input.before.len()).unwrap_or(u32::MAX);
    let above = first.before.start.min(CONTEXT);
    let below = (all - last.before.end).min(CONTEXT);
    let (start, new_start) = (first.before.start - above, first.after.start - above);
    let (length, new_length) = (last.before.end + below - start, last.after.end + below - new_start);
    // An empty range stands behind the line that its number names.
    let number = |start: u32, length: u32| start + u32::from(length > 0);
    let (old, new) = (number(start, length), number(new_start, new_length));
    let _ = writeln!(text, "@@ -{old},{length} +{new},{new_length} @@");
    let mut at = start;
    for hunk in near {
        lines(' ', &input.before[at as usize..hunk.before.start as usize], input, text);
        lines('-', &input.before[hunk.before.start as usize..hunk.before.end as usize], input, text);
        lines('+', &input.after[hunk.after.start as usize..hunk.after.end as usize], input, text);
        at = hunk.before.end;
    }
    lines(' ', &input.before[at as usize..(last.before.end + below) as usize], input, text);
}

fn lines(mark: char, tokens: &[imara_diff::Token], input: &InternedInput<&str>, text: &mut String) {
    for token in tokens {
        let line = input.interner[*token];
        text.push(mark);
        text.push_str(line);
        if !line.ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_with_three_lines_around_it() {
        for (case, before, after, hunks) in [
            ("the same", "a\n", "a\n", ""),
            ("near the top", "a\nb\nc\nd\ne\nf\n", "a\nb\nc\nd\nE\nf\n", "@@ -2,5 +2,5 @@\n b\n c\n d\n-e\n+E\n f\n"),
            ("the first line", "a\nb\n", "A\nb\n", "@@ -1,2 +1,2 @@\n-a\n+A\n b\n"),
            ("added", "a\n", "a\nb\n", "@@ -1,1 +1,2 @@\n a\n+b\n"),
            ("all removed", "a\n", "", "@@ -1,1 +0,0 @@\n-a\n"),
            ("from nothing", "", "a\n", "@@ -0,0 +1,1 @@\n+a\n"),
            (
                "no line end",
                "a",
                "b",
                "@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n",
            ),
            (
                "two that are near",
                "1\na\n2\n3\n4\nb\n5\n",
                "1\nA\n2\n3\n4\nB\n5\n",
                "@@ -1,7 +1,7 @@\n 1\n-a\n+A\n 2\n 3\n 4\n-b\n+B\n 5\n",
            ),
            (
                "two that are far",
                "a\n1\n2\n3\n4\n5\n6\n7\nb\n",
                "1\n2\n3\n4\n5\n6\n7\nB\n",
                "@@ -1,4 +1,3 @@\n-a\n 1\n 2\n 3\n@@ -6,4 +5,4 @@\n 5\n 6\n 7\n-b\n+B\n",
            ),
        ] {
            let found = unified("docs/x", before, after);
            let expected =
                if hunks.is_empty() { String::new() } else { format!("--- a/docs/x\n+++ b/docs/x\n{hunks}") };
            assert_eq!(found, expected, "{case}");
        }
    }
}
