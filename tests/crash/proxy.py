"""A proxy in front of Bluesky's own server that does one thing wrong, once: with the first call whose path names it.

- `lost`: the call is forwarded, its answer is thrown away;
- `late`: the call is forwarded, its answer comes after whoever asked has given up;
- `doubled`: the call is forwarded twice, one after the other, and the second answer is passed on.

What is in front stays up: everything else is passed on as it is.
"""

import http.client
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-authorization", "proxy-authenticate"}


class Proxy:
    """Listens on a port of its own and passes on to `behind`."""

    def __init__(self, behind, late_seconds):
        self.behind, self.late_seconds, self.lock = urllib.parse.urlparse(behind), late_seconds, threading.Lock()
        self.fault, self.met = None, 0
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *words):
                pass

            def any(self):
                proxy.pass_on(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = any

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def set(self, fault, *calls):
        """The next call whose path ends in one of `calls` meets `fault`, each of them once."""
        with self.lock:
            self.fault, self.calls, self.met = fault, set(calls), 0

    def takes(self, path):
        with self.lock:
            call = next((call for call in getattr(self, "calls", ()) if path.split("?")[0].endswith(call)), None)
            if not self.fault or call is None:
                return None
            self.calls.discard(call)
            self.met += 1
            return self.fault

    def forward(self, handler, body):
        connection = http.client.HTTPConnection(self.behind.hostname, self.behind.port, timeout=60)
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in HOP_BY_HOP}
        # Signatures of tokens name the address that was asked, so it is kept.
        connection.request(handler.command, handler.path, body, headers)
        answer = connection.getresponse()
        kept = answer.status, answer.reason, answer.getheaders(), answer.read()
        connection.close()
        return kept

    def pass_on(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)) or None
        fault = self.takes(handler.path)
        try:
            status, reason, headers, content = self.forward(handler, body)
            if fault == "doubled":
                status, reason, headers, content = self.forward(handler, body)
            if fault == "late":
                time.sleep(self.late_seconds)
            if fault == "lost":
                handler.close_connection = True
                handler.connection.close()
                return
            handler.send_response(status, reason)
            for name, value in headers:
                if name.lower() not in HOP_BY_HOP | {"content-length", "date", "server"}:
                    handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(content)))
            handler.end_headers()
            if handler.command != "HEAD":
                handler.wfile.write(content)
        except (OSError, http.client.HTTPException, ValueError):
            # Whoever asked is gone, or what is behind does not answer.
            handler.close_connection = True

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
