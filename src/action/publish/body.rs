//! Our section of the description. No place offers to write only if nobody wrote since (GitHub answers 400 to such a
//! condition): so we read, read again just before we write, and look afterwards at what our write went over.

use std::collections::HashSet;

use super::fit::{Fitted, fit};
use super::{Published, SectionText, settle};
use crate::forge::questions::{Forge, Pull};
use crate::forge::section::{Merged, Section, merge, people, section_in};

/// Of a description, on GitHub (dead-claudia/github-limits, 2025).
const CODE_POINTS: usize = 65_536;

/// Rounds before we leave the field to whoever else is writing.
const TRIES: usize = 4;

/// Writes the page as our section of the description of pull request `number`, or takes the section out where there is
/// nothing to say. Asks the place once where nothing changed, and four times for a write that nobody disturbs.
///
/// # Errors
/// When the place does not answer, and when the text cannot be made or would not stay a section.
pub(crate) async fn body<F: Forge>(forge: &F, number: u64, page: &SectionText<'_>) -> anyhow::Result<Published> {
    settle(write(forge, number, page).await)
}

async fn write<F: Forge>(forge: &F, number: u64, page: &SectionText<'_>) -> anyhow::Result<Published> {
    let there = forge.pull(number).await?;
    let mut scene = Scene { theirs: there.body.clone(), there, newer: None };
    let mut wrote = false;
    for _ in 0..TRIES {
        let plan = scene.plan(page)?;
        if same(&plan.text, &scene.there.body) {
            return Ok(plan.outcome(wrote, &scene.there));
        }
        let now = forge.pull(number).await?;
        if now.body != scene.there.body || now.head != scene.there.head {
            let by_a_person = !same(&people(&now.body), &people(&scene.there.body));
            if by_a_person && scene.restores() {
                return Ok(Published::Contended);
            }
            if !scene.restores() {
                scene.theirs = now.body.clone();
            }
            scene.there = now;
            continue;
        }
        let after = forge.set_body(number, &plan.text).await?;
        wrote = true;
        // A history that is not told leaves us with what we saw.
        let former = forge.former_bodies(number).await.unwrap_or_default();
        let restored = scene.restores();
        match scene.went_over(&plan.text, after, &former) {
            WentOver::Nothing if scene.there.head == page.head && same(&scene.there.body, &plan.text) => {
                return Ok(plan.outcome(wrote, &scene.there));
            }
            WentOver::Nothing => {}
            WentOver::Person { on_top: false } if !restored => {}
            WentOver::Person { .. } => return Ok(Published::Contended),
        }
    }
    Ok(Published::Contended)
}

/// The description as far as we know it.
struct Scene {
    there: Pull,
    /// What others last wrote, which our text goes into. Another than what is there where we went over it.
    theirs: String,
    /// A section for the newest commit that we went over, with one for an older commit.
    newer: Option<Section>,
}

enum WentOver {
    Nothing,
    /// A person's edit, which is now in `theirs`; `on_top` where a newer one stands on ours already.
    Person {
        on_top: bool,
    },
}

impl Scene {
    /// Whether we are about to put back what our write went over.
    fn restores(&self) -> bool {
        !same(&people(&self.theirs), &people(&self.there.body))
    }

    fn plan(&self, page: &SectionText<'_>) -> anyhow::Result<BodyPlan> {
        if self.there.head == page.head {
            return plan(&self.theirs, page);
        }
        let there = section_in(&self.there.body).filter(|section| section.head() == self.there.head);
        let text = match there.as_ref().or(self.newer.as_ref()).map(|section| merge(&self.theirs, Some(section))) {
            Some(Merged::Changed(text)) => text,
            _ => self.theirs.clone(),
        };
        Ok(BodyPlan { text, outcome: Published::Superseded { head: self.there.head.clone() } })
    }

    /// Takes in what the place says after our write: what it went over, by the history of edits, newest first.
    fn went_over(&mut self, ours: &str, after: Pull, former: &[String]) -> WentOver {
        let before = std::mem::replace(&mut self.there, after);
        self.theirs = self.there.body.clone();
        let Some(place) = former.iter().position(|text| same(text, ours)) else { return WentOver::Nothing };
        let Some(known) = former[place..].iter().position(|text| same(text, &before.body)) else {
            return WentOver::Nothing;
        };
        let (on_top, between) = (&former[..place], &former[place + 1..place + known.max(1)]);
        let of_head = |text: &String| section_in(text).filter(|section| section.head() == self.there.head);
        self.newer = on_top.iter().chain(between).find_map(of_head);
        if let Some(newest) = on_top.first() {
            self.there.body.clone_from(newest);
            self.theirs.clone_from(newest);
        }
        // A text that stood there before and holds nothing more than ours came back with a writer that had read it then.
        let told: Vec<String> = former[place + known..].iter().map(|text| people(text)).chain([people(ours)]).collect();
        let newest = people(&self.there.body);
        let is_lost = |text: &&String| {
            let text = people(text);
            !same(&text, &newest) && (!told.iter().any(|told| same(told, &text)) || !holds(&newest, &text))
        };
        match between.iter().find(is_lost) {
            Some(text) => {
                self.theirs.clone_from(text);
                WentOver::Person { on_top: !same(&newest, &people(ours)) }
            }
            None => WentOver::Nothing,
        }
    }
}

/// Whether every line of `part` is in `whole`.
fn holds(whole: &str, part: &str) -> bool {
    let lines: HashSet<&str> = whole.lines().collect();
    part.lines().all(|line| lines.contains(line))
}

/// The description as it should be, and how it went once it is so.
struct BodyPlan {
    text: String,
    outcome: Published,
}

impl BodyPlan {
    fn outcome(self, wrote: bool, pull: &Pull) -> Published {
        match self.outcome {
            Published::Written { .. } if !wrote => Published::Unchanged,
            Published::Written { short, .. } => Published::Written { url: Some(pull.url.clone()), short },
            other => other,
        }
    }
}

fn plan(theirs: &str, page: &SectionText<'_>) -> anyhow::Result<BodyPlan> {
    let with = |merged: Merged| match merged {
        Merged::Changed(text) => text,
        Merged::Unchanged | Merged::Edited => theirs.to_owned(),
    };
    let without = merge(theirs, None);
    if without == Merged::Edited {
        return Ok(BodyPlan { text: theirs.to_owned(), outcome: Published::Edited });
    }
    let fitted = fit(page, CODE_POINTS, |text| {
        let text = with(merge(theirs, Some(&page.section(text)?)));
        let size = text.chars().count();
        Ok((text, size))
    })?;
    let written = |short| Published::Written { url: None, short };
    Ok(match fitted {
        Fitted::Whole(text) => BodyPlan { text, outcome: written(false) },
        Fitted::Short(text) => BodyPlan { text, outcome: written(true) },
        Fitted::Nothing => BodyPlan { text: with(without), outcome: written(false) },
        // What we wrote for an older state would be wrong by now.
        Fitted::TooLong => BodyPlan { text: with(without), outcome: Published::TooLong },
    })
}

/// Whether two texts differ at most in how the place keeps line ends and what stands behind the last word.
fn same(a: &str, b: &str) -> bool {
    a == b || a.replace("\r\n", "\n").trim_end() == b.replace("\r\n", "\n").trim_end()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

    use super::*;
    use crate::action::publish::fake::{Fake, HEAD, LATER, State, race, run};
    use crate::forge::questions::ForgeError;

    const SAYS: &dyn Fn(usize) -> anyhow::Result<Option<String>> = &|_| Ok(Some("## How\n\ntext".to_owned()));
    const SILENT: &dyn Fn(usize) -> anyhow::Result<Option<String>> = &|_| Ok(None);
    /// As long as it may be.
    const LONG: &dyn Fn(usize) -> anyhow::Result<Option<String>> = &|limit| Ok(Some("🦀 line\n".repeat(limit / 7)));

    fn page(render: &dyn Fn(usize) -> anyhow::Result<Option<String>>) -> SectionText<'_> {
        SectionText { head: HEAD, render, short: "See the summary." }
    }

    fn publish(forge: &Fake, page: &SectionText) -> Published {
        run(body(forge, 7, page)).unwrap()
    }

    fn written(short: bool) -> Published {
        Published::Written { url: Some("https://place.example/7".to_owned()), short }
    }

    fn person_writes(state: &mut State) {
        let body = format!("From a person.\n\n{}", state.body());
        state.bodies.push(body);
    }

    fn push(state: &mut State) {
        state.head = LATER.to_owned();
    }

    fn sections(body: &str) -> usize {
        body.matches("<!-- backstory:begin").count()
    }

    #[test]
    fn a_section_is_written_with_four_questions_and_found_unchanged_with_one() {
        let forge = Fake::new("Fixes it.");
        assert_eq!(publish(&forge, &page(SAYS)), written(false));
        assert_eq!(forge.asked(), "pull pull set former");
        let body = forge.body();
        assert!(body.starts_with("Fixes it.\n\n<!-- backstory:begin head=1111"), "{body}");
        assert_eq!(publish(&forge, &page(SAYS)), Published::Unchanged);
        assert_eq!(forge.asked(), "pull");
        assert_eq!(publish(&forge, &page(SILENT)), written(false));
        assert_eq!(forge.body(), "Fixes it.");
        assert_eq!(publish(&forge, &page(SILENT)), Published::Unchanged);
    }

    #[test]
    fn what_a_person_writes_at_any_moment_stays() {
        for moment in 0..7 {
            let forge = Fake::new("Fixes it.").at(moment, person_writes);
            assert_eq!(publish(&forge, &page(SAYS)), written(false), "{moment}");
            let body = forge.body();
            assert!(body.starts_with("From a person.\n\nFixes it.") || moment > 3, "{moment}: {body}");
            assert_eq!(sections(&body), 1);
            assert!(forge.asked().split(' ').count() <= 7, "{moment}");
        }
    }

    #[test]
    fn without_a_history_only_the_moment_of_the_write_itself_is_blind() {
        for moment in 0..4 {
            let mut forge = Fake::new("Fixes it.").at(moment, person_writes);
            forge.remembers = false;
            assert_eq!(publish(&forge, &page(SAYS)), written(false), "{moment}");
            assert_eq!(forge.body().starts_with("From a person."), moment != 2, "{moment}");
        }
    }

    #[test]
    fn a_head_that_moves_on_at_any_moment_stops_the_writer() {
        for moment in 0..4 {
            let forge = Fake::new("Fixes it.").at(moment, push);
            assert_eq!(
                publish(&forge, &page(SAYS)),
                if moment < 3 { Published::Superseded { head: LATER.to_owned() } } else { written(false) }
            );
            assert_eq!(forge.body() == "Fixes it.", moment < 2, "{moment}");
        }
    }

    #[test]
    fn a_later_run_that_wrote_in_between_gets_its_text_back() {
        let later = page(SAYS);
        let later = SectionText { head: LATER, ..later };
        let text = plan("Fixes it.", &later).unwrap().text;
        let forge = Fake::new("Fixes it.").at(2, |state| {
            push(state);
            state.bodies.push(text.clone());
        });
        assert_eq!(publish(&forge, &page(SAYS)), Published::Superseded { head: LATER.to_owned() });
        assert_eq!(forge.body(), text);
    }

    #[test]
    fn a_section_that_a_person_changed_stays_as_they_left_it() {
        let forge = Fake::new("Fixes it.");
        publish(&forge, &page(SAYS));
        let edited = forge.body().replace("text", "better text");
        forge.state.borrow_mut().bodies.push(edited.clone());
        for render in [LONG, SAYS, SILENT] {
            assert_eq!(publish(&forge, &page(render)), Published::Edited);
            assert_eq!(forge.body(), edited);
        }
    }

    #[test]
    fn people_who_write_all_the_time_win() {
        let mut forge = Fake::new("Fixes it.");
        for moment in 0..20 {
            forge = forge.at(moment, person_writes);
        }
        assert_eq!(publish(&forge, &page(SAYS)), Published::Contended);
        assert_eq!(forge.body().matches("From a person.").count(), forge.asked().split(' ').count());
    }

    #[test]
    fn a_token_that_may_only_read_is_an_outcome_and_a_place_that_is_away_is_an_error() {
        let mut forge = Fake::new("Fixes it.");
        forge.refuses = Some(ForgeError::NotAllowed);
        let why = "Resource not accessible by integration".to_owned();
        assert_eq!(publish(&forge, &page(SAYS)), Published::NotAllowed(why));
        forge.refuses = Some(ForgeError::Unreachable);
        assert!(run(body(&forge, 7, &page(SAYS))).is_err());
    }

    #[test]
    fn the_text_takes_the_room_that_people_leave() {
        for (people, newline, short) in
            [(10, "\n", false), (40_000, "\r\n", false), (64_000, "\n", false), (64_900, "\n", true)]
        {
            let text = format!("{}{newline}é", format!("é{newline}").repeat(people / (1 + newline.len())));
            let forge = Fake::new(&text);
            assert_eq!(publish(&forge, &page(LONG)), written(short), "{people}");
            let length = forge.body().chars().count();
            assert!(length <= CODE_POINTS && (short || length > CODE_POINTS - 200), "{people}: {length}");
            assert!(forge.body().starts_with(&text));
            assert_eq!(publish(&forge, &page(LONG)), Published::Unchanged, "{people}");
        }
        let forge = Fake::new(&"x".repeat(65_500));
        assert_eq!(publish(&forge, &page(LONG)), Published::TooLong);
        assert_eq!(forge.asked(), "pull");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn of_two_writers_at_once_none_loses_what_a_person_writes(
            turns in proptest::collection::vec(any::<bool>(), 0..16), moment in 0_usize..12,
        ) {
            let forge = Fake::new("Fixes it.").at(moment, person_writes);
            let page = page(SAYS);
            let (a, b) = race(body(&forge, 7, &page), body(&forge, 7, &page), &turns);
            let happened = forge.state.borrow().questions.len() > moment;
            let text = forge.body();
            prop_assert_eq!(text.contains("From a person."), happened, "{:?}", text);
            prop_assert_eq!(sections(&text), 1);
            let well = |ended: Published| {
                matches!(ended, Published::Written { .. } | Published::Unchanged | Published::Contended)
            };
            prop_assert!(well(a.unwrap()) && well(b.unwrap()));
        }

        #[test]
        fn two_people_and_two_writers_lose_nothing_or_say_so(
            turns in proptest::collection::vec(any::<bool>(), 0..16), moments in (0_usize..12, 0_usize..12), moved in 0_usize..20,
        ) {
            let another = |state: &mut State| {
                let body = state.body().replace("Fixes it.", "Fixes it.\nAnd from another.");
                state.bodies.push(body);
            };
            let forge = Fake::new("Fixes it.").at(moments.0, person_writes).at(moments.1, another).at(moved, push);
            let (old, new) = (page(SAYS), SectionText { head: LATER, ..page(SAYS) });
            let (a, b) = race(body(&forge, 7, &old), body(&forge, 7, &new), &turns);
            let text = forge.body();
            let happened = forge.state.borrow().questions.len();
            let kept = (happened <= moments.0 || text.contains("From a person."))
                && (happened <= moments.1 || text.contains("And from another."));
            prop_assert!(kept || a.unwrap() == Published::Contended || b.unwrap() == Published::Contended, "{:?}", text);
            prop_assert!(sections(&text) <= 1);
        }

        #[test]
        fn of_two_writers_the_one_for_the_newer_state_wins(
            turns in proptest::collection::vec(any::<bool>(), 0..16), moved in 0_usize..4, moment in 0_usize..12,
        ) {
            let forge = Fake::new("Fixes it.").at(moved, push).at(moment, person_writes);
            let (old, new) = (page(SAYS), SectionText { head: LATER, ..page(SAYS) });
            let (_, newer) = race(body(&forge, 7, &old), body(&forge, 7, &new), &turns);
            let text = forge.body();
            let happened = forge.state.borrow().questions.len() > moment;
            prop_assert_eq!(text.contains("From a person."), happened, "{:?}", text);
            if matches!(newer.unwrap(), Published::Written { .. } | Published::Unchanged) {
                prop_assert!(text.contains(LATER), "{:?} {:?}", text, forge.asked());
            }
        }
    }
}
