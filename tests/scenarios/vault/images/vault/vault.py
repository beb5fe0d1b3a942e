"""Keeps what is put into it, a file for each thing, over HTTPS; lists all that it has."""

import errno
import os
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FOLDER = "/srv/vault"


class Vault(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200, "a vault\n" + "".join(f"{name}\n" for name in os.listdir(FOLDER)))

    def do_PUT(self):
        name = os.path.basename(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            keep(os.path.join(FOLDER, name), body)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            return self.answer(507, f"{error.strerror}\n")
        self.answer(201, "kept\n")

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def keep(path, body):
    """It is there when it is on the disk, and not before."""
    try:
        with open(path + ".new", "wb") as file:
            file.write(body or b"nothing\n")
            file.flush()
            os.fsync(file.fileno())
        os.rename(path + ".new", path)
    except OSError:
        if os.path.exists(path + ".new"):
            os.remove(path + ".new")
        raise


# Read once: a certificate that is changed later is not noticed.
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/tls/cert.pem", "/tls/key.pem")


class Server(ThreadingHTTPServer):
    # Somebody asks 50 times a second, and a busy machine lets them wait.
    request_queue_size = 128


server = Server(("0.0.0.0", 443), Vault)
server.socket = context.wrap_socket(
    server.socket, server_side=True, do_handshake_on_connect=False
)
server.serve_forever()
