#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""When fxbox tells of threads by itself, and what asking does to a program: nothing.

usage: told.py FXBOX OTHER HANG GUESTS

HANG has the programs of guest-progs/hang/, GUESTS the others. What is told of each is
threads.py's; here it is when. OTHER is another fxbox, with the second half.
"""
import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "loader"), os.path.join(HERE, "..")]
import bounded  # noqa: E402
from tap import Tap  # noqa: E402

FXBOX, OTHER, HANG, GUESTS = sys.argv[1:5]
TIMEOUT = 60
# Whoever waits in a call of the host's is not known to wait for ever; `many` is a thousand threads.
NOT_KNOWN = {"pipe", "many"}
QUESTIONS = 40

tap = Tap()


def fxbox(*words, program=FXBOX):
    return [program, "run", "--no-confine", *words]


def run(*words, stdin=subprocess.DEVNULL, program=FXBOX):
    """Also in threads, where bounded.py has no signals."""
    return subprocess.run(fxbox(*words, program=program), timeout=TIMEOUT, stdin=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, start_new_session=True)


def programs():
    return sorted(name for name in os.listdir(HANG)
                  if os.path.isfile(os.path.join(HANG, name)) and "." not in name and
                  not name.startswith("calm_") and name not in NOT_KNOWN)


def aborted(name):
    """A program that hangs is ended at once; of a child that hangs the parent tells the end."""
    done = run("--on-deadlock=abort", os.path.join(HANG, name))
    said = done.stderr.decode()
    died = done.returncode == -signal.SIGABRT or (name.startswith("fork_") and done.returncode == 0)
    return None if died and " is stuck: " in said else "%d: %s" % (done.returncode, said)


def calm(item):
    name, case = item
    done = run(os.path.join(HANG, name), case, program=OTHER)
    return None if done.returncode == 0 and not done.stderr else "%s %s" % (done.returncode,
                                                                            done.stderr.decode())


def calm_cases():
    for name in sorted(os.listdir(HANG)):
        path = os.path.join(HANG, name)
        if name.startswith("calm_") and os.path.isfile(path):
            for case in subprocess.run([path], stdout=subprocess.PIPE, text=True,
                                       check=True).stdout.split():
                yield name, case


def start(*words, program=FXBOX):
    return subprocess.Popen(fxbox(*words, program=program), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, start_new_session=True)


def until_said(process, what):
    """Standard error up to a line that has what."""
    said = ""
    with bounded.within(TIMEOUT, "the line: " + what):
        while what not in said:
            line = process.stderr.readline()
            if not line:
                return said
            said += line.decode()
    return said


def check(name, good, why):
    tap.check(name, good, why)


def circle_beside():
    """Threads that go on do not hide those that do not."""
    process = start(os.path.join(GUESTS, "hang_beside"))
    said = until_said(process, "\ndeadlock: ")
    process.stdin.close()
    process.stdin = None
    out, err = bounded.finish(process, TIMEOUT)
    check("threads that wait for each other are told of while others go on",
          "deadlock: 2 of 3 threads wait for each other" in said and " -> mutex second " in said and
          out == b"goes on\n" and process.returncode == 0, (said, out, err, process.returncode))


def only_a_handler():
    process = start("--on-deadlock=abort", os.path.join(GUESTS, "hang_handler"))
    said = until_said(process, "SIGUSR1")
    process.send_signal(signal.SIGUSR1)
    out, err = bounded.finish(process, TIMEOUT)
    check("where only a handler can go on that is said, and no more is done",
          "handler of SIGUSR1" in said and "is stuck" not in said + err.decode() and
          out == b"posted\n" and process.returncode == 0, (said, out, err, process.returncode))


def await_sleep(process, threads):
    """All of them in a call that waits."""
    states = []
    with bounded.within(TIMEOUT, "all threads to sleep"):
        while states != ["S"] * threads:
            tasks = "/proc/%d/task" % process.pid
            states = []
            for task in os.listdir(tasks):
                with open("%s/%s/stat" % (tasks, task), encoding="ascii") as stat:
                    states.append(stat.read().rpartition(")")[2].split()[0])
            os.sched_yield()


def quits(options, told):
    process = start("--on-deadlock=ignore", *options, os.path.join(HANG, "abba"))
    await_sleep(process, 3)
    process.send_signal(signal.SIGQUIT)
    err = bounded.finish(process, TIMEOUT)[1].decode()
    return (process.returncode == -signal.SIGQUIT and (" got SIGQUIT: " in err) == told and
            ("in pthread_join" in err) == told, (err, process.returncode))


def ends():
    check("SIGQUIT tells where threads are, and ends the program", *quits([], True))
    check("--quiet: without a word", *quits(["--quiet"], False))
    done = bounded.run([FXBOX, "run", "--timeout=1", "--on-deadlock=ignore",
                        os.path.join(HANG, "abba")], TIMEOUT, stderr=subprocess.PIPE)
    said = done.stderr.decode()
    check("--timeout tells where threads were",
          done.returncode == 124 and "waits for mutex lock_b" in said and "\ndeadlock: " in said and
          said.rindex("deadlock: ") < said.rindex("the time of 1 s is over"), said)
    done = run("--on-crash=report", "/bin/sh", "-c", "kill -SEGV $$")
    check("--on-crash=report tells where threads were",
          done.returncode == -signal.SIGSEGV and b" dies of SIGSEGV" in done.stderr, done)
    done = run("/bin/sh", "-c", "kill -SEGV $$")
    check("without it nothing is said of a crash",
          done.returncode == -signal.SIGSEGV and not done.stderr, done)
    process = start("--on-deadlock=ignore", os.path.join(HANG, "abba"))
    await_sleep(process, 3)
    process.kill()
    check("--on-deadlock=ignore: nothing is said",
          not bounded.finish(process, TIMEOUT)[1], "something was said")


def has_run(process, task):
    """It has been on a processor, before which it has no id in its own memory."""
    try:
        with open("/proc/%d/task/%s/schedstat" % (process.pid, task), encoding="ascii") as stat:
            return int(stat.read().split()[2]) > 0
    except FileNotFoundError:  # a kernel without it
        return True


def asked():
    """A program that is asked again and again behaves as one that is not."""
    native = subprocess.run([os.path.join(GUESTS, "asked")], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, check=True, timeout=TIMEOUT).stdout
    process = start(os.path.join(GUESTS, "asked"), program=OTHER)
    wrong = []
    with bounded.within(TIMEOUT, "threads to be there"):
        while len(tasks := os.listdir("/proc/%d/task" % process.pid)) < 16 or not all(has_run(process, t) for t in tasks):
            os.sched_yield()

    def ask(times):
        for _ in range(times):
            done = subprocess.run([FXBOX, "threads", "--json", str(process.pid)],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                                  timeout=TIMEOUT)
            if done.returncode or len(json.loads(done.stdout)["threads"]) != 16:
                wrong.append((done.returncode, done.stdout[:300], done.stderr))

    # Two at a time: they take turns.
    askers = [threading.Thread(target=ask, args=(QUESTIONS // 2,)) for _ in range(2)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    process.stdin.close()
    process.stdin = None
    out, err = bounded.finish(process, TIMEOUT)
    check("who is asked answers each time, with all threads", not wrong, wrong[:2])
    check("no call of a program that is asked ends early", out == native and not err,
          "natively:\n%s\nasked:\n%s%s" % (native.decode(), out.decode(), err.decode()))


def refused():
    for what, pid, why in (("no process", 1 << 22, "there is no such process"),
                           ("a process outside", os.getpid(), "does not run under fxbox")):
        done = subprocess.run([FXBOX, "threads", str(pid)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False, timeout=TIMEOUT)
        check("asking %s is refused in a line" % what,
              done.returncode == 125 and done.stderr.count("\n") == 1 and why in done.stderr, done)


def summary_of_running():
    """What is told at the end can be had before."""
    for line, told in (("true", "nothing was refused"), ("echo x >/none", '1x denied: openat "/none"')):
        process = subprocess.Popen([FXBOX, "run", "/bin/sh", "-c", line + "; echo there; read x"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, start_new_session=True)
        with bounded.within(TIMEOUT, "the program to be there"):
            there = process.stdout.readline()
        done = subprocess.run([FXBOX, "summary", str(process.pid)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False, timeout=TIMEOUT)
        process.stdin.close()
        process.stdin = None
        bounded.finish(process, TIMEOUT)
        if there != b"there\n":
            tap.skip("the summary of a running program: " + line, "no confinement here")
            continue
        check("the summary of a running program: " + line,
              done.returncode == 0 and told in done.stdout, done)


with concurrent.futures.ThreadPoolExecutor(2) as pool:
    names = programs()
    for program, wrong_how in zip(names, pool.map(aborted, names)):
        check(program + " is told to be stuck, and ended", wrong_how is None, wrong_how)
    cases = list(calm_cases())
    for (program, of), wrong_how in zip(cases, pool.map(calm, cases)):
        check("%s %s: nothing is said" % (program, of), wrong_how is None, wrong_how)
circle_beside()
only_a_handler()
ends()
asked()
refused()
summary_of_running()
tap.finish()
