# SPDX-License-Identifier: MIT
"""The sides of the benchmarks: fxbox in each of its modes, native, and the peers.

A side is a prefix to a command. `why_not` is what keeps it from running here, or None.
"""
import os
import shutil
import subprocess
from dataclasses import dataclass, field


ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@dataclass
class Side:
    name: str
    prefix: list = field(default_factory=list)
    peer: bool = False
    why_not: str = None


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else 'it says nothing'


def failure(command, **how):
    """Why this command does not work here, or None."""
    try:
        # No device: as root, gVisor gives what it has as standard input or output to nobody.
        done = subprocess.run(command, input='', capture_output=True, text=True, timeout=60, **how)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if done.returncode == 0 else last_line(done.stderr)


def peer(name, prefix, why_not=None):
    """A peer that is there and starts `true`; or its reason not to."""
    if why_not is None and not shutil.which(prefix[0]):
        why_not = f'{prefix[0]} is not installed'
    if why_not is None and (reason := failure(prefix + ['/bin/true'])):
        why_not = f'does not work here: {reason}'
    return Side(name, prefix, True, why_not)


def fxbox_modes(fxbox):
    """Names and options of the ways to intercept that this fxbox knows."""
    text = subprocess.run([fxbox, 'run', '--help'], check=True, stdout=subprocess.PIPE,
                          text=True).stdout
    if '--intercept' not in text:
        return {'trap': [], 'patch': None}
    return {mode: [f'--intercept={mode}'] for mode in ('trap', 'patch')}


def as_installed(build):
    """A copy: what a linker has just written lies in the page cache page by page, and each start is
    0.15 ms longer for it; what was copied, or read from the disk, in larger pieces."""
    return shutil.copy(f'{build}/fxbox', f'{build}/tests/bench/fxbox')


def fxbox_sides(fxbox, work):
    for mode, options in fxbox_modes(fxbox).items():
        why_not = None if options is not None else 'this fxbox has no --intercept'
        run = [fxbox, 'run'] + (options or [])
        for what, more in (
                ('', ['--no-confine']),
                (' confined', []),
                (' only', ['--only', ROOT]),
                (' shared', ['--no-confine', '--shared-futex=host']),
                # The trace goes to standard error, which the benchmarks write to a file.
                (' traced', ['--no-confine', '--trace=futex']),
                (' logged', ['--no-confine', '--trace=futex', f'--log={work}/log']),
                (' profiled', ['--no-confine', '--profile=locks', f'--log={work}/log'])):
            yield Side(mode + what, run + more, why_not=why_not)


def other_way(build):
    """With the way to find a thread that is another host's, docs/adr/0043."""
    fxbox = f'{build}/fxbox-other-way'
    why_not = None if os.path.exists(fxbox) else 'this build has none'
    return Side('patch, other way', [fxbox, 'run', '--intercept=patch', '--no-confine'], why_not=why_not)


# What fxbox grants without options: all can be read, nothing be written. fxbox refuses sockets, which
# takes bubblewrap a network namespace, so it is measured without one as well.
BWRAP = ['bwrap', '--ro-bind', '/', '/', '--dev', '/dev', '--tmpfs', '/dev/shm', '--unshare-ipc',
         '--cap-drop', 'ALL'] + ([] if os.geteuid() == 0 else ['--unshare-user'])


# What --only shows, as far as it is there on this host.
SHOWN = ['/usr', '/etc/ld.so.cache', '/etc/nsswitch.conf', '/etc/locale.alias', '/etc/alternatives', '/proc',
         '/sys/devices/system/cpu', ROOT]
TO_USR = ['bin', 'sbin', 'lib', 'lib32', 'lib64']
BWRAP_ONLY = ['bwrap', *(word for path in SHOWN if os.path.exists(path) for word in ('--ro-bind', path, path)),
              *(word for name in TO_USR if os.path.islink('/' + name)
                for word in ('--symlink', 'usr/' + name, '/' + name)),
              *BWRAP[BWRAP.index('--dev'):]]


def all_sides(build, work, with_peers=True):
    why_not = None if with_peers else 'left out by --no-peers'
    sides = [Side('native'), Side('filter alone', [f'{build}/tests/bench/filtered']),
             *fxbox_sides(as_installed(build), work), other_way(build)]
    sides += [
        # The platform that needs neither a newer release than Debian's nor a virtual machine.
        peer('gVisor', ['runsc', '--platform=ptrace', '--network=none', '--ignore-cgroups', 'do'],
             why_not),
        peer('qemu-user', ['qemu-x86_64'], why_not),
        peer('bubblewrap', BWRAP + ['--unshare-net'], why_not),
        peer('bubblewrap, network', BWRAP, why_not),
        peer('bubblewrap, only', BWRAP_ONLY, why_not),
        peer('strace', ['strace', '-f', '-e', 'trace=futex', '-o', f'{work}/strace'], why_not),
        peer('perf trace', ['perf', 'trace', '-e', 'futex', '-o', f'{work}/perf-trace'], why_not),
    ]
    return {side.name: side for side in sides}
