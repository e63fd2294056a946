//! How the kind, the result and the author of a check are written wherever programs read them: as in a record.

use super::contribution::{CheckKind, CheckResult, CheckedBy};

impl CheckKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Build => "build",
            Self::Lint => "lint",
            Self::TypeCheck => "type-check",
            Self::Format => "format",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_record() {
        let written = |value: serde_json::Value| value.as_str().unwrap().to_owned();
        for kind in [
            CheckKind::Test,
            CheckKind::Build,
            CheckKind::Lint,
            CheckKind::TypeCheck,
            CheckKind::Format,
            CheckKind::Told,
        ] {
            assert_eq!(kind.name(), written(serde_json::to_value(kind).unwrap()));
        }
        for result in [CheckResult::Passed, CheckResult::Failed, CheckResult::NotSeen] {
            assert_eq!(result.name(), written(serde_json::to_value(result).unwrap()));
        }
        for by in [CheckedBy::Agent, CheckedBy::Person, CheckedBy::CommitHook] {
            assert_eq!(by.name(), written(serde_json::to_value(by).unwrap()));
        }
    }
}
