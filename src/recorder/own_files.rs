//! Files that this program itself puts into a repository (settings, journals, the workflow), and records of work by others.
//! Nobody is asked who wrote their lines, in records from before that was so, either.

use crate::git::committed;
use crate::git::repository::Repository;
use crate::install::hooks::{HOOKS, Hook};
use crate::install::workflow::{WORKFLOW, workflow};
use crate::record::note::{FileRecord, LineAuthor, Record};
use crate::record::text::Clean;
use crate::record::transcript_files::is_transcript;
use crate::text::paths;

/// The record of the commit `id` without the lines of unknown origin in such files. What an agent wrote there stays: a policy
/// may forbid it.
pub(crate) fn without_unknown_lines(repository: &Repository, id: &str, mut record: Record<Clean>) -> Record<Clean> {
    let is_unknown = |file: &FileRecord| file.spans.iter().any(|span| span.author == LineAuthor::Unknown);
    let mut left_out: u32 = 0;
    for file in record.files.iter_mut().filter(|file| is_unknown(file) && is_ours(repository, id, &file.path)) {
        file.spans.retain(|span| {
            let stays = span.author != LineAuthor::Unknown;
            left_out = left_out.saturating_add(if stays { 0 } else { span.lines });
            stays
        });
    }
    record.files.retain(|file| !file.spans.is_empty());
    // A note may come from anybody: its numbers need not add up.
    let lines = &mut record.lines;
    (lines.unknown, lines.added) = (lines.unknown.saturating_sub(left_out), lines.added.saturating_sub(left_out));
    record
}

fn is_ours(repository: &Repository, id: &str, path: &str) -> bool {
    let text = workflow();
    let is_as_written = || {
        let found = committed::read(repository, id, path, text.len() as u64);
        found.is_ok_and(|found| found.as_deref() == Some(text.as_bytes()))
    };
    is_transcript(path) || (path == WORKFLOW && is_as_written()) || is_our_hook(repository, id, path)
}

/// Whether the file is one of our shims, in a folder of hooks that is committed, or a hook of which all that is not ours is a
/// line for the shell to run it by.
fn is_our_hook(repository: &Repository, id: &str, path: &str) -> bool {
    const LONGEST: u64 = 16 * 1024;
    let name = paths::name(path);
    if !HOOKS.iter().any(|hook| hook.name == name) {
        return false;
    }
    let Ok(Some(text)) = committed::read(repository, id, path, LONGEST) else { return false };
    let only_calls = String::from_utf8_lossy(&text).lines().map(str::trim).all(|line| {
        line.is_empty()
            || line.starts_with("#!")
            || line.contains(&format!("backstory hook {name} \"$@\" || [ $? -ne 1 ]"))
    });
    Hook::is_shim(&text) || (!text.is_empty() && only_calls)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::note::Span;
    use crate::record::samples;
    use crate::testing::stage::Trial;

    #[test]
    fn our_own_files_are_held_against_nobody() {
        let trial = Trial::new();
        std::fs::create_dir_all(trial.folder.path().join(".github/workflows")).unwrap();
        let ours = trial.commit("Set up", WORKFLOW, &workflow()).to_string();
        let changed = trial.commit("Change", WORKFLOW, &(workflow() + "# mine\n")).to_string();
        std::fs::create_dir_all(trial.folder.path().join(".githooks")).unwrap();
        std::fs::create_dir_all(trial.folder.path().join(".husky")).unwrap();
        let shim = HOOKS[0].render(Some(std::path::Path::new("/opt/backstory")));
        trial.commit("Hooks", ".githooks/commit-msg", &shim);
        let line = "if command -v backstory >/dev/null; then backstory hook pre-push \"$@\" || [ $? -ne 1 ]; fi\n";
        trial.commit("Hooks", ".husky/pre-push", line);
        let hooks = trial.commit("Hooks", ".husky/post-commit", &format!("npm test\n{line}")).to_string();
        let repository = Repository::discover(trial.folder.path(), None).unwrap();
        for (id, path, stays) in [
            (&ours, ".backstory.yml", false),
            (&ours, ".backstoryignore", false),
            (&ours, ".backstory/sessions/2026.yaml", false),
            (&ours, WORKFLOW, false),
            (&changed, WORKFLOW, true),
            (&ours, "docs/.backstory.yml", false),
            (&ours, "sub/.backstory/sessions/2026.yaml", false),
            (&ours, ".specstory/history/1.md", false),
            (&hooks, ".githooks/commit-msg", false),
            (&hooks, ".husky/pre-push", false),
            (&hooks, ".husky/post-commit", true),
            (&ours, "docs/backstory.yml", true),
            (&ours, "docs/.github/workflows/backstory.yml", true),
            (&ours, ".github/workflows/ci.yml", true),
        ] {
            let mut record = samples::discounts().record.unwrap();
            let (before, count) = (record.lines, record.files.len());
            let span = |author, start| Span { start, lines: 3, author, contribution: None };
            let spans = vec![span(LineAuthor::Unknown, 1), span(LineAuthor::Agent, 4)];
            record.files.push(FileRecord { path: path.to_owned(), spans });
            record.lines.unknown += 3;
            record.lines.added += 3;
            let record = without_unknown_lines(&repository, id, record);
            assert_eq!(record.files.len(), count + 1, "{path}: the agent's lines stay");
            assert_eq!(record.files[count].spans.len(), if stays { 2 } else { 1 }, "{path}");
            let more = if stays { 3 } else { 0 };
            assert_eq!(
                (record.lines.unknown, record.lines.added),
                (before.unknown + more, before.added + more),
                "{path}"
            );
        }
        let mut odd = samples::discounts().record.unwrap();
        odd.files[0].path = ".backstory.yml".to_owned();
        odd.files[0].spans =
            vec![Span { start: 1, lines: u32::MAX, author: LineAuthor::Unknown, contribution: None }; 2];
        let odd = without_unknown_lines(&repository, &ours, odd);
        assert_eq!((odd.lines.unknown, odd.lines.added), (0, 0));
    }
}
