//! What `init` sets up in a repository, as it is now: settings, opt-outs, hooks, notes.

use std::path::Path;

use super::report::Finding;
use crate::commands::init;
use crate::commands::sharing::{self, By};
use crate::commands::workplace::discover;
use crate::config::{self, OptOut, Sharing};
use crate::environment::Environment;
use crate::install::git_lines::{GitLine, values};
use crate::install::hooks::{self, HOOKS, Hook, HookState};
use crate::install::place::{NOTES_REF, Place, REWRITE_REF};
use crate::install::receipt::Receipt;

const RUN_INIT: &str = "run `backstory init`";

pub(crate) fn look(place: &Place, environment: &Environment) -> Vec<Finding> {
    let mut findings = vec![Finding::good("repository", place.root.display().to_string())];
    let git = match place.config() {
        Ok(git) => git,
        Err(error) => {
            findings.push(Finding::problem("git configuration", format!("{error:#}"), "mend the file that it names"));
            return findings;
        }
    };
    findings.push(settings(place));
    findings.push(opt_outs(environment, &git));
    findings.push(hooks_folder(place));
    let program = Environment::program();
    let receipt = Receipt::read(&place.folder());
    findings.extend(recorded_program(&receipt, program.as_deref()));
    let recorded = receipt.ok().flatten().and_then(|receipt| receipt.program);
    findings.extend(HOOKS.iter().map(|hook| hook_finding(hook, place, recorded.as_deref())));
    findings.push(notes(place));
    findings.push(rewriting(&git));
    findings.push(sharing(place, environment, &git));
    findings
}

fn settings(place: &Place) -> Finding {
    match config::read_file(&place.root) {
        Ok(config) => match config.redaction.rules.iter().find_map(|rule| bad_pattern(&rule.pattern)) {
            Some(error) => Finding::problem("settings", error, format!("mend the rule in {}", config::FILE_NAME)),
            None if place.root.join(config::FILE_NAME).exists() => {
                Finding::good("settings", format!("{} is valid", config::FILE_NAME))
            }
            None => Finding::good("settings", format!("no {}, the defaults are in force", config::FILE_NAME)),
        },
        Err(error) => Finding::problem(
            "settings",
            format!("{:#}", anyhow::Error::from(error)),
            "mend the file; until then no record is made",
        ),
    }
}

fn bad_pattern(pattern: &str) -> Option<String> {
    let error = regex::Regex::new(pattern).err()?;
    // The last line says what is wrong; those before it draw where.
    let reason = error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
    Some(format!("the pattern `{pattern}` of a redaction rule cannot be used: {reason}"))
}

fn opt_outs(environment: &Environment, git: &git2::Config) -> Finding {
    match config::opt_out(environment.variable("BACKSTORY"), git) {
        None => Finding::good("opt-out", "none"),
        Some(OptOut::Variable) => Finding::good("opt-out", "BACKSTORY is set to off: nothing is recorded"),
        Some(OptOut::GitConfig) => {
            Finding::good("opt-out", "git config backstory.enabled is false: nothing is recorded")
        }
    }
}

fn hooks_folder(place: &Place) -> Finding {
    let state = match &place.hooks_path {
        Some(written) => format!("{} (core.hooksPath = {written})", place.hooks.display()),
        None => place.hooks.display().to_string(),
    };
    match hooks::manager(&place.hooks) {
        Some(manager) => {
            Finding::good("hooks folder", format!("{state}, written by {}: {}", manager.name, manager.advice))
        }
        None if !place.owns_hooks() => {
            Finding::good("hooks folder", format!("{state}, shared with other repositories"))
        }
        None => Finding::good("hooks folder", state),
    }
}

fn recorded_program(receipt: &anyhow::Result<Option<Receipt>>, program: Option<&Path>) -> Option<Finding> {
    match receipt {
        Err(error) => Some(Finding::problem("receipt", format!("{error:#}"), RUN_INIT)),
        Ok(None) => None,
        Ok(Some(receipt)) => {
            let recorded = receipt.program.as_deref()?;
            let state = recorded.display().to_string();
            Some(if !recorded.exists() {
                Finding::problem("program in hooks", format!("{state} is gone"), RUN_INIT)
            } else if program.is_some_and(|program| program != recorded) {
                Finding::good("program in hooks", format!("{state}, another file than this program"))
            } else {
                Finding::good("program in hooks", state)
            })
        }
    }
}

fn hook_finding(hook: &Hook, place: &Place, program: Option<&Path>) -> Finding {
    let subject = format!("hook {}", hook.name);
    let state = match hook.state(&place.hooks, program) {
        Ok(state) => state,
        Err(error) => return Finding::problem(subject, format!("cannot be read: {error}"), "mend its permissions"),
    };
    let managed = hooks::manager(&place.hooks);
    // A manager generates its folder; what a person adds is in the folder above.
    let own = place.hooks.parent().unwrap_or(&place.hooks);
    match state {
        HookState::Missing | HookState::Foreign if managed.is_some() => {
            if hook.calls_backstory(own) {
                return Finding::good(subject, "calls backstory");
            }
            let advice = managed.map_or(RUN_INIT, |manager| manager.advice);
            Finding::problem(subject, "does not call backstory", advice)
        }
        HookState::Installed => Finding::good(subject, "installed"),
        HookState::Chained => Finding::good(subject, "installed, after the hook that was there before"),
        HookState::ChainedByOther => Finding::good(subject, "run by pre-commit or prek, as the hook from before"),
        HookState::Outdated => Finding::problem(subject, "of another version", RUN_INIT),
        HookState::NotExecutable => Finding::problem(subject, "not executable, git passes it over", RUN_INIT),
        HookState::Missing => Finding::problem(subject, "missing", RUN_INIT),
        HookState::Foreign if hook.calls_backstory(&place.hooks) => {
            Finding::good(subject, "not ours, and calls backstory")
        }
        HookState::Foreign => Finding::problem(
            subject,
            "another program's, backstory is not run",
            "run `backstory init`: it keeps that hook and runs it first",
        ),
    }
}

fn notes(place: &Place) -> Finding {
    if place.repository.find_reference(NOTES_REF).is_err() {
        return Finding::good("notes", format!("none yet in {NOTES_REF}"));
    }
    match place.repository.notes(Some(NOTES_REF)) {
        Ok(notes) => Finding::good("notes", format!("{} in {NOTES_REF}", notes.count())),
        Err(error) => Finding::problem("notes", error.message().to_owned(), format!("look at `git log {NOTES_REF}`")),
    }
}

fn rewriting(git: &git2::Config) -> Finding {
    const SUBJECT: &str = "amend and rebase";
    let set = values(git, "notes.rewriteRef");
    if set.iter().any(|value| value == REWRITE_REF || value == "refs/notes/*") {
        Finding::good(SUBJECT, "carry the records on (notes.rewriteRef)")
    } else if set.iter().any(|value| value == NOTES_REF) {
        let state = "carry the records on (notes.rewriteRef); git warns each time as long as there is no record";
        Finding::problem(SUBJECT, state, format!("{RUN_INIT}: it sets {REWRITE_REF}"))
    } else {
        Finding::problem(SUBJECT, "lose the records: notes.rewriteRef is not set", RUN_INIT)
    }
}

fn sharing(place: &Place, environment: &Environment, git: &git2::Config) -> Finding {
    const SUBJECT: &str = "sharing";
    let decided = discover(environment).and_then(|repository| {
        let config = config::read_file(&place.root)?;
        let decision = sharing::in_force(&repository, &config)?;
        Ok((decision, init::is_not_committed(&config, decision)))
    });
    let (decision, is_not_committed) = match decided {
        Ok(decided) => decided,
        Err(error) => return Finding::problem(SUBJECT, format!("local: {error:#}"), "fix what it names"),
    };
    let file = config::FILE_NAME;
    match (decision.sharing, decision.by) {
        (Sharing::Local, By::Person) => {
            Finding::good(SUBJECT, "local: records stay in this clone (git config backstory.sharing)")
        }
        (Sharing::Local, By::Team) => Finding::good(SUBJECT, format!("local: records stay in this clone ({file})")),
        (Sharing::Local, _) if is_not_committed => {
            let state = format!("local: `sharing: notes` in {file} counts once it is committed");
            Finding::problem(SUBJECT, state, "commit the file, or run `backstory init --share` for this clone")
        }
        (Sharing::Local, _) => Finding::good(
            SUBJECT,
            "local: records stay in this clone, nobody decided to share them; `backstory init --share` does",
        ),
        (Sharing::Notes, by) => shared(place, git, by),
    }
}

/// Records that leave: where to, and whether those of others come here.
fn shared(place: &Place, git: &git2::Config, by: By) -> Finding {
    const SUBJECT: &str = "sharing";
    let missing = place.missing_fetch_lines(git, |remote| init::is_pushed_to(place, remote));
    if !missing.is_empty() {
        let name = |line: &GitLine| line.name.trim_start_matches("remote.").trim_end_matches(".fetch").to_owned();
        let names: Vec<String> = missing.iter().map(name).collect();
        let state = format!("notes: pushed with `git push`, and not fetched from {}", names.join(", "));
        return Finding::problem(SUBJECT, state, RUN_INIT);
    }
    let state = match place.remote(git) {
        Some(_) => "notes: pushed and fetched with the commits",
        None => "notes: pushed with `git push`; there is no remote yet",
    };
    match by {
        By::EarlierInit => Finding::good(
            SUBJECT,
            format!(
                "{state}, as set up before that was a question; `backstory init --share` or `backstory init --local` \
                 answers it"
            ),
        ),
        _ => Finding::good(SUBJECT, state),
    }
}
