"""Serves /srv/notes on port 8080, as small as a service can be."""

import functools
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

handler = functools.partial(SimpleHTTPRequestHandler, directory="/srv/notes")
ThreadingHTTPServer(("0.0.0.0", 8080), handler).serve_forever()
