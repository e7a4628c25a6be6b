/* SPDX-License-Identifier: MIT */
/*
 * std::mutex in two orders.
 *
 * HANG: cycle left right
 * waits: main join
 * waits: left mutex lock_b
 * waits: right mutex lock_a
 */
#include <mutex>
#include <sys/prctl.h>
#include <thread>

#include <pthread.h>

namespace bank
{
static std::mutex lock_a;
}
static std::mutex lock_b;
static pthread_barrier_t both;

static void take(const char *name, std::mutex &first, std::mutex &second)
{
	prctl(PR_SET_NAME, name);
	first.lock();
	pthread_barrier_wait(&both);
	std::lock_guard<std::mutex> guard(second); /* here: left right */
}

int main()
{
	prctl(PR_SET_NAME, "main");
	pthread_barrier_init(&both, nullptr, 2);
	std::thread left(take, "left", std::ref(bank::lock_a), std::ref(lock_b));
	std::thread right(take, "right", std::ref(lock_b), std::ref(bank::lock_a));
	left.join(); /* here: main */
	right.join();
}
