//! The shims: small shell scripts in git's hooks folder that run the hook that was there before, then `backstory hook`.
//! Says in what state each one is, puts them in and takes them out.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Serialize;

use super::links::{self, KEPT};
use crate::files::{self, NewFileMode};

/// Puts all shims in, and links beside them for the hooks that were there before. Returns the states that it found.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn install_all(folder: &Path, program: Option<&Path>) -> anyhow::Result<Vec<(&'static Hook, HookState)>> {
    let found = HOOKS.iter().map(|hook| Ok((hook, hook.install(folder, program)?))).collect::<anyhow::Result<_>>()?;
    links::make(folder, &HOOKS.iter().map(|hook| hook.name).collect::<Vec<_>>());
    Ok(found)
}

/// Takes all shims and links out and puts back what was there. Returns what could not be put back, a sentence each.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn uninstall_all(folder: &Path) -> anyhow::Result<Vec<String>> {
    links::remove(folder);
    let mut left = Vec::new();
    for hook in HOOKS {
        left.extend(hook.uninstall(folder)?);
    }
    Ok(left)
}

/// One hook of git that backstory takes part in.
pub(crate) struct Hook {
    pub name: &'static str,
    /// The shim as it is in `hooks/`: it finds the program in `PATH`.
    shim: &'static str,
}

pub(crate) static HOOKS: &[Hook] = &[
    Hook { name: "commit-msg", shim: include_str!("../../hooks/commit-msg") },
    Hook { name: "post-commit", shim: include_str!("../../hooks/post-commit") },
    Hook { name: "post-rewrite", shim: include_str!("../../hooks/post-rewrite") },
    Hook { name: "pre-push", shim: include_str!("../../hooks/pre-push") },
];

/// What stands at the beginning of the second line of each shim, of any version.
const MARK: &[u8] = b"\n# backstory shim ";

/// What the shim in `hooks/` says where an installed one names the program's own file.
const PROGRAM_LINE: &str = "\nbackstory=backstory\n";

/// What is found where git looks for one hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum HookState {
    /// Ours, as this program would write it.
    Installed,
    /// The same, and it runs the hook that was there before.
    Chained,
    /// pre-commit or prek took the place and runs ours as `<hook>.legacy`.
    ChainedByOther,
    /// Ours, from another version or naming another program file.
    Outdated,
    /// Ours, and not executable: git passes it over.
    NotExecutable,
    /// Another program's or a person's, and ours is not run.
    Foreign,
    Missing,
}

impl Hook {
    /// The shim for a program file. A path that is no UTF-8 cannot be written down: `PATH` is used then.
    pub(crate) fn render(&self, program: Option<&Path>) -> String {
        match program.and_then(Path::to_str) {
            Some(program) => {
                let quoted = program.replace('\'', r"'\''");
                self.shim.replacen(PROGRAM_LINE, &format!("\nbackstory='{quoted}'\n"), 1)
            }
            None => self.shim.to_owned(),
        }
    }

    pub(crate) fn path(&self, folder: &Path) -> PathBuf {
        folder.join(self.name)
    }

    fn kept(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.{KEPT}", self.name))
    }

    fn legacy(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.legacy", self.name))
    }

    /// # Errors
    /// When the file is there and cannot be read.
    pub(crate) fn state(&self, folder: &Path, program: Option<&Path>) -> io::Result<HookState> {
        let path = self.path(folder);
        let Some(text) = read_hook(&path)? else { return Ok(HookState::Missing) };
        Ok(if !is_ours(&text) {
            match read_hook(&self.legacy(folder))? {
                Some(legacy) if is_ours(&legacy) => HookState::ChainedByOther,
                _ => HookState::Foreign,
            }
        } else if !is_executable(&path) {
            HookState::NotExecutable
        } else if text != self.render(program).as_bytes() {
            HookState::Outdated
        } else if self.kept(folder).symlink_metadata().is_ok() {
            HookState::Chained
        } else {
            HookState::Installed
        })
    }

    /// The program's file that the shim which is there names.
    pub(crate) fn named_program(&self, folder: &Path) -> Option<PathBuf> {
        let text = String::from_utf8(read_hook(&self.path(folder)).ok()??).ok()?;
        let quoted = text.lines().find_map(|line| line.strip_prefix("backstory='")?.strip_suffix('\''))?;
        Some(quoted.replace(r"'\''", "'").into())
    }

    /// Whether the hook that is there is ours and asks first whether there is anything to do.
    pub(crate) fn asks_idle_check(&self, folder: &Path) -> bool {
        let text = read_hook(&self.path(folder)).ok().flatten().unwrap_or_default();
        is_ours(&text) && memchr::memmem::find(&text, b"/idle-check\" ").is_some()
    }

    /// Whether a text is a shim of this program, of any hook and version.
    pub(crate) fn is_shim(text: &[u8]) -> bool {
        is_ours(text)
    }

    /// Whether the hook that is there calls `backstory hook` with this name itself.
    pub(crate) fn calls_backstory(&self, folder: &Path) -> bool {
        let call = format!("backstory hook {}", self.name);
        read_hook(&self.path(folder))
            .is_ok_and(|text| text.is_some_and(|text| memchr::memmem::find(&text, call.as_bytes()).is_some()))
    }

    /// Whether this hook can be put in without losing anything.
    ///
    /// # Errors
    /// Says why not, and what to do.
    pub(crate) fn check(&self, folder: &Path, program: Option<&Path>) -> anyhow::Result<()> {
        let path = self.path(folder);
        if self.state(folder, program).with_context(|| format!("cannot read {}", path.display()))? != HookState::Foreign
        {
            return Ok(());
        }
        let kept = self.kept(folder);
        if kept.symlink_metadata().is_ok() {
            bail!(
                "{} was replaced after backstory was set up, and {} is still there: move one of them away, then run \
                 `backstory init` again",
                path.display(),
                kept.display()
            );
        }
        // Overcommit's hook asks for its own name; under another one it stops every commit.
        if read_hook(&path)?.is_some_and(|text| memchr::memmem::find(&text, b"overcommit").is_some()) {
            bail!(
                "{} belongs to Overcommit, which cannot be run under another name: run `backstory init --no-hooks`, and \
                 call `backstory hook {}` from a hook of its own",
                path.display(),
                self.name
            );
        }
        Ok(())
    }

    /// Puts the shim in, keeping a hook that is there, with its bytes and mode, beside it. Returns the state it found.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(crate) fn install(&self, folder: &Path, program: Option<&Path>) -> anyhow::Result<HookState> {
        let path = self.path(folder);
        let cannot = || format!("cannot write {}", path.display());
        let state = self.state(folder, program).with_context(cannot)?;
        let shim = self.render(program);
        match state {
            HookState::Installed | HookState::Chained => {}
            HookState::ChainedByOther => {
                files::write(&self.legacy(folder), shim.as_bytes(), NewFileMode::Program).with_context(cannot)?;
            }
            HookState::Foreign => {
                fs::rename(&path, self.kept(folder)).with_context(cannot)?;
                files::write(&path, shim.as_bytes(), NewFileMode::Program).with_context(cannot)?;
            }
            HookState::Outdated | HookState::NotExecutable | HookState::Missing => {
                files::write(&path, shim.as_bytes(), NewFileMode::Program).with_context(cannot)?;
            }
        }
        Ok(state)
    }

    /// Takes the shim out and puts back what was there. Returns what could not be put back, as a sentence.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(crate) fn uninstall(&self, folder: &Path) -> anyhow::Result<Option<String>> {
        let (path, kept) = (self.path(folder), self.kept(folder));
        let cannot = || format!("cannot change {}", path.display());
        for ours in [&path, &self.legacy(folder)] {
            if read_hook(ours).with_context(cannot)?.is_some_and(|text| is_ours(&text)) {
                fs::remove_file(ours).with_context(cannot)?;
            }
        }
        if kept.symlink_metadata().is_err() {
            return Ok(None);
        }
        match read_hook(&path).with_context(cannot)? {
            None => fs::rename(&kept, &path).with_context(cannot)?,
            Some(now) if read_hook(&kept)?.is_some_and(|before| before == now) => fs::remove_file(&kept)?,
            Some(_) => {
                return Ok(Some(format!(
                    "{} was replaced since, the hook from before is still in {}",
                    path.display(),
                    kept.display()
                )));
            }
        }
        Ok(None)
    }
}

fn is_ours(text: &[u8]) -> bool {
    text.starts_with(b"#!") && memchr::memmem::find(&text[..text.len().min(256)], MARK).is_some()
}

/// `None` when there is nothing of that name. A link that leads nowhere is an empty hook.
fn read_hook(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(text) => Ok(Some(text)),
        // Where the folder is not one (`core.hooksPath = /dev/null`), there is nothing in it.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(path.symlink_metadata().is_ok().then(Vec::new))
        }
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_path_is_quoted_for_the_shell() {
        let shim = HOOKS[0].render(Some(Path::new("/it's a \"place\" $HOME/backstory")));
        assert_eq!(
            shim.lines().find(|line| line.starts_with("backstory=")),
            Some(r#"backstory='/it'\''s a "place" $HOME/backstory'"#)
        );
        assert!(is_ours(shim.as_bytes()));
    }

    #[test]
    fn every_shim_has_its_mark_its_name_and_a_line_for_the_program() {
        for hook in HOOKS {
            assert!(is_ours(hook.shim.as_bytes()) && hook.shim.contains(PROGRAM_LINE), "{}", hook.name);
            assert!(hook.shim.contains(&format!("\"$backstory\" hook {} \"$@\"", hook.name)));
            assert!(hook.shim.contains(&format!("{}.{KEPT}", hook.name)));
        }
    }

    #[test]
    fn a_hook_that_only_mentions_us_is_not_ours() {
        assert!(!is_ours(b"#!/bin/sh\nexec backstory hook commit-msg \"$@\"\n"));
        assert!(!is_ours(b""));
    }
}
