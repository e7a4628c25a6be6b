#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""fxbox test, its runs played by fake.c: what it tells, writes, reads, and ends with.

usage: front.py FRONT FAKE SOURCE
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

FRONT, FAKE, SOURCE = map(os.path.abspath, sys.argv[1:4])
sys.path.insert(0, os.path.join(SOURCE, "tests/loader"))
from tap import Tap  # pylint: disable=wrong-import-position

tap = Tap()
work = tempfile.mkdtemp(prefix="fxbox-schedules.")


def run(*words, cwd=None, **more):
    environment = dict(os.environ, **more)
    return subprocess.run([FRONT, FAKE, "test", *words], cwd=cwd or work, env=environment, timeout=120,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def read(name):
    with open(os.path.join(work, name), encoding="utf-8") as text:
        return text.read()


def write(name, text):
    with open(os.path.join(work, name), "w", encoding="utf-8") as out:
        out.write(text)


def seeds():
    done = run("--seeds", "20", "pass")
    tap.check("a program that passes", done.returncode == 0 and
              re.match(r"20 seeds, [\d.]+ s, \d+/s: none failed\n", done.stdout), done)
    done = run("--seeds=30", "hang", "7")
    tap.check("a program that hangs by some seeds", done.returncode == 1 and
              "30 seeds" in done.stdout and ": 4 failed\n" in done.stdout and
              re.search(r"^  hang 4x, first seed 7: deadlock: left waits for mutex lock_a \(a.c:1\) in "
                        r"left \(a.c:7\)", done.stdout, re.M) and
              "fxbox test --replay fxbox-failures/hang-hang-7.json\n" in done.stdout, done)
    done = run("--seeds=10-20", "--jobs=3", "hang", "7")
    tap.check("some seeds alone", "11 seeds" in done.stdout and ": 1 failed" in done.stdout and
              "first seed 14" in done.stdout, done)
    begin = time.monotonic()
    done = run("--time=1", "pass")
    took = time.monotonic() - begin
    tap.check("for a time", done.returncode == 0 and 0.9 < took < 20, (took, done))
    done = run("--seeds=1000", "alone")
    tap.check("one thread has one schedule", done.returncode == 0 and
              done.stdout == "passed; it has one thread, so there is nothing to schedule\n", done)


def kinds():
    done = run("--seeds=12", "two", "1000")
    tap.check("nothing fails by accident", done.returncode == 0, done)
    done = run("--seeds=8", "--keep=two", "two", "2")
    tap.check("two faces of a bug are one", re.findall(r"^  (hang \dx, first seed \d)", done.stdout,
                                                       re.M) == ["hang 4x, first seed 2"], done)
    for what, text in (("crash", r"crash 3x, first seed 3: SIGSEGV in work \(w.c:5\)"),
                       ("status", r"exit status 3 3x, first seed 3\n      \| a line\n"
                                  r"      \| prog: value 123456 at 0x"),
                       ("livelock", r"livelock 3x, first seed 3\n")):
        done = run("--seeds=10", what, "3")
        tap.check("a failure by " + what, done.returncode == 1 and
                  re.search("^  " + text, done.stdout, re.M), done)
    done = run("--seeds=3", "--timeout=0.5", "endless", "3")
    tap.check("a failure by time", done.returncode == 1 and "timeout 1x" in done.stdout, done)
    done = run("--seeds=10", "--output=same", "output", "3")
    tap.check("a failure by output", done.returncode == 1 and "other output 3x" in done.stdout and
              "| another line" in done.stdout, done)
    tap.check("output may differ", run("--seeds=10", "output", "3").returncode == 0)
    tap.check("a status that is expected", run("--seeds=6", "--expect=3", "status", "1")
              .returncode == 0)
    tap.check("a signal that is expected", run("--seeds=6", "--expect=SIGSEGV", "crash", "1")
              .returncode == 0)
    done = run("--seeds=6", "hang", "1")
    tap.check("what fails without any seed is told", done.returncode == 1 and done.stdout.startswith(
        "the program fails already by the plain schedule"), done)
    done = run("--seeds=4", "unsteady", "3")
    tap.check("what a seed does not decide is told", done.returncode == 0 and
              "two runs of the plain schedule differed" in done.stdout, done)


def trouble():
    done = run("broken")
    tap.check("a program that cannot be run", done.returncode == 127 and
              done.stderr == "fxbox: test: the program cannot be run: broken: cannot be run\n", done)
    done = run("--seeds=3", "calls")
    tap.check("points that cannot be had", done.returncode == 0 and "points: calls" in done.stdout and
              done.stderr == "fxbox: test: the program cannot be run: --schedule: no points but "
                             "calls here; so the points are calls alone\n", done)
    done = run("--seeds=3", "shared", cwd="/")
    # None is wanted where what is run lies in /tmp.
    told = "" if FRONT.startswith("/tmp/") else (
        "fxbox: test: the program cannot be run: --tmp: needs a mount namespace; so runs share /tmp\n")
    tap.check("a /tmp of its own that cannot be had", done.returncode == 0 and done.stderr == told, done)
    done = run("--seeds=3", "shared")
    tap.check("none is wanted where /tmp is needed", done.returncode == 0 and not done.stderr, done)
    tap.check("points that were asked for are not replaced",
              run("--points=atomics", "calls").returncode == 125)
    for words, text in ((["--seeds=0", "x"], "--seeds: '0' is not a number, or FIRST-LAST"),
                        (["--seeds=9-3", "x"], "--seeds: '9-3' is not a number, or FIRST-LAST"),
                        (["--depth", "0", "x"], "--depth: '0' is not a number from 1 to 32"),
                        (["--time=5d", "x"], "--time: '5d' is not a time, as 30, 10m or 2h"),
                        (["--expect=SIGNONE", "x"], "--expect: 'SIGNONE' is not a status"),
                        (["--output=file", "x"], "--output: 'file' is not same|any"),
                        (["--shard=3/2", "x"], "--shard: '3/2' is not K/N"),
                        (["--shard=4", "x"], "--shard: '4' is not K/N"),
                        (["--shrink", "x"], "--shrink: goes with --replay FILE"),
                        (["--log=x", "x"], "--log=x: this option is unknown"),
                        (["--nonsense", "x"], "--nonsense: this option is unknown"),
                        (["--replay"], "--replay: this option needs an argument"),
                        (["--replay=f", "x"], "x: the program that --replay runs"),
                        (["--seeds=3"], "test: no program is named"),
                        (["merge"], "test merge: no file of --json is named")):
        done = run(*words)
        tap.check("refused: " + " ".join(words), done.returncode == 125 and
                  done.stderr.startswith("fxbox: " + text) and
                  done.stderr.endswith("\nTry 'fxbox test --help'.\n"), done)
    done = run("--help")
    lines = done.stdout.splitlines()
    tap.check("--help is short", done.returncode == 0 and len(lines) <= 40 and
              all(len(line) <= 80 for line in lines), (len(lines), done.stdout))
    done = run()
    tap.check("without a word, help", done.returncode == 125 and done.stderr.startswith("Usage:"))


def passed_on():
    done = run("--seeds=1", "--rw=/x", "--net", "--no-tmp", "--output=same", "--", "prints", "1")
    told = re.findall(r"^      \| (.*)$", done.stdout, re.M)
    tap.check("options are passed on", done.returncode in (0, 1) and
              (not told or "--tmp" not in told), done)


def replays():
    run("--seeds=10", "hang", "5")
    done = run("--replay", "fxbox-failures/hang-hang-5.json")
    tap.check("a replay fails again", done.returncode == 1 and done.stdout.startswith("a line\nhang after 200 events") and
              "the same run as that of the file" in done.stdout, done)
    done = run("--replay=fxbox-failures/hang-hang-5.json", "--shrink")
    least = json.loads(read("fxbox-failures/hang-hang-5.min.json"))
    tap.check("what is needed is left", done.returncode == 1 and
              "  2 preemptions are needed, of 15; 2 switches in all, of 20; " in done.stdout and
              [d[0] for d in least["decisions"]] == [50, 90], (done, least))
    tap.check("and is enough", run("--replay=fxbox-failures/hang-hang-5.min.json").returncode == 1)
    least["decisions"] = []
    write("none.json", json.dumps(least))
    tap.check("without it nothing fails", run("--replay=none.json").returncode == 0)
    done = run("--replay=none.json", "--shrink")
    tap.check("nothing to shrink", done.returncode == 0 and "nothing to shrink" in done.stdout, done)
    write("bad.json", "{")
    write("old.json", json.dumps(dict(least, version=1)))
    for name, text in (("bad.json", "is no replay file, or damaged: it is cut off"),
                       ("old.json", "is a replay file of version 1; this fxbox reads version 2"),
                       ("missing.json", "No such file or directory"),
                       (".", "Is a directory")):
        done = run("--replay", name)
        tap.check("a replay of " + name, done.returncode == 125 and
                  done.stderr == "fxbox: %s: %s\n" % (name, text), done)


def follows(name, document):
    try:
        import jsonschema
    except ImportError:
        tap.skip(name + " follows its schema", "python3-jsonschema is not installed")
        return
    with open(os.path.join(SOURCE, "docs", name + ".schema.json"), encoding="utf-8") as text:
        bad = [e.message for e in jsonschema.Draft7Validator(json.load(text)).iter_errors(document)]
    tap.check(name + " follows its schema", not bad, bad)


def results():
    done = run("--seeds=20", "--json=all.json", "--junit=all.xml", "hang", "5")
    result = json.loads(read("all.json"))
    group = result["groups"][0]
    tap.check("the result as JSON", done.returncode == 1 and result["format"] == "fxbox-test" and
              result["done"] == 20 and result["failed"] == 4 and group["kind"] == "hang" and
              group["seeds"] == [5, 10, 15, 20] and group["again"] == "the same", result)
    follows("fxbox-test", result)
    follows("fxbox-replay", json.loads(read(group["replay"])))
    suite = xml.etree.ElementTree.fromstring(read("all.xml"))
    case = suite.find("testsuite/testcase")
    tap.check("and as JUnit has it", suite.get("failures") == "1" and
              case.get("name") == "hang, seed 5" and
              "deadlock" in case.find("failure").get("message"), read("all.xml"))
    run("--seeds=20", "--junit=pass.xml", "pass")
    suite = xml.etree.ElementTree.fromstring(read("pass.xml"))
    tap.check("JUnit: none failed", suite.get("tests") == "1" and suite.get("failures") == "0")
    run("--seeds=20", "--shard=1/2", "--json=1.json", "hang", "5")
    run("--seeds=20", "--shard=2", "--json=2.json", "hang", "5", JOB_COMPLETION_INDEX="1")
    done = run("merge", "--json=sum.json", "1.json", "2.json")
    merged = json.loads(read("sum.json"))
    tap.check("shards add up", done.returncode == 1 and merged["done"] == 20 and
              merged["failed"] == 4 and merged["groups"][0]["seeds"] == [5, 10, 15, 20] and
              merged["groups"][0]["key"] == group["key"], merged)
    run("--seeds=3", "--json=other.json", "pass")
    done = run("merge", "1.json", "other.json")
    tap.check("results of two programs do not add up", done.returncode == 125 and
              done.stderr.startswith("fxbox: other.json: is of another program"), done)
    done = run("merge", "fxbox-failures/hang-hang-5.json")
    tap.check("what is no result", done.returncode == 125 and
              "is no result of fxbox test --json" in done.stderr, done)
    done = run("--seeds=3", "--json=/nowhere/x", "pass")
    tap.check("a result that cannot be written", done.returncode == 125 and
              done.stderr == "fxbox: /nowhere/x: No such file or directory\n", done)
    done = run("--seeds=6", "--keep=/proc/nowhere", "hang", "5")
    tap.check("replay files that cannot be written", done.returncode == 1 and
              "no replay files are kept" in done.stderr, done)


def interrupted():
    with subprocess.Popen([FRONT, FAKE, "test", "--time=60", "hang", "3"], cwd=work, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=60)
    tap.check("Ctrl-C ends with what is known", process.returncode == 1 and
              "(interrupted)" in out and "hang" in out, (process.returncode, out, error))
    with subprocess.Popen([FRONT, FAKE, "test", "--time=60", "pass"], cwd=work, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=60)
    tap.check("and by the signal if nothing failed", process.returncode == -signal.SIGINT and
              "none failed (interrupted)" in out, (process.returncode, out, error))


seeds()
kinds()
trouble()
passed_on()
replays()
results()
interrupted()
tap.finish()
