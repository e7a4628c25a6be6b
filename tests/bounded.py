# SPDX-License-Identifier: MIT
"""Waits that have an end, and say what they waited for."""
import contextlib
import os
import signal
import subprocess


class Waited(Exception):
    pass


@contextlib.contextmanager
def within(seconds, what):
    """Whatever blocks in here, in the main thread: Waited after so many seconds."""
    def over(*_):
        raise Waited('waited %d s for %s' % (seconds, what))

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def words(command):
    return ' '.join(command) if isinstance(command, list) else str(command)


def finish(process, seconds):
    """Output and errors of a process that ends by itself; else it is killed, and its group if it
    leads one."""
    try:
        with within(seconds, 'the end of: ' + words(process.args)):
            return process.communicate()
    except Waited:
        kill(process)
        raise


def kill(process):
    """Without waiting for the other ends of its pipes, which others may have."""
    with contextlib.suppress(ProcessLookupError):
        if os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            pipe.close()
    process.wait()


def run(command, seconds, **more):
    """As subprocess.run, of a command in a session of its own."""
    process = subprocess.Popen(command, start_new_session=True, **more)
    out, err = finish(process, seconds)
    return subprocess.CompletedProcess(command, process.returncode, out, err)
