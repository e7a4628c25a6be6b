# SPDX-License-Identifier: MIT
"""Bundles, and a runtime that only writes down how it was called."""
import json
import os
import subprocess

# As engines have it: the words are recorded, and what a process document is then.
RECORDER = """#!/bin/sh
for word; do
	printf '%s\\0' "$word"
done >"$RECORD/argv"
for word; do
	case $word in
	state) cat "$RECORD/state" 2>/dev/null; exit ;;
	/proc/self/fd/*) cat "$word" >"$RECORD/process" ;;
	--process=/proc/self/fd/*) cat "${word#*=}" >"$RECORD/process" ;;
	esac
done
exit 42
"""


def config(args=("sh", "-c", "exit 3"), **more):
    """A document as engines write it, small."""
    return {
        "ociVersion": "1.0.2", "hostname": "box", "root": {"path": "rootfs", "readonly": True},
        "process": {"terminal": False, "user": {"uid": 0, "gid": 0}, "args": list(args), "cwd": "/",
                    "env": ["PATH=/usr/bin:/bin"], "rlimits": [
                        {"type": "RLIMIT_NOFILE", "hard": 18446744073709551615, "soft": 1024}]},
        "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
                   {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
                    "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]}],
        "linux": {"namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")],
                  "resources": {"cpu": {"shares": 1024}}, "maskedPaths": ["/proc/kcore"],
                  "readonlyPaths": ["/proc/sys"]},
        **more}


class Fake:
    """fxbox-oci in front of the recorder, with settings of its own."""

    def __init__(self, oci, where, **settings):
        self.oci, self.where = oci, where
        self.bundle = os.path.join(where, "bundle")
        self.logs = os.path.join(where, "logs")
        self.runtime = os.path.join(where, "recorder")
        self.settings = os.path.join(where, "oci.json")
        self.root = os.path.join(self.bundle, "rootfs")
        os.makedirs(os.path.join(self.root, "bin"))
        with open(os.path.join(self.root, "bin/sh"), "wb"):
            pass
        with open(self.runtime, "w", encoding="ascii") as out:
            out.write(RECORDER)
        os.chmod(self.runtime, 0o755)
        self.set(**settings)

    def set(self, **settings):
        with open(self.settings, "w", encoding="utf-8") as out:
            json.dump({"fxbox_oci": 1, "runtime": self.runtime, "log_directory": self.logs,
                       **settings}, out)

    def file(self, name):
        return os.path.join(self.where, name)

    def put(self, document):
        """document: an object, or text as it is. Returns the bytes."""
        text = document if isinstance(document, bytes) else json.dumps(document).encode()
        path = os.path.join(self.bundle, "config.json")
        if os.path.lexists(path):
            os.unlink(path)
        with open(path, "wb") as out:
            out.write(text)
        return text

    def get(self):
        with open(os.path.join(self.bundle, "config.json"), encoding="utf-8") as document:
            return json.load(document)

    def call(self, *words, settings=True, **options):
        """(result, the words that the runtime was called with, or None)."""
        for name in ("argv", "process"):
            if os.path.exists(self.file(name)):
                os.unlink(self.file(name))
        own = ["--fxbox-config=" + self.settings] if settings else []
        options.setdefault("cwd", self.where)
        done = subprocess.run([self.oci, *own, *words], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, timeout=60,
                              env={"RECORD": self.where, "PATH": "/usr/bin:/bin"}, **options)
        if not os.path.exists(self.file("argv")):
            return done, None
        with open(self.file("argv"), "rb") as argv:
            return done, argv.read().decode().split("\0")[:-1]

    def create(self, document, *words):
        """(result, words, the document afterwards) of a create in the bundle."""
        self.put(document)
        done, called = self.call("create", "--bundle", self.bundle, *words, "box")
        return done, called, self.get()

    def process(self):
        with open(self.file("process"), encoding="utf-8") as document:
            return json.load(document)
