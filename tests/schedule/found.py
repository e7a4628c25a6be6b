#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""fxbox test on programs that break under some schedules: found, had again, made short, told.

usage: found.py FXBOX ZOO PROGRAMS
"""
import atexit
import json
import os
import re
import signal
import shutil
import subprocess
import sys
import tempfile

from tap import Tap

FXBOX, ZOO, PROGRAMS = map(os.path.abspath, sys.argv[1:4])
# Of each kind of failure one that is found by a fifth of the seeds or so; what is told of it.
BROKEN = {
    "join_holding": r"hang \d+x, first seed \d+: deadlock: .*mutex lock \(join_holding.c:\d+\)",
    "early_use": r"crash \d+x, first seed \d+: SIGSEGV in worker \(early_use.c:\d+\)",
    "loop_argument": r"crash \d+x, first seed \d+: SIGABRT in main \(loop_argument.c:\d+\)",
    "no_join": r"exit status 1 \d+x, first seed \d+\n      \| wrong: a part is missing",
    "first_come": r"other output \d+x, first seed \d+\n",
}
SEEDS = "--seeds=40"
# Preemptions that are left at most.
LEAST = {"join_holding": 1, "early_use": 1}

tap = Tap()
# Not below /tmp, if it can be had: there the programs have a /tmp of their own.
work = tempfile.mkdtemp(prefix="fxbox-found.", dir="/var/tmp")
atexit.register(shutil.rmtree, work, ignore_errors=True)


def run(*words, **more):
    return subprocess.run([FXBOX, *words], cwd=work, timeout=250, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False, **more)


def test(*words):
    return run("test", *words)


def zoo(name):
    return os.path.join(ZOO, name)


def replays(name, group):
    with open(os.path.join(work, group["replay"]), encoding="utf-8") as text:
        wrote = json.load(text)
    done = test("--replay", group["replay"])
    again = re.search(r"the same run as that of the file: (\d+) events, hash ([0-9a-f]{16})\n",
                      done.stdout)
    tap.check(name + " fails again, by the same run", done.returncode == 1 and again and
              int(again[1]) == wrote["events"] and "0x" + again[2] == wrote["hash"] and
              group["again"] == "the same", (done, group))
    return wrote


def shrinks(name, group, wrote, most):
    done = test("--replay", group["replay"], "--shrink")
    least = group["replay"].replace(".json", ".min.json")
    with open(os.path.join(work, least), encoding="utf-8") as text:
        left = json.load(text)
    said = re.search(r"^  (\d+) preemptions? (?:is|are) needed, of \d+(?:, and \d+ choices? of who [^;]*)?; "
                     r"\d+ switch(?:es)? in all, of \d+; \d+ runs in [\d.]+ s$", done.stdout, re.M)
    tap.check("%s needs %d preemptions at most" % (name, most), done.returncode == 1 and said and
              int(said[1]) <= most and len(left["decisions"]) <= len(wrote["decisions"]),
              (done, left["decisions"]))
    tap.check(name + " has a story", re.search(r"^  event +thread 0 \(main\) +thread 1", done.stdout, re.M)
              and re.search(r"^> +\d+ ", done.stdout, re.M) and name + ".c:" in done.stdout, done)
    tap.check(name + " fails by what is left", test("--replay", least).returncode == 1)


def broken():
    for name, told in BROKEN.items():
        options = ["--output=same"] if name == "first_come" else []
        done = test(SEEDS, "--json=result.json", *options, zoo(name))
        tap.check(name + " is found", done.returncode == 1 and
                  re.search("^  " + told, done.stdout, re.M), done)
        with open(os.path.join(work, "result.json"), encoding="utf-8") as text:
            result = json.load(text)
        tap.check(name + " is one bug", len(result["groups"]) == 1, done.stdout)
        wrote = replays(name, result["groups"][0])
        if name in LEAST:
            shrinks(name, result["groups"][0], wrote, LEAST[name])
        done = test(SEEDS, *options, zoo(name + "-right"))
        tap.check(name + "-right passes", done.returncode == 0 and "40 seeds" in done.stdout, done)


def least():
    """A program that needs two preemptions, and fails by many more: the same two, each time."""
    done = test("--seeds=60", "--points=atomics", "--strategy=walk", "--keep=least", "--json=least.json",
                os.path.join(PROGRAMS, "alternate"), "2")
    with open(os.path.join(work, "least.json"), encoding="utf-8") as text:
        groups = json.load(text)["groups"]
    tap.check("what needs two preemptions is found", done.returncode == 1 and len(groups) == 1, done)
    done = test("--replay", groups[0]["replay"], "--shrink", "--output=least/two.json")
    tap.check("it is made to need two", "\n  2 preemptions are needed, of " in done.stdout and
              "\n  fxbox test --replay least/two.json\n" in done.stdout and
              len(re.findall("^>", done.stdout, re.M)) == 3, done)
    ends = {test("--replay=least/two.json").stdout for _ in range(10)}
    tap.check("and fails by the same run each time", len(ends) == 1 and
              "the same run as that of the file" in min(ends), ends)


def strays():
    """A file that is not of this program says where, and what differs."""
    with open(os.path.join(work, "least/two.json"), encoding="utf-8") as text:
        wrote = json.load(text)
    event, thread, own, _, _ = first = wrote["decisions"][0]
    for what, number, value, said in (
            ("comes earlier", 0, event + 3, "event %d: thread %d comes to its event %d, which was event %d "
             "of the file" % (event, thread, own, event + 3)),
            ("cannot be followed", 3, 9, "event %d: thread %d should hand over to thread 9, which cannot "
             "go on" % (event, thread)),
            ("is never come to", 2, own + 10000, "it ends there, and thread %d has not come to its event %d"
             % (thread, own + 10000))):
        changed = list(first)
        changed[number] = value
        with open(os.path.join(work, "strays.json"), "w", encoding="utf-8") as out:
            json.dump(dict(wrote, decisions=[changed]), out)
        done = test("--replay=strays.json")
        tap.check("a replay strays where its decision " + what,
                  "  it strays from the file's schedule at event " in done.stdout and said in done.stdout,
                  done)


def others():
    done = test("/bin/true")
    tap.check("one thread is run once", done.returncode == 0 and
              "nothing to schedule" in done.stdout, done)
    done = test("/bin/false")
    tap.check("what fails always is told", done.returncode == 1 and
              "fails already by the plain schedule" in done.stdout and
              "exit status 1 1x" in done.stdout, done)
    done = test("./nothing")
    tap.check("a program that is not there", done.returncode == 127 and
              done.stderr.startswith("fxbox: test: the program cannot be run: ./nothing: "), done)
    done = test("--rw=/nowhere", "/bin/true")
    tap.check("an option of run that is wrong", done.returncode == 125 and
              "/nowhere" in done.stderr and len(done.stderr.splitlines()) == 1, done)
    done = test("--seeds=6", "--no-confine", "--expect=any", "sh", "-c", "exit 5")
    tap.check("any status", done.returncode == 0, done)


def reader():
    """Who tells where the threads are is no part of what a seed decides, and has no points."""
    beside = os.path.join(work, "beside")
    os.mkdir(beside)
    program = shutil.copy(FXBOX, beside)
    vdso = os.path.join(PROGRAMS, "vdso")
    seeded = ["run", "--seed=1", "--points=accesses", "--no-confine"]
    shutil.copy(vdso, os.path.join(beside, "fxbox-report"))
    alone = subprocess.run([program, *seeded, vdso], capture_output=True, text=True, check=False)
    told = subprocess.run([program, *seeded, "--on-crash=report", "sh", "-c", "kill -SEGV $$"], capture_output=True,
                          text=True, check=False)
    tap.check("a program under a seed has no vDSO, the reader of its threads has", alone.stdout == "there is none\n" and
              "there is a vDSO" in told.stderr, (alone, told))


def at_points():
    """Who waits for its turn between two calls is told as all others are."""
    test("--seeds=60", "--json=points.json", zoo("hand_once"))
    with open(os.path.join(work, "points.json"), encoding="utf-8") as text:
        group = json.load(text)["groups"][0]
    done = test("--replay=" + group["replay"])
    said = done.stdout + done.stderr
    tap.check("all threads of a crash are told", done.returncode == 1 and "dies of SIG" in said and
              len(re.findall("^thread ", said, re.M)) > 1 and "could not be stopped in time" not in said, done)


def rests():
    """Breakpoints in the way of a thread that is alone are left out, and there again when it is not."""
    done = test("--seeds=40", "--points=accesses", "--json=rests.json", os.path.join(PROGRAMS, "rests"), "3000000")
    with open(os.path.join(work, "rests.json"), encoding="utf-8") as text:
        groups = json.load(text)["groups"]
    tap.check("what a thread does alone has no breakpoints, what two do has", done.returncode == 1 and
              len(groups) == 1 and groups[0]["kind"] == "status" and groups[0]["again"] == "the same", done)


def spins():
    """Who spins before he sleeps comes to sleep while others could go on; who beats time is not all that happens."""
    done = test("--seeds=400", "--json=spins.json", os.path.join(PROGRAMS, "spins"))
    with open(os.path.join(work, "spins.json"), encoding="utf-8") as text:
        groups = json.load(text)["groups"]
    tap.check("two that spin are both found asleep", done.returncode == 1 and len(groups) == 1 and
              groups[0]["kind"] == "hang" and groups[0]["again"] == "the same", done)
    shrunk = test("--replay=" + groups[0]["replay"], "--shrink")
    tap.check("and that is made short", shrunk.returncode == 1 and " needed, of " in shrunk.stdout, shrunk)
    done = test("--seeds=20", os.path.join(PROGRAMS, "beats"))
    tap.check("a thread that beats time does not keep others from all else", done.returncode == 0, done)


def torn():
    """Accesses by instructions of floating point and of vectors are points."""
    with open("/proc/cpuinfo", encoding="ascii") as info:
        kinds = ["sum", "copy"] if " avx " in info.read() else ["sum"]
    for kind in kinds:
        done = test("--seeds=100", "--points=accesses", os.path.join(PROGRAMS, "torn"), kind)
        tap.check("a race of floating point or vectors: " + kind, done.returncode == 1 and
                  "exit status 1" in done.stdout and " seeds, " in done.stdout, done)
        done = test("--seeds=100", "--points=atomics", os.path.join(PROGRAMS, "torn"), kind)
        tap.check("which atomics do not show: " + kind, done.returncode == 0, done)


def denied():
    """A program that fails because it is confined: what it was denied is said."""
    program = ["python3", "-c", "import socket; socket.socket()"]
    done = test("--json=denied.json", *program)
    with open(os.path.join(work, "denied.json"), encoding="utf-8") as text:
        groups = json.load(text)["groups"]
    said = "denied: socket AF_INET (allow with --net)"
    tap.check("what a failing run was denied is said", done.returncode == 1 and "\n        " + said in done.stdout and
              said in groups[0]["refused"].splitlines(), done)
    merged = test("merge", "denied.json")
    tap.check("and in a merged result", "\n        " + said in merged.stdout, merged)


def writers():
    """A file of another fxbox says so where its run is not the same."""
    with open(os.path.join(work, "least/two.json"), encoding="utf-8") as text:
        wrote = json.load(text)
    same = test("--replay=least/two.json")
    with open(os.path.join(work, "other.json"), "w", encoding="utf-8") as out:
        json.dump(dict(wrote, fxbox="0.0.7", hash="0x%016x" % 7), out)
    other = test("--replay=other.json")
    tap.check("a run that is not the file's says which fxbox wrote that", "was written by" not in same.stdout and
              re.search(r"^  the file was written by fxbox 0\.0\.7( \(commit \S+\))?; this is \d", other.stdout, re.M),
              (same, other))


def stopped():
    """A replay is stopped where it fails, and goes on when it is continued."""
    name = sorted(n for n in os.listdir(os.path.join(work, "fxbox-failures"))
                  if n.startswith("join_holding-hang") and not n.endswith(".min.json"))[0]
    with subprocess.Popen([FXBOX, "test", "--replay=fxbox-failures/" + name, "--stop"], cwd=work,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as process:
        line = process.stdout.readline()
        found = re.match(r"process (\d+) has stopped", line)
        state = ""
        if found:
            with open("/proc/%s/stat" % found[1], encoding="ascii") as stat:
                state = stat.read().rpartition(")")[2].split()[0]
            os.kill(int(found[1]), signal.SIGCONT)
        out = process.communicate(timeout=60)[0]
    tap.check("a replay stops where it fails", state == "T" and process.returncode == 1 and
              "the same run as that of the file" in out, (line, state, out))


broken()
least()
strays()
writers()
rests()
spins()
torn()
denied()
stopped()
reader()
at_points()
others()
tap.finish()
