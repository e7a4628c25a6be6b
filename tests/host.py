# SPDX-License-Identifier: MIT
"""What the host does, natively, as the program `host` finds out (tests/host.c)."""
import os
import subprocess

KNOWN = {}
LIMIT = 300  # of all probes, each of which has a bound of its own


def _ask(name):
    if not KNOWN:
        done = subprocess.run([os.environ['FXBOX_HOST']], stdout=subprocess.PIPE, text=True,
                              timeout=LIMIT, check=True)
        for line in done.stdout.splitlines():
            feature, there, text = line.split('\t')
            KNOWN[feature] = (there == 'yes', text)
    return KNOWN[name]


def lacks(name):
    """None where the host has it, else the reason."""
    there, text = _ask(name)
    return None if there else text


def detail(name):
    """What else is known of what is there, as 'ABI 7'."""
    there, text = _ask(name)
    return text if there else ''


def first_lack(names):
    """The reason of the first of the words that is not there, or None."""
    return next(filter(None, map(lacks, names.split())), None)


def beside(fxbox):
    """Where the environment does not say so, `host` is where the build puts it."""
    os.environ.setdefault('FXBOX_HOST', os.path.join(os.path.dirname(os.path.abspath(fxbox)),
                                                     'tests', 'host'))
