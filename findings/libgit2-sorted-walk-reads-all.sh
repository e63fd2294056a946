#!/bin/sh
# A walk of libgit2 in order of time reads the whole history before it gives its first commit; `git log` reads one.
#
# Guess: history stands in order of time mostly, `git rev-list` streams it so, and `Walker` is an iterator: to look at the last
# few commits costs a few commits, and who stops early pays for little.
# Seen (pygit2 1.21.0, libgit2 1.9.7; a line of 30,000 commits), the time to the first commit as a part of that of the whole walk:
#   SortMode.NONE   less than a hundredth
#   SortMode.TIME   more than half
# Why the guess is wrong: any order but none makes the walk a "limited" one, whose list is made whole, and sorted, by the first
# step. A program that looks for something recent and leaves the loop early (`break`) saves nothing, in a large repository
# seconds a call. What streams is a heap of one's own by the committers' times, or no order at all.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
export HOME="$folder" GIT_CONFIG_NOSYSTEM=1
python3 -m venv venv
venv/bin/pip -q install --disable-pip-version-check pygit2==1.21.0
git init -q -b main line; cd line
../venv/bin/python - <<'PY' | git fast-import --quiet
for number in range(30000):
    print(f'commit refs/heads/main\nmark :{number + 1}\ncommitter A <a@example.org> {1700000000 + number * 60} +0000\ndata 2\nx\n')
PY
../venv/bin/python - <<'PY'
import statistics
import sys
import time
import pygit2
from pygit2.enums import SortMode

def part(order):
    """The time to the first commit as a part of that to the last."""
    repository = pygit2.Repository('.')
    start = time.perf_counter()
    walk = repository.walk(repository.head.target, order)
    next(walk)
    first = time.perf_counter() - start
    count = 1 + sum(1 for _ in walk)
    assert count == 30000, count
    return first / (time.perf_counter() - start)

seen = [statistics.median(part(order) for _ in range(5)) for order in (SortMode.NONE, SortMode.TIME)]
print('libgit2', pygit2.LIBGIT2_VERSION, 'first commit as a part of the walk, without an order and by time:',
      [round(one, 3) for one in seen])
sys.exit(not (seen[0] < 0.05 and seen[1] > 0.3))
PY
