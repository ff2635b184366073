#!/usr/bin/env python3
"""Kills the program by chance while people work, again and again, and counts the posts of every release order.

One trust, one set of people, no waiting for quiet between two kills: approvals, publications and take-downs are under way when
SIGKILL comes. Every hundred kills, and at the end, everybody rests until nothing is on its way, and then it is reckoned:

- an approved post is on every channel it was sent to exactly once, a dropped one on none;
- nothing is public that nobody approved;
- whatever was acknowledged is there, and the ledger verifies.

Channels: the website, and Bluesky's own server when tests/counterparts/atproto-pds is there. CLEANSHEET_KILLS says how
often, CLEANSHEET_SEED which chance, CLEANSHEET_KILLS_DATABASE=postgres on which engine.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bluesky import COUNTERPART, Bluesky
from crash import PICTURES, PROGRAM, Browser, Down, Records, Server, check, until, verdict
from load import Cluster, Load, links

KILLS = int(os.environ.get("CLEANSHEET_KILLS", "500"))
SEED = int(os.environ.get("CLEANSHEET_SEED", str(random.SystemRandom().randrange(1 << 32))))
RECKON_EVERY = 100
MOST_ANSWERS, LONGEST_LIFE, MOMENT = 14, 1.5, 0.08  # a life ends after so many answers or seconds, and a moment more


class Trust:
    """A demo trust whose server comes and goes."""

    def __init__(self, folder, bluesky=None, cluster=None):
        self.bluesky, self.cluster = bluesky, cluster
        # Posts without photos: a program without models starts at once.
        (folder / "models").mkdir()
        self.server = Server(folder / "trust", {**(bluesky.environment if bluesky else {}), "CLEANSHEET_MODELS": str(folder / "models")})
        self.stranger = Browser(self.server)
        self.records = Records(self.server.data, cluster.url if cluster else None)
        self.database = self.records.flags
        printed = folder / "printed"
        with open(printed, "wb") as out:
            self.server.start(command=("demo", *self.database, "--pictures", str(PICTURES)), out=out)
        self.load = Load(self.server, links(printed))

    def start(self):
        self.records.prove()
        self.server.start(command=("serve", *self.database))
        def answers():
            try:
                return self.stranger.get("/news")[0] == 200
            except Down:
                return False
        until("the program answers", answers)

    def rows(self, query):
        return self.records.rows(query)

    def site(self):
        """The text of every article that is public."""
        return [json.loads(path.read_text())["text"] for path in (self.server.data / "site" / "posts").glob("*/article.json")]

    def under_way(self):
        return self.rows("SELECT o.state, o.because, j.kind, j.attempts, j.last_error FROM release_order o LEFT JOIN job j"
                         " ON j.subject = o.id AND j.done_ms IS NULL WHERE o.state NOT IN ('published', 'stopped', 'gone')")

    def reckon(self, when):
        """Everybody rests; then every post of every release order is counted."""
        if self.server.is_dead():
            self.start()
        self.load.pause()
        try:
            until("nothing is on its way", lambda: not self.under_way(), 150)
            check(True, f"{when}: everything has come to its end")
        except TimeoutError:
            check(False, f"{when}: everything has come to its end", str(self.under_way()[:4]))
        self.count(when)
        self.load.working.set()

    def count(self, when):
        load = self.load
        posts = {post: (stage, caption) for post, stage, caption in self.rows("SELECT id, stage, caption FROM post")}
        lost = [post for post, caption in load.captions.items() if post not in posts or (caption and posts[post][1] != caption)]
        lost += [post for post in load.submitted if posts[post][0] not in ("submitted", "approved", "dropped")]
        lost += [post for post in load.approved if posts[post][0] not in ("approved", "dropped")]
        lost += [post for post in load.dropped if posts[post][0] != "dropped"]
        check(not lost, f"{when}: whatever was acknowledged is there", f"{len(lost)}: {[(p, posts.get(p)) for p in lost[:3]]}")
        orders = self.rows("SELECT o.post_id, c.network, o.state FROM release_order o JOIN channel c ON c.id = o.channel_id")
        public = {"website": self.site(), **({"bluesky": [text for _, text in self.bluesky.records()]} if self.bluesky else {})}
        wrong, expected = [], {network: 0 for network in public}
        for post, network, state in orders:
            times, wanted = public[network].count(posts[post][1]), int(state == "published")
            expected[network] += wanted
            if times != wanted:
                wrong.append((network, state, times, posts[post][1]))
        for post in load.approved:
            channels = [network for other, network, _ in orders if other == post]
            if sorted(channels) != sorted(public):
                wrong.append((post, "has orders for", channels))
        check(not wrong, f"{when}: {len(orders)} release orders, each public as often as it must be", f"{len(wrong)}: {wrong[:4]}")
        strays = {network: len(texts) - expected[network] for network, texts in public.items() if len(texts) != expected[network]}
        check(not strays, f"{when}: nothing is public that nobody approved", str(strays))


def main():
    print(f"Seed {SEED}", flush=True)
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="cleansheet-kills-") as folder:
        folder = Path(folder)
        folder.chmod(0o711)
        bluesky = cluster = trust = None
        try:
            if COUNTERPART.exists() and not os.environ.get("CLEANSHEET_KILLS_WEBSITE_ONLY"):
                bluesky = Bluesky(folder / "bluesky")
            if os.environ.get("CLEANSHEET_KILLS_DATABASE") == "postgres":
                (folder / "postgres").mkdir()
                cluster = Cluster(folder / "postgres")
            trust = Trust(folder, bluesky, cluster)
            walk(trust, chance)
        finally:
            if trust and not trust.server.is_dead():
                trust.server.kill()
            for one in (bluesky, cluster):
                if one:
                    one.stop()
    verdict()


def walk(trust, chance):
    load, began = trust.load, time.monotonic()
    load.start(*((load.author, letter, "Jo Brightwell") for letter in "ABC"), (load.approver,), (load.dropper, "Dele Okafor", 4))
    until("people are at work", lambda: len(load.approved) >= 3, 60)
    for number in range(1, KILLS + 1):
        enough, end = load.answers() + chance.randint(0, MOST_ANSWERS), time.monotonic() + chance.uniform(0.2, LONGEST_LIFE)
        while load.answers() < enough and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, MOMENT))
        trust.server.kill()
        trust.start()
        if number % RECKON_EVERY == 0 or number == KILLS:
            trust.reckon(f"After {number} kills")
    load.stop()
    took = time.monotonic() - began
    work = f"{len(load.captions)} drafts, {len(load.approved)} approvals and {len(load.dropped)} drops acknowledged"
    check(len(load.approved) >= KILLS // 8, f"People got work done meanwhile: {work} in {took:.0f} s")
    check(not load.odd, "Every answer was a page or one clear sentence", "; ".join(load.odd))
    trust.server.stop()
    verified = subprocess.run([PROGRAM, "ledger", "verify", "--data", str(trust.server.data)], capture_output=True, text=True)
    check(verified.returncode == 0, "The ledger verifies", verified.stderr.strip())
    if failed_here() and os.environ.get("CLEANSHEET_KEEP"):
        shutil.copytree(trust.server.data.parent, os.environ["CLEANSHEET_KEEP"], dirs_exist_ok=True)


def failed_here():
    import crash
    return crash.failed


if __name__ == "__main__":
    main()
