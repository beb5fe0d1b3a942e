"""Says hello on port 8080, from whichever host it runs on."""

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hello(BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"hello from {socket.gethostname()}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    # Somebody asks 50 times a second, and a busy machine lets them wait.
    request_queue_size = 128


Server(("0.0.0.0", 8080), Hello).serve_forever()
