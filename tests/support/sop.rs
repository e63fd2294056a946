//! SOPs as their files are after a person approved and published them.

use std::collections::BTreeMap;

use backstory::sop::digest::digest;
use backstory::sop::front_fields;
use backstory::sop::ledger::{self, Ledger};
use backstory::sop::life::{Event, Happening};
use backstory::sop::party::{Party, PartyKind};

/// Edit, test, commit, and a push, of which no record tells.
pub const MODEL: &str = "schema: 1
process: change
steps:
- id: edit
  title: Edit the code
  activities: [change]
  required: true
  runs: 10
- id: tests
  title: Run the tests
  activities: [run tests]
  required: true
  runs: 10
- id: commit
  title: Commit
  activities: [commit]
  required: true
  runs: 10
- id: push
  title: Push
  activities: [push]
  required: true
  runs: 10
evidence:
  runs: 10
  rules_version: 1
";

/// The folder of an SOP after its version 1 was published: paths from the root of the work tree, and texts.
pub fn published(slug: &str, model: &str) -> Vec<(String, String)> {
    let text = format!(
        "---\nid: \"sop/{slug}\"\ntitle: \"Change the code\"\nversion: 1\n---\n\n# Change the code\n\n1. Edit the code.\n"
    );
    let digest = digest(&text, model);
    let mut lines = String::new();
    let mut ledger = Ledger::default();
    let mut happen = |event: Event, minute: u32, refs: &[(&str, &str)]| {
        let happening = Happening {
            at: format!("2026-01-01T10:{minute:02}:00Z").parse().unwrap(),
            actor: Party { name: "Ada".to_owned(), email: None, kind: PartyKind::Person },
            event,
            version: u32::from(event != Event::Started),
            digest: (event != Event::Started).then(|| digest.clone()),
            reason: None,
            refs: refs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>(),
        };
        lines += &ledger.next(&happening, "backstory 0.1.0").unwrap().1;
        ledger = ledger::read(lines.as_bytes()).unwrap();
    };
    happen(Event::Started, 0, &[]);
    happen(Event::Drafted, 1, &[]);
    happen(Event::Walked, 2, &[]);
    happen(
        Event::Approved,
        3,
        &[("kind", "review"), ("pull", "7"), ("review", "pull/7#review-5"), ("commit", "1a2b3c4")],
    );
    happen(Event::Published, 4, &[("target", "path:docs/change.md")]);
    let life = ledger.life.clone();
    let whole = front_fields::with(&text, &front_fields::fields(&life, life.standing(Some(&digest))));
    let folder = format!("docs/processes/{slug}");
    [
        ("SOP.md", whole.clone()),
        ("process.yaml", model.to_owned()),
        ("ledger.jsonl", lines),
        ("versions/1/SOP.md", whole),
        ("versions/1/process.yaml", model.to_owned()),
    ]
    .map(|(name, text)| (format!("{folder}/{name}"), text))
    .to_vec()
}
