#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which bugs of memory order an emulated machine shows, beside the simulator and the models.

    mutants.py SOURCE WORK_DIRECTORY [NAME...]

Each bug that is about memory order, of tests/sched/mutants and of tests/platforms/mutants, or those that are
named, is put into a copy of manager/. Tests with threads, hand-overs and stress then run without an operating
system on four cores of qemu-system-aarch64, whose threads are the host's (multi-threaded TCG), and of
qemu-system-x86_64. Prints a line for each, and what was seen. It takes half an hour, so it is no test:
docs/portability.md has what came of it.
"""
import os
import shutil
import subprocess
import sys

SOURCE, WORK = map(os.path.abspath, sys.argv[1:3])
BARE, TESTS = os.path.join(SOURCE, 'tests/bare'), os.path.join(SOURCE, 'tests/unit/manager')
# Without a bug each takes some ten seconds.
RUNS = ('wake_finds_the_waiter_or_the_waiter_the_value rounds=200000',
        'threads platform rounds=5000 handovers=20000', 'stress seconds=5')
TIMEOUT = 60
OF_SCHED = ['announced-after-the-check', 'growth-does-not-retire', 'no-fence-before-the-count',
            'requeue-does-not-announce-itself', 'woken-and-parked-cross']
FLAGS = ['-std=gnu11', '-O2', '-w', '-ffreestanding', '-fno-builtin', '-nostdlib', '-static',
         '-mgeneral-regs-only', '-fno-stack-protector', '-fno-pic', '-no-pie',
         '-fno-tree-loop-distribute-patterns', '-Wl,--build-id=none', '-Wl,--no-warn-rwx-segments',
         '-DBOARD_NAME="a seeded bug"']
# Compiler, files of the platform, of the board, emulator, and the status that is success.
MACHINES = {
    'aarch64': (
        ['aarch64-linux-gnu-gcc', '-mno-outline-atomics'],
        ['cpu_aarch64.c', 'switch_aarch64.S'], ['board_virt.c', 'boot_aarch64.S'],
        ['qemu-system-aarch64', '-M', 'virt', '-semihosting'], 0),
    'x86_64': (
        ['gcc', '-mno-red-zone', '-fcf-protection=none'],
        ['cpu_x86_64.c', 'switch_x86_64.S', 'stack_x86_64.c'], ['board_pc.c', 'boot_x86_64.S'],
        ['qemu-system-x86_64', '-M', 'q35', '-device', 'isa-debug-exit,iobase=0xf4,iosize=4'], 33),
}


def sources(folder, *others):
    """The C files of a folder, but for those that begin so."""
    return sorted(os.path.join(folder, name) for name in os.listdir(folder)
                  if name.endswith('.c') and not name.startswith(others))


def compiled(tree, machine, out):
    compiler, cpu, board, _, _ = MACHINES[machine]
    manager = os.path.join(tree, 'manager')
    subprocess.run(
        [*compiler, *FLAGS, '-isystem', os.path.join(BARE, 'include'), '-I', tree, '-I', SOURCE,
         '-T', os.path.join(BARE, 'link_%s.ld' % machine), '-o', out,
         *sources(manager, 'platform_', 'fxfutex'), *sources(TESTS, 'place_', 'host_call', 'stress_main'),
         *(os.path.join(manager, 'platform_bare', name) for name in ['task.c', 'park.c', 'memory.c', *cpu]),
         *(os.path.join(BARE, name) for name in ['main.c', 'memory.c', 'place_bare.c', *board])], check=True)


def seen(machine, program, words):
    """A failure, or the last test before nothing came any more, or ''."""
    _, _, _, emulator, success = MACHINES[machine]
    command = [*emulator, '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '4', '-m', '64', '-nodefaults',
               '-display', 'none', '-serial', 'stdio', '-no-reboot', '-kernel', program, '-append', words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True) as process:
        try:
            out, _ = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            good = [line for line in out.splitlines() if line.startswith('ok')]
            return 'hung after ' + (good[-1] if good else 'the start')
    bad = [line for line in out.splitlines() if line.startswith(('not ok', 'Bail'))]
    return bad[0] if bad else '' if process.returncode == success else 'status %d' % process.returncode


def try_patch(patch):
    name = os.path.basename(patch)[:-6] if patch else 'no bug'
    tree = os.path.join(WORK, 'tree')
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(os.path.join(SOURCE, 'manager'), os.path.join(tree, 'manager'))
    if patch:
        subprocess.run(['patch', '--batch', '--quiet', '-p1', '-i', patch], cwd=tree, check=True)
    for machine in MACHINES:
        program = os.path.join(WORK, machine + '.elf')
        compiled(tree, machine, program)
        what = next(filter(None, (seen(machine, program, words) for words in RUNS)), 'not found')
        print('%-34s %-8s %s' % (name, machine, what), flush=True)


def main(names):
    own = os.path.join(SOURCE, 'tests/platforms/mutants')
    patches = [os.path.join(SOURCE, 'tests/sched/mutants', name + '.patch') for name in OF_SCHED]
    patches += [os.path.join(own, name) for name in sorted(os.listdir(own))]
    for patch in [None, *patches]:
        if not names or patch and os.path.basename(patch)[:-6] in names:
            try_patch(patch)


main(sys.argv[3:])
