# SPDX-License-Identifier: MIT
"""50 threads over a lock, a condition, a semaphore, a barrier, an event and a queue."""
import queue
import threading

N = 50
lock, limit = threading.RLock(), threading.BoundedSemaphore(5)
condition, barrier, event = threading.Condition(), threading.Barrier(N), threading.Event()
numbers = queue.Queue(maxsize=3)
count = turn = inside = most = 0


def work(me):
    global count, turn, inside, most
    barrier.wait()
    for _ in range(100):
        with lock:
            count += 1
    with limit:
        with lock:
            inside += 1
            most = max(most, inside)
        with lock:
            inside -= 1
    with condition:
        while turn != me:
            condition.wait()
        turn += 1
        condition.notify_all()
    numbers.put(me)
    event.wait()


threads = [threading.Thread(target=work, args=(i,)) for i in range(N)]
for thread in threads:
    thread.start()
got = sorted(numbers.get() for _ in range(N))
event.set()
for thread in threads:
    thread.join()
print(count, turn, most <= 5, got == list(range(N)))
print(condition.acquire(timeout=1), threading.Lock().acquire(timeout=0.01))
try:
    threading.Barrier(2, timeout=0.05).wait()
except threading.BrokenBarrierError:
    print('broken barrier')
