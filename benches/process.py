#!/usr/bin/env python3
"""How long variants, edges and drift of a large log take, side by side with pm4py on the same file.

    benches/process.py PROGRAM [EVENTS] [--pm4py PYTHON]

PYTHON is an interpreter that has pm4py (a judge, AGPL: never a dependency; `pip install pm4py` in an environment of its own).
Writes a log of EVENTS events (a million) as CSV, always the same. Times are seconds of processor and of the clock, memory is
the most that was resident. With pm4py, both must report the same cases, variants and edges.
"""
import datetime, json, os, random, resource, subprocess, sys, tempfile, time

ACTIVITIES = ["prompt", "explore", "edit source", "edit test", "run tests", "lint", "build", "format code", "commit", "push",
              "open PR", "review"]
JUDGE = """
import json, sys, time
import pandas, pm4py
clock = time.process_time()
frame = pandas.read_csv(sys.argv[1])
frame = pm4py.format_dataframe(frame, case_id="case:concept:name", activity_key="concept:name", timestamp_key="time:timestamp")
read = time.process_time()
variants = pm4py.get_variants(frame)
edges = pm4py.discover_dfg(frame)[0]
done = time.process_time()
json.dump({"read": read - clock, "mine": done - read, "cases": sum(variants.values()),
           "variants": sorted([list(steps), count] for steps, count in variants.items()),
           "edges": sorted([a, b, count] for (a, b), count in edges.items())}, open(sys.argv[2], "w"))
"""


def write(path, events):
    """Runs of 5 to 15 steps; four of five go one of 200 usual ways, the others are as they come."""
    chance = random.Random(7)
    pick = lambda: ACTIVITIES[min(11, int(abs(chance.gauss(4, 2.5))))]
    way = lambda: ["prompt"] + [pick() for _ in range(chance.randint(4, 14))]
    usual = [way() for _ in range(200)]
    iso = lambda at: datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    left, run = events, 0
    with open(path, "w") as file:
        file.write("case:concept:name,concept:name,time:timestamp,org:resource,tool,status\n")
        while left:
            run += 1
            steps = (usual[int(chance.paretovariate(0.6)) % 200] if chance.random() < 0.8 else way())[:left]
            left -= len(steps)
            at = 1767225600 + run * 37
            for step in steps:
                at += chance.randint(1, 200)
                status = "error" if chance.random() < 0.05 else "ok"
                file.write(f"case-{run:07d},{step},{iso(at)},agent:a{run % 9},t{len(step)},{status}\n")


def run(*command):
    """Seconds of processor and clock, megabytes, and what was printed."""
    started = time.time()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    return usage.ru_utime + usage.ru_stime, time.time() - started, usage.ru_maxrss / 1024, out


def main():
    program, *rest = sys.argv[1:]
    python = rest[rest.index("--pm4py") + 1] if "--pm4py" in rest else None
    events = int(rest[0]) if rest and rest[0].isdigit() else 1_000_000
    program = os.path.abspath(program)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        path = os.path.join(folder, "large.csv")
        write(path, events)
        print(f"{events} events, {os.path.getsize(path) / 1e6:.0f} MB of CSV")
        say = lambda name, cpu, wall, memory: print(f"{name:<44} {cpu:6.2f} s processor {wall:6.2f} s clock {memory:5.0f} MB")
        ask = lambda what, *more: run(program, "process", what, "--log", path, "--json", *more)
        mine = []
        for what, more in (("variants", ["--level", "raw"]), ("graph", ["--level", "raw"]), ("drift", ["--since", "2026-01-20"])):
            *figures, _ = ask(what, *more)
            say("backstory process " + what, *figures)
            mine.append(figures)
        if python is None:
            return
        judged = os.path.join(folder, "judged.json")
        *figures, _ = run(python, "-c", JUDGE, path, judged)
        say("pm4py: read, variants and edges", *figures)
        theirs = json.load(open(judged))
        variants = json.loads(ask("variants", "--level", "raw", "--top", "1000000")[3])
        graph = json.loads(ask("graph", "--level", "raw")[3])
        ours = sorted([each["steps"], each["rate"]["runs"]] for each in variants["variants"])
        name = lambda at: graph["nodes"][at]["step"]
        edges = sorted([name(edge["from"]), name(edge["to"]), edge["times"]] for edge in graph["edges"])
        assert variants["runs"] == theirs["cases"] and ours == theirs["variants"] and edges == theirs["edges"]
        print(f"the same {theirs['cases']} cases, {len(ours)} variants, {len(edges)} edges")
        for name, own in (("variants", mine[0]), ("graph", mine[1]), ("both, one after the other", [a + b for a, b in zip(*mine[:2])])):
            print(f"pm4py takes {figures[0] / own[0]:.1f} times the processor time of {name}, {figures[1] / own[1]:.1f} times the clock's")


main()
