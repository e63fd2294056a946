//! The body of a document without what is only for us: front matter and comments.

use crate::sop::front_matter::split;

/// Lines of the body without comments; a blank line stands for several.
pub(crate) fn body(document: &str) -> String {
    let body = split(document).map_or(document, |(_, body)| body);
    let mut page = String::new();
    let mut fence: Option<usize> = None;
    let mut is_comment = false;
    let mut is_blank = true;
    for line in body.lines() {
        let ticks = line.trim_start().bytes().take_while(|byte| *byte == b'`').count();
        match fence {
            Some(open) if ticks >= open && line.trim().len() == ticks => fence = None,
            None if ticks >= 3 && !is_comment => fence = Some(ticks),
            _ => {}
        }
        let line = if fence.is_some() { line.to_owned() } else { without_comments(line, &mut is_comment) };
        let is_empty = line.trim().is_empty();
        if fence.is_some() || !(is_empty && is_blank) {
            page.push_str(line.trim_end());
            page.push('\n');
        }
        is_blank = is_empty;
    }
    page.truncate(page.trim_end().len());
    page + "\n"
}

/// The line without comments, of which the last may go on in the next line.
fn without_comments(line: &str, is_comment: &mut bool) -> String {
    let mut kept = String::new();
    let mut rest = line;
    loop {
        if *is_comment {
            let Some(end) = rest.find("-->") else { return kept };
            rest = &rest[end + 3..];
            *is_comment = false;
        }
        let Some(start) = rest.find("<!--") else { return kept + rest };
        kept.push_str(&rest[..start]);
        rest = &rest[start + 4..];
        *is_comment = true;
    }
}

/// One line of plain words: the escapes of our Markdown and references to evidence are gone.
pub(crate) fn plain_words(markdown: &str) -> String {
    crate::text::visible::visible_line(&crate::text::markdown::plain(&without_references(markdown)))
}

/// Without `([E3](#e3))` and `; [E3](#e3)`: what it leads to is not where this text goes.
pub(crate) fn without_references(text: &str) -> String {
    static REFERENCE: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
        regex::Regex::new(r" ?\(\[E[0-9]+\]\(#e[0-9]+\)\)|[;,] \[E[0-9]+\]\(#e[0-9]+\)")
            .expect("a constant that the tests compile")
    });
    REFERENCE.replace_all(text, "").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_code_stays() {
        let document =
            "---\nid: x\n---\n\n# T\n\n<!-- step:a runs=1/1 -->\n\nx <!-- y\nz --> w\n\n```sh\n<!-- code -->\n```\n";
        assert_eq!(body(document), "# T\n\nx\n w\n\n```sh\n<!-- code -->\n```\n");
        assert_eq!(plain_words("It \\*failed\\* in 5 of 9 runs ([E3](#e3))."), "It *failed* in 5 of 9 runs.");
    }
}
