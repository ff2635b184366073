"""Every network that is played (tests/simulators) beside a run: connected on its page, disturbed to order, and what its public sees."""

import json
import os
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

#: What goes wrong with the call that publishes, and with the one that removes. An answer that is too late comes after whoever asked
#: has given up.
BOTH = ("publish", "delete")
FAULTS = {
    "no answer": (BOTH, "fault=reply_lost"),
    "half an answer": (BOTH, "fault=half_reply"),
    "an answer too late": (BOTH, "fault=slow&number=2200"),
    "done, and an error for an answer": (BOTH, "fault=done_but_502"),
    "not done, and an error for an answer": (BOTH, "fault=down"),
    "a removal that is obeyed late": (("delete",), "fault=late&number=2"),
    "the call twice": (BOTH, "fault=twice"),
}
#: A network that keeps no key of what it is asked for makes two posts of a call that comes twice; no caller can help that.
DOUBLES = {"META"}
#: Networks that take so many calls in a period.
PERIODS = ("X", "MASTODON")
#: Network, the name of its account here, and the trust's own app there.
ACCOUNTS = [("x", "Trust on X", ("x-client", "x-secret")), ("facebook", "Trust Page", ("424242424242", "app-secret")), ("mastodon", "Trust on Mastodon", None)]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Networks:
    """One process that plays all of them; it ends with its standard input."""

    #: X, a Page, Mastodon, and Bluesky, which the demo connects by itself.
    accounts = len(ACCOUNTS) + 1

    def __init__(self):
        self.child = subprocess.Popen([os.environ["CLEANSHEET_SIMULATORS"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.urls = {}
        for line in self.child.stdout:
            if line.strip() == "ready":
                break
            name, _, url = line.strip().partition("_URL=")
            self.urls[name] = url
        bluesky = self.urls["BLUESKY"]
        #: What programs need to reach the accounts.
        self.environment = {
            "CLEANSHEET_X_ADDRESS": self.urls["X"],
            "CLEANSHEET_META_ADDRESS": self.urls["META"],
            "CLEANSHEET_DEMO_BLUESKY": bluesky,
            "CLEANSHEET_DEMO_BLUESKY_HANDLE": "fenland.test",
            "CLEANSHEET_DEMO_BLUESKY_PASSWORD": "app-password",
            "CLEANSHEET_BLUESKY_DIRECTORY": bluesky,
            "CLEANSHEET_BLUESKY_RESOLVER": bluesky,
        }

    def ask(self, name, what):
        with urllib.request.urlopen(f"{self.urls[name]}/__{what}", timeout=30) as answer:
            return json.load(answer)

    def connect(self, manager, records):
        """What the Manager does on the pages: asks for each account, permits it, connects it, and opens it to two people."""
        for network, name, app in ACCOUNTS:
            manager.press("/accounts/requests", "/accounts/requests", network=network, name=name, why="We want to be there.")
            wish = re.search(r'action="(/accounts/requests/[^"]+)"', manager.get("/accounts/requests")[2])[1]
            manager.press("/accounts/requests", wish, do="permit", reason="Yes.")
            [(channel,)] = records.rows(f"SELECT id FROM channel WHERE name = '{name}'")
            page = f"/accounts/{channel}/connect"
            if app:
                manager.press(page, f"/accounts/{channel}/app", app_id=app[0], app_secret=app[1])
            self.allow(manager, page, {"server": self.urls["MASTODON"]} if network == "mastodon" else {})
            for person in ("Jo Brightwell", "Priya Nair"):
                [(person,)] = records.rows(f"SELECT id FROM person WHERE name = '{person}'")
                manager.press("/accounts", f"/accounts/{channel}/give", person=person, until="2027-08-31", draft="yes", approve="yes")

    def allow(self, manager, page, fields):
        """Goes on to the network's own page, which allows it at once, and comes back with what it says."""
        said = manager.press(page, page, **fields)[2]
        address = re.search(r'href="([^"]+)" rel="noreferrer">Sign in at', said)[1].replace("&#38;", "&").replace("&amp;", "&")
        try:
            urllib.request.build_opener(NoRedirect).open(address, timeout=30)
            raise AssertionError("the network does not send the browser back")
        except urllib.error.HTTPError as answer:
            back = urllib.parse.urlparse(answer.headers["Location"])
        status, _, text = manager.press(page, "/accounts/callback", urllib.parse.parse_qsl(back.query))
        if status == 200:  # the page asks whose account it is
            state = re.search(r'name="state" value="([^"]+)"', text)[1]
            [account] = re.findall(r'name="account" value="([^"]+)"', text)
            status, _, text = manager.press(page, "/accounts/choose", state=state, account=account)
        assert status == 303, f"{page}: {status} {text}"

    def order(self, fault):
        """The next call of its kinds goes wrong on every network."""
        acts, what = FAULTS[fault]
        for name in self.urls:
            if not (fault == "the call twice" and name in DOUBLES):
                for act in acts:
                    self.ask(name, f"fail?act={act}&{what}")

    def mend(self):
        """Nothing goes wrong any more, and nobody has asked too often."""
        for name in self.urls:
            self.ask(name, "mend")
        for name in PERIODS:
            self.ask(name, "set?name=periods&value=over")

    def records(self):
        """Address and text of everything the public sees."""
        return [(f"{name} {post['id']}", post["text"]) for name in self.urls for post in self.ask(name, "posts")["posts"]]

    def is_at(self, network, address):
        """Whether what the public sees at an address is on this network."""
        return address.startswith({"facebook": "META", "website": "/news"}.get(network, network.upper()))

    def stop(self):
        self.child.stdin.close()
        self.child.wait(10)
