#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Proves that the fuzzer finds bugs: builds fxbox with each of the seeded ones, in a copy of
the tree, and expects a difference.

    mutants.py SOURCE_ROOT WORK_DIR FUTEX_FUZZ PATCH...

Each is looked for with the common operations first, then with all. A patch that does not apply
is a failure: the bug has to be seeded anew in the code as it now is. The copy as it is must
give no difference.
"""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "loader"))

import tap  # pylint: disable=wrong-import-position

SEQUENCES = "20000"


def is_build_dir(path):
    return os.path.isdir(os.path.join(path, "meson-private"))


def ignored(folder, names):
    return [n for n in names if n.startswith(".") or is_build_dir(os.path.join(folder, n))]


def command(args, cwd):
    """None, or what a failed command said."""
    done = subprocess.run(args, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    return None if done.returncode == 0 else done.stdout[-2000:]


def build(tree):
    return command(["ninja", "-j1", "-C", "build", "fxbox"], tree)


def patch(tree, path, reverse):
    with open(path, encoding="utf-8") as lines:
        done = subprocess.run(["patch", "--batch", "--quiet", "--fuzz=0", "-p1"] + reverse,
                              cwd=tree, stdin=lines, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
    return None if done.returncode == 0 else done.stdout


def differences(tree, fuzz, options):
    """The output of run.py, and whether it ended as a comparison does."""
    done = subprocess.run([os.path.join(HERE, "run.py"), fuzz,
                           os.path.join(tree, "build", "fxbox")] + options,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout, " differences" in done.stdout, done.returncode


def find(out, tree, fuzz, path):
    name = os.path.basename(path)[:-len(".patch")]
    wrong = patch(tree, path, [])
    if wrong:
        out.check("finds " + name, False, wrong)
        return
    wrong = build(tree)
    if wrong:
        out.check("finds " + name, False, wrong)
    else:
        for ops in "base", "all":
            text, ended, status = differences(tree, fuzz, ["--ops", ops, "--sequences", SEQUENCES,
                                                           "--stop", "--batch", "1000"])
            if status:
                break
        out.check("finds " + name, ended and status == 1, text)
        print("# " + text.splitlines()[-1])
    wrong = patch(tree, path, ["-R"])
    if wrong:
        sys.exit(wrong)


def main():
    root, work, fuzz = sys.argv[1:4]
    tree = os.path.join(work, "tree")
    out = tap.Tap()

    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(root, tree, ignore=ignored)
    wrong = command(["meson", "setup", "build"], tree) or build(tree)
    if wrong:
        out.check("the copy builds", False, wrong)
        out.finish()
    text, ended, status = differences(tree, fuzz, ["--sequences", "5000"])
    out.check("no difference without a bug", ended and status == 0, text)
    for path in sys.argv[4:]:
        find(out, tree, fuzz, path)
    out.finish()


if __name__ == "__main__":
    main()
