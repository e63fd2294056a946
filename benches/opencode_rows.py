#!/usr/bin/env python3
"""Makes a database as OpenCode 1.18 keeps one, and measures how long `sessions` takes to read it beside `sqlite3 FILE .dump`.

    python3 benches/opencode_rows.py PROGRAM [OTHER] [--sessions 3000] [--rounds 9] [--keep FILE]

All in turn, in the page cache; medians of wall clock and of processor time, and the ratios to `.dump`.
"""

import argparse
import json
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import tempfile
import time

SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE project (id text PRIMARY KEY, worktree text NOT NULL);
CREATE TABLE session (id text PRIMARY KEY, project_id text NOT NULL, parent_id text, slug text NOT NULL, directory text NOT NULL,
    title text NOT NULL, version text NOT NULL, revert text, permission text, time_created integer NOT NULL, time_updated integer NOT NULL);
CREATE TABLE message (id text PRIMARY KEY, session_id text NOT NULL, time_created integer NOT NULL, time_updated integer NOT NULL,
    data text NOT NULL);
CREATE TABLE part (id text PRIMARY KEY, message_id text NOT NULL, session_id text NOT NULL, time_created integer NOT NULL,
    time_updated integer NOT NULL, data text NOT NULL);
CREATE INDEX message_session_time_created_id_idx ON message (session_id, time_created, id);
CREATE INDEX part_message_id_id_idx ON part (message_id, id);
CREATE INDEX part_session_idx ON part (session_id);
"""
WORDS = "price total items discount amount sum test assert import return def class self value list path file error line run".split()


def lines(random_, count):
    return "\n".join("    " * random_.randint(0, 3) + " ".join(random_.choices(WORDS, k=random_.randint(3, 10))) for _ in range(count))


def tool(random_, number, at):
    path = f"/home/dev/shop/{random_.choice(WORDS)}.py"
    kind = random_.choice(["read", "read", "read", "bash", "bash", "edit", "grep"])
    text = lines(random_, random_.randint(5, 60))
    metadata = {"preview": text[:800], "truncated": False}
    if kind == "bash":
        given, metadata = {"command": "python3 -m unittest " + random_.choice(WORDS)}, {"output": text, "exit": random_.choice([0, 0, 1])}
    elif kind == "edit":
        given = {"filePath": path, "oldString": lines(random_, 4), "newString": lines(random_, 6)}
        metadata, text = {"diff": text, "diagnostics": {}}, "Edit applied successfully."
    elif kind == "grep":
        given = {"pattern": random_.choice(WORDS)}
    else:
        given = {"filePath": path}
    state = {"status": "completed", "input": given, "output": text, "metadata": metadata, "title": path, "time": {"start": at, "end": at + 90}}
    return {"type": "tool", "tool": kind, "callID": f"call_{number:08}", "state": state}


def make(file, sessions):
    random_ = random.Random(1)
    made = sqlite3.connect(file)
    made.executescript(SCHEMA)
    made.execute("INSERT INTO project VALUES ('p1', '/home/dev/shop')")
    at, number = 1_760_000_000_000, 0
    for session in range(sessions):
        name = f"ses_{session:012x}ffe1YTTxEtjdWW"
        begun = at
        for message in range(8):
            number += 1
            at += 1_000
            own = f"msg_{number:012x}ffe1YTTxEtjdWW"
            tokens = {"total": 1050, "input": 800, "output": 40, "reasoning": 10, "cache": {"write": 0, "read": 200}}
            if message % 4 == 0:
                data = {"role": "user", "time": {"created": at}, "agent": "build", "model": {"providerID": "local", "modelID": "scripted-1"}}
                parts = [{"type": "text", "text": lines(random_, random_.randint(1, 3))}]
            else:
                data = {"role": "assistant", "path": {"cwd": "/home/dev/shop", "root": "/home/dev/shop"}, "cost": 0, "tokens": tokens,
                        "modelID": "scripted-1", "providerID": "local", "time": {"created": at, "completed": at + 900}, "finish": "stop"}
                parts = [{"snapshot": "ccd3bd39cb6d93824538121cb50596741c6bcac3", "type": "step-start"},
                         {"type": "text", "text": lines(random_, 2), "time": {"start": at, "end": at + 10}},
                         tool(random_, number, at),
                         {"reason": "tool-calls", "snapshot": "ccd3bd39cb6d93824538121cb50596741c6bcac3", "type": "step-finish",
                          "tokens": tokens, "cost": 0}]
            made.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?)", (own, name, at, at, json.dumps(data)))
            for place, part in enumerate(parts):
                row = (f"prt_{number:012x}{place:02x}e1YTTxEtjdWW", own, name, at, at, json.dumps(part))
                made.execute("INSERT INTO part VALUES (?, ?, ?, ?, ?, ?)", row)
        made.execute("INSERT INTO session VALUES (?, 'p1', NULL, 'x', '/home/dev/shop', 'x', '1.18.0', NULL, NULL, ?, ?)", (name, begun, at))
    made.commit()
    made.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    made.close()


def timed(command):
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("programs", nargs="+")
    asked.add_argument("--sessions", type=int, default=3000)
    asked.add_argument("--rounds", type=int, default=9)
    asked.add_argument("--keep")
    asked = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = asked.keep or os.path.join(folder, "opencode.db")
        if not os.path.exists(file):
            make(file, asked.sessions)
        commands = {program: [program, "sessions", "--json", "--sessions", file] for program in asked.programs}
        commands["sqlite3 .dump"] = ["sqlite3", "-readonly", file, ".dump"]
        times = {name: [] for name in commands}
        for _ in range(asked.rounds):
            for name, command in commands.items():
                times[name].append(timed(command))
        print(f"{os.path.getsize(file) / 1e6:.0f} MB, {asked.rounds} rounds, load {os.getloadavg()[0]:.1f}")
        middle = {name: [statistics.median(values) for values in zip(*measured)] for name, measured in times.items()}
        of = middle["sqlite3 .dump"]
        for name, (wall, processor) in middle.items():
            print(f"{name}: {wall:.3f} s of the clock ({wall / of[0]:.2f}), {processor:.3f} s of the processor ({processor / of[1]:.2f})")


if __name__ == "__main__":
    main()
