//! `.sop.md` of the Agent SOP format (specification of 5 August 2026): parameters, and constraints with the words of RFC 2119,
//! each prohibition with its reason.

use std::collections::BTreeSet;

use super::clean::{plain_words, without_references};
use super::skill::skill_name;
use crate::sop::front_matter::{FrontMatterError, quoted, read};
use crate::sop::outline::{Outline, OutlineStep};
use crate::text::borders::border;
use crate::text::markdown::{code_spans, exact_code, exact_fence, inline};
use crate::text::template::tidy;

/// How items begin that leave a step to whoever does it.
const OPTIONAL: &[&str] = &["This step is optional", "Optional: ", "Once a branch: ", "Not every run has this step"];
/// Characters of the overview, at most.
const OVERVIEW: usize = 500;

/// The agent SOP of a document.
///
/// # Errors
/// When the front matter of the document cannot be read.
pub(crate) fn agent_sop(document: &str) -> Result<String, FrontMatterError> {
    let front = read(document)?;
    let outline = Outline::new(document);
    let words = |section: &str| outline.first_words(section).map(plain_words).unwrap_or_default();
    // What `sop-mcp` asks for beside the specification: a name of three parts, a whole number, an owner, a stage.
    let name = format!("sop_process_{}", skill_name(front.id.trim_start_matches("sop/")).replace('-', "_"));
    let mut page =
        format!("---\nname: {name}\nversion: {}\nowner: {}\nstage: prod\n---\n\n", front.version, quoted(&front.owner));
    page.push_str(&format!("# {}\n\n## Overview\n\n", inline(&front.title).as_str()));
    page.push_str(&format!("{}\n\n", inline(&overview(&words("Purpose"), &front.title)).as_str()));
    push_parameters(&mut page, &outline, &words("Trigger"));
    page.push_str("## Steps\n");
    for (number, step) in (1..).zip(&outline.steps) {
        push_step(&mut page, &outline, step, number);
    }
    push_examples(&mut page, &outline);
    push_troubleshooting(&mut page, &outline);
    Ok(page)
}

fn overview(purpose: &str, title: &str) -> String {
    let text = if purpose.is_empty() { title } else { purpose };
    if text.len() <= OVERVIEW {
        return text.to_owned();
    }
    format!("{}\u{2026}", text[..border(text, OVERVIEW - 3)].trim_end())
}

/// What the caller gives: the occasion, and what stands in angle brackets in a command.
fn push_parameters(page: &mut String, outline: &Outline, trigger: &str) {
    page.push_str("## Parameters\n\n");
    let occasion =
        if trigger.is_empty() { "What makes you begin".to_owned() } else { format!("What makes you begin: {trigger}") };
    page.push_str(&format!("- **occasion** (required): {}\n", inline(&occasion).as_str()));
    let mut seen = BTreeSet::from(["occasion".to_owned()]);
    for (number, step) in (1..).zip(&outline.steps) {
        for name in step.commands.iter().flat_map(|(_, command)| placeholders(command)) {
            if seen.insert(name.clone()) {
                page.push_str(&format!(
                    "- **{name}** (required): What stands in its place in the command of step {number}\n"
                ));
            }
        }
    }
    page.push_str("\n**Constraints for parameter acquisition:** You MUST ask for all required parameters at once before you begin.\n\n");
}

/// `<commit message>` as `commit_message`.
fn placeholders(command: &str) -> Vec<String> {
    let name = |part: &str| {
        let inner = part.split_once('>')?.0;
        let name: String =
            inner.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
        let name = name.trim_matches('_').to_owned();
        (name.starts_with(|c: char| c.is_ascii_lowercase()) && name.len() <= 40).then_some(name)
    };
    command.split('<').skip(1).filter_map(name).collect()
}

fn push_step(page: &mut String, outline: &Outline, step: &OutlineStep, number: usize) {
    let title = plain_words(step.title);
    page.push_str(&format!("\n### {number}. {}\n\n{}.\n\n", inline(&title).as_str(), inline(&title).as_str()));
    if !step.commands.is_empty() {
        let block: Vec<&str> = step.commands.iter().map(|(_, command)| *command).collect();
        page.push_str(&format!("{}\n\n", exact_fence(&block.join("\n"), "sh").as_str()));
    }
    page.push_str("**Constraints:**\n\n");
    for constraint in constraints(outline, step) {
        page.push_str(&format!("- {constraint}\n"));
    }
    if let Some(expected) = step.expected.filter(|words| !words.is_empty()) {
        page.push_str(&format!("\n**Expected Output:** {}\n", without_references(expected)));
    }
}

/// In the Markdown of the document.
fn constraints(outline: &Outline, step: &OutlineStep) -> Vec<String> {
    let mut constraints = Vec::new();
    let items: Vec<String> = outline.items_of(step).iter().map(|item| without_references(item)).collect();
    let begins = |starts: &[&str]| items.iter().any(|item| starts.iter().any(|start| item.starts_with(start)));
    let is_optional = begins(OPTIONAL) && !begins(&["Required: "]);
    constraints.push(match is_optional {
        true => "You MAY leave this step out".to_owned(),
        false => "You MUST carry out this step".to_owned(),
    });
    if let Some(expected) = step.expected.filter(|words| !words.is_empty()) {
        constraints.push(format!("You MUST see this before you go on: {}", without_references(expected)));
        constraints.push("You MUST NOT go on without it because the next step builds on it".to_owned());
    }
    for item in items {
        constraints.extend(constraint(&item));
    }
    constraints
}

/// An item of a step as a constraint; counts are no constraint, and the first item was told already.
fn constraint(item: &str) -> Option<String> {
    if let Some(rest) = item.strip_prefix("If it fails, ") {
        let rest = rest.split(". ").next().unwrap_or(rest).trim_end_matches('.');
        return Some(format!("You SHOULD, if it fails, {rest}"));
    }
    if let Some(rest) = item.strip_prefix("It can be done before or after ") {
        let rest = rest.split(':').next().unwrap_or(rest);
        return Some(format!("You MAY do it before or after {}", rest.trim_end_matches('.')));
    }
    if let Some(rest) = item.strip_prefix("Required: ") {
        return Some(format!("You MUST follow the rule of the repository: {rest}"));
    }
    let is_figure = [
        "This step is",
        "It was",
        "It took",
        "It takes",
        "It failed",
        "The command ",
        "Optional: ",
        "Once a branch: ",
        "Done by",
        "Another command",
    ];
    if is_figure.iter().any(|start| item.starts_with(start)) {
        return None;
    }
    let prohibits = item.contains("MUST NOT") || item.contains("SHOULD NOT");
    let has_a_reason = ["because", "since", "due to", "to avoid"].iter().any(|word| item.contains(word));
    let reason = if prohibits && !has_a_reason { " because people who do this process say so" } else { "" };
    let has_a_word = ["MUST", "SHOULD", "MAY"].iter().any(|word| item.contains(word));
    let start = if has_a_word { "" } else { "You SHOULD know this: " };
    Some(format!("{start}{}{reason}", item.trim_end_matches('.')))
}

/// Runs that went the most common way, as the Evidence names them.
fn push_examples(page: &mut String, outline: &Outline) {
    let row =
        outline.lines.iter().find(|line| line.section == "Evidence" && line.text.contains("| Most common path |"));
    let names = row.map(|row| code_spans(row.text)).unwrap_or_default();
    let names: Vec<String> = names.iter().map(|name| exact_code(name).as_str().to_owned()).collect();
    if !names.is_empty() {
        page.push_str(&format!(
            "\n## Examples\n\nRuns and commits that went the most common way: {}.\n",
            names.join(", ")
        ));
    }
}

fn push_troubleshooting(page: &mut String, outline: &Outline) {
    let mut lines: Vec<String> = Vec::new();
    for line in outline.lines.iter().filter(|line| line.section == "Edge cases and troubleshooting") {
        let is_ours = line.text.trim_start().starts_with("<!--") || line.text.starts_with("## ");
        if !is_ours {
            lines.push(without_references(line.text));
        }
    }
    let text = lines.join("\n");
    if !text.trim().is_empty() {
        page.push_str(&format!("\n## Troubleshooting\n\n{}\n", tidy(&text).trim()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_sop_has_parameters_and_constraints() {
        let document =
            include_str!("../../../tests/golden/process/good.md").replace("just test", "just test <test name>");
        let expected = "\
---
name: sop_process_change
version: 1
owner: \"The team\"
stage: prod
---

# Change code

## Overview

Users get what they asked for.

## Parameters

- **occasion** (required): What makes you begin: An issue that asks for a change.
- **test_name** (required): What stands in its place in the command of step 1

**Constraints for parameter acquisition:** You MUST ask for all required parameters at once before you begin.

## Steps

### 1. Run the tests

Run the tests.

```sh
just test <test name>
```

**Constraints:**

- You MUST carry out this step
- You MUST see this before you go on: No test fails.
- You MUST NOT go on without it because the next step builds on it

**Expected Output:** No test fails.

## Troubleshooting

None was seen.
";
        assert_eq!(agent_sop(&document).unwrap(), expected);
    }

    #[test]
    fn a_prohibition_has_a_reason() {
        assert_eq!(
            constraint("You MUST NOT push").unwrap(),
            "You MUST NOT push because people who do this process say so"
        );
        assert_eq!(constraint("Take care: x").unwrap(), "You SHOULD know this: Take care: x");
        assert_eq!(constraint("It failed in 2 of 9 runs that have the step."), None);
    }
}
