//! Rules and exceptions from a repository's settings. Whoever can change the settings must not be able to switch redaction
//! off or to make it slow: certain secrets never stay, no exception may fit random text, and all expressions share a budget.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::finding::{Detection, RANK_USER};

/// A rule from the repository's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserRule {
    /// Lower case letters, digits and `-`.
    pub kind: String,
    /// A regular expression; its first group, where it has one, is what is redacted.
    pub pattern: String,
    /// The rule looks only at text that has one of these, in any case; at all text where there are none.
    pub keywords: Vec<String>,
}

/// A rule of the settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    #[error("the pattern of redaction rule `{kind}` cannot be read: {source}")]
    Pattern { kind: String, source: Box<regex::Error> },
    #[error("the pattern of redaction rule `{kind}` matches empty text: make it match what is to be redacted")]
    Empty { kind: String },
    #[error("invalid redaction rule kind `{kind}`: use 1 to 32 lower case letters, digits and `-`")]
    Kind { kind: String },
    #[error("the pattern `{pattern}` under `allow` cannot be read: {source}")]
    Allow { pattern: String, source: Box<regex::Error> },
    #[error(
        "the pattern `{pattern}` under `allow` also matches random text, as keys and passwords are: make it match the value that may stay"
    )]
    AllowsAnything { pattern: String },
    #[error("{count} rules and `allow` patterns are too many: use at most {MOST}")]
    Many { count: usize },
    #[error("the patterns under `{key}` are too large together: use fewer, or shorter repetitions")]
    Large { key: &'static str },
}

/// Rules and exceptions of one repository.
const MOST: usize = 200;
/// Bytes of all compiled rules, and of all exceptions. One `\w{1,90}` takes about 1 MB.
const SIZE: usize = 8 << 20;

/// The settings' rules and exceptions, ready for use.
#[derive(Default)]
pub(crate) struct UserRules {
    rules: Vec<CompiledRule>,
    any: Option<RegexSet>,
    allow: Option<RegexSet>,
}

struct CompiledRule {
    rule: UserRule,
    compiled: OnceLock<Option<Regex>>,
}

impl UserRules {
    pub(crate) fn new(rules: &[UserRule], allow: &[String]) -> Result<Self, RuleError> {
        if rules.len() + allow.len() > MOST {
            return Err(RuleError::Many { count: rules.len() + allow.len() });
        }
        if let Some(rule) = rules.iter().find(|rule| !is_a_kind(&rule.kind)) {
            return Err(RuleError::Kind { kind: rule.kind.clone() });
        }
        let patterns: Vec<&str> = rules.iter().map(|rule| rule.pattern.as_str()).collect();
        let any = compile_all(&patterns, true).map_err(|(place, source)| match place {
            Some(place) => RuleError::Pattern { kind: rules[place].kind.clone(), source: Box::new(source) },
            None => RuleError::Large { key: "rules" },
        })?;
        if let Some(place) = any.as_ref().and_then(|any| any.matches(b"").iter().next()) {
            return Err(RuleError::Empty { kind: rules[place].kind.clone() });
        }
        let patterns: Vec<&str> = allow.iter().map(String::as_str).collect();
        let allowing = compile_all(&patterns, false).map_err(|(place, source)| match place {
            Some(place) => RuleError::Allow { pattern: allow[place].clone(), source: Box::new(source) },
            None => RuleError::Large { key: "allow" },
        })?;
        let fits_anything = |all: &RegexSet| random_texts().find_map(|text| all.matches(&text).iter().next());
        if let Some(place) = allowing.as_ref().and_then(fits_anything) {
            return Err(RuleError::AllowsAnything { pattern: allow[place].clone() });
        }
        let rules = rules.iter().map(|rule| CompiledRule { rule: rule.clone(), compiled: OnceLock::new() }).collect();
        Ok(Self { rules, any, allow: allowing })
    }

    pub(crate) fn find(&self, text: &[u8], findings: &mut Vec<Detection>) {
        let Some(any) = &self.any else { return };
        let lower = OnceLock::new();
        for place in &any.matches(text) {
            let CompiledRule { rule, compiled } = &self.rules[place];
            let lower = || lower.get_or_init(|| text.to_ascii_lowercase());
            let has = |word: &String| memchr::memmem::find(lower(), word.to_ascii_lowercase().as_bytes()).is_some();
            if !rule.keywords.is_empty() && !rule.keywords.iter().filter(|word| !word.is_empty()).any(has) {
                continue;
            }
            // It is a part of the set that was compiled.
            let Some(pattern) = compiled.get_or_init(|| one(&rule.pattern, true).ok()) else { continue };
            for captures in pattern.captures_iter(text) {
                let Some(found) = captures.get(1).or_else(|| captures.get(0)) else { continue };
                if !found.is_empty() {
                    let kind = Cow::Owned(rule.kind.clone());
                    findings
                        .push(Detection { rank: RANK_USER, ..Detection::new(found.range(), kind, found.as_bytes()) });
                }
            }
        }
    }

    /// Whether a finding may stay.
    pub(crate) fn allow(&self, finding: &Detection) -> bool {
        !finding.is_certain() && self.allow.as_ref().is_some_and(|allow| allow.is_match(&finding.value))
    }

    pub(crate) fn look_at_all(&self) -> bool {
        self.any.is_some()
    }

    pub(crate) fn has_kind(&self, kind: &str) -> bool {
        self.rules.iter().any(|rule| rule.rule.kind == kind)
    }
}

fn is_a_kind(kind: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !kind.is_empty() && kind.len() <= 32 && kind.bytes().all(is_letter)
}

fn one(pattern: &str, is_rule: bool) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).multi_line(is_rule).size_limit(SIZE).build()
}

/// All patterns as one; the place of the one that cannot be read where it fails, `None` where they are too large together.
fn compile_all(patterns: &[&str], is_rule: bool) -> Result<Option<RegexSet>, (Option<usize>, regex::Error)> {
    if patterns.is_empty() {
        return Ok(None);
    }
    match RegexSetBuilder::new(patterns).multi_line(is_rule).size_limit(SIZE).build() {
        Ok(all) => Ok(Some(all)),
        Err(regex::Error::CompiledTooBig(size)) => Err((None, regex::Error::CompiledTooBig(size))),
        Err(error) => {
            let wrong =
                patterns.iter().enumerate().find_map(|(place, pattern)| Some((place, one(pattern, is_rule).err()?)));
            let (place, error) = wrong.map_or((None, error), |(place, error)| (Some(place), error));
            Err((place, error))
        }
    }
}

/// What keys and passwords are made of.
const KEYS: &[&str] = &[
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "0123456789abcdef",
    "abcdefghijklmnopqrstuvwxyz",
    // base64, base64url, a token in parts
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.",
    "abcdefghijklmnopqrstuvwxyz0123456789:~",
];
/// What a keyboard has, in plain sight and with the signs that people choose.
const PASSWORDS: &[&str] = &[
    "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~",
    "!#$%&*?@.,;:_-+=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    "abcdefghijklmnopqrstuvwxyz0123456789äöüßéèçñåøæабвгд",
];

/// Texts as keys and passwords are, of several kinds and in many lengths, always the same ones.
fn random_texts() -> impl Iterator<Item = Vec<u8>> {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut draw = move |most: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % most
    };
    let kinds: Vec<Vec<char>> = KEYS.iter().chain(PASSWORDS).map(|kind| kind.chars().collect()).collect();
    let lengths = (6..=64).chain([72, 86, 88, 96, 128]);
    lengths.flat_map(move |length| {
        let mut of = |kind: usize, length: usize| -> String {
            (0..length).map(|_| kinds[kind][draw(kinds[kind].len())]).collect()
        };
        let mut texts: Vec<String> = (0..KEYS.len() + PASSWORDS.len()).map(|kind| of(kind, length)).collect();
        // Padding, the form of a UUID, a hash with its parameters, words with blanks or hyphens, a word with digits and a sign.
        texts.push(of(5, length) + if length % 2 == 0 { "=" } else { "==" });
        texts.push([8, 4, 4, 4, 12].map(|length| of(3, length)).join("-"));
        texts.push(format!("$2b$12${}", of(7, length)));
        let words: Vec<String> = (0..2 + length % 5).map(|index| of(4, 3 + (length + index) % 6)).collect();
        texts.extend([" ", "-", "_", "."].map(|between| words.join(between)));
        let capital = of(2, 1).to_uppercase();
        texts.push(format!("{capital}{}{}{}", of(4, 3 + length % 9), 10 + length, of(11, 1)));
        texts.into_iter().map(String::into_bytes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(rules: &[(&str, &str)], allow: &[&str]) -> Option<String> {
        let rule = |(kind, pattern): &(&str, &str)| UserRule {
            kind: (*kind).to_owned(),
            pattern: (*pattern).to_owned(),
            keywords: Vec::new(),
        };
        let rules: Vec<UserRule> = rules.iter().map(rule).collect();
        let allow: Vec<String> = allow.iter().map(|pattern| (*pattern).to_owned()).collect();
        UserRules::new(&rules, &allow).err().map(|error| error.to_string())
    }

    #[test]
    fn an_exception_that_fits_random_letters_is_refused() {
        for pattern in [
            ".",
            "",
            ".*",
            "^.+$",
            r"\w",
            r"\w{8,}",
            "[a-z]",
            "[A-Z]",
            "[0-9]",
            r"^\S+$",
            "^[A-Za-z0-9]{20}$",
            "^[a-f0-9]{32}$",
            "[^Q]",
            "^[^!]*$",
            "(?s:.)",
            "a|.",
            "^[A-Z2-7]+$",
            r"\pL",
            "^.{8}$",
            "e",
            "^[a-z]+$",
            r"\W",
            "[^A-Za-z0-9]",
            "[-!/=+.:@]",
            "=",
            "=$",
            "-",
            "_",
            r"\.",
            "/",
            "!",
            r"\$",
            "@",
            r"\s",
            " ",
            "^.{13}$",
            "^.{37}$",
            r"^\S{7}$",
            r"[[:punct:]]",
            r"\pP",
            "[^[:ascii:]]",
            "ß",
            r"^[0-9a-f-]{36}$",
            r"^\w+ \w+",
            r"^[a-z]+-[a-z]+",
            r"^[A-Z][a-z]+\d+.$",
            r"^[A-Za-z0-9+/]+=*$",
            r"\w\W\w",
            r"\b",
            "$",
            "(?i)[aeiou].*[!-/]",
        ] {
            let found = error(&[], &["^sandbox-2024$", pattern]).unwrap_or_default();
            assert!(found.contains(&format!("`{pattern}`")) && found.contains("random text"), "{pattern}: {found}");
        }
    }

    #[test]
    fn an_exception_for_values_that_are_known_is_taken() {
        for pattern in [
            "^shop-test$",
            "example",
            "^sandbox-",
            "sk_test_",
            "^local(host)?-dev-pw$",
            r"^\d{4}$",
            "(?i)dummy",
            "^dev_[a-z]+$",
            "-test$",
            "^test-",
            "^changeit$",
            "(?i)placeholder",
            r"^https?://localhost",
            r"^\$\{[A-Z_]+\}$",
            "^00000000-",
            "_example$",
        ] {
            assert_eq!(error(&[], &[pattern]), None, "{pattern}");
        }
    }

    #[test]
    fn too_many_or_too_large_patterns_are_refused_and_the_faulty_one_is_named() {
        let many = vec!["^a-b$"; MOST + 1];
        assert!(error(&[], &many).unwrap().contains("201 rules and `allow` patterns are too many"));
        assert_eq!(error(&[], &many[1..]), None);
        let large = vec![r"^x-\w{1,90}1\pL{1,90}$"; 60];
        assert!(error(&[], &large).unwrap().contains("under `allow` are too large together"));
        let rules: Vec<(&str, &str)> = large.iter().map(|pattern| ("a", *pattern)).collect();
        assert!(error(&rules, &[]).unwrap().contains("under `rules` are too large together"));
        assert!(error(&[("good", "x+"), ("bad", "(")], &[]).unwrap().contains("rule `bad` cannot be read"));
        assert!(error(&[("good", "x+"), ("empty", "x*")], &[]).unwrap().contains("rule `empty` matches empty text"));
        assert!(error(&[], &["^x-y$", "["]).unwrap().contains("`[` under `allow` cannot be read"));
    }
}
