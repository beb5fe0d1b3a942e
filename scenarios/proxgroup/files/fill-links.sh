#!/bin/sh
# Gives the old host's shortener the 500 links that it has collected over the years.
# Run inside its container: docker exec -i CONTAINER sh -s < fill-links.sh
set -eu
exec python3 - <<'PYTHON'
import sqlite3
import sys
import time
import urllib.request

for _ in range(100):
    try:
        urllib.request.urlopen("http://127.0.0.1:8080/healthz", timeout=1).close()
        break
    except OSError:
        time.sleep(0.1)
else:
    sys.exit("fill-links: the shortener does not answer on port 8080")

TOPICS = [
    "assemblee-generale", "atelier-reparation", "install-party", "permanence", "bulletin-adhesion",
    "compte-rendu", "statuts", "covoiturage", "inventaire-materiel", "affiche",
]
FIRST = 1420106400  # 1 January 2015, 10:00 UTC
DAY = 86400

# Straight into the database and not through the API, because the dates lie in the past.
db = sqlite3.connect("/srv/links/links.db", timeout=5)
with db:
    for number in range(500):
        topic = TOPICS[number % len(TOPICS)]
        edition = number // len(TOPICS) + 1
        db.execute(
            "INSERT OR IGNORE INTO links (short, url, counter, created_at) VALUES (?, ?, ?, ?)",
            (
                f"{topic}-{edition}",
                f"https://documents.asso.example/{2015 + number // 125}/{topic}/{edition:03d}.html",
                (number * 37) % 211,
                FIRST + number * 3 * DAY + (number * 1237) % DAY,
            ),
        )
print("fill-links:", db.execute("SELECT COUNT(*) FROM links").fetchone()[0], "links")
PYTHON
