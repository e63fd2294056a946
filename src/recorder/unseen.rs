//! What sessions did with files that are not to be recorded: taken out of them before anything is made of it, so that no line, no
//! attempt and no check tells of it. Edits of these files, commands that name one, and lines of output that do.

use super::ignored::Ignored;
use super::silenced::Silenced;
use super::unseen_output;
use super::workplace::Workplace;
use crate::environment::Environment;
use crate::record::session::{Action, Change, Outcome, Session, ToolCall};
use crate::record::text::Raw;

/// More parts of a path are not looked at.
const MOST_PARTS: usize = 40;

/// The files that are not to be recorded, as sessions and texts name them.
pub(crate) struct Unseen<'a> {
    ignored: &'a Ignored,
    /// The roots of the work trees, with `/` at the end.
    roots: Vec<String>,
}

/// The sessions that may be recorded, without what they repeat of those that may not, nor what they did with files that may
/// not.
///
/// # Errors
/// When it cannot be told what the others said.
pub(crate) fn without(
    workplace: &Workplace,
    environment: &Environment,
    sessions: Vec<Session>,
) -> anyhow::Result<Vec<Session>> {
    let silenced = Silenced::of(workplace, environment, &sessions)?;
    let mut sessions = workplace.ignored.without(sessions);
    sessions.iter_mut().for_each(|session| silenced.take_out(session));
    if !workplace.ignored.has_paths() {
        return Ok(sessions);
    }
    let aliases = workplace.aliases();
    let roots = workplace.repository.worktree_roots().into_iter().chain(aliases.folders());
    let roots = roots.map(|root| with_slash(&normal(&root.to_string_lossy()))).collect();
    let unseen = Unseen { ignored: &workplace.ignored, roots };
    for turn in sessions.iter_mut().flat_map(|session| &mut session.turns) {
        turn.calls.iter_mut().for_each(|call| unseen.take_out(call));
    }
    Ok(sessions)
}

fn with_slash(path: &str) -> String {
    format!("{}/", path.trim_end_matches('/'))
}

fn normal(path: &str) -> String {
    path.replace('\\', "/")
}

impl<'a> Unseen<'a> {
    /// For texts in which the roots are not named any more.
    pub(crate) fn in_records(ignored: &'a Ignored) -> Self {
        Self { ignored, roots: Vec::new() }
    }

    fn take_out(&self, call: &mut ToolCall) {
        call.written.retain(|edit| !self.has_path(&edit.path));
        match &mut call.action {
            Action::Edit(edits) => {
                let moves = |change: &Change| matches!(change, Change::Move { to } if self.has_path(to));
                let before = edits.len();
                edits.retain(|edit| !self.has_path(&edit.path) && !moves(&edit.change));
                if edits.is_empty() && before > 0 {
                    return drop_call(call, true);
                }
            }
            Action::Shell { command, cwd } => {
                let is_there = cwd.as_deref().is_some_and(|cwd| self.has_folder(cwd));
                let commits = matches!(call.outcome, Outcome::Succeeded { .. } | Outcome::Running { .. })
                    && command.expose().contains("git")
                    && command.expose().contains("commit");
                if (is_there || self.names(command.expose(), true)) && !commits {
                    return drop_call(call, false);
                }
            }
            _ => {}
        }
        match &mut call.outcome {
            Outcome::Succeeded { output, .. } | Outcome::Running { output } | Outcome::Failed { output, .. } => {
                self.take_out_lines(output);
            }
            Outcome::Pending | Outcome::Rejected { .. } | Outcome::Interrupted | Outcome::Collateral => {}
        }
    }

    fn take_out_lines(&self, output: &mut Raw) {
        let text = output.expose();
        if self.names(text, false) {
            *output = Raw::new(unseen_output::without(text, |line| self.names(line, false)));
        }
    }

    /// Whether a text names such a file; a command (`of_command`) by its folder too.
    pub(crate) fn names(&self, text: &str, of_command: bool) -> bool {
        let is_border = |c: char| c.is_whitespace() || "'\"`()[]{}<>,;|&=:".contains(c);
        text.split(is_border).any(|word| {
            let word = word.trim_end_matches(['.', '!', '?']);
            let is_path = word.contains(['/', '.', '\\']);
            word.bytes().any(|byte| byte.is_ascii_alphanumeric() || byte >= 0x80)
                && (is_path && self.has_path(word) || of_command && self.has_folder(word))
        })
    }

    /// Whether all that lies in this folder is such a file.
    fn has_folder(&self, path: &str) -> bool {
        let path = path.trim_end_matches(['/', '\\']);
        self.forms(path).iter().any(|form| {
            !form.is_empty()
                && self.ignored.has_path(&format!("{form}/x"))
                && self.ignored.has_path(&format!("{form}/x/y.z"))
        })
    }

    /// Whether a path, as an agent writes it, is of such a file.
    pub(crate) fn has_path(&self, path: &str) -> bool {
        self.forms(path).iter().any(|form| self.ignored.has_path(form))
    }

    /// The paths below the root that may be meant. Where the root is not known, that may be any end of the path.
    fn forms(&self, path: &str) -> Vec<String> {
        let path = normal(path);
        if let Some(rest) = self.roots.iter().find_map(|root| path.strip_prefix(root.as_str())) {
            return vec![rest.to_owned()];
        }
        let bare = path.trim_start_matches("./");
        let is_absolute = path.starts_with(['/', '~']) || path.get(1..3) == Some(":/") || path.starts_with("../");
        if !is_absolute {
            return vec![bare.to_owned()];
        }
        let ends = path.match_indices('/').map(|(at, _)| path[at + 1..].to_owned());
        ends.filter(|end| !end.is_empty()).take(MOST_PARTS).collect()
    }
}

/// Of a call that is not to be known, only that something was done.
fn drop_call(call: &mut ToolCall, edits: bool) {
    call.action = Action::Elsewhere { edits };
    call.outcome = Outcome::Succeeded { output: Raw::default(), commit: None };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::repository::Repository;
    use crate::testing::stage::Trial;

    #[test]
    fn paths_are_compared_whole_in_every_way_to_write_them() {
        let trial = Trial::new();
        let repository = Repository::discover(trial.folder.path(), None).unwrap();
        let patterns = ["secret/**", "src/api/keys.py", "*.pem"].map(str::to_owned);
        let ignored = Ignored::read(&repository, &patterns).unwrap();
        let unseen = Unseen { ignored: &ignored, roots: vec!["/home/kim/src/shop/".to_owned()] };
        for (path, is_ignored) in [
            ("/home/kim/src/shop/secret/a.py", true),
            ("secret/a.py", true),
            ("./secret/deep/a.py", true),
            ("secret\\a.py", true),
            ("/workspace/shop/secret/a.py", true),
            ("~/shop/src/api/keys.py", true),
            ("../secret/a.py", true),
            ("/home/kim/src/shop/a.pem", true),
            ("/home/kim/src/shop/src/api/keys.py", true),
            ("/home/kim/src/shop/src/keys.py", false),
            ("/home/kim/src/shop/a.py", false),
            ("a.py", false),
            ("secrets/a.py", false),
        ] {
            assert_eq!(unseen.has_path(path), is_ignored, "{path}");
        }
        for (text, of_command, is_named) in [
            ("pytest -q secret", true, true),
            ("pytest -q secret/", true, true),
            ("pytest -q --cov=secret", true, true),
            ("cd /home/kim/src/shop/secret && pytest", true, true),
            ("cat > 'secret/x.py' <<EOF", true, true),
            ("pytest secret/x.py::test_it", true, true),
            ("openssl x509 -in ./a.pem", true, true),
            ("pytest -q", true, false),
            ("echo secrets", true, false),
            ("Error: secret/x.py:3 not found", false, true),
            ("the secret is out", false, false),
            ("see secret/x.py.", false, true),
        ] {
            assert_eq!(unseen.names(text, of_command), is_named, "{text}");
        }
    }
}
