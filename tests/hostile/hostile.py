#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hostile programs: each succeeds natively, where that is harmless, and fails under fxbox.

    hostile.py FXBOX DIRECTORY_OF_PROGRAMS [NAME...]

Whether one got out is not its own to say: a file, a process and some servers
outside are looked at before and after. Under fxbox each is started directly and
from a shell, makes its calls so that they trap and by jumping into the shim, as root,
as an ordinary user, as one without a user namespace ("flat"), and with --isolate. Prints TAP.
"""
import fcntl
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'loader'))
sys.path.insert(0, os.path.join(HERE, '..'))
import bounded  # noqa: E402
import host  # noqa: E402
import reach  # noqa: E402
import start_as  # noqa: E402
from tap import Tap  # noqa: E402

TIMEOUT = 120
# Limits on processes count those of a user, so who runs beside has another.
NOBODY = int(os.environ.get('HOSTILE_USER', 65534))
# Not also from a shell, whose part is that it executes the program.
DIRECT = 'HOSTILE_DIRECT' in os.environ
SHELL = ['/bin/sh', '-c', '"$0" "$@"; exit $?']
GET_ATTRIBUTES = 0x80086601  # FS_IOC_GETFLAGS
IS_EXCLUSIVE = 0x80045440  # TIOCGEXCL
RW = ['--rw', 'GRANTED']
# Of what lies outside nothing, but the programs, which are started from a shell.
ONLY = ['--only', 'GRANTED', '--only', 'PROGRAMS']
KILLED = 'status -31|status 159'
CRASHED = 'status -11|status 139'

# name, layer, options, how the jump is stopped in namespaces and without: an errno, or what
# else is seen (None: anything);
# native: False where it does harm or cannot be had; a word for who can, root or a user;
# behind a colon what the host must have for it.
TABLE = [
    ('open_write', 'mounts, Landlock', [], 'EROFS', 'EACCES', True),
    ('create', 'mounts, Landlock', [], 'EROFS', 'EACCES', True),
    ('truncate', 'mounts, Landlock', [], 'EROFS', 'EACCES', True),
    ('link_rename', 'mounts, Landlock', RW, 'EROFS', 'EACCES', True),
    ('chmod', 'body', [], 'EPERM', 'EPERM', True),
    ('chmod', 'mounts; body where there are none', RW, 'EROFS', 'EPERM', True),
    ('metadata', 'body', [], 'EPERM', 'EPERM', True),
    ('metadata', 'mounts; body where there are none', RW, 'EROFS', 'EPERM', True),
    ('inherited_file', 'body, Landlock', [], 'EACCES', 'EACCES', True),
    ('inherited_directory', 'reopened inside; Landlock', [], 'EROFS', 'EACCES', True),
    ('inherited_socket', 'closed; body', [], 'EPERM', 'EPERM', True),
    ('only', 'root of its own', ONLY, r'E\w+', 'status 125', True),
    ('only', 'root of its own', ONLY + ['--timeout=100', '--rw', 'GRANTED'], r'E\w+', 'status 125', True),
    ('other_terminal', 'devpts of its own', [], r'E\w+', None, True),
    ('other_terminal', 'devpts of its own', RW, r'E\w+', None, True),
    ('other_terminal', 'devpts of its own', ONLY, r'E\w+', 'status 125', True),
    ('tcp', 'body', [], 'EPERM', 'EPERM', True),
    ('ports', 'Landlock, body', ['--net=tcp:9,10'], 'EACCES', 'EACCES', True),
    ('own_network', 'network namespace, closed', ['--net=local', '--unix'], 'ECONNREFUSED', 'status 125', True),
    ('one_socket', 'root of its own, Landlock or network namespace', ONLY + ['--unix=SOCKET'], r'E\w+', 'status 125',
     True),
    ('other_sockets', 'body', [], 'EPERM', 'EPERM', True),
    ('unix_stream', 'body', [], 'EPERM', 'EPERM', True),
    ('unix_pair', 'body', [], 'EPERM', 'EPERM', True),
    ('unix_abstract', 'body', [], 'EPERM', 'EPERM', True),
    ('kill', 'Landlock', [], 'EPERM', 'EPERM', True),
    ('kill_group', 'body, Landlock', [], 'EPERM', 'EPERM', True),
    ('other_process', 'body, Landlock', [], 'EPERM', 'EPERM', True),
    ('proc_root', 'user namespace, Landlock', [], 'EACCES', 'EACCES', True),
    ('proc_mem', 'mounts, Landlock', [], 'EROFS', 'EACCES', True),
    ('shim_rewritten', 'mounts, Landlock', [], 'EROFS', 'EACCES', True),
    ('shim_unmapped', 'its own end', [], CRASHED, CRASHED, True),
    ('sigsys_blocked', 'SIGSYS, mounts, Landlock', [], KILLED, KILLED, True),
    ('sigreturn_frame', 'mounts, Landlock', [], 'EROFS', 'EACCES', True),
    ('sigsys_storm', 'mounts, Landlock', [], 'EROFS', 'EACCES', True),
    ('second_filter', 'mounts, Landlock', [], 'EROFS', 'EACCES', True),
    ('namespaces', 'body', [], 'EPERM', 'EPERM', 'user:user-namespaces'),
    ('mounts', 'body', [], 'EPERM', 'EPERM', 'user:user-namespaces'),
    ('file_handle', 'body', [], 'EPERM', 'EPERM', 'root:file-handles'),
    ('execve_around', 'body, SIGSYS', [], 'died of 31', 'died of 31', True),
    ('setid_mode', 'body', RW, None, None, True),
    ('setuid_exec', 'no_new_privs', [], None, None, 'user:set-user-id'),
    ('personality', 'body', [], 'EPERM', 'EPERM', True),
    ('kernel_doors', 'body', [], 'EPERM', 'EPERM', True),
    ('int80', 'trap', [], 'ENOSYS', 'ENOSYS', 'user:int80'),
    ('x32', 'body', [], 'EPERM', 'EPERM', False),
    ('vsyscall', 'kernel', [], None, None, False),
    ('fs_forged', 'mounts, Landlock', [], None, None, True),
    ('gs_forged', 'mounts, Landlock', [], 'EROFS', 'EACCES', True),
    ('race', 'mounts, Landlock', RW, None, None, True),
    ('kept_descriptors', 'body, mounts, Landlock', [], None, None, False),
    ('kept_descriptors', 'mounts, Landlock', RW, None, None, False),
    ('fork_bomb', 'limits', ['--rlimit=nproc=40'], 'EAGAIN', 'EAGAIN', 'user'),
    ('memory_bomb', 'limits', ['--memory=512M'], 'ENOMEM', 'ENOMEM', True),
    ('terminal', 'body', [], 'EPERM', 'EPERM', 'user:typing'),
    ('system_v', 'IPC namespace; body where there is none', [], 'ENOENT', 'EPERM', 'user:system-v'),
]

# What else a row needs of the host under fxbox.
NEEDS = {
    ('kill', 'flat'): 'landlock-scopes',
    ('kill_group', 'flat'): 'landlock-scopes',
    ('ports', 'root'): 'landlock-tcp',
    ('ports', 'user'): 'landlock-tcp',
    ('ports', 'flat'): 'landlock-tcp',
    ('ports', 'isolated'): 'landlock-tcp',
    ('truncate', 'flat'): 'landlock-truncate',
    ('inherited_file', 'root'): 'landlock',
    ('inherited_file', 'user'): 'landlock',
    ('inherited_file', 'isolated'): 'landlock',
    ('system_v', 'root'): 'system-v',
    ('system_v', 'user'): 'system-v',
    ('system_v', 'flat'): 'system-v',
    ('system_v', 'isolated'): 'system-v',
}


# What is open there, as docs/security.md says.
OPEN = {('other_terminal', 'flat', False): 'without a mount namespace other terminals are open'}


def become(user, **more):
    """Words before a command that make it another user's, in a session of its own."""
    return start_as.words(user=NOBODY if user and os.geteuid() == 0 else None, session=True, **more)


class World:
    """What there is to be harmed, of the attacker's user; for one attack after the other until one
    harms it."""

    def __init__(self, user, programs):
        self.user = user
        self.top = tempfile.mkdtemp(prefix='fxbox-hostile-')
        os.chmod(self.top, 0o755)
        self.outside = os.path.join(self.top, 'outside')
        self.abstract = os.path.basename(self.top)
        self.granted = os.path.join(self.top, 'granted')
        self.target = os.path.join(self.outside, 'target')
        os.mkdir(self.outside)
        with open(self.target, 'w') as f:
            f.write('untouched\n')
        with open(os.path.join(self.outside, 'secret'), 'w') as f:
            f.write('secret\n')
        self.setuid = os.path.join(self.top, 'setuid')
        shutil.copy(os.path.join(programs, 'setuid_exec'), self.setuid)
        os.chmod(self.setuid, 0o4755)
        self.listeners = {
            'PORT': self.listen(socket.AF_INET, socket.SOCK_STREAM, ('127.0.0.1', 0)),
            'SOCKET': self.listen(socket.AF_UNIX, socket.SOCK_STREAM, self.top + '/socket'),
            'STREAM': self.listen(socket.AF_UNIX, socket.SOCK_STREAM, self.outside + '/stream'),
            'DATAGRAM': self.listen(socket.AF_UNIX, socket.SOCK_DGRAM, self.outside + '/datagram'),
            'ABSTRACT': self.listen(socket.AF_UNIX, socket.SOCK_STREAM,
                                    '\0' + self.abstract),
        }
        if user and os.geteuid() == 0:
            for root, dirs, files in os.walk(self.top):
                for name in dirs + files:
                    if os.path.join(root, name) != self.setuid:
                        os.chown(os.path.join(root, name), NOBODY, NOBODY)
        self.master, self.slave = os.openpty()
        self.terminal = os.ttyname(self.slave)
        if user and os.geteuid() == 0:
            os.chown(self.terminal, NOBODY, NOBODY)
        os.write(self.master, b'secret\n')
        self.victim = subprocess.Popen(become(user) + ['sleep', '1000'],
                                       cwd=self.outside, stdin=open(self.target, 'r+'),
                                       stdout=self.slave, stderr=subprocess.DEVNULL)
        self.shm = None
        if not host.lacks('system-v'):
            made = subprocess.run(become(user) + ['ipcmk', '-M', '16', '-p', '0666'], check=True, text=True,
                                  stdout=subprocess.PIPE)
            self.shm = made.stdout.split()[-1]

    def grant_anew(self):
        """The directory that attacks may write to, as it is for each."""
        shutil.rmtree(self.granted, ignore_errors=True)
        os.mkdir(self.granted)
        mine = os.path.join(self.granted, 'mine')
        with open(mine, 'w') as f:
            f.write('untouched\n')
        if self.user and os.geteuid() == 0:
            for path in (self.granted, mine):
                os.chown(path, NOBODY, NOBODY)

    @staticmethod
    def listen(family, kind, address):
        listener = socket.socket(family, kind)
        listener.bind(address)
        if kind == socket.SOCK_STREAM:
            listener.listen(64)
        return listener

    def shm_key(self):
        if not self.shm:
            return '0'
        for line in open('/proc/sysvipc/shm'):
            words = line.split()
            if words[1] == self.shm:
                return words[0]
        raise RuntimeError('no shared memory segment')

    def environment(self, fxbox):
        return dict(os.environ, OUTSIDE=self.outside, GRANTED=self.granted, TARGET=self.target,
                    PORT=str(self.listeners['PORT'].getsockname()[1]),
                    STREAM=self.outside + '/stream', DATAGRAM=self.outside + '/datagram',
                    ABSTRACT=self.abstract, VICTIM=str(self.victim.pid),
                    SETUID=self.setuid, TERMINAL=self.terminal, SHM_KEY=self.shm_key(), FXBOX=fxbox)

    def state(self):
        """All that an attack may change, in a form that can be compared and shown."""
        seen = {}
        for root, _, files in os.walk(self.outside):
            seen[root] = sorted(os.listdir(root))
            for name in files + ['.']:
                path = os.path.join(root, name)
                st = os.lstat(path)
                seen[path] = (oct(st.st_mode), st.st_uid, st.st_nlink, os.listxattr(path))
                if name == 'target':
                    with open(path) as f:
                        seen['target'] = (f.read(), st.st_mtime_ns, attributes(f))
        for name, listener in self.listeners.items():
            seen[name] = bool(select.select([listener], [], [], 0)[0])
        seen['terminal'] = (termios.tcgetattr(self.slave),
                            fcntl.ioctl(self.slave, IS_EXCLUSIVE, bytes(4)))
        seen['victim'] = self.victim.poll()
        if self.victim.poll() is None:
            seen['limits'] = open('/proc/%d/limits' % self.victim.pid).read()
        return seen

    def close(self):
        self.victim.kill()
        with bounded.within(TIMEOUT, 'the end of the victim'):
            self.victim.wait()
        for listener in self.listeners.values():
            listener.close()
        os.close(self.master)
        os.close(self.slave)
        if self.shm:
            subprocess.run(['ipcrm', '-m', self.shm], check=False)
        shutil.rmtree(self.top, ignore_errors=True)


def finish(process):
    """What it says and its status; that of one that does not end is that it was killed."""
    try:
        out, err = bounded.finish(process, TIMEOUT)
        return out, err, process.returncode
    except bounded.Waited as e:
        return 'escaped\n', 'not ended: %s\n' % e, process.returncode


def attributes(file):
    """As lsattr has them; None where the file system has none."""
    try:
        return fcntl.ioctl(file, GET_ATTRIBUTES, bytes(8))
    except OSError:
        return None


def start(command, world, fxbox, user):
    """Output of the command, with the descriptors that the programs expect."""
    directory = os.open(world.outside, os.O_RDONLY | os.O_DIRECTORY)
    path_only = os.open(world.outside, os.O_PATH)
    target = os.open(world.target, os.O_RDONLY)
    sockets = [socket.socket(*kind) for kind in ((socket.AF_UNIX, socket.SOCK_DGRAM),
                                                 (socket.AF_INET, socket.SOCK_DGRAM),
                                                 (socket.AF_INET, socket.SOCK_STREAM))]
    handed = [directory, path_only] + [s.fileno() for s in sockets]

    try:
        return finish(subprocess.Popen(become(user, descriptors=handed) + command, env=world.environment(fxbox),
                                       stdin=target, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                       pass_fds=handed))
    finally:
        for fd in (directory, path_only, target):
            os.close(fd)
        for s in sockets:
            s.close()


def start_on_terminal(command, world, fxbox, user):
    """The same with a controlling terminal as standard input."""
    master, slave = os.openpty()
    if user and os.geteuid() == 0:
        os.chown(os.ttyname(slave), NOBODY, NOBODY)

    try:
        return finish(subprocess.Popen(become(user, terminal=True) + command, env=world.environment(fxbox),
                                       stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    finally:
        os.close(master)
        os.close(slave)


GROUP = 'sleep 1000 & victim=$!; "$@"; kill $victim && echo unharmed'


def start_in_group(command, world, fxbox, user):
    """The same among others of its process group."""
    out, err, status = finish(subprocess.Popen([*become(user), '/bin/sh', '-c', GROUP, 'sh', *command],
                                               env=world.environment(fxbox), stdin=subprocess.DEVNULL,
                                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    return out if 'unharmed\n' in out else out + 'escaped\n', err, status


STARTERS = {'terminal': start_on_terminal, 'kill_group': start_in_group}
UNHARMED = {}  # by user


def attack(name, command, fxbox, programs, user):
    """(did harm or says so, what was seen)"""
    world = UNHARMED.pop(user, None) or World(user, programs)
    escaped = True
    try:
        world.grant_anew()
        before = world.state()
        starter = STARTERS.get(name, start)
        words = {'GRANTED': world.granted, 'PROGRAMS': programs,
                 '--unix=SOCKET': '--unix=%s/socket' % world.top}
        out, err, status = starter([words.get(word, word) for word in command], world, fxbox, user)
        after = world.state()
        changed = {k: (before.get(k), after.get(k)) for k in set(before) | set(after)
                   if before.get(k) != after.get(k)}
        escaped = bool(changed) or 'escaped' in out.split('\n')
    finally:
        if escaped:
            world.close()
        else:
            UNHARMED[user] = world
    text = 'status %d\n%s%s%s' % (status, out, err, ''.join(
        'changed: %s: %s\n' % item for item in changed.items()))
    return escaped, out, text


def expected(way, text, stop):
    if way != 'jump' or stop is None:
        return True
    return re.search('^(held: %s|%s)$' % (stop, stop), text, re.M) is not None


def natively(when, user):
    """(whether the program is to be tried natively by this user, what the host must have)"""
    who, _, feature = when.partition(':') if isinstance(when, str) else (when, '', '')
    if who == 'root':
        return not user and os.geteuid() == 0, feature
    return bool(who) and user, feature


def modes():
    """(name, as an ordinary user, options, in namespaces, what the host must have)"""
    if os.geteuid() == 0:
        yield 'root', False, [], True, 'namespaces'
    yield 'user', True, [], True, 'user-namespaces'
    yield 'flat', True, ['--no-userns'], False, 'landlock'
    yield 'isolated', True, ['--isolate'], True, 'isolation'


def stop(name, mode, inside, flat):
    """What the jump is stopped by, as in the table."""
    # In a PID namespace there is nobody; one is made where Landlock has no scopes.
    pids = mode == 'isolated' or (mode != 'flat' and host.lacks('landlock-scopes'))
    if pids and name in ('kill', 'proc_root'):
        return {'kill': 'ESRCH', 'proc_root': 'ENOENT'}[name]
    # Where it is no system call natively it is none under fxbox, and ends the program.
    if name == 'int80' and host.lacks('int80'):
        return KILLED + '|' + CRASHED
    return flat if mode == 'flat' else inside


def try_natively(tap, title, name, native, programs):
    for user in (False, True):
        wanted, feature = natively(native, user)
        if not wanted:
            continue
        lack = feature and host.lacks(feature)
        if lack:
            tap.skip('%s natively succeeds' % title, lack)
            continue
        escaped, _, text = attack(name, [os.path.join(programs, name), 'plain'], '', programs, user)
        tap.check('%s natively succeeds' % title, escaped, text)


def try_in_fxbox(tap, title, row, mode, fxbox, programs):
    name, layer, options, inside, flat, _ = row
    if name == 'int80' and host.lacks('int80'):
        layer = 'its own end, as natively'
    mode_name, user, how, _, _ = mode
    for way in ('plain', 'jump'):
        for shell in ([],) if DIRECT else ([], SHELL):
            command = [fxbox, 'run', '--quiet', *how, *options, '--', *shell,
                       os.path.join(programs, name), way]
            escaped, _, text = attack(name, command, fxbox, programs, user)
            good = not escaped and expected(way, text, stop(name, mode_name, inside, flat))
            tap.check('%s, %s, %s%s: stopped by %s' %
                      (title, mode_name, way, ' from a shell' if shell else '', layer), good, text)


def try_all(tap, fxbox, programs, names):
    for row in TABLE:
        name, options, native = row[0], row[2], row[-1]
        if names and name not in names:
            continue
        title = '%s%s' % (name, ' ' + ' '.join(options) if options else '')
        try_natively(tap, title, name, native, programs)
        for mode in modes():
            if native in ('user', 'user:set-user-id') and not mode[1]:
                continue
            lack = host.first_lack(mode[-1] + ' ' + NEEDS.get((name, mode[0]), '')) or \
                OPEN.get((name, mode[0], '--only' in options))
            if lack:
                tap.skip('%s, %s' % (title, mode[0]), lack)
            else:
                try_in_fxbox(tap, title, row, mode, fxbox, programs)


def main():
    names = sys.argv[3:]
    tap = Tap()
    host.beside(sys.argv[1])
    fxbox, programs = map(reach.for_others, sys.argv[1:3])
    try:
        try_all(tap, fxbox, programs, names)
    finally:
        for world in UNHARMED.values():
            world.close()
    tap.finish()


if __name__ == '__main__':
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
