#!/usr/bin/env python3
"""lin-kv: every node hands its requests to the service of that name.

    kv.py             linearizable, whatever happens to the nodes
    kv.py seq-kv      uses the service seq-kv instead: stale
    kv.py lww-kv      uses the service lww-kv instead: loses writes
    kv.py cached      answers reads from what it saw last: stale
    kv.py memory      the first node keeps the keys in memory, the others ask it: forgets when it is killed
"""

import sys

from protocol import Failure, Node

node = Node()
mode = sys.argv[1] if len(sys.argv) > 1 else "service"
service = mode if mode in ("seq-kv", "lww-kv") else "lin-kv"
cache = {}
store = {}


def forward(body):
    request = {key: value for key, value in body.items() if key != "msg_id"}
    answer = node.ask(first() if mode == "memory" else service, request)
    answer.pop("in_reply_to")
    answer.pop("msg_id", None)
    return answer


def first():
    return min([node.id, *node.peers])


def own(body):
    key = body["key"]
    with node.lock:
        if body["type"] == "write":
            store[key] = body["value"]
            return {"type": "write_ok"}
        if key not in store:
            raise Failure(20, "no such key")
        if body["type"] == "read":
            return {"type": "read_ok", "value": store[key]}
        if store[key] != body["from"]:
            raise Failure(22, f"expected {body['from']}, had {store[key]}")
        store[key] = body["to"]
        return {"type": "cas_ok"}


def serve(body):
    if mode == "memory" and node.id == first():
        return own(body)
    key = body["key"]
    if mode == "cached" and body["type"] == "read" and key in cache:
        return {"type": "read_ok", "value": cache[key]}
    answer = forward(body)
    if body["type"] == "read":
        cache[key] = answer["value"]
    return answer


for kind in ("read", "write", "cas"):
    node.on(kind)(serve)
node.run()
