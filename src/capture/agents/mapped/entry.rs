//! One entry of a mapped agent's session as events. What a mapping does not name, or an entry does not hold, is absent.

use std::borrow::Cow;

use jiff::Timestamp;

use super::fields::{FieldRecord, FieldScope};
use super::{actions, usage};
use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, EventKind, PromptEvent, ResultEvent, SessionFacts, ends_of, shorten,
};
use crate::capture::events::Events;
use crate::capture::json::Value;
use crate::capture::time::{milliseconds_since_1970, seconds_since_1970, time};
use crate::record::agent_mapping::{AgentMapping, FieldPaths, ResultPaths, ToolPaths};

/// `text` is the entry as it stands there, `root` the document around it.
pub(super) fn tell(
    mapping: &AgentMapping,
    (root, own): (&FieldRecord<'_>, &FieldRecord<'_>),
    text: &[u8],
    events: &mut Events,
) {
    let scope = FieldScope::new(root, own);
    let at = scope.value(&mapping.session.time).and_then(moment);
    at.into_iter().for_each(|at| events.saw(at));
    facts(mapping, scope, events);
    for paths in &mapping.prompts {
        scope.chosen(paths, |chosen| {
            let Some(text) = chosen.text(&paths.text).filter(|text| !text.trim().is_empty()) else { return };
            let prompt = PromptEvent { id: chosen.name(&paths.id), ..PromptEvent::typed(text.trim().to_owned(), at) };
            events.push(EventKind::Prompt(Box::new(prompt)));
        });
    }
    for paths in &mapping.replies {
        scope.chosen(paths, |chosen| {
            let said = chosen.text(&paths.text).filter(|text| !text.trim().is_empty());
            said.into_iter().for_each(|text| events.push(EventKind::Reply { text: text.trim().to_owned() }));
        });
    }
    for paths in &mapping.calls {
        scope.chosen(paths, |chosen| {
            let Some(tool) = chosen.name(&paths.name) else { return };
            let id = chosen.name(&paths.id).unwrap_or_default();
            let action = action(&mapping.tools, &tool, chosen, &paths.arguments);
            events.push(EventKind::Call(Box::new(CallEvent { id, at, tool, action, ..CallEvent::default() })));
        });
    }
    for paths in &mapping.results {
        scope.chosen(paths, |chosen| {
            result(chosen, paths, at).into_iter().for_each(|one| events.push(EventKind::Result(Box::new(one))));
        });
    }
    let id = format!("{:x}", shorten(text));
    for paths in &mapping.tokens {
        scope.chosen(paths, |chosen| usage::tell(chosen, paths, &id, events));
    }
}

/// What the entry, or the document around it, says of the session.
pub(super) fn facts(mapping: &AgentMapping, scope: FieldScope<'_, '_>, events: &mut Events) {
    let paths = &mapping.session;
    events.about(SessionFacts {
        session: scope.name(&paths.id),
        version: scope.name(&paths.version),
        cwd: scope.name(&paths.cwd),
        branch: scope.name(&paths.branch),
        ..SessionFacts::default()
    });
    if let Some(name) = scope.name(&paths.model) {
        events.model(Cow::Owned(name));
    }
}

/// The arguments may be an object, or its text in a string.
fn action(tools: &ToolPaths, name: &str, scope: FieldScope<'_, '_>, paths: &FieldPaths) -> ActionEvent {
    match scope.value(paths) {
        Some(value) if value.is_string() => actions::action(tools, name, value.text().unwrap_or_default().as_bytes()),
        Some(value) => actions::action(tools, name, value.json()),
        None => ActionEvent::Other,
    }
}

/// `None` where the entry has nothing of what a result is told by: a call that still runs may stand there already.
fn result(scope: FieldScope<'_, '_>, paths: &ResultPaths, at: Option<Timestamp>) -> Option<ResultEvent> {
    let call = scope.name(&paths.call)?;
    let output = scope.content(&paths.output);
    let exit_code = scope.value(&paths.exit_code).and_then(whole_number);
    let error = scope.value(&paths.error);
    let is_error = error.is_some_and(|error| error.is_true() || error.is_object() || !error.bare().is_empty());
    let (failed, interrupted) = (scope.meets(&paths.failed), scope.meets(&paths.interrupted));
    let is_rejected = scope.meets(&paths.rejected);
    let is_told = [&paths.output, &paths.exit_code, &paths.error].iter().any(|paths| !paths.0.is_empty());
    if is_told && output.is_none() && exit_code.is_none() && error.is_none() && !(failed || interrupted || is_rejected)
    {
        return None;
    }
    let end = if is_rejected {
        CallEnd::Rejected { reason: scope.text(&paths.reason).map(Into::into) }
    } else if interrupted {
        CallEnd::Interrupted
    } else if failed || is_error || exit_code.is_some_and(|code| code != 0) {
        CallEnd::Failed
    } else {
        CallEnd::Succeeded
    };
    let words = || error.and_then(|error| error.text().or_else(|| error.member("message")?.text()));
    let output = output.filter(|text| !text.is_empty()).or_else(words).unwrap_or_default();
    Some(ResultEvent { exit_code, output: ends_of(output), ..ResultEvent::new(call, at, end) })
}

fn whole_number(value: Value<'_>) -> Option<i32> {
    let number = value.integer().or_else(|| value.text()?.parse().ok())?;
    i32::try_from(number).ok()
}

/// A time as text, or in seconds, milli-, micro- or nanoseconds since 1970, which lie so far apart that the number says which.
fn moment(value: Value<'_>) -> Option<Timestamp> {
    if value.is_string() {
        return time(value.bare());
    }
    if let Some(number) = value.integer() {
        return match number.unsigned_abs() {
            0..100_000_000_000 => seconds_since_1970(number),
            100_000_000_000..100_000_000_000_000 => milliseconds_since_1970(number),
            100_000_000_000_000..100_000_000_000_000_000 => Timestamp::from_microsecond(number).ok(),
            _ => Timestamp::from_nanosecond(i128::from(number)).ok(),
        };
    }
    let number = value.number().filter(|number| number.is_finite())?;
    let milliseconds = if number.abs() < 1e11 { number * 1000.0 } else { number };
    milliseconds_since_1970(milliseconds as i64)
}
