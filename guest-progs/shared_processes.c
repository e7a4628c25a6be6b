/* SPDX-License-Identifier: MIT */
/* Parent and child take turns by a mutex and a condition variable in memory that both have mapped.
 */
#include <sys/mman.h>

#include "guest-progs/guest.h"

#define ROUNDS 1000

struct turns {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	int turn;
	int count;
};

static void play(struct turns *t, int own)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&t->mutex);
		while (t->turn != own)
			pthread_cond_wait(&t->changed, &t->mutex);
		t->turn = !own;
		t->count++;
		pthread_cond_broadcast(&t->changed);
		pthread_mutex_unlock(&t->mutex);
	}
}

int main(void)
{
	struct turns *t =
		mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t mutex_attr;
	pthread_condattr_t cond_attr;
	pid_t child;

	need(t != MAP_FAILED);
	pthread_mutexattr_init(&mutex_attr);
	pthread_mutexattr_setpshared(&mutex_attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&t->mutex, &mutex_attr);
	pthread_condattr_init(&cond_attr);
	pthread_condattr_setpshared(&cond_attr, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&t->changed, &cond_attr);
	child = fork();
	if (child == 0) {
		play(t, 1);
		_exit(0);
	}
	play(t, 0);
	say_end("child", child);
	printf("count %d\n", t->count);
	return 0;
}
