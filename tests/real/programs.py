#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Real programs, natively and under fxbox: same output, same errors, same end.

    programs.py FXBOX... [-- NAME...]

Natively each runs once. Prints TAP. What is not installed is skipped, by name.
"""
import json
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
MEGABYTES = 16

# POSIX semaphores in memory that processes share.
HOST = ('--shared-futex=host',)

# Name, the programs needed, a line for bash, and fxbox's options if it needs any. Each is run in an
# empty directory of its own beside a file "data"; $REAL is where this file is. Standard error is
# compared too, so none may need anything unsupported: fxbox would say so there.
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
    ('python3 asyncio and subprocesses', '/usr/bin/python3', '/usr/bin/python3 "$REAL/processes.py" loop'),
    ('python3 masks, sigwait, wakeup', '/usr/bin/python3', '/usr/bin/python3 "$REAL/processes.py" signals'),
    ('python3 multiprocessing without locks', '/usr/bin/python3', '/usr/bin/python3 "$REAL/processes.py" pipes'),
    ('python3 process pools, forked', '/usr/bin/python3', '/usr/bin/python3 "$REAL/processes.py" fork', HOST),
    ('python3 process pools, spawned', '/usr/bin/python3', '/usr/bin/python3 "$REAL/processes.py" spawn', HOST),
    ('node workers, children, cluster', 'node', 'node "$REAL/workers.js"'),
    ('perl processes and threads', 'perl', 'perl "$REAL/processes.pl"'),
    ('javac and java', 'javac java', 'javac -d . "$REAL/Threads.java" && ls && java -Xmx128m Threads'),
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
    # The shadow of the one is at a fixed address. Its search for leaks stops the process by ptrace.
    ('address sanitizer', 'gcc',
     'printf "#include <stdlib.h>\nint main(int c, char **v) { char *p = malloc(4); return p[c + 3]; }" >a.c && '
     'gcc -g -fsanitize=address a.c -o a && ASAN_OPTIONS=detect_leaks=0 ./a 2>&1 | grep -o "AddressSanitizer: [a-z-]*"'),
    ('thread sanitizer', 'gcc',
     'printf "#include <pthread.h>\nint x; void *f(void *a) { x++; return a; }\nint main(void) { pthread_t t; '
     'pthread_create(&t, 0, f, 0); x++; pthread_join(t, 0); return 0; }" >a.c && gcc -g -fsanitize=thread a.c -o a && '
     './a 2>&1 | grep -o "WARNING: .* (" '),
    ('openmp', 'gcc',
     'printf "long s; int main(void) {\n#pragma omp parallel for reduction(+ : s) num_threads(8)\n'
     'for (long i = 0; i < 10000000; i++) s += i;\nreturn s != 49999995000000; }" >a.c && gcc -O2 -fopenmp a.c -o a && ./a && ./a'),
    ('make -j', 'make',
     'printf "all: a b c d\\na b c d:\\n\\t@echo \\$@ >\\$@\\n" >Makefile; make -j2 && cat a b c d'),
    ('make -j2 of thirty files', 'make gcc', 'bash "$REAL/project.bash" && make -s -j2 && ./program && make -s -j2 && '
     'touch part7.h && make -j2 | sort'),
    ('cargo', 'cargo', 'export HOME=$PWD CARGO_HOME=$PWD/cargo RUSTUP_HOME=${RUSTUP_HOME:-/root/.rustup}; '
     'cargo new -q --vcs none hello && cd hello && cargo build -q --offline && target/debug/hello; cargo test -q --offline '
     '2>/dev/null | grep -c "0 passed"'),
    ('sqlite3 of four processes', 'sqlite3',
     'sqlite3 d.db "pragma journal_mode=wal; create table t(a)"; for i in 1 2 3 4; do '
     'for j in $(seq 25); do echo "insert into t values($i * $j);"; done | sqlite3 -cmd ".timeout 60000" d.db & done; wait; '
     'sqlite3 d.db "select count(*), sum(a) from t; pragma integrity_check"'),
    ('sqlite3 of four processes, rollback journal', 'sqlite3',
     'sqlite3 d.db "create table t(a)"; for i in 1 2 3 4; do '
     'sqlite3 -cmd ".timeout 60000" d.db "begin immediate; insert into t values($i); commit" & done; wait; '
     'sqlite3 d.db "select count(*), sum(a) from t; pragma integrity_check"'),
    ('openssl', 'openssl', 'openssl dgst -sha256 ../data; openssl speed -multi 2 -seconds 1 -bytes 64 sha256 >/dev/null 2>&1; echo $?; '
     'openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=a -keyout k -out c 2>/dev/null; openssl x509 -in c -noout -subject'),
    ('ssh-keygen', 'ssh-keygen', 'ssh-keygen -q -t ed25519 -N "" -f k && ssh-keygen -y -f k | cmp - <(cut -d" " -f1-3 k.pub); ls'),
    ('vim', 'vim', 'seq 5 >f; vim -es -u NONE +"%s/3/three/" +"normal Gofive" +wq f; cat f'),
    ('tmux', 'tmux', 'tmux -S socket -f /dev/null new-session -d "echo in tmux; tmux -S socket wait-for -S said; cat" && '
     'tmux -S socket wait-for said && tmux -S socket capture-pane -p | head -n 1; tmux -S socket kill-server'),
    ('script', 'script', 'script -qec "tty | cut -c-9; stty size; exit 3" /dev/null </dev/null; echo $?'),
    ('ruby', 'ruby', 'ruby -e "q = Queue.new; 10.times.map { |i| Thread.new { q << i } }.each(&:join); p q.size; '
     'p \`echo x\`; Process.wait(fork { exit 3 }); p \$?.exitstatus; '
     'trap(:USR1) { puts :usr1 }; Process.kill(:USR1, \$\$); sleep 0.01; r, w = IO.pipe; '
     'spawn(\"echo spawned\", out: w); p r.gets; begin; Timeout.timeout(0.05) { sleep }; rescue Timeout::Error; p :timeout; end"'),
    ('php', 'php', 'php -r "echo array_sum(range(1, 100000)), PHP_EOL; system(\"echo hi; exit 3\", \$r); echo \$r, PHP_EOL;"'),
    ('lua', 'lua5.4', 'lua5.4 -e "for i = 1, 3 do print(i, io.popen(\"echo x\"):read(\"a\")) end print(os.execute(\"exit 5\"))"'),
    ('tclsh', 'tclsh', 'echo "puts [exec echo hi | cat]; after 20 {set x 1}; vwait x; puts \$x; '
     'set f [open \"|cat\" r+]; puts \$f through; flush \$f; puts [gets \$f]" | tclsh'),
    ('imagemagick', 'convert', 'convert -size 300x300 plasma:red-blue -seed 1 -resize 600x600 -blur 0x3 a.png; convert a.png -format "%w %h" info:'),
    ('curl and http.server', 'curl /usr/bin/python3',
     'seq 100000 >f; /usr/bin/python3 -u -m http.server --bind 127.0.0.1 0 >log 2>/dev/null & '
     'until grep -q port log 2>/dev/null; do :; done; port=$(sed "s/.*port \([0-9]*\).*/\1/" log | head -n 1); '
     'for i in 1 2 3; do curl -sS "http://127.0.0.1:$port/f" | sha256sum; done; '
     'curl -sS -Z "http://127.0.0.1:$port/f" -o a "http://127.0.0.1:$port/f" -o b && cmp a b; kill $!; wait $!; echo $?'),
    ('gdb', 'gdb', 'gdb -nx -batch -ex "print 6*7" -ex "python print(6*9)"'),
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

# What they do when futexes that processes share are refused: they end, and the record says why.
RECORDED = [
    ('python3 lock of two processes, refused', '/usr/bin/python3', '/usr/bin/python3 "$REAL/processes.py" refused',
     b'child -6', b'unsupported: shared futex: FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME on '),
]

# Compiled here, outside of fxbox.
COMPILED = [
    ('rust threads', 'rustc', 'rustc -O -o {out} {src}', 'threads.rs'),
    ('rust park, panics, children', 'rustc', 'rustc -O -o {out} {src}', 'park.rs'),
    ('go http, children, preemption', 'go', 'GOFLAGS=-mod=mod GOCACHE=${{GOCACHE:-{dir}/cache}} go build -o {out} {src}', 'net.go'),
    ('go threads', 'go', 'GOFLAGS=-mod=mod GOCACHE=${{GOCACHE:-{dir}/cache}} go build -o {out} {src}', 'threads.go'),
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
    def __init__(self, boxes, directory):
        self.boxes = {os.path.basename(fxbox): [fxbox, 'run', '--no-confine'] for fxbox in boxes}
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

    def boxed(self, name, line, options=()):
        """For each fxbox: the name of this case, and what came of the line."""
        for box, prefix in self.boxes.items():
            yield f'{name}, {box}', self.run(prefix + list(options), line)

    def same(self, tap, name, line, options=()):
        native = self.run([], line)
        for case, boxed in self.boxed(name, line, options):
            tap.check(case, native == boxed and native[0] != 'timeout',
                      'natively: %r\nin fxbox: %r' % (native, boxed))

    def ends_well(self, tap, name, line):
        for case, (status, _, err) in self.boxed(name, line):
            tap.check(case, status == 0 and b'unsupported' not in err, '%r %r' % (status, err))

    def recorded(self, tap, name, line, said, record):
        for case, (status, out, err) in self.boxed(name, line):
            tap.check(case, status != 'timeout' and said in out and record in err, '%r %r' % (status, err))

    def one_log(self, tap):
        """A pipeline stays under fxbox from end to end, and its log is one file."""
        log = os.path.join(self.directory, 'log')
        line = ('seq 3 | (sh -c "cat; exec env true") | xargs -n 1 sh -c \'exec true "$@"\' x; '
                'cat /proc/self/maps | grep -c fxbox')
        for case, (status, out, _) in self.boxed('one log', line, ['--log=' + log]):
            with open(log, encoding='ascii') as file:
                records = [json.loads(text) for text in file]
            os.unlink(log)
            executed = [os.path.basename(os.path.realpath(r['exe'])) for r in records if r['type'] == 'exec']
            want = sorted(['seq', 'cat', 'env', 'true', 'xargs', 'cat', 'grep'] + 3 * ['true'] +
                          4 * [os.path.basename(os.path.realpath('/bin/sh'))])
            tap.check(case + ': what was executed', sorted(executed) == want, '%r\nnot %r' % (sorted(executed), want))
            tap.check(case + ': the programs have fxbox in their memory', status == 0 and out.strip() != b'0', out)
            ends = [r['pid'] for r in records if r['type'] == 'exit']
            ran = {r['pid'] for r in records if r['type'] in ('start', 'exec')}
            tap.check(case + ': each process has one end', len(ends) == len(set(ends)) and ran <= set(ends),
                      '%r %r' % (ran, ends))


def missing(programs):
    return [p for p in programs.split() if not shutil.which(p)]


def main(boxes, only):
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
        runner = Runner(boxes, directory)
        if not only or 'xz' in only or 'zstd' in only:
            write_data(os.path.join(directory, 'data'))
        for name, programs, line, *options in SAME:
            if wanted(name, programs):
                runner.same(tap, name, line, *options)
        for name, programs, line in ENDS_WELL:
            if wanted(name, programs):
                runner.ends_well(tap, name, line)
        if not only or 'one log' in only:
            runner.one_log(tap)
        for name, programs, line, said, record in RECORDED:
            if wanted(name, programs):
                runner.recorded(tap, name, line, said, record)
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
                # What they say when they panic has numbers of threads in it.
                runner.same(tap, name, 'exec ' + out + ' 2>/dev/null')
    tap.finish()


if __name__ == '__main__':
    ARGS = sys.argv[1:]
    SPLIT = ARGS.index('--') if '--' in ARGS else len(ARGS)
    main([os.path.abspath(fxbox) for fxbox in ARGS[:SPLIT]], ARGS[SPLIT + 1:])
