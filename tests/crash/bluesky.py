"""Bluesky's own server beside a run, and what the public could read there."""

import json
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path

COUNTERPART = Path(__file__).resolve().parents[1] / "counterparts" / "atproto-pds"


class Bluesky:
    """Bluesky's own server, with the demo's account on it."""

    accounts = 1

    def __init__(self, folder):
        folder.mkdir()
        self.folder = folder
        said = subprocess.run([COUNTERPART, "start", folder], check=True, stdout=subprocess.PIPE, text=True).stdout
        self.says = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
        self.url = self.says["CLEANSHEET_TEST_PDS"]
        #: What programs need to reach the account.
        self.environment = {
            "CLEANSHEET_DEMO_BLUESKY": self.url,
            "CLEANSHEET_DEMO_BLUESKY_HANDLE": self.says["CLEANSHEET_TEST_PDS_HANDLE"],
            "CLEANSHEET_DEMO_BLUESKY_PASSWORD": self.says["CLEANSHEET_TEST_PDS_APP_PASSWORD"],
            "CLEANSHEET_BLUESKY_DIRECTORY": self.says["CLEANSHEET_TEST_PLC"],
            "CLEANSHEET_BLUESKY_RESOLVER": self.url,
        }

    def connect(self, manager, records):
        """The demo connects it by itself."""

    def records(self):
        """Address and text of every record the account has."""
        found, cursor = [], ""
        while cursor is not None:
            query = {"repo": self.says["CLEANSHEET_TEST_PDS_DID"], "collection": "app.bsky.feed.post", "limit": 100}
            if cursor:
                query["cursor"] = cursor
            address = f"{self.url}/xrpc/com.atproto.repo.listRecords?{urllib.parse.urlencode(query)}"
            with urllib.request.urlopen(address, timeout=30) as answer:
                page = json.load(answer)
            found += [(record["uri"], record["value"]["text"]) for record in page["records"]]
            cursor = page.get("cursor") if page["records"] else None
        return found

    def is_at(self, network, address):
        """Whether what the public sees at an address is on this network."""
        return address.startswith({"bluesky": "at:", "website": "/news"}[network])

    def stop(self):
        subprocess.run([COUNTERPART, "stop", self.folder], check=False)
