#!/bin/sh
# git-revise rewrites commits and neither copies notes nor runs post-rewrite, whatever `notes.rewriteRef` says.
#
# Guess: `notes.rewriteRef` is a property of the repository, so each tool that rewrites commits honours it, as
# `git commit --amend` and `git rebase` do.
# Seen (git-revise 0.8.0): no note at any new commit, and the post-rewrite hook was not called; `git commit --amend` in the
# same repository carries the note and calls the hook.
# Why the guess is wrong: both are done by git's amend and rebase commands and not by the object store or the refs. A tool
# that writes commits itself and moves a branch does neither, and leaves no map of old to new ids but the reflog.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
export HOME="$folder" GIT_CONFIG_NOSYSTEM=1 GIT_EDITOR=true
python3 -m venv venv
venv/bin/pip -q install --disable-pip-version-check git-revise==0.8.0
git init -q repository; cd repository
git config user.name A; git config user.email a@example.org; git config notes.rewriteRef refs/notes/story
printf '#!/bin/sh\ncat >>"%s/rewritten"\n' "$folder" >.git/hooks/post-rewrite; chmod +x .git/hooks/post-rewrite
for name in a b; do
  echo "$name" >"$name"; git add "$name"; git commit -qm "$name"; git notes --ref story add -m "how $name was made"
done
notes() { for commit in $(git rev-list HEAD); do git notes --ref story show "$commit" 2>/dev/null || echo "no note"; done; }
echo "before:"; notes
"$folder/venv/bin/git-revise" -m "a, in other words" HEAD~1 >/dev/null
echo "after git-revise:"; revised=$(notes); echo "$revised"
test "$(echo "$revised" | grep -c 'no note')" = 2
test ! -e "$folder/rewritten"
git notes --ref story add -m "how b was made"; git commit -q --amend -m "b, in other words"
echo "after git commit --amend:"; amended=$(notes); echo "$amended"
echo "$amended" | grep -q "how b was made"
test -s "$folder/rewritten"
