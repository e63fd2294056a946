//! What `init` sets up in a repository, as it is now: settings, opt-outs, hooks, notes.

use std::path::Path;

use super::report::Diagnosis;
use crate::commands::init;
use crate::config::{self, OptOut, RedactionSettings, Sharing};
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::git::settings::Settings;
use crate::git::{note_refs, notes, remotes};
use crate::install::hooks::{HOOKS, Hook, HookState};
use crate::install::place::{NOTES_REF, Place, REWRITE_REF};
use crate::install::receipt::Receipt;
use crate::install::{idle_check, managers};
use crate::recorder::declined::{self, Declined};
use crate::recorder::sharing::{self, DecidedBy};
use crate::recorder::team::Team;
use crate::recorder::workplace::{self, user_rules};
use crate::recorder::{misnamed, page};
use crate::redact::{RedactionOptions, Redactor};

const RUN_INIT: &str = "run `backstory init`";
const RUN_WITHOUT_HOOKS: &str = "run `backstory init --no-hooks`";

pub(crate) fn look(place: &Place, repository: &Repository, environment: &Environment) -> Vec<Diagnosis> {
    let mut findings = vec![Diagnosis::good("repository", place.root.display().to_string())];
    let git = match repository.settings() {
        Ok(git) => git,
        Err(error) => {
            findings.push(Diagnosis::problem("git configuration", format!("{error:#}"), "fix the file that it names"));
            return findings;
        }
    };
    let team = Team::around(repository, None);
    findings.push(settings(place));
    findings.extend(redaction(place));
    findings.extend(elsewhere(&team));
    findings.push(opt_outs(environment, git, repository));
    findings
        .extend(misnamed::at(&place.root).iter().map(|one| Diagnosis::problem("settings", one.said(), one.advice())));
    findings.push(hooks_folder(place));
    let program = Environment::program();
    let receipt = Receipt::read(&place.folder());
    findings.extend(recorded_program(&receipt, program.as_deref()));
    // Where nobody can read which program was put in, the hooks say it.
    let is_lost = receipt.is_err();
    let recorded = receipt.ok().flatten().and_then(|receipt| receipt.program);
    findings.extend(HOOKS.iter().map(|hook| {
        let named = if is_lost { hook.named_program(&place.hooks) } else { None };
        hook_finding(hook, place, repository, named.or_else(|| recorded.clone()).as_deref())
    }));
    findings.extend(idle_check(place));
    findings.push(notes(repository));
    // Where the hooks are somebody else's, `init` alone would refuse.
    let init = if place.obstacle().is_some() { RUN_WITHOUT_HOOKS } else { RUN_INIT };
    findings.push(rewriting(git, init));
    findings.push(sharing(place, repository, team, init));
    findings.extend(fetched_over(repository));
    findings
}

fn settings(place: &Place) -> Diagnosis {
    const SUBJECT: &str = "settings";
    let file = config::FILE_NAME;
    match config::read_file(&place.root) {
        Ok(config) => {
            if let Some(bound) = config.timeout_problem() {
                Diagnosis::good(SUBJECT, format!("{file} is valid; {bound}"))
            } else if place.root.join(file).exists() {
                Diagnosis::good(SUBJECT, format!("{file} is valid"))
            } else {
                Diagnosis::good(SUBJECT, format!("no {file}, the defaults are in force"))
            }
        }
        Err(error) => Diagnosis::problem(
            SUBJECT,
            format!("{:#}", anyhow::Error::from(error)),
            "fix the file; until then no record is made",
        ),
    }
}

/// The team's files in other places than the work tree, where they cannot be used.
fn elsewhere(team: &anyhow::Result<Team>) -> Option<Diagnosis> {
    let error = team.as_ref().err()?;
    let advice = "commit a file without that mistake; until then nothing is recorded or shared";
    Some(Diagnosis::problem("settings of the team", format!("{error:#}"), advice))
}

/// The repository's own rules of redaction and its exceptions, where there are any.
fn redaction(place: &Place) -> Option<Diagnosis> {
    let RedactionSettings { rules, allow, .. } = config::read_file(&place.root).ok()?.redaction;
    let counted = format!("{} rules of this repository, {} patterns for what may stay", rules.len(), allow.len());
    if rules.is_empty() && allow.is_empty() {
        return None;
    }
    Some(match Redactor::new(RedactionOptions { rules: user_rules(&rules), allow, ..RedactionOptions::default() }) {
        Ok(_) => Diagnosis::good("redaction", counted),
        Err(error) => {
            // An expression is drawn over several lines.
            let error = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
            let advice = format!("fix it in {}; until then no record is made", config::FILE_NAME);
            Diagnosis::problem("redaction", error, advice)
        }
    })
}

fn opt_outs(environment: &Environment, git: &Settings, repository: &Repository) -> Diagnosis {
    let before = match Declined::read(repository) {
        Ok(declined) => declined.count(),
        Err(error) => {
            return Diagnosis::problem("opt-out", format!("{error:#}"), "move it away; until then no record is made");
        }
    };
    match workplace::opt_out(environment, git) {
        None if before > 0 => {
            let path = declined::path(repository);
            let commits = page::counted(before, "commit");
            Diagnosis::good("opt-out", format!("none now; {commits} made under one stay without ({})", path.display()))
        }
        None => Diagnosis::good("opt-out", "none"),
        Some(OptOut::Variable) => Diagnosis::good("opt-out", "BACKSTORY is set to off: nothing is recorded"),
        Some(OptOut::GitConfig) => {
            Diagnosis::good("opt-out", "git config backstory.enabled is false: nothing is recorded")
        }
    }
}

fn hooks_folder(place: &Place) -> Diagnosis {
    let state = match &place.hooks_path {
        Some(written) => format!("{} (core.hooksPath = {written})", place.hooks.display()),
        None => place.hooks.display().to_string(),
    };
    match place.obstacle() {
        Some(obstacle) => Diagnosis::good("hooks folder", format!("{state}: {}", obstacle.short)),
        None => Diagnosis::good("hooks folder", state),
    }
}

fn recorded_program(receipt: &anyhow::Result<Option<Receipt>>, program: Option<&Path>) -> Option<Diagnosis> {
    match receipt {
        Err(error) => Some(Diagnosis::problem("receipt", format!("{error:#}"), RUN_INIT)),
        Ok(None) => None,
        Ok(Some(receipt)) => {
            let recorded = receipt.program.as_deref()?;
            let state = recorded.display().to_string();
            Some(if !recorded.exists() {
                Diagnosis::problem("program in hooks", format!("{state} is gone"), RUN_INIT)
            } else if program.is_some_and(|program| program != recorded) {
                Diagnosis::good("program in hooks", format!("{state}, another file than this program"))
            } else {
                Diagnosis::good("program in hooks", state)
            })
        }
    }
}

fn hook_finding(hook: &Hook, place: &Place, repository: &Repository, program: Option<&Path>) -> Diagnosis {
    let subject = format!("hook {}", hook.name);
    let state = match hook.state(&place.hooks, program) {
        Ok(state) => state,
        Err(error) => return Diagnosis::problem(subject, format!("cannot be read: {error}"), "fix its permissions"),
    };
    if matches!(state, HookState::Missing | HookState::Foreign)
        && let Some(by) = called_by(hook, place, repository)
    {
        return Diagnosis::good(subject, format!("called by {by}"));
    }
    let advice = place.obstacle().map_or_else(|| RUN_INIT.to_owned(), |obstacle| obstacle.advice_for(place, hook.name));
    match state {
        HookState::Installed => Diagnosis::good(subject, "installed"),
        HookState::Chained => Diagnosis::good(subject, "installed, and the hook that was there before runs too"),
        HookState::ChainedByOther => Diagnosis::good(subject, "run by pre-commit or prek, as the hook from before"),
        HookState::Outdated => Diagnosis::problem(subject, "of another version", advice),
        HookState::NotExecutable => Diagnosis::problem(subject, "not executable, git passes it over", advice),
        HookState::Missing => Diagnosis::problem(subject, "missing", advice),
        HookState::Foreign => {
            let manager = managers::of_hook(hook, &place.hooks);
            let state = match manager {
                Some(manager) => format!("of {}, which does not call backstory", manager.name),
                None => "another program's, backstory is not run".to_owned(),
            };
            let advice = match (manager, place.obstacle()) {
                (Some(manager), _) => manager.advice(hook.name),
                (None, Some(_)) => advice,
                (None, None) => format!("{RUN_INIT}: it keeps that hook and runs it too"),
            };
            Diagnosis::problem(subject, state, advice)
        }
    }
}

/// What the commit-msg hook asks first, where it is not as this program would write it: commits take longer then.
fn idle_check(place: &Place) -> Option<Diagnosis> {
    const SUBJECT: &str = "idle check";
    let asks = HOOKS.first()?.asks_idle_check(&place.hooks);
    (asks && !idle_check::is_current(&place.folder())).then(|| {
        Diagnosis::problem(SUBJECT, "missing or of another version, so that every commit waits longer", RUN_INIT)
    })
}

/// Who calls `backstory hook`, where git's own file of that name is not ours: the hook itself, a file of its manager, or
/// git's configuration.
fn called_by(hook: &Hook, place: &Place, repository: &Repository) -> Option<String> {
    if hook.calls_backstory(&place.hooks) {
        return Some("the hook that is there".to_owned());
    }
    if let Some(file) = managers::file_that_calls(hook, &place.root, &place.hooks) {
        return Some(file);
    }
    let settings = repository.settings().ok()?;
    managers::in_git_configuration(hook, &|name| settings.values(name)).then(|| "git's configuration".to_owned())
}

fn notes(repository: &Repository) -> Diagnosis {
    if let Some((state, advice)) = note_refs::symbolic(repository) {
        return Diagnosis::problem("notes", state, advice);
    }
    if repository.handle().find_reference(NOTES_REF).is_err() {
        return Diagnosis::good("notes", format!("none yet in {NOTES_REF}"));
    }
    // libgit2's own list asks for the index, and cannot read one that is sparse.
    match notes::list(repository) {
        Ok(notes) => Diagnosis::good("notes", format!("{} in {NOTES_REF}", notes.len())),
        Err(error) => Diagnosis::problem("notes", format!("{error:#}"), format!("look at `git log {NOTES_REF}`")),
    }
}

fn rewriting(git: &Settings, init: &str) -> Diagnosis {
    const SUBJECT: &str = "amend and rebase";
    let set = git.values("notes.rewriteRef");
    if set.iter().any(|value| value == REWRITE_REF || value == "refs/notes/*") {
        Diagnosis::good(SUBJECT, "carry the records on (notes.rewriteRef)")
    } else if set.iter().any(|value| value == NOTES_REF) {
        let state = "carry the records on (notes.rewriteRef); git warns each time as long as there is no record";
        Diagnosis::problem(SUBJECT, state, format!("{init}: it sets {REWRITE_REF}"))
    } else {
        Diagnosis::problem(SUBJECT, "lose the records: notes.rewriteRef is not set", init)
    }
}

/// Lines that make a fetch write over the records of this clone.
fn fetched_over(repository: &Repository) -> Vec<Diagnosis> {
    let finding = |(name, value): (String, String)| {
        let state = format!("`{name} = {value}` replaces the records of this clone with those of the remote");
        let advice = "delete that line from git's configuration; `backstory backfill` puts back what was lost, as far as \
                      git's log of the notes has it";
        Diagnosis::problem("git fetch", state, advice)
    };
    remotes::lines_over_notes(repository).into_iter().map(finding).collect()
}

fn sharing(place: &Place, repository: &Repository, team: anyhow::Result<Team>, init: &str) -> Diagnosis {
    const SUBJECT: &str = "sharing";
    let decided = team.and_then(|team| {
        let mut config = config::read_file(&place.root)?;
        misnamed::restrict(&mut config, &place.root);
        let decision = sharing::in_force(repository, &config, &team)?;
        Ok((decision, init::is_not_committed(&config, decision)))
    });
    let (decision, is_not_committed) = match decided {
        Ok(decided) => decided,
        Err(error) => return Diagnosis::problem(SUBJECT, format!("local: {error:#}"), "fix what it names"),
    };
    let file = config::FILE_NAME;
    match (decision.sharing, decision.by) {
        (Sharing::Local, DecidedBy::Person) => {
            Diagnosis::good(SUBJECT, "local: records stay in this clone (git config backstory.sharing)")
        }
        (Sharing::Local, DecidedBy::Team) => {
            Diagnosis::good(SUBJECT, format!("local: records stay in this clone ({file})"))
        }
        (Sharing::Local, _) if is_not_committed => {
            let state = format!("local: `sharing: notes` in {file} counts once it is committed to the default branch");
            Diagnosis::problem(
                SUBJECT,
                state,
                "commit and push the file, or run `backstory init --share` for this clone",
            )
        }
        (Sharing::Local, _) => Diagnosis::good(
            SUBJECT,
            "local: records stay in this clone, nobody decided to share them; `backstory init --share` does",
        ),
        (Sharing::Notes, by) => shared(repository, by, init),
    }
}

/// Records that leave: where to, and whether those of others come here.
fn shared(repository: &Repository, by: DecidedBy, init: &str) -> Diagnosis {
    const SUBJECT: &str = "sharing";
    if let Some(remote) = remotes::names(repository).iter().find(|name| remotes::lacks_default_branch(repository, name))
    {
        let state = format!(
            "local: the default branch of {remote} is not known in this clone, and its settings may keep the records in"
        );
        return Diagnosis::problem(SUBJECT, state, format!("run `{}`", remotes::bring_default_branch(remote)));
    }
    let missing = remotes::missing_fetch_lines(repository);
    if !missing.is_empty() {
        let name =
            |(name, _): &(String, String)| name.trim_start_matches("remote.").trim_end_matches(".fetch").to_owned();
        let names: Vec<String> = missing.iter().map(name).collect();
        let state = format!("notes: pushed with `git push`, and not fetched from {}", names.join(", "));
        return Diagnosis::problem(SUBJECT, state, init);
    }
    let state = match remotes::main(repository) {
        Some(_) => "notes: pushed and fetched with the commits",
        None => "notes: pushed with `git push`; there is no remote yet",
    };
    match by {
        DecidedBy::EarlierInit => Diagnosis::good(
            SUBJECT,
            format!(
                "{state}, as set up before that was a question; `backstory init --share` or `backstory init --local` \
                 answers it"
            ),
        ),
        _ => Diagnosis::good(SUBJECT, state),
    }
}
