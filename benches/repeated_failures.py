#!/usr/bin/env python3
"""Whether `tried` would have told of a failure that happened before: on a repository's own records.

usage: benches/repeated_failures.py PROGRAM REPOSITORY [--most N] [--every] [--hidden-too] [--single N]

Looks for errors of which the same line (numbers, paths, ids and quotes folded, by this script's own rules) is in the records of two
commits of different sessions. The repository is copied; in the copy each later error is asked for while only the notes of commits
made before it are there. Counts how often the earlier failure is among the first three, and prints each question with its first answer,
for a person to judge. The session that asks is named by the variable of its agent, so that its own doings are left out. With --every all of them are asked, not the first N (10) in a fixed shuffled order. With --single, N errors whose
lines are in the records of one session alone are asked instead: what is answered is mostly false, and is printed to be judged. With
--hidden-too the records of the copy say of no failure that it was seen in the output only, as earlier builds, which told no such failure, needed it.
"""

import argparse
import collections
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

GENERIC = set("exit code status error errors failed fail failure process exited with the test tests build command of not found".split())


def folded(line):
    line = re.sub(r"\x1b\[[0-9;]*m", "", line)
    line = re.sub(r"[`'\"‘’“”]", '"', line.strip())
    line = re.sub(r"[\w.@~+-]*(?:/[\w.@+-]+)+(?::\d+)*|\b[\w-]+\.[a-z]\w{0,4}(?::\d+)+", "<path>", line)
    line = re.sub(r"\b(?=[0-9a-f-]*\d)(?=[0-9a-f-]*[a-f])[0-9a-f-]{7,}\b", "<id>", line)
    return " ".join(re.sub(r"\d+(?:[.,]\d+)*", "#", line).lower().split())


def keys(error):
    found = []
    for line in error.splitlines():
        key = folded(line)
        words = [word for word in re.findall(r"[a-z_]{3,}", key.replace("<path>", "").replace("<id>", "")) if word not in GENERIC]
        if sum(map(len, words)) >= 8:
            found.append(key)
    return found


def git(folder, *arguments, **more):
    return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, **more).stdout.decode()


def records(folder):
    listed = [line.split() for line in git(folder, "notes", "--ref=backstory", "list").splitlines()]
    out = subprocess.run(["git", "-C", str(folder), "cat-file", "--batch"], input="\n".join(blob for blob, _ in listed).encode(), check=True, capture_output=True).stdout
    at = 0
    for blob, commit in listed:
        end = out.index(b"\n", at)
        size = int(out[at:end].split()[2])
        yield blob, commit, json.loads(out[end + 1:end + 1 + size])
        at = end + 2 + size


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("repository")
    parser.add_argument("--most", type=int, default=10)
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--hidden-too", action="store_true")
    parser.add_argument("--single", type=int)
    arguments = parser.parse_args()
    program = str(Path(arguments.program).resolve())
    stage = Path(tempfile.mkdtemp(prefix="repeated-"))
    os.environ["HOME"] = str(stage)
    folder = stage / "repository"
    try:
        shutil.copytree(arguments.repository, folder, symlinks=True)
        shutil.rmtree(folder / ".git" / "backstory", ignore_errors=True)
        run(program, folder, None if arguments.every else arguments.most, arguments)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def asked_for(program, folder, session, error):
    command = [program, "tried", "--json", "-n", "3", "--", error]
    return json.loads(subprocess.run(command, cwd=folder, env={**os.environ, "CLAUDE_CODE_SESSION_ID": session}, check=True, capture_output=True).stdout)["hits"]


def shown_hit(hit):
    error = (hit.get("error") or "").replace("\n", " / ")
    print(f"   {hit.get('because')} {hit['kind']} {hit['commit'][:7]} {hit['text'].splitlines()[0][:90]!r} error {error[:160]!r} cure {(hit.get('cure') or '')[:80]!r}")


def singles(program, folder, by_key, most):
    single = {}
    for key, events in sorted(by_key.items()):
        if len({event[1] for event in events}) == 1:
            single.setdefault(events[0][1], (key, events[0]))
    chosen = sorted(single.items())
    random.Random(5).shuffle(chosen)
    answered = 0
    for session, (key, event) in chosen[:most]:
        hits = asked_for(program, folder, session, event[3]["error"])
        answered += bool(hits)
        print(f"\n{event[0]} {event[3]['error'][:300]!r}")
        for hit in hits[:1]:
            shown_hit(hit)
    print(f"\n{len(chosen[:most])} errors of one session alone were asked: {answered} have an answer")


def run(program, folder, most, arguments):
    notes, by_key = [], collections.defaultdict(list)
    for blob, commit, record in records(folder):
        if arguments.hidden_too:
            for one in record["contributions"]:
                for attempt in one.get("attempts", []):
                    attempt.pop("hidden", None)
            blob = git(folder, "hash-object", "-w", "--stdin", input=json.dumps(record).encode()).strip()
        notes.append((record["committed_at"], commit, blob))
        for one in record["contributions"]:
            for attempt in one.get("attempts", []):
                if attempt.get("error") and not attempt.get("aside") and one["confidence"] != "overlap":
                    event = (attempt.get("at") or record["committed_at"], one["session"], commit, attempt)
                    for key in keys(attempt["error"]):
                        by_key[key].append(event)
    if arguments.single:
        return singles(program, folder, by_key, arguments.single)
    pairs = {}
    for key, events in sorted(by_key.items()):
        events.sort(key=lambda event: event[0])
        for index, later in enumerate(events):
            # Its own session may have run on for days: the earlier commit has to be there before the later failure.
            earlier = [one for one in events[:index] if one[1] != later[1]]
            made = {commit: at for at, commit, _ in notes}
            earlier = [one for one in earlier if made[one[2]] < later[0]]
            if earlier:
                known = pairs.setdefault((later[1], later[0]), (key, later, set(), []))
                known[2].update(one[1] for one in earlier)
                known[3].extend(not one[3].get("hidden") for one in earlier)
    chosen = sorted(pairs.items())
    random.Random(3).shuffle(chosen)
    # One question for one error: ten times the same would count one answer ten times.
    once, seen = [], set()
    for pair in chosen:
        if pair[1][0] not in seen:
            seen.add(pair[1][0])
            once.append(pair)
    print(f"{len(by_key)} folded lines, {len(pairs)} later failures of another session with one of them, {len(once)} different errors")
    asked = found = answered = told = 0
    for (session, at), (key, later, sessions, shown) in once[:most]:
        tree = "".join(f"100644 blob {blob}\t{commit}\n" for made, commit, blob in notes if made < at)
        tree = git(folder, "mktree", input=tree.encode()).strip()
        commit = git(folder, "-c", "user.name=a", "-c", "user.email=a@b", "commit-tree", tree, "-m", "earlier").strip()
        git(folder, "update-ref", "refs/notes/backstory", commit)
        hits = asked_for(program, folder, session, later[3]["error"])
        same = lambda hit: hit.get("session") in sessions and key in keys(hit.get("error") or "")
        is_found = any(same(hit) for hit in hits)
        asked, found, answered, told = asked + 1, found + is_found, answered + bool(hits), told + any(shown)
        print(f"\n{asked}. {at} {key!r} earlier {'told' if any(shown) else 'hidden only'}: {'FOUND' if is_found else 'not found'}")
        for hit in hits[:3]:
            shown_hit(hit)
    print(f"\nearlier failure among the first three: {found} of {asked}; asked errors whose earlier failure is not only seen in output: {told}; with any answer: {answered}")


if __name__ == "__main__":
    sys.exit(main())
