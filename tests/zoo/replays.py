#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""fxbox test on the zoo: the first failure of each bug, replayed again and again.

usage: replays.py FXBOX ZOO TABLE [--times=N] [--seeds=N] [NAME...]

A line for each program: how it fails, by which seed, and how many of the replays failed again, and by the same run, event by
event. Ends with 1 if any was not the same each time. Part of no suite, for it takes minutes.
"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

from zoo import programs

TIMES, SEEDS = 100, 500
FIRST = 60  # seeds, which most need; the others have all


def fxbox(*words, cwd):
    return subprocess.run([FXBOX, "test", *words], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)


def first_failure(program, work):
    """Kind, seed and file of the first that a search finds, or None."""
    options = ["--output=same"] if program.fails == "output" else []
    for seeds in ("1-%d" % FIRST, "%d-%d" % (FIRST + 1, SEEDS)):
        fxbox("--seeds=" + seeds, "--json=result.json", *options, os.path.join(ZOO, program.name), cwd=work)
        with open(os.path.join(work, "result.json"), encoding="utf-8") as text:
            groups = json.load(text)["groups"]
        if groups:
            first = min(groups, key=lambda g: g["seeds"][0])
            return first["kind"], first["seeds"][0], first["replay"]
    return None


def replay(path, work):
    done = fxbox("--replay=" + path, cwd=work)
    return done.returncode == 1, "the same run as that of the file" in done.stdout, re.sub(r"\s+", " ", done.stdout)


def measure(program, pool):
    """Whether each was the same."""
    with tempfile.TemporaryDirectory(prefix="fxbox-replays.", dir="/var/tmp") as work:
        found = first_failure(program, work)
        if not found:
            print("%-16s not found in %d seeds" % (program.name, SEEDS), flush=True)
            return False
        kind, seed, path = found
        ended = list(pool.map(lambda _: replay(path, work), range(TIMES)))
    failed, same = sum(e[0] for e in ended), sum(e[1] for e in ended)
    print("%-16s %-8s seed %-4d failed %d of %d, %d by the same run" %
          (program.name, kind, seed, failed, TIMES, same), flush=True)
    for other in {e[2] for e in ended if not (e[0] and e[1])}:
        print("    | " + other[-300:], flush=True)
    return failed == same == TIMES


words = [w for w in sys.argv[1:] if not w.startswith("--")]
for option in sys.argv[1:]:
    if option.startswith("--times="):
        TIMES = int(option[8:])
    elif option.startswith("--seeds="):
        SEEDS = int(option[8:])
FXBOX, ZOO, TABLE = map(os.path.abspath, words[:3])
asked = [p for p in programs(TABLE) if not words[3:] or p.name in words[3:]]
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
    good = [measure(p, threads) for p in asked]
print("%d of %d bugs the same each time" % (sum(good), len(good)))
sys.exit(not all(good))
