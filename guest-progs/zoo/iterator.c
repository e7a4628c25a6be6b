/* SPDX-License-Identifier: MIT */
/*
 * A list that one walks, with the lock for each step, while another removes the first node.
 *
 * Breaks: the node on which the walker stands is removed. Right: one lock for the whole walk.
 */
#include "guest-progs/zoo/zoo.h"

struct node {
	const int *value;
	struct node *next;
};

static const int one = 1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct node last = {&one, NULL}, first = {&one, &last}, *head = &first;
static int sum;

static void *walker(void *arg)
{
	struct node *node;

	pthread_mutex_lock(&lock);
	for (node = head; node; node = node->next) {
		if (!RIGHT)
			pthread_mutex_unlock(&lock);
		WINDOW(1);
		WINDOW(4);
		if (!RIGHT)
			pthread_mutex_lock(&lock);
		sum += *node->value;
	}
	pthread_mutex_unlock(&lock);
	return arg;
}

static void *remover(void *arg)
{
	struct node *node;

	WINDOW(2);
	pthread_mutex_lock(&lock);
	node = head;
	head = node->next;
	node->value = NULL;
	pthread_mutex_unlock(&lock);
	WINDOW(3);
	return arg;
}

int main(void)
{
	run_two(walker, remover);
	check(sum == 1 || sum == 2);
	return 0;
}
