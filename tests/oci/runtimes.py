#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Containers as engines make them, by a runtime alone and by fxbox-oci in front of it, row by row.

usage: runtimes.py FXBOX_OCI FXBOX GUESTS SOURCE runc|crun
"""
import json
import os
import pty
import shutil
import subprocess
import sys
import tempfile

import bounded
from row import Row, remove_all, why_not
from tap import Tap

OCI, FXBOX, GUESTS, SOURCE = map(os.path.abspath, sys.argv[1:5])
RUNTIME = sys.argv[5]
# crun knows cgroup v2 alone, which hosts with version 1 have as well, but not where it looks.
OTHER_CGROUPS = 'umount -l /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec "$@"'
PLACES = ["/.fxbox", "/.fxbox.log"]
THREADS = """
import threading, queue
q, total = queue.Queue(2), 0
def work():
    for i in range(200): q.put(i)
makers = [threading.Thread(target=work) for _ in range(4)]
for m in makers: m.start()
for _ in range(800): total += q.get()
for m in makers: m.join()
print(total)
"""
# What is on Linux of process 1: orphans are its children, and it is not killed by what it does not handle.
ORPHANS = """
import os, signal, sys
r, w = os.pipe()
if os.fork() == 0:
    if os.fork() == 0:
        os.read(r, 1)
        os._exit(7)
    os._exit(0)
os.wait()
os.kill(1, signal.SIGTERM)
os.write(w, b'x')
print(os.getpid(), os.waitstatus_to_exitcode(os.wait()[1]))
"""
REDIS = """redis-server --port 6399 --save '' --daemonize yes --logfile /tmp/log >/dev/null &&
until redis-cli -p 6399 ping >/dev/null 2>&1; do :; done
redis-benchmark -p 6399 -n 2000 -c 20 -q -t set,get 2>&1 | tr '\\r' '\\n' | grep -c 'requests per second'
redis-cli -p 6399 set a b; redis-cli -p 6399 get a; redis-cli -p 6399 shutdown nosave; wait"""


def sh(text, **more):
    return lambda row: row.run("sh", "-c", text, **more)


def lifecycle(row):
    """What the conformance tests of the specification look at, in its order."""
    row.put("sleep", "1000")
    name, said = row.id(), []

    def step(*words):
        done = row.call(*words)
        said.append((words[0], done.returncode, done.stderr.count("\n") > 0))
        return done

    def status():
        done = row.call("state", name)
        said.append(json.loads(done.stdout)["status"] if done.returncode == 0 else "none")

    status()
    step("create", "--bundle", row.bundle, name)
    status()
    step("create", "--bundle", row.bundle, name)
    step("start", name)
    status()
    step("start", name)
    step("delete", name)
    for words in (["sh", "-c", "exit 9"], ["sh", "-c", "kill -9 $$"], ["cat"], ["id"]):
        done = step("exec", name, *words)
        said.append(done.stdout)
    process = row.file("process.json")
    with open(process, "w", encoding="ascii") as out:
        json.dump({"args": ["sh", "-c", "id -u; exit 4"], "cwd": "/tmp", "env": ["PATH=/usr/bin:/bin"],
                   "user": {"uid": 7, "gid": 7}}, out)
    said.append(step("exec", "--process", process, name).stdout)
    step("exec", "nobody", "true")
    step("kill", name, "TERM")
    status()
    step("kill", name, "KILL")
    row.await_end(name)
    status()
    step("kill", name, "KILL")
    step("exec", name, "true")
    step("start", name)
    step("delete", name)
    status()
    step("delete", name)
    step("kill", name, "KILL")
    return said


def terminal(row):
    """On a terminal, as an engine's foreground container."""
    row.put("sh", "-c", "test -t 0 && test -t 1 && tty && read line && echo got $line; exit 5",
            terminal=True)
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(row.where)
        os.execvp(row.front[0], [*row.front, "run", "--bundle", row.bundle, row.id()])
    said = b""
    with bounded.within(30, "a container on a terminal"):
        os.write(fd, b"abc\n")
        try:
            while True:
                more = os.read(fd, 1000)
                if not more:
                    break
                said += more
        except OSError:
            pass
        _, status = os.waitpid(pid, 0)
    os.close(fd)
    words = said.replace(b"\0", b"").split()
    return os.waitstatus_to_exitcode(status), sorted(set(words))


def user_namespace(row):
    """Whose root is nobody outside, and may make files in the root file system, as engines have it."""
    root = os.path.join(row.bundle, "rootfs")
    os.chmod(work, 0o711)
    os.chown(root, 100000, 100000)
    try:
        return row.run("sh", "-c", "id; cat /proc/self/uid_map; exit 3", mapped=100000)
    finally:
        os.chown(root, 0, 0)


def guest(name, where=GUESTS):
    """A guest program, which prints the same wherever it runs."""
    return lambda row: row.run("/guests/" + name, more=[
        {"destination": "/guests", "type": "bind", "source": where, "options": ["bind", "ro"]}])


def gos(row):
    """A program of Go's, which is static."""
    where = os.path.join(work, "go")
    if not os.path.exists(where):
        os.mkdir(where)
        subprocess.run(["go", "build", "-o", os.path.join(where, "threads"),
                        os.path.join(SOURCE, "tests/real/threads.go")], check=True, timeout=200, env={
                            **os.environ, "GOCACHE": os.environ.get("GOCACHE", work + "/cache"), "HOME": work,
                            "GOFLAGS": "-mod=mod", "CGO_ENABLED": "0", "GO111MODULE": "off"})
    return guest("threads", where)(row)


ROWS = {
    "output, errors and status": sh("echo out; echo err >&2; exit 3"),
    "a child that is killed by a signal": sh("sh -c 'kill -9 $$'; echo $?"),
    "process 1 and its signals": sh("kill -TERM $$; echo $$; kill -KILL $$; exit 2"),
    "orphans of process 1": lambda row: row.run("python3", "-c", ORPHANS),
    "identity, as another user": sh("id; echo x >/x; echo y >/tmp/y; cat /tmp/y", uid=1000),
    "a root that can be written": sh("echo x >/tmp/x && cat /tmp/x; touch /y; ls -d /y; rm /y", read_only=False),
    "no /proc": sh("ls /proc; echo *; exit 6", proc=False),
    "masked paths": sh("cat /proc/kcore; wc -c /proc/timer_list; echo x >/proc/sysrq-trigger"),
    "capabilities": sh("grep -E '^(Cap|NoNew)' /proc/self/status | grep -v NoNew"),
    "no filter of the engine's": sh("echo x | cat", filtered=False),
    "a static program of musl's": guest("hello.musl-static"),
    "a program of Go's": gos,
    "threads in python3": lambda row: row.run("python3", "-c", THREADS),
    "redis over the container's own loopback": sh(REDIS),
    "a user namespace": user_namespace,
    "state, exec, kill, delete": lifecycle,
    "a terminal": terminal,
}


def difference(want, got):
    """In lines that are short enough to be told last."""
    if isinstance(want, (list, tuple)) and len(want) == len(got):
        return "\n".join("step %d: native %r, fxbox %r" % (k, *pair)
                         for k, pair in enumerate(zip(want, got)) if pair[0] != pair[1])
    return "native %r\nfxbox  %r" % (want, got)


# What a row needs of the machine, and what there is otherwise no row for.
NEEDS = {
    "redis over the container's own loopback": (lambda: shutil.which("redis-benchmark"),
                                                "redis-benchmark is not installed"),
    "a static program of musl's": (lambda: os.path.exists(os.path.join(GUESTS, "hello.musl-static")),
                                   "musl-gcc is not installed"),
    "a program of Go's": (lambda: shutil.which("go"), "go is not installed"),
}


def is_refusal(outcome):
    """Of a run that the runtime itself has ended."""
    return outcome[0] == 1 and not outcome[1] and "level=error" in outcome[2]


def same(runtime):
    """Every row, natively and under fxbox: the same."""
    native, ours = Row(work, runtime), Row(work, runtime, OCI, FXBOX)
    for name, row in ROWS.items():
        there, why = NEEDS.get(name, (lambda: True, ""))
        if not there():
            tap.skip("%s: %s" % (runtime, name), why)
            continue
        want = row(native)
        if is_refusal(want):
            tap.skip("%s: %s" % (runtime, name), "the runtime alone cannot: " + want[2][-100:].strip())
            continue
        got = row(ours)
        tap.check("%s: %s" % (runtime, name), want == got, difference(want, got))
    status, _, said = ours.run("nosuch")
    tap.check("%s: a program that there is not: 127, in a line" % runtime,
              status == 127 and said.startswith("fxbox: nosuch: ") and said.count("\n") == 1,
              (status, said))
    return ours


def told(row):
    """What the log of a container shows."""
    row.run("python3", "-c", THREADS)
    records = row.records()
    used = {r["name"] for r in records if r["type"] == "used"}
    tap.check("futexes are served in process: the log shows them, and none was refused",
              "futex" in used and not [r for r in records if r["type"] in ("refused", "unsupported")],
              [r for r in records if r["type"] != "used"])
    tap.check("the log is a whole one", records[0]["type"] == "start" and
              records[0]["argv"][0] == "python3" and records[-1]["type"] == "exit", records[-1])
    row.run("sh", "-c", "for i in 1 2 3; do su --help >/dev/null; done", uid=1000)
    said = [r for r in row.records() if r["type"] == "refused"]
    tap.check("that a set-user-ID program gains nothing is told once", len(said) == 1 and
              "set-user-ID" in said[0].get("why", said[0].get("what", "")), said)
    row.put("sleep", "1000")
    name = row.id()
    row.call("run", "--detach", "--bundle", row.bundle, name)
    row.call("exec", name, "sh", "-c", "exit 3")
    row.call("exec", "--user", "1000", name, "id")
    starts = [r["argv"][0] for r in row.records(name) if r["type"] == "start"]
    tap.check("what is executed in a container is added to its log, whoever it is",
              starts == ["sleep", "sh", "id"], starts)
    row.call("kill", name, "KILL")
    row.await_end(name)
    row.call("delete", name)
    own = sorted(os.listdir(os.path.join(row.bundle, "rootfs")))
    tap.check("in the root there are empty files for it to lie on, and nothing else",
              {p[1:] for p in PLACES} <= set(own) and
              all(os.path.getsize(row.bundle + "/rootfs" + p) == 0 for p in PLACES), own)


def by_hand(row):
    """fxbox in a container that a runtime has made alone, with what is left there."""
    there = {"more": [{"destination": "/guests", "type": "bind", "source": os.path.dirname(FXBOX),
                       "options": ["bind", "ro"]}]}
    fxbox = "/guests/" + os.path.basename(FXBOX)
    for uid in (0, 1000):
        status, out, said = row.run(fxbox, "run", "--", "sh", "-c", "echo in; echo x >/tmp/x; exit 3",
                                    uid=uid, read_only=False, **there)
        tap.check("fxbox run by hand in a default container, as %d" % uid,
                  status == 3 and out == "in\n", (status, out, said))
        tap.check("which is confined by what is left there, as %d" % uid,
                  "allow with --rw" in said or "Read-only" in said or "Permission denied" in said, said)
        status, out, said = row.run(fxbox, "doctor", "--json", uid=uid, **there)
        found = {f["name"]: f for f in json.loads(out)} if out else {}
        tap.check("fxbox doctor says what, as %d" % uid, status in (0, 1) and
                  found["seccomp"]["state"] == "good" and found["mount_namespace"]["state"] == "weaker",
                  (status, out, said))


def by_hand_without_proc(row):
    there = {"proc": False, "more": [{"destination": "/guests", "type": "bind", "options": ["bind", "ro"],
                                      "source": os.path.dirname(FXBOX)}]}
    fxbox = "/guests/" + os.path.basename(FXBOX)
    said = row.run("sh", "-c", "exit 3", **there)
    if is_refusal(said):
        tap.skip("fxbox run --no-confine without /proc", "the runtime alone cannot")
        return
    said = row.run(fxbox, "run", "--no-confine", "sh", "-c", "/bin/echo a child; exit 3", **there)
    tap.check("fxbox run --no-confine without /proc", said == (3, "a child\n", ""), said)
    said = row.run("sh", "-c", "cd /guests && exec ./%s run --no-confine true" % os.path.basename(FXBOX), **there)
    tap.check("and by a relative name", said == (0, "", ""), said)


def many(row, count):
    """At once, in one bundle's root, each with a log."""
    names, running = [row.prefix + "many%d" % i for i in range(count)], []
    row.put("sh", "-c", "exit 3")
    for name in names:
        where = row.file(name)
        os.mkdir(where)
        shutil.copy(os.path.join(row.bundle, "config.json"), where)
        shutil.copytree(os.path.join(row.bundle, "rootfs"), os.path.join(where, "rootfs"))
        running.append(subprocess.Popen([*row.front, "run", "--bundle", where, name],
                                        stdin=subprocess.DEVNULL))
    statuses = {bounded.finish(process, 60) and process.returncode for process in running}
    ends = {row.records(name)[-1].get("status") for name in names}
    tap.check("%d containers at once" % count, statuses == ends == {3}, (statuses, ends))


def with_other_cgroups():
    """Begins anew where crun can work, if it could not here."""
    if RUNTIME != "crun" or os.geteuid() != 0 or "--anew" in sys.argv or \
            os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
        return
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", "sh", "-c", OTHER_CGROUPS,
                          "sh", sys.executable, *sys.argv, "--anew"])


def main():
    why = why_not(RUNTIME, work)
    if why:
        tap.skip("containers by " + RUNTIME, why)
        return
    ours = same(RUNTIME)
    told(ours)
    by_hand(Row(work, RUNTIME))
    by_hand_without_proc(Row(work, RUNTIME))
    many(ours, 20)
    tap.check("no device of the host's was given away", owner_of_null() == before)


def owner_of_null():
    null = os.stat("/dev/null")
    return null.st_uid, null.st_gid, null.st_mode


with_other_cgroups()
tap = Tap()
before = owner_of_null()
work = tempfile.mkdtemp(prefix="fxbox-oci.")
try:
    main()
finally:
    remove_all()
    shutil.rmtree(work, ignore_errors=True)
tap.finish()
