//! Where a session was at work, by its events: whether it belongs to a repository, and what of it belongs elsewhere and
//! is not kept.

use std::collections::HashMap;

use super::command_places::{Commands, commit_lines, places_of_work};
use super::event::{ActionEvent, ChangeEvent, EditEvent, Event, EventKind, Extent};
use crate::capture::outside::Outside;
use crate::checks::shell_expansion::joined;
use crate::record::place::{Ground, Location};
use crate::text::paths::is_prose;

/// Where a session was at work, as far as it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// A working folder, an edit, or a command that commits or writes lies in a work tree of the repository.
    pub here: bool,
    /// The same, in another repository.
    pub elsewhere: bool,
}

impl Reach {
    fn add(&mut self, place: Location) {
        self.here |= place == Location::Here;
        self.elsewhere |= place == Location::Elsewhere;
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
            EventKind::About(about) => {
                if let Some(folder) = &about.cwd {
                    reach.add(ground.folder(folder));
                    cwd.clone_from(&about.cwd);
                }
            }
            EventKind::Call(call) => match &call.action {
                ActionEvent::Edit(edits) => edits.iter().for_each(|edit| reach.add(of_edit(edit, cwd, ground))),
                ActionEvent::Shell { command, cwd: own, .. } => {
                    let own = folder(own.as_deref(), cwd.as_deref());
                    places_of_work(command, own.as_deref(), ground).into_iter().for_each(|place| reach.add(place));
                }
                _ => {}
            },
            EventKind::Edits { edits, .. } => edits.iter().for_each(|edit| reach.add(of_edit(edit, cwd, ground))),
            _ => {}
        }
    }
    reach
}

/// Takes what belongs elsewhere out of the events of a session that belongs here: edits of files in other repositories,
/// and what was run there, with its output. That something was done there stays. `earlier` are events before them.
pub fn keep_here(
    (earlier, events): (&[Event], &mut [Event]),
    cwd: &mut Option<String>,
    ground: &dyn Ground,
    outside: Outside,
) {
    let mut away = Away::default();
    earlier.iter().for_each(|Event(kind)| away.see(kind));
    let mut commands = Commands::new(ground, outside);
    for Event(kind) in events {
        match kind {
            EventKind::About(about) if about.cwd.is_some() => cwd.clone_from(&about.cwd),
            EventKind::Prompt(prompt) => prompt.away = is_elsewhere(cwd.as_deref(), ground),
            EventKind::Queued { away, .. } => *away = is_elsewhere(cwd.as_deref(), ground),
            EventKind::Call(call) => {
                let other = match &mut call.action {
                    ActionEvent::Edit(edits) => keep_edits(edits, cwd, ground, outside),
                    ActionEvent::Shell { command, cwd: own, .. } => {
                        commands.kept(command, folder(own.as_deref(), cwd.as_deref()).as_deref())
                    }
                    _ => None,
                };
                if let Some(other) = other {
                    call.action = other;
                }
            }
            EventKind::Edits { edits, .. } => {
                edits.retain(|edit| is_kept(edit, cwd, ground, outside));
            }
            EventKind::Result(result) => {
                if let Some(extent) = away.calls.get(&result.call) {
                    result.output = match extent {
                        Some(Extent::Committing) => commit_lines(&result.output),
                        _ => String::new(),
                    };
                    result.commit.take_if(|_| *extent != Some(Extent::Committing));
                    result.answer = None;
                    result.failure = None;
                }
            }
            _ => {}
        }
        away.see(kind);
    }
}

/// The calls of which not all is kept, each with what is.
#[derive(Default)]
struct Away {
    /// `None`: nothing.
    calls: HashMap<String, Option<Extent>>,
    /// What they left running in the background.
    processes: HashMap<String, Option<Extent>>,
}

impl Away {
    fn see(&mut self, kind: &EventKind) {
        match kind {
            EventKind::Call(call) => {
                let own = match &call.action {
                    ActionEvent::Elsewhere { .. } => Some(None),
                    ActionEvent::Shell { extent, .. } if *extent != Extent::Whole => Some(Some(*extent)),
                    _ => None,
                };
                let of_process = call.process.as_ref().and_then(|process| self.processes.get(process).copied());
                if let Some(kept) = own.or(of_process) {
                    self.calls.insert(call.id.clone(), kept);
                }
            }
            EventKind::Result(result) => {
                if let (Some(process), Some(kept)) = (&result.process, self.calls.get(&result.call)) {
                    self.processes.insert(process.clone(), *kept);
                }
            }
            _ => {}
        }
    }
}

/// The folder that a call names, which may begin in that of the session; else the session's.
pub(crate) fn folder(own: Option<&str>, cwd: Option<&str>) -> Option<String> {
    own.map_or_else(|| cwd.map(str::to_owned), |own| joined(cwd, own).or_else(|| Some(own.to_owned())))
}

fn is_elsewhere(cwd: Option<&str>, ground: &dyn Ground) -> bool {
    cwd.is_some_and(|cwd| ground.folder(cwd) == Location::Elsewhere)
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
    let in_another = edits.iter().any(|edit| of_edit(edit, cwd, ground) == Location::Elsewhere);
    edits.retain(|edit| is_kept(edit, cwd, ground, outside));
    edits.is_empty().then_some(ActionEvent::Elsewhere { edits: in_another })
}

fn is_kept(edit: &EditEvent, cwd: &Option<String>, ground: &dyn Ground, outside: Outside) -> bool {
    match of_edit(edit, cwd, ground) {
        Location::Here | Location::Gone => true,
        Location::Elsewhere => false,
        Location::Nowhere => outside == Outside::All || is_prose(&edit.path),
    }
}

/// A file that is moved out of a repository, or into it, belongs where it is then.
fn of_edit(edit: &EditEvent, cwd: &Option<String>, ground: &dyn Ground) -> Location {
    match &edit.change {
        ChangeEvent::Move { to } => ground.file(to, cwd.as_deref()),
        _ => ground.file(&edit.path, cwd.as_deref()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::{CallEnd, CallEvent, PromptEvent, ResultEvent, SessionFacts, Standing};
    use super::super::told_ground::ToldGround;
    use super::*;
    use crate::record::session::PromptSource;

    fn about(cwd: &str) -> Event {
        Event(EventKind::About(Box::new(SessionFacts { cwd: Some(cwd.to_owned()), ..SessionFacts::default() })))
    }

    fn call(action: ActionEvent) -> Event {
        let (id, tool) = ("1".to_owned(), String::new());
        Event(EventKind::Call(Box::new(CallEvent { id, tool, action, ..CallEvent::default() })))
    }

    fn edit(path: &str) -> Event {
        let change = ChangeEvent::Write { text: "secret".to_owned() };
        call(ActionEvent::Edit(vec![EditEvent { path: path.to_owned(), change }]))
    }

    fn shell(command: &str) -> Event {
        call(ActionEvent::Shell { command: command.to_owned(), cwd: None, extent: Extent::Whole })
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
            ("a written file from another repository", vec![about("/other"), shell("tee /here/a <<X\ntext\nX")], true),
            ("a copied file", vec![about("/other"), shell("cp /tmp/a /here/a")], true),
            ("one below the home folder", vec![about("/other"), shell("cd ~/here && cat > a <<X\ntext\nX")], true),
            ("one in a shell in a shell", vec![about("/ws"), shell("bash -lc 'cd /here && echo 1 > a'")], true),
            ("a commit by two options", vec![about("/ws"), shell("git --git-dir=/here/.git commit -m x")], true),
            ("a commit by variables", vec![about("/ws"), shell("GIT_WORK_TREE=/here git commit -m x")], true),
            ("a commit in a subshell that was left", vec![about("/ws"), shell("(cd /here); git commit -m x")], false),
        ] {
            let mut cwd = None;
            assert_eq!(reach(&events, &mut cwd, &ToldGround).here, here, "{name}");
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
                false,
            ),
        ] {
            let mut events = [about("/here"), event];
            keep_here((&[], &mut events), &mut None, &ToldGround, outside);
            let bytes = super::super::encode(&events);
            assert_eq!(memchr::memmem::find(&bytes, b"secret").is_some(), kept, "{name}");
        }
    }

    fn result(call: &str, process: Option<&str>) -> Event {
        Event(EventKind::Result(Box::new(ResultEvent {
            call: call.to_owned(),
            at: None,
            end: CallEnd::Succeeded,
            exit_code: None,
            output: "secret\n[main 1a2b3c4] Subject\n".to_owned(),
            commit: None,
            answer: None,
            process: process.map(str::to_owned),
            failure: None,
        })))
    }

    #[test]
    fn of_what_is_printed_in_two_repositories_only_commits_made_here_are_kept() {
        let more = |process: &str| {
            let Event(EventKind::Call(mut call)) = call(ActionEvent::Other) else { unreachable!() };
            (call.id, call.process) = ("2".to_owned(), Some(process.to_owned()));
            Event(EventKind::Call(call))
        };
        for (name, command, secret, commit) in [
            ("here", "git commit", true, true),
            ("elsewhere", "cd /other && git commit", false, false),
            ("after a look elsewhere", "git -C /other log; git commit", false, true),
            ("in both", "git -C /other commit; git commit", false, false),
        ] {
            for is_later in [false, true] {
                let mut events =
                    vec![about("/here"), shell(command), result("1", Some("9")), more("9"), result("2", None)];
                let mut later = events.split_off(if is_later { 2 } else { 5 });
                let mut cwd = None;
                keep_here((&[], &mut events), &mut cwd, &ToldGround, Outside::Documents);
                keep_here((&events, &mut later), &mut cwd, &ToldGround, Outside::Documents);
                events.extend(later);
                let bytes = super::super::encode(&events);
                let holds = |word: &[u8]| memchr::memmem::find(&bytes, word).is_some();
                assert_eq!((holds(b"secret"), holds(b"1a2b3c4")), (secret, commit), "{name}, later {is_later}");
            }
        }
    }

    #[test]
    fn a_prompt_knows_whether_it_was_said_in_another_repository() {
        let prompt = || {
            let (text, source) = ("words".to_owned(), PromptSource::Typed);
            Event(EventKind::Prompt(Box::new(PromptEvent {
                id: None,
                at: None,
                text,
                source,
                parent: 0,
                standing: Standing::Sure,
                away: false,
            })))
        };
        let mut events = [about("/other"), prompt(), about("/here"), prompt(), about("/ws"), prompt()];
        keep_here((&[], &mut events), &mut None, &ToldGround, Outside::Documents);
        let said = events
            .iter()
            .filter_map(|Event(kind)| if let EventKind::Prompt(one) = kind { Some(one.away) } else { None });
        assert_eq!(said.collect::<Vec<_>>(), [true, false, false]);
    }
}
