#!/bin/sh
# Codex CLI's own account of a patch leaves out changes that it made, where the patch has two sections for one file.
#
# Guess: `patch_apply_end` in the rollout of a session, with `changes` by path, lists all that a patch changed: whoever reads it
# need not read the text of the patch, and finds the changes at the line numbers it gives.
# Seen (@openai/codex 0.140.0, the same with 0.130.0; a mock model answers on the loopback): of two `*** Update File: list.txt`
# sections both are made in the file. The account says success, its `stdout` names the file twice, and `changes` has the diff of
# the second section alone, from line 6 on, where those lines begin at line 7 of the file. 0.171.0 refuses such a patch ("multiple
# operations target"), makes none of it and writes no account: it is the sessions of earlier versions that lack sections.
# Why the guess is wrong: the account is made when the patch is checked, before it is applied. Each section becomes a diff against
# the file as it is on disk, and the diffs go into a table by path, where the second takes the place of the first; the patch is
# then applied from its text, section by section.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
export HOME="$folder" CODEX_HOME="$folder/codex" GIT_CONFIG_NOSYSTEM=1 MOCK_KEY=none NO_PROXY=127.0.0.1
cat >run.py <<'PYTHON'
import glob, http.server, json, subprocess, sys, threading

VERSION, REFUSES = sys.argv[1], "refuses" in sys.argv[2:]
BEFORE = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n"
AFTER = BEFORE.replace("two\n", "TWO\nand a half\n").replace("seven", "SEVEN")
PATCH = """*** Begin Patch
*** Update File: list.txt
@@
-two
+TWO
+and a half
*** Update File: list.txt
@@
-seven
+SEVEN
*** End Patch
"""


class Model(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        item = {"type": "custom_tool_call", "call_id": "call", "name": "apply_patch", "input": PATCH}
        if any(one["type"] == "custom_tool_call_output" for one in asked["input"]):
            item = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "That was it."}]}
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        done = {"type": "response.completed", "response": {"id": "answer"}}
        for event in {"type": "response.output_item.done", "item": item}, done:
            self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
with open("repository/list.txt", "w") as file:
    file.write(BEFORE)
with open("codex/config.toml", "w") as file:
    file.write(f"""
model = "gpt-5.5"
model_provider = "mock"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
analytics.enabled = false
[model_providers.mock]
name = "mock"
base_url = "http://127.0.0.1:{server.server_port}/v1"
wire_api = "responses"
env_key = "MOCK_KEY"
""")
codex = subprocess.run(["../node_modules/.bin/codex", "exec", "Change the list"], cwd="repository", stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
rollouts = glob.glob("codex/sessions/**/*.jsonl", recursive=True)
if codex.returncode or not rollouts:
    sys.exit(f"codex {VERSION} did not run:\n{codex.stdout}")
payloads = [json.loads(line)["payload"] for path in rollouts for line in open(path)]
accounts = [one for one in payloads if one.get("changes")]
diffs = [change["unified_diff"] for one in accounts for change in one["changes"].values()]
with open("repository/list.txt") as file:
    text = file.read()
print(f"codex {VERSION}: the file has {text.splitlines()}")
for one in accounts:
    print(f"  its account: success {one['success']}, stdout {one['stdout']!r}, diffs {diffs}")
refused = [one["output"] for one in payloads if "multiple operations target" in str(one.get("output"))]
if not accounts:
    print("  no account; the model was told:", *(told.split(" /")[0] for told in refused))
expected = (BEFORE, []) if REFUSES else (AFTER, ["@@ -6,3 +6,3 @@\n six\n-seven\n+SEVEN\n eight\n"])
if (text, diffs) != expected or bool(refused) != REFUSES:
    sys.exit(f"codex {VERSION} behaves differently: expected {expected}")
PYTHON
try() {
  rm -rf repository codex; mkdir codex; git init -q repository
  npm install --silent --no-audit --no-fund --prefix "$folder" "@openai/codex@$1" >/dev/null
  python3 run.py "$@"
}
try 0.140.0
try 0.171.0 refuses
