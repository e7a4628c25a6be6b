#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The conformance suite of the futex manager on every platform, as one table.

    conformance.py WORK_DIRECTORY NAME=PROGRAM...

NAME=-PACKAGE: there is no such program, for want of a compiler's package. Prints TAP, each test by its
platform and name, and writes WORK_DIRECTORY/table.txt: what each platform passed, and each test on each.

FXBOX_PLATFORMS=long: 10^6 hand-overs, 10,000 rounds of the stress, 200 seeds. Two platforms at a time.
"""
import collections
import concurrent.futures
import fcntl
import os
import re
import shutil
import subprocess
import sys
import time

LONG = os.environ.get('FXBOX_PLATFORMS') == 'long'
AMOUNTS = ['handovers=1000000', 'stress=10000', 'seed=1'] if LONG else ['stress=300', 'seed=1']
SEEDS = 200 if LONG else 20
TIMEOUT = 800 if LONG else 120
TAP_LINE = re.compile(r'^(not ok|ok) \d+ - (.*?)(?: # SKIP (.*))?$')
TAP_PLAN = re.compile(r'^1\.\.(\d+)$', re.M)
FIGURE = re.compile(r'^# (ns a .*|waiters released): (\d+)$', re.M)
# Where the marks of the table stand for a test.
PASSED, FAILED, SKIPPED, ABSENT = '.', 'X', 's', ' '
WINE = {'WINEDEBUG': '-all', 'WINEDLLOVERRIDES': 'mscoree,mshtml='}

Row = collections.namedtuple('Row', 'title program runner cores', defaults=[0])
ROWS = [
    Row('Linux', 'linux', 'native'),
    Row('POSIX', 'posix', 'native'),
    Row('POSIX i386', 'i386', 'native'),
    Row('POSIX s390x', 's390x', 'qemu-s390x'),
    Row('TEE stub', 'tee', 'native'),
    Row('Win32', 'win32', 'wine'),
    Row('Win32, 1 core', 'win32', 'wine', 1),
    Row('aarch64 x 1', 'bare-aarch64', 'qemu-system-aarch64', 1),
    Row('aarch64 x 2', 'bare-aarch64', 'qemu-system-aarch64', 2),
    Row('aarch64 x 4', 'bare-aarch64', 'qemu-system-aarch64', 4),
    Row('x86-64 x 1', 'bare-x86_64', 'qemu-system-x86_64', 1),
    Row('x86-64 x 2', 'bare-x86_64', 'qemu-system-x86_64', 2),
    Row('x86-64 x 4', 'bare-x86_64', 'qemu-system-x86_64', 4),
    Row('simulator', 'simulated', 'seeds'),
]
PACKAGES = {'qemu-s390x': 'qemu-user', 'wine': 'wine64', 'qemu-system-aarch64': 'qemu-system-arm',
            'qemu-system-x86_64': 'qemu-system-x86'}
# The status that means 0: isa-debug-exit makes 2 * 16 + 1 of the 16 that the board writes.
SUCCESS = {'qemu-system-x86_64': 33}


class Result:
    """Of a row: a mark and, of a skip or failure, a reason by name; the figures it told; seconds."""

    def __init__(self, row):
        self.row = row
        self.tests = {}
        self.figures = []
        self.seconds = 0.0

    def count(self, mark):
        return sum(m == mark for m, _ in self.tests.values())


def find_wine():
    return next(filter(None, map(shutil.which, ['wine64', '/usr/lib/wine/wine64', 'wine'])), None)


def find_runner(name):
    return {'native': '', 'seeds': '', 'wine': find_wine()}.get(name, shutil.which(name))


def machine(row, emulator, program):
    """The command that boots it, without its own words."""
    common = ['-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', str(row.cores), '-m', '64', '-nodefaults',
              '-no-user-config', '-display', 'none', '-serial', 'stdio', '-no-reboot', '-kernel', program]
    if row.runner == 'qemu-system-aarch64':
        return [emulator, '-M', 'virt', '-semihosting', *common]
    return [emulator, '-M', 'q35', '-device', 'isa-debug-exit,iobase=0xf4,iosize=4', *common]


def command(row, runner, program):
    if row.runner.startswith('qemu-system'):
        return [*machine(row, runner, program), '-append', ' '.join(AMOUNTS)]
    return ([runner] if runner else []) + [program, *AMOUNTS]


def execute(row, words, env):
    """Status (None: it took too long) and output. Standard input is a pipe, which nobody can break."""
    one = row.cores == 1 and row.runner == 'wine'
    with subprocess.Popen((['taskset', '-c', str(min(os.sched_getaffinity(0)))] if one else []) + words,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=dict(os.environ, **env)) as process:
        try:
            out, _ = process.communicate(timeout=TIMEOUT)
            status = process.returncode
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            status = None
    return status, out.decode(errors='replace').replace('\r', '')


def take(result, status, out):
    """Enters what one run of the suite said into the row's result."""
    seen = 0
    last = 'nothing'
    for line in out.splitlines():
        found = TAP_LINE.match(line)
        if not found:
            continue
        word, name, skip = found.groups()
        seen, last = seen + 1, name
        mark = FAILED if word != 'ok' else SKIPPED if skip else PASSED
        if result.tests.get(name, (PASSED,))[0] != FAILED:
            result.tests[name] = (mark, skip or (out[-1500:] if mark == FAILED else ''))
    plan = TAP_PLAN.search(out)
    if status != SUCCESS.get(result.row.runner, 0) or not plan or int(plan[1]) != seen:
        how = 'took more than %d s' % TIMEOUT if status is None else 'status %s' % status
        why = '%s, the last that was told: %s\n%s' % (how, last, out[-1500:])
        result.tests['runs to its end'] = (FAILED, why)
    else:
        result.tests.setdefault('runs to its end', (PASSED, ''))
    result.figures = FIGURE.findall(out)


def run(row, program, runner, prefix):
    result = Result(row)
    begin = time.monotonic()
    if row.runner == 'seeds':
        for seed in range(1, SEEDS + 1):
            status, out = execute(row, [program, 'seed=%d' % seed], {})
            take(result, status, 'seed %d\n%s' % (seed, out))
    else:
        status, out = execute(row, command(row, runner, program), dict(WINE, WINEPREFIX=prefix))
        take(result, status, out)
    result.seconds = time.monotonic() - begin
    return result


def make_prefix(wine, prefix):
    """What wine keeps of a Windows, made once by whoever comes first."""
    os.makedirs(prefix, exist_ok=True)
    with open(os.path.join(prefix, 'made'), 'a', encoding='utf-8') as made:
        fcntl.flock(made, fcntl.LOCK_EX)
        if made.tell():
            return
        subprocess.run([wine, 'wineboot', '--init'], env=dict(os.environ, WINEPREFIX=prefix, **WINE),
                       timeout=TIMEOUT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False)
        made.write('yes\n')


def lack(row, programs):
    """Why a row cannot be run, or ''."""
    program = programs[row.program]
    if program.startswith('-'):
        return 'no compiler for it (Debian: %s)' % program[1:]
    if find_runner(row.runner) is None:
        return 'there is no %s (Debian: %s)' % (row.runner, PACKAGES[row.runner])
    return ''


def run_all(rows, programs, prefix):
    """In the order of ROWS; those of wine one after the other, for they share a server."""
    wine = [row for row in rows if row.runner == 'wine']
    groups = ([wine] if wine else []) + [[row] for row in reversed(rows) if row.runner != 'wine']

    def run_group(group):
        if group is wine:
            make_prefix(find_wine(), prefix)
        return [run(row, programs[row.program], find_runner(row.runner), prefix) for row in group]

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = [result for group in pool.map(run_group, groups) for result in group]
    return sorted(results, key=lambda result: ROWS.index(result.row))


def summary(results, lacking):
    yield '%-14s %6s %7s %6s %6s  %s' % ('', 'passed', 'skipped', 'failed', 's', 'as it told')
    for r in results:
        told = ', '.join('%s %s' % (value, name) for name, value in r.figures)
        counts = r.count(PASSED), r.count(SKIPPED), r.count(FAILED)
        yield '%-14s %6d %7d %6d %6.1f  %s' % (r.row.title, *counts, r.seconds, told)
    for row, why in lacking:
        yield '%-14s skipped: %s' % (row.title, why)


def table(results):
    """Each test on each platform."""
    names = list(dict.fromkeys(name for r in results for name in r.tests))
    yield ''
    yield 'passed: %s   skipped: %s   failed: %s' % (PASSED, SKIPPED, FAILED)
    for i, r in enumerate(results):
        yield '  ' + '| ' * i + r.row.title
    for name in names:
        yield '  ' + ' '.join(r.tests.get(name, (ABSENT,))[0] for r in results) + '  ' + name


def print_tap(results, lacking):
    number = 0
    for r in results:
        for name, (mark, why) in r.tests.items():
            number += 1
            print('%s %d - %s: %s%s' % ('not ok' if mark == FAILED else 'ok', number, r.row.title, name,
                                        ' # SKIP ' + why if mark == SKIPPED else ''))
            if mark == FAILED:
                print(''.join('# %s\n' % line for line in why.splitlines()), end='')
    for row, why in lacking:
        number += 1
        print('ok %d - %s: all # SKIP %s' % (number, row.title, why))
    print('1..%d' % number)


def main(work, *words):
    programs = dict(word.split('=', 1) for word in words)
    prefix = os.path.join(os.path.abspath(work), 'wine')
    lacking = [(row, lack(row, programs)) for row in ROWS if lack(row, programs)]
    results = run_all([row for row in ROWS if not lack(row, programs)], programs, prefix)
    print_tap(results, lacking)
    with open(os.path.join(work, 'table.txt'), 'w', encoding='utf-8') as out:
        lines = list(summary(results, lacking))
        for line in lines + list(table(results)):
            print(line, file=out)
    for line in lines:
        print('# ' + line)
    return any(r.count(FAILED) for r in results)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
