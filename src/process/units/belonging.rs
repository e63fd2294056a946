//! Which process a run belongs to: said outright, by a team's rules, by a skill, by the commit's type, by what it changed.

use super::super::activities::Activities;
use super::super::settings::ProcessRule;
use crate::record::path_pattern::{PathPattern, PathPatterns};
use crate::text::subjects::commit_type;

/// The process of everything that nothing else is said of.
pub(crate) const CHANGE: &str = "change";
/// The process of commits that only join branches: they change nothing themselves, and are no run of another process.
pub(crate) const MERGE: &str = "merge";

/// How git begins the message of a commit that joins branches.
const MERGE_SUBJECTS: &[&str] = &[
    "Merge branch ",
    "Merge branches ",
    "Merge remote-tracking branch",
    "Merge pull request ",
    "Merge tag ",
    "Merge commit ",
];

/// What is known of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// The value of the trailer `Process` of its commit.
    pub(crate) trailer: Option<String>,
    /// The slash command that it began with, without `/`.
    pub(crate) skill: Option<String>,
    pub(crate) labels: Vec<String>,
    pub(crate) subject: Option<String>,
    pub(crate) branch: Option<String>,
    pub(crate) files: Vec<String>,
    pub(crate) activities: Vec<String>,
    /// Whether all its commits join branches; `None` where none of them is here.
    pub(crate) only_merges: Option<bool>,
}

/// The rules for processes, ready to be asked.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    rules: Vec<(ProcessRule, [Option<PathPatterns>; 3])>,
}

impl Processes {
    /// # Errors
    /// For a pattern that cannot be read, and for a rule that says nothing.
    pub(crate) fn new(rules: &[ProcessRule]) -> anyhow::Result<Self> {
        let rules = rules.iter().map(|rule| {
            let says = [&rule.branch, &rule.commit_type, &rule.subject, &rule.activity, &rule.skill];
            anyhow::ensure!(
                !rule.name.trim().is_empty() && says.iter().chain(&[&rule.only_paths, &rule.any_path]).any(|words| !words.is_empty()),
                "a `[[process]]` of .backstory/process.toml names no process or says nothing of its runs\nhint: it needs `name` and one of \
                 `branch`, `commit-type`, `subject`, `activity`, `skill`, `only-paths` and `any-path`"
            );
            Ok((rule.clone(), [patterns(&rule.branch.0)?, patterns(&rule.only_paths.0)?, patterns(&rule.any_path.0)?]))
        });
        Ok(Self { rules: rules.collect::<anyhow::Result<_>>()? })
    }

    /// The process of a run, and what says so in a few words.
    pub(crate) fn of(&self, run: &Known, activities: &Activities) -> (String, String) {
        if let Some(name) = &run.trailer {
            return (name.clone(), "trailer Process".to_owned());
        }
        if let Some((place, (rule, _))) = self.rules.iter().enumerate().find(|(_, rule)| holds(rule, run)) {
            return (rule.name.clone(), format!("rule {} of process.toml", place + 1));
        }
        if let Some(label) = run.labels.iter().find_map(|label| label.strip_prefix("process:")) {
            return (label.trim().to_owned(), "label of the pull request".to_owned());
        }
        if is_merge(run) {
            return (MERGE.to_owned(), "a commit that joins branches".to_owned());
        }
        if let Some(skill) = run.skill.as_ref().filter(|skill| !activities.is_general(skill)) {
            return (skill.clone(), format!("command /{skill}"));
        }
        if let Some(kind) = run.subject.as_deref().and_then(commit_type).and_then(process_of_type) {
            return (kind.to_owned(), format!("commit type {kind}"));
        }
        by_paths(run, activities)
    }
}

/// By its commits; by what git printed where they are not here.
fn is_merge(run: &Known) -> bool {
    let subject = || run.subject.as_deref().unwrap_or_default();
    run.only_merges.unwrap_or_else(|| MERGE_SUBJECTS.iter().any(|start| subject().starts_with(start)))
}

fn patterns(globs: &[String]) -> anyhow::Result<Option<PathPatterns>> {
    let read = |glob: &String| {
        PathPattern::parse(glob)
            .map_err(|why| anyhow::anyhow!("`{glob}` under `process` in .backstory/process.toml: {why}"))
    };
    let read: Vec<PathPattern> = globs.iter().map(read).collect::<anyhow::Result<_>>()?;
    Ok(if read.is_empty() { None } else { Some(PathPatterns::new(&read)?) })
}

fn holds((rule, [branch, only, any]): &(ProcessRule, [Option<PathPatterns>; 3]), run: &Known) -> bool {
    let subject = run.subject.as_deref().unwrap_or_default();
    let kind = commit_type(subject);
    branch.as_ref().is_none_or(|globs| run.branch.as_ref().is_some_and(|branch| globs.has(branch)))
        && only.as_ref().is_none_or(|globs| !run.files.is_empty() && run.files.iter().all(|file| globs.has(file)))
        && any.as_ref().is_none_or(|globs| run.files.iter().any(|file| globs.has(file)))
        && (rule.commit_type.is_empty() || rule.commit_type.iter().any(|wanted| Some(wanted) == kind))
        && (rule.subject.is_empty() || rule.subject.iter().any(|words| subject.contains(words)))
        && (rule.activity.is_empty() || rule.activity.iter().any(|name| run.activities.iter().any(|one| one == name)))
        && (rule.skill.is_empty()
            || rule.skill.iter().any(|name| run.skill.as_deref() == Some(name.trim_start_matches('/'))))
}

/// Types that are done in another way than a change of code is.
fn process_of_type(kind: &str) -> Option<&'static str> {
    match kind {
        "docs" | "doc" => Some("docs"),
        "ci" => Some("ci"),
        "deps" | "dep" => Some("dependencies"),
        "release" => Some("release"),
        _ => None,
    }
}

fn by_paths(run: &Known, activities: &Activities) -> (String, String) {
    let class = |file: &String| activities.paths.find(file).map(|(id, _)| activities.name(id));
    let all = |wanted: &str| !run.files.is_empty() && run.files.iter().all(|file| class(file) == Some(wanted));
    for (class, process) in [("edit docs", "docs"), ("edit CI", "ci"), ("edit dependencies", "dependencies")] {
        if all(class) {
            return (process.to_owned(), format!("all files are of the kind `{class}`"));
        }
    }
    (
        CHANGE.to_owned(),
        "a commit, and nothing in the run (such as the command of a release) that makes it another process".to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::settings::ProcessSettings;

    fn known(subject: &str, files: &[&str]) -> Known {
        Known {
            subject: Some(subject.to_owned()),
            files: files.iter().map(|file| (*file).to_owned()).collect(),
            ..Known::default()
        }
    }

    #[test]
    fn what_is_said_outright_comes_before_what_is_guessed() {
        let text = "[[process]]\nname = \"release\"\nany-path = \"CHANGELOG.md\"\nsubject = \"Release\"\n";
        let settings = ProcessSettings::parse(text).unwrap();
        let activities = Activities::new(text, &settings).unwrap();
        let processes = Processes::new(&settings.process).unwrap();
        let trailer = Known { trailer: Some("hotfix".to_owned()), ..known("docs: x", &["a.md"]) };
        let skill = Known { skill: Some("review".to_owned()), ..known("docs: x", &["a.md"]) };
        let hotfix = trailer.clone();
        let merge_in_a_skill = Known { only_merges: Some(true), ..skill.clone() };
        let general = Known { skill: Some("commit".to_owned()), ..known("x", &["a.rs"]) };
        for (name, run, expected) in [
            ("trailer", trailer, "hotfix"),
            ("a rule", known("Release 1.2", &["CHANGELOG.md", "a.rs"]), "release"),
            ("half a rule", known("Say more", &["CHANGELOG.md", "a.rs"]), "change"),
            ("a skill", skill, "review"),
            ("a general command", general, "change"),
            ("a type", known("docs(api)!: say more", &["a.rs"]), "docs"),
            ("a type of a change", known("fix: add", &["a.rs"]), "change"),
            ("no type", known("Note: this", &["a.rs"]), "change"),
            ("docs only", known("Say more", &["README.md", "docs/x.md"]), "docs"),
            ("CI only", known("Run more", &[".github/workflows/ci.yml"]), "ci"),
            ("dependencies only", known("Raise x", &["go.mod", "go.sum"]), "dependencies"),
            ("docs and code", known("Add x", &["README.md", "a.rs"]), "change"),
            ("nothing", Known::default(), "change"),
            ("a merge", Known { only_merges: Some(true), ..known("Take main in", &["a.rs"]) }, "merge"),
            ("a merge, in a skill", merge_in_a_skill, "merge"),
            ("a merge that is not here", known("Merge branch 'main' into topic", &["a.rs"]), "merge"),
            (
                "a merge with changes",
                Known { only_merges: Some(false), ..known("Merge branch 'x'", &["a.rs"]) },
                "change",
            ),
            ("merging, told", known("Merge two readers", &["a.rs"]), "change"),
            ("a merge of a trailer", Known { only_merges: Some(true), ..hotfix }, "hotfix"),
        ] {
            assert_eq!(processes.of(&run, &activities).0, expected, "{name}");
        }
    }

    #[test]
    fn a_rule_that_says_nothing_is_refused() {
        let settings = ProcessSettings::parse("[[process]]\nname = \"x\"\n").unwrap();
        assert!(Processes::new(&settings.process).unwrap_err().to_string().contains("hint: "));
    }
}
