#!/usr/bin/env python3
"""Breaks a good dataset in one way after the other, and holds that each way is found: by the rules of check_rows.py, or by loading.

usage: benches/broken_rows.py DATASET [--only NAME ...] [--keep DIR] [--load] [--judge COMMAND]

DATASET is what `backstory export --format all --out DATASET` wrote; that of `backstory demo --keep` will do. After a change, digests, counts and the manifest are made right again, so that the fault
itself has to be found. `--load` tells also which loaders of load_rows.py stumble over it, and `--judge` whether another check does: a
shell command to which the folder is given as `$1` and which ends with another code than 0 where it finds something. Nothing depends on
these two. Exit code 1 where a way was not found or could not be tried, or where the good dataset is not good.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from check_rows import LINES, broken_rules, same_files

HERE = Path(__file__).resolve().parent


class Broken:
    """A copy of a dataset that is being broken."""

    def __init__(self, good, folder):
        shutil.copytree(good, folder)
        self.folder, self.good = folder, good
        self.manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))

    def files(self, format):
        """The paths of the files with rows of a format, those with most rows first."""
        found = [file for file in self.manifest["files"] if file["format"] == format and file["split"]]
        if not found:
            raise Missing(f"there is no row of {format}")
        return [self.folder / file["path"] for file in sorted(found, key=lambda file: (-file["rows"], file["path"]))]

    def rows(self, format, change, file=0):
        """Hands all rows of a file to `change`."""
        path = self.files(format)[file]
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
        change(rows)
        path.write_text("".join(line(row) + "\n" for row in rows), encoding="utf-8", newline="\n")

    def bytes(self, format, change, file=0):
        path = self.files(format)[file]
        path.write_bytes(change(path.read_bytes()))

    def first_with(self, format, test, change):
        """Changes the first row for which `test` holds."""
        def one(rows):
            for row in rows:
                if test(row):
                    change(row)
                    return
            raise Missing(f"no row of {format} can be broken so")

        self.rows(format, one)

    def in_another_split(self, format, row):
        """Adds a row to a split that its session is not in, as a row of another session."""
        split = "test" if row["metadata"]["split"] != "test" else "train"
        row["metadata"] |= {"split": split, "session_id": "claude-code/another"}
        self.add(format, row)

    def add(self, format, row):
        row["metadata"]["row_id"] = "row-" + "0" * 24
        folder, split = self.folder / format, row["metadata"]["split"]
        path = next(iter(sorted(folder.glob(f"{split}-*.jsonl"))), folder / f"{split}-00000-of-00001.jsonl")
        with open(path, "a", encoding="utf-8", newline="\n") as file:
            file.write(line(row) + "\n")

    def first(self, format):
        return json.loads(self.files(format)[0].read_text(encoding="utf-8").split("\n")[0])

    def set_right(self):
        """Digests and counts as an exporter with this fault would have written them."""
        splits = {file["path"]: file["split"] for file in self.manifest["files"]}
        files = []
        for path in sorted(self.folder.glob("*/*")):
            name, format = str(path.relative_to(self.folder)), path.parent.name
            split = splits.get(name, path.name.split("-")[0])
            data = path.read_bytes()
            if split and format in LINES and not format.startswith("openai-"):
                data = with_digests(data)
                path.write_bytes(data)
            rows = data.count(b"\n") if format in LINES or not split else 1
            files.append({"path": name, "format": format, "split": split, "sha256": hashlib.sha256(data).hexdigest(),
                          "bytes": len(data), "rows": rows})
        self.manifest["files"] = files
        for format, counts in self.manifest["counts"].items():
            counts["rows"] = {}
            for file in files:
                if file["format"] == format and file["split"]:
                    counts["rows"][file["split"]] = counts["rows"].get(file["split"], 0) + file["rows"]
        self.write_manifest()
        croissant = self.folder / "croissant.json"
        told = json.loads(croissant.read_text(encoding="utf-8"))
        digests = {file["path"]: file["sha256"] for file in files if file["split"] and file["format"] in LINES}
        known = {one["contentUrl"]: one for one in told["distribution"]}
        like = next(iter(known.values()))
        told["distribution"] = [
            known.get(path, like) | {"@id": path, "name": path, "contentUrl": path, "sha256": digest} for path, digest in digests.items()
        ]
        croissant.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")

    def write_manifest(self):
        (self.folder / "manifest.json").write_text(json.dumps(self.manifest, indent=2) + "\n", encoding="utf-8")


class Missing(Exception):
    pass


def line(row):
    """As the program writes a row."""
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    return "".join(f"\\u{ord(c):04x}" if c in "\x7f\x85\u2028\u2029\ufeff" else c for c in text)


def with_digests(data):
    """Rows whose `content_sha256` is theirs. A line that is no row stays as it is."""
    lines = []
    for text in data.split(b"\n"):
        content, key, _ = text.rpartition(b',"metadata":{"schema_version":')
        at = text.find(b'"content_sha256":"')
        if key and at > 0:
            digest = hashlib.sha256(content + b"}").hexdigest().encode()
            text = text[:at + 18] + digest + text[at + 82:]
        lines.append(text)
    return b"\n".join(lines)


def message_of(row, who):
    return next(message for message in row["messages"] if message["role"] == who)


def calls(row):
    return [call for message in row["messages"] for call in message.get("tool_calls", [])]


# The ways. Each takes a `Broken` and says in its first line what is wrong then; in WAYS stands who has to find it.


def key_is_missing(it):
    it.rows("sft", lambda rows: rows[-1].pop("tools"))


def key_of_metadata_is_missing(it):
    it.rows("sft", lambda rows: rows[-1]["metadata"].pop("model"))


def key_is_new(it):
    it.rows("edits", lambda rows: rows[-1].update(note="late"))


def list_is_empty_in_the_first_file(it):
    def change(rows):
        for row in rows:
            row["metadata"]["commits"] = []

    it.rows("sft", change)


def null_in_the_first_row(it):
    it.rows("sft", lambda rows: rows[0]["metadata"].update(agent_version=None))


def number_is_text(it):
    it.rows("sft", lambda rows: rows[-1]["metadata"].update(share="97"))


def label_is_text(it):
    it.rows("unpaired", lambda rows: rows[-1].update(label="true"))


def arguments_are_text_for_trl(it):
    def change(row):
        for call in calls(row):
            call["function"]["arguments"] = json.dumps(call["function"]["arguments"])

    it.rows("sft", lambda rows: change(rows[0]))


def arguments_are_an_object_for_openai(it):
    def change(row):
        for call in calls(row):
            call["function"]["arguments"] = json.loads(call["function"]["arguments"])

    it.rows("openai-sft", lambda rows: change(rows[0]))


def extra_key_for_openai(it):
    it.rows("openai-sft", lambda rows: rows[0].update(metadata={}))


def two_turns_of_a_person(it):
    it.rows("sft", lambda rows: rows[0]["messages"].insert(1, {"role": "user", "content": "And quickly."}))


def two_human_turns(it):
    it.rows("sharegpt", lambda rows: rows[0]["conversations"].insert(1, {"from": "human", "value": "And quickly."}))


def last_word_is_a_persons(it):
    it.rows("openai-sft", lambda rows: rows[0]["messages"].append({"role": "user", "content": "Thanks."}))


def output_of_a_call_is_missing(it):
    def change(row):
        row["messages"] = [message for message in row["messages"] if message["role"] != "tool"]

    it.rows("sft", lambda rows: change(rows[0]))


def same_row_in_two_splits(it):
    it.in_another_split("sft", it.first("sft"))


def nearly_the_same_row_in_two_splits(it):
    rows = [json.loads(line) for line in it.files("sft")[0].read_text(encoding="utf-8").split("\n")[:-1]]
    row = max(rows, key=lambda row: len(line(row)))
    message_of(row, "user")["content"] += " Please."
    it.in_another_split("sft", row)


def same_row_twice(it):
    it.add("sft", it.first("sft"))


def id_of_another_row(it):
    it.rows("unpaired", lambda rows: rows[1]["metadata"].update(row_id=rows[0]["metadata"]["row_id"]))


def session_in_two_splits(it):
    row = it.first("sft")
    session = row["metadata"]["session_id"]
    message_of(row, "user")["content"] = "Something else."
    calls(row)[0]["function"]["arguments"]["input"] = "Something else."
    it.in_another_split("sft", row)
    for path in it.folder.glob("sft/*"):
        path.write_text(path.read_text(encoding="utf-8").replace('"claude-code/another"', json.dumps(session)), encoding="utf-8")


def split_of_another_file(it):
    it.rows("sft", lambda rows: rows[0]["metadata"].update(split="test" if rows[0]["metadata"]["split"] != "test" else "train"))


def message_of_the_commit_is_in_the_prompt(it):
    def change(row):
        message_of(row, "user")["content"] += "\n\n" + row["messages"][-1]["content"]

    it.first_with("sft", lambda row: len(row["messages"][-1]["content"]) >= 20, change)


def id_of_the_commit_is_in_the_prompt(it):
    it.rows("sft", lambda rows: message_of(rows[0], "user").update(content="Do " + rows[0]["metadata"]["commit_sha"]))


def answer_is_in_the_prompt(it):
    def change(row):
        row["prompt"][0]["content"] += "\n" + row["chosen"][0]["content"]

    it.first_with("preference", lambda row: len(row["chosen"][0]["content"].strip()) >= 20, change)


def prompt_from_after_the_commit(it):
    it.rows("sft", lambda rows: rows[0]["metadata"].update(turn_ids=rows[0]["metadata"]["turn_ids"] + " turn-9999999999999"))


def time_without_a_fraction(it):
    def change(rows):
        for row in rows:
            row["metadata"]["committed_at"] = row["metadata"]["committed_at"].replace(".000Z", "Z")

    for file in range(len(it.files("sft"))):
        it.rows("sft", change, file)


def line_separator_is_not_escaped(it):
    it.bytes("sft", lambda data: data.replace(b'"content":"', '"content":"\u2028'.encode(), 1))


def lines_end_with_crlf(it):
    it.bytes("sft", lambda data: data.replace(b"\n", b"\r\n"))


def last_line_has_no_end(it):
    it.bytes("sft", lambda data: data[:-1])


def byte_order_mark(it):
    it.bytes("sft", lambda data: b"\xef\xbb\xbf" + data)


def no_utf8(it):
    it.bytes("sft", lambda data: data.replace(b'"content":"', b'"content":"\xe9', 1))


def half_a_line(it):
    it.bytes("sft", lambda data: data[:len(data) // 2] + b"\n")


def key_stands_twice(it):
    it.bytes("sft", lambda data: data.replace(b'{"messages":', b'{"tools":[],"messages":', 1))


def not_a_number(it):
    it.rows("sft", lambda rows: rows[0]["metadata"].update(share=float("nan")))


def planted_secret(it):
    # Put together here, so that no scanner takes this file for a leak.
    secret = "AK" + "IA" + "Q7RT" * 4
    it.rows("sft", lambda rows: message_of(rows[0], "tool").update(content=f"export AWS_ACCESS_KEY_ID={secret}"))


def planted_private_key(it):
    key = "-----BEGIN " + "PRIVATE KEY-----\n" + "MIIEvQIBADANBgkq" * 4
    it.rows("edits", lambda rows: rows[0].update(before=key))


def both_sides_are_the_same(it):
    it.rows("preference", lambda rows: rows[0].update(rejected=rows[0]["chosen"]))


def label_too_few(it):
    row = {"prompt": "Mend it.", "completions": ["A try.", "Another."], "labels": [True], "metadata": it.first("sft")["metadata"]}
    it.add("stepwise", row)


def half_a_patch(it):
    def change(row):
        arguments = calls(row)[0]["function"]["arguments"]
        arguments["input"] = "\n".join(arguments["input"].split("\n")[:-2])

    it.rows("sft", lambda rows: change(rows[0]))


def steps_out_of_order(it):
    path = it.files("atif")[0]
    row = json.loads(path.read_text(encoding="utf-8"))
    row["steps"][-1]["step_id"] += 1
    path.write_text(line(row) + "\n", encoding="utf-8")


def output_of_another_steps_call(it):
    for path in it.files("atif"):
        row = json.loads(path.read_text(encoding="utf-8"))
        for step in row["steps"]:
            for result in (step.get("observation") or {}).get("results", []):
                if result.get("source_call_id"):
                    result["source_call_id"] = "another"
                    path.write_text(line(row) + "\n", encoding="utf-8")
                    return
    raise Missing("no call of atif printed anything")


def sidecar_is_a_line_short(it):
    path = it.files("openai-sft")[0]
    beside = path.with_name(path.name.replace(".jsonl", ".meta.jsonl"))
    beside.write_text("".join(beside.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")


# After these nothing is set right.


def digest_of_a_file_is_wrong(it):
    it.manifest["files"][0]["sha256"] = "0" * 64
    it.write_manifest()


def digest_of_a_row_is_wrong(it):
    it.set_right()
    it.bytes("sft", lambda data: data.replace(b'"content_sha256":"', b'"content_sha256":"0', 1))
    for file in it.manifest["files"]:
        data = (it.folder / file["path"]).read_bytes()
        file |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    it.write_manifest()


def digest_in_croissant_is_wrong(it):
    path = it.folder / "croissant.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["distribution"][0]["sha256"] = "0" * 64
    path.write_text(json.dumps(told), encoding="utf-8")


def rows_are_counted_wrong(it):
    next(file for file in it.manifest["files"] if file["split"])["rows"] += 1
    it.write_manifest()


def file_that_nobody_names(it):
    shutil.copy(it.files("sft")[0], it.folder / "sft" / "train-00009-of-00010.jsonl")


def file_is_missing(it):
    it.files("sft")[0].unlink()


def card_without_a_config(it):
    path = it.folder / "README.md"
    path.write_text(path.read_text(encoding="utf-8").replace("config_name: sft", "config_name: other"), encoding="utf-8")


def rows_are_not_sorted(it):
    it.rows("unpaired", lambda rows: rows.reverse())
    it.set_right()


LATE = [digest_of_a_file_is_wrong, digest_of_a_row_is_wrong, digest_in_croissant_is_wrong, rows_are_counted_wrong, file_that_nobody_names,
        file_is_missing, card_without_a_config, rows_are_not_sorted]
# By the rule that has to find it; those of "again" only a second export tells.
WAYS = {
    "schemas": [key_is_missing, key_of_metadata_is_missing, key_is_new, null_in_the_first_row, number_is_text, label_is_text,
                extra_key_for_openai],
    "columns": [list_is_empty_in_the_first_file],
    "arguments": [arguments_are_text_for_trl, arguments_are_an_object_for_openai],
    "turns": [two_turns_of_a_person, two_human_turns, last_word_is_a_persons, output_of_a_call_is_missing, steps_out_of_order,
              output_of_another_steps_call],
    "duplicates": [same_row_in_two_splits, nearly_the_same_row_in_two_splits, same_row_twice],
    "ids": [id_of_another_row],
    "splits": [session_in_two_splits, split_of_another_file],
    "leaks": [message_of_the_commit_is_in_the_prompt, id_of_the_commit_is_in_the_prompt, answer_is_in_the_prompt,
              prompt_from_after_the_commit],
    "times": [time_without_a_fraction],
    "characters": [line_separator_is_not_escaped, lines_end_with_crlf, last_line_has_no_end, byte_order_mark, no_utf8],
    "lines": [half_a_line, key_stands_twice, not_a_number, sidecar_is_a_line_short],
    "secrets": [planted_secret, planted_private_key],
    "labels": [both_sides_are_the_same, label_too_few],
    "patches": [half_a_patch],
    "digests": [digest_of_a_file_is_wrong, digest_of_a_row_is_wrong],
    "descriptions": [digest_in_croissant_is_wrong, card_without_a_config],
    "counts": [rows_are_counted_wrong],
    "files": [file_that_nobody_names, file_is_missing],
    "again": [rows_are_not_sorted],
}


def loads(folder, formats):
    if not formats:
        return []
    command = [sys.executable, HERE / "load_rows.py", folder, "--format", *formats]
    ran = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    return [line.split(":")[0][5:] for line in ran.stdout.splitlines() if line.startswith("FAIL") and " rule " not in line]


def judged(command, folder):
    ran = subprocess.run(["sh", "-c", command, "sh", str(folder)], capture_output=True, text=True)
    return ran.returncode


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--only", nargs="+", metavar="NAME")
    parser.add_argument("--keep", type=Path, help="keep the broken datasets in this folder")
    parser.add_argument("--load", action="store_true")
    parser.add_argument("--judge", metavar="COMMAND")
    asked = parser.parse_args()
    known = {found for found in broken_rules(asked.dataset)}
    for rule, where, what in sorted(known):
        print(f"FAIL the good dataset: {rule}: {where}: {what}")
    good = not known
    stage = asked.keep or Path(tempfile.mkdtemp())
    for rule, ways in WAYS.items():
        for way in ways:
            name = way.__name__
            if asked.only and name not in asked.only:
                continue
            it = Broken(asked.dataset, stage / name)
            try:
                way(it)
            except Missing as why:
                good = False
                print(f"FAIL {name}: not tried, {why}")
                continue
            if way not in LATE:
                it.set_right()
            found = {one[0] for one in broken_rules(it.folder) if one not in known}
            if same_files(asked.dataset, it.folder):
                found.add("again")
            is_found = rule in found
            good &= is_found
            told = f"rules {', '.join(sorted(found - {'again'})) or 'none'}"
            if asked.load:
                touched = {path.split("/")[0] for path in same_files(asked.dataset, it.folder) if "/" in path}
                told += f"; loaders {', '.join(loads(it.folder, sorted(touched))) or 'none'}"
            if asked.judge:
                told += f"; judge {judged(asked.judge, it.folder)}"
            print(f"{'ok  ' if is_found else 'FAIL'} {name}: {told}", flush=True)
            if not asked.keep:
                shutil.rmtree(it.folder)
    sys.exit(not good)


if __name__ == "__main__":
    main()
