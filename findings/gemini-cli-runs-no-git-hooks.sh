#!/bin/sh
# A commit made in the shell of Gemini CLI runs no hook of git, whatever the repository or its user has set.
#
# Guess: hooks are git's, so they run for whoever commits; an agent that wants none says `--no-verify`.
# Seen (@google/gemini-cli 0.61.0 against a model on the loopback that asks for `git commit`): the commit is made, the post-commit hook
# of the repository does not run, and `git config --get core.hooksPath` in that shell ends with 0 and prints an empty value. The same
# command in another shell runs the hook.
# Why the guess is wrong: the program hands git a setting by the environment (GIT_CONFIG_COUNT with KEY_n and VALUE_n) in each of its
# shells, `core.hooksPath` with an empty value, which stands above all files of settings; the global and system files are /dev/null
# there. So also `git config --global core.hooksPath` cannot bring hooks back. Only a look from outside finds such commits.
set -eu
folder=$(mktemp -d); trap 'kill "${server:-0}" 2>/dev/null || :; rm -rf "$folder"' EXIT; cd "$folder"
export HOME="$folder/home" GIT_CONFIG_NOSYSTEM=1; mkdir -p home/.gemini
printf '{"security":{"auth":{"selectedType":"gemini-api-key"}},"privacy":{"usageStatisticsEnabled":false}}' >home/.gemini/settings.json
npm install --silent --no-audit --no-fund --prefix npm @google/gemini-cli@0.61.0 >/dev/null
cat >model.py <<'P'
import http.server, json
COMMAND = "git config --get core.hooksPath; echo ended with $?; git -c user.name=A -c user.email=a@example.invalid commit -q --allow-empty -m One"
class Model(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or "{}")
        text = json.dumps(asked.get("contents", []))
        if "ended with" in text.replace("echo ended with", "") and "functionResponse" in text:
            open("result", "w").write(text)
            part = {"text": "Done."}
        elif asked.get("tools"):
            part = {"functionCall": {"name": "run_shell_command", "args": {"command": COMMAND, "description": "commit"}}}
        else:
            part = {"text": "{}"}
        answer = {"candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}],
                  "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}}
        stream = "stream" in self.path
        body = ("data: %s\r\n\r\n" if stream else "%s") % json.dumps(answer)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if stream else "application/json")
        self.end_headers()
        self.wfile.write(body.encode())
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
open("port", "w").write(str(server.server_port))
server.serve_forever()
P
python3 model.py & server=$!
while [ ! -s port ]; do sleep 0.1; done
git init -q repository
printf '#!/bin/sh\necho ran >>"%s/hooks"\n' "$folder" >repository/.git/hooks/post-commit; chmod +x repository/.git/hooks/post-commit
(cd repository && env GEMINI_API_KEY=none GOOGLE_GEMINI_BASE_URL="http://127.0.0.1:$(cat ../port)" NO_BROWSER=1 \
  ../npm/node_modules/.bin/gemini --skip-trust --yolo -m gemini-2.5-pro -p "Commit it." >../said 2>&1 </dev/null) || :
echo "commits: $(git -C repository rev-list --count HEAD)"
echo "hooks that ran in the agent's shell: $( [ -f hooks ] && wc -l <hooks || echo 0)"
grep -o 'Output: [^"]*' result | head -1 || true
test "$(git -C repository log -1 --format=%s)" = One; test ! -e hooks
grep -q 'ended with 0' result
git -C repository -c user.name=A -c user.email=a@example.invalid commit -q --allow-empty -m Two
echo "and in this one: $(wc -l <hooks)"
test "$(wc -l <hooks)" -eq 1
