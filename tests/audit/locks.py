#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""--profile=locks: contended locks by name, in every form a program has; what reads them, on logs that lie.

usage: locks.py FXBOX GUESTS SOURCE
"""
import html
import json
import os
import random
import re
import shutil
import subprocess
import tempfile

from logs import FXBOX, SOURCE, audit, guest, logged, records, run
from tap import Tap

tap = Tap()
work = tempfile.mkdtemp(prefix="fxbox-locks.")
PROGRAM = os.path.join(SOURCE, "guest-progs/locks/contended.c")
DAYS = 3
PLACES = {"post_entry": "ledger", "enter_office": "office.gate", "await_morning": "morning"}
RELEASES = {"post_entry": "close_books", "enter_office": "open_gate", "await_morning": "ring_bell"}
LOCK, UNLOCK = "pthread_mutex_lock", "pthread_mutex_unlock"


def at(name):
    return os.path.join(work, name)


def of_type(log, kind):
    return [r for r in log if r["type"] == kind]


def profiled(name, program, *options):
    result, log = logged(at(name), [program, str(DAYS)], "--profile=locks", *options)
    tap.check(name + ": the program is as without", result.returncode == 0 and result.stdout ==
              b"%d entries, %d mornings, %d days\n" % (DAYS, DAYS, DAYS), result)
    return log


def validator():
    try:
        import jsonschema
    except ImportError:
        return None
    def document(name):
        with open(os.path.join(SOURCE, "docs", name), encoding="utf-8") as text:
            return json.load(text)
    schema, threads = document("fxbox-log.schema.json"), document("fxbox-threads.schema.json")
    return jsonschema.Draft7Validator(schema, resolver=jsonschema.RefResolver(
        schema["$id"], schema, store={threads["$id"]: threads}))


VALIDATOR = validator()


def records_are_sound(name, log):
    waits, wakes = of_type(log, "lock_wait"), of_type(log, "lock_wake")
    told = {(w["tid"], w["wake"]) for w in wakes}
    stacks = {r["stack"] for r in of_type(log, "stack")}
    tap.check(name + ": each wait is long, and whoever ended it has told", len(waits) >= 3 * DAYS and
              all(w["waited_us"] > 20 for w in waits) and
              sum((w.get("waker"), w.get("wake")) in told for w in waits) >= 3 * DAYS, log)
    tap.check(name + ": its stacks are there", all(w["stack"] in stacks for w in waits + wakes))
    if VALIDATOR:
        bad = ["%s: %s" % (r["type"], e.message) for r in log for e in VALIDATOR.iter_errors(r)]
        tap.check(name + ": follows the schema", not bad, "\n".join(bad[:3]))
    else:
        tap.skip(name + ": follows the schema", "python3-jsonschema is not installed")


def folded(name):
    text = audit("stacks", at(name)).stdout.decode("ascii")
    lines = [re.fullmatch(r"(\S.*) (\d+)", line) for line in text.splitlines()]
    tap.check(name + ": folded stacks are lines of a path and a number", lines and all(lines), text)
    return [(m[1].split(";"), int(m[2])) for m in lines if m]


def waited_us(log):
    return sum(w["waited_us"] for w in of_type(log, "lock_wait"))


def table(name):
    """Rows of the page: the lock, its kind, and the text of what is folded below."""
    result = run([FXBOX, "report", at(name)])
    page = result.stdout.decode("ascii")
    tap.check(name + ": a page", result.returncode == 0 and "<script" not in page, result)
    rows = []
    for row in re.findall(r'<tr><th scope="row"><details>(.*?)</tr>', page, re.S):
        lock = html.unescape(re.search(r"<summary><code>(.*?)</code>", row)[1])
        kind = re.search(r"</details></th><td>(.*?)</td>", row)[1]
        told = html.unescape(re.sub(r"<[^>]*>", " ", row))
        rows.append((lock, kind, told))
    return page, rows


def line_of(mark):
    with open(PROGRAM, encoding="ascii") as source:
        return next(i for i, line in enumerate(source, 1) if "here: " + mark in line)


def by_name(name, log, lines=True, fields=True, guessed=False):
    """Of a program with its symbols; lines: with DWARF; fields: and parts of variables; guessed: musl has no tables."""
    paths = folded(name)
    page, rows = table(name)
    tap.check(name + ": all time is there", sum(us for _, us in paths) == waited_us(log), paths)
    for function, lock in PLACES.items():
        if guessed and function == "await_morning":
            continue  # on a word of the waiter's stack
        wait = "pthread_cond_wait" if lock == "morning" else LOCK
        kind = "condition" if lock == "morning" else "mutex"
        wanted = lock if fields else lock.split(".")[0]
        found = [told for row, its, told in rows if its == kind and row.split(" ")[0] == wanted]
        tap.check("%s: %s is %s" % (name, function, lock), len(found) == 1 and
                  re.search(r"Waited for.*%s.*%s.*(Released|Woken) by.*%s" %
                            (wait, function, RELEASES[function]), found[0], re.S),
                  (rows, found))
        tap.check("%s: %s in folded stacks" % (name, function),
                  any(function in path and path[-1].lstrip("_").startswith(wait) and
                      (guessed or path.index("clerk") < path.index(function)) for path, _ in paths), paths)
    contended, _, other = page.partition('id="other-wait-table"')
    tap.check(name + ": conditions are no contention", guessed or
              ("<code>morning" not in contended and "<code>morning" in other and "<code>ledger" in contended))
    if lines:
        told = next(told for row, _, told in rows if row.startswith("ledger "))
        tap.check(name + ": lines", "ledger (contended.c:" in told and
                  "contended.c:%d" % line_of("waits") in told and
                  "contended.c:%d" % line_of("releases") in told, told)


def compiled(compiler, name, *options):
    subprocess.run([compiler, "-std=gnu11", "-O1", "-g", "-D_GNU_SOURCE", "-I" + SOURCE, *options, "-o",
                    at(name + ".bin"), PROGRAM, "-pthread"], check=True)
    return at(name + ".bin")


def stripped(program, name):
    subprocess.run(["strip", "-o", at(name + ".bin"), program], check=True)
    return at(name + ".bin")


def dynamic():
    for mode in ("patch", "eager", "trap"):
        log = profiled(mode, guest("locks/contended"), "--intercept=" + mode)
        records_are_sound(mode, log)
        by_name(mode, log)
    log = profiled("traced", guest("locks/contended"), "--trace=futex")
    records_are_sound("traced", log)
    by_name("traced", log)
    by_name("confined", profiled("confined", guest("locks/contended"), "confined"))


def other_forms():
    static = compiled("cc", "static", "-static")
    by_name("static", profiled("static", static))
    log = profiled("stripped", stripped(guest("locks/contended"), "stripped"))
    records_are_sound("stripped", log)
    paths, (_, rows) = folded("stripped"), table("stripped")
    tap.check("stripped: the C library's functions, and the program's by their place",
              any(path[-1] == LOCK and re.fullmatch(r"stripped\.bin\+0x[0-9a-f]+", path[-2])
                  for path, _ in paths), paths)
    tap.check("stripped: locks by their place", sum(
        re.fullmatch(r"stripped\.bin\+0x[0-9a-f]+", lock) is not None and kind == "mutex"
        for lock, kind, _ in rows) >= 2 and
        any(kind == "condition" for _, kind, _ in rows), rows)
    log = profiled("bare", stripped(static, "bare"))
    records_are_sound("bare", log)
    paths, (_, rows) = folded("bare"), table("bare")
    tap.check("static and stripped: places alone", paths and all(
        re.fullmatch(r"bare\.bin\+0x[0-9a-f]+", f) for path, _ in paths for f in path) and
        len(rows) >= 3, (paths, rows))
    if shutil.which("musl-gcc"):
        musl = compiled("musl-gcc", "musl", "-static")
        log = profiled("musl", musl)
        by_name("musl", log, guessed=True)
    else:
        tap.skip("musl", "musl-gcc is not installed")


def events_of(name):
    result = audit("trace-events", at(name))
    events = json.loads(result.stdout)["traceEvents"]
    slices = [e for e in events if e["ph"] == "X"]
    tap.check(name + ": events have what a slice needs", result.returncode == 0 and slices and
              all(e["ts"] >= 0 and e["dur"] >= 0 and e["name"] and "pid" in e and "tid" in e
                  for e in slices) and {e["ph"] for e in events} <= set("XMsf"), events[:9])
    begins, ends = ({e["id"]: e for e in events if e["ph"] == phase} for phase in "sf")

    def inside(e):
        return any(x["tid"] == e["tid"] and x["ts"] <= e["ts"] <= x["ts"] + x["dur"] for x in slices)
    tap.check(name + ": arrows have two ends, each in a slice, the first one before", begins and
              begins.keys() == ends.keys() and
              all(begins[i]["ts"] <= ends[i]["ts"] and begins[i]["tid"] != ends[i]["tid"] and
                  inside(begins[i]) and inside(ends[i]) for i in begins), (begins, ends))
    named = {e["tid"] for e in events if e["ph"] == "M" and e["name"] == "thread_name"}
    tap.check(name + ": threads have names", {e["tid"] for e in slices} <= named)
    return events, len(begins)


def trace_events():
    events, arrows = events_of("patch")
    log = records(at("patch"))
    waits = [e for e in events if e["ph"] == "X" and "word" in e.get("args", {})]
    tap.check("a slice for each wait, an arrow for each that was ended",
              len(waits) == len(of_type(log, "lock_wait")) and arrows >= 3 * DAYS and
              sum(e["dur"] for e in waits) == waited_us(log), waits)
    logged(at("calls"), [guest("locks/contended"), str(DAYS)], "--trace=futex")
    events, _ = events_of("calls")
    tap.check("a trace alone has its calls", sum(e["ph"] == "X" and e["name"] == "futex" for e in events) >=
              6 * DAYS)


def processes():
    """A child tells its own stacks; a program that is executed is another one."""
    shell = 'for i in 1 2; do "$0" 1; done; exec "$0" 1'
    _, log = logged(at("shell"), ["/bin/sh", "-c", shell, guest("locks/contended")], "--profile=locks")
    pids = {w["pid"] for w in of_type(log, "lock_wait")}
    paths = folded("shell")
    _, rows = table("shell")
    tap.check("three programs", len(pids) == 3 and sum(lock.startswith("ledger ") for lock, _, _ in rows) == 3 and
              any("post_entry" in path for path, _ in paths) and
              not any("[unknown]" in path for path, _ in paths), (pids, rows, paths))


def quick_waits():
    """Nothing is told of a program that waits for nobody; and nothing without the option."""
    _, log = logged(at("hello"), [guest("hello")], "--profile=locks")
    tap.check("no waits, no records", not any(of_type(log, k) for k in ("lock_wait", "lock_wake", "stack")))
    _, log = logged(at("without"), [guest("locks/contended"), "1"])
    tap.check("nothing without the option",
              not any(of_type(log, k) for k in ("lock_wait", "lock_wake", "stack", "module")))
    result = run([FXBOX, "run", "--profile=locks", guest("hello")])
    tap.check("it needs a log", result.returncode == 125 and b"--log" in result.stderr, result)
    result = audit("stacks", at("hello"))
    tap.check("no stacks are no error", result.returncode == 0 and not result.stdout, result)
    result = audit("trace-events", at("hello"), at("hello"))
    tap.check("one log for events", result.returncode == 125 and b"one file" in result.stderr, result)


def lies(rng, log):
    """What a program can write that has its own log: any word of it is another."""
    words = ["0x0", "0xffffffffffffffff", "0x7fffffffffff", -1, 0, 2**62, "", "<script>", "\u00ff" * 5000,
             None, [], {}, "/proc/self/mem", "/dev/zero", "0:1 8:2 3ff8:3 4000:4"]
    for record in log:
        record = dict(record)
        if record["type"] in ("module", "stack", "lock_wait", "lock_wake"):
            for member in list(record):
                if member != "type" and rng.random() < 0.15:
                    record[member] = rng.choice(words)
        yield record


def damaged():
    """Whatever is in the log, the readers end, and well."""
    rng, log = random.Random(1), records(at("patch"))
    bad = []
    for i in range(25):
        with open(at("lies"), "w", encoding="ascii") as out:
            for record in lies(rng, log):
                out.write(json.dumps(record) + "\n")
        for command in (["audit", "stacks"], ["audit", "trace-events"], ["report"]):
            result = run([FXBOX, *command, at("lies")])
            if result.returncode != 0 or (command == ["report"] and b"<script" in result.stdout):
                bad.append((i, command, result))
    with open(at("patch"), "rb") as whole:
        text = whole.read()
    for i in range(10):
        with open(at("cut"), "wb") as out:
            out.write(text[:rng.randrange(len(text) // 4, len(text))])
        for command in (["audit", "stacks"], ["audit", "trace-events"], ["report"]):
            result = run([FXBOX, *command, at("cut")])
            if result.returncode != 0:
                bad.append(("cut", i, command, result))
    tap.check("logs that lie or are cut off", not bad, bad[:2])


try:
    for test in (dynamic, other_forms, trace_events, processes, quick_waits, damaged):
        test()
finally:
    shutil.rmtree(work)
tap.finish()
