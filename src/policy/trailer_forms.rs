//! Which trailers are meant by the forms of a policy.

use super::work::CommitWork;
use crate::record::entry::MessageTrailer;
use crate::record::policy::{Policy, TrailerForm, TrailerScope};

pub(super) fn fits(form: &TrailerForm, trailer: &MessageTrailer) -> bool {
    form.key.eq_ignore_ascii_case(&trailer.key)
        && form.pattern.as_ref().is_none_or(|pattern| pattern.fits(trailer.value.as_str()))
        && (form.by == TrailerScope::Anyone || trailer.agent.is_some())
}

pub(super) fn missing_trailers<'p>(work: &CommitWork, policy: &'p Policy) -> impl Iterator<Item = &'p TrailerForm> {
    let forms = policy.required_trailers.trailers.iter();
    forms.filter(|form| !work.entry.trailers.iter().any(|trailer| fits(form, trailer)))
}

/// Keys whose value is the name of a tool.
pub(super) fn is_for_tools(key: &str) -> bool {
    ["assisted-by", "generated-by"].iter().any(|known| key.eq_ignore_ascii_case(known))
}
