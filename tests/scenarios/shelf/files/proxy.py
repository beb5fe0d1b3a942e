"""A proxy on port 8080, in front of a shelf on port 8081. What it does is in /run/proxy.

    half    passes half of each page on, and announces the half
    less    announces the whole page, and hangs up after half of it
    whole   passes all of it on
"""

from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Proxy(BaseHTTPRequestHandler):
    wbufsize = -1

    def do_GET(self):
        behind = HTTPConnection("127.0.0.1", 8081, timeout=5)
        behind.request("GET", self.path)
        answer = behind.getresponse()
        body = answer.read()
        half, does = body[: len(body) // 2], Path("/run/proxy").read_text().strip()
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(half if does == "half" else body)))
        self.end_headers()
        self.wfile.write(body if does == "whole" else half)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    # Somebody asks 50 times a second, and a busy machine lets them wait.
    request_queue_size = 128


Server(("0.0.0.0", 8080), Proxy).serve_forever()
