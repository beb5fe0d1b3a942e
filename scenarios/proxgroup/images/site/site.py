"""The association's website, over a MariaDB database.

    GET  /                 every article: title, date, excerpt
    GET  /articles/N       one article
    GET  /articles.json    [{"id", "uid", "title"}] of every article
    POST /articles         title, body, optional uid (unique): 201 {"id": N} once it is committed,
                           200 with the same id when an article with that uid is there already
    GET  /healthz          200 when the database answers

503 with a reason when the database does not answer. Every request opens its own connection, so the
site follows the database to a new address as soon as DNS names it.
"""

import html
import json
import os
import signal
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pymysql

PORT = 80
TIMEOUT = 2
MAX_BODY = 1024 * 1024
DUPLICATE = 1062  # MariaDB's ER_DUP_ENTRY


def connect():
    return closing(
        pymysql.connect(
            host=os.environ.get("DB_HOST", "db"),
            user=os.environ.get("DB_USER", "site"),
            password=os.environ.get("DB_PASSWORD", ""),
            database=os.environ.get("DB_NAME", "site"),
            charset="utf8mb4",
            connect_timeout=TIMEOUT,
            read_timeout=TIMEOUT,
            write_timeout=TIMEOUT,
        )
    )


def rows(query, *values):
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def add_article(title, body, uid):
    """(id, whether it is new). Returns only after the commit."""
    with connect() as connection, connection.cursor() as cursor:
        try:
            cursor.execute(
                "INSERT INTO articles (uid, title, published, body) VALUES (%s, %s, NOW(), %s)", (uid, title, body)
            )
            connection.commit()
            return cursor.lastrowid, True
        except pymysql.err.IntegrityError as error:
            if error.args[0] != DUPLICATE:
                raise
            connection.rollback()
            cursor.execute("SELECT id FROM articles WHERE uid = %s", (uid,))
            return cursor.fetchone()[0], False


def page(title, body):
    return f"""<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><title>{html.escape(title)}</title></head>
<body><h1><a href="/">Asso Exemple</a></h1>{body}</body></html>
"""


def front_page():
    articles = rows("SELECT id, title, published, LEFT(body, 200) FROM articles ORDER BY published DESC, id DESC")
    items = "".join(
        f'<article><h2><a href="/articles/{number}">{html.escape(title)}</a></h2>'
        f"<p><time>{published:%Y-%m-%d}</time> {html.escape(excerpt)}…</p></article>\n"
        for number, title, published, excerpt in articles
    )
    return page("Asso Exemple", f"<p>{len(articles)} articles</p>\n{items}")


def article_page(number):
    found = rows("SELECT title, published, body FROM articles WHERE id = %s", number)
    if not found:
        return None
    title, published, body = found[0]
    text = "".join(f"<p>{html.escape(part)}</p>\n" for part in body.split("\n\n"))
    return page(title, f"<h2>{html.escape(title)}</h2><p><time>{published:%Y-%m-%d}</time></p>\n{text}")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Site"
    timeout = 15  # an idle keep-alive connection

    def answer(self, status, body, kind="text/html; charset=utf-8"):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def answer_json(self, status, value):
        self.answer(status, json.dumps(value, ensure_ascii=False), "application/json; charset=utf-8")

    def guarded(self, act):
        try:
            act()
        except (pymysql.err.Error, OSError) as error:
            self.log_error("database: %s", error)
            self.answer(503, f"503: the database does not answer: {error}\n", "text/plain; charset=utf-8")

    def do_GET(self):
        self.guarded(self.get)

    do_HEAD = do_GET

    def do_POST(self):
        self.guarded(self.post)

    def not_found(self):
        self.answer(404, page("Introuvable", "<p>Cette page n’existe pas.</p>"))

    def get(self):
        path = urlsplit(self.path).path
        number = path.removeprefix("/articles/")
        if path == "/":
            self.answer(200, front_page())
        elif path == "/healthz":
            rows("SELECT 1")
            self.answer(200, "ok\n", "text/plain")
        elif path == "/articles.json":
            found = rows("SELECT id, uid, title FROM articles ORDER BY id")
            self.answer_json(200, [dict(zip(("id", "uid", "title"), row)) for row in found])
        elif path != number and number.isdecimal():
            found = article_page(int(number))
            if found:
                self.answer(200, found)
            else:
                self.not_found()
        else:
            self.not_found()

    def post(self):
        length = int(self.headers.get("Content-Length") or 0)
        if urlsplit(self.path).path != "/articles" or not 0 <= length <= MAX_BODY:
            self.close_connection = True
            self.not_found()
            return
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode(errors="replace")).items()}
        if not form.get("title") or not form.get("body"):
            self.answer(400, "400: an article needs a title and a body\n", "text/plain")
            return
        number, new = add_article(form["title"], form["body"], form.get("uid"))
        self.answer_json(201 if new else 200, {"id": number})


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    server = Server(("0.0.0.0", PORT), Handler)
    # shutdown() waits for serve_forever, so it cannot be called from the thread that runs it.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"site: port {PORT}, database at {os.environ.get('DB_HOST', 'db')}")
    server.serve_forever(poll_interval=0.1)
    time.sleep(0.2)  # answers under way leave the house


main()
