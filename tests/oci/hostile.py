#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Documents and bundles that somebody has made to get a container without fxbox, or to break us: each is
refused with one line, and nothing is started.

usage: hostile.py FXBOX_OCI FXBOX
"""
import json
import os
import shutil
import sys
import tempfile

from bundle import Fake, config
from tap import Tap

OCI = os.path.abspath(sys.argv[1])
tap = Tap()
work = tempfile.mkdtemp(prefix="fxbox-oci.")
fake = Fake(OCI, os.path.join(work, "a"))


def refused(name, done, called, *parts):
    lines = done.stderr.splitlines()
    tap.check(name, done.returncode == 125 and called is None and len(lines) == 1 and
              lines[0].startswith("fxbox-oci: ") and len(lines[0]) < 9000 and
              all(part in lines[0] for part in parts), (done.returncode, done.stderr[:500], called))


def create(name, document, *parts):
    text = fake.put(document)
    done, called = fake.call("create", "--bundle", fake.bundle, "box")
    refused(name, done, called, *parts)
    with open(os.path.join(fake.bundle, "config.json"), "rb") as now:
        tap.check("and nothing written: " + name, now.read() == text)


def process(**more):
    document = config()
    document["process"].update(more)
    return document


def linux(**more):
    document = config()
    document["linux"].update(more)
    return document


def mount(destination, **more):
    document = config()
    document["mounts"].insert(0, {"destination": destination, "type": "bind", "source": "/usr",
                                  "options": ["bind"], **more})
    return document


def renamed(document, where, old, new):
    """A member that Go's reader takes for another; both are there."""
    value = document
    for part in where:
        value = value[part]
    value[new] = value[old]
    return document


def types():
    create("args that are no array", process(args="sh"), "process.args", "string")
    create("args with a number", process(args=["sh", 1]), "process.args", "element 1")
    create("args with null", process(args=[None]), "process.args", "element 0")
    create("args with a NUL", process(args=["sh\0x"]), "process.args", "NUL")
    create("no args", process(args=[]), "process")
    create("args that are null", process(args=None), "process")
    create("env that is no array", process(env={"PATH": "/"}), "process.env")
    create("env with a number", process(env=[1]), "process.env")
    create("noNewPrivileges that is no flag", process(noNewPrivileges="no"), "noNewPrivileges")
    for name in ("process", "root"):
        document = config()
        del document[name]
        create("no %s" % name, document, name, "is missing")
        create("a %s that is no object" % name, config(**{name: []}), name)
    create("a root without a path", config(root={}), "root.path")
    create("a root that is not there", config(root={"path": "nowhere"}), "nowhere")
    create("a root that is a file", config(root={"path": "config.json"}), "config.json")
    create("mounts that are no array", config(mounts={}), "mounts")
    create("a mount that is no object", config(mounts=["/x"]), "mounts[0]")
    create("a mount without a destination", config(mounts=[{"type": "proc"}]), "mounts[0].destination")
    create("a destination with a NUL", mount("/x\0y"), "destination")
    create("annotations that are no object", config(annotations=[]), "annotations")
    create("linux that is no object", config(linux=[]), "linux")


def readings():
    """What two readers could take for two things."""
    text = json.dumps(config())
    for name, one, both in (
            ("args", '"args": ["sh"', '"args": ["true"], "args": ["sh"'),
            ("process", '"process":', '"process": {"args": ["true"]}, "process":'),
            ("a member of a mount", '"type": "proc"', '"type": "bind", "type": "proc"'),
            ("a member that is nobody's", '"hostname":', '"hostname": "a:b\\"c:", "hostname":')):
        assert text.count(one) == 1
        create("twice: " + name, text.replace(one, both).encode(), "twice")
    create("Process", renamed(config(), [], "process", "Process"), '"Process"')
    create("Args", renamed(config(), ["process"], "args", "Args"), '"Args"')
    create("NONEWPRIVILEGES", process(NONEWPRIVILEGES=False), '"NONEWPRIVILEGES"')
    create("Mounts alone", config(Mounts=config()["mounts"]), '"Mounts"')
    create("Annotations alone", config(Annotations={}), '"Annotations"')
    create("Destination", mount("/a", Destination="/.fxbox"), '"Destination"')
    create("the long s of Unicode", config(**{"proce\u017fs": {"args": ["true"]}}), "not known")
    create("a NUL in a name", config(**{"process\0": {"args": ["true"]}}), "twice")
    for name, document in (("nothing", b""), ("no object", b"[]"), ("a string", b'"x"'), ("null", b"null"),
                           ("the half of it", text.encode()[:200]), ("two", text.encode() * 2),
                           ("a comment", b"/* */" + text.encode()), ("a tail", text.encode() + b"x"),
                           ("a NUL behind it", text.encode() + b"\0"),
                           ("no UTF-8", text.replace("box", "b\udcffx").encode(errors="surrogateescape")),
                           ("deep nesting", b'{"a":' * 100000 + b"1" + b"}" * 100000),
                           ("deep arrays", b'{"a":' + b"[" * 100000 + b"]" * 100000 + b"}")):
        create("a document that is " + name, document)
    create("10 MB of annotations", config(annotations={"a": "x" * 10_000_000}), "config.json", "bytes")
    create("a million annotations", config(annotations={str(i): "" for i in range(1_000_000)}), "bytes")


def places():
    for path in ("/.fxbox", "/.fxbox/", "//.fxbox", "/./.fxbox", ".fxbox", "/.fxbox/x", "/.fxbox.log",
                 "/./.fxbox.log//"):
        create("a mount over %s" % path, mount(path), "mounts[0].destination", "fxbox lies")
    for path in ("/x/../.fxbox", "/..", "..", "/proc/..", "../../.fxbox"):
        create("a mount on %s" % path, mount(path), "mounts[0].destination", "'..'")
    create("a device at our path", linux(devices=[{"path": "/.fxbox", "type": "c", "major": 1, "minor": 3}]),
           "linux.devices[0].path")
    create("our path masked", linux(maskedPaths=["/.fxbox"]), "linux.maskedPaths[0]")
    create("our log read-only", linux(readonlyPaths=["/x", "/.fxbox.log"]), "linux.readonlyPaths[1]")
    root = os.path.join(fake.bundle, "rootfs")
    for name in (".fxbox", ".fxbox.log"):
        path = os.path.join(root, name)
        os.symlink("/tmp", path)
        create("an image with a link at %s" % name, config(), "/" + name, "rootfs")
        os.unlink(path)
        os.mkdir(path)
        create("an image with a directory at %s" % name, config(), "/" + name)
        os.rmdir(path)
        with open(path, "w", encoding="ascii") as out:
            out.write("#!/bin/sh\n")
        create("an image with a program at %s" % name, config(), "/" + name)
        os.truncate(path, 0)
    fake.put(config())
    done, called = fake.call("create", "--bundle", fake.bundle, "box")
    tap.check("but an empty file, which a runtime leaves, is none", called, done)
    for path in ("/.fxbox2", "/x/.fxbox", "/...", "/..x", "/.fxbo"):
        fake.put(mount(path))
        done, called = fake.call("create", "--bundle", fake.bundle, "box")
        tap.check("and neither is a mount on %s" % path, called, done)


def files():
    """In place of config.json, and of the log."""
    path, real = os.path.join(fake.bundle, "config.json"), os.path.join(work, "real.json")
    with open(real, "w", encoding="ascii") as out:
        json.dump(config(), out)
    for name, make in (("a link", lambda: os.symlink(real, path)),
                       ("a link to nothing", lambda: os.symlink("/nowhere", path)),
                       ("a FIFO", lambda: os.mkfifo(path)), ("a directory", lambda: os.mkdir(path)),
                       ("nothing", lambda: None)):
        if os.path.isdir(path):
            os.rmdir(path)
        elif os.path.lexists(path):
            os.unlink(path)
        make()
        refused(name + " in place of config.json",
                *fake.call("create", "--bundle", fake.bundle, "box"), "config.json")
    with open(real, encoding="ascii") as now:
        tap.check("what the link leads to is as it was", json.load(now) == config())
    refused("a bundle that is not there", *fake.call("create", "-b", "/nowhere", "box"), "/nowhere")
    for name in ("..", ".", "a/b", "../../etc/x", "", "a\nb", "x" * 300):
        fake.put(config())
        done, called = fake.call("create", "-b", fake.bundle, name)
        refused("an id that is no name of a file: %.10r" % name, done, called)
    log = os.path.join(fake.logs, "linked.jsonl")
    os.makedirs(fake.logs, exist_ok=True)
    for make in (os.symlink, os.link):
        make(real, log)
        refused("a %s in place of the log" % make.__name__,
                *fake.call("create", "-b", fake.bundle, "linked"), log)
        os.unlink(log)
    tap.check("of which the mode is as it was", os.stat(real).st_mode & 0o777 == 0o644)
    os.symlink("/etc", os.path.join(fake.bundle, ".config.json.fxbox"))
    done, called = fake.call("create", "-b", fake.bundle, "box")
    tap.check("a link at the name of the new document is not followed", called and
              not os.path.islink(path) and not os.path.lexists(path + ".fxbox"), done)


try:
    types()
    readings()
    places()
    files()
finally:
    shutil.rmtree(work, ignore_errors=True)
tap.finish()
