# SPDX-License-Identifier: MIT
"""Programs that other users are to run, also where the build lies in a home that is closed to them."""
import atexit
import os
import shutil
import stat
import tempfile


def _open_to_all(path):
    while True:
        if not os.stat(path).st_mode & stat.S_IXOTH:
            return False
        if path == '/':
            return True
        path = os.path.dirname(path)


def for_others(path):
    """The program, or a directory of programs, itself or as a copy that is gone in the end."""
    path = os.path.realpath(path)
    if _open_to_all(path):
        return path
    place = tempfile.mkdtemp(prefix='fxbox-programs-', dir='/var/tmp')
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    os.chmod(place, 0o755)
    copy = os.path.join(place, os.path.basename(path))
    if os.path.isdir(path):
        os.mkdir(copy, 0o755)
        for name in os.listdir(path):
            whole = os.path.join(path, name)
            if os.path.isfile(whole) and os.access(whole, os.X_OK):
                shutil.copy(whole, copy)
    else:
        shutil.copy(path, copy)
    return copy
