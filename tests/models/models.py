#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Models of the manager's two-thread arguments, checked by Spin; each with seeded bugs, which must be found.

    models.py SOURCE_DIRECTORY WORK_DIRECTORY

A model has an error if a thread is left where it cannot go on, or an assertion does not hold. Prints TAP.
"""
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys

from tap import Tap

SOURCE, WORK = map(os.path.abspath, sys.argv[1:3])
ERRORS = re.compile(r'errors: (\d+)')
STATES = re.compile(r'(\d+) states, stored')


def check(model, bug):
    """Number of errors, number of states, what Spin and its program said."""
    work = os.path.join(WORK, '%s-%s' % (model, bug or 'right'))
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    said = ''
    for words in (['spin', '-a', *(['-D' + bug] if bug else []), os.path.join(SOURCE, model + '.pml')],
                  ['cc', '-O0', '-w', '-DSAFETY', '-DCOLLAPSE', '-DVECTORSZ=2048', '-o', 'pan', 'pan.c'],
                  ['./pan', '-m10000', '-w18']):
        done = subprocess.run(words, cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=200, check=False)
        said += done.stdout
        if done.returncode != 0:
            return None, 0, said
    errors, states = ERRORS.search(said), STATES.search(said)
    if not errors or 'max search depth too small' in said:
        return None, 0, said
    return int(errors[1]), int(states[1]) if states else 0, said


def bugs_of(model):
    with open(os.path.join(SOURCE, model + '.pml'), encoding='utf-8') as text:
        seeded = re.search(r'Seeded: (.*?)\*/', text.read(), re.S)[1]
    return re.findall(r'\b[A-Z][A-Z_]{3,}\b', seeded)


def main():
    tap = Tap()
    models = sorted(name[:-4] for name in os.listdir(SOURCE)
                    if name.endswith('.pml') and name != 'memory.pml')
    if shutil.which('spin') is None:
        for model in models:
            tap.skip(model, 'there is no spin (Debian: spin)')
        tap.finish()
    # What takes longest is to compile what Spin has written.
    tries = [(model, bug) for model in models for bug in [None, *bugs_of(model)]]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for (model, bug), (errors, states, said) in zip(tries, pool.map(lambda try_: check(*try_), tries)):
            if bug:
                tap.check('%s: %s is found' % (model, bug), errors is not None and errors > 0, said)
            else:
                tap.check('%s holds, in all of %d states' % (model, states), errors == 0, said)
    tap.finish()


main()
