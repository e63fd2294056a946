"""Rules that every dataset of `backstory export` and `backstory merge` keeps to, checked from its files alone, without the program.

`benches/load_rows.py` runs them. Each rule is a function that gives (where, what is wrong); to add one, write it and name it in RULES.
Needs the Python packages jsonschema and datasketch.
"""

import hashlib
import json
import re
from collections import Counter, defaultdict
from datetime import datetime
from functools import cache
from pathlib import Path

import datasketch
import jsonschema

SCHEMAS = Path(__file__).resolve().parent.parent / "docs" / "schema"
TABLES = ["sft", "prompt-completion", "preference", "unpaired", "stepwise", "edits", "openai-sft", "openai-dpo", "sharegpt"]
LINES = [*TABLES, "record"]


class Row:
    """`content` as it stands in the file, without what is said of the row; `value` the same, read: for agent-traces a list, else an object."""

    def __init__(self, file, number, content, value, metadata):
        self.file, self.format, self.split = file["path"], file["format"], file["split"]
        self.number, self.content, self.value, self.metadata = number, content, value, metadata

    def __str__(self):
        return f"{self.file}:{self.number}"


class Dataset:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.manifest = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        self.has_text = self.manifest["content"] == "text"
        self.rows, self.unread = [], []
        for file in self.manifest["files"]:
            if file["split"] and (self.folder / file["path"]).is_file():
                self.read(file)

    def text(self, path):
        return (self.folder / path).read_bytes().decode("utf-8", "replace")

    def read(self, file):
        text, path = self.text(file["path"]), Path(file["path"])
        if file["format"] not in LINES:
            about = self.lines(path.with_name("files.meta.jsonl"))
            self.take(file, 1, text.rstrip("\n"), {parsed(line)["file"]: line for line in about}.get(path.name, ""))
            return
        sidecar = path.with_name(path.name.replace(".jsonl", ".meta.jsonl"))
        beside = self.lines(sidecar) if file["format"].startswith("openai-") else None
        lines = self.lines(path)
        if len(lines) != file["rows"]:
            self.unread.append((path, f"{len(lines)} rows, and {file['rows']} in the manifest"))
        if beside is not None and len(beside) != len(lines):
            self.unread.append((path, f"{len(lines)} rows, and {len(beside)} lines beside them"))
        for number, line in enumerate(lines, 1):
            about = None if beside is None else "".join(beside[number - 1:number])
            self.take(file, number, line, about)

    def lines(self, path):
        text = self.text(path) if (self.folder / path).is_file() else ""
        return text.removesuffix("\n").split("\n") if text else []

    def take(self, file, number, text, about):
        """`about`: the line that says something of the row, where it is not in the row itself."""
        try:
            value = [parsed(line) for line in text.split("\n")] if file["format"] == "agent-traces" else parsed(text)
            if about is None:
                metadata = value.pop("metadata")
                text = text[:text.rindex(',"metadata":{"schema_version":')] + "}"
            else:
                metadata = parsed(about)
                metadata = metadata.get("metadata", metadata)
            self.rows.append(Row(file, number, text, value, metadata))
        except (ValueError, AttributeError, KeyError) as error:
            self.unread.append((f"{file['path']}:{number}", repr(error)))

    def by_format(self):
        rows = defaultdict(list)
        for row in self.rows:
            rows[row.format].append(row)
        return rows


def parsed(text):
    """JSON as every parser reads it: each key once, no NaN."""
    def unique(pairs):
        if len({key for key, _ in pairs}) < len(pairs):
            raise ValueError("a key stands twice")
        return dict(pairs)

    def refused(name):
        raise ValueError(f"{name} is no JSON")

    return json.loads(text, object_pairs_hook=unique, parse_constant=refused)


def texts(value, path=""):
    """(path, text) of all texts in a value; the places of lists have no number."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, f"{path}[]")
    elif isinstance(value, str):
        yield path, value


# Files


def files(dataset):
    named = [file["path"] for file in dataset.manifest["files"]]
    there = {str(path.relative_to(dataset.folder)) for path in dataset.folder.glob("*/*") if path.is_file()}
    for path in sorted(there.symmetric_difference(named)):
        yield path, "is not in the manifest" if path in there else "is in the manifest and not there"
    if named != sorted(set(named)):
        yield "manifest.json", "the files are not sorted by path, each once"


def digests(dataset):
    for file in dataset.manifest["files"]:
        path = dataset.folder / file["path"]
        data = path.read_bytes() if path.is_file() else b""
        if (hashlib.sha256(data).hexdigest(), len(data)) != (file["sha256"], file["bytes"]):
            yield file["path"], "is not what the manifest says"
    if dataset.has_text:
        for row in dataset.rows:
            if hashlib.sha256(row.content.encode()).hexdigest() != row.metadata.get("content_sha256"):
                yield row, "content_sha256 is that of another row"


def counts(dataset):
    rows = defaultdict(Counter)
    for file in dataset.manifest["files"]:
        if file["split"]:
            rows[file["format"]][file["split"]] += file["rows"]
    for format in dataset.manifest["formats"]:
        told = dataset.manifest["counts"].get(format, {}).get("rows", {})
        if dict(rows[format]) != told:
            yield "manifest.json", f"{format}: {told}, and {dict(rows[format])} in the files"


CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f\x85\u2028\u2029\ufeff]")


def characters(dataset):
    """UTF-8; a line ends with LF for every reader, and nowhere else."""
    for file in dataset.manifest["files"]:
        try:
            text = (dataset.folder / file["path"]).read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            yield file["path"], repr(error)
            continue
        if not text.endswith("\n"):
            yield file["path"], "the last line has no end"
        for found in CONTROL.finditer(text):
            yield f"{file['path']}:{text.count(chr(10), 0, found.start()) + 1}", f"U+{ord(found[0]):04X} is not escaped"


def descriptions(dataset):
    tables = {file["path"]: file["sha256"] for file in dataset.manifest["files"] if file["split"] and file["format"] in LINES}
    try:
        croissant = json.loads(dataset.text("croissant.json"))
        told = {one["contentUrl"]: one["sha256"] for one in croissant["distribution"]}
        for path, _ in sorted(told.items() ^ tables.items()):
            yield "croissant.json", f"{path} is not there, not told of, or has another digest"
    except (OSError, ValueError, KeyError) as error:
        yield "croissant.json", repr(error)
    card = dataset.text("README.md") if (dataset.folder / "README.md").is_file() else ""
    for format in sorted({path.split("/")[0] for path in tables}):
        if not re.search(rf"config_name: \"?{re.escape(format)}\"?$", card, re.M):
            yield "README.md", f"has no config {format}"


# Rows by themselves


def lines(dataset):
    """Each line is a JSON object that says something of itself."""
    yield from dataset.unread


@cache
def validator(name):
    return jsonschema.Draft202012Validator(json.loads((SCHEMAS / f"export-{name}.v3.json").read_text(encoding="utf-8")))


def schemas(dataset):
    for row in dataset.rows:
        pairs = [("metadata", row.metadata)]
        if dataset.has_text:
            pairs += [(row.format, value) for value in (row.value if isinstance(row.value, list) else [row.value])]
        for name, value in pairs:
            for error in validator(name).iter_errors(value):
                yield row, f"{name} {'.'.join(map(str, error.absolute_path))}: {error.message[:100]}"
            if row.format != "agent-traces" or name == "metadata":
                for key in sorted(set(value) - set(validator(name).schema["properties"])):
                    yield row, f"{name}: the key {key} is in no schema"


ARGUMENTS = {"sft": dict, "openai-sft": str}


def arguments(dataset):
    """Of calls: an object for Hugging Face's templates, text for OpenAI, JSON text for ShareGPT."""
    for row in dataset.rows:
        if row.format in ARGUMENTS and dataset.has_text:
            for message in row.value.get("messages", []):
                for call in message.get("tool_calls", []):
                    found = call["function"]["arguments"]
                    if type(found) is not ARGUMENTS[row.format]:
                        yield row, f"arguments are {type(found).__name__}, not {ARGUMENTS[row.format].__name__}"
        if row.format == "sharegpt" and dataset.has_text:
            for turn in row.value["conversations"]:
                if turn["from"] == "function_call" and not is_call(turn["value"]):
                    yield row, "a call is not the JSON text of a name and arguments"


def is_call(text):
    try:
        call = parsed(text)
        return isinstance(call["name"], str) and isinstance(call["arguments"], dict)
    except (ValueError, TypeError, KeyError):
        return False


def chats(row):
    """Each line of messages in a row, as (who, text, id of the call)."""
    value = row.value
    if row.format in ("sft", "openai-sft"):
        yield [chat_message(message) for message in value["messages"]]
    elif row.format in ("prompt-completion", "unpaired"):
        yield [chat_message(message) for message in value["prompt"] + value["completion"]]
    elif row.format == "preference":
        for answer in (value["chosen"], value["rejected"]):
            yield [chat_message(message) for message in value["prompt"] + answer]
    elif row.format == "openai-dpo":
        for answer in (value["preferred_output"], value["non_preferred_output"]):
            yield [chat_message(message) for message in value["input"]["messages"] + answer]
    elif row.format == "sharegpt":
        names = {"human": "user", "gpt": "assistant", "function_call": "call", "observation": "tool"}
        yield [(names.get(turn["from"], turn["from"]), turn["value"], "") for turn in value["conversations"]]
    elif row.format == "agent-traces":
        yield [traced(line["message"]) for line in value if line["type"] == "message"]


def chat_message(message):
    calls = message.get("tool_calls") or []
    if calls:
        return "call", str(calls[0]["function"]["arguments"]), calls[0]["id"]
    return message["role"], message["content"], message.get("tool_call_id", "")


def traced(message):
    part = message["content"][0]
    if part["type"] == "toolCall":
        return "call", str(part["arguments"]), part["id"]
    return {"toolResult": "tool"}.get(message["role"], message["role"]), part["text"], message.get("toolCallId", "")


NEXT = {"": {"user"}, "user": {"call", "assistant"}, "call": {"tool"}, "tool": {"call", "assistant"}, "assistant": {"user"}}


def turns(dataset):
    """A person begins, the agent ends, they take turns, and what a call printed follows it."""
    for row in dataset.rows if dataset.has_text else ():
        for chat in chats(row):
            before, call = "", ""
            for who, text, call_id in chat:
                if who not in NEXT[before]:
                    yield row, f"{who} after {before or 'the start'}"
                elif who == "tool" and call_id != call:
                    yield row, "what a call printed names another call"
                elif who != "tool" and not text.strip():
                    yield row, f"{who} says nothing"
                before, call = who if who in NEXT else "", call_id
            if before != "assistant":
                yield row, f"ends with {before or 'nothing'}"
        if row.format == "atif":
            yield from trajectory(row)


def trajectory(row):
    for number, step in enumerate(row.value["steps"], 1):
        if step["step_id"] != number:
            yield row, f"step {number} has the number {step['step_id']}"
        calls = [call["tool_call_id"] for call in step.get("tool_calls") or []]
        for result in (step.get("observation") or {}).get("results", []):
            if result.get("source_call_id") not in [None, *calls]:
                yield row, f"step {number} has what another step's call printed"


def labels(dataset):
    """Both sides of a pair differ, and steps have a label each, of which the last is good."""
    for row in dataset.rows if dataset.has_text else ():
        if row.format in ("preference", "openai-dpo"):
            one, other = chats(row)
            if one == other:
                yield row, "both sides are the same"
        if row.format == "stepwise" and (len(row.value["labels"]) != len(row.value["completions"]) or not row.value["labels"][-1]):
            yield row, f"{len(row.value['completions'])} steps and the labels {row.value['labels']}"


HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


def patches(dataset):
    """The hunks of a patch have as many lines as they say."""
    for row in dataset.rows if dataset.has_text else ():
        for path, text in texts(row.value):
            if path.endswith("arguments") or (row.format == "sharegpt" and '"apply_patch"' in text[:40]):
                try:
                    text = parsed(text)
                    text = text.get("arguments", text).get("input", "")
                except (ValueError, AttributeError):
                    continue
            if text.startswith("diff --git "):
                wrong = wrong_hunk(text)
                if wrong:
                    yield row, wrong


def wrong_hunk(patch):
    old = new = 0
    hunk = ""
    for line in patch.split("\n"):
        found = HUNK.match(line)
        if old == new == 0 and found:
            old, new, hunk = int(found[1] or 1), int(found[2] or 1), line
        elif old or new:
            old -= line[:1] in ("-", " ")
            new -= line[:1] in ("+", " ")
            if line[:1] not in ("+", "-", " ", "\\") or old < 0 or new < 0:
                return f"a line is in no hunk: {line[:60]}"
    return f"lines are missing: {hunk[:60]}" if old or new else ""


# Forms that give a key away by themselves; all others only a redactor can know.
SECRETS = {
    "AWS": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "GitHub": r"\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{60,})\b",
    "GitLab": r"\bglpat-[0-9A-Za-z_-]{20}\b",
    "Anthropic": r"\bsk-ant-[0-9A-Za-z_-]{32,}",
    "OpenAI": r"\bsk-(?:proj-)?[0-9A-Za-z]{40,}\b",
    "Slack": r"\bxox[abprs]-\d{8,}-[0-9A-Za-z-]{20,}",
    "Stripe": r"\b[rs]k_live_[0-9A-Za-z]{24,}\b",
    "Google": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "npm": r"\bnpm_[0-9A-Za-z]{36}\b",
    "PEM": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*[0-9A-Za-z+/]{40}",
}
SECRET = re.compile("|".join(f"(?P<{name}>{form})" for name, form in SECRETS.items()))


def secrets(dataset):
    """In texts as a trainer reads them, and in lines as they stand in the file."""
    for row in dataset.rows:
        for _, text in [*texts([row.value, row.metadata]), ("", row.content)]:
            found = SECRET.search(text)
            if found:
                yield row, f"a key of the form {found.lastgroup}"
                break


def leaks(dataset):
    """What is asked says nothing of what came after it: prompts, the commit, the answer."""
    for row in dataset.rows if dataset.has_text else ():
        about = row.metadata
        # A prompt is known to the millisecond and a commit to the second.
        committed = datetime.fromisoformat(about["committed_at"].replace("Z", "+00:00")).timestamp() * 1000 + 1000
        if row.format != "record" and any(int(turn.removeprefix("turn-")) >= committed for turn in about["turn_ids"].split()):
            yield row, "a prompt was said after the commit"
        told = [([text for who, text, _ in chat if who == "user"], chat[-1][1]) for chat in chats(row)]
        if row.format == "edits":
            told.append(([row.value["request"]], row.value["message"]))
        if row.format == "stepwise":
            told.append(([row.value["prompt"]], row.value["completions"][-1]))
        for asked, answer in told:
            for text in asked:
                if any(commit[:12] in text for commit in about["commits"]):
                    yield row, "the commit is named in what is asked"
                if is_told(answer, text):
                    yield row, f"the answer is in what is asked: {answer[:80]}"


def is_told(answer, text):
    """Whether whole lines of what is asked are the answer. The first one may: who asks for something often words it as the commit does."""
    lines = lambda one: [line.strip() for line in one.strip().split("\n")]
    return len(answer) >= 20 and "\n".join(["", *lines(answer), ""]) in "\n".join(["", *lines(text)[1:], ""])


# Rows beside each other


def ids(dataset):
    known = {}
    for row in dataset.rows:
        other = known.setdefault(row.metadata.get("row_id"), row)
        if other is not row:
            yield row, f"has the id of {other}"


def splits(dataset):
    """All rows of a session are in one split, and where there are several repositories, all of a repository."""
    groups, are_several = defaultdict(dict), len(dataset.manifest["repositories"]) > 1
    for row in dataset.rows:
        about = row.metadata
        if about.get("split") != row.split:
            yield row, f"says {about.get('split')} and is in {row.split}"
        group = about.get("repo") if are_several else about.get("session_id")
        groups[group].setdefault(row.split, row)
    for group, places in groups.items():
        if len(places) > 1:
            yield group, "is in " + " and ".join(str(row) for row in places.values())


def shape(value, path=""):
    """`path: type` of all that is in a value; the items of a list are taken together."""
    if isinstance(value, dict):
        return {one for key, inner in value.items() for one in shape(inner, f"{path}.{key}")}
    if isinstance(value, list) and value:
        return {one for inner in value for one in shape(inner, f"{path}[]")}
    kinds = {dict: "object", list: "empty list", bool: "bool", int: "number", float: "number", str: "text", type(None): "null"}
    return {f"{path}: {kinds[type(value)]}"}


# OpenAI's own example of a pair has an empty list of tools, and so has each of ours.
ALWAYS_EMPTY = {".input.tools: empty list"}


def columns(dataset):
    """Of tables: the same keys with one type in each row, no null and no empty list."""
    for format, rows in dataset.by_format().items():
        if format in TABLES:
            shapes = [shape({**row.value, "metadata": row.metadata}) for row in rows]
            usual = Counter(map(frozenset, shapes)).most_common(1)[0][0]
            for row, found in zip(rows, shapes):
                for one in sorted(found ^ usual)[:2]:
                    yield row, f"{one} {'is only here' if one in found else 'is everywhere but here'}"
                for one in sorted(found - ALWAYS_EMPTY):
                    if one.endswith((": null", ": empty list")):
                        yield row, one


# Loaders make a time without its zone of a column that holds nothing else.
BARE_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:?\d\d)?)?")


def times(dataset):
    for format, rows in dataset.by_format().items():
        found = defaultdict(list)
        for row in rows if format in TABLES else ():
            for path, text in [*texts(row.value), *texts(row.metadata, ".metadata")]:
                found[path].append(text)
        for path, values in found.items():
            if all(BARE_TIME.fullmatch(text) for text in values):
                yield format, f"{path} would be loaded as a time: {values[0]}"


# The export leaves out what it estimates at 0.8; of an estimate of 126 draws 0.9 is three deviations off.
NEAR = 0.9


def duplicates(dataset):
    """No row says what another of its format says, or nearly what one in another split says."""
    for rows in dataset.by_format().values() if dataset.has_text else ():
        known, indexes, runs = {}, {}, []
        for place, row in enumerate(rows):
            other = known.setdefault(row.content, row)
            if other is not row:
                yield row, f"says what {other} says"
            words = re.findall(r"\w+", row.content)
            runs.append({" ".join(words[at:at + 5]).encode() for at in range(max(1, len(words) - 4))})
            sketch = datasketch.MinHash(num_perm=128)
            sketch.update_batch(sorted(runs[place]))
            own = indexes.setdefault(row.split, datasketch.MinHashLSH(threshold=0.85, num_perm=128))
            for other in (other for index in indexes.values() if index is not own for other in index.query(sketch)):
                if len(runs[place] & runs[other]) >= NEAR * len(runs[place] | runs[other]):
                    yield row, f"says nearly what {rows[other]} says"
            own.insert(place, sketch)


RULES = [files, digests, counts, characters, descriptions, lines, schemas, arguments, turns, labels, patches, secrets, leaks, ids, splits,
         columns, times, duplicates]


def broken_rules(folder):
    """(rule, where, what) of all that is wrong. A rule that a row is too broken for says so."""
    dataset, found = Dataset(folder), []
    for rule in RULES:
        try:
            found += [(rule.__name__, str(where), what) for where, what in rule(dataset)]
        except Exception as error:  # a row without its keys, which `schemas` names
            found.append((rule.__name__, str(folder), f"cannot be checked: {error!r}"))
    return found


def same_files(folder, other):
    """(path) of all files that are not the same bytes in both."""
    folder, other = Path(folder), Path(other)
    paths = {str(path.relative_to(place)) for place in (folder, other) for path in place.rglob("*") if path.is_file()}
    both = lambda path: (folder / path).is_file() and (other / path).is_file()
    return [path for path in sorted(paths) if not both(path) or (folder / path).read_bytes() != (other / path).read_bytes()]
