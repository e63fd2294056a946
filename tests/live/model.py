"""A model on 127.0.0.1 that does what story.py says, in three wire formats: Anthropic's Messages, OpenAI's Responses and
Chat Completions, streamed or not. It keeps no state: a call's id says which step it was (`step_0_3`), so the next step is the one
behind the highest in the request, whatever was retried or resumed."""

import http.server
import json
import os
import re
import threading

from story import TURNS

# Of each answer; `input` holds what came out of the cache.
USED = {"input": 1000, "cached": 200, "output": 50}

# What agents call their tools, without `_`, `-` and capitals: those that are wanted first stand first.
TOOLS = {
    "read": ["read", "readfile", "view", "readfiles"],
    "write": ["write", "writefile", "create", "createfile", "applypatch", "exec"],
    "edit": ["edit", "replace", "editfile", "strreplace", "applypatch", "exec"],
    "run": ["bash", "runshellcommand", "execcommand", "shell", "shellcommand", "execute", "runcommands", "exec"],
    "task": ["agent", "task", "spawnagent"],
}
# What they call what a step says.
ARGUMENTS = {
    "path": ["filepath", "path", "absolutepath", "file"],
    "text": ["content", "contents", "filetext", "text"],
    "old": ["oldstring", "oldstr", "oldtext"],
    "new": ["newstring", "newstr", "newtext"],
    "command": ["command", "cmd", "commands"],
    "prompt": ["prompt", "message", "task"],
}
PARTS = {"read": ["path"], "write": ["path", "text"], "edit": ["path", "old", "new"], "run": ["command"], "task": ["prompt"]}
# What a required argument gets that a step says nothing of.
OTHERS = {"subagenttype": os.environ.get("SUBAGENT", "general"), "agenttype": "task"}


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


def filled(schema, said):
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
            arguments[name] = [filled(inner, said)]
        elif name in schema.get("required", []):
            plainest = {"boolean": False, "integer": 1, "number": 1, "array": []}
            other = next((plainest[kind] for kind in kinds if kind in plainest), "scripted")
            arguments[name] = OTHERS.get(plain(name), shape["enum"][0] if shape.get("enum") else other)
    return arguments


def called(step, tools, root):
    """The call for a step as (tool, arguments, namespace), or None. Free text is a patch, or JavaScript that calls other tools."""
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
            return name, filled(schema, said), space
    return None


def user_texts(request):
    """What users said, also a task for a subagent; what tools gave is not among it."""
    for message in request.get("messages") or request.get("input") or []:
        if isinstance(message, str):
            yield message
        elif message.get("role") == "user" or message.get("type") == "agent_message":
            content = message.get("content") or ""
            parts = [content] if isinstance(content, str) else [part.get("text") or part.get("encrypted_content") or "" for part in content if part.get("type") != "tool_result"]
            yield "\n".join(parts)


def answer(request, root):
    """The next step: (turn, text, calls), each call as (id, tool, arguments, namespace)."""
    tools, turn = tools_of(request), None
    for text in user_texts(request):
        turn = next((at for at, one in enumerate(TURNS) if one["prompt"] in text), turn)
    if turn is None or not tools:  # a title, a summary
        return None, "Slugs of titles", []
    steps = TURNS[turn]["steps"]
    done = [int(step) for at, step in re.findall(r"step_(\d+)_(\d+)", json.dumps(request)) if int(at) == turn]
    for at in range(max(done, default=-1) + 1, len(steps)):
        several = steps[at] if isinstance(steps[at], list) else [steps[at]]
        if several[0][0] == "say":
            return turn, several[0][1], []
        calls = [call for call in (called(step, tools, root) for step in several) if call]
        if calls:
            return turn, "", [(f"step_{turn}_{at}" + "abc"[n], *call) for n, call in enumerate(calls)]
    return turn, "Done.", []


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


WIRES = {"/messages": messages, "/responses": responses, "/chat/completions": completions}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        try:
            request = json.loads(self.rfile.read(length) or b"{}")
        except ValueError:
            return self.reply(400, "{}")
        path = self.path.split("?")[0]
        wire = next((wire for end, wire in WIRES.items() if path.endswith(end)), None)
        if wire is None:
            return self.reply(200, '{"input_tokens": 1000}') if path.endswith("/count_tokens") else self.reply(404, "{}")
        turn, text, calls = answer(request, self.server.root)
        self.server.answered.append({"turn": turn, "calls": [[i, n, a] for i, n, a, _ in calls], "tools": [name for name, *_ in tools_of(request)]})
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


def serve(root):
    """A server in a thread of its own; `answered` has what was asked and done."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.root, server.answered = True, root, []
    server.handle_error = lambda *_: None  # an agent that hangs up
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
