#!/usr/bin/env python3
"""Checks an export by the rules of check_rows.py, and loads its rows with datasets, DuckDB, pandas and Arrow, in the order of the files
and in reverse, with the card and without it: each has to give the same number of rows and the same types of columns both ways.

usage: benches/load_rows.py DATASET [--again OTHER] [--format NAME ...] [--rules-only]

  --again       a second export of the same commits, which has to have the same bytes
  --format      load these formats only
  --rules-only  load nothing

Needs the packages of benches/requirements.txt. Exit code 1 where a rule is broken, something differs or does not load.
Of `record` only the number of rows is held, with DuckDB and pandas: its optional parts come and go (docs/training.md).
"""

import argparse
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1", HF_HOME=tempfile.mkdtemp())

import datasets  # noqa: E402
import duckdb  # noqa: E402
import pandas  # noqa: E402
import pyarrow  # noqa: E402
import pyarrow.json  # noqa: E402

from check_rows import RULES, TABLES, broken_rules, same_files  # noqa: E402

datasets.disable_progress_bars()
SHOWN = 5


def by_datasets(files):
    rows = datasets.load_dataset("json", data_files=files, split="train", cache_dir=tempfile.mkdtemp())
    return rows.num_rows, str(dict(sorted(rows.features.items())))


def by_arrow(files):
    tables = [pyarrow.json.read_json(file, pyarrow.json.ReadOptions(block_size=1 << 28)) for file in files]
    kinds = {str({name: table.schema.field(name).type for name in sorted(table.column_names)}) for table in tables}
    return sum(table.num_rows for table in tables), " | ".join(sorted(kinds))


def by_duckdb(files):
    query = f"select * from read_json({files!r}, sample_size = -1, maximum_object_size = 200000000)"
    found = duckdb.sql(f"describe {query}").fetchall()
    return duckdb.sql(f"select count(*) from ({query})").fetchall()[0][0], str(sorted((row[0], row[1]) for row in found))


def by_pandas(files):
    frames = [pandas.read_json(file, lines=True) for file in files]
    kinds = {str(sorted((name, str(kind)) for name, kind in frame.dtypes.items())) for frame in frames}
    return sum(len(frame) for frame in frames), " | ".join(sorted(kinds))


def by_rules(dataset):
    broken = broken_rules(dataset)
    often = Counter(rule for rule, _, _ in broken)
    for rule in RULES:
        name = rule.__name__
        print(f"{'FAIL' if often[name] else 'ok  '} rule {name}" + (f": {often[name]} times" if often[name] else ""))
        for _, where, what in [one for one in broken if one[0] == name][:SHOWN]:
            print(f"     {where}: {what}")
    return not broken


def by_loaders(dataset, name):
    """Whether all loaders make the same of the rows of a format."""
    files = sorted(str(file) for file in (dataset / name).glob("*-of-?????.jsonl"))
    if not files:
        return True
    good = True
    loaders = {"datasets": by_datasets, "arrow": by_arrow, "duckdb": by_duckdb, "pandas": by_pandas}
    expected = sum(1 for file in files for _ in open(file, encoding="utf-8", newline="\n"))
    for library, load in loaders.items():
        if name == "record" and library in ("datasets", "arrow"):
            continue
        try:
            forth, back = load(files), load(files[::-1])
        except Exception as error:
            good = False
            print(f"FAIL {name} {library}: {type(error).__name__} {str(error)[:200]}")
            continue
        problems = []
        if forth[0] != expected or back[0] != expected:
            problems.append(f"{forth[0]} and {back[0]} of {expected} rows")
        # The parts of a record come and go, and with them the types that are inferred.
        if name != "record" and (forth[1] != back[1] or " | " in forth[1]):
            problems.append(f"types differ: {forth[1][:300]} / {back[1][:300]}")
        good &= not problems
        print(f"{'FAIL' if problems else 'ok  '} {name} {library}: {forth[0]} rows {' '.join(problems)}")
    if name != "record":
        try:
            by_card = datasets.load_dataset(str(dataset), name, cache_dir=tempfile.mkdtemp())
            count = sum(len(rows) for rows in by_card.values())
            good &= count == expected
            print(f"{'ok  ' if count == expected else 'FAIL'} {name} by the card: {count} rows")
        except Exception as error:
            good = False
            print(f"FAIL {name} by the card: {type(error).__name__} {str(error)[:200]}")
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--again", type=Path)
    parser.add_argument("--format", nargs="+", default=[*TABLES, "record"])
    parser.add_argument("--rules-only", action="store_true")
    asked = parser.parse_args()
    good = by_rules(asked.dataset)
    if asked.again:
        differ = same_files(asked.dataset, asked.again)
        good &= not differ
        print(f"{'FAIL' if differ else 'ok  '} again: " + (", ".join(differ[:SHOWN]) or "the same bytes"))
    for name in asked.format if not asked.rules_only else ():
        good &= by_loaders(asked.dataset, name)
    sys.exit(not good)


if __name__ == "__main__":
    main()
