#!/usr/bin/env python3
"""kafka: a log is a value of the service lin-kv, messages are appended by compare-and-set.

    log.py            every message has one offset, commits are kept
    log.py counting   each node counts offsets by itself: two messages at one offset
    log.py forgetful  keeps committed offsets in memory: each node knows only its own
"""

import sys

from protocol import Failure, Node

node = Node()
mode = sys.argv[1] if len(sys.argv) > 1 else "kept"
counts = {}
commits = {}


def read(name, otherwise):
    try:
        return node.ask("lin-kv", {"type": "read", "key": name})["value"]
    except Failure as failure:
        if failure.code == 20:
            return otherwise
        raise


def change(name, otherwise, step):
    """Changes a value until nobody was in between; the new value."""
    while True:
        before = read(name, otherwise)
        after = step(before)
        if after == before:
            return after
        try:
            swap = {"type": "cas", "key": name, "from": before, "to": after, "create_if_not_exists": True}
            node.ask("lin-kv", swap)
            return after
        except Failure as failure:
            if failure.code != 22:
                raise


@node.on("send")
def send(body):
    name = f"log {body['key']}"
    if mode == "counting":
        with node.lock:
            offset = counts[name] = counts.get(name, -1) + 1
        change(name, [], lambda log: [*log, [offset, body["msg"]]])
        return {"type": "send_ok", "offset": offset}
    log = change(name, [], lambda log: [*log, [len(log), body["msg"]]])
    return {"type": "send_ok", "offset": next(at for at, msg in log if msg == body["msg"])}


@node.on("poll")
def poll(body):
    msgs = {}
    for key, offset in body["offsets"].items():
        found = [pair for pair in read(f"log {key}", []) if pair[0] >= offset]
        if found:
            msgs[key] = found
    return {"type": "poll_ok", "msgs": msgs}


@node.on("commit_offsets")
def commit_offsets(body):
    for key, offset in body["offsets"].items():
        if mode == "forgetful":
            commits[key] = offset
        else:
            change(f"commit {key}", -1, lambda known, offset=offset: max(known, offset))
    return {"type": "commit_offsets_ok"}


@node.on("list_committed_offsets")
def list_committed_offsets(body):
    if mode == "forgetful":
        known = {key: commits.get(key, -1) for key in body["keys"]}
    else:
        known = {key: read(f"commit {key}", -1) for key in body["keys"]}
    offsets = {key: offset for key, offset in known.items() if offset >= 0}
    return {"type": "list_committed_offsets_ok", "offsets": offsets}


node.run()
