#!/usr/bin/env python3
"""What two builds cost on a large repository, run in turn: medians, their ratio, and the peak of resident memory.

usage: benches/large.py BEFORE AFTER [--commits N] [--rounds N] [--only ROWS]
       [--repository DIR --sessions DIR] [--transcripts DIR]

The stage is made in TMPDIR by `git fast-import`: a history of N commits (200,000), every second with a record of 2.7 KB, and a
remote that has all of it. A small one (`--commits 1000`) shows only that the bench runs.
  log         `backstory log FIRST..HEAD` of all commits
  push        what git waits for the pre-push hook when one commit with a record is pushed, by its own clock (`GIT_TRACE2_EVENT`)
  export      `backstory export --format record` of all commits (one half has a record)
  backfill    `backfill --all --dry-run --json` over REPOSITORY with the transcripts of Claude Code in SESSIONS
  sessions    `sessions --json` over TRANSCRIPTS, user and system time
The last two read folders of the caller's and are left out without them. A build for measuring is a release build.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMITS = 200_000
RECORD = 2_700
FILES = 400
START = 1_700_000_000
WORDS = ("add a percentage discount to the total prices are in cents do not round undo the cache it is not worth keep both test "
         "server answer empty list of orders when nothing was bought yet rename field parser fails on a blank line").split()


def words(rng, count):
    return " ".join(rng.choice(WORDS) + (str(rng.randrange(10_000)) if rng.random() < 0.3 else "") for _ in range(count))


def record(rng, number, commit, path, at):
    """A record of about RECORD bytes, as the program writes it; `at` is the number of the commit, of which there is one a minute."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(START + at * 60))
    session = f"{rng.getrandbits(64):016x}-{rng.getrandbits(32):08x}"
    contribution = {
        "agent": "claude-code", "agent_version": "2.1.42", "session": session, "models": ["claude-opus-4-6"],
        "confidence": "content", "evidence": [{"kind": "lines", "found": 18, "of": 20}],
        "started_at": stamp, "ended_at": stamp, "lines": 18,
        "prompts": [{"at": stamp, "role": "request", "source": "typed", "text": words(rng, 25).capitalize()} for _ in range(4)],
        "attempts": [{"kind": {"type": "failed", "failure": "tests"}, "at": stamp, "tried": "pytest -q", "error": words(rng, 12),
                      "change": words(rng, 6), "ended": "passed-after-change", "tries": 1}],
        "corrections": [{"form": "manual", "path": path, "line": 12, "before": words(rng, 6), "after": words(rng, 6)}],
    }
    value = {
        "backstory": 1, "generator": "backstory 0.1.0", "commit": commit, "committed_at": stamp, "contributions": [contribution],
        "lines": {"added": 20, "agent": 18, "corrected": 2, "person": 0, "formatter": 0, "unknown": 0},
        "files": [{"path": path, "spans": [{"start": 1, "lines": 18, "author": "agent", "contribution": 0}]}],
    }
    text = json.dumps(value, separators=(",", ":"))
    missing = RECORD - len(text)
    if missing > 0:
        contribution["prompts"][0]["text"] += " " + words(rng, missing // 6)[:missing]
        text = json.dumps(value, separators=(",", ":"))
    return text + "\n"


class Stage:
    """`seed` tells repositories apart: with another one all words are others."""

    def __init__(self, root, commits, seed=0):
        self.root, self.commits, self.seed = root, commits, seed
        self.home, self.origin = root / "home", root / "origin.git"
        self.home.mkdir()
        (self.home / ".gitconfig").write_text(
            "[user]\n\tname = bench\n\temail = bench@example.invalid\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n"
            "[safe]\n\tdirectory = *\n")
        self.environment = {"HOME": str(self.home), "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "LANG": "C.UTF-8"}
        self.make()

    def git(self, *arguments, at=None, text=True, **more):
        done = subprocess.run(["git", *map(str, arguments)], cwd=at or self.root, env={**self.environment, **more}, check=True,
                              capture_output=True, text=text)
        return done.stdout.strip()

    def make(self):
        """The history, then the notes: a record names its commit."""
        self.git("init", "-q", "--bare", "-b", "main", self.origin)
        marks = self.root / "marks"
        self.fast_import(self.history(), f"--export-marks={marks}")
        ids = {}
        for line in marks.read_text().splitlines():
            mark, commit = line.split()
            ids[int(mark[1:])] = commit
        self.fast_import(self.notes(ids))
        self.first, self.head = ids[1], ids[self.commits]
        self.records = self.git("rev-parse", "refs/notes/backstory", at=self.origin)

    def fast_import(self, lines, *options):
        command = ["git", "fast-import", "--quiet", *options]
        process = subprocess.Popen(command, cwd=self.origin, env=self.environment, stdin=subprocess.PIPE)
        for line in lines:
            process.stdin.write(line.encode())
        process.stdin.close()
        if process.wait() != 0:
            sys.exit("git fast-import did not end well")

    def history(self):
        rng = random.Random(2 * self.seed + 1)
        for number in range(1, self.commits + 1):
            message = f"{words(rng, 6).capitalize()}\n\n{words(rng, 12)}\n"
            yield f"commit refs/heads/main\nmark :{number}\ncommitter bench <bench@example.invalid> {START + number * 60} +0000\n"
            yield f"data {len(message)}\n{message}"
            if number == 1:
                yield "M 100644 inline .backstory.yml\ndata 15\nsharing: notes\n\n"
            content = words(rng, 8) + "\n"
            yield f"M 100644 inline src/{number % FILES // 20}/f{number % FILES}.py\ndata {len(content)}\n{content}\n"

    def notes(self, ids):
        rng = random.Random(2 * self.seed + 2)
        yield (f"commit refs/notes/backstory\ncommitter bench <bench@example.invalid> {START + self.commits * 60} +0000\n"
               "data 6\nNotes\n")
        for number in range(2, self.commits + 1, 2):
            path = f"src/{number % FILES // 20}/f{number % FILES}.py"
            note = record(rng, number, ids[number], path, number)
            yield f"N inline {ids[number]}\ndata {len(note)}\n{note}\n"
        yield "\n"

    def clone(self, name):
        """A clone whose notes are those of the remote; objects are shared."""
        place = self.root / name
        self.git("clone", "-q", "--shared", self.origin, place)
        self.git("fetch", "-q", "origin", "refs/notes/backstory:refs/notes/backstory", at=place)
        return place


def measured(stage, command, place, environment=None):
    """Seconds of the wall clock, of the processor, and MB."""
    took = stage.root / "took"
    with open(stage.root / "out", "wb") as out:
        ran = subprocess.run(["/usr/bin/time", "-q", "-o", took, "-f", "%e %U %S %M", *map(str, command)], cwd=place, stdout=out,
                             stderr=subprocess.PIPE, env=environment or stage.environment)
    if ran.returncode != 0:
        sys.exit(f"{command}: {ran.stderr.decode()}")
    wall, user, system, kilobytes = map(float, took.read_text().split())
    return wall, user + system, kilobytes / 1024


def in_turn(programs, rounds, run):
    """The medians of each program; the order turns."""
    taken = {name: [] for name in programs}
    for number in range(rounds):
        names = list(programs)
        for name in names[number % 2:] + names[:number % 2]:
            taken[name].append(run(name, programs[name], number))
    return {name: [statistics.median(figures) for figures in zip(*every)] for name, every in taken.items()}


def row(name, medians, column, unit, memory=None):
    before, after = medians["before"][column], medians["after"][column]
    ratio = f"{after / before:.2f}" if before else ""
    line = f"| {name} | {before:.2f} {unit} | {after:.2f} {unit} | {ratio} |"
    if memory is not None:
        line += f" {medians['before'][memory]:.0f} and {medians['after'][memory]:.0f} MB |"
    else:
        line += " |"
    print(line, flush=True)


def log(stage, programs, rounds):
    place = stage.clone("log")
    outputs = {}

    def run(name, program, _):
        figures = measured(stage, [program, "log", f"{stage.first}..HEAD"], place)
        outputs[name] = (stage.root / "out").read_bytes()
        return figures

    medians = in_turn(programs, rounds, run)
    row(f"log of {stage.commits:,} commits", medians, 0, "s", 2)
    if outputs["before"] != outputs["after"]:
        print("the two wrote different logs", flush=True)
    shutil.rmtree(place)


def export(stage, programs, rounds):
    place = stage.clone("export")

    def run(name, program, number):
        folder = stage.root / f"dataset-{name}-{number}"
        figures = measured(stage, [program, "export", "--format", "record", "--out", folder], place)
        shutil.rmtree(folder)
        return figures

    medians = in_turn(programs, rounds, run)
    row(f"export of {stage.commits // 2:,} records, wall clock", medians, 0, "s", 2)
    row("the same, user and system", medians, 1, "s")
    shutil.rmtree(place)


def push(stage, programs, rounds):
    stages = {}
    for name, program in programs.items():
        place, home = stage.clone(f"push-{name}"), stage.root / f"home-{name}"
        hub = stage.root / f"hub-{name}.git"
        stage.git("clone", "-q", "--shared", "--bare", stage.origin, hub)
        stage.git("fetch", "-q", stage.origin, "refs/notes/backstory:refs/notes/backstory", at=hub)
        stage.git("remote", "set-url", "origin", hub, at=place)
        shutil.copytree(stage.home, home)
        environment = {**stage.environment, "HOME": str(home)}
        copy = shutil.copy(program, stage.root / name)
        subprocess.run([copy, "init"], cwd=place, env=environment, capture_output=True, check=True, stdin=subprocess.DEVNULL)
        stage.git("update-ref", "refs/backstory/remotes/origin", stage.records, at=place)
        stages[name] = (place, environment, random.Random(3), hub)

    def run(name, _, number):
        place, environment, rng, hub = stages[name]
        tree = stage.git("rev-parse", "HEAD^{tree}", at=place)
        commit = stage.git("commit-tree", "-p", "HEAD", "-m", f"round {number}", tree, at=place)
        stage.git("update-ref", "HEAD", commit, at=place)
        (stage.root / "note").write_text(record(rng, number, commit, "src/0/f1.py", number))
        stage.git("notes", "--ref", "backstory", "add", "-F", stage.root / "note", commit, at=place)
        trace = stage.root / "trace"
        trace.unlink(missing_ok=True)
        stage.git("push", "-q", "origin", "main", at=place, HOME=environment["HOME"], GIT_TRACE2_EVENT=str(trace))
        if not stage.git("ls-tree", "-r", "--name-only", "refs/notes/backstory", at=hub).replace("/", "").count(commit):
            sys.exit(f"{name}: the record of the pushed commit is not at the remote")
        hooks, took = set(), 0.0
        for event in map(json.loads, trace.read_text().splitlines()):
            if event["event"] == "child_start" and event.get("hook_name") == "pre-push":
                hooks.add((event["sid"], event["child_id"]))
            if event["event"] == "child_exit" and (event["sid"], event["child_id"]) in hooks:
                took += event["t_rel"]
        return (took * 1000,)

    # The first push looks once at what was recorded before; it is not measured.
    for name in programs:
        run(name, None, rounds)
    row(f"pre-push of one commit, {stage.commits // 2:,} records", in_turn(programs, rounds, run), 0, "ms")


def backfill(stage, programs, rounds, repository, sessions):
    command = ["backfill", "--all", "--sessions", sessions, "--dry-run", "--json"]
    medians = in_turn(programs, rounds, lambda _, program, __: measured(stage, [program, *command], repository))
    row("backfill of a history, wall clock", medians, 0, "s", 2)
    row("the same, user and system", medians, 1, "s")


def sessions(stage, programs, rounds, transcripts):
    place = stage.root / "sessions"
    stage.git("init", "-q", place)
    command = ["sessions", "--json", "--sessions", transcripts]
    medians = in_turn(programs, rounds, lambda _, program, __: measured(stage, [program, *command], place))
    size = sum(file.stat().st_size for file in Path(transcripts).rglob("*.jsonl")) / 1e6
    row(f"sessions over {size:.0f} MB, user and system", medians, 1, "s", 2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("--commits", type=int, default=COMMITS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="rows to make, by their first word, with commas")
    for option in ("--repository", "--sessions", "--transcripts"):
        parser.add_argument(option, type=lambda text: Path(text).resolve())
    options = parser.parse_args()
    programs = {name: str(Path(getattr(options, name)).resolve()) for name in ("before", "after")}
    only = options.only.split(",") if options.only else ["log", "push", "export", "backfill", "sessions"]
    with tempfile.TemporaryDirectory() as folder:
        commits = options.commits if {"log", "push", "export"} & set(only) else 10
        stage = Stage(Path(folder).resolve(), commits)
        print("| | before | after | ratio | memory |\n|---|---|---|---|---|", flush=True)
        if "log" in only:
            log(stage, programs, options.rounds)
        if "push" in only:
            push(stage, programs, options.rounds)
        if "export" in only:
            export(stage, programs, options.rounds)
        if "backfill" in only and options.repository and options.sessions:
            backfill(stage, programs, options.rounds, options.repository, options.sessions)
        elif "backfill" in only:
            print("backfill: left out; give --repository and --sessions", flush=True)
        if "sessions" in only and options.transcripts:
            sessions(stage, programs, options.rounds, options.transcripts)
        elif "sessions" in only:
            print("sessions: left out; give --transcripts", flush=True)


if __name__ == "__main__":
    main()
