//! Which languages the programs that check one read: what `cargo check` says of a commit of Python files alone is nothing.

use super::classify::base_name;
use super::tested::is_document;

/// Programs of one language, with the ends of its files.
const PROGRAMS: &[(&[&str], &[&str])] = &[
    (&["cargo", "rustfmt"], &["rs"]),
    (&["go", "gofmt", "gofumpt", "goimports", "golangci-lint", "staticcheck"], &["go"]),
    (&["basedpyright", "black", "flake8", "isort", "mypy", "pylint", "pyright", "ruff"], &["py", "pyi"]),
    (&["tsc", "vue-tsc"], &["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "vue"]),
];

/// Ends of files that a program of another language does not compile. (`cargo` may compile C.)
const SOURCES: &[&str] = &[
    "cjs", "cts", "dart", "go", "java", "js", "jsx", "kt", "mjs", "mts", "php", "py", "pyi", "rb", "rs", "swift", "ts",
    "tsx",
];

/// Whether a program reads none of these files, but for those that only people read: all are in other languages.
pub(super) fn reads_none(words: &[String], files: &[&str]) -> bool {
    let Some((first, rest)) = words.split_first() else { return false };
    let name = match (base_name(first), rest.first()) {
        ("npx" | "bunx" | "pnpx", Some(second)) => base_name(second),
        (name, _) => name,
    };
    let Some((_, read)) = PROGRAMS.iter().find(|(programs, _)| programs.contains(&name)) else { return false };
    let is_other = |file: &&&str| {
        let end = file.rsplit_once('.').map_or("", |(_, end)| end);
        SOURCES.contains(&end) && !read.contains(&end)
    };
    let mut code = files.iter().filter(|file| !is_document(file)).peekable();
    code.peek().is_some() && code.all(|file| is_other(&file))
}

/// Whether a program that rewrites files reads none of these, because it reads one language only.
pub(super) fn rewrites_none(words: &[String], files: &[&str]) -> bool {
    let name = words.first().map_or("", |first| base_name(first));
    let read = PROGRAMS.iter().find(|(programs, _)| programs.contains(&name)).map(|(_, read)| *read);
    let end = |file: &str| file.rsplit_once('.').map_or("", |(_, end)| end).to_owned();
    read.is_some_and(|read| !files.iter().any(|file| read.contains(&end(file).as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formatter_of_one_language_leaves_other_files_alone() {
        for (command, files, expected) in [
            ("cargo fmt --all", vec!["data/cart.pkl"], true),
            ("cargo fmt --all", vec!["data/cart.pkl", "src/cart.rs"], false),
            ("gofmt -w .", vec!["README.md"], true),
            ("prettier --write .", vec!["src/cart.rs"], false),
            ("pre-commit run", vec!["src/cart.rs"], false),
        ] {
            let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
            assert_eq!(rewrites_none(&words, &files), expected, "{command} {files:?}");
        }
    }

    #[test]
    fn a_program_of_one_language_reads_no_file_of_another() {
        for (command, files, expected) in [
            ("cargo check", vec!["tools/sum.py", "README.md"], true),
            ("cargo clippy", vec!["tools/sum.py", "src/cart.rs"], false),
            ("cargo check", vec!["Cargo.toml"], false),
            ("cargo check", vec!["tools/sum.py", "data/prices.json"], false),
            ("cargo check", vec!["README.md"], false),
            ("go vet ./...", vec!["web/cart.ts"], true),
            ("npx tsc --noEmit", vec!["api/cart.go"], true),
            ("npx tsc --noEmit", vec!["web/cart.vue"], false),
            ("ruff check .", vec!["web/cart.ts"], true),
            ("eslint .", vec!["api/cart.go"], false),
            ("", vec!["api/cart.go"], false),
        ] {
            let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
            assert_eq!(reads_none(&words, &files), expected, "{command} {files:?}");
        }
    }
}
