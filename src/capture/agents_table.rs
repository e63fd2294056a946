//! The table of agents in `docs/agents.md`: what is read of each one's sessions, and what their format does not hold.

use std::fmt::Write as _;

use super::held::{HeldFact, SessionFact};
use super::reader::Reader;
use super::readers::READERS;
use crate::record::agents::AGENTS;

const FACTS: &[(SessionFact, &str)] = &[
    (SessionFact::Prompts, "prompts"),
    (SessionFact::Edits, "edits"),
    (SessionFact::Results, "results"),
    (SessionFact::Rejections, "refusals"),
    (SessionFact::Reasons, "reasons"),
    (SessionFact::Interrupts, "interrupts"),
    (SessionFact::Models, "models"),
    (SessionFact::Version, "version"),
    (SessionFact::Tokens, "tokens"),
    (SessionFact::Cost, "cost"),
    (SessionFact::Subagents, "subagents"),
    (SessionFact::Forks, "forks"),
];

/// Markdown: the agents whose sessions are read, with what is in them, and those that are recognised only.
pub fn table_of_agents() -> String {
    let mut table = "| agent | newest seen |".to_owned();
    for (_, name) in FACTS {
        let _ = write!(table, " {name} |");
    }
    table.push_str("\n|---|---|");
    table.push_str(&"---|".repeat(FACTS.len()));
    table.push('\n');
    let mut notes: Vec<&str> = Vec::new();
    let mut readers: Vec<&&dyn Reader> = READERS.iter().collect();
    readers.sort_by_key(|reader| reader.agent().title().to_lowercase());
    for reader in readers {
        let _ = write!(table, "| {} | {} |", reader.agent().title(), reader.newest_seen().unwrap_or(""));
        for (fact, _) in FACTS {
            let cell = match reader.held(*fact) {
                HeldFact::Read => "yes".to_owned(),
                HeldFact::NotRead => "not read".to_owned(),
                HeldFact::Absent => "–".to_owned(),
                HeldFact::InPart(note) => {
                    let known = notes.iter().position(|known| *known == note);
                    let number = known.unwrap_or_else(|| {
                        notes.push(note);
                        notes.len() - 1
                    });
                    format!("in part ({})", number + 1)
                }
            };
            let _ = write!(table, " {cell} |");
        }
        table.push('\n');
    }
    for (number, note) in notes.iter().enumerate() {
        let _ = write!(table, "\n{}. {note}", number + 1);
    }
    let mut titles: Vec<&str> = AGENTS.iter().filter(|row| !row.is_read).map(|row| row.title).collect();
    titles.sort_by_key(|title| title.to_lowercase());
    let _ = write!(table, "\n\nRecognised, and not read: {}.\n", titles.join(", "));
    table
}
