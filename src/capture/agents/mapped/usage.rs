//! Tokens of a mapped agent.

use super::fields::FieldScope;
use crate::capture::event::UsageEvent;
use crate::capture::events::Events;
use crate::capture::values::count;
use crate::record::agent_mapping::{FieldPaths, TokenPaths};
use crate::record::session::Tokens;

/// States what a message took, or the session so far. `id` stands for a message that has none of its own.
pub(super) fn tell(scope: FieldScope<'_, '_>, paths: &TokenPaths, id: &str, events: &mut Events) {
    let of = |paths: &FieldPaths| count(scope.value(paths));
    let tokens = Tokens {
        input: of(&paths.input),
        output: of(&paths.output),
        cache_read: of(&paths.cache_read),
        cache_write: of(&paths.cache_write),
    };
    if tokens == Tokens::default() {
        return;
    }
    let message = if paths.sum { None } else { Some(scope.name(&paths.id).unwrap_or_else(|| id.to_owned())) };
    events.usage(UsageEvent { message, tokens });
}
