//! What was asked: the request, what was added to it, and changes of course. Approvals and small talk are left out here, and counted.

use serde::Serialize;

use super::cut::cut;
use super::list::List;
use super::range::{AgentWork, Once};
use crate::record::agent::Agent;
use crate::record::contribution::{PromptRole, RecordedPrompt};
use crate::record::entry::CommitEntry;
use crate::record::note::Statement;
use crate::record::session::PromptSource;
use crate::record::small_talk::{is_review_errand, is_small_talk};
use crate::record::telling_line::is_only_output;
use crate::record::text::Clean;
use crate::text::addresses::short_addresses;
use crate::text::markdown::{Markdown, code, inline};
use crate::text::visible::visible_line;

/// Code points of a text in a list; the whole text is in the details.
pub(crate) const EXCERPT: usize = 200;
/// Of what was asked.
const SHORT: usize = 160;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// `request`, `refinement`, `redirection`, or `commit-message` for what stands in one.
    pub role: &'static str,
    /// Whether it is a plan that the agent wrote and a person handed on.
    pub plan: bool,
    pub text: Markdown,
    pub shortened: bool,
    /// How often it was said.
    pub times: usize,
    /// What stays longest where there is little room has the lowest number.
    #[serde(skip)]
    standing: u8,
    /// What tells it from others.
    #[serde(skip)]
    words: String,
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

/// What was wanted, at most `most` rows, and how many more prompts there are: with those of the rows they are all.
pub(crate) fn asked(range: &[CommitEntry], claims: &[AgentWork], most: usize) -> List<Asked> {
    let prompts: Vec<&RecordedPrompt<Clean>> =
        distinct_prompts(claims).into_iter().map(|prompted| prompted.prompt).collect();
    let mut rows: Vec<Asked> = Vec::new();
    let mut told = Once::new();
    let mut errand = None;
    for prompt in prompts.iter().copied().filter(|prompt| says_what_is_wanted(prompt)) {
        let words = bare(prompt.text.as_str());
        let same = rows.iter().position(|row| row.words == words);
        let is_errand = is_review_errand(prompt.text.as_str());
        let same = if is_errand { errand.or(same) } else { same };
        match same {
            Some(place) => rows[place].times += 1,
            None => {
                rows.push(row(prompt));
                if is_errand {
                    errand = Some(rows.len() - 1);
                }
            }
        }
        told.first(prompt.text.as_str().trim());
    }
    // A question may be all there is.
    let is_request = |prompt: &&RecordedPrompt<Clean>| prompt.role == PromptRole::Request;
    if rows.is_empty()
        && let Some(first) = prompts.iter().copied().find(is_request)
    {
        told.first(first.text.as_str().trim());
        rows.push(row(first));
    }
    let said: usize = rows.iter().map(|row| row.times).sum();
    for statement in range.iter().flat_map(|entry| entry.stated()) {
        if let Statement::Prompt { text } = statement
            && told.first(text.as_str().trim())
        {
            rows.push(Asked::of("commit-message", text, 1));
        }
    }
    let mut list = List { rows, more: prompts.len().saturating_sub(said) };
    shorten(&mut list, most);
    list
}

/// Leaves out what says least, and counts how often it was said.
pub(crate) fn shorten(list: &mut List<Asked>, most: usize) {
    while list.rows.len() > most {
        let least = list.rows.iter().map(|row| row.standing).max();
        let Some(place) = list.rows.iter().rposition(|row| Some(row.standing) == least) else { return };
        list.more += list.rows.remove(place).times;
    }
}

/// An errand stands behind everything else.
const LAST: u8 = 4;

fn standing(prompt: &RecordedPrompt<Clean>) -> u8 {
    match prompt.role {
        _ if prompt.main => 0,
        _ if prompt.earlier => LAST,
        PromptRole::Request | PromptRole::Redirection => 1,
        PromptRole::Refinement => 2,
        PromptRole::Approval => LAST,
    }
}

fn says_what_is_wanted(prompt: &RecordedPrompt<Clean>) -> bool {
    let text = prompt.text.as_str();
    match prompt.role {
        PromptRole::Approval => false,
        // What a program printed asks for nothing more; the details have it.
        PromptRole::Refinement if is_only_output(text) => false,
        PromptRole::Redirection => true,
        PromptRole::Request | PromptRole::Refinement => prompt.main || !is_small_talk(text),
    }
}

impl Asked {
    fn of(role: &'static str, text: &Clean, standing: u8) -> Self {
        let words = bare(text.as_str());
        let (text, shortened) = excerpt(text.as_str(), SHORT);
        Self { role, plan: false, text, shortened, times: 1, standing, words }
    }
}

/// The letters and digits of a text.
fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn row(prompt: &RecordedPrompt<Clean>) -> Asked {
    // An errand goes on with the work, whatever the review says.
    let is_errand = is_review_errand(prompt.text.as_str());
    let (role, standing) = if is_errand { (PromptRole::Request, LAST) } else { (prompt.role, standing(prompt)) };
    let row = Asked::of(role.name(), &prompt.text, standing);
    Asked { plan: prompt.source == PromptSource::Plan, shortened: row.shortened || prompt.cut > 0, ..row }
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
    let line = short_addresses(&visible_line(near));
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
        let list = asked(&range, &claims(&range), 9);
        assert_eq!(list.rows.iter().map(|row| row.role).collect::<Vec<_>>(), ["request", "refinement"]);
        assert_eq!(list.more, 1);
    }

    #[test]
    fn what_says_nothing_of_the_change_is_counted_and_an_errand_told_once() {
        let mut entry = samples::discounts();
        let said = |(role, text): (&str, &str)| {
            serde_json::from_value(json!({"role": role, "source": "typed", "text": text})).unwrap()
        };
        let prompts = [
            (
                "request",
                "add discounts, see [https://git.example/ann/shop/issues/1](https://git.example/ann/shop/issues/1)",
            ),
            ("refinement", "did it work?"),
            ("approval", "yes, go on"),
            ("redirection", "address pr feedback and failing checks"),
            ("refinement", "round down"),
            ("refinement", "address pr feedback if any"),
            ("refinement", "Round down!"),
            ("request", "what is a fold?"),
        ];
        entry.record.as_mut().unwrap().contributions[0].prompts = prompts.into_iter().map(said).collect();
        let range = [entry];
        let told = |most: usize| {
            let list = asked(&range, &claims(&range), most);
            let rows = list.rows.iter().map(|row| format!("{} {} {}", row.role, row.text.as_str(), row.times));
            (rows.collect::<Vec<_>>(), list.more)
        };
        let all = [
            "request add discounts, see `ann/shop#1` 1",
            "request address pr feedback and failing checks 2",
            "refinement round down 2",
        ];
        assert_eq!(told(9), (all.map(str::to_owned).to_vec(), 3));
        assert_eq!(told(2), (vec![all[0].to_owned(), all[2].to_owned()], 5), "the errand goes first");
    }

    #[test]
    fn a_question_is_told_where_nothing_else_was_asked() {
        let mut entry = samples::discounts();
        let prompt = json!({"role": "request", "source": "typed", "text": "what is a fold?"});
        entry.record.as_mut().unwrap().contributions[0].prompts = vec![serde_json::from_value(prompt).unwrap()];
        let range = [entry];
        let list = asked(&range, &claims(&range), 9);
        assert_eq!((list.rows.len(), list.more), (1, 0));
    }
}
