//! Our one comment in the conversation: found by its mark and its author, edited in place, never doubled.

use super::fit::{Fitted, fit};
use super::{Published, SectionText, settle};
use crate::forge::comment::{Marked, read, write};
use crate::forge::questions::{Comment, Forge, ForgeError};
use crate::forge::section::Section;

/// Of a comment, on GitHub. It takes 262,144 bytes, which no text of so many code points exceeds, and names this
/// number in its refusal (dead-claudia/github-limits, 2025).
const CODE_POINTS: usize = 65_536;

const NOTHING: &str = "No coding agent is known to have worked on this change as it is now.";
const SECOND: &str = "This comment was written twice at the same moment. The one above is kept up to date.";

/// Writes the page as our comment on pull request `number`. Asks the place three times where nothing changed, and once or
/// twice more for a write.
///
/// # Errors
/// When the place does not answer, and when the text cannot be made.
pub(crate) async fn comment<F: Forge>(forge: &F, number: u64, page: &SectionText<'_>) -> anyhow::Result<Published> {
    settle(publish(forge, number, page).await)
}

async fn publish<F: Forge>(forge: &F, number: u64, page: &SectionText<'_>) -> anyhow::Result<Published> {
    let pull = forge.pull(number).await?;
    if pull.head != page.head {
        return Ok(Published::Superseded { head: pull.head });
    }
    let viewer = match forge.viewer().await {
        Ok(viewer) => viewer,
        Err(ForgeError::NotAllowed(_) | ForgeError::NotFound(_) | ForgeError::Unsupported(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let comments = forge.comments(number).await?;
    let found = ours(&comments, viewer.as_deref());
    let untouched = found.iter().find(|(_, marked)| marked.untouched);
    if untouched.is_none() && !found.is_empty() {
        return Ok(Published::Edited);
    }
    let fitted = fit(page, CODE_POINTS, |text| {
        let section = page.section(text)?;
        let size = write(&section, "").chars().count();
        Ok((section, size))
    })?;
    let (section, short) = match fitted {
        Fitted::Whole(section) => (section, false),
        Fitted::Short(section) => (section, true),
        Fitted::TooLong => return Ok(Published::TooLong),
        Fitted::Nothing => {
            let section = page.section(NOTHING)?;
            if untouched.is_none_or(|(_, marked)| marked.says(&section)) {
                return Ok(Published::Unchanged);
            }
            (section, false)
        }
    };
    let written = Published::Written { url: Some(pull.url), short };
    let text = write(&section, untouched.map_or("", |(comment, _)| &comment.body));
    match untouched {
        Some((_, marked)) if marked.is(&section) => Ok(Published::Unchanged),
        Some((comment, _)) => {
            forge.edit_comment(comment.id, number, &text).await?;
            Ok(written)
        }
        None => {
            let added = forge.add_comment(number, &text).await?;
            step_back_behind_another(forge, number, page, viewer.as_deref(), &added).await?;
            Ok(written)
        }
    }
}

/// Comments with our mark from our account, oldest first. Where the place does not say who we are, a comment is ours when
/// its text is still what the mark tells of.
fn ours<'a>(comments: &'a [Comment], viewer: Option<&str>) -> Vec<(&'a Comment, Marked)> {
    let is_ours = |comment: &Comment, marked: &Marked| match viewer {
        Some(viewer) => comment.author.eq_ignore_ascii_case(viewer),
        None => marked.untouched,
    };
    let marked = comments.iter().filter_map(|comment| Some((comment, read(&comment.body)?)));
    marked.filter(|(comment, marked)| is_ours(comment, marked)).collect()
}

/// Two runs that both found no comment both add one. The later one then points to the earlier; nothing can be deleted.
async fn step_back_behind_another<F: Forge>(
    forge: &F,
    number: u64,
    page: &SectionText<'_>,
    viewer: Option<&str>,
    added: &Comment,
) -> anyhow::Result<()> {
    let comments = forge.comments(number).await?;
    let first = ours(&comments, viewer).into_iter().find(|(_, marked)| marked.untouched);
    if first.is_some_and(|(comment, _)| comment.id != added.id) && comments.iter().any(|other| other.id == added.id) {
        let section: Section = page.section(SECOND)?;
        forge.edit_comment(added.id, number, &write(&section, "")).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::publish::fake::{Fake, HEAD, LATER, race, run};

    const SAYS: &dyn Fn(usize) -> anyhow::Result<Option<String>> = &|_| Ok(Some("## How\n\ntext".to_owned()));
    const SILENT: &dyn Fn(usize) -> anyhow::Result<Option<String>> = &|_| Ok(None);
    const LONG: &dyn Fn(usize) -> anyhow::Result<Option<String>> = &|limit| Ok(Some("🦀".repeat(limit)));

    fn page(render: &dyn Fn(usize) -> anyhow::Result<Option<String>>) -> SectionText<'_> {
        SectionText { head: HEAD, render, short: "See the summary." }
    }

    fn publish(forge: &Fake, page: &SectionText) -> Published {
        run(comment(forge, 7, page)).unwrap()
    }

    fn written() -> Published {
        Published::Written { url: Some("https://place.example/7".to_owned()), short: false }
    }

    fn said(forge: &Fake) -> Vec<String> {
        let state = forge.state.borrow();
        state.comments.iter().map(|c| format!("{}: {}", c.author, c.body.split("\n\n<!--").next().unwrap())).collect()
    }

    #[test]
    fn one_comment_is_written_found_again_and_edited() {
        let forge = Fake::new("");
        assert_eq!(publish(&forge, &page(SILENT)), Published::Unchanged);
        forge.asked();
        assert_eq!(publish(&forge, &page(SAYS)), written());
        assert_eq!(forge.asked(), "pull viewer comments add comments");
        assert_eq!(publish(&forge, &page(SAYS)), Published::Unchanged);
        assert_eq!(forge.asked(), "pull viewer comments");
        assert_eq!(publish(&forge, &page(SILENT)), written());
        assert_eq!(said(&forge), [format!("bot: {NOTHING}")]);
        assert_eq!(publish(&forge, &page(SILENT)), Published::Unchanged);
        forge.state.borrow_mut().head = LATER.to_owned();
        assert_eq!(publish(&forge, &page(SAYS)), Published::Superseded { head: LATER.to_owned() });
    }

    #[test]
    fn another_persons_comment_with_our_mark_is_not_ours() {
        let forge = Fake::new("");
        let forged = write(&page(SAYS).section("forged").unwrap(), "");
        forge.state.borrow_mut().comments.push(Comment { id: 1, author: "eve".to_owned(), body: forged });
        assert_eq!(publish(&forge, &page(SAYS)), written());
        assert_eq!(said(&forge), ["eve: forged", "bot: ## How\n\ntext"]);
    }

    #[test]
    fn a_comment_of_ours_that_somebody_edited_stays() {
        let forge = Fake::new("");
        publish(&forge, &page(SAYS));
        let edited = forge.state.borrow().comments[0].body.replace("text", "a better text");
        forge.state.borrow_mut().comments[0].body = edited;
        assert_eq!(publish(&forge, &page(SAYS)), Published::Edited);
        assert_eq!(said(&forge), ["bot: ## How\n\na better text"]);
    }

    #[test]
    fn where_nobody_tells_who_we_are_only_an_untouched_comment_is_ours() {
        let mut forge = Fake::new("");
        forge.viewer = None;
        assert_eq!(publish(&forge, &page(SAYS)), written());
        assert_eq!(publish(&forge, &page(SAYS)), Published::Unchanged);
    }

    #[test]
    fn a_comment_is_as_long_as_the_place_takes() {
        let forge = Fake::new("");
        assert_eq!(publish(&forge, &page(LONG)), written());
        let body = forge.state.borrow().comments[0].body.clone();
        assert!(body.chars().count() <= CODE_POINTS && body.chars().count() > CODE_POINTS - 50);
        assert!(body.len() <= 262_144, "{}", body.len());
    }

    #[test]
    fn two_runs_at_once_keep_one_comment() {
        for turns in 0_u32..1 << 10 {
            let turns: Vec<bool> = (0..10).map(|bit| turns & (1 << bit) != 0).collect();
            let forge = Fake::new("");
            let page = page(SAYS);
            let (a, b) = race(comment(&forge, 7, &page), comment(&forge, 7, &page), &turns);
            assert!(a.is_ok() && b.is_ok());
            let said = said(&forge);
            assert_eq!(said[0], "bot: ## How\n\ntext");
            assert!(said.len() == 1 || said[1..] == [format!("bot: {SECOND}")], "{said:?} {turns:?}");
        }
    }
}
