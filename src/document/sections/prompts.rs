//! All prompts, in full.

use serde::Serialize;

use super::super::asked::{EXCERPT, Prompted, distinct_prompts, excerpt};
use super::super::cut::cut;
use super::super::details::BLOCK;
use super::super::minute::minute;
use super::{FoldedSection, values};
use crate::record::session::PromptSource;
use crate::text::markdown::{Markdown, fence, inline};

pub(super) const SECTION: FoldedSection = FoldedSection {
    name: "prompts",
    rows: |material| values(distinct_prompts(material.claims).into_iter().map(|prompted| prompt_block(&prompted))),
};

#[derive(Clone, Debug, Serialize)]
struct PromptBlock {
    /// `request`, `refinement`, `redirection`, `approval`.
    role: &'static str,
    agent: Markdown,
    at: Option<String>,
    /// A fenced block.
    text: Markdown,
    /// Characters that are missing at the end.
    cut: usize,
    plan: bool,
    /// What the agent had asked, on one line.
    question: Option<Markdown>,
}

fn prompt_block(Prompted { agent, prompt, .. }: &Prompted<'_>) -> PromptBlock {
    let (text, left) = cut(prompt.text.as_str(), BLOCK);
    PromptBlock {
        role: prompt.role.name(),
        agent: inline(agent.title()),
        at: prompt.at.map(minute),
        text: fence(text, "text"),
        cut: left + prompt.cut as usize,
        plan: prompt.source == PromptSource::Plan,
        question: prompt.question.as_ref().map(|question| excerpt(question.as_str(), EXCERPT).0),
    }
}
