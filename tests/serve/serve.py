#!/usr/bin/env python3
"""Sets a new trust up as its owner does, on both databases: `setup`, `serve`, the one-time link, Today, stop, verify."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = os.environ["CLEANSHEET"]
PROFILE = Path(__file__).resolve().parents[2] / "profiles" / "demo.toml"
passed = failed = 0


def check(good, sentence, details=""):
    """Counts one thing that must be true and says it either way."""
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"{'ok     ' if good else 'FAILED '} {sentence}" + ("" if good or not details else f"\n        {details}"), flush=True)


def run(*words):
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=90, stdin=subprocess.DEVNULL)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def ask(port, method, path, cookies, body=None):
    """One request; keeps the cookies that come back."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Host": f"localhost:{port}", "Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}
    if body:
        headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://localhost:{port}"}
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace")
    for name, value in answer.getheaders():
        if name.lower() == "set-cookie":
            key, _, rest = value.partition("=")
            cookies[key] = rest.split(";")[0]
    connection.close()
    return answer.status, text


def sign_in(port, link):
    """Follows a link and presses its button; answers what stands on Today."""
    cookies = {}
    token = re.search(r'name="csrf" value="([^"]*)"', ask(port, "GET", link, cookies)[1])[1]
    ask(port, "POST", link, cookies, f"csrf={token}")
    return ask(port, "GET", "/", cookies)


def serve(words, port, log):
    """Starts the server and waits until it listens."""
    server = subprocess.Popen([PROGRAM, "serve", *words, "--listen", f"127.0.0.1:{port}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return server
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
    return server


def stop(server):
    if server.poll() is None:
        server.send_signal(signal.SIGTERM)
    try:
        return server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        return server.wait()


def walk(engine, folder, database):
    """The whole way on one engine."""
    data, port = folder / "trust", free_port()
    words = ["--data", str(data), *(["--database", database] if database else [])]
    made = run("setup", *words, "--profile", str(PROFILE), "--public-url", f"http://localhost:{port}")
    link = re.search(rf"http://localhost:{port}(/sign-in/\w+)", made.stdout)
    check(made.returncode == 0 and link, f"{engine}: setup prints a one-time link", made.stderr)
    if not link:
        return
    keys = folder / "trust.keys"
    check(keys.stat().st_mode & 0o777 == 0o600, f"{engine}: the keys lie beside the data, for its owner alone")
    with open(folder / "log", "wb") as log:
        server = serve(words, port, log)
        status, today = sign_in(port, link[1])
        check(status == 200 and "Dele" in today, f"{engine}: the first Manager signs in", f"{status}")
        status, again = sign_in(port, link[1])
        check(status != 200 or "Dele" not in again, f"{engine}: the link works once")
        check(ask(port, "GET", "/news", {})[0] == 200, f"{engine}: the public reads the news page")
        second = run("serve", *words, "--listen", f"127.0.0.1:{free_port()}")
        check(second.returncode == 1 and "stop it first" in second.stderr, f"{engine}: one process for one trust", second.stderr)
        check(stop(server) == 0, f"{engine}: told to stop, it ends well", (folder / "log").read_text()[-400:])
        verified = run("ledger", "verify", "--data", str(data))
        check(verified.returncode == 0, f"{engine}: the ledger verifies", verified.stderr)
        renewed = run("setup", *words, "--profile", str(PROFILE), "--public-url", f"http://localhost:{port}")
        link = re.search(rf"http://localhost:{port}(/sign-in/\w+)", renewed.stdout)
        server = serve(words, port, log)
        check(link and sign_in(port, link[1])[0] == 200, f"{engine}: set up again, it gives a new link and keeps the trust", renewed.stderr)
        stop(server)
    log = (folder / "log").read_text()
    check("ERROR" not in log and "Dele" not in log and "example.org" not in log, f"{engine}: the log holds no error and nobody's name", log[-400:])
    keys.rename(folder / "elsewhere")
    lost = run("serve", *words, "--listen", f"127.0.0.1:{free_port()}")
    check(lost.returncode == 1 and "--keys" in lost.stderr, f"{engine}: without its keys it does not start, and says what to give", lost.stderr)


with tempfile.TemporaryDirectory(prefix="cleansheet-serve-") as work:
    for engine, database in (("SQLite", None), ("PostgreSQL", os.environ["CLEANSHEET_TEST_POSTGRES"])):
        (Path(work) / engine).mkdir()
        walk(engine, Path(work) / engine, database)
print(f"\n{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
