# SPDX-License-Identifier: MIT
"""Processes and event loops of python3, each part by its name."""
import asyncio
import concurrent.futures
import multiprocessing
import os
import signal
import socket
import sys
import threading


def square(x):
    return x * x


def add(lock, total, times):
    for _ in range(times):
        with lock:
            total.value += 1


def pool(method):
    """Process pools; their locks are POSIX semaphores in shared memory."""
    context = multiprocessing.get_context(method)
    with context.Pool(2) as workers:
        print('pool', sum(workers.imap_unordered(square, range(1000), chunksize=20)))
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as workers:
        print('executor', sum(workers.map(square, range(300))))
    lock, total = context.Lock(), context.Value('i', 0, lock=False)
    both = [context.Process(target=add, args=(lock, total, 2000)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    print('lock', total.value, [process.exitcode for process in both])
    queue, done = context.Queue(), context.Event()
    sender = threading.Thread(target=lambda: [queue.put('x' * 1000) for _ in range(200)])
    sender.start()
    print('queue', sum(len(queue.get()) for _ in range(200)), done.wait(0.01))
    sender.join()


def refused():
    """Waits for a lock that is not given: for a process that may not wait for it."""
    lock = multiprocessing.get_context('fork').Lock()
    lock.acquire()
    process = multiprocessing.get_context('fork').Process(target=lock.acquire)
    process.start()
    process.join()
    print('child', process.exitcode)


def pipes():
    """multiprocessing without locks."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context('fork').Process(
        target=lambda: theirs.send([theirs.recv(), os.getpid() != os.getppid()]))
    process.start()
    ours.send({'a': 1})
    print(ours.recv())
    process.join()
    print(process.exitcode)


def loop():
    """asyncio: sockets, subprocesses, handlers for signals, threads, timeouts."""
    async def echo(reader, writer):
        while line := await reader.readline():
            writer.write(line.upper())
            await writer.drain()
        writer.close()

    async def client(port, number):
        reader, writer = await asyncio.open_connection('127.0.0.1', port)
        got = []
        for i in range(20):
            writer.write(b'%d line %d\n' % (number, i))
            got.append(await reader.readline())
        writer.close()
        return got == [b'%d LINE %d\n' % (number, i) for i in range(20)]

    async def main():
        running = asyncio.get_running_loop()
        server = await asyncio.start_server(echo, '127.0.0.1', 0)
        port = server.sockets[0].getsockname()[1]
        print('clients', all(await asyncio.gather(*(client(port, n) for n in range(30)))))
        server.close()
        heard = asyncio.Queue()
        for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGCHLD):
            running.add_signal_handler(number, heard.put_nowait, number.name)
        for number in (signal.SIGUSR1, signal.SIGTERM):
            os.kill(os.getpid(), number)
            print(await heard.get())
        running.remove_signal_handler(signal.SIGCHLD)
        shell = await asyncio.create_subprocess_shell('cat; exit 3', stdin=-1, stdout=-1)
        print(await shell.communicate(b'through'), shell.returncode)
        many = [await asyncio.create_subprocess_exec('sh', '-c', 'exit %d' % n) for n in range(10)]
        print([await process.wait() for process in many])
        stuck = await asyncio.create_subprocess_exec('sleep', '1000')
        try:
            await asyncio.wait_for(stuck.wait(), 0.05)
        except asyncio.TimeoutError:
            stuck.terminate()
        print('terminated', await stuck.wait())
        print(await asyncio.gather(*(asyncio.to_thread(square, n) for n in range(10))))

    asyncio.run(main())


def signals():
    """Handlers, masks, sigwait, set_wakeup_fd, interrupted calls, alarm, siginterrupt."""
    signal.signal(signal.SIGUSR1, lambda n, frame: print('handler', n))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    os.kill(os.getpid(), signal.SIGUSR1)
    print('pending', signal.sigpending())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    sender = threading.Thread(target=lambda: os.kill(os.getpid(), signal.SIGUSR2))
    sender.start()
    print('waited', signal.sigwait({signal.SIGUSR2}))
    sender.join()
    print('timed', signal.sigtimedwait({signal.SIGUSR2}, 0.01))
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    signal.set_wakeup_fd(theirs.fileno())
    signal.raise_signal(signal.SIGUSR1)
    print('wakeup', ours.recv(10))
    signal.set_wakeup_fd(-1)
    readable, writable = os.pipe()
    signal.signal(signal.SIGALRM, lambda *_: os.write(writable, b'rang'))
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    print('read', os.read(readable, 4))
    target = threading.get_ident()
    killer = threading.Thread(target=lambda: signal.pthread_kill(target, signal.SIGUSR1))
    killer.start()
    killer.join()
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        print('KeyboardInterrupt')
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
    print('child', os.waitpid(pid, 0)[1])


{'fork': lambda: pool('fork'), 'spawn': lambda: pool('spawn'), 'pipes': pipes, 'refused': refused, 'loop': loop,
 'signals': signals}[sys.argv[1]]() if __name__ == '__main__' else None
