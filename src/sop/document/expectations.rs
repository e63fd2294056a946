//! How one sees that a step worked, for activities where that is the same everywhere: it follows from what the command is,
//! and from no log. Where a person told it, their words stand instead.

/// Activities, and what is to be seen after them.
const EXPECTED: &[(&[&str], &str)] = &[
    (
        &["edit source", "edit test", "edit docs", "edit config", "edit CI", "change"],
        "`git status` lists the files that you meant to change, and no other.",
    ),
    (&["run tests"], "The command ends without an error and reports no failed test."),
    (&["lint"], "The command ends without an error and reports nothing."),
    (&["build", "typecheck"], "The command ends without an error."),
    (&["format code"], "The command ends without an error, and `git diff` shows changes of layout only."),
    (&["commit"], "`git log -1` shows your commit."),
    (&["push"], "`git status` says that your branch is up to date with the branch that it tracks."),
    (&["open PR"], "The page of the pull request lists your commits."),
    (&["merge"], "`git log -1` shows the merge."),
    (&["install dependencies"], "The command ends without an error."),
];

/// For a step with a command of which nothing else is known.
const COMMAND: &str = "The command ends without an error.";

/// What is to be seen after a step of these activities; `None` where nothing is known.
pub(crate) fn expected(activities: &[String], has_command: bool) -> Option<&'static str> {
    let of = |activity: &String| EXPECTED.iter().find(|(names, _)| names.contains(&activity.as_str()));
    let known = activities.iter().find_map(of).map(|(_, words)| *words);
    known.or(has_command.then_some(COMMAND))
}
