#!/usr/bin/env python3
"""How the example on Spark gets faster with cores, beside processes on this machine without an engine: a table of the wall clock.

usage: examples/spark/scaling.py PROGRAM [--repositories N] [--commits N] [--format F] [--rounds N]

Makes 64 repositories of 1,000 commits. Without an engine: a process of `export --repos LIST --shard I/N` for each core, then `merge`.
What it takes to start Spark (a run with one small repository) is told by itself and not counted. Needs what test_export.py needs; a
build for measuring is a release build.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from synthetic import repository
from test_export import settings, spark


def timed(run):
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def pool(program, listed, out, cores, environment, format):
    parts = [out / f"part-{shard}" for shard in range(1, cores + 1)]
    command = [program, "export", "--repos", listed, "--format", format]
    running = [subprocess.Popen([*command, "--shard", f"{shard}/{cores}", "--out", part], env=environment, stderr=subprocess.DEVNULL)
               for shard, part in enumerate(parts, 1)]
    assert all(process.wait() == 0 for process in running)
    subprocess.run([program, "merge", *parts, "--out", out / "merged"], env=environment, check=True, capture_output=True)


def on_spark(program, repositories, out, cores, environment, format):
    _, ran = spark(program, repositories, out, environment, cores=cores, format=format, partitions=4 * cores)
    assert ran.returncode == 0, ran.stderr[-2000:]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--repositories", type=int, default=64)
    parser.add_argument("--commits", type=int, default=1000)
    parser.add_argument("--format", default="sft")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        environment = settings(folder)
        made = [repository(folder, seed, asked.commits) for seed in range(1, asked.repositories + 1)]
        small = [repository(folder, 9999, 4)]
        listed = folder / "list"
        listed.write_text("".join(f"{path}\n" for path in made))
        cores = [1, *range(2, os.cpu_count() + 1, 2)]
        taken = {(name, count): [] for name in ("pool", "Spark", "start") for count in cores}
        for number in range(asked.rounds):
            for name, count in list(taken)[::1 - 2 * (number % 2)]:
                out = folder / f"{name}-{count}-{number}"
                if name == "pool":
                    out.mkdir()
                    took = timed(lambda: pool(asked.program, listed, out, count, environment, asked.format))
                else:
                    paths = made if name == "Spark" else small
                    took = timed(lambda: on_spark(asked.program, paths, out, count, environment, asked.format))
                taken[name, count].append(took)
        medians = {key: statistics.median(times) for key, times in taken.items()}
        print("| cores | processes | faster | Spark without its start | faster | start |\n|--:|--:|--:|--:|--:|--:|")
        for count in cores:
            alone, engine = medians["pool", count], medians["Spark", count] - medians["start", count]
            first = medians["pool", 1], medians["Spark", 1] - medians["start", 1]
            print(f"| {count} | {alone:.1f} s | {first[0] / alone:.2f} | {engine:.1f} s | {first[1] / engine:.2f} | {medians['start', count]:.1f} s |")


if __name__ == "__main__":
    main()
