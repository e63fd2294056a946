//! Real session files of every agent, damaged: cut anywhere, with bytes that changed, with lines in another order. Nothing panics, and
//! what stands before a cut is read as it is read in the whole file. Says that it was skipped where the files are not there.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test says what it used and stops at what is missing")]

use std::fs;
use std::path::{Path, PathBuf};

use backstory::capture;
use backstory::record::session::Session;

/// Larger files are left out: what can go wrong in them goes wrong in small ones.
const LARGEST: u64 = 400_000;

#[test]
fn damaged_sessions_of_every_agent_are_read_as_far_as_they_go() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let mut files = Vec::new();
    for folder in ["corpus", "live/recorded"] {
        collect(&shared.join(folder), &mut files);
    }
    if files.is_empty() {
        println!("skipped: no session files at {}", shared.display());
        return;
    }
    let (mut variants, mut shorter) = (0, Vec::new());
    for file in &files {
        let bytes = fs::read(file).unwrap();
        let whole = read_as(file, &bytes);
        for damaged in damaged(&bytes) {
            variants += 1;
            let _ = read_as(file, &damaged);
        }
        // By lines: what was written before the cut says the same without what comes after it.
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let grows = file.components().any(|part| ["claude-code", "codex"].iter().any(|name| part.as_os_str() == *name));
        if grows && lines.len() > 4 {
            let half = read_as(file, &lines[..lines.len() / 2].concat());
            let (half, whole) = (calls(&half), calls(&whole));
            let missing = half.iter().filter(|call| !whole.contains(call)).count();
            if missing > 0 || (half.is_empty() && whole.len() > 8) {
                shorter.push(format!("{}: {missing} of {} calls of its first half", file.display(), half.len()));
            }
        }
    }
    println!("{} files, {variants} damaged variants", files.len());
    assert_eq!(shorter, Vec::<String>::new());
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if entry.metadata().is_ok_and(|data| (1..LARGEST).contains(&data.len())) {
            let known = ["jsonl", "json", "md", "db", "traj"];
            files.extend(
                path.extension().is_some_and(|end| known.iter().any(|known| end == *known)).then(|| path.clone()),
            );
        }
    }
    files.sort();
}

/// The same variants in each run.
fn damaged(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = (1..10).map(|tenth| bytes[..bytes.len() * tenth / 10].to_vec()).collect();
    let mut state = bytes.len() as u64 | 1;
    let mut next = |most: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % most.max(1)
    };
    for flips in [1, 16, 256] {
        let mut damaged = bytes.to_vec();
        for _ in 0..flips {
            let at = next(damaged.len());
            damaged[at] ^= 1 << next(8);
        }
        all.push(damaged);
    }
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    for at in (1..lines.len()).rev() {
        lines.swap(at, next(at + 1));
    }
    all.push(lines.concat());
    all
}

/// What is read of a file with these bytes, under the names that it and its folder have.
fn read_as(file: &Path, bytes: &[u8]) -> Vec<Session> {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(file.parent().unwrap().file_name().unwrap());
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(file.file_name().unwrap()), bytes).unwrap();
    let (found, _) = capture::find_in_folder(home.path());
    let read = found.iter().flat_map(|one| capture::read(&one.path).unwrap_or_default());
    capture::merge(read.collect())
}

fn calls(sessions: &[Session]) -> Vec<String> {
    let turns = sessions.iter().flat_map(|session| &session.turns);
    turns.flat_map(|turn| &turn.calls).map(|call| call.id.clone()).filter(|id| !id.is_empty()).collect()
}
