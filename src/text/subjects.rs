//! What the subject of a commit says by its form.

/// The type of a conventional commit: `fix(parser)!: …` is `fix`.
pub(crate) fn commit_type(subject: &str) -> Option<&str> {
    let (head, _) = subject.split_once(':')?;
    let kind = head.trim_end_matches('!').split('(').next()?;
    let is_type = (2..=12).contains(&kind.len()) && kind.bytes().all(|byte| byte.is_ascii_lowercase());
    is_type.then_some(kind)
}
