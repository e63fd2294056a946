//! The event that started a workflow: what the runner left in `GITHUB_EVENT_PATH`, and GitLab's variables. Everything in
//! it may be missing; what is written by people (titles, branch names, bodies) is not read.

use serde_json::Value;

use crate::text::ids::{is_commit_id, is_null};

/// What happened, as far as the action cares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkflowEvent {
    /// Something happened to a pull request: `pull_request`, `pull_request_target`.
    Pull(PullEvent),
    /// Another workflow ran for the commit `head`: `workflow_run`.
    Run { head: String, pulls: Vec<u64> },
    /// Commits came to a branch: `push`.
    Push(PushEvent),
    /// Pull requests are tried together before they land: `merge_group`.
    Queue { base: String, head: String },
    /// Started by hand or by the clock, with the pull request that was asked for.
    ByHand { pull: Option<u64> },
    /// Nothing that says how a change was made.
    Other(String),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullEvent {
    pub number: u64,
    /// `opened`, `synchronize`, `closed`, ...
    pub action: String,
    /// Full id of the newest commit when the event happened.
    pub head: String,
    /// Full id of the tip of the target branch when the event happened; it may have moved on.
    pub base: String,
    pub base_branch: String,
    /// How many commits it has.
    pub commits: Option<u64>,
    /// The address of the other repository that the branch is in, for a pull request of a fork.
    pub fork: Option<String>,
    /// The commit that landed, for a pull request that was just merged.
    pub landed: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushEvent {
    /// `None` for a new branch.
    pub before: Option<String>,
    pub after: String,
    /// Whether it is the branch that pull requests go into by default.
    pub is_default_branch: bool,
}

/// Why an event was not understood.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the event `{name}` has no {missing}; is GITHUB_EVENT_PATH the file of this event?")]
pub struct EventError {
    name: String,
    missing: &'static str,
}

/// Reads the payload of the event `name`.
///
/// # Errors
/// When the payload lacks what every event of this name has.
pub fn read(name: &str, payload: &Value) -> Result<WorkflowEvent, EventError> {
    let need = |missing| move || EventError { name: name.to_owned(), missing };
    Ok(match name {
        "pull_request" | "pull_request_target" => {
            WorkflowEvent::Pull(pull(payload).ok_or_else(need("pull request with a number and a head"))?)
        }
        "workflow_run" => {
            let run = &payload["workflow_run"];
            let pulls = run["pull_requests"].as_array().map(Vec::as_slice).unwrap_or_default();
            WorkflowEvent::Run {
                head: id(&run["head_sha"]).ok_or_else(need("head commit of the run"))?,
                pulls: pulls.iter().filter_map(|pull| pull["number"].as_u64()).collect(),
            }
        }
        "push" => {
            // A branch that was deleted has nothing to say.
            let Some(after) = id(&payload["after"]) else { return Ok(WorkflowEvent::Other(name.to_owned())) };
            let branch = payload["ref"].as_str().and_then(|name| name.strip_prefix("refs/heads/"));
            let main = payload["repository"]["default_branch"].as_str();
            WorkflowEvent::Push(PushEvent {
                before: id(&payload["before"]),
                after,
                is_default_branch: branch.is_some() && branch == main,
            })
        }
        "merge_group" => {
            let group = &payload["merge_group"];
            let ends = id(&group["base_sha"]).zip(id(&group["head_sha"]));
            let (base, head) = ends.ok_or_else(need("base and head"))?;
            WorkflowEvent::Queue { base, head }
        }
        "workflow_dispatch" | "schedule" | "repository_dispatch" => {
            let asked = &payload["inputs"]["pull-request"];
            WorkflowEvent::ByHand { pull: asked.as_u64().or_else(|| asked.as_str()?.trim().parse().ok()) }
        }
        other => WorkflowEvent::Other(other.to_owned()),
    })
}

fn pull(payload: &Value) -> Option<PullEvent> {
    let pull = &payload["pull_request"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (head, base) = (&pull["head"], &pull["base"]);
    let is_merged = pull["merged"].as_bool() == Some(true);
    // A fork that was deleted has no repository any more.
    let is_fork = head["repo"]["full_name"].as_str() != base["repo"]["full_name"].as_str();
    Some(PullEvent {
        number: pull["number"].as_u64()?,
        action: text(&payload["action"]),
        head: id(&head["sha"])?,
        base: id(&base["sha"])?,
        base_branch: text(&base["ref"]),
        commits: pull["commits"].as_u64(),
        fork: is_fork.then(|| text(&head["repo"]["clone_url"])),
        landed: id(&pull["merge_commit_sha"]).filter(|_| is_merged),
    })
}

/// A full commit id that is not the null id.
fn id(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    (is_commit_id(text) && !is_null(text)).then(|| text.to_ascii_lowercase())
}

/// The merge request of a GitLab pipeline, from its variables; `None` outside of a merge-request pipeline.
pub(crate) fn read_gitlab(variable: &dyn Fn(&str) -> Option<String>) -> Option<WorkflowEvent> {
    let commit = |name: &str| id(&Value::from(variable(name)?));
    let source = variable("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH");
    let is_fork = source.is_some() && source != variable("CI_MERGE_REQUEST_PROJECT_PATH");
    Some(WorkflowEvent::Pull(PullEvent {
        number: variable("CI_MERGE_REQUEST_IID")?.parse().ok()?,
        action: "synchronize".to_owned(),
        // In a pipeline of merged results the commit that runs is GitLab's own.
        head: commit("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA").or_else(|| commit("CI_COMMIT_SHA"))?,
        base: commit("CI_MERGE_REQUEST_TARGET_BRANCH_SHA").or_else(|| commit("CI_MERGE_REQUEST_DIFF_BASE_SHA"))?,
        base_branch: variable("CI_MERGE_REQUEST_TARGET_BRANCH_NAME").unwrap_or_default(),
        commits: None,
        fork: is_fork.then(|| {
            variable("CI_MERGE_REQUEST_SOURCE_PROJECT_URL").map(|url| format!("{url}.git")).unwrap_or_default()
        }),
        landed: None,
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    const NULL: &str = "0000000000000000000000000000000000000000";

    fn payload(head_repository: &str, merged: bool) -> Value {
        json!({"action": "closed", "pull_request": {
            "number": 7, "merged": merged, "merge_commit_sha": B, "commits": 3,
            "head": {"sha": A, "repo": {"full_name": head_repository, "clone_url": "https://forge.test/x.git"}},
            "base": {"sha": B, "ref": "main", "repo": {"full_name": "o/r"}},
        }})
    }

    #[test]
    fn a_pull_request_of_the_same_repository_is_no_fork_and_lands_when_it_is_merged() {
        let WorkflowEvent::Pull(pull) = read("pull_request", &payload("o/r", true)).unwrap() else { panic!() };
        assert_eq!((pull.number, pull.commits, pull.fork.as_deref()), (7, Some(3), None));
        assert_eq!((pull.head.as_str(), pull.base.as_str(), pull.landed.as_deref()), (A, B, Some(B)));
        // GitHub also fills `merge_commit_sha` with its trial merge while the request is open.
        let WorkflowEvent::Pull(open) = read("pull_request_target", &payload("u/r", false)).unwrap() else { panic!() };
        assert_eq!((open.fork.as_deref(), open.landed), (Some("https://forge.test/x.git"), None));
    }

    #[test]
    fn a_fork_that_was_deleted_is_still_a_fork() {
        let mut payload = payload("u/r", false);
        payload["pull_request"]["head"]["repo"] = Value::Null;
        let WorkflowEvent::Pull(pull) = read("pull_request", &payload).unwrap() else { panic!() };
        assert_eq!(pull.fork.as_deref(), Some(""));
    }

    #[test]
    fn other_events_give_their_ends_and_what_is_unknown_is_left_alone() {
        let push =
            json!({"ref": "refs/heads/main", "before": NULL, "after": A, "repository": {"default_branch": "main"}});
        let expected = PushEvent { before: None, after: A.to_owned(), is_default_branch: true };
        assert_eq!(read("push", &push), Ok(WorkflowEvent::Push(expected)));
        assert_eq!(
            read("push", &json!({"ref": "refs/heads/x", "after": NULL})),
            Ok(WorkflowEvent::Other("push".into()))
        );
        let run = json!({"workflow_run": {"head_sha": A, "pull_requests": [{"number": 4}]}});
        assert_eq!(read("workflow_run", &run), Ok(WorkflowEvent::Run { head: A.to_owned(), pulls: vec![4] }));
        let group = json!({"merge_group": {"base_sha": A, "head_sha": B}});
        assert_eq!(read("merge_group", &group), Ok(WorkflowEvent::Queue { base: A.to_owned(), head: B.to_owned() }));
        let dispatch = json!({"inputs": {"pull-request": " 12 "}});
        assert_eq!(read("workflow_dispatch", &dispatch), Ok(WorkflowEvent::ByHand { pull: Some(12) }));
        assert_eq!(read("check_run", &json!({})), Ok(WorkflowEvent::Other("check_run".into())));
    }

    #[test]
    fn a_payload_of_another_event_is_refused() {
        let error = read("pull_request", &json!({"zen": "Keep it logically awesome."})).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the event `pull_request` has no pull request with a number and a head; is GITHUB_EVENT_PATH the file of this event?"
        );
        let mut option = payload("o/r", false);
        option["pull_request"]["head"]["sha"] = "--upload-pack=x".into();
        assert!(read("pull_request", &option).is_err());
    }

    #[test]
    fn a_merge_request_of_gitlab_is_read_from_its_variables() {
        let variables = [
            ("CI_MERGE_REQUEST_IID", "5"),
            ("CI_COMMIT_SHA", A),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", B),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            ("CI_MERGE_REQUEST_PROJECT_PATH", "o/r"),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "u/r"),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_URL", "https://forge.test/u/r"),
        ];
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let Some(WorkflowEvent::Pull(pull)) = read_gitlab(&variable) else { panic!() };
        assert_eq!((pull.number, pull.head.as_str(), pull.base.as_str()), (5, A, B));
        assert_eq!(pull.fork.as_deref(), Some("https://forge.test/u/r.git"));
        assert_eq!(read_gitlab(&|_| None), None);
    }
}
