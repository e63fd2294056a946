//! Which files of a commit are records of how work was done: transcripts that agents keep in a project, what other
//! recorders write there, and our own files. Nobody wrote their lines by hand, and no session is the author of them.

/// Folders of such files, wherever they are in the repository.
const FOLDERS: &[&str] = &[
    ".backstory",
    ".specstory",
    ".entire",
    ".agent-trace",
    ".claude/projects",
    ".claude/todos",
    ".claude/transcripts",
    ".claude/file-history",
    ".claude/shell-snapshots",
    ".codex",
    ".gemini/tmp",
    ".qwen/tmp",
    ".qwen/projects",
    ".continue/sessions",
    ".copilot/session-state",
    ".crush/logs",
    ".cursor/chats",
    ".factory/sessions",
    ".openhands/conversations",
    ".openhands/sessions",
];

/// Files with these names, or with a path that ends so.
const FILES: &[&str] = &[
    ".backstory.yml",
    ".backstoryignore",
    ".claude/history.jsonl",
    ".crush/crush.db",
    ".crush/crush.db-shm",
    ".crush/crush.db-wal",
];

/// Beginnings of such names.
const NAMES: &[&str] = &[".aider"];

/// Settings and instructions among them: people and agents write them as they write code.
const SETTINGS: &[&str] = &[
    ".codex/agents",
    ".codex/config.toml",
    ".codex/environments",
    ".codex/hooks",
    ".codex/hooks.json",
    ".codex/AGENTS.md",
    ".codex/prompts",
    ".codex/rules",
    ".codex/skills",
    ".entire/.gitignore",
    ".entire/settings.json",
    ".entire/settings.local.json",
    ".aider.conf.yml",
    ".aider.model.metadata.json",
    ".aider.model.settings.yml",
    ".aiderignore",
];

/// Whether a file of a commit is a transcript or another record of work, by its path relative to the repository's root.
pub fn is_transcript(path: &str) -> bool {
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
    let of_folder = FOLDERS.iter().any(|folder| {
        starts.iter().filter_map(|start| path[*start..].strip_prefix(*folder)).any(|rest| rest.starts_with('/'))
    });
    let is_file =
        FILES.iter().any(|file| path == *file || path.strip_suffix(file).is_some_and(|rest| rest.ends_with('/')));
    let has_name = NAMES.iter().any(|name| starts.iter().any(|start| path[*start..].starts_with(name)));
    (of_folder || is_file || has_name) && !SETTINGS.iter().any(|known| has(known))
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
