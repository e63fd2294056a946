//! What `why` prints of a range of lines or a whole file.

use super::terminal::{head, lines as counted_lines};
use super::terminal_page::{AGENT, BOLD, DIM, PLAIN, TerminalPage};
use super::why_range::{BlamedSpan, CommitLines, WhyRange};
use crate::text::visible::visible_line;

/// Places of lines that are listed of a commit.
const PLACES: usize = 6;

pub(crate) fn why_range(why: &WhyRange) -> TerminalPage {
    let mut page = TerminalPage::default();
    let path = visible_line(&why.path);
    let all = why.end + 1 - why.start;
    let plural = |count: u32, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let commits = u32::try_from(why.commits.len()).unwrap_or(u32::MAX);
    page.put(BOLD, format!("{path}:{}-{}", why.start, why.end));
    page.put(PLAIN, format!(" {} last changed by {}", plural(all, "line"), plural(commits, "commit"))).end();
    for commit in &why.commits {
        of_commit(&mut page, commit, &plural);
    }
    if why.uncommitted > 0 {
        page.line(PLAIN, format!("{} not committed yet", plural(why.uncommitted, "line")));
    }
    if why.before_history > 0 {
        page.line(PLAIN, format!("{} from before the history of this clone", plural(why.before_history, "line")));
    }
    page
}

fn of_commit(page: &mut TerminalPage, commit: &CommitLines, plural: &dyn Fn(u32, &str) -> String) {
    head(page, (&commit.commit, commit.subject.as_str(), commit.author.as_str()));
    page.put(DIM, "  of it: ")
        .put(PLAIN, plural(commit.lines, "line"))
        .put(DIM, format!(" ({})", places(&commit.spans)))
        .end();
    let Some(written) = commit.written else {
        let said = if commit.unreadable { "its record cannot be read" } else { "nothing is recorded for this commit" };
        return page.line(DIM, format!("  {said}"));
    };
    if let Some(headline) = &commit.headline {
        page.line(PLAIN, format!("  {}", visible_line(headline)));
    }
    for session in &commit.sessions {
        page.put(PLAIN, "  ").put(AGENT, session.agent.title().to_owned());
        let told = session.agent_version.iter().chain(&session.models).map(|part| format!(" {}", visible_line(part)));
        page.put(PLAIN, told.collect::<String>()).put(DIM, format!(" session {}", visible_line(&session.id))).end();
    }
    let counted = counted_lines(written);
    page.put(DIM, "  lines: ").put(PLAIN, counted.split_once(": ").map_or(counted.as_str(), |(_, kinds)| kinds)).end();
    let told = [(commit.attempts, "failed attempt"), (commit.corrections, "correction")];
    let told: Vec<String> =
        told.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| plural(*count, noun)).collect();
    if !told.is_empty() {
        page.put(DIM, "  in the commit: ").put(PLAIN, told.join(", ")).end();
    }
}

/// `3-5, 9 and 4 more`: lines in a row are one place, whoever wrote them.
fn places(spans: &[BlamedSpan]) -> String {
    let mut joined: Vec<(u32, u32)> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some((_, end)) if *end + 1 == span.start => *end = span.start + span.lines - 1,
            _ => joined.push((span.start, span.start + span.lines - 1)),
        }
    }
    let place = |(start, end): &(u32, u32)| if start == end { start.to_string() } else { format!("{start}-{end}") };
    let mut listed: Vec<String> = joined.iter().take(PLACES).map(place).collect();
    if joined.len() > PLACES {
        listed.push(format!("{} more", joined.len() - PLACES));
    }
    listed.join(", ")
}
