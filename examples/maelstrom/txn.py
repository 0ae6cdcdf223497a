#!/usr/bin/env python3
"""txn-list-append and txn-rw-register: the database is one value of the service lin-kv, changed by compare-and-set.

    txn.py            strict serializable: a transaction whose ground moved is refused (error 30)
    txn.py blind      writes back without comparing: updates get lost
    txn.py local      transactions on what each node has seen, told to the others later: not isolated at all
"""

import sys

from protocol import Failure, Node

node = Node()
mode = sys.argv[1] if len(sys.argv) > 1 else "strict"
local = {}


def apply(database, txn):
    """The database after the transaction, and the transaction with its reads filled in."""
    after = dict(database)
    done = []
    for kind, key, value in txn:
        name = str(key)
        if kind == "append":
            after[name] = [*(after.get(name) or []), value]
        elif kind == "w":
            after[name] = value
        done.append([kind, key, after.get(name) if kind == "r" else value])
    return after, done


def current():
    try:
        return node.ask("lin-kv", {"type": "read", "key": "database"})["value"]
    except Failure as failure:
        if failure.code == 20:
            return None
        # Nothing was written yet: to fail a read is to fail the transaction for certain.
        raise Failure(11, "the service does not answer") from failure


@node.on("txn")
def txn(body):
    if mode == "local":
        with node.lock:
            after, done = apply(local, body["txn"])
            local.update(after)
        for peer in node.peers:
            node.send(peer, {"type": "told", "txn": body["txn"]})
        return {"type": "txn_ok", "txn": done}
    before = current()
    after, done = apply(before or {}, body["txn"])
    if mode == "blind":
        node.ask("lin-kv", {"type": "write", "key": "database", "value": after})
        return {"type": "txn_ok", "txn": done}
    try:
        swap = {"type": "cas", "key": "database", "from": before, "to": after, "create_if_not_exists": True}
        node.ask("lin-kv", swap)
    except Failure as failure:
        if failure.code == 22:
            raise Failure(30, "another transaction was faster") from failure
        raise
    return {"type": "txn_ok", "txn": done}


@node.on("told")
def told(body):
    with node.lock:
        local.update(apply(local, body["txn"])[0])


node.run()
