//! The findings of `doctor` as other programs read them. Version 1; its JSON Schema is `docs/schema/doctor.v1.json`.

use serde::Serialize;

use crate::output::for_terminal;

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Report"))]
pub(crate) struct DoctorReport {
    /// Version of this format: 1.
    pub(crate) doctor: u32,
    /// The program that looked: `backstory 0.1.0`.
    pub(crate) generator: String,
    /// Findings with an advice.
    pub(crate) problems: usize,
    pub(crate) findings: Vec<Diagnosis>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Finding"))]
pub(crate) struct Diagnosis {
    /// What was looked at: `hook commit-msg`, `settings`, `notes`.
    pub(crate) subject: String,
    /// How it is, in words.
    pub(crate) state: String,
    /// What to do. Absent where nothing is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) advice: Option<String>,
}

impl Diagnosis {
    pub(crate) fn good(subject: impl Into<String>, state: impl Into<String>) -> Self {
        Self { subject: subject.into(), state: state.into(), advice: None }
    }

    pub(crate) fn problem(subject: impl Into<String>, state: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { subject: subject.into(), state: state.into(), advice: Some(advice.into()) }
    }
}

impl DoctorReport {
    pub(crate) fn new(findings: Vec<Diagnosis>) -> Self {
        Self {
            doctor: 1,
            generator: format!("backstory {}", env!("CARGO_PKG_VERSION")),
            problems: findings.iter().filter(|finding| finding.advice.is_some()).count(),
            findings,
        }
    }

    /// The same with every text made harmless for a terminal: paths and settings come from outside.
    pub(crate) fn for_terminal(&self) -> Self {
        let mut safe = self.clone();
        for finding in &mut safe.findings {
            finding.subject = for_terminal(&finding.subject);
            finding.state = for_terminal(&finding.state);
            finding.advice = finding.advice.as_deref().map(for_terminal);
        }
        safe
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_in_docs_is_the_one_of_the_code() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schema/doctor.v1.json");
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(DoctorReport)).unwrap() + "\n";
        assert_eq!(
            std::fs::read_to_string(path).unwrap_or_default(),
            schema,
            "docs/schema/doctor.v1.json is to be {schema}"
        );
    }

    #[test]
    fn only_findings_with_an_advice_are_problems() {
        let report =
            DoctorReport::new(vec![Diagnosis::good("git", "2.47"), Diagnosis::problem("notes", "none", "do it")]);
        assert_eq!(report.problems, 1);
    }
}
