#!/bin/sh
# Gives the old host's mail server its accounts (alice, bob, contact) and their mail: 120 messages,
# some with pictures. Each password is NAME-2019.
# Run inside its container: docker exec -i CONTAINER sh -s < fill-mail.sh
set -eu
exec python3 - <<'PYTHON'
import hashlib
import os
import socket
import struct
import sys
import time
import zlib
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

DOMAIN = os.environ.get("MAIL_DOMAIN", "asso.example")
VMAIL = 850
ACCOUNTS = {
    "alice": "$5$filagealice$/SvB03wLCXi9rEG/2T3m0aOASsCcadB9s8Yhs0CR3r4",
    "bob": "$5$filagebob$OHDpuFiKEkHe4ELRcUcG22wT56ere1sys3jc.nZzST9",
    "contact": "$5$filagecontact$Qxs9q6Ig2K1zpZ/.7XG7qkBECkzJldimV8ZB6D6tii5",
}
SUBJECTS = [
    "Ordre du jour de samedi", "Facture de l'hébergeur", "Clés du local", "Affiche à relire", "Inscription à l'atelier",
    "Compte rendu", "Prêt du vidéoprojecteur", "Question d'un adhérent", "Photos de la sortie", "Renouvellement du domaine",
]
SENDERS = ["Camille Martin <camille@example.org>", "Mairie annexe <vie-associative@example.net>", "Loïc Roux <loic@example.com>"]


def wait_for(port, greeting):
    for _ in range(150):
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as s:
                if s.recv(100).startswith(greeting):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit(f"fill-mail: nothing answers on port {port}")


def picture(seed, side=150):
    """A PNG of noise: valid, does not compress, and the same every time."""
    noise = b"".join(
        b"\0" + b"".join(hashlib.sha256(f"{seed} {row} {k}".encode()).digest() for k in range(side * 3 // 32 + 1))[: side * 3]
        for row in range(side)
    )

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(noise, 1)) + chunk(b"IEND", b"")


def message(box, number, sent):
    mail = EmailMessage(policy=SMTP)
    mail["From"] = SENDERS[number % len(SENDERS)]
    mail["To"] = f"{box}@{DOMAIN}"
    mail["Subject"] = f"{SUBJECTS[number % len(SUBJECTS)]} ({number // len(SUBJECTS) + 1})"
    mail["Date"] = format_datetime(sent)
    mail["Message-ID"] = f"<{box}-{number:03d}@example.org>"
    mail.set_content("Bonjour,\n\n" + "Voici les éléments dont nous avons parlé à la permanence.\n" * (3 + number % 20) + "\nBien à vous\n")
    if number % 2 == 0:
        mail.add_attachment(picture(f"{box} {number}"), maintype="image", subtype="png", filename=f"photo-{number:03d}.png")
        mail.set_boundary(f"=_{box}-{number:03d}")
    return mail.as_bytes()


def write(path, data, when):
    with open(path, "wb") as file:
        file.write(data)
    os.chown(path, VMAIL, VMAIL)
    os.chmod(path, 0o600)
    os.utime(path, (when, when))


wait_for(25, b"220 ")
wait_for(143, b"* OK")
first = datetime(2019, 1, 7, 9, 12, tzinfo=timezone.utc)
count = size = 0
for box in ACCOUNTS:
    maildir = f"/srv/mail/boxes/{box}"
    for folder in ("", "/cur", "/new", "/tmp"):
        os.makedirs(maildir + folder, 0o700, exist_ok=True)
        os.chown(maildir + folder, VMAIL, VMAIL)
    for number in range(40):
        sent = first + timedelta(days=4 * number, hours=number % 9, minutes=len(box) * number % 60)
        data = message(box, number, sent)
        stamp = int(sent.timestamp())
        # What is older than the last ten has been read.
        name = f"new/{stamp}.{box}{number:03d}.old" if number >= 30 else f"cur/{stamp}.{box}{number:03d}.old:2,S"
        write(f"{maildir}/{name}", data, stamp)
        count += 1
        size += len(data)
# Last: once an account is known, its mail is there. In place, so that the file keeps its owner.
with open("/srv/mail/users", "w") as users:
    users.writelines(f"{name}:{{SHA256-CRYPT}}{password}\n" for name, password in ACCOUNTS.items())
print(f"fill-mail: {count} messages, {size / 1e6:.1f} MB")
PYTHON
