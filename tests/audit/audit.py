#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The log against its schema, and what fxbox audit makes of logs.

usage: audit.py FXBOX GUESTS SOURCE
"""
import json
import os
import shutil
import tempfile

from logs import FXBOX, SOURCE, audit, audit_json, guest, logged, records, run
from tap import Tap

tap = Tap()
work = tempfile.mkdtemp(prefix="fxbox-audit.")


def at(name):
    return os.path.join(work, name)


def count(log, kind, **members):
    return sum(r["type"] == kind and all(r.get(k) == v for k, v in members.items()) for r in log)


def of_name(entries, name):
    return [e for e in entries if e["name"] == name]


# Some sub-operations, and as many more as the argument says.
SUBS = """import fcntl, socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
for i in range(3): s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
def tries(f, *a):
    try: f(*a)
    except OSError: pass
for i in range(2): tries(fcntl.ioctl, 0, 0xdeadbeef)
tries(s.getsockopt, 77777, 5)
for i in range(int(sys.argv[1])): tries(s.getsockopt, 9, i)
"""

# Logs of many kinds, used below.
LOGS = {
    "hello": [guest("hello"), "3"],
    "again": [guest("hello"), "3"],
    "unsupported": [guest("unsupported")],
    "fork": [guest("fork_wait")],
    "threads": [guest("cond_broadcast")],
    "exec": ["sh", "-c", "ls /; /bin/true; exec '%s' 3" % guest("hello")],
    "killed": ["sh", "-c", "'%s' >/dev/null; kill -KILL $$" % guest("unsupported")],
    "signal": ["sh", "-c", "kill -SEGV $$"],
    "shared": [guest("demo"), "shared"],
    "subs": ["/usr/bin/python3", "-c", SUBS, "0"],
    "many-subs": ["/usr/bin/python3", "-c", SUBS, "700"],
}
logs = {name: logged(at(name), command)[1] for name, command in LOGS.items()}
logs["trace"] = logged(at("trace"), [guest("cond_broadcast")], "--trace")[1]


logs["denied"] = logged(at("denied"), ["sh", "-c", "for i in 1 2 3; do true > /fxbox-no; done; "
                                        "true > /fxbox-never"], "confined")[1]


# Odd names, each looked for: not shown, and there; and one that is nowhere.
os.mkdir(at("hidden"))
MISSED = ["plain", "two words", "it's", 'a"b\\', "a\nb", "\u00e4"]
for name in MISSED:
    with open(at("hidden/" + name), "w", encoding="ascii"):
        pass
os.mkdir(at("shown"))
only, logs["only"] = logged(at("only"), ["sh", "-c", 'for i in 1 2; do cat "$@"; done', "sh",
                                         *(at("hidden/" + name) for name in [*MISSED, "nowhere"])],
                            "confined", "--only=" + at("shown"))
if only.returncode == 125:
    del logs["only"]


def not_there():
    if "only" not in logs:
        tap.skip("what was not there is in the log", only.stderr.decode().strip())
        return
    records_ = [r for r in logs["only"] if r["type"] == "not_there" and r["path"].startswith(at("hidden"))]
    paths = [r["path"].encode("latin-1").decode() for r in records_]
    tap.check("what was not there is in the log, once, after all has ended",
              paths == [at("hidden/" + name) for name in MISSED] and
              logs["only"].index(records_[0]) > max(i for i, r in enumerate(logs["only"]) if r["type"] == "exit"),
              records_)
    tap.check("with how often, and an option for a shell",
              {r["count"] for r in records_} == {2} and
              records_[1]["advice"] == "show with --only '%s'" % at("hidden/two words"), records_)
    s = audit_json("summary", "--json", at("only"))
    mine = [m for m in s["not_there"] if m["path"].startswith(at("hidden"))]
    tap.check("summary has it", [(m["path"], m["count"], m["advice"]) for m in mine] ==
              [(r["path"], 2, r["advice"]) for r in records_], s["not_there"])
    text = audit("summary", at("only")).stdout.decode()
    tap.check("summary as text", "\n        2  %s (show with --only %s)\n" % (at("hidden/plain"), at("hidden/plain"))
              in text and "All that the program" not in text, text)
    with open(at("merged-only"), "wb") as out:
        out.write(audit("merge", at("only"), at("only")).stdout)
    merged = [r for r in records(at("merged-only")) if r["type"] == "not_there"]
    tap.check("merge adds it up", {r["count"] for r in merged if r in merged and
                                   r["path"].startswith(at("hidden"))} == {4}, merged)
    page = run([FXBOX, "report", at("only")]).stdout.decode()
    tap.check("the page has it", "not-there-table" in page and at("hidden/it&#39;s") in page or
              "not-there-table" in page and at("hidden/it's") in page, page[-3000:])


def schema():
    try:
        import jsonschema
    except ImportError:
        tap.skip("logs follow the schema", "python3-jsonschema is not installed")
        return
    with open(os.path.join(SOURCE, "docs/fxbox-log.schema.json"), encoding="utf-8") as f:
        validator = jsonschema.Draft7Validator(json.load(f))
    with open(at("merged"), "wb") as out:
        out.write(audit("merge", at("fork"), at("unsupported"), at("killed")).stdout)
    for name in [*logs, "merged"]:
        bad = ["%s: %s" % (r, e.message) for r in records(at(name))[:2000]
               for e in validator.iter_errors(r)]
        tap.check("log '%s' follows the schema" % name, not bad, "\n".join(bad[:3]))
    for record in [r for r in logs.get("only", []) if r["type"] == "not_there"][:1]:
        spare = [member for member in record if validator.is_valid({k: v for k, v in record.items() if k != member})]
        tap.check("the schema wants all of a not_there record", spare == [], spare)
    start = logs["hello"][0]
    for member in start:
        if member not in ("type", "argv") and validator.is_valid({k: v for k, v in start.items() if k != member}):
            tap.check("the schema misses what start must have: " + member, False)
    tap.check("the schema refuses a number as an address",
              not validator.is_valid(dict(logs["hello"][1], address=1)))


def totals():
    for name in ("fork", "exec", "threads"):
        # Each process ends by itself, or by a signal of its own.
        calls = {}
        for record in logs[name]:
            for call, n in record.get("calls", {}).items():
                calls[call] = calls.get(call, 0) + n
        tap.check("calls of '%s' are all of names in used records" % name,
                  set(calls) == {r["name"] for r in logs[name] if r["type"] == "used"}, calls)
        own_end = sum(r["type"] == "exit" and "status" in r for r in logs[name])
        tap.check("exit_group of '%s' is counted once a process" % name,
                  calls.get("exit_group") == own_end, (calls, own_end))
    tap.check("a call is told used once in a tree of processes",
              count(logs["fork"], "used", name="write") == 1)
    early = 0
    for _ in range(60):
        logged(at("ends"), [guest("first_calls_at_end")])
        early += audit_json("summary", "--json", at("ends"))["uncounted"] > 0
    tap.check("the count of a call does not come without its record", early == 0, early)
    trace = logs["trace"]
    counted = [r["calls"] for r in trace if "calls" in r]
    shown = sum(r["type"] == "call" and r["name"] == "clone3" for r in trace)
    tap.check("calls and --trace agree", shown > 1 and len(counted) == 1 and
              counted[0]["clone3"] == shown, (counted, shown))
    tap.check("used calls are in the log of a program killed by SIGKILL",
              count(logs["killed"], "used", name="kill") == 1)
    tap.check("a traced call says how long it took",
              all("took_us" in r for r in trace if r["type"] == "call" and "result" in r))


def summary():
    s = audit_json("summary", "--json", at("unsupported"))
    uring, = of_name(s["unsupported"], "io_uring_setup")
    tap.check("summary: calls, threads, answer, first caller",
              uring["calls"] == 5 and uring["threads"] == 1 and uring["answer"] == "ENOSYS" and
              "libc.so.6+0x" in uring["site"] and uring["symbol"].startswith("syscall+0x"), uring)
    tap.check("summary: one process, ended", s["processes"] == 1 and s["unended"] == 0, s)
    text = audit("summary", at("unsupported")).stdout.decode()
    tap.check("summary as text says the same", "        5        1  ENOSYS   io_uring_setup\n" in
              text and "(syscall+0x" in text and "falls back to" in text, text)
    tap.check("summary --all has what was answered",
              "getpid" not in text and "write" in
              audit("summary", "--all", at("unsupported")).stdout.decode())
    s = audit_json("summary", "--json", at("killed"))
    tap.check("summary: a killed process has no end", s["unended"] == 1 and s["processes"] == 2, s)
    tap.check("summary as text says that counts are missing",
              b"1 process has no end in the log" in audit("summary", at("killed")).stdout)
    s = audit_json("summary", "--json", at("shared"))
    tap.check("summary: a refused shared futex has its advice",
              any("--shared-futex=host" in (e["advice"] or "") for e in s["unsupported"]), s)
    s = audit_json("summary", "--json", at("trace"))
    tap.check("summary: threads from a trace", of_name(s["used"], "futex")[0]["threads"] > 2, s)
    s = audit_json("summary", "--json", at("denied"))
    tap.check("summary: what was denied, by path, with the option that allows it",
              [(e["path"], e["calls"]) for e in s["denied"]] ==
              [("/fxbox-no", 3), ("/fxbox-never", 1)] and
              all("--rw" in e["advice"] for e in s["denied"]), s["denied"])
    text = audit("summary", at("denied")).stdout.decode()
    tap.check("summary as text has the path and the option",
              "/fxbox-never" in text and "--rw" in text, text)
    text = audit("summary", at("hello")).stdout.decode()
    tap.check("summary of a program that had all", "All that the program asked for" in text, text)


def forks():
    """Repeats of a child, whose first was its parent's, and before an exec."""
    script = "import os\n%s\nfor i in range(3): io()\nif os.fork() == 0:\n" \
             " for i in range(4): io()\n os._exit(0)\nos.wait()\n" \
             "for i in range(2): io()\nos.execv('/bin/true', ['true'])\n" % \
             "import ctypes\nlibc = ctypes.CDLL(None)\ndef io(): libc.syscall(425, 0, 0)"
    logged(at("forks"), ["/usr/bin/python3", "-c", script])
    s = audit_json("summary", "--json", at("forks"))
    uring, = of_name(s["unsupported"], "io_uring_setup")
    tap.check("repeats are counted over fork and exec", uring["calls"] == 9, uring)
    script = "import threading\n" \
             "import ctypes\nlibc = ctypes.CDLL(None)\n" \
             "ts = [threading.Thread(target=lambda: libc.syscall(425, 0, 0)) for i in range(3)]\n" \
             "[t.start() for t in ts]\n[t.join() for t in ts]\nlibc.syscall(425, 0, 0)\n"
    logged(at("tids"), ["/usr/bin/python3", "-c", script])
    uring, = of_name(audit_json("summary", "--json", at("tids"))["unsupported"], "io_uring_setup")
    tap.check("threads are told apart without a trace",
              uring["calls"] == 4 and uring["threads"] in (2, 3, 4), uring)


def sub_operations():
    told = {r["what"]: r for r in logs["subs"] if r["type"] == "used" and "what" in r}
    tap.check("used records tell sub-operations apart, by name and number",
              told["setsockopt SOL_TCP TCP_NODELAY"]["sub"] == "0x600000001" and
              told["setsockopt SOL_SOCKET SO_REUSEADDR"]["sub"] == "0x100000002" and
              told["ioctl 0xdeadbeef"]["sub"] == "0xdeadbeef" and
              told["getsockopt 65535 5"]["sub"] == "0xffff00000005" and
              "fcntl F_GETFD" in told, sorted(told))
    s = audit_json("summary", "--json", at("subs"))
    calls = {e.get("what", e["name"]): e["calls"] for e in s["used"]}
    tap.check("summary counts them, and the whole call", s["subs_lost"] == 0 and
              calls["setsockopt SOL_TCP TCP_NODELAY"] == 3 and calls["setsockopt"] == 4 and
              calls["ioctl 0xdeadbeef"] == 2, calls)
    for name in ("ioctl", "setsockopt", "fcntl", "futex"):
        parts = sum(n for what, n in calls.items() if what.startswith(name + " "))
        tap.check("the sub-operations of %s are all its calls" % name, calls[name] == parts, calls)
    names = [e.get("what", e["name"]) for e in s["used"]]
    at_call = names.index("setsockopt")
    tap.check("summary has them behind their call",
              names[at_call + 1].startswith("setsockopt S") and
              names[at_call + 2].startswith("setsockopt S"), names)
    text = audit("summary", "--all", at("subs")).stdout.decode()
    tap.check("summary as text sets them off", "        4        -  kernel   setsockopt  " in text and
              "        3        -  kernel     SOL_TCP TCP_NODELAY  " in text, text)
    told = sum(r["type"] == "used" and r.get("what", "").startswith("getsockopt 9 ")
               for r in logs["many-subs"])
    s = audit_json("summary", "--json", at("many-subs"))
    calls = {e.get("what", e["name"]): e["calls"] for e in s["used"]}
    tap.check("more than the table holds: the rest is counted", 300 < told < 512 and
              told + s["subs_lost"] >= 700 and calls["getsockopt"] == 701 and
              s["subs_lost"] + sum(n for what, n in calls.items() if " " in what) ==
              sum(calls[n] for n in ("futex", "fcntl", "ioctl", "getsockopt", "setsockopt")),
              (told, s["subs_lost"]))
    tap.check("summary as text says so", b"sub-operations of %d calls" % s["subs_lost"] in
              audit("summary", at("many-subs")).stdout)
    with open(at("merged-subs"), "wb") as out:
        out.write(audit("merge", at("many-subs"), at("subs")).stdout)
    tap.check("merged logs keep them", audit_json("summary", "--json", at("merged-subs")) ==
              audit_json("summary", "--json", at("many-subs"), at("subs")))
    same = audit("diff", at("subs"), at("subs"))
    more = audit("diff", at("python"), at("subs")).stdout.decode().splitlines()
    tap.check("diff: a new call is one line, a new request another", not same.stdout and
              sum("setsockopt" in line for line in more) == 1 and
              sum("ioctl 0xdeadbeef" in line for line in more) == 1, more)


def narrow():
    oci = audit_json("profile", "--format=oci", "--narrow", at("subs"))
    rules = [r for r in oci["syscalls"] if "args" in r]
    ioctl = [a["valueTwo"] for r in rules if r["names"] == ["ioctl"] for a in r["args"]]
    sockopt = [[(a["index"], a["valueTwo"]) for a in r["args"]]
               for r in rules if r["names"] == ["setsockopt"]]
    tap.check("profile --narrow allows what was used only", 0xdeadbeef in ioctl and
              sorted(sockopt) == [[(1, 1), (2, 2)], [(1, 6), (2, 1)]] and
              not {"ioctl", "setsockopt", "getsockopt"} & set(oci["syscalls"][0]["names"]), oci)
    for words in (["--format=oci", at("many-subs")], ["--format=systemd", at("subs")]):
        result = audit("profile", "--narrow", *words)
        tap.check("profile --narrow refuses what it cannot make: " + words[0],
                  result.returncode == 125 and not result.stdout and result.stderr, result)


def written():
    """Denied, made a profile, allowed."""
    target = at("granted")
    os.mkdir(target)
    command = ["sh", "-c", "echo x > '%s/file'; true > /fxbox-no; true" % target]
    logged(at("unwritten"), command, "confined")
    result = audit("profile", "--format=fxbox", at("unwritten"))
    tap.check("profile fxbox has the paths that were denied, but not the root",
              json.loads(result.stdout)["rw"] == [target] and
              b"1 of the paths" in result.stderr, result)
    with open(at("profile.json"), "wb") as out:
        out.write(result.stdout)
    done = run([FXBOX, "run", "--quiet", "--profile=" + at("profile.json"), *command])
    tap.check("with it the program writes there", os.path.exists(target + "/file"), done)


LINED = """int main(void)
{
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r) : "a"(425L), "D"(1L), "S"(0L) : "rcx", "r11", "memory");
	return r == -38 ? 0 : 1;
}
"""


def lines():
    with open(at("lined.c"), "w", encoding="ascii") as out:
        out.write(LINED)
    # clang makes no index of addresses.
    for compiler in ("cc", "clang"):
        if not shutil.which(compiler):
            tap.skip("a line of source, by " + compiler, "it is not installed")
            continue
        run([compiler, "-g", "-O1", "-o", at("lined"), at("lined.c")])
        result, _ = logged(at("lined.log"), [at("lined")])
        missing, = audit_json("summary", "--json", at("lined.log"))["unsupported"]
        tap.check("a line of source, by " + compiler, result.returncode == 0 and
                  missing["line"] == at("lined.c:5") and missing["symbol"].startswith("main+0x"),
                  missing)
        tap.check("the same as text, by " + compiler, ("%s)" % missing["symbol"] + " " +
                  at("lined.c:5")).encode() in audit("summary", at("lined.log")).stdout)
        run(["strip", at("lined")])
        missing, = audit_json("summary", "--json", at("lined.log"))["unsupported"]
        tap.check("none without, by " + compiler, missing["line"] is None, missing)


def diff():
    same = audit("diff", at("hello"), at("again"))
    tap.check("diff of the same program run twice is empty",
              same.returncode == 0 and not same.stdout, same.stdout)
    logged(at("python"), ["/usr/bin/python3", "-c", "import os"])
    logged(at("python1"), ["/usr/bin/python3", "-c", "import os; os.sched_yield()"])
    more = audit("diff", at("python"), at("python1"))
    tap.check("diff shows one call more, and nothing else", more.returncode == 1 and
              more.stdout.count(b"\n") == 1 and more.stdout.startswith(b"+ used sched_yield at "),
              more.stdout)
    less = audit("diff", at("python1"), at("python"))
    tap.check("diff shows one call less", less.returncode == 1 and
              less.stdout.startswith(b"- used sched_yield at "), less.stdout)
    logged(at("python2"), ["/usr/bin/python3", "-c",
                           "import os; os.sched_yield(); os.sched_yield()"])
    tap.check("diff does not compare numbers",
              audit("diff", at("python1"), at("python2")).returncode == 0)
    lines = audit("diff", at("hello"), at("unsupported")).stdout.decode().splitlines()
    tap.check("diff: an unsupported call is one line",
              sum("io_uring_setup" in line for line in lines) == 1, lines)
    both = audit_json("diff", "--json", at("python"), at("python1"))
    tap.check("diff --json", not both["only_in_first"] and
              [e["name"] for e in both["only_in_second"]] == ["sched_yield"], both)
    tap.check("diff in trouble exits with 2", audit("diff", at("hello"), "/no/such").returncode ==
              2 and audit("diff", at("hello")).returncode == 2)


def merge():
    files = [at("hello"), at("unsupported"), at("killed")]
    with open(at("merged"), "wb") as out:
        out.write(audit("merge", *files).stdout)
    one, many = audit_json("summary", "--json", at("merged")), audit_json("summary", "--json",
                                                                          *files)
    tap.check("a merged log has the summary of its parts", one == many,
              json.dumps([one, many])[:2000])
    with open(at("merged2"), "wb") as out:
        out.write(audit("merge", at("merged")).stdout)
    tap.check("a merged log merges again",
              audit_json("summary", "--json", at("merged2")) == one)
    tap.check("each log is in the merged one",
              all(not [line for line in audit("diff", f, at("merged")).stdout.splitlines()
                       if line.startswith(b"-")] for f in files))


def profile():
    used = {r["name"] for r in logs["unsupported"] if r["type"] == "used"} - {"io_uring_setup"}
    oci = audit_json("profile", "--format=oci", at("unsupported"))
    allowed = set(oci["syscalls"][0]["names"])
    tap.check("profile oci allows what was used", used <= allowed and
              oci["defaultAction"] == "SCMP_ACT_ERRNO", used - allowed)
    tap.check("profile oci leaves out what was not, or not supported",
              not allowed & {"io_uring_setup", "ptrace", "mount", "socket"}, allowed)
    text = audit("profile", "--format=systemd", at("unsupported")).stdout.decode()
    words = {w for line in text.splitlines() if line.startswith("SystemCallFilter=")
             for w in line.partition("=")[2].split()}
    tap.check("profile systemd is the same list", used <= words and "ptrace" not in words, text)
    tap.check("profile systemd --json is the same list", set(
        audit_json("profile", "--format=systemd", "--json", at("unsupported"))["SystemCallFilter"])
        == words)
    fx = audit_json("profile", "--format=fxbox", at("unsupported"))
    tap.check("profile fxbox has its version", fx["fxbox_profile"] == 1, fx)
    if shutil.which("systemd-analyze"):
        unit = at("guest.service")
        with open(unit, "w", encoding="ascii") as out:
            out.write(text + "ExecStart=/bin/true\n")
        seen = run(["systemd-analyze", "verify", unit])
        tap.check("systemd takes its profile", b"syscall" not in seen.stderr.lower(), seen.stderr)
    else:
        tap.skip("systemd takes its profile", "systemd-analyze is not installed")


def runtimes():
    """What node, java and Go programs ask for in vain: whatever it is, as a person reads it."""
    node = ["node", "-e", "const {Worker} = require('worker_threads');"
            "new Worker('console.log(1)', {eval: true})"]
    for name, command in (("node", node), ("java", ["java", "-version"]), ("go", ["go", "version"])):
        if not shutil.which(command[0]):
            tap.skip("summary of " + name, "it is not installed")
            continue
        native = run(command)
        result, log = logged(at(name), command)
        tap.check(name + " says nothing else on the terminal", result.returncode == 0 and
                  (result.stdout, result.stderr) == (native.stdout, native.stderr), result)
        s = audit_json("summary", "--json", at(name))
        text = audit("summary", at(name)).stdout.decode()
        missed = {(r["name"], r.get("what")) for r in log if r["type"] == "unsupported"}
        tap.check("summary of %s has each kind of call once, with its effect" % name,
                  {(e["name"], e["what"]) for e in s["unsupported"]} == missed and
                  len(s["unsupported"]) == len(missed) and
                  all(e["effect"] and e["calls"] for e in s["unsupported"]) and
                  ("All that the program asked for" in text) == (not missed), text)
        tap.check("summary of %s knows its threads and calls" % name, s["uncounted"] == 0 and
                  len(s["used"]) > 10, s)


def bad_files():
    with open(at("hello"), "rb") as f:
        whole = f.read()
    files = {
        "empty": b"", "no log": b"hello\n", "no start": whole.split(b"\n", 1)[1],
        "version": whole.replace(b'"version":1', b'"version":2'),
        "a torn line": whole.replace(b"\n", b"\n{\n", 1), "an array": whole + b"[1]\n",
        "deep": whole + b'{"type":' + b"[" * 100 + b"]" * 100 + b"}\n",
    }
    for name, content in files.items():
        with open(at("bad"), "wb") as out:
            out.write(content)
        result = audit("summary", at("bad"))
        tap.check("bad log: %s: one line and 125" % name, result.returncode == 125 and
                  result.stderr.count(b"\n") == 1 and not result.stdout, result)
    with open(at("bad"), "wb") as out:
        out.write(whole[:-20])
    result = audit("summary", at("bad"))
    tap.check("a log cut off is read and says so", result.returncode == 0 and
              b"cut off" in result.stdout, result)
    tap.check("no profile from a log cut off",
              audit("profile", "--format=oci", at("bad")).returncode == 125)
    hostile = whole + b'{"type":"used","nr":1,"name":"\\u001b[2J\\nx","site":"/dev/tty+0x1"}\n'
    with open(at("bad"), "wb") as out:
        out.write(hostile)
    result = audit("summary", "--all", at("bad"))
    tap.check("a terminal is safe from a log", b"\x1b" not in result.stdout and
              b"?[2J?x" in result.stdout, result)
    for words in ([], ["summary"], ["nothing"], ["summary", "--no", at("hello")],
                  ["profile", at("hello")], ["profile", "--format=x", at("hello")]):
        result = audit(*words)
        tap.check("audit %s: wrong use is 125" % " ".join(words)[:30],
                  result.returncode == 125 and result.stderr and not result.stdout, result)


try:
    for part in (schema, totals, summary, not_there, forks, lines, diff, sub_operations, narrow, written, merge, profile,
                 runtimes, bad_files):
        part()
finally:
    shutil.rmtree(work)
tap.finish()
