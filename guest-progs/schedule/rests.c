/* SPDX-License-Identifier: MIT */
/*
 * A long computation of a thread that is alone again, in a function whose points are breakpoints:
 * there a jump leads where nobody knows. Then two threads do one step of the same each, beside each
 * other; under some schedules one of the two is lost, and it ends with 1.
 *
 * usage: rests STEPS
 */
#include <pthread.h>
#include <stdlib.h>

static volatile long sum;

__attribute__((noinline)) static void add(long steps)
{
	static const void *const next[] = {&&again, &&end};

again:
	sum++;
	goto *next[--steps <= 0];
end:
	return;
}

static void *nothing(void *unused)
{
	return unused;
}

static void *step(void *unused)
{
	add(1);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t a, b;

	pthread_create(&a, NULL, nothing, NULL);
	pthread_join(a, NULL);
	add(argc > 1 ? atol(argv[1]) : 1);
	sum = 0;
	pthread_create(&a, NULL, step, NULL);
	pthread_create(&b, NULL, step, NULL);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	return sum != 2;
}
