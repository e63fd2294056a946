#!/usr/bin/env python3
"""Runs real agents against a scripted model, with our hooks in place, and compares the records with the script.

    run.py [AGENT[@VERSION] ...] [--story NAME] [--write] [--backstory PROGRAM] [--keep FOLDER]

Each agent is installed from npm or PyPI into a temporary folder, in its newest version unless one is named, and does what a story
(`stories/`) says in a repository of its own. A row of the table that is printed says what of it `backstory show --json` has. No
account is needed, and nothing but the registries is reached. The exit code is the number of agents of which something is wrong.
README.md says how to add one."""

import argparse
import datetime
import glob
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

import model
import terminal
from agents import AGENTS, MACHINE

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = f"{HERE}/../../docs/internals/live.md"
COLUMNS = ["linked", "version", "model", "prompts", "hidden failure", "visible failure", "failed edit", "refusal", "correction", "lines", "checks", "tokens"]

FAILURES = {"hidden": "hidden failure", "visible": "visible failure", "edit": "failed edit", "refused": "refusal"}


class Skipped(Exception):
    """What is missing here."""


def install(agent, version, folder):
    """The agent's program and its version."""
    return install_from_pypi(agent, version, folder) if agent.python else install_from_npm(agent, version, folder)


def install_from_npm(agent, version, folder):
    """With a node of its own where the one here is too old."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise Skipped("npm and node are not here")
    packages = [f"{agent.package}@{version or 'latest'}"]
    node = int(subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip().lstrip("v").split(".")[0] or 0)
    if node < agent.node:
        packages.append(f"node-{sys.platform}-{MACHINE}@24")
    program = f"{folder}/node_modules/{agent.program}"
    if not os.path.exists(program):
        tried("npm", packages[0], ["npm", "install", "--loglevel=error", "--no-audit", "--no-fund", "--prefix", folder, *packages])
    with open(f"{folder}/node_modules/{agent.package}/package.json") as file:
        return program, json.load(file)["version"]


def install_from_pypi(agent, version, folder):
    program, python = f"{folder}/venv/{agent.program}", f"{folder}/venv/bin/python"
    package = f"{agent.package}=={version}" if version else agent.package
    if not os.path.exists(program):
        tried("python", package, [fitting_python(*agent.python), "-m", "venv", f"{folder}/venv"])
        tried("pip", package, [python, "-m", "pip", "-q", "--disable-pip-version-check", "install", package])
    told = subprocess.run([python, "-c", f"from importlib.metadata import version; print(version({agent.package!r}))"], capture_output=True, text=True)
    return program, told.stdout.strip()


def fitting_python(lowest, beyond):
    """The Python that runs this, if it is neither too old nor too new for the agent; else one that is here beside it."""
    numbers = [f"{lowest[0]}.{minor}" for minor in range(beyond[1] - 1, lowest[1] - 1, -1)]
    beside = [found for number in numbers for found in [shutil.which(f"python{number}"), *glob.glob(os.path.expanduser(f"~/.pyenv/versions/{number}.*/bin/python3"))] if found]
    for python in ([sys.executable] if lowest <= sys.version_info[:2] < beyond else []) + beside:
        if subprocess.run([python, "--version"], capture_output=True).returncode == 0:
            return python
    raise Skipped(f"no Python from {numbers[-1]} to {numbers[0]} is here")


def tried(who, package, command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip().splitlines() or ["no reason was given"]
        raise Skipped(f"{who} did not install {package}: {said[0]}")


class Run:
    def __init__(self, agent, story, folder, backstory):
        self.agent, self.story, self.folder, self.backstory = agent, story, folder, backstory
        self.home, self.shop, self.installed = f"{folder}/home", f"{folder}/home/shop", f"{folder}/installed"
        shutil.rmtree(self.home, ignore_errors=True)
        os.makedirs(self.shop)

    def environment(self):
        nowhere = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")}
        path = f"{self.installed}/node_modules/.bin:{self.installed}/venv/bin:{os.environ['PATH']}"
        plain = {"HOME": self.home, "PATH": path, "LANG": "C.UTF-8", "TERM": "dumb", "USER": "dev", "SHELL": "/bin/bash", "GIT_CONFIG_NOSYSTEM": "1"}
        return plain | nowhere | {"no_proxy": "127.0.0.1,localhost", "NO_PROXY": "127.0.0.1,localhost"}

    def filled(self, text, **more):
        for name, value in ({"url": self.url, "shop": self.shop, "home": self.home} | more).items():
            text = text.replace("{" + name + "}", value)
        return text

    def do(self, *command, **more):
        return subprocess.run(command, cwd=self.shop, env=self.environment() | more, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)

    def play(self, program):
        """The story, to its end; what the agent said is in the home's `said.txt`."""
        self.begin()
        agent, server = self.agent, model.serve(os.path.realpath(self.shop), self.story, self.agent)
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        for path, text in agent.files.items():
            os.makedirs(os.path.dirname(f"{self.home}/{path}"), exist_ok=True)
            with open(f"{self.home}/{path}", "w") as file:
                file.write(self.filled(text))
        own = {name: self.filled(value) for name, value in agent.environment.items()}
        model.OTHERS["subagenttype"] = own.pop("SUBAGENT", "general")
        if agent.prepare:
            self.do(program, *map(self.filled, agent.prepare), **own)
        arguments = agent.first
        try:
            for turn in [turn for turn in self.story.TURNS if not turn.get("inner")]:
                last = max(glob.glob(f"{self.home}/{agent.sessions}"), key=os.path.getmtime, default="") if agent.sessions else ""
                command = [program, *(self.filled(one, prompt=turn["prompt"], last=os.path.splitext(os.path.basename(last))[0]) for one in arguments)]
                with open(f"{self.home}/said.txt", "a") as said:
                    if agent.on_terminal and arguments is agent.again:
                        screen = terminal.play(command, turn["prompt"], self.shop, self.environment() | own, server.answered)
                        said.write(f"{turn['prompt']}\n{screen}\n\n")
                    else:
                        done = self.do(*command, **own)
                        said.write(f"{turn['prompt']}\n{done.stdout}{done.stderr}\nended with {done.returncode}\n\n")
                    if agent.after:
                        done = self.do(program, *map(self.filled, agent.after), **own)
                        said.write(f"{done.stdout}{done.stderr}\nended with {done.returncode}\n\n")
                arguments = agent.again or agent.first
        finally:
            self.end_daemon()
            server.shutdown()
        with open(f"{self.home}/answered.json", "w") as file:
            json.dump(server.answered, file, indent=1)
        if not agent.runs_hooks:  # the next hook finds what the agent committed
            self.do("git", "commit", "--allow-empty", "-qm", "Go on by hand")
        return server.answered

    def end_daemon(self):
        try:
            with open(f"{self.home}/{self.agent.daemon}") as file:
                os.kill(json.load(file)["pid"], signal.SIGTERM)
        except (OSError, ValueError, KeyError):
            pass  # none was left

    def begin(self):
        self.do("git", "init", "-q", "-b", "main")
        self.do("git", "config", "user.name", "Dev One")
        self.do("git", "config", "user.email", "dev@example.org")
        for path, text in self.story.FILES.items():
            with open(f"{self.shop}/{path}", "w") as file:
                file.write(text)
        self.do("git", "add", "-A")
        self.do("git", "commit", "-qm", "Begin")
        self.do(self.backstory, "init")
        self.do("git", "add", "-A")
        self.do("git", "commit", "-qm", "Use backstory")

    def records_again(self):
        """What `backfill` makes of them now that the agent has ended."""
        self.do(self.backstory, "backfill", "--all")
        self.do(self.backstory, "backfill", "--all", "--again")
        return self.records()

    def records(self):
        """What is known of each commit of the story; None where it was not made, or has no record."""
        listed = self.do("git", "log", "--format=%H %s").stdout.splitlines()
        commits = {subject: commit for commit, _, subject in (line.partition(" ") for line in listed)}
        subjects = [one["subject"] for one in self.story.COMMITS]
        shown = [self.do(self.backstory, "show", "--json", commits[one]).stdout if one in commits else "" for one in subjects]
        return [json.loads(text).get("record") if text else None for text in shown]


def compared(agent, version, story, records, answered):
    """By column: True, or what is there instead."""
    if None in records:
        return {"linked": " ".join("no" if one is None else "yes" for one in records)}
    own = [[one for one in record.get("contributions", []) if one["agent"] == agent.slug] for record in records]
    others = [one["agent"] for record in records for one in record.get("contributions", []) if one["agent"] != agent.slug]
    if others or any(len(one) != 1 for one in own):
        return {"linked": ", ".join(others) or " ".join(str(len(one)) for one in own)}
    own = [one[0] for one in own]
    found = {"linked": True, "version": same({one.get("agent_version") for one in own}, {version}), "model": same({name for one in own for name in one.get("models", [])}, {agent.model})}
    prompts = [[prompt["text"] for prompt in one.get("prompts", [])] for one in own]
    found["prompts"] = same(prompts, [[one["prompt"]] for one in story.COMMITS])
    failures = [sorted(kind_of(attempt) for attempt in one.get("attempts", [])) for one in own]
    for kind, column in FAILURES.items():
        found[column] = same([one.count(kind) for one in failures], [count_of(kind, one["failed"], agent) for one in story.COMMITS])
    if not agent.refuses and found["refusal"] is True:
        found["refusal"] = None  # nothing was
    corrections = [[one.get("words") for one in contribution.get("corrections", [])] for contribution in own]
    found["correction"] = same(corrections, [[one["prompt"]] if one.get("corrects") else [] for one in story.COMMITS])
    lines = [(record["lines"]["added"], record["lines"]["agent"]) for record in records]
    found["lines"] = same(lines, [(one["added"], one["added"]) for one in story.COMMITS])
    found["checks"] = same([[check["result"] for check in one.get("checks", [])] for one in own], [one["checks"] for one in story.COMMITS])
    found["tokens"] = tokens(story, own, answered)
    return found


def count_of(kind, failed, agent):
    """How many failures of a kind a commit has. An agent that runs the tests by itself puts no pipe behind them."""
    if agent.in_text and kind in ("hidden", "visible"):
        return 0 if kind == "hidden" else failed.count("hidden") + failed.count("visible")
    return failed.count(kind) if kind != "refused" else 0  # no person did


def is_wrong(value):
    return value is not True and value is not None


def same(found, expected):
    return True if found == expected else json.dumps(sorted(map(str, found)) if isinstance(found, set) else found)


def kind_of(attempt):
    failure = attempt["kind"].get("failure") or attempt["kind"]["type"]
    if failure.startswith("edit-"):
        return "edit"
    if failure == "rejected":
        return "refused"
    return "hidden" if attempt.get("hidden") and failure == "tests" else "visible" if failure == "tests" else failure


def tokens(story, own, answered):
    """Each answer once: those of the prompt up to the commit, with or without the one that made it and the closing one, and subagents'.
    Of several commits of a prompt the last has them all."""
    used, inner = model.USED, {at for at, turn in enumerate(story.TURNS) if turn.get("inner")}
    delegated = sum(1 for one in answered if one["turn"] in inner)
    for at, turn in enumerate(story.TURNS):
        commits = [n for n, one in enumerate(story.COMMITS) if one["prompt"] == turn["prompt"]]
        if not commits:
            continue
        told = {"input": 0, "cache_read": 0, "output": 0} | (own[commits[-1]].get("tokens") or {})
        whole = sum(1 for one in answered if one["turn"] == at)
        count = told["output"] / used["output"]
        parts = {"input": used["input"] - used["cached"], "cache_read": used["cached"], "output": used["output"]}
        more = delegated if any(step[0] == "task" for step in turn["steps"]) else 0
        if any(told[name] != count * part for name, part in parts.items()) or not whole - 2 <= count <= whole + more:
            return f"{count:g} of {whole} answers of prompt {at + 1}: {json.dumps(told)}"
    return True


def line_of(cells):
    return "| " + " | ".join(cells) + " |"


def write(story, heads, rows):
    """Puts the rows into docs/internals/live.md, in the order of agents.py; rows of agents that did not run stay."""
    with open(PAGE) as file:
        page = file.read()
    before, mark, rest = page.partition(f"<!-- story {story} -->\n")
    table, end, after = rest.partition("<!-- end -->")
    if not (mark and end):
        sys.exit(f"{PAGE} has no place for the story {story}")
    known = [line[2:-2].split(" | ") for line in table.strip().splitlines()]
    if known[:1] != [heads]:
        known = []  # other columns
    by_agent = {row[0]: row for row in known[2:] + rows}
    lines = [line_of(row) for row in [heads, ["---"] * len(heads), *(by_agent[agent.slug] for agent in AGENTS if agent.slug in by_agent)]]
    with open(PAGE, "w") as file:
        file.write(before + mark + "\n" + "\n".join(lines) + "\n\n" + end + after)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("agents", nargs="*", metavar="AGENT[@VERSION]", help=", ".join(agent.slug for agent in AGENTS))
    parser.add_argument("--backstory", default=f"{HERE}/../../target/debug/backstory")
    parser.add_argument("--story", default="slugs", help="a file of stories/")
    parser.add_argument("--write", action="store_true", help="put the rows into docs/internals/live.md")
    parser.add_argument("--keep", metavar="FOLDER", help="where agents are installed and run, to be looked at and used again")
    options = parser.parse_args()
    backstory = os.path.abspath(options.backstory)
    if not os.path.exists(backstory):
        sys.exit(f"{backstory} is not there: build it, or name one with --backstory")
    story = importlib.import_module(f"stories.{options.story}")
    versions = dict((name.split("@") + [""])[:2] for name in options.agents) or {agent.slug: "" for agent in AGENTS}
    unknown = set(versions) - {agent.slug for agent in AGENTS}
    if unknown:
        sys.exit(f"no such agent: {', '.join(sorted(unknown))}")
    folder = os.path.abspath(options.keep) if options.keep else tempfile.mkdtemp(prefix="backstory-live-")
    rows, notes, wrong = [], [], 0
    untold = {column for kind, column in FAILURES.items() if not any(kind in one["failed"] for one in story.COMMITS)}
    columns = [column for column in COLUMNS if column not in untold]
    for agent in [agent for agent in AGENTS if agent.slug in versions]:
        if agent.in_text and getattr(story, "NEEDS_TOOLS", False):
            print(f"skipped: {agent.slug}: the story {options.story} needs tools", file=sys.stderr)
            continue
        run = Run(agent, story, f"{folder}/{agent.slug}", backstory)
        try:
            program, version = install(agent, versions[agent.slug], run.installed)
            answered = run.play(program)
            found = compared(agent, version, story, run.records(), answered)
            later = compared(agent, version, story, run.records_again(), answered) if any(map(is_wrong, found.values())) else {}
        except (Skipped, subprocess.TimeoutExpired) as missing:
            print(f"skipped: {agent.slug}: {missing}", file=sys.stderr)
            continue
        finally:
            if not options.keep:
                shutil.rmtree(run.folder, ignore_errors=True)
        cells = []
        for column in columns:
            then = later.get(column)
            value = found[column] if column in found else None if then is None else "no record"
            is_late = value is not True and then is True and column not in agent.lacks
            cells.append("–" if column in agent.lacks else "later" if is_late else "yes" if value is True else "**no**" if is_wrong(value) else "")
            if is_wrong(value) and column not in agent.lacks:
                notes.append(f"{agent.slug}: {column}: {value}" + ("; right after backfill" if is_late else ""))
        wrong += "**no**" in cells
        rows.append([agent.slug, version, datetime.date.today().isoformat(), *cells])
    if not options.keep:
        os.rmdir(folder)
    if not rows:
        sys.exit(0)
    heads = ["agent", "version of it", "run on", *columns]
    print("\n".join(map(line_of, [heads, ["---"] * len(heads), *rows])))
    if options.write:
        write(options.story, heads, rows)
    for note in notes:
        print(note, file=sys.stderr)
    sys.exit(wrong)


if __name__ == "__main__":
    main()
