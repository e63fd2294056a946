//! The record that commit-msg prepares: post-commit takes it where everything is as it was, and it is the one that post-commit would
//! have made itself.
#![allow(clippy::unwrap_used, reason = "only tests are here")]

mod support;

use std::fs;
use std::io::Write as _;

use support::agents::{CART, CLAUDE_ID, TAX, claude, claude_folder, claude_turns, codex};
use support::{PROGRAM, Ran, Sandbox, run};

const PREPARED: &str = ".git/backstory/prepared";
/// Git takes the time that it is.
const NOW: [(&str, &str); 2] = [("GIT_AUTHOR_DATE", ""), ("GIT_COMMITTER_DATE", "")];

fn post_commit(sandbox: &Sandbox, variables: &[(&str, &str)]) -> Ran {
    run(sandbox.command(PROGRAM).args(["hook", "post-commit"]).envs(variables.iter().copied()), "")
}

/// A session wrote the cart, and it is staged.
fn staged() -> Sandbox {
    let sandbox = Sandbox::ready();
    claude(&sandbox);
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "-A"]);
    sandbox
}

/// Its name, what is done before the commit, the variables of the commit and its arguments, and whether the prepared record is taken.
type Case = (&'static str, fn(&Sandbox), &'static [(&'static str, &'static str)], &'static [&'static str], bool);

#[test]
fn a_prepared_record_is_the_one_that_post_commit_would_make() {
    let plain = &["commit", "-q", "-m", "Add the cart"];
    let cases: &[Case] = &[
        ("plain", |_| {}, &[], plain, true),
        ("with an editor", |_| {}, &[], &["commit", "-q", "--edit", "-m", "Add the cart", "-m", "  And more "], true),
        ("in the agent's shell", |_| {}, &[("CLAUDECODE", "1")], plain, true),
        (
            "with words of its own",
            |_| {},
            &[],
            &["commit", "-q", "-m", "Add the cart", "-m", "AI-Prompt: do it\nAI-Verified: yes"],
            true,
        ),
        (
            "of two agents",
            |s| {
                codex(s);
                s.write("tax.py", TAX);
                s.git(&["add", "-A"]);
            },
            &[],
            plain,
            true,
        ),
        (
            "with lines by hand",
            |s| {
                s.write("cart.py", &format!("{CART}\n\ndef more():\n    return total([], 3)\n"));
                s.git(&["add", "-A"]);
            },
            &[],
            plain,
            true,
        ),
        (
            "of a part",
            |s| {
                s.write("cart.py", &CART.replace("subtotal - discount", "subtotal"));
                s.write("b", "1\n");
                s.git(&["add", "-A"]);
            },
            &[],
            &["commit", "-q", "-m", "x", "cart.py"],
            true,
        ),
        (
            "after all that is tracked",
            |s| {
                s.write("cart.py", "# To do\n");
                s.git(&["commit", "-q", "--no-verify", "-am", "x"]);
                s.write("cart.py", CART);
            },
            &[],
            &["commit", "-qam", "y"],
            true,
        ),
        ("beside a change that is not committed", |s| drop(s.write(".gitignore", "x\n")), &[], plain, true),
        (
            "beside a change of what is tracked",
            |s| {
                s.write("test_cart.py", "1\n");
                s.git(&["add", "-A"]);
                s.write("test_cart.py", "2\n");
            },
            &[],
            plain,
            false,
        ),
        (
            "without prompts",
            |s| {
                s.write(".backstory.yml", "timeout_ms: 60000\nprompts: none\n");
            },
            &[],
            plain,
            true,
        ),
        (
            "of a team that changes its settings",
            |s| {
                s.write(".backstory.yml", "timeout_ms: 60000\nprompts: none\n");
                s.git(&["add", "-A"]);
                s.write(".backstory.yml", "timeout_ms: 60000\n");
            },
            &[],
            plain,
            true,
        ),
        (
            "without some files",
            |s| {
                s.write(".backstoryignore", "path: test_*\n");
            },
            &[],
            plain,
            true,
        ),
        (
            "after a checkout",
            |s| {
                s.git(&["stash", "-q"]);
                s.git(&["checkout", "-q", "-b", "side"]);
                s.git(&["commit", "-q", "--allow-empty", "-m", "z"]);
                s.git(&["checkout", "-q", "main"]);
                s.git(&["stash", "pop", "-q"]);
                s.git(&["add", "-A"]);
            },
            &[],
            plain,
            true,
        ),
        (
            "on a given date",
            |_| {},
            &[("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z"), ("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z")],
            plain,
            false,
        ),
        ("on two dates", |_| {}, &[("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z")], plain, false),
    ];
    for (case, change, variables, arguments, is_taken) in cases {
        let sandbox = staged();
        change(&sandbox);
        fs::remove_file(sandbox.root.join(".git/hooks/post-commit")).unwrap();
        let variables = [&NOW[..], variables].concat();
        let ran = sandbox.git_with(&variables, arguments);
        assert_eq!(ran.code, 0, "{case}: {ran:?}");
        // It can make none of its own then.
        let failing = [&variables[..], &[("BACKSTORY_FAILPOINT", "sessions.gather=error")]].concat();
        assert_eq!(post_commit(&sandbox, &failing).code, 0, "{case}");
        let prepared = sandbox.note("HEAD");
        assert_eq!(prepared.is_some(), *is_taken, "{case}");
        assert!(!sandbox.root.join(PREPARED).exists(), "{case}");
        if *is_taken {
            sandbox.git(&["notes", "--ref", "backstory", "remove", "HEAD"]);
        }
        let own = post_commit(&sandbox, &variables);
        assert_eq!((own.code, own.err.as_str()), (0, ""), "{case}");
        let own = sandbox.note("HEAD");
        assert!(own.is_some(), "{case}");
        assert!(!is_taken || own == prepared, "{case}: {own:?} is not {prepared:?}");
    }
}

/// Makes the commit without its post-commit hook, lets `change` happen, and runs that hook so that it can make no record of its own.
/// Whether there is one.
fn is_taken(case: &str, variables: &[(&str, &str)], change: fn(&Sandbox)) -> bool {
    let sandbox = staged();
    fs::remove_file(sandbox.root.join(".git/hooks/post-commit")).unwrap();
    let all = [&NOW[..], variables].concat();
    assert_eq!(sandbox.git_with(&all, &["commit", "-q", "-m", "Add the cart"]).code, 0, "{case}");
    change(&sandbox);
    let head = sandbox.git(&["rev-parse", "HEAD"]);
    let failing = [variables, &[("BACKSTORY_FAILPOINT", "sessions.gather=error")]].concat();
    let ran = post_commit(&sandbox, &failing);
    assert_eq!(ran.code, 0, "{case}: {ran:?}");
    assert!(!sandbox.root.join(PREPARED).exists(), "{case}");
    let is_taken = sandbox.note("HEAD").is_some();
    let waits = sandbox.root.join(".git/backstory/spool").join(head.trim()).exists();
    assert_eq!(waits, !is_taken, "{case}: what was not recorded waits on the spool");
    is_taken
}

/// Its name, and what happens between the two hooks.
type Change = (&'static str, fn(&Sandbox));

#[test]
fn a_prepared_record_is_taken_where_all_is_as_it_was() {
    assert!(is_taken("plain", &[], |_| {}));
    assert!(is_taken("in the agent's shell", &[("CLAUDECODE", "1")], |_| {}));
    assert!(is_taken("beside what is not tracked", &[], |s| drop(s.write("new.txt", "1\n"))));
    let cases: &[Change] = &[
        ("the session went on", |s| {
            let path = claude_folder(s).join(format!("{CLAUDE_ID}.jsonl"));
            fs::OpenOptions::new().append(true).open(path).unwrap().write_all(b"{}\n").unwrap();
        }),
        ("the session is gone", |s| fs::remove_file(claude_folder(s).join(format!("{CLAUDE_ID}.jsonl"))).unwrap()),
        ("another session began", |s| drop(codex(s))),
        ("the index is gone", |s| fs::remove_file(s.root.join(".git/backstory/index.db")).unwrap()),
        ("the settings changed", |s| drop(s.write(".backstory.yml", "timeout_ms: 60000\nprompts: none\n"))),
        ("something is ignored now", |s| drop(s.write(".backstoryignore", "agent: codex\n"))),
        ("a team names its steps", |s| {
            drop(s.write(".backstory/process.toml", "[[activity]]\nname = \"ask\"\ncommands = [\"ask\"]\n"))
        }),
        ("an alias was set", |s| drop(s.git(&["config", "backstory.alias", "/elsewhere"]))),
        ("a session was forgotten", |s| drop(s.write(".git/backstory/forgotten", "session:codex/1234\n"))),
        ("a tracked file is otherwise", |s| drop(s.write("cart.py", &CART.replace("100", "10")))),
        ("another message", |s| {
            drop(s.git_with(&NOW, &["commit", "-q", "--amend", "--no-verify", "-m", "Add a cart"]))
        }),
        ("other files", |s| {
            s.write("b", "1\n");
            s.git(&["add", "b"]);
            s.git_with(&NOW, &["commit", "-q", "--amend", "--no-verify", "--no-edit"]);
        }),
        ("other dates", |s| drop(s.git(&["commit", "-q", "--amend", "--no-verify", "--no-edit", "--reset-author"]))),
        ("another author", |s| {
            s.git(&["commit", "-q", "--amend", "--no-verify", "--no-edit", "--author", "B <b@example.invalid>"]);
        }),
        ("the next commit", |s| {
            s.write("cart.py", &CART.replace("    return", "\n    return"));
            s.git_with(&NOW, &["commit", "-q", "--no-verify", "-am", "Add the cart"]);
        }),
        ("it was cut off", |s| {
            let bytes = fs::read(s.root.join(PREPARED)).unwrap();
            fs::write(s.root.join(PREPARED), &bytes[..bytes.len() - 1]).unwrap();
        }),
        ("it was changed", |s| drop(s.write(PREPARED, &s.read(PREPARED).replace("percentage", "per-mille")))),
        ("it is of no version that is known", |s| {
            drop(s.write(PREPARED, &s.read(PREPARED).replacen("\"version\":1", "\"version\":0", 1)));
        }),
    ];
    for (case, change) in cases {
        assert!(!is_taken(case, &[], *change), "{case}");
    }
}

#[test]
fn what_is_prepared_is_redacted_this_users_alone_and_forgotten() {
    let sandbox = Sandbox::ready();
    let prompt = "Use the key ghp_16C7e42F292c6912E7710c838347Ae178B4a for it";
    claude_turns(&sandbox, &[(1, prompt, "cart.py", CART)]);
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "-A"]);
    fs::remove_file(sandbox.root.join(".git/hooks/post-commit")).unwrap();
    assert_eq!(sandbox.git_with(&NOW, &["commit", "-q", "-m", "Add the cart"]).code, 0);
    let text = sandbox.read(PREPARED);
    assert!(text.contains("Use the key ") && !text.contains("ghp_16C7"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(sandbox.root.join(PREPARED)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(post_commit(&sandbox, &[]).code, 0);
    sandbox.write(PREPARED, &text);
    sandbox.backstory(&["forget", "--session", CLAUDE_ID]).good();
    assert!(!sandbox.root.join(PREPARED).exists());
}
