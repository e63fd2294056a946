#!/usr/bin/env python3
"""Holds the example against `backstory merge`, on Spark on this machine: the same rows in the same splits, a repository that fails is
named, and a program that breaks off is no success.

usage: examples/spark/test_export.py PROGRAM

Needs Java 17 (`apt-get install openjdk-17-jre-headless`), git, and the packages of examples/spark/requirements.txt.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from synthetic import Port, repository

HERE = Path(__file__).resolve().parent
COMMITS = 40


def settings(folder):
    """The environment of the runs, with a home folder of its own."""
    home = folder / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[safe]\n\tdirectory = *\n")
    return {**os.environ, "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}


def spark(program, repositories, out, environment, cores=2, format="sft", partitions=3):
    """What the example wrote, by split, and how it ended."""
    listed = out.with_suffix(".list")
    listed.write_text("".join(f"{path}\n" for path in repositories))
    command = [Path(sys.executable).with_name("spark-submit"), "--master", f"local[{cores}]", HERE / "export.py", "--program", program,
               "--repositories", listed, "--format", format, "--out", out, "--partitions", partitions]
    ran = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True)
    rows = {}
    for part in sorted(out.glob("*/part-*")):
        rows.setdefault(part.parent.name, []).extend(part.read_text(encoding="utf-8").splitlines())
    return rows, ran


def merged(program, repositories, folder, environment):
    """What `export` of each and `merge` of all write, by split, and how many rows the exports had together."""
    parts = [folder / f"part-{number}" for number in range(len(repositories))]
    for path, part in zip(repositories, parts):
        subprocess.run([program, "-C", path, "export", "--format", "sft", "--out", part], env=environment, check=True, capture_output=True)
    subprocess.run([program, "merge", *parts, "--out", folder / "merged"], env=environment, check=True, capture_output=True)
    rows = {}
    for file in sorted((folder / "merged" / "sft").glob("*.jsonl")):
        rows.setdefault(file.name.split("-")[0], []).extend(file.read_text(encoding="utf-8").splitlines())
    return rows, sum(len(file.read_text(encoding="utf-8").splitlines()) for part in parts for file in part.glob("sft/*.jsonl"))


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        environment = settings(folder)
        good = [repository(folder, seed, COMMITS) for seed in range(1, 7)] + [repository(folder, 1, COMMITS, Port)]

        expected, together = merged(program, good, folder, environment)
        rows, ran = spark(program, good, folder / "all", environment)
        assert ran.returncode == 0, ran.stderr[-2000:]
        assert {split: sorted(lines) for split, lines in rows.items()} == {split: sorted(lines) for split, lines in expected.items()}
        count = sum(map(len, rows.values()))
        assert 0 < together - count <= COMMITS // 2, f"{count} of {together} rows: what two repositories say alike has to stay once"
        print(f"ok: {count} rows of {len(good)} repositories in {', '.join(sorted(rows))} are those of a local merge")

        refused = repository(folder, 90, COMMITS)
        subprocess.run(["git", "-C", refused, "config", "backstory.training", "false"], check=True, env=environment)
        broken = [str(folder / "nowhere"), refused]
        others, ran = spark(program, [*good[:3], *broken, *good[3:]], folder / "with-broken", environment)
        assert ran.returncode == 1, (ran.returncode, ran.stderr[-2000:])
        for path in broken:
            assert f"failed: {path}: " in ran.stdout, ran.stdout[-2000:]
        assert others == rows, "the rows of the others are not the same"
        print("ok: repositories that fail are named, and the rows of all others are there")

        breaks = folder / "breaks-off"
        breaks.write_text(f'#!/bin/sh\nhead -n 1 | "{program}" "$@"\nkill -9 $$\n')
        breaks.chmod(0o755)
        none, ran = spark(breaks, good, folder / "broken-off", environment)
        assert ran.returncode == 2 and "error code" in ran.stdout and not none, (ran.returncode, none, ran.stdout[-2000:])
        print("ok: where the program breaks off, nothing is written")


if __name__ == "__main__":
    main()
