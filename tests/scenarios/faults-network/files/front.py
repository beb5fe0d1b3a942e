"""Shows the notes of another server on port 8081, or says that it cannot."""

import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NOTES = "http://notes.network.example:8080/first.txt"


class Front(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            body, status = urllib.request.urlopen(NOTES, timeout=0.8).read(), 200
        except OSError:
            body, status = b"the notes do not answer\n", 503
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    # Somebody asks 50 times a second, and a busy machine lets them wait.
    request_queue_size = 128


Server(("0.0.0.0", 8081), Front).serve_forever()
