#!/usr/bin/env python3
"""What the hooks of two builds cost, by git's own clock: medians of commits made in turn.

usage: benches/hooks_pair.py BEFORE AFTER [ROUNDS [SCENARIO...]]

Each scenario has four equal stages: one with two empty shell scripts as hooks, BEFORE twice, whose difference is the spread
that a difference must exceed, and AFTER. Each has a home and a repository of its own. A round makes one commit in each, in an
order that turns. `GIT_TRACE2_EVENT` says how long git waited for each hook, in seconds; printed are the medians of commit-msg
and post-commit together, in ms, and AFTER as a part of the empty scripts and of BEFORE. SCENARIO is a part of a name.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

EMPTY = "empty"
HOOKS = ("commit-msg", "post-commit")


def line(kind, place, uuid, **rest):
    """A line of a session of Claude Code."""
    at = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    common = {"type": kind, "uuid": uuid, "sessionId": "bench", "cwd": str(place), "version": "2.1.30", "timestamp": at}
    return json.dumps({**common, "isSidechain": False, "userType": "external", **rest}, separators=(",", ":")) + "\n"


def turn(place, number, old=None, new=None):
    """A prompt and an answer, which edits d/f0.txt where `old` and `new` say how."""
    file = f"{place}/d/f0.txt"
    use = {"type": "tool_use", "id": f"t{number}", "name": "Edit", "input": {"file_path": file, "old_string": old, "new_string": new}}
    if old is None:
        use = {"type": "tool_use", "id": f"t{number}", "name": "Bash", "input": {"command": f"grep -rn 'thing {number}' src | head"}}
    usage = {"input_tokens": 1, "output_tokens": 1}
    reply = {"id": f"m{number}", "role": "assistant", "model": "claude-test-1", "content": [use], "usage": usage}
    result = {"type": "tool_result", "tool_use_id": f"t{number}", "content": "The file has been updated. " * 20, "is_error": False}
    return (
        line("user", place, f"u{number}", message={"role": "user", "content": f"Go on with thing {number}, please"})
        + line("assistant", place, f"a{number}", message=reply)
        + line("user", place, f"r{number}", message={"role": "user", "content": [result]})
    )


def failing(place, number):
    """A check that fails, after an edit that is taken back later."""
    at = f"{number}"
    attempt = turn(place, at, "file 0\n", f"file 0\nan attempt that fails, number {at}\n").splitlines(keepends=True)
    use = {"type": "tool_use", "id": f"c{at}", "name": "Bash", "input": {"command": "python -m pytest -q tests"}}
    reply = {"id": f"n{at}", "role": "assistant", "model": "claude-test-1", "content": [use], "usage": {}}
    lines = "".join(f"tests/test_cart.py:{row}: in test_total_{row}\n    assert {row} == {row + 1}\n" for row in range(20))
    output = f"Exit code 1\n{lines}FAILED tests/test_cart.py::test_{at.replace('-', '_')} - assert 1 == 2\n1 failed in 0.1s"
    result = {"type": "tool_result", "tool_use_id": f"c{at}", "content": output, "is_error": True}
    return (
        "".join(attempt)
        + line("assistant", place, f"b{at}", message=reply)
        + line("user", place, f"s{at}", message={"role": "user", "content": [result]})
    )


class Stage:
    """A home, a repository with hooks of `program`, and the sessions of the scenario."""

    def __init__(self, root, program, foreign=0, own=0, files=30, session=False, writes=False, fails=0):
        self.root, self.writes, self.fails = root, writes, fails
        self.home, self.place = root / "home", root / "shop"
        self.home.mkdir(parents=True)
        self.environment = {
            "HOME": str(self.home), "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "LANG": "C.UTF-8",
        }
        # A copy, as an installed program is: what the linker has just written lies in smaller pieces and starts later.
        self.program = shutil.copy(program, root / "backstory") if program != EMPTY else None
        # Settings from variables would have to be asked of git.
        (self.home / ".gitconfig").write_text("[user]\n\tname = bench\n\temail = bench@example.invalid\n[gc]\n\tauto = 0\n")
        self.git("init", "-q", "-b", "main", str(self.place), at=root)
        (self.place / "d").mkdir()
        for number in range(files):
            folder = self.place / ("d" if number < 30 else f"d{number // 1000}")
            folder.mkdir(exist_ok=True)
            (folder / f"f{number}.txt").write_text(f"file {number}\n")
        self.git("add", ".")
        self.git("commit", "-qm", "start")
        if self.program:
            subprocess.run([self.program, "init"], cwd=self.place, env=self.environment, check=True, capture_output=True,
                           stdin=subprocess.DEVNULL)
        else:
            for hook in HOOKS:
                path = self.place / ".git/hooks" / hook
                path.write_text("#!/bin/sh\n")
                path.chmod(0o755)
        self.own = self.folder(self.place) / "session.jsonl"
        if session:
            self.own.write_text("".join(turn(self.place, number) for number in range(1500)))
        for number in range(foreign):
            other = root / "elsewhere" / f"work-{number % 50}"
            folder = self.folder(other)
            (folder / f"{number}.jsonl").write_text("".join(turn(other, number * 20 + turns) for turns in range(20)))
        for number in range(own):
            folder = self.folder(self.place)
            (folder / f"own-{number}.jsonl").write_text("".join(turn(self.place, number * 20 + turns) for turns in range(20)))
        if own and self.program:
            subprocess.run([self.program, "backfill", "HEAD"], cwd=self.place, env=self.environment, capture_output=True)
        # Turns of the second in which the last commit was made may belong to the next one.
        time.sleep(1.1)
        # The index takes up what is there.
        for number in range(4):
            self.commit(f"warm {number}")

    def folder(self, place):
        folder = self.home / ".claude/projects" / re.sub("[^a-zA-Z0-9]", "-", str(place))
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def git(self, *arguments, at=None, **more):
        environment = {**self.environment, **more}
        subprocess.run(["git", *arguments], cwd=at or self.place, env=environment, check=True, capture_output=True)

    def commit(self, words):
        """Milliseconds that git waited for each hook."""
        if self.writes:
            with self.own.open("a") as session:
                for number in range(self.fails):
                    session.write(failing(self.place, f"{words.replace(' ', '-')}-{number}"))
                session.write(turn(self.place, words.replace(" ", "-"), "file 0\n", f"file 0\nthe round is {words}\n"))
        file = self.place / "d/f0.txt"
        file.write_text(file.read_text().replace("file 0\n", f"file 0\nthe round is {words}\n", 1))
        self.git("add", "d/f0.txt")
        trace = self.root / "trace"
        trace.unlink(missing_ok=True)
        self.git("commit", "-qm", words, GIT_TRACE2_EVENT=str(trace))
        names, took = {}, dict.fromkeys(HOOKS, 0.0)
        for event in map(json.loads, trace.read_text().splitlines()):
            if event["event"] == "child_start" and event.get("child_class") == "hook":
                names[event["sid"], event["child_id"]] = event["hook_name"]
            if event["event"] == "child_exit" and names.get((event["sid"], event["child_id"])) in took:
                took[names[event["sid"], event["child_id"]]] += event["t_rel"] * 1000
        return took

    def records(self):
        if not self.program:
            return "-"
        listed = subprocess.run(["git", "notes", "--ref", "backstory", "list"], cwd=self.place, env=self.environment,
                                capture_output=True, text=True)
        return len(listed.stdout.splitlines())


SCENARIOS = {
    "no session": {},
    "one session, of other work": {"session": True},
    "one session that writes": {"session": True, "writes": True},
    "one that writes after failed tests": {"session": True, "writes": True, "fails": 8},
    "200 sessions of other repositories": {"foreign": 200},
    "2,000 sessions of other repositories": {"foreign": 2000},
    "2,000 sessions of this one": {"own": 2000},
    "without a session, 50,000 files": {"files": 50_000},
}


def main():
    before, after = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 60
    wanted = sys.argv[4:]
    titles = ("empty", "before", "again", "after", "spread", "/empty", "/before")
    print(f"{'ms, medians of ' + str(rounds):38}" + "".join(f"{title:>8}" for title in titles) + "  records")
    for name, how in SCENARIOS.items():
        if wanted and not any(part in name for part in wanted):
            continue
        with tempfile.TemporaryDirectory() as folder:
            programs = {"empty": EMPTY, "before": before, "again": before, "after": after}
            stages = {key: Stage(Path(folder).resolve() / key, program, **how) for key, program in programs.items()}
            took = {key: [] for key in stages}
            for number in range(rounds):
                keys = list(stages)
                turned = number % len(keys)
                for key in keys[turned:] + keys[:turned]:
                    took[key].append(stages[key].commit(f"round {number}"))
            medians = {key: statistics.median(sum(one.values()) for one in every) for key, every in took.items()}
            base = (medians["before"] + medians["again"]) / 2
            figures = [*medians.values(), abs(medians["before"] - medians["again"])]
            figures += [medians["after"] / medians["empty"], medians["after"] / base]
            print(f"{name:38}" + "".join(f"{figure:8.2f}" for figure in figures), end="  ")
            print(*(stage.records() for stage in stages.values()), flush=True)
            for hook in HOOKS:
                each = [statistics.median(one[hook] for one in every) for every in took.values()]
                print(f"{'  ' + hook:38}" + "".join(f"{figure:8.2f}" for figure in each), flush=True)


if __name__ == "__main__":
    main()
