#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The core dump of a guest that crashed is the guest's: gdb shows its threads.

    core.py FXBOX CRASH_THREADS

Prints TAP. Skipped without gdb, or where the kernel hands cores to a program.
"""
import glob
import os
import resource
import shutil
import subprocess
import sys
import tempfile

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


def gdb(program, core, before=()):
    args = ['gdb', '-nx', '-q', '-batch', '-iex', 'set debuginfod enabled off']
    for command in [*before, *COMMANDS]:
        args += ['-ex', command]
    return subprocess.run(args + [program, core], stdout=subprocess.PIPE, timeout=TIMEOUT,
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


def main(fxbox, program):
    tap = Tap()
    with open('/proc/sys/kernel/core_pattern', encoding='ascii') as file:
        pattern = file.read().strip()
    if not shutil.which('gdb'):
        tap.skip('core dumps', 'gdb is not installed')
    elif not pattern.startswith('core'):
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
                    look(tap, what, gdb(program, core, ['add-symbol-file ' + fxbox]), -status,
                         address, where)
    tap.finish()


if __name__ == '__main__':
    main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
