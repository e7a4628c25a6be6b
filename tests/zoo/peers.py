#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Bugs of the zoo by a minute of a processor: fxbox test, a loop of native runs, helgrind, TSan.

usage: peers.py BUILD [--seconds S] [NAME...]

For each bug the four get S seconds of processor time (4), in turns of a quarter, but no more than three times
as long of waiting for hangs to be such: who does that takes little of a processor. How often a bug showed is divided by what it took. A tool that names a race shows the bug, too, whether or not the run failed.
TSan is another build of the program, where gcc can make it; helgrind is left out where it is not there.
"""
import argparse
import json
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

HANGS = 1.0  # seconds of real time, after which a native run is one; they take some milliseconds
SLOW = 5.0  # the same under a tool
SEEDS = 200  # of each call of fxbox test
RACE = 66


def processor():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(words, limit, **more):
    """Status, or 'hang'; what it printed."""
    with tempfile.TemporaryFile() as out:
        with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL,
                              start_new_session=True, **more) as process:
            try:
                status = process.wait(limit)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                status = "hang"
        out.seek(0)
        return status, out.read()


class Side:
    """One way to look for a bug: turn() is one try, with how many runs and bugs it was, and what it has waited for a hang."""

    def __init__(self, turn):
        self.turn, self.used, self.waited, self.runs, self.found = turn, 0.0, 0.0, 0, 0

    def go_on(self, until):
        while self.used < until and self.waited < 3 * until:
            before = processor()
            runs, found, waited = self.turn()
            self.used += max(processor() - before, 0.001)
            self.waited += waited
            self.runs += runs
            self.found += found

    def a_minute(self):
        return 60 * self.found / self.used

    def at_most(self):
        """Where nothing was found there may have been one more run to go."""
        return 60 * max(self.found, 1) / self.used


def sides_of(name, build, source, work):
    zoo = os.path.join(build, "guest-progs/zoo")
    program = os.path.join(zoo, name)
    right = run([program + "-right"], 20)[1]
    result = os.path.join(work, "result.json")

    def loop():
        status, out = run([program], HANGS)
        return 1, int(status != 0 or out != right), HANGS if status == "hang" else 0

    seeds = iter(range(1, 1 << 40, SEEDS))

    def fxbox():
        first = next(seeds)
        subprocess.run([os.path.join(build, "fxbox"), "test", "--seeds=%d-%d" % (first, first + SEEDS - 1),
                        "--output=same", "--json=" + result, "--keep=" + work, "--jobs=1", program],
                       stdin=subprocess.DEVNULL, capture_output=True, check=False)
        with open(result, encoding="utf-8") as text:
            told = json.load(text)
        return max(told["done"], 1), told["failed"], 0

    def under(words, **more):
        status, _ = run(words, SLOW, **more)
        return 1, int(status != 0), SLOW if status == "hang" else 0

    def helgrind():
        return under(["valgrind", "--tool=helgrind", "-q", "--error-exitcode=%d" % RACE, program])

    sides = {"loop": Side(loop), "fxbox": Side(fxbox)}
    if shutil.which("valgrind"):
        sides["helgrind"] = Side(helgrind)
    binary = os.path.join(work, name + ".tsan")
    code = os.path.join(source, "guest-progs/zoo", name + ".c")
    made = os.path.exists(code) and subprocess.run(
        ["gcc", "-std=gnu11", "-O1", "-g", "-w", "-D_GNU_SOURCE", "-I" + source, "-fsanitize=thread", "-pthread",
         "-o", binary, code], capture_output=True, check=False).returncode == 0
    if made:
        sides["tsan"] = Side(lambda: under(["setarch", "-R", binary],
                                           env=dict(os.environ, TSAN_OPTIONS="exitcode=%d" % RACE)))
    return sides


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("name", nargs="*")
    args = parser.parse_intermixed_args()
    source = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with open(os.path.join(source, "guest-progs/zoo/zoo.txt"), encoding="utf-8") as table:
        all_names = [line.split()[0] for line in table if line.strip() and line[0] != "#"]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    work = tempfile.mkdtemp(prefix="fxbox-peers.", dir="/var/tmp")
    seldom = {}
    rates = []
    print("%-18s %12s  %s" % ("bug", "natively", "  ".join("%12s" % side for side in
                                                        ("fxbox", "loop", "helgrind", "tsan"))))
    for name in args.name or all_names:
        sides = sides_of(name, os.path.abspath(args.build), source, work)
        for quarter in range(1, 5):
            for side in sides.values():
                side.go_on(args.seconds * quarter / 4)
        natively = sides["loop"].found / sides["loop"].runs
        print("%-18s %5d of %-5d %s" % (name, sides["loop"].found, sides["loop"].runs, "  ".join(
            "%12.1f" % sides[s].a_minute() if s in sides else "%12s" % "-"
            for s in ("fxbox", "loop", "helgrind", "tsan"))), flush=True)
        rates.append(sides["fxbox"].used / sides["fxbox"].runs * 1000)
        if natively < 0.05:
            seldom[name] = sides["fxbox"].a_minute() / sides["loop"].at_most()
    print("bugs shown in a minute of a processor; natively: runs that failed, of so many")
    print("a schedule takes %.1f ms of a processor (median of the programs)" % statistics.median(rates))
    if seldom:
        least = [n for n, r in seldom.items() if r < 10]
        print("%d show natively in under 5 %% of runs: fxbox finds them %.0f times as often as the loop (median), "
              "at least 10 times for %d; less for %s" % (len(seldom), statistics.median(seldom.values()),
                                                          len(seldom) - len(least), ", ".join(least) or "none"))
    shutil.rmtree(work)
    return 0


sys.exit(main())
