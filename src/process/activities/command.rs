//! A shell command as activities: one for each program that it runs, the weightiest of which names the call.

use std::borrow::Cow;

use super::answer::{ActivityId, Matched, RulePlace};
use super::matching::is_redirection;
use super::template::template;
use super::{Activities, RUN, SCRATCH, SHELL, UNKNOWN};
use crate::checks::classify::{base_name, inner_script, program_of};
use crate::checks::shell::{ShellCommand, steps};
use crate::checks::shell_writes::files;
use crate::record::execution::Phase;

/// Scripts inside scripts are followed so far.
const DEEPEST: u8 = 3;

/// One program of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// `None` where no rule knows the program.
    pub(crate) activity: Option<ActivityId>,
    pub(crate) rule: Option<RulePlace>,
    pub(crate) program: String,
    /// The program with its arguments, without what differs from run to run. Not redacted. Empty where it was not asked for.
    pub(crate) template: String,
    /// The files of the repository that it writes by redirecting its output or because it is told to.
    pub(crate) files: Vec<String>,
}

/// A command as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CommandActivity {
    /// Its programs in their order, without those that only read another one's output.
    pub(crate) parts: Vec<Part>,
}

impl CommandActivity {
    /// The part that names the whole: the weightiest, of several the first.
    pub(crate) fn main(&self) -> Option<&Part> {
        let known = self.parts.iter().filter(|part| part.activity.is_some());
        let known = known.min_by_key(|part| part.activity);
        let unknown = || self.parts.iter().find(|part| part.activity.is_none());
        known.filter(|part| part.program != "cd").or_else(unknown).or_else(|| self.parts.first())
    }
}

/// What is asked of a command.
#[derive(Clone, Copy)]
struct Asked<'a> {
    roots: &'a [String],
    templates: bool,
}

impl Activities {
    /// What a command does. Paths below one of `roots` (each with `/` at the end), and relative ones, are the repository's.
    pub(crate) fn of_command(&self, command: &str, roots: &[String]) -> CommandActivity {
        self.read(command, Asked { roots, templates: true })
    }

    /// As [`Self::of_command`], without templates.
    pub(crate) fn names_in_command(&self, command: &str, roots: &[String]) -> CommandActivity {
        self.read(command, Asked { roots, templates: false })
    }

    fn read(&self, command: &str, asked: Asked<'_>) -> CommandActivity {
        let command = without_documents(command);
        let mut parts = Vec::new();
        self.script(&command, asked, 0, &mut parts);
        CommandActivity { parts }
    }

    /// The name of an activity of a part.
    pub(crate) fn name_of(&self, part: &Part) -> &str {
        part.activity.map_or(UNKNOWN, |id| self.name(id))
    }

    fn script(&self, text: &str, asked: Asked<'_>, depth: u8, parts: &mut Vec<Part>) {
        // Where the pipe began that a step stands in, among the parts.
        let mut pipe = parts.len();
        for step in steps(text) {
            if !step.piped {
                pipe = parts.len();
            }
            let words = program_of(behind_function(&step.words));
            if let Some(script) = inner_script(words).filter(|_| depth < DEEPEST) {
                let script = script.to_owned();
                self.script(&script, asked, depth + 1, parts);
                continue;
            }
            if words.is_empty() && !step.words.is_empty() && step.piped {
                continue;
            }
            let part = self.part(&step, words, asked);
            if step.piped {
                // What reads another's output says nothing more, unless the other one only fed it.
                let weighs = |part: &Part| part.activity.is_some_and(|id| self.weighs(id));
                if !weighs(&part) || parts[pipe..].iter().any(weighs) {
                    continue;
                }
                parts.truncate(pipe);
            }
            parts.push(part);
        }
    }

    fn weighs(&self, id: ActivityId) -> bool {
        let phase = self.phase_of_id(id);
        matches!(phase, Phase::Change | Phase::Verify | Phase::Commit | Phase::Publish | Phase::Revert)
    }

    fn part(&self, step: &ShellCommand, words: &[String], asked: Asked<'_>) -> Part {
        let Some(first) = words.first() else {
            let template = step.words.first().map(|word| word.split('=').next().unwrap_or_default().to_owned());
            return Part {
                activity: self.id(SHELL),
                rule: None,
                program: String::new(),
                template: template.unwrap_or_default() + "=",
                files: Vec::new(),
            };
        };
        let (found, written) = self.what_is_done(words, asked.roots);
        let template = || template(words, self.commands.valued(base_name(first)));
        Part {
            activity: found.map(|(id, _)| id),
            rule: found.map(|(_, place)| place),
            program: base_name(first).to_owned(),
            template: if asked.templates { template() } else { String::new() },
            files: written,
        }
    }

    fn what_is_done(&self, words: &[String], roots: &[String]) -> (Option<Matched>, Vec<String>) {
        let found = self.program(words);
        let is_weak = found.is_none_or(|(id, _)| {
            let phase = self.phase_of_id(id);
            phase == Phase::Explore || self.name(id) == SHELL || matches!(self.name(id), "move files" | "clean up")
        });
        if !is_weak {
            return (found, Vec::new());
        }
        let written = files(words);
        if written.is_empty() || !found.is_some_and(|(id, _)| self.writes(id, words)) {
            return (found, Vec::new());
        }
        let own: Vec<String> = written.iter().filter_map(|path| within(path, roots)).collect();
        let edit = own.iter().find_map(|path| self.paths.find(path));
        match edit {
            Some(edit) => (Some(edit), own),
            None => (self.id(SCRATCH).map(|id| (id, found.map_or(NO_PLACE, |(_, place)| place))), own),
        }
    }

    /// Whether the files that a program names are written by it, and not only put elsewhere or thrown away.
    fn writes(&self, id: ActivityId, words: &[String]) -> bool {
        let is_redirected = words.iter().any(|word| is_redirection(word) && word.contains('>'));
        let is_moved = matches!(self.name(id), "move files" | "clean up");
        is_redirected || !is_moved
    }

    /// The activity of one program with its arguments.
    fn program(&self, words: &[String]) -> Option<Matched> {
        let first = words.first()?;
        let named = self.commands.find(words);
        let own = named.filter(|(_, (_, place))| place.is_own);
        let task = || {
            let tasks = self.commands.tasks(words).unwrap_or_default();
            let tasks = tasks.into_iter().filter_map(|task| self.tasks.find(task));
            tasks.min_by_key(|(id, _)| *id).or_else(|| self.tasks.find(script_of(words)?))
        };
        if let Some((_, matched)) = own {
            return Some(matched);
        }
        // A check that `checks` recognises by the task's name is known better than by a word in it.
        let is_verified = named.filter(|(_, (id, _))| self.phase_of_id(*id) == Phase::Verify);
        let task = task();
        if let Some(task) = task.filter(|(_, place)| place.is_own) {
            return Some(task);
        }
        let run = || {
            let is_program = first.contains(['/', '\\', '$']) || script_of(words).is_some();
            let is_task = self.commands.tasks(words).is_some();
            (is_program || is_task).then(|| self.id(RUN).map(|id| (id, NO_PLACE))).flatten()
        };
        is_verified.map(|(_, found)| found).or(task).or(named.map(|(_, found)| found)).or_else(run)
    }
}

/// Stands for a rule of the code: what is called by a path is a program.
const NO_PLACE: RulePlace = RulePlace { is_own: false, line: 0 };

/// The words behind the head of a function: `f() { ls`.
fn behind_function(words: &[String]) -> &[String] {
    match words {
        [name, rest @ ..] if name.ends_with("()") => rest,
        _ => words,
    }
}

/// The name of the script that is run: `./scripts/release.sh x`, `bash tools/seed.sh`, `python3 gen.py`.
fn script_of(words: &[String]) -> Option<&str> {
    let first = words.first()?;
    let is_interpreter = matches!(
        base_name(first),
        "bash"
            | "sh"
            | "zsh"
            | "node"
            | "tsx"
            | "ts-node"
            | "python"
            | "python3"
            | "ruby"
            | "perl"
            | "php"
            | "bun"
            | "deno"
    );
    if is_interpreter {
        let script = words[1..].iter().find(|word| !word.starts_with('-'))?;
        return (script.contains('.') && !script.contains(char::is_whitespace)).then(|| base_name(script));
    }
    first.contains('/').then(|| base_name(first))
}

/// A path as the repository has it; `None` for one outside.
pub(crate) fn within(path: &str, roots: &[String]) -> Option<String> {
    let path = path.replace('\\', "/");
    if let Some(inside) = roots.iter().filter_map(|root| path.strip_prefix(root.as_str())).max_by_key(|rest| rest.len())
    {
        return Some(inside.to_owned());
    }
    let is_absolute = path.starts_with(['/', '~', '$']) || path.get(1..3) == Some(":/") || path.starts_with("..");
    (!is_absolute && !path.is_empty()).then(|| path.trim_start_matches("./").to_owned())
}

/// A command without its here-documents. They may stand inside quotes (`-m "$(cat <<'EOF'`), and quotes in them, which end
/// nothing.
fn without_documents(command: &str) -> Cow<'_, str> {
    if !command.contains("<<") {
        return Cow::Borrowed(command);
    }
    let mut kept = String::with_capacity(command.len());
    let mut lines = command.split_inclusive('\n');
    while let Some(line) = lines.next() {
        let Some((before, delimiter, after)) = document(line) else {
            kept.push_str(line);
            continue;
        };
        kept.push_str(before);
        kept.push_str(after);
        for line in lines.by_ref() {
            let bare = line.trim();
            if bare == delimiter || bare.strip_prefix(delimiter).is_some_and(|rest| rest.starts_with([')', '"', ';'])) {
                kept.push_str(bare.strip_prefix(delimiter).unwrap_or_default());
                kept.push('\n');
                break;
            }
        }
    }
    Cow::Owned(kept)
}

/// The here-document that begins in a line: what stands before it, the word that ends it, what stands behind.
fn document(line: &str) -> Option<(&str, &str, &str)> {
    let at = line.match_indices("<<").map(|(at, _)| at).find(|at| {
        !line[at + 2..].starts_with(['<', '=']) && !line[..*at].ends_with('<') && !line[..*at].ends_with("((")
    })?;
    let rest = line[at + 2..].trim_start_matches('-').trim_start();
    let quote = rest.starts_with(['\'', '"', '\\']).then(|| &rest[..1]);
    let rest = rest.trim_start_matches(['\'', '"', '\\']);
    let end = rest.find(|c: char| !(c.is_alphanumeric() || "_.-!".contains(c))).unwrap_or(rest.len());
    let (delimiter, after) = rest.split_at(end);
    let after = quote.and_then(|quote| after.strip_prefix(quote)).unwrap_or(after);
    let is_word = delimiter.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '!');
    is_word.then_some((&line[..at], delimiter, after))
}
