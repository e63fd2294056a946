//! TRL's unpaired preference, for KTO: answers of which each is known to be good or bad by itself.

use serde::Serialize;

use super::turns;
use crate::export::chat::{ChatMessage, plain};
use crate::export::conversation::{Conversation, ConversationCommit};
use crate::export::format::{Format, Row};
use crate::export::metadata::{self, Metadata};
use crate::export::pairs::pairs;
use crate::export::survival::Fate;
use crate::record::contribution::CheckKind;
use crate::record::json;

pub(super) struct Unpaired;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Line"))]
struct UnpairedRow {
    prompt: Vec<ChatMessage>,
    completion: Vec<ChatMessage>,
    /// Good: a patch on which tests passed as it was committed or whose lines stand a month later, or lines that a person or a check
    /// wanted. Bad: a patch that was reverted, or lines that they did not want.
    label: bool,
}

impl Format for Unpaired {
    fn name(&self) -> &'static str {
        "unpaired"
    }

    fn help(&self) -> &'static str {
        "Answers with a label that a check or a person gave (TRL `prompt`, `completion`, `label`)"
    }

    fn of_conversation(&self, conversation: &Conversation<'_>) -> serde_json::Result<Vec<Row>> {
        let (pairs, left_out) = pairs(conversation);
        let mut rows: Vec<Row> = left_out.into_iter().map(Row::LeftOut).collect();
        for (number, pair) in pairs.iter().enumerate() {
            for (side, text, label) in [("chosen", &pair.chosen, true), ("rejected", &pair.rejected, false)] {
                let name = format!("{} {side} {number}", self.name());
                let content = line(vec![plain("user", pair.prompt.clone())], text.clone(), label)?;
                let about = metadata::of_conversation(conversation, &name, &content);
                let by_person = label && pair.by_person;
                rows.push(Row::draft(
                    content,
                    Metadata {
                        correction: pair.note.clone(),
                        evidence_tier: pair.evidence_tier,
                        author_kind: if by_person { "person" } else { "agent" },
                        ..about
                    },
                ));
            }
        }
        let answered = match conversation.answered() {
            Ok(answered) => answered,
            Err(why) => {
                rows.push(Row::LeftOut(why));
                return Ok(rows);
            }
        };
        for (number, (prompt, turn)) in turns(&answered).into_iter().enumerate() {
            let (label, evidence_tier) = match judged(&turn.done) {
                Ok(judged) => judged,
                Err(why) => {
                    rows.push(Row::LeftOut(why));
                    continue;
                }
            };
            let content = line(prompt, turn.patches(), label)?;
            let about = metadata::of_conversation(&turn.done, &format!("{} {number}", self.name()), &content);
            rows.push(Row::draft(content, Metadata { evidence_tier, ..about }));
        }
        Ok(rows)
    }

    #[cfg(test)]
    fn schema(&self) -> schemars::Schema {
        crate::export::testing::schema::<UnpairedRow>()
    }
}

/// Whether what came of a turn is good, and how that is known, or why it is not.
fn judged(done: &Conversation<'_>) -> Result<(bool, &'static str), &'static str> {
    let all = |is: &dyn Fn(&ConversationCommit<'_>) -> bool| done.commits.iter().all(is);
    let is_tested = all(&|commit| commit.proofs().any(|check| check.kind == CheckKind::Test));
    let fates: Vec<Fate> = done.commits.iter().map(|commit| done.source.fate(commit.entry, &commit.patch)).collect();
    let are = |fate: Fate| fates.iter().all(|one| *one == fate);
    match () {
        () if are(Fate::Reverted) && !is_tested => Ok((false, "reverted")),
        () if fates.contains(&Fate::Reverted) => {
            Err("some of it was reverted, and tests had passed or the rest stands")
        }
        () if is_tested => Ok((true, "tests-passed")),
        () if are(Fate::Kept) => Ok((true, "kept")),
        () if fates.contains(&Fate::Reworked) => Err("no test is known to have passed, and lines were changed later"),
        () => Err("no test is known to have passed on what was committed"),
    }
}

fn line(prompt: Vec<ChatMessage>, completion: String, label: bool) -> serde_json::Result<String> {
    json::line(&UnpairedRow { prompt, completion: vec![plain("assistant", completion)], label })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::{Sample, rows};
    use crate::record::samples;

    #[test]
    fn what_stands_for_a_month_is_good_and_what_was_reverted_is_not_and_nothing_is_said_of_others() {
        for (is_tested, fate, expected) in [
            (false, Fate::NotKnown, None),
            (false, Fate::Reworked, None),
            (false, Fate::Kept, Some(("true", "kept"))),
            (false, Fate::Reverted, Some(("false", "reverted"))),
            (true, Fate::NotKnown, Some(("true", "tests-passed"))),
            (true, Fate::Reworked, Some(("true", "tests-passed"))),
            (true, Fate::Kept, Some(("true", "tests-passed"))),
            (true, Fate::Reverted, None),
        ] {
            let mut entry = samples::discounts();
            let contribution = &mut entry.record.as_mut().unwrap().contributions[0];
            contribution.corrections.clear();
            contribution.checks[0].after_last_edit = is_tested;
            let (drafts, _) = rows(&Unpaired, &[entry], &Sample { fate, ..Sample::new() });
            let drafts: Vec<_> = drafts.iter().filter(|draft| draft.content.contains("+++ b/src/price.py")).collect();
            let said = drafts.first().map(|draft| {
                let label = draft.content.rsplit_once("\"label\":").unwrap().1.trim_end_matches('}');
                (label, draft.metadata.evidence_tier)
            });
            assert_eq!((said, drafts.len()), (expected, usize::from(expected.is_some())), "{is_tested} {fate:?}");
        }
    }
}
