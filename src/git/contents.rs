//! The contents of files. Of commits that are read one after the other the new version of a file is the old one of the next:
//! what was read last is kept, where the caller asks for that.

use std::path::Path;
use std::sync::Arc;

use git2::Oid;

use super::repository::Repository;
use crate::record::text::Raw;

/// From now on, this process takes what it reads of git's objects for what it is called, as git itself does: libgit2 hashes
/// each object once more, which takes longer than to inflate it. What is damaged by chance is still found by the checksum of
/// the compressed data. For commands that read very many.
pub(crate) fn trust_names() {
    git2::opts::strict_hash_verification(false);
}

/// Does `work` without what it reads of commits being kept by libgit2, for walks through a whole history: they ask for none twice, and
/// as many megabytes would stay as it has hundreds of commits.
pub(crate) fn without_keeping<T>(work: impl FnOnce() -> T) -> T {
    git2::opts::enable_caching(false);
    let done = work();
    git2::opts::enable_caching(true);
    done
}

impl Repository {
    /// From now on, so many bytes of what is read of files are kept, at most.
    pub(crate) fn keep_recent(&self, most: usize) {
        self.recent.keep(most);
    }

    /// The content of the blob; `None` where it is not here.
    pub(super) fn content(&self, id: Oid) -> Option<Arc<[u8]>> {
        if let Some(known) = self.recent.get(id) {
            return Some(known);
        }
        let content: Arc<[u8]> = Arc::from(self.git.find_blob(id).ok()?.content());
        self.recent.add(id, &content);
        Some(content)
    }

    /// The content of the file `path` in the commit `id`; `None` where there is no such file.
    pub(crate) fn blob_at(&self, id: &str, path: &str) -> Option<Vec<u8>> {
        Some(self.content_at(id, path)?.to_vec())
    }

    /// The same as text; bytes that are none are replaced.
    pub(crate) fn text_at(&self, id: &str, path: &str) -> Option<Raw> {
        Some(Raw::new(String::from_utf8_lossy(&self.content_at(id, path)?)))
    }

    /// As [`Self::text_at`], in a tree.
    pub(crate) fn text_in(&self, tree: &str, path: &str) -> Option<Raw> {
        let entry = self.git.find_tree(self.oid(tree).ok()?).ok()?.get_path(Path::new(path)).ok()?;
        Some(Raw::new(String::from_utf8_lossy(&self.content(entry.id())?)))
    }

    fn content_at(&self, id: &str, path: &str) -> Option<Arc<[u8]>> {
        let tree = self.find_commit(self.oid(id).ok()?).ok()?.tree().ok()?;
        self.content(tree.get_path(Path::new(path)).ok()?.id())
    }
}
