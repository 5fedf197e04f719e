"""A headless Chromium for tests of the web app, driven over its debugging pipe (no library needed).

The pipe carries the DevTools protocol: JSON messages that end with a NUL byte.
"""
import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import time

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
         "--remote-debugging-pipe", "about:blank"]


def browser_path():
    """Where a Chromium is, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class BrowserError(Exception):
    """The page did not do what was expected, or the browser did not answer."""


class Browser:
    """One browser with one page; `folder` becomes its profile."""

    def __init__(self, folder):
        to_child, self.write_fd = os.pipe()
        self.read_fd, from_child = os.pipe()

        def pipes_place():
            os.dup2(to_child, 50)  # out of the way first: either may be 3 or 4 already
            os.dup2(from_child, 51)
            os.dup2(50, 3)
            os.dup2(51, 4)

        command = [browser_path(), f"--user-data-dir={pathlib.Path(folder).resolve()}", *FLAGS]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, close_fds=False, preexec_fn=pipes_place)
        os.close(to_child)
        os.close(from_child)
        self.buffer = b""
        self.last_id = 0
        self.session = None
        self.complaints = []  # errors and exceptions of the page
        target = self.command("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.command(f"{domain}.enable")

    def command(self, method, timeout_s=30, **params):
        """Ask the browser; what it tells in the meantime is kept if it is a complaint."""
        self.last_id += 1
        message = {"id": self.last_id, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_fd, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + timeout_s
        while True:
            answer = self.message(deadline)
            if answer.get("id") == self.last_id:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.listen(answer)

    def message(self, deadline):
        while b"\0" not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.read_fd], [], [], left)[0]:
                raise BrowserError("the browser does not answer")
            data = os.read(self.read_fd, 1 << 20)
            if not data:
                raise BrowserError("the browser has ended")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(line)

    def listen(self, event):
        if event.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(event["params"]["exceptionDetails"])[:500])
        if event.get("method") == "Log.entryAdded":
            entry = event["params"]["entry"]
            if entry["level"] == "error" and "status of" not in entry["text"]:
                self.complaints.append(f"{entry['text']} {entry.get('url', '')}")

    def open(self, url):
        self.command("Page.navigate", url=url)

    def run(self, script):
        """Value of a JavaScript expression; promises are awaited."""
        done = self.command("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in done:
            raise BrowserError(f"{script}: {done['exceptionDetails'].get('exception', {}).get('description')}")
        return done["result"].get("value")

    def wait(self, condition, timeout_s=10):
        """Until a JavaScript expression is true."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            try:
                if self.run(f"!!({condition})"):
                    return
            except BrowserError:
                pass  # between two pages
            time.sleep(0.05)
        raise BrowserError(f"not within {timeout_s} s: {condition}; page: {self.run('document.body.innerText')[:500]}")

    def click(self, selector):
        """Click it as soon as it is there; a table that is loaded anew may take it away for a moment."""
        self.wait(f"(found => found && (found.click(), true))(document.querySelector({json.dumps(selector)}))")

    def type(self, selector, text):
        """As a person does: focus, keys."""
        self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        self.command("Input.insertText", text=text)

    def key(self, key):
        code = {"Enter": 13, "Escape": 27, "Tab": 9, " ": 32}[key]
        text = {"Enter": "\r", " ": " "}.get(key, "")
        for kind in ("keyDown", "keyUp"):
            self.command("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                         **({"text": text} if text and kind == "keyDown" else {}))

    def look(self, width=1280, height=800, dark=False):
        """Size of the window, light or dark."""
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                     mobile=width < 600)
        self.command("Emulation.setEmulatedMedia",
                     features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def screenshot(self, path):
        data = self.command("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.write_fd)
        os.close(self.read_fd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
