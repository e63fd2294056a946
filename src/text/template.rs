//! Templates of Markdown: whatever they write that is not [`Markdown`](super::markdown::Markdown) already is escaped on the
//! way out, whoever wrote the template.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};

use super::markdown::{Markdown, for_pages, inline};

/// Writes values with a template.
pub(crate) fn fill(source: &str, values: Value) -> Result<String, Error> {
    Ok(tidy(&environment(source)?.get_template("document")?.render(values)?))
}

/// The same for a page that site generators read as well: MkDocs, or Docusaurus as MDX.
pub(crate) fn fill_page(source: &str, values: Value) -> Result<String, Error> {
    let environment = environment_with(source, |text| for_pages(&inline(text)))?;
    Ok(tidy(&environment.get_template("document")?.render(values)?))
}

/// Knows `source` as `document`.
pub(crate) fn environment(source: &str) -> Result<Environment<'static>, Error> {
    environment_with(source, inline)
}

fn environment_with(source: &str, escape: fn(&str) -> Markdown) -> Result<Environment<'static>, Error> {
    strict(source, AutoEscape::Custom("markdown".into()), move |text| keeping_ends(text, escape))
}

/// Knows `source` as `document`. Every string that a template writes is escaped, and only strings and numbers are written.
pub(super) fn strict(
    source: &str,
    kind: AutoEscape,
    escape: impl Fn(&str) -> String + Send + Sync + 'static,
) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // With any kind of escaping on, what a macro or a block wrote counts as written and is not escaped again.
    environment.set_auto_escape_callback(move |_| kind.clone());
    environment.set_recursion_limit(100);
    // Nobody but `escape` says that a string is safe, and no other kind of escaping is used.
    for name in ["safe", "escape", "e"] {
        environment.remove_filter(name);
    }
    environment.add_filter("count", |number: u64, noun: &str| {
        format!("{} {noun}{}", thousands(number), if number == 1 { "" } else { "s" })
    });
    environment.add_filter("thousands", thousands);
    environment.set_formatter(move |out, _, value| {
        let written = match value.kind() {
            ValueKind::String if value.is_safe() => out.write_str(value.as_str().unwrap_or_default()),
            ValueKind::String => out.write_str(&escape(value.as_str().unwrap_or_default())),
            ValueKind::Number => out.write_str(&value.to_string()),
            kind => {
                let error = format!("a {kind} cannot be written; write one of its parts");
                return Err(Error::new(ErrorKind::BadEscape, error));
            }
        };
        written.map_err(Error::from)
    });
    environment.add_template_owned("document", source.to_owned())?;
    Ok(environment)
}

/// A string of the template's own in `{{ }}` may begin or end with a blank that parts it from its neighbour.
fn keeping_ends(text: &str, escape: fn(&str) -> Markdown) -> String {
    let start = if text.starts_with(' ') { " " } else { "" };
    let end = if text.len() > 1 && text.ends_with(' ') { " " } else { "" };
    format!("{start}{}{end}", escape(text).as_str())
}

/// `1,234,567`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Parts that are left out leave blank lines behind; a fence keeps its own.
pub(crate) fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut fence: Option<usize> = None;
    let mut blank = true;
    for line in text.trim_end().lines() {
        let ticks = line.trim_start().chars().take_while(|c| *c == '`').count();
        match fence {
            None if ticks >= 3 && !line.trim_start()[ticks..].contains('`') => fence = Some(ticks),
            Some(open) if ticks >= open && line.trim().len() == ticks => fence = None,
            _ => {}
        }
        let is_blank = line.trim().is_empty();
        if fence.is_some() || !(is_blank && blank) {
            out.push_str(if fence.is_some() { line } else { line.trim_end() });
            out.push('\n');
        }
        blank = is_blank;
    }
    out
}
