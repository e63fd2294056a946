//! A picture of one line for a README: how complete the documentation is.

use minijinja::context;

use super::figures::TeamReport;
use crate::text::html::fill_html;

const BADGE: &str = include_str!("../../templates/report/badge.svg");
/// Units of a letter, and around the words.
const LETTER: usize = 7;
const AROUND: usize = 12;

/// # Errors
/// Never with the template as it is: a test fills it.
pub(crate) fn badge(report: &TeamReport) -> Result<String, minijinja::Error> {
    let says = match report.documented.score {
        Some(score) => format!("{score} of 100"),
        None => "no agent known".to_owned(),
    };
    let [name, value] = ["backstory".len(), says.len()].map(|letters| letters * LETTER + AROUND);
    fill_html(BADGE, context! { says, name, value, width => name + value, middle => name + value / 2 })
}
