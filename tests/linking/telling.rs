//! What is quoted of a check that failed. `tests/telling/RUNNER-CASE.txt` holds what a real tool printed about a small program: the
//! tool and its version, the command, its exit code, the lines to be quoted, and behind a border the output as it was.
//! `BACKSTORY_WRITE_EXPECTED=1 cargo test --test linking telling` writes the lines anew; then read the difference.

use std::fs;
use std::path::{Path, PathBuf};

use backstory::record::session::{FailureKind, Outcome};
use backstory::record::text::Raw;

use crate::stage::{TOTAL, commit, done, edit, linked, session, shell, turn, wrote_total};

const BORDER: &str = "----\n";

struct Case {
    path: PathBuf,
    /// What stands before the lines to be quoted.
    head: String,
    command: String,
    exit: i32,
    expected: Vec<String>,
    output: String,
}

#[allow(clippy::disallowed_methods, reason = "the cases are files of the project")]
fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/telling");
    let files = fs::read_dir(folder).expect("the folder of cases").map(|entry| entry.expect("a case").path());
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    files.into_iter().map(read).collect()
}

#[allow(clippy::disallowed_methods, reason = "the cases are files of the project")]
fn read(path: PathBuf) -> Case {
    let text = fs::read_to_string(&path).expect("a case is text");
    let (head, output) = text.split_once(BORDER).unwrap_or_else(|| panic!("{}: a border", path.display()));
    let of = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim).unwrap_or_default();
    let quoted = head.lines().filter_map(|line| line.strip_prefix("quoted: ")).map(str::to_owned);
    let rest = head.lines().filter(|line| !line.starts_with("quoted: "));
    assert!(!of("tool:").is_empty(), "{}: the tool and its version", path.display());
    Case {
        head: rest.map(|line| format!("{line}\n")).collect(),
        command: of("command:").to_owned(),
        exit: of("exit:").parse().unwrap_or_else(|_| panic!("{}: an exit code", path.display())),
        expected: quoted.collect(),
        output: output.to_owned(),
        path,
    }
}

/// The files that the programs of the cases are made of.
const FILES: [&str; 19] = [
    "a.c",
    "a.js",
    "a.py",
    "a.rs",
    "a.ts",
    "cart.c",
    "cart.go",
    "cart.js",
    "cart.py",
    "cart.ts",
    "lib.rs",
    "old.js",
    "print.go",
    "util.go",
    "A.java",
    "Cart.java",
    "Cart.cs",
    "cart_test.go",
    "gone.h",
];

/// What the record quotes of a session's run of the command; nothing where it holds no failed attempt.
fn quoted(case: &Case) -> Vec<String> {
    let outcome = match case.exit {
        0 => done(&case.output),
        code => Outcome::Failed {
            kind: FailureKind::Command,
            exit_code: Some(code),
            output: Raw::new(case.output.as_str()),
        },
    };
    let wrote = FILES.map(|name| edit(6, name, "", "}", done("")));
    let calls = [wrote_total(6), wrote.to_vec(), vec![shell(7, &case.command, outcome)]].concat();
    let session = session("one", vec![turn(5, "Add a discount", calls)]);
    // The session and the commit touch them: what is wrong elsewhere is not their failure.
    let files: Vec<(&str, &str)> = [("src/price.py", TOTAL)].into_iter().chain(FILES.map(|name| (name, "}"))).collect();
    let linked = linked(vec![session], &commit(12, "Discounts", &files));
    let error = linked.contributions[0].attempts.first().and_then(|attempt| attempt.error.clone());
    error.iter().flat_map(|error| error.expose().lines().map(str::to_owned)).collect()
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the cases are files of the project")]
fn the_lines_that_say_what_is_wrong_are_quoted_of_each_runner() {
    let mut differences = Vec::new();
    for case in cases() {
        let found = quoted(&case);
        if std::env::var_os("BACKSTORY_WRITE_EXPECTED").is_some() {
            let lines: String = found.iter().map(|line| format!("quoted: {line}\n")).collect();
            fs::write(&case.path, format!("{}{lines}{BORDER}{}", case.head, case.output)).expect("a case is written");
        } else if found != case.expected {
            let name = case.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            differences.push(format!("{name}\n  expected {:#?}\n  quoted   {found:#?}", case.expected));
        }
    }
    assert_eq!(differences.join("\n"), "");
}
