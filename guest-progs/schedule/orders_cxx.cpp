// SPDX-License-Identifier: MIT
// C++'s mutexes: `orders_cxx NAME`. "bad" takes two in two orders; "together" by std::lock, "one"
// and "shared" in one; none of these can hang.
#include <cstring>
#include <mutex>
#include <shared_mutex>
#include <thread>

static struct account {
	std::mutex lock;
	int money = 10;
} left, right;

static std::shared_mutex both;

static void move_money(account &from, account &to)
{
	std::lock_guard<std::mutex> first(from.lock);
	std::lock_guard<std::mutex> second(to.lock);

	from.money--;
	to.money++;
}

static void move_together(account &from, account &to)
{
	std::scoped_lock all(from.lock, to.lock);

	from.money--;
	to.money++;
}

static void move_alone(account &from, account &to)
{
	std::unique_lock<std::shared_mutex> all(both);

	move_money(from, to);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "bad";
	void (*move)(account &, account &) = move_money;
	bool turned = std::strcmp(name, "one") != 0;

	if (std::strcmp(name, "together") == 0)
		move = move_together;
	if (std::strcmp(name, "shared") == 0)
		move = move_alone;
	std::thread one([=] { move(left, right); });
	std::thread other([=] { turned ? move(right, left) : move(left, right); });
	one.join();
	other.join();
	return left.money + right.money != 20;
}
