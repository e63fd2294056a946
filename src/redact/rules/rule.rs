//! What a rule is, and all of them.

use self::addresses::AddressKind;
use super::super::patterns::PatternRule;
use super::super::tokens::TokenRule;
use super::super::{codes, columns};
use super::{addresses, commands, forms, names, outputs, providers};

/// What a keyword leads to.
pub(crate) enum KeywordRule {
    Token(&'static TokenRule),
    /// With its number among the patterns.
    Pattern(usize, &'static PatternRule),
    /// Part of a name that may be given a secret.
    Key,
    /// The same in a language other than English.
    ForeignName,
    KeyBlock,
    KeyBlockEnd,
    Private,
    /// What announces recovery codes.
    Codes,
    /// What leads to a list of names with rows of values.
    Columns,
    /// `://`
    Link,
    /// Part of an address that a secret part may follow.
    Hook(AddressKind),
}

/// Every rule with an expression.
pub(crate) fn patterns() -> impl Iterator<Item = &'static PatternRule> {
    providers::PATTERNS.iter().chain(&commands::PATTERNS).chain(&outputs::PATTERNS).chain(&forms::PATTERNS)
}

/// Every keyword with its rule.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, KeywordRule)> {
    let tokens = providers::TOKENS.iter().map(|rule| (rule.prefix, KeywordRule::Token(rule)));
    let patterns = patterns().enumerate().flat_map(|(number, rule)| {
        rule.keywords.iter().map(move |keyword| (*keyword, KeywordRule::Pattern(number, rule)))
    });
    let names = names::KEYWORDS.iter().map(|keyword| (*keyword, KeywordRule::Key));
    let foreign = names::FOREIGN.iter().map(|keyword| (*keyword, KeywordRule::ForeignName));
    let codes = codes::KEYWORDS.iter().map(|keyword| (*keyword, KeywordRule::Codes));
    let columns = columns::KEYWORDS.iter().map(|keyword| (*keyword, KeywordRule::Columns));
    let hooks = addresses::PLACES.iter().map(|(keyword, place)| (*keyword, KeywordRule::Hook(*place)));
    let others = [
        ("-----BEGIN ", KeywordRule::KeyBlock),
        ("---- BEGIN ", KeywordRule::KeyBlock),
        ("-----END ", KeywordRule::KeyBlockEnd),
        ("private", KeywordRule::Private),
        ("://", KeywordRule::Link),
    ];
    tokens.chain(patterns).chain(names).chain(foreign).chain(hooks).chain(codes).chain(columns).chain(others)
}

/// Whether a finding of this kind has the format of a provider's token: no setting lets one stay.
pub(crate) fn is_providers(kind: &str) -> bool {
    providers::TOKENS.iter().any(|rule| rule.kind == kind) || providers::PATTERNS.iter().any(|rule| rule.kind == kind)
}

/// Whether a finding of this kind is a private key, in whatever file or notation it stands.
pub(crate) fn is_private_key(kind: &str) -> bool {
    matches!(kind, "private-key" | "stellar-key")
}

/// Whether a placeholder of this kind can be ours.
pub(crate) fn is_kind(kind: &str) -> bool {
    const OTHERS: [&str; 16] = [
        "password",
        "passphrase",
        "secret",
        "api-key",
        "private-key",
        "private",
        "url-password",
        "random-string",
        "home-path",
        "webhook",
        "link-token",
        "seed-phrase",
        "recovery-code",
        "totp-secret",
        "stellar-key",
        // Of earlier versions.
        "litellm-key",
    ];
    OTHERS.contains(&kind)
        || super::super::personal::KINDS.contains(&kind)
        || providers::TOKENS.iter().any(|rule| rule.kind == kind)
        || patterns().any(|rule| rule.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_matches_no_empty_text() {
        for rule in patterns() {
            assert!(!rule.regex().is_match(b""), "{}", rule.kind);
        }
    }

    #[test]
    fn kinds_fit_into_placeholders() {
        for (_, rule) in all() {
            let kind = match rule {
                KeywordRule::Token(rule) => rule.kind,
                KeywordRule::Pattern(_, rule) => rule.kind,
                _ => continue,
            };
            assert!(
                kind.len() <= 32 && kind.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{kind}"
            );
        }
    }
}
