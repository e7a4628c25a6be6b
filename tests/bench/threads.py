# SPDX-License-Identifier: MIT
"""Four threads of python3 that calculate and pass what they have through two queues."""
import queue
import sys
import threading

ITEMS = int(sys.argv[1])
todo, done = queue.Queue(100), queue.Queue()


def work():
    while (item := todo.get()) is not None:
        done.put(sum(i * i for i in range(item % 200)))


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for number in range(ITEMS):
    todo.put(number)
for _ in threads:
    todo.put(None)
for thread in threads:
    thread.join()
print(sum(done.get() for _ in range(ITEMS)))
