//! Templates of HTML: whatever they write is escaped on the way out, and only what a person can see of it is written.

use minijinja::value::Value;
use minijinja::{AutoEscape, Error};

use super::template::strict;
use super::visible::visible_block;

/// Writes values with a template of ours. What a macro wrote is not escaped again; nothing else counts as written.
///
/// # Errors
/// When the template asks for what is not there.
pub(crate) fn fill_html(source: &str, values: Value) -> Result<String, Error> {
    strict(source, AutoEscape::Html, escaped)?.get_template("document")?.render(values)
}

/// For text and for quoted attributes. Blanks at the ends of lines show nothing.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let block = visible_block(text);
    let lines: Vec<&str> = block.split('\n').map(str::trim_end).collect();
    for c in lines.join("\n").chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    #[test]
    fn whatever_is_written_is_text() {
        let hostile = "<script>alert(\"1\")</script>' onload='x' &amp; \u{202e}\u{1b}[31mred";
        let page = fill_html("<p title=\"{{ text }}\">{{ text }}</p>", context! { text => hostile }).unwrap();
        let inside = &page["<p title=\"".len()..page.len() - "</p>".len()];
        let (attribute, text) = inside.split_once("\">").unwrap();
        assert_eq!(attribute, text);
        assert!(!text.contains(['<', '>', '"', '\'', '\u{202e}', '\u{1b}']), "{text}");
        assert!(text.contains("&lt;script&gt;") && text.contains("&amp;amp;"), "{text}");
    }

    #[test]
    fn nothing_counts_as_written_but_what_a_macro_wrote() {
        assert!(fill_html("{{ text|safe }}", context! { text => "<b>" }).is_err());
        let page = "{% macro bold(text) %}<b>{{ text }}</b>{% endmacro %}{{ bold(text) }}";
        assert_eq!(fill_html(page, context! { text => "<" }).unwrap(), "<b>&lt;</b>");
        assert!(fill_html("{{ missing }}", context! {}).is_err());
    }
}
