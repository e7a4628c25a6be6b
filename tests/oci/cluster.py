#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""One seccomp profile of several logs: what only some used is told, and what Docker's default has.

usage: cluster.py FXBOX_OCI FXBOX
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import engine
from tap import Tap

FXBOX = os.path.abspath(sys.argv[2])
EVERYWHERE = {"execve", "exit_group", "futex", "openat", "setresuid"}

tap = Tap()
work = tempfile.mkdtemp(prefix="fxbox-oci.")


def run(*words):
    return subprocess.run([FXBOX, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60)


def log(name, *program):
    path = os.path.join(work, name)
    done = run("run", "--no-confine", "--quiet", "--log=" + path, "--", *program)
    assert done.returncode == 0, done
    return path


def profile(*words):
    done = run("audit", "profile", *words)
    return json.loads(done.stdout) if done.returncode == 0 else done, done.stderr


def allowed(rules):
    """comment -> names."""
    return {rule.get("comment"): set(rule["names"]) for rule in rules}


def shares(logs):
    one, _ = profile("--format=oci", logs[0])
    tap.check("of one log there is one rule", list(allowed(one["syscalls"])) == [None], one)
    three, said = profile("--format=oci", *logs)
    rules = allowed(three["syscalls"])
    tap.check("of three, one for each number of them", len(rules) == len(three["syscalls"]) and
              rules.keys() <= {None, "used in 1 of 3 logs", "used in 2 of 3 logs"} and not said, (three, said))
    tap.check("what all used, and what each profile has, is not marked",
              EVERYWHERE <= rules[None] and "mmap" in rules[None], rules)
    tap.check("what one used is", {"mkdir", "symlink"} <= rules["used in 1 of 3 logs"], rules)
    tap.check("what two used is", "umask" in rules.get("used in 2 of 3 logs", ()), rules)
    names = [name for group in rules.values() for name in group]
    tap.check("each is in one rule", len(names) == len(set(names)), names)
    singles = [profile("--format=oci", path)[0] for path in logs]
    tap.check("together they are what each log's own has", set(names) == {
        name for single in singles for name in allowed(single["syscalls"])[None]})
    merged = os.path.join(work, "merged")
    with open(merged, "w", encoding="ascii") as out:
        out.write(run("audit", "merge", *logs).stdout)
    again, _ = profile("--format=oci", merged)
    tap.check("of a merged log it is the same, without marks",
              allowed(again["syscalls"]) == {None: set(names)}, again)
    return set(names), rules


def kubernetes(logs, names, rules):
    document, _ = profile("--format=kubernetes", *logs)
    tap.check("a SeccompProfile", document["kind"] == "SeccompProfile" and
              document["apiVersion"].startswith("security-profiles-operator.x-k8s.io/") and
              document["spec"]["defaultAction"] == "SCMP_ACT_ERRNO", document)
    members = {key for rule in document["spec"]["syscalls"] for key in rule}
    tap.check("its rules have what that kind has", members == {"names", "action"} and
              {n for rule in document["spec"]["syscalls"] for n in rule["names"]} == names, document)
    notes = document["metadata"]["annotations"]
    tap.check("what some used is in annotations", {
        key: set(json.loads(value)) for key, value in notes.items()} == {
            "dev.fxbox." + comment.replace(" ", "-"): group
            for comment, group in rules.items() if comment}, notes)
    tap.check("whose names Kubernetes takes",
              all(re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?", key) for key in notes), notes)


def base(logs, names):
    _, said = profile("--format=oci", "--base=docker-default", *logs)
    lines = [line.partition(":") for line in said.splitlines()]
    adds, partly, takes = (set(line[2].split()) for line in lines)
    tap.check("what it adds to Docker's, and what it takes away, by name and number",
              lines[0][0] == "beside docker-default it adds %d" % len(adds) and
              lines[2][0] == "it takes away %d" % len(takes), said)
    tap.check("what it adds it has, what it takes away it has not",
              adds <= names and not takes & names and partly <= names, said)
    tap.check("unshare and clone3 are not in Docker's", {"unshare", "clone3"} & names <= adds and
              "unshare" in names and not {"unshare", "mount", "bpf", "keyctl"} & takes, said)
    tap.check("ptrace, chroot and socket are", {"ptrace", "chroot", "socket"} <= takes | names - adds and
              not {"ptrace", "chroot", "socket"} & adds, said)
    docker = engine.seccomp()
    if docker:
        # The one that is made here of Podman's older list: all of it is in Docker's, so nothing is added to it.
        held = {n for rule in docker["syscalls"] if rule["action"] == "SCMP_ACT_ALLOW" for n in rule["names"]}
        tap.check("what Podman's has also is no addition", not adds & held - {"get_mempolicy", "mbind",
                                                                            "set_mempolicy", "keyctl"}, adds & held)
    else:
        tap.skip("what Podman's has also is no addition", "golang-github-containers-common is not installed")
    for words in (["--format=oci", "--base=other"], ["--format=systemd", "--base=docker-default"],
                  ["--format=other"]):
        done = run("audit", "profile", *words, *logs)
        tap.check("refused: " + " ".join(words), done.returncode == 125 and not done.stdout and
                  done.stderr.count("\n") == 1, done)


try:
    there = os.path.join(work, "there")
    python = shutil.which("python3")
    paths = [log("a", python, "-c", "import os; os.umask(0); os.mkdir(%r)" % there),
             log("b", python, "-c", "import os; os.umask(0); os.symlink('x', %r)" % (there + "l")),
             log("c", python, "-c", "import ctypes; ctypes.CDLL(None).unshare(0)")]
    used, of_rules = shares(paths)
    kubernetes(paths, used, of_rules)
    base(paths, used)
finally:
    shutil.rmtree(work, ignore_errors=True)
tap.finish()
