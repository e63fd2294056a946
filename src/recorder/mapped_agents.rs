//! The agents that settings map: a person's own file, which git's settings name, and `.backstory.yml`. Only a person says which
//! folders of their machine hold sessions: a repository comes from anybody, and could name any folder to have what is in it
//! published. Its own mappings are taken for files in the work tree, and for what a person names with `--sessions`.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::given::given_settings;
use crate::capture::{self, FilePattern};
use crate::config::{self, Config};
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::git::settings::Settings;
use crate::record::agent::Agent;
use crate::record::agent_mapping::AgentMapping;

/// The setting of git that names a person's own file; it may stand several times.
pub(crate) const SETTING: &str = "backstory.agentsFile";

/// The agents that are mapped here.
#[derive(Clone, Debug, Default)]
pub(crate) struct MappedAgents {
    pub(crate) agents: Vec<MappedAgent>,
    /// Mappings that are left out, with the file, the key and what to do.
    pub(crate) problems: Vec<String>,
    /// Folders that a repository names and may not.
    pub(crate) refused: Vec<String>,
    /// The files of a person, whether they are there or not.
    pub(crate) files: Vec<PathBuf>,
    /// The variables by which folders are named.
    pub(crate) variables: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct MappedAgent {
    pub(crate) agent: Agent,
    /// The settings file, as a person knows it.
    pub(crate) from: String,
    /// Its files as they were written, of which some may be refused.
    pub(crate) files: Vec<String>,
}

impl MappedAgents {
    /// What is left out, a line each.
    pub(crate) fn said(&self) -> Vec<String> {
        let refused = self.refused.iter().map(|files| {
            format!(
                "{}: {files} is not looked at, because only you may say which folders outside the repository hold sessions: \
                 copy the agent into a file of yours, and name that with `git config --global {SETTING} FILE`",
                config::FILE_NAME
            )
        });
        self.problems.iter().cloned().chain(refused).collect()
    }
}

/// Whose mapping it is.
#[derive(Clone, Copy)]
enum Owner<'a> {
    Person,
    /// With the work tree.
    Repository(&'a Path),
}

/// Maps the agents of the settings from now on; returns what there is to say of them. Costs nothing where none is mapped.
pub(crate) fn take_up(repository: &Repository, config: &Config, environment: &Environment) -> MappedAgents {
    let root = repository.root();
    let mut work = TakenMappings::new(environment);
    for named in repository.config_values(SETTING) {
        work.add_file(&named, root);
    }
    if let Some(root) = root {
        for mapping in &config.agents.0 {
            work.add(mapping, config::FILE_NAME, Owner::Repository(root));
        }
    }
    work.finish()
}

/// As [`take_up`], where no repository is at hand: what the person's settings of git say.
pub(crate) fn take_up_outside(environment: &Environment) -> MappedAgents {
    let mut work = TakenMappings::new(environment);
    let settings = Settings::outside(&given_settings(environment));
    for named in settings.map(|settings| settings.values(SETTING)).unwrap_or_default() {
        work.add_file(&named, None);
    }
    work.finish()
}

struct TakenMappings<'a> {
    environment: &'a Environment,
    mapped: MappedAgents,
    taken: Vec<(AgentMapping, Vec<FilePattern>)>,
}

impl<'a> TakenMappings<'a> {
    fn new(environment: &'a Environment) -> Self {
        Self { environment, mapped: MappedAgents::default(), taken: Vec::new() }
    }

    fn finish(self) -> MappedAgents {
        capture::map_agents(self.taken);
        self.mapped
    }

    /// Adds the mappings of a person's own file.
    fn add_file(&mut self, named: &str, root: Option<&Path>) {
        let path = match self.expanded(named) {
            Ok(Some(path)) if Path::new(&path).is_absolute() => PathBuf::from(path),
            Ok(None) => {
                self.mapped
                    .problems
                    .push(format!("git config {SETTING} is {named}, in which a variable is not set here"));
                return;
            }
            _ => {
                self.mapped.problems.push(format!(
                    "git config {SETTING} is {named}, which may be anybody's file: write its path from `/` or `~/` on"
                ));
                return;
            }
        };
        let is_inside = |root: &Path| {
            fs::canonicalize(&path)
                .ok()
                .zip(fs::canonicalize(root).ok())
                .is_some_and(|(path, root)| path.starts_with(root))
        };
        self.mapped.files.push(path.clone());
        if root.is_some_and(is_inside) {
            self.mapped.problems.push(format!(
                "git config {SETTING} names {named}, which is in this repository, where others can change it: move it out"
            ));
            return;
        }
        match config::read_mappings(&path) {
            Ok(mappings) => mappings.0.iter().for_each(|mapping| self.add(mapping, named, Owner::Person)),
            Err(error) => self
                .mapped
                .problems
                .push(format!("{:#}; until it is fixed, no agent of it is read", anyhow::Error::from(error))),
        }
    }

    fn add(&mut self, mapping: &Result<AgentMapping, String>, from: &str, owner: Owner<'_>) {
        let mapping = match mapping {
            Ok(mapping) => mapping,
            Err(mistake) => {
                self.mapped.problems.push(format!("{from}: {mistake}; until it is fixed, this agent is not read"));
                return;
            }
        };
        // A person's own comes first.
        if self.taken.iter().any(|(known, _)| known.name == mapping.name) {
            return;
        }
        let mut patterns = Vec::new();
        for files in &mapping.files {
            match self.pattern(files, owner) {
                Ok(pattern) => patterns.extend(pattern),
                Err(PatternFault::Outside) => self.mapped.refused.push(format!("{} ({})", files, mapping.name)),
                Err(PatternFault::Mistake(why)) => self
                    .mapped
                    .problems
                    .push(format!("{from}: agent {}, `files`: {files} cannot be used: {why}", mapping.name)),
            }
        }
        let (agent, files) = (mapping.name.clone(), mapping.files.clone());
        self.mapped.agents.push(MappedAgent { agent, from: from.to_owned(), files });
        self.taken.push((mapping.clone(), patterns));
    }

    /// `None` where a variable in it is not set.
    fn pattern(&mut self, files: &str, owner: Owner<'_>) -> Result<Option<FilePattern>, PatternFault> {
        let Owner::Repository(root) = owner else {
            let Some(path) = self.expanded(files).map_err(PatternFault::Mistake)? else { return Ok(None) };
            if !Path::new(&path).is_absolute() {
                let why = "write its path from `/`, `~/` or a variable on".to_owned();
                return Err(PatternFault::Mistake(why));
            }
            return FilePattern::parse(Path::new(&path), None).map(Some).map_err(PatternFault::Mistake);
        };
        let way = Path::new(files);
        let is_named = |component: Component<'_>| matches!(component, Component::Normal(_) | Component::CurDir);
        let is_below = way.components().all(is_named) && !files.starts_with('~') && !files.contains('$');
        // Whoever has all of their home in a repository has their keys in it, too.
        let holds_home = self.environment.home.as_ref().is_none_or(|home| home.starts_with(root));
        if !is_below || holds_home {
            return Err(PatternFault::Outside);
        }
        let mut folders = way.components().filter(|component| matches!(component, Component::Normal(_)));
        let first = folders.next().map(|first| first.as_os_str().to_string_lossy().into_owned()).unwrap_or_default();
        if folders.next().is_none() || first.contains(['*', '?']) {
            let why = "begin with a folder that has a name; all of the repository is not looked through".to_owned();
            return Err(PatternFault::Mistake(why));
        }
        FilePattern::parse(&root.join(way), Some(root)).map(Some).map_err(PatternFault::Mistake)
    }

    /// A path with the home folder in the place of `~`, and with the values of variables (`$NAME`, `${NAME}`). `None` where one is
    /// not set.
    fn expanded(&mut self, path: &str) -> Result<Option<String>, String> {
        let mut expanded = String::new();
        let mut rest = path;
        if let Some(below) = path.strip_prefix('~') {
            if !below.is_empty() && !below.starts_with(['/', '\\']) {
                return Err("only your own home folder can be named by `~`".to_owned());
            }
            let Some(home) = self.environment.home.as_ref() else { return Ok(None) };
            expanded.push_str(&home.to_string_lossy());
            rest = below;
        }
        while let Some((before, after)) = rest.split_once('$') {
            expanded.push_str(before);
            let (name, behind) = match after.strip_prefix('{') {
                Some(inside) => inside.split_once('}').ok_or_else(|| "a `}` is missing behind `${`".to_owned())?,
                None => {
                    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                    after.split_at(end)
                }
            };
            if name.is_empty() {
                return Err("the name of a variable is missing behind `$`".to_owned());
            }
            if !self.mapped.variables.iter().any(|known| known == name) {
                self.mapped.variables.push(name.to_owned());
            }
            let Some(value) = self.environment.variable(name) else { return Ok(None) };
            expanded.push_str(value);
            rest = behind;
        }
        expanded.push_str(rest);
        Ok(Some(expanded))
    }
}

enum PatternFault {
    /// Not the repository's to name.
    Outside,
    Mistake(String),
}
