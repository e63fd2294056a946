//! The digest that an approval is bound to: the document and its model without what approving and publishing write into it
//! afterwards. Any other change of either is another digest.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::front_matter::split;
use crate::text::digest::sha256;

/// Fields of the front matter that say where a document is in its life, and not what it tells its reader to do.
const NOT_CONTENT: [&str; 5] = ["approval", "digest", "effective", "review_by", "status"];

/// `sha256:` and 64 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

/// It does not begin with `sha256:`, or 64 lower-case hex digits do not follow.
#[derive(Debug, thiserror::Error)]
#[error("not a digest: it is `sha256:` and 64 hex digits")]
pub struct NotADigest;

/// The digest of the document `SOP.md` and its model `process.yaml`. Line ends, blanks at the end of a line and blank lines
/// at the end of a file do not count.
pub fn digest(document: &str, model: &str) -> Digest {
    let document = canonical(&content(document));
    let model = canonical(model);
    // With its length, so that nothing moves from one to the other unseen.
    let bound = format!("backstory sop 1\n{}\n{document}{model}", document.len());
    Digest(format!("sha256:{}", sha256(bound.as_bytes())))
}

impl Digest {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The beginning of its hex digits, for people.
    pub fn short(&self) -> &str {
        self.0.get("sha256:".len().."sha256:".len() + 12).unwrap_or(&self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        match text.strip_prefix("sha256:") {
            Some(hex) if hex.len() == 64 && hex.bytes().all(is_hex) => Ok(Self(text.to_owned())),
            _ => Err(NotADigest),
        }
    }
}

impl TryFrom<String> for Digest {
    type Error = NotADigest;

    fn try_from(text: String) -> Result<Self, NotADigest> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

/// The document without the fields that are not content. A field ends before the next line that is not indented.
fn content(document: &str) -> String {
    let Some((fields, body)) = split(document) else { return document.to_owned() };
    let mut kept = String::from("---\n");
    let mut left_out = false;
    for line in fields.lines() {
        let belongs_to_the_one_before = line.starts_with([' ', '\t']);
        if !belongs_to_the_one_before {
            left_out = line.split_once(':').is_some_and(|(name, _)| NOT_CONTENT.contains(&name));
        }
        if !left_out {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept + "---\n" + body
}

/// Line ends of one kind, no blanks before them, one at the end.
fn canonical(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').map(|line| line.trim_end_matches([' ', '\t'])).collect();
    let mut canonical = lines.join("\n");
    canonical.truncate(canonical.trim_end_matches('\n').len());
    canonical.push('\n');
    canonical
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, proptest};

    use super::*;

    const DOCUMENT: &str = "\
---
id: sop/change
version: 3
status: draft
effective: 2026-11-20
review_by: 2027-02-18
digest: sha256:0
approval:
  kind: github-review
  by: ada
---

# Change code

1. Edit the code.
";
    const MODEL: &str = "schema: 1\nprocess: change\n";

    #[test]
    fn what_approval_and_publishing_write_does_not_change_it() {
        let before = digest(DOCUMENT, MODEL);
        let published = "\
---
id: sop/change
version: 3
status: published
approval: {kind: terminal, by: grace}
---

# Change code

1. Edit the code.
";
        assert_eq!(digest(published, MODEL), before);
        for same in [
            DOCUMENT.replace('\n', "\r\n"),
            DOCUMENT.replace("code.\n", "code.  \t\n\n\n"),
            DOCUMENT.trim_end().to_owned(),
            format!("\u{feff}{DOCUMENT}"),
        ] {
            assert_eq!(digest(&same, MODEL), before, "{same:?}");
        }
        assert_eq!(digest(DOCUMENT, "schema: 1 \r\nprocess: change"), before);
    }

    #[test]
    fn anything_else_changes_it() {
        let before = digest(DOCUMENT, MODEL);
        for (from, to) in [
            ("id: sop/change", "id: sop/other"),
            ("version: 3", "version: 4"),
            ("Edit the code", "Delete the code"),
            ("# Change", "#  Change"),
            ("1. Edit", "    1. Edit"),
            ("status: draft", "status: draft\ntitle: x"),
            ("  by: ada\n---\n", "  by: ada\n---\n\nstatus: draft\n"),
            ("---\nid", "id"),
        ] {
            assert!(DOCUMENT.contains(from));
            assert_ne!(digest(&DOCUMENT.replacen(from, to, 1), MODEL), before, "{to}");
        }
        assert_ne!(digest(DOCUMENT, "schema: 1\nprocess: other\n"), before);
        assert_ne!(digest("a\n", "b\nc\n"), digest("a\nb\n", "c\n"), "a line moved from one to the other");
    }

    #[test]
    fn a_digest_is_read_strictly() {
        let one = digest("", "");
        assert_eq!(one.to_string().parse::<Digest>().unwrap(), one);
        assert_eq!(serde_json::from_str::<Digest>(&serde_json::to_string(&one).unwrap()).unwrap(), one);
        assert_eq!(one.short().len(), 12);
        for wrong in ["", "sha256:", "sha256:00", &one.as_str().to_uppercase(), &format!("{one}0"), &one.as_str()[7..]]
        {
            assert!(wrong.parse::<Digest>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_visible_change_of_the_body_goes_unseen(body in "[a-z#\\-: \n]{0,60}", other in "[a-z#\\-: \n]{0,60}") {
            let text = |body: &str| format!("---\nid: x\nstatus: draft\n---\n{body}");
            let same = canonical(&text(&body)) == canonical(&text(&other));
            assert_eq!(digest(&text(&body), MODEL) == digest(&text(&other), MODEL), same);
        }
    }
}
