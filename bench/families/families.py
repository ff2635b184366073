#!/usr/bin/env python3
"""Measures the pages about families and one withdrawal, and prints a table: usage
`families.py BENCH-SERVE FOLDER RESULT [PARTICIPANTS POSTS PHOTOS WITH-ONE-CHILD]`.

Each page is asked for by one person after the other, so that a figure is what the page itself takes.
"""

import json
import os
import re
import sys
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from trust import Person, Trust, bench, share

BENCH, WORK, RESULT = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
PARTICIPANTS, POSTS, PHOTOS, WITH_ONE = map(int, sys.argv[4:] or (5000, 2000, 4, 400))
# As many old posts as posts; the one child is in a quarter as many of them.
OLD, OLD_WITH_ONE = POSTS, WITH_ONE // 4
TIMES = 100
STAFF = ["/participants", "/participants?words=asha", "/participants/{child}", "/participants/duplicates", "/activities",
         "/activities/{activity}", "/asking", "/inventory", "/inventory?participant={child}&show=all", "/inventory?words=verma",
         "/old-posts", "/old-posts?show=shown", "/posts/ending", "/wordings", "/complaints"]
FAMILY = ["/g/answers"]


def public(trust):
    return len(list((trust.data / "site" / "posts").iterdir()))


def page(person, path):
    took = []
    for _ in range(TIMES):
        begun = time.monotonic()
        status, _, text = person.send("GET", path)
        took.append((time.monotonic() - begun) * 1e3)
        if status != 200:
            return {"status": status}
    return {"p50_ms": share(took, 0.5), "p99_ms": share(took, 0.99), "kilobytes": len(text) / 1024}


def withdrawal(trust, person):
    """From the press until the last copy has left the public folder."""
    text = person.send("GET", "/g/answers")[2]
    stop = re.search(r'action="(/g/children/\d+/stop)".*?</form>', text, re.S)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', stop[0]))
    before, begun = public(trust), time.monotonic()
    status = person.send("POST", stop[1], urllib.parse.urlencode(fields))[0]
    answered = time.monotonic() - begun
    while public(trust) > before - WITH_ONE - OLD_WITH_ONE and time.monotonic() < begun + 300:
        time.sleep(0.05)
    return {"status": status, "answered_s": answered, "last_request_s": time.monotonic() - begun, "taken_down": before - public(trust)}


def measure(engine, database):
    trust = Trust(engine, database, WORK)
    begun = time.monotonic()
    filled = bench(BENCH, "families", trust.address, trust.data, PARTICIPANTS, POSTS, PHOTOS, WITH_ONE)
    print(f"  {engine}: filled in {time.monotonic() - begun:.0f} s", flush=True)
    trust.start()
    try:
        end = time.monotonic() + 900
        while public(trust) < POSTS + OLD and time.monotonic() < end:
            time.sleep(0.5)
        time.sleep(5)
        print(f"  {engine}: {public(trust)} of {POSTS + OLD} posts are public", flush=True)
        manager, guardian = Person(trust, filled["manager"]), Person(trust, filled["guardian"])
        pages = {path: page(manager, path.format(**filled)) for path in STAFF}
        pages |= {path: page(guardian, path) for path in FAMILY}
        return {"pages": pages, "withdrawal": withdrawal(trust, guardian)}
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
