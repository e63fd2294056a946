#!/usr/bin/env python3
"""How long `backstory report` takes, and how large its page is.

usage: report.py PROGRAM [--commits N] [--files M] [--rounds R] [--keep FOLDER]

Makes a repository of N commits (1,000) with a record each that change M files (5,000) in turn, and writes the page with `--all-files` R
times (5). Prints the median of the clock, the peak of memory and the sizes. `--keep` leaves the pages for the judges of
`tests/browser/report.mjs`.
"""
import argparse, json, os, resource, statistics, subprocess, tempfile, time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("program", type=Path)
parser.add_argument("--commits", type=int, default=1000)
parser.add_argument("--files", type=int, default=5000)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--keep", type=Path)
given = parser.parse_args()
program = given.program.resolve()

KINDS = ["tests", "lint", "build", "command"]
COMMANDS = ["pytest -q", "ruff check .", "cargo build", "git push origin main"]


def record(number, commit, at, paths):
    kind = number % len(KINDS)
    day = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at - 600))
    attempt = {"kind": {"type": "failed", "failure": KINDS[kind]}, "at": day, "tried": COMMANDS[kind], "error": f"E   AssertionError: total_{number % 50} is wrong",
               "why": "rounded twice", "why_from": "agent", "change": f"{paths[0]}: total = round(total)", "ended": "passed-after-change", "tries": 1,
               "files": [paths[0]]}
    session = {"agent": ["claude-code", "codex", "gemini"][number % 3], "agent_version": f"2.{number // 40}.0", "models": [f"model-{number // 200}"],
               "session": f"session-{number // 3}", "confidence": "content", "evidence": [{"kind": "lines", "found": 9, "of": 10}], "lines": 9 * len(paths),
               "prompts": [{"at": day, "role": "request", "source": "typed", "text": f"Add a discount to the cart, part {number}, and round the total"}],
               "attempts": [attempt] if number % 2 else [],
               "corrections": [{"form": "directed", "at": day, "words": "no, prices are in cents, not in euros", "path": paths[0]}] if number % 5 == 0 else [],
               "checks": [{"kind": "test", "command": "pytest -q", "at": day, "result": "passed", "after_last_edit": number % 3 > 0, "by": "agent"}],
               "tokens": {"input": 1000 + number, "output": 100 + number, "cache_read": 0, "cache_write": 0}}
    count = len(paths)
    return {"backstory": 1, "generator": "backstory 0.1.0", "commit": commit, "committed_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
            "contributions": [session], "lines": {"added": 10 * count, "agent": 9 * count, "corrected": 0, "person": 0, "formatter": 0, "unknown": count},
            "files": [{"path": path, "spans": [{"start": 1, "lines": 9, "author": "agent", "contribution": 0},
                                               {"start": 10, "lines": 1, "author": "unknown"}]} for path in paths]}


with tempfile.TemporaryDirectory() as folder:
    home = Path(folder) / "home"
    home.mkdir()
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1"}
    repository = Path(folder) / "shop"

    def git(*arguments, text=None):
        return subprocess.run(["git", "-C", str(repository), *arguments], input=text, capture_output=True, check=True, env=environment).stdout

    subprocess.run(["git", "init", "-q", "-b", "main", str(repository)], check=True, env=environment)
    each = -(-given.files // given.commits)
    stream, places = [], []
    for number in range(given.commits):
        at = 1_767_225_600 + number * 25_000
        paths = [f"src/part_{(number * each + place) % given.files // 100}/file_{(number * each + place) % given.files}.py" for place in range(each)]
        places.append((at, paths))
        stream.append(f"commit refs/heads/main\nmark :{number + 1}\ncommitter A <a@example.invalid> {at} +0000\n")
        subject = f"feat: part {number}"
        stream.append(f"data {len(subject)}\n{subject}\n")
        for path in paths:
            text = f"# {number}\n" * 10
            stream.append(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n")
    marks = Path(folder) / "marks"
    git("fast-import", "--quiet", f"--export-marks={marks}", text="".join(stream).encode())
    ids = dict(line[1:].split() for line in marks.read_text().splitlines())
    notes = ["commit refs/notes/backstory\ncommitter A <a@example.invalid> 1767225600 +0000\ndata 5\nnotes\n"]
    for number, (at, paths) in enumerate(places):
        commit = ids[str(number + 1)]
        text = json.dumps(record(number, commit, at, paths))
        notes.append(f"M 100644 inline {commit}\ndata {len(text)}\n{text}\n")
    git("fast-import", "--quiet", text="".join(notes).encode())
    git("reset", "-q", "--hard", "main")
    for name, options in [("page", []), ("page with all files", ["--all-files"]), ("json", ["--format", "json"])]:
        out, times = Path(folder) / "out", []
        for _ in range(given.rounds):
            start = time.perf_counter()
            subprocess.run([program, "report", *options, "--out", str(out)], cwd=repository, check=True, env=environment, capture_output=True)
            times.append(time.perf_counter() - start)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{name}: {statistics.median(times):.2f} s, {out.stat().st_size / 1000:.0f} kB, at most {peak:.0f} MB so far")
        if given.keep:
            given.keep.mkdir(parents=True, exist_ok=True)
            (given.keep / (name.replace(" ", "-") + (".json" if name == "json" else ".html"))).write_bytes(out.read_bytes())
