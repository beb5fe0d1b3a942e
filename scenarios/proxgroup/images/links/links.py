"""A URL shortener with Lstu's HTTP API.

    GET  /                 the form
    POST /a                lsturl, optional lsturl-custom, optional format=json
    GET  /SHORT            301 to the URL
    GET  /SHORT.json       {"success": true, "url": ...}, or 404 with {"success": false, "msg": ...}
    GET  /stats            every link and how often it was used, as a page
    GET  /stats.json       the same as a list of {short, url, counter, created_at}
    GET  /healthz          200 when the database answers

As in Lstu, a user's mistake is answered with status 200 and {"success": false, "msg": ...}; only a
link that is safely on the disk is answered with {"success": true}; and a URL that is known already
keeps its short name unless a custom one is asked for.
"""

import html
import json
import os
import re
import secrets
import signal
import sqlite3
import string
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

DATABASE = os.path.join(os.environ.get("LINKS_DIR", "/srv/links"), "links.db")
PORT = 8080
RESERVED = {"a", "api", "d", "stats", "healthz", "login", "logout"}
ALPHABET = string.ascii_letters + string.digits + "-_"
MAX_BODY = 64 * 1024
SCHEMA = """
CREATE TABLE IF NOT EXISTS links (
    short TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    counter INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS links_url ON links (url);
"""


class Store:
    """The links. One connection behind a lock: SQLite allows a single writer anyway."""

    def __init__(self, path):
        self.lock = threading.Lock()
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=5)
        # A rollback journal keeps everything in one file once the program has stopped, and FULL
        # makes a commit wait for the disk: what was acknowledged survives any stop.
        self.db.execute("PRAGMA journal_mode = DELETE")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.executescript(SCHEMA)

    def _one(self, query, *values):
        row = self.db.execute(query, values).fetchone()
        return row[0] if row else None

    def url_of(self, short):
        with self.lock:
            return self._one("SELECT url FROM links WHERE short = ?", short)

    def add(self, url, custom):
        """The short name of `url`, or None when the custom name is taken."""
        with self.lock:
            if custom is None:
                known = self._one("SELECT short FROM links WHERE url = ?", url)
                if known:
                    return known
            short = custom or "".join(secrets.choice(ALPHABET) for _ in range(8))
            try:
                self.db.execute(
                    "INSERT INTO links (short, url, created_at) VALUES (?, ?, ?)", (short, url, int(time.time()))
                )
            except sqlite3.IntegrityError:
                return None
            return short

    def count_use(self, short):
        with self.lock:
            self.db.execute("UPDATE links SET counter = counter + 1 WHERE short = ?", (short,))

    def all(self):
        with self.lock:
            return self.db.execute(
                "SELECT short, url, counter, created_at FROM links ORDER BY created_at, short"
            ).fetchall()


def is_web_address(url):
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", url)
    except ValueError:
        return False


def shorten(store, url, custom):
    """(short name, None) or (None, what the user did wrong)."""
    if custom and (custom in RESERVED or not re.fullmatch(r"[-a-zA-Z0-9_]+", custom)):
        return None, (
            "The shortened text can contain only numbers, letters and the - and _ character, "
            f"and can't be a reserved word. Your URL to shorten: {url}"
        )
    if not is_web_address(url):
        return None, f"{url} is not a valid URL."
    short = store.add(url, custom)
    if short is None:
        return None, f"The shortened text ({custom}) is already used. Please choose another one."
    return short, None


def page(body):
    return f"""<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><title>Liens</title></head>
<body><h1><a href="/">Liens</a></h1>{body}</body></html>
"""


FORM = """<form method="post" action="/a">
<p><label>Adresse à raccourcir <input name="lsturl" type="url" required size="60"></label></p>
<p><label>Nom choisi (facultatif) <input name="lsturl-custom" pattern="[-a-zA-Z0-9_]+"></label></p>
<p><button>Raccourcir</button> <a href="/stats">Statistiques</a></p>
</form>"""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Links"
    timeout = 15  # an idle keep-alive connection

    def prefix(self):
        scheme = self.headers.get("X-Forwarded-Proto", "http")
        return f"{scheme}://{self.headers.get('Host', 'localhost')}/"

    def answer(self, status, body, kind="text/html; charset=utf-8", **headers):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def answer_json(self, status, value):
        self.answer(status, json.dumps(value), "application/json; charset=utf-8")

    def guarded(self, act):
        """A broken database is a 500, never a dropped connection."""
        try:
            act()
        except sqlite3.Error as error:
            self.log_error("database: %s", error)
            self.answer_json(500, {"success": False, "msg": f"The database does not answer: {error}"})

    def do_GET(self):
        self.guarded(self.get)

    do_HEAD = do_GET

    def do_POST(self):
        self.guarded(self.post)

    def get(self):
        path = urlsplit(self.path).path.lstrip("/")
        store = self.server.store
        if path == "":
            self.answer(200, page(FORM))
        elif path == "healthz":
            store.url_of("")
            self.answer(200, "ok\n", "text/plain")
        elif path == "stats.json":
            fields = ("short", "url", "counter", "created_at")
            self.answer_json(200, [dict(zip(fields, (self.prefix() + row[0], *row[1:]))) for row in store.all()])
        elif path == "stats":
            rows = "".join(
                f"<tr><td>{html.escape(short)}<td>{html.escape(url)}<td>{counter}"
                for short, url, counter, _ in store.all()
            )
            self.answer(200, page(f"<table><tr><th>Nom<th>Adresse<th>Visites{rows}</table>"))
        else:
            self.follow(path)

    def follow(self, path):
        as_json = path.endswith(".json")
        short = path.removesuffix(".json")
        store = self.server.store
        url = store.url_of(short)
        if url is None:
            msg = f"The shortened URL {self.prefix()}{short} doesn't exist."
            if as_json:
                self.answer_json(404, {"success": False, "msg": msg})
            else:
                self.answer(404, page(f"<p>{html.escape(msg)}</p>{FORM}"))
            return
        if as_json:
            self.answer_json(200, {"success": True, "url": url})
        else:
            self.answer(301, "", Location=url)
        try:
            store.count_use(short)
        except sqlite3.Error as error:  # the visitor has what he came for
            self.log_error("counter of %s: %s", short, error)

    def post(self):
        length = int(self.headers.get("Content-Length") or 0)
        if urlsplit(self.path).path != "/a" or not 0 <= length <= MAX_BODY:
            self.close_connection = True
            self.answer(404, page("<p>Not found</p>"))
            return
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode(errors="replace")).items()}
        url = form.get("lsturl", "").strip()
        short, msg = shorten(self.server.store, url, form.get("lsturl-custom") or None)
        if form.get("format") == "json":
            if msg:
                self.answer_json(200, {"success": False, "msg": msg})
            else:
                self.answer_json(200, {"success": True, "url": url, "short": self.prefix() + short})
        elif msg:
            self.answer(200, page(f"<p>{html.escape(msg)}</p>{FORM}"))
        else:
            link = html.escape(self.prefix() + short)
            self.answer(200, page(f'<p><a href="{link}">{link}</a></p>{FORM}'))


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    server = Server(("0.0.0.0", PORT), Handler)
    server.store = Store(DATABASE)
    # shutdown() waits for serve_forever, so it cannot be called from the thread that runs it.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"links: {DATABASE}, port {PORT}")
    server.serve_forever(poll_interval=0.1)
    # No request is cut off between its commit and its answer.
    server.store.lock.acquire(timeout=0.5)
    time.sleep(0.05)


main()
