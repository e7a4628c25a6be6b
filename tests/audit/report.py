#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The page of fxbox report: as a file, and as a browser shows it.

usage: report.py FXBOX GUESTS SOURCE
"""
import json
import os
import shutil
import tempfile
from html.parser import HTMLParser

import browser
from logs import FXBOX, SOURCE, audit_json, guest, logged, run
from tap import Tap

# As a program would put it where it can: its own name, paths, arguments.
HOSTILE = "</script></table><img src=x onerror=alert(1)><script>alert(2)</script>\" onload='alert(3)"
EMPTY = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "path", "rect"}

tap = Tap()
work = tempfile.mkdtemp(prefix="fxbox-report.")


def at(name):
    return os.path.join(work, name)


def report(*arguments, **options):
    return run([FXBOX, "report", *arguments], **options)


def page_of(name, *files):
    """Path of the page that is made of these logs."""
    result = report("-o", at(name + ".html"), *files)
    tap.check("report of '%s'" % name, result.returncode == 0 and not result.stdout and
              not result.stderr, result)
    return at(name + ".html")


def write_log(name, records):
    with open(at(name), "w", encoding="ascii") as out:
        for record in records:
            out.write(json.dumps(record) + "\n")
    return at(name)


def start(**members):
    return {"type": "start", "time_us": 1795332641000000, "pid": 100, "version": 1,
            "fxbox": "0.1.0", "shared_futex": "reject", "confinement": "full", "inherited": [],
            "exe": "/usr/bin/worker", "argv": ["worker", "-v", "it's"], **members}


def call(when, took, tid=100, name="read", args="0", **members):
    return {"type": "call", "time_us": 1795332641000000 + when + took, "pid": 100, "tid": tid,
            "nr": 0, "name": name, "args": args, "result": 0, "took_us": took, "address": "0x1000",
            **members}


def futex(when, took, tid, uaddr, operation, **members):
    return call(when, took, tid, "futex", "0x%x, %s, 2, NULL" % (uaddr, operation), **members)


def hostile_log():
    missed = {"time_us": 1795332641000100, "pid": 100, "tid": 100, "nr": 1, "name": HOSTILE,
              "args": HOSTILE, "result": -38, "errno": HOSTILE, "sub": "0x0", "what": HOSTILE,
              "mapping": HOSTILE, "path": "/" + HOSTILE, "advice": HOSTILE, "site": HOSTILE,
              "address": "0x1"}
    hang = {"type": "hang", "time_us": 1795332641000800, "pid": 100, "reason": HOSTILE,
            "head": HOSTILE, "process": {}, "missing_files": [HOSTILE],
            "findings": [{"what": "cycle", "title": HOSTILE, "text": HOSTILE, "threads": [1, 2]}],
            "threads": [
                {"tid": tid, "name": HOSTILE, "does": HOSTILE, "state": "waits", "since_us": 5,
                 "call": {"name": HOSTILE, "text": "futex(0, FUTEX_WAIT)"},
                 "wait": {"kind": HOSTILE, "object": str(tid), "owner_tid": 3 - tid,
                          "word": "0x1", "text": HOSTILE + " (" + HOSTILE + ")"},
                 "holds": [{"text": HOSTILE}],
                 "frames": [{"own": True, "pc": HOSTILE, "function": HOSTILE, "line": 1,
                             "file": HOSTILE}]} for tid in (1, 2)]}
    return write_log("hostile", [
        start(fxbox=HOSTILE, confinement=HOSTILE, shared_futex=HOSTILE, exe="/" + HOSTILE,
              argv=[HOSTILE, "--" + HOSTILE]),
        {"type": "exec", "time_us": 1795332641000050, "pid": 100, "exe": "/bin/" + HOSTILE},
        *({"type": kind, **missed} for kind in ("unsupported", "denied", "refused", "used")),
        call(10, 5, name=HOSTILE, args=HOSTILE, errno=HOSTILE),
        call(20, 5, name="futex", args="0x10, FUTEX_" + HOSTILE), hang,
        {"type": "exit", "time_us": 1795332641000900, "pid": 100, "signal": HOSTILE}])


def waits_log():
    """Three futexes: the order by time waited is not that by calls, address or appearance."""
    return write_log("waits", [
        start(), *(futex(100 * i, 10, 101, 0x3000, "FUTEX_WAIT_PRIVATE") for i in range(5)),
        futex(1000, 90, 102, 0x3000, "FUTEX_WAIT_PRIVATE"),
        futex(10, 4000, 103, 0x1000, "FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME"),
        futex(20, 700, 101, 0x2000, "FUTEX_LOCK_PI_PRIVATE"),
        futex(30, 1, 100, 0x1000, "FUTEX_WAKE_PRIVATE"),
        futex(40, 1, 100, 0x9000, "FUTEX_WAKE_PRIVATE"),
        {"type": "exit", "time_us": 1795332641005000, "pid": 100, "status": 7}])


def wakes_log():
    """Of 0x1000 each wait has one wake that can have ended it; of 0x2000 two have; one wake of
    0x3000 may have ended either of two waits; 0x4000 is shared with other processes; and process
    200 moves waiters from one word to another, so that nothing is certain."""
    wait, wake, moved = "FUTEX_WAIT_PRIVATE", "FUTEX_WAKE_PRIVATE", {"pid": 200}
    return write_log("wakes", [
        start(),
        futex(100, 100, 101, 0x1000, wait), futex(195, 3, 102, 0x1000, wake, result=1),
        futex(300, 1000, 101, 0x1000, wait), futex(350, 900, 103, 0x1000, wait),
        futex(1200, 60, 102, 0x1000, wake, result=2), futex(1400, 5, 102, 0x1000, wake),
        futex(2000, 500, 101, 0x2000, wait), futex(2100, 5, 102, 0x2000, wake, result=1),
        futex(2490, 5, 103, 0x2000, wake, result=1),
        futex(3000, 500, 101, 0x3000, wait), futex(3000, 600, 103, 0x3000, wait),
        futex(3490, 5, 102, 0x3000, wake, result=1),
        futex(3700, 100, 101, 0x4000, "FUTEX_WAIT"),
        futex(3790, 5, 102, 0x4000, "FUTEX_WAKE", result=1),
        futex(4000, 100, 201, 0x5000, wait, **moved),
        futex(4090, 5, 202, 0x5000, wake, result=1, **moved),
        futex(4090, 5, 202, 0x6000, "FUTEX_CMP_REQUEUE_PRIVATE", result=2, **moved),
        futex(4200, 100, 101, 0x7000, "FUTEX_LOCK_PI_PRIVATE"),
        futex(4290, 20, 103, 0x7000, "FUTEX_UNLOCK_PI_PRIVATE"),
        {"type": "exit", "time_us": 1795332641005000, "pid": 100, "status": 0}])


def hang_log():
    """A thread that waits for ever for what another, which still works, has."""
    place = {"kind": "mutex", "word": "0x1000", "object": "0x1000", "text": "mutex m (m.c:1)"}
    return write_log("hang", [
        start(), futex(10, 50, 101, 0x1000, "FUTEX_WAIT_PRIVATE"),
        futex(10, 50, 102, 0x1000, "FUTEX_WAIT_PRIVATE"),
        {"type": "hang", "time_us": 1795332641001000, "pid": 100, "reason": "cycle",
         "head": "fxbox: worker (100): deadlock", "process": {}, "findings": [], "threads": [
             {"tid": tid, "state": "waits", "since_us": since, "frames": [], "wait": dict(place),
              "call": {"name": "futex", "text": "futex(0x1000, FUTEX_WAIT_PRIVATE, 2, NULL)"}}
             for tid, since in ((101, 600), (102, 700), (103, 800))]},
        # Of these three one goes on; one is interrupted by a signal, and waits again.
        futex(300, 3700, 102, 0x1000, "FUTEX_WAIT_PRIVATE"),
        {k: v for k, v in futex(4000, 1, 103, 0x1000, "FUTEX_WAIT_PRIVATE").items()
         if k not in ("result", "took_us")},
        {"type": "exit", "time_us": 1795332641005000, "pid": 100, "signal": "SIGKILL"}])


def many_log():
    return write_log("many", [start()] + [
        call(10 * i, 5 + i % 7, 100 + i % 80) for i in range(100000)])


class Outline(HTMLParser):
    """That each element is closed in its turn; and the names of all."""

    def __init__(self):
        super().__init__()
        self.open, self.names, self.wrong = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in EMPTY:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append((tag, self.getpos()))


def outline(name, path):
    parser = Outline()
    with open(path, encoding="utf-8") as page:
        text = page.read()
    parser.feed(text)
    tap.check("page of '%s' is whole" % name, not parser.wrong and not parser.open,
              (parser.wrong, parser.open))
    tap.check("page of '%s' has no script, image, or anything from elsewhere" % name,
              not parser.names & {"script", "img", "iframe", "object", "form", "a"} and
              "url(" not in text and "@import" not in text and "http:" not in text and
              "https:" not in text, parser.names)


def command():
    log = at("hello")
    records = logged(log, [guest("hello"), "3"])[1]
    tap.check("the log has the command line", records[0]["argv"] == [guest("hello"), "3"],
              records[0])
    records = logged(at("exec"), ["sh", "-c", "exec /bin/echo '\"a\\\\' \"$(printf 'x%.0s' "
                                  "$(seq 300))\" $(seq 3000)"])[1]
    argv = [r["argv"] for r in records if r["type"] == "exec" and r["exe"].endswith("echo")]
    tap.check("a long command line is cut, and says so", len(argv) == 1 and
              argv[0][:2] == ["/bin/echo", '"a\\\\'] and len(argv[0][2]) < 300 and
              argv[0][2].endswith("...") and argv[0][3:5] == ["1", "2"] and
              argv[0][-1] == "..." and len(argv[0]) < 3000, argv)
    first = report(log)
    tap.check("without -o the page is standard output", first.returncode == 0 and
              first.stdout.startswith(b"<!DOCTYPE html>"), first)
    tap.check("-o -: the same", report("-o", "-", log).stdout == first.stdout)
    with open(log, "rb") as file:
        tap.check("a log from standard input, the same page each time",
                  report("-", stdin=file).stdout == first.stdout)
    tap.check("--output=PAGE", report("--output=" + at("other.html"), log).returncode == 0)
    with open(at("other.html"), "rb") as page:
        tap.check("the page in a file is the same", page.read() == first.stdout)
    tap.check("a page is written over", report("-o" + at("other.html"), log).returncode == 0 and
              os.path.getsize(at("other.html")) == len(first.stdout))
    with open(log, "rb") as file:
        before = file.read()
    result = report("-o", log, log)
    with open(log, "rb") as file:
        tap.check("a log is not written over by its own page", result.returncode == 125 and
                  b"one of the logs" in result.stderr and file.read() == before, result)
    for words in ([], ["-o"], ["-o", at("x.html")], ["--no", log], ["-o", "/no/such/x", log],
                  ["/no/such/log"], ["-o", at("x.html"), "/etc/passwd"]):
        result = report(*words)
        tap.check("report %s: 125 and a line" % " ".join(words)[:30], result.returncode == 125 and
                  result.stderr and not result.stdout and not os.path.exists(at("x.html")), result)


def luminance(color):
    parts = [float(x) for x in color[color.index("(") + 1:-1].split(",")[:3]]
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + .055) / 1.055) ** 2.4 for c in parts]
    return .2126 * linear[0] + .7152 * linear[1] + .0722 * linear[2]


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + .05) / (low + .05)


TABLE = "[...document.querySelectorAll('#%s tbody tr')].map(r => [...r.children].map(" \
        "c => c.innerText.replaceAll('\\u00a0', ' ')))"
STRUCTURE = """[...document.querySelectorAll('table')].filter(t => !t.matches('.facts') &&
  ![...t.tHead.rows[0].cells].every(c => c.tagName == 'TH' && c.scope == 'col')).length +
 [...document.querySelectorAll('tbody tr')].filter(r =>
  !(r.cells[0].tagName == 'TH' && r.cells[0].scope == 'row')).length +
 [...document.querySelectorAll('.wide')].filter(w => w.tabIndex != 0 ||
  !(w.getAttribute('aria-label') || document.getElementById(w.getAttribute('aria-labelledby')))
  ).length"""


def shown(b, name, path):
    """What holds for every page."""
    for width, scheme in ((1280, "light"), (390, "dark")):
        b.show(width, 800, scheme)
        b.load(path)
        tap.check("'%s' at %d, %s: nothing on the console, nothing fetched" % (name, width, scheme),
                  not b.console and b.requests == ["file://" + path], (b.console, b.requests))
        tap.check("'%s' at %d: the page itself does not scroll sideways" % (name, width),
                  b.eval("document.documentElement.scrollWidth <= innerWidth"))
        colors = b.eval("[getComputedStyle(document.body).color,"
                        " getComputedStyle(document.body).backgroundColor,"
                        " getComputedStyle(document.querySelector('.lead')).color]")
        tap.check("'%s', %s: can be read" % (name, scheme),
                  contrast(colors[0], colors[1]) > 7 and contrast(colors[2], colors[1]) > 4.5 and
                  (luminance(colors[1]) > .5) == (scheme == "light"), colors)
    tap.check("'%s': tables have headings, regions have names" % name, b.eval(STRUCTURE) == 0)
    tap.check("'%s': one h1, then h2" % name, b.eval(
        "[...document.querySelectorAll('h1,h2,h3')].map(h => h.tagName)")[1:].count("H1") == 0 and
        b.eval("document.documentElement.lang") == "en")
    tap.check("'%s': the picture has a name and a description" % name, b.eval(
        "[...document.querySelectorAll('svg')].every(s => s.getAttribute('aria-labelledby')"
        ".split(' ').every(i => document.getElementById(i).textContent))"))


def lanes(b):
    return b.eval("[...document.querySelectorAll('svg .lane')].map(g => Number(g.dataset.tid))")


def tables(b):
    log = at("unsupported")
    logged(log, ["sh", "-c", "true > /fxbox-no; exec '%s'" % guest("unsupported")], "confined",
           "--trace")
    shown(b, "unsupported", page_of("unsupported", log))
    summary = audit_json("summary", "--json", log)
    for kind in ("unsupported", "denied", "used"):
        rows = b.eval(TABLE % (kind + "-table"))
        tap.check("table '%s' is that of the summary" % kind, len(rows) == len(summary[kind]) and
                  all(r[0].startswith(e["name"]) and r[1] == str(e["calls"] or "\u2013") and
                      r[3] == e["answer"] and e["site"] in r[-1] and (e["symbol"] or "") in r[-1]
                      for r, e in zip(rows, summary[kind])), (rows, summary[kind]))
    tap.check("a missed call has its effect, a denied one its option",
              "falls back to" in str(b.eval(TABLE % "unsupported-table")) and
              "--rw" in str(b.eval(TABLE % "denied-table")))
    text = b.eval("document.body.innerText")
    tap.check("the page tells what was run", all(x in text for x in (
        "Confinement\tfull", "Ended\twith status 0", "fxbox\t0.1.0",
        "Command\tsh -c 'true > /fxbox-no; exec '\\''")), text[:1500])
    tap.check("what was missed is marked in the timeline",
              b.eval("document.querySelectorAll('svg .x').length") >= 2)
    shown(b, "hello", page_of("hello", at("hello")))
    text = b.eval("document.body.innerText")
    tap.check("without a trace the page says what makes one", "All that the program asked for" in
              text and "fxbox run --trace --log=FILE" in text and "--trace=futex" in text, text)
    tap.check("without a trace the timeline has the other records", len(lanes(b)) == 1 and
              b.eval("document.querySelectorAll('svg .m').length") > 1)
    page_of("two", log, at("hello"))
    b.load(at("two.html"))
    tap.check("of two logs, two runs", b.eval("document.querySelectorAll('.facts').length") == 2 and
              "Each log begins at 0" in b.eval("document.body.innerText"))


def timeline(b):
    b.load(page_of("waits", waits_log()))
    tap.check("a lane for each thread, the first thread first, then as they began",
              lanes(b) == [100, 101, 103, 102], lanes(b))
    bars = b.eval("[...document.querySelectorAll('[data-tid=\"103\"] rect.f')].map("
                  "r => [r.width.baseVal.value, r.textContent])")
    tap.check("a bar is as long as its call, and says which", len(bars) == 1 and
              abs(bars[0][0] - 860 * 4000 / 5000) < 2 and "FUTEX_WAIT_BITSET_PRIVATE" in bars[0][1]
              and "4.00\u00a0ms" in bars[0][1], bars)
    b.eval("document.querySelector('details').open = true")
    rows = b.eval(TABLE % "thread-table")
    tap.check("the table of threads has the figures", [r[:2] + r[5:] for r in rows] == [
        ["100", "100", "2", "2 \u00b5s", "2 \u00b5s", "1 \u00b5s"],
        ["101", "100", "6", "750 \u00b5s", "750 \u00b5s", "700 \u00b5s"],
        ["103", "100", "1", "4.00 ms", "4.00 ms", "4.00 ms"],
        ["102", "100", "1", "90 \u00b5s", "90 \u00b5s", "90 \u00b5s"]], rows)
    rows = b.eval(TABLE % "futex-table")
    tap.check("futexes by time waited", rows == [
        ["0x1000", "100", "4.00 ms", "4.00 ms", "1", "1", "2", "2", "\u2013",
         "WAKE, WAIT_BITSET"],
        ["0x2000", "100", "700 \u00b5s", "700 \u00b5s", "1", "\u2013", "1", "1", "\u2013", "LOCK_PI"],
        ["0x3000", "100", "140 \u00b5s", "90 \u00b5s", "6", "\u2013", "6", "2", "\u2013",
         "WAIT"]], rows)
    tap.check("one that nobody waited for is not among them",
              "never waited for: 1 futex." in b.eval("document.body.innerText"))
    b.load(page_of("wakes", wakes_log()))
    rows = {r[0]: r[-2] for r in b.eval(TABLE % "futex-table")}
    tap.check("who woke is told where it is certain", rows == {
        "0x1000": "102 (3\u00d7)", "0x2000": "one of several",
        "0x3000": "one of several (2\u00d7)", "0x4000": "\u2013", "0x5000": "\u2013",
        "0x7000": "103"}, rows)
    arrows = b.eval("[...document.querySelectorAll('.wake title')].map(t => t.textContent)")
    tap.check("and drawn", sorted(arrows) == sorted(
        ["thread 102 wakes thread 101"] * 2 + ["thread 102 wakes thread 103",
                                               "thread 103 wakes thread 101"]), arrows)
    ends = b.eval("""[...document.querySelectorAll('.wake')].map(g => {
        const lane = tid => document.querySelector(`[data-tid="${tid}"] rect`).y.baseVal.value;
        const tip = g.querySelector('.tip').getBBox(), [from, to] = g.textContent.match(/\\d+/g);
        return lane(from) < lane(to) ? tip.y + tip.height - lane(to) :
            tip.y - lane(to) - 16; })""")
    tap.check("an arrow ends at the bar of the one that is woken", ends == [0] * 4, ends)
    b.load(page_of("many", many_log()))
    text = b.eval("document.body.innerText")
    tap.check("100,000 calls are drawn as shares, and the page says so",
              "There are 100\u202f000 calls, too many to draw one by one" in text and
              os.path.getsize(at("many.html")) < 2000000, os.path.getsize(at("many.html")))
    tap.check("80 threads: 60 lanes, and the page says so", len(lanes(b)) == 60 and
              "20 threads with fewer calls are not shown" in text, len(lanes(b)))
    shown(b, "many", at("many.html"))


def real_threads(b):
    logged(at("threads"), [guest("cond_broadcast")], "--trace")
    b.load(page_of("threads", at("threads")))
    tids = {r["tid"] for r in audit_records("threads") if "tid" in r}
    tap.check("a real program: its threads are the lanes", set(lanes(b)) == tids,
              (lanes(b), tids))
    rows = b.eval(TABLE % "futex-table")
    waited = {}
    for r in audit_records("threads"):
        if r["type"] == "call" and r["name"] == "futex" and "WAIT" in r["args"]:
            word = r["args"].split(",")[0]
            waited[word] = waited.get(word, 0) + r["took_us"]
    tap.check("a real program: its futexes by time waited",
              [r[0] for r in rows] == sorted(waited, key=lambda w: -waited[w]), (rows, waited))


def stuck(b):
    log = logged(at("abba"), [guest("hang/abba")], "--on-deadlock=abort", "--trace=futex")[1]
    shown(b, "abba", page_of("abba", at("abba")))
    b.show(1280, 800)
    b.load(at("abba.html"))
    hang, = (r for r in log if r["type"] == "hang")
    tid = {t["name"]: t["tid"] for t in hang["threads"]}
    with open(os.path.join(SOURCE, "guest-progs/hang/abba.c"), encoding="ascii") as source:
        lines = {line.split("here: ")[1].split()[0]: i for i, line in enumerate(source, 1)
                 if "here: " in line}
    text = b.eval("document.querySelector('main').innerText")
    tap.check("the page of a deadlock begins with that", "is stuck: all 3 threads wait" in
              text.split("\n")[1] and text.index("is stuck") <
              text.index("Apart from that, all that the program asked for"), text[:500])
    places = b.eval("[...document.querySelectorAll('.where li')].map(l => [l.innerText,"
                    " l.getBoundingClientRect().bottom])")
    tap.check("the two lines of code are seen at once", len(places) == 2 and
              all(bottom < 400 for _, bottom in places) and
              {"abba.c:%d in %s: thread %d (%s) waits for mutex" % (lines[t], t, tid[t], t)
               for t in ("left", "right")} == {p.split(" lock_")[0] for p, _ in places}, places)
    boxes = b.eval("[...document.querySelectorAll('.graph g')].map(g => [g.getAttribute('class'),"
                   " ...[...g.querySelectorAll('text')].map(t => t.textContent.trim())])")
    declared = {"lock_a": None, "lock_b": None}
    for thread in hang["threads"]:
        for name in declared:
            if name in thread["wait"]["text"]:
                declared[name] = thread["wait"]["text"].split("(")[1].rstrip(")")
    tap.check("the picture has the threads and the locks", sorted(boxes) == sorted(
        [["thread", "thread %d %s" % (tid[t], t), "abba.c:%d %s" % (lines[t], t)]
         for t in ("main", "left", "right")] +
        [["lock", "mutex " + name, place] for name, place in declared.items()]), boxes)
    tap.check("and who waits for whom, by arrows and in words", b.eval(
        "['waits', 'held'].map(c => document.querySelectorAll(`.graph path.${c}:not(.tip)`).length)"
    ) == [3, 2] and "Thread %d waits for mutex lock_b" % tid["left"] in
              b.eval("document.querySelector('.graph desc').textContent"))
    tap.check("text of the picture is in its boxes", b.eval(
        "[...document.querySelectorAll('.graph g')].every(g => { const r = "
        "g.querySelector('rect').getBBox(); return [...g.querySelectorAll('text')].every(t => "
        "{ const x = t.getBBox(); return x.x >= r.x && x.x + x.width <= r.x + r.width; }); })"))
    tap.check("each stack", b.eval("[...document.querySelectorAll('.stack li:first-child')].map("
                                   "l => l.innerText)") ==
              ["%s abba.c:%d" % (t["name"], lines[t["name"]]) for t in hang["threads"]])
    ends = b.eval("[...document.querySelectorAll('rect.o')].map(r => [r.textContent,"
                  " r.x.baseVal.value + r.width.baseVal.value])")
    tap.check("waits that never ended reach to the end", len(ends) == 3 and
              all("never ended" in title and end > 130 + 860 - 2 for title, end in ends), ends)
    rows = b.eval(TABLE % "futex-table")
    tap.check("and are in the table, by name", sum(r[5] == "1" for r in rows) == 3 and all(
        any(text in r[0] for r in rows) for text in ("mutex lock_a", "mutex lock_b",
                                                     "the end of thread")), rows)
    b.load(page_of("hang", hang_log()))
    open_bars = b.eval("[...document.querySelectorAll('rect.o')].map(r => ["
                       "Number(r.parentNode.dataset.tid), Math.round(r.width.baseVal.value)])")
    tap.check("a wait that ended later is no open one; one that a signal interrupted is",
              open_bars == [[101, round(860 * 4600 / 5000)], [103, round(860 * 4800 / 5000)]],
              open_bars)


def audit_records(name):
    with open(at(name), encoding="ascii") as log:
        return [json.loads(line) for line in log]


def inert(b):
    shown(b, "hostile", page_of("hostile", hostile_log()))
    tap.check("a hostile log makes no element", b.eval(
        "document.querySelectorAll('script, img, [onerror], [onload]').length") == 0)
    for kind in ("unsupported", "denied", "refused", "used"):
        rows = b.eval(TABLE % (kind + "-table"))
        tap.check("a hostile log is text in '%s'" % kind,
                  len(rows) == 1 and HOSTILE in rows[0][0] and HOSTILE in rows[0][-1], rows)
    facts = b.eval("document.querySelector('.facts').innerText")
    tap.check("a hostile log is text in what was run", facts.count("<img src=x") >= 6, facts)
    tap.check("a hostile log is text in the timeline", b.eval(
        "document.querySelector('svg:not(.graph)').textContent").count("</script>") >= 3)
    tap.check("a hostile log is text in what is told of threads", b.eval(
        "document.querySelector('.hang').textContent").count("<img src=x") > 12)


try:
    command()
    for made, make in (("hostile", hostile_log), ("waits", waits_log), ("hang", hang_log),
                       ("wakes", wakes_log),
                       ("hello", None)):
        outline(made, page_of(made, make() if make else at(made)))
    if not browser.PROGRAM:
        tap.skip("the page in a browser", "chromium is not installed")
    else:
        chromium = browser.Browser()
        try:
            for part in (tables, timeline, real_threads, stuck, inert):
                part(chromium)
        finally:
            chromium.close()
finally:
    shutil.rmtree(work)
tap.finish()
