//! Lines that stood somewhere before and that a command of a session brought into the commit: put back out of another commit by
//! git, indented again by a script, laid out by a formatter; and lock files and generated code, which a package manager or a generator
//! writes. No edit of the session has them.

use std::cell::OnceCell;
use std::collections::HashSet;

use jiff::SignedDuration;

use super::attribution::AddedLine;
use super::claim::Claim;
use super::last_text::Unformatted;
use super::library::Library;
use super::lines::LineKey;
use super::marking::{MarkedAuthor, is_unknown};
use super::paths::PathMatch;
use super::weights::RECENT_HOURS;
use crate::checks::classify::{base_name, program_of};
use crate::checks::generators::MadeBy;
use crate::checks::lock_files::{is_lock_file, writes_lock};
use crate::checks::{rewrites, shell, shell_changes};
use crate::record::commit::{Commit, FileChange};
use crate::record::contribution::Confidence;
use crate::record::note::LineAuthor;
use crate::record::session::{Action, Outcome};

/// The commands that the sessions of a commit ran in the days before it.
pub(super) struct RecentCommands<'a> {
    commit: &'a Commit,
    library: &'a Library,
    /// Of each claim, once asked for: each command, and whether it ran a formatter.
    commands: Vec<OnceCell<Vec<(&'a str, bool)>>>,
    /// Of each claim, once asked for: whether one of them made files of each kind.
    made: Vec<[OnceCell<bool>; 2]>,
}

impl<'a> RecentCommands<'a> {
    pub(super) fn new(commit: &'a Commit, library: &'a Library, claims: &[Claim]) -> Self {
        let commands = claims.iter().map(|_| OnceCell::new()).collect();
        Self { commit, library, commands, made: claims.iter().map(|_| Default::default()).collect() }
    }

    fn made(&self, place: usize, claim: &Claim, by: MadeBy) -> bool {
        let makes = |(command, _): &(&str, bool)| !by.places(command).is_empty();
        *self.made[place][by as usize].get_or_init(|| self.of(place, claim).iter().any(makes))
    }

    fn of(&self, place: usize, claim: &Claim) -> &[(&'a str, bool)] {
        self.commands[place].get_or_init(|| {
            let until = self.commit.authored_at;
            let since = until.saturating_sub(SignedDuration::from_hours(RECENT_HOURS)).unwrap_or(until);
            let calls = self.library.sessions[claim.session].turns.iter().flat_map(|turn| &turn.calls);
            let recent = calls.filter(|call| call.at.is_some_and(|at| at >= since && at <= until));
            recent
                .filter_map(|call| match (&call.action, &call.outcome) {
                    (Action::Shell { command, .. }, Outcome::Succeeded { output, .. }) => {
                        let command = command.expose();
                        Some((
                            command,
                            rewrites::formats(command) || rewrites::echoes_a_formatter(command, output.expose()),
                        ))
                    }
                    _ => None,
                })
                .collect()
        })
    }
}

/// What the commands of one session did to a file.
#[derive(Default)]
struct FileCommands {
    /// Took it out of another commit.
    puts_back: bool,
    /// Wrote it by a script or in place.
    writes: bool,
    /// Ran a formatter, on whatever files.
    formats: bool,
}

/// Gives lines that no session wrote to the one whose commands surely brought them here.
pub(super) fn mark(
    file: &FileChange,
    lines: &[AddedLine],
    recent: &RecentCommands,
    claims: &[Claim],
    authors: &mut [MarkedAuthor],
) {
    if is_lock_file(&file.path) {
        return mark_lock(file, lines, recent, claims, authors);
    }
    let is_open = |author: &MarkedAuthor| author.is_none() || is_unknown(author);
    if !authors.iter().any(is_open) {
        return;
    }
    let is_sure = |(_, claim): &(usize, &Claim)| claim.confidence != Confidence::Overlap;
    for by in MadeBy::ALL.into_iter().filter(|by| by.may_make(&file.path)) {
        let mut sure = claims.iter().enumerate().filter(is_sure);
        if let Some((place, _)) = sure.find(|(place, claim)| recent.made(*place, claim, by)) {
            let open = authors.iter_mut().filter(|author| is_open(author));
            open.for_each(|author| *author = Some((LineAuthor::Formatter, Some(place as u32))));
            return;
        }
    }
    let texts: Vec<&str> = file.hunks.iter().flat_map(|hunk| &hunk.added).map(|line| line.expose()).collect();
    let gone: HashSet<&str> = file.hunks.iter().flat_map(|hunk| &hunk.removed).map(|line| line.expose()).collect();
    let stood: HashSet<LineKey> = gone.iter().map(|line| LineKey::of(line)).collect();
    let mut before = None;
    for (place, claim) in claims.iter().enumerate().filter(is_sure) {
        let commands = FileCommands::of(recent.of(place, claim), file);
        let by = Some(place as u32);
        for (place, text) in texts.iter().enumerate().filter(|(place, _)| lines.len() > *place) {
            let author = &mut authors[place];
            let is_indented = || author.is_none() && stood.contains(&LineKey::of(text)) && says_something(text);
            if (commands.puts_back && is_unknown(author)) || (commands.writes && is_indented()) {
                *author = Some((LineAuthor::Agent, by));
            } else if commands.formats && is_open(author) && says_something(text) && !gone.contains(text) {
                let before = before.get_or_insert_with(|| Unformatted::removed(file));
                if before.holds(text) {
                    *author = Some((LineAuthor::Formatter, by));
                }
            }
        }
    }
}

/// Gives the lines of a lock file that no edit of it has to the session that ran its package manager.
fn mark_lock(
    file: &FileChange,
    lines: &[AddedLine],
    recent: &RecentCommands,
    claims: &[Claim],
    authors: &mut [MarkedAuthor],
) {
    let is_sure = |(_, claim): &(usize, &Claim)| claim.confidence != Confidence::Overlap;
    let mut sure = claims.iter().enumerate().filter(is_sure);
    let ran = |place: usize, claim| recent.of(place, claim).iter().any(|(command, _)| writes_lock(command, &file.path));
    let Some((place, _)) = sure.find(|(place, claim)| ran(*place, claim)) else { return };
    for (author, line) in authors.iter_mut().zip(lines) {
        let is_edited = line.writer.is_some_and(|writer| writer.path == PathMatch::Whole && !writer.late);
        if !is_edited {
            *author = Some((LineAuthor::Formatter, Some(place as u32)));
        }
    }
}

fn says_something(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

impl FileCommands {
    fn of(commands: &[(&str, bool)], file: &FileChange) -> Self {
        let mut found = Self::default();
        for (command, formats) in commands {
            found.formats |= formats;
            // Most commands name another file, and taking one apart is costly.
            if command.contains(super::paths::name(&file.path)) {
                found.puts_back |= takes_out_of_a_commit(command, &file.path);
                found.writes |= !formats && writes(command, &file.path);
            }
        }
        found
    }
}

/// Whether a script, a redirection or an editor of streams in a command that names the file writes it.
fn writes(command: &str, path: &str) -> bool {
    let places = shell_changes::places(command, &[path]);
    let steps = shell::steps(command);
    let is_git = |place: &usize| {
        let first = steps.get(*place).and_then(|step| program_of(&step.words).first());
        first.is_some_and(|first| base_name(first) == "git")
    };
    places.iter().any(|place| !is_git(place))
}

/// `git checkout main -- FILE`, `git restore --source main FILE`.
fn takes_out_of_a_commit(command: &str, path: &str) -> bool {
    let names = |word: &String| {
        let word = word.trim_start_matches("./");
        path == word || path.ends_with(&format!("/{word}")) || word.ends_with(&format!("/{path}"))
    };
    shell::steps(command).iter().any(|step| match program_of(&step.words) {
        [git, checkout, rest @ ..] if git == "git" && checkout == "checkout" => {
            let end = rest.iter().position(|word| word == "--");
            let (revision, files) = end.map_or((&[][..], &[][..]), |end| (&rest[..end], &rest[end + 1..]));
            revision.iter().any(|word| !word.starts_with('-')) && files.iter().any(names)
        }
        [git, restore, rest @ ..] if git == "git" && restore == "restore" => {
            let is_source = |word: &String| word == "-s" || word.starts_with("--source");
            rest.iter().any(is_source) && rest.iter().any(names)
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_comes_out_of_another_commit_is_told_from_one_that_comes_from_the_index() {
        for (command, expected) in [
            ("git checkout main -- src/price.py", true),
            ("cd /w && git checkout HEAD~2 -- ./src/price.py src/b.py", true),
            ("git restore --source=main src/price.py", true),
            ("git restore -s main -- src/price.py", true),
            ("git checkout -- src/price.py", false),
            ("git checkout main", false),
            ("git checkout main -- src/b.py", false),
            ("git checkout main -- src", false),
            ("git restore src/price.py", false),
        ] {
            assert_eq!(takes_out_of_a_commit(command, "src/price.py"), expected, "{command}");
        }
    }

    #[test]
    fn a_script_that_writes_the_file_is_told_from_what_reads_or_formats_it() {
        for (command, expected) in [
            ("python3 - <<'E'\np = 'src/price.py'\ntext = open(p).read()\nopen(p, 'w').write(text)\nE", true),
            ("sed -i 's/^/  /' src/price.py", true),
            ("cat > src/price.py <<'E'\nx\nE", true),
            ("cat src/price.py", false),
            ("git checkout main -- src/price.py", false),
            ("cp src/price.py src/other.py", false),
        ] {
            assert_eq!(writes(command, "src/price.py"), expected, "{command}");
        }
    }
}
