//! Which sessions and turns led to a commit, who wrote its lines, what was tried before, what people corrected and what
//! was checked. Plain functions over values: sessions and a commit go in, contributions come out.

pub mod attempts;
pub mod authorship;
pub mod carry;
pub mod checks;
pub mod claims;
pub mod corrections;
pub mod library;
pub mod lines;
pub mod paths;
pub mod stated;
pub mod turns;

use crate::record::commit::Commit;
use crate::record::contribution::Contribution;
use crate::record::note::{FileRecord, LineCounts};
use crate::record::text::Raw;

use library::Library;

/// What is known about a commit besides its content.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    /// The agent in whose shell the hook runs, from the environment.
    pub inside: Option<Inside>,
    /// Sessions that the commit's own trailers name, with the trailer's key.
    pub named: Vec<(String, String)>,
}

/// A hook that runs inside an agent's shell.
#[derive(Clone, Debug)]
pub struct Inside {
    pub agent: crate::record::agent::Agent,
    pub variable: String,
    pub session: Option<String>,
}

/// What the sessions of a library say about one commit.
#[derive(Clone, Debug, Default)]
pub struct Linked {
    /// Strongest first.
    pub contributions: Vec<Contribution<Raw>>,
    pub lines: LineCounts,
    pub files: Vec<FileRecord>,
    /// Unreadable lines in the transcripts of the contributing sessions.
    pub skipped: u32,
}

/// Links one commit to the sessions of `library`.
pub fn link(commit: &Commit, library: &Library, hints: &Hints) -> Linked {
    let attribution = authorship::attribute(commit, library);
    let claims = claims::claim(commit, library, &attribution, hints);
    let files = authorship::files(commit, library, &attribution, &claims);
    let mut lines = LineCounts::default();
    for span in files.iter().flat_map(|file| &file.spans) {
        lines.count(span.author, span.lines);
    }
    let skipped = claims.iter().map(|claim| library.sessions[claim.session].skipped.len() as u32).sum();
    let contributions =
        claims.iter().map(|claim| turns::contribution(commit, library, &attribution, claim, &files)).collect();
    Linked { contributions, lines, files, skipped }
}
