// SPDX-License-Identifier: MIT
// libfxfutex from C++: a mutex of four bytes that std::lock_guard and std::unique_lock take.
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

#include "fxfutex_recipes.h"

namespace
{
fxfutex *table = fxfutex_new(8);

class small_mutex
{
	recipe_mutex mutex_{};

      public:
	void lock()
	{
		recipe_mutex_lock(table, &mutex_);
	}
	void unlock()
	{
		recipe_mutex_unlock(table, &mutex_);
	}
};
static_assert(sizeof(small_mutex) == 4, "a std::mutex has 40");
} // namespace

int main()
{
	constexpr unsigned threads = 4, rounds = 5000;
	small_mutex mutex;
	unsigned counter = 0;
	std::vector<std::thread> all;

	for (unsigned i = 0; i < threads; i++)
		all.emplace_back([&] {
			for (unsigned n = 0; n < rounds; n++) {
				std::lock_guard<small_mutex> guard(mutex);
				counter++;
			}
		});
	for (auto &thread : all)
		thread.join();
	std::printf("C++: %u of %u\n", counter, threads * rounds);
	fxfutex_free(table);
	return counter != threads * rounds;
}
