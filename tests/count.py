#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the tests that meson's log says were run, case by case.

    count.py build/meson-logs/testlog.json

Knows Check's summary line and TAP; any other test is one case. Prints what was skipped by
name, why how many were, what took longest, what failed by name, then `N passed, N failed`.
Fails if a case failed or none was run.
"""
import collections
import json
import os
import re
import sys

CHECK = re.compile(r'^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)', re.M)
# Of runners of Check: the case and why, as `SKIP: case: reason`.
CHECK_SKIP = re.compile(r'^SKIP: ([^:]*): *(.*)$', re.M)
TAP = re.compile(r'^(not ok|ok)\b(?: *\d+)?(?: *- *)?(.*)$', re.M)
# A case of Check that failed: `file:line:F:group:case:number: why`.
CHECK_BAD = re.compile(r'^\S+:\d+:[FE]:[^:]*:([^:]*):\d+: *(.*)$', re.M)
TAP_BAD = re.compile(r'^not ok\b(?: *\d+)?(?: *- *)?(.*)\n((?:#.*\n?){0,12})', re.M)
TAP_PLAN = re.compile(r'^1\.\.(\d+)(?: *# *SKIP *(.*))?', re.M | re.I)
TAP_SKIP = re.compile(r' *# *SKIP\b *(.*)$', re.I)
SLOW_SECONDS = 15


def tap_cases(out):
    """passed, failed, [(case, why it was skipped)]"""
    good = bad = 0
    skipped = []
    for word, rest in TAP.findall(out):
        skip = TAP_SKIP.search(rest)
        if skip:
            skipped.append((rest[:skip.start()], skip[1]))
        elif word == 'ok':
            good += 1
        else:
            bad += 1
    return good, bad, skipped


def cases(test):
    """The same of one line of the log."""
    out = test.get('stdout', '')
    fine = test['result'] in ('OK', 'SKIP')
    check = [tuple(map(int, m)) for m in CHECK.findall(out)]
    plan = TAP_PLAN.search(out)
    if check:
        bad = sum(f + e for _, f, e in check)
        good = sum(n for n, _, _ in check) - bad
        skipped = CHECK_SKIP.findall(out)
    elif plan and plan[1] == '0':
        good, bad, skipped = 0, 0, [('all', plan[2] or 'it says not why')]
    elif plan:
        good, bad, skipped = tap_cases(out)
    elif test['result'] == 'SKIP':
        lines = out.strip().splitlines()
        return 0, 0, [('all', lines[-1] if lines else 'it says not why')]
    else:
        return (1, 0, []) if fine else (0, 1, [])
    # A runner that died after its summary, or a leak found at its end.
    if not bad and not fine:
        bad = 1
    return good, bad, skipped


def failures(out):
    """Of a test that failed: the cases, each with what was said of it."""
    for case, why in CHECK_BAD.findall(out) + TAP_BAD.findall(out):
        yield case
        yield from ('    ' + line.lstrip('# ')[:200] for line in why.splitlines())


def main(path):
    passed = failed = 0
    reasons, slow, bad_ones = collections.Counter(), [], []
    if not os.path.exists(path):
        print('0 passed, 0 failed: no test was run, see above')
        return 1
    with open(path, encoding='utf-8') as log:
        for line in log:
            test = json.loads(line)
            good, bad, skipped = cases(test)
            passed, failed = passed + good, failed + bad
            if bad:
                bad_ones.append(f'{test["name"]} ({test["result"]})')
                bad_ones += ['    ' + line for line in failures(test.get('stdout', ''))]
            for case, why in skipped:
                print(f'skipped: {test["name"]}: {case}: {why}')
                reasons[why] += 1
            if test.get('duration', 0) >= SLOW_SECONDS:
                slow.append((test['duration'], test['name']))
    for why, count in reasons.most_common():
        print(f'{count:5} skipped: {why}')
    for seconds, name in sorted(slow, reverse=True):
        print(f'{seconds:5.0f} s {name}')
    for line in bad_ones:
        print('failed: ' + line)
    total = sum(reasons.values())
    print(f'{passed} passed, {failed} failed' + (f', {total} skipped' if total else ''))
    return 0 if passed and not failed else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
