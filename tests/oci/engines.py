#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Podman and containerd, with runc alone and with fxbox-oci in front of it, row by row.

usage: engines.py FXBOX_OCI FXBOX
"""
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import bounded
from row import remove_all, why_not
from tap import Tap

OCI, FXBOX = map(os.path.abspath, sys.argv[1:3])
PROGRAMS = ["sh", "sleep", "cat", "id", "tty", "grep", "env"]
GROWS = "a=x; while :; do a=$a$a; done"
PATIENT = "trap 'echo bye; exit 6' TERM; sleep 1000 & echo there; wait"
NEEDS = {"podman": ["podman", "conmon", "runc"], "containerd": ["containerd", "ctr", "runc", "podman"]}

tap = Tap()
work = tempfile.mkdtemp(prefix="fxbox-oci.")
os.chdir(work)  # where conmon leaves a file


def file(name):
    return os.path.join(work, name)


def call(command, **options):
    return bounded.run(command, 120, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       **({"stdin": subprocess.DEVNULL} | options))


def image():
    """A root of some of this machine's programs with their libraries, as a tar file."""
    root = file("root")
    for name in ("proc", "dev", "sys", "tmp", "etc", "run"):
        os.makedirs(os.path.join(root, name))
    os.makedirs(os.path.join(root, "usr/bin"))
    os.symlink("usr/bin", os.path.join(root, "bin"))
    for name in PROGRAMS:
        path = os.path.realpath(shutil.which(name, path="/usr/bin:/bin"))
        shutil.copy(path, os.path.join(root, "usr/bin", name))
        for library in re.findall(r"/\S+", call(["ldd", path]).stdout):
            os.makedirs(root + os.path.dirname(library), exist_ok=True)
            shutil.copy(library, root + library)
    call(["tar", "-C", root, "-cf", file("root.tar"), "."])
    return file("root.tar")


class Podman:
    LIMITS = ["--ulimit", "nofile=1024:4096", "--ulimit", "nproc=1000:1000", "--network", "none"]

    def __init__(self, *runtime):
        self.podman = ["podman", "--root", file("podman"), "--runroot", file("podman-run"), "--storage-driver",
                       "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "none", *runtime]

    def __call__(self, *words, **options):
        return call([*self.podman, *words], **options)

    def run(self, *words, **options):
        return self("run", "--rm", *self.LIMITS, *words, **options)

    def detached(self, *words):
        return self("run", "--detach", *self.LIMITS, "--name", "box", *words)


def outcome(done):
    return done.returncode, done.stdout


def there(podman):
    """Until the program in it has said so."""
    with bounded.within(30, "the program in a container"):
        while "there" not in podman("logs", "box").stdout:
            os.sched_yield()


def stopping(podman):
    podman.detached("box", "sh", "-c", PATIENT)
    there(podman)
    said = [outcome(podman("exec", "box", *words)) for words in (
        ["sh", "-c", "echo in; exit 8"], ["env", "-i", "A=b", "env"], ["nosuch"])]
    said.append(podman("inspect", "--format", "{{.Path}} {{.Args}}", "box").stdout)
    podman("stop", "--time", "20", "box")
    said += [podman("wait", "box").stdout, podman("logs", "box").stdout]
    podman("start", "box")
    said += [outcome(podman("exec", "box", "id")), podman("kill", "box").returncode,
             podman("wait", "box").stdout, podman("rm", "box").returncode]
    return said


def standard_input(podman):
    with open(file("oci.json"), encoding="ascii") as text:
        return outcome(podman.run("--interactive", "box", "cat", stdin=text))


def memory(podman):
    done = podman("run", *podman.LIMITS, "--name", "box", "--memory", "20m", "box", "sh", "-c", GROWS)
    said = [outcome(done), podman("inspect", "--format", "{{.State.OOMKilled}}", "box").stdout]
    podman("rm", "box")
    return said


PODMAN = {
    "output and status": lambda p: outcome(p.run("box", "sh", "-c", "echo out; exit 5")),
    "a program that is not there is 127": lambda p: p.run("box", "nosuch").returncode,
    "one that cannot be run is 126": lambda p: p.run("box", "/etc").returncode,
    "another user, read-only, no new privileges": lambda p: outcome(p.run(
        "--user", "1000", "--read-only", "--security-opt", "no-new-privileges", "box", "sh", "-c",
        "id; echo x >/x; echo $?")),
    "no capabilities": lambda p: outcome(p.run(
        "--cap-drop", "all", "box", "grep", "Cap", "/proc/self/status")),
    "a terminal": lambda p: outcome(p.run("--tty", "box", "tty")),
    "standard input": standard_input,
    "exec, stop with a grace period, start again, kill": stopping,
    "killed for its memory": memory,
}


def same(engine, table, native, fxbox, imported):
    """Each row by both; False, and a skip, where the engine runs no containers."""
    plain = native.run(*(["box"] if engine == "podman" else []), "sh", "-c", "exit 5")
    if imported.returncode or plain.returncode != 5:
        tap.skip(engine, "it runs no containers here: %s" % (imported.stderr + plain.stderr)[-200:].strip())
        return False
    for name, row in table.items():
        want, got = row(native), row(fxbox)
        tap.check("%s: %s" % (engine, name), want == got, "native %s\nfxbox  %s" % (want, got))
    return True


def podman_rows(tar):
    fxbox = Podman("--runtime", OCI, "--runtime-flag", "fxbox-config=" + file("oci.json"))
    native = Podman("--runtime", shutil.which("runc"))
    if not same("podman", PODMAN, native, fxbox, native("import", tar, "box")):
        return
    logs = os.listdir(file("logs"))
    tap.check("podman: each container that began has a log", len(logs) >= len(PODMAN) - 1, logs)
    done = fxbox.run("box", "nosuch")
    tap.check("podman: it tells of a program that is not there in the runtime's words",
              'exec: "nosuch": executable file not found in $PATH' in done.stderr, done)
    done = fxbox.run("--annotation", "dev.fxbox.options=--nix", "box", "id")
    tap.check("podman: an annotation that cannot be is told by the engine", done.returncode == 126 and
              "dev.fxbox.options: '--nix'" in done.stderr and not done.stdout, done)
    done = fxbox.run("--annotation", "dev.fxbox.options=--trace", "--annotation", "dev.fxbox.log=no", "box", "id")
    tap.check("podman: annotations are heard", "exit_group(0)" in done.stderr, done)


@contextlib.contextmanager
def containerd():
    """One of our own; how ctr is called with it, or None."""
    settings, socket = file("containerd.toml"), file("containerd.sock")
    with open(settings, "w", encoding="ascii") as out:
        out.write("""version = 2
root = "%s"
state = "%s"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "%s"
[plugins."io.containerd.internal.v1.opt"]
path = "%s"
""" % (file("containerd"), file("containerd-run"), socket, file("opt")))
    with open(file("containerd.log"), "wb") as log, \
            subprocess.Popen(["containerd", "--config", settings], stdin=subprocess.DEVNULL, stdout=log,
                             stderr=log) as server:
        try:
            with contextlib.suppress(bounded.Waited), bounded.within(20, "containerd"):
                while server.poll() is None and call(["ctr", "-a", socket, "version"]).returncode:
                    os.sched_yield()
            yield ["ctr", "-a", socket] if server.poll() is None else None
        finally:
            server.terminate()
            bounded.finish(server, 30)


class Ctr:
    def __init__(self, ctr, binary):
        self.ctr, self.binary, self.count = ctr, binary, 0

    def __call__(self, *words):
        return call([*self.ctr, *words])

    def run(self, *words, options=()):
        self.count += 1
        return self("run", "--rm", "--runc-binary", self.binary, *options, "localhost/box:latest",
                    "box%d" % self.count, *words)


def tasks(ctr):
    ctr("run", "--detach", "--runc-binary", ctr.binary, "localhost/box:latest", "there", "sleep", "1000")

    def status():
        return [line.split()[2] for line in ctr("task", "ls").stdout.splitlines() if line.startswith("there ")]

    said = [status(), outcome(ctr("task", "exec", "--exec-id", "one", "there", "sh", "-c", "echo in; exit 9")),
            outcome(ctr("task", "kill", "--signal", "KILL", "there"))]
    with bounded.within(30, "a task's end"):
        while status() == ["RUNNING"]:
            os.sched_yield()
    said += [status(), ctr("task", "delete", "there").returncode, ctr("container", "delete", "there").returncode]
    return said


CTR = {
    "output and status": lambda c: outcome(c.run("sh", "-c", "echo out; id; exit 5")),
    "the default seccomp profile": lambda c: outcome(c.run(
        "grep", "Seccomp:", "/proc/self/status", options=["--seccomp"])),
    "environment, directory, read-only": lambda c: outcome(c.run(
        "sh", "-c", "pwd; echo $X; echo x >/x; echo $?", options=["--env", "X=y", "--cwd", "/tmp", "--read-only"])),
    "killed for its memory": lambda c: outcome(c.run("sh", "-c", GROWS, options=["--memory-limit", "20000000"])),
    "a program that is not there": lambda c: outcome(c.run("nosuch")),
    "one that is not there by its path": lambda c: outcome(c.run("/bin/nosuch")),
    "exec, kill, delete": tasks,
}


def ctr_rows(base):
    call([*Podman().podman, "save", "--format", "oci-archive", "box", "--output", file("oci.tar")])
    front = file("fxbox-oci-here")
    with open(front, "w", encoding="ascii") as out:
        out.write("#!/bin/sh\nexec %s --fxbox-config=%s \"$@\"\n" % (OCI, file("oci.json")))
    os.chmod(front, 0o755)
    native, fxbox = Ctr(base, shutil.which("runc")), Ctr(base, front)
    if not same("containerd", CTR, native, fxbox, native("images", "import", file("oci.tar"))):
        return
    done = fxbox.run("id", options=["--annotation", "dev.fxbox.log=maybe"])
    tap.check("containerd: the reason is in the engine's words", done.returncode != 0 and
              "OCI runtime create failed: fxbox-oci: dev.fxbox.log: is 'maybe'" in done.stderr, done)


def lacks(engine):
    missing = [name for name in NEEDS[engine] if not shutil.which(name)]
    return "%s is not installed" % missing[0] if missing else why_not("runc", work)


def main():
    with open(file("oci.json"), "w", encoding="ascii") as out:
        json.dump({"fxbox_oci": 1, "runtime": "runc", "fxbox": FXBOX, "log_directory": file("logs")}, out)
    why = lacks("podman")
    if why:
        tap.skip("podman", why)
    else:
        podman_rows(image())
    why = why or lacks("containerd")
    if why:
        tap.skip("containerd", why)
        return
    with containerd() as ctr:
        if ctr:
            ctr_rows(ctr)
        else:
            tap.skip("containerd", "it does not start here")


try:
    main()
finally:
    if shutil.which("podman"):
        call([*Podman().podman, "rm", "--all", "--force"])
    remove_all()
    shutil.rmtree(work, ignore_errors=True)
tap.finish()
