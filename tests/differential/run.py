#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Compares random sequences of futex operations natively and under fxbox.

    run.py FUTEX_FUZZ FXBOX [--sequences 1000000] [--jobs 2] [--seed 1] [--ops base|all|...]

Ends with `N sequences, M steps, D differences`, and status 1 if D is not 0. What Linux itself
does one time and not the next is counted apart. The first of each kind of difference is
shown with as few steps as it takes. One of them again:

    futex_fuzz --seed S --ops OPS --replay K --verbose [--drop 1,2,3]

A long run, all that the fuzzer knows, on two CPUs:

    tests/differential/run.py build/tests/differential/futex_fuzz build/fxbox \\
        --sequences 1000000 --ops all
"""
import argparse
import concurrent.futures
import os
import sys
import threading
import time

import batch

SHOWN = 8  # kinds of difference that are minimised
BREAKS = 5  # hangs and crashes after which it gives up
LOOKED_AT = 300  # differences that are sorted into kinds
NATIVE_TRIES = 60  # replays in which Linux may give the other result too


class Findings:
    """What all jobs found so far."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sequences = 0
        self.steps = 0
        self.differences = []
        self.kinds = {}
        self.unrepeated = []
        self.either = 0  # sequences that natively end in either way
        self.broken_off = 0


def compare(pair, first, count, findings, stop):
    """One batch; one that breaks off goes on behind the sequence where it did."""
    end = first + count
    while first < end:
        (native, native_wrong), (under, wrong) = pair.hashes(first, end - first)
        if native_wrong:
            sys.exit(native_wrong)
        reached = first
        while reached < end and reached in under:
            reached += 1
        differing = [i for i in range(first, reached) if native[i] != under[i]]
        reached_all = reached == end
        if not reached_all:
            differing.append(reached)
            reached += 1
        with findings.lock:
            findings.sequences += reached - first
            findings.steps += sum(int(native[i].split()[2]) for i in range(first, reached))
            findings.broken_off += not reached_all
            if findings.broken_off > BREAKS:
                end = reached  # each hang takes its time
        for index in differing:
            if is_native_too(pair, index, under.get(index)):
                with findings.lock:
                    findings.either += 1
                continue
            with findings.lock:
                findings.differences.append(index)
            look_at(pair, native[index], under.get(index, wrong), findings)
            if stop:
                return
        first = reached


def is_native_too(pair, index, line):
    """Whether Linux, asked again, gives what fxbox gave: some ends are a matter of luck."""
    return line is not None and any(pair.native_line(index) == line for _ in range(NATIVE_TRIES))


def look_at(pair, was_line, became_line, findings):
    """Sorts a difference into its kind, and shows the first of each."""
    index, steps = int(was_line.split()[0]), int(was_line.split()[2])
    with findings.lock:
        if sum(findings.kinds.values()) >= LOOKED_AT:
            return
    native, under = pair.replay(index, set())
    if native == under:
        with findings.lock:
            findings.unrepeated.append(index)
        print("sequence %d: differs in its batch, not alone:\nnative %s\nfxbox  %s\nalone  %s" %
              (index, was_line, became_line, native[-1]), flush=True)
        return
    call, was, became = batch.first_difference(native, under)
    kind = (call.split()[0].split("|")[0], was.split(":")[-1], became.split(":")[-1])
    with findings.lock:
        findings.kinds[kind] = findings.kinds.get(kind, 0) + 1
        show = findings.kinds[kind] == 1 and len(findings.kinds) <= SHOWN
    if not show:
        return
    dropped = pair.minimise(index, steps)
    text = batch.unified(*pair.replay(index, dropped))
    drop = " --drop " + ",".join(map(str, sorted(dropped))) if dropped else ""
    print("sequence %d differs: %s --replay %d --verbose%s\n%s\n" %
          (index, " ".join(pair.select), index, drop, text), flush=True)


def work(args, cpu, ranges, findings):
    pair = batch.Pair(args.fuzz, args.fxbox, cpu, ["--seed", str(args.seed), "--ops", args.ops])
    for first, count in ranges:
        compare(pair, first, count, findings, args.stop)
        if findings.broken_off > BREAKS or (args.stop and findings.differences):
            return


def main():
    parser = argparse.ArgumentParser(description="Futex operations natively and under fxbox.")
    parser.add_argument("fuzz")
    parser.add_argument("fxbox")
    parser.add_argument("--sequences", type=int, default=20000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=5000)
    parser.add_argument("--ops", default="base")
    parser.add_argument("--stop", action="store_true", help="at the first batch with a difference")
    args = parser.parse_args()

    end = args.first + args.sequences
    ranges = [(i, min(args.batch, end - i)) for i in range(args.first, end, args.batch)]
    cpus = sorted(os.sched_getaffinity(0))[:args.jobs]
    findings = Findings()
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(len(cpus)) as pool:
        jobs = [pool.submit(work, args, cpu, ranges[i::len(cpus)], findings)
                for i, cpu in enumerate(cpus)]
        for job in jobs:
            job.result()
    for (call, was, became), count in sorted(findings.kinds.items(), key=lambda item: -item[1]):
        print("%5d x %s: native %s, fxbox %s" % (count, call, was, became))
    if findings.either:
        print("%d sequences differed, and do so natively from run to run" % findings.either)
    if findings.unrepeated:
        print("%d of them only in their batch" % len(findings.unrepeated))
    print("%.0f sequences a second in both worlds" %
          (findings.sequences / (time.monotonic() - begin)))
    print("%d sequences, %d steps, %d differences" %
          (findings.sequences, findings.steps, len(findings.differences)))
    sys.exit(1 if findings.differences else 0)


if __name__ == "__main__":
    main()
