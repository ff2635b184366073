#!/usr/bin/env python3
"""Restarts PostgreSQL with `-m immediate` every two seconds for a minute while people work, and counts what is left.

The cluster is this run's own and durable (fsync and synchronous_commit are on). Authors start posts, write them and send them
for approval, somebody approves them, others read pages; workers publish meanwhile. A press counts as acknowledged when the
program answered it with a redirect.

What must hold at the end:
- every acknowledged draft, submission and approval is there, and what was approved is public exactly once;
- the program has come back by itself, without a restart of its own;
- every answer meanwhile was the page or one clear sentence (503), never an error of ours, and none took long;
- the ledger verifies.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "crash"))
from crash import Browser, Server, check, until, verdict  # noqa: E402
from load import Cluster, Load, links  # noqa: E402

SECONDS = int(os.environ.get("CLEANSHEET_RESTART_SECONDS", "60"))
EVERY = 2.0
PROGRAM = os.environ["CLEANSHEET"]
PICTURES = os.environ["CLEANSHEET_PICTURES"]
LONGEST = 15.0  # seconds; the program waits ten for its records, then says so


def main():
    with tempfile.TemporaryDirectory(prefix="cleansheet-restart-") as folder:
        folder = Path(folder)
        folder.chmod(0o711)
        (folder / "postgres").mkdir()
        cluster = Cluster(folder / "postgres")
        server = Server(folder / "trust")
        try:
            walk(folder, cluster, server)
        finally:
            server.stop()
            cluster.stop()
    verdict()


def walk(folder, cluster, server):
    printed = folder / "printed"
    with open(printed, "wb") as out:
        server.start(command=("demo", "--database", cluster.url, "--pictures", PICTURES), out=out)
    load = Load(server, links(printed))
    load.start((load.author, "A", "Jo Brightwell"), (load.author, "B", "Jo Brightwell"), (load.approver,), (load.reader,))
    time.sleep(3)
    restarts, end = 0, time.monotonic() + SECONDS
    while time.monotonic() < end:
        next_one = time.monotonic() + EVERY
        cluster.restart()
        restarts += 1
        time.sleep(max(0, next_one - time.monotonic()))
    load.stop()
    stranger = Browser(server)
    began = time.monotonic()
    until("the program is back by itself", lambda: stranger.get("/news")[0] == 200, 30)
    check(not server.is_dead(), f"The program lived through {restarts} restarts and was back after {time.monotonic() - began:.1f} s")
    work = f"{len(load.captions)} drafts, {len(load.submitted)} submissions, {len(load.approved)} approvals; answers {load.statuses}"
    check(len(load.captions) >= 5 and len(load.approved) >= 2, f"People got work done meanwhile: {work}")
    check(not load.odd, "Every answer was a page or one clear sentence", "; ".join(load.odd))
    check(load.slowest < LONGEST, f"No answer took longer than {LONGEST:.0f} s (the longest {load.slowest:.1f} s)")
    reckon(cluster, server, load)
    server.stop()
    verified = subprocess.run([PROGRAM, "ledger", "verify", "--data", str(server.data)], capture_output=True, text=True)
    check(verified.returncode == 0, "The ledger verifies", verified.stderr.strip())


def reckon(cluster, server, load):
    waiting = "SELECT count(*) FROM release_order WHERE state NOT IN ('published', 'stopped', 'gone')"
    quiet = lambda: cluster.rows(waiting) == [["0"]]
    try:
        until("everything approved is on its way or there", quiet, 150)
        check(True, "Everything that was approved has come to its end")
    except TimeoutError:
        left = cluster.rows("SELECT o.state, o.because, j.kind, j.last_error FROM release_order o LEFT JOIN job j"
                            " ON j.subject = o.id AND j.done_ms IS NULL WHERE o.state NOT IN ('published', 'stopped', 'gone')")
        check(False, "Everything that was approved has come to its end", str(left[:5]))
    posts = {post: (stage, caption) for post, stage, caption in cluster.rows("SELECT id, stage, caption FROM post")}
    lost = [post for post, caption in load.captions.items() if post not in posts or (caption and posts[post][1] != caption)]
    check(not lost, "No acknowledged draft is lost", f"{len(lost)}: {lost[:3]}")
    lost = [post for post in load.submitted if posts.get(post, ("",))[0] not in ("submitted", "approved")]
    check(not lost, "No acknowledged submission is lost", f"{len(lost)}: {lost[:3]}")
    lost = [post for post in load.approved if posts.get(post, ("",))[0] != "approved"]
    check(not lost, "No acknowledged approval is lost", f"{len(lost)}: {lost[:3]}")
    site = [path.read_text(errors="replace") for path in (server.data / "site" / "posts").rglob("*.json")]
    site = site or [path.read_text(errors="replace") for path in (server.data / "site" / "posts").rglob("*") if path.is_file()]
    public = {post: sum(posts[post][1] in text for text in site) for post in load.approved if post in posts}
    wrong = {post: times for post, times in public.items() if times != 1}
    check(not wrong, f"Every approved post is public exactly once ({len(public)})", str(dict(list(wrong.items())[:3])))


if __name__ == "__main__":
    main()
