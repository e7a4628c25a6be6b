#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmarks run, and say what they measured or why not. No figure is looked at.

    test_bench.py BUILD
"""
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'loader')]
import report  # noqa: E402
from rows import ROWS  # noqa: E402
from tap import Tap  # noqa: E402

BUILD = sys.argv[1]
tap = Tap()


def bench(*args, **how):
    return subprocess.run([sys.executable, f'{HERE}/bench.py', BUILD, *args], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)


def accounted_for(result):
    """Measured, or skipped for a reason."""
    return ('failed' not in result and
            (bool(result.get('skipped')) != (result.get('median', 0) > 0)))


with tempfile.TemporaryDirectory() as work:
    out = os.path.join(work, 'all.json')
    done = bench('--quick', '--no-peers', '--json', out)
    tap.check('all rows run', done.returncode == 0, done.stdout + done.stderr)
    with open(out, encoding='utf-8') as f:
        found = json.load(f)
    names = [row['name'] for row in found['rows']]
    tap.check('the JSON has every row', names == [row.name for row in ROWS], names)
    for row in found['rows']:
        tap.check(f'{row["name"]}: every side has a figure or a reason',
                  all(map(accounted_for, row['results'])), row)
    measured = {r['side'] for row in found['rows'] for r in row['results'] if 'median' in r}
    tap.check('native and fxbox are measured', {'native', 'trap'} <= measured, measured)
    tap.check('each goal is judged by the figures, or said to be not measured',
              all((g['met'] is None) == (g['value'] is None)
                  for row in found['rows'] for g in row['goals']))

    again = bench('--from', out)
    tap.check('--from shows the same as the run', again.stdout == done.stdout, again.stderr)

    # What is quick compiles only some of it.
    project = os.path.join(work, 'project')
    os.mkdir(project)
    built = subprocess.run(['make', '-s', '-j2', '-f', f'{HERE}/project.mk', f'ROOT={os.path.dirname(os.path.dirname(HERE))}',
                            'FILES=1000'], cwd=project, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           check=False)
    tap.check('the C project of `make` can be built, all of it', built.returncode == 0, built.stdout)

    docs = os.path.join(work, 'docs')
    os.mkdir(docs)
    with open(f'{docs}/performance.md', 'w', encoding='utf-8') as f:
        f.write(f'before\n{report.BEGIN}\nold\n{report.END}\nafter\n')
    report.write_docs(found, docs)
    with open(f'{docs}/performance.md', encoding='utf-8') as f:
        text = f.read()
    tap.check('only what lies between the marks is written',
              text.startswith('before\n') and text.endswith('\nafter\n') and 'old' not in text)
    tap.check('the document has the command of every row',
              all(f'`./dev bench {name}`' in text for name in names))

    # With nothing to be found but what has a path of its own.
    done = bench('--quick', '--json', out, 'wake', 'start', env={**os.environ, 'PATH': work})
    with open(out, encoding='utf-8') as f:
        found = json.load(f)
    skipped = {r['side']: r['skipped'] for row in found['rows'] for r in row['results']
               if 'skipped' in r}
    tap.check('a peer that is not installed is skipped by name',
              done.returncode == 0 and skipped.get('gVisor') == 'runsc is not installed' and
              skipped.get('bubblewrap') == 'bwrap is not installed', skipped or done.stderr)

with open(os.path.join(HERE, '..', '..', 'docs', 'performance.md'), encoding='utf-8') as f:
    text = f.read()
told = re.findall(r'^\| \*\*.*`\./dev bench ([^`]+)` \|$', text, re.M)
tap.check('docs/performance.md tells of every row', told == [row.name for row in ROWS], told)
done = bench('--list')
tap.check('--list has every row', all(re.search(rf'^{re.escape(row.name)} ', done.stdout, re.M)
                                      for row in ROWS), done.stdout + done.stderr)
done = bench('no-such-row')
tap.check('an unknown name is an error', done.returncode != 0 and 'no-such-row' in done.stderr,
          done.stderr)
tap.finish()
