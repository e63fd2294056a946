//! What a redactor is told: what else is secret here, and what may stay.

use std::collections::BTreeMap;

use crate::redact::user_rules::UserRule;

/// What is taken out, and how.
#[derive(Clone, Default)]
pub struct RedactionOptions {
    /// Take out personal data too: e-mail addresses, phone and card numbers, accounts, addresses of machines.
    pub strict: bool,
    /// The user's home folder, with `/` or `\`; paths under it are written `~/...`.
    pub home: Option<String>,
    /// Folders of repositories; paths under them are written relative to them.
    pub roots: Vec<String>,
    pub rules: Vec<UserRule>,
    /// Expressions for values that may stay. The formats of providers' tokens, private keys and private parts never may.
    pub allow: Vec<String>,
    /// Keys the tags of placeholders: one per repository.
    pub key: [u8; 32],
}

/// Redactions by kind.
pub type RedactionCounts = BTreeMap<String, u32>;
