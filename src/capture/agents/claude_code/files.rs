//! Where Claude Code keeps its files: `projects/SLUG/SESSION.jsonl`, and the subagents of a session in
//! `projects/SLUG/SESSION/subagents`.

use std::path::{Path, PathBuf};

use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::search::{FileSearch, folders_in, has_extension, is_same};
use crate::record::agent::Agent;

/// The folder in the home, and the one that was used for some versions in 2025 (from 1.0.30 on): both may hold sessions, unless
/// a variable names another one.
pub(super) fn projects(places: &AgentHomes) -> Vec<PathBuf> {
    if let Some(config) = places.moved_by("CLAUDE_CONFIG_DIR") {
        return vec![config.join("projects")];
    }
    let settings = places.config_home.clone().or_else(|| Some(places.home.as_ref()?.join(".config")));
    let found = [places.home.as_ref().map(|home| home.join(".claude")), settings.map(|folder| folder.join("claude"))];
    found.into_iter().flatten().map(|place| place.join("projects")).collect()
}

pub(super) fn folders(places: &AgentHomes) -> Vec<AgentFolder> {
    let mut folders = Vec::new();
    let mut first: Option<PathBuf> = None;
    for projects in projects(places) {
        let below = folders_in(&projects);
        // The one may be a link to the other.
        if below.is_empty() || first.as_ref().is_some_and(|first| is_same(first, &projects)) {
            continue;
        }
        let of_projects = |path| AgentFolder { path, within: projects.clone(), is_deep: false };
        folders.extend(below.into_iter().map(of_projects));
        first = first.or(Some(projects));
    }
    folders
}

/// The sessions of a project, and the subagents of each.
pub(super) fn list(agent: &Agent, project: &Path, search: &mut FileSearch) {
    for entry in search.read(project) {
        let path = entry.path();
        if has_extension(&path, &["jsonl"]) {
            search.add_entry(agent.clone(), path, &entry);
        } else if path.extension().is_none() {
            let subagents = path.join("subagents");
            if subagents.is_dir() {
                search.transcripts_below(agent, &subagents);
            }
        }
    }
}

pub(super) fn subagents_folder(main: &Path) -> PathBuf {
    main.with_extension("").join("subagents")
}

pub(super) fn parent_of(transcript: &Path) -> Option<PathBuf> {
    let subagents = transcript.ancestors().skip(1).filter(|above| above.ends_with("subagents"));
    // A home may lie below a folder of that name.
    subagents.filter_map(|folder| Some(folder.parent()?.with_extension("jsonl"))).find(|main| main.is_file())
}

pub(super) fn describes_another(file: &Path) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let of = name.strip_suffix(".meta.json").map(|stem| file.with_file_name(format!("{stem}.jsonl")));
    name == "sessions-index.json" || of.is_some_and(|transcript| transcript.is_file())
}

pub(super) fn may_be_of(folder: &Path, roots: &[PathBuf]) -> bool {
    let name = folder.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    roots.iter().any(|root| {
        let own = slug(&root.to_string_lossy());
        let is_below = name.strip_prefix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        // A longer name is cut, and a digest put behind it.
        let is_cut = own.get(..LONGEST_SLUG).is_some_and(|start| name.starts_with(start));
        is_below || is_cut || root.ancestors().skip(1).any(|above| slug(&above.to_string_lossy()) == name)
    })
}

/// Longer names of folders are cut.
const LONGEST_SLUG: usize = 200;

/// The name of the folder that is kept for a working folder.
fn slug(path: &str) -> String {
    path.encode_utf16()
        .map(|unit| u8::try_from(unit).ok().filter(u8::is_ascii_alphanumeric).map_or('-', char::from))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_the_slug_of_its_project() {
        assert_eq!(slug("/Users/a/x.y"), "-Users-a-x-y");
        assert_eq!(slug(r"D:\some-repo"), "D--some-repo");
    }

    #[test]
    fn the_name_of_a_folder_says_whose_it_may_be() {
        let long = format!("/w/{}/app", "x".repeat(250));
        let cut = format!("{}-1a2b3c", &slug(&long)[..200]);
        let roots = [PathBuf::from("/w/my.app"), PathBuf::from(long)];
        for (name, expected) in [
            ("-w-my-app", true),
            ("-w-my-app-src", true),
            ("-w", true),
            (cut.as_str(), true),
            ("-w-my-apple", false),
            ("-w-other", false),
        ] {
            assert_eq!(may_be_of(&Path::new("/p").join(name), &roots), expected, "{name}");
        }
    }
}
