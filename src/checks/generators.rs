//! Commands that write files out of others: clients out of descriptions of an interface, code out of schemas. They do not name what
//! they write.

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

/// Whether the path looks like that of a file that was generated.
pub(crate) fn looks_generated(path: &str) -> bool {
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
    fn generated_files_are_known_by_their_paths() {
        for path in ["src/api/generated/models.ts", "cart.pb.go", "packages/client/openapi.json", "zz_generated.go"] {
            assert!(looks_generated(path), "{path}");
        }
        for path in ["src/cart.ts", "src/general.rs", "docs/agenda.md", "generators.rs"] {
            assert!(!looks_generated(path), "{path}");
        }
    }
}
