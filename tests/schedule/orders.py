#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""fxbox test --lock-order: locks in orders that could hang, though no run did.

usage: orders.py FXBOX PROGRAMS
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

FXBOX, PROGRAMS = map(os.path.abspath, sys.argv[1:3])
# Each is found by half of these seeds or more; bad_three by one of five.
FOUND = "--seeds=4"
MORE = {"bad_three": "--seeds=11-14"}
NOT = "--seeds=2"
# What each program has that is bad; the rest of its cases, or those that are named, are right.
BAD = {
    "orders_static": ["bad_late", "bad_rwlocks"],
    "orders_stripped": ["bad_late"],
    "orders_musl": ["bad_main"],
}

tap = Tap()
# Not below /tmp, if it can be had: there the programs have a /tmp of their own.
work = tempfile.mkdtemp(prefix="fxbox-orders.", dir="/var/tmp")
atexit.register(shutil.rmtree, work, ignore_errors=True)


def run(*words):
    return subprocess.run([FXBOX, *words], cwd=work, timeout=250, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)


def test(program, case, *words):
    return run("test", "--points=accesses", "--lock-order", *words, os.path.join(PROGRAMS, program),
               case)


def there(program):
    if os.path.exists(os.path.join(PROGRAMS, program)):
        return True
    tap.skip(program, "no compiler for it")
    return False


def bad(program, case, seeds):
    done = test(program, case, seeds)
    tap.check("%s %s could hang" % (program, case), done.returncode == 1 and
              re.search(r"^  lock-order \d+x, first seed \d+: possible deadlock: (main|thread 1) -> ",
                        done.stdout, re.M), done)


def right(program, case):
    done = test(program, case, NOT)
    tap.check("%s %s could not" % (program, case), done.returncode == 0 and
              "none failed" in done.stdout and
              "orders of locks looked at in 2 of the runs\n" in done.stdout, done)


def names_and_files():
    """What is told of one, in each form; and it is had again."""
    done = test("orders", "bad_late", "--seeds=6", "--json=result.json", "--junit=result.xml")
    tap.check("each thread's locks are told, by names and lines", re.search(
        r"possible deadlock: thread 1 -> b \(orders.c:\d+\) -> thread 2 -> a \(orders.c:\d+\) -> thread 1\n"
        r"      thread 1 has a, taken in two \(orders.c:\d+\), and takes b in two \(orders.c:\d+\)\n"
        r"      thread 2 has b, taken in two \(orders.c:\d+\), and takes a in two \(orders.c:\d+\)\n",
        done.stdout), done)
    with open(os.path.join(work, "result.json"), encoding="utf-8") as text:
        result = json.load(text)
    group = next(g for g in result["groups"] if g["kind"] == "lock-order")
    tap.check("--json has it", result["locks_looked"] == 6 and group["again"] == "the same" and
              group["what"].startswith("possible deadlock: "), result)
    with open(os.path.join(work, "result.xml"), encoding="utf-8") as text:
        xml = text.read()
    tap.check("--junit has it", '<failure type="lock-order" message="possible deadlock: ' in
              xml.replace("-&gt;", "->"), xml)
    again = run("test", "--replay", group["replay"])
    tap.check("a replay shows it again", again.returncode == 1 and
              "the same run as that of the file" in again.stdout and
              "lock-order after" in again.stdout and
              "\n  thread 1 has a, taken in two (" in again.stdout, again)
    done = run("test", "merge", "result.json")
    tap.check("merge has it", done.returncode == 1 and "possible deadlock" in done.stdout and
              "orders of locks looked at in 6 of the runs" in done.stdout, done)


def hash_of(program, case, *words):
    """Of the only seed's run, by its replay file: any status is wrong."""
    run("test", "--seeds=5-5", "--points=accesses", "--expect=77", "--keep=" + "-".join(("h",) + words),
        *words, os.path.join(PROGRAMS, program), case)
    directory = os.path.join(work, "-".join(("h",) + words))
    with open(os.path.join(directory, os.listdir(directory)[0]), encoding="utf-8") as text:
        return json.load(text)["hash"]


def others():
    tap.check("the schedule is the same without it",
              hash_of("orders", "gated") == hash_of("orders", "gated", "--lock-order"))
    done = run("test", "--lock-order", "--points=atomics", "/bin/true")
    tap.check("points that do not show what keeps locks apart", done.returncode == 125 and
              "goes with --points=mix or accesses" in done.stderr, done)


cases = subprocess.run([os.path.join(PROGRAMS, "orders")], capture_output=True, text=True,
                       check=True).stdout.split()
for name in cases:
    if name.startswith("bad"):
        bad("orders", name, MORE.get(name, FOUND))
    else:
        right("orders", name)
for variant, names in BAD.items():
    if there(variant):
        for name in names:
            bad(variant, name, FOUND)
if there("orders_static"):
    right("orders_static", "gated")
if there("orders_cxx"):
    bad("orders_cxx", "bad", FOUND)
    right("orders_cxx", "together")
if there("orders_rust"):
    bad("orders_rust", "bad", "--seeds=10")
    right("orders_rust", "tries")
    right("orders_rust", "told")
names_and_files()
others()
tap.finish()
