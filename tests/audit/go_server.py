#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A Go server with many requests, confined: it serves, and what fxbox says of it is what a person
wants to know, and nothing else.

usage: go_server.py FXBOX GUESTS SOURCE
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import bounded  # noqa: E402
from logs import FXBOX, SOURCE, audit, audit_json, records, run
from tap import Tap

REQUESTS, NOTES = 60, 3

tap = Tap()
work = tempfile.mkdtemp(prefix="fxbox-go.")
note, log = os.path.join(work, "note"), os.path.join(work, "log")


def build():
    program = os.path.join(work, "server")
    made = run(["go", "build", "-o", program, os.path.join(SOURCE, "tests/audit/server.go")],
               env={**os.environ, "GOCACHE": os.environ.get("GOCACHE", work + "/cache"), "GOFLAGS": "-mod=mod",
                    "CGO_ENABLED": "0", "GO111MODULE": "off", "HOME": work}, timeout=500)
    tap.check("the server is built", made.returncode == 0, made)
    return program


def get(port, path):
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open("http://127.0.0.1:%d%s" % (port, path), timeout=60) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def serve(command):
    """Its answers to all requests, and what it said."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        with bounded.within(60, "the port of the server"):
            port = int(process.stdout.readline())
        with ThreadPoolExecutor(8) as clients:
            hellos = list(clients.map(lambda i: get(port, "/hello?name=%d" % i), range(REQUESTS)))
        notes = [get(port, "/note") for _ in range(NOTES)]
        get(port, "/quit")
        out, err = bounded.finish(process, 120)
    return hellos, notes, out, err, process.returncode


def terminal(err):
    lines = err.splitlines()
    patterns = [r"fxbox: 1 kind of system call that the program made is not supported:",
                r"fxbox: +1x unsupported: io_uring_setup at server\+0x[0-9a-f]+",
                r'fxbox: +3x denied: openat "%s" for writing \(allow with --rw %s\)' %
                (re.escape(note), re.escape(work))]
    tap.check("on the terminal: what was missing and what was denied, how often, and no more",
              len(lines) == len(patterns) and
              all(re.fullmatch(p, line) for p, line in zip(patterns, lines)), err)


def summary():
    s = audit_json("summary", "--json", log)
    denied, = s["denied"]
    missing, = s["unsupported"]
    tap.check("summary: the file that was denied, how often, what allows it",
              denied["path"] == note and denied["calls"] == NOTES and
              denied["advice"] == "allow with --rw " + work and
              "syscall.Syscall6+" in denied["symbol"] and
              re.search(r"asm_linux_amd64\.s:\d+$", denied["line"]), denied)
    tap.check("summary: the call that is missing, and what that means",
              missing["name"] == "io_uring_setup" and missing["calls"] == 1 and
              "epoll" in missing["effect"] and
              "syscall.Syscall6+" in missing["symbol"], missing)
    used = {e.get("what", e["name"]): e["calls"] for e in s["used"]}
    tap.check("summary: what it used", s["uncounted"] == 0 and s["unended"] == 0 and
              used["accept4"] > REQUESTS / 8 and "epoll_create1" in used and
              used["setsockopt SOL_TCP TCP_NODELAY"] > 0, used)
    text = audit("summary", log).stdout.decode()
    head, _, rest = text.partition("\n\n")
    tap.check("summary as text: program, missing, denied, and no more",
              head.startswith("Programs: %s/server\n1 process, " % work) and
              [p.splitlines()[0] for p in rest.strip().split("\n\n")] ==
              ["Not supported:", "Denied:"] and len(text.splitlines()) == 14, text)


def page():
    made = run([FXBOX, "report", log])
    tap.check("the page has it as well", made.returncode == 0 and
              note.encode() in made.stdout and b"io_uring_setup" in made.stdout, made.stderr)


try:
    if not shutil.which("go"):
        tap.skip("a Go server", "go is not installed")
    else:
        server = build()
        native = serve([server, note])
        os.unlink(note)
        boxed = serve([FXBOX, "run", "--net", "--log=" + log, "--", server, note])
        tap.check("it serves as natively", boxed[0] == native[0] and
                  boxed[0][7] == (200, "hello, 7\n") and boxed[2:3] + boxed[4:] == ("", 0), boxed)
        tap.check("it could not write", boxed[1] == [(500, "not noted\n")] * NOTES and
                  not os.path.exists(note), boxed[1])
        terminal(boxed[3])
        tap.check("the log has no more than the terminal tells", sorted(
            r["name"] for r in records(log) if r["type"] in ("unsupported", "denied", "refused")
        ) == ["io_uring_setup", "openat"])
        summary()
        page()
finally:
    shutil.rmtree(work, ignore_errors=True)
tap.finish()
