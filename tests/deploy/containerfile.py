#!/usr/bin/env python3
"""The container's recipe, held to the rules that matter here; no container runtime builds it in the tests.

An own check: `hadolint` is no package of a registry, and the linters on npm have not been kept for years."""

import re
from pathlib import Path

from counted import check, verdict

RECIPE = Path(__file__).resolve().parents[2] / "deploy" / "Containerfile"
KNOWN = {"FROM", "RUN", "COPY", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT", "CMD", "WORKDIR", "ARG", "LABEL", "SHELL"}


def instructions(text):
    """`(WORD, rest)` for each, with continued lines joined and comments left out."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in joined.splitlines()]


def stages(all_of_them):
    found = []
    for word, rest in all_of_them:
        if word == "FROM":
            found.append((re.search(r" AS (\w+)", rest), rest, []))
        found[-1][2].append((word, rest))
    return [(name and name[1], source, body) for name, source, body in found]


all_of_them = instructions(RECIPE.read_text())
parts = stages(all_of_them)
name, source, last = parts[-1]
runs = [rest for word, rest in all_of_them if word == "RUN"]
the_last = {word: rest for word, rest in last}
check({word for word, _ in all_of_them} <= KNOWN, "Every instruction is one of those we mean to use (no ADD, no ONBUILD, no MAINTAINER)")
check(len(parts) > 1, "It is built in stages, so that no compiler is in what runs")
froms = [source.split()[0] for _, source, _ in parts]
check(all(re.fullmatch(r"[\w.-]+(/[\w.-]+)+:(?!latest)[\w.-]+", one) for one in froms), "Every base names its registry and a version that is not `latest`", froms)
user = the_last.get("USER", "")
check(re.fullmatch(r"[1-9]\d+:[1-9]\d+", user) is not None, "It runs as a number that is not root's", user)
check(last.index(("USER", user)) > max(n for n, (word, _) in enumerate(last) if word in ("RUN", "COPY")), "Nothing is written after that, so nothing belongs to the one who runs")
check(all(the_last.get(word, "").startswith("[") for word in ("ENTRYPOINT", "CMD")), "It is started without a shell, so that it hears SIGTERM")
apt = [run for run in runs if "apt-get install" in run]
check(all("--no-install-recommends" in run and "rm -rf /var/lib/apt/lists" in run and "apt-get update" in run for run in apt), "Packages come with what they need and leave no lists behind")
check(not any(re.search(r"curl|wget|sudo|chmod (-R )?777", run) for run in runs), "Nothing is fetched by hand, and nothing is open to all")
copied = {found[1] for word, rest in all_of_them if word == "COPY" for found in [re.search(r"--from=(\w+)", rest)] if found}
check(copied == {one for one, _, _ in parts if one}, "Every stage is used, and every use has its stage", copied)
check(not any(re.search(r"(?i)secret|password|token|access_key", rest) for word, rest in all_of_them if word in ("ENV", "ARG")), "No secret is baked in")
check("--locked" in " ".join(runs), "It builds what Cargo.lock says")
check(any("models install" in run for run in runs) and any("/models" in rest for word, rest in last if word == "COPY"), "The models are inside")
check("/data" in the_last.get("VOLUME", "") and "/keys" in the_last.get("VOLUME", ""), "Data and keys are apart and outside, so the root can be read only")
verdict()
