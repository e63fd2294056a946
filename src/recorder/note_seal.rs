//! The signature below a record in its note: an object of git that names the commit and the digest of every byte above it. Readers pass over
//! it, as over all that others write there; who writes a note again leaves it out.

use std::borrow::Cow;

use crate::git::seals;
use crate::text::digest::sha256;

const BEGIN: &[u8] = b"\nbackstory-signature 1\n";
const END: &[u8] = b"\nbackstory-signature end\n";
/// The tree of the object: it is of no files.
pub(crate) const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// A note in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SealedNote<'a> {
    /// What is signed.
    pub(crate) body: &'a [u8],
    /// A commit object that git signed; `None` where the note has none.
    pub(crate) seal: Option<&'a [u8]>,
    /// What somebody wrote below the signature.
    pub(crate) rest: &'a [u8],
}

/// The first signature of a note counts: what is above it is all that it can be of.
pub(crate) fn split(note: &[u8]) -> SealedNote<'_> {
    let unsealed = SealedNote { body: note, seal: None, rest: &[] };
    let Some(begin) = find(note, BEGIN) else { return unsealed };
    let inside = &note[begin + BEGIN.len()..];
    let Some(end) = find(inside, END) else { return unsealed };
    SealedNote { body: &note[..begin], seal: Some(&inside[..end]), rest: &inside[end + END.len()..] }
}

/// The note with `seal` below it.
pub(crate) fn sealed(body: &[u8], seal: &[u8]) -> Vec<u8> {
    [body, BEGIN, seal, END].concat()
}

/// The note without any signature: what git joined below one is read, too.
pub(crate) fn without_seals(note: &[u8]) -> Cow<'_, [u8]> {
    let mut parts = split(note);
    if parts.seal.is_none() {
        return Cow::Borrowed(note);
    }
    let mut whole = Vec::new();
    while parts.seal.is_some() {
        whole.extend_from_slice(parts.body);
        parts = split(parts.rest);
    }
    whole.extend_from_slice(parts.body);
    Cow::Owned(whole)
}

/// What is signed of a note of `commit`.
pub(crate) fn message(commit: &str, body: &[u8]) -> String {
    format!("backstory record\n\ncommit {commit}\nbytes {}\nsha256 {}\n", body.len(), sha256(body))
}

/// What the object says that it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SealedFor {
    /// This note of this commit.
    This,
    /// Another commit.
    OtherCommit,
    /// This commit, with other bytes.
    OtherBytes,
    /// Nothing that `message` would say.
    Nothing,
}

/// Whether the object is of this note, whoever signed it.
pub(crate) fn sealed_for(parts: SealedNote<'_>, commit: &str) -> SealedFor {
    let object = parts.seal.unwrap_or_default();
    let is_of_no_files = object.starts_with(format!("tree {EMPTY_TREE}\nauthor ").as_bytes());
    let Some(said) = find(object, b"\n\n").map(|end| &object[end + 2..]).filter(|_| is_of_no_files) else {
        return SealedFor::Nothing;
    };
    let said = String::from_utf8_lossy(said);
    if said == message(commit, parts.body) && parts.rest.trim_ascii().is_empty() {
        return SealedFor::This;
    }
    match said.strip_prefix("backstory record\n\ncommit ").and_then(|rest| rest.lines().next()) {
        Some(named) if named == commit => SealedFor::OtherBytes,
        Some(_) => SealedFor::OtherCommit,
        None => SealedFor::Nothing,
    }
}

/// Whether somebody signed this note of this commit; how good that is only git can say.
pub(crate) fn is_signed_for(parts: SealedNote<'_>, commit: &str) -> bool {
    parts.seal.is_some_and(seals::has_signature) && sealed_for(parts, commit) == SealedFor::This
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(message: &str) -> Vec<u8> {
        format!("tree {EMPTY_TREE}\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\ngpgsig x\n y\n\n{message}")
            .into_bytes()
    }

    #[test]
    fn a_seal_is_of_one_note_of_one_commit() {
        let body = b"{\"backstory\":1}\n";
        let own = sealed(body, &object(&message("aa", body)));
        let of = |note: &[u8], commit: &str| sealed_for(split(note), commit);
        assert_eq!(split(&own).body, body);
        assert_eq!(of(&own, "aa"), SealedFor::This);
        assert_eq!(of(&own, "bb"), SealedFor::OtherCommit);
        let tampered = String::from_utf8(own.clone()).unwrap().replacen(":1", ":2", 1);
        assert_eq!(of(tampered.as_bytes(), "aa"), SealedFor::OtherBytes);
        assert_eq!(of(&[&own[..], b"more below"].concat(), "aa"), SealedFor::OtherBytes);
        assert_eq!(of(&[b"{}", &own[..]].concat(), "aa"), SealedFor::OtherBytes);
        assert_eq!(of(&sealed(body, &object("Add a feature\n")), "aa"), SealedFor::Nothing);
        let with_files = String::from_utf8(own).unwrap().replace(EMPTY_TREE, &"1".repeat(40));
        assert_eq!(of(with_files.as_bytes(), "aa"), SealedFor::Nothing);
        assert_eq!(
            split(b"{}\nbackstory-signature 1\nno end"),
            SealedNote { body: b"{}\nbackstory-signature 1\nno end", seal: None, rest: b"" }
        );
    }

    #[test]
    fn a_note_without_its_seals_is_what_was_written_above_and_below() {
        let one = sealed(b"{\"a\":1}\n", b"s");
        let two = [&one[..], b"\n", &sealed(b"{\"b\":2}\n", b"t"), b"text of others"].concat();
        assert_eq!(without_seals(&two).as_ref(), b"{\"a\":1}\n\n{\"b\":2}\ntext of others");
        assert!(matches!(without_seals(b"{\"a\":1}\n"), Cow::Borrowed(_)));
    }
}
