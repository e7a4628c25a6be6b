#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""fxbox test on what is fxbox's own: the manager's tests, what its library's document shows, and guest programs that
have threads. None fails under any seed, and all print what they print by the plain schedule; the same tests of a manager
with a seeded bug fail.

usage: itself.py FXBOX GUESTS CONFORMANCE CONFORMANCE STRESS MUTANT...

Not run under seeds, as it is not the seed alone that decides their runs:
* the manager's stress as it runs under TSan: that measures its time; here it counts rounds instead
* fxfutex_promises, cancel, fork_*, setxid, asked, signal_*, process_signals: they look in /proc whether a thread sleeps,
  or talk to processes; `schedules, seeds` has threads that wait for each other, and for children
* clear_child_tid*, robust_ends, robust_broken: they make processes that share memory, which have no turn
* futex_itimer, timers: timers of the host's
* threads_1000, stack_unmapped, cond_200: a thousand threads need minutes
"""
import atexit
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from tap import Tap

FXBOX, GUESTS, *CONFORMANCE, STRESS = map(os.path.abspath, sys.argv[1:6])
MUTANTS = [os.path.abspath(m) for m in sys.argv[6:]]
# Of the conformance suite what has threads, on each platform one half.
CASES = [["async"], ["threads", "pi threads"]]
# What the stress does in 3 rounds is some 1,700 events of 16 threads.
ROUNDS = "stress=3"
# The runs before the seeds cost as much as some ten of these.
MANY, SOME, FEW = 30, 12, 4
# Arguments: how many rounds.
PROGRAMS = [
    (SOME, "once"), (SOME, "robust_list"), (SOME, "first_calls_at_end"), (SOME, "c11_threads"), (SOME, "robust_mutex"),
    (SOME, "mutex", "3"), (SOME, "mutex.musl-static", "3"), (SOME, "semaphore", "20"), (SOME, "rwlock", "3"),
    (SOME, "rwlock.musl-static", "3"), (SOME, "cond_broadcast", "2"),
    (SOME, "barrier", "5"), (SOME, "pi_mutex", "5"), (SOME, "pi_mutex.musl-static", "5"),
    (SOME, "pi_results"), (SOME, "hang_beside"),
    (FEW, "c11_threads.static"), (FEW, "fxfutex_example"), (FEW, "detached"),
    (FEW, "threads_join.static-pie"),
]

tap = Tap()
work = tempfile.mkdtemp(prefix="fxbox-itself.", dir="/var/tmp")
atexit.register(shutil.rmtree, work, ignore_errors=True)


def test(seeds, *words, options=(), **env):
    result = os.path.join(work, "result.json")
    if os.path.exists(result):
        os.remove(result)
    # One job: each begins by runs of its own, and other tests run beside this one.
    done = subprocess.run([FXBOX, "test", "--jobs=1", "--seeds=%s" % seeds, "--output=same", "--json=result.json",
                           *options, *words],
                          cwd=work, timeout=250, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, env=dict(os.environ, **env))
    with open(result, encoding="utf-8") as text:
        return done, json.load(text)


def passes(what, seeds, *words, **more):
    done, result = test(seeds, *words, **more)
    tap.check("%s passes under %d seeds" % (what, seeds), done.returncode == 0 and result["done"] == seeds, (done, result))


def manager():
    for program, cases in zip(CONFORMANCE, CASES):
        for case in cases:
            passes("%s, %s" % (os.path.basename(program), case), FEW, program, case, "rounds=5")
    done, result = test(MANY, "--output=any", STRESS, ROUNDS)
    tap.check("everything at once passes under %d seeds" % MANY, done.returncode == 0 and result["done"] == MANY,
              (done, result))


def mutants():
    """A fifth of the seeds does; addresses, and so which, are those of the environment. As many as it takes, of 64."""
    for program in MUTANTS:
        for first in range(1, 64, 8):
            done, result = test("%d-%d" % (first, first + 7), "--output=any", program, ROUNDS)
            if done.returncode:
                break
        told = re.search(r"^  \w[\w ]* \d+x, first seed \d+", done.stdout, re.M)
        tap.check("%s is found, by a seed alone" % os.path.basename(program), done.returncode == 1 and told and
                  0 < result["failed"] < result["done"], (done, result))


manager()
mutants()
for count, name, *arguments in PROGRAMS:
    if ".musl" in name and not os.path.exists(os.path.join(GUESTS, name)):
        tap.skip(name, "there is no musl-gcc")
    else:
        passes(" ".join([name, *arguments]), count, os.path.join(GUESTS, name), *arguments)
tap.finish()
