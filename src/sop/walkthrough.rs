//! The walkthrough of a draft: for each step a checklist that somebody answers while following it, and what recent runs say. Its
//! answers hold for the text that was read: a step that changed since is asked again.

use serde::{Deserialize, Serialize};

use super::digest::Digest;
use crate::process::model::ProcessModel;
use crate::text::digest::sha256;

/// What is asked of each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Check {
    Actionable,
    Prerequisites,
    Order,
    EdgeCases,
    Followable,
}

impl Check {
    pub(crate) const ALL: [Self; 5] =
        [Self::Actionable, Self::Prerequisites, Self::Order, Self::EdgeCases, Self::Followable];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Actionable => "actionable",
            Self::Prerequisites => "prerequisites",
            Self::Order => "order",
            Self::EdgeCases => "edge-cases",
            Self::Followable => "followable",
        }
    }

    pub(crate) fn question(self) -> &'static str {
        match self {
            Self::Actionable => "Is it one concrete action?",
            Self::Prerequisites => "Is everything it needs there by now: access, tools, inputs?",
            Self::Order => "Is it in the right place among the steps?",
            Self::EdgeCases => "Is it said what to do when it goes wrong?",
            Self::Followable => "Can somebody new do it without asking?",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.name() == name)
    }
}

/// `walkthrough.md`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Walkthrough {
    pub version: u32,
    /// Of what was walked through.
    pub digest: Digest,
    pub steps: Vec<WalkedStep>,
    /// What recent runs say about the draft, a sentence each.
    pub replay: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WalkedStep {
    /// Its id in the model.
    pub id: String,
    pub title: String,
    /// Digest of the text that the answers are about.
    pub text: String,
    /// One for each of [`Check::ALL`], in that order.
    pub items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Item {
    pub check: Check,
    /// `None` while nobody answered.
    pub passed: Option<bool>,
    pub note: String,
    /// Who answered; empty where the file was edited by hand.
    pub by: String,
}

/// A line of `walkthrough.md` that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub(crate) struct BadLine {
    pub line: usize,
    pub what: String,
}

impl Walkthrough {
    /// The checklist of a document. Answers of `before` stay where the step reads as it did.
    pub(crate) fn of(
        document: &str,
        model: &ProcessModel,
        digest: &Digest,
        version: u32,
        before: Option<&Self>,
    ) -> Self {
        let steps = model.steps.iter().map(|step| {
            let text = digest_of_step(document, &step.id, &step.title);
            let known = before.and_then(|before| before.steps.iter().find(|one| one.id == step.id && one.text == text));
            let items = known.map_or_else(open_items, |known| known.items.clone());
            WalkedStep { id: step.id.clone(), title: step.title.clone(), text, items }
        });
        Self { version, digest: digest.clone(), steps: steps.collect(), replay: Vec::new() }
    }

    /// Items without an answer: step and check.
    pub(crate) fn open(&self) -> impl Iterator<Item = (&WalkedStep, &Item)> {
        self.items().filter(|(_, item)| item.passed.is_none())
    }

    /// Items that somebody answered with no.
    pub(crate) fn refused(&self) -> impl Iterator<Item = (&WalkedStep, &Item)> {
        self.items().filter(|(_, item)| item.passed == Some(false))
    }

    fn items(&self) -> impl Iterator<Item = (&WalkedStep, &Item)> {
        self.steps.iter().flat_map(|step| step.items.iter().map(move |item| (step, item)))
    }

    /// The page, for people and for [`Walkthrough::read`].
    pub(crate) fn write(&self) -> String {
        let mut page = format!(
            "# Walkthrough of version {}\n\nDocument: {}\n\nFollow the draft step by step. `[x]` is yes, `[-]` is no, `[ ]` is open.\n",
            self.version, self.digest
        );
        for step in &self.steps {
            page.push_str(&format!("\n## {}\n\n<!-- step:{} text:{} -->\n\n", line(&step.title), step.id, step.text));
            for item in &step.items {
                page.push_str(&item.line());
                page.push('\n');
            }
        }
        if !self.replay.is_empty() {
            page.push_str("\n## Replay of recent runs\n\n");
            for sentence in &self.replay {
                page.push_str(&format!("- {}\n", line(sentence)));
            }
        }
        page
    }

    /// # Errors
    /// When a line is none that [`Walkthrough::write`] makes, with its number.
    pub(crate) fn read(page: &str) -> Result<Self, BadLine> {
        let mut reader = Reader::default();
        for (index, line) in page.lines().enumerate() {
            reader.take(line.trim_end()).map_err(|what| BadLine { line: index + 1, what })?;
        }
        reader.end()
    }
}

impl Item {
    fn line(&self) -> String {
        let mark = match self.passed {
            Some(true) => 'x',
            Some(false) => '-',
            None => ' ',
        };
        let mut text = format!("- [{mark}] {}: {}", self.check.name(), self.check.question());
        if !self.note.is_empty() {
            text.push_str(&format!(" Note: {}", line(&self.note)));
        }
        if !self.by.is_empty() {
            text.push_str(&format!(" <!-- by {} -->", line(&self.by).replace("--", "")));
        }
        text
    }
}

#[derive(Default)]
struct Reader {
    version: Option<u32>,
    digest: Option<Digest>,
    title: String,
    steps: Vec<WalkedStep>,
    replay: Option<Vec<String>>,
}

impl Reader {
    fn take(&mut self, line: &str) -> Result<(), String> {
        if let Some(version) = line.strip_prefix("# Walkthrough of version ") {
            self.version = Some(version.parse().map_err(|_| format!("`{version}` is not a version"))?);
        } else if let Some(digest) = line.strip_prefix("Document: ") {
            self.digest = Some(digest.parse().map_err(|error| format!("{error}"))?);
        } else if line == "## Replay of recent runs" {
            self.replay = Some(Vec::new());
        } else if let Some(title) = line.strip_prefix("## ") {
            self.title = title.to_owned();
        } else if let Some(mark) = line.strip_prefix("<!-- step:").and_then(|rest| rest.strip_suffix(" -->")) {
            let (id, text) = mark.split_once(" text:").ok_or("a step's mark lacks `text:`")?;
            let title = std::mem::take(&mut self.title);
            self.steps.push(WalkedStep { id: id.to_owned(), title, text: text.to_owned(), items: open_items() });
        } else if let Some(replay) = &mut self.replay {
            replay.extend(line.strip_prefix("- ").map(str::to_owned));
        } else if let Some(item) = line.strip_prefix("- [") {
            self.item(item)?;
        } else if line.starts_with("- ") {
            return Err("an item of the checklist begins with `- [ ]`, `- [x]` or `- [-]`".to_owned());
        }
        Ok(())
    }

    /// `x] order: question Note: text <!-- by Ada -->`
    fn item(&mut self, text: &str) -> Result<(), String> {
        let mut chars = text.chars();
        let passed = match (chars.next(), chars.next()) {
            (Some('x' | 'X'), Some(']')) => Some(true),
            (Some('-'), Some(']')) => Some(false),
            (Some(' '), Some(']')) => None,
            _ => return Err("an item of the checklist begins with `- [ ]`, `- [x]` or `- [-]`".to_owned()),
        };
        let (name, rest) = chars.as_str().trim().split_once(':').ok_or("an item lacks its name and a colon")?;
        let check = Check::of(name).ok_or_else(|| format!("`{name}` is not an item of the checklist"))?;
        let step = self.steps.last_mut().ok_or("an item stands before the first step")?;
        let rest = rest.trim().strip_prefix(check.question()).unwrap_or(rest).trim();
        let (rest, by) = match rest.strip_suffix(" -->").and_then(|rest| rest.rsplit_once("<!-- by ")) {
            Some((rest, by)) => (rest.trim(), by.to_owned()),
            None => (rest, String::new()),
        };
        let note = rest.strip_prefix("Note: ").unwrap_or(rest).to_owned();
        if let Some(item) = step.items.iter_mut().find(|item| item.check == check) {
            *item = Item { check, passed, note, by };
        }
        Ok(())
    }

    fn end(self) -> Result<Walkthrough, BadLine> {
        let missing = |what: &str| BadLine { line: 1, what: format!("{what} is missing") };
        Ok(Walkthrough {
            version: self.version.ok_or_else(|| missing("`# Walkthrough of version N`"))?,
            digest: self.digest.ok_or_else(|| missing("`Document: sha256:...`"))?,
            steps: self.steps,
            replay: self.replay.unwrap_or_default(),
        })
    }
}

fn open_items() -> Vec<Item> {
    Check::ALL.into_iter().map(|check| Item { check, passed: None, note: String::new(), by: String::new() }).collect()
}

/// A digest of what a document says about a step: its lines from the mark `<!-- step:ID` to the next one or the next heading of a
/// section; of its title alone where there is no mark.
fn digest_of_step(document: &str, id: &str, title: &str) -> String {
    sha256(format!("{title}\n{}", step_lines(document, id).join("\n")).as_bytes())[..16].to_owned()
}

/// What a document says about a step. Figures change with the evidence, and the step stays what it says: the lines that cite
/// evidence are not in it, nor the counts of the mark.
pub(crate) fn step_lines<'a>(document: &'a str, id: &str) -> Vec<&'a str> {
    let is_this = |line: &&str| {
        let rest = line.trim_start().strip_prefix("<!-- step:").unwrap_or_default();
        rest.strip_prefix(id).is_some_and(|rest| rest.starts_with([' ', '>']))
    };
    let ends = |line: &str| {
        ["## ", "### "].iter().any(|heading| line.starts_with(heading)) || line.trim_start().starts_with("<!-- step:")
    };
    let mut lines = document.lines().skip_while(|line| !is_this(line));
    if lines.next().is_none() {
        return Vec::new();
    }
    lines.take_while(|line| !ends(line)).filter(|line| !line.contains("](#e")).map(str::trim_end).collect()
}

/// On one line.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, proptest};

    use super::*;
    use crate::process::model::ModelStep;
    use crate::sop::digest::digest;

    fn model(titles: &[(&str, &str)]) -> ProcessModel {
        let step = |(id, title): &(&str, &str)| ModelStep {
            id: (*id).to_owned(),
            title: (*title).to_owned(),
            ..ModelStep::default()
        };
        ProcessModel { steps: titles.iter().map(step).collect(), ..ProcessModel::default() }
    }

    const DOCUMENT: &str = "\
## Steps

1. **Build**

    <!-- step:build runs=1/2 -->
    Type `make`.

2. **Test**

    <!-- step:test runs=2/2 -->
    Type `make test`.

## Edge cases
";

    #[test]
    fn answers_stay_while_the_step_reads_as_it_did() {
        let model = model(&[("build", "Build"), ("test", "Test")]);
        let one = digest(DOCUMENT, "");
        let mut walked = Walkthrough::of(DOCUMENT, &model, &one, 1, None);
        assert_eq!(walked.open().count(), 10);
        for step in &mut walked.steps {
            for item in &mut step.items {
                (item.passed, item.by) = (Some(true), "Ada".to_owned());
            }
        }
        assert_eq!((walked.open().count(), walked.refused().count()), (0, 0));
        let recounted = DOCUMENT.replace("runs=1/2", "runs=9/9");
        assert_eq!(Walkthrough::of(&recounted, &model, &one, 1, Some(&walked)).open().count(), 0);
        let edited = DOCUMENT.replace("`make test`", "`make check`");
        let again = Walkthrough::of(&edited, &model, &digest(&edited, ""), 1, Some(&walked));
        let open: Vec<&str> = again.open().map(|(step, _)| step.id.as_str()).collect();
        assert_eq!(open, ["test"; 5]);
    }

    #[test]
    fn a_page_is_read_as_it_was_written_and_edited_by_hand() {
        let mut walked = Walkthrough::of(DOCUMENT, &model(&[("build", "Build")]), &digest(DOCUMENT, ""), 3, None);
        walked.steps[0].items[1] = Item {
            check: Check::Prerequisites,
            passed: Some(false),
            note: "no token".into(),
            by: "Ada <a@b.c>".into(),
        };
        walked.replay = vec!["3 of 4 runs have every required step".to_owned()];
        let page = walked.write();
        assert_eq!(Walkthrough::read(&page).unwrap(), walked);
        let by_hand = page.replace("- [ ] order: Is it", "- [X] order: yes, it");
        let read = Walkthrough::read(&by_hand).unwrap();
        assert_eq!((read.steps[0].items[2].passed, read.steps[0].items[2].by.as_str()), (Some(true), ""));
        for (from, to, line, what) in [
            ("- [ ] order", "- [?] order", 13, "an item of the checklist begins"),
            ("order:", "ordre:", 13, "`ordre` is not an item"),
            ("version 3", "version x", 1, "`x` is not a version"),
            ("Document: sha256:", "Document: ", 3, "not a digest"),
            ("<!-- step", "<!-- stop", 11, "an item stands before the first step"),
        ] {
            let error = Walkthrough::read(&page.replacen(from, to, 1)).unwrap_err();
            assert!(error.line == line && error.what.starts_with(what), "{to}: {error:?}");
        }
        assert_eq!(Walkthrough::read("").unwrap_err().what, "`# Walkthrough of version N` is missing");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_note_comes_back_on_one_line(note in any::<String>(), by in "[A-Za-z <>@.]{0,20}") {
            let mut walked = Walkthrough::of("", &model(&[("a", "A")]), &digest("", ""), 1, None);
            walked.steps[0].items[0] =
                Item { check: Check::Actionable, passed: Some(true), note: line(&note), by: line(&by) };
            let read = Walkthrough::read(&walked.write()).unwrap();
            let item = &read.steps[0].items[0];
            assert_eq!(item.passed, Some(true));
            // A note that looks like our own mark is read as one; its words are there either way.
            if !note.contains("<!-- by") && !line(&note).starts_with("Note:") {
                assert_eq!((&item.note, &item.by), (&line(&note), &line(&by)));
            }
        }
    }
}
