"""Runs both programs on one core and on two, and compares: compare.py CLEANSHEET PEER WORK RESULT. Standard library only."""

import glob
import json
import os
import resource
import subprocess
import sys
import threading
import time

cleansheet, peer, work, result = sys.argv[1:]
pictures = sorted(glob.glob(os.path.join(work, "in", "*.jpg")))


def tree(root):
    """A process and all that it has started, by /proc."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        for path in glob.glob(f"/proc/{pid}/task/*/children"):
            try:
                with open(path) as file:
                    waiting += file.read().split()
            except OSError:
                pass
    return found


def memory(root):
    """Bytes of its own that a process tree holds, each shared page divided among those who share it."""
    total = 0
    for pid in tree(root):
        try:
            with open(f"/proc/{pid}/smaps_rollup") as file:
                total += sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
        except OSError:
            pass
    return total


def measure(cores, command, **settings):
    """Wall time, processor time and peak memory of a command and its children on the first `cores` cores."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(
        ["taskset", "--cpu-list", f"0-{cores - 1}", *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **settings
    )
    peak = 0

    def watch():
        nonlocal peak
        while process.returncode is None:
            peak = max(peak, memory(str(process.pid)))
            time.sleep(0.05)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    _, said = process.communicate()
    watcher.join()
    wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        sys.exit(f"{command[0]} ended with {process.returncode}: {said.decode(errors='replace')[-2000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"pictures_per_s": len(pictures) / wall, "cpu_s_per_picture": cpu / len(pictures), "peak_MiB": peak / 2**20}


def ours(cores):
    out = os.path.join(work, f"ours-{cores}")
    return measure(cores, [cleansheet, "screen", "photos", os.path.join(work, "in"), "--out", out, "--jobs", str(cores)])


def theirs(cores):
    # A copy of the folder: it writes beside what it reads. Mosaic, so that both do the same to a face.
    folder = os.path.join(work, f"theirs-{cores}")
    os.makedirs(folder)
    for picture in pictures:
        os.link(picture, os.path.join(folder, os.path.basename(picture)))
    program = [sys.executable, "-c", "from deface.deface import main; main()", folder, "--replacewith", "mosaic", "--backend", "onnxrt"]
    env = dict(os.environ, PYTHONPATH=peer, PYTHONDONTWRITEBYTECODE="1", ORT_DISABLE_TELEMETRY="1")
    return measure(cores, program, env=env)


rows = []
for cores in (1, 2):
    if cores <= len(os.sched_getaffinity(0)):
        rows.append({"cores": cores, "cleansheet": ours(cores), "deface 1.5.0": theirs(cores)})

print(f"{len(pictures)} pictures. Ours: three looks for faces, explicit-picture score, sandboxed decoding, covered copy. deface: one look, covered copy.")
print(f"{'':26}{'pictures/s':>12}{'CPU s/picture':>15}{'peak MiB':>10}")
for row in rows:
    for name in ("cleansheet", "deface 1.5.0"):
        of = row[name]
        print(f"{name + ', cores: ' + str(row['cores']):26}{of['pictures_per_s']:12.2f}{of['cpu_s_per_picture']:15.3f}{of['peak_MiB']:10.0f}")
    mine, peers = row["cleansheet"], row["deface 1.5.0"]
    row["ratios"] = {
        "pictures_per_s": mine["pictures_per_s"] / peers["pictures_per_s"],
        "cpu_s_per_picture": peers["cpu_s_per_picture"] / mine["cpu_s_per_picture"],
        "peak_MiB": peers["peak_MiB"] / mine["peak_MiB"],
    }
    print(f"{'better by a factor of':26}{row['ratios']['pictures_per_s']:12.2f}{row['ratios']['cpu_s_per_picture']:15.2f}{row['ratios']['peak_MiB']:10.2f}")
with open(result, "w") as file:
    json.dump({"pictures": len(pictures), "runs": rows}, file, indent=1)
