//! What the message and the author of a commit say by themselves.

use crate::link::stated;
use crate::record::commit::{Commit, Trailer};
use crate::record::note::Statement;
use crate::record::text::Raw;

/// The statements of a commit's message and author.
pub(crate) fn statements(commit: &Commit, trailers: &[Trailer]) -> Vec<Statement<Raw>> {
    stated::statements(trailers, commit.message.expose(), &commit.author, &commit.author, None)
}

/// Sessions that the commit's own trailers name, with the key of the trailer. (A statement may be made of several
/// trailers; which of them names the session matters to `link`.)
pub(crate) fn named_sessions(statements: &[Statement<Raw>], trailers: &[Trailer]) -> Vec<(String, String)> {
    let named = statements.iter().filter_map(|statement| match statement {
        Statement::Agent { session: Some(session), place, strict: true, .. } => {
            let trailer = trailers.iter().find(|trailer| trailer.value.expose().contains(session.as_str()));
            Some((trailer.map_or(place, |trailer| &trailer.key).clone(), session.clone()))
        }
        _ => None,
    });
    named.collect()
}
