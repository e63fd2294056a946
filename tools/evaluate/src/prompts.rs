//! Prompts as the readers found them against the raw lines of the transcripts, read here in another and simpler way.

use std::collections::HashMap;

use backstory::record::session::{PromptSource, Session};
use serde_json::Value;

use crate::{Row, part, row};

/// Beginnings that only a program writes.
const INJECTED: &[&str] = &[
    "<local-command",
    "<bash-",
    "<task-notification",
    "<agent-notification",
    "<system-reminder",
    "<ide_",
    "<command-",
    "<user-prompt-submit-hook",
    "This session is being continued from a previous conversation",
    "Caveat: The messages below",
    "Stop hook feedback",
    "Operation stopped by hook",
    "[Request interrupted by user",
    "[Image: source:",
    "Base directory for this skill:",
    "{\"task_id\":",
];

#[derive(Default)]
pub(crate) struct Compared {
    typed: usize,
    kept: usize,
    all: usize,
    lost: Vec<String>,
    injected: Vec<String>,
}

impl Compared {
    /// `raw` is the transcript that `sessions` were read from.
    pub(crate) fn add(&mut self, raw: &str, sessions: &[Session]) {
        let prompts = || sessions.iter().flat_map(|session| &session.turns).filter_map(|turn| turn.prompt.as_ref());
        let mut found: HashMap<String, usize> = HashMap::new();
        for prompt in prompts() {
            *found.entry(folded(prompt.text.expose())).or_default() += 1;
        }
        for text in typed(raw) {
            self.typed += 1;
            match found.get_mut(&folded(&text)) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    self.kept += 1;
                }
                _ => self.lost.push(start(&text)),
            }
        }
        for prompt in prompts().filter(|prompt| prompt.source != PromptSource::Delegated) {
            self.all += 1;
            let text = prompt.text.expose().trim_start();
            if INJECTED.iter().any(|injected| text.starts_with(injected)) {
                self.injected.push(start(text));
            }
        }
    }

    pub(crate) fn rows(self) -> Vec<Row> {
        vec![
            Row { details: self.lost, ..row("typed prompts kept", part(self.kept, self.typed)) },
            Row {
                details: self.injected.clone(),
                ..row("injected text let through", part(self.injected.len(), self.all))
            },
        ]
    }
}

fn start(text: &str) -> String {
    text.split_whitespace().take(12).collect::<Vec<_>>().join(" ")
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Texts of the records that a person typed: no marks of a program on the record, no result in it, no beginning that
/// only a program writes. Each record once, also where a file holds it twice.
fn typed(raw: &str) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let mut texts = Vec::new();
    for line in raw.lines().filter(|line| line.contains("\"type\":\"user\"")) {
        let Ok(record) = serde_json::from_str::<Value>(line) else { continue };
        let marked = ["isMeta", "isCompactSummary", "isSidechain"].iter().any(|mark| record[*mark] == true);
        let by_program = record["origin"]["kind"].as_str().is_some_and(|kind| kind != "human");
        if record["type"] != "user" || marked || by_program {
            continue;
        }
        if record["uuid"].as_str().is_some_and(|id| !seen.insert(id.to_owned())) {
            continue;
        }
        let content = &record["message"]["content"];
        let blocks = content.as_array().map(Vec::as_slice).unwrap_or_default();
        if blocks.iter().any(|block| block["type"] == "tool_result") {
            continue;
        }
        let parts = content.as_str().into_iter().chain(blocks.iter().filter_map(|block| block["text"].as_str()));
        let parts: Vec<&str> = parts
            .map(str::trim)
            .filter(|part| !part.is_empty() && !INJECTED.iter().any(|injected| part.starts_with(injected)))
            .collect();
        if !parts.is_empty() {
            texts.push(parts.join("\n"));
        }
    }
    texts
}
