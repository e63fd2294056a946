#!/bin/sh
# After git-filter-repo has rewritten the commits, the notes ref still annotates the ones that are gone.
#
# Guess: it rewrites `refs/notes/*` with all the rest, so that a note stays with its commit.
# Seen (git-filter-repo 2.47.0): the notes ref comes through with the same commit id, and its tree still has the OLD ids of
# the commits as file names; `git notes show` finds nothing for any new commit.
# Why the guess is wrong: to a rewriter of history a notes ref is a branch whose files happen to have odd names. The ids in
# these names are no part of a commit message or parent line, which are the places it maps. What maps them afterwards is
# `.git/filter-repo/commit-map`: two columns, a heading line `old new` first, kept until the next run replaces it.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
export HOME="$folder" GIT_CONFIG_NOSYSTEM=1
python3 -m venv venv
venv/bin/pip -q install --disable-pip-version-check git-filter-repo==2.47.0
git init -q repository; cd repository
git config user.name A; git config user.email a@example.org
for name in a b; do
  echo "$name" >"$name"; git add "$name"; git commit -qm "$name"; git notes --ref story add -m "how $name was made"
done
before=$(git rev-parse refs/notes/story); old=$(git rev-parse HEAD)
PATH="$folder/venv/bin:$PATH" git filter-repo --force --quiet --path-rename a:moved/a
after=$(git rev-parse refs/notes/story); new=$(git rev-parse HEAD)
echo "notes ref before $before"; echo "notes ref after  $after"
echo "annotated now:"; git notes --ref story list | cut -d' ' -f2
echo "commits now:";   git rev-list HEAD
head -1 .git/filter-repo/commit-map
test "$old" != "$new" && test "$before" = "$after"
if git notes --ref story show "$new" 2>/dev/null; then exit 1; fi
git notes --ref story list | grep -q "$old"
grep -q "^$old $new$" .git/filter-repo/commit-map
head -1 .git/filter-repo/commit-map | grep -Eq '^old +new$'
