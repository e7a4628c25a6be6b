/* SPDX-License-Identifier: MIT */
/*
 * A gate for two, by std::condition_variable.
 *
 * Breaks: both wait when it is opened, and one is told. Right: all are told.
 */
#include "guest-progs/zoo/zoo.h"

#include <condition_variable>
#include <mutex>
#include <thread>

static std::mutex lock;
static std::condition_variable opened;
static bool is_open;

static void pass(int id)
{
	(void)id;
	WINDOW(id ? 2 : 0);
	std::unique_lock<std::mutex> held(lock);
	while (!is_open) {
		WINDOW(id ? 3 : 1);
		opened.wait(held);
	}
}

int main()
{
	std::thread a(pass, 0), b(pass, 1);

	WINDOW(4);
	{
		std::lock_guard<std::mutex> held(lock);
		is_open = true;
	}
	if (RIGHT)
		opened.notify_all();
	else
		opened.notify_one();
	a.join();
	b.join();
}
