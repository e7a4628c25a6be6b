#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What fxbox-report tells of programs that hang: the right threads, words, lines, findings.

usage: threads.py REPORT DUMP HANG SOURCE [--fxbox=FXBOX] [NAME...]

HANG has the programs of guest-progs/hang/, whose comments say what is to be told
(guest-progs/hang/hang.h). A dump of each is had by DUMP, natively: other ways to have one are
subclasses of Way. --fxbox: the programs run under this fxbox, and it is asked for their threads.
"""
import concurrent.futures
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

WORDS = [word for word in sys.argv[1:] if not word.startswith("--")]
REPORT, DUMP, HANG, SOURCE = map(os.path.abspath, WORDS[:4])
ONLY = WORDS[4:]
sys.path.insert(0, os.path.join(SOURCE, "tests/loader"))
from tap import Tap  # pylint: disable=wrong-import-position

PROGRAMS = os.path.join(SOURCE, "guest-progs/hang")
# These also static, where every symbol and none is there: a cycle, chains of each kind of owner.
STATIC = ["abba", "philosophers", "nested_monitor", "rwlock_writer", "once_joins", "join_circle",
          "handler", "exits_holding", "array_of_structs", "recursive"]
MUSL = ["recursive", "abba", "exits_holding", "semaphore_leaked"]
SKIPPED = 77
# As the comments have it, and as JSON has it.
KINDS = {"mutex": "mutex", "condition": "condition", "semaphore": "semaphore", "barrier": "barrier",
         "join": "join", "once": "once", "static": "static variable", "word": "word",
         "internal": "lock of the C library", "rwlock-read": "rwlock to read",
         "rwlock-write": "rwlock to write"}
# Without names of functions only what fields tell is known.
BY_FIELDS = {"mutex", "join"}
# Fields do not tell a mutex whose owner has ended from another word.
NO_FIELDS = {"exits_holding"}
# Rust's library is inside the program, and its locks are a word.
NO_NAMES = {"rust"}

tap = Tap()
work = tempfile.mkdtemp(prefix="fxbox-threads.")


class Expected:
    """What the comment at the head of a program says; some of it is told in one way only."""

    def __init__(self, path, way):
        with open(path, encoding="utf-8") as source:
            self.lines = source.read().split("\n")
        self.file = os.path.basename(path)
        head = [re.sub(r"^\W*", "", line) for line in self.lines]

        def said(word):
            return [line.partition(": ")[2].split() for line in head
                    if line.startswith((word + ": ", "%s %s: " % (word, way)))]

        self.findings, self.waits = said("HANG"), said("waits")
        self.either, self.calls = said("either"), said("calls")
        self.child = "process: child" in head

    def waiters(self):
        return len(self.waits) + len(self.either)

    def places(self, thread):
        """Numbers of the lines where this thread may wait."""
        found = [re.search(r"here: ([\w ]+)", line) for line in self.lines]
        return [i + 1 for i, here in enumerate(found) if here and thread in here[1].split()]

    def declares(self, number, name):
        return re.search(r"\b%s\b" % re.escape(re.split(r"\W", name)[0]), self.lines[number - 1])


class Way:
    """How a dump of a program that hangs is had: natively, by ptrace."""
    name = "natively"
    beside = ""  # what is said beside the text
    few = False  # whether it takes long

    def dump(self, program, expected, to, *arguments):
        """Status 0 if `to` is a dump then, and what is said if it is not."""
        command = [DUMP, *(["--child"] if expected.child else []), to,
                   str(expected.waiters()), program, *arguments]
        result = subprocess.run(command, timeout=60, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True, check=False)
        return result.returncode, result.stderr

    def told(self, program, expected, to, good):
        """Status as of dump, what is said of a failure, and the reports: JSON and text. `good` says
        what is wrong with a report, for who has to look more than once."""
        status, why = self.dump(program, expected, to)
        if status != 0:
            return status, why, None, None
        return 0, "", report(to, "--json"), report(to)


class UnderFxbox(Way):
    """The process is asked by fxbox, until what it tells is right, or for ten seconds."""
    name = "under fxbox"
    few = True
    beside = r"fxbox: process \d+ stood still for [\d.]+ ms\n"

    def __init__(self, fxbox):
        self.fxbox = os.path.abspath(fxbox)

    def told(self, program, expected, to, good):
        with open(to, "wb") as said:
            process = subprocess.Popen([self.fxbox, "run", "--no-confine", program],
                                       stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                                       start_new_session=True)
        end = time.monotonic() + 10
        try:
            while True:
                pid = child_of(process.pid) if expected.child else process.pid
                asked = [subprocess.run([self.fxbox, "threads", *options, str(pid)], timeout=60,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        check=False) for options in (["--json"], [])]
                if time.monotonic() > end or (asked[0].returncode == 0 and
                                              not good(json.loads(asked[0].stdout))):
                    return 0, "", *asked
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def child_of(pid):
    """The first child of any of its threads, or 0."""
    for path in glob.glob("/proc/%d/task/*/children" % pid):
        with open(path, encoding="ascii") as children:
            found = children.read().split()
        if found:
            return int(found[0])
    return 0


def report(dump, *options):
    return subprocess.run([REPORT, "threads", *options, dump], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)


def names_of(told, tids):
    names = {thread["tid"]: thread["name"] for thread in told["threads"]}
    return [names.get(tid, "?") for tid in tids]


def turned(ring):
    """A ring of names, beginning with the first by the alphabet."""
    at = ring.index(min(ring))
    return ring[at:] + ring[:at]


def wrong_findings(told, expected, stripped):
    """Of those that claim a cause each must be there and no other; who could be woken by nobody is
    grouped by what it waits for, which without names is not always known."""
    found = []
    for finding in told["findings"]:
        names = names_of(told, finding["threads"])
        names = turned(names) if finding["what"] == "cycle" else names
        found.append([finding["what"], *(names if finding["what"] != "refused" else [])])
    wanted = [[what[0], *(turned(what[1:]) if what[0] == "cycle" else what[1:])]
              for what in expected.findings]
    if stripped:
        claims = [what for what in found if what[0] not in ("nobody", "chain")]
        return [("findings", found, what) for what in claims if what not in wanted]
    return [("missing", what, found) for what in wanted if what not in found] + \
           [("not wanted", what) for what in found
            if what[0] not in ("nobody", "chain") and what not in wanted]


def lines_of(thread):
    return [(os.path.basename(place["file"]), place["line"]) for frame in thread["frames"]
            for place in [frame, *frame.get("inlined", [])] if "line" in place]


def wrong_wait(thread, kind, what, expected, bare):
    """What is told wrongly of one thread; bare: the program has no names, so only the kind."""
    wait = thread.get("wait")
    if not wait:
        return [(thread["name"], "does not wait", thread["does"])]
    if wait["kind"] != KINDS[kind]:
        return [(thread["name"], "waits for", wait["kind"], "not", kind)]
    if bare:
        return []
    place = wait["place"]
    wrong = []
    if what == "heap":
        if place["where"] != "heap":
            wrong.append((thread["name"], "place", place))
    elif what and (place.get("name") != what or
                   not expected.declares(place.get("line", 1), what)):
        wrong.append((thread["name"], "object", place, "not", what))
    if not any((expected.file, line) in lines_of(thread)
               for line in expected.places(thread["name"])):
        wrong.append((thread["name"], "stands in", lines_of(thread), "not in",
                      expected.places(thread["name"])))
    return wrong


def wrong_waits(told, expected, variant):
    """Each thread once: several may have the same name."""
    rest = {thread["tid"]: thread for thread in told["threads"]}
    wrong = []
    for name, kind, *what in expected.waits:
        if "stripped static" in variant and kind not in BY_FIELDS:
            continue
        tries = [(thread["tid"], wrong_wait(thread, kind, what[0] if what else None, expected,
                                            "stripped" in variant))
                 for thread in rest.values() if thread["name"] == name]
        good = [tid for tid, bad in tries if not bad]
        if good:
            del rest[good[0]]
        else:
            wrong += tries or [("no thread", name)]
    for what, *names in expected.findings:
        handlers = [frame for thread in told["threads"] for frame in thread["frames"]
                    if frame.get("signal_handler")]
        if (what == "handler") != (len(handlers) == 1):
            wrong.append(("signal handlers", what, names, len(handlers)))
    for name, call in expected.calls:
        # Who runs as yet is in none.
        if not any(thread["name"] == name and thread["state"] == "call" and
                   thread["call"]["name"] == call for thread in told["threads"]):
            wrong.append((name, "is not in", call))
    # Which of two closed the cycle is chance.
    if expected.either and not any(not wrong_wait(thread, kind, what, expected, "stripped" in variant)
                                   for name, kind, what in expected.either
                                   for thread in told["threads"] if thread["name"] == name):
        wrong.append(("none waits", expected.either))
    return wrong


def try_one(way, name, source, program, variant):
    """Title, and None if all is told, else what is not; or the reason to skip it."""
    expected = Expected(os.path.join(PROGRAMS, source), way.name)
    title = "%s, %s, %s" % (name, variant, way.name)
    dump = os.path.join(work, title.replace(" ", "").replace(",", "."))

    def wrong_in(told):
        return wrong_waits(told, expected, variant) + against_schema(told) + \
            wrong_findings(told, expected, "stripped" in variant or "musl" in variant)

    status, why, result, text = way.told(program, expected, dump, wrong_in)
    if status == SKIPPED:
        return title, "skip", why.strip()
    if status != 0:
        return title, "no dump: " + why, None
    if result.returncode != 0 or result.stderr or text.returncode != 0 or \
       not re.fullmatch(way.beside, text.stderr):
        return title, repr((result, text)), None
    wrong = wrong_in(json.loads(result.stdout))
    if text.stdout.count("\n") > 40:
        wrong.append(("rows", text.stdout.count("\n")))
    return title, "\n".join(map(str, wrong)) + "\n" + text.stdout if wrong else None, dump


def place_for(variant, name):
    """Threads are called as the file."""
    os.makedirs(os.path.join(work, variant), exist_ok=True)
    return os.path.join(work, variant, name)


def compiled(compiler, source, to, *options):
    subprocess.run([compiler, "-std=gnu11", "-O1", "-g", "-D_GNU_SOURCE", "-I" + SOURCE, *options,
                    "-o", to, source, "-pthread"], check=True)
    return to


def stripped(program, to):
    subprocess.run(["strip", "-o", to, program], check=True)
    return to


def variants(way, name, source):
    """Path and description of each way in which a program is built, and is tried in this way."""
    path = os.path.join(HANG, name)
    static = STATIC[:4] if way.few else STATIC
    yield path, "dynamic"
    if name not in NO_NAMES and (name in static or not way.few):
        yield stripped(path, place_for("stripped", name)), "stripped"
    where = os.path.join(PROGRAMS, source)
    if name in static:
        program = compiled("cc", where, place_for("static", name), "-static")
        yield program, "static"
        if name not in NO_FIELDS:
            yield stripped(program, place_for("bare", name)), "stripped static"
    if name in MUSL and shutil.which("musl-gcc"):
        musl = compiled("musl-gcc", where, place_for("musl", name), "-static")
        yield musl, "musl static"


def sources():
    for source in sorted(os.listdir(PROGRAMS)):
        name, ending = os.path.splitext(source)
        if ending in (".c", ".cpp", ".rs") and (name in ONLY if ONLY else
                                                not name.startswith("calm") and name != "many"):
            yield name, source


def schema():
    """What a report has to follow, and its own test; None if nothing is there to check it with."""
    try:
        import jsonschema  # pylint: disable=import-outside-toplevel
    except ImportError:
        tap.skip("reports follow the schema", "python3-jsonschema is not installed")
        return None
    with open(os.path.join(SOURCE, "docs/fxbox-threads.schema.json"), encoding="utf-8") as f:
        return jsonschema.Draft7Validator(json.load(f))


SCHEMA = schema()


def against_schema(told):
    """What in a report does not follow it."""
    return [("schema", error.message[:200]) for error in SCHEMA.iter_errors(told)] if SCHEMA else []


def hangs(way):
    work_list = []
    for name, source in sources():
        if not os.path.exists(os.path.join(HANG, name)):
            tap.skip(name, "no compiler for " + source)
            continue
        work_list.append((name, source))

    def all_of(item):
        return [try_one(way, item[0], item[1], program, variant)
                for program, variant in variants(way, *item)]

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for results in pool.map(all_of, work_list):
            for title, wrong, more in results:
                if wrong == "skip":
                    tap.skip(title, more)
                else:
                    tap.check(title, not wrong, wrong)


def dump_of(way, name, waiters, *arguments):
    """A dump of a program for one of the tests below, None if there is none."""
    class Wanted:
        child = False
        waiters = staticmethod(lambda: waiters)

    to = os.path.join(work, name + "-".join(map(str, arguments)) + ".dump")
    status, why = way.dump(os.path.join(HANG, name), Wanted, to, *map(str, arguments))
    if status == 0:
        return to
    if status == SKIPPED:
        tap.skip("dump of " + name, why.strip())
    else:
        tap.check("dump of " + name, False, why)
    return None


def thousand(way):
    """Equal stacks are told once; ten threads fit a screen, and so do a thousand."""
    for count in (10, 1000):
        dump = dump_of(way, "many", count + 1, count)
        if not dump:
            return
        text, told = report(dump), json.loads(report(dump, "--json").stdout)
        tap.check("%d threads are a screen" % count,
                  text.returncode == 0 and text.stdout.count("\n") < 16 and
                  "... (%d): each waits on condition gate (many.c:" % count in text.stdout and
                  len(told["threads"]) == count + 1 and not against_schema(told), text.stdout)


def called(way):
    """The ways in which a dump is given."""
    dump = dump_of(way, "abba", 3)
    if not dump:
        return
    text = report(dump).stdout
    with open(dump, "rb") as opened:
        by_fd = subprocess.run([REPORT, "threads", "--fd", str(opened.fileno())],
                               pass_fds=[opened.fileno()], stdout=subprocess.PIPE, text=True,
                               check=False)
        by_path = subprocess.run(["threads", "/proc/self/fd/%d" % opened.fileno()],
                                 executable=REPORT, pass_fds=[opened.fileno()],
                                 stdout=subprocess.PIPE, text=True, check=False)
    tap.check("by descriptor", by_fd.stdout == text and by_fd.returncode == 0, by_fd)
    tap.check("by argv[0] and /proc", by_path.stdout == text and by_path.returncode == 0, by_path)
    whole = report(dump, "--all-frames").stdout
    tap.check("all frames", len(whole) > len(text), whole)
    for title, arguments in {"no file": [], "two files": [dump, dump], "an option": ["--what", dump],
                             "no descriptor": ["--fd", "999"], "a directory": [work],
                             "no dump": [REPORT], "no such file": [work + "/none"],
                             "a device": ["/dev/null"]}.items():
        result = subprocess.run([REPORT, "threads", *arguments], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, check=False)
        tap.check("refused: " + title, result.returncode == 125 and not result.stdout and
                  result.stderr.startswith("fxbox: ") and result.stderr.count("\n") <= 2, result)
    with open(dump, "rb") as opened:
        hostile = opened.read().replace(b"left\0\0\0\0", b"le\x1b[2J\n\0")
    with open(dump + ".hostile", "wb") as out:
        out.write(hostile)
    result = report(dump + ".hostile")
    tap.check("a thread's name is no command for a terminal", "(le?[2J?)" in result.stdout and
              "\x1b" not in result.stdout, result)
    damaged(dump)


def core():
    """Any core file is told as far as its registers tell."""
    to = os.path.join(work, "core")
    if subprocess.run([DUMP, "--core", to, "3", os.path.join(HANG, "abba")], timeout=60,
                      check=False).returncode != 0:
        return
    told = json.loads(report(to, "--json").stdout)
    kinds = sorted(thread["wait"]["kind"] for thread in told["threads"])
    tap.check("a core file", told["process"]["reason"] == "core" and
              kinds == ["join", "mutex", "mutex"] and not against_schema(told) and
              [len(finding["threads"]) for finding in told["findings"]] == [2], told)


def damaged(dump):
    """Whatever is in a dump: a report, or one line and status 125."""
    with open(dump, "rb") as opened:
        whole = opened.read()
    bad = os.path.join(work, "damaged")
    chance = random.Random(16)
    wrong = []
    for i in range(120):
        content = bytearray(whole)
        if i % 3 == 0:
            content = content[:chance.randrange(len(whole))]
        else:
            for _ in range(chance.choice([1, 4, 64])):
                at = chance.randrange(chance.choice([64, 2048, len(content)]))
                content[at] = chance.choice([0, 1, 0x7f, 0xff, chance.randrange(256)])
        with open(bad, "wb") as out:
            out.write(content)
        result = subprocess.run([REPORT, "threads", "--json", bad], timeout=60, check=False,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if result.returncode == 0:
            wrong += against_schema(json.loads(result.stdout))
        elif result.returncode != 125 or result.stderr.count(b"\n") != 1 or result.stdout:
            wrong.append((i, result))
    tap.check("damaged dumps are told or refused", not wrong, wrong[:3])


def calm():
    """What only looks like a hang ends by itself."""
    for program in sorted(os.listdir(HANG)):
        path = os.path.join(HANG, program)
        if not program.startswith("calm_") or not os.path.isfile(path):
            continue
        for case in subprocess.run([path], stdout=subprocess.PIPE, text=True,
                                   check=True).stdout.split():
            result = subprocess.run([path, case], timeout=60, stderr=subprocess.PIPE, text=True,
                                    check=False)
            tap.check("%s %s" % (program, case), result.returncode == 0, result)


def main():
    fxbox = [word[len("--fxbox="):] for word in sys.argv[1:] if word.startswith("--fxbox=")]
    way = UnderFxbox(fxbox[0]) if fxbox else Way()
    hangs(way)
    if not ONLY and not fxbox:
        thousand(way)
        called(way)
        core()
        calm()
    shutil.rmtree(work)
    tap.finish()


if __name__ == "__main__":
    main()
