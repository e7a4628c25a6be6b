#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The hang record of a log: that of a real deadlock, of many threads, and of somebody hostile.

usage: hang.py FXBOX GUESTS SOURCE DUMP
"""
import json
import os
import re
import shutil
import sys
import tempfile

from logs import FXBOX, SOURCE, audit, audit_json, guest, logged, records, run
from tap import Tap

REPORT, DUMP = os.path.join(os.path.dirname(FXBOX), "fxbox-report"), os.path.abspath(sys.argv[4])
MOST = 1 << 20

tap = Tap()
work = tempfile.mkdtemp(prefix="fxbox-hang.")


def at(name):
    return os.path.join(work, name)


def stuck(name, program, *options):
    """A program of guest-progs/hang with a log, ended as soon as it is stuck."""
    return logged(at(name), [guest("hang/" + program[0]), *program[1:]], "--on-deadlock=abort",
                  *options)


def hangs(log):
    return [r for r in log if r["type"] == "hang"]


def line_of(program, thread):
    with open(os.path.join(SOURCE, "guest-progs/hang", program), encoding="ascii") as source:
        return next(i for i, line in enumerate(source, 1) if "here: " + thread in line)


def document(name):
    with open(os.path.join(SOURCE, "docs", name), encoding="utf-8") as text:
        return json.load(text)


def validator():
    try:
        import jsonschema
    except ImportError:
        tap.skip("hang records follow the schema", "python3-jsonschema is not installed")
        return None
    schema, threads = (document(name) for name in ("fxbox-log.schema.json",
                                                   "fxbox-threads.schema.json"))
    return jsonschema.Draft7Validator(schema, resolver=jsonschema.RefResolver(
        schema["$id"], schema, store={threads["$id"]: threads}))


VALIDATOR = validator()


def follows(name, log):
    if VALIDATOR:
        bad = ["%s: %s" % (r["type"], e.message) for r in log for e in VALIDATOR.iter_errors(r)]
        tap.check("log '%s' follows the schema" % name, not bad, "\n".join(bad[:3]))


def deadlock():
    result, log = stuck("abba", ["abba"], "--trace=futex")
    follows("abba", log)
    told = hangs(log)
    tap.check("a deadlock has one hang record", len(told) == 1 and told[0]["reason"] == "stuck" and
              "is stuck: all 3 threads wait" in told[0]["head"] and
              told[0]["pid"] == log[0]["pid"] and
              log[0]["time_us"] <= told[0]["time_us"] <= log[-1]["time_us"], (result, told))
    hang = told[0]
    by_name = {t["name"]: t for t in hang["threads"]}
    for thread in ("left", "right", "main"):
        own = [f for f in by_name[thread]["frames"] if f.get("own")]
        tap.check("thread '%s' stands where it does" % thread,
                  own and own[0]["file"].endswith("abba.c") and
                  own[0]["line"] == line_of("abba.c", thread), own)
    tap.check("who waits for whom", [by_name[t]["wait"]["owner_tid"] for t in ("left", "right")] ==
              [by_name[t]["tid"] for t in ("right", "left")] and
              re.fullmatch(r"mutex lock_b \(abba\.c:\d+\)", by_name["left"]["wait"]["text"]),
              by_name)
    tap.check("what was found", [f["what"] for f in hang["findings"]] == ["cycle"] and
              set(hang["findings"][0]["threads"]) == {by_name[t]["tid"] for t in ("left", "right")},
              hang["findings"])
    tap.check("a program that ends has none", not hangs(logged(at("hello"), [guest("hello")])[1]))


def time_over():
    """Told by the process outside, which does not have the program's end in the log."""
    for more in ([], ["--isolate"]):
        result = run([FXBOX, "run", "--log=" + at("timeout"), "--on-deadlock=ignore",
                      "--timeout=1", *more, "--", guest("hang/abba")])
        if more and result.returncode == 125:
            tap.skip("--isolate", result.stderr.decode().strip())
            continue
        log = records(at("timeout"))
        follows("timeout", log)
        tap.check("what --timeout ends has a hang record %s" % more,
                  result.returncode == 124 and len(hangs(log)) == 1 and
                  [f["what"] for f in hangs(log)[0]["findings"]] == ["cycle"] and
                  "deadlock: " in audit("summary", at("timeout")).stdout.decode(), (result, log))


def summary():
    text = audit("summary", at("abba")).stdout.decode()
    tap.check("the summary begins with it", text.index("is stuck: all 3 threads wait") <
              text.index("All that the program asked for") and "deadlock: " in text and
              all("; at %s abba.c:%d\n" % (t, line_of("abba.c", t)) in text
                  for t in ("left", "right")), text)
    hang, = audit_json("summary", "--json", at("abba"))["hangs"]
    tap.check("the summary as JSON has it", hang["reason"] == "stuck" and
              {(t["name"], t["function"], t["file"], t["line"]) for t in hang["threads"]} ==
              {(t, t, "abba.c", line_of("abba.c", t)) for t in ("left", "right", "main")} and
              hang["findings"] == hangs(records(at("abba")))[0]["findings"], hang)


def merge_and_diff():
    with open(at("merged"), "wb") as out:
        out.write(audit("merge", at("abba"), at("hello")).stdout)
    log = records(at("merged"))
    follows("merged", log)
    tap.check("merge keeps it as it was", hangs(log) == hangs(records(at("abba"))))
    with open(at("seventeen"), "wb") as out:
        out.write(audit("merge", *[at("abba")] * 17).stdout)
    log = records(at("seventeen"))
    tap.check("merge says what it leaves out", len(hangs(log)) == 16 and
              log[-1].get("hangs_lost") == 1 and
              audit_json("summary", "--json", at("seventeen"))["hangs_lost"] == 1, log[-1])
    result = audit("diff", at("hello"), at("abba"))
    tap.check("diff tells that one hung", result.returncode == 1 and
              re.search(rb"^\+ hang .* is stuck", result.stdout, re.M), result)
    only = json.loads(audit("diff", "--json", at("abba"), at("hello")).stdout)
    tap.check("diff --json too", [e["kind"] for e in only["only_in_first"]].count("hang") == 1 and
              not [e for e in only["only_in_second"] if e["kind"] == "hang"])
    result = audit("diff", at("abba"), at("merged"))
    tap.check("no difference if both did", b"hang " not in result.stdout, result)


def many():
    """More threads than a line has place for."""
    result, log = stuck("many", ["many", "1500"])
    follows("many", log)
    hang, = hangs(log)
    with open(at("many"), "rb") as file:
        longest = max(len(line) for line in file)
    tap.check("a line is no longer than it is read", MOST - 16384 < longest <= MOST, longest)
    tap.check("what has no place is counted", hang["frames_left_out"] > 0 and
              hang["threads_left_out"] == 1501 - len(hang["threads"]) > 0 and
              hang["process"]["threads"] == 1501 and hang["findings"],
              {m: v for m, v in hang.items() if "left_out" in m})
    tap.check("the program's own frames are kept",
              all(any(f.get("own") and f["file"].endswith("many.c") for f in t["frames"])
                  for t in hang["threads"]), hang["threads"][0])
    tap.check("a page is made of it", run([FXBOX, "report", "-o", at("many.html"), at("many")])
              .returncode == 0 and os.path.getsize(at("many.html")) < 1000000, result.returncode)


def closed_log():
    """A log that cannot be written."""
    made = run([DUMP, at("dump"), "3", guest("hang/abba")])
    if made.returncode == 77:
        tap.skip("a log that cannot be written", made.stderr.decode().strip())
        return
    read_end, write_end = os.pipe()
    os.close(read_end)
    with open(at("dump"), "rb") as dump, open("/dev/full", "wb") as full, \
            open(at("ok"), "wb") as good:
        for name, fd, why in (("full", full.fileno(), b"No space left on device"),
                              ("closed", write_end, b"Broken pipe")):
            result = run([REPORT, "threads", "--fd", str(dump.fileno()), "--log-fd", str(fd)],
                         pass_fds=[dump.fileno(), fd])
            tap.check("a log that is %s: one line, and the report all the same" % name,
                      result.returncode == 125 and b"deadlock: " in result.stdout and
                      result.stderr.count(b"\n") == 1 and why in result.stderr, result)
        run([REPORT, "threads", "--fd", str(dump.fileno()), "--log-fd", str(good.fileno())],
            pass_fds=[dump.fileno(), good.fileno()])
        result = run([REPORT, "threads", "--fd", str(dump.fileno()), "--log-fd", "1x"],
                     pass_fds=[dump.fileno()])
        tap.check("--log-fd is a number", result.returncode == 125 and not result.stdout, result)
    os.close(write_end)
    with open(at("ok"), encoding="ascii") as log:
        tap.check("a log that can be written has one line", [json.loads(line)["type"]
                                                            for line in log] == ["hang"])


def written(name, *added):
    """The log of abba with other lines for its hang record."""
    with open(at(name), "w", encoding="ascii") as out:
        for r in records(at("abba")):
            if r["type"] != "hang":
                out.write(json.dumps(r) + "\n")
        for line in added:
            out.write(line + "\n")
    return at(name)


def hostile():
    """Every member of every type, at each level: nothing is read that is not there."""
    hang = hangs(records(at("abba")))[0]
    values = [None, -1, 1 << 62, 1e300, "", "x" * 3000, [], {}, [[]], [None], {"x": []}, True]
    lines = []

    def vary(o):
        """The record with each member anew."""
        for member in list(o) if isinstance(o, dict) else range(len(o))[:2]:
            old = o[member]
            if member == "type" and o is hang:
                continue
            for value in values:
                o[member] = value
                lines.append(json.dumps(hang))
            o[member] = old
            if isinstance(old, (dict, list)):
                vary(old)

    vary(hang)
    # So many as one log keeps, at a time.
    wrong, step = [], 16
    for i in range(0, len(lines), step * 8):
        logs = [written("hostile-%d" % k, *lines[i + k * step:i + (k + 1) * step])
                for k in range(8)]
        for command in (["audit", "summary"], ["audit", "summary", "--json"], ["audit", "merge"],
                        ["report"]):
            result = run([FXBOX, *command, *logs])
            if result.returncode != 0 or result.stderr:
                wrong.append((command, i, result.returncode, result.stderr[:200]))
    tap.check("%d records of somebody hostile are read" % len(lines), not wrong, wrong[:5])
    for name, line, why in (
            ("too deep", json.dumps(dict(hang, x=json.loads("[" * 20 + "]" * 20))), b"not an object"),
            ("too long", json.dumps(dict(hang, x="x" * MOST)), b"not an object")):
        for command in (["audit", "summary"], ["report"]):
            result = run([FXBOX, *command, written("broken", line)])
            tap.check("%s of a record that is %s: told" % (" ".join(command), name),
                      result.returncode == 125 and why in result.stderr, result)
    with open(written("cut", json.dumps(hang)), "rb+") as log:
        log.seek(-20, os.SEEK_END)
        log.truncate()
    text = audit("summary", at("cut")).stdout
    tap.check("a record that is cut off is told", b"cut off" in text and b"is stuck" not in text,
              text)


try:
    deadlock()
    time_over()
    summary()
    merge_and_diff()
    many()
    closed_log()
    hostile()
finally:
    shutil.rmtree(work)
tap.finish()
