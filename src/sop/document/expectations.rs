//! How one sees that a step worked, for activities where that is the same everywhere: it follows from what the command is,
//! and from no log. Where a person told it, their words stand instead.

/// Activities, and what is to be seen after them.
const EXPECTED: &[(&[&str], &str)] = &[
    (
        &[
            "change",
            "edit source",
            "edit test",
            "edit docs",
            "edit config",
            "edit CI",
            "edit dependencies",
            "apply patch",
        ],
        "`git status` lists the files that you meant to change, and no other.",
    ),
    (&["run tests"], "The command ends without an error and reports no failed test."),
    (&["lint"], "The command ends without an error. Where it changes files itself, `git diff` shows how."),
    (&["verify", "build", "check types"], "The command ends without an error."),
    (
        &["format code"],
        "The command ends without an error. `git diff` shows no file changes beyond those that you made, except for layout.",
    ),
    (&["commit", "amend commit"], "`git log -1` shows your commit."),
    (&["stage changes"], "`git status` lists what you meant to commit under \"Changes to be committed\"."),
    (&["push", "publish"], "`git status` says that your branch is up to date with the branch that it tracks."),
    (&["open PR", "update PR"], "The page of the pull request lists your commits."),
    (&["merge PR"], "The page of the pull request says that it is merged."),
    (&["revert"], "`git diff` shows that the change is gone."),
    (&["create branch", "switch branch"], "`git status` names the branch in its first line."),
    (&["tag"], "`git tag --list` shows the tag."),
];

/// Activities whose result the next steps take up: at the end of the process nobody sees it any more.
const PASSING: &[&str] = &["change", "format code", "stage changes", "create branch", "switch branch"];

/// Whether what is expected of such a step is gone when the process is done.
pub(crate) fn is_passing(activities: &[String]) -> bool {
    let is = |activity: &String| PASSING.contains(&activity.as_str()) || activity.starts_with("edit ");
    !activities.is_empty() && activities.iter().all(is)
}

/// Activities that are done by hand or with an editor: a command beside them is not what one does.
const BY_HAND: &[&str] = &["change", "edit source", "edit test", "edit docs", "edit config", "edit CI"];

/// For a step with a command of which nothing else is known.
const COMMAND: &str = "The command ends without an error.";

/// What is to be seen after a step of these activities; `None` where nothing is known.
pub(crate) fn expected(activities: &[String], has_command: bool) -> Option<&'static str> {
    let of = |activity: &String| EXPECTED.iter().find(|(names, _)| names.contains(&activity.as_str()));
    let known = activities.iter().find_map(of).map(|(_, words)| *words);
    known.or(has_command.then_some(COMMAND))
}

/// Whether a command of the step is what its reader types; otherwise it only goes along with it.
pub(crate) fn is_done_by_command(activities: &[String]) -> bool {
    !activities.iter().any(|activity| BY_HAND.contains(&activity.as_str()))
}
