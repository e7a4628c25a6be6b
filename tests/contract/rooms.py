#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The rooms of life 2, shim/ and manager/: no circle of files, no arrow to a higher room.

usage: rooms.py SOURCE BUILD [--self-test]

An arrow is an include, or a call: what nm says that one object of the shim's library wants and
another has. The order of the rooms is read from docs/architecture.md, where it stands once.
--self-test puts an arrow the wrong way round in a copy of the tree, one of each kind, and
expects it to be found.
"""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

SOURCE, BUILD = map(os.path.abspath, sys.argv[1:3])
sys.path.insert(0, os.path.join(SOURCE, "tests/loader"))
from tap import Tap  # pylint: disable=wrong-import-position

MAP = "docs/architecture.md"
LIBRARY = "shim/libshim.a.p/"
INCLUDE = re.compile(r'^\s*#\s*include\s+"((?:shim|manager)/[^"]+)"', re.M)
# shim/base/mem.c has them because a compiler may call them of itself, wherever it likes.
OF_COMPILERS = {"memcpy", "memset", "memmove", "memcmp"}
# fxbox-report tells calls of a dump as the trace does: with the decoder, and what it stands on.
DECODES = "loader/report/threads/"
DECODER = {"shim/decode/decode.h", "shim/decode/decode_names.h", "shim/base/call.h",
           "shim/base/text.h", "shim/base/mem.h", "shim/memory/umem.h"}
FILES = (".c", ".h", ".S", ".inc", ".tbl")


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as text:
        return text.read()


def rooms_of(source):
    """The rooms as the map has them, from the lowest."""
    section = re.search(r"^## Rooms\n(.*?)^## ", read(source, MAP), re.M | re.S)
    names = re.findall(r"^ {4}\W*((?:shim|manager)/(?:\w+/)?)\s", section[1], re.M) if section else []
    return names[::-1]


def room_of(path):
    return os.path.dirname(path) + "/"


def unit_of(path):
    """A C file with its header and its half in assembly; in manager/ headers are for themselves."""
    if path.startswith("manager/"):
        return path
    return re.sub(r"(_x86_64\.S|\.[ch])$", "", path)


def files_of(source, *folders):
    return sorted(os.path.relpath(os.path.join(folder, name), source)
                  for top in folders for folder, _, names in os.walk(os.path.join(source, top))
                  for name in names if name.endswith(FILES))


def compiled(source):
    """What the shim's library is made of: file -> (command, object)."""
    found = {}
    for entry in json.loads(read(BUILD, "compile_commands.json")):
        path = os.path.join(entry["directory"], entry["file"])
        if entry["output"].startswith(LIBRARY):
            found[os.path.relpath(path, source)] = (shlex.split(entry["command"]),
                                                    os.path.join(BUILD, entry["output"]))
    return found


def symbols(objects):
    """Object -> the names that it has for others, and those that it wants."""
    found = {name: (set(), set()) for name in objects}
    for line in subprocess.run(["nm", "-A", "--format=posix", *objects], check=True, text=True,
                               stdout=subprocess.PIPE).stdout.splitlines():
        path, _, rest = line.partition(": ")
        name, kind = rest.split()[:2]
        if kind in "Uwv":
            found[path][1].add(name)
        elif kind.isupper() and name not in OF_COMPILERS:
            found[path][0].add(name)
    return found


def includes(source, files):
    return {(path, to): 'includes "%s"' % to
            for path in files for to in INCLUDE.findall(read(source, path))}


def calls(objects):
    """objects: file -> object."""
    of = symbols(objects.values())
    home = {name: path for path, made in objects.items() for name in of[made][0]}
    arrows = {}
    for path, made in objects.items():
        for name in sorted(of[made][1] & home.keys()):
            arrows.setdefault((path, home[name]), "calls " + name)
    return arrows


def units(arrows):
    """The same between units: (unit, unit) -> a file and why."""
    found = {}
    for (path, to), why in sorted(arrows.items()):
        if unit_of(path) != unit_of(to):
            found.setdefault((unit_of(path), unit_of(to)), "%s %s" % (path, why))
    return found


def circle(arrows):
    """A shortest circle of units, as a list, or None."""
    after = {}
    for path, to in sorted(arrows):
        after.setdefault(path, []).append(to)
    best = None
    for start in sorted(after):
        before, queue = {}, [start]
        for path in queue:
            for to in after.get(path, []):
                if to not in before:
                    before[to] = path
                    queue.append(to)
        if start in before:
            way = [start]
            while before[way[-1]] != start:
                way.append(before[way[-1]])
            if not best or len(way) < len(best):
                best = way[::-1]
    return best


def told(arrows, way):
    return "\n".join(arrows[pair] for pair in zip(way, way[1:] + way[:1]))


def floors(arrows):
    """How many stand on each other at most; only where there is no circle."""
    below = {}
    for path, to in arrows:
        below.setdefault(path, set()).add(to)

    def height(path):
        if not isinstance(below.get(path), int):
            below[path] = 1 + max(map(height, below.get(path, ())), default=0)
        return below[path]
    return max(map(height, list(below)))


def upward(arrows, rooms):
    floor = {room: i for i, room in enumerate(rooms)}
    return ["%s %s, in %s" % (path, why, to) for (path, to), why in sorted(arrows.items())
            if floor.get(room_of(to), -1) > floor.get(room_of(path), len(rooms))]


def look(tap):
    rooms, files = rooms_of(SOURCE), files_of(SOURCE, "shim", "manager")
    arrows = includes(SOURCE, files)
    found = calls({path: name for path, (_, name) in compiled(SOURCE).items()})
    for pair, why in found.items():
        arrows.setdefault(pair, why)
    there = {room_of(path) for path in files}
    tap.check("the rooms are those of " + MAP, len(rooms) == len(set(rooms)) and set(rooms) == there,
              "not on the map: %s\nnot there: %s" % (sorted(there - set(rooms)),
                                                     sorted(set(rooms) - there)))
    for room in rooms[::-1]:
        inside = [path for path in files if room_of(path) == room]
        uses = {room_of(to) for path, to in arrows if room_of(path) == room} - {room}
        print("# %-14s %2d files, uses %s" % (room, len(inside),
              ", ".join(r for r in rooms[::-1] if r in uses) or "nothing"))
    print("# %d files, %d includes and %d calls across them" % (
        len(files), len(includes(SOURCE, files)), len(found)))
    wrong = upward(arrows, rooms)
    tap.check("no arrow to a higher room", not wrong, "\n".join(wrong))
    between = units(arrows)
    way = circle(between)
    tap.check("no circle", not way, told(between, way) if way else "")
    if not way:
        print("# no circle; %d floors" % floors(between))
    inner = ["%s %s" % (path, why) for (path, to), why in
             sorted(includes(SOURCE, files_of(SOURCE, "loader")).items())
             if room_of(to) != "shim/" and not (path.startswith(DECODES) and to in DECODER)]
    tap.check("the loader takes from shim/ only what lies at its door", not inner, "\n".join(inner))


def append(copy, path, line):
    """The file in the copy with another line, and nothing of the earlier try."""
    with open(os.path.join(copy, path), "w", encoding="utf-8") as out:
        out.write(read(SOURCE, path) + line)


def broken_include(copy, path, to):
    append(copy, path, '#include "%s"\n' % to)
    arrows = includes(copy, files_of(copy, "shim", "manager"))
    shutil.copy(os.path.join(SOURCE, path), os.path.join(copy, path))
    return arrows


def broken_call(copy, path, name):
    built = compiled(SOURCE)
    command, made = built[path]
    append(copy, path, '__asm__(".text\\n\\tcall " "%s");\n' % name)
    command = [word for word in command if word not in ("-MD", "-c")]
    for option, value in (("-MQ", None), ("-MF", None), ("-o", os.path.join(copy, "broken.o"))):
        at = command.index(option)
        command[at:at + 2] = [option, value] if value else []
    subprocess.run(command[:-1] + ["-c", os.path.join(copy, path)], cwd=BUILD, check=True)
    shutil.copy(os.path.join(SOURCE, path), os.path.join(copy, path))
    objects = {name: file for name, (_, file) in built.items()}
    assert objects[path] == made
    objects[path] = os.path.join(copy, "broken.o")
    return calls(objects)


def any_name(built, path):
    """Of those that the file has for others, always the same."""
    made = built[path][1]
    return min(symbols([made])[made][0])


def first(paths, room, suffix):
    return next(path for path in sorted(paths) if room_of(path) == room and path.endswith(suffix))


def first_inside(arrows, suffix):
    """An arrow between two files of one room of the shim, both so named."""
    return next((path, to) for path, to in sorted(arrows) if room_of(path) == room_of(to) and
                path.startswith("shim/") and path.endswith(suffix) and to.endswith(suffix) and
                unit_of(path) != unit_of(to))


def self_test(tap, copy):
    for top in ("shim", "manager"):
        shutil.copytree(os.path.join(SOURCE, top), os.path.join(copy, top))
    files, built, rooms = files_of(SOURCE, "shim", "manager"), compiled(SOURCE), rooms_of(SOURCE)
    called = calls({path: name for path, (_, name) in built.items()})

    low, high = first(files, "shim/base/", ".h"), first(files, rooms[-1], ".h")
    found = upward(broken_include(copy, low, high), rooms)
    tap.check("finds an include of a higher room", any(low in line for line in found), found)

    path, to = first_inside(includes(SOURCE, files), ".h")
    found = circle(units(broken_include(copy, to, path)))
    tap.check("finds a circle of two includes", found and {unit_of(path), unit_of(to)} == set(found),
              found)

    low, high = first(built, "shim/base/", ".c"), first(built, rooms[-1], ".c")
    found = upward(broken_call(copy, low, any_name(built, high)), rooms)
    tap.check("finds a call into a higher room", any(low in line for line in found), found)

    path, to = first_inside(called, ".c")
    found = circle(units(broken_call(copy, to, any_name(built, path))))
    tap.check("finds a circle of two calls", found and {unit_of(path), unit_of(to)} == set(found),
              found)


def main():
    tap = Tap()
    if sys.argv[3:] == ["--self-test"]:
        with tempfile.TemporaryDirectory() as copy:
            self_test(tap, copy)
    else:
        look(tap)
    tap.finish()


main()
