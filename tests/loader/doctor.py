#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""fxbox doctor: what it says is what fxbox run then does, also on hosts that permit less.

usage: doctor.py FXBOX
"""
import ctypes
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

from tap import Tap

FXBOX = sys.argv[1]
NAMES = ["kernel", "seccomp", "proc", "landlock", "mount_namespace", "isolation", "user_namespace",
         "mount_setattr", "fsgsbase", "cpus", "vsyscall", "core_pattern", "ptrace_scope", "rlimits",
         "cgroup"]
NAMES += ["promise_" + name for name in ("files", "devices", "terminals", "network", "signals", "processes",
                                         "ipc", "privileges")]
STATES = ["good", "weaker", "missing"]
SECCOMP, LANDLOCK = 317, 444
EPERM = 1
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2

tap = Tap()


def run(command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, **options)


def without(*numbers):
    """For preexec_fn: these system calls fail with EPERM."""
    code = [struct.pack("HBBI", 0x20, 0, 0, 0)]
    for nr in numbers:
        code += [struct.pack("HBBI", 0x15, 0, 1, nr),
                 struct.pack("HBBI", 0x06, 0, 0, 0x00050000 | EPERM)]
    code += [struct.pack("HBBI", 0x06, 0, 0, 0x7fff0000)]
    program = ctypes.create_string_buffer(b"".join(code))
    header = struct.pack("HxxxxxxQ", len(code), ctypes.addressof(program))
    libc = ctypes.CDLL(None, use_errno=True)

    def forbid():
        assert program
        assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        assert libc.prctl(PR_SET_SECCOMP, MODE_FILTER, header) == 0
    return forbid


def look(prefix=(), fxbox=FXBOX, **options):
    done = run([*prefix, fxbox, "doctor", "--json"], **options)
    try:
        return done.returncode, {f["name"]: f for f in json.loads(done.stdout)}
    except ValueError:
        return done.returncode, {"output": done}


def strict(prefix=(), fxbox=FXBOX, **options):
    return run([*prefix, fxbox, "run", "--require-confinement", "--isolate", "/bin/true"],
               **options).returncode


def here():
    status, found = look()
    tap.check("all is looked at, in order", list(found) == NAMES, found)
    tap.check("the status is the worst state",
              status == max(STATES.index(f["state"]) for f in found.values()), (status, found))
    # An older Landlock is weaker without --isolate only, which the state does not ask about.
    plain = run([FXBOX, "run", "--require-confinement", "/bin/true"]).returncode
    # Nor about promises: what a layer leaves open is no layer missing.
    layers = max(STATES.index(f["state"]) for name, f in found.items() if "promise_" not in name)
    tap.check("run --require-confinement agrees, with and without --isolate",
              (strict() == plain == 0) == (layers == 0), (status, found))
    tap.check("kernel, processors", os.uname().release in found["kernel"]["found"] and
              found["cpus"]["found"].startswith("%d online" % os.sysconf("SC_NPROCESSORS_ONLN")),
              found)
    text = run([FXBOX, "doctor"])
    tap.check("as text the same", text.returncode == status and
              all(f["found"].strip() in text.stdout for f in found.values()), text)
    tap.check("wrong use is 125", run([FXBOX, "doctor", "x"]).returncode == 125)


def less():
    status, found = look(preexec_fn=without(SECCOMP))
    tap.check("no seccomp: missing, status 2", status == 2 and
              found["seccomp"]["state"] == "missing", found)
    tap.check("and no program runs", strict(preexec_fn=without(SECCOMP)) == 125)
    status, found = look(preexec_fn=without(LANDLOCK))
    tap.check("no Landlock: weaker", status == 1 and found["landlock"]["state"] == "weaker", found)
    tap.check("and --require-confinement refuses", strict(preexec_fn=without(LANDLOCK)) == 125)


def no_namespaces():
    """The limit is the namespace's own; an ordinary user could have only a user namespace."""
    place = tempfile.mkdtemp(prefix="fxbox-doctor.")
    try:
        os.chmod(place, 0o755)
        fxbox = shutil.copy(FXBOX, place)
        user = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        prefix = ["unshare", "-Ur", "sh", "-c", "echo 0 > /proc/sys/user/max_user_namespaces && "
                  "exec setpriv --bounding-set=-all \"$@\"", "sh"]
        if run([*prefix, "true"], **user).returncode != 0:
            tap.skip("no namespaces: weaker", "this machine has no user namespaces at all")
            return
        status, found = look(prefix, fxbox, **user)
        tap.check("no namespaces: weaker", status == 1 and
                  found["mount_namespace"]["state"] == found["isolation"]["state"] == "weaker",
                  found)
        tap.check("and --require-confinement refuses without them",
                  strict(prefix, fxbox, **user) == 125)
    finally:
        shutil.rmtree(place)


here()
less()
no_namespaces()
tap.finish()
