# SPDX-License-Identifier: MIT
"""Runs futex_fuzz natively and under fxbox, and says where they differ."""
import difflib
import os
import subprocess

TIMEOUT = 900


class World:
    """One way to run the fuzzer: natively, or under fxbox."""

    def __init__(self, name, command, cpu):
        self.name = name
        self.command = command
        self.cpu = cpu

    def run(self, args):
        """Its lines, and what went wrong or None."""
        with subprocess.Popen(self.command + args, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace",
                              preexec_fn=lambda: os.sched_setaffinity(0, {self.cpu})) as process:
            try:
                out, err = process.communicate(timeout=TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = process.communicate()
                return out.splitlines(), "%s: no end after %d s" % (self.name, TIMEOUT)
        wrong = None
        if process.returncode != 0:
            wrong = "%s: status %d %s" % (self.name, process.returncode, err.strip()[-300:])
        return out.splitlines(), wrong


class Pair:
    """Both worlds on one CPU, and the options that select the sequences."""

    def __init__(self, fuzz, fxbox, cpu, select):
        self.native = World("native", [fuzz], cpu)
        self.fxbox = World("fxbox", [fxbox, "run", "--no-confine", fuzz], cpu)
        self.select = select

    def both(self, args):
        return self.native.run(self.select + args), self.fxbox.run(self.select + args)

    def hashes(self, first, count):
        """(index: line) of both, as far as they came, and why not further."""
        args = ["--first", str(first), "--count", str(count)]
        results = []
        for lines, wrong in self.both(args):
            found = {int(line.split()[0]): line for line in lines if line[:1].isdigit()}
            results.append((found, wrong))
        return results

    def native_line(self, index):
        lines, _ = self.native.run(self.select + ["--replay", str(index)])
        return lines[-1] if lines else None

    def replay(self, index, dropped):
        args = ["--replay", str(index), "--verbose"]
        if dropped:
            args += ["--drop", ",".join(map(str, sorted(dropped)))]
        (native, _), (under, wrong) = self.both(args)
        return native, under + ([wrong] if wrong else [])

    def differs(self, index, dropped=frozenset()):
        native, under = self.replay(index, dropped)
        return native != under

    def minimise(self, index, steps):
        """The steps that need not happen for a difference, last ones first."""
        dropped = set()
        for step in reversed(range(steps)):
            if self.differs(index, dropped | {step}):
                dropped.add(step)
        return dropped


def first_difference(native, under):
    """(the call, what it gave natively, and under fxbox) of two replays."""
    call = "?"
    for a, b in zip(native, under):
        if a != b:
            return call, a.strip(), b.strip()
        if " calls " in a:
            call = a.split(" calls ")[1]
        elif a.startswith("   ") and ":" not in a and "blocks" not in a and " is " not in a:
            call = a.strip()
    return call, "%d lines" % len(native), "%d lines" % len(under)


def unified(native, under):
    return "\n".join(difflib.unified_diff(native, under, "native", "fxbox", n=30, lineterm=""))
