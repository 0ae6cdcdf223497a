"""A primary-backup store that keeps what it acknowledged.

What `store.py` gets wrong is right here:

* A write is acknowledged when a majority of the nodes has it on disk.
* A backup becomes the primary of a new epoch only with the promises of a majority, and it goes on from the
  newest state that any of them holds. Two majorities share a node, so every acknowledged write is in it.
* A node that promised an epoch refuses every primary of an earlier one. So a primary that was replaced, even
  one that slept through it, finds no majority any more and can acknowledge nothing.
* A read is a write that changes nothing: it is answered when a majority has confirmed the state it shows.

States are compared by (epoch, sequence number). This is Paxos on the whole state, with the primary as the
distinguished proposer. It copies the whole state for each write, which is fine for a small one.
"""

import argparse
import copy
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from http_json import Peer, StateFile, apply, read, serve

HEARTBEAT = 0.1
SILENCE = 0.5
CONFIRM = 1.0


class Store:
    def __init__(self, name, peers, directory):
        self.name = name
        self.peers = [Peer(peer, address, timeout=0.5) for peer, address in peers]
        self.voters = [Peer(peer, address, timeout=0.3) for peer, address in peers]
        names = sorted([name] + [peer for peer, _ in peers])
        self.rank, self.size = names.index(name), len(names)
        self.majority = self.size // 2 + 1
        self.changed = threading.Condition()
        self.file = StateFile(directory)
        saved = self.file.load() or {"promised": 0, "epoch": 0, "seq": 0, "data": {"kv": {}, "set": []}}
        self.promised = saved["promised"]
        self.epoch, self.seq, self.data = saved["epoch"], saved["seq"], saved["data"]
        self.is_primary = False
        self.primary = None
        self.confirmed = {}
        self.contact = {}
        self.heard = time.monotonic()
        self.patience = 0

    def start(self):
        threading.Thread(target=self.watch, daemon=True).start()
        for peer in self.peers:
            threading.Thread(target=self.replicate_to, args=(peer,), daemon=True).start()

    def save(self):
        """Everything a node promised or accepted is on disk before anybody hears of it."""
        self.file.save({"promised": self.promised, "epoch": self.epoch, "seq": self.seq, "data": self.data})

    def handle(self, method, path, body):
        if path == "/status":
            role = "primary" if self.is_primary else "backup"
            return 200, {"role": role, "leader": self.primary, "epoch": self.promised}
        if path == "/promise":
            return 200, self.promise(body)
        if path == "/accept":
            return 200, self.accept(body)
        return self.serve_client(method, path, body)

    def serve_client(self, method, path, body):
        with self.changed:
            if not self.is_primary:
                return 421, {"error": f"the primary is {self.primary}"}
            if method == "GET":
                status, reply = copy.deepcopy(read(self.data, path))
            else:
                status, reply = apply(self.data, method, path, body)
            self.seq += 1
            self.save()
            epoch, seq = self.epoch, self.seq
            self.changed.notify_all()
            certain = self.changed.wait_for(
                lambda: not self.leads(epoch) or self.is_confirmed(seq), timeout=CONFIRM
            )
            if certain and self.leads(epoch) and self.is_confirmed(seq):
                return status, reply
            return 504, {"error": "no majority confirmed it; it may or may not happen"}

    def leads(self, epoch):
        return self.is_primary and self.epoch == epoch

    def is_confirmed(self, seq):
        return 1 + sum(1 for other in self.confirmed.values() if other >= seq) >= self.majority

    # As a backup.

    def promise(self, body):
        """Promises to follow nobody of an earlier epoch, and shows its state."""
        with self.changed:
            if body["epoch"] <= self.promised:
                return {"ok": False, "promised": self.promised}
            self.follow(body["epoch"], None)
            return {"ok": True, "epoch": self.epoch, "seq": self.seq, "data": copy.deepcopy(self.data)}

    def accept(self, body):
        """Takes a newer state from the primary of the latest epoch it knows."""
        with self.changed:
            if body["epoch"] < self.promised:
                return {"ok": False, "promised": self.promised}
            newer = (body["epoch"], body["seq"]) > (self.epoch, self.seq)
            if newer:
                self.epoch, self.seq, self.data = body["epoch"], body["seq"], body["data"]
            self.follow(body["epoch"], body["primary"], changed=newer)
            return {"ok": True}

    def follow(self, epoch, primary, changed=False):
        """Is no primary itself from now on; saves when there is something new to remember."""
        changed = changed or epoch != self.promised
        self.promised, self.primary, self.is_primary = epoch, primary, False
        self.heard = time.monotonic()
        if changed:
            self.save()
        self.changed.notify_all()

    # As the primary.

    def replicate_to(self, peer):
        """Sends the newest state to a backup whenever it changed, and as a sign of life."""
        while True:
            with self.changed:
                self.changed.wait_for(
                    lambda: self.is_primary and self.confirmed.get(peer.name, -1) < self.seq, timeout=HEARTBEAT
                )
                if not self.is_primary:
                    continue
                epoch, seq = self.epoch, self.seq
                state = {"epoch": epoch, "seq": seq, "primary": self.name, "data": copy.deepcopy(self.data)}
            reply = peer.call("/accept", state)
            if reply is None:
                time.sleep(0.02)
                continue
            with self.changed:
                if not self.leads(epoch):
                    continue
                if reply["ok"]:
                    self.confirmed[peer.name] = max(seq, self.confirmed.get(peer.name, -1))
                    self.contact[peer.name] = time.monotonic()
                    self.changed.notify_all()
                elif reply["promised"] > self.promised:
                    self.follow(reply["promised"], None)

    # Elections.

    def watch(self):
        while True:
            time.sleep(0.02)
            now = time.monotonic()
            with self.changed:
                if self.is_primary:
                    near = 1 + sum(1 for at in self.contact.values() if now - at < CONFIRM)
                    if near < self.majority:
                        self.follow(self.promised, None)
                    continue
                if now - self.heard < SILENCE + self.patience:
                    continue
                self.patience = random.random() * SILENCE
                # Epochs of different nodes differ: each uses the numbers with its own remainder.
                epoch = (self.promised // self.size + 1) * self.size + self.rank
                self.follow(epoch, None)
            self.stand(epoch)

    def stand(self, epoch):
        """Asks everybody for promises; with a majority of them it is the primary."""
        with ThreadPoolExecutor(len(self.voters) or 1) as pool:
            replies = list(pool.map(lambda peer: peer.call("/promise", {"epoch": epoch}), self.voters))
        granted = [reply for reply in replies if reply is not None and reply["ok"]]
        with self.changed:
            if self.promised != epoch:
                return  # somebody else was faster
            refused = [reply["promised"] for reply in replies if reply is not None and not reply["ok"]]
            if refused and max(refused) > self.promised:
                self.follow(max(refused), None)
                return
            if 1 + len(granted) < self.majority:
                return
            newest = max(granted, key=lambda reply: (reply["epoch"], reply["seq"]), default=None)
            if newest is not None and (newest["epoch"], newest["seq"]) > (self.epoch, self.seq):
                self.seq, self.data = newest["seq"], newest["data"]
            self.epoch = epoch
            self.seq += 1
            self.save()
            self.is_primary, self.primary = True, self.name
            self.confirmed = {}
            self.contact = {peer.name: time.monotonic() for peer in self.peers}
            self.changed.notify_all()
            print(f"{self.name} is the primary of epoch {epoch}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--id", required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dir", required=True)
    parser.add_argument("--peers", default="", help="name=host:port,name=host:port")
    args = parser.parse_args()
    peers = [tuple(peer.split("=")) for peer in args.peers.split(",") if peer]
    store = Store(args.id, peers, args.dir)
    store.start()
    serve(args.host, args.port, store.handle)


if __name__ == "__main__":
    main()
