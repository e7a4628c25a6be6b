/* SPDX-License-Identifier: MIT */
/*
 * Two threads that change what they share without a lock, by instructions of floating point and of
 * vectors alone. Under some schedules a sum is too small, or a copy is half the old one and half
 * the new: then it ends with 1.
 *
 * usage: torn sum|copy
 */
#include <pthread.h>
#include <string.h>

#define ROUNDS 3

typedef double wide __attribute__((vector_size(32)));

static long double sum;
static wide shared[2];
static int torn;

static void *add(void *unused)
{
	for (int i = 0; i < ROUNDS; i++)
		sum += 1.0L;
	return unused;
}

__attribute__((target("avx"))) static void *put(void *unused)
{
	for (int i = 1; i <= ROUNDS; i++) {
		const wide value = {i, i, i, i};

		*(volatile wide *)&shared[0] = value;
		*(volatile wide *)&shared[1] = value;
	}
	return unused;
}

__attribute__((target("avx"))) static void *get(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		const wide second = *(volatile wide *)&shared[1];
		const wide first = *(volatile wide *)&shared[0];

		torn |= first[0] != second[3];
	}
	return unused;
}

static void both(void *(*one)(void *), void *(*other)(void *))
{
	pthread_t a, b;

	pthread_create(&a, NULL, one, NULL);
	pthread_create(&b, NULL, other, NULL);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "copy") == 0) {
		both(put, get);
		return torn;
	}
	both(add, add);
	return sum != 2 * ROUNDS;
}
