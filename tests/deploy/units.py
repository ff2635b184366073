#!/usr/bin/env python3
"""The systemd units: they are right, they are strict, and the program with its photo child fits into what they leave.

No systemd runs here, so the last is seen from the other side: every system call of a whole story (photos, models, pages, jobs)
is in the list that the unit allows, and nothing wants memory that is written and run."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from counted import check, verdict

UNITS = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
PROGRAM, PICTURES = os.environ["CLEANSHEET"], os.environ["CLEANSHEET_PICTURES"]
# The exposure that systemd-analyze gives: 0 is a locked box, 10 is root.
MOST_EXPOSED = 2.5
# SQLite gives its files to the owner of the database, which it asks for as root only; the service is not root.
REFUSED_IS_FINE = {"fchown"} if os.geteuid() == 0 else set()


def members(group):
    """The system calls of a group, with the groups in it."""
    said = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True).stdout
    words = [line.strip() for line in said.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return {call for word in words for call in (members(word) if word.startswith("@") else [word])}


def allowed(unit):
    """What the unit's lines leave, in their order."""
    left = set()
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit, re.M):
        words = {call for word in line.lstrip("~").split() for call in (members(word) if word.startswith("@") else [word])}
        left = left - words if line.startswith("~") else left | words
    return left


def right_and_strict(folder):
    for path in sorted(UNITS.glob("cleansheet*")):
        text = re.sub(r"/usr/local/bin/cleansheet", PROGRAM, path.read_text())
        (folder / path.name).write_text(text)
    verified = subprocess.run(["systemd-analyze", "verify", *folder.glob("*.service"), *folder.glob("*.timer")], capture_output=True, text=True)
    said = "\n".join(line for line in verified.stderr.splitlines() if "cleansheet" in line)
    check(verified.returncode == 0 and not said, "systemd finds nothing wrong with the units", said)
    for path in sorted(folder.glob("*.service")):
        said = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", path], capture_output=True, text=True).stdout
        level = float(re.search(r"exposure level for \S+: ([\d.]+)", said)[1])
        check(level < MOST_EXPOSED, f"{path.name}: exposure {level}, less than {MOST_EXPOSED}")


def fits(folder):
    trace = folder / "trace"
    if not shutil.which("strace"):
        check(False, "strace is here (Debian package strace)")
        return
    words = ["strace", "-f", "-qq", "-o", trace, PROGRAM, "demo", "--story", "--pictures", PICTURES]
    story = subprocess.run(words, capture_output=True, text=True, timeout=420)
    check(story.returncode == 0, "The story is played while its system calls are written down", (story.stdout + story.stderr)[-600:])
    calls, runnable = {}, []
    for line in trace.read_text(errors="replace").splitlines():
        found = re.match(r"\d+ +(\w+)\(", line)
        if found:
            calls.setdefault(found[1], line)
            if found[1] in ("mmap", "mprotect", "pkey_mprotect") and "PROT_WRITE|PROT_EXEC" in line:
                runnable.append(line)
    for path in sorted(UNITS.glob("*.service")):
        if path.name == "cleansheet.service":
            outside = set(calls) - allowed(path.read_text()) - REFUSED_IS_FINE
            check(not outside, f"{path.name} allows every one of the {len(calls)} calls", "; ".join(calls[call] for call in sorted(outside)))
    check({"seccomp", "landlock_restrict_self"} <= set(calls), "The photo child locked itself down meanwhile", sorted(calls))
    check(not runnable, "Nothing maps memory that is written and run (MemoryDenyWriteExecute)", runnable[:2])


with tempfile.TemporaryDirectory(prefix="cleansheet-units-") as work:
    right_and_strict(Path(work))
    fits(Path(work))
sys.stdout.flush()
verdict()
