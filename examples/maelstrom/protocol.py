"""The Maelstrom protocol for a node in Python, standard library only: one JSON message per line.

A handler is given a request and answers its body; `ask` sends a request to another node or a service and waits for
the answer. Handlers run in threads of their own, so they may wait.
"""

import json
import sys
import threading


class Failure(Exception):
    """An error reply: its code and text."""

    def __init__(self, code, text=""):
        super().__init__(text)
        self.code = code


class Node:
    def __init__(self):
        self.id = None
        self.peers = []
        self.handlers = {}
        self.lock = threading.RLock()
        self._waiting = {}
        self._next = 0

    def on(self, kind):
        def register(handler):
            self.handlers[kind] = handler
            return handler

        return register

    def send(self, dest, body):
        with self.lock:
            sys.stdout.write(json.dumps({"src": self.id, "dest": dest, "body": body}) + "\n")
            sys.stdout.flush()

    def ask(self, dest, body, timeout=1.0):
        """The body of the answer; raises Failure, of code 0 when there is none in time."""
        done = threading.Event()
        with self.lock:
            self._next += 1
            number = self._next
            self._waiting[number] = [done, None]
        self.send(dest, {**body, "msg_id": number})
        done.wait(timeout)
        with self.lock:
            answer = self._waiting.pop(number)[1]
        if answer is None:
            raise Failure(0, "no answer")
        if answer["type"] == "error":
            raise Failure(answer["code"], answer.get("text", ""))
        return answer

    def run(self):
        for line in sys.stdin:
            message = json.loads(line)
            body = message["body"]
            if "in_reply_to" in body:
                with self.lock:
                    waiting = self._waiting.get(body["in_reply_to"])
                    if waiting is not None:
                        waiting[1] = body
                        waiting[0].set()
            elif body["type"] == "init":
                self.id = body["node_id"]
                self.peers = [name for name in body["node_ids"] if name != self.id]
                self.send(message["src"], {"type": "init_ok", "in_reply_to": body["msg_id"]})
            else:
                threading.Thread(target=self._answer, args=(message["src"], body), daemon=True).start()

    def _answer(self, src, body):
        handler = self.handlers.get(body["type"])
        try:
            if handler is None:
                raise Failure(10, f"this node does not know {body['type']}")
            reply = handler(body)
        except Failure as failure:
            reply = {"type": "error", "code": failure.code, "text": str(failure)}
        if reply is not None and "msg_id" in body:
            self.send(src, {**reply, "in_reply_to": body["msg_id"]})
