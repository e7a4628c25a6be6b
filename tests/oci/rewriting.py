#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What fxbox-oci makes of command lines and documents, without any runtime.

usage: rewriting.py FXBOX_OCI FXBOX
"""
import copy
import json
import os
import shutil
import stat
import sys
import tempfile

from bundle import Fake, config
from tap import Tap

OCI, FXBOX = map(os.path.abspath, sys.argv[1:3])
FIRST = ["/.fxbox", "run", "--no-confine", "--log=/.fxbox.log", "--quiet"]
WORDS = "dev.fxbox.words"

tap = Tap()
work = tempfile.mkdtemp(prefix="fxbox-oci.")
fake = Fake(OCI, os.path.join(work, "a"))


def taken_back(document):
    """What the engine wrote, of what fxbox-oci has made of it; and what it had added."""
    plain = copy.deepcopy(document)
    args, notes = plain["process"]["args"], plain["annotations"]
    words = json.loads(notes.pop(WORDS))
    mounts = plain["mounts"][-2:]
    del plain["mounts"][-2:]
    good = args[:len(words)] == words and plain["process"].pop("noNewPrivileges") is True
    del args[:len(words)]
    if not notes:
        del plain["annotations"]
    return (plain if good else None), words, mounts


def documents():
    before = config()
    done, called, after = fake.create(before)
    plain, words, mounts = taken_back(after)
    tap.check("the status is the runtime's", done.returncode == 42, done)
    tap.check("its words are the engine's",
              called == ["create", "--bundle", fake.bundle, "box"], called)
    tap.check("the program's words stand behind fxbox's", words == [*FIRST, "--"], after)
    tap.check("all else is as it was", plain == before, after)
    tap.check("fxbox is mounted last, and read-only", mounts[0]["destination"] == "/.fxbox" and
              mounts[0]["source"] == FXBOX and mounts[0]["type"] == "bind" and
              "ro" in mounts[0]["options"], mounts)
    log = os.path.join(fake.logs, "box.jsonl")
    tap.check("the log of the container is one file of the host's",
              mounts[1]["source"] == log and mounts[1]["destination"] == "/.fxbox.log" and
              stat.S_IMODE(os.stat(log).st_mode) == 0o622 and
              stat.S_IMODE(os.stat(fake.logs).st_mode) == 0o700, mounts)
    tap.check("nothing else is left in the bundle",
              sorted(os.listdir(fake.bundle)) == ["config.json", "rootfs"])
    first = json.dumps(after)
    fake.call("create", "--bundle", fake.bundle, "box")
    tap.check("a bundle that is used again is the same", json.dumps(fake.get()) == first)
    fake.set(options=["--spin=7"])
    fake.call("run", "--bundle", fake.bundle, "box")
    tap.check("and follows the settings", fake.get()["process"]["args"] == [
        *FIRST, "--spin=7", "--", *before["process"]["args"]], fake.get())
    fake.set()
    minimal = {"ociVersion": "1.0.2", "root": {"path": "rootfs"},
               "process": {"args": ["x"], "cwd": "/"}, "annotations": None}
    done, called, after = fake.create(minimal)
    tap.check("a document without mounts and annotations gets them", called and
              after["process"]["args"][-1] == "x" and len(after["mounts"]) == 2, (done, after))
    path = os.path.join(fake.bundle, "config.json")
    fake.put(config())
    os.chmod(path, 0o640)
    reader = open(path, encoding="utf-8")
    fake.call("create", "-b", fake.bundle, "box")
    tap.check("the file has its mode, and who reads the old one reads that",
              stat.S_IMODE(os.stat(path).st_mode) == 0o640 and json.load(reader) == config())
    reader.close()


def commands():
    """Where the bundle is found, and what is left alone."""
    state = os.path.join(work, "state")
    for name, words in {
            "--bundle X": ["create", "--bundle", fake.bundle, "box"],
            "--bundle=X": ["create", "--bundle=" + fake.bundle, "box"],
            "-bundle X": ["create", "-bundle", fake.bundle, "box"],
            "-b X": ["run", "-b", fake.bundle, "box"],
            "the id first": ["run", "box", "-b", fake.bundle],
            "other options": ["create", "--console-socket", "create", "--pid-file=p", "--no-pivot",
                              "-b", fake.bundle, "--preserve-fds", "2", "--later", "box"],
            "options before": ["--root", state, "--log", os.path.join(work, "l"), "--log-format=json",
                               "--systemd-cgroup", "create", "-b", fake.bundle, "box"],
            "an option of tomorrow": ["--tomorrow=x", "create", "-b", fake.bundle, "box"],
            "one without a value": ["--tomorrow", "create", "-b", fake.bundle, "box"],
    }.items():
        fake.put(config())
        done, called = fake.call(*words)
        tap.check("rewritten, and the words untouched: " + name,
                  called == words and fake.get()["process"]["args"][:2] == FIRST[:2], (done, called))
    fake.put(config())
    done, called = fake.call("create", "box", cwd=fake.bundle)
    tap.check("rewritten, and the words untouched: the working directory",
              called == ["create", "box"] and fake.get()["process"]["args"][:2] == FIRST[:2], done)
    before = fake.put(config())
    for words in (["state", "create"], ["--root", "run", "state", "box"], ["delete", "--force", "exec"],
                  ["kill", "box", "TERM"], ["tomorrow", "create", "-b", fake.bundle, "box"],
                  ["features"], ["--version"], [], ["create", "-b", fake.bundle], ["exec"]):
        done, called = fake.call(*words)
        with open(os.path.join(fake.bundle, "config.json"), "rb") as now:
            tap.check("left to the runtime: '%s'" % " ".join(words[:4]),
                      called == words and done.returncode in (42, 0) or
                      (called == words and "state" in words), (done, called))
            tap.check("and nothing written", now.read() == before)


def refused(name, done, called, *parts, untouched=True):
    """One line, the status, and no runtime."""
    lines = done.stderr.splitlines()
    tap.check("refused: " + name, done.returncode == 125 and called is None and len(lines) == 1 and
              lines[0].startswith("fxbox-oci: ") and all(part in lines[0] for part in parts) and
              untouched, (done, called))


def ambiguous():
    before = fake.put(config())
    for name, words in {
            "an unknown option that may hide the command":
                ["--tomorrow", "x", "create", "-b", fake.bundle, "box"],
            "an abbreviation": ["create", "--bund", fake.bundle, "box"],
            "a value glued to its letter": ["create", "-b" + fake.bundle, "box"],
            "another document": ["create", "--config", "x", "box"],
            "another document, in short": ["run", "-f", "x", "box"],
            "an abbreviated process": ["exec", "--proc", "x", "box"],
    }.items():
        done, called = fake.call(*words)
        with open(os.path.join(fake.bundle, "config.json"), "rb") as now:
            refused(name, done, called, untouched=now.read() == before)


def execs():
    document = {"args": ["id", "-u"], "cwd": "/", "user": {"uid": 7, "gid": 7}, "env": ["A=b"]}
    path = os.path.join(work, "process.json")

    def written():
        with open(path, "w", encoding="ascii") as out:
            json.dump(document, out)

    words = [*FIRST, "--spin=3", "--"]
    adds = [*FIRST[:4], "--append", FIRST[4], "--spin=3", "--"]
    with open(fake.file("state"), "w", encoding="ascii") as out:
        json.dump({"id": "box", "annotations": {WORDS: json.dumps(words)}}, out)
    done, called = fake.call("--root", "r", "exec", "-e", "X=y", "box", "ls", "-l", "--", "exec")
    tap.check("exec with words: those of the container, whose log is added to", called == [
        "--root", "r", "exec", "-e", "X=y", "box", *adds, "ls", "-l", "--", "exec"], (done, called))
    for way in (["--process", path], ["--process=" + path], ["-p", path]):
        written()
        done, called = fake.call("exec", "--detach", *way, "box")
        tap.check("exec with %s: a copy, which the runtime reads" % way[0][:10],
                  called and called[-1] == "box" and path not in called and
                  fake.process() == {**document, "args": [*adds, *document["args"]],
                                     "noNewPrivileges": True}, (done, called))
        with open(path, encoding="ascii") as now:
            tap.check("and the engine's is as it was", json.load(now) == document)
    written()
    done, called = fake.call("exec", "-p", path, "box", "also", "words")
    tap.check("exec with both: neither is without fxbox", called and
              called[4:] == [*adds, "also", "words"] and
              fake.process()["args"] == [*adds, "id", "-u"], (done, called))
    link = os.path.join(work, "link.json")
    os.symlink(path, link)
    done, called = fake.call("exec", "-p", link, "box")
    refused("a link in place of the process document", done, None, "symbolic link")
    tap.check("of which nothing was started", called is None or "state" in called, called)
    with open(fake.file("state"), "w", encoding="ascii") as out:
        json.dump({"id": "box", "annotations": {}}, out)
    done, called = fake.call("exec", "box", "ls")
    refused("exec in a container of another runtime", done, None, "was not made by fxbox-oci")
    tap.check("and nothing was started", called == ["state", "box"], called)
    os.unlink(fake.file("state"))
    with open(fake.file("state"), "w", encoding="ascii") as out:
        out.write("")
    done, called = fake.call("exec", "box", "ls")
    tap.check("where the runtime says nothing it is asked all the same, with fxbox's words",
              called and called[:3] == ["exec", "box", "/.fxbox"] and called[-2:] == ["--", "ls"],
              (done, called))
    os.unlink(fake.file("state"))


def wishes():
    def args(**notes):
        done, called, after = fake.create(config(annotations={
            "org.example": "x", **{"dev.fxbox." + k.replace("_", "-"): v for k, v in notes.items()}}))
        return after["process"]["args"][:-4] if called else done

    tap.check("log: no", args(log="no") == FIRST[:3], args(log="no"))
    tap.check("confine: yes", args(confine="yes") == [*FIRST[:2], *FIRST[3:]], args(confine="yes"))
    tap.check("shared-futex: host", args(shared_futex="host") == [*FIRST, "--shared-futex=host"])
    tap.check("options, as words and as JSON",
              args(options=" --spin=1  --trace ") == [*FIRST, "--spin=1", "--trace"] ==
              args(options='["--spin=1", "--trace"]'), args(options="--spin=1"))
    tap.check("grants of a confined one", args(confine="yes", options="--rw=/tmp --net")[-2:] ==
              ["--rw=/tmp", "--net"], args(confine="yes", options="--rw=/tmp --net"))
    tap.check("a profile is a file of the container's, and is not read here",
              args(confine="yes", options="--profile=/etc/shadow")[-1] == "--profile=/etc/shadow")
    for name, notes in {
            "an annotation that there is not": {"logs": "yes"},
            "a value that cannot be": {"log": "maybe"},
            "another shared futex": {"shared_futex": "maybe"},
            "no string": {"log": True},
            "no string for options": {"options": ["--trace"]},
            "a word that is no option": {"options": "--trace ls"},
            "an end of options": {"options": "--"},
            "an option that there is not": {"options": "--tomorrow"},
            "an abbreviated one": {"options": "--sp=1"},
            "one of fxbox's own": {"options": "--schedule=/etc/passwd"},
            "a log by options": {"options": "--log=/etc/passwd"},
            "no confinement by options": {"options": "--no-confine"},
            "a value that fxbox run refuses": {"options": "--spin=x"},
            "no value": {"options": "--spin"},
            "isolation without confinement": {"options": "--isolate"},
            "broken JSON": {"options": '["--trace"'},
            "no array of strings": {"options": "[1]"},
            "our own annotation": {"words": json.dumps([*FIRST, "--"])},
    }.items():
        document = config(annotations={"dev.fxbox." + k.replace("_", "-"): v
                                       for k, v in notes.items()})
        done, called, after = fake.create(document)
        refused(name, done, called, untouched=after == document)

    fake.set(annotations=["log"])
    tap.check("what the settings allow", args(log="no") == FIRST[:3])
    document = config(annotations={"dev.fxbox.confine": "no"})
    done, called, after = fake.create(document)
    refused("what they do not", done, called, "dev.fxbox.confine", fake.settings,
            untouched=after == document)
    document = config()
    document["process"]["env"].append("FXBOX_OPTIONS=--spin=4")
    fake.set()
    done, called, after = fake.create(document)
    tap.check("the environment is not heard", called and "--spin=4" not in after["process"]["args"])
    fake.set(environment=True, log=False, confine=True, options=["--spin=9"])
    done, called, after = fake.create(document)
    tap.check("but where the settings allow it, behind their own options",
              after["process"]["args"][:5] == ["/.fxbox", "run", "--spin=9", "--spin=4", "--"],
              (done, after))
    fake.set()


def programs():
    """Of one that cannot be there the runtime's words are said, and nothing else is judged."""
    root = fake.root
    os.makedirs(os.path.join(root, "usr/lib/real"))
    os.symlink("lib/real", os.path.join(root, "usr/bin"))
    os.symlink("/nowhere", os.path.join(root, "usr/lib/real/dangling"))
    os.symlink("/mnt", os.path.join(root, "opt"))

    def create(name, mounts=(), **more):
        document = config(args=[name, "x"], **more)
        document["mounts"] += [{"destination": at, "type": "bind", "source": "/usr", "options": ["bind"]}
                               for at in mounts]
        fake.put(document)
        return fake.call("create", "--bundle", fake.bundle, "box")

    for name, words in {"nosuch": 'exec: "nosuch": executable file not found in $PATH',
                        "/bin/nosuch": 'exec: "/bin/nosuch": stat /bin/nosuch: no such file or directory',
                        "/usr/bin/nosuch": "no such file or directory", "/nowhere/x": "no such file"}.items():
        for mounts in ((), ("/data", "/etc/hosts", "/binary")):
            done, called = create(name, mounts)
            tap.check("not there: %s, with %d mounts more" % (name, len(mounts)), called is None and
                      done.returncode == 1 and words in done.stderr and done.stderr.count("\n") == 1, done)
    for why, name, mounts, more in (
            ("it is there", "sh", (), {}), ("by its path", "/bin/sh", (), {}),
            ("a link, which may lead into a mount", "dangling", (), {}),
            ("something is mounted on it", "/bin/nosuch", ("/bin/nosuch",), {}),
            ("something is mounted above it", "nosuch", ("/bin",), {}),
            ("something is mounted on all", "nosuch", ("/",), {}),
            ("something is mounted where a link leads", "/usr/bin/nosuch", ("/usr/lib/real",), {}),
            ("a mount goes by a link", "/usr/lib/real/nosuch", ("/usr/bin",), {}),
            ("a link leads where nothing is yet", "/opt/nosuch", (), {}),
            ("a mount without a slash", "nosuch", ("bin",), {}),
            ("a name with ..", "/data/../nosuch", (), {}), ("a relative name", "./nosuch", (), {}),
            ("a hook may bring it", "nosuch", (), {"hooks": {"prestart": [{"path": "/bin/true"}]}})):
        done, called = create(name, mounts, **more)
        tap.check("may be there: " + why, called and done.returncode == 42, done)
    for path in ("", ":/bin", "relative", None):
        document = config(args=["nosuch"])
        document["process"]["env"] = ["PATH=" + path] if path is not None else []
        fake.put(document)
        done, called = fake.call("create", "--bundle", fake.bundle, "box")
        tap.check("may be there: PATH is %r" % path, called and done.returncode == 42, done)


def settings():
    fake.put(config())
    for name, more, part in (("an unknown member", {"tomorrow": 1}, '"tomorrow"'),
                             ("a wrong version", {"fxbox_oci": 2}, '"fxbox_oci"'),
                             ("a wrong type", {"log": "yes"}, '"log"'),
                             ("a relative path", {"fxbox": "fxbox"}, '"fxbox"'),
                             ("an unknown annotation", {"annotations": ["x"]}, '"annotations"'),
                             ("an option that is not had", {"options": ["--no-confine"]}, "--no-confine"),
                             ("a runtime that is not there", {"runtime": "/nowhere"}, "/nowhere"),
                             ("a runtime that is fxbox-oci", {"runtime": OCI}, "itself"),
                             ("an fxbox that is not there", {"fxbox": "/nowhere"}, "/nowhere"),
                             ("an fxbox that is no program", {"fxbox": "/etc/passwd"}, "/etc/passwd")):
        fake.set(**more)
        done, called = fake.call("create", "-b", fake.bundle, "box")
        refused("settings with " + name, done, called, part, untouched=fake.get() == config())
    with open(fake.settings, "w", encoding="ascii") as out:
        out.write('{"log": true}')
    refused("settings without a version", *fake.call("state", "box"), "fxbox_oci")
    os.unlink(fake.settings)
    refused("settings that are not there", *fake.call("state", "box"), fake.settings)
    done, called = fake.call("--runtime", fake.runtime, "state", "box", settings=False)
    tap.check("--runtime says which", called == ["state", "box"], (done, called))
    fake.set()


def engine_log():
    """Where engines look for the reason."""
    log = os.path.join(work, "engine.log")
    fake.put(config(mounts=3))
    done, called = fake.call("--log", log, "--log-format", "json", "create", "-b", fake.bundle, "box")
    with open(log, encoding="ascii") as text:
        record = json.loads(text.read())
    tap.check("the reason is in the engine's log, as JSON", called is None and
              record["level"] == "error" and record["msg"] == done.stderr.strip(), record)
    os.unlink(log)
    done, _ = fake.call("--log=" + log, "create", "-b", fake.bundle, "box")
    with open(log, encoding="ascii") as text:
        tap.check("and as text", done.stderr.strip() in text.read())


try:
    documents()
    commands()
    ambiguous()
    execs()
    wishes()
    programs()
    settings()
    engine_log()
finally:
    shutil.rmtree(work, ignore_errors=True)
tap.finish()
