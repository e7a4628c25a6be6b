#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""libfxfutex as a product: what it exports, what it is compiled with, and who uses it.

    library.py SOURCE BUILD WORK_DIRECTORY

Each user is compiled against fxfutex.h as it is installed and nothing else of the source, and prints the
same on Linux and, by mingw-w64 and wine, on Windows. FXBOX_PLATFORMS=long: 100,000 rounds of each recipe.
"""
import os
import re
import shutil
import subprocess
import sys

from tap import Tap
from conformance import LONG, WINE, find_wine, make_prefix

SOURCE, BUILD, WORK = map(os.path.abspath, sys.argv[1:4])
GUESTS = os.path.join(SOURCE, 'guest-progs')
WIN32 = os.path.join(BUILD, 'manager/win32')
PREFIX = os.path.join(os.path.dirname(WORK), 'wine')
MINGW = 'x86_64-w64-mingw32-'
ROUNDS = '100000' if LONG else '1000'
WARNINGS = ['-O2', '-Wall', '-Wextra', '-Werror']
LINUX = [os.path.join(BUILD, 'libfxfutex.a'), '-pthread']
WINDOWS = ['-static', '-pthread']

tap = Tap()


def run(*words, **env):
    """Status and output; what is read from is a pipe, which nobody can break."""
    done = subprocess.run(words, input='', stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=600, check=False, cwd=WORK, env=dict(os.environ, **env))
    return done.returncode, done.stdout.replace('\r', '')


def source(name):
    return os.path.join(SOURCE if '/' in name else GUESTS, name)


def compiled(what, name, compiler, libraries):
    """A result: whether it compiles. Where, if so, or None."""
    out = os.path.join(WORK, re.sub(r'[^\w]+', '-', what) + '.exe')
    status, said = run(*compiler, '-o', out, source(name), *libraries)
    tap.check(what + ' compiles', status == 0, said)
    return out if status == 0 else None


def judge(what, status, out, expected):
    tap.check(what, status == 0 and out == expected, 'status %s\n%s\nnot\n%s' % (status, out, expected))


def recipes():
    rounds = int(ROUNDS)
    return ('mutex, counted: {0} of {0}\ncondition, taken: {1} of {1}\ncondition, turns: {0} of {0}\n'
            'semaphore, passed: {0} of {0}\nsemaphore, too many inside: 0 of 0\nevent, rounds: {2} of {2}\n'
            ).format(4 * rounds, 2 * rounds, rounds)


EXAMPLE = ('asynchronous: queued 0, woke 1, function called\n'
           'asynchronous: cancel 0, woke 0, function not called\nvectored: word 777 was set\n'
           'owner: before nobody, during this thread, after nobody\nat exit: the word is 0\n')
ENDS = ('returns: the word is 0\nexits: the word is 0\nterminated: the word is 0\n'
        'owns a lock, and returns: the word is 0\n'
        'its lock: owned by one that has ended, lock -ESRCH\nthe process ends\n')


def linux():
    for name, expected, *arguments in (('fxfutex_example.c', EXAMPLE),
                                       ('fxfutex_recipes.c', recipes(), ROUNDS)):
        what = name + ' on Linux'
        program = compiled(what, name, ['cc', *WARNINGS, '-I', BUILD], LINUX)
        if program:
            one = str(min(os.sched_getaffinity(0)))
            judge(what, *run(program, *arguments), expected)
            judge(what + ', one core', *run('taskset', '-c', one, program, *arguments), expected)


def other_languages():
    for compiler, name, libraries, expected in (
            (['c++', *WARNINGS, '-I', BUILD], 'fxfutex_user.cc', LINUX, 'C++: 20000 of 20000\n'),
            (['rustc', '-O', '--edition', '2021'], 'fxfutex_user.rs', ['-C', 'link-arg=' + LINUX[0]],
             'Rust: 12502500 of 12502500\n')):
        if shutil.which(compiler[0]) is None:
            tap.skip(name, 'there is no %s' % compiler[0])
            continue
        program = compiled(name, name, compiler, libraries)
        if program:
            judge(name, *run(program), expected)


def windows():
    users = (('fxfutex_example.c', EXAMPLE), ('fxfutex_recipes.c', recipes(), ROUNDS),
             ('tests/platforms/ends_win32.c', ENDS))
    why = next((why for there, why in (
        (shutil.which(MINGW + 'gcc'), 'no compiler for it (Debian: gcc-mingw-w64-x86-64-win32)'),
        (find_wine(), 'there is no wine (Debian: wine64)')) if not there), None)
    if why:
        for user in users:
            tap.skip('%s on Windows' % user[0], why)
        return
    make_prefix(find_wine(), PREFIX)
    static = [os.path.join(WIN32, 'libfxfutex.a'), '-lsynchronization', '-lntdll']
    shared = [os.path.join(WIN32, 'libfxfutex.dll.a')]
    shutil.copy(os.path.join(WIN32, 'fxfutex.dll'), WORK)
    for kind, libraries in (('static', static), ('fxfutex.dll', shared)):
        for name, expected, *arguments in users:
            what = '%s on Windows, %s' % (os.path.basename(name), kind)
            program = compiled(what, name, [MINGW + 'gcc', *WARNINGS, '-I', BUILD], libraries + WINDOWS)
            if program:
                judge(what, *run(find_wine(), program, *arguments, WINEPREFIX=PREFIX, **WINE), expected)


def exported(*words):
    _, out = run(*words)
    return sorted(set(re.findall(r'^[0-9a-f]+ [A-TV-Z] _?(\S+)$', out, re.M)))


def abi():
    with open(os.path.join(SOURCE, 'manager/fxfutex.symbols'), encoding='utf-8') as text:
        names = sorted(line.strip() for line in text if not line.startswith('#'))
    found = exported('nm', '-g', '--defined-only', LINUX[0])
    tap.check('libfxfutex.a exports what fxfutex.symbols has', found == names, (found, names))
    with open(os.path.join(SOURCE, 'manager/fxfutex.h'), encoding='utf-8') as text:
        code = re.sub(r'/\*.*?\*/', '', text.read(), flags=re.S)
    declared = sorted(set(re.findall(r'\b(fxfutex_\w+)\(', code)))
    tap.check('fxfutex.h declares the same', declared == names, (declared, names))
    if shutil.which(MINGW + 'nm'):
        found = exported(MINGW + 'nm', '-g', '--defined-only', os.path.join(WIN32, 'libfxfutex.a'))
        tap.check('libfxfutex.a of Windows exports the same', found == names, (found, names))
        _, out = run(MINGW + 'objdump', '-p', os.path.join(WIN32, 'fxfutex.dll'))
        found = sorted(re.findall(r'^\s*\[ *\d+\] (\w+)$', out, re.M))
        tap.check('fxfutex.dll exports the same', found == names, (found, names))
    else:
        tap.skip('what the libraries of Windows export', 'no compiler for it (Debian: gcc-mingw-w64-x86-64-win32)')
    machines = {name + '-linux-gnu-': 'gcc-%s-linux-gnu' % name for name in ('i686', 's390x', 'aarch64')}
    for machine, package in {'': '', MINGW: 'gcc-mingw-w64-x86-64-win32', **machines}.items():
        what = 'sizes, places and types with %sgcc' % machine
        if shutil.which(machine + 'gcc') is None:
            tap.skip(what, 'no compiler for it (Debian: %s)' % package)
            continue
        if run(machine + 'gcc', '-fsyntax-only', source('tests/platforms/probe.c'))[0] != 0:
            tap.skip(what, 'its compiler has no C library')
            continue
        status, said = run(machine + 'gcc', *WARNINGS, '-I', BUILD, '-c', '-o', 'abi.o',
                           source('tests/platforms/abi.c'))
        tap.check(what, status == 0, said)


def versions():
    with open(os.path.join(BUILD, 'fxfutex.h'), encoding='utf-8') as text:
        header = '.'.join(re.findall(r'FXFUTEX_VERSION_(?:MAJOR|MINOR|PATCH)\s+(\d+)$', text.read(), re.M))
    for pc in os.path.join(BUILD, 'meson-private/fxfutex.pc'), os.path.join(WIN32, 'fxfutex.pc'):
        if not os.path.exists(pc):
            tap.skip('the version of ' + os.path.relpath(pc, BUILD),
                     'no compiler for it (Debian: gcc-mingw-w64-x86-64-win32)')
            continue
        with open(pc, encoding='utf-8') as text:
            version = re.search(r'^Version: (\S+)$', text.read(), re.M)[1]
        tap.check('%s has the version of fxfutex.h' % os.path.relpath(pc, BUILD), version == header,
                  (version, header))


os.makedirs(WORK, exist_ok=True)
abi()
versions()
linux()
other_languages()
windows()
tap.finish()
