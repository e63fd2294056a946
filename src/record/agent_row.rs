//! What a row of the table of agents holds, and how one is written.

use super::agent::Agent;
use super::server_settings::ServerSettings;

/// One agent.
pub struct AgentRow {
    pub agent: Agent,
    pub slug: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// Variables that the agent sets in the shells it starts, strongest first. A hook that sees one runs inside the agent.
    pub environment: &'static [EnvironmentSign],
    /// How it signs commits.
    pub signs: &'static [Sign],
    /// Whether its sessions can be read.
    pub is_read: bool,
    /// What else its shells say, where one of its signs is there.
    pub shell: ShellVariables,
    /// The variables that name other places for its files.
    pub home_variables: &'static [&'static str],
    /// Who makes it, by names that people may take for the agent's.
    pub makers: &'static [&'static str],
    /// The tool by which it shows a plan to the person.
    pub plan_tool: Option<&'static str>,
    /// What it writes above a message of another session.
    pub message_head: Option<&'static str>,
    /// Whether its models are called as the agent is: then the name is part of theirs.
    pub names_its_models: bool,
    /// The file of a repository in which it looks for the rules that hold there, where only it does.
    pub rules_file: Option<&'static str>,
    /// Folders and files in which it keeps sessions that are not read, from the home folder on.
    pub unread_folders: &'static [&'static str],
    /// What it leaves in a repository.
    pub keeps: KeptFiles,
    /// Where a repository names the servers that it starts.
    pub servers: Option<ServerSettings>,
}

/// The files in which an agent keeps how work was done, by their paths in a repository.
#[derive(Clone, Copy, Debug)]
pub struct KeptFiles {
    /// Folders of such files, wherever they are in the repository.
    pub folders: &'static [&'static str],
    /// Files with these names, or with a path that ends so.
    pub files: &'static [&'static str],
    /// Beginnings of such names.
    pub names: &'static [&'static str],
    /// Settings and instructions among them: people and agents write them as they write code.
    pub settings: &'static [&'static str],
}

impl KeptFiles {
    pub(super) const NOTHING: Self = Self { folders: &[], files: &[], names: &[], settings: &[] };
}

/// One way in which an agent shows in a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The address of an author, committer or co-author; in any case of letters.
    Email(&'static str),
    /// The end of such an address: GitHub puts a number before the name of an app.
    EmailEnd(&'static str),
    /// The end of the name of an author or committer.
    NameEnd(&'static str),
    /// How the agent is named in `Assisted-by`, `Generated-by` and beside an address; lower case.
    Name(&'static str),
    /// The beginning of a line of the message, behind an emoji.
    Line(&'static str),
    /// A trailer's key, lower case; the value, or its part behind the last `/`, is the session.
    SessionKey(&'static str),
    /// A trailer's key, lower case, with one of these values; without values, any.
    Key(&'static str, &'static [&'static str]),
    /// The beginning of the subject.
    Subject(&'static str),
    /// The beginning of the branch's name.
    Branch(&'static str),
}

/// A variable that an agent sets in its shells.
pub struct EnvironmentSign {
    pub variable: &'static str,
    /// The only value that says it, where other programs use the variable too.
    pub value: Option<&'static str>,
    /// Whether the value is the id of the session (a stated link), or only says that the agent is there.
    pub names_session: bool,
}

impl EnvironmentSign {
    /// Whether a variable of this value says that the agent is there. An agent that starts another program without its
    /// own sign empties it or sets it to 0.
    pub fn is_given(&self, value: &str) -> bool {
        match self.value {
            Some(wanted) => value == wanted,
            None => !matches!(value.trim().to_ascii_lowercase().as_str(), "" | "0" | "false" | "no" | "off"),
        }
    }
}

/// The variables of an agent's shells that say more than that it is there; none of them is a sign of it.
#[derive(Clone, Copy, Debug)]
pub struct ShellVariables {
    pub version: Option<&'static str>,
    pub model: Option<&'static str>,
    /// The call whose command runs in the shell.
    pub call: Option<&'static str>,
}

impl ShellVariables {
    pub(super) const NOTHING: Self = Self { version: None, model: None, call: None };
}

pub(super) const fn session_in(variable: &'static str) -> EnvironmentSign {
    EnvironmentSign { variable, value: None, names_session: true }
}

pub(super) const fn presence(variable: &'static str) -> EnvironmentSign {
    EnvironmentSign { variable, value: None, names_session: false }
}

pub(super) const fn presence_as(variable: &'static str, value: &'static str) -> EnvironmentSign {
    EnvironmentSign { variable, value: Some(value), names_session: false }
}

pub(super) const fn row(slug: &'static str, title: &'static str) -> AgentRow {
    AgentRow {
        agent: Agent::known(slug),
        slug,
        title,
        environment: &[],
        signs: &[],
        is_read: false,
        shell: ShellVariables::NOTHING,
        home_variables: &[],
        makers: &[],
        plan_tool: None,
        message_head: None,
        names_its_models: false,
        rules_file: None,
        unread_folders: &[],
        keeps: KeptFiles::NOTHING,
        servers: None,
    }
}

impl AgentRow {
    pub(super) const fn sets(mut self, environment: &'static [EnvironmentSign]) -> Self {
        self.environment = environment;
        self
    }

    pub(super) const fn signs(mut self, signs: &'static [Sign]) -> Self {
        self.signs = signs;
        self
    }

    pub(super) const fn with_reader(mut self) -> Self {
        self.is_read = true;
        self
    }

    pub(super) const fn says(mut self, shell: ShellVariables) -> Self {
        self.shell = shell;
        self
    }

    pub(super) const fn moved_by(mut self, variables: &'static [&'static str]) -> Self {
        self.home_variables = variables;
        self
    }

    pub(super) const fn by(mut self, makers: &'static [&'static str]) -> Self {
        self.makers = makers;
        self
    }

    pub(super) const fn shows_plans_by(mut self, tool: &'static str) -> Self {
        self.plan_tool = Some(tool);
        self
    }

    pub(super) const fn heads_messages_with(mut self, head: &'static str) -> Self {
        self.message_head = Some(head);
        self
    }

    pub(super) const fn names_its_models(mut self) -> Self {
        self.names_its_models = true;
        self
    }

    pub(super) const fn finds_rules_in(mut self, file: &'static str) -> Self {
        self.rules_file = Some(file);
        self
    }

    pub(super) const fn files_unread_in(mut self, folders: &'static [&'static str]) -> Self {
        self.unread_folders = folders;
        self
    }

    pub(super) const fn starts_servers_of(mut self, servers: ServerSettings) -> Self {
        self.servers = Some(servers);
        self
    }

    pub(super) const fn keeps(mut self, keeps: KeptFiles) -> Self {
        self.keeps = keeps;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emptied_sign_is_none() {
        let sign = presence("CRUSH");
        let given = ["1", "true", "yes", "", "0", "false", "off"].map(|value| sign.is_given(value));
        assert_eq!(given, [true, true, true, false, false, false, false]);
        let one_value = presence_as("OR_APP_NAME", "OpenHands");
        assert_eq!(["OpenHands", "Aider", "1"].map(|value| one_value.is_given(value)), [true, false, false]);
    }
}
