//! Where a session was at work, by its events: whether it belongs to a repository, and what of it belongs elsewhere and
//! is not kept.

use std::collections::{HashMap, HashSet};

use super::event::{ActionEvent, ChangeEvent, EditEvent, Event, Kind};
use crate::record::place::{Ground, Place};
use crate::record::shell::{Step, steps};

/// Where a session was at work, as far as it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// A working folder, an edit, or a command that commits or writes lies in a work tree of the repository.
    pub here: bool,
    /// The same, in another repository.
    pub elsewhere: bool,
}

impl Reach {
    fn add(&mut self, place: Place) {
        self.here |= place == Place::Here;
        self.elsewhere |= place == Place::Elsewhere;
    }

    pub fn and(self, other: Self) -> Self {
        Self { here: self.here || other.here, elsewhere: self.elsewhere || other.elsewhere }
    }
}

/// Where the session of these events was at work. `cwd` is the folder that it was in before them, and is that after them
/// when this returns.
pub fn reach(events: &[Event], cwd: &mut Option<String>, ground: &dyn Ground) -> Reach {
    let mut reach = Reach::default();
    for Event(kind) in events {
        match kind {
            Kind::About(about) => {
                if let Some(folder) = &about.cwd {
                    reach.add(ground.folder(folder));
                    cwd.clone_from(&about.cwd);
                }
            }
            Kind::Call(call) => match &call.action {
                ActionEvent::Edit(edits) => edits.iter().for_each(|edit| reach.add(of_edit(edit, cwd, ground))),
                ActionEvent::Shell { command, cwd: own } => {
                    for (path, is_folder) in written(command, own.as_ref().or(cwd.as_ref())) {
                        reach.add(if is_folder { ground.folder(&path) } else { ground.file(&path, None) });
                    }
                }
                _ => {}
            },
            Kind::Edits { edits, .. } => edits.iter().for_each(|edit| reach.add(of_edit(edit, cwd, ground))),
            _ => {}
        }
    }
    reach
}

/// What is kept of edits that lie in no repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// Documents alone: an agent keeps its plans outside. The rest says nothing about a commit.
    Documents,
    /// All of it: the session was named, and may have worked in a folder that is not on this machine.
    All,
}

/// Takes what belongs elsewhere out of the events of a session that belongs here: edits of files in other repositories,
/// and what was run there, with its output. That something was done there stays. `earlier` are events before them.
pub fn keep_here(
    (earlier, events): (&[Event], &mut [Event]),
    cwd: &mut Option<String>,
    ground: &dyn Ground,
    outside: Outside,
) {
    let away_before = earlier.iter().filter_map(|Event(kind)| match kind {
        Kind::Call(call) if matches!(call.action, ActionEvent::Elsewhere { .. }) => Some(call.id.clone()),
        _ => None,
    });
    let mut away: HashSet<String> = away_before.collect();
    let mut places: HashMap<String, bool> = HashMap::new();
    for Event(kind) in events {
        match kind {
            Kind::About(about) if about.cwd.is_some() => cwd.clone_from(&about.cwd),
            Kind::Call(call) => {
                let other = match &mut call.action {
                    ActionEvent::Edit(edits) => keep_edits(edits, cwd, ground, outside),
                    ActionEvent::Shell { command, cwd: own } => {
                        is_run_elsewhere(command, own.as_ref().or(cwd.as_ref()), ground, &mut places)
                            .then_some(ActionEvent::Elsewhere { edits: false })
                    }
                    _ => None,
                };
                if let Some(other) = other {
                    away.insert(call.id.clone());
                    call.action = other;
                }
            }
            Kind::Edits { edits, .. } => {
                edits.retain(|edit| is_kept(edit, cwd, ground, outside));
            }
            Kind::Result(result) if away.contains(&result.call) => {
                result.output.clear();
                result.commit = None;
                result.answer = None;
            }
            _ => {}
        }
    }
}

/// What stands in for edits of which none is kept.
fn keep_edits(
    edits: &mut Vec<EditEvent>,
    cwd: &Option<String>,
    ground: &dyn Ground,
    outside: Outside,
) -> Option<ActionEvent> {
    if edits.is_empty() {
        return None;
    }
    let in_another = edits.iter().any(|edit| of_edit(edit, cwd, ground) == Place::Elsewhere);
    edits.retain(|edit| is_kept(edit, cwd, ground, outside));
    edits.is_empty().then_some(ActionEvent::Elsewhere { edits: in_another })
}

fn is_kept(edit: &EditEvent, cwd: &Option<String>, ground: &dyn Ground, outside: Outside) -> bool {
    match of_edit(edit, cwd, ground) {
        Place::Here | Place::Gone => true,
        Place::Elsewhere => false,
        Place::Nowhere => outside == Outside::All || is_document(&edit.path),
    }
}

/// A file that is moved out of a repository, or into it, belongs where it is then.
fn of_edit(edit: &EditEvent, cwd: &Option<String>, ground: &dyn Ground) -> Place {
    match &edit.change {
        ChangeEvent::Move { to } => ground.file(to, cwd.as_deref()),
        _ => ground.file(&edit.path, cwd.as_deref()),
    }
}

fn is_document(path: &str) -> bool {
    [".md", ".mdx", ".txt", ".rst", ".adoc"].iter().any(|end| path.ends_with(end))
}

/// Whether all that a command runs is run in other repositories.
fn is_run_elsewhere(
    command: &str,
    cwd: Option<&String>,
    ground: &dyn Ground,
    places: &mut HashMap<String, bool>,
) -> bool {
    let mut is_elsewhere =
        |folder: &str| *places.entry(folder.to_owned()).or_insert_with(|| ground.folder(folder) == Place::Elsewhere);
    let may_move = command.contains("cd ") || command.contains("pushd ") || command.contains("-C");
    if !may_move {
        return cwd.is_some_and(|cwd| is_elsewhere(cwd));
    }
    let run: Vec<Option<String>> = walk(command, cwd).into_iter().map(|(_, folder)| folder).collect();
    let writes_here = || written(command, cwd).iter().any(|(path, is_folder)| is_here(path, *is_folder, ground));
    !run.is_empty() && run.iter().all(|folder| folder.as_deref().is_some_and(&mut is_elsewhere)) && !writes_here()
}

fn is_here(path: &str, is_folder: bool, ground: &dyn Ground) -> bool {
    let place = if is_folder { ground.folder(path) } else { ground.file(path, None) };
    place == Place::Here
}

/// The folders (`true`) in which a command commits, and the files that it writes, as far as its text tells. Absolute.
fn written(command: &str, cwd: Option<&String>) -> Vec<(String, bool)> {
    let may = ["git", "jj", "sl", ">", "tee", "sed", "patch"].iter().any(|word| command.contains(word));
    if !may {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (step, folder) in walk(command, cwd) {
        let Some(folder) = folder else { continue };
        if commits(&step) {
            found.push((folder.clone(), true));
        }
        found.extend(files_written(&step).into_iter().filter_map(|file| Some((joined(&folder, file)?, false))));
    }
    found
}

/// The programs that a command runs, each with the folder that it runs in, where that can be said.
fn walk(command: &str, cwd: Option<&String>) -> Vec<(Step, Option<String>)> {
    let mut folder = cwd.cloned();
    let mut found = Vec::new();
    for step in steps(command) {
        let mut words = step.words.iter().skip_while(|word| is_assignment(word));
        match (words.next().map(String::as_str), words.find(|word| !word.starts_with('-'))) {
            (Some("cd" | "pushd"), to) => folder = to.and_then(|to| joined(folder.as_deref().unwrap_or_default(), to)),
            (Some(_), _) => {
                let of_git = git_folder(&step.words).map(|to| joined(folder.as_deref().unwrap_or_default(), to));
                found.push((step, of_git.unwrap_or_else(|| folder.clone())));
            }
            _ => {}
        }
    }
    found
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

/// A path that begins at `folder`; `None` where it needs a shell to tell.
fn joined(folder: &str, path: &str) -> Option<String> {
    let is_absolute = path.starts_with('/') || path.starts_with("\\\\") || path.get(1..3) == Some(":\\");
    if path.is_empty() || path.contains(['$', '`', '*', '?']) || path.starts_with(['~', '&']) {
        return None;
    }
    match (is_absolute, folder.is_empty()) {
        (true, _) => Some(path.to_owned()),
        (false, false) => Some(format!("{}/{path}", folder.trim_end_matches('/'))),
        (false, true) => None,
    }
}

/// The folder of `git -C FOLDER`.
fn git_folder(words: &[String]) -> Option<&str> {
    let place = words.iter().position(|word| is_program(word, &["git"]))?;
    let at = words[place..].iter().position(|word| word == "-C")?;
    words.get(place + at + 1).map(String::as_str)
}

fn is_program(word: &str, names: &[&str]) -> bool {
    word.rsplit('/').next().is_some_and(|name| names.contains(&name))
}

/// Whether a program makes or rewrites commits.
fn commits(step: &Step) -> bool {
    const MAKES: &[&str] = &["commit", "merge", "cherry-pick", "revert", "rebase", "am", "describe", "amend"];
    let Some(place) = step.words.iter().position(|word| is_program(word, &["git", "jj", "sl"])) else { return false };
    let mut words = step.words[place + 1..].iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-C" | "-c" | "--git-dir" | "--work-tree" => {
                words.next();
            }
            word if word.starts_with('-') => {}
            word => return MAKES.contains(&word),
        }
    }
    false
}

/// The files that a program writes: where its output goes, and those that `tee` and `sed -i` are given.
fn files_written(step: &Step) -> Vec<&str> {
    let mut files = Vec::new();
    for (place, word) in step.words.iter().enumerate() {
        if let Some((before, after)) = word.split_once('>')
            && before.bytes().all(|byte| byte.is_ascii_digit() || byte == b'&')
        {
            let after = after.trim_start_matches(['>', '|']);
            files.extend(if after.is_empty() { step.words.get(place + 1).map(String::as_str) } else { Some(after) });
        }
    }
    let edits_in_place = || step.words.iter().any(|word| word.starts_with("-i") || word == "--in-place");
    let is_editor = step.words.first().is_some_and(|word| is_program(word, &["tee"]))
        || (step.words.first().is_some_and(|word| is_program(word, &["sed", "gsed", "perl"])) && edits_in_place());
    if is_editor {
        files.extend(step.words[1..].iter().map(String::as_str).filter(|word| word.contains('/')));
    }
    files.retain(|file| !file.starts_with("/dev/"));
    files
}

#[cfg(test)]
mod tests {
    use super::super::event::{About, CallEvent};
    use super::*;

    /// `/here` is the repository, `/other` another one.
    struct Told;

    impl Ground for Told {
        fn folder(&self, path: &str) -> Place {
            let is_in =
                |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            match () {
                () if is_in("/here") => Place::Here,
                () if is_in("/other") => Place::Elsewhere,
                () => Place::Nowhere,
            }
        }

        fn file(&self, path: &str, cwd: Option<&str>) -> Place {
            let path = if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", cwd.unwrap_or("")) };
            self.folder(&path)
        }
    }

    fn about(cwd: &str) -> Event {
        Event(Kind::About(About { cwd: Some(cwd.to_owned()), ..About::default() }))
    }

    fn call(action: ActionEvent) -> Event {
        let (id, tool) = ("1".to_owned(), String::new());
        Event(Kind::Call(CallEvent { id, at: None, tool, action, subagent: false, nested: false, process: None }))
    }

    fn edit(path: &str) -> Event {
        let change = ChangeEvent::Write { text: "secret".to_owned() };
        call(ActionEvent::Edit(vec![EditEvent { path: path.to_owned(), change }]))
    }

    fn shell(command: &str) -> Event {
        call(ActionEvent::Shell { command: command.to_owned(), cwd: None })
    }

    #[test]
    fn a_session_belongs_by_folder_edit_or_commit() {
        for (name, events, here) in [
            ("its folder", vec![about("/here/src")], true),
            ("a second folder", vec![about("/other"), about("/here")], true),
            ("an edit from above", vec![about("/ws"), edit("/here/a")], true),
            ("an edit from another repository", vec![about("/other"), edit("/here/a")], true),
            ("a relative edit", vec![about("/other"), edit("src/a")], false),
            ("an edit elsewhere", vec![about("/ws"), edit("/other/a")], false),
            ("a commit", vec![about("/ws"), shell("cd /here && git add -A && git commit -m x")], true),
            ("a commit by -C", vec![about("/other"), shell("git -C /here commit -qm x")], true),
            ("a commit with settings", vec![about("/other"), shell("git -c a.b=c -C /here commit -qm x")], true),
            ("a commit elsewhere", vec![about("/other"), shell("git commit -m '/here'")], false),
            ("a look", vec![about("/other"), shell("cd /here && git log")], false),
            ("a written file", vec![about("/ws"), shell("cat > /here/a <<'X'\ntext\nX")], true),
            ("a written file beside", vec![about("/ws"), shell("echo 1 >>/hereafter/a")], false),
            ("an edit in place", vec![about("/ws"), shell("sed -i 's/a/b/' /here/a")], true),
            ("a file that is read", vec![about("/other"), shell("sed 's/a/b/' /here/a")], false),
        ] {
            let mut cwd = None;
            assert_eq!(reach(&events, &mut cwd, &Told).here, here, "{name}");
        }
    }

    #[test]
    fn what_was_done_elsewhere_is_not_kept() {
        for (name, event, outside, kept) in [
            ("an edit here", edit("/here/a"), Outside::Documents, true),
            ("an edit elsewhere", edit("/other/a"), Outside::Documents, false),
            ("an edit elsewhere in a named session", edit("/other/a"), Outside::All, false),
            ("an edit in no repository", edit("/tmp/a.py"), Outside::Documents, false),
            ("the same in a named session", edit("/workspace/a.py"), Outside::All, true),
            ("a plan", edit("/home/a/.claude/plans/secret.md"), Outside::Documents, true),
            ("a document elsewhere", edit("/other/secret.md"), Outside::Documents, false),
            ("a command here", shell("cat secret"), Outside::Documents, true),
            ("a command elsewhere", shell("cd /other && cat secret"), Outside::Documents, false),
            (
                "one that goes elsewhere and comes back",
                shell("cd /other; cat secret; cd /here; ls"),
                Outside::All,
                true,
            ),
        ] {
            let mut events = [about("/here"), event];
            keep_here((&[], &mut events), &mut None, &Told, outside);
            let bytes = super::super::encode(&events);
            assert_eq!(memchr::memmem::find(&bytes, b"secret").is_some(), kept, "{name}");
        }
    }
}
