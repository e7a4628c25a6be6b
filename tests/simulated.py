#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tests on hosts unlike ours, as tests/simulate.c makes them.

    simulated.py BUILD landlock|others

On each: the probes find what is not there, and nothing else; tests that need it are skipped by
name, and no test fails. Not whole suites but rows that meet what is missing. Prints TAP.
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, 'loader')]
import bounded  # noqa: E402
from tap import Tap  # noqa: E402

BUILD = os.path.abspath(sys.argv[1])
TIMEOUT = 200
SPACES = ['user-namespaces', 'isolation', 'chosen-thread-ids', 'clone3']
LANDLOCK = ['landlock', 'landlock-refer', 'landlock-truncate', 'landlock-tcp', 'landlock-scopes']


def built(*path):
    return os.path.join(BUILD, *path)


def python(script, *arguments):
    return [sys.executable, os.path.join(HERE, script), *arguments]


def confine(*words):
    return python('confine/confine.py', built('fxbox'), *words)


def hostile(*names):
    os.environ['HOSTILE_DIRECT'] = '1'
    return python('hostile/hostile.py', built('fxbox'), built('tests', 'hostile'), *names)


# What confinement grants by Landlock, and what it says of itself.
GRANTS = confine('what_an_older', 'weaker_confinement', 'rw_grants', 'nothing_is_written',
                 'the_file_behind')
ATTACKS = hostile('truncate', 'kill', 'kill_group', 'inherited_file')
# A root with nothing in it but what is shown; who stays outside shows nothing, whatever Landlock there is.
ONLY = [(hostile('only'), '', None)]
ROOMS = [(confine('with_only', 'only_shows', 'there_with_only', 'terminal'), '', None),
         (hostile('only', 'other_terminal'), '', 'other_terminal, flat')]
SOCKETS = hostile('ports', 'own_network', 'one_socket')
# Ways to outlive who stands outside: on each of these hosts each way, by turns with each option.
SIEGE = [(['env', 'CONFINE_TURN=%d' % turn, *confine('nothing_outlives_the')], '', None) for turn in range(7)]
STEPS = [built('tests', 'guests', 'step_site'), built('fxbox-eager'),
         built('guest-progs', 'site_signals'), 'before']
DOCTOR = python('loader/doctor.py', built('fxbox'))
ITSELF = [built('tests', 'guests', 'fxbox-tests')]
TWIN = [built('tests', 'guests', 'twin')]

# The words of simulate: what the probes miss then, and what runs there, with a row that is skipped.
HOSTS = {
    'no-int80': (['int80'], [(ITSELF, 'refused', 'int_0x80_gives_enosys_and_a_record'),
                             (hostile('int80'), '', 'int80 natively succeeds')]),
    'no-vsyscall': (['vsyscall'], [(TWIN + ['start'], '', 'the_vsyscall_page_answers')]),
    'no-namespaces': (['namespaces', *SPACES], [
        (confine('weaker', 'is_told', 'hide_empties', 'only_shows', 'shared_memory'), '', 'user: hide_empties'),
        (hostile('mounts', 'system_v'), '', 'mounts, user'), (DOCTOR, '', None)]),
    'no-user-namespaces': (SPACES, [
        (confine('weaker', 'is_told', 'hide_empties', 'only_shows'), '', 'user: hide_empties'),
        (hostile('namespaces'), '', 'namespaces natively succeeds')]),
    'hollow-user-namespaces': (SPACES, [
        (confine('weaker', 'is_told', 'hide_empties', 'only_shows'), '', 'user: hide_empties')]),
    'no-mount-setattr': (['namespaces', 'user-namespaces'], [
        (confine('weaker', 'is_told', 'hide_empties', 'only_shows'), '', 'user: hide_empties')]),
    'no-clone3': (['chosen-thread-ids', 'clone3'], [
        (ITSELF, 'differences', 'differences set_tid')]),
    'no-hardware-breakpoints': (['hardware-breakpoints'], [
        (STEPS + ['hardware'], '', 'before, hardware'), (STEPS + ['software'], '', None)]),
    'no-single-step': (['single-step'], [(STEPS + ['software'], '', 'before, software')]),
    'no-ptrace': (['ptrace', 'single-step', 'hardware-breakpoints'], [
        (STEPS + ['software'], '', 'before, software'),
        (ITSELF, 'differences', 'differences ptrace')]),
    'no-real-time': (['real-time'], [(ITSELF, 'differences', 'differences boost')]),
    'no-perf-events': (['perf-events'], []),
    'no-io-uring': (['io-uring'], [(ITSELF, 'differences', 'differences io_uring')]),
    'no-protection-keys': (['protection-keys'], []),
    'no-huge-pages': (['huge-pages'], []),
    'no-settable-clock': (['settable-clock'], []),
    'no-system-v': (['system-v'], [(hostile('system_v'), '', 'system_v natively succeeds')]),
    'no-ipv6': (['ipv6'], [(hostile('other_sockets'), '', None)]),
    'no-file-handles': (['file-handles'], [(hostile('file_handle'), '', 'file_handle natively')]),
    'no-typing': (['typing'], [(hostile('terminal'), '', 'terminal natively succeeds')]),
    'no-landlock': (LANDLOCK, [(GRANTS, '', 'flat: rw_grants'), (ATTACKS, '', 'truncate, flat')]),
    'landlock-0': (LANDLOCK, [(GRANTS, '', 'flat: rw_grants'), ROOMS[1], SIEGE[0]]),
    'landlock-1': (LANDLOCK[1:], [(GRANTS, '', None), (ATTACKS, '', 'truncate, flat'), *ONLY, SIEGE[1]]),
    'landlock-2': (LANDLOCK[2:], [(SOCKETS, '', 'ports --net=tcp:9,10, user'), (GRANTS, '', None), (DOCTOR, '', None), *ROOMS, SIEGE[2]]),
    'landlock-3': (LANDLOCK[3:], [(GRANTS, '', None), *ONLY, SIEGE[3]]),
    'landlock-4': (LANDLOCK[4:], [(SOCKETS, '', None), (GRANTS, '', None), *ONLY, SIEGE[4]]),
    'landlock-5': (LANDLOCK[4:], [(GRANTS, '', None), (ATTACKS, '', 'kill, flat'), *ONLY, SIEGE[5]]),
    'landlock-6': ([], [(GRANTS, '', None), *ONLY, SIEGE[6]]),
    'linux-5.10': (['futex-waitv', 'futex2', 'namespaces', 'user-namespaces', *LANDLOCK], []),
    'linux-5.15': (['futex-waitv', 'futex2', *LANDLOCK[1:]], []),
    'linux-6.1': (['futex2', *LANDLOCK[2:]], [
        (TWIN + ['futex'], '', 'newer_calls_decide_at_once')]),
    'linux-6.6': (['futex2', *LANDLOCK[3:]], []),
}
# What a filter changes, whatever it is: the tests see one.
ALWAYS = {'no-filter'}
SKIPPED = re.compile(r'^(?:SKIP: |ok \d+ - .*# SKIP)', re.M)


def run(command, cases=''):
    done = bounded.run(command, TIMEOUT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True,
                       env=dict(os.environ, CK_RUN_CASE=cases) if cases else None)
    return done.returncode, done.stdout


def probe(prefix=()):
    """What the host lacks, by name, and what else is known."""
    _, out = run([*prefix, built('tests', 'host')])
    rows = [line.split('\t') for line in out.splitlines()]
    return {name for name, there, _ in rows if there == 'no'}, {row[0]: row[2] for row in rows}


def skipped_rows(out):
    return [line for line in out.splitlines() if SKIPPED.match(line)]


def try_host(tap, words, missing, runs, ours):
    prefix = [built('tests', 'simulate'), words]
    lacks, _ = probe(prefix)
    tap.check('%s: the probes find it and no more' % words,
              lacks == ours | set(missing) | ALWAYS, 'found %s, natively %s' %
              (sorted(lacks), sorted(ours)))
    for command, cases, row in runs:
        name = '%s: %s' % (words, ' '.join(os.path.basename(word) for word in command
                                           if word not in (sys.executable, BUILD)))
        try:
            status, out = run([*prefix, *command], cases)
        except bounded.Waited as e:
            tap.check(name, False, e)
            continue
        tap.check(name, status == 0 and (not row or any(row in line for line in skipped_rows(out))),
                  'status %d, without a skipped row of %s\n%s' % (status, row, out))


def main():
    tap = Tap()
    ours, details = probe()
    abi = int(re.sub(r'\D', '', details['landlock']) or 0) if 'landlock' not in ours else 0
    for words, (missing, runs) in HOSTS.items():
        if ('landlock' in words) != (sys.argv[2] == 'landlock'):
            continue
        older = re.fullmatch(r'landlock-(\d+)', words)
        if older and int(older.group(1)) > abi:
            tap.skip(words, 'this host has an older one')
        else:
            try_host(tap, words, missing, runs, ours)
    tap.finish()


if __name__ == '__main__':
    main()
