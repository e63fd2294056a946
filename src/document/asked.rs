//! What was asked: the request, what was added to it, and changes of course. Approvals are left out here.

use serde::Serialize;

use super::cut::cut;
use super::range::{AgentWork, Once};
use crate::record::agent::Agent;
use crate::record::contribution::{PromptRole, RecordedPrompt};
use crate::record::entry::CommitEntry;
use crate::record::note::Statement;
use crate::record::session::PromptSource;
use crate::record::telling_line::is_only_output;
use crate::record::text::Clean;
use crate::text::markdown::{Markdown, code, inline};
use crate::text::visible::visible_line;

/// Code points of a text in a list; the whole text is in the details.
pub(crate) const EXCERPT: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// `request`, `refinement`, `redirection`, or `commit-message` for what stands in one.
    pub role: &'static str,
    /// Whether it is a plan that the agent wrote and a person handed on.
    pub plan: bool,
    pub text: Markdown,
    pub shortened: bool,
}

/// A prompt of a person, once, with the agent that got it.
pub(crate) struct Prompted<'a> {
    pub(crate) agent: &'a Agent,
    pub(crate) prompt: &'a RecordedPrompt<Clean>,
}

/// The prompts of people in the order of the commits, each once, however many commits it led to.
pub(crate) fn distinct_prompts<'a>(claims: &[AgentWork<'a>]) -> Vec<Prompted<'a>> {
    let mut once = Once::new();
    let mut prompts = Vec::new();
    for claim in claims {
        let session = claim.contribution.session.as_str();
        for prompt in &claim.contribution.prompts {
            // A resumed session copies its prompts with their times; without a time only the session tells them apart.
            let place = if prompt.at.is_some() { "" } else { session };
            if prompt.source != PromptSource::Delegated && once.first((prompt.at, place, prompt.text.as_str())) {
                prompts.push(Prompted { agent: &claim.contribution.agent, prompt });
            }
        }
    }
    prompts
}

pub(crate) fn asked(range: &[CommitEntry], claims: &[AgentWork]) -> Vec<Asked> {
    let mut told = Once::new();
    let mut rows = Vec::new();
    for Prompted { prompt, .. } in distinct_prompts(claims) {
        let role = match prompt.role {
            PromptRole::Approval => continue,
            // What a program printed asks for nothing more; the details have it.
            PromptRole::Refinement if is_only_output(prompt.text.as_str()) => continue,
            role => role.name(),
        };
        told.first(prompt.text.as_str().trim());
        rows.push(row(role, prompt.source == PromptSource::Plan, &prompt.text, prompt.cut > 0));
    }
    for statement in range.iter().flat_map(|entry| entry.stated()) {
        if let Statement::Prompt { text } = statement
            && told.first(text.as_str().trim())
        {
            rows.push(row("commit-message", false, text, false));
        }
    }
    rows
}

fn row(role: &'static str, plan: bool, text: &Clean, was_cut: bool) -> Asked {
    let (text, cut) = excerpt(text.as_str(), EXCERPT);
    Asked { role, plan, text, shortened: cut || was_cut }
}

/// A name from outside as a code span: a path, a model, a version. A name has no more than 200 code points.
pub(crate) fn name(text: &str) -> Markdown {
    let (short, left) = cut(text, EXCERPT);
    if left > 0 { code(short).followed_by_dots() } else { code(short) }
}

/// The beginning of a text on one line, and whether something is missing from it.
pub(crate) fn excerpt(text: &str, limit: usize) -> (Markdown, bool) {
    // What is far beyond the limit is not looked at: a text may have megabytes.
    let (near, far) = cut(text, limit * 20);
    let line = visible_line(near);
    let (short, left) = cut(&line, limit);
    (inline(short), left > 0 || far > 0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::range::claims;
    use super::*;
    use crate::record::samples;

    #[test]
    fn what_was_only_pasted_later_is_no_row() {
        let mut entry = samples::discounts();
        let said = |role: &str, text: &str| {
            serde_json::from_value(json!({"role": role, "source": "typed", "text": text})).unwrap()
        };
        entry.record.as_mut().unwrap().contributions[0].prompts = vec![
            said("request", "$ shop list\nerror: no such cart"),
            said("refinement", "$ shop list --all\nerror: no such cart"),
            said("refinement", "$ shop sum\nerror: no such cart\n\nwhy is there none?"),
        ];
        let range = [entry];
        let rows = asked(&range, &claims(&range));
        assert_eq!(rows.iter().map(|row| row.role).collect::<Vec<_>>(), ["request", "refinement"]);
    }
}
