#!/usr/bin/env python3
"""Offers a server of standard input and output over HTTP on the loopback, for judges that speak nothing else. A session has a server of
its own; each message gets one answer, so that what a server sends by itself is dropped.

    bridge.py PORT COMMAND...
"""
import http.server
import json
import subprocess
import sys
import threading
import uuid

servers = {}


class Bridge(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, code, body=b"", session=None):
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if session:
            self.send_header("Mcp-Session-Id", session)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.reply(405)

    def do_DELETE(self):
        self.reply(200)

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        session = self.headers.get("Mcp-Session-Id") or str(uuid.uuid4())
        if session not in servers:
            servers[session] = (subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True), threading.Lock())
        server, one_at_a_time = servers[session]
        with one_at_a_time:
            server.stdin.write(json.dumps(message) + "\n")
            server.stdin.flush()
            if "id" not in message:
                return self.reply(202, session=session)
            answer = {}
            while answer.get("id") != message["id"] or "method" in answer:
                answer = json.loads(server.stdout.readline())
        self.reply(200, json.dumps(answer).encode(), session)


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Bridge).serve_forever()
