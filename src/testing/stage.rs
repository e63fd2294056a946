//! For tests of commands: a new repository with commits and notes, and what a command writes.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use git2::{Oid, Repository, Signature, Time};

use crate::context::{Context, Ending};
use crate::environment::Environment;
use crate::output::Output;

pub(crate) struct Trial {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) repository: Repository,
}

/// What a command wrote, and how it ended; an error as its message.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) ending: Result<Ending, String>,
}

#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Trial {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = git2::RepositoryInitOptions::new();
        options.initial_head("main");
        Self { repository: Repository::init_opts(folder.path(), &options).unwrap(), folder }
    }

    pub(crate) fn commit(&self, message: &str, path: &str, text: &str) -> Oid {
        std::fs::write(self.folder.path().join(path), text).unwrap();
        let mut index = self.repository.index().unwrap();
        index.add_path(Path::new(path)).unwrap();
        let tree = self.repository.find_tree(index.write_tree().unwrap()).unwrap();
        index.write().unwrap();
        let parent = self.repository.head().ok().map(|head| head.peel_to_commit().unwrap());
        let time = 1_771_900_000 + parent.as_ref().map_or(0, |p| p.time().seconds() - 1_771_900_000 + 60);
        let person = Signature::new("Ann", "ann@example.org", &Time::new(time, 0)).unwrap();
        let parents: Vec<_> = parent.iter().collect();
        self.repository.commit(Some("HEAD"), &person, &person, message, &tree, &parents).unwrap()
    }

    pub(crate) fn note(&self, commit: Oid, text: &str) {
        let person = Signature::new("Ann", "ann@example.org", &Time::new(0, 0)).unwrap();
        self.repository.note(&person, &person, Some(crate::git::note_refs::NOTES_REF), commit, text, true).unwrap();
    }

    pub(crate) fn run(&self, command: impl FnOnce(&mut Context) -> anyhow::Result<Ending>) -> Answer {
        let (out, err) = (Shared::default(), Shared::default());
        let mut output = Output::to(Box::new(out.clone()), Box::new(err.clone()));
        let environment = Environment {
            variables: Default::default(),
            home: None,
            cwd: self.folder.path().to_owned(),
            now: "2026-02-24T15:00:00Z".parse().unwrap(),
        };
        let ending = command(&mut Context { environment: &environment, output: &mut output });
        output.flush().unwrap();
        Answer { out: out.text(), err: err.text(), ending: ending.map_err(|error| format!("{error:#}")) }
    }
}
