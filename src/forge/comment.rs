//! Our one comment on a pull request: its text with a mark of ours as the last line, where notifications and previews do
//! not show it.

use super::markers::SectionStamp;
use super::section::{Section, digest};

/// A comment that ends with our mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marked {
    stamp: SectionStamp,
    /// Whether the text above the mark is what we wrote. Who wrote the comment must be asked elsewhere.
    pub untouched: bool,
}

impl Marked {
    /// Whether the comment says what `section` says, for whichever commit.
    pub(crate) fn says(&self, section: &Section) -> bool {
        self.untouched && self.stamp.sha256 == section.stamp((0, 0)).sha256
    }

    /// Whether the comment is `section`, written for the same commit by the same version.
    pub(crate) fn is(&self, section: &Section) -> bool {
        self.untouched && self.stamp == section.stamp((0, 0))
    }
}

/// The text of a comment that shows `section`, with what was ticked off in the comment before.
pub(crate) fn write(section: &Section, before: &str) -> String {
    format!("{}{}", section.ticked_as(before).content, section.stamp((0, 0)).write("comment"))
}

/// What a comment's mark says; `None` for a comment without one.
pub(crate) fn read(body: &str) -> Option<Marked> {
    let body = body.replace("\r\n", "\n");
    let body = body.trim_end();
    let start = body.rfind('\n').map_or(0, |end| end + 1);
    let stamp = SectionStamp::read("comment", &body[start..])?;
    let untouched = digest(&body[..start]) == stamp.sha256;
    Some(Marked { stamp, untouched })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_known_by_its_last_line_whatever_its_line_ends() {
        let head = "1".repeat(40);
        let section = Section::new("## How\n\ntext", &head, "0.1.0").unwrap();
        let text = write(&section, "");
        assert!(text.starts_with("## How\n\ntext\n\n<!-- backstory:comment head=1"));
        assert!(read(&text).unwrap().is(&section));
        assert!(read(&text.replace('\n', "\r\n")).unwrap().is(&section));
        assert!(!read(&text.replace("text", "test")).unwrap().untouched);
        let later = Section::new("## How\n\ntext", &"2".repeat(40), "0.1.0").unwrap();
        assert!(!read(&text).unwrap().is(&later) && read(&text).unwrap().says(&later));
        let list = Section::new("- [ ] one\n- [ ] two", &head, "0.1.0").unwrap();
        let ticked = write(&list, "").replace("[ ] one", "[x] one");
        assert!(read(&ticked).unwrap().is(&list) && write(&list, &ticked) == ticked);
        for other in ["", "LGTM", &format!("> {text}\n\nWhat is this?"), &format!("{text} thanks")] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
