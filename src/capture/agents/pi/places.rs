//! Where sessions lie, and the names of their files.

use std::path::{Path, PathBuf};

use crate::capture::places::AgentHomes;

/// `2026-11-28T15-08-01-825Z_ID`
pub(super) fn id_in_name(stem: &str) -> Option<&str> {
    let (at, id) = stem.split_once("Z_")?;
    let is_time = at.len() == "2026-11-28T15-08-01-825".len()
        && at.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'T'));
    (is_time && !id.is_empty()).then_some(id)
}

/// Where sessions are, and how many levels below the folders are that hold them.
pub(super) fn sessions(places: &AgentHomes) -> Option<(usize, PathBuf)> {
    if let Some(folder) = places.moved_by("PI_CODING_AGENT_SESSION_DIR") {
        return Some((0, folder.to_owned()));
    }
    let moved = places.moved_by("PI_CODING_AGENT_DIR").map(Path::to_owned);
    let agent = moved.or_else(|| Some(places.home.as_ref()?.join(".pi").join("agent")))?;
    Some((1, agent.join("sessions")))
}

/// The folder of the session in whose shell this runs, wherever a person has it kept.
pub(super) fn named_folder(places: &AgentHomes) -> Option<PathBuf> {
    let file = places.moved_by("PI_SESSION_FILE").filter(|file| file.is_absolute())?;
    id_in_name(file.file_stem()?.to_str()?)?;
    Some(file.parent()?.to_owned())
}

/// Whether a folder has the name of one that Pi makes for a working folder.
pub(super) fn is_pis(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("--"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_its_shell_names_is_found_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["2026-11-28T15-08-01-825Z_01a222b2-efa0.jsonl", "notes.jsonl"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let file = folder.path().join("2026-11-28T15-08-01-825Z_01a222b2-efa0.jsonl");
        let home = Some(folder.path().join("home"));
        let places = AgentHomes { home, moved: vec![("PI_SESSION_FILE", file.clone())], ..AgentHomes::default() };
        let (found, problems) = crate::capture::find(&places);
        let paths: Vec<&Path> = found.iter().map(|one| one.path.as_path()).collect();
        assert_eq!((paths, problems.len()), (vec![file.as_path()], 0));
        let unnamed = AgentHomes { moved: vec![("PI_SESSION_FILE", folder.path().join("notes.jsonl"))], ..places };
        assert!(crate::capture::find(&unnamed).0.is_empty());
    }

    #[test]
    fn the_id_stands_behind_the_time() {
        for (stem, expected) in [
            ("2026-11-28T15-08-01-825Z_01a222b2-efa0", Some("01a222b2-efa0")),
            ("2026-11-28T15-08-01-825Z_", None),
            ("rollout-2026-01-02T03-04-05-01a222b2", None),
            ("aZ_b", None),
        ] {
            assert_eq!(id_in_name(stem), expected, "{stem}");
        }
    }
}
