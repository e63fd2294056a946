//! A graph as a picture that a person can read: at most 8 steps and 12 arrows, in Mermaid or DOT. What is left out is counted
//! in the caption. Names from outside are only ever labels, never ids.

use std::fmt::Write as _;

use super::graph::{Edge, Graph, Node};
use crate::text::unseen::is_invisible;

pub(crate) const MAX_NODES: usize = 8;
pub(crate) const MAX_EDGES: usize = 12;
/// Characters of a label.
const MAX_LABEL: usize = 80;

/// What of a graph is drawn.
#[derive(Clone, Debug)]
pub(crate) struct Picture<'a> {
    graph: &'a Graph,
    title: &'a str,
    note: &'a str,
    nodes: &'a [Node],
    edges: Vec<Edge>,
}

impl<'a> Picture<'a> {
    /// The steps that are in the most runs, and the most frequent arrows between them. `title` says what it is a picture of,
    /// `note` what else must be said about it; it may be empty.
    pub(crate) fn of(graph: &'a Graph, title: &'a str, note: &'a str) -> Self {
        let nodes = &graph.nodes[..graph.nodes.len().min(MAX_NODES)];
        let is_drawn = |end: u32| (end as usize) < nodes.len();
        let drawn = graph.edges.iter().filter(|edge| is_drawn(edge.from) && is_drawn(edge.to));
        Self { graph, title, note, nodes, edges: drawn.take(MAX_EDGES).copied().collect() }
    }

    /// `change: 184 runs; 3 steps and 7 arrows left out`.
    pub(crate) fn caption(&self) -> String {
        let counted = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
        let mut caption = format!("{}: {}", self.title, counted(self.graph.runs as usize, "run"));
        let (steps, arrows) = (self.graph.nodes.len() - self.nodes.len(), self.graph.edges.len() - self.edges.len());
        if steps + arrows > 0 {
            let _ = write!(caption, "; {} and {} left out", counted(steps, "step"), counted(arrows, "arrow"));
        }
        if !self.note.is_empty() {
            let _ = write!(caption, "; {}", self.note);
        }
        caption
    }

    pub(crate) fn mermaid(&self) -> String {
        // Mermaid 12 lays out with elk unless told otherwise.
        let title = mermaid_label(&self.caption());
        let mut text = format!("---\ntitle: \"{title}\"\nconfig:\n  layout: dagre\n---\nflowchart TD\n");
        if self.nodes.is_empty() {
            text.push_str("    n1[\"(no steps)\"]\n");
        }
        for (at, node) in self.nodes.iter().enumerate() {
            let _ = writeln!(
                text,
                "    n{}[\"{} ({}/{})\"]",
                at + 1,
                mermaid_label(&node.step),
                node.runs,
                self.graph.runs
            );
        }
        for edge in &self.edges {
            let _ = writeln!(text, "    n{} -->|\"{}\"| n{}", edge.from + 1, edge.times, edge.to + 1);
        }
        text
    }

    pub(crate) fn dot(&self) -> String {
        let mut text = format!(
            "digraph process {{\n    label=\"{}\";\n    labelloc=t;\n    node [shape=box];\n",
            dot_label(&self.caption())
        );
        for (at, node) in self.nodes.iter().enumerate() {
            let _ = writeln!(
                text,
                "    n{} [label=\"{} ({}/{})\"];",
                at + 1,
                dot_label(&node.step),
                node.runs,
                self.graph.runs
            );
        }
        for edge in &self.edges {
            let _ = writeln!(text, "    n{} -> n{} [label=\"{}\"];", edge.from + 1, edge.to + 1, edge.times);
        }
        text.push_str("}\n");
        text
    }
}

/// `text` for a quoted label of Mermaid (11 and 12): what it would act on, even between quotes, is replaced by a sign that
/// looks alike and is in most fonts. `"` ends the label, `#...;` and `&...;` are entities, `<...>` and `\n` are markup, a backtick
/// begins Markdown, `%%{` is a directive anywhere, `$$` is mathematics, `fa:fa-x` an icon.
pub(crate) fn mermaid_label(text: &str) -> String {
    let icon =
        |before: &str| ["fa", "fab", "fas", "far", "fal", "fad", "fak"].iter().any(|kind| before.ends_with(kind));
    let mut label = String::with_capacity(text.len());
    let line = line(text);
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        label.push(match c {
            '"' => '\u{201d}',
            '`' => '\u{2019}',
            '#' => '\u{266f}',
            '<' => '\u{2039}',
            '>' => '\u{203a}',
            '\\' => '\u{2216}',
            '&' if next.is_some_and(|next| next.is_ascii_alphanumeric()) => '+',
            c => c,
        });
        let is_doubled = matches!(c, '%' | '$') && next == Some(c);
        if is_doubled || (next == Some(':') && icon(&label)) {
            label.push(' ');
        }
    }
    label
}

fn dot_label(text: &str) -> String {
    line(text).replace('\\', "\\\\").replace('"', "\\\"")
}

/// One line of visible text, never empty.
fn line(text: &str) -> String {
    let is_seen = |c: char| !c.is_control() && !is_invisible(c) && !matches!(c, '\u{2028}' | '\u{2029}');
    let visible = |c: char| if is_seen(c) { c } else { ' ' };
    let words: String = text.chars().map(visible).collect();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(MAX_LABEL) {
        _ if words.is_empty() => "(no name)".to_owned(),
        Some((end, _)) => format!("{}\u{2026}", &words[..end]),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(steps: usize, edges: usize) -> Graph {
        let node = |at: usize| Node { step: format!("step {at}"), runs: 9, times: 9, starts: 0, ends: 0 };
        let edge = |at: usize| Edge {
            from: u32::try_from(at % steps).unwrap(),
            to: u32::try_from(at / steps).unwrap(),
            times: 1000 - at as u64,
        };
        Graph { runs: 9, nodes: (0..steps).map(node).collect(), edges: (0..edges).map(edge).collect() }
    }

    #[test]
    fn a_picture_has_at_most_8_steps_and_12_arrows_and_counts_the_rest() {
        for (steps, edges, drawn, caption) in [
            (1, 1, 1, "change: 9 runs"),
            (8, 12, 12, "change: 9 runs"),
            (9, 12, 11, "change: 9 runs; 1 step and 1 arrow left out"),
            (20, 300, 12, "change: 9 runs; 12 steps and 288 arrows left out"),
        ] {
            let graph = graph(steps, edges);
            let picture = Picture::of(&graph, "change", "");
            assert_eq!(picture.caption(), caption);
            for (text, arrow) in [(picture.mermaid(), "-->|"), (picture.dot(), " -> ")] {
                assert_eq!(text.matches(arrow).count(), drawn, "{text}");
                assert_eq!(text.matches("(9/9)").count(), steps.min(8), "{text}");
            }
        }
    }

    #[test]
    fn a_picture_without_steps_is_still_one() {
        let graph = Graph::default();
        let picture = Picture::of(&graph, "x", "not enough runs (0 of 5)");
        assert_eq!(picture.caption(), "x: 0 runs; not enough runs (0 of 5)");
        assert!(picture.mermaid().ends_with("n1[\"(no steps)\"]\n"));
    }

    #[test]
    fn nothing_in_a_label_is_acted_on() {
        for (text, label) in [
            ("say \"hi\" #12; <b>", "say \u{201d}hi\u{201d} \u{266f}12; \u{2039}b\u{203a}"),
            ("a\nb\\n", "a b\u{2216}n"),
            ("lint & test && push &lt;b", "lint & test && push +lt;b"),
            ("`x`", "\u{2019}x\u{2019}"),
            ("", "(no name)"),
            ("\u{200b} \u{7}", "(no name)"),
            ("%%{init: {}}%%", "% %{init: {}}% %"),
            ("$$x$$", "$ $x$ $"),
            ("fa:fa-ban", "fa :fa-ban"),
            ("end (style) a---xb", "end (style) a---xb"),
        ] {
            assert_eq!(mermaid_label(text), label, "{text:?}");
        }
        assert_eq!(dot_label("a\"b\\N\nc"), "a\\\"b\\\\N c");
        assert_eq!(mermaid_label(&"x".repeat(500)).chars().count(), MAX_LABEL + 1);
    }
}
