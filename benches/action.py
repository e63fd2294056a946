#!/usr/bin/env python3
"""How long `backstory action` takes besides the network, and how many questions it asks.

    benches/action.py PROGRAM REPOSITORY BASE HEAD [ROUNDS]

REPOSITORY is a clone with records (`backstory backfill BASE..HEAD`). A server on loopback plays the pull request; the first
run writes the description, later ones find it as it should be.
"""
import http.server, json, os, statistics, subprocess, sys, tempfile, threading, time

program, repository, base, head = sys.argv[1:5]
rounds = int(sys.argv[5]) if len(sys.argv) > 5 else 7


def git(*arguments):
    return subprocess.run(["git", "-C", repository, *arguments], check=True, capture_output=True, text=True).stdout.strip()


base, head = git("rev-parse", base), git("rev-parse", head)
count = int(git("rev-list", "--count", f"{base}..{head}"))
home = {"id": 1, "full_name": "o/r"}
pull = {"number": 1, "body": "What people wrote.", "state": "open", "html_url": "http://x/o/r/pull/1", "commits": count,
        "head": {"sha": head, "ref": "side", "repo": home}, "base": {"sha": base, "ref": "main", "repo": home}}
calls = []


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length) or b"{}")
        calls.append(f"{self.command} {self.path}")
        if self.command == "PATCH":
            pull["body"] = body["body"]
        value = {"data": {"viewer": {"login": "b"}}} if self.path == "/graphql" else pull
        text = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_PATCH = do_POST = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
with tempfile.TemporaryDirectory() as temporary:
    event = os.path.join(temporary, "event.json")
    with open(event, "w") as file:
        json.dump({"action": "synchronize", "pull_request": pull}, file)
    environment = {
        "PATH": os.environ["PATH"], "HOME": temporary, "RUNNER_TEMP": temporary, "GITHUB_EVENT_PATH": event,
        "GITHUB_EVENT_NAME": "pull_request", "GITHUB_REPOSITORY": "o/r", "INPUT_TOKEN": "t", "INPUT_BASE": base,
        "GITHUB_API_URL": f"http://127.0.0.1:{server.server_port}",
        "GITHUB_OUTPUT": os.path.join(temporary, "out"), "GITHUB_STEP_SUMMARY": os.path.join(temporary, "summary"),
    }
    for name in ("write", "again"):
        times, asked = [], 0
        for _ in range(rounds):
            if name == "write":
                pull["body"] = "What people wrote."
            open(environment["GITHUB_STEP_SUMMARY"], "w").close()
            calls.clear()
            start = time.perf_counter()
            ran = subprocess.run([program, "-C", repository, "action"], env=environment, capture_output=True, text=True)
            times.append(time.perf_counter() - start)
            asked = len(calls)
            if ran.returncode:
                sys.exit(ran.stderr)
        print(f"{count} commits, {name}: {statistics.median(times):.2f} s (least {min(times):.2f}), {asked} questions, "
              f"{len(pull['body'])} characters")
