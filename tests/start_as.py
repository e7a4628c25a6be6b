# SPDX-License-Identifier: MIT
"""Commands as another user, in a session of their own, with descriptors of their own: start_as.c.

A function for subprocess to call in the child would do it, too, but that forks the interpreter."""
import os


def words(user=None, session=False, terminal=False, descriptors=()):
    """What goes before a command; nothing where nothing changes. A terminal is standard input."""
    options = ['--session'] * session + ['--terminal'] * terminal
    if user is not None:
        options.append('--user=%d' % user)
    if descriptors:
        options.append('--descriptors=' + ','.join(map(str, descriptors)))
    program = os.path.join(os.path.dirname(os.environ['FXBOX_HOST']), 'start_as')
    return [program, *options] if options else []
