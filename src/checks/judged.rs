//! On which state of a commit its checks ran. What passed says something of the commit only if nothing changed between: no edit
//! of an agent, and no line that a person changed or that no session is known to have written.

use jiff::Timestamp;

use super::runners::contradicts;
use super::tested::is_document;
use crate::record::checked_state::{CheckedState, Untested, UntestedBy};
use crate::record::contribution::{Check, CheckKind, CheckResult, CheckedBy, Confidence, Contribution, CorrectionForm};
use crate::record::note::{LineAuthor, Record};
use crate::record::text::Clean;

/// More places are not listed: one is enough.
const MOST: usize = 50;

impl Record<Clean> {
    /// What was once known of a check stays known: an earlier record of the commit saw the files beside it.
    pub fn keep_other_states(&mut self, before: &Self) {
        for one in &mut self.contributions {
            let earlier =
                before.contributions.iter().filter(|old| (&old.agent, &old.session) == (&one.agent, &one.session));
            let earlier: Vec<&Check<Clean>> = earlier.flat_map(|old| &old.checks).collect();
            // What was said because of a failure that came later is judged anew.
            let is_contradicted = |check: &Check<Clean>| {
                let failed = earlier.iter().filter(|other| other.kind == check.kind && other.at >= check.at);
                check.result == CheckResult::Passed
                    && failed.into_iter().any(|other| other.result == CheckResult::Failed)
            };
            let others: Vec<&Check<Clean>> = earlier
                .iter()
                .copied()
                .filter(|check| check.state == Some(CheckedState::OtherState) && !is_contradicted(check))
                .collect();
            for check in &mut one.checks {
                let is_it =
                    |old: &&Check<Clean>| (old.kind, old.at, &old.command) == (check.kind, check.at, &check.command);
                if others.iter().any(is_it) {
                    check.state = Some(CheckedState::OtherState);
                }
            }
        }
    }

    /// Fills in which changes are not known to be tested, and the state of each check. A state that is known to be the committed
    /// one stays: the check ran in the very command or hook that made the commit.
    pub fn judge_checks(&mut self) {
        self.untested = self.not_tested();
        let states: Vec<Vec<Option<CheckedState>>> = self
            .contributions
            .iter()
            .map(|one| one.checks.iter().map(|check| self.state(one, check)).collect())
            .collect();
        for (one, states) in self.contributions.iter_mut().zip(states) {
            for (check, state) in one.checks.iter_mut().zip(states) {
                check.state = state;
            }
        }
    }

    fn not_tested(&self) -> Vec<Untested> {
        let mut found: Vec<Untested> =
            self.untested.iter().filter(|known| known.by.is_of_a_file()).take(MOST).cloned().collect();
        let mut checks = self.contributions.iter().flat_map(|one| &one.checks);
        if !checks.any(|check| check.result == CheckResult::Passed) {
            return found;
        }
        for file in self.files.iter().filter(|file| !is_document(&file.path)) {
            for span in &file.spans {
                let by = match span.author {
                    LineAuthor::Corrected | LineAuthor::Person => UntestedBy::Person,
                    LineAuthor::Unknown => UntestedBy::Unknown,
                    LineAuthor::Agent | LineAuthor::Formatter => continue,
                };
                found.push(Untested { path: file.path.clone(), start: Some(span.start), lines: span.lines, by });
            }
        }
        for correction in self.contributions.iter().flat_map(|one| &one.corrections) {
            let Some(path) = correction.path.as_ref().filter(|path| !is_document(path)) else { continue };
            let is_known = found.iter().any(|known| known.path == *path && known.by == UntestedBy::Person);
            if correction.form == CorrectionForm::Manual && !is_known {
                let (start, lines) = (correction.line, 1);
                found.push(Untested { path: path.clone(), start, lines, by: UntestedBy::Person });
            }
        }
        found.truncate(MOST);
        found
    }

    /// Whether the same check failed after it had passed, and before the commit.
    fn failed_later(&self, own: &Contribution<Clean>, check: &Check<Clean>) -> bool {
        if check.result != CheckResult::Passed {
            return false;
        }
        let is_last = |at: Timestamp| at <= self.committed_at && check.at.is_none_or(|passed| at >= passed);
        let failed = |other: &&Check<Clean>| {
            other.kind == check.kind
                && other.result == CheckResult::Failed
                && contradicts(other.command.as_str(), check.command.as_str(), check.kind)
        };
        let behind = own.checks.iter().skip_while(|other| !std::ptr::eq(*other, check));
        behind.filter(failed).any(|other| other.at.is_none_or(is_last))
            || self
                .contributions
                .iter()
                .filter(|one| !std::ptr::eq(*one, own))
                .flat_map(|one| &one.checks)
                .filter(failed)
                .any(|other| other.at.is_some_and(is_last))
    }

    fn state(&self, own: &Contribution<Clean>, check: &Check<Clean>) -> Option<CheckedState> {
        if check.kind == CheckKind::Told {
            return None;
        }
        if check.state == Some(CheckedState::OtherState) {
            return check.state;
        }
        if self.failed_later(own, check) {
            return Some(CheckedState::OtherState);
        }
        let is_on_other_base = check.state == Some(CheckedState::OtherBase);
        let passed_in_hook = check.by == CheckedBy::CommitHook && check.result == CheckResult::Passed;
        // A hook that formats may have run after the check that the committing command ran.
        let is_as_left = || {
            // What ran behind the commit ran on what the hook has left.
            check.at.is_some_and(|at| at > self.committed_at)
                || self.untested.iter().all(|place| place.by != UntestedBy::Layout)
        };
        let is_known = passed_in_hook || (check.state == Some(CheckedState::Committed) && is_as_left());
        if is_known && !is_on_other_base {
            return Some(CheckedState::Committed);
        }
        let is_later = |edited: Timestamp| check.at.is_none_or(|at| edited > at);
        let others = self.contributions.iter().filter(|one| !std::ptr::eq(*one, own));
        let edited_later = others
            .filter(|one| one.confidence != Confidence::Overlap && one.lines > 0)
            .any(|one| one.last_edit_at.is_some_and(is_later));
        Some(if !check.after_last_edit || edited_later {
            CheckedState::BeforeEdit
        } else if self.untested.is_empty() && is_on_other_base {
            CheckedState::OtherBase
        } else if self.untested.is_empty() {
            CheckedState::Committed
        } else {
            CheckedState::BeforeChange
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::note::Record;
    use crate::record::samples;

    /// The state of the first check, with the untested places as `path:start+lines by`.
    fn judged(change: impl FnOnce(&mut serde_json::Value)) -> (Option<CheckedState>, Vec<String>) {
        let mut value = serde_json::to_value(samples::discounts().record).unwrap();
        value["contributions"][0]["checks"][0]["after_last_edit"] = json!(true);
        value["contributions"][0]["corrections"] = json!([]);
        value["files"] = json!([
            {"path": "src/price.py", "spans": [{"start": 1, "lines": 11, "author": "agent", "contribution": 0}]}
        ]);
        change(&mut value);
        let mut record: Record<Clean> = serde_json::from_value(value).unwrap();
        record.judge_checks();
        let place =
            |one: &Untested| format!("{}:{}+{} {}", one.path, one.start.unwrap_or_default(), one.lines, one.by.name());
        (record.contributions[0].checks[0].state, record.untested.iter().map(place).collect())
    }

    fn spans(author: &str, path: &str) -> serde_json::Value {
        json!([{"path": path, "spans": [{"start": 4, "lines": 2, "author": author, "contribution": 0}]}])
    }

    #[test]
    fn a_check_is_of_the_committed_state_only_if_nothing_else_changed() {
        use CheckedState::{BeforeChange, BeforeEdit, Committed};
        let none = Vec::<String>::new();
        assert_eq!(judged(|_| ()), (Some(Committed), none.clone()));
        for (author, state, places) in [
            ("agent", Committed, vec![]),
            ("formatter", Committed, vec![]),
            ("corrected", BeforeChange, vec!["a.py:4+2 person".to_owned()]),
            ("person", BeforeChange, vec!["a.py:4+2 person".to_owned()]),
            ("unknown", BeforeChange, vec!["a.py:4+2 unknown".to_owned()]),
        ] {
            assert_eq!(judged(|record| record["files"] = spans(author, "a.py")), (Some(state), places), "{author}");
        }
        for path in ["README.md", "docs/a.rst", "LICENSE", "notes.TXT"] {
            assert_eq!(
                judged(|record| record["files"] = spans("unknown", path)),
                (Some(Committed), none.clone()),
                "{path}"
            );
        }
        for path in ["requirements.txt", "CMakeLists.txt", "Cargo.lock", "package.json", ".md"] {
            assert_eq!(judged(|record| record["files"] = spans("unknown", path)).0, Some(BeforeChange), "{path}");
        }
        assert_eq!(
            judged(|record| record["contributions"][0]["checks"][0]["after_last_edit"] = json!(false)).0,
            Some(BeforeEdit)
        );
        let by_hand = json!([{"form": "manual", "path": "src/cart.py", "line": 40}]);
        let (state, places) = judged(|record| record["contributions"][0]["corrections"] = by_hand);
        assert_eq!((state, places), (Some(BeforeChange), vec!["src/cart.py:40+1 person".to_owned()]));
        let gone = json!([{"path": "old.py", "lines": 0, "by": "removed"}]);
        assert_eq!(judged(|record| record["untested"] = gone).0, Some(BeforeChange));
    }

    #[test]
    fn a_check_of_the_commit_hook_or_of_the_committing_command_saw_all_of_it() {
        let unknown = spans("unknown", "a.py");
        for (key, value) in [("by", "commit-hook"), ("state", "committed")] {
            let (state, _) = judged(|record| {
                record["files"] = unknown.clone();
                record["contributions"][0]["checks"][0][key] = json!(value);
            });
            assert_eq!(state, Some(CheckedState::Committed), "{key}");
        }
        for (at, expected) in
            [("2026-02-24T14:03:00Z", CheckedState::BeforeChange), ("2099-01-01T00:00:00Z", CheckedState::Committed)]
        {
            let (state, _) = judged(|record| {
                record["untested"] = json!([{"path": "a.py", "lines": 0, "by": "layout"}]);
                record["contributions"][0]["checks"][0]["state"] = json!("committed");
                record["contributions"][0]["checks"][0]["at"] = json!(at);
            });
            assert_eq!(state, Some(expected), "formatted by a hook, and checked at {at}");
        }
    }

    #[test]
    fn what_ran_before_a_rebase_stays_so_unless_something_else_is_to_be_said() {
        type Change = fn(&mut serde_json::Value);
        let cases: [(&str, Change, CheckedState); 4] = [
            ("nothing else", |_| (), CheckedState::OtherBase),
            (
                "in a hook of the first commit",
                |record| {
                    record["contributions"][0]["checks"][0]["by"] = json!("commit-hook");
                },
                CheckedState::OtherBase,
            ),
            (
                "lines of unknown origin",
                |record| record["files"] = spans("unknown", "a.py"),
                CheckedState::BeforeChange,
            ),
            (
                "an edit since",
                |record| {
                    record["contributions"][0]["checks"][0]["after_last_edit"] = json!(false);
                },
                CheckedState::BeforeEdit,
            ),
        ];
        for (name, change, expected) in cases {
            let (state, _) = judged(|record| {
                record["contributions"][0]["checks"][0]["state"] = json!("other-base");
                change(record);
            });
            assert_eq!(state, Some(expected), "{name}");
        }
    }

    #[test]
    fn another_session_that_edits_later_makes_it_an_earlier_state() {
        for (edited, state) in
            [("2026-02-24T14:02:00Z", CheckedState::Committed), ("2026-02-24T14:04:00Z", CheckedState::BeforeEdit)]
        {
            let other = json!({"agent": "codex", "session": "77", "confidence": "content", "evidence": [], "lines": 3,
                "last_edit_at": edited});
            let (found, _) = judged(|record| record["contributions"].as_array_mut().unwrap().push(other));
            assert_eq!(found, Some(state), "{edited}");
        }
    }
}
