#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The same seed, again and again: is it the same schedule, by its hash, and the same output?

So many runs (200) in all, the modes of --intercept in turn, of each: c, c++, rust, go, python, sqlite, xz. What is not installed
is skipped by name. A line each: how many gave the commonest hash and output, and what the runs said of themselves, the
watchdog among it; a run that it stopped is counted as any other. Part of no suite, for it takes minutes.
"""
import argparse
import collections
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

MODES = ["trap", "patch", "eager"]
# At calls alone nothing is done about instructions that read the machine's clock (limits.md).
POINTS = "atomics"
GO = """package main
import ("fmt"; "sync")
func main() {
	jobs, done := make(chan int), make(chan int, 64)
	var all sync.WaitGroup
	for i := 0; i < 4; i++ {
		all.Add(1)
		go func() { defer all.Done(); for j := range jobs { done <- j * j } }()
	}
	for j := 0; j < 64; j++ { jobs <- j }
	close(jobs); all.Wait(); close(done)
	for j := range done { fmt.Print(j, " ") }
	fmt.Println()
}
"""
PYTHON = """
import queue, threading
jobs, done = queue.Queue(), queue.Queue()
def work(me):
    while (job := jobs.get()) is not None:
        done.put((me, job * job))
threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
for t in threads: t.start()
for job in list(range(64)) + [None] * 8: jobs.put(job)
for t in threads: t.join()
while not done.empty(): print(*done.get())
"""
SQLITE = """
import sqlite3, threading
keeps = sqlite3.connect("file:db?mode=memory&cache=shared", uri=True)
keeps.execute("create table t (who, what)")
keeps.commit()
def work(me):
    db = sqlite3.connect("file:db?mode=memory&cache=shared", uri=True, isolation_level=None)
    for i in range(5):
        while True:
            try:
                db.execute("insert into t values (?, ?)", (me, i))
                break
            except sqlite3.OperationalError:
                pass
threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
for t in threads: t.start()
for t in threads: t.join()
for row in keeps.execute("select * from t order by rowid"): print(*row)
"""


def written(work, name, text):
    path = os.path.join(work, name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


def go_program(work):
    path = os.path.join(work, "jobs")
    source = written(work, "jobs.go", GO)
    done = subprocess.run(["go", "build", "-o", path, source], cwd=work, capture_output=True, check=False)
    return [path] if done.returncode == 0 else None


def commands(programs, zoo, work):
    """By name; None: not here."""
    python = sys.executable
    data = written(work, "data", "".join("%d %d\n" % (i, i * i * 7919 % 10007) for i in range(30000)))
    rust = os.path.join(zoo, "rust_seats-right")
    return {
        "c": [os.path.join(programs, "turns")],
        "c++": [os.path.join(zoo, "cxx_gate-right")],
        "rust": [rust] if os.path.exists(rust) else None,
        "go": go_program(work) if shutil.which("go") else None,
        "python": [python, written(work, "queues.py", PYTHON)],
        "sqlite": [python, written(work, "rows.py", SQLITE)],
        "xz": ["xz", "-T2", "--block-size=65536", "-0", "-c", data] if shutil.which("xz") else None,
    }


def run(fxbox, seed, mode, command, work):
    """Status and output; hash; what it said that is not the seed's."""
    with tempfile.TemporaryFile() as out:
        done = subprocess.run([fxbox, "run", "--seed=%d" % seed, "--points=" + POINTS, "--intercept=" + mode, "--", *command],
                              stdout=out, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=work, check=False,
                              env={"PATH": os.environ["PATH"], "LANG": "C", "PYTHONHASHSEED": "0"})
        out.seek(0)
        text = out.read()
    said = done.stderr.decode(errors="replace")
    end = re.search(r"^fxbox: seed \d+: (\d+) events, .*?hash (\w+)(?:; not by the seed alone: (.*))?$", said, re.M)
    if not end:
        return (done.returncode, said[-300:]), None, None
    return (done.returncode, text), (end[1], end[2]), end[3]


def measure(name, command, options, work):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        all_runs = list(pool.map(lambda i: run(options.fxbox, options.seed, MODES[i % len(MODES)], command, work),
                                 range(options.times)))
    (way, same), = collections.Counter(r[1] for r in all_runs).most_common(1)
    (ended, alike), = collections.Counter(r[0] for r in all_runs).most_common(1)
    print("%-7s %d of %d the same hash (%s), %d the same output, status %s" %
          (name, same, len(all_runs), " events, ".join(way) if way else ended[1], alike, ended[0]), flush=True)
    for mode in MODES:
        here = all_runs[MODES.index(mode)::len(MODES)]
        others = sum(r[1] != way for r in here)
        said = collections.Counter(r[2] for r in here if r[2])
        if others or said:
            print("    %-5s %d others; said: %s" % (mode, others, dict(said)), flush=True)
    return same == alike == len(all_runs) and way is not None


def asked():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for place in ("fxbox", "programs", "zoo"):
        parser.add_argument(place, type=os.path.abspath)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


def main(options):
    good = True
    # Not below /tmp: the length of a path is part of the stack.
    with tempfile.TemporaryDirectory(prefix="fxbox-hashes.", dir="/var/tmp") as work:
        for name, command in commands(options.programs, options.zoo, work).items():
            if options.names and name not in options.names:
                continue
            if not command:
                print("%-7s skipped: not here" % name)
                continue
            good = measure(name, command, options, work) and good
    sys.exit(not good)


if __name__ == "__main__":
    main(asked())
