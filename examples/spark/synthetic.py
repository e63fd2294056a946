"""Repositories with made-up records, those of benches/large.py: for the test and the timing of the example."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benches"))

from large import Stage  # noqa: E402


class Port(Stage):
    """The same work in a repository and sessions of its own, with another word in most records; all is as long as it was."""

    def history(self):
        return (line.replace("committer bench", "committer port") for line in super().history())

    def notes(self, ids):
        return (re.sub('("session":")..', r"\1zz", line.replace(" cache", " store", 1)) for line in super().notes(ids))


def repository(folder, seed, commits, kind=Stage):
    """The path of a bare repository of which every second commit has a record."""
    root = Path(folder) / f"{kind.__name__.lower()}-{seed:03}"
    root.mkdir(parents=True)
    return str(kind(root, commits, seed).origin)
