"""A mailbox that takes mail by LMTP (RFC 2033) on port 24: a line of /srv/box/mails for each.

A mail is on disk before it is acknowledged.
"""

import os
import socketserver
import threading

MAILS = "/srv/box/mails"
ONE_AT_A_TIME = threading.Lock()


class Lmtp(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 box")
        recipients = 0
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                recipients += 1
            if verb == b"DATA":
                self.say("354 go on")
                mail = self.mail()
                if mail is None:
                    return
                keep(mail)
                for _ in range(recipients):
                    self.say("250 kept")
                recipients = 0
            elif verb == b"QUIT":
                return self.say("221 bye")
            else:
                self.say("250 box")

    def mail(self):
        """All of it on one line; none where it breaks off."""
        lines = []
        while line := self.rfile.readline():
            if line == b".\r\n":
                return b" ".join(lines) + b"\n"
            lines.append(line.strip())

    def say(self, words):
        self.wfile.write(f"{words}\r\n".encode())


def keep(mail):
    with ONE_AT_A_TIME, open(MAILS, "ab") as mails:
        mails.write(mail)
        mails.flush()
        os.fsync(mails.fileno())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server(("0.0.0.0", 24), Lmtp).serve_forever()
