"""A trust to measure, the program that serves it, and people who use it: what the benchmarks have in common."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

PROGRAM = os.environ["CLEANSHEET"]
PROFILE = Path(__file__).resolve().parents[1] / "profiles" / "demo.toml"


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def bench(program, *words):
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, timeout=1800)
    if done.returncode:
        sys.exit(f"bench-serve {' '.join(map(str, words[:2]))}: {done.stderr[-800:]}")
    return json.loads(done.stdout)


def share(values, part):
    values = sorted(values)
    return values[round((len(values) - 1) * part)]


class Trust:
    """One trust on one engine, and the program that serves it."""

    def __init__(self, engine, database, work):
        self.engine, self.database, self.port = engine, database, free_port()
        self.folder = work / engine
        self.folder.mkdir()
        self.data, self.host = self.folder / "trust", f"127.0.0.1:{self.port}"
        self.words = ["--data", str(self.data), *(["--database", database] if database else [])]
        self.log = open(self.folder / "log", "ab")
        made = subprocess.run([PROGRAM, "setup", *self.words, "--profile", str(PROFILE), "--public-url", f"http://localhost:{self.port}"],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
        if made.returncode:
            sys.exit(f"setup: {made.stderr}")
        self.address = database or str(self.data / "trust.db")
        self.child = None

    def start(self):
        """Starts the program; answers how many milliseconds passed until the first page was there."""
        begun = time.monotonic()
        self.child = subprocess.Popen([PROGRAM, "serve", *self.words, "--listen", self.host], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        while self.child.poll() is None and time.monotonic() < begun + 120:
            try:
                connection = http.client.HTTPConnection(self.host, timeout=30)
                connection.request("GET", "/sign-in", headers={"Host": f"localhost:{self.port}"})
                if connection.getresponse().status == 200:
                    return (time.monotonic() - begun) * 1e3
            except OSError:
                time.sleep(0.002)
            finally:
                connection.close()
        sys.exit(f"{self.engine}: the program did not start: {(self.folder / 'log').read_text()[-800:]}")

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        self.child.wait(300)

    def memory(self):
        """What the program itself holds, in megabytes; its children hold the models."""
        text = Path(f"/proc/{self.child.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024

    def settle(self):
        """Waits until the program has nothing to do."""
        def used():
            fields = Path(f"/proc/{self.child.pid}/stat").read_text().rsplit(") ", 1)[1].split()
            return int(fields[11]) + int(fields[12])
        before, end = used(), time.monotonic() + 120
        while time.monotonic() < end:
            time.sleep(1)
            before, now = used(), before
            if before - now <= 3:
                return


class Person:
    """A browser with a cookie, for what is more than reading."""

    def __init__(self, trust, cookie):
        self.trust, self.cookie = trust, cookie

    def send(self, method, path, body=None, kind="application/x-www-form-urlencoded"):
        connection = http.client.HTTPConnection(self.trust.host, timeout=60)
        origin = f"localhost:{self.trust.port}"
        headers = {"Host": origin, "Cookie": self.cookie, **({"Content-Type": kind, "Origin": f"http://{origin}"} if body is not None else {})}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Location", ""), answer.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def field(self, page, name):
        return re.search(rf'name="{name}" value="([^"]*)"', page)[1]

    def photos(self, files):
        """Starts a draft and adds photos to it; comes back when all of them are looked at."""
        page = self.send("GET", "/posts/new")[2]
        form = {name: self.field(page, name) for name in ("csrf", "activity", "channel")}
        to = self.send("POST", "/posts/new", urllib.parse.urlencode(form))[1]
        path = f"/posts/{to.split('/')[2]}/edit"
        edge = "edge-of-a-part"
        parts = [('name="csrf"', form["csrf"].encode()), ('name="caption"', b"Training."), ('name="do"', b"keep"),
                 *((f'name="photo"; filename="{file.name}"', file.read_bytes()) for file in files)]
        body = b"".join(f"--{edge}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + value + b"\r\n" for head, value in parts)
        self.send("POST", path, body + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}")
        while "data-looking" in self.send("GET", path)[2]:
            time.sleep(0.1)
        return len(files)
