#!/usr/bin/env python3
"""Sets a new trust up as its owner does, on both databases: `setup`, `serve`, the one-time link, Today, stop, verify."""

import http.client
import json
import os
import pty
import re
import select
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
        listed = run("channel", "list", "--data", str(data))
        check(listed.returncode == 0 and "News page" in listed.stdout, f"{engine}: the accounts are found where setup put them", listed.stderr)
        tried = run("channel", "check", "--data", str(data))
        check(tried.returncode == 0 and "News page" in tried.stdout, f"{engine}: and each is tried", tried.stdout + tried.stderr)
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


def in_a_terminal(folder):
    """Set up by answering questions, corrected once; then `serve --data` alone is enough."""
    data = folder / "trust"
    none = run("setup", "--data", str(data))
    check(none.returncode == 2 and "--profile" in none.stderr and none.stderr.count("\n") == 1, "without profile and terminal, setup says what to give", none.stderr)
    check(not data.exists(), "and has made nothing")
    port = free_port()
    answers = ["Rivermead Town Community Trust", "", "http://posts.example.org", f"http://localhost:{port}", "Dele Okafor", "dele@example", "dele@example.org",
               "Fenware", "help@example.org", "", "", "127.0.0.1:9", "dele", "not-for-your-eyes", "7", "it@example.org", ""]
    child, terminal = pty.fork()
    if child == 0:
        os.execv(PROGRAM, [PROGRAM, "setup", "--data", str(data)])
    shown = b""
    for answer in answers:
        while not shown.endswith(b":\r\n") and select.select([terminal], [], [], 20)[0]:
            shown += os.read(terminal, 4096)
        shown += b"|"
        os.write(terminal, answer.encode() + b"\n")
    try:
        while select.select([terminal], [], [], 60)[0]:
            more = os.read(terminal, 4096)
            if not more:
                break
            shown += more
    except OSError:
        pass  # the program has ended, and its terminal with it
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    text = shown.decode("utf-8", "replace")
    link = re.search(rf"http://localhost:{port}(/sign-in/\w+)", text)
    check(ended == 0 and link, "the terminal asks, and a link comes out", text[-800:])
    check("not-for-your-eyes" not in text, "the password is not shown")
    check("no mail address" in text and "https://" in text, "a wrong answer is asked again")
    check("MISSING mail" in text and "ok      keys" in text, "it ends with a self-test", text[-1500:])
    kept = folder / "trust.connections"
    check(kept.stat().st_mode & 0o777 == 0o600 and "not-for-your-eyes" in kept.read_text(), "the password lies beside the keys, for its owner alone")
    inside = [path for path in data.rglob("*") if path.is_file() and b"not-for-your-eyes" in path.read_bytes()]
    check(not inside, "and nowhere in the data folder", str(inside))
    if not link:
        return
    (data / "serve.toml").write_text((data / "serve.toml").read_text() + f'listen = "127.0.0.1:{port}"\n')
    with open(folder / "log", "wb") as log:
        server = subprocess.Popen([PROGRAM, "serve", "--data", str(data)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for _ in range(300):
            if socket.socket().connect_ex(("127.0.0.1", port)) == 0:
                break
            time.sleep(0.1)
        check(sign_in(port, link[1])[0] == 200, "`serve --data` alone serves it", (folder / "log").read_text()[-400:])
        looked = run("doctor", "--data", str(data), "--json")
        found = {one["about"]: one for one in json.loads(looked.stdout)}
        stop(server)
    check(looked.returncode == 1 and found["mail"]["state"] == "missing", "doctor ends with 1 while no mail can leave", looked.stdout)
    fine = all(found[one]["state"] == "fine" for one in ("data", "keys", "profile", "records", "promise", "photos", "address", "clock", "ledger"))
    check(fine and found["backup"]["state"] == "look", "and finds the rest in order", looked.stdout)
    told = looked.stdout + looked.stderr
    check("Dele" not in told and "example.org" not in told and "not-for-your-eyes" not in told, "it names nobody and no secret", told)


with tempfile.TemporaryDirectory(prefix="cleansheet-serve-") as work:
    (Path(work) / "terminal").mkdir()
    in_a_terminal(Path(work) / "terminal")
    for engine, database in (("SQLite", None), ("PostgreSQL", os.environ["CLEANSHEET_TEST_POSTGRES"])):
        (Path(work) / engine).mkdir()
        walk(engine, Path(work) / engine, database)
print(f"\n{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
