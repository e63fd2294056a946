//! What `sop check --json` writes.

use serde::Serialize;

use super::finding::Finding;

/// Findings in documents of processes, version 1.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CheckReport {
    pub version: u32,
    pub documents: Vec<CheckedDocument>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CheckedDocument {
    /// From the root of the work tree, or as it was given.
    pub file: String,
    /// In the order of the lines.
    pub findings: Vec<Finding>,
}

impl CheckReport {
    pub(crate) fn new(documents: Vec<CheckedDocument>) -> Self {
        Self { version: 1, documents }
    }

    pub(crate) fn count(&self) -> usize {
        self.documents.iter().map(|document| document.findings.len()).sum()
    }
}

/// For people and editors: `FILE:LINE: what is wrong (rule)`, and what to do.
pub(crate) fn for_people(report: &CheckReport) -> String {
    let mut page = String::new();
    for document in &report.documents {
        for finding in &document.findings {
            page.push_str(&format!("{}:{}: {} ({})\n", document.file, finding.line, finding.message, finding.rule));
            page.push_str(&format!("hint: {}\n", finding.hint));
        }
        if document.findings.is_empty() {
            page.push_str(&format!("{}: nothing is wrong\n", document.file));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::schema;

    #[test]
    fn a_report_has_its_stored_schema_and_its_lines() {
        let finding =
            Finding { line: 3, rule: "actions", message: "step 1 is not one".to_owned(), hint: "write one".to_owned() };
        let document = |file: &str, findings| CheckedDocument { file: file.to_owned(), findings };
        let report = CheckReport::new(vec![document("a/SOP.md", vec![finding]), document("b/SOP.md", Vec::new())]);
        let values = [serde_json::to_value(&report).unwrap()];
        let mistakes = schema::mistakes("sop-check.v1", &schemars::schema_for!(CheckReport), &values);
        assert_eq!(mistakes, Vec::<String>::new());
        assert_eq!(
            for_people(&report),
            "a/SOP.md:3: step 1 is not one (actions)\nhint: write one\nb/SOP.md: nothing is wrong\n"
        );
        assert_eq!(report.count(), 1);
    }
}
