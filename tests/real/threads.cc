// SPDX-License-Identifier: MIT
// C++: threads, futures, exceptions across them, thread_local and call_once.
#include <condition_variable>
#include <future>
#include <iostream>
#include <stdexcept>
#include <thread>
#include <vector>

static thread_local int own = 3;
static std::once_flag once;

static int work(int i)
{
	std::call_once(once, [] { std::cout << "once\n"; });
	own += i;
	if (i == 7)
		throw std::runtime_error("seven");
	return own;
}

int main()
{
	std::vector<std::future<int>> futures;
	std::mutex mutex;
	std::condition_variable changed;
	int turn = 0;

	for (int i = 0; i < 10; i++)
		futures.push_back(std::async(std::launch::async, work, i));
	for (auto &f : futures) {
		try {
			std::cout << f.get() << "\n";
		} catch (const std::exception &e) {
			std::cout << "threw " << e.what() << "\n";
		}
	}
	std::thread other([&] {
		std::unique_lock<std::mutex> lock(mutex);
		changed.wait(lock, [&] { return turn == 1; });
		turn = 2;
		changed.notify_all();
	});
	std::unique_lock<std::mutex> lock(mutex);
	turn = 1;
	changed.notify_all();
	changed.wait(lock, [&] { return turn == 2; });
	lock.unlock();
	other.join();
	std::cout << "turn " << turn << "\n";
}
