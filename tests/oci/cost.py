#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What fxbox-oci costs beside the runtime alone: pairs, in turn, and the median of their differences.
No test: docs/containers.md has the figures.

usage: cost.py FXBOX_OCI FXBOX [PAIRS]
"""
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time

from row import Row, remove_all, why_not

OCI, FXBOX = map(os.path.abspath, sys.argv[1:3])
PAIRS = int((*sys.argv, "100")[3])
work = tempfile.mkdtemp(prefix="fxbox-oci.")


def processor():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(row, *words):
    """Milliseconds that passed, and of a processor, as far as somebody waits for who needs it."""
    start, before = time.perf_counter(), processor()
    done = row.call(*words)
    assert done.returncode == 0, done
    return (time.perf_counter() - start) * 1000, (processor() - before) * 1000


def run(row):
    row.put("true")
    return timed(row, "run", "--bundle", row.bundle, row.id())


def execute(row):
    return timed(row, "exec", "there", "true")


def told(what, alone, more):
    low, middle, high = statistics.quantiles(more)
    print("%s: alone %.1f ms, with fxbox-oci %+.1f (half of them %+.1f to %+.1f), %d pairs" % (
        what, statistics.median(alone), middle, low, high, PAIRS))


def compare(what, one, native, ours):
    alone, both = [], []
    for i in range(PAIRS):
        order = [native, ours] if i % 2 else [ours, native]
        took = {row: one(row) for row in order}
        alone.append(took[native])
        both.append(took[ours])
    for unit, of in enumerate((what, what + ", of a processor")):
        told(of, [a[unit] for a in alone], [b[unit] - a[unit] for a, b in zip(alone, both)])


try:
    why = why_not("runc", work)
    if why:
        sys.exit("cost.py: runc: " + why)
    rows = Row(work, "runc"), Row(work, "runc", OCI, FXBOX)
    compare("run", run, *rows)
    for made in rows:
        made.put("sleep", "1000")
        made.call("run", "--detach", "--bundle", made.bundle, "there")
    compare("exec", execute, *rows)
finally:
    remove_all()
    shutil.rmtree(work, ignore_errors=True)
