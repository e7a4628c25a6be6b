#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which bugs of memory order an emulated aarch64 shows, beside the simulator and the models.

    mutants.py SOURCE WORK_DIRECTORY [SECONDS]

Each bug that is about memory order, of tests/sched/mutants and of tests/platforms/mutants, is put into a copy of
manager/; conformance suite, hand-overs and stress then run without an operating system on four cores of
qemu-system-aarch64, whose threads are the host's (multi-threaded TCG), and on four of qemu-system-x86_64. Prints a
line for each, and what found it. Half an hour, so no test: docs/portability.md has what came of it.
"""
import os
import shutil
import subprocess
import sys

SOURCE, WORK = map(os.path.abspath, sys.argv[1:3])
SECONDS = sys.argv[3] if len(sys.argv) > 3 else '20'
TIMEOUT = 150
OF_SCHED = ['announced-after-the-check', 'growth-does-not-retire', 'no-fence-before-the-count', 'requeue-does-not-announce-itself',
            'woken-and-parked-cross']
FLAGS = ['-std=gnu11', '-O2', '-w', '-ffreestanding', '-fno-builtin', '-nostdlib', '-static', '-mgeneral-regs-only',
         '-fno-stack-protector', '-fno-pic', '-no-pie', '-fno-tree-loop-distribute-patterns', '-Wl,--build-id=none',
         '-Wl,--no-warn-rwx-segments', '-DBOARD_NAME="a seeded bug"']
MACHINES = {
    'aarch64': (['aarch64-linux-gnu-gcc', '-mno-outline-atomics'], ['cpu_aarch64.c', 'switch_aarch64.S'],
                ['board_virt.c', 'boot_aarch64.S'], ['qemu-system-aarch64', '-M', 'virt', '-semihosting'], 0),
    'x86_64': (['gcc', '-mno-red-zone', '-fcf-protection=none'], ['cpu_x86_64.c', 'switch_x86_64.S', 'stack_x86_64.c'],
               ['board_pc.c', 'boot_x86_64.S'], ['qemu-system-x86_64', '-M', 'q35', '-device', 'isa-debug-exit,iobase=0xf4,iosize=4'], 33),
}


def files(folder, keep):
    return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith('.c') and keep(name))


def compiled(tree, machine, out):
    compiler, cpu, board, _, _ = MACHINES[machine]
    bare, tests = os.path.join(SOURCE, 'tests/bare'), os.path.join(SOURCE, 'tests/unit/manager')
    platform = os.path.join(tree, 'manager/platform_bare')
    subprocess.run([*compiler, *FLAGS, '-isystem', os.path.join(bare, 'include'), '-I', tree, '-I', SOURCE,
                    '-T', os.path.join(bare, 'link_%s.ld' % machine), '-o', out,
                    *files(os.path.join(tree, 'manager'), lambda n: not n.startswith(('platform_', 'fxfutex'))),
                    *(os.path.join(platform, n) for n in ['task.c', 'park.c', 'memory.c', *cpu]),
                    *files(tests, lambda n: not n.startswith(('place_', 'host_call', 'stress_main'))),
                    *(os.path.join(bare, n) for n in ['main.c', 'memory.c', 'place_bare.c', *board])], check=True)


def found_by(machine, program, words):
    """What was seen, or '': a failure, or the last test before nothing came any more."""
    _, _, _, emulator, success = MACHINES[machine]
    process = subprocess.Popen([*emulator, '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '4', '-m', '64', '-nodefaults',
                                '-display', 'none', '-serial', 'stdio', '-no-reboot', '-kernel', program, '-append', words],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with process:
        try:
            out, _ = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            return 'hung after ' + ([line for line in out.splitlines() if line.startswith('ok')] or ['the start'])[-1]
    bad = [line for line in out.splitlines() if line.startswith(('not ok', 'Bail'))]
    return bad[0] if bad else '' if process.returncode == success else 'status %d' % process.returncode


def main():
    patches = [None] + [os.path.join(SOURCE, 'tests/sched/mutants', name + '.patch') for name in OF_SCHED]
    own = os.path.join(SOURCE, 'tests/platforms/mutants')
    patches += [os.path.join(own, name) for name in sorted(os.listdir(own))]
    for patch in patches:
        tree = os.path.join(WORK, 'tree')
        shutil.rmtree(tree, ignore_errors=True)
        os.makedirs(tree)
        shutil.copytree(os.path.join(SOURCE, 'manager'), os.path.join(tree, 'manager'))
        if patch:
            subprocess.run(['patch', '--batch', '--quiet', '-p1', '-i', patch], cwd=tree, check=True)
        for machine in MACHINES:
            program = os.path.join(WORK, machine + '.elf')
            compiled(tree, machine, program)
            seen = next(filter(None, (found_by(machine, program, words) for words in (
                'threads platform rounds=20000 handovers=100000', 'stress seconds=' + SECONDS))), '')
            name = os.path.basename(patch)[:-6] if patch else 'no bug'
            print('%-36s %-8s %s' % (name, machine, seen or 'not found'), flush=True)


main()
