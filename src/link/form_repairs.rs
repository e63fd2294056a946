//! Repairs of the form alone: formatters, linters that fix, and their settings.

use super::paths;
use crate::checks::rewrites;
use crate::checks::tested::is_document;
use crate::record::text::Raw;

/// Whether a command only changes the form of what is there.
pub(super) fn formats(command: &str) -> bool {
    !rewrites::places(command).is_empty()
        && !command.starts_with("sed")
        && !command.starts_with("perl")
        && !command.starts_with("git")
}

/// `ruff check --fix`, `npm run lint:fix`
pub(super) fn fixes(command: &str) -> bool {
    formats(command) && command.contains("fix")
}

/// Whether a path is that of the settings of a linter or a compiler.
pub(super) fn is_of_settings(path: &str) -> bool {
    const SETS: &[&str] = &[
        "lint",
        "golangci",
        "ruff",
        "pyproject",
        "tsconfig",
        "biome",
        "prettier",
        "rustfmt",
        "clippy",
        "mypy",
        "setup.cfg",
        "tox.ini",
        "cspell",
    ];
    let name = paths::name(path);
    !is_document(path)
        && !name.ends_with("_test.go")
        && SETS.iter().any(|part| name.contains(part))
        && !name.ends_with(".rs")
}

/// Whether the failure is one of the form alone.
pub(super) fn is_of_form(error: Option<&Raw>) -> bool {
    const FORM: &[&str] = &[
        "format",
        "prettier",
        "gofmt",
        "goimports",
        "gci",
        "isort",
        "sorted",
        "assist/source",
        "import/order",
        "i001",
        "fixable",
        "whitespace",
        "diff in ",
        "reformat",
        "indentation",
    ];
    let lower = error.map(|error| error.expose().to_lowercase()).unwrap_or_default();
    FORM.iter().any(|words| lower.contains(words))
}
