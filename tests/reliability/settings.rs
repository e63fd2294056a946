//! Settings that stop a commit or cannot be read, and names that look like something else.

use std::fs;
use std::path::Path;

use crate::stage::{PATIENT, SESSION, Shop};
use crate::support::sources::sources_below;

#[test]
fn strict_stops_the_commit_when_the_hook_cannot_do_its_work() {
    let shop = Shop::new();
    fs::write(shop.sandbox.root.join(".backstory.yml"), format!("strict: true\n{PATIENT}")).unwrap();
    assert_eq!(shop.agent_commit("a.rs", &[]).code, 0);
    let before = shop.head();
    fs::remove_dir_all(shop.ours()).unwrap();
    fs::write(shop.ours(), "in the way").unwrap();
    assert_ne!(shop.agent_commit("b.rs", &[]).code, 0);
    assert_eq!(shop.head(), before);
}

#[test]
fn settings_with_a_mistake_cost_no_commit_and_no_record() {
    let shop = Shop::new();
    fs::write(shop.sandbox.root.join(".backstory.yml"), "sharin: local\n").unwrap();
    let ran = shop.agent_commit("a.rs", &[]);
    assert_eq!(ran.code, 0);
    assert!(ran.err.contains("did you mean `sharing`?"), "{ran:?}");
    let missed = shop.head();
    assert!(!shop.has_note(&missed));
    fs::write(shop.sandbox.root.join(".backstory.yml"), PATIENT).unwrap();
    shop.agent_commit("b.rs", &[]);
    assert!(shop.has_note(&missed));
}

#[test]
fn a_branch_and_a_file_that_look_like_options_are_names() {
    let shop = Shop::new();
    shop.agent_commit("a.rs", &[]);
    shop.sandbox.git(&["update-ref", "refs/heads/--output=x", "HEAD"]);
    shop.sandbox.git(&["symbolic-ref", "HEAD", "refs/heads/--output=x"]);
    assert_eq!(shop.agent_commit("-n.rs".trim_start_matches('-'), &[]).code, 0);
    assert!(shop.has_note(&shop.head()));
    for arguments in [&["show", "--", "--output=x"][..], &["describe", "--", "--output=x..HEAD"]] {
        let ran = shop.sandbox.backstory(arguments);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("is not a revision"), "{ran:?}");
    }
    let paths = shop.sandbox.backstory(&["log", "--", "-n1"]);
    assert_eq!((paths.code, paths.out.as_str()), (0, ""), "a path: {paths:?}");
    assert!(!shop.sandbox.root.join("x").exists());
    let outside = shop.sandbox.backstory(&["why", "../../etc/passwd:1"]);
    assert_eq!(outside.code, 2, "{outside:?}");
}

#[test]
fn no_shell_is_started() {
    let mut started = Vec::new();
    for path in sources_below(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| line.contains("Command::new(")) {
            let known = ["Command::new(\"git\")", "Command::new(&self.program)"];
            // What a person types for `sop draft --llm-command`, and the parents of `sop approve` where there is no /proc; no
            // hook comes there.
            let asked_for = [("language_model/command.rs", "\"sh\""), ("sops/ancestors.rs", "\"ps\"")];
            let is_asked_for = asked_for.iter().any(|(file, word)| path.ends_with(file) && line.contains(word));
            if !known.iter().any(|known| line.contains(known)) && !is_asked_for {
                started.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(started.is_empty(), "only git, and the demo's own program:\n{}", started.join("\n"));
}

#[test]
fn what_backstoryignore_names_is_not_recorded_by_hooks_and_backfill() {
    let shop = Shop::new();
    for line in [format!("session:{SESSION}"), format!("session:claude-code/{SESSION}"), "agent:claude-code".to_owned()]
    {
        fs::write(shop.sandbox.root.join(".backstoryignore"), format!("# private\n{line}\n")).unwrap();
        let file = format!("{}.rs", line.replace([':', '/'], "_"));
        assert_eq!(shop.agent_commit(&file, &[("CLAUDE_CODE_SESSION_ID", SESSION)]).code, 0);
        assert_eq!(shop.sandbox.git(&["log", "-1", "--format=%B"]).trim(), format!("Add {file}"));
        shop.sandbox.backstory(&["backfill", "HEAD"]).good();
        assert!(!shop.has_note(&shop.head()), "{line}");
    }
    fs::write(shop.sandbox.root.join(".backstoryignore"), "path:secret/**\n").unwrap();
    shop.agent_commit("secret/plan.rs", &[]);
    shop.agent_commit("open.rs", &[]);
    assert!(shop.has_note(&shop.head()));
    let notes: String = shop
        .sandbox
        .git(&["notes", "--ref", "backstory", "list"])
        .lines()
        .map(|line| shop.sandbox.git(&["cat-file", "-p", line.split(' ').next().unwrap()]))
        .collect();
    assert!(!notes.contains("\"path\":\"secret/plan.rs\""), "{notes}");
}
