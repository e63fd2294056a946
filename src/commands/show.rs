//! `show [REV]`: everything that is known about how one commit was made.

use anyhow::bail;

use crate::context::{Context, Ending};
use crate::document::{terminal, views};
use crate::recorder::declined::Declined;
use crate::recorder::range::{RangeQuery, load};
use crate::recorder::workplace::Workplace;
use crate::recorder::{page, refused};

#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The commit
    #[arg(default_value = "HEAD")]
    pub revision: String,
    /// Write JSON (docs/schema/show.v1.json)
    #[arg(long)]
    pub json: bool,
    /// List failures that are not known to have changed anything, too
    #[arg(long)]
    pub all: bool,
}

pub(crate) fn run(arguments: &ShowArgs, context: &mut Context) -> anyhow::Result<Ending> {
    if arguments.revision.contains("..") {
        bail!("`show` takes one commit; for a range use `backstory log {}`", arguments.revision);
    }
    let workplace = Workplace::for_telling(context.environment)?;
    let loaded = load(&workplace, &workplace.redactor()?, RangeQuery::Given(&arguments.revision))?;
    if let Some(problem) = loaded.unreadable.first() {
        bail!("{problem}");
    }
    for entry in &loaded.entries {
        if entry.record.is_none()
            && let Some(reason) = refused::reason(&workplace.repository, &entry.id)
        {
            let id = entry.short_id();
            context.output.message(&format!(
                "a record of {id} was made and refused: {reason}; `backstory backfill {id}` tries again"
            ));
        }
        if entry.record.is_none()
            && Declined::read(&workplace.repository)?.covers(&workplace.repository, &entry.id, &[])
        {
            let id = entry.short_id();
            context
                .output
                .message(&format!("{id} was made under an opt-out, or from a commit that was: it has no record"));
        }
        if arguments.json {
            page::write_json(context.output, &views::show(entry))?;
        } else {
            page::write(context.output, &terminal::show(entry, arguments.all))?;
        }
    }
    Ok(Ending::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::repository::Repository;
    use crate::record::samples;
    use crate::testing::stage::Trial;

    fn show(trial: &Trial, json: bool) -> crate::testing::stage::Answer {
        trial.run(|context| run(&ShowArgs { revision: "HEAD".to_owned(), json, all: false }, context))
    }

    #[test]
    fn a_secret_in_a_note_of_somebody_else_is_not_shown() {
        let trial = Trial::new();
        let id = trial.commit("Discounts", "a", "a\n");
        let token = format!("{}{}", concat!("gh", "p_"), "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
        let note = serde_json::to_string(&samples::discounts().record).unwrap();
        let prompt = note.find("\"text\":\"").unwrap() + 8;
        trial.note(id, &format!("{}use {token} {}", &note[..prompt], &note[prompt..]));
        for json in [false, true] {
            let answer = show(&trial, json);
            assert!(answer.out.contains("[REDACTED:github-token:") && !answer.out.contains(&token), "{}", answer.out);
        }
    }

    #[test]
    fn a_record_that_was_refused_is_not_passed_over_in_silence() {
        let trial = Trial::new();
        let id = trial.commit("Discounts", "a", "a\n").to_string();
        let repository = Repository::discover(trial.folder.path(), None).unwrap();
        refused::note(&repository, &[(id, "it holds a private-key".to_owned())], &[]).unwrap();
        let answer = show(&trial, false);
        assert!(answer.err.contains("was made and refused: it holds a private-key"), "{}", answer.err);
    }
}
