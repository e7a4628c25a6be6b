#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs glibc's own tests natively and under fxbox, and compares: those of nptl, or of another part.

    glibc.py GLIBC_BUILD FXBOX [--part NAME] [--only NAME...] [--jobs N] [--timeout S]

A test that does not pass natively is not counted. One that passes natively and not
under fxbox is run once more with --shared-futex=host, and then either needs futexes
that processes share (its record must have said so) or is a failure.
"""
import argparse
import concurrent.futures
import os
import re
import signal
import subprocess
import sys

UNSUPPORTED_EXIT = 77
SHARED = b'unsupported: shared futex'


def find_tests(directory):
    return sorted(name for name in os.listdir(directory)
                  if re.fullmatch(r'(tst-|test-|bug-|tests?)[a-zA-Z0-9_-]*', name)
                  and os.access(os.path.join(directory, name), os.X_OK))


def command(build, part, name):
    """As glibc's Makefiles run a test: with the loader and libraries that were built."""
    libraries = ':'.join(os.path.join(build, part) for part in
                         ('', 'math', 'elf', 'dlfcn', 'nss', 'nis', 'rt', 'resolv', 'mathvec',
                          'support', 'crypt', 'nptl'))
    test = os.path.join(build, part, name)
    loader = [os.path.join(build, 'elf', 'ld-linux-x86-64.so.2'), '--library-path', libraries]
    static = b'INTERP' not in subprocess.run(['readelf', '-lW', test], check=True,
                                             stdout=subprocess.PIPE).stdout
    run = [test] if static else loader + [test]
    # These execute themselves and have to be told how.
    if name in ('tst-cancel7', 'tst-cancelx7', 'tst-cancel-self-canceltype', 'tst-exec4', 'tst-exec5'):
        return run + ['--command', 'exec ' + ' '.join(run)] if 'cancel' in name else run + run
    return run


def run_one(build, part, name, prefix, timeout):
    """(exit status or None after a timeout, standard error)"""
    env = dict(os.environ, GCONV_PATH=os.path.join(build, 'iconvdata'),
               LOCPATH=os.path.join(build, 'localedata'), LC_ALL='C', TIMEOUTFACTOR='3')
    with subprocess.Popen(prefix + command(build, part, name), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env,
                          cwd=os.path.join(build, part), start_new_session=True) as child:
        try:
            output, _ = child.communicate(timeout=timeout)
            return child.returncode, output
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            output, _ = child.communicate()
            return None, output


def judge(args, name):
    def run(*prefix):
        return run_one(args.build, args.part, name, list(prefix), args.timeout)

    native, _ = run()
    if native != 0:
        return name, 'not counted', f'native: {native}'
    under = [args.fxbox, 'run', '--no-confine']
    status, output = run(*under)
    if status == 0:
        return name, 'pass', ''
    said = SHARED in output
    with_host, host_output = run(*under, '--shared-futex=host')
    if said and with_host == 0:
        return name, 'shared', ''
    detail = (output if not said else host_output)[-600:].decode(errors='replace')
    return name, 'FAIL', f'status {status}, with host {with_host}, record {said}\n{detail}'


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('build', type=os.path.abspath)
    parser.add_argument('fxbox', type=os.path.abspath)
    parser.add_argument('--part', default='nptl')
    parser.add_argument('--only', nargs='*')
    parser.add_argument('--jobs', type=int, default=2)
    parser.add_argument('--timeout', type=int, default=120)
    args = parser.parse_args()
    names = args.only or find_tests(os.path.join(args.build, args.part))
    results = {}
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for name, verdict, detail in pool.map(lambda n: judge(args, n), names):
            results.setdefault(verdict, []).append(name)
            if verdict != 'pass':
                print(f'{verdict:12} {name}  {detail}', flush=True)
    for verdict in ('pass', 'shared', 'not counted', 'FAIL'):
        print(f'{len(results.get(verdict, []))} {verdict}')
    print(f'{len(results.get("pass", [])) + len(results.get("shared", []))} passed, '
          f'{len(results.get("FAIL", []))} failed')
    return 1 if 'FAIL' in results else 0


if __name__ == '__main__':
    sys.exit(main())
