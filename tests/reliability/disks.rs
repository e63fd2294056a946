//! Disks that are full and files that may not grow.

use std::fs;

use crate::stage::{SESSION, Shop, content_of, show};
use crate::support::run;

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
