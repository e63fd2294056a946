//! The repository as an export asks it: patches, files, bases and licences of commits, redacted.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, OnceLock, PoisonError};

use git2::{ObjectType, Oid, Repository, Tree};

use super::history::History;
use super::later::{self, DefinedNames};
use super::patch::agent_patch;
use crate::export::license;
use crate::export::patch::{NoPatch, RowPatch};
use crate::export::source::{Consent, FileTexts, Source};
use crate::export::survival::{Fate, fate};
use crate::record::entry::CommitEntry;
use crate::record::text::{Clean, Raw};
use crate::recorder::workplace::Workplace;
use crate::redact::Redactor;

/// A longer file is nobody's example.
const LONGEST_FILE: usize = 64 * 1024;
/// A licence or a manifest is not longer.
const LONGEST_LICENSE: usize = 256 * 1024;

/// What is the same for all rows of one repository.
#[derive(Debug)]
pub(super) struct ExportOrigin {
    pub(super) history: History,
    pub(super) redaction_policy: String,
    pub(super) consent: Consent,
    /// Licences by the ids of the files that say them, which change seldom.
    licenses: Mutex<HashMap<Vec<Oid>, String>>,
    /// Of the last commit, once a row asks for it.
    defined: OnceLock<DefinedNames>,
}

impl ExportOrigin {
    pub(super) fn new(history: History, redaction_policy: String, consent: Consent) -> Self {
        Self { history, redaction_policy, consent, licenses: Mutex::default(), defined: OnceLock::new() }
    }
}

pub(super) struct Checkout<'a> {
    workplace: &'a Workplace,
    redactor: &'a Redactor,
    origin: &'a ExportOrigin,
}

impl<'a> Checkout<'a> {
    pub(super) fn new(workplace: &'a Workplace, redactor: &'a Redactor, origin: &'a ExportOrigin) -> Self {
        Self { workplace, redactor, origin }
    }

    fn git(&self) -> &Repository {
        self.workplace.repository.handle()
    }

    fn tree(&self, commit: &str) -> Option<Tree<'_>> {
        self.git().find_commit(Oid::from_str(commit).ok()?).ok()?.tree().ok()
    }

    /// A file of a tree, redacted; empty where there is none.
    fn text(&self, tree: Option<&Tree<'_>>, path: &str) -> Option<Clean> {
        let Some(entry) = tree.and_then(|tree| tree.get_path(path.as_ref()).ok()) else {
            return Some(Clean::default());
        };
        let blob = self.git().find_blob(entry.id()).ok()?;
        let text = std::str::from_utf8(blob.content()).ok().filter(|text| text.len() <= LONGEST_FILE)?;
        Some(self.redactor.text(Raw::new(text)).0)
    }
}

impl Source for Checkout<'_> {
    fn repository(&self) -> &str {
        &self.origin.history.first
    }

    fn license(&self, commit: &str) -> String {
        let Some(tree) = self.tree(commit) else { return String::new() };
        let mut files: Vec<(String, Oid)> = tree
            .iter()
            .filter(|entry| entry.kind() == Some(ObjectType::Blob) && entry.name().is_ok_and(says_license))
            .filter_map(|entry| Some((entry.name().ok()?.to_owned(), entry.id())))
            .collect();
        files.sort();
        let key: Vec<Oid> = files.iter().map(|(_, id)| *id).collect();
        let known = || self.origin.licenses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(&key) {
            return known.clone();
        }
        let text = |id: Oid| {
            let blob = self.git().find_blob(id).ok()?;
            String::from_utf8(blob.content().to_vec()).ok().filter(|text| text.len() <= LONGEST_LICENSE)
        };
        let declared = files.iter().find_map(|(name, id)| license::declared(name, &text(*id)?));
        let found = declared.unwrap_or_else(|| {
            let texts = files.iter().filter(|(name, _)| is_license(name));
            let mut names: Vec<&str> = texts.filter_map(|(_, id)| license::of_text(&text(*id)?)).collect();
            names.sort_unstable();
            names.dedup();
            // Several texts beside each other are a choice, by the custom of LICENSE-MIT and LICENSE-APACHE.
            names.join(" OR ")
        });
        known().insert(key, found.clone());
        found
    }

    fn base(&self, commit: &str) -> String {
        let parent = Oid::from_str(commit).and_then(|id| self.git().find_commit(id)?.parent_id(0));
        parent.map(|id| id.to_string()).unwrap_or_default()
    }

    fn patch(&self, entry: &CommitEntry, index: usize) -> Result<RowPatch, NoPatch> {
        let is_left_out = |path: &str| self.workplace.ignored.has_path(path);
        let patch = agent_patch(self.git(), entry, index, &is_left_out).map_err(|_| NoPatch::Unreadable)??;
        Ok(RowPatch {
            text: self.redactor.text(Raw::new(patch.text)).0,
            is_whole: patch.is_whole,
            is_cut: patch.is_cut,
        })
    }

    fn texts(&self, entry: &CommitEntry, path: &str) -> Option<FileTexts> {
        if self.workplace.ignored.has_path(path) {
            return None;
        }
        let base = self.base(&entry.id);
        let before = self.text(self.tree(&base).as_ref(), path)?;
        let after = self.text(self.tree(&entry.id).as_ref(), path)?;
        Some(FileTexts { before, after })
    }

    fn is_defined_later(&self, entry: &CommitEntry, names: &HashSet<&str>, paths: &[&str]) -> bool {
        let (Some(tree), Some(head)) = (self.tree(&entry.id), self.tree(&self.origin.history.head)) else {
            return false;
        };
        let defined = self.origin.defined.get_or_init(|| DefinedNames::of(self.git(), &head));
        let base = self.tree(&self.base(&entry.id));
        let is_new = |name: &&&str| {
            let mut bases =
                base.iter().flat_map(|base| paths.iter().filter_map(|path| later::text(self.git(), base, path)));
            !bases.any(|text| later::holds(&text, name))
        };
        names
            .iter()
            .filter(|name| defined.may_be_later(name, paths))
            .filter(is_new)
            .any(|name| defined.is_later(self.git(), &tree, name, paths))
    }

    fn at_head(&self, path: &str) -> Option<Clean> {
        let head = self.tree(&self.origin.history.head)?;
        (!self.workplace.ignored.has_path(path)).then(|| self.text(Some(&head), path))?
    }

    fn fate(&self, entry: &CommitEntry, patch: &RowPatch) -> Fate {
        let history = &self.origin.history;
        if history.reverted.contains(&entry.id) {
            return Fate::Reverted;
        }
        let Some(record) = &entry.record else { return Fate::NotKnown };
        let head = self.tree(&history.head);
        let at_head = |path: &str| Some(self.text(head.as_ref(), path)?.as_str().to_owned());
        fate(patch.text.as_str(), (record.committed_at, history.head_at), at_head)
    }

    fn consent(&self) -> &Consent {
        &self.origin.consent
    }

    fn redaction_policy(&self) -> &str {
        &self.origin.redaction_policy
    }
}

fn says_license(name: &str) -> bool {
    is_license(name) || ["Cargo.toml", "package.json", "pyproject.toml", "composer.json"].contains(&name)
}

fn is_license(name: &str) -> bool {
    let begins_with = |start: &str| name.get(..start.len()).is_some_and(|name| name.eq_ignore_ascii_case(start));
    ["LICENSE", "LICENCE", "COPYING", "UNLICENSE"].into_iter().any(begins_with)
}
