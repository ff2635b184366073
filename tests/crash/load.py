"""People at work on a trust, for runs that take something away from under them; and a PostgreSQL of a run's own.

A press counts as acknowledged when the program answered it with a redirect. What was acknowledged is remembered here, and
counted by whoever runs it.
"""

import os
import pwd
import re
import socket
import subprocess
import threading
import time
from pathlib import Path

from crash import Down, sign_in, until


def links(printed):
    """From a name to the sign-in link that the demo printed for it."""
    said = until("the demo prints its links", lambda: (t := printed.read_text()) and t.count("/sign-in/") >= 8 and t)
    return lambda name: re.search(rf"{name}[^\n]*\n?[^\n]*?(http://localhost:\d+/sign-in/\S+)", said)[1]


def postgres_programs():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return found[-1]


class Cluster:
    """A durable PostgreSQL of this run's own; it refuses to run as root."""

    def __init__(self, folder):
        self.bin, self.folder, self.as_user = postgres_programs(), folder, {}
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            self.as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(folder, user.pw_uid, user.pw_gid)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.run("initdb", "-D", str(folder / "data"), "-U", "cleansheet", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        self.options = (f"-c listen_addresses=127.0.0.1 -p {self.port} -k {folder} -c fsync=on -c synchronous_commit=on"
                        " -c full_page_writes=on")
        self.control("start")
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "cleansheet", "trust")
        self.url = f"postgres://cleansheet@127.0.0.1:{self.port}/trust"

    def run(self, program, *words):
        return subprocess.run([self.bin / program, *words], check=True, capture_output=True, text=True, cwd="/", **self.as_user).stdout

    def control(self, verb, *words):
        # The server inherits what it is given: a pipe would never end.
        command = [self.bin / "pg_ctl", verb, "-D", str(self.folder / "data"), "-w", "-t", "30", *words]
        if verb != "stop":
            command += ["-l", str(self.folder / "log"), "-o", self.options]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **self.as_user)

    def restart(self):
        self.control("restart", "-m", "immediate")

    def stop(self):
        self.control("stop", "-m", "fast")

    def rows(self, query):
        said = self.run("psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "cleansheet", "-d", "trust", "-AtF", "\t", "-c", query)
        return [line.split("\t") for line in said.splitlines() if line]


class Load:
    """People at work, and what the program acknowledged to them."""

    def __init__(self, server, link):
        self.server, self.link, self.stopping, self.working = server, link, threading.Event(), threading.Event()
        self.working.set()
        self.lock, self.threads, self.resting = threading.Lock(), [], 0
        self.captions, self.submitted, self.approved, self.dropped = {}, set(), set(), set()
        self.statuses, self.slowest, self.odd = {}, 0.0, []
        self.browsers, self.unsent = {}, {}

    def start(self, *works):
        """Begins to work: one thread for each `(function, arguments…)`."""
        for work, *arguments in works:
            self.threads.append(threading.Thread(target=self.go_on, args=(work, arguments), daemon=True))
            self.threads[-1].start()

    def go_on(self, work, arguments):
        turns = work(*arguments)
        while not self.stopping.is_set():
            if not self.working.is_set():
                with self.lock:
                    self.resting += 1
                self.working.wait()
                with self.lock:
                    self.resting -= 1
            try:
                next(turns)
            except (Down, TypeError):
                # Nobody answered, or with another page: look again.
                turns = work(*arguments)
                time.sleep(0.05)

    def answers(self):
        """How many requests were answered so far."""
        return sum(self.statuses.values())

    def pause(self):
        """Everybody ends what they are doing and rests."""
        self.working.clear()
        until("everybody rests", lambda: self.resting == len(self.threads), 60)

    def stop(self):
        self.stopping.set()
        self.working.set()
        for one in self.threads:
            one.join(60)

    def ask(self, browser, method, *words, **fields):
        """One request, timed and counted."""
        began = time.monotonic()
        status, to, text = getattr(browser, method)(*words, **fields)
        with self.lock:
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.statuses[status] = self.statuses.get(status, 0) + 1
            if status not in (0, 200, 303, 503, 409, 422) and len(self.odd) < 5:
                self.odd.append(f"{status} for {words[:2]}")
            if status == 503 and not any(said in text for said in ("do not answer", "are busy", "Try again")) and len(self.odd) < 5:
                self.odd.append(f"503 without a sentence: {text[:80]}")
        if status not in (200, 303):
            raise Down(f"{status}")
        return status, to, text

    def signed_in(self, name, who=None):
        """Somebody's browser; it stays signed in whatever happens to the program."""
        if (who or name) not in self.browsers:
            browser = sign_in(self.server, self.link(name))
            if browser.get("/posts/new")[0] != 200:
                raise Down("not signed in")
            self.browsers[who or name] = browser
        return self.browsers[who or name]

    def author(self, letter, name):
        browser, unsent = self.signed_in(name, letter), self.unsent.setdefault(letter, {})
        while True:
            if not unsent:
                page = self.ask(browser, "get", "/posts/new")[2]
                activity = re.search(r'name="activity" value="([^"]+)"', page)[1]
                channels = re.findall(r'name="channel" value="([^"]+)"', page)
                boxes = [("activity", activity), *(("channel", channel) for channel in channels)]
                status, to, _ = self.ask(browser, "press", "/posts/new", "/posts/new", fields=boxes)
                if status == 303:
                    with self.lock:
                        post, number = to.split("/")[2], len(self.captions)
                        self.captions[post] = ""
                    unsent[post] = (channels, f"A good morning for team {letter} {letters(number)} and many more goals.")
            for post, (channels, caption) in list(unsent.items()):
                yield from self.write(browser, post, channels, caption)
                del unsent[post]
            yield

    def write(self, browser, post, channels, caption):
        fields = [("caption", caption), ("channels", "sent"), *(("channel", channel) for channel in channels)]
        # The draft leads elsewhere when it was sent by a press whose answer was lost.
        if self.ask(browser, "get", f"/posts/{post}/edit")[0] == 200:
            if self.ask(browser, "draft", post, [*fields, ("do", "keep")])[0] == 303:
                with self.lock:
                    self.captions[post] = caption
            yield
            if self.ask(browser, "draft", post, [*fields, ("do", "submit")])[1] != f"/posts/{post}":
                raise Down("not sent")
        with self.lock:
            self.captions[post] = caption
            self.submitted.add(post)

    def approver(self):
        browser = self.signed_in("Priya Nair")
        while True:
            with self.lock:
                waiting = sorted(self.submitted - self.approved)
            for post in waiting[:10]:
                self.approve(browser, post)
                yield
            time.sleep(0.05)
            yield

    def approve(self, browser, post):
        path = f"/posts/{post}/approve"
        status, _, page = self.ask(browser, "get", path)
        # It goes elsewhere when it was approved by a press whose answer was lost.
        done = status == 303
        if not done:
            content = re.search(r'name="content" value="([^"]*)"', page)[1]
            done = self.ask(browser, "press", path, path, content=content)[0] == 303
        if done:
            with self.lock:
                self.approved.add(post)

    def dropper(self, name, one_in):
        """Drops every so many of the approved posts, wherever they are on their way."""
        browser = self.signed_in(name)
        while True:
            with self.lock:
                chosen = [post for number, post in enumerate(sorted(self.approved)) if number % one_in == 0]
                left = [post for post in chosen if post not in self.dropped]
            for post in left[:5]:
                if self.ask(browser, "press", f"/posts/{post}", f"/posts/{post}/drop")[0] == 303:
                    with self.lock:
                        self.dropped.add(post)
                yield
            time.sleep(0.2)
            yield

    def reader(self):
        browser = self.signed_in("Jo Brightwell")
        while True:
            for path in ("/", "/posts", "/news"):
                self.ask(browser, "get", path)
                yield


def letters(number):
    """A number in letters: digits in a caption may look like something else."""
    words = ""
    while number:
        words, number = "abcdefghij"[number % 10] + words, number // 10
    return words


