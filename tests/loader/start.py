#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How a program finds the world when it starts: the same natively and under fxbox.

usage: start.py FXBOX
"""
import errno
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile

from tap import Tap

FXBOX = [sys.argv[1], "run", "--no-confine", "--"]

# Addresses differ from run to run, and only they.
ADDRESSES = re.compile(rb"^(AT_(?:SYSINFO_EHDR|PHDR|BASE|ENTRY|RANDOM):\s+)0x[0-9a-f]+$", re.M)

# First lines of scripts. Linux decides what becomes of them.
LINES = [
    b"#!/bin/echo\n", b"#! /bin/echo\n", b"#!\t/bin/echo \t \n", b"#!/bin/echo -e a\\tb  c  \n",
    b"#!/bin/echo", b"#!/bin/echo x", b"#!/bin/echo x ", b"#!/bin/echo x\t", b"#!\n", b"#! \n",
    b"#!", b"#!  ", b"#!/bin/echo\0 x\n", b"#!/bin/echo x\0y\n", b"#!/bin/echo\r\n",
    b"#!/no/such\n", b"#!echo\n", b"#!/\n", b"#!/etc/passwd\n", b"# !/bin/echo\n",
    b"#!/bin/echo " + b"a" * 300 + b"\n", b"#!/bin/echo " + b"a" * 240 + b"   b" + b"\n",
    b"#!/" + b"./" * 122 + b"bin/echo\n", b"#!/" + b"./" * 121 + b"bin/echo\n",
    b"#!/" + b"./" * 121 + b"bin/echo x\n", b"#!/" + b"./" * 120 + b"bin/echo xyz\n",
    b"#!/" + b"./" * 200 + b"bin/echo\n", b"#!" + b" " * 243 + b"/bin/echo\n",
    b"#!" + b" " * 244 + b"/bin/echo\n", b"#!" + b" " * 245 + b"/bin/echo\n",
    b"#!" + b" " * 246 + b"/bin/echo\n", b"#!" + b" " * 300 + b"/bin/echo\n",
]


def run(command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                          **options)


def same(tap, name, command, mask=lambda text: text, **options):
    native = run(command, **options)
    boxed = run(FXBOX + command, **options)
    tap.check(name, mask(native.stdout) == mask(boxed.stdout) and
              native.returncode == boxed.returncode,
              "native %d %r\nfxbox  %d %r\n%s" %
              (native.returncode, native.stdout[-500:], boxed.returncode, boxed.stdout[-500:],
               boxed.stderr.decode()))


def native_end(path):
    """(exit status as env(1) has it, output) of a file run by execve alone."""
    try:
        result = run([path, "1", "2"])
        return result.returncode, result.stdout
    except OSError as e:
        return 127 if e.errno == errno.ENOENT else 126, b""


def scripts(tap, folder):
    path = os.path.join(folder, "script")
    for line in LINES:
        with open(path, "wb") as f:
            f.write(line)
        os.chmod(path, 0o755)
        boxed = run(FXBOX + [path, "1", "2"])
        native = native_end(path)
        tap.check("script %r" % (line if len(line) < 40 else line[:20] + b"... %d" % len(line)),
                  native == (boxed.returncode, boxed.stdout),
                  "native %r\nfxbox  %r\n%s" % (native, (boxed.returncode, boxed.stdout),
                                                boxed.stderr.decode()))


def nested_scripts(tap, folder):
    last = "/bin/echo"
    for depth in range(1, 8):
        path = os.path.join(folder, "s%d" % depth)
        with open(path, "w") as f:
            f.write("#!%s a%d\n" % (last, depth))
        os.chmod(path, 0o755)
        last = path
        boxed = run(FXBOX + [path, "1", "2"])
        native = native_end(path)
        tap.check("%d nested scripts" % depth, native == (boxed.returncode, boxed.stdout),
                  "native %r\nfxbox  %r" % (native, (boxed.returncode, boxed.stdout)))


def descriptor_limits(tap):
    def limit(count):
        return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))

    for count in (64, 100, 1023, 1024):
        result = run(FXBOX + ["/bin/echo", "hi"], preexec_fn=limit(count))
        tap.check("%d descriptors are enough" % count, result.stdout == b"hi\n", result.stderr)
    def raised():
        limit(32)()
        limit(64)()

    try:
        run(["true"], preexec_fn=raised)
    except subprocess.SubprocessError:
        result = run(FXBOX + ["/bin/echo", "hi"], preexec_fn=limit(32))
        tap.check("32 descriptors are refused", result.returncode == 125 and
                  result.stderr.count(b"\n") == 1 and b"too few" in result.stderr, result.stderr)
    else:
        tap.skip("32 descriptors are refused", "who may raise a hard limit (CAP_SYS_RESOURCE) has as many as fxbox wants")


def inherited_descriptor(tap):
    """fxbox wants 1008 and on; what the user passes down there stays."""
    def open_there():
        os.dup2(os.open("/etc/hostname", os.O_RDONLY), 1008, inheritable=True)

    result = run(FXBOX + ["/bin/readlink", "/proc/self/fd/1008"], preexec_fn=open_there,
                 close_fds=False)
    tap.check("an inherited descriptor 1008 stays", result.stdout == b"/etc/hostname\n",
              result.stderr)


def usage(tap):
    for words, text in (
            ([], b"Usage:"), (["nonsense"], b"no such command"), (["run"], b"no program"),
            (["run", "--nonsense", "true"], b"--nonsense"),
            (["run", "--log=/no/such/file", "true"], b"/no/such/file")):
        result = run([sys.argv[1]] + words)
        tap.check("bad usage: %s" % " ".join(words), result.returncode == 125 and
                  result.stdout == b"" and text in result.stderr, result.stderr)
    for words in (["--help"], ["run", "--help"], ["syscalls", "--help"], ["--version"]):
        result = run([sys.argv[1]] + words)
        lines = result.stdout.decode().splitlines()
        tap.check("one screen: %s" % " ".join(words), result.returncode == 0 and
                  0 < len(lines) <= 40 and max(map(len, lines)) <= 80, result.stdout)


def main():
    tap = Tap()
    folder = tempfile.mkdtemp(prefix="fxbox-start-")
    env = {"PATH": os.environ["PATH"], "EMPTY": "", "A": "b c"}
    try:
        same(tap, "arguments", ["/bin/echo", "a", "", "b c", "\n", "--"])
        same(tap, "environment", ["/usr/bin/env"], env=env)
        same(tap, "no environment", ["/usr/bin/env"], env={})
        same(tap, "PATH look-up", ["echo", "found"])
        same(tap, "command line, environment, name in /proc",
             ["/bin/cat", "/proc/self/cmdline", "/proc/self/environ", "/proc/self/comm"], env=env)
        same(tap, "executable in /proc", ["/bin/readlink", "/proc/self/exe"])
        same(tap, "auxiliary vector", ["/bin/true"],
             mask=lambda text: ADDRESSES.sub(rb"\1ADDRESS", text),
             env=dict(env, LD_SHOW_AUXV="1"))
        same(tap, "a large argument list", ["/bin/echo"] + ["x" * 100000] * 15)
        same(tap, "exit status", ["/bin/sh", "-c", "exit 42"])
        same(tap, "death by signal", ["/bin/sh", "-c", "kill -TERM $$"])
        same(tap, "closed standard input", ["/bin/sh", "-c", "test -e /proc/self/fd/0; echo $?"],
             preexec_fn=lambda: os.close(0))
        same(tap, "the loader run by hand", ["/lib64/ld-linux-x86-64.so.2", "/bin/echo", "x"])
        scripts(tap, folder)
        nested_scripts(tap, folder)
        descriptor_limits(tap)
        inherited_descriptor(tap)
        usage(tap)
    finally:
        shutil.rmtree(folder)
    tap.finish()


main()
