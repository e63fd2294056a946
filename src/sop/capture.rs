//! What people said about a process: its purpose, the steps as they happen, access, pitfalls, and answers to what no log can
//! answer. Kept as `capture.md`, which `capture_file` reads and writes.

use serde::{Deserialize, Serialize};

/// Everything that was told. What nobody said is empty. Texts are clean, as who stores them sees to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Capture {
    /// The name of the process in the log: `change`, `release`.
    pub process: String,
    /// What a person calls it: `Change code in this repository`.
    pub name: String,
    pub purpose: String,
    /// What is there when it is done.
    pub outcome: String,
    /// What makes someone begin.
    pub trigger: String,
    pub who: Vec<String>,
    /// What a person needs to be let in to, and who lets them in.
    pub access: Vec<String>,
    pub tools: Vec<String>,
    /// What has to be at hand before the first step.
    pub inputs: Vec<String>,
    pub pitfalls: Vec<String>,
    /// In the order in which they are carried out.
    pub steps: Vec<ToldStep>,
    pub notes: Vec<String>,
    pub questions: Vec<Question>,
}

/// A step as a person told it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ToldStep {
    /// Lower case, digits and hyphens; the same as the model's where the step is in the log.
    pub id: String,
    /// One action, as an imperative: `Run the tests`.
    pub action: String,
    /// A command to type, where there is one.
    pub command: String,
    /// How one sees that it worked.
    pub expected: String,
    /// Who does it.
    pub actor: String,
    pub tools: Vec<String>,
    pub access: Vec<String>,
    pub pitfalls: Vec<String>,
    pub notes: Vec<String>,
}

/// Something that the log cannot say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Question {
    /// Stays the same while the evidence means the same.
    pub id: String,
    /// The step that it is about; empty where it is about the whole.
    pub step: String,
    pub question: String,
    /// Why it is asked: counts, and examples of runs. Empty for a question that is asked of every process.
    pub evidence: String,
    /// Empty until someone answers.
    pub answer: String,
    pub answered_by: String,
    /// RFC 3339.
    pub answered_at: String,
    /// A person decided to go on without an answer.
    pub accepted_open: bool,
}

impl Question {
    pub(crate) fn is_answered(&self) -> bool {
        !self.answer.is_empty()
    }

    /// Whether the process can be walked through without it.
    pub(crate) fn is_settled(&self) -> bool {
        self.is_answered() || self.accepted_open
    }
}

impl Capture {
    /// Questions that stop the walkthrough.
    pub(crate) fn unsettled(&self) -> impl Iterator<Item = &Question> {
        self.questions.iter().filter(|question| !question.is_settled())
    }

    /// The answer to the question of this id, with who gave it.
    pub(crate) fn answer(&self, id: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == id && question.is_answered())
    }

    /// Takes in the questions that the data asks now. Those that were answered or accepted stay with their answers, also when
    /// the data no longer asks them; those that nobody dealt with go when it no longer does.
    pub(crate) fn ask(&mut self, asked: Vec<Question>) {
        let mut before = std::mem::take(&mut self.questions);
        for mut question in asked {
            if let Some(place) = before.iter().position(|earlier| earlier.id == question.id) {
                let earlier = before.remove(place);
                question.answer = earlier.answer;
                question.answered_by = earlier.answered_by;
                question.answered_at = earlier.answered_at;
                question.accepted_open = earlier.accepted_open;
            }
            self.questions.push(question);
        }
        self.questions.extend(before.into_iter().filter(|earlier| earlier.is_settled() || earlier.is_a_persons()));
    }
}

impl Question {
    /// Whether a person asked it: its id does not come from `questions`.
    pub(crate) fn is_a_persons(&self) -> bool {
        !self.id.starts_with("q-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(id: &str, answer: &str) -> Question {
        Question { id: id.to_owned(), answer: answer.to_owned(), ..Question::default() }
    }

    #[test]
    fn an_answer_outlives_new_evidence_and_an_idle_question_does_not() {
        let mut capture = Capture {
            questions: vec![
                question("q-same", "yes"),
                question("q-idle", ""),
                question("q-gone", "no"),
                question("who-signs", ""),
            ],
            ..Capture::default()
        };
        let newer = Question { evidence: "8 of 11 runs".to_owned(), ..question("q-same", "") };
        capture.ask(vec![question("q-new", ""), newer]);
        let ids: Vec<&str> = capture.questions.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, ["q-new", "q-same", "q-gone", "who-signs"]);
        assert_eq!(
            (capture.questions[1].answer.as_str(), capture.questions[1].evidence.as_str()),
            ("yes", "8 of 11 runs")
        );
        assert_eq!(capture.unsettled().count(), 2);
    }
}
