//! Which rows are wanted, by what they say of themselves.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::metadata::Metadata;
use crate::record::path_pattern::PathPatterns;

/// What a person asks for; everything where nothing is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub(crate) struct Selection {
    pub exclude_providers: Vec<String>,
    pub agents: Vec<String>,
    /// Beginnings of names.
    pub models: Vec<String>,
    /// SPDX expressions, as rows have them.
    pub licenses: Vec<String>,
    /// Patterns; a commit counts that changes a file one of them fits.
    pub paths: Vec<String>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Percent of the added lines.
    pub min_share: u32,
    pub only_verified: bool,
    pub human_target_only: bool,
}

impl Selection {
    /// Why a row is not wanted.
    pub(crate) fn refuses(&self, row: &Metadata) -> Option<&'static str> {
        let is_one_of = |names: &[String], name: &str| names.iter().any(|one| one.eq_ignore_ascii_case(name));
        // What is not known may be what is to be left out.
        if !self.exclude_providers.is_empty() && !row.agent.is_empty() {
            if row.provider.is_empty() {
                return Some("the provider of the model is not known");
            }
            if is_one_of(&self.exclude_providers, &row.provider) {
                return Some("a provider that is excluded");
            }
        }
        if !self.agents.is_empty() && !is_one_of(&self.agents, &row.agent) {
            return Some("another agent");
        }
        let begins = |model: &String| row.models.split(' ').any(|one| one.starts_with(model.as_str()));
        if !self.models.is_empty() && !self.models.iter().any(begins) {
            return Some("another model");
        }
        if !self.licenses.is_empty() && !is_one_of(&self.licenses, &row.license_spdx) {
            return Some("another licence, or none that is known");
        }
        if row.share < self.min_share {
            return Some("the session wrote a smaller share of the lines");
        }
        let is_verified = row.outcome.result == "passed" && row.outcome.after_last_edit;
        if self.only_verified && !is_verified {
            return Some("no check is known to have passed on what was committed");
        }
        if self.human_target_only && !["person", "agent-corrected"].contains(&row.author_kind) {
            return Some("no person wrote any of the wanted text");
        }
        None
    }

    /// Why a commit is not wanted, by when it was made and what it changes.
    pub(crate) fn refuses_commit<'a>(
        &self,
        at: Timestamp,
        mut paths: impl Iterator<Item = &'a str>,
        patterns: Option<&PathPatterns>,
    ) -> Option<&'static str> {
        if self.since.is_some_and(|since| at < since) || self.until.is_some_and(|until| at >= until) {
            return Some("made at another time");
        }
        let mut fits = |patterns: &PathPatterns| paths.any(|path| patterns.has(path));
        patterns.is_some_and(|patterns| !fits(patterns)).then_some("other files")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::formats::named;
    use crate::export::testing::{Sample, rows};
    use crate::record::samples;

    fn about() -> Metadata {
        let (drafts, _) = rows(named("sft").unwrap(), &[samples::discounts()], &Sample::new());
        drafts[0].metadata.clone()
    }

    #[test]
    fn a_row_is_refused_for_what_it_says_and_for_what_it_does_not_say() {
        let of = |text: &str| vec![text.to_owned()];
        let unknown = Metadata { provider: String::new(), license_spdx: String::new(), ..about() };
        for (case, selection, row, is_refused) in [
            ("nothing is asked for", Selection::default(), about(), false),
            ("the provider", Selection { exclude_providers: of("Anthropic"), ..Selection::default() }, about(), true),
            ("another one", Selection { exclude_providers: of("openai"), ..Selection::default() }, about(), false),
            (
                "one that is not known",
                Selection { exclude_providers: of("openai"), ..Selection::default() },
                unknown.clone(),
                true,
            ),
            ("the agent", Selection { agents: of("claude-code"), ..Selection::default() }, about(), false),
            ("another agent", Selection { agents: of("codex"), ..Selection::default() }, about(), true),
            ("the model", Selection { models: of("claude-opus"), ..Selection::default() }, about(), false),
            ("another model", Selection { models: of("gpt"), ..Selection::default() }, about(), true),
            ("the licence", Selection { licenses: of("mit"), ..Selection::default() }, about(), false),
            ("a licence that is not known", Selection { licenses: of("MIT"), ..Selection::default() }, unknown, true),
            ("enough lines", Selection { min_share: 90, ..Selection::default() }, about(), false),
            ("too few lines", Selection { min_share: 95, ..Selection::default() }, about(), true),
            ("not checked as committed", Selection { only_verified: true, ..Selection::default() }, about(), true),
            ("corrected by a person", Selection { human_target_only: true, ..Selection::default() }, about(), false),
            (
                "the agent's alone",
                Selection { human_target_only: true, ..Selection::default() },
                Metadata { author_kind: "agent", ..about() },
                true,
            ),
        ] {
            assert_eq!(selection.refuses(&row).is_some(), is_refused, "{case}: {:?}", selection.refuses(&row));
        }
    }

    #[test]
    fn a_commit_is_refused_for_its_time_and_its_files() {
        let at: Timestamp = "2026-02-24T14:10:00Z".parse().unwrap();
        let later: Timestamp = "2026-02-24T14:10:01Z".parse().unwrap();
        let patterns =
            |text: &str| PathPatterns::new(&[crate::record::path_pattern::PathPattern::parse(text).unwrap()]).unwrap();
        for (case, since, until, path, is_refused) in [
            ("any", None, None, None, false),
            ("from then on", Some(at), None, None, false),
            ("later", Some(later), None, None, true),
            ("before then", None, Some(at), None, true),
            ("until later", None, Some(later), None, false),
            ("a file", None, None, Some("src/*.py"), false),
            ("other files", None, None, Some("docs/"), true),
        ] {
            let selection = Selection { since, until, ..Selection::default() };
            let patterns = path.map(patterns);
            let refused = selection.refuses_commit(at, ["a.txt", "src/price.py"].into_iter(), patterns.as_ref());
            assert_eq!(refused.is_some(), is_refused, "{case}");
        }
    }
}
