#!/bin/sh
# Four readers of one commit's trailers, four answers, where the body of the message has a line of three dashes.
#
# Guess: GitPython's `Commit.trailers_list` and dulwich's `parse_trailers` say what `git log --format=%(trailers)` says.
# Seen (GitPython 3.2.1, dulwich 1.2.21, pygit2 1.21.0 with libgit2 1.9.7, git 2.47.3):
#   git log                two trailers
#   GitPython              [('Before', '')]: the real ones are lost and one is invented
#   pygit2                 {'Before': '\n'}: the same invention
#   dulwich                none
# Why the guess is wrong: `git interpret-trailers`, which GitPython asks, takes its input for a mail with a patch below a
# line that begins with `---`, and reads no further; what stands above then ends in `Before:`. A stored commit message has
# no patch, so git itself reads the whole of it (`--no-divider` gives the right answer). People quote tables, front matter
# and diffs in commit messages, so the line is not rare.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
export HOME="$folder" GIT_CONFIG_NOSYSTEM=1
python3 -m venv venv
venv/bin/pip -q install --disable-pip-version-check GitPython==3.2.1 dulwich==1.2.21 pygit2==1.21.0
git init -q repository; cd repository
git config user.name A; git config user.email a@example.org
printf '%s\n' 'Fix rounding' '' 'Before:' '---' '10.005 -> 10.00' '---' '' \
  'Assisted-by: Claude Code (model)' 'Reviewed-by: A <a@example.org>' >../message
git commit -q --allow-empty -F ../message
../venv/bin/python - <<'PY'
import subprocess, sys
import git, pygit2
from dulwich.trailers import parse_trailers
commit = git.Repo('.').head.commit
by_git = subprocess.run(['git', 'log', '-1', '--format=%(trailers:only)'], capture_output=True, text=True).stdout.split('\n')
seen = {
    'git log': [line for line in by_git if line],
    'GitPython': commit.trailers_list,
    'pygit2': dict(pygit2.Repository('.').head.peel().message_trailers),
    'dulwich': parse_trailers(commit.message.encode())[1],
}
for name, value in seen.items():
    print(f'{name:10} {value}')
expected = {
    'git log': ['Assisted-by: Claude Code (model)', 'Reviewed-by: A <a@example.org>'],
    'GitPython': [('Before', '')],
    'pygit2': {'Before': '\n'},
    'dulwich': [],
}
sys.exit(seen != expected)
PY
