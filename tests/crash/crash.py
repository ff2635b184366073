#!/usr/bin/env python3
"""Kills the program at every place where a crash would hurt most, starts it again, and looks what became of one post.

With Bluesky's own server beside it (tests/counterparts/atproto-pds) the post goes to both channels, and every place is tried
three times: the network's reply to the call that publishes is lost, comes too late, or the call arrives twice; the same
happens to the call that takes the post down. Then every place once with the records in PostgreSQL.

The places are the `failpoint("…")` and `name_commit("…")` calls in the sources, so a new one joins by being written. Each run starts from a copy
of the same trust, in which a post with a child in the picture waits for its second person. Then: approve, wait until it is
public, withdraw, wait until it is gone. Whoever meets a dead server does what people do: waits, looks, presses again.

What must hold after every run, whatever happened in between:
- the post was public under one address only on each channel, and exactly once;
- after the withdrawal it is gone, and the receipt says so;
- nothing acknowledged is missing, and the ledger verifies.
"""

import http.client
import itertools
import os
import queue
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PROGRAM = os.environ["CLEANSHEET"]
PICTURES = Path(os.environ["CLEANSHEET_PICTURES"])
SOURCES = Path(__file__).resolve().parents[2] / "crates"
CAPTION = "Two of our coaches tried the new lights."
GUARDIAN = "meera.verma@example.org"
POSTGRES = os.environ.get("CLEANSHEET_TEST_POSTGRES")
#: With the crash points built in, the program waits only so long for a network.
PATIENCE_MS = 1500
#: How long a call is under way, in seconds, before somebody looks where only people can: longer than the program waits, and than
#: any answer takes.
LOOKS_AFTER = 6
#: So many runs on every network at once.
LANES = 5
PUBLISHES, TAKES_DOWN = "com.atproto.repo.putRecord", "com.atproto.repo.deleteRecord"

passed = failed = 0


def check(good, sentence, details=""):
    """Counts one thing that must be true and says it either way."""
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"{'ok     ' if good else 'FAILED '} {sentence}" + ("" if good or not details else f"\n        {details}"), flush=True)


def verdict():
    """Says how many things were true, and ends accordingly."""
    print(f"\n{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


class Down(Exception):
    """The server did not answer."""


class Server:
    """One program over one data folder; started again when it was killed."""

    def __init__(self, data, environment=()):
        self.data, self.environment = data, dict(environment)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.child = None
        self.log = open(data.parent / "server.log", "ab")

    def start(self, failpoint=None, command=("serve",), out=None):
        words = [PROGRAM, *command, "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}"]
        environment = {**os.environ, **self.environment, "CLEANSHEET_PATIENCE_MS": str(PATIENCE_MS), **({"CLEANSHEET_FAILPOINT": failpoint} if failpoint else {})}
        self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out or self.log, stderr=self.log, env=environment)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                # A place that is passed while starting up ends the program before it listens.
                if self.child.poll() is not None:
                    return
                time.sleep(0.03)
        raise Down("the server did not start")

    def log_text(self):
        return Path(self.log.name).read_text(errors="replace")

    def is_dead(self):
        return self.child.poll() is not None

    def kill(self):
        self.child.kill()
        self.child.wait()

    def stop(self):
        if not self.is_dead():
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
        self.log.close()


class Browser:
    """Cookies and forms; follows no redirect by itself."""

    def __init__(self, server, cookies=None):
        self.server, self.cookies = server, dict(cookies or {})

    def send(self, method, path, body=None, kind=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        headers = {"Host": f"localhost:{self.server.port}", "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if kind:
            headers |= {"Content-Type": kind, "Origin": f"http://localhost:{self.server.port}"}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise Down(str(error)) from error
        finally:
            connection.close()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        return answer.status, answer.headers.get("Location", ""), text

    def get(self, path):
        return self.send("GET", path)

    def press(self, page, path, fields=(), **more):
        """Sends the form that the page at `page` carries, with its token."""
        token = re.search(r'name="csrf" value="([^"]*)"', self.get(page)[2])
        if not token:
            return 0, "", ""
        body = urllib.parse.urlencode([("csrf", token[1]), *fields, *more.items()])
        return self.send("POST", path, body, "application/x-www-form-urlencoded")

    def draft(self, post, fields, photo=None):
        """Sends the draft page's form, with a file when there is one."""
        path = f"/posts/{post}/edit"
        token = re.search(r'name="csrf" value="([^"]*)"', self.get(path)[2])[1]
        edge = "edge-of-a-part"
        parts = [(f'name="{name}"', value.encode()) for name, value in [("csrf", token), *fields]]
        if photo:
            parts.append((f'name="photo"; filename="{photo.name}"', photo.read_bytes()))
        body = b"".join(
            f"--{edge}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + value + b"\r\n" for head, value in parts)
        return self.send("POST", path, body + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}")


def until(sentence, ask, seconds=40):
    """Asks again until the answer is truthy."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.2)
    raise TimeoutError(sentence)


def sign_in(server, link):
    browser = Browser(server)
    path = urllib.parse.urlparse(link).path
    browser.press(path, path)
    return browser


class Records:
    """The records of one trust, to look into behind the program's back."""

    def __init__(self, data, url=None):
        self.data, self.url = data, url
        self.flags = ["--database", url] if url else []

    def rows(self, query):
        if self.url:
            said = subprocess.run(["psql", self.url, "-AtF", "\t", "-c", query], check=True, capture_output=True, text=True).stdout
            return [tuple(line.split("\t")) for line in said.splitlines() if line]
        with sqlite3.connect(f"file:{self.data}/trust.db?mode=ro", uri=True, timeout=20) as records:
            return [tuple("" if cell is None else str(cell) for cell in row) for row in records.execute(query)]

    def prove(self):
        """What staff do with a passkey, without one: every sign-in is proved now. Only while the program is down."""
        statement = f"UPDATE sign_in SET proved_ms = {int(time.time() * 1000)} WHERE person_id IS NOT NULL"
        if self.url:
            subprocess.run(["psql", "-q", self.url, "-c", statement], check=True, capture_output=True)
            return
        with sqlite3.connect(f"{self.data}/trust.db", timeout=20) as records:
            records.execute(statement)
        records.close()

    def mails(self, to):
        """The mails to somebody, the newest first, each on one line."""
        line = "chr(10)" if self.url else "char(10)"
        return [body for (body,) in self.rows(
            f"SELECT replace(body, {line}, ' ') FROM mail WHERE to_address = '{to}' ORDER BY made_ms DESC, id DESC")]

    def copy(self, data):
        """The same records for a copy of the trust."""
        if not self.url:
            return Records(data)
        name = f"cleansheet_crash_{os.getpid()}_{next(NUMBERS)}"
        server, base = self.url.rsplit("/", 1)
        run_sql(f"CREATE DATABASE {name} TEMPLATE {base}")
        return Records(data, f"{server}/{name}")

    def drop(self):
        if self.url:
            run_sql(f"DROP DATABASE IF EXISTS {self.url.rsplit('/', 1)[1]} WITH (FORCE)")


NUMBERS = itertools.count()


def run_sql(statement):
    subprocess.run(["psql", "-q", POSTGRES, "-c", statement], check=True, capture_output=True)


def prepare(folder, records, networks=None):
    """A demo trust in which a post with Asha in the picture waits for its second person, and who is signed in."""
    data = folder / "trust"
    server = Server(data, networks.environment if networks else {})
    printed = folder / "printed"
    with open(printed, "wb") as out:
        server.start(command=("demo", *records.flags, "--pictures", str(PICTURES)), out=out)
    said = until("the demo prints its links", lambda: (t := printed.read_text()) and t.count("/sign-in/") >= 8 and t)
    def link(name):
        return re.search(rf"{name}[^\n]*\n?[^\n]*?(http://localhost:\d+/sign-in/\S+)", said)[1]
    jo, priya = sign_in(server, link("Jo Brightwell")), sign_in(server, link("Priya Nair"))
    if networks:
        networks.connect(sign_in(server, link("Dele Okafor")), records)
    page = jo.get("/posts/new")[2]
    activity = re.search(r'name="activity" value="([^"]+)"', page)[1]
    channels = [("channel", channel) for channel in re.findall(r'name="channel" value="([^"]+)"', page)]
    assert len(channels) == channels_of(networks), f"{len(channels)} channels"
    to = jo.press("/posts/new", "/posts/new", [("activity", activity), *channels])[1]
    post = to.split("/")[2]
    words = [("caption", CAPTION), ("channels", "sent"), *channels]
    jo.draft(post, [*words, ("do", "keep")], PICTURES / "pair.jpg")
    def ready():
        page = jo.get(f"/posts/{post}/edit")[2]
        return "data-looking" not in page and 'class="facecard' in page and page
    page = until("the photo is looked at", ready)
    photo = re.search(r'name="alt (photo_\w+)"', page)[1]
    face, child = re.search(r'value="roster (depiction_\w+) (participant_\w+)"[^>]*>Asha Verma<', page).groups()
    jo.draft(post, [*words, (f"alt {photo}", "Two coaches by a board"), ("do", f"roster {face} {child}")])
    until("the copy is made", ready)
    answered = jo.draft(post, [*words, (f"alt {photo}", "Two coaches by a board"), ("do", "submit")])
    assert answered[1] == f"/posts/{post}", f"the post could not be sent: {answered[1]}"
    mails = lambda: records.mails(GUARDIAN)
    path = re.search(r"(/g/[^\s/]+)", " ".join(mails()))[1].rstrip(".")
    meera = Browser(server)
    before = len(mails())
    meera.press(path, f"{path}/code")
    until("the code is written", lambda: len(mails()) > before)
    code = re.search(r"\b(\d{4}) ?(\d{4})\b", mails()[0])
    meera.press(path, path, code="".join(code.groups()))
    assert "Stop showing Asha" in meera.get("/g/answers")[2], "the guardian is not signed in"
    server.stop()
    return data, post, {"priya": priya.cookies, "meera": meera.cookies}


def channels_of(networks):
    """The news page, and an account on each network."""
    return 1 + (networks.accounts if networks else 0)


class Run:
    """One post from its approval to gone, with a server that may die at any time."""

    def __init__(self, base, post, cookies, work, records, networks):
        self.post, self.data, self.addresses, self.deaths, self.networks = post, work / "trust", set(), 0, networks
        shutil.copytree(base, self.data)
        shutil.copy2(base.with_name("trust.keys"), work / "trust.keys")
        self.records = records.copy(self.data)
        # What a run that failed has left on a network is not of this one.
        self.before = {address for address, _ in networks.records()} if networks else set()
        # Nothing is screened any more: a program without models starts at once.
        self.server = Server(self.data, {**(networks.environment if networks else {}), "CLEANSHEET_MODELS": str(work)})
        self.priya, self.meera = (Browser(self.server, cookies[name]) for name in ("priya", "meera"))
        self.stranger = Browser(self.server)

    def start(self, failpoint=None):
        self.records.prove()
        self.server.start(failpoint, command=("serve", *self.records.flags))

    def meanwhile(self, ask):
        """Asks; when the server is dead, starts it again, this time to stay."""
        try:
            if self.server.is_dead():
                raise Down("dead")
            return ask()
        except Down:
            try:
                self.server.child.wait(5)
            except subprocess.TimeoutExpired:
                return None
            self.deaths += 1
            self.start()
            return None

    def approve(self):
        page = f"/posts/{self.post}/approve"
        def ask():
            status, to, text = self.priya.get(page)
            if status == 303:
                return True
            content = re.search(r'name="content" value="([^"]*)"', text)[1]
            return self.priya.press(page, page, content=content)[0] == 303
        until("it is approved", lambda: self.meanwhile(ask))

    def on_networks(self):
        """Where the networks show the post."""
        records = self.networks.records() if self.networks else []
        return {address for address, text in records if text == CAPTION and address not in self.before}

    def public(self):
        """Where the post is public now, on each channel; remembers them all."""
        now = set(re.findall(r'href="(/news/[^"/]+)"[^>]*>[^<]*Two of our coaches', self.stranger.get("/news")[2])) | self.on_networks()
        self.addresses |= now
        return now

    def everywhere(self):
        return len(self.public()) == channels_of(self.networks)

    def somebody_looks(self):
        """Where the program cannot know what became of a call, Priya looks after a while, and says what is there."""
        since = int((time.time() - LOOKS_AFTER) * 1000)
        for order, network in self.records.rows("SELECT o.id, c.network FROM release_order o JOIN channel c ON c.id = o.channel_id"
                                                f" WHERE o.state = 'uncertain' AND o.call_started_ms < {since}"):
            there = any(self.networks.is_at(network, address) for address in self.public()) if self.networks else False
            page = f"/posts/{self.post}/uncertain/{order}"
            self.priya.press(page, page, answer="there" if there else "not_there")

    def or_look(self, ask):
        """Asks; meanwhile, where the program waits for a look, somebody looks."""
        found = ask()
        if not found:
            self.somebody_looks()
        return found

    def withdraw(self):
        def ask():
            page = self.meera.get("/g/answers")[2]
            form = re.search(r'action="(/g/children/\d+/stop)"', page)
            return not form or self.meera.press("/g/answers", form[1])[0] == 303
        until("it is withdrawn", lambda: self.meanwhile(ask))

    def receipt(self):
        page = self.meera.get("/g/answers")[2]
        found = re.search(r'href="(/g/receipts/[^"]+)"', page)
        return found and "Gone</span>" in self.meera.get(found[1])[2]

    def settled(self):
        return {state for (state,) in self.records.rows("SELECT state FROM release_order")} == {"gone"}

    def under_way(self):
        """Where every order is, and what is still to be done for it."""
        return self.records.rows("SELECT c.name, o.state, o.because, j.kind, j.attempts, j.last_error FROM release_order o"
                                 " JOIN channel c ON c.id = o.channel_id LEFT JOIN job j ON j.subject = o.id AND j.done_ms IS NULL")

    def walk(self, read_back=False):
        self.approve()
        until("it is public", lambda: self.meanwhile(lambda: self.or_look(self.everywhere)))
        if read_back:
            sent = "SELECT state FROM release_order WHERE state <> 'published'"
            until("it is read back", lambda: self.meanwhile(lambda: not self.records.rows(sent)))
        self.withdraw()
        until("it is gone", lambda: self.meanwhile(lambda: not self.public()))
        until("the receipt says so", lambda: self.meanwhile(self.receipt))
        # A reply that came late may have called the take-down once more.
        until("nothing is left to do", lambda: self.meanwhile(self.settled))

    def outcome(self):
        """What is wrong, in words; empty when everything is as it must be."""
        wrong, channels = [], channels_of(self.networks)
        if self.server.is_dead():
            wrong.append("the server is dead at the end")
        self.server.stop()
        if len(self.addresses) != channels:
            wrong.append(f"it was public under {len(self.addresses)} addresses: {sorted(self.addresses)}")
        if left := self.on_networks():
            wrong.append(f"it is still there: {left}")
        orders = self.records.rows(f"SELECT state FROM release_order WHERE post_id = '{self.post}'")
        if orders != [("gone",)] * channels:
            wrong.append(f"its orders are {orders}")
        if self.records.rows("SELECT count(*) FROM withdrawal") != [("1",)]:
            wrong.append("the withdrawal is not there exactly once")
        left = list((self.data / "site" / "posts").iterdir())
        if left:
            wrong.append(f"{len(left)} articles are left on the site")
        verified = subprocess.run([PROGRAM, "ledger", "verify", "--data", str(self.data)], capture_output=True, text=True)
        if verified.returncode:
            wrong.append(verified.stderr.strip())
        return wrong


class Base:
    """A prepared trust that runs copy."""

    def __init__(self, folder, records, networks=None):
        folder.mkdir()
        self.records, self.networks = records, networks
        self.data, self.post, self.cookies = prepare(folder, records, networks)

    def run(self, name, drive):
        """One run in a folder of its own; `drive` starts the server and walks."""
        with tempfile.TemporaryDirectory(prefix="cleansheet-crash-") as work:
            one = Run(self.data, self.post, self.cookies, Path(work), self.records, self.networks)
            try:
                drive(one)
                wrong = one.outcome()
            except (TimeoutError, AssertionError, TypeError, Down) as error:
                where = one.under_way()
                one.server.stop()
                log = (Path(work) / "server.log").read_text(errors="replace").splitlines()[-6:]
                wrong = [f"{type(error).__name__}: {error}", f"it was public at {sorted(one.addresses)}", *map(str, where), *log]
            finally:
                one.records.drop()
            check(not wrong, name, "; ".join(wrong))


def killed_at(place):
    def drive(one):
        one.start(failpoint=place)
        # What is withdrawn before it was read back is never read back.
        one.walk(read_back=place.startswith("confirm."))
        assert one.deaths, "the program never came to this place"
    return drive


def disturbed_and_killed_at(place, fault, proxy):
    def drive(one):
        proxy.set(fault, PUBLISHES, TAKES_DOWN)
        killed_at(place)(one)
        proxy.set(None)
    return drive


def everywhere_disturbed_and_killed_at(place, fault, networks):
    def drive(one):
        networks.order(fault)
        try:
            killed_at(place)(one)
        finally:
            networks.mend()
    return drive


def stopped_at(place):
    """Two programs on one database: the first stands still in the middle of its job, the second takes the job over."""
    def drive(one):
        one.server.environment["CLEANSHEET_STANDSTILL"] = place
        one.start()
        first = one.server
        one.approve()
        until("the call is about to begin", lambda: one.records.rows("SELECT state FROM release_order") == [("sending",)])
        time.sleep(0.5)
        first.child.send_signal(signal.SIGSTOP)
        second_data = one.data.parent / "second"
        shutil.copytree(one.data, second_data, ignore=shutil.ignore_patterns("site", "lock"))
        (second_data / "site").symlink_to(one.data / "site")
        shutil.copy2(one.data.parent / "trust.keys", second_data.with_name("second.keys"))
        second = Server(second_data, {"CLEANSHEET_MODELS": str(one.data.parent)})
        try:
            # It frees what the first had claimed, as it would find it free once the lease is over.
            second.start(command=("serve", *one.records.flags))
            until("the second has published it", lambda: one.records.rows("SELECT state FROM release_order") == [("published",)])
            before = one.records.rows("SELECT token, sent_ms, published_ms, url FROM release_order")
            first.child.send_signal(signal.SIGCONT)
            refused = lambda: "another worker has this job now" in first.log_text()
            until("the first is refused when it wakes", refused)
            assert one.records.rows("SELECT token, sent_ms, published_ms, url FROM release_order") == before, "it recorded something"
            assert len(one.public()) == 1, f"public under {one.addresses}"
        finally:
            first.child.send_signal(signal.SIGCONT)
            second.stop()
        one.withdraw()
        until("it is gone", lambda: one.meanwhile(lambda: not one.public()))
        until("nothing is left to do", lambda: one.meanwhile(one.settled))
    return drive


def places():
    """Every failpoint of the sources; a commit with a name has one before it and one after it."""
    found = set()
    for path in SOURCES.rglob("*.rs"):
        text = path.read_text()
        found |= set(re.findall(r'failpoint\(\s*"([a-z_]+\.[a-z_]+)"', text))
        found |= {f"{act}.{when}_commit" for act in re.findall(r'name_commit\(\s*"([a-z_]+)"', text) for when in ("before", "after")}
    return sorted(found)


NETWORKS = {"bluesky", "facebook", "instagram", "mastodon", "x"}
#: Networks that choose the names: what is known of an order there is kept on the way.
KEEPS_TRAIL = {"facebook", "mastodon", "x"}
#: Places that only a thread comes to; the post of these runs is one post everywhere.
OF_THREADS = {"bluesky.thread"}


def reached(wanted, *networks):
    """The places that a post on these networks comes to. An account on Instagram fetches its pictures from a public address, which the
    copies of a trust do not have: its places are tried by the scenarios of its connector alone."""
    others = NETWORKS - set(networks)
    return [place for place in wanted
            if place.split(".")[0] not in others and place not in OF_THREADS and (place != "publish.trail" or KEEPS_TRAIL & set(networks))]


def website(folder, wanted):
    base = Base(folder / "website", Records(folder / "website" / "trust"))
    base.run("Nothing goes wrong when nothing happens", lambda one: (one.start(), one.walk()))
    for place in reached(wanted):
        base.run(f"Killed at {place}: once public, then gone, nothing lost", killed_at(place))


def both_channels(folder, wanted):
    from bluesky import Bluesky
    from proxy import Proxy
    bluesky = Bluesky(folder / "bluesky")
    proxy = Proxy(bluesky.url, late_seconds=PATIENCE_MS / 1000 + 1)
    try:
        bluesky.environment["CLEANSHEET_DEMO_BLUESKY"] = proxy.url
        base = Base(folder / "both", Records(folder / "both" / "trust"), bluesky)
        base.run("Nothing goes wrong when nothing happens, on two channels", lambda one: (one.start(), one.walk()))
        for place in reached(wanted, "bluesky"):
            for fault in ("lost", "late", "doubled"):
                name = f"Reply {fault}, killed at {place}" if fault != "doubled" else f"Call doubled, killed at {place}"
                base.run(f"{name}: once public on each, then gone", disturbed_and_killed_at(place, fault, proxy))
    finally:
        proxy.stop()
        bluesky.stop()


def on_every_network(folder, wanted):
    """The post goes to every network that is played, and all of them do the same thing wrong: each fault at each place."""
    from networks import FAULTS
    tries = queue.SimpleQueue()
    for place, fault in itertools.product(reached(wanted, "bluesky", "facebook", "mastodon", "x"), FAULTS):
        tries.put((place, fault))
    with ThreadPoolExecutor(LANES) as threads:
        for one in [threads.submit(in_a_lane, folder / f"every-{number}", tries) for number in range(LANES)]:
            one.result()


def in_a_lane(folder, tries):
    """Networks and a trust of its own: most of a run is waiting."""
    from networks import Networks
    networks = Networks()
    try:
        base = Base(folder, Records(folder / "trust"), networks)
        base.run(f"Nothing goes wrong when nothing happens, on {channels_of(networks)} channels", lambda one: (one.start(), one.walk()))
        while True:
            try:
                place, fault = tries.get_nowait()
            except queue.Empty:
                return
            name = f"On {channels_of(networks)} channels, {fault} on every network, killed at {place}: once public on each, then gone"
            base.run(name, everywhere_disturbed_and_killed_at(place, fault, networks))
    finally:
        networks.stop()


def on_postgres(folder, wanted):
    name = f"cleansheet_crash_base_{os.getpid()}"
    run_sql(f"CREATE DATABASE {name}")
    records = Records(folder / "postgres" / "trust", f"{POSTGRES.rsplit('/', 1)[0]}/{name}")
    try:
        base = Base(folder / "postgres", records)
        for place in reached(wanted):
            base.run(f"On PostgreSQL, killed at {place}: once public, then gone, nothing lost", killed_at(place))
        for place in ("publish.claimed", "publish.sent"):
            base.run(f"Stopped at {place} past its lease: another worker goes on, the first is refused", stopped_at(place))
    finally:
        records.drop()


def main():
    from bluesky import COUNTERPART
    wanted = sys.argv[1:] or places()
    check(len(wanted) >= 15 or sys.argv[1:], f"There are failpoints from approval to gone ({len(wanted)})")
    with tempfile.TemporaryDirectory(prefix="cleansheet-crash-") as folder:
        # Two cores: the runs with a network of their own beside those without.
        works = [both_channels if COUNTERPART.exists() else website, *([on_every_network] if "CLEANSHEET_SIMULATORS" in os.environ else []), *([on_postgres] if POSTGRES else [])]
        with ThreadPoolExecutor(2) as threads:
            done = [threads.submit(work, Path(folder), wanted) for work in works]
            for one in done:
                one.result()
    verdict()


if __name__ == "__main__":
    main()
