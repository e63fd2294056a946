//! Transcripts, folders and files that are not what they should be.

use std::fs;
use std::process::Command;

use crate::stage::{PATIENT, SESSION, Shop, content_of};
use crate::support::{PROGRAM, run};

#[test]
fn a_transcript_that_is_a_pipe_does_not_hold_up_a_commit() {
    let shop = Shop::new();
    let pipe = shop.projects().join("pipe.jsonl");
    assert_eq!(run(shop.sandbox.command("mkfifo").arg(&pipe), "").code, 0);
    assert_eq!(shop.agent_commit("a.rs", &[]).code, 0);
    assert!(shop.has_note(&shop.head()), "the pipe is passed over");
    let listed = shop.sandbox.backstory(&["sessions"]);
    assert!(listed.err.contains("pipe.jsonl is not a regular file; skipped"), "{listed:?}");
}

#[test]
fn a_transcript_of_two_gigabytes_ends_with_the_limit() {
    let shop = Shop::new();
    fs::write(shop.sandbox.root.join(".backstory.yml"), "timeout_ms: 1000\n").unwrap();
    let file = fs::File::create(shop.projects().join("huge.jsonl")).unwrap();
    file.set_len(2 << 30).unwrap();
    let ran = shop.agent_commit("a.rs", &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    fs::remove_file(shop.projects().join("huge.jsonl")).unwrap();
    let missed = shop.head();
    fs::write(shop.sandbox.root.join(".backstory.yml"), PATIENT).unwrap();
    shop.agent_commit("b.rs", &[]);
    assert!(shop.has_note(&missed) && shop.has_note(&shop.head()));
}

#[test]
fn a_folder_of_ours_that_cannot_be_made_costs_no_commit_and_no_record() {
    let shop = Shop::new();
    // A file in the way: the test may run as root, for whom no folder is read-only.
    fs::remove_dir_all(shop.ours()).unwrap();
    fs::write(shop.ours(), "in the way").unwrap();
    let ran = shop.agent_commit("a.rs", &[]);
    assert_eq!(ran.code, 0);
    assert!(ran.err.contains("did nothing, the commit goes on"), "{ran:?}");
    let missed = shop.head();
    fs::remove_file(shop.ours()).unwrap();
    shop.agent_commit("b.rs", &[]);
    assert!(shop.has_note(&missed) && shop.has_note(&shop.head()));
}

#[test]
fn the_index_may_be_deleted_at_any_time() {
    let shop = Shop::new();
    shop.agent_commit("a.rs", &[]);
    let note = shop.sandbox.git(&["notes", "--ref", "backstory", "show", "HEAD"]);
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(shop.ours().join(format!("index.db{end}")));
    }
    assert_eq!(shop.sandbox.backstory(&["hook", "post-commit"]).code, 0);
    assert_eq!(shop.sandbox.git(&["notes", "--ref", "backstory", "show", "HEAD"]), note);
}

#[test]
fn a_folder_of_ours_that_is_a_link_is_refused_and_nothing_is_written_through_it() {
    let shop = Shop::new();
    let elsewhere = shop.sandbox.base().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::remove_dir_all(shop.ours()).unwrap();
    std::os::unix::fs::symlink(&elsewhere, shop.ours()).unwrap();
    let ran = shop.agent_commit("a.rs", &[]);
    assert_eq!(ran.code, 0);
    assert!(ran.err.contains("is a symlink, which is not followed; delete it"), "{ran:?}");
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    fs::remove_file(shop.ours()).unwrap();
    let missed = shop.head();
    shop.agent_commit("b.rs", &[]);
    assert!(shop.has_note(&missed));
}

#[test]
fn a_log_that_is_a_pipe_is_not_written() {
    let shop = Shop::new();
    let _ = fs::remove_file(shop.ours().join("log"));
    assert_eq!(run(shop.sandbox.command("mkfifo").arg(shop.ours().join("log")), "").code, 0);
    fs::write(shop.sandbox.root.join(".backstory.yml"), "mistake: 1\n").unwrap();
    assert_eq!(shop.agent_commit("a.rs", &[]).code, 0);
}

#[test]
fn a_transcript_that_is_a_link_out_of_the_agents_folder_is_passed_over() {
    let shop = Shop::new();
    let real = shop.session("5f0c7a2e-0000-4000-8000-0000000000cc", "a.rs", &[&content_of("a.rs")]);
    let outside = shop.sandbox.base().join("outside.jsonl");
    fs::rename(&real, &outside).unwrap();
    std::os::unix::fs::symlink(&outside, &real).unwrap();
    shop.sandbox.write("a.rs", &content_of("a.rs"));
    shop.sandbox.git(&["add", "a.rs"]);
    assert_eq!(shop.commit("By hand").code, 0);
    assert!(!shop.sandbox.git(&["log", "-1", "--format=%B"]).contains("0000000000cc"));
    let listed = shop.sandbox.backstory(&["sessions"]);
    assert!(listed.err.contains("is a link to a file outside"), "{listed:?}");
}

#[test]
#[allow(clippy::print_stdout, reason = "a test that is skipped says so")]
fn a_transcript_of_another_user_is_passed_over() {
    let shop = Shop::new();
    let planted = shop.session("5f0c7a2e-0000-4000-8000-0000000000dd", "a.rs", &[&content_of("a.rs")]);
    if run(shop.sandbox.command("chown").arg("12345").arg(&planted), "").code != 0 {
        println!("skipped: only root can give a file to another user");
        return;
    }
    shop.sandbox.write("a.rs", &content_of("a.rs"));
    shop.sandbox.git(&["add", "a.rs"]);
    assert_eq!(shop.commit("By hand").code, 0);
    assert!(!shop.sandbox.git(&["log", "-1", "--format=%B"]).contains("0000000000dd"));
    let listed = shop.sandbox.backstory(&["sessions"]);
    assert!(listed.err.contains("belongs to another user"), "{listed:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn what_lies_in_the_way_in_our_folder_is_not_followed_and_makes_nothing_wait() {
    use std::os::unix::fs::symlink;

    let spooled = format!("spool/{}", "a".repeat(40));
    for name in ["pending", "key", "log", "forgotten", "installed.json", spooled.as_str()] {
        for way in ["symlink", "loose symlink", "pipe", "folder"] {
            let shop = Shop::new();
            let elsewhere = shop.sandbox.write("../elsewhere", "not ours\n");
            let path = shop.ours().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let _ = fs::remove_file(&path);
            match way {
                "symlink" => symlink(&elsewhere, &path).unwrap(),
                "loose symlink" => symlink(elsewhere.with_file_name("nowhere"), &path).unwrap(),
                "pipe" => assert!(Command::new("mkfifo").arg(&path).status().unwrap().success()),
                _ => fs::create_dir(&path).unwrap(),
            }
            let case = format!("{name} is a {way}");
            let within_a_minute = |program: &str, arguments: &[&str]| {
                let mut command = shop.sandbox.command("timeout");
                let ran = run(command.args(["60", program]).args(arguments), "");
                assert_ne!(ran.code, 124, "{case}: {arguments:?} waited");
                ran
            };
            shop.session(SESSION, "one.rs", &[&content_of("one.rs")]);
            shop.sandbox.write("one.rs", &content_of("one.rs"));
            shop.sandbox.git(&["add", "one.rs"]);
            let ran = within_a_minute("git", &["commit", "-q", "-m", "One"]);
            assert_eq!(ran.code, 0, "{case}: {ran:?}");
            for command in ["show", "log", "describe", "doctor", "backfill"] {
                within_a_minute(PROGRAM, &[command]);
            }
            assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "not ours\n", "{case}");
            assert!(!elsewhere.with_file_name("nowhere").exists(), "{case}");
            let has_record = shop.sandbox.note("HEAD").is_some();
            match name {
                // Perhaps it kept something out: when in doubt, nothing is recorded.
                "forgotten" => assert!(!has_record && ran.err.contains("forgotten cannot be read"), "{case}: {ran:?}"),
                _ => assert!(has_record, "{case}: {ran:?}"),
            }
        }
    }
}
