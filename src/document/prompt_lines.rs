//! The prompts of a session in a terminal: what was wanted, and how many words only let the agent go on.

use super::terminal_page::TerminalPage;
use crate::record::contribution::{PromptRole, RecordedPrompt};
use crate::record::small_talk::is_small_talk;
use crate::record::text::Clean;
use crate::text::words::word_count;

/// Lists them; without `all` those of which a reader learns nothing are only counted.
pub(super) fn prompts(page: &mut TerminalPage, prompts: &[RecordedPrompt<Clean>], all: bool) {
    let (told, others): (Vec<_>, Vec<_>) = prompts.iter().partition(|prompt| all || says_something(prompt));
    told.into_iter().for_each(|prompt| asked(page, prompt));
    if !others.is_empty() {
        let noun = if others.len() == 1 { "prompt" } else { "prompts" };
        let text = format!("{} {noun} of consent or about the state of the work (show --all)", others.len());
        page.item("not listed:", &text);
    }
}

/// Code points.
const SHORT_WORD: usize = 20;

/// A consent says something with what it consents to.
fn says_something(prompt: &RecordedPrompt<Clean>) -> bool {
    let text = prompt.text.as_str();
    // "local": what it answers is not known.
    let is_a_word = |text: &str| word_count(text) == 1 && text.chars().count() <= SHORT_WORD;
    match prompt.role {
        PromptRole::Approval => prompt.question.is_some() || prompt.main,
        PromptRole::Refinement => {
            prompt.main || !(is_small_talk(text) || (prompt.question.is_none() && is_a_word(text)))
        }
        PromptRole::Request | PromptRole::Redirection => true,
    }
}

fn asked(page: &mut TerminalPage, prompt: &RecordedPrompt<Clean>) {
    let lead = match prompt.role {
        _ if prompt.earlier => "asked before an earlier commit:",
        PromptRole::Request => "asked:",
        PromptRole::Refinement => "refined:",
        PromptRole::Redirection => "redirected:",
        PromptRole::Approval => "approved:",
    };
    match &prompt.question {
        Some(question) => {
            let asked = if question.as_str().trim_end().ends_with('?') { "asked" } else { "said" };
            page.long_item(lead, &format!("{} (the agent had {asked}: {})", prompt.text.as_str(), question.as_str()))
        }
        None => page.long_item(lead, prompt.text.as_str()),
    };
}
