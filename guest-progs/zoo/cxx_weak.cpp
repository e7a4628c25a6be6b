/* SPDX-License-Identifier: MIT */
/*
 * std::weak_ptr, asked if what it points to is there, and then locked.
 *
 * Breaks: the owner lets it go between. Right: locked, and then asked.
 */
#include "guest-progs/zoo/zoo.h"

#include <memory>
#include <thread>

static std::shared_ptr<int> owner = std::make_shared<int>(7);
static std::weak_ptr<int> watcher = owner;
static volatile int seen = 7;

static void watch()
{
	if (RIGHT) {
		auto locked = watcher.lock();

		WINDOW(1);
		WINDOW(4);
		if (locked)
			seen = *locked;
	} else if (!watcher.expired()) {
		WINDOW(1);
		WINDOW(4);
		seen = *watcher.lock();
	}
}

int main()
{
	std::thread thread(watch);

	WINDOW(2);
	owner.reset();
	WINDOW(3);
	thread.join();
	check(seen == 7);
}
