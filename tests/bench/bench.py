#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures fxbox against its peers and prints ratios.

    bench.py BUILD [--rounds N] [--json]

Each row is a ratio of medians; the two sides are run in turn, N times, so that what
else the machine does hits both. Nothing here passes or fails.
"""
import argparse
import json
import statistics
import subprocess
import sys
import time

# name, count, which side is the peer, what the peer is
CALLS = [
    ('trapped futex wake, nobody waits', 'wake', 'bare-trap', 20000),
    ('trapped futex wait, other value', 'wait', 'bare-trap', 20000),
    ('trapped sigprocmask (query)', 'mask', 'bare-trap', 20000),
    ('trapped getppid (goes to the host)', 'getppid', 'bare-trap', 20000),
]
NATIVE = [
    ('futex wake, nobody waits', 'wake', 20000),
    ('futex wait, other value', 'wait', 20000),
    ('getppid', 'getppid', 20000),
    ('thread create and join', 'threads', 1000),
    ('ping-pong of two threads', 'ping-pong', 5000),
]


def ns_per_call(prefix, calls, what, count):
    return float(subprocess.run(prefix + [calls, what, str(count)], check=True,
                                stdout=subprocess.PIPE).stdout)


def start_ms(command):
    start = time.perf_counter()
    subprocess.run(command, check=True)
    return (time.perf_counter() - start) * 1e3


def in_turn(rounds, *sides):
    """Median of each side, sides taken in turn."""
    values = [[] for _ in sides]
    for _ in range(rounds):
        for store, side in zip(values, sides):
            store.append(side())
    return [statistics.median(v) for v in values]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('build')
    parser.add_argument('--rounds', type=int, default=15)
    parser.add_argument('--json', action='store_true')
    args = parser.parse_args()
    fxbox = [f'{args.build}/fxbox', 'run', '--no-confine']
    calls = f'{args.build}/tests/bench/calls'
    rows = []

    def add(name, ours, peer, peer_name, unit):
        rows.append({'what': name, 'fxbox': ours, 'peer': peer, 'peer_is': peer_name,
                     'unit': unit, 'ratio': ours / peer})
        if not args.json:
            print(f'{name:38} {ours:10.1f} {unit}  {peer:10.1f} {unit}  {peer_name:22} '
                  f'{ours / peer:7.2f}x', flush=True)

    for name, what, peer, count in CALLS:
        ours, other = in_turn(args.rounds, lambda: ns_per_call(fxbox, calls, what, count),
                              lambda: ns_per_call([], calls, peer, count))
        add(name, ours, other, 'a bare SIGSYS', 'ns')
    for name, what, count in NATIVE:
        ours, other = in_turn(args.rounds, lambda: ns_per_call(fxbox, calls, what, count),
                              lambda: ns_per_call([], calls, what, count))
        add(name, ours, other, 'native', 'ns')
    tool = f'{args.build}/tests/bench/scale_manager'
    many, few = in_turn(args.rounds, lambda: ns_per_call([], tool, '10000', 200000),
                        lambda: ns_per_call([], tool, '10', 200000))
    add('wake+wait, 10,000 words waited on', many, few, 'the same with 10', 'ns')
    for side, prefix in (('fxbox', fxbox), ('native', [])):
        tool = f'{args.build}/tests/bench/scale'
        many, few = in_turn(5, lambda: ns_per_call(prefix, tool, '10000', 300),
                            lambda: ns_per_call(prefix, tool, '10', 300))
        add(f'wake of one of 10,000 threads, {side}', many, few, 'of ten, same side', 'ns')
    ours, other = in_turn(args.rounds * 20, lambda: start_ms(fxbox + ['/bin/true']),
                          lambda: start_ms(['/bin/true']))
    add('start of true', ours, other, 'native', 'ms')
    confined, plain = in_turn(args.rounds * 20, lambda: start_ms([fxbox[0], 'run', '/bin/true']),
                              lambda: start_ms(['/bin/true']))
    add('start of true, confined', confined, plain, 'native', 'ms')
    if args.json:
        json.dump(rows, sys.stdout, indent=1)
        print()
    else:
        print(f'start of true takes {ours - other:.2f} ms more, '
              f'confined {confined - plain:.2f} ms more')
    return 0


if __name__ == '__main__':
    sys.exit(main())
