//! What the repository says of the commits of a run.

use crate::git::changed_paths::{Outline, outline};
use crate::git::trailers;
use crate::process::units::Looked;
use crate::recorder::workplace::Workplace;
use crate::redact::Redactor;

/// Looks up commits by their ids or the beginnings of them; those that are not here tell nothing.
///
/// # Errors
/// When a commit cannot be read.
pub(super) fn look_up<S: AsRef<str>>(
    workplace: &Workplace,
    redactor: &Redactor,
    printed: &[S],
) -> anyhow::Result<Looked> {
    let mut looked = Looked::default();
    for printed in printed {
        let Some(found) = outline(&workplace.repository, printed.as_ref())? else { continue };
        let Outline { id, message, is_merge, paths } = found;
        if looked.commits.contains(&id) {
            continue;
        }
        if looked.subject.is_none() {
            let text = String::from_utf8_lossy(&message);
            looked.subject = Some(text.lines().next().unwrap_or_default().to_owned());
            let named = trailers::parse(&message, trailers::COMMENT);
            let named = named.into_iter().find(|trailer| trailer.key.eq_ignore_ascii_case("process"));
            looked.trailer = named
                .map(|trailer| process_name(redactor.text(trailer.value).0.as_str()))
                .filter(|name| !name.is_empty());
        }
        looked.files.extend(paths.into_iter().filter(|path| !workplace.ignored.has_path(path)));
        looked.merges += usize::from(is_merge);
        looked.commits.push(id);
    }
    looked.files.sort();
    looked.files.dedup();
    Ok(looked)
}

/// A process as a trailer names it: letters, digits and hyphens, as names of folders are.
fn process_name(told: &str) -> String {
    let folded: String =
        told.trim().to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).take(60).collect();
    folded.trim_matches('-').to_owned()
}
