"""A primary-backup store that loses acknowledged writes on failover.

The primary answers as soon as it has written to its own disk, and copies its state to the backups a moment
later. A backup that has not heard from the primary for a while makes itself the primary. So whatever the old
primary acknowledged and had not copied yet is gone: when it comes back, it finds a later epoch and takes over
the new primary's state. `store_fixed.py` is the same store without the mistake.
"""

import argparse
import copy
import threading
import time

from http_json import Peer, StateFile, apply, read, serve

COPY_EVERY = 0.1
SILENCE = 0.5


class Store:
    def __init__(self, name, peers, directory):
        self.name = name
        self.peers = [Peer(peer, address, timeout=0.3) for peer, address in peers]
        self.lock = threading.RLock()
        self.file = StateFile(directory)
        names = sorted([name] + [peer for peer, _ in peers])
        self.rank = names.index(name)
        saved = self.file.load() or {"epoch": 1, "primary": names[0], "data": {"kv": {}, "set": []}}
        self.epoch = saved["epoch"]
        self.primary = saved["primary"]
        self.data = saved["data"]
        self.heard = time.monotonic()

    def start(self):
        threading.Thread(target=self.watch, daemon=True).start()
        for peer in self.peers:
            threading.Thread(target=self.copy_to, args=(peer,), daemon=True).start()

    def save(self):
        self.file.save({"epoch": self.epoch, "primary": self.primary, "data": self.data})

    def handle(self, method, path, body):
        if path == "/status":
            role = "primary" if self.primary == self.name else "backup"
            return 200, {"role": role, "leader": self.primary, "epoch": self.epoch}
        with self.lock:
            if path == "/copy":
                return 200, self.take(body)
            if self.primary != self.name:
                return 421, {"error": "the primary is " + self.primary}
            if method == "GET":
                return read(self.data, path)
            status, reply = apply(self.data, method, path, body)
            self.save()
            return status, reply  # BUG: nobody else has it yet

    def take(self, body):
        """A backup takes the state of a primary, unless it knows of a later one."""
        if (body["epoch"], self.primary) < (self.epoch, body["primary"]):
            return {"epoch": self.epoch}
        self.heard = time.monotonic()
        if (self.epoch, self.primary, self.data) != (body["epoch"], body["primary"], body["data"]):
            self.epoch, self.primary, self.data = body["epoch"], body["primary"], body["data"]
            self.save()
        return {"epoch": self.epoch}

    def copy_to(self, peer):
        """The primary copies its state to a backup again and again."""
        while True:
            time.sleep(COPY_EVERY)
            with self.lock:
                if self.primary != self.name:
                    continue
                state = copy.deepcopy({"epoch": self.epoch, "primary": self.name, "data": self.data})
            peer.call("/copy", state)

    def watch(self):
        """A backup that hears nothing makes itself the primary."""
        while True:
            time.sleep(0.05)
            with self.lock:
                silent = time.monotonic() - self.heard
                if self.primary != self.name and silent > SILENCE * (1 + self.rank):
                    self.epoch += 1  # BUG: it asks nobody
                    self.primary = self.name
                    self.save()
                    print(f"{self.name} is the primary of epoch {self.epoch}", flush=True)


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
