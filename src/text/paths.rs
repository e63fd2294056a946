//! Parts of paths as text, of this machine and of others.

/// The last part of a path of git, which has `/` on every machine.
pub(crate) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The last part of a path or of a program's name as a person or an agent writes it, on any machine.
pub(crate) fn name_anywhere(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Whether a file holds tests, by its name or that of a folder above it.
pub(crate) fn is_test(path: &str) -> bool {
    let path = path.to_lowercase();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
    folders.split(['/', '_']).any(|folder| ["test", "tests", "spec", "specs", "e2e"].contains(&folder))
        || ["_test.", ".test.", ".spec.", "_spec."].iter().any(|mark| name.contains(mark))
        || name.starts_with("test_")
}

/// Whether a path, in small letters, is of a text for people: a document, a plan, notes.
pub(crate) fn is_prose(path: &str) -> bool {
    [".md", ".mdx", ".txt", ".rst", ".adoc"].iter().any(|end| path.ends_with(end))
}

/// Whether a path is of a document that plans work: `docs/plans/2026-03-04-guilds.md`, `specs/cart/design.md`.
pub(crate) fn is_plan(path: &str) -> bool {
    const PLANS: &[&str] =
        &["design", "designs", "plan", "planning", "plans", "proposal", "proposals", "spec", "specs"];
    let lower = path.to_lowercase();
    let mut near = lower.rsplit(['/', '\\']).take(3).flat_map(|part| part.split(|c: char| !c.is_alphanumeric()));
    is_prose(&lower) && near.any(|word| PLANS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_a_document_whose_name_or_folder_says_so() {
        for path in ["docs/plans/2026-03-04-guilds.md", "specs/cart/tasks.md", "docs/Cart-Design.md"] {
            assert!(is_plan(path), "{path}");
        }
        for path in ["src/plan.rs", "docs/manual.md", "README.md", "planes.md"] {
            assert!(!is_plan(path), "{path}");
        }
    }

    #[test]
    fn files_of_tests_are_known_by_their_names_and_folders() {
        for path in
            ["tests/cart.py", "src/cart_test.go", "web/cart.spec.ts", "src/__tests__/a.js", "integration_test/a.go"]
        {
            assert!(is_test(path), "{path}");
        }
        for path in ["src/cart.py", "src/contest.rs", "latest/notes.go", "attest/sign.rs"] {
            assert!(!is_test(path), "{path}");
        }
    }

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
