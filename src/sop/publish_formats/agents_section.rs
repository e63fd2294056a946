//! A section of `AGENTS.md` that tells agents the steps of a process, between markers, within the part of the file that is
//! read: Codex 0.171 cuts at about 32 KiB.

use super::clean::plain_words;
use crate::sop::front_matter::{FrontMatterError, read};
use crate::sop::outline::Outline;
use crate::text::markdown::{exact_code, inline};

/// Bytes from the beginning of the file that agents read.
const READ: usize = 32 * 1024;

/// The section cannot be put in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SectionError {
    #[error("the section has {0} bytes and agents read the first {READ} of the file\nhint: publish a SKILL.md instead")]
    TooLong(usize),
    #[error("line {line}: the marker `{marker}` has no partner\nhint: remove it, or add the other one")]
    Marker { line: usize, marker: String },
}

/// The section for a document that stands at `path`, without its markers.
///
/// # Errors
/// When the front matter of the document cannot be read.
pub(crate) fn section(document: &str, path: &str) -> Result<String, FrontMatterError> {
    let front = read(document)?;
    let outline = Outline::new(document);
    let mut text = format!("## {}\n\n", inline(&front.title).as_str());
    if let Some(trigger) = outline.first_words("Trigger") {
        text.push_str(&format!("When: {}\n\n", inline(&plain_words(trigger)).as_str()));
    }
    for (number, step) in (1..).zip(&outline.steps) {
        text.push_str(&format!("{number}. {}", inline(&plain_words(step.title)).as_str()));
        if let Some((_, command)) = step.commands.first() {
            text.push_str(&format!(": {}", exact_code(command).as_str()));
        }
        if let Some(expected) = step.expected.filter(|words| !words.is_empty()) {
            text.push_str(&format!(". Expected: {}", inline(&plain_words(expected)).as_str()));
        }
        text.push('\n');
    }
    text.push_str(&format!(
        "\nThe whole of it, with edge cases: {} (version {}).\n",
        exact_code(path).as_str(),
        front.version
    ));
    Ok(text)
}

/// `file` with the section of this process: in the place of the one before, else at the end, else, where the end is not read,
/// in front of everything but the first heading.
///
/// # Errors
/// When the section is longer than what agents read, and when its markers in the file make no pair.
pub(crate) fn insert(file: &str, slug: &str, section: &str) -> Result<String, SectionError> {
    let (begin, end) = markers(slug);
    let block = format!("{begin}\n{}\n{end}\n", section.trim_end());
    if block.len() > READ {
        return Err(SectionError::TooLong(block.len()));
    }
    let without = remove(file, slug)?;
    if let Some((place, _)) = find(file, slug)?
        && place + block.len() <= READ
    {
        let (before, after) = without.split_at(place.min(without.len()));
        return Ok(format!("{before}{block}{after}"));
    }
    let gap = if without.is_empty() {
        ""
    } else if without.ends_with('\n') {
        "\n"
    } else {
        "\n\n"
    };
    let at_the_end = format!("{without}{gap}{block}");
    if at_the_end.len() <= READ {
        return Ok(at_the_end);
    }
    let heading = without.lines().next().filter(|line| line.starts_with("# ")).map_or(0, |line| line.len() + 1);
    let (before, after) = without.split_at(heading.min(without.len()));
    let gap = if before.is_empty() { "" } else { "\n" };
    Ok(format!("{before}{gap}{block}\n{}", after.trim_start_matches('\n')))
}

/// `file` without the section of this process.
///
/// # Errors
/// When its markers make no pair.
pub(crate) fn remove(file: &str, slug: &str) -> Result<String, SectionError> {
    let Some((start, end)) = find(file, slug)? else { return Ok(file.to_owned()) };
    Ok(format!("{}{}", &file[..start], &file[end..]))
}

fn markers(slug: &str) -> (String, String) {
    (format!("<!-- backstory:sop:{slug} -->"), format!("<!-- /backstory:sop:{slug} -->"))
}

/// Where the section begins and ends, with its markers and their line ends.
fn find(file: &str, slug: &str) -> Result<Option<(usize, usize)>, SectionError> {
    let (begin, end) = markers(slug);
    let line_of = |at: usize| 1 + file[..at].matches('\n').count();
    match (file.find(&begin), file.find(&end)) {
        (None, None) => Ok(None),
        (Some(start), Some(stop)) if start < stop => {
            let stop = stop + end.len();
            Ok(Some((start, stop + usize::from(file[stop..].starts_with('\n')))))
        }
        (Some(at), _) => Err(SectionError::Marker { line: line_of(at), marker: begin }),
        (None, Some(at)) => Err(SectionError::Marker { line: line_of(at), marker: end }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = include_str!("../../../tests/golden/process/good.md");

    #[test]
    fn a_section_tells_the_steps_and_stays_one_when_it_is_put_in_again() {
        let text = section(DOCUMENT, "docs/processes/change/SOP.md").unwrap();
        let expected = "\
## Change code

When: An issue that asks for a change.

1. Run the tests: `just test`. Expected: No test fails.

The whole of it, with edge cases: `docs/processes/change/SOP.md` (version 1).
";
        assert_eq!(text, expected);
        let file = "# Rules\n\nBe kind.\n";
        let once = insert(file, "change", &text).unwrap();
        assert!(once.starts_with("# Rules\n\nBe kind.\n\n<!-- backstory:sop:change -->\n## Change code\n"), "{once}");
        assert_eq!(insert(&once, "change", &text).unwrap(), once);
        let more = format!("{once}\nMore.\n");
        assert_eq!(insert(&more, "change", &text).unwrap(), more, "it stays in its place");
        assert_eq!(remove(&once, "change").unwrap(), format!("{file}\n"));
    }

    #[test]
    fn it_stands_where_agents_read() {
        let text = section(DOCUMENT, "x").unwrap();
        let long = format!("# Rules\n{}", "word\n".repeat(READ));
        let file = insert(&long, "change", &text).unwrap();
        assert!(file.starts_with("# Rules\n\n<!-- backstory:sop:change -->\n"), "{}", &file[..80]);
        assert!(file.ends_with("word\n") && file.len() > long.len());
        assert!(matches!(insert("", "change", &long), Err(SectionError::TooLong(_))));
        assert!(
            insert("a\n<!-- backstory:sop:change -->\n", "change", &text)
                .unwrap_err()
                .to_string()
                .starts_with("line 2: ")
        );
    }
}
