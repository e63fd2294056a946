//! Parts of paths as text, of this machine and of others.

/// The last part of a path of git, which has `/` on every machine.
pub(crate) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The last part of a path or of a program's name as a person or an agent writes it, on any machine.
pub(crate) fn name_anywhere(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_another_machine_may_have_backslashes() {
        for (path, of_git, anywhere) in [
            ("src/price.py", "price.py", "price.py"),
            ("price.py", "price.py", "price.py"),
            (r"C:\shop\price.py", r"C:\shop\price.py", "price.py"),
            ("src/", "", ""),
        ] {
            assert_eq!((name(path), name_anywhere(path)), (of_git, anywhere), "{path}");
        }
    }
}
