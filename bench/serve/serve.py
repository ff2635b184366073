#!/usr/bin/env python3
"""Measures a running trust from the outside and prints a table: usage `serve.py BENCH-SERVE FOLDER RESULT POSTS`.

Every figure is taken twice on each engine: with some posts, and with POSTS of them. A static page of nginx is asked for in the same run:
what this machine can answer at all.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from trust import Person, Trust, bench, free_port, share

PICTURES = Path(os.environ["CLEANSHEET_PICTURES"])
BENCH, WORK, RESULT, POSTS = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
PUBLISHED = 20
SECONDS, FLOOD_SECONDS, ASKERS, CLICKS = 30, 8, 16, 15


class Screening:
    """Two people who keep adding photos, two at a time each, as long as this runs."""

    def __init__(self, people):
        files = sorted(PICTURES.glob("*.jpg"))
        self.ends, self.looked, self.begun = threading.Event(), 0, time.monotonic()
        self.threads = [threading.Thread(target=self.keep_on, args=(one, files[n:] + files[:n])) for n, one in enumerate(people)]

    def keep_on(self, person, files):
        while not self.ends.is_set():
            self.looked += person.photos(files[:2])
            files = files[2:] + files[:2]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        time.sleep(2)
        return self

    def __exit__(self, *_):
        self.ends.set()
        for thread in self.threads:
            thread.join()
        self.per_second = self.looked / (time.monotonic() - self.begun)


def clicks(trust, person, posts):
    """From the press on "Approve" until the first file of the publication is there, in milliseconds."""
    took = []
    bench_folder, public = trust.data / "site" / "workshop", trust.data / "site" / "posts"
    for post in posts:
        page = person.send("GET", f"/posts/{post}/approve")[2]
        form = urllib.parse.urlencode({"csrf": person.field(page, "csrf"), "content": person.field(page, "content")})
        before = public.stat().st_mtime_ns, bench_folder.stat().st_mtime_ns
        begun = time.monotonic()
        pressed = threading.Thread(target=person.send, args=("POST", f"/posts/{post}/approve", form))
        pressed.start()
        while (public.stat().st_mtime_ns, bench_folder.stat().st_mtime_ns) == before and time.monotonic() < begun + 10:
            time.sleep(0.0005)
        took.append((time.monotonic() - begun) * 1e3)
        pressed.join()
        time.sleep(0.3)
    return {"p50_ms": share(took, 0.5), "p99_ms": share(took, 0.99)}


def measure(trust, filled, name):
    """All figures of one trust as it is now."""
    first = trust.start()
    trust.settle()
    trust.stop()
    starts = []
    for _ in range(3):
        starts.append(trust.start())
        trust.settle()
        idle = trust.memory()
        if len(starts) < 3:
            trust.stop()
    cookies, people = filled["cookies"], [Person(trust, cookie) for cookie in filled["cookies"]]
    (trust.folder / "cookies").write_text("\n".join(cookies))
    posts = re.findall(r'href="(/posts/post_\w+)"', people[5].send("GET", "/posts")[2])[:8]
    paths = ["/", "/posts", "/", posts[0], "/posts?words=rain", "/", posts[-1], "/policy", "/posts?show=submitted", "/posts/new", "/news"]
    (trust.folder / "paths").write_text("\n".join(paths))
    print(f"  {name}: started in {min(starts):.0f} ms (the very first time {first:.0f}), {idle:.0f} MB", flush=True)
    with Screening(people[-2:]) as screening:
        pages = bench(BENCH, "people", trust.host, trust.folder / "cookies", trust.folder / "paths", SECONDS)
    print(f"  {name}: {pages}", flush=True)
    flood = bench(BENCH, "flood", trust.host, trust.folder / "cookies", "/", FLOOD_SECONDS, ASKERS)
    used = trust.memory()
    click = clicks(trust, people[0], [filled["waiting"].pop() for _ in range(CLICKS)])
    trust.stop()
    return {"start_ms": min(starts), "first_start_ms": first, "idle_mb": idle, "used_mb": used, "pages": pages,
            "photos_per_second": screening.per_second, "flood": flood, "click": click}


def multiply_site(trust):
    """One article for each copied order, like the ones that are there."""
    import sqlite3
    source = next(iter((trust.data / "site" / "posts").iterdir()))
    article = (source / "article.json").read_text()
    if trust.database:
        keys = subprocess.run(["psql", "-Atqc", "SELECT record_key FROM release_order", trust.database], capture_output=True, text=True, check=True).stdout.split()
    else:
        with sqlite3.connect(trust.address) as records:
            keys = [key for (key,) in records.execute("SELECT record_key FROM release_order")]
    for key in keys:
        folder = trust.data / "site" / "posts" / key
        if not folder.exists():
            folder.mkdir()
            (folder / "article.json").write_text(article.replace(source.name, key))


def both(engine, database):
    trust = Trust(engine, database, WORK)
    filled = bench(BENCH, "fill", trust.address, PUBLISHED)
    trust.start()
    end = time.monotonic() + 120
    while len(list((trust.data / "site" / "posts").iterdir())) < PUBLISHED and time.monotonic() < end:
        time.sleep(0.2)
    time.sleep(3)
    trust.stop()
    small = measure(trust, filled, f"{engine}, {PUBLISHED} posts")
    made = bench(BENCH, "multiply", trust.address, POSTS)
    multiply_site(trust)
    large = measure(trust, filled, f"{engine}, {made['posts']} posts, {made['entries']} ledger entries")
    shutil.rmtree(trust.folder, ignore_errors=True)
    return {"small": small, "large": large, "posts": made["posts"], "entries": made["entries"]}


def nginx():
    """A static page of about the size of Today, as fast as this machine can."""
    folder, port = WORK / "nginx", free_port()
    (folder / "pages").mkdir(parents=True)
    folder.chmod(0o755)
    (folder / "pages" / "index.html").write_text("<!doctype html><title>Today</title>" + "<p>A line of Today.</p>" * 400)
    (folder / "conf").write_text(f"""worker_processes 2; daemon off; pid {folder}/pid; error_log {folder}/error.log; user root;
        events {{ worker_connections 256; }}
        http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
        scgi_temp_path {folder}/s; keepalive_requests 10000000; server {{ listen 127.0.0.1:{port}; root {folder}/pages; }} }}""")
    (folder / "cookies").write_text("\n".join(f"none={n}" for n in range(50)))
    (folder / "paths").write_text("/\n/index.html")
    server = subprocess.Popen(["nginx", "-c", str(folder / "conf"), "-p", str(folder)], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        host = f"127.0.0.1:{port}"
        return {"pages": bench(BENCH, "people", host, folder / "cookies", folder / "paths", 10),
                "flood": bench(BENCH, "flood", host, folder / "cookies", "/", FLOOD_SECONDS, ASKERS)}
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)


def table(results):
    peer = results["nginx"]
    columns = [(f"{engine} {size}", results[engine][size]) for engine in ("SQLite", "PostgreSQL") for size in ("small", "large") if engine in results]
    rows = [
        ("start to first page, ms", lambda one: f"{one['start_ms']:.0f}", ""),
        ("memory idle, MB", lambda one: f"{one['idle_mb']:.0f}", ""),
        ("page p50 under load, ms", lambda one: f"{one['pages']['p50_ms']:.1f}", f"{peer['pages']['p50_ms']:.1f}"),
        ("page p99 under load, ms", lambda one: f"{one['pages']['p99_ms']:.1f}", f"{peer['pages']['p99_ms']:.1f}"),
        ("page max under load, ms", lambda one: f"{one['pages']['max_ms']:.1f}", f"{peer['pages']['max_ms']:.1f}"),
        ("errors", lambda one: f"{one['pages']['errors'] + one['flood']['errors']}", f"{peer['pages']['errors']}"),
        ("photos looked at meanwhile, a second", lambda one: f"{one['photos_per_second']:.1f}", ""),
        ("Today, requests a second", lambda one: f"{one['flood']['per_second']:.0f}", f"{peer['flood']['per_second']:.0f}"),
        ("approve to first file p50, ms", lambda one: f"{one['click']['p50_ms']:.1f}", ""),
        ("approve to first file p99, ms", lambda one: f"{one['click']['p99_ms']:.1f}", ""),
    ]
    print(f"\n50 people, a page a second each, {SECONDS} s; small: {PUBLISHED} posts; large: {POSTS} posts; 2 photos always being screened")
    print(f"{'':<38}" + "".join(f"{name:>18}" for name, _ in columns) + f"{'nginx static':>14}")
    for name, of, beside in rows:
        print(f"{name:<38}" + "".join(f"{of(one):>18}" for _, one in columns) + f"{beside:>14}")
    for name, one in columns:
        slowest = max(one["pages"]["each"].items(), key=lambda item: item[1]["p99_ms"])
        print(f"slowest page of {name}: {slowest[0]}, p99 {slowest[1]['p99_ms']:.1f} ms")


results = {"posts": POSTS, "nginx": nginx()}
only = os.environ.get("BENCH_ENGINES", "SQLite PostgreSQL").split()
for engine, database in (("SQLite", None), ("PostgreSQL", os.environ["DATABASE_URL"])):
    if engine in only:
        results[engine] = both(engine, database)
RESULT.write_text(json.dumps(results, indent=1))
table(results)
