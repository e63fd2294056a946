#!/bin/sh
# In OpenCode's database a command that failed is "completed", and most of the session lies beside the database.
#
# Guess: a call of a tool with the status "completed" went well, what failed has the status "error"; and after the program has ended
# its SQLite file is the whole session.
# Seen (opencode-linux-x64 1.18.33, a model on the loopback that asks for `echo no >&2; exit 3`): the part of the call has the status
# "completed" and no error; the code is in `metadata.exit`. When the program has ended, the main file alone has fewer rows than it
# has together with `opencode.db-wal`, which stays.
# Why the guess is wrong: the status says whether the tool worked, and a shell that reports a code did; "error" is left for calls that
# could not be carried out, refused ones among them. The program ends without a checkpoint, so SQLite never moves the log into the file.
set -eu
folder=$(mktemp -d); trap 'kill "${server:-0}" 2>/dev/null || :; rm -rf "$folder"' EXIT; cd "$folder"
export HOME="$folder/home" OPENCODE_DISABLE_MODELS_FETCH=1 OPENCODE_DISABLE_AUTOUPDATE=1 OPENCODE_DISABLE_LSP_DOWNLOAD=1
unset XDG_DATA_HOME XDG_CONFIG_HOME 2>/dev/null || :
mkdir -p home/.config/opencode
npm install --silent --no-audit --no-fund --prefix npm opencode-linux-x64@1.18.33 >/dev/null
cat >model.py <<'P'
import http.server, json
class Model(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        is_answered = any(message["role"] == "tool" for message in asked["messages"])
        call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "bash", "arguments": json.dumps(
            {"command": "echo no >&2; exit 3", "description": "Fail"})}}
        wants = bool(asked.get("tools")) and not is_answered
        delta = {"role": "assistant", "content": None, "tool_calls": [call]} if wants else {"role": "assistant", "content": "Done."}
        head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        lines = [dict(head, choices=[{"index": 0, "delta": delta, "finish_reason": None}]),
                 dict(head, choices=[{"index": 0, "delta": {}, "finish_reason": "tool_calls" if wants else "stop"}])]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for line in lines: self.wfile.write(("data: %s\n\n" % json.dumps(line)).encode())
        self.wfile.write(b"data: [DONE]\n\n")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
open("port", "w").write(str(server.server_port))
server.serve_forever()
P
python3 model.py & server=$!
while [ ! -s port ]; do sleep 0.1; done
cat >home/.config/opencode/opencode.json <<J
{"autoupdate": false, "share": "disabled", "permission": {"*": "allow"}, "provider": {"local": {"npm": "@ai-sdk/openai-compatible",
 "options": {"baseURL": "http://127.0.0.1:$(cat port)/v1", "apiKey": "none"}, "models": {"m": {"name": "M"}}}}}
J
git init -q repository
(cd repository && ../npm/node_modules/opencode-linux-x64/bin/opencode run -m local/m "Fail once." >../said 2>&1 </dev/null)
python3 - <<'P'
import json, os, shutil, sqlite3
data = os.path.expanduser("~/.local/share/opencode/opencode.db")
def parts(*ends):
    for end in ("", "-wal"):
        if os.path.exists("copy.db" + end): os.remove("copy.db" + end)
    for end in ends: shutil.copy(data + end, "copy.db" + end)
    try: return [json.loads(row[0]) for row in sqlite3.connect("copy.db").execute("SELECT data FROM part")]
    except sqlite3.OperationalError: return []
whole, alone = parts("", "-wal"), parts("")
state = next(part["state"] for part in whole if part["type"] == "tool")
print("status %s, metadata.exit %s, error %s" % (state["status"], state["metadata"]["exit"], state.get("error")))
print("parts: %d with the log, %d in the file alone" % (len(whole), len(alone)))
assert state["status"] == "completed" and state["metadata"]["exit"] == 3 and "error" not in state
assert len(alone) < len(whole)
P
