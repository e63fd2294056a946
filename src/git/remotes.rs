//! The remotes of a clone: which one a person works with, what its default branch is, and the lines that bring the records
//! of others with a `git fetch`.

use std::collections::BTreeSet;

use super::note_refs::NOTES_REF;
use super::repository::Repository;
use crate::git::note_refs;
use crate::text::typed::typed;

/// The names under which a default branch is looked for where no remote says which it is.
const USUAL: [&str; 2] = ["main", "master"];

/// The remotes by name: those that have an address, as libgit2 lists them. It compiles an expression each time.
pub(crate) fn names(repository: &Repository) -> Vec<String> {
    let mut names = BTreeSet::new();
    // What cannot be read here, git itself would refuse.
    let _ = repository.git.config().and_then(|config| {
        config.entries(None)?.for_each(|entry| {
            let of_remote = entry.name().ok().and_then(|name| name.strip_prefix("remote."));
            let name = of_remote.and_then(|rest| rest.strip_suffix(".url").or_else(|| rest.strip_suffix(".pushurl")));
            names.extend(name.map(str::to_owned));
        })
    });
    names.into_iter().collect()
}

/// The remote that a person works with: that of the branch, else the only one, else the one that `checkout.defaultRemote`
/// names, else `origin`.
pub(crate) fn main(repository: &Repository) -> Option<String> {
    main_of(repository, &names(repository))
}

/// As [`main`], of all the [`names`].
pub(crate) fn main_of(repository: &Repository, names: &[String]) -> Option<String> {
    if names.is_empty() {
        return None;
    }
    let named = |key: &str| repository.config_string(key).filter(|name| names.contains(name));
    repository
        .branch()
        .and_then(|branch| named(&format!("branch.{branch}.remote")))
        .or_else(|| names.first().filter(|_| names.len() == 1).cloned())
        .or_else(|| named("checkout.defaultRemote"))
        .or_else(|| names.iter().find(|name| *name == "origin").cloned())
}

/// The branch that a remote opens with, as it is known here: the reference, and the branch's name at the remote.
pub(crate) fn default_branch(repository: &Repository, remote: &str) -> Option<(String, String)> {
    let prefix = format!("refs/remotes/{remote}/");
    let head = repository.git.find_reference(&format!("{prefix}HEAD")).ok();
    let told = head.as_ref().and_then(|head| head.symbolic_target().ok().flatten());
    let told = told.filter(|name| repository.git.find_reference(name).is_ok()).map(str::to_owned);
    let found = told.or_else(|| {
        let usual = USUAL.map(|name| format!("{prefix}{name}"));
        usual.into_iter().find(|name| repository.git.find_reference(name).is_ok())
    })?;
    let branch = found.strip_prefix(&prefix)?.to_owned();
    Some((found, branch))
}

/// The default branch of a remote as it is known here, and those of the usual names that were committed to later: git keeps what a
/// remote said once, and the branch may have been renamed since.
pub(crate) fn perhaps_default(repository: &Repository, remote: &str) -> Vec<(String, String)> {
    let Some(default) = default_branch(repository, remote) else { return Vec::new() };
    let time = |reference: &str| {
        let commit = repository.git.find_reference(reference).ok()?.peel_to_commit().ok()?;
        Some(commit.time().seconds())
    };
    let since = time(&default.0);
    let usual = USUAL.map(|name| (format!("refs/remotes/{remote}/{name}"), name.to_owned()));
    let later = usual.into_iter().filter(|one| *one != default && time(&one.0) > since);
    let later: Vec<(String, String)> = later.collect();
    std::iter::once(default).chain(later).collect()
}

/// Whether the default branch of a remote cannot be known here: nothing says which it is, and not all branches are fetched, as
/// in a clone of a single branch.
pub(crate) fn lacks_default_branch(repository: &Repository, remote: &str) -> bool {
    let lines = repository.config_values(&format!("remote.{remote}.fetch"));
    let is_of_branches = |line: &String| line.trim_start_matches('+').starts_with("refs/heads/");
    let brings_all = |line: &String| {
        let from = line.trim_start_matches('+').split(':').next().unwrap_or_default();
        matches!(from, "refs/heads/*" | "refs/*")
    };
    lines.iter().any(is_of_branches) && !lines.iter().any(brings_all) && default_branch(repository, remote).is_none()
}

/// What brings the default branch of a remote, and says which it is.
pub(crate) fn bring_default_branch(remote: &str) -> String {
    let remote = typed(remote);
    format!("git remote set-branches --add {remote} '*' && git fetch {remote} && git remote set-head {remote} --auto")
}

/// The names of branches that a repository usually opens with, and the one that `init.defaultBranch` gives.
pub(crate) fn usual_branches(repository: &Repository) -> Vec<String> {
    let own = repository.config_string("init.defaultBranch");
    let own = own.filter(|own| !USUAL.contains(&own.as_str()));
    USUAL.into_iter().map(str::to_owned).chain(own).collect()
}

/// Of more branches these are looked at, by name.
const MOST_BRANCHES: usize = 2000;

/// The tips of a remote's branches as they are known here, those that were committed last first, with a branch of each.
pub(crate) fn newest_tips(repository: &Repository, remote: &str, most: usize) -> Vec<(String, String)> {
    let prefix = format!("refs/remotes/{remote}/");
    if !git2::Reference::is_valid_name(&format!("{prefix}HEAD")) {
        return Vec::new();
    }
    let found = repository.git.references_glob(&format!("{prefix}*"));
    let mut tips = Vec::new();
    for reference in found.into_iter().flatten().flatten().take(MOST_BRANCHES) {
        let (Ok(name), Ok(commit)) = (reference.name(), reference.peel_to_commit()) else { continue };
        let branch = name.strip_prefix(&prefix).unwrap_or(name).to_owned();
        tips.push((std::cmp::Reverse(commit.time().seconds()), commit.id().to_string(), branch));
    }
    tips.sort();
    tips.dedup_by(|a, b| a.1 == b.1);
    tips.into_iter().take(most).map(|(_, commit, branch)| (commit, branch)).collect()
}

/// The lines, each a name and a value, with which a `git fetch` puts what a remote has in place of this clone's own records:
/// `+refs/notes/*:refs/notes/*` is what pages about notes tell people to set.
pub(crate) fn lines_over_notes(repository: &Repository) -> Vec<(String, String)> {
    let over = |remote: String| {
        let key = format!("remote.{remote}.fetch");
        let values = repository.config_values(&key);
        let is_excepted = |source: &str| {
            let excepted = values.iter().filter_map(|value| value.strip_prefix('^'));
            excepted.into_iter().any(|pattern| matched(pattern, source).is_some())
        };
        let is_over = |value: &&String| {
            let Some((from, to)) = value.trim_start_matches('+').split_once(':') else { return false };
            matched(to, NOTES_REF).is_some_and(|part| !is_excepted(&from.replacen('*', part, 1)))
        };
        values.iter().filter(is_over).map(|value| (key.clone(), value.clone())).collect::<Vec<_>>()
    };
    names(repository).into_iter().flat_map(over).collect()
}

/// What the star of a pattern stands for in a name that it matches; nothing where it has none.
fn matched<'a>(pattern: &str, name: &'a str) -> Option<&'a str> {
    match pattern.split_once('*') {
        Some((before, after)) => name.strip_prefix(before)?.strip_suffix(after),
        None => (pattern == name).then_some(""),
    }
}

/// Whether records were pushed to a remote from this clone, or fetched from there to be united with them.
fn has_records(repository: &Repository, remote: &str) -> bool {
    repository.git.find_reference(&note_refs::known_of(remote)).is_ok()
}

/// The lines, each a name and a value, that bring the records of others with a `git fetch`, where they are not set: for the
/// remote that a person works with, and for those that records were pushed to. A remote without any fetch line stays as
/// it is: with this one alone, `git fetch` would bring nothing else.
pub(crate) fn missing_fetch_lines(repository: &Repository) -> Vec<(String, String)> {
    let main = main(repository);
    let missing = |remote: &String| {
        let (key, line) = (format!("remote.{remote}.fetch"), fetch_line(remote));
        let set = repository.config_values(&key);
        (!set.is_empty() && !set.contains(&line)).then_some((key, line))
    };
    let from =
        names(repository).into_iter().filter(|name| Some(name) == main.as_ref() || has_records(repository, name));
    from.collect::<Vec<_>>().iter().filter_map(missing).collect()
}

/// What the fetched records of a remote are kept under. The star matters: git stops a whole fetch when a ref without
/// one is not there, and a remote without records has none. The plus too: it is a copy of what the remote has, as
/// `refs/remotes/origin/*` is; our own records are in another ref, and git's reflog keeps what the copy was before.
fn fetch_line(remote: &str) -> String {
    format!("+{NOTES_REF}*:refs/notes/remotes/{remote}/backstory*")
}

/// A remote's name or address as it may be shown: without user, password and query, which may be keys.
pub(crate) fn shown(remote: &str) -> String {
    match remote.split_once("://") {
        Some((scheme, rest)) => {
            let rest = without_user(rest);
            let (rest, query) = rest.split_once('?').map_or((rest, ""), |(rest, _)| (rest, "?..."));
            format!("{scheme}://{rest}{query}")
        }
        // `user:password@host:path`; a user alone, as of ssh, is no key.
        None => match remote.split_once('@') {
            Some((user, host)) if user.contains(':') && !user.contains('/') => host.to_owned(),
            _ => remote.to_owned(),
        },
    }
}

/// A text, perhaps of another program, as it may be shown: the addresses in it as [`shown`] has them. Of those that are not
/// `remote`, the query goes where git quotes one; a server's link needs it.
pub(crate) fn with_shown(text: &str, remote: &str) -> String {
    let text = if remote.contains(['@', '?']) { text.replace(remote, &shown(remote)) } else { text.to_owned() };
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("://") {
        clean.extend([before, "://"]);
        let is_quoted = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric()).ends_with('\'');
        let end = after.find(char::is_whitespace).unwrap_or(after.len());
        let address = without_user(&after[..end]);
        match address.split_once('?').filter(|_| is_quoted) {
            Some((address, query)) => {
                clean.extend([address, "?...", query.rfind('\'').map_or("", |end| &query[end..])])
            }
            None => clean.push_str(address),
        }
        rest = &after[end..];
    }
    clean + rest
}

/// What is behind `://`, without the part before the `@` of the host.
fn without_user(rest: &str) -> &str {
    let host = &rest[..rest.find('/').unwrap_or(rest.len())];
    // A slash in a password ends the host too early; what seems to be its port is then no number.
    let is_cut =
        host.rsplit_once(':').is_some_and(|(_, port)| port.bytes().any(|byte| !byte.is_ascii_digit() && byte != b']'));
    match if host.contains('@') || !is_cut { host } else { rest }.rfind('@') {
        Some(at) => &rest[at + 1..],
        None => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn a_fetch_line_that_writes_over_the_notes_is_found() {
        for (name, lines, expected) in [
            ("of a clone", &["+refs/heads/*:refs/remotes/origin/*"][..], 0),
            ("our own", &["+refs/notes/backstory*:refs/notes/remotes/origin/backstory*"], 0),
            ("all notes", &["+refs/heads/*:refs/remotes/origin/*", "+refs/notes/*:refs/notes/*"], 1),
            ("without force", &["refs/notes/*:refs/notes/*"], 1),
            ("ours alone", &["+refs/notes/backstory:refs/notes/backstory"], 1),
            ("a mirror", &["+refs/*:refs/*"], 1),
            ("a part of the name", &["+refs/notes/back*:refs/notes/back*"], 1),
            ("other notes", &["+refs/notes/review*:refs/notes/review*", "+refs/notes/commits:refs/notes/commits"], 0),
            ("all but ours", &["+refs/notes/*:refs/notes/*", "^refs/notes/backstory"], 0),
            ("all but others", &["+refs/notes/*:refs/notes/*", "^refs/notes/review*"], 1),
            ("fetched and not kept", &["refs/notes/*"], 0),
        ] {
            let fixture = Fixture::new();
            fixture.git(&["config", "remote.origin.url", "../hub.git"]);
            for line in lines {
                fixture.git(&["config", "--add", "remote.origin.fetch", line]);
            }
            assert_eq!(lines_over_notes(&fixture.open()).len(), expected, "{name}");
        }
    }

    #[test]
    fn no_key_in_an_address_is_shown() {
        for (address, expected) in [
            ("https://me:s3cret@host.example/a@b", "https://host.example/a@b"),
            ("https://s3cret@host.example/a", "https://host.example/a"),
            ("https://me:s3c@ret@host.example:8443/a", "https://host.example:8443/a"),
            ("https://me:s3/cret@host.example/a", "https://host.example/a"),
            ("https://me:s3#cr?et@host.example", "https://host.example"),
            ("https://me:s3 cret@host.example/a", "https://host.example/a"),
            ("ssh://git:s3cret@host.example/a", "ssh://host.example/a"),
            ("https://host.example/a.git?private_token=s3cret", "https://host.example/a.git?..."),
            ("me:s3cret@host.example:a", "host.example:a"),
            ("https://host.example:8443/a@b", "https://host.example:8443/a@b"),
            ("https://[::1]:8443/a", "https://[::1]:8443/a"),
            ("git@host.example:a/b", "git@host.example:a/b"),
            ("../hub.git", "../hub.git"),
            ("C:/hub@x", "C:/hub@x"),
            ("origin", "origin"),
        ] {
            assert_eq!(shown(address), expected, "{address}");
            let said = with_shown(&format!("fatal: unable to access '{address}/': no host, me@example.org"), address);
            assert!(!said.contains("s3") && said.ends_with("': no host, me@example.org"), "{said}");
        }
        for (text, expected) in [
            (
                "remote: see https://u:s3cret@a.example/x, http://b.example",
                "remote: see https://a.example/x, http://b.example",
            ),
            ("remote: see https://a.example/x?id=7", "remote: see https://a.example/x?id=7"),
            ("fatal: 'https://a.example/x?token=s3cret/': no", "fatal: 'https://a.example/x?...': no"),
            ("://", "://"),
            ("", ""),
        ] {
            assert_eq!(with_shown(text, "origin"), expected);
        }
    }

    #[test]
    fn the_default_branch_is_what_the_remote_said_else_one_of_the_usual_names() {
        let fixture = Fixture::new();
        fixture.commit("a");
        fixture.git(&["remote", "add", "up/stream", "../hub.git"]);
        let found = || default_branch(&fixture.open(), "up/stream").map(|(_, branch)| branch);
        assert_eq!(found(), None);
        for (name, expected) in [("other", None), ("master", Some("master")), ("main", Some("main"))] {
            fixture.git(&["update-ref", &format!("refs/remotes/up/stream/{name}"), "HEAD"]);
            assert_eq!(found().as_deref(), expected);
        }
        fixture.git(&["symbolic-ref", "refs/remotes/up/stream/HEAD", "refs/remotes/up/stream/gone"]);
        assert_eq!(found().as_deref(), Some("main"));
        fixture.git(&["symbolic-ref", "refs/remotes/up/stream/HEAD", "refs/remotes/up/stream/other"]);
        assert_eq!(found().as_deref(), Some("other"));
        // `main` took its place since; `master` was left behind.
        let perhaps = || -> Vec<String> {
            perhaps_default(&fixture.open(), "up/stream").into_iter().map(|(_, branch)| branch).collect()
        };
        assert_eq!(perhaps(), ["other"]);
        let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
        let mut make = super::super::fixture::command(&fixture.root());
        make.env("GIT_COMMITTER_DATE", "2026-01-03T00:00:00Z").args(["commit-tree", "-m", "later", tree.trim()]);
        let later = String::from_utf8(make.output().unwrap().stdout).unwrap();
        fixture.git(&["update-ref", "refs/remotes/up/stream/main", later.trim()]);
        assert_eq!(perhaps(), ["other", "main"]);
        assert_eq!(perhaps_default(&fixture.open(), "nobody"), []);
    }

    #[test]
    fn a_default_branch_is_lacking_where_not_all_branches_are_fetched() {
        for (lines, known, lacks) in [
            (&["+refs/heads/feat:refs/remotes/origin/feat"][..], "feat", true),
            (&["+refs/heads/feat/*:refs/remotes/origin/feat/*"], "feat/a", true),
            (&["refs/heads/feat:refs/remotes/origin/feat", "+refs/notes/*:refs/notes/remotes/origin/*"], "feat", true),
            (&["+refs/heads/feat:refs/remotes/origin/feat"], "main", false),
            (&["+refs/heads/*:refs/remotes/origin/*"], "trunk", false),
            (&["+refs/*:refs/*"], "feat", false),
            (&[], "feat", false),
        ] {
            let fixture = Fixture::new();
            fixture.commit("a");
            fixture.git(&["config", "remote.origin.url", "../hub.git"]);
            for line in lines {
                fixture.git(&["config", "--add", "remote.origin.fetch", line]);
            }
            fixture.git(&["update-ref", &format!("refs/remotes/origin/{known}"), "HEAD"]);
            assert_eq!(lacks_default_branch(&fixture.open(), "origin"), lacks, "{lines:?} {known}");
        }
    }
}
