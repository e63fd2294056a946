#!/usr/bin/env python3
"""Runs real agents against a scripted model, with our hooks in place, and compares the records with the script.

    run.py [AGENT[@VERSION] ...] [--backstory PROGRAM] [--keep FOLDER]

Each agent is installed from npm into a temporary folder, in its newest version unless one is named, and does what story.py says in a
repository of its own: three prompts, three commits. A row of the table that is printed says what of it `backstory show --json` has.
No account is needed, and nothing but the registry is reached. The exit code is the number of agents of which something is wrong.
README.md says how to add one."""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile

import model
from agents import AGENTS
from story import COMMITS, TASK, TURNS

HERE = os.path.dirname(os.path.abspath(__file__))
COLUMNS = ["linked", "version", "model", "prompts", "hidden failure", "visible failure", "failed edit", "correction", "lines", "checks", "tokens"]


class Skipped(Exception):
    """What is missing here."""


def install(agent, version, folder):
    """The agent's program, and node's folder where the one here is too old."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise Skipped("npm and node are not here")
    packages = [f"{agent.package}@{version}"]
    node = int(subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip().lstrip("v").split(".")[0] or 0)
    if node < agent.node:
        machine = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), platform.machine())
        packages.append(f"node-{sys.platform}-{machine}@24")
    program = f"{folder}/node_modules/{agent.program}"
    if not os.path.exists(program):
        done = subprocess.run(["npm", "install", "--loglevel=error", "--no-audit", "--no-fund", "--prefix", folder, *packages], capture_output=True, text=True)
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip().splitlines() or ["no reason was given"]
            raise Skipped(f"npm did not install {packages[0]}: {said[0]}")
    with open(f"{folder}/node_modules/{agent.package}/package.json") as file:
        return program, json.load(file)["version"]


class Run:
    def __init__(self, agent, folder, backstory):
        self.agent, self.folder, self.backstory = agent, folder, backstory
        self.home, self.shop, self.installed = f"{folder}/home", f"{folder}/home/shop", f"{folder}/installed"
        shutil.rmtree(self.home, ignore_errors=True)
        os.makedirs(self.shop)

    def environment(self):
        nowhere = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")}
        path = f"{self.installed}/node_modules/.bin:{os.environ['PATH']}"
        plain = {"HOME": self.home, "PATH": path, "LANG": "C.UTF-8", "TERM": "dumb", "USER": "dev", "SHELL": "/bin/bash", "GIT_CONFIG_NOSYSTEM": "1"}
        return plain | nowhere | {"no_proxy": "127.0.0.1,localhost", "NO_PROXY": "127.0.0.1,localhost"}

    def filled(self, text, **more):
        for name, value in ({"url": self.url, "shop": self.shop} | more).items():
            text = text.replace("{" + name + "}", value)
        return text

    def do(self, *command, **more):
        return subprocess.run(command, cwd=self.shop, env=self.environment() | more, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=180)

    def play(self, program):
        """The story, to its end; what the agent said is in the home's `said.txt`."""
        self.begin()
        server = model.serve(os.path.realpath(self.shop))
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        for path, text in self.agent.files.items():
            os.makedirs(os.path.dirname(f"{self.home}/{path}"), exist_ok=True)
            with open(f"{self.home}/{path}", "w") as file:
                file.write(self.filled(text))
        own = {name: self.filled(value) for name, value in self.agent.environment.items()}
        model.OTHERS["subagenttype"] = own.pop("SUBAGENT", "general")
        arguments = self.agent.first
        for turn in [turn for turn in TURNS if not turn.get("inner")]:
            with open(f"{self.home}/said.txt", "a") as said:
                done = self.do(program, *[self.filled(one, prompt=turn["prompt"]) for one in arguments], **own)
                said.write(f"{turn['prompt']}\n{done.stdout}{done.stderr}\nended with {done.returncode}\n\n")
            arguments = self.agent.again
        server.shutdown()
        with open(f"{self.home}/answered.json", "w") as file:
            json.dump(server.answered, file, indent=1)
        return server.answered

    def begin(self):
        self.do("git", "init", "-q", "-b", "main")
        self.do("git", "config", "user.name", "Dev One")
        self.do("git", "config", "user.email", "dev@example.org")
        for path, text in (("README.md", "# Shop\n\nA shop.\n"), (".gitignore", "__pycache__/\n")):
            with open(f"{self.shop}/{path}", "w") as file:
                file.write(text)
        self.do("git", "add", "-A")
        self.do("git", "commit", "-qm", "Begin")
        self.do(self.backstory, "init")
        self.do("git", "add", "-A")
        self.do("git", "commit", "-qm", "Use backstory")

    def records(self):
        """What is known of each commit of the story; None where it was not made, or has no record."""
        listed = self.do("git", "log", "--format=%H %s").stdout.splitlines()
        commits = {subject: commit for commit, _, subject in (line.partition(" ") for line in listed)}
        shown = [self.do(self.backstory, "show", "--json", commits[one["subject"]]).stdout if one["subject"] in commits else "" for one in COMMITS]
        return [json.loads(text).get("record") if text else None for text in shown]


def compared(agent, version, records, answered):
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
    found["prompts"] = same(prompts, [[one["prompt"]] for one in COMMITS])
    kinds = {"hidden": "hidden failure", "visible": "visible failure", "edit": "failed edit"}
    failures = [sorted(kind_of(attempt) for attempt in one.get("attempts", [])) for one in own]
    for kind, column in kinds.items():
        found[column] = same([one.count(kind) for one in failures], [one["failed"].count(kind) for one in COMMITS])
    corrections = [[one.get("words") for one in contribution.get("corrections", [])] for contribution in own]
    found["correction"] = same(corrections, [[], [TURNS[1]["prompt"]], []])
    lines = [(record["lines"]["added"], record["lines"]["agent"]) for record in records]
    found["lines"] = same(lines, [(one["added"], one["added"]) for one in COMMITS])
    found["checks"] = same([[check["result"] for check in one.get("checks", [])] for one in own], [["passed"]] * 3)
    found["tokens"] = tokens(own, answered)
    return found


def same(found, expected):
    return True if found == expected else json.dumps(sorted(map(str, found)) if isinstance(found, set) else found)


def kind_of(attempt):
    failure = attempt["kind"].get("failure") or attempt["kind"]["type"]
    if failure.startswith("edit-"):
        return "edit"
    return "hidden" if attempt.get("hidden") and failure == "tests" else "visible" if failure == "tests" else failure


def tokens(own, answered):
    """Each answer once: those up to the commit, with or without the one that made it and the closing one, and a subagent's."""
    used, inner = model.USED, sum(1 for one in answered if one["turn"] == len(TURNS) - 1)
    for at, contribution in enumerate(own):
        told = contribution.get("tokens") or {}
        whole = sum(1 for one in answered if one["turn"] == at)
        count = told.get("output", 0) / used["output"]
        parts = {"input": used["input"] - used["cached"], "cache_read": used["cached"], "output": used["output"]}
        if any(told.get(name, 0) != count * part for name, part in parts.items()) or not whole - 2 <= count <= whole + (inner if at == 2 else 0):
            return f"{count:g} of {whole} answers of prompt {at + 1}"
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("agents", nargs="*", metavar="AGENT[@VERSION]", help=", ".join(agent.slug for agent in AGENTS))
    parser.add_argument("--backstory", default=f"{HERE}/../../target/debug/backstory")
    parser.add_argument("--keep", metavar="FOLDER", help="where agents are installed and run, to be looked at and used again")
    options = parser.parse_args()
    backstory = os.path.abspath(options.backstory)
    if not os.path.exists(backstory):
        sys.exit(f"{backstory} is not there: build it, or name one with --backstory")
    versions = dict((name.split("@") + ["latest"])[:2] for name in options.agents) or {agent.slug: "latest" for agent in AGENTS}
    unknown = set(versions) - {agent.slug for agent in AGENTS}
    if unknown:
        sys.exit(f"no such agent: {', '.join(sorted(unknown))}")
    folder = os.path.abspath(options.keep) if options.keep else tempfile.mkdtemp(prefix="backstory-live-")
    rows, notes, wrong = [], [], 0
    for agent in [agent for agent in AGENTS if agent.slug in versions]:
        run = Run(agent, f"{folder}/{agent.slug}", backstory)
        try:
            program, version = install(agent, versions[agent.slug], run.installed)
            answered = run.play(program)
            found = compared(agent, version, run.records(), answered)
        except (Skipped, subprocess.TimeoutExpired) as missing:
            print(f"skipped: {agent.slug}: {missing}", file=sys.stderr)
            continue
        finally:
            if not options.keep:
                shutil.rmtree(run.folder, ignore_errors=True)
        cells = []
        for column in COLUMNS:
            value = found.get(column, "")
            cells.append("–" if column in agent.lacks else "yes" if value is True else "**no**" if value else "")
            if value and value is not True and column not in agent.lacks:
                notes.append(f"{agent.slug}: {column}: {value}")
        wrong += "**no**" in cells
        rows.append([agent.slug, version, *cells])
    if not options.keep:
        os.rmdir(folder)
    if not rows:
        sys.exit(0)
    for row in [["agent", "version of it", *COLUMNS], ["---"] * (len(COLUMNS) + 2), *rows]:
        print("| " + " | ".join(row) + " |")
    for note in notes:
        print(note, file=sys.stderr)
    sys.exit(wrong)


if __name__ == "__main__":
    main()
