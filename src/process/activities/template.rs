//! The form of a command: the program, what it is told to do, and its options, without what differs from run to run.

use super::matching::is_redirection;
use crate::checks::classify::base_name;

/// Words that a command may have before its options and that are kept.
fn depth(program: &str, words: &[String]) -> usize {
    match program {
        "gh" | "glab" | "gcloud" | "aws" | "az" | "mise" | "go" | "npm" | "pnpm" | "yarn" | "bun" | "docker"
        | "deno" | "composer" | "uv" | "poetry" | "dotnet" | "helm" | "cargo" => {
            let sub = words.get(1).map_or("", String::as_str);
            match (program, sub) {
                ("go", "mod" | "tool" | "work") | ("cargo", "nextest" | "xtask") | ("docker", "compose") => 2,
                ("go" | "cargo" | "docker" | "uv", _) => 1,
                _ => 2,
            }
        }
        "make" | "gmake" | "just" | "task" | "mage" | "rake" | "gradle" | "gradlew" | "mvn" | "mvnw" => usize::MAX,
        "git" => 1,
        "echo" | "printf" | "cd" | "ls" | "cat" | "grep" | "rg" | "find" | "sed" | "awk" | "head" | "tail" | "rm"
        | "mkdir" | "cp" | "mv" | "kill" | "sleep" | "curl" | "touch" | "export" | "which" | "for" => 0,
        _ => 1,
    }
}

/// `go test -run <arg> ./...` for `/usr/bin/go test -run TestSum ./... 2>&1`. `valued` are options of the program that take the
/// next word and may stand before its subcommand: that comes after them. Where git works is left out, for it says nothing of what.
pub(crate) fn template(words: &[String], valued: &[String]) -> String {
    let Some((first, arguments)) = words.split_first() else { return String::new() };
    let program =
        if is_kept_path(first) { first.trim_start_matches("./").to_owned() } else { base_name(first).to_owned() };
    let mut kept = vec![if is_kept_path(first) { format!("./{program}") } else { short(&program) }];
    let mut left = depth(base_name(first), words);
    let (mut behind_option, mut skips) = (false, false);
    let is_interpreter = matches!(
        base_name(first),
        "python" | "python3" | "node" | "bash" | "sh" | "zsh" | "ruby" | "tsx" | "php" | "perl"
    );
    let is_git = base_name(first) == "git";
    let mut is_before = true;
    for word in arguments {
        if std::mem::take(&mut skips) {
            continue;
        }
        let stands_before = is_before && valued.contains(word);
        if is_git && stands_before && word != "-c" {
            skips = true;
            continue;
        }
        if is_redirection(word) {
            skips = word.ends_with(['>', '<']);
            continue;
        }
        if word == "--" {
            kept.push(word.clone());
            continue;
        }
        if word.starts_with('-') && word.len() > 1 {
            kept.push(option(word));
            behind_option = !word.contains('=');
            left = if left == usize::MAX || stands_before { left } else { 0 };
            continue;
        }
        let behind = std::mem::take(&mut behind_option);
        if behind && is_before && left > 0 {
            // The value of an option that stands before the subcommand.
            push(&mut kept, placeholder(word));
            continue;
        }
        is_before = false;
        let keeps = (left > 0 && !behind && is_plain(word)) || (is_interpreter && left > 0 && is_kept_path(word));
        left = left.saturating_sub(usize::from(left != usize::MAX));
        let is_kept = keeps || word == "./..." || word == ".";
        let named = named_by_git(&kept, behind).filter(|_| !is_kept);
        push(&mut kept, named.unwrap_or_else(|| if is_kept { word } else { placeholder(word) }));
    }
    kept.join(" ")
}

/// Several of one kind in a row are one.
fn push(kept: &mut Vec<String>, word: &str) {
    if !(word.starts_with('<') && kept.last().is_some_and(|last| last == word)) {
        kept.push(word.to_owned());
    }
}

fn short(program: &str) -> String {
    if program.len() <= 40 && !program.contains(char::is_whitespace) {
        program.to_owned()
    } else {
        "<program>".to_owned()
    }
}

/// An option without its value.
fn option(word: &str) -> String {
    match word.split_once('=') {
        Some((name, _)) if is_option(name) => format!("{name}=<arg>"),
        None if is_option(word) => word.to_owned(),
        // `-n20`, `-20`: the number differs.
        _ => {
            let letters: String = word.chars().take_while(|c| !c.is_ascii_digit()).take(24).collect();
            if is_option(&letters) { format!("{letters}<n>") } else { "<option>".to_owned() }
        }
    }
}

fn is_option(word: &str) -> bool {
    let bare = word.trim_start_matches('-');
    word.len() <= 40
        && !bare.is_empty()
        && bare.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:".contains(c))
        && bare.chars().filter(char::is_ascii_digit).count() <= 1
}

fn placeholder(word: &str) -> &'static str {
    let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b',');
    let has_blank = word.contains(char::is_whitespace);
    match word {
        _ if is_number => "<n>",
        _ if has_blank || word.is_empty() => "<text>",
        _ if word.contains("://") => "<url>",
        _ if word.contains(['/', '\\']) || is_file(word) => "<path>",
        _ => "<arg>",
    }
}

/// What the next word of a `git` command is, where its place says so.
fn named_by_git(kept: &[String], is_value: bool) -> Option<&'static str> {
    let (program, words) = kept.split_first()?;
    let at = words.iter().position(|word| !word.starts_with(['-', '<'])).filter(|_| program == "git")?;
    let (subcommand, rest) = (&words[at], &words[at + 1..]);
    let last = rest.last().map(String::as_str);
    if is_value && matches!(last, Some("-m" | "--message" | "-am")) {
        return Some("<message>");
    }
    let words = rest.iter().filter(|word| !word.starts_with('-')).count();
    match subcommand.as_str() {
        "push" | "pull" | "fetch" if words == 0 => Some("<remote>"),
        "push" | "pull" | "fetch" => Some("<branch>"),
        "switch" | "merge" | "rebase" => Some("<branch>"),
        "checkout" if last == Some("-b") || last == Some("-B") => Some("<branch>"),
        "add" => Some("<files>"),
        _ => None,
    }
}

fn is_file(word: &str) -> bool {
    word.rsplit_once('.').is_some_and(|(stem, end)| {
        !stem.is_empty() && (1..=5).contains(&end.len()) && end.chars().all(|c| c.is_ascii_alphanumeric())
    })
}

/// A word that names what to do: `test:ci`, `pr`, `create`.
fn is_plain(word: &str) -> bool {
    word.len() <= 32
        && word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.chars().all(|c| c.is_ascii_lowercase() || "-_:".contains(c) || c.is_ascii_digit())
        && word.chars().filter(char::is_ascii_digit).count() <= 2
        && !is_hexadecimal(word)
}

fn is_hexadecimal(word: &str) -> bool {
    word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A script of the project, which names what is done: `./scripts/release.sh`, `tools/gen.py`.
fn is_kept_path(word: &str) -> bool {
    let path = word.trim_start_matches("./");
    word.contains('/')
        && !word.starts_with(['/', '~', '$', '.'].as_slice()) | word.starts_with("./")
        && !path.starts_with("..")
        && path.len() <= 60
        && path.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
        && path.chars().filter(char::is_ascii_digit).count() <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_taken_out() {
        for (command, expected) in [
            ("go test ./...", "go test ./..."),
            ("/usr/local/go/bin/go test -race -run TestSum ./cmd/shop 2>&1", "go test -race -run <arg> <path>"),
            ("git commit -m fix", "git commit -m <message>"),
            ("git commit -am fix", "git commit -am <message>"),
            ("git push -u origin feature/x", "git push -u <remote> <branch>"),
            ("git push origin HEAD:main", "git push <remote> <branch>"),
            ("git checkout -b feature/x", "git checkout -b <branch>"),
            ("git switch main", "git switch <branch>"),
            ("git add src/a.rs src/b.rs", "git add <files>"),
            ("git add .", "git add ."),
            ("git add -A", "git add -A"),
            ("git -C /home/kim/shop log -n20 --since=2026-01-01", "git log -n<n> --since=<arg>"),
            ("git -c user.name=kim commit -m fix", "git -c <arg> commit -m <message>"),
            ("go -C tools test ./...", "go -C <arg> test ./..."),
            ("git commit -C HEAD", "git commit -C <arg>"),
            ("git checkout feature/x", "git checkout <path>"),
            ("gh pr create --title x --body-file /tmp/b", "gh pr create --title <arg> --body-file <path>"),
            ("gh run view 123456 --log", "gh run view <n> --log"),
            ("mise run test:ci", "mise run test:ci"),
            ("npm run build -- --watch", "npm run build -- --watch"),
            ("make lint test", "make lint test"),
            ("cargo test -p shop a b", "cargo test -p <arg>"),
            ("./scripts/release.sh v1.2.3", "./scripts/release.sh <path>"),
            ("python3 tools/gen.py --out /tmp/x", "python3 tools/gen.py --out <path>"),
            ("/tmp/build-1234/x arg", "x arg"),
            ("curl https://example.com/a -H k", "curl <url> -H <arg>"),
            ("kill 1234 5678", "kill <n>"),
            ("git show 1a2b3c4d", "git show <arg>"),
        ] {
            let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
            let valued: &[&str] = match words[0].as_str() {
                "git" => &["-C", "-c", "--git-dir"],
                "go" => &["-C"],
                _ => &[],
            };
            let valued: Vec<String> = valued.iter().map(|option| (*option).to_owned()).collect();
            assert_eq!(template(&words, &valued), expected, "{command}");
        }
    }
}
