//! Whose text a person wants gone: finds the sessions or the author that `forget` was asked for among those that are
//! known here. Nothing, or more than one, is an error that names what was near.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::bail;

use super::exported;
use crate::capture;
use crate::context::Context;
use crate::git::{note_refs, notes};
use crate::output::for_terminal;
use crate::recorder::agent_folders::places;
use crate::recorder::workplace::Workplace;
use crate::recorder::{ignored, note_codec};

/// With fewer characters of an id a slip of the keyboard finds something.
const SHORTEST: usize = 4;
/// More are not listed.
const MOST_LISTED: usize = 8;

/// The notes of one commit, one from each reference that has one.
pub(crate) type Notes = BTreeMap<String, Vec<Vec<u8>>>;

/// All records of this clone: its own and the copies of remotes.
///
/// # Errors
/// When notes cannot be read.
pub(crate) fn all_notes(workplace: &Workplace, copies: &[String]) -> anyhow::Result<Notes> {
    let repository = &workplace.repository;
    let mut all = Notes::new();
    for name in [note_refs::NOTES_REF.to_owned()].iter().chain(copies) {
        let ids = notes::list_at(repository, name)?;
        for (id, note) in ids.iter().zip(notes::read_at(repository, name, &ids)?) {
            all.entry(id.clone()).or_default().extend(note);
        }
    }
    Ok(all)
}

/// The sessions, as `<agent>/<id>`, that `asked` names: an id, `<agent>/<id>`, or the beginning of an id.
///
/// # Errors
/// When it names none, or is the beginning of several; then nothing was changed.
pub(crate) fn sessions(
    asked: &str,
    workplace: &Workplace,
    notes: &Notes,
    exports: Option<&Path>,
    context: &Context,
) -> anyhow::Result<BTreeSet<String>> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (commit, note) in notes.iter().flat_map(|(commit, notes)| notes.iter().map(move |note| (commit, note))) {
        let records = note_codec::documents(commit, note).unwrap_or_default();
        known.extend(
            records.iter().flat_map(|record| &record.contributions).map(|one| format!("{}/{}", one.agent, one.session)),
        );
    }
    known.extend(exports.map(exported::sessions).transpose()?.unwrap_or_default());
    known.extend(ignored::forgotten(&workplace.repository)?);
    // A session that is in no record yet is to be in none.
    let id = asked.rsplit('/').next().unwrap_or(asked);
    if id.len() >= SHORTEST {
        let (found, _) = capture::find(&places(context.environment));
        let is_near = |path: &Path| capture::name_of(path).is_some_and(|name| name.contains(id));
        for transcript in found.iter().filter(|transcript| is_near(&transcript.path)) {
            let read = capture::read(&transcript.path).unwrap_or_default();
            known.extend(read.iter().map(|session| format!("{}/{}", session.agent, session.id)));
        }
    }
    chosen(asked, &known)
}

/// Those of `known` that are `asked`, else the only one that begins so.
fn chosen(asked: &str, known: &BTreeSet<String>) -> anyhow::Result<BTreeSet<String>> {
    let id = |session: &str| session.split_once('/').map_or(session, |(_, id)| id).to_owned();
    let exact: BTreeSet<String> =
        known.iter().filter(|session| *session == asked || id(session) == asked).cloned().collect();
    if !exact.is_empty() && !asked.is_empty() {
        return Ok(exact);
    }
    let begins =
        |session: &&String| session.starts_with(asked) && asked.contains('/') || id(session).starts_with(asked);
    let typed = asked.split_once('/').map_or(asked, |(_, id)| id);
    let found: BTreeSet<String> = match typed.len() >= SHORTEST {
        true => known.iter().filter(begins).cloned().collect(),
        false => BTreeSet::new(),
    };
    let shown = for_terminal(asked);
    match found.len() {
        1 => Ok(found),
        0 if typed.len() < SHORTEST && !known.is_empty() => {
            bail!("no session `{shown}` here; give at least {SHORTEST} characters of its id{}", near(asked, known, &id))
        }
        0 => bail!("no session `{shown}` here, nothing was changed{}", near(asked, known, &id)),
        count => {
            bail!(
                "`{shown}` is the beginning of {count} sessions, nothing was changed; give more of it: {}",
                list(&found)
            )
        }
    }
}

/// The address, in lower case, of the author that `asked` names: an address or its beginning, or a name.
///
/// # Errors
/// When no commit with a record is by that author, or by several; then nothing was changed.
pub(crate) fn author(asked: &str, workplace: &Workplace, notes: &Notes) -> anyhow::Result<String> {
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let records = notes.iter().flat_map(|(commit, notes)| notes.iter().map(move |note| (commit, note)));
    let records = records.flat_map(|(commit, note)| note_codec::documents(commit, note).unwrap_or_default());
    // A record may be of a commit that another one took in.
    let commits: BTreeSet<String> = records.map(|record| record.commit).chain(notes.keys().cloned()).collect();
    for commit in &commits {
        let Ok(author) = workplace.repository.author(commit) else { continue };
        known.entry(author.email.to_lowercase()).or_default().insert(author.name);
    }
    let wanted = asked.trim().to_lowercase();
    if known.contains_key(&wanted) {
        return Ok(wanted);
    }
    let is_it = |(email, names): &(&String, &BTreeSet<String>)| {
        let is_name = |name: &String| name.to_lowercase() == wanted;
        wanted.len() >= 2 && (email.starts_with(&wanted) || names.iter().any(is_name))
    };
    let found: BTreeSet<String> = known.iter().filter(is_it).map(|(email, _)| email.clone()).collect();
    let shown = for_terminal(asked);
    match found.len() {
        1 => Ok(found.into_iter().next().unwrap_or_default()),
        0 => {
            let all: BTreeSet<String> = known.into_keys().collect();
            bail!("no record of a commit by `{shown}` here, nothing was changed{}", near(&wanted, &all, &str::to_owned))
        }
        count => {
            bail!("`{shown}` means {count} authors, nothing was changed; give the whole address: {}", list(&found))
        }
    }
}

/// The most similar of `known`, as the end of an error; all of them where they are few.
fn near(asked: &str, known: &BTreeSet<String>, part: &dyn Fn(&str) -> String) -> String {
    let likeness = |one: &String| {
        // Of an id the beginning is compared: the rest is longer than what was typed.
        let of_length = |text: &str| text.chars().take(asked.chars().count().max(SHORTEST)).collect::<String>();
        let whole = strsim::normalized_damerau_levenshtein(asked, one);
        let head = strsim::normalized_damerau_levenshtein(asked, &of_length(&part(one)));
        whole.max(head).max(strsim::normalized_damerau_levenshtein(asked, &of_length(one)))
    };
    let mut ranked: Vec<(f64, &String)> = known.iter().map(|one| (likeness(one), one)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let is_few = ranked.len() <= MOST_LISTED;
    let near: BTreeSet<String> = ranked
        .into_iter()
        .filter(|(likeness, _)| is_few || *likeness >= 0.6)
        .take(MOST_LISTED)
        .map(|(_, one)| one.clone())
        .collect();
    match near.is_empty() {
        true => String::new(),
        false => format!("; there is: {}", list(&near)),
    }
}

fn list(names: &BTreeSet<String>) -> String {
    let shown: Vec<String> = names.iter().take(MOST_LISTED).map(|name| for_terminal(name)).collect();
    let more = if names.len() > MOST_LISTED { ", ..." } else { "" };
    shown.join(", ") + more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_found_by_its_id_or_by_the_beginning_that_only_it_has() {
        let known: BTreeSet<String> =
            ["claude-code/1ecba475-aa", "claude-code/1ecb0000-bb", "codex/019d-cc", "codex/1ecba475-aa-2", "cursor/x"]
                .map(str::to_owned)
                .into();
        let found = |asked: &str| match chosen(asked, &known) {
            Ok(found) => found.into_iter().collect::<Vec<_>>().join(" "),
            Err(error) => format!("{error:#}"),
        };
        for (asked, expected) in [
            ("1ecba475-aa", "claude-code/1ecba475-aa"),
            ("claude-code/1ecba475-aa", "claude-code/1ecba475-aa"),
            ("claude-code/1ecba", "claude-code/1ecba475-aa"),
            ("019d-", "codex/019d-cc"),
            ("x", "cursor/x"),
        ] {
            assert_eq!(found(asked), expected, "{asked}");
        }
        for (asked, parts) in [
            ("1ecb", ["is the beginning of 3 sessions", "claude-code/1ecb0000-bb, claude-code/1ecba475-aa"]),
            ("019e-cc", ["no session `019e-cc` here, nothing was changed; there is: ", "codex/019d-cc"]),
            ("01", ["give at least 4 characters", "codex/019d-cc"]),
            ("codex/0", ["give at least 4 characters", "codex/019d-cc"]),
            ("", ["no session `` here", "codex/019d-cc"]),
            ("\u{1b}[31m", ["no session `\\u{1b}[31m` here", "codex/019d-cc"]),
        ] {
            let said = found(asked);
            assert!(parts.iter().all(|part| said.contains(part)), "{asked}: {said}");
        }
        assert_eq!(
            format!("{:#}", chosen("abcdef", &BTreeSet::new()).unwrap_err()),
            "no session `abcdef` here, nothing was changed"
        );
    }

    #[test]
    fn of_many_only_those_that_are_near_are_listed() {
        let known: BTreeSet<String> = (0..50_u32).map(|number| format!("codex/{:08x}", number * 0x0123_4567)).collect();
        let said = format!("{:#}", chosen("0369d036", &known).unwrap_err());
        assert!(said.contains("codex/0369d035") && said.matches("codex/").count() <= MOST_LISTED, "{said}");
        assert!(!format!("{:#}", chosen("zzzzzzzz", &known).unwrap_err()).contains("codex/"));
    }
}
