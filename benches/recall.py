#!/usr/bin/env python3
"""What it costs to ask for what is recorded: the index, the commands, the server, and `why` beside `git blame -L`.

usage: benches/recall.py PROGRAM [--commits N] [--repository DIR] [--calls N]

Without DIR a repository is made in TMPDIR by `git fast-import`: N commits (10,000), each with a record of about 3 KB, words as in real
text (few are everywhere, most are rare). A DIR is copied with its git folder, and the copy is asked. A build for measuring is a release
build. What is printed:
  index       the first question: notes and history are read, the index is written; and the size of its file
  moved       one question after one note has changed
  command     wall time of the whole process, median
  server      start to first answer; calls of each tool, median and worst; peak of resident memory
  why         `backstory why FILE:LINE` and `git blame -L` of the same line in turn, medians and their ratio
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

START = 1_700_000_000
FILES = 400
VOCABULARY = 6_000


def vocabulary(rng):
    parts = "ba be bi bo da de di do fa fe fi ka ke ki ko la le li lo ma me mi mo na ne ni no pa pe pi po ra re ri ro sa se si so ta te".split()
    words = set()
    while len(words) < VOCABULARY:
        words.add("".join(rng.choice(parts) for _ in range(rng.randint(2, 5))))
    return sorted(words)


def sentence(rng, words, count):
    # As in text: the n-th word is about 1/n as frequent.
    return " ".join(words[min(VOCABULARY - 1, int(VOCABULARY ** rng.random()) - 1)] for _ in range(count))


def record(rng, words, commit, path, at):
    stamp = lambda minutes: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(START + at * 60 + minutes))
    name = rng.choice(words)
    contribution = {
        "agent": "claude-code", "agent_version": "2.1.42", "session": f"{rng.getrandbits(64):016x}", "confidence": "content",
        "evidence": [{"kind": "lines", "found": 18, "of": 20}], "started_at": stamp(0), "ended_at": stamp(50), "lines": 18,
        "prompts": [{"at": stamp(1 + n), "role": "request" if n == 0 else "refinement", "source": "typed",
                     "text": sentence(rng, words, 40).capitalize() + "."} for n in range(3)],
        "attempts": [{"kind": {"type": "failed", "failure": "tests"}, "at": stamp(10), "tried": f"go test ./{path.split('/')[0]}/...",
                      "error": f"{path}:{rng.randrange(400)}: undefined: {name.capitalize()}{rng.choice(words).capitalize()}\n--- FAIL: Test{name.capitalize()} (0.{rng.randrange(99)}s)",
                      "why": sentence(rng, words, 12), "why_from": "agent", "change": sentence(rng, words, 10), "files": [path],
                      "ended": "passed-after-change", "tries": 1}],
        "corrections": [{"form": "directed", "at": stamp(20), "words": "No, " + sentence(rng, words, 15), "path": path}],
        "checks": [{"kind": "test", "command": "go test ./...", "at": stamp(40), "result": "passed", "summary": "ok", "after_last_edit": True, "by": "agent"}],
    }
    return json.dumps({
        "backstory": 1, "generator": "backstory 0.1.0", "commit": commit, "committed_at": stamp(55), "contributions": [contribution],
        "lines": {"added": 20, "agent": 20, "corrected": 0, "person": 0, "formatter": 0, "unknown": 0},
        "files": [{"path": path, "spans": [{"start": 1, "lines": 20, "author": "agent", "contribution": 0}]}],
    }, separators=(",", ":"))


def git(folder, *arguments, **more):
    return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, **more).stdout


def make(folder, commits):
    rng = random.Random(7)
    words = vocabulary(rng)
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    git(folder, "config", "user.name", "Ann")
    git(folder, "config", "user.email", "ann@example.org")
    importing = subprocess.Popen(["git", "-C", str(folder), "fast-import", "--quiet"], stdin=subprocess.PIPE)
    put = lambda text: importing.stdin.write(text.encode())
    paths = [f"{rng.choice(words)}/{rng.choice(words)}_{n}.go" for n in range(FILES)]
    state = {path: [] for path in paths}
    chosen = []
    for number in range(commits):
        path = paths[min(FILES - 1, int(FILES ** rng.random()) - 1)]
        chosen.append(path)
        lines = state[path]
        at = rng.randrange(len(lines) + 1) if lines else 0
        lines[at:at + (20 if len(lines) > 300 else 0)] = [sentence(rng, words, 6) for _ in range(20)]
        text = "\n".join(lines) + "\n"
        subject = sentence(rng, words, 6).capitalize()
        put(f"commit refs/heads/main\nmark :{number + 1}\ncommitter Ann <ann@example.org> {START + number * 60} +0000\n"
            f"data {len(subject)}\n{subject}\nM 100644 inline {path}\ndata {len(text)}\n{text}\n")
    importing.stdin.close()
    importing.wait()
    ids = git(folder, "rev-list", "--reverse", "main").decode().split()
    importing = subprocess.Popen(["git", "-C", str(folder), "fast-import", "--quiet"], stdin=subprocess.PIPE)
    put(f"commit refs/notes/backstory\ncommitter Ann <ann@example.org> {START} +0000\ndata 0\n")
    for number, commit in enumerate(ids):
        note = record(rng, words, commit, chosen[number], number)
        put(f"M 100644 inline {commit[:2]}/{commit[2:]}\ndata {len(note)}\n{note}\n")
    importing.stdin.close()
    importing.wait()
    git(folder, "checkout", "-q", "main")
    git(folder, "gc", "-q")


class Server:
    def __init__(self, program, folder):
        begun = time.perf_counter()
        self.child = subprocess.Popen([program, "mcp"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.last = 0
        self.request("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}})
        self.started = time.perf_counter() - begun
        self.child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n')

    def request(self, method, params):
        self.last += 1
        self.child.stdin.write(json.dumps({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}) + "\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def call(self, tool, arguments):
        begun = time.perf_counter()
        answer = self.request("tools/call", {"name": tool, "arguments": arguments})
        took = time.perf_counter() - begun
        assert answer["result"]["isError"] is False, answer
        return took, answer["result"]["structuredContent"]

    def peak(self):
        status = Path(f"/proc/{self.child.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def end(self):
        self.child.stdin.close()
        self.child.wait()


def ms(seconds):
    return f"{seconds * 1000:.2f} ms"


def timed(command, folder):
    begun = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - begun


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--commits", type=int, default=10_000)
    parser.add_argument("--repository")
    parser.add_argument("--calls", type=int, default=100)
    arguments = parser.parse_args()
    program = str(Path(arguments.program).resolve())
    stage = Path(tempfile.mkdtemp(prefix="recall-"))
    os.environ["HOME"] = str(stage)
    folder = stage / "repository"
    try:
        if arguments.repository:
            shutil.copytree(arguments.repository, folder, symlinks=True)
            shutil.rmtree(folder / ".git" / "backstory", ignore_errors=True)
        else:
            make(folder, arguments.commits)
        run(program, folder, arguments.calls)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def run(program, folder, calls):
    notes = git(folder, "notes", "--ref=backstory", "list").decode().splitlines()
    rng = random.Random(11)
    errors, texts, files = [], [], []
    for line in rng.sample(notes, min(len(notes), 300)):
        note = json.loads(git(folder, "cat-file", "blob", line.split()[0]))
        for one in note["contributions"]:
            errors += [attempt["error"] for attempt in one.get("attempts", []) if attempt.get("error")]
            texts += [prompt["text"] for prompt in one.get("prompts", []) if len(prompt["text"].split()) > 3]
        files += [file["path"] for file in note.get("files", []) if (folder / file["path"]).is_file()]
    short = [" ".join(text.split()[:2]) for text in texts]
    print(f"{len(notes)} notes, {git(folder, 'rev-list', '--count', 'HEAD').decode().strip()} commits")
    first = timed([program, "tried", "x"], folder)
    size = (folder / ".git/backstory/recall.db").stat().st_size
    print(f"index: {first:.2f} s, {size / 1e6:.1f} MB")
    commit = notes[0].split()[1]
    note = git(folder, "notes", "--ref=backstory", "show", commit)
    git(folder, "notes", "--ref=backstory", "add", "-f", "-F", "-", commit, input=note.replace(b'"backstory":1', b'"backstory": 1', 1) + b"\n")
    print(f"moved: {ms(timed([program, 'tried', 'x'], folder))}")
    for name, command in [("tried", lambda: ["tried", "--", rng.choice(errors)]), ("search", lambda: ["search", "--", rng.choice(short)]), ("brief", lambda: ["brief", rng.choice(files)]), ("version", lambda: ["--version"])]:
        print(f"command {name}: {ms(statistics.median(timed([program, *command()], folder) for _ in range(21)))}")
    starts = []
    for _ in range(11):
        server = Server(program, folder)
        starts.append(server.started)
        server.end()
    print(f"server start to first answer: {ms(statistics.median(starts))}")
    server = Server(program, folder)
    for tool, given in [("tried", lambda: {"text": rng.choice(errors)}), ("tried", lambda: {"files": [rng.choice(files)]}), ("tried", lambda: {"text": rng.choice(texts)}), ("search", lambda: {"text": rng.choice(short)}), ("brief", lambda: {"files": [rng.choice(files)]}), ("why", lambda: {"file": rng.choice(files), "line": 3})]:
        took = sorted(server.call(tool, given())[0] for _ in range(calls))
        print(f"server {tool} {list(given())}: median {ms(statistics.median(took))}, worst {ms(took[-1])}")
    print(f"server peak of resident memory: {server.peak():.1f} MB")
    server.end()
    blamed, asked = [], []
    for _ in range(31):
        file = rng.choice(files)
        blamed.append(timed(["git", "blame", "-L", "3,3", "--", file], folder))
        asked.append(timed([program, "why", f"{file}:3"], folder))
    one, other = statistics.median(blamed), statistics.median(asked)
    print(f"git blame -L: {ms(one)}, why: {ms(other)}, ratio {other / one:.2f}")


if __name__ == "__main__":
    sys.exit(main())
