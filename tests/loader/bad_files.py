#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What cannot be run: one line on stderr, status 126 or 127, nothing else.

usage: bad_files.py FXBOX

The unit tests know every kind of bad file; here a real program is spoiled, and
the real fxbox has to refuse it.
"""
import os
import shutil
import struct
import subprocess
import sys
import tempfile

from tap import Tap

FXBOX = sys.argv[1]
GOOD = os.path.realpath("/bin/true")
PT_LOAD, PT_INTERP = 1, 3


class Program:
    """The bytes of a real PIE and where its program headers are."""

    def __init__(self):
        with open(GOOD, "rb") as f:
            self.bytes = bytearray(f.read())
        self.phoff, = struct.unpack_from("<Q", self.bytes, 32)
        self.phnum, = struct.unpack_from("<H", self.bytes, 56)

    def headers(self, kind):
        for i in range(self.phnum):
            at = self.phoff + 56 * i
            if struct.unpack_from("<I", self.bytes, at)[0] == kind:
                yield at

    def set(self, fmt, at, value):
        struct.pack_into("<" + fmt, self.bytes, at, value)
        return self

    def set_phdr(self, kind, index, field, value):
        """field: offset, vaddr, filesz, memsz"""
        at = list(self.headers(kind))[index]
        place = {"offset": 8, "vaddr": 16, "filesz": 32, "memsz": 40}[field]
        return self.set("Q", at + place, value)

    def set_interp(self, path):
        at = next(self.headers(PT_INTERP))
        offset, = struct.unpack_from("<Q", self.bytes, at + 8)
        size, = struct.unpack_from("<Q", self.bytes, at + 32)
        self.bytes[offset:offset + size] = path.encode().ljust(size, b"\0")
        return self

    def cut(self, size):
        del self.bytes[size:]
        return self


CASES = [
    ("empty file", 126, "is empty", lambda: b""),
    ("text", 126, "is not an ELF program", lambda: b"hello\n"),
    ("script line without interpreter", 126, "names no interpreter", lambda: b"#! \n"),
    ("script with a missing interpreter", 127, "its interpreter /no/such: does not exist",
     lambda: b"#!/no/such -x\n"),
    ("truncated ELF header", 126, "truncated within its ELF header",
     lambda: Program().cut(40)),
    ("truncated program headers", 126, "truncated within its program headers",
     lambda: Program().cut(100)),
    ("truncated segment", 126, "beyond the end of the file",
     lambda: Program().cut(len(Program().bytes) // 4)),
    ("32-bit", 126, "32-bit program", lambda: Program().set("B", 4, 1).set("H", 18, 3)),
    ("x32", 126, "x32", lambda: Program().set("B", 4, 1).set("H", 54, 0)),
    ("AArch64", 126, "AArch64", lambda: Program().set("H", 18, 183)),
    ("object file", 126, "object file", lambda: Program().set("H", 16, 1)),
    ("wrapping segment", 126, "wraps",
     lambda: Program().set_phdr(PT_LOAD, 3, "memsz", 2**64 - 0x1000)),
    ("kernel address", 126, "beyond the user address space",
     lambda: Program().set_phdr(PT_LOAD, 3, "vaddr", 0xffffffff80000000 +
                                 struct.unpack_from("<Q", Program().bytes,
                                                    list(Program().headers(PT_LOAD))[3] + 16)[0]
                                 % 4096)),
    ("larger than the address space", 126, "address space",
     lambda: Program().set_phdr(PT_LOAD, 3, "memsz", 0x7fffff000000)),
    ("missing interpreter", 127, "its interpreter /lib64/no-such-ld.so: does not exist",
     lambda: Program().set_interp("/lib64/no-such-ld.so")),
    ("directory as interpreter", 126, "its interpreter /tmp: is a directory",
     lambda: Program().set_interp("/tmp")),
    ("text as interpreter", 126, "its interpreter /etc/passwd: has no permission",
     lambda: Program().set_interp("/etc/passwd")),
]


def refused(tap, name, command, status, text):
    result = subprocess.run([FXBOX, "run", "--no-confine"] + command, stdin=subprocess.DEVNULL,
                            capture_output=True, timeout=60)
    stderr = result.stderr.decode()
    tap.check(name, result.returncode == status and text in stderr and result.stdout == b"" and
              stderr.startswith("fxbox: ") and stderr.count("\n") == 1,
              "status %d, stderr: %s" % (result.returncode, stderr))


def main():
    tap = Tap()
    folder = tempfile.mkdtemp(prefix="fxbox-bad-")
    path = os.path.join(folder, "bad")
    try:
        for name, status, text, make in CASES:
            made = make()
            with open(path, "wb") as f:
                f.write(made.bytes if isinstance(made, Program) else made)
            os.chmod(path, 0o755)
            refused(tap, name, [path], status, text)
        refused(tap, "missing program", [path + "-not"], 127, "does not exist")
        refused(tap, "missing in PATH", ["no-such-program"], 127, "not found in PATH")
        refused(tap, "a directory", [folder], 126, "is a directory")
        os.chmod(path, 0o644)
        refused(tap, "no x bit", [path], 126, "no permission to be executed")
        refused(tap, "fxbox's own range", [FXBOX], 126, "where fxbox itself lives")
    finally:
        shutil.rmtree(folder)
    tap.finish()


main()
