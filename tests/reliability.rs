//! That nothing blocks and nothing is lost: hooks that fail, hang, crash or are killed at every step, folders and files that
//! are not what they should be, and many commits at once.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail loudly")]

mod support;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use support::{PROGRAM, Ran, Sandbox, run};

const SESSION: &str = "5f0c7a2e-0000-4000-8000-00000000000a";

const PATIENT: &str = "timeout_ms: 20000\n";

/// A repository with hooks and one commit, and the session of an agent that is at work in it.
struct Shop {
    sandbox: Sandbox,
}

impl Shop {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        sandbox.write("start.txt", "start\n");
        sandbox.git(&["add", "."]);
        sandbox.git(&["commit", "-q", "-m", "Start"]);
        sandbox.backstory(&["init", "--share"]).good();
        // Tests share a slow machine; those of the limit set their own.
        sandbox.write(".backstory.yml", PATIENT);
        sandbox.git(&["add", "."]);
        let shop = Self { sandbox };
        shop.session(SESSION, "edit.txt", &["nothing yet"]);
        shop.commit("Set up");
        shop
    }

    fn projects(&self) -> PathBuf {
        self.projects_of(&self.sandbox.root)
    }

    fn projects_of(&self, root: &Path) -> PathBuf {
        let slug: String =
            root.to_string_lossy().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        self.sandbox.home.join(".claude/projects").join(slug)
    }

    /// A session that went on and wrote each of `texts` into `file` of the repository.
    fn session(&self, id: &str, file: &str, texts: &[&str]) -> PathBuf {
        self.session_in(&self.sandbox.root, id, file, texts)
    }

    fn session_in(&self, root: &Path, id: &str, file: &str, texts: &[&str]) -> PathBuf {
        let folder = self.projects_of(root);
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{id}.jsonl"));
        let lines = fs::read_to_string(&path).unwrap_or_default().lines().count();
        let text: String =
            (lines / 3..).zip(texts).map(|(number, content)| edit(root, id, file, content, number)).collect();
        let mut transcript = fs::OpenOptions::new().create(true).append(true).open(&path).unwrap();
        transcript.write_all(text.as_bytes()).unwrap();
        path
    }

    /// Commits `file` with a text that the session wrote, so that a record is due.
    fn agent_commit(&self, file: &str, extra: &[(&str, &str)]) -> Ran {
        let content = content_of(file);
        self.session(SESSION, file, &[&content]);
        self.sandbox.write(file, &content);
        self.sandbox.git(&["add", file]);
        let mut command = self.git_now(&self.sandbox.root);
        command.args(["commit", "-q", "-m", &format!("Add {file}")]);
        for (name, value) in extra {
            command.env(name, value);
        }
        run(&mut command, "")
    }

    fn commit(&self, message: &str) -> Ran {
        run(self.git_now(&self.sandbox.root).args(["commit", "-q", "--allow-empty", "-m", message]), "")
    }

    fn git_now(&self, root: &Path) -> Command {
        let mut command = self.sandbox.command("git");
        command.current_dir(root).env_remove("GIT_AUTHOR_DATE").env_remove("GIT_COMMITTER_DATE");
        command
    }

    fn head(&self) -> String {
        self.sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    fn has_note(&self, commit: &str) -> bool {
        self.sandbox.try_git(&["notes", "--ref", "backstory", "show", commit]).code == 0
    }

    fn notes(&self) -> usize {
        self.sandbox.git(&["notes", "--ref", "backstory", "list"]).lines().count()
    }

    fn ours(&self) -> PathBuf {
        self.sandbox.root.join(".git/backstory")
    }

    fn spooled(&self) -> usize {
        let count = |path: PathBuf| fs::read_dir(path).into_iter().flatten().flatten().count();
        count(self.ours().join("spool")) + count(self.sandbox.root.join(".git/backstory-spool"))
    }
}

/// The program takes its time from the clock, so sessions and commits must be of now.
#[allow(clippy::disallowed_methods, reason = "the one place of these tests that reads the clock")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// A prompt and an edit, as Claude Code writes them.
fn edit(root: &Path, id: &str, file: &str, content: &str, number: usize) -> String {
    let cwd = root.to_string_lossy();
    let start = now() - jiff::SignedDuration::from_secs(60);
    let at = |second: usize| format!("{:.3}", start + jiff::SignedDuration::from_secs((number % 50 + second) as i64));
    let line = |uuid: usize, parent: Option<usize>, at: String, kind: &str, rest: serde_json::Value| {
        // A message that stands in two transcripts is read as a copy; so each session has its own ids.
        let name = |n: usize| format!("0000{}-0000-4000-8000-{n:012}", &id[id.len() - 4..]);
        let mut value = serde_json::json!({
            "parentUuid": parent.map(name), "isSidechain": false, "userType": "external", "cwd": cwd, "sessionId": id,
            "version": "2.1.42", "gitBranch": "main", "type": kind, "uuid": name(uuid), "timestamp": at,
        });
        for (key, part) in rest.as_object().unwrap() {
            value[key] = part.clone();
        }
        format!("{value}\n")
    };
    let first = number * 3 + 1;
    let path = root.join(file).to_string_lossy().into_owned();
    let call = format!("toolu_{}_{number}", &id[id.len() - 4..]);
    [
        line(first, None, at(1), "user", serde_json::json!({"message": {"role": "user", "content": format!("Please write the unrepeatable words into {file}")}})),
        line(first + 1, Some(first), at(2), "assistant", serde_json::json!({"message": {"id": format!("msg_{}_{number}", &id[id.len() - 4..]), "type": "message", "role": "assistant", "model": "claude-opus-4-6",
            "content": [{"type": "tool_use", "id": call, "name": "Write", "input": {"file_path": path, "content": content}}]}})),
        line(first + 2, Some(first + 1), at(3), "user", serde_json::json!({"message": {"role": "user", "content": [{"tool_use_id": call, "type": "tool_result", "content": "File created successfully."}]},
            "toolUseResult": {"type": "create", "filePath": path, "content": content, "structuredPatch": []}})),
    ]
    .concat()
}

#[test]
fn a_commit_with_a_session_has_trailers_and_a_record() {
    let shop = Shop::new();
    assert_eq!(shop.agent_commit("a.rs", &[]).code, 0);
    let message = shop.sandbox.git(&["log", "-1", "--format=%B"]);
    assert_eq!(
        message.trim(),
        format!("Add a.rs\n\nAssisted-by: Claude Code (claude-opus-4-6)\nBackstory-Session: claude-code/{SESSION}")
    );
    assert!(shop.has_note(&shop.head()));
    assert_eq!(shop.spooled(), 0);
}

#[test]
fn where_no_agent_is_at_work_a_commit_writes_no_file_of_ours() {
    let sandbox = Sandbox::new();
    sandbox.backstory(&["init"]).good();
    let ours = sandbox.root.join(".git/backstory");
    let names = || {
        let mut names: Vec<_> = fs::read_dir(&ours).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    for name in ["a", "b"] {
        sandbox.write(name, name);
        sandbox.git(&["add", name]);
        sandbox.git(&["commit", "-q", "-m", name]);
    }
    sandbox.git(&["commit", "-q", "--amend", "-m", "c"]);
    // But for what lets the hooks of the next commit know that they have nothing to do.
    let ours: Vec<_> = names().into_iter().filter(|name| !before.contains(name)).collect();
    assert!(ours.iter().all(|name| name == "idle" || name == "passed" || name == "passed-at"), "{ours:?}");
    assert!(!sandbox.root.join(".git/backstory-spool").exists());
}

/// Every failpoint with one action: the commit is made with a whole message, the repository is sound, and the next commit
/// brings the record that was missed.
#[cfg(debug_assertions)]
fn at_every_step(action: &str) {
    let shop = Shop::new();
    for (number, point) in backstory::failpoint::POINTS.iter().enumerate() {
        // As in a new clone: key, index and spool are made again.
        let _ = fs::remove_dir_all(shop.ours());
        fs::write(
            shop.sandbox.root.join(".backstory.yml"),
            if action == "stall" { "timeout_ms: 700\n" } else { PATIENT },
        )
        .unwrap();
        let what = format!("{point}={action}");
        let ran = shop.agent_commit(&format!("{action}{number}.rs"), &[("BACKSTORY_FAILPOINT", &what)]);
        assert_eq!(ran.code, 0, "{what}: {ran:?}");
        if action == "panic" {
            assert!(ran.err.contains("stopped by a mistake in the program"), "{what} is not reached: {ran:?}");
        }
        let message = shop.sandbox.git(&["log", "-1", "--format=%B"]);
        let lines: Vec<&str> = message.trim().lines().collect();
        assert!(lines.len() == 1 || lines.len() == 4, "{what}: {message}");
        assert_eq!(lines[0], format!("Add {action}{number}.rs"), "{what}");
        let interrupted = shop.head();
        shop.sandbox.git(&["fsck", "--strict"]);
        fs::write(shop.sandbox.root.join(".backstory.yml"), PATIENT).unwrap();
        assert_eq!(shop.agent_commit(&format!("{action}{number}-next.rs"), &[]).code, 0, "{what}");
        assert!(shop.has_note(&shop.head()), "{what}: the next commit has no record");
        assert_eq!(shop.spooled(), 0, "{what}");
        assert!(shop.has_note(&interrupted), "{what}: the record was lost");
        shop.sandbox.git(&["fsck", "--strict"]);
    }
}

#[cfg(debug_assertions)]
#[test]
fn an_error_at_any_step_loses_nothing() {
    at_every_step("error");
}

#[cfg(debug_assertions)]
#[test]
fn a_full_disk_at_any_step_loses_nothing() {
    at_every_step("full");
}

#[cfg(debug_assertions)]
#[test]
fn a_panic_at_any_step_loses_nothing() {
    at_every_step("panic");
}

#[cfg(debug_assertions)]
#[test]
fn a_kill_at_any_step_loses_nothing() {
    at_every_step("kill");
}

#[cfg(debug_assertions)]
#[test]
fn a_stall_at_any_step_ends_with_the_limit_and_loses_nothing() {
    at_every_step("stall");
}

#[cfg(debug_assertions)]
#[test]
fn doctor_says_what_waits_on_the_spool_and_what_the_log_said_last() {
    let shop = Shop::new();
    let quiet = shop.sandbox.backstory(&["doctor"]).good();
    assert!(quiet.contains("  unfinished records: none\n"), "{quiet}");
    shop.agent_commit("a.rs", &[("BACKSTORY_FAILPOINT", "notes.blob=full")]);
    let ran = shop.sandbox.backstory(&["doctor"]);
    let waits = format!("! unfinished records: 1 commit, the oldest {}\n  -> the next commit makes", &shop.head()[..7]);
    assert!(ran.code == 1 && ran.out.contains(&waits), "{}", ran.out);
    assert!(
        ran.out.contains("post-commit did nothing, the commit goes on: ")
            && ran.out.contains("  -> fix the problem it reports, then delete "),
        "{}",
        ran.out
    );
    shop.sandbox.backstory(&["backfill", "HEAD"]).good();
    fs::remove_file(shop.ours().join("log")).unwrap();
    assert!(shop.sandbox.backstory(&["doctor"]).good().contains("  log: empty\n"));
}

#[test]
fn every_failpoint_of_the_code_is_in_the_table() {
    let mut named: Vec<String> = Vec::new();
    collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut |_, text| {
        for part in text.split("failpoint::reach(\"").skip(1) {
            named.push(part.split('"').next().unwrap().to_owned());
        }
    });
    named.sort();
    named.dedup();
    let mut known: Vec<&str> = backstory::failpoint::POINTS.to_vec();
    known.sort_unstable();
    assert_eq!(named, known);
}

#[test]
fn every_test_that_the_document_names_is_there() {
    let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reliability.md")).unwrap();
    let mut sources = String::new();
    for folder in ["src", "tests"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut |_, text| sources.push_str(text));
    }
    let named: Vec<&str> =
        document.split('`').filter(|word| word.matches('_').count() > 2 && !word.contains(' ')).collect();
    assert!(named.len() > 20, "{named:?}");
    for name in named {
        assert!(sources.contains(&format!("fn {name}(")), "docs/reliability.md names `{name}`");
    }
}

fn collect(folder: &Path, look: &mut dyn FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, look);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            look(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

/// What the agent writes into a file: lines that stand nowhere else.
fn content_of(file: &str) -> String {
    (0..8).map(|line| format!("let line_{line}_by_the_agent = \"of {file}, number {line}\";\n")).collect()
}

/// Commits in rounds of which each has less room than the one before, on a disk of 4 MB that is mounted over the
/// repository for this test alone; and after each a commit with room.
#[cfg(target_os = "linux")]
const ROUNDS_ON_A_SMALL_DISK: &str = r#"
root=$1 spare=$2; shift 2
cp -a "$root" "$spare/copy" && mount -t tmpfs -o size=4m none "$root" && cd "$root" && cp -a "$spare/copy/." . || exit 99
for free; do
    cp "$spare/texts/full$free.rs" . && git add "full$free.rs" || exit 98
    room=$(df -Pk . | awk 'NR == 2 { print $4 }')
    dd if=/dev/zero of=.git/filler bs=1024 count=$((room - free)) 2>/dev/null
    git commit -q -m "Add full$free.rs"; code=$?
    rm .git/filler
    [ $code = 0 ] || git commit -q -m "Add full$free.rs" || exit 97
    git notes --ref backstory show >/dev/null 2>&1 && at_once=yes || at_once=no
    made=$(git rev-parse HEAD)
    lines=$(git log -1 --format=%B | sed '/^$/d' | wc -l)
    git fsck --strict >/dev/null 2>&1 || exit 96
    cp "$spare/texts/next$free.rs" . && git add "next$free.rs" && git commit -q -m "Next" || exit 95
    git fsck --strict >/dev/null 2>&1 || exit 94
    git notes --ref backstory show "$made" >/dev/null 2>&1 && later=yes || later=no
    git notes --ref backstory show >/dev/null 2>&1 && next=yes || next=no
    echo "$free code=$code lines=$((lines)) subject=$(git log -1 --format=%s "$made" | tr -d ' ') at_once=$at_once later=$later next=$next"
done
"#;

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_really_full_costs_no_message_and_no_record() {
    let shop = Shop::new();
    let spare = shop.sandbox.base().join("spare");
    fs::create_dir_all(spare.join("texts")).unwrap();
    // KB that are left when the commit begins; a file takes whole pages of 4 KB.
    let rounds: Vec<u32> = [400, 200].into_iter().chain((0..25).rev().map(|pages| pages * 4)).collect();
    for round in &rounds {
        for name in [format!("full{round}.rs"), format!("next{round}.rs")] {
            shop.session(SESSION, &name, &[&content_of(&name)]);
            fs::write(spare.join("texts").join(&name), content_of(&name)).unwrap();
        }
    }
    // A space of mounts of its own: nobody else sees this disk, and it is gone with the last process in it.
    let mut command = shop.sandbox.command("unshare");
    command
        .current_dir("/")
        .env_remove("GIT_AUTHOR_DATE")
        .env_remove("GIT_COMMITTER_DATE")
        .args(["--map-root-user", "--mount", "sh", "-c", ROUNDS_ON_A_SMALL_DISK, "sh"])
        .args([&shop.sandbox.root, &spare])
        .args(rounds.iter().map(u32::to_string));
    let ran = match command.stdin(std::process::Stdio::null()).output() {
        Ok(ran) if ran.status.code() != Some(99) && ran.status.code() != Some(1) => ran,
        ran => {
            let why =
                ran.map_or_else(|error| error.to_string(), |ran| String::from_utf8_lossy(&ran.stderr).into_owned());
            return show(&format!("skipped: no small disk can be mounted here: {}", why.trim()));
        }
    };
    let out = String::from_utf8_lossy(&ran.stdout).into_owned();
    show(&out);
    assert_eq!(ran.status.code(), Some(0), "{out}{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(out.lines().count(), rounds.len());
    for line in out.lines() {
        let round = line.split(' ').next().unwrap();
        assert!(line.contains(&format!("subject=Addfull{round}.rs ")), "{line}");
        assert!(line.contains("lines=1 ") || line.contains("lines=3 "), "the message is not whole: {line}");
        assert!(line.ends_with("later=yes next=yes"), "the record was lost: {line}");
    }
    if !out.contains("at_once=no") {
        show("git itself used up every disk: the hooks alone were never short of room");
    }
}

#[cfg(unix)]
#[test]
fn a_limit_on_the_size_of_files_costs_no_message_and_no_record() {
    let shop = Shop::new();
    // Blocks of 512 bytes; who writes more is killed by the system. git's own files are shorter than the longest of ours.
    for blocks in [8, 16, 24, 32, 64] {
        let _ = fs::remove_dir_all(shop.ours());
        let file = format!("limit{blocks}.rs");
        shop.session(SESSION, &file, &[&content_of(&file)]);
        shop.sandbox.write(&file, &content_of(&file));
        shop.sandbox.git(&["add", &file]);
        let mut command = shop.sandbox.command("sh");
        command.env_remove("GIT_AUTHOR_DATE").env_remove("GIT_COMMITTER_DATE").args([
            "-c",
            "ulimit -f $1; git commit -q -m \"$2\"",
            "sh",
            &blocks.to_string(),
            &format!("Add {file}"),
        ]);
        let ran = run(&mut command, "");
        assert_eq!(ran.code, 0, "{blocks}: {ran:?}");
        let message = shop.sandbox.git(&["log", "-1", "--format=%B"]);
        let lines: Vec<&str> = message.trim().lines().collect();
        assert!(lines[0] == format!("Add {file}") && matches!(lines.len(), 1 | 4), "{blocks}: {message}");
        let limited = shop.head();
        shop.sandbox.git(&["fsck", "--strict"]);
        assert_eq!(shop.agent_commit(&format!("after{blocks}.rs"), &[]).code, 0);
        assert!(shop.has_note(&shop.head()) && shop.has_note(&limited), "{blocks}: the record was lost");
        shop.sandbox.git(&["fsck", "--strict"]);
    }
}

#[allow(clippy::print_stderr, reason = "a test tells what it measured or why it was skipped")]
fn show(line: &str) {
    eprintln!("{line}");
}

#[test]
fn sixty_commits_at_once_in_eight_worktrees_have_sixty_notes() {
    let shop = Shop::new();
    let base = shop.sandbox.base();
    let trees: Vec<PathBuf> = (0..8)
        .map(|number| {
            let name = format!("tree{number}");
            shop.sandbox.git(&["worktree", "add", "-q", "-b", &name, &format!("../{name}")]);
            base.join(name)
        })
        .collect();
    let before = shop.notes();
    std::thread::scope(|scope| {
        for (tree, root) in trees.iter().enumerate() {
            let shop = &shop;
            // Eight in half of the worktrees, seven in the others.
            let commits = 7 + usize::from(tree < 4);
            scope.spawn(move || {
                for number in 0..commits {
                    let file = format!("tree{tree}_{number}.rs");
                    shop.session_in(root, &format!("5f0c7a2e-0000-4000-8000-{tree:012}"), &file, &[&content_of(&file)]);
                    fs::write(root.join(&file), content_of(&file)).unwrap();
                    assert_eq!(run(shop.git_now(root).args(["add", &file]), "").code, 0);
                    let ran = run(shop.git_now(root).args(["commit", "-q", "-m", &file]), "");
                    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
                }
            });
        }
    });
    assert_eq!(shop.notes() - before, 60);
    shop.sandbox.git(&["fsck", "--strict"]);
}

#[test]
fn two_clones_that_push_at_once_keep_the_notes_of_both() {
    let shop = Shop::new();
    shop.sandbox.git(&["init", "-q", "--bare", "-b", "main", "../hub.git"]);
    shop.sandbox.git(&["remote", "add", "origin", "../hub.git"]);
    shop.agent_commit("base.rs", &[]);
    shop.sandbox.git(&["push", "-q", "origin", "main"]);
    let other = shop.sandbox.base().join("other");
    shop.sandbox.git(&["clone", "-q", "../hub.git", "../other"]);
    assert_eq!(run(shop.sandbox.command(PROGRAM).current_dir(&other).args(["init", "--share"]), "").code, 0);
    fs::write(other.join(".backstory.yml"), PATIENT).unwrap();
    shop.agent_commit("ours.rs", &[]);
    shop.session_in(&other, "5f0c7a2e-0000-4000-8000-0000000000bb", "theirs.rs", &[&content_of("theirs.rs")]);
    fs::write(other.join("theirs.rs"), content_of("theirs.rs")).unwrap();
    for arguments in [&["checkout", "-q", "-b", "side"][..], &["add", "theirs.rs"], &["commit", "-q", "-m", "Theirs"]] {
        assert_eq!(run(shop.git_now(&other).args(arguments), "").code, 0, "{arguments:?}");
    }
    std::thread::scope(|scope| {
        for (root, branch) in [(&other, "side"), (&shop.sandbox.root, "main")] {
            let shop = &shop;
            scope.spawn(move || {
                let ran = run(shop.git_now(root).args(["push", "-q", "origin", branch]), "");
                assert_eq!((ran.code, ran.err.as_str()), (0, ""));
            });
        }
    });
    assert!(shop.has_note(&shop.head()));
    assert_eq!(run(shop.git_now(&other).args(["notes", "--ref", "backstory", "show", "HEAD"]), "").code, 0);
    let hub = |arguments: &[&str]| {
        run(shop.sandbox.command("git").current_dir(shop.sandbox.base().join("hub.git")).args(arguments), "").good()
    };
    assert_eq!(hub(&["notes", "--ref", "backstory", "list"]).lines().count(), 3);
    hub(&["fsck", "--strict"]);
}

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
fn a_locked_index_and_a_locked_notes_ref_cost_a_line_and_no_record() {
    let shop = Shop::new();
    shop.agent_commit("first.rs", &[]);
    let lock = rusqlite::Connection::open(shop.ours().join("index.db")).unwrap();
    lock.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let ran = shop.agent_commit("a.rs", &[]);
    assert_eq!(ran.code, 0);
    assert!(ran.err.starts_with("backstory: commit-msg did nothing, the commit goes on: "), "{ran:?}");
    assert_eq!(ran.err.lines().count(), 1, "one line: {ran:?}");
    assert!(fs::read_to_string(shop.ours().join("log")).unwrap().contains("commit-msg did nothing"));
    lock.execute_batch("ROLLBACK").unwrap();
    drop(lock);
    let first = shop.head();
    let reference = shop.sandbox.root.join(".git/refs/notes/backstory.lock");
    fs::write(&reference, "").unwrap();
    assert_eq!(shop.agent_commit("b.rs", &[]).code, 0);
    fs::remove_file(&reference).unwrap();
    let second = shop.head();
    shop.agent_commit("c.rs", &[]);
    for commit in [&first, &second, &shop.head()] {
        assert!(shop.has_note(commit));
    }
    assert_eq!(shop.spooled(), 0);
}

#[test]
fn a_git_index_that_another_process_locked_and_a_commit_of_the_person_are_no_matter() {
    let shop = Shop::new();
    shop.agent_commit("a.rs", &[]);
    fs::write(shop.sandbox.root.join(".git/index.lock"), "").unwrap();
    // git refuses the commit by itself; a hook that runs beside it has no need of the lock.
    assert_eq!(shop.sandbox.backstory(&["hook", "post-commit"]).code, 0);
    fs::remove_file(shop.sandbox.root.join(".git/index.lock")).unwrap();
    assert_eq!(shop.spooled(), 0);
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

#[test]
fn a_branch_and_a_file_that_look_like_options_are_names() {
    let shop = Shop::new();
    shop.agent_commit("a.rs", &[]);
    shop.sandbox.git(&["update-ref", "refs/heads/--output=x", "HEAD"]);
    shop.sandbox.git(&["symbolic-ref", "HEAD", "refs/heads/--output=x"]);
    assert_eq!(shop.agent_commit("-n.rs".trim_start_matches('-'), &[]).code, 0);
    assert!(shop.has_note(&shop.head()));
    for arguments in [&["show", "--", "--output=x"][..], &["log", "--", "-n1"], &["describe", "--", "--output=x..HEAD"]]
    {
        let ran = shop.sandbox.backstory(arguments);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("is not a revision"), "{ran:?}");
    }
    assert!(!shop.sandbox.root.join("x").exists());
    let outside = shop.sandbox.backstory(&["why", "../../etc/passwd:1"]);
    assert_eq!(outside.code, 2, "{outside:?}");
}

#[test]
fn no_shell_is_started() {
    let mut started = Vec::new();
    collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut |path, text| {
        for (number, line) in text.lines().enumerate().filter(|(_, line)| line.contains("Command::new(")) {
            let known = ["Command::new(\"git\")", "Command::new(&self.program)"];
            if !known.iter().any(|known| line.contains(known)) {
                started.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    });
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

#[test]
fn a_lock_that_a_killed_process_left_is_removed() {
    let shop = Shop::new();
    shop.agent_commit("a.rs", &[]);
    let lock = fs::File::create(shop.sandbox.root.join(".git/refs/notes/backstory.lock")).unwrap();
    lock.set_modified(lock.metadata().unwrap().modified().unwrap() - Duration::from_secs(31)).unwrap();
    shop.agent_commit("b.rs", &[]);
    assert!(shop.has_note(&shop.head()));
}

const WORDS: &str = "unrepeatable words";

/// Two records, of `one` by Ann and of `two` by the test's own author; exports of both.
fn with_two_records() -> (Shop, String, String) {
    let shop = Shop::new();
    let ann = [("GIT_AUTHOR_NAME", "Ann"), ("GIT_AUTHOR_EMAIL", "ann@example.invalid")];
    assert_eq!(shop.agent_commit("one.rs", &ann).code, 0);
    let one = shop.head();
    let other = "5f0c7a2e-0000-4000-8000-0000000000ee";
    shop.session(other, "two.rs", &[&content_of("two.rs")]);
    shop.sandbox.write("two.rs", &content_of("two.rs"));
    shop.sandbox.git(&["add", "two.rs"]);
    assert_eq!(shop.commit("Two").code, 0);
    let two = shop.head();
    for format in ["record", "sft"] {
        shop.sandbox.backstory(&["export", "--format", format, "--out", &format!("out/{format}")]).good();
    }
    (shop, one, two)
}

fn record(shop: &Shop, commit: &str) -> serde_json::Value {
    serde_json::from_str(&shop.sandbox.git(&["notes", "--ref", "backstory", "show", commit])).unwrap()
}

fn history(shop: &Shop) -> String {
    let sandbox = &shop.sandbox;
    sandbox.git(&["log", "-p", "refs/notes/backstory"]) + &sandbox.git(&["log", "-p", "-g", "--all", "--", "."])
}

#[test]
fn forget_takes_a_session_out_of_records_history_index_and_exports() {
    let (shop, one, two) = with_two_records();
    assert!(history(&shop).contains(&format!("{WORDS} into one.rs")));
    let before = record(&shop, &one);
    let ran = shop.sandbox.backstory(&["forget", "--session", SESSION, "--exports", "out/record"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for part in ["git push --force REMOTE refs/notes/backstory", "git itself deletes it", "In every other clone"] {
        assert!(ran.out.contains(part), "{ran:?}");
    }
    let after = record(&shop, &one);
    assert!(!history(&shop).contains(&format!("{WORDS} into one.rs")));
    assert!(history(&shop).contains(&format!("{WORDS} into two.rs")), "the other session stays");
    assert_eq!((&after["lines"], &after["files"]), (&before["lines"], &before["files"]));
    assert_eq!(after["forgotten"]["why"], "session");
    assert_eq!(record(&shop, &two)["forgotten"], serde_json::Value::Null);
    assert!(!shop.ours().join("index.db").exists());
    let exported = shop.sandbox.read("out/record/train.jsonl");
    assert!(!exported.contains("into one.rs") && exported.contains("into two.rs"), "{exported}");
    let manifest: serde_json::Value = serde_json::from_str(&shop.sandbox.read("out/record/manifest.json")).unwrap();
    assert_eq!((&manifest["files"][0]["rows"], &manifest["left_out"]["forgotten"]), (&1.into(), &1.into()));
    // What nothing leads to is gone with the next collection.
    shop.sandbox.git(&["gc", "-q", "--prune=now"]);
    let blobs = shop.sandbox.git(&["cat-file", "--batch-all-objects", "--batch"]);
    assert!(!blobs.contains(&format!("{WORDS} into one.rs")));
    shop.sandbox.git(&["fsck", "--strict"]);
    // Neither backfill nor an amend brings it back, though the transcript is still there.
    shop.sandbox.backstory(&["backfill", "HEAD"]).good();
    assert_eq!(record(&shop, &one), after);
    shop.agent_commit("three.rs", &[]);
    assert!(!history(&shop).contains("into three.rs"));
}

#[test]
fn what_is_forgotten_or_pruned_goes_from_notes_that_git_joined_too() {
    for (name, arguments) in [
        ("a session", &["forget", "--session", SESSION][..]),
        ("an author", &["forget", "--author", "ann@example.invalid"]),
        ("by age", &["prune", "--older-than", "365d"]),
    ] {
        let (shop, one, two) = with_two_records();
        let note = |commit: &str| shop.sandbox.git(&["notes", "--ref", "backstory", "show", commit]);
        let (first, own) = (note(&one), note(&two));
        let mut first: serde_json::Value = serde_json::from_str(&first).unwrap();
        if name == "by age" {
            first["committed_at"] = "2020-01-02T03:04:05Z".into();
        }
        // As a rebase without our hooks leaves it: the record of another commit stands beside the commit's own.
        for joined in [format!("{first}\n\n{own}\nnot ours\n"), format!("{own}\n\n{first}\nnot ours\n")] {
            shop.sandbox.git(&["notes", "--ref", "backstory", "add", "-f", "-m", &joined, &two]);
            shop.sandbox.git(&["notes", "--ref", "backstory", "remove", "--ignore-missing", &one]);
            assert!(note(&two).contains("into one.rs"), "{name}");
            shop.sandbox.backstory(arguments).good();
            let left = note(&two);
            assert!(!history(&shop).contains(&format!("{WORDS} into one.rs")), "{name}: {left}");
            assert!(left.contains("into two.rs") && left.contains("not ours"), "{name}: {left}");
            assert_eq!(left.matches("\"forgotten\":{").count(), 1, "{name}: {left}");
        }
    }
}

#[test]
fn forget_takes_the_text_of_an_author_out() {
    let (shop, one, two) = with_two_records();
    shop.sandbox.backstory(&["forget", "--author", "ANN@example.invalid", "--exports", "out/sft"]).good();
    assert_eq!(record(&shop, &one)["forgotten"]["why"], "author");
    assert_eq!(record(&shop, &two)["forgotten"], serde_json::Value::Null);
    assert!(!history(&shop).contains(&format!("{WORDS} into one.rs")));
    let exported = shop.sandbox.read("out/sft/train.jsonl");
    assert!(!exported.contains("into one.rs") && exported.contains("into two.rs"), "{exported}");
    assert_eq!(shop.sandbox.backstory(&["forget"]).code, 2);
}

#[test]
fn forget_changes_nothing_where_nobody_or_more_than_one_is_meant_and_with_a_dry_run() {
    let (shop, one, _) = with_two_records();
    let state = || (shop.sandbox.snapshot(), shop.sandbox.git(&["for-each-ref"]));
    let before = state();
    let short = &SESSION[..8];
    let cases: [(&[&str], i32, &[&str]); 8] = [
        (&["--session", "ffffffff"], 2, &["no session `ffffffff` here, nothing was changed", SESSION]),
        (&["--session", "5f0c"], 2, &["`5f0c` is the beginning of 2 sessions, nothing was changed", SESSION]),
        (&["--session", "5f"], 2, &["give at least 4 characters"]),
        (&["--session", &format!("codex/{short}")], 2, &["no session", "nothing was changed"]),
        (&["--author", "nobody@example.invalid"], 2, &["no record of a commit by `nobody@example.invalid`", "ann@"]),
        (&["--author", "an@example.invalid"], 2, &["ann@example.invalid"]),
        (&["--session", SESSION, "--dry-run", "--exports", "out/record"], 0, &["1 record and 1 exported row"]),
        (&["--author", "ann", "--dry-run"], 0, &["commits by ann@example.invalid: 1 record", "nothing was changed"]),
    ];
    for (arguments, code, parts) in cases {
        let ran = shop.sandbox.backstory(&[&["forget"], arguments].concat());
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
        assert!(parts.iter().all(|part| ran.err.contains(part)), "{arguments:?}: {ran:?}");
        assert_eq!(state(), before, "{arguments:?}");
    }
    // The beginning that only it has, and then again: it is known, and nothing is left to remove.
    let unique = &SESSION[..SESSION.len() - 1];
    for _ in 0..2 {
        let ran = shop.sandbox.backstory(&["forget", "--session", unique]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(record(&shop, &one)["forgotten"]["why"], "session");
    }
    let list = fs::read_to_string(shop.ours().join("forgotten")).unwrap();
    assert!(list.lines().all(|line| line.ends_with(SESSION)) && list.lines().count() == 1, "{list}");
}

#[test]
fn what_was_forgotten_does_not_come_back_from_a_clone_that_still_has_it() {
    let (shop, one, _) = with_two_records();
    shop.sandbox.git(&["init", "-q", "--bare", "-b", "main", "../hub.git"]);
    shop.sandbox.git(&["remote", "add", "origin", "../hub.git"]);
    shop.sandbox.backstory(&["init"]);
    shop.sandbox.git(&["push", "-q", "origin", "main"]);
    shop.sandbox.git(&["fetch", "-q", "origin"]);
    let ran = shop.sandbox.backstory(&["forget", "--session", SESSION]);
    assert!(ran.out.contains("refs/notes/remotes/origin/backstory was a copy"), "{ran:?}");
    let force = ran.out.lines().find(|line| line.contains("git push --force-with-lease=refs/notes/backstory:"));
    assert!(force.is_some_and(|line| line.ends_with(" refs/backstory/afresh/origin:refs/notes/backstory")), "{ran:?}");
    // Without the push by force: what the remote still has is merged in, and the record without text wins.
    shop.agent_commit("more.rs", &[("CLAUDE_CODE_SESSION_ID", "")]);
    shop.sandbox.git(&["push", "-q", "origin", "main"]);
    assert_eq!(record(&shop, &one)["forgotten"]["why"], "session");
    let shown = run(
        shop.sandbox.command("git").current_dir(shop.sandbox.base().join("hub.git")).args([
            "notes",
            "--ref",
            "backstory",
            "show",
            &one,
        ]),
        "",
    );
    assert!(!shown.good().contains(WORDS));
}

#[test]
fn prune_takes_the_text_out_of_old_records_and_keeps_the_figures() {
    let (shop, one, _) = with_two_records();
    assert_eq!(shop.sandbox.backstory(&["prune"]).code, 2, "no age is given");
    shop.sandbox.backstory(&["prune", "--older-than", "365d"]).good();
    assert!(history(&shop).contains(WORDS), "nothing is that old");
    // The same record, of a commit two years ago.
    let old = shop.sandbox.git(&["notes", "--ref", "backstory", "show", &one]);
    let year = now().strftime("%Y").to_string();
    let two_years_ago = (year.parse::<u32>().unwrap() - 2).to_string();
    let committed = format!("\"committed_at\":\"{year}");
    let old = old.replace(&committed, &format!("\"committed_at\":\"{two_years_ago}"));
    shop.sandbox.git(&["notes", "--ref", "backstory", "add", "-f", "-m", &old, &one]);
    fs::write(shop.sandbox.root.join(".backstory.yml"), "retention: 365d\n").unwrap();
    let ran = shop.sandbox.backstory(&["prune"]);
    assert!(ran.out.starts_with("1 record older than 365 days without their text; figures stay.\n"), "{ran:?}");
    let after = record(&shop, &one);
    assert_eq!((&after["forgotten"]["why"], &after["lines"]["agent"]), (&"age".into(), &8.into()));
    assert!(!history(&shop).contains(&format!("{WORDS} into one.rs")));
    assert!(history(&shop).contains(&format!("{WORDS} into two.rs")));
}

/// A hook by itself, killed by the system after so long.
fn hook_killed_after(shop: &Shop, pause: Duration) {
    let mut command: Command = shop.sandbox.command(PROGRAM);
    let mut child = command.args(["hook", "post-commit"]).spawn().unwrap();
    std::thread::sleep(pause);
    // It may have ended already.
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn kill_9_at_any_time_leaves_a_sound_repository_and_the_next_commit_the_record() {
    let shop = Shop::new();
    for round in 0..12u64 {
        let ran = shop.agent_commit(&format!("round{round}.rs"), &[("BACKSTORY", "0")]);
        assert_eq!(ran.code, 0, "{ran:?}");
        hook_killed_after(&shop, Duration::from_millis(round * 6));
        // Half a minute later.
        if let Ok(lock) = fs::File::options().write(true).open(shop.sandbox.root.join(".git/refs/notes/backstory.lock"))
        {
            lock.set_modified(lock.metadata().unwrap().modified().unwrap() - Duration::from_secs(31)).unwrap();
        }
        shop.sandbox.git(&["fsck", "--strict"]);
    }
    let ran = shop.agent_commit("last.rs", &[]);
    assert!(shop.has_note(&shop.head()), "{ran:?}");
    let spooled = shop.spooled();
    shop.sandbox.backstory(&["backfill", "HEAD"]).good();
    assert!(shop.spooled() <= spooled);
    shop.sandbox.git(&["fsck", "--strict"]);
}

#[test]
fn the_push_by_force_that_forget_names_takes_the_text_out_of_the_remote_and_no_private_record_along() {
    let (shop, one, _) = with_two_records();
    shop.sandbox.git(&["init", "-q", "--bare", "-b", "main", "../hub.git"]);
    shop.sandbox.git(&["remote", "add", "origin", "../hub.git"]);
    shop.sandbox.backstory(&["init"]);
    shop.sandbox.git(&["push", "-q", "origin", "main"]);
    shop.sandbox.git(&["checkout", "-q", "-b", "secret"]);
    shop.agent_commit("three.rs", &[("CLAUDE_CODE_SESSION_ID", "")]);
    let secret = shop.sandbox.git(&["rev-parse", "HEAD"]);
    let there = || shop.sandbox.git(&["-C", "../hub.git", "log", "-p", "--raw", "refs/notes/backstory"]);
    assert!(there().contains(&format!("{WORDS} into one.rs")) && !there().contains(&secret[..30]));
    shop.sandbox.git(&["clone", "-q", "../hub.git", "../other"]);
    for name in ["refs/notes/backstory", "refs/backstory/remotes/origin"] {
        shop.sandbox.git(&["-C", "../other", "fetch", "-q", "origin", &format!("refs/notes/backstory:{name}")]);
    }
    let ran = shop.sandbox.backstory(&["forget", "--session", SESSION]);
    let line = ran.out.lines().find(|line| line.contains("--force-with-lease")).unwrap_or_else(|| panic!("{ran:?}"));
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    shop.sandbox.git(&words);
    let left = there();
    assert!(!left.contains(&format!("{WORDS} into one.rs")) && !left.contains(&secret[2..30]), "{left}");
    assert!(left.contains(&one[2..30]), "{left}");
    // And the next ordinary push goes on from there.
    shop.sandbox.git(&["push", "-q", "origin", "secret"]);
    assert!(there().contains(&secret[2..30]) && !there().contains(&format!("{WORDS} into one.rs")));
    // In another clone that had pushed and fetched the text nothing leads to it after the line that is given for it.
    let told = ran.out.lines().find_map(|line| line.strip_prefix("- In every other clone: "));
    let told = told.unwrap_or_else(|| panic!("{ran:?}")).replacen("backstory", PROGRAM, 1);
    let other = || {
        shop.sandbox.git(&["-C", "../other", "log", "-p", "--all", "-g"])
            + &shop.sandbox.git(&["-C", "../other", "log", "-p", "--all"])
    };
    assert!(other().contains(&format!("{WORDS} into one.rs")));
    run(shop.sandbox.command("sh").current_dir(shop.sandbox.base().join("other")).args(["-c", &told]), "").good();
    assert!(!other().contains(&format!("{WORDS} into one.rs")));
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
