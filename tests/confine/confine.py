#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What confinement grants and refuses, what it says of it, and how its processes end.

    confine.py FXBOX [WORD...]

As root (if it is), as an ordinary user in a user namespace, and "flat": without one,
where Landlock and seccomp are alone. With words, only the cases that have one in their name. With CONFINE_TURN=N
not as root, and what is tried in many ways in some of them. Prints TAP.
"""
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'loader'))
sys.path.insert(0, os.path.join(HERE, '..'))
import bounded  # noqa: E402
import host  # noqa: E402
import reach  # noqa: E402
import start_as  # noqa: E402
from tap import Tap  # noqa: E402

TIMEOUT = 60
NOBODY = 65534
FXBOX = reach.for_others(sys.argv[1])
GUESTS = os.path.join(os.path.dirname(os.path.abspath(sys.argv[1])), 'guest-progs')
STARTED = []  # by the case that runs
# Of several runs, on hosts that differ little, each tries another part.
TURN = int(os.environ['CONFINE_TURN']) if 'CONFINE_TURN' in os.environ else None


class Mode:
    def __init__(self, name, user, options):
        self.name, self.user, self.options = name, user, options
        self.turn = TURN
        feature = 'user-namespaces' if user else 'namespaces'
        self.namespaces = not options and not host.lacks(feature)
        # With a process outside that watches.
        self.watched = ['--isolate'] if self.namespaces else ['--timeout=1000']
        # What the host must have for any case of it; root does without namespaces too.
        self.needs = feature if user and not options else '' if self.namespaces else 'landlock'

    def become(self, **more):
        """Words before a command of its user's."""
        return start_as.words(user=NOBODY if self.user and os.geteuid() == 0 else None, **more)

    def popen(self, options, command, **more):
        process = subprocess.Popen([*self.become(), FXBOX, 'run', *self.options, *options, '--', *command],
                                   stdout=more.pop('stdout', subprocess.PIPE),
                                   stderr=subprocess.PIPE, text=True, **more)
        STARTED.append(process)
        return process

    def told(self, options, command, **more):
        """status, output, error"""
        process = self.popen(options, command, stdin=subprocess.DEVNULL, **more)
        out, err = bounded.finish(process, TIMEOUT)
        return process.returncode, out, err

    def run(self, options, command, **more):
        """status, output, error without the lines that tell of a weaker confinement"""
        status, out, err = self.told(options, command, **more)
        lines = [line for line in err.splitlines(True)
                 if not line.startswith('fxbox: weaker confinement: ')]
        return status, out, ''.join(lines)

    def sh(self, options, line, **more):
        return self.run(options, ['sh', '-c', line], **more)


class Place:
    """A directory of the mode's user: file, inner/file."""

    def __init__(self, mode):
        self.top = tempfile.mkdtemp(prefix='fxbox-confine-', dir='/var/tmp')
        os.mkdir(self.top + '/inner')
        for name in ('file', 'inner/file'):
            with open(os.path.join(self.top, name), 'w') as f:
                f.write(name + '\n')
        if mode.user and os.geteuid() == 0:
            for name in ('', 'file', 'inner', 'inner/file'):
                os.chown(os.path.join(self.top, name), NOBODY, NOBODY)

    def has(self, name):
        return os.path.exists(os.path.join(self.top, name))

    def __str__(self):
        return self.top


CLONE_PARENT = 0x8000

CASES = []


def case(function):
    CASES.append(function)
    return function


class Failed(Exception):
    pass


def want(condition, *seen):
    if not condition:
        raise Failed('\n'.join(map(str, seen)))


def line_of(process):
    with bounded.within(TIMEOUT, 'a line of: ' + bounded.words(process.args)):
        return process.stdout.readline()


def last_child(pid):
    with open('/proc/%d/task/%d/children' % (pid, pid), encoding='ascii') as children:
        return int(children.read().split()[-1])


def await_nobody(read):
    """The end of file: no process has the other end any more."""
    with bounded.within(TIMEOUT, 'the end of all that had a descriptor'):
        want(os.read(read, 1) == b'')
    os.close(read)


@case
def nothing_is_written_and_the_denial_names_the_option(m, d):
    status, _, err = m.sh([], 'echo x > %s/new' % d)
    want(status != 0 and not d.has('new'), status, err)
    want('1x denied: openat "%s/new" for writing (allow with --rw %s)' % (d, d) in err, err)
    status, _, err = m.sh([], 'echo x >> %s/file' % d)
    want(open(d.top + '/file').read() == 'file\n')
    want('(allow with --rw %s/file)' % d in err, err)


@case
def the_option_that_a_denial_names_does_allow_it(m, d):
    _, _, err = m.sh([], 'mkdir %s/made' % d)
    path = re.search(r'allow with --rw (\S+)\)', err).group(1)
    status, _, err = m.sh(['--rw', path], 'mkdir %s/made' % d)
    want(status == 0 and d.has('made') and err == '', status, err)


@case
def the_option_for_a_file_of_the_process_itself_is_not_bound_to_its_number(m, d):
    line = 'echo 1 > /proc/self/coredump_filter'
    _, _, err = m.sh([], line)
    want('(allow with --rw /proc)' in err, err)
    status, _, err = m.sh(['--rw', '/proc'], line)
    want(status == 0 and err == '', status, err)


ODD_NAMES = ['x;touch PWNED;#', 'two words', "it's", 'a "b" `touch PWNED`', '$(touch PWNED)', '-rw', '&',
             'a\nb', 'a\\n', 'ä ö', '\x1b[31m', '$HOME', '*', '~', '!x', '{a,b}', 'é\'$(touch PWNED)']


@case
def advice_can_be_pasted(m, d):
    for name in ODD_NAMES:
        place = os.path.join(d.top, name)
        os.mkdir(place)
        if m.user and os.geteuid() == 0:
            os.chown(place, NOBODY, NOBODY)
        _, _, err = m.run([], ['mkdir', place + '/made'])
        advice = re.search(r'\(allow with (.*)\)$', err, re.M).group(1)
        # As a shell takes it, for which tricks would be commands.
        said = subprocess.run(['bash', '-c', 'printf "%s\\0" ' + advice], cwd=d.top, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        want(said.stdout == b'--rw\0' + place.encode() + b'\0' and said.stderr == b'', advice, said)
        want(not d.has('PWNED'), name)
        done = subprocess.run([*m.become(), 'bash', '-c', '"$0" run %s %s mkdir "$1"/made' %
                               (' '.join(m.options), advice), FXBOX, place], cwd='/', stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        want(done.returncode == 0 and os.path.isdir(place + '/made'), advice, done)


@case
def many_denials_of_one_kind_are_one_line(m, d):
    line = 'for i in $(seq 600); do echo x > %s/new$i; done 2>/dev/null; mkdir %s/new' % (d, d)
    _, _, err = m.sh(['--net'], line)
    told = [text for text in err.splitlines() if ' denied: ' in text]
    want(len(told) == 2, err)
    want(re.search(r' 600x denied: openat "%s/new1" for writing \(.*\), and others beside it' % d, err),
         err)
    want('further kinds' not in err, err)


@case
def a_private_tmp_is_advised(m, d):
    _, _, err = m.sh([], 'exec mktemp')
    want(('(allow with --tmp, a private one, or --rw /tmp)' in err) == m.namespaces, err)
    if os.access('/', os.W_OK) and not m.user:
        _, _, err = m.sh([], 'echo x > /fxbox-confine-test')
        want('(only --rw / allows it, and everything)' in err, err)


@case
def repeated_denials_are_counted(m, d):
    _, _, err = m.sh([], 'for i in 1 2 3; do true > %s/new; done; exit 0' % d)
    want(err.count('denied: ') == 1 or '3x denied' in err, err)


@case
def a_refusal_that_is_not_ours_is_not_called_a_denial(m, d):
    _, _, err = m.sh([], 'cat /no/such/file; echo x > /no/such/directory/x')
    want('denied: ' not in err, err)
    if m.user:
        _, _, err = m.sh([], 'echo x > /etc/passwd; rm -f /etc/passwd; cat /etc/shadow')
        want('denied: ' not in err, err)


@case
def what_was_read_only_before_is_not_called_a_denial(m, d):
    if m.user or os.geteuid() != 0:
        return 'needs root'
    if not m.namespaces:
        return host.lacks('namespaces')
    done = subprocess.run(['unshare', '-m', 'sh', '-c',
                           'mount --bind -o ro "$1" "$1" && exec "$2" run sh -c "echo x > $1/new"',
                           'sh', d.top, FXBOX], stderr=subprocess.PIPE, text=True, check=False)
    want('Read-only' in done.stderr and 'denied: ' not in done.stderr, done.stderr)
    return None


# A directory of a mount of its own, in a namespace whose mounts all are shared: what leaves
# it would be seen in the list behind.
CHROOT = r"""
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/root"
cd "$1/root"
for name in bin etc lib lib32 lib64 sbin usr dev proc sys tmp; do
    if [ -L "/$name" ]; then cp -P "/$name" "$name"
    elif [ -d "/$name" ]; then mkdir "$name"; mount --rbind "/$name" "$name"
    fi
done
touch fxbox
mount --bind "$2" fxbox
mount --make-rshared /
cp /proc/self/mountinfo "$1/before"
chroot . /fxbox run sh -c 'echo x > /new' || echo "status $?"
chroot . /fxbox run --tmp sh -c 'echo x > /tmp/x && cat /tmp/x'
chroot . /fxbox run --isolate sh -c 'echo $$'
test ! -e new
cmp /proc/self/mountinfo "$1/before"
echo whole
"""


@case
def a_root_that_is_no_mount_point_is_confined_too(m, d):
    if m.user or os.geteuid() != 0 or not m.namespaces:
        return 'needs root'
    os.mkdir(d.top + '/place')
    done = bounded.run(['unshare', '-m', 'sh', '-c', CHROOT, 'sh', d.top + '/place', FXBOX], TIMEOUT,
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       text=True)
    lines = done.stdout.split('\n')
    want(done.returncode == 0 and lines[0] == 'status 2' and lines[1] == 'x' and
         lines[2:4] == ['2', 'whole'] and 'Read-only' in done.stderr and
         'was closed' not in done.stderr and
         ('weaker' in done.stderr) == bool(host.lacks('landlock')), done.returncode, done.stdout, done.stderr)
    return None


@case
def rw_grants_a_directory_and_what_is_below(m, d):
    status, _, err = m.sh(['--rw', str(d)], 'cd %s && echo x > new && mkdir a && echo y > a/b && '
                          'mv a/b new && ln new link && rm -r a inner' % d)
    # Else mv copies, and may not set the copy's times.
    want(status == 0 and (err == '' or host.lacks('landlock-refer')), status, err)
    want(d.has('new') and d.has('link') and not d.has('inner'))


@case
def rw_grants_one_file(m, d):
    status, _, err = m.sh(['--rw', '%s/file' % d], 'echo x > %s/file && ! true > %s/new' % (d, d))
    want(status == 0 and open(d.top + '/file').read() == 'x\n' and not d.has('new'), status, err)


@case
def rw_grants_metadata_with_a_mount_namespace_only(m, d):
    status, _, err = m.sh(['--rw', str(d)], 'chmod 600 %s/file && touch -d 2001-01-01 %s/file' %
                          (d, d))
    want((status == 0) == m.namespaces, status, err)
    want((os.stat(d.top + '/file').st_mode & 0o777 == 0o600) == m.namespaces)
    status, _, err = m.sh([], 'chmod 640 %s/file' % d)
    want(status != 0 and os.stat(d.top + '/file').st_mode & 0o777 != 0o640, status, err)
    want(('(allow with --rw %s/file)' % d in err) == m.namespaces, err)


@case
def ro_takes_back_what_rw_gave(m, d):
    if not m.namespaces:
        return 'needs a mount namespace'
    status, _, err = m.sh(['--ro', '%s/inner' % d, '--rw', str(d)],
                          'echo x > %s/new && ! echo x > %s/inner/file' % (d, d))
    want(status == 0 and open(d.top + '/inner/file').read() == 'inner/file\n', status, err)
    return None


@case
def rw_of_the_root_is_everything_that_one_may(m, d):
    status, _, err = m.sh(['--rw', '/'], 'echo x > %s/new' % d)
    want(status == 0 and d.has('new'), status, err)


@case
def hide_empties_a_directory_and_a_file(m, d):
    if not m.namespaces:
        return 'needs a mount namespace'
    status, out, err = m.sh(['--hide', '%s/inner' % d, '--hide', '%s/file' % d],
                            'ls -A %s/inner; cat %s/file; ! touch %s/inner/x' % (d, d, d))
    want(status == 0 and out == '' and not d.has('inner/x'), status, out, err)
    return None


@case
def what_is_granted_inside_something_hidden_is_seen(m, d):
    if not m.namespaces:
        return 'needs a mount namespace'
    _, out, err = m.sh(['--hide', str(d), '--ro', '%s/inner' % d],
                       'ls -A %s %s/inner; echo x > %s/inner/file' % (d, d, d))
    want(out.split() == ['%s:' % d, 'inner', '%s/inner:' % d, 'file'], out, err)
    want(open(d.top + '/inner/file').read() == 'inner/file\n')
    return None


def without_only(m, d):
    """With no mount namespace --only is an error, and the program has not run."""
    if m.namespaces:
        return False
    status, out, err = m.run(['--only', str(d)], ['echo', 'ran'])
    want((status, out) == (125, '') and '--only' in err, status, out, err)
    return True


@case
def only_shows_what_is_named_and_the_system(m, d):
    if without_only(m, d):
        return 'needs a mount namespace'
    line = 'cat %s/inner/file; ls -A %s %s; ls -d /home /root /srv /mnt /boot /var/log; ' \
           'cat %s/file; cat /etc/hostname /etc/shadow; ! echo x > %s/inner/file' % (d, d, '/var/tmp', d, d)
    status, out, err = m.sh(['--only', '%s/inner' % d], line)
    name = os.path.basename(d.top)
    want(status == 0 and out == 'inner/file\n/var/tmp:\n%s\n\n%s:\ninner\n' % (name, d), status, out, err)
    want(open(d.top + '/inner/file').read() == 'inner/file\n')
    _, out, err = m.sh(['--only', str(d)], 'ls -A / /dev /etc')
    want(not {'home', 'root', 'mnt', 'boot', 'run', 'mem', 'kmsg', 'hostname', 'machine-id',
              'hosts'} & set(out.split()), out, err)
    want({'null', 'urandom', 'tty', 'passwd', 'usr', 'proc'} <= set(out.split()), out, err)
    return None


@case
def with_only_what_else_is_granted_is_seen_too(m, d):
    if without_only(m, d):
        return 'needs a mount namespace'
    os.mkdir(d.top + '/third')
    status, out, err = m.sh(['--only', '%s/inner' % d, '--rw', '%s/file' % d, '--ro', '%s/third' % d],
                            'echo x > %s/file && ls %s' % (d, d))
    want((status, out) == (0, 'file\ninner\nthird\n') and open(d.top + '/file').read() == 'x\n',
         status, out, err)
    # Of one place, or inside each other: what may be written may, whichever comes first.
    for options in (['--only', str(d), '--rw', str(d)], ['--rw', str(d), '--only', '%s/inner' % d],
                    ['--only', '%s/inner' % d, '--rw', '%s/inner' % d]):
        status, _, err = m.sh(options, 'echo y > %s/inner/file' % d)
        want(status == 0, options, status, err)
    status, out, err = m.sh(['--only', str(d), '--hide', '%s/inner' % d, '--ro', '%s/inner/file' % d],
                            'ls -A %s/inner; ! echo z > %s/inner/file' % (d, d))
    want((status, out) == (0, 'file\n'), status, out, err)
    status, out, err = m.sh(['--only', str(d), '--tmp'], 'ls -A /tmp; echo x > /tmp/x && cat /tmp/x')
    want((status, out) == (0, 'x\n'), status, out, err)
    status, out, err = m.sh(['--only', str(d)], 'echo x > /dev/shm/x && cat /dev/shm/x && echo y > /dev/null')
    want((status, out) == (0, 'x\n'), status, out, err)
    return None


@case
def with_only_a_private_directory_is_no_way_to_the_root_that_it_lies_in(m, d):
    if without_only(m, d):
        return 'needs a mount namespace'
    name = 'fxbox-confine-%d' % os.getpid()
    with open('/dev/shm/' + name, 'w') as outside:
        status, out, err = m.sh(
            ['--only', '%s/inner' % d, '--tmp', '--chdir', '%s/inner' % d],
            'umask 0; cd /dev/shm && stat -c %%a . /tmp && mkdir in && cd in || exit 9;'
            'for at in .. ../.. ../../.. ../../../etc /dev/shm/.. /tmp/..; do'
            '  [ $(stat -c %%d:%%i $at) = $(stat -c %%d:%%i /dev/shm) ] || ! echo x 2> /dev/null > $at/x || echo $at;'
            'done; ! mv /dev/shm/in / 2> /dev/null || echo moved; ! ln /etc/passwd /dev/shm 2> /dev/null || echo linked;'
            '! mv /etc/passwd /dev/shm 2> /dev/null || echo taken; test -s /etc/passwd && test -s ../%s' % name)
        os.unlink(outside.name)
    # Who looked for it was in a directory of his own, not at a place where something is not shown.
    want((status, out) == (1, '1777\n1777\n') and name not in err, status, out, err)
    return None


@case
def what_only_cannot_be_is_told(m, d):
    for options, words in ((['--only', '/'], '--only: / is everything'),
                           (['--only', str(d), '--rw', '/'], '--rw: / is everything'),
                           (['--only', '/no/such'], '--only: /no/such: No such file'),
                           (['--only', str(d), '--no-confine'], '--only: is not had with --no-confine'),
                           (['--hide=/proc'], '--hide: /proc cannot be hidden'),
                           (['--only='], "--only: '' is not PATH")):
        status, out, err = m.run(options, ['echo', 'ran'])
        want((status, out) == (125, '') and words in err, options, status, out, err)


@case
def links_to_what_only_shows_are_there(m, d):
    if without_only(m, d):
        return 'needs a mount namespace'
    os.symlink('inner', d.top + '/one')
    os.symlink(d.top + '/one', d.top + '/two')
    for way in ('two', './inner/../two/'):
        status, out, err = m.sh(['--only', '%s/%s' % (d, way)], 'cat %s/two/file; ls -A %s' % (d, d))
        want((status, out) == (0, 'inner/file\ninner\none\ntwo\n'), way, status, out, err)
    os.symlink('loop', d.top + '/loop')
    status, out, err = m.sh(['--only', '%s/loop' % d], 'echo ran')
    want((status, out) == (125, '') and 'Too many levels' in err, status, out, err)
    return None


def executable(path, text):
    with open(path, 'w') as f:
        f.write(text)
    os.chmod(path, 0o755)


@case
def only_shows_the_program_and_its_interpreter(m, d):
    if without_only(m, d):
        return 'needs a mount namespace'
    shutil.copy('/bin/sh', d.top + '/shell')
    executable(d.top + '/first', '#!%s/shell\necho "$0"; ls -A %s\n' % (d, d))
    executable(d.top + '/second', '#!%s/first\n' % d)
    env = dict(os.environ, PATH='%s:%s' % (d, os.environ['PATH']))
    for named, more in ((d.top + '/second', {}), ('./second', {'cwd': d.top}), ('second', {'env': env})):
        status, out, err = m.run(['--only', '%s/inner' % d], [named], **more)
        want(status == 0 and out.splitlines()[1:] == ['first', 'inner', 'second', 'shell'], named,
             status, out, err)
    status, out, err = m.run(['--only', '%s/inner' % d, '--chdir', d.top], ['./second'])
    want(status == 0 and out.splitlines()[1:] == ['first', 'inner', 'second', 'shell'], status, out, err)
    status, _, err = m.run(['--only', '%s/inner' % d], [d.top + '/none'])
    want(status == 127, status, err)
    return None


@case
def with_only_programs_are_executed_and_end_as_without(m, d):
    if without_only(m, d):
        return 'needs a mount namespace'
    log = d.top + '/log'
    for more in ([], ['--isolate'], ['--timeout=100'], ['--isolate', '--timeout=100'], ['--log=' + log]):
        line = 'cat %s/inner/file | sed s/^/x/; python3 -c "import subprocess; subprocess.run([\'echo\', \'y\'])"; ' \
               'exec sh -c "exit 7"' % d
        status, out, err = m.sh(['--only', '%s/inner' % d, *more], 'PATH=/usr/bin; ' + line)
        want((status, out) == (7, 'xinner/file\ny\n'), more, status, out, err)
        for end, status in (('kill -TERM $$', -15), ('kill -KILL $$', -9), ('kill -SEGV $$', -11)):
            want(m.sh(['--only', '%s/inner' % d, *more], end)[0] == status, more, end)
    want(json.loads(open(log).readline())['type'] == 'start')
    status, _, err = m.sh(['--only', str(d), '--timeout=0.3', '--isolate'], 'sleep 1000')
    want(status == 124 and err.count('is over') == 1, status, err)
    status, _, err = m.sh(['--only', str(d), '--isolate'], 'echo x > %s/new; kill -KILL $$' % d)
    want(status == -9 and err.count('denied: ') == 1, status, err)
    return None


@case
def nobody_looks_through_who_stays_outside(m, d):
    if not m.user:
        return 'root may'
    for options in (['--timeout=100'], ['--isolate'], ['--only', str(d)])[:3 if m.namespaces else 1]:
        process = m.popen(options, ['sh', '-c', 'echo ready; cat'], stdin=subprocess.PIPE)
        want(line_of(process) == 'ready\n')
        for way in ('root', 'cwd', 'fd/1', 'exe'):
            seen = subprocess.run([*m.become(), 'readlink', '/proc/%d/%s' % (process.pid, way)],
                                  stdout=subprocess.PIPE, check=False)
            want(seen.returncode != 0 and seen.stdout == b'', options, way, seen)
        bounded.finish(process, TIMEOUT)
        want(process.returncode == 0, options, process.returncode)
    return None


@case
def nothing_outlives_a_program_with_only(m, d):
    if without_only(m, d):
        return 'needs a mount namespace'
    for more in ([], ['--isolate']):
        read, write = os.pipe()
        m.sh(['--only', str(d), *more], 'setsid sleep 1000 & exit 0', pass_fds=[write])
        os.close(write)
        want(select.select([read], [], [], 0)[0] == [read], more)
        await_nobody(read)
    return None


@case
def what_is_not_there_with_only_is_told_if_it_is_outside(m, d):
    if without_only(m, d):
        return 'needs a mount namespace'
    only = ['--only', '%s/inner' % d]
    _, _, err = m.sh(only, 'cat %s/file %s/none %s/inner/none; cd %s; cat ../file' % (d, d, d, d.top + '/inner'))
    told = [text for text in err.splitlines() if 'not there: ' in text and str(d) in text]
    want(len(told) == 1 and re.search(r' 2x not there: %s/file \(show with --only %s/file\)$' % (d, d), told[0]),
         err)
    status, _, err = m.sh([*only, '--only', d.top + '/file'], 'cat %s/file' % d)
    want(status == 0 and str(d) not in err, status, err)
    # One line for a directory.
    os.mkdir(d.top + '/more')
    for name in ('a', 'more/1', 'more/2', 'more/3', 'more/4'):
        with open(os.path.join(d.top, name), 'w'):
            pass
    _, _, err = m.sh(only, 'cd %s/inner; cat ../more/1 ../more/2 ../more/3 ../more/4 2> /dev/null' % d)
    want(re.search(r' 4x not there: %s/more/1 \(show with --only %s/more/1\), and others beside it '
                   r'\(all: --only %s/more\)$' % (d, d, d), err, re.M), err)
    _, _, err = m.sh(only, 'cd /etc; cat hostname machine-id shells fstab issue hosts > /dev/null 2>&1')
    want('others beside it\n' in err and '--only /etc)' not in err, err)
    # A link that is there, to what is not.
    os.symlink(d.top + '/file', d.top + '/inner/link')
    _, _, err = m.sh(only, 'cat %s/inner/link' % d)
    want('not there: %s/inner/link ' % d in err, err)
    want(str(d) not in m.sh(['--quiet', *only], 'cat %s/a' % d)[2].replace('cat: ' + d.top, ''))
    # Of one that was killed too.
    _, _, err = m.sh(only, 'cat %s/a; kill -KILL $$' % d)
    want(err.count('not there: %s/a ' % d) == 1, err)
    return None


@case
def a_denial_with_only_is_true(m, d):
    if without_only(m, d):
        return 'needs a mount namespace'
    # Where the program may write outside, and where it may not.
    _, _, err = m.sh(['--only', '%s/inner' % d], 'mkdir %s/made' % d)
    want('(allow with --rw %s)' % d in err, err)
    if m.user:
        _, _, err = m.sh(['--only', '%s/inner' % d], 'mkdir /made /var/made; echo x > /usr/made')
        want('denied: ' not in err, err)
    return None


@case
def advice_for_only_can_be_pasted(m, d):
    if without_only(m, d):
        return 'needs a mount namespace'
    for name in ODD_NAMES:
        place = os.path.join(d.top, name)
        with open(place, 'w') as f:
            f.write('seen\n')
        _, _, err = m.run(['--only', '%s/inner' % d], ['cat', place])
        advice = re.search(r'\(show with (.*)\)$', err, re.M).group(1)
        done = subprocess.run([*m.become(), 'bash', '-c', '"$0" run %s %s cat "$1"' % (' '.join(m.options), advice),
                               FXBOX, place], cwd='/', stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              check=False)
        want(done.stdout == 'seen\n' and not d.has('PWNED'), advice, done)
    return None


def advised(err):
    """What the report of a run says to grant, as words."""
    words = []
    for line in err.splitlines():
        found = re.search(r'\((?:allow|show) with (?:--tmp, an? \w+ one, or )?(--\S.*?)\)(?:$|, and others)', line)
        every = re.search(r'\(all: --only (.*)\)$', line)
        if 'private one, or' in line or 'empty one, or' in line:
            words.append('--tmp')
        elif every:
            words += ['--only', every.group(1)]
        elif found and found.group(1) != '--unix':
            words += found.group(1).split(' ', 1)
    return words


@case
def the_grants_that_a_report_advises_do(m, d):
    if without_only(m, d):
        return 'needs a mount namespace'
    with open(d.top + '/x.c', 'w') as f:
        f.write('#include <stdio.h>\nint main(void) { return puts("x") < 0; }\n')
    with open(d.top + '/script.py', 'w') as f:
        f.write('import json, sys, ssl, subprocess\nprint(json.dumps(1))\n'
                'open("made", "w").write("x")\n')
    os.mkdir(d.top + '/origin')
    if m.user and os.geteuid() == 0:
        os.chown(d.top + '/origin', NOBODY, NOBODY)
    git = [*m.become(), 'git', '-C', d.top + '/origin']
    who = ['-c', 'user.name=x', '-c', 'user.email=x']
    if shutil.which('git', path='/usr/bin'):
        subprocess.run([*git, 'init', '-q'], check=True)
        subprocess.run([*git, *who, 'commit', '-q', '--allow-empty', '-m', 'x'], check=True)
    env = dict(os.environ, PATH='/usr/bin:/bin', HOME='/nonexistent')
    for command, made in ((['gcc', '-c', 'x.c'], 'x.o'), (['python3', 'script.py'], 'made'),
                          (['git', 'clone', '-q', 'origin', 'copy'], 'copy')):
        if not shutil.which(command[0], path=env['PATH']):
            continue
        grants = ['--only', '.']
        for _ in range(3):
            status, out, err = m.run(grants, command, cwd=d.top, env=env)
            if status == 0:
                break
            grants += advised(err)
        want(status == 0 and d.has(made), command, grants, status, out, err)
        _, out, err = m.sh(grants, 'ls -A /home /root; cat ~/.ssh/id*', cwd=d.top, env=env)
        want(out == '', grants, out, err)
    return None


@case
def who_the_users_are_is_not_told_with_only(m, d):
    if without_only(m, d):
        return 'needs a mount namespace'
    own = '0' if not m.user else str(NOBODY if os.geteuid() == 0 else os.geteuid())
    _, out, err = m.sh(['--only', str(d)], 'cut -d: -f3 /etc/passwd; cut -d: -f4 /etc/group')
    want(set(out.split()) <= {'0', str(NOBODY), own} and own in out.split(), out, err)
    _, out, err = m.sh(['--only', '/etc/passwd'], 'cat /etc/passwd')
    want(out == open('/etc/passwd').read(), out, err)
    return None


@case
def with_only_the_files_one_was_given_can_be_opened_anew(m, d):
    if without_only(m, d):
        return 'needs a mount namespace'
    process = m.popen(['--only', '%s/inner' % d], ['cat', '/dev/stdin'], stdin=open(d.top + '/file'))
    out, err = bounded.finish(process, TIMEOUT)
    want((process.returncode, out) == (0, 'file\n'), out, err)
    fd = os.open(d.top, os.O_RDONLY | os.O_DIRECTORY)
    _, out, err = m.sh(['--only', '/usr'], 'ls /proc/self/fd/%d/' % fd, pass_fds=[fd])
    want(out == '' and 'leads past the confinement and was closed' in err, out, err)
    os.close(fd)
    return None


@case
def the_profile_strict_gives_a_program_its_directory_and_libraries(m, d):
    if not m.namespaces or host.lacks('isolation') or host.lacks('landlock'):
        return 'needs namespaces'
    shutil.copy('/bin/ls', d.top + '/inner/list')
    env = dict(os.environ, SECRET='1')
    _, out, err = m.run(['--profile=strict'], [d.top + '/inner/list', '-A', d.top, d.top + '/inner', '/usr/bin',
                                               '/etc'], env=env)
    want('%s:\ninner\n' % d in out and '%s/inner:\nfile\nlist\n' % d in out and 'hosts' not in out and
         "'/usr/bin': No such file" in err, out, err)
    shutil.copy('/usr/bin/env', d.top + '/inner/env')
    _, out, err = m.run(['--profile=strict'], [d.top + '/inner/env'], env=env)
    want('SECRET' not in out and 'PATH=' in out, out, err)
    # Its own directory is the user's own, or everybody's.
    status, out, err = m.run(['--profile=strict'], [d.top + '/inner/list'], env=dict(env, HOME=d.top + '/inner'))
    want((status, out) == (125, '') and 'would be shown with all that is in it' in err, status, out, err)
    return None


@case
def tmp_is_private_and_empty(m, d):
    if not m.namespaces:
        return 'needs a mount namespace'
    name = 'fxbox-confine-%d' % os.getpid()
    status, out, err = m.sh(['--tmp'], 'ls -A /tmp; echo x > /tmp/%s && cat /tmp/%s' % (name, name))
    want((status, out) == (0, 'x\n') and not os.path.exists('/tmp/' + name), status, out, err)
    return None


@case
def shared_memory_is_private(m, d):
    name = '/dev/shm/fxbox-confine-%d' % os.getpid()
    status, out, err = m.sh([], 'echo x > %s && cat %s' % (name, name))
    want((status == 0) == m.namespaces and not os.path.exists(name), status, out, err)


@case
def devices_of_ones_own_can_be_written(m, d):
    status, out, err = m.sh([], 'echo x > /dev/null && echo x > /dev/zero && echo y')
    want((status, out, err) == (0, 'y\n', ''), status, out, err)


@case
def the_file_behind_standard_output_can_be_opened_anew(m, d):
    with open(d.top + '/file', 'w') as f:
        status, _, err = m.sh([], 'echo one; echo two >> /dev/stdout', stdout=f)
    want(status == 0 and open(d.top + '/file').read() == 'one\ntwo\n', status, err)


@case
def the_file_behind_standard_input_cannot_be_written(m, d):
    if host.lacks('landlock'):
        return host.lacks('landlock')
    process = m.popen([], ['sh', '-c', 'cat; echo x > /dev/stdin; chmod 777 /dev/stdin'],
                      stdin=open(d.top + '/file'))
    out, _ = bounded.finish(process, TIMEOUT)
    want(out == 'file\n' and open(d.top + '/file').read() == 'file\n', out)
    want(os.stat(d.top + '/file').st_mode & 0o777 != 0o777)
    return None


@case
def children_and_what_they_execute_are_confined(m, d):
    status, out, err = m.run([], ['bash', '-c', 'echo a | (cat; /bin/echo b) | sed s/^/x/; '
                                  'bash -c "echo x > %s/new"; exit 5' % d])
    want(status == 5 and out == 'xa\nxb\n' and not d.has('new'), status, out, err)


@case
def no_privilege_is_left(m, d):
    _, out, _ = m.sh([], 'grep -E "^(Cap|NoNew|Seccomp:)" /proc/self/status')
    words = dict(line.split(':\t') for line in out.splitlines())
    if m.namespaces or not m.user:
        want(words['CapBnd'] == '0' * 16, out)
    want(all(words[c] == '0' * 16 for c in ('CapInh', 'CapPrm', 'CapEff', 'CapAmb')), out)
    want(words['NoNewPrivs'] == '1' and words['Seccomp'] == '2', out)


@case
def users_and_groups_keep_their_numbers(m, d):
    _, out, err = m.run([], ['id', '-u'])
    want(out.strip() == str(NOBODY if m.user and os.geteuid() == 0 else os.geteuid()), out, err)


def listener(family, address):
    server = socket.socket(family)
    server.bind(address)
    server.listen()
    return server


@case
def the_network_needs_net(m, d):
    with listener(socket.AF_INET, ('127.0.0.1', 0)) as server:
        line = ['python3', '-c', 'import socket; socket.create_connection(("127.0.0.1", %d))' %
                server.getsockname()[1]]
        status, _, err = m.run([], line)
        want(status == 1 and 'denied: socket AF_INET (allow with --net)' in err, status, err)
        status, _, err = m.run(['--net'], line)
        want(status == 0 and err == '', status, err)


DIAL = 'import socket, sys; [socket.create_connection(("127.0.0.1", int(p))) for p in sys.argv[1:]]'


@case
def a_port_can_be_granted_alone(m, d):
    with listener(socket.AF_INET, ('127.0.0.1', 0)) as one, listener(socket.AF_INET, ('127.0.0.1', 0)) as other:
        ports = [str(server.getsockname()[1]) for server in (one, other)]
        dial = ['python3', '-c', DIAL]
        if host.lacks('landlock-tcp'):
            status, out, err = m.run(['--net=tcp:' + ports[0]], ['echo', 'ran'])
            want((status, out) == (125, '') and '--net=tcp: cannot be had here: needs Landlock ABI 4' in err,
                 status, out, err)
            return host.lacks('landlock-tcp')
        status, _, err = m.run(['--net=tcp:' + ports[0]], [*dial, *ports])
        want(status == 1 and '1x denied: connect port %s (allow with --net=tcp:%s)' % (ports[1], ports[1]) in err,
             status, err)
        for options in (['--net=tcp:' + ','.join(ports)], ['--net=tcp:' + port for port in ports],
                        ['--net=tcp:1', '--net']):
            status, _, err = m.run(options, [*dial, *ports])
            want((status, err) == (0, ''), options, status, err)
    # The port is free again.
    line = 'import socket, sys; s = socket.socket(); s.setsockopt(1, 2, 1); s.bind(("127.0.0.1", int(sys.argv[1])))'
    want(m.run(['--net=tcp:' + ports[0]], ['python3', '-c', line, ports[0]])[0] == 0)
    status, _, err = m.run(['--net=tcp:' + ports[0]], ['python3', '-c', line, ports[1]])
    want(status == 1 and 'denied: bind port %s (allow with --net=tcp:%s)' % (ports[1], ports[1]) in err, status, err)
    # Names are asked for by UDP, which is not TCP.
    status, _, err = m.run(['--net=tcp:443'], ['python3', '-c', 'import socket; socket.socket(type=socket.SOCK_DGRAM)'])
    want(status == 1 and '1x denied: socket AF_INET (allow with --net)' in err, status, err)
    return None


OWN_SERVER = '''import socket, sys
for family, address in (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"):
    server = socket.socket(family)
    try:
        server.bind((address, 0))
    except OSError as e:
        if family == socket.AF_INET:
            raise
        continue
    server.listen()
    socket.create_connection(server.getsockname()[:2])
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])))
except ConnectionRefusedError:
    print("alone")
'''


@case
def a_network_of_its_own_has_loopback_and_nobody_else(m, d):
    with listener(socket.AF_INET, ('127.0.0.1', 0)) as server:
        port = str(server.getsockname()[1])
        if not m.namespaces:
            status, out, err = m.run(['--net=local'], ['echo', 'ran'])
            want((status, out) == (125, '') and '--net=local' in err, status, out, err)
            return 'needs namespaces'
        for more in ([], ['--isolate'], ['--only', str(d)]):
            status, out, err = m.run(['--net=local', *more], ['/usr/bin/python3', '-c', OWN_SERVER, port])
            want((status, out) == (0, 'alone\n') and 'denied' not in err, more, status, out, err)
        # A socket of the network outside.
        with socket.socket() as handed:
            handed.bind(('127.0.0.1', 0))
            fd = handed.fileno()
            _, out, err = m.sh(['--net=local'], '[ -e /proc/self/fd/%d ] || echo gone' % fd, pass_fds=[fd])
            want(out == 'gone\n' and 'descriptor %d, a socket, reaches any address and was closed (keep it with '
                 '--net)' % fd in err, out, err)
    return None


def dials(path):
    return ['/usr/bin/python3', '-Sc', 'import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])', path]


@case
def a_unix_socket_can_be_granted_alone(m, d):
    one, other = d.top + '/one', d.top + '/other'
    with listener(socket.AF_UNIX, one) as first, listener(socket.AF_UNIX, other) as second:
        for path in (one, other):
            os.chmod(path, 0o777)
        if without_only(m, d):
            return 'needs a mount namespace'
        only = ['--only', d.top + '/inner']
        status, _, err = m.run([*only, '--unix=' + one], dials(one))
        want(status == 0 and one not in err, status, err)
        status, _, err = m.run([*only, '--unix=' + one], dials(other))
        want(status == 1 and 'FileNotFoundError' in err and 'not there: %s (show with --unix=%s)' % (other, other) in err,
             status, err)
        for options in (['--unix=' + one, '--unix=' + other], ['--unix', '--only', d.top]):
            want(m.run([*only, *options], dials(other))[0] == 0, options)
        # A file, nothing, and no --only.
        for options, words in (([*only, '--unix=%s/file' % d], '--unix: %s/file: is no socket' % d),
                               ([*only, '--unix=%s/none' % d], '--unix: %s/none: No such file' % d),
                               (['--unix=' + one], '--unix: %s: alone needs --only' % one)):
            status, out, err = m.run(options, ['echo', 'ran'])
            want((status, out) == (125, '') and words in err, options, status, out, err)
        status, out, err = m.run([*only, '--net', '--unix=' + one], dials(one))
        want(status == (125 if host.lacks('landlock-scopes') else 0), status, out, err)
        del first, second
    return None


@case
def advice_for_a_unix_socket_can_be_pasted(m, d):
    if without_only(m, d):
        return 'needs a mount namespace'
    only = ['--only', d.top + '/inner']
    for name in ODD_NAMES[::3]:
        path = os.path.join(d.top, name)
        with listener(socket.AF_UNIX, path) as server:
            os.chmod(path, 0o777)
            _, _, err = m.run(only, dials(path))
            advice = re.search(r'\(allow with (--unix=.*)\)$', err, re.M).group(1)
            done = subprocess.run([*m.become(), 'bash', '-c', '"$0" run %s %s "$@"' %
                                   (' '.join(m.options + only), advice), FXBOX, *dials(path)], cwd='/',
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
            want(done.returncode == 0 and not d.has('PWNED'), advice, done)
            del server
        os.unlink(path)
    return None


@case
def unix_sockets_need_unix(m, d):
    with listener(socket.AF_UNIX, d.top + '/socket') as server:
        os.chmod(d.top + '/socket', 0o777)
        line = ['python3', '-c', 'import socket; a, b = socket.socketpair(); a.send(b"x"); '
                's = socket.socket(socket.AF_UNIX); s.connect("%s/socket")' % d]
        status, _, err = m.run([], line)
        want(status == 1 and 'denied: connect "%s/socket" AF_UNIX (allow with --unix)' % d in err, status, err)
        status, _, err = m.run(['--unix'], line)
        want(status == 0 and err == '', status, err)
        del server


@case
def names_of_unix_sockets_are_told(m, d):
    line = ['python3', '-c', """import socket
def tried(what, *address):
    try:
        what(*address)
    except PermissionError as e:
        return e.errno
for kind in socket.SOCK_STREAM, socket.SOCK_SEQPACKET:
    s = socket.socket(socket.AF_UNIX, kind)
    print(tried(s.connect, "/run/one"), tried(s.connect, b"\\0two"), tried(s.bind, "three"))
print(tried(socket.socket, socket.AF_UNIX, socket.SOCK_DGRAM))"""]
    status, out, err = m.run([], line)
    want(status == 0 and out == '1 1 1\n1 1 1\n1\n', status, out, err)
    for said in 'connect "/run/one"', 'connect "@two"', 'bind "three"':
        want('2x denied: %s AF_UNIX (allow with --unix)' % said in err, said, err)
    want('1x denied: socket AF_UNIX (allow with --unix)' in err, err)


@case
def what_a_libc_does_not_miss_is_not_told(m, d):
    line = ['python3', '-c', """import socket
for path in "/var/run/nscd/socket", "/run/systemd/userdb/io.systemd.DynamicUser":
    try:
        socket.socket(socket.AF_UNIX).connect(path)
    except PermissionError as e:
        print(e.errno)"""]
    want(m.run([], line) == (0, '1\n1\n', ''), m.run([], line))
    status, _, err = m.run([], ['getent', 'passwd', 'nobody'])
    want(status == 0 and err == '', status, err)


@case
def the_environment_is_as_chosen(m, d):
    env = dict(os.environ, KEPT='1', LOST='2')
    status, out, err = m.run(['--clear-env', '--env', 'KEPT', '--env=NEW=a=b', '--env', 'NEW=c'],
                             ['/usr/bin/env'], env=env)
    want((status, out, err) == (0, 'KEPT=1\nNEW=c\n', ''), status, out, err)
    _, out, _ = m.run(['--env', 'LOST=3'], ['/usr/bin/env'], env=env)
    want('LOST=3\n' in out and 'KEPT=1\n' in out and 'LOST=2' not in out, out)


@case
def the_directory_is_as_chosen(m, d):
    _, out, err = m.run(['--chdir', '%s/inner' % d], ['pwd'])
    want(out == '%s/inner\n' % d, out, err)
    _, out, err = m.run(['--chdir', 'inner'], ['pwd'], cwd=d.top)
    want(out == '%s/inner\n' % d, out, err)
    _, out, err = m.sh(['--rw', str(d)], 'echo x > relative', cwd=d.top)
    want(d.has('relative'), out, err)
    status, _, err = m.run(['--chdir', '/no/such'], ['pwd'])
    want(status == 125 and '/no/such' in err, status, err)


@case
def limits_are_set(m, d):
    _, out, err = m.sh(['--memory=512M', '--rlimit=nofile=80:90'],
                       'ulimit -v; ulimit -n; ulimit -Hn')
    want(out == '524288\n80\n90\n', out, err)


# The nearest cgroup that hands these controllers on and lets the user make one in it.
DELEGATED = r'''
import os
own = [l[3:].strip() for l in open('/proc/self/cgroup') if l.startswith('0::/')]
for line in open('/proc/self/mountinfo'):
    words, behind = line.split(' - ')[0].split(), line.split(' - ')[1].split()
    if own and behind[0] == 'cgroup2' and own[0].startswith(words[3].rstrip('/')):
        top, at = words[4], os.path.normpath(words[4] + '/' + own[0][len(words[3].rstrip('/')):])
        while at.startswith(top):
            if {'memory', 'pids'} <= set(open(at + '/cgroup.subtree_control').read().split()) and os.access(at, os.W_OK):
                print(at)
                break
            at = os.path.dirname(at)
'''


@case
def a_whole_run_has_limits_where_a_cgroup_is_delegated(m, d):
    place = subprocess.run([*m.become(), 'python3', '-c', DELEGATED], stdout=subprocess.PIPE, text=True,
                           check=True).stdout.strip()
    if not place:
        status, out, err = m.run(['--limit=tasks=9'], ['echo', 'ran'])
        want((status, out) == (125, '') and 'fxbox: --limit: cannot be had here: no cgroup' in err, status, out, err)
        return 'no cgroup is delegated with memory and pids'
    status, out, err = m.sh(['--limit=memory=64M,tasks=9'],
                            'cat /proc/self/cgroup; for i in 1 2 3 4 5 6 7 8 9; do sleep 1 & done; wait')
    want('/fxbox-' in out and 'Cannot fork' in err and '(--limit tasks): refused: ' in err, status, out, err)
    status, out, err = m.run(['--limit', 'memory=64M'], ['python3', '-c', 'x = bytearray(1 << 30)'])
    want(status == -9 and '(--limit memory): processes killed by the kernel: 1' in err, status, out, err)
    # It cannot leave, and nothing is left.
    if m.namespaces:
        status, _, err = m.sh(['--limit=tasks=9', '--rw', '/'], 'echo $$ > %s/cgroup.procs' % place)
        want(status != 0 and 'Read-only' in err, status, err)
    want(not [name for name in os.listdir(place) if name.startswith('fxbox-')], os.listdir(place))
    return None


@case
def openat2_is_as_strict_as_natively(m, d):
    program = reach.for_others(GUESTS + '/openat2_errors')
    natively = subprocess.run([*m.become(), program], env=dict(os.environ, PLACE=str(d)),
                              stdout=subprocess.PIPE, text=True, check=True)
    status, out, err = m.run(['--rw', str(d), '--env', 'PLACE=%s' % d], [program])
    want((status, out, err) == (0, natively.stdout, ''), status, out, err, natively.stdout)


@case
def what_the_program_left_does_not_lead_the_log_elsewhere(m, d):
    precious = '%s/file' % d
    os.symlink(precious, d.top + '/inner/log')
    os.symlink(d.top, d.top + '/inner/way')
    status, _, err = m.run(['--log=%s/inner/log' % d], ['true'])
    want(status == 125 and 'is a symbolic link' in err, status, err)
    want(open(precious).read() == 'file\n')
    for log in ('inner/log2', 'inner/way/log3'):
        status, _, err = m.run(['--rw', d.top + '/inner', '--log=%s/%s' % (d, log)], ['true'])
        want(status == 0 and 'can change its log' in err and d.has(log), status, err)
    status, _, err = m.run(['--rw', d.top + '/inner', '--log=%s/log4' % d], ['true'])
    want((status, err) == (0, '') and d.has('log4'), status, err)
    # The pipe is of the one who runs the tests.
    for name in ('-',) if m.user else ('-', '/dev/stdout'):
        status, out, err = m.run(['--log=' + name], ['true'])
        want(status == 0 and json.loads(out.splitlines()[0])['type'] == 'start', status, out, err)


@case
def no_child_is_made_for_somebody_outside(m, d):
    line = 'import ctypes; print(ctypes.CDLL(None).syscall(56, %d, 0, 0, 0, 0))' % (CLONE_PARENT | signal.SIGCHLD)
    _, out, err = m.run([], ['python3', '-c', line])
    want(out == '-1\n' and 'denied: clone with CLONE_PARENT' in err, out, err)


@case
def no_grant_includes_set_id_modes(m, d):
    script = 'echo x > %s/new && ! chmod 4755 %s/new && ! chmod g+s %s/new' % (d, d, d)
    status, _, err = m.sh(['--rw', str(d)], script)
    want(status == 0 and not os.stat(d.top + '/new').st_mode & 0o6000, status, err)
    want('set-user-ID or set-group-ID mode (only --no-confine allows it)' in err, err)


@case
def after_the_timeout_everybody_is_dead(m, d):
    read, write = os.pipe()
    for options in ([], ['--isolate'])[:2 if m.namespaces else 1]:
        status, _, err = m.run(['--timeout=0.3', *options],
                               ['sh', '-c', 'setsid sleep 1000 & sleep 1000 & sleep 1000'],
                               pass_fds=[write])
        want(status == 124 and 'the time of 0.3 s is over' in err, status, err)
    os.close(write)
    await_nobody(read)


# Ways to be there when the time is over, and what else the end should not be kept from by; ./outlive
# is that of guest-progs.
OUTLIVE = {
    'stopped': 'kill -STOP $$',
    'all stopped': 'sleep 1000 & kill -STOP $! $$',
    'a child that is stopped, and the end': 'sleep 1000 & kill -STOP $!; exit 0',
    'a session of its own, and the end': 'setsid sleep 1000 & exit 0',
    'an orphan, and the end': '(setsid sh -c "sleep 1000 & sleep 1000 &" &); exit 0',
    'thirty sessions': 'for i in $(seq 30); do setsid sleep 1000 & done; exit 0',
    'what nohup starts': 'nohup sleep 1000 >/dev/null 2>&1 & exit 0',
    'every signal ignored': 'trap "" HUP INT QUIT TERM USR1 USR2 CHLD CONT TSTP TTIN TTOU ALRM; '
                            'while :; do sleep 1000; done',
    'another program': 'exec sleep 1000',
    'the watcher stopped': '[ $PPID = 0 ] || kill -STOP $PPID; sleep 1000',
    'the watcher stopped by the terminal\'s signals':
        'n=0; [ $PPID = 0 ] || while [ $n -lt 200 ]; do kill -TSTP $PPID; kill -TTOU $PPID; n=$((n+1)); done; sleep 1000',
    'the watcher killed': '[ $PPID = 0 ] || kill -KILL $PPID; sleep 1000',
    'no death signal, and the watcher killed': 'exec ./outlive kill-watcher',
    'a reaper of its own': 'exec ./outlive reaper',
    'a child of the watcher\'s': 'exec ./outlive sibling',
    'children of the watcher\'s that make more': 'exec ./outlive siblings',
    'a first thread that has ended': 'exec ./outlive first-thread-ends',
    # Last those that leave no processor to who comes after them.
    'stopped, with one that spins': '(while :; do :; done) & kill -STOP $$',
    'the watcher stopped again and again': '[ $PPID = 0 ] || while :; do kill -STOP $PPID; done; sleep 1000',
    'forks that end': 'exec ./outlive forks',
    'the question where threads are, taken by somebody who does not ask': 'exec ./outlive question',
}


def ways_to_outlive(m, d):
    """(what, options, line), of all ways and all that stand outside; by turns each way once. To be
    started where the place is."""
    shutil.copy(GUESTS + '/outlive.static', d.top + '/outlive')
    outside = ([], ['--isolate'], ['--only', str(d)])[:3 if m.namespaces else 1]
    # Where all processes can be signalled, and `fxbox run` says so, that one can be too.
    open_to_signals = not m.namespaces and host.lacks('landlock-scopes')
    ways = [way for way in OUTLIVE.items() if not (open_to_signals and 'the watcher' in way[0])]
    if m.turn is not None:
        return [(what, outside[(i + m.turn) % len(outside)], line) for i, (what, line) in enumerate(ways)]
    return [(what, options, line) for what, line in ways for options in outside]


@case
def nothing_outlives_the_timeout_or_the_program(m, d):
    runs = []
    for what, options, line in ways_to_outlive(m, d):
        read, write = os.pipe()
        runs.append((what, options, read, m.popen(['--timeout=1', *options], ['sh', '-c', line],
                                                  cwd=d.top, pass_fds=[write], stdin=subprocess.DEVNULL)))
        os.close(write)
    for what, options, read, process in runs:
        _, err = bounded.finish(process, TIMEOUT)
        want(process.returncode in (0, 124), what, options, process.returncode, err)
        # At once: who has ended has waited for them.
        want(select.select([read], [], [], 0)[0] == [read], what, options, 'has outlived it')
        await_nobody(read)


# Starts each line that it reads, from a thread that ends at once, and goes on.
STARTER = r"""
import json, os, subprocess, sys, threading
for line in sys.stdin:
    start = threading.Thread(target=subprocess.Popen, args=[json.loads(line)],
                             kwargs=dict(close_fds=False, stdin=subprocess.DEVNULL))
    start.start()
    start.join()
    while len(os.listdir('/proc/self/task')) > 1:
        os.sched_yield()
"""


def start_parent(m, d, commands, write):
    """A process that has started them all, in the place; they inherit the descriptor."""
    parent = subprocess.Popen([*m.become(), 'python3', '-c', STARTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, cwd=d.top, pass_fds=[write],
                              start_new_session=True)
    STARTED.append(parent)
    parent.stdin.write(''.join(json.dumps(command) + '\n' for command in commands))
    parent.stdin.flush()
    return parent


@case
def nothing_outlives_the_parent(m, d):
    read, write = os.pipe()
    commands = [[FXBOX, 'run', *m.options, '--die-with-parent', *options, '--', 'sh', '-c', 'echo ready; ' + line]
                for _, options, line in ways_to_outlive(m, d)]
    parent = start_parent(m, d, commands, write)
    os.close(write)
    for _ in commands:
        want(line_of(parent) == 'ready\n')
    parent.kill()
    await_nobody(read)
    bounded.finish(parent, TIMEOUT)


@case
def the_end_of_the_parents_thread_is_not_the_parents(m, d):
    read, write = os.pipe()
    os.mkfifo(d.top + '/fifo')
    os.chmod(d.top + '/fifo', 0o644)
    parent = start_parent(m, d, [[FXBOX, 'run', *m.options, '--die-with-parent', '--', 'sh', '-c',
                               'read line < %s/fifo; echo $line; kill -STOP $$' % d],
                              ['echo', 'next']], write)
    os.close(write)
    want(line_of(parent) == 'next\n')
    with bounded.within(TIMEOUT, 'the program to read'), open(d.top + '/fifo', 'w') as fifo:
        fifo.write('alive\n')
    want(line_of(parent) == 'alive\n')
    want(select.select([read], [], [], 0)[0] == [])
    parent.kill()
    await_nobody(read)
    bounded.finish(parent, TIMEOUT)


@case
def what_only_a_confined_run_has_is_refused_without(m, d):
    if m.name != 'user':
        return 'is the same for all'
    for option in ('--ro=/', '--hide=/tmp', '--tmp', '--isolate', '--timeout=9', '--die-with-parent', '--limit=tasks=9', '--memory=1G',
                   '--rlimit=nofile=9', '--chdir=/', '--require-confinement'):
        status, out, err = m.run(['--no-confine', option], ['echo', 'ran'])
        name = '--rlimit' if option.startswith('--memory') else option.partition('=')[0]
        want((status, out) == (125, '') and 'fxbox: %s: is not had with --no-confine' % name in err, status, err)
    return None


@case
def a_program_that_was_killed_has_its_report(m, d):
    line = 'echo x > %s/new; echo ready; ' % d
    for options, end in ((['--timeout=1'], 'sleep 1000'), (m.watched, 'kill -KILL $$')):
        status, _, err = m.sh(options, line + end)
        want(status == (124 if 'sleep' in end else -signal.SIGKILL), status, err)
        want(err.count('1x denied: openat "%s/new"' % d) == 1, err)
        want(' denied: ' not in m.sh(['--quiet', *options], line + end)[2])


@case
def a_stop_when_the_time_is_just_over_is_none(m, d):
    if m.name != 'user':
        return 'is the same for all'
    if not shutil.which('strace'):
        return 'needs strace'
    # Between the look at the time and the stop, of who stands outside, there are two seconds.
    slow = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=kill', '-e', 'inject=kill:delay_enter=2000000']
    process = subprocess.Popen([*m.become(), *slow, FXBOX, 'run', *m.options, '--timeout=1', '--', 'sh', '-c',
                                'echo ready; cat'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    STARTED.append(process)
    want(line_of(process) == 'ready\n')
    # strace's child waits outside for the program.
    os.kill(last_child(last_child(process.pid)), signal.SIGSTOP)
    _, err = bounded.finish(process, TIMEOUT)
    want(process.returncode == 124 and 'the time of 1 s is over' in err, process.returncode, err)
    return None


@case
def what_is_left_behind_at_once_is_ended(m, d):
    if m.name != 'flat':
        return 'a PID namespace ends it'
    if not shutil.which('strace'):
        return 'needs strace'
    # The program has ended long before who stands outside has looked around.
    slow = ['strace', '-qq', '-o', '/dev/null', '-e', 'trace=prctl', '-e', 'inject=prctl:delay_enter=200000']
    read, write = os.pipe()
    process = subprocess.Popen([*m.become(), *slow, FXBOX, 'run', *m.options, '--timeout=60', '--', 'sh', '-c',
                                'sleep 1000 2>/dev/null & exit 0'], stdin=subprocess.DEVNULL, pass_fds=[write],
                               stderr=subprocess.PIPE, text=True)
    STARTED.append(process)
    os.close(write)
    _, err = bounded.finish(process, TIMEOUT)
    want(process.returncode == 0, process.returncode, err)
    want(select.select([read], [], [], 0)[0] == [read], 'it has outlived the run')
    os.close(read)
    return None


@case
def without_a_timeout_reached_the_status_is_the_programs(m, d):
    want(m.sh(['--timeout=100'], 'exit 7')[0] == 7)
    want(m.sh(['--timeout=100'], 'kill -USR1 $$')[0] == -signal.SIGUSR1)


@case
def isolate_shows_no_other_processes(m, d):
    if not m.namespaces:
        return 'needs namespaces'
    _, out, err = m.sh(['--isolate'], 'echo $$; ls /proc | grep -c "^[0-9]"; wc -l < /proc/net/dev')
    want(out.split()[0] == '2' and int(out.split()[1]) <= 6 and out.split()[2] == '3', out, err)
    return None


@case
def the_own_group_is_signalled_inside(m, d):
    read, write = os.pipe()
    line = 'sleep 1000 & trap "echo got" TERM; kill -TERM 0; wait; echo end'
    for options in ([], ['--isolate'], ['--only', str(d)])[:3 if m.namespaces else 1]:
        # Of a group that others are in, outside, and of one of its own.
        for command in (['sh', '-c', line], ['setsid', '-w', 'sh', '-c', line]):
            process = m.popen(options, command, pass_fds=[write], start_new_session=True, stdin=subprocess.DEVNULL)
            out, err = bounded.finish(process, TIMEOUT)
            want((process.returncode, out) == (0, 'got\nend\n'), options, command, process.returncode, out, err)
    os.close(write)
    await_nobody(read)


@case
def the_process_outside_passes_signals_and_statuses_on(m, d):
    for line, status in (('exit 7', 7), ('kill -TERM $$', -15), ('kill -KILL $$', -9),
                         ('kill -SEGV $$', -11)):
        want(m.sh(m.watched, line)[0] == status, line)
    process = m.popen(m.watched, ['sh', '-c', 'trap "echo caught; exit 5" TERM; echo ready; '
                                      'while :; do sleep 0.05; done'])
    want(line_of(process) == 'ready\n')
    process.send_signal(signal.SIGTERM)
    out, err = bounded.finish(process, TIMEOUT)
    want((out, process.returncode) == ('caught\n', 5), out, err, process.returncode)


@case
def a_stop_is_seen_outside_and_continues(m, d):
    process = m.popen(m.watched, ['sh', '-c', 'echo ready; kill -STOP $$; echo on; exit 3'])
    want(line_of(process) == 'ready\n')
    with bounded.within(TIMEOUT, 'the outer process to stop'):
        _, status = os.waitpid(process.pid, os.WUNTRACED)
    want(os.WIFSTOPPED(status), status)
    process.send_signal(signal.SIGCONT)
    out, err = bounded.finish(process, TIMEOUT)
    want((out, process.returncode) == ('on\n', 3), out, err, process.returncode)


@case
def a_key_of_the_terminal_reaches_the_program_once(m, d):
    script = ('import signal, sys\nn = 0\n'
              'def count(*_):\n    global n\n    n += 1\n    print("interrupted", flush=True)\n'
              'signal.signal(signal.SIGINT, count)\n'
              'signal.signal(signal.SIGUSR1, lambda *_: sys.exit(n))\n'
              'print("ready", flush=True)\nwhile True:\n    signal.pause()\n')
    master, slave = os.openpty()
    process = subprocess.Popen([*m.become(session=True, terminal=True), FXBOX, 'run', *m.options, *m.watched,
                                'python3', '-c', script],
                               stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    STARTED.append(process)
    want(line_of(process) == 'ready\n')
    os.write(master, b'\x03')
    want(line_of(process) == 'interrupted\n')
    # What was passed on too would come before this one: signals are taken in the order of numbers.
    process.send_signal(signal.SIGUSR1)
    bounded.finish(process, TIMEOUT)
    os.close(master)
    os.close(slave)
    want(process.returncode == 1, process.returncode)


def on_terminal(m, terminal, options, command, before=()):
    """status and output of what is started on it, as a shell does; before: words before fxbox"""
    process = subprocess.Popen([*m.become(session=True, terminal=True), *before, FXBOX, 'run', *m.options, *options,
                                '--', *command], stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env=dict(os.environ, PATH='/usr/bin:/bin'))
    STARTED.append(process)
    out, err = bounded.finish(process, TIMEOUT)
    return process.returncode, out, err


def terminals(m, count):
    pairs = [os.openpty() for _ in range(count)]
    for _, slave in pairs:
        if m.user and os.geteuid() == 0:
            os.chown(os.ttyname(slave), NOBODY, NOBODY)
    return pairs


@case
def whatever_the_limit_on_descriptors_a_terminal_is_had(m, d):
    pair = terminals(m, 1)[0]
    name = os.ttyname(pair[1])
    for soft in (64, 256, 1024):
        status, out, err = on_terminal(m, pair[1], [], ['tty'], ['prlimit', '--nofile=%d:' % soft])
        want((status, out) == (0, name + '\n'), soft, status, out, err)
    for fd in pair:
        os.close(fd)


@case
def the_terminal_is_there_by_its_name_and_no_other(m, d):
    pairs = terminals(m, 3)
    own, other = (os.ttyname(pairs[i][1]) for i in (1, 2))
    os.write(pairs[2][0], b'secret\n')
    line = 'tty; [ -t 0 ] && stty -a > /dev/null && echo terminal; echo x > /dev/tty; echo y > $(tty); ' \
           'ls /dev/pts; head -n 1 %s' % other
    for options in ([], ['--isolate'], ['--only', str(d)], ['--timeout=100'])[:4 if m.namespaces else 1]:
        _, out, err = on_terminal(m, pairs[1][1], options, ['sh', '-c', line])
        want(out.startswith('%s\nterminal\n' % own), options, out, err)
        # Where there is no mount namespace the others are there.
        want(('secret' in out) != m.namespaces, options, out, err)
        if m.namespaces:
            want(out.splitlines()[2:] == [os.path.basename(own), 'ptmx'], options, out, err)
    for fd in sum(pairs, ()):
        os.close(fd)


NEW_TERMINALS = r"""
import os, pty, subprocess, sys
names = []
for _ in range(5):
    master, slave = os.openpty()
    names.append(os.ttyname(slave))
    os.write(master, b'x\n')
    assert os.read(slave, 9) == b'x\n'
    assert subprocess.run(['tty'], stdin=slave, stdout=subprocess.PIPE, text=True).stdout == names[-1] + '\n'
print(*names)
pid, master = pty.fork()
if pid == 0:
    os.execvp('tty', ['tty'])
print(os.read(master, 99).decode().strip())
"""


@case
def new_terminals_can_be_had(m, d):
    pairs = terminals(m, 2)
    own = os.ttyname(pairs[1][1])
    for options in ([], ['--isolate'], ['--only', str(d)])[:3 if m.namespaces else 1]:
        status, out, err = on_terminal(m, pairs[1][1], options, ['python3', '-c', NEW_TERMINALS])
        words = out.split()
        want(status == 0 and len(words) == 6 and len(set(words)) == 6 and own not in words, options, out, err)
        # Without a terminal of its own too.
        status, out, err = m.run(options, ['/usr/bin/python3', '-c', NEW_TERMINALS])
        want(status == 0 and len(set(out.split())) == 6, options, out, err)
    if m.namespaces:
        _, out, err = on_terminal(m, pairs[0][1], ['--rw', '/dev/pts'], ['ls', '/dev/pts'])
        want({os.path.basename(os.ttyname(slave)) for _, slave in pairs} <= set(out.split()), out, err)
    if shutil.which('script', path='/usr/bin'):
        _, out, err = on_terminal(m, pairs[1][1], [], ['script', '-qc', 'tty', '/dev/null'])
        want('/dev/pts/' in out and own not in out, out, err)
    for fd in sum(pairs, ()):
        os.close(fd)


@case
def jobs_are_controlled_on_the_terminal(m, d):
    pairs = terminals(m, 1)
    master, slave = pairs[0]
    script = 'set -m; sh -c "kill -STOP \\$\\$; echo on" & wait $!; jobs; fg; exit 7'
    for options in ([], ['--only', str(d)])[:2 if m.namespaces else 1]:
        status, out, err = on_terminal(m, slave, options, ['bash', '-c', script])
        want(status == 7 and 'Stopped' in out and out.endswith('on\n'), options, status, out, err)
    os.close(master)
    os.close(slave)


@case
def isolate_ends_everybody_with_the_program(m, d):
    if not m.namespaces:
        return 'needs namespaces'
    read, write = os.pipe()
    m.sh(['--isolate'], 'setsid sleep 1000 & exit 0', pass_fds=[write])
    process = m.popen(['--isolate'], ['sh', '-c', 'setsid sleep 1000 & echo ready; sleep 1000'],
                      pass_fds=[write])
    want(line_of(process) == 'ready\n')
    process.kill()
    with bounded.within(TIMEOUT, 'the end of a process that was killed'):
        process.wait()
    os.close(write)
    await_nobody(read)
    bounded.finish(process, TIMEOUT)
    return None


@case
def a_directory_descriptor_is_opened_anew_inside(m, d):
    fd = os.open(d.top, os.O_RDONLY | os.O_DIRECTORY)
    line = 'ls /proc/self/fd/%d/; echo x > /proc/self/fd/%d/new' % (fd, fd)
    _, out, err = m.sh([], line, pass_fds=[fd])
    want(out == 'file\ninner\n' and not d.has('new') and 'descriptor' not in err, out, err)
    if m.namespaces:
        _, out, err = m.sh(['--hide', str(d)], line, pass_fds=[fd])
        want(out == '' and 'descriptor %d (%s) leads past the confinement and was closed' %
             (fd, d) in err, out, err)
    os.close(fd)


@case
def weaker_confinement_is_told_or_an_error(m, d):
    full = m.namespaces and not host.lacks('landlock')
    _, out, err = m.told([], ['echo', 'ran'])
    want(out == 'ran\n' and (err == '') == full, out, err)
    status, out, err = m.told(['--require-confinement'], ['echo', 'ran'])
    want((status, out) == ((0, 'ran\n') if full else (125, '')), out, err)


@case
def what_was_asked_for_by_name_is_had_or_an_error(m, d):
    if m.namespaces:
        return 'is for hosts without namespaces'
    inner = '%s/inner' % d
    for options in (['--hide', inner], ['--tmp'], ['--isolate'], ['--rw', str(d), '--ro', inner],
                    ['--rw', '/', '--ro', inner]):
        status, out, err = m.run(options, ['cat', inner + '/file'])
        want((status, out) == (125, '') and options[-2 if len(options) > 1 else 0] in err,
             options, status, out, err)
    status, out, err = m.run(['--rw', inner, '--ro', str(d)], ['cat', inner + '/file'])
    want((status, out, err) == (0, 'inner/file\n', ''), status, out, err)
    return None


@case
def what_an_older_landlock_lacks_is_told(m, d):
    _, _, err = m.told([], ['true'])
    for feature, words in (('landlock-scopes', 'your other processes can be signalled'),
                           ('landlock-truncate', 'files that you may write can be emptied')):
        # Namespaces do both otherwise: there is nobody else, and mounts are read-only.
        weaker = bool(host.lacks(feature)) and not host.lacks('landlock') and not m.namespaces
        want((words in err) == weaker, feature, err)
    want(('no Landlock' in err) == bool(host.lacks('landlock')), err)


@case
def a_host_without_user_namespaces_is_told(m, d):
    if m.name != 'user':
        return 'is the same for all'
    if host.lacks('landlock'):
        return host.lacks('landlock')
    # The limit is the namespace's own; without capabilities none but a user namespace could be had.
    done = subprocess.run([*m.become(), 'unshare', '-Ur', 'sh', '-c',
                           'echo 0 > /proc/sys/user/max_user_namespaces && '
                           'exec setpriv --bounding-set=-all "$@"', 'sh',
                           FXBOX, 'run', 'sh', '-c', 'echo ran; echo x > %s/file' % d],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    want(done.stdout == 'ran\n' and
         'fxbox: weaker confinement: no user namespace (No space left on device)' in done.stderr,
         done)
    want(open(d.top + '/file').read() == 'file\n', done)
    return None


@case
def wrong_paths_are_told(m, d):
    for option in ('--only', '--rw', '--ro', '--hide'):
        status, _, err = m.run([option, '/no/such'], ['true'])
        want(status == 125 and option in err and '/no/such' in err, status, err)
    status, _, err = m.run([], ['/no/such/program'])
    want(status == 127, status, err)


@case
def a_profile_is_what_profile_prints(m, d):
    options = ['--rw', str(d), '--ro', '%s/inner' % d, '--net=tcp:80,443', '--unix=/a', '--unix=/b', '--env', 'NEW=1', '--timeout', '9.5',
               '--rlimit', 'nofile=99:unlimited', '--limit', 'memory=1G,tasks=9', '--chdir', d.top, '--tmp', '--no-userns', '--only', d.top]
    first = subprocess.run([FXBOX, 'profile', *options], stdout=subprocess.PIPE, check=True).stdout
    with open(d.top + '/profile', 'wb') as f:
        f.write(first)
    again = subprocess.run([FXBOX, 'profile', '--profile', d.top + '/profile'],
                           stdout=subprocess.PIPE, check=True).stdout
    want(first == again, first, again)
    want(json.loads(first)['limits'] == {'memory': '1073741824', 'tasks': '9'}, first)
    want(json.loads(first)['rlimits'] == {'nofile': '99:unlimited'}, first)


@case
def the_schema_takes_what_profile_prints_and_no_less(m, d):
    try:
        import jsonschema
    except ImportError:
        return 'needs jsonschema for this python3'
    with open(os.path.join(HERE, '..', '..', 'docs', 'profile.schema.json')) as f:
        schema = json.load(f)
    names = 'as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime ' \
            'sigpending stack'.split()
    options = ['--rlimit=%s=1K:unlimited' % name for name in names]
    for more in ([], ['--net', '--unix'], ['--net=local', '--die-with-parent'], ['--net=tcp:1,65535', '--unix=/a'],
                 ['--limit=memory=9', '--limit=tasks=1K'],
                 options + ['--only=c', '--rw=a', '--hide=b', '--timeout=0.5', '--env=A', '--chdir=/']):
        printed = subprocess.run([FXBOX, 'profile', *more], stdout=subprocess.PIPE, check=True)
        document = json.loads(printed.stdout)
        jsonschema.validate(document, schema)
        want(set(document) == set(schema['properties']), document)
    for wrong in ({}, {'fxbox_profile': 2}, {'fxbox_profile': 1, 'rwx': []},
                  {'fxbox_profile': 1, 'net': 'yes'}, {'fxbox_profile': 1, 'net': 'tcp:'},
                  {'fxbox_profile': 1, 'unix': '/a'}, {'fxbox_profile': 1, 'unix': ['']},
                  {'fxbox_profile': 1, 'limits': {'memory': 'unlimited'}}, {'fxbox_profile': 1, 'timeout': 0},
                  {'fxbox_profile': 1, 'rlimits': {'nofile': '1x'}},
                  {'fxbox_profile': 1, 'rlimits': {'files': '1'}}):
        want(not jsonschema.Draft202012Validator(schema).is_valid(wrong), wrong)
        with open(d.top + '/profile', 'w') as f:
            json.dump(wrong, f)
        want(m.run(['--profile', d.top + '/profile'], ['true'])[0] == 125, wrong)
    return None


@case
def a_profile_is_enforced_and_options_add_to_it(m, d):
    with open(d.top + '/profile', 'w') as f:
        json.dump({'fxbox_profile': 1, 'rw': [d.top + '/inner'], 'env': ['NEW=1']}, f)
    status, out, err = m.sh(['--profile', d.top + '/profile', '--env', 'NEW=2'],
                            'echo $NEW; echo x > %s/inner/file && ! echo x > %s/file' % (d, d))
    want((status, out) == (0, '2\n') and open(d.top + '/inner/file').read() == 'x\n', out, err)


@case
def a_wrong_profile_is_told(m, d):
    for text, part in (('{', 'is not JSON'), ('[]', 'is no profile'), ('{"rw": []}', 'no profile'),
                       ('{"fxbox_profile": 2}', '"fxbox_profile" cannot be 2'),
                       ('{"fxbox_profile": 1, "rwx": []}', '"rwx" is not known'),
                       ('{"fxbox_profile": 1, "net": "yes"}', '"net" cannot be "yes"'),
                       ('{"fxbox_profile": 1, "rw": ["a\\u0000b"]}', '"rw" cannot be'),
                       ('{"fxbox_profile": 1} x', 'is not JSON'), ('', 'is not JSON')):
        with open(d.top + '/profile', 'w') as f:
            f.write(text)
        status, _, err = m.run(['--profile', d.top + '/profile'], ['true'])
        want(status == 125 and part in err, text, status, err)


@case
def the_log_tells_of_confinement_and_denials(m, d):
    log = d.top + '/log'
    fd = os.open('/dev/null', os.O_RDONLY)
    m.sh(['--log', log], 'echo x > %s/new' % d, pass_fds=[fd])
    records = [json.loads(line) for line in open(log)]
    want(records[0]['confinement'] == ('full' if m.namespaces else 'without-namespaces'), records)
    want(fd in records[0]['inherited'], records[0])
    denied = [r for r in records if r['type'] == 'denied']
    want(len(denied) == 1 and denied[0]['name'] == 'openat' and
         denied[0]['path'] == d.top + '/new' and
         denied[0]['advice'] == 'allow with --rw ' + d.top, records)


def main():
    tap = Tap()
    host.beside(sys.argv[1])
    # Where everybody may be. Who has said where one was would have programs look there.
    os.chdir('/')
    os.environ.pop('PWD', None)
    modes = [Mode('user', True, []), Mode('flat', True, ['--no-userns'])]
    if os.geteuid() == 0 and TURN is None:
        modes.insert(0, Mode('root', False, []))
    # The first tries all in all ways.
    for mode in modes[1:]:
        mode.turn = TURN or 0
    for mode in modes:
        missing = host.first_lack(mode.needs)
        for function in CASES:
            name = '%s: %s' % (mode.name, function.__name__)
            if sys.argv[2:] and not any(word in name for word in sys.argv[2:]):
                continue
            place = Place(mode)
            try:
                why = missing or function(mode, place)
                if why:
                    tap.skip(name, why)
                else:
                    tap.check(name, True)
            except (Failed, bounded.Waited, subprocess.SubprocessError, AttributeError, KeyError,
                    IndexError) as e:
                tap.check(name, False, e)
            finally:
                while STARTED:
                    process = STARTED.pop()
                    if process.poll() is None:
                        bounded.kill(process)
                shutil.rmtree(place.top, ignore_errors=True)
    tap.finish()


if __name__ == '__main__':
    main()
