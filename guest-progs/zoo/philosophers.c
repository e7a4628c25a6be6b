/* SPDX-License-Identifier: MIT */
/*
 * Dining philosophers, whose forks are semaphores.
 *
 * Breaks: all have their left fork before one takes its right one. Right: the last one takes its
 * right fork first.
 */
#include "guest-progs/zoo/zoo.h"

#include <semaphore.h>

enum { GUESTS = 3, MEALS = 2 };

static sem_t forks[GUESTS];
static int eaten;

static void *guest(void *arg)
{
	int id = number_of(arg), left = id, right = (id + 1) % GUESTS, i;

	if (RIGHT && id == GUESTS - 1) {
		left = right;
		right = id;
	}
	for (i = 0; i < MEALS; i++) {
		sem_wait(&forks[left]);
		MEET(1, id, GUESTS);
		sem_wait(&forks[right]);
		add(eaten, 1);
		sem_post(&forks[right]);
		sem_post(&forks[left]);
	}
	return NULL;
}

int main(void)
{
	int i;

	for (i = 0; i < GUESTS; i++)
		sem_init(&forks[i], 0, 1);
	run(GUESTS, guest);
	check(eaten == GUESTS * MEALS);
	return 0;
}
