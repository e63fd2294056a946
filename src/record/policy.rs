//! What a team asks of its commits: `policy:` of `.backstory.yml`. A rule is off, warns or fails; some have a list of
//! what they are about. Values that stand here were checked when they were read.

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Deserializer, Serialize};

use super::agent::Agent;
use super::path_pattern::{PathPattern, PathPatterns};

/// An expression that compiles to more than this is refused: the file comes with a clone.
const PATTERN_BYTES: usize = 1 << 16;

/// What a rule does when it finds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleLevel {
    Off,
    Warn,
    Fail,
}

/// A rule, by its name in the settings and in what `check` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    ForbiddenAgents,
    ProtectedPaths,
    ForbiddenTrailers,
    RequiredTrailers,
    SessionFound,
    AgentDeclared,
    VersionNamed,
    Verified,
    UnknownLines,
    CorrectionsExplained,
    FailuresExplained,
    PromptKept,
}

/// Every rule with its name, those that forbid first.
pub const RULES: &[(Rule, &str)] = &[
    (Rule::ForbiddenAgents, "forbidden-agents"),
    (Rule::ProtectedPaths, "protected-paths"),
    (Rule::ForbiddenTrailers, "forbidden-trailers"),
    (Rule::RequiredTrailers, "required-trailers"),
    (Rule::SessionFound, "session-found"),
    (Rule::AgentDeclared, "agent-declared"),
    (Rule::VersionNamed, "version-named"),
    (Rule::Verified, "verified"),
    (Rule::UnknownLines, "unknown-lines"),
    (Rule::CorrectionsExplained, "corrections-explained"),
    (Rule::FailuresExplained, "failures-explained"),
    (Rule::PromptKept, "prompt-kept"),
];

impl Rule {
    pub fn name(self) -> &'static str {
        RULES.iter().find(|(rule, _)| *rule == self).map_or("", |(_, name)| name)
    }
}

/// The rules of a repository. Without a file all that documents is asked for with a warning, so that `check` advises and
/// passes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    pub agent_declared: RuleLevel,
    pub session_found: RuleLevel,
    pub version_named: RuleLevel,
    pub prompt_kept: RuleLevel,
    pub failures_explained: RuleLevel,
    pub corrections_explained: RuleLevel,
    pub verified: RuleLevel,
    pub unknown_lines: UnknownLines,
    pub forbidden_trailers: TrailerPolicy,
    pub required_trailers: TrailerPolicy,
    pub forbidden_agents: Agents,
    pub protected_paths: Paths,
}

impl Default for Policy {
    fn default() -> Self {
        let signed_off = TrailerForm { key: "Signed-off-by".to_owned(), pattern: None, by: TrailerScope::Agent };
        Self {
            agent_declared: RuleLevel::Warn,
            session_found: RuleLevel::Warn,
            version_named: RuleLevel::Warn,
            prompt_kept: RuleLevel::Warn,
            failures_explained: RuleLevel::Warn,
            corrections_explained: RuleLevel::Warn,
            verified: RuleLevel::Warn,
            unknown_lines: UnknownLines { level: RuleLevel::Warn, most: Allowance::Percent(20) },
            forbidden_trailers: TrailerPolicy { level: RuleLevel::Warn, trailers: vec![signed_off] },
            required_trailers: TrailerPolicy { level: RuleLevel::Off, trailers: Vec::new() },
            forbidden_agents: Agents { level: RuleLevel::Off, agents: Vec::new() },
            protected_paths: Paths { level: RuleLevel::Off, paths: Vec::new() },
        }
    }
}

impl Policy {
    pub fn level(&self, rule: Rule) -> RuleLevel {
        match rule {
            Rule::ForbiddenAgents => self.forbidden_agents.level,
            Rule::ProtectedPaths => self.protected_paths.level,
            Rule::ForbiddenTrailers => self.forbidden_trailers.level,
            Rule::RequiredTrailers => self.required_trailers.level,
            Rule::SessionFound => self.session_found,
            Rule::AgentDeclared => self.agent_declared,
            Rule::VersionNamed => self.version_named,
            Rule::Verified => self.verified,
            Rule::UnknownLines => self.unknown_lines.level,
            Rule::CorrectionsExplained => self.corrections_explained,
            Rule::FailuresExplained => self.failures_explained,
            Rule::PromptKept => self.prompt_kept,
        }
    }
}

/// Who writes a list means it: a rule that is there without a level fails.
fn fail() -> RuleLevel {
    RuleLevel::Fail
}

/// How many added lines of agents' commits may be of unknown origin.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnknownLines {
    #[serde(default = "fail")]
    pub level: RuleLevel,
    pub most: Allowance,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailerPolicy {
    #[serde(default = "fail")]
    pub level: RuleLevel,
    #[serde(default)]
    pub trailers: Vec<TrailerForm>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agents {
    #[serde(default = "fail")]
    pub level: RuleLevel,
    #[serde(default)]
    pub agents: Vec<Agent>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paths {
    #[serde(default = "fail")]
    pub level: RuleLevel,
    #[serde(default)]
    pub paths: Vec<PathGlob>,
}

/// Trailers of one key: all, those whose value fits a pattern, those that name an agent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailerForm {
    /// In any case of letters.
    pub key: String,
    #[serde(default)]
    pub pattern: Option<Pattern>,
    #[serde(default)]
    pub by: TrailerScope,
}

/// Whose trailers are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrailerScope {
    #[default]
    Anyone,
    /// Only those that name an agent: a person may sign off, an agent may not.
    Agent,
}

/// `50` lines, or `"10%"` of those that were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Allowance {
    Lines(u32),
    Percent(u32),
}

impl Allowance {
    /// Whether `lines` of `of` are more than is allowed.
    pub fn is_exceeded(self, lines: u32, of: u32) -> bool {
        match self {
            Self::Lines(most) => lines > most,
            Self::Percent(most) => u64::from(lines) * 100 > u64::from(of) * u64::from(most),
        }
    }
}

impl<'de> Deserialize<'de> for Allowance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = |text: &str| text.trim().parse::<u32>().ok();
        let allowance = match text.strip_suffix('%') {
            Some(percent) => number(percent).filter(|percent| *percent <= 100).map(Self::Percent),
            None => number(&text).map(Self::Lines),
        };
        allowance.ok_or_else(|| {
            serde::de::Error::custom(format!("`{text}` is no number of lines, write 50, or a part of them, write 10%"))
        })
    }
}

/// A regular expression for a trailer's value; it may fit anywhere in it unless it says `^` and `$`.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    pub fn fits(&self, value: &str) -> bool {
        self.0.is_match(value)
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let built = RegexBuilder::new(&text).size_limit(PATTERN_BYTES).build();
        built.map(Self).map_err(|_| serde::de::Error::custom(format!("`{text}` is no regular expression")))
    }
}

/// A glob of paths, as under `ignore`: as in `.gitignore`.
#[derive(Clone, Debug)]
pub struct PathGlob {
    text: String,
    patterns: PathPatterns,
}

impl PathGlob {
    pub fn has(&self, path: &str) -> bool {
        self.patterns.has(path)
    }
}

impl PartialEq for PathGlob {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for PathGlob {}

impl<'de> Deserialize<'de> for PathGlob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let built = PathPattern::parse(&text).ok().and_then(|pattern| PathPatterns::new(&[pattern]).ok());
        match built {
            Some(patterns) => Ok(Self { text, patterns }),
            None => Err(serde::de::Error::custom(format!("`{text}` is no glob of paths"))),
        }
    }
}
