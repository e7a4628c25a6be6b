# SPDX-License-Identifier: MIT
"""Runs fxbox, with and without logs."""
import json
import os
import subprocess
import sys

FXBOX, GUESTS, SOURCE = sys.argv[1:4]


def run(command, **options):
    options = {"stdin": subprocess.DEVNULL, "timeout": 120, **options}
    return subprocess.run(command, capture_output=True, **options)


def logged(path, command, *options):
    """A run with a log at path; its records."""
    confinement = [] if "confined" in options else ["--no-confine"]
    options = [o for o in options if o != "confined"]
    result = run([FXBOX, "run", *confinement, "--quiet", "--log=" + path, *options, "--",
                  *command])
    return result, records(path)


def records(path):
    with open(path, encoding="ascii") as log:
        return [json.loads(line) for line in log]


def audit(*arguments, **options):
    return run([FXBOX, "audit", *arguments], **options)


def audit_json(*arguments):
    return json.loads(audit(*arguments).stdout)


def guest(name):
    return os.path.join(GUESTS, name)
