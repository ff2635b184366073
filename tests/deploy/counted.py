"""Counting, for the parts of this suite."""

import sys

passed = failed = 0


def check(good, sentence, details=""):
    """Counts one thing that must be true and says it either way."""
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"{'ok     ' if good else 'FAILED '} {sentence}" + ("" if good or not details else f"\n        {details}"), flush=True)


def verdict():
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)
