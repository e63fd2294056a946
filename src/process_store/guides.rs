//! Reads what the files of the work tree say about working in it. What is quoted is redacted, as all that is published.

use std::path::{Path, PathBuf};

use crate::files;
use crate::git::tracked::tracked;
use crate::process::activities::Activities;
use crate::process::model::ProcessModel;
use crate::record::agents::AGENTS;
use crate::record::text::Raw;
use crate::recorder::process_rules::Rules;
use crate::recorder::workplace::Workplace;
use crate::sop::document::repository_files::read;
use crate::sop::document::repository_guide::RepositoryGuide;

/// Where repositories state their own rules, besides the files that only one agent reads.
const RULES: [&str; 6] = [
    "CONTRIBUTING.md",
    ".github/CONTRIBUTING.md",
    "docs/CONTRIBUTING.md",
    "CONTRIBUTING.rst",
    "DEVELOPMENT.md",
    "AGENTS.md",
];

/// Longer files are no guide.
const LIMIT: u64 = 512 * 1024;

/// What the files at `root` say, with the tasks that the commands of `model` call.
///
/// # Errors
/// When rules for redaction or for activities cannot be read.
pub(crate) fn guide(workplace: &Workplace, root: &Path, model: &ProcessModel) -> anyhow::Result<RepositoryGuide> {
    let redactor = workplace.redactor()?;
    let is_file = |path: &&str| {
        below(root, path).is_some_and(|at| std::fs::symlink_metadata(at).is_ok_and(|found| found.is_file()))
    };
    let of_agents = AGENTS.iter().filter_map(|row| row.rules_file);
    let rules: Vec<String> = RULES.into_iter().chain(of_agents).filter(is_file).map(str::to_owned).collect();
    // What cannot be read says nothing: a document without it is still true.
    let text = |path: &str| files::read_text(&below(root, path)?, LIMIT).ok().flatten();
    let file = |path: &str| Some(redactor.text(Raw::new(text(path)?)).0.to_string());
    let commands = model.steps.iter().flat_map(|step| &step.commands).map(|command| command.command.as_str());
    let mut guide = RepositoryGuide { files: tracked(&workplace.repository), ..read(&file, &rules, commands) };
    let activities = Rules::read(Some(root))?.activities;
    for rule in &mut guide.required {
        // A program alone may be what is to be installed.
        let calls = rule.commands.iter().filter(|command| command.contains(' '));
        rule.activities = calls.filter_map(|command| activity(&activities, command)).collect();
    }
    Ok(guide)
}

/// Where the file at `path` is; `None` where a folder on the way is a link, which may lead out of the work tree.
fn below(root: &Path, path: &str) -> Option<PathBuf> {
    let Some((folder, name)) = path.rsplit_once('/') else { return Some(root.join(path)) };
    Some(files::folder_below(root, folder).ok()?.join(name))
}

fn activity(activities: &Activities, command: &str) -> Option<String> {
    let named = activities.names_in_command(command, &[]);
    named.main().filter(|part| part.activity.is_some()).map(|part| activities.name_of(part).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn no_file_is_read_through_a_linked_folder() {
        let folder = tempfile::tempdir().unwrap();
        let (root, elsewhere) = (folder.path().join("project"), folder.path().join("private"));
        std::fs::create_dir_all(root.join(".github")).unwrap();
        std::fs::create_dir(&elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, root.join("docs")).unwrap();
        assert_eq!(below(&root, "docs/CONTRIBUTING.md"), None);
        assert_eq!(below(&root, ".github/CONTRIBUTING.md"), Some(root.join(".github/CONTRIBUTING.md")));
        assert_eq!(below(&root, "CONTRIBUTING.md"), Some(root.join("CONTRIBUTING.md")));
    }

    #[test]
    fn a_command_of_a_rule_is_known_by_what_it_does() {
        let activities = Rules::read(None).unwrap().activities;
        for (command, what) in [
            ("make lint", Some("lint")),
            ("npm run test:ci", Some("run tests")),
            ("cargo fmt --all", Some("format code")),
            ("t.Parallel ()", None),
        ] {
            assert_eq!(activity(&activities, command).as_deref(), what, "{command}");
        }
    }
}
