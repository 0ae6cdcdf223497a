"""JSON over HTTP between nodes and for clients: the plumbing that both stores share."""

import http.client
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def serve(host, port, handle):
    """Serves for ever. `handle(method, path, body)` returns a status and a JSON value."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self):
            length = int(self.headers.get("content-length") or 0)
            text = self.rfile.read(length)
            try:
                body = json.loads(text) if text else None
            except ValueError:
                status, reply = 400, {"error": "the body is not JSON"}
            else:
                status, reply = handle(self.command, self.path, body)
            data = json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = answer

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_):
            pass  # a connection that broke; whoever asked will notice

    Server((host, port), Handler).serve_forever()


class Peer:
    """Another node, over one connection that is opened again whenever it broke."""

    def __init__(self, name, address, timeout):
        self.name = name
        self.address = address
        self.timeout = timeout
        self.connection = None
        self.lock = threading.Lock()

    def call(self, path, body):
        """The reply, or None when there was none in time."""
        with self.lock:
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection(self.address, timeout=self.timeout)
                self.connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
                return json.loads(self.connection.getresponse().read())
            except (OSError, http.client.HTTPException, ValueError):
                if self.connection is not None:
                    self.connection.close()
                self.connection = None
                return None


class StateFile:
    """One JSON value that survives kill -9: written beside, synced, and renamed."""

    def __init__(self, directory):
        os.makedirs(directory, exist_ok=True)
        self.path = os.path.join(directory, "state.json")

    def load(self):
        try:
            with open(self.path) as file:
                return json.load(file)
        except FileNotFoundError:
            return None

    def save(self, value):
        with open(self.path + ".new", "w") as file:
            json.dump(value, file)
            file.flush()
            os.fsync(file.fileno())
        os.rename(self.path + ".new", self.path)


def apply(data, method, path, body):
    """Applies a client's write to the data: a map of keys and a set. Returns a status and a reply."""
    if path == "/set" and method == "POST":
        if body["element"] not in data["set"]:
            data["set"].append(body["element"])
        return 200, {"ok": True}
    key = path.removeprefix("/kv/")
    if method == "PUT":
        data["kv"][key] = body["value"]
        return 200, {"ok": True}
    if data["kv"].get(key) != body["from"]:
        return 412, {"error": "the value is another one"}
    data["kv"][key] = body["to"]
    return 200, {"ok": True}


def read(data, path):
    """Answers a client's read."""
    if path == "/set":
        return 200, {"elements": data["set"]}
    key = path.removeprefix("/kv/")
    if key not in data["kv"]:
        return 404, {"error": "no such key"}
    return 200, {"value": data["kv"][key]}
