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

#[cfg(test)]
mod tests {
    use super::*;

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
