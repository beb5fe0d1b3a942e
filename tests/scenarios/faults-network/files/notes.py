"""Serves /srv/notes on port 8080, over IPv6 and IPv4, as small as a service can be."""

import functools
import socket
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer


class Server(ThreadingHTTPServer):
    # Somebody asks 50 times a second, and a busy machine lets them wait.
    request_queue_size = 128
    address_family = socket.AF_INET6

    def server_bind(self):
        # That of HTTP servers would ask for a name of its address.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "notes", 8080


handler = functools.partial(SimpleHTTPRequestHandler, directory="/srv/notes")
Server(("::", 8080), handler).serve_forever()
