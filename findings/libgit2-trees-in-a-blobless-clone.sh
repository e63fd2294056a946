#!/bin/sh
# In a clone made with --filter=blob:none libgit2 writes one and the same tree by two ways and refuses it by a third.
#
# Guess: either a tree may name blobs that were not fetched (git promises to fetch them) or it may not.
# Seen (pygit2 1.21.0, libgit2 1.9.7), for a notes tree whose blobs are at the remote only:
#   TreeBuilder(tree).write()        the same id
#   Index.read_tree, write_tree(r)   the same id
#   TreeBuilder().insert(entry)      GitError: failed to insert entry: invalid object specified
# Why the guess is wrong: libgit2 does not know promised objects. What it checks with `strict object creation` is each
# entry that is handed to `insert`; entries that come with a tree or an index are taken as they are. A program that
# builds a notes tree entry by entry works in every clone until somebody makes a partial one.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
export HOME="$folder" GIT_CONFIG_NOSYSTEM=1
python3 -m venv venv
venv/bin/pip -q install --disable-pip-version-check pygit2==1.21.0
git init -q hub; cd hub
git config user.name A; git config user.email a@example.org; git config uploadpack.allowFilter true
for name in a b c; do
  echo "$name" >"$name"; git add "$name"; git commit -qm "$name"; git notes --ref story add -m "how $name was made"
done
cd ..; git clone -q --filter=blob:none --no-checkout "file://$folder/hub" clone; cd clone
git fetch -q origin '+refs/notes/*:refs/notes/*'
../venv/bin/python - <<'PY'
import sys
import pygit2
repository = pygit2.Repository('.')
tree = repository.revparse_single('refs/notes/story^{tree}')
missing = [entry.name for entry in tree if entry.id not in repository]
def attempt(write):
    try:
        return str(write()) == str(tree.id)
    except pygit2.GitError as error:
        return str(error).split(' - ')[0]
def by_index():
    index = pygit2.Index()
    index.read_tree(tree)
    return index.write_tree(repository)
def by_insert():
    builder = repository.TreeBuilder()
    for entry in tree:
        builder.insert(entry.name, entry.id, entry.filemode)
    return builder.write()
seen = [len(missing), attempt(lambda: repository.TreeBuilder(tree).write()), attempt(by_index), attempt(by_insert)]
print('libgit2', pygit2.LIBGIT2_VERSION, 'blobs that are not here, as a base, by an index, by insert:', seen)
sys.exit(seen != [3, True, True, 'failed to insert entry: invalid object specified'])
PY
