#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The zoo: programs that break under some schedules, and such that do not.

usage: zoo.py ZOO TABLE [NAME...]

ZOO has the programs, TABLE is guest-progs/zoo/zoo.txt. Natively: each witness of a bug (zoo.h) fails
as the table says, every time; what is right passes twenty times, and so does its witness. Other ways
to run them are subclasses of Way.
"""
import collections
import concurrent.futures
import glob
import os
import resource
import select
import signal
import subprocess
import sys
import time

from tap import Tap

TIMES = 20
# What a program may take, or so many after each other; a hang is seen long before.
PATIENCE = 20
SIGNALS = {"abort": -signal.SIGABRT, "crash": -signal.SIGSEGV}
# futex, pause, wait4, rt_sigtimedwait, rt_sigsuspend, waitid: what one may be in for ever.
ENDLESS = {"202", "34", "61", "128", "130", "247"}

Program = collections.namedtuple("Program", "name language needs fails kind")
# fails: None if it passed.
Ended = collections.namedtuple("Ended", "fails status out err")


def programs(table):
    """The rows of zoo.txt."""
    with open(table, encoding="ascii") as rows:
        for row in rows:
            if not row.startswith("#"):
                name, language, needs, fails, kind = row.split()
                yield Program(name, language, set(needs.split(",")), fails, kind)


def processes(pid):
    """A process and its descendants."""
    found = [pid]
    for path in glob.glob("/proc/%d/task/*/children" % pid):
        try:
            with open(path, encoding="ascii") as children:
                for child in children.read().split():
                    found += processes(int(child))
        except OSError:
            pass
    return found


def waits(pid):
    """What each thread of these processes waits in, and how often it has slept; None if one of
    them runs, or may end its wait by itself."""
    seen = []
    for process in processes(pid):
        for task in glob.glob("/proc/%d/task/*" % process):
            try:
                with open(task + "/syscall", encoding="ascii") as call, \
                     open(task + "/status", encoding="ascii") as status:
                    words = call.read().split()
                    slept = [line for line in status if line.startswith("voluntary")]
            except OSError:
                return None
            # The fourth argument of futex is when it ends.
            if words[0] not in ENDLESS or (words[0] == "202" and words[4] != "0x0" and
                                           int(words[2], 16) & 127 in (0, 9)):
                return None
            seen.append((task, words, slept))
    return seen


class Way:
    """How a program is run: natively."""
    name = "natively"

    def run(self, *command, witness=None):
        """Ended; fails is "hang" where all wait for ever. As a witness, it gives windows up after so
        many milliseconds."""
        env = dict(os.environ, ZOO_WITNESS=str(witness)) if witness else None
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=env,
                              stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
            hung = self.hangs(process)
            if hung:
                os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
        return Ended("hang" if hung else how(process.returncode), process.returncode, out, err)

    def run_often(self, path, witness=None):
        """TIMES one after the other, up to one that fails; what all have said."""
        return self.run("/bin/sh", "-c", "for i in %s; do \"$0\" || exit; done" %
                        " ".join(map(str, range(TIMES))), path, witness=witness)

    @staticmethod
    def hangs(process):
        """Returns at its end, or if it has none: the same waits five times in a row."""
        ends, before, same = os.pidfd_open(process.pid), None, 0
        until = time.monotonic() + PATIENCE
        try:
            while time.monotonic() < until and same < 5:
                if select.select([ends], [], [], 0.01 if same else 0.1)[0]:
                    return False
                seen = waits(process.pid)
                same = same + 1 if seen and seen == before else 0
                before = seen
            return True
        finally:
            os.close(ends)


def how(status):
    """As the table has it."""
    for name, number in SIGNALS.items():
        if status == number:
            return name
    return {0: None, 1: "status"}.get(status, "status %d" % status)


def wrong_end(program, ended, right):
    """What is wrong with the end of a witness; `right` is what the program says that is right."""
    if program.fails == "output":
        return ended if ended.fails or ended.out == right.out else None
    if ended.fails != program.fails or (ended.fails in ("abort", "status") and
                                        ended.err.count("\n") != 1):
        return ended
    return None


def try_one(way, directory, program):
    """Titles, and None or what is wrong."""
    path = os.path.join(directory, program.name)
    right = way.run(path + "-right")
    rights = [right] + [way.run_often(path + "-right", witness) for witness in (None, 10)]
    witness, bug = way.run(path, witness=5000), way.run(path)
    allowed = (None, program.fails)
    return [
        ("%s-right, %s" % (program.name, way.name),
         next((ended for ended in rights
               if ended.fails or ended.err or ended.out not in (right.out, right.out * TIMES)), None)),
        ("%s-witness, %s: %s" % (program.name, way.name, program.fails),
         wrong_end(program, witness, right)),
        ("%s, %s: no other end" % (program.name, way.name),
         bug if bug.fails not in allowed else None),
    ]


def main():
    directory, table, *only = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    tap = Tap()
    rows = []
    for program in programs(table):
        if only and program.name not in only:
            continue
        if os.path.exists(os.path.join(directory, program.name)):
            rows.append(program)
        else:
            tap.skip(program.name, "no compiler for " + program.language)
    way = Way()
    # They mostly wait.
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for results in pool.map(lambda program: try_one(way, directory, program), rows):
            for title, wrong in results:
                tap.check(title, not wrong, wrong)
    tap.finish()


if __name__ == "__main__":
    main()
