"""A shelf of books: `POST /shelf?id=...` puts one there, `GET /shelf` lists them, `/` is a page.

A book is on disk before it is acknowledged. Where /run/slow lies, every answer waits for as many
seconds as it says. Each visit to the page leaves its moment at /run/visit.
"""

import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

BOOKS = Path("/srv/shelf/books")
ONE_AT_A_TIME = threading.Lock()


class Shelf(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body of an answer go out in one piece.
    wbufsize = -1

    def do_GET(self):
        if self.path == "/":
            self.answer(200, Path("/opt/page.html").read_bytes())
            Path("/run/visit").touch()
        elif self.path == "/shelf":
            self.answer(200, BOOKS.read_bytes() if BOOKS.exists() else b"")
        else:
            self.answer(404, b"no such page\n")

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        book = parse_qs(urlsplit(self.path).query).get("id")
        if not book:
            return self.answer(400, b"which book?\n")
        with ONE_AT_A_TIME, BOOKS.open("a") as books:
            books.write(book[0] + "\n")
            books.flush()
            os.fsync(books.fileno())
        self.answer(201, b"it is on the shelf\n")

    def answer(self, status, body):
        time.sleep(slowness())
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def slowness():
    try:
        return float(Path("/run/slow").read_text())
    except (FileNotFoundError, ValueError):
        # Not slow, or somebody is about to say how slow.
        return 0


class Server(ThreadingHTTPServer):
    request_queue_size = 128


Server(("0.0.0.0", int(sys.argv[1]) if sys.argv[1:] else 8080), Shelf).serve_forever()
