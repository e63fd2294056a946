//! Raw -> Clean: takes out of text what must not travel. Secrets, what stands between `<private>` tags, folders of the
//! home, and, where the policy is strict, personal data.
//!
//! Text is looked at as it is and with escapes undone (`decoded`, `encoded`); keywords decide which rules look at
//! which place (`scan`); what they find is replaced by placeholders.

mod assignment;
mod beside;
mod blocks;
mod codes;
mod columns;
mod decoded;
mod empty_texts;
mod encoded;
mod fields;
mod files;
pub(crate) mod finding;
mod found;
mod gutter;
mod homes;
mod keywords;
mod lines;
mod links;
pub(crate) mod options;
mod pass;
mod patterns;
mod personal;
mod phrases;
mod placeholder;
mod private;
mod public;
mod randomness;
mod records;
mod redactor;
mod rules;
mod safe;
mod said;
mod scan;
mod separators;
mod stand_in;
mod stream;
mod tables;
mod tokens;
mod unnamed;
mod user_rules;
mod windows;
mod work;
mod wrapped;
mod wrappers;

pub use crate::redact::options::{RedactionCounts, RedactionOptions};
pub use redactor::{RedactedSpan, Redactor};
pub use stream::keep_text;
pub use user_rules::{RuleError, UserRule};
