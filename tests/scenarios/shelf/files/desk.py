"""The desk of a shelf, on port 8090: hands everything on to the shelf, which it knows by its name.

What the shelf says, the desk says too.
"""

import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SHELF = "http://www.shelf.example:8080"


class Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self):
        self.hand_on()

    def do_POST(self):
        self.hand_on()

    def hand_on(self):
        request = urllib.request.Request(SHELF + self.path, method=self.command)
        try:
            with urllib.request.urlopen(request, timeout=2) as answer:
                self.answer(answer.status)
        except urllib.error.HTTPError as error:
            self.answer(error.code)
        except OSError:
            self.answer(502)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    # Somebody asks 50 times a second, and a busy machine lets them wait.
    request_queue_size = 128


Server(("0.0.0.0", 8090), Desk).serve_forever()
