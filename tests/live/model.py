"""A model on 127.0.0.1 that does what a story says, in four wire formats: Anthropic's Messages, OpenAI's Responses and Chat
Completions, Gemini's generateContent, streamed or not. A call's id says which step it was (`step_0_3`), so the next step is the one
behind the highest in the request, whatever was retried or resumed. An agent without tools gets text with blocks to search and
replace; where it stands is told by how often it was answered."""

import http.server
import json
import os
import re
import threading

# Of each answer; `input` holds what came out of the cache.
USED = {"input": 1000, "cached": 200, "output": 50}

# What agents call their tools, without `_`, `-` and capitals: those that are wanted first stand first.
TOOLS = {
    "read": ["read", "readfile", "view", "readfiles", "fileeditor"],
    "write": ["write", "writefile", "create", "createfile", "editor", "fileeditor", "applypatch", "exec"],
    "edit": ["edit", "replace", "editfile", "strreplace", "editor", "fileeditor", "applypatch", "exec"],
    "run": ["bash", "runshellcommand", "execcommand", "shell", "shellcommand", "execute", "runcommands", "terminal", "exec"],
    "task": ["agent", "task", "spawnagent", "invokeagent", "subagent"],
}
# What they call what a step says.
ARGUMENTS = {
    "path": ["filepath", "path", "absolutepath", "file"],
    "text": ["content", "contents", "filetext", "text", "newtext"],
    "old": ["oldstring", "oldstr", "oldtext"],
    "new": ["newstring", "newstr", "newtext"],
    "command": ["command", "cmd", "commands"],
    "prompt": ["prompt", "message", "task", "objective"],
}
PARTS = {"read": ["path"], "write": ["path", "text"], "edit": ["path", "old", "new"], "run": ["command"], "task": ["prompt"]}
# What a required argument gets that a step says nothing of.
OTHERS = {"subagenttype": "general", "agenttype": "task", "agentname": "generalist", "securityrisk": "LOW"}
# One tool for several kinds of steps is told by `command` which is meant.
DOES = {"read": "view", "write": "create", "edit": "str_replace"}
SEARCH = "<<<<<<< SEARCH"
ADDED = "I added these files to the chat"
# The command by which an agent that has nothing but a shell says that it is done.
END = "COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"


def plain(name):
    return re.sub("[^a-z]", "", name.lower())


def tools_of(request):
    """The tools that a request offers, as (name, schema); free text has no schema. Their shapes differ by format."""
    listed = list(request.get("tools") or [])
    for item in request.get("input") or []:
        if isinstance(item, dict) and item.get("type") == "additional_tools":
            listed += item["tools"]
    found = []
    for tool in listed:
        if tool.get("type") == "namespace":
            found += [(one["name"], one.get("parameters"), tool["name"]) for one in tool.get("tools", [])]
            continue
        for one in tool.get("functionDeclarations") or []:
            found.append((one["name"], one.get("parametersJsonSchema") or one.get("parameters") or {}, None))
        body = tool.get("function") or tool
        if "name" in body:
            schema = None if tool.get("type") == "custom" else body.get("parameters") or body.get("input_schema") or {}
            found.append((body["name"], schema, None))
    return found


def patch(kind, said):
    lines = lambda sign, text: "".join(f"{sign}{line}\n" for line in text.splitlines())
    if kind == "write":
        body = f"*** Add File: {said['path']}\n{lines('+', said['text'])}"
    else:
        body = f"*** Update File: {said['path']}\n@@\n{lines('-', said['old'])}{lines('+', said['new'])}"
    return f"*** Begin Patch\n{body}*** End Patch\n"


def filled(schema, said, kind):
    """Arguments by a schema: what the step says where the name fits, else something for what is required."""
    arguments = {}
    for name, shape in schema.get("properties", {}).items():
        part = next((part for part, names in ARGUMENTS.items() if part in said and plain(name) in names), None)
        kinds = [shape.get("type")] if isinstance(shape.get("type"), str) else shape.get("type") or []
        inner = shape.get("items") or {}
        if part and "array" in kinds:
            arguments[name] = ["bash", "-lc", said[part]] if plain(name) == "command" else [said[part]]
        elif part:
            arguments[name] = said[part]
        elif any(plain(key) in ARGUMENTS[part] for key in inner.get("properties", {}) for part in said):
            arguments[name] = [filled(inner, said, kind)]
        elif name == "command" and kind in DOES and shape.get("enum"):
            arguments[name] = DOES[kind]
        elif name in schema.get("required", []):
            plainest = {"boolean": False, "integer": 1, "number": 1, "array": []}
            other = next((plainest[kind] for kind in kinds if kind in plainest), "scripted")
            arguments[name] = OTHERS.get(plain(name), shape["enum"][0] if shape.get("enum") else other)
    return arguments


def called(step, tools, root, texts):
    """The call for a step as (tool, arguments, namespace), or None. Free text is a patch, or JavaScript that calls other tools.
    `texts`: the files that this answer has written whole."""
    kind, *rest = step
    said = dict(zip(PARTS[kind], rest))
    for wanted in TOOLS[kind]:
        for name, schema, space in tools:
            if plain(name) != wanted:
                continue
            if wanted == "applypatch":
                text = patch(kind, said)
                return name, text if schema is None else {next(iter(schema.get("properties") or ["input"])): text}, space
            if schema is None:
                inner = f"exec_command({json.dumps({'cmd': said['command']})})" if kind == "run" else f"apply_patch({json.dumps(patch(kind, said))})"
                return name, f"const r = await tools.{inner};\ntext(r.output ?? r);\n", space
            if "path" in said:
                said["path"] = os.path.join(root, said["path"])
            return name, filled(schema, said, kind), space
    command = by_shell(kind, rest, root, texts)
    return called(("run", command), tools, root, texts) if command else None


def by_shell(kind, said, root, texts):
    """A step as a command, for agents that have no tool for it: files are written whole, from a here-document."""
    if kind == "read":
        return f"cat {said[0]}"
    if kind == "edit":
        path, old, new = said
        if path not in texts:
            with open(os.path.join(root, path)) as file:
                texts[path] = file.read()
        if old not in texts[path]:
            return f"grep -n {json.dumps(old.strip())} {path}"
        return by_shell("write", [path, texts[path].replace(old, new, 1)], root, texts)
    if kind == "write":
        texts[said[0]] = said[1]
        return f"cat > {said[0]} <<'EOF'\n{said[1]}EOF"
    return None


def user_texts(request):
    """What users said, also a task for a subagent; what tools gave is not among it."""
    for message in request.get("messages") or request.get("input") or request.get("contents") or []:
        if isinstance(message, str):
            yield message
        elif message.get("role") == "user" or message.get("type") == "agent_message":
            content = message.get("content") or message.get("parts") or ""
            parts = [content] if isinstance(content, str) else [part.get("text") or part.get("encrypted_content") or "" for part in content if part.get("type") != "tool_result"]
            yield "\n".join(parts)


def turn_of(request, story):
    """The prompt that a request is about: the last one that a user said."""
    found = None
    for text in user_texts(request):
        found = next((at for at, one in enumerate(story.TURNS) if one["prompt"] in text), found)
    return found


def answer(request, root, story, agent):
    """The next step: (turn, text, calls), each call as (id, tool, arguments, namespace)."""
    tools, turn = tools_of(request), turn_of(request, story)
    if turn is None or not tools:  # a title, a summary
        return None, "A title", []
    steps, whole = story.TURNS[turn]["steps"], json.dumps(request)
    if not agent.delegates:
        steps = [step for step in steps if step[0] != "task"]
    if agent.one_by_one:
        steps = [one for step in steps for one in (step if isinstance(step, list) else [step])]
    done = [int(step) for at, step in re.findall(r"step_(\d+)_(\d+)", whole) if int(at) == turn]
    for at in range(max(done, default=-1) + 1, len(steps)):
        several = steps[at] if isinstance(steps[at], list) else [steps[at]]
        if several[0][0] == "say" and END in whole:
            several = [("run", f"echo {END}")]
        if several[0][0] == "say":
            return turn, several[0][1], []
        texts = {}
        calls = [call for call in (called(step, tools, root, texts) for step in several) if call]
        if calls:
            return turn, "", [(f"step_{turn}_{at}" + "abc"[n], *call) for n, call in enumerate(calls)]
    return turn, "Done.", []


def answer_in_text(request, story, before):
    """The next edits of a turn as blocks, for an agent that has no tools and runs the tests by itself. `before`: the last turn so
    far, of which a commit is."""
    turn = turn_of(request, story)
    if "commit message" in json.dumps(request["messages"][0]):
        return before, next(one["subject"] for one in story.COMMITS if one["prompt"] == story.TURNS[before or 0]["prompt"]), []
    if turn is None:
        return None, "A title", []
    asked = [at for at, one in enumerate(request["messages"]) if one["role"] == "user" and story.TURNS[turn]["prompt"] in str(one["content"])]
    since = [(one["role"], str(one["content"])) for one in request["messages"][asked[-1] :]]
    # An answer that names a file which the chat does not have is asked for again, with the file.
    given = sum(1 for role, text in since if role == "assistant" and SEARCH in text) - sum(1 for role, text in since if role == "user" and ADDED in text)
    answers = in_text(story.TURNS[turn]["steps"])
    return turn, answers[given] if given < len(answers) else "Done.", []


def in_text(steps):
    """The edits of each answer; files that are written one after the other are one answer."""
    answers, last = [], None
    for step in steps:
        several = [one for one in (step if isinstance(step, list) else [step]) if one[0] in ("write", "edit")]
        blocks = ""
        for kind, path, *texts in several:
            old, new = texts if kind == "edit" else ("", *texts)
            blocks += f"\n{path}\n```\n{SEARCH}\n{old}=======\n{new}>>>>>>> REPLACE\n```\n"
        kinds = {one[0] for one in several}
        if kinds == last == {"write"}:
            answers[-1] += blocks
        elif blocks:
            answers.append("This does it.\n" + blocks)
        last = kinds
    return answers


def messages(request, text, calls):
    blocks = ([{"type": "text", "text": text}] if text else []) + [{"type": "tool_use", "id": f"toolu_{i}", "name": n, "input": a} for i, n, a, _ in calls]
    usage = {"input_tokens": USED["input"] - USED["cached"], "cache_read_input_tokens": USED["cached"], "cache_creation_input_tokens": 0, "output_tokens": USED["output"]}
    stop = "tool_use" if calls else "end_turn"
    whole = {"id": f"msg_{os.urandom(6).hex()}", "type": "message", "role": "assistant", "model": request["model"], "content": blocks, "stop_reason": stop, "stop_sequence": None, "usage": usage}
    events = [{"type": "message_start", "message": whole | {"content": [], "stop_reason": None}}]
    for n, block in enumerate(blocks):
        is_text = block["type"] == "text"
        delta = {"type": "text_delta", "text": text} if is_text else {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        events.append({"type": "content_block_start", "index": n, "content_block": block | ({"text": ""} if is_text else {"input": {}})})
        events.append({"type": "content_block_delta", "index": n, "delta": delta})
        events.append({"type": "content_block_stop", "index": n})
    events.append({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None}, "usage": {"output_tokens": USED["output"]}})
    return whole, events + [{"type": "message_stop"}]


def responses(request, text, calls):
    number = os.urandom(6).hex()
    items = [{"type": "message", "id": f"msg_{number}", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": text, "annotations": []}]}] if text else []
    for i, name, arguments, space in calls:
        free = isinstance(arguments, str)
        item = {"type": "custom_tool_call", "input": arguments} if free else {"type": "function_call", "arguments": json.dumps(arguments)}
        items.append(item | {"id": f"fc_{i}", "call_id": f"call_{i}", "name": name, "status": "completed"} | ({"namespace": space} if space not in (None, "functions") else {}))
    usage = {"input_tokens": USED["input"], "input_tokens_details": {"cached_tokens": USED["cached"]}, "output_tokens": USED["output"], "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": USED["input"] + USED["output"]}
    whole = {"id": f"resp_{number}", "object": "response", "created_at": 1, "model": request["model"], "status": "completed", "output": items, "usage": usage}
    events = [{"type": "response.created", "response": whole | {"status": "in_progress", "output": [], "usage": None}}]
    for n, item in enumerate(items):
        events.append({"type": "response.output_item.added", "output_index": n, "item": item | {"status": "in_progress"}})
        if item["type"] == "message":
            events.append({"type": "response.output_text.delta", "output_index": n, "content_index": 0, "item_id": item["id"], "delta": text})
        events.append({"type": "response.output_item.done", "output_index": n, "item": item})
    return whole, events + [{"type": "response.completed", "response": whole}]


def completions(request, text, calls):
    called = [{"id": f"call_{i}", "type": "function", "function": {"name": n, "arguments": json.dumps(a)}} for i, n, a, _ in calls]
    usage = {"prompt_tokens": USED["input"], "completion_tokens": USED["output"], "total_tokens": USED["input"] + USED["output"], "prompt_tokens_details": {"cached_tokens": USED["cached"]}}
    head = {"id": f"chatcmpl-{os.urandom(6).hex()}", "created": 1, "model": request["model"]}
    finish = "tool_calls" if called else "stop"
    message = {"role": "assistant", "content": text or None} | ({"tool_calls": called} if called else {})
    whole = head | {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": usage}
    delta = {"role": "assistant", "content": text} | ({"tool_calls": [one | {"index": n} for n, one in enumerate(called)]} if called else {})
    chunk = lambda **choice: head | {"object": "chat.completion.chunk", "choices": [{"index": 0, "finish_reason": None} | choice]}
    return whole, [chunk(delta=delta), chunk(delta={}, finish_reason=finish), head | {"object": "chat.completion.chunk", "choices": [], "usage": usage}, "[DONE]"]


def gemini(request, text, calls):
    parts = ([{"text": text}] if text else []) + [{"functionCall": {"id": i, "name": n, "args": a}} for i, n, a, _ in calls]
    usage = {"promptTokenCount": USED["input"], "cachedContentTokenCount": USED["cached"], "candidatesTokenCount": USED["output"], "totalTokenCount": USED["input"] + USED["output"]}
    candidate = {"index": 0, "content": {"role": "model", "parts": parts}, "finishReason": "STOP"}
    whole = {"candidates": [candidate], "usageMetadata": usage, "modelVersion": request["model"], "responseId": os.urandom(6).hex()}
    return whole, [whole]


WIRES = {"/messages": messages, "/responses": responses, "/chat/completions": completions, "generatecontent": gemini}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        try:
            request = json.loads(self.rfile.read(length) or b"{}")
        except ValueError:
            return self.reply(400, "{}")
        path, server = self.path.split("?")[0], self.server
        wire = next((wire for end, wire in WIRES.items() if path.lower().endswith(end)), None)
        if wire is None:
            return self.reply(200, '{"input_tokens": 1000}') if path.endswith("/count_tokens") else self.reply(404, "{}")
        if wire is gemini:  # the address says it
            request |= {"model": path.split("/")[-1].split(":")[0], "stream": "stream" in path}
        before = max((one["turn"] for one in server.answered if one["turn"] is not None), default=None)
        turn, text, calls = answer_in_text(request, server.story, before) if server.agent.in_text else answer(request, server.root, server.story, server.agent)
        server.answered.append({"turn": turn, "calls": [[i, n, a] for i, n, a, _ in calls], "tools": [name for name, *_ in tools_of(request)]})
        whole, events = wire(request, text, calls)
        if not request.get("stream"):
            return self.reply(200, json.dumps(whole))
        named = lambda event: f"event: {event['type']}\n" if isinstance(event, dict) and "type" in event else ""
        body = "".join(f"{named(event)}data: {event if isinstance(event, str) else json.dumps(event)}\n\n" for event in events)
        self.reply(200, body, "text/event-stream")

    def do_GET(self):
        if self.path.split("?")[0].endswith("/models"):
            return self.reply(200, json.dumps({"object": "list", "data": [{"id": "scripted-1", "object": "model", "created": 1, "owned_by": "local"}]}))
        self.reply(404, "{}")

    def do_HEAD(self):
        self.reply(200, "")

    def reply(self, status, text, kind="application/json"):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve(root, story, agent):
    """A server in a thread of its own; `answered` has what was asked and done."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.root, server.story, server.answered = True, root, story, []
    server.agent = agent
    server.handle_error = lambda *_: None  # an agent that hangs up
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
