//! A check on a commit, with remarks on lines.

use super::fit::{Fitted, fit};
use super::{Published, SectionText, settle};
use crate::forge::questions::{CheckRun, Forge};

/// Of a check's summary, on GitHub: 65,535 characters. Counted as bytes, since the number is that of a field of bytes.
const SUMMARY: usize = 65_535;
/// Of a remark's title, in code points, and of its text, in bytes (GitHub's description of its API).
const TITLE: usize = 255;
const MESSAGE: usize = 64 * 1024;

const NOTHING: &str = "No coding agent is known to have worked on this change.";

/// Writes the page as the summary of `check`, which has everything else: name, commit, conclusion, title, and remarks on
/// lines of that commit. A check belongs to its commit, so no newer one makes it wrong. Asks the place once.
///
/// # Errors
/// When the place does not answer, and when the text cannot be made.
pub(crate) async fn check<F: Forge>(
    forge: &F,
    mut check: CheckRun,
    page: &SectionText<'_>,
) -> anyhow::Result<Published> {
    let fitted = fit(page, SUMMARY, |text| Ok((text.to_owned(), text.len())))?;
    let (summary, short) = match fitted {
        Fitted::Whole(text) => (text, false),
        Fitted::Short(text) => (text, true),
        Fitted::Nothing => (NOTHING.to_owned(), false),
        Fitted::TooLong => return Ok(Published::TooLong),
    };
    check.summary = summary;
    for remark in &mut check.annotations {
        remark.title = remark.title.chars().take(TITLE).collect();
        let ends = remark.message.char_indices().map(|(at, c)| at + c.len_utf8());
        let end = ends.take_while(|end| *end <= MESSAGE).last().unwrap_or(0);
        remark.message.truncate(end);
    }
    let written = forge.write_check(&check).await.map(|url| Published::Written { url, short });
    settle(written.map_err(anyhow::Error::from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::publish::fake::{Fake, HEAD, run};
    use crate::forge::questions::{Annotation, AnnotationLevel, Conclusion, ForgeError};

    fn draft() -> CheckRun {
        let remark = |message: String| Annotation {
            path: "src/price.py".to_owned(),
            lines: (12, 18),
            level: AnnotationLevel::Notice,
            title: "t".repeat(300),
            message,
        };
        CheckRun {
            name: "backstory".to_owned(),
            head: HEAD.to_owned(),
            conclusion: Conclusion::Neutral,
            title: "2 of 3 commits by agents".to_owned(),
            summary: String::new(),
            annotations: vec![remark("short".to_owned()), remark("é🦀".repeat(20_000))],
        }
    }

    #[test]
    fn a_check_has_a_summary_and_remarks_within_the_limits() {
        let forge = Fake::new("");
        let render = |limit: usize| Ok(Some("é".repeat(limit)));
        let page = SectionText { head: HEAD, render: &render, short: "" };
        let url = Some("https://place.example/checks/1".to_owned());
        assert_eq!(run(check(&forge, draft(), &page)).unwrap(), Published::Written { url, short: false });
        let written = forge.state.borrow().checks[0].clone();
        assert!(written.summary.len() <= SUMMARY && written.summary.len() > SUMMARY - 4, "{}", written.summary.len());
        let sizes: Vec<_> =
            written.annotations.iter().map(|remark| (remark.title.len(), remark.message.len() <= MESSAGE)).collect();
        assert_eq!(sizes, [(255, true), (255, true)]);
        assert_eq!(forge.asked(), "check");
    }

    #[test]
    fn a_place_without_checks_and_a_token_that_may_not_write_them_are_outcomes() {
        let mut forge = Fake::new("");
        let page = SectionText { head: HEAD, render: &|_| Ok(None), short: "" };
        forge.refuses = Some(ForgeError::Unsupported);
        assert!(matches!(run(check(&forge, draft(), &page)).unwrap(), Published::Unsupported(_)));
        forge.refuses = Some(ForgeError::NotAllowed);
        assert!(matches!(run(check(&forge, draft(), &page)).unwrap(), Published::NotAllowed(_)));
    }
}
