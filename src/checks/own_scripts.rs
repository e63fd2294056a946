//! Checks that somebody wrote for the moment or keeps beside the code: `python -c "... assert total(2) == 4"`,
//! `python scripts/check_links.py`.

use crate::text::paths;

/// The name, without its end, of the script that an interpreter is given, where it is named for what it checks.
pub(super) fn named_for_a_check(arguments: &[String]) -> Option<&str> {
    let script = arguments.first().map(|word| paths::name_anywhere(word)).filter(|word| !word.starts_with('-'))?;
    let (stem, end) = script.rsplit_once('.')?;
    let first = stem.split(['_', '-', '.']).next().unwrap_or(stem);
    (["py", "rb", "php", "pl"].contains(&end) && NAMES.contains(&first)).then_some(stem)
}

/// How the names of scripts begin that check something.
const NAMES: &[&str] = &["check", "checks", "verify", "validate", "lint", "smoke"];

/// What a script has in it that changes files: what it asserts then is that it does so rightly.
const WRITES: &[&str] = &[
    "write(",
    "write_text(",
    "write_bytes(",
    "writelines(",
    "writeFile",
    "appendFile",
    "json.dump(",
    "unlink(",
    "rename(",
    "'w')",
    "\"w\")",
    "file_put_contents",
    "File.write",
];

/// Whether the code that an interpreter is given on the command line asserts something and changes no file.
pub(super) fn asserts(name: &str, arguments: &[String]) -> bool {
    let (flags, words): (&[&str], &[&str]) = match name {
        "python" | "python3" | "py" => (&["-c"], &["assert ", "assert(", "sys.exit(1)", "raise SystemExit"]),
        "node" | "bun" | "deno" | "tsx" => {
            (&["-e", "--eval", "eval"], &["assert(", "assert.", "console.assert", "process.exit(1)"])
        }
        "ruby" => (&["-e"], &["raise ", "abort", "exit 1"]),
        "php" => (&["-r"], &["assert(", "exit(1)"]),
        _ => return false,
    };
    let place = arguments.iter().position(|word| flags.contains(&word.as_str()));
    let code = place.and_then(|place| arguments.get(place + 1));
    code.filter(|code| !WRITES.iter().any(|word| code.contains(word))).is_some_and(|code| states(code, words))
}

/// Whether a statement of the code is one of these. What ends a program that could not do its work asserts nothing.
fn states(code: &str, words: &[&str]) -> bool {
    let mut is_caught = false;
    code.lines().flat_map(|line| line.split(';')).any(|statement| {
        let opens = statement.contains("catch") || statement.trim_start().starts_with("except");
        let is_outside = !opens && !statement.starts_with([' ', '\t']);
        is_caught = opens || (is_caught && !is_outside);
        let is_found = begins(statement, words) && !is_caught;
        is_caught &= statement.rfind('}') <= statement.rfind("catch");
        is_found
    })
}

/// Whether a statement is one of these: what stands in a string or behind a `#` asserts nothing.
fn begins(statement: &str, words: &[&str]) -> bool {
    let statement = statement.trim_start();
    let guarded = statement.rsplit_once(") ").map_or("", |(_, behind)| behind);
    let behind_colon = statement.rsplit_once(": ").map_or("", |(_, behind)| behind);
    [statement, guarded, behind_colon].iter().any(|part| words.iter().any(|word| part.starts_with(word)))
}

#[cfg(test)]
mod tests {
    use super::super::classify::classify_command;
    use super::super::end::is_seen;
    use super::super::scope::{CheckScope, scope};
    use crate::record::contribution::CheckKind;

    #[test]
    fn code_that_asserts_and_scripts_named_for_it_are_checks() {
        use CheckKind::{Lint, Script, Test};
        for (command, expected) in [
            ("python3 -c \"from price import total; assert total(2) == 4; print('ok')\"", Some(Test)),
            ("python3 -c 'import price\nassert price.total(2) == 4'", Some(Test)),
            ("uv run python -c 'import a; assert a.b'", Some(Test)),
            ("python3 -c \"print('assert nothing')\"", None),
            ("python3 -c 'try:\n  import price\nexcept ImportError:\n  sys.exit(1)'", None),
            (
                "python3 -c 'try:\n  import price\nexcept ImportError:\n  sys.exit(1)\nassert price.total(2) == 4'",
                Some(Test),
            ),
            (
                "node -e \"import('price').then(()=>console.log(1)).catch(e=>{console.error(e); process.exit(1)})\"",
                None,
            ),
            ("node -e \"try { require('./a') } catch (e) { throw e }; if (a !== 2) process.exit(1)\"", Some(Test)),
            ("python3 -c \"s = open('a.py').read(); assert 'x' in s; open('a.py', 'w').write(s)\"", None),
            ("python3 -c 'import json; print(json.load(open(\"a.json\")))'", None),
            ("node -e \"const a = require('./a'); assert.equal(a.b(1), 2)\"", Some(Test)),
            ("node -e 'if (require(\"./a\").b !== 2) process.exit(1)'", Some(Test)),
            ("node -e 'console.log(1)'", None),
            ("python scripts/check_links.py docs", Some(Script)),
            ("uv run scripts/validate_schema.py", Some(Script)),
            ("python3 tools/verify.py --all", Some(Script)),
            ("./scripts/Verify-Prices.ps1 -Path a.json", Some(Script)),
            ("bash scripts/check.sh", Some(Script)),
            ("python3 tools/lint_docs.py", Some(Lint)),
            ("python3 smoke.py", Some(Test)),
            ("python3 checkout.py", None),
            ("python3 scripts/update.py", None),
            ("ruby bin/check_locales.rb", Some(Script)),
        ] {
            assert_eq!(classify_command(command), expected, "{command}");
        }
        let command = "python3 -c 'import a; assert a.b(\"x/y::z\") == 1'";
        assert_eq!(scope(command, Test), CheckScope::Single);
        assert!(is_seen(Test, command, ""));
        assert!(!is_seen(Test, &format!("{command}; echo done"), "done"));
    }
}
