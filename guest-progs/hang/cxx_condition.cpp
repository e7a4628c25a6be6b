/* SPDX-License-Identifier: MIT */
/*
 * std::condition_variable, notified before anybody waits.
 *
 * HANG: nobody main
 * waits: main condition ready
 */
#include <condition_variable>
#include <mutex>
#include <sys/prctl.h>
#include <thread>

static std::mutex lock;
static std::condition_variable ready;

int main()
{
	prctl(PR_SET_NAME, "main");
	std::thread([] { ready.notify_one(); }).join();
	std::unique_lock<std::mutex> held(lock);
	ready.wait(held); /* here: main */
}
