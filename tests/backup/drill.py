#!/usr/bin/env python3
"""The restore drill: a trust with a history is backed up while it works, killed, and brought back on both databases.

What must hold: pages, pictures and ledger are there again; a changed byte, a wrong key and a half-made backup are found; a second
backup copies only what is new; and a rolled-back copy is refused by the witness, until its owner begins a new ledger.
"""

import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

PROGRAM = os.environ["CLEANSHEET"]
PICTURES = os.environ["CLEANSHEET_PICTURES"]
SERVER = os.environ["CLEANSHEET_TEST_POSTGRES"]
PROFILE = Path(__file__).resolve().parents[2] / "profiles" / "demo.toml"
SEED = 20261126
passed = failed = 0


def check(good, sentence, details=""):
    """Counts one thing that must be true and says it either way."""
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"{'ok     ' if good else 'FAILED '} {sentence}" + ("" if good or not details else f"\n        {details}"), flush=True)


def run(*words, **more):
    return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=240, stdin=subprocess.DEVNULL, **more)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait(seconds, true):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.1)
    return False


class Served:
    """A trust that is served, until it is told to stop or killed."""

    def __init__(self, data, *words, log=None):
        self.data, self.port = data, free_port()
        self.log = open(log or data.parent / "server.log", "ab")
        self.words = ["serve", "--data", str(data), "--listen", f"127.0.0.1:{self.port}", *map(str, words)]
        self.child = subprocess.Popen([PROGRAM, *self.words], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        if not wait(60, self.listens):
            print(Path(self.log.name).read_text()[-600:])

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return self.child.poll() is not None

    def ask(self, method, path, cookies=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        cookies = {} if cookies is None else cookies
        headers = {"Host": f"localhost:{self.port}", "Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}
        if body:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://localhost:{self.port}"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                cookies[key] = rest.split(";")[0]
        connection.close()
        return answer.status, text

    def sign_in(self, link):
        """Answers the cookies of the person whose link it is, and what stands on Today."""
        cookies = {}
        token = re.search(r'name="csrf" value="([^"]*)"', self.ask("GET", link, cookies)[1])
        self.ask("POST", link, cookies, f"csrf={token[1] if token else ''}")
        return cookies, self.ask("GET", "/", cookies)[1]

    def end(self, how=signal.SIGTERM):
        if self.child.poll() is None:
            self.child.send_signal(how)
        try:
            self.child.wait(30)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.log.close()


def link_for_manager(data, *words):
    """A new one-time link, as the owner gets one by setting up again."""
    made = run("setup", "--data", data, "--profile", PROFILE, *words)
    found = re.search(r"(/sign-in/\w+)", made.stdout)
    return found[1] if found else check(False, "setup gives a link", made.stderr)


def flip(path, at=None):
    """Changes one bit, and answers how to put it back."""
    whole = path.read_bytes()
    at = len(whole) // 2 if at is None else at
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
    return lambda: path.write_bytes(whole)


def pictures(data):
    return {str(path.relative_to(data)): path.read_bytes() for kind in ("originals", "renditions") for path in (data / "media" / kind).rglob("*") if path.is_file()}


def articles(data):
    return {str(path.relative_to(data)): path.read_bytes() for path in (data / "site" / "posts").rglob("*") if path.is_file()}


def story(work):
    """A trust with posts, pictures, a withdrawal and a ledger."""
    data = work / "trust"
    told = run("demo", "--story", "--data", data, "--pictures", PICTURES)
    check(told.returncode == 0, "The story leaves a trust with a history", told.stderr[-400:])
    return data


def under_load(data, vault):
    """Backs up twice while people work, and kills the server then."""
    link = link_for_manager(data)
    served = Served(data)
    cookies, today = served.sign_in(link)
    check("Dele" in today, "The Manager signs in")
    stop, wrote = threading.Event(), []

    def work():
        while not stop.is_set():
            csrf = re.search(r'name="csrf" value="([^"]*)"', served.ask("GET", "/cover", cookies)[1])
            sent = f"csrf={csrf[1] if csrf else ''}&minutes=30"
            wrote.append(served.ask("POST", "/cover/minutes", cookies, sent)[0])
    busy = [threading.Thread(target=work, daemon=True) for _ in range(2)]
    for one in busy:
        one.start()
    first = run("backup", "create", "--data", data, "--to", vault, "--json")
    pieces = {path for path in (vault / "objects").rglob("*")}
    second = run("backup", "create", "--data", data, "--to", vault, "--json")
    stop.set()
    for one in busy:
        one.join(30)
    served.end(signal.SIGKILL)
    check(first.returncode == 0 and second.returncode == 0, "A backup is made while the trust works", first.stderr + second.stderr)
    check(wrote and all(status == 303 for status in wrote), f"Nobody is held up by it ({len(wrote)} acts)", str(set(wrote)))
    one, two = json.loads(first.stdout), json.loads(second.stdout)
    check(one["pictures"] > 0 and one["pictures"] == two["pictures"], f"It holds {one['pictures']} pictures")
    # A sealed piece is 44 bytes longer than what it holds.
    as_long = {len(bytes) + 44 for bytes in pictures(data).values()}
    again = [path for path in (vault / "objects").rglob("*") if path.is_file() and path not in pieces and path.stat().st_size in as_long]
    check(two["new_bytes"] < one["new_bytes"] and not again, "The second copies no picture again", f"{one} {two} {again}")
    check(two["entries"] >= one["entries"] > 0, "It holds the ledger's entries")
    return two


def refusals(data, vault, work):
    """What is wrong is found, and said in one sentence."""
    keys = data.with_suffix(".keys")
    fine = run("backup", "verify", vault, "--keys", keys, "--json")
    check(fine.returncode == 0 and json.loads(fine.stdout)["pictures_read"] > 0, "The backup verifies", fine.stderr)
    sample = run("backup", "verify", vault, "--keys", keys, "--sample", "1", "--json")
    check(sample.returncode == 0 and json.loads(sample.stdout)["pictures_read"] == 1, "A sample reads one picture only", sample.stderr)
    chance = random.Random(SEED)
    objects = sorted(path for path in (vault / "objects").rglob("*") if path.is_file())
    runs = sorted((vault / "runs").iterdir())
    largest = max(objects, key=lambda path: path.stat().st_size)
    found = []
    for path in [runs[-1], vault / "cleansheet-backup", largest, *chance.sample(objects, 8)]:
        back = flip(path)
        said = run("backup", "verify", vault, "--keys", keys)
        # A piece that only the older backup names is found in that one.
        older = run("backup", "verify", vault, "--keys", keys, "--run", runs[0].name)
        found.append((said.returncode == 1 or older.returncode == 1) and (said.stderr + older.stderr).strip() != "")
        back()
    check(all(found), f"A changed byte is found in each of {len(found)} files", str(found))
    away = objects[0].rename(work / "away")
    gone = [run("backup", "verify", vault, "--keys", keys, "--run", one.name).returncode for one in runs]
    away.rename(objects[0])
    check(1 in gone, "A missing file is found")
    other = work / "other"
    run("setup", "--data", other, "--profile", PROFILE)
    wrong = run("backup", "restore", vault, "--data", work / "never", "--keys", other.with_suffix(".keys"))
    check(wrong.returncode == 1 and "another key file" in wrong.stderr, "Another trust's keys are refused", wrong.stderr)
    lost = run("backup", "restore", vault, "--data", work / "never", "--keys", work / "nowhere.keys")
    check(lost.returncode == 1 and "--keys" in lost.stderr, "Without its keys it is said what to give", lost.stderr)
    full = run("backup", "restore", vault, "--data", data, "--keys", keys)
    check(full.returncode == 1 and "not empty" in full.stderr, "Nothing is ever restored over a trust", full.stderr)
    check(not (work / "never").exists(), "A refused restore leaves nothing behind")
    leaked = [path for path in vault.rglob("*") if path.is_file() and any(word in path.read_bytes() for word in (b"Dele Okafor", b"SQLite format", b"JFIF\x00\x01"))]
    check(not leaked, "Nothing in the backup can be read without the key", str(leaked))


def cut_off(data, vault):
    """A backup that is killed does not exist; the next one is whole."""
    chance, before = random.Random(SEED), sorted((vault / "runs").iterdir())
    for _ in range(6):
        child = subprocess.Popen([PROGRAM, "backup", "create", "--data", str(data), "--to", str(vault)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.01, 0.4))
        child.kill()
        child.wait()
    check(run("backup", "verify", vault, "--keys", data.with_suffix(".keys")).returncode == 0, "After six that were killed, what is there is whole")
    again = run("backup", "create", "--data", data, "--to", vault, "--keep", "2", "--json")
    left = sorted((vault / "runs").iterdir())
    check(again.returncode == 0 and len(left) == 2, "The next one is made, and two are kept", again.stderr + str(left))
    for one in left:
        said = run("backup", "verify", vault, "--keys", data.with_suffix(".keys"), "--run", one.name)
        check(said.returncode == 0, "Removing old ones took nothing from those that stay", said.stderr)
    check(before[0] not in left and not (data / "being-backed-up").exists(), "Nothing half done is left")


def disk_full(data, work):
    """A full disk is said in one sentence, and the backups that were there are whole."""
    small = work / "small"
    small.mkdir()
    script = f"""mount -t tmpfs -o size=600k none {small} &&
      {PROGRAM} backup create --data {data} --to {small}/vault; echo status $?; ls {small}/vault/runs | wc -l"""
    tried = subprocess.run(["unshare", "--map-root-user", "--mount", "sh", "-c", script], capture_output=True, text=True, timeout=120)
    said = tried.stdout.split()
    check(said[:2] == ["status", "1"] and "is full" in tried.stderr, "A full disk is said in one sentence", tried.stdout + tried.stderr)
    check(said[2:] == ["0"], "And no half backup is there")


def comes_back(data, vault, to, made, database=None):
    """Restores, serves and looks."""
    words = ["--database", database] if database else []
    engine = "PostgreSQL" if database else "SQLite"
    keys = data.with_suffix(".keys")
    back = run("backup", "restore", vault, "--data", to, "--keys", keys, *words, "--json")
    check(back.returncode == 0, f"{engine}: it is restored", back.stderr)
    if back.returncode:
        return
    said = json.loads(back.stdout)
    check((said["entries"], said["pictures"]) == (made["entries"], made["pictures"]), f"{engine}: the counts are those of the backup", f"{said} for {made}")
    there, were = pictures(to), pictures(data)
    same = len(there) == made["pictures"] and all(were.get(name) == bytes for name, bytes in there.items())
    check(same, f"{engine}: every picture is there, byte for byte", f"{len(there)} {len(were)}")
    check(articles(to) == articles(data), f"{engine}: the public news page is there")
    link = link_for_manager(to, "--keys", keys, *words)
    served = Served(to, "--keys", keys, *words)
    check(served.ask("GET", "/news")[0] == 200, f"{engine}: the public reads the news page")
    cookies, today = served.sign_in(link)
    check("Dele" in today, f"{engine}: the Manager signs in")
    check("restored" in served.ask("GET", "/pause", cookies)[1], f"{engine}: publishing is paused, and the page says why")
    check(served.ask("GET", "/posts", cookies)[0] == 200, f"{engine}: the posts are there")
    served.end()
    verified = run("ledger", "verify", "--data", to)
    check(verified.returncode == 0, f"{engine}: the ledger verifies", verified.stderr)
    log = Path(served.log.name).read_text()
    check("ERROR" not in log, f"{engine}: the log holds no error", log[-400:])


def on_postgres(data, vault, work, made):
    """Into PostgreSQL, and from there back into a file."""
    name = f"cleansheet_drill_{os.getpid()}"
    base = SERVER.rsplit("/", 1)[0]
    psql = lambda words: subprocess.run(["psql", "-q", SERVER, "-c", words], capture_output=True, text=True, timeout=60)
    psql(f"CREATE DATABASE {name}")
    database = f"{base}/{name}"
    to = work / "on-postgres"
    try:
        comes_back(data, vault, to, made, database)
        again = run("backup", "restore", vault, "--data", work / "twice", "--keys", data.with_suffix(".keys"), "--database", database)
        check(again.returncode == 1 and "not empty" in again.stderr, "A database that holds something is refused", again.stderr)
        third = work / "vault-of-postgres"
        keys = data.with_suffix(".keys")
        copied = run("backup", "create", "--data", to, "--keys", keys, "--database", database, "--to", third, "--json")
        check(copied.returncode == 0, "A trust on PostgreSQL is backed up", copied.stderr)
        if copied.returncode == 0:
            verified = run("backup", "verify", third, "--keys", keys)
            check(verified.returncode == 0, "That backup verifies", verified.stderr)
            comes_back(link_keys(to, keys), third, work / "file-again", json.loads(copied.stdout))
    finally:
        psql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def link_keys(data, keys):
    """The restored trust's keys, where a trust's keys usually lie."""
    shutil.copy2(keys, data.with_suffix(".keys"))
    return data


def rolled_back(work):
    """The witness knows what was; an older copy signs nothing until its owner says that entries are lost."""
    data, vault = work / "trust", work / "vault"
    keys = data.with_suffix(".keys")
    run("setup", "--data", data, "--profile", PROFILE)
    run("backup", "create", "--data", data, "--to", vault)
    served = Served(data)
    wait(10, (data / "ledger" / "checkpoint").exists)
    served.end()
    log = (data / "ledger" / "verifier.key").read_text().strip()
    port = free_port()
    words = [PROGRAM, "witness", "serve", "--folder", str(work / "witness"), "--name", "fenwick-trust", "--log", log, "--listen", f"127.0.0.1:{port}"]
    witness = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    witness.stdout.readline()
    key = witness.stdout.readline().strip()
    asked = ["--witness", f"http://127.0.0.1:{port}", "--witness-key", key]
    try:
        wait(20, lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
        older = run("backup", "create", "--data", data, "--to", vault)
        link = link_for_manager(data)
        served = Served(data, *asked)
        seen = lambda: run("ledger", "verify", "--data", data, "--witness-key", key)
        check(wait(20, lambda: seen().returncode == 0), "The witness signs the checkpoint", seen().stderr)
        served.sign_in(link)
        served.end()
        # A start shows what was added since.
        served = Served(data, *asked)
        check(wait(20, lambda: "fenwick" in (data / "ledger" / "checkpoint").read_text()), "And again after a restart")
        served.end()
        back = work / "older"
        restored = run("backup", "restore", vault, "--data", back, "--keys", keys)
        check(older.returncode == 0 and restored.returncode == 0, "An older copy is put in place", restored.stderr)
        link_keys(back, keys)
        link = link_for_manager(back)
        before = (back / "ledger" / "checkpoint").read_bytes() if (back / "ledger" / "checkpoint").exists() else None
        served = Served(back, *asked, log=work / "older.log")
        cookies, today = served.sign_in(link)
        check("The witness has seen" in served.ask("GET", "/pause", cookies)[1], "The older copy is refused: publishing is paused")
        check(served.ask("GET", "/news")[0] == 200 and "Dele" in today, "People read, and families can withdraw, meanwhile")
        served.end()
        after = (back / "ledger" / "checkpoint").read_bytes() if (back / "ledger" / "checkpoint").exists() else None
        check(before == after, "It signs nothing")
        check("another history" in (work / "older.log").read_text(), "The log says so")
        goes_on = run("ledger", "continue", "--data", back)
        check(goes_on.returncode == 0, "Its owner begins a new ledger", goes_on.stderr)
        served = Served(back, *asked, log=work / "older.log")
        wait(10, (back / "ledger" / "checkpoint").exists)
        served.end()
        verified = run("ledger", "verify", "--data", back)
        check(verified.returncode == 0 and "goes on from" in verified.stdout, "Which says what it goes on from", verified.stdout + verified.stderr)
        check((back / "ledger-1" / "verifier.key").exists(), "The old one stays")
        again = run("ledger", "continue", "--data", back)
        check(again.returncode == 1 and "nothing was changed" in again.stderr, "Nobody begins one without need", again.stderr)
    finally:
        witness.terminate()
        witness.wait(20)


with tempfile.TemporaryDirectory(prefix="cleansheet-drill-") as folder:
    work = Path(folder)
    vault = work / "vault"
    data = story(work)
    made = under_load(data, vault)
    refusals(data, vault, work)
    comes_back(data, vault, work / "back", made)
    on_postgres(data, vault, work, made)
    cut_off(data, vault)
    disk_full(data, work)
    (work / "witnessed").mkdir()
    rolled_back(work / "witnessed")
print(f"\n{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
