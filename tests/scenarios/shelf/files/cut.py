"""Cuts this host's port 8080 off, again and again, and tells how long each cut was.

    cut.py [--after-visit] HOW:SECONDS:PAUSE...

HOW is `drop` (nobody answers) or `reject` (refused at once). PAUSE comes after the cut. With
--after-visit, the first cut comes shortly after a visit to the page.

Each line printed is what a cut lasted, at least and at most: a command takes effect at some moment
between the moment it was given and the moment it was seen to be done.
"""

import subprocess
import sys
import time
from pathlib import Path

RULES = {"drop": "drop", "reject": "reject with tcp reset"}
PATIENCE = 30


class Nft:
    """A process that takes commands, for one that is started for each takes too long."""

    def __init__(self):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(["nft", "-i"], stdin=pipe, stdout=pipe, text=True)
        self.do("add table inet cut")
        self.do("add chain inet cut in { type filter hook input priority -10; }")

    def do(self, command):
        """Does it, and tells when that began and when it was seen to be done."""
        begun = time.monotonic()
        self.process.stdin.write(f"{command}\nadd table inet done\nlist table inet done\n")
        self.process.stdin.flush()
        while (line := self.process.stdout.readline()) != "}\n":
            if not line:
                sys.exit(f"nft ended at: {command}")
        return begun, time.monotonic()


def cut(nft, how, seconds):
    cut_begun, cut_done = nft.do(f"add rule inet cut in tcp dport 8080 {RULES[how]}")
    time.sleep(seconds)
    let_begun, let_done = nft.do("flush chain inet cut in")
    print(f"{let_begun - cut_done:.6f} {let_done - cut_begun:.6f}", flush=True)


def wait_for_visit():
    visit = Path("/run/visit")
    before, until = visit.stat().st_mtime_ns, time.monotonic() + PATIENCE
    while visit.stat().st_mtime_ns == before:
        if time.monotonic() > until:
            sys.exit("nobody comes")
        time.sleep(0.001)
    # Until the visitor has gone.
    time.sleep(0.01)


def main(arguments):
    nft = Nft()
    if arguments[0] == "--after-visit":
        arguments = arguments[1:]
        wait_for_visit()
    for argument in arguments:
        how, seconds, pause = argument.split(":")
        cut(nft, how, float(seconds))
        time.sleep(float(pause))


main(sys.argv[1:])
