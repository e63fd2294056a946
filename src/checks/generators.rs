//! Commands that write files out of others: clients out of descriptions of an interface, code out of schemas, and what tests expect
//! out of what they get. They do not name what they write.

use super::classify::{base_name, program};
use super::shell;

/// Programs that do nothing else, or do it with this word.
const PROGRAMS: &[(&str, Option<&str>)] = &[
    ("buf", Some("generate")),
    ("go", Some("generate")),
    ("graphql-codegen", None),
    ("kubb", Some("generate")),
    ("openapi-generator", Some("generate")),
    ("openapi-generator-cli", Some("generate")),
    ("openapi-typescript", None),
    ("orval", None),
    ("prisma", Some("generate")),
    ("protoc", None),
    ("sqlc", Some("generate")),
    ("swag", Some("init")),
];
/// Programs that run tasks of a project, which have any name.
const RUNNERS: &[&str] = &["bun", "just", "make", "mise", "npm", "nx", "pnpm", "task", "turbo", "yarn"];
/// Parts of the names of such tasks.
const TASKS: &[&str] = &[
    "bindings",
    "codegen",
    "gen",
    "generate",
    "graphql",
    "mocks",
    "openapi",
    "proto",
    "protos",
    "regen",
    "regenerate",
    "swagger",
];

/// The places among the steps of a command of those that generate.
pub(crate) fn places(command: &str) -> Vec<usize> {
    let steps = shell::steps(command);
    steps.iter().enumerate().filter(|(_, step)| generates(program(step))).map(|(place, _)| place).collect()
}

fn generates(words: &[String]) -> bool {
    let Some((first, rest)) = words.split_first() else { return false };
    let (name, rest) = match (base_name(first), rest.split_first()) {
        ("npx" | "bunx" | "pnpx", Some((second, rest))) => (base_name(second), rest),
        (name, _) => (name, rest),
    };
    let has = |wanted: &str| rest.iter().any(|word| word == wanted);
    let is_program = |(program, verb): &(&str, Option<&str>)| *program == name && verb.is_none_or(has);
    let is_task = |word: &String| {
        let is_plain = !word.starts_with('-') && !word.contains(['/', '.', '=']);
        is_plain && word.split([':', '-', '_']).any(|part| TASKS.contains(&part))
    };
    PROGRAMS.iter().any(is_program) || (RUNNERS.contains(&name) && rest.iter().any(is_task))
}

/// How a file comes to be that no edit made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MadeBy {
    /// A program that writes code out of descriptions.
    Generator,
    /// Tests that are told to record what they get.
    Tests,
}

impl MadeBy {
    pub(crate) const ALL: [Self; 2] = [Self::Generator, Self::Tests];

    /// Whether a path looks like that of such a file.
    pub(crate) fn may_make(self, path: &str) -> bool {
        match self {
            Self::Generator => looks_generated(path),
            Self::Tests => looks_recorded(path),
        }
    }

    /// The places among the steps of a command of those that make such files.
    pub(crate) fn places(self, command: &str) -> Vec<usize> {
        match self {
            Self::Generator => places(command),
            Self::Tests if !RECORDING.iter().any(|part| command.contains(part)) => Vec::new(),
            Self::Tests => {
                let steps = shell::steps(command);
                steps.iter().enumerate().filter(|(_, step)| records(&step.words)).map(|(place, _)| place).collect()
            }
        }
    }
}

/// Parts of commands that do; most commands have none and are not taken apart.
const RECORDING: &[&str] = &["update", "UPDATE", "accept", "bless", "BLESS", "regen", "REGEN", " -u", "RECORD"];

/// `go test ./... -update`, `vitest -u`, `pytest --snapshot-update`, `UPDATE_GOLDEN=1 make test`, `cargo insta accept`.
fn records(words: &[String]) -> bool {
    let sets = |word: &String| {
        let name =
            word.split_once('=').filter(|(_, value)| !["0", "false", "no", ""].contains(value)).map(|(name, _)| name);
        name.is_some_and(|name| {
            let is_variable =
                name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
            is_variable && ["UPDATE", "BLESS", "REGEN", "RECORD"].iter().any(|part| name.contains(part))
        })
    };
    let is_option = |word: &String| {
        let bare = word.trim_start_matches('-').to_lowercase();
        let parts = || bare.split(['-', '_', '.', '=']);
        let says =
            |part: &str| ["update", "updatesnapshot", "updatesnapshots", "accept", "regen", "bless"].contains(&part);
        word.starts_with('-') && !bare.ends_with("=false") && (bare == "u" || parts().any(says))
    };
    let takes_them =
        words.iter().any(|word| word == "insta") && words.iter().any(|word| word == "accept" || word == "review");
    let is_test = || words.iter().any(|word| word.split([':', '/', '-', '_', '.']).any(|part| TESTERS.contains(&part)));
    let is_git = words.iter().any(|word| base_name(word) == "git");
    takes_them || (!is_git && (words.iter().any(sets) || words.iter().any(is_option)) && is_test())
}

/// Parts of the names of programs and tasks that test.
const TESTERS: &[&str] =
    &["ava", "jest", "mocha", "nextest", "playwright", "pytest", "spec", "test", "tests", "vitest"];

/// Whether the path looks like that of what a test expects: by a folder for it, or by its end. `src/snapshot.rs` is code.
fn looks_recorded(path: &str) -> bool {
    const FOLDERS: &[&str] = &["__snapshots__", "approved", "expected", "golden", "goldens", "snapshots", "testdata"];
    const ENDS: &[&str] = &[".snap", ".golden", ".approved.txt", ".approved.json", ".ambr", ".snapshot"];
    let lower = path.to_lowercase();
    let mut folders = lower.rsplit('/').skip(1);
    folders.any(|folder| FOLDERS.contains(&folder)) || ENDS.iter().any(|end| lower.ends_with(end))
}

/// Whether the path looks like that of a file that was generated.
fn looks_generated(path: &str) -> bool {
    let lower = path.to_lowercase();
    lower.split(['/', '.', '-', '_']).any(|part| OF_A_PATH.contains(&part))
}

const OF_A_PATH: &[&str] = &["autogen", "codegen", "gen", "generated", "openapi", "pb", "swagger"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generator_is_known_by_its_program_or_the_name_of_its_task() {
        for (command, expected) in [
            ("pnpm api:generate", vec![0]),
            ("pnpm --filter shop run generate:client && pnpm test", vec![0]),
            ("npm test && npm run codegen", vec![1]),
            ("make gen", vec![0]),
            ("cd api && make graphql", vec![1]),
            ("go generate ./...", vec![0]),
            ("npx prisma generate", vec![0]),
            ("protoc --go_out=. cart.proto", vec![0]),
            ("npx prisma migrate dev", vec![]),
            ("go test ./...", vec![]),
            ("npm run general", vec![]),
            ("npm test -- src/generate/list.test.ts", vec![]),
            ("git log -- gen", vec![]),
        ] {
            assert_eq!(places(command), expected, "{command}");
        }
    }

    #[test]
    fn tests_that_record_what_they_get_write_what_is_expected_and_nothing_else() {
        for (command, expected) in [
            ("gofmt -w cart.go; go test ./internal/cart -run TestTotal -update", vec![1]),
            ("UPDATE_GOLDEN=1 go test ./...", vec![0]),
            ("npx vitest run -u", vec![0]),
            ("pytest tests --snapshot-update", vec![0]),
            ("cargo insta accept", vec![0]),
            ("INSTA_UPDATE=always cargo test", vec![0]),
            ("UPDATE_GOLDEN=0 go test ./...", vec![]),
            ("go test ./... -run Update", vec![]),
            ("git push -u origin test", vec![]),
            ("npm update test-utils", vec![]),
        ] {
            assert_eq!(MadeBy::Tests.places(command), expected, "{command}");
        }
        for path in ["internal/cart/testdata/total.golden", "src/__snapshots__/cart.test.ts.snap"] {
            assert!(MadeBy::Tests.may_make(path), "{path}");
        }
        for path in ["internal/cart/total.go", "src/state/snapshot.rs", "expected_errors.go"] {
            assert!(!MadeBy::Tests.may_make(path), "{path}");
        }
    }

    #[test]
    fn generated_files_are_known_by_their_paths() {
        for path in ["src/api/generated/models.ts", "cart.pb.go", "packages/client/openapi.json", "zz_generated.go"] {
            assert!(looks_generated(path), "{path}");
        }
        for path in ["src/cart.ts", "src/general.rs", "docs/agenda.md", "generators.rs"] {
            assert!(!looks_generated(path), "{path}");
        }
    }
}
