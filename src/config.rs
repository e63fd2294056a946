//! The settings of a repository: `.backstory.yml` at its root, and what a person set for one clone with `git config`.
//! Reads and checks them; what they mean is up to the commands.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use serde_saphyr::{DefaultMessageFormatter, Error as YamlError, MessageFormatter};

use crate::record::policy::Policy;

/// The file's name, at the root of the work tree.
pub const FILE_NAME: &str = ".backstory.yml";

/// The file that `init` writes: every key with its default and a comment.
pub const TEMPLATE: &str = include_str!("../templates/backstory.yml");

/// A file longer than this is refused: it comes with a clone and is read on each commit.
const MAX_BYTES: u64 = 256 * 1024;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What the team decided; `None` leaves it to each person.
    pub sharing: Option<Sharing>,
    pub prompts: Prompts,
    pub trailers: Trailers,
    /// How long a hook may take, in milliseconds.
    pub timeout_ms: u64,
    /// Whether a hook that cannot do its work stops the commit or push.
    pub strict: bool,
    /// `prune` takes the text out of records older than this; `None` keeps it.
    pub retention: Option<Days>,
    /// Globs of paths whose lines are not looked at.
    pub ignore: Vec<String>,
    /// Folders as transcripts name them, and the folder of this machine that is meant.
    pub path_aliases: BTreeMap<String, String>,
    pub redaction: Redaction,
    /// What `check` asks of commits.
    pub policy: Policy,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sharing: None,
            prompts: Prompts::Full,
            trailers: Trailers::default(),
            timeout_ms: 2000,
            strict: false,
            retention: None,
            ignore: Vec::new(),
            path_aliases: BTreeMap::new(),
            redaction: Redaction::default(),
            policy: Policy::default(),
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

/// How much of each prompt a record keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prompts {
    Full,
    FirstLine,
    None,
}

/// Which lines are added to the commit message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Trailers {
    pub assisted_by: bool,
    pub session: bool,
}

impl Default for Trailers {
    fn default() -> Self {
        Self { assisted_by: true, session: true }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Redaction {
    pub strict: bool,
    pub rules: Vec<RedactionRule>,
    /// Expressions for text that looks like a secret and is none.
    pub allow: Vec<String>,
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

/// Why a file was not accepted. Its text names file, line and the way out.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is longer than {} KB, no settings file needs that", path.display(), MAX_BYTES / 1024)]
    TooLong { path: PathBuf },
    #[error("{}:{line}: {message}", path.display())]
    Invalid { path: PathBuf, line: u64, message: String },
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
    match read_text(&path) {
        // Most files are as `init` wrote them, and a test shows what that one says.
        Ok(Some(text)) if text == TEMPLATE => Ok(Config::default()),
        Ok(Some(text)) => parse(&text, Path::new(FILE_NAME)),
        Ok(None) => Err(ConfigError::TooLong { path }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Config::default()),
        Err(source) => Err(ConfigError::Unreadable { path, source }),
    }
}

/// `None` when the file is too long. A folder or a pipe of that name is an error, and is not opened.
fn read_text(path: &Path) -> io::Result<Option<String>> {
    let data = fs::metadata(path)?;
    if !data.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut text = String::with_capacity(data.len().min(MAX_BYTES) as usize + 1);
    fs::File::open(path)?.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    Ok((text.len() as u64 <= MAX_BYTES).then_some(text))
}

/// Reads the text of a settings file; `path` is for messages.
///
/// # Errors
/// For a key that is not known, a value of another type, and what is no YAML.
pub fn parse(text: &str, path: &Path) -> Result<Config, ConfigError> {
    let options = serde_saphyr::options! { with_snippet: false };
    // A file of comments alone is a document without a value.
    match serde_saphyr::from_str_with_options::<Option<Config>>(text, options) {
        Ok(config) => Ok(config.unwrap_or_default()),
        Err(error) => Err(ConfigError::Invalid {
            path: path.to_owned(),
            line: error.location().map_or(1, |location| location.line().max(1)),
            message: message(error.without_snippet()),
        }),
    }
}

fn message(error: &YamlError) -> String {
    match error {
        YamlError::SerdeUnknownField { field, expected, .. } => {
            format!("the key `{field}` is not known, {}", suggestion(field, expected))
        }
        YamlError::SerdeUnknownVariant { variant, expected, .. } => {
            format!("the value `{variant}` is not known, {}", suggestion(variant, expected))
        }
        other => DefaultMessageFormatter.format_message(other).into_owned(),
    }
}

/// The nearest of the accepted words, or all of them.
fn suggestion(word: &str, expected: &[&str]) -> String {
    let nearest = expected.iter().min_by_key(|known| strsim::damerau_levenshtein(word, known));
    match nearest {
        Some(known) if strsim::damerau_levenshtein(word, known) <= 1 + known.len() / 4 => {
            format!("did you mean `{known}`?")
        }
        _ => format!("use one of {}", expected.join(", ")),
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

/// Whether a person wants no records made: `variable` is the value of `BACKSTORY`. A value that cannot be understood
/// counts as no.
pub fn opt_out(variable: Option<&str>, git: &git2::Config) -> Option<OptOut> {
    let off = |value: &str| ["0", "false", "off", "no"].iter().any(|word| value.eq_ignore_ascii_case(word));
    if variable.is_some_and(off) {
        return Some(OptOut::Variable);
    }
    match git.get_bool("backstory.enabled") {
        Ok(true) => None,
        Err(error) if error.code() == git2::ErrorCode::NotFound => None,
        Ok(false) | Err(_) => Some(OptOut::GitConfig),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::policy::Level;

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
        assert_eq!((config.policy.forbidden_agents.level, config.policy.verified), (Level::Fail, Level::Off));
    }

    fn mistake(text: &str) -> String {
        parse(text, Path::new(FILE_NAME)).unwrap_err().to_string()
    }

    #[test]
    fn the_file_that_init_writes_says_the_defaults() {
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
                    policy: {verified: fail}\n";
        let config = parse(text, Path::new(FILE_NAME)).unwrap();
        let rule = RedactionRule { kind: "customer".into(), pattern: "KD-\\d+".into(), keywords: vec!["KD-".into()] };
        assert_eq!(
            config,
            Config {
                sharing: Some(Sharing::Local),
                prompts: Prompts::FirstLine,
                trailers: Trailers { assisted_by: false, session: true },
                timeout_ms: 500,
                strict: true,
                retention: Some(Days(365)),
                ignore: vec!["vendor/**".into()],
                path_aliases: BTreeMap::from([("/workspace/app".into(), ".".into())]),
                redaction: Redaction { strict: true, rules: vec![rule], allow: vec!["x".into()] },
                policy: Policy { verified: Level::Fail, ..Policy::default() },
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
    fn a_folder_of_that_name_and_a_long_file_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        fs::create_dir(&path).unwrap();
        assert!(matches!(read_file(folder.path()), Err(ConfigError::Unreadable { .. })));
        fs::remove_dir(&path).unwrap();
        fs::write(&path, "#".repeat(300 * 1024)).unwrap();
        assert!(matches!(read_file(folder.path()), Err(ConfigError::TooLong { .. })));
    }

    fn git_config(text: &str) -> (tempfile::TempDir, git2::Config) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config"), text).unwrap();
        let config = git2::Config::open(&folder.path().join("config")).unwrap();
        (folder, config)
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
    fn a_person_opts_out_by_variable_or_git_config() {
        let on = git_config("").1;
        assert_eq!(opt_out(None, &on), None);
        assert_eq!(opt_out(Some("1"), &on), None);
        assert_eq!(opt_out(Some("0"), &on), Some(OptOut::Variable));
        assert_eq!(opt_out(Some("False"), &on), Some(OptOut::Variable));
        assert_eq!(opt_out(None, &git_config("[backstory]\n\tenabled = true\n").1), None);
        assert_eq!(opt_out(None, &git_config("[backstory]\n\tenabled = false\n").1), Some(OptOut::GitConfig));
        assert_eq!(opt_out(None, &git_config("[backstory]\n\tenabled = perhaps\n").1), Some(OptOut::GitConfig));
    }
}
