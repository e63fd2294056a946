//! How enums of a record are written wherever programs read them: one word in records, exports, `--json` and templates.

use super::contribution::{
    CheckKind, CheckResult, CheckedBy, Confidence, CorrectionForm, PromptRole, ReasonSource, WhySource,
};

impl CheckKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Build => "build",
            Self::Lint => "lint",
            Self::TypeCheck => "type-check",
            Self::Format => "format",
            Self::Script => "script",
            Self::Told => "told",
        }
    }
}

impl CheckResult {
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotSeen => "not-seen",
        }
    }
}

impl CheckedBy {
    pub fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Person => "person",
            Self::CommitHook => "commit-hook",
        }
    }
}

impl Confidence {
    pub fn name(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Content => "content",
            Self::Overlap => "overlap",
        }
    }
}

impl PromptRole {
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Refinement => "refinement",
            Self::Redirection => "redirection",
            Self::Approval => "approval",
        }
    }
}

impl CorrectionForm {
    pub fn name(self) -> &'static str {
        match self {
            Self::Directed => "directed",
            Self::Manual => "manual",
            Self::Told => "told",
        }
    }
}

impl WhySource {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Agent => "agent",
            Self::Check => "check",
        }
    }
}

impl ReasonSource {
    pub fn name(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Rejection => "rejection",
            Self::Answer => "answer",
            Self::Trailer => "trailer",
            Self::Journal => "journal",
            Self::CommitMessage => "commit-message",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::note::Record;
    use crate::record::text::Clean;

    #[test]
    fn a_record_of_the_first_version_is_read_and_keeps_its_words() {
        let written: serde_json::Value = serde_json::from_str(include_str!("../../tests/records/0.1.0.json")).unwrap();
        let record: Record<Clean> = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(&record).unwrap(), written);
    }

    #[test]
    fn the_names_are_those_of_the_record() {
        fn same<T: serde::Serialize + Copy>(all: &[T], name: fn(T) -> &'static str) {
            for one in all {
                assert_eq!(serde_json::to_value(one).unwrap(), name(*one));
            }
        }
        use CheckKind::{Build, Format, Lint, Script, Test, TypeCheck};
        use ReasonSource::{Answer, CommitMessage, Journal, Prompt, Rejection, Trailer};
        same(&[Test, Build, Lint, TypeCheck, Format, Script, CheckKind::Told], CheckKind::name);
        same(&[CheckResult::Passed, CheckResult::Failed, CheckResult::NotSeen], CheckResult::name);
        same(&[CheckedBy::Agent, CheckedBy::Person, CheckedBy::CommitHook], CheckedBy::name);
        same(&[Confidence::Stated, Confidence::Content, Confidence::Overlap], Confidence::name);
        let roles = [PromptRole::Request, PromptRole::Refinement, PromptRole::Redirection, PromptRole::Approval];
        same(&roles, PromptRole::name);
        same(&[CorrectionForm::Directed, CorrectionForm::Manual, CorrectionForm::Told], CorrectionForm::name);
        same(&[Prompt, Rejection, Answer, Trailer, Journal, CommitMessage], ReasonSource::name);
    }
}
