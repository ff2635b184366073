#!/usr/bin/env python3
"""Measures the pages about families and one withdrawal, and prints a table: usage
`families.py BENCH-SERVE FOLDER RESULT [PARTICIPANTS POSTS PHOTOS WITH-ONE-CHILD]`.

Each page is asked for by one person after the other, so that a figure is what the page itself takes.
"""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

PROGRAM = os.environ["CLEANSHEET"]
BENCH, WORK, RESULT = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
PARTICIPANTS, POSTS, PHOTOS, WITH_ONE = map(int, sys.argv[4:] or (5000, 2000, 4, 400))
# As many old posts as posts; the one child is in a quarter as many of them.
OLD, OLD_WITH_ONE = POSTS, WITH_ONE // 4
PROFILE = Path(__file__).resolve().parents[2] / "profiles" / "demo.toml"
TIMES = 100
STAFF = ["/participants", "/participants?words=asha", "/participants/{child}", "/participants/duplicates", "/activities",
         "/activities/{activity}", "/asking", "/inventory", "/inventory?participant={child}&show=all", "/inventory?words=verma",
         "/old-posts", "/old-posts?show=shown", "/posts/ending", "/wordings", "/complaints"]
FAMILY = ["/g/answers"]


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Trust:
    def __init__(self, engine, database):
        self.engine, self.database, self.port = engine, database, free_port()
        self.folder = WORK / engine
        self.folder.mkdir()
        self.data, self.host = self.folder / "trust", f"127.0.0.1:{self.port}"
        self.words = ["--data", str(self.data), *(["--database", database] if database else [])]
        made = subprocess.run([PROGRAM, "setup", *self.words, "--profile", str(PROFILE), "--public-url", f"http://localhost:{self.port}"],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
        if made.returncode:
            sys.exit(f"setup: {made.stderr}")
        self.address = database or str(self.data / "trust.db")

    def start(self):
        self.log = open(self.folder / "log", "ab")
        self.child = subprocess.Popen([PROGRAM, "serve", *self.words, "--listen", self.host], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        end = time.monotonic() + 120
        while time.monotonic() < end and self.child.poll() is None:
            try:
                if self.ask("GET", "/sign-in", "")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        sys.exit(f"the program did not start: {(self.folder / 'log').read_text()[-800:]}")

    def stop(self):
        self.child.terminate()
        self.child.wait(120)

    def ask(self, method, path, cookie, body=None):
        connection = http.client.HTTPConnection(self.host, timeout=120)
        origin = f"localhost:{self.port}"
        headers = {"Host": origin, "Cookie": cookie}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://{origin}"}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def public(self):
        return len(list((self.data / "site" / "posts").iterdir()))


def share(values, part):
    values = sorted(values)
    return values[round((len(values) - 1) * part)]


def page(trust, path, cookie):
    took = []
    for _ in range(TIMES):
        begun = time.monotonic()
        status, text = trust.ask("GET", path, cookie)
        took.append((time.monotonic() - begun) * 1e3)
        if status != 200:
            return {"status": status}
    return {"p50_ms": share(took, 0.5), "p99_ms": share(took, 0.99), "kilobytes": len(text) / 1024}


def withdrawal(trust, cookie):
    """From the press until the last copy has left the public folder."""
    text = trust.ask("GET", "/g/answers", cookie)[1]
    stop = re.search(r'action="(/g/children/\d+/stop)".*?</form>', text, re.S)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', stop[0]))
    before, begun = trust.public(), time.monotonic()
    status, _ = trust.ask("POST", stop[1], cookie, urllib.parse.urlencode(fields))
    answered = time.monotonic() - begun
    while trust.public() > before - WITH_ONE - OLD_WITH_ONE and time.monotonic() < begun + 300:
        time.sleep(0.05)
    return {"status": status, "answered_s": answered, "last_request_s": time.monotonic() - begun, "taken_down": before - trust.public()}


def measure(engine, database):
    trust = Trust(engine, database)
    begun = time.monotonic()
    made = subprocess.run([BENCH, "families", trust.address, str(trust.data), *map(str, (PARTICIPANTS, POSTS, PHOTOS, WITH_ONE))],
                          capture_output=True, text=True, timeout=1800)
    if made.returncode:
        sys.exit(f"bench-serve families: {made.stderr[-800:]}")
    filled = json.loads(made.stdout)
    print(f"  {engine}: filled in {time.monotonic() - begun:.0f} s", flush=True)
    trust.start()
    try:
        end = time.monotonic() + 900
        while trust.public() < POSTS + OLD and time.monotonic() < end:
            time.sleep(0.5)
        time.sleep(5)
        print(f"  {engine}: {trust.public()} of {POSTS + OLD} posts are public", flush=True)
        manager = filled["manager"]
        pages = {path: page(trust, path.format(**filled), manager) for path in STAFF}
        pages |= {path: page(trust, path, filled["guardian"]) for path in FAMILY}
        return {"pages": pages, "withdrawal": withdrawal(trust, filled["guardian"])}
    finally:
        trust.stop()


def table(results):
    engines = list(results)
    print(f"\n{PARTICIPANTS} participants, {4 * PARTICIPANTS} answers, {POSTS} posts with {POSTS * PHOTOS} photos, {OLD} old posts; p50 / p99 in ms")
    print(f"{'':<44}" + "".join(f"{engine:>24}" for engine in engines))
    for path in results[engines[0]]["pages"]:
        cells = [results[engine]["pages"][path] for engine in engines]
        print(f"{path:<44}" + "".join(f"{one['p50_ms']:>14.1f} / {one['p99_ms']:<7.1f}" if "p50_ms" in one else f"{one['status']:>24}" for one in cells))
    for name, say in (("answered_s", "withdrawal answered, s"), ("last_request_s", f"last of {WITH_ONE + OLD_WITH_ONE} take-downs asked for, s")):
        print(f"{say:<44}" + "".join(f"{results[engine]['withdrawal'][name]:>24.2f}" for engine in engines))


results = {}
only = os.environ.get("BENCH_ENGINES", "SQLite PostgreSQL").split()
for engine, database in (("SQLite", None), ("PostgreSQL", os.environ["DATABASE_URL"])):
    if engine in only:
        results[engine] = measure(engine, database)
RESULT.write_text(json.dumps(results, indent=1))
table(results)
