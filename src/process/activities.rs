//! Which activity a call of an agent or a command is, by rules as data: ours in `rules.toml`, a team's own before them.

pub(crate) mod answer;
pub(crate) mod command;
pub(crate) mod look;
pub(crate) mod matching;
pub(crate) mod rules;
pub(crate) mod template;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, OnceLock};

use self::answer::{ActivityId, RulePlace};
use self::matching::{CommandTable, PathTable, TaskTable, ToolTable};
use self::rules::{CommandRule, PathRule, RuleFile, TaskRule, ToolRule, line_of};
use super::settings::{FILE_NAME, ProcessSettings};
use crate::record::execution::Phase;
use crate::text::digest::sha256;

const OURS: &str = include_str!("rules.toml");

static RULES: LazyLock<RuleFile> = LazyLock::new(|| toml::from_str(OURS).expect("a test reads it"));

/// The rules without those of any team.
static BUILT_IN: LazyLock<Arc<Activities>> =
    LazyLock::new(|| Arc::new(Activities::new("", &ProcessSettings::default()).expect("a test makes them")));

/// Names of activities that code gives itself; each has its row in `rules.toml`.
pub(crate) const PROMPT: &str = "prompt";
pub(crate) const EXPLORE: &str = "explore";
pub(crate) const DELEGATE: &str = "delegate";
pub(crate) const ASK: &str = "ask user";
pub(crate) const PLAN: &str = "plan";
pub(crate) const SKILL: &str = "use skill";
/// A call that a person refused: it never ran.
pub(crate) const REFUSED: &str = "refused call";
pub(crate) const ELSEWHERE: &str = "work elsewhere";
pub(crate) const SCRATCH: &str = "edit scratch file";
pub(crate) const SHELL: &str = "shell";
pub(crate) const RUN: &str = "run program";
pub(crate) const AMEND: &str = "amend commit";
/// What no rule knows. It has no row.
pub(crate) const UNKNOWN: &str = "other command";

/// The rules, ready to be asked.
#[derive(Debug)]
pub(crate) struct Activities {
    names: Vec<(String, Phase)>,
    ids: HashMap<String, ActivityId>,
    pub(crate) commands: CommandTable,
    pub(crate) tasks: TaskTable,
    pub(crate) tools: ToolTable,
    pub(crate) paths: PathTable,
    /// The team's rules in the words of the program, by which [`Self::version`] tells them apart.
    own: String,
    version: OnceLock<u32>,
    /// A team names commands itself.
    has_own_commands: bool,
}

/// What a built-in rule's activity is for; `None` for a name that no built-in rule knows.
pub(crate) fn phase_of(activity: &str) -> Option<Phase> {
    BUILT_IN.phase(activity)
}

impl Activities {
    /// The rules of a team, whose file has the text `text`, before ours.
    ///
    /// # Errors
    /// For a rule that names nothing or a pattern that cannot be read, with its line.
    pub(crate) fn new(text: &str, own: &ProcessSettings) -> anyhow::Result<Self> {
        let mut rules = Self {
            names: Vec::new(),
            ids: HashMap::new(),
            commands: CommandTable::new(&RULES.options, &RULES.runners),
            tasks: TaskTable::default(),
            tools: ToolTable::default(),
            paths: PathTable::default(),
            own: spoken(own),
            version: OnceLock::new(),
            has_own_commands: !own.command.is_empty() || !own.task.is_empty(),
        };
        rules.name_all(own);
        let theirs = Lists { tool: &own.tool, command: &own.command, task: &own.task, path: &own.path };
        rules.add(theirs, |rule| Cow::Owned(rule.clone()), Source { text, is_own: true })?;
        let ours = Lists { tool: &RULES.tool, command: &RULES.command, task: &RULES.task, path: &RULES.path };
        rules.add(ours, Cow::Borrowed, Source { text: OURS, is_own: false })?;
        Ok(rules)
    }

    /// As [`Self::new`]; one for all where the team has no rule of its own.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn shared(text: &str, own: &ProcessSettings) -> anyhow::Result<Arc<Self>> {
        let is_plain = own.tool.is_empty() && own.command.is_empty() && own.task.is_empty() && own.path.is_empty();
        if is_plain && own.process.is_empty() {
            return Ok(BUILT_IN.clone());
        }
        Ok(Arc::new(Self::new(text, own)?))
    }

    /// A number of our rules and the team's, which changes with any of them: never 0.
    pub(crate) fn version(&self) -> u32 {
        *self.version.get_or_init(|| {
            let digest = sha256(format!("{OURS}\0{}", self.own).as_bytes());
            u32::from_str_radix(&digest[..8], 16).unwrap_or(1).max(1)
        })
    }

    pub(crate) fn phase(&self, activity: &str) -> Option<Phase> {
        self.ids.get(activity).map(|id| self.names[usize::from(id.0)].1)
    }

    pub(crate) fn name(&self, id: ActivityId) -> &str {
        &self.names[usize::from(id.0)].0
    }

    pub(crate) fn phase_of_id(&self, id: ActivityId) -> Phase {
        self.names[usize::from(id.0)].1
    }

    /// Whether a slash command only says how to go on, and not what is done.
    pub(crate) fn is_general(&self, skill: &str) -> bool {
        RULES.general.iter().any(|general| general == skill)
    }

    /// Whether no rule can say anything else of a command that only looks.
    pub(crate) fn is_plain_look(&self, command: &str) -> bool {
        !self.has_own_commands && look::is_plain_look(command)
    }

    /// What only moves the shell.
    pub(crate) fn shell(&self) -> &str {
        SHELL
    }

    /// The activity of a name that code gives itself, or that a rule named.
    pub(crate) fn id(&self, name: &str) -> Option<ActivityId> {
        self.ids.get(name).copied()
    }

    /// Gives the activities of a team's rules that ours do not have the greatest weight, in the order of their rules.
    fn name_all(&mut self, own: &ProcessSettings) {
        let own = each_activity(own);
        let is_ours = |name: &str| RULES.activities.iter().any(|activity| activity.name == name);
        for (name, phase) in own.iter().filter(|(name, _)| !is_ours(name)) {
            self.name_one(name, phase.unwrap_or(Phase::Other));
        }
        for activity in &RULES.activities {
            let told = own.iter().find(|(name, phase)| *name == activity.name && phase.is_some());
            self.name_one(&activity.name, told.and_then(|(_, phase)| *phase).unwrap_or(activity.phase));
        }
    }

    fn name_one(&mut self, name: &str, phase: Phase) {
        let id = ActivityId(u16::try_from(self.names.len()).unwrap_or(u16::MAX));
        if !self.ids.contains_key(name) {
            self.ids.insert(name.to_owned(), id);
            self.names.push((name.to_owned(), phase));
        }
    }

    fn add<'a>(
        &mut self,
        rules: Lists<'a>,
        take: fn(&'a CommandRule) -> Cow<'static, CommandRule>,
        source: Source<'_>,
    ) -> anyhow::Result<()> {
        for rule in rules.tool {
            let (activity, place) = self.named(&rule.as_ref().activity, rule, source)?;
            self.tools.add(rule.as_ref(), activity, place);
        }
        for rule in rules.command {
            let (activity, place) = self.named(&rule.as_ref().activity, rule, source)?;
            let added = self.commands.add(take(rule.as_ref()), activity, place);
            added.map_err(|why| source.error(place.line, &why))?;
        }
        for rule in rules.task {
            let (activity, place) = self.named(&rule.as_ref().activity, rule, source)?;
            self.tasks.add(rule.as_ref(), activity, place);
        }
        for rule in rules.path {
            let (activity, place) = self.named(&rule.as_ref().activity, rule, source)?;
            let added = self.paths.add(rule.as_ref(), activity, place);
            added.map_err(|why| source.error(place.line, &why))?;
        }
        Ok(())
    }

    fn named<T>(
        &self,
        activity: &str,
        rule: &toml::Spanned<T>,
        source: Source<'_>,
    ) -> anyhow::Result<(ActivityId, RulePlace)> {
        let place = RulePlace { is_own: source.is_own, line: line_of(source.text, rule.span().start) };
        let id = self.ids.get(activity).filter(|_| !activity.trim().is_empty());
        id.map(|id| (*id, place)).ok_or_else(|| source.error(place.line, "`activity` is no name"))
    }
}

/// The rules of a file.
#[derive(Clone, Copy)]
struct Lists<'a> {
    tool: &'a [toml::Spanned<ToolRule>],
    command: &'a [toml::Spanned<CommandRule>],
    task: &'a [toml::Spanned<TaskRule>],
    path: &'a [toml::Spanned<PathRule>],
}

/// The file that rules are from.
#[derive(Clone, Copy)]
struct Source<'a> {
    text: &'a str,
    is_own: bool,
}

impl Source<'_> {
    fn error(self, line: usize, why: &str) -> anyhow::Error {
        let file = if self.is_own { FILE_NAME } else { "rules.toml" };
        anyhow::anyhow!("{file}:{line}: {why}\nhint: docs/process.md has every key")
    }
}

/// The activities that rules name, each with the phase that it is given.
fn each_activity(rules: &ProcessSettings) -> Vec<(&str, Option<Phase>)> {
    let tools = rules.tool.iter().map(|rule| (rule.as_ref().activity.as_str(), rule.as_ref().phase));
    let commands = rules.command.iter().map(|rule| (rule.as_ref().activity.as_str(), rule.as_ref().phase));
    let tasks = rules.task.iter().map(|rule| (rule.as_ref().activity.as_str(), rule.as_ref().phase));
    let paths = rules.path.iter().map(|rule| (rule.as_ref().activity.as_str(), rule.as_ref().phase));
    tools.chain(commands).chain(tasks).chain(paths).collect()
}

fn spoken(own: &ProcessSettings) -> String {
    let spoken = |rules: &dyn std::fmt::Debug| format!("{rules:?}");
    let own = [
        spoken(&own.tool.iter().map(|rule| rule.as_ref()).collect::<Vec<_>>()),
        spoken(&own.command.iter().map(|rule| rule.as_ref()).collect::<Vec<_>>()),
        spoken(&own.task.iter().map(|rule| rule.as_ref()).collect::<Vec<_>>()),
        spoken(&own.path.iter().map(|rule| rule.as_ref()).collect::<Vec<_>>()),
        spoken(&own.process),
    ];
    own.join("\0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> anyhow::Result<Activities> {
        Activities::new(text, &ProcessSettings::parse(text)?)
    }

    #[test]
    fn our_rules_can_be_read_and_each_names_an_activity_of_the_list() {
        let rules = with("").unwrap();
        for name in [PROMPT, DELEGATE, ASK, PLAN, SKILL, REFUSED, ELSEWHERE, SCRATCH, SHELL, RUN, "commit", AMEND] {
            assert!(rules.id(name).is_some(), "{name}");
        }
        assert!(rules.id(UNKNOWN).is_none());
        assert_eq!(phase_of("run tests"), Some(Phase::Verify));
        assert_eq!(phase_of("feed the cat"), None);
    }

    #[test]
    fn the_version_changes_with_any_rule_and_with_nothing_else() {
        let one = with("[[command]]\nactivity = \"deploy\"\nrun = \"./ship\"\n").unwrap();
        let same = with("# ours\n[[command]]\nrun = [\"./ship\"]\nactivity = \"deploy\"\n[thresholds]\nmin-runs = 3\n");
        let other = with("[[command]]\nactivity = \"deploy\"\nrun = \"./ship it\"\n").unwrap();
        assert_eq!(one.version(), same.unwrap().version());
        assert_ne!(one.version(), other.version());
        assert_ne!(one.version(), with("").unwrap().version());
    }

    #[test]
    fn a_team_names_activities_of_its_own_and_moves_ours_to_another_phase() {
        let rules = with(
            "[[command]]\nactivity = \"sign off\"\nphase = \"verify\"\nrun = \"signoff\"\n\
             [[command]]\nactivity = \"run program\"\nphase = \"verify\"\nrun = \"./try\"\n",
        )
        .unwrap();
        assert_eq!(rules.phase("sign off"), Some(Phase::Verify));
        assert_eq!(rules.phase("run program"), Some(Phase::Verify));
        assert!(rules.id("sign off") < rules.id("commit"), "their own name is what they want to see");
    }

    #[test]
    fn a_rule_that_says_nothing_is_named_with_its_line() {
        for (text, expected) in [
            ("\n[[command]]\nactivity = \"x\"\n", "process.toml:2: "),
            ("[[path]]\nactivity = \"x\"\npath = \"!a\"\n", "process.toml:1: "),
            ("[[tool]]\nactivity = \" \"\ntool = \"a\"\n", "process.toml:1: "),
        ] {
            let error = with(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
