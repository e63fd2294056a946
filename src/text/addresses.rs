//! Addresses on one line of text: what forges call an issue or a request in place of its address, and none that is cut in two.

use std::sync::LazyLock;

use regex::{Captures, Regex};

static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\[([^\[\]]*)\]\((https?://[^\s()]+)\)").expect("a test compiles it"));

/// An issue, a request or a discussion on any host, with what is named of it behind.
static ITEM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)https?://[\w.-]+(?::\d+)?/([\w.-]+(?:/[\w.-]+)+?)/(?:-/)?
          (pull|pulls|issues|discussions|merge_requests)/(\d+)(?:[/?\#][^\s<>()\[\]`]*)?",
    )
    .expect("a test compiles it")
});

/// The same with `owner/name#12` for the address of an issue or a request, and a Markdown link to it or to itself as its address.
pub(crate) fn short_addresses(text: &str) -> String {
    if !text.contains("://") {
        return text.to_owned();
    }
    let text = LINK.replace_all(text, |link: &Captures| {
        let (label, address) = (&link[1], &link[2]);
        let is_same = label.trim_end_matches('/') == address.trim_end_matches('/');
        match is_same || short_item(label) == short_item(address) {
            true => address.to_owned(),
            false => format!("{label} ({address})"),
        }
    });
    short_item(&text)
}

fn short_item(text: &str) -> String {
    let short = |item: &Captures| {
        let sign = if &item[2] == "merge_requests" { '!' } else { '#' };
        let behind = item[0].trim_end_matches(['.', ',', ';', ':', '!', '?']);
        // A sentence may end behind it.
        let end = &item[0][behind.len()..];
        format!("{}{sign}{}{end}", &item[1], &item[3])
    };
    ITEM.replace_all(text, short).into_owned()
}

/// Where to cut so that no address loses its end: `end`, or before the address that goes on there.
pub(crate) fn end_outside_address(text: &str, end: usize) -> usize {
    let begin = text[..end].trim_end_matches(|c: char| !c.is_whitespace()).len();
    let word = text[begin..].split(char::is_whitespace).next().unwrap_or_default();
    let is_inside = begin < end && end < begin + word.len();
    if is_inside && begin > 0 && word.contains("://") { begin } else { end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_is_called_by_its_number_and_a_link_to_itself_is_said_once() {
        for (text, short) in [
            ("look at https://github.com/ann/shop/issues/12", "look at ann/shop#12"),
            ("see [https://github.com/ann/shop/pull/12](https://github.com/ann/shop/pull/12).", "see ann/shop#12."),
            (
                "see [ann/shop#12](https://github.com/ann/shop/pull/12/files#r1), then go on",
                "see ann/shop#12, then go on",
            ),
            ("https://gitlab.example/shops/ann/shop/-/merge_requests/3?tab=1", "shops/ann/shop!3"),
            ("is https://github.com/ann/shop/discussions/4#x right?", "is ann/shop#4 right?"),
            ("[the docs](https://docs.example/a_(b)", "[the docs](https://docs.example/a_(b)"),
            ("[the docs](https://docs.example/a)", "the docs (https://docs.example/a)"),
            ("[https://a.example/](https://a.example)", "https://a.example"),
            ("https://github.com/ann/shop/actions/runs/1/job/2", "https://github.com/ann/shop/actions/runs/1/job/2"),
            ("no address", "no address"),
        ] {
            assert_eq!(short_addresses(text), short, "{text}");
        }
    }

    #[test]
    fn an_address_is_cut_off_whole() {
        let text = "see https://a.example/long and so on";
        for (end, cut) in [(2, 2), (3, 3), (10, 4), (23, 4), (26, 26), (30, 30)] {
            assert_eq!(end_outside_address(text, end), cut, "{end}");
        }
        assert_eq!(end_outside_address("https://a.example/long", 9), 9, "nothing else would be left");
    }
}
