//! Which files of a commit are records of how work was done: transcripts that agents keep in a project, what other
//! recorders write there, and our own files. Nobody wrote their lines by hand, and no session is the author of them.

use super::agent_row::KeptFiles;
use super::agents::AGENTS;

/// What other recorders keep in a repository, and we.
const OF_RECORDERS: KeptFiles = KeptFiles {
    folders: &[".backstory", ".specstory", ".entire", ".agent-trace"],
    files: &[".backstory.yml", ".backstoryignore"],
    names: &[],
    settings: &[".entire/.gitignore", ".entire/settings.json", ".entire/settings.local.json"],
};

/// Whether a file of a commit is a transcript or another record of work, by its path relative to the repository's root.
pub(crate) fn is_transcript(path: &str) -> bool {
    // Nearly every path: none of its parts begins with a dot.
    if !path.starts_with('.') && !path.contains("/.") {
        return false;
    }
    let starts: Vec<usize> = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1)).collect();
    let has = |known: &str| {
        starts
            .iter()
            .filter_map(|start| path[*start..].strip_prefix(known))
            .any(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let is_kept = |kept: &KeptFiles| {
        let of_folder = kept.folders.iter().any(|folder| {
            starts.iter().filter_map(|start| path[*start..].strip_prefix(*folder)).any(|rest| rest.starts_with('/'))
        });
        let ends_so = |file: &&str| path.strip_suffix(*file).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
        let has_name = |name: &&str| starts.iter().any(|start| path[*start..].starts_with(*name));
        of_folder || kept.files.iter().any(ends_so) || kept.names.iter().any(has_name)
    };
    let all = || AGENTS.iter().map(|row| &row.keeps).chain([&OF_RECORDERS]);
    all().any(is_kept) && !all().any(|kept| kept.settings.iter().any(|known| has(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transcripts_and_recorders_files_are_told_from_what_people_write() {
        for path in [
            ".codex/sessions/2026/01/02/rollout-2026-01-02T03-04-05-x.jsonl",
            ".codex/2026-01-02-refactoring.md",
            "packages/web/.codex/history.jsonl",
            ".claude/projects/-home-a-shop/1.jsonl",
            ".claude/history.jsonl",
            ".specstory/history/2026-01-02_03-04Z-fix.md",
            ".specstory/.project.json",
            ".aider.chat.history.md",
            ".aider.tags.cache.v4/cache.db",
            "app/.aider.input.history",
            ".entire/metadata/2026/full.jsonl",
            ".backstory.yml",
            ".backstoryignore",
            ".backstory/sessions/login.yaml",
            ".crush/crush.db",
            ".agent-trace/traces.jsonl",
        ] {
            assert!(is_transcript(path), "{path}");
        }
        for path in [
            "src/price.py",
            "src/.hidden/price.py",
            ".codex",
            ".codex/config.toml",
            "tools/.codex/skills/review/SKILL.md",
            ".codex/prompts/fix.md",
            ".claude/settings.json",
            ".claude/commands/fix.md",
            ".claude/projects.md",
            ".entire/settings.json",
            ".aider.conf.yml",
            ".aiderignore",
            "docs/.specstory.md",
            ".github/workflows/backstory.yml",
            "backstory/sessions/login.yaml",
            "my.entire/x.py",
            ".entirely/x.py",
            "docs/x.backstory.yml",
            ".cursor/rules/a.mdc",
        ] {
            assert!(!is_transcript(path), "{path}");
        }
    }
}
