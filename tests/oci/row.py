# SPDX-License-Identifier: MIT
"""A runtime, alone or with fxbox-oci in front of it, and containers by it."""
import json
import os
import re
import shutil
import subprocess

import bounded
import engine

made = []
# What a runtime says of itself rather than of a container: runc, that the kernel had not let go of an ended
# process's cgroup yet, and that it tries once more.
OF_ITS_OWN = re.compile(r'^time="[^"]*" level=warning msg=.*\n', re.M)


class Row:
    """One way to call a runtime, with a bundle and a state of its own."""

    def __init__(self, work, runtime, oci=None, fxbox=None):
        """oci: fxbox-oci, to stand in front of the runtime."""
        self.where = os.path.join(work, runtime + ("-fxbox" if oci else ""))
        self.bundle = os.path.join(self.where, "bundle")
        self.logs = os.path.join(self.where, "logs")
        root = os.path.join(self.bundle, "rootfs")
        for name in ("proc", "dev", "tmp", "usr", "etc", "lib", "lib64", "bin", "sbin", "guests"):
            os.makedirs(os.path.join(root, name), exist_ok=True)
        with open(self.file("oci.json"), "w", encoding="ascii") as out:
            json.dump({"fxbox_oci": 1, "runtime": runtime, "log_directory": self.logs,
                       **({"fxbox": fxbox} if fxbox else {})}, out)
        front = [oci, "--fxbox-config=" + self.file("oci.json")] if oci else [runtime]
        self.front = [*front, "--root", self.file("state")]
        self.count = 0
        # A runtime makes a cgroup of this name, and kills whoever is in it in the end: no other test,
        # which may run beside, has the same.
        self.prefix = "fxbox-%d-%d-" % (os.getpid(), len(made))
        made.append(self)

    def file(self, name):
        return os.path.join(self.where, name)

    def put(self, *args, annotations=None, terminal=False, **more):
        document = engine.config(args, **more)
        document["process"]["terminal"] = terminal
        if annotations:
            document["annotations"] = annotations
        path = os.path.join(self.bundle, "config.json")
        if os.path.exists(path):
            os.unlink(path)
        with open(path, "w", encoding="ascii") as out:
            json.dump(document, out)

    def call(self, *words):
        """Output goes to files, for a container keeps them open, and input comes from one: crun gives what it has
        there to the container's user, which is not to be the host's /dev/null."""
        with open(self.file("in"), "w+", encoding="ascii") as empty, \
             open(self.file("out"), "w+", encoding="utf-8", errors="replace") as out, \
             open(self.file("err"), "w+", encoding="utf-8", errors="replace") as err:
            done = bounded.run([*self.front, *words], 60, cwd=self.where, stdin=empty,
                               stdout=out, stderr=err)
            out.seek(0)
            err.seek(0)
            done.stdout, done.stderr = out.read(), OF_ITS_OWN.sub("", err.read())
        return done

    def remove(self):
        """Whatever a failed test has left running."""
        for name in self.call("list", "--quiet").stdout.split():
            self.call("delete", "--force", name)

    def id(self):
        self.count += 1
        return self.prefix + str(self.count)

    def run(self, *args, **more):
        """Status, output and errors of a container."""
        self.put(*args, **more)
        done = self.call("run", "--bundle", self.bundle, self.id())
        return done.returncode, done.stdout, done.stderr

    def await_end(self, name):
        with bounded.within(30, "the end of " + name):
            while json.loads(self.call("state", name).stdout)["status"] != "stopped":
                os.sched_yield()

    def records(self, name=None):
        with open(os.path.join(self.logs, (name or self.prefix + str(self.count)) + ".jsonl"),
                  encoding="ascii") as lines:
            return [json.loads(line) for line in lines]


def remove_all():
    """What failed tests have left running."""
    for row in made:
        if shutil.which(row.front[0]):
            row.remove()


def why_not(runtime, work):
    """None if the runtime can run a container here."""
    if not shutil.which(runtime):
        return "it is not installed"
    if os.geteuid() != 0:
        return "only root makes containers here"
    status, _, said = Row(work, runtime).run("true")
    return None if status == 0 else "this machine runs no containers with it: %s" % (
        " ".join(said.split())[:150])
