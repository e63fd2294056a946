//! What tools that rewrite history leave behind: which commit became which, and the ids they give to a change. What can
//! only be guessed from the commits themselves is `link::pairing`'s.

use std::collections::{BTreeMap, HashSet};

use super::range::{self, CommitRange};
use super::repository::Repository;
use crate::files;
use crate::text::ids::{is_commit_id, is_null};

/// The map of a history with a million commits is 80 MB long.
const LONGEST_MAP: u64 = 256 * 1024 * 1024;
/// So many commits of one rewritten branch are paired.
const LONGEST_BRANCH: usize = 100_000;

/// The old commits of each new one, as tools wrote it down: git filter-repo's `commit-map`, `refs/replace` (also
/// filter-repo's) and the branches that git filter-branch keeps below `refs/original`. What cannot be read says nothing.
pub(crate) fn told(repository: &Repository) -> BTreeMap<String, Vec<String>> {
    let mut olds_of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let pairs = commit_map(repository).into_iter().chain(replaced(repository)).chain(filtered(repository));
    for (old, new) in pairs.filter(|(old, new)| old != new) {
        let olds = olds_of.entry(new).or_default();
        if !olds.contains(&old) {
            olds.push(old);
        }
    }
    olds_of
}

/// Lines of an old and a new id; a commit that was dropped has zeros in place of the second.
fn commit_map(repository: &Repository) -> Vec<(String, String)> {
    let path = repository.common_dir().join("filter-repo").join("commit-map");
    let Ok(Some(text)) = files::read_text(&path, LONGEST_MAP) else { return Vec::new() };
    let pair = |line: &str| {
        let (old, new) = line.split_once(char::is_whitespace)?;
        let (old, new) = (old.trim(), new.trim());
        (is_commit_id(old) && is_commit_id(new) && !is_null(new)).then(|| (old.to_owned(), new.to_owned()))
    };
    text.lines().filter_map(pair).collect()
}

fn replaced(repository: &Repository) -> Vec<(String, String)> {
    let found = repository.git.references_glob("refs/replace/*");
    let pair = |reference: git2::Reference<'_>| {
        let old = reference.name().ok()?.strip_prefix("refs/replace/")?.to_owned();
        let new = reference.peel_to_commit().ok()?.id().to_string();
        is_commit_id(&old).then_some((old, new))
    };
    found.into_iter().flatten().filter_map(|reference| pair(reference.ok()?)).collect()
}

fn filtered(repository: &Repository) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for reference in repository.git.references_glob("refs/original/*").into_iter().flatten().flatten() {
        let (Ok(name), Ok(old)) = (reference.name(), reference.peel_to_commit()) else { continue };
        let now = name.strip_prefix("refs/original/").and_then(|name| repository.git.find_reference(name).ok());
        let Some(new) = now.and_then(|now| now.peel_to_commit().ok()) else { continue };
        pairs.extend(along(repository, &old.id().to_string(), &new.id().to_string()));
    }
    pairs
}

/// The commits of two branches that are the same history before and after, in order: a filter drops some and changes the
/// rest, and two of author, time, message and tree it leaves.
fn along(repository: &Repository, old: &str, new: &str) -> Vec<(String, String)> {
    let only = |here: &str, not: &str| -> Vec<String> {
        let listed = range::list(repository, CommitRange::Given(&format!("{not}..{here}"))).unwrap_or_default();
        listed.into_iter().map(|listed| listed.id).collect()
    };
    let (olds, news) = (only(old, new), only(new, old));
    if olds.len().max(news.len()) > LONGEST_BRANCH {
        return Vec::new();
    }
    let (mut pairs, mut from) = (Vec::new(), 0);
    for new in news {
        // What was dropped lies in between, and never much of it.
        let near = olds.iter().enumerate().skip(from).take(200);
        let found = near.into_iter().find(|(_, old)| has_much_in_common(repository, old, &new));
        if let Some((place, old)) = found {
            from = place + 1;
            pairs.push((old.clone(), new));
        }
    }
    pairs
}

fn has_much_in_common(repository: &Repository, one: &str, other: &str) -> bool {
    let is_same = |what: &dyn Fn(&str) -> Option<Vec<u8>>| what(one).is_some_and(|value| what(other) == Some(value));
    let text = |text: String| Some(text.into_bytes());
    let made = [
        is_same(&|id| text(repository.author(id).ok()?.email)),
        is_same(&|id| text(repository.times(id).ok()?.authored.to_string())),
    ];
    // Commits of a script have one author and second.
    let is = [
        is_same(&|id| Some(repository.message(id).ok()?.trim_ascii().to_vec())),
        is_same(&|id| text(repository.stands_on(id).ok()?.1)),
    ];
    is.contains(&true) && made.into_iter().chain(is).filter(|same| *same).count() >= 2
}

/// The ids by which tools know a change, whichever commit it is in: the header of jj and GitButler, Gerrit's trailer.
pub(crate) fn change_ids(repository: &Repository, id: &str) -> Vec<String> {
    let Some(commit) = repository.oid(id).ok().and_then(|id| repository.find_commit(id).ok()) else {
        return Vec::new();
    };
    let header = String::from_utf8_lossy(commit.raw_header_bytes()).into_owned();
    let message = String::from_utf8_lossy(commit.message_raw_bytes()).into_owned();
    let in_header = header
        .lines()
        .filter_map(|line| line.strip_prefix("change-id ").or_else(|| line.strip_prefix("gitbutler-change-id ")));
    let last = message.trim_end().rsplit("\n\n").next().unwrap_or_default();
    let in_message = last.lines().filter_map(|line| line.strip_prefix("Change-Id: "));
    in_header.chain(in_message).map(|id| id.trim().to_owned()).filter(|id| id.len() >= 8).collect()
}

/// The commits that branches, tags, other references and HEAD lead to; notes, and what git or a tool keeps of an earlier
/// state, do not count. `None` where there are more than `most`.
pub(crate) fn in_use(repository: &Repository, most: usize) -> Option<HashSet<String>> {
    let mut walk = repository.git.revwalk().ok()?;
    let others = ["refs/notes/", "refs/original/", "refs/replace/", "refs/backstory/"];
    let is_kept = |name: &str| !others.iter().any(|at| name.starts_with(at));
    for reference in repository.git.references().ok()?.flatten() {
        if reference.name().is_ok_and(is_kept)
            && let Ok(commit) = reference.peel_to_commit()
        {
            walk.push(commit.id()).ok()?;
        }
    }
    if let Some(head) = repository.head() {
        walk.push(repository.oid(&head).ok()?).ok()?;
    }
    let mut found = HashSet::new();
    for id in walk {
        if found.len() >= most {
            return None;
        }
        found.insert(id.ok()?.to_string());
    }
    Some(found)
}

/// The commits `tips` and all that they go on from, `most` at most.
pub(crate) fn below(repository: &Repository, tips: &[String], most: usize) -> HashSet<String> {
    let Ok(mut walk) = repository.git.revwalk() else { return HashSet::new() };
    for tip in tips.iter().filter_map(|tip| repository.oid(tip).ok()) {
        // One that is not here leads nowhere.
        let _ = walk.push(tip);
    }
    walk.flatten().take(most).map(|id| id.to_string()).collect()
}

/// Where the branch that is checked out was before it came to the commit on which the last was made.
pub(crate) fn left_by_branch(repository: &Repository) -> Option<String> {
    let log = repository.git.reflog(&format!("refs/heads/{}", repository.branch()?)).ok()?;
    let id = log.get(1)?.id_old();
    (!id.is_zero() && repository.git.find_commit(id).is_ok()).then(|| id.to_string())
}

/// Whether the commit at HEAD was made right after a `git reset`.
pub(crate) fn is_after_reset(repository: &Repository) -> bool {
    let Ok(log) = repository.git.reflog("HEAD") else { return false };
    log.get(1).is_some_and(|entry| entry.message().ok().flatten().is_some_and(|what| what.starts_with("reset:")))
}

/// Whether HEAD came to where it is by `git commit --amend`.
pub(crate) fn is_amended(repository: &Repository) -> bool {
    let Ok(log) = repository.git.reflog("HEAD") else { return false };
    log.get(0)
        .is_some_and(|entry| entry.message().ok().flatten().is_some_and(|what| what.starts_with("commit (amend)")))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn a_commit_map_and_replacements_are_read_and_what_was_dropped_is_not_paired() {
        let fixture = Fixture::new();
        fixture.write("a", "1\n");
        let id = fixture.commit("a");
        fixture.write("a", "2\n");
        let new = fixture.commit("b");
        let (a, b, zero) = ("a".repeat(40), "b".repeat(40), "0".repeat(40));
        let repository = fixture.open();
        let folder = repository.common_dir().join("filter-repo");
        std::fs::create_dir(&folder).unwrap();
        let text = format!("old                                      new\n{a} {id}\n{b} {zero}\n{id} {id}\nhalf a li");
        std::fs::write(folder.join("commit-map"), text).unwrap();
        fixture.git(&["replace", &id, &new]);
        let told = told(&repository);
        assert_eq!(told, BTreeMap::from([(id.clone(), vec![a]), (new, vec![id])]));
    }

    #[test]
    fn the_branches_that_filter_branch_keeps_are_walked_beside_the_new_ones() {
        let fixture = Fixture::new();
        let mut olds = Vec::new();
        for (number, message) in ["first", "dropped", "third"].iter().enumerate() {
            fixture.write("a", format!("{number}\n"));
            olds.push(fixture.commit(message));
        }
        fixture.git(&["update-ref", "refs/original/refs/heads/main", "HEAD"]);
        fixture.git(&["checkout", "-q", "--orphan", "new"]);
        let mut news = Vec::new();
        for (number, message) in [(0, "first"), (2, "third")] {
            fixture.write("a", format!("{number}\n"));
            // Another person, as a filter of the environment makes it.
            fixture.git(&["config", "user.email", "new@example.org"]);
            news.push(fixture.commit(message));
        }
        fixture.git(&["branch", "-f", "main", "new"]);
        let told = told(&fixture.open());
        let expected = [(news[0].clone(), vec![olds[0].clone()]), (news[1].clone(), vec![olds[2].clone()])];
        assert_eq!(told, BTreeMap::from(expected));
    }

    #[test]
    fn the_ids_of_a_change_stand_in_the_header_or_the_last_paragraph() {
        let fixture = Fixture::new();
        fixture.write("a", "1\n");
        let gerrit = fixture.commit("Title\n\nChange-Id: Inot-this-one\n\nText\n\nChange-Id: I0123456789abcdef");
        let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
        let who = "Ann <ann@example.org> 1771900000 +0000";
        let tree = tree.trim();
        let text = format!("tree {tree}\nauthor {who}\ncommitter {who}\nchange-id zyxwvutsrqpo\n\nTitle\n");
        let repository = fixture.open();
        let object = repository.git.odb().unwrap().write(git2::ObjectType::Commit, text.as_bytes()).unwrap();
        assert_eq!(change_ids(&repository, &gerrit), ["I0123456789abcdef"]);
        assert_eq!(change_ids(&repository, &object.to_string()), ["zyxwvutsrqpo"]);
        assert_eq!(change_ids(&repository, &"0".repeat(40)), Vec::<String>::new());
    }

    #[test]
    fn what_only_notes_and_kept_branches_lead_to_is_not_in_use() {
        let fixture = Fixture::new();
        fixture.write("a", "1\n");
        let kept = fixture.commit("a");
        fixture.write("a", "2\n");
        let gone = fixture.commit("b");
        fixture.git(&["update-ref", "refs/original/refs/heads/main", &gone]);
        fixture.git(&["reset", "-q", "--hard", &kept]);
        let repository = fixture.open();
        assert_eq!(in_use(&repository, 10), Some(HashSet::from([kept])));
        assert_eq!(in_use(&repository, 0), None);
    }
}
