//! How the texts of a contribution become other texts: raw ones become clean.

use super::contribution::{Check, Contribution, Correction, FailedAttempt, RecordedPrompt};
use super::text::MapText;

impl<T, U> MapText<T, U> for Contribution<T> {
    type Output = Contribution<U>;

    fn map_text(self, map: &mut dyn FnMut(T) -> U) -> Contribution<U> {
        Contribution {
            prompts: self.prompts.map_text(map),
            attempts: self.attempts.map_text(map),
            corrections: self.corrections.map_text(map),
            checks: self.checks.map_text(map),
            context: self.context.into_iter().map(&mut *map).collect(),
            steps: self.steps.map_text(map),
            agent: self.agent,
            agent_version: self.agent_version,
            session: self.session,
            models: self.models,
            confidence: self.confidence,
            evidence: self.evidence,
            unread: self.unread,
            started_at: self.started_at,
            ended_at: self.ended_at,
            last_edit_at: self.last_edit_at,
            changed_after_check: self.changed_after_check,
            lines: self.lines,
            tokens: self.tokens,
        }
    }
}

impl<T, U> MapText<T, U> for RecordedPrompt<T> {
    type Output = RecordedPrompt<U>;

    fn map_text(self, map: &mut dyn FnMut(T) -> U) -> RecordedPrompt<U> {
        RecordedPrompt {
            text: map(self.text),
            question: self.question.map(&mut *map),
            at: self.at,
            role: self.role,
            source: self.source,
            main: self.main,
            earlier: self.earlier,
            cut: self.cut,
        }
    }
}

impl<T, U> MapText<T, U> for FailedAttempt<T> {
    type Output = FailedAttempt<U>;

    fn map_text(self, map: &mut dyn FnMut(T) -> U) -> FailedAttempt<U> {
        FailedAttempt {
            tried: map(self.tried),
            error: self.error.map(&mut *map),
            why: self.why.map(&mut *map),
            why_from: self.why_from,
            change: self.change.map(&mut *map),
            edit: self.edit.map(|edit| edit.map_text(map)),
            kind: self.kind,
            at: self.at,
            ended: self.ended,
            tries: self.tries,
            files: self.files,
            hidden: self.hidden,
            aside: self.aside,
        }
    }
}

impl<T, U> MapText<T, U> for Correction<T> {
    type Output = Correction<U>;

    fn map_text(self, map: &mut dyn FnMut(T) -> U) -> Correction<U> {
        Correction {
            words: self.words.map(&mut *map),
            before: self.before.map(&mut *map),
            after: self.after.map(&mut *map),
            edit: self.edit.map(|edit| edit.map_text(map)),
            reason: self.reason.map(&mut *map),
            form: self.form,
            at: self.at,
            path: self.path,
            line: self.line,
            reason_from: self.reason_from,
        }
    }
}

impl<T, U> MapText<T, U> for Check<T> {
    type Output = Check<U>;

    fn map_text(self, map: &mut dyn FnMut(T) -> U) -> Check<U> {
        Check {
            command: map(self.command),
            summary: self.summary.map(&mut *map),
            kind: self.kind,
            at: self.at,
            result: self.result,
            after_last_edit: self.after_last_edit,
            state: self.state,
            partial: self.partial,
            elsewhere: self.elsewhere,
            said: self.said.map(&mut *map),
            excused: self.excused,
            by: self.by,
        }
    }
}
