//! Files that a shell command writes out of its own text: `cat > F <<'EOF'`, `tee F <<'EOF'`, and `>>`. Only what stands in the file
//! to the letter when the command ended well; of anything else nothing is said.

use super::classify::{base_name, program_of};
use super::rewrites;
use super::shell::{ShellCommand, Then, steps};
use super::shell_expansion::joined;
use super::shell_writes::{files, redirection, verb_of};

/// What one here-document made of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DocumentWrite {
    /// Below the folder that the command began in, where that is known.
    pub path: String,
    pub text: String,
    pub appends: bool,
    /// Whether the command cannot end well without it.
    pub is_sure: bool,
    /// Whether nothing but a change of folder stands before it that could keep it from running: where the file cannot be written, the
    /// shell says so, and goes on.
    pub is_alone: bool,
}

/// What a command that was started in `start` (empty where that is not known) wrote, in its order.
pub(crate) fn written(command: &str, start: &str) -> Vec<DocumentWrite> {
    if !command.contains("<<") || command.contains('\r') || !(command.contains('>') || command.contains("tee")) {
        return Vec::new();
    }
    let steps = steps(command);
    if steps.iter().any(|step| step.documents.iter().any(|place| !has_end(command, step, place.clone()))) {
        return Vec::new();
    }
    let mut folder = Some(start.to_owned());
    let mut found: Vec<(usize, DocumentWrite)> = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        if is_compound(step) {
            break;
        }
        match step.words.first().map(String::as_str) {
            Some("cd") => folder = folder_after(&steps, place, folder.as_deref()),
            Some("pushd" | "popd" | "z" | "source" | "." | "eval") => folder = None,
            _ => {}
        }
        let Some(ran) = how_it_ran(command, &steps, place) else { continue };
        let Some((text, files, appends)) = write_of(command, &steps, place) else { continue };
        for file in files {
            if let Some(path) = joined(folder.as_deref(), file) {
                let (is_sure, is_alone) = ran;
                let write = DocumentWrite { path, text: text.clone(), appends, is_sure, is_alone };
                found.push((place, write));
            }
        }
    }
    let rewritten = rewrites::places(command);
    let own: std::collections::HashSet<usize> = found.iter().map(|(place, _)| *place).collect();
    let stays = |(place, write): &(usize, DocumentWrite)| {
        let later = steps.iter().enumerate().skip(place + 1);
        !rewritten.iter().any(|one| one > place)
            && later.filter(|(one, _)| !own.contains(one)).all(|(_, step)| leaves_alone(step, &write.path, start))
    };
    found.iter().filter(|one| stays(one)).map(|(_, write)| write.clone()).collect()
}

/// Whether the last line of a here-document is the word that ends it, and no line that only looks like it.
fn has_end(command: &str, step: &ShellCommand, place: std::ops::Range<usize>) -> bool {
    let body = command[place].trim_end_matches('\n');
    let last = body.rsplit('\n').next().unwrap_or_default();
    let head = &command[step.place.clone()];
    // The first one speaks for all: where there are several, nothing is read of them.
    delimiter(head).is_none_or(|(word, _, is_indented)| {
        let last = if is_indented { last.trim_start_matches('\t') } else { last };
        step.documents.len() > 1 || last == word
    })
}

/// The word that ends the here-document of a step, whether it is quoted, and whether tabs before lines are left out.
fn delimiter(head: &str) -> Option<(String, bool, bool)> {
    let (_, rest) = head.split_once("<<")?;
    let is_indented = rest.starts_with('-');
    let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start_matches(' ');
    let end = rest.find(|c: char| c.is_whitespace() || ";|&)<>".contains(c)).unwrap_or(rest.len());
    let raw = &rest[..end];
    let is_quoted = raw.contains(['\'', '"', '\\']);
    let word = raw.replace(['\'', '"', '\\'], "");
    let is_plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-.!".contains(c));
    is_plain.then_some((word, is_quoted, is_indented))
}

/// Whether a step belongs to a loop, a condition, a function or a subshell, or ends the script: whether what follows runs is not
/// known then.
fn is_compound(step: &ShellCommand) -> bool {
    const WORDS: &[&str] = &[
        "!", "[[", "{", "}", "case", "do", "done", "elif", "else", "esac", "exec", "exit", "fi", "for", "function",
        "if", "return", "select", "then", "trap", "until", "while",
    ];
    let first = step.words.first().map_or("", String::as_str);
    let sets = first == "set"
        && step.words.iter().skip(1).any(|word| word.contains('C') || word.contains('n') && word.contains("noclobber"));
    step.opened > 0 || step.closed > 0 || WORDS.contains(&first) || first.contains('(') || sets
}

/// Whether a step surely ran in a command that ended well, and whether it ran without regard to others; `None` for neither.
fn how_it_ran(command: &str, steps: &[ShellCommand], place: usize) -> Option<(bool, bool)> {
    let begin = steps[..place].iter().rposition(|step| step.then == Then::Next).map_or(0, |before| before + 1);
    let before = &steps[begin..place];
    let own = &steps[place..];
    let end = own.iter().position(|step| matches!(step.then, Then::Next | Then::End)).unwrap_or(own.len() - 1);
    // At the end of the line, or of the text.
    let is_last = end + 1 == own.len() && !is_in_background(command, &own[end]);
    let joins = |step: &ShellCommand| matches!(step.then, Then::And | Then::Pipe);
    let is_sure = is_last && before.iter().all(joins) && own[..end].iter().all(joins);
    let goes = |step: &ShellCommand| step.then == Then::And && step.words.first().is_some_and(|word| word == "cd");
    // `cat <<'EOF' | tee F`
    let before = if steps[place].piped { &before[..before.len() - 1] } else { before };
    let is_alone = before.iter().all(goes);
    (is_sure || is_alone).then_some((is_sure, is_alone))
}

/// The folder behind a `cd`.
fn folder_after(steps: &[ShellCommand], place: usize, folder: Option<&str>) -> Option<String> {
    let step = &steps[place];
    let [_, to] = &step.words[..] else { return None };
    let is_alone = !step.piped && step.then != Then::Pipe && step.then != Then::Or;
    let is_chosen = place > 0 && steps[place - 1].then == Then::Or;
    if !is_alone || is_chosen || !is_plain_path(to) {
        return None;
    }
    joined(folder, to)
}

fn is_plain_path(path: &str) -> bool {
    !path.is_empty()
        && !path.starts_with(['-', '&', '~', '+'])
        && !path.starts_with("/dev/")
        && !path.contains(['$', '`', '*', '?', '[', ']', '{', '}', '(', ')', '<', '>', '\\', '"', '\'', '\n'])
}

/// How it ended is not told then.
fn is_in_background(command: &str, step: &ShellCommand) -> bool {
    let behind = &command[step.place.end..];
    behind.starts_with('&') && !behind.starts_with("&&")
}

/// The text of a here-document that a step writes, the files, and whether it is added to them.
fn write_of<'a>(command: &str, steps: &'a [ShellCommand], place: usize) -> Option<(String, Vec<&'a str>, bool)> {
    let step = &steps[place];
    if is_in_background(command, step) {
        return None;
    }
    if step.words.first()? == "tee" {
        // `cat <<'EOF' | tee F`
        let source = if step.piped { place.checked_sub(1).map(|before| &steps[before])? } else { step };
        if step.piped && (source.piped || arguments(source)? != (Vec::new(), None) || source.words[0] != "cat") {
            return None;
        }
        let (words, output) = arguments(step)?;
        let (options, files): (Vec<&str>, Vec<&str>) = words.into_iter().partition(|word| word.starts_with('-'));
        let appends = options.iter().all(|option| matches!(*option, "-a" | "--append"));
        let is_whole =
            files.iter().all(|file| is_plain_path(file)) && output.is_none_or(|(file, _)| file == "/dev/null");
        return (appends && is_whole && !files.is_empty())
            .then(|| Some((document(command, source)?, files, !options.is_empty())))?;
    }
    let (words, output) = arguments(step)?;
    let (file, appends) = output.filter(|(file, _)| is_plain_path(file))?;
    let is_cat = step.words[0] == "cat" && !step.piped && step.then != Then::Pipe && matches!(words[..], [] | ["-"]);
    is_cat.then(|| Some((document(command, step)?, vec![file], appends)))?
}

/// The file that an output goes to, and whether it is added to it.
type OutputFile<'a> = (&'a str, bool);

/// The words behind a program without redirections, and where its output goes, if to a file; `None` where more is redirected.
fn arguments(step: &ShellCommand) -> Option<(Vec<&str>, Option<OutputFile<'_>>)> {
    let (mut words, mut output) = (Vec::new(), None);
    let mut rest = step.words.iter().skip(1);
    while let Some(word) = rest.next() {
        let Some((is_output, named)) = redirection(word) else {
            words.push(word.as_str());
            continue;
        };
        let operator = &word[..word.len() - named.len()];
        if !is_output || output.is_some() || !matches!(operator, ">" | ">>" | ">|" | "1>" | "1>>") {
            return None;
        }
        let file = if named.is_empty() { rest.next()?.as_str() } else { named };
        output = Some((file, operator.ends_with(">>")));
    }
    Some((words, output))
}

/// The text of the only here-document of a step, as the shell hands it on.
fn document(command: &str, step: &ShellCommand) -> Option<String> {
    let [place] = &step.documents[..] else { return None };
    let head = &command[step.place.clone()];
    let (_, is_quoted, is_indented) = delimiter(head).filter(|_| head.matches("<<").count() == 1)?;
    let body = command[place.clone()].trim_end_matches('\n');
    let (lines, _) = body.rsplit_once('\n').unwrap_or_default();
    if !is_quoted && lines.contains(['$', '`', '\\']) {
        return None;
    }
    let mut text = String::with_capacity(lines.len() + 1);
    if body.contains('\n') {
        for line in lines.split('\n') {
            text.push_str(if is_indented { line.trim_start_matches('\t') } else { line });
            text.push('\n');
        }
    }
    Some(text)
}

/// Whether a later program leaves a file as it was written.
fn leaves_alone(step: &ShellCommand, path: &str, start: &str) -> bool {
    let words = program_of(&step.words);
    let Some(program) = words.first() else { return true };
    let is_it = |word: &str| {
        let is_known = is_plain_path(word) || word.starts_with("/dev/");
        let at = joined(Some(start), word.trim_start_matches("./")).unwrap_or_default();
        let name = |path: &str| path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        !is_known || path.starts_with(&at) || name(&at) == name(path)
    };
    let plain = || words[1..].iter().filter(|word| !word.starts_with('-')).map(String::as_str);
    match base_name(program) {
        "mv" | "rm" | "rmdir" | "unlink" | "shred" | "patch" | "cp" | "rsync" | "install" | "ln" => !plain().any(is_it),
        "git" => !matches!(
            verb_of(&words[1..]),
            Some("apply" | "am" | "checkout" | "clean" | "mv" | "reset" | "restore" | "rm" | "stash" | "switch")
        ),
        _ => !files(words).into_iter().any(is_it),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `path+: text` where it is added, `path?: text` where the shell may have gone on without it.
    fn shown(command: &str) -> Vec<String> {
        let mark = |write: &DocumentWrite| match (write.appends, write.is_sure) {
            (true, true) => "+",
            (true, false) => "+?",
            (false, true) => "",
            (false, false) => "?",
        };
        written(command, "/w").iter().map(|write| format!("{}{}: {}", write.path, mark(write), write.text)).collect()
    }

    #[test]
    fn a_here_document_is_the_whole_text_of_a_file() {
        for (command, expected) in [
            ("cat > a.py <<'EOF'\nx = \"$1\"\nEOF", vec!["/w/a.py: x = \"$1\"\n"]),
            ("cat <<'EOF' > a.py\nx\n\ny\nEOF\n", vec!["/w/a.py: x\n\ny\n"]),
            ("cat <<\"END\" >>a.py\nx\nEND", vec!["/w/a.py+: x\n"]),
            ("cat <<EOF >/v/a.py\nx\nEOF", vec!["/v/a.py: x\n"]),
            ("cat > a.py << EOF\nEOF", vec!["/w/a.py: "]),
            ("cat > a.mk <<-'EOF'\n\tx:\n\t\ty\n\tEOF", vec!["/w/a.mk: x:\ny\n"]),
            ("tee a.py <<'EOF' > /dev/null\nx\nEOF", vec!["/w/a.py: x\n"]),
            ("tee -a a.py b.py <<'EOF'\nx\nEOF", vec!["/w/a.py+: x\n", "/w/b.py+: x\n"]),
            ("cat <<'EOF' | tee a.py\nx\nEOF", vec!["/w/a.py: x\n"]),
            ("cd sub && cat > a.py <<'EOF'\nx\nEOF", vec!["/w/sub/a.py: x\n"]),
            ("cd /v && cat > a.py <<'EOF'\nx\nEOF\npython a.py", vec!["/v/a.py?: x\n"]),
            ("mkdir -p sub && cat > sub/a.py <<'EOF'\nx\nEOF", vec!["/w/sub/a.py: x\n"]),
            ("cat > a.py <<'EOF' && python a.py\nx\nEOF", vec!["/w/a.py: x\n"]),
            ("cat > a <<'EOF'\nx\nEOF\ncat >> a <<'EOF'\ny\nEOF", vec!["/w/a?: x\n", "/w/a+: y\n"]),
            (
                "cat > a <<'A'\nx\nA\ncat > b <<'B'\ny\nB\ngit add a b && git commit -m z",
                vec!["/w/a?: x\n", "/w/b?: y\n"],
            ),
            ("python - <<'EOF'\ncat > b <<'E2'\nEOF\ncat > a <<'EOF'\nx\nEOF", vec!["/w/a: x\n"]),
        ] {
            assert_eq!(shown(command), expected, "{command}");
        }
    }

    #[test]
    fn what_may_be_otherwise_is_not_told() {
        for command in [
            "cat > a <<EOF\n$HOME\nEOF",
            "cat > a <<EOF\n`date`\nEOF",
            "cat > a <<EOF\na\\\nb\nEOF",
            "cat > a <<'EOF'\nx\n  EOF",
            "cat > a <<'EOF'\nx\n EOF\ny\nEOF",
            "cat > a <<'EOF'\nx",
            "cat > \"$F\" <<'EOF'\nx\nEOF",
            "cat > ~/a <<'EOF'\nx\nEOF",
            "cat > *.py <<'EOF'\nx\nEOF",
            "cat b - > a <<'EOF'\nx\nEOF",
            "cat > a 2>/dev/null <<'EOF'\nx\nEOF",
            "cat <<'EOF' | sed s/x/y/ > a\nx\nEOF",
            "sed s/x/y/ > a <<'EOF'\nx\nEOF",
            "python - <<'EOF' > a\nprint(1)\nEOF",
            "test -f b && cat > a <<'EOF'\nx\nEOF\necho done",
            "test -f b || cat > a <<'EOF'\nx\nEOF",
            "if true; then cat > a <<'EOF'\nx\nEOF\nfi",
            "for f in 1 2; do cat > a <<'EOF'\nx\nEOF\ndone",
            "(cd b; cat > a <<'EOF'\nx\nEOF\n)",
            "f() { cat > a <<'EOF'\nx\nEOF\n}",
            "cd $D && cat > a <<'EOF'\nx\nEOF",
            "cd b || cd c; cat > a <<'EOF'\nx\nEOF",
            "exit 0; cat > a <<'EOF'\nx\nEOF",
            "set -o noclobber; cat > a <<'EOF'\nx\nEOF",
            "cat > a <<'EOF' &\nx\nEOF",
            "cat > a <<'EOF'\nx\nEOF\nsed -i s/x/y/ a",
            "cat > a <<'EOF'\nx\nEOF\nsed -i s/x/y/ *",
            "cat > a.py <<'EOF'\nx\nEOF\nblack .",
            "cat > d/a <<'EOF'\nx\nEOF\nrm -rf d",
            "cat > a <<'EOF'\nx\nEOF\nmv a b",
            "cat > a <<'EOF'\nx\nEOF\ngit stash",
            "cat > a <<'EOF'\nx\nEOF\necho y >> a",
            "cat > a <<'EOF'\nx\nEOF\ncd b; cp c ../a",
            "bash -c \"cat > a <<'EOF'\nx\nEOF\"",
            "bash <<'EOF'\ncat > a <<'E2'\nx\nE2\nEOF",
            "git commit -m \"$(cat <<'EOF'\nx > y\nEOF\n)\"",
            "cat <<< x > a",
        ] {
            assert_eq!(shown(command), Vec::<String>::new(), "{command}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "(cat|tee|cd|EOF|[a-z \"'\\\\\n|&;<>()#$`\u{e4}-]){0,60}") {
            written(&text, "/w");
        }
    }
}
