#!/usr/bin/env python3
"""What was promised for each fault, tried on the real program. Usage: `faults.py [NAME...]` runs those tests only.

Every test starts from a copy of the same trust, breaks one thing, and says in one line each what must hold.
"""

import hashlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from trust import PICTURES, Base, Browser, Server, Trust, until

PAGE = 4096
SEED = 20261125
passed = failed = 0


def check(good, sentence, details=""):
    """Counts one thing that must be true and says it either way."""
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"{'ok     ' if good else 'FAILED '} {sentence}" + ("" if good or not details else f"\n        {str(details)[-700:]}"), flush=True)


def disk_full(base, folder):
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(disk)], check=True)
    trust = Trust(base, disk)
    try:
        trust.server.start()
        trust.priya.approve(trust.post)
        until("it is public", trust.public)
        posts = trust.rows("SELECT count(*) FROM post")
        with open(disk / "filler", "wb") as filler:
            try:
                while True:
                    filler.write(bytes(1 << 20))
                    filler.flush()
            except OSError:
                pass
        status, _, page = trust.jo.begin()
        check(status == 507 and "disk is full" in page, "Disk full: a new post is refused with one plain sentence", (status, page))
        check(trust.rows("SELECT count(*) FROM post") == posts, "Disk full: nothing is half kept")
        check(trust.jo.get("/")[0] == 200 and trust.jo.get("/posts")[0] == 200, "Disk full: pages are still read")
        check("disk is full" in trust.jo.get("/")[2], "Disk full: every page says so")
        check(trust.withdraw() == 303, "Disk full: a parent still withdraws")
        until("it is gone", lambda: not trust.public())
        check(until("the receipt says so", trust.receipt), "Disk full: what was withdrawn is taken down, and the receipt says so")
        os.remove(disk / "filler")
        until("there is room again", lambda: "disk is full" not in trust.jo.get("/")[2])
        check(trust.jo.begin()[0] == 303, "Disk full: once there is room, everything goes on by itself")
        check(trust.server.stop() == 0 and trust.verified(), "Disk full: the ledger verifies")
    finally:
        trust.server.stop()
        subprocess.run(["umount", "-l", str(disk)], check=False)


def database_busy(base, folder):
    trust = Trust(base, folder)
    trust.server.start()
    posts = trust.rows("SELECT count(*) FROM post")
    outside = sqlite3.connect(trust.data / "trust.db", isolation_level=None)
    outside.execute("BEGIN EXCLUSIVE")
    held = time.monotonic()
    begun = time.monotonic()
    reads = [trust.jo.get(path)[0] for path in ("/", "/posts", f"/posts/{trust.post}")]
    check(reads == [200] * 3 and time.monotonic() - begun < 3, "Records held by others: pages are read meanwhile", reads)
    status, _, page = trust.jo.begin()
    check(status == 503 and "records are busy" in page, "Records held by others: after five seconds a sentence, not an endless wait", (status, page))
    check(trust.jo.headers.get("Retry-After") == "5", "Records held by others: the answer says when to try again")
    time.sleep(max(0, 10 - (time.monotonic() - held)))
    outside.execute("ROLLBACK")
    outside.close()
    check(trust.rows("SELECT count(*) FROM post") == posts, "Records held by others: nothing was half done")
    check(trust.priya.approve(trust.post) == 303, "Records held by others: the next act goes through")
    check(until("it is public", trust.public), "Records held by others: jobs go on by themselves")
    check(trust.server.stop() == 0 and trust.verified(), "Records held by others: the ledger verifies")


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def spoil(path, pages):
    """Overwrites the beginning of pages of the file."""
    with open(path, "r+b") as file:
        for page in pages:
            file.seek(page * PAGE)
            file.write(b"\xa5" * 64)


def refused(server):
    """What the program says when it does not start."""
    server.spawn()
    try:
        return server.child.wait(60), server.log()
    except subprocess.TimeoutExpired:
        server.stop()
        return None, server.log()


def damaged(base, folder):
    chance = random.Random(SEED)
    trust = Trust(base, folder)
    records, whole = trust.data / "trust.db", (trust.data / "trust.db").read_bytes()
    pages = len(whole) // PAGE
    ways = {
        "fifty pages": lambda: spoil(records, chance.sample(range(1, pages), min(50, pages - 1))),
        "the first page": lambda: spoil(records, [0]),
        "half of the file": lambda: os.truncate(records, (pages // 2) * PAGE),
        "all of the file": lambda: os.truncate(records, 0),
    }
    for what, do in ways.items():
        records.write_bytes(whole)
        for rest in ("trust.db-wal", "trust.db-shm"):
            (trust.data / rest).unlink(missing_ok=True)
        do()
        before = digest(records)
        ended, said = refused(trust.server)
        check(ended == 1 and "restore the newest backup" in said.splitlines()[-1], f"Damaged records ({what} lost): it does not start, and says what to do", said)
        check(digest(records) == before, f"Damaged records ({what} lost): the file is left as it is, never made anew")


def damaged_while_running(base, folder):
    trust = Trust(base, folder)
    trust.server.start()
    records = trust.data / "trust.db"
    spoil(records, range(1, records.stat().st_size // PAGE))
    def told():
        status, _, page = trust.jo.get("/posts")
        return "records are damaged" in page and status
    check(until("a page says so", told) == 503, "Records damaged while running: pages say so in a sentence, and show nothing wrong")
    try:
        trust.priya.approve(trust.post)
    except TypeError:
        pass
    time.sleep(2)
    check(not trust.public() and not list((trust.data / "site" / "posts").iterdir()), "Records damaged while running: nothing is published")
    trust.server.stop()


def model_missing(base, folder):
    models = folder / "models"
    shutil.copytree(os.environ["CLEANSHEET_MODELS"], models)
    os.truncate(models / "centerface.onnx", 1000)
    trust = Trust(base, folder)
    trust.server.start(words=("--models", str(models)))
    # The models are read aside: pages do not wait for them.
    check(until("it says which", lambda: "centerface" in trust.server.log()), "A damaged model: the program starts, and says which")
    check(until("a page says so", lambda: "Photos are not looked at" in trust.jo.get("/")[2]), "A damaged model: every page says so in one sentence")
    post = trust.jo.words("The under-11s won their last match.")
    trust.priya.approve(post)
    check(until("it is public", lambda: trust.public("under-11s won")), "A damaged model: posts of words go out")
    other = trust.jo.begin()[1]
    trust.jo.draft(other, [("caption", "A photo."), ("do", "keep")], PICTURES / "pair.jpg")
    time.sleep(3)
    answered = trust.jo.draft(other, [("caption", "A photo."), ("do", "submit")])
    check(trust.rows(f"SELECT stage FROM post WHERE id = '{other}'") == [("draft",)], "A damaged model: a photo that nobody looked at goes nowhere", answered)
    trust.server.stop()


def clock_jumps(base, folder):
    rate = folder / "clock"
    rate.write_text("+0")
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    fake = {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(rate), "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    trust = Trust(base, folder)
    trust.server.start(environment=fake)
    alarm = lambda: "cannot be believed" in trust.jo.get("/")[2]
    check(not alarm(), "Clock: an ordinary clock raises no alarm")
    for jump, name, caption in (("+1h", "an hour forward", "The lights are on again."), ("-2d", "two days back", "The pitch is open again.")):
        rate.write_text(jump)
        check(until("an alarm", alarm), f"Clock {name}: every page says so")
        check(trust.priya.approve(trust.jo.words(caption)) == 303, f"Clock {name}: a post is approved")
        time.sleep(2)
        check(not trust.public(caption[4:-1]), f"Clock {name}: nothing is published")
        rate.write_text("+0")
        until("no alarm", lambda: not alarm())
        check(until("it goes out", lambda: trust.public(caption[4:-1])), f"Clock {name}, and right again: what waited goes out")
    trust.priya.approve(trust.post)
    until("it is public", trust.public)
    rate.write_text("-2d")
    until("an alarm", alarm)
    check(trust.withdraw() == 303, "Clock two days back: a parent still withdraws")
    check(until("it is gone", lambda: not trust.public()), "Clock two days back: what was withdrawn is taken down")
    trust.server.stop()
    trust.server.start(environment=fake)
    check(alarm(), "Clock two days back: a restart does not make it right")
    newest = trust.rows("SELECT max(last_ms) FROM sign_in")[0][0]
    check(newest > (time.time() - 86_400) * 1000, "Clock two days back: time does not go back with it, so what has ended stays ended")
    trust.server.stop()
    check(trust.verified(), "Clock: the ledger verifies")


def ledger_unwritable(base, folder):
    trust = Trust(base, folder)
    bench = trust.data / "ledger" / "being-written"
    trust.server.start()
    until("it serves", lambda: trust.jo.get("/")[0] == 200)
    bench.mkdir()
    trust.priya.approve(trust.post)
    check(until("it is public", trust.public), "The ledger's files cannot be written: acts go on, the records are the truth")
    check(until("the log says so", lambda: "ledger's files could not be written" in trust.server.log()), "The ledger's files cannot be written: the log says so")
    bench.rmdir()
    size = trust.rows("SELECT count(*) FROM ledger_entry")[0][0]
    def caught_up():
        lines = (trust.data / "ledger" / "checkpoint").read_text().splitlines()
        return int(lines[1]) >= size
    check(until("they are caught up", caught_up), "The ledger's files can be written again: they are caught up by themselves")
    trust.server.stop()
    check(trust.verified(), "The ledger's files can be written again: the ledger verifies")


def keys_gone(base, folder):
    trust = Trust(base, folder)
    trust.server.start()
    (folder / "trust.keys").rename(folder / "elsewhere")
    trust.priya.approve(trust.post)
    check(until("it is public", trust.public) and trust.withdraw() == 303, "The key file gone while running: everything goes on")
    trust.server.stop()
    ended, said = refused(trust.server)
    check(ended == 1 and "--keys" in said.splitlines()[-1] and not (folder / "trust.keys").exists(),
          "The key file gone: no start, no new keys, and a sentence that says what to give", said)
    (folder / "elsewhere").rename(folder / "trust.keys")
    trust.server.start()
    check(trust.jo.get("/")[0] == 200 and trust.server.stop() == 0 and trust.verified(), "The key file back: it starts, and the ledger verifies")


def children_killed(base, folder):
    trust = Trust(base, folder)
    trust.server.start()
    os.kill(trust.server.children()["models"], signal.SIGKILL)
    def photo(killed=False):
        post = trust.jo.begin()[1]
        models = trust.server.children().get("models")
        if killed:
            os.kill(models, signal.SIGSTOP)
        trust.jo.draft(post, [("caption", "A photo."), ("do", "keep")], PICTURES / "pair.jpg")
        if killed:
            os.kill(until("a decoder is there", lambda: trust.server.children().get("decode")), signal.SIGKILL)
            os.kill(models, signal.SIGCONT)
        state = lambda: trust.rows(f"SELECT state, (SELECT count(*) FROM depiction d WHERE d.photo_id = p.id) FROM photo p WHERE post_id = '{post}'")[0]
        until("it is looked at", lambda: state()[0] not in ("waiting", "looking"), 90)
        return state()
    state, faces = photo()
    check(state == "looked" and faces >= 2, "The model worker killed: the next photo gets a new one and is looked at", (state, faces))
    state, faces = photo(killed=True)
    check(state == "looked" and faces >= 2, "The photo's decoder killed: it is looked at again, never taken for clean or broken", (state, faces))
    trust.server.stop()


TESTS = [disk_full, database_busy, damaged, damaged_while_running, model_missing, clock_jumps, ledger_unwritable, keys_gone, children_killed]


def main():
    wanted = [test for test in TESTS if test.__name__ in sys.argv[1:] or not sys.argv[1:]]
    with tempfile.TemporaryDirectory(prefix="cleansheet-faults-") as folder:
        (prepared := Path(folder) / "base").mkdir()
        base = Base(prepared)
        for test in wanted:
            (own := Path(folder) / test.__name__).mkdir()
            try:
                test(base, own)
            except (TimeoutError, AssertionError, TypeError, KeyError, IndexError, OSError, subprocess.SubprocessError, sqlite3.Error) as error:
                logs = "\n".join(path.read_text(errors="replace")[-500:] for path in own.rglob("trust.log"))
                check(False, f"{test.__name__.replace('_', ' ')}: {type(error).__name__}: {error}", logs)
            finally:
                # A test that broke off leaves nobody on the port.
                Server.stop_all()
    print(f"\n{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
