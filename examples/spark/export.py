#!/usr/bin/env python3
"""Exports many repositories on Spark: `backstory export --stdin` runs in each partition. What several repositories say alike is left out
as `backstory merge` leaves it out.

usage: spark-submit examples/spark/export.py --program /usr/local/bin/backstory --repositories LIST --format sft --out OUT

LIST has the path of a git directory a line. Every executor has to find the program and the repositories under these paths. OUT, which
must not be there yet, gets a folder for each split. A repository that fails is named with its reason, all others are written, and the
exit code is 1. Where the program itself breaks off, nothing is written, and the exit code is 2. All is told on standard output, where
spark-submit puts standard error, too.
"""

import argparse
import json
import os
import shlex
import sys
from itertools import combinations
from operator import add
from pathlib import Path

from py4j.protocol import Py4JJavaError
from pyspark import StorageLevel
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

# A signature has 126 numbers of 8 hex digits, which are taken in bands of 6. From four fifths of equal numbers on two rows are near.
DIGITS, BAND, NEAR = 8, 6 * 8, 0.8 * 126


def answers(spark, asked, repositories):
    """A line of JSON for each repository.

    Without `checkCode`, `pipe` takes no notice of how a command ends, and it hands on no variable of the environment. The program
    ends with 1 or 2 where it has told of a failure in its answers; the shell makes 0 of these, so that the answers are not lost.
    """
    command = shlex.join([asked.program, "export", "--stdin", "--format", asked.format])
    command = shlex.join(["/bin/sh", "-c", f"{command} || [ $? -le 2 ]"])
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    # In an empty partition the program would run, too.
    partitions = min(asked.partitions, len(repositories))
    return spark.sparkContext.parallelize(repositories, partitions).pipe(command, environment, checkCode=True)


def rows_of(answer):
    """(key, split, line, what it is compared by) of each row. Keys sort as `merge` reads rows: by repository."""
    told = json.loads(answer)
    if not told["ok"]:
        return
    decoder, at = json.JSONDecoder(), answer.index('"rows":[') + len('"rows":[')
    for number, signature in enumerate(told["signatures"]):
        row, end = decoder.raw_decode(answer, at)
        about = row["metadata"]
        key, alike = (about["repo"], told["repository"], number), (about["content_sha256"], about["session_id"], signature)
        # The line itself and not `json.dumps` of it: `content_sha256` is that of its bytes.
        yield key, about["split"], answer[at:end], alike
        at = end + len(",")


def reasons(answer):
    """(why, how many) of what a repository has no rows of."""
    counts = answer.get("counts", {})
    yield from counts.get("left_out", {}).items()
    for why, count in (("said before", "exact_duplicates"), ("nearly said before", "near_duplicates")):
        if counts.get(count):
            yield why, counts[count]


def bands(row):
    key, _, _, alike = row
    return [(f"{at} {alike[2][at:at + BAND]}", (key, alike)) for at in range(0, len(alike[2]), BAND)]


def duplicates_in(band):
    """(later, earlier) of rows that share a band, where one says, or nearly says, what the other says."""
    for (earlier, one), (later, other) in combinations(sorted(band[1]), 2):
        equal = sum(one[2][at:at + DIGITS] == other[2][at:at + DIGITS] for at in range(0, len(one[2]), DIGITS))
        if one[0] == other[0] or (one[1] != other[1] and equal >= NEAR):
            yield later, earlier


def duplicates(rows):
    """The keys of rows for which an earlier one is kept."""
    dropped = set()
    for later, earlier in sorted(rows.flatMap(bands).groupByKey().flatMap(duplicates_in).distinct().collect()):
        if earlier not in dropped:
            dropped.add(later)
    return dropped


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True, type=os.path.abspath)
    parser.add_argument("--repositories", required=True, type=Path)
    parser.add_argument("--format", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--partitions", type=int, default=1000)
    asked = parser.parse_args()
    repositories = [path for path in asked.repositories.read_text().splitlines() if path and not path.startswith("#")]
    spark = SparkSession.builder.appName("backstory export").getOrCreate()
    told = answers(spark, asked, repositories).persist(StorageLevel.DISK_ONLY)
    try:
        errors = dict(told.map(json.loads).map(lambda answer: (answer["repository"], answer.get("error"))).collect())
    except (PySparkException, Py4JJavaError) as error:
        reason = next((line for line in str(error).splitlines() if "exited with error code" in line), str(error))
        print(f"the program broke off, and nothing is written: {reason.strip()}")
        return 2
    rows = told.flatMap(rows_of).persist(StorageLevel.DISK_ONLY)
    dropped = spark.sparkContext.broadcast(duplicates(rows))
    kept = rows.filter(lambda row: row[0] not in dropped.value).sortBy(lambda row: row[0]).persist(StorageLevel.DISK_ONLY)
    for split, count in sorted(kept.map(lambda row: row[1]).countByValue().items()):
        kept.filter(lambda row, split=split: row[1] == split).map(lambda row: row[2]).saveAsTextFile(f"{asked.out}/{split}")
        print(f"{split}: {count} rows")
    print(f"left out: {len(dropped.value)} (another repository says it, or nearly)")
    for why, count in sorted(told.map(json.loads).flatMap(reasons).reduceByKey(add).collect()):
        print(f"left out: {count} ({why})")
    failed = [(path, errors.get(path, "no answer")) for path in repositories if errors.get(path, "no answer")]
    for path, why in failed:
        print(f"failed: {path}: {why}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
