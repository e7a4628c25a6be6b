/* SPDX-License-Identifier: MIT */
/*
 * Two programs that are executed anew share what they find by its name: a mutex, a condition
 * variable, a barrier, a rwlock, a semaphore in the object, and a named one.
 */
#include <semaphore.h>
#include <sys/mman.h>

#include "guest-progs/guest.h"

#define PLAYERS 2
#define ROUNDS	300

struct game {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	pthread_barrier_t barrier;
	pthread_rwlock_t rwlock;
	sem_t full;
	int turn, count, written[2], torn, serial;
};

static struct game *map(const char *name, int flags)
{
	int fd = shm_open(name, flags, 0600);
	struct game *g;

	need(fd >= 0 && ftruncate(fd, sizeof(*g)) == 0);
	g = mmap(NULL, sizeof(*g), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	need(g != MAP_FAILED);
	close(fd);
	return g;
}

static void init(struct game *g)
{
	pthread_mutexattr_t mutex;
	pthread_condattr_t cond;
	pthread_barrierattr_t barrier;
	pthread_rwlockattr_t rwlock;

	pthread_mutexattr_init(&mutex);
	pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
	pthread_condattr_init(&cond);
	pthread_condattr_setpshared(&cond, PTHREAD_PROCESS_SHARED);
	pthread_barrierattr_init(&barrier);
	pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
	pthread_rwlockattr_init(&rwlock);
	pthread_rwlockattr_setpshared(&rwlock, PTHREAD_PROCESS_SHARED);
	need(pthread_mutex_init(&g->mutex, &mutex) == 0);
	need(pthread_cond_init(&g->changed, &cond) == 0);
	need(pthread_barrier_init(&g->barrier, &barrier, PLAYERS) == 0);
	need(pthread_rwlock_init(&g->rwlock, &rwlock) == 0);
	need(sem_init(&g->full, 1, 0) == 0);
}

static void take_turns(struct game *g, int own)
{
	pthread_mutex_lock(&g->mutex);
	while (g->turn != own)
		pthread_cond_wait(&g->changed, &g->mutex);
	g->turn = !own;
	g->count++;
	pthread_cond_broadcast(&g->changed);
	pthread_mutex_unlock(&g->mutex);
}

static void read_and_write(struct game *g, int own)
{
	if (own) {
		pthread_rwlock_wrlock(&g->rwlock);
		g->written[0]++;
		sched_yield();
		g->written[1]++;
	} else {
		pthread_rwlock_rdlock(&g->rwlock);
		g->torn += g->written[0] != g->written[1];
	}
	pthread_rwlock_unlock(&g->rwlock);
}

static int play(struct game *g, sem_t *named, int own)
{
	for (int i = 0; i < ROUNDS; i++) {
		int r = pthread_barrier_wait(&g->barrier);

		if (r == PTHREAD_BARRIER_SERIAL_THREAD)
			__atomic_fetch_add(&g->serial, 1, __ATOMIC_SEQ_CST);
		else
			need(r == 0);
		take_turns(g, own);
		read_and_write(g, own);
		if (own) {
			sem_post(&g->full);
			need(sem_wait(named) == 0);
		} else {
			need(sem_wait(&g->full) == 0);
			sem_post(named);
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	pid_t child[PLAYERS];
	struct game *g;
	char name[64];
	sem_t *named;

	if (argc > 2)
		return play(map(argv[1], O_RDWR), sem_open(argv[1], 0), atoi(argv[2]));
	snprintf(name, sizeof(name), "/fxbox-guest-game-%d", (int)getpid());
	g = map(name, O_RDWR | O_CREAT | O_EXCL);
	init(g);
	named = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
	need(named != SEM_FAILED);
	for (int i = 0; i < PLAYERS; i++) {
		child[i] = fork();
		if (child[i] == 0) {
			execl("/proc/self/exe", argv[0], name, i ? "1" : "0", NULL);
			_exit(98);
		}
	}
	for (int i = 0; i < PLAYERS; i++)
		say_end("player", child[i]);
	shm_unlink(name);
	sem_unlink(name);
	printf("count %d, written %d, torn %d, serial %d\n", g->count, g->written[1], g->torn,
	       g->serial);
	return 0;
}
