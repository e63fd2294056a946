//! Where in a work tree a text may be published: never among our own files or settings, and never over what somebody else wrote.

use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};

use super::folder::PLACE;
use crate::files::{self, NewFileMode};
use crate::sop::ledger::Ledger;
use crate::sop::life::Event;
use crate::sop::target::{Form, Target};
use crate::text::digest::sha256;
use crate::text::unseen::is_invisible;

/// Longer files of others are not read.
const LIMIT: u64 = 8 * 1024 * 1024;
/// The folder of skills in an agent's own, which otherwise holds its settings.
const SKILLS: &str = "skills";

/// A file to publish to, with what it holds now.
pub(super) struct Destination {
    /// From the root of the work tree.
    pub(super) file: String,
    path: PathBuf,
    pub(super) before: Option<String>,
}

/// What a target names, without looking at it.
///
/// # Errors
/// When the place has characters that nobody sees.
pub(super) fn ensure_plain(target: &Target) -> anyhow::Result<()> {
    if target.place.chars().any(|c| c.is_control() || is_invisible(c)) {
        let place = target.place.escape_debug();
        bail!("`{place}` has characters that nobody sees\nhint: write the target without them");
    }
    Ok(())
}

impl Destination {
    /// # Errors
    /// When the file is outside of the work tree or behind a symlink, among our own files or settings, or cannot be read.
    pub(super) fn of(root: &Path, target: &Target, slug: &str) -> anyhow::Result<Self> {
        let file = target.file(slug);
        let Some(parts) = parts(&file) else {
            bail!(
                "`{file}` is not a path in this work tree\nhint: write it from the root of the repository, without `..`"
            );
        };
        if let Some(why) = refusal(target.form, &parts) {
            bail!(
                "nothing is published to `{file}`: {why}\nhint: choose a place outside of it, such as path:docs/{slug}.md"
            );
        }
        let path = match parts.as_slice() {
            [folders @ .., name] if !folders.is_empty() => files::folder_below(root, &folders.join("/"))?.join(name),
            _ => root.join(&file),
        };
        let before = files::read_text(&path, LIMIT).with_context(|| format!("cannot read {file}"))?;
        Ok(Self { file, path, before })
    }

    /// Only a file that this SOP published, and that nobody changed since, is replaced. A section of a file has its markers.
    ///
    /// # Errors
    /// When something else is there.
    pub(super) fn ensure_ours(&self, form: Form, ledger: &Ledger, slug: &str, text: &str) -> anyhow::Result<()> {
        let Some(before) = self.before.as_deref().filter(|before| form != Form::Agents && *before != text) else {
            return Ok(());
        };
        if is_ours(ledger, before, |target| target.form != Form::Wiki && target.file(slug) == self.file) {
            return Ok(());
        }
        let file = &self.file;
        bail!(
            "`{file}` is there and is not what `{slug}` published last\nhint: publish to another name, or delete {file} yourself first"
        )
    }

    /// # Errors
    /// When it cannot be written, and when another file came to its place meanwhile.
    pub(super) fn write(&self, text: &str) -> anyhow::Result<()> {
        let cannot = || format!("cannot write {}", self.file);
        let folder = self.path.parent().context("a file is in a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        if self.before.is_some() {
            return files::write(&self.path, text.as_bytes(), NewFileMode::Shared).with_context(cannot);
        }
        if !files::create(&self.path, text.as_bytes(), NewFileMode::Shared).with_context(cannot)? {
            bail!("`{}` was made by somebody else meanwhile\nhint: publish again to see what is there", self.file);
        }
        Ok(())
    }
}

/// Whether `before` is a text that the ledger says was published to such a target. Git may have given its lines other ends.
pub(super) fn is_ours(ledger: &Ledger, before: &str, is_there: impl Fn(&Target) -> bool) -> bool {
    let digests =
        [before.to_owned(), before.replace("\r\n", "\n")].map(|text| format!("sha256:{}", sha256(text.as_bytes())));
    ledger.entries.iter().filter(|entry| entry.event == Event::Published).any(|entry| {
        let target = entry.refs.get("target").and_then(|target| target.parse::<Target>().ok());
        target.is_some_and(|target| is_there(&target))
            && entry.refs.get("text").is_some_and(|text| digests.contains(text))
    })
}

/// The names on the way from the root; `None` for what leaves the work tree or is git's own.
fn parts(file: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    for part in Path::new(file).components() {
        let Component::Normal(name) = part else { return None };
        let name = name.to_str()?;
        // `git~1` is what Windows calls it too.
        if [".git", "git~1"].iter().any(|git| name.trim_end_matches(['.', ' ']).eq_ignore_ascii_case(git)) {
            return None;
        }
        parts.push(name);
    }
    (!parts.is_empty() && !file.ends_with('/')).then_some(parts)
}

/// Why nothing is written there. Names that begin with a dot are settings of tools, of agents, of the forge, and ours; a skill and a
/// file of instructions have their places among them.
fn refusal(form: Form, parts: &[&str]) -> Option<&'static str> {
    let is_below = |folder: &str| {
        let mut names = folder.split('/').zip(parts);
        names.all(|(name, part)| part.eq_ignore_ascii_case(name)) && parts.len() >= folder.split('/').count()
    };
    if is_below(PLACE) {
        return Some("the folder holds process documents themselves");
    }
    let [folders @ .., name] = parts else { return None };
    let is_hidden = |part: &&str| part.starts_with('.');
    let is_markdown = [".md", ".mdc", ".markdown"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
    if form == Form::Agents && !is_markdown {
        return Some("a section with markers needs a Markdown file");
    }
    if is_below(".backstory") || is_hidden(name) {
        return Some("it holds settings");
    }
    let is_for = match (form, folders) {
        (Form::Skill, [.., skills, _]) => *skills == SKILLS,
        (Form::Agents, [_]) => true,
        _ => false,
    };
    (!is_for && folders.iter().any(is_hidden)).then_some("the folder holds settings")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(target: &str) -> Option<String> {
        let root = tempfile::tempdir().unwrap();
        let target: Target = target.parse().unwrap();
        let result = ensure_plain(&target).and_then(|()| Destination::of(root.path(), &target, "release").map(|_| ()));
        result.err().map(|error| error.to_string())
    }

    #[test]
    fn our_files_git_and_settings_are_no_place_for_a_text() {
        for (target, words) in [
            ("path:../x.md", "is not a path in this work tree"),
            ("path:/tmp/x.md", "is not a path in this work tree"),
            ("path:a/../../x.md", "is not a path in this work tree"),
            ("path:.git/hooks/x", "is not a path in this work tree"),
            ("path:.GIT", "is not a path in this work tree"),
            ("path:sub/.git/config", "is not a path in this work tree"),
            ("path:GIT~1/config", "is not a path in this work tree"),
            ("skill:.git/skills", "is not a path in this work tree"),
            ("path:docs/processes/release/SOP.md", "holds process documents"),
            ("path:docs/processes/release/ledger.jsonl", "holds process documents"),
            ("path:Docs/Processes/other/x.md", "holds process documents"),
            ("path:docs/processes/", "holds process documents"),
            ("path:docs/processes", "holds process documents"),
            ("mkdocs:docs/processes/release", "holds process documents"),
            ("agents:docs/processes/release/SOP.md", "holds process documents"),
            ("path:.backstory/process.toml", "settings"),
            ("path:.backstory.yml", "settings"),
            ("skill:.backstory/skills", "settings"),
            ("path:.github/workflows/x.yml", "settings"),
            ("path:.claude/settings.json", "settings"),
            ("path:.claude/agents/x.md", "settings"),
            ("path:sub/.vscode/tasks.json", "settings"),
            ("path:.gitattributes", "settings"),
            ("sop:.claude", "settings"),
            ("skill:.claude", "settings"),
            ("docusaurus:.docs", "settings"),
            ("agents:.claude/agents/x.md", "settings"),
            ("agents:.claude/settings.json", "needs a Markdown file"),
            ("agents:package.json", "needs a Markdown file"),
            ("path:docs/x\n.md", "characters that nobody sees"),
            ("path:docs/\u{202e}dm.x", "characters that nobody sees"),
            ("wiki:https://x.test/\u{7}", "characters that nobody sees"),
        ] {
            let said = refused(target).unwrap_or_else(|| panic!("{target:?} was taken"));
            assert!(said.contains(words), "{target:?}: {said}");
        }
        for target in [
            "path:docs/release.md",
            "path:docs/processes.md",
            "path:README.md",
            "path:handbook/",
            "mkdocs:docs/handbook",
            "docusaurus:site/docs",
            "skill:.claude/skills",
            "skill:.github/skills",
            "skill:skills",
            "sop:sops",
            "agents:AGENTS.md",
            "agents:sub/AGENTS.md",
            "agents:.github/copilot-instructions.md",
        ] {
            assert_eq!(refused(target), None, "{target}");
        }
    }
}
