#!/usr/bin/env python3
"""A node of the Maelstrom protocol: echo, unique ids, and a grow-only set that the nodes gossip.

It knows nothing of faultline: one JSON message per line on standard input and output.
"""

import json
import sys
import threading
import time

lock = threading.RLock()
me = None
others = []
elements = set()
count = 0


def send(dest, body):
    with lock:
        sys.stdout.write(json.dumps({"src": me, "dest": dest, "body": body}) + "\n")
        sys.stdout.flush()


def gossip():
    """Tells everybody everything, again and again: lost messages do not matter."""
    while True:
        time.sleep(0.1)
        with lock:
            known = sorted(elements)
        for node in others:
            send(node, {"type": "gossip", "elements": known})


def answer(body):
    """The reply to a request, or None when there is none to give."""
    global me, others, count
    kind = body["type"]
    if kind == "init":
        me = body["node_id"]
        others = [node for node in body["node_ids"] if node != me]
        threading.Thread(target=gossip, daemon=True).start()
        return {"type": "init_ok"}
    if kind == "echo":
        return {"type": "echo_ok", "echo": body["echo"]}
    if kind == "generate":
        count += 1
        return {"type": "generate_ok", "id": f"{me}-{count}"}
    if kind == "add":
        elements.add(body["element"])
        return {"type": "add_ok"}
    if kind == "read":
        return {"type": "read_ok", "value": sorted(elements)}
    if kind == "gossip":
        elements.update(body["elements"])
        return None
    return {"type": "error", "code": 10, "text": f"this node does not know {kind}"}


for line in sys.stdin:
    message = json.loads(line)
    with lock:
        reply = answer(message["body"])
        if reply is not None:
            reply["in_reply_to"] = message["body"].get("msg_id")
            send(message["src"], reply)
