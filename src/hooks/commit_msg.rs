//! The commit-msg hook: links what is about to be committed and adds at most two trailers to the message.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::foreseen;
use super::passing::Passing;
use super::pending;
use crate::environment::Environment;
use crate::failpoint;
use crate::git::{staged, trailers};
use crate::link::library::Library;
use crate::link::{self, AgentShell, Hints};
use crate::record::agent::{Agent, is_session_id};
use crate::record::commit::{Commit, Person};
use crate::record::contribution::Confidence;
use crate::record::text::Raw;
use crate::recorder::journals::{self, CommitTime, Journals};
use crate::recorder::outcome::HookOutcome;
use crate::recorder::prepared::Foreseen;
use crate::recorder::workplace::Workplace;
use crate::recorder::{agent_shell, gather, no_trailers, unseen};
use crate::redact::Redactor;

pub(crate) fn work(workplace: &mut Workplace, environment: &Environment, file: &Path) -> anyhow::Result<HookOutcome> {
    let inside = agent_shell::inside(environment).filter(|inside| !workplace.ignores(inside));
    let is_quiet = gather::is_quiet(workplace, environment, inside.as_ref());
    let mut left = HookOutcome { problems: workplace.mapped.problems.clone(), ..HookOutcome::default() };
    // What lies in its way costs what a squash or a pick tells of its commits, not the trailers.
    left.problems.extend(pending::remember(&workplace.repository, is_quiet).err().map(|error| format!("{error:#}")));
    failpoint::reach("message.read")?;
    if is_quiet || !workplace.confirm(environment)? {
        return Ok(left);
    }
    let inside = inside.filter(|inside| !workplace.ignores(inside));
    let settings = workplace.config.trailers;
    if !(settings.assisted_by || settings.session) || no_trailers::is_known(&workplace.repository) {
        return Ok(left);
    }
    let file = environment.cwd.join(file);
    let message = fs::read(&file).with_context(|| format!("the message {} cannot be read", file.display()))?;
    let mut problems = Vec::new();
    let named = signature(workplace, environment, &message, inside, &mut problems)?;
    left.problems.append(&mut problems);
    let Some((signature, foreseen)) = named else { return Ok(left) };
    let signature = signature.without_secrets(&workplace.redactor()?);
    let mut added: Vec<(String, String)> = Vec::new();
    if settings.assisted_by {
        added.push(("Assisted-by".to_owned(), signature.assisted_by()));
    }
    if let Some(session) = signature.session.as_ref().filter(|_| settings.session) {
        added.push(("Backstory-Session".to_owned(), format!("{}/{session}", signature.agent)));
    }
    let added: Vec<(&str, &str)> = added.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let bytes = trailers::append(&message, &added, &workplace.comment_prefix(&message));
    left.foreseen = foreseen.and_then(|foreseen| foreseen::with_message(foreseen, environment, &bytes)).map(Box::new);
    left.message = (bytes != message).then_some((file, bytes));
    Ok(left)
}

/// A longer name of a model is none.
const LONGEST_MODEL: usize = 100;

/// Who is named in the message.
struct NamedAgent {
    agent: Agent,
    model: Option<String>,
    session: Option<String>,
}

impl NamedAgent {
    /// Without what must not travel: a message goes where the commit goes, and stays.
    fn without_secrets(self, redactor: &Redactor) -> Self {
        let is_clean = |text: &String| redactor.spans(text).is_empty();
        // An id looks random, and is not a secret for that.
        let is_id = |text: &String| {
            let is_random = text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
            is_session_id(text) && redactor.scan_final(text.as_bytes()).is_empty() && (is_random || is_clean(text))
        };
        let is_name =
            |text: &String| text.len() <= LONGEST_MODEL && !text.chars().any(char::is_control) && is_clean(text);
        Self { agent: self.agent, model: self.model.filter(is_name), session: self.session.filter(is_id) }
    }

    fn assisted_by(&self) -> String {
        match &self.model {
            Some(model) => format!("{} ({model})", self.agent.title()),
            None => self.agent.title().to_owned(),
        }
    }
}

fn signature(
    workplace: &Workplace,
    environment: &Environment,
    message: &[u8],
    inside: Option<AgentShell>,
    problems: &mut Vec<String>,
) -> anyhow::Result<Option<(NamedAgent, Option<Foreseen>)>> {
    let index = environment.variable("GIT_INDEX_FILE").map(|path| environment.cwd.join(PathBuf::from(path)));
    let is_merge = pending::is_merge(&workplace.repository);
    let commit = Commit {
        id: None,
        parents: workplace.repository.head().into_iter().collect(),
        trees: None,
        author: Person::default(),
        authored_at: environment.now,
        committed_at: environment.now,
        message: Raw::new(String::from_utf8_lossy(message).into_owned()),
        // What a merge brings in was written for the commits that it joins.
        files: match is_merge {
            true => Vec::new(),
            false => staged::staged(&workplace.repository, index.as_deref())?,
        },
    };
    let commit = workplace.without_ignored(commit);
    let since = workplace.repository.head().and_then(|head| Some(workplace.repository.times(&head).ok()?.authored));
    failpoint::reach("sessions.gather")?;
    let mut gathered = gather::for_commit(workplace, environment, &commit, inside.as_ref(), &[])?;
    problems.append(&mut gathered.problems);
    let mut journals = Journals::open(&workplace.repository);
    problems.append(&mut journals.problems);
    let is_read_whole = problems.is_empty() && !gathered.is_cut && !is_merge;
    if is_read_whole && inside.is_none() && gathered.sessions.is_empty() && !journals.may_tell_of(&commit) {
        // Without it they are looked for once more.
        let tree = staged::tree(&workplace.repository, index.as_deref())?;
        let passing = Passing::of(workplace, environment, &commit);
        if pending::nothing_in(&workplace.repository, &tree, passing.is_some()).is_ok() {
            passing.into_iter().for_each(|passing| passing.leave_word(&workplace.repository));
        }
        return Ok(None);
    }
    let library = Library::new(unseen::without(workplace, environment, gathered.sessions)?);
    let mut linked = link::name(&commit, &library, &Hints { inside: inside.clone(), since, ..Hints::default() });
    journals::add(&mut linked, &commit, journals.for_commit(workplace, &commit, CommitTime::Committed));
    // A person who keeps a journal is no agent.
    let is_agent = |agent: &Agent| *agent != Agent::JOURNAL;
    let strongest =
        linked.contributions.into_iter().find(|one| one.confidence != Confidence::Overlap && is_agent(&one.agent));
    let foreseen = (strongest.is_some() && is_read_whole && !journals.may_tell_of(&commit))
        .then(|| foreseen::commit(workplace, environment, &commit, index.as_deref()))
        .flatten();
    let foreseen = match foreseen {
        Some(commit) => Some(Foreseen { commit, inside: inside.clone(), library, seen: gathered.seen }),
        // The process ends soon, and to free a session word by word takes as long as to look through it.
        None => {
            std::mem::forget(library);
            None
        }
    };
    let named = match (strongest, inside) {
        (Some(one), _) => Some(NamedAgent {
            agent: one.agent,
            model: one.models.last().cloned(),
            session: Some(one.session).filter(|id| !id.is_empty()),
        }),
        (None, Some(inside)) => Some(NamedAgent { agent: inside.agent, model: inside.model, session: inside.session }),
        (None, None) => None,
    };
    Ok(named.map(|named| (named, foreseen)))
}
