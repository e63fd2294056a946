//! `backstory doctor`: everything in its order, and the exit code.

use anyhow::Context as _;

use super::report::DoctorReport;
use super::{agents, replaced, repository, surroundings, unfinished};
use crate::context::{Context, Ending};
use crate::recorder::{page, workplace};

#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// Write the findings as JSON (docs/schema/doctor.v1.json)
    #[arg(long)]
    pub json: bool,
}

/// Ends with [`Ending::Found`] when there is a problem.
///
/// # Errors
/// When there is no repository to look at.
pub(crate) fn run(arguments: &DoctorArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let (place, repository) = workplace::place(context.environment)?;
    let mut findings = surroundings::look();
    findings.extend(repository::look(&place, &repository, context.environment));
    findings.extend(replaced::look(context.environment));
    findings.extend(unfinished::look(context.environment));
    findings.extend(agents::look(context.environment));
    let report = DoctorReport::new(findings);
    if arguments.json {
        page::write_json(context.output, &report)?;
    } else {
        let template = include_str!("../../../templates/terminal/doctor.txt");
        let text = minijinja::Environment::new()
            .render_str(template, minijinja::value::Serde(report.for_terminal()))
            .context("cannot write the report")?;
        context.output.line(&text)?;
    }
    Ok(if report.problems == 0 { Ending::Done } else { Ending::Found })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::stage::Trial;

    #[test]
    fn the_exceptions_of_the_redaction_are_counted_and_a_faulty_one_is_named() {
        let trial = Trial::new();
        for (allow, said) in [
            ("[]", None),
            ("['^shop-test$', '^dev-']", Some("0 rules of this repository, 2 patterns for what may stay")),
            ("['^shop-test$', '.']", Some("the pattern `.` under `allow` also matches random text")),
        ] {
            let settings = format!("redaction:\n  allow: {allow}\n");
            std::fs::write(trial.folder.path().join(".backstory.yml"), settings).unwrap();
            let answer = trial.run(|context| run(&DoctorArgs { json: true }, context));
            match said {
                Some(said) => assert!(answer.out.contains(said), "{}", answer.out),
                None => assert!(!answer.out.contains("for what may stay"), "{}", answer.out),
            }
        }
    }
}
