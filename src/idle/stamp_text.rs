//! The stamp as the program writes it; the check only reads it.

use super::sessions::SeenTranscript;
use super::stamp::{FIRST, FileLook, LAST, Stamp};

/// The lines of a stamp; `None` where something of it does not fit into a line.
pub(crate) fn text(stamp: &Stamp) -> Option<String> {
    let mut lines = vec![FIRST.to_owned(), format!("time {} {}", stamp.made, stamp.until)];
    lines.push(format!("root {}", stamp.root.to_str()?));
    lines.push(format!("head {} {}", stamp.log, stamp.head));
    lines.push(format!("name {}", stamp.author.0));
    lines.push(format!("mail {}", stamp.author.1));
    for (name, value) in &stamp.variables {
        lines.push(match value {
            Some(value) => format!("set {name}={value}"),
            None => format!("unset {name}"),
        });
    }
    for (path, look) in &stamp.looks {
        let path = path.to_str()?;
        lines.push(match look {
            FileLook::Absent => format!("absent {path}"),
            FileLook::Seen { modified, size } => format!("seen {modified} {size} {path}"),
        });
    }
    for (depth, tree) in &stamp.sessions.trees {
        lines.push(format!("tree {depth} {}", tree.to_str()?));
    }
    lines.extend(stamp.sessions.folders.iter().map(|(digest, modified)| format!("folder {digest} {modified}")));
    for file in &stamp.sessions.files {
        let SeenTranscript { folder, modified, size, subagents, beside, name } = file;
        lines.push(format!("file {folder} {modified} {size} {subagents} {beside}\t{name}"));
    }
    lines.extend(stamp.words.iter().map(|word| format!("word {word}")));
    lines.push(LAST.to_owned());
    let fits = lines.iter().all(|line| !line.contains(['\n', '\r']));
    fits.then(|| lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ffi::OsString;
    use std::path::{Path, PathBuf};
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::idle::sessions::{SeenSessions, digest};

    fn stamp() -> Stamp {
        let file = SeenTranscript {
            folder: 7,
            modified: -3,
            size: 9,
            subagents: 0,
            beside: "a b/c".to_owned(),
            name: "a b.jsonl".to_owned(),
        };
        Stamp {
            root: "/home/ann/my shop".into(),
            made: 100,
            until: 700,
            head: "a".repeat(40),
            log: 5,
            author: ("Ann Example".to_owned(), "ann@example.invalid".to_owned()),
            variables: [("A".to_owned(), None), ("B".to_owned(), Some("x=y z".to_owned()))].into(),
            looks: vec![
                ("/nowhere/at all".into(), FileLook::Absent),
                ("/x y".into(), FileLook::Seen { modified: -5, size: 3 }),
            ],
            sessions: SeenSessions { trees: vec![(3, "/c d".into())], folders: vec![(7, 8)], files: vec![file] },
            words: vec!["assisted-by".to_owned(), "two words".to_owned()],
        }
    }

    #[test]
    fn a_stamp_is_read_as_it_was_written_and_a_damaged_one_not_at_all() {
        let written = text(&stamp()).unwrap();
        assert_eq!(Stamp::parse(&written), Some(stamp()));
        for end in 0..written.len() {
            assert_eq!(Stamp::parse(&written[..end]), None, "{end}");
        }
        for (case, from, to) in [
            ("another version", "idle 2", "idle 1"),
            ("an unknown line", "word two", "verb two"),
            ("a number that is none", "seen -5", "seen x"),
        ] {
            assert_eq!(Stamp::parse(&written.replacen(from, to, 1)), None, "{case}");
        }
        assert!(stamp().is_silent("Fix it\n\nSigned-off-by: A <a@x>\n"));
        assert!(!stamp().is_silent("x\n\nAssisted_By: B\n") && !stamp().is_silent("of TWO Words"));
        let odd = Stamp { root: "/a\nb".into(), ..stamp() };
        assert_eq!(text(&odd), None);
    }

    #[test]
    fn a_stamp_holds_while_all_is_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        let (file, tree) = (root.join("settings"), root.join("projects"));
        let transcript = tree.join("p/s.jsonl");
        std::fs::create_dir_all(transcript.parent().unwrap()).unwrap();
        std::fs::write(&file, "one").unwrap();
        std::fs::write(&transcript, "two").unwrap();
        let at = |path: &Path| match FileLook::at(path) {
            Some(FileLook::Seen { modified, .. }) => modified,
            other => panic!("{other:?}"),
        };
        let made = || Stamp {
            root: root.clone(),
            looks: vec![(file.clone(), FileLook::at(&file).unwrap()), (root.join("absent"), FileLook::Absent)],
            sessions: SeenSessions {
                trees: vec![(1, tree.clone())],
                folders: vec![(digest(&tree.join("p")), at(&tree.join("p")))],
                files: vec![SeenTranscript {
                    folder: digest(&tree.join("p")),
                    modified: at(&transcript),
                    size: 3,
                    subagents: 0,
                    beside: String::new(),
                    name: "s.jsonl".to_owned(),
                }],
            },
            ..stamp()
        };
        let first = made();
        let variables = |more: &[(&str, &str)]| -> BTreeMap<String, OsString> {
            [("B", "x=y z"), ("PATH", "/bin")]
                .iter()
                .chain(more)
                .map(|(name, value)| (name.to_string(), value.into()))
                .collect()
        };
        let holds = |stamp: &Stamp, more: &[(&str, &str)], cwd: &Path, now: u64| {
            stamp.holds(&variables(more), cwd, UNIX_EPOCH + Duration::from_secs(now))
        };
        assert!(holds(&first, &[], &root, 100) && holds(&first, &[("C", "")], &root, 699));
        for (case, more, cwd, now) in [
            ("a variable that was not set", &[("A", "")][..], root.clone(), 100),
            ("another value", &[("B", "z")], root.clone(), 100),
            ("settings of git that nobody knew", &[("GIT_CONFIG_KEY_0", "x")], root.clone(), 100),
            ("another folder", &[], PathBuf::from("/"), 100),
            ("too late", &[], root.clone(), 700),
            ("a clock that was set back", &[], root.clone(), 99),
        ] {
            assert!(!holds(&first, more, &cwd, now), "{case}");
        }
        let later = UNIX_EPOCH + Duration::from_secs(2_000_000_000);
        let touch = |path: &Path| std::fs::File::open(path).unwrap().set_modified(later).unwrap();
        let changes: [(&str, &dyn Fn()); 5] = [
            ("another size", &|| std::fs::write(&file, "four").unwrap()),
            ("another time", &|| touch(&file)),
            ("a new file in a folder", &|| touch(&tree.join("p"))),
            ("a transcript that grew", &|| std::fs::write(&transcript, "twofold").unwrap()),
            ("what was not there", &|| std::fs::write(root.join("absent"), "").unwrap()),
        ];
        for (case, change) in changes {
            std::fs::write(&transcript, "two").unwrap();
            let before = made();
            assert!(holds(&before, &[], &root, 100), "{case}");
            change();
            assert!(!holds(&before, &[], &root, 100), "{case}");
        }
        // What is gone is no session any more; a folder that is gone is looked at.
        std::fs::remove_file(root.join("absent")).unwrap();
        let before = Stamp { sessions: SeenSessions { folders: Vec::new(), ..made().sessions }, ..made() };
        std::fs::remove_file(&transcript).unwrap();
        assert!(holds(&before, &[], &root, 100));
        std::fs::remove_dir(tree.join("p")).unwrap();
        assert!(!holds(&before, &[], &root, 100));
    }
}
