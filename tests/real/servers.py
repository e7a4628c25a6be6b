#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Servers under load on loopback, under fxbox: they answer right, end well, and need nothing unsupported.

    servers.py FXBOX [NAME...]

Each scenario runs natively first, then with server and clients under fxbox. Ports are free ones,
chosen at run time. Prints TAP. What is not installed is skipped, by name.
"""
import concurrent.futures
import contextlib
import glob
import json
import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'loader'))
from tap import Tap  # noqa: E402

TIMEOUT = 120
CLIENTS = 8


class Wrong(Exception):
    pass


def want(good, *why):
    if not good:
        raise Wrong('line %d' % sys._getframe(1).f_lineno, *why)


def free_port():
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return listener.getsockname()[1]


def until(condition, what):
    """Waits for a state that can be seen."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        want(time.monotonic() < deadline, 'waited in vain: ' + what)
        time.sleep(0.01)


class Setting:
    """A directory, and how programs are started in it: natively, or under fxbox with a log."""

    def __init__(self, directory, fxbox=None, options=(), user=None):
        self.directory = directory
        self.log = os.path.join(directory, 'fxbox.log') if fxbox else None
        self.prefix = [fxbox, 'run', '--no-confine', '--log=' + self.log, *options] if fxbox else []
        self.user = user

    def path(self, name):
        return os.path.join(self.directory, name)

    def start(self, *command, **more):
        return subprocess.Popen(self.prefix + list(command), cwd=self.directory, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, user=self.user,
                                group=self.user, extra_groups=[] if self.user else None,
                                start_new_session=True, env=dict(os.environ, LC_ALL='C', HOME=self.directory),
                                **more)

    def run(self, *command):
        """A client: its output; it must end with 0."""
        with self.start(*command) as child:
            try:
                out, _ = child.communicate(timeout=TIMEOUT)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                raise Wrong('no end: %r' % (command,)) from None
        want(child.returncode == 0, 'status %d: %r\n%s' % (child.returncode, command, out.decode(errors='replace')))
        return out.decode(errors='replace')

    def succeeds(self, *command):
        with contextlib.suppress(Wrong):
            self.run(*command)
            return True
        return False

    @contextlib.contextmanager
    def server(self, port, *command, ends=0, stop=signal.SIGTERM):
        """Runs until it accepts connections; stopped by the signal unless it has ended by itself."""
        with open(self.path('server.out'), 'wb') as out:
            child = subprocess.Popen(self.prefix + list(command), cwd=self.directory, stdin=subprocess.DEVNULL,
                                     stdout=out, stderr=out, user=self.user, group=self.user,
                                     extra_groups=[] if self.user else None, start_new_session=True,
                                     env=dict(os.environ, LC_ALL='C', HOME=self.directory))
        handle = os.pidfd_open(child.pid)
        try:
            until(lambda: child.poll() is not None or accepts(port), 'the server accepts connections')
            want(child.returncode is None, 'the server ended with %r\n%s' % (child.returncode, self.said()))
            yield child
            if stop:
                child.send_signal(stop)
            want(select.select([handle], [], [], TIMEOUT)[0], 'the server does not end')
            want(child.wait() == ends, 'the server ended with %d\n%s' % (child.returncode, self.said()))
        finally:
            os.close(handle)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    def said(self):
        with open(self.path('server.out'), encoding='utf-8', errors='replace') as file:
            return file.read()[-3000:]

    def unsupported(self):
        with open(self.log, encoding='ascii') as file:
            records = [json.loads(line) for line in file]
        return [r for r in records if r['type'] == 'unsupported']


def accepts(port):
    with contextlib.suppress(OSError):
        socket.create_connection(('127.0.0.1', port), 1).close()
        return True
    return False


def redis(setting):
    """Load from several clients, background saves and rewrites (forks), and what was saved is there again."""
    port = str(free_port())
    command = ['redis-server', '--bind', '127.0.0.1', '--port', port, '--dir', setting.directory,
               '--appendonly', 'yes', '--auto-aof-rewrite-percentage', '0', '--save', '']

    def cli(*words):
        return setting.run('redis-cli', '-p', port, *words).strip()

    def idle():
        return 'rdb_bgsave_in_progress:0' in (info := cli('info', 'persistence')) and \
            'aof_rewrite_in_progress:0' in info and 'aof_rewrite_scheduled:0' in info

    with setting.server(int(port), *command, stop=None):
        load = setting.run('redis-benchmark', '-p', port, '-n', '5000', '-c', '20', '-P', '4', '-q',
                           '--threads', '2', '-t', 'set,get,incr,lpush,lrange_100')
        want(load.count('requests per second') == 6, load)
        want(cli('eval', 'for i = 1, 1000 do redis.call("set", "key" .. i, i) end return 1', '0') == '1')
        want('started' in cli('bgsave'))
        cli('set', 'while', 'saving')
        until(idle, 'the background save ends')
        want('rdb_last_bgsave_status:ok' in cli('info', 'persistence'))
        want('started' in cli('bgrewriteaof'))
        until(idle, 'the rewrite ends')
        want('aof_last_bgrewrite_status:ok' in cli('info', 'persistence'))
        want(cli('save') == 'OK')
        size = cli('dbsize')
        setting.run('redis-cli', '-p', port, 'shutdown')
    with setting.server(int(port), *command):
        until(lambda: cli('ping') == 'PONG', 'everything is loaded')
        want((cli('dbsize'), cli('get', 'key77'), cli('get', 'while')) == (size, '77', 'saving'))


def memcached(setting):
    """Four threads, and clients at once that count and fetch."""
    port = free_port()

    def client(number):
        with socket.create_connection(('127.0.0.1', port), TIMEOUT) as connection, \
                connection.makefile('rwb') as file:
            def ask(text, lines=1):
                file.write(text)
                file.flush()
                return b''.join(file.readline() for _ in range(lines))
            for i in range(300):
                value = b'%d' % (number * 1000 + i)
                want(ask(b'set k%d 0 0 %d\r\n%s\r\n' % (number, len(value), value)) == b'STORED\r\n')
                want(ask(b'get k%d\r\n' % number, 3) == b'VALUE k%d 0 %d\r\n%s\r\nEND\r\n' % (number, len(value), value))
                ask(b'incr sum 1\r\n')
        return True

    with setting.server(port, 'memcached', '-u', pwd.getpwuid(os.getuid()).pw_name, '-l', '127.0.0.1',
                        '-p', str(port), '-U', '0', '-t', '4', '-m', '16'):
        with socket.create_connection(('127.0.0.1', port), TIMEOUT) as connection:
            connection.sendall(b'set sum 0 0 1\r\n0\r\n')
            want(connection.recv(100) == b'STORED\r\n')
            with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
                want(list(pool.map(client, range(CLIENTS))) == [True] * CLIENTS)
            connection.sendall(b'get sum\r\n')
            want(connection.recv(100) == b'VALUE sum 0 4\r\n%d\r\nEND\r\n' % (CLIENTS * 300))


NGINX = '''
daemon off;
worker_processes 2;
pid nginx.pid;
error_log error.log;
events { worker_connections 256; }
http {
    access_log access.log;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    aio threads;
    sendfile on;
    server { listen 127.0.0.1:%d; root %s; location = /version { return 200 "%s"; } }
}
'''


def nginx(setting):
    """Two workers under load, a new configuration by SIGHUP meanwhile, and a graceful end."""
    port = free_port()
    url = 'http://127.0.0.1:%d/' % port

    def configure(version):
        with open(setting.path('nginx.conf'), 'w', encoding='ascii') as file:
            file.write(NGINX % (port, setting.directory, version))

    def workers(master):
        with open('/proc/%d/task/%d/children' % (master, master), encoding='ascii') as file:
            return set(file.read().split())

    def fetch(path):
        with socket.create_connection(('127.0.0.1', port), TIMEOUT) as connection:
            connection.sendall(b'GET /%s HTTP/1.0\r\n\r\n' % path.encode())
            return connection.makefile('rb').read().split(b'\r\n\r\n', 1)[1]

    configure('old')
    with open(setting.path('file'), 'wb') as file:
        file.write(b'0123456789abcdef' * 20000)
    with setting.server(port, 'nginx', '-p', setting.directory, '-c', setting.path('nginx.conf'),
                        '-e', setting.path('error.log'), stop=signal.SIGQUIT) as master:
        until(lambda: len(workers(master.pid)) == 2, 'two workers')
        want(len(fetch('file')) == 320000)
        load = setting.run('ab', '-q', '-k', '-n', '2000', '-c', '20', url + 'version')
        want('Complete requests:      2000' in load and 'Failed requests:        0' in load, load)
        before = workers(master.pid)
        configure('new')
        with setting.start('ab', '-q', '-n', '2000', '-c', '10', url + 'file') as busy:
            master.send_signal(signal.SIGHUP)
            until(lambda: len(workers(master.pid)) == 2 and not before & workers(master.pid), 'new workers')
            want(fetch('version') == b'new')
            load = busy.communicate(timeout=TIMEOUT)[0].decode()
        want('Complete requests:      2000' in load and 'Failed requests:        0' in load, load)
        until(lambda: len(workers(master.pid)) == 2, 'two workers')
        victim = workers(master.pid).pop()
        os.kill(int(victim), signal.SIGKILL)
        until(lambda: victim not in workers(master.pid) and len(workers(master.pid)) == 2, 'a killed worker is replaced')
        want(fetch('version') == b'new')


def postgres(setting):
    """A cluster made and run, transactions of four clients, a killed backend, a fast end."""
    port = str(free_port())
    tools = glob.glob('/usr/lib/postgresql/*/bin')[-1]
    data = setting.path('data')
    setting.run(tools + '/initdb', '-D', data, '-N', '-A', 'trust', '-U', 'me', '-E', 'UTF8', '--no-instructions')

    def sql(text):
        return setting.run('psql', '-h', '127.0.0.1', '-p', port, '-U', 'me', '-XAtc', text, 'postgres').strip()

    with setting.server(int(port), tools + '/postgres', '-D', data, '-p', port, '-h', '127.0.0.1', '-k', '',
                        '-F', stop=signal.SIGINT):
        until(lambda: setting.succeeds(tools + '/pg_isready', '-q', '-h', '127.0.0.1', '-p', port), 'the cluster is up')
        where = ['-h', '127.0.0.1', '-p', port, '-U', 'me', 'postgres']
        setting.run(tools + '/pgbench', '-i', '-q', '-s', '1', *where)
        load = setting.run(tools + '/pgbench', '-n', '-c', '4', '-j', '2', '-t', '200', *where)
        want('actually processed: 800/800' in load, load)
        want(sql('select sum(abalance) = (select sum(delta) from pgbench_history), '
                 '(select count(*) from pgbench_history) from pgbench_accounts') == 't|800')
        want(sql('set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0; '
                 'select count(*) from pgbench_accounts').endswith('100000'))
        with setting.start('psql', *where[:-1], '-Xc', 'select pg_sleep(1000)', 'postgres') as sleeper:
            busy = "select pid from pg_stat_activity where query = 'select pg_sleep(1000)'"
            until(lambda: sql(busy), 'the backend sleeps')
            want(sql('select pg_terminate_backend(pid) from (%s) b' % busy) == 't')
            sleeper.communicate(timeout=TIMEOUT)
        want(sleeper.returncode == 2)
        sql('vacuum analyze')
        want(sql('select 6 * 7') == '42')


# Name, programs needed, scenario, fxbox's options, the user it runs as when we are root.
SCENARIOS = [
    ('redis', 'redis-server redis-benchmark redis-cli', redis, [], None),
    ('memcached', 'memcached', memcached, [], None),
    ('nginx', 'nginx ab', nginx, [], None),
    ('postgres', '/usr/lib/postgresql/*/bin/postgres psql', postgres, ['--shared-futex=host'], 'postgres'),
]


def missing(programs):
    return [p for p in programs.split() if not (shutil.which(p) or glob.glob(p))]


def run(name, scenario, setting):
    start = time.monotonic()
    try:
        scenario(setting)
    except (Wrong, OSError, ValueError, subprocess.SubprocessError) as wrong:
        return '%r' % wrong
    print('# %s: %.1f s' % (name, time.monotonic() - start))
    return None


def main(fxbox, only):
    os.environ['PATH'] += ':/usr/sbin:/sbin'
    tap = Tap()
    for name, programs, scenario, options, user in SCENARIOS:
        if only and name not in only:
            continue
        if missing(programs):
            tap.skip(name, 'not installed: ' + ' '.join(missing(programs)))
            continue
        user = user if os.getuid() == 0 else None
        with tempfile.TemporaryDirectory() as top:
            os.chmod(top, 0o755)
            copy = shutil.copy(fxbox, top)  # where other users may execute it, too
            places = [os.path.join(top, place) for place in ('native', 'boxed')]
            for place in places:
                os.mkdir(place)
                if user:
                    shutil.chown(place, user)
            why = run(name, scenario, Setting(places[0], user=user))
            tap.check(name + ', natively', not why, why)
            boxed = Setting(places[1], copy, options, user)
            why = run(name, scenario, boxed)
            tap.check(name + ', under fxbox', not why, why)
            tap.check(name + ': nothing unsupported', not boxed.unsupported(), boxed.unsupported())
    tap.finish()


if __name__ == '__main__':
    main(os.path.abspath(sys.argv[1]), sys.argv[2:])
