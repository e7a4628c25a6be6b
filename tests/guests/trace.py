#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The lines of --trace: none lost, none twice, each thread's in its order, and when they are there.

usage: trace.py FXBOX GUESTS [TIMES]
"""
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections import defaultdict

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "loader"), os.path.join(HERE, "..")]
import bounded  # noqa: E402
from tap import Tap  # noqa: E402

TIMEOUT = 120
FXBOX, GUESTS = sys.argv[1:3]
TIMES = int(sys.argv[3]) if len(sys.argv) > 3 else 1
# So that a buffer is filled more than once, and a second one is begun.
CALLS = 1100
FIRST, CHILD = 1000000, 100
UNFINISHED = " = ? <unfinished>"

tap = Tap()
work = tempfile.mkdtemp(prefix="fxbox-trace.")
LOG, TEXT = os.path.join(work, "log"), os.path.join(work, "text")


def guest(name):
    return os.path.join(GUESTS, name)


def start(kind, options, command, **more):
    """A traced program; kind says where the trace goes."""
    how = ["--trace=futex", "--log=" + LOG] if kind == "log" else ["--trace=futex"]
    with open(TEXT, "wb") as text:
        return subprocess.Popen([FXBOX, "run", "--no-confine", "--on-deadlock=ignore", *how, *options, "--", *command],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                **{"stderr": text, **more})


def run(kind, options, command):
    process = start(kind, options, command)
    out = bounded.finish(process, TIMEOUT)[0]
    return process.returncode, out.decode()


class Line:
    """One traced futex call."""

    def __init__(self, kind, line):
        if kind == "log":
            record = json.loads(line)
            self.tid, self.args = record["tid"], record["args"]
            self.time = record["time_us"]
        else:
            found = re.fullmatch(r"\[(\d+)\] futex\((.*)\) = (-?\d+|-1 [A-Z]+|\?.*)( <resumed>)?", line)
            if not found:
                raise ValueError(line)
            self.tid, self.args, self.time = int(found[1]), found[2], 0
        wake = re.search(r"FUTEX_WAKE_PRIVATE, (\d+)$", self.args)
        self.number = int(wake[1]) if wake else None


def lines(kind):
    """The trace as it is; the program may have written to standard error as well."""
    with open(LOG if kind == "log" else TEXT, encoding="ascii") as trace:
        text = trace.read()
    if text and not text.endswith("\n"):
        raise ValueError("cut: " + text[-100:])
    wanted = '"name":"futex","args"' if kind == "log" else "futex("
    return [Line(kind, line) for line in text.splitlines()
            if wanted in line and not line.endswith(UNFINISHED)]


def in_order(found):
    """Numbers and times of each thread only grow; those of wakes."""
    last = defaultdict(lambda: (-1, 0))
    for line in found:
        number, at = last[line.tid]
        if line.number <= number or line.time < at:
            return "thread %d: %d at %d after %d at %d" % (line.tid, line.number, line.time,
                                                           number, at)
        last[line.tid] = (line.number, line.time)
    return None


def wrong(kind, who):
    """What is not as it should be of the wakes of these threads; None if all is."""
    # The C library's own wakes are of one waiter, or of all.
    found = [line for line in lines(kind) if line.number and FIRST <= line.number < 1000 * FIRST]
    got = [line.number for line in found]
    missing = {w * FIRST + i for w in who for i in range(CALLS)} - set(got)
    if missing:
        return "%d missing, %s" % (len(missing), sorted(missing)[:5])
    if len(got) != len(who) * CALLS:
        return "%d lines too many" % (len(got) - len(who) * CALLS)
    if CHILD in who and got.index(CHILD * FIRST) < got.index(FIRST + CALLS - 1):
        return "a child's lines stand before what its parent did before"
    return in_order(found)


ENDS = {"exit_group": 0, "exec": 0, "no_exec": 0, "kill": -signal.SIGKILL,
        "term": -signal.SIGTERM, "fault": -signal.SIGSEGV, "fork": 0, "vfork": 0}


def who_traces(mode, threads):
    more = {"no_exec": [CHILD], "vfork": [CHILD, CHILD + 1],
            "fork": [CHILD, CHILD + 1, CHILD + 2, CHILD + 10, CHILD + 11, CHILD + 12]}
    return list(range(1, threads + 2)) + more.get(mode, [])


def ends(kind, mode, status):
    for threads in (1, 4):
        command = [guest("traced_ends"), mode, str(threads), str(CALLS), guest("hello")]
        got, _ = run(kind, [], command)
        why = wrong(kind, who_traces(mode, threads)) if got == status else "status %d" % got
        if why:
            return why
    return None


def running(kind, mode, status):
    """Threads run into the end: the line of each call that has returned is there."""
    threads, counters = 2, os.path.join(work, "counters")
    with open(counters, "wb") as file:
        file.truncate(4096)
    got, _ = run(kind, [], [guest("traced_ends"), mode, str(threads), str(CALLS), guest("hello"),
                            counters])
    with open(counters, "rb") as file:
        returned = struct.unpack("=1024I", file.read())
    found = defaultdict(list)
    for line in lines(kind):
        if line.number:
            found[line.number // FIRST].append(line.number % FIRST)
    for who in range(2, threads + 2):
        if found[who] != list(range(len(found[who]))) or len(found[who]) < returned[who]:
            return "thread %d: %d lines, %d calls" % (who, len(found[who]), returned[who])
    return None if got == status else "status %d" % got


def all_sleep(pid):
    states = []
    for task in os.listdir("/proc/%d/task" % pid):
        try:
            with open("/proc/%d/task/%s/stat" % (pid, task), encoding="ascii") as stat:
                states.append(stat.read().rpartition(")")[2].split()[0])
        except OSError:
            states.append("gone")
    return states


def sleeps(kind, mode, threads):
    """All earlier lines are there while the program sleeps for ever."""
    process = start(kind, [], [guest("traced_ends"), mode, str(threads), str(CALLS)])
    left = 1 if mode == "join" else threads + 1
    seen = 0
    # Several times in a row: a thread may sleep on the way, for a lock of the shim.
    with bounded.within(TIMEOUT, "all threads to sleep in: " + mode):
        while seen < 20 and process.poll() is None:
            states = all_sleep(process.pid)
            seen = seen + 1 if states == ["S"] * left else 0
            os.sched_yield()
    why = wrong(kind, range(1, threads + 2))
    process.kill()
    bounded.finish(process, TIMEOUT)
    return why


def turns(kind, options, threads, rounds, before=()):
    command = [*before, FXBOX, "run", "--no-confine", "--trace=futex", *options]
    command += ["--log=" + LOG] if kind == "log" else []
    with open(TEXT, "wb") as text:
        result = subprocess.run([*command, "--", guest("traced_turns"), str(threads), str(rounds)],
                                stdout=subprocess.PIPE, stderr=text, timeout=120, check=False)
    word, waits, wakes, _ = result.stdout.decode().split()
    found = [line.args.split(", ") for line in lines(kind)]
    got = [sum(args[0] == word and args[1] == "FUTEX_%s_PRIVATE" % what for args in found)
           for what in ("WAIT", "WAKE")]
    return None if got == [int(waits), int(wakes)] else "%s for %s, %s" % (got, waits, wakes)


def own_writes():
    """Trace and program write to one file: in the order in which the program did."""
    bounded.finish(start("text", [], [guest("traced_writes")]), TIMEOUT)
    with open(TEXT, encoding="ascii") as text:
        said = [int(n) for n in re.findall(r"(?:PRIVATE,|program) (\d+)", text.read())]
    return None if said == sorted([*range(1, 101)] * 2) else said


def sleeping_waits():
    """Whoever sleeps has a line when that begins, and the same with a result when it is over."""
    bounded.finish(start("text", ["--spin=0"], [guest("traced_turns"), "2", "200"]), TIMEOUT)
    with open(TEXT, encoding="ascii") as text:
        found = [line for line in text.read().splitlines() if " futex(" in line]
    begun = {}
    slept = 0
    for line in found:
        tid = line.split("]")[0]
        if line.endswith(UNFINISHED):
            begun[tid] = line[:-len(UNFINISHED)]
            slept += 1
        elif begun.pop(tid, None) != (line.rpartition(" = ")[0] if line.endswith(" <resumed>") else None):
            return line
    return None if slept and not begun else "%d slept, %s" % (slept, begun)


def messages():
    """Where each write is a message of its own, each line is one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = start("text", [], [guest("traced_ends"), "exit_group", "1", "50"], stderr=theirs)
    theirs.close()
    got = []
    with bounded.within(TIMEOUT, "the last message of a trace"):
        while message := ours.recv(65536):
            got.append(message)
    bounded.finish(process, TIMEOUT)
    bad = [m for m in got if m.count(b"\n") != 1 or not m.endswith(b"\n")]
    return None if not bad and len(got) >= 100 else "%d messages, %s" % (len(got), bad[:2])


def no_clock(what):
    """The log's own clock does without what the program has taken away."""
    log = [FXBOX, "run", "--no-confine", "--trace=all", "--log=" + LOG, "--"]
    before = time.time_ns() // 1000
    result = subprocess.run([*log, guest("no_clock"), what], stdout=subprocess.PIPE, timeout=60,
                            check=False)
    after = time.time_ns() // 1000
    with open(LOG, encoding="ascii") as text:
        records = [json.loads(line) for line in text]
    times = [r["time_us"] for r in records]
    wakes = [line for line in lines("log") if line.number]
    if result.returncode or len(wakes) < 100:
        return "status %d, %d wakes" % (result.returncode, len(wakes))
    # A microsecond for the two clocks' own grain.
    if min(times) < before - 1 or max(times) > after + 1:
        return "%d to %d, not within %d to %d" % (min(times), max(times), before, after)
    return in_order([line for line in wakes if line.number <= 100])


def check(name, why):
    tap.check(name, why is None, why)


for _ in range(TIMES):
    for trace_kind in ("text", "log"):
        for end, end_status in ENDS.items():
            check("%s: no line is lost or doubled: %s" % (trace_kind, end),
                  ends(trace_kind, end, end_status))
        for end in ("exit_group", "exec", "term", "fault"):
            check("%s: what has returned has its line: %s" % (trace_kind, end),
                  running(trace_kind, end, ENDS[end]))
        for end in ("join", "sleep"):
            check("%s: who sleeps has written its lines: %s" % (trace_kind, end),
                  sleeps(trace_kind, end, 3))
        for number in (2, 4):
            check("%s: %d threads: as many lines as calls" % (trace_kind, number),
                  turns(trace_kind, [], number, 2000))
        check("%s: as many lines as calls on one CPU" % trace_kind,
              turns(trace_kind, [], 2, 500, ["taskset", "-c", "0"]))
    check("a wait that sleeps is told when it begins, and when it is over", sleeping_waits())
    check("a program's own writes keep their place", own_writes())
    check("what is no regular file gets each line at once", messages())
    for gone in ("vdso", "tsc"):
        check("a program without %s is logged with times" % gone, no_clock(gone))
tap.finish()
