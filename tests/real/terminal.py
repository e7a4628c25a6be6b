#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs on a terminal, natively and under fxbox: what is typed has the same effect.

    terminal.py FXBOX

A conversation is typed lines (or keys) and what must appear after each. Nothing is
typed before the answer to the line before has come. The terminal may echo a key after what
the key did. Prints TAP.
"""
import os
import pty
import re
import select
import shutil
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'loader'))
from tap import Tap  # noqa: E402

TIMEOUT = 30
CTRL_C, CTRL_Z, CTRL_D, CTRL_BACKSLASH = '\x03', '\x1a', '\x04', '\x1c'


class Differs(Exception):
    pass


def asleep(pid, started):
    try:
        with open('/proc/%d/stat' % pid, encoding='ascii', errors='replace') as file:
            name, rest = file.read().split('(', 1)[1].rsplit(')', 1)
    except OSError:
        return False
    # Not the shell's child that is about to execute it.
    return rest.split()[0] == 'S' and (name in ('sleep', 'cat') or not started)


class Terminal:
    """A program as the leader of a session of its own, on a terminal of its own."""

    def __init__(self, command, directory):
        self.text = ''
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            os.environ.update(TERM='dumb', PS1='$ ', LC_ALL='C', HISTFILE='/dev/null')
            try:
                os.execvp(command[0], command)
            finally:
                os._exit(127)

    def read(self, deadline):
        ready, _, _ = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            raise Differs('no answer but %r' % self.text)
        try:
            more = os.read(self.fd, 65536)
        except OSError:  # EIO: nobody has the terminal open any more
            more = b''
        self.text += more.decode(errors='replace')
        return bool(more)

    def expect(self, pattern):
        deadline = time.monotonic() + TIMEOUT
        while True:
            found = re.search(pattern, self.text)
            if found:
                self.text = self.text[found.end():]
                return
            if not self.read(deadline):
                raise Differs('ended without %r; so far %r' % (pattern, self.text))

    def wait_asleep(self, started):
        """Until the program sleeps that has the terminal: one that was started, or the leader itself."""
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            group = os.tcgetpgrp(self.fd)
            if group and (group != self.pid) == started and asleep(group, started):
                return
            os.sched_yield()
        raise Differs('nobody sleeps at the terminal')

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def end(self):
        deadline = time.monotonic() + TIMEOUT
        while self.read(deadline):
            pass
        return self.wait()

    def wait(self):
        handle = os.pidfd_open(self.pid)
        ended, _, _ = select.select([handle], [], [], TIMEOUT)
        os.close(handle)
        if not ended:
            raise Differs('does not end')
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return status

    def hang_up(self):
        os.close(self.fd)
        self.fd = -1
        return self.wait()

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


# Instead of a pattern. Until what was started sleeps; until the shell sleeps, for a key that comes
# between its prompt and its pselect(2) may be seen late, natively too; the terminal is closed.
FOREGROUND, ASLEEP, HANGUP = object(), object(), object()
PYTHON = '/usr/bin/python3'

# Name, programs needed, command, [(keys, pattern that must follow)], wait status.
CONVERSATIONS = [
    ('bash: Ctrl-C, Ctrl-Z, fg, bg, jobs, Ctrl-backslash', 'bash sleep cat',
     ['bash', '--norc', '--noprofile', '-i'], [
         (None, r'\$ $'),
         ('tty | sed "s/[0-9]*$//"; stty -a | grep -o isig\n', r'/dev/pts/\r\nisig\r\n\$ $'),
         ('sleep 1000\n', FOREGROUND),
         (CTRL_C, r'\n\$ '),
         ('echo status $?\n', r'status 130\r\n\$ $'),
         ('sleep 1000\n', FOREGROUND),
         (CTRL_Z, r'Stopped +sleep 1000\r\n\$ '),
         ('echo status $?\n', r'status 148\r\n\$ $'),
         ('jobs\n', r'\[1\]\+ +Stopped +sleep 1000\r\n\$ $'),
         ('bg\n', r'sleep 1000 &\r\n\$ $'),
         ('jobs\n', r'\[1\]\+ +Running +sleep 1000 &\r\n\$ $'),
         ('cat\n', FOREGROUND),
         ('a line\n', r'a line\r\na line\r\n'),
         (CTRL_Z, r'\[2\]\+ +Stopped +cat\r\n\$ '),
         ('fg %1\n', r'sleep 1000\r\n'),
         (None, FOREGROUND),
         (CTRL_C, r'\n\$ '),
         ('fg\n', r'cat\r\n'),
         (None, FOREGROUND),
         ('again\n', r'again\r\nagain\r\n'),
         (CTRL_D, r'\$ $'),
         ('sleep 1000\n', FOREGROUND),
         (CTRL_BACKSLASH, r'Quit.*\r\n\$ '),
         ('trap "echo trapped" INT\n', r'\$ $'),
         (None, ASLEEP),
         (CTRL_C, r'\^C'),
         ('\n', r'trapped\r\n(.|\n)*\$ $'),
         ('set +m; (trap "" INT; sleep 0; echo through) ; set -m\n', r'through\r\n\$ $'),
         ('cat &\n', r'\[1\] \d+\r\n(.|\n)*\$ $'),
         ('until jobs -s | grep -q cat; do :; done; jobs\n', r'Stopped(\(SIGTTIN\)|\s\(tty input\))? +cat\r\n\$ $'),
         ('kill -9 %1; while jobs -s | grep -q cat; do :; done; wait $!; echo ended $?\n', r'ended 137\r\n'),
         ('exit 5\n', None)], 5 << 8),
    ('bash: the terminal goes away', 'bash sleep', ['bash', '--norc', '--noprofile', '-i'], [
        (None, r'\$ $'),
        ('sleep 1000\n', FOREGROUND),
        (None, HANGUP)], signal.SIGHUP),
    ('dash: Ctrl-C, Ctrl-Z', 'dash sleep', ['dash', '-i'], [
         (None, r'\$ $'),
         ('sleep 1000\n', FOREGROUND),
         (CTRL_Z, r'Stopped +sleep 1000\r\n\$ '),
         ('fg\n', r'sleep 1000\r\n'),
         (None, FOREGROUND),
         (CTRL_C, r'\n\$ '),
         (CTRL_D, None)], 130 << 8),
    ('python3 at a terminal: Ctrl-C, window size, input', PYTHON, [PYTHON, '-q', '-i', '-E', '-s'], [
         (None, r'>>> $'),
         ('import signal, os, sys, time, fcntl, termios, struct\n', r'>>> $'),
         ('print("waiting"); [time.sleep(0.01) for _ in range(100000)]\n', r'\nwaiting\r\n'),
         (CTRL_C, r'KeyboardInterrupt\r\n>>> '),
         ('signal.signal(signal.SIGWINCH, lambda *a: print("resized", os.get_terminal_size()))\n', r'>>> $'),
         ('fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 11, 22, 0, 0))\n',
          r'resized os.terminal_size\(columns=22, lines=11\)\r\n'),
         ('input("say: ")\n', r'\nsay: $'),
         ('this\n', r"'this'\r\n>>> $"),
         (CTRL_D, None)], 0),
]


def talk(command, lines, directory):
    terminal = Terminal(command, directory)
    number = 0
    try:
        for number, (keys, pattern) in enumerate(lines, 1):
            if keys is not None:
                terminal.type(keys)
            if pattern in (FOREGROUND, ASLEEP):
                terminal.wait_asleep(pattern is FOREGROUND)
            elif pattern is HANGUP:
                return terminal.hang_up()
            elif pattern is not None:
                terminal.expect(pattern)
        return terminal.end()
    except Differs as difference:
        raise Differs('line %d: %s' % (number, difference)) from None
    finally:
        terminal.close()


def main(fxbox):
    tap = Tap()
    with tempfile.TemporaryDirectory() as directory:
        for name, programs, command, lines, status in CONVERSATIONS:
            absent = [p for p in programs.split() if not shutil.which(p)]
            if absent:
                tap.skip(name, 'not installed: ' + ' '.join(absent))
                continue
            log = os.path.join(directory, 'log')
            boxed = [fxbox, 'run', '--no-confine', '--log=' + log]
            for where, prefix in (('natively', []), ('under fxbox', boxed)):
                try:
                    got = talk(prefix + command, lines, directory)
                    good, why = got == status, 'wait status %#x' % got
                except Differs as difference:
                    good, why = False, difference
                tap.check('%s (%s)' % (name, where), good, why)
            with open(log, encoding='ascii') as file:
                tap.check(name + ': nothing unsupported', '"unsupported"' not in file.read())
    tap.finish()


if __name__ == '__main__':
    main(os.path.abspath(sys.argv[1]))
