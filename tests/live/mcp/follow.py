#!/usr/bin/env python3
"""A model that does what the answers of `backstory mcp` say in `next`, and nothing else.

    LIVE_MODEL=FOLDER_OF_MODEL_PY follow.py STORY.json --root REPOSITORY [--log FILE] [--dump FOLDER]

The wire formats are those of model.py. Instead of steps, a turn of STORY has the person who is asked:

    {"prompt": TEXT, "person": {"facts": [[PATTERN, WORDS], ...], "steps": [{"text": ..., "command": ..., "expected": ...}, ...]},
     "fails": {STEP_ID: NOTE}, "refuses": PATTERN, "at_most": 40, "hang": N}

Its first call is `sop_status`, as the instructions of the server say, or what the turn has as `first`. Every later call is taken from `next` of the newest
answer. Words in angle brackets there are filled in: from `facts`, whose PATTERN is searched in the question (`ask`), or
from `steps`. The turn ends where `next` is for the person or is missing, after `at_most` calls, at the second
repetition of a call with the same answer, or when something is asked that the person has no words for. Where a question matches `refuses` the person says no, and the turn ends. `hang` makes the
model silent before its Nth call, for agents that are to be killed. A turn with `calls`, a list of tools with their arguments, makes these
one after the other, whatever `next` says, and then repeats what it was told.
"""
import json, os, re, sys, time

sys.path.insert(0, os.environ.get("LIVE_MODEL") or os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import model

SERVER = "backstory"
SEARCHES = ("ToolSearch", "tool_search")  # of Claude Code, of Codex: tools that are not offered until they are found


def texts(value):
    """Every string below a value, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def history(request, prompt):
    """What came after the newest `prompt`, in order: ["call", tool, arguments] and ["answer", what our server said or None, the whole result]."""
    found = []
    for message in request.get("messages") or request.get("input") or []:
        content = message.get("content")
        for part in [message] if message.get("type", "message") != "message" else content if isinstance(content, list) else [{"type": "text", "text": content}]:
            kind = part.get("type")
            if kind in ("tool_use", "function_call", "tool_search_call"):
                arguments = part.get("input") or part.get("arguments") or {}
                found.append(["call", part.get("name", "tool_search"), json.loads(arguments) if isinstance(arguments, str) else arguments])
            elif kind in ("tool_result", "function_call_output", "tool_search_output"):
                result = part.get("content") or part.get("output")
                found.append(["answer", next(filter(None, map(ours, texts(result))), None), result])
            elif message.get("role") == "user" and prompt in (part.get("text") or ""):
                found = []
    return found


def ours(text):
    """The answer of our server in a text, if there is one."""
    for at in (found.start() for found in re.finditer(r"\{", text)):
        try:
            value, _ = json.JSONDecoder().raw_decode(text[at:])
        except ValueError:
            continue
        if isinstance(value, dict) and ({"next", "done", "error"} & set(value)):
            return value
    return None


def words(ask, person):
    return next((said for pattern, said in person.get("facts", []) if re.search(pattern, ask, re.I)), None)


def filled(following, answer, turn):
    """The arguments of `next`, with the person's words; None where the person has none."""
    person, arguments = turn.get("person", {}), dict(following.get("arguments") or {})
    ask = following.get("ask", "")
    if arguments.get("kind") == "step" and "<one action>" in arguments.values():
        told = int((re.search(r"steps told by people: (\d+)", answer.get("coverage", "")) or [0, 0])[1])
        steps = person.get("steps", [])
        change = words(ask, person)
        if change is not None and not isinstance(change, str):
            return {"slug": arguments["slug"], **change}
        if told >= len(steps):
            return None
        return {"slug": arguments["slug"], "kind": "step"} | steps[told] | ({"last": True} if told + 1 == len(steps) else {})
    for name, value in list(arguments.items()):
        if not re.search(r"<.*>", json.dumps(value)):
            continue
        if name == "passed":
            arguments[name] = arguments.get("step") not in turn.get("fails", {})
        elif name == "note":
            arguments[name] = turn.get("fails", {}).get(arguments.get("step"), "followed it, and it holds")
        elif name == "outcome" and "run" in arguments:
            arguments[name] = "done"
        elif name in ("minutes", "cursor"):
            del arguments[name]
        else:
            said = words(f"{ask} {value}", person)
            if said is None:
                return None
            arguments[name] = [said] if isinstance(value, list) else said
    return arguments


def offers(request):
    """What model.py knows to be offered, and what Codex found on being asked."""
    items = [item for item in request.get("input") or [] if isinstance(item, dict)]
    found = [tool for item in items if item.get("type") == "tool_search_output" for tool in item.get("tools") or []]
    search = [model.Offer("tool_search", None)] if any(t.get("type") == "tool_search" for t in request.get("tools") or []) else []
    return known({**request, "tools": (request.get("tools") or []) + found}) + search


def responses(answer, request):
    """A search for tools is an item of its own kind there."""
    whole, events = written(answer, request)
    for item in whole["output"] + [data["item"] for _, data in events if "item" in data]:
        if item.get("name") == "tool_search":
            query = answer.calls[0][2]
            item.update(type="tool_search_call", execution="client", arguments=query)
            del item["name"]
    return whole, [(name, data) for name, data in events if "function_call_arguments" not in name or answer.calls[0][1].name != "tool_search"]


known, model.offers, written = model.offers, offers, model.responses
model.FORMATS = [(pattern, responses if form is written else form) for pattern, form in model.FORMATS]


def choose(script, request, body, root, failed, more_than_enough):
    offered = model.offers(request)
    turn = None
    for text in model.user_texts(request):
        turn = next((n for n, t in enumerate(script["turns"]) if t["prompt"] in text), turn)
    log = {"turn": turn, "tools": [o.name for o in offered]}
    name = request.get("model") or "scripted"
    say = lambda text, **more: (model.Answer(name, text=text, name="said"), log | {"say": text} | more)
    if turn is None or not offered or more_than_enough:
        return say("Nothing to do.")
    turn = script["turns"][turn]
    past = history(request, turn["prompt"])
    wanted = turn.get("calls", [])
    own = tuple(tool for tool, _ in wanted) or ("sop_",)
    is_own = lambda tool: tool not in SEARCHES and any(one in tool for one in own)
    calls = [(tool, arguments) for kind, tool, arguments in past if kind == "call" and is_own(tool)]
    answers = [(answer, result) for kind, answer, result in past if kind == "answer"]

    def call(tool, arguments, why):
        offer = next((o for o in offered if re.fullmatch(rf"(mcp__)?({SERVER}[_-]+)?{tool}", o.name)), None)
        search = next((o for o in offered if o.name in SEARCHES), None)
        if offer is None and search and not any(t in SEARCHES and tool in json.dumps(a) for kind, t, a in past if kind == "call"):
            query = {"query": f"select:mcp__{SERVER}__{tool}", "max_results": 5} if search.name == "ToolSearch" else {"query": f"{SERVER} {tool}", "limit": 3}
            return model.Answer(name, calls=[(f"search{len(past)}", search, query)], name="search"), log | {"search": tool}
        if offer is None:
            return say(f"The tool {tool} is not offered.", stuck=True)
        if turn.get("hang") == len(calls) + 1:
            time.sleep(600)
        return model.Answer(name, calls=[(f"p{len(past)}c{len(calls)}", offer, arguments)], name=f"c{len(calls)}"), log | {"call": tool, "arguments": arguments, "because": why}

    if wanted and len(calls) < len(wanted):
        return call(*wanted[len(calls)], "what the person said")
    if wanted:
        told = [answer for answer, _ in answers if answer and "text" in answer]
        return say(" ".join(f"{answer['coverage']}: {answer['text']}" for answer in told).replace("\n", " "))
    if not calls:
        return call(*turn.get("first", ["sop_status", {}]), "instructions of the server, or what the person said")
    searched = past[-2:] and past[-2][1] in SEARCHES
    answer, result = answers[-2 if searched else -1]
    if answer is None:
        return say(f"No answer of the server: {json.dumps(result)[:600]}", stuck=True)
    following = answer.get("next")
    if not following:
        return say(f"The answer has no next: {json.dumps(answer)[:600]}", stuck="error" in answer)
    if following.get("by") == "person":
        return say(f"{following.get('why', '')}. Please type: {following.get('command')}", person=following)
    if "tool" not in following:
        return say(following.get("why", "") or json.dumps(following))
    if "refuses" in turn and re.search(turn["refuses"], following.get("ask", ""), re.I):
        return say(f"The person says no to: {following['ask']}", refused=following)
    arguments = filled(following, answer, turn)
    if arguments is None:
        return say(f"I would have to ask you: {following.get('ask') or following}", asks=following)
    same = [c for c in calls if c[0].endswith(following["tool"]) and c[1] == arguments]
    if len(calls) >= turn.get("at_most", 40) or len(same) > 2:
        return say(f"I go round in circles at {following['tool']}.", loop=following)
    return call(following["tool"], arguments, following.get("why", "") + (f" [asked: {following['ask']}]" if "ask" in following else ""))


model.choose = choose
if __name__ == "__main__":
    model.main()
