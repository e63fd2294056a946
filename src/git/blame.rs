//! Which commit last changed a line, as the installed `git blame` tells it: in the working tree with what is not committed
//! yet, without the commits that the repository says only reformat, and in a partial clone with what is fetched for it.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use anyhow::{Result, bail};

use super::installed::{self, Call, Watch, reason};
use super::repository::Repository;
use crate::text::ids::{is_commit_id, is_null};

/// The file at the root whose commits forges pass over when they show who wrote a line; git itself only where
/// `blame.ignoreRevsFile` names it.
const IGNORED: &str = ".git-blame-ignore-revs";

/// Where a line comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LineOrigin {
    /// 40 hex digits; `None` for a line that is not committed yet.
    pub commit: Option<String>,
    /// The file's name in that commit, relative to the root, with `/`.
    pub path: String,
    /// From 1, in that commit's file.
    pub line: u32,
}

/// A line, and what a person should know of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blamed {
    pub origin: LineOrigin,
    /// What could not be taken into account, and why.
    pub remark: Option<String>,
}

/// Gets ids of commits that git has told of.
pub(crate) type CommitWatch<'a> = &'a mut dyn FnMut(&[String]) -> Result<()>;

/// Lines in a row that one commit was the last to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BlamedLines {
    /// Of the first of them.
    pub origin: LineOrigin,
    /// The first of them, from 1, in the file that was asked about.
    pub line: u32,
    pub lines: u32,
}

/// The commit that last changed `line` (from 1) of `path` (relative to the root of the repository), as the file is in the
/// working tree; as it is in `HEAD` where it is not there.
///
/// # Errors
/// When there is no such file or the file has no such line.
pub(crate) fn blame(repository: &Repository, path: &str, line: u32) -> Result<Blamed> {
    let (lines, remark) = blame_lines(repository, path, Some((line, line)), None)?;
    let Some(first) = lines.into_iter().next() else { bail!("git does not tell who changed {path}") };
    Ok(Blamed { origin: first.origin, remark })
}

/// The same of the lines from the first to the second, as far as there are such, or of the whole file; in order, with what a person
/// should know of the answer. While git is at work, `watch` gets the commits that it has told of.
///
/// # Errors
/// When there is no such file or the file has no such line.
pub(crate) fn blame_lines(
    repository: &Repository,
    path: &str,
    range: Option<(u32, u32)>,
    watch: Option<CommitWatch<'_>>,
) -> Result<(Vec<BlamedLines>, Option<String>)> {
    let Some(root) = repository.root() else { bail!("the repository has no working tree") };
    let Some(head) = repository.head() else { bail!("the repository has no commits yet") };
    if let Some(module) = submodule(repository, &head, path) {
        bail!("{module} is a submodule; run `backstory why` in it");
    }
    let mut revision = Vec::new();
    let mut remark = None;
    match fs::symlink_metadata(root.join(path)) {
        Ok(data) if data.is_dir() => {
            let shown = if path.is_empty() { "the root of the repository" } else { path };
            bail!("{shown} is a folder; name a file of it")
        }
        Ok(data) if !data.is_file() && !data.is_symlink() => bail!("{path} is not a regular file"),
        Ok(data) if data.is_file() && is_binary(&root.join(path)) => {
            bail!("{path} is a binary file, which has no lines")
        }
        Ok(_) => {}
        Err(_) if repository.has_file(&head, path) => {
            revision.push("HEAD");
            remark = Some(format!("{path} is not in the working tree; its lines are counted in HEAD"));
        }
        Err(_) => bail!("{path} is not a file of the working tree, nor of the last commit"),
    }
    let first = range.map_or(1, |(first, _)| first);
    let lines = range.map(|(first, last)| format!("-L{first},{last}"));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let arguments = [&lines[..], &revision, &["--", path]].concat();
    let list = root.join(IGNORED);
    // A symlink could lead anywhere.
    let list = fs::symlink_metadata(&list).is_ok_and(|data| data.is_file()).then_some(IGNORED);
    let (said, left_out) = run(repository, list, &arguments, watch)?;
    let text = match said {
        Ok(text) => text,
        Err(error) if error.contains("no such path") => bail!("{path} is not tracked by git"),
        Err(error) => match error.split_once("has only ") {
            Some((_, count)) => bail!("{path} has no line {first}: it has {count}"),
            None => bail!("git cannot tell who changed {path}: {error}"),
        },
    };
    let mut found = parse(&text);
    found.sort_by_key(|lines| lines.line);
    if found.is_empty() {
        bail!("{path} is empty: it has no lines");
    }
    Ok((found, left_out.or(remark)))
}

/// How many lines of `path` in the commit `head` are of which commit, as far back as `base`, where one is given: of older ones it is not
/// known.
///
/// # Errors
/// When git cannot tell.
pub(crate) fn lines_by_commit(
    repository: &Repository,
    (base, head): (Option<&str>, &str),
    path: &str,
) -> Result<HashMap<String, u32>> {
    let head = repository.oid(head)?.to_string();
    let range = match base {
        Some(base) => format!("{}..{head}", repository.oid(base)?),
        None => head,
    };
    let (said, _) = run(repository, Some(""), &[&range, "--", path], None)?;
    let text = said.map_err(|error| anyhow::anyhow!("git cannot tell which commits changed {path}: {error}"))?;
    let mut lines: HashMap<String, u32> = HashMap::new();
    for one in parse(&text) {
        if let Some(commit) = one.origin.commit {
            *lines.entry(commit).or_default() += one.lines;
        }
    }
    Ok(lines)
}

/// The submodule of the commit `head` that a path is, or lies in.
fn submodule<'a>(repository: &Repository, head: &str, path: &'a str) -> Option<&'a str> {
    let tree = repository.find_commit(repository.oid(head).ok()?).ok()?.tree().ok()?;
    let above = path.match_indices('/').map(|(end, _)| &path[..end]).chain([path]).filter(|part| !part.is_empty());
    above.into_iter().find(|part| {
        let entry = tree.get_path(Path::new(part));
        entry.is_ok_and(|entry| entry.kind() == Some(git2::ObjectType::Commit))
    })
}

/// Whether git takes a file for a binary one: a zero byte near its beginning.
fn is_binary(path: &Path) -> bool {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(8000).read_to_end(&mut bytes));
    read.is_ok() && bytes.contains(&0)
}

/// Every line of `path` in the commit `head`, with its number there; those that are older than `base` at an ancestor of it.
/// No commit is passed over.
///
/// # Errors
/// When git cannot tell.
pub(super) fn blame_since(
    repository: &Repository,
    base: &str,
    head: &str,
    path: &str,
) -> Result<Vec<(LineOrigin, u32)>> {
    let range = format!("{}..{}", repository.oid(base)?, repository.oid(head)?);
    match run(repository, Some(""), &[&range, "--", path], None)?.0 {
        Ok(text) => {
            let mut found = parse(&text);
            found.sort_by_key(|lines| lines.line);
            Ok(found.into_iter().flat_map(each_line).collect())
        }
        Err(error) => bail!("git cannot tell which commits changed {path}: {error}"),
    }
}

fn each_line(group: BlamedLines) -> impl Iterator<Item = (LineOrigin, u32)> {
    let BlamedLines { origin, line, lines } = group;
    (0..lines).map(move |step| (LineOrigin { line: origin.line + step, ..origin.clone() }, line + step))
}

/// What git blame writes, or its reason not to. A list of commits to pass over that cannot be read stops git itself; then the
/// lists are left out, and the second value says so.
fn run(
    repository: &Repository,
    list: Option<&str>,
    arguments: &[&str],
    watch: Option<CommitWatch<'_>>,
) -> Result<(std::result::Result<String, String>, Option<String>)> {
    let (mut seen, mut told) = (0, HashSet::new());
    let mut watch = watch.map(|watch| {
        move |written: &[u8]| {
            // What is not whole yet is looked at again.
            let start = seen.min(written.len());
            let end = start + written[start..].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let text = String::from_utf8_lossy(&written[start..end]);
            let starts = text.lines().filter_map(group_of).map(|(commit, ..)| commit.to_owned());
            let new: Vec<String> = starts.filter(|id| !is_null(id) && told.insert(id.clone())).collect();
            seen = end;
            if new.is_empty() { Ok(()) } else { watch(&new) }
        }
    });
    let folder = repository.root().unwrap_or(repository.git_dir());
    let list = list.map(|list| format!("--ignore-revs-file={list}"));
    let list: Vec<&str> = list.iter().map(String::as_str).collect();
    let line_ends = format!("core.autocrlf={}", repository.config_string("core.autocrlf").unwrap_or_default());
    let line_ends = ["-c", &line_ends];
    let command = ["blame", "--incremental"];
    let with_list = [&command[..], &list, arguments];
    let without = [&command[..], arguments];
    // The settings of git that name a list may be those of all repositories, and this one has no such file.
    let without_settings = [&line_ends[..], &command, arguments];
    let attempts = [with_list.concat(), without.concat(), without_settings.concat()];
    let mut first_error = None;
    for (number, arguments) in attempts.iter().enumerate() {
        let mut variables = repository.variables();
        if number == 2 {
            variables.extend([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")].map(own));
        }
        let call = Call { folder, arguments, variables, input: &[], access: None, within: None };
        let ran = installed::run_watched(&call, watch.as_mut().map(|watch| watch as Watch<'_>))?;
        if ran.done {
            let remark = first_error.map(|error| format!("the list of commits to pass over was not used: {error}"));
            return Ok((Ok(String::from_utf8_lossy(&ran.out).into_owned()), remark));
        }
        let error = reason(&ran.err).trim_start_matches("fatal: ").to_owned();
        if !["object name list", "invalid object name"].iter().any(|sign| error.contains(sign)) {
            return Ok((Err(error), None));
        }
        first_error.get_or_insert(error);
    }
    Ok((Err(first_error.unwrap_or_default()), None))
}

fn own((name, value): (&'static str, &str)) -> (&'static str, OsString) {
    (name, value.into())
}

/// What is told of each group of lines, in any order (git-blame(1), `--incremental`).
fn parse(text: &str) -> Vec<BlamedLines> {
    let mut found = Vec::new();
    let mut header = None;
    for line in text.lines() {
        if let Some((commit, original, line_now, lines)) = header {
            if let Some(name) = line.strip_prefix("filename ") {
                let commit: &str = commit;
                let commit = (!is_null(commit)).then(|| commit.to_owned());
                let origin = LineOrigin { commit, path: unquoted(name), line: original };
                found.push(BlamedLines { origin, line: line_now, lines });
                header = None;
            }
            continue;
        }
        header = group_of(line);
    }
    found
}

/// The first line of a group: its commit, where its lines begin there and in the file that was asked about, and how many they are.
fn group_of(line: &str) -> Option<(&str, u32, u32, u32)> {
    let mut words = line.split(' ');
    let commit = words.next().filter(|word| is_commit_id(word))?;
    let mut number = || words.next()?.parse::<u32>().ok();
    Some((commit, number()?, number()?, number()?))
}

/// A name as git writes it where it has quotes, blanks or other signs in it: `"a\tb"`, bytes as octal numbers.
fn unquoted(name: &str) -> String {
    let Some(inner) = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) else { return name.to_owned() };
    let mut bytes = Vec::new();
    let mut rest = inner.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next() {
            Some(b'a') => 7,
            Some(b'b') => 8,
            Some(b't') => b'\t',
            Some(b'n') => b'\n',
            Some(b'v') => 11,
            Some(b'f') => 12,
            Some(b'r') => b'\r',
            Some(digit @ b'0'..=b'3') => {
                let mut low = || rest.next().unwrap_or(b'0').wrapping_sub(b'0') & 7;
                let (middle, last) = (low(), low());
                ((digit - b'0') << 6) | (middle << 3) | last
            }
            Some(other) => other,
            None => b'\\',
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    fn at(fixture: &Fixture, path: &str, line: u32) -> (Option<String>, String, u32) {
        let found = blame(&fixture.open(), path, line).unwrap();
        assert_eq!(found.remark, None);
        (found.origin.commit, found.origin.path, found.origin.line)
    }

    fn error(fixture: &Fixture, path: &str, line: u32) -> String {
        blame(&fixture.open(), path, line).unwrap_err().to_string()
    }

    #[test]
    fn lines_are_counted_in_the_working_tree_and_new_ones_are_not_committed_yet() {
        let fixture = Fixture::new();
        fixture.write("a", "one\ntwo\nthree\nfour\nfive\nsix\nseven\n");
        let first = fixture.commit("a");
        fixture.write("a", "new\none\nchanged\nthree\nfour\nfive\nsix\nseven\n");
        assert_eq!(at(&fixture, "a", 1), (None, "a".into(), 1));
        assert_eq!(at(&fixture, "a", 2), (Some(first.clone()), "a".into(), 1));
        assert_eq!(at(&fixture, "a", 3).0, None);
        fixture.git(&["add", "a"]);
        assert_eq!(at(&fixture, "a", 1).0, None);
        fixture.git(&["mv", "a", "b c"]);
        assert_eq!(at(&fixture, "b c", 2), (Some(first.clone()), "a".into(), 1));
        fixture.write("staged", "x\n");
        fixture.git(&["add", "staged"]);
        assert_eq!(at(&fixture, "staged", 1).0, None);
        // In a linked worktree the file of that one counts.
        fixture.git(&["worktree", "add", "-q", "-b", "side", "../side", &first]);
        let side = Repository::discover(&fixture.beside("side"), None).unwrap();
        assert_eq!(blame(&side, "a", 1).unwrap().origin.commit, Some(first));
    }

    #[test]
    fn what_has_no_answer_is_named() {
        let fixture = Fixture::new();
        fixture.write("dir/a", "one\n");
        assert_eq!(error(&fixture, "dir/a", 1), "the repository has no commits yet");
        let first = fixture.commit("a");
        fixture.write("binary", "a\0b\n");
        fixture.write("empty", "");
        fixture.git(&["add", "binary", "empty"]);
        fixture.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{first},sub")]);
        fixture.git(&["commit", "-q", "-m", "b"]);
        fixture.write("sub/b", "x\n");
        fixture.write("new", "x\n");
        for (path, line, said) in [
            ("dir/a", 9, "dir/a has no line 9: it has 1 line"),
            ("dir", 1, "dir is a folder; name a file of it"),
            ("", 1, "the root of the repository is a folder; name a file of it"),
            ("sub", 1, "sub is a submodule; run `backstory why` in it"),
            ("sub/b", 1, "sub is a submodule; run `backstory why` in it"),
            ("sub/deep/b", 1, "sub is a submodule; run `backstory why` in it"),
            ("binary", 1, "binary is a binary file, which has no lines"),
            ("empty", 1, "empty has no line 1: it has 0 lines"),
            ("gone", 1, "gone is not a file of the working tree, nor of the last commit"),
            ("new", 1, "new is not tracked by git"),
        ] {
            assert_eq!(error(&fixture, path, line), said);
        }
    }

    #[test]
    fn a_file_that_is_not_checked_out_is_counted_in_head() {
        let fixture = Fixture::new();
        fixture.write("a", "one\ntwo\n");
        let id = fixture.commit("a");
        std::fs::remove_file(fixture.root().join("a")).unwrap();
        let found = blame(&fixture.open(), "a", 2).unwrap();
        assert_eq!((found.origin.commit, found.origin.line), (Some(id), 2));
        assert_eq!(found.remark.as_deref(), Some("a is not in the working tree; its lines are counted in HEAD"));
    }

    /// A commit, one that only reformats it, and the list that names the second.
    fn reformatted(name: &str) -> (Fixture, String, String) {
        let fixture = Fixture::new();
        fixture.write("a", "if x:\n  one()\n  two()\n");
        let first = fixture.commit("a");
        fixture.write("a", "if x:\n    one()\n    two()\n");
        let second = fixture.commit("Reformat");
        fixture.write(name, format!("# formatter\n{second}\n"));
        fixture.commit("List");
        (fixture, first, second)
    }

    #[test]
    fn commits_that_the_repository_says_only_reformat_are_passed_over() {
        let (fixture, first, second) = reformatted(IGNORED);
        assert_eq!(at(&fixture, "a", 2), (Some(first.clone()), "a".into(), 2));
        assert_ne!(at(&fixture, "a", 3).0, Some(second));
        let (fixture, first, second) = reformatted("lists/mine");
        assert_eq!(at(&fixture, "a", 2).0, Some(second));
        fixture.write("lists/empty", "");
        for name in ["lists/empty", "lists/mine"] {
            fixture.git(&["config", "--add", "blame.ignoreRevsFile", name]);
        }
        assert_eq!(at(&fixture, "a", 2).0, Some(first));
    }

    #[test]
    fn a_list_that_cannot_be_read_costs_no_answer() {
        let (fixture, _, second) = reformatted("list");
        fixture.write(IGNORED, "not an id\n");
        let found = blame(&fixture.open(), "a", 2).unwrap();
        assert_eq!(found.origin.commit, Some(second));
        assert_eq!(
            found.remark.as_deref(),
            Some("the list of commits to pass over was not used: invalid object name: not an id")
        );
        fixture.git(&["config", "blame.ignoreRevsFile", "gone"]);
        assert!(error(&fixture, "a", 2).contains("could not open object name list: gone"));
    }

    #[cfg(unix)]
    #[test]
    fn a_list_that_is_a_symlink_is_not_followed() {
        let (fixture, _, second) = reformatted("list");
        std::os::unix::fs::symlink("list", fixture.root().join(IGNORED)).unwrap();
        assert_eq!(at(&fixture, "a", 2).0, Some(second));
    }

    /// All lines as git blame itself attributes them.
    fn by_git(fixture: &Fixture, path: &str) -> Vec<(Option<String>, String)> {
        let text =
            fixture.git(&["blame", "-s", "-l", "--root", "-f", &format!("--ignore-revs-file={IGNORED}"), "--", path]);
        let own = |line: &str| {
            let mut words = line.split_whitespace();
            let (commit, name) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
            (Some(commit).filter(|commit| commit.bytes().any(|byte| byte != b'0')), name)
        };
        text.lines().map(own).collect()
    }

    #[test]
    fn every_line_has_gits_own_answer_after_any_changes() {
        for seed in 0..6_u64 {
            let fixture = Fixture::new();
            let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let mut random = |below: usize| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) as usize % below
            };
            let mut lines: Vec<String> = (0..8).map(|line| format!("line number {line}")).collect();
            let mut path = "dir/a.txt".to_owned();
            let mut ignored = String::new();
            for step in 0..7 {
                let place = random(lines.len());
                match random(5) {
                    0 => lines.insert(place, format!("inserted {step}")),
                    1 if lines.len() > 3 => drop(lines.remove(place)),
                    2 => lines.iter_mut().for_each(|line| *line = format!(" {line}")),
                    3 if step > 0 => {
                        let other = format!("dir/moved{step}.txt");
                        std::fs::rename(fixture.root().join(&path), fixture.root().join(&other)).unwrap();
                        path = other;
                    }
                    _ => lines[place] = format!("changed {step}"),
                }
                fixture.write(&path, lines.join("\n") + "\n");
                let id = fixture.commit(&format!("step {step}"));
                if random(3) == 0 {
                    ignored += &format!("{id}\n");
                }
            }
            fixture.write(IGNORED, &ignored);
            // Not committed: in front, in the middle, at the end.
            lines.insert(0, "first".to_owned());
            lines[4] = "in between".to_owned();
            lines.push("last".to_owned());
            fixture.write(&path, lines.join("\n") + "\n");
            let expected = by_git(&fixture, &path);
            assert_eq!(expected.len(), lines.len());
            for (number, (commit, name)) in (1..).zip(expected) {
                let found = at(&fixture, &path, number);
                assert_eq!((found.0, found.1), (commit, name), "seed {seed}, line {number}");
            }
        }
    }

    #[test]
    fn names_are_read_as_git_quotes_them() {
        for (quoted, name) in
            [("a b", "a b"), (r#""a\"b\\c""#, "a\"b\\c"), (r#""caf\303\251\t.py""#, "café\t.py"), (r#""a"#, "\"a")]
        {
            assert_eq!(unquoted(quoted), name);
        }
        let fixture = Fixture::new();
        for name in ["café \"x\"\t.py", "-a", ":(glob)*"] {
            fixture.write(name, "x\n");
            let id = fixture.commit(name);
            assert_eq!(at(&fixture, name, 1), (Some(id), name.to_owned(), 1));
        }
    }
}
