#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures fxbox against the kernel and its peers.

    bench.py BUILD [NAME...] [--list] [--json FILE] [--write-docs] ...

A row is a piece of work that several sides do. They take turns, a round at a time, so that what
else the machine does hits all of them; each figure is the median of a side, each ratio the median of
the rounds' ratios. Goals are shown met or not met. It fails if fxbox cannot do its work, and at no figure.
"""
import argparse
import fnmatch
import json
import os
import random
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import host  # noqa: E402
import report  # noqa: E402
from rows import ROOT, ROWS  # noqa: E402
from sides import all_sides, last_line  # noqa: E402

QUICK = 200
TIMEOUT, TIMEOUT_QUICK = 600, 100
# Where fxbox has no part in it: perf bench futex wake-parallel was seen to wait for ever there.
WITHOUT_FXBOX = ('native', 'filter alone')


class Failed(Exception):
    pass


def make_data(path, size):
    """Words that compress as text does, the same each time."""
    rng = random.Random(1)
    words = [bytes(rng.choices(b'etaoinshrdlu', k=rng.randint(2, 9))) for _ in range(5000)]
    with open(path, 'wb') as f:
        while f.tell() < size:
            f.write(b' '.join(rng.choices(words, k=10000)))


class Size:
    """{size[N]} in a command: so many threads or the like, fewer with --quick."""
    def __init__(self, divisor):
        self.divisor = divisor

    def __getitem__(self, n):
        return max(int(n) // self.divisor, 10)


def shown(run, n, size):
    """The command without its side and without where things lie, for people."""
    words = [w.format(build='tests/bench', data='DATA', n=n, size=size) for w in run.command
             if w != '{prefix}']
    return shlex.join(words).replace(HERE, 'tests/bench').replace(ROOT, '.')


def shown_prefix(prefix, build, work):
    """What a side puts before the command, likewise."""
    words = shlex.join(prefix).replace(f'{build}/tests/bench/fxbox', 'build/fxbox')
    return words.replace(build, 'build').replace(work, 'WORK').replace(ROOT, '.')


class Bench:
    def __init__(self, args, work):
        self.build = os.path.abspath(args.build)
        self.work = work
        self.args = args
        self.divisor = QUICK if args.quick else 1
        self.size = Size(self.divisor)
        self.rounds = args.rounds or (1 if args.quick else 9)
        self.timeout = TIMEOUT_QUICK if args.quick else TIMEOUT
        self.sides = all_sides(self.build, work, not args.no_peers)
        self.data = os.path.join(work, 'data')
        make_data(self.data, (1 if args.quick else 8) << 20)

    def count(self, run):
        return max(run.n // self.divisor, 1)

    def command(self, run):
        prefix = self.sides[run.side].prefix
        words = run.command if '{prefix}' in run.command else ['{prefix}', *run.command]
        out = []
        for word in words:
            if word == '{prefix}':
                out += prefix
            else:
                out.append(word.format(build=f'{self.build}/tests/bench', data=self.data,
                                       n=self.count(run), size=self.size))
        return out

    def why_not(self, run):
        side = self.sides[run.side]
        program = next(w for w in run.command if w != '{prefix}')
        if side.why_not or '{' in program or shutil.which(program):
            return side.why_not
        return f'{program} is not installed'

    def once(self, run):
        command, n = self.command(run), self.count(run)
        with open(os.path.join(self.work, 'stderr'), 'w+', encoding='utf-8',
                  errors='replace') as err:
            start = time.perf_counter()
            try:
                done = subprocess.run(command, input=b'', stdout=subprocess.PIPE, stderr=err,
                                      cwd=os.path.join(self.work, 'here'), timeout=self.timeout)
            except (OSError, subprocess.TimeoutExpired) as error:
                raise Failed(str(error)) from error
            seconds = time.perf_counter() - start
            err.seek(0)
            said = err.read()
        out = done.stdout.decode(errors='replace')
        if done.returncode:
            raise Failed(f'status {done.returncode}: {last_line(said)}')
        try:
            # stress-ng has its figures in what it says on standard error.
            return run.read(out + said if 'stress-ng' in run.command else out, seconds, n)
        except (IndexError, ValueError, ZeroDivisionError) as error:
            raise Failed(f'no figure in its output: {last_line(out + said)}') from error

    def measure(self, row):
        results = [{'side': run.name, 'command': shown(run, self.count(run), self.size),
                    'values': [],
                    'skipped': self.why_not(run)} for run in row.runs]
        rounds = min(self.rounds, row.rounds)
        for i in range(rounds):
            turn = list(zip(row.runs, results))
            # There and back, so that nobody always comes after the same one.
            for run, result in reversed(turn) if i % 2 else turn:
                if result['skipped'] or 'failed' in result:
                    continue
                try:
                    result['values'].append(self.once(run))
                except Failed as error:
                    ended = not isinstance(error.__cause__, subprocess.TimeoutExpired)
                    alien = self.sides[run.side].peer or (run.side in WITHOUT_FXBOX and not ended)
                    word = 'skipped' if alien else 'failed'
                    result[word] = str(error)
        return summarize(row, results)


def summarize(row, results):
    for result in results:
        if not result['skipped']:
            del result['skipped']
    done = {r['side']: r for r in results if 'skipped' not in r and 'failed' not in r}
    for result in done.values():
        result['median'] = statistics.median(result['values'])
    base = done.get(row.base)
    for name, result in done.items():
        if base is None or name == row.base:
            continue
        each = sorted(a / b for a, b in zip(result['values'], base['values']))
        result['ratio'] = statistics.median(each)
        # The middle half of the rounds.
        result['ratio_low'], result['ratio_high'] = each[len(each) // 4], each[-1 - len(each) // 4]
    return {'name': row.name, 'title': row.title, 'unit': row.unit, 'base': row.base,
            'results': results, 'goals': [judge(goal, done) for goal in row.goals]}


def judge(goal, done):
    side = goal.side
    if side.startswith('fxbox'):
        modes = [mode + side[len('fxbox'):] for mode in ('patch', 'trap')]
        side = next((mode for mode in modes if mode in done), modes[-1])
    out = {'side': side, 'against': goal.against, 'value': None, 'met': None,
           'ratio': goal.ratio, 'more': goal.more}
    if side in done and goal.against in done:
        out['value'] = statistics.median(
            ours - other if goal.ratio is None else ours / other
            for ours, other in zip(done[side]['values'], done[goal.against]['values']))
        out['met'] = out['value'] <= (goal.more if goal.ratio is None else goal.ratio)
    return out


def chosen(names):
    """The rows of these names or patterns, in the order of the table."""
    for name in names:
        if not any(fnmatch.fnmatch(row.name, name) for row in ROWS):
            sys.exit(f'bench: {name}: no such row (--list shows them)')
    return [row for row in ROWS
            if not names or any(fnmatch.fnmatch(row.name, name) for name in names)]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('build', help='the build directory')
    parser.add_argument('names', nargs='*', metavar='NAME', help='rows, or patterns: wake, words-*')
    parser.add_argument('--list', action='store_true', help='show the rows and their commands')
    parser.add_argument('--rounds', type=int, help='turns of each side (9)')
    parser.add_argument('--quick', action='store_true',
                        help='one round with a two-hundredth of the work: does it run?')
    parser.add_argument('--no-peers', action='store_true', help='only native and fxbox')
    parser.add_argument('--json', metavar='FILE', help='write what was measured')
    parser.add_argument('--from', dest='given', metavar='FILE',
                        help='measure nothing, take what --json wrote')
    parser.add_argument('--write-docs', action='store_true',
                        help='put table and plot into docs/performance.md')
    return parser.parse_intermixed_args()


def run_all(args):
    with tempfile.TemporaryDirectory(prefix='fxbox-bench-') as work:
        os.mkdir(os.path.join(work, 'here'))
        bench = Bench(args, work)
        found = {'machine': host.machine(f'{bench.build}/tests/bench/calls'), 'rounds': bench.rounds,
                 'sides': {s.name: shown_prefix(s.prefix, bench.build, work) for s in bench.sides.values()
                           if not s.why_not and s.prefix},
                 'rows': []}
        report.print_machine(found)
        for row in chosen(args.names):
            found['rows'].append(bench.measure(row))
            report.print_row(found['rows'][-1])
        return found


def main():
    args = arguments()
    if args.list:
        for row in chosen(args.names):
            print(f'{row.name:18} {row.title}')
            for side in row.runs:
                print(f'{"":18}   {side.name:20} {shown(side, side.n, Size(1))}')
        return 0
    if args.given:
        with open(args.given, encoding='utf-8') as f:
            found = json.load(f)
        report.print_machine(found)
        for row in found['rows']:
            report.print_row(row)
    else:
        found = run_all(args)
    report.print_goals(found)
    if args.json:
        with open(args.json, 'w', encoding='utf-8') as f:
            json.dump(found, f, indent=1)
            f.write('\n')
    if args.write_docs:
        report.write_docs(found, os.path.join(ROOT, 'docs'))
    return 1 if any('failed' in r for row in found['rows'] for r in row['results']) else 0


if __name__ == '__main__':
    sys.exit(main())
