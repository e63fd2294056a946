//! Pages for people, from templates: a share with what it is of, a list of names, a path of steps.

use anyhow::Context as _;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use crate::output::{Output, for_terminal};

/// Characters of a name on a line.
const NAME: usize = 120;

/// Writes `template` with `value`.
pub(super) fn write(output: &mut Output, template: &str, value: &impl Serialize) -> anyhow::Result<()> {
    let mut environment = minijinja::Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("name", |name: &str| self::name(name));
    environment.add_filter("rate", rate);
    environment.add_filter("seen", seen);
    environment.add_filter("path", path);
    environment.add_filter("day", |time: &str| time.get(..10).unwrap_or(time).to_owned());
    environment.add_filter("count", |number: u64, noun: &str| counted(number, noun));
    let text = environment.render_str(template, Serde(value)).context("cannot write the page")?;
    output.write(&for_terminal(&text))?;
    Ok(())
}

/// One line that says what it is called.
fn name(name: &str) -> String {
    let words = name.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(NAME) {
        _ if words.is_empty() => "(no name)".to_owned(),
        Some((end, _)) => format!("{}\u{2026}", &words[..end]),
        None => words,
    }
}

fn number(value: &Value, key: &str) -> u32 {
    value.get_attr(key).ok().and_then(|number| u32::try_from(number).ok()).unwrap_or_default()
}

/// `43 of 184 (23 %)`.
fn rate(value: &Value) -> String {
    let rate = crate::process::tally::Rate { runs: number(value, "runs"), of: number(value, "of") };
    format!("{} of {} ({} %)", rate.runs, rate.of, rate.percent())
}

/// `cargo (12), git (3)`: with the runs of each.
fn seen(value: &Value) -> String {
    let one = |item: Value| {
        let text = item.get_attr("name").ok().and_then(|name| name.as_str().map(self::name)).unwrap_or_default();
        format!("{text} ({})", number(&item, "runs"))
    };
    value.try_iter().map(|items| items.map(one).collect::<Vec<_>>().join(", ")).unwrap_or_default()
}

/// `change > {run tests} > commit`.
fn path(value: &Value) -> String {
    let step = |item: Value| item.as_str().map(name).unwrap_or_default();
    value.try_iter().map(|items| items.map(step).collect::<Vec<_>>().join(" > ")).unwrap_or_default()
}

/// `1 run`, `2 runs`.
fn counted(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
