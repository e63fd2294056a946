//! Lines that came in the place of others, both whole or cut with a sign, for those who compare them.

use serde::{Deserialize, Serialize};

use super::text::MapText;

/// Lines of one file before a change and after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReplacedLines<T> {
    pub path: String,
    pub before: T,
    pub after: T,
}

impl<T, U> MapText<T, U> for ReplacedLines<T> {
    type Output = ReplacedLines<U>;

    fn map_text(self, map: &mut dyn FnMut(T) -> U) -> ReplacedLines<U> {
        ReplacedLines { before: map(self.before), after: map(self.after), path: self.path }
    }
}
