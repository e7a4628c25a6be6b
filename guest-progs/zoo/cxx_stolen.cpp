/* SPDX-License-Identifier: MIT */
/*
 * A queue whose takers wait for it to be filled, and believe it.
 *
 * Breaks: another taker comes between the signal and the end of the wait. Right: asked again.
 */
#include "guest-progs/zoo/zoo.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

static std::mutex lock;
static std::condition_variable filled;
static std::deque<int> queue;
static int sum;

static void take(int id)
{
	(void)id;
	WINDOW(id ? 4 : 0);
	{
		std::unique_lock<std::mutex> held(lock);

		if (queue.empty()) {
			WINDOW(1);
			if (RIGHT)
				filled.wait(held, [] { return !queue.empty(); });
			else
				filled.wait(held);
		}
		check(!queue.empty());
		sum += queue.front();
		queue.pop_front();
	}
	WINDOW(id ? 5 : 7);
}

int main()
{
	std::thread a(take, 0), b(take, 1);

	for (int i = 1; i <= 2; i++) {
		WINDOW(i == 1 ? 2 : 8);
		{
			std::lock_guard<std::mutex> held(lock);
			queue.push_back(i);
		}
		WINDOW(3);
		WINDOW(6);
		filled.notify_one();
	}
	a.join();
	b.join();
	check(sum == 3);
}
