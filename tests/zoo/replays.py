#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""fxbox test on the zoo: the first failure of each bug, replayed again and again.

A line for each program: how it fails, by which seed, and how many of the replays failed again, and by the same run, event by
event. Ends with 1 if any was not the same each time. Part of no suite, for it takes minutes.
"""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

from zoo import programs

FIRST = 60  # seeds, which most need; the others have all


def fxbox(*words, cwd):
    return subprocess.run([ASKED.fxbox, "test", *words], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)


def first_failure(program, work):
    """Kind, seed and file of the first that a search finds, or None."""
    options = ["--output=same"] if program.fails == "output" else []
    for seeds in ("1-%d" % FIRST, "%d-%d" % (FIRST + 1, ASKED.seeds)):
        fxbox("--seeds=" + seeds, "--json=result.json", *options, os.path.join(ASKED.zoo, program.name), cwd=work)
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
            print("%-16s not found in %d seeds" % (program.name, ASKED.seeds), flush=True)
            return False
        kind, seed, path = found
        ended = list(pool.map(lambda _: replay(path, work), range(ASKED.times)))
    failed, same = sum(e[0] for e in ended), sum(e[1] for e in ended)
    print("%-16s %-8s seed %-4d failed %d of %d, %d by the same run" %
          (program.name, kind, seed, failed, ASKED.times, same), flush=True)
    for other in {e[2] for e in ended if not (e[0] and e[1])}:
        print("    | " + other[-300:], flush=True)
    return failed == same == ASKED.times


def asked():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for place in ("fxbox", "zoo", "table"):
        parser.add_argument(place, type=os.path.abspath)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=500)
    return parser.parse_args()


def main():
    rows = [p for p in programs(ASKED.table) if not ASKED.names or p.name in ASKED.names]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
        good = [measure(p, threads) for p in rows]
    print("%d of %d bugs the same each time" % (sum(good), len(good)))
    sys.exit(not all(good))


if __name__ == "__main__":
    ASKED = asked()
    main()
