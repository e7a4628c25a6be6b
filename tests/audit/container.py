#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A container under the seccomp profile of a run: redis-server starts, and a call it did not use
fails.

usage: container.py FXBOX GUESTS SOURCE
"""
import json
import os
import shutil
import socket
import subprocess
import tempfile

from logs import FXBOX, audit_json, logged, run
from tap import Tap

REDIS = ["redis-server", "--port", "0", "--save", "", "--unixsocket", "/tmp/redis.sock",
         "--maxmemory", "64mb"]
# The errno of mincore: harmless, and nothing that redis-server makes.
MINCORE = 27
PROBE = ["/usr/bin/perl", "-e", "syscall(%d, 0, 0); print $!+0, qq{\\n}" % MINCORE]

tap = Tap()
work = tempfile.mkdtemp(prefix="fxbox-oci.")


def bundle(profile, command):
    """A container of the machine's own files, read-only, with a /tmp."""
    where = os.path.join(work, "bundle")
    shutil.rmtree(where, ignore_errors=True)
    os.makedirs(os.path.join(where, "rootfs"))
    mounts = [{"destination": "/proc", "type": "proc", "source": "proc"}]
    for name in ("usr", "etc", "lib", "lib64", "bin"):
        os.mkdir(os.path.join(where, "rootfs", name))
        mounts.append({"destination": "/" + name, "type": "bind", "source": "/" + name,
                       "options": ["rbind", "ro"]})
    for name in ("proc", "dev", "tmp"):
        os.mkdir(os.path.join(where, "rootfs", name))
    config = {
        "ociVersion": "1.0.2", "root": {"path": "rootfs", "readonly": False}, "mounts": mounts,
        "process": {"user": {"uid": 0, "gid": 0}, "args": command, "cwd": "/",
                    "env": ["PATH=/usr/bin:/bin"], "noNewPrivileges": True},
        "linux": {"namespaces": [{"type": "mount"}, {"type": "pid"}],
                  **({"seccomp": profile} if profile else {})},
    }
    with open(os.path.join(where, "config.json"), "w", encoding="ascii") as out:
        json.dump(config, out)
    return where


def contained(engine, profile, command, **options):
    name = "fxbox-test-%d" % os.getpid()
    return run([engine, "--root", os.path.join(work, "state"), "run", "--bundle",
                bundle(profile, command), name], **options)


def ask(path, process):
    """PING, as soon as the server listens; None if it ends before."""
    while process.poll() is None:
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect(path)
            except OSError:
                os.sched_yield()
                continue
            s.sendall(b"PING\r\n")
            answer = s.recv(100)
            s.sendall(b"SHUTDOWN NOSAVE\r\n")
            return answer
    return None


def serve(command, path):
    with open(os.path.join(work, "output"), "wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        answer = ask(path, process)
        process.wait(timeout=60)
    with open(os.path.join(work, "output"), "rb") as out:
        return answer, out.read()[-1500:]


def redis_profile():
    log, path = os.path.join(work, "log"), os.path.join(work, "redis.sock")
    command = [word if word != "/tmp/redis.sock" else path for word in REDIS]
    answer, said = serve([FXBOX, "run", "--no-confine", "--quiet", "--log=" + log, "--",
                          *command], path)
    tap.check("redis-server answers under fxbox", answer == b"+PONG\r\n", said)
    return audit_json("profile", "--format=oci", log)


def try_engine(engine, profile):
    plain = contained(engine, None, ["/bin/true"])
    if plain.returncode != 0:
        tap.skip("redis-server in " + engine, "this machine runs no containers: %s" %
                 plain.stderr.decode(errors="replace").strip().replace("\n", " ")[:150])
        return
    where = bundle(profile, REDIS)
    answer, said = serve([engine, "--root", os.path.join(work, "state"), "run", "--bundle", where,
                          "fxbox-redis-%d" % os.getpid()],
                         os.path.join(where, "rootfs/tmp/redis.sock"))
    tap.check("redis-server answers in %s under its profile" % engine, answer == b"+PONG\r\n", said)
    names = profile["syscalls"][0]["names"]
    tap.check("the profile has no mincore", "mincore" not in names)
    free = contained(engine, None, PROBE)
    tap.check("%s without a profile: mincore is there" % engine, free.stdout == b"0\n", free)
    # The probe's own calls are allowed, so that it gets as far as this one.
    seen = logged(os.path.join(work, "perl"), [PROBE[0], "-e", "print $!+0, qq{\\n}"])[1]
    wider = json.loads(json.dumps(profile))
    wider["syscalls"][0]["names"] = sorted({*names, *(r["name"] for r in seen
                                                      if r["type"] == "used")} - {"mincore"})
    blocked = contained(engine, wider, PROBE)
    tap.check("%s under the profile: mincore fails with ENOSYS" % engine,
              blocked.stdout == b"38\n", blocked)


try:
    if not shutil.which("redis-server"):
        tap.skip("redis-server in a container", "redis-server is not installed")
    else:
        of_redis = redis_profile()
        for runtime in ("crun", "runc"):
            if shutil.which(runtime):
                try_engine(runtime, of_redis)
            else:
                tap.skip("redis-server in " + runtime, "it is not installed")
finally:
    shutil.rmtree(work, ignore_errors=True)
tap.finish()
