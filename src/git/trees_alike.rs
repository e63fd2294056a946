//! Which commits took the place of which others, by what a rewrite of any kind leaves as it is: the tree that it ends with. A
//! squash makes one of several, a split several of one.

use std::collections::{HashMap, HashSet};

use git2::Oid;

use super::repository::Repository;

/// So many commits on either side are compared.
const LONGEST: usize = 256;
/// So many of the last entries of each reflog are looked at.
const LATEST: usize = 2_000;

/// Commits, oldest first, and those that took their place: both end with the same tree.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub olds: Vec<String>,
    pub news: Vec<String>,
}

/// The commits that branches, `ORIG_HEAD` and the reflogs of this clone lead to, without those below them.
pub(crate) fn tips(repository: &Repository) -> Vec<String> {
    let git = &repository.git;
    let mut found: Vec<Oid> = git.refname_to_id("ORIG_HEAD").into_iter().collect();
    let mut logs = vec!["HEAD".to_owned()];
    for reference in git.references().into_iter().flatten().flatten() {
        let Ok(name) = reference.name() else { continue };
        if !(name.starts_with("refs/heads/") || name.starts_with("refs/remotes/")) {
            continue;
        }
        found.extend(reference.peel_to_commit().map(|commit| commit.id()));
        logs.push(name.to_owned());
    }
    for log in logs.iter().filter_map(|name| git.reflog(name).ok()) {
        found.extend(log.iter().take(LATEST).flat_map(|entry| [entry.id_new(), entry.id_old()]));
    }
    let mut seen = HashSet::new();
    found.retain(|id| !id.is_zero() && seen.insert(*id));
    found.into_iter().filter(|id| git.find_commit(*id).is_ok()).map(|id| id.to_string()).collect()
}

/// For each of the commits `news` that took the place of others, these others, in each way that one of `tips` tells. Commits
/// that took the place of one by themselves are left out: others tell more of these.
pub(crate) fn replaced(repository: &Repository, news: &[String], tips: &[String]) -> HashMap<String, Vec<Vec<String>>> {
    let mut by_tree: HashMap<Oid, Vec<&String>> = HashMap::new();
    for new in news {
        if let Some(tree) = tree(repository, new) {
            by_tree.entry(tree).or_default().push(new);
        }
    }
    let known: HashSet<&String> = news.iter().collect();
    let mut olds_of: HashMap<String, Vec<Vec<String>>> = HashMap::new();
    for tip in tips.iter().filter(|tip| !known.contains(tip)) {
        let same = tree(repository, tip).and_then(|tree| by_tree.get(&tree));
        for new in same.into_iter().flatten() {
            for Segment { olds, news } in segments(repository, tip, new) {
                for new in news.into_iter().filter(|new| known.contains(new)) {
                    let ways = olds_of.entry(new).or_default();
                    if !ways.contains(&olds) {
                        ways.push(olds.clone());
                    }
                }
            }
        }
    }
    olds_of
}

/// What of the history of `old` stands in another form in that of `new`, where both have the same tree: cut wherever the trees
/// are the same in between. Nothing where merges are among the commits, or one goes on from the other.
fn segments(repository: &Repository, old: &str, new: &str) -> Vec<Segment> {
    let ids = (Oid::from_str(old), Oid::from_str(new));
    let (Ok(old), Ok(new)) = ids else { return Vec::new() };
    let Ok(base) = repository.git.merge_base(old, new) else { return Vec::new() };
    let (Some(olds), Some(news)) = (chain(repository, old, base), chain(repository, new, base)) else {
        return Vec::new();
    };
    let (mut found, mut old_from, mut new_from) = (Vec::new(), 0, 0);
    for (old_at, (_, tree)) in olds.iter().enumerate() {
        let Some(ahead) = news[new_from..].iter().position(|(_, new_tree)| new_tree == tree) else { continue };
        let new_at = new_from + ahead;
        let names = |chain: &[(Oid, Oid)]| chain.iter().map(|(id, _)| id.to_string()).collect();
        let (cut_olds, cut_news) = (&olds[old_from..=old_at], &news[new_from..=new_at]);
        if cut_olds.len() + cut_news.len() > 2 {
            found.push(Segment { olds: names(cut_olds), news: names(cut_news) });
        }
        (old_from, new_from) = (old_at + 1, new_at + 1);
    }
    found
}

/// The commits above `base` up to `tip` that are on one line, oldest first, for a hook and for a commit that was made in one.
/// Empty where `tip` does not go on from `base` in one line.
pub(crate) fn line(repository: &Repository, tip: &str, base: &str) -> Vec<String> {
    let ids = (Oid::from_str(tip), Oid::from_str(base));
    let (Ok(tip), Ok(base)) = ids else { return Vec::new() };
    chain(repository, tip, base).unwrap_or_default().into_iter().map(|(id, _)| id.to_string()).collect()
}

/// Commits with their trees, oldest first.
fn chain(repository: &Repository, tip: Oid, base: Oid) -> Option<Vec<(Oid, Oid)>> {
    let (mut found, mut at) = (Vec::new(), tip);
    while at != base {
        let commit = repository.git.find_commit(at).ok()?;
        if commit.parent_count() != 1 || found.len() == LONGEST {
            return None;
        }
        found.push((at, commit.tree_id()));
        at = commit.parent_id(0).ok()?;
    }
    found.reverse();
    (!found.is_empty()).then_some(found)
}

/// The commits of `tip` that the commit `new` brought in as one: what a merge of `tip` into its parent comes to is its tree.
/// Empty where it is not, or where that cannot be told.
pub(crate) fn squashed(repository: &Repository, new: &str, tip: &str) -> Vec<String> {
    let find = || -> Option<Vec<String>> {
        let git = &repository.git;
        let new = git.find_commit(Oid::from_str(new).ok()?).ok()?;
        let (parent, tip) = (new.parent(0).ok()?, git.find_commit(Oid::from_str(tip).ok()?).ok()?);
        let base = git.merge_base(parent.id(), tip.id()).ok()?;
        let mut merged = git.merge_commits(&parent, &tip, None).ok()?;
        if merged.has_conflicts() || merged.write_tree_to(git).ok()? != new.tree_id() {
            return None;
        }
        Some(chain(repository, tip.id(), base)?.into_iter().map(|(id, _)| id.to_string()).collect())
    };
    find().unwrap_or_default()
}

fn tree(repository: &Repository, id: &str) -> Option<Oid> {
    Some(repository.git.find_commit(Oid::from_str(id).ok()?).ok()?.tree_id())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    /// A commit on `parent` with these files, and nothing that leads to it.
    fn commit(fixture: &Fixture, parent: &str, files: &[&str]) -> String {
        fixture.git(&["read-tree", "--empty"]);
        for file in files {
            fixture.write(file, format!("{file}\n"));
            fixture.git(&["add", file]);
        }
        let tree = fixture.git(&["write-tree"]);
        fixture
            .git(&["commit-tree", "-m", &format!("{files:?} on {parent}"), "-p", parent, tree.trim()])
            .trim()
            .to_owned()
    }

    #[test]
    fn what_ends_with_the_same_tree_is_cut_where_trees_agree() {
        let fixture = Fixture::new();
        fixture.write("start", "start\n");
        let base = fixture.commit("start");
        let on = |parent: &str, files: &[&str]| commit(&fixture, parent, &[&["start"], files].concat());
        let a = on(&base, &["a"]);
        let ab = on(&a, &["a", "b"]);
        let abc = on(&ab, &["a", "b", "c"]);
        let both = on(&base, &["a", "b"]);
        let then_c = on(&both, &["a", "b", "c"]);
        let all = on(&base, &["a", "b", "c"]);
        let b = on(&base, &["b"]);
        let (ba, other) = (on(&b, &["a", "b"]), on(&base, &["z"]));
        let repository = fixture.open();
        // A name, the new commits, the old tip, and which of the old ones each new one stands for.
        type Case<'a> = (&'a str, &'a [&'a String], &'a String, &'a [(&'a [&'a String], &'a String)]);
        let cases: [Case; 6] = [
            ("squashed", &[&all], &abc, &[(&[&a, &ab, &abc], &all)]),
            ("two of three squashed", &[&both, &then_c], &abc, &[(&[&a, &ab], &both)]),
            ("split", &[&a, &ab, &abc], &all, &[(&[&all], &a), (&[&all], &ab), (&[&all], &abc)]),
            ("in another order", &[&b, &ba], &ab, &[(&[&a, &ab], &b), (&[&a, &ab], &ba)]),
            ("of another tree", &[&other], &abc, &[]),
            ("the same history", &[&a, &ab, &abc], &abc, &[]),
        ];
        for (case, news, tip, expected) in cases {
            let owned = |ids: &[&String]| ids.iter().map(|id| (*id).clone()).collect::<Vec<String>>();
            let found = replaced(&repository, &owned(news), std::slice::from_ref(tip));
            let expected: HashMap<String, Vec<Vec<String>>> =
                expected.iter().map(|(olds, new)| ((*new).clone(), vec![owned(olds)])).collect();
            assert_eq!(found, expected, "{case}");
        }
    }

    #[test]
    fn a_squash_on_a_branch_that_went_on_is_what_a_merge_comes_to() {
        let fixture = Fixture::new();
        fixture.write("start", "start\n");
        let base = fixture.commit("start");
        let on = |parent: &str, files: &[&str]| commit(&fixture, parent, &[&["start"], files].concat());
        let a = on(&base, &["a"]);
        let ab = on(&a, &["a", "b"]);
        let main = on(&base, &["other"]);
        let landed = on(&main, &["a", "b", "other"]);
        let more = on(&main, &["a", "b", "c", "other"]);
        let repository = fixture.open();
        assert_eq!(squashed(&repository, &landed, &ab), [a.clone(), ab.clone()]);
        assert_eq!(squashed(&repository, &landed, &a), Vec::<String>::new());
        assert_eq!(squashed(&repository, &more, &ab), Vec::<String>::new());
        assert_eq!(line(&repository, &ab, &base), [a, ab.clone()]);
        assert_eq!(line(&repository, &ab, &main), Vec::<String>::new());
    }

    #[test]
    fn a_reflog_leads_to_what_no_branch_does() {
        let fixture = Fixture::new();
        fixture.write("a", "1\n");
        let first = fixture.commit("a");
        fixture.write("a", "2\n");
        let gone = fixture.commit("b");
        fixture.git(&["reset", "-q", "--hard", &first]);
        let found = tips(&fixture.open());
        assert!(found.contains(&gone) && found.contains(&first), "{found:?}");
    }
}
