#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""One option table: --help, the man page and the completions name the same options.

usage: options.py FXBOX SOURCE COMPLETIONS
"""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(sys.argv[2], "tests/loader"))
from tap import Tap  # pylint: disable=wrong-import-position

FXBOX, SOURCE, COMPLETIONS = map(os.path.abspath, sys.argv[1:4])
NONE, REQUIRED, OPTIONAL = "no argument", "an argument", "perhaps an argument"
DRIVER = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
_fxbox
printf '%s\\n' "${COMPREPLY[@]}"
"""

tap = Tap()


def run(command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, cwd="/usr")


def of_help(text):
    """Option -> what it takes, of the lines that begin with one."""
    found = {}
    for name, after in re.findall(r"^  --([a-z-]+)(\[=|=)?", text, re.M):
        found[name] = {"": NONE, "=": REQUIRED, "[=": OPTIONAL}[after]
    return found


def of_man(text, begin="\n.Ss Options of Nm Cm run\n", end="\n.Ss The report\n"):
    section = text.partition(begin)[2].partition(end)[0]
    found, depth = {}, 0
    for line in section.splitlines():
        depth += line.startswith(".Bl") - line.startswith(".El")
        match = re.match(r"\.It Fl -([a-z-]+)(?: Ns (Oo|=))?", line)
        if match:
            found[match[1]] = {None: NONE, "=": REQUIRED, "Oo": OPTIONAL}[match[2]]
    return found


def of_words(words):
    plain = {w[2:] for w in words if w.startswith("--") and not w.endswith("=")}
    valued = {w[2:-1] for w in words if w.startswith("--") and w.endswith("=")}
    return {name: NONE if name not in valued else OPTIONAL if name in plain else REQUIRED
            for name in plain | valued}


def bash(*words):
    return run(["bash", "-c", DRIVER, "bash", os.path.join(COMPLETIONS, "fxbox"),
                *words]).stdout.split()


help_text = run([FXBOX, "run", "--help"]).stdout
with open(os.path.join(SOURCE, "docs/fxbox.1"), encoding="ascii") as page:
    man = page.read()
table = of_help(help_text)

tap.check("--help names options", len(table) > 5 and "log" in table, help_text)
tap.check("the man page has the options of --help", of_man(man) == table,
          sorted(set(table.items()) ^ set(of_man(man).items())))
tap.check("bash completes the same", of_words(bash("fxbox", "run", "--")) == table,
          bash("fxbox", "run", "--"))
tap.check("lines of --help fit 80 columns", all(len(x) <= 80 for x in help_text.splitlines()))

test_help = run([FXBOX, "test", "--help"]).stdout
own = of_help(test_help)
tap.check("the man page has the options of test --help",
          of_man(man, "\n.Ss Nm Cm test\n", "\n.Ss Nm Cm profile\n") == own,
          sorted(set(own.items()) ^ set(of_man(man, "\n.Ss Nm Cm test\n",
                                               "\n.Ss Nm Cm profile\n").items())))
words = of_words(bash("fxbox", "test", "--"))
tap.check("bash completes them, and those of run that are passed on", own.items() <= words.items() and
          "rw" in words and "log" not in words and words.keys() <= own.keys() | table.keys(), words)
tap.check("test --help is short", len(test_help.splitlines()) <= 40 and
          all(len(x) <= 80 for x in test_help.splitlines()), test_help)

commands = re.findall(r"^  ([a-z]+) ", run([FXBOX, "--help"]).stdout, re.M)
tap.check("--help names commands", {"run", "audit"} <= set(commands), commands)
tap.check("bash completes the commands",
          set(bash("fxbox", "")) - {"--help", "--version"} == set(commands), bash("fxbox", ""))
tap.check("the man page's synopsis has the commands", set(commands) == set(
    re.findall(r"^\.Cm ([a-z]+)", man.partition(".Sh SYNOPSIS")[2].partition("\n.Sh ")[0], re.M)))
for command in commands:
    done = run([FXBOX, command, "--help"])
    tap.check("fxbox %s --help" % command, done.returncode == 0 and "Usage: fxbox" in done.stdout,
              done)

tap.check("bash: the values of an option", bash("fxbox", "run", "--trace", "=", "f") == ["futex"] and
          bash("fxbox", "run", "--shared-futex", "=") == ["reject", "strict", "host"])
tap.check("bash: a file", bash("fxbox", "run", "--log", "=", "/etc/passw") and
          "/etc/passwd" in bash("fxbox", "run", "--log", "=", "/etc/passw"))
tap.check("bash: the program", "true" in bash("fxbox", "run", "--quiet", "tru"))
tap.check("bash: the program's own words are files",
          bash("fxbox", "run", "--log", "=", "x", "ls", "bi") == ["bin"] and
          not bash("fxbox", "run", "ls", "--quie"))
tap.check("bash: audit", bash("fxbox", "audit", "sum") == ["summary"] and
          bash("fxbox", "audit", "profile", "--format", "=", "s") == ["systemd"])

for shell, name in (("zsh", "_fxbox"), ("fish", "fxbox.fish")):
    path = os.path.join(COMPLETIONS, name)
    if shutil.which(shell):
        done = run([shell, "-n", path])
        tap.check(shell + " can read its completions", done.returncode == 0 and not done.stderr,
                  done)
    else:
        tap.skip(shell + " can read its completions", shell + " is not installed")
    with open(path, encoding="ascii") as script:
        text = script.read()
    tap.check(shell + " completes the same options", set(
        re.findall(r"^\t\t'\*?--([a-z-]+)" if shell == "zsh" else
                   r"run profile' -l ([a-z-]+)", text, re.M)) == set(table), text)
if shutil.which("fish"):
    done = run(["fish", "-c", "source $argv[1]; complete -C 'fxbox run --shared-futex=h'",
                os.path.join(COMPLETIONS, "fxbox.fish")])
    tap.check("fish: the values of an option", [line.partition("\t")[0] for line in done.stdout.splitlines()] ==
              ["--shared-futex=host"], done)
else:
    tap.skip("fish: the values of an option", "fish is not installed")
tap.finish()
