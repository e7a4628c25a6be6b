#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""fxbox test: a copy of one beginning is as a run of its own, and is not made where it would not be.

usage: copies.py FXBOX BEGINS ZOO
"""
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile

from tap import Tap

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import reach  # noqa: E402

FXBOX, BEGINS, ZOO = map(os.path.abspath, sys.argv[1:4])
# As root: becomes an ordinary user where /proc is masked, as containers have it. He can mount none of his own.
MASKED = ["unshare", "--mount", "--propagation=private", "sh", "-c",
          'mount -t tmpfs none /proc/fs && exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"', "sh"]
SEEDS = 8
SOUND = ["nothing", "numbers", "reading", "state", "process"]
# What is said; those that make it so behind their second thread have been copied before.
OTHERS = "there are other processes, timers, or futexes left to the host"
UNSOUND = {
    "pipes": "it has something open that copies would share",
    "writing": "it has something open that copies would share",
    "memory": "it has memory that is shared and writable",
    "pending": "signals wait",
    "timer": OTHERS,
    "child": OTHERS,
    "stays": OTHERS,
    "leaves": "it has made files in its own /tmp or /dev/shm",
    "port": "a call had an effect that fork(2) does not copy",
    "queue": "a call had an effect that fork(2) does not copy",
}
# They turn on whoever they are copies of.
HOSTILE = ["stops", "kills"]
# Some that fail under some of the seeds.
BROKEN = ["early_use", "join_holding", "loop_argument", "late_id"]

tap = Tap()
work = tempfile.mkdtemp(prefix="fxbox-copies.", dir="/var/tmp")
atexit.register(shutil.rmtree, work, ignore_errors=True)


def test(*words, before=(), program=FXBOX):
    if os.path.exists(os.path.join(work, "result.json")):
        os.remove(os.path.join(work, "result.json"))
    done = subprocess.run([*before, program, "test", "--seeds=%d" % SEEDS, "--output=same", "--json=result.json", *words],
                          cwd=work, timeout=250, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)
    with open(os.path.join(work, "result.json"), encoding="utf-8") as text:
        return done, json.load(text)


def seeds_of(result):
    return sorted((g["kind"], g["count"], g["seeds"], g["again"]) for g in result["groups"])


def kinds():
    for kind in SOUND + list(UNSOUND):
        net = ["--net=local"] if kind == "port" else []
        done, result = test(*net, BEGINS, kind)
        whole = test("--no-snapshot", *net, BEGINS, kind)[1]
        tap.check(kind + " passes", done.returncode == 0 and result["done"] == SEEDS, done)
        tap.check(kind + " is scheduled as a run of its own is", result["schedules"] == whole["schedules"] and
                  whole["copied"] == 0, (result, whole))
        if kind in SOUND:
            tap.check(kind + " is copied for each seed", result["copied"] == SEEDS and
                      result["not_copied"] == [], result)
        else:
            tap.check(kind + " says why not", result["copied"] < SEEDS and
                      UNSOUND[kind] in result["not_copied"], result)


def hostile():
    for kind in HOSTILE:
        done, result = test("--timeout=20", BEGINS, kind)
        tap.check(kind + ": each seed is run, to its end", done.returncode == 0 and
                  result["done"] == SEEDS, (done, result))


def broken():
    failed = 0
    for name in BROKEN:
        program = os.path.join(ZOO, name)
        result, whole = test(program)[1], test("--no-snapshot", program)[1]
        tap.check(name + " fails by the same seeds", result["copied"] == SEEDS and
                  result["schedules"] == whole["schedules"] and seeds_of(result) == seeds_of(whole),
                  (result, whole))
        failed += result["failed"]
    tap.check("some of them failed", failed)


def masked():
    name = "where it can have no /proc of its own there are none"
    if os.geteuid() != 0 or subprocess.run(MASKED + ["true"], capture_output=True, check=False).returncode:
        tap.skip(name, "nothing can be mounted here")
        return
    os.chmod(work, 0o777)
    done, result = test(reach.for_others(BEGINS), "numbers", before=MASKED, program=reach.for_others(FXBOX))
    tap.check(name, done.returncode == 0 and
              result["copied"] == 0 and result["done"] == SEEDS, (done, result))


def without():
    done, result = test("--no-confine", BEGINS, "numbers")
    tap.check("without namespaces there are no copies", done.returncode == 0 and result["copied"] == 0, done)


kinds()
hostile()
broken()
without()
masked()
tap.finish()
