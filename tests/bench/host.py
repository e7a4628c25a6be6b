# SPDX-License-Identifier: MIT
"""What kind of host this is: what decides how dear calls, traps and switches between threads are."""
import os
import platform
import re
import shutil
import statistics
import subprocess

FSGSBASE = 2  # of AT_HWCAP2, elf(5)'s auxiliary vector
AT_HWCAP2 = 26
CLOCK = '/sys/devices/system/clocksource/clocksource0/current_clocksource'


def processor():
    with open('/proc/cpuinfo', encoding='utf-8') as f:
        model = [line.split(':')[1].strip() for line in f if line.startswith('model name')]
    return model[0] if model else platform.machine()


def auxiliary(kind):
    with open('/proc/self/auxv', 'rb') as f:
        words = memoryview(f.read()).cast('L')
    return dict(zip(words[::2], words[1::2])).get(kind, 0)


def hypervisor():
    """Its name as lscpu(1) has it, '' on none."""
    if not shutil.which('lscpu'):
        return ''
    said = subprocess.run(['lscpu'], check=True, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, 'LC_ALL': 'C'}).stdout
    found = re.search(r'^Hypervisor vendor: +(.*)$', said, re.M)
    return found[1] if found else ''


def clock():
    try:
        with open(CLOCK, encoding='ascii') as f:
            return f.read().strip()
    except OSError:
        return ''


def floor(calls, what):
    """Nanoseconds of one, natively: the median of three."""
    return statistics.median(
        float(subprocess.run([calls, what, '50000'], check=True, stdout=subprocess.PIPE, text=True).stdout)
        for _ in range(3))


def machine(calls):
    """`calls` is the program of that name."""
    return {'processor': processor(), 'cpus': len(os.sched_getaffinity(0)), 'kernel': platform.release(),
            'hypervisor': hypervisor(), 'fsgsbase': bool(auxiliary(AT_HWCAP2) & FSGSBASE), 'clock': clock(),
            'call_ns': floor(calls, 'getppid'), 'trap_ns': floor(calls, 'bare-trap')}
