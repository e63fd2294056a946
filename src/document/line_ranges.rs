//! Numbers of lines, joined to ranges.

use crate::record::note::Span;

/// `12–18, 40`: ranges that touch are one.
pub(crate) fn line_ranges(spans: &[Span]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for span in spans.iter().filter(|span| span.lines > 0) {
        let end = span.start.saturating_add(span.lines - 1);
        match ranges.last_mut() {
            Some(last) if last.1.saturating_add(1) >= span.start => last.1 = last.1.max(end),
            _ => ranges.push((span.start, end)),
        }
    }
    let mut words: Vec<String> = ranges
        .iter()
        .take(PLACES)
        .map(|(start, end)| if start == end { start.to_string() } else { format!("{start}\u{2013}{end}") })
        .collect();
    if ranges.len() > PLACES {
        words.push("\u{2026}".to_owned());
    }
    words.join(", ")
}

/// Files and line ranges named in one row.
pub(crate) const PLACES: usize = 5;
