//! One thing that was wrong and that checks of several kinds showed: the type that a compiler found wrong also stopped the tests.

use std::collections::HashSet;

use super::bearing::Found;
use super::check_reasons::message_of;
use crate::record::text::Raw;

/// The failures, those that say the same and were answered by the same steps as one.
pub(super) fn joined(found: Vec<Found>) -> Vec<Found> {
    let mut kept: Vec<Found> = Vec::new();
    for one in found {
        match kept.iter_mut().find(|known| is_same(known, &one)) {
            Some(known) => known.attempt.tries += one.attempt.tries,
            None => kept.push(one),
        }
    }
    kept
}

fn is_same(one: &Found, other: &Found) -> bool {
    one.changed.iter().any(|step| other.changed.contains(step)) && !messages(one).is_disjoint(&messages(other))
}

/// The telling messages of an error, without where they stand.
fn messages(found: &Found) -> HashSet<&str> {
    let error = found.attempt.error.as_ref().map(Raw::expose).unwrap_or_default();
    let messages = error.lines().map(|line| without_name(message_of(line.trim())));
    messages.filter(|message| message.split_whitespace().count() >= LEAST_WORDS).collect()
}

/// `error TS2304: Cannot find ...` without what the compiler calls it.
fn without_name(message: &str) -> &str {
    let named = message.split_once(": ").filter(|(name, _)| name.to_lowercase().starts_with("error"));
    named.map_or(message, |(_, rest)| rest).trim()
}

/// "exit code 1" is the same of anything.
const LEAST_WORDS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::contribution::{AttemptKind, FailedAttempt};
    use crate::record::session::FailureKind;

    #[test]
    fn what_two_checks_say_alike_and_one_edit_answers_is_one() {
        let found = |step: usize, error: &str, changed: usize| {
            let kind = AttemptKind::Failed(FailureKind::Build);
            let attempt = FailedAttempt {
                error: Some(Raw::new(error)),
                ..FailedAttempt::new(kind, None, Raw::new("make check"))
            };
            Found::new(step, attempt, [changed])
        };
        let types = "src/cart.ts(3,5): error TS2304: Cannot find the name 'total'.";
        let test = "cart.test.ts\nsrc/cart.ts:3:5 - error TS2304: Cannot find the name 'total'.";
        for (name, other, changed, expected) in [
            ("the same", test, 2, 1),
            ("another change", test, 3, 2),
            ("another message", "src/cart.ts(3,5): error TS2304: Cannot find the name 'price'.", 2, 2),
        ] {
            assert_eq!(joined(vec![found(0, types, 2), found(1, other, changed)]).len(), expected, "{name}");
        }
    }
}
