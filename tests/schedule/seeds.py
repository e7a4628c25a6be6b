#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs under a seed: the same seed is the same run, others are others; nobody waits in the host.

usage: seeds.py FXBOX PROGRAMS HANG
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

FXBOX, PROGRAMS, HANG = map(os.path.abspath, sys.argv[1:4])
from tap import Tap  # pylint: disable=wrong-import-position

MODES = ["trap", "patch", "eager"]
KINDS = ["read", "much", "socket", "poll", "select", "epoll", "eventfd", "sigsuspend", "sigwait",
         "spin", "flock", "child", "sigchld", "orphan", "sleep"]
# What is not the program's alone says so; these spin, or make a process.
UNFORESEEN = {"spin": ["watchdog"], "child": ["processes", "outside, processes"],
              "sigchld": ["processes", "outside, processes"], "orphan": ["processes", "outside, processes"]}
# One of each kind, and such as sleep elsewhere than on a futex.
HANGS = ["abba", "signal_lost", "join_circle", "semaphore_leaked", "rwlock_abba", "pi_abba", "once_joins",
         "pipe", "handler", "fork_held"]
LONGEST = 60
# Some need a file of their own; a new /tmp hides what lies in the old one.
WRITES = "--rw=/tmp" if FXBOX.startswith("/tmp/") else "--tmp"

tap = Tap()


def run(seed, *words, options=()):
    """Status, what it said, and the line at the end; that of a file, as the reader of a pipe is another."""
    with tempfile.TemporaryFile() as out:
        done = subprocess.run([FXBOX, "run", WRITES, "--seed=%d" % seed, *options, *words], stdout=out,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=LONGEST,
                              check=False)
        out.seek(0)
        return done.returncode, out.read().decode(), done.stderr.decode(errors="replace")


def all_of(jobs):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() + 1) as pool:
        return list(pool.map(lambda job: job(), jobs))


def end_of(result):
    found = re.search(r"^fxbox: seed (\d+): (\d+) events, (\d+) switch(?:es)?, hash (\w+)(.*)$", result[2], re.M)
    return found.groups() if found else None


def turns():
    program = os.path.join(PROGRAMS, "turns")
    seeds = range(1, 21)
    first = all_of([lambda s=s: run(s, program) for s in seeds])
    again = all_of([lambda s=s, m=m: run(s, program, options=["--intercept=" + m])
                    for s in seeds for m in MODES])
    tap.check("it runs to its end", all(r[0] == 0 and end_of(r) for r in first), first[0])
    tap.check("nothing is left to chance", all(end_of(r) and end_of(r)[4] == "" for r in first + again),
              [end_of(r) for r in first])
    others = [(s, m) for i, s in enumerate(seeds) for j, m in enumerate(MODES)
              if end_of(again[i * 3 + j]) != end_of(first[i])]
    tap.check("a seed is the same way through the program, in each mode", not others, others)
    said = [s for i, s in enumerate(seeds) for j in range(2) if again[i * 3 + j][1] != first[i][1]]
    tap.check("and what the program says, with its clock, its random bytes, its addresses", not said, said)
    ways = {end_of(r)[3] for r in first if end_of(r)}
    tap.check("other seeds are other ways", len(ways) > 15, ways)


def waits():
    """Each seed lets the two meet in another order; some hundred would take too long here."""
    for kind in KINDS:
        results = all_of([lambda s=s: run(s, os.path.join(PROGRAMS, "waits"), kind) for s in range(1, 13)])
        bad = [r for r in results if r[0] != 0 or r[1] != kind + "\n"]
        tap.check("waits for another thread: " + kind, not bad, bad[:1])
        unforeseen = {end_of(r)[4] for r in results if end_of(r)}
        allowed = {""} | {"; not by the seed alone: " + why for why in UNFORESEEN.get(kind, [])}
        tap.check("%s: by the seed alone, or it is said why not" % kind, unforeseen <= allowed, unforeseen)


def shared():
    result = run(1, os.path.join(PROGRAMS, "waits"), "shared", options=["--shared-futex=host"])
    tap.check("a futex that is left to the host is said", result[0] == 0 and end_of(result) and
              end_of(result)[4].endswith(" shared"), result)


def hangs():
    for name in HANGS:
        results = all_of([lambda s=s: run(s, os.path.join(HANG, name), options=["--on-deadlock=abort"])
                          for s in range(1, 7)])
        # Of a program whose child hangs the parent goes on.
        bad = [r for r in results if "is stuck" not in r[2] or r[0] not in (-6, 0)]
        tap.check("hangs, and it is known: " + name, not bad, bad[:1])
    results = all_of([lambda s=s: run(s, os.path.join(PROGRAMS, "waits"), "stuck", options=["--on-deadlock=abort"])
                      for s in range(1, 7)])
    bad = [r for r in results if "is stuck" not in r[2] or r[0] != -6]
    tap.check("hangs, and it is known: in epoll_wait of what nobody else has", not bad, bad[:1])


def usage():
    for words, said in ((["--seed="], "--seed"), (["--seed=x"], "--seed"), (["--seed=1", "--points=all"], "--points"),
                        (["--schedule=/dev/null"], "/dev/null"), (["--schedule=/none"], "/none")):
        done = subprocess.run([FXBOX, "run", *words, "true"], capture_output=True, timeout=LONGEST, check=False)
        tap.check("refused with a line: " + " ".join(words),
                  done.returncode == 125 and said in done.stderr.decode().split("\n")[0], done)


def limits():
    """The numbers that fxbox keeps lie above the soft limit on descriptors."""
    program = os.path.join(PROGRAMS, "turns")
    for soft in (64, 1024):
        low = ["prlimit", "--nofile=%d:" % soft]
        done = subprocess.run([*low, FXBOX, "run", WRITES, "--seed=1", program], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, timeout=LONGEST, check=False)
        tap.check("a run with %d descriptors" % soft, done.returncode == 0 and " hash " in done.stderr, done)
        done = subprocess.run([*low, FXBOX, "test", "--seeds=4", "--", program], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=LONGEST, check=False)
        tap.check("seeds with %d descriptors" % soft, done.returncode == 0, done)


turns()
waits()
shared()
limits()
hangs()
usage()
tap.finish()
