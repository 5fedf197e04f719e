"""tandem-webui of one test: started beside a Tandem, logged in to, asked."""
import http.client
import json
import re
import socket

from tandem import Daemon, TandemError

CHANGE = {"X-Tandem-Request": "1"}


class Answer:
    """Status, headers and body of one answer."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    def code(self):
        """The code of an error."""
        return self.json()["error"]["code"]


class WebUi:
    """The web server on the data folder of `tandem`, whether or not that runs."""

    def __init__(self, tandem):
        self.daemon = Daemon("tandem-webui", ["--config", str(tandem.conf_path)], tandem.folder / "webui.log")
        address = re.search(r"^http_listen (\S+)$", tandem.conf_path.read_text(), re.M)[1]
        self.host, port = address.rsplit(":", 1)
        self.port = int(port)
        self.cookie = {}

    def start(self):
        self.daemon.start()

    def password(self):
        """The first one, as it is told in the log."""
        found = re.search(r"first password: (\S+)", self.daemon.log_path.read_text())
        if not found:
            raise TandemError("no first password in the log")
        return found[1]

    def ask(self, method, path, body=None, headers=None):
        """One request on a connection of its own; `body` is JSON unless it is bytes."""
        headers = {**self.cookie, **(headers or {})}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        try:
            connection.request(method, path, body=body, headers=headers)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path):
        return self.ask("GET", path)

    def change(self, method, path, body=None):
        return self.ask(method, path, body, CHANGE)

    def login(self, password=None):
        answer = self.change("POST", "/api/v1/login", {"password": password or self.password()})
        if answer.status == 204:
            self.cookie = {"Cookie": answer.headers["Set-Cookie"].split(";")[0]}
        return answer

    def raw(self, data, timeout_s=5):
        """Send bytes as they are; what comes back until the connection ends or falls silent."""
        received = b""
        with socket.create_connection((self.host, self.port), timeout=timeout_s) as connection:
            try:
                connection.sendall(data)
                while part := connection.recv(65536):
                    received += part
            except (TimeoutError, ConnectionError):
                pass
        return received

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.daemon.stop()
        elif self.daemon.running():
            self.daemon.kill()
