//! The settings of a repository: `.backstory.yml` at its root, and what a person set for one clone with `git config`.
//! Reads and checks them; what they mean is up to the commands.

mod mapping_costs;
mod mappings;
mod mistake;
mod refused;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use self::mappings::MappingList;
pub(crate) use self::mappings::read_mappings;
pub use self::refused::{ConfigError, MAX_BYTES};
use crate::files;
use crate::record::policy::Policy;
use crate::record::prompts::Prompts;

/// The file's name, at the root of the work tree.
pub const FILE_NAME: &str = ".backstory.yml";

/// The file that `init` writes: every key with its default and a comment.
pub const TEMPLATE: &str = include_str!("../templates/backstory.yml");

/// The file that `init` wrote before sharing was a decision. It is known, so that it costs a hook no more than it did.
const EARLIER_TEMPLATE: &str = include_str!("../templates/earlier/backstory.yml");

/// So many keys, values and lists are read of a file.
const MAX_NODES: usize = 4000;
/// So many expressions for redaction are taken, of so many bytes in all: each is compiled, and tried on every text.
const MAX_EXPRESSIONS: usize = 200;
const MAX_EXPRESSION_BYTES: usize = 16 * 1024;

/// Bounds of `timeout_ms`: what a repository brings must not make a commit wait, nor keep a hook from its work.
const TIMEOUT_MS: std::ops::RangeInclusive<u64> = 100..=10_000;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What the team decided; `None` leaves it to each person.
    pub sharing: Option<Sharing>,
    pub prompts: Prompts,
    pub trailers: TrailerSettings,
    /// How long a hook may take, in milliseconds, as the file says; [`Config::limit`] is what holds.
    pub timeout_ms: u64,
    /// Whether a hook that cannot do its work stops the commit or push.
    pub strict: bool,
    /// `prune` takes the text out of records older than this; `None` keeps it.
    pub retention: Option<Days>,
    /// Globs of paths whose lines are not looked at.
    pub ignore: Vec<String>,
    /// Folders as transcripts name them, and the folder of this machine that is meant.
    pub path_aliases: BTreeMap<String, String>,
    pub redaction: RedactionSettings,
    /// Whether training records may be made of commits.
    pub training: TrainingSettings,
    /// What `check` asks of commits.
    pub policy: Policy,
    /// Agents that are read by where their fields are.
    pub(crate) agents: MappingList,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sharing: None,
            prompts: Prompts::Full,
            trailers: TrailerSettings::default(),
            timeout_ms: 2000,
            strict: false,
            retention: None,
            ignore: Vec::new(),
            path_aliases: BTreeMap::new(),
            redaction: RedactionSettings::default(),
            training: TrainingSettings::default(),
            policy: Policy::default(),
            agents: MappingList::default(),
        }
    }
}

impl Config {
    /// How long a hook may take.
    pub fn limit(&self) -> Duration {
        Duration::from_millis(self.timeout_ms.clamp(*TIMEOUT_MS.start(), *TIMEOUT_MS.end()))
    }

    /// What is the matter with `timeout_ms`, where it is not taken as it is.
    pub fn timeout_problem(&self) -> Option<String> {
        let limit = self.limit().as_millis();
        let is_taken = TIMEOUT_MS.contains(&self.timeout_ms);
        (!is_taken).then(|| format!("timeout_ms is {}, hooks take {limit}", self.timeout_ms))
    }

    /// Takes over what `other`, the file of the same repository in another place, keeps in or leaves out.
    pub fn narrow(&mut self, other: &Self) {
        if other.sharing == Some(Sharing::Local) {
            self.sharing = Some(Sharing::Local);
        }
        self.prompts = self.prompts.max(other.prompts);
        self.trailers.assisted_by &= other.trailers.assisted_by;
        self.trailers.session &= other.trailers.session;
        for glob in &other.ignore {
            if !self.ignore.contains(glob) {
                self.ignore.push(glob.clone());
            }
        }
        if other.training.allow == Some(false) {
            self.training.allow = Some(false);
        }
        for person in &other.training.exclude_people {
            if !self.training.exclude_people.contains(person) {
                self.training.exclude_people.push(person.clone());
            }
        }
        self.redaction.strict |= other.redaction.strict;
        for rule in &other.redaction.rules {
            if !self.redaction.rules.contains(rule) {
                self.redaction.rules.push(rule.clone());
            }
        }
    }

    /// Expressions that take too long to compile and to try: the file comes with a clone.
    fn excess(&self) -> Option<String> {
        let RedactionSettings { rules, allow, .. } = &self.redaction;
        let count = rules.len() + allow.len();
        let bytes: usize = rules
            .iter()
            .map(|rule| rule.pattern.len() + rule.kind.len() + rule.keywords.iter().map(String::len).sum::<usize>())
            .chain(allow.iter().map(String::len))
            .sum();
        if count > MAX_EXPRESSIONS {
            Some(format!("{count} expressions under `redaction`, at most {MAX_EXPRESSIONS} are taken"))
        } else if bytes > MAX_EXPRESSION_BYTES {
            Some(format!(
                "the expressions under `redaction` are longer than {} KB together",
                MAX_EXPRESSION_BYTES / 1024
            ))
        } else {
            None
        }
    }
}

/// Who gets the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sharing {
    /// A push also pushes the notes.
    Notes,
    /// They stay in this clone.
    Local,
}

/// Which lines are added to the commit message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrailerSettings {
    pub assisted_by: bool,
    pub session: bool,
}

impl Default for TrailerSettings {
    fn default() -> Self {
        Self { assisted_by: true, session: true }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedactionSettings {
    pub strict: bool,
    pub rules: Vec<RedactionRule>,
    /// Expressions for text that looks like a secret and is none.
    pub allow: Vec<String>,
}

/// What the team decided about `export`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TrainingSettings {
    /// `false`: nobody makes training records from this repository. `None`: nobody decided.
    pub allow: Option<bool>,
    /// Who decided, and on which day; both are in each row.
    pub by: Option<String>,
    pub at: Option<String>,
    /// Addresses of authors whose commits stay out.
    pub exclude_people: Vec<String>,
}

/// A rule of the repository's own. The expression is compiled, and refused if it is none, by `redact`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedactionRule {
    pub kind: String,
    pub pattern: String,
    /// Text of which one must be there for the expression to be tried; none means always.
    #[serde(default)]
    pub keywords: Vec<String>,
}

/// A number of days, written `365d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(pub u32);

impl std::str::FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let days = text.strip_suffix('d').and_then(|days| days.parse().ok()).filter(|days| *days > 0);
        days.map(Self).ok_or_else(|| format!("`{text}` is no number of days, write `365d`"))
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What a person decided for a clone, from `backstory.sharing` of git's configuration. A value that is not known keeps the
/// records here.
pub fn personal_sharing(setting: Option<&str>) -> Option<Sharing> {
    let setting = setting?.trim();
    Some(if setting.eq_ignore_ascii_case("notes") { Sharing::Notes } else { Sharing::Local })
}

/// The file at `root`; the defaults where there is none.
///
/// # Errors
/// When the file is there and cannot be read or has a mistake.
pub fn read_file(root: &Path) -> Result<Config, ConfigError> {
    let path = root.join(FILE_NAME);
    match files::read_text(&path, MAX_BYTES) {
        Ok(Some(text)) => parse(&text, Path::new(FILE_NAME)),
        Ok(None) => Ok(Config::default()),
        Err(source) => Err(ConfigError::Unreadable { path, source }),
    }
}

/// Reads the text of a settings file; `path` is for messages.
///
/// # Errors
/// For a key that is not known, a value of another type, and what is no YAML.
pub fn parse(text: &str, path: &Path) -> Result<Config, ConfigError> {
    // Most files are as `init` wrote them, and a test shows what those say.
    match text {
        TEMPLATE => Ok(Config::default()),
        EARLIER_TEMPLATE => Ok(Config { sharing: Some(Sharing::Notes), ..Config::default() }),
        _ => parse_yaml(text, path),
    }
}

fn parse_yaml(text: &str, path: &Path) -> Result<Config, ConfigError> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        budget: serde_saphyr::budget! { max_nodes: MAX_NODES },
    };
    // A file of comments alone is a document without a value.
    match serde_saphyr::from_str_with_options::<Option<Config>>(text, options).map(Option::unwrap_or_default) {
        Ok(mut config) => {
            if !config.agents.0.is_empty() {
                config.agents = mappings::parse(text).unwrap_or(config.agents);
            }
            match config.excess() {
                None => Ok(config),
                Some(message) => {
                    let line =
                        text.lines().position(|line| line.starts_with("redaction")).map_or(1, |index| index as u64 + 1);
                    Err(ConfigError::Invalid { path: path.to_owned(), line, message })
                }
            }
        }
        Err(error) => Err(ConfigError::Invalid {
            path: path.to_owned(),
            line: error.location().map_or(1, |location| location.line().max(1)),
            message: mistake::message(error.without_snippet()),
        }),
    }
}

/// Why nothing is recorded for this person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptOut {
    /// `BACKSTORY=0`
    Variable,
    /// `git config backstory.enabled false`
    GitConfig,
}

/// Whether a person wants no records made: `variable` is the value of `BACKSTORY`, `enabled` that of `backstory.enabled` in
/// git's configuration. A value that cannot be understood counts as no.
pub fn opt_out(variable: Option<&str>, enabled: Option<&str>) -> Option<OptOut> {
    if variable.is_some_and(|value| !value.trim().is_empty() && !is_on(value)) {
        return Some(OptOut::Variable);
    }
    enabled.is_some_and(|value| !is_on(value)).then_some(OptOut::GitConfig)
}

/// Whether a switch is on: in one of the words for it, or a number as git takes it. Everything else is off.
pub fn is_on(value: &str) -> bool {
    let value = value.trim();
    let is_word = ["true", "yes", "on"].iter().any(|word| value.eq_ignore_ascii_case(word));
    is_word || value.parse::<i64>().is_ok_and(|number| number == 1)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::record::policy::RuleLevel;

    #[test]
    fn a_mistake_in_the_policy_is_named_with_its_line() {
        for (text, said) in [
            ("policy:\n  verifed: fail\n", "2: the key `verifed` is not known, did you mean `verified`?"),
            ("policy:\n  verified: error\n", "2: the value `error` is not known, use one of off, warn, fail"),
            (
                "policy:\n  unknown-lines:\n    most: 110%\n",
                "3: `110%` is no number of lines, write 50, or a part of them, write 10%",
            ),
            ("policy:\n  protected-paths:\n    paths: ['a[']\n", "3: `a[` is no glob of paths"),
            (
                "policy:\n  forbidden-trailers:\n    trailers:\n    - {key: X, pattern: '('}\n",
                "4: `(` is no regular expression",
            ),
            ("policy:\n  forbidden-agents: {agent: [x]}\n", "2: the key `agent` is not known, did you mean `agents`?"),
        ] {
            assert_eq!(mistake(text), format!(".backstory.yml:{said}"));
        }
    }

    #[test]
    fn a_list_without_a_level_fails_and_off_is_a_word() {
        let config =
            parse("policy: {forbidden-agents: {agents: [cursor]}, verified: off}", Path::new(FILE_NAME)).unwrap();
        assert_eq!((config.policy.forbidden_agents.level, config.policy.verified), (RuleLevel::Fail, RuleLevel::Off));
    }

    fn mistake(text: &str) -> String {
        parse(text, Path::new(FILE_NAME)).unwrap_err().to_string()
    }

    #[test]
    fn the_file_that_init_writes_says_the_defaults() {
        for text in [TEMPLATE, EARLIER_TEMPLATE] {
            assert_eq!(parse_yaml(text, Path::new(FILE_NAME)).unwrap(), parse(text, Path::new(FILE_NAME)).unwrap());
        }
        assert_eq!(parse(TEMPLATE, Path::new(FILE_NAME)).unwrap(), Config::default());
    }

    #[test]
    fn a_file_of_comments_and_an_empty_file_are_the_defaults() {
        for text in ["", "# nothing\n", "\n\n", "---\n"] {
            assert_eq!(parse(text, Path::new(FILE_NAME)).unwrap(), Config::default(), "{text:?}");
        }
    }

    #[test]
    fn every_key_is_read() {
        let text = "sharing: local\nprompts: first-line\ntrailers: {assisted_by: false}\ntimeout_ms: 500\nstrict: true\n\
                    retention: 365d\nignore: ['vendor/**']\npath_aliases: {/workspace/app: .}\n\
                    redaction: {strict: true, rules: [{kind: customer, pattern: 'KD-\\d+', keywords: [KD-]}], allow: [x]}\n\
                    training: {allow: true, by: Ann, at: 2026-11-30, exclude-people: [bo@example.org]}\n\
                    policy: {verified: fail}\nagents: [{format: jsonl}]\n";
        let config = parse(text, Path::new(FILE_NAME)).unwrap();
        let rule = RedactionRule { kind: "customer".into(), pattern: "KD-\\d+".into(), keywords: vec!["KD-".into()] };
        assert_eq!(
            config,
            Config {
                sharing: Some(Sharing::Local),
                prompts: Prompts::FirstLine,
                trailers: TrailerSettings { assisted_by: false, session: true },
                timeout_ms: 500,
                strict: true,
                retention: Some(Days(365)),
                ignore: vec!["vendor/**".into()],
                path_aliases: BTreeMap::from([("/workspace/app".into(), ".".into())]),
                redaction: RedactionSettings { strict: true, rules: vec![rule], allow: vec!["x".into()] },
                training: TrainingSettings {
                    allow: Some(true),
                    by: Some("Ann".into()),
                    at: Some("2026-11-30".into()),
                    exclude_people: vec!["bo@example.org".into()],
                },
                policy: Policy { verified: RuleLevel::Fail, ..Policy::default() },
                agents: MappingList(vec![Err("agents[0]: the key `name` is missing here".to_owned())]),
            }
        );
    }

    #[test]
    fn a_mistyped_key_is_named_with_its_line_and_the_nearest_key() {
        assert_eq!(
            mistake("prompts: full\nsharin: local\n"),
            ".backstory.yml:2: the key `sharin` is not known, did you mean `sharing`?"
        );
        assert_eq!(
            mistake("trailers:\n  session: true\n  colour: red\n"),
            ".backstory.yml:3: the key `colour` is not known, use one of assisted_by, session"
        );
    }

    #[test]
    fn a_wrong_value_is_named_with_its_line() {
        assert_eq!(
            mistake("sharing: note\n"),
            ".backstory.yml:1: the value `note` is not known, did you mean `notes`?"
        );
        assert_eq!(
            mistake("strict: false\nretention: 1 year\n"),
            ".backstory.yml:2: `1 year` is no number of days, write `365d`"
        );
        assert!(mistake("strict: perhaps\n").starts_with(".backstory.yml:1: "));
        assert!(mistake("a: [\n").starts_with(".backstory.yml:"));
    }

    #[test]
    fn hostile_files_end_in_an_error() {
        let aliases = "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b]\n".to_owned();
        for text in ["[".repeat(100_000), aliases, "strict: true\nstrict: false\n".to_owned(), "\u{0}".to_owned()] {
            assert!(parse(&text, Path::new(FILE_NAME)).is_err());
        }
    }

    #[test]
    fn expressions_and_values_have_a_budget() {
        let list =
            |count: usize, text: &str| format!("redaction:\n  allow:\n{}", format!("  - '{text}'\n").repeat(count));
        assert!(parse(&list(200, "ab+c"), Path::new(FILE_NAME)).is_ok());
        assert_eq!(
            mistake(&format!("strict: true\n{}", list(201, "ab+c"))),
            ".backstory.yml:2: 201 expressions under `redaction`, at most 200 are taken"
        );
        let long = "x".repeat(200);
        assert!(mistake(&list(100, &long)).contains("longer than 16 KB together"));
        let rule = "  - {kind: k, pattern: 'p', keywords: ['0123456789', '0123456789']}\n";
        assert!(parse(&format!("redaction:\n  rules:\n{}", rule.repeat(201)), Path::new(FILE_NAME)).is_err());
        // Any list: what a policy compiles too.
        let patterns = "{key: A, pattern: '\\w{1,9}'},".repeat(3000);
        assert!(
            parse(&format!("policy: {{required-trailers: {{trailers: [{patterns}]}}}}"), Path::new(FILE_NAME)).is_err()
        );
        assert!(parse(&format!("ignore: [{}]", "a,".repeat(5000)), Path::new(FILE_NAME)).is_err());
    }

    #[test]
    fn a_time_limit_that_a_repository_brings_has_bounds() {
        for (written, held, is_problem) in
            [(0, 100, true), (100, 100, false), (2000, 2000, false), (10_000, 10_000, false), (600_000, 10_000, true)]
        {
            let config = Config { timeout_ms: written, ..Config::default() };
            assert_eq!(config.limit().as_millis(), held);
            assert_eq!(config.timeout_problem().is_some(), is_problem, "{written}");
        }
    }

    #[test]
    fn a_file_of_another_place_can_only_keep_more() {
        let read = |text: &str| parse(text, Path::new(FILE_NAME)).unwrap();
        let narrow = read(
            "sharing: local\nprompts: none\nignore: [a, b]\nstrict: true\ntrailers: {session: false}\n\
             redaction: {strict: true, rules: [{kind: k, pattern: p}], allow: [x]}\n",
        );
        let mut config = read("sharing: notes\nignore: [b, c]\n");
        config.narrow(&narrow);
        assert_eq!((config.sharing, config.prompts, config.strict), (Some(Sharing::Local), Prompts::None, false));
        assert_eq!(config.ignore, ["b", "c", "a"]);
        assert_eq!(config.trailers, TrailerSettings { assisted_by: true, session: false });
        assert!(config.redaction.strict && config.redaction.rules.len() == 1 && config.redaction.allow.is_empty());
        let mut same = narrow.clone();
        same.narrow(&read("sharing: notes\nprompts: first-line\n"));
        assert_eq!(same, narrow);
    }

    #[cfg(unix)]
    #[test]
    fn a_symlink_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("secret"), "word: of another file\n").unwrap();
        std::os::unix::fs::symlink("secret", folder.path().join(FILE_NAME)).unwrap();
        let error = read_file(folder.path()).unwrap_err();
        let said = format!("{:#}", anyhow::Error::from(error));
        assert!(said.contains("it is a symlink, which is not followed") && !said.contains("word"), "{said}");
        fs::remove_file(folder.path().join("secret")).unwrap();
        assert!(read_file(folder.path()).is_err());
    }

    #[test]
    fn a_folder_of_that_name_and_a_long_file_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        fs::create_dir(&path).unwrap();
        assert!(matches!(read_file(folder.path()), Err(ConfigError::Unreadable { .. })));
        fs::remove_dir(&path).unwrap();
        fs::write(&path, "#".repeat(300 * 1024)).unwrap();
        assert!(matches!(read_file(folder.path()), Err(ConfigError::Unreadable { .. })));
    }

    #[test]
    fn a_personal_setting_that_is_not_known_keeps_the_records_here() {
        for (setting, sharing) in [
            (None, None),
            (Some("notes"), Some(Sharing::Notes)),
            (Some(" Notes "), Some(Sharing::Notes)),
            (Some("local"), Some(Sharing::Local)),
            (Some("note"), Some(Sharing::Local)),
            (Some("true"), Some(Sharing::Local)),
            (Some(""), Some(Sharing::Local)),
        ] {
            assert_eq!(personal_sharing(setting), sharing, "{setting:?}");
        }
    }

    #[test]
    fn whatever_does_not_say_yes_opts_out() {
        for on in ["1", "true", "YES", " on ", "True\n"] {
            assert_eq!(opt_out(Some(on), Some(on)), None, "{on:?}");
        }
        for off in ["0", "00", " 0", "false", "off", "no", "n", "never", "2", "-1", "perhaps", "tru", "ja", "\u{fffd}"]
        {
            assert_eq!(opt_out(Some(off), None), Some(OptOut::Variable), "{off:?}");
            assert_eq!(opt_out(None, Some(off)), Some(OptOut::GitConfig), "{off:?}");
        }
        assert_eq!(opt_out(None, None), None);
        // An empty variable is one that is not set; an empty setting is off, to git as well.
        assert_eq!((opt_out(Some(" "), None), opt_out(None, Some(""))), (None, Some(OptOut::GitConfig)));
    }
}
