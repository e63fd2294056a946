//! `capture.md`: a capture as a page that a person may read and correct by hand, and that reads back to the same capture.
//! A value that has several lines goes on indented by four blanks.

use super::capture::{Capture, Question, ToldStep};

/// A line that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("capture.md line {line}: {problem}\nhint: {hint}")]
pub(crate) struct CaptureError {
    pub line: usize,
    pub problem: String,
    pub hint: String,
}

/// Sections that are lists, in the order in which they are written.
const LISTS: [(&str, Field<Vec<String>>); 6] = [
    ("Who", |capture| &mut capture.who),
    ("Access", |capture| &mut capture.access),
    ("Tools", |capture| &mut capture.tools),
    ("Inputs", |capture| &mut capture.inputs),
    ("Pitfalls", |capture| &mut capture.pitfalls),
    ("Notes", |capture| &mut capture.notes),
];

const FIELDS: [(&str, Field<String>); 4] = [
    ("Process", |capture| &mut capture.process),
    ("Purpose", |capture| &mut capture.purpose),
    ("Outcome", |capture| &mut capture.outcome),
    ("Trigger", |capture| &mut capture.trigger),
];

/// Fields of a step. The last four may stand several times.
const STEP_FIELDS: [(&str, StepField); 7] = [
    ("Command", StepField::One(|step| &mut step.command)),
    ("Expected result", StepField::One(|step| &mut step.expected)),
    ("Actor", StepField::One(|step| &mut step.actor)),
    ("Tool", StepField::Many(|step| &mut step.tools)),
    ("Access", StepField::Many(|step| &mut step.access)),
    ("Pitfall", StepField::Many(|step| &mut step.pitfalls)),
    ("Note", StepField::Many(|step| &mut step.notes)),
];

/// Where a text of a question is kept.
type QuestionField = fn(&mut Question) -> &mut String;

const QUESTION_FIELDS: [(&str, QuestionField); 6] = [
    ("Question", |question| &mut question.question),
    ("Step", |question| &mut question.step),
    ("Evidence", |question| &mut question.evidence),
    ("Answer", |question| &mut question.answer),
    ("Answered by", |question| &mut question.answered_by),
    ("Answered at", |question| &mut question.answered_at),
];

/// Says that a person goes on without an answer.
const ACCEPTED_OPEN: &str = "Accepted open";

type Field<T> = fn(&mut Capture) -> &mut T;

enum StepField {
    One(fn(&mut ToldStep) -> &mut String),
    Many(fn(&mut ToldStep) -> &mut Vec<String>),
}

/// The text of `capture.md`.
pub(crate) fn write(capture: &Capture) -> String {
    let mut capture = capture.clone();
    let mut page = format!("# Capture: {}\n\n", one_line(&capture.name));
    for (name, field) in FIELDS {
        push_field(&mut page, name, field(&mut capture));
    }
    for (name, field) in LISTS {
        let items = field(&mut capture);
        if !items.is_empty() {
            page.push_str(&format!("\n## {name}\n\n"));
        }
        for item in items {
            page.push_str(&format!("- {}\n", continued(item)));
        }
    }
    if !capture.steps.is_empty() {
        page.push_str("\n## Steps\n");
    }
    for step in &mut capture.steps {
        page.push_str(&format!("\n### {}: {}\n\n", step.id, one_line(&step.action)));
        for (name, field) in &STEP_FIELDS {
            match field {
                StepField::One(field) => push_field(&mut page, name, field(step)),
                StepField::Many(field) => field(step).iter().for_each(|value| push_field(&mut page, name, value)),
            }
        }
    }
    if !capture.questions.is_empty() {
        page.push_str("\n## Questions\n");
    }
    for question in &mut capture.questions {
        page.push_str(&format!("\n### {}\n\n", question.id));
        for (name, field) in QUESTION_FIELDS {
            push_field(&mut page, name, field(question));
        }
        if question.accepted_open {
            push_field(&mut page, ACCEPTED_OPEN, "yes");
        }
    }
    page
}

/// The capture that `page` holds.
///
/// # Errors
/// When a line is none that [`write`] makes, with its number.
pub(crate) fn read(page: &str) -> Result<Capture, CaptureError> {
    let mut reading = Reading::default();
    let lines: Vec<&str> = page.lines().collect();
    let mut at = 0;
    while at < lines.len() {
        let number = at + 1;
        let line = lines[at].trim_end();
        at += 1;
        if let Some(item) = line.strip_prefix("- ") {
            let (value, next) = whole_value(item, &lines, at);
            at = next;
            reading.item(&value, number)?;
        } else if !line.is_empty() {
            reading.heading(line, number)?;
        }
    }
    Ok(reading.capture)
}

#[derive(Default)]
struct Reading {
    capture: Capture,
    place: Place,
}

/// Where in the page the next line belongs.
#[derive(Default)]
enum Place {
    #[default]
    Start,
    Fields,
    List(Field<Vec<String>>),
    Steps,
    Questions,
}

impl Reading {
    fn heading(&mut self, line: &str, number: usize) -> Result<(), CaptureError> {
        if let Some(rest) = line.strip_prefix("### ") {
            return self.entry(rest.trim(), number);
        }
        if let Some(name) = line.strip_prefix("## ") {
            let list = LISTS.iter().find(|(known, _)| *known == name.trim());
            self.place = match (name.trim(), list) {
                ("Steps", _) => Place::Steps,
                ("Questions", _) => Place::Questions,
                (_, Some((_, field))) => Place::List(*field),
                (other, None) => return Err(unknown(number, "section", other, &sections())),
            };
            return Ok(());
        }
        match line.strip_prefix("# Capture:") {
            Some(name) if matches!(self.place, Place::Start) => {
                self.capture.name = name.trim().to_owned();
                self.place = Place::Fields;
                Ok(())
            }
            _ => Err(CaptureError {
                line: number,
                problem: format!("`{line}` is neither a heading nor a list item"),
                hint: "begin it with `- `, or indent it by four blanks to continue the item above".to_owned(),
            }),
        }
    }

    fn entry(&mut self, rest: &str, number: usize) -> Result<(), CaptureError> {
        let wrong = |problem: String, hint: &str| Err(CaptureError { line: number, problem, hint: hint.to_owned() });
        match self.place {
            Place::Steps => {
                let (id, action) = rest.split_once(": ").unwrap_or((rest.trim_end_matches(':'), ""));
                if !is_id(id) {
                    return wrong(format!("`{id}` is not the id of a step"), "write `### run-tests: Run the tests`");
                }
                if self.capture.steps.iter().any(|step| step.id == id) {
                    return wrong(format!("the step `{id}` stands here a second time"), "give one of them another id");
                }
                let step = ToldStep { id: id.to_owned(), action: action.trim().to_owned(), ..ToldStep::default() };
                self.capture.steps.push(step);
            }
            Place::Questions => {
                if !is_id(rest) {
                    return wrong(format!("`{rest}` is not the id of a question"), "write `### who-signs`");
                }
                if self.capture.questions.iter().any(|question| question.id == rest) {
                    return wrong(format!("the question `{rest}` stands here a second time"), "give one another id");
                }
                self.capture.questions.push(Question { id: rest.to_owned(), ..Question::default() });
            }
            _ => return wrong(format!("`### {rest}` is not below `## Steps` or `## Questions`"), "move it there"),
        }
        Ok(())
    }

    fn item(&mut self, value: &str, number: usize) -> Result<(), CaptureError> {
        if let Place::List(field) = self.place {
            field(&mut self.capture).push(value.to_owned());
            return Ok(());
        }
        let (name, rest) = value.split_once(':').unwrap_or((value, ""));
        let (name, rest) = (name.trim(), rest.trim_start_matches(' '));
        match self.place {
            Place::Steps => self.step_field(name, rest, number),
            Place::Questions => self.question_field(name, rest, number),
            _ => match FIELDS.iter().find(|(known, _)| *known == name) {
                Some((_, field)) => once(field(&mut self.capture), name, rest, number),
                None => Err(unknown(number, "field", name, &names(&FIELDS))),
            },
        }
    }

    fn step_field(&mut self, name: &str, value: &str, number: usize) -> Result<(), CaptureError> {
        let Some(step) = self.capture.steps.last_mut() else { return Err(no_entry(number)) };
        match STEP_FIELDS.iter().find(|(known, _)| *known == name) {
            Some((_, StepField::One(field))) => once(field(step), name, value, number),
            Some((_, StepField::Many(field))) => {
                field(step).push(value.to_owned());
                Ok(())
            }
            None => Err(unknown(number, "field of a step", name, &names(&STEP_FIELDS))),
        }
    }

    fn question_field(&mut self, name: &str, value: &str, number: usize) -> Result<(), CaptureError> {
        let Some(question) = self.capture.questions.last_mut() else { return Err(no_entry(number)) };
        match QUESTION_FIELDS.iter().find(|(known, _)| *known == name) {
            Some((_, field)) => once(field(question), name, value, number),
            None if name == ACCEPTED_OPEN && matches!(value, "yes" | "no") => {
                question.accepted_open = value == "yes";
                Ok(())
            }
            None => {
                let known = format!("{}, `{ACCEPTED_OPEN}: yes`", names(&QUESTION_FIELDS));
                Err(unknown(number, "field of a question", name, &known))
            }
        }
    }
}

fn once(field: &mut String, name: &str, value: &str, line: usize) -> Result<(), CaptureError> {
    if !field.is_empty() {
        let (problem, hint) = (format!("`{name}` stands here a second time"), "put both into one".to_owned());
        return Err(CaptureError { line, problem, hint });
    }
    value.clone_into(field);
    Ok(())
}

/// `first` with the indented lines that follow it, and the index of the line behind them.
fn whole_value(first: &str, lines: &[&str], mut at: usize) -> (String, usize) {
    let mut value = first.to_owned();
    let mut ahead = at;
    while let Some(line) = lines.get(ahead) {
        ahead += 1;
        if let Some(more) = line.strip_prefix("    ").filter(|more| !more.trim().is_empty()) {
            value.push_str(&"\n".repeat(ahead - at));
            value.push_str(more.trim_end());
            at = ahead;
        } else if !line.trim().is_empty() {
            break;
        }
    }
    (value, at)
}

fn push_field(page: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        page.push_str(&format!("- {name}: {}\n", continued(value)));
    }
}

/// A value on its line, and its other lines indented.
fn continued(value: &str) -> String {
    let lines: Vec<&str> = value.lines().map(str::trim_end).collect();
    let mut text = lines.first().copied().unwrap_or_default().trim_start().to_owned();
    for line in lines.iter().skip(1) {
        text.push('\n');
        if !line.is_empty() {
            text.push_str("    ");
            text.push_str(line);
        }
    }
    text.trim_end().to_owned()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether this can name a step or a question.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 80
        && !text.starts_with('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn no_entry(line: usize) -> CaptureError {
    let problem = "this field belongs to nothing".to_owned();
    CaptureError { line, problem, hint: "write `### <id>` above it".to_owned() }
}

fn unknown(line: usize, what: &str, name: &str, known: &str) -> CaptureError {
    CaptureError { line, problem: format!("`{name}` is no {what}"), hint: format!("one of {known}") }
}

fn names<T>(fields: &[(&str, T)]) -> String {
    fields.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn sections() -> String {
    format!("{}, `Steps`, `Questions`", names(&LISTS))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, ProptestConfig, Strategy, prop, proptest};

    use super::*;

    const PAGE: &str = "\
# Capture: Release the program

- Process: release
- Purpose: Give users the changes of a month
- Trigger: The first Monday of a month

## Who

- The person on duty

## Pitfalls

- The tag is pushed before the page is up;
    wait for both.

    Then look again.

## Steps

### write-notes: Write the release notes

- Command: just notes
- Expected result: `NOTES.md` names every change
- Tool: just
- Tool: git

## Questions

### q-0f0f0f0f

- Question: Who may push a tag?
- Step: push-tag
- Evidence: 2 people did it in 7 runs
- Answer: Only the person on duty
- Answered by: Ada
- Answered at: 2026-11-20T10:00:00Z

### who-signs

- Question: Who signs?
- Accepted open: yes
";

    #[test]
    fn a_page_reads_and_writes_to_the_same_bytes() {
        let capture = read(PAGE).unwrap();
        assert_eq!(write(&capture), PAGE);
        assert_eq!(capture.pitfalls, ["The tag is pushed before the page is up;\nwait for both.\n\nThen look again."]);
        assert_eq!(capture.steps[0].tools, ["just", "git"]);
        assert!(capture.questions[1].accepted_open && capture.unsettled().count() == 0);
        assert_eq!(read(&PAGE.replace('\n', "\r\n")).unwrap(), capture);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        for (page, line, problem) in [
            ("# Capture: x\n\nfree words\n", 3, "`free words` is neither a heading nor a list item"),
            ("# Capture: x\n- Colour: red\n", 2, "`Colour` is no field"),
            ("# Capture: x\n## Colours\n", 2, "`Colours` is no section"),
            ("# Capture: x\n### a: b\n", 2, "`### a: b` is not below `## Steps` or `## Questions`"),
            ("# Capture: x\n## Steps\n### A b\n", 3, "`A b` is not the id of a step"),
            ("# Capture: x\n## Steps\n- Tool: x\n", 3, "this field belongs to nothing"),
            ("# Capture: x\n## Steps\n### a: b\n### a: c\n", 4, "the step `a` stands here a second time"),
            ("# Capture: x\n- Process: a\n- Process: b\n", 3, "`Process` stands here a second time"),
            (
                "# Capture: x\n## Questions\n### a\n- Accepted open: maybe\n",
                4,
                "`Accepted open` is no field of a question",
            ),
        ] {
            let error = read(page).unwrap_err();
            assert_eq!((error.line, error.problem.as_str()), (line, problem));
            assert!(error.to_string().contains("\nhint: "));
        }
    }

    fn text() -> impl Strategy<Value = String> {
        // What would be a heading, an item or a field at the beginning of a line, and blank lines between.
        let word = prop::sample::select(vec![
            "## Steps",
            "- Tool: x",
            "### a: b",
            "x",
            "# Capture: y",
            "a: b",
            "    z",
            "<b>",
        ]);
        prop::collection::vec((word, prop::sample::select(vec![" ", "\n", "\n\n\n"])), 0..5).prop_map(|words| {
            words.iter().map(|(word, end)| format!("{word}{end}")).collect::<String>().trim().to_owned()
        })
    }

    fn capture() -> impl Strategy<Value = Capture> {
        (
            prop::collection::vec(text(), 8),
            prop::collection::vec(text().prop_filter("empty", |text| !text.is_empty()), 0..3),
            Just(()),
        )
            .prop_map(|(texts, items, ())| {
                let step = ToldStep {
                    id: "a-1".to_owned(),
                    action: one_line(&texts[0]),
                    command: texts[1].clone(),
                    notes: items.clone(),
                    ..ToldStep::default()
                };
                let question = Question {
                    id: "q-1".to_owned(),
                    question: texts[2].clone(),
                    answer: texts[3].clone(),
                    ..Question::default()
                };
                Capture {
                    name: one_line(&texts[4]),
                    purpose: texts[5].clone(),
                    process: texts[6].clone(),
                    who: items.clone(),
                    notes: items,
                    steps: vec![step],
                    questions: vec![question],
                    ..Capture::default()
                }
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_was_told_comes_back(capture in capture()) {
            assert_eq!(read(&write(&capture)).unwrap(), capture);
        }
    }
}
