#!/usr/bin/env python3
"""An export beside a straightforward Python pipeline on the same repository, in turn: medians of the wall clock, and their ratio.

usage: benches/python_pipeline.py PROGRAM [--commits N] [--rounds N] [--format record|sft]

The repository is the one of large.py: a history of N commits (50,000), every second with a record of 2.7 KB. The pipeline is what a
data engineer writes with datasets and datasketch: notes, subjects and patches by git, a projection and MinHash (`update_batch`) in as many
processes as there are cores, duplicates found by an index, a file for each split. It neither redacts nor reads settings nor knows
whose lines are whose; what it does is what `export` does, and of `sft` it has to come to the same rows. Starting Python and its
imports are not timed. Needs the packages of benches/requirements.txt; a build for measuring is a release build.
"""

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1", HF_HOME=tempfile.mkdtemp())

import datasets  # noqa: E402
import datasketch  # noqa: E402

from large import Stage, measured  # noqa: E402

PERMUTATIONS, BANDS, NEAR = 126, (21, 6), 0.8
SCHEME = datasketch.MinHash(num_perm=PERMUTATIONS).scheme


def git(place, *arguments, stdin=None):
    return subprocess.run(["git", *arguments], cwd=place, input=stdin, stdout=subprocess.PIPE, check=True).stdout


def records(place):
    """(commit, record) of all notes."""
    notes = [line.split() for line in git(place, "notes", "--ref", "backstory", "list").decode().splitlines()]
    blobs = git(place, "cat-file", "--batch", stdin="".join(f"{blob}\n" for blob, _ in notes).encode())
    at, found = 0, {}
    for _, commit in notes:
        end = blobs.index(b"\n", at)
        size = int(blobs[at:end].split()[2])
        found[commit] = json.loads(blobs[end + 1:end + 1 + size])
        at = end + size + 2
    return found


def commits(place):
    """(commit, subject), oldest first."""
    log = git(place, "log", "--reverse", "--date-order", "--format=%H%x00%P%x00%s").decode()
    return [line.split("\0") for line in log.splitlines()]


def patches(place, wanted):
    """The patch of each commit as `git apply` takes it."""
    out = git(place, "diff-tree", "--stdin", "--root", "-r", "-p", "--no-color", stdin="".join(f"{one}\n" for one in wanted).encode())
    found, lines, known = {}, None, set(wanted)
    for line in out.decode().splitlines(keepends=True):
        if line.strip() in known:
            lines = found.setdefault(line.strip(), [])
        elif not line.startswith("index "):
            lines.append(line)
    return {commit: "".join(lines) for commit, lines in found.items()}


def tool(name, description, text):
    parameters = {"type": "object", "properties": {"input": {"type": "string", "description": text}}, "required": ["input"]}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


TOOLS = [tool("apply_patch", "Change the files of the repository", "A patch as git apply takes it"),
         tool("shell", "Run a command in the root of the repository", "The command")]


def projected(one, format):
    """A row, and its signature. Run in another process."""
    record, contribution = json.loads(one["record"]), None
    if record["contributions"]:
        contribution = record["contributions"][0]
    if format == "record":
        content = {"subject": one["subject"], "lines": record["lines"], "record": record}
    else:
        asked = "\n\n".join(prompt["text"].strip() for prompt in contribution["prompts"] if prompt["role"] == "request")
        call_id = hashlib.sha256(f"1\napply_patch\n{one['patch']}".encode()).hexdigest()[:9]
        call = {"id": call_id, "type": "function", "function": {"name": "apply_patch", "arguments": {"input": one["patch"]}}}
        content = {"messages": [
            {"role": "user", "content": asked}, {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "content": "applied", "tool_call_id": call_id, "name": "apply_patch"},
            {"role": "assistant", "content": one["subject"]}], "tools": TOOLS}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    session = f"{contribution['agent']}/{contribution['session']}"
    number = int(hashlib.sha256(f"{one['repository']}\n{session}".encode()).hexdigest()[:15], 16) % 100
    metadata = {
        "repo": one["repository"], "commit_sha": one["commit"], "base_commit": one["base"], "session_id": session,
        "agent": contribution["agent"], "model": contribution["models"][-1], "committed_at": record["committed_at"],
        "content_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "split": "train" if number < 90 else "validation" if number < 95 else "test",
    }
    words = text.split()
    sketch = datasketch.MinHash(num_perm=PERMUTATIONS)
    sketch.update_batch([" ".join(words[at:at + 5]).encode() for at in range(max(1, len(words) - 4))])
    return {"line": text[:-1] + ',"metadata":' + json.dumps(metadata, separators=(",", ":")) + "}", "split": metadata["split"],
            "digest": metadata["content_sha256"], "signature": sketch.hashvalues}


def pipeline(place, format, out):
    known = records(place)
    history = [one for one in commits(place) if one[0] in known]
    changes = patches(place, [commit for commit, _, _ in history]) if format == "sft" else {}
    root = git(place, "rev-list", "--max-parents=0", "HEAD").decode().split()[0]
    rows = datasets.Dataset.from_dict({
        "commit": [commit for commit, _, _ in history], "base": [parents.split(" ")[0] for _, parents, _ in history],
        "subject": [subject for _, _, subject in history], "patch": [changes.get(commit, "") for commit, _, _ in history],
        "record": [json.dumps(known[commit]) for commit, _, _ in history], "repository": [root] * len(history),
    })
    rows = rows.map(projected, fn_kwargs={"format": format}, num_proc=os.cpu_count(), remove_columns=rows.column_names)
    index, digests, kept = datasketch.MinHashLSH(num_perm=PERMUTATIONS, params=BANDS), set(), []
    sketches = {}
    for number, row in enumerate(rows.select_columns(["digest", "signature"]).with_format("numpy")):
        sketch = datasketch.MinHash(num_perm=PERMUTATIONS, hashvalues=row["signature"], scheme=SCHEME)
        if str(row["digest"]) in digests or any(sketch.jaccard(sketches[other]) >= NEAR for other in index.query(sketch)):
            continue
        digests.add(str(row["digest"]))
        sketches[number] = sketch
        index.insert(number, sketch)
        kept.append(number)
    rows = rows.select(kept)
    out.mkdir()
    for split in ("train", "validation", "test"):
        lines = rows.filter(lambda found, split=split: [one == split for one in found], input_columns="split", batched=True)["line"]
        (out / f"{split}.jsonl").write_text("".join(line + "\n" for line in lines), encoding="utf-8", newline="\n")


def contents(folder):
    """What the rows in the files of a folder say, without what is said of them."""
    found = set()
    for path in folder.glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
            row = json.loads(line)
            del row["metadata"]
            found.add(json.dumps(row, sort_keys=True) if "messages" in row else json.dumps(row["record"], sort_keys=True))
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--commits", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--format", choices=["record", "sft"], default="record")
    asked = parser.parse_args()
    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as root:
        stage = Stage(Path(root), asked.commits)
        place, times = stage.clone("export"), {"program": [], "pipeline": []}
        os.environ |= {"HOME": stage.environment["HOME"], "GIT_CONFIG_NOSYSTEM": "1"}
        for number in range(asked.rounds):
            for name in list(times)[::1 - 2 * (number % 2)]:
                out = Path(root) / f"{name}-{number}"
                if name == "program":
                    command = [asked.program, "export", "--format", asked.format, "--out", out]
                    times[name].append(measured(stage, command, place)[0])
                else:
                    began = time.perf_counter()
                    pipeline(place, asked.format, out)
                    times[name].append(time.perf_counter() - began)
        made = {"program": contents(Path(root) / "program-0" / asked.format), "pipeline": contents(Path(root) / "pipeline-0")}
        program, python = (statistics.median(times[name]) for name in ("program", "pipeline"))
        print(f"| {asked.format} of {asked.commits // 2:,} records | {program:.2f} s | {python:.2f} s | {python / program:.1f} |")
        alone = {name: len(made[name] - made[other]) for name, other in (("program", "pipeline"), ("pipeline", "program"))}
        print(f"rows: {len(made['program'])} and {len(made['pipeline'])}, only in one: {alone['program']} and {alone['pipeline']}")
        shutil.rmtree(place)
    sys.exit(not made["program"] or sum(alone.values()) > len(made["program"]) // 100)


if __name__ == "__main__":
    main()
