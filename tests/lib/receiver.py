"""A program that webhooks are sent to: takes, refuses, hangs, answers slowly or dies, as it is told."""
import hashlib
import hmac
import http.server
import json
import socket
import threading
import time

from tandem import wait_until


class Receiver:
    """Listens on (host, port); `got` holds (headers, body) of each request that was taken with 2xx."""

    def __init__(self, host, port, secret, tls=None):
        self.address, self.secret, self.tls = (host, port), secret, tls
        self.got, self.refused, self.faults = [], [], []
        self.status = 200       # or a function of the number of the request
        self.headers = {}       # of the answer
        self.delay_s = 0
        self.before_answer = None
        self.lock = threading.Lock()
        self.server = None

    def url(self, path="/hook"):
        return f"{'https' if self.tls else 'http'}://{self.address[0]}:{self.address[1]}{path}"

    def start(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                receiver.take(self)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_):
                pass

        self.server = Server(self.address, Handler)
        if self.tls:
            self.server.socket = self.tls.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def take(self, request):
        body = request.rfile.read(int(request.headers["Content-Length"]))
        self.check(request.headers, body)
        time.sleep(self.delay_s)
        with self.lock:
            number = len(self.got) + len(self.refused)
            status = self.status(number) if callable(self.status) else self.status
            (self.got if 200 <= status < 300 else self.refused).append((request.headers, body))
        if self.before_answer:
            self.before_answer()
        if status == 0:  # dies under the request
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        request.send_response(status)
        for name, value in self.headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "2")
        request.end_headers()
        request.wfile.write(b"ok")

    def check(self, headers, body):
        """The signature by the words of docs/webhooks.md, with Python's own HMAC."""
        stamp = headers.get("X-Tandem-Timestamp", "")
        wanted = hmac.new(self.secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        if headers.get("X-Tandem-Signature") != f"sha256={wanted}":
            self.faults.append(f"wrong signature: {dict(headers)}")
        if not stamp.isdigit() or abs(int(stamp) - time.time()) > 5:
            self.faults.append(f"wrong timestamp: {stamp!r}")

    def events(self):
        """All that was taken, in the order it came, duplicates and all."""
        with self.lock:
            bodies = [json.loads(body) for _, body in self.got]
        return [event for body in bodies for event in (body if isinstance(body, list) else [body])]

    def ids(self):
        return [event["id"] for event in self.events()]

    def await_seqs(self, seqs, timeout_s):
        """Wait until each event of these was taken."""
        wait_until(lambda: set(seqs) <= {event["seq"] for event in self.events()}, timeout_s,
                   f"{len(seqs)} events at {self.url()}")
