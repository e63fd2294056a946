//! Lines of what a check printed, quoted: how it went, and what is wrong.

use std::borrow::Cow;

use super::steps::WIDTH;
use crate::checks::colours::without_colours;
use crate::checks::summaries::summary_for;
use crate::checks::telling::{diagnostics, of_an_unknown_runner, readable, telling_lines};
use crate::record::contribution::CheckKind;
use crate::record::quote::Quote;
use crate::record::text::Raw;

pub(super) fn summary_in(kind: CheckKind, command: &str, output: &str) -> Option<Raw> {
    let plain = without_colours(output);
    quoted(summary_for(kind, command, &plain), &plain)
}

pub(super) fn quoted(summary: Option<Cow<str>>, output: &str) -> Option<Raw> {
    Some(match summary? {
        Cow::Owned(counts) => Raw::new(counts),
        Cow::Borrowed(line) => Quote::new(output, [line], WIDTH).into(),
    })
}

pub(super) fn error_in(output: &str) -> Option<Raw> {
    let plain = readable(output);
    let lines = telling_lines(&plain);
    (!lines.is_empty()).then(|| Quote::new(&plain, lines, WIDTH).folded().into())
}

/// The same where no runner is known.
pub(super) fn otherwise_in(output: &str) -> Option<Raw> {
    let plain = without_colours(output);
    let lines: Vec<&str> = of_an_unknown_runner(&plain).into_iter().filter(|line| !is_of_a_runner(line)).collect();
    (!lines.is_empty()).then(|| Quote::new(&plain, lines, WIDTH).into())
}

/// All that it says is wrong, the one that [`error_in`] tells first.
pub(super) fn errors_in(output: &str) -> Vec<Raw> {
    let plain = readable(output);
    diagnostics(&plain).into_iter().map(|lines| Quote::new(&plain, lines, WIDTH).folded().into()).collect()
}

/// What task runners print around a check: its exit code, what they start (`> shop@1.0.0 test`) and how long it took.
pub(super) fn is_of_a_runner(line: &str) -> bool {
    let is_banner = line.starts_with("> ") && !line.starts_with("> Task ");
    is_banner || line.starts_with("Exit code ") || line.contains("] $ ") || line.contains("] Finished in ")
}
