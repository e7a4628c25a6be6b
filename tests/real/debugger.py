#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What gdb shows of a guest: attached to one that runs, and of the core dump of one that crashed.
It is told what the manual page says to type.

    debugger.py FXBOX CRASH_THREADS ABBA

Prints TAP. Skipped without gdb; the one where gdb may not attach to any program, the other where
the kernel hands cores to a program.
"""
import contextlib
import glob
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'loader'))
from tap import Tap  # noqa: E402

TIMEOUT = 120
COMMANDS = ['info threads', 'thread apply all backtrace', 'print $_siginfo.si_signo',
            'print (long)$_siginfo._sifields._sigfault.si_addr']


def unlimited():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def core_of(command, directory):
    """(status, path of the core or None)"""
    for old in glob.glob(os.path.join(directory, 'core*')):
        os.unlink(old)
    status = subprocess.run(command, cwd=directory, preexec_fn=unlimited, timeout=TIMEOUT,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            check=False).returncode
    cores = glob.glob(os.path.join(directory, 'core*'))
    return status, cores[0] if cores else None


def gdb(of, commands):
    args = ['gdb', '-nx', '-q', '-batch', '-iex', 'set debuginfod enabled off']
    for command in commands:
        args += ['-ex', command]
    return subprocess.run(args + of, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=TIMEOUT,
                          stderr=subprocess.STDOUT, text=True, check=False).stdout


def look(tap, what, text, signal, address, crashed_in):
    """What a person would look for."""
    for function in [crashed_in, 'main', 'spins', 'waits', 'sleeps']:
        tap.check('%s: %s is in a backtrace' % (what, function), ' %s (' % function in text, text)
    tap.check('%s: four threads' % what, text.count('\nThread ') == 4, text)
    tap.check('%s: the current one is the guest\'s, not fxbox\'s' % what,
              'fx_' not in text.split('#0  ')[1].split('\n')[0], text)
    tap.check('%s: the signal' % what, '$1 = %d\n' % signal in text, text)
    if address is not None:
        tap.check('%s: the address' % what, '$2 = %d\n' % address in text, text)


def asleep(pid, threads):
    """So many threads, and each of them waits in the kernel."""
    states = []
    for path in glob.glob('/proc/%d/task/*/stat' % pid):
        with open(path, encoding='ascii', errors='replace') as file:
            states.append(file.read().rpartition(')')[2].split()[0])
    return states == ['S'] * threads


@contextlib.contextmanager
def running(command):
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def may_not_attach():
    """To a program that is no guest either."""
    with running(['sleep', '1000']) as process:
        return 'ptrace: ' in gdb(['-p', str(process.pid)], [])


def attached(tap, fxbox, program):
    """Two threads that hang, and main, which waits for them."""
    with running([fxbox, 'run', '--no-confine', program]) as process:
        end = time.monotonic() + TIMEOUT
        while not asleep(process.pid, 3) and time.monotonic() < end:
            time.sleep(0.01)
        text = gdb(['-iex', 'set exec-file-mismatch off', '-p', str(process.pid), program],
                   ['add-symbol-file ' + fxbox, 'thread apply all backtrace'])
        goes_on = process.poll() is None
        process.terminate()
        status = process.wait(TIMEOUT)
    if 'ptrace: ' in text and may_not_attach():
        tap.skip('attached', 'gdb may not attach to a program here')
        return
    for function in ['main', 'left', 'right']:
        tap.check('attached: %s is in a backtrace' % function, ' %s (' % function in text, text)
    tap.check('attached: the C library is, too', 'start_thread (' in text, text)
    tap.check('attached: the program goes on, and ends as always',
              goes_on and status == -signal.SIGTERM, (goes_on, status))


def crashed(tap, fxbox, program):
    with open('/proc/sys/kernel/core_pattern', encoding='ascii') as file:
        pattern = file.read().strip()
    if not pattern.startswith('core'):
        tap.skip('core dumps', 'kernel.core_pattern is ' + pattern)
    else:
        with tempfile.TemporaryDirectory() as directory:
            run = [fxbox, 'run', '--no-confine', program]
            for what, args, status, address, where in [
                    ('a fault', [], -11, 16, 'crashes'),
                    ('abort', ['6'], -6, None, 'main'),
                    ('a fault signal that was sent', ['11'], -11, None, 'main')]:
                got, core = core_of(run + args, directory)
                tap.check(what + ': the status', got == status, got)
                tap.check(what + ': a core', core is not None)
                if core:
                    text = gdb([program, core], ['add-symbol-file ' + fxbox, *COMMANDS])
                    look(tap, what, text, -status, address, where)


def main(fxbox, crash_threads, abba):
    tap = Tap()
    if shutil.which('gdb'):
        attached(tap, fxbox, abba)
        crashed(tap, fxbox, crash_threads)
    else:
        tap.skip('debugger', 'gdb is not installed')
    tap.finish()


if __name__ == '__main__':
    main(*map(os.path.abspath, sys.argv[1:4]))
