//! Raw -> Clean: takes out of text what must not travel. Secrets, what stands between `<private>` tags, folders of the
//! home, and, where the policy is strict, personal data.
//!
//! Text is looked at as it is and with escapes undone (`decoded`, `encoded`); keywords decide which rules look at
//! which place (`scan`); what they find is replaced by placeholders.

mod assignment;
mod beside;
mod blocks;
mod decoded;
mod encoded;
mod fields;
mod found;
mod homes;
mod keywords;
mod links;
mod pass;
mod patterns;
mod personal;
mod placeholder;
mod private;
mod randomness;
mod redactor;
mod rules;
mod safe;
mod scan;
mod stand_in;
mod tokens;
mod user_rules;
mod work;

pub use redactor::{Counts, Policy, Redactor, Span};
pub use user_rules::{RuleError, UserRule};
