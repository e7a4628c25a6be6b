#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Real programs, natively and under fxbox: same output, same errors, same end.

    programs.py FXBOX [NAME...]

Prints TAP. What is not installed is skipped, by name.
"""
import os
import random
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'loader'))
from tap import Tap  # noqa: E402

TIMEOUT = 120
MEGABYTES = 50

# Name, the programs needed, and a line for bash. Each is run in an empty
# directory of its own beside a file "data"; $REAL is where this file is.
SAME = [
    # Not /proc and /tmp, whose link counts and times follow whatever else runs.
    ('ls', 'ls', 'ls -l --ignore=proc --ignore=tmp /'),
    ('shell pipelines', 'seq sort tr',
     'seq 20000 | sort -rn | tr 1 x | tail -n 3; for i in 1 2 3; do (exit $i); echo $?; done; '
     'echo $(echo $(echo nested)); trap "echo trapped" USR1; kill -USR1 $$; sleep 0 & wait $!; echo $?'),
    ('bash traps', 'bash grep', 'bash "$REAL/traps.bash"'),
    ('bash jobs', 'bash grep', 'bash "$REAL/jobs.bash"'),
    ('dash', 'dash', 'dash -c \'for i in 1 2 3; do echo $i | cat; done; wait; exit 3\''),
    ('python3 threads', '/usr/bin/python3', '/usr/bin/python3 "$REAL/threads.py"'),
    ('python3 subprocess', '/usr/bin/python3',
     '/usr/bin/python3 -c "import subprocess as s; print(s.run([\'sh\', \'-c\', \'cat; echo err >&2; exit 3\'], '
     'input=b\'text\', stdout=-1, stderr=-1)); print(s.run([\'sleep\', \'0\'], close_fds=True)); '
     'print([s.check_output([\'echo\', str(i)]) for i in range(20)])"'),
    ('python3 thread pool and asyncio', '/usr/bin/python3',
     '/usr/bin/python3 -c "import asyncio, concurrent.futures as f; '
     'print(list(f.ThreadPoolExecutor(8).map(hash, range(50)))); '
     'p = lambda: asyncio.create_subprocess_exec(\'echo\', \'x\', stdout=-1)\n'
     'async def m():\n return [(await (await p()).communicate())[0] for _ in range(5)]\n'
     'print(asyncio.run(m()))"'),
    ('python3 signals', '/usr/bin/python3',
     '/usr/bin/python3 -c "import signal, os, time; signal.signal(14, lambda *a: print(\'alarm\')); '
     'signal.setitimer(0, 0.01); signal.pause(); os.kill(os.getpid(), 15)"'),
    ('xz', 'xz', 'xz -T2 -0 -k -c ../data >d.xz && xz -T2 -dc d.xz | cmp - ../data && sha256sum d.xz'),
    ('zstd', 'zstd', 'zstd -q -T2 -3 ../data -o d.zst && zstd -q -T2 -dc d.zst | cmp - ../data && sha256sum d.zst'),
    ('sqlite3', 'sqlite3',
     'sqlite3 d.db "pragma journal_mode=wal; create table t(a integer primary key, b text);'
     'with recursive n(i) as (select 1 union all select i+1 from n where i<50000) '
     'insert into t select i, hex(i*i) from n; create index x on t(b); '
     'select count(*), sum(a), max(b) from t; pragma integrity_check;"; '
     'sqlite3 d.db "select * from t where b=hex(144)"; ls'),
    ('git', 'git',
     'export GIT_AUTHOR_DATE=2020-01-01T00:00:00Z GIT_COMMITTER_DATE=2020-01-01T00:00:00Z HOME=$PWD; '
     'git config --global user.name a; git config --global user.email a@b; '
     'git init -q -b main a && cd a && seq 1000 >f && git add f && git commit -q -m one && '
     'seq 1001 >f && git commit -q -a -m two && cd .. && git clone -q a b && cd b && '
     'git log --format="%H %s" && git diff --stat HEAD^ && git gc -q && git fsck'),
    ('perl fork', 'perl',
     'perl -e \'$|=1; for (1..10) { my $p = fork; if (!$p) { exit $_ } waitpid $p, 0; print $? >> 8, " " } '
     'open(F, "-|", "echo piped") or die; print <F>; $SIG{ALRM} = sub { die "alarm\\n" }; '
     'eval { alarm 1; select undef, undef, undef, 10 }; print $@; kill 9, $$\''),
    ('gcc', 'gcc',
     'echo "int main(void) { return 5; }" >a.c && gcc -O2 -o a a.c && ./a; echo $?'),
    ('make -j', 'make',
     'printf "all: a b c d\\na b c d:\\n\\t@echo \\$@ >\\$@\\n" >Makefile; make -j2 && cat a b c d'),
    ('tar', 'tar gzip', 'tar -C /usr/share -czf a.tgz --sort=name --mtime=@0 common-licenses && tar tzf a.tgz'),
    ('find and xargs', 'find xargs', 'find /usr/share/common-licenses | sort | xargs -n 3 -P 1 echo'),
    ('timeout and env', 'timeout env', 'timeout 0.2 sleep 5; echo $?; env -i A=b env; env -u HOME true'),
    ('busybox', 'busybox', 'busybox sh -c "busybox seq 10 | busybox sort -n | busybox wc -l"'),
]

# Their figures differ from run to run: only that they end well, and need nothing unsupported.
ENDS_WELL = [
    ('perf bench futex hash', 'perf', 'perf bench futex hash -r 1 -t 4'),
    ('perf bench futex wake', 'perf', 'perf bench -r 2 futex wake -t 8'),
    ('perf bench futex wake-parallel', 'perf', 'perf bench -r 2 futex wake-parallel -t 8 -w 4'),
    ('perf bench futex requeue', 'perf', 'perf bench -r 2 futex requeue -t 8'),
]

# Compiled here, outside of fxbox.
COMPILED = [
    ('rust threads', 'rustc', 'rustc -O -o {out} {src}', 'threads.rs'),
    ('go threads', 'go', 'GOFLAGS=-mod=mod GOCACHE={dir}/cache go build -o {out} {src}', 'threads.go'),
    ('c++ threads', 'g++', 'g++ -O2 -pthread -o {out} {src}', 'threads.cc'),
    ('static c++ threads', 'g++', 'g++ -O2 -static -pthread -o {out} {src}', 'threads.cc'),
]


def write_data(path):
    """Text and noise in turns, the same each time."""
    source = random.Random(1)
    words = [source.randbytes(source.randint(2, 9)).hex().encode() for _ in range(2000)]
    with open(path, 'wb') as file:
        for _ in range(MEGABYTES):
            block = b' '.join(source.choices(words, k=60000))
            file.write((block + source.randbytes(1 << 20))[:1 << 20])


class Runner:
    def __init__(self, fxbox, directory):
        self.prefix = [fxbox, 'run', '--no-confine']
        self.directory = directory
        self.env = dict(os.environ, REAL=HERE, LC_ALL='C', TZ='UTC')

    def run(self, prefix, line):
        """(status, output, errors) in a fresh directory, always of the same name."""
        cwd = os.path.join(self.directory, 'run')
        shutil.rmtree(cwd, ignore_errors=True)
        os.mkdir(cwd)
        with subprocess.Popen(prefix + ['/bin/bash', '-c', line], cwd=cwd, env=self.env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, start_new_session=True) as child:
            try:
                out, err = child.communicate(timeout=TIMEOUT)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, 9)
                out, err = child.communicate()
                return 'timeout', out, err
        return child.returncode, out, err

    def same(self, tap, name, line):
        native, boxed = self.run([], line), self.run(self.prefix, line)
        tap.check(name, native == boxed and native[0] != 'timeout',
                  'natively: %r\nin fxbox: %r' % (native, boxed))

    def ends_well(self, tap, name, line):
        status, _, err = self.run(self.prefix, line)
        tap.check(name, status == 0 and b'unsupported' not in err, '%r %r' % (status, err))


def missing(programs):
    return [p for p in programs.split() if not shutil.which(p)]


def main(fxbox, only):
    os.environ['PATH'] += ':' + os.path.expanduser('~/.cargo/bin')
    tap = Tap()

    def wanted(name, programs):
        if only and name not in only:
            return False
        if missing(programs):
            tap.skip(name, 'not installed: ' + ' '.join(missing(programs)))
            return False
        return True

    with tempfile.TemporaryDirectory() as directory:
        runner = Runner(fxbox, directory)
        if not only or 'xz' in only or 'zstd' in only:
            write_data(os.path.join(directory, 'data'))
        for name, programs, line in SAME:
            if wanted(name, programs):
                runner.same(tap, name, line)
        for name, programs, line in ENDS_WELL:
            if wanted(name, programs):
                runner.ends_well(tap, name, line)
        for name, programs, line, source in COMPILED:
            if not wanted(name, programs):
                continue
            out = os.path.join(directory, 'program')
            build = subprocess.run(['/bin/bash', '-c', line.format(
                out=out, dir=directory, src=os.path.join(HERE, source))],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            if build.returncode:
                tap.check(name, False, build.stdout)
            else:
                runner.same(tap, name, out)
    tap.finish()


if __name__ == '__main__':
    main(os.path.abspath(sys.argv[1]), sys.argv[2:])
