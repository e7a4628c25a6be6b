#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the tests that meson's log says were run, case by case.

    count.py build/meson-logs/testlog.json

Knows Check's summary line and TAP; any other test is one case. Prints what
failed or was skipped by name, then `N passed, N failed`. Fails if a case
failed or none was run.
"""
import json
import re
import sys

CHECK = re.compile(r'^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)', re.M)
SKIP = re.compile(r'^SKIP: (.*)$', re.M)
TAP = re.compile(r'^(not ok|ok)\b(.*)$', re.M)


def cases(test):
    """(passed, failed, skipped) of one line of the log."""
    out = test.get('stdout', '')
    result = test['result']
    check = [tuple(map(int, m)) for m in CHECK.findall(out)]
    if check:
        bad = sum(f + e for _, f, e in check)
        good = sum(n for n, _, _ in check) - bad
    else:
        tap = TAP.findall(out) if re.search(r'^1\.\.\d+', out, re.M) else []
        skipped = sum('# SKIP' in rest.upper() for _, rest in tap)
        if tap:
            bad = sum(word == 'not ok' for word, _ in tap)
            good = len(tap) - bad - skipped
            if not bad and result not in ('OK', 'SKIP'):
                bad = 1
            return good, bad, skipped
        if result == 'SKIP':
            return 0, 0, 1
        return (1, 0, 0) if result == 'OK' else (0, 1, 0)
    # A runner that died after its summary, or a leak found at its end.
    if not bad and result != 'OK':
        bad = 1
    return good, bad, len(SKIP.findall(out))


def main(path):
    passed = failed = skipped = 0
    with open(path, encoding='utf-8') as log:
        for line in log:
            test = json.loads(line)
            good, bad, left_out = cases(test)
            passed, failed, skipped = passed + good, failed + bad, skipped + left_out
            if bad:
                print(f'failed: {test["name"]} ({test["result"]})')
            if left_out:
                names = SKIP.findall(test.get('stdout', ''))
                for name in names or [left_out]:
                    print(f'skipped: {test["name"]}: {name}')
    print(f'{passed} passed, {failed} failed' + (f', {skipped} skipped' if skipped else ''))
    return 0 if passed and not failed else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
