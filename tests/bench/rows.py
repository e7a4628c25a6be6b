# SPDX-License-Identifier: MIT
"""What is measured: each row a few commands that do the same work, and the goals it has.

Every value is a time, or a size: less is better. In a command, {n} is how often it does its work, {prefix}
the place of what the side puts before it, if that is not the beginning.
"""
import os
import re
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


@dataclass
class Run:
    side: str       # whose prefix the command gets
    command: list
    n: int
    read: object    # (output, seconds, n) -> value
    name: str = ''  # how it is called in the row, if not as the side

    def __post_init__(self):
        self.name = self.name or self.side


@dataclass
class Goal:
    """`side` is at most `ratio` times `against`, or at most `more` above it. A side "fxbox" is the best
    mode there is."""
    side: str
    against: str
    ratio: float = None
    more: float = None


@dataclass
class Row:
    name: str
    title: str
    unit: str
    runs: list
    base: str = 'native'
    goals: list = field(default_factory=list)
    rounds: int = 99  # at most so many


# How a value is read.

def number(output, _seconds, _n):
    return float(output.split()[-1])


def wall(_output, seconds, _n):
    return seconds * 1e3


def found(pattern, scale=1.0):
    return lambda output, _s, _n: float(re.findall(pattern, output)[-1]) * scale


def rate(pattern, scale):
    """The time that one takes, of so many a second: the mean if there are several."""
    def read(output, _seconds, _n):
        values = [float(v) for v in re.findall(pattern, output)]
        return scale * sum(1 / v for v in values) / len(values)
    return read


NATIVE_AND_MODES = ('native', 'trap', 'patch')
# With what a call to the host costs at least.
AND_FILTER = ('native', 'filter alone', 'trap', 'patch')
OTHER_WAY = ('patch, other way',)
PEERS = ('gVisor', 'qemu-user')
# A call costs these so much more that they get a part of the work.
SLOWER = {'gVisor': 20, 'strace': 20, 'perf trace': 2}


def on(sides, command, n, read=number):
    return [Run(side, command, max(n // SLOWER.get(side, 1), 1), read) for side in sides]


def calls(sides, what, n, before=()):
    return on(sides, [*before, '{prefix}', '{build}/calls', what, '{n}'], n)


def bare(n):
    return Run('native', ['{build}/calls', 'bare-trap', '{n}'], n, number, 'bare SIGSYS')


PINNED = ('taskset', '-c', '0')


def at_most(ratio, side='fxbox', against='native'):
    return Goal(side, against, ratio=ratio)


def call_rows():
    both = AND_FILTER + OTHER_WAY + PEERS
    n = 100000  # so many that the traps before a site is patched do not count
    yield Row('noop', 'a call that the shim answers itself (sigprocmask, query)', 'ns',
              [bare(n)] + calls(both, 'mask', n), goals=[at_most(1.15, 'trap', 'bare SIGSYS')])
    yield Row('getppid', 'a call that goes to the host (getppid)', 'ns',
              [bare(n)] + calls(both, 'getppid', n),
              goals=[at_most(1.15, 'patch', 'filter alone')])
    yield Row('read', 'the same of glibc\'s read(2), one byte of /dev/zero', 'ns',
              calls(both, 'read', n), goals=[at_most(1.15, 'patch', 'filter alone')])
    yield Row('wake', 'futex wake, nobody waits', 'ns',
              [bare(n)] + calls(both, 'wake', n),
              goals=[at_most(0.1, 'patch'), at_most(0.01, 'patch', 'gVisor')])
    yield Row('wait', 'futex wait, other value', 'ns',
              [bare(n)] + calls(both, 'wait', n),
              goals=[at_most(0.125, 'patch'), at_most(0.01, 'patch', 'gVisor')])


def futex_rows():
    both = AND_FILTER + OTHER_WAY + PEERS
    to_gvisor = at_most(0.1, 'fxbox', 'gVisor')
    yield Row('ping-pong', 'ping-pong of two threads, wherever the host runs them', 'ns',
              calls(both, 'ping-pong', 10000),
              goals=[at_most(0.25), to_gvisor])
    yield Row('ping-pong-apart', 'ping-pong of two threads, each on a CPU of its own', 'ns',
              [Run('native', ['{build}/calls', 'spin', '{n}'], 5000, number, 'no call at all')] +
              calls(both, 'apart', 5000),
              goals=[at_most(0.25), to_gvisor])
    yield Row('ping-pong-one-cpu', 'ping-pong of two threads, both on one CPU', 'ns',
              calls(both, 'ping-pong', 10000, PINNED),
              goals=[at_most(1.2, 'patch')])
    for n in 2, 10, 100, 1000:
        yield Row(f'broadcast-{n}', f'a wake of {n} threads, until all wait again', 'µs',
                  thousandth(calls(both if n in (10, 100) else AND_FILTER, f'broadcast-{n}', 20000 // n)),
                  goals=[at_most(1.1, 'patch')] if n in (10, 100) else [])
    for n in 10, 100:
        yield Row(f'requeue-{n}', f'a requeue of {n} waiters', 'ns',
                  calls(NATIVE_AND_MODES, f'requeue-{n}', 10000))
    for n in 10, 1000, 100000:
        yield Row(f'words-{n}', f'wakes of {n} words in turn, nobody waits', 'ns',
                  calls(NATIVE_AND_MODES, f'words-{n}', 20000 + n))
    for n in 10, 1000, 10000:
        yield Row(f'waiters-{n}', f'wake of one of {n} waiting threads', 'ns',
                  on(NATIVE_AND_MODES + OTHER_WAY, ['{build}/scale', '{size[%d]}' % n, '{n}'], 300),
                  goals=[at_most(1.2, 'patch')] if n == 10 else [], rounds=5)
    yield Row('manager-words', 'wake and wait in the manager alone, so many words waited on', 'ns',
              [Run('native', ['{build}/scale_manager', str(words), '{n}'], 200000, number, str(words))
               for words in (10, 100, 1000, 10000, 100000)], base='10')
    yield Row('threads', 'thread create and join', 'µs',
              thousandth(calls(both, 'threads', 1000)),
              goals=[at_most(1.25, 'patch')])


def thousandth(runs):
    for run in runs:
        run.read = lambda *args: number(*args) / 1e3
    return runs


def trace_rows():
    """Both sides of a log: fxbox's own, and those who look on from outside."""
    runs = calls(('native', 'trap', 'trap traced', 'trap logged'), 'ping-pong', 5000)
    # So many that what the first lines cost does not count.
    runs += calls(('patch', 'patch traced', 'patch logged'), 'ping-pong', 100000)
    runs += calls(('strace', 'perf trace'), 'ping-pong', 5000)
    yield Row('trace', 'the ping-pong, each futex call written to a file', 'ns', runs,
              goals=[Goal(f'{mode} {what}', mode, ratio=2)
                     for mode in ('trap', 'patch') for what in ('traced', 'logged')])
    runs = calls(('patch', 'patch traced', 'patch logged', 'patch profiled'), 'ping-pong', 20000)
    yield Row('profile', 'the same ping-pong, long waits written with their stacks', 'ns', runs, base='patch traced',
              goals=[Goal('patch profiled', 'patch traced', ratio=2)])
    yield Row('line', 'a line of 80 bytes written to a file by the program', 'ns',
              calls(AND_FILTER, 'write-80', 20000))
    yield Row('gather', 'one of 200 bytes, copied and written with others by the program', 'ns',
              calls(('native',), 'gather-200', 200000))


def known_benchmark_rows():
    perf = ['perf', 'bench', 'futex']
    ops = rate(r'Averaged (\d+) operations/sec', 1e9)
    yield Row('perf-hash', 'perf bench futex hash', 'ns',
              on(AND_FILTER, perf + ['hash', '-s', '-t', '2', '-r', '1'], 1, ops),
              goals=[at_most(0.5)])
    for what, pattern in (('wake', r'threads in ([\d.]+) ms \('),
                          ('wake-parallel', r'threads\) in ([\d.]+) ms \('),
                          ('requeue', r'threads in ([\d.]+) ms \(')):
        yield Row(f'perf-{what}', f'perf bench futex {what}', 'µs',
                  on(AND_FILTER, perf + [what, '-s', '-t', '32'], 1, found(pattern, 1e3)),
                  goals=[at_most(1.05, 'patch')])
    yield Row('perf-lock-pi', 'perf bench futex lock-pi', 'µs',
              on(AND_FILTER, perf + ['lock-pi', '-s', '-t', '2', '-r', '1'], 1,
                 rate(r'Averaged (\d+) operations/sec', 1e6)))
    yield Row('sysbench-mutex', 'sysbench mutex', 'ms',
              on(AND_FILTER, ['sysbench', 'mutex', '--threads=2', '--mutex-num=64',
                                    '--mutex-locks={n}', 'run'], 20000,
                 found(r'total time: +([\d.]+)s', 1e3)), goals=[at_most(1.05)])
    yield Row('sysbench-threads', 'sysbench threads', 'µs',
              on(AND_FILTER, ['sysbench', 'threads', '--threads=2', '--time=1', 'run'], 1,
                 rate(r'total number of events: +(\d+)', 1e6)),
              goals=[at_most(1.05, 'patch', 'filter alone')])
    # Its processes share the word.
    yield Row('stress-ng', 'stress-ng --futex, --shared-futex=host', 'µs',
              on(('native', 'trap shared', 'patch shared'),
                 ['stress-ng', '--futex', '1', '--futex-ops', '{n}', '--metrics-brief'], 10000,
                 rate(r'\] futex +\d+ +[\d.]+ +[\d.]+ +[\d.]+ +([\d.]+)', 1e6)))


def program_rows():
    as_native = [at_most(1.05)]
    yield Row('xz', 'xz -T2', 'ms',
              on(AND_FILTER, ['xz', '-T2', '-1', '-k', '-c', '{data}'], 1, wall),
              goals=as_native)
    yield Row('zstd', 'zstd -T2', 'ms',
              on(AND_FILTER, ['zstd', '-T2', '-9', '-q', '-c', '{data}'], 1, wall),
              goals=as_native)
    yield Row('python', 'python3, four threads and two queues', 'ms',
              on(AND_FILTER, ['/usr/bin/python3', f'{HERE}/threads.py', '{n}'], 60000, wall),
              goals=as_native)
    yield Row('redis', 'redis-benchmark, a SET or GET', 'µs',
              on(AND_FILTER, ['bash', f'{HERE}/redis.sh', '{n}', '{prefix}'], 20000,
                 rate(r'"[SG]ET","([\d.]+)"', 1e6)), goals=as_native)
    yield Row('make', 'make -j2 of a C project', 'ms',
              on(AND_FILTER, ['make', '-s', '-B', '-j2', '-f', f'{HERE}/project.mk',
                                    f'ROOT={ROOT}', 'FILES={n}'], 100, wall),
              goals=[at_most(1.5)], rounds=5)


def start_rows():
    # Behind the filter it is two starts, of `filtered` and of `true`.
    def starts(sides):
        return [Run(side, ['{build}/spawn', '{n}', '{prefix}', '/bin/true'],
                    {'gVisor': 1}.get(side, 20), lambda *args: number(*args) / 1e6) for side in sides]

    yield Row('start', 'start and end of `true`', 'ms',
              starts(('native', 'filter alone', 'trap', 'trap confined', 'patch', 'patch confined',
                      'bubblewrap', 'bubblewrap, network') + PEERS),
              goals=[Goal('fxbox', 'filter alone', more=1),
                     Goal('fxbox confined', 'filter alone', more=2.5),
                     Goal('fxbox confined', 'native', more=2),
                     at_most(0.5, 'fxbox confined', 'bubblewrap')])
    yield Row('start-only', 'start and end of `true` with --only', 'ms',
              starts(('native', 'trap only', 'patch only', 'bubblewrap, only')),
              goals=[Goal('fxbox only', 'native', more=2),
                     at_most(0.5, 'fxbox only', 'bubblewrap, only')])


def memory_rows():
    yield Row('memory-process', 'resident memory of a process (Rss)', 'KiB',
              on(NATIVE_AND_MODES, ['{build}/memory', '0'], 1),
              goals=[Goal('fxbox', 'native', more=2048)], rounds=3)
    yield Row('memory-thread', 'memory that a sleeping thread has written (Private_Dirty)', 'KiB',
              on(NATIVE_AND_MODES, ['{build}/memory', '64'], 1),
              goals=[Goal('fxbox', 'native', more=24)], rounds=3)


ROWS = [row for rows in (call_rows, futex_rows, trace_rows, known_benchmark_rows, program_rows,
                         start_rows, memory_rows) for row in rows()]
